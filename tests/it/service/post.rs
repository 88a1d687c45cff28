//! Mails on their way to a mail server: what becomes of each, whatever the server does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use kessai::channels::Tls;
use kessai::ports::{EffectState, Relay, Step};
use kessai::render::daily::IncidentKind;
use kessai::service::Desk;

use super::branch::{ACCRUAL, Branch, Setup, rulebook_with};
use super::resends::{ask, decided, with_resends};
use crate::sink::{Fault, Sink};

const SATO: &str = "sato0001@example.jp";
const MORI: &str = "mori0001@example.jp";

fn sink() -> Sink {
    Sink::new(Tls::StartTls, "localhost")
}

/// A branch with a file taken in: mails are owed to two approvers and the submitter.
fn served_by(sink: &Sink) -> Branch {
    served_within(sink, Duration::from_secs(20))
}

/// The same by a program that waits so long for an answer.
fn served_within(sink: &Sink, patience: Duration) -> Branch {
    let mut branch = Branch::staffed(Setup::default());
    branch.relay = Some(sink.relay(patience) as Arc<dyn Relay>);
    branch.restart();
    branch.waiting("a.csv", 1..=3);
    branch
}

fn states(branch: &Branch) -> Vec<(&'static str, String)> {
    let owed = branch.store.effects(usize::MAX).into_iter();
    owed.map(|one| (one.state.name(), one.note)).collect()
}

/// Every mail that arrived is one that is shown as sent, to the byte.
fn assert_whole(branch: &Branch, sink: &Sink) {
    let shown: Vec<Vec<u8>> = branch
        .shelf
        .paths()
        .iter()
        .filter(|path| path.starts_with("mail/"))
        .map(|path| branch.shelf.bytes(path))
        .collect();
    for (to, mail) in sink.heard.mails.lock().unwrap().iter() {
        assert!(shown.contains(mail), "{to}: {}", String::from_utf8_lossy(mail));
    }
}

#[test]
fn what_the_server_takes_is_delivered_and_shown_as_sent_over_either_tls() {
    for tls in [Tls::StartTls, Tls::Implicit] {
        let sink = Sink::new(tls, "localhost");
        let branch = served_by(&sink);
        let done = branch.desk.dispatch_all().unwrap();
        assert_eq!((done.later, done.stuck, branch.owed().len()), (0, 0, 0), "{tls:?}");
        assert_eq!(sink.count(), 3);
        assert_whole(&branch, &sink);
        let clear = sink.heard.in_clear.lock().unwrap().clone();
        assert_eq!(clear.is_empty(), tls == Tls::Implicit, "{clear:?}");
        let before_tls = ["EHLO example.jp", "STARTTLS"];
        assert!(clear.iter().all(|line| before_tls.contains(&line.as_str())), "{clear:?}");
    }
}

#[test]
fn a_signed_paper_is_no_mail_and_waits_for_no_mail_server() {
    let sink = sink();
    for to in [SATO, MORI] {
        sink.fail(to, Fault::DropBefore);
    }
    let branch = served_by(&sink);
    let case = branch.waiting("b.csv", 4..=4);
    branch.complete(case);
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    let paper = paths.iter().find(|path| path.ends_with(&format!("{case}_receipt.pdf")));
    let bytes = branch.shelf.bytes(paper.unwrap_or_else(|| panic!("{paths:?}")));
    assert!(kessai::render::pdf::taken_apart(&bytes).is_some_and(|paper| paper.whole));
    let owed = branch.owed();
    assert!(!owed.contains(&"receipt".to_owned()), "{owed:?}");
    assert!(states(&branch).iter().all(|(state, _)| *state != "dead"), "{:?}", states(&branch));
}

#[test]
fn a_server_that_wants_a_mail_later_gets_the_same_mail_later() {
    for fault in [Fault::Recipient(450), Fault::Mail(452), Fault::DropBefore] {
        let sink = sink();
        sink.fail(SATO, fault);
        let branch = served_by(&sink);
        branch.desk.dispatch_all().unwrap();
        let pending = branch.store.effects(usize::MAX);
        let [EffectState::Made { attempt: 1, mail, .. }] =
            pending.iter().map(|one| one.state).collect::<Vec<_>>()[..]
        else {
            panic!("{fault:?} {pending:?}")
        };
        assert_eq!(sink.count(), 2, "{fault:?}");
        sink.mend();
        branch.clock.forward(10_000);
        branch.desk.dispatch_all().unwrap();
        assert!(branch.owed().is_empty());
        let last = sink.heard.mails.lock().unwrap().last().unwrap().clone();
        assert_eq!((last.0.as_str(), kessai::domain::Digest::of(&last.1)), (SATO, mail));
        assert_whole(&branch, &sink);
    }
}

#[test]
fn a_mail_the_server_refuses_is_dead_with_its_words_and_holds_no_other() {
    for fault in [Fault::Recipient(550), Fault::Mail(554)] {
        let sink = sink();
        sink.fail(MORI, fault);
        let branch = served_by(&sink);
        branch.desk.dispatch_all().unwrap();
        let [("dead", note)] = &states(&branch)[..] else { panic!("{:?}", states(&branch)) };
        assert!(note.contains(" not ") && !note.contains(MORI), "{note}");
        assert_eq!(sink.count(), 2);
        let stuck = branch.desk.stuck_items();
        assert_eq!(branch.desk.status().incidents, stuck);
        let case = branch.store.cases(&kessai::ports::CaseFilter::default(), None, 1).remove(0);
        assert_eq!(branch.desk.show(case.head.id).unwrap().stuck, stuck, "the case says so");
        branch.clock.forward(86_400_000);
        branch.desk.dispatch_all().unwrap();
        assert_eq!(sink.count(), 2, "it is not tried again by itself");
    }
}

#[test]
fn a_mail_nobody_knows_of_waits_for_two_people_who_send_the_same_again_or_let_it_be() {
    for (fault, deed) in [(Fault::DropAfter, "再送"), (Fault::Stall, "済")] {
        let sink = sink();
        sink.fail(SATO, fault);
        let branch = served_within(&sink, Duration::from_secs(3));
        branch.desk.dispatch_all().unwrap();
        let stuck = branch.desk.stuck_items();
        assert_eq!(stuck.iter().map(|one| one.state).collect::<Vec<_>>(), ["unsure"]);
        assert_eq!(sink.count(), 3, "the server had it");
        sink.mend();
        let effect = &stuck[0].effect;
        branch.desk.put_in_force(with_resends(rulebook_with(Setup::default(), ACCRUAL)));
        decided(&branch, &[(effect, deed)]);
        assert!(ask(&branch, &[(effect, deed)]).is_err(), "it is decided once");
        branch.desk.dispatch_all().unwrap();
        assert!(branch.owed().is_empty());
        let mails = sink.heard.mails.lock().unwrap().clone();
        let of_sato: Vec<_> = mails.iter().filter(|(to, _)| to == SATO).collect();
        assert_eq!(of_sato.len(), if deed == "再送" { 2 } else { 1 });
        assert!(of_sato.iter().all(|one| *one == of_sato[0]), "the same to the byte");
        assert_whole(&branch, &sink);
    }
}

#[test]
fn a_server_that_is_not_safe_gets_nothing_and_all_mails_wait() {
    let plain = sink();
    plain.heard.is_plain.store(true, Ordering::SeqCst);
    let other_name = Sink::new(Tls::StartTls, "other.example.jp");
    for sink in [&plain, &other_name] {
        let branch = served_by(sink);
        branch.desk.dispatch_all().unwrap();
        assert_eq!(sink.count(), 0);
        assert_eq!(branch.owed().len(), 3);
        assert!(
            branch
                .store
                .effects(9)
                .iter()
                .all(|one| { matches!(one.state, EffectState::Made { attempt: 0, .. }) })
        );
        let told = branch.desk.status().mail_server.unwrap();
        assert!(told.contains("メールサーバーに渡せません"), "{told}");
        assert!(branch.desk.status().incidents.is_empty(), "one incident, and no dead mail");
        let reports = branch.desk.daily_reports(branch.desk.clock.now().date()).unwrap();
        let server = reports.iter().flat_map(|report| &report.incidents);
        assert_eq!(server.filter(|one| one.kind == IncidentKind::Server).count(), 1);
        let said = sink.heard.in_clear.lock().unwrap().clone();
        assert!(said.iter().all(|line| !line.starts_with("MAIL")), "{said:?}");
    }
}

#[test]
fn mails_go_within_a_minute_once_the_server_is_back() {
    let sink = sink();
    sink.heard.is_plain.store(true, Ordering::SeqCst);
    let branch = served_by(&sink);
    for _ in 0..50 {
        branch.desk.dispatch_all().unwrap();
        branch.clock.forward(600_000);
    }
    assert!(branch.shelf.paths().iter().any(|path| path.ends_with("_result.csv")), "files went");
    branch.desk.dispatch_all().unwrap();
    sink.heard.is_plain.store(false, Ordering::SeqCst);
    branch.desk.dispatch_all().unwrap();
    assert_eq!(sink.count(), 0, "not at once");
    branch.clock.forward(60_000);
    branch.desk.dispatch_all().unwrap();
    assert_eq!((sink.count(), branch.owed().len()), (3, 0));
    assert_eq!(branch.desk.status().mail_server, None);
}

#[test]
fn after_a_stop_a_mail_goes_again_as_the_same_mail_unless_it_is_known_to_be_sent() {
    for step in [Step::Publishing, Step::MailsTaken, Step::MailsNoted] {
        let sink = sink();
        let mut branch = served_by(&sink);
        branch.stopped_at(step, 1, Desk::dispatch_all);
        let shown = branch.shelf.paths().iter().filter(|path| path.starts_with("mail/")).count();
        assert_eq!(shown > 0, step == Step::MailsNoted, "{step:?}");
        branch.restart();
        branch.desk.dispatch_all().unwrap();
        assert!(branch.owed().is_empty(), "{step:?} {:?}", branch.owed());
        let mut by_address: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        let mails = sink.heard.mails.lock().unwrap().clone();
        for (to, mail) in &mails {
            by_address.entry(to.clone()).or_default().push(mail.clone());
        }
        assert_eq!(by_address.len(), 3, "{step:?}");
        assert!(by_address.values().all(|mails| mails.iter().all(|mail| *mail == mails[0])));
        // What the server took and nothing of ours says so, it gets again, the same to the byte.
        let count = mails.len();
        match step {
            Step::Publishing => assert_eq!(count, 3),
            Step::MailsTaken => assert!((4..=6).contains(&count), "{count}"),
            _ => assert!((3..=5).contains(&count), "{count}"),
        }
        assert_whole(&branch, &sink);
    }
}

#[test]
fn a_mail_that_no_longer_lies_ready_is_made_again_with_its_signature() {
    let sink = sink();
    let mut branch = served_by(&sink);
    branch.stopped_at(Step::Publishing, 1, Desk::dispatch_all);
    branch.shelf.forget_staged();
    branch.restart();
    branch.desk.dispatch_all().unwrap();
    assert_eq!((sink.count(), branch.owed().len()), (3, 0));
    assert_whole(&branch, &sink);
}

#[test]
fn eight_mails_at_once_and_no_more() {
    let sink = sink();
    let mut branch = Branch::staffed(Setup::default());
    branch.relay = Some(sink.relay(Duration::from_secs(10)) as Arc<dyn Relay>);
    branch.restart();
    for n in 0..20 {
        branch.take_in(&format!("{n}.csv"), &super::branch::accruals(n * 10 + 1..=n * 10 + 2));
    }
    branch.desk.dispatch_all().unwrap();
    assert_eq!((sink.count(), branch.owed().len()), (60, 0));
    let most = sink.heard.most_open.load(Ordering::SeqCst);
    assert!((2..=8).contains(&most), "{most}");
    assert_whole(&branch, &sink);
}

#[test]
fn a_server_that_stalls_does_not_hold_the_stop_nor_any_file() {
    let sink = sink();
    sink.fail(SATO, Fault::Stall);
    let mut branch = served_by(&sink);
    branch.relay = Some(sink.relay(Duration::from_mins(1)) as Arc<dyn Relay>);
    branch.restart();
    while branch.desk.dispatch().unwrap().delivered > 0 {}
    assert!(branch.shelf.paths().iter().any(|path| path.ends_with("_result.csv")));
    let asked = Instant::now();
    branch.desk.post(&|| true).unwrap();
    assert!(asked.elapsed() < Duration::from_secs(8), "{:?}", asked.elapsed());
}

//! Mails that come back: whose they were, what comes of it, and what does not.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use kessai::domain::{ApprovalPattern, CaseId, Person, Timestamp};
use kessai::ports::{Blobs as _, EffectState, FileRecord, FileVerdict, NoticeRecord, Store};
use kessai::render::daily::IncidentKind;
use kessai::service::Arrival;
use kessai::store::Embedded;
use kessai::workflow::{Channel, MailRule, MailWhen};

use super::branch::{Branch, Setup, rulebook_with};
use super::resends::{ask, decided, with_resends};
use crate::story::{submitter, user};

const WHY: &str = "550 5.1.1 <sato0001@example.jp> User unknown";

/// The rules with the folder for mails that came back.
fn rules() -> kessai::service::Rulebook {
    let mut rules = with_resends(rulebook_with(Setup::default(), super::branch::ACCRUAL));
    let text = include_str!("../../../workflows/channels/bounces.yaml");
    let bounces = Channel::load("bounces.yaml", "bounces", text, &[]).unwrap();
    rules.channels.extend(BTreeMap::from([(bounces.name.clone(), bounces)]));
    let mut server = submitter(ApprovalPattern::None);
    (server.channel, server.folder) = ("bounces".to_owned(), "mail".to_owned());
    rules.submitters.push(server);
    rules
}

/// A case that waits, and the mails about it that went out.
fn mailed() -> (Branch, CaseId) {
    let branch = Branch::staffed(Setup::default());
    branch.desk.put_in_force(rules());
    let case = branch.waiting("a.csv", 1..=3);
    branch.desk.dispatch_all().unwrap();
    (branch, case)
}

/// The mail that went to a person, out of the outbox.
fn mail_to(branch: &Branch, to: &str) -> Vec<u8> {
    let paths = branch.shelf.paths();
    let path = paths.iter().rfind(|path| path.starts_with("mail/") && path.contains(to));
    branch.shelf.bytes(path.unwrap_or_else(|| panic!("{paths:?}")))
}

/// What a server reports of a mail, with the whole of it.
fn report(mail: &[u8], action: &str, status: &str, why: &str) -> Vec<u8> {
    let head = format!(
        "From: Mail Delivery System <MAILER-DAEMON@mx.example.jp>\r\n\
         To: densai@example.jp\r\nSubject: Undelivered Mail Returned to Sender\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"=_b\"\r\n\r\n\
         --=_b\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you\r\n\
         --=_b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.example.jp\r\n\r\n\
         Final-Recipient: rfc822; sato0001@example.jp\r\nAction: {action}\r\n\
         Status: {status}\r\nDiagnostic-Code: smtp; {why}\r\n\r\n\
         --=_b\r\nContent-Type: message/rfc822\r\n\r\n"
    );
    [head.as_bytes(), mail, b"\r\n--=_b--\r\n"].concat()
}

fn drop_in(branch: &Branch, bytes: &[u8]) -> FileRecord {
    let mut writer = branch.blobs.create().unwrap();
    writer.write_all(bytes).unwrap();
    let arrival = Arrival {
        channel: "bounces".to_owned(),
        submitter: "mail".to_owned(),
        digest: writer.keep().unwrap(),
        bytes: u64::try_from(bytes.len()).unwrap(),
        ..branch.arrival("returned.eml", "", None)
    };
    let receipt = branch.desk.receive(vec![arrival]).unwrap()[0];
    branch.desk.judge(receipt).unwrap().unwrap()
}

/// What the mail server's folder is answered.
fn answer(branch: &Branch, file: &FileRecord) -> String {
    branch.desk.dispatch_all().unwrap();
    let path = format!("bounces/mail/{}_returned_result.csv", file.receipt);
    encoding_rs::SHIFT_JIS.decode(&branch.shelf.bytes(&path)).0.into_owned()
}

fn asked(branch: &Branch, to: &str) -> NoticeRecord {
    branch.store.notices_to(&[to], 9).remove(0)
}

fn person(branch: &Branch, id: &str) -> Person {
    branch.desk.person(&user(id)).unwrap()
}

#[test]
fn a_mail_that_comes_back_is_told_everywhere_and_handed_over_on_paper() {
    let (branch, case) = mailed();
    let before = asked(&branch, "sato0001");
    let bounce = report(&mail_to(&branch, "sato0001"), "failed", "5.1.1", WHY);
    let file = drop_in(&branch, &bounce);
    assert_eq!((file.verdict, file.accepted, file.rejected), (FileVerdict::Accepted, 1, 0));
    let told = asked(&branch, "sato0001");
    assert_eq!((told.number, told.state.name()), (branch_paper(&branch), "owed"), "its paper");
    let record = branch.store.notice(before.number).unwrap();
    assert_eq!((record.state, record.sent), (EffectState::Returned, before.sent));
    assert_eq!(record.returned.unwrap().why, WHY);
    let number = before.number.to_string();
    // The case and the question why, for the bank's people and for the customer's own.
    let sentence = format!(
        "sato0001さん（sato0001） 宛てのメール「承認のお願い」（お知らせ番号 {number}）は、届かずに"
    );
    let shown = branch.desk.show(case).unwrap().returned;
    assert!(shown.len() == 1 && shown[0].starts_with(&sentence), "{shown:?}");
    assert!(branch.desk.why(&case.to_string(), None).unwrap()[0].text.contains(&sentence));
    let case = branch.store.case(case).unwrap();
    for (id, knows) in [("sato0001", true), ("mori0001", true), ("check001", true)] {
        let sees = !branch.desk.returned_about(&case, Some(&person(&branch, id))).is_empty();
        assert_eq!(sees, knows, "{id}");
    }
    // The lists of those who must do something.
    let status = branch.desk.status();
    assert_eq!((status.returned.len(), status.returned[0].effect.as_str()), (1, number.as_str()));
    assert!(status.returned[0].note.contains(WHY), "{}", status.returned[0].note);
    assert_eq!(branch.desk.stuck_items(), status.returned);
    let day = Timestamp::from_ms(before.owed.ms()).date();
    let reports = branch.desk.daily_reports(day).unwrap();
    let items = reports.iter().flat_map(|report| &report.incidents);
    let returned: Vec<_> = items.filter(|item| item.kind == IncidentKind::Returned).collect();
    assert_eq!(
        returned.len(),
        reports.len(),
        "the branch's, and the one of all where there is one"
    );
    // The paper, in the folder of the branch; and no mail about it.
    let mails = branch.shelf.paths().iter().filter(|path| path.starts_with("mail/")).count();
    let answer = answer(&branch, &file);
    assert!(answer.contains("E_BOUNCE") && answer.contains(&number), "{answer}");
    let paths = branch.shelf.paths();
    assert_eq!(paths.iter().filter(|path| path.starts_with("mail/")).count(), mails);
    let paper = paths.iter().find(|path| path.ends_with(&format!("{number}_returned.pdf")));
    assert!(paper.is_some_and(|path| path.starts_with("branches/001/")), "{paths:?}");
    let notice = branch.desk.notice_asked(&number, None).unwrap();
    assert!(notice.state.ends_with("届かずに戻ってきました"), "{}", notice.state);
    assert_eq!((notice.why.as_str(), notice.way.as_str()), (WHY, "sato0001@example.jp"));
}

/// The number of the paper that is owed.
fn branch_paper(branch: &Branch) -> kessai::domain::NoticeNo {
    let owed = branch.store.effects(usize::MAX);
    let papers: Vec<_> =
        owed.iter().filter(|one| one.effect.kind.to_string().starts_with("returned/")).collect();
    assert_eq!(papers.len(), 1);
    papers[0].number
}

#[test]
fn the_same_bounce_twice_changes_nothing_and_one_that_is_only_late_neither() {
    let (branch, _) = mailed();
    let mail = mail_to(&branch, "sato0001");
    let late = drop_in(&branch, &report(&mail, "delayed", "4.4.1", "connection timed out"));
    assert_eq!(late.verdict, FileVerdict::Accepted);
    assert!(branch.store.returned().is_empty() && branch.desk.status().returned.is_empty());
    assert!(answer(&branch, &late).contains("遅れています"));
    let bounce = report(&mail, "failed", "5.1.1", WHY);
    drop_in(&branch, &bounce);
    branch.desk.dispatch_all().unwrap();
    let (known, paths) = (branch.store.returned(), branch.shelf.paths());
    for again in [bounce.clone(), [bounce.as_slice(), b"\r\n"].concat()] {
        let file = drop_in(&branch, &again);
        assert_eq!(file.verdict, FileVerdict::Accepted);
        assert!(answer(&branch, &file).contains("すでに記録しています"));
    }
    assert_eq!(branch.store.returned(), known);
    let papers = |paths: &[String]| paths.iter().filter(|path| path.ends_with(".pdf")).count();
    assert_eq!(papers(&branch.shelf.paths()), papers(&paths));
}

#[test]
fn a_bounce_of_a_mail_never_sent_is_refused_and_nobody_is_mailed_about_it() {
    let (branch, _) = mailed();
    let mail = String::from_utf8(mail_to(&branch, "sato0001")).unwrap();
    let at = mail.find("Message-ID: <").unwrap() + "Message-ID: <".len();
    let forged = format!("{}ffff{}", &mail[..at], &mail[at + 4..]);
    let body = forged.find("\r\n\r\n").unwrap();
    let strangers = [
        report(format!("{}\r\n\r\nx\r\n", &forged[..body]).as_bytes(), "failed", "5.1.1", WHY),
        b"From: a@example.jp\r\nSubject: hello\r\n\r\nbuy now\r\n".to_vec(),
        b"\xff\xfe\0\0".to_vec(),
        vec![b'a'; (4 << 20) + 1],
    ];
    branch.desk.dispatch_all().unwrap();
    let mails = |branch: &Branch| {
        branch.shelf.paths().iter().filter(|path| path.starts_with("mail/")).count()
    };
    let before = mails(&branch);
    for stranger in &strangers {
        let file = drop_in(&branch, stranger);
        assert_eq!((file.verdict, file.rejected), (FileVerdict::Rejected, 1));
        assert!(answer(&branch, &file).contains("E_BOUNCE"));
    }
    assert!(branch.store.returned().is_empty());
    assert_eq!(mails(&branch), before);
    // One that is owed and did not go cannot have come back, whoever knows its name.
    let case = branch.waiting("b.csv", 4..=4);
    let owed = branch.store.effects(usize::MAX);
    let name = owed.iter().find(|one| one.effect.is_mail()).unwrap().effect.id().to_string();
    let guessed = format!("Message-ID: <{}@example.jp>\r\n\r\n", kessai::workflow::mail_id(&name));
    let file = drop_in(&branch, &report(guessed.as_bytes(), "failed", "5.1.1", WHY));
    assert_eq!(file.verdict, FileVerdict::Rejected, "{case}");
}

#[test]
fn a_server_that_keeps_the_footer_alone_is_understood_by_the_notice_number() {
    let (branch, _) = mailed();
    let number = asked(&branch, "sato0001").number;
    let mail = String::from_utf8(mail_to(&branch, "sato0001")).unwrap();
    let stripped = mail.replacen("Message-ID: ", "X-Old-ID: ", 1);
    drop_in(&branch, &report(stripped.as_bytes(), "failed", "5.2.2", "552 mailbox full"));
    let returned: Vec<_> = branch.store.returned().iter().map(|one| one.number).collect();
    assert_eq!(returned, [number]);
}

#[test]
fn a_bundle_that_comes_back_is_all_it_told_on_one_paper_and_settled_at_once() {
    let branch = Branch::staffed(Setup::default());
    branch.desk.put_in_force(rules());
    let rule = MailRule { when: MailWhen::Both, ..MailRule::default() };
    branch.desk.choose_mails(&user("sato0001"), &rule).unwrap();
    branch.waiting("a.csv", 1..=1);
    branch.waiting("b.csv", 2..=2);
    branch.clock.forward(86_400_000);
    branch.desk.dispatch_all().unwrap();
    drop_in(&branch, &report(&mail_to(&branch, "bundle_sato0001"), "failed", "5.1.1", WHY));
    let open: Vec<_> = branch.desk.returned_mails().into_iter().map(|(one, _)| one).collect();
    assert_eq!(open.len(), 2);
    assert!(open.iter().all(|one| one.what == "request" && one.to == "sato0001"));
    branch.desk.dispatch_all().unwrap();
    let papers = branch.shelf.paths();
    assert_eq!(papers.iter().filter(|path| path.ends_with("_returned.pdf")).count(), 1);
    let (first, last) = (open[0].number.to_string(), open[1].number.to_string());
    let refused = ask(&branch, &[(&first, "再送")]).unwrap_err();
    assert!(refused[0].starts_with("K10 戻ってきたメールを"), "{refused:?}");
    decided(&branch, &[(&last, "済")]);
    assert!(branch.desk.returned_mails().is_empty() && branch.desk.status().returned.is_empty());
    assert!(ask(&branch, &[(&first, "済")]).is_err());
    let settled = branch.store.returned().into_iter().map(|one| one.returned.unwrap().settled);
    assert!(settled.into_iter().all(|by| by == Some(user("manage01"))));
}

#[test]
fn an_address_that_returned_two_mails_in_a_row_is_said_until_it_is_another_or_settled() {
    let (branch, _) = mailed();
    let comes_back = |id| branch.desk.mails_come_back(&person(&branch, id));
    let bounce =
        || drop_in(&branch, &report(&mail_to(&branch, "sato0001"), "failed", "5.1.1", WHY));
    bounce();
    assert!(!comes_back("sato0001"), "one may be chance");
    branch.waiting("b.csv", 4..=6);
    branch.desk.dispatch_all().unwrap();
    bounce();
    assert!(comes_back("sato0001") && !comes_back("mori0001"));
    let moved = Person { email: "new@example.jp".to_owned(), ..person(&branch, "sato0001") };
    assert!(!branch.desk.mails_come_back(&moved));
    let last = branch.desk.returned_mails().pop().unwrap().0.number.to_string();
    decided(&branch, &[(&last, "済")]);
    assert!(!comes_back("sato0001"));
}

#[test]
fn what_came_back_is_the_same_from_the_journal_and_from_the_checkpoint() {
    let var = tempfile::tempdir().unwrap();
    let open = || Embedded::open(var.path(), Timestamp::from_ms(0)).unwrap().0;
    let known = {
        let branch = Branch::over(Arc::new(open()), Setup::default()).with_people();
        branch.desk.put_in_force(rules());
        branch.waiting("a.csv", 1..=3);
        branch.desk.dispatch_all().unwrap();
        drop_in(&branch, &report(&mail_to(&branch, "sato0001"), "failed", "5.1.1", WHY));
        branch.store.checkpoint().unwrap();
        drop_in(&branch, &report(&mail_to(&branch, "mori0001"), "failed", "5.1.1", WHY));
        branch.store.checkpoint().unwrap();
        let number = branch.desk.returned_mails()[0].0.number.to_string();
        decided(&branch, &[(&number, "済")]);
        branch.store.returned()
    };
    let settled = known.iter().map(|one| one.returned.as_ref().unwrap().settled.is_some());
    assert_eq!(settled.collect::<Vec<_>>().len(), 2);
    assert_eq!(open().returned(), known, "from the checkpoint");
    std::fs::remove_dir_all(var.path().join("sled")).unwrap();
    assert_eq!(open().returned(), known, "from the journal alone");
}

//! Answers: in order, once, again after a failure, and never twice to the clearing side.

use kessai::domain::CaseId;
use kessai::ports::{EffectState, Entry, Outbox as _, Step};
use kessai::workflow::EffectKind;

use super::branch::{Branch, Setup, accruals};
use crate::mails::{parsed, said, text_of};

fn state_of(branch: &Branch, kind: &EffectKind) -> Option<EffectState> {
    let pending = branch.store.effects(usize::MAX);
    pending.into_iter().find(|one| one.effect.kind == *kind).map(|one| one.state)
}

/// A branch with a case everybody has approved and all of whose earlier answers are out.
fn completed() -> (Branch, CaseId) {
    let branch = Branch::staffed(Setup::default());
    let case = branch.waiting("a.csv", 1..=3);
    branch.desk.dispatch_all().unwrap();
    branch.complete(case);
    (branch, case)
}

fn count(branch: &Branch, part: &str) -> usize {
    branch.shelf.appeared.lock().unwrap().iter().filter(|path| path.contains(part)).count()
}

#[test]
fn everything_owed_is_delivered_files_before_the_mail_that_names_them() {
    let (branch, case) = completed();
    let done = branch.desk.dispatch_all().unwrap();
    assert_eq!((done.later, done.stuck, branch.owed().len()), (0, 0, 0));
    let appeared = branch.shelf.appeared.lock().unwrap().clone();
    let place = |part: &str| {
        appeared.iter().position(|path| path.contains(part)).unwrap_or_else(|| {
            panic!("{part} is not among {appeared:#?}");
        })
    };
    assert!(place("_result.csv") < place("mail_accepted"));
    assert!(place("_slip.pdf") < place("mail_accepted"));
    assert!(place("_receipt.pdf") < place("mail_approved"));
    assert!(place(".json") < place(&format!("center/{case}.csv")), "its companion first");
    assert!(appeared.iter().any(|path| path.contains("_final.csv")));
    let distinct: std::collections::BTreeSet<&String> = appeared.iter().collect();
    assert_eq!(distinct.len(), appeared.len());
}

#[test]
fn an_approval_is_told_to_the_others_who_might_have_given_it() {
    let (branch, case) = completed();
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    let told: Vec<_> = paths.iter().filter(|path| path.contains("_decision_")).collect();
    let [told] = told.as_slice() else { panic!("one other approver: {told:?}") };
    let (subject, text) = super::bundles::read(&branch, told);
    assert_eq!(subject, format!("【お知らせ】承認がありました（{case}）"));
    let name = |id| branch.desk.name_of(&crate::story::user(id));
    let (sato, mori) = (name("sato0001"), name("mori0001"));
    for said in [
        format!("{mori} 様、{sato} 様が、発生(債務者請求) 3件、合計"),
        format!("決めた方: {sato} 様"),
        "日時: 2026年12月1日".to_owned(),
        "お心当たりのないときは、すぐに下の電話へ".to_owned(),
    ] {
        assert!(text.contains(&said), "{said} is missing in:\n{text}");
    }
}

#[test]
fn answers_hold_what_their_names_say() {
    let (branch, _) = completed();
    branch.desk.dispatch_all().unwrap();
    for path in branch.shelf.paths() {
        let bytes = branch.shelf.bytes(&path);
        let fits = match path.rsplit('.').next().unwrap() {
            "pdf" => bytes.starts_with(b"%PDF-1.7"),
            "eml" => bytes.starts_with(b"From: "),
            "json" => bytes.starts_with(b"{"),
            _ => !bytes.starts_with(b"%PDF") && !bytes.is_empty(),
        };
        assert!(fits, "{path}: {}", String::from_utf8_lossy(&bytes[..20]));
    }
}

#[test]
fn a_mail_carries_the_link_of_the_person_it_is_for() {
    let (branch, case) = completed();
    branch.desk.dispatch_all().unwrap();
    let mut asked = Vec::new();
    for path in branch.shelf.paths() {
        let Some((_, id)) = path.strip_suffix(".eml").and_then(|path| path.rsplit_once('_')) else {
            continue;
        };
        if !path.contains("_request_") {
            continue;
        }
        let bytes = branch.shelf.bytes(&path);
        let mail = parsed(&bytes);
        let to = mail.to().and_then(|to| to.first()).and_then(|to| to.address()).unwrap();
        assert_eq!(to, format!("{id}@example.jp"));
        let text = text_of(&bytes);
        let (_, after) = text.split_once("http://127.0.0.1:8600/l/").unwrap();
        let token: String = after.chars().take_while(|c| !c.is_whitespace()).collect();
        let link = branch.desk.follow(&token).unwrap();
        assert_eq!((link.case, link.user.as_str()), (case, id));
        asked.push(id.to_owned());
    }
    asked.sort();
    assert_eq!(asked, ["check001", "manage01", "mori0001", "sato0001"]);
    assert_eq!(branch.desk.follow("no such token"), None);
}

#[test]
fn links_in_mails_work_after_a_restart() {
    let mut branch = Branch::staffed(Setup::default());
    let case = branch.waiting("a.csv", 1..=1);
    let link = branch.desk.link(case, &crate::story::user("sato0001"), "1.0");
    branch.restart();
    let token = link.rsplit('/').next().unwrap();
    assert_eq!(branch.desk.follow(token).unwrap().case, case);
}

#[test]
fn what_cannot_be_written_is_tried_again_later_and_later_and_then_given_to_a_person() {
    let branch = Branch::staffed(Setup::default());
    branch.waiting("a.csv", 1..=1);
    branch.shelf.cannot_stage.lock().unwrap().insert("customers/");
    let mut waits = Vec::new();
    for attempt in 1..12 {
        branch.desk.dispatch_all().unwrap();
        let Some(EffectState::Later { attempt: made, again_at }) =
            state_of(&branch, &EffectKind::Result)
        else {
            panic!("attempt {attempt}");
        };
        assert_eq!(made, attempt);
        let now = branch.desk.clock.now();
        waits.push((again_at.ms() - now.ms()) / 1_000);
        assert_eq!(branch.desk.dispatch().unwrap().again_at, Some(again_at));
        branch.clock.forward(again_at.ms() - now.ms() - 1);
        assert_eq!(branch.desk.dispatch().unwrap().later, 0, "not before its time");
        branch.clock.forward(1);
    }
    assert_eq!(waits, [10, 20, 40, 80, 160, 320, 640, 1_280, 1_800, 1_800, 1_800]);
    branch.desk.dispatch_all().unwrap();
    assert_eq!(state_of(&branch, &EffectKind::Result), Some(EffectState::Dead));
    assert_eq!(count(&branch, "request"), 2, "mails of the case did not wait");
    assert_eq!(count(&branch, "mail_accepted"), 0, "the mail that names the file does");
}

#[test]
fn a_stuck_mail_holds_no_file() {
    let branch = Branch::staffed(Setup::default());
    let case = branch.waiting("a.csv", 1..=1);
    branch.shelf.cannot_publish.lock().unwrap().insert("mail/");
    branch.desk.dispatch_all().unwrap();
    branch.complete(case);
    branch.desk.dispatch_all().unwrap();
    for part in ["_result.csv", "_slip.pdf", "_receipt.pdf", "_final.csv", "center/"] {
        assert!(count(&branch, part) > 0, "{part}");
    }
    assert_eq!(count(&branch, "mail/"), 0);
}

#[test]
fn a_parcel_that_fails_takes_nothing_of_the_next() {
    for (at_stage, part) in
        [(true, ".json"), (true, "center/"), (false, ".json"), (false, "center/")]
    {
        let (branch, _) = completed();
        let words =
            if at_stage { &branch.shelf.cannot_stage } else { &branch.shelf.cannot_publish };
        words.lock().unwrap().insert(part);
        branch.desk.dispatch_all().unwrap();
        assert!(matches!(
            state_of(&branch, &EffectKind::Clearing),
            Some(EffectState::Later { attempt: 1, .. })
        ));
        assert_eq!(branch.owed().len(), 2, "the clearing file and the mail: {:?}", branch.owed());
        assert_eq!((count(&branch, "_receipt.pdf"), count(&branch, "_final.csv")), (1, 1));
        let words =
            if at_stage { &branch.shelf.cannot_stage } else { &branch.shelf.cannot_publish };
        words.lock().unwrap().clear();
        branch.clock.forward(10_000);
        branch.desk.dispatch_all().unwrap();
        assert_eq!((branch.owed().len(), count(&branch, "center/")), (0, 2));
    }
}

#[test]
fn a_stop_at_any_boundary_of_dispatch_sends_one_clearing_file() {
    for step in [Step::OutboxStaged, Step::Publishing, Step::Published, Step::Delivered] {
        let (mut branch, case) = completed();
        branch.stopped_at(step, 1, kessai::service::Desk::dispatch_all);
        branch.restart();
        branch.desk.dispatch_all().unwrap();
        assert_eq!(branch.owed(), Vec::<String>::new(), "{}", step.name());
        let file = format!("center/{case}.csv");
        assert_eq!(count(&branch, &file), 1, "{}", step.name());
        assert_eq!(count(&branch, "center/"), 2, "its companion came along: {}", step.name());
    }
}

#[test]
fn a_clearing_file_that_may_be_out_is_never_made_again_blindly() {
    let (mut branch, case) = completed();
    branch.stopped_at(Step::Publishing, 1, kessai::service::Desk::dispatch_all);
    branch.shelf.forget_staged();
    branch.restart();
    branch.desk.dispatch_all().unwrap();
    assert_eq!(state_of(&branch, &EffectKind::Clearing), Some(EffectState::Unsure));
    assert_eq!(branch.shelf.find(&format!("center/{case}.csv")), None);
    branch.clock.forward(86_400_000);
    branch.restart();
    assert_eq!(branch.desk.dispatch_all().unwrap().delivered, 0);
}

#[test]
fn answers_made_twice_are_the_same() {
    let make = || {
        let (branch, _) = completed();
        branch.desk.dispatch_all().unwrap();
        let made = branch.shelf.paths().into_iter().map(|path| {
            let bytes = branch.shelf.bytes(&path);
            // Of mails made by two desks all but the signature is the same.
            let is_mail = path.starts_with("mail/");
            (if is_mail { said(&bytes).into_bytes() } else { bytes }, path)
        });
        made.collect()
    };
    let (one, other): (Vec<_>, Vec<_>) = (make(), make());
    assert!(one == other);
}

#[test]
fn a_refused_file_is_answered_too() {
    let branch = Branch::staffed(Setup::default());
    branch.take_in("a.csv", &accruals(1..=1).replace(",1000,", ",lots,"));
    branch.take_in("b.csv", &accruals(5..=6));
    branch.take_in("c.csv", &accruals(5..=6));
    let done = branch.desk.dispatch_all().unwrap();
    assert_eq!((done.stuck, branch.owed().len()), (0, 0));
    assert_eq!(count(&branch, "_result.csv"), 3);
    assert_eq!(count(&branch, "mail_rejected_file") + count(&branch, "mail_held"), 2);
}

#[test]
fn many_answers_a_person_must_look_at_do_not_hold_the_others() {
    let branch = Branch::staffed(Setup { unit: "record", ..Setup::default() });
    let teller = crate::story::Teller::new(branch.store.as_ref());
    let receipt = branch.take_in("a.csv", &accruals(1..=1)).receipt;
    let scope = |row| CaseId { receipt, n: 1, row: Some(row) };
    let stuck: Vec<kessai::workflow::Effect> = (1..=2_500)
        .map(|row| kessai::workflow::Effect {
            scope: kessai::workflow::EffectScope::Case(scope(row)),
            kind: EffectKind::Receipt,
            at: teller.now,
        })
        .collect();
    let moves = stuck.iter().map(|one| teller.effect_goes(one.id(), EffectState::Dead)).collect();
    teller.commit(Entry::Opened { receipt, effects: stuck });
    teller.commit(Entry::Effects(moves));
    branch.desk.dispatch_all().unwrap();
    branch.take_in("b.csv", &accruals(2..=2));
    assert!(branch.desk.dispatch_all().unwrap().delivered >= 3);
    assert_eq!(count(&branch, "_result.csv"), 2);
}

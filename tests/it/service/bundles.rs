//! Mails to approvers in bundles: at their hour, once, and never too late.

use std::collections::BTreeSet;

use kessai::domain::{Absence, UserId};
use kessai::ports::{EffectState, Step};
use kessai::workflow::{MailRule, MailSort, MailWhen, VoteKind};

use super::branch::{Branch, Setup};
use crate::mails::{parsed, text_of};

const HOUR_MS: i64 = 3_600_000;

fn chosen(branch: &Branch, user: &str, when: MailWhen, without: &[MailSort]) {
    let without: BTreeSet<MailSort> = without.iter().copied().collect();
    let rule = MailRule { when, without };
    branch.desk.choose_mails(&UserId::parse(user).unwrap(), &rule).unwrap();
}

/// At 9:00 on 1 December: the checker wants bundles at nine and noon, and two cases wait for them.
fn two_waiting() -> Branch {
    let branch = Branch::staffed(Setup::default());
    chosen(&branch, "check001", MailWhen::Both, &[]);
    branch.clock.forward(HOUR_MS / 60);
    for (name, rows) in [("a.csv", 1..=2), ("b.csv", 3..=5)] {
        let case = branch.waiting(name, rows);
        branch.vote(case, "sato0001", VoteKind::Approve);
    }
    branch.desk.dispatch_all().unwrap();
    branch
}

fn to_the_checker(branch: &Branch) -> Vec<String> {
    let mut paths = branch.shelf.paths();
    paths.retain(|path| path.contains("check001"));
    paths
}

/// Subject and text of a mail.
pub(super) fn read(branch: &Branch, path: &str) -> (String, String) {
    let bytes = branch.shelf.bytes(path);
    (parsed(&bytes).subject().unwrap().to_owned(), text_of(&bytes))
}

#[test]
fn requests_wait_for_noon_and_go_as_one_mail_of_several_cases() {
    let branch = two_waiting();
    assert_eq!(to_the_checker(&branch), Vec::<String>::new());
    assert_eq!(branch.owed().len(), 2);
    branch.clock.forward(3 * HOUR_MS - HOUR_MS / 60);
    let done = branch.desk.dispatch_all().unwrap();
    assert_eq!(done.delivered, 2);
    let paths = to_the_checker(&branch);
    assert_eq!(paths.len(), 1, "{paths:?}");
    let (subject, text) = read(&branch, &paths[0]);
    assert_eq!(subject, "【承認のお願い】2件（最も近い期限 12月2日 15:00）");
    assert_eq!(text.matches("申請番号: ").count(), 2);
    assert_eq!(text.matches("/l/").count(), 2, "a link for each: {text}");
    assert!(text.contains("合計 2,000円") && text.contains("合計 3,000円"));
    let token = text.split("/l/").nth(2).unwrap().split_whitespace().next().unwrap();
    assert_eq!(branch.desk.follow(token).unwrap().user.as_str(), "check001");
}

#[test]
fn a_stop_at_any_point_sends_a_bundle_once_and_the_same() {
    for step in [Step::OutboxStaged, Step::Published, Step::Delivered] {
        let mut branch = two_waiting();
        branch.clock.forward(3 * HOUR_MS);
        branch.stopped_at(step, 1, kessai::service::Desk::dispatch_all);
        branch.restart();
        // What is owed since then goes in another bundle.
        let case = branch.waiting("c.csv", 6..=6);
        branch.vote(case, "sato0001", VoteKind::Approve);
        branch.desk.dispatch_all().unwrap();
        let paths = to_the_checker(&branch);
        assert_eq!(paths.len(), 1, "{step:?} {paths:?}");
        assert!(read(&branch, &paths[0]).0.starts_with("【承認のお願い】2件"));
        branch.clock.forward(24 * HOUR_MS);
        branch.desk.dispatch_all().unwrap();
        assert_eq!(to_the_checker(&branch).len(), 2, "{step:?}");
        assert!(branch.owed().is_empty());
    }
}

#[test]
fn with_less_than_an_hour_left_nothing_waits() {
    let branch = Branch::staffed(Setup::default());
    chosen(&branch, "check001", MailWhen::Morning, &[]);
    // The case is due on 3 December at 15:00; the next bundle would go on the 4th.
    branch.clock.forward(48 * HOUR_MS + HOUR_MS);
    let case = branch.waiting("a.csv", 1..=1);
    branch.vote(case, "sato0001", VoteKind::Approve);
    let due = branch.store.case(case).unwrap().head.due.unwrap();
    let now = kessai::ports::Clock::now(branch.clock.as_ref());
    branch.desk.dispatch_all().unwrap();
    let left = due.ms() - now.ms();
    branch.clock.forward(left - HOUR_MS - 1);
    branch.desk.dispatch_all().unwrap();
    let early = to_the_checker(&branch).len();
    branch.clock.forward(1);
    branch.desk.dispatch_all().unwrap();
    let paths = to_the_checker(&branch);
    assert_eq!((early, paths.len()), (0, 1), "{paths:?} {due}");
    assert!(paths[0].contains("request_2.0"), "one alone is its own mail: {paths:?}");
}

#[test]
fn what_a_person_does_without_is_not_sent_and_requests_always_are() {
    let branch = Branch::staffed(Setup::default());
    chosen(&branch, "check001", MailWhen::AtOnce, &[MailSort::Reminder, MailSort::Consult]);
    let case = branch.waiting("a.csv", 1..=1);
    branch.vote(case, "sato0001", VoteKind::Approve);
    branch.desk.dispatch_all().unwrap();
    assert_eq!(to_the_checker(&branch).len(), 1);
    // News of absences are no reminder.
    let absence = Absence {
        user: UserId::parse("check001").unwrap(),
        from: kessai::ports::Clock::now(branch.clock.as_ref()).date(),
        until: kessai::ports::Clock::now(branch.clock.as_ref()).date(),
        delegate: None,
        max: None,
        flows: Vec::new(),
    };
    branch.desk.set_absence(&absence).unwrap();
    branch.desk.dispatch_all().unwrap();
    assert_eq!(to_the_checker(&branch).len(), 2);
    let stuck = branch.store.effects(usize::MAX);
    assert!(stuck.iter().all(|one| one.state != EffectState::Dead), "{stuck:?}");
}

#[test]
fn what_somebody_else_has_decided_meanwhile_is_left_out_of_the_bundle() {
    let branch = Branch::staffed(Setup::default());
    branch.register("check002", "checker");
    chosen(&branch, "check001", MailWhen::Noon, &[]);
    let mut cases = Vec::new();
    for (name, rows) in [("a.csv", 1..=2), ("b.csv", 3..=5)] {
        let case = branch.waiting(name, rows);
        branch.vote(case, "sato0001", VoteKind::Approve);
        cases.push(case);
    }
    branch.vote(cases[0], "check002", VoteKind::Approve);
    branch.clock.forward(3 * HOUR_MS);
    branch.desk.dispatch_all().unwrap();
    let paths = to_the_checker(&branch);
    assert_eq!(paths, [format!("mail/{}_request_2.0_check001.eml", cases[1])]);
    assert!(branch.owed().is_empty());
}

//! People over time: postings by day and branches that are merged.

use kessai::domain::{Absence, CaseId, Date, UserId, YenTotal};
use kessai::ports::{Batch, Commit, Entry, PasswordKind, Task};
use kessai::service::{AbsenceError, Ballot, Wish};
use kessai::workflow::{CommandId, Deed, Status, VoteKind, load_directory};

use super::branch::{Branch, Setup};
use crate::mails::text_of;

const HOUR_MS: i64 = 3_600_000;
const BRANCHES: &str = "code,name,phone,from,until,successor\n\
    001,本店営業部,03-0000-0001,,2026-12-01,002\n\
    002,駅前支店,03-0000-0002,,,\n";
/// On 2 December check001 goes to the customer's side of the house, and check002 comes.
const MOVES: &str = "user,name,email,organisation,roles,from,until\n\
    check001,照査 一,check001@example.jp,branch:001,checker,,2026-12-01\n\
    check002,照査 二,check002@example.jp,branch:001,checker,2026-12-02,\n";

fn may_come_in(branch: &Branch, id: &str) -> bool {
    let id = UserId::parse(id).unwrap();
    branch.desk.check_password(&id, PasswordKind::Login, &format!("login-{id}")).is_ok()
}

fn status(branch: &Branch, case: CaseId) -> Status {
    branch.store.case(case).unwrap().head.status
}

#[test]
fn at_midnight_of_a_change_the_new_people_of_waiting_cases_are_told_once() {
    let mut branch = Branch::staffed(Setup { people: Some(MOVES), ..Setup::default() });
    branch.register("check002", "checker");
    assert!(may_come_in(&branch, "check001") && !may_come_in(&branch, "check002"));
    let case = branch.waiting("a.csv", 1..=2);
    branch.vote(case, "sato0001", VoteKind::Approve);
    branch.desk.tick().unwrap();
    branch.desk.dispatch_all().unwrap();

    // It is down over midnight; the next start remembers which day it last looked at.
    branch.clock.forward(15 * HOUR_MS);
    branch.restart();
    branch.desk.tick().unwrap();
    assert_eq!(branch.owed(), ["handover/2.0.3/check002"]);
    branch.desk.dispatch_all().unwrap();
    branch.restart();
    branch.desk.tick().unwrap();
    assert!(branch.owed().is_empty(), "told once");
    assert!(!may_come_in(&branch, "check001") && may_come_in(&branch, "check002"));
    branch.vote(case, "check002", VoteKind::Approve);
    branch.vote(case, "manage01", VoteKind::Approve);
    assert_eq!(status(&branch, case), Status::Completed);
}

#[test]
fn cases_and_folders_of_a_merged_branch_pass_to_the_successor_and_the_case_says_so() {
    let people = "user,name,email,organisation,roles,from,until\n\
        check001,照査 一,check001@example.jp,branch:002,checker,2026-12-02,\n\
        check001,照査 一,check001@example.jp,branch:001,checker,,2026-12-01\n";
    let setup = Setup { people: Some(people), branches: Some(BRANCHES), ..Setup::default() };
    let branch = Branch::staffed(setup);
    let case = branch.waiting("a.csv", 1..=2);
    branch.vote(case, "sato0001", VoteKind::Approve);
    let view = branch.desk.show(case).unwrap();
    assert!(view.mergers.is_empty());
    branch.clock.forward(15 * HOUR_MS);
    branch.desk.tick().unwrap();
    let view = branch.desk.show(case).unwrap();
    assert_eq!(
        view.mergers,
        ["本店営業部は2026年12月2日に駅前支店へ統合されました。\
          この案件は駅前支店が引き継いでいます。"]
    );
    // Whoever belongs to the successor fills the seats of the old desk, of old and new files.
    branch.vote(case, "check001", VoteKind::Approve);
    branch.vote(case, "manage01", VoteKind::Approve);
    assert_eq!(status(&branch, case), Status::Completed);
    let later = branch.waiting("b.csv", 3..=4);
    branch.complete(later);
}

#[test]
fn without_a_directory_nothing_is_journaled_at_midnight() {
    let branch = Branch::staffed(Setup::default());
    let before = branch.store.counts().sequence;
    branch.desk.tick().unwrap();
    branch.clock.forward(15 * HOUR_MS);
    branch.desk.tick().unwrap();
    assert_eq!(branch.store.counts().sequence, before);
}

fn absence(user: &str, days: (u32, u32), delegate: Option<&str>) -> Absence {
    Absence {
        user: UserId::parse(user).unwrap(),
        from: Date::new(2026, 12, days.0).unwrap(),
        until: Date::new(2026, 12, days.1).unwrap(),
        delegate: delegate.map(|id| UserId::parse(id).unwrap()),
        max: None,
        flows: Vec::new(),
    }
}

#[test]
fn a_delegate_is_told_sees_waiting_cases_and_signs_for_the_absent_person() {
    let branch = Branch::staffed(Setup::default());
    branch.register("teller01", "teller");
    let case = branch.waiting("a.csv", 1..=2);
    branch.vote(case, "sato0001", VoteKind::Approve);
    branch.desk.dispatch_all().unwrap();
    branch.desk.set_absence(&absence("check001", (1, 2), Some("teller01"))).unwrap();
    let at = branch.desk.clock.now().ms();
    assert_eq!(
        branch.owed(),
        [
            format!("absence/check001/{at}/check001"),
            format!("absence/check001/{at}/teller01"),
            "handover/2.0.3/teller01".to_owned(),
        ]
    );
    branch.desk.dispatch_all().unwrap();
    let name = format!("mail/office_absence_check001_{at}_teller01.eml");
    assert!(branch.shelf.paths().contains(&name), "{:?}", branch.shelf.paths());
    let teller = branch.desk.person(&UserId::parse("teller01").unwrap()).unwrap();
    assert_eq!(branch.desk.todo(&teller, 1).items.len(), 1);
    branch.vote(case, "teller01", VoteKind::Approve);
    let acting = branch.store.case(case).unwrap().head.aside.unwrap().acting;
    assert_eq!(acting[0].principal.as_str(), "check001");
}

#[test]
fn a_delegation_begins_at_midnight_and_the_delegate_is_asked_then() {
    let mut branch = Branch::staffed(Setup::default());
    branch.register("teller01", "teller");
    branch.desk.set_absence(&absence("check001", (2, 2), Some("teller01"))).unwrap();
    let case = branch.waiting("a.csv", 1..=2);
    branch.vote(case, "sato0001", VoteKind::Approve);
    branch.desk.dispatch_all().unwrap();
    branch.clock.forward(15 * HOUR_MS);
    branch.restart();
    branch.desk.tick().unwrap();
    assert_eq!(branch.owed(), ["handover/2.0.3/teller01"]);
    // It is over a day later: the seat is nobody's but the principal's.
    branch.clock.forward(24 * HOUR_MS);
    branch.desk.tick().unwrap();
    let teller = branch.desk.person(&UserId::parse("teller01").unwrap()).unwrap();
    assert!(branch.desk.todo(&teller, 1).items.is_empty());
}

#[test]
fn a_delegation_covers_its_flows_and_its_amount_only() {
    for (max, flow, may) in
        [(Some(2_000), "accrual", 1), (Some(1_999), "accrual", 0), (None, "assignment", 0)]
    {
        let branch = Branch::staffed(Setup::default());
        branch.register("teller01", "teller");
        let mut absence = absence("check001", (1, 2), Some("teller01"));
        absence.max = max.map(YenTotal::new);
        absence.flows = vec![flow.to_owned()];
        branch.desk.set_absence(&absence).unwrap();
        let case = branch.waiting("a.csv", 1..=2);
        branch.vote(case, "sato0001", VoteKind::Approve);
        let teller = branch.desk.person(&UserId::parse("teller01").unwrap()).unwrap();
        assert_eq!(branch.desk.todo(&teller, 1).items.len(), may, "{max:?} {flow}");
    }
}

#[test]
fn who_may_not_stand_for_somebody_is_refused() {
    let branch = Branch::staffed(Setup::default());
    branch.register("teller01", "teller");
    let refused = |absence: Absence| branch.desk.set_absence(&absence).unwrap_err();
    assert!(matches!(
        refused(absence("check001", (1, 2), Some("sato0001"))),
        AbsenceError::NoColleague(_)
    ));
    assert!(matches!(
        refused(absence("check001", (1, 2), Some("check001"))),
        AbsenceError::Oneself
    ));
    assert!(matches!(refused(absence("check001", (2, 1), None)), AbsenceError::Days));
    let mut other = absence("check001", (1, 2), None);
    other.flows = vec!["accural".to_owned()];
    assert!(matches!(refused(other), AbsenceError::NoFlow(_)));
    branch.desk.set_absence(&absence("teller01", (2, 3), None)).unwrap();
    assert!(matches!(
        refused(absence("check001", (1, 2), Some("teller01"))),
        AbsenceError::DelegateAway(_)
    ));
    assert!(matches!(refused(absence("teller01", (3, 4), None)), AbsenceError::Recorded(..)));
    // Taken back before it began, it never was.
    branch.desk.end_absence(&UserId::parse("teller01").unwrap(), None).unwrap();
    branch.desk.set_absence(&absence("check001", (1, 2), Some("teller01"))).unwrap();
    assert_eq!(branch.desk.absences().len(), 1);
}

#[test]
fn what_was_decided_in_place_is_to_be_read_even_after_the_case_is_done() {
    let desk_line = "substitute: {allow: [checker], max: 1_000_000, post_review: manager}";
    let mut branch = Branch::staffed(Setup { desk_line, ..Setup::default() });
    branch.register("check002", "checker");
    branch.desk.set_absence(&absence("manage01", (1, 2), None)).unwrap();
    let case = branch.waiting("a.csv", 1..=2);
    for by in ["sato0001", "check001", "check002"] {
        let person = branch.desk.person(&UserId::parse(by).unwrap()).unwrap();
        let items = branch.desk.todo(&person, 1).items;
        assert_eq!(items.len(), 1, "{by}");
        branch.vote(case, by, VoteKind::Approve);
    }
    assert_eq!(status(&branch, case), Status::Completed);
    branch.desk.dispatch_all().unwrap();
    let mail = format!("mail/{case}_review_2.1.4_manage01.eml");
    assert!(branch.shelf.paths().contains(&mail), "{:?}", branch.shelf.paths());
    branch.restart();
    let (link, body) = (branch.desk.open_reviews(), text_of(&branch.shelf.bytes(&mail)));
    let token = body.split("/l/").nth(1).unwrap().split_whitespace().next().unwrap();
    assert_eq!(branch.desk.follow(token).unwrap().case, case, "the link outlives a restart");
    assert_eq!(
        (link[0].by.as_str(), link[0].reviewers.as_slice()),
        ("check002", &["manage01".to_owned()][..])
    );

    branch.clock.forward(48 * HOUR_MS);
    assert_eq!(branch.desk.open_reviews()[0].open_days, 2);
    let manager = branch.desk.person(&UserId::parse("manage01").unwrap()).unwrap();
    assert_eq!(branch.desk.todo(&manager, 1).items[0].task, Task::Review);
    let seen = branch.store.case(case).unwrap();
    let ballot = Ballot {
        entry: Vec::new(),
        rows: kessai::workflow::RowSet::default(),
        case,
        wish: Wish::Do(Deed::Review),
        digest: branch.desk.content_of(&seen).unwrap(),
        task_version: seen.head.task_version,
        shown_at: None,
        reason: "内容を確認しました".to_owned(),
        command: CommandId::of("review"),
    };
    branch.desk.cast(&manager, &ballot).unwrap();
    assert!(branch.desk.open_reviews().is_empty());
    assert!(branch.desk.todo(&manager, 1).items.is_empty());
    assert_eq!(status(&branch, case), Status::Completed);
}

#[test]
fn a_forecast_names_the_case_that_cannot_be_staffed_and_why() {
    let branch = Branch::staffed(Setup { branches: Some(BRANCHES), ..Setup::default() });
    let case = branch.waiting("a.csv", 1..=2);
    branch.vote(case, "sato0001", VoteKind::Approve);
    let forecast = branch.desk.forecast(30, None);
    assert_eq!((forecast.cases, forecast.shortfalls.len()), (1, 0));
    branch.desk.set_absence(&absence("manage01", (1, 2), None)).unwrap();
    let short = &branch.desk.forecast(30, None).shortfalls[0];
    assert_eq!(short.case, case.to_string());
    assert_eq!(
        short.sentence,
        "12/2 は本店営業部で決裁者がいません。順序ありダブル承認が成立しません。"
    );
    assert_eq!(short.days[0].seats[0].1, ["check001"]);
}

#[test]
fn a_directory_is_checked_before_it_is_in_force() {
    let branch = Branch::staffed(Setup::default());
    let case = branch.waiting("a.csv", 1..=2);
    branch.vote(case, "sato0001", VoteKind::Approve);
    let people = "user,name,email,organisation,roles,from,until\n\
        manage01,決裁 一,m@example.jp,branch:002,manager,,\n\
        newbie01,新任 一,n@example.jp,branch:001,manager,,\n";
    let planned = load_directory(Some(("people.csv", people)), None).unwrap();
    let forecast = branch.desk.forecast(30, Some(planned));
    assert_eq!(forecast.shortfalls.len(), 1);
    assert_eq!(forecast.unregistered, ["newbie01"]);
    assert!(branch.desk.forecast(30, None).shortfalls.is_empty(), "nothing is in force yet");
}

#[test]
fn a_stop_while_the_new_people_are_told_tells_nobody_twice() {
    let mut branch = Branch::staffed(Setup { people: Some(MOVES), ..Setup::default() });
    branch.register("check002", "checker");
    let cases: Vec<CaseId> = [("a.csv", 1..=2), ("b.csv", 3..=4)]
        .into_iter()
        .map(|(name, rows)| branch.waiting(name, rows))
        .collect();
    for case in &cases {
        branch.vote(*case, "sato0001", VoteKind::Approve);
    }
    branch.desk.tick().unwrap();
    branch.desk.dispatch_all().unwrap();
    branch.clock.forward(15 * HOUR_MS);
    branch.restart();
    branch.desk.tick().unwrap();
    let versions = |branch: &Branch| -> Vec<u32> {
        cases.iter().map(|case| branch.store.case(*case).unwrap().head.version).collect()
    };
    let told = versions(&branch);
    // As after a stop before the day was marked: the mark of the day before is the last one.
    let at = kessai::ports::Clock::now(branch.clock.as_ref()).plus_ms(-15 * HOUR_MS);
    let entries = vec![Entry::Ran { schedule: "@people".to_owned(), at }];
    let commit = Commit { at, entries };
    branch.store.commit(Batch { commit, expect: Vec::new() }).unwrap();
    branch.restart();
    branch.desk.tick().unwrap();
    assert_eq!(versions(&branch), told);
}

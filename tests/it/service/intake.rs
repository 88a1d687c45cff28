//! From a file's bytes to its verdict and cases, through stops at every boundary.

use kessai::domain::{ApprovalPattern, CaseId, Digest};
use kessai::ports::{CaseFilter, FileVerdict, Step};
use kessai::service::Flaw;
use kessai::workflow::{Status, VoteKind};

use super::branch::{Branch, HEADER, Setup, accrual, accruals, assignment, mistaken};

fn by_record(unit: &'static str) -> Setup {
    Setup { accept: "record", unit, ..Setup::default() }
}

fn cases(branch: &Branch) -> Vec<kessai::workflow::Case> {
    branch.store.cases(&CaseFilter::default(), None, usize::MAX)
}

#[test]
fn a_clean_file_becomes_one_case_and_its_approvers_are_asked() {
    let branch = Branch::staffed(Setup::default());
    let file = branch.take_in("請求.csv", &accruals(1..=3));
    assert_eq!((file.verdict, file.accepted, file.rejected), (FileVerdict::Accepted, 3, 0));
    assert_eq!(file.total.get(), 3_000);
    let cases = cases(&branch);
    assert_eq!((cases.len(), cases[0].head.scope.rows), (1, 3));
    assert_eq!((cases[0].head.status, cases[0].head.step), (Status::Active, 1));
    assert_eq!(
        branch.owed(),
        ["request/1.0/mori0001", "request/1.0/sato0001", "result", "slip", "mail/accepted"]
    );
}

#[test]
fn a_result_too_long_for_memory_comes_whole() {
    let branch = Branch::staffed(Setup::default());
    let file = branch.take_in("請求.csv", &accruals(1..=18_000));
    assert_eq!(file.accepted, 18_000);
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    let result = paths.iter().find(|path| path.ends_with("_result.csv")).unwrap();
    let bytes = branch.shelf.bytes(result);
    assert!(bytes.len() > 1 << 20, "{} bytes go to the disk on the way", bytes.len());
    let text = encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned();
    let rows: Vec<&str> = text.lines().filter(|line| line.contains(",受付,")).collect();
    assert_eq!(rows.len(), 18_000);
    for (number, row) in (1..).zip(rows) {
        assert!(row.contains(&format!(",INV-{number:06},")), "{row}");
    }
}

#[test]
fn a_file_of_two_kinds_becomes_a_case_for_each_workflow() {
    let branch = Branch::staffed(Setup::default());
    let text = HEADER.to_owned() + &accrual(1) + &assignment(2) + &accrual(3);
    branch.take_in("a.csv", &text);
    let rows: Vec<u32> = cases(&branch).iter().map(|case| case.head.scope.rows).collect();
    assert_eq!(rows, [2, 1]);
}

#[test]
fn one_mistake_sends_the_whole_file_back_where_the_channel_says_so() {
    let branch = Branch::staffed(Setup::default());
    let file = branch.take_in("a.csv", &(accruals(1..=2) + &mistaken(3)));
    assert_eq!(file.verdict, FileVerdict::Rejected);
    assert_eq!((cases(&branch).len(), file.record_file), (0, None));
    assert_eq!(branch.owed(), ["result", "mail/rejected_file"]);
}

#[test]
fn good_rows_go_on_where_the_channel_says_so() {
    let branch = Branch::staffed(by_record("file"));
    let file = branch.take_in("a.csv", &(accruals(1..=2) + &mistaken(3)));
    assert_eq!((file.verdict, file.accepted, file.rejected), (FileVerdict::Accepted, 2, 1));
    assert_eq!(cases(&branch)[0].head.scope.rows, 2);
    let nothing = branch.take_in("b.csv", &(HEADER.to_owned() + &mistaken(4)));
    assert_eq!(nothing.verdict, FileVerdict::Rejected);
}

#[test]
fn the_same_content_is_held_until_the_first_was_not_sent_on() {
    let branch = Branch::staffed(Setup::default());
    let first = branch.waiting("a.csv", 1..=2);
    let second = branch.take_in("b.csv", &accruals(1..=2));
    let same_as = first.receipt;
    assert_eq!(second.verdict, FileVerdict::Held { same_as });
    assert!(branch.owed().contains(&"mail/held_duplicate".to_owned()));
    branch.vote(first, "sato0001", VoteKind::Return);
    let third = branch.take_in("c.csv", &accruals(1..=2));
    assert_eq!(third.verdict, FileVerdict::Accepted, "rows sent back may come again");
    branch.complete(CaseId { receipt: third.receipt, n: 1, row: None });
    let fourth = branch.take_in("d.csv", &accruals(1..=2));
    let same_as = third.receipt;
    assert_eq!(fourth.verdict, FileVerdict::Held { same_as });
}

#[test]
fn the_same_content_twice_in_one_look_is_held_once() {
    let branch = Branch::staffed(Setup::default());
    let text = accruals(1..=2);
    let arrivals = ["a.csv", "b.csv"].map(|name| branch.arrival(name, &text, None));
    let receipts = branch.desk.receive(arrivals.into()).unwrap();
    let verdicts: Vec<FileVerdict> =
        receipts.iter().map(|one| branch.desk.judge(*one).unwrap().unwrap().verdict).collect();
    let same_as = receipts[0];
    assert_eq!(verdicts, [FileVerdict::Accepted, FileVerdict::Held { same_as }]);
}

#[test]
fn a_copy_cut_short_does_not_hold_the_whole_one() {
    let branch = Branch::staffed(Setup::default());
    let text = accruals(1..=2);
    let cut = branch.arrival("a.csv", &text, Some(Flaw::Incomplete));
    let whole = branch.arrival("b.csv", &text, None);
    let receipts = branch.desk.receive(vec![cut.clone(), whole]).unwrap();
    let judge = |at: usize| branch.desk.judge(receipts[at]).unwrap().unwrap().verdict;
    assert_eq!((judge(0), judge(1)), (FileVerdict::Rejected, FileVerdict::Accepted));
    let later = Branch::staffed(Setup::default());
    later.desk.receive(vec![later.arrival("a.csv", &text, Some(Flaw::Incomplete))]).unwrap();
    assert_eq!(later.take_in("b.csv", &text).verdict, FileVerdict::Accepted);
}

#[test]
fn a_row_that_waits_elsewhere_is_a_duplicate_even_after_a_restart() {
    let mut branch = Branch::staffed(by_record("file"));
    branch.waiting("a.csv", 1..=3);
    for round in 0..2 {
        let text = HEADER.to_owned() + &accrual(2) + &accrual(10 + round);
        let file = branch.take_in(&format!("{round}.csv"), &text);
        assert_eq!((file.accepted, file.rejected), (1, 1), "round {round}");
        branch.restart();
    }
}

#[test]
fn a_verdict_is_given_once() {
    let branch = Branch::staffed(Setup::default());
    let file = branch.take_in("a.csv", &accruals(1..=2));
    let before = branch.store.digest();
    assert_eq!(branch.desk.judge(file.receipt).unwrap().unwrap(), file);
    assert_eq!(branch.store.digest(), before);
}

#[test]
fn rows_with_cases_of_their_own_are_opened_and_asked_for_once() {
    let branch = Branch::staffed(by_record("record"));
    let file = branch.take_in("a.csv", &(accruals(1..=300) + &mistaken(301)));
    assert_eq!((file.verdict, file.open_cases, file.staged), (FileVerdict::Accepted, 300, 300));
    let ids: Vec<Option<u32>> = cases(&branch).iter().map(|case| case.head.id.row).collect();
    assert_eq!(ids, (1..=300).map(Some).collect::<Vec<_>>());
    let requests =
        branch.owed().into_iter().filter(|name| name.starts_with("request")).collect::<Vec<_>>();
    assert_eq!(requests, ["request/1.0/mori0001", "request/1.0/sato0001"]);
}

/// Everything but the numbers of cases, which may have gaps.
fn end_state(branch: &Branch) -> (Vec<String>, Vec<kessai::workflow::Case>) {
    let mut owed = branch.owed();
    owed.sort();
    (owed, cases(branch))
}

fn digest_without_stop(
    setup: Setup,
    text: &str,
) -> (Digest, (Vec<String>, Vec<kessai::workflow::Case>)) {
    let branch = Branch::staffed(setup);
    branch.take_in("a.csv", text);
    (branch.store.digest(), end_state(&branch))
}

#[test]
fn a_stop_at_any_boundary_of_judging_changes_nothing_in_the_end() {
    let text = accruals(1..=3);
    for unit in ["file", "record"] {
        let (_, expected) = digest_without_stop(by_record(unit), &text);
        for step in [Step::JudgeHalf, Step::JudgeReady, Step::Judged] {
            let mut branch = Branch::staffed(by_record(unit));
            let receipt = branch.receive("a.csv", &text);
            branch.stopped_at(step, 1, |desk| desk.judge(receipt));
            branch.restart();
            branch.desk.judge(receipt).unwrap();
            assert_eq!(end_state(&branch), expected, "{unit}, {}", step.name());
        }
    }
}

#[test]
fn a_stop_between_slices_is_gone_on_from_where_it_was() {
    // More rows than are handed to the store at a time.
    let text = accruals(1..=4_300);
    let (digest, _) = digest_without_stop(by_record("record"), &text);
    for slice in [1, 33, 34] {
        let mut branch = Branch::staffed(by_record("record"));
        let receipt = branch.receive("a.csv", &text);
        branch.stopped_at(Step::SliceStaged, slice, |desk| desk.judge(receipt));
        assert_eq!(cases(&branch).len(), 0, "nobody sees half a file");
        branch.restart();
        let file = branch.desk.judge(receipt).unwrap().unwrap();
        assert_eq!((file.verdict, file.open_cases), (FileVerdict::Accepted, 4_300));
        assert_eq!(branch.store.digest(), digest, "stopped at slice {slice}");
    }
}

#[test]
fn a_stop_before_the_last_commit_forgets_no_workflows_approvers() {
    let rows: String = (1..=3).map(|n| accrual(n) + &assignment(n + 10)).collect();
    let setup = Setup { pattern: ApprovalPattern::None, ..by_record("record") };
    let (digest, (owed, _)) = digest_without_stop(setup, &(HEADER.to_owned() + &rows));
    assert_eq!(owed.iter().filter(|name| name.starts_with("request")).count(), 2);
    for slice in [1, 2] {
        let mut branch = Branch::staffed(setup);
        let receipt = branch.receive("a.csv", &(HEADER.to_owned() + &rows));
        branch.stopped_at(Step::SliceStaged, slice, |desk| desk.judge(receipt));
        branch.restart();
        branch.desk.judge(receipt).unwrap();
        assert_eq!(branch.store.digest(), digest, "stopped at slice {slice}");
    }
}

#[test]
fn a_file_nobody_can_approve_waits_and_goes_on_when_people_are_there() {
    let branch = Branch::new(Setup::default());
    let case = branch.waiting("a.csv", 1..=1);
    assert_eq!(branch.store.case(case).unwrap().head.status, Status::Incident);
    assert_eq!(branch.desk.tick().unwrap(), 0);
    branch.register("sato0001", "approve");
    assert_eq!(branch.desk.tick().unwrap(), 1);
    assert_eq!(branch.store.case(case).unwrap().head.status, Status::Active);
    assert!(branch.owed().contains(&"request/1.0/sato0001".to_owned()));
    branch.clock.forward(10 * 86_400_000);
    assert_eq!(branch.desk.tick().unwrap(), 1);
    assert_eq!(branch.store.case(case).unwrap().head.status, Status::Returned);
    assert_eq!(branch.desk.tick().unwrap(), 0);
}

#[test]
fn when_people_are_registered_every_row_that_waited_for_them_goes_on() {
    let branch = Branch::new(by_record("record"));
    branch.take_in("a.csv", &accruals(1..=300));
    assert_eq!(branch.desk.tick().unwrap(), 0);
    branch.register("sato0001", "approve");
    assert_eq!(branch.desk.tick().unwrap(), 300);
    assert!(cases(&branch).iter().all(|case| case.head.status == Status::Active));
}

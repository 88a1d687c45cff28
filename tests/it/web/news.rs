//! Creditors' accruals and assignments against what the same requester had recorded before.

use kessai::domain::{
    AccountNumber, CaseId, ClaimChange, RecordNumber, RecordRequest, RequestKind, UserNumber, Yen,
};
use kessai::ports::{Batch, Commit, Entry, Recorded, RowAnswer, RowResult};
use kessai::service::report::NewsView;

use super::stage::{Drop, Stage};
use crate::render::sample;

const ASSIGNEE: &str = "5AB2CD3EF";

fn number(n: u32) -> Option<RecordNumber> {
    RecordNumber::parse(&format!("1AB2CD3EF0000000000{n}")).ok()
}

fn accrual(record: u32, amount: u64) -> RecordRequest {
    let amount = Yen::new(amount).ok();
    RecordRequest { kind: RequestKind::AccrualCreditor, amount, ..sample::request(record) }
}

/// All of a claim, or a part, to the bank.
fn discount(claim: u32, amount: u64) -> RecordRequest {
    RecordRequest { kind: RequestKind::Discount, ..assignment(claim, amount) }
}

/// All of a claim, or a part where there is an amount.
fn assignment(claim: u32, amount: u64) -> RecordRequest {
    let mut request = accrual(claim, amount);
    let whole = request.amount.is_none();
    request.kind = if whole { RequestKind::Assignment } else { RequestKind::SplitAssignment };
    request.counterparty.user_number = UserNumber::parse(ASSIGNEE).unwrap();
    (request.record_number, request.due_date) = (number(claim), None);
    request
}

fn record(stage: &Stage, case: CaseId, changes: Vec<Option<ClaimChange>>) {
    let rows = (1..).zip(changes).map(|(row, change)| RowResult {
        row,
        answer: RowAnswer::Recorded(None),
        change,
    });
    let recorded = Recorded { case, from: case.receipt, rows: rows.collect() };
    let entries = vec![Entry::Consented(Box::new(recorded))];
    let commit = Commit { at: stage.desk.clock.now(), entries };
    stage.desk.store.commit(Batch { commit, expect: Vec::new() }).unwrap();
    stage.clock.forward(60_000);
}

/// Two claims of the requester's: of the first a part was given away, the second whole.
fn with_history() -> (Stage, CaseId) {
    let stage = Stage::new();
    let case = stage.usual();
    let changes = vec![
        ClaimChange::of(&accrual(1, 1_000_000), number(1)),
        ClaimChange::of(&accrual(2, 1_200_000), number(2)),
        ClaimChange::of(&assignment(2, 0), None),
        ClaimChange::of(&assignment(1, 100_000), number(3)),
    ];
    assert!(changes.iter().all(Option::is_some));
    record(&stage, case, changes);
    (stage, case)
}

fn news(stage: &Stage, requests: Vec<RecordRequest>) -> NewsView {
    let case = stage.take_in(&Drop { name: "1月分.csv", requests })[0];
    stage.desk.news(&stage.case(case)).unwrap().unwrap()
}

fn moved(mut request: RecordRequest) -> RecordRequest {
    request.counterparty.account.number = AccountNumber::parse("0000001").unwrap();
    request
}

#[test]
fn a_creditor_is_told_of_debtors_that_are_new_also_after_the_claim_was_given_away() {
    let (stage, _) = with_history();
    let mut stranger = accrual(3, 1);
    stranger.counterparty.user_number = UserNumber::parse(ASSIGNEE).unwrap();
    let requests =
        vec![accrual(1, 3_600_000), moved(accrual(2, 1)), stranger, accrual(4, 3_600_001)];
    let found = news(&stage, requests);
    assert_eq!(found.summary, "初めての相手 1件、口座の変更 1件、いつもより大きな金額 1件");
    let told: Vec<u32> = found.rows.iter().map(|row| row.record).collect();
    assert_eq!((told, found.compared), (vec![2, 3, 4], 4));
}

#[test]
fn an_assignor_is_told_of_assignees_that_are_new_and_of_large_parts() {
    let (stage, case) = with_history();
    let mut stranger = assignment(1, 1);
    stranger.counterparty.user_number = UserNumber::parse("9XY8WV7UT").unwrap();
    let requests =
        vec![assignment(1, 0), moved(assignment(1, 1)), stranger, assignment(1, 3_600_001)];
    let found = news(&stage, requests);
    assert_eq!(found.summary, "初めての相手 1件、口座の変更 1件、いつもより大きな金額 1件");
    let told: Vec<u32> = found.rows.iter().map(|row| row.record).collect();
    assert_eq!((told, found.compared), (vec![2, 3, 4], 4));

    // Without the assignment that was cancelled, only the part is left to compare with.
    let cancelled =
        ClaimChange::Cancelled { number: number(2).unwrap(), on: sample::request(1).record_date };
    record(&stage, case, vec![Some(cancelled)]);
    let found = news(&stage, vec![assignment(1, 300_000), assignment(1, 300_001)]);
    let told: Vec<(u32, String)> =
        found.rows.iter().map(|row| (row.record, row.news.concat())).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].0 == 2 && told[0].1.contains("100,000円の3倍"), "{told:?}");
}

#[test]
fn what_the_bank_takes_is_compared_with_what_it_took_before() {
    let (stage, _) = with_history();
    let mut first = discount(1, 1);
    first.counterparty.user_number = UserNumber::parse("9XY8WV7UT").unwrap();
    let found = news(&stage, vec![discount(1, 3_600_000), discount(1, 3_600_001), first]);
    assert_eq!(found.summary, "初めての相手 1件、いつもより大きな金額 1件");
    let told: Vec<u32> = found.rows.iter().map(|row| row.record).collect();
    assert_eq!((told, found.compared), (vec![2, 3], 3));
}

//! Lines that were not recorded are handed in again, and what was recorded is cancelled.

use kessai::domain::{CaseId, RequestKind, UserNumber};
use kessai::ports::FileVerdict;
use kessai::render::requests::{cells, text};
use kessai::service::NoDraft;
use kessai::workflow::Status;

use super::branch::Branch;
use super::results::{branch, results, rules, sent, status};

const DAY_MS: i64 = 86_400_000;
const NUMBER: &str = "98765432100000100019";

fn case(branch: &Branch, id: CaseId) -> kessai::workflow::Case {
    branch.store.case(id).unwrap()
}

/// A case of two lines: the first recorded, the second as it is answered.
fn answered(branch: &Branch, second: &str) -> CaseId {
    let id = sent(branch, "a.csv", 1..=2);
    let text = format!("申請番号,明細番号,結果,記録番号\n{id},1,良好,{NUMBER}\n{id},2,{second}\n");
    assert_eq!(results(branch, "r.csv", &text).verdict, FileVerdict::Accepted);
    id
}

#[test]
fn what_was_refused_is_handed_in_again_with_a_record_date_that_is_to_come() {
    let branch = branch();
    let id = sent(&branch, "a.csv", 1..=2);
    assert!(matches!(
        branch.desk.reuse(&case(&branch, id), &[]),
        Err(NoDraft::Open(Status::Waiting))
    ));
    results(&branch, "r.csv", &format!("申請番号,結果,備考\n{id},不可,残高不足\n"));
    assert_eq!(status(&branch, id), Status::Rejected);
    let dates = |branch: &Branch| {
        let drafts = branch.desk.reuse(&case(branch, id), &[]).unwrap();
        drafts.iter().map(|draft| draft.record_date.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(dates(&branch), ["2026-12-03", "2026-12-03"]);
    branch.clock.forward(10 * DAY_MS);
    assert_eq!(dates(&branch), ["2026-12-14", "2026-12-14"], "after the 11th, a Friday");
    let drafts = branch.desk.reuse(&case(&branch, id), &[2]).unwrap();
    assert_eq!(drafts.len(), 1);
    let again = branch.take_in("b.csv", &text(drafts.iter().map(cells)));
    assert_eq!((again.verdict, again.accepted, again.findings), (FileVerdict::Accepted, 1, None));
}

#[test]
fn of_a_case_that_was_recorded_in_part_only_the_rest_is_reused() {
    let branch = branch();
    let id = answered(&branch, "不可,");
    let case = case(&branch, id);
    assert!(case.head.status.is_good() && branch.desk.may_reuse(&case));
    let drafts = branch.desk.reuse(&case, &[]).unwrap();
    let refs: Vec<&str> = drafts.iter().map(|draft| draft.requester_ref.as_str()).collect();
    assert_eq!(refs, ["INV-000002"]);
    assert!(matches!(branch.desk.reuse(&case, &[2, 1]), Err(NoDraft::Line(1))));
    let whole = super::results::branch();
    let id = answered(&whole, "良好,98765432100000100028");
    let case = self::case(&whole, id);
    assert!(matches!(whole.desk.reuse(&case, &[]), Err(NoDraft::NothingLeft(_))));
    assert!(!whole.desk.may_reuse(&case));
}

#[test]
fn a_record_is_cancelled_by_who_may_and_as_long_as_it_may() {
    let branch = branch();
    let id = answered(&branch, "不可,");
    let case = case(&branch, id);
    let debtor = UserNumber::parse("987654321").ok();
    let one = |by| branch.desk.cancellations(&case, &[1], by);
    let reserved = one(debtor).unwrap().remove(0);
    assert_eq!(reserved.kind, RequestKind::Cancellation);
    assert_eq!(reserved.record_number.unwrap().as_str(), NUMBER);
    assert_eq!(reserved.record_date.to_string(), "2026-12-01");
    assert!(matches!(branch.desk.cancellations(&case, &[2], None), Err(NoDraft::NoRecord)));
    assert_eq!(branch.desk.cancellations(&case, &[], None).unwrap().len(), 1);

    branch.clock.forward(DAY_MS / 4);
    assert_eq!(one(debtor).unwrap()[0].record_date.to_string(), "2026-12-02", "after 15:00");

    branch.clock.forward(8 * DAY_MS - DAY_MS / 4);
    let made = one(None).unwrap().remove(0);
    assert_eq!(made.requester.user_number.as_str(), "123456789", "the creditor, from then on");
    assert!(matches!(one(debtor), Err(NoDraft::Forbidden(_))), "on the fifth day");
    branch.clock.forward(DAY_MS);
    let late = one(None).unwrap_err();
    assert!(late.japanese().contains("2026-12-09"), "{}", late.japanese());
}

#[test]
fn a_cancellation_that_is_on_its_way_is_not_offered_again() {
    let branch = branch();
    let mut rules = rules();
    let flow = rules.flows["accrual"].clone();
    rules.flows.insert("cancellation".to_owned(), flow);
    branch.desk.put_in_force(rules);
    let case = case(&branch, answered(&branch, "不可,"));
    let draft = branch.desk.cancellations(&case, &[1], None).unwrap().remove(0);
    let taken = branch.take_in("c.csv", &text([cells(&draft)].into_iter()));
    assert_eq!((taken.verdict, taken.accepted), (FileVerdict::Accepted, 1));
    match branch.desk.cancellations(&case, &[1], None) {
        Err(NoDraft::Asked(by)) => assert_eq!(by.receipt, taken.receipt),
        other => panic!("{other:?}"),
    }
}

//! Why something waits, in every state a case or a file can be in.

use kessai::service::Wish;
use kessai::workflow::{Deed, VoteKind};

use super::branch::{Branch, Setup, accruals};

fn said(branch: &Branch, asked: &str) -> String {
    let told = branch.desk.why(asked, None).unwrap();
    told.into_iter().map(|one| one.text).collect::<Vec<_>>().join("\n")
}

#[test]
fn from_the_first_approval_to_the_clearing_side_somebody_is_named() {
    let branch = Branch::staffed(Setup::default());
    let case = branch.waiting("12月.csv", 1..=2);
    let first = said(&branch, &case.to_string());
    assert!(first.contains("お客様（") && first.contains("2件 2,000円"), "{first}");
    branch.vote(case, "sato0001", VoteKind::Approve);
    let second = said(&branch, "12月.csv");
    assert!(second.contains("取扱店（") && second.contains("照査"), "{second}");
    assert!(second.contains("この後は、記録機関へ送ります"), "{second}");
    assert_eq!(said(&branch, "987654321"), second, "what is open of the customer");
    assert_eq!(said(&branch, "INV-000001"), second, "by the reference of a line");
    assert_eq!(said(&branch, "inbox/customers/987654321/12月.csv"), second, "by its path");
    branch.vote(case, "check001", VoteKind::Approve);
    branch.vote(case, "manage01", VoteKind::Approve);
    let last = said(&branch, &case.to_string());
    assert!(last.contains("終わっています：承認済み") && !last.contains("期限は"), "{last}");
    assert!(branch.desk.why("987654321", None).is_err(), "nothing of the customer's is open");
}

#[test]
fn what_is_sent_back_set_aside_refused_or_overdue_says_so_with_its_reason() {
    let branch = Branch::staffed(Setup::default());
    let held = branch.waiting("a.csv", 1..=1);
    branch.vote(held, "sato0001", VoteKind::Approve);
    branch.wish(held, "check001", Wish::Do(Deed::Hold), &[]).unwrap();
    let text = said(&branch, &held.to_string());
    assert!(text.contains("保留にしています（理由：金額を確認してください）"), "{text}");
    let refused = branch.waiting("b.csv", 2..=2);
    branch.vote(refused, "sato0001", VoteKind::Approve);
    branch.vote(refused, "check001", VoteKind::Reject);
    let text = said(&branch, &refused.to_string());
    assert!(text.contains("終わっています：否認") && text.contains("金額を確認"), "{text}");
    let late = branch.waiting("c.csv", 3..=3);
    branch.vote(late, "sato0001", VoteKind::Approve);
    let due = branch.store.case(late).unwrap().head.due.unwrap();
    branch.clock.forward(due.ms() - kessai::ports::Clock::now(&*branch.clock).ms() + 60_000);
    branch.desk.tick().unwrap();
    let text = said(&branch, &late.to_string());
    assert!(text.contains("期限を過ぎました") && text.contains("取扱店（"), "{text}");
}

#[test]
fn a_file_that_was_not_taken_in_says_why() {
    let branch = Branch::staffed(Setup::default());
    let wrong = branch.take_in("x.csv", "no,such,heading\n1,2,3\n");
    let text = said(&branch, &wrong.receipt.to_string());
    assert!(text.contains("受け付けられませんでした"), "{text}");
    branch.take_in("first.csv", &accruals(1..=1));
    let again = branch.take_in("again.csv", &accruals(1..=1));
    let text = said(&branch, &again.receipt.to_string());
    assert!(text.contains("と同じ内容なので、保留しています"), "{text}");
    let unknown = branch.desk.why("nothing of the sort", None).unwrap_err();
    assert!(unknown.contains("見つかりません") && unknown.contains("電話"), "{unknown}");
}

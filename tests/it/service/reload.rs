//! Other rules come into force while cases wait.

use kessai::workflow::{Status, VoteKind};

use super::branch::{ACCRUAL, Branch, Setup, rulebook_with};

#[test]
fn new_rules_are_for_the_next_case_and_a_waiting_one_keeps_its_own() {
    let branch = Branch::staffed(Setup::default());
    let before = branch.waiting("before.csv", 1..=2);
    let stricter =
        ACCRUAL.replace("{who: manager, n: 1, as: 決裁}", "{who: manager, n: 2, as: 決裁}");
    assert_ne!(stricter, ACCRUAL);
    branch.desk.put_in_force(rulebook_with(Setup::default(), &stricter));
    let after = branch.waiting("after.csv", 3..=4);
    branch.complete(before);
    for by in ["sato0001", "check001", "manage01"] {
        branch.vote(after, by, VoteKind::Approve);
    }
    let case = branch.desk.store.case(after).unwrap();
    assert_ne!(case.head.status, Status::Completed, "a second manager is needed from now on");
    assert_ne!(case.definition(), branch.desk.store.case(before).unwrap().definition());
}

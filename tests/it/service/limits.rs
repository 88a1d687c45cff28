//! Users who are limited to some of their customer's accounts (口座権限).

use kessai::domain::{Account, CaseId};
use kessai::service::{AccountError, DecideError, Wanted, Wish};
use kessai::workflow::{Deed, Refusal, UserDeed, VoteKind};

use super::accounts::{MASTER, with_master};
use super::branch::{Branch, Setup, accrual, accruals};
use crate::story::user;

const ONE: &str = "0001-001-2-0123456";
const TWO: &str = "0001-001-2-7777777";

/// A customer with two accounts; of three approvers `sato0001` is limited to the second.
fn branch(unit: &'static str) -> Branch {
    let branch = with_master(Branch::staffed(Setup { unit, ..Setup::default() }));
    branch.enrol(&[
        "987654321,法人,株式会社 見本,ﾐﾎﾝ,,,001,通常,2026-11-20,,a@example.jp,0001,001,2,0123456,1,",
        "987654321,,,,,,,,,,,0001,001,2,7777777,,",
    ]);
    limit(&branch, &[TWO]).unwrap();
    branch
}

fn limit(branch: &Branch, accounts: &[&str]) -> Result<(), AccountError> {
    let accounts = accounts.iter().map(|one| Account::parse(one).unwrap()).collect();
    let wanted = Wanted {
        deed: UserDeed::Alter,
        name: String::new(),
        email: String::new(),
        roles: Vec::new(),
        accounts: Some(accounts),
        like: None,
        same_as: None,
    };
    let password = format!("approval-{MASTER}");
    let told = (password.as_str(), false);
    branch.desk.change_user_of(&user(MASTER), (&user("sato0001"), &wanted), told).map(|_| ())
}

fn approves(branch: &Branch, case: CaseId) -> Result<(), DecideError> {
    branch.wish(case, "sato0001", Wish::Vote(VoteKind::Approve, None), &[]).map(|_| ())
}

fn sees(branch: &Branch, case: CaseId) -> bool {
    let person = branch.desk.person(&user("sato0001")).unwrap();
    branch.desk.may_see(&person, &branch.store.case(case).unwrap())
}

#[test]
fn who_is_limited_to_an_account_approves_takes_back_and_sees_nothing_of_another() {
    let branch = branch("file");
    let case = branch.waiting("a.csv", 1..=1);
    let refused = approves(&branch, case).unwrap_err();
    assert!(matches!(refused, DecideError::Refused(Refusal::NotYourSeat)), "{refused}");
    assert!(branch.wish(case, "sato0001", Wish::Do(Deed::Withdraw), &[]).is_err());
    assert!(!sees(&branch, case));
    let person = branch.desk.person(&user("sato0001")).unwrap();
    assert_eq!(branch.desk.todo(&person, 1).items.len(), 0);
    // A batch of both accounts takes somebody who has both.
    let both = accruals(2..=3).replacen("0123456", "7777777", 1);
    let both = branch.take_in("both.csv", &both);
    let both = CaseId { receipt: both.receipt, n: 1, row: None };
    assert!(!sees(&branch, both) && approves(&branch, both).is_err());
    limit(&branch, &[ONE, TWO]).unwrap();
    assert!(sees(&branch, both) && approves(&branch, both).is_ok());
    limit(&branch, &[ONE]).unwrap();
    assert!(sees(&branch, case) && approves(&branch, case).is_ok());
    let strange = limit(&branch, &["0009-009-1-0000009"]);
    assert!(matches!(strange, Err(AccountError::NoAccount(_))), "{strange:?}");
    let sentence = branch.desk.who_approves(person.organisation);
    assert!(sentence.contains("（口座 0001-001-2-****456 のみ）"), "{sentence}");
}

#[test]
fn of_rows_that_are_cases_of_their_own_each_has_its_account() {
    let branch = branch("record");
    // Neither the first nor the last row is of the account.
    let second = accrual(2).replacen("0123456", "7777777", 1);
    let text = accruals(1..=1) + &second + &accrual(3);
    let file = branch.take_in("rows.csv", &text);
    let [mine, other] = [2, 1].map(|row| CaseId { receipt: file.receipt, n: 1, row: Some(row) });
    assert!(sees(&branch, mine) && !sees(&branch, other));
    let person = branch.desk.person(&user("sato0001")).unwrap();
    assert_eq!(branch.desk.todo(&person, 1).items.len(), 1, "its own row alone");
    assert!(approves(&branch, other).is_err());
    approves(&branch, mine).unwrap();
    // Whoever is limited was asked, too, though the file begins with another's account.
    let asked = |id: &str| {
        let owed = branch.store.effects(usize::MAX);
        owed.iter().filter(|one| one.effect.kind.to_string().ends_with(&format!("/{id}"))).count()
    };
    assert!(asked("sato0001") >= 1);
}

//! A new key of mails and papers takes two people, and is made once.

use kessai::workflow::{Refusal, Status, key_sheet};

use crate::contracts::Branch;

#[test]
fn a_new_key_takes_two_people_and_is_made_once() {
    let branch = Branch::new();
    let used = || branch.desk.certificate().0.fingerprint;
    let before = used();
    let ask = |reason: &str| branch.hand_in(&format!("{reason}.csv"), key_sheet(reason, ""));
    let (case, other) = (ask("定期の更新").unwrap(), ask("鍵が漏れたおそれ").unwrap());
    assert_eq!(branch.approve(case, "sato0001", &[]), Ok(Status::Active));
    assert_eq!(branch.approve(case, "sato0001", &[]), Err(Refusal::AlreadyDecided));
    assert_eq!(used(), before, "not by one");
    assert_eq!(branch.approve(case, "mori0001", &[]), Ok(Status::Completed));
    let after = used();
    assert_ne!(after, before);
    // The other request was for the key that is gone already.
    assert_eq!(branch.approve(other, "sato0001", &[]), Ok(Status::Active));
    assert_eq!(branch.approve(other, "mori0001", &[]), Ok(Status::Completed));
    branch.desk.dispatch_all().unwrap();
    assert_eq!(used(), after);
}

#[test]
fn a_request_for_a_key_that_cannot_be_read_comes_back() {
    let branch = Branch::new();
    for wrong in ["鍵,理由\n画面,古い\n", "鍵,理由\nメールと書面,\n", "鍵,理由\n"]
    {
        assert_eq!(branch.hand_in("鍵.csv", wrong), Err(vec!["K09".to_owned()]));
    }
}

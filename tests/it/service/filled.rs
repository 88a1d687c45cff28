//! What is left blank of the requester comes from the register, and is what is approved.

use kessai::domain::{Account, CaseId};
use kessai::ports::FileVerdict;

use super::branch::{Branch, HEADER, Setup, accrual};
use super::consent::CUSTOMERS;

#[test]
fn the_record_file_and_the_approvers_page_have_what_was_filled_in_and_the_result_says_so() {
    let branch = Branch::staffed(Setup::default());
    branch.enrol(&CUSTOMERS);
    let written = accrual(1);
    let blank = written.replace("987654321,0001,001,2,0123456", ",,,,");
    assert_ne!(blank, written);
    let file = branch.take_in("a.csv", &format!("{HEADER}{blank}"));
    assert_eq!(file.verdict, FileVerdict::Accepted);
    let case = branch.store.case(CaseId { receipt: file.receipt, n: 1, row: None }).unwrap();
    let shown = branch.desk.rows(&case, 1).unwrap().rows;
    let requester = shown[0].request.requester;
    assert_eq!(requester.user_number.as_str(), "987654321");
    assert_eq!(Some(requester.account), Account::parse("0001-001-2-0123456"));
    branch.desk.dispatch().unwrap();
    let paths = branch.shelf.paths();
    let result = paths.iter().find(|path| path.ends_with("_result.csv")).unwrap();
    let bytes = branch.shelf.bytes(result);
    let result = String::from_utf8_lossy(&bytes);
    assert!(result.contains("D33") && result.contains("0001-001-2-****456"), "{result}");
}

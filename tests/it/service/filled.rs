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

/// The result file and the mail on a file, both as they were put on the shelf.
fn told(branch: &Branch, mail: &str) -> (String, String) {
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    let path = |part: &str| paths.iter().find(|path| path.contains(part)).unwrap();
    let bytes = branch.shelf.bytes(path("_result.csv"));
    let (result, _, _) = encoding_rs::SHIFT_JIS.decode(&bytes);
    (result.into_owned(), super::bundles::read(branch, path(mail)).1)
}

#[test]
fn what_is_no_record_has_no_line_in_the_result() {
    let header = HEADER.trim_end();
    for text in [
        format!("12月分の支払\n{HEADER}{}{}", accrual(1), accrual(2)),
        format!("{HEADER}{},,,\n{}", accrual(1), accrual(2)),
        format!("{header},,\n{},,\n{},,\n", accrual(1).trim_end(), accrual(2).trim_end()),
    ] {
        let branch = Branch::staffed(Setup::default());
        let file = branch.take_in("a.csv", &text);
        assert_eq!((file.verdict, file.accepted), (FileVerdict::Accepted, 2), "{text}");
        let (result, _) = told(&branch, "mail_accepted");
        assert_eq!(result.matches(",受付,").count(), 2, "{result}");
    }
}

#[test]
fn a_name_that_is_written_otherwise_is_told_in_the_result_and_in_the_mail() {
    let branch = Branch::staffed(Setup::default());
    let named = |n, name| accrual(n).replace("ｶ)ﾔﾏﾀﾞ", name);
    branch.take_in("a.csv", &format!("{HEADER}{}{}", named(1, "あおぞら"), named(2, "Ａｂｃ")));
    let (result, mail) = told(&branch, "mail_accepted");
    for text in [&result, &mail] {
        assert!(
            text.contains("「あおぞら」→「ｱｵｿﾞﾗ」") && text.contains("「Ａｂｃ」→「ABC」"),
            "{text}"
        );
    }
    assert_eq!(result.matches(",受付,F07,").count(), 2, "one line for each record: {result}");
}

#[test]
fn of_what_is_given_back_nobody_says_that_it_was_taken_in() {
    let branch = Branch::staffed(Setup::default());
    let bad = accrual(1).replace("ｶ)ﾔﾏﾀﾞ", "（株）やまだしょうじ").replace(",0001,001,", ",1,001,");
    branch.take_in("a.csv", &format!("{HEADER}{bad}"));
    let (result, mail) = told(&branch, "mail_rejected_file");
    for text in [&result, &mail] {
        assert!(text.contains("「株」は使えません") && text.contains("直して読みました"), "{text}");
        assert!(!text.contains("受け付けました"), "{text}");
    }
}

#[test]
fn a_refused_row_is_told_with_its_own_reference() {
    let branch = Branch::staffed(Setup { accept: "record", ..Setup::default() });
    let text = [HEADER, &accrual(1), &super::branch::mistaken(2)].concat();
    branch.take_in("a.csv", &text);
    let (result, _) = told(&branch, "mail_accepted");
    assert!(result.contains(",3,INV-000002,エラー,D02,債権金額,"), "{result}");
}

#[test]
fn what_is_told_of_the_whole_file_has_its_own_line_number() {
    let branch = Branch::staffed(Setup::default());
    let header = HEADER.replace("コメント", "コメント,備考2");
    let text = format!("12月分\n{header}{}\n{}", accrual(1).trim_end(), accrual(2));
    branch.take_in("a.csv", &text);
    let (result, _) = told(&branch, "mail_rejected_file");
    assert!(result.contains(",2,,エラー,E_COLUMN,"), "{result}");
    assert!(!result.contains(",1,,エラー"), "line 1 is a title: {result}");
}

//! Workbooks and files of other systems from the folder to their answers.

use kessai::ports::FileVerdict;

use super::branch::{Branch, HEADER, Setup, accrual, accruals, mistaken};
use super::consent::CUSTOMERS;
use crate::book::{Cell, texts, xlsx};

/// A workbook whose only visible sheet holds the cells of CSV text.
fn workbook(csv: &str) -> Vec<u8> {
    let notes = vec![vec![Cell::Text("下書き")]];
    xlsx(&[("メモ", "hidden", notes), ("支払", "visible", texts(csv))])
}

/// What lies in the outbox with `part` in its name, as text.
fn answers(branch: &Branch, part: &str) -> Vec<(String, String)> {
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths().into_iter().filter(|path| path.contains(part));
    let read = |path: String| {
        let bytes = branch.shelf.bytes(&path);
        (path, encoding_rs::SHIFT_JIS.decode(&bytes).0.into_owned())
    };
    paths.map(read).collect()
}

#[test]
fn a_workbook_opens_the_case_its_csv_would_have_opened() {
    let branch = Branch::staffed(Setup::default());
    let file = branch.take_in_bytes("支払.xlsx", &workbook(&accruals(1..=3)));
    assert_eq!((file.verdict, file.accepted, file.rejected), (FileVerdict::Accepted, 3, 0));
    let result = answers(&branch, "_result.csv");
    let [(path, text)] = result.as_slice() else { panic!("{result:?}") };
    assert_eq!(*path, format!("customers/987654321/{}_支払_result.csv", file.receipt));
    assert!(text.contains(",3,INV-000002,受付,"), "the row as the sheet counts it\n{text}");
    let again = branch.take_in("支払.csv", &accruals(1..=3));
    assert_eq!(again.verdict, FileVerdict::Rejected, "the same requests in another form");
}

#[test]
fn what_is_wrong_in_a_workbook_is_told_by_the_cell_and_comes_back_as_csv_to_mend() {
    let branch = Branch::staffed(Setup { accept: "record", ..Setup::default() });
    let text = ["12月分の支払\n", HEADER, &accrual(1), &mistaken(2), &accrual(3)].concat();
    let file = branch.take_in_bytes("支払.xlsx", &workbook(&text));
    assert_eq!((file.accepted, file.rejected), (2, 1));
    let told = &answers(&branch, "_result.csv")[0].1;
    assert!(told.contains(",4,INV-000002,エラー,D02,債権金額,セル O4: "), "{told}");
    let corrections = answers(&branch, "_correction.csv");
    let [(path, text)] = corrections.as_slice() else { panic!("{corrections:?}") };
    assert!(path.ends_with("_支払_correction.csv"), "{path}");
    let text = text.replace("\r\n", "\n");
    let (title, rows) = text.split_once('\n').unwrap();
    assert!(title.starts_with("訂正用ファイル"), "{title}");
    assert_eq!(rows, HEADER.to_owned() + &mistaken(2));
    let mended = branch.take_in("訂正.csv", &text.replace(",lots,", ",1000,"));
    assert_eq!((mended.verdict, mended.accepted), (FileVerdict::Accepted, 1));
}

#[test]
fn a_workbook_that_cannot_be_read_is_given_back_with_what_to_do() {
    let branch = Branch::staffed(Setup::default());
    let whole = workbook(&accruals(1..=3));
    let file = branch.take_in_bytes("支払.xlsx", &whole[..whole.len() / 2]);
    assert_eq!(file.verdict, FileVerdict::Rejected);
    let told = &answers(&branch, "_result.csv")[0].1;
    assert!(told.contains("E_BOOK") && told.contains("保存し直してください"), "{told}");
}

/// The payment list of an accounting system.
const PAYABLES: &str = "支払予定表\n\
    伝票番号,支払先名,支払先利用者番号,支払先カナ,銀行支店,預金種目,口座番号,支払金額,支払予定日,摘要\n\
    PAY-1,山田,123456789,ｶ)ﾔﾏﾀﾞ,9-10,普通預金,7654321,\"¥1,234,567\",令和9年3月31日,12月分\n\
    PAY-2,山田,123456789,ｶ)ﾔﾏﾀﾞ,9-10,普通預金,7654321,\"2,000円\",R9.3.31,\n";

#[test]
fn the_file_of_an_accounting_system_is_taken_in_by_its_profile() {
    let branch = Branch::staffed(Setup::default());
    branch.enrol(&CUSTOMERS);
    let file = branch.take_in("支払予定.csv", PAYABLES);
    let told = || answers(&branch, "_result.csv")[0].1.clone();
    assert_eq!((file.verdict, file.accepted), (FileVerdict::Accepted, 2), "{}", told());
    assert_eq!(file.total.get(), 1_236_567);
    assert!(told().contains(",4,PAY-2,"), "{}", told());
}

#[test]
fn what_is_wrong_in_another_systems_file_is_told_by_its_own_columns() {
    let branch = Branch::staffed(Setup { accept: "record", ..Setup::default() });
    branch.enrol(&CUSTOMERS);
    let text = PAYABLES.replace("\"2,000円\"", "未定").replace("R9.3.31", "来月末");
    let file = branch.take_in("支払予定.csv", &text);
    assert_eq!((file.accepted, file.rejected), (1, 1));
    let told = &answers(&branch, "_result.csv")[0].1;
    for part in [",4,PAY-2,エラー,D02,債権金額,列「支払金額」: ", "D03,支払期日,列「支払予定日」: "]
    {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    let back = &answers(&branch, "_correction.csv")[0].1;
    assert!(back.contains("\r\n伝票番号,支払先名,") && back.contains(",未定,来月末,"), "{back}");
    assert!(!back.contains("PAY-1"), "{back}");
}

#[test]
fn what_a_profile_leaves_blank_and_the_register_does_not_know_is_told_once() {
    let branch = Branch::staffed(Setup::default());
    let file = branch.take_in("支払予定.csv", PAYABLES);
    assert_eq!(file.verdict, FileVerdict::Rejected);
    let told = &answers(&branch, "_result.csv")[0].1;
    let words = "変換表「支払予定表（見本）」では空欄で、利用者台帳からも補えません";
    assert_eq!(told.matches(words).count(), 5, "the requester's five columns\n{told}");
}

//! Forms of several sheets: brought together by their number, however they come.

use kessai::domain::{CaseId, FormMark, KeyingStage, ReceiptNo, SheetsDeed};
use kessai::ports::{FileRecord, FileVerdict, Step};
use kessai::service::{FormCame, SheetsError, SheetsWaiting};

use super::branch::Branch;
use super::keying::{CUSTOMER, amounts, branch, faxed, person, sheets};

/// A scan whose pages carry these codes; an empty one has none.
pub(super) fn call(codes: &[&str]) -> String {
    let marks = (1..).zip(codes).filter(|(_, code)| !code.is_empty());
    let marks: Vec<String> = marks.map(|(page, code)| format!(" QR{page} {code}")).collect();
    format!("PAPER {}{}", codes.len(), marks.concat())
}

pub(super) fn codes(branch: &Branch, of: &str) -> Vec<String> {
    sheets(branch, of).codes
}

pub(super) fn branch_with_customer() -> Branch {
    let branch = branch();
    branch.enrol(&[CUSTOMER]);
    branch
}

fn verdict(branch: &Branch, receipt: ReceiptNo) -> FileVerdict {
    branch.store.file(receipt).unwrap().verdict
}

/// The paper a call went into.
fn paper_of(branch: &Branch, call: ReceiptNo) -> FileRecord {
    let FileVerdict::Joined { to } = verdict(branch, call) else {
        panic!("{:?}", verdict(branch, call));
    };
    branch.store.file(to).unwrap()
}

fn waiting(branch: &Branch) -> Vec<SheetsWaiting> {
    branch.desk.sheets_waiting(&person(branch, "clerk001"))
}

fn papers(branch: &Branch) -> usize {
    branch.desk.papers(&person(branch, "clerk001")).len()
}

/// Which sheets a paper has, page by page.
fn pages(branch: &Branch, receipt: ReceiptNo) -> Vec<Option<u8>> {
    let seen = branch.desk.paper(&person(branch, "clerk001"), receipt).unwrap();
    let on = |page: u32| seen.sheets.iter().find(|(at, _)| *at == page);
    (1..).zip(&seen.record.scan.pages).map(|(page, _)| on(page).map(|(_, one)| one.sheet)).collect()
}

/// The picture of a page, which says where it comes from.
fn picture(branch: &Branch, receipt: ReceiptNo, page: u32) -> String {
    let png = branch.desk.paper_page(&person(branch, "clerk001"), (receipt, page), 600);
    String::from_utf8(png.unwrap().unwrap()).unwrap()
}

#[test]
fn n139_a_form_of_which_a_page_is_missing_waits_and_opens_when_that_comes() {
    let branch = branch_with_customer();
    let form = codes(&branch, "3");
    let first = faxed(&branch, "1.tif", &call(&[&form[0], &form[2]]));
    assert_eq!(verdict(&branch, first), FileVerdict::Keying);
    assert_eq!(papers(&branch), 0, "nobody keys in a part");
    let one = &waiting(&branch)[0];
    assert_eq!((one.of, one.missing.as_slice(), one.is_late), (3, &[2][..], false));
    let incidents = || branch.desk.incidents_for(&person(&branch, "check001"));
    assert!(incidents().is_empty());
    branch.clock.forward(30 * 60_000);
    let told = incidents();
    assert_eq!(told.len(), 1);
    assert!(told[0].why.contains("の3枚のうち、2枚目が届いていません"), "{}", told[0].why);
    let second = faxed(&branch, "2.tif", &call(&[&form[1]]));
    assert!(waiting(&branch).is_empty() && incidents().is_empty());
    let paper = paper_of(&branch, second);
    assert_eq!(paper_of(&branch, first).receipt, paper.receipt, "one paper of both calls");
    assert_eq!(paper.verdict, FileVerdict::Keying);
    assert_eq!(pages(&branch, paper.receipt), [Some(1), Some(2), Some(3)], "in their order");
    let shown = [1, 2, 3].map(|page| picture(&branch, paper.receipt, page));
    assert!(shown[0].starts_with("PNG of page 1,") && shown[1].starts_with("PNG of page 1,"));
    assert!(shown[2].starts_with("PNG of page 2,"), "{shown:?}");
    amounts(&branch, paper.receipt, &["1000", "1000"]);
    assert_eq!(verdict(&branch, paper.receipt), FileVerdict::Accepted);
    // Every call has one answer, and so has the paper.
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    for receipt in [first, second, paper.receipt] {
        let result = format!("fax/001/{receipt}_");
        let results = paths.iter().filter(|path| path.starts_with(&result));
        let results = results.filter(|path| path.ends_with("_result.csv"));
        assert_eq!(results.count(), 1, "{receipt}: {paths:?}");
    }
    let result = branch.shelf.bytes(&format!("fax/001/{first}_1_result.csv"));
    let result = encoding_rs::SHIFT_JIS.decode(&result).0.into_owned();
    assert!(
        result.contains(&format!("受付番号 {} の書面にまとめました", paper.receipt)),
        "{result}"
    );
    assert!(!result.contains("エラー,"), "nothing is wrong with it: {result}");
}

#[test]
fn n140_pages_of_two_forms_that_came_interleaved_are_split_into_two_papers() {
    let branch = branch_with_customer();
    let (one, other) = (codes(&branch, "2"), codes(&branch, "2"));
    let both = faxed(&branch, "1.tif", &call(&[&one[0], &other[0], &one[1], "", &other[1]]));
    let papers: Vec<_> = branch.desk.papers(&person(&branch, "clerk001"));
    assert_eq!(papers.len(), 2);
    let lengths: Vec<_> = papers.iter().map(|seen| seen.record.scan.pages.len()).collect();
    let mut sorted = lengths.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, [2, 3], "a page without a code goes with the one before it");
    let told = branch.desk.findings_of(&branch.store.file(both).unwrap()).unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    for seen in papers {
        let receipt = seen.file.receipt;
        assert!(told.iter().any(|one| one.ja.contains(&receipt.to_string())), "{told:?}");
        let there: Vec<_> = pages(&branch, receipt).into_iter().flatten().collect();
        assert_eq!(there, [1, 2]);
    }
}

#[test]
fn all_pages_in_one_call_are_that_paper_in_their_order_and_one_of_its_own_in_another() {
    let branch = branch_with_customer();
    let (form, turned) = (codes(&branch, "3"), codes(&branch, "3"));
    let whole = faxed(&branch, "1.tif", &call(&[&form[0], &form[1], &form[2]]));
    assert_eq!(verdict(&branch, whole), FileVerdict::Keying);
    assert_eq!(pages(&branch, whole), [Some(1), Some(2), Some(3)]);
    let other = faxed(&branch, "2.tif", &call(&[&turned[2], &turned[0], &turned[1]]));
    let paper = paper_of(&branch, other);
    assert_eq!(pages(&branch, paper.receipt), [Some(1), Some(2), Some(3)]);
    assert!(picture(&branch, paper.receipt, 1).starts_with("PNG of page 2,"));
    // Two forms of one sheet in one call are two requests.
    let (a, b) = (codes(&branch, "1"), codes(&branch, "1"));
    let split = faxed(&branch, "3.tif", &call(&[&a[0], &b[0]]));
    assert!(matches!(verdict(&branch, split), FileVerdict::Joined { .. }));
    assert_eq!(papers(&branch), 4);
}

#[test]
fn pages_of_two_requests_over_several_calls_come_together_by_their_numbers() {
    let branch = branch_with_customer();
    let (one, other) = (codes(&branch, "2"), codes(&branch, "3"));
    let first = faxed(&branch, "1.tif", &call(&[&other[2], &one[1]]));
    let second = faxed(&branch, "2.tif", &call(&[&other[0]]));
    assert_eq!(waiting(&branch).len(), 2);
    let third = faxed(&branch, "3.tif", &call(&[&one[0]]));
    let paper = paper_of(&branch, third);
    assert_eq!(pages(&branch, paper.receipt), [Some(1), Some(2)]);
    assert_eq!(verdict(&branch, first), FileVerdict::Keying, "its other page still waits");
    let last = faxed(&branch, "4.tif", &call(&[&other[1]]));
    let paper = paper_of(&branch, last);
    assert_eq!(pages(&branch, paper.receipt), [Some(1), Some(2), Some(3)]);
    for receipt in [first, second] {
        assert_eq!(paper_of(&branch, receipt).receipt, paper.receipt);
    }
    let told = branch.desk.findings_of(&branch.store.file(first).unwrap()).unwrap();
    assert_eq!(told.len(), 2, "the first call's pages went into both: {told:?}");
    assert_eq!(papers(&branch), 2);
}

#[test]
fn a_page_that_comes_twice_is_a_repeat() {
    let branch = branch_with_customer();
    let form = codes(&branch, "3");
    let first = faxed(&branch, "1.tif", &call(&[&form[0], &form[1]]));
    // Nothing new: the call is held.
    let again = faxed(&branch, "2.tif", &call(&["", &form[1]]));
    assert_eq!(verdict(&branch, again), FileVerdict::Held { same_as: first });
    // Sent whole after all: both copies are shown.
    let whole = faxed(&branch, "3.tif", &call(&[&form[0], &form[1], &form[2]]));
    let paper = paper_of(&branch, whole);
    let there = pages(&branch, paper.receipt);
    assert_eq!(there, [Some(1), Some(1), Some(2), Some(2), Some(3)]);
    // Once it is a paper, a page of it is a repeat of that.
    let late = faxed(&branch, "4.tif", &call(&[&form[2]]));
    assert_eq!(verdict(&branch, late), FileVerdict::Held { same_as: paper.receipt });
}

#[test]
fn a_branch_is_mailed_once_which_page_is_missing_and_reads_it_in_its_daily_report() {
    let branch = branch_with_customer();
    let (first, _) = missing(&branch);
    let mails = |branch: &Branch| {
        branch.desk.tick().unwrap();
        branch.desk.dispatch_all().unwrap();
        let mails = branch.shelf.take_away("mail_sheets_missing");
        mails.into_values().map(|mail| crate::mails::said(&mail)).collect::<Vec<_>>()
    };
    branch.clock.forward(29 * 60_000);
    assert!(mails(&branch).is_empty());
    branch.clock.forward(60_000);
    let told = mails(&branch);
    assert_eq!(told.len(), 1);
    let number = waiting(&branch)[0].form.to_string();
    for part in [&format!("用紙番号 {number} の3枚のうち、2枚目"), &first.to_string()] {
        assert!(told[0].contains(part.as_str()), "{part}: {}", told[0]);
    }
    branch.clock.forward(60_000);
    assert!(mails(&branch).is_empty(), "once");
    let report = branch.desk.daily_reports(branch.desk.clock.now().date()).unwrap();
    let items: Vec<_> = report.iter().flat_map(|page| &page.incidents).collect();
    assert!(items.iter().any(|one| one.text.contains("2枚目が届いていません")), "{items:?}");
}

#[test]
fn a_form_that_comes_again_beside_a_new_one_is_told_and_not_read_again() {
    let branch = branch_with_customer();
    let (old, new) = (codes(&branch, "1"), codes(&branch, "1"));
    let first = faxed(&branch, "1.tif", &call(&[&old[0]]));
    let both = faxed(&branch, "2.tif", &call(&[&old[0], &new[0]]));
    let paper = paper_of(&branch, both);
    assert_eq!(paper.verdict, FileVerdict::Keying);
    assert_eq!(papers(&branch), 2, "the old one and the new one");
    let told = branch.desk.findings_of(&branch.store.file(both).unwrap()).unwrap();
    let again = told.iter().find(|one| one.ja.contains(&first.to_string())).unwrap();
    assert!(again.ja.contains("二度目に届いたページは使いません"), "{told:?}");
    assert!(told.iter().any(|one| one.ja.contains(&paper.receipt.to_string())), "{told:?}");
}

/// A form of three sheets of which the second is missing, and its number.
fn missing(branch: &Branch) -> (ReceiptNo, u64) {
    let form = codes(branch, "3");
    let receipt = faxed(branch, "1.tif", &call(&[&form[0], &form[2]]));
    (receipt, waiting(branch)[0].form.serial)
}

#[test]
fn a_clerk_may_read_what_came_and_the_case_says_what_is_missing() {
    let branch = branch_with_customer();
    let (first, serial) = missing(&branch);
    let end = |by: &str, reason: &str| {
        branch.desk.end_sheets(&person(&branch, by), (serial, SheetsDeed::Complete), reason)
    };
    for by in ["check001", "sato0001"] {
        assert!(matches!(end(by, "なし"), Err(SheetsError::NotHere)), "{by}");
    }
    assert!(matches!(end("clerk001", " "), Err(SheetsError::Reason)));
    let receipt = end("clerk001", "2枚目は白紙とのこと").unwrap();
    assert_eq!(end("clerk001", "2枚目は白紙とのこと").unwrap(), receipt, "clicked twice");
    assert_eq!(paper_of(&branch, first).receipt, receipt);
    assert_eq!(pages(&branch, receipt), [Some(1), Some(3)]);
    amounts(&branch, receipt, &["1000", "1000"]);
    let file = branch.store.file(receipt).unwrap();
    assert_eq!((file.verdict, file.accepted), (FileVerdict::Accepted, 1));
    let told = branch.desk.findings_of(&file).unwrap();
    let told = told.iter().find(|one| one.code.as_str() == "E_PAGES").unwrap();
    assert!(
        told.ja.contains("2枚目が届いていません") && told.ja.contains("2枚目は白紙とのこと"),
        "{told:?}"
    );
    let case = CaseId { receipt, n: 1, row: None };
    assert!(branch.store.case(case).is_some());
}

#[test]
fn a_clerk_may_give_it_back_and_the_same_form_may_come_again_whole() {
    let branch = branch_with_customer();
    let form = codes(&branch, "3");
    let first = faxed(&branch, "1.tif", &call(&[&form[0], &form[2]]));
    let serial = waiting(&branch)[0].form.serial;
    let clerk = person(&branch, "clerk001");
    let receipt = branch.desk.end_sheets(&clerk, (serial, SheetsDeed::GiveBack), "再送").unwrap();
    let file = branch.store.file(receipt).unwrap();
    assert_eq!(file.verdict, FileVerdict::Rejected);
    assert_eq!(branch.desk.findings_of(&file).unwrap()[0].code.as_str(), "E_PAGES");
    assert_eq!(branch.store.keying(receipt).unwrap().stage, KeyingStage::Closed);
    assert!(waiting(&branch).is_empty() && papers(&branch) == 0);
    assert!(matches!(verdict(&branch, first), FileVerdict::Joined { .. }));
    branch.desk.dispatch_all().unwrap();
    let replies = branch.shelf.paths().into_iter().filter(|path| path.ends_with("_reply.pdf"));
    assert_eq!(replies.count(), 1, "the customer is told by FAX");
    let whole = faxed(&branch, "2.tif", &call(&[&form[0], &form[1], &form[2]]));
    assert_eq!(pages(&branch, whole), [Some(1), Some(2), Some(3)]);
    assert_eq!(papers(&branch), 1);
}

#[test]
fn what_waits_for_pages_outlasts_a_stop_anywhere_and_becomes_one_paper() {
    let mut branch = branch_with_customer();
    let form = codes(&branch, "2");
    let first = faxed(&branch, "1.tif", &call(&[&form[0]]));
    branch.restart();
    assert_eq!(waiting(&branch)[0].missing, [2]);
    // The last page is ours, and the program ends before anything is made of it.
    let mut arrival = branch.arrival("2.tif", &call(&[&form[1]]), None);
    "fax".clone_into(&mut arrival.channel);
    "001".clone_into(&mut arrival.submitter);
    let last = branch.desk.receive(vec![arrival]).unwrap()[0];
    branch.restart();
    branch.desk.judge(last).unwrap();
    let paper = paper_of(&branch, last);
    branch.restart();
    branch.desk.judge_all(&[first, last, paper.receipt]).unwrap();
    assert_eq!(paper_of(&branch, first).receipt, paper.receipt);
    assert_eq!(papers(&branch), 1, "once");
    let mut branch = branch_with_customer();
    let (_, serial) = missing(&branch);
    let clerk = person(&branch, "clerk001");
    let deed = (serial, SheetsDeed::GiveBack);
    branch.stopped_at(Step::JudgeReady, 1, |desk| desk.end_sheets(&clerk, deed, "再送"));
    branch.restart();
    let receipt = branch.desk.end_sheets(&clerk, deed, "再送").unwrap();
    assert_eq!(verdict(&branch, receipt), FileVerdict::Rejected, "decided once");
}

#[test]
fn a_code_with_another_page_number_is_not_of_our_making() {
    let branch = branch_with_customer();
    let form = codes(&branch, "3");
    let forged = form[0].replace(":13:", ":23:");
    assert_ne!(forged, form[0]);
    let receipt = faxed(&branch, "1.tif", &call(&[&forged]));
    let seen = branch.desk.paper(&person(&branch, "clerk001"), receipt).unwrap();
    assert_eq!((seen.sheets.len(), seen.record.false_marks), (0, 1));
}

#[test]
fn the_printed_number_of_a_form_tells_whose_it_is_and_what_came_of_it() {
    let branch = branch_with_customer();
    let (form, single) = (sheets(&branch, "3"), sheets(&branch, "1"));
    let known = |number: &str| branch.desk.form_known(FormMark::serial_of(number).unwrap());
    assert_eq!(known(&form.number), None, "what never came is not known by its number");
    let first = faxed(&branch, "1.tif", &call(&[&form.codes[0]]));
    let told = known(&form.number).unwrap();
    assert_eq!((told.form.to_string(), &*told.name), (form.number.clone(), "高崎製作所"));
    let waits = FormCame::Waits { of: 3, missing: vec![2, 3] };
    assert_eq!((told.receipt, told.came), (first, waits));
    faxed(&branch, "2.tif", &call(&[&form.codes[1], &form.codes[2]]));
    let told = known(&form.number).unwrap();
    assert_eq!((told.receipt, told.came), (paper_of(&branch, first).receipt, FormCame::Counts));
    let paper = faxed(&branch, "3.tif", &call(&[&single.codes[0]]));
    amounts(&branch, paper, &["1000", "1000"]);
    assert_eq!(known(&single.number).unwrap().came, FormCame::Counts);
}

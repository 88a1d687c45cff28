//! Papers: two people read one without seeing what the other read, and neither decides on it.

use kessai::domain::{
    CaseId, Difference, Field, FormSheets, KeyedRow, KeyedSheet, KeyingStage, Person, ReceiptNo,
    Timestamp, UserNumber,
};
use kessai::ports::{FileVerdict, Step};
use kessai::service::{KeyError, KeyedIn, Wish};
use kessai::workflow::{Refusal, Status, VoteKind};

use super::branch::{Branch, Setup, accrual};
use super::constructs::enter;
use crate::story::{at, user};

/// What is on the paper: an accrual of 1,000 yen.
pub(super) const PAPER: &str = "PAPER 2 accrual";
/// A row of the list of customers, with a telephone number.
pub(super) const CUSTOMER: &str = "987654321,法人,高崎製作所,ﾀｶｻｷ,,0238-00-0001,001,通常,2026-04-10,,\
    keiri@example.jp,0001,001,2,0123456,,";
pub(super) const CLERKS: [&str; 4] = ["clerk001", "clerk002", "clerk003", "clerk004"];

pub(super) fn branch() -> Branch {
    let branch = Branch::staffed(Setup::default());
    for clerk in CLERKS {
        branch.register(clerk, "clerk");
    }
    branch
}

/// Drops a paper and says what became of it.
pub(super) fn faxed(branch: &Branch, name: &str, text: &str) -> ReceiptNo {
    let mut arrival = branch.arrival(name, text, None);
    "fax".clone_into(&mut arrival.channel);
    "001".clone_into(&mut arrival.submitter);
    let receipt = branch.desk.receive(vec![arrival]).unwrap()[0];
    branch.desk.judge(receipt).unwrap();
    receipt
}

pub(super) fn person(branch: &Branch, id: &str) -> Person {
    branch.store.user(&user(id)).unwrap().person
}

/// The cells of the accrual `n`, with others in the place of some.
pub(super) fn row(n: usize, instead: &[(Field, &str)]) -> KeyedRow {
    let text = accrual(n);
    let cells = Field::ALL.iter().copied().zip(text.trim_end().split(','));
    let mut row: KeyedRow = cells.map(|(field, text)| (field, text.to_owned())).collect();
    row.extend(instead.iter().map(|(field, text)| (*field, (*text).to_owned())));
    row.retain(|_, text| !text.is_empty());
    row
}

pub(super) fn key(
    branch: &Branch,
    (receipt, seen): (ReceiptNo, usize),
    by: &str,
    rows: Vec<KeyedRow>,
) -> Result<KeyingStage, KeyError> {
    let sheet = Some(KeyedSheet { received: Some(at(1, 9, 0)), rows });
    let read = KeyedIn { receipt, seen, sheet, remark: String::new(), confirmed: false };
    branch.desk.key_in(&person(branch, by), &read)
}

/// Keys in the accrual 1 with another amount each, and tells how far that brings it.
pub(super) fn amounts(branch: &Branch, receipt: ReceiptNo, amounts: &[&str]) -> Vec<KeyingStage> {
    let read = |(seen, amount): (usize, &&str)| {
        key(branch, (receipt, seen), CLERKS[seen], vec![row(1, &[(Field::Amount, amount)])])
    };
    amounts.iter().enumerate().map(|one| read(one).unwrap()).collect()
}

pub(super) fn case_of(receipt: ReceiptNo) -> CaseId {
    CaseId { receipt, n: 1, row: None }
}

#[test]
fn a_paper_that_two_people_read_alike_becomes_a_case_neither_of_them_decides_on() {
    let branch = branch();
    let receipt = faxed(&branch, "fax.tif", PAPER);
    assert_eq!(branch.store.file(receipt).unwrap().verdict, FileVerdict::Keying);
    let seen = branch.desk.paper(&person(&branch, "clerk001"), receipt).unwrap();
    assert_eq!((seen.record.scan.pages.len(), seen.refused), (2, None));
    let stages = amounts(&branch, receipt, &["1,000", "１０００"]);
    assert_eq!(stages, [KeyingStage::Second, KeyingStage::Settled]);
    let file = branch.store.file(receipt).unwrap();
    assert_eq!((file.verdict, file.accepted), (FileVerdict::Accepted, 1));
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    assert!(paths.contains(&format!("fax/001/{receipt}_fax_reply.pdf")), "{paths:?}");
    // Whoever keyed it in may make sure of the seal, but a clerk who became a checker does not
    // check what they read.
    enter(&branch, case_of(receipt), "clerk001", &[("seal", "ok")]).unwrap();
    let case = branch.store.case(case_of(receipt)).unwrap();
    let mut clerk = person(&branch, "clerk002");
    clerk.roles = vec!["checker".to_owned()];
    let vote = Wish::Vote(VoteKind::Approve, None);
    assert_eq!(branch.desk.could(&clerk, &case, &vote), Err(Refusal::OwnKeying));
    for by in ["check001", "manage01"] {
        branch.vote(case_of(receipt), by, VoteKind::Approve);
    }
    let case = branch.store.case(case_of(receipt)).unwrap();
    assert_eq!(case.head.status, Status::Completed);
}

#[test]
fn letters_of_numbers_are_capitals_however_somebody_typed_them() {
    let branch = branch();
    let receipt = faxed(&branch, "fax.tif", PAPER);
    let other = |text| row(1, &[(Field::CounterpartyUserNumber, text)]);
    for (seen, text) in ["2bc3de4fg", "２ＢＣ3DE4FG"].into_iter().enumerate() {
        key(&branch, (receipt, seen), CLERKS[seen], vec![other(text)]).unwrap();
    }
    let case = branch.store.case(case_of(receipt)).unwrap();
    let row = branch.desk.rows(&case, 1).unwrap().rows.remove(0).request;
    assert_eq!(row.counterparty.user_number.as_str(), "2BC3DE4FG");
}

#[test]
fn what_two_people_read_differently_holds_only_when_a_third_reads_one_of_both() {
    for (third, total) in [("1000", 1_000), ("7000", 7_000)] {
        let branch = branch();
        let receipt = faxed(&branch, "fax.tif", PAPER);
        let stages = amounts(&branch, receipt, &["1000", "7000", third]);
        assert_eq!(stages, [KeyingStage::Second, KeyingStage::Third, KeyingStage::Settled]);
        assert_eq!(branch.store.file(receipt).unwrap().total.get(), total);
    }
    let branch = branch();
    let receipt = faxed(&branch, "fax.tif", PAPER);
    amounts(&branch, receipt, &["1000", "7000"]);
    let seen = branch.desk.paper(&person(&branch, "clerk003"), receipt).unwrap();
    assert_eq!(
        seen.differ,
        [Difference::Cell(1, Field::Amount)],
        "the third is asked for nothing else"
    );
    let apart = key(&branch, (receipt, 2), "clerk003", vec![row(1, &[(Field::Amount, "4000")])]);
    assert_eq!(apart, Ok(KeyingStage::First), "three readings of one amount begin anew");
    assert_eq!(branch.store.file(receipt).unwrap().verdict, FileVerdict::Keying);
}

#[test]
fn nobody_reads_a_paper_twice_nor_one_that_is_not_theirs_to_read() {
    let branch = branch();
    let receipt = faxed(&branch, "fax.tif", PAPER);
    let read = |seen, by| key(&branch, (receipt, seen), by, vec![row(1, &[])]);
    assert_eq!(read(0, "check001"), Err(KeyError::NotHere), "checkers key in nothing");
    assert_eq!(read(0, "sato0001"), Err(KeyError::NotHere), "for customers there is no paper");
    assert_eq!(read(0, "clerk001"), Ok(KeyingStage::Second));
    // The answer was lost, and the browser sends the form again.
    assert_eq!(read(0, "clerk001"), Ok(KeyingStage::Second));
    assert_eq!(read(1, "clerk001"), Err(KeyError::SamePerson));
    assert_eq!(read(0, "clerk002"), Err(KeyError::Behind), "somebody read it meanwhile");
    assert_eq!(read(1, "clerk002"), Ok(KeyingStage::Settled));
    assert_eq!(read(2, "clerk003"), Err(KeyError::Done));
}

#[test]
fn mistakes_are_told_to_whoever_types_and_stand_when_they_are_on_the_paper() {
    let branch = branch();
    let receipt = faxed(&branch, "fax.tif", PAPER);
    let wrong = || vec![row(1, &[(Field::DueDate, "2026-12-04")])];
    let told = key(&branch, (receipt, 0), "clerk001", wrong());
    let Err(KeyError::Findings(told)) = told else { panic!("{told:?}") };
    assert!(told.iter().any(|one| one.code.as_str() == "D07"), "{told:?}");
    assert_eq!(branch.store.keying(receipt).unwrap().readings, []);
    // Changes need their original: they do not come by FAX.
    let change = vec![row(1, &[(Field::RequestKind, "50")])];
    let told = key(&branch, (receipt, 0), "clerk001", change);
    let Err(KeyError::Findings(told)) = told else { panic!("{told:?}") };
    assert!(told.iter().any(|one| one.code.as_str() == "C01"), "{told:?}");
    for (seen, by) in ["clerk001", "clerk002"].into_iter().enumerate() {
        let sheet = Some(KeyedSheet { received: Some(at(1, 9, 0)), rows: wrong() });
        let read = KeyedIn { receipt, seen, sheet, remark: String::new(), confirmed: true };
        branch.desk.key_in(&person(&branch, by), &read).unwrap();
    }
    let file = branch.store.file(receipt).unwrap();
    assert_eq!((file.verdict, file.rejected), (FileVerdict::Rejected, 1));
    let findings = branch.desk.findings_of(&file).unwrap();
    assert!(findings.iter().any(|one| one.code.as_str() == "D07"), "{findings:?}");
}

#[test]
fn what_is_no_request_is_refused_when_two_people_say_so() {
    let branch = branch();
    let receipt = faxed(&branch, "fax.tif", PAPER);
    let none = |seen, by: &str| {
        let remark = "広告です".to_owned();
        let read = KeyedIn { receipt, seen, sheet: None, remark, confirmed: false };
        branch.desk.key_in(&person(&branch, by), &read)
    };
    assert_eq!(none(0, "clerk001"), Ok(KeyingStage::Second));
    // Somebody else reads a request there: all begins anew.
    let anew = key(&branch, (receipt, 1), "clerk002", vec![row(1, &[])]);
    assert_eq!(anew, Ok(KeyingStage::First));
    assert_eq!(none(2, "clerk003"), Ok(KeyingStage::Second));
    assert_eq!(none(3, "clerk004"), Ok(KeyingStage::Refused));
    let file = branch.store.file(receipt).unwrap();
    assert_eq!(file.verdict, FileVerdict::Rejected);
    let findings = branch.desk.findings_of(&file).unwrap();
    assert!(findings[0].ja.contains("広告です"), "{findings:?}");
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    assert!(!paths.iter().any(|path| path.ends_with("_reply.pdf")), "to nobody: {paths:?}");
}

#[test]
fn a_picture_nobody_could_read_is_given_back_and_so_is_what_is_none() {
    let branch = branch();
    let torn = faxed(&branch, "torn.tif", "TORN");
    let file = branch.store.file(torn).unwrap();
    assert_eq!(file.verdict, FileVerdict::Rejected);
    assert_eq!(branch.desk.findings_of(&file).unwrap()[0].code.as_str(), "E_IMAGE");
    // Its head is damaged: that it is no CSV either would help nobody.
    for name in ["head.tif", "HEAD.TIFF", "head.pdf", "head.png", "head.jpg", "head.Jpeg"] {
        let file = branch.store.file(faxed(&branch, name, &format!("broken {name}"))).unwrap();
        let findings = branch.desk.findings_of(&file).unwrap();
        let codes: Vec<_> = findings.iter().map(|one| one.code.as_str()).collect();
        assert_eq!((file.verdict, codes), (FileVerdict::Rejected, vec!["E_IMAGE"]), "{name}");
        assert!(
            findings[0].ja.starts_with("画像が壊れているか、画像ではありません"),
            "{findings:?}"
        );
    }
    // Packed in a way that is not read, or more than a picture: it is keyed in by whoever opens the
    // file.
    for how in ["JBIG2", "LAYERS"] {
        let hidden = faxed(&branch, &format!("{how}.pdf"), how);
        assert_eq!(branch.store.file(hidden).unwrap().verdict, FileVerdict::Keying);
    }
    let letter = faxed(&branch, "letter.doc", "a letter");
    let file = branch.store.file(letter).unwrap();
    assert_eq!(file.verdict, FileVerdict::Rejected);
    assert_eq!(branch.desk.findings_of(&file).unwrap()[0].code.as_str(), "E_PAIR");
}

#[test]
fn what_else_came_is_answered_before_a_picture_is_looked_at() {
    let mut branch = branch();
    let arrivals = [("fax.tif", PAPER.to_owned()), ("a.csv", super::branch::accruals(1..=1))];
    let arrivals = arrivals.map(|(name, text)| branch.arrival(name, &text, None));
    let [mut fax, csv] = arrivals;
    "fax".clone_into(&mut fax.channel);
    "001".clone_into(&mut fax.submitter);
    let receipts = branch.desk.receive(vec![fax, csv]).unwrap();
    branch.stopped_at(Step::Judged, 1, |desk| desk.judge_all(&receipts));
    let verdicts = || [0, 1].map(|at: usize| branch.store.file(receipts[at]).unwrap().verdict);
    assert!(
        matches!(verdicts(), [FileVerdict::Received, FileVerdict::Accepted]),
        "{:?}",
        verdicts()
    );
    branch.restart();
    let fax = branch.store.file(receipts[0]).unwrap();
    branch.desk.judge(fax.receipt).unwrap();
    assert_eq!(branch.store.file(receipts[0]).unwrap().verdict, FileVerdict::Keying);
}

#[test]
fn a_paper_is_keyed_in_once_whatever_stops_the_program_on_the_way() {
    let mut branch = branch();
    let receipt = faxed(&branch, "fax.tif", PAPER);
    assert_eq!(key(&branch, (receipt, 0), "clerk001", vec![row(1, &[])]), Ok(KeyingStage::Second));
    branch.restart();
    let waiting = branch.desk.papers(&person(&branch, "clerk002"));
    assert_eq!(waiting.len(), 1, "it still waits");
    let by = person(&branch, "clerk002");
    let sheet = Some(KeyedSheet { received: Some(at(1, 9, 0)), rows: vec![row(1, &[])] });
    let read = KeyedIn { receipt, seen: 1, sheet, remark: String::new(), confirmed: false };
    // Read by two people, and the program ends before the verdict.
    branch.stopped_at(Step::JudgeReady, 1, |desk| desk.key_in(&by, &read));
    assert_eq!(branch.store.file(receipt).unwrap().verdict, FileVerdict::Keying);
    branch.restart();
    let file = branch.store.file(receipt).unwrap();
    assert_eq!((file.verdict, file.flows.len()), (FileVerdict::Accepted, 1));
    let case = branch.store.case(case_of(receipt)).unwrap();
    assert_eq!(case.file.paper.as_ref().unwrap().readers.len(), 2);
}

/// Keys in the accrual 1 with the time its paper came, each by the next clerk.
fn timed(branch: &Branch, receipt: ReceiptNo, times: &[Option<Timestamp>]) -> Vec<KeyingStage> {
    let read = |(seen, received): (usize, &Option<Timestamp>)| {
        let sheet = Some(KeyedSheet { received: *received, rows: vec![row(1, &[])] });
        let read = KeyedIn { receipt, seen, sheet, remark: String::new(), confirmed: false };
        branch.desk.key_in(&person(branch, CLERKS[seen]), &read)
    };
    times.iter().enumerate().map(|one| read(one).unwrap()).collect()
}

#[test]
fn when_a_paper_came_is_read_by_two_and_what_came_after_the_cut_off_is_of_the_next_bank_day() {
    let branch = branch();
    branch.clock.forward(3 * 24 * 3_600_000);
    for (came, day, verdict) in [
        (at(1, 14, 59), "2026-12-01", FileVerdict::Accepted),
        (at(3, 14, 59), "2026-12-03", FileVerdict::Accepted),
        (at(3, 15, 0), "2026-12-04", FileVerdict::Rejected),
    ] {
        // Its record date is the third.
        let receipt = faxed(&branch, &format!("{day}.tif"), &format!("PAPER 1 {came}"));
        for (seen, by) in ["clerk001", "clerk002"].into_iter().enumerate() {
            let reference = format!("R-{day}");
            let amount = came.ms().rem_euclid(1_000_000).to_string();
            let rows = vec![row(1, &[(Field::RequesterRef, &reference), (Field::Amount, &amount)])];
            let sheet = Some(KeyedSheet { received: Some(came), rows });
            let read = KeyedIn { receipt, seen, sheet, remark: String::new(), confirmed: true };
            branch.desk.key_in(&person(&branch, by), &read).unwrap();
        }
        let file = branch.store.file(receipt).unwrap();
        assert_eq!(file.verdict, verdict, "{came}");
        let findings = branch.desk.findings_of(&file).unwrap();
        let late = findings.iter().find(|one| one.code.as_str() == "D11");
        assert_eq!(late.is_some(), verdict == FileVerdict::Rejected, "{findings:?}");
        assert_eq!(findings.iter().any(|one| one.code.as_str() == "D10"), late.is_some());
        assert!(late.is_none_or(|one| one.ja.contains("2026年12月4日 の受付")), "{findings:?}");
        assert_eq!(branch.store.keying(receipt).unwrap().received, Some(came));
    }
}

#[test]
fn a_time_two_people_read_differently_goes_to_a_third_who_is_asked_for_it_alone() {
    let branch = branch();
    let (nine, ten) = (Some(at(1, 8, 0)), Some(at(1, 8, 10)));
    let receipt = faxed(&branch, "fax.tif", PAPER);
    assert_eq!(timed(&branch, receipt, &[nine, ten]), [KeyingStage::Second, KeyingStage::Third]);
    let seen = branch.desk.paper(&person(&branch, "clerk003"), receipt).unwrap();
    assert_eq!(seen.differ, [Difference::Received]);
    let third = Some(KeyedSheet { received: ten, rows: vec![KeyedRow::new()] });
    let read = KeyedIn { receipt, seen: 2, sheet: third, remark: String::new(), confirmed: false };
    assert_eq!(branch.desk.key_in(&person(&branch, "clerk003"), &read), Ok(KeyingStage::Settled));
    assert_eq!(branch.store.keying(receipt).unwrap().received, ten);
    let case = branch.store.case(case_of(receipt)).unwrap();
    assert_eq!(case.file.paper.as_ref().unwrap().readers.len(), 3);
    // Where the amount alone differs, the third is not asked for the time.
    let branch = self::branch();
    let receipt = faxed(&branch, "fax.tif", PAPER);
    amounts(&branch, receipt, &["1000", "7000"]);
    let rows = vec![KeyedRow::from([(Field::Amount, "7000".to_owned())])];
    let sheet = Some(KeyedSheet { received: None, rows });
    let read = KeyedIn { receipt, seen: 2, sheet, remark: String::new(), confirmed: false };
    assert_eq!(branch.desk.key_in(&person(&branch, "clerk003"), &read), Ok(KeyingStage::Settled));
    assert_eq!(branch.store.keying(receipt).unwrap().received, Some(at(1, 9, 0)));
}

#[test]
fn a_time_that_is_missing_or_cannot_be_is_asked_for_again() {
    let branch = branch();
    let receipt = faxed(&branch, "fax.tif", PAPER);
    let late = at(1, 9, 11);
    let long_ago = Timestamp::from_ms(at(1, 9, 0).ms() - 32 * 24 * 3_600_000);
    for received in [None, Some(late), Some(long_ago)] {
        let sheet = Some(KeyedSheet { received, rows: vec![row(1, &[])] });
        let read = KeyedIn { receipt, seen: 0, sheet, remark: String::new(), confirmed: true };
        let told = branch.desk.key_in(&person(&branch, "clerk001"), &read);
        assert_eq!(told, Err(KeyError::Time), "{received:?}");
    }
    assert_eq!(branch.store.keying(receipt).unwrap().readings, []);
}

#[test]
fn what_the_fax_server_says_is_held_against_the_register() {
    let branch = branch();
    branch.enrol(&[CUSTOMER]);
    let seen = |name: &str| {
        let receipt = faxed(&branch, name, &format!("PAPER 1 {name}"));
        branch.desk.paper(&person(&branch, "clerk001"), receipt).unwrap()
    };
    let known = seen("20261201085012_0238000001.tif");
    assert_eq!(known.fax.at, Some(at(1, 8, 50)));
    assert_eq!(known.sender.unwrap().user.to_string(), "987654321");
    let unknown = seen("20261201085012_0312345678.tif");
    assert_eq!((unknown.fax.number.as_deref(), unknown.sender), (Some("0312345678"), None));
}

#[test]
fn a_paper_belongs_to_what_is_approved() {
    let branch = branch();
    let receipt = faxed(&branch, "fax.tif", PAPER);
    amounts(&branch, receipt, &["1000", "1000"]);
    let case = branch.store.case(case_of(receipt)).unwrap();
    let content = branch.desk.content_of(&case);
    let mut other = case.clone();
    std::sync::Arc::make_mut(&mut other.file).paper = None;
    assert_ne!(branch.desk.content_of(&other), content, "the digest covers the scan");
    let page = branch.desk.paper_page(&person(&branch, "check001"), (receipt, 2), 600);
    assert!(page.is_some_and(|page| page.is_ok()), "whoever approves looks at the paper");
    assert!(branch.desk.paper_page(&person(&branch, "sato0001"), (receipt, 1), 600).is_none());
}

/// A customer in the register, and a form printed for them.
pub(super) fn form(branch: &Branch) -> kessai::render::view::RequestFormView {
    branch.enrol(&[CUSTOMER]);
    sheets(branch, "1")
}

/// A form of some sheets.
pub(super) fn sheets(branch: &Branch, of: &str) -> kessai::render::view::RequestFormView {
    let user = UserNumber::parse("987654321").unwrap();
    branch.desk.request_form(user, FormSheets::parse(of).unwrap()).unwrap()
}

#[test]
fn a_form_of_ours_tells_whose_it_is_and_is_taken_once_however_often_it_is_sent() {
    let branch = branch();
    let (form, other) = (form(&branch), form(&branch));
    assert_ne!(form.codes[0], other.codes[0], "each sheet has a number of its own");
    let first = faxed(&branch, "1.tif", &format!("PAPER 2 QR {}", form.codes[0]));
    let seen = branch.desk.paper(&person(&branch, "clerk001"), first).unwrap();
    assert_eq!(seen.record.forms[0].0, 2, "it is on the second page");
    assert_eq!(seen.record.forms[0].1.to_string(), form.number);
    assert_eq!(seen.customer.unwrap().phone, "0238-00-0001");
    // Sent again the bytes differ, the form does not.
    let again = faxed(&branch, "2.tif", &format!("PAPER 1 QR {}", form.codes[0]));
    let held = branch.store.file(again).unwrap();
    assert_eq!(held.verdict, FileVerdict::Held { same_as: first });
    let findings = branch.desk.findings_of(&held).unwrap();
    assert_eq!(findings[0].code.as_str(), "E_DUP_FILE");
    // What was sent back may come again on the same sheet.
    for (seen, by) in ["clerk001", "clerk002"].into_iter().enumerate() {
        key(&branch, (first, seen), by, vec![row(1, &[])]).unwrap();
    }
    enter(&branch, case_of(first), "clerk001", &[("seal", "ng")]).unwrap();
    assert!(branch.store.case(case_of(first)).unwrap().head.status.is_final());
    let mended = faxed(&branch, "4.tif", &format!("PAPER 1 QR {}", form.codes[0]));
    assert_eq!(branch.store.file(mended).unwrap().verdict, FileVerdict::Keying);
    let another = faxed(&branch, "3.tif", &format!("PAPER 1 QR {}", other.codes[0]));
    assert_eq!(branch.store.file(another).unwrap().verdict, FileVerdict::Keying);
}

#[test]
fn a_form_somebody_else_printed_is_told_and_names_nobody() {
    let branch = branch();
    let form = form(&branch);
    // Another customer on a form of ours: the check is not of that.
    let forged = form.codes[0].replace("987654321", "123456789");
    let receipt = faxed(&branch, "1.tif", &format!("PAPER 1 QR {forged}"));
    let seen = branch.desk.paper(&person(&branch, "clerk001"), receipt).unwrap();
    assert_eq!((seen.record.forms.len(), seen.record.false_marks), (0, 1));
    assert_eq!(seen.customer, None);
    // A code that is no form of anybody's is nothing to us.
    let receipt = faxed(&branch, "2.tif", "PAPER 1 QR https://example.jp/");
    let seen = branch.desk.paper(&person(&branch, "clerk001"), receipt).unwrap();
    assert_eq!((seen.record.forms.len(), seen.record.false_marks), (0, 0));
}

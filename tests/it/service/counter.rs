//! Papers handed in over the counter and not scanned are keyed in like a FAX, without a picture.

use kessai::domain::{KeyedSheet, KeyingStage, ReceiptNo, UserNumber};
use kessai::ports::{FileVerdict, KeyingRecord, Step};
use kessai::service::{CounterError, CounterPaper, KeyError, KeyedIn, Wish};
use kessai::workflow::{Refusal, Status, VoteKind};

use super::branch::{Branch, accruals};
use super::constructs::enter;
use super::keying::{CUSTOMER, amounts, branch, case_of, faxed, person};
use crate::story::at;

fn paper(branch: &Branch) -> CounterPaper {
    CounterPaper {
        ticket: branch.desk.new_intake(),
        customer: UserNumber::parse("987654321").unwrap(),
        sheets: 2,
        received: at(1, 8, 50),
    }
}

pub(super) fn opened(branch: &Branch) -> ReceiptNo {
    branch.desk.open_counter_paper(&person(branch, "clerk001"), &paper(branch)).unwrap()
}

fn record(branch: &Branch, receipt: ReceiptNo) -> KeyingRecord {
    branch.store.keying(receipt).unwrap()
}

#[test]
fn a_paper_of_the_counter_is_keyed_in_by_two_and_approved_by_others_like_a_fax() {
    let branch = branch();
    branch.enrol(&[CUSTOMER]);
    let receipt = opened(&branch);
    assert_eq!(branch.store.file(receipt).unwrap().verdict, FileVerdict::Keying);
    let seen = branch.desk.paper(&person(&branch, "clerk002"), receipt).unwrap();
    let slip = seen.slip.unwrap();
    assert_eq!((slip.sheets, slip.by.as_str()), (2, "clerk001"));
    assert_eq!(seen.customer.unwrap().phone, "0238-00-0001");
    assert!(seen.record.is_counter() && seen.timed);
    let stages = amounts(&branch, receipt, &["1000", "7000", "1000"]);
    assert_eq!(stages, [KeyingStage::Second, KeyingStage::Third, KeyingStage::Settled]);
    let file = branch.store.file(receipt).unwrap();
    assert_eq!((file.verdict, file.accepted), (FileVerdict::Accepted, 1));
    let case = branch.store.case(case_of(receipt)).unwrap();
    assert_eq!(case.file.paper.as_ref().unwrap().readers.len(), 3, "they decide nothing");
    enter(&branch, case_of(receipt), "clerk001", &[("seal", "ok")]).unwrap();
    for by in ["check001", "manage01"] {
        branch.vote(case_of(receipt), by, VoteKind::Approve);
    }
    assert_eq!(branch.store.case(case_of(receipt)).unwrap().head.status, Status::Completed);
    branch.desk.dispatch_all().unwrap();
    let paths = branch.shelf.paths();
    assert!(paths.iter().any(|path| path.ends_with("_reply.pdf")), "{paths:?}");
    let form = paths.iter().find(|path| path.ends_with("_receipt.pdf")).unwrap();
    let form = lopdf::Document::load_mem(&branch.shelf.bytes(form)).unwrap();
    let text = form.extract_text(&[1]).unwrap();
    assert!(text.replace(['\n', ' '], "").contains("窓口の書面（画像なし）"), "{text}");
    let told = branch.desk.exceptions(&person(&branch, "check001"));
    assert_eq!(told[0].customer, "高崎製作所");
}

#[test]
fn whoever_took_a_paper_at_the_counter_decides_nothing_about_it() {
    let branch = branch();
    let taken = branch.desk.open_counter_paper(&person(&branch, "clerk004"), &paper(&branch));
    let receipt = taken.unwrap();
    amounts(&branch, receipt, &["1000", "1000"]);
    enter(&branch, case_of(receipt), "clerk004", &[("seal", "ok")]).unwrap();
    let case = branch.store.case(case_of(receipt)).unwrap();
    let mut clerk = person(&branch, "clerk004");
    clerk.roles = vec!["checker".to_owned()];
    let vote = Wish::Vote(VoteKind::Approve, None);
    assert_eq!(branch.desk.could(&clerk, &case, &vote), Err(Refusal::OwnKeying));
}

#[test]
fn a_form_that_is_sent_twice_opens_one_paper_whatever_stops_the_program() {
    for step in [Step::CopyKept, Step::ReceiveReady, Step::Received, Step::Disposed] {
        let mut branch = branch();
        let (clerk, paper) = (person(&branch, "clerk001"), paper(&branch));
        branch.stopped_at(step, 1, |desk| desk.open_counter_paper(&clerk, &paper));
        branch.restart();
        let first = branch.desk.open_counter_paper(&clerk, &paper).unwrap();
        assert_eq!(branch.desk.open_counter_paper(&clerk, &paper).unwrap(), first, "{step:?}");
        assert_eq!(branch.store.files(&|_| true, usize::MAX).len(), 1, "{step:?}");
        assert_eq!(record(&branch, first).stage, KeyingStage::First, "{step:?}");
    }
    // The next paper of the same customer at the same minute is another one.
    let branch = branch();
    assert_ne!(opened(&branch), opened(&branch));
}

#[test]
fn nobody_opens_a_paper_who_keys_in_none_nor_one_that_cannot_be() {
    let branch = branch();
    branch.enrol(&[CUSTOMER]);
    let ask = |by: &str, change: &dyn Fn(&mut CounterPaper)| {
        let mut paper = paper(&branch);
        change(&mut paper);
        branch.desk.open_counter_paper(&person(&branch, by), &paper)
    };
    for by in ["check001", "sato0001"] {
        assert!(matches!(ask(by, &|_| {}), Err(CounterError::NotHere)), "{by}");
    }
    let other = UserNumber::parse("111111111").unwrap();
    assert!(matches!(ask("clerk001", &|one| one.customer = other), Err(CounterError::Customer)));
    for sheets in [0, 51] {
        let asked = ask("clerk001", &|one| one.sheets = sheets);
        assert!(matches!(asked, Err(CounterError::Sheets)), "{sheets}");
    }
    let late = ask("clerk001", &|one| one.received = at(1, 9, 1));
    assert!(matches!(late, Err(CounterError::Time)), "{late:?}");
    assert!(branch.store.files(&|_| true, usize::MAX).is_empty());
}

#[test]
fn a_slip_somebody_drops_is_no_paper_of_the_counter() {
    let branch = branch();
    let receipt = opened(&branch);
    let file = branch.store.file(receipt).unwrap();
    let text = branch.desk.blobs.open(file.digest).unwrap().read_all().unwrap();
    let text = String::from_utf8(text).unwrap();
    let forged = faxed(&branch, "slip.txt", &text.replace("sheets: 2", "sheets: 3"));
    let file = branch.store.file(forged).unwrap();
    assert_eq!(file.verdict, FileVerdict::Rejected);
    assert_eq!(branch.desk.findings_of(&file).unwrap()[0].code.as_str(), "E_PAIR");
    // The very slip again is the same file.
    let again = faxed(&branch, "slip.txt", &text);
    let held = branch.store.file(again).unwrap().verdict;
    assert_eq!(held, FileVerdict::Held { same_as: receipt });
}

#[test]
fn what_does_not_come_by_fax_does_not_come_over_the_counter_either() {
    let branch = branch();
    let receipt = opened(&branch);
    let change = super::keying::row(1, &[(kessai::domain::Field::RequestKind, "50")]);
    let sheet = Some(KeyedSheet { received: Some(at(1, 8, 50)), rows: vec![change] });
    let read = KeyedIn { receipt, seen: 0, sheet, remark: String::new(), confirmed: false };
    let told = branch.desk.key_in(&person(&branch, "clerk001"), &read);
    let Err(KeyError::Findings(told)) = told else { panic!("{told:?}") };
    assert!(told.iter().any(|one| one.code.as_str() == "C01"), "{told:?}");
}

#[test]
fn a_paper_of_the_counter_that_came_as_a_file_before_is_held_under_its_own_name() {
    let branch = branch();
    branch.take_in("a.csv", &accruals(1..=1));
    let receipt = opened(&branch);
    amounts(&branch, receipt, &["1000", "1000"]);
    let file = branch.store.file(receipt).unwrap();
    assert!(matches!(file.verdict, FileVerdict::Held { .. }), "{:?}", file.verdict);
    let told = branch.desk.findings_of(&file).unwrap();
    assert!(told[0].ja.starts_with("窓口の書面で届いたこの請求"), "{told:?}");
}

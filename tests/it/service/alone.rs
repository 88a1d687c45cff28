//! What no two people get through between them: a request they made up, or one in the name of a
//! customer whose paper it is not.

use kessai::domain::{Code, Field, KeyedSheet, KeyingStage, PaperChoice, ReceiptNo};
use kessai::ports::{FileVerdict, TaskEnd};
use kessai::service::{KeyError, KeyedIn, PaperError, PaperStage};
use kessai::workflow::Status;

use super::branch::{Branch, Setup};
use super::constructs::enter;
use super::keying::{CLERKS, CUSTOMER, PAPER, amounts, case_of, faxed, person, row, sheets};
use super::worklists::{between, number, printed, read, scanned, stamped};
use super::{bundles, counter};
use crate::story::at;

/// Reads the paper as a request of another customer; with `stands`, as it is written there.
fn in_another_name(
    branch: &Branch,
    (receipt, seen): (ReceiptNo, usize),
    stands: bool,
) -> Result<KeyingStage, KeyError> {
    let rows = vec![row(1, &[(Field::RequesterUserNumber, "1AB2CD3EF")])];
    let sheet = Some(KeyedSheet { received: Some(at(1, 9, 0)), rows });
    let read = KeyedIn { receipt, seen, sheet, remark: String::new(), confirmed: stands };
    branch.desk.key_in(&person(branch, CLERKS[seen]), &read)
}

#[test]
fn a_paper_of_one_customer_is_no_request_of_another() {
    let branch = super::keying::branch();
    branch.enrol(&[CUSTOMER]);
    let form = sheets(&branch, "1").codes.remove(0);
    let by_fax = faxed(&branch, "fax.tif", &format!("PAPER 1 QR {form}"));
    for receipt in [by_fax, counter::opened(&branch)] {
        let Err(KeyError::Findings(told)) = in_another_name(&branch, (receipt, 0), false) else {
            panic!("the first reader is told");
        };
        assert_eq!(told[0].code, Code::Identity);
        assert!(told[0].ja.contains("利用者番号987654321のお客様のもの"), "{}", told[0].ja);
        assert_eq!(in_another_name(&branch, (receipt, 0), true), Ok(KeyingStage::Second));
        assert_eq!(in_another_name(&branch, (receipt, 1), true), Ok(KeyingStage::Settled));
        let file = branch.store.file(receipt).unwrap();
        assert_eq!((file.verdict, file.accepted), (FileVerdict::Rejected, 0));
    }
}

#[test]
fn whoever_made_a_request_does_not_confirm_what_was_stamped_and_the_named_hear_of_it() {
    let branch = Branch::staffed(Setup { desk_line: "paper: allowed", ..Setup::default() });
    for clerk in CLERKS {
        branch.register(clerk, "clerk");
    }
    let receipt = faxed(&branch, "fax.tif", PAPER);
    assert_eq!(amounts(&branch, receipt, &["1000", "1000"])[1], KeyingStage::Settled);
    let case = case_of(receipt);
    enter(&branch, case, "clerk001", &[("seal", "ok")]).unwrap();
    let view = printed(&branch);
    let scan = scanned(&branch, "sheet.tif", &view);
    let time = between(&branch);
    for (task, by) in ["check001", "manage01"].into_iter().enumerate() {
        let (place, said) = ((scan, number(&view, task)), stamped(PaperChoice::Approve, by, time));
        assert_eq!(read(&branch, place, "clerk002", &said), Ok(PaperStage::Second));
        assert_eq!(read(&branch, place, "clerk001", &said), Err(PaperError::Requester));
        let end = read(&branch, place, "clerk003", &said);
        assert_eq!(end, Ok(PaperStage::Ended(TaskEnd::Decided)));
    }
    assert_eq!(branch.store.case(case).unwrap().head.status, Status::Completed);
    branch.desk.dispatch_all().unwrap();
    for named in ["check001", "manage01"] {
        let mails = branch.shelf.paths().into_iter();
        let mut mails = mails.filter(|path| path.contains("on_paper") && path.contains(named));
        let (subject, text) = bundles::read(&branch, &mails.next().unwrap());
        assert!(subject.contains("紙での決裁が、あなたのお名前で記録されました"), "{subject}");
        for part in [&*case.to_string(), "clerk002", "clerk003"] {
            assert!(text.contains(part), "{text}");
        }
    }
}

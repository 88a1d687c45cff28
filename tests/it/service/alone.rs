//! What no two people get through between them: a request they made up, or one in the name of a
//! customer whose paper it is not.

use kessai::domain::{Code, Field, KeyedSheet, KeyingStage, PaperChoice, ReceiptNo};
use kessai::ports::{FileVerdict, TaskEnd};
use kessai::service::{KeyError, KeyedIn, PaperError, PaperStage};
use kessai::workflow::{Status, VoteKind};

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

#[test]
fn whoever_decides_on_a_paper_is_told_whose_request_it_is_on_every_page_and_paper() {
    let branch = Branch::staffed(Setup { desk_line: "paper: allowed", ..Setup::default() });
    branch.enrol(&[CUSTOMER]);
    for clerk in CLERKS {
        branch.register(clerk, "clerk");
    }
    let receipt = faxed(&branch, "fax.tif", PAPER);
    amounts(&branch, receipt, &["1000", "1000"]);
    let case = case_of(receipt);
    enter(&branch, case, "clerk001", &[("seal", "ok")]).unwrap();
    let shown = branch.desk.show(case).unwrap();
    let [requester] = shown.requesters.as_slice() else { panic!("{:?}", shown.requesters) };
    assert_eq!(requester.who(), "高崎製作所（987654321）");
    assert_eq!(requester.account, "0001-001 当座 0123456");
    let view = printed(&branch);
    assert!(view.tasks.iter().all(|task| task.submitter == "高崎製作所（987654321）"));
    for by in ["check001", "manage01"] {
        branch.vote(case, by, VoteKind::Approve);
    }
    branch.desk.dispatch_all().unwrap();
    for paper in [format!("{case}_receipt.pdf"), format!("{receipt}_fax_slip.pdf")] {
        let text = super::forms::text_of(&branch.shelf.bytes(&format!("fax/001/{paper}")));
        for part in ["高崎製作所（987654321） 0001-001 当座 0123456", "受付店"] {
            assert!(text.contains(part), "{part} is missing on {paper}:\n{text}");
        }
    }
    // What a customer hands in is the customer's own.
    let branch = Branch::staffed(Setup::default());
    let own = branch.waiting("a.csv", 1..=2);
    assert_eq!(branch.desk.show(own).unwrap().requesters, []);
}

//! What came on paper stays in sight: what is to be done after the approval holds nothing up, has
//! an owner and a date, and is found in a register.

use kessai::domain::{CaseId, Person, Timestamp};
use kessai::render::daily::IncidentKind;
use kessai::service::{ExceptionTold, MeetError, ObligationTold};
use kessai::workflow::{Status, VoteKind};

use super::branch::Branch;
use super::constructs::enter;
use super::keying::{CUSTOMER, amounts, branch, case_of, faxed, form, person};
use crate::story::at;

/// A form of a customer that came by FAX and was keyed in; its case.
fn keyed_in(branch: &Branch) -> CaseId {
    let code = form(branch).codes.remove(0);
    let receipt = faxed(branch, "fax.tif", &format!("PAPER 1 QR {code}"));
    amounts(branch, receipt, &["1000", "1000"]);
    case_of(receipt)
}

/// Its papers are made sure of, and two people approve.
fn approved(branch: &Branch) -> CaseId {
    let case = keyed_in(branch);
    enter(branch, case, "clerk003", &[("seal", "ok")]).unwrap();
    branch.vote(case, "check001", VoteKind::Approve);
    branch.vote(case, "manage01", VoteKind::Approve);
    branch.desk.dispatch_all().unwrap();
    case
}

fn only(branch: &Branch, by: &str) -> ExceptionTold {
    let mut all = branch.desk.exceptions(&person(branch, by));
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn owed(branch: &Branch, by: &str) -> ObligationTold {
    only(branch, by).obligations.remove(0)
}

fn late(branch: &Branch, person: &Person) -> usize {
    let all = branch.desk.incidents_for(person);
    all.iter().filter(|one| one.what == "原本の徴求の期限を過ぎています").count()
}

#[test]
fn what_is_to_be_done_after_the_approval_holds_nothing_up_and_ages_until_it_is_done() {
    let waiting = branch();
    keyed_in(&waiting);
    assert_eq!(only(&waiting, "clerk001").obligations, [], "nothing before the approval");
    let branch = branch();
    let case = approved(&branch);
    let status = branch.store.case(case).unwrap().head.status;
    assert_eq!(status, Status::Completed, "it was sent on with the original still to come");
    let (clerk, checker) = (person(&branch, "clerk001"), person(&branch, "check001"));
    let open = owed(&branch, "clerk001");
    assert_eq!((&*open.title, open.due, open.mine), ("原本の徴求", at(8, 15, 0), true));
    assert_eq!((open.days_late, &open.met), (0, &None));
    assert!(!owed(&branch, "check001").mine, "it is the clerks'");
    assert_eq!(late(&branch, &clerk), 0);
    branch.clock.forward(10 * 24 * 3_600_000);
    assert_eq!(owed(&branch, "clerk001").days_late, 3);
    assert_eq!(late(&branch, &clerk), 1, "it is told where everybody looks");
    let daily = branch.desk.daily_reports(branch.desk.clock.now().date()).unwrap();
    let told: Vec<_> = daily.iter().flat_map(|page| &page.incidents).collect();
    assert!(told.iter().any(|one| one.kind == IncidentKind::Obligation), "{told:?}");
    let meet = |by: &Person, id: &str, note: &str| branch.desk.meet(by, (case, id), note);
    assert_eq!(meet(&checker, "original", "受領"), Err(MeetError::NotYours));
    assert_eq!(meet(&clerk, "seal", "受領"), Err(MeetError::Unknown));
    assert_eq!(meet(&clerk, "original", "  "), Err(MeetError::Note));
    assert_eq!(meet(&clerk, "original", &"長".repeat(201)), Err(MeetError::Note));
    let customer = person(&branch, "sato0001");
    assert_eq!(meet(&customer, "original", "受領"), Err(MeetError::Unknown));
    assert!(branch.desk.exceptions(&customer).is_empty(), "for customers there is none");
    assert_eq!(meet(&clerk, "original", " 郵送で受領 "), Ok(()));
    assert_eq!(meet(&clerk, "original", "受領"), Err(MeetError::Done));
    let (by, when, note) = owed(&branch, "clerk001").met.unwrap();
    assert_eq!((&*by, when, &*note), ("clerk001さん", at(11, 9, 0), "郵送で受領"));
    assert_eq!((owed(&branch, "clerk001").days_late, late(&branch, &clerk)), (0, 0));
}

#[test]
fn the_register_tells_of_each_paper_when_it_came_why_and_who_had_a_hand_in_it() {
    let mut branch = branch();
    branch.enrol(&[CUSTOMER]);
    let case = approved(&branch);
    let one = only(&branch, "clerk001");
    assert_eq!((one.case, one.received), (case, at(1, 9, 0)));
    assert_eq!((&*one.customer, one.status), ("高崎製作所", "承認済み"));
    assert_eq!(one.made_sure, ["届出印の照合 「一致した」"]);
    assert_eq!(
        (one.readers, one.approvers),
        (
            vec!["clerk001さん".to_owned(), "clerk002さん".to_owned()],
            vec!["check001さん".to_owned(), "manage01さん".to_owned()],
        )
    );
    branch.desk.meet(&person(&branch, "clerk001"), (case, "original"), "=受領").unwrap();
    let csv = ExceptionTold::csv(&branch.desk.exceptions(&person(&branch, "clerk001")));
    let line = csv.lines().nth(1).unwrap();
    let parts = [
        &*case.to_string(),
        "2026-12-01 09:00:00",
        "高崎製作所",
        "原本の徴求",
        "2026-12-08 15:00:00",
    ];
    for part in parts {
        assert!(line.contains(part), "{part} is not in {line}");
    }
    assert!(!line.contains(",=受領"), "no formula for a spreadsheet: {line}");
    // What was done outlasts a stop.
    branch.restart();
    assert!(owed(&branch, "clerk001").met.is_some());
}

#[test]
fn what_was_not_approved_obliges_to_nothing() {
    let branch = branch();
    let case = keyed_in(&branch);
    enter(&branch, case, "clerk003", &[("seal", "ng")]).unwrap();
    let one = only(&branch, "clerk001");
    assert_eq!((one.status, one.obligations), ("差戻し", Vec::new()));
    let far = Timestamp::from_ms(at(1, 9, 0).ms() + 60 * 24 * 3_600_000);
    branch.clock.forward(far.ms() - at(1, 9, 0).ms());
    assert_eq!(late(&branch, &person(&branch, "clerk001")), 0);
}

//! The clock of what a flow promises: it runs with the bank and stands with the customer.

use super::script::{Asked, PLAIN, Script, act, approve, at, customer, enter, script, send_to};
use crate::domain::Timestamp;
use crate::workflow::{Deed, SlaClock, Status, load_definition};

/// The plain flow with a promise and a question to the customer.
fn promised() -> String {
    PLAIN
        .replace("\nsteps:", "\nsla: {target: 8bh, pause_in: [customer, ask]}\n\nsteps:")
        .replace(
            "    overdue: hold ",
            "    return_to: {targets: [submitter, ask], resume: returner}\n    overdue: hold ",
        )
        .replace(
            "  - end: done",
            "  - end: done\n  - task: ask\n    title: 照会\n    who: submitter\n    \
             form: {answer: {label: ご回答, type: text}}\n  - end: over\n    \
             outcome: returned",
        )
}

/// On 1 December at 9:00 the customer is asked to approve; the bank has it from 13:00.
fn with_the_bank() -> Script {
    let mut opened = script(&promised()).given(&[Asked::Open]);
    opened.people.push(customer("tana0001"));
    opened.at(at(1, 13, 0)).given(&[approve("sato0001")])
}

fn clock(script: &Script) -> SlaClock {
    script.case.head.clock().unwrap()
}

fn until(script: &Script) -> Timestamp {
    clock(script).target
}

#[test]
fn the_clock_runs_from_the_opening_and_not_while_the_customer_approves() {
    let opened = script(&promised()).given(&[Asked::Open]);
    let stands =
        SlaClock { started: at(1, 9, 0), target: at(1, 17, 0), stopped: Some(at(1, 9, 0)) };
    assert_eq!(clock(&opened), stands);
    let runs = with_the_bank();
    let later = SlaClock { target: at(2, 13, 0), stopped: None, ..stands };
    assert_eq!(clock(&runs), later, "four of eight hours passed with the customer");
}

#[test]
fn a_question_and_a_return_stop_it_until_the_answer() {
    let asked = with_the_bank().at(at(1, 15, 0)).given(&[send_to("check001", "ask")]);
    assert_eq!(clock(&asked).stopped, Some(at(1, 15, 0)));
    let answered = asked.at(at(2, 10, 0)).given(&[enter("tana0001", "answer=はい")]);
    assert_eq!(until(&answered), at(2, 16, 0), "three opening hours later");
    let back = answered.at(at(2, 11, 0)).given(&[send_to("check001", "submitter")]);
    let again = back.at(at(2, 12, 0)).given(&[act("mori0001", Deed::Resubmit)]);
    assert_eq!(until(&again), at(2, 17, 0));
}

#[test]
fn a_hold_by_the_bank_does_not_stop_it_and_nothing_is_decided_when_it_has_run_out() {
    let held = with_the_bank().given(&[act("check001", Deed::Hold)]);
    assert_eq!(clock(&held).stopped, None);
    let late = held.at(at(2, 14, 0)).given(&[Asked::Tick]);
    assert_eq!(late.case.head.status, Status::Held);
    assert!(clock(&late).is_missed(late.now));
}

#[test]
fn it_stops_for_good_at_the_end() {
    let done = with_the_bank().at(at(1, 14, 0)).given(&[approve("check001"), approve("manage01")]);
    assert_eq!(clock(&done).stopped, Some(at(1, 14, 0)));
    assert!(!clock(&done).is_missed(at(31, 9, 0)));
}

#[test]
fn a_promise_is_read_and_its_mistakes_are_told() {
    let wrong = promised().replace("8bh, pause_in: [customer,", "soon, pause_in: [register,");
    let told = load_definition("flow.yaml", &wrong).unwrap_err();
    let told: Vec<&str> = told.iter().map(|one| one.en.as_str()).collect();
    assert_eq!(
        told,
        [
            "cannot read `soon`; write 5bd or 8bh",
            "unknown step that waits `register`; customer, desk, ask",
        ]
    );
    assert!(load_definition("flow.yaml", &promised()).unwrap().sla.is_some());
}

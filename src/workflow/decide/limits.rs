//! Deadlines counted from a date of the case, one sentence each.

use super::script::{Asked, PLAIN, Script, approve, at, enter, script};
use crate::domain::{Date, Timestamp};
use crate::workflow::expr::Value;
use crate::workflow::load_definition;

const DUE: &str = "due: 1bd@15:00 ";

/// The plain flow with another deadline of the desk's step, at the desk.
fn at_the_desk(due: &str, gathered: &[(&str, Date)]) -> Script {
    assert!(PLAIN.contains(DUE));
    let mut script = script(&PLAIN.replace(DUE, &format!("due: {due} ")));
    let named = gathered.iter().map(|(name, date)| ((*name).to_owned(), Value::Date(*date)));
    script.gathered = named.collect();
    script.given(&[Asked::Open, approve("sato0001")])
}

fn december(day: u32) -> Date {
    Date::new(2026, 12, day).unwrap()
}

#[test]
fn a_deadline_is_counted_from_a_date_of_the_case() {
    let due = |text: &str| at_the_desk(text, &[("earliest_due", december(7))]).case.head.due;
    assert_eq!(due("{by: earliest_due, offset: -3bd@15:00}"), Some(at(2, 15, 0)));
    assert_eq!(due("{by: record_date, offset: -1bd@11:30}"), Some(at(2, 11, 30)));
    let approval = at(3, 15, 0);
    assert_eq!(due("{by: record_date, offset: +1bd@10:00}"), Some(approval), "the earlier one");
    assert_eq!(due("{by: latest_due, offset: -3bd@15:00}"), Some(approval), "the case has none");
}

#[test]
fn a_deadline_that_lies_in_the_past_is_over_at_once_and_nothing_is_approved() {
    let late = at_the_desk("{by: record_date, offset: -3bd@15:00}", &[]);
    assert_eq!(late.case.head.due, Some(Timestamp::tokyo(Date::new(2026, 11, 30).unwrap(), 15, 0)));
    late.when(&Asked::Tick).then(&["overdue"], &[]);
}

#[test]
fn a_flow_asks_the_rows_for_the_dates_its_deadlines_count_from() {
    let flow = PLAIN.replace(DUE, "due: {by: latest_due, offset: -3bd@15:00} ");
    let flow = load_definition("flow.yaml", &flow).unwrap();
    assert!(flow.asks().contains("latest_due"));
}

#[test]
fn a_date_there_is_not_and_an_offset_that_is_none_are_told_together() {
    let flow = PLAIN.replace(DUE, "due: {by: record_dat, offset: 3 days} ");
    let mistakes = load_definition("flow.yaml", &flow).unwrap_err();
    let said: Vec<&str> = mistakes.iter().map(|one| one.en.as_str()).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("did you mean `record_date`"), "{said:?}");
    assert!(said[1].contains("-3bd@15:00"), "{said:?}");
}

#[test]
fn a_deadline_may_count_from_a_date_somebody_filled_in_before() {
    let flow = PLAIN
        .replace(
            "  - check: validate ",
            "  - task: key_in\n    who: checker\n    form: {day: {label: 期日, type: date}}\n    \
             due: {by: record_date, offset: -1bd@10:00}\n    overdue: hold\n  - check: validate ",
        )
        .replace(DUE, "due: {by: key_in.day, offset: -1bd@12:00} ");
    let keyed = script(&flow).given(&[Asked::Open]);
    assert_eq!(keyed.case.head.due, Some(at(2, 10, 0)), "of a task");
    let desk = keyed.given(&[enter("check001", "day=2026-12-03"), approve("sato0001")]);
    assert_eq!(desk.case.head.due, Some(at(2, 12, 0)));
}

//! Cases that can and cannot be staffed, one sentence each.

use super::{Days, staffing};
use crate::domain::{Date, Person, Presence, Stead};
use crate::workflow::decide::{Asked, PLAIN, Script, approve, everybody, script};
use crate::workflow::{ApprovalDeadline, Shortfall};

/// The case before the desk: the customer has approved on 1 December, due on the 2nd at 15:00.
fn at_the_desk() -> Script {
    script(PLAIN).given(&[Asked::Open, approve("sato0001")])
}

fn away(people: &mut [Person], ids: &[&str]) {
    for person in people.iter_mut().filter(|person| ids.contains(&person.id.as_str())) {
        person.today.presence = Presence::Away;
    }
}

/// 1, 2 and 3 December with those who are away on each.
fn days(people: &[Person], absent: [&[&str]; 3]) -> Days {
    let one = |(day, ids): (u32, &[&str])| {
        let mut people = people.to_vec();
        away(&mut people, ids);
        (Date::new(2026, 12, day).unwrap(), people)
    };
    (1..=3).zip(absent).map(one).collect()
}

fn judged(script: &Script, days: &Days) -> Option<Shortfall> {
    let facts = (script.now, ApprovalDeadline::default());
    staffing(&script.case, &script.definition, days, facts)
}

#[test]
fn a_case_with_a_checker_and_a_manager_on_any_day_is_staffed() {
    let case = at_the_desk();
    let all = days(&everybody(), [&[], &[], &[]]);
    assert_eq!(judged(&case, &all), None);
    let one_day = days(&everybody(), [&["manage01", "manage02"], &["check001"], &[]]);
    assert_eq!(judged(&case, &one_day), None);
}

#[test]
fn the_order_of_the_seats_counts_over_the_days() {
    let case = at_the_desk();
    let managers_first = days(
        &everybody(),
        [&["check001", "check002"], &["manage01", "manage02"], &["manage01", "manage02"]],
    );
    let found = judged(&case, &managers_first).unwrap();
    assert_eq!(
        found.japanese("本店営業部"),
        "12/2 は本店営業部で決裁者がいません。順序ありダブル承認が成立しません。"
    );
    let checkers_first =
        days(&everybody(), [&["manage01", "manage02"], &["check001", "check002"], &[]]);
    assert_eq!(judged(&case, &checkers_first), None);
}

#[test]
fn who_is_there_after_the_deadline_does_not_help() {
    let none = ["check001", "check002", "manage01", "manage02"];
    let too_late = days(&everybody(), [&none, &none, &[]]);
    assert!(judged(&at_the_desk(), &too_late).is_some());
}

#[test]
fn one_human_with_both_roles_is_one_and_the_sentence_says_so() {
    let mut people = everybody();
    people.truncate(3);
    people[2].roles = vec!["checker".to_owned(), "manager".to_owned()];
    let found = judged(&at_the_desk(), &days(&people, [&[], &[], &[]])).unwrap();
    assert_eq!(
        found.japanese("本店営業部"),
        "12/2 は本店営業部で照査者が1名、決裁者が1名のみです（合わせて1名、必要は2名）。\
         順序ありダブル承認が成立しません。"
    );
}

#[test]
fn a_delegate_helps_and_counts_for_both() {
    let gone = ["manage01", "manage02"];
    let mut people = everybody();
    let principal = people[4].clone();
    people[3].stands_for = vec![Stead { principal, max: None, flows: Vec::new() }];
    assert_eq!(judged(&at_the_desk(), &days(&people, [&gone, &gone, &gone])), None);
    // The only checker who is there cannot stand for the manager besides.
    let gone = ["manage01", "manage02", "check001"];
    assert!(judged(&at_the_desk(), &days(&people, [&gone, &gone, &gone])).is_some());
}

#[test]
fn a_step_to_come_is_looked_at_too() {
    let waits = script(PLAIN).given(&[Asked::Open]);
    let gone = ["manage01", "manage02"];
    let found = judged(&waits, &days(&everybody(), [&gone, &gone, &gone])).unwrap();
    assert_eq!(found.step, 2);
    assert_eq!(found.days.len(), 3, "the approval deadline is on the 3rd");
}

#[test]
fn joined_ids_are_one_human_who_is_there() {
    let mut people = everybody();
    let (one, other) = (people[2].id.clone(), people[4].id.clone());
    people[2].today.also = vec![other];
    people[4].today.also = vec![one];
    people.remove(5);
    people.remove(3);
    let found = judged(&at_the_desk(), &days(&people, [&[], &[], &[]])).unwrap();
    let told = found.japanese("本店営業部");
    assert!(told.contains("（合わせて1名、必要は2名）"), "{told}");
}

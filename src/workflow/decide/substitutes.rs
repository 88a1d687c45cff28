//! Seats filled in place of people who are all away, and read afterwards, one sentence each.

use super::script::{Asked, PLAIN, Script, act, approve, at, desk, everybody, script};
use crate::domain::{Presence, YenTotal};
use crate::workflow::{Deed, Refusal, Status, load_definition};

const RULE: &str = "substitute: {allow: [checker], max: 6_000_000, post_review: manager}";

/// The plain flow, in which a checker may fill the manager's seat in place.
fn with_rule(rule: &str) -> String {
    let flow =
        PLAIN.replace("    overdue: hold ", &format!("    overdue: hold\n    {rule}\n    #"));
    assert_ne!(flow, PLAIN);
    flow
}

/// The case before the manager's seat, with both managers away.
fn without_managers() -> Script {
    let mut people = everybody();
    for manager in people.iter_mut().filter(|person| person.has("manager")) {
        manager.today.presence = Presence::Away;
    }
    let script = script(&with_rule(RULE)).with_people(people);
    script.given(&[Asked::Open, approve("sato0001"), approve("check001")])
}

#[test]
fn when_all_of_a_seat_are_away_another_fills_it_and_it_is_read_afterwards() {
    let mut done = without_managers().when(&approve("check002")).then(
        &["Approve on 2.1 by check002", "in place, by check002", "emitted 3", "ended Completed"],
        &["review/2.1.4/manage01", "review/2.1.4/manage02", "clearing", "receipt", "mail/approved"],
    );
    let head = &done.case.head;
    assert!(head.is_substituted(&head.votes[2]) && !head.is_substituted(&head.votes[1]));
    assert_eq!(head.open_reviews().count(), 1);
    // Whoever did it, and whoever is no manager, reads nothing of it.
    done.people[3].roles.push("manager".to_owned());
    done = done
        .when(&act("check002", Deed::Review))
        .refused(&Refusal::NothingToReview)
        .when(&act("check001", Deed::Review))
        .refused(&Refusal::NothingToReview);
    let read = done.at(at(9, 9, 0)).when(&act("manage01", Deed::Review));
    let read = read.then(&["Review by manage01"], &[]);
    assert_eq!(read.case.head.status, Status::Completed);
    assert_eq!(read.case.head.open_reviews().count(), 0);
    read.when(&act("manage02", Deed::Review)).refused(&Refusal::NothingToReview);
}

#[test]
fn while_one_of_them_is_there_nobody_fills_the_seat_in_place() {
    let mut script = without_managers();
    script.people[5].today.presence = Presence::Here;
    script.when(&approve("check002")).refused(&Refusal::NotYourSeat).given(&[approve("manage02")]);
}

#[test]
fn above_the_limit_nobody_fills_the_seat_in_place() {
    let mut script = without_managers();
    script.case.head.scope.total = YenTotal::new(6_000_001);
    script.when(&approve("check002")).refused(&Refusal::NotYourSeat);
}

#[test]
fn who_signed_already_fills_no_second_seat_in_place() {
    without_managers().when(&approve("check001")).refused(&Refusal::AlreadyDecided);
}

#[test]
fn who_may_fill_the_seat_in_place_is_asked_when_it_opens() {
    let mut people = everybody();
    people.push(desk("check003", "checker"));
    for manager in people.iter_mut().filter(|person| person.has("manager")) {
        manager.today.presence = Presence::Away;
    }
    script(&with_rule(RULE))
        .with_people(people)
        .given(&[Asked::Open, approve("sato0001")])
        .when(&approve("check001"))
        .then(
            &[
                "Approve on 2.0 by check001",
                "entered 2 until 2026-12-02 15:00:00 asking check002 manage01 manage02 check003",
            ],
            &[
                "request/2.1/check002",
                "request/2.1/manage01",
                "request/2.1/manage02",
                "request/2.1/check003",
            ],
        );
}

#[test]
fn a_rule_without_limit_or_with_people_of_another_place_is_a_mistake() {
    let found = |rule: &str| {
        let mistakes = load_definition("flow.yaml", &with_rule(rule)).unwrap_err();
        mistakes.into_iter().map(|one| (one.line, one.en)).collect::<Vec<_>>()
    };
    let customer = "{authority: approve, at: submitter}";
    let other = RULE.replace("[checker]", &format!("[{customer}]"));
    assert_eq!(
        found(&other),
        [(36, "these people must belong where the seats of this step are".to_owned())]
    );
    assert_eq!(found("substitute: {allow: [checker], post_review: manager}").len(), 1);
    assert_eq!(found("substitute: {allow: [], max: 1, post_review: manager}").len(), 1);
    assert_eq!(found(&RULE.replace("6_000_000", "6百万")).len(), 1);
}

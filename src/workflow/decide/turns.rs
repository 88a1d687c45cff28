//! Send-backs, withdrawals, holds, hand-overs, reminders and escalations, one sentence each.

use super::script::{
    Asked, PLAIN, Script, act, approve, at, desk, everybody, reject, script, send_back, send_to,
};
use crate::domain::{BranchCode, Organisation, Stead, UserId, YenTotal};
use crate::workflow::expr::Value;
use crate::workflow::{Deed, Refusal, Status, VoteKind, load_with_tables};

/// The plain flow with what the desk's step is given besides.
fn with_desk(lines: &str) -> Script {
    let flow = PLAIN.replace("    overdue: hold ", &format!("    overdue: hold\n{lines}\n    #"));
    assert_ne!(flow, PLAIN);
    script(&flow)
}

const RETURNER: &str = "    return_to: {targets: [submitter, customer, checker], resume: returner}";
const RESTART: &str = "    return_to: {targets: [submitter, customer, checker], resume: restart}";

fn customer_place() -> Organisation {
    everybody()[0].organisation
}

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

/// The case as the desk's second seat has it: the customer and the checker have approved.
fn at_the_manager(lines: &str) -> Script {
    with_desk(lines).given(&[Asked::Open, approve("sato0001"), approve("check001")])
}

#[test]
fn what_was_sent_back_comes_again_to_whoever_sent_it_back() {
    let done = at_the_manager(RETURNER)
        .when(&send_to("manage01", "submitter"))
        .then(
            &["Return on 2.1 by manage01", "sent back to Submitter until 2026-12-03 15:00:00"],
            &["mail/sent_back/4"],
        )
        .when(&approve("manage01"))
        .refused(&Refusal::NotWaiting(Status::SentBack))
        .when(&act("check002", Deed::Resubmit))
        .refused(&Refusal::NotTheSubmitter)
        .when(&act("mori0001", Deed::Resubmit))
        .then(
            &[
                "Resubmit by mori0001",
                "entered 2 until 2026-12-02 15:00:00 asking manage01 manage02",
            ],
            &["round/2.1.5/manage01", "round/2.1.5/manage02"],
        )
        .when(&approve("manage01"))
        .then(
            &["Approve on 2.1 by manage01", "emitted 3", "ended Completed"],
            &["clearing", "receipt", "mail/approved"],
        );
    assert_eq!(done.case.head.votes.len(), 3);
    assert_eq!(done.case.head.aside.as_ref().unwrap().past.len(), 1, "the return is remembered");
}

#[test]
fn a_restart_asks_everybody_anew() {
    let again = at_the_manager(RESTART)
        .given(&[send_to("manage01", "submitter")])
        .when(&act("mori0001", Deed::Resubmit))
        .then(
            &[
                "Resubmit by mori0001",
                "entered 1 until 2026-12-03 15:00:00 asking sato0001 mori0001",
            ],
            &["round/1.0.5/sato0001", "round/1.0.5/mori0001"],
        );
    assert_eq!(again.case.head.votes, []);
    let done = again.given(&[approve("sato0001"), approve("check001"), approve("manage01")]);
    assert_eq!(done.case.head.status, Status::Completed);
}

#[test]
fn the_manager_may_send_back_to_the_checker_who_then_signs_anew() {
    at_the_manager(RETURNER)
        .when(&send_to("manage02", "desk"))
        .then(
            &[
                "Return on 2.1 by manage02",
                "sent back to Seat { step: 2, seat: 0 } until 2026-12-03 15:00:00",
                "entered 2 until 2026-12-02 15:00:00 asking check001 check002",
            ],
            &["round/2.0.4/check001", "round/2.0.4/check002"],
        )
        .when(&approve("manage02"))
        .refused(&Refusal::NotYourSeat)
        .given(&[approve("check001")])
        .when(&approve("manage02"))
        .then(
            &["Approve on 2.1 by manage02", "emitted 3", "ended Completed"],
            &["clearing", "receipt", "mail/approved"],
        );
}

#[test]
fn a_case_sent_back_to_an_earlier_step_skips_what_still_counts() {
    at_the_manager(RETURNER)
        .given(&[send_to("manage01", "customer")])
        .when(&approve("mori0001"))
        .then(
            &[
                "Approve on 1.0 by mori0001",
                "entered 2 until 2026-12-02 15:00:00 asking manage01 manage02",
            ],
            &["round/2.1.5/manage01", "round/2.1.5/manage02", "decision/1.0.5/sato0001"],
        );
}

#[test]
fn a_place_the_flow_does_not_name_is_refused() {
    at_the_manager(RETURNER)
        .when(&send_to("manage01", "close"))
        .refused(&Refusal::NoSuchTarget("close".to_owned()));
}

#[test]
fn a_step_that_is_not_for_this_case_is_no_place_to_send_it_to() {
    let mut branch = with_desk(RETURNER);
    let file = std::sync::Arc::make_mut(&mut branch.case.file);
    (file.channel, file.submitter) = ("branches".to_owned(), "001".to_owned());
    branch
        .given(&[Asked::Open, approve("check001")])
        .when(&send_to("manage01", "customer"))
        .refused(&Refusal::NoSuchTarget("customer".to_owned()));
}

#[test]
fn after_ten_rounds_only_a_decision_helps() {
    let mut case = at_the_manager(RETURNER);
    for _ in 0..10 {
        case = case.given(&[send_to("manage01", "submitter"), act("mori0001", Deed::Resubmit)]);
    }
    case.when(&send_to("manage01", "submitter"))
        .refused(&Refusal::TooManyRounds(10))
        .given(&[reject("manage01", "話し合いが必要です")]);
}

#[test]
fn what_is_never_handed_in_again_ends_as_returned() {
    let back = at_the_manager(RETURNER).given(&[send_to("manage01", "submitter")]);
    back.at(at(3, 15, 0)).when(&Asked::Tick).then(&["ended Returned"], &["mail/returned"]);
}

#[test]
fn the_submitter_takes_a_case_back_until_somebody_has_decided_in_the_step() {
    script(PLAIN)
        .given(&[Asked::Open, approve("sato0001")])
        .when(&act("check001", Deed::Withdraw))
        .refused(&Refusal::NotTheSubmitter)
        .when(&act("mori0001", Deed::Withdraw))
        .then(&["Withdraw by mori0001", "ended Withdrawn"], &["mail/withdrawn"])
        .when(&approve("check001"))
        .refused(&Refusal::NotWaiting(Status::Withdrawn));
    script(PLAIN)
        .given(&[Asked::Open, approve("sato0001"), approve("check001")])
        .when(&act("mori0001", Deed::Withdraw))
        .refused(&Refusal::TooLateToWithdraw);
    with_desk("    withdraw: never")
        .given(&[Asked::Open, approve("sato0001")])
        .when(&act("mori0001", Deed::Withdraw))
        .refused(&Refusal::TooLateToWithdraw);
}

#[test]
fn what_was_sent_back_may_always_be_taken_back() {
    let back = at_the_manager(RETURNER).given(&[send_to("manage01", "submitter")]);
    let gone = back.given(&[act("sato0001", Deed::Withdraw)]);
    assert_eq!(gone.case.head.status, Status::Withdrawn);
}

#[test]
fn a_case_on_hold_waits_until_it_is_released_and_its_deadline_goes_on() {
    let held = script(PLAIN)
        .given(&[Asked::Open, approve("sato0001")])
        .when(&act("manage01", Deed::Hold))
        .refused(&Refusal::NotYourSeat)
        .when(&act("check001", Deed::Hold))
        .then(&["Hold by check001"], &[])
        .when(&approve("check002"))
        .refused(&Refusal::NotWaiting(Status::Held));
    let released = held.given(&[act("check002", Deed::Release), approve("check002")]);
    assert_eq!(released.case.head.status, Status::Active);
    let held = released.given(&[act("manage01", Deed::Hold)]).at(at(2, 15, 0));
    let late = held.given(&[Asked::Tick]);
    assert_eq!(late.case.head.status, Status::Overdue);
}

#[test]
fn a_seat_handed_to_one_person_is_closed_to_the_others() {
    let assigned = script(PLAIN)
        .given(&[Asked::Open, approve("sato0001")])
        .when(&act("check001", Deed::Assign(user("manage01"))))
        .refused(&Refusal::CannotFill(user("manage01")))
        .when(&act("check001", Deed::Assign(user("check002"))))
        .then(&[r#"Assign(UserId("check002")) by check001"#], &["assignment/2.0.3/check002"])
        .when(&approve("check001"))
        .refused(&Refusal::AssignedTo(user("check002")));
    let back = assigned.given(&[act("check001", Deed::Assign(user("check001")))]);
    back.given(&[approve("check001")]).when(&approve("manage02")).then(
        &["Approve on 2.1 by manage02", "emitted 3", "ended Completed"],
        &["clearing", "receipt", "mail/approved"],
    );
}

#[test]
fn somebody_asked_for_advice_gets_a_mail_and_nothing_else_changes() {
    let before = script(PLAIN).given(&[Asked::Open, approve("sato0001")]);
    let seen = before.command(&approve("check002"));
    let after = before
        .when(&act("check001", Deed::Consult(user("manage01"))))
        .then(&[r#"Consult(UserId("manage01")) by check001"#], &["consult/3/manage01"]);
    assert!(after.decide(&seen.0, seen.1.as_ref()).is_ok(), "open pages stay good");
}

#[test]
fn whoever_has_an_interest_takes_no_part_and_the_seat_is_for_others() {
    let abstain =
        |by| Asked::Vote {
            by, kind: VoteKind::Abstain, reason: "債務者は親族の会社です"
        };
    script(PLAIN)
        .given(&[Asked::Open, approve("sato0001")])
        .when(&abstain("check001"))
        .then(&["Abstain on 2.0 by check001"], &[])
        .when(&approve("check001"))
        .refused(&Refusal::AlreadyDecided)
        .when(&abstain("check002"))
        .then(&["Abstain on 2.0 by check002", "nobody for 2 until 2026-12-02 15:00:00"], &[]);
}

#[test]
fn who_stands_for_an_absent_person_decides_for_both() {
    let mut people = everybody();
    let principal = people[2].clone();
    let mut stand_in = desk("other001", "teller");
    let max = Some(YenTotal::new(6_000_000));
    stand_in.stands_for = vec![Stead { principal, max, flows: Vec::new() }];
    people.push(stand_in);
    let acted = script(PLAIN)
        .with_people(people)
        .given(&[Asked::Open, approve("sato0001")])
        .when(&approve("other001"))
        .then(
            &[
                "Approve on 2.0 by other001",
                "for check001",
                "entered 2 until 2026-12-02 15:00:00 asking manage01 manage02",
            ],
            &["request/2.1/manage01", "request/2.1/manage02"],
        );
    assert_eq!(acted.case.head.principal(2, 0).unwrap().principal, user("check001"));
    // The one stood for has decided, too: no other seat is theirs.
    let mut both = acted;
    both.people[2].roles.push("manager".to_owned());
    both.when(&approve("check001")).refused(&Refusal::AlreadyDecided);
}

#[test]
fn who_newly_may_fill_an_open_seat_is_told_and_nobody_else() {
    let before = everybody();
    let mut after = everybody();
    after[2].organisation = customer_place();
    after.push(desk("check003", "checker"));
    let told = script(PLAIN)
        .given(&[Asked::Open, approve("sato0001")])
        .with_people(after)
        .when(&Asked::PeopleWere(before.clone()))
        .then(&["restaffed asking check003, handed to None"], &["handover/2.0.3/check003"]);
    let same = told.people.clone();
    told.when(&Asked::PeopleWere(same)).then(&[], &[]);

    // A seat that was handed to somebody who left is open to all again.
    let handed = act("check001", Deed::Assign(user("check002")));
    let mut after = everybody();
    after.remove(3);
    script(PLAIN)
        .given(&[Asked::Open, approve("sato0001"), handed])
        .with_people(after)
        .when(&Asked::PeopleWere(before.clone()))
        .then(&["restaffed asking check001, handed to None"], &["handover/2.0.4/check001"])
        .given(&[approve("check001")]);

    let mut after = everybody();
    after.retain(|person| !person.has("checker"));
    script(PLAIN)
        .given(&[Asked::Open, approve("sato0001")])
        .with_people(after)
        .when(&Asked::PeopleWere(before))
        .then(&["nobody for 2 until 2026-12-02 15:00:00"], &[]);
}

#[test]
fn the_people_of_the_successor_fill_the_seats_at_a_merged_branch() {
    let mut people = everybody();
    for person in people.iter_mut().skip(2) {
        person.organisation = Organisation::Branch(BranchCode::parse("002").unwrap());
    }
    let script = script(PLAIN).with_people(people.clone());
    let alone = script.given(&[Asked::Open, approve("sato0001")]);
    assert_eq!(alone.case.head.status, Status::Incident);
    for person in people.iter_mut().skip(2) {
        person.today.succeeds = vec![BranchCode::parse("001").unwrap()];
    }
    let taken = alone.with_people(people).given(&[Asked::Tick]);
    let done = taken.given(&[approve("check001"), approve("manage01")]);
    assert_eq!(done.case.head.status, Status::Completed);
}

#[test]
fn a_delegation_covers_no_more_than_its_amount() {
    let mut people = vec![desk("check001", "checker"), desk("other001", "teller")];
    let max = Some(YenTotal::new(5_999_999));
    people[1].stands_for = vec![Stead { principal: people[0].clone(), max, flows: Vec::new() }];
    people.extend(everybody().into_iter().take(2));
    script(PLAIN)
        .with_people(people)
        .given(&[Asked::Open, approve("sato0001")])
        .when(&approve("other001"))
        .refused(&Refusal::NotYourSeat);
}

const PATIENCE: &str = "    remind: [-2bh, {every: 1bh, max: 2}]\n    \
                        escalate: [{after: 1bd@12:00, add: manager}]";

#[test]
fn reminders_and_escalations_come_at_their_times_and_approve_nothing() {
    let waits = with_desk(PATIENCE)
        .given(&[Asked::Open])
        .when(&approve("sato0001"))
        .then(
            &[
                "Approve on 1.0 by sato0001",
                "entered 2 until 2026-12-02 15:00:00 asking check001 check002",
                "timer at 2026-12-02 12:00:00",
            ],
            &["request/2.0/check001", "request/2.0/check002", "decision/1.0.2/mori0001"],
        )
        .at(at(2, 11, 59))
        .when(&Asked::Tick)
        .then(&[], &[]);
    let escalated = waits.at(at(2, 12, 0)).when(&Asked::Tick).then(
        &["timers fired 1, escalated 1"],
        &["escalation/2.0.3/manage01", "escalation/2.0.3/manage02"],
    );
    let reminded = escalated.at(at(2, 13, 0)).when(&Asked::Tick).then(
        &["timers fired 2, escalated 1"],
        &[
            "reminder/2.0.4/check001",
            "reminder/2.0.4/check002",
            "reminder/2.0.4/manage01",
            "reminder/2.0.4/manage02",
        ],
    );
    let late = reminded.at(at(2, 15, 0)).when(&Asked::Tick).then(&["overdue"], &[]);
    let after_a_standstill = late.at(at(3, 9, 0)).when(&Asked::Tick);
    let done = after_a_standstill.then(
        &["timers fired 4, escalated 1"],
        &[
            "reminder/2.0.6/check001",
            "reminder/2.0.6/check002",
            "reminder/2.0.6/manage01",
            "reminder/2.0.6/manage02",
        ],
    );
    assert_eq!(done.case.head.wake(), None);
    // The manager may now fill the checker's seat, and another manager the second.
    let last = done.given(&[approve("manage01"), approve("manage02")]);
    assert_eq!(last.case.head.status, Status::Completed);
}

#[test]
fn an_escalation_comes_with_the_deadline_at_the_latest() {
    let waits = with_desk("    escalate: [{after: 1bd@12:00, add: manager}]")
        .given(&[Asked::Open])
        .at(at(3, 14, 0))
        .given(&[approve("sato0001")]);
    waits.at(at(3, 15, 0)).when(&Asked::Tick).then(
        &["timers fired 1, escalated 1", "overdue"],
        &["escalation/2.0.3/manage01", "escalation/2.0.3/manage02"],
    );
}

#[test]
fn an_escalation_never_puts_a_customers_person_into_a_seat_of_the_bank() {
    let line = "    escalate: [{after: 2bh, add: {authority: approve, at: submitter}}]";
    with_desk(line)
        .given(&[Asked::Open, approve("sato0001")])
        .at(at(1, 11, 0))
        .given(&[Asked::Tick])
        .when(&approve("mori0001"))
        .refused(&Refusal::NotYourSeat);
}

#[test]
fn an_escalation_may_take_the_seat_from_those_who_had_it() {
    with_desk("    escalate: [{after: 2bh, replace: manager}]")
        .given(&[Asked::Open, approve("sato0001")])
        .at(at(1, 11, 0))
        .given(&[Asked::Tick])
        .when(&approve("check001"))
        .refused(&Refusal::NotYourSeat)
        .given(&[approve("manage01")]);
}

fn routed(total: u64, largest: i64) -> Script {
    let flow = include_str!("../../../tests/it/data/flows/routed.yaml");
    let table = include_str!("../../../tests/it/data/flows/tables/kengen.csv");
    let tables = std::collections::BTreeMap::from([("kengen.csv".to_owned(), table.to_owned())]);
    let mut script = script(PLAIN);
    script.definition = load_with_tables("routed.yaml", flow, &tables).unwrap();
    script.case.head.scope.total = YenTotal::new(total);
    let mut people = everybody();
    people.extend(["head0001", "head0002", "head0003"].map(|id| desk(id, "hq")));
    script.gathered = vec![("largest".to_owned(), Value::Yen(largest))];
    script.with_people(people)
}

#[test]
fn a_table_decides_the_way_and_the_case_keeps_what_it_said() {
    let small = routed(9_999_999, 4_999_999).given(&[Asked::Open]).when(&approve("sato0001")).then(
        &[
            "Approve on 0.0 by sato0001",
            "table of 1 answers by line 2",
            "entered 2 until 2026-12-03 15:00:00 asking check001 check002",
        ],
        &["request/2.0/check001", "request/2.0/check002", "decision/0.0.2/mori0001"],
    );
    let done = small.given(&[approve("check001"), approve("manage01")]);
    assert_eq!(done.case.head.status, Status::Completed);

    let large = routed(9_999_999, 5_000_000).given(&[Asked::Open]);
    let large = large.when(&approve("sato0001")).then(
        &[
            "Approve on 0.0 by sato0001",
            "table of 1 answers by line 4",
            "entered 3 until 2026-12-03 15:00:00 asking head0001 head0002 head0003",
        ],
        &[
            "request/3.0/head0001",
            "request/3.0/head0002",
            "request/3.0/head0003",
            "decision/0.0.2/mori0001",
        ],
    );
    let done = large.given(&[approve("head0003"), approve("head0001"), approve("head0002")]);
    assert_eq!(done.case.head.status, Status::Completed);
}

#[test]
fn a_plain_return_still_ends_the_case() {
    let back = script(PLAIN).given(&[Asked::Open, send_back("sato0001", "金額違い")]);
    assert_eq!(back.case.head.status, Status::Returned);
}

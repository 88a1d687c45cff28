//! What a branch would argue about, one sentence each.

use std::sync::Arc;

use super::script::{
    Asked, PLAIN, approve, at, customer, desk, everybody, reject, script, send_back,
};
use crate::domain::{ApprovalPattern, Date, Digest, Timestamp, YenTotal};
use crate::workflow::{
    Action, Arrival, CommandId, Refusal, Status, VoteKind, Way, content_digest, load_definition,
};

const ACCRUAL: &str = include_str!("../../../workflows/accrual.yaml");
const ASSIGNMENT: &str = include_str!("../../../workflows/assignment.yaml");
/// The desk's step as shipped, with people who may sign in any order.
const ANY: &str = "
schema: 1
id: any
title: t
effective_from: 2026-04-01
steps:
  - approve: desk
    order: any
    need:
      - {who: {role: checker, at: desk}, n: 2, as: 照査}
  - emit: out
    effects: [clearing]
  - end: done
";

fn with_overdue(word: &str) -> String {
    PLAIN.replace("overdue: return", &format!("overdue: {word}"))
}

#[test]
fn a_file_goes_from_the_customer_over_two_people_at_the_desk_to_the_clearing_side() {
    let asked_at_desk = "entered 2 until 2026-12-02 15:00:00 asking check001 check002";
    script(PLAIN)
        .when(&Asked::Open)
        .then(
            &["entered 1 until 2026-12-03 15:00:00 asking sato0001 mori0001"],
            &["request/1.0/sato0001", "request/1.0/mori0001"],
        )
        .when(&approve("sato0001"))
        .then(
            &["Approve on 1.0 by sato0001", asked_at_desk],
            &["request/2.0/check001", "request/2.0/check002", "decision/1.0.2/mori0001"],
        )
        .when(&approve("check002"))
        .then(
            &[
                "Approve on 2.0 by check002",
                "entered 2 until 2026-12-02 15:00:00 asking manage01 manage02",
            ],
            &["request/2.1/manage01", "request/2.1/manage02"],
        )
        .when(&approve("manage01"))
        .then(
            &["Approve on 2.1 by manage01", "emitted 3", "ended Completed"],
            &["clearing", "receipt", "mail/approved"],
        )
        .when(&approve("manage02"))
        .refused(&Refusal::NotWaiting(Status::Completed));
}

#[test]
fn both_shipped_flows_need_two_people_at_the_desk() {
    for flow in [ACCRUAL, ASSIGNMENT] {
        let done = script(flow).given(&[
            Asked::Open,
            approve("mori0001"),
            approve("check001"),
            approve("manage02"),
        ]);
        assert_eq!(done.case.head.status, Status::Waiting, "for the institution's result");
        let recorded = done.given(&[super::script::arrive(Arrival::Ok, "center")]);
        assert_eq!(recorded.case.head.status, Status::Recorded);
    }
}

#[test]
fn paper_handed_in_at_the_branch_needs_no_approval_of_the_customer() {
    let mut branch = script(PLAIN);
    let file = Arc::make_mut(&mut branch.case.file);
    (file.channel, file.submitter) = ("branches".to_owned(), "001".to_owned());
    branch.when(&Asked::Open).then(
        &["entered 2 until 2026-12-02 15:00:00 asking check001 check002"],
        &["request/2.0/check001", "request/2.0/check002"],
    );
}

#[test]
fn a_contract_without_approval_goes_straight_to_the_desk() {
    let opened = script(PLAIN).pattern(ApprovalPattern::None).given(&[Asked::Open]);
    assert_eq!(opened.case.head.step, 2);
}

#[test]
fn a_contract_with_two_in_order_asks_both_and_then_the_other() {
    script(PLAIN)
        .pattern(ApprovalPattern::DoubleOrdered)
        .given(&[Asked::Open])
        .when(&approve("mori0001"))
        .then(
            &["Approve on 1.0 by mori0001", "entered 1 until 2026-12-03 15:00:00 asking sato0001"],
            &["request/1.1/sato0001"],
        )
        .when(&approve("sato0001"))
        .then(
            &[
                "Approve on 1.1 by sato0001",
                "entered 2 until 2026-12-02 15:00:00 asking check001 check002",
            ],
            &["request/2.0/check001", "request/2.0/check002", "decision/1.1.3/mori0001"],
        );
}

#[test]
fn a_contract_with_two_in_any_order_asks_both_once_and_a_vote_leaves_the_others_page_good() {
    let opened = script(PLAIN).pattern(ApprovalPattern::DoubleAny).given(&[Asked::Open]);
    let (seen_before, mori) = opened.command(&approve("mori0001"));
    let one = opened
        .when(&approve("sato0001"))
        .then(&["Approve on 1.0 by sato0001"], &["decision/1.0.2/mori0001"]);
    let decision = one.decide(&seen_before, mori.as_ref()).unwrap();
    assert_eq!(decision.events.len(), 2, "voted, and the desk is asked: {:?}", decision.events);
}

#[test]
fn seats_without_an_order_are_filled_by_distinct_people() {
    script(ANY)
        .given(&[Asked::Open, approve("check002")])
        .when(&approve("check002"))
        .refused(&Refusal::AlreadyDecided)
        .when(&approve("manage01"))
        .refused(&Refusal::NotYourSeat)
        .when(&approve("check001"))
        .then(&["Approve on 0.1 by check001", "emitted 1", "ended Completed"], &["clearing"]);
}

#[test]
fn the_second_of_two_seats_that_nobody_can_fill_is_an_incident() {
    script(ANY)
        .with_people(vec![desk("check001", "checker")])
        .given(&[Asked::Open])
        .when(&approve("check001"))
        .then(&["Approve on 0.0 by check001", "nobody for 0 until 2026-12-03 15:00:00"], &[]);
}

#[test]
fn a_manager_cannot_sign_before_the_checker() {
    script(PLAIN)
        .given(&[Asked::Open, approve("sato0001")])
        .when(&approve("manage01"))
        .refused(&Refusal::NotYourSeat);
}

#[test]
fn who_dropped_the_file_cannot_approve_it() {
    script(PLAIN)
        .dropped_by("sato0001")
        .when(&Asked::Open)
        .then(&["entered 1 until 2026-12-03 15:00:00 asking mori0001"], &["request/1.0/mori0001"])
        .when(&approve("sato0001"))
        .refused(&Refusal::OwnSubmission);
}

#[test]
fn who_dropped_the_file_cannot_approve_it_under_a_second_id() {
    let mut people = everybody();
    let mut second = customer("sato0002");
    second.today.also = vec![customer("sato0001").id];
    people.push(second);
    script(PLAIN)
        .dropped_by("sato0001")
        .with_people(people)
        .given(&[Asked::Open])
        .when(&approve("sato0002"))
        .refused(&Refusal::OwnSubmission);
}

#[test]
fn one_human_with_two_ids_fills_one_seat() {
    let mut people = everybody();
    let mut second = desk("manage03", "manager");
    second.email = "Check001@Example.jp".to_owned();
    people.push(second);
    script(PLAIN)
        .with_people(people)
        .given(&[Asked::Open, approve("sato0001"), approve("check001")])
        .when(&approve("manage03"))
        .refused(&Refusal::AlreadyDecided);
}

#[test]
fn somebody_with_both_roles_fills_one_seat() {
    let mut people = everybody();
    let mut both = desk("double01", "checker");
    both.roles.push("manager".to_owned());
    people.push(both);
    script(PLAIN)
        .with_people(people)
        .given(&[Asked::Open, approve("sato0001")])
        .when(&approve("double01"))
        .then(
            &[
                "Approve on 2.0 by double01",
                "entered 2 until 2026-12-02 15:00:00 asking manage01 manage02",
            ],
            &["request/2.1/manage01", "request/2.1/manage02"],
        )
        .when(&approve("double01"))
        .refused(&Refusal::AlreadyDecided);
}

#[test]
fn the_same_role_at_another_branch_or_customer_opens_nothing() {
    let mut people = everybody();
    people.push(crate::domain::Person {
        organisation: crate::domain::Organisation::Branch(
            crate::domain::BranchCode::parse("002").unwrap(),
        ),
        ..desk("check003", "checker")
    });
    people.push(crate::domain::Person {
        organisation: crate::domain::Organisation::Customer(
            crate::domain::UserNumber::parse("111111111").unwrap(),
        ),
        ..customer("other001")
    });
    script(PLAIN)
        .with_people(people)
        .given(&[Asked::Open])
        .when(&approve("other001"))
        .refused(&Refusal::NotYourSeat)
        .given(&[approve("sato0001")])
        .when(&approve("check003"))
        .refused(&Refusal::NotYourSeat);
}

#[test]
fn a_page_of_an_older_round_or_other_content_decides_nothing() {
    let opened = script(PLAIN).given(&[Asked::Open, approve("sato0001")]);
    let checker = opened.person("check001");
    for (digest, task_version) in
        [(opened.digest(), 1), (opened.digest(), 9), (Digest::of(b"other"), 2)]
    {
        let (mut command, _) = opened.command(&approve("check001"));
        command.action = Action::Vote {
            entry: Vec::new(),
            kind: VoteKind::Approve,
            digest,
            task_version,
            shown_at: None,
            reason: String::new(),
            back_to: None,
            way: Way::Screen,
        };
        let refused = opened.decide(&command, Some(&checker));
        assert_eq!(refused, Err(Refusal::ContentChanged), "{task_version}");
    }
}

#[test]
fn after_the_approval_deadline_only_return_and_reject_work() {
    let late = script(PLAIN).given(&[Asked::Open]).at(at(3, 15, 1));
    let deadline = at(3, 15, 0);
    late.when(&approve("sato0001"))
        .refused(&Refusal::DeadlinePassed { deadline })
        .when(&send_back("sato0001", "来月に出し直します"))
        .then(
            &["Return on 1.0 by sato0001", "ended Returned"],
            &["mail/returned", "decision/1.0.2/mori0001"],
        );
    let in_time = script(PLAIN).given(&[Asked::Open]).at(deadline);
    in_time.given(&[approve("sato0001")]);
}

#[test]
fn when_the_due_dates_have_come_too_close_only_return_and_reject_work() {
    let mut close = script(PLAIN).given(&[Asked::Open]).at(at(3, 9, 0));
    let last_day = Date::new(2026, 12, 2).unwrap();
    close.case.head.scope.latest_day = Some(last_day);
    close
        .when(&approve("sato0001"))
        .refused(&Refusal::TooCloseToDueDate { last_day })
        .when(&reject("sato0001", "期日が近すぎます"))
        .then(
            &["Reject on 1.0 by sato0001", "ended Rejected"],
            &["mail/rejected", "decision/1.0.2/mori0001"],
        );
}

#[test]
fn a_return_or_a_rejection_says_why() {
    script(PLAIN)
        .given(&[Asked::Open])
        .when(&send_back("sato0001", " 　"))
        .refused(&Refusal::ReasonMissing)
        .when(&reject("sato0001", ""))
        .refused(&Refusal::ReasonMissing);
}

#[test]
fn the_desk_may_send_a_case_back_and_nothing_more_can_happen_to_it() {
    script(PLAIN)
        .given(&[Asked::Open, approve("sato0001"), approve("check001")])
        .when(&send_back("manage01", "金額を確認してください"))
        .then(&["Return on 2.1 by manage01", "ended Returned"], &["mail/returned"])
        .when(&approve("manage02"))
        .refused(&Refusal::NotWaiting(Status::Returned))
        .when(&Asked::Tick)
        .refused(&Refusal::NotWaiting(Status::Returned));
}

#[test]
fn time_holds_rejects_or_returns_and_never_approves() {
    let late = at(3, 15, 0);
    let cases = [
        ("hold", vec!["overdue"], vec![]),
        ("reject", vec!["ended Rejected"], vec!["mail/rejected"]),
        ("return", vec!["ended Returned"], vec!["mail/returned"]),
    ];
    for (word, events, effects) in cases {
        script(&with_overdue(word))
            .given(&[Asked::Open])
            .at(late)
            .when(&Asked::Tick)
            .then(&events, &effects);
    }
    assert!(load_definition("flow.yaml", &with_overdue("approve")).is_err());
}

#[test]
fn a_held_case_waits_for_a_person_who_may_still_decide_in_time() {
    script(PLAIN)
        .given(&[Asked::Open, approve("sato0001")])
        .at(at(2, 15, 0))
        .when(&Asked::Tick)
        .then(&["overdue"], &[])
        .when(&Asked::Tick)
        .then(&[], &[])
        .given(&[approve("check001"), approve("manage01")]);
}

#[test]
fn before_the_deadline_time_changes_nothing() {
    script(PLAIN).given(&[Asked::Open]).at(at(3, 14, 59)).when(&Asked::Tick).then(&[], &[]);
}

#[test]
fn a_step_nobody_can_fill_waits_as_an_incident_until_people_are_registered() {
    let nobody = script(PLAIN).with_people(Vec::new());
    let mut incident = nobody
        .when(&Asked::Open)
        .then(&["nobody for 1 until 2026-12-03 15:00:00"], &[])
        .when(&Asked::Tick)
        .then(&[], &[]);
    assert_eq!(incident.case.head.status, Status::Incident);
    incident.people = everybody();
    incident
        .when(&approve("sato0001"))
        .refused(&Refusal::NotWaiting(Status::Incident))
        .when(&Asked::Tick)
        .then(
            &["entered 1 until 2026-12-03 15:00:00 asking sato0001 mori0001"],
            &["request/1.0/sato0001", "request/1.0/mori0001"],
        );
}

#[test]
fn a_repeated_command_changes_nothing() {
    let opened = script(PLAIN).given(&[Asked::Open]);
    let (command, actor) = opened.command(&approve("sato0001"));
    let first = opened.decide(&command, actor.as_ref()).unwrap();
    let mut after = opened;
    crate::workflow::apply(&mut after.case.head, command.id, &first.events);
    let again = after.decide(&command, actor.as_ref()).unwrap();
    assert_eq!((again.events.len(), again.effects.len()), (0, 0));
}

#[test]
fn a_case_is_opened_once() {
    script(PLAIN)
        .given(&[Asked::Open, approve("sato0001")])
        .when(&Asked::Open)
        .refused(&Refusal::NotWaiting(Status::Active));
}

#[test]
fn a_case_remembers_its_last_commands_and_stays_small() {
    let mut head = script(PLAIN).case.head;
    for n in 0..40 {
        crate::workflow::apply(&mut head, CommandId::of(&n.to_string()), &[]);
    }
    assert_eq!(head.commands.len(), 32);
    assert!(head.commands.contains(&CommandId::of("39")));
}

#[test]
fn a_deadline_is_counted_in_open_days_from_the_moment_the_step_opens() {
    let friday_evening = script(PLAIN).pattern(ApprovalPattern::None).at(at(4, 18, 0));
    let mut late = friday_evening;
    late.case.head.scope.record_date = Date::new(2026, 12, 25).unwrap();
    late.when(&Asked::Open).then(
        &["entered 2 until 2026-12-07 15:00:00 asking check001 check002"],
        &["request/2.0/check001", "request/2.0/check002"],
    );
}

#[test]
fn the_content_digest_changes_with_each_of_its_parts() {
    let base = script(PLAIN);
    let of = |change: &dyn Fn(&mut super::script::Script)| {
        let mut changed = script(PLAIN);
        change(&mut changed);
        content_digest(&changed.case, &changed.definition)
    };
    let digests = [
        base.digest(),
        of(&|s| s.case.head.id.n = 2),
        of(&|s| s.case.head.id.row = Some(1)),
        of(&|s| s.case.head.scope.rows = 4),
        of(&|s| s.case.head.scope.total = YenTotal::new(6_000_001)),
        of(&|s| s.case.head.scope.record_date = Date::new(2026, 12, 4).unwrap()),
        of(&|s| Arc::make_mut(&mut s.case.file).record_file = Digest::of(b"other rows")),
        of(&|s| s.definition.hash = Digest::of(b"other flow")),
    ];
    let distinct: std::collections::BTreeSet<Digest> = digests.into_iter().collect();
    assert_eq!(distinct.len(), digests.len());
}

#[test]
fn the_content_digest_is_the_same_for_every_approver() {
    let opened = script(PLAIN).given(&[Asked::Open]);
    let before = opened.digest();
    assert_eq!(opened.given(&[approve("sato0001"), approve("check001")]).digest(), before);
}

#[test]
fn a_moment_of_the_script_is_a_tokyo_moment() {
    assert_eq!(at(1, 9, 0), Timestamp::from_ms(1_796_083_200_000));
}

#[test]
fn a_decision_on_paper_counts_where_the_step_allows_it_and_follows_every_other_rule() {
    let hold = "    overdue: hold ";
    let allowed = PLAIN.replace(hold, &format!("    paper: allowed\n{hold}"));
    for (flow, expected) in [(PLAIN, Err(Refusal::NotOnPaper)), (&allowed, Ok(()))] {
        let opened = script(flow).given(&[Asked::Open, approve("sato0001")]);
        let on_paper = |by: &'static str| {
            let (mut command, _) = opened.command(&approve(by));
            command.id = CommandId::of(&format!("paper {by}"));
            if let Action::Vote { way, .. } = &mut command.action {
                *way = Way::Paper;
            }
            opened.decide(&command, Some(&opened.person(by))).map(|_| ())
        };
        assert_eq!(on_paper("check001"), expected);
        if expected.is_ok() {
            assert_eq!(on_paper("manage01"), Err(Refusal::NotYourSeat), "the order of the seats");
            assert_eq!(on_paper("sato0001"), Err(Refusal::AlreadyDecided), "four eyes");
        }
    }
    // The customer's own step never takes paper.
    let opened = script(&allowed).given(&[Asked::Open]);
    let (mut command, actor) = opened.command(&approve("sato0001"));
    if let Action::Vote { way, .. } = &mut command.action {
        *way = Way::Paper;
    }
    assert_eq!(opened.decide(&command, actor.as_ref()), Err(Refusal::NotOnPaper));
}

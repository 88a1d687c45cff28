//! Tasks, blind second entries, branches, waits, parts and ways back, one sentence each.

use std::collections::BTreeMap;

use super::script::{
    Asked, Outcome, Script, approve, at, customer, desk, enter, everybody, script,
};
use super::script::{act, arrive, reject, send_to};
use crate::domain::YenTotal;
use crate::workflow::expr::Value;
use crate::workflow::{Arrival, Deed, Refusal, Status, load_with_tables};

const WHOLE: &str = include_str!("../../../tests/it/data/flows/whole.yaml");
const PART: &str = include_str!("../../../tests/it/data/flows/parts/signatures.yaml");

fn whole() -> Script {
    flow(WHOLE)
}

fn flow(text: &str) -> Script {
    let texts = BTreeMap::from([("parts/signatures.yaml".to_owned(), PART.to_owned())]);
    let mut script = script(super::script::PLAIN);
    script.definition = load_with_tables("whole.yaml", text, &texts).unwrap();
    let mut people = everybody();
    people.extend(["clerk001", "clerk002", "clerk003"].map(|id| desk(id, "clerk")));
    people.push(desk("legal001", "compliance"));
    people.push(desk("office01", "officer"));
    people.push(customer("other001"));
    script.with_people(people)
}

const SAME: &str = "amount=6,000,000円 due=2026/12/31";

/// The case after two clerks keyed the same.
fn keyed() -> Script {
    whole().given(&[Asked::Open, enter("clerk001", SAME), enter("clerk002", SAME)])
}

/// The case at the desk.
fn reviewed() -> Script {
    keyed().given(&[
        enter("clerk003", "result=印鑑証明"),
        approve("legal001"),
        arrive(Arrival::Ok, "screening"),
        approve("office01"),
    ])
}

fn events(outcome: Outcome) -> (Vec<String>, Script) {
    outcome.told()
}

#[test]
fn the_straight_way_passes_every_kind_of_step() {
    let waiting = reviewed().given(&[approve("check001"), approve("manage01")]);
    assert_eq!(waiting.case.head.status, Status::Waiting, "for the day before the record date");
    assert_eq!(waiting.case.head.due, Some(at(2, 14, 0)));
    let sent = waiting.at(at(2, 14, 0)).when(&Asked::Tick).then(
        &["over 8: Ok", "emitted 9", "compensable 9", "waits at 10 until 2026-12-04 12:00:00"],
        &["clearing"],
    );
    let done = sent.when(&arrive(Arrival::Ok, "center"));
    let (told, done) = events(done);
    assert_eq!(told, ["over 10: Ok", "ended Completed", "clock stands, 2026-12-08 09:00:00"]);
    assert_eq!(done.case.head.status, Status::Completed);
    let filled = &done.case.head.aside.as_ref().unwrap().filled;
    assert!(filled.contains(&("key_in.amount".to_owned(), Value::Yen(6_000_000))));
    assert!(filled.contains(&("identity.result".to_owned(), Value::Word("seal".to_owned()))));
}

#[test]
fn two_who_key_differently_both_do_it_again_and_neither_is_told_what_the_other_wrote() {
    let first = whole()
        .given(&[Asked::Open])
        .when(&enter("clerk001", SAME))
        .then(&["Approve on 1.0 by clerk001", "filled 1.0"], &[]);
    let second = first.when(&enter("clerk002", "amount=6000001 due=2026-12-31")).then(
        &[
            "Approve on 1.1 by clerk002",
            "filled 1.1",
            "differed in 金額",
            "entered 1 until 2026-12-03 15:00:00 asking clerk001 clerk002 clerk003",
        ],
        &["round/1.0.3/clerk001", "round/1.0.3/clerk002", "round/1.0.3/clerk003"],
    );
    let aside = second.case.head.aside.as_ref().unwrap();
    assert!(aside.entries.is_empty() && aside.filled.is_empty());
    assert!(aside.notes.iter().all(|note| !note.text.contains("6000001")));
    let agreed = second.given(&[enter("clerk002", SAME), enter("clerk003", SAME)]);
    assert_eq!(agreed.case.head.tokens().len(), 2, "the branches are open");
}

#[test]
fn a_return_to_what_two_fill_in_asks_both_again_and_their_change_counts() {
    const CHANGED: &str = "amount=7,000,000円 due=2026/12/31";
    let returner = WHOLE.replace("submitter], resume: restart}", "submitter], resume: returner}");
    let back = flow(&returner).given(&[
        Asked::Open,
        enter("clerk001", SAME),
        enter("clerk002", SAME),
        enter("clerk003", "result=card"),
        approve("legal001"),
        arrive(Arrival::Ok, "screening"),
        approve("office01"),
        approve("check001"),
        send_to("manage01", "key_in"),
    ]);
    let one = back.given(&[enter("clerk001", CHANGED)]);
    assert_eq!(one.case.head.step, 1, "one new entry alone is not compared with the old one");
    let both = one.given(&[enter("clerk002", CHANGED)]);
    assert_eq!(both.case.head.step, 2, "what was decided on the old amount is decided anew");
    let filled = &both.case.head.aside.as_ref().unwrap().filled;
    assert!(filled.contains(&("key_in.amount".to_owned(), Value::Yen(7_000_000))));
}

#[test]
fn the_submitter_takes_back_what_nobody_has_decided_in_any_open_branch() {
    let open = keyed();
    assert_eq!(
        open.clone().given(&[act("mori0001", Deed::Withdraw)]).case.head.status,
        Status::Withdrawn
    );
    let waiting = open.given(&[approve("legal001")]);
    waiting.when(&act("mori0001", Deed::Withdraw)).refused(&Refusal::TooLateToWithdraw);
}

#[test]
fn what_is_with_the_submitter_cannot_be_set_aside() {
    let back = reviewed().given(&[send_to("check001", "submitter")]);
    back.when(&act("check002", Deed::Hold)).refused(&Refusal::NotWaiting(Status::SentBack));
}

#[test]
fn whoever_keyed_cannot_key_the_second_time_and_decides_nothing_later() {
    let once = whole().given(&[Asked::Open, enter("clerk001", SAME)]);
    once.when(&enter("clerk001", SAME)).refused(&Refusal::AlreadyDecided);
    keyed().when(&enter("clerk001", "result=card")).refused(&Refusal::AlreadyDecided);
}

#[test]
fn every_field_that_is_missing_or_wrong_is_told_at_once() {
    whole().given(&[Asked::Open]).when(&enter("clerk001", "amount=many")).refused(
        &Refusal::FormMistakes(vec![
            "金額（1,000,000 のような金額）".to_owned(),
            "期日（2026-12-01 のような日付）".to_owned(),
        ]),
    );
}

#[test]
fn branches_go_on_side_by_side_and_join_when_all_have_ended() {
    let forked = keyed();
    assert_eq!(forked.case.head.status, Status::Active);
    let one = forked
        .when(&approve("legal001"))
        .then(&["[1] Approve on 4.0 by legal001", "[1] waits at 5 until 2026-12-03 15:00:00"], &[]);
    let other = one.when(&arrive(Arrival::Ok, "screening"));
    let (told, still) = events(other);
    assert_eq!(told, ["[1] over 5: Ok", "[1] ended"], "the other branch is still open");
    let joined = still.when(&enter("clerk003", "result=card"));
    let (told, _) = events(joined);
    assert_eq!(
        told,
        [
            "[0] Approve on 3.0 by clerk003",
            "[0] filled 3.0",
            "[0] settled 3",
            "[0] ended",
            "joined 2",
            "entered 6 until 2026-12-03 15:00:00 asking office01",
        ]
    );
}

#[test]
fn a_return_out_of_a_branch_keeps_what_counts_in_the_others() {
    let done = keyed().given(&[enter("clerk003", "result=card")]);
    let back = done.given(&[send_to("legal001", "submitter")]);
    assert_eq!(back.case.head.status, Status::SentBack);
    assert!(back.case.head.tokens().is_empty());
    let again = back.when(&act("mori0001", Deed::Resubmit));
    let (told, again) = events(again);
    assert_eq!(
        told,
        [
            "Resubmit by mori0001",
            "forked 2 into 2",
            "[0] ended",
            "[1] entered 4 until 2026-12-03 15:00:00 asking legal001",
            "clock runs until 2026-12-08 09:00:00",
        ],
        "what was filled in still counts"
    );
    assert_eq!(again.given(&[approve("legal001")]).case.head.tokens().len(), 2);
}

#[test]
fn a_rejection_in_a_branch_ends_the_case() {
    let ended = keyed().given(&[reject("legal001", "取引できません")]);
    assert_eq!(ended.case.head.status, Status::Rejected);
    assert!(ended.case.head.tokens().is_empty());
}

#[test]
fn a_bad_answer_takes_the_way_the_flow_names_and_calls_back_what_was_sent() {
    let sent = reviewed()
        .given(&[approve("check001"), approve("manage01")])
        .at(at(2, 14, 0))
        .given(&[Asked::Tick]);
    sent.when(&arrive(Arrival::Ng, "center")).then(
        &["over 10: Ng", "ended Rejected", "clock stands, 2026-12-08 09:00:00"],
        &["cancel_notice", "mail/rejected"],
    );
}

#[test]
fn an_answer_that_never_comes_is_an_incident_that_a_person_ends() {
    let sent = reviewed()
        .given(&[approve("check001"), approve("manage01")])
        .at(at(2, 14, 0))
        .given(&[Asked::Tick]);
    let late = sent.at(at(4, 12, 0)).when(&Asked::Tick);
    let (told, late) = events(late);
    assert_eq!(told, ["nobody for 10 until never"]);
    late.clone().when(&act("check002", Deed::Proceed)).refused(&Refusal::NotYourSeat);
    let done = late.given(&[act("manage02", Deed::Proceed)]);
    assert_eq!(done.case.head.status, Status::Completed);
}

#[test]
fn a_message_for_another_step_changes_nothing() {
    keyed()
        .given(&[approve("legal001")])
        .when(&arrive(Arrival::Ok, "center"))
        .refused(&Refusal::NotWaiting(Status::Active));
}

#[test]
fn the_customer_is_asked_and_everything_after_the_entry_is_done_anew() {
    let asked = reviewed().when(&send_to("check001", "ask"));
    let (told, asked) = events(asked);
    assert_eq!(
        told,
        [
            "Return on 7.0 by check001",
            "sent back to Seat { step: 12, seat: 0 } until 2026-12-03 15:00:00",
            "entered 12 until 2026-12-03 15:00:00 asking sato0001 mori0001 other001",
            "clock stands, 2026-12-08 09:00:00",
        ]
    );
    let back = asked.when(&enter("other001", "answer=金額は正しいです"));
    let (told, back) = events(back);
    assert_eq!(
        told[3..],
        [
            "back to 1",
            "entered 1 until 2026-12-03 15:00:00 asking clerk001 clerk002 clerk003",
            "clock runs until 2026-12-08 09:00:00",
        ]
    );
    let again = back.given(&[enter("clerk003", SAME), enter("clerk001", SAME)]);
    assert_eq!(again.case.head.tokens().len(), 2);
}

#[test]
fn a_check_tells_or_sends_back() {
    let mut small = whole();
    small.case.head.scope.total = YenTotal::new(999);
    small.when(&Asked::Open).then(
        &["found 千円未満は取り扱いません", "ended Returned", "clock stands, 2026-12-08 09:00:00"],
        &["mail/returned"],
    );
    let mut large = whole();
    large.case.head.scope.total = YenTotal::new(100_000_000);
    let (told, large) = events(large.when(&Asked::Open));
    assert_eq!(told[0], "found 一億円以上です。本部へ連絡してください");
    assert_eq!(large.case.head.status, Status::Active);
}

const BRANCHED: &str = "\
schema: 1
id: branched
title: 並行
effective_from: 2026-04-01
people:
  checker: {role: checker, at: desk}
  manager: {role: manager, at: desk}
steps:
  - parallel: both
    branches:
      - - approve: first
          need: [{who: checker, n: 1, as: 照査}]
        - approve: second
          need: [{who: manager, n: 1, as: 決裁}]
          return_to: {targets: [first], resume: restart}
      - - approve: beside
          need: [{who: checker, n: 1, as: 検印}]
  - emit: register
    effects: [clearing]
  - end: done
";

#[test]
fn a_restart_in_one_branch_leaves_what_the_other_has_approved() {
    let mut both = script(BRANCHED);
    both.people.push(desk("check003", "checker"));
    let both = both.given(&[Asked::Open, approve("check001"), approve("check002")]);
    let steps: Vec<u8> = both.case.head.votes.iter().map(|vote| vote.step).collect();
    assert_eq!(steps, [1, 3], "one in each branch");
    let back = both.given(&[send_to("manage01", "first")]);
    let steps: Vec<u8> = back.case.head.votes.iter().map(|vote| vote.step).collect();
    assert_eq!(steps, [3], "the other branch keeps its vote");
    let done = back.given(&[approve("check003"), approve("manage02")]);
    assert_eq!(done.case.head.status, Status::Completed);
    let voted: Vec<&str> = done.case.head.votes.iter().map(|vote| vote.by.as_str()).collect();
    assert_eq!(voted, ["check002", "check003", "manage02"]);
}

#[test]
fn whoever_was_the_last_for_two_branches_leaves_the_other_one_without_anybody() {
    let mut few = whole();
    few.people.retain(|one| one.id.as_str() != "legal001");
    let clerk = few.people.iter_mut().find(|one| one.id.as_str() == "clerk003").unwrap();
    clerk.roles.push("compliance".to_owned());
    let forked = few.given(&[Asked::Open, enter("clerk001", SAME), enter("clerk002", SAME)]);
    let (told, stuck) = events(forked.when(&enter("clerk003", "result=card")));
    assert_eq!(told.last().unwrap(), "[1] nobody for 4 until 2026-12-03 15:00:00");
    assert_eq!(stuck.case.head.status, Status::Incident);
}

#[test]
fn what_comes_too_late_to_be_sent_on_ends_and_the_submitter_is_told() {
    let waiting = reviewed().given(&[approve("check001"), approve("manage01")]);
    let late = waiting.at(at(3, 15, 1)).when(&Asked::Tick);
    let (told, late) = events(late);
    assert_eq!(told[0], "over 8: Ok");
    assert!(told[1].starts_with("found 承認期限"), "{told:?}");
    assert_eq!(told[2], "ended Returned");
    assert_eq!(late.case.head.status, Status::Returned);
}

#[test]
fn what_was_sent_on_in_time_may_send_more_after_the_answer() {
    let more = WHOLE
        .replace("  - end: done\n", "  - emit: paper\n    effects: [receipt]\n  - end: done\n");
    let mut flow = whole();
    let texts = BTreeMap::from([("parts/signatures.yaml".to_owned(), PART.to_owned())]);
    let more = more.replace("then: {ok: done, ng: refused}", "then: {ng: refused}");
    flow.definition = load_with_tables("whole.yaml", &more, &texts).unwrap();
    std::sync::Arc::make_mut(&mut flow.case.file).definitions = vec![flow.definition.hash];
    let sent = flow
        .given(&[Asked::Open, enter("clerk001", SAME), enter("clerk002", SAME)])
        .given(&[
            enter("clerk003", "result=card"),
            approve("legal001"),
            arrive(Arrival::Ok, "screening"),
            approve("office01"),
            approve("check001"),
            approve("manage01"),
        ])
        .at(at(2, 14, 0))
        .given(&[Asked::Tick]);
    sent.at(at(4, 9, 0)).when(&arrive(Arrival::Ok, "center")).then(
        &["over 10: Ok", "emitted 11", "ended Completed", "clock stands, 2026-12-08 09:00:00"],
        &["receipt"],
    );
}

#[test]
fn a_case_set_aside_after_many_remarks_can_be_taken_up_again() {
    let hold = act("check001", Deed::Hold);
    let release = act("check001", Deed::Release);
    let mut case = script(super::script::PLAIN).given(&[Asked::Open, approve("sato0001")]);
    for _ in 0..31 {
        case = case.given(&[hold.clone(), release.clone()]);
    }
    let other = crate::domain::UserId::parse("manage01").unwrap();
    let full = case.given(&[act("check001", Deed::Consult(other)), hold.clone()]);
    let again = full.given(&[release]);
    again.when(&hold).refused(&Refusal::NotWaiting(Status::Active));
}

#[test]
fn a_return_that_goes_on_elsewhere_is_a_way_on_which_nobody_approved() {
    let flow = WHOLE
        .replace("    next: key_in\n", "")
        .replace("  - end: refused\n", "  - emit: late\n    effects: [mail]\n  - end: refused\n");
    let texts = BTreeMap::from([("parts/signatures.yaml".to_owned(), PART.to_owned())]);
    let mistakes = load_with_tables("whole.yaml", &flow, &texts).unwrap_err();
    assert!(mistakes.iter().any(|one| one.en.contains("emit `late`")), "{mistakes:?}");
}

const LEAPING: &str = "\
schema: 1
id: leaping
title: 送り先が分かれる請求
effective_from: 2026-04-01
people:
  checker: {role: checker, at: desk}
  manager: {role: manager, at: desk}
steps:
  - approve: desk
    need: [{who: checker}, {who: manager}]
  - wait: answer
    for: message
    release: manager
    then: {ng: second}
  - emit: first
    effects: [clearing]
  - emit: second
    effects: [receipt]
  - end: done
";

#[test]
fn who_leaps_over_the_first_emit_is_judged_by_the_dates_at_the_second() {
    let waits = || script(LEAPING).given(&[Asked::Open, approve("check001"), approve("manage01")]);
    let both = waits().when(&arrive(Arrival::Ok, "answer"));
    both.then(
        &["over 1: Ok", "emitted 2", "emitted 3", "ended Completed"],
        &["clearing", "receipt"],
    );
    let (told, late) = events(waits().at(at(3, 15, 1)).when(&arrive(Arrival::Ng, "answer")));
    assert_eq!(late.case.head.status, Status::Returned, "{told:?}");
    let note = &late.case.head.aside.as_ref().unwrap().notes[0].text;
    assert_eq!(
        note,
        "承認期限（2026年12月3日 15:00）までに送り出せませんでしたので、お返しします。"
    );
}

#[test]
fn a_case_cannot_end_as_approved_with_nothing_sent_on() {
    let early = LEAPING.replace("then: {ng: second}", "then: {ng: done}");
    let mistakes = load_with_tables("flow.yaml", &early, &BTreeMap::new()).unwrap_err();
    assert!(mistakes[0].ja.contains("何も送り出さないまま"), "{mistakes:?}");
    let refused = early
        .replace("ng: done", "ng: no")
        .replace("  - end: done\n", "  - end: done\n  - end: no\n    outcome: rejected\n");
    assert!(load_with_tables("flow.yaml", &refused, &BTreeMap::new()).is_ok());
}

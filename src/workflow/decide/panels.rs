//! Seats of which some must be filled, and seats that only some cases have.

use super::script::{Asked, Script, act, approve, at, desk, everybody, reject, script, send_to};
use crate::domain::YenTotal;
use crate::workflow::{Deed, Status, VoteKind, load_definition};

const BOARD: &str = "\
schema: 1
id: board
title: 合議
effective_from: 2026-04-01
people:
  checker: {role: checker, at: desk}
  board:   {role: board, at: desk}
  manager: {role: manager, at: desk}
steps:
  - approve: desk
    need:
      - {who: checker, as: 照査}
      - {who: board, n: 2, of: 3, as: 合議, when: \"total >= 10_000_000\"}
      - {who: manager, as: 決裁}
    veto: majority
    return_to: {targets: [submitter, board, checker], resume: returner}
  - emit: out
    effects: [clearing]
  - end: done
";

/// A case of so much, with a board of three.
fn of_yen(total: u64) -> Script {
    let mut script = script(BOARD);
    script.case.head.scope.total = YenTotal::new(total);
    let mut people = everybody();
    people.extend(["board001", "board002", "board003"].map(|id| desk(id, "board")));
    script.with_people(people).given(&[Asked::Open])
}

fn large() -> Script {
    of_yen(10_000_000).given(&[approve("check001")])
}

#[test]
fn how_many_of_how_many_is_read_and_its_mistakes_are_told_where_they_stand() {
    let wrong = BOARD
        .replace("n: 2, of: 3", "n: 2, of: 1")
        .replace("when: \"total >=", "when: \"totl >=")
        .replace("veto: majority", "veto: most\n    exceptions: split");
    let told = load_definition("flow.yaml", &wrong).unwrap_err();
    let told: Vec<String> = told.iter().map(|one| format!("{} {}", one.line, one.en)).collect();
    assert_eq!(
        told,
        [
            "13 cannot read `1`; write a number from 2 to 9",
            "13 unknown name `totl`; did you mean `total`?",
            "15 unknown value `most`; any, majority",
        ]
    );
    let both = BOARD.replace("majority", "majority\n    exceptions: split");
    let told = load_definition("flow.yaml", &both).unwrap_err();
    assert!(told[0].en.contains("does not go with"), "{told:?}");
}

#[test]
fn seats_that_only_some_cases_have_are_not_counted_for_the_others() {
    let alone = BOARD.replace("      - {who: manager, as: 決裁}\n", "");
    let told = load_definition("flow.yaml", &alone).unwrap_err();
    assert!(told[0].ja.contains("取扱店の2名以上の承認が必要です（いまは1名）"), "{told:?}");
    assert!(told[0].ja.contains("合計金額 9,999,999円"), "{told:?}");
}

#[test]
fn a_small_case_does_without_the_board() {
    let done = of_yen(9_999_999).given(&[approve("check001"), approve("manage01")]);
    assert_eq!(done.case.head.status, Status::Completed);
}

#[test]
fn two_of_the_three_are_enough_and_the_third_is_not_asked_any_more() {
    let done = large().given(&[approve("board003")]).when(&approve("board001")).then(
        &[
            "Approve on 0.2 by board001",
            "entered 0 until 2026-12-03 15:00:00 asking manage01 manage02",
        ],
        &["request/0.3/manage01", "request/0.3/manage02"],
    );
    assert_eq!(done.given(&[approve("manage01")]).case.head.status, Status::Completed);
}

#[test]
fn one_refusal_leaves_two_who_may_approve_and_a_second_ends_it() {
    let one = large()
        .when(&reject("board001", "担保が足りません"))
        .then(&["Reject on 0.1 by board001"], &[]);
    let approved = one.clone().given(&[approve("board002"), approve("board003")]);
    assert_eq!(approved.given(&[approve("manage01")]).case.head.status, Status::Completed);
    let refused = one.given(&[approve("board002")]).when(&reject("board003", "同意見です"));
    let refused =
        refused.then(&["Reject on 0.3 by board003", "ended Rejected"], &["mail/rejected"]);
    assert_eq!(refused.case.head.status, Status::Rejected);
}

#[test]
fn where_everybody_must_approve_one_refusal_ends_it() {
    let refused = of_yen(10_000_000).given(&[reject("check001", "金額違い")]);
    assert_eq!(refused.case.head.status, Status::Rejected);
}

#[test]
fn a_board_of_which_too_few_are_left_is_an_incident() {
    let abstain =
        |by| Asked::Vote {
            by, kind: VoteKind::Abstain, reason: "債務者は親族の会社です"
        };
    let two = large().given(&[abstain("board001")]);
    assert_eq!(two.case.head.status, Status::Active);
    let alone = two.given(&[approve("board002"), abstain("board003")]);
    assert_eq!(alone.case.head.status, Status::Incident);
}

#[test]
fn who_is_sent_back_to_signs_anew() {
    let at_manager = large().given(&[approve("board001"), approve("board002")]);
    let board = at_manager.clone().given(&[send_to("manage01", "desk.1")]);
    // The first of the two signatures is to be given again.
    assert_eq!(board.case.head.filled().collect::<Vec<_>>(), [0, 2]);
    let done = board.given(&[approve("board003"), approve("manage01")]);
    assert_eq!(done.case.head.status, Status::Completed);
    let first = at_manager.given(&[send_to("manage01", "desk")]);
    assert_eq!(first.case.head.filled().collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn which_seats_are_needed_does_not_change_while_the_step_is_open() {
    let mut waiting = large();
    waiting.case.head.scope.total = YenTotal::new(1);
    let board = waiting.given(&[approve("board001"), approve("board002"), approve("manage01")]);
    assert_eq!(board.case.head.status, Status::Completed);
}

const REKEYED: &str = "\
schema: 1
id: keyed
title: 入力と承認
effective_from: 2026-04-01
people:
  clerk:   {role: clerk, at: desk}
  checker: {role: checker, at: desk}
  manager: {role: manager, at: desk}
  board:   {role: board, at: desk}
steps:
  - task: key_in
    who: clerk
    form: {amount: {label: 金額, type: yen}}
    overdue: return
  - approve: desk
    need: [{who: checker, n: 2}]
  - approve: board
    when: \"key_in.amount >= 1_000_000\"
    need: [{who: board}]
  - approve: last
    need: [{who: manager}]
    return_to: {targets: [key_in], resume: returner}
  - emit: out
    effects: [clearing]
  - end: done
";

/// Keyed with a small amount, checked by two, and sent back to be keyed again.
fn sent_back_to_the_clerk() -> Script {
    let mut people = everybody();
    people.extend(["clerk001", "clerk002"].map(|id| desk(id, "clerk")));
    people.extend(["board001"].map(|id| desk(id, "board")));
    script(REKEYED).with_people(people).given(&[
        Asked::Open,
        super::script::enter("clerk001", "amount=5,000"),
        approve("check001"),
        approve("check002"),
        send_to("manage01", "key_in"),
    ])
}

#[test]
fn what_was_approved_on_another_amount_is_approved_anew() {
    let people = {
        let mut people = sent_back_to_the_clerk().people;
        people.extend(["check003", "check004"].map(|id| desk(id, "checker")));
        people
    };
    let keyed = sent_back_to_the_clerk().with_people(people);
    let keyed = keyed.given(&[super::script::enter("clerk001", "amount=2,000,000")]);
    assert_eq!((keyed.case.head.step, keyed.case.head.approvals().count()), (1, 1));
    let checked = keyed.given(&[approve("check001"), approve("check002")]);
    assert_eq!(checked.case.head.step, 2, "the larger amount needs the board");
    let done = checked.given(&[approve("board001"), approve("manage01")]);
    assert_eq!(done.case.head.status, Status::Completed);
}

#[test]
fn the_same_amount_once_more_goes_back_to_who_asked() {
    let keyed = sent_back_to_the_clerk().given(&[super::script::enter("clerk002", "amount=5000")]);
    assert_eq!((keyed.case.head.step, keyed.case.head.approvals().count()), (3, 3));
    let held = keyed.given(&[act("manage01", Deed::Hold)]).at(at(3, 15, 0));
    assert_eq!(held.case.head.status, Status::Held);
}

const BESIDE: &str = "\
schema: 1
id: beside
title: 並行の入力
effective_from: 2026-04-01
people:
  clerk:   {role: clerk, at: desk}
  checker: {role: checker, at: desk}
  manager: {role: manager, at: desk}
steps:
  - parallel: both
    branches:
      - - task: key_in
          who: clerk
          form: {amount: {label: 金額, type: yen}}
        - approve: keyed
          need: [{who: manager}]
          return_to: {targets: [key_in], resume: returner}
      - - approve: beside
          need: [{who: checker}]
  - approve: last
    need: [{who: checker}]
  - emit: out
    effects: [clearing]
  - end: done
";

#[test]
fn another_amount_in_one_branch_is_shown_again_to_who_approved_in_the_other() {
    let mut start = script(BESIDE);
    start.people.extend(["clerk001", "clerk002"].map(|id| desk(id, "clerk")));
    let back = start.given(&[
        Asked::Open,
        super::script::enter("clerk001", "amount=5,000"),
        approve("check001"),
        send_to("manage01", "key_in"),
    ]);
    let same = back.clone().given(&[super::script::enter("clerk001", "amount=5,000")]);
    assert_eq!(same.case.head.approvals().count(), 2, "the checker's still counts");
    let other = back.given(&[super::script::enter("clerk001", "amount=9,000")]);
    assert_eq!(other.case.head.approvals().count(), 1, "the clerk's entry alone");
    let again = other.given(&[approve("check001"), approve("manage01")]);
    assert!(again.case.head.tokens().is_empty());
    assert_eq!(again.given(&[approve("check002")]).case.head.status, Status::Completed);
}

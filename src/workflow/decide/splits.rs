//! Lines that leave a batch while the rest goes on.

use super::script::{Asked, PLAIN, Script, act, approve, owed, said, script};
use super::{Carving, Child, Decision};
use crate::domain::{CaseId, Date, YenTotal};
use crate::workflow::{
    Action, Case, CaseHead, Command, CommandId, Deed, Refusal, Scope, Status, VoteKind, apply,
    content_digest,
};

const RETURNER: &str = "    return_to: {targets: [submitter, close, customer], resume: returner}";

/// The batch as the desk's second seat has it: three lines, approved by two people so far.
fn at_the_manager() -> Script {
    let flow = PLAIN.replace(
        "    overdue: hold ",
        &format!("    overdue: hold\n    exceptions: split\n{RETURNER}\n    #"),
    );
    script(&flow).given(&[Asked::Open, approve("sato0001"), approve("check001")])
}

fn line(total: u64) -> Scope {
    Scope {
        rows: 1,
        total: YenTotal::new(total),
        record_date: Date::new(2026, 12, 3).unwrap(),
        latest_day: None,
    }
}

/// Asks for something to be done to lines 1 and 3, a million each.
fn carve(script: &Script, by: &str, action: Action) -> Result<(CommandId, Decision), Refusal> {
    let rest = Scope { rows: 1, total: YenTotal::new(4_000_000), ..script.case.head.scope };
    let rows = vec![(1, line(1_000_000)), (3, line(1_000_000))];
    let carving = Carving { rows, rest, action: Box::new(action) };
    let id = CommandId::of("carve");
    let command = Command { id, action: Action::Carve(carving) };
    script.decide(&command, Some(&script.person(by))).map(|decision| (id, decision))
}

fn send_back(script: &Script, to: &str) -> Action {
    script.ballot(VoteKind::Return, "確認してください", Some(to))
}

/// A line as its own case, as the store would hold it.
fn born(script: &Script, child: &Child) -> Script {
    let mut line = script.clone();
    let id = CaseId { row: Some(child.row), ..script.case.head.id };
    let mut head = CaseHead::new(id, child.scope);
    apply(&mut head, CommandId::of("carve"), &child.events);
    line.case = Case { file: script.case.file.clone(), head };
    line
}

#[test]
fn two_lines_go_back_and_the_rest_goes_on_with_its_votes() {
    let mut batch = at_the_manager();
    let before = batch.digest();
    let old_page = batch.command(&approve("manage02"));
    let (id, decision) = carve(&batch, "manage01", send_back(&batch, "submitter")).unwrap();
    assert_eq!(decision.events.iter().map(said).collect::<Vec<_>>(), ["1 without 1・3"]);
    let mails: Vec<String> = decision.effects.iter().map(owed).collect();
    assert_eq!(mails, ["mail/carved_out/4"], "one mail tells of both");
    let first = &decision.children[0];
    assert_eq!(
        first.events.iter().map(said).collect::<Vec<_>>(),
        [
            "split off at 2 with 2 votes",
            "Return on 2.1 by manage01",
            "sent back to Submitter until 2026-12-03 15:00:00",
        ]
    );
    assert_eq!(first.effects, []);

    apply(&mut batch.case.head, id, &decision.events);
    assert_eq!(batch.case.head.scope.total.get(), 4_000_000);
    assert_ne!(content_digest(&batch.case, &batch.definition), before);
    let stale = batch.decide(&old_page.0, old_page.1.as_ref());
    assert_eq!(stale, Err(Refusal::ContentChanged), "what was seen is not what is left");
    // Who sent two lines back may approve the others.
    let done = batch.clone().given(&[approve("manage01")]);
    assert_eq!(done.case.head.status, Status::Completed);

    let line = born(&batch, first);
    assert_eq!(line.case.head.status, Status::SentBack);
    let again = line.given(&[act("mori0001", Deed::Resubmit), approve("manage01")]);
    assert_eq!(again.case.head.status, Status::Completed, "the earlier votes cover it");
    assert_eq!(again.case.head.votes.len(), 3);
}

#[test]
fn a_held_line_waits_beside_its_batch_and_may_be_released() {
    let batch = at_the_manager();
    let hold = Action::Do { deed: Deed::Hold, text: "債務者に照会中".to_owned() };
    let (_, decision) = carve(&batch, "manage01", hold).unwrap();
    assert_eq!(decision.effects, [], "nobody outside is told of a hold");
    let line = born(&batch, &decision.children[1]);
    assert_eq!(line.case.head.status, Status::Held);
    let done = line.given(&[act("manage02", Deed::Release), approve("manage02")]);
    assert_eq!(done.case.head.status, Status::Completed);
}

#[test]
fn a_line_may_be_refused_for_good() {
    let batch = at_the_manager();
    let reject = batch.ballot(VoteKind::Reject, "二重の請求です", None);
    let (_, decision) = carve(&batch, "manage01", reject).unwrap();
    assert_eq!(born(&batch, &decision.children[0]).case.head.status, Status::Rejected);
    assert_eq!(decision.effects.iter().map(owed).collect::<Vec<_>>(), ["mail/carved_out/4"]);
}

#[test]
fn lines_sent_back_to_a_seat_ask_its_people_once() {
    let batch = at_the_manager();
    let (_, decision) = carve(&batch, "manage01", send_back(&batch, "customer")).unwrap();
    let asked: Vec<String> = decision.children.iter().flat_map(|c| &c.effects).map(owed).collect();
    assert_eq!(asked, ["round/1.0.1/sato0001", "round/1.0.1/mori0001"]);
    assert_eq!(decision.effects, [], "the customer hears of it from those mails");
}

#[test]
fn nobody_carves_who_could_not_decide_and_nothing_may_be_left_over() {
    let batch = at_the_manager();
    let refused = |by, action| carve(&batch, by, action).unwrap_err();
    let back = send_back(&batch, "submitter");
    assert_eq!(refused("check002", back.clone()), Refusal::NotYourSeat);
    assert_eq!(refused("check001", back.clone()), Refusal::AlreadyDecided);
    let approval = batch.ballot(VoteKind::Approve, "", None);
    assert_eq!(refused("manage01", approval), Refusal::NoSplit, "a part is never approved alone");
    let silent = batch.ballot(VoteKind::Return, " ", None);
    assert_eq!(refused("manage01", silent), Refusal::ReasonMissing);

    let mut small = batch.clone();
    small.case.head.scope.rows = 2;
    let back = send_back(&small, "submitter");
    assert_eq!(carve(&small, "manage01", back).unwrap_err(), Refusal::NothingLeft);

    let (id, first) = carve(&batch, "manage01", send_back(&batch, "submitter")).unwrap();
    let mut left = batch;
    apply(&mut left.case.head, id, &first.events);
    left.case.head.scope.rows = 3;
    let command = |script: &Script| send_back(script, "submitter");
    left.case.head.commands.clear();
    assert_eq!(carve(&left, "manage01", command(&left)).unwrap_err(), Refusal::NoSuchRow(1));
}

#[test]
fn a_flow_that_does_not_split_is_decided_as_a_whole() {
    let whole = script(PLAIN).given(&[Asked::Open, approve("sato0001"), approve("check001")]);
    let back = whole.ballot(VoteKind::Return, "確認", None);
    assert_eq!(carve(&whole, "manage01", back).unwrap_err(), Refusal::NoSplit);
}

//! Who of a customer is told what a colleague has decided, one sentence each.

use super::script::{Asked, PLAIN, Script, act, approve, customer, everybody, reject, script};
use crate::domain::ApprovalPattern;
use crate::workflow::{Decision, Deed, VoteKind};

fn told(decision: &Decision) -> Vec<String> {
    let ids = decision.effects.iter().map(|effect| effect.id().to_string());
    let after = |id: String| id.split_once('/').map(|(_, kind)| kind.to_owned());
    ids.filter_map(after).filter(|kind| kind.starts_with("decision/")).collect()
}

/// What `asked` leads to.
fn decided(before: &Script, asked: &Asked) -> Decision {
    let (command, actor) = before.command(asked);
    before.decide(&command, actor.as_ref()).unwrap()
}

/// A file that somebody who may not approve it handed in.
fn handed_in() -> Script {
    let mut people = everybody();
    let mut clerk = customer("clerk001");
    clerk.roles = vec!["operate".to_owned()];
    people.push(clerk);
    script(PLAIN).with_people(people).dropped_by("clerk001").given(&[Asked::Open])
}

#[test]
fn who_might_have_approved_and_who_handed_it_in_are_told_of_an_approval() {
    let open = handed_in();
    let decision = decided(&open, &approve("sato0001"));
    assert_eq!(told(&decision), ["decision/1.0.2/mori0001", "decision/1.0.2/clerk001"]);
    let decision = decided(&open, &reject("sato0001", "金額が違います"));
    assert_eq!(told(&decision), ["decision/1.0.2/mori0001", "decision/1.0.2/clerk001"]);
}

#[test]
fn who_is_asked_next_is_not_told_besides_and_who_decided_before_is() {
    let pattern = ApprovalPattern::DoubleOrdered;
    let open = script(PLAIN).pattern(pattern).given(&[Asked::Open]);
    let decision = decided(&open, &approve("sato0001"));
    assert_eq!(told(&decision), [""; 0], "Mori is asked, and sees on the page who approved");
    let second = open.given(&[approve("sato0001")]);
    let decision = decided(&second, &approve("mori0001"));
    assert_eq!(told(&decision), ["decision/1.1.3/sato0001"]);
}

#[test]
fn nobody_is_told_of_what_the_bank_decides_or_of_who_takes_no_part() {
    let abstain =
        Asked::Vote { by: "sato0001", kind: VoteKind::Abstain, reason: "親族の会社" };
    assert_eq!(told(&decided(&handed_in(), &abstain)), [""; 0]);
    let at_the_desk = handed_in().given(&[approve("sato0001")]);
    assert_eq!(told(&decided(&at_the_desk, &approve("check001"))), [""; 0]);
    assert_eq!(told(&decided(&at_the_desk, &act("check001", Deed::Hold))), [""; 0]);
}

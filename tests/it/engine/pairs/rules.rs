//! What must hold, by rule, of everything that can be done.

use std::collections::BTreeSet;

use kessai::domain::ApprovalPattern;
use kessai::workflow::{
    CaseHead, Decision, EffectKind, Event, MailKind, Outcome, Status, Vote, VoteKind, Withdraw,
    apply, places,
};

use super::bring::{id, index, plain};
use super::flows::Stand;
use crate::engine::play::Game;

/// A seat: the step and its place there.
pub(super) type At = (u8, u8);

/// Every seat of the flow that somebody must fill, but for what is only asked on a return.
pub(super) fn seats(game: &Game<'_>, stand: &Stand) -> BTreeSet<At> {
    let first = match stand.pattern {
        ApprovalPattern::None => 0,
        ApprovalPattern::Single => 1,
        ApprovalPattern::DoubleOrdered | ApprovalPattern::DoubleAny => 2,
    };
    let mut steps = vec![("first", first), ("keyed", 1), ("twin", 2), ("early", 2), ("desk", 2)];
    steps.push(("stand", u8::try_from(stand.seats).unwrap()));
    if stand.in_branch() {
        steps.push(("inner", 1));
        steps.push(("other", u8::from(!stand.beside_a_wait())));
    }
    let filled = steps.into_iter().filter(|(_, count)| *count > 0);
    filled
        .flat_map(|(step, count)| {
            let step = index(game.definition, step);
            (0..count).map(move |seat| (step, seat))
        })
        .collect()
}

pub(super) fn in_force(head: &CaseHead) -> BTreeSet<At> {
    let all: Vec<At> = head.approvals().map(|vote| (vote.step, vote.seat)).collect();
    let seats: BTreeSet<At> = all.iter().copied().collect();
    assert_eq!(seats.len(), all.len(), "a seat is filled once: {head:?}");
    seats
}

/// The approvals that still count after a return.
pub(super) fn kept(
    game: &Game<'_>,
    before: &BTreeSet<At>,
    to: &str,
    restart: bool,
) -> BTreeSet<At> {
    let definition = game.definition;
    let stays = |seat: &At| match to {
        "close" => true,
        "submitter" => !restart,
        // A group of people of the step itself, or a step.
        _ => {
            let step = if to == "officer" { "stand" } else { to };
            let back = index(game.definition, step);
            let twin = game.definition.approval(back).unwrap().form.is_some();
            // Within a branch only what was decided there is decided anew.
            let other = definition.steps.iter().position(|step| step.id == "other");
            let beside = matches!(to, "inner" | "officer")
                && other.is_some_and(|other| usize::from(seat.0) == other);
            match restart {
                true => beside || *seat < (back, 0),
                false if twin => seat.0 != back,
                false => *seat != (back, 0),
            }
        }
    };
    before.iter().copied().filter(stays).collect()
}

/// No vote is lost: all there ever were count or are kept as past ones.
pub(super) fn loses_nothing(game: &Game<'_>) {
    let head = &game.case.head;
    let key = |vote: &Vote| (vote.by.clone(), vote.step, vote.seat, vote.kind);
    let cast = game.decided.iter().flat_map(|(_, events)| events);
    let mut cast: Vec<_> = cast
        .filter_map(|event| match plain(event) {
            Event::Voted { vote, .. } => Some(key(vote)),
            _ => None,
        })
        .collect();
    let past = head.aside.iter().flat_map(|aside| &aside.past);
    let mut known: Vec<_> = head.votes.iter().chain(past).map(key).collect();
    cast.sort();
    known.sort();
    assert_eq!(cast, known, "{}", game.name);
}

/// Folding everything again gives the same case.
pub(super) fn folds(game: &Game<'_>, first: &CaseHead) {
    let mut folded = first.clone();
    for (command, events) in &game.decided {
        apply(&mut folded, *command, events);
    }
    assert_eq!(folded, game.case.head, "{}", game.name);
}

/// Whether what was sent on is called back, which happens once or not at all.
fn calls_back<'e>(kinds: impl Iterator<Item = &'e EffectKind>) -> bool {
    let count = kinds.filter(|kind| **kind == EffectKind::CancelNotice).count();
    assert!(count < 2, "called back twice");
    count == 1
}

/// The case ended badly: the customer is told so, and what was sent on is called back.
pub(super) fn ended(game: &Game<'_>, decision: &Decision, outcome: Outcome, stand: &Stand) {
    assert_eq!(game.case.head.status, Status::from(outcome), "{}", game.name);
    assert!(game.case.head.tokens().is_empty(), "{}", game.name);
    let kinds = || decision.effects.iter().map(|effect| &effect.kind);
    let mail = match outcome {
        Outcome::Rejected => MailKind::Rejected,
        Outcome::Returned => MailKind::Returned,
        Outcome::Withdrawn => MailKind::Withdrawn,
        Outcome::Completed => MailKind::Approved,
        Outcome::Recorded => MailKind::Recorded,
        Outcome::Errored => MailKind::Errored,
    };
    let told = kinds().filter(|kind| **kind == EffectKind::Notice(mail)).count();
    assert_eq!(told, 1, "{}: {:?}", game.name, decision.effects);
    assert_eq!(calls_back(kinds()), stand.has_emitted(), "{}", game.name);
}

/// Nothing was sent on, nor called back.
pub(super) fn goes_on_quietly(game: &Game<'_>, decision: &Decision) {
    let out = decision.events.iter().any(|one| matches!(plain(one), Event::Emitted { .. }));
    let kinds = decision.effects.iter().map(|effect| &effect.kind);
    assert!(!out && !calls_back(kinds), "{}: {decision:?}", game.name);
}

/// A line that left: the customer is told unless it is held; what was sent on is called back for
/// it when it ended.
pub(super) fn line_left(
    game: &Game<'_>,
    decision: &Decision,
    ends: bool,
    told: bool,
    stand: &Stand,
) {
    let [child] = decision.children.as_slice() else { panic!("{}: no line", game.name) };
    let carved =
        |kind: &EffectKind| matches!(kind, EffectKind::Repeated { kind: MailKind::CarvedOut, .. });
    let count = decision.effects.iter().filter(|effect| carved(&effect.kind)).count();
    assert_eq!(count, usize::from(told), "{}", game.name);
    let back = calls_back(child.effects.iter().map(|effect| &effect.kind));
    assert_eq!(back, ends && stand.has_emitted(), "{}: {child:?}", game.name);
}

/// Whether the submitter may take the case back as it stands.
pub(super) fn may_withdraw(game: &Game<'_>) -> bool {
    game.case.head.status == Status::SentBack
        || places(&game.case).iter().all(|place| {
            let approve = game.definition.approval(place.head.step);
            approve.is_some_and(|approve| match approve.withdraw {
                Withdraw::Never => false,
                Withdraw::UntilDone => true,
                Withdraw::UntilFirstVote => {
                    let mut here = place.head.votes.iter();
                    !here.any(|vote| vote.step == place.head.step && vote.kind == VoteKind::Approve)
                }
            })
        })
}

/// How often each emit was passed.
pub(super) fn emitted(game: &Game<'_>, step: &str) -> usize {
    let events = game.decided.iter().flat_map(|(_, events)| events);
    let here = |event: &&Event| match plain(event) {
        Event::Emitted { step: at, .. } => id(game.definition, *at) == step,
        _ => false,
    };
    events.filter(here).count()
}

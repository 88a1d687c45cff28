//! What lines, branches, waits and forms fold into.

use super::super::{CaseHead, Event, Note, Status, Token};
use super::{apply_one, aside, entered, replace, rise, supersede};

/// Lines that leave a batch.
pub(super) fn lines(head: &mut CaseHead, event: &Event) {
    if let Event::Carved { carve, scope } = event {
        aside(head).carves.push(carve.clone());
        head.scope = *scope;
        rise(head);
    }
    if let Event::SplitOff(heritage) = event {
        head.step = heritage.step;
        head.due = heritage.due;
        head.task_version = heritage.task_version;
        head.votes.clone_from(&heritage.votes);
        let aside = aside(head);
        aside.acting.clone_from(&heritage.acting);
        aside.values.clone_from(&heritage.values);
        aside.filled.clone_from(&heritage.filled);
        aside.arrived.clone_from(&heritage.arrived);
        aside.definition = heritage.definition;
    }
}

/// Branches of a parallel step.
pub(super) fn branches(head: &mut CaseHead, event: &Event) {
    if let Event::Forked { step, branches } = event {
        entered(head, *step);
        head.status = Status::Active;
        head.due = None;
        aside(head).tokens = branches.iter().map(|first| Token::new(*first)).collect();
    }
    if let Event::Within { branch, steps, event } = event {
        head.focus(*branch);
        within(head, *steps, event);
        head.focus(*branch);
        head.sum_up();
    }
    if *event == Event::BranchEnded {
        head.status = Status::Completed;
        head.due = None;
        aside(head).wake = None;
    }
    if let Event::Joined { .. } = event {
        let aside = aside(head);
        aside.tokens.clear();
        aside.wake = None;
        head.due = None;
        head.status = Status::Active;
    }
}

/// Folds what happened in the branch in focus, whose steps are from the first to before the second
/// of `steps`: what other branches have done is none of its business.
pub(in crate::workflow) fn within(head: &mut CaseHead, steps: (u8, u8), event: &Event) {
    let mine = |step: u8| (steps.0..steps.1).contains(&step);
    let aside_of = aside(head);
    let acting = take_others(&mut aside_of.acting, |one| mine(one.step));
    let entries = take_others(&mut aside_of.entries, |one| mine(one.step));
    let arrived = take_others(&mut aside_of.arrived, |step| mine(*step));
    let votes = take_others(&mut head.votes, |vote| mine(vote.step));
    apply_one(head, event);
    // Oldest first; what others did at the same moment was there before.
    head.votes.splice(0..0, votes);
    head.votes.sort_by_key(|vote| vote.at);
    let aside = aside(head);
    aside.acting.extend(acting);
    aside.entries.extend(entries);
    aside.arrived.extend(arrived);
}

/// Takes out what is not `mine`.
fn take_others<T>(all: &mut Vec<T>, mine: impl Fn(&T) -> bool) -> Vec<T> {
    let (own, others) = std::mem::take(all).into_iter().partition(mine);
    *all = own;
    others
}

/// Waits, forms, checks, and ways back.
pub(super) fn tasks(head: &mut CaseHead, event: &Event) {
    if let Event::Waiting { step, until } = event {
        entered(head, *step);
        head.due = *until;
        head.status = Status::Waiting;
    }
    if let Event::Arrived { step, note, at, .. } = event {
        let aside = aside(head);
        aside.arrived.push(*step);
        if !note.is_empty() {
            aside.notes.push(Note { step: *step, text: note.clone(), at: *at });
        }
        head.status = Status::Active;
    }
    if let Event::Filled(entry) = event {
        aside(head).entries.push(entry.clone());
    }
    if let Event::Settled { step } = event {
        settled(head, *step);
    }
    if let Event::Differed { step, fields, at } = event {
        supersede(head, |vote, _| vote != *step);
        let aside = aside(head);
        aside.round = aside.round.saturating_add(1);
        let text = format!("二人の入力が一致しませんでした（{}）", fields.join("、"));
        aside.notes.push(Note { step: *step, text, at: *at });
        rise(head);
    }
    if let Event::Found(note) = event {
        aside(head).notes.push(note.clone());
    }
    if let Event::Compensable { step } = event {
        aside(head).emitted.push(*step);
    }
    if let Event::Voided { step } = event {
        supersede(head, |vote, _| vote != *step);
    }
    if let Event::Jumped { to } = event {
        supersede(head, |vote, _| vote < *to);
        let aside = aside(head);
        aside.arrived.retain(|step| step < to);
        aside.resume = None;
        aside.round = aside.round.saturating_add(1);
        rise(head);
    }
}

/// What was filled in counts: the entry goes where conditions look for it.
fn settled(head: &mut CaseHead, step: u8) {
    let aside = aside(head);
    let found = aside.entries.iter().find(|entry| entry.step == step);
    let values = found.map(|entry| entry.values.clone()).unwrap_or_default();
    aside.entries.retain(|entry| entry.step != step);
    replace(&mut aside.filled, &values);
    rise(head);
}

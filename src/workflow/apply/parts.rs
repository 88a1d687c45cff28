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
    if let Event::Within { branch, event } = event {
        head.focus(*branch);
        apply_one(head, event);
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
    if let Event::Jumped { to } = event {
        supersede(head, |vote, _| vote < *to);
        let aside = aside(head);
        aside.arrived.retain(|step| step < to);
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

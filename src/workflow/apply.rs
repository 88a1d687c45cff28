//! Folding events into a case. It decides nothing and cannot fail.

use super::{CaseHead, CommandId, Event, Status, VoteKind};

/// How many command ids a case remembers.
const COMMANDS_MAX: usize = 32;

/// The case after `events`, which one command caused.
///
/// Live and replay call this same function; it needs the events alone.
pub fn apply(head: &mut CaseHead, command: CommandId, events: &[Event]) {
    for event in events {
        apply_one(head, event);
    }
    head.version = head.version.saturating_add(1);
    if head.commands.len() >= COMMANDS_MAX {
        head.commands.remove(0);
    }
    head.commands.push(command);
}

fn apply_one(head: &mut CaseHead, event: &Event) {
    match event {
        Event::Entered { step, due, .. } => {
            head.step = *step;
            head.due = *due;
            head.status = Status::Active;
            head.task_version = head.task_version.saturating_add(1);
        }
        Event::Unstaffed { step, due } => {
            head.step = *step;
            head.due = *due;
            head.status = Status::Incident;
            head.task_version = head.task_version.saturating_add(1);
        }
        Event::Voted { vote, .. } => {
            head.votes.push(vote.clone());
            if vote.kind != VoteKind::Approve {
                head.task_version = head.task_version.saturating_add(1);
            }
        }
        Event::BecameOverdue { .. } => {
            head.status = Status::Overdue;
            head.due = None;
        }
        Event::Emitted { step, .. } => head.step = *step,
        Event::Ended { outcome, .. } => {
            head.status = (*outcome).into();
            head.due = None;
            head.task_version = head.task_version.saturating_add(1);
        }
    }
}

//! Folding events into a case. It decides nothing and cannot fail.

pub(super) mod parts;

use crate::domain::{Timestamp, UserId};

use super::expr::Value;
use super::{
    Aside, CaseHead, CommandId, Deed, Event, Migration, Outcome, Remark, Resume, ReturnTarget,
    Seat, Status, VoteKind,
};

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

pub(super) fn apply_one(head: &mut CaseHead, event: &Event) {
    match event {
        Event::Entered { step, due, .. } => {
            entered(head, *step);
            head.due = *due;
            head.status = Status::Active;
        }
        Event::Unstaffed { step, due } => {
            entered(head, *step);
            head.due = *due;
            head.status = Status::Incident;
        }
        Event::Voted { vote, .. } => {
            head.votes.push(vote.clone());
            if let Some(aside) = &mut head.aside {
                aside.assigned = None;
            }
            if matches!(vote.kind, VoteKind::Return | VoteKind::Reject) {
                rise(head);
            }
        }
        Event::BecameOverdue { .. } => {
            head.status = Status::Overdue;
            head.due = None;
        }
        Event::Emitted { step, .. } => {
            head.step = *step;
            aside(head).is_sent = true;
        }
        Event::Ended { outcome, .. } => ended(head, *outcome),
        Event::VotedFor(acting) => aside(head).acting.push(acting.clone()),
        Event::Substituted(one) => aside(head).substitutions.push(one.clone()),
        Event::SentBack { to, resume, due } => sent_back(head, *to, *resume, *due),
        Event::TimersSet { entered, wake } => {
            let aside = aside(head);
            (aside.entered, aside.wake) = (Some(*entered), *wake);
            (aside.fired, aside.escalated) = (0, 0);
        }
        Event::TimersFired { fired, escalated, wake } => {
            let aside = aside(head);
            (aside.fired, aside.escalated, aside.wake) = (*fired, *escalated, *wake);
        }
        Event::Remarked(remark) => remarked(head, remark),
        Event::Migrated(migration) => migrated(head, migration),
        Event::Gathered(values) | Event::Decided { results: values, .. } => {
            replace(&mut aside(head).values, values);
        }
        Event::Carved { .. } | Event::SplitOff(_) => parts::lines(head, event),
        Event::Restaffed { assigned, .. } => restaffed(head, assigned.as_ref()),
        Event::Forked { .. } | Event::Within { .. } | Event::BranchEnded | Event::Joined { .. } => {
            parts::branches(head, event);
        }
        Event::Waiting { .. }
        | Event::Arrived { .. }
        | Event::Filled(_)
        | Event::Settled { .. }
        | Event::Differed { .. }
        | Event::Found(_)
        | Event::Compensable { .. }
        | Event::Jumped { .. }
        | Event::Voided { .. } => parts::tasks(head, event),
        Event::Clocked(clock) => aside(head).clock = Some(*clock),
        Event::Seated { step, left_out } => seated(head, *step, left_out),
    }
}

fn ended(head: &mut CaseHead, outcome: Outcome) {
    head.status = outcome.into();
    head.due = None;
    if let Some(aside) = &mut head.aside {
        aside.wake = None;
        aside.tokens.clear();
        aside.is_sent = false;
    }
    // Of a plain case nothing is left to keep.
    head.aside.take_if(|aside| **aside == Aside::default());
    rise(head);
}

/// Which seats of a step the case does not need.
fn seated(head: &mut CaseHead, step: u8, left_out: &[Seat]) {
    let seated = &mut aside(head).seated;
    seated.retain(|(known, _)| *known != step);
    seated.push((step, left_out.to_vec()));
}

/// Who may fill the open seat has changed.
fn restaffed(head: &mut CaseHead, assigned: Option<&UserId>) {
    if let Some(aside) = &mut head.aside
        && aside.assigned.as_ref() != assigned
    {
        aside.assigned = assigned.cloned();
        rise(head);
    }
}

/// Puts values in the place of those with the same names.
fn replace(known: &mut Vec<(String, Value)>, values: &[(String, Value)]) {
    known.retain(|(name, _)| !values.iter().any(|(new, _)| new == name));
    known.extend(values.iter().cloned());
}

/// Votes that still count get the places they have in the other definition.
fn migrated(head: &mut CaseHead, migration: &Migration) {
    let place = |step: u8, seat: Seat| {
        migration.kept.iter().find(|(was, _)| *was == (step, seat)).map(|(_, is)| *is)
    };
    head.votes.retain(|vote| !migration.voided.contains(vote));
    for vote in &mut head.votes {
        if let Some((step, seat)) = place(vote.step, vote.seat) {
            (vote.step, vote.seat) = (step, seat);
        }
    }
    let aside = aside(head);
    aside.acting.retain(|acting| place(acting.step, acting.seat).is_some());
    for acting in &mut aside.acting {
        if let Some((step, seat)) = place(acting.step, acting.seat) {
            (acting.step, acting.seat) = (step, seat);
        }
    }
    aside.past.extend(migration.voided.iter().cloned());
    aside.definition = Some(migration.to);
    // The steps are others now: what was awaited is awaited anew.
    aside.arrived.clear();
    aside.seated.clear();
    // What tables answered under the other definition is asked anew.
    aside.values.retain(|(name, _)| !name.contains('.'));
    (aside.assigned, aside.resume) = (None, None);
    (aside.wake, aside.entered, aside.fired, aside.escalated) = (None, None, 0, 0);
    (head.status, head.due) = (Status::Active, None);
    rise(head);
}

/// What every opening of a step, or of its next seat, does.
fn entered(head: &mut CaseHead, step: u8) {
    if let Some(aside) = &mut head.aside {
        aside.assigned = None;
        if head.step != step {
            (aside.entered, aside.wake, aside.fired, aside.escalated) = (None, None, 0, 0);
        }
        if aside.resume == Some(step) {
            aside.resume = None;
        }
    }
    head.step = step;
    rise(head);
}

/// Votes that must be given anew no longer count; the return itself never did.
fn sent_back(head: &mut CaseHead, to: ReturnTarget, resume: Resume, due: Option<Timestamp>) {
    let from = head.step;
    supersede(head, |step, seat| match (to, resume) {
        (ReturnTarget::Seat { step: back, seat: first }, Resume::Restart) => {
            (step, seat) < (back, first)
        }
        (ReturnTarget::Seat { step: back, seat: first }, Resume::Returner) => {
            (step, seat) != (back, first)
        }
        (ReturnTarget::Submitter | ReturnTarget::Close, Resume::Returner) => true,
        (ReturnTarget::Submitter | ReturnTarget::Close, Resume::Restart) => false,
    });
    let aside = aside(head);
    if resume == Resume::Restart {
        let back = match to {
            ReturnTarget::Seat { step, .. } => step,
            ReturnTarget::Submitter | ReturnTarget::Close => 0,
        };
        aside.arrived.retain(|step| *step < back);
    }
    aside.round = aside.round.saturating_add(1);
    (aside.wake, aside.entered, aside.fired, aside.escalated) = (None, None, 0, 0);
    aside.assigned = None;
    aside.resume = (resume == Resume::Returner).then_some(from);
    head.status = Status::SentBack;
    head.due = due;
    rise(head);
}

/// Keeps the votes that still count and puts the others aside.
fn supersede(head: &mut CaseHead, counts: impl Fn(u8, u8) -> bool) {
    let (mut kept, mut past) = (Vec::new(), Vec::new());
    for vote in std::mem::take(&mut head.votes) {
        let stays = vote.kind == VoteKind::Abstain
            || (vote.kind == VoteKind::Approve && counts(vote.step, vote.seat));
        if stays { kept.push(vote) } else { past.push(vote) }
    }
    let in_force = |step: u8, seat: u8| {
        let mut approvals = kept.iter().filter(|vote| vote.kind == VoteKind::Approve);
        approvals.any(|vote| (vote.step, vote.seat) == (step, seat))
    };
    let aside = aside(head);
    aside.acting.retain(|acting| in_force(acting.step, acting.seat));
    aside.entries.retain(|entry| in_force(entry.step, entry.seat));
    aside.past.append(&mut past);
    head.votes = kept;
}

fn remarked(head: &mut CaseHead, remark: &Remark) {
    let status = head.status;
    let aside = aside(head);
    aside.remarks.push(remark.clone());
    match &remark.deed {
        Deed::Hold => {
            aside.held_from = Some(status);
            head.status = Status::Held;
        }
        Deed::Release => head.status = aside.held_from.take().unwrap_or(Status::Active),
        Deed::Assign(to) => {
            aside.assigned = Some(to.clone());
            rise(head);
        }
        Deed::Review => {
            for one in &mut aside.substitutions {
                one.reviewed = one.reviewed.or(Some(remark.at));
            }
        }
        Deed::Resubmit | Deed::Withdraw | Deed::Consult(_) | Deed::Proceed => {}
    }
}

fn aside(head: &mut CaseHead) -> &mut Aside {
    head.aside.get_or_insert_default()
}

/// What an approver sees or may do has changed.
fn rise(head: &mut CaseHead) {
    head.task_version = head.task_version.saturating_add(1);
}

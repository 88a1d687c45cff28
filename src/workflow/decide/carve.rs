//! Lazy split: lines of a batch become cases of their own while the rest goes on (切離し).
//!
//! The approvers of a batch approve control totals together. A line that must be sent back,
//! refused or set aside is carved out and inherits the votes that already cover it; everything
//! else stays as it was and is not decided anew.

use std::collections::BTreeSet;

use crate::domain::{CaseId, YenTotal};

use super::super::{
    Action, Carve, Case, CaseHead, Command, CommandId, Deed, EffectKind, Event, Exceptions, Fate,
    Heritage, MailKind, Refusal, RowSet, Scope, Status, VoteKind, apply::apply_one,
};
use super::{Child, Course};

/// Lines carved out by one command at most.
pub const CARVED_MAX: usize = 5_000;

/// What is asked to be carved out of a batch, as the service read it from the record file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carving {
    /// The lines, each with what it covers.
    pub rows: Vec<(u32, Scope)>,
    /// What the batch covers without them.
    pub rest: Scope,
    /// What is done to each of them: a return, a rejection or a hold.
    pub action: Box<Action>,
}

impl Course<'_> {
    /// Carves lines out of the batch and does to each what was asked.
    pub(super) fn carve(&mut self, carving: &Carving) -> Result<(), Refusal> {
        let fate = fate_of(&carving.action).ok_or(Refusal::NoSplit)?;
        self.may_carve(carving)?;
        let mut told = BTreeSet::new();
        let mut submitter_told = false;
        let mut children = Vec::with_capacity(carving.rows.len());
        for (row, scope) in &carving.rows {
            let mut child = self.child(*row, *scope, &carving.action)?;
            // The submitter gets one mail for all lines, and so does everybody else.
            child.effects.retain(|effect| match &effect.kind {
                EffectKind::Notice(_) | EffectKind::Repeated { .. } => {
                    submitter_told = true;
                    false
                }
                EffectKind::Again { to, .. } => told.insert(to.clone()),
                EffectKind::Result
                | EffectKind::Slip
                | EffectKind::Final
                | EffectKind::Record
                | EffectKind::FeeStatement { .. }
                | EffectKind::FeeNotice { .. }
                | EffectKind::FeeDebit { .. }
                | EffectKind::DueReminder { .. }
                | EffectKind::OtherSide { .. }
                | EffectKind::Welcome { .. }
                | EffectKind::ContractNotice { .. }
                | EffectKind::Disclosure { .. }
                | EffectKind::Settled { .. }
                | EffectKind::Notified { .. }
                | EffectKind::Security(_)
                | EffectKind::PasswordLetter { .. }
                | EffectKind::ReturnedMail { .. }
                | EffectKind::Receipt
                | EffectKind::Clearing
                | EffectKind::CancelNotice
                | EffectKind::Publish
                | EffectKind::Request { .. }
                | EffectKind::Consult { .. }
                | EffectKind::Absence { .. }
                | EffectKind::Review { .. }
                | EffectKind::Decision { .. } => true,
            });
            children.push(child);
        }
        let person = self.facts.actor.ok_or(Refusal::NotYourSeat)?;
        let carve = Carve {
            rows: RowSet::of(carving.rows.iter().map(|(row, _)| *row)),
            total: YenTotal::new(
                carving
                    .rows
                    .iter()
                    .map(|(_, scope)| scope.total.get())
                    .fold(0, u64::saturating_add),
            ),
            by: person.id.clone(),
            name: person.name.clone(),
            fate,
            reason: reason_of(&carving.action).to_owned(),
            at: self.facts.now,
        };
        self.happen(Event::Carved { carve, scope: carving.rest });
        if submitter_told {
            let n = self.case.head.version;
            self.owe(EffectKind::Repeated { kind: MailKind::CarvedOut, n });
        }
        self.decision.children = children;
        Ok(())
    }

    /// Whether lines may be carved out of this case now, and these.
    fn may_carve(&self, carving: &Carving) -> Result<(), Refusal> {
        let head = &self.case.head;
        let (Status::Active | Status::Overdue, Some(approve)) = (head.status, self.open_approval())
        else {
            return Err(Refusal::NotWaiting(head.status));
        };
        if head.id.row.is_some() || approve.exceptions == Exceptions::None {
            return Err(Refusal::NoSplit);
        }
        let carved: BTreeSet<u32> = head.carves().iter().flat_map(|one| one.rows.iter()).collect();
        let mut seen = BTreeSet::new();
        let twice = carving.rows.iter().find(|(row, _)| carved.contains(row) || !seen.insert(*row));
        if let Some((row, _)) = twice {
            return Err(Refusal::NoSuchRow(*row));
        }
        // The last line is the whole: to send back everything is a decision on the batch.
        let count = u32::try_from(carving.rows.len()).unwrap_or(u32::MAX);
        if carving.rows.is_empty() {
            return Err(Refusal::NoSuchRow(0));
        }
        match head.scope.rows.checked_sub(count) {
            Some(0) => Err(Refusal::NothingLeft),
            Some(left) if left == carving.rest.rows => Ok(()),
            // Others carved meanwhile: what is left was counted on what there is no more.
            _ => Err(Refusal::ContentChanged),
        }
    }

    /// One line as a case of its own, with what is done to it.
    fn child(&self, row: u32, scope: Scope, action: &Action) -> Result<Child, Refusal> {
        let parent = &self.case.head;
        let id = CaseId { row: Some(row), ..parent.id };
        let mut head = CaseHead::new(id, scope);
        // The person saw the batch's page: to the line it is as if its own had been shown.
        let aside = parent.aside.as_deref();
        let heritage = Event::SplitOff(Box::new(Heritage {
            step: parent.step,
            due: parent.due,
            task_version: parent.task_version,
            votes: parent.votes.clone(),
            acting: aside.map(|aside| aside.acting.clone()).unwrap_or_default(),
            values: aside.map(|aside| aside.values.clone()).unwrap_or_default(),
            filled: aside.map(|aside| aside.filled.clone()).unwrap_or_default(),
            arrived: aside.map(|aside| aside.arrived.clone()).unwrap_or_default(),
            definition: aside.and_then(|aside| aside.definition),
        }));
        let mut events = vec![heritage];
        // The seats its approvers found needed are needed of it, too.
        let seated = aside.into_iter().flat_map(|aside| aside.seated.iter().cloned());
        events.extend(seated.map(|(step, left_out)| Event::Seated { step, left_out }));
        // It was sent on with the batch, and is called back should it end otherwise.
        let emitted = aside.into_iter().flat_map(|aside| aside.emitted.iter());
        events.extend(emitted.map(|step| Event::Compensable { step: *step }));
        events.extend(parent.clock().map(Event::Clocked));
        for event in &events {
            apply_one(&mut head, event);
        }
        let case = Case { file: std::sync::Arc::clone(&self.case.file), head };
        let id = self.command();
        let command = Command { id, action: action.clone() };
        let mut course = Course::new(&case, self.definition, id, self.facts);
        course.decision.events = events;
        course.ask(&command.action)?;
        if matches!(action, Action::Do { deed: Deed::Hold, .. })
            && let Some(approve) = course.open_approval()
        {
            course.set_timers(approve);
        }
        course.keep_clock();
        Ok(Child { row, scope, events: course.decision.events, effects: course.decision.effects })
    }

    /// The command being decided: the last one the case remembers.
    fn command(&self) -> CommandId {
        self.case.head.commands.last().copied().unwrap_or_else(|| CommandId::of(""))
    }
}

/// What becomes of lines an action is done to; nothing where lines cannot be carved out for it.
fn fate_of(action: &Action) -> Option<Fate> {
    match action {
        Action::Vote { kind: VoteKind::Return, .. } => Some(Fate::Returned),
        Action::Vote { kind: VoteKind::Reject, .. } => Some(Fate::Rejected),
        Action::Do { deed: Deed::Hold, .. } => Some(Fate::Held),
        Action::Vote { .. }
        | Action::Do { .. }
        | Action::Open { .. }
        | Action::Arrive { .. }
        | Action::Carve(_)
        | Action::PeopleChanged { .. }
        | Action::Migrate { .. }
        | Action::Tick => None,
    }
}

fn reason_of(action: &Action) -> &str {
    match action {
        Action::Vote { reason, .. } => reason.trim(),
        Action::Do { text, .. } => text.trim(),
        Action::Open { .. }
        | Action::Arrive { .. }
        | Action::Carve(_)
        | Action::PeopleChanged { .. }
        | Action::Migrate { .. }
        | Action::Tick => "",
    }
}

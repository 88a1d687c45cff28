//! Carrying a person's decision to the case.

use tracing::info;

use crate::domain::{CaseId, Digest, Person, Timestamp, UserId};
use crate::ports::{Batch, Commit, CommitError, Entry, Expect, Moved, PasswordKind, StoreError};
use crate::workflow::{
    Action, Arrival, Case, Command, CommandId, Decision, Definition, Event, Facts, Refusal, RowSet,
    Seen, Wish, content_digest, decide,
};

use super::report::RowsError;
use super::{Desk, LoginError};

/// How often a decision is made again when others move the case meanwhile.
const TRIES_MAX: usize = 8;

/// A person's decision as it arrives from a page or a command.
#[derive(Debug, Clone)]
pub struct Ballot {
    /// The case.
    pub case: CaseId,
    /// What they want.
    pub wish: Wish,
    /// The lines of a batch they want it for; none for the whole case.
    pub rows: RowSet,
    /// The digest of what they saw.
    pub digest: Digest,
    /// The task version they saw.
    pub task_version: u32,
    /// When it was shown to them, where that is known.
    pub shown_at: Option<Timestamp>,
    /// Why; required unless they approve.
    pub reason: String,
    /// What they filled in, by field, where the step asks for it.
    pub entry: Vec<(String, String)>,
    /// Names this decision; the same one again changes nothing.
    pub command: CommandId,
}

/// Why a decision was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// There is no such case, or it is none of the person's business.
    #[error("there is no case {0}")]
    Unknown(CaseId),
    /// The procedure forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The approval password was wrong or cannot be used.
    #[error(transparent)]
    Password(#[from] LoginError),
    /// The case moved on faster than it could be decided.
    #[error("the case keeps moving; try again")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The kept rows cannot be read.
    #[error("the kept rows cannot be read")]
    Rows(#[from] RowsError),
}

impl Desk {
    /// Carries a person's decision, after checking the approval password.
    ///
    /// The password is asked every time; a wrong one counts. Answers the case as it then is.
    pub fn vote(
        &self,
        user: &UserId,
        approval_password: &str,
        ballot: &Ballot,
    ) -> Result<Case, DecideError> {
        let person = self.check_password(user, PasswordKind::Approval, approval_password)?;
        self.cast(&person, ballot)
    }

    /// Carries the decision of a person whose passwords were checked.
    pub fn cast(&self, person: &Person, ballot: &Ballot) -> Result<Case, DecideError> {
        let seen = Seen {
            digest: ballot.digest,
            task_version: ballot.task_version,
            shown_at: ballot.shown_at,
            reason: &ballot.reason,
            entry: &ballot.entry,
        };
        if let Some(wrong) = self.number_mistake(ballot.case, &ballot.entry) {
            return Err(Refusal::FormMistakes(vec![wrong]).into());
        }
        let action = ballot.wish.action(&seen);
        let action = if ballot.rows.is_empty() {
            action
        } else {
            Action::Carve(self.carving(ballot.case, &ballot.rows, action)?)
        };
        let command = Command { id: ballot.command, action };
        let case = self.carry(ballot.case, Some(person), &command)?;
        let outcome = ballot.wish.name();
        info!(case = %ballot.case, actor = %person.id, outcome, "case decided");
        Ok(case)
    }

    /// Tells a case that something came which its step called `step` may be waiting for.
    pub fn arrive(
        &self,
        id: CaseId,
        step: &str,
        (outcome, note): (Arrival, &str),
        command: CommandId,
    ) -> Result<Case, DecideError> {
        let command = Command { id: command, action: Action::arrival(outcome, step, note) };
        let case = self.carry(id, None, &command)?;
        info!(case = %id, step, outcome = ?outcome, "what was awaited came");
        Ok(case)
    }

    /// Decides a command and commits it, again when the case moved on meanwhile.
    pub(super) fn carry(
        &self,
        id: CaseId,
        actor: Option<&Person>,
        command: &Command,
    ) -> Result<Case, DecideError> {
        for _ in 0..TRIES_MAX {
            let case = self.store.case(id).ok_or(DecideError::Unknown(id))?;
            let definition = self.definition_of(&case).ok_or(DecideError::Unknown(id))?;
            let (decision, now) = self.decide_on(&case, &definition, actor, command)?;
            if decision.events.is_empty() {
                return Ok(case);
            }
            if self.commit_decision(&case, command.id, decision, (now, Vec::new()))? {
                return self.store.case(id).ok_or(DecideError::Unknown(id));
            }
        }
        Err(DecideError::Busy)
    }

    /// Decides a command on a case as it is now; nothing is stored.
    pub(super) fn decide_on(
        &self,
        case: &Case,
        definition: &Definition,
        actor: Option<&Person>,
        command: &Command,
    ) -> Result<(Decision, Timestamp), Refusal> {
        let people = self.people_for(case);
        let (now, rules) = (self.clock.now(), self.rulebook());
        let facts = Facts {
            now,
            actor,
            people: &people,
            calendar: &rules.calendar,
            deadline: rules.deadline,
            digest: content_digest(case, definition),
        };
        Ok((decide(case, definition, command, &facts)?, now))
    }

    /// Commits what was decided on a case, after other entries of the same moment; `false` when it
    /// has moved on meanwhile.
    pub(super) fn commit_decision(
        &self,
        case: &Case,
        command: CommandId,
        decision: Decision,
        (at, mut entries): (Timestamp, Vec<Entry>),
    ) -> Result<bool, DecideError> {
        let Decision { events, effects, children } = decision;
        if events.iter().any(Event::is_recorded) {
            let disclosed = self.disclose(case, &entries, at)?;
            entries.extend(self.recorded_at_last(case, &entries));
            entries.extend(disclosed);
        }
        let moved = Moved { case: case.head.id, command, events, effects };
        entries.push(Entry::Moved(Box::new(moved)));
        if !children.is_empty() {
            entries.push(self.split_entry(case.head.id, command, children)?);
        }
        let batch = Batch {
            commit: Commit { at, entries },
            expect: vec![Expect { case: case.head.id, version: case.head.version }],
        };
        self.commit_one(batch)
    }

    /// Commits a batch; `false` when its case has moved on meanwhile.
    pub(super) fn commit_one(&self, batch: Batch) -> Result<bool, DecideError> {
        match self.store.commit(batch) {
            Ok(()) => Ok(true),
            Err(CommitError::Conflict(_)) => Ok(false),
            Err(CommitError::Store(failed)) => Err(failed.into()),
        }
    }

    /// The definition a case runs by.
    pub fn definition_of(&self, case: &Case) -> Option<std::sync::Arc<Definition>> {
        self.definition(case.definition()?)
    }

    /// The digest of what a case's approvers see.
    pub fn content_of(&self, case: &Case) -> Option<Digest> {
        Some(content_digest(case, self.definition_of(case)?.as_ref()))
    }
}

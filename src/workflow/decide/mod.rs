//! The one function in which everything is decided.

#[cfg(test)]
mod script;
#[cfg(test)]
mod tests;

use crate::domain::Timestamp;

use super::{
    Action, Approve, Case, Command, CommandId, Definition, Effect, EffectKind, EffectScope, Emit,
    Event, Facts, MailKind, OpenSeat, Order, Outcome, Overdue, Refusal, Status, StepKind, Vote,
    VoteKind, all_seats, apply, candidates, open_seats,
    seats::{order, seat_for},
};

/// What a command leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// What happened to the case, in order. Empty when there was nothing to do.
    pub events: Vec<Event>,
    /// What is owed to the world because of it.
    pub effects: Vec<Effect>,
}

/// Decides a command on a case.
///
/// Reads no clock, no file and no random number: equal arguments give equal answers. Production,
/// model checks and tests call this function and nothing beside it. A command the case remembers
/// leads to nothing, so repeating one is safe. Refusals leave no trace in the case.
pub fn decide(
    case: &Case,
    definition: &Definition,
    command: &Command,
    facts: &Facts<'_>,
) -> Result<Decision, Refusal> {
    if case.head.commands.contains(&command.id) {
        return Ok(Decision::default());
    }
    let mut course = Course::new(case, definition, command.id, facts);
    match &command.action {
        Action::Open if case.head.version > 0 => {
            return Err(Refusal::NotWaiting(case.head.status));
        }
        Action::Open => course.advance(0)?,
        Action::Vote { kind, digest, task_version, shown_at, reason } => {
            let ballot = Ballot {
                kind: *kind,
                reason: reason.trim(),
                seen: *digest == facts.digest && *task_version == case.head.task_version,
                shown_at: *shown_at,
            };
            course.vote(&ballot)?;
        }
        Action::Tick => course.tick()?,
    }
    Ok(course.decision)
}

/// A person's decision as it arrived.
struct Ballot<'b> {
    kind: VoteKind,
    reason: &'b str,
    /// Whether what the person saw is what there is now.
    seen: bool,
    shown_at: Option<Timestamp>,
}

/// A decision being made: the case as it will be, and what was decided so far.
struct Course<'a> {
    case: Case,
    definition: &'a Definition,
    command: CommandId,
    facts: &'a Facts<'a>,
    decision: Decision,
}

impl<'a> Course<'a> {
    fn new(
        case: &Case,
        definition: &'a Definition,
        command: CommandId,
        facts: &'a Facts<'a>,
    ) -> Self {
        Self { case: case.clone(), definition, command, facts, decision: Decision::default() }
    }

    fn vote(&mut self, ballot: &Ballot<'_>) -> Result<(), Refusal> {
        let status = self.case.head.status;
        let (Status::Active | Status::Overdue, Some(approve)) = (status, self.open_approval())
        else {
            return Err(Refusal::NotWaiting(status));
        };
        let person = self.facts.actor.ok_or(Refusal::NotYourSeat)?;
        let seat = seat_for(&self.case, approve, person, self.facts.people)?;
        if !ballot.seen {
            return Err(Refusal::ContentChanged);
        }
        if ballot.kind == VoteKind::Approve {
            self.dates_still_hold()?;
        } else if ballot.reason.is_empty() {
            return Err(Refusal::ReasonMissing);
        }
        let vote = Vote {
            step: self.case.head.step,
            seat: seat.seat,
            by: person.id.clone(),
            name: person.name.clone(),
            email: person.email.clone(),
            kind: ballot.kind,
            at: self.facts.now,
            reason: ballot.reason.to_owned(),
        };
        let (digest, shown_at) = (self.facts.digest, ballot.shown_at);
        self.happen(Event::Voted { vote, digest, shown_at });
        match ballot.kind {
            VoteKind::Approve => self.after_approval(approve),
            VoteKind::Return => {
                self.end(Outcome::Returned);
                Ok(())
            }
            VoteKind::Reject => {
                self.end(Outcome::Rejected);
                Ok(())
            }
        }
    }

    /// Asks for the next seat, or goes on when every seat is filled.
    fn after_approval(&mut self, approve: &Approve) -> Result<(), Refusal> {
        let open = open_seats(&self.case, approve);
        let step = self.case.head.step;
        if open.is_empty() {
            return self.advance(step.saturating_add(1));
        }
        // Seats without an order were all asked for when the step opened, and another person's
        // vote must not make the page of those who still decide stale.
        let ordered = order(approve, self.case.file.pattern) == Order::Ordered;
        if ordered || candidates(&self.case, approve, &open, self.facts.people).is_empty() {
            self.enter(approve, step, &open);
        }
        Ok(())
    }

    /// Walks the steps from `index` to the next one that waits for people, or to the end.
    fn advance(&mut self, index: u8) -> Result<(), Refusal> {
        for index in index..=u8::MAX {
            let Some(step) = self.definition.step(index) else { break };
            if step.only_channel.as_ref().is_some_and(|only| *only != self.case.file.channel) {
                continue;
            }
            match &step.kind {
                StepKind::Check => {}
                StepKind::Approve(approve) => {
                    if all_seats(approve, self.case.file.pattern).is_empty() {
                        continue;
                    }
                    let seats = open_seats(&self.at_step(index), approve);
                    self.enter(approve, index, &seats);
                    return Ok(());
                }
                StepKind::Emit(emit) => {
                    self.dates_still_hold()?;
                    self.emit(index, emit);
                }
                StepKind::End(outcome) => {
                    self.end(*outcome);
                    return Ok(());
                }
            }
        }
        self.end(Outcome::Completed);
        Ok(())
    }

    /// Opens a step, or its next seat, and asks those who may fill it.
    fn enter(&mut self, approve: &Approve, step: u8, seats: &[OpenSeat]) {
        let there = self.at_step(step);
        let asked = candidates(&there, approve, seats, self.facts.people);
        let due = self.due(approve, step);
        if asked.is_empty() {
            self.happen(Event::Unstaffed { step, due });
            return;
        }
        let ids = asked.iter().map(|person| person.id.clone()).collect();
        let filled = u8::try_from(there.head.filled().count()).unwrap_or(u8::MAX);
        for person in asked {
            let to = person.id.clone();
            self.owe(EffectKind::Request { to, step, filled, due });
        }
        self.happen(Event::Entered { step, due, candidates: ids });
    }

    fn emit(&mut self, step: u8, emit: &Emit) {
        self.happen(Event::Emitted { step, at: self.facts.now });
        if emit.clearing {
            self.owe(EffectKind::Clearing);
        }
        if emit.receipt {
            self.owe(EffectKind::Receipt);
        }
        if emit.mail {
            self.owe(EffectKind::Notice(MailKind::Approved));
        }
    }

    fn end(&mut self, outcome: Outcome) {
        self.happen(Event::Ended { outcome, at: self.facts.now });
        match outcome {
            Outcome::Completed => {}
            Outcome::Rejected => self.owe(EffectKind::Notice(MailKind::Rejected)),
            Outcome::Returned => self.owe(EffectKind::Notice(MailKind::Returned)),
        }
    }

    /// Looks at seats nobody could fill and at deadlines. Time never approves.
    fn tick(&mut self) -> Result<(), Refusal> {
        let status = self.case.head.status;
        let Some(approve) = self.open_approval() else {
            return Err(Refusal::NotWaiting(status));
        };
        let passed = self.case.head.due.is_some_and(|due| due <= self.facts.now);
        if passed {
            match approve.overdue {
                Overdue::Hold => self.happen(Event::BecameOverdue { at: self.facts.now }),
                Overdue::Reject => self.end(Outcome::Rejected),
                Overdue::Return => self.end(Outcome::Returned),
            }
        } else if status == Status::Incident {
            let seats = open_seats(&self.case, approve);
            if !candidates(&self.case, approve, &seats, self.facts.people).is_empty() {
                self.enter(approve, self.case.head.step, &seats);
            }
        }
        Ok(())
    }

    /// Judges the dates again: a request may have become too late while it waited.
    fn dates_still_hold(&self) -> Result<(), Refusal> {
        let scope = &self.case.head.scope;
        let deadline = self.facts.deadline.of(scope.record_date);
        if self.facts.now > deadline {
            return Err(Refusal::DeadlinePassed { deadline });
        }
        let today = self.facts.calendar.next_open(self.facts.now.date());
        match scope.latest_day {
            Some(last_day) if today > last_day => Err(Refusal::TooCloseToDueDate { last_day }),
            _ => Ok(()),
        }
    }

    /// The step's own deadline or the approval deadline of the rows, whichever comes first.
    ///
    /// A seat opened later in the same step keeps the step's deadline.
    fn due(&self, approve: &Approve, step: u8) -> Option<Timestamp> {
        if step == self.case.head.step && self.case.head.due.is_some() {
            return self.case.head.due;
        }
        let deadline = self.facts.deadline.of(self.case.head.scope.record_date);
        let due = approve.due.map(|due| due.after(self.facts.now, self.facts.calendar));
        Some(due.map_or(deadline, |due| due.min(deadline)))
    }

    fn open_approval(&self) -> Option<&'a Approve> {
        if self.case.head.status.is_final() {
            return None;
        }
        match &self.definition.step(self.case.head.step)?.kind {
            StepKind::Approve(approve) => Some(approve),
            StepKind::Check | StepKind::Emit(_) | StepKind::End(_) => None,
        }
    }

    fn at_step(&self, step: u8) -> Case {
        let mut case = self.case.clone();
        case.head.step = step;
        case
    }

    fn happen(&mut self, event: Event) {
        apply(&mut self.case.head, self.command, std::slice::from_ref(&event));
        self.decision.events.push(event);
    }

    fn owe(&mut self, kind: EffectKind) {
        let scope = self.scope_of(&kind);
        self.decision.effects.push(Effect { scope, kind, at: self.facts.now });
    }

    /// Rows of one file that wait for the same person share one request mail.
    fn scope_of(&self, kind: &EffectKind) -> EffectScope {
        let mut id = self.case.head.id;
        if matches!(kind, EffectKind::Request { .. }) {
            id.row = None;
        }
        EffectScope::Case(id)
    }
}

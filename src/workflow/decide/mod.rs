//! The one function in which everything is decided.
//!
//! Read [`decide`] first; `vote`, `deeds` and `timers` hold what the three kinds of command do.

mod deeds;
mod migrate;
#[cfg(test)]
mod script;
#[cfg(test)]
mod tests;
mod timers;
#[cfg(test)]
mod turns;
mod vote;

use crate::domain::Timestamp;

use self::migrate::Move;
use self::vote::Ballot;
use super::{
    Action, Approve, Case, Command, CommandId, Decide, Definition, Effect, EffectKind, EffectScope,
    Emit, Event, Facts, MailKind, OpenSeat, Outcome, Refusal, StepKind, Why, applies,
    apply::apply_one, candidates, open_seats, values,
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
        Action::Open { .. } if case.head.version > 0 => {
            return Err(Refusal::NotWaiting(case.head.status));
        }
        Action::Open { gathered } => {
            if !gathered.is_empty() {
                course.happen(Event::Gathered(gathered.clone()));
            }
            course.advance(0)?;
        }
        Action::Vote { kind, digest, task_version, shown_at, reason, back_to } => {
            let ballot = Ballot {
                kind: *kind,
                reason: reason.trim(),
                seen: *digest == facts.digest && *task_version == case.head.task_version,
                shown_at: *shown_at,
                back_to: back_to.as_deref(),
            };
            course.vote(&ballot)?;
        }
        Action::Do { deed, text } => course.act(deed, text.trim())?,
        Action::Migrate { from, map, gathered, by } => {
            course.migrate(&Move { from, map, gathered, by })?;
        }
        Action::Tick => course.tick()?,
    }
    Ok(course.decision)
}

/// A decision being made: the case as it will be, and what was decided so far.
struct Course<'a> {
    case: Case,
    definition: &'a Definition,
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
        let mut case = case.clone();
        // As it will be once the events are folded in: what is named after the version is unique.
        case.head.version = case.head.version.saturating_add(1);
        case.head.commands.push(command);
        Self { case, definition, facts, decision: Decision::default() }
    }

    /// Walks the steps from `index` to the next one that waits for people, or to the end.
    fn advance(&mut self, index: u8) -> Result<(), Refusal> {
        for index in index..=u8::MAX {
            let Some(step) = self.definition.step(index) else { break };
            if !self.applies(index) {
                continue;
            }
            match &step.kind {
                StepKind::Check => {}
                StepKind::Decide(decide) => self.look_up(index, decide),
                StepKind::Approve(approve) => {
                    let there = self.at_step(index);
                    let seats = open_seats(&there, approve);
                    // None by contract, or all of them still count after a return.
                    if seats.is_empty() {
                        continue;
                    }
                    self.enter(approve, index, &seats, Why::Round);
                    self.set_timers(approve);
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

    /// Whether a step is for this case.
    fn applies(&self, step: u8) -> bool {
        applies(&self.case, self.definition, step)
    }

    /// Asks a table; it is proved to have an answer for every case.
    fn look_up(&mut self, step: u8, decide: &Decide) {
        let Some(row) = decide.table.decide(&values(&self.case)) else { return };
        let line = u32::try_from(row.line()).unwrap_or(u32::MAX);
        let id = self.definition.step(step).map(|step| step.id.as_str()).unwrap_or_default();
        let named = row.results().iter();
        let results = named.map(|(name, value)| (format!("{id}.{name}"), value.clone())).collect();
        self.happen(Event::Decided { step, line, results });
    }

    /// Opens a step, or its next seat, and asks those who may fill it.
    fn enter(&mut self, approve: &Approve, step: u8, seats: &[OpenSeat], why: Why) {
        let there = self.at_step(step);
        let asked = candidates(&there, approve, seats, self.facts.people);
        let due = self.due(approve, step);
        if asked.is_empty() {
            self.happen(Event::Unstaffed { step, due });
            return;
        }
        let filled = filled(&there);
        let moved = self.case.head.aside.as_ref().is_some_and(|aside| aside.definition.is_some());
        let first = self.case.head.round() == 0 && why == Why::Round && !moved;
        let n = self.case.head.version;
        for person in &asked {
            let to = person.id.clone();
            self.owe(if first {
                EffectKind::Request { to, step, filled, due }
            } else {
                EffectKind::Again { to, step, filled, due, why, n }
            });
        }
        let candidates = asked.iter().map(|person| person.id.clone()).collect();
        self.happen(Event::Entered { step, due, candidates });
    }

    fn emit(&mut self, step: u8, emit: &Emit) {
        self.happen(Event::Emitted { step, at: self.facts.now });
        if emit.publish {
            self.owe(EffectKind::Publish);
        }
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
            Outcome::Withdrawn => self.owe(EffectKind::Notice(MailKind::Withdrawn)),
        }
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
        let head = &self.case.head;
        let is_open = step == head.step && head.status != super::Status::SentBack;
        if is_open && head.due.is_some() {
            return head.due;
        }
        Some(self.due_from(approve, self.facts.now))
    }

    /// The deadline of a step that was opened at `entered`.
    fn due_from(&self, approve: &Approve, entered: Timestamp) -> Timestamp {
        let deadline = self.facts.deadline.of(self.case.head.scope.record_date);
        let due = approve.due.map(|due| due.after(entered, self.facts.calendar));
        due.map_or(deadline, |due| due.min(deadline))
    }

    fn open_approval(&self) -> Option<&'a Approve> {
        if self.case.head.status.is_final() {
            return None;
        }
        match &self.definition.step(self.case.head.step)?.kind {
            StepKind::Approve(approve) => Some(approve),
            StepKind::Check | StepKind::Decide(_) | StepKind::Emit(_) | StepKind::End(_) => None,
        }
    }

    fn at_step(&self, step: u8) -> Case {
        let mut case = self.case.clone();
        if case.head.step != step
            && let Some(aside) = &mut case.head.aside
        {
            aside.escalated = 0;
        }
        case.head.step = step;
        case
    }

    fn happen(&mut self, event: Event) {
        apply_one(&mut self.case.head, &event);
        self.decision.events.push(event);
    }

    fn owe(&mut self, kind: EffectKind) {
        let scope = self.scope_of(&kind);
        self.decision.effects.push(Effect { scope, kind, at: self.facts.now });
    }

    /// Rows of one file that wait for the same person share one request mail.
    fn scope_of(&self, kind: &EffectKind) -> EffectScope {
        let mut id = self.case.head.id;
        if matches!(kind, EffectKind::Request { .. } | EffectKind::Again { .. }) {
            id.row = None;
        }
        EffectScope::Case(id)
    }
}

/// How many seats of the open step are filled.
fn filled(case: &Case) -> u8 {
    u8::try_from(case.head.filled().count()).unwrap_or(u8::MAX)
}

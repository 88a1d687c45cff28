//! The one function in which everything is decided.
//!
//! Read [`decide`] first; `vote`, `deeds`, `timers` and `people` hold what the kinds of command do.

mod branches;
mod carve;
mod clock;
mod colleagues;
#[cfg(test)]
mod constructs;
mod deeds;
mod forms;
#[cfg(test)]
mod clocks;
#[cfg(test)]
mod limits;
mod migrate;
#[cfg(test)]
mod panels;
mod people;
#[cfg(test)]
mod script;
#[cfg(test)]
mod splits;
#[cfg(test)]
mod substitutes;
#[cfg(test)]
mod tests;
mod timers;
#[cfg(test)]
mod told;
#[cfg(test)]
mod turns;
mod vote;
mod waits;

#[cfg(test)]
pub(in crate::workflow) use script::{Asked, PLAIN, Script, approve, everybody, script};

use std::ops::ControlFlow;

use crate::domain::Timestamp;

pub use self::carve::{CARVED_MAX, Carving};
use self::migrate::Move;
use self::vote::Ballot;
use super::{
    Action, Approve, Case, Command, CommandId, Compensate, Decide, Definition, Effect, EffectKind,
    EffectScope, Emit, Event, Facts, Fail, MailKind, Note, OpenSeat, Outcome, Refusal, Rule, Scope,
    StepDue, StepKind, Why, applies,
    apply::{apply_one, parts::within},
    candidates, open_seats,
    seats::seats_left_out,
    values,
};

/// How often a case may be sent back and come again.
///
/// A case that went back and forth so often needs a talk, not another round.
const ROUNDS_MAX: u8 = 10;

/// What a command leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// What happened to the case, in order. Empty when there was nothing to do.
    pub events: Vec<Event>,
    /// What is owed to the world because of it.
    pub effects: Vec<Effect>,
    /// Lines of a batch that became cases of their own because of it.
    pub children: Vec<Child>,
}

/// A line that became a case of its own, and what happened to it since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// The record number.
    pub row: u32,
    /// What it covers.
    pub scope: Scope,
    /// What happened to it, in order.
    pub events: Vec<Event>,
    /// What is owed because of it.
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
    course.ask(&command.action)?;
    course.keep_clock();
    Ok(course.decision)
}

/// A decision being made: the case as it will be, and what was decided so far.
struct Course<'a> {
    case: Case,
    definition: &'a Definition,
    facts: &'a Facts<'a>,
    decision: Decision,
    /// The branch in focus with its steps, while something is decided in one.
    branch: Option<(u8, (u8, u8))>,
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
        Self { case, definition, facts, decision: Decision::default(), branch: None }
    }

    /// Decides what is asked.
    fn ask(&mut self, action: &Action) -> Result<(), Refusal> {
        match action {
            // A line carved out of a batch was opened with it.
            Action::Open { .. } if self.case.head.version > 1 => {
                Err(Refusal::NotWaiting(self.case.head.status))
            }
            Action::Open { gathered } => {
                if !gathered.is_empty() {
                    self.happen(Event::Gathered(gathered.clone()));
                }
                self.advance(0)
            }
            Action::Vote { kind, digest, task_version, shown_at, reason, back_to, entry, way } => {
                let version = self.case.head.task_version;
                let ballot = Ballot {
                    kind: *kind,
                    reason: reason.trim(),
                    seen: *digest == self.facts.digest && *task_version == version,
                    shown_at: *shown_at,
                    back_to: back_to.as_deref(),
                    entry,
                    way: *way,
                };
                self.vote(&ballot)
            }
            Action::Do { deed, text } => self.act(deed, text.trim()),
            Action::Arrive { outcome, step, note } => self.arrive(*outcome, step, note.trim()),
            Action::Carve(carving) => self.carve(carving),
            Action::PeopleChanged { before } => self.restaff(before),
            Action::Migrate { from, map, gathered, by } => {
                self.migrate(&Move { from, map, gathered, by })
            }
            Action::Tick => self.tick(),
        }
    }

    /// Walks the steps from `from` to the next one that waits, or to the end.
    fn advance(&mut self, from: u8) -> Result<(), Refusal> {
        let mut index = from;
        // Every way back passes people, so a walk visits no step twice.
        for _ in 0..=u8::MAX {
            if self.branch.is_some_and(|(_, (_, end))| index >= end) {
                self.happen(Event::BranchEnded);
                return Ok(());
            }
            if self.definition.step(index).is_none() {
                break;
            }
            if self.applies(index) && self.take(index)? == Course::WAITS {
                return Ok(());
            }
            index = self.onward(index)?;
        }
        self.end(Outcome::Completed);
        Ok(())
    }

    /// Takes one step; whether the case goes on by itself.
    fn take(&mut self, index: u8) -> Result<ControlFlow<()>, Refusal> {
        let Some(step) = self.definition.step(index) else { return Ok(Self::GOES_ON) };
        match &step.kind {
            StepKind::Check(rules) => return Ok(self.check(index, rules)),
            StepKind::Decide(decide) => self.look_up(index, decide),
            StepKind::Approve(approve) => {
                self.seat(index, approve);
                let there = self.at_step(index);
                let seats = open_seats(&there, approve);
                // None by contract, or all of them still count after a return.
                if seats.is_empty() {
                    return Ok(Self::GOES_ON);
                }
                self.enter(approve, index, &seats, Why::Round);
                self.set_timers(approve);
                return Ok(Self::WAITS);
            }
            StepKind::Wait(wait) => return Ok(self.wait(index, wait)),
            StepKind::Parallel(parallel) => return self.fork(index, parallel),
            StepKind::Emit(emit) => {
                if let Err(late) = self.may_emit(index) {
                    self.end_too_late(index, &late);
                    return Ok(Self::WAITS);
                }
                self.emit(index, emit);
            }
            StepKind::End(outcome) => {
                self.end(*outcome);
                return Ok(Self::WAITS);
            }
        }
        Ok(Self::GOES_ON)
    }

    const WAITS: ControlFlow<()> = ControlFlow::Break(());
    const GOES_ON: ControlFlow<()> = ControlFlow::Continue(());

    /// The step after `index`; going back asks anew from there.
    fn onward(&mut self, index: u8) -> Result<u8, Refusal> {
        let skipped = !self.applies(index);
        let inner = self.definition.parallel(index).map(|parallel| parallel.after);
        let beside = inner.unwrap_or(index.saturating_add(1));
        let next = if skipped { beside } else { self.definition.after(index) };
        if next <= index {
            self.jump(next)?;
        }
        Ok(next)
    }

    /// Goes back to an earlier step.
    fn jump(&mut self, to: u8) -> Result<(), Refusal> {
        if self.case.head.round() >= ROUNDS_MAX {
            return Err(Refusal::TooManyRounds(ROUNDS_MAX));
        }
        self.happen(Event::Jumped { to });
        Ok(())
    }

    /// Asks the flow's own rules; the first that ends the case is the last.
    fn check(&mut self, step: u8, rules: &[Rule]) -> ControlFlow<()> {
        for rule in rules {
            if !rule.when.holds(&values(&self.case)) {
                continue;
            }
            let (text, at) = (rule.say.clone(), self.facts.now);
            self.happen(Event::Found(Note { step, text, at }));
            match rule.fail {
                Fail::Warn => {}
                Fail::Return => {
                    self.end(Outcome::Returned);
                    return Self::WAITS;
                }
                Fail::Reject => {
                    self.end(Outcome::Rejected);
                    return Self::WAITS;
                }
            }
        }
        Self::GOES_ON
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

    /// Settles which of a step's seats this case needs.
    fn seat(&mut self, step: u8, approve: &Approve) {
        if let Some(left_out) = seats_left_out(&self.at_step(step), approve) {
            self.happen(Event::Seated { step, left_out });
        }
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
        // Who is on the other side is told of their own request only, not of the file's.
        let shared = !self.definition.is_consent(step);
        let first = self.case.head.round() == 0 && why == Why::Round && !moved && shared;
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
        if emit.compensate == Compensate::CancelNotice {
            self.happen(Event::Compensable { step });
        }
    }

    /// What was sent out is called back, once, when the case ends otherwise after all.
    fn compensate(&mut self) {
        if self.case.head.aside.as_ref().is_some_and(|aside| !aside.emitted.is_empty()) {
            self.owe(EffectKind::CancelNotice);
        }
    }

    fn end(&mut self, outcome: Outcome) {
        self.leave_branches();
        // What was sent on and answered is not called back, be the answer good or bad.
        if !matches!(outcome, Outcome::Completed | Outcome::Recorded | Outcome::Errored) {
            self.compensate();
        }
        self.happen(Event::Ended { outcome, at: self.facts.now });
        match outcome {
            Outcome::Completed => {}
            Outcome::Rejected => self.owe(EffectKind::Notice(MailKind::Rejected)),
            Outcome::Returned => self.owe(EffectKind::Notice(MailKind::Returned)),
            Outcome::Withdrawn => self.owe(EffectKind::Notice(MailKind::Withdrawn)),
            Outcome::Recorded | Outcome::Errored => {
                let mail = if outcome == Outcome::Recorded {
                    MailKind::Recorded
                } else {
                    MailKind::Errored
                };
                self.owe(EffectKind::Record);
                self.owe(EffectKind::Notice(mail));
            }
        }
    }

    /// Judges the dates again: a request may have become too late while it waited.
    fn dates_still_hold(&self) -> Result<(), Refusal> {
        // What was sent on kept its dates then.
        if self.is_sent() {
            return Ok(());
        }
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
        let due = approve.due.as_ref().and_then(|due| self.moment(due, entered));
        // What was sent on has kept that one.
        due.map_or(deadline, |due| if self.is_sent() { due } else { due.min(deadline) })
    }

    fn is_sent(&self) -> bool {
        self.case.head.aside.as_ref().is_some_and(|aside| aside.is_sent)
    }

    /// The moment a deadline means for a step that was opened at `entered`; none where the case
    /// lacks its date.
    fn moment(&self, due: &StepDue, entered: Timestamp) -> Option<Timestamp> {
        let calendar = self.facts.calendar;
        match due {
            StepDue::Opening(due) => Some(due.after(entered, calendar)),
            StepDue::Date(from) => Some(from.moment(self.date(&from.name)?, calendar)),
        }
    }

    fn open_approval(&self) -> Option<&'a Approve> {
        if self.case.head.status.is_final() {
            return None;
        }
        self.definition.approval(self.case.head.step)
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
        let head = &mut self.case.head;
        let event = if let Some((branch, steps)) = self.branch {
            within(head, steps, &event);
            Event::Within { branch, steps, event: Box::new(event) }
        } else {
            apply_one(head, &event);
            event
        };
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

/// How many seats of the open step are filled.
fn filled(case: &Case) -> u8 {
    u8::try_from(case.head.filled().count()).unwrap_or(u8::MAX)
}

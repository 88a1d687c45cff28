//! Rehearsals: a case runs through `decide` with invented people and a clock that jumps.
//!
//! Read [`Rehearsal`] first. Nothing here decides anything: it asks [`decide`] and folds the
//! answer in, as production does. [`Script`] is what people do, [`tell`] makes it a story, and
//! `golden` compares how it ends with what a file expects.

mod cast;
mod given;
mod golden;
mod refused;
mod script;
mod story;
#[cfg(test)]
mod tests;

use crate::domain::{BankCalendar, Date, Person, Timestamp, UserId};

use super::{
    Action, ApprovalDeadline, Case, Command, CommandId, Decision, Definition, Facts, Refusal, Seen,
    VoteKind, Wish, apply, content_digest, decide, waits_for,
};

pub use cast::{find_person, invented_people, load_people};
pub use given::{Given, parse_moment};
pub use golden::{Bank, check_golden};
pub use script::{Cue, Misread, Script};
pub use story::{headline, standing, tell};

/// How long a person takes when everybody simply approves.
const TURN_MS: i64 = 30 * 60_000;

/// What a rehearsal is played on: everything that stays the same while it runs.
#[derive(Debug, Clone, Copy)]
pub struct Stage<'a> {
    /// The flow.
    pub definition: &'a Definition,
    /// Everybody at the submitter's and the desk's organisation.
    pub people: &'a [Person],
    /// The bank's calendar.
    pub calendar: &'a BankCalendar,
    /// The time of day of the approval deadline.
    pub deadline: ApprovalDeadline,
}

/// The definition to play on `day` of those with one id: the one in force, or the first to come.
///
/// A flow is rehearsed before it comes into force.
pub fn flow_on<'d>(
    day: Date,
    versions: impl Iterator<Item = &'d Definition> + Clone,
) -> Option<&'d Definition> {
    let in_force = versions.clone().filter(|one| one.effective_from <= day);
    let in_force = in_force.max_by_key(|one| one.effective_from);
    in_force.or_else(|| versions.min_by_key(|one| one.effective_from))
}

/// A case being played through: cheap to clone, so that a moment can go on in several ways.
#[derive(Debug, Clone)]
pub struct Rehearsal<'a> {
    stage: Stage<'a>,
    case: Case,
    now: Timestamp,
    asked: u32,
}

/// What is asked of the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Enter the first step.
    Open,
    /// Look at the clock.
    Tick,
    /// A person wants something, having seen the case as it is.
    Wish {
        /// Who; somebody the stage does not know is refused like anybody without a seat.
        by: UserId,
        /// What they want.
        wish: Wish,
        /// Why.
        reason: String,
    },
}

/// One thing that was asked, and what came of it.
#[derive(Debug, Clone)]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// What was asked.
    pub asked: Asked,
    /// The decision, or why it was refused.
    pub answer: Result<Decision, Refusal>,
    /// The case afterwards.
    pub after: Case,
}

impl<'a> Rehearsal<'a> {
    /// A case before its first event, at `now`.
    pub const fn new(stage: Stage<'a>, case: Case, now: Timestamp) -> Self {
        Self { stage, case, now, asked: 0 }
    }

    /// The case as it stands.
    pub const fn case(&self) -> &Case {
        &self.case
    }

    /// What the clock shows.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Asks for one thing at this moment; what is not refused is folded into the case.
    pub fn ask(&mut self, asked: &Asked) -> Result<Decision, Refusal> {
        self.asked = self.asked.saturating_add(1);
        let id = CommandId::of(&format!("{} {asked:?}", self.asked));
        let digest = content_digest(&self.case, self.stage.definition);
        let (action, actor) = match asked {
            Asked::Open => (Action::Open { gathered: Vec::new() }, None),
            Asked::Tick => (Action::Tick, None),
            Asked::Wish { by, wish, reason } => {
                let task_version = self.case.head.task_version;
                let seen = Seen { digest, task_version, shown_at: Some(self.now), reason };
                let actor = self.stage.people.iter().find(|person| person.id == *by);
                (wish.action(&seen), actor)
            }
        };
        let facts = Facts {
            now: self.now,
            actor,
            people: self.stage.people,
            calendar: self.stage.calendar,
            deadline: self.stage.deadline,
            digest,
        };
        let command = Command { id, action };
        let decision = decide(&self.case, self.stage.definition, &command, &facts)?;
        if !decision.events.is_empty() {
            apply(&mut self.case.head, id, &decision.events);
        }
        Ok(decision)
    }

    /// The next moment at which something happens by itself: a deadline or a timer.
    pub fn next_timer(&self) -> Option<Timestamp> {
        let head = &self.case.head;
        if head.status.is_final() {
            return None;
        }
        [head.due, head.wake()].into_iter().flatten().min()
    }

    /// Lets time pass until `moment`; deadlines and timers come due at their exact moments.
    ///
    /// The clock never goes back.
    pub fn run_until(&mut self, moment: Timestamp) -> Vec<Happened> {
        let mut happened = Vec::new();
        while let Some(timer) = self.next_timer().filter(|timer| *timer <= moment) {
            self.now = self.now.max(timer);
            let one = self.happen(Asked::Tick);
            // A clock that strikes without any effect would strike for ever.
            let idle = one.answer.as_ref().map_or(true, |decision| decision.events.is_empty());
            if idle {
                break;
            }
            happened.push(one);
        }
        self.now = self.now.max(moment);
        happened
    }

    /// Opens the case, lets people do as the script says, and waits until it ends.
    pub fn follow(&mut self, script: &Script) -> Vec<Happened> {
        let mut happened = vec![self.happen(Asked::Open)];
        for cue in &script.cues {
            happened.extend(self.run_until(cue.at));
            let Cue { by, wish, reason, .. } = cue.clone();
            happened.push(self.happen(Asked::Wish { by, wish, reason }));
        }
        happened.extend(self.run_until(script.ends));
        happened
    }

    /// Opens the case; whoever it waits for approves after half an hour, one after another.
    pub fn improvise(&mut self, until: Timestamp) -> Vec<Happened> {
        let mut happened = vec![self.happen(Asked::Open)];
        while !self.case.head.status.is_final() {
            let turn = self.now.plus_ms(TURN_MS);
            if turn > until {
                break;
            }
            happened.extend(self.run_until(turn));
            let Some(by) = self.awaited().first().map(|person| person.id.clone()) else {
                // Somebody may be added when it takes too long.
                let Some(timer) = self.next_timer().filter(|timer| *timer <= until) else { break };
                happened.extend(self.run_until(timer));
                continue;
            };
            let wish = Wish::Vote(VoteKind::Approve, None);
            happened.push(self.happen(Asked::Wish { by, wish, reason: String::new() }));
            if happened.last().is_some_and(|one| one.answer.is_err()) {
                break;
            }
        }
        happened.extend(self.run_until(until));
        happened
    }

    /// The people the case waits for, in the order of the stage.
    pub fn awaited(&self) -> Vec<&'a Person> {
        let Stage { definition, people, .. } = self.stage;
        people.iter().filter(|person| waits_for(&self.case, definition, person, people)).collect()
    }

    fn happen(&mut self, asked: Asked) -> Happened {
        let answer = self.ask(&asked);
        Happened { at: self.now, asked, answer, after: self.case.clone() }
    }
}

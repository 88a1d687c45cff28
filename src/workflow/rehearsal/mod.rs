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

use super::expr::Type;
use super::{
    Action, ApprovalDeadline, Arrival, Awaited, Case, Command, CommandId, Decision, Deed,
    Definition, Facts, Form, Refusal, Seen, Status, VoteKind, Wish, apply, content_digest, decide,
    places, waits_for,
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
        /// Why; where a form is to be filled in, what: `amount=1,000,000 due=2026-12-31`.
        reason: String,
    },
    /// Something came that the case may be waiting for.
    Arrive {
        /// Whether it was good.
        outcome: Arrival,
        /// What was told with it.
        note: String,
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
            Asked::Arrive { outcome, note } => (self.arrival(*outcome, note), None),
            Asked::Wish { by, wish, reason } => {
                let task_version = self.case.head.task_version;
                let entry = pairs(reason);
                let (shown_at, entry) = (Some(self.now), entry.as_slice());
                let seen = Seen { digest, task_version, shown_at, reason, entry };
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
            happened.push(self.happen(cue.asked.clone()));
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
                if self.waits_outside() {
                    let (outcome, note) = (Arrival::Ok, String::new());
                    happened.push(self.happen(Asked::Arrive { outcome, note }));
                    continue;
                }
                // Somebody may be added when it takes too long.
                let Some(timer) = self.next_timer().filter(|timer| *timer <= until) else { break };
                happened.extend(self.run_until(timer));
                continue;
            };
            let (wish, reason) = self.usual(&by);
            happened.push(self.happen(Asked::Wish { by, wish, reason }));
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

    /// Whether nobody is asked and something from outside is awaited.
    fn waits_outside(&self) -> bool {
        places(&self.case).iter().any(|place| {
            place.head.status == Status::Waiting
                && self
                    .stage
                    .definition
                    .wait(place.head.step)
                    .is_some_and(|wait| matches!(wait.until, Awaited::File | Awaited::Message))
        })
    }

    /// What comes for the first wait there is.
    fn arrival(&self, outcome: Arrival, note: &str) -> Action {
        let here = |place: &Case| self.stage.definition.wait(place.head.step).is_some();
        let step = places(&self.case).into_iter().find(here).map(|place| place.head.step);
        let step = step.and_then(|step| self.stage.definition.step(step));
        Action::arrival(outcome, step.map_or("", |step| step.id.as_str()), note)
    }

    /// What whoever the case waits for usually does: approve, fill in a form, let it go on.
    fn usual(&self, by: &UserId) -> (Wish, String) {
        let Stage { definition, people, .. } = self.stage;
        let person = people.iter().find(|person| person.id == *by);
        let mine = |place: &&Case| {
            person.is_some_and(|person| waits_for(place, definition, person, people))
        };
        let places = places(&self.case);
        let place = places.iter().find(mine).unwrap_or(&self.case);
        if place.head.status != Status::SentBack && definition.wait(place.head.step).is_some() {
            return (Wish::Do(Deed::Proceed), "確認しました".to_owned());
        }
        if place.head.status == Status::SentBack {
            return (Wish::Do(Deed::Resubmit), "確認しました".to_owned());
        }
        let form = definition.approval(place.head.step).and_then(|found| found.form.as_ref());
        (Wish::Vote(VoteKind::Approve, None), form.map(sample_entry).unwrap_or_default())
    }

    fn happen(&mut self, asked: Asked) -> Happened {
        let answer = self.ask(&asked);
        Happened { at: self.now, asked, answer, after: self.case.clone() }
    }
}

/// `amount=1,000,000 due=2026-12-31` taken apart; words without `=` are no entry.
pub fn pairs(text: &str) -> Vec<(String, String)> {
    let words = text.split_whitespace().filter_map(|word| word.split_once('='));
    words.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A form filled in with something that fits.
fn sample_entry(form: &Form) -> String {
    let fields = form.fields.iter().map(|field| {
        let name = field.name.rsplit('.').next().unwrap_or(&field.name);
        let value = match &field.kind {
            Type::Yen => "1,000,000".to_owned(),
            Type::Number => "1".to_owned(),
            Type::Date => "2026-12-31".to_owned(),
            Type::Bool => "はい".to_owned(),
            Type::Text => "見本".to_owned(),
            Type::Enum(words) => words.first().map(|word| word.id.clone()).unwrap_or_default(),
        };
        format!("{name}={value}")
    });
    fields.collect::<Vec<_>>().join(" ")
}

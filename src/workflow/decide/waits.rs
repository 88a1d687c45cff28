//! Waits: for a file, a day, a message, or a person who lets the case go on.

use std::ops::ControlFlow;

use crate::domain::{Date, Timestamp};

use super::super::expr::Value;
use super::super::{
    Action, Arrival, Awaited, Deed, Event, Exit, Note, Outcome, Refusal, Status, Step, StepKind,
    Wait, seats::holds, values,
};
use super::Course;

impl Course<'_> {
    /// Begins to wait, unless what is awaited has come already.
    pub(super) fn wait(&mut self, step: u8, wait: &Wait) -> ControlFlow<()> {
        let aside = self.case.head.aside.as_ref();
        if aside.is_some_and(|aside| aside.arrived.contains(&step)) {
            return Self::GOES_ON;
        }
        let now = self.facts.now;
        let timeout = wait.timeout.as_ref().map(|due| {
            // A case that lacks the date waits no longer than it may be approved.
            let deadline = self.facts.deadline.of(self.case.head.scope.record_date);
            self.moment(due, now).unwrap_or(deadline).max(now)
        });
        let until = match &wait.until {
            Awaited::Date(_) => self.day(wait),
            Awaited::File | Awaited::Message | Awaited::Release => timeout,
        };
        self.happen(Event::Waiting { step, until });
        Self::WAITS
    }

    /// The moment a wait for a day ends; at once where the case has no such date.
    fn day(&self, wait: &Wait) -> Option<Timestamp> {
        let Awaited::Date(from) = &wait.until else { return None };
        let now = self.facts.now;
        let date = self.date(&from.name).unwrap_or(now.date());
        Some(from.moment(date, self.facts.calendar).max(now))
    }

    /// A date of the case by its name; none where the case lacks it.
    pub(super) fn date(&self, name: &str) -> Option<Date> {
        match values(&self.case).get(name) {
            Some(Value::Date(date)) => Some(*date),
            _ => None,
        }
    }

    /// Something came that a wait may be for.
    pub(super) fn arrive(
        &mut self,
        outcome: Arrival,
        step: &str,
        note: &str,
    ) -> Result<(), Refusal> {
        let found = self.definition.steps.iter().position(|one| one.id == step);
        let at = found.and_then(|at| u8::try_from(at).ok());
        let (branch, step) = self.waiting_at(at)?;
        match branch {
            Some(branch) => self.within(branch, |course| course.over(step, outcome, note)),
            None => self.over(step, outcome, note),
        }
    }

    /// A person lets the case go on.
    pub(super) fn proceed(&mut self, text: &str) -> Result<(), Refusal> {
        let person = self.facts.actor.ok_or(Refusal::NotYourSeat)?;
        let (branch, step) = self.waiting_at(None)?;
        let who = self.definition.wait(step).and_then(|wait| wait.release.as_ref());
        if !who.is_some_and(|who| holds(&self.case, who, person)) {
            return Err(Refusal::NotYourSeat);
        }
        self.remark(&Deed::Proceed, text)?;
        match branch {
            Some(branch) => self.within(branch, |course| course.over(step, Arrival::ByHand, "")),
            None => self.over(step, Arrival::ByHand, ""),
        }
    }

    /// Where the case waits, and in which branch: at `step`, or anywhere.
    fn waiting_at(&self, step: Option<u8>) -> Result<(Option<u8>, u8), Refusal> {
        let head = &self.case.head;
        let here = |status: Status, at: u8| {
            matches!(status, Status::Waiting | Status::Incident)
                && self.definition.wait(at).is_some()
                && step.is_none_or(|step| step == at)
        };
        let mut tokens = (0_u8..).zip(head.tokens());
        if let Some((branch, token)) = tokens.find(|(_, token)| here(token.status, token.step)) {
            return Ok((Some(branch), token.step));
        }
        if head.tokens().is_empty() && here(head.status, head.step) {
            return Ok((None, head.step));
        }
        Err(Refusal::NotWaiting(head.status))
    }

    /// The wait at `step` is over: the case goes on where the flow says.
    pub(super) fn over(&mut self, step: u8, outcome: Arrival, note: &str) -> Result<(), Refusal> {
        let Some(wait) = self.definition.wait(step) else { return Ok(()) };
        let exit = match outcome {
            Arrival::Ok | Arrival::ByHand => wait.ok,
            Arrival::Ng => wait.ng,
            Arrival::Late => wait.late,
        };
        if exit == Exit::Incident {
            // It goes on waiting, and a person is asked to look.
            self.happen(Event::Unstaffed { step, due: None });
            return Ok(());
        }
        let at = self.facts.now;
        self.happen(Event::Arrived { step, outcome, note: note.to_owned(), at });
        match exit {
            Exit::Step(to) if to <= step => {
                self.jump(to)?;
                self.advance(to)
            }
            // An end of the whole case lies outside every branch.
            Exit::Step(to) if self.branch.is_some_and(|(_, (_, end))| to >= end) => {
                self.leave_branches();
                self.advance(to)
            }
            Exit::Step(to) => self.advance(to),
            Exit::Next | Exit::Incident => self.go_on(step),
        }
    }

    /// Whether the dates still allow what is to be sent on; once something was, they are kept.
    pub(super) fn may_emit(&self, step: u8) -> Result<(), Refusal> {
        let head = &self.case.head;
        // A line does not bring along whether its batch was sent on before it was taken out.
        let as_batch = head.id.row.is_some() && self.has_emit_before(step);
        if as_batch { Ok(()) } else { self.dates_still_hold() }
    }

    /// Whether the way to `step` has an emit before it that is for this case.
    fn has_emit_before(&self, step: u8) -> bool {
        let emits = |one: &Step| matches!(one.kind, StepKind::Emit(_));
        (0..step).any(|at| self.definition.step(at).is_some_and(emits) && self.applies(at))
    }

    /// While it waited it became too late to send it on: nobody can decide that away.
    pub(super) fn end_too_late(&mut self, step: u8, why: &Refusal) {
        let text = if let Refusal::DeadlinePassed { deadline } = why {
            let deadline = deadline.japanese();
            format!("承認期限（{deadline}）までに送り出せませんでしたので、お返しします。")
        } else {
            format!("送り出せませんでしたので、お返しします。{}", why.japanese())
        };
        let at = self.facts.now;
        self.happen(Event::Found(Note { step, text, at }));
        self.end(Outcome::Returned);
    }

    /// Time has passed at a wait.
    pub(super) fn wait_is_late(&mut self) -> Result<(), Refusal> {
        let (step, now) = (self.case.head.step, self.facts.now);
        let Some(wait) = self.definition.wait(step) else { return Ok(()) };
        if self.case.head.due.is_none_or(|due| due > now) {
            return Ok(());
        }
        let outcome = match wait.until {
            Awaited::Date(_) => Arrival::Ok,
            Awaited::File | Awaited::Message | Awaited::Release => Arrival::Late,
        };
        self.over(step, outcome, "")
    }
}

impl Action {
    /// Something that a wait of the step called `step` may be for.
    pub fn arrival(outcome: Arrival, step: &str, note: &str) -> Self {
        Self::Arrive { outcome, step: step.to_owned(), note: note.to_owned() }
    }
}

//! Time: reminders, escalations and deadlines. Time never approves.

use crate::domain::{BankCalendar, Timestamp};

use super::super::{
    Approve, EffectKind, Event, Outcome, Overdue, Refusal, Remind, Status, Why, candidates,
    open_seats,
};
use super::{Course, filled};

/// What a timer does when it fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    /// Those who may fill the open seats get another mail.
    Remind,
    /// More people may fill them.
    Escalate,
}

/// The timers of a step in the order they fire.
///
/// `due` is its deadline: the offsets of reminders count from it, escalations from the opening. Who
/// is asked where it takes too long is asked at the deadline at the latest, because what is held
/// for a person then must not wait for the same ones alone.
fn timers(
    approve: &Approve,
    entered: Timestamp,
    due: Option<Timestamp>,
    calendar: &BankCalendar,
) -> Vec<(Timestamp, Timer)> {
    let latest = due.filter(|due| approve.overdue == Overdue::Hold && *due > entered);
    let escalates = approve.escalate.iter().map(|one| one.after.after(entered, calendar));
    let mut timers: Vec<_> =
        escalates.map(|at| (latest.map_or(at, |latest| at.min(latest)), Timer::Escalate)).collect();
    for remind in &approve.remind {
        let Some(due) = due else { break };
        match *remind {
            Remind::Before(span) => {
                timers.push((span.before(due, calendar), Timer::Remind));
            }
            Remind::After(span) => timers.push((span.after(due, calendar), Timer::Remind)),
            Remind::Every { span, max } => timers
                .extend((1..=max).map(|k| (span.times(k).after(due, calendar), Timer::Remind))),
        }
    }
    // A reminder before the step was opened has nobody to remind.
    timers.retain(|(at, _)| *at > entered);
    timers.sort_unstable();
    timers
}

impl Course<'_> {
    /// Sets the timers of the step just opened.
    pub(super) fn set_timers(&mut self, approve: &Approve) {
        let entered = self.facts.now;
        let timers = timers(approve, entered, self.case.head.due, self.facts.calendar);
        if let Some((wake, _)) = timers.first() {
            self.happen(Event::TimersSet { entered, wake: Some(*wake) });
        }
    }

    /// Looks at deadlines, at timers, and at seats nobody could fill, in every branch.
    pub(super) fn tick(&mut self) -> Result<(), Refusal> {
        let head = &self.case.head;
        let late = head.due.is_some_and(|due| due <= self.facts.now);
        if head.status == Status::SentBack && late {
            // What the submitter never handed in again stays with them.
            self.end(Outcome::Returned);
            return Ok(());
        }
        if head.tokens().is_empty() {
            return self.tick_here();
        }
        if matches!(head.status, Status::SentBack | Status::Held) {
            return Ok(());
        }
        self.tick_branches()
    }

    /// The same where the case has one open step, or in the branch in focus.
    pub(super) fn tick_here(&mut self) -> Result<(), Refusal> {
        let status = self.case.head.status;
        if self.definition.wait(self.case.head.step).is_some() {
            return self.wait_is_late();
        }
        let Some(approve) = self.open_approval() else {
            return Err(Refusal::NotWaiting(status));
        };
        self.fire_timers(approve);
        if self.case.head.due.is_some_and(|due| due <= self.facts.now) {
            match approve.overdue {
                Overdue::Hold => self.happen(Event::BecameOverdue { at: self.facts.now }),
                Overdue::Reject => self.end(Outcome::Rejected),
                Overdue::Return => self.end(Outcome::Returned),
            }
        } else if self.case.head.status == Status::Incident {
            let seats = open_seats(&self.case, approve);
            if !candidates(&self.case, approve, &seats, self.facts.people).is_empty() {
                self.enter(approve, self.case.head.step, &seats, Why::Round);
            }
        }
        Ok(())
    }

    /// Fires every timer whose time has come; after a standstill one mail stands for many.
    fn fire_timers(&mut self, approve: &Approve) {
        let now = self.facts.now;
        let Some(aside) = self.case.head.aside.as_deref() else { return };
        let (Some(entered), Some(_)) = (aside.entered, aside.wake.filter(|wake| *wake <= now))
        else {
            return;
        };
        let (before, was_fired) = (aside.escalated, usize::from(aside.fired));
        let due = Some(self.due_from(approve, entered));
        let all = timers(approve, entered, due, self.facts.calendar);
        let ready: Vec<_> =
            all.iter().skip(was_fired).take_while(|(at, _)| *at <= now).map(|(_, t)| *t).collect();
        let fired = was_fired.saturating_add(ready.len());
        let more = ready.iter().filter(|timer| **timer == Timer::Escalate).count();
        let escalated = before.saturating_add(u8::try_from(more).unwrap_or(u8::MAX));
        self.happen(Event::TimersFired {
            fired: u8::try_from(fired).unwrap_or(u8::MAX),
            escalated,
            wake: all.get(fired).map(|(at, _)| *at),
        });
        self.tell(approve, before, ready.contains(&Timer::Remind));
    }

    /// Mails who may fill the open seats: the new ones after an escalation, all as a reminder.
    fn tell(&mut self, approve: &Approve, escalated_before: u8, remind: bool) {
        let seats = open_seats(&self.case, approve);
        let mut before = self.case.clone();
        if let Some(aside) = &mut before.head.aside {
            aside.escalated = escalated_before;
        }
        let people = self.facts.people;
        let knew = candidates(&before, approve, &seats, people);
        let may = candidates(&self.case, approve, &seats, people);
        let (step, due, n) = (self.case.head.step, self.case.head.due, self.case.head.version);
        let filled = filled(&self.case);
        for person in may {
            let why = match knew.contains(&person) {
                false => Why::Escalation,
                true if remind => Why::Reminder,
                true => continue,
            };
            let to = person.id.clone();
            self.owe(EffectKind::Again { to, step, filled, due, why, n });
        }
    }
}

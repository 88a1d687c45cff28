//! The clock of a case: how long it is with the bank, against what the flow promises.

use super::super::{Case, Event, SlaClock, Status, places};
use super::Course;

impl Course<'_> {
    /// Starts the clock, stops it or lets it run on, as where the case stands now asks for.
    pub(super) fn keep_clock(&mut self) {
        let Some(promise) = &self.definition.sla else { return };
        if self.decision.events.is_empty() {
            return;
        }
        let (now, calendar) = (self.facts.now, self.facts.calendar);
        let stands = self.is_not_with_the_bank(&promise.pause_in);
        let clock = match self.case.head.clock() {
            None => {
                let target = promise.target.after(now, calendar);
                SlaClock { started: now, target, stopped: stands.then_some(now) }
            }
            Some(clock) if stands && clock.stopped.is_none() => {
                SlaClock { stopped: Some(now), ..clock }
            }
            Some(clock @ SlaClock { stopped: Some(since), .. }) if !stands => {
                let target = promise.target.moved(clock.target, (since, now), calendar);
                SlaClock { target, stopped: None, ..clock }
            }
            Some(_) => return,
        };
        self.happen(Event::Clocked(clock));
    }

    /// Whether the case has ended, is with the customer, or stands in steps that do not count.
    fn is_not_with_the_bank(&self, pause_in: &[u8]) -> bool {
        let status = self.case.head.status;
        let open = |place: &Case| place.head.status != Status::Completed;
        status.is_final()
            || status == Status::SentBack
            || places(&self.case)
                .iter()
                .filter(|place| open(place))
                .all(|place| pause_in.contains(&place.head.step))
    }
}

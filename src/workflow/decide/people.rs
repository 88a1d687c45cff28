//! People change while a case waits: postings, mergers of branches, absences.

use crate::domain::Person;

use super::super::{EffectKind, Event, Refusal, Status, Why, candidates, open_seats};
use super::{Course, filled};

impl Course<'_> {
    /// Tells those who may fill an open seat now and could not before.
    ///
    /// A seat that was handed to somebody who can no longer fill it is open to all again. Where
    /// nobody is left, it is an incident.
    pub(super) fn restaff(&mut self, before: &[Person]) -> Result<(), Refusal> {
        let status = self.case.head.status;
        let (Status::Active | Status::Overdue, Some(approve)) = (status, self.open_approval())
        else {
            return Err(Refusal::NotWaiting(status));
        };
        let seats = open_seats(&self.case, approve);
        let people = self.facts.people;
        let was = self.case.head.aside.as_ref().and_then(|aside| aside.assigned.clone());
        let knew = candidates(&self.case, approve, &seats, before);
        let mut now = self.case.clone();
        let assigned =
            was.clone().filter(|_| !candidates(&now, approve, &seats, people).is_empty());
        if let Some(aside) = &mut now.head.aside {
            aside.assigned.clone_from(&assigned);
        }
        let may = candidates(&now, approve, &seats, people);
        let (step, due, n) = (self.case.head.step, self.case.head.due, self.case.head.version);
        if may.is_empty() && status == Status::Active {
            self.happen(Event::Unstaffed { step, due });
            return Ok(());
        }
        let is_new = |person: &&&Person| knew.iter().all(|known| known.id != person.id);
        let asked: Vec<_> = may.iter().filter(is_new).map(|person| person.id.clone()).collect();
        if asked.is_empty() && assigned == was {
            return Ok(());
        }
        let filled = filled(&self.case);
        for to in asked.iter().cloned() {
            self.owe(EffectKind::Again { to, step, filled, due, why: Why::Handover, n });
        }
        self.happen(Event::Restaffed { asked, assigned });
        Ok(())
    }
}

//! People change while cases wait: whoever may newly fill an open seat is told.
//!
//! A posting, a merger and an absence begin at midnight in Tokyo. The day for which all waiting
//! cases were last looked at is journaled, so that a stop over midnight forgets nobody.

use std::sync::{Arc, PoisonError};

use crate::ports::{CaseFilter, Entry, StoreError};
use crate::workflow::{Action, Case, Command, CommandId, Status};

use super::people::People;
use super::{DecideError, Desk};

/// The name under which the last day is journaled; no schedule of the office can have it.
const RUN: &str = "@people";

impl Desk {
    /// Looks at every waiting case once when people are no longer what they were.
    ///
    /// Answers how many cases have somebody new, or nobody any more. That somebody was registered
    /// tells nobody of old cases: they are in the to-do list.
    pub(super) fn look_at_people(&self) -> Result<usize, StoreError> {
        let now = self.everybody();
        let before = {
            let mut seen = self.staffed_with.lock().unwrap_or_else(PoisonError::into_inner);
            match seen.replace(Arc::clone(&now)) {
                Some(seen) if Arc::ptr_eq(&seen, &now) => return Ok(0),
                Some(seen) => seen.basis.clone(),
                None => self.store.last_run(RUN).map(|at| self.basis_on(at.date())),
            }
        };
        let moved = match before {
            Some(before) => self.restaff(&People::of(self.active_users(), before), &now)?,
            None => 0,
        };
        self.revoke_after_contracts()?;
        self.remind_of_certificates()?;
        self.mark_day()?;
        Ok(moved)
    }

    /// Tells the new people of every waiting case.
    fn restaff(&self, before: &People, now: &People) -> Result<usize, StoreError> {
        if before.is_like(now) {
            return Ok(0);
        }
        let mut moved = 0;
        for status in [Status::Active, Status::Overdue] {
            let filter = CaseFilter { status: Some(status), ..CaseFilter::default() };
            for case in self.store.cases(&filter, None, usize::MAX) {
                moved += usize::from(self.restaff_case(&case, before, now)?);
            }
        }
        Ok(moved)
    }

    fn restaff_case(
        &self,
        case: &Case,
        before_all: &People,
        now: &People,
    ) -> Result<bool, StoreError> {
        let before = before_all.of_case(case);
        if before == now.of_case(case) {
            return Ok(false);
        }
        let id = case.head.id;
        // Named after the change, so that one told before a stop is not told again.
        let name = format!("people {id} {} {}", days(before_all, now), now.fingerprint(case));
        let command =
            Command { id: CommandId::of(&name), action: Action::PeopleChanged { before } };
        match self.carry(id, None, &command) {
            Ok(after) => Ok(after.head.version != case.head.version),
            Err(DecideError::Store(failed)) => Err(failed),
            // It no longer waits.
            Err(_) => Ok(false),
        }
    }

    /// Journals that all cases were looked at today, where days make a difference.
    fn mark_day(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let known = self.store.last_run(RUN).map(crate::domain::Timestamp::date);
        if !self.days_matter() || known == Some(now.date()) {
            return Ok(());
        }
        self.commit_entries(now, vec![Entry::Ran { schedule: RUN.to_owned(), at: now }])
    }

    fn days_matter(&self) -> bool {
        !self.rulebook().directory.is_empty() || !self.store.absences().is_empty()
    }
}

/// From which day to which people changed.
fn days(before: &People, now: &People) -> String {
    let day = |people: &People| people.basis.as_ref().map(|basis| basis.day.to_string());
    [day(before), day(now)].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

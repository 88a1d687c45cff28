//! Looking at the clock: deadlines that passed, seats nobody could fill.

use std::sync::{Arc, PoisonError};

use crate::ports::StoreError;
use crate::workflow::{Action, Command, CommandId};

use super::{DecideError, Desk};

/// Cases looked at in one go.
const BATCH: usize = 256;

impl Desk {
    /// Looks at every case whose deadline has passed and at every incident once.
    ///
    /// Answers how many cases moved. Time never approves.
    pub fn tick(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let mut moved = self.look_at_people()?;
        self.run_schedules()?;
        self.watch_certificate();
        self.tell_of_sheets()?;
        self.give_up_sidecars()?;
        // Incidents wait for people, and there may be many of them: all are looked at when people
        // changed, and else only as many as must not hide a deadline.
        let people = self.everybody();
        let mut seen = self.incidents_seen.lock().unwrap_or_else(PoisonError::into_inner);
        let known = seen.replace(Arc::clone(&people));
        drop(seen);
        let limit = if known.is_some_and(|known| Arc::ptr_eq(&known, &people)) {
            BATCH
        } else {
            usize::MAX
        };
        for id in self.store.due_cases(now, limit) {
            let command = Command {
                id: CommandId::of(&format!("tick {id} {}", now.ms())),
                action: Action::Tick,
            };
            let before = self.store.case(id).map(|case| case.head.version);
            match self.carry(id, None, &command) {
                Ok(case) => moved += usize::from(Some(case.head.version) != before),
                Err(DecideError::Store(failed)) => return Err(failed),
                // Somebody was faster; the next tick looks again.
                Err(_) => {}
            }
        }
        Ok(moved)
    }
}

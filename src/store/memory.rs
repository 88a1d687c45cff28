//! A store without a disk, for tests and the model of what the other must do.

use std::path::Path;
use std::sync::{Mutex, PoisonError, RwLock};

use crate::domain::Timestamp;
use crate::ports::{Batch, CommitError, StoreError};

use super::answer::{Backing, Given};
use super::journal::{Damage, Passed, Position, replay_frames};
use super::state::State;

/// Keeps everything in memory and nothing beyond the process.
#[derive(Debug, Default)]
pub struct Memory {
    state: RwLock<State>,
    given: Mutex<Given>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// The state as it was at a moment, folded from the journal in `folder`.
    ///
    /// Needs no lock. Errs on damage anywhere before the journal's end.
    pub fn as_of(folder: &Path, moment: Timestamp) -> Result<Self, Damage> {
        let mut state = State::default();
        let mut is_before = true;
        replay_frames(folder, Position::default(), &mut |passed| match passed {
            Passed::Commit(commit) if commit.at <= moment => state.fold(&commit),
            Passed::Commit(_) => is_before = false,
            // A frame of which a part came later is not among what was there then.
            Passed::Frame(end) if is_before => state.head = end.head(),
            Passed::Frame(_) => {}
        })?;
        Ok(Self { state: RwLock::new(state), given: Mutex::default() })
    }
}

impl Backing for Memory {
    fn read<T>(&self, ask: impl FnOnce(&State) -> T) -> T {
        ask(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }

    fn given<T>(&self, take: impl FnOnce(&mut Given) -> T) -> T {
        take(&mut self.given.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn commit_batches(&self, batches: Vec<Batch>) -> Vec<Result<(), CommitError>> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        batches
            .into_iter()
            .map(|batch| {
                for expect in &batch.expect {
                    if state.version_of(expect.case) != Some(expect.version) {
                        return Err(CommitError::Conflict(expect.case));
                    }
                }
                state.fold(&batch.commit);
                Ok(())
            })
            .collect()
    }

    fn save(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

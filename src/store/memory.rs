//! A store without a disk, for tests and the model of what the other must do.

use std::sync::{Mutex, PoisonError, RwLock};

use crate::ports::{Batch, CommitError, StoreError};

use super::answer::{Backing, Given};
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

//! The register of declared outages.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{CaseId, Timestamp};
use crate::ports::{OutageMove, OutageRecord};

/// Every outage that was declared, by the case it was approved in.
#[derive(Debug, Default)]
pub(in crate::store) struct Outages {
    all: BTreeMap<CaseId, OutageRecord>,
    pub(in crate::store) dirty: BTreeSet<CaseId>,
}

impl Outages {
    /// Folds one in; what is known already stays as it is.
    pub(super) fn moved(&mut self, moved: &OutageMove, at: Timestamp) {
        match moved {
            OutageMove::Declared { case, outage } => {
                self.all.entry(*case).or_insert_with(|| {
                    self.dirty.insert(*case);
                    OutageRecord { case: *case, outage: outage.clone(), at, ended: None }
                });
            }
            OutageMove::Ended { declared, case, until } => {
                let open = self.all.get_mut(declared).filter(|one| one.ended.is_none());
                if let Some(record) = open {
                    record.outage.until = Some(*until);
                    record.ended = Some((*case, at));
                    self.dirty.insert(*declared);
                }
            }
        }
    }

    /// Takes one back in.
    pub(in crate::store) fn load(&mut self, record: OutageRecord) {
        self.all.insert(record.case, record);
    }

    pub(in crate::store) fn get(&self, case: CaseId) -> Option<&OutageRecord> {
        self.all.get(&case)
    }

    /// All of them, in the order they were handed in.
    pub(in crate::store) fn in_order(&self) -> impl Iterator<Item = &OutageRecord> {
        self.all.values()
    }

    /// How many there are.
    pub(in crate::store) fn count(&self) -> usize {
        self.all.len()
    }

    /// Marks everything as changed.
    pub(in crate::store) fn touch_all(&mut self) {
        self.dirty = self.all.keys().copied().collect();
    }
}

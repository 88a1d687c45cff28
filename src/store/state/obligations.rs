//! What was to be done after approvals and is done.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::CaseId;
use crate::ports::ObligationMet;

/// What was met, by the case and the obligation's name. What is still open follows from the cases.
#[derive(Debug, Default)]
pub(in crate::store) struct Obligations {
    met: BTreeMap<(CaseId, String), ObligationMet>,
    pub(in crate::store) dirty: BTreeSet<(CaseId, String)>,
}

impl Obligations {
    /// Folds one in; it is met once.
    pub(super) fn met(&mut self, met: &ObligationMet) {
        let key = (met.case, met.id.clone());
        if !self.met.contains_key(&key) {
            self.dirty.insert(key);
            self.load(met.clone());
        }
    }

    /// Takes one back in.
    pub(in crate::store) fn load(&mut self, met: ObligationMet) {
        self.met.insert((met.case, met.id.clone()), met);
    }

    pub(in crate::store) fn get(&self, key: &(CaseId, String)) -> Option<&ObligationMet> {
        self.met.get(key)
    }

    /// All of them, by case.
    pub(in crate::store) fn in_order(&self) -> impl Iterator<Item = &ObligationMet> {
        self.met.values()
    }

    /// How many there are.
    pub(in crate::store) fn count(&self) -> usize {
        self.met.len()
    }

    /// Marks everything as changed.
    pub(in crate::store) fn touch_all(&mut self) {
        self.dirty = self.met.keys().cloned().collect();
    }
}

//! How holds of repeated files ended.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{HoldEnd, HoldEnded, ReceiptNo};

/// Holds that ended, by the file that was held; and which file came of which.
#[derive(Debug, Default)]
pub(in crate::store) struct Holds {
    ended: BTreeMap<ReceiptNo, HoldEnded>,
    released: BTreeMap<ReceiptNo, ReceiptNo>,
    pub(in crate::store) dirty: BTreeSet<ReceiptNo>,
}

impl Holds {
    /// Folds one in; a hold ends once.
    pub(super) fn ended(&mut self, ended: HoldEnded) {
        if !self.ended.contains_key(&ended.held) {
            self.load(ended);
            self.dirty.insert(ended.held);
        }
    }

    /// Takes one back in.
    pub(in crate::store) fn load(&mut self, ended: HoldEnded) {
        if let HoldEnd::Released(receipt) = ended.end {
            self.released.insert(receipt, ended.held);
        }
        self.ended.insert(ended.held, ended);
    }

    pub(in crate::store) fn of(&self, held: ReceiptNo) -> Option<&HoldEnded> {
        self.ended.get(&held)
    }

    /// The hold of which a file came.
    pub(in crate::store) fn before(&self, receipt: ReceiptNo) -> Option<&HoldEnded> {
        self.ended.get(self.released.get(&receipt)?)
    }

    /// All of them, by the number of the file that was held.
    pub(in crate::store) fn in_order(&self) -> impl Iterator<Item = &HoldEnded> {
        self.ended.values()
    }

    /// How many there are.
    pub(in crate::store) fn count(&self) -> usize {
        self.ended.len()
    }

    /// Marks everything as changed.
    pub(in crate::store) fn touch_all(&mut self) {
        self.dirty = self.ended.keys().copied().collect();
    }
}

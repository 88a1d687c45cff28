//! The register of papers that are keyed in.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{KeyingStage, ReceiptNo};
use crate::ports::{KeyingMove, KeyingRecord};

/// Every paper that was or is keyed in, by its receipt number.
#[derive(Debug, Default)]
pub(in crate::store) struct Keyings {
    all: BTreeMap<ReceiptNo, KeyingRecord>,
    pub(in crate::store) dirty: BTreeSet<ReceiptNo>,
}

impl Keyings {
    /// Folds one in, and gives the paper it was about; what is known already stays as it is.
    pub(super) fn moved(&mut self, moved: &KeyingMove) -> Option<&KeyingRecord> {
        match moved {
            KeyingMove::Opened { receipt, scan, flaw, forms, false_marks } => {
                self.dirty.insert(*receipt);
                Some(self.all.entry(*receipt).or_insert_with(|| KeyingRecord {
                    receipt: *receipt,
                    scan: scan.clone(),
                    flaw: flaw.clone(),
                    forms: forms.clone(),
                    false_marks: *false_marks,
                    stage: KeyingStage::First,
                    readings: Vec::new(),
                    aside: Vec::new(),
                    settled: None,
                    times: BTreeMap::new(),
                    received: None,
                }))
            }
            // It is about the file alone.
            KeyingMove::Repeated { .. } => None,
            KeyingMove::Read { receipt, reading, then, settled } => {
                let record = self.all.get_mut(receipt)?;
                self.dirty.insert(*receipt);
                record.readings.push(reading.clone());
                if *then == KeyingStage::First {
                    record.aside.append(&mut record.readings);
                    record.times.clear();
                }
                record.stage = *then;
                record.settled = *settled;
                Some(record)
            }
            KeyingMove::Timed { receipt, by, at } => {
                let record = self.all.get_mut(receipt)?;
                self.dirty.insert(*receipt);
                match by {
                    Some(by) => {
                        record.times.insert(by.clone(), *at);
                    }
                    None => record.received = Some(*at),
                }
                Some(record)
            }
        }
    }

    /// Lets go of one: it is no paper to be keyed in.
    pub(super) fn is_none(&mut self, receipt: ReceiptNo) {
        if self.all.remove(&receipt).is_some() {
            self.dirty.insert(receipt);
        }
    }

    /// Takes one back in.
    pub(in crate::store) fn load(&mut self, record: KeyingRecord) {
        self.all.insert(record.receipt, record);
    }

    pub(in crate::store) fn get(&self, receipt: ReceiptNo) -> Option<&KeyingRecord> {
        self.all.get(&receipt)
    }

    /// All of them, in the order they came.
    pub(in crate::store) fn in_order(&self) -> impl Iterator<Item = &KeyingRecord> {
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

//! The register of papers that are keyed in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::{FormMark, KeyingStage, ReceiptNo, Scan, ScanFlaw, UserId};
use crate::ports::{FileRecord, KeyingMove, KeyingRecord};
use crate::workflow::Paper;

/// A paper as its cases know it; none of a file that only came with one. Whoever took a paper over
/// the counter is of those who read it: they may make sure of its seal and decide nothing about it.
pub(super) fn paper_of(file: &FileRecord, record: &KeyingRecord) -> Option<Arc<Paper>> {
    if record.is_sidecar() {
        return None;
    }
    let is_new = |by: &&UserId| record.readers().all(|reader| reader != *by);
    let taken_by = file.submitted_by.iter().filter(|_| record.is_counter()).filter(is_new);
    let readers = taken_by.chain(record.readers()).cloned().collect();
    Some(Arc::new(Paper { scan: file.digest, readers }))
}

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
                let new = (KeyingStage::First, scan, flaw.as_ref());
                Some(self.open(*receipt, new, (forms, *false_marks)))
            }
            KeyingMove::Carries { receipt, scan, forms, false_marks } => {
                let new = (KeyingStage::Sheets, scan, None);
                Some(self.open(*receipt, new, (forms, *false_marks)))
            }
            KeyingMove::Closed { receipt, .. } => {
                let record = self.all.get_mut(receipt)?;
                self.dirty.insert(*receipt);
                record.stage = KeyingStage::Closed;
                Some(record)
            }
            KeyingMove::Beside(sidecar) => {
                let new = (KeyingStage::Sidecar, &Scan::default(), None);
                self.open(sidecar.file, new, (&[], 0));
                let record = self.all.get_mut(&sidecar.file)?;
                record.sidecar = Some(*sidecar);
                Some(record)
            }
            KeyingMove::Paired { receipt, sidecar } => {
                let record = self.all.get_mut(receipt)?;
                self.dirty.insert(*receipt);
                record.sidecar = Some(*sidecar);
                Some(record)
            }
            KeyingMove::Shown { receipt, to } => {
                let record = self.all.get_mut(receipt)?;
                self.dirty.insert(*receipt);
                record.shown_to.insert(to.clone());
                Some(record)
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

    fn open(
        &mut self,
        receipt: ReceiptNo,
        (stage, scan, flaw): (KeyingStage, &Scan, Option<&ScanFlaw>),
        (forms, false_marks): (&[(u32, FormMark)], u32),
    ) -> &KeyingRecord {
        self.dirty.insert(receipt);
        self.all.entry(receipt).or_insert_with(|| KeyingRecord {
            receipt,
            scan: scan.clone(),
            flaw: flaw.cloned(),
            forms: forms.to_vec(),
            false_marks,
            stage,
            readings: Vec::new(),
            aside: Vec::new(),
            settled: None,
            times: BTreeMap::new(),
            received: None,
            sidecar: None,
            shown_to: BTreeSet::new(),
        })
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

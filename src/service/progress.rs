//! The file that is being read now: how far the reading has come, and what it found first.
//!
//! Kept in memory alone: a reading that is broken off begins anew.

use std::sync::{MutexGuard, PoisonError};

use super::Desk;
use crate::domain::{Finding, ReceiptNo};

/// Findings told before the whole file is read; a person begins to mend with the first.
const EARLY_MAX: usize = 20;

/// A file on its way through the reader.
#[derive(Debug)]
pub(super) struct InHand {
    receipt: ReceiptNo,
    /// The last record that was looked at, told now and then.
    record: u32,
    found: Vec<Finding>,
}

impl Desk {
    /// The file that is being read now: one that stays so for very long hangs.
    pub fn reading(&self) -> Option<ReceiptNo> {
        self.in_hand().as_ref().map(|file| file.receipt)
    }

    /// How many records of a file were looked at by now; none where it is not being read.
    pub fn progress(&self, receipt: ReceiptNo) -> Option<u32> {
        self.in_hand().as_ref().filter(|file| file.receipt == receipt).map(|file| file.record)
    }

    /// The first errors of a file that is being read; none where it is not.
    pub(super) fn found_so_far(&self, receipt: ReceiptNo) -> Option<Vec<Finding>> {
        let hand = self.in_hand();
        hand.as_ref().filter(|file| file.receipt == receipt).map(|file| file.found.clone())
    }

    /// Notes that a file is being read.
    pub(super) fn begin_reading(&self, receipt: ReceiptNo) {
        *self.in_hand() = Some(InHand { receipt, record: 0, found: Vec::new() });
    }

    /// Notes that no file is.
    pub(super) fn end_reading(&self) {
        *self.in_hand() = None;
    }

    /// Notes the record the reading has come to.
    pub(super) fn read_up_to(&self, record: u32) {
        if let Some(file) = self.in_hand().as_mut() {
            file.record = record;
        }
    }

    /// Notes an error.
    pub(super) fn found_now(&self, finding: &Finding) {
        if let Some(file) = self.in_hand().as_mut() {
            file.record = file.record.max(finding.record);
            if file.found.len() < EARLY_MAX {
                file.found.push(finding.clone());
            }
        }
    }

    fn in_hand(&self) -> MutexGuard<'_, Option<InHand>> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

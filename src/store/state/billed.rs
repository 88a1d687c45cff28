//! Bills, folded from the journal: a customer's month is billed once.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::fees::Month;
use crate::domain::{Date, Timestamp};
use crate::ports::{Billed, BilledMonth, KeptBill};

/// All bills there are.
#[derive(Debug, Default)]
pub(in crate::store) struct Bills {
    months: BTreeMap<Month, BilledMonth>,
    pub(in crate::store) dirty: BTreeSet<Month>,
}

/// Bills that are written as one value of the checkpoint.
const BLOCK: usize = 1_000;

/// A part of a month in the checkpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::store) struct Part {
    month: Month,
    debit_day: Date,
    at: Timestamp,
    is_whole: bool,
    bills: Vec<KeptBill>,
}

impl Bills {
    /// Folds bills in; of two of one customer and month the first counts.
    pub(super) fn billed(&mut self, billed: &Billed, at: Timestamp) {
        let month = self.months.entry(billed.month).or_insert_with(|| BilledMonth {
            debit_day: billed.debit_day,
            at,
            is_whole: false,
            bills: BTreeMap::new(),
        });
        for kept in &billed.bills {
            month.bills.entry(kept.bill.customer).or_insert_with(|| kept.clone());
        }
        month.is_whole |= billed.is_last;
        self.dirty.insert(billed.month);
    }

    pub(in crate::store) fn month(&self, month: Month) -> Option<&BilledMonth> {
        self.months.get(&month)
    }

    pub(in crate::store) fn all(&self) -> &BTreeMap<Month, BilledMonth> {
        &self.months
    }

    /// How many parts the checkpoint holds.
    pub(in crate::store) fn count(&self) -> usize {
        self.months.values().map(|month| month.bills.len().div_ceil(BLOCK).max(1)).sum()
    }

    /// A month in parts, each with its key.
    pub(in crate::store) fn parts(&self, month: Month) -> Vec<(Vec<u8>, Part)> {
        let Some(found) = self.months.get(&month) else { return Vec::new() };
        let all: Vec<KeptBill> = found.bills.values().cloned().collect();
        let mut blocks: Vec<Vec<KeptBill>> = all.chunks(BLOCK).map(<[_]>::to_vec).collect();
        if blocks.is_empty() {
            blocks.push(Vec::new());
        }
        let (debit_day, at, is_whole) = (found.debit_day, found.at, found.is_whole);
        let part = |(n, bills): (u32, Vec<KeptBill>)| {
            let key = [month.to_string().as_bytes(), &n.to_be_bytes()].concat();
            (key, Part { month, debit_day, at, is_whole, bills })
        };
        (0..).zip(blocks).map(part).collect()
    }

    /// Takes a part back in.
    pub(in crate::store) fn load(&mut self, part: Part) {
        let Part { month, debit_day, at, is_whole, bills } = part;
        let found = self.months.entry(month).or_insert_with(|| BilledMonth {
            debit_day,
            at,
            is_whole,
            bills: BTreeMap::new(),
        });
        found.bills.extend(bills.into_iter().map(|kept| (kept.bill.customer, kept)));
    }

    /// Marks everything as changed.
    pub(in crate::store) fn touch_all(&mut self) {
        self.dirty = self.months.keys().copied().collect();
    }
}

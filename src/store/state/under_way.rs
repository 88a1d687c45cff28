//! What is under way on claims: lines by the claim they name.
//!
//! Not journaled, like the business keys of batches: the lines are in the record files, and what
//! became of them is asked of their cases each time.

use std::collections::BTreeSet;

use crate::domain::{Asking, CaseId, RecordNumber, RequestKind, UnderWay, Yen};
use crate::ports::{RowAnswer, StepBy};
use crate::workflow::Unit;

use super::State;

/// A line by the claim it names: its file, which of the file's flows, and its record number.
pub(super) type LineKey = (RecordNumber, u32, u16, u32);

/// What a line asks for.
pub(super) type LineAsks = (RequestKind, Option<Yen>);

impl State {
    /// Remembers which claims the lines of cases name, and forgets lines that are done.
    pub(in crate::store) fn remember_lines(&mut self, lines: &[(RecordNumber, Asking)]) {
        let claims: BTreeSet<RecordNumber> = lines.iter().map(|(number, _)| *number).collect();
        for claim in claims {
            let keys = self.lines_of(claim).map(|(key, _)| *key);
            let done: Vec<LineKey> = keys.filter(|key| self.carrier(*key).is_none()).collect();
            for key in done {
                self.asking.remove(&key);
            }
        }
        for (number, line) in lines {
            let Some(case) = line.case else { continue };
            let Some(file) = self.receipts.get(&case.receipt) else { continue };
            self.asking.insert((*number, *file, case.n, line.row), (line.kind, line.amount));
        }
    }

    /// What is under way on a claim; costs as much as there are lines on this one.
    pub(in crate::store) fn under_way(&self, claim: RecordNumber) -> UnderWay {
        let mut under_way = UnderWay::default();
        for (key, (kind, amount)) in self.lines_of(claim) {
            if let Some(case) = self.carrier(*key) {
                let (row, kind, amount) = (key.3, *kind, *amount);
                under_way.add(Asking { case: Some(case), row, kind, amount });
            }
        }
        under_way
    }

    fn lines_of(&self, claim: RecordNumber) -> impl Iterator<Item = (&LineKey, &LineAsks)> {
        self.asking.range((claim, 0, 0, 0)..=(claim, u32::MAX, u16::MAX, u32::MAX))
    }

    /// The case that carries a line; none once the line was recorded, refused or given up.
    fn carrier(&self, (claim, file, n, row): LineKey) -> Option<CaseId> {
        let record = &self.file_at(file)?.record;
        let flow = record.flows.get(usize::from(n).checked_sub(1)?)?;
        let batch = flow.unit == Unit::File && !self.split.contains_key(&(file, n, row));
        let case = CaseId { receipt: record.receipt, n, row: (!batch).then_some(row) };
        // A row that is not staged yet will be.
        let Some(number) = self.number_of(case) else { return Some(case) };
        if self.cases.slot(number)?.column.status.is_final() {
            return None;
        }
        let open = match self.claims.line(number, row).map(|line| line.answer) {
            None => true,
            Some(RowAnswer::Errored { .. }) => false,
            // It holds only with the other side's consent, where the register lacks it.
            Some(RowAnswer::Recorded(_)) => {
                let history = self.claims.get(claim).map(|record| record.history.iter());
                let own = StepBy::Request(case, row);
                !history.into_iter().flatten().any(|step| step.by == own)
            }
        };
        open.then_some(case)
    }
}

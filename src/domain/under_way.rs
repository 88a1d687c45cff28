//! What is under way on a claim (手続き中): asked for, and neither recorded nor given up.
//!
//! Read [`UnderWay::objection`] first: it says what stands beside what.

use super::{CaseId, RecordNumber, RecordRequest, RequestKind, Yen};

/// A line that asks for something to be recorded of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking {
    /// The case that carries it; none for an earlier row of the file that is being judged.
    pub case: Option<CaseId>,
    /// Its record number in its file, from 1.
    pub row: u32,
    /// What it asks for.
    pub kind: RequestKind,
    /// 債権金額, where it names one.
    pub amount: Option<Yen>,
}

impl Asking {
    /// What a row of the file at hand asks of which claim; nothing where no claim changes by it.
    pub fn of(request: &RecordRequest, row: u32) -> Option<(RecordNumber, Self)> {
        let (kind, amount) = (request.kind, request.amount);
        let number = request.record_number.filter(|_| kind.changes_claim())?;
        Some((number, Self { case: None, row, kind, amount }))
    }

    /// What it takes of the claim, in yen.
    fn taken(&self) -> u64 {
        let takes = self.kind == RequestKind::Payment || self.kind.splits(self.amount.is_some());
        self.amount.filter(|_| takes).map_or(0, Yen::get)
    }

    /// Whether nothing else can be recorded of the claim before it is known what became of this:
    /// another creditor, other terms, or the latest record taken back.
    fn stands_alone(&self) -> bool {
        let whole = self.kind.is_assignment() && !self.kind.splits(self.amount.is_some());
        whole || matches!(self.kind, RequestKind::Cancellation | RequestKind::Change)
    }

    /// Where it stands, in Japanese and English: `案件 20261201-000001-4.1（2件目、譲渡）`.
    pub fn place(&self) -> (String, String) {
        let (row, kind) = (self.row, self.kind);
        let (ja, en) = (kind.japanese(), kind.name());
        match self.case {
            None => (
                format!("同じファイルの{row}件目（{ja}）"),
                format!("record {row} of this file ({en})"),
            ),
            Some(case) if case.row.is_some() => {
                (format!("案件 {case}（{ja}）"), format!("case {case} ({en})"))
            }
            Some(case) => (
                format!("案件 {case}（{row}件目、{ja}）"),
                format!("record {row} of case {case} ({en})"),
            ),
        }
    }
}

/// All that is under way on one claim, summed up.
///
/// It stays this small however many lines there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UnderWay {
    /// The sum of its splits and payments, in yen.
    pub taken: u64,
    /// The first of those.
    pub taker: Option<Asking>,
    /// The first line that stands alone.
    alone: Option<Asking>,
    /// The first line that is carried by a case.
    in_case: Option<Asking>,
    /// The first line of the file at hand.
    in_file: Option<Asking>,
}

impl UnderWay {
    /// Takes a line in.
    pub fn add(&mut self, asking: Asking) {
        self.taken = self.taken.saturating_add(asking.taken());
        if asking.taken() > 0 {
            self.taker.get_or_insert(asking);
        }
        if asking.stands_alone() {
            self.alone.get_or_insert(asking);
        }
        let of = if asking.case.is_some() { &mut self.in_case } else { &mut self.in_file };
        of.get_or_insert(asking);
    }

    /// The line that one more would contradict.
    ///
    /// Splits and payments share the amount, and guarantees stand beside them. A whole assignment,
    /// a change and a cancellation stand alone, but after splits and payments in the same file
    /// what is left may be assigned.
    pub fn objection(&self, asking: &Asking) -> Option<Asking> {
        let beside = match (asking.stands_alone(), asking.kind.is_assignment()) {
            (false, _) => None,
            (true, true) => self.in_case,
            (true, false) => self.in_case.or(self.in_file),
        };
        self.alone.or(beside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(kind: RequestKind, amount: u64, case: Option<CaseId>) -> Asking {
        Asking { case, row: 1, kind, amount: Yen::new(amount).ok() }
    }

    #[test]
    fn splits_payments_and_guarantees_stand_beside_each_other_and_the_rest_alone() {
        use RequestKind::{
            Assignment, Cancellation, Change, Collateral, Discount, Guarantee, Payment,
            SplitAssignment,
        };
        let receipt =
            crate::domain::ReceiptNo::new(crate::domain::Date::new(2026, 12, 1).unwrap(), 1);
        let case = Some(CaseId { receipt: receipt.unwrap(), n: 1, row: None });
        let beside = [(SplitAssignment, 1), (Payment, 1), (Guarantee, 0), (Discount, 1)];
        let alone = [(Assignment, 0), (Cancellation, 0), (Change, 1), (Collateral, 0)];
        for (kind, amount) in beside.into_iter().chain(alone) {
            let mut under_way = UnderWay::default();
            under_way.add(asking(kind, amount, case));
            for (other, amount) in beside.into_iter().chain(alone) {
                let free = beside.iter().any(|(one, _)| *one == kind)
                    && beside.iter().any(|(one, _)| *one == other);
                let found = under_way.objection(&asking(other, amount, None));
                assert_eq!(found.is_none(), free, "{other:?} beside {kind:?}");
            }
        }
    }

    #[test]
    fn what_is_left_after_splits_of_the_same_file_may_be_assigned_but_not_changed() {
        let mut under_way = UnderWay::default();
        under_way.add(asking(RequestKind::SplitAssignment, 600_000, None));
        under_way.add(asking(RequestKind::Payment, 100_000, None));
        assert_eq!(under_way.taken, 700_000);
        assert_eq!(under_way.objection(&asking(RequestKind::Assignment, 0, None)), None);
        assert!(under_way.objection(&asking(RequestKind::Change, 1, None)).is_some());
        under_way.add(asking(RequestKind::Assignment, 0, None));
        assert!(under_way.objection(&asking(RequestKind::Payment, 1, None)).is_some());
    }
}

//! The bill of a customer's month.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::{Date, UserNumber, Yen, YenTotal};
use super::{Charge, ContractKind, FeeItem, FeeTable, Month};

/// What of a contract a bill goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contract {
    /// Whose it is.
    pub customer: UserNumber,
    /// Its type.
    pub kind: ContractKind,
    /// 申込日: the day of the application.
    pub applied: Date,
    /// The month of the first debit.
    pub first: Month,
    /// The last day, once it has ended.
    pub ended: Option<Date>,
}

/// A line of a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillLine {
    /// What for.
    pub item: FeeItem,
    /// How often.
    pub count: u64,
    /// The price of one, tax included.
    pub unit: YenTotal,
    /// Their product.
    pub amount: YenTotal,
}

/// What a customer pays in a month.
///
/// Shape: lines in the order of [`FeeItem`], those of one item by their price; the total is their
/// sum. Made only by [`bill`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    /// Who pays.
    pub customer: UserNumber,
    /// The month it is debited in.
    pub month: Month,
    /// What for.
    pub lines: Vec<BillLine>,
    /// The sum, tax included; may be zero.
    pub total: YenTotal,
}

impl Bill {
    /// The last day whose acts it covers.
    pub fn used_until(&self) -> Date {
        self.month.first_day().plus_days(-1)
    }

    /// What is to be debited; none where nothing is due, so that it stays out of the debit file.
    pub fn debit(&self) -> Option<Yen> {
        Yen::new(self.total.get()).ok()
    }
}

/// The bill of a customer that is debited in `month`; none before the first debit.
///
/// It covers the month before: its charges, and the base fee if the contract held on any of its
/// days. The first bill also takes what arose earlier, base fees from the month of the application
/// on. So each charge and each month's base fee is in exactly one bill.
pub fn bill(
    contract: &Contract,
    charges: &[Charge],
    table: &FeeTable,
    month: Month,
) -> Option<Bill> {
    let first = contract.first;
    if month < first {
        return None;
    }
    let covered = month.previous();
    let is_covered = |arose: Month| arose == covered || (month == first && arose < covered);
    let mut counts: BTreeMap<(FeeItem, YenTotal), u64> = BTreeMap::new();
    let mut held = if month == first { Month::of(contract.applied) } else { covered };
    while held <= covered {
        if let Some(line) = base(contract, table, held) {
            let count = counts.entry(line).or_default();
            *count = count.saturating_add(1);
        }
        held = held.next();
    }
    for charge in charges.iter().filter(|charge| is_covered(Month::of(charge.on))) {
        let count = counts.entry((charge.item, charge.unit)).or_default();
        *count = count.saturating_add(charge.count.into());
    }
    let lines: Vec<BillLine> = counts
        .into_iter()
        .map(|((item, unit), count)| {
            let amount = YenTotal::new(unit.get().saturating_mul(count));
            BillLine { item, count, unit, amount }
        })
        .collect();
    let total = lines.iter().fold(0_u64, |sum, line| sum.saturating_add(line.amount.get()));
    Some(Bill { customer: contract.customer, month, lines, total: YenTotal::new(total) })
}

/// The base fee of a month, by the price of its first day under the contract; a free one is no
/// line.
fn base(contract: &Contract, table: &FeeTable, month: Month) -> Option<(FeeItem, YenTotal)> {
    let over = contract.ended.is_some_and(|ended| ended < month.first_day());
    let priced = table.base(contract.kind, month.first_day().max(contract.applied))?;
    (!over && priced.yen.get() > 0).then_some((priced.item, priced.yen))
}

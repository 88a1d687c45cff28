//! What each customer must be debited, summed up apart from the product, month by month.

use std::collections::BTreeMap;

use super::customers::Customer;
use super::ledger::Wanted;
use super::town::price_list;
use crate::domain::fees::Month;
use crate::domain::{Date, RequestKind};

/// The day of each month's debit from April 2026 on, found in a printed calendar: the 25th, in
/// April and July 2026 a Saturday, in October and the next April a Sunday.
const DEBIT_DAYS: [(&str, &str); 13] = [
    ("2026-04", "2026-04-27"),
    ("2026-05", "2026-05-25"),
    ("2026-06", "2026-06-25"),
    ("2026-07", "2026-07-27"),
    ("2026-08", "2026-08-25"),
    ("2026-09", "2026-09-25"),
    ("2026-10", "2026-10-26"),
    ("2026-11", "2026-11-25"),
    ("2026-12", "2026-12-25"),
    ("2027-01", "2027-01-25"),
    ("2027-02", "2027-02-25"),
    ("2027-03", "2027-03-25"),
    ("2027-04", "2027-04-26"),
];

/// A line of the price list: kind, channel, relation, yen.
type Price = (String, String, String, u64);

/// Charges by customer and month, and the prices they go by.
#[derive(Debug, Default)]
pub(super) struct Bills {
    prices: Vec<Price>,
    charged: BTreeMap<(String, Month), u64>,
    /// The last month whose bills were made.
    made: Option<Month>,
}

impl Bills {
    /// The prices as they are shipped, read by the comma.
    pub(super) fn new() -> Self {
        let rows = price_list();
        let prices = rows.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let [kind, channel, relation, yen, ..] = cells.as_slice() else { return None };
            let texts = [kind, channel, relation].map(|text| (*text).to_owned());
            let [kind, channel, relation] = texts;
            Some((kind, channel, relation, yen.parse().ok()?))
        });
        Self { prices: prices.collect(), charged: BTreeMap::new(), made: None }
    }

    /// The requester pays for what was recorded in the month its result came.
    pub(super) fn charge(&mut self, wanted: &Wanted, told: Date) {
        let kind = match wanted.kind {
            RequestKind::AccrualDebtor | RequestKind::AccrualCreditor => "発生記録",
            RequestKind::Assignment | RequestKind::Discount | RequestKind::Collateral => "譲渡記録",
            RequestKind::InstitutionTransfer => "特定記録機関変更記録",
            RequestKind::SplitAssignment => "分割譲渡記録",
            RequestKind::Change => "変更記録",
            RequestKind::Guarantee => "保証記録",
            RequestKind::Payment => "支払等記録",
            RequestKind::Disclosure => "開示",
            RequestKind::Cancellation => return,
        };
        let other = wanted.other.as_ref().unwrap_or(&wanted.from);
        let relation = if other.bank == wanted.from.bank { "自行" } else { "他行" };
        let channel = if wanted.is_paper { "書面" } else { "オンライン" };
        let yen = self.price(kind, channel, relation);
        *self.charged.entry((wanted.from.user.clone(), Month::of(told))).or_default() += yen;
    }

    fn price(&self, kind: &str, channel: &str, relation: &str) -> u64 {
        let fits = |cell: &str, word: &str| cell == word || cell == "―";
        let found = self
            .prices
            .iter()
            .find(|(of, by, at, _)| of == kind && fits(by, channel) && fits(at, relation));
        found.map_or(0, |(.., yen)| *yen)
    }

    /// The bills of a month were made.
    pub(super) fn were_made(&mut self, month: Month) {
        self.made = Some(month);
    }

    /// The month of the first debit of a contract that begins now: the one after the application,
    /// or the next one whose bills are still to be made.
    pub(super) fn first(&self, applied: Date) -> Month {
        let promised = Month::of(applied).next();
        self.made.map_or(promised, |made| promised.max(made.next()))
    }

    /// What a customer owes in a month; nothing at all before the first debit, which takes all
    /// before it.
    pub(super) fn due(&self, customer: &Customer, month: Month) -> Option<u64> {
        let (terms, first) = (customer.terms, customer.first);
        if month < first {
            return None;
        }
        let covered = month.previous();
        let is_covered = |arose: Month| arose == covered || (month == first && arose < covered);
        let name = format!("月額基本料（{}）", terms.contract.replace("ライト", "でんさいライト"));
        let price = self.price(&name, "―", "―");
        let mut base = 0;
        let mut held = Month::of(terms.applied);
        while held <= covered {
            let over = terms.closed.is_some_and(|last| last < held.first_day());
            base += if is_covered(held) && !over { price } else { 0 };
            held = held.next();
        }
        let user = &customer.who.user;
        let mine = self.charged.iter().filter(|((of, arose), _)| of == user && is_covered(*arose));
        Some(base + mine.map(|(_, yen)| *yen).sum::<u64>())
    }

    /// The day of a month's debit by the printed calendar.
    pub(super) fn debit_day(month: Month) -> Option<&'static str> {
        let name = month.to_string();
        DEBIT_DAYS.iter().find(|(month, _)| *month == name).map(|(_, day)| *day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::bench::cast::{Somebody, Terms};

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn month(text: &str) -> Month {
        Month::of(day(&format!("{text}-01")))
    }

    #[test]
    fn who_comes_after_the_bills_owes_every_month_since_the_application_in_the_next_ones() {
        let mut bills = Bills::new();
        let terms = Terms { contract: "通常", applied: day("2026-06-29"), closed: None };
        let mut late = Customer::new(Somebody::customer(1, "001"), terms, 1);
        assert_eq!(bills.first(terms.applied), month("2026-07"));
        assert_eq!(bills.due(&late, month("2026-07")), Some(1_100));
        bills.were_made(month("2026-07"));
        late.first = bills.first(terms.applied);
        let due = |late: &Customer, of| bills.due(late, month(of));
        assert_eq!(due(&late, "2026-07"), None);
        assert_eq!(due(&late, "2026-08"), Some(2 * 1_100));
        assert_eq!(due(&late, "2026-09"), Some(1_100));
        late.terms.closed = Some(day("2026-09-01"));
        assert_eq!(due(&late, "2026-10"), Some(1_100), "it held on the first");
        assert_eq!(due(&late, "2026-11"), Some(0));
    }
}

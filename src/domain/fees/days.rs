//! When fees are debited.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::{BankCalendar, Date};

/// The day of the month fees are debited on.
const DAY: u32 = 25;

/// A calendar month.
///
/// Shape: months counted from year 0, so that the next one is one more. Made by [`Month::of`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Month(u32);

impl Month {
    /// The month a day lies in.
    pub fn of(date: Date) -> Self {
        let year = u32::try_from(date.year()).unwrap_or(0);
        Self(year.saturating_mul(12).saturating_add(date.month().saturating_sub(1)))
    }

    /// The year, e.g. 2026.
    pub fn year(self) -> i32 {
        i32::try_from(self.0 / 12).unwrap_or(i32::MAX)
    }

    /// The month, 1 to 12.
    pub const fn month(self) -> u32 {
        (self.0 % 12).saturating_add(1)
    }

    /// The month after.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The month before.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// The first day.
    pub fn first_day(self) -> Date {
        self.day(1)
    }

    /// `2026年12月`.
    pub fn japanese(self) -> String {
        format!("{}年{}月", self.year(), self.month())
    }

    #[expect(clippy::expect_used, reason = "a month made of a Date has a first and a 25th day")]
    fn day(self, day: u32) -> Date {
        Date::new(self.year(), self.month(), day).expect("every month has this day")
    }
}

/// `2026-12`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

/// The day a month's fees are debited: the 25th, or the next business day if banks are closed.
pub fn debit_day(month: Month, calendar: &BankCalendar) -> Date {
    calendar.next_open(month.day(DAY))
}

/// The month of a customer's first debit: the one after the application.
///
/// Source: the service's own answers to customers, 手数料はいつから引落されるのですか.
pub fn first_debit_month(application: Date) -> Month {
    Month::of(application).next()
}

/// The day of a customer's first debit (第1回目の引落し).
pub fn first_debit(application: Date, calendar: &BankCalendar) -> Date {
    debit_day(first_debit_month(application), calendar)
}

/// The month of the first debit of a contract that came into the register on a day.
///
/// Bills are made on a month's first business day: whoever comes later than the promised month's
/// is billed with the next ones, which take all before them.
pub fn first_billed_month((application, entered): (Date, Date), calendar: &BankCalendar) -> Month {
    let month = Month::of(entered);
    let made = calendar.next_open(month.first_day());
    let next = if entered < made { month } else { month.next() };
    first_debit_month(application).max(next)
}

//! The bank calendar: which days banks are open, and counting in them (銀行営業日).
//!
//! Weekends, national holidays and the closure of 12/31 to 1/3 are computed; the operator's own
//! days come on top. It never asks what day it is. Read [`BankCalendar`] first.

mod holidays;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::{Date, ShapeError, Weekday};

/// Which days banks are open, from 2007 to 2099.
///
/// Shape: two tables, so that every question is answered in constant time. Outside its years
/// every day is closed, and counting stays at the first or last open day it knows.
/// Source: 国民の祝日に関する法律 with its one-off acts; 銀行法施行令 for 12/31 to 1/3. The equinoxes
/// follow the usual formula, which agrees with every day announced so far.
#[derive(Debug, Clone)]
pub struct BankCalendar {
    /// For each day since the first, the number of open days before it; one entry more at the end.
    open_before: Vec<u32>,
    /// Every open day in order.
    open_days: Vec<Date>,
    /// Days closed for another reason than being Saturday or Sunday.
    names: BTreeMap<Date, String>,
}

/// A mistake in the operator's calendar file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("calendar line {line}: {what}")]
pub struct CalendarError {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong and what to write instead.
    pub what: &'static str,
}

impl BankCalendar {
    /// The first year the calendar knows.
    pub const FIRST_YEAR: i32 = 2007;
    /// The last year the calendar knows.
    pub const LAST_YEAR: i32 = 2099;

    /// The calendar by law, without any day of the operator's.
    pub fn japan() -> Self {
        Self::build(&BTreeMap::new())
    }

    /// The calendar by law with the operator's file on top; errs with every mistake at once.
    ///
    /// Shape of the file: UTF-8 lines `date,name` close a day, `date,name,open` opens one; the
    /// header `date,name,state`, blank lines and lines beginning with `#` are passed over.
    pub fn with_overrides(text: &str) -> Result<Self, Vec<CalendarError>> {
        let mut days = BTreeMap::new();
        let mut errors = Vec::new();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (line, row) in (1..).zip(text.lines()) {
            let row = row.trim();
            if row.is_empty() || row.starts_with('#') || row.starts_with("date,") {
                continue;
            }
            match read_override(row) {
                Ok((date, day)) => {
                    if days.insert(date, day).is_some() {
                        errors.push(CalendarError { line, what: "this date is already listed" });
                    }
                }
                Err(what) => errors.push(CalendarError { line, what }),
            }
        }
        if errors.is_empty() { Ok(Self::build(&days)) } else { Err(errors) }
    }

    /// Whether banks are open on `date`.
    pub fn is_open(&self, date: Date) -> bool {
        let at = index(date);
        match (self.open_before.get(at), self.open_before.get(at.saturating_add(1))) {
            (Some(before), Some(after)) => after > before,
            _ => false,
        }
    }

    /// `date` if open, else the next open day (翌営業日).
    #[must_use]
    pub fn next_open(&self, date: Date) -> Date {
        self.open_day(i64::from(self.count_before(date)), date)
    }

    /// The `n`-th open day after `date`, or before it when `n` is negative.
    ///
    /// A closed `date` is not counted itself; `n` = 0 gives [`Self::next_open`].
    #[must_use]
    pub fn add_open_days(&self, date: Date, n: i64) -> Date {
        let place = i64::from(self.count_before(date)).saturating_add(n);
        let skip = i64::from(n > 0 && !self.is_open(date));
        self.open_day(place.saturating_sub(skip), date)
    }

    /// How many open days lie after `from` up to and including `to`; negative backwards.
    pub fn open_days_between(&self, from: Date, to: Date) -> i64 {
        let upto = |date: Date| {
            i64::from(self.count_before(date)).saturating_add(i64::from(self.is_open(date)))
        };
        upto(to).saturating_sub(upto(from))
    }

    /// The days of `year` closed for another reason than being Saturday or Sunday, with the
    /// reason. A holiday that falls on a weekend is listed too.
    pub fn closed_days(&self, year: i32) -> Vec<(Date, String)> {
        let days = self.names.iter().filter(|(date, _)| date.year() == year);
        days.map(|(date, name)| (*date, name.clone())).collect()
    }

    /// Why `date` is closed, in Japanese; none for an open day.
    pub fn closed_because(&self, date: Date) -> Option<&str> {
        if self.is_open(date) {
            return None;
        }
        let weekend = if date.weekday() == Weekday::Sat { "土曜日" } else { "日曜日" };
        Some(self.names.get(&date).map_or(weekend, String::as_str))
    }

    fn build(own: &BTreeMap<Date, Override>) -> Self {
        let mut names = BTreeMap::new();
        for year in Self::FIRST_YEAR..=Self::LAST_YEAR {
            names.extend(holidays::closed_in(year));
        }
        for (date, day) in own {
            match day {
                Override::Closed(name) => names.insert(*date, name.clone()),
                Override::Open => names.remove(date),
            };
        }
        let mut open_before = vec![0];
        let mut open_days = Vec::new();
        let mut count = 0_u32;
        for year in Self::FIRST_YEAR..=Self::LAST_YEAR {
            let days = (1..=12).flat_map(|month| (1..=31).map(move |day| (month, day)));
            for date in days.filter_map(|(month, day)| Date::new(year, month, day).ok()) {
                let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
                let opened = matches!(own.get(&date), Some(Override::Open));
                if opened || (!weekend && !names.contains_key(&date)) {
                    open_days.push(date);
                    count = count.saturating_add(1);
                }
                open_before.push(count);
            }
        }
        Self { open_before, open_days, names }
    }

    fn count_before(&self, date: Date) -> u32 {
        let past_the_end = self.open_before.last().copied().unwrap_or(0);
        self.open_before.get(index(date)).copied().unwrap_or(past_the_end)
    }

    fn open_day(&self, place: i64, otherwise: Date) -> Date {
        let last = self.open_days.len().saturating_sub(1);
        let place = usize::try_from(place.max(0)).unwrap_or(last).min(last);
        self.open_days.get(place).copied().unwrap_or(otherwise)
    }
}

/// Days since the calendar's first day; 0 for any day before it.
fn index(date: Date) -> usize {
    /// Days before each month of a common year.
    const BEFORE: [i32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let year = date.year();
    if year < BankCalendar::FIRST_YEAR {
        return 0;
    }
    let month = usize::try_from(date.month()).unwrap_or(1);
    let before = BEFORE.get(month.saturating_sub(1)).copied().unwrap_or(0);
    let leap_days = |year: i32| (year / 4).saturating_sub(year / 100).saturating_add(year / 400);
    let counted = if date.month() > 2 { year } else { year.saturating_sub(1) };
    let leaps = leap_days(counted).saturating_sub(leap_days(BankCalendar::FIRST_YEAR));
    let years = year.saturating_sub(BankCalendar::FIRST_YEAR);
    let day = i32::try_from(date.day()).unwrap_or(1).saturating_sub(1);
    let days =
        years.saturating_mul(365).saturating_add(leaps).saturating_add(before).saturating_add(day);
    usize::try_from(days).unwrap_or(0)
}

/// What the operator says of one day.
enum Override {
    Closed(String),
    Open,
}

fn read_override(row: &str) -> Result<(Date, Override), &'static str> {
    let mut cells = row.split(',').map(str::trim);
    let date = cells.next().map_or(Err(ShapeError { what: "date" }), Date::parse);
    let date = date.map_err(|_| "write the date as 2026-12-01")?;
    if !(BankCalendar::FIRST_YEAR..=BankCalendar::LAST_YEAR).contains(&date.year()) {
        return Err("the calendar covers 2007 to 2099");
    }
    let name = cells.next().filter(|name| !name.is_empty());
    let name = name.ok_or("write a name after the date, as in 2026-12-01,臨時休業")?;
    let day = match cells.next() {
        None | Some("" | "closed") => Override::Closed(name.to_owned()),
        Some("open") => Override::Open,
        Some(_) => return Err("the third column takes only `open` or `closed`"),
    };
    if cells.next().is_some() {
        return Err("there are more than three columns");
    }
    Ok((date, day))
}

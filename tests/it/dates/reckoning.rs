//! Days and open hours counted one by one, by nothing but the table and the Gregorian rules.

use std::collections::BTreeSet;

use super::holidays::HOLIDAYS;

/// A day: days since 1 January 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day(i64);

/// A minute on a Tokyo clock, counted from the midnight with which 1970 began there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Minute(i64);

const OPENS: i64 = 9 * 60;
const CLOSES: i64 = 17 * 60;

fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i32, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl Day {
    pub(super) fn of(year: i32, month: u32, day: u32) -> Self {
        let years: i64 = (1970..year).map(|y| if is_leap(y) { 366 } else { 365 }).sum();
        let months: u32 = (1..month).map(|m| days_in(year, m)).sum();
        Self(years + i64::from(months + day) - 1)
    }

    pub(super) fn civil(self) -> (i32, u32, u32) {
        // 1 January 2018 is the first day anybody asks about.
        let (mut year, mut left) = (2018, self.0 - 17_532);
        while left >= if is_leap(year) { 366 } else { 365 } {
            left -= if is_leap(year) { 366 } else { 365 };
            year += 1;
        }
        let mut month = 1;
        while left >= i64::from(days_in(year, month)) {
            left -= i64::from(days_in(year, month));
            month += 1;
        }
        (year, month, u32::try_from(left).unwrap() + 1)
    }

    pub(super) fn to(self, last: Self) -> impl Iterator<Item = Self> {
        (self.0..=last.0).map(Self)
    }

    pub(super) fn at(self, hour: u32, minute: u32) -> Minute {
        Minute(self.0 * 1_440 + i64::from(hour * 60 + minute))
    }

    /// 1 January 1970 was a Thursday.
    pub(super) fn is_weekend(self) -> bool {
        matches!((self.0 + 4) % 7, 0 | 6)
    }
}

impl Minute {
    pub(super) fn split(self) -> (Day, u32) {
        (Day(self.0.div_euclid(1_440)), u32::try_from(self.0.rem_euclid(1_440)).unwrap())
    }

    pub(super) fn since_1970(self) -> i64 {
        self.0
    }

    pub(super) fn plus(self, minutes: i64) -> Self {
        Self(self.0 + minutes)
    }
}

pub(super) struct Reckoning {
    closed: BTreeSet<Day>,
}

impl Reckoning {
    pub(super) fn new() -> Self {
        let mut closed = BTreeSet::new();
        for (year, days) in HOLIDAYS {
            for day in days.split_whitespace() {
                let (month, day) = day.split_once('/').unwrap();
                closed.insert(Day::of(year, month.parse().unwrap(), day.parse().unwrap()));
            }
            for (month, day) in [(1, 1), (1, 2), (1, 3), (12, 31)] {
                closed.insert(Day::of(year, month, day));
            }
        }
        closed.insert(Day::of(2018, 12, 31));
        Self { closed }
    }

    pub(super) fn is_open(&self, day: Day) -> bool {
        !day.is_weekend() && !self.closed.contains(&day)
    }

    /// The days of a year that are closed beside weekends, as the program prints them.
    pub(super) fn closed_in(&self, year: i32) -> Vec<String> {
        let days = self.closed.range(Day::of(year, 1, 1)..=Day::of(year, 12, 31));
        let civil = days.map(|day| day.civil());
        civil.map(|(year, month, day)| format!("{year}-{month:02}-{day:02}")).collect()
    }

    fn open_from(&self, day: Day) -> Day {
        (day.0..day.0 + 30).map(Day).find(|day| self.is_open(*day)).unwrap()
    }

    /// The `n`-th open day after the first one from `day` on.
    pub(super) fn nth_open(&self, day: Day, n: u32) -> Day {
        let mut day = self.open_from(day);
        for _ in 0..n {
            day = self.open_from(Day(day.0 + 1));
        }
        day
    }

    /// So many open days back from an open one.
    pub(super) fn back(&self, day: Day, n: u32) -> Day {
        let mut day = day;
        for _ in 0..n {
            day = (1..30).map(|k| Day(day.0 - k)).find(|day| self.is_open(*day)).unwrap();
        }
        day
    }

    pub(super) fn open_days_at(&self, from: Minute, n: u32, (hour, minute): (u32, u32)) -> Minute {
        let day = self.nth_open(from.split().0, n);
        let due = day.at(hour, minute);
        if due > from { due } else { self.nth_open(Day(day.0 + 1), 0).at(hour, minute) }
    }

    pub(super) fn days_at(from: Minute, n: u32, (hour, minute): (u32, u32)) -> Minute {
        let due = Day(from.split().0.0 + i64::from(n)).at(hour, minute);
        if due > from { due } else { due.plus(1_440) }
    }

    /// Whether the bank is open during the minute that begins at `at`.
    fn is_open_at(&self, at: Minute) -> bool {
        let (day, minute) = at.split();
        (OPENS..CLOSES).contains(&i64::from(minute)) && self.is_open(day)
    }

    /// Counts open minutes one by one, half an hour at a time where nothing changes.
    pub(super) fn open_minutes_after(&self, from: Minute, minutes: i64) -> Minute {
        self.count(from, minutes, 1)
    }

    pub(super) fn open_minutes_before(&self, until: Minute, minutes: i64) -> Minute {
        self.count(until, minutes, -1)
    }

    fn count(&self, from: Minute, minutes: i64, way: i64) -> Minute {
        let (mut at, mut left) = (from, minutes);
        while left > 0 {
            // To the next half hour, in which the bank neither opens nor closes.
            let into = at.0.rem_euclid(30);
            let step = match (way, into) {
                (1, into) => 30 - into,
                (_, 0) => 30,
                (_, into) => into,
            };
            let open = self.is_open_at(if way > 0 { at } else { at.plus(-1) });
            let step = if open { step.min(left) } else { step };
            at = at.plus(way * step);
            left -= if open { step } else { 0 };
        }
        at
    }

    /// A day of a month, moved to an open one: forward for 1, back for -1.
    pub(super) fn rolled(&self, (year, month): (i32, u32), day: u32, way: i64) -> Day {
        let day = Day::of(year, month, day.min(days_in(year, month)));
        (0..30).map(|k| Day(day.0 + way * k)).find(|day| self.is_open(*day)).unwrap()
    }

    /// One moment a month, from January 2019 on.
    pub(super) fn monthly(
        &self,
        day: impl Fn(&Self, (i32, u32)) -> Day,
        minute: i64,
    ) -> Vec<Minute> {
        let months = (2019..=2035).flat_map(|year| (1..=12).map(move |month| (year, month)));
        let all = months.chain([(2036, 1)]);
        all.map(|month| Minute(day(self, month).0 * 1_440 + minute)).collect()
    }

    pub(super) fn daily(&self, is: impl Fn(&Self, Day) -> bool, minute: i64) -> Vec<Minute> {
        let days = Day::of(2019, 1, 1).to(Day::of(2036, 1, 31));
        days.filter(|day| is(self, *day)).map(|day| Minute(day.0 * 1_440 + minute)).collect()
    }
}

//! Days and moments as the bank counts them: civil dates and Tokyo time.

use std::fmt;

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

use super::ShapeError;

/// A civil date in the Gregorian calendar, as written on paper in Japan.
///
/// Shape: a real day of the years 1900 to 2199, stored as the number YYYYMMDD.
/// Made by [`Date::new`] and [`Date::parse`]; ordering is the calendar's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Date(u32);

/// A day of the week.
pub type Weekday = chrono::Weekday;

/// The first day of each era and its name, the present one first.
const ERAS: [(u32, &str); 3] = [(20_190_501, "令和"), (19_890_108, "平成"), (19_261_225, "昭和")];

impl Date {
    /// The day `day` of `month` in `year`; errs when there is no such day.
    pub fn new(year: i32, month: u32, day: u32) -> Result<Self, ShapeError> {
        let date = NaiveDate::from_ymd_opt(year, month, day).ok_or(ShapeError { what: "date" })?;
        Self::from_naive(date)
    }

    /// Reads `2026-12-01`, `2026/12/1` or `20261201`, half-width digits only.
    pub fn parse(text: &str) -> Result<Self, ShapeError> {
        let wrong = ShapeError { what: "date" };
        let number = |part: &str, most: usize| -> Result<u32, ShapeError> {
            let fits = (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            if fits { part.parse().map_err(|_| wrong) } else { Err(wrong) }
        };
        let mut parts = text.split(['-', '/']);
        let (year, month, day) = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(whole), None, None, None) if whole.len() == 8 => {
                let whole = number(whole, 8)?;
                (whole / 10_000, whole / 100 % 100, whole % 100)
            }
            (Some(year), Some(month), Some(day), None) if year.len() == 4 => {
                (number(year, 4)?, number(month, 2)?, number(day, 2)?)
            }
            _ => return Err(wrong),
        };
        Self::new(i32::try_from(year).map_err(|_| wrong)?, month, day)
    }

    /// The year, e.g. 2026.
    pub fn year(self) -> i32 {
        i32::try_from(self.0 / 10_000).unwrap_or(i32::MAX)
    }

    /// The month, 1 to 12.
    pub const fn month(self) -> u32 {
        self.0 / 100 % 100
    }

    /// The day of the month, 1 to 31.
    pub const fn day(self) -> u32 {
        self.0 % 100
    }

    /// The number YYYYMMDD, as fixed-length files write it.
    pub const fn yyyymmdd(self) -> u32 {
        self.0
    }

    /// The day of the week.
    pub fn weekday(self) -> Weekday {
        self.naive().weekday()
    }

    /// This day moved by `days`; stays within 1900 to 2199.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        chrono::TimeDelta::try_days(days)
            .and_then(|delta| self.naive().checked_add_signed(delta))
            .and_then(|date| Self::from_naive(date).ok())
            .unwrap_or(self)
    }

    /// The same day of the month `months` later, or the month's last day if it is shorter.
    #[must_use]
    pub fn plus_months(self, months: u32) -> Self {
        self.naive()
            .checked_add_months(chrono::Months::new(months))
            .and_then(|date| Self::from_naive(date).ok())
            .unwrap_or(self)
    }

    /// Days from `earlier` to this day; negative when `earlier` is later.
    pub fn days_since(self, earlier: Self) -> i64 {
        self.naive().signed_duration_since(earlier.naive()).num_days()
    }

    /// `2026年12月1日`.
    pub fn japanese(self) -> String {
        format!("{}年{}月{}日", self.year(), self.month(), self.day())
    }

    /// The day in the Japanese calendar (和暦): `令和8年12月1日`; of years before 1926 as they are.
    pub fn wareki(self) -> String {
        let era = ERAS.iter().find(|(first, _)| *first <= self.0);
        let Some((first, name)) = era else { return self.japanese() };
        let years = self.year().saturating_sub(i32::try_from(first / 10_000).unwrap_or(0));
        let year = match years {
            0 => "元".to_owned(),
            years => years.saturating_add(1).to_string(),
        };
        format!("{name}{year}年{}月{}日", self.month(), self.day())
    }

    fn from_naive(date: NaiveDate) -> Result<Self, ShapeError> {
        let year = u32::try_from(date.year()).unwrap_or(0);
        if !(1900..=2199).contains(&year) {
            return Err(ShapeError { what: "date" });
        }
        let month_day = date.month().saturating_mul(100).saturating_add(date.day());
        Ok(Self(year.saturating_mul(10_000).saturating_add(month_day)))
    }

    #[expect(clippy::expect_used, reason = "every constructor has proved that the day exists")]
    fn naive(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year(), self.month(), self.day())
            .expect("a Date holds a real day")
    }
}

/// `2026-12-01`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year(), self.month(), self.day())
    }
}

/// A moment.
///
/// Shape: milliseconds since 1970-01-01 00:00 UTC. Shown in Tokyo time, which has had no
/// daylight saving since 1951 and so is a fixed nine hours.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Timestamp(i64);

impl Timestamp {
    const TOKYO_MS: i64 = 9 * 3_600_000;
    const DAY_MS: i64 = 86_400_000;

    /// The moment `ms` milliseconds after the Unix epoch.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// The moment a Tokyo wall clock shows `hour:minute` on `date`.
    pub fn tokyo(date: Date, hour: u32, minute: u32) -> Self {
        let epoch = NaiveDate::default();
        let days = date.naive().signed_duration_since(epoch).num_days();
        let minutes = i64::from(hour).saturating_mul(60).saturating_add(i64::from(minute));
        let midnight = days.saturating_mul(Self::DAY_MS).saturating_sub(Self::TOKYO_MS);
        Self(midnight.saturating_add(minutes.saturating_mul(60_000)))
    }

    /// Milliseconds since the Unix epoch.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// The civil date in Tokyo.
    pub fn date(self) -> Date {
        let days = self.0.saturating_add(Self::TOKYO_MS).div_euclid(Self::DAY_MS);
        chrono::TimeDelta::try_days(days)
            .and_then(|delta| NaiveDate::default().checked_add_signed(delta))
            .and_then(|date| Date::from_naive(date).ok())
            .unwrap_or(Date(19_000_101))
    }

    /// Hour and minute on a Tokyo wall clock.
    pub fn hour_minute(self) -> (u32, u32) {
        let minutes = self.tokyo_day_ms() / 60_000;
        (minutes / 60, minutes % 60)
    }

    /// This moment moved by `ms` milliseconds.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// `2026年12月1日 15:00`.
    pub fn japanese(self) -> String {
        let (hour, minute) = self.hour_minute();
        format!("{} {hour}:{minute:02}", self.date().japanese())
    }

    fn tokyo_day_ms(self) -> u32 {
        let ms = self.0.saturating_add(Self::TOKYO_MS).rem_euclid(Self::DAY_MS);
        u32::try_from(ms).unwrap_or(0)
    }
}

/// `2026-12-01 15:00:00`, Tokyo time.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.tokyo_day_ms() / 1_000;
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(f, "{} {hour:02}:{minute:02}:{second:02}", self.date())
    }
}

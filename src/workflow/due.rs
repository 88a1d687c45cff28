//! Deadlines: `1bd@15:00` and the approval deadline of a record date (承認期限).

use crate::domain::{BankCalendar, Date, Timestamp};

/// A deadline relative to the moment a step opens.
///
/// Shape: `2bd@15:00` (business days), `3d@12:00` (calendar days), or a [`Span`] such as `4bh`.
/// `0bd@15:00` is the same business day; a step that opens after that time gets the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// Business days after the day the step opens, at a time of day.
    OpenDays {
        /// How many.
        days: u16,
        /// Hour and minute on a Tokyo clock.
        at: (u32, u32),
    },
    /// Calendar days, at a time of day.
    Days {
        /// How many.
        days: u16,
        /// Hour and minute on a Tokyo clock.
        at: (u32, u32),
    },
    /// So long after the step opens.
    After(Span),
}

impl Due {
    /// Reads `1bd@15:00`, `3d@12:00` or `4bh`.
    pub fn parse(text: &str) -> Option<Self> {
        let Some((count, time)) = text.split_once('@') else {
            return Span::parse(text).map(Self::After);
        };
        let at = parse_time(time)?;
        if let Some(days) = count.strip_suffix("bd") {
            return Some(Self::OpenDays { days: days.parse().ok()?, at });
        }
        let days = count.strip_suffix('d')?.parse().ok()?;
        Some(Self::Days { days, at })
    }

    /// The moment `target`, later by a standstill from the first of two moments to the second: by
    /// the clock where it counts by the clock, else by opening hours.
    pub fn moved(
        self,
        target: Timestamp,
        (since, now): (Timestamp, Timestamp),
        calendar: &BankCalendar,
    ) -> Timestamp {
        match self {
            Self::Days { .. } | Self::After(Span::Minutes(_)) => {
                target.plus_ms(now.ms().saturating_sub(since.ms()).max(0))
            }
            Self::OpenDays { .. } | Self::After(Span::OpenHours(_) | Span::OpenDays(_)) => {
                let stood = open_time_between(since, now, calendar);
                if stood == 0 { target } else { open_time_after(target, stood, calendar) }
            }
        }
    }

    /// The deadline of a step that opens at `from`.
    pub fn after(self, from: Timestamp, calendar: &BankCalendar) -> Timestamp {
        match self {
            Self::OpenDays { days, at: (hour, minute) } => {
                let today = calendar.next_open(from.date());
                let day = calendar.add_open_days(today, i64::from(days));
                let due = Timestamp::tokyo(day, hour, minute);
                if due > from {
                    return due;
                }
                Timestamp::tokyo(calendar.add_open_days(day, 1), hour, minute)
            }
            Self::Days { days, at: (hour, minute) } => {
                let day = from.date().plus_days(i64::from(days));
                let due = Timestamp::tokyo(day, hour, minute);
                if due > from {
                    return due;
                }
                Timestamp::tokyo(day.plus_days(1), hour, minute)
            }
            Self::After(span) => span.after(from, calendar),
        }
    }
}

/// When a step should be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepDue {
    /// So long after it opens, `1bd@15:00`.
    Opening(Due),
    /// A moment counted from a date of the case, `{by: earliest_due, offset: -3bd@15:00}`.
    Date(Box<FromDate>),
}

/// A moment counted in business days from a date of the case.
///
/// A date on a closed day counts as the next business day. Made only by the loader, which knows
/// that the name is one of a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromDate {
    /// The name of the date, e.g. `record_date`.
    pub name: String,
    /// What a person reads for it, e.g. 記録請求日.
    pub label: String,
    /// Business days after it; negative ones before.
    pub days: i64,
    /// Hour and minute on a Tokyo clock.
    pub at: (u32, u32),
}

impl FromDate {
    /// The most business days before or after a date.
    const DAYS_MAX: i64 = 366;

    /// Reads the offset `-3bd@15:00`, `+1bd@12:00` or `0bd@15:00`: business days and a time.
    pub fn parse_offset(text: &str) -> Option<(i64, (u32, u32))> {
        let (count, time) = text.split_once('@')?;
        Some((Self::parse_days(count.strip_suffix("bd")?)?, parse_time(time)?))
    }

    /// Reads a number of business days, negative ones before.
    pub fn parse_days(text: &str) -> Option<i64> {
        text.parse().ok().filter(|days: &i64| (-Self::DAYS_MAX..=Self::DAYS_MAX).contains(days))
    }

    /// The moment, counted from `date`.
    pub fn moment(&self, date: Date, calendar: &BankCalendar) -> Timestamp {
        let day = calendar.add_open_days(calendar.next_open(date), self.days);
        Timestamp::tokyo(day, self.at.0, self.at.1)
    }
}

/// A length of time on the clock or on the bank's.
///
/// Shape: `30m`, `4h`, `2d` by the clock; `2bh` in opening hours, `1bd` in business days at the
/// same time of day. The four are never converted into one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Minutes by the clock; hours and days are read as minutes.
    Minutes(u32),
    /// Hours while the bank is open.
    OpenHours(u16),
    /// Business days.
    OpenDays(u16),
}

/// When a branch opens and closes, as hours on a Tokyo clock.
const OPEN: (u32, u32) = (9, 17);
const MINUTE_MS: i64 = 60_000;

impl Span {
    /// Reads `30m`, `4h`, `2d`, `2bh` or `1bd`.
    pub fn parse(text: &str) -> Option<Self> {
        let unit = text.find(|c: char| !c.is_ascii_digit())?;
        let (count, unit) = text.split_at_checked(unit)?;
        let count: u16 = count.parse().ok()?;
        match unit {
            "m" => Some(Self::Minutes(u32::from(count))),
            "h" => Some(Self::Minutes(u32::from(count).saturating_mul(60))),
            "d" => Some(Self::Minutes(u32::from(count).saturating_mul(24 * 60))),
            "bh" => Some(Self::OpenHours(count)),
            "bd" => Some(Self::OpenDays(count)),
            _ => None,
        }
    }

    /// The same, `times` over.
    #[must_use]
    pub fn times(self, times: u8) -> Self {
        match self {
            Self::Minutes(count) => Self::Minutes(count.saturating_mul(u32::from(times))),
            Self::OpenHours(count) => Self::OpenHours(count.saturating_mul(u16::from(times))),
            Self::OpenDays(count) => Self::OpenDays(count.saturating_mul(u16::from(times))),
        }
    }

    /// So long after `from`.
    pub fn after(self, from: Timestamp, calendar: &BankCalendar) -> Timestamp {
        match self {
            Self::Minutes(count) => from.plus_ms(i64::from(count).saturating_mul(MINUTE_MS)),
            Self::OpenDays(count) => {
                let day = calendar.add_open_days(calendar.next_open(from.date()), i64::from(count));
                same_time(from, day)
            }
            Self::OpenHours(count) => {
                let ms = i64::from(count).saturating_mul(60 * MINUTE_MS);
                open_time_after(from, ms, calendar)
            }
        }
    }

    /// So long before `until`.
    pub fn before(self, until: Timestamp, calendar: &BankCalendar) -> Timestamp {
        match self {
            Self::Minutes(count) => {
                until.plus_ms(i64::from(count).saturating_mul(MINUTE_MS).saturating_neg())
            }
            Self::OpenDays(count) => {
                let back = i64::from(count).saturating_neg();
                same_time(until, calendar.add_open_days(until.date(), back))
            }
            Self::OpenHours(count) => open_hours_before(until, count, calendar),
        }
    }
}

/// The time of day of `moment` on another day.
fn same_time(moment: Timestamp, day: Date) -> Timestamp {
    let midnight = Timestamp::tokyo(moment.date(), 0, 0);
    Timestamp::tokyo(day, 0, 0).plus_ms(moment.ms().saturating_sub(midnight.ms()))
}

/// Opening and closing time of a day.
fn opening(day: Date) -> (Timestamp, Timestamp) {
    (Timestamp::tokyo(day, OPEN.0, 0), Timestamp::tokyo(day, OPEN.1, 0))
}

/// The moment so many milliseconds of opening hours after another.
pub(super) fn open_time_after(from: Timestamp, ms: i64, calendar: &BankCalendar) -> Timestamp {
    let mut left = ms;
    let mut day = calendar.next_open(from.date());
    let mut at = from;
    loop {
        let (opens, closes) = opening(day);
        at = at.max(opens);
        let room = closes.ms().saturating_sub(at.ms());
        if left <= room {
            return at.plus_ms(left);
        }
        left = left.saturating_sub(room.max(0));
        day = calendar.add_open_days(day, 1);
    }
}

/// How many milliseconds of opening hours lie between two moments; none backwards.
pub(super) fn open_time_between(from: Timestamp, to: Timestamp, calendar: &BankCalendar) -> i64 {
    let mut sum = 0_i64;
    let mut day = calendar.next_open(from.date());
    while day <= to.date() {
        let (opens, closes) = opening(day);
        let (start, end) = (from.max(opens), to.min(closes));
        sum = sum.saturating_add(end.ms().saturating_sub(start.ms()).max(0));
        let next = calendar.add_open_days(day, 1);
        if next <= day {
            break;
        }
        day = next;
    }
    sum
}

fn open_hours_before(until: Timestamp, hours: u16, calendar: &BankCalendar) -> Timestamp {
    let mut left = i64::from(hours).saturating_mul(60 * MINUTE_MS);
    let mut day = until.date();
    let mut at = until;
    loop {
        let (opens, closes) = opening(day);
        at = at.min(closes);
        let room = at.ms().saturating_sub(opens.ms());
        if calendar.is_open(day) && left <= room {
            return at.plus_ms(left.saturating_neg());
        }
        if calendar.is_open(day) {
            left = left.saturating_sub(room.max(0));
        }
        day = day.plus_days(-1);
    }
}

/// Reads `HH:MM` of a 24-hour clock.
pub(super) fn parse_time(text: &str) -> Option<(u32, u32)> {
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some((hour, minute))
}

/// The approval deadline (承認期限) of a record date: its cut-off time, 15:00 unless set otherwise.
///
/// Source: same-day requests need the final approval by 15:00; after it only 差戻し and 否認 work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApprovalDeadline {
    /// Hour on a Tokyo clock.
    pub hour: u32,
    /// Minute.
    pub minute: u32,
}

impl Default for ApprovalDeadline {
    fn default() -> Self {
        Self { hour: 15, minute: 0 }
    }
}

impl ApprovalDeadline {
    /// Reads `HH:MM`.
    pub fn parse(text: &str) -> Option<Self> {
        parse_time(text).map(|(hour, minute)| Self { hour, minute })
    }

    /// The last moment a request for `record_date` may be approved.
    pub fn of(self, record_date: Date) -> Timestamp {
        Timestamp::tokyo(record_date, self.hour, self.minute)
    }
}

#[cfg(test)]
mod tests {
    use super::{Due, FromDate, Span};
    use crate::domain::{BankCalendar, Date, Timestamp};

    fn at(day: u32, hour: u32, minute: u32) -> Timestamp {
        Timestamp::tokyo(Date::new(2026, 12, day).unwrap(), hour, minute)
    }

    #[test]
    fn hours_days_open_hours_and_open_days_are_four_things() {
        let calendar = BankCalendar::japan();
        let after = |text, from| Due::parse(text).unwrap().after(from, &calendar);
        // The 4th is a Friday.
        let friday = at(4, 16, 0);
        assert_eq!(after("2h", friday), at(4, 18, 0));
        assert_eq!(after("2bh", friday), at(7, 10, 0));
        assert_eq!(after("1d", friday), at(5, 16, 0));
        assert_eq!(after("1d@12:00", friday), at(5, 12, 0));
        assert_eq!(after("1bd", friday), at(7, 16, 0));
        assert_eq!(after("1bd@15:00", friday), at(7, 15, 0));
        assert_eq!(after("0bd@15:00", friday), at(7, 15, 0), "after that time, the next one");
        assert_eq!(after("9bh", at(5, 12, 0)), at(8, 10, 0), "a Saturday counts from Monday");
    }

    #[test]
    fn so_long_before_a_moment_counts_back_over_closed_days() {
        let calendar = BankCalendar::japan();
        let before = |text, until| Span::parse(text).unwrap().before(until, &calendar);
        assert_eq!(before("2bh", at(7, 10, 0)), at(4, 16, 0));
        assert_eq!(before("90m", at(7, 10, 0)), at(7, 8, 30));
        assert_eq!(before("1bd", at(7, 10, 0)), at(4, 10, 0));
        assert_eq!(before("2bh", at(6, 10, 0)), at(4, 15, 0), "from a Sunday");
    }

    #[test]
    fn a_moment_counts_business_days_before_or_after_a_date_and_a_closed_one_is_the_next() {
        let calendar = BankCalendar::japan();
        let moment = |offset, day| {
            let (days, time) = FromDate::parse_offset(offset).unwrap();
            let (name, label) = ("record_date".to_owned(), "記録請求日".to_owned());
            let date = Date::new(2026, 12, day).unwrap();
            FromDate { name, label, days, at: time }.moment(date, &calendar)
        };
        assert_eq!(moment("-3bd@15:00", 9), at(4, 15, 0), "over a weekend");
        assert_eq!(moment("0bd@12:30", 9), at(9, 12, 30));
        assert_eq!(moment("+2bd@09:00", 4), at(8, 9, 0));
        assert_eq!(moment("-1bd@15:00", 5), at(4, 15, 0), "a Saturday counts as the Monday");
        let new_year = Date::new(2027, 1, 4).unwrap();
        assert_eq!(moment("+1bd@09:00", 30), Timestamp::tokyo(new_year, 9, 0));
        for text in ["-3bd", "3d@15:00", "-367bd@15:00", "bd@15:00", "-3bd@24:00", ""] {
            assert_eq!(FromDate::parse_offset(text), None, "{text}");
        }
    }

    #[test]
    fn open_hours_there_and_back_lead_to_the_same_moment() {
        let calendar = BankCalendar::japan();
        for hours in 1..60 {
            let span = Span::OpenHours(hours);
            let from = at(1, 11, 30);
            assert_eq!(span.before(span.after(from, &calendar), &calendar), from, "{hours}");
            let between = super::open_time_between(from, span.after(from, &calendar), &calendar);
            assert_eq!(between, i64::from(hours) * 3_600_000);
        }
    }

    #[test]
    fn what_is_no_length_of_time_is_not_read() {
        for text in ["", "bh", "2", "2 bh", "-2bh", "99999bh", "2x", "1bd@", "1bd@25:00", "1w@9:00"]
        {
            assert_eq!(Due::parse(text), None, "{text}");
        }
    }
}

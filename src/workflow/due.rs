//! Deadlines: `1bd@15:00` and the approval deadline of a record date (承認期限).

use crate::domain::{BankCalendar, Date, Timestamp};

/// A deadline relative to the moment a step opens: n business days on, at a time of day.
///
/// Shape: written `<n>bd@HH:MM`. Zero is the same business day; a step that opens after that time
/// gets the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Business days after the day the step opens.
    pub open_days: u16,
    /// Hour on a Tokyo clock.
    pub hour: u32,
    /// Minute.
    pub minute: u32,
}

impl Due {
    /// Reads `1bd@15:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let (days, time) = text.split_once("bd@")?;
        let (hour, minute) = parse_time(time)?;
        Some(Self { open_days: days.parse().ok()?, hour, minute })
    }

    /// The deadline of a step that opens at `from`.
    pub fn after(self, from: Timestamp, calendar: &BankCalendar) -> Timestamp {
        let today = calendar.next_open(from.date());
        let day = calendar.add_open_days(today, i64::from(self.open_days));
        let due = Timestamp::tokyo(day, self.hour, self.minute);
        if due > from {
            return due;
        }
        Timestamp::tokyo(calendar.add_open_days(day, 1), self.hour, self.minute)
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

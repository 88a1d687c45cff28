//! What the office does at set times: `workflows/schedules/*.yaml`.
//!
//! Pure: when a schedule is next due follows from the moment, the calendar and the last run that
//! are handed in. Read [`Schedule::due`] first.

mod cron;
#[cfg(test)]
mod tests;

use crate::domain::{BankCalendar, Date, Timestamp};

use super::Mistake;
use super::due::parse_time;
use super::yaml::{Node, Reader, Value};

pub use cron::{cron_after, cron_is_clear};

/// Later than this after its time a run counts as missed: the program was down.
const LATE_MS: i64 = 5 * 60_000;
/// How far back what was missed is looked for: a minute, an hour, a day, forty days.
const BACK_MS: [i64; 4] = [60_000, 3_600_000, 86_400_000, 40 * 86_400_000];
/// How many months ahead the next time is looked for.
const AHEAD_MONTHS: u32 = 4;

/// A schedule of the office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Its name; runs are journaled under it.
    pub id: String,
    /// When.
    pub when: When,
    /// What happens to a time that passed while the program was down.
    pub misfire: Misfire,
    /// What is done.
    pub job: Job,
}

/// When a schedule is due, always on a Tokyo clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// By a cron expression with six fields, weekdays as names.
    Cron(String),
    /// Every business day.
    OpenDays {
        /// Hour and minute.
        at: (u32, u32),
    },
    /// On a day of every month, moved to a business day.
    Day {
        /// 1 to 31; in a shorter month its last day.
        day: u32,
        /// Which way a closed day is moved.
        roll: Roll,
        /// Hour and minute.
        at: (u32, u32),
    },
    /// So many business days before the last business day of every month.
    BeforeMonthEnd {
        /// How many; 0 is the last business day itself.
        business_days: u16,
        /// Hour and minute.
        at: (u32, u32),
    },
}

/// Which way a closed day is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roll {
    /// To the next business day (翌営業日).
    Following,
    /// To the business day before (前営業日).
    Preceding,
}

/// What happens to a time that passed while the program was down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfire {
    /// It is made up for once, however many passed.
    Once,
    /// It is left out.
    Skip,
}

/// What a schedule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// A PDF of its waiting cases for each branch.
    WaitingList,
    /// The fees of the month before: bills, statements and the debit file.
    FeeRun,
    /// A mail to each debtor two business days before a due date.
    DueReminders,
    /// A PDF of what the day was for each branch.
    DailyReport,
}

/// What is to be done about a schedule now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Firing {
    /// It is carried out for this moment.
    Run(Timestamp),
    /// The moments up to this one were missed and are left out.
    Skip(Timestamp),
}

impl Schedule {
    /// Reads a schedule, all mistakes at once.
    pub fn load(file: &str, text: &str) -> Result<Self, Vec<Mistake>> {
        let mut reader = Reader::new(file);
        let schedule = reader.parse(text).and_then(|node| read(&mut reader, &node));
        reader.finish(schedule)
    }

    /// The next moment after `now`; nothing when it never comes.
    pub fn next_after(&self, now: Timestamp, calendar: &BankCalendar) -> Option<Timestamp> {
        let at = |day: Date, (hour, minute): (u32, u32)| Timestamp::tokyo(day, hour, minute);
        match &self.when {
            When::Cron(expression) => cron_after(expression, now),
            When::OpenDays { at: time } => {
                let today = calendar.next_open(now.date());
                let days = [today, calendar.add_open_days(today, 1)];
                days.into_iter().map(|day| at(day, *time)).find(|moment| *moment > now)
            }
            When::Day { day, roll, at: time } => months(now.date())
                .map(|first| at(rolled(first, *day, *roll, calendar), *time))
                .find(|moment| *moment > now),
            When::BeforeMonthEnd { business_days, at: time } => months(now.date())
                .map(|first| {
                    let last = rolled(first, 31, Roll::Preceding, calendar);
                    let back = i64::from(*business_days).saturating_neg();
                    at(calendar.add_open_days(last, back), *time)
                })
                .find(|moment| *moment > now),
        }
    }

    /// What is to be done now, when it was last carried out (or first seen) for `last`.
    ///
    /// However many moments passed since, one run stands for all of them.
    pub fn due(&self, last: Timestamp, now: Timestamp, calendar: &BankCalendar) -> Option<Firing> {
        // Looked for from near to far: a schedule of every second must not be counted for weeks.
        let near = BACK_MS.iter().find_map(|back| {
            let from = last.max(now.plus_ms(back.saturating_neg()));
            self.next_after(from, calendar).filter(|next| *next <= now)
        });
        let mut latest = near?;
        while let Some(next) = self.next_after(latest, calendar).filter(|next| *next <= now) {
            latest = next;
        }
        let late = now.ms().saturating_sub(latest.ms()) > LATE_MS;
        match self.misfire {
            Misfire::Skip if late => Some(Firing::Skip(latest)),
            Misfire::Skip | Misfire::Once => Some(Firing::Run(latest)),
        }
    }
}

/// The first days of the month before `day`'s, of its own, and of those to come.
///
/// The 31st of one month may move into the next.
fn months(day: Date) -> impl Iterator<Item = Date> {
    let first = day.plus_days(1_i64.saturating_sub(i64::from(day.day())));
    let before = first.plus_days(-1);
    let before = before.plus_days(1_i64.saturating_sub(i64::from(before.day())));
    (0..AHEAD_MONTHS).map(move |ahead| before.plus_months(ahead))
}

/// A day of the month that begins on `first`, moved to a business day.
fn rolled(first: Date, day: u32, roll: Roll, calendar: &BankCalendar) -> Date {
    let last = first.plus_months(1).plus_days(-1);
    let days = i64::from(day.min(last.day())).saturating_sub(1);
    let day = first.plus_days(days);
    match roll {
        Roll::Following => calendar.next_open(day),
        Roll::Preceding if calendar.is_open(day) => day,
        Roll::Preceding => calendar.add_open_days(day, -1),
    }
}

/// What can be done, by name.
const JOBS: [(&str, Job); 4] = [
    ("waiting_list", Job::WaitingList),
    ("fee_run", Job::FeeRun),
    ("due_reminders", Job::DueReminders),
    ("daily_report", Job::DailyReport),
];

fn read(reader: &mut Reader, node: &Node) -> Option<Schedule> {
    let map = reader.map(node, &["schema", "id", "when", "misfire", "do"]);
    let shape = ("英小文字・数字・_ で書いてください", "write a-z, 0-9 and _");
    let id = map.need(reader, "id").and_then(|node| {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        reader.parsed(node, shape, |text| {
            (!text.is_empty() && text.chars().all(fits)).then(|| text.to_owned())
        })
    });
    let when = map.need(reader, "when").and_then(|node| read_when(reader, node));
    let misfire = map.get("misfire").map_or(Some(Misfire::Once), |node| {
        reader.choice(node, &[("once", Misfire::Once), ("skip", Misfire::Skip)])
    });
    let job = map.need(reader, "do").and_then(|node| reader.choice(node, &JOBS));
    Some(Schedule { id: id?, when: when?, misfire: misfire?, job: job? })
}

fn read_when(reader: &mut Reader, node: &Node) -> Option<When> {
    if !matches!(node.value, Value::Map(_)) {
        let shape = (
            "「0 30 8 * * Mon-Fri」のように秒・分・時・日・月・曜日で書いてください（曜日は名前）",
            "write six fields, weekdays as names: 0 30 8 * * Mon-Fri",
        );
        return reader
            .parsed(node, shape, |text| cron_is_clear(text).then(|| When::Cron(text.to_owned())));
    }
    let map = reader.map(node, &["every", "day", "roll", "before", "business_days", "at"]);
    let shape = ("08:30 の形で書いてください", "write 08:30");
    let at = map.need(reader, "at").and_then(|node| reader.parsed(node, shape, parse_time));
    let roll = map.get("roll").map(|node| {
        reader.choice(node, &[("following", Roll::Following), ("preceding", Roll::Preceding)])
    });
    match (map.get("every"), map.get("day"), map.get("before")) {
        (Some(every), None, None) => {
            reader.choice(every, &[("business_day", ())])?;
            Some(When::OpenDays { at: at? })
        }
        (None, Some(day), None) => {
            let shape = ("1 から 31 か last と書いてください", "write 1 to 31, or last");
            let day = reader.parsed(day, shape, |text| match text {
                "last" => Some(31),
                _ => text.parse().ok().filter(|day| (1..=31).contains(day)),
            });
            let (day, at) = (day?, at?);
            Some(When::Day { day, roll: roll.unwrap_or(Some(Roll::Following))?, at })
        }
        (None, None, Some(before)) => {
            reader.choice(before, &[("month_end", ())])?;
            let shape = ("0 から 20 の数で書いてください", "write a number from 0 to 20");
            let days = map.need(reader, "business_days").and_then(|node| {
                reader.parsed(node, shape, |text| text.parse().ok().filter(|days| *days <= 20))
            });
            Some(When::BeforeMonthEnd { business_days: days?, at: at? })
        }
        _ => {
            let ja = "when には every、day、before のどれか一つを書いてください。";
            reader.say(map.at, ja, "write one of `every`, `day` and `before`");
            None
        }
    }
}

//! Deadlines and lengths of time in words.

use crate::render::words::Words;
use crate::workflow::{Due, FromDate, Span};

/// `最も早い支払期日の 3 営業日前 15:00`: a moment counted from a date of the case.
pub(super) fn from_date(words: &Words, from: &FromDate) -> String {
    let time = format!("{}:{:02}", from.at.0, from.at.1);
    let key = match from.days {
        0 => return words.fill("span.on_date", &[("date", &from.label), ("time", &time)]),
        ..0 => "span.before_date",
        1.. => "span.after_date",
    };
    let count = from.days.unsigned_abs().to_string();
    words.fill(key, &[("date", &from.label), ("count", &count), ("time", &time)])
}

/// `翌営業日 15:00`, `4 営業時間後`: a deadline counted from the opening of a step.
pub(super) fn from_now(words: &Words, due: Due) -> String {
    let fill = |key: &str, count: u32, (hour, minute): (u32, u32)| {
        let time = format!("{hour}:{minute:02}");
        words.fill(key, &[("count", &count.to_string()), ("time", &time)])
    };
    match due {
        Due::OpenDays { days: 0, at } => fill("span.today", 0, at),
        Due::OpenDays { days: 1, at } => fill("span.next_open_day", 0, at),
        Due::OpenDays { days, at } => fill("span.open_days_at", u32::from(days), at),
        Due::Days { days, at } => fill("span.days_at", u32::from(days), at),
        Due::After(span) => words.fill("span.after", &[("span", &length(words, span))]),
    }
}

/// `2 営業時間`, `90 分`.
pub(super) fn length(words: &Words, span: Span) -> String {
    let (key, count) = match span {
        Span::Minutes(minutes) if minutes % (24 * 60) == 0 => ("span.days", minutes / (24 * 60)),
        Span::Minutes(minutes) if minutes % 60 == 0 => ("span.hours", minutes / 60),
        Span::Minutes(minutes) => ("span.minutes", minutes),
        Span::OpenHours(hours) => ("span.open_hours", u32::from(hours)),
        Span::OpenDays(days) => ("span.open_days", u32::from(days)),
    };
    words.fill(key, &[("count", &count.to_string())])
}

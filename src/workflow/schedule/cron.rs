//! Cron expressions that mean what a person thinks they mean, in Tokyo time.

use std::str::FromStr as _;

use chrono::{DateTime, FixedOffset, TimeZone as _};
use cron::Schedule;

use crate::domain::Timestamp;

/// Whether an expression means what a person thinks it means.
///
/// Weekdays must be names: the numbers of this cron count from Sunday = 1, others from Sunday = 0.
/// Day of month and weekday together mean "and" here and "or" elsewhere, so only one may be set.
pub fn cron_is_clear(expression: &str) -> bool {
    let fields: Vec<&str> = expression.split_whitespace().collect();
    let [_, _, _, day, _, weekday, ..] = fields.as_slice() else { return false };
    let named = !weekday.bytes().any(|byte| byte.is_ascii_digit());
    let one = *day == "*" || *weekday == "*";
    named && one && Schedule::from_str(expression).is_ok()
}

/// The next moment after `now` an expression names; nothing when it never comes.
pub fn cron_after(expression: &str, now: Timestamp) -> Option<Timestamp> {
    let tokyo = FixedOffset::east_opt(9 * 3_600)?;
    let now: DateTime<FixedOffset> = tokyo.timestamp_millis_opt(now.ms()).single()?;
    let schedule = Schedule::from_str(expression).ok()?;
    let next = schedule.after(&now).next()?;
    Some(Timestamp::from_ms(next.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::{cron_after, cron_is_clear};
    use crate::domain::{Date, Timestamp};

    #[test]
    fn half_past_two_comes_once_a_night_in_tokyo() {
        let at = |day, hour| Timestamp::tokyo(Date::new(2026, 12, day).unwrap(), hour, 30);
        assert_eq!(cron_after("0 30 2 * * *", at(1, 1)), Some(at(1, 2)));
        assert_eq!(cron_after("0 30 2 * * *", at(1, 2)), Some(at(2, 2)));
    }

    #[test]
    fn an_expression_that_can_be_misread_is_not_taken() {
        assert!(cron_is_clear("0 0 9 * * Mon-Fri"));
        assert!(!cron_is_clear("0 0 9 * * 1"), "1 is Sunday here and Monday elsewhere");
        assert!(!cron_is_clear("0 0 9 25 * Mon"), "and here, or elsewhere");
        assert!(!cron_is_clear("0 9 * * *"), "five fields");
    }
}

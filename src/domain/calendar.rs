//! Stand-in.
use super::{Date, Weekday};
/// The bank's calendar.
#[derive(Debug, Clone, Default)]
pub struct BankCalendar;
impl BankCalendar {
    /// open
    pub fn is_open(&self, d: Date) -> bool {
        !matches!(d.weekday(), Weekday::Sat | Weekday::Sun)
    }
    /// next
    pub fn next_open(&self, mut d: Date) -> Date {
        while !self.is_open(d) {
            d = d.plus_days(1);
        }
        d
    }
    /// add
    pub fn add_open_days(&self, mut d: Date, n: i32) -> Date {
        for _ in 0..n.abs() {
            d = d.plus_days(n.signum().into());
            while !self.is_open(d) {
                d = d.plus_days(n.signum().into());
            }
        }
        d
    }
}

//! Mails to approvers in bundles: when each is due, by what the person chose.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::{BankCalendar, Timestamp};

use super::{EffectKind, Why};

/// When bundles go, as hours on a Tokyo clock.
const MORNING: u32 = 9;
const NOON: u32 = 12;
/// With less time than this before a deadline nothing waits for a bundle.
const HURRY_MS: i64 = 60 * 60_000;

/// How a person wants mails about seats.
///
/// Requests cannot be switched off: they always arrive in one way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailRule {
    /// When.
    pub when: MailWhen,
    /// What is not wanted.
    pub without: BTreeSet<MailSort>,
}

/// When mails about seats are sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailWhen {
    /// Each at once.
    #[default]
    AtOnce,
    /// Together, at nine on business days.
    Morning,
    /// Together, at noon on business days.
    Noon,
    /// Together, at nine and at noon on business days.
    Both,
}

/// A sort of mail a person may do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailSort {
    /// Reminders (催促).
    Reminder,
    /// Questions of colleagues (相談).
    Consult,
}

impl MailWhen {
    /// Every choice with its name.
    pub const ALL: [(&'static str, Self); 4] = [
        ("at_once", Self::AtOnce),
        ("morning", Self::Morning),
        ("noon", Self::Noon),
        ("both", Self::Both),
    ];

    /// `at_once`, `morning`, `noon` or `both`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AtOnce => "at_once",
            Self::Morning => "morning",
            Self::Noon => "noon",
            Self::Both => "both",
        }
    }

    const fn hours(self) -> &'static [u32] {
        match self {
            Self::AtOnce => &[],
            Self::Morning => &[MORNING],
            Self::Noon => &[NOON],
            Self::Both => &[MORNING, NOON],
        }
    }

    /// When a mail that is owed since `owed` goes at the latest: with the next bundle, and at once
    /// when less than an hour would be left before `due`.
    pub fn release(
        self,
        owed: Timestamp,
        due: Option<Timestamp>,
        calendar: &BankCalendar,
    ) -> Timestamp {
        let today = calendar.next_open(owed.date());
        let days = [today, calendar.add_open_days(today, 1)];
        let slots = days
            .iter()
            .flat_map(|day| self.hours().iter().map(|hour| Timestamp::tokyo(*day, *hour, 0)));
        let slot = slots.filter(|slot| *slot >= owed).min().unwrap_or(owed);
        let hurry = due.map(|due| due.plus_ms(HURRY_MS.saturating_neg()).max(owed));
        hurry.map_or(slot, |hurry| hurry.min(slot))
    }
}

impl MailSort {
    /// Every sort with its name.
    pub const ALL: [(&'static str, Self); 2] =
        [("reminder", Self::Reminder), ("consult", Self::Consult)];

    /// `reminder` or `consult`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reminder => "reminder",
            Self::Consult => "consult",
        }
    }
}

impl EffectKind {
    /// The sort of a mail a person may do without.
    pub const fn sort(&self) -> Option<MailSort> {
        match self {
            Self::Again { why: Why::Reminder, .. } => Some(MailSort::Reminder),
            Self::Consult { .. } => Some(MailSort::Consult),
            Self::Result
            | Self::Slip
            | Self::Final
            | Self::Record
            | Self::FeeStatement { .. }
            | Self::FeeNotice { .. }
            | Self::FeeDebit { .. }
            | Self::DueReminder { .. }
            | Self::OtherSide { .. }
            | Self::Welcome { .. }
            | Self::ContractNotice { .. }
            | Self::Disclosure { .. }
            | Self::Settled { .. }
            | Self::Notified { .. }
            | Self::Security(_)
            | Self::PasswordLetter { .. }
            | Self::ReturnedMail { .. }
            | Self::Receipt
            | Self::Clearing
            | Self::CancelNotice
            | Self::Publish
            | Self::Notice(_)
            | Self::Request { .. }
            | Self::Again { .. }
            | Self::Repeated { .. }
            | Self::Absence { .. }
            | Self::Review { .. }
            | Self::Decision { .. } => None,
        }
    }

    /// Until when a mail that may go in a bundle is of use; nothing for what is never bundled.
    pub const fn bundled_until(&self) -> Option<Option<Timestamp>> {
        match self {
            Self::Request { due, .. } | Self::Again { due, .. } => Some(*due),
            Self::Review { .. } => Some(None),
            Self::Result
            | Self::Slip
            | Self::Final
            | Self::Record
            | Self::FeeStatement { .. }
            | Self::FeeNotice { .. }
            | Self::FeeDebit { .. }
            | Self::DueReminder { .. }
            | Self::OtherSide { .. }
            | Self::Welcome { .. }
            | Self::ContractNotice { .. }
            | Self::Disclosure { .. }
            | Self::Settled { .. }
            | Self::Notified { .. }
            | Self::Security(_)
            | Self::PasswordLetter { .. }
            | Self::ReturnedMail { .. }
            | Self::Receipt
            | Self::Clearing
            | Self::CancelNotice
            | Self::Publish
            | Self::Notice(_)
            | Self::Repeated { .. }
            | Self::Consult { .. }
            | Self::Decision { .. }
            | Self::Absence { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MailWhen;
    use crate::domain::{BankCalendar, Date, Timestamp};

    fn at(day: u32, hour: u32, minute: u32) -> Timestamp {
        Timestamp::tokyo(Date::new(2026, 12, day).unwrap(), hour, minute)
    }

    #[test]
    fn a_bundle_goes_at_its_hour_on_the_next_business_day() {
        let calendar = BankCalendar::japan();
        let release = |when: MailWhen, owed| when.release(owed, None, &calendar);
        assert_eq!(release(MailWhen::AtOnce, at(1, 10, 0)), at(1, 10, 0));
        assert_eq!(release(MailWhen::Noon, at(1, 10, 0)), at(1, 12, 0));
        assert_eq!(release(MailWhen::Morning, at(1, 10, 0)), at(2, 9, 0));
        assert_eq!(release(MailWhen::Both, at(1, 8, 0)), at(1, 9, 0));
        assert_eq!(release(MailWhen::Both, at(1, 9, 0)), at(1, 9, 0));
        assert_eq!(release(MailWhen::Both, at(1, 9, 1)), at(1, 12, 0));
        // The 4th is a Friday.
        assert_eq!(release(MailWhen::Both, at(4, 12, 1)), at(7, 9, 0));
        assert_eq!(release(MailWhen::Morning, at(5, 8, 0)), at(7, 9, 0));
    }

    #[test]
    fn nothing_waits_when_less_than_an_hour_is_left() {
        let calendar = BankCalendar::japan();
        let release = |owed, due| MailWhen::Both.release(owed, Some(due), &calendar);
        assert_eq!(release(at(1, 10, 0), at(1, 12, 30)), at(1, 11, 30));
        assert_eq!(release(at(1, 10, 0), at(1, 10, 59)), at(1, 10, 0));
        assert_eq!(release(at(1, 10, 0), at(1, 9, 0)), at(1, 10, 0), "already late");
        assert_eq!(release(at(1, 10, 0), at(1, 15, 0)), at(1, 12, 0));
    }
}

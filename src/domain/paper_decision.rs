//! A decision on an 承認作業票, as somebody reads it.

use serde::{Deserialize, Serialize};

use super::{Timestamp, UserId};

/// What is ticked in a block of an 承認作業票.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperChoice {
    /// 承認.
    Approve,
    /// 差戻し.
    Return,
    /// Nothing yet: nobody stamped it.
    Open,
}

impl PaperChoice {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Approve, Self::Return, Self::Open];

    /// `approve`, `return` or `open`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Return => "return",
            Self::Open => "open",
        }
    }

    /// 承認, 差戻し or まだ決裁されていない.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Approve => "承認",
            Self::Return => "差戻し",
            Self::Open => "まだ決裁されていない",
        }
    }
}

/// What one person read from a block of an 承認作業票.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperDecision {
    /// What is ticked.
    pub choice: PaperChoice,
    /// Who stamped it; nobody where it is not decided.
    pub by: Option<UserId>,
    /// The day and time beside the stamp; none where it is not decided.
    pub at: Option<Timestamp>,
    /// The reason for a return; empty for the others.
    pub reason: String,
}

impl PaperDecision {
    /// Whether another person read the same: decision, person and time. The words of a reason are
    /// the first one's; the second looks at them.
    pub fn agrees(&self, other: &Self) -> bool {
        (self.choice, &self.by, self.at) == (other.choice, &other.by, other.at)
    }
}

/// Whether a time beside a stamp can be: by the minute not before the print, and not after `now`.
pub fn may_be_stamped(at: Timestamp, printed: Timestamp, now: Timestamp) -> bool {
    let minute = |moment: Timestamp| moment.ms().div_euclid(60_000);
    minute(at) >= minute(printed) && minute(at) <= minute(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_neither_older_than_its_print_nor_of_the_future() {
        let at = |seconds: i64| Timestamp::from_ms(seconds * 1_000);
        let (printed, now) = (at(630), at(1_230));
        for (stamped, may) in
            [(599, false), (600, true), (630, true), (1_259, true), (1_260, false)]
        {
            assert_eq!(may_be_stamped(at(stamped), printed, now), may, "{stamped}");
        }
    }
}

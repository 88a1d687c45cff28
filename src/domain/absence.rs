//! Absences: who is away from when to when, and who stands for them meanwhile (不在, 代理).

use serde::{Deserialize, Serialize};

use super::{Date, UserId, YenTotal};

/// A person's own absence.
///
/// Shape: whole days in Tokyo, both inclusive. Set by the person themselves; of one person no two
/// have a day in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Absence {
    /// Who is away.
    pub user: UserId,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub until: Date,
    /// Who stands for them; nobody where the seat is to wait, or to be filled in place (代決).
    pub delegate: Option<UserId>,
    /// The largest sum of a case the delegate may decide on; nothing for any.
    pub max: Option<YenTotal>,
    /// The flows the delegate may decide in, by id; empty for all.
    pub flows: Vec<String>,
}

impl Absence {
    /// Whether the person is away on `day`.
    pub fn holds(&self, day: Date) -> bool {
        self.from <= day && day <= self.until
    }

    /// Whether both have a day in common.
    pub fn meets(&self, other: &Self) -> bool {
        self.from <= other.until && other.from <= self.until
    }

    /// `2026年12月1日から2026年12月3日まで`.
    pub fn days(&self) -> String {
        format!("{}から{}まで", self.from.japanese(), self.until.japanese())
    }
}

//! What the 日報 is made of, and what people are told of set times that could not be kept.
//!
//! Plain data, filled by the service; nothing here computes. Read [`DailyReportView`] first.

use crate::domain::Timestamp;

/// A set time that could not be kept, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnkeptView {
    /// The schedule's name, as in `workflows/schedules/`.
    pub schedule: String,
    /// What it does, in Japanese.
    pub title: String,
    /// The moment it was to be done for.
    pub at: Timestamp,
    /// Since when it fails.
    pub since: Timestamp,
    /// Why, in Japanese.
    pub why: String,
    /// Why, in English.
    pub why_en: String,
    /// What to do, in Japanese.
    pub remedy: String,
    /// What to do, in English.
    pub remedy_en: String,
}

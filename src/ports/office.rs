//! What the office is told of: set times that could not be kept, and what happened on a day.

use serde::{Deserialize, Serialize};

use crate::domain::fees::FeeKind;
use crate::domain::{CaseId, Date, Timestamp};
use crate::workflow::Outcome;

/// A set time could not be kept. Told once for each reason; the next [`super::Entry::Ran`] of the
/// schedule says that it is well again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unkept {
    /// The schedule's name.
    pub schedule: String,
    /// The moment it was for.
    pub at: Timestamp,
    /// Why.
    pub why: Trouble,
}

/// A set time that is still not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StillUnkept {
    /// Since when it fails, whatever the reasons were.
    pub since: Timestamp,
    /// The moment it is for.
    pub at: Timestamp,
    /// Why it failed last.
    pub why: Trouble,
}

/// Why a set time could not be kept. New kinds are added at the end: stored journals number them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trouble {
    /// The settings do not say who debits the fees.
    NoClient,
    /// The fee table has no price for something that was recorded.
    NoPrice {
        /// What was recorded.
        kind: FeeKind,
        /// On which day.
        on: Date,
    },
    /// The kept lines of a case cannot be read.
    Unread(CaseId),
    /// A paper could not be made.
    Paper(String),
    /// A file could not be written to the outbox.
    Outbox(String),
}

impl Trouble {
    /// Whether it is the same trouble again: what the system says about it may differ.
    pub fn is_again(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Paper(_), Self::Paper(_)) | (Self::Outbox(_), Self::Outbox(_)) => true,
            _ => self == other,
        }
    }
}

/// Something that counts among what happened to cases on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Milestone {
    /// Something was sent on after the decision.
    Emitted {
        /// The step.
        step: u8,
    },
    /// It went back to the submitter, who may hand it in again.
    SentBack,
    /// The clearing side answered about lines of it.
    Answered,
    /// It ended.
    Ended(Outcome),
}

impl Milestone {
    /// The one that is ordered before all others.
    pub const FIRST: Self = Self::Emitted { step: 0 };
}

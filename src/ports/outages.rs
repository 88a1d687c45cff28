//! Declared outages: what their register is folded from.

use serde::{Deserialize, Serialize};

use crate::domain::{CaseId, Outage, Timestamp};

/// An outage was declared, or its end was. New kinds are added at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OutageMove {
    /// It was declared.
    Declared {
        /// The case in which it was approved; the outage is known by it.
        case: CaseId,
        /// What.
        outage: Outage,
    },
    /// Its end was declared.
    Ended {
        /// The case in which the outage was declared.
        declared: CaseId,
        /// The case in which its end was approved.
        case: CaseId,
        /// The moment it is over.
        until: Timestamp,
    },
}

/// A declared outage as the register has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutageRecord {
    /// The case in which it was declared: its number.
    pub case: CaseId,
    /// What was declared, with its end once that is known.
    pub outage: Outage,
    /// When it came into the register.
    pub at: Timestamp,
    /// The case in which its end was approved, and when that came into the register.
    pub ended: Option<(CaseId, Timestamp)>,
}

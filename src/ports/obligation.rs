//! What was to be done after an approval and is done.

use serde::{Deserialize, Serialize};

use crate::domain::{CaseId, Timestamp, UserId};

/// An obligation of a case was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObligationMet {
    /// The case.
    pub case: CaseId,
    /// The obligation's name within the flow.
    pub id: String,
    /// Who said so.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// How, e.g. that the original came and what its seal was held against.
    pub note: String,
}

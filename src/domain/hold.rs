//! Files that are held because they came before: how such a hold ends.

use serde::{Deserialize, Serialize};

use super::{CaseId, ReceiptNo};

/// A hold ended: two people decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldEnded {
    /// The file that was held.
    pub held: ReceiptNo,
    /// What became of it.
    pub end: HoldEnd,
    /// The case in which it was decided.
    pub case: CaseId,
}

/// What becomes of a file that was held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HoldEnd {
    /// It is a request of its own: its bytes were received again under this number, once.
    Released(ReceiptNo),
    /// It is the same request twice: nothing is done with it.
    Closed,
}

//! What a submitter says of a file beside it.

use serde::{Deserialize, Serialize};

use crate::domain::ReceiptNo;

/// What a file's manifest says that only its rows and the files before it can show; it follows
/// the file's receipt in the same commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stated {
    /// The file.
    pub receipt: ReceiptNo,
    /// Its number among the submitter's files.
    pub seq: Option<u64>,
    /// How many records it has.
    pub records: Option<u64>,
    /// What their amounts sum up to, in yen.
    pub amount_total: Option<u64>,
}

//! What a submitter says of a file beside it.

use serde::{Deserialize, Serialize};

use crate::domain::{Mismatch, ReceiptNo};

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

/// Why a file is not the one its manifest speaks of; it follows the file's receipt in the same
/// commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misstated {
    /// The file.
    pub receipt: ReceiptNo,
    /// Everything that does not fit.
    pub what: Vec<Mismatch>,
}

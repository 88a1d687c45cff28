//! What keeps a file from being the one its manifest speaks of (E_MANIFEST).

use serde::{Deserialize, Serialize};

/// One thing that does not fit between a file and what lies beside it, or cannot be understood.
///
/// It is stored in the journal: new ones go to the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mismatch {
    /// There is neither a manifest nor a checksum, and the channel demands one.
    Missing,
    /// The manifest is no JSON object.
    NoJson,
    /// It has a key that nobody knows.
    Key(String),
    /// The value of a key has not its form.
    Value(String),
    /// It has neither `bytes` nor `sha256`.
    Nothing,
    /// The checksum file holds no checksum of this file.
    Checksum,
    /// It speaks of a file of another name.
    File(String),
    /// It speaks of another submitter.
    Submitter(String),
    /// The file has another number of bytes.
    Bytes {
        /// What is said.
        said: u64,
        /// What there is.
        found: u64,
    },
    /// The file has another SHA-256.
    Sha256,
}

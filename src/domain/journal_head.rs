//! Where the journal ends.

use serde::{Deserialize, Serialize};

use super::Digest;

/// Where the journal ends: a page that names it pins everything before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalHead {
    /// How many commits lie before the end.
    pub sequence: u64,
    /// The hash of the last frame; none where there is no journal.
    pub hash: Option<Digest>,
}

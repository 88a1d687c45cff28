//! What a definition is made from: its text and the tables it names, pinned together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::Digest;

/// The text of a flow and of the tables it uses.
///
/// Shape: [`Source::pinned`] is the flow's own text where it uses no table, else one JSON object
/// that names itself first. A case keeps the digest of these bytes for life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    kessai_flow: u32,
    /// The flow's YAML.
    pub text: String,
    /// The tables it uses, by the name it calls them.
    pub tables: BTreeMap<String, String>,
}

/// How the pinned bytes of a flow with tables begin.
const MARK: &str = "{\"kessai_flow\":";

impl Source {
    /// A flow's text with its tables.
    pub fn new(text: &str, tables: BTreeMap<String, String>) -> Self {
        Self { kessai_flow: 1, text: text.to_owned(), tables }
    }

    /// Reads what [`Source::pinned`] wrote; nothing for a newer shape.
    pub fn parse(pinned: &str) -> Option<Self> {
        if !pinned.starts_with(MARK) {
            return Some(Self::new(pinned, BTreeMap::new()));
        }
        serde_json::from_str(pinned).ok().filter(|source: &Self| source.kessai_flow == 1)
    }

    /// The bytes that stand for the flow.
    pub fn pinned(&self) -> String {
        if self.tables.is_empty() {
            return self.text.clone();
        }
        #[expect(clippy::expect_used, reason = "texts always become JSON")]
        serde_json::to_string(self).expect("a source is plain data")
    }

    /// The digest of [`Source::pinned`].
    pub fn digest(&self) -> Digest {
        Digest::of(self.pinned().as_bytes())
    }
}

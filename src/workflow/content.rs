//! The content digest: what an approver saw is what was approved.

use serde::Serialize;

use crate::domain::Digest;

use super::expr::Value;
use super::{Case, Definition};

/// What the digest is over, in this order, as compact JSON.
#[derive(Debug, Clone, Serialize)]
pub struct Content {
    schema: u32,
    case: String,
    revision: u32,
    workflow: String,
    record_file: String,
    rows: u32,
    total: u64,
    record_date: String,
    attachments: Vec<String>,
    /// The digest of the lines that left the batch; absent where none did.
    #[serde(skip_serializing_if = "Option::is_none")]
    carved: Option<String>,
    /// The digest of what was filled in; absent where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    filled: Option<String>,
}

/// The digest of a case's content: the same for every approver, on page, mail and receipt.
///
/// Over canonical JSON of schema, case, data revision, workflow hash, record file, row count,
/// totals and attachments. It changes when any of them does.
pub fn content_digest(case: &Case, definition: &Definition) -> Digest {
    let head = &case.head;
    let carved = head.carves();
    let filled = head.aside.as_ref().map_or(&[][..], |aside| aside.filled.as_slice());
    let content = Content {
        schema: 1,
        case: head.id.to_string(),
        revision: u32::try_from(carved.len()).unwrap_or(u32::MAX).saturating_add(1),
        workflow: definition.hash.to_string(),
        record_file: case.file.record_file.to_string(),
        rows: head.scope.rows,
        total: head.scope.total.get(),
        record_date: head.scope.record_date.to_string(),
        attachments: attachments(case).map(|digest| digest.to_string()).collect(),
        filled: (!filled.is_empty()).then(|| filled_digest(filled).to_string()),
        carved: (!carved.is_empty()).then(|| carved_digest(&head.carved()).to_string()),
    };
    #[expect(clippy::expect_used, reason = "strings and numbers always become JSON")]
    let json = serde_json::to_vec(&content).expect("content is plain data");
    Digest::of(&json)
}

/// What is shown beside the rows: a proposal, or the paper they were keyed in from.
fn attachments(case: &Case) -> impl Iterator<Item = Digest> {
    let paper = case.file.paper.iter().map(|paper| paper.scan);
    case.proposal().into_iter().chain(paper)
}

/// The digest of record numbers, one to a line.
fn carved_digest(rows: &[u32]) -> Digest {
    let lines: Vec<String> = rows.iter().map(u32::to_string).collect();
    Digest::of(lines.join("\n").as_bytes())
}

/// The digest of what was filled in: names and values in the order of the names.
fn filled_digest(filled: &[(String, Value)]) -> Digest {
    let mut sorted: Vec<&(String, Value)> = filled.iter().collect();
    sorted.sort();
    #[expect(clippy::expect_used, reason = "strings and numbers always become JSON")]
    Digest::of(&serde_json::to_vec(&sorted).expect("values are plain data"))
}

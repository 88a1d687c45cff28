//! The content digest: what an approver saw is what was approved.

use serde::Serialize;

use crate::domain::Digest;

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
}

/// The digest of a case's content: the same for every approver, on page, mail and receipt.
///
/// Over canonical JSON of schema, case, data revision, workflow hash, record file, row count,
/// totals and attachments. It changes when any of them does.
pub fn content_digest(case: &Case, definition: &Definition) -> Digest {
    let head = &case.head;
    let content = Content {
        schema: 1,
        case: head.id.to_string(),
        revision: 1,
        workflow: definition.hash.to_string(),
        record_file: case.file.record_file.to_string(),
        rows: head.scope.rows,
        total: head.scope.total.get(),
        record_date: head.scope.record_date.to_string(),
        attachments: case.proposal().into_iter().map(|digest| digest.to_string()).collect(),
    };
    #[expect(clippy::expect_used, reason = "strings and numbers always become JSON")]
    let json = serde_json::to_vec(&content).expect("content is plain data");
    Digest::of(&json)
}

//! The same answers as JSON, for a submitter's program. Raw values: nothing there opens formulas.

use std::io::Write;

use serde::Serialize;

use super::{FinalOutcome, FinalRow, ResultRow, Written};
use crate::domain::{BytePlace, Code, Digest, Field, Finding, Severity};
use crate::render::Error;
use crate::render::view::{FileView, Outcome, Verdict};

/// Writes `<receipt>_<stem>_result.json`: one object with the file's head and `rows`, an array with
/// one object a line, so that it can be read line by line.
pub fn write_result_json(
    out: &mut dyn Write,
    file: &FileView,
    rows: impl Iterator<Item = std::io::Result<ResultRow>>,
) -> Result<Written, Error> {
    stream(out, "kessai.result.v1", file, rows, |row| ResultJson {
        record: row.row.record,
        line: row.row.line,
        reference: &row.row.reference,
        verdict: verdict_of(row),
        case: row.row.case.map(|case| case.to_string()),
        findings: row.findings.iter().map(FindingJson::of).collect(),
    })
}

/// The verdict on a record, or on the file; what is only told of the file is none, for whoever
/// counts them.
fn verdict_of(row: &ResultRow) -> Option<Verdict> {
    let row = &row.row;
    (row.record > 0 || row.verdict == Verdict::Rejected).then_some(row.verdict)
}

/// Writes `<receipt>_<stem>_final.json`, of the same shape.
pub fn write_final_json(
    out: &mut dyn Write,
    file: &FileView,
    rows: impl Iterator<Item = std::io::Result<FinalRow>>,
) -> Result<Written, Error> {
    stream(out, "kessai.final.v1", file, rows, |row| FinalJson {
        record: row.record,
        line: row.line,
        reference: &row.reference,
        outcome: match row.outcome {
            FinalOutcome::Decided(Outcome::Approved) => "approved",
            FinalOutcome::Decided(Outcome::Returned) => "returned",
            FinalOutcome::Decided(Outcome::Rejected) => "rejected",
            FinalOutcome::Decided(Outcome::Withdrawn) => "withdrawn",
            FinalOutcome::Decided(Outcome::Recorded) => "recorded",
            FinalOutcome::Decided(Outcome::Errored) => "errored",
            FinalOutcome::Refused => "refused",
        },
        case: row.case.map(|case| case.to_string()),
        name: &row.name,
        at: row.at.map(|at| at.to_string()),
        record_number: &row.number,
        error: &row.error,
        reason: &row.reason,
    })
}

trait Shown {
    type Json<'a>: Serialize
    where
        Self: 'a;
}

impl Shown for ResultRow {
    type Json<'a> = ResultJson<'a>;
}

impl Shown for FinalRow {
    type Json<'a> = FinalJson<'a>;
}

fn stream<R: Shown>(
    out: &mut dyn Write,
    schema: &str,
    file: &FileView,
    rows: impl Iterator<Item = std::io::Result<R>>,
    show: impl for<'a> Fn(&'a R) -> R::Json<'a>,
) -> Result<Written, Error> {
    let head = serde_json::to_string(&Head {
        schema,
        receipt_no: file.receipt.to_string(),
        received: file.received.to_string(),
        submitter: &file.submitter_id,
        file: &file.name,
        sha256: file.digest,
        records: file.records,
        accepted: file.accepted,
        rejected: file.rejected,
        total: file.total.get(),
    })
    .map_err(|cause| Error::Write(cause.into()))?;
    let head = head.strip_suffix('}').unwrap_or(&head);
    write!(out, "{head},\"rows\":[").map_err(Error::Write)?;
    let mut lines = 0;
    for row in rows {
        let row = row.map_err(Error::Write)?;
        out.write_all(if lines == 0 { b"\n" } else { b",\n" }).map_err(Error::Write)?;
        serde_json::to_writer(&mut *out, &show(&row))
            .map_err(|cause| Error::Write(cause.into()))?;
        lines += 1;
    }
    out.write_all(b"\n]}\n").map_err(Error::Write)?;
    Ok(Written { lines, replaced: 0 })
}

#[derive(Serialize)]
struct Head<'a> {
    schema: &'a str,
    receipt_no: String,
    received: String,
    submitter: &'a str,
    file: &'a str,
    #[serde(serialize_with = "hex")]
    sha256: Digest,
    records: u32,
    accepted: u32,
    rejected: u32,
    total: u64,
}

fn hex<S: serde::Serializer>(digest: &Digest, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(digest)
}

/// A record of a result as JSON.
#[derive(Serialize)]
struct ResultJson<'a> {
    record: u32,
    line: u32,
    reference: &'a str,
    /// Null for what is told of the whole file and refuses nothing.
    verdict: Option<Verdict>,
    case: Option<String>,
    findings: Vec<FindingJson<'a>>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    code: Code,
    severity: Severity,
    column: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<&'a BytePlace>,
    field: Option<Field>,
    value: &'a str,
    ja: &'a str,
    en: &'a str,
}

impl<'a> FindingJson<'a> {
    fn of(finding: &'a Finding) -> Self {
        Self {
            code: finding.code,
            severity: finding.severity,
            column: finding.column,
            bytes: finding.bytes.as_deref(),
            field: finding.field,
            value: &finding.value,
            ja: &finding.ja,
            en: &finding.en,
        }
    }
}

/// A record of a final file as JSON.
#[derive(Serialize)]
struct FinalJson<'a> {
    record: u32,
    line: u32,
    reference: &'a str,
    outcome: &'static str,
    case: Option<String>,
    name: &'a str,
    at: Option<String>,
    reason: &'a str,
    record_number: &'a str,
    error: &'a str,
}

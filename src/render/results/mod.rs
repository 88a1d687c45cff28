//! Result files for a person's spreadsheet, and the file for the clearing side.
//!
//! Rows stream from an iterator into a writer, so a file of a million records needs no more memory
//! than one of ten. Files meant for Excel are encoded as the submitter's Excel expects and hold
//! nothing it would run as a formula; the clearing file is raw.
//! Read [`write_result`] first.

mod clearing;
mod disclosure;
pub(super) mod encoding;
mod json;

pub use clearing::{CancelNotice, ClearingManifest, ClearingSummary, write_clearing};
pub use disclosure::write_disclosure;
pub use encoding::Sheet;
pub use json::{write_final_json, write_result_json};

use std::io::Write;

use serde::Serialize;

use super::Error;
use super::pdf::verdict_key;
use super::view::{FileView, Outcome, RowView, Verdict};
use super::words::Words;
use crate::domain::{CaseId, Finding, ResultEncoding, Severity, Timestamp};

/// One record of a result file with what was found in it.
///
/// File-level findings come as a row with `row.record` 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResultRow {
    /// The record.
    pub row: RowView,
    /// Its findings, in column order.
    pub findings: Vec<Finding>,
}

/// What became of a record in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FinalOutcome {
    /// Its case ended so.
    Decided(Outcome),
    /// It was refused at intake.
    Refused,
}

impl FinalOutcome {
    /// The word for it on papers.
    pub fn word(self, words: &Words) -> &str {
        match self {
            Self::Decided(outcome) => words.get(super::pdf::outcome_key(outcome)),
            Self::Refused => words.get("final.error"),
        }
    }

    /// Whether the record was made, or approved where nothing is to come.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Decided(Outcome::Approved | Outcome::Recorded))
    }
}

/// One record of a final file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FinalRow {
    /// Physical line; 0 when it has none.
    pub line: u32,
    /// Which record, from 1.
    pub record: u32,
    /// 請求者RefNo as the submitter wrote it.
    pub reference: String,
    /// What became of it.
    pub outcome: FinalOutcome,
    /// The record number the clearing side told; may be empty.
    pub number: String,
    /// Why the clearing side did not record it; may be empty.
    pub error: String,
    /// Its case; none when it was refused at intake.
    pub case: Option<CaseId>,
    /// Who decided last; empty when nobody did.
    pub name: String,
    /// When.
    pub at: Option<Timestamp>,
    /// Why it was returned or refused; may be empty.
    pub reason: String,
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Lines below the column titles.
    pub lines: u64,
    /// Characters the encoding lacks, each written as 〓.
    pub replaced: u64,
}

/// Writes `<receipt>_<stem>_result.csv`: a head of label and value, an empty line, the nine
/// columns, then a line for each finding and one for each record without any.
///
/// A row whose reading fails, or a refusing writer, stops it with [`Error::Write`].
pub fn write_result(
    out: &mut dyn Write,
    file: &FileView,
    rows: impl Iterator<Item = std::io::Result<ResultRow>>,
    encoding: ResultEncoding,
    words: &Words,
) -> Result<Written, Error> {
    let mut sheet = Sheet::new(out, encoding)?;
    let title = if file.is_trial { "result.title_trial" } else { "result.title" };
    head(&mut sheet, file, title, words)?;
    let columns = ["receipt", "line", "reference", "verdict", "code", "field", "text", "value"]
        .map(|column| format!("result.{column}"));
    let titles = columns.iter().map(|key| words.get(key)).chain([words.get("result.case")]);
    sheet.line(titles)?;
    let receipt = file.receipt.to_string();
    let mut lines = 0;
    for row in rows {
        let ResultRow { row, findings } = row.map_err(Error::Write)?;
        let number = if row.line > 0 { row.line } else { row.record };
        let number = if number > 0 { number.to_string() } else { String::new() };
        let case = row.case.map(|case| case.to_string()).unwrap_or_default();
        let told: Vec<&Finding> = findings.iter().filter(|f| is_told(f, row.verdict)).collect();
        // A refused or held record must say so itself, even when its only findings are warnings.
        let own_word = match row.verdict {
            Verdict::Rejected => !told.iter().any(|f| f.severity == Severity::Error),
            Verdict::Held => true,
            // What is only told of the whole file is no record, and must not be counted as one.
            Verdict::Accepted | Verdict::Warning => told.is_empty() && row.record > 0,
        };
        if own_word {
            let text = match row.verdict {
                Verdict::Rejected => words.get("result.with_file"),
                Verdict::Held => words.get("result.held"),
                Verdict::Accepted | Verdict::Warning => "",
            };
            let verdict = words.get(verdict_key(row.verdict));
            let cells = [&*receipt, &number, &row.reference, verdict, "", "", text, "", &case];
            sheet.line(cells)?;
            lines += 1;
        }
        for finding in told {
            let verdict = match finding.severity {
                Severity::Error => Verdict::Rejected,
                Severity::Warning => Verdict::Warning,
                Severity::Info => Verdict::Accepted,
            };
            let verdict = words.get(verdict_key(verdict));
            let field = field(finding);
            let cells = [
                &*receipt,
                &number,
                &row.reference,
                verdict,
                finding.code.as_str(),
                &field,
                &finding.ja,
                &finding.value,
                &case,
            ];
            sheet.line(cells)?;
            lines += 1;
        }
    }
    Ok(Written { lines, replaced: sheet.finish()? })
}

/// The column a finding is about; of a fixed-length file record, bytes and field.
fn field(finding: &Finding) -> String {
    match &finding.bytes {
        Some(bytes) => bytes.to_string(),
        None => finding.field.map_or("", crate::domain::Field::japanese).to_owned(),
    }
}

/// Whether a finding has a line. What is only worth knowing has none, but for what was filled in
/// or written otherwise and taken in so.
fn is_told(finding: &Finding, verdict: Verdict) -> bool {
    finding.severity > Severity::Info || (finding.alters() && verdict != Verdict::Rejected)
}

/// Writes `<receipt>_<stem>_final.csv`: the same head, then one line for each record.
///
/// Errs as [`write_result`].
pub fn write_final(
    out: &mut dyn Write,
    file: &FileView,
    rows: impl Iterator<Item = std::io::Result<FinalRow>>,
    encoding: ResultEncoding,
    words: &Words,
) -> Result<Written, Error> {
    let mut sheet = Sheet::new(out, encoding)?;
    head(&mut sheet, file, "final.title", words)?;
    let columns = [
        "result.receipt",
        "result.line",
        "result.reference",
        "final.outcome",
        "result.case",
        "final.name",
        "final.at",
        "final.reason",
        "final.number",
        "final.center_error",
    ];
    sheet.line(columns.iter().map(|key| words.get(key)))?;
    let receipt = file.receipt.to_string();
    let mut lines = 0;
    for row in rows {
        let row = row.map_err(Error::Write)?;
        let number = if row.line > 0 { row.line } else { row.record };
        let case = row.case.map(|case| case.to_string()).unwrap_or_default();
        let at = row.at.map(|at| at.to_string()).unwrap_or_default();
        let outcome = row.outcome.word(words);
        sheet.line([
            &*receipt,
            &number.to_string(),
            &row.reference,
            outcome,
            &case,
            &row.name,
            &at,
            &row.reason,
            &row.number,
            &row.error,
        ])?;
        lines += 1;
    }
    Ok(Written { lines, replaced: sheet.finish()? })
}

/// The head: what the file is, of which file, with its control figures.
fn head(sheet: &mut Sheet<'_>, file: &FileView, title: &str, words: &Words) -> Result<(), Error> {
    let received = file.received.to_string();
    let digest = file.digest.to_string();
    let [records, accepted, rejected] =
        [file.records, file.accepted, file.rejected].map(|count| count.to_string());
    sheet.line([words.get(title)])?;
    for (key, value) in [
        ("label.receipt", &file.receipt.to_string()),
        ("label.received", &received),
        ("label.submitter", &file.submitter),
        ("label.file", &file.name),
        ("label.digest", &digest),
        ("label.records", &records),
        ("label.accepted", &accepted),
        ("label.rejected", &rejected),
        ("label.total", &file.total.get().to_string()),
    ] {
        sheet.line([words.get(key), value])?;
    }
    sheet.line([""])
}

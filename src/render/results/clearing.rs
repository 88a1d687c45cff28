//! The file for the clearing side, `outbox/center/<case>.csv`, and its companion `<case>.json`.
//!
//! The CSV holds the twenty published columns and nothing else, so any reader of that format can
//! take it; its name is the case id. Case ids, content digest, control totals and the SHA-256 of
//! the CSV's bytes stand in the companion, which goes out first: whoever finds a CSV can always
//! say what it is and whether it is whole.

use std::io::{self, Write};

use csv::{Terminator, WriterBuilder};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::encoding::write_error;
use crate::domain::rules::{Need, need};
use crate::domain::{
    AssignmentRestriction, CaseId, Digest, Field, Guarantee, Party, RecordRequest, Timestamp,
    YenTotal,
};
use crate::render::Error;

/// What was written into a clearing file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearingSummary {
    /// Records.
    pub records: u64,
    /// The sum of their amounts.
    pub total: YenTotal,
    /// SHA-256 of the file's bytes.
    pub digest: Digest,
    /// Length of the file in bytes.
    pub bytes: u64,
}

/// Writes a clearing file: UTF-8 with a byte order mark, CRLF, Japanese headers in published order,
/// canonical codes and dates, raw values.
///
/// A row whose reading fails, or a refusing writer, stops it with [`Error::Write`].
pub fn write_clearing(
    out: &mut dyn Write,
    rows: impl Iterator<Item = io::Result<RecordRequest>>,
) -> Result<ClearingSummary, Error> {
    let mut counted = Counted { out, hash: Sha256::new(), bytes: 0 };
    counted.write_all("\u{FEFF}".as_bytes()).map_err(Error::Write)?;
    let mut csv = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(&mut counted);
    csv.write_record(Field::ALL.iter().map(|field| field.japanese())).map_err(write_error)?;
    let (mut records, mut total) = (0, YenTotal::default());
    for row in rows {
        let row = row.map_err(Error::Write)?;
        csv.write_record(Field::ALL.iter().map(|field| value(&row, *field)))
            .map_err(write_error)?;
        records += 1;
        total = total.plus(row.amount);
    }
    csv.flush().map_err(Error::Write)?;
    drop(csv);
    let digest = Digest::from_bytes(counted.hash.finalize().into());
    Ok(ClearingSummary { records, total, digest, bytes: counted.bytes })
}

/// A field as the published format writes it: codes for codes, ISO dates, plain yen.
fn value(request: &RecordRequest, field: Field) -> String {
    let Party { user_number, account } = request.requester;
    let other = request.counterparty;
    match field {
        // A filled column that a kind forbids would be refused on the other side.
        field if need(request.kind, field) == Need::Forbidden => String::new(),
        Field::RequestKind => request.kind.clearing_code(request.amount.is_some()).to_string(),
        Field::RecordNumber => {
            request.record_number.map(|number| number.to_string()).unwrap_or_default()
        }
        Field::RecordDate => request.record_date.to_string(),
        Field::RequesterUserNumber => user_number.to_string(),
        Field::RequesterBankCode => account.bank.to_string(),
        Field::RequesterBranchCode => account.branch.to_string(),
        Field::RequesterAccountType => account.kind.code().to_string(),
        Field::RequesterAccountNumber => account.number.to_string(),
        Field::CounterpartyUserNumber => other.user_number.to_string(),
        Field::CounterpartyNameKana => request.counterparty_name_kana.clone(),
        Field::CounterpartyBankCode => other.account.bank.to_string(),
        Field::CounterpartyBranchCode => other.account.branch.to_string(),
        Field::CounterpartyAccountType => other.account.kind.code().to_string(),
        Field::CounterpartyAccountNumber => other.account.number.to_string(),
        Field::Amount => request.amount.map(|yen| yen.get().to_string()).unwrap_or_default(),
        Field::DueDate => request.due_date.map(|date| date.to_string()).unwrap_or_default(),
        Field::RequesterRef => request.requester_ref.clone(),
        Field::AssignmentRestricted => match request.assignment_restricted {
            AssignmentRestriction::AsIs => String::new(),
            AssignmentRestriction::Free => "0".to_owned(),
            AssignmentRestriction::Restricted => "1".to_owned(),
        },
        Field::Guarantee => match request.guarantee {
            Guarantee::With => "0".to_owned(),
            Guarantee::Without => "1".to_owned(),
        },
        Field::Comment => request.comment.clone(),
    }
}

/// The companion of a clearing file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearingManifest {
    /// The CSV's name, e.g. `20261201-000123-6.1.csv`.
    pub file: String,
    /// The cases it carries.
    pub cases: Vec<CaseId>,
    /// The line each record has in the submitter's file, in the order of the CSV: a case may hold
    /// some lines of a file only, and a result names the line.
    pub rows: Vec<u32>,
    /// The content digest that was approved.
    pub content: Digest,
    /// What was written.
    pub summary: ClearingSummary,
}

impl ClearingManifest {
    /// The companion's bytes: one JSON object and a line end.
    pub fn bytes(&self) -> Result<Vec<u8>, Error> {
        let json = ManifestJson {
            schema: "kessai.clearing.v1",
            file: &self.file,
            sha256: self.summary.digest.to_string(),
            bytes: self.summary.bytes,
            cases: self.cases.iter().map(ToString::to_string).collect(),
            rows: &self.rows,
            content: self.content.to_string(),
            records: self.summary.records,
            total: self.summary.total.get(),
        };
        let mut bytes =
            serde_json::to_vec_pretty(&json).map_err(|cause| Error::Write(cause.into()))?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

#[derive(Serialize)]
struct ManifestJson<'a> {
    schema: &'static str,
    file: &'a str,
    sha256: String,
    bytes: u64,
    cases: Vec<String>,
    rows: &'a [u32],
    content: String,
    records: u64,
    total: u64,
}

/// Calls a clearing file back: the case ended otherwise after it was sent on (取消通知).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelNotice {
    /// The CSV's name.
    pub file: String,
    /// The case.
    pub case: CaseId,
    /// The content digest that was approved.
    pub content: Digest,
    /// When the case ended.
    pub at: Timestamp,
    /// Why, as far as somebody said so.
    pub reason: String,
}

impl CancelNotice {
    /// The notice's bytes: one JSON object and a line end.
    pub fn bytes(&self) -> Result<Vec<u8>, Error> {
        let json = CancelJson {
            schema: "kessai.cancel.v1",
            file: &self.file,
            case: self.case.to_string(),
            content: self.content.to_string(),
            at: format!("{}+09:00", self.at.to_string().replacen(' ', "T", 1)),
            reason: &self.reason,
        };
        let mut bytes =
            serde_json::to_vec_pretty(&json).map_err(|cause| Error::Write(cause.into()))?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

#[derive(Serialize)]
struct CancelJson<'a> {
    schema: &'static str,
    file: &'a str,
    case: String,
    content: String,
    at: String,
    reason: &'a str,
}

/// Counts and hashes what passes.
struct Counted<'a> {
    out: &'a mut dyn Write,
    hash: Sha256,
    bytes: u64,
}

impl Write for Counted<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let taken = self.out.write(buffer)?;
        self.hash.update(buffer.get(..taken).unwrap_or(buffer));
        self.bytes += u64::try_from(taken).unwrap_or(0);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

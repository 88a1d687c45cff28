//! Lines as a file for a person's spreadsheet, made in memory.
//!
//! What streams into the outbox is written by `results`; this is for what is asked for and shown
//! at once. Read [`sheet`] first.

use super::results::encoding;
use crate::domain::ResultEncoding;

pub use super::results::encoding::harmless;

/// Lines as a CSV a spreadsheet opens: UTF-8 with a byte order mark and CRLF.
pub fn sheet(lines: impl Iterator<Item = impl IntoIterator<Item = String>>) -> String {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(vec![]);
    for line in lines {
        // A line of another length would be our mistake; the file ends before it.
        if out.write_record(line.into_iter().map(String::into_bytes)).is_err() {
            break;
        }
    }
    let bytes = out.into_inner().unwrap_or_default();
    format!("\u{feff}{}", String::from_utf8_lossy(&bytes))
}

/// The bytes of a [`sheet`] as the submitter's spreadsheet expects them; what Windows-31J lacks
/// becomes 〓.
pub fn encoded(sheet: String, encoding: ResultEncoding) -> Vec<u8> {
    match encoding {
        ResultEncoding::Utf8Bom => sheet.into_bytes(),
        ResultEncoding::Cp932 => encoding::cp932(sheet.trim_start_matches('\u{feff}')).0,
    }
}

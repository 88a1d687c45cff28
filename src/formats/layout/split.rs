//! A file into records of one length, whatever stands between them.

use super::PlacedFinding;
use crate::domain::Severity;

/// What was cut out of a file: each record's place and bytes, and what is wrong with the cutting.
#[derive(Debug, Default)]
pub(in crate::formats) struct Pieces<'b> {
    /// Number from 1, place, bytes.
    pub(in crate::formats) records: Vec<(u32, usize, &'b [u8])>,
    pub(in crate::formats) findings: Vec<PlacedFinding>,
}

/// Cuts `bytes` into records of `record_len`; between them may stand nothing, CRLF, LF or CR.
///
/// Other lengths are errors, one a record; LF or CR alone is a warning, one a file.
pub(in crate::formats) fn split(bytes: &[u8], record_len: usize) -> Pieces<'_> {
    let mut pieces = Pieces::default();
    let (mut at, mut number, mut warned) = (0_usize, 0_u32, false);
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        number = number.saturating_add(1);
        let newline = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let length = newline.unwrap_or(rest.len());
        // Without newlines the next record follows at once.
        let taken = length.min(record_len);
        let short = taken < record_len;
        let long = newline.is_some() && length % record_len != 0 && length > record_len;
        let taken = if long { length } else { taken };
        if short || long {
            pieces.findings.push(finding(
                (number, at),
                Severity::Error,
                (
                    format!("この件は{taken}バイトです。1件を{record_len}バイトにしてください。"),
                    format!("this record has {taken} bytes; each must have {record_len}"),
                ),
            ));
        } else {
            pieces.records.push((number, at, rest.get(..taken).unwrap_or_default()));
        }
        let after = rest.get(taken..).unwrap_or_default();
        let skipped = match after {
            [b'\r', b'\n', ..] => 2,
            [b'\r' | b'\n', ..] => 1,
            _ => 0,
        };
        if skipped == 1 && !warned {
            warned = true;
            pieces.findings.push(finding(
                (number, at),
                Severity::Warning,
                (
                    "改行がLFかCRだけです。改行なしか、CRLFにしてください。".to_owned(),
                    "newlines are LF or CR alone; write none, or CRLF".to_owned(),
                ),
            ));
        }
        at = at.saturating_add(taken).saturating_add(skipped);
    }
    pieces
}

fn finding(
    (record, offset): (u32, usize),
    severity: Severity,
    (ja, en): (String, String),
) -> PlacedFinding {
    PlacedFinding { record, field: String::new(), offset, severity, ja, en }
}

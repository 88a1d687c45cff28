//! Files of settlements: what became of claims when they fell due (口座間送金決済).
//!
//! Read [`read_settlements`] first. It knows no claim: whether there is one is for the desk to say.

use super::center::{decoded, finding};
use crate::domain::{Code, Finding, RecordNumber, Settled};

/// One row of a file of settlements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettlementRow {
    /// Which record, from 1.
    pub record: u32,
    /// The physical line; the header is 1.
    pub line: u32,
    /// The claim.
    pub number: RecordNumber,
    /// What became of it.
    pub outcome: Settled,
}

/// The columns, in Japanese and English.
const COLUMNS: [[&str; 2]; 2] = [["記録番号", "record_number"], ["決済", "settled"]];

/// Reads a file of settlements, a CSV in UTF-8 or CP932; nothing where it is none.
///
/// Columns: 記録番号 and 決済 (済 or 支払不能), in any order; others are passed over. Each row is
/// itself or the finding that says what is wrong with it and what to write.
pub fn read_settlements(bytes: &[u8]) -> Option<Vec<Result<SettlementRow, Finding>>> {
    let text = decoded(bytes).ok()?.replace("\r\n", "\n");
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    let column = |names: [&str; 2]| header.iter().position(|cell| names.contains(&cell.trim()));
    let [Some(number), Some(settled)] = COLUMNS.map(column) else { return None };
    let rows = (1_u32..).zip(reader.records()).map(|(record, row)| {
        let row = row.map_err(|error| {
            let ja = "CSV の行として読めません。表計算ソフトで保存し直してください。";
            finding(Code::Row, (record, 0), "", ja).in_english(&error.to_string())
        })?;
        let line = row.position().map_or(0, |at| u32::try_from(at.line()).unwrap_or(0));
        let cell = |at: usize| row.get(at).unwrap_or_default().trim();
        let Ok(of_claim) = RecordNumber::parse(cell(number)) else {
            let ja =
                "記録番号が読めません。20文字（数字と、I・O・Z を除く英大文字）で書いてください。";
            let en = "cannot read the record number; it has twenty digits or letters but I, O, Z";
            return Err(finding(Code::Result, (record, line), cell(number), ja).in_english(en));
        };
        let outcome = match cell(settled) {
            "済" | "決済済" | "settled" => Settled::Paid,
            "支払不能" | "defaulted" => Settled::Defaulted,
            other => {
                let ja = "決済は「済」か「支払不能」（settled か defaulted）と書いてください。";
                let en = "write settled or defaulted";
                return Err(finding(Code::Result, (record, line), other, ja).in_english(en));
            }
        };
        Ok(SettlementRow { record, line, number: of_claim, outcome })
    });
    Some(rows.collect())
}

#[cfg(test)]
mod tests {
    use super::{Settled, read_settlements};

    #[test]
    fn settlements_are_told_from_results_by_their_columns() {
        let text = "記録番号,決済,決済日\n98765432100000100017,済,2027-03-31\n\
                    98765432100000100025,支払不能,\n98765432100000100033,未,\nO,済,\n";
        let rows = read_settlements(text.as_bytes()).unwrap();
        let outcomes: Vec<Option<Settled>> =
            rows.iter().map(|row| row.as_ref().ok().map(|row| row.outcome)).collect();
        assert_eq!(outcomes, [Some(Settled::Paid), Some(Settled::Defaulted), None, None]);
        let lines: Vec<u32> =
            rows.iter().filter_map(|row| row.as_ref().err()).map(|wrong| wrong.line).collect();
        assert_eq!(lines, [4, 5]);
        let sjis = encoding_rs::SHIFT_JIS.encode(text).0;
        assert_eq!(read_settlements(&sjis).unwrap().len(), 4);
        assert!(read_settlements(b"case,result\n20261201-000001-4.1,ok\n").is_none());
    }
}

//! Files of results: what an institution says became of cases that were sent to it.
//!
//! Read [`read_center`] first. It knows no case: whether one waits is for the desk to say.

use std::str::FromStr as _;

use csv::StringRecord;
use encoding_rs::SHIFT_JIS;

use super::file_finding;
use crate::domain::{CaseId, Code, Finding, RecordNumber};

/// One row of a file of results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CenterRow {
    /// Which record, from 1.
    pub record: u32,
    /// The physical line; the header is 1.
    pub line: u32,
    /// The case it is about.
    pub case: CaseId,
    /// The line of the case; none for all of them.
    pub row: Option<u32>,
    /// What became of it.
    pub answer: CenterAnswer,
    /// The record number it has now, where one was told.
    pub number: Option<RecordNumber>,
    /// The institution's error; may be empty.
    pub error: String,
    /// What was told with it; may be empty.
    pub note: String,
}

/// What an institution says became of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CenterAnswer {
    /// It was carried out (良好).
    Good,
    /// It was not (不可).
    Bad,
}

/// The columns, in Japanese and English; those after the second may be left out.
const COLUMNS: [[&str; 2]; 6] = [
    ["申請番号", "case"],
    ["結果", "result"],
    ["明細番号", "row"],
    ["記録番号", "record_number"],
    ["エラー", "error"],
    ["備考", "note"],
];

/// Where each column stands.
type Columns = [Option<usize>; 6];

/// Reads a file of results: a CSV in UTF-8 (with or without BOM) or CP932.
///
/// Each row is itself or the finding that says what is wrong with it and what to write; columns
/// may stand in any order. Errs with the one finding that keeps the whole file from being read.
pub fn read_center(bytes: &[u8]) -> Result<Vec<Result<CenterRow, Finding>>, Finding> {
    // The reader counts a CRLF as no line of its own.
    let text = decoded(bytes)?.replace("\r\n", "\n");
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    let columns = COLUMNS.map(|names| header.iter().position(|cell| names.contains(&cell.trim())));
    let [Some(_), Some(_), ..] = columns else {
        let ja = "1行目の見出しを「申請番号,明細番号,結果,記録番号,エラー,備考」としてください。";
        return Err(finding(Code::Schema, (0, 1), header.iter().next().unwrap_or_default(), ja)
            .in_english("line 1 must be `case,row,result,record_number,error,note`"));
    };
    let rows: Vec<_> = (1_u32..)
        .zip(reader.records())
        .map(|(record, row)| read_row(record, row, columns))
        .collect();
    if rows.is_empty() {
        let ja = "結果の行がありません。申請番号ごとに一行ずつ書いてください。";
        return Err(finding(Code::Empty, (0, 0), "", ja)
            .in_english("there are no rows; write one for each case"));
    }
    Ok(rows)
}

fn read_row(
    record: u32,
    row: csv::Result<StringRecord>,
    [case, result, line_of_case, number, error, note]: Columns,
) -> Result<CenterRow, Finding> {
    let row = row.map_err(|error| {
        let ja = "CSV の行として読めません。表計算ソフトで保存し直してください。";
        finding(Code::Row, (record, 0), "", ja).in_english(&error.to_string())
    })?;
    let line = row.position().map_or(0, |at| u32::try_from(at.line()).unwrap_or(0));
    let cell = |at: Option<usize>| at.and_then(|at| row.get(at)).unwrap_or_default().trim();
    let wrong = |value: &str, ja: &str, en: &str| {
        Err(finding(Code::Result, (record, line), value, ja).in_english(en))
    };
    let Ok(id) = CaseId::from_str(cell(case)) else {
        return wrong(
            cell(case),
            "申請番号が読めません。20261201-000001-4.1 のように、送付ファイルのとおり書いてください。",
            "cannot read the case; write it as it was sent, e.g. 20261201-000001-4.1",
        );
    };
    let answer = match cell(result) {
        "ok" | "OK" | "良好" => CenterAnswer::Good,
        "ng" | "NG" | "不可" => CenterAnswer::Bad,
        other => {
            return wrong(
                other,
                "結果は「良好」か「不可」（ok か ng）と書いてください。",
                "write the result as ok or ng",
            );
        }
    };
    let of_case = match cell(line_of_case) {
        "" => None,
        text => match text.parse().ok().filter(|row: &u32| *row > 0) {
            Some(row) => Some(row),
            None => {
                return wrong(
                    text,
                    "明細番号が読めません。送付ファイルに添えた .json の rows にある数を書いてください。",
                    "cannot read the row; write one of `rows` in the .json sent beside the file",
                );
            }
        },
    };
    let number = match cell(number) {
        "" => None,
        text => match RecordNumber::parse(text) {
            Ok(number) => Some(number),
            Err(_) => {
                return wrong(
                    text,
                    "記録番号が読めません。20文字（数字と、I・O・Z を除く英大文字）で書いてください。",
                    "cannot read the record number; it has twenty digits or letters but I, O, Z",
                );
            }
        },
    };
    let (error, note) = (cell(error).to_owned(), cell(note).to_owned());
    Ok(CenterRow { record, line, case: id, row: of_case, answer, number, error, note })
}

pub(super) fn decoded(bytes: &[u8]) -> Result<String, Finding> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let (text, _, broken) = SHIFT_JIS.decode(bytes);
    if broken {
        let ja = "文字コードが読めません。UTF-8 か Shift_JIS で保存し直してください。";
        return Err(finding(Code::Enc, (0, 0), "", ja)
            .in_english("cannot read the encoding; save it as UTF-8 or Shift_JIS"));
    }
    Ok(text.into_owned())
}

/// An error without its English words yet.
pub(super) struct Japanese(Finding);

pub(super) fn finding(code: Code, (record, line): (u32, u32), value: &str, ja: &str) -> Japanese {
    Japanese(Finding { record, ..file_finding(code, line, value.to_owned(), ja, "") })
}

impl Japanese {
    pub(super) fn in_english(self, en: &str) -> Finding {
        Finding { en: en.to_owned(), ..self.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::{CenterAnswer, read_center};
    use crate::domain::Code;

    const ROWS: &str =
        "申請番号,結果,備考\n20261201-000001-4.1,良好,\n20261201-000001-4.1.2,不可,残高";

    #[test]
    fn results_are_read_as_excel_saves_them_in_japanese_or_english() {
        let told = |bytes: &[u8]| {
            let rows = read_center(bytes).unwrap().into_iter();
            let told = rows.map(|row| row.unwrap()).map(|row| (row.line, row.answer, row.note));
            told.collect::<Vec<_>>()
        };
        let expected =
            [(2, CenterAnswer::Good, String::new()), (3, CenterAnswer::Bad, "残高".to_owned())];
        assert_eq!(told(ROWS.as_bytes()), expected);
        assert_eq!(told(format!("\u{feff}{ROWS}\r\n").as_bytes()), expected);
        assert_eq!(told(&encoding_rs::SHIFT_JIS.encode(ROWS).0), expected);
        assert_eq!(told(ROWS.replace('\n', "\r\n").as_bytes()), expected);
        let english = "note,case,result\n,20261201-000001-4.1,ok\n残高,20261201-000001-4.1.2,ng\n";
        assert_eq!(told(english.as_bytes()), expected);
        assert_eq!(told(b"case,result\n20261201-000001-4.1,ok\n").len(), 1, "without notes");
    }

    #[test]
    fn a_result_may_be_about_one_line_and_tell_its_number_or_error() {
        let text = "申請番号,明細番号,結果,記録番号,エラー,備考\n\
                    20261201-000001-4.1,1,良好,98765432100000100017,,\n\
                    20261201-000001-4.1,2,不可,,口座相違,支店なし\n\
                    20261201-000001-4.1,0,良好,,,\n\
                    20261201-000001-4.1,3,良好,9876543210000010001O,,\n";
        let rows = read_center(text.as_bytes()).unwrap();
        let good = rows[0].as_ref().unwrap();
        assert_eq!((good.row, good.number.unwrap().as_str()), (Some(1), "98765432100000100017"));
        let bad = rows[1].as_ref().unwrap();
        assert_eq!((bad.row, &*bad.error, &*bad.note), (Some(2), "口座相違", "支店なし"));
        assert!(rows[2].as_ref().unwrap_err().en.contains("the row"));
        assert!(rows[3].as_ref().unwrap_err().en.contains("record number"));
    }

    #[test]
    fn a_row_that_cannot_be_read_is_told_and_the_others_are_read() {
        let text = "case,result\nfoo,ok\n20261201-000001-4.1,maybe\n20261201-000001-4.1,ok\n";
        let rows = read_center(text.as_bytes()).unwrap();
        let lines: Vec<u32> =
            rows.iter().filter_map(|row| row.as_ref().err()).map(|f| f.line).collect();
        assert_eq!((lines, rows.len()), (vec![2, 3], 3));
    }

    #[test]
    fn a_file_that_is_no_list_of_results_is_told_once() {
        let code = |bytes: &[u8]| read_center(bytes).unwrap_err().code;
        assert_eq!(code(b"a,b\n1,2\n"), Code::Schema);
        assert_eq!(code(b"case,result\n"), Code::Empty);
        assert_eq!(code(b"case,result\n\x81\xff\xff,ok\n"), Code::Enc);
        assert_eq!(code(b""), Code::Schema);
    }
}

//! Tables an office keeps in a spreadsheet: rows by their headings, each cell with its place.
//!
//! Read [`Sheet::read`] first. It collects every [`TableMistake`] instead of stopping at one.

use csv::{ReaderBuilder, StringRecord};

/// One mistake in a table that is kept as a CSV file.
///
/// Shape: `line` and `column` count from 1, in lines and characters of the file, `line` 0 when
/// the whole file is meant; `length` is the number of characters to underline, at least 1.
/// Made by the loaders of layouts and fees, all of a file at once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TableMistake {
    /// Line from 1; 0 when the whole file is meant.
    pub line: usize,
    /// Column in characters from 1.
    pub column: usize,
    /// How many characters to underline.
    pub length: usize,
    /// What is wrong and what to write, in Japanese.
    pub ja: String,
    /// The same in English.
    pub en: String,
}

impl TableMistake {
    /// A mistake of the whole file.
    pub(super) fn whole(ja: impl Into<String>, en: impl Into<String>) -> Self {
        Self { line: 0, column: 1, length: 1, ja: ja.into(), en: en.into() }
    }
}

/// A column: the names its heading may have, the first of which is told to people.
pub(super) type Heading = &'static [&'static str];

/// A row under the headings.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) line: usize,
    /// The cells in the order of the headings asked for, trimmed.
    cells: Vec<String>,
    /// Column and length of each of them in the file.
    places: Vec<(usize, usize)>,
}

impl Row {
    /// The text under a heading, by its number; empty where there is none.
    pub(super) fn text(&self, heading: usize) -> &str {
        self.cells.get(heading).map_or("", String::as_str)
    }

    /// A mistake in one cell.
    pub(super) fn wrong(
        &self,
        heading: usize,
        ja: impl Into<String>,
        en: impl Into<String>,
    ) -> TableMistake {
        let (column, length) = self.places.get(heading).copied().unwrap_or((1, 1));
        TableMistake { line: self.line, column, length, ja: ja.into(), en: en.into() }
    }
}

/// A table that was read: its rows, and what is wrong with its shape.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) rows: Vec<Row>,
    pub(super) mistakes: Vec<TableMistake>,
}

impl Sheet {
    /// The rows below the first one that is no comment; that one holds the headings.
    ///
    /// Empty rows and those whose first cell begins with `#` are passed over. The headings may
    /// stand in any order; unknown, missing and repeated ones are mistakes, but for those whose
    /// number is in `may_lack`.
    pub(super) fn read(text: &str, headings: &[Heading], may_lack: &[usize]) -> Self {
        // The reader counts a line too few after each CR.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        let lines: Vec<&str> = text.lines().collect();
        let mut sheet = Self::default();
        let mut columns: Option<Vec<Option<usize>>> = None;
        let mut reader =
            ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        for record in reader.records() {
            let Ok(record) = record else {
                sheet.mistakes.push(TableMistake::whole(
                    "CSVとして読めません。UTF-8かShift_JISで保存し直してください。",
                    "this is no CSV; save it as UTF-8 or Shift_JIS",
                ));
                break;
            };
            let line = record.position().map_or(0, |at| usize::try_from(at.line()).unwrap_or(0));
            let first = record.get(0).unwrap_or_default().trim();
            if first.starts_with('#') || record.iter().all(|cell| cell.trim().is_empty()) {
                continue;
            }
            let raw = lines.get(line.saturating_sub(1)).copied().unwrap_or_default();
            let places = places(raw);
            match &columns {
                None => {
                    columns = Some(sheet.headings(&record, headings, may_lack, (line, &places)));
                }
                Some(columns) => sheet.rows.push(row(&record, columns, line, &places)),
            }
        }
        if columns.is_none() {
            sheet.mistakes.push(missing(0, headings, 0..headings.len()));
        }
        sheet
    }

    /// Which column each heading stands in.
    fn headings(
        &mut self,
        record: &StringRecord,
        headings: &[Heading],
        may_lack: &[usize],
        (line, places): (usize, &[(usize, usize)]),
    ) -> Vec<Option<usize>> {
        let mut columns = vec![None; headings.len()];
        for (at, cell) in record.iter().map(str::trim).enumerate() {
            let (column, length) = places.get(at).copied().unwrap_or((1, 1));
            let mut told = |ja: String, en: String| {
                self.mistakes.push(TableMistake { line, column, length, ja, en });
            };
            let known = headings.iter().position(|names| names.contains(&cell));
            match known.and_then(|known| columns.get_mut(known)) {
                Some(place @ None) => *place = Some(at),
                Some(Some(_)) => told(
                    format!("見出し「{cell}」が二つあります。一つにしてください。"),
                    format!("the heading `{cell}` stands twice; keep one"),
                ),
                None if cell.is_empty() => {}
                None => {
                    let all: Vec<&str> = headings.iter().map(|names| names[0]).collect();
                    let all = all.join(",");
                    told(
                        format!("見出し「{cell}」はありません。使える見出し: {all}"),
                        format!("unknown heading `{cell}`; there are {all}"),
                    );
                }
            }
        }
        let lacking = columns.iter().enumerate().filter(|(_, column)| column.is_none());
        let lacking: Vec<usize> =
            lacking.map(|(at, _)| at).filter(|at| !may_lack.contains(at)).collect();
        if !lacking.is_empty() {
            self.mistakes.push(missing(line, headings, lacking.into_iter()));
        }
        columns
    }
}

fn missing(line: usize, headings: &[Heading], which: impl Iterator<Item = usize>) -> TableMistake {
    let names: Vec<&str> = which.filter_map(|at| headings.get(at)?.first().copied()).collect();
    let names = names.join(",");
    let ja = format!("見出しの行に次の列を加えてください: {names}");
    TableMistake { line, column: 1, length: 1, ja, en: format!("add these columns: {names}") }
}

fn row(
    record: &StringRecord,
    columns: &[Option<usize>],
    line: usize,
    places: &[(usize, usize)],
) -> Row {
    let cell = |at: &Option<usize>| at.and_then(|at| record.get(at)).unwrap_or_default().trim();
    let place = |at: &Option<usize>| at.and_then(|at| places.get(at)).copied().unwrap_or((1, 1));
    Row {
        line,
        cells: columns.iter().map(|at| cell(at).to_owned()).collect(),
        places: columns.iter().map(place).collect(),
    }
}

/// Column and length of each cell of a line, quotes included.
fn places(line: &str) -> Vec<(usize, usize)> {
    let (mut found, mut from, mut quoted, mut at) = (Vec::new(), 1, false, 1);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                found.push((from, (at - from).max(1)));
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    found.push((from, (at - from).max(1)));
    found
}

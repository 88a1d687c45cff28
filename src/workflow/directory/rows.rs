//! A spreadsheet with headings: its rows, cells by heading, and mistakes with their place.

use unicode_normalization::UnicodeNormalization as _;

use crate::workflow::table::{Cell, sheet_rows};
use crate::workflow::{Mistake, nearest};

/// A column by its names.
pub(super) struct Heading {
    pub(super) name: &'static str,
    pub(super) japanese: &'static [&'static str],
}

/// A file being read.
pub(super) struct Sheet {
    file: String,
    rows: Vec<Row>,
    pub(super) mistakes: Vec<Mistake>,
    /// The column each mistake is about; nothing of a heading.
    about: Vec<&'static str>,
    /// What people call each column.
    labels: Vec<(&'static str, &'static str)>,
}

/// A row; its cells by the English name of their column.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) line: usize,
    cells: Vec<(&'static str, Cell)>,
}

impl Row {
    /// The text of a cell; empty where the row has none.
    pub(super) fn text(&self, column: &str) -> &str {
        self.cell(column).map_or("", |cell| cell.text.as_str())
    }

    /// Puts a text where the row has none; it is no place of its own.
    pub(super) fn fill(&mut self, column: &'static str, text: &str) {
        if !self.text(column).is_empty() {
            return;
        }
        if let Some((_, cell)) = self.cells.iter_mut().find(|(name, _)| *name == column) {
            text.clone_into(&mut cell.text);
        } else {
            let cell = Cell { text: text.to_owned(), line: self.line, column: 1, length: 1 };
            self.cells.push((column, cell));
        }
    }

    /// Empties a cell.
    pub(super) fn clear(&mut self, column: &str) {
        self.cells
            .iter_mut()
            .filter(|(name, _)| *name == column)
            .for_each(|(_, cell)| cell.text.clear());
    }

    fn cell(&self, column: &str) -> Option<&Cell> {
        self.cells.iter().find(|(name, _)| *name == column).map(|(_, cell)| cell)
    }
}

impl Sheet {
    /// Reads headings and rows; every column must be there.
    pub(super) fn read(file: &str, text: &str, headings: &[Heading]) -> Self {
        Self::read_with(file, text, headings, &[])
    }

    /// The same with columns that a sheet may lack: they came later.
    pub(super) fn read_with(file: &str, text: &str, needed: &[Heading], later: &[Heading]) -> Self {
        let headings: Vec<&Heading> = needed.iter().chain(later).collect();
        let mut sheet = Self {
            file: file.to_owned(),
            rows: Vec::new(),
            mistakes: Vec::new(),
            about: Vec::new(),
            labels: headings
                .iter()
                .map(|one| (one.name, one.japanese.first().copied().unwrap_or(one.name)))
                .collect(),
        };
        let mut rows = sheet_rows(text).into_iter();
        let columns: Vec<Option<&'static str>> = rows
            .next()
            .unwrap_or_default()
            .iter()
            .map(|cell| sheet.column(cell, &headings))
            .collect();
        for heading in needed {
            if !columns.contains(&Some(heading.name)) {
                let written = heading.japanese.first().copied().unwrap_or(heading.name);
                sheet.mistakes.push(Mistake {
                    file: file.to_owned(),
                    line: 1,
                    column: 1,
                    length: 1,
                    ja: format!(
                        "列「{}（{written}）」がありません。1行目に書き足してください。",
                        heading.name
                    ),
                    en: format!("column `{}` is missing; add it to line 1", heading.name),
                });
            }
        }
        for cells in rows {
            let line = cells.first().map_or(0, |cell| cell.line);
            let named = columns.iter().zip(cells).filter_map(|(name, mut cell)| {
                // A spreadsheet of an office has full-width digits and signs.
                let text: String = cell.text.nfkc().collect();
                text.trim().clone_into(&mut cell.text);
                Some(((*name)?, cell))
            });
            sheet.rows.push(Row { line, cells: named.collect() });
        }
        sheet
    }

    /// Every row that can be read, with its place.
    pub(super) fn each<T>(&mut self, read: impl Fn(&mut Self, &Row) -> Option<T>) -> Vec<(T, Row)> {
        // Rows under headings nobody understands would only repeat that mistake.
        if !self.mistakes.is_empty() {
            return Vec::new();
        }
        let rows = std::mem::take(&mut self.rows);
        rows.into_iter().filter_map(|row| Some((read(self, &row)?, row))).collect()
    }

    /// The rows as they stand.
    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The rows, to be filled before they are read.
    pub(super) fn rows_mut(&mut self) -> &mut Vec<Row> {
        &mut self.rows
    }

    /// The mistakes, each with the English name of its column; nothing for headings.
    pub(super) fn told(self) -> Vec<(&'static str, Mistake)> {
        let headings = self.mistakes.len().saturating_sub(self.about.len());
        let about = std::iter::repeat_n("", headings).chain(self.about);
        about.zip(self.mistakes).collect()
    }

    /// A cell that must hold something.
    pub(super) fn filled(
        &mut self,
        row: &Row,
        column: &'static str,
        example: &str,
    ) -> Option<String> {
        self.parsed(row, column, example, |text| (!text.is_empty()).then(|| text.to_owned()))
    }

    /// A cell that must be readable; `wish` says what to write.
    pub(super) fn parsed<T>(
        &mut self,
        row: &Row,
        column: &'static str,
        wish: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let read = parse(row.text(column));
        if read.is_none() {
            self.wrong(row, column, wish);
        }
        read
    }

    /// A cell that cannot be read.
    pub(super) fn wrong(&mut self, row: &Row, column: &'static str, wish: &str) {
        let text = row.text(column);
        let label = self.labels.iter().find(|(name, _)| *name == column);
        let label = label.map_or(column, |(_, label)| *label);
        let ja = if text.is_empty() {
            format!("「{label}」が空欄です。{wish} の形で書いてください。")
        } else {
            format!("「{label}」の値「{text}」が読めません。{wish} の形で書いてください。")
        };
        self.say(row, column, &ja, &format!("cannot read `{text}`; write {wish}"));
    }

    /// A mistake in a cell.
    pub(super) fn say(&mut self, row: &Row, column: &'static str, ja: &str, en: &str) {
        let (line, at, length) =
            row.cell(column).map_or((row.line, 1, 1), |cell| (cell.line, cell.column, cell.length));
        self.about.push(column);
        self.mistakes.push(Mistake {
            file: self.file.clone(),
            line,
            column: at,
            length,
            ja: ja.to_owned(),
            en: en.to_owned(),
        });
    }

    /// The column a heading names; an empty one over an empty column is nobody's.
    fn column(&mut self, cell: &Cell, headings: &[&Heading]) -> Option<&'static str> {
        let written: String = cell.text.nfkc().collect::<String>().trim().to_owned();
        let is = |name: &str| name.nfkc().collect::<String>().eq_ignore_ascii_case(&written);
        let known =
            |heading: &&&Heading| is(heading.name) || heading.japanese.iter().any(|one| is(one));
        if let Some(heading) = headings.iter().find(known) {
            return Some(heading.name);
        }
        if !matches!(written.as_str(), "" | "note" | "備考") {
            let all =
                headings.iter().flat_map(|heading| heading.japanese.iter().chain([&heading.name]));
            let names: Vec<&str> = all.copied().collect();
            let meant = nearest(&written, &names).map(|name| format!("「{name}」のことですか。"));
            self.mistakes.push(Mistake {
                file: self.file.clone(),
                line: cell.line,
                column: cell.column,
                length: cell.length,
                ja: format!("「{written}」という列はありません。{}", meant.unwrap_or_default()),
                en: format!("there is no column `{written}`"),
            });
        }
        None
    }
}

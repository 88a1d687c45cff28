//! The cells of a CSV file, each with its place, as a spreadsheet saves them.

/// One cell.
///
/// Shape: `line` and `column` count from 1, in lines and characters of the file; `length` covers
/// the cell as it is written, quotes included, and is at least 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::workflow) struct Cell {
    pub(in crate::workflow) text: String,
    pub(in crate::workflow) line: usize,
    pub(in crate::workflow) column: usize,
    pub(in crate::workflow) length: usize,
}

impl Cell {
    pub(in crate::workflow) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// The rows that hold something. A quote that is never closed runs to the end of the text.
pub(in crate::workflow) fn rows(text: &str) -> Vec<Vec<Cell>> {
    let mut sheet = Sheet { line: 1, column: 1, ..Sheet::default() };
    let mut chars = text.chars().peekable();
    // The mark at the beginning is no text, but it is a character of the line.
    if chars.next_if_eq(&'\u{feff}').is_some() {
        sheet.column = 2;
    }
    sheet.begin();
    while let Some(c) = chars.next() {
        match (c, sheet.quotes) {
            ('"', Quotes::None) if sheet.cell.text.is_empty() => sheet.quotes = Quotes::Open,
            ('"', Quotes::Open) => {
                if chars.next_if_eq(&'"').is_some() {
                    sheet.cell.text.push('"');
                    sheet.column = sheet.column.saturating_add(1);
                } else {
                    sheet.quotes = Quotes::Closed;
                }
            }
            (',', Quotes::None | Quotes::Closed) => {
                sheet.end_cell();
                sheet.column = sheet.column.saturating_add(1);
                sheet.begin();
                continue;
            }
            ('\n', Quotes::None | Quotes::Closed) => {
                sheet.end_row();
                continue;
            }
            ('\r', Quotes::None | Quotes::Closed) => {}
            _ => sheet.cell.text.push(c),
        }
        sheet.column = sheet.column.saturating_add(1);
        if c == '\n' {
            (sheet.line, sheet.column) = (sheet.line.saturating_add(1), 1);
        }
    }
    sheet.end_row();
    sheet.rows
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Quotes {
    #[default]
    None,
    Open,
    Closed,
}

/// A file being read.
#[derive(Debug, Default)]
struct Sheet {
    rows: Vec<Vec<Cell>>,
    row: Vec<Cell>,
    cell: Cell,
    quotes: Quotes,
    line: usize,
    column: usize,
}

impl Sheet {
    fn begin(&mut self) {
        let (line, column) = (self.line, self.column);
        self.cell = Cell { text: String::new(), line, column, length: 1 };
        self.quotes = Quotes::None;
    }

    fn end_cell(&mut self) {
        // A cell over several lines is underlined on its first.
        let length = if self.cell.line == self.line {
            self.column.saturating_sub(self.cell.column)
        } else {
            self.cell.text.lines().next().map_or(1, |first| first.chars().count())
        };
        self.cell.length = length.max(1);
        self.row.push(std::mem::take(&mut self.cell));
    }

    fn end_row(&mut self) {
        self.end_cell();
        let row = std::mem::take(&mut self.row);
        if !row.iter().all(Cell::is_blank) {
            self.rows.push(row);
        }
        (self.line, self.column) = (self.line.saturating_add(1), 1);
        self.begin();
    }
}

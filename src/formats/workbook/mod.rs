//! A workbook (.xlsx) into the CSV each of its sheets would be saved as.
//!
//! Pure, and bounded before the reader of workbooks sees a byte: how many parts there are and how
//! large they say they are (`parts`). What they are in truth is bounded by who calls: strangers'
//! bytes are read in a process of its own (`app/workbooks.rs`). Macros are not read, formulas not
//! reckoned: a cell shows what the spreadsheet last showed in it, and one that never showed
//! anything is marked, so that no rule takes it for a blank. Read [`read`] first.

mod cells;
mod parts;

use std::io::{Cursor, Read};
use std::panic::catch_unwind;

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};

use super::file_finding;
use crate::domain::spreadsheet::UNCOMPUTED;
use crate::domain::{Code, Finding, ShownFormulas, Workbook, WorkbookFlaw, WorkbookSheet};
use cells::shown;

pub(super) use parts::ends_whole;

/// Bytes a workbook may have.
pub const BYTES_MAX: usize = 64 << 20;

/// Bytes the text of all sheets may have.
const TEXT_MAX: usize = 40 << 20;

/// Columns a sheet may have.
const COLUMNS_MAX: usize = 1_000;

/// Reads the visible sheets of a workbook; those without a cell are left out.
pub fn read(bytes: &[u8]) -> Result<Workbook, WorkbookFlaw> {
    parts::check(bytes)?;
    // The reader panics on some of what no spreadsheet writes, as on a column of seven letters.
    catch_unwind(|| sheets(bytes))
        .unwrap_or_else(|_| Err(WorkbookFlaw::Damaged("its reader panics".to_owned())))
}

fn sheets(bytes: &[u8]) -> Result<Workbook, WorkbookFlaw> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(damaged)?;
    let tabs = book.sheets_metadata().iter();
    let seen =
        tabs.filter(|tab| tab.visible == SheetVisible::Visible && tab.typ == SheetType::WorkSheet);
    let names: Vec<String> = seen.map(|tab| tab.name.clone()).collect();
    let (mut sheets, mut room) = (Vec::new(), TEXT_MAX);
    for name in names {
        let (formulas, uncomputed) = formulas(&mut book, &name)?;
        let csv = text(&mut book, &name, (room, uncomputed))?;
        room = room.saturating_sub(csv.len());
        if !csv.is_empty() {
            sheets.push(WorkbookSheet { name, text: csv, formulas });
        }
    }
    if sheets.is_empty() { Err(WorkbookFlaw::NoSheet) } else { Ok(Workbook { sheets }) }
}

/// A sheet as the bytes of a CSV file; the mark at their beginning settles the encoding.
pub fn as_file(sheet: &WorkbookSheet) -> impl Read + '_ {
    b"\xEF\xBB\xBF".chain(sheet.text.as_bytes())
}

/// What a person is told where a workbook cannot be read.
pub fn finding(flaw: &WorkbookFlaw) -> Finding {
    let ja = match flaw {
        WorkbookFlaw::Old => {
            "古い形のブック(.xls)です。Excelで「Excel ブック(*.xlsx)」かCSVとして保存し直してください。"
        }
        WorkbookFlaw::Encrypted => {
            "ブックにパスワードがかかっています。パスワードなしで保存し直してください。"
        }
        WorkbookFlaw::Macros => {
            "ブックにマクロがあります。「Excel ブック(*.xlsx)」かCSVとして保存し直してください。"
        }
        WorkbookFlaw::Limits => {
            "ブックが大きすぎます。いくつかに分けるか、CSVとして保存し直してください。"
        }
        WorkbookFlaw::NoSheet => {
            "値のある表示されたシートがありません。シートの再表示をして、保存し直してください。"
        }
        WorkbookFlaw::Damaged(_) => {
            "ブックが壊れているか、Excelのブックではありません。Excelで開き、保存し直してください。"
        }
    };
    file_finding(Code::Book, 0, String::new(), ja, &flaw.to_string())
}

/// The row and the column of a cell, from 0.
type Place = (u32, u32);

/// The formulas of a sheet that have a value, and the places of those that have none, in the order
/// the cells stand in.
fn formulas(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
) -> Result<(ShownFormulas, Vec<Place>), WorkbookFlaw> {
    let mut cells = book.worksheet_cells_reader(name).map_err(damaged)?;
    let (mut shown, mut uncomputed) = (ShownFormulas::default(), Vec::new());
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(damaged)? {
        let (row, column) = cell.pos;
        if cell.formula.is_none() {
            continue;
        }
        if cell.value == DataRef::Empty {
            uncomputed.push(cell.pos);
            continue;
        }
        if shown.count == 0 {
            shown.first = (row.saturating_add(1), column.saturating_add(1));
        }
        shown.count = shown.count.saturating_add(1);
    }
    Ok((shown, uncomputed))
}

/// The cells of a sheet as CSV of at most `room` bytes; nothing where it has none.
fn text(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    (room, uncomputed): (usize, Vec<Place>),
) -> Result<String, WorkbookFlaw> {
    let mut uncomputed = uncomputed.into_iter().peekable();
    let mut cells = book.worksheet_cells_reader(name).map_err(damaged)?;
    let mut sheet = Rows { room, ..Rows::default() };
    while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(damaged)? {
        let value = cell.get_value();
        if *value == DataRef::Empty {
            if uncomputed.next_if_eq(&cell.get_position()).is_some() {
                sheet.cell(cell.get_position(), UNCOMPUTED.to_owned())?;
            }
            continue;
        }
        let format = cells.styles().get(style).and_then(|style| style.number_format.as_ref());
        let format = format.map_or("", |format| format.format_code.as_str());
        sheet.cell(cell.get_position(), shown(value, format))?;
    }
    sheet.end()?;
    Ok(sheet.csv)
}

#[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
fn damaged(error: XlsxError) -> WorkbookFlaw {
    WorkbookFlaw::Damaged(error.to_string())
}

/// Rows of cells that become lines.
#[derive(Debug, Default)]
struct Rows {
    csv: String,
    room: usize,
    /// The lines written so far, which is the number of the row at hand, from 0.
    at: u32,
    row: Vec<String>,
    /// Cells of the widest row so far: those after it are filled up, as a spreadsheet saves them.
    width: usize,
}

impl Rows {
    fn cell(&mut self, (row, column): (u32, u32), text: String) -> Result<(), WorkbookFlaw> {
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= COLUMNS_MAX {
            return Err(WorkbookFlaw::Limits);
        }
        if row < self.at {
            return Err(WorkbookFlaw::Damaged("rows are not in their order".to_owned()));
        }
        while self.at < row {
            self.line()?;
        }
        if self.row.len() <= column {
            self.row.resize(column + 1, String::new());
        }
        if let Some(cell) = self.row.get_mut(column) {
            *cell = text;
        }
        Ok(())
    }

    /// Writes the row at hand; one without cells is an empty line, which no reader counts.
    fn line(&mut self) -> Result<(), WorkbookFlaw> {
        self.width = self.width.max(self.row.len());
        let blank = self.row.iter().all(|cell| cell.trim().is_empty());
        let width = if blank { 0 } else { self.width };
        for at in 0..width {
            if at > 0 {
                self.csv.push(',');
            }
            if let Some(cell) = self.row.get(at) {
                push_cell(&mut self.csv, cell);
            }
        }
        self.csv.push('\n');
        self.row.clear();
        self.at = self.at.saturating_add(1);
        if self.csv.len() > self.room { Err(WorkbookFlaw::Limits) } else { Ok(()) }
    }

    fn end(&mut self) -> Result<(), WorkbookFlaw> {
        if self.row.is_empty() { Ok(()) } else { self.line() }
    }
}

/// Writes a cell on one line: row n stays line n. A line break in it reads as a blank; what is no
/// character becomes one that every rule refuses.
fn push_cell(to: &mut String, cell: &str) {
    let quoted = cell.contains([',', '"']);
    if quoted {
        to.push('"');
    }
    for c in cell.chars() {
        match c {
            '\r' => {}
            '\n' => to.push(' '),
            '"' => to.push_str("\"\""),
            c if c.is_control() && c != '\t' => to.push('\u{fffd}'),
            c => to.push(c),
        }
    }
    if quoted {
        to.push('"');
    }
}

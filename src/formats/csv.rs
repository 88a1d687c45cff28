//! CSV: RFC 4180 as the csv crate reads it, with the physical lines people see.

use ::csv::{ReaderBuilder, StringRecord};

use super::batch::{Batch, Doubt};
use super::charset::count;
use super::correction::{is_correction_title, unguarded};
use super::header::{self, Columns};
use super::profile;
use super::text::{Stop, Text};
use super::total::ControlRow;
use super::{Code, Field, Finding, Severity, file_finding, misread};
use crate::domain::profile::Profile;
use crate::domain::rules::{Places, Row};
use crate::domain::spreadsheet::UNCOMPUTED;

/// How many rows above the header may be titles.
const TITLE_ROWS_MAX: u32 = 10;

/// Reads a whole CSV file into `batch`; gives the profile it was read by, if it was by one.
pub(super) fn read<'a>(text: &mut Text<'_>, batch: &mut Batch<'a>) -> Option<&'a Profile> {
    let head: Vec<u8> = text.head().iter().take(misread::HEAD_BYTES).copied().collect();
    let mut rows = Rows::new(text);
    let mut profile = None;
    match header(&mut rows, batch, &head) {
        Ok(columns) => {
            profile = columns.mapping.as_ref().map(|mapping| mapping.profile);
            records(&mut rows, &columns, batch);
        }
        Err(Lost::Misread(told)) => {
            batch.file_error(*told);
            // What is told of its bytes and marks would be of the wrong encoding.
            rows.reader.into_inner().forget_problems();
            return None;
        }
        Err(Lost::Told) => {}
    }
    let Rows { line, suspect, reader, has_stopped_in_quotes, .. } = rows;
    let text = reader.into_inner();
    let is_too_long = matches!(text.stopped(), Some(Stop::TooLong));
    let line = suspect.unwrap_or(line);
    if is_too_long && !has_stopped_in_quotes {
        batch.file_error(too_long(line));
    } else if is_too_long || (text.quotes() % 2 == 1 && text.stopped().is_none()) {
        batch.file_error(unclosed(line));
    }
    profile
}

fn unclosed(line: u32) -> Finding {
    let ja =
        "引用符(\")が閉じていません。この行から後を確かめ、値の中の \" は \"\" と書いてください。";
    let en = "a quotation mark is not closed; look from this line on, and write \"\" for a \
              quotation mark inside a value";
    file_finding(Code::Quote, line, String::new(), ja, en)
}

fn too_long(line: u32) -> Finding {
    let ja = "この行が長すぎます(1行は1MiBまで)。1件が1行になっているか、余分なコンマがないかを\
              確かめてください。";
    let en = "the row is too long (over 1 MiB); check that each record has a row of its own, and \
              for commas too many";
    file_finding(Code::Row, line, String::new(), ja, en)
}

/// The rows of a file with their physical lines.
pub(super) struct Rows<'t, 's> {
    reader: ::csv::Reader<&'t mut Text<'s>>,
    pub(super) row: StringRecord,
    /// The physical line where `row` begins.
    pub(super) line: u32,
    /// The last line where a quotation mark may have gone astray.
    suspect: Option<u32>,
    /// Whether the rows are of a correction file of ours, whose cells are guarded.
    is_ours: bool,
    /// Whether reading stopped in a row that has a quotation mark.
    has_stopped_in_quotes: bool,
}

impl<'t, 's> Rows<'t, 's> {
    pub(super) fn new(text: &'t mut Text<'s>) -> Self {
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).buffer_capacity(64 << 10);
        let reader = builder.from_reader(text);
        Self {
            reader,
            row: StringRecord::new(),
            line: 1,
            suspect: None,
            is_ours: false,
            has_stopped_in_quotes: false,
        }
    }

    /// Goes to the next row; false at the end or where reading stops.
    pub(super) fn next(&mut self) -> bool {
        self.reader.get_mut().mark();
        let (before, begin) = (self.reader.position().line(), self.reader.position().byte());
        // The reader fails only where `Text` stopped, which says why by itself.
        let read = self.reader.read_record(&mut self.row);
        if read.is_err() {
            self.suspect = u32::try_from(before).ok();
            let last = self.reader.get_ref().last_quote();
            self.has_stopped_in_quotes = last.is_some_and(|last| last >= begin);
        }
        if !read.unwrap_or(false) {
            return false;
        }
        let after = self.reader.position().line();
        let mut line = before;
        if after > before + 1 {
            // Blank lines before the row, newlines in quotes inside it, or both.
            let inside = self.row.as_slice().bytes().filter(|byte| *byte == b'\n').count() as u64;
            // An unclosed quotation swallows even the last newline.
            line = after.saturating_sub(inside + 1).max(before);
            if inside > 0 {
                self.suspect = u32::try_from(line).ok();
            }
        }
        let content = self.row.as_slice().as_bytes();
        // A mark inside an unquoted value is kept by the csv crate; RFC 4180 does not know it.
        if content.contains(&b'"') && count(content, b'"') % 2 == 1 {
            self.suspect = u32::try_from(line).ok();
        }
        self.line = u32::try_from(line).unwrap_or(u32::MAX);
        if self.is_ours {
            self.row = self.row.iter().map(unguarded).collect();
        }
        true
    }

    pub(super) fn is_blank(&self) -> bool {
        self.row.iter().all(|cell| cell.trim().is_empty())
    }

    pub(super) fn cells(&self) -> Vec<String> {
        self.row.iter().map(str::to_owned).collect()
    }
}

/// Goes to the header line, passing over titles above it; gives the first of them, and the profile
/// the header is of, if it is not in our own words. Errs with the title where there is no header.
pub(super) fn seek_header<'p>(
    rows: &mut Rows<'_, '_>,
    profiles: &'p [Profile],
) -> Result<(Title, Option<&'p Profile>), Title> {
    let mut first = None;
    for _ in 0..=TITLE_ROWS_MAX {
        if !rows.next() {
            break;
        }
        if rows.is_blank() {
            continue;
        }
        if rows.row.get(0).is_some_and(is_correction_title) {
            rows.is_ours = true;
            continue;
        }
        let names = header::names_in(rows.row.iter());
        let profile = profile::of_header(&rows.row, profiles, names);
        if profile.is_some() {
            return Ok((first, profile));
        }
        // One cell alone may be a title that happens to be called like a column.
        if names > 1 || (names == 1 && rows.row.len() == 1) {
            return Ok((first, None));
        }
        first.get_or_insert_with(|| (rows.line, rows.row.clone()));
    }
    Err(first)
}

/// The first line above the header, if there is any.
type Title = Option<(u32, StringRecord)>;

/// Why there is no header to read rows by.
enum Lost {
    /// The file is written otherwise than we read, and this is to be told of it.
    Misread(Box<Finding>),
    /// It was told what is wrong with it.
    Told,
}

/// Finds the header line, passing over titles above it; `head` are the file's first bytes.
fn header<'a>(
    rows: &mut Rows<'_, '_>,
    batch: &mut Batch<'a>,
    head: &[u8],
) -> Result<Columns<'a>, Lost> {
    let title = match seek_header(rows, batch.intake().profiles) {
        Ok((title, profile)) => {
            if let Some((line, _)) = title {
                batch.file_info(
                    Code::Schema,
                    line,
                    "見出しより上の行は表題とみなして読みとばしました。",
                    "the lines above the header were taken for a title",
                );
            }
            return Ok(match profile {
                Some(profile) => profile::columns(profile, &rows.row, rows.line, batch),
                None => header::read(rows.row.iter(), rows.line, batch),
            });
        }
        Err(title) => title,
    };
    let (line, row) = title.ok_or(Lost::Told)?;
    if let Some(told) = misread::told(&row, head, batch.intake().profiles) {
        return Err(Lost::Misread(Box::new(told)));
    }
    let several = row.len() > 1;
    if several {
        // Taken for a header with foreign names: each is reported with the nearest.
        header::read(row.iter(), line, batch);
    } else {
        batch.file_error(file_finding(
            Code::Schema,
            line,
            row.get(0).unwrap_or_default().chars().take(40).collect(),
            "見出し行がありません。1行目に列の名前を書いてください(kessai template 11 でひな形が出ます)。",
            "there is no header line; write the names of the columns in line 1 \
             (`kessai template 11` prints one)",
        ));
    }
    Err(Lost::Told)
}

fn records(rows: &mut Rows<'_, '_>, columns: &Columns<'_>, batch: &mut Batch<'_>) {
    let mut blanks = (0_u64, 0_u32);
    let mut totals: Vec<(ControlRow, StringRecord)> = Vec::new();
    while rows.next() {
        let lead = rows.row.get(0).unwrap_or_default().as_bytes().first().copied();
        // Requests usually begin with a digit; everything rare hides behind another byte.
        if !lead.is_some_and(|byte| byte.is_ascii_alphanumeric()) {
            if rows.is_blank() {
                blanks = (blanks.0 + 1, if blanks.0 == 0 { rows.line } else { blanks.1 });
                continue;
            }
            if let Some(total) = ControlRow::read(rows.row.iter(), columns, rows.line) {
                totals.push((total, rows.row.clone()));
                continue;
            }
        }
        // A total that is not last is no total.
        for (total, _) in totals.drain(..) {
            batch.bad_record(misplaced_total(total.line));
        }
        if let Some(finding) = ragged(rows, columns) {
            batch.bad_record(finding);
            continue;
        }
        let mut unknown = uncomputed((rows.line, &rows.row), columns);
        if let Some(last) = unknown.pop() {
            for one in unknown {
                batch.note(one);
            }
            batch.bad_record(last);
            continue;
        }
        let made = columns.mapping.as_ref().map(|mapping| mapping.cells(&rows.row));
        let own = if made.is_none() { own_cells(rows, columns) } else { Some([""; Field::COUNT]) };
        let Some(own) = own else {
            batch.bad_record(nameless_cell(rows.line));
            continue;
        };
        let cells = made.as_ref().map_or(own, |made| made.each_ref().map(String::as_str));
        let (record, line) = (batch.next_record(), rows.line);
        let places = Places::Columns(&columns.number_of);
        let gaiji = rows.reader.get_ref().has_odd();
        let doubt = if gaiji { Doubt::Odd } else { Doubt::None };
        batch.row(&Row { record, line, cells, places }, doubt);
    }
    for (total, row) in totals {
        for one in uncomputed((total.line, &row), columns) {
            batch.file_error(one);
        }
        batch.check_total(total.line, total.count, total.amount);
    }
    if let (n @ 1.., line) = blanks {
        batch.file_info(
            Code::Row,
            line,
            &format!("空白の行が{n}行あります。読みとばしました。"),
            &format!("{n} blank rows were passed over"),
        );
    }
}

/// The cells of a row by our own header; none where one without a name holds a value.
fn own_cells<'r>(rows: &'r Rows<'_, '_>, columns: &Columns<'_>) -> Option<[&'r str; Field::COUNT]> {
    let mut cells = [""; Field::COUNT];
    let mut nameless = false;
    for (cell, field) in rows.row.iter().zip(&columns.at) {
        match field.and_then(|field| cells.get_mut(field.index())) {
            Some(slot) => *slot = cell,
            None => nameless |= !cell.trim().is_empty(),
        }
    }
    // An unknown or repeated column is an error of the file already.
    (!nameless || columns.has_strangers).then_some(cells)
}

/// A row with fewer cells than the header, or with values beyond it.
fn ragged(rows: &Rows<'_, '_>, columns: &Columns<'_>) -> Option<Finding> {
    let (cells, wanted) = (rows.row.len(), columns.at.len());
    let beyond = || rows.row.iter().skip(wanted).any(|cell| !cell.trim().is_empty());
    if cells == wanted || (cells > wanted && !beyond()) {
        return None;
    }
    Some(Finding {
        record: 0,
        line: rows.line,
        column: 0,
        bytes: None,
        reference: None,
        field: None,
        code: Code::Row,
        severity: Severity::Error,
        value: cells.to_string(),
        ja: format!(
            "見出しは{wanted}列ですが、この行は{cells}列です。コンマの数を確かめ、\
             値の中にコンマがあれば \" で囲んでください。"
        ),
        en: format!(
            "the header has {wanted} columns, this row {cells}; check the commas and quote \
             values that contain one"
        ),
    })
}

/// What is told of the cells of a row whose formulas nobody has computed (E_FORMULA): what the row
/// asks for is not known.
fn uncomputed((line, row): (u32, &StringRecord), columns: &Columns<'_>) -> Vec<Finding> {
    if !row.as_slice().contains(UNCOMPUTED) {
        return Vec::new();
    }
    let cells = (1_u32..).zip(row.iter().zip(&columns.at));
    let told = cells.filter_map(|(column, (cell, field))| {
        let field = field.filter(|_| cell.trim() == UNCOMPUTED)?;
        let ja = "計算されていない数式です。Excelで開いて保存し直してください。";
        let en = "a formula that was never computed; open the workbook in Excel and save it again";
        let told = file_finding(Code::Formula, line, cell.to_owned(), ja, en);
        Some(Finding { column, field: Some(field), ..told })
    });
    told.collect()
}

fn nameless_cell(line: u32) -> Finding {
    let ja = "見出しのない列に値があります。列に見出しを付けるか、値を消してください。";
    let en = "a column without a name holds a value; name the column or remove the value";
    file_finding(Code::Row, line, String::new(), ja, en)
}

fn misplaced_total(line: u32) -> Finding {
    let ja = "合計の行は最後に1回だけ書けます。途中の合計行は削除してください。";
    let en = "a total may stand in the last row only; remove this row";
    file_finding(Code::Row, line, String::new(), ja, en)
}

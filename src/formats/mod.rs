//! Bytes into records and findings. Pure and bounded; bad input is data, never an error.
//!
//! [`read`] streams one file of any known format, so that memory does not grow with the file
//! but for eight bytes a record to find duplicates. It never opens anything and knows no
//! workflow. Read [`Intake`] and [`FileReport`] first.

mod batch;
mod bounce;
mod center;
mod settlement;
mod charset;
mod complete;
mod correction;
mod csv;
pub mod densai;
mod fees;
mod findings_file;
mod guess;
mod header;
mod keyed;
mod keys;
pub mod layout;
mod manifest;
mod misread;
mod profile;
mod record_file;
pub mod scan;
mod scratch;
mod sheet;
mod text;
mod total;
mod vocabulary;
pub mod workbook;
mod xml;
pub mod zengin;

use std::io::{self, Read};

pub use bounce::{BOUNCE_BYTES_MAX, Bounce, Lasting, not_ours, read_bounce};
pub use center::{CenterAnswer, CenterRow, read_center};
pub use charset::to_cp932;
pub use complete::{complete, picture_is_whole};
pub use correction::{correction_title, guarded, rows_to_correct, survives_cp932};
pub use fees::{FEES, SHIPPED_FEES, read_fees};
pub use findings_file::{read_findings, write_findings};
pub use guess::{Sample, fitting, guess, source_for};
pub use keyed::{KEYED_NAME, read_keyed, write_keyed};
pub use manifest::{MANIFEST_KEYS, Manifest, read_manifest, read_sha256};
pub use profile::rows_by_profile;
pub use record_file::{Ahead, KeyPlaces, Reader, StoredError, StoredRow, Writer};
pub use scratch::{MakeScratch, Scratch};
pub use settlement::{SettlementRow, read_settlements};
pub use sheet::TableMistake;
pub use xml::requests_to_correct;

pub use crate::domain::AcceptPolicy;
use crate::domain::findings::FindingCounts;
use crate::domain::profile::Profile;
use crate::domain::rules::{ClaimBook, Row, RuleSettings};
use crate::domain::{
    Account, BankCalendar, BranchCode, Code, Customers, Date, Field, Finding, RecordRequest,
    RequestKind, Severity, UserNumber, Workbook, WorkbookSheet, YenTotal,
};
use batch::Batch;
use text::Text;

/// What is known of a file before it is read.
#[derive(Clone, Copy)]
pub struct Intake<'a> {
    /// The channel, e.g. `customers`: it says what the folder's name means.
    pub channel: &'a str,
    /// The folder's name: a user number or a branch code.
    pub submitter: &'a str,
    /// Branch codes that mean the same folder: of branches merged into one another.
    pub also: &'a [BranchCode],
    /// The business day of receipt.
    pub on: Date,
    /// Which days banks are open.
    pub calendar: &'a BankCalendar,
    /// What the institution set.
    pub settings: RuleSettings,
    /// The file's own name, for its extension.
    pub file_name: &'a str,
    /// The earlier receipt or case that holds a request's business key, if any of this
    /// submitter's does.
    pub known: &'a dyn Fn(u64, &RecordRequest) -> Option<String>,
    /// What is known of claims, and what is under way on them.
    pub claims: &'a dyn ClaimBook,
    /// The register of customers.
    pub customers: &'a Customers,
    /// Where everything stands in a bulk request file (集信1).
    pub layout: &'a densai::RequestLayout,
    /// Which columns of other systems' files ours come from: the first that knows a file's header
    /// best is taken.
    pub profiles: &'a [Profile],
    /// Whether requests of a kind come by this channel at all.
    pub takes: &'a dyn Fn(RequestKind) -> bool,
    /// What is said beside the file of its rows.
    pub promised: Promised,
    /// Whether whoever sent the file may hand in requests of a kind, and from an account where one
    /// is given; true where nobody is known.
    pub operates: &'a dyn Fn(RequestKind, Option<Account>) -> bool,
    /// Where the keys of a bulk file go that memory is not to hold; it holds all where there is
    /// none.
    pub scratch: Option<MakeScratch<'a>>,
}

/// What is said of a file's rows beside them: by a manifest (E_TOTAL), or by a form (E_IDENTITY).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Promised {
    /// How many there are.
    pub records: Option<u64>,
    /// What their amounts sum up to, in yen.
    pub amount_total: Option<u64>,
    /// Whose requests they are: of a paper, for whom its form was printed or who handed it in.
    pub requester: Option<UserNumber>,
}

impl std::fmt::Debug for Intake<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Intake").field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// Takes the accepted rows of a file, one by one and in order.
///
/// A file error may come to light after rows were handed over, at the latest in its last line:
/// whoever keeps rows drops them when [`FileReport::file_error`] says so.
pub trait RowSink {
    /// One accepted row: its number from 1, its physical line, and its business key.
    fn accepted(&mut self, record: u32, line: u32, request: &RecordRequest, business_key: u64);

    /// Every row as it stands in the file, before it is judged.
    fn row(&mut self, _row: &Row<'_>) {}

    /// An error of a row, as soon as it is found; at most as many as the report holds.
    fn found(&mut self, _error: &Finding) {}
}

/// A sink that keeps nothing: for `inspect` and dry runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSink;

impl RowSink for NoSink {
    fn accepted(&mut self, _: u32, _: u32, _: &RecordRequest, _: u64) {}
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// `densaiBatch`.
    Xml,
    /// None of these.
    Unknown,
    /// Records of one length: 一括記録請求ファイル (集信1).
    FixedLength,
    /// A workbook of a spreadsheet, read as the CSV it would be saved as.
    Xlsx,
}

impl Format {
    /// The format a file name promises.
    pub fn of_name(file_name: &str) -> Self {
        match file_name.rsplit_once('.').map(|(_, extension)| extension) {
            Some(extension) if extension.eq_ignore_ascii_case("csv") => Self::Csv,
            Some(extension) if extension.eq_ignore_ascii_case("xml") => Self::Xml,
            Some(extension) if extension.eq_ignore_ascii_case("xlsx") => Self::Xlsx,
            Some(extension)
                if ["txt", "dat"].iter().any(|one| extension.eq_ignore_ascii_case(one)) =>
            {
                Self::FixedLength
            }
            _ => Self::Unknown,
        }
    }

    /// `csv`, `xml`, `fixed-length`, `xlsx` or `unknown`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xml => "xml",
            Self::Unknown => "unknown",
            Self::FixedLength => "fixed-length",
            Self::Xlsx => "xlsx",
        }
    }
}

/// How a file's text is encoded, as it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-8, or nothing but ASCII.
    Utf8,
    /// UTF-8 with a byte order mark.
    Utf8Bom,
    /// Windows-31J, what Excel in Japan writes.
    Cp932,
    /// UTF-16 with a byte order mark, what Excel calls Unicode text.
    Utf16,
    /// JIS X 0201, one byte a character: fixed-length files.
    JisX0201,
    /// EBCDIC with katakana: fixed-length files of hosts.
    Ebcdic,
}

impl Encoding {
    /// `utf-8`, `utf-8-bom`, `cp932`, `utf-16`, `jis-x0201` or `ebcdic`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf8Bom => "utf-8-bom",
            Self::Cp932 => "cp932",
            Self::Utf16 => "utf-16",
            Self::JisX0201 => "jis-x0201",
            Self::Ebcdic => "ebcdic",
        }
    }
}

/// What becomes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every record is taken in.
    Accepted,
    /// Some records are taken in.
    Partial,
    /// No record is taken in.
    Rejected,
}

impl Verdict {
    /// `accepted`, `partial` or `rejected`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Partial => "partial",
            Self::Rejected => "rejected",
        }
    }
}

/// What was found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// How it is written.
    pub format: Format,
    /// How its text is encoded.
    pub encoding: Encoding,
    /// How many records it has.
    pub records: u32,
    /// How many of them have no error; 0 when the file itself has one.
    pub accepted: u32,
    /// The others.
    pub rejected: u32,
    /// The sum of the accepted amounts.
    pub total: YenTotal,
    /// At most the configured number; by record, those of the whole file first.
    pub findings: Vec<Finding>,
    /// All findings, also those that did not fit.
    pub finding_counts: FindingCounts,
    /// Whether the file itself has an error, so that no record can be taken in.
    pub file_error: bool,
}

impl FileReport {
    /// Tells something of the whole file that keeps nothing from being taken in.
    pub fn warn(&mut self, warning: Option<Finding>) {
        let before = self.findings.len();
        self.findings.splice(0..0, warning);
        let more = u64::try_from(self.findings.len().saturating_sub(before)).unwrap_or(0);
        self.finding_counts.warnings = self.finding_counts.warnings.saturating_add(more);
    }

    /// Tells something of the whole file that is only worth knowing.
    fn tell(&mut self, info: Finding) {
        self.findings.insert(0, info);
        self.finding_counts.infos = self.finding_counts.infos.saturating_add(1);
    }

    /// What `policy` makes of the file.
    pub const fn verdict(&self, policy: AcceptPolicy) -> Verdict {
        let errors = self.file_error || self.finding_counts.errors > 0;
        match policy {
            _ if self.accepted == 0 => Verdict::Rejected,
            _ if !errors => Verdict::Accepted,
            AcceptPolicy::File => Verdict::Rejected,
            AcceptPolicy::Record => Verdict::Partial,
        }
    }
}

/// Reads one file: accepted rows go to `sink`, everything else into the report.
///
/// Errs only when `source` does; whatever the bytes are, they make a report.
pub fn read(
    source: &mut dyn Read,
    intake: &Intake<'_>,
    sink: &mut dyn RowSink,
) -> io::Result<FileReport> {
    let mut text = Text::new(source, intake.settings.file_len_max);
    text.begin()?;
    let mut batch = Batch::new(intake, sink);
    let format = match kind_of(&text.head(), intake.file_name) {
        Ok(format) => format,
        Err(finding) => {
            batch.file_error(*finding);
            return batch.finish(Format::of_name(intake.file_name), text.encoding());
        }
    };
    let mut profile = None;
    match format {
        Format::Xml => xml::read(&mut text, &mut batch),
        Format::Csv | Format::Unknown | Format::Xlsx => profile = csv::read(&mut text, &mut batch),
        Format::FixedLength => {
            let encoding = densai::read(text, intake, &mut batch)?;
            return batch.finish(format, encoding);
        }
    }
    if let Some(error) = text.take_io_error() {
        return Err(error);
    }
    text.report_problems(&mut batch);
    let mut report = batch.finish(format, text.encoding())?;
    if let Some(profile) = profile {
        profile::name_columns(&mut report.findings, profile);
    }
    Ok(report)
}

/// Reads a workbook as [`read`] reads a file: its first sheet with a header that is known, or else
/// its first. What is found is told by the cell.
pub fn read_workbook(
    book: &Workbook,
    intake: &Intake<'_>,
    sink: &mut dyn RowSink,
) -> io::Result<FileReport> {
    let Some(sheet) = sheet_of(book, intake.profiles) else {
        let batch = Batch::new(intake, sink);
        return batch.finish(Format::Xlsx, Encoding::Utf8);
    };
    let mut source = workbook::as_file(sheet);
    let as_csv = Intake { file_name: "sheet.csv", ..*intake };
    let mut report = read(&mut source, &as_csv, sink)?;
    report.format = Format::Xlsx;
    report.encoding = Encoding::Utf8;
    for finding in &mut report.findings {
        if finding.line > 0 && finding.column > 0 {
            let cell = cell_name((finding.line, finding.column));
            finding.ja = format!("セル {cell}: {}", finding.ja);
            finding.en = format!("cell {cell}: {}", finding.en);
        }
    }
    if sheet.formulas.count > 0 {
        report.tell(shown_formulas(sheet));
    }
    if book.sheets.len() > 1 {
        let name = &sheet.name;
        let ja = format!("シート「{name}」を読みました。ほかのシートは読みません。");
        let en = format!("the sheet `{name}` was read, and no other");
        let told = file_finding(Code::Book, 0, String::new(), &ja, &en);
        report.tell(Finding { severity: Severity::Info, ..told });
    }
    Ok(report)
}

/// What is told of the formulas of a sheet: they were not reckoned.
fn shown_formulas(sheet: &WorkbookSheet) -> Finding {
    let (count, first) = (sheet.formulas.count, cell_name(sheet.formulas.first));
    let ja = format!(
        "数式のセルが{count}個あります（最初はセル {first}）。計算はせず、最後に表示された値を読みました。"
    );
    let en = format!(
        "{count} cells hold formulas, the first is {first}; they were not computed but read as \
         they were last shown"
    );
    let told = file_finding(Code::Formula, 0, String::new(), &ja, &en);
    Finding { severity: Severity::Info, ..told }
}

/// What is told of a file that cannot be read at all; never errs.
pub fn unread(finding: Finding, intake: &Intake<'_>) -> io::Result<FileReport> {
    let mut sink = NoSink;
    let mut batch = Batch::new(intake, &mut sink);
    batch.file_error(finding);
    batch.finish(Format::of_name(intake.file_name), Encoding::Utf8)
}

/// The sheet of a workbook that holds its requests.
pub fn sheet_of<'b>(book: &'b Workbook, profiles: &[Profile]) -> Option<&'b WorkbookSheet> {
    let known = |sheet: &&WorkbookSheet| {
        let mut source = workbook::as_file(sheet);
        let mut text = Text::new(&mut source, u64::MAX);
        text.begin().is_ok() && csv::seek_header(&mut csv::Rows::new(&mut text), profiles).is_ok()
    };
    book.sheets.iter().find(known).or(book.sheets.first())
}

/// A spreadsheet's name of the cell in a row and a column, both from 1.
fn cell_name((row, column): (u32, u32)) -> String {
    format!("{}{row}", column_letters(column))
}

/// A spreadsheet's name of a column: 1 is A, 27 is AA.
pub fn column_letters(column: u32) -> String {
    let mut rest = column;
    let mut letters = Vec::new();
    while rest > 0 {
        let digit = (rest - 1) % 26;
        letters.push(char::from_u32(u32::from('A') + digit).unwrap_or('?'));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// The format by extension, if the first bytes agree with it.
fn kind_of(head: &[u8], file_name: &str) -> Result<Format, Box<Finding>> {
    let wrong =
        |code, ja: &str, en: &str| Err(Box::new(file_finding(code, 0, String::new(), ja, en)));
    let first = head.iter().find(|byte| !byte.is_ascii_whitespace());
    if first.is_none() {
        return wrong(
            Code::Empty,
            "ファイルが空です。中身を確かめて、もう一度お出しください。",
            "the file is empty",
        );
    }
    let format = Format::of_name(file_name);
    let is_book = head.starts_with(b"PK\x03\x04") || head.starts_with(b"\xD0\xCF\x11\xE0");
    if is_book && format != Format::Xlsx {
        return wrong(
            Code::Type,
            "Excelのブックか、圧縮したもの(.zip)、ほかの表計算ソフトのファイル(.ods)です。\
             「Excel ブック(*.xlsx)」か「CSV UTF-8」で保存し直してください。圧縮はしないでください。",
            "this is an Excel workbook, a zip archive or another spreadsheet's file; save it as \
             Excel workbook (*.xlsx) or CSV UTF-8, and do not compress it",
        );
    }
    let xml = first == Some(&b'<');
    let records = densai::is_request(head);
    match format {
        Format::Csv if !xml && !records => Ok(Format::Csv),
        Format::Xml if xml => Ok(Format::Xml),
        Format::FixedLength if densai::may_begin(first) => Ok(Format::FixedLength),
        Format::Unknown if records => Ok(Format::FixedLength),
        Format::Csv if records => wrong(
            Code::Type,
            "名前はCSVですが中身は固定長のファイルです。拡張子を .txt にしてください。",
            "the name says CSV but the content is a fixed-length file; name it .txt",
        ),
        Format::Csv => wrong(
            Code::Type,
            "名前はCSVですが中身はXMLです。拡張子を .xml にしてください。",
            "the name says CSV but the content is XML; name it .xml",
        ),
        Format::Xml => wrong(
            Code::Type,
            "名前はXMLですが中身はXMLではありません。CSVなら拡張子を .csv にしてください。",
            "the name says XML but the content is not; if it is CSV, name it .csv",
        ),
        Format::FixedLength => wrong(
            Code::Type,
            "名前は固定長のファイルですが、ヘッダーレコードで始まっていません。CSVなら拡張子を .csv に、\
             XMLなら .xml にしてください。",
            "the name says fixed-length but the file does not begin with a header record; name CSV \
             .csv and XML .xml",
        ),
        Format::Xlsx => wrong(
            Code::Type,
            "Excelのブックはここでは読めません。CSVで保存し直してください。",
            "workbooks are not read here; save it as CSV",
        ),
        Format::Unknown => wrong(
            Code::Type,
            "受け付けられる種類は .csv と .xlsx、.xml、固定長(集信1)の .txt と .dat です。\
             どれかで保存し直してください。",
            "only .csv, .xlsx, .xml and fixed-length .txt or .dat files are taken in; save it as \
             one of them",
        ),
    }
}

/// An error of the whole file.
fn file_finding(code: Code, line: u32, value: String, ja: &str, en: &str) -> Finding {
    let (ja, en) = (ja.to_owned(), en.to_owned());
    let severity = Severity::Error;
    let (record, column, bytes, reference, field) = (0, 0, None, None, None);
    Finding { record, line, column, bytes, reference, field, code, severity, value, ja, en }
}

/// A header name as people would type it, for messages: 支払期日 (due_date).
fn both_names(field: Field) -> String {
    format!("{} ({})", field.japanese(), field.name())
}

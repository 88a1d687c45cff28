//! `kessai inspect`: decoding and rules alone, on any file, as on a given day.

use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use serde::Serialize;

use super::outcome::{self, Error, Outcome};
use super::scans::ChildScans;
use super::workbooks::ChildWorkbooks;
use super::{cli, layout, profile};
use crate::domain::AcceptPolicy;
use crate::domain::profile::Profile;
use crate::domain::rules::RuleSettings;
use crate::domain::{
    BankCalendar, Customers, Date, Finding, RecordNumber, ScanPage, Seen, Workbook, WorkbookFlaw,
};
use crate::formats::densai::RequestLayout;
use crate::formats::scan::{self, Kind};
use crate::formats::{self, FileReport, Format, Intake, NoSink, RowSink, workbook};
use crate::ports::{Blob as _, Scans as _, Workbooks as _};
use crate::store::Nameless;

/// A file of requests, and what it is judged by.
#[derive(Debug, clap::Args)]
pub(super) struct Source {
    /// 調べるファイル / the file
    file: PathBuf,
    /// 受付日 / the business day of receipt; today if not given
    #[arg(long, value_parser = cli::parse_date)]
    on: Option<Date>,
    /// 集信1の項目表 / the layout of bulk request files; the built-in one if not given
    #[arg(long)]
    layout: Option<PathBuf>,
    /// 休業日の追加 / the operator's calendar file
    #[arg(long)]
    calendar: Option<PathBuf>,
}

/// Arguments of `inspect`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// 変換表(ほかのシステムの列から作るとき) / a profile, for files of other systems
    #[arg(long = "profile")]
    profiles: Vec<PathBuf>,
    /// チャネル / the channel
    #[arg(long, default_value = "customers")]
    channel: String,
    /// フォルダー名(利用者番号か支店番号。画像では不要) / the folder: a user number or a branch code
    #[arg(long)]
    submitter: Option<String>,
    /// 受付の単位 / what one error rejects
    #[arg(long, value_enum, default_value = "file")]
    policy: Policy,
    /// JSONで出す / answer in JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Policy {
    /// The whole file.
    File,
    /// The record.
    Record,
}

/// The answer in JSON.
#[derive(Serialize)]
struct Answer<'a> {
    format: &'static str,
    encoding: &'static str,
    records: u32,
    accepted: u32,
    rejected: u32,
    verdict: &'static str,
    findings: &'a [Finding],
}

/// The answer about a picture in JSON.
#[derive(Serialize)]
struct PictureAnswer<'a> {
    format: &'static str,
    pages: Vec<PageAnswer<'a>>,
    findings: &'a [Finding],
}

/// A page of it.
#[derive(Serialize)]
struct PageAnswer<'a> {
    width: u32,
    height: u32,
    dpi: (u32, u32),
    rows_read: u32,
    damaged: &'a [(u32, u32)],
    blank: bool,
    marks: &'a [String],
    /// Why it cannot be shown.
    hidden: Option<String>,
}

impl<'a> PageAnswer<'a> {
    fn of(page: &'a ScanPage) -> Self {
        let &ScanPage { width, height, dpi, rows_read, .. } = page;
        let blank = page.seen == Seen::Nothing;
        let hidden = page.hidden().map(ToString::to_string);
        let (damaged, marks) = (&*page.damaged, &*page.marks);
        Self { width, height, dpi, rows_read, damaged, blank, marks, hidden }
    }
}

impl Source {
    /// The layout bulk request files are read and written by.
    pub(super) fn layout(&self) -> Result<RequestLayout, Error> {
        self.layout.as_deref().map_or_else(|| Ok(RequestLayout::shipped().clone()), layout::own)
    }

    /// What kind of picture the file is, or is named as, if it is one.
    fn picture(&self) -> Result<Option<Kind>, Error> {
        let world = |cause| Error::world("cannot read", &self.file, cause);
        let file = File::open(&self.file).map_err(world)?;
        // What comes through a pipe can be read only once.
        if !file.metadata().map_err(world)?.is_file() {
            return Ok(None);
        }
        let mut head = Vec::new();
        file.take(16).read_to_end(&mut head).map_err(world)?;
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        Ok(scan::sniff(&head).or_else(|| Kind::of_name(&name)))
    }

    /// Reads the file as if it lay in the folder of a channel; rows without an error go to `sink`.
    pub(super) fn read(
        &self,
        folder: (&str, &str),
        layout: &RequestLayout,
        sink: &mut dyn RowSink,
    ) -> Result<FileReport, Error> {
        self.read_by(&[], (folder, layout), sink)
    }

    /// The same, where it may be another system's file.
    pub(super) fn read_by(
        &self,
        profiles: &[Profile],
        ((channel, submitter), layout): ((&str, &str), &RequestLayout),
        sink: &mut dyn RowSink,
    ) -> Result<FileReport, Error> {
        let calendar = match &self.calendar {
            None => BankCalendar::japan(),
            Some(path) => own_calendar(path)?,
        };
        let world = |cause| Error::world("cannot read", &self.file, cause);
        let mut file = File::open(&self.file).map_err(world)?;
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let intake = Intake {
            channel,
            submitter,
            also: &[],
            on: self.on.unwrap_or_else(cli::today),
            calendar: &calendar,
            settings: RuleSettings::default(),
            file_name: &name,
            known: &|_, _| None,
            claims: &|_: RecordNumber| None,
            customers: &Customers::default(),
            layout,
            profiles,
            takes: &|_| true,
            promised: formats::Promised::default(),
            operates: &|_, _| true,
            scratch: Some(&scratch),
        };
        if Format::of_name(&name) != Format::Xlsx {
            return formats::read(&mut file, &intake, sink).map_err(world);
        }
        match read_book(file).map_err(world)? {
            Ok(book) => formats::read_workbook(&book, &intake, sink).map_err(world),
            Err(flaw) => formats::unread(workbook::finding(&flaw), &intake).map_err(world),
        }
    }

    /// The file, and the day it is judged as of.
    pub(super) fn place(&self) -> (&Path, Date) {
        (&self.file, self.on.unwrap_or_else(cli::today))
    }
}

/// Room on the disk for temporary files.
fn scratch() -> io::Result<Box<dyn formats::Scratch>> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("kessai-{}-{number}", std::process::id());
    Ok(Box::new(Spare(Nameless::new(&std::env::temp_dir().join(name))?)))
}

/// A nameless file as the reader of requests asks for it.
struct Spare(Nameless);

impl Write for Spare {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl formats::Scratch for Spare {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.0.read_at(offset, buffer)
    }
}

/// The workbook in a file, read by a child.
pub(super) fn read_book(file: File) -> io::Result<Result<Workbook, WorkbookFlaw>> {
    let most = u64::try_from(workbook::BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(ChildWorkbooks::default().read(&bytes))
}

/// Inspects a file; errors in it make [`Outcome::Findings`].
pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<Outcome, Error> {
    if let Some(kind) = args.source.picture()? {
        return picture(args, kind, out);
    }
    let Some(submitter) = args.submitter.as_deref() else {
        return Err(Error::Usage(
            "a file of requests is judged as one of a folder: add --submitter / \
             請求のファイルは、--submitter でフォルダーを指定してください"
                .to_owned(),
        ));
    };
    let folder = (args.channel.as_str(), submitter);
    let profiles: Result<Vec<Profile>, Error> =
        args.profiles.iter().map(|path| profile::own(path, Path::new("."))).collect();
    let layout = args.source.layout()?;
    let report = args.source.read_by(&profiles?, (folder, &layout), &mut NoSink)?;
    let policy = match args.policy {
        Policy::File => AcceptPolicy::File,
        Policy::Record => AcceptPolicy::Record,
    };
    if args.json {
        outcome::write_json(out, &answer(&report, policy))?;
    } else {
        tell(&report, policy, out)?;
    }
    let clean = report.finding_counts.errors == 0;
    Ok(if clean { Outcome::Well } else { Outcome::Findings })
}

/// Inspects a picture; exit code 1 comes with one of which no page can be read.
fn picture(args: &Args, kind: Kind, out: &mut dyn Write) -> Result<Outcome, Error> {
    let path = &args.source.file;
    let world = |cause| Error::world("cannot read", path, cause);
    let most = u64::try_from(scan::BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    File::open(path).map_err(world)?.take(most).read_to_end(&mut bytes).map_err(world)?;
    let read = ChildScans::default().read(&bytes);
    let findings: Vec<Finding> = read.as_ref().err().map(scan::finding).into_iter().collect();
    let pages = read.map(|scan| scan.pages).unwrap_or_default();
    if args.json {
        let told = pages.iter().map(PageAnswer::of).collect();
        let answer = PictureAnswer { format: kind.name(), pages: told, findings: &findings };
        outcome::write_json(out, &answer)?;
    } else {
        tell_pages(kind, &pages, out)?;
        for Finding { code, ja, en, .. } in &findings {
            writeln!(out, "[エラー {code}] ファイル全体\n  {ja}\n  {}", printable(en))?;
        }
    }
    Ok(if findings.is_empty() { Outcome::Well } else { Outcome::Findings })
}

/// Each page, with what is damaged and what its QR codes say.
fn tell_pages(kind: Kind, pages: &[ScanPage], out: &mut dyn Write) -> Result<(), Error> {
    if !pages.is_empty() {
        writeln!(out, "形式: {}、{}ページ", kind.name(), pages.len())?;
    }
    for (number, page) in (1..).zip(pages) {
        if let Some(flaw) = page.hidden() {
            let why = printable(flaw.japanese());
            writeln!(
                out,
                "{number}ページ目: ここに表示できません（{why}）。元のファイルを開いてください"
            )?;
            continue;
        }
        let ScanPage { width, height, rows_read, .. } = page;
        write!(
            out,
            "{number}ページ目: 幅{width}ドット、{height}行のうち{rows_read}行を読みました"
        )?;
        match page.dpi {
            (0, 0) => writeln!(out)?,
            (across, down) => writeln!(out, "({across}×{down}dpi)")?,
        }
        if page.seen == Seen::Nothing {
            writeln!(out, "  白紙です")?;
        }
        let run = |(first, last): &(u32, u32)| match last - first {
            0 => first.to_string(),
            _ => format!("{first}〜{last}"),
        };
        if !page.damaged.is_empty() {
            let runs: Vec<String> = page.damaged.iter().map(run).collect();
            writeln!(out, "  壊れた行: {}", runs.join("、"))?;
        }
        for mark in &page.marks {
            writeln!(out, "  QR: {}", printable(mark))?;
        }
    }
    Ok(())
}

const fn answer(report: &FileReport, policy: AcceptPolicy) -> Answer<'_> {
    Answer {
        format: report.format.name(),
        encoding: report.encoding.name(),
        records: report.records,
        accepted: report.accepted,
        rejected: report.rejected,
        verdict: report.verdict(policy).name(),
        findings: report.findings.as_slice(),
    }
}

fn tell(report: &FileReport, policy: AcceptPolicy, out: &mut dyn Write) -> Result<(), Error> {
    let verdict = match report.verdict(policy) {
        formats::Verdict::Accepted => "受け付けられます",
        formats::Verdict::Partial => "一部を受け付けられます",
        formats::Verdict::Rejected => "このままでは受け付けられません",
    };
    let FileReport { records, accepted, rejected, total, .. } = report;
    writeln!(out, "{verdict}。")?;
    writeln!(
        out,
        "明細{records}件のうち、よいもの{accepted}件(計{total}円)、直すもの{rejected}件"
    )?;
    writeln!(out, "形式: {}、文字コード: {}", report.format.name(), report.encoding.name())?;
    tell_findings(report, out)
}

/// What was found in a file, each with its place and what to write instead.
pub(super) fn tell_findings(report: &FileReport, out: &mut dyn Write) -> Result<(), Error> {
    for finding in &report.findings {
        let (severity, code) = (finding.severity.japanese(), finding.code);
        let place = place(finding, report.format);
        writeln!(out, "\n[{severity} {code}] {place}")?;
        if !finding.value.is_empty() {
            writeln!(out, "  値: {}", printable(&finding.value))?;
        }
        writeln!(out, "  {}\n  {}", printable(&finding.ja), printable(&finding.en))?;
    }
    if !report.findings.is_empty() {
        writeln!(out, "\nコードの説明は `kessai explain D07` のように出せます。")?;
    }
    Ok(())
}

/// The place as people see it: `3行目 D列「支払期日」`, `レコード3、22〜30バイト目「…」`.
fn place(finding: &Finding, format: Format) -> String {
    if let Some(bytes) = &finding.bytes {
        return bytes.to_string();
    }
    let mut place = match finding.line {
        0 => "ファイル全体".to_owned(),
        line if format == Format::FixedLength => format!("レコード{line}"),
        line => format!("{line}行目"),
    };
    let column = match (finding.column, format) {
        (0, _) => String::new(),
        (column, Format::Xml) => format!(" {column}文字目"),
        (column, Format::Csv | Format::Xlsx | Format::FixedLength | Format::Unknown) => {
            format!(" {}列", formats::column_letters(column))
        }
    };
    place.push_str(&column);
    for part in finding.field.iter().flat_map(|field| ["「", field.japanese(), "」"]) {
        place.push_str(part);
    }
    place
}

/// A terminal must not obey what stands in a file.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_bidi(c) { '\u{fffd}' } else { c }).collect()
}

const fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn own_calendar(path: &std::path::Path) -> Result<BankCalendar, Error> {
    let what = format!("cannot read {}", path.display());
    let text = File::open(path).and_then(std::io::read_to_string);
    let text = text.map_err(|cause| Error::World { what, cause })?;
    BankCalendar::with_overrides(&text).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Error::Usage(lines.join("\n"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_in_a_spreadsheet() {
        assert_eq!(
            [1, 26, 27, 52, 703].map(formats::column_letters),
            ["A", "Z", "AA", "AZ", "AAA"]
        );
    }
}

//! `kessai layout`: tables of fixed-length files held against what is needed of them, shown, and
//! request files of one form made into another.

use std::fs::File;
use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};

use super::commands::Io;
use super::inspect::{self, Source};
use super::outcome::{Error, Outcome};
use super::root::Root;
use super::tables::{KNOWN, Known, in_file};
use crate::domain::{RecordRequest, Severity};
use crate::formats::RowSink;
use crate::formats::densai::{RequestLayout, write_requests};
use crate::formats::layout::{FieldType, Layout, Newline, PlacedFinding, Presence, RecordKind};
use crate::render::requests::{cells, text};
use crate::workflow::{Mistake, decoded, show_mistakes};

/// `kessai layout …`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// 項目表の誤りを行とともにすべて示す / every mistake of a layout at once, with its line
    Check(Check),
    /// 項目表を表にして示す / the fields of a layout with their bytes
    Show(Show),
    /// 請求のファイルをほかの形にする / a request file in another form; to stdout
    Convert(Convert),
}

/// Arguments of `layout check`.
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// 項目表のファイル / the layout
    file: PathBuf,
    /// どの項目表か(ファイル名が違うとき) / which layout it is, if its name does not say so
    #[arg(long = "as", value_parser = known)]
    name: Option<Known>,
}

/// Arguments of `layout show`.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// 項目表の名前(例: densai_request_v1) / the layout
    #[arg(value_parser = known)]
    name: Known,
    /// 作業フォルダ(ここの項目表を見る) / the root folder whose layout is shown
    #[arg(long)]
    root: Option<PathBuf>,
}

/// Arguments of `layout convert`.
#[derive(Debug, clap::Args)]
pub(super) struct Convert {
    #[command(flatten)]
    source: Source,
    /// 作る形 / the form to make
    #[arg(long, value_enum)]
    to: Form,
    /// レコードの間に改行(CRLF)を入れる / newlines between the records
    #[arg(long)]
    lines: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// A CSV, UTF-8.
    Csv,
    /// 集信1, JIS.
    FixedLength,
}

/// Runs a command about layouts.
pub(super) fn run(command: &Command, io: &mut Io<'_>) -> Result<Outcome, Error> {
    match command {
        Command::Check(args) => check(args, io),
        Command::Show(args) => show(args, io),
        Command::Convert(args) => convert(args, io),
    }
}

/// The layout of this name, with or without its folder and ending.
fn known(name: &str) -> Result<Known, String> {
    KNOWN.into_iter().find(|known| known.name() == stem(Path::new(name))).ok_or_else(|| {
        let names = KNOWN.map(|known| known.name()).join(" / ");
        format!("no such layout; there are {names}")
    })
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The request layout in a file; errs with its mistakes as they are shown to people.
pub(super) fn own(path: &Path) -> Result<RequestLayout, Error> {
    let text = read(path)?;
    RequestLayout::load(&text).map_err(|found| {
        let mistakes: Vec<Mistake> =
            found.into_iter().map(|one| in_file(&path.to_string_lossy(), one)).collect();
        Error::Usage(show_mistakes(&mistakes, &|_| Some(text.clone())))
    })
}

fn read(path: &Path) -> Result<String, Error> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
    read.map_err(|cause| Error::world("cannot read", path, cause))?;
    Ok(decoded(&bytes))
}

fn check(args: &Check, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let known = match args.name {
        Some(known) => known,
        None => known(&stem(&args.file)).map_err(|words| {
            Error::Usage(format!(
                "{words}; say which with --as / --as でどの項目表かを示してください"
            ))
        })?,
    };
    let text = read(&args.file)?;
    let name = args.file.to_string_lossy();
    match (known.load)(&text) {
        Ok(layout) => {
            let fields = RecordKind::ALL.map(|kind| layout.fields(kind).len());
            let (count, len) = (fields.iter().sum::<usize>(), layout.record_len());
            writeln!(io.out, "{name}: 誤りはありません（{len}バイト、{count}項目）。")?;
            Ok(Outcome::Well)
        }
        Err(found) => {
            let mistakes: Vec<Mistake> = found.into_iter().map(|one| in_file(&name, one)).collect();
            io.out.write_all(show_mistakes(&mistakes, &|_| Some(text.clone())).as_bytes())?;
            writeln!(io.out, "{} 件の誤りがあります。", mistakes.len())?;
            Ok(Outcome::Findings)
        }
    }
}

fn show(args: &Show, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let Known { path, shipped, load } = args.name;
    let own = match &args.root {
        Some(root) => Root::new(root).text(path)?,
        None => None,
    };
    let from = if own.is_some() { path } else { "組込み / built in" };
    let text = own.unwrap_or_else(|| shipped.to_owned());
    let layout = load(&text).map_err(|found| {
        let mistakes: Vec<Mistake> = found.into_iter().map(|one| in_file(path, one)).collect();
        Error::Usage(show_mistakes(&mistakes, &|_| Some(text.clone())))
    })?;
    writeln!(io.out, "{}（1件{}バイト、{from}）", args.name.name(), layout.record_len())?;
    writeln!(io.out, "status V: 公表資料で確かめた項目、I: 当方の読み / our own reading\n")?;
    table(&layout, io.out)
}

/// The fields as a table; bytes count from 1, as banks' tables have them.
fn table(layout: &Layout, out: &mut dyn Write) -> Result<Outcome, Error> {
    writeln!(out, "record   bytes    offset length type required status name")?;
    for kind in RecordKind::ALL {
        for field in layout.fields(kind) {
            let bytes = format!("{}-{}", field.offset + 1, field.offset + field.length);
            let holds = match field.kind {
                FieldType::Number => "N",
                FieldType::Text => "C",
            };
            let required = match field.presence {
                Presence::Required => "R",
                Presence::Optional => "O",
            };
            writeln!(
                out,
                "{:<8} {bytes:<8} {:>6} {:>6} {holds:<4} {required:<8} {:<6} {} {}",
                kind.name(),
                field.offset,
                field.length,
                field.status.name(),
                field.name_ja,
                field.name_en,
            )?;
        }
    }
    Ok(Outcome::Well)
}

/// Keeps the requests of a file.
#[derive(Default)]
pub(super) struct Kept(pub(super) Vec<RecordRequest>);

impl RowSink for Kept {
    fn accepted(&mut self, _: u32, _: u32, request: &RecordRequest, _: u64) {
        self.0.push(request.clone());
    }
}

/// Writes the whole file in the other form or, with an error in it, nothing.
fn convert(args: &Convert, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let layout = args.source.layout()?;
    let mut kept = Kept::default();
    // Whose folder it would lie in is no matter here.
    let report = args.source.read(("", ""), &layout, &mut kept)?;
    inspect::tell_findings(&report, io.talk)?;
    if report.finding_counts.errors > 0 {
        return Ok(Outcome::Findings);
    }
    match args.to {
        Form::Csv => io.out.write_all(text(kept.0.iter().map(cells)).as_bytes())?,
        Form::FixedLength => {
            let newline = if args.lines { Newline::CrLf } else { Newline::None };
            let (bytes, told) = match write_requests(&kept.0, &layout, newline) {
                Ok(written) => written,
                Err(found) => (Vec::new(), found),
            };
            for one in &told {
                writeln!(io.talk, "[{}] {one}", one.severity.japanese())?;
            }
            if told.iter().any(|one: &PlacedFinding| one.severity == Severity::Error) {
                return Ok(Outcome::Findings);
            }
            io.out.write_all(&bytes)?;
        }
    }
    Ok(Outcome::Well)
}

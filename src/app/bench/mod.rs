//! `kessai bench`: how fast the product is on this machine, each figure beside the floor measured
//! in the same run.

mod books;
mod cast;
mod claims;
mod engine;
mod fees;
mod floor;
mod mails;
mod pages;
mod post;
mod scans;
mod tls;
mod work;
mod year;

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::outcome::{Error, Outcome, write_json};
use crate::workflow::Unit;

/// Arguments of `kessai bench`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 何を測るか / what to measure
    what: What,
    /// 件数 / how many records
    #[arg(long, default_value_t = 10_000)]
    records: u32,
    /// お客様の数（fees は 10,000、year は 200） / how many customers
    #[arg(long)]
    customers: Option<u32>,
    /// 請求の数（year） / how many requests
    #[arg(long, default_value_t = 20_000)]
    requests: u64,
    /// 乱数の種（year）。同じ種なら同じ一年 / the same seed, the same year
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// 書面もすべて作る（year） / draws every paper, too
    #[arg(long)]
    papers: bool,
    /// 一件をファイルとするか行とするか / whether a file or a record is a case
    #[arg(long, value_enum, default_value_t = UnitArg::Record)]
    unit: UnitArg,
    /// 一ファイルの行数（intake） / rows in each file; all in one without it
    #[arg(long)]
    file_rows: Option<u32>,
    /// 測るのに使うフォルダの置き場所（中の物には触れない） / where to make the folder to work in
    #[arg(long)]
    dir: Option<PathBuf>,
    /// JSON で出す / as JSON
    #[arg(long)]
    json: bool,
}

/// What to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum What {
    /// From the kept bytes to durable, visible cases; how fast each form of a file is read alone.
    Intake,
    /// Decisions, by 32 callers and one by one.
    Approve,
    /// From the last decision to receipt, mail and clearing file, all synced.
    Complete,
    /// From the dropped file to its answer.
    Answer,
    /// The rules alone: reading and proving them, and deciding by them.
    Engine,
    /// A thousand lines out of one batch of all records.
    Split,
    /// Look-ups in the register of claims, and its filling.
    Claims,
    /// Mails composed and signed, beside the same mails without a signature; and sent.
    Mails,
    /// Connections to the pages: TLS handshakes, beside plain ones.
    Tls,
    /// Logins, case pages and decisions by 32 browsers, with and without the password's hash.
    Pages,
    /// The fees of a month: bills, statements, mails and the debit file.
    Fees,
    /// FAX pages read into dots, and their QR codes; a twentieth as many pages as records.
    Scans,
    /// A simulated year, balanced at every day's end.
    Year,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum UnitArg {
    /// Each record.
    Record,
    /// The whole file.
    File,
}

/// One measured figure with its floor.
#[derive(Debug, Clone, Serialize)]
struct Figure {
    /// What was measured.
    name: String,
    /// How many.
    count: u64,
    /// Seconds for all of them.
    seconds: f64,
    /// How many a second.
    per_second: f64,
    /// Milliseconds at the 50th, 99th percentile, where each was timed.
    #[serde(skip_serializing_if = "Option::is_none")]
    p50_p99_ms: Option<[f64; 2]>,
    /// Microseconds of CPU for each.
    cpu_us_each: f64,
    /// The floor: what it was, how many a second, and how many times faster it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<Floor>,
}

/// A floor measured in the same run.
#[derive(Debug, Clone, Serialize)]
struct Floor {
    name: String,
    per_second: f64,
    ratio: f64,
}

/// What a run measured.
#[derive(Debug, Serialize)]
struct Report {
    records: u32,
    unit: Unit,
    figures: Vec<Figure>,
    peak_rss_mib: f64,
}

/// Runs `kessai bench`.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<Outcome, Error> {
    if args.what == What::Year {
        let (requests, seed, papers) = (args.requests, args.seed, args.papers);
        let customers = args.customers.unwrap_or(200);
        return year::run(year::Size { customers, requests, seed, papers }, args.json, out);
    }
    // A folder of its own, whatever lies beside it: only what the run made is removed.
    let place = args.dir.clone().unwrap_or_else(std::env::temp_dir);
    let dir = place.join(format!("kessai-bench-{}", std::process::id()));
    let whole = args.unit == UnitArg::File || args.what == What::Split;
    let unit = if whole { Unit::File } else { Unit::Record };
    let figures = measured(args, &dir, unit);
    if dir.exists() {
        std::fs::remove_dir_all(&dir)
            .map_err(|cause| Error::world("cannot remove", &dir, cause))?;
    }
    let report = Report {
        records: args.records,
        unit,
        figures: figures?,
        peak_rss_mib: floor::peak_rss_mib(),
    };
    if args.json {
        write_json(out, &report)?;
        return Ok(Outcome::Well);
    }
    for figure in &report.figures {
        let Figure { name, count, seconds, per_second, cpu_us_each, .. } = figure;
        write!(
            out,
            "{name}: {count} in {seconds:.3} s = {per_second:.0}/s, {cpu_us_each:.1} µs CPU each"
        )?;
        if let Some([p50, p99]) = figure.p50_p99_ms {
            write!(out, ", p50 {p50:.2} ms, p99 {p99:.2} ms")?;
        }
        writeln!(out)?;
        if let Some(Floor { name, per_second, ratio }) = &figure.floor {
            writeln!(out, "  floor {name}: {per_second:.0}/s, {ratio:.2} times as fast")?;
        }
    }
    writeln!(out, "peak RSS {:.1} MiB", report.peak_rss_mib)?;
    Ok(Outcome::Well)
}

/// Measures what was asked for, in a folder of its own.
fn measured(args: &Args, dir: &Path, unit: Unit) -> Result<Vec<Figure>, Error> {
    if args.what == What::Fees {
        return fees::fees(dir, args.customers.unwrap_or(10_000));
    }
    if args.what == What::Scans {
        return scans::scans(args.records / 20);
    }
    let bench = work::Bench::new(dir, unit)?;
    match args.what {
        What::Intake => bench.intake(args.records, args.file_rows.unwrap_or(args.records)),
        What::Approve => bench.approve(args.records),
        What::Complete => bench.complete(args.records),
        What::Answer => bench.answer(args.records),
        What::Engine => engine::engine(dir, args.records),
        What::Split => bench.split(args.records),
        What::Claims => bench.claims(args.records),
        What::Mails => bench.mails(args.records),
        What::Tls => bench.tls(args.records),
        What::Pages => bench.pages(args.records),
        What::Fees | What::Scans | What::Year => Ok(Vec::new()),
    }
}

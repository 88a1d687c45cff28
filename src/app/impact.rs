//! `kessai impact FLOW`: what another definition would have done to past cases.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::Date;
use crate::service::{Desk, NoDefinition};
use crate::workflow::{Definition, Source, decoded, load_with_tables, show_mistakes};

use super::cli::parse_date;
use super::commands::{Io, Query, put};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response};
use super::root::{Root, World};

/// Arguments of `kessai impact`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 流れの ID / the flow's id, e.g. accrual
    flow: String,
    #[command(flatten)]
    query: Query,
    /// 変える前の定義のハッシュ（8桁以上）。なければ、いま施行中の定義 / from; default in force
    #[arg(long)]
    from: Option<String>,
    /// 変えた後の定義のハッシュ（8桁以上）、または流れ（.yaml）か判断表（.csv）のファイル / hash or file
    #[arg(long)]
    to: String,
    /// この日以降の案件（なければ一年前から） / cases since; default a year ago
    #[arg(long, value_parser = parse_date)]
    since: Option<Date>,
}

/// What is asked of the store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Asked {
    flow: String,
    from: Option<String>,
    to: To,
    since: Option<Date>,
    json: bool,
}

/// The definition to change to.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum To {
    /// By the beginning of its hash.
    Hash(String),
    /// A flow that is not in force, with the tables beside it.
    Flow { file: String, text: String, tables: BTreeMap<String, String> },
    /// A table of the flow in force.
    Table { file: String, text: String },
}

/// Runs `kessai impact`.
pub(super) fn run(args: &Args, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let asked = Asked {
        flow: args.flow.clone(),
        from: args.from.clone(),
        to: to(args)?,
        since: args.since,
        json: args.query.json,
    };
    put(&args.query.at, world, &Request::Impact(asked), io)
}

fn to(args: &Args) -> Result<To, Error> {
    let path = Path::new(&args.to);
    let ending = path.extension().and_then(|ending| ending.to_str());
    if !matches!(ending, Some("yaml" | "csv")) {
        return Ok(To::Hash(args.to.clone()));
    }
    let read = |path: &Path| {
        std::fs::read(path)
            .map(|bytes| decoded(&bytes))
            .map_err(|c| Error::world("cannot read", path, c))
    };
    let (file, text) = (path.display().to_string(), read(path)?);
    if ending == Some("csv") {
        return Ok(To::Table { file, text });
    }
    let root = Root::new(&args.query.at.root);
    let tables = root.files()?.into_iter().filter_map(|(name, bytes)| {
        let table = name.strip_prefix("workflows/tables/")?;
        Some((table.to_owned(), decoded(&bytes)))
    });
    Ok(To::Flow { file, text, tables: tables.collect() })
}

/// Answers a request for an impact.
pub(super) fn answer(desk: &Desk, asked: &Asked) -> Response {
    let (from, to) = match definitions(desk, asked) {
        Ok(both) => both,
        Err(refused) => return refused,
    };
    let since = asked.since.unwrap_or_else(|| desk.year_ago());
    let impact = desk.impact(&from, &to, since);
    if asked.json {
        let json = serde_json::to_string(&impact).unwrap_or_default();
        return Response::out(json + "\n");
    }
    Response::out(impact.japanese().join("\n") + "\n")
}

fn definitions(desk: &Desk, asked: &Asked) -> Result<(Arc<Definition>, Arc<Definition>), Response> {
    let rules = desk.rulebook();
    let in_force = rules.flow(&asked.flow, desk.clock.now().date());
    let Some(in_force) = in_force.map(|flow| Arc::clone(&flow.definition)) else {
        return Err(Response::unknown(&asked.flow));
    };
    let by = |prefix: &str| by_prefix(desk, &asked.flow, prefix);
    let from = asked.from.as_deref().map_or_else(|| Ok(Arc::clone(&in_force)), by)?;
    let to = match &asked.to {
        To::Hash(prefix) => by(prefix)?,
        To::Flow { file, text, tables } => loaded(file, text, tables)?,
        To::Table { file, text } => {
            let Source { text: flow, mut tables, .. } = in_force.source.clone();
            let name = PathBuf::from(file);
            let name = name.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if tables.insert(name.clone(), text.clone()).is_none() {
                let ja = format!("流れ「{}」は判断表「{name}」を使っていません。", asked.flow);
                return Err(Response::refused(
                    &ja,
                    &format!("`{}` has no table {name}", asked.flow),
                ));
            }
            loaded(file, &flow, &tables)?
        }
    };
    if to.id != asked.flow {
        let ja = format!("このファイルは流れ「{}」のものです。", to.id);
        return Err(Response::refused(&ja, &format!("this is flow `{}`", to.id)));
    }
    Ok((from, to))
}

/// A definition by the beginning of its hash.
pub(super) fn by_prefix(
    desk: &Desk,
    flow: &str,
    prefix: &str,
) -> Result<Arc<Definition>, Response> {
    desk.definition_by_prefix(flow, prefix).map_err(|why| {
        let (ja, en) = match why {
            NoDefinition::TooShort => (
                "ハッシュは16進数で8桁以上を書いてください。",
                "write at least eight hexadecimal digits of the hash",
            ),
            NoDefinition::Unknown => ("という定義はありません。", "is no definition of this flow"),
            NoDefinition::Several => (
                "で始まる定義が二つ以上あります。桁を増やしてください。",
                "is more than one definition",
            ),
        };
        Response::refused(&format!("「{prefix}」{ja}"), &format!("`{prefix}`: {en}"))
    })
}

fn loaded(
    file: &str,
    text: &str,
    tables: &BTreeMap<String, String>,
) -> Result<Arc<Definition>, Response> {
    load_with_tables(file, text, tables).map(Arc::new).map_err(|mistakes| {
        let source = |name: &str| {
            let table = name.strip_prefix("workflows/tables/").and_then(|name| tables.get(name));
            Some(table.map_or(text, String::as_str).to_owned())
        };
        Response::findings(show_mistakes(&mistakes, &source))
    })
}

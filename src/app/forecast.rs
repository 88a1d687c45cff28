//! `kessai forecast`: which waiting cases cannot be staffed before their deadline.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::Directory;
use crate::service::Desk;
use crate::workflow::{load_directory, show_mistakes};

use super::commands::{Io, Query, put};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response};
use super::root::{Root, World};
use super::show::json;
use crate::workflow::decoded;

/// Arguments of `kessai forecast`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    query: Query,
    /// 何日先までか / how many days ahead
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=366))]
    days: u16,
    /// まだ使っていない people.csv で見る / by a people.csv that is not in force yet
    #[arg(long)]
    directory: Option<PathBuf>,
    /// まだ使っていない branches.csv で見る / by a branches.csv that is not in force yet
    #[arg(long)]
    branches: Option<PathBuf>,
}

/// A forecast that is asked for, with the texts of files that are not in force yet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Asked {
    days: u16,
    people: Option<String>,
    branches: Option<String>,
    json: bool,
}

const PEOPLE: &str = "workflows/directory/people.csv";
const BRANCHES: &str = "workflows/directory/branches.csv";

/// Runs `kessai forecast`; findings when a case cannot be staffed.
pub(super) fn run(args: &Args, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let root = Root::new(&args.query.at.root);
    let read = |path: &PathBuf| {
        let bytes = std::fs::read(path).map_err(|cause| Error::world("cannot read", path, cause));
        bytes.map(|bytes| decoded(&bytes))
    };
    let mut people = args.directory.as_ref().map(read).transpose()?;
    let mut branches = args.branches.as_ref().map(read).transpose()?;
    if people.is_some() || branches.is_some() {
        // The other file stays as it is.
        people = people.or(root.text(PEOPLE)?);
        branches = branches.or(root.text(BRANCHES)?);
        if let Err(mistakes) = directory(people.as_deref(), branches.as_deref()) {
            let text = |file: &str| if file == PEOPLE { people.clone() } else { branches.clone() };
            io.out.write_all(show_mistakes(&mistakes, &text).as_bytes())?;
            return Ok(Outcome::Findings);
        }
    }
    let asked = Asked { days: args.days, people, branches, json: args.query.json };
    put(&args.query.at, world, &Request::Forecast(asked), io)
}

fn directory(
    people: Option<&str>,
    branches: Option<&str>,
) -> Result<Directory, Vec<crate::workflow::Mistake>> {
    load_directory(people.map(|text| (PEOPLE, text)), branches.map(|text| (BRANCHES, text)))
}

/// Answers a forecast.
pub(super) fn execute(desk: &Desk, asked: &Asked) -> Response {
    let given = asked.people.is_some() || asked.branches.is_some();
    let other = || directory(asked.people.as_deref(), asked.branches.as_deref()).ok();
    let forecast = desk.forecast(asked.days, given.then(other).flatten());
    let findings = Outcome::Findings.code();
    let code = if forecast.shortfalls.is_empty() { Outcome::Well.code() } else { findings };
    if asked.json {
        return Response { code, ..Response::out(json(&forecast)) };
    }
    let mut text = String::new();
    for item in &forecast.shortfalls {
        writeln!(text, "{} {}（{}）", item.case, item.title, item.step).ok();
        writeln!(text, "  {}", item.sentence).ok();
        for day in &item.days {
            let seats: Vec<String> = day
                .seats
                .iter()
                .map(|(title, people)| match people.as_slice() {
                    [] => format!("{title}: なし"),
                    people => format!("{title}: {}", people.join("・")),
                })
                .collect();
            writeln!(text, "    {}  {}", day.day, seats.join("  ")).ok();
        }
    }
    if !forecast.unregistered.is_empty() {
        let people = forecast.unregistered.join("、");
        writeln!(text, "まだ登録（kessai user add）されていない方: {people}").ok();
    }
    let (cases, until) = (forecast.cases, &forecast.until);
    match forecast.shortfalls.len() {
        0 => writeln!(text, "{until} までが期限の {cases} 件は、すべて承認者がそろいます。"),
        short => writeln!(
            text,
            "{until} までが期限の {cases} 件のうち、{short} 件で承認者が足りません。"
        ),
    }
    .ok();
    Response { code, ..Response::out(text) }
}

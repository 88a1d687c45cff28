//! `kessai outage list`: the outages that were declared, those in force first.

use crate::domain::Timestamp;
use crate::service::{Desk, OutageTold};

use super::commands::{Io, Query, put};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response};
use super::root::World;
use super::show::{json, table};

/// `kessai outage …`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// 障害の宣言の一覧（続いているもの、済んだもの） / those in force and those that are over
    List(Query),
}

/// Runs `kessai outage`.
pub(super) fn run(command: &Command, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let Command::List(args) = command;
    put(&args.at, world, &Request::Outages { json: args.json }, io)
}

/// Answers what is asked.
pub(super) fn execute(desk: &Desk, as_json: bool) -> Response {
    let mut all = desk.outages();
    if as_json {
        return Response::out(json(&all));
    }
    all.sort_by_key(|one| !one.in_force);
    let title = ["宣言の申請番号", "状態", "範囲", "開始", "終了", "理由", "決めた人"];
    let mut rows = vec![title.map(str::to_owned)];
    rows.extend(all.into_iter().map(|one| {
        let OutageTold { case, region, reason, in_force, declared_by, ended_by, record, .. } = one;
        let outage = record.outage;
        let is_to_come = desk.clock.now() < outage.from;
        let state = match (in_force, is_to_come) {
            (true, _) => "障害中",
            (false, true) => "予定",
            (false, false) => "終了",
        };
        let until = outage.until.map_or_else(|| "未定".to_owned(), Timestamp::japanese);
        let by = declared_by.into_iter().chain(ended_by).collect::<Vec<_>>().join("・");
        [case, state.to_owned(), region, outage.from.japanese(), until, reason, by]
    }));
    Response::out(table(&rows))
}

//! `kessai search`: records by date, amount and counterparty, as a table, CSV or JSON.

use serde::{Deserialize, Serialize};

use crate::domain::{Date, RecordNumber, RequestKind, UserNumber, YenTotal, rules::normalise};
use crate::service::{Desk, Found, Query};
use crate::workflow::Status;

use super::cli::parse_date;
use super::commands::{At, Io, Ranges, put};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response};
use super::root::World;
use super::show::{json, table};
use super::template::parse_kind;

/// Arguments of `kessai search`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    at: At,
    #[command(flatten)]
    asked: Asked,
}

/// What is looked for, and how it is shown. Everything given must fit.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize)]
pub(super) struct Asked {
    /// 受付日がこの日以後 / received on this day or later
    #[arg(long, value_parser = parse_date)]
    from: Option<Date>,
    /// 受付日がこの日以前 / received on this day or earlier
    #[arg(long, value_parser = parse_date)]
    to: Option<Date>,
    /// 記録請求日がこの日以後 / with a record date on this day or later
    #[arg(long, value_parser = parse_date)]
    record_from: Option<Date>,
    /// 記録請求日がこの日以前 / with a record date on this day or earlier
    #[arg(long, value_parser = parse_date)]
    record_to: Option<Date>,
    #[command(flatten)]
    ranges: Ranges,
    /// 請求者か相手の利用者番号 / the user number of either side
    #[arg(long)]
    party: Option<String>,
    /// 記録番号 / the record number of the claim
    #[arg(long)]
    number: Option<String>,
    /// この請求種別だけ / only of this kind
    #[arg(long, value_parser = parse_kind)]
    kind: Option<RequestKind>,
    /// 名前（カナ・台帳の名称）・Ref・コメントの一部 / a part of a name, the reference or the comment
    #[arg(long)]
    text: Option<String>,
    /// この状態だけ / only in this status
    #[arg(long)]
    status: Option<String>,
    /// CSV で出す（UTF-8、BOM付き） / as CSV in UTF-8 with a byte order mark
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// JSON で出す / as JSON
    #[arg(long)]
    json: bool,
}

/// Most records of one answer.
const FOUND_MAX: usize = 100_000;

/// Runs `kessai search`.
pub(super) fn run(args: &Args, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    put(&args.at, world, &Request::Search(Box::new(args.asked.clone())), io)
}

/// Answers what is asked.
pub(super) fn execute(desk: &Desk, asked: &Asked) -> Response {
    let query = match query(asked) {
        Ok(query) => query,
        Err(wrong) => return Response::unknown(&wrong),
    };
    match desk.search(&query, None, FOUND_MAX) {
        Ok(found) if asked.json => Response::out(json(&found.iter().map(row).collect::<Vec<_>>())),
        Ok(found) if asked.csv => Response::out(Found::csv(&found)),
        Ok(found) => Response::out(shown(&found)),
        Err(failed) => Response::refused("保存した明細が読めません。", &failed.to_string()),
    }
}

/// The query, or the value that is none.
fn query(asked: &Asked) -> Result<Query, String> {
    let party = match &asked.party {
        None => None,
        Some(text) => Some(UserNumber::parse(text).map_err(|_| text.clone())?),
    };
    let number = match &asked.number {
        None => None,
        Some(text) => Some(RecordNumber::parse(text).map_err(|_| text.clone())?),
    };
    let status = match &asked.status {
        None => None,
        Some(name) => {
            let found = Status::ALL.into_iter().find(|status| status.name() == name);
            Some(found.ok_or_else(|| name.clone())?)
        }
    };
    Ok(Query {
        submitter: None,
        received: (asked.from, asked.to),
        recorded: (asked.record_from, asked.record_to),
        due: asked.ranges.due(),
        amount: asked.ranges.amount(),
        party,
        number,
        kind: asked.kind,
        // Names are kept in half-width kana.
        words: asked.text.as_ref().map(|text| normalise(text).0.into_owned()),
        status,
    })
}

/// A record in JSON; the same as in the CSV.
#[derive(Debug, Serialize)]
struct Row {
    receipt_no: String,
    received_on: String,
    submitter_name: String,
    case: String,
    record: u32,
    status: &'static str,
    kind: &'static str,
    record_number: String,
    requester: String,
    counterparty: String,
    counterparty_name: String,
    amount: Option<u64>,
    record_date: String,
    due_date: String,
    reference: String,
}

fn row(found: &Found) -> Row {
    let request = &found.request;
    Row {
        receipt_no: found.receipt.to_string(),
        received_on: found.received.date().to_string(),
        submitter_name: found.submitter.clone(),
        case: found.case.to_string(),
        record: found.record,
        status: found.status.name(),
        kind: request.kind.name(),
        record_number: request.record_number.map(|it| it.to_string()).unwrap_or_default(),
        requester: request.requester.user_number.to_string(),
        counterparty: request
            .other_side()
            .map(|other| other.user_number.to_string())
            .unwrap_or_default(),
        counterparty_name: request.counterparty_name_kana.clone(),
        amount: request.amount.map(crate::domain::Yen::get),
        record_date: request.record_date.to_string(),
        due_date: request.due_date.map(|day| day.to_string()).unwrap_or_default(),
        reference: request.requester_ref.clone(),
    }
}

fn shown(found: &[Found]) -> String {
    let wanted = [0, 1, 4, 5, 6, 9, 10, 11, 13];
    let mut rows = vec![wanted.map(|at| Found::HEADINGS[at].to_owned())];
    let mut sum = YenTotal::default();
    for one in found {
        sum = sum.plus(one.request.amount);
        let all = one.cells();
        let mut short = wanted.map(|at| all[at].clone());
        short[7] = one.request.amount.map(|yen| yen.to_string()).unwrap_or_default();
        rows.push(short);
    }
    format!("{}{}件 {sum}円\n", table(&rows), found.len())
}

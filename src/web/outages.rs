//! The page of declared outages, for the bank's people: those in force, those that are over, and
//! the form that declares one or its end. For customers it does not exist.

use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use crate::service::OutageTold;
use crate::workflow::{load_outage, outage_sheet};

use super::case::Asked;
use super::form::{Filled, Problem, text};
use super::hand_in::{FormTicket, Handed, hand_in, handed, mistaken, submitted};
use super::search::for_bank;
use super::session::Visitor;
use super::shown::{moment, typed};
use super::state::Web;

/// Outages that are over on the page, the newest; all are told by `kessai outage list`.
const PAST_MAX: usize = 50;
/// What the sheet is called where files are listed.
const NAME: &str = "障害の宣言.csv";

/// `GET /outages`.
pub(super) async fn page(
    state: State<Arc<Web>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    for_bank(state, &headers, asked, |web, visitor, asked| {
        let handed = handed(web, visitor, asked);
        shown(web, StatusCode::OK, visitor, (handed, None), &Filled::new())
    })
    .await
}

/// `POST /outages`.
pub(super) async fn submit(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    form: Result<Form<Filled>, FormRejection>,
) -> Response {
    submitted(web, &headers, form, (declare, shown)).await
}

/// Hands in what a form declares; answers where that leads.
fn declare(web: &Web, visitor: &Visitor, form: &Filled) -> Result<String, Problem> {
    let ends = text(form, "what") == "終了";
    let cells = if ends {
        ["終了", "", "", "", text(form, "until"), text(form, "declared_in")]
    } else {
        ["宣言", text(form, "region"), text(form, "from"), text(form, "reason"), "", ""]
    };
    let note = format!("画面から {} {}", visitor.person.id, web.desk.clock.now());
    let sheet = outage_sheet(cells, &note);
    load_outage(NAME, &sheet).map_err(mistaken)?;
    let receipt = hand_in(web, visitor, form, (NAME, &sheet))?;
    Ok(format!("/outages?receipt={receipt}"))
}

#[derive(Serialize)]
struct OutagesPage {
    problem: Option<String>,
    handed: Option<Handed>,
    form: FormTicket,
    again: Again,
    open: Vec<Item>,
    past: Vec<Item>,
}

/// What had been filled in when it was refused, or what is likely.
#[derive(Serialize)]
struct Again {
    region: String,
    from: String,
    reason: String,
    until: String,
}

#[derive(Serialize)]
struct Item {
    case: String,
    region: String,
    reason: String,
    from: String,
    until: Option<String>,
    in_force: bool,
    declared_by: String,
    declared_at: String,
    end_case: Option<String>,
    ended_by: String,
}

fn shown(
    web: &Web,
    status: StatusCode,
    visitor: &Visitor,
    (handed, problem): (Option<Handed>, Option<String>),
    form: &Filled,
) -> Response {
    let now = typed(web.desk.clock.now());
    let kept = |name: &str, likely: &str| match text(form, name) {
        "" => likely.to_owned(),
        text => text.to_owned(),
    };
    let again = Again {
        region: kept("region", ""),
        from: kept("from", &now),
        reason: kept("reason", ""),
        until: kept("until", &now),
    };
    let (past, open): (Vec<_>, Vec<_>) =
        web.desk.outages().into_iter().partition(|one| one.end_case.is_some() && !one.in_force);
    let page = OutagesPage {
        problem,
        handed,
        form: FormTicket::new(web, visitor),
        again,
        open: open.into_iter().map(item).collect(),
        past: past.into_iter().take(PAST_MAX).map(item).collect(),
    };
    web.page(status, "outages", Some(visitor), &page)
}

fn item(told: OutageTold) -> Item {
    let OutageTold { case, reason, in_force, declared_by, end_case, ended_by, record, .. } = told;
    Item {
        case,
        region: record.outage.region.japanese(),
        reason,
        from: moment(record.outage.from),
        until: record.outage.until.map(moment),
        in_force,
        declared_by: declared_by.join("・"),
        declared_at: moment(record.at),
        end_case,
        ended_by: ended_by.join("・"),
    }
}

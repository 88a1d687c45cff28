//! What waits for somebody of the bank to look at it, what to do, and the form that asks what is to
//! become of what is stuck. For customers it does not exist.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use crate::domain::CaseId;
use crate::service::IncidentTold;
use crate::workflow::{StuckDeed, load_resends, resend_sheet};

use super::case::Asked;
use super::form::{Filled, Problem, text, wrong};
use super::hand_in::{FormTicket, Handed, hand_in, handed, mistaken, submitted};
use super::search::for_bank;
use super::session::Visitor;
use super::shown::moment;
use super::state::Web;

/// Incidents on the page, the first; `kessai status` tells all.
const SHOWN_MAX: usize = 200;
/// What the sheet is called where files are listed.
const NAME: &str = "再送の届出.csv";
/// Before the name of what is stuck, the field in which its deed is chosen.
const DEED: &str = "deed:";

/// `GET /incidents`.
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

/// `POST /incidents`.
pub(super) async fn submit(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    form: Result<Form<Filled>, FormRejection>,
) -> Response {
    submitted(web, &headers, form, (ask, shown)).await
}

/// Hands in what a form asks for; answers where that leads.
fn ask(web: &Web, visitor: &Visitor, form: &Filled) -> Result<String, Problem> {
    let chosen = form.iter().filter_map(|(field, deed)| {
        let name = field.strip_prefix(DEED)?;
        (!deed.is_empty()).then_some((name, deed.as_str()))
    });
    let rows: Vec<(&str, &str)> = chosen.collect();
    if rows.is_empty() {
        return Err(wrong("扱いが一つも選ばれていません。一つ選んでください。"));
    }
    let note = format!("画面から {} {}", visitor.person.id, web.desk.clock.now());
    let sheet = resend_sheet(&rows, text(form, "reason"), &note);
    load_resends(NAME, &sheet).map_err(mistaken)?;
    let receipt = hand_in(web, visitor, form, (NAME, &sheet))?;
    Ok(format!("/incidents?receipt={receipt}"))
}

#[derive(Serialize)]
struct IncidentsPage {
    problem: Option<String>,
    handed: Option<Handed>,
    form: FormTicket,
    /// Whether something can be chosen for one of those shown.
    asks: bool,
    /// What had been typed when it was refused.
    reason: String,
    count: usize,
    /// How many are not shown.
    left: usize,
    shown: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    what: String,
    whom: String,
    since: Option<String>,
    why: String,
    remedy: String,
    name: String,
    case: Option<String>,
    /// What may be asked for; nothing while `decided_in` waits.
    deeds: Vec<Choice>,
    /// Whether it is a held file, which can be seen beside the first one.
    held: bool,
    /// The case in which two people decide already.
    decided_in: Option<String>,
}

/// What may become of something, and whether it was chosen.
#[derive(Serialize)]
struct Choice {
    deed: &'static str,
    /// What it comes to.
    means: &'static str,
    chosen: bool,
}

fn shown(
    web: &Web,
    status: StatusCode,
    visitor: &Visitor,
    (handed, problem): (Option<Handed>, Option<String>),
    form: &Filled,
) -> Response {
    let all = web.desk.incidents_for(&visitor.person);
    let under_way = web.desk.resends_under_way();
    let count = all.len();
    let shown = all.into_iter().take(SHOWN_MAX).map(|one| item(one, &under_way, form));
    let shown: Vec<Item> = shown.collect();
    let page = IncidentsPage {
        problem,
        handed,
        form: FormTicket::new(web, visitor),
        asks: shown.iter().any(|one| !one.deeds.is_empty()),
        reason: text(form, "reason").to_owned(),
        count,
        left: count.saturating_sub(SHOWN_MAX),
        shown,
    };
    web.page(status, "incidents", Some(visitor), &page)
}

fn item(told: IncidentTold, under_way: &BTreeMap<String, CaseId>, form: &Filled) -> Item {
    let IncidentTold { what, whom, since, why, remedy, name, case, deeds } = told;
    let decided_in = under_way.get(&name).map(CaseId::to_string);
    let chosen = text(form, &format!("{DEED}{name}"));
    let is_held = deeds.contains(&StuckDeed::Release);
    let choice = |deed: &StuckDeed| {
        let means = match deed {
            StuckDeed::Resend => "同じものをもう一度出す",
            StuckDeed::Release => "別の請求として受け付ける",
            StuckDeed::Done if is_held => "同じ請求とし、受け付けない",
            StuckDeed::Done => "届いたもの、ほかの方法でお伝えしたものとする",
        };
        let deed = deed.japanese();
        Choice { deed, means, chosen: deed == chosen }
    };
    let open = deeds.iter().filter(|_| decided_in.is_none());
    let deeds = open.map(choice).collect();
    let (since, case) = (since.map(moment), case.map(|case| case.to_string()));
    Item { what, whom, since, why, remedy, name, case, deeds, held: is_held, decided_in }
}

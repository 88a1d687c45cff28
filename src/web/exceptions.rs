//! 異例扱い, for the bank's people: what came on paper, and what is still to be done about it after
//! the approval. For customers the page does not exist.

use std::str::FromStr as _;
use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use tracing::error;

use crate::domain::{CaseId, Organisation};
use crate::render::names;
use crate::service::{ExceptionTold, MeetError, ObligationTold};

use super::case::Asked;
use super::form::{Filled, own, text};
use super::pages::{download, see_other};
use super::search::for_bank;
use super::session::Visitor;
use super::shown::moment;
use super::state::Web;

/// Requests on the page, the newest; all are in the file.
const SHOWN_MAX: usize = 100;

/// `GET /exceptions`.
pub(super) async fn page(
    state: State<Arc<Web>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    for_bank(state, &headers, asked, |web, visitor, asked| {
        let done = asked.get("done").is_some_and(|word| word == "met");
        shown(web, StatusCode::OK, visitor, &Said { done, ..Said::default() })
    })
    .await
}

/// `GET /exceptions.csv`: the whole register for a spreadsheet.
pub(super) async fn csv(
    state: State<Arc<Web>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    for_bank(state, &headers, asked, |web, visitor, _| {
        let name = names::exceptions_csv(web.desk.clock.now().date());
        let all = web.desk.exceptions(&visitor.person);
        download(&name, ExceptionTold::csv(&all).into_bytes())
    })
    .await
}

/// `POST /exceptions`: something was done.
pub(super) async fn submit(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    form: Result<Form<Filled>, FormRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let form = match own(&web, &visitor, form) {
        Ok(form) => form,
        Err(answer) => return *answer,
    };
    web.run(move |web| match visitor.person.organisation {
        Organisation::Branch(_) => met(web, &visitor, &form),
        Organisation::Customer(_) => web.message(StatusCode::NOT_FOUND),
    })
    .await
}

fn met(web: &Web, visitor: &Visitor, form: &Filled) -> Response {
    let (case, id) = (text(form, "case"), text(form, "id"));
    let note = text(form, "note");
    let done = CaseId::from_str(case)
        .map_err(|_| MeetError::Unknown)
        .and_then(|case| web.desk.meet(&visitor.person, (case, id), note));
    match done {
        Ok(()) => see_other("/exceptions?done=met"),
        Err(MeetError::Unknown) => web.message(StatusCode::NOT_FOUND),
        Err(MeetError::Store(failed)) => {
            error!(case, error = %failed, "what was done could not be kept");
            web.message(StatusCode::SERVICE_UNAVAILABLE)
        }
        Err(refused) => {
            let problem = Some(problem(&refused).to_owned());
            let typed = (format!("{case}/{id}"), note.to_owned());
            let said = Said { problem, typed, done: false };
            shown(web, StatusCode::UNPROCESSABLE_ENTITY, visitor, &said)
        }
    }
}

const fn problem(refused: &MeetError) -> &'static str {
    match refused {
        MeetError::NotYours => "担当の方にお願いしてください。",
        MeetError::Done => "すでに済んでいます。",
        MeetError::Note => "どのように済ませたかを、200文字までで入れてください。",
        MeetError::Unknown | MeetError::Store(_) => "ただいま受け付けられません。",
    }
}

/// What the page says of the last form.
#[derive(Default)]
struct Said {
    done: bool,
    problem: Option<String>,
    /// For which one something was typed, and what.
    typed: (String, String),
}

#[derive(Serialize)]
struct ExceptionsPage {
    done: bool,
    problem: Option<String>,
    /// What is to be done, the earliest first.
    open: Vec<Open>,
    all: Vec<Item>,
    /// How many more there are in the file.
    left: usize,
}

#[derive(Serialize)]
struct Open {
    case: String,
    id: String,
    title: String,
    customer: String,
    name: String,
    owner: String,
    due: String,
    days_late: i64,
    mine: bool,
    /// What had been typed when it was refused.
    note: String,
}

#[derive(Serialize)]
struct Item {
    case: String,
    received: String,
    customer: String,
    name: String,
    status: &'static str,
    made_sure: Vec<String>,
    readers: String,
    approvers: String,
    done: Vec<String>,
}

fn shown(web: &Web, status: StatusCode, visitor: &Visitor, said: &Said) -> Response {
    let all = web.desk.exceptions(&visitor.person);
    let owed = all.iter().flat_map(|one| one.obligations.iter().map(move |owed| (one, owed)));
    let mut owed: Vec<_> = owed.filter(|(_, owed)| owed.met.is_none()).collect();
    owed.sort_by_key(|(_, owed)| owed.due);
    let page = ExceptionsPage {
        done: said.done,
        problem: said.problem.clone(),
        open: owed.into_iter().map(|(one, owed)| open(one, owed, said)).collect(),
        all: all.iter().take(SHOWN_MAX).map(item).collect(),
        left: all.len().saturating_sub(SHOWN_MAX),
    };
    web.page(status, "exceptions", Some(visitor), &page)
}

fn open(one: &ExceptionTold, owed: &ObligationTold, said: &Said) -> Open {
    let (named, note) = &said.typed;
    let is_meant = *named == format!("{}/{}", one.case, owed.id);
    Open {
        case: one.case.to_string(),
        id: owed.id.clone(),
        title: owed.title.clone(),
        customer: one.customer.clone(),
        name: one.name.clone(),
        owner: owed.owner.clone(),
        due: moment(owed.due),
        days_late: owed.days_late,
        mine: owed.mine,
        note: if is_meant { note.clone() } else { String::new() },
    }
}

fn item(one: &ExceptionTold) -> Item {
    let done = one.obligations.iter().filter_map(|owed| {
        let (by, at, note) = owed.met.as_ref()?;
        Some(format!("{}　{} {by}さん　{note}", owed.title, moment(*at)))
    });
    Item {
        case: one.case.to_string(),
        received: moment(one.received),
        customer: one.customer.clone(),
        name: one.name.clone(),
        status: one.status,
        made_sure: one.made_sure.clone(),
        readers: one.readers.join("・"),
        approvers: one.approvers.join("・"),
        done: done.collect(),
    }
}

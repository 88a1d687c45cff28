//! The page on which a clerk opens a paper that was handed in over the counter and not scanned. For
//! customers there is none.

use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use tracing::error;

use crate::domain::{Organisation, SHEETS_MAX, UserNumber, read_moment};
use crate::service::{CounterError, CounterPaper};

use super::case::Asked;
use super::form::{Filled, Problem, own, text, wrong};
use super::pages::{see_other, sentence};
use super::seal::same;
use super::search::for_bank;
use super::session::Visitor;
use super::shown::typed;
use super::state::Web;

/// `GET /keying/counter`, with the number of a customer where one is known.
pub(super) async fn page(
    state: State<Arc<Web>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    for_bank(state, &headers, asked, |web, visitor, asked| {
        let customer = asked.get("customer").cloned().unwrap_or_default();
        let form = Filled::from([("customer".to_owned(), customer)]);
        shown(web, StatusCode::OK, visitor, None, &form)
    })
    .await
}

/// `POST /keying/counter`.
pub(super) async fn submit(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    form: Result<Form<Filled>, FormRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    if matches!(visitor.person.organisation, Organisation::Customer(_)) {
        return web.message(StatusCode::NOT_FOUND);
    }
    let form = match own(&web, &visitor, form) {
        Ok(form) => form,
        Err(answer) => return *answer,
    };
    web.run(move |web| match open(web, &visitor, &form) {
        Ok(to) => see_other(&to),
        Err((status, problem)) => shown(web, status, &visitor, Some(problem), &form),
    })
    .await
}

/// Opens a paper; answers where it is keyed in.
fn open(web: &Web, visitor: &Visitor, form: &Filled) -> Result<String, Problem> {
    let person = &visitor.person;
    let ticket = text(form, "ticket");
    if !same(text(form, "seal"), &web.seal_intake(&person.id, ticket)) {
        return Err(told(StatusCode::FORBIDDEN));
    }
    let customer = UserNumber::parse(text(form, "customer"));
    let customer = customer.map_err(|_| wrong("利用者番号を9文字で入れてください。"))?;
    let received = read_moment(text(form, "received")).ok_or_else(|| wrong(TIME))?;
    let paper = CounterPaper {
        ticket: ticket.to_owned(),
        customer,
        sheets: text(form, "sheets").parse().unwrap_or(0),
        received,
    };
    match web.desk.open_counter_paper(person, &paper) {
        Ok(receipt) => Ok(format!("/keying/{receipt}?opened=yes")),
        Err(CounterError::NotHere) => Err(wrong(NOT_HERE)),
        Err(CounterError::Customer) => Err(wrong(
            "この利用者番号のお客様は、利用者の台帳にありません。番号を確かめてください。",
        )),
        Err(CounterError::Sheets) => {
            Err(wrong(&format!("お預かりした枚数を1から{SHEETS_MAX}までで入れてください。")))
        }
        Err(CounterError::Time) => Err(wrong(TIME)),
        Err(CounterError::Store(failed)) => {
            error!(error = %failed, "a paper of the counter could not be opened");
            Err(told(StatusCode::SERVICE_UNAVAILABLE))
        }
    }
}

const TIME: &str = "お預かりした時刻を「2026-12-01 14:50」の形で入れてください。いまより後や、31日より前にはできません。";
const NOT_HERE: &str = "窓口の書面は、書面を受け付けるお店の、入力の役割の方が受け付けます。";

fn told(status: StatusCode) -> Problem {
    (status, sentence(status).1.to_owned())
}

#[derive(Serialize)]
struct CounterPage {
    problem: Option<String>,
    /// Whether the visitor may open papers.
    may: bool,
    not_here: &'static str,
    ticket: String,
    seal: String,
    customer: String,
    /// The customer's name, where the number is known.
    name: Option<String>,
    sheets: String,
    received: String,
}

fn shown(
    web: &Web,
    status: StatusCode,
    visitor: &Visitor,
    problem: Option<String>,
    form: &Filled,
) -> Response {
    let kept = |name: &str, likely: String| match text(form, name) {
        "" => likely,
        text => text.to_owned(),
    };
    let ticket = web.desk.new_intake();
    let customer = kept("customer", String::new());
    let user = UserNumber::parse(&customer).ok();
    let customers = web.desk.store.customers();
    let page = CounterPage {
        problem,
        may: web.desk.may_open_paper(&visitor.person).is_some(),
        not_here: NOT_HERE,
        seal: web.seal_intake(&visitor.person.id, &ticket),
        ticket,
        name: user.and_then(|user| customers.get(user)).map(|one| one.name.clone()),
        customer,
        sheets: kept("sheets", "1".to_owned()),
        received: kept("received", typed(web.desk.clock.now())),
    };
    web.page(status, "counter", Some(visitor), &page)
}

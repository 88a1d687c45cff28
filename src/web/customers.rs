//! Customers and their contracts, for the people of the branch that has their desk: a list, and
//! for each a page with what is registered, the users, what is under way, and the procedures that
//! are asked for there. For everybody else they do not exist.

use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::{FormRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use tracing::error;

use crate::domain::{FormSheets, Person, UserId, UserNumber};
use crate::ports::Admission;
use crate::render::{names, pdf};
use crate::service::{ContractNews, CustomerLine, CustomerSeen, UserSeen};
use crate::workflow::{Case, UserDeed, deed_sheet, load_users};

use super::case::Asked;
use super::form::{Filled, Problem, own, text, wrong};
use super::hand_in::{FormTicket, Handed, hand_in, handed, mistaken};
use super::notices::{Line, line};
use super::pages::{download, see_other};
use super::search::for_bank;
use super::session::Visitor;
use super::state::Web;
use super::users::words;

/// Counterparties on a page; all are told by `kessai customer counterparts`.
const COUNTERPARTS_MAX: usize = 200;

/// `GET /customers`.
pub(super) async fn page(
    state: State<Arc<Web>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    for_bank(state, &headers, asked, |web, visitor, asked| {
        let words = asked.get("q").map(|words| words.trim()).unwrap_or_default();
        let page = asked.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1);
        let (found, more) = web.desk.customers_for(&visitor.person, words, page);
        let customers = found.iter().map(|one| Item::of(web, one)).collect();
        let page = CustomersPage { asked: words.to_owned(), customers, page, more };
        web.page(StatusCode::OK, "customers", Some(visitor), &page)
    })
    .await
}

/// `GET /customers/<user number>`.
pub(super) async fn one(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    user: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    web.run(move |web| match found(web, &visitor.person, user) {
        Some(found) => {
            let handed = handed(web, &visitor, &asked);
            shown(web, StatusCode::OK, &visitor, &found, (handed, None))
        }
        None => web.message(StatusCode::NOT_FOUND),
    })
    .await
}

/// `POST /customers/<user number>`: a procedure is asked for.
pub(super) async fn submit(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    user: Result<Path<String>, PathRejection>,
    form: Result<Form<Filled>, FormRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    web.run(move |web| {
        let Some(found) = found(web, &visitor.person, user) else {
            return web.message(StatusCode::NOT_FOUND);
        };
        let form = match own(web, &visitor, form) {
            Ok(form) => form,
            Err(answer) => return *answer,
        };
        match ask(web, &visitor, &found, &form) {
            Ok(to) => see_other(&to),
            Err((status, problem)) => shown(web, status, &visitor, &found, (None, Some(problem))),
        }
    })
    .await
}

/// `GET /customers/<user number>/form.pdf?sheets=3`: a new request form for the FAX.
pub(super) async fn form(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    user: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    web.run(move |web| {
        let found = found(web, &visitor.person, user);
        let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
        let sheets = asked.get("sheets").map_or("1", String::as_str);
        let Some(sheets) = FormSheets::parse(sheets) else {
            return web.message(StatusCode::BAD_REQUEST);
        };
        let view = found.and_then(|found| web.desk.request_form(found.line.user, sheets));
        let Some(view) = view else { return web.message(StatusCode::NOT_FOUND) };
        match pdf::request_form(&view) {
            Ok(form) => download(&names::fax_form_pdf(view.customer), form.bytes),
            Err(failed) => {
                error!(error = %failed, "a request form cannot be drawn");
                web.message(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    })
    .await
}

/// `GET /customers/<user number>/transfer.txt`: their counterparties as a 総合振込 file.
pub(super) async fn transfer(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    user: Result<Path<String>, PathRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    web.run(move |web| {
        let found = found(web, &visitor.person, user);
        let customers = web.desk.store.customers();
        let customer = found.and_then(|found| customers.get(found.line.user));
        let file = customer.and_then(|one| Some((one.user, web.desk.counterparts_file(one)?)));
        match file {
            Some((user, Ok(bytes))) => download(&names::transfer_text(user), bytes),
            Some((user, Err(wrong))) => {
                let error = wrong.first().map(ToString::to_string).unwrap_or_default();
                error!(customer = %user, error, "counterparties cannot be written");
                web.message(StatusCode::INTERNAL_SERVER_ERROR)
            }
            None => web.message(StatusCode::NOT_FOUND),
        }
    })
    .await
}

fn found(
    web: &Web,
    person: &Person,
    user: Result<Path<String>, PathRejection>,
) -> Option<CustomerSeen> {
    let Path(user) = user.ok()?;
    web.desk.customer_for(person, UserNumber::parse(&user).ok()?)
}

/// Hands in the sheet a form stands for; answers where that leads.
fn ask(
    web: &Web,
    visitor: &Visitor,
    found: &CustomerSeen,
    form: &Filled,
) -> Result<String, Problem> {
    let id = UserId::parse(text(form, "user")).ok();
    let seen = found.users.iter().find(|one| Some(&one.record.person.id) == id.as_ref());
    let seen = seen.ok_or_else(|| wrong("ユーザーを一覧から選んでください。"))?;
    let deed = deeds(seen).into_iter().find(|deed| deed.japanese() == text(form, "deed"));
    let deed = deed.ok_or_else(|| wrong("手続を一覧から選んでください。"))?;
    let user = &seen.record.person.id;
    let note = format!("画面から {} {}", visitor.person.id, web.desk.clock.now());
    let sheet = deed_sheet(deed, user, text(form, "identity_check"), &note);
    let name = format!("届出_{user}.csv");
    load_users(&name, &sheet).map_err(mistaken)?;
    let receipt = hand_in(web, visitor, form, (&name, &sheet))?;
    Ok(format!("/customers/{}?receipt={receipt}", found.line.user))
}

/// What can be asked for a user as they stand.
fn deeds(seen: &UserSeen) -> Vec<UserDeed> {
    if seen.admission == Admission::Suspended {
        return vec![UserDeed::Resume];
    }
    let unlock = seen.is_locked().then_some(UserDeed::Unlock);
    let all = [UserDeed::Reset, UserDeed::Certify, UserDeed::Suspend];
    unlock.into_iter().chain(all).collect()
}

#[derive(Serialize)]
struct CustomersPage {
    asked: String,
    customers: Vec<Item>,
    page: usize,
    more: bool,
}

#[derive(Serialize)]
struct Item {
    user: String,
    name: String,
    kana: String,
    desk: String,
    /// 契約中, 解約 … or 台帳なし.
    state: String,
}

impl Item {
    fn of(web: &Web, one: &CustomerLine) -> Self {
        let today = web.desk.clock.now().date();
        let state = match &one.contract {
            None => "契約の登録なし".to_owned(),
            Some((_, Some(last))) if *last < today => format!("解約（{}）", last.japanese()),
            Some((_, Some(last))) => format!("契約中（{} に解約）", last.japanese()),
            Some((kind, None)) => format!("契約中（{}）", kind.japanese()),
        };
        let (user, desk) = (one.user.to_string(), one.desk.to_string());
        Self { user, name: one.name.clone(), kana: one.kana.clone(), desk, state }
    }
}

#[derive(Serialize)]
struct CustomerPage {
    item: Item,
    problem: Option<String>,
    handed: Option<Handed>,
    form: FormTicket,
    /// Whether the visitor may open papers of the counter.
    counter: bool,
    /// The contract as it is registered; empty where none is.
    facts: Vec<(&'static str, String)>,
    outage: Option<String>,
    counterparts: Vec<Counterparty>,
    counterparts_left: usize,
    users: Vec<User>,
    cases: Vec<CaseLine>,
    more: bool,
    news: Vec<ContractNews>,
    notices: Vec<Line>,
}

#[derive(Serialize)]
struct Counterparty {
    account: String,
    name: String,
}

#[derive(Serialize)]
struct User {
    id: String,
    name: String,
    is_master: bool,
    roles: Vec<String>,
    email: String,
    states: Vec<String>,
    deeds: Vec<&'static str>,
}

#[derive(Serialize)]
struct CaseLine {
    case: String,
    title: String,
    status: &'static str,
    mark: &'static str,
    file: String,
}

fn shown(
    web: &Web,
    status: StatusCode,
    visitor: &Visitor,
    found: &CustomerSeen,
    (handed, problem): (Option<Handed>, Option<String>),
) -> Response {
    let CustomerSeen { line: customer, contract, users, cases, more } = found;
    let contract = contract.as_ref();
    let counterparts = contract.map(|one| one.counterparts.as_slice()).unwrap_or_default();
    let ids: Vec<UserId> = users.iter().map(|one| one.record.person.id.clone()).collect();
    let page = CustomerPage {
        item: Item::of(web, customer),
        problem,
        handed,
        form: FormTicket::new(web, visitor),
        counter: web.desk.may_open_paper(&visitor.person).is_some(),
        facts: contract.map(crate::domain::Customer::lines).unwrap_or_default(),
        outage: web.desk.outage_of(customer.user),
        counterparts_left: counterparts.len().saturating_sub(COUNTERPARTS_MAX),
        counterparts: counterparts
            .iter()
            .take(COUNTERPARTS_MAX)
            .map(|one| Counterparty { account: one.account.written(), name: one.name_kana.clone() })
            .collect(),
        users: users.iter().map(user).collect(),
        cases: cases.iter().map(|case| case_line(web, case)).collect(),
        more: *more,
        news: web.desk.contract_news(customer.user),
        notices: web
            .desk
            .notices_of_customer(customer.user, &ids)
            .into_iter()
            .map(|one| line(one, true))
            .collect(),
    };
    web.page(status, "customer", Some(visitor), &page)
}

fn user(seen: &UserSeen) -> User {
    let person = &seen.record.person;
    User {
        id: person.id.to_string(),
        name: person.name.clone(),
        is_master: person.is_master(),
        roles: words(&person.roles),
        email: person.email.clone(),
        states: seen.states.clone(),
        deeds: deeds(seen).into_iter().map(UserDeed::japanese).collect(),
    }
}

fn case_line(web: &Web, case: &Case) -> CaseLine {
    let file = web.desk.store.file(case.file.receipt).map(|file| file.name);
    let title = web.desk.definition_of(case).map(|flow| flow.title.clone());
    CaseLine {
        case: case.head.id.to_string(),
        title: title.unwrap_or_default(),
        status: case.head.status.japanese(),
        mark: case.head.status.name(),
        file: file.unwrap_or_default(),
    }
}

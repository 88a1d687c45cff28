//! Finding records, for the bank's people: on the page, as a CSV, and on paper with the history.
//!
//! Everybody finds only what is in cases they may see. For customers the page does not exist.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use tracing::error;

use crate::domain::rules::normalise;
use crate::domain::{CaseId, Date, Organisation, RecordNumber, RequestKind, UserNumber, YenTotal};
use crate::render::names;
use crate::render::pdf::act_word;
use crate::service::{Found, Query as Wanted};
use crate::workflow::Status;

use super::case::Asked;
use super::pages::{download, see_other};
use super::session::Visitor;
use super::shown;
use super::state::Web;

/// Most records on a page.
const PAGE_MAX: usize = 500;
/// Most records in a file.
const FILE_MAX: usize = 100_000;

/// `GET /search`: the form, and what it finds once something is asked.
pub(super) async fn page(
    state: State<Arc<Web>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    for_bank(state, &headers, asked, search_page).await
}

/// `GET /search.csv`: the same records for a spreadsheet.
pub(super) async fn csv(
    state: State<Arc<Web>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    for_bank(state, &headers, asked, |web, visitor, asked| {
        // What cannot be read is told on the page.
        let Ok(wanted) = wanted(asked) else { return search_page(web, visitor, asked) };
        match web.desk.search(&wanted, Some(&visitor.person), FILE_MAX) {
            Ok(found) => {
                let name = names::search_csv(web.desk.clock.now().date());
                download(&name, Found::csv(&found).into_bytes())
            }
            Err(failed) => unreadable(web, &failed),
        }
    })
    .await
}

/// Answers the bank's people; for customers the page does not exist.
pub(super) async fn for_bank(
    State(web): State<Arc<Web>>,
    headers: &HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
    answer: fn(&Web, &Visitor, &Asked) -> Response,
) -> Response {
    let Some(visitor) = web.visitor(headers) else { return see_other("/login") };
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    web.run(move |web| match visitor.person.organisation {
        Organisation::Branch(_) => answer(web, &visitor, &asked),
        Organisation::Customer(_) => web.message(StatusCode::NOT_FOUND),
    })
    .await
}

fn unreadable(web: &Web, failed: &dyn std::error::Error) -> Response {
    error!(error = %failed, "rows cannot be read");
    web.message(StatusCode::SERVICE_UNAVAILABLE)
}

#[derive(Default, Serialize)]
struct SearchPage {
    fields: Vec<Field>,
    choices: Vec<Choice>,
    problem: Option<&'static str>,
    /// What was asked, for the paper.
    conditions: Vec<Condition>,
    searched: bool,
    print: bool,
    at: String,
    count: usize,
    total: String,
    more: bool,
    rows: Vec<Row>,
    histories: Vec<History>,
}

/// A field that is typed.
#[derive(Serialize)]
struct Field {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    /// `date`, `numeric` or `text`.
    shape: &'static str,
    value: String,
}

/// A field that is chosen from a list.
#[derive(Serialize)]
struct Choice {
    name: &'static str,
    label: &'static str,
    offers: Vec<Offer>,
}

/// A field that is not blank.
#[derive(Serialize)]
struct Condition {
    label: &'static str,
    value: String,
}

/// A value to choose.
#[derive(Serialize)]
struct Offer {
    value: String,
    name: &'static str,
    chosen: bool,
}

#[derive(Serialize)]
struct Row {
    case: String,
    record: u32,
    received: String,
    submitter: String,
    state: &'static str,
    kind: &'static str,
    number: String,
    name: String,
    user: String,
    amount: Option<String>,
    record_date: String,
    due: String,
}

/// What happened to a case.
#[derive(Serialize)]
struct History {
    case: String,
    acts: Vec<Act>,
}

#[derive(Serialize)]
struct Act {
    at: String,
    what: String,
    seat: String,
    name: String,
    organisation: String,
    comment: String,
}

/// The fields that are typed: name, what people call it, a hint, and its shape.
const FIELDS: [(&str, &str, &str, &str); 8] = [
    ("from", "受付日（から）", "", "date"),
    ("to", "受付日（まで）", "", "date"),
    ("record_from", "記録請求日（から）", "", "date"),
    ("record_to", "記録請求日（まで）", "", "date"),
    ("amount_from", "金額（から・円）", "", "numeric"),
    ("amount_to", "金額（まで・円）", "", "numeric"),
    ("party", "相手・請求者", "利用者番号、または名前の一部（カナか台帳の名称）", "text"),
    ("number", "記録番号", "20桁", "text"),
];

fn search_page(web: &Web, visitor: &Visitor, asked: &Asked) -> Response {
    let fields = FIELDS.into_iter().map(|(name, label, hint, shape)| {
        let value = text(asked, name).to_owned();
        Field { name, label, hint, shape, value }
    });
    let (fields, choices): (Vec<Field>, _) = (fields.collect(), choices(asked));
    let page = SearchPage {
        conditions: conditions(&fields, &choices),
        fields,
        choices,
        print: asked.contains_key("print"),
        at: shown::moment(web.desk.clock.now()),
        ..SearchPage::default()
    };
    let page = match wanted(asked) {
        // Nothing was asked yet.
        _ if asked.is_empty() => page,
        Err(problem) => SearchPage { problem: Some(problem), ..page },
        Ok(wanted) => match web.desk.search(&wanted, Some(&visitor.person), PAGE_MAX + 1) {
            Ok(found) => results(web, page, found),
            Err(failed) => return unreadable(web, &failed),
        },
    };
    let answer =
        if page.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    web.page(answer, "search", Some(visitor), &page)
}

fn results(web: &Web, page: SearchPage, mut found: Vec<Found>) -> SearchPage {
    let more = found.len() > PAGE_MAX;
    found.truncate(PAGE_MAX);
    let total = found.iter().fold(YenTotal::default(), |sum, one| sum.plus(one.request.amount));
    let mut cases: Vec<CaseId> = found.iter().map(|one| one.case).collect();
    cases.sort_unstable();
    cases.dedup();
    let histories = if page.print { cases } else { Vec::new() };
    SearchPage {
        searched: true,
        count: found.len(),
        total: total.to_string(),
        more,
        histories: histories.into_iter().filter_map(|id| history(web, id)).collect(),
        rows: found.into_iter().map(row).collect(),
        ..page
    }
}

fn row(found: Found) -> Row {
    let other = found.request.other_side().map(|other| other.user_number.to_string());
    let request = found.request;
    Row {
        case: found.case.to_string(),
        record: found.record,
        received: found.received.date().to_string(),
        submitter: found.submitter,
        state: found.status.japanese(),
        kind: request.kind.japanese(),
        number: request.record_number.map(|number| number.to_string()).unwrap_or_default(),
        name: request.counterparty_name_kana,
        user: other.unwrap_or_default(),
        amount: request.amount.map(|amount| YenTotal::new(amount.get()).to_string()),
        record_date: request.record_date.to_string(),
        due: request.due_date.map(|day| day.to_string()).unwrap_or_default(),
    }
}

fn history(web: &Web, id: CaseId) -> Option<History> {
    let rules = web.desk.rulebook();
    let acts = web.desk.history(&web.desk.store.case(id)?).into_iter();
    let acts = acts.map(|act| Act {
        at: shown::moment(act.at),
        what: act_word(&rules.answers.words, act.act).to_owned(),
        seat: act.seat,
        name: act.name,
        organisation: act.organisation,
        comment: act.comment,
    });
    Some(History { case: id.to_string(), acts: acts.collect() })
}

fn text<'a>(asked: &'a Asked, name: &str) -> &'a str {
    asked.get(name).map_or("", |text| text.trim())
}

fn choices(asked: &Asked) -> Vec<Choice> {
    let offers = |name, all: Vec<(String, &'static str)>| {
        let chosen = text(asked, name);
        let offer = |(value, name): (String, _)| Offer { chosen: value == chosen, value, name };
        all.into_iter().map(offer).collect()
    };
    let kinds = RequestKind::ALL.map(|kind| (kind.code().to_string(), kind.japanese()));
    let states = Status::ALL.map(|status| (status.name().to_owned(), status.japanese()));
    [("kind", "請求の種類", kinds.to_vec()), ("state", "状態", states.to_vec())]
        .into_iter()
        .map(|(name, label, all)| Choice { name, label, offers: offers(name, all) })
        .collect()
}

fn conditions(fields: &[Field], choices: &[Choice]) -> Vec<Condition> {
    let typed = fields.iter().map(|field| (field.label, field.value.clone()));
    let chosen = choices.iter().flat_map(|choice| {
        let chosen = choice.offers.iter().filter(|offer| offer.chosen);
        chosen.map(|offer| (choice.label, offer.name.to_owned()))
    });
    typed
        .chain(chosen)
        .filter(|(_, value)| !value.is_empty())
        .map(|(label, value)| Condition { label, value })
        .collect()
}

/// The query, or what cannot be read of it.
fn wanted(asked: &Asked) -> Result<Wanted, &'static str> {
    let day = |name: &str| match text(asked, name) {
        "" => Ok(None),
        day => Date::parse(day).map(Some).map_err(|_| "日付は 2026-12-01 の形で入れてください。"),
    };
    let party = text(asked, "party");
    let user = UserNumber::parse(party).ok();
    let number = match text(asked, "number") {
        "" => None,
        number => Some(
            RecordNumber::parse(&number.to_ascii_uppercase())
                .map_err(|_| "記録番号は半角の数字と英大文字で20桁です。")?,
        ),
    };
    let wanted = Wanted {
        submitter: None,
        received: (day("from")?, day("to")?),
        recorded: (day("record_from")?, day("record_to")?),
        due: (None, None),
        amount: (yen(asked, "amount_from")?, yen(asked, "amount_to")?),
        party: user,
        number,
        kind: RequestKind::parse(text(asked, "kind")),
        // What is no user number is a name; names are kept in half-width kana.
        words: (user.is_none() && !party.is_empty()).then(|| normalise(party).0.into_owned()),
        status: Status::ALL.into_iter().find(|status| status.name() == text(asked, "state")),
    };
    // An empty form would find everything there ever was.
    if wanted == Wanted::default() {
        return Err("さがす条件を、一つ以上入れてください。");
    }
    Ok(wanted)
}

fn yen(asked: &Asked, name: &str) -> Result<Option<u64>, &'static str> {
    let digits: String = text(asked, name).chars().filter(|c| !matches!(c, ',' | '円')).collect();
    match digits.trim() {
        "" => Ok(None),
        digits => digits
            .parse()
            .map(Some)
            .map_err(|_| "金額は 1000000 のように半角の数字で入れてください。"),
    }
}

//! Notices: whether, when and to whom one went. Customers' people see their own; the bank's find
//! any by its number, as a caller reads it out.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use crate::domain::Organisation;
use crate::service::NoticeTold;

use super::case::Asked;
use super::pages::see_other;
use super::session::Visitor;
use super::shown::moment;
use super::state::Web;

/// `GET /notices`.
pub(super) async fn page(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    web.run(move |web| shown(web, &visitor, asked.get("number").map(String::as_str))).await
}

#[derive(Serialize)]
struct NoticesPage {
    asked: String,
    /// Whether the number that was asked for is nobody's, as far as the visitor may know.
    unknown: bool,
    found: Option<Line>,
    own: Vec<Line>,
}

/// A notice in a list.
#[derive(Serialize)]
pub(super) struct Line {
    number: String,
    title: &'static str,
    to: String,
    about: String,
    owed: String,
    state: String,
    way: String,
    why: String,
}

fn shown(web: &Web, visitor: &Visitor, asked: Option<&str>) -> Response {
    let asked = asked.map(str::trim).filter(|asked| !asked.is_empty());
    let found = asked.and_then(|asked| web.desk.notice_asked(asked, Some(&visitor.person)));
    let is_bank = matches!(visitor.person.organisation, Organisation::Branch(_));
    let own = web.desk.notices_for(&visitor.person);
    let page = NoticesPage {
        asked: asked.unwrap_or_default().to_owned(),
        unknown: asked.is_some() && found.is_none(),
        found: found.map(|one| line(one, is_bank)),
        own: own.into_iter().map(|one| line(one, is_bank)).collect(),
    };
    web.page(StatusCode::OK, "notices", Some(visitor), &page)
}

/// A notice for a page; why it has not gone is told the bank alone.
pub(super) fn line(told: NoticeTold, is_bank: bool) -> Line {
    Line {
        number: told.number,
        title: told.title,
        to: told.to,
        about: told.about,
        owed: moment(told.owed),
        state: told.state,
        // Where files lie is the bank's own business.
        way: if is_bank || !told.way.contains('/') { told.way } else { String::new() },
        why: if is_bank { told.why } else { String::new() },
    }
}

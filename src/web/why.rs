//! The page that tells why something waits, found by what a person has of it.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use super::case::Asked;
use super::pages::see_other;
use super::state::Web;

/// The longest text that is looked for, in bytes: file names are no longer.
const ASKED_MAX: usize = 255;

/// `GET /why?q=…`.
pub(super) async fn page(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let asked = asked.ok().and_then(|Query(asked)| asked.get("q").cloned()).unwrap_or_default();
    let asked = asked.trim().to_owned();
    if asked.is_empty() || asked.len() > ASKED_MAX {
        return see_other("/");
    }
    web.run(move |web| {
        let (status, found, unknown) = match web.desk.why(&asked, Some(&visitor.person)) {
            Ok(found) => (StatusCode::OK, found, None),
            Err(unknown) => (StatusCode::NOT_FOUND, Vec::new(), Some(unknown)),
        };
        let found = found
            .into_iter()
            .map(|one| Item { case: one.case.map(|case| case.to_string()), text: one.text });
        let page = WhyPage { asked, found: found.collect(), unknown };
        web.page(status, "why", Some(&visitor), &page)
    })
    .await
}

#[derive(Serialize)]
struct WhyPage {
    asked: String,
    found: Vec<Item>,
    unknown: Option<String>,
}

#[derive(Serialize)]
struct Item {
    case: Option<String>,
    text: String,
}

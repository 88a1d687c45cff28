//! What waits for somebody of the bank to look at it, and what to do. For customers it does not
//! exist.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use crate::service::IncidentTold;

use super::case::Asked;
use super::search::for_bank;
use super::shown::moment;
use super::state::Web;

/// Incidents on the page, the first; `kessai status` tells all.
const SHOWN_MAX: usize = 200;

/// `GET /incidents`.
pub(super) async fn page(state: State<Arc<Web>>, headers: HeaderMap) -> Response {
    let nothing = Ok(Query(Asked::new()));
    for_bank(state, &headers, nothing, |web, visitor, _| {
        let all = web.desk.incidents_for(&visitor.person);
        let count = all.len();
        let shown: Vec<Item> = all.into_iter().take(SHOWN_MAX).map(item).collect();
        let page = IncidentsPage { count, left: count.saturating_sub(SHOWN_MAX), shown };
        web.page(StatusCode::OK, "incidents", Some(visitor), &page)
    })
    .await
}

#[derive(Serialize)]
struct IncidentsPage {
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
}

fn item(told: IncidentTold) -> Item {
    let IncidentTold { what, whom, since, why, remedy, name, case } = told;
    let (since, case) = (since.map(moment), case.map(|case| case.to_string()));
    Item { what, whom, since, why, remedy, name, case }
}

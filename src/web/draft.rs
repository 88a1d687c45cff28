//! Request files made from a case, to download: what was not recorded, and a cancellation.
//!
//! They are for the side that submitted and the branch; the other side of a request, who may see
//! the case to consent, has nothing to hand in.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use tracing::error;

use crate::domain::{CaseId, Organisation, RecordRequest, ResultEncoding, UserNumber};
use crate::render::requests::{cells, text};
use crate::render::{names, sheet};
use crate::service::NoDraft;
use crate::workflow::{Case, Place, belongs};

use super::case::Asked;
use super::pages::{download, see_other};
use super::session::Visitor;
use super::state::Web;

/// `GET /cases/<id>/reuse.csv`.
pub(super) async fn reuse(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
) -> Response {
    drafted(web, &headers, id, |web, _, case| {
        let drafts = web.desk.reuse(case, &[])?;
        Ok((names::reuse_csv(case.head.id), drafts))
    })
    .await
}

/// `GET /cases/<id>/cancel.csv?line=<line>`.
pub(super) async fn cancel(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let line = asked.get("line").and_then(|line| line.parse().ok()).unwrap_or(0);
    drafted(web, &headers, id, move |web, visitor, case| {
        let drafts = web.desk.cancellations(case, &[line], own_requests(visitor))?;
        Ok((names::cancel_csv(case.head.id, line), drafts))
    })
    .await
}

/// Whose requests a visitor may hand in; none where a branch hands in anybody's.
pub(super) const fn own_requests(visitor: &Visitor) -> Option<UserNumber> {
    match visitor.person.organisation {
        Organisation::Customer(user) => Some(user),
        Organisation::Branch(_) => None,
    }
}

/// Whether a visitor is of those who hand in requests of a case.
pub(super) fn is_own(visitor: &Visitor, case: &Case) -> bool {
    let own = [Place::Submitter, Place::Desk];
    own.into_iter().any(|place| belongs(case, place, &visitor.person))
}

async fn drafted<F>(
    web: Arc<Web>,
    headers: &HeaderMap,
    id: Result<Path<String>, PathRejection>,
    draft: F,
) -> Response
where
    F: FnOnce(&Web, &Visitor, &Case) -> Result<(String, Vec<RecordRequest>), NoDraft>
        + Send
        + 'static,
{
    let Some(visitor) = web.visitor(headers) else { return see_other("/login") };
    let id = id.ok().and_then(|Path(id)| id.parse::<CaseId>().ok());
    web.run(move |web| {
        let case = id.and_then(|id| web.case_for(&visitor, id));
        let Some(case) = case.filter(|case| is_own(&visitor, case)) else {
            return web.message(StatusCode::NOT_FOUND);
        };
        match draft(web, &visitor, &case) {
            Ok((name, drafts)) => {
                let bytes = sheet::encoded(text(drafts.iter().map(cells)), encoding(web, &case));
                download(&name, bytes)
            }
            Err(NoDraft::Rows(failed)) => {
                error!(case = %case.head.id, error = %failed, "rows cannot be read");
                web.message(StatusCode::SERVICE_UNAVAILABLE)
            }
            Err(_) => web.message(StatusCode::NOT_FOUND),
        }
    })
    .await
}

/// How the submitter's spreadsheet expects a file.
fn encoding(web: &Web, case: &Case) -> ResultEncoding {
    let file = web.desk.store.file(case.file.receipt);
    file.map_or(ResultEncoding::default(), |file| file.submitter.encoding)
}

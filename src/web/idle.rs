//! The warning before the idle logoff: the script that shows it, and the answer to 延長する.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::login::Leave;
use super::pages::{answer, see_other};
use super::seal::same;
use super::state::Web;

const SCRIPT: &str = include_str!("../../templates/web/kessai.js");

/// `GET /kessai.js`.
pub(super) async fn script() -> Response {
    answer(StatusCode::OK, "text/javascript; charset=utf-8", SCRIPT.into())
}

/// `POST /extend`: somebody is still there. Nothing asks this by itself, so that an empty chair
/// does not stay logged in.
pub(super) async fn extend(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    form: Result<Form<Leave>, FormRejection>,
) -> Response {
    let Some(visitor) = web.newcomer(&headers) else { return see_other("/login?ended=1") };
    if !form.is_ok_and(|Form(form)| same(&form.csrf, &visitor.csrf)) {
        return web.message(StatusCode::FORBIDDEN);
    }
    answer(StatusCode::NO_CONTENT, "text/plain; charset=utf-8", "".into())
}

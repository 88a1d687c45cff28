//! The approver's pages. A handler parses, calls one use case, renders.
//!
//! TLS, or plain HTTP on loopback; no state in any GET; one script, without which everything works.
//! What a browser sends is never trusted: the session says who acts, the desk decides whether they
//! may, and the approval password is asked every time. A link in a mail leads to a page; it opens
//! nothing. Read [`router`] first.

mod about;
mod absence;
mod account;
mod case;
mod certificate;
mod counter;
mod customers;
mod change;
mod decision;
mod draft;
mod exceptions;
mod form;
mod guard;
mod idle;
mod keying;
mod limits;
mod login;
mod notices;
mod hand_in;
mod holds;
mod incidents;
mod outages;
mod pages;
mod paper_decisions;
mod papers;
mod review;
mod seal;
mod search;
mod serve;
mod sheets;
mod sidecar;
mod signs;
mod session;
mod shown;
mod state;
mod streamed;
mod submissions;
mod submit;
mod todo;
mod user_sheet;
mod users;
mod why;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};

use crate::service::Desk;

use state::Web;

pub use pages::check;
pub use serve::{ServeError, serve};

/// The longest body of a request, in bytes: a form with a reason is far shorter. Of a file that is
/// sent, what is around it.
const BODY_MAX: usize = 64 * 1024;

/// The one address a file is sent to.
const SHEET: &str = "/users/sheet";

/// What the pages need to know besides the desk.
#[derive(Debug)]
pub struct WebSettings {
    host: String,
    /// Whether browsers reach the pages over TLS, and over TLS alone.
    is_secure: bool,
}

impl WebSettings {
    /// Settings for pages reached at `base_url`, e.g. `https://127.0.0.1:8600`.
    pub fn new(base_url: &str) -> Self {
        let (scheme, rest) = base_url.split_once("://").unwrap_or(("", base_url));
        let host = rest.split('/').next().unwrap_or(rest).to_ascii_lowercase();
        Self { host, is_secure: scheme == "https" }
    }
}

/// All pages over a desk.
pub fn router(desk: Arc<Desk>, settings: WebSettings) -> Router {
    let file_max = usize::try_from(desk.rulebook().rules.file_len_max).unwrap_or(usize::MAX);
    let longest = DefaultBodyLimit::max(file_max.saturating_add(BODY_MAX));
    let web = Arc::new(Web::new(desk, settings));
    Router::new()
        .route("/", get(todo::page))
        .route("/login", get(login::page).post(login::submit))
        .route("/logout", post(login::logout))
        .route("/l/{token}", get(login::link))
        .route("/cases/{id}", get(case::page))
        .route("/cases/{id}/decision", post(decision::submit))
        .route("/cases/{id}/reuse.csv", get(draft::reuse))
        .route("/cases/{id}/cancel.csv", get(draft::cancel))
        .route("/review", get(review::page).post(review::submit))
        .route("/why", get(why::page))
        .route("/search", get(search::page))
        .route("/search.csv", get(search::csv))
        .route("/account", get(account::page).post(account::submit))
        .route("/users", get(users::page).post(users::submit))
        .route("/users.csv", get(user_sheet::csv))
        .route(SHEET, post(user_sheet::upload))
        .route("/users/sheet/carry", post(user_sheet::carry))
        .route("/notices", get(notices::page))
        .route("/customers", get(customers::page))
        .route("/customers/{user}", get(customers::one).post(customers::submit))
        .route("/customers/{user}/form.pdf", get(customers::form))
        .route("/customers/{user}/transfer.txt", get(customers::transfer))
        .route("/incidents", get(incidents::page).post(incidents::submit))
        .route("/holds/{receipt}", get(holds::page))
        .route("/outages", get(outages::page).post(outages::submit))
        .route("/exceptions", get(exceptions::page).post(exceptions::submit))
        .route("/exceptions.csv", get(exceptions::csv))
        .route("/keying", get(papers::page))
        .route("/keying/counter", get(counter::page).post(counter::submit))
        .route("/keying/{receipt}", get(keying::one).post(keying::submit))
        .route("/paper-decisions", get(paper_decisions::page))
        .route(
            "/paper-decisions/{receipt}",
            get(paper_decisions::one).post(paper_decisions::submit),
        )
        .route("/worklist.pdf", post(paper_decisions::print))
        .route("/keying/sheets/{form}", get(sheets::page).post(sheets::submit))
        .route("/papers/{receipt}/{page}", get(keying::picture))
        .route("/absence", get(absence::page).post(absence::submit))
        .route("/certificate", get(certificate::page).post(certificate::take))
        .route("/certificate/renew", post(certificate::renew))
        .route("/extend", post(idle::extend))
        .route("/environment", get(about::environment))
        .route("/phishing", get(about::phishing))
        .route(submit::PATH, get(submit::page).post(submit::submit).layer(longest))
        .route("/submissions", get(submissions::page))
        .route("/submissions/{receipt}", get(submissions::one))
        .route("/submissions/{receipt}/{name}", get(submissions::answer))
        .route("/kessai.css", get(pages::style))
        .route("/kessai.js", get(idle::script))
        .route("/crl", get(pages::revocations))
        .fallback(guard::not_found)
        .method_not_allowed_fallback(guard::wrong_method)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(middleware::from_fn_with_state(Arc::clone(&web), guard::guard))
        .with_state(web)
}

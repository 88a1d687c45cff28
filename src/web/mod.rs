//! The approver's pages. A handler parses, calls one use case, renders.
//!
//! Plain HTTP on loopback, no script, no state in any GET. What a browser sends is never trusted:
//! the session says who acts, the desk decides whether they may, and the approval password is
//! asked every time. A link in a mail leads to a page; it opens nothing. Read [`router`] first.

mod absence;
mod account;
mod case;
mod change;
mod decision;
mod draft;
mod form;
mod guard;
mod limits;
mod login;
mod pages;
mod seal;
mod search;
mod session;
mod shown;
mod state;
mod todo;
mod users;
mod why;

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use tokio::net::TcpListener;

use crate::service::Desk;

use state::Web;

pub use pages::check;

/// The longest body of a request, in bytes: a form with a reason is far shorter.
const BODY_MAX: usize = 64 * 1024;
/// How long running requests may take once the service stops.
const DRAIN: Duration = Duration::from_secs(5);

/// What the pages need to know besides the desk.
#[derive(Debug)]
pub struct WebSettings {
    host: String,
}

impl WebSettings {
    /// Settings for pages reached at `base_url`, e.g. `http://127.0.0.1:8600`.
    pub fn new(base_url: &str) -> Self {
        let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
        Self { host: rest.split('/').next().unwrap_or(rest).to_ascii_lowercase() }
    }
}

/// Why the pages are not served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is not one of this machine's own: passwords would cross the network in clear.
    #[error("pages without TLS are served on loopback only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The socket failed.
    #[error("the pages cannot be served")]
    Io(#[from] io::Error),
}

/// All pages over a desk.
pub fn router(desk: Arc<Desk>, settings: WebSettings) -> Router {
    let web = Arc::new(Web::new(desk, settings.host));
    Router::new()
        .route("/", get(todo::page))
        .route("/login", get(login::page).post(login::submit))
        .route("/logout", post(login::logout))
        .route("/l/{token}", get(login::link))
        .route("/cases/{id}", get(case::page))
        .route("/cases/{id}/decision", post(decision::submit))
        .route("/cases/{id}/reuse.csv", get(draft::reuse))
        .route("/cases/{id}/cancel.csv", get(draft::cancel))
        .route("/why", get(why::page))
        .route("/search", get(search::page))
        .route("/search.csv", get(search::csv))
        .route("/account", get(account::page).post(account::submit))
        .route("/users", get(users::page).post(users::submit))
        .route("/absence", get(absence::page).post(absence::submit))
        .route("/kessai.css", get(pages::style))
        .fallback(guard::not_found)
        .method_not_allowed_fallback(guard::wrong_method)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(middleware::from_fn_with_state(Arc::clone(&web), guard::guard))
        .with_state(web)
}

/// Serves the pages until `shutdown`, then lets running requests end for five seconds.
///
/// Errs when the listener is bound to anything but loopback.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ServeError> {
    let address = listener.local_addr()?;
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback(address));
    }
    let (tell, told) = tokio::sync::oneshot::channel::<()>();
    let stop = async move {
        shutdown.await;
        // The other end waits as long as this serves.
        drop(tell);
    };
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(stop);
    let drained = async {
        // It only ever ends by being dropped.
        drop(told.await);
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        served = serving => Ok(served?),
        () = drained => Ok(()),
    }
}

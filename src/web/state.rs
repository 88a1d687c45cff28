//! What the handlers share, and the thread a handler's work runs on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use axum::response::Response;
use tokio::sync::Semaphore;

use crate::domain::CaseId;
use crate::service::report::{KindTotal, RowsError};
use crate::service::{Desk, Rulebook};
use crate::workflow::Case;

use super::WebSettings;
use super::limits::Limiter;
use super::pages::Pages;
use super::session::Sessions;

/// How many passwords are hashed at once: each takes 19 MiB and a core.
const HASHING: usize = 2;
/// How many cases' totals by kind are remembered.
const KINDS_MAX: usize = 1_024;

/// What the handlers share.
#[derive(Debug)]
pub(super) struct Web {
    pub(super) desk: Arc<Desk>,
    pub(super) host: String,
    pub(super) is_secure: bool,
    pages: Mutex<Option<(Arc<Rulebook>, Arc<Pages>)>>,
    pub(super) sessions: Sessions,
    pub(super) limiter: Limiter,
    hashing: Semaphore,
    kinds: Mutex<BTreeMap<CaseId, Arc<[KindTotal]>>>,
}

impl Web {
    pub(super) fn new(desk: Arc<Desk>, WebSettings { host, is_secure }: WebSettings) -> Self {
        Self {
            desk,
            host,
            is_secure,
            pages: Mutex::default(),
            sessions: Sessions::default(),
            limiter: Limiter::default(),
            hashing: Semaphore::new(HASHING),
            kinds: Mutex::default(),
        }
    }

    /// The pages by the rules in force; compiled again when those have changed.
    pub(super) fn pages(&self, rules: &Arc<Rulebook>) -> Arc<Pages> {
        let mut known = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((made_from, pages)) = &*known
            && Arc::ptr_eq(made_from, rules)
        {
            return Arc::clone(pages);
        }
        let pages = Arc::new(Pages::overlaid(&rules.answers.pages));
        *known = Some((Arc::clone(rules), Arc::clone(&pages)));
        pages
    }

    /// Runs a handler's work where it may wait for the disk.
    pub(super) async fn run<F>(self: Arc<Self>, work: F) -> Response
    where
        F: FnOnce(&Self) -> Response + Send + 'static,
    {
        let web = Arc::clone(&self);
        match tokio::task::spawn_blocking(move || work(&web)).await {
            Ok(response) => response,
            Err(_) => self.message(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// The same for work that checks a password: two at a time.
    pub(super) async fn run_hashing<F>(self: Arc<Self>, work: F) -> Response
    where
        F: FnOnce(&Self) -> Response + Send + 'static,
    {
        let web = Arc::clone(&self);
        match self.hashing.acquire().await {
            Ok(_permit) => web.run(work).await,
            Err(_) => web.message(StatusCode::SERVICE_UNAVAILABLE),
        }
    }

    /// Unpredictable bytes as text that fits into a cookie.
    pub(super) fn random_text<const N: usize>(&self) -> String {
        use base64::Engine as _;
        let mut bytes = [0; N];
        self.desk.random.fill(&mut bytes);
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
    }

    /// A case's totals by kind. Its rows never change, so they are added up once.
    pub(super) fn kinds(&self, case: &Case) -> Result<Arc<[KindTotal]>, RowsError> {
        let id = case.head.id;
        let known = || self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kinds) = known().get(&id) {
            return Ok(Arc::clone(kinds));
        }
        let kinds: Arc<[KindTotal]> = self.desk.kinds(case)?.into();
        let mut known = known();
        if known.len() >= KINDS_MAX {
            known.clear();
        }
        known.insert(id, Arc::clone(&kinds));
        Ok(kinds)
    }
}

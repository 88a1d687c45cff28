//! What everybody may read without logging in: what a PC needs, how to tell our mails and pages
//! from false ones, and why a telephone shows nothing else.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use tracing::info;

use super::state::Web;

/// What a telephone or a tablet says of itself, in its `User-Agent`. Whoever hides it gets in:
/// that they are not served is a promise about the screen, and no protection.
const HANDHELD: [&str; 5] = ["Mobile", "Android", "iPhone", "iPad", "iPod"];
/// Where a telephone may look, too.
const OPEN: [&str; 3] = ["/kessai.css", "/environment", "/phishing"];

/// `GET /environment` (動作環境).
pub(super) async fn environment(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    let visitor = web.visitor(&headers);
    web.page(StatusCode::OK, "environment", visitor.as_ref(), &())
}

#[derive(Serialize)]
struct Phishing {
    address: String,
    sender: String,
    issuer: String,
    fingerprint: String,
}

/// `GET /phishing`: what is true of our mails and pages, to hold others against.
pub(super) async fn phishing(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    let visitor = web.visitor(&headers);
    let (certificate, _) = web.desk.certificate();
    let page = Phishing {
        address: web.desk.rulebook().answers.base_url.clone(),
        sender: certificate.address,
        issuer: certificate.issuer,
        fingerprint: certificate.fingerprint.spelled(),
    };
    web.page(StatusCode::OK, "phishing", visitor.as_ref(), &page)
}

#[derive(Serialize)]
struct Phone {
    address: String,
}

impl Web {
    /// The page that sends whoever comes with a telephone or a tablet to a PC.
    pub(super) fn explained(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        if OPEN.contains(&path) || !is_handheld(headers) {
            return None;
        }
        info!(outcome = "handheld", "sent to a PC");
        let address = self.desk.rulebook().answers.base_url.clone();
        Some(self.page(StatusCode::FORBIDDEN, "phone", None, &Phone { address }))
    }
}

fn is_handheld(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let named = text("user-agent").unwrap_or_default();
    text("sec-ch-ua-mobile") == Some("?1") || HANDHELD.iter().any(|word| named.contains(word))
}

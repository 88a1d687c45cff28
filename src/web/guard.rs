//! What holds for every request and every answer, whatever the handler does.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::serve::Peer;
use super::state::Web;
use super::{SHEET, submit};

/// The longest a request may take, its body included.
const REQUEST: Duration = Duration::from_secs(10);
/// The same for a file that is sent: slow lines are no reason to refuse one.
const UPLOAD: Duration = Duration::from_mins(3);

/// On every answer.
const HEADERS: [(&str, &str); 8] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; \
         base-uri 'none'; require-trusted-types-for 'script'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    ("cache-control", "no-store"),
    ("x-frame-options", "DENY"),
];

/// Over TLS: for a year browsers come over TLS without trying plain HTTP first.
const HSTS: &str = "max-age=31536000; includeSubDomains";

/// Lets well-formed requests for our own host through, and dresses every answer.
pub(super) async fn guard(State(web): State<Arc<Web>>, request: Request, next: Next) -> Response {
    let shown = request.extensions().get::<Peer>().and_then(|peer| peer.certificate);
    web.hold_to(request.headers(), shown);
    let patience = if sends_file(&request) { UPLOAD } else { REQUEST };
    let refused = refused(&web, &request).map(|status| web.message(status));
    let explained = || web.explained(request.uri().path(), request.headers());
    let mut response = match refused.or_else(explained) {
        Some(response) => response,
        None => tokio::time::timeout(patience, next.run(request))
            .await
            .unwrap_or_else(|_| web.message(StatusCode::REQUEST_TIMEOUT)),
    };
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        // A download may less than a page.
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    if web.is_secure {
        let name = header::STRICT_TRANSPORT_SECURITY;
        response.headers_mut().insert(name, HeaderValue::from_static(HSTS));
    }
    response
}

/// The uniform page for whatever is not there or none of the visitor's business.
pub(super) async fn not_found(State(web): State<Arc<Web>>) -> Response {
    web.message(StatusCode::NOT_FOUND)
}

/// The page for a method a route does not have.
pub(super) async fn wrong_method(State(web): State<Arc<Web>>) -> Response {
    web.message(StatusCode::METHOD_NOT_ALLOWED)
}

fn refused(web: &Web, request: &Request) -> Option<StatusCode> {
    let headers = request.headers();
    let host = request.uri().authority().map(Authority::as_str);
    let host = host.or_else(|| text(headers, header::HOST));
    if !host.is_some_and(|host| host.eq_ignore_ascii_case(&web.host)) {
        return Some(StatusCode::MISDIRECTED_REQUEST);
    }
    if request.method() != Method::POST {
        return None;
    }
    if !from_our_own_page(web, headers) {
        return Some(StatusCode::FORBIDDEN);
    }
    let kind = text(headers, header::CONTENT_TYPE).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let wanted = if sends_file(request) {
        "multipart/form-data"
    } else {
        "application/x-www-form-urlencoded"
    };
    (!kind.eq_ignore_ascii_case(wanted)).then_some(StatusCode::UNSUPPORTED_MEDIA_TYPE)
}

/// Whether a request is the one that carries a file.
fn sends_file(request: &Request) -> bool {
    request.method() == Method::POST && [submit::PATH, SHEET].contains(&request.uri().path())
}

/// Whether a form came from our own page, as far as the browser tells.
///
/// Under `Referrer-Policy: no-referrer` browsers send `Origin: null` even for our own forms; then
/// `Sec-Fetch-Site` must vouch. A program that sends neither still needs the form's token.
fn from_our_own_page(web: &Web, headers: &HeaderMap) -> bool {
    let site = text(headers, HeaderName::from_static("sec-fetch-site"));
    let origin = text(headers, header::ORIGIN);
    let origin_is_ours = origin
        .and_then(|origin| origin.split_once("://"))
        .is_some_and(|(_, host)| host.eq_ignore_ascii_case(&web.host));
    match (site, origin) {
        (None, None) | (Some("same-origin"), None | Some("null")) => true,
        (None | Some("same-origin"), Some(_)) => origin_is_ours,
        (Some(_), _) => false,
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

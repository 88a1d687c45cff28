//! Taking one's electronic certificate: with the number that was handed over, without logging in,
//! and renewing it from thirty days before its end.

use std::sync::Arc;

use axum::Form;
use axum::body::Body;
use axum::extract::rejection::FormRejection;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use unicode_normalization::UnicodeNormalization as _;

use crate::domain::UserId;
use crate::service::{CertificateError, Taken, Taking};

use super::form::{Filled, own, secret, text};
use super::limits::Turn;
use super::login::WAIT;
use super::pages::{answer, see_other};
use super::seal::same;
use super::serve::Peer;
use super::session::BEFORE;
use super::state::Web;

/// The shortest password of a file with a key: whoever gets at the file may guess at leisure.
const FILE_PASSWORD_MIN: usize = 8;

#[derive(Serialize)]
struct CertificatePage<'c> {
    token: String,
    user: &'c str,
    shortest: usize,
    problem: Option<&'c str>,
}

/// `GET /certificate`. Without TLS nobody could show one.
pub(super) async fn page(State(web): State<Arc<Web>>) -> Response {
    if !web.is_secure {
        return web.message(StatusCode::NOT_FOUND);
    }
    certificate_page(&web, StatusCode::OK, "", None)
}

/// `POST /certificate`.
pub(super) async fn take(
    State(web): State<Arc<Web>>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    form: Result<Form<Filled>, FormRejection>,
) -> Response {
    if !web.is_secure {
        return web.message(StatusCode::NOT_FOUND);
    }
    let form = match form {
        Ok(Form(form)) => form,
        Err(rejection) => return web.message(rejection.status()),
    };
    let source = peer.map(|Extension(peer)| peer.from.ip().to_string()).unwrap_or_default();
    web.run_hashing(move |web| taken(web, &source, &headers, &form)).await
}

fn taken(web: &Web, source: &str, headers: &HeaderMap, form: &Filled) -> Response {
    let typed: String = text(form, "user").nfkc().take(64).collect();
    let refused = |status, problem: &str| certificate_page(web, status, &typed, Some(problem));
    let before = web.cookie(headers, BEFORE).unwrap_or_default();
    if before.is_empty() || !same(text(form, "token"), &web.login_token(before)) {
        return refused(
            StatusCode::FORBIDDEN,
            "画面の有効期限が切れていました。もう一度お試しください。",
        );
    }
    if web.limiter.take(source, &typed, web.desk.clock.now()) == Turn::Wait {
        return refused(StatusCode::TOO_MANY_REQUESTS, WAIT);
    }
    let taking = match wanted(form) {
        Ok(taking) => taking,
        Err(problem) => return refused(StatusCode::UNPROCESSABLE_ENTITY, &problem),
    };
    let known = UserId::parse(&typed).map_err(|_| CertificateError::Number);
    let keys = (text(form, "number"), secret(form, "password"));
    match known.and_then(|user| web.desk.take_certificate(&user, keys, taking)) {
        Ok(taken) => download(taken),
        Err(error) => refused(status_of(&error), &error.japanese()),
    }
}

/// `POST /certificate/renew`, from the account page.
pub(super) async fn renew(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    form: Result<Form<Filled>, FormRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let form = match own(&web, &visitor, form) {
        Ok(form) => form,
        Err(answer) => return *answer,
    };
    web.run_hashing(move |web| {
        let refused = |status, problem: String| {
            super::account::refused(web, status, (&visitor, &headers), problem)
        };
        let taking = match wanted(&form) {
            Ok(taking) => taking,
            Err(problem) => return refused(StatusCode::UNPROCESSABLE_ENTITY, problem),
        };
        let (user, password) = (&visitor.person.id, secret(&form, "password"));
        match web.desk.renew_certificate_of(user, password, taking) {
            Ok(taken) => download(taken),
            Err(error) => refused(status_of(&error), error.japanese()),
        }
    })
    .await
}

/// A request, or else the password of a file, typed twice.
fn wanted(form: &Filled) -> Result<Taking<'_>, String> {
    let request = text(form, "request");
    if !request.is_empty() {
        return Ok(Taking::Request(request.as_bytes()));
    }
    let password = secret(form, "file");
    if password.chars().count() < FILE_PASSWORD_MIN {
        return Err(format!(
            "ファイルのパスワードを{FILE_PASSWORD_MIN}文字以上で決めて入力してください。何も発行していません。"
        ));
    }
    if password != secret(form, "again") {
        return Err("ファイルのパスワードの二つの欄が違います。何も発行していません。".to_owned());
    }
    Ok(Taking::File(password))
}

const fn status_of(error: &CertificateError) -> StatusCode {
    match error {
        CertificateError::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        CertificateError::Issue(crate::ports::IssueError::Failed(_)) => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        CertificateError::Password(refused) if refused.passes() => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// The file, under a name that says nothing of whose it is.
fn download(taken: Taken) -> Response {
    let (kind, name, body): (_, _, Body) = match taken {
        Taken::Certificate(issued) => {
            ("application/x-pem-file", "certificate.pem", issued.pem.into())
        }
        Taken::File(bundle) => ("application/x-pkcs12", "certificate.p12", bundle.pkcs12.into()),
    };
    let mut response = answer(StatusCode::OK, kind, body);
    if let Ok(kept) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, kept);
    }
    response
}

fn certificate_page(web: &Web, status: StatusCode, user: &str, problem: Option<&str>) -> Response {
    let before = web.random_text::<32>();
    let token = web.login_token(&before);
    let page = CertificatePage { token, user, shortest: FILE_PASSWORD_MIN, problem };
    let mut response = web.page(status, "certificate", None, &page);
    web.put_cookie(&mut response, BEFORE, &before);
    response
}

//! Logging in and out, and the page a mailed link leads to.

use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::{FormRejection, PathRejection, QueryRejection};
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tracing::{info, warn};
use unicode_normalization::UnicodeNormalization as _;

use crate::domain::{CaseId, Digest, Timestamp, UserId};
use crate::ports::PasswordKind;
use crate::service::LoginError;

use super::decision::password_status;
use super::limits::Turn;
use super::pages::see_other;
use super::seal::same;
use super::serve::Peer;
use super::session::{BEFORE, SESSION};
use super::state::Web;

/// The longest link token and case id that a login form carries on.
const CARRIED_MAX: usize = 64;
/// The longest password, in bytes: nobody types more, and hashing must stay short.
const PASSWORD_MAX: usize = 256;

pub(super) const WAIT: &str =
    "短い時間に何度も試されています。1分ほど待ってからもう一度お試しください。";
const OLD_PAGE: &str = "画面の有効期限が切れていました。もう一度ログインしてください。";
const BOTH: &str = "ユーザーIDとログインパスワードを入力してください。";

/// A login form as it comes back, and what a fresh one carries on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LoginForm {
    token: String,
    user: String,
    password: Secret,
    link: String,
    case: String,
    /// Whether the page says that the last session ended idle.
    #[serde(skip)]
    ended: bool,
}

/// A typed password; `Debug` does not show it.
#[derive(Default, Deserialize)]
pub(super) struct Secret(pub(super) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wish {
    case: String,
    /// Whether the browser comes because nothing was done for too long.
    ended: String,
}

#[derive(Serialize)]
struct LoginPage<'l> {
    token: String,
    user: &'l str,
    link: &'l str,
    case: &'l str,
    ended: bool,
    /// Where those come in who need a certificate; empty where that is here.
    certificate_url: String,
    /// Whether there may be people who need a certificate.
    is_secure: bool,
    problem: Option<&'l str>,
}

/// `GET /login`.
pub(super) async fn page(
    State(web): State<Arc<Web>>,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Response {
    let Wish { case, ended } = wish.map(|Query(wish)| wish).unwrap_or_default();
    let form = LoginForm { case, ended: !ended.is_empty(), ..LoginForm::default() };
    login_page(&web, StatusCode::OK, &form, None)
}

/// `GET /l/<token>`: the same for every token, right or wrong; it says nothing of any case.
pub(super) async fn link(
    State(web): State<Arc<Web>>,
    token: Result<Path<String>, PathRejection>,
) -> Response {
    let link = token.map(|Path(token)| token).unwrap_or_default();
    login_page(&web, StatusCode::OK, &LoginForm { link, ..LoginForm::default() }, None)
}

/// `POST /login`.
pub(super) async fn submit(
    State(web): State<Arc<Web>>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    form: Result<Form<LoginForm>, FormRejection>,
) -> Response {
    let peer = peer.map(|Extension(peer)| peer);
    match form {
        Ok(Form(form)) => web.run_hashing(move |web| log_in(web, peer, &headers, &form)).await,
        Err(rejection) => web.message(rejection.status()),
    }
}

/// `POST /logout`.
pub(super) async fn logout(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    form: Result<Form<Leave>, FormRejection>,
) -> Response {
    // Also while they still have to choose a password: the button is on that page, too.
    let Some(visitor) = web.newcomer(&headers) else { return see_other("/login") };
    if !form.is_ok_and(|Form(form)| same(&form.csrf, &visitor.csrf)) {
        return web.message(StatusCode::FORBIDDEN);
    }
    web.close_session(&headers);
    info!(actor = %visitor.person.id, "logged out");
    let mut response = see_other("/login");
    web.put_cookie(&mut response, SESSION, "");
    let clear = HeaderValue::from_static("\"cache\", \"cookies\", \"storage\"");
    response.headers_mut().insert("clear-site-data", clear);
    response
}

/// The log-out button's form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Leave {
    pub(super) csrf: String,
}

fn log_in(web: &Web, peer: Option<Peer>, headers: &HeaderMap, form: &LoginForm) -> Response {
    let before = web.cookie(headers, BEFORE).unwrap_or_default();
    if before.is_empty() || !same(&form.token, &web.login_token(before)) {
        return login_page(web, StatusCode::FORBIDDEN, form, Some(OLD_PAGE));
    }
    let typed: String = form.user.trim().nfkc().take(CARRIED_MAX).collect();
    let password = &form.password.0;
    if typed.is_empty() || password.is_empty() {
        return login_page(web, StatusCode::UNPROCESSABLE_ENTITY, form, Some(BOTH));
    }
    let now: Timestamp = web.desk.clock.now();
    let source = peer.map(|peer| peer.from.ip().to_string()).unwrap_or_default();
    if web.limiter.take(&source, &typed, now) == Turn::Wait {
        return login_page(web, StatusCode::TOO_MANY_REQUESTS, form, Some(WAIT));
    }
    let shown = peer.and_then(|peer| peer.certificate);
    let checked = match UserId::parse(&typed) {
        // Without their certificate the password is not even looked at, nor the attempt counted.
        Ok(user) if password.len() <= PASSWORD_MAX && admits(web, &user, shown) => {
            web.desk.verify(&user, PasswordKind::Login, password)
        }
        // What cannot come in takes as long as what can, so that nobody learns which IDs exist.
        _ => {
            web.desk.hasher.hash("―");
            Err(LoginError::Refused)
        }
    };
    let user = match checked {
        Ok(verified) => web.desk.store.user(&verified.person.id),
        Err(refused) => {
            return login_page(web, password_status(&refused), form, Some(refused.japanese()));
        }
    };
    let Some(user) = user else { return web.message(StatusCode::INTERNAL_SERVER_ERROR) };
    web.close_session(headers);
    let id = web.open_session(&user);
    if let Some(shown) = shown {
        web.desk.settle_certificates(&user.person.id, shown);
    }
    info!(actor = %user.person.id, "logged in");
    let to = if web.desk.must_choose(&user.person.id, PasswordKind::Login) {
        "/account".to_owned()
    } else {
        destination(web, &user.person.id, form)
    };
    let mut response = see_other(&to);
    web.put_cookie(&mut response, SESSION, &id);
    web.put_cookie(&mut response, BEFORE, "");
    response
}

/// Whether somebody may try from a connection that showed this certificate, or none.
fn admits(web: &Web, user: &UserId, shown: Option<Digest>) -> bool {
    let admits = web.desk.admits(user, shown);
    if !admits {
        warn!(actor = %user, "refused without their certificate");
    }
    admits
}

/// Where a person goes after login: a link only leads whom it was sent to.
fn destination(web: &Web, user: &UserId, form: &LoginForm) -> String {
    if !form.link.is_empty() {
        return match web.desk.follow(&form.link) {
            // Rows of one file that are cases of their own share a mail; they stand in the list.
            Some(link) if link.user == *user && web.desk.store.case(link.case).is_none() => {
                "/".to_owned()
            }
            Some(link) if link.user == *user => format!("/cases/{}", link.case),
            _ => "/?notice=link".to_owned(),
        };
    }
    match form.case.parse::<CaseId>() {
        Ok(case) => format!("/cases/{case}"),
        Err(_) => "/".to_owned(),
    }
}

fn login_page(web: &Web, status: StatusCode, form: &LoginForm, problem: Option<&str>) -> Response {
    let before = web.random_text::<32>();
    let page = LoginPage {
        token: web.login_token(&before),
        user: if form.user.len() <= CARRIED_MAX { &form.user } else { "" },
        link: if form.link.len() <= CARRIED_MAX { &form.link } else { "" },
        case: if form.case.len() <= CARRIED_MAX { &form.case } else { "" },
        ended: form.ended,
        certificate_url: web.desk.rulebook().answers.certificate_url.clone(),
        is_secure: web.is_secure,
        problem,
    };
    let mut response = web.page(status, "login", None, &page);
    web.put_cookie(&mut response, BEFORE, &before);
    response
}

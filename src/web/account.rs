//! The page of a person's own account: both passwords, the mail address.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use crate::ports::PasswordKind;
use crate::service::{AccountError, RENEWED_DAYS};

use super::form::{Filled, Problem, own, secret, text, wrong};
use super::notices::{Line, line};
use super::pages::see_other;
use super::session::{Open, SESSION, Visitor};
use super::shown;
use super::state::Web;

/// `GET /account`.
pub(super) async fn page(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    let Some(visitor) = web.newcomer(&headers) else { return see_other("/login") };
    web.run(move |web| account_page(web, StatusCode::OK, (&visitor, &headers), ("", None))).await
}

/// `POST /account`.
pub(super) async fn submit(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    form: Result<Form<Filled>, FormRejection>,
) -> Response {
    let Some(visitor) = web.newcomer(&headers) else { return see_other("/login") };
    let form = match own(&web, &visitor, form) {
        Ok(form) => form,
        Err(answer) => return *answer,
    };
    web.run_hashing(move |web| match carry(web, (&visitor, &headers), &form) {
        Ok(done) => told(web, &headers, &visitor, done),
        Err((status, problem)) => {
            account_page(web, status, (&visitor, &headers), ("", Some(problem)))
        }
    })
    .await
}

/// What was done, in the page's words.
type Done = &'static str;

const LOGIN: Done = "ログインパスワードを変更しました。";

/// The page that says what was done; a new login password ended the session, so it goes on in a
/// new one.
fn told(web: &Web, headers: &HeaderMap, visitor: &Visitor, done: Done) -> Response {
    if done != LOGIN {
        return account_page(web, StatusCode::OK, (visitor, headers), (done, None));
    }
    let Some(user) = web.desk.store.user(&visitor.person.id) else {
        return web.message(StatusCode::INTERNAL_SERVER_ERROR);
    };
    web.close_session(headers);
    let (id, csrf) = web.open_session_with(&user);
    let fresh = Visitor { csrf, must_choose: false, ..visitor.clone() };
    let mut response = account_page(web, StatusCode::OK, (&fresh, headers), (done, None));
    web.put_cookie(&mut response, SESSION, &id);
    response
}

fn carry(
    web: &Web,
    (visitor, headers): (&Visitor, &HeaderMap),
    form: &Filled,
) -> Result<Done, Problem> {
    let user = &visitor.person.id;
    let (now, new) = (secret(form, "now"), secret(form, "new"));
    let done = match text(form, "what") {
        "login" | "approval" => {
            let kind = if text(form, "what") == "login" {
                PasswordKind::Login
            } else {
                PasswordKind::Approval
            };
            // What was mistyped costs nobody an attempt.
            if now.is_empty() || new != secret(form, "again") {
                return Err(wrong(
                    "新しいパスワードの二つの欄が違います。もう一度入力してください。",
                ));
            }
            if now == new {
                return Err(problem(&AccountError::Equal));
            }
            let done = if kind == PasswordKind::Login {
                LOGIN
            } else {
                "承認パスワードを変更しました。"
            };
            web.desk.choose_password(user, kind, (now, new)).map(|()| done)
        }
        "email" => web.desk.ask_email(user, secret(form, "password"), text(form, "email")).map(
            |()| "新しいアドレスに確認番号を送りました。届いた番号を下の欄に入力してください。",
        ),
        "confirm" => web
            .desk
            .confirm_email(user, text(form, "number"))
            .map(|()| "メールアドレスを変更しました。"),
        "sessions" => {
            let password = secret(form, "password");
            let checked = web.desk.check_password(user, PasswordKind::Login, password);
            checked.map_err(AccountError::from).map(|_| {
                web.close_others(user, headers);
                "ほかの画面をすべてログオフしました。"
            })
        }
        _ => return Err(wrong("操作を選んでください。")),
    };
    done.map_err(|refused| problem(&refused))
}

/// Why an account was not changed, for a page.
pub(super) fn problem(refused: &AccountError) -> Problem {
    let passes = match refused {
        AccountError::Password(refused) => refused.passes(),
        AccountError::Store(_) => true,
        AccountError::Weak(_)
        | AccountError::Equal
        | AccountError::Address(_)
        | AccountError::Number
        | AccountError::NotYours
        | AccountError::AskTheBank(_)
        | AccountError::Taken(_)
        | AccountError::Authority(_)
        | AccountError::LastMaster
        | AccountError::LastApprover { .. }
        | AccountError::NotAnother(_)
        | AccountError::OwnAddress
        | AccountError::Changed
        | AccountError::NoAccount(_)
        | AccountError::Nothing => false,
    };
    let status =
        if passes { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::UNPROCESSABLE_ENTITY };
    (status, refused.japanese())
}

#[derive(Serialize)]
struct AccountPage {
    done: &'static str,
    problem: Option<String>,
    user: String,
    name: String,
    email: String,
    /// メールが届いていません where mails to it come back; else empty.
    comes_back: &'static str,
    /// The address that waits for its number.
    asked: Option<String>,
    roles: Vec<String>,
    shortest: usize,
    /// Whether each password is one that was reset.
    new_login: bool,
    new_approval: bool,
    sessions: Vec<Session>,
    /// Days the electronic certificate is still good for; none without one.
    certificate_days: Option<i64>,
    /// Whether it can be renewed now.
    renews: bool,
    notices: Vec<Line>,
}

/// Where somebody is logged in under this ID.
#[derive(Serialize)]
struct Session {
    is_own: bool,
    since: String,
    seen: String,
}

fn account_page(
    web: &Web,
    status: StatusCode,
    (visitor, headers): (&Visitor, &HeaderMap),
    (done, problem): (&'static str, Option<String>),
) -> Response {
    let id = &visitor.person.id;
    let registered = web.desk.store.user(id).map(|user| user.person);
    let person = registered.unwrap_or_else(|| visitor.person.clone());
    let certificate_days = web.desk.certificate_days(id);
    // Whoever has not come in with a password of their own yet sees nothing but how to choose one.
    let told = if visitor.must_choose { Vec::new() } else { web.desk.notices_to_person(id) };
    let page = AccountPage {
        done,
        problem,
        user: id.to_string(),
        comes_back: super::users::comes_back(web, &person),
        name: person.name,
        email: person.email,
        asked: web.desk.email_asked(id),
        roles: super::users::words(&visitor.person.roles),
        shortest: web.desk.policy().shortest,
        new_login: web.desk.must_choose(id, PasswordKind::Login),
        new_approval: web.desk.must_choose(id, PasswordKind::Approval),
        certificate_days,
        renews: certificate_days.is_some_and(|days| days <= RENEWED_DAYS),
        sessions: web.sessions_of(id, headers).into_iter().map(session).collect(),
        notices: told.into_iter().map(|one| line(one, false)).collect(),
    };
    web.page(status, "account", Some(visitor), &page)
}

/// The page again, with why what another form of it asked for was not done.
pub(super) fn refused(
    web: &Web,
    status: StatusCode,
    who: (&Visitor, &HeaderMap),
    problem: String,
) -> Response {
    account_page(web, status, who, ("", Some(problem)))
}

fn session(open: Open) -> Session {
    Session {
        is_own: open.is_own,
        since: shown::moment(open.since),
        seen: shown::moment(open.seen),
    }
}

//! The page of a person's own absence: who stands for them, from when to when.

use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;

use crate::domain::{Absence, Date, UserId, YenTotal};
use crate::ports::PasswordKind;
use crate::service::AbsenceError;

use super::case::Asked;
use super::decision::{password_problem, password_status};
use super::form::{Filled, Problem, own, secret, text, wrong};
use super::pages::see_other;
use super::session::Visitor;
use super::state::Web;

/// `GET /absence`.
pub(super) async fn page(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let done = asked.is_ok_and(|Query(asked)| asked.contains_key("done"));
    web.run(move |web| shown(web, StatusCode::OK, &visitor, (done, None), &Filled::new())).await
}

/// `POST /absence`.
pub(super) async fn submit(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    form: Result<Form<Filled>, FormRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let form = match own(&web, &visitor, form) {
        Ok(form) => form,
        Err(answer) => return *answer,
    };
    web.run_hashing(move |web| match carry(web, &visitor, &form) {
        Ok(()) => see_other("/absence?done=1"),
        Err((status, problem)) => shown(web, status, &visitor, (false, Some(problem)), &form),
    })
    .await
}

fn carry(web: &Web, visitor: &Visitor, form: &Filled) -> Result<(), Problem> {
    let user = &visitor.person.id;
    let ends = text(form, "what") == "end";
    // What cannot be read costs nobody an attempt at the password.
    let absence = if ends { None } else { Some(read(web, user, form)?) };
    let from = day(form, "from")?;
    let password = secret(form, "password");
    if password.is_empty() {
        return Err(wrong("承認パスワードを入力してください。"));
    }
    web.desk
        .check_password(user, PasswordKind::Approval, password)
        .map_err(|refused| (password_status(&refused), password_problem(&refused).to_owned()))?;
    let done = match absence {
        Some(absence) => web.desk.set_absence(&absence),
        None => web.desk.end_absence(user, Some(from)).map(|_| ()),
    };
    done.map_err(|refused| match refused {
        AbsenceError::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, refused.japanese()),
        AbsenceError::Unknown(_)
        | AbsenceError::Days
        | AbsenceError::Oneself
        | AbsenceError::NoColleague(_)
        | AbsenceError::DelegateAway(_)
        | AbsenceError::Recorded(..)
        | AbsenceError::NoFlow(_)
        | AbsenceError::Nothing => (StatusCode::UNPROCESSABLE_ENTITY, refused.japanese()),
    })
}

fn read(web: &Web, user: &UserId, form: &Filled) -> Result<Absence, Problem> {
    let delegate = match text(form, "delegate") {
        "" => None,
        id => Some(UserId::parse(id).map_err(|_| wrong("代理の方を一覧からお選びください。"))?),
    };
    let max: String = text(form, "max").chars().filter(|c| !matches!(c, ',' | '円')).collect();
    let max = match max.trim() {
        "" => None,
        max => Some(
            max.parse()
                .map(YenTotal::new)
                .map_err(|_| wrong("上限は 10000000 のように半角の数字で入力してください。"))?,
        ),
    };
    let rules = web.desk.rulebook();
    let flows = rules.flows.keys();
    let chosen = flows.filter(|flow| form.contains_key(&format!("flow_{flow}")));
    Ok(Absence {
        user: user.clone(),
        from: day(form, "from")?,
        until: day(form, "until")?,
        delegate,
        max,
        flows: chosen.cloned().collect(),
    })
}

fn day(form: &Filled, name: &str) -> Result<Date, Problem> {
    Date::parse(text(form, name)).map_err(|_| wrong("日付は 2026-12-28 の形で入力してください。"))
}

#[derive(Serialize)]
struct AbsencePage {
    done: bool,
    problem: Option<String>,
    absences: Vec<Own>,
    covering: Vec<String>,
    colleagues: Vec<Colleague>,
    flows: Vec<Flow>,
    form: Again,
}

#[derive(Serialize)]
struct Own {
    days: String,
    from: String,
    delegate: Option<String>,
    max: Option<String>,
    flows: Vec<String>,
}

#[derive(Serialize)]
struct Colleague {
    id: String,
    name: String,
}

#[derive(Serialize)]
struct Flow {
    id: String,
    title: String,
    chosen: bool,
}

/// What a person had filled in when it was refused.
#[derive(Serialize)]
struct Again {
    from: String,
    until: String,
    delegate: String,
    max: String,
}

fn shown(
    web: &Web,
    status: StatusCode,
    visitor: &Visitor,
    (done, problem): (bool, Option<String>),
    form: &Filled,
) -> Response {
    let person = &visitor.person;
    let own = |absence: Absence| Own {
        days: absence.days(),
        from: absence.from.to_string(),
        delegate: absence.delegate.map(|id| web.desk.name_of(&id)),
        max: absence.max.map(|max| max.to_string()),
        flows: absence.flows.iter().map(|flow| web.desk.flow_title(flow)).collect(),
    };
    let kept = |name: &str| text(form, name).to_owned();
    let page = AbsencePage {
        done,
        problem,
        absences: web.desk.absences_of(&person.id).into_iter().map(own).collect(),
        covering: person.stands_for.iter().map(|stead| stead.principal.name.clone()).collect(),
        colleagues: web
            .desk
            .colleagues(person)
            .into_iter()
            .map(|other| Colleague { id: other.id.to_string(), name: other.name })
            .collect(),
        flows: web
            .desk
            .rulebook()
            .flows
            .keys()
            .map(|id| Flow {
                id: id.clone(),
                title: web.desk.flow_title(id),
                chosen: form.contains_key(&format!("flow_{id}")),
            })
            .collect(),
        form: Again {
            from: kept("from"),
            until: kept("until"),
            delegate: kept("delegate"),
            max: kept("max"),
        },
    };
    web.page(status, "absence", Some(visitor), &page)
}

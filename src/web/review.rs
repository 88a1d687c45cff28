//! Several cases on one page, decided with one entry of the approval password.
//!
//! Each keeps a seal, a digest and an outcome of its own: one that has changed since it was shown
//! is left out and named, the others are approved. Only approving is done here; whoever returns or
//! rejects says why on the page of the case.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use tracing::error;

use crate::domain::{CaseId, Digest, YenTotal};
use crate::ports::PasswordKind;
use crate::service::report::CaseView;
use crate::service::{Ballot, DecideError, Wish};
use crate::workflow::{Case, CommandId, Refusal, RowSet, VoteKind};

use super::case::{
    Kind, Past, Row, deadline, hide_other_side, history, news, shown_kinds, shown_row,
};
use super::decision::{password_problem, password_status};
use super::login::Secret;
use super::pages::see_other;
use super::seal::{Ticket, same};
use super::session::Visitor;
use super::shown::{self, Deadline};
use super::state::Web;

/// Most cases on one page: what a person can look through in one go.
const CASES_MAX: usize = 20;

/// `GET /review?case=…&case=…`.
pub(super) async fn page(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    asked: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let named = asked.iter().filter(|(name, _)| name == "case");
    let mut cases: Vec<CaseId> = named.filter_map(|(_, id)| id.parse().ok()).collect();
    cases.sort_unstable();
    cases.dedup();
    web.run(move |web| review_page(web, StatusCode::OK, &visitor, &cases, None)).await
}

/// The form as it comes back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReviewForm {
    csrf: String,
    password: Secret,
    /// The ticked cases: `take.<case>` → its sealed ticket; and `show.<case>` for every one shown.
    #[serde(flatten)]
    fields: BTreeMap<String, String>,
}

impl ReviewForm {
    fn named(&self, prefix: &str) -> Vec<(CaseId, &str)> {
        let parsed = self.fields.iter().filter_map(|(name, value)| {
            Some((name.strip_prefix(prefix)?.parse().ok()?, value.as_str()))
        });
        parsed.take(CASES_MAX).collect()
    }
}

/// `POST /review`.
pub(super) async fn submit(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    form: Result<Form<ReviewForm>, FormRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let form = match form {
        Ok(Form(form)) => form,
        Err(rejection) => return web.message(rejection.status()),
    };
    if !same(&form.csrf, &visitor.csrf) {
        return web.message(StatusCode::FORBIDDEN);
    }
    web.run_hashing(move |web| approve(web, &visitor, &form)).await
}

#[derive(Serialize)]
struct ReviewPage<'r> {
    cases: Vec<Together<'r>>,
    /// What was asked for and must be looked at alone.
    alone: Vec<Alone>,
    /// How many more were asked for than fit on a page.
    beyond: usize,
    rows: u32,
    total: String,
    problem: Option<&'r str>,
}

/// A case that can be approved here.
#[derive(Serialize)]
struct Together<'r> {
    case: &'r CaseView,
    /// The ticket and its seal, as one word.
    ticket: String,
    total: String,
    record_date: String,
    deadline: Option<Deadline>,
    kinds: Vec<Kind>,
    rows: Vec<Row>,
    history: Vec<Past<'r>>,
}

/// A case that cannot, and why.
#[derive(Serialize)]
struct Alone {
    case: String,
    title: String,
    why: String,
}

fn review_page(
    web: &Web,
    status: StatusCode,
    visitor: &Visitor,
    asked: &[CaseId],
    problem: Option<&str>,
) -> Response {
    let mut alone = Vec::new();
    let mut ready = Vec::new();
    // What is none of the visitor's business is as unknown as what there is not.
    let cases = asked.iter().filter_map(|id| web.case_for(visitor, *id));
    for case in cases.take(CASES_MAX) {
        match content(web, visitor, &case) {
            Ok(content) => ready.push((case, content)),
            Err(why) => {
                let title = title(web, &case);
                alone.push(Alone { case: case.head.id.to_string(), title, why });
            }
        }
    }
    let (rows, total) = sum(ready.iter().map(|(case, _)| case));
    let page = ReviewPage {
        cases: ready.iter().map(|(case, content)| together(web, visitor, case, content)).collect(),
        alone,
        beyond: asked.len().saturating_sub(CASES_MAX),
        rows,
        total,
        problem,
    };
    web.page(status, "review", Some(visitor), &page)
}

/// What there is to see of a case.
struct Content {
    digest: Digest,
    view: CaseView,
    kinds: Vec<Kind>,
    rows: Vec<Row>,
}

/// All there is to see of a case, or why it must be looked at on a page of its own.
fn content(web: &Web, visitor: &Visitor, case: &Case) -> Result<Content, String> {
    let approve = Wish::Vote(VoteKind::Approve, None);
    web.desk.could(&visitor.person, case, &approve).map_err(|refusal| refusal.japanese())?;
    if web.desk.form(&visitor.person, case).is_some() {
        return Err("入力していただく欄があるため、1件ずつお願いします。".to_owned());
    }
    let unreadable = |failed: &dyn std::error::Error| {
        error!(case = %case.head.id, error = %failed, "what is to be approved cannot be read");
        "内容を表示できません。窓口へご連絡ください。".to_owned()
    };
    if web.desk.proposal(case).map_err(|failed| unreadable(&failed))?.is_some() {
        return Err("新旧対照を見ていただくため、1件ずつお願いします。".to_owned());
    }
    let rows = web.desk.rows(case, 1).map_err(|failed| unreadable(&failed))?;
    if rows.pages > 1 {
        return Err("明細が1ページに収まらないため、1件ずつお願いします。".to_owned());
    }
    let lost = || "内容を表示できません。窓口へご連絡ください。".to_owned();
    let mut view = web.desk.view(case).ok_or_else(lost)?;
    hide_other_side(&mut view, visitor, case);
    view.news = news(web, visitor, (case, 1)).map_err(|failed| unreadable(&failed))?;
    let digest = web.desk.content_of(case).ok_or_else(lost)?;
    let kinds = shown_kinds(&web.kinds(case).map_err(|failed| unreadable(&failed))?);
    Ok(Content {
        digest,
        view,
        kinds,
        rows: rows.rows.into_iter().map(|row| shown_row(visitor, row)).collect(),
    })
}

fn together<'r>(web: &Web, visitor: &Visitor, case: &Case, content: &'r Content) -> Together<'r> {
    let ticket = Ticket {
        content: content.digest,
        task_version: case.head.task_version,
        shown_at: web.desk.clock.now(),
        number: web.random_text::<16>(),
    };
    let seal = web.seal_ticket(case.head.id, &visitor.person.id, &ticket);
    Together {
        ticket: format!("{} {seal}", ticket.text()),
        total: case.head.scope.total.to_string(),
        record_date: shown::day(case.head.scope.record_date),
        deadline: case.head.due.map(|due| deadline(web, due)),
        kinds: content.kinds.clone(),
        rows: content.rows.clone(),
        history: history(&content.view),
        case: &content.view,
    }
}

/// The rows of cases and the sum of their amounts, as it is shown.
fn sum<'c>(cases: impl Iterator<Item = &'c Case>) -> (u32, String) {
    let (rows, total) = cases.fold((0_u32, 0_u64), |(rows, total), case| {
        let scope = &case.head.scope;
        (rows.saturating_add(scope.rows), total.saturating_add(scope.total.get()))
    });
    (rows, YenTotal::new(total).to_string())
}

#[derive(Serialize)]
struct DonePage {
    approved: Vec<Outcome>,
    left_out: Vec<Outcome>,
    rows: u32,
    total: String,
}

/// What became of one case.
#[derive(Serialize)]
struct Outcome {
    case: String,
    title: String,
    rows: u32,
    total: String,
    /// Why it was left out, or how many people it still needs.
    text: String,
}

/// Approves what was ticked, each as it was shown; answers what became of each.
fn approve(web: &Web, visitor: &Visitor, form: &ReviewForm) -> Response {
    let shown: Vec<CaseId> = form.named("show.").into_iter().map(|(id, _)| id).collect();
    let again = |status, problem: &str| review_page(web, status, visitor, &shown, Some(problem));
    let taken = form.named("take.");
    if taken.is_empty() {
        let none = "承認する案件をお選びください。";
        return again(StatusCode::UNPROCESSABLE_ENTITY, none);
    }
    if form.password.0.is_empty() {
        return again(StatusCode::UNPROCESSABLE_ENTITY, "承認パスワードを入力してください。");
    }
    let user = &visitor.person.id;
    let person = match web.desk.check_password(user, PasswordKind::Approval, &form.password.0) {
        Ok(person) => person,
        Err(refused) => return again(password_status(&refused), password_problem(&refused)),
    };
    let (mut approved, mut left_out, mut cases) = (Vec::new(), Vec::new(), Vec::new());
    for (id, word) in taken {
        // What is none of the visitor's business is not even named.
        let Some(case) = web.case_for(visitor, id) else { continue };
        let decided = ballot(web, visitor, &case, word)
            .ok_or(DecideError::Refused(Refusal::ContentChanged))
            .and_then(|ballot| web.desk.cast(&person, &ballot));
        match decided {
            Ok(after) => {
                approved.push(outcome(web, &case, next(web, &after)));
                cases.push(case);
            }
            Err(failed) => left_out.push(outcome(web, &case, why(&case, &failed))),
        }
    }
    let status = if approved.is_empty() { StatusCode::CONFLICT } else { StatusCode::OK };
    let (rows, total) = sum(cases.iter());
    let page = DonePage { approved, left_out, rows, total };
    web.page(status, "reviewed", Some(visitor), &page)
}

/// The approval of a case as it was shown; none where the ticket is not one of ours for it.
fn ballot(web: &Web, visitor: &Visitor, case: &Case, word: &str) -> Option<Ballot> {
    let (ticket, seal) = word.rsplit_once(' ')?;
    let ticket = Ticket::read(ticket)?;
    let user = &visitor.person.id;
    if !same(seal, &web.seal_ticket(case.head.id, user, &ticket)) {
        return None;
    }
    Some(Ballot {
        case: case.head.id,
        wish: Wish::Vote(VoteKind::Approve, None),
        rows: RowSet::default(),
        digest: ticket.content,
        task_version: ticket.task_version,
        shown_at: Some(ticket.shown_at),
        reason: String::new(),
        entry: Vec::new(),
        command: CommandId::of(&format!("form {user} {} {}", case.head.id, ticket.number)),
    })
}

fn outcome(web: &Web, case: &Case, text: String) -> Outcome {
    Outcome {
        case: case.head.id.to_string(),
        title: title(web, case),
        rows: case.head.scope.rows,
        total: case.head.scope.total.to_string(),
        text,
    }
}

/// The requester and what they ask for, as in the to-do list.
fn title(web: &Web, case: &Case) -> String {
    let view = web.desk.view(case);
    view.map(|view| format!("{} {}", view.who(), view.title)).unwrap_or_default()
}

/// What a case waits for after the visitor's approval.
fn next(web: &Web, after: &Case) -> String {
    let missing = web.desk.view(after).map_or(0, |view| view.people_missing);
    match missing {
        0 => "承認しました。".to_owned(),
        _ => format!("承認しました。この段階は、あと{missing}名の承認が必要です。"),
    }
}

fn why(case: &Case, failed: &DecideError) -> String {
    if let DecideError::Refused(refusal) = failed {
        return refusal.japanese();
    }
    error!(case = %case.head.id, error = %failed, "decision not carried out");
    "ただいま承認できませんでした。しばらくしてから、もう一度お試しください。".to_owned()
}

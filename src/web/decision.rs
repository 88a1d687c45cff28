//! Carrying a decision from the form to the desk.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::{FormRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use tracing::error;

use crate::domain::{CaseId, Digest, Timestamp};
use crate::service::{Ballot, DecideError, LoginError, Wish};
use crate::workflow::{CARVED_MAX, Case, CommandId, Refusal, RowSet};

use super::case::{Again, case_page};
use super::login::Secret;
use super::pages::see_other;
use super::seal::{Ticket, same};
use super::session::Visitor;
use super::state::Web;

/// The longest reason, in characters.
const REASON_MAX: usize = 400;

/// The decision form as it comes back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DecisionForm {
    csrf: String,
    content: String,
    task_version: String,
    shown_at: String,
    number: String,
    seal: String,
    kind: String,
    reason: String,
    rows: String,
    reason_code: String,
    password: Secret,
    /// Everything else: what was filled in, each field under `field.<name>`.
    #[serde(flatten)]
    fields: BTreeMap<String, String>,
}

impl DecisionForm {
    fn entry(&self) -> Vec<(String, String)> {
        let named = self.fields.iter().filter_map(|(name, value)| {
            Some((name.strip_prefix("field.")?.to_owned(), value.clone()))
        });
        named.collect()
    }
}

/// `POST /cases/<id>/decision`.
pub(super) async fn submit(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
    form: Result<Form<DecisionForm>, FormRejection>,
) -> Response {
    let id = id.ok().and_then(|Path(id)| id.parse::<CaseId>().ok());
    let Some(visitor) = web.visitor(&headers) else {
        return see_other(&id.map_or("/login".to_owned(), |id| format!("/login?case={id}")));
    };
    let form = match form {
        Ok(Form(form)) => form,
        Err(rejection) => return web.message(rejection.status()),
    };
    if !same(&form.csrf, &visitor.csrf) {
        return web.message(StatusCode::FORBIDDEN);
    }
    let Some(id) = id else { return web.message(StatusCode::NOT_FOUND) };
    web.run_hashing(move |web| match web.case_for(&visitor, id) {
        Some(case) => decide(web, &visitor, &case, &form),
        None => web.message(StatusCode::NOT_FOUND),
    })
    .await
}

fn decide(web: &Web, visitor: &Visitor, case: &Case, form: &DecisionForm) -> Response {
    let ballot = match read(web, visitor, case, form) {
        Ok(ballot) => ballot,
        Err((status, problem)) => return refused(web, visitor, case, form, (status, problem)),
    };
    let decided = web.desk.vote(&visitor.person.id, &form.password.0, &ballot);
    let (status, problem) = match decided {
        Ok(_) => return see_other(&format!("/cases/{}?done=1", case.head.id)),
        Err(DecideError::Unknown(_)) => return web.message(StatusCode::NOT_FOUND),
        Err(DecideError::Refused(refusal)) => (status_of(&refusal), refusal.japanese()),
        Err(DecideError::Password(refused)) => {
            (password_status(&refused), password_problem(&refused).to_owned())
        }
        Err(failed @ (DecideError::Busy | DecideError::Store(_) | DecideError::Rows(_))) => {
            error!(case = %case.head.id, error = %failed, "decision not carried out");
            return web.message(StatusCode::SERVICE_UNAVAILABLE);
        }
    };
    refused(web, visitor, case, form, (status, problem))
}

/// What the form says, or why it cannot be carried to the desk. Nothing is counted here: a form
/// without a password, as a machine would send it, costs nobody an attempt.
fn read(
    web: &Web,
    visitor: &Visitor,
    case: &Case,
    form: &DecisionForm,
) -> Result<Ballot, (StatusCode, String)> {
    let wrong = |text: &str| (StatusCode::UNPROCESSABLE_ENTITY, text.to_owned());
    let stale = || (StatusCode::CONFLICT, Refusal::ContentChanged.japanese());
    let ticket = ticket(form).ok_or_else(stale)?;
    let seal = web.seal_ticket(case.head.id, &visitor.person.id, &ticket);
    if !same(&form.seal, &seal) {
        return Err(stale());
    }
    let wish = Wish::parse(&form.kind)
        .ok_or_else(|| wrong("承認・差戻し・否認のいずれかをお選びください。"))?;
    let reason: String = form
        .reason
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .trim()
        .to_owned();
    let rows = match form.rows.trim() {
        "" => RowSet::default(),
        text => RowSet::parse(text, CARVED_MAX).ok_or_else(|| {
            wrong("明細番号は「3, 17, 20-25」のように番号と範囲で入力してください。")
        })?,
    };
    if reason.chars().count() > REASON_MAX {
        return Err(wrong("理由は400文字以内で入力してください。"));
    }
    let code = form.reason_code.parse().ok();
    let reasons = &web.desk.rulebook().answers.reasons;
    let reason = reasons
        .word(code, &reason)
        .ok_or_else(|| wrong("理由を一覧からお選びになるか、ご入力ください。"))?;
    if wish.needs_reason() && reason.is_empty() {
        return Err(wrong(&Refusal::ReasonMissing.japanese()));
    }
    if form.password.0.is_empty() {
        return Err(wrong("承認パスワードを入力してください。"));
    }
    let Ticket { content, task_version, shown_at, number } = ticket;
    let user = &visitor.person.id;
    Ok(Ballot {
        case: case.head.id,
        wish,
        rows,
        entry: form.entry(),
        digest: content,
        task_version,
        shown_at: Some(shown_at),
        reason,
        command: CommandId::of(&format!("form {user} {} {number}", case.head.id)),
    })
}

fn ticket(form: &DecisionForm) -> Option<Ticket> {
    Some(Ticket {
        content: Digest::parse(&form.content).ok()?,
        task_version: form.task_version.parse().ok()?,
        shown_at: Timestamp::from_ms(form.shown_at.parse().ok()?),
        number: form.number.clone(),
    })
}

/// The case as it is now, with the reason why nothing was decided.
fn refused(
    web: &Web,
    visitor: &Visitor,
    case: &Case,
    form: &DecisionForm,
    (status, problem): (StatusCode, String),
) -> Response {
    let case = web.desk.store.case(case.head.id).unwrap_or_else(|| case.clone());
    // Whoever must look again must also choose again.
    let kept = Some(&form.kind).filter(|_| status == StatusCode::UNPROCESSABLE_ENTITY);
    let kind = kept.cloned().unwrap_or_default();
    let reason = form.reason.chars().take(REASON_MAX).collect();
    let rows = form.rows.chars().take(REASON_MAX).collect();
    let entry = form.entry();
    let reason_code = form.reason_code.parse().unwrap_or(0);
    let again = Again { problem: Some(problem), kind, reason, rows, entry, reason_code };
    case_page(web, status, visitor, (&case, &BTreeMap::new()), &again)
}

const fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::NotYourSeat
        | Refusal::OwnSubmission
        | Refusal::OwnKeying
        | Refusal::AlreadyDecided
        | Refusal::AssignedTo(_)
        | Refusal::NotOnPaper
        | Refusal::NotTheSubmitter
        | Refusal::NothingToReview => StatusCode::FORBIDDEN,
        Refusal::ReasonMissing
        | Refusal::NoSuchTarget(_)
        | Refusal::CannotFill(_)
        | Refusal::FormMistakes(_)
        | Refusal::NoSplit
        | Refusal::NoSuchRow(_)
        | Refusal::NothingLeft => StatusCode::UNPROCESSABLE_ENTITY,
        Refusal::NotWaiting(_)
        | Refusal::ContentChanged
        | Refusal::TooManyRounds(_)
        | Refusal::TooLateToWithdraw
        | Refusal::AlreadySent
        | Refusal::WouldEnd
        | Refusal::DeadlinePassed { .. }
        | Refusal::TooCloseToDueDate { .. } => StatusCode::CONFLICT,
    }
}

pub(super) const fn password_problem(refused: &LoginError) -> &'static str {
    match refused {
        LoginError::Refused => {
            "承認パスワードが違うか、使えない状態です。何も変更していません。\
             5回続けて間違えると使えなくなります。その場合は窓口へご連絡ください。"
        }
        LoginError::MustChoose | LoginError::Store(_) => refused.japanese(),
    }
}

pub(super) const fn password_status(refused: &LoginError) -> StatusCode {
    if refused.passes() {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

//! What people of the bank fill in on a page and hand in like a dropped sheet: its form's ticket,
//! and what became of it. Nothing is done by it: it opens a case in which others decide.

use std::str::FromStr as _;
use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use tracing::error;

use crate::domain::{CaseId, Organisation, ReceiptNo};
use crate::ports::FileVerdict;
use crate::service::SubmitError;
use crate::workflow::ColumnMistake;

use super::case::Asked;
use super::form::{Filled, Problem, own, text};
use super::limits::Turn;
use super::pages::{see_other, sentence};
use super::seal::same;
use super::session::Visitor;
use super::state::Web;

/// What a form of this kind carries besides its fields, and whether it can be used at all.
#[derive(Serialize)]
pub(super) struct FormTicket {
    /// Whether the visitor's branch is listed as one that hands in.
    listed: bool,
    ticket: String,
    seal: String,
}

/// What was handed in, for the page that comes after.
#[derive(Serialize)]
pub(super) struct Handed {
    receipt: String,
    /// The case in which it is decided; none where nothing was taken in.
    case: Option<String>,
    /// Whether it is still being looked at.
    waits: bool,
    /// Why nothing was taken in, a sentence each.
    problems: Vec<String>,
}

impl FormTicket {
    pub(super) fn new(web: &Web, visitor: &Visitor) -> Self {
        let ticket = web.desk.new_intake();
        let seal = web.seal_intake(&visitor.person.id, &ticket);
        Self { listed: web.desk.may_hand_in(&visitor.person).is_ok(), ticket, seal }
    }
}

/// Hands in what a form asks for and answers where that leads.
type Ask = fn(&Web, &Visitor, &Filled) -> Result<String, Problem>;
/// Shows the page: what was handed in, what is wrong, and what had been typed.
type Show = fn(&Web, StatusCode, &Visitor, (Option<Handed>, Option<String>), &Filled) -> Response;

/// Answers a form of this kind: whom `ask` leads on, else the page `show` makes of it. For
/// customers there is none.
pub(super) async fn submitted(
    web: Arc<Web>,
    headers: &HeaderMap,
    form: Result<Form<Filled>, FormRejection>,
    (ask, show): (Ask, Show),
) -> Response {
    let Some(visitor) = web.visitor(headers) else { return see_other("/login") };
    if matches!(visitor.person.organisation, Organisation::Customer(_)) {
        return web.message(StatusCode::NOT_FOUND);
    }
    let form = match own(&web, &visitor, form) {
        Ok(form) => form,
        Err(answer) => return *answer,
    };
    web.run(move |web| match ask(web, &visitor, &form) {
        Ok(to) => see_other(&to),
        Err((status, problem)) => show(web, status, &visitor, (None, Some(problem)), &form),
    })
    .await
}

/// Hands in a sheet and has it judged; answers its receipt number.
pub(super) fn hand_in(
    web: &Web,
    visitor: &Visitor,
    form: &Filled,
    (name, sheet): (&str, &str),
) -> Result<ReceiptNo, Problem> {
    let person = &visitor.person;
    let ticket = text(form, "ticket");
    if !same(text(form, "seal"), &web.seal_intake(&person.id, ticket)) {
        return Err(told(StatusCode::FORBIDDEN));
    }
    if web.limiter.take("hand_in", person.id.as_str(), web.desk.clock.now()) == Turn::Wait {
        return Err(told(StatusCode::SERVICE_UNAVAILABLE));
    }
    let handed = web.desk.hand_in(person, (ticket.to_owned(), name, sheet));
    let receipt = handed.map_err(|failed| match failed {
        SubmitError::Authority | SubmitError::NotListed => {
            let ja = "お店が届出の受付先（submitters.csv の contracts）に登録されていません。\
                      管理者にお知らせください。";
            (StatusCode::UNPROCESSABLE_ENTITY, ja.to_owned())
        }
        SubmitError::Store(failed) => {
            error!(error = %failed, "a sheet could not be handed in");
            told(StatusCode::SERVICE_UNAVAILABLE)
        }
    })?;
    // It is ours whatever the verdict is, and is judged at the next start at the latest.
    if let Err(failed) = web.desk.judge_sent(receipt) {
        error!(file = %receipt, error = %failed, "a sheet could not be judged");
    }
    Ok(receipt)
}

/// What became of the sheet a page was asked about; nothing where it is not the visitor's branch's.
pub(super) fn handed(web: &Web, visitor: &Visitor, asked: &Asked) -> Option<Handed> {
    let receipt = ReceiptNo::from_str(asked.get("receipt")?).ok()?;
    let file = web.desk.store.file(receipt)?;
    if !visitor.person.works_at(file.submitter.desk) {
        return None;
    }
    let id = CaseId { receipt, n: 1, row: None };
    let case = web.desk.store.case(id).map(|case| case.head.id.to_string());
    let problems = match file.verdict {
        FileVerdict::Held { same_as } => {
            vec![format!("受付番号 {same_as} と同じ内容です。二重には受け付けていません。")]
        }
        _ => {
            web.desk.findings_of(&file).unwrap_or_default().into_iter().map(|one| one.ja).collect()
        }
    };
    let waits = matches!(file.verdict, FileVerdict::Received | FileVerdict::Opening);
    Some(Handed { receipt: receipt.to_string(), case, waits, problems })
}

/// What is wrong with a sheet before it is handed in, all mistakes at once.
pub(super) fn mistaken(all: Vec<ColumnMistake>) -> Problem {
    let told: Vec<String> = all.into_iter().map(|(_, mistake)| mistake.ja).collect();
    (StatusCode::UNPROCESSABLE_ENTITY, told.join(" "))
}

fn told(status: StatusCode) -> Problem {
    (status, sentence(status).1.to_owned())
}

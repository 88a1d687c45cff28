//! A form of which sheets are still to come, for the bank's people: what is there, what is missing,
//! and the form on which a clerk says to read it as it is or to give it back. For customers there
//! is none.

use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::{FormRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use tracing::error;

use crate::domain::{FormMark, Organisation, SheetsDeed, SlipPage};
use crate::service::{FormCame, FormKnown, KeyingSeen, SheetsError, SheetsWaiting};

use super::form::{Filled, own, text};
use super::pages::see_other;
use super::session::Visitor;
use super::shown::{self, moment};
use super::state::Web;

/// `GET /keying/sheets/<form number>`.
pub(super) async fn page(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    form: Result<Path<String>, PathRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let serial = serial(form);
    web.run(move |web| page_of_form(web, StatusCode::OK, &visitor, (serial, None), "")).await
}

/// `POST /keying/sheets/<form number>`.
pub(super) async fn submit(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    form: Result<Path<String>, PathRejection>,
    filled: Result<Form<Filled>, FormRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    if matches!(visitor.person.organisation, Organisation::Customer(_)) {
        return web.message(StatusCode::NOT_FOUND);
    }
    let filled = match own(&web, &visitor, filled) {
        Ok(filled) => filled,
        Err(answer) => return *answer,
    };
    let serial = serial(form);
    web.run(move |web| {
        let deed = match text(&filled, "deed") {
            "complete" => Some(SheetsDeed::Complete),
            "give_back" => Some(SheetsDeed::GiveBack),
            _ => None,
        };
        let (Some(number), Some(deed)) = (serial, deed) else {
            return web.message(StatusCode::NOT_FOUND);
        };
        let reason = text(&filled, "reason");
        match web.desk.end_sheets(&visitor.person, (number, deed), reason) {
            Ok(receipt) if deed == SheetsDeed::Complete => see_other(&format!("/keying/{receipt}")),
            Ok(_) => see_other("/keying?done=given_back"),
            Err(SheetsError::NotHere) => web.message(StatusCode::NOT_FOUND),
            Err(SheetsError::Reason) => {
                let problem = Some("理由を200文字までで入れてください。");
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                page_of_form(web, status, &visitor, (serial, problem), reason)
            }
            Err(SheetsError::Store(failed)) => {
                error!(error = %failed, "the waiting for sheets could not be ended");
                web.message(StatusCode::SERVICE_UNAVAILABLE)
            }
        }
    })
    .await
}

/// The number of a form as it stands in an address: `01234-56789`.
fn serial(path: Result<Path<String>, PathRejection>) -> Option<u64> {
    FormMark::serial_of(&path.ok()?.0)
}

/// Sheets as people say them: `2枚目・3枚目`.
fn numbers(sheets: &[u8]) -> String {
    sheets.iter().map(|sheet| format!("{sheet}枚目")).collect::<Vec<_>>().join("・")
}

/// A form that waits, in a list.
#[derive(Serialize)]
pub(super) struct Waiting {
    number: String,
    name: String,
    of: u8,
    there: usize,
    /// The sheets that are not there, e.g. `2枚目`.
    missing: String,
    since: String,
    is_late: bool,
    desk: String,
}

impl Waiting {
    pub(super) fn of(web: &Web, one: &SheetsWaiting) -> Self {
        let customers = web.desk.store.customers();
        let customer = customers.get(one.form.customer);
        let name = customer.map(|customer| customer.name.clone()).unwrap_or_default();
        Self {
            number: one.form.to_string(),
            name: format!("{name}（{}）", one.form.customer),
            of: one.of,
            there: usize::from(one.of).saturating_sub(one.missing.len()),
            missing: numbers(&one.missing),
            since: moment(one.first.received_at),
            is_late: one.is_late,
            desk: one.first.submitter.desk.to_string(),
        }
    }
}

/// What is to be known of a form whose sheets came by several calls: what is missing, and what came
/// twice.
pub(super) fn told_of_sheets(seen: &KeyingSeen) -> Vec<String> {
    let Some(slip) = &seen.calls else { return Vec::new() };
    let mut told = Vec::new();
    let missing = slip.missing();
    if let (Some(end), false) = (&slip.end, missing.is_empty()) {
        told.push(format!(
            "{}枚のうち、{}は届いていません。届いた分だけで受け付けます（{}）。",
            slip.of,
            numbers(&missing),
            end.reason
        ));
    }
    for sheet in 1..=slip.of {
        let came = slip.pages.iter().filter(|page| page.sheet == Some(sheet)).count();
        if came > 1 {
            told.push(format!(
                "{sheet}枚目が{came}回届いています。違いがないか、見比べてください。"
            ));
        }
    }
    let calls: Vec<String> = slip.calls().iter().map(|(call, _)| call.to_string()).collect();
    told.push(format!("受付番号 {} のFAXのページをまとめた書面です。", calls.join("、")));
    told
}

/// What is known of a form whose code cannot be read, by the number that was typed; errs with why
/// it is no number. A number proves nothing, and that is said.
pub(super) fn told_of_form(web: &Web, number: &str) -> Result<String, String> {
    let serial = FormMark::serial_of(number)
        .ok_or("用紙番号は、QRコードの下の10桁の数字です。例 01234-56789")?;
    let Some(FormKnown { form, name, receipt, came }) = web.desk.form_known(serial) else {
        return Ok(
            "この用紙番号の用紙は、まだ届いていません。だれの用紙かは、番号だけでは分かりません。\
                   書面のお名前でお確かめください。"
                .to_owned(),
        );
    };
    let what = match came {
        FormCame::Waits { of, missing } => format!(
            "{of}枚のうち{}を待っています（受付番号 {receipt}）。番号を入れても、この書面はそこへ\
             まとまりません。この書面はこのまま入力し、待っている用紙は、画面「書面の入力」から、\
             届いた分だけで始めてください",
            numbers(&missing)
        ),
        FormCame::Counts => format!(
            "受付番号 {receipt} で届いています。見比べて、同じ書面なら「請求ではないと判断する」を選び、\
             理由にその受付番号を書いてください"
        ),
        FormCame::Ended => {
            format!("受付番号 {receipt} で届き、お返ししました。もう一度お受けできます")
        }
    };
    Ok(format!(
        "用紙番号 {form} は、{name}（{}）に印刷した用紙で、{what}。番号は入力されたもので、\
         QRコードのようには確かめられません。書面のお名前とも見比べてください。",
        form.customer
    ))
}

#[derive(Serialize)]
struct SheetsPage {
    form: Waiting,
    problem: Option<&'static str>,
    reason: String,
    may_end: bool,
    pages: Vec<PageView>,
}

#[derive(Serialize)]
struct PageView {
    call: String,
    number: u32,
    sheet: Option<u8>,
    /// Why there is no picture of it.
    hidden: Option<String>,
}

/// Why a page of a call is not shown; none where it is.
fn hidden(web: &Web, page: &SlipPage) -> Option<String> {
    let record = web.desk.store.keying(page.call)?;
    let at = usize::try_from(page.page).ok()?.checked_sub(1)?;
    shown::pages_of(&record.scan).into_iter().nth(at)?.hidden
}

fn page_of_form(
    web: &Web,
    status: StatusCode,
    visitor: &Visitor,
    (serial, problem): (Option<u64>, Option<&'static str>),
    reason: &str,
) -> Response {
    let waiting = match visitor.person.organisation {
        Organisation::Branch(_) => web.desk.sheets_waiting(&visitor.person),
        Organisation::Customer(_) => Vec::new(),
    };
    let Some(found) = waiting.iter().find(|one| Some(one.form.serial) == serial) else {
        return web.message(StatusCode::NOT_FOUND);
    };
    let pages = found.pages.iter().map(|page| PageView {
        call: page.call.to_string(),
        number: page.page,
        sheet: page.sheet,
        hidden: hidden(web, page),
    });
    let page = SheetsPage {
        form: Waiting::of(web, found),
        problem,
        reason: reason.to_owned(),
        may_end: found.may_end,
        pages: pages.collect(),
    };
    web.page(status, "sheets", Some(visitor), &page)
}

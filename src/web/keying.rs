//! Keying in a paper, for the bank's people: its page, with the scan beside the form. For customers
//! there is none.
//!
//! A first person keys in the whole paper, a second one what decides, a third what the two read
//! differently; nobody is shown what was read before them.

use std::str::FromStr as _;
use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::{FormRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use tracing::error;

use crate::domain::{
    Account, Difference, Field, Finding, FormSheet, KEYED_ROWS_MAX, KeyedRow, KeyedSheet,
    KeyingStage, READ_TWICE, ReceiptNo, RequestKind, read_moment,
};
use crate::render::pdf::place_in_form;
use crate::service::{KeyError, KeyedIn, KeyingSeen};

use super::case::Asked;
use super::form::{Filled, own, text};
use super::pages::{answer, download, see_other};
use super::session::Visitor;
use super::sheets::{told_of_form, told_of_sheets};
use super::shown::{self, PageView, moment};
use super::sidecar::{Beside, begin, told_of_sidecar};
use super::signs::{Signs, told_of_time};
use super::state::Web;

/// How wide a page of a scan is shown, in dots: all that a FAX has, so that enlarging shows them
/// all. As a picture that is no larger than at a lower width, where dots become shades.
pub(super) const PAGE_WIDTH: u32 = 1728;
/// The field for when the paper came.
pub(super) const RECEIVED: &str = "received";
/// The field for the printed number of a form whose code cannot be read.
const FORM_NUMBER: &str = "form_number";
/// The longest value of a field, in characters.
const VALUE_MAX: usize = 250;

/// `GET /keying/<receipt number>`.
pub(super) async fn one(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    receipt: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let receipt = number(receipt);
    let opened = asked.is_ok_and(|Query(asked)| asked.contains_key("opened"));
    let typed = Typed { opened, ..Typed::default() };
    web.run(move |web| match receipt.and_then(|receipt| web.desk.paper(&visitor.person, receipt)) {
        Some(seen) => shown(web, StatusCode::OK, &visitor, &seen, &typed),
        None => web.message(StatusCode::NOT_FOUND),
    })
    .await
}

/// `POST /keying/<receipt number>`.
pub(super) async fn submit(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    receipt: Result<Path<String>, PathRejection>,
    form: Result<Form<Filled>, FormRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let form = match own(&web, &visitor, form) {
        Ok(form) => form,
        Err(answer) => return *answer,
    };
    let receipt = number(receipt);
    web.run(move |web| match receipt.and_then(|receipt| web.desk.paper(&visitor.person, receipt)) {
        Some(seen) => read(web, &visitor, &seen, &form),
        None => web.message(StatusCode::NOT_FOUND),
    })
    .await
}

/// `GET /papers/<receipt number>/<page>`: a page as a picture, or `original`, the file
/// itself; `original-2` is that of a second call its pages came by.
pub(super) async fn picture(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    named: Result<Path<(String, String)>, PathRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    web.run(move |web| {
        let found = named.ok().and_then(|Path((receipt, page))| {
            let receipt = ReceiptNo::from_str(&receipt).ok()?;
            if let Some(nth) = page.strip_prefix("original") {
                let nth = if nth.is_empty() { 1 } else { nth.strip_prefix('-')?.parse().ok()? };
                let (name, bytes) = web.desk.paper_bytes(&visitor.person, (receipt, nth))?;
                return Some(download(&name, bytes));
            }
            let page = page.parse().ok()?;
            match web.desk.paper_page(&visitor.person, (receipt, page), PAGE_WIDTH)? {
                Ok(png) => Some(answer(StatusCode::OK, "image/png", png.into())),
                Err(flaw) => {
                    error!(file = %receipt, error = %flaw, "a page cannot be shown");
                    None
                }
            }
        });
        found.unwrap_or_else(|| web.message(StatusCode::NOT_FOUND))
    })
    .await
}

fn number(path: Result<Path<String>, PathRejection>) -> Option<ReceiptNo> {
    path.ok().and_then(|Path(text)| ReceiptNo::from_str(&text).ok())
}

/// What was typed when it was not taken, and why not; or what is filled in beforehand.
#[derive(Default)]
pub(super) struct Typed {
    pub(super) rows: Option<usize>,
    pub(super) form: Filled,
    pub(super) problem: Option<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) opened: bool,
    /// Whether it is filled in from a file that came with the paper.
    pub(super) begun: bool,
    /// What is known of the form whose number was typed.
    pub(super) known: Option<String>,
}

/// Takes what somebody read, or shows their form again.
fn read(web: &Web, visitor: &Visitor, seen: &KeyingSeen, form: &Filled) -> Response {
    let rows = text(form, "rows").parse().unwrap_or(1).clamp(1, KEYED_ROWS_MAX);
    let again = |rows, problem, findings| Typed {
        rows: Some(rows),
        form: form.clone(),
        problem,
        findings,
        ..Typed::default()
    };
    if text(form, "deed") == "begin" {
        return begin(web, visitor, seen, form);
    }
    if text(form, "deed") == "more" {
        let typed = again(rows.saturating_add(1).min(KEYED_ROWS_MAX), None, Vec::new());
        return shown(web, StatusCode::OK, visitor, seen, &typed);
    }
    if text(form, "deed") == "form" {
        let (status, problem, known) = match told_of_form(web, text(form, FORM_NUMBER)) {
            Ok(known) => (StatusCode::OK, None, Some(known)),
            Err(problem) => (StatusCode::UNPROCESSABLE_ENTITY, Some(problem), None),
        };
        let typed = Typed { known, ..again(rows, problem, Vec::new()) };
        return shown(web, status, visitor, seen, &typed);
    }
    let none = text(form, "deed") == "none";
    let remark: String = text(form, "remark").chars().take(VALUE_MAX).collect();
    if none && remark.is_empty() {
        let problem = Some("請求ではないと判断した理由を入れてください。".to_owned());
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return shown(web, status, visitor, seen, &again(rows, problem, Vec::new()));
    }
    let keyed = KeyedIn {
        receipt: seen.file.receipt,
        seen: text(form, "seen").parse().unwrap_or(usize::MAX),
        sheet: (!none).then(|| sheet(form, rows, seen.record.stage)),
        remark,
        confirmed: text(form, "confirmed") == "yes",
    };
    match web.desk.key_in(&visitor.person, &keyed) {
        Ok(stage) => see_other(&format!("/keying?done={}", word(stage))),
        Err(KeyError::Store(failed)) => {
            error!(file = %keyed.receipt, error = %failed, "a reading could not be kept");
            web.message(StatusCode::SERVICE_UNAVAILABLE)
        }
        Err(KeyError::NotHere) => web.message(StatusCode::NOT_FOUND),
        Err(refused) => {
            let told = problem(&refused);
            let findings = match refused {
                KeyError::Findings(findings) => findings,
                _ => Vec::new(),
            };
            // What there is now may ask for something else than what was typed.
            let now = web.desk.paper(&visitor.person, keyed.receipt);
            let seen = now.as_ref().unwrap_or(seen);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            shown(web, status, visitor, seen, &again(rows, Some(told), findings))
        }
    }
}

const fn word(stage: KeyingStage) -> &'static str {
    match stage {
        KeyingStage::First => "first",
        KeyingStage::Second => "second",
        KeyingStage::Third => "third",
        KeyingStage::Settled => "settled",
        KeyingStage::Refused | KeyingStage::Sheets | KeyingStage::Closed | KeyingStage::Sidecar => {
            "refused"
        }
    }
}

/// What the form says, request by request; blank ones at the end are left out, but by a third
/// person, to whom a blank may be what the paper says.
fn sheet(form: &Filled, rows: usize, stage: KeyingStage) -> KeyedSheet {
    let cell = |row: usize, field: &Field| {
        let typed: String = text(form, &name(row, *field)).chars().take(VALUE_MAX).collect();
        (!typed.is_empty()).then_some((*field, typed))
    };
    let row = |row: usize| Field::ALL.iter().filter_map(|field| cell(row, field)).collect();
    let mut rows: Vec<KeyedRow> = (1..=rows).map(row).collect();
    while stage != KeyingStage::Third && rows.last().is_some_and(KeyedRow::is_empty) {
        rows.pop();
    }
    KeyedSheet { received: read_moment(text(form, RECEIVED)), rows }
}

/// The name of a field of the form.
pub(super) fn name(row: usize, field: Field) -> String {
    format!("row{row}.{}", field.name())
}

/// Why a reading is not taken, for people.
pub(super) fn problem(refused: &KeyError) -> String {
    match refused {
        KeyError::NotHere => "この書面を入力する役割の方にお願いしてください。".to_owned(),
        KeyError::FirstAt(desk) => {
            format!("一人目は、取扱店（{desk}）の方が入力します。そのあと、どの店の方でも二人目になれます。")
        }
        KeyError::Done => "この書面の入力は終わっています。".to_owned(),
        KeyError::Behind => {
            "ほかの方が先に入力しました。画面を開きなおしてから入力してください。".to_owned()
        }
        KeyError::SamePerson => {
            "すでに入力されています。次の入力は、別の方にお願いしてください。".to_owned()
        }
        KeyError::Shown => {
            "いっしょに届いたファイルの内容をご覧になったので、二人目・三人目の入力は、別の方にお願いしてください。"
                .to_owned()
        }
        KeyError::Rows => format!("請求を1件から{KEYED_ROWS_MAX}件まで入力してください。"),
        KeyError::Time => {
            "受付時刻を「2026-12-01 14:50」の形で入れてください。スキャンより後や、31日より前にはできません。"
                .to_owned()
        }
        KeyError::Findings(_) => {
            "取扱規則に合わないところがあります。書面と見比べて、入力を確かめてください。"
                .to_owned()
        }
        KeyError::Store(_) => "ただいま受け付けられません。".to_owned(),
    }
}

#[derive(Serialize)]
struct KeyingPage {
    receipt: String,
    name: String,
    desk: String,
    received: String,
    stage: &'static str,
    signs: Signs,
    pages: Vec<PageView>,
    /// Why there is no picture to look at.
    hidden: Option<String>,
    /// What is to be known of a form whose sheets came by several calls.
    told: Vec<String>,
    /// A file whose content the form may begin with, or is filled in from.
    beside: Option<Beside>,
    /// How many sheets of a paper of the counter there are.
    sheets: Option<u32>,
    /// Whether it was opened just now, so that its number is to be written onto it.
    opened: bool,
    problem: Option<String>,
    findings: Vec<String>,
    /// Whether mistakes may be confirmed as standing on the paper.
    confirm: bool,
    form: Option<FormView>,
    why_not: Option<String>,
}

#[derive(Serialize)]
struct FormView {
    seen: usize,
    /// When the paper came, as it was typed; none where that is not asked now.
    received: Option<String>,
    /// What is asked of whoever reads now.
    task: &'static str,
    count: usize,
    rows: Vec<RowView>,
    /// Whether another request may be added.
    more: bool,
    /// Whether somebody may say that it is no request.
    none: bool,
    /// Whether it may be an 承認作業票 after all: nobody has read it.
    sheet: bool,
    /// The number of a form whose code cannot be read, as it was typed; none where that is not
    /// asked.
    number: Option<String>,
    remark: String,
}

#[derive(Serialize)]
struct RowView {
    number: usize,
    fields: Vec<FieldView>,
}

#[derive(Serialize)]
struct FieldView {
    name: String,
    label: &'static str,
    hint: &'static str,
    value: String,
    wrong: bool,
    /// Where it stands on a form of ours: the page, and how far down as a share of it.
    place: Option<(u32, String)>,
    /// Value and words to choose from; none where it is typed.
    choices: Vec<(String, String)>,
}

/// A paper that was to be an 承認作業票, with why it is none.
pub(super) fn no_sheet(web: &Web, visitor: &Visitor, seen: &KeyingSeen, problem: &str) -> Response {
    let typed = Typed { problem: Some(problem.to_owned()), ..Typed::default() };
    shown(web, StatusCode::UNPROCESSABLE_ENTITY, visitor, seen, &typed)
}

/// What is to be known of how a paper came: its sheets, and what came with it.
pub(super) fn told_of(seen: &KeyingSeen) -> Vec<String> {
    told_of_sheets(seen)
        .into_iter()
        .chain(told_of_sidecar(seen))
        .chain(told_of_time(seen))
        .collect()
}

/// The page of a paper.
pub(super) fn shown(
    web: &Web,
    status: StatusCode,
    visitor: &Visitor,
    seen: &KeyingSeen,
    typed: &Typed,
) -> Response {
    let record = &seen.record;
    let told = |one: &Finding| {
        let place = if one.record == 0 { String::new() } else { format!("{}件目 ", one.record) };
        let field = one.field.map_or("", Field::japanese);
        format!("{place}{field}：{}（{}）", one.ja, one.code)
    };
    let page = KeyingPage {
        receipt: seen.file.receipt.to_string(),
        name: seen.file.name.clone(),
        desk: seen.file.submitter.desk.to_string(),
        received: moment(seen.file.received_at),
        stage: record.stage.japanese(),
        signs: Signs::of(web, seen, &[]),
        pages: shown::pages_of(&record.scan),
        hidden: record.flaw.as_ref().map(shown::hidden),
        told: told_of(seen).into_iter().chain(typed.known.clone()).collect(),
        beside: Beside::of(seen, typed.begun),
        sheets: seen.slip.as_ref().map(|slip| slip.sheets),
        opened: typed.opened,
        problem: typed.problem.clone(),
        findings: typed.findings.iter().map(told).collect(),
        confirm: !typed.findings.is_empty(),
        form: seen.refused.is_none().then(|| form_view(seen, typed)),
        why_not: seen.refused.as_ref().map(problem),
    };
    web.page(status, "paper", Some(visitor), &page)
}

/// What is likely in a field of a form printed for one customer; only whoever reads first is
/// shown it.
fn likely(seen: &KeyingSeen, field: Field) -> String {
    if seen.record.stage != KeyingStage::First {
        return String::new();
    }
    let Some(customer) = &seen.customer else { return String::new() };
    let account = match customer.accounts.as_slice() {
        [only] => Some(only),
        _ => None,
    };
    let of = |part: fn(&Account) -> String| account.map(part).unwrap_or_default();
    match field {
        Field::RequesterUserNumber => customer.user.to_string(),
        Field::RequesterBankCode => of(|account| account.bank.to_string()),
        Field::RequesterBranchCode => of(|account| account.branch.to_string()),
        Field::RequesterAccountType => of(|account| account.kind.code().to_string()),
        Field::RequesterAccountNumber => of(|account| account.number.to_string()),
        _ => String::new(),
    }
}

fn form_view(seen: &KeyingSeen, typed: &Typed) -> FormView {
    let stage = seen.record.stage;
    let first = stage == KeyingStage::First;
    let count = match stage {
        KeyingStage::Third => seen.rows,
        _ => typed.rows.unwrap_or(1),
    };
    let asked = |row: usize, field: Field| match stage {
        KeyingStage::First => true,
        KeyingStage::Third => seen.differ.contains(&Difference::Cell(row, field)),
        _ => READ_TWICE.contains(&field),
    };
    let row = |number: usize| RowView {
        number,
        fields: Field::ALL
            .iter()
            .filter(|field| asked(number, **field))
            .map(|field| field_view(seen, (number, *field), typed))
            .collect(),
    };
    let rows = (1..=count).map(row).filter(|row| !row.fields.is_empty());
    let timed =
        seen.timed && (stage != KeyingStage::Third || seen.differ.contains(&Difference::Received));
    FormView {
        seen: seen.record.readers().count(),
        received: timed.then(|| match (typed.form.get(RECEIVED), &seen.slip) {
            (None, Some(slip)) if first => shown::typed(slip.received),
            _ => text(&typed.form, RECEIVED).to_owned(),
        }),
        task: match stage {
            KeyingStage::First => {
                "書面のとおりに、すべての項目を入力してください。空欄は空欄のままにします。"
            }
            KeyingStage::Third => {
                "お二人の入力が違った項目です。書面だけを見て入力してください。前の方の入力は表示しません。"
            }
            _ => "もう一人の方として、書面だけを見て入力してください。前の方の入力は表示しません。",
        },
        count,
        rows: rows.collect(),
        more: stage != KeyingStage::Third && count < KEYED_ROWS_MAX,
        none: first || stage == KeyingStage::Second,
        sheet: seen.record.readers().next().is_none(),
        number: (first && seen.record.forms.is_empty() && seen.slip.is_none())
            .then(|| text(&typed.form, FORM_NUMBER).to_owned()),
        remark: text(&typed.form, "remark").to_owned(),
    }
}

fn field_view(seen: &KeyingSeen, (row, field): (usize, Field), typed: &Typed) -> FieldView {
    let name = name(row, field);
    let here = |one: &Finding| usize::try_from(one.record) == Ok(row) && one.field == Some(field);
    let wrong = typed.findings.iter().any(here);
    let value = match typed.form.get(&name) {
        Some(typed) => typed.trim().to_owned(),
        None => likely(seen, field),
    };
    let (label, hint, choices) = (field.japanese(), hint(field), choices(field));
    let place = place_in_form(row, field).and_then(|(sheet, thousandths)| {
        let is_it = |one: &&(u32, FormSheet)| usize::from(one.1.sheet) == sheet;
        let (page, _) = seen.sheets.iter().find(is_it)?;
        Some((*page, format!("0.{thousandths:03}")))
    });
    FieldView { name, label, hint, value, wrong, place, choices }
}

const fn hint(field: Field) -> &'static str {
    match field {
        Field::RecordDate | Field::DueDate => "例 2026-12-01",
        Field::Amount => "円。例 1000000",
        Field::RecordNumber => "20文字",
        Field::RequesterUserNumber | Field::CounterpartyUserNumber => "9文字",
        Field::RequesterBankCode | Field::CounterpartyBankCode => "4桁",
        Field::RequesterBranchCode | Field::CounterpartyBranchCode => "3桁",
        Field::RequesterAccountNumber | Field::CounterpartyAccountNumber => "7桁",
        _ => "",
    }
}

fn choices(field: Field) -> Vec<(String, String)> {
    let of = |all: &[(&str, &str)]| {
        all.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect()
    };
    match field {
        Field::RequestKind => RequestKind::ALL
            .iter()
            .map(|kind| (kind.code().to_string(), format!("{} {}", kind.code(), kind.japanese())))
            .collect(),
        Field::RequesterAccountType | Field::CounterpartyAccountType => {
            of(&[("1", "1 普通"), ("2", "2 当座"), ("9", "9 その他")])
        }
        Field::AssignmentRestricted => of(&[("0", "0 無"), ("1", "1 有")]),
        Field::Guarantee => of(&[("0", "0 有"), ("1", "1 無")]),
        _ => Vec::new(),
    }
}

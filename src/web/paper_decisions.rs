//! 紙の決裁, for the bank's people: printing what waits, and the page on which two officers read back
//! what was stamped, the scan beside the values of each case. For customers there is none.
//!
//! What the first officer read is not shown to the second, but the reason of a return.

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
    Finding, NumberError, Organisation, PaperChoice, PaperDecision, ReceiptNo, TaskNumber, UserId,
    YenTotal, read_moment,
};
use crate::ports::TaskEnd;
use crate::render::{names, pdf};
use crate::service::{
    PaperError, PaperRead, PaperStage, PrintError, SheetSeen, TaskSeen, WorklistAsked,
};

use crate::service::report::CaseView;

use super::case::Asked;
use super::form::{Filled, own, text};
use super::keying::no_sheet;
use super::pages::{download, see_other};
use super::search::for_bank;
use super::session::Visitor;
use super::shown::{self, moment};
use super::state::Web;

/// The longest reason, in characters.
const REASON_MAX: usize = 400;

/// `POST /worklist.pdf`: prints what waits at the visitor's branch. Each print is journaled, so
/// that its sheets are known when they come back.
pub(super) async fn print(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    form: Result<Form<Filled>, FormRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let form = match own(&web, &visitor, form) {
        Ok(form) => form,
        Err(answer) => return *answer,
    };
    web.run(move |web| {
        let Organisation::Branch(desk) = visitor.person.organisation else {
            return web.message(StatusCode::NOT_FOUND);
        };
        let given = |name| Some(text(&form, name).to_owned()).filter(|text| !text.is_empty());
        let asked = WorklistAsked { desk, role: given("role"), step: given("step") };
        let view = match web.desk.print_worklist(&asked, Some(&visitor.person)) {
            Ok(view) => view,
            Err(PrintError::Nothing) => return see_other("/?worklist=none"),
            Err(failed) => {
                error!(error = %failed, "a worklist cannot be printed");
                return web.message(StatusCode::SERVICE_UNAVAILABLE);
            }
        };
        match pdf::worklist(&view, &web.desk.rulebook().answers.words) {
            Ok(paper) => download(&names::worklist_pdf(&view.code, view.made), paper.bytes),
            Err(failed) => {
                error!(error = %failed, "a worklist cannot be drawn");
                web.message(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    })
    .await
}

/// `GET /paper-decisions`: the scans that wait.
pub(super) async fn page(
    state: State<Arc<Web>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    for_bank(state, &headers, asked, list).await
}

/// `GET /paper-decisions/<receipt number>`.
pub(super) async fn one(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    receipt: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let (receipt, asked) = (number(receipt), asked.map(|Query(asked)| asked).unwrap_or_default());
    web.run(move |web| {
        let done = asked.get("done").and_then(|word| told(word));
        let said = Said { done, ..Said::default() };
        answer(web, StatusCode::OK, (&visitor, receipt), &said)
    })
    .await
}

/// `POST /paper-decisions/<receipt number>`.
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
    web.run(move |web| match receipt {
        Some(receipt) => carry(web, &visitor, receipt, &form),
        None => web.message(StatusCode::NOT_FOUND),
    })
    .await
}

fn number(path: Result<Path<String>, PathRejection>) -> Option<ReceiptNo> {
    path.ok().and_then(|Path(text)| ReceiptNo::from_str(&text).ok())
}

/// Does what a form asks for.
fn carry(web: &Web, visitor: &Visitor, receipt: ReceiptNo, form: &Filled) -> Response {
    let person = &visitor.person;
    let done = match text(form, "deed") {
        "name" => web.desk.name_task(person, receipt, text(form, "number")).map(|()| "named"),
        "take" => web.desk.take_as_sheet(person, receipt, text(form, "number")).map(|()| "named"),
        _ => read(form, receipt)
            .and_then(|read| web.desk.read_on_paper(person, &read))
            .map(|stage| word(&stage)),
    };
    match done {
        // Whoever confirmed the last task from another branch has nothing more to look at.
        Ok(word) if web.desk.paper_sheet(person, receipt).is_none() => {
            see_other(&format!("/paper-decisions?done={word}"))
        }
        Ok(word) => see_other(&format!("/paper-decisions/{receipt}?done={word}")),
        Err(PaperError::NotHere) => web.message(StatusCode::NOT_FOUND),
        Err(PaperError::Store(failed)) => {
            error!(file = %receipt, error = %failed, "a paper decision could not be kept");
            web.message(StatusCode::SERVICE_UNAVAILABLE)
        }
        Err(refused) => {
            let problem = Some(problem(&refused));
            let findings = match refused {
                PaperError::Findings(findings) => findings,
                _ => Vec::new(),
            };
            let typed = Some(form.clone());
            let said = Said { problem, findings, typed, done: None };
            answer(web, StatusCode::UNPROCESSABLE_ENTITY, (visitor, Some(receipt)), &said)
        }
    }
}

/// What an officer read, or why they refuse.
fn read(form: &Filled, receipt: ReceiptNo) -> Result<PaperRead, PaperError> {
    let number = TaskNumber::read(text(form, "number"))?;
    let seen = text(form, "seen").parse().map_err(|_| PaperError::Behind)?;
    let reason: String = text(form, "reason").chars().take(REASON_MAX).collect();
    let said = if text(form, "deed") == "refuse" {
        Err(reason)
    } else {
        let choice = PaperChoice::ALL.into_iter().find(|one| one.name() == text(form, "choice"));
        let choice = choice.ok_or(PaperError::Missing("decision"))?;
        let decides = choice != PaperChoice::Open;
        Ok(PaperDecision {
            choice,
            by: UserId::parse(text(form, "user")).ok().filter(|_| decides),
            at: read_moment(text(form, "at")).filter(|_| decides),
            reason: if choice == PaperChoice::Return { reason } else { String::new() },
        })
    };
    Ok(PaperRead { receipt, number, seen, said, stands: text(form, "stands") == "yes" })
}

const fn word(stage: &PaperStage) -> &'static str {
    match stage {
        PaperStage::Second => "second",
        PaperStage::SentBack(_) => "sent_back",
        PaperStage::Ended(TaskEnd::Decided) => "decided",
        PaperStage::Ended(TaskEnd::Repeated) => "repeated",
        PaperStage::Ended(TaskEnd::Open) => "open",
        PaperStage::Ended(TaskEnd::Refused { .. }) => "refused",
    }
}

fn told(word: &str) -> Option<&'static str> {
    Some(match word {
        "second" => "入力を受け付けました。次に、別の方が紙を見て確認します。",
        "sent_back" => "確認できなかったため、一人目の入力からやり直します。理由は下にあります。",
        "decided" => "お二人の入力が一致し、押印した方の決裁として記録しました。",
        "repeated" => "同じ決裁がすでに記録されています。二重には記録していません。",
        "open" => {
            "まだ決裁されていないものとして終えました。押印のあと、もう一度スキャンしてください。"
        }
        "refused" => "記録できないものとして終えました。理由は下にあります。",
        "named" => "番号を受け付けました。",
        _ => return None,
    })
}

fn problem(refused: &PaperError) -> String {
    match refused {
        PaperError::NotHere => "入力する役割の方にお願いしてください。",
        PaperError::Done => "この欄の入力は終わっています。",
        PaperError::Behind => "ほかの方が先に入力しました。いまの内容を見てから入力してください。",
        PaperError::SamePerson => "すでに入力されています。確認は、別の方にお願いしてください。",
        PaperError::Requester => {
            "この請求を出された方、書面を入力された方は、決裁を確認できません。別の方にお願いしてください。"
        }
        PaperError::Decider => "ご自身の決裁は確認できません。別の方にお願いしてください。",
        PaperError::Missing("decision") => "承認・差戻し・まだ のいずれかを選んでください。",
        PaperError::Missing("user") => "押印した方のユーザーIDを入れてください。",
        PaperError::Missing("time") => "紙の日時を「2026-12-01 14:50」の形で入れてください。",
        PaperError::Missing(_) => "理由を入れてください。",
        PaperError::Findings(_) => {
            "このままでは記録できません。紙と見比べて、入力を確かめてください。"
        }
        PaperError::Number(NumberError::Length) => {
            "番号を「01234-56789-0」のように、11桁の数字で入れてください。"
        }
        PaperError::Number(NumberError::Check) => {
            "番号の検査数字が合いません。数字の読み違いがないか、お確かめください。"
        }
        PaperError::Store(_) => "ただいま受け付けられません。",
    }
    .to_owned()
}

#[derive(Serialize)]
struct ListPage {
    done: Option<&'static str>,
    sheets: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    receipt: String,
    name: String,
    desk: String,
    received: String,
    tasks: usize,
    /// How many tasks the visitor may read now.
    mine: usize,
    open: usize,
}

fn list(web: &Web, visitor: &Visitor, asked: &Asked) -> Response {
    let item = |seen: &SheetSeen| Item {
        receipt: seen.file.receipt.to_string(),
        name: seen.file.name.clone(),
        desk: seen.file.submitter.desk.to_string(),
        received: moment(seen.file.received_at),
        tasks: seen.tasks.len(),
        mine: seen.tasks.iter().filter(|task| task.refused.is_none()).count(),
        open: seen.tasks.iter().filter(|task| task.task.end.is_none()).count(),
    };
    let sheets = web.desk.paper_sheets(&visitor.person).iter().map(item).collect();
    let done = asked.get("done").and_then(|word| told(word));
    web.page(StatusCode::OK, "paper_decisions", Some(visitor), &ListPage { done, sheets })
}

/// What the page says of the last form.
#[derive(Default)]
struct Said {
    done: Option<&'static str>,
    problem: Option<String>,
    findings: Vec<Finding>,
    /// What had been typed when it was refused.
    typed: Option<Filled>,
}

#[derive(Serialize)]
struct SheetPage {
    receipt: String,
    name: String,
    desk: String,
    received: String,
    pages: Vec<shown::PageView>,
    /// Why there is no picture to look at.
    hidden: Option<String>,
    done: Option<&'static str>,
    problem: Option<String>,
    /// Where the problem is not of one task.
    general: bool,
    findings: Vec<String>,
    tasks: Vec<TaskView>,
    /// Numbers printed on the same sheets that were not found.
    missing: Vec<String>,
    /// Whether the visitor may add a task by its number.
    names: bool,
    false_marks: u32,
    forms: u32,
    choices: Vec<(&'static str, &'static str)>,
}

#[derive(Serialize)]
struct TaskView {
    number: String,
    page: u32,
    /// How far down its sheet it stands, as a share.
    at: String,
    case: String,
    title: String,
    submitter: String,
    status: &'static str,
    rows: u32,
    total: String,
    step: String,
    seat: String,
    printed: String,
    /// The check number that was printed, and that of now where it is another.
    check: String,
    changed: Option<String>,
    /// Whether somebody of the desk may look at the case.
    visible: bool,
    first: bool,
    seen: usize,
    mine: bool,
    why_not: Option<String>,
    /// The reason of a return as the first officer read it, for the second to look at.
    reason: Option<String>,
    sent_back: Vec<String>,
    /// What came of it.
    end: Option<String>,
    typed: Option<TypedView>,
}

/// What had been typed, to be put right.
#[derive(Serialize)]
struct TypedView {
    choice: String,
    user: String,
    at: String,
    reason: String,
    /// Whether it may be confirmed as standing on the paper.
    stands: bool,
}

fn answer(
    web: &Web,
    status: StatusCode,
    (visitor, receipt): (&Visitor, Option<ReceiptNo>),
    said: &Said,
) -> Response {
    let seen = receipt.and_then(|receipt| web.desk.paper_sheet(&visitor.person, receipt));
    let Some(seen) = seen else {
        // A paper that is none of ours to decide on stays where it is keyed in.
        let paper = receipt.and_then(|one| web.desk.paper(&visitor.person, one));
        return match (paper, &said.problem) {
            (Some(paper), Some(problem)) => no_sheet(web, visitor, &paper, problem),
            _ => web.message(StatusCode::NOT_FOUND),
        };
    };
    let typed = said.typed.as_ref().map(|form| text(form, "number"));
    let of_task = |task: &TaskSeen| {
        let number = typed.and_then(|typed| TaskNumber::read(typed).ok());
        number == Some(task.task.number)
    };
    let tasks: Vec<TaskView> = seen
        .tasks
        .iter()
        .map(|task| task_view(web, task, said.typed.as_ref().filter(|_| of_task(task)), said))
        .collect();
    let page = SheetPage {
        receipt: seen.file.receipt.to_string(),
        name: seen.file.name.clone(),
        desk: seen.file.submitter.desk.to_string(),
        received: moment(seen.file.received_at),
        pages: shown::pages_of(&seen.record.scan),
        hidden: seen.record.flaw.as_ref().map(shown::hidden),
        done: said.done,
        problem: said.problem.clone(),
        general: !seen.tasks.iter().any(of_task),
        findings: said.findings.iter().map(|one| format!("{}（{}）", one.ja, one.code)).collect(),
        missing: seen.missing.iter().map(ToString::to_string).collect(),
        names: seen.record.waits(),
        tasks,
        false_marks: seen.record.false_marks,
        forms: seen.record.forms,
        choices: PaperChoice::ALL.map(|one| (one.name(), one.japanese())).to_vec(),
    };
    web.page(status, "paper_decision", Some(visitor), &page)
}

fn task_view(web: &Web, seen: &TaskSeen, typed: Option<&Filled>, said: &Said) -> TaskView {
    let (task, print) = (&seen.task, &seen.print);
    let case = seen.case.as_ref();
    let check = print.task.content.short();
    let now = case.map(|case| case.content_short.clone());
    let first = task.reading.as_ref().map(|first| &first.said);
    let sent_back = task
        .sent_back
        .iter()
        .map(|(by, at, why)| format!("{} {} さん：{why}", moment(*at), web.desk.name_of(by)));
    TaskView {
        number: task.number.to_string(),
        page: task.page,
        at: place(print.task.place),
        case: print.task.case.to_string(),
        title: case.map(|case| case.title.clone()).unwrap_or_default(),
        submitter: case.map(CaseView::who).unwrap_or_default(),
        status: case.map_or("", |case| case.status_ja),
        rows: case.map_or(0, |case| case.rows),
        total: YenTotal::new(case.map_or(0, |case| case.amount_total)).to_string(),
        step: seen.step.clone(),
        seat: seen.seat.clone(),
        printed: moment(print.at),
        changed: now.filter(|now| *now != check),
        check,
        visible: case.is_some(),
        first: seen.first,
        seen: seen.seen,
        mine: seen.refused.is_none(),
        why_not: seen.refused.as_ref().map(problem),
        reason: first
            .filter(|said| said.choice == PaperChoice::Return)
            .map(|said| said.reason.clone()),
        sent_back: sent_back.collect(),
        end: task.end.as_ref().map(|(.., end)| ended(end)),
        typed: typed.map(|form| TypedView {
            choice: text(form, "choice").to_owned(),
            user: text(form, "user").to_owned(),
            at: text(form, "at").to_owned(),
            reason: text(form, "reason").to_owned(),
            stands: !said.findings.is_empty(),
        }),
    }
}

/// Where a task stands on its sheet, as a share of its height.
fn place(at: u8) -> String {
    let thousandths = pdf::place_of_task(usize::from(at));
    format!("0.{thousandths:03}")
}

fn ended(end: &TaskEnd) -> String {
    match end {
        TaskEnd::Decided => "決裁として記録しました".to_owned(),
        TaskEnd::Repeated => "同じ決裁がすでに記録されています".to_owned(),
        TaskEnd::Open => "まだ決裁されていません".to_owned(),
        TaskEnd::Refused { code, ja, .. } => format!("記録できませんでした：{ja}（{code}）"),
    }
}

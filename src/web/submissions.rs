//! What became of files: their list, the page of one, its answers.
//!
//! For the customer's own people, and for the branch they came to. A file somebody may not see, and
//! a name that is no answer's, are answered like what there is not.

use std::str::FromStr as _;
use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use tracing::error;

use crate::domain::{Finding, HoldEnd, Organisation, ReceiptNo};
use crate::ports::{FileRecord, FileVerdict};
use crate::render::pdf::place;
use crate::service::Submission;
use crate::workflow::{Case, Unit};

use super::case::Asked;
use super::pages::{download, percent, see_other};
use super::session::Visitor;
use super::shown::moment;
use super::state::Web;
use super::streamed::streamed;

/// Findings on a page; all are in the file of results.
const FINDINGS_MAX: usize = 200;

/// `GET /submissions`.
pub(super) async fn page(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    web.run(move |web| list(web, &visitor, &asked)).await
}

/// `GET /submissions/<receipt number>`.
pub(super) async fn one(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    receipt: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    let receipt = receipt.ok().and_then(|Path(text)| ReceiptNo::from_str(&text).ok());
    let is_new = asked.is_ok_and(|Query(asked)| asked.contains_key("new"));
    web.run(move |web| {
        let found = receipt.and_then(|receipt| web.desk.submission(&visitor.person, receipt));
        match found {
            Some(found) => submission_page(web, &visitor, &found, is_new),
            None => web.message(StatusCode::NOT_FOUND),
        }
    })
    .await
}

/// `GET /submissions/<receipt number>/<name>`: an answer, as a file.
pub(super) async fn answer(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    named: Result<Path<(String, String)>, PathRejection>,
) -> Response {
    let Some(visitor) = web.visitor(&headers) else { return see_other("/login") };
    web.run(move |web| {
        let found = named.ok().and_then(|Path((receipt, name))| {
            let receipt = ReceiptNo::from_str(&receipt).ok()?;
            let answer = web.desk.open_answer(&visitor.person, receipt, &name)?;
            Some(download(&name, streamed(answer)))
        });
        found.unwrap_or_else(|| web.message(StatusCode::NOT_FOUND))
    })
    .await
}

#[derive(Serialize)]
struct ListPage {
    /// Whether it is a branch's list: of whoever handed in anything.
    desk: bool,
    files: Vec<Item>,
    page: usize,
    more: bool,
}

#[derive(Serialize)]
struct Item {
    receipt: String,
    name: String,
    /// Who handed it in.
    submitter: String,
    received: String,
    /// How many records were looked at, while it is being judged.
    progress: Option<u32>,
    verdict: &'static str,
    mark: &'static str,
    accepted: u32,
    rejected: u32,
    total: String,
    states: String,
    /// Whether it was only tried out: the counts say what would be taken in.
    trial: bool,
}

fn list(web: &Web, visitor: &Visitor, asked: &Asked) -> Response {
    let page = asked.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1);
    let (files, more) = web.desk.submissions(&visitor.person, page);
    let files = files.iter().map(|file| item(web, file)).collect();
    let desk = matches!(visitor.person.organisation, Organisation::Branch(_));
    web.page(StatusCode::OK, "submissions", Some(visitor), &ListPage { desk, files, page, more })
}

fn item(web: &Web, file: &FileRecord) -> Item {
    let (verdict, mark) = verdict_words(file.verdict);
    // Of a refused file nothing was taken in, however good its other lines are.
    let trial = file.verdict == FileVerdict::Tried;
    let taken = trial || matches!(file.verdict, FileVerdict::Opening | FileVerdict::Accepted);
    let (accepted, rejected) =
        if taken { (file.accepted, file.rejected) } else { (0, file.records) };
    Item {
        receipt: file.receipt.to_string(),
        name: file.name.clone(),
        submitter: file.submitter.name.clone(),
        received: moment(file.received_at),
        progress: web.desk.progress(file.receipt),
        verdict,
        mark,
        accepted,
        rejected,
        total: if taken { file.total.to_string() } else { "0".to_owned() },
        states: states(web, file),
        trial,
    }
}

/// Where the cases of a file stand, in a few words; empty where it has none.
fn states(web: &Web, file: &FileRecord) -> String {
    let batches = web.desk.batch_states(file);
    let mut words: Vec<String> =
        batches.iter().map(|status| status.japanese().to_owned()).collect();
    words.dedup();
    let of_rows = file.flows.iter().filter(|flow| flow.unit == Unit::Record);
    let rows: u32 = of_rows.map(|flow| flow.scope.rows).sum();
    if rows > 0 {
        let open = file.open_cases;
        words.push(format!("案件{rows}件（終わっていないもの{open}件）"));
    }
    words.join("、")
}

/// What became of a file, for people, and how that is marked.
const fn verdict_words(verdict: FileVerdict) -> (&'static str, &'static str) {
    match verdict {
        FileVerdict::Received | FileVerdict::Opening | FileVerdict::Keying => ("確認中", "active"),
        FileVerdict::Accepted => ("受付済", "completed"),
        FileVerdict::Joined { .. } => ("ほかの書面にまとめました", "completed"),
        FileVerdict::Rejected => ("受付できません", "rejected"),
        FileVerdict::Held { .. } => ("重複のため保留", "returned"),
        FileVerdict::Tried => ("導入テスト（受け付けてはいません）", "returned"),
    }
}

#[derive(Serialize)]
struct SubmissionPage {
    is_new: bool,
    file: Item,
    by: String,
    bytes: u64,
    digest: String,
    same_as: Option<String>,
    /// The file as which a held one was taken in.
    released: Option<String>,
    /// Whether what was found may be shown.
    whole: bool,
    findings: Vec<Line>,
    /// How many are not shown.
    left: usize,
    cases: Vec<CaseLine>,
    more: bool,
    answers: Vec<AnswerLine>,
}

/// Something that was found.
#[derive(Serialize)]
struct Line {
    place: String,
    severity: &'static str,
    mark: &'static str,
    code: &'static str,
    value: String,
    text: String,
}

#[derive(Serialize)]
struct CaseLine {
    case: String,
    title: String,
    status: &'static str,
    mark: &'static str,
    rows: u32,
    total: String,
    /// Whether its page is the visitor's to see.
    open: bool,
}

#[derive(Serialize)]
struct AnswerLine {
    href: String,
    name: String,
    title: &'static str,
    case: Option<String>,
}

fn submission_page(web: &Web, visitor: &Visitor, found: &Submission, is_new: bool) -> Response {
    let file = &found.file;
    let findings = if found.is_whole { web.desk.findings_of(file) } else { Ok(Vec::new()) };
    let findings = match findings {
        Ok(findings) => findings,
        Err(failed) => {
            error!(file = %file.receipt, error = %failed, "findings cannot be read");
            return web.message(StatusCode::SERVICE_UNAVAILABLE);
        }
    };
    let answers = web.desk.answer_files(&visitor.person, found).into_iter();
    let same_as = match file.verdict {
        FileVerdict::Held { same_as } => Some(same_as.to_string()),
        _ => None,
    };
    let released = match web.desk.hold_end(file.receipt) {
        Some(HoldEnd::Released(receipt)) => Some(receipt.to_string()),
        Some(HoldEnd::Closed) | None => None,
    };
    let page = SubmissionPage {
        is_new,
        file: item(web, file),
        by: found.by.clone().unwrap_or_default(),
        bytes: file.bytes,
        digest: file.digest.short(),
        same_as,
        released,
        whole: found.is_whole,
        left: findings.len().saturating_sub(FINDINGS_MAX),
        findings: findings.iter().take(FINDINGS_MAX).map(|one| line(web, one)).collect(),
        cases: found.cases.iter().map(|case| case_line(web, visitor, case)).collect(),
        more: found.more,
        answers: answers
            .map(|one| AnswerLine {
                href: format!("/submissions/{}/{}", file.receipt, percent(&one.name)),
                name: one.name,
                title: one.title,
                case: one.case.map(|case| case.to_string()),
            })
            .collect(),
    };
    web.page(StatusCode::OK, "submission", Some(visitor), &page)
}

fn line(web: &Web, finding: &Finding) -> Line {
    use crate::domain::Severity;
    Line {
        place: place(&web.desk.rulebook().answers.words, finding),
        severity: finding.severity.japanese(),
        mark: match finding.severity {
            Severity::Error => "rejected",
            Severity::Warning => "returned",
            Severity::Info => "active",
        },
        code: finding.code.as_str(),
        value: finding.value.clone(),
        text: finding.ja.clone(),
    }
}

fn case_line(web: &Web, visitor: &Visitor, case: &Case) -> CaseLine {
    let head = &case.head;
    CaseLine {
        case: head.id.to_string(),
        title: web.desk.definition_of(case).map(|flow| flow.title.clone()).unwrap_or_default(),
        status: head.status.japanese(),
        mark: head.status.name(),
        rows: head.scope.rows,
        total: head.scope.total.to_string(),
        open: web.desk.may_see(&visitor.person, case),
    }
}

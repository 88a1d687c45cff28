//! The page of one case: what is to be approved, who did what, and the form.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use tracing::error;

use crate::domain::{
    AssignmentRestriction, CaseId, Guarantee, Organisation, RequestKind, Severity, Timestamp,
    UserId, Yen, YenTotal,
};
use crate::ports::FileRecord;
use crate::render::draw::svg;
use crate::service::report::{
    CarvedView, CaseRow, CaseView, KindTotal, NewsView, RowsError, RowsPage, SeatView, StepState,
};
use crate::service::{Choice, Requester, Wish};
use crate::workflow::expr::Field;
use crate::workflow::{Case, Deed, Form, VoteKind};

use super::change::{Change, change};
use super::draft::{is_own, own_requests};
use super::keying::told_of;
use super::pages::see_other;
use super::seal::Ticket;
use super::session::Visitor;
use super::shown::{self, Deadline};
use super::signs::Signs;
use super::state::Web;

pub(super) type Asked = BTreeMap<String, String>;

/// What a person had filled in when a decision was refused, and why.
#[derive(Debug, Default)]
pub(super) struct Again {
    pub(super) problem: Option<String>,
    pub(super) kind: String,
    pub(super) reason: String,
    pub(super) rows: String,
    pub(super) entry: Vec<(String, String)>,
    /// The number of the listed reason; 0 for none.
    pub(super) reason_code: usize,
}

/// `GET /cases/<id>`.
pub(super) async fn page(
    State(web): State<Arc<Web>>,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let id = id.ok().and_then(|Path(id)| id.parse::<CaseId>().ok());
    let Some(visitor) = web.visitor(&headers) else {
        return see_other(&id.map_or("/login".to_owned(), |id| format!("/login?case={id}")));
    };
    let Some(id) = id else { return web.message(StatusCode::NOT_FOUND) };
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    web.run(move |web| match web.case_for(&visitor, id) {
        Some(case) => case_page(web, StatusCode::OK, &visitor, (&case, &asked), &Again::default()),
        None => web.message(StatusCode::NOT_FOUND),
    })
    .await
}

impl Web {
    /// A case, if it is any of the visitor's business.
    pub(super) fn case_for(&self, visitor: &Visitor, id: CaseId) -> Option<Case> {
        self.desk.store.case(id).filter(|case| self.desk.may_see(&visitor.person, case))
    }
}

pub(super) fn deadline(web: &Web, due: Timestamp) -> Deadline {
    shown::deadline(due, web.desk.clock.now(), &web.desk.rulebook().calendar)
}

#[derive(Serialize)]
struct CasePage<'c> {
    case: &'c CaseView,
    waits: bool,
    /// Where it stands, whose move it is and whom to ask, as `kessai why` says it.
    why: String,
    done: Option<Done>,
    problem: Option<&'c str>,
    total: String,
    record_date: String,
    received_at: String,
    deadline: Option<Deadline>,
    kinds: Vec<Kind>,
    /// An SVG: the one text of a page that is not escaped, because `svg` escaped what is in it.
    picture: Option<String>,
    steps: Vec<Step<'c>>,
    history: Vec<Past<'c>>,
    carved: Vec<Carved<'c>>,
    /// What is to be approved instead of rows, where the case is about a changed rule.
    proposal: Option<Change>,
    /// The paper the rows were keyed in from.
    paper: Option<PaperView>,
    rows: Vec<Row>,
    page: u32,
    pages: u32,
    /// Whether lines that were not recorded can be handed in again.
    reuse: bool,
    form: Option<FormPage<'c>>,
    why_not: Option<String>,
}

/// A paper beside the rows that were keyed in from it.
#[derive(Serialize)]
struct PaperView {
    receipt: String,
    readers: String,
    /// When it came.
    received: Option<String>,
    signs: Signs,
    /// What is to be known of how it came.
    told: Vec<String>,
    pages: Vec<shown::PageView>,
    /// Why there is no picture to look at.
    hidden: Option<String>,
}

#[derive(Serialize)]
struct Done {
    decision: &'static str,
    at: String,
}

#[derive(Clone, Serialize)]
pub(super) struct Kind {
    name: &'static str,
    rows: u32,
    total: String,
}

#[derive(Serialize)]
struct Step<'c> {
    title: &'c str,
    state: &'static str,
    seats: Vec<Seat<'c>>,
}

#[derive(Serialize)]
struct Seat<'c> {
    title: &'c str,
    by: Option<&'c str>,
    decision: Option<&'static str>,
    at: Option<String>,
    reason: Option<&'c str>,
    /// That it came on paper.
    on_paper: Option<&'c str>,
    open: bool,
    people: Vec<&'c str>,
    place: &'static str,
}

/// Lines that left the batch by one decision.
#[derive(Serialize)]
struct Carved<'c> {
    lines: &'c [u32],
    more: String,
    fate: &'static str,
    count: usize,
    total: String,
    name: &'c str,
    at: String,
    reason: &'c str,
}

/// Something that happened and is no seal in force.
#[derive(Serialize)]
pub(super) struct Past<'c> {
    at: String,
    what: &'static str,
    name: &'c str,
    text: &'c str,
    /// That it came on paper.
    on_paper: Option<&'c str>,
}

#[derive(Clone, Serialize)]
pub(super) struct Row {
    record: u32,
    /// The requester's user number and account.
    own: [String; 3],
    kind: &'static str,
    record_date: String,
    name: String,
    user: String,
    account: [String; 2],
    amount: Option<String>,
    /// The amount in the characters a paper has it in (大字).
    words: Option<String>,
    due: Option<String>,
    reference: String,
    number: Option<String>,
    remarks: Vec<String>,
    /// Whether its record may be cancelled today.
    cancel: bool,
}

#[derive(Serialize)]
struct FormPage<'c> {
    content: String,
    task_version: u32,
    shown_at: i64,
    number: String,
    seal: String,
    approve_refused: Option<String>,
    choices: Vec<Offer>,
    more: Vec<Offer>,
    reason: &'c str,
    /// What was written as lines to treat apart; nothing where the flow does not split here.
    rows: Option<&'c str>,
    /// What is to be filled in, where the step is a task.
    fields: Vec<Blank>,
    reasons: Vec<Reason>,
}

/// A field to fill in.
#[derive(Serialize)]
struct Blank {
    name: String,
    label: String,
    shape: String,
    /// What there is to choose from; nothing where it is typed.
    choices: Vec<String>,
    value: String,
}

/// A listed reason.
#[derive(Serialize)]
struct Reason {
    number: usize,
    text: String,
    chosen: bool,
}

/// Something the visitor may choose.
#[derive(Serialize)]
struct Offer {
    value: String,
    mark: &'static str,
    title: String,
    hint: String,
    chosen: bool,
}

/// The page of a case; `again` when a decision on it was just refused.
pub(super) fn case_page(
    web: &Web,
    status: StatusCode,
    visitor: &Visitor,
    (case, asked): (&Case, &Asked),
    again: &Again,
) -> Response {
    let number = asked.get("page").and_then(|page| page.parse().ok()).unwrap_or(1);
    let file = web.desk.store.file(case.file.receipt);
    let (Some(mut view), Some(file)) = (web.desk.view(case), file) else {
        return web.message(StatusCode::NOT_FOUND);
    };
    hide_other_side(&mut view, visitor, case);
    let proposal = match web.desk.proposal(case) {
        Ok(proposal) => proposal.map(change),
        Err(failed) => {
            error!(case = %case.head.id, error = %failed, "a proposal cannot be read");
            return web.message(StatusCode::SERVICE_UNAVAILABLE);
        }
    };
    let read = (web.desk.rows(case, number), web.kinds(case), news(web, visitor, (case, number)));
    let (rows, kinds) = match read {
        (Ok(rows), Ok(kinds), Ok(news)) => {
            view.news = news;
            view.returned = web.desk.returned_about(case, Some(&visitor.person));
            (rows, kinds)
        }
        (Err(failed), ..) | (_, Err(failed), _) | (.., Err(failed)) => {
            // Nobody approves what cannot be shown.
            error!(case = %case.head.id, error = %failed, "rows cannot be read");
            return web.message(StatusCode::SERVICE_UNAVAILABLE);
        }
    };
    let vote = Wish::Vote(VoteKind::Reject, None);
    let could = web.desk.could(&visitor.person, case, &vote);
    let form = form_page(web, visitor, case, again);
    let final_now = case.head.status.is_final();
    let RowsPage { rows, page, pages } = rows;
    let own = is_own(visitor, case);
    let page = CasePage {
        waits: !final_now,
        why: web.desk.why_case(case).map(|why| why.text).unwrap_or_default(),
        done: asked.contains_key("done").then(|| done(visitor, case)).flatten(),
        problem: again.problem.as_deref(),
        total: case.head.scope.total.to_string(),
        record_date: shown::day(case.head.scope.record_date),
        received_at: shown::moment(file.received_at),
        deadline: case.head.due.filter(|_| !final_now).map(|due| deadline(web, due)),
        kinds: shown_kinds(&kinds),
        picture: web.desk.route(case, &view).map(|route| svg(&route)),
        steps: steps(&view),
        history: history(&view),
        carved: view.carved.iter().map(carved).collect(),
        proposal,
        rows: rows
            .into_iter()
            .map(|row| {
                let cancel = own && may_cancel(web, visitor, case, &row);
                Row { cancel, ..shown_row(visitor, row) }
            })
            .collect(),
        paper: paper(web, visitor, case, &view.requesters),
        reuse: own && web.desk.may_reuse(case),
        page,
        pages,
        form,
        why_not: could.err().filter(|_| !final_now).map(|refusal| refusal.japanese()),
        case: &view,
    };
    web.page(status, "case", Some(visitor), &page)
}

/// The paper a case was keyed in from, to be held against the rows.
fn paper(web: &Web, visitor: &Visitor, case: &Case, requesters: &[Requester]) -> Option<PaperView> {
    case.file.paper.as_ref()?;
    let receipt = case.file.receipt;
    let seen = web.desk.paper(&visitor.person, receipt)?;
    let readers = web.desk.readers(&seen.record).join("、");
    let pages = shown::pages_of(&seen.record.scan);
    let hidden = seen.record.flaw.as_ref().map(shown::hidden);
    let received = seen.record.received.map(shown::moment);
    let mut told = told_of(&seen);
    told.extend(warnings(web, &seen.file));
    let signs = Signs::of(web, &seen, requesters);
    let receipt = receipt.to_string();
    Some(PaperView { receipt, readers, received, signs, told, pages, hidden })
}

/// What was found in a paper that is no mistake, for whoever decides.
fn warnings(web: &Web, file: &FileRecord) -> Vec<String> {
    let found = web.desk.findings_of(file).unwrap_or_default().into_iter();
    let warned = found.filter(|one| one.severity == Severity::Warning && !one.code.is_of_typing());
    let told = warned.map(|one| {
        let place = if one.record == 0 { String::new() } else { format!("{}件目 ", one.record) };
        format!("{place}{}（{}）", one.ja, one.code)
    });
    told.collect()
}

/// How many records of each kind there are, and their sums.
pub(super) fn shown_kinds(kinds: &[KindTotal]) -> Vec<Kind> {
    let shown = |sum: &KindTotal| Kind {
        name: sum.kind.japanese(),
        rows: sum.rows,
        total: sum.total.to_string(),
    };
    kinds.iter().map(shown).collect()
}

/// What is new in a case. The other side of a request is not told of the requester's other trades.
pub(super) fn news(
    web: &Web,
    visitor: &Visitor,
    (case, page): (&Case, u32),
) -> Result<Option<NewsView>, RowsError> {
    // It stands before the first rows; the pages after them need not read all rows again.
    if page > 1 || !is_own(visitor, case) {
        return Ok(None);
    }
    web.desk.news(case)
}

fn form_page<'a>(
    web: &Web,
    visitor: &Visitor,
    case: &Case,
    again: &'a Again,
) -> Option<FormPage<'a>> {
    let ticket = Ticket {
        content: web.desk.content_of(case)?,
        task_version: case.head.task_version,
        shown_at: web.desk.clock.now(),
        number: web.random_text::<16>(),
    };
    let choices = web.desk.choices(&visitor.person, case);
    if choices.is_empty() {
        return None;
    }
    let approve = web.desk.could(&visitor.person, case, &Wish::Vote(VoteKind::Approve, None));
    let may_vote = choices.iter().any(|choice| matches!(choice.wish, Wish::Vote(..)));
    let (choices, more) =
        choices.into_iter().map(|choice| offer(choice, &again.kind)).partition(|(main, _)| *main);
    let plain = |offers: Vec<(bool, Offer)>| offers.into_iter().map(|(_, offer)| offer).collect();
    Some(FormPage {
        seal: web.seal_ticket(case.head.id, &visitor.person.id, &ticket),
        content: ticket.content.to_string(),
        task_version: ticket.task_version,
        shown_at: ticket.shown_at.ms(),
        number: ticket.number,
        approve_refused: approve.err().filter(|_| may_vote).map(|refusal| refusal.japanese()),
        choices: plain(choices),
        more: plain(more),
        reason: &again.reason,
        fields: blanks(web.desk.form(&visitor.person, case).as_ref(), &again.entry),
        rows: (may_vote && web.desk.may_split(case)).then_some(again.rows.as_str()),
        reasons: (1..)
            .zip(web.desk.rulebook().answers.reasons.all())
            .map(|(number, text)| Reason {
                number,
                text: text.clone(),
                chosen: number == again.reason_code,
            })
            .collect(),
    })
}

/// The fields of a form, with what was typed before it was refused.
fn blanks(form: Option<&Form>, typed: &[(String, String)]) -> Vec<Blank> {
    let fields = form.into_iter().flat_map(|form| form.fields.iter());
    let blank = |field: &Field| {
        let name = field.name.rsplit('.').next().unwrap_or(&field.name).to_owned();
        let value = typed.iter().find(|(known, _)| *known == name);
        let value = value.map(|(_, value)| value.clone()).unwrap_or_default();
        let choices = field.kind.choices();
        Blank { name, label: field.label.clone(), shape: field.kind.shape(), choices, value }
    };
    fields.map(blank).collect()
}

/// A choice as the page offers it, and whether it stands among the first.
fn offer(choice: Choice, again: &str) -> (bool, Offer) {
    let (main, mark) = match &choice.wish {
        Wish::Vote(VoteKind::Approve, _) => (true, "○"),
        Wish::Vote(VoteKind::Return, _) => (true, "↩"),
        Wish::Vote(VoteKind::Reject, _) => (true, "×"),
        Wish::Do(Deed::Resubmit | Deed::Release | Deed::Review | Deed::Proceed) => (true, "▶"),
        Wish::Do(Deed::Withdraw) => (true, "◀"),
        Wish::Vote(VoteKind::Abstain, _)
        | Wish::Do(Deed::Hold | Deed::Consult(_) | Deed::Assign(_)) => (false, "・"),
    };
    let value = choice.wish.name();
    let chosen = value == again;
    (main, Offer { value, mark, title: choice.title, hint: choice.hint, chosen })
}

/// The visitor's own decision, told from what is stored: nobody can forge it by an address.
fn done(visitor: &Visitor, case: &Case) -> Option<Done> {
    let mine = |by: &UserId| *by == visitor.person.id;
    let past = case.head.aside.iter().flat_map(|aside| &aside.past);
    let votes = case.head.votes.iter().chain(past).filter(|vote| mine(&vote.by));
    let remarks = case.head.remarks().iter().filter(|remark| mine(&remark.by));
    let votes = votes.map(|vote| (vote.at, vote.kind.japanese()));
    let acts = votes.chain(remarks.map(|remark| (remark.at, remark.deed.japanese())));
    let (at, decision) = acts.max_by_key(|(at, _)| *at)?;
    Some(Done { decision, at: shown::moment(at) })
}

/// Votes that no longer count and what people did besides deciding, oldest first.
pub(super) fn history(view: &CaseView) -> Vec<Past<'_>> {
    let votes = view.past.iter().map(|vote| {
        let past = Past {
            at: shown::moment(vote.moment),
            what: vote.decision.japanese(),
            name: &vote.name,
            text: &vote.reason,
            on_paper: vote.on_paper.as_deref(),
        };
        (vote.moment, past)
    });
    let remarks = view.remarks.iter().map(|remark| {
        let at = shown::moment(remark.moment);
        let (what, name, text) = (remark.deed_ja, &remark.name, &remark.text);
        (remark.moment, Past { at, what, name, text, on_paper: None })
    });
    let mut all: Vec<_> = votes.chain(remarks).collect();
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, past)| past).collect()
}

fn carved(view: &CarvedView) -> Carved<'_> {
    /// Lines that are links; a thousand would hide the rest of the page.
    const LINES: usize = 20;
    let more = view.rows.len().saturating_sub(LINES);
    Carved {
        lines: view.rows.get(..LINES).unwrap_or(&view.rows),
        more: if more == 0 { String::new() } else { format!("ほか{more}件") },
        fate: view.outcome.japanese(),
        count: view.rows.len(),
        total: YenTotal::new(view.amount_total).to_string(),
        name: &view.name,
        at: shown::moment(view.moment),
        reason: &view.reason,
    }
}

/// Names of people are for their own side; the other side reads who is asked, not whom.
pub(super) fn hide_other_side(view: &mut CaseView, visitor: &Visitor, case: &Case) {
    let at_desk = visitor.person.works_at(case.file.desk);
    let one_side = view.submitter == view.desk;
    let seats = view.steps.iter_mut().flat_map(|step| &mut step.seats);
    for seat in seats.filter(|seat| !one_side && at_desk != (seat.at == "desk")) {
        seat.people.clear();
    }
    if is_other_side(visitor) {
        view.requesters.iter_mut().for_each(|one| one.account.clear());
    }
}

/// Whether somebody sees a request that a branch handed in for a customer, and is neither: who asks
/// is told them, and from which account is not.
const fn is_other_side(visitor: &Visitor) -> bool {
    matches!(visitor.person.organisation, Organisation::Customer(_))
}

fn steps<'v>(view: &'v CaseView) -> Vec<Step<'v>> {
    let seat = |seat: &'v SeatView| Seat {
        title: &seat.title,
        by: seat.filled.as_ref().map(|vote| vote.name.as_str()),
        decision: seat.filled.as_ref().map(|vote| vote.decision.japanese()),
        at: seat.filled.as_ref().map(|vote| shown::moment(vote.moment)),
        reason: seat.filled.as_ref().map(|v| v.reason.as_str()).filter(|text| !text.is_empty()),
        on_paper: seat.filled.as_ref().and_then(|vote| vote.on_paper.as_deref()),
        open: seat.open,
        people: seat.people.iter().map(|(_, name)| name.as_str()).collect(),
        place: if seat.at == "desk" { "取扱店" } else { "請求者" },
    };
    view.steps
        .iter()
        .map(|step| Step {
            title: &step.title,
            state: match step.state {
                StepState::Done => "済み",
                StepState::Open => "いまここ",
                StepState::Later => "この後",
                StepState::NotReached => "行わず",
            },
            seats: step.seats.iter().map(seat).collect(),
        })
        .collect()
}

/// Whether the visitor may ask today that a line's record be cancelled.
fn may_cancel(web: &Web, visitor: &Visitor, case: &Case, row: &CaseRow) -> bool {
    web.desk.cancellation(case, (row.record, &row.request), own_requests(visitor)).is_ok()
}

pub(super) fn shown_row(visitor: &Visitor, row: CaseRow) -> Row {
    let request = row.request;
    let other = request.other_side().copied();
    let mut remarks = Vec::new();
    match request.assignment_restricted {
        AssignmentRestriction::Restricted => remarks.push("譲渡制限あり".to_owned()),
        AssignmentRestriction::Free if request.kind == RequestKind::Change => {
            remarks.push("譲渡制限なしへ".to_owned());
        }
        AssignmentRestriction::Free | AssignmentRestriction::AsIs => {}
    }
    if request.guarantee == Guarantee::Without {
        remarks.push("保証なし".to_owned());
    }
    if !request.comment.is_empty() {
        remarks.push(request.comment);
    }
    let other = other.as_ref();
    let [bank, number] = if is_other_side(visitor) {
        Default::default()
    } else {
        shown::account(&request.requester.account)
    };
    Row {
        record: row.record,
        own: [request.requester.user_number.to_string(), bank, number],
        kind: request.kind.japanese(),
        record_date: request.record_date.to_string(),
        name: request.counterparty_name_kana,
        user: other.map(|other| other.user_number.to_string()).unwrap_or_default(),
        account: other.map(|other| shown::account(&other.account)).unwrap_or_default(),
        amount: request.amount.map(|amount| YenTotal::new(amount.get()).to_string()),
        words: request.amount.map(Yen::daiji),
        due: request.due_date.map(|date| date.to_string()),
        reference: request.requester_ref,
        number: request.record_number.map(|number| number.to_string()),
        remarks,
        cancel: false,
    }
}

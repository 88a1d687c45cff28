//! Answering questions: lists, to-do lists, single cases, rows. Nothing here changes anything.
//!
//! Every answer is a plain value that becomes JSON as it stands. Read [`ListItem`] first, then
//! [`CaseView`].

mod case;
mod news;
mod reviews;
mod route;
mod rows;
mod spans;
mod ways;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{CaseId, Person, Timestamp};
use crate::ports::{CaseFilter, EffectState, FileRecord, NoticeRecord, Task, Worker};
use crate::workflow::{
    Approve, Case, Definition, Effect, OpenSeat, Status, Unit, candidates, missing_seats,
    open_seats, places, waits_for,
};

use crate::render::daily::{IncidentItem, UnkeptView};

use super::Desk;
use super::whose::{Requester, in_a_line};

pub use case::{
    CarvedView, CaseView, FileFacts, RemarkView, SeatView, StepState, StepView, VoteView,
};
pub use news::{LastBatch, NewRow, NewsView};
pub use reviews::OpenReview;
pub(super) use route::who;
pub use rows::{CaseRow, KindTotal, ROWS_PAGE, RowsError, RowsPage};

/// Cases on one page of a to-do list.
pub const TODO_PAGE: usize = 50;

/// A case in a list.
///
/// `records.accepted` and `amount_total` are this case's, so that the cases of a file add up to
/// the file; `records.rejected` is the file's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListItem {
    /// The case id.
    pub case: String,
    /// The file's receipt number.
    pub receipt_no: String,
    /// The workflow's id.
    pub workflow: String,
    /// `active`, `overdue`, …
    pub status: &'static str,
    /// `file` or `record`.
    pub unit: Unit,
    /// The channel it came by.
    pub channel: String,
    /// The submitter's folder.
    pub submitter: String,
    /// The file.
    pub file: FileName,
    /// How many records.
    pub records: RecordCounts,
    /// The sum of the amounts, in yen.
    pub amount_total: u64,
    /// When it must be decided, RFC 3339 in Tokyo time; none once it is final.
    pub deadline: Option<String>,
    /// The open seats; empty once it is final.
    pub waiting_for: Vec<Waiting>,
}

/// Name and bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileName {
    /// Its name, safe to show.
    pub name: String,
    /// The SHA-256 of its bytes, 64 hexadecimal digits.
    pub sha256: String,
}

/// How many records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RecordCounts {
    /// Without an error.
    pub accepted: u32,
    /// With an error.
    pub rejected: u32,
}

/// A seat that waits for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The step's id.
    pub step: String,
    /// The seal's name, e.g. 照査.
    pub seat: String,
    /// The role or authority it needs.
    pub role: String,
    /// Where its holders belong: `submitter` or `desk`.
    pub at: &'static str,
    /// The user IDs of those who may fill it.
    pub people: Vec<String>,
}

/// How the desk stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusReport {
    /// Files by verdict.
    pub files: BTreeMap<&'static str, u64>,
    /// Cases by status.
    pub cases: BTreeMap<&'static str, u64>,
    /// Effects by state.
    pub effects: BTreeMap<&'static str, u64>,
    /// How many commits the journal holds.
    pub sequence: u64,
    /// What a person must look at.
    pub incidents: Vec<Incident>,
    /// Set times that could not be kept.
    pub unkept: Vec<UnkeptSchedule>,
    /// Rules that lie on disk and are not in force.
    pub rules: RulesReport,
    /// That the certificate of mails ends soon or has ended, in Japanese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// That the mail server takes nothing, in Japanese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail_server: Option<String>,
    /// That files wait because the virus scanner does not answer, in Japanese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub antivirus: Option<String>,
    /// That no file is claimed for now, in Japanese.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intake: Option<String>,
    /// Mails that came back and that nobody took care of yet.
    pub returned: Vec<Incident>,
}

/// Rules that lie on disk and are not in force, by file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RulesReport {
    /// Files with mistakes: earlier rules stay in force until they are mended.
    pub mistakes: Vec<String>,
    /// Files that differ from what was published.
    pub unpublished: Vec<String>,
}

/// An effect that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// The effect's id; of a mail that came back its notice number.
    pub effect: String,
    /// `dead`, `unsure` or `returned`.
    pub state: &'static str,
    /// Why.
    pub note: String,
    /// Since when it is owed, RFC 3339 in Tokyo time.
    pub owed_at: String,
}

/// A set time that could not be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnkeptSchedule {
    /// The schedule's name.
    pub schedule: String,
    /// What it does, in Japanese.
    pub title: String,
    /// The moment it was to be done for, RFC 3339 in Tokyo time.
    pub set_for: String,
    /// Since when it fails, RFC 3339 in Tokyo time.
    pub since: String,
    /// Why, in Japanese.
    pub reason_ja: String,
    /// Why, in English.
    pub reason_en: String,
    /// What to do, in Japanese.
    pub remedy_ja: String,
    /// What to do, in English.
    pub remedy_en: String,
}

impl From<UnkeptView> for UnkeptSchedule {
    fn from(view: UnkeptView) -> Self {
        Self {
            schedule: view.schedule,
            title: view.title,
            set_for: rfc3339(view.at),
            since: rfc3339(view.since),
            reason_ja: view.why,
            reason_en: view.why_en,
            remedy_ja: view.remedy,
            remedy_en: view.remedy_en,
        }
    }
}

/// A page of what waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Todo {
    /// The cases, soonest deadline first, at most [`TODO_PAGE`].
    pub items: Vec<TodoItem>,
    /// Whether there are more after these.
    pub more: bool,
}

/// Something that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TodoItem {
    /// The case.
    pub case: CaseId,
    /// The flow's name on papers.
    pub title: String,
    /// The step's name.
    pub step: String,
    /// Where it stands.
    pub status: Status,
    /// The submitter's name.
    pub submitter: String,
    /// The file's name.
    pub file: String,
    /// How many records.
    pub rows: u32,
    /// The sum of their amounts, in yen.
    pub total: crate::domain::YenTotal,
    /// When it must be decided.
    pub deadline: Option<Timestamp>,
    /// How many people must still approve in this step.
    pub people_missing: usize,
    /// What is to be done.
    pub task: Task,
    /// Whether it is a changed rule: the file is decided on, and it has no rows.
    pub is_rule: bool,
}

/// A moment as RFC 3339 in Tokyo time: `2026-12-01T15:00:00+09:00`.
pub fn rfc3339(at: Timestamp) -> String {
    format!("{}+09:00", at.to_string().replacen(' ', "T", 1))
}

impl Desk {
    /// The cases a filter lets through, by receipt number.
    pub fn list(&self, filter: &CaseFilter) -> Vec<ListItem> {
        let mut known: Option<(FileRecord, Vec<Person>)> = None;
        let mut items = Vec::new();
        for case in self.store.cases(filter, None, usize::MAX) {
            // Rows of one file follow one another: its record and people are read once.
            let same = known.as_ref().is_some_and(|(file, _)| file.receipt == case.file.receipt);
            if !same {
                let people = self.people_for(&case);
                known = self.store.file(case.file.receipt).map(|file| (file, people));
            }
            if let Some((file, people)) = &known {
                items.extend(self.list_item(&case, file, people));
            }
        }
        items
    }

    /// How the desk stands.
    pub fn status(&self) -> StatusReport {
        let counts = self.store.counts();
        StatusReport {
            files: counts.files,
            cases: counts.cases,
            effects: counts.effects,
            sequence: counts.sequence,
            incidents: self.stuck(|_| true),
            unkept: self.unkept().into_iter().map(UnkeptSchedule::from).collect(),
            rules: self.rules_report(),
            certificate: self.certificate_incident().map(|item| item.text),
            mail_server: self.server_incident().map(|item| item.text),
            returned: self.returned_items(),
            antivirus: self.scanner_told().map(|(_, text)| text),
            intake: self.intake_pause(),
        }
    }

    /// Mails and files that wait for a person, in the order they were owed; then mails that came
    /// back, by their notice numbers.
    pub fn stuck_items(&self) -> Vec<Incident> {
        let mut all = self.stuck(|_| true);
        all.extend(self.returned_items());
        all
    }

    fn returned_items(&self) -> Vec<Incident> {
        let all = self.returned_incidents().into_iter().zip(self.returned_mails());
        let item = |((_, item), (record, _)): ((_, IncidentItem), (NoticeRecord, _))| Incident {
            effect: item.name,
            state: EffectState::Returned.name(),
            note: item.text,
            owed_at: rfc3339(record.owed),
        };
        all.map(item).collect()
    }

    /// What waits for a person, of those effects.
    fn stuck(&self, is_asked: impl Fn(&Effect) -> bool) -> Vec<Incident> {
        let all = self.store.effects(usize::MAX).into_iter();
        let stuck = all.filter(|one| one.state.halt().is_some() && is_asked(&one.effect));
        stuck
            .map(|one| Incident {
                effect: one.effect.id().to_string(),
                state: one.state.name(),
                note: one.note,
                owed_at: rfc3339(one.effect.at),
            })
            .collect()
    }

    fn rules_report(&self) -> RulesReport {
        let standing = self.standing();
        RulesReport {
            mistakes: standing.mistaken().into_iter().map(str::to_owned).collect(),
            unpublished: standing.unpublished.clone(),
        }
    }

    /// What waits for a person, soonest deadline first; pages count from 1.
    pub fn todo(&self, person: &Person, page: usize) -> Todo {
        let skip = page.saturating_sub(1).saturating_mul(TODO_PAGE);
        let definitions = |hash| self.definition(hash);
        let mut colleagues = self.colleagues(person);
        colleagues.push(person.clone());
        let worker = Worker { person, colleagues: &colleagues };
        let mut work = self.store.worklist(worker, &definitions, skip, TODO_PAGE + 1);
        let more = work.len() > TODO_PAGE;
        work.truncate(TODO_PAGE);
        let items = work
            .into_iter()
            .filter_map(|work| {
                let definition = self.definition(work.definition)?;
                let place = place_for(&work.case, &definition, worker)?;
                let step = definition.step(place.head.step)?;
                let approve = definition.approval(place.head.step);
                let people_missing = approve.map_or(0, |approve| people_missing(&place, approve));
                Some(TodoItem {
                    case: work.case.head.id,
                    title: definition.title.clone(),
                    step: step.title.clone(),
                    status: work.case.head.status,
                    submitter: in_a_line(&self.requesters(&work.case), Requester::who)
                        .unwrap_or(work.file.submitter.name),
                    file: work.file.name,
                    rows: work.case.head.scope.rows,
                    total: work.case.head.scope.total,
                    deadline: work.case.head.due,
                    people_missing,
                    task: work.task,
                    is_rule: work.case.proposal().is_some(),
                })
            })
            .collect();
        Todo { items, more }
    }

    fn list_item(&self, case: &Case, file: &FileRecord, people: &[Person]) -> Option<ListItem> {
        let head = &case.head;
        let flow = file.flows.get(usize::from(head.id.n).checked_sub(1)?)?;
        let deadline = head.due.filter(|_| !head.status.is_final());
        Some(ListItem {
            case: head.id.to_string(),
            receipt_no: file.receipt.to_string(),
            workflow: flow.workflow.clone(),
            status: head.status.name(),
            unit: if head.id.row.is_some() { Unit::Record } else { flow.unit },
            channel: file.submitter.channel.clone(),
            submitter: file.submitter.folder.clone(),
            file: FileName { name: file.name.clone(), sha256: file.digest.to_string() },
            records: RecordCounts { accepted: head.scope.rows, rejected: file.rejected },
            amount_total: head.scope.total.get(),
            deadline: deadline.map(rfc3339),
            waiting_for: self.waiting_for(case, people).unwrap_or_default(),
        })
    }

    pub(in crate::service) fn waiting_for(
        &self,
        case: &Case,
        people: &[Person],
    ) -> Option<Vec<Waiting>> {
        if case.head.status.is_final() {
            return None;
        }
        let definition = self.definition_of(case)?;
        let mut waiting = Vec::new();
        for here in places(case) {
            let step = definition.step(here.head.step)?;
            let Some(approve) = definition.approval(here.head.step) else { continue };
            waiting.extend(open_seats(&here, approve).into_iter().map(|seat| {
                let people = who_may(&here, approve, &seat, people);
                Waiting {
                    step: step.id.clone(),
                    at: seat.who.at.name(),
                    people: people.iter().map(|person| person.id.to_string()).collect(),
                    seat: seat.title,
                    role: seat.who.role,
                }
            }));
        }
        Some(waiting)
    }
}

/// The case as the branch has it in which it waits for the person.
fn place_for(case: &Case, definition: &Definition, worker: Worker<'_>) -> Option<Case> {
    let mut all = places(case);
    let waits = |place: &Case| waits_for(place, definition, worker.person, worker.colleagues);
    let mine = all.iter().position(waits).unwrap_or(0);
    (mine < all.len()).then(|| all.swap_remove(mine))
}

/// The people who may fill one seat.
fn who_may<'p>(
    case: &Case,
    approve: &Approve,
    seat: &OpenSeat,
    people: &'p [Person],
) -> Vec<&'p Person> {
    candidates(case, approve, std::slice::from_ref(seat), people)
}

fn people_missing(case: &Case, approve: &Approve) -> usize {
    missing_seats(case, approve).len()
}

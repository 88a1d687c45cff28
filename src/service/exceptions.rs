//! 異例扱い: what came on paper because it could come no other way, and what is still to be done
//! about it after the approval. Read [`Desk::exceptions`] first.
//!
//! Nothing is stored but that something is done: what is owed follows from the cases and their
//! flows.

use std::cell::RefCell;
use std::sync::PoisonError;

use tracing::info;

use crate::domain::{
    CaseId, Date, KEYED_ROWS_MAX, KeyingStage, Organisation, Person, ReceiptNo, Timestamp,
};
use crate::ports::{Entry, FileRecord, KeyingRecord, ObligationMet, StoreError};
use crate::render::sheet::{harmless, sheet};
use crate::workflow::{Case, Definition, Obligation, StepKind, Unit, holds};

use super::report::who;
use super::whose::{Requester, in_a_line};
use super::{Desk, IncidentTold};

/// The longest note on how something was done, in characters.
const NOTE_MAX: usize = 200;

/// A request that came on paper, as the register (異例扱い登録簿) has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionTold {
    /// Its case.
    pub case: CaseId,
    /// What it is, e.g. FAX・書面の記録請求.
    pub title: String,
    /// When the paper came.
    pub received: Timestamp,
    /// For whom the form on it was printed, or who handed it in; empty where that is not known.
    pub customer: String,
    /// Its file's name.
    pub name: String,
    /// Where the case stands.
    pub status: &'static str,
    /// What was made sure of before the approval, in sentences.
    pub made_sure: Vec<String>,
    /// Who keyed it in.
    pub readers: Vec<String>,
    /// Who approved it.
    pub approvers: Vec<String>,
    /// What is to be done after the approval; nothing while it is not approved.
    pub obligations: Vec<ObligationTold>,
}

/// Something that is to be done after an approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObligationTold {
    /// Its name within the flow.
    pub id: String,
    /// What it is, e.g. 原本の徴求.
    pub title: String,
    /// Whose task it is, e.g. 取扱店の担当者.
    pub owner: String,
    /// Until when.
    pub due: Timestamp,
    /// Whole days past that day; 0 while it is not over.
    pub days_late: i64,
    /// Who did it, when and how; none while it is open.
    pub met: Option<(String, Timestamp, String)>,
    /// Whether whoever asks may say that it is done.
    pub mine: bool,
}

/// Something that should have been done by now.
#[derive(Debug)]
pub(super) struct Late {
    pub(super) file: FileRecord,
    pub(super) case: CaseId,
    pub(super) title: String,
    pub(super) due: Timestamp,
}

/// Why something cannot be called done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeetError {
    /// There is no such thing to be done, for this person.
    #[error("there is no such obligation")]
    Unknown,
    /// It is somebody else's task.
    #[error("it is the task of others")]
    NotYours,
    /// It is done already.
    #[error("it is done already")]
    Done,
    /// How it was done is missing, or far too long.
    #[error("say how it was done, in up to {NOTE_MAX} characters")]
    Note,
    /// The store failed.
    #[error("{0}")]
    Store(String),
}

impl Desk {
    /// Everything that came on paper and became cases at a person's branch, the newest first.
    pub fn exceptions(&self, person: &Person) -> Vec<ExceptionTold> {
        let Organisation::Branch(_) = person.organisation else { return Vec::new() };
        let mine = self.paper_cases().into_iter();
        let mine = mine.filter(|(file, ..)| person.works_at(file.submitter.desk));
        let told = mine.map(|(file, record, case)| self.exception(&file, &record, &case, person));
        let mut told: Vec<ExceptionTold> = told.collect();
        told.reverse();
        told
    }

    /// Says that something was done.
    pub fn meet(
        &self,
        person: &Person,
        (case, id): (CaseId, &str),
        note: &str,
    ) -> Result<(), MeetError> {
        let _one_by_one = self.keying.lock().unwrap_or_else(PoisonError::into_inner);
        let case = self.store.case(case).ok_or(MeetError::Unknown)?;
        let here = person.works_at(case.file.desk) && case.file.paper.is_some();
        let owed = self.owed_by(&case).filter(|_| here).unwrap_or_default();
        let found = owed.iter().find(|(one, _)| one.id == id).ok_or(MeetError::Unknown)?;
        if self.store.obligation_met(case.head.id, id).is_some() {
            return Err(MeetError::Done);
        }
        if !holds(&case, &found.0.who, person) {
            return Err(MeetError::NotYours);
        }
        let note = note.trim();
        if !(1..=NOTE_MAX).contains(&note.chars().count()) {
            return Err(MeetError::Note);
        }
        let (by, at) = (person.id.clone(), self.clock.now());
        let (case, note) = (case.head.id, note.to_owned());
        let met = ObligationMet { case, id: id.to_owned(), by, at, note };
        let failed = |error: StoreError| MeetError::Store(error.to_string());
        self.commit_entries(at, vec![Entry::Met(Box::new(met))]).map_err(failed)?;
        info!(case = %case, actor = %person.id, "an obligation was met");
        Ok(())
    }

    /// What is late, as something that waits for a person.
    pub(super) fn late_told(&self, person: &Person) -> Vec<IncidentTold> {
        let mine = self.late_obligations().into_iter();
        let mine = mine.filter(|late| person.works_at(late.file.submitter.desk));
        let told = mine.map(|late| IncidentTold {
            what: format!("{}の期限を過ぎています", late.title),
            whom: format!("{}　{}", late.file.submitter.name, late.file.name),
            since: Some(late.due),
            why: String::new(),
            remedy: "お客様に確かめ、済んだら画面「異例扱い」で済にしてください。".to_owned(),
            name: String::new(),
            case: Some(late.case),
            deeds: &[],
        });
        told.collect()
    }

    /// What should have been done by now and is not, at all branches.
    pub(super) fn late_obligations(&self) -> Vec<Late> {
        let now = self.clock.now();
        let late = self.paper_cases().into_iter().flat_map(|(file, _, case)| {
            let owed = self.owed_by(&case).unwrap_or_default().into_iter();
            let case = case.head.id;
            let open = owed.filter(move |(one, due)| {
                *due <= now && self.store.obligation_met(case, &one.id).is_none()
            });
            open.map(move |(one, due)| Late { file: file.clone(), case, title: one.title, due })
        });
        late.collect()
    }

    /// The cases that came of papers, in the order they came.
    fn paper_cases(&self) -> Vec<(FileRecord, KeyingRecord, Case)> {
        let settled: RefCell<Vec<ReceiptNo>> = RefCell::default();
        let note = |record: &KeyingRecord| {
            if record.stage == KeyingStage::Settled {
                settled.borrow_mut().push(record.receipt);
            }
            // Its number is enough.
            false
        };
        self.store.keyings(&note);
        let of_paper = |receipt: ReceiptNo| {
            let file = self.store.file(receipt)?;
            let record = self.store.keying(receipt)?;
            let cases = (1..).zip(&file.flows).flat_map(|(n, flow)| {
                let rows: Vec<Option<u32>> = match flow.unit {
                    Unit::File => vec![None],
                    Unit::Record => (1..).take(KEYED_ROWS_MAX).map(Some).collect(),
                };
                rows.into_iter().map(move |row| CaseId { receipt, n, row })
            });
            let cases = cases.filter_map(|id| self.store.case(id));
            Some(cases.map(|case| (file.clone(), record.clone(), case)).collect::<Vec<_>>())
        };
        settled.into_inner().into_iter().filter_map(of_paper).flatten().collect()
    }

    /// What a case obliges to, each with its due date, once it is approved.
    fn owed_by(&self, case: &Case) -> Option<Vec<(Obligation, Timestamp)>> {
        let definition = self.definition_of(case)?;
        let emit = definition.steps.iter().position(|one| matches!(one.kind, StepKind::Emit(_)))?;
        let status = case.head.status;
        if status.frees_rows() || (!status.is_good() && usize::from(case.head.step) <= emit) {
            return None;
        }
        let approved = case.head.approvals().last()?.at;
        let calendar = &self.rulebook().calendar;
        let owed = definition.obliges.iter();
        Some(owed.map(|one| (one.clone(), one.due.after(approved, calendar))).collect())
    }

    fn exception(
        &self,
        file: &FileRecord,
        record: &KeyingRecord,
        case: &Case,
        person: &Person,
    ) -> ExceptionTold {
        let owed = self.owed_by(case).unwrap_or_default().into_iter();
        let definition = self.definition_of(case);
        let definition = definition.as_deref();
        let customers = self.store.customers();
        let customer = self.customer_of(file, record).and_then(|user| customers.get(user));
        ExceptionTold {
            case: case.head.id,
            title: definition.map(|one| one.title.clone()).unwrap_or_default(),
            received: record.received.unwrap_or(file.received_at),
            customer: customer
                .map(|one| one.name.clone())
                .or_else(|| in_a_line(&self.requesters(case), Requester::who))
                .unwrap_or_default(),
            name: file.name.clone(),
            status: case.head.status.japanese(),
            made_sure: definition.map(|one| made_sure(case, one)).unwrap_or_default(),
            readers: self.readers(record),
            approvers: definition.map(|one| approvers(case, one)).unwrap_or_default(),
            obligations: owed.map(|one| self.obligation(case, one, person)).collect(),
        }
    }

    fn obligation(
        &self,
        case: &Case,
        (one, due): (Obligation, Timestamp),
        person: &Person,
    ) -> ObligationTold {
        let met = self.store.obligation_met(case.head.id, &one.id).map(|met| {
            let known = self.store.user(&met.by).map(|user| user.person.name);
            (known.unwrap_or_else(|| met.by.to_string()), met.at, met.note)
        });
        let now = self.clock.now();
        let late = met.is_none() && due <= now;
        ObligationTold {
            owner: who(&self.rulebook().answers.words, &one.who.role, one.who.at.name()),
            mine: met.is_none() && holds(case, &one.who, person),
            id: one.id,
            title: one.title,
            due,
            days_late: if late { days(due.date(), now.date()) } else { 0 },
            met,
        }
    }
}

/// What was filled in before the approval, in sentences.
fn made_sure(case: &Case, definition: &Definition) -> Vec<String> {
    let forms = definition.steps.iter().filter_map(|step| step.kind.approval()?.form.as_ref());
    let fields = forms.flat_map(|form| form.fields.iter());
    let filled = |name: &str| {
        let mut filled = case.head.aside.iter().flat_map(|aside| &aside.filled);
        filled.find(|(known, _)| known == name).map(|(_, value)| value)
    };
    let told = fields.filter_map(|field| {
        Some(format!("{} {}", field.label, field.kind.show(filled(&field.name)?)))
    });
    told.collect()
}

/// Who approved, by name; who filled in a form did not.
fn approvers(case: &Case, definition: &Definition) -> Vec<String> {
    let approves = |step: u8| {
        let step = definition.step(step).and_then(|step| step.kind.approval());
        step.is_some_and(|approve| approve.form.is_none())
    };
    let votes = case.head.approvals().filter(|vote| approves(vote.step));
    votes.map(|vote| vote.name.clone()).collect()
}

/// Days from one to the other; something that is late is so by a day at least.
fn days(due: Date, today: Date) -> i64 {
    today.days_since(due).max(1)
}

impl ExceptionTold {
    /// The register as a table for a spreadsheet, headings first: a row for each obligation, or one
    /// where there is none.
    pub fn csv(all: &[Self]) -> String {
        let rows = all.iter().flat_map(Self::rows);
        let lines = std::iter::once(HEADINGS.map(str::to_owned)).chain(rows);
        // What a spreadsheet would run as a formula stays text.
        sheet(lines.map(|line| line.map(|cell| harmless(&cell).into_owned())))
    }

    fn rows(&self) -> Vec<[String; 14]> {
        let made_sure = self.made_sure.join("、");
        let row = |[what, owner, due, met, note]: [String; 5]| {
            [
                self.case.to_string(),
                self.received.to_string(),
                self.customer.clone(),
                self.title.clone(),
                self.name.clone(),
                self.status.to_owned(),
                made_sure.clone(),
                self.readers.join("・"),
                self.approvers.join("・"),
                what,
                owner,
                due,
                met,
                note,
            ]
        };
        if self.obligations.is_empty() {
            return vec![row(Default::default())];
        }
        self.obligations.iter().map(|one| row(one.cells())).collect()
    }
}

impl ObligationTold {
    fn cells(&self) -> [String; 5] {
        let met = self.met.as_ref();
        [
            self.title.clone(),
            self.owner.clone(),
            self.due.to_string(),
            met.map(|(by, at, _)| format!("{at} {by}")).unwrap_or_default(),
            met.map(|(.., note)| note.clone()).unwrap_or_default(),
        ]
    }
}

const HEADINGS: [&str; 14] = [
    "申請番号",
    "受付時刻",
    "お客様",
    "請求",
    "ファイル",
    "状態",
    "承認の前に確かめたこと",
    "入力",
    "承認",
    "承認のあとに行うこと",
    "担当",
    "期限",
    "済",
    "済の内容",
];

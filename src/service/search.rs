//! Finding records by date, amount and counterparty, in ranges and combinations.
//!
//! Source: 電子帳簿保存法 asks that what was exchanged electronically can be found by date, amount
//! and counterparty, by ranges of the first two and by combinations of all.

use std::collections::BTreeSet;

use crate::domain::rules::normalise;
use crate::domain::{CaseId, Date, Person, RecordNumber, RecordRequest, RequestKind, UserNumber};
use crate::ports::{FileRecord, RowAnswer};
use crate::render::view::ActView;
use crate::workflow::{Case, Status, Unit};

use super::Desk;
use super::answers::{AnswerError, flow_of};
use super::found::Found;
use super::result_rows::row_view;

/// What is looked for; what is not given lets everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Handed in through this folder: a user number or a branch code.
    pub submitter: Option<String>,
    /// Received from the first to the second day.
    pub received: (Option<Date>, Option<Date>),
    /// With a record date from the first to the second day.
    pub recorded: (Option<Date>, Option<Date>),
    /// Due from the first to the second day.
    pub due: (Option<Date>, Option<Date>),
    /// Of an amount from the first to the second, in yen.
    pub amount: (Option<u64>, Option<u64>),
    /// Either side of the request.
    pub party: Option<UserNumber>,
    /// The record number: the one that was asked about, or the one it was recorded under.
    pub number: Option<RecordNumber>,
    /// Of this kind.
    pub kind: Option<RequestKind>,
    /// A part of the counterparty's kana name, of the reference, of the comment, or of the name
    /// of either side in the register of customers; normalised as the intake does.
    pub words: Option<String>,
    /// In this status.
    pub status: Option<Status>,
}

fn within<T: PartialOrd>(value: &T, (low, high): (&Option<T>, &Option<T>)) -> bool {
    low.as_ref().is_none_or(|low| low <= value) && high.as_ref().is_none_or(|high| value <= high)
}

impl Query {
    fn lets_file(&self, file: &FileRecord) -> bool {
        let own = self.submitter.as_ref();
        own.is_none_or(|own| file.submitter.folder == *own)
            && within(&file.received_at.date(), (&self.received.0, &self.received.1))
    }

    /// A record without a due date or an amount passes no range of it; `named` are the customers
    /// whose names have the words.
    fn lets(&self, request: &RecordRequest, named: &BTreeSet<UserNumber>) -> bool {
        let (due, amount) = (&self.due, &self.amount);
        let any_due = due.0.is_none() && due.1.is_none();
        let any_amount = amount.0.is_none() && amount.1.is_none();
        let sides = [request.requester.user_number, request.counterparty.user_number];
        within(&request.record_date, (&self.recorded.0, &self.recorded.1))
            && request.due_date.map_or(any_due, |day| within(&day, (&due.0, &due.1)))
            && request.amount.map_or(any_amount, |yen| within(&yen.get(), (&amount.0, &amount.1)))
            && self.party.is_none_or(|party| sides.contains(&party))
            && self.kind.is_none_or(|kind| kind == request.kind)
            && self.words.as_ref().is_none_or(|words| {
                let texts =
                    [&request.counterparty_name_kana, &request.requester_ref, &request.comment];
                texts.iter().any(|text| text.contains(words.as_str()))
                    || sides.iter().any(|side| named.contains(side))
            })
    }
}

impl Desk {
    /// The records a query lets through, by receipt number, at most `limit`; only of cases that
    /// `whom` may see, where somebody is given.
    ///
    /// Only what was taken in: what was refused is in its file's result.
    pub fn search(
        &self,
        query: &Query,
        whom: Option<&Person>,
        limit: usize,
    ) -> Result<Vec<Found>, AnswerError> {
        let named = self.named(query);
        let wanted = |file: &FileRecord| file.record_file.is_some() && query.lets_file(file);
        let mut found = Vec::new();
        for file in self.store.files(&wanted, usize::MAX) {
            let Some(rows) = file.record_file else { continue };
            let mut batches: Vec<Option<Batch>> = vec![None; file.flows.len()];
            for row in self.record_file(rows)?.rows() {
                let row = row?;
                if !query.lets(&row.request, &named) {
                    continue;
                }
                let Some(case) = self.case_of_row(
                    &file,
                    row_view(&file, row.clone()).case,
                    row.record,
                    &mut batches,
                ) else {
                    continue;
                };
                if whom.is_some_and(|person| !self.may_see(person, &case)) {
                    continue;
                }
                let about = row.request.record_number;
                let one = self.found(&file, &case, (row.record, row.request));
                let numbers = [about, one.request.record_number];
                if query.number.is_none_or(|number| numbers.contains(&Some(number)))
                    && query.status.is_none_or(|status| status == one.status)
                {
                    found.push(one);
                }
                if found.len() >= limit {
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    /// Who did what to a case, in the order it happened, the receipt of its file first.
    pub fn history(&self, case: &Case) -> Vec<ActView> {
        let file = self.store.file(case.file.receipt);
        file.map(|file| self.acts(&file, case)).unwrap_or_default()
    }

    /// The customers whose names in the register have the words that are looked for.
    fn named(&self, query: &Query) -> BTreeSet<UserNumber> {
        let Some(words) = &query.words else { return BTreeSet::new() };
        let has = |name: &str| normalise(name).0.contains(words.as_str());
        let customers = self.store.customers();
        let named = customers.iter().filter(|one| has(&one.name) || has(&one.kana));
        named.map(|customer| customer.user).collect()
    }

    fn found(
        &self,
        file: &FileRecord,
        case: &Case,
        (record, mut request): (u32, RecordRequest),
    ) -> Found {
        let mut status = case.head.status;
        match self.store.result_of(case.head.id, record).map(|line| line.answer) {
            Some(RowAnswer::Recorded(number)) => {
                request.record_number = number.or(request.record_number);
            }
            Some(RowAnswer::Errored { .. }) => status = Status::Errored,
            None => {}
        }
        Found {
            receipt: file.receipt,
            received: file.received_at,
            submitter: file.submitter.name.clone(),
            record,
            case: case.head.id,
            status,
            request,
        }
    }

    /// The case a record belongs to now: its batch, unless it was taken out of it.
    fn case_of_row(
        &self,
        file: &FileRecord,
        id: Option<CaseId>,
        record: u32,
        batches: &mut [Option<Batch>],
    ) -> Option<Case> {
        let id = id?;
        if flow_of(file, id)?.unit == Unit::Record {
            return self.store.case(id);
        }
        let slot = batches.get_mut(usize::from(id.n).checked_sub(1)?)?;
        if slot.is_none() {
            let case = self.store.case(id)?;
            *slot = Some(Batch { carved: case.head.carved(), case });
        }
        let batch = slot.as_ref()?;
        match batch.carved.binary_search(&record) {
            Ok(_) => self.store.case(CaseId { row: Some(record), ..id }),
            Err(_) => Some(batch.case.clone()),
        }
    }
}

/// A batch that was looked up, with the lines that left it.
#[derive(Clone)]
struct Batch {
    case: Case,
    carved: Vec<u32>,
}

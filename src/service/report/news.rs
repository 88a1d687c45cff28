//! What is new in a case against what its requesters had recorded before.
//!
//! Accruals and assignments, also those to the bank, are compared, each with what the requester
//! had recorded in the same direction: as debtor, as creditor, or giving claims away. It decides
//! nothing and is part of no digest.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{
    Account, Dealings, Novelty, ReceiptNo, RecordNumber, RequestKind, Timestamp, UserNumber, Yen,
    YenTotal,
};
use crate::formats::StoredRow;
use crate::ports::{ClaimFilter, ClaimRecord, ClaimStep, ClaimVerb};
use crate::render::words::Words;
use crate::workflow::Case;

use super::{Desk, RowsError};

/// Rows that are written out.
const SHOWN_MAX: usize = 20;

/// What is new in a case, as of the moment its file was received.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NewsView {
    /// Rows that were compared.
    pub compared: u32,
    /// Rows of requesters of whom nothing was recorded yet.
    pub without_history: u32,
    /// Rows with a counterparty that never appeared.
    pub first_counterparty: u32,
    /// Rows with an account the counterparty never had.
    pub changed_account: u32,
    /// Rows of an unusual amount.
    pub unusual_amount: u32,
    /// The counts in a sentence; empty where nothing is new.
    pub summary: String,
    /// The first twenty rows with something new.
    pub rows: Vec<NewRow>,
    /// How many more there are.
    pub more: u32,
    /// The batch before, where there is one requester.
    pub last: Option<LastBatch>,
}

/// A row with something new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewRow {
    /// Its number in the file.
    pub record: u32,
    /// The counterparty's user number.
    pub counterparty: String,
    /// Its name in kana.
    pub name: String,
    /// What is new, in sentences.
    pub news: Vec<String>,
}

/// The records of the latest earlier file of the same requester and kind, and these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastBatch {
    /// Its receipt number.
    pub receipt_no: String,
    /// How many of its records were recorded.
    pub rows: u32,
    /// The sum of their amounts, in yen.
    pub amount_total: u64,
    /// The two side by side, in a sentence.
    pub text: String,
}

/// What a requester is in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    /// Who owes.
    Debtor,
    /// Who is owed.
    Creditor,
    /// Who gives a claim away.
    Assignor,
}

impl Direction {
    /// Nothing where the other side is known from the claim already, or there is none.
    const fn of(kind: RequestKind) -> Option<Self> {
        match kind {
            RequestKind::AccrualDebtor => Some(Self::Debtor),
            RequestKind::AccrualCreditor => Some(Self::Creditor),
            RequestKind::Assignment
            | RequestKind::SplitAssignment
            | RequestKind::Discount
            | RequestKind::Collateral => Some(Self::Assignor),
            RequestKind::Cancellation
            | RequestKind::Change
            | RequestKind::Guarantee
            | RequestKind::Payment
            | RequestKind::Disclosure
            | RequestKind::InstitutionTransfer => None,
        }
    }
}

/// Something a requester had recorded: with whom, to which account where that is known, and how
/// much.
struct Deal {
    other: UserNumber,
    account: Option<Account>,
    amount: Yen,
    receipt: ReceiptNo,
    /// The part that was split off.
    part: Option<RecordNumber>,
}

/// What one requester had recorded in one direction.
#[derive(Debug, Default)]
struct Past {
    dealings: Dealings,
    batches: BTreeMap<ReceiptNo, (u32, YenTotal)>,
}

impl Desk {
    /// What is new in a case; nothing where none of its rows can be compared.
    ///
    /// Looks a requester up once, however many rows it has.
    pub fn news(&self, case: &Case) -> Result<Option<NewsView>, RowsError> {
        let Some(file) = self.store.file(case.file.receipt) else { return Ok(None) };
        let rules = self.rulebook();
        let words = &rules.answers.words;
        let mut pasts: BTreeMap<(Direction, UserNumber), Past> = BTreeMap::new();
        let (mut view, mut total) = (NewsView::default(), YenTotal::default());
        self.each_row(case, 0, u32::MAX, &mut |row| {
            let Some(direction) = Direction::of(row.request.kind) else { return };
            let user = (direction, row.request.requester.user_number);
            let past = pasts.entry(user).or_insert_with(|| self.past(user, file.received_at));
            let amount = row.request.amount.or_else(|| self.whole(row.request.record_number?));
            total = total.plus(amount);
            view.take((row, amount), &past.dealings, words);
        })?;
        if view.compared.saturating_add(view.without_history) == 0 {
            return Ok(None);
        }
        view.summary = view.summed_up(words);
        if let ([past], None) = (pasts.values().collect::<Vec<_>>().as_slice(), case.head.id.row) {
            view.last = past.batches.last_key_value().map(|(receipt, (rows, before))| {
                let numbers = [
                    ("rows", YenTotal::new((*rows).into()).to_string()),
                    ("total", before.to_string()),
                    ("now_rows", YenTotal::new(view.compared.into()).to_string()),
                    ("now_total", total.to_string()),
                ];
                let numbers = numbers.each_ref().map(|(name, text)| (*name, text.as_str()));
                LastBatch {
                    receipt_no: receipt.to_string(),
                    rows: *rows,
                    amount_total: before.get(),
                    text: words.fill("news.last", &numbers),
                }
            });
        }
        Ok(Some(view))
    }

    /// The amount of a claim that is assigned whole.
    fn whole(&self, number: RecordNumber) -> Option<Yen> {
        Some(self.store.claim(number)?.claim.amount)
    }

    /// What a requester had recorded by `before`, without what was cancelled by then.
    fn past(&self, (direction, user): (Direction, UserNumber), before: Timestamp) -> Past {
        let filter = ClaimFilter { ever: Some(user), ..ClaimFilter::default() };
        let mut past = Past::default();
        for mut record in self.store.claims(&filter, None, usize::MAX) {
            record.history.retain(|step| step.at < before);
            match direction {
                Direction::Debtor | Direction::Creditor => {
                    past.extend(accrued(&record, direction, user));
                }
                Direction::Assignor => past.extend(self.given(&record, user)),
            }
        }
        past
    }

    /// What a user gave away of a claim, all of it or parts.
    fn given(&self, record: &ClaimRecord, user: UserNumber) -> Vec<Deal> {
        let mut deals: Vec<Deal> = Vec::new();
        let mut creditor = None;
        for step in &record.history {
            let owns = creditor == Some(user);
            match step.verb {
                ClaimVerb::Assigned if owns => {
                    let now = record.claim.creditor;
                    let same = now.user_number == step.to;
                    deals.push(deal(step, same.then_some(now.account)));
                }
                ClaimVerb::SplitInto if owns => {
                    let part = step.with.and_then(|part| self.store.claim(part));
                    let now = part.map(|part| part.claim.creditor);
                    let now = now.filter(|now| now.user_number == step.to);
                    deals.push(deal(step, now.map(|now| now.account)));
                }
                // Only the latest record is cancelled, so the last one is meant.
                ClaimVerb::AssignmentCancelled if step.to == user => drop(deals.pop()),
                ClaimVerb::SplitCancelled => deals.retain(|deal| deal.part != step.with),
                _ => {}
            }
            if !matches!(step.verb, ClaimVerb::SplitInto | ClaimVerb::Guaranteed) {
                creditor = Some(step.to);
            }
        }
        deals
    }
}

/// The accrual of a claim, where a user was on that side of it and it was not cancelled.
///
/// A part that was split off has its own history; its claim was counted whole.
fn accrued(record: &ClaimRecord, direction: Direction, user: UserNumber) -> Option<Deal> {
    let ClaimRecord { claim, history } = record;
    let first = history.first().filter(|step| step.verb == ClaimVerb::Accrued)?;
    if history.iter().any(|step| step.verb == ClaimVerb::Cancelled) {
        return None;
    }
    if direction == Direction::Debtor {
        // Once it was assigned, the account it was first paid to is not kept.
        let same = claim.creditor.user_number == first.to;
        let found = deal(first, same.then_some(claim.creditor.account));
        return (claim.debtor.user_number == user).then_some(found);
    }
    let debtor = claim.debtor;
    let found = deal(first, Some(debtor.account));
    (first.to == user).then_some(Deal { other: debtor.user_number, ..found })
}

fn deal(step: &ClaimStep, account: Option<Account>) -> Deal {
    let (other, amount, part) = (step.to, step.amount, step.with);
    Deal { other, account, amount, receipt: step.by.receipt(), part }
}

impl Past {
    fn extend(&mut self, deals: impl IntoIterator<Item = Deal>) {
        for deal in deals {
            self.dealings.add(deal.other, deal.account, deal.amount.get());
            let sum = self.batches.entry(deal.receipt).or_default();
            *sum = (sum.0.saturating_add(1), sum.1.plus(Some(deal.amount)));
        }
    }
}

impl NewsView {
    fn take(
        &mut self,
        (row, amount): (StoredRow, Option<Yen>),
        dealings: &Dealings,
        words: &Words,
    ) {
        if dealings.is_empty() {
            self.without_history = self.without_history.saturating_add(1);
            return;
        }
        self.compared = self.compared.saturating_add(1);
        let other = row.request.counterparty;
        let found = dealings.news(&other, amount.map(Yen::get));
        for novelty in &found {
            let count = match novelty {
                Novelty::FirstCounterparty => &mut self.first_counterparty,
                Novelty::ChangedAccount => &mut self.changed_account,
                Novelty::UnusualAmount { .. } => &mut self.unusual_amount,
            };
            *count = count.saturating_add(1);
        }
        if found.is_empty() {
            return;
        }
        if self.rows.len() >= SHOWN_MAX {
            self.more = self.more.saturating_add(1);
            return;
        }
        self.rows.push(NewRow {
            record: row.record,
            counterparty: other.user_number.to_string(),
            name: row.request.counterparty_name_kana,
            news: found.iter().map(|novelty| sentence(*novelty, words)).collect(),
        });
    }

    /// `初めての相手 2件、口座の変更 1件`.
    fn summed_up(&self, words: &Words) -> String {
        let counts = [
            ("news.count_first", self.first_counterparty),
            ("news.count_account", self.changed_account),
            ("news.count_amount", self.unusual_amount),
        ];
        let counts = counts.into_iter().filter(|(_, count)| *count > 0).map(|(word, count)| {
            words.fill(word, &[("n", &YenTotal::new(count.into()).to_string())])
        });
        counts.collect::<Vec<_>>().join("、")
    }
}

fn sentence(novelty: Novelty, words: &Words) -> String {
    match novelty {
        Novelty::FirstCounterparty => words.get("news.first").to_owned(),
        Novelty::ChangedAccount => words.get("news.account").to_owned(),
        Novelty::UnusualAmount { largest } => {
            words.fill("news.amount", &[("largest", &YenTotal::new(largest).to_string())])
        }
    }
}

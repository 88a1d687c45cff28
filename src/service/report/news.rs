//! What is new in a case against what its requesters had recorded before.
//!
//! Only accruals asked for by the debtor are compared: the debtor of a claim never changes, so the
//! register knows all of them, while who assigned a claim is no longer a side of it. It decides
//! nothing and is part of no digest.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{
    Dealings, Novelty, ReceiptNo, RequestKind, Timestamp, UserNumber, Yen, YenTotal,
};
use crate::formats::StoredRow;
use crate::ports::{ClaimFilter, ClaimRecord, ClaimVerb};
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

/// What one requester had recorded.
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
        let mut pasts: BTreeMap<UserNumber, Past> = BTreeMap::new();
        let (mut view, mut total) = (NewsView::default(), YenTotal::default());
        self.each_row(case, 0, u32::MAX, &mut |row| {
            if row.request.kind != RequestKind::AccrualDebtor {
                return;
            }
            let user = row.request.requester.user_number;
            let past = pasts.entry(user).or_insert_with(|| self.past(user, file.received_at));
            total = total.plus(row.request.amount);
            view.take(row, &past.dealings, words);
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

    /// What a debtor had recorded by `before`, without what was cancelled by then.
    fn past(&self, user: UserNumber, before: Timestamp) -> Past {
        let filter = ClaimFilter { party: Some(user), ..ClaimFilter::default() };
        let mut past = Past::default();
        for record in self.store.claims(&filter, None, usize::MAX) {
            past.take(&record, user, before);
        }
        past
    }
}

impl Past {
    fn take(
        &mut self,
        ClaimRecord { claim, history }: &ClaimRecord,
        user: UserNumber,
        at: Timestamp,
    ) {
        // A part that was split off has its own history; its claim was counted whole.
        let first = history.first().filter(|step| step.verb == ClaimVerb::Accrued && step.at < at);
        let cancelled =
            history.iter().any(|step| step.verb == ClaimVerb::Cancelled && step.at < at);
        let Some(first) = first.filter(|_| claim.debtor.user_number == user && !cancelled) else {
            return;
        };
        // Once it was assigned, the account it was first paid to is not kept.
        let same = claim.creditor.user_number == first.to;
        self.dealings.add(first.to, same.then_some(claim.creditor.account), first.amount.get());
        let sum = self.batches.entry(first.by.receipt()).or_default();
        *sum = (sum.0.saturating_add(1), sum.1.plus(Some(first.amount)));
    }
}

impl NewsView {
    fn take(&mut self, row: StoredRow, dealings: &Dealings, words: &Words) {
        if dealings.is_empty() {
            self.without_history = self.without_history.saturating_add(1);
            return;
        }
        self.compared = self.compared.saturating_add(1);
        let other = row.request.counterparty;
        let found = dealings.news(&other, row.request.amount.map(Yen::get));
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

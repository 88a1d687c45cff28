//! The register of claims and of what the clearing side answered, folded from the journal.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use crate::domain::{
    Claim, ClaimChange, ClaimState, Date, RecordNumber, Settled, Timestamp, UserNumber, Yen,
};
use crate::ports::{
    ClaimFilter, ClaimRecord, ClaimStep, ClaimVerb, LineResult, ListedClaims, Recorded, RowAnswer,
    RowResult, Settlement, StepBy,
};

/// What is known of claims.
#[derive(Debug, Default)]
pub(in crate::store) struct Claims {
    all: BTreeMap<RecordNumber, ClaimRecord>,
    /// Claims by everybody whom their histories name.
    by_user: BTreeMap<UserNumber, BTreeSet<RecordNumber>>,
    /// Answers by case and block of lines, so that a bulk file's are never written as one value.
    results: BTreeMap<(u32, u32), Block>,
    pub(in crate::store) dirty: BTreeSet<RecordNumber>,
    pub(in crate::store) dirty_results: BTreeSet<(u32, u32)>,
}

/// Lines of a case whose answers are kept together.
const BLOCK: u32 = 1_024;

/// The answers about a block of lines, by line.
pub(in crate::store) type Block = BTreeMap<u32, KeptResult>;

/// An answer without its line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store) struct KeptResult {
    answer: RowAnswer,
    from: crate::domain::ReceiptNo,
}

/// A step out of what happened, the other claim it happened with, and who and how much it is about.
type StepOf<'a> = dyn Fn(ClaimVerb, Option<RecordNumber>, (UserNumber, Yen)) -> ClaimStep + 'a;

/// The creditor and the amount of a claim.
const fn of(claim: &Claim) -> (UserNumber, Yen) {
    (claim.creditor.user_number, claim.amount)
}

impl Claims {
    /// Folds answers in; `case` is the number of theirs. The first answer about a line holds.
    pub(super) fn recorded(&mut self, case: u32, recorded: &Recorded, at: Timestamp) {
        for row in &recorded.rows {
            let key = (case, row.row / BLOCK);
            let block = self.results.entry(key).or_default();
            if block.contains_key(&row.row) {
                continue;
            }
            block.insert(row.row, KeptResult { answer: row.answer.clone(), from: recorded.from });
            self.dirty_results.insert(key);
            self.take(row, recorded, at);
        }
    }

    /// Folds in what was answered before and holds from now on.
    pub(super) fn consented(&mut self, recorded: &Recorded, at: Timestamp) {
        for row in &recorded.rows {
            self.take(row, recorded, at);
        }
    }

    /// Folds in what became of claims when they fell due; what had come to its end stays so.
    pub(super) fn settled(&mut self, settlement: &Settlement, at: Timestamp) {
        for (number, outcome) in &settlement.claims {
            let Some(mut record) = self.all.get(number).cloned() else { continue };
            if !record.claim.settle(*outcome) {
                continue;
            }
            let verb = match outcome {
                Settled::Paid => ClaimVerb::Settled,
                Settled::Defaulted => ClaimVerb::Defaulted,
            };
            let (to, amount) = of(&record.claim);
            let by = StepBy::Settlement(settlement.from);
            record.history.push(ClaimStep { at, by, verb, with: None, to, amount });
            self.put(record);
        }
    }

    /// Folds in claims of a list; what is known of a claim already holds.
    pub(super) fn listed(&mut self, listed: &ListedClaims, at: Timestamp) {
        for claim in &listed.claims {
            if self.all.contains_key(&claim.number) {
                continue;
            }
            let ((to, amount), by) = (of(claim), StepBy::List(listed.case));
            let verb = ClaimVerb::Listed;
            let history = vec![ClaimStep { at, by, verb, with: None, to, amount }];
            self.put(ClaimRecord { claim: claim.clone(), history });
        }
    }

    fn take(&mut self, row: &RowResult, recorded: &Recorded, at: Timestamp) {
        let Some(change) = &row.change else { return };
        self.change(change, &|verb, with, (to, amount)| ClaimStep {
            at,
            by: StepBy::Request(recorded.case, row.row),
            verb,
            with,
            to,
            amount,
        });
    }

    fn change(&mut self, change: &ClaimChange, step: &StepOf<'_>) {
        if let ClaimChange::Accrued(claim) = change {
            let history = vec![step(ClaimVerb::Accrued, None, of(claim))];
            self.put(ClaimRecord { claim: (**claim).clone(), history });
            return;
        }
        // What was recorded before there was a register is not in it.
        let Some(mut record) = self.all.get(&change.number()).cloned() else { return };
        let part = record.claim.change(change);
        let claim = &record.claim;
        let mut about = of(claim);
        let verb = match change {
            ClaimChange::Accrued(_) => ClaimVerb::Accrued,
            ClaimChange::Assigned { .. } => ClaimVerb::Assigned,
            ClaimChange::Split { .. } => ClaimVerb::SplitInto,
            ClaimChange::Cancelled { .. } if claim.state == ClaimState::Cancelled => {
                self.give_back(claim, step);
                ClaimVerb::Cancelled
            }
            ClaimChange::Cancelled { .. } => ClaimVerb::AssignmentCancelled,
            ClaimChange::Changed { .. } => ClaimVerb::Changed,
            ClaimChange::Guaranteed { guarantor, .. } => {
                about.0 = guarantor.user_number;
                ClaimVerb::Guaranteed
            }
            ClaimChange::Paid { amount, .. } => {
                about.1 = *amount;
                ClaimVerb::Paid
            }
        };
        let with = part.as_ref().map(|part| part.number);
        let about = part.as_ref().map_or(about, of);
        record.history.push(step(verb, with, about));
        if let Some(part) = part {
            let history = vec![step(ClaimVerb::SplitFrom, Some(record.claim.number), of(&part))];
            self.put(ClaimRecord { claim: part, history });
        }
        self.put(record);
    }

    /// The amount of a part whose split was cancelled goes back to the claim it came from.
    fn give_back(&mut self, part: &Claim, step: &StepOf<'_>) {
        let whole = part.parent.and_then(|number| self.all.get(&number)).cloned();
        let Some(mut whole) = whole else { return };
        whole.claim.take_back(part.amount);
        let about = (whole.claim.creditor.user_number, part.amount);
        whole.history.push(step(ClaimVerb::SplitCancelled, Some(part.number), about));
        self.put(whole);
    }

    /// Keeps a claim and what it is looked up by.
    pub(in crate::store) fn put(&mut self, record: ClaimRecord) {
        let number = record.claim.number;
        let sides = [record.claim.debtor.user_number, record.claim.creditor.user_number];
        for user in sides.into_iter().chain(record.history.iter().map(|step| step.to)) {
            self.by_user.entry(user).or_default().insert(number);
        }
        self.dirty.insert(number);
        self.all.insert(number, record);
    }

    /// Keeps the answers about a block of lines.
    pub(in crate::store) fn put_results(&mut self, key: (u32, u32), block: Block) {
        self.results.insert(key, block);
    }

    pub(in crate::store) fn get(&self, number: RecordNumber) -> Option<&ClaimRecord> {
        self.all.get(&number)
    }

    pub(in crate::store) fn block(&self, key: (u32, u32)) -> Option<&Block> {
        self.results.get(&key)
    }

    /// The answers about a case, by line.
    pub(in crate::store) fn lines(&self, case: u32) -> Vec<LineResult> {
        let kept = self.blocks(case).flatten();
        kept.map(|(row, kept)| line(*row, kept)).collect()
    }

    /// The answer about one line.
    pub(in crate::store) fn line(&self, case: u32, row: u32) -> Option<LineResult> {
        let kept = self.results.get(&(case, row / BLOCK))?.get(&row)?;
        Some(line(row, kept))
    }

    /// Cases with the lines recorded on the days from the first to the second, by the day their
    /// result came.
    pub(in crate::store) fn recorded_between(
        &self,
        (first, last): (Date, Date),
    ) -> Vec<(u32, Vec<(u32, Date)>)> {
        let mut found: BTreeMap<u32, Vec<(u32, Date)>> = BTreeMap::new();
        for ((case, _), block) in &self.results {
            for (row, kept) in block {
                let on = kept.from.date();
                let recorded = matches!(kept.answer, RowAnswer::Recorded(_));
                if recorded && first <= on && on <= last {
                    found.entry(*case).or_default().push((*row, on));
                }
            }
        }
        found.into_iter().collect()
    }

    /// How many lines of a case were answered.
    pub(in crate::store) fn answered(&self, case: u32) -> usize {
        self.blocks(case).map(BTreeMap::len).sum()
    }

    fn blocks(&self, case: u32) -> impl Iterator<Item = &Block> {
        self.results.range((case, 0)..=(case, u32::MAX)).map(|(_, block)| block)
    }

    /// The claims a filter lets through, by record number, at most `limit` after `after`.
    pub(in crate::store) fn list(
        &self,
        filter: &ClaimFilter,
        after: Option<RecordNumber>,
        limit: usize,
    ) -> Vec<ClaimRecord> {
        let first = after.map_or(Bound::Unbounded, Bound::Excluded);
        let range = (first, Bound::Unbounded);
        let passes = |record: &&ClaimRecord| filter.lets(&record.claim);
        if let Some(user) = filter.party.or(filter.ever) {
            let of_user = self.by_user.get(&user);
            let numbers = of_user.into_iter().flat_map(|of_user| of_user.range(range));
            let found = numbers.filter_map(|number| self.all.get(number));
            return found.filter(passes).take(limit).cloned().collect();
        }
        let found = self.all.range(range).map(|(_, record)| record);
        found.filter(passes).take(limit).cloned().collect()
    }

    /// Everything in a fixed order, for the state's digest.
    pub(in crate::store) fn in_order(
        &self,
    ) -> (impl Iterator<Item = &ClaimRecord>, &BTreeMap<(u32, u32), Block>) {
        (self.all.values(), &self.results)
    }

    /// How many claims and how many blocks of answers there are.
    pub(in crate::store) fn counts(&self) -> (usize, usize) {
        (self.all.len(), self.results.len())
    }

    /// Marks everything as changed.
    pub(in crate::store) fn touch_all(&mut self) {
        self.dirty = self.all.keys().copied().collect();
        self.dirty_results = self.results.keys().copied().collect();
    }
}

fn line(row: u32, kept: &KeptResult) -> LineResult {
    LineResult { row, answer: kept.answer.clone(), from: kept.from }
}

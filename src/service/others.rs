//! The other side of a request (相手): asked to consent, and told what was recorded.
//!
//! Source: a creditor's accrual and an online change hold once the other side has consented, within
//! five business days; denial or silence makes them void.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{ClaimChange, RecordNumber, RecordRequest, UserNumber, YenTotal};
use crate::ports::{Entry, FileRecord, Recorded, RowAnswer, RowResult};
use crate::render::mail::{Kind, Letter};
use crate::workflow::{Case, Effect, EffectKind, EffectScope, consents};

use super::Desk;
use super::answers::{AnswerError, sum_by_kind};

impl Desk {
    /// Whether what is recorded of a case holds only once the other side has consented.
    pub(super) fn needs_consent(&self, case: &Case) -> bool {
        self.definition_of(case).is_some_and(|flow| consents(case, &flow).next().is_some())
    }

    /// The name of the other side as the register has it; its number where it has none.
    pub(super) fn counterparty_name(&self, case: &Case) -> String {
        let number = case.counterparty().unwrap_or_default();
        let user = UserNumber::parse(number).ok();
        let customers = self.store.customers();
        let known = user.and_then(|user| customers.get(user));
        known.map_or_else(|| number.to_owned(), |customer| customer.name.clone())
    }

    /// What a case that ends as recorded means besides: what was consented to holds, and the other
    /// sides that are customers here are told. `entries` are what is committed with it.
    pub(super) fn recorded_at_last(&self, case: &Case, entries: &[Entry]) -> Vec<Entry> {
        let Some(file) = self.store.file(case.file.receipt) else { return Vec::new() };
        let Ok(rows) = self.case_rows(&file, case, usize::MAX) else { return Vec::new() };
        let numbers = self.numbers(case, entries);
        let (consent, customers) = (self.needs_consent(case), self.store.customers());
        let mut others: BTreeSet<UserNumber> = BTreeSet::new();
        let mut held = Vec::new();
        for row in rows {
            let Some(number) = numbers.get(&row.record) else { continue };
            if consent {
                let change = ClaimChange::of(&row.request, *number);
                let answer = RowAnswer::Recorded(*number);
                held.push(RowResult { row: row.record, answer, change });
            }
            let other = row.request.other_side().map(|party| party.user_number);
            others.extend(other.filter(|user| customers.get(*user).is_some()));
        }
        let kinds = others.into_iter().flat_map(|customer| {
            [EffectKind::Notified { customer }, EffectKind::OtherSide { customer }]
        });
        let (scope, at) = (EffectScope::Case(case.head.id), self.clock.now());
        let effects: Vec<Effect> = kinds.map(|kind| Effect { scope, kind, at }).collect();
        let (id, from) = (case.head.id, case.file.receipt);
        let held = Recorded { case: id, from, rows: held };
        let held = consent.then(|| Entry::Consented(Box::new(held)));
        let owed = (!effects.is_empty()).then_some(Entry::Owed(effects));
        held.into_iter().chain(owed).collect()
    }

    /// The record number of each line that was recorded, as known and as is committed now.
    pub(super) fn numbers(
        &self,
        case: &Case,
        entries: &[Entry],
    ) -> BTreeMap<u32, Option<RecordNumber>> {
        let kept = self.store.results_of(case.head.id).into_iter();
        let kept = kept.map(|line| (line.row, line.answer));
        let now = entries.iter().filter_map(|entry| match entry {
            Entry::Recorded(recorded) => Some(&recorded.rows),
            _ => None,
        });
        let now = now.flatten().map(|row| (row.row, row.answer.clone()));
        kept.chain(now)
            .filter_map(|(row, answer)| match answer {
                RowAnswer::Recorded(number) => Some((row, number)),
                RowAnswer::Errored { .. } => None,
            })
            .collect()
    }

    /// Tells the other side what was recorded.
    pub(super) fn other_side_letter(
        &self,
        file: &FileRecord,
        effect: &Effect,
        customer: UserNumber,
    ) -> Result<Letter, AnswerError> {
        let unknown = || AnswerError::Unknown(effect.id().to_string());
        let customers = self.store.customers();
        let to = customers.get(customer).ok_or_else(unknown)?;
        let case = self.case_of(effect)?;
        let mut letter = self.plain(effect, Kind::OtherSide);
        (letter.to_name, letter.to_address) = (to.name.clone(), to.email.clone());
        letter.case = Some(case.head.id);
        letter.actor.clone_from(&file.submitter.name);
        let theirs = self.recorded_with(file, &case, customer)?;
        letter.kinds =
            sum_by_kind(theirs.iter().map(|(request, _)| (request.kind, request.amount)));
        for kind in &letter.kinds {
            letter.count = letter.count.saturating_add(kind.count);
            letter.total = YenTotal::new(letter.total.get().saturating_add(kind.total.get()));
        }
        Ok(letter)
    }

    /// What was recorded of a case with a customer on the other side, each with its record number.
    ///
    /// Their own lines only: who else stands in the case is nobody's business.
    pub(super) fn recorded_with(
        &self,
        file: &FileRecord,
        case: &Case,
        customer: UserNumber,
    ) -> Result<Vec<(RecordRequest, Option<RecordNumber>)>, AnswerError> {
        let numbers = self.numbers(case, &[]);
        let rows = self.case_rows(file, case, usize::MAX)?;
        let theirs = rows.into_iter().filter_map(|row| {
            let other = row.request.other_side().map(|party| party.user_number);
            let number = *numbers.get(&row.record).filter(|_| other == Some(customer))?;
            let number = number.or(row.request.record_number);
            Some((row.request, number))
        });
        Ok(theirs.collect())
    }
}

//! What became of claims when they fell due: told by the clearing side, kept in the register, and
//! told to the customers.

use std::collections::BTreeSet;

use crate::domain::{
    Claim, ClaimState, Finding, ReceiptNo, RecordNumber, Settled, Severity, UserNumber, YenTotal,
};
use crate::formats::SettlementRow;
use crate::ports::{
    ClaimFilter, ClaimRecord, ClaimVerb, Entry, FileRecord, Settlement, StepBy, StoreError,
};
use crate::render::mail::{Kind, Letter};
use crate::workflow::{Effect, EffectKind, EffectScope};

use super::Desk;
use super::answers::AnswerError;
use super::judge::Judged;
use super::results::{Words, finding};

impl Desk {
    /// The verdict on a file of settlements: what it says of each claim holds once.
    pub(super) fn take_settlements(
        &self,
        file: &FileRecord,
        rows: Vec<Result<SettlementRow, Finding>>,
    ) -> Result<Judged, StoreError> {
        let mut findings = Vec::with_capacity(rows.len());
        let mut settled = Vec::new();
        for row in rows {
            let row = match row {
                Ok(row) => row,
                Err(wrong) => {
                    findings.push(wrong);
                    continue;
                }
            };
            let known = settled.iter().any(|(number, _)| *number == row.number);
            let record = self.store.claim(row.number).filter(|_| !known);
            let (severity, words) = match self.settles(file.receipt, record.as_ref(), row.outcome) {
                Ok(words) => {
                    settled.push((row.number, row.outcome));
                    (Severity::Info, words)
                }
                Err(words) => (Severity::Error, words),
            };
            let value = row.number.to_string();
            findings.push(finding((row.record, row.line), severity, value, words));
        }
        self.settle(file, settled)?;
        self.woken(file, &findings)
    }

    /// What a settlement means for a claim; errs with why it means nothing.
    fn settles(
        &self,
        from: ReceiptNo,
        record: Option<&ClaimRecord>,
        outcome: Settled,
    ) -> Result<Words, Words> {
        let Some(ClaimRecord { claim, history }) = record else {
            let ja = "この記録番号の債権は台帳にないか、同じファイルの上の行にあります。";
            return Err((ja.to_owned(), "no such claim, or it is told above".to_owned()));
        };
        // A file that is judged again after a stop says what it said.
        let again = history.last().is_some_and(|step| step.by == StepBy::Settlement(from));
        if !claim.state.may_become(outcome) && !again {
            let state = claim.state.japanese();
            let ja = format!("この債権は{state}です。もう一度の決済はありません。");
            let failed = claim.state == ClaimState::Defaulted;
            let en = if failed { "it was told before" } else { "the claim has come to its end" };
            return Err((ja, en.to_owned()));
        }
        let due = self.rulebook().calendar.next_open(claim.due);
        if due > self.clock.now().date() {
            let ja = format!("支払期日 {} の前です。期日を過ぎてから出してください。", claim.due);
            return Err((ja, format!("it falls due on {}", claim.due)));
        }
        Ok(match outcome {
            Settled::Paid => ("決済済みにしました。".to_owned(), "settled".to_owned()),
            Settled::Defaulted => ("支払不能にしました。".to_owned(), "defaulted".to_owned()),
        })
    }

    /// Journals settlements that are not in the register yet, with what is owed to customers.
    fn settle(
        &self,
        file: &FileRecord,
        mut settled: Vec<(RecordNumber, Settled)>,
    ) -> Result<(), StoreError> {
        let from = file.receipt;
        let customers = self.store.customers();
        let mut told = BTreeSet::new();
        settled.retain(|(number, outcome)| {
            let Some(ClaimRecord { claim, history }) = self.store.claim(*number) else {
                return false;
            };
            if history.last().is_some_and(|step| step.by == StepBy::Settlement(from)) {
                return false;
            }
            told.extend(sides(&claim, *outcome).filter(|user| customers.get(*user).is_some()));
            true
        });
        if settled.is_empty() {
            return Ok(());
        }
        let at = self.clock.now();
        let owed = told.into_iter().flat_map(|customer| {
            [EffectKind::Notified { customer }, EffectKind::Settled { customer }]
        });
        let owed = owed.map(|kind| Effect { scope: EffectScope::File(from), kind, at });
        let entries = vec![
            Entry::Settled(Box::new(Settlement { from, claims: settled })),
            Entry::Owed(owed.collect()),
        ];
        self.commit_entries(at, entries)
    }

    /// The mail that tells a customer of settlements.
    pub(super) fn settled_letter(
        &self,
        effect: &Effect,
        (from, customer): (ReceiptNo, UserNumber),
    ) -> Result<Letter, AnswerError> {
        let unknown = || AnswerError::Unknown(effect.id().to_string());
        let customers = self.store.customers();
        let to = customers.get(customer).ok_or_else(unknown)?;
        let lines = self.settled_for(from, customer);
        let failed = lines.iter().any(|(_, outcome)| *outcome == Settled::Defaulted);
        let mut letter = self.plain(effect, Kind::Settled);
        (letter.to_name, letter.to_address) = (to.name.clone(), to.email.clone());
        letter.receipt = Some(from);
        if failed { "支払不能" } else { "決済" }.clone_into(&mut letter.seat);
        let total = lines.iter().map(|(claim, _)| claim.amount.get()).fold(0, u64::saturating_add);
        letter.total = YenTotal::new(total);
        letter.count = u32::try_from(lines.len()).unwrap_or(u32::MAX);
        letter.reason = lines.iter().map(line).collect::<Vec<_>>().join("\n");
        Ok(letter)
    }

    /// What a file told of claims that concerns a customer.
    pub(super) fn settled_for(
        &self,
        from: ReceiptNo,
        customer: UserNumber,
    ) -> Vec<(Claim, Settled)> {
        let filter = ClaimFilter { party: Some(customer), ..ClaimFilter::default() };
        let claims = self.store.claims(&filter, None, usize::MAX).into_iter();
        claims
            .filter_map(|record| told_by(&record, from).map(|outcome| (record.claim, outcome)))
            .filter(|(claim, outcome)| sides(claim, *outcome).any(|user| user == customer))
            .collect()
    }
}

/// Who is told: the debtor of everything, the creditor of what was not paid.
///
/// Source: a settlement is told to the debtor only.
fn sides(claim: &Claim, outcome: Settled) -> impl Iterator<Item = UserNumber> {
    let creditor = (outcome == Settled::Defaulted).then_some(claim.creditor.user_number);
    std::iter::once(claim.debtor.user_number).chain(creditor)
}

/// What a file told of a claim.
fn told_by(record: &ClaimRecord, from: ReceiptNo) -> Option<Settled> {
    let step = record.history.iter().find(|step| step.by == StepBy::Settlement(from))?;
    match step.verb {
        ClaimVerb::Settled => Some(Settled::Paid),
        ClaimVerb::Defaulted => Some(Settled::Defaulted),
        _ => None,
    }
}

/// What became of a claim, in a word.
pub(super) const fn word(outcome: Settled) -> &'static str {
    match outcome {
        Settled::Paid => "決済済",
        Settled::Defaulted => "支払不能",
    }
}

fn line((claim, outcome): &(Claim, Settled)) -> String {
    let what = word(*outcome);
    let amount = YenTotal::new(claim.amount.get());
    format!("{what}: 記録番号 {} {amount}円 支払期日 {}", claim.number, claim.due.japanese())
}

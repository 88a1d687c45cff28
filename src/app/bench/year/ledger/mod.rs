//! A simple ledger of claims, kept beside the product's register and held against it every day.
//!
//! It shares no rule with `domain::Claim`: what the institution recorded is written down here as a
//! clerk would, and the sums are kept apart from the claims. Read [`Ledger::compare`] first.

use std::collections::BTreeMap;
use std::fmt;

use super::super::cast::Somebody;
use crate::domain::{ClaimState, Date, RequestKind};
use crate::ports::ClaimRecord;

/// A claim as a clerk keeps it.
#[derive(Debug, Clone)]
pub(super) struct Own {
    /// The one it was split off.
    pub(super) parent: Option<String>,
    pub(super) debtor: Somebody,
    pub(super) creditor: Somebody,
    /// Yen; what it had last, where nothing is left.
    pub(super) amount: u64,
    pub(super) due: Date,
    pub(super) recorded: Date,
    pub(super) state: OwnState,
    /// Whether it was ever assigned or guaranteed.
    pub(super) involved: bool,
    pub(super) guarantors: Vec<Somebody>,
    /// What a cancellation would take back.
    pub(super) last: Option<Last>,
}

/// Where a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnState {
    Open,
    Paid,
    Cancelled,
    /// It was not paid when it fell due, and is owed still.
    Defaulted,
}

impl Own {
    /// Whether something of it is to be paid.
    pub(super) fn is_owed(&self) -> bool {
        matches!(self.state, OwnState::Open | OwnState::Defaulted)
    }

    /// Whether a user has a part in it, or would have again if its latest record were taken back.
    pub(super) fn concerns(&self, user: &str) -> bool {
        let before = self.last.as_ref().and_then(|last| last.before.as_ref());
        let mut all = [&self.debtor, &self.creditor].into_iter().chain(before);
        all.any(|one| one.user == user)
    }
}

/// The latest record of a claim.
#[derive(Debug, Clone)]
pub(super) struct Last {
    pub(super) on: Date,
    /// Who has the claim again without it; nobody where it is the claim's beginning.
    pub(super) before: Option<Somebody>,
}

/// One thing the institution is asked to record.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) kind: RequestKind,
    /// The claim; of an accrual or a split the new one's number is beside it.
    pub(super) number: Option<String>,
    pub(super) from: Somebody,
    pub(super) other: Option<Somebody>,
    pub(super) amount: Option<u64>,
    pub(super) due: Option<Date>,
    pub(super) record: Date,
    /// Whether everybody signed it on paper.
    pub(super) is_paper: bool,
}

impl Wanted {
    /// Whether a person would take it for the same request once more.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let asked = |one: &Self| (one.kind, one.number.clone(), one.amount, one.due);
        asked(self) == asked(other) && self.from == other.from && self.other == other.other
    }
}

/// What was recorded in all, in yen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) accrued: u64,
    pub(super) paid: u64,
    /// Paid from account to account when it fell due, or later.
    pub(super) settled: u64,
    pub(super) cancelled: u64,
    pub(super) raised: u64,
    pub(super) lowered: u64,
}

impl Sums {
    /// What must be owed.
    pub(super) fn open(&self) -> i128 {
        let Self { accrued, paid, settled, cancelled, raised, lowered } = *self;
        let [plus, minus] = [[accrued, raised, 0, 0], [paid, settled, cancelled, lowered]]
            .map(|all| all.map(i128::from));
        plus.iter().sum::<i128>() - minus.iter().sum::<i128>()
    }
}

impl fmt::Display for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accrued, paid, settled, cancelled, raised, lowered } = self;
        write!(
            f,
            "accrued {accrued} - paid {paid} - settled {settled} - cancelled {cancelled} + raised \
             {raised} - lowered {lowered} = open {}",
            self.open()
        )
    }
}

/// All claims, and the sums of what was recorded.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) claims: BTreeMap<String, Own>,
    pub(super) sums: Sums,
    /// Numbers by user, in the order they became a party; some may be so no more.
    of_user: BTreeMap<String, Vec<String>>,
}

impl Ledger {
    /// The numbers a user is or was a party of.
    pub(super) fn of(&self, user: &str) -> &[String] {
        self.of_user.get(user).map_or(&[], Vec::as_slice)
    }

    /// Why the institution would not record it; nothing where it does.
    pub(super) fn refuses(&self, wanted: &Wanted) -> Option<&'static str> {
        if wanted.kind.is_accrual() || wanted.kind == RequestKind::Disclosure {
            return None;
        }
        let claim = wanted.number.as_ref().and_then(|number| self.claims.get(number));
        // What was not settled can still be paid otherwise.
        let late = wanted.kind == RequestKind::Payment;
        let fits = |claim: &&Own| claim.state == OwnState::Open || (late && claim.is_owed());
        let Some(claim) = claim.filter(fits) else { return Some("債権なし") };
        let (from, other) = (&wanted.from, wanted.other.as_ref());
        let is_creditor = *from == claim.creditor;
        let amount = wanted.amount.unwrap_or(0);
        let fits = match wanted.kind {
            RequestKind::Assignment => is_creditor,
            RequestKind::SplitAssignment => is_creditor && amount < claim.amount,
            RequestKind::Cancellation => is_creditor && claim.last.is_some(),
            RequestKind::Change => {
                let sides = [&claim.debtor, &claim.creditor];
                let both = sides.contains(&from) && other.is_some_and(|one| sides.contains(&one));
                both && (wanted.is_paper || !claim.involved)
            }
            RequestKind::Guarantee => is_creditor && other != Some(&claim.debtor),
            RequestKind::Payment => {
                let pays = *from == claim.debtor || claim.guarantors.contains(from);
                (is_creditor || pays) && amount <= claim.amount
            }
            RequestKind::Discount
            | RequestKind::Collateral
            | RequestKind::InstitutionTransfer
            | RequestKind::AccrualDebtor
            | RequestKind::AccrualCreditor
            | RequestKind::Disclosure => true,
        };
        (!fits).then_some("当事者相違")
    }

    /// Writes down what was recorded; `new` is the number of a claim that begins with it.
    pub(super) fn record(&mut self, wanted: &Wanted, new: Option<&str>) {
        let (from, other) = (wanted.from.clone(), wanted.other.clone());
        if wanted.kind.is_accrual() {
            if let (Some(new), Some(other)) = (new, other) {
                self.accrue(wanted, new, (from, other));
            }
            return;
        }
        let Some(number) = wanted.number.clone() else { return };
        let Some(mut claim) = self.claims.get(&number).cloned() else { return };
        match (wanted.kind, other) {
            (RequestKind::Assignment, Some(other)) => {
                let before = Some(std::mem::replace(&mut claim.creditor, other));
                claim.last = Some(Last { on: wanted.record, before });
                claim.involved = true;
            }
            (RequestKind::SplitAssignment, Some(other)) => {
                let Some(new) = new else { return };
                let amount = wanted.amount.unwrap_or(0);
                claim.amount = claim.amount.saturating_sub(amount);
                claim.last = None;
                let part = Own {
                    parent: Some(number.clone()),
                    creditor: other,
                    amount,
                    recorded: wanted.record,
                    involved: true,
                    last: Some(Last { on: wanted.record, before: None }),
                    ..claim.clone()
                };
                self.put(new, part);
            }
            (RequestKind::Cancellation, _) => self.cancel(&mut claim),
            (RequestKind::Change, _) => {
                claim.due = wanted.due.unwrap_or(claim.due);
                let amount = wanted.amount.unwrap_or(claim.amount);
                // What was paid while the other side thought it over owes nothing any more.
                if claim.is_owed() {
                    self.sums.raised += amount.saturating_sub(claim.amount);
                    self.sums.lowered += claim.amount.saturating_sub(amount);
                }
                (claim.amount, claim.last) = (amount, None);
            }
            (RequestKind::Guarantee, Some(other)) => {
                claim.guarantors.push(other);
                (claim.involved, claim.last) = (true, None);
            }
            (RequestKind::Payment, _) => {
                let amount = wanted.amount.unwrap_or(0);
                self.sums.paid += amount;
                claim.last = None;
                match claim.amount.saturating_sub(amount) {
                    0 => claim.state = OwnState::Paid,
                    left => claim.amount = left,
                }
            }
            _ => return,
        }
        self.put(&number, claim);
    }

    fn accrue(&mut self, wanted: &Wanted, new: &str, (from, other): (Somebody, Somebody)) {
        let by_debtor = wanted.kind == RequestKind::AccrualDebtor;
        let (debtor, creditor) = if by_debtor { (from, other) } else { (other, from) };
        let amount = wanted.amount.unwrap_or(0);
        self.sums.accrued += amount;
        let claim = Own {
            parent: None,
            debtor,
            creditor,
            amount,
            due: wanted.due.unwrap_or(wanted.record),
            recorded: wanted.record,
            state: OwnState::Open,
            involved: false,
            guarantors: Vec::new(),
            last: Some(Last { on: wanted.record, before: None }),
        };
        self.put(new, claim);
    }

    /// Writes down what became of a claim when it fell due; it cannot be taken back any more.
    pub(super) fn settle(&mut self, number: &str, is_paid: bool) {
        let Some(claim) = self.claims.get_mut(number).filter(|claim| claim.is_owed()) else {
            return;
        };
        claim.last = None;
        claim.state = if is_paid { OwnState::Paid } else { OwnState::Defaulted };
        self.sums.settled += if is_paid { claim.amount } else { 0 };
    }

    /// Takes the latest record back.
    fn cancel(&mut self, claim: &mut Own) {
        if let Some(assignor) = claim.last.take().and_then(|last| last.before) {
            claim.creditor = assignor;
            return;
        }
        claim.state = OwnState::Cancelled;
        // A part goes back to the claim it came from, which is open again with it.
        match claim.parent.as_ref().and_then(|number| self.claims.get_mut(number)) {
            Some(whole) => {
                let had = if whole.state == OwnState::Open { whole.amount } else { 0 };
                whole.amount = had + claim.amount;
                whole.state = OwnState::Open;
            }
            None => self.sums.cancelled += claim.amount,
        }
    }

    fn put(&mut self, number: &str, claim: Own) {
        for user in [&claim.debtor.user, &claim.creditor.user] {
            let known = self.of_user.entry(user.clone()).or_default();
            if !known.iter().any(|one| one == number) {
                known.push(number.to_owned());
            }
        }
        self.claims.insert(number.to_owned(), claim);
    }

    /// Everything in which a register differs from the ledger, each with its claim.
    pub(super) fn compare(&self, register: &[ClaimRecord]) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut open = 0_i128;
        let mut known = 0_usize;
        for record in register {
            let claim = &record.claim;
            let is_owed = matches!(claim.state, ClaimState::Open | ClaimState::Defaulted);
            open += if is_owed { i128::from(claim.amount.get()) } else { 0 };
            let number = claim.number.to_string();
            let Some(own) = self.claims.get(&number) else {
                wrong.push(format!("claim {number} is in the register and was never recorded"));
                continue;
            };
            known += 1;
            let state = match own.state {
                OwnState::Open => ClaimState::Open,
                OwnState::Paid => ClaimState::Paid,
                OwnState::Cancelled => ClaimState::Cancelled,
                OwnState::Defaulted => ClaimState::Defaulted,
            };
            let theirs = (claim.state, claim.amount.get(), claim.creditor.user_number.to_string());
            let ours = (state, own.amount, own.creditor.user.clone());
            if theirs != ours || claim.due != own.due {
                wrong.push(format!(
                    "claim {number}: the register has {theirs:?} due {}, \
                     the ledger {ours:?} due {}",
                    claim.due, own.due
                ));
            }
        }
        if known < self.claims.len() {
            let there = |number: &String| {
                register.iter().any(|record| record.claim.number.as_str() == number)
            };
            let lost = self.claims.keys().filter(|number| !there(number));
            wrong.extend(lost.map(|number| format!("claim {number} is not in the register")));
        }
        if open != self.sums.open() {
            wrong.push(format!("the register's open claims are {open} yen; {}", self.sums));
        }
        wrong
    }
}

#[cfg(test)]
mod tests;

//! Claims (債権): what the clearing side has recorded, and what became of it since.
//!
//! Read [`Claim::change`] first: a claim is what its changes fold into.

use serde::{Deserialize, Serialize};

use super::{
    AssignmentRestriction, Date, Guarantee, Party, RecordNumber, RecordRequest, RequestKind,
    UserNumber, Yen,
};

/// A claim as it stands.
///
/// Shape: amounts in yen; the record number is the clearing side's. Made by [`ClaimChange::of`] and
/// [`Claim::change`] out of what the clearing side answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// 記録番号.
    pub number: RecordNumber,
    /// The one it was split off, if it was.
    pub parent: Option<RecordNumber>,
    /// 債務者: who pays.
    pub debtor: Party,
    /// 債権者: who is paid.
    pub creditor: Party,
    /// 債権金額: what is left of it.
    pub amount: Yen,
    /// 支払期日.
    pub due: Date,
    /// 電子記録年月日: the day it was or will be recorded.
    pub recorded: Date,
    /// 譲渡制限.
    pub restricted: AssignmentRestriction,
    /// Where it stands.
    pub state: ClaimState,
    /// Whether it was ever assigned: a change then asks for everybody's consent on paper.
    pub assigned: bool,
    /// 保証人: who guarantees it by a record of its own.
    pub guarantors: Vec<UserNumber>,
    /// The latest record, as long as a cancellation could take it back.
    pub latest: Option<Latest>,
}

/// A record that may be cancelled: nothing was recorded of the claim since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latest {
    /// The day it was or will be recorded.
    pub on: Date,
    /// Who asked for it.
    pub by: UserNumber,
    /// Who is the creditor again without it; none where the claim itself is gone.
    pub back_to: Option<Party>,
}

/// Where a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimState {
    /// It is owed.
    Open,
    /// All of it was split off and assigned.
    Spent,
    /// Its record was cancelled.
    Cancelled,
    /// All of it was paid.
    Paid,
    /// 支払不能: it was not settled on its day; it is still owed.
    Defaulted,
}

/// What became of a claim when it fell due (口座間送金決済).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Settled {
    /// 決済済: it was paid from account to account.
    Paid,
    /// 支払不能: it was not.
    Defaulted,
}

impl ClaimState {
    /// Whether something of it is still owed.
    pub const fn is_owed(self) -> bool {
        matches!(self, Self::Open | Self::Defaulted)
    }

    /// Whether it may be told that a claim was settled, or was not: what failed may be paid late,
    /// but fails once.
    pub const fn may_become(self, outcome: Settled) -> bool {
        match outcome {
            Settled::Paid => self.is_owed(),
            Settled::Defaulted => matches!(self, Self::Open),
        }
    }

    /// The word on pages, e.g. 存続.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Open => "存続",
            Self::Spent => "分割済み",
            Self::Cancelled => "取消済み",
            Self::Paid => "支払済み",
            Self::Defaulted => "支払不能",
        }
    }
}

/// What the clearing side recorded; past tense, never changed once written.
///
/// New kinds are added at the end: stored journals number them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClaimChange {
    /// 発生記録: there is a new claim.
    Accrued(Box<Claim>),
    /// 譲渡記録: it has another creditor.
    Assigned {
        /// The claim.
        number: RecordNumber,
        /// Who had it.
        from: Party,
        /// The new creditor.
        to: Party,
        /// The day.
        on: Date,
        /// Whether the assignor guarantees it.
        guarantee: Guarantee,
    },
    /// 分割記録: a part of it became a claim of its own, with another creditor.
    Split {
        /// The claim.
        number: RecordNumber,
        /// The new one's number.
        child: RecordNumber,
        /// Who had it.
        from: Party,
        /// The new one's creditor.
        to: Party,
        /// The new one's amount.
        amount: Yen,
        /// The day.
        on: Date,
        /// Whether the assignor guarantees it.
        guarantee: Guarantee,
    },
    /// 取消: its latest record is taken back.
    Cancelled {
        /// The claim.
        number: RecordNumber,
        /// The day.
        on: Date,
    },
    /// 変更記録: what it is to be from then on.
    Changed {
        /// The claim.
        number: RecordNumber,
        /// The new 支払期日, if there is one.
        due: Option<Date>,
        /// The new 債権金額, if there is one.
        amount: Option<Yen>,
        /// The new 譲渡制限, if there is one.
        restricted: Option<AssignmentRestriction>,
        /// The day.
        on: Date,
    },
    /// 保証記録: somebody guarantees it.
    Guaranteed {
        /// The claim.
        number: RecordNumber,
        /// 保証人.
        guarantor: Party,
        /// The day.
        on: Date,
    },
    /// 支払等記録: it was paid, all of it or a part.
    Paid {
        /// The claim.
        number: RecordNumber,
        /// How much.
        amount: Yen,
        /// The day of the payment.
        on: Date,
    },
}

impl ClaimChange {
    /// What a request becomes when the clearing side has recorded it under `number`.
    ///
    /// Nothing where a number is missing (an accrual or a split without one cannot be kept), and
    /// for a disclosure, which changes nothing.
    pub fn of(request: &RecordRequest, number: Option<RecordNumber>) -> Option<Self> {
        let (own, other) = (request.requester, request.counterparty);
        let (on, guarantee) = (request.record_date, request.guarantee);
        let about = request.record_number;
        match request.kind {
            RequestKind::AccrualDebtor
            | RequestKind::AccrualCreditor
            | RequestKind::InstitutionTransfer => {
                Claim::accrued(request, number?).map(|claim| Self::Accrued(Box::new(claim)))
            }
            kind if kind.is_assignment() && !kind.splits(request.amount.is_some()) => {
                Some(Self::Assigned { number: about?, from: own, to: other, on, guarantee })
            }
            RequestKind::Assignment
            | RequestKind::SplitAssignment
            | RequestKind::Discount
            | RequestKind::Collateral => Some(Self::Split {
                number: about?,
                child: number?,
                from: own,
                to: other,
                amount: request.amount?,
                on,
                guarantee,
            }),
            RequestKind::Cancellation => Some(Self::Cancelled { number: about?, on }),
            RequestKind::Change => Some(Self::Changed {
                number: about?,
                due: request.due_date,
                amount: request.amount,
                restricted: request.assignment_restricted.told(),
                on,
            }),
            RequestKind::Guarantee => {
                Some(Self::Guaranteed { number: about?, guarantor: other, on })
            }
            RequestKind::Payment => {
                Some(Self::Paid { number: about?, amount: request.amount?, on })
            }
            RequestKind::Disclosure => None,
        }
    }

    /// The claim it happened to.
    pub fn number(&self) -> RecordNumber {
        match self {
            Self::Accrued(claim) => claim.number,
            Self::Assigned { number, .. }
            | Self::Split { number, .. }
            | Self::Cancelled { number, .. }
            | Self::Changed { number, .. }
            | Self::Guaranteed { number, .. }
            | Self::Paid { number, .. } => *number,
        }
    }
}

impl Claim {
    /// The claim that an accrual makes.
    fn accrued(request: &RecordRequest, number: RecordNumber) -> Option<Self> {
        let (own, other) = (request.requester, request.counterparty);
        let by_debtor = request.kind == RequestKind::AccrualDebtor;
        let (debtor, creditor) = if by_debtor { (own, other) } else { (other, own) };
        let on = request.record_date;
        Some(Self {
            number,
            parent: None,
            debtor,
            creditor,
            amount: request.amount?,
            due: request.due_date?,
            recorded: on,
            restricted: request.assignment_restricted,
            state: ClaimState::Open,
            assigned: false,
            guarantors: Vec::new(),
            latest: request.kind.is_accrual().then_some(Latest {
                on,
                by: own.user_number,
                back_to: None,
            }),
        })
    }

    /// Whether the user is its debtor or its creditor.
    pub fn has(&self, user: UserNumber) -> bool {
        self.debtor.user_number == user || self.creditor.user_number == user
    }

    /// What is owed, in yen.
    pub const fn left(&self) -> u64 {
        if self.state.is_owed() { self.amount.get() } else { 0 }
    }

    /// Changes a claim; what was split off it is given back as a claim of its own.
    ///
    /// A cancelled part goes back to the claim it was split off by [`Self::take_back`].
    pub fn change(&mut self, change: &ClaimChange) -> Option<Self> {
        let latest = self.latest.take();
        match change {
            ClaimChange::Accrued(_) => self.latest = latest,
            ClaimChange::Assigned { from, to, on, .. } => {
                let (on, by) = (*on, from.user_number);
                self.latest = Some(Latest { on, by, back_to: Some(self.creditor) });
                self.creditor = *to;
                self.assigned = true;
            }
            ClaimChange::Split { child, from, to, amount, on, .. } => {
                let by = from.user_number;
                let part = Self {
                    number: *child,
                    parent: Some(self.number),
                    creditor: *to,
                    amount: *amount,
                    recorded: *on,
                    assigned: true,
                    latest: Some(Latest { on: *on, by, back_to: None }),
                    ..self.clone()
                };
                self.lessen(*amount, ClaimState::Spent);
                return Some(part);
            }
            ClaimChange::Cancelled { .. } => match latest.and_then(|latest| latest.back_to) {
                Some(assignor) => self.creditor = assignor,
                None => self.state = ClaimState::Cancelled,
            },
            ClaimChange::Changed { due, amount, restricted, .. } => {
                self.due = due.unwrap_or(self.due);
                self.amount = amount.unwrap_or(self.amount);
                self.restricted = restricted.unwrap_or(self.restricted);
            }
            ClaimChange::Guaranteed { guarantor, .. } => {
                self.guarantors.push(guarantor.user_number);
            }
            ClaimChange::Paid { amount, .. } => self.lessen(*amount, ClaimState::Paid),
        }
        None
    }

    /// What became of it when it fell due; nothing where it had come to its end before.
    pub fn settle(&mut self, outcome: Settled) -> bool {
        let may = self.state.may_become(outcome);
        if may {
            self.latest = None;
            self.state = match outcome {
                Settled::Paid => ClaimState::Paid,
                Settled::Defaulted => ClaimState::Defaulted,
            };
        }
        may
    }

    /// Takes a part of it back whose split was cancelled.
    pub fn take_back(&mut self, amount: Yen) {
        let whole = Yen::new(self.left().saturating_add(amount.get()));
        if self.state != ClaimState::Cancelled
            && let Ok(whole) = whole
        {
            self.amount = whole;
            self.state = ClaimState::Open;
        }
    }

    /// Makes it smaller; it is `done` when nothing is left, and keeps the amount it had last.
    fn lessen(&mut self, by: Yen, done: ClaimState) {
        match Yen::new(self.amount.get().saturating_sub(by.get())) {
            Ok(left) => self.amount = left,
            Err(_) => self.state = done,
        }
    }
}

#[cfg(test)]
mod tests;

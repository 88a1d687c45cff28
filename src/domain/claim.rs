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
/// Shape: amounts in yen; the record number is the clearing side's. Made by [`Claim::accrued`] and
/// [`Claim::split`] out of what the clearing side answered.
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
}

/// Where a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimState {
    /// It is owed.
    Open,
    /// All of it was split off and assigned.
    Spent,
}

impl ClaimState {
    /// The word on pages: 存続 or 分割済み.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Open => "存続",
            Self::Spent => "分割済み",
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
}

impl ClaimChange {
    /// What a request becomes when the clearing side has recorded it under `number`.
    ///
    /// Nothing where a number is missing: an accrual or a split without one cannot be kept.
    pub fn of(request: &RecordRequest, number: Option<RecordNumber>) -> Option<Self> {
        let (own, other) = (request.requester, request.counterparty);
        let (on, guarantee) = (request.record_date, request.guarantee);
        match request.kind {
            RequestKind::AccrualDebtor | RequestKind::AccrualCreditor => {
                let by_debtor = request.kind == RequestKind::AccrualDebtor;
                let (debtor, creditor) = if by_debtor { (own, other) } else { (other, own) };
                Some(Self::Accrued(Box::new(Claim {
                    number: number?,
                    parent: None,
                    debtor,
                    creditor,
                    amount: request.amount?,
                    due: request.due_date?,
                    recorded: on,
                    restricted: request.assignment_restricted,
                    state: ClaimState::Open,
                })))
            }
            RequestKind::Assignment => {
                let number = request.record_number?;
                Some(Self::Assigned { number, from: own, to: other, on, guarantee })
            }
            RequestKind::SplitAssignment => Some(Self::Split {
                number: request.record_number?,
                child: number?,
                from: own,
                to: other,
                amount: request.amount?,
                on,
                guarantee,
            }),
        }
    }

    /// The claim it happened to.
    pub fn number(&self) -> RecordNumber {
        match self {
            Self::Accrued(claim) => claim.number,
            Self::Assigned { number, .. } | Self::Split { number, .. } => *number,
        }
    }

    /// The claim that it made, if it made one.
    pub fn made(&self) -> Option<RecordNumber> {
        match self {
            Self::Accrued(claim) => Some(claim.number),
            Self::Split { child, .. } => Some(*child),
            Self::Assigned { .. } => None,
        }
    }

    /// 発生, 譲渡 or 分割譲渡.
    pub const fn japanese(&self) -> &'static str {
        match self {
            Self::Accrued(_) => "発生",
            Self::Assigned { .. } => "譲渡",
            Self::Split { .. } => "分割譲渡",
        }
    }

    /// `accrued`, `assigned` or `split`: the name in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Accrued(_) => "accrued",
            Self::Assigned { .. } => "assigned",
            Self::Split { .. } => "split",
        }
    }
}

impl Claim {
    /// Whether the user is its debtor or its creditor.
    pub fn has(&self, user: UserNumber) -> bool {
        self.debtor.user_number == user || self.creditor.user_number == user
    }

    /// Changes a claim; what was split off it is given back as a claim of its own.
    pub fn change(&mut self, change: &ClaimChange) -> Option<Self> {
        match change {
            ClaimChange::Accrued(_) => None,
            ClaimChange::Assigned { to, .. } => {
                self.creditor = *to;
                None
            }
            ClaimChange::Split { child, to, amount, on, .. } => {
                let split = Self {
                    number: *child,
                    parent: Some(self.number),
                    creditor: *to,
                    amount: *amount,
                    recorded: *on,
                    ..self.clone()
                };
                match Yen::new(self.amount.get().saturating_sub(amount.get())) {
                    Ok(left) => self.amount = left,
                    Err(_) => self.state = ClaimState::Spent,
                }
                Some(split)
            }
        }
    }
}

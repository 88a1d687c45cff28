//! What makes two requests one and the same to a person, whatever way each came.

use super::{Date, Party, RecordNumber, RecordRequest, RequestKind, Yen};

/// What a person would call the same request: kind, both sides with their accounts, amount, due
/// date and record number.
///
/// Shape: a part of a request. References, comments and the day of the record are no part of it:
/// a form for the FAX has a number of its own, and what was sent again is asked for on another day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sameness {
    kind: RequestKind,
    /// The first in the order of a register: which user's requests are looked through.
    requester: Party,
    counterparty: Party,
    record_number: Option<RecordNumber>,
    amount: Option<Yen>,
    due_date: Option<Date>,
}

impl Sameness {
    /// Of the parts of a request. The due date counts where the request is to set it; elsewhere it
    /// is the claim's, and some write it and others do not.
    pub const fn new(
        (kind, record_number): (RequestKind, Option<RecordNumber>),
        (requester, counterparty): (Party, Party),
        (amount, due_date): (Option<Yen>, Option<Date>),
    ) -> Self {
        let sets_it = kind.is_accrual() || matches!(kind, RequestKind::Change);
        let due_date = if sets_it { due_date } else { None };
        Self { kind, requester, counterparty, record_number, amount, due_date }
    }

    /// The side that asks.
    pub const fn requester(&self) -> &Party {
        &self.requester
    }

    /// The kind of request.
    pub const fn kind(&self) -> RequestKind {
        self.kind
    }
}

impl From<&RecordRequest> for Sameness {
    fn from(request: &RecordRequest) -> Self {
        let what = (request.kind, request.record_number);
        let sides = (request.requester, request.counterparty);
        Self::new(what, sides, (request.amount, request.due_date))
    }
}

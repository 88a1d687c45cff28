//! What conditions and tables ask of a case's rows, gathered while the rows are read.

use crate::domain::{
    BankCalendar, Customers, Date, RecordRequest, RequestKind, UserNumber, YenTotal,
};
use crate::workflow::expr::Value;
use crate::workflow::{COUNTERPARTY, Definition, OtherSide};

/// What the rows of a case have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gathered {
    /// The one kind all rows have; none when they differ.
    kind: Option<RequestKind>,
    largest: u64,
    record_date: Date,
    earliest_due: Option<Date>,
    latest_due: Option<Date>,
    /// The one counterparty all rows have; none when they differ.
    counterparty: Option<UserNumber>,
    other_side: OtherSide,
}

impl Gathered {
    /// One row.
    pub(super) fn of(request: &RecordRequest, customers: &Customers) -> Self {
        let other = request.counterparty.user_number;
        Self {
            kind: Some(request.kind),
            largest: YenTotal::default().plus(request.amount).get(),
            record_date: request.record_date,
            earliest_due: request.due_date,
            latest_due: request.due_date,
            counterparty: Some(other),
            other_side: match customers.get(other) {
                Some(_) => OtherSide::Here,
                None => OtherSide::Elsewhere,
            },
        }
    }

    /// These rows and others.
    pub(super) fn and(self, other: Self) -> Self {
        let least = |one: Option<Date>, two: Option<Date>| one.into_iter().chain(two).min();
        Self {
            kind: self.kind.filter(|kind| other.kind == Some(*kind)),
            largest: self.largest.max(other.largest),
            record_date: self.record_date.min(other.record_date),
            earliest_due: least(self.earliest_due, other.earliest_due),
            latest_due: self.latest_due.into_iter().chain(other.latest_due).max(),
            counterparty: self.counterparty.filter(|user| other.counterparty == Some(*user)),
            other_side: if self.other_side == other.other_side {
                self.other_side
            } else {
                OtherSide::Mixed
            },
        }
    }

    /// The values a definition asks for, by name; what it does not ask for is not kept.
    pub(super) fn values(
        &self,
        definition: &Definition,
        calendar: &BankCalendar,
    ) -> Vec<(String, Value)> {
        let yen = i64::try_from(self.largest).unwrap_or(i64::MAX);
        let kind = self.kind.map_or("mixed", RequestKind::name);
        let days = self.earliest_due.map(|due| calendar.open_days_between(self.record_date, due));
        let all = [
            ("kind", Some(Value::Word(kind.to_owned()))),
            ("largest", Some(Value::Yen(yen))),
            ("earliest_due", self.earliest_due.map(Value::Date)),
            ("latest_due", self.latest_due.map(Value::Date)),
            ("days_to_due", days.map(Value::Number)),
            (COUNTERPARTY, self.counterparty.map(|user| Value::Text(user.to_string()))),
            ("other_side", Some(Value::Word(self.other_side.name().to_owned()))),
        ];
        let asked = definition.asks();
        all.into_iter()
            .filter(|(name, _)| asked.contains(name))
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    }
}

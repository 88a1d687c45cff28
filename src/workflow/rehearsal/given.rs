//! What a rehearsed case is given: where it came from, how much it is, and when.

use std::sync::Arc;

use crate::domain::{
    ApprovalPattern, BankCalendar, BranchCode, CaseId, Date, Digest, Organisation, Person,
    ReceiptNo, RequestKind, ShapeError, Timestamp, UserNumber, YenTotal,
};

use super::super::expr::Value;
use super::super::{
    Aside, COUNTERPARTY, Case, CaseFile, CaseHead, Definition, OtherSide, Scope, due::parse_time,
    nearest,
};
use super::{Misread, find_person};

/// The facts of a rehearsed case.
///
/// Made with a sample's values, then changed key by key.
#[derive(Debug, Clone)]
pub struct Given {
    /// When the file was taken in.
    pub at: Timestamp,
    /// The channel; `branches` and `contracts` come from a branch, every other from a customer.
    channel: String,
    pattern: ApprovalPattern,
    submitter: Option<Organisation>,
    submitted_by: Option<String>,
    desk: BranchCode,
    rows: u32,
    total: u64,
    record_date: Option<Date>,
    latest_day: Option<Date>,
    kind: RequestKind,
    largest: Option<u64>,
    earliest_due: Option<Date>,
    latest_due: Option<Date>,
    counterparty: Option<UserNumber>,
    other_side: OtherSide,
}

impl Given {
    /// Every key there is.
    pub const KEYS: [&'static str; 16] = [
        "at",
        "channel",
        "pattern",
        "submitter",
        "submitted_by",
        "desk",
        "rows",
        "total",
        "record_date",
        "latest_day",
        "kind",
        "largest",
        "earliest_due",
        "latest_due",
        "counterparty",
        "other_side",
    ];

    /// Three records of 6,000,000 yen in all, of a customer with one approver, taken in on
    /// 2026-12-01 at 9:00; errs never, unless branch 001 were no branch.
    pub fn sample() -> Result<Self, ShapeError> {
        Ok(Self {
            at: Timestamp::tokyo(Date::new(2026, 12, 1)?, 9, 0),
            channel: "customers".to_owned(),
            pattern: ApprovalPattern::Single,
            submitter: None,
            submitted_by: None,
            desk: BranchCode::parse("001")?,
            rows: 3,
            total: 6_000_000,
            record_date: None,
            latest_day: None,
            kind: RequestKind::AccrualDebtor,
            largest: None,
            earliest_due: None,
            latest_due: None,
            counterparty: None,
            other_side: OtherSide::Elsewhere,
        })
    }

    /// Changes one key; errs on an unknown key and on a value that cannot be read.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Misread> {
        let text = || Some(value.to_owned());
        let date = |text: &str| Date::parse(text).ok();
        let read = match key {
            "at" => parse_moment(value).map(|at| self.at = at),
            "channel" => text().map(|channel| self.channel = channel),
            "pattern" => parse_pattern(value).map(|pattern| self.pattern = pattern),
            "submitter" => organisation(value).map(|found| self.submitter = Some(found)),
            "submitted_by" => text().map(|word| self.submitted_by = Some(word)),
            "desk" => BranchCode::parse(value).ok().map(|desk| self.desk = desk),
            "rows" => value.parse().ok().map(|rows| self.rows = rows),
            "total" => value.replace('_', "").parse().ok().map(|total| self.total = total),
            "record_date" => date(value).map(|date| self.record_date = Some(date)),
            "latest_day" => date(value).map(|date| self.latest_day = Some(date)),
            "kind" => RequestKind::parse(value).map(|kind| self.kind = kind),
            "largest" => value.replace('_', "").parse().ok().map(|yen| self.largest = Some(yen)),
            "earliest_due" => date(value).map(|date| self.earliest_due = Some(date)),
            "latest_due" => date(value).map(|date| self.latest_due = Some(date)),
            "counterparty" => {
                UserNumber::parse(value).ok().map(|user| self.counterparty = Some(user))
            }
            "other_side" => OtherSide::parse(value).map(|side| self.other_side = side),
            _ => return Err(unknown(key)),
        };
        read.ok_or_else(|| shape(key, value))
    }

    /// The day the requests are to be recorded: two business days ahead unless it was given.
    pub fn record_date(&self, calendar: &BankCalendar) -> Date {
        self.record_date
            .unwrap_or_else(|| calendar.add_open_days(calendar.next_open(self.at.date()), 2))
    }

    /// The case before its first event; errs when nobody is the person who submitted it.
    pub fn case(
        &self,
        definition: &Definition,
        people: &[Person],
        calendar: &BankCalendar,
    ) -> Result<Case, Misread> {
        let submitted_by = match &self.submitted_by {
            None => None,
            Some(word) => Some(find_person(people, word)?.id.clone()),
        };
        let receipt = ReceiptNo::new(self.at.date(), 1)
            .map_err(|wrong| Misread::new(wrong.to_string(), wrong.to_string()))?;
        let file = CaseFile {
            receipt,
            channel: self.channel.clone(),
            submitter: match self.submitter() {
                Organisation::Customer(number) => number.to_string(),
                Organisation::Branch(code) => code.to_string(),
            },
            submitted_by,
            desk: self.desk,
            pattern: self.pattern,
            record_file: Digest::of(b"rehearsal"),
            definitions: vec![definition.hash],
            kinds: Vec::new(),
            accounts: Arc::default(),
            paper: None,
        };
        let scope = Scope {
            rows: self.rows,
            total: YenTotal::new(self.total),
            record_date: self.record_date(calendar),
            latest_day: self.latest_day,
        };
        let mut head = CaseHead::new(CaseId { receipt, n: 1, row: None }, scope);
        let values = self.gathered(definition, calendar);
        if !values.is_empty() {
            head.aside = Some(Box::new(Aside { values, ..Aside::default() }));
        }
        Ok(Case { file: Arc::new(file), head })
    }

    /// What conditions and tables ask of the rows: one row of the whole sum, due in thirty days,
    /// unless it was given.
    fn gathered(&self, definition: &Definition, calendar: &BankCalendar) -> Vec<(String, Value)> {
        let record_date = self.record_date(calendar);
        let earliest = self.earliest_due.unwrap_or_else(|| record_date.plus_days(30));
        let latest = self.latest_due.unwrap_or(earliest).max(earliest);
        let yen = i64::try_from(self.largest.unwrap_or(self.total)).unwrap_or(i64::MAX);
        let all = [
            ("kind", Value::Word(self.kind.name().to_owned())),
            ("largest", Value::Yen(yen)),
            ("earliest_due", Value::Date(earliest)),
            ("latest_due", Value::Date(latest)),
            ("days_to_due", Value::Number(calendar.open_days_between(record_date, earliest))),
            (COUNTERPARTY, Value::Text(self.counterparty_user())),
            ("other_side", Value::Word(self.other_side.name().to_owned())),
        ];
        let asked = definition.asks();
        let asked = all.into_iter().filter(|(name, _)| asked.contains(name));
        asked.map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Where the file came from.
    pub(super) fn submitter(&self) -> Organisation {
        let sample = || match UserNumber::parse("1AB2CD3EF") {
            Ok(number) if !matches!(&*self.channel, "branches" | "contracts") => {
                Organisation::Customer(number)
            }
            _ => self.desk(),
        };
        self.submitter.unwrap_or_else(sample)
    }

    /// The other side of the request.
    pub(super) fn counterparty(&self) -> Organisation {
        let user = UserNumber::parse(&self.counterparty_user());
        user.map_or_else(|_| self.desk(), Organisation::Customer)
    }

    fn counterparty_user(&self) -> String {
        self.counterparty.map_or_else(|| "9XY8WV7UT".to_owned(), |user| user.to_string())
    }

    pub(super) const fn desk(&self) -> Organisation {
        Organisation::Branch(self.desk)
    }

    pub(super) const fn pattern(&self) -> ApprovalPattern {
        self.pattern
    }

    pub(super) fn channel(&self) -> &str {
        &self.channel
    }
}

/// Reads `2026-12-01 09:00`, Tokyo time.
pub fn parse_moment(text: &str) -> Option<Timestamp> {
    let (date, time) = text.trim().split_once([' ', 'T'])?;
    let (hour, minute) = parse_time(time)?;
    Some(Timestamp::tokyo(Date::parse(date).ok()?, hour, minute))
}

fn parse_pattern(text: &str) -> Option<ApprovalPattern> {
    Some(match text {
        "none" => ApprovalPattern::None,
        "single" => ApprovalPattern::Single,
        "double_ordered" => ApprovalPattern::DoubleOrdered,
        "double_any" => ApprovalPattern::DoubleAny,
        _ => return None,
    })
}

/// A user number or a branch code.
fn organisation(text: &str) -> Option<Organisation> {
    let customer = UserNumber::parse(text).map(Organisation::Customer);
    customer.or_else(|_| BranchCode::parse(text).map(Organisation::Branch)).ok()
}

fn unknown(key: &str) -> Misread {
    let near = nearest(key, &Given::KEYS);
    let keys = Given::KEYS.join(", ");
    Misread::new(
        match near {
            Some(near) => format!("「{key}」という項目はありません。「{near}」ではありませんか。"),
            None => format!("「{key}」という項目はありません。使えるのは {keys} です。"),
        },
        format!("unknown key `{key}`; {keys}"),
    )
}

fn shape(key: &str, value: &str) -> Misread {
    let write = match key {
        "at" => "2026-12-01 09:00",
        "pattern" => "none, single, double_ordered, double_any",
        "submitter" => "1AB2CD3EF, 001",
        "desk" => "001",
        "counterparty" => "9XY8WV7UT",
        "other_side" => "here, elsewhere, mixed",
        "rows" => "3",
        "total" => "6000000",
        _ => "2026-12-03",
    };
    Misread::new(
        format!("{key} の「{value}」は読めません。{write} のように書いてください。"),
        format!("cannot read {key} `{value}`; write {write}"),
    )
}

//! 記録請求日 and 支払期日: D01, D03, D07 to D10.

use super::{Cells, ClosedRecordDate, Judge};
use crate::domain::{BankCalendar, Code, Date, Field, RequestKind, Severity};

/// The record date, as YYYYMMDD, from which claims of 1 yen and three bank days are allowed.
pub(super) const RULES_OF_2023: u32 = 20_230_110;

/// How many bank days ahead a discount or an assignment as collateral is asked for.
///
/// Source: institutions ask for the application three bank days before the day of the loan.
const CREDIT_DAYS: i64 = 3;

/// The last date that was judged without a finding; a file repeats its dates.
#[derive(Debug)]
pub(super) struct DateMemo {
    text: String,
    /// What else the judgement depended on.
    beside: Option<(Date, RequestKind)>,
    date: Option<Date>,
}

/// Which due dates stand for a kind of request beside a record date; rows differ in the due date
/// rather than in these.
#[derive(Debug, Clone, Copy)]
pub(super) struct DueWindow {
    of: (Date, RequestKind),
    /// Bank days until the earliest.
    days: i64,
    earliest: Date,
    /// None where the kind makes no new date.
    latest: Option<Date>,
}

impl DateMemo {
    pub(super) const fn new() -> Self {
        Self { text: String::new(), beside: None, date: None }
    }

    fn get(&self, text: &str, beside: Option<(Date, RequestKind)>) -> Option<Date> {
        self.date.filter(|_| self.text == text && self.beside == beside)
    }

    fn keep(&mut self, text: &str, beside: Option<(Date, RequestKind)>, date: Date) {
        self.text.clear();
        self.text.push_str(text);
        self.beside = beside;
        self.date = Some(date);
    }
}

impl Judge<'_> {
    /// The record date (moved to an open day where the settings say so) and the due date; none
    /// when either cannot be read.
    pub(super) fn dates(&mut self, cells: &mut Cells<'_, '_>) -> Option<(Date, Option<Date>)> {
        let record_date = self.record_date(cells);
        let due_text = cells.filled(Field::DueDate);
        let (Some(record_date), Some(kind)) = (record_date, cells.kind) else {
            if let Some(text) = due_text {
                cells.date(Field::DueDate, text);
            }
            return None;
        };
        let Some(text) = due_text else {
            return Some((record_date, None));
        };
        let beside = (record_date, kind);
        if let Some(due) = self.due_date.get(text, Some(beside)) {
            return Some((record_date, Some(due)));
        }
        let due = cells.date(Field::DueDate, text)?;
        if self.due_date_stands(beside, due, cells) {
            self.due_date.keep(text, Some(beside), due);
        }
        Some((record_date, Some(due)))
    }

    fn record_date(&mut self, cells: &mut Cells<'_, '_>) -> Option<Date> {
        let field = Field::RecordDate;
        let text = cells.filled(field)?;
        let beside = cells.kind.filter(|kind| kind.is_credit()).map(|kind| (self.on, kind));
        if let Some(date) = self.record_date.get(text, beside) {
            return Some(date);
        }
        let date = cells.date(field, text)?;
        let on = self.on;
        let open = self.calendar.next_open(date);
        let latest = on.plus_months(1);
        if date < on {
            cells.report(field, Code::D10, Severity::Error, || {
                (
                    format!(
                        "記録請求日が受付日({on})より前です。{on}以降の営業日を書いてください。"
                    ),
                    format!(
                        "the record date is before the day of receipt, {on}; \
                             write a bank day from then on"
                    ),
                )
            });
        } else if date > latest {
            cells.report(field, Code::D09, Severity::Error, || {
                (
                    format!("予約できるのは1か月先の応当日({latest})までです。それまでの営業日を書いてください。"),
                    format!("a request may be reserved up to one month ahead, {latest}"),
                )
            });
        } else if !self.calendar.is_open(date) {
            let why = self.calendar.closed_because(date).unwrap_or_default();
            let rolls = self.settings.closed_record_date == ClosedRecordDate::Roll;
            let severity = if rolls { Severity::Warning } else { Severity::Error };
            cells.report(field, Code::D10, severity, || {
                if rolls {
                    return (
                        format!("銀行の休業日({why})です。翌営業日の{open}と読みました。"),
                        format!("banks are closed; read as the next bank day, {open}"),
                    );
                }
                (
                    format!(
                        "銀行の休業日({why})です。翌営業日は{open}です。営業日を書いてください。"
                    ),
                    format!("banks are closed on this day; write a bank day, the next is {open}"),
                )
            });
            return Some(if rolls { open } else { date });
        } else if cells.kind.is_some_and(RequestKind::is_credit) && date < self.earliest_credit() {
            let earliest = self.earliest_credit();
            cells.report(field, Code::D32, Severity::Error, || {
                (
                    format!(
                        "割引と譲渡担保は、審査のため{CREDIT_DAYS}営業日前までにお申し込みください。\
                         {earliest}以降の営業日を書いてください。"
                    ),
                    format!(
                        "the bank examines for {CREDIT_DAYS} bank days; write {earliest} or later"
                    ),
                )
            });
        } else {
            self.record_date.keep(text, beside, date);
        }
        Some(date)
    }

    /// The first day for which a discount may be asked (D32).
    fn earliest_credit(&self) -> Date {
        earliest_credit(self.on, self.calendar)
    }

    /// Whether the due date is neither too near (D07) nor too far (D08).
    fn due_date_stands(
        &mut self,
        of: (Date, RequestKind),
        due: Date,
        cells: &mut Cells<'_, '_>,
    ) -> bool {
        let field = Field::DueDate;
        let DueWindow { days, earliest, latest, .. } = self.due_window(of);
        let near = self.calendar.next_open(due) < earliest;
        if near {
            cells.report(field, Code::D07, Severity::Error, || {
                (
                    format!("支払期日は記録請求日から{days}営業日以上先です。{earliest}以降の日を書いてください。"),
                    format!("the due date is at least {days} bank days after the record date; \
                             write {earliest} or later"),
                )
            });
        }
        let far = latest.filter(|latest| due > *latest);
        if let Some(latest) = far {
            let years = self.settings.tenor_years;
            cells.report(field, Code::D08, Severity::Error, || {
                (
                    format!(
                        "支払期日は記録請求日から{years}年以内です。\
                         {latest}までの日を書いてください。"
                    ),
                    format!(
                        "the due date is at most {years} years after the record date, {latest}"
                    ),
                )
            });
        }
        !near && far.is_none()
    }

    /// Which due dates stand beside a record date.
    fn due_window(&mut self, of: (Date, RequestKind)) -> DueWindow {
        if let Some(known) = self.due_window.filter(|known| known.of == of) {
            return known;
        }
        let (record_date, kind) = of;
        let days = bank_days_to_due(kind, record_date);
        let earliest = self.calendar.add_open_days(self.calendar.next_open(record_date), days);
        let is_new = kind.is_accrual() || kind == RequestKind::Change;
        let months = self.settings.tenor_years.saturating_mul(12);
        let latest = is_new.then(|| record_date.plus_months(months));
        *self.due_window.insert(DueWindow { of, days, earliest, latest })
    }
}

fn earliest_credit(on: Date, calendar: &BankCalendar) -> Date {
    calendar.add_open_days(calendar.next_open(on), CREDIT_DAYS)
}

/// The record date of a request that is drafted today: the day wished for as long as it can still
/// be asked for (D10, D32), else the next bank day on which there is time to approve it.
pub fn draft_record_date(
    kind: RequestKind,
    wished: Option<Date>,
    (today, calendar): (Date, &BankCalendar),
) -> Date {
    let earliest = if kind.is_credit() { earliest_credit(today, calendar) } else { today };
    let next = calendar.next_open(today.plus_days(1)).max(earliest);
    wished.filter(|day| *day >= earliest).unwrap_or(next)
}

/// How many bank days the due date is ahead of the record date at the least.
///
/// Of a change it is the new due date.
///
/// Source: three since 2023-01-10, seven before and for requests by the creditor.
pub const fn bank_days_to_due(kind: RequestKind, record_date: Date) -> i64 {
    let is_early = record_date.yyyymmdd() < RULES_OF_2023;
    if is_early || matches!(kind, RequestKind::AccrualCreditor) { 7 } else { 3 }
}

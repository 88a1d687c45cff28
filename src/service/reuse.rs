//! Requests drafted from a case (再利用): what was not recorded, to hand in again, and the
//! cancellation of what was.
//!
//! A draft changes nothing: whoever wants it hands it in like any other file.
//! Read [`Desk::reuse`] first.

use std::collections::BTreeSet;

use crate::domain::findings::Findings;
use crate::domain::rules::{Judge, Places, Row, draft_record_date};
use crate::domain::{
    AssignmentRestriction, CaseId, Date, Field, Finding, Guarantee, Origin, Party, RecordNumber,
    RecordRequest, RequestKind, Severity, UserNumber,
};
use crate::ports::{RowAnswer, StepBy};
use crate::render::requests::cells;
use crate::workflow::{Case, Status};

use super::Desk;
use super::report::RowsError;
use super::under_way::{Book, Fresh};

/// Why there is no draft.
#[derive(Debug, thiserror::Error)]
pub enum NoDraft {
    /// The case has not ended.
    #[error("the case has not ended; it is {}", .0.name())]
    Open(Status),
    /// There is no line to reuse; as a rule all were recorded.
    #[error("the case has no line that can be reused; it is {}", .0.name())]
    NothingLeft(Status),
    /// The line is not of the case, or cannot be reused.
    #[error("line {0} cannot be reused; it was recorded or is not of this case")]
    Line(u32),
    /// The line, or every line, was not recorded, or something was recorded after it.
    #[error("no record of the case can be cancelled")]
    NoRecord,
    /// The rules of a cancellation forbid it.
    #[error("the record cannot be cancelled: {}", .0.en)]
    Forbidden(Box<Finding>),
    /// Its cancellation was asked for already.
    #[error("case {0} asks for the cancellation already")]
    Asked(CaseId),
    /// The lines cannot be read.
    #[error(transparent)]
    Rows(#[from] RowsError),
}

impl NoDraft {
    /// The same in Japanese, for people.
    pub fn japanese(&self) -> String {
        match self {
            Self::Open(status) => format!(
                "この案件はまだ終わっていません（いまは「{}」）。終わってからお使いください。",
                status.japanese()
            ),
            Self::NothingLeft(status) => format!(
                "再利用できる明細はありません（この案件は「{}」です）。\
                 記録されなかった明細だけを再利用できます。",
                status.japanese()
            ),
            Self::Line(line) => {
                format!("{line}番の明細は再利用できません。記録されたか、この案件にない明細です。")
            }
            Self::NoRecord => "この案件に、いま取り消せる記録はありません。".to_owned(),
            Self::Forbidden(finding) => finding.ja.clone(),
            Self::Asked(case) => format!("この記録の取消は、すでに案件 {case} で請求しています。"),
            Self::Rows(_) => "保存した明細が読めません。係にご連絡ください。".to_owned(),
        }
    }
}

impl Desk {
    /// Whether [`Self::reuse`] has something to give.
    pub fn may_reuse(&self, case: &Case) -> bool {
        let lines = || self.store.results_of(case.head.id);
        let errored =
            || lines().iter().any(|line| matches!(line.answer, RowAnswer::Errored { .. }));
        let status = case.head.status;
        case.proposal().is_none() && (status.frees_rows() || (status.is_good() && errored()))
    }

    /// The lines of a case that ended without being recorded, to be handed in again; only those
    /// numbered in `lines` where there are any. A record date that has passed is moved.
    pub fn reuse(&self, case: &Case, lines: &[u32]) -> Result<Vec<RecordRequest>, NoDraft> {
        let status = case.head.status;
        if !status.is_final() {
            return Err(NoDraft::Open(status));
        }
        if !self.may_reuse(case) {
            return Err(NoDraft::NothingLeft(status));
        }
        let rules = self.rulebook();
        let (today, first) = (self.clock.now().date(), self.first_record_date());
        let mut asked: BTreeSet<u32> = lines.iter().copied().collect();
        let mut drafts = Vec::new();
        // What was recorded, and holds only with a consent that never came, was not.
        let void = status.frees_rows() && self.needs_consent(case);
        self.each_row(case, 0, u32::MAX, &mut |row| {
            let left = match self.store.result_of(case.head.id, row.record).map(|it| it.answer) {
                Some(RowAnswer::Errored { .. }) => true,
                Some(RowAnswer::Recorded(_)) => void,
                None => status.frees_rows(),
            };
            if left && (lines.is_empty() || asked.remove(&row.record)) {
                let (kind, wished) = (row.request.kind, row.request.record_date);
                let wished = Some(wished).filter(|day| *day >= first);
                let record_date = draft_record_date(kind, wished, (today, &rules.calendar));
                drafts.push(RecordRequest { record_date, ..row.request });
            }
        })?;
        match asked.first() {
            Some(line) => Err(NoDraft::Line(*line)),
            None if drafts.is_empty() => Err(NoDraft::NothingLeft(status)),
            None => Ok(drafts),
        }
    }

    /// The cancellations of those lines of a case that may be cancelled today; only of those
    /// numbered in `lines` where there are any, and then each must be possible. `by` is the only
    /// user whose requests are of interest; none for everybody's.
    pub fn cancellations(
        &self,
        case: &Case,
        lines: &[u32],
        by: Option<UserNumber>,
    ) -> Result<Vec<RecordRequest>, NoDraft> {
        if case.proposal().is_some() {
            return Err(NoDraft::NoRecord);
        }
        let mut drafts = Vec::new();
        let mut refused = None;
        let mut asked: BTreeSet<u32> = lines.iter().copied().collect();
        self.each_row(case, 0, u32::MAX, &mut |row| {
            if !lines.is_empty() && !asked.remove(&row.record) {
                return;
            }
            match self.cancellation(case, (row.record, &row.request), by) {
                Ok(draft) => drafts.push(draft),
                Err(why) => refused = refused.take().or(Some(why)),
            }
        })?;
        let whole = drafts.is_empty() || !lines.is_empty();
        match (asked.first(), refused.filter(|_| whole)) {
            (Some(_), _) => Err(NoDraft::NoRecord),
            (None, Some(why)) => Err(why),
            (None, None) => Ok(drafts),
        }
    }

    /// The cancellation of one line's record, as of today, where the rules would take it in.
    ///
    /// The rules say which of the two sides may ask: of a reserved record who asked for it, of one
    /// that was made the creditor.
    pub fn cancellation(
        &self,
        case: &Case,
        (line, request): (u32, &RecordRequest),
        by: Option<UserNumber>,
    ) -> Result<RecordRequest, NoDraft> {
        let answer = self.store.result_of(case.head.id, line).map(|line| line.answer);
        let Some(RowAnswer::Recorded(told)) = answer else { return Err(NoDraft::NoRecord) };
        let number = told.or(request.record_number);
        let record = number.and_then(|number| self.store.claim(number));
        let latest = record.as_ref().and_then(|record| record.history.last());
        // Nothing was recorded of the claim since.
        let own = latest.is_some_and(|step| step.by == StepBy::Request(case.head.id, line));
        let Some(number) = number.filter(|_| own) else { return Err(NoDraft::NoRecord) };
        let mut refused = NoDraft::NoRecord;
        let (asked, other) = (request.requester, request.counterparty);
        let sides = [(asked, other), (other, asked)];
        for sides in sides.into_iter().filter(|(own, _)| by.is_none_or(|by| own.user_number == by))
        {
            let draft = self.cancelling(number, sides);
            // Told before what else the rules have against a second one.
            if let Some(case) = self.store.holder_of(draft.business_key()) {
                return Err(NoDraft::Asked(case));
            }
            match self.objection(&draft, Origin::of(&case.file.channel)) {
                None => return Ok(draft),
                Some(finding) => refused = NoDraft::Forbidden(Box::new(finding)),
            }
        }
        Err(refused)
    }

    /// The first record date that can still be approved in time.
    fn first_record_date(&self) -> Date {
        let (rules, now) = (self.rulebook(), self.clock.now());
        let today = rules.calendar.next_open(now.date());
        let late = now >= rules.deadline.of(today);
        if late { rules.calendar.next_open(today.plus_days(1)) } else { today }
    }

    fn cancelling(&self, number: RecordNumber, (own, other): (Party, Party)) -> RecordRequest {
        let customers = self.store.customers();
        let kana = customers.get(other.user_number).map(|customer| customer.kana.clone());
        RecordRequest {
            kind: RequestKind::Cancellation,
            record_number: Some(number),
            record_date: self.first_record_date(),
            requester: own,
            counterparty: other,
            counterparty_name_kana: kana.unwrap_or_default(),
            amount: None,
            due_date: None,
            requester_ref: String::new(),
            assignment_restricted: AssignmentRestriction::Free,
            guarantee: Guarantee::With,
            comment: String::new(),
        }
    }

    /// What the rules have against a request handed in now.
    fn objection(&self, draft: &RecordRequest, origin: Origin) -> Option<Finding> {
        let rules = self.rulebook();
        let fresh = Fresh::default();
        let claims = Book { desk: self, fresh: &fresh, alike: None };
        let on = (self.clock.now().date(), origin);
        let customers = self.store.customers();
        let known = (&claims as _, &*customers);
        let mut judge = Judge::new(&rules.calendar, rules.rules, on, known);
        let texts = cells(draft);
        let mut row = Row {
            record: 1,
            line: 2,
            cells: [""; Field::COUNT],
            places: Places::Columns(&[1; Field::COUNT]),
        };
        for (cell, text) in row.cells.iter_mut().zip(&texts) {
            *cell = text;
        }
        let mut findings = Findings::new(rules.rules.findings_max);
        judge.judge(&row, &mut findings);
        findings.finish().into_iter().find(|finding| finding.severity == Severity::Error)
    }
}

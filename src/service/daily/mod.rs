//! What a day was at each branch: the 日報, made at a set time and asked for by `kessai report`.
//!
//! Facts are gathered here in one pass over the day's files, the day's milestones, open cases and
//! undelivered effects; `figures` sums them up without knowing where they came from.

mod figures;
#[cfg(test)]
mod tests;

use crate::domain::{BranchCode, Date, ReceiptNo, Timestamp, YenTotal};
use crate::ports::{
    CaseFilter, FileRecord, FileVerdict, Halt, Milestone, Parcel, PendingEffect, RowAnswer, Stage,
    Trouble,
};
use crate::render::daily::{
    DailyReportView, DueItem, Figure, FileFigures, IncidentItem, IncidentKind, Urgency,
};
use crate::render::pdf;
use crate::workflow::{Brings, Case, Outcome, Status};

use super::Desk;
use super::exceptions::Late;
use super::schedules::Failed;
use figures::{Counted, Fact, Page, Pages};

impl Desk {
    /// Writes the 日報 of the day of `at` for each branch; what is there already stays.
    pub(super) fn write_daily_reports(&self, at: Timestamp) -> Result<(), Failed> {
        let day = at.date();
        let mut parcels = Vec::new();
        for view in self.daily_reports(day)? {
            let path = report_path(view.branch, day);
            if self.outbox.find(&path).is_none() {
                let made = pdf::daily_report(&view, &self.rulebook().answers.words);
                let made = made.map_err(|failed| Trouble::Paper(failed.to_string()))?;
                parcels.push(Parcel::new(path, made.bytes));
            }
        }
        self.put_out(&parcels)
    }

    /// The 日報 of a day for each branch by code, after the one of all branches where there are
    /// several. What has not ended is as it is now.
    ///
    /// Errs where the kept lines of a case cannot be read.
    pub fn daily_reports(&self, day: Date) -> Result<Vec<DailyReportView>, Trouble> {
        let now = self.clock.now();
        let branches = self.branches();
        let mut pages = Pages::new(branches.iter().copied());
        let until = self.due_until(day);
        self.count_files(day, &mut pages);
        self.count_milestones(day, &mut pages)?;
        self.count_open((now, until), &mut pages);
        for pending in self.store.effects(usize::MAX) {
            if let Some(item) = incident_of(&pending) {
                let file = pending.effect.scope.receipt().and_then(|one| self.store.file(one));
                pages
                    .add(file.map(|file| self.desk_now(file.submitter.desk)), Fact::Incident(item));
            }
        }
        for (branch, item) in self.returned_incidents() {
            pages.add(branch, Fact::Incident(item));
        }
        for late in self.late_obligations() {
            let branch = Some(self.desk_now(late.file.submitter.desk));
            pages.add(branch, self.late_item(&late));
        }
        for (branch, item) in self.sheets_items() {
            pages.add(Some(self.desk_now(branch)), Fact::Incident(item));
        }
        let of_all = self.certificate_incident().into_iter().chain(self.server_incident());
        for item in of_all.chain(self.scanner_incident()) {
            pages.add(None, Fact::Incident(item));
        }
        let is_wanted = |branch: Option<BranchCode>| branch.is_some() || branches.len() != 1;
        let pages = pages.finish().into_iter().filter(|(branch, _)| is_wanted(*branch));
        Ok(pages.map(|(branch, page)| self.report_view(branch, (day, now), page)).collect())
    }

    /// The last day whose deadlines are listed: the next business day.
    fn due_until(&self, day: Date) -> Date {
        self.rulebook().calendar.next_open(day.plus_days(1))
    }

    /// The branch that has a desk today.
    fn desk_now(&self, desk: BranchCode) -> BranchCode {
        self.rulebook().directory.successor_on(desk, self.clock.now().date())
    }

    fn report_view(
        &self,
        branch: Option<BranchCode>,
        (day, at): (Date, Timestamp),
        page: Page,
    ) -> DailyReportView {
        let rules = self.rulebook();
        let mut desk = rules.answers.desk.clone();
        match branch {
            None => rules.answers.words.get("daily.all_branches").clone_into(&mut desk.branch),
            Some(code) => {
                if let Some(known) = rules.directory.branch(code, at.date()) {
                    desk.branch.clone_from(&known.name);
                    desk.phone.clone_from(&known.phone);
                }
            }
        }
        let (kinds, sum) = page.kinds();
        let (files, due, incident_count) = (page.files, page.due, page.incident_count);
        let waiting = page.waiting();
        let (due_items, incidents) = page.listed();
        DailyReportView {
            desk,
            branch,
            day,
            at,
            files,
            kinds,
            sum,
            waiting,
            due_until: self.due_until(day),
            due,
            due_items,
            incident_count,
            incidents,
            unkept: self.unkept(),
            journal: self.store.head(),
        }
    }

    /// The files that came on a day, and what was taken in of them.
    fn count_files(&self, day: Date, pages: &mut Pages) {
        let rules = self.rulebook();
        let on_day = |file: &FileRecord| file.received_at.date() == day;
        for file in self.store.files(&on_day, usize::MAX) {
            let brings = rules.brings(&file.submitter.channel);
            if matches!(brings, Brings::Results | Brings::Bounces | Brings::Trials)
                || file.is_proposal()
            {
                continue;
            }
            let branch = Some(self.desk_now(file.submitter.desk));
            let is = |yes: bool| u64::from(yes);
            let held = match file.verdict {
                FileVerdict::Held { same_as } => Some(same_as),
                _ => None,
            };
            let counted = FileFigures {
                received: 1,
                rejected: is(file.verdict == FileVerdict::Rejected),
                held: is(held.is_some()),
                bad_records: file.rejected.into(),
            };
            pages.add(branch, Fact::File(counted));
            if let Some(first) = held {
                pages.add(branch, self.held_item(&file, first));
            }
            for flow in &file.flows {
                let title = self.definition(flow.definition);
                let title = title.map_or_else(|| flow.workflow.clone(), |one| one.title.clone());
                let figure = Figure { count: flow.scope.rows.into(), total: flow.scope.total };
                pages.add(branch, Fact::Counted { title, what: Counted::Received, figure });
            }
        }
    }

    fn held_item(&self, file: &FileRecord, first: ReceiptNo) -> Fact {
        let words = &self.rulebook().answers.words;
        let values = [
            ("submitter", file.submitter.name.as_str()),
            ("name", file.name.as_str()),
            ("first", &first.to_string()),
        ];
        Fact::Incident(IncidentItem {
            kind: IncidentKind::Held,
            name: file.receipt.to_string(),
            text: words.fill("daily.held_text", &values),
            since: Some(file.received_at),
        })
    }

    fn late_item(&self, late: &Late) -> Fact {
        let words = &self.rulebook().answers.words;
        let values = [("title", late.title.as_str()), ("name", &late.file.name)];
        Fact::Incident(IncidentItem {
            kind: IncidentKind::Obligation,
            name: late.case.to_string(),
            text: words.fill("daily.obligation_text", &values),
            since: Some(late.due),
        })
    }

    /// What happened to cases on a day.
    fn count_milestones(&self, day: Date, pages: &mut Pages) -> Result<(), Trouble> {
        // The milestones of a case follow one another; some of them say the same.
        let mut said: Vec<Counted> = Vec::new();
        let mut last = None;
        for (case, milestone) in self.store.milestones_on(day) {
            if last.replace(case.head.id) != Some(case.head.id) {
                said.clear();
            }
            let Some(definition) = self.definition_of(&case) else { continue };
            let figures = match milestone {
                Milestone::Answered => self.answered_on(&case, day)?,
                _ => counted(milestone)
                    .filter(|what| !self.is_told_by_lines(&case, *what))
                    .map(|what| (what, whole(&case)))
                    .into_iter()
                    .collect(),
            };
            let branch = Some(self.desk_now(case.file.desk));
            for (what, figure) in figures {
                if figure.count > 0 && !said.contains(&what) {
                    said.push(what);
                    let title = definition.title.clone();
                    pages.add(branch, Fact::Counted { title, what, figure });
                }
            }
        }
        Ok(())
    }

    /// Whether the end of a case is counted by what was answered about its lines.
    fn is_told_by_lines(&self, case: &Case, what: Counted) -> bool {
        matches!(what, Counted::Recorded | Counted::Errored)
            && self.store.answered(case.head.id) > 0
    }

    /// How many lines of a case were recorded on a day, and how many were not.
    fn answered_on(&self, case: &Case, day: Date) -> Result<Vec<(Counted, Figure)>, Trouble> {
        let lines = self.store.results_of(case.head.id).into_iter();
        let (recorded, errored): (Vec<_>, Vec<_>) = lines
            .filter(|line| line.from.date() == day)
            .partition(|line| matches!(line.answer, RowAnswer::Recorded(_)));
        let mut figures = Vec::new();
        for (what, lines) in [(Counted::Recorded, recorded), (Counted::Errored, errored)] {
            let rows: Vec<u32> = lines.iter().map(|line| line.row).collect();
            if !rows.is_empty() {
                figures.push((what, self.figure_of(case, &rows)?));
            }
        }
        Ok(figures)
    }

    /// How much some lines of a case are; only where they are not all of it they are read.
    fn figure_of(&self, case: &Case, rows: &[u32]) -> Result<Figure, Trouble> {
        let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        if count == u64::from(case.head.scope.rows) {
            return Ok(whole(case));
        }
        let unread = || Trouble::Unread(case.head.id);
        let file = self.store.file(case.file.receipt).ok_or_else(unread)?;
        let kept = self.case_rows(&file, case, usize::MAX).map_err(|_| unread())?;
        let named = kept.iter().filter(|row| rows.binary_search(&row.record).is_ok());
        let amounts = named.filter_map(|row| row.request.amount);
        let total = amounts.fold(0, |sum: u64, amount| sum.saturating_add(amount.get()));
        Ok(Figure { count, total: YenTotal::new(total) })
    }

    /// What has not ended: how much, what is due soon, what nobody can decide on.
    fn count_open(&self, (now, until): (Timestamp, Date), pages: &mut Pages) {
        let filter = CaseFilter { stage: Stage::Open, ..CaseFilter::default() };
        let mut known: Option<(ReceiptNo, String)> = None;
        for case in self.store.cases(&filter, None, usize::MAX) {
            let Some(definition) = self.definition_of(&case) else { continue };
            let branch = Some(self.desk_now(case.file.desk));
            let title = definition.title.clone();
            let (figure, status) = (whole(&case), case.head.status);
            let is_due = is_listed(&case, until);
            if is_due || status == Status::Incident {
                let receipt = case.file.receipt;
                if known.as_ref().is_none_or(|(known, _)| *known != receipt) {
                    let file = self.store.file(receipt);
                    known =
                        Some((receipt, file.map(|file| file.submitter.name).unwrap_or_default()));
                }
            }
            let submitter = || known.as_ref().map(|(_, name)| name.clone()).unwrap_or_default();
            if status == Status::Incident {
                pages.add(
                    branch,
                    Fact::Incident(IncidentItem {
                        kind: IncidentKind::Unstaffed,
                        name: case.head.id.to_string(),
                        text: format!("{} {title}", submitter()),
                        since: None,
                    }),
                );
            }
            if is_due {
                let over = case.head.due.is_some_and(|due| due <= now);
                pages.add(
                    branch,
                    Fact::Due(DueItem {
                        case: case.head.id.to_string(),
                        submitter: submitter(),
                        title: title.clone(),
                        figure,
                        deadline: case.head.due,
                        status: status.japanese(),
                        urgency: if over { Urgency::Over } else { Urgency::Near },
                    }),
                );
            }
            if figure.count > 0 {
                pages.add(branch, Fact::Counted { title, what: Counted::Waiting(status), figure });
            }
        }
    }
}

/// All of a case.
fn whole(case: &Case) -> Figure {
    Figure { count: case.head.scope.rows.into(), total: case.head.scope.total }
}

/// Whether a case that has not ended is listed: due by the end of `until`, overdue or set aside.
fn is_listed(case: &Case, until: Date) -> bool {
    let is_near = case.head.due.is_some_and(|due| due.date() <= until);
    is_near || matches!(case.head.status, Status::Overdue | Status::Held)
}

/// As what a milestone counts; what was answered is counted line by line, and what is completed was
/// sent on before.
const fn counted(milestone: Milestone) -> Option<Counted> {
    match milestone {
        Milestone::Emitted { .. } => Some(Counted::Approved),
        Milestone::Ended(Outcome::Recorded) => Some(Counted::Recorded),
        Milestone::Ended(Outcome::Errored) => Some(Counted::Errored),
        Milestone::SentBack
        | Milestone::Ended(Outcome::Rejected | Outcome::Returned | Outcome::Withdrawn) => {
            Some(Counted::Refused)
        }
        Milestone::Ended(Outcome::Completed) | Milestone::Answered => None,
    }
}

/// What a person must look at about something that is owed.
fn incident_of(pending: &PendingEffect) -> Option<IncidentItem> {
    let kind = match pending.state.halt()? {
        Halt::Unsure => IncidentKind::Unsure,
        Halt::Dead => IncidentKind::Dead,
    };
    let (name, text) = (pending.effect.id().to_string(), pending.note.clone());
    Some(IncidentItem { kind, name, text, since: Some(pending.effect.at) })
}

/// `branches/001/daily_report_20261201.pdf`; of all branches in `branches/all/`.
fn report_path(branch: Option<BranchCode>, day: Date) -> String {
    let folder = branch.map_or_else(|| "all".to_owned(), |code| code.to_string());
    format!("branches/{folder}/daily_report_{}.pdf", day.yyyymmdd())
}

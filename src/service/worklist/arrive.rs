//! A scan of printed tasks comes: it is known by its codes, and is no request.

use std::collections::BTreeSet;

use crate::domain::{
    BranchCode, Code, Finding, Scan, ScanFlaw, Severity, TaskMark, TaskNumber, YenTotal,
};
use crate::formats;
use crate::ports::{
    Checked, Entry, FileRecord, PrintRecord, SheetRecord, StoreError, TaskEnd, WorklistMove,
};

use super::super::flaws::whole_file;
use super::super::judge::Judged;
use super::Desk;

/// The printed tasks among the codes of a scan.
pub(in crate::service) struct OnScan {
    /// Each with its page, from 1.
    pub(in crate::service) tasks: Vec<(u32, TaskNumber)>,
    /// How many codes look like one and are not, or are of no print that is known.
    pub(in crate::service) false_marks: u32,
}

impl Desk {
    /// The printed tasks of ours among the codes of a scan.
    pub(in crate::service) fn tasks_on(&self, scan: &Scan) -> OnScan {
        let (mut tasks, mut false_marks, mut known) = (Vec::new(), 0_u32, BTreeSet::new());
        for (page, marks) in (1..).zip(scan.pages.iter().map(|page| &page.marks)) {
            for (mark, check) in marks.iter().filter_map(|text| TaskMark::read(text)) {
                let sealed = TaskMark::is_sealed(check, &self.task_seal(&mark));
                let print = self.store.printed(mark.number).filter(|_| sealed);
                if print.is_none_or(|print| print.task.case != mark.case) {
                    false_marks = false_marks.saturating_add(1);
                } else if known.insert(mark.number) {
                    tasks.push((page, mark.number));
                }
            }
        }
        OnScan { tasks, false_marks }
    }

    /// Takes a scan of printed tasks in; what is plain at once is not asked for: a task of another
    /// branch, and one whose decision is recorded already.
    pub(in crate::service) fn take_sheet(
        &self,
        file: &FileRecord,
        (scan, flaw): (Scan, Option<ScanFlaw>),
        on: OnScan,
    ) -> Result<(), StoreError> {
        let receipt = file.receipt;
        let forms = self.sheets_on(&scan).0.len();
        let ends = on.tasks.iter().filter_map(|(_, number)| {
            let end = self.plain_end(file.submitter.desk, *number)?;
            Some(WorklistMove::Ended { receipt, number: *number, by: None, end })
        });
        let ends: Vec<WorklistMove> = ends.collect();
        let came = WorklistMove::Came {
            receipt,
            scan,
            flaw,
            tasks: on.tasks,
            false_marks: on.false_marks,
            forms: u32::try_from(forms).unwrap_or(u32::MAX),
        };
        let moves = std::iter::once(came).chain(ends);
        let entries = moves.map(|moved| Entry::Worklist(Box::new(moved))).collect();
        self.commit_entries(self.clock.now(), entries)
    }

    /// What came of a task that nobody needs to read.
    pub(super) fn plain_end(&self, desk: BranchCode, number: TaskNumber) -> Option<TaskEnd> {
        let print = self.store.printed(number)?;
        if !self.is_same_desk(desk, print.desk) {
            let (code, ja, en) = elsewhere(&print);
            return Some(TaskEnd::Refused { code, ja, en });
        }
        self.decided_before(number).then_some(TaskEnd::Repeated)
    }

    /// Whether a task was decided by what stands on some scan.
    pub(super) fn decided_before(&self, number: TaskNumber) -> bool {
        let Some(print) = self.store.printed(number) else { return false };
        self.store.paper_votes(print.task.case).iter().any(|vote| vote.number == number)
    }

    /// Whether two branches are one today.
    pub(super) fn is_same_desk(&self, one: BranchCode, other: BranchCode) -> bool {
        let (rules, today) = (self.rulebook(), self.clock.now().date());
        let now = |branch| rules.directory.successor_on(branch, today);
        now(one) == now(other)
    }

    /// The verdict on a scan of which nothing more is to be read: what could not be recorded is
    /// kept as its findings. Nothing is owed: what came of it stands in the cases.
    pub(in crate::service) fn sheet_done(
        &self,
        file: &FileRecord,
        sheet: &SheetRecord,
    ) -> Result<Judged, StoreError> {
        let refused = (1_u32..).zip(&sheet.tasks).filter_map(|(record, task)| {
            let (.., TaskEnd::Refused { code, ja, en }) = task.end.as_ref()? else { return None };
            let value = task.number.to_string();
            let severity = Severity::Warning;
            Some(Finding { record, severity, value, ..whole_file(*code, ja, en) })
        });
        let mut findings: Vec<Finding> = refused.collect();
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let (records, rejected) = (count(sheet.tasks.len()), count(findings.len()));
        findings.extend(beside(sheet));
        let kept = (!findings.is_empty()).then(|| self.keep(&formats::write_findings(&findings)));
        let checked = Checked {
            receipt: file.receipt,
            findings: kept.transpose()?,
            record_file: None,
            records,
            accepted: records.saturating_sub(rejected),
            rejected,
            total: YenTotal::default(),
            flows: Vec::new(),
            moved: Vec::new(),
            effects: Vec::new(),
        };
        let besides = vec![Entry::Opened { receipt: file.receipt, effects: Vec::new() }];
        Ok(Judged { besides, ..Judged::of(checked) })
    }
}

/// What else is on a scan that nobody may overlook once its tasks are read.
fn beside(sheet: &SheetRecord) -> Vec<Finding> {
    let mut found = Vec::new();
    if sheet.false_marks > 0 {
        let ja = format!(
            "承認作業票に似て、印刷した記録のないQRコードが{}個あります。用紙の出どころを確かめてください。",
            sheet.false_marks
        );
        found.push(whole_file(Code::P02, &ja, "codes that are of no print of ours are on it"));
    }
    if sheet.forms > 0 {
        let ja = "記録請求書も一緒にスキャンされています。請求はここからは受け付けていません。\
                  記録請求書だけをもう一度スキャンして、置いてください。";
        let en =
            "request forms are on it, too; they are not taken from here: scan them again alone";
        found.push(whole_file(Code::P02, ja, en));
    }
    for one in &mut found {
        one.severity = Severity::Warning;
    }
    found
}

/// Why a task of another branch is not read here.
pub(super) fn elsewhere(print: &PrintRecord) -> (Code, String, String) {
    let desk = print.desk;
    let ja = format!("店番{desk}の承認作業票です。inbox/fax/{desk}/ に置いてください。");
    (Code::P02, ja, format!("it was printed for branch {desk}; drop it into inbox/fax/{desk}/"))
}

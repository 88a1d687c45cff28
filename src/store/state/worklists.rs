//! The register of 承認作業票: what was printed, and what came back of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{CaseId, ReceiptNo, TaskNumber, Timestamp};
use crate::ports::{PaperVote, PrintRecord, SheetRecord, SheetTask, TaskEnd, WorklistMove};

/// Every task that was printed, and every scan of printed sheets.
#[derive(Debug, Default)]
pub(in crate::store) struct Worklists {
    prints: BTreeMap<TaskNumber, PrintRecord>,
    sheets: BTreeMap<ReceiptNo, SheetRecord>,
    /// Where a case was decided on paper.
    decided: BTreeMap<CaseId, BTreeSet<(ReceiptNo, TaskNumber)>>,
    pub(in crate::store) dirty_prints: BTreeSet<TaskNumber>,
    pub(in crate::store) dirty_sheets: BTreeSet<ReceiptNo>,
}

impl Worklists {
    /// Folds one in; what is known already stays as it is.
    pub(super) fn moved(&mut self, moved: &WorklistMove, now: Timestamp) {
        match moved {
            WorklistMove::Printed { desk, by, tasks } => {
                for task in tasks {
                    let record = PrintRecord { task: *task, desk: *desk, by: by.clone(), at: now };
                    self.prints.entry(task.number).or_insert(record);
                    self.dirty_prints.insert(task.number);
                }
            }
            WorklistMove::Came { receipt, scan, flaw, tasks, false_marks, forms } => {
                self.dirty_sheets.insert(*receipt);
                self.sheets.entry(*receipt).or_insert_with(|| SheetRecord {
                    receipt: *receipt,
                    scan: scan.clone(),
                    flaw: flaw.clone(),
                    tasks: tasks.iter().map(|(page, number)| waiting(*number, *page)).collect(),
                    false_marks: *false_marks,
                    forms: *forms,
                });
            }
            WorklistMove::Named { receipt, number, .. } => {
                let Some(sheet) = self.sheets.get_mut(receipt) else { return };
                if sheet.task(*number).is_none() {
                    sheet.tasks.push(waiting(*number, 0));
                    self.dirty_sheets.insert(*receipt);
                }
            }
            WorklistMove::Read { receipt, number, reading } => {
                if let Some(task) = self.open_task(*receipt, *number) {
                    task.reading = Some(reading.clone());
                }
            }
            WorklistMove::SentBack { receipt, number, by, why } => {
                if let Some(task) = self.open_task(*receipt, *number) {
                    task.reading = None;
                    task.sent_back.push((by.clone(), now, why.clone()));
                }
            }
            WorklistMove::Ended { receipt, number, by, end } => {
                if let Some(task) = self.open_task(*receipt, *number) {
                    task.end = Some((by.clone(), now, end.clone()));
                    self.note(*receipt, *number);
                }
            }
        }
    }

    /// A task of a scan of which something is still to be read.
    fn open_task(&mut self, receipt: ReceiptNo, number: TaskNumber) -> Option<&mut SheetTask> {
        let sheet = self.sheets.get_mut(&receipt)?;
        let task = sheet.tasks.iter_mut().find(|task| task.number == number)?;
        self.dirty_sheets.insert(receipt);
        task.end.is_none().then_some(task)
    }

    /// Finds a decision by its case.
    fn note(&mut self, receipt: ReceiptNo, number: TaskNumber) {
        let end = self.sheets.get(&receipt).and_then(|sheet| sheet.task(number)?.end.as_ref());
        let decided = matches!(end, Some((.., TaskEnd::Decided)));
        if let Some(print) = self.prints.get(&number).filter(|_| decided) {
            self.decided.entry(print.task.case).or_default().insert((receipt, number));
        }
    }

    /// Takes a printed task back in; prints come before scans.
    pub(in crate::store) fn load_print(&mut self, record: PrintRecord) {
        self.prints.insert(record.task.number, record);
    }

    /// Takes a scan back in.
    pub(in crate::store) fn load_sheet(&mut self, record: SheetRecord) {
        let (receipt, numbers): (_, Vec<TaskNumber>) =
            (record.receipt, record.tasks.iter().map(|task| task.number).collect());
        self.sheets.insert(receipt, record);
        for number in numbers {
            self.note(receipt, number);
        }
    }

    pub(in crate::store) fn print(&self, number: TaskNumber) -> Option<&PrintRecord> {
        self.prints.get(&number)
    }

    pub(in crate::store) fn sheet(&self, receipt: ReceiptNo) -> Option<&SheetRecord> {
        self.sheets.get(&receipt)
    }

    /// All printed tasks, by their numbers.
    pub(in crate::store) fn prints(&self) -> impl Iterator<Item = &PrintRecord> {
        self.prints.values()
    }

    /// All scans, in the order they came.
    pub(in crate::store) fn sheets(&self) -> impl Iterator<Item = &SheetRecord> {
        self.sheets.values()
    }

    /// The decisions on a case that came on paper, in the order of their scans.
    pub(in crate::store) fn votes(&self, case: CaseId) -> Vec<PaperVote> {
        let places = self.decided.get(&case).into_iter().flatten();
        let vote = |(receipt, number): &(ReceiptNo, TaskNumber)| {
            let task = self.sheets.get(receipt)?.task(*number)?;
            let (confirmed_by, at, _) = task.end.clone()?;
            Some(PaperVote {
                receipt: *receipt,
                number: *number,
                reading: task.reading.clone()?,
                confirmed_by: confirmed_by?,
                at,
            })
        };
        places.filter_map(vote).collect()
    }

    /// How many printed tasks and how many scans there are.
    pub(in crate::store) fn counts(&self) -> (usize, usize) {
        (self.prints.len(), self.sheets.len())
    }

    /// Marks everything as changed.
    pub(in crate::store) fn touch_all(&mut self) {
        self.dirty_prints = self.prints.keys().copied().collect();
        self.dirty_sheets = self.sheets.keys().copied().collect();
    }
}

const fn waiting(number: TaskNumber, page: u32) -> SheetTask {
    SheetTask { number, page, reading: None, sent_back: Vec::new(), end: None }
}

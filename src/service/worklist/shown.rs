//! Scans of printed tasks as officers look at them.

use crate::domain::{Person, ReceiptNo, TaskNumber};
use crate::ports::{FileRecord, PrintRecord, SheetRecord, SheetTask};
use crate::workflow::all_seats;

use super::super::report::CaseView;
use super::read::steps_of;
use super::{Desk, PaperError};

/// A scan of printed tasks as somebody may look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetSeen {
    /// Its file.
    pub file: FileRecord,
    /// How far it has come.
    pub record: SheetRecord,
    /// Its tasks, in the order they stand there.
    pub tasks: Vec<TaskSeen>,
    /// Tasks that were printed on the same sheets and were not found on the scan.
    pub missing: Vec<TaskNumber>,
}

/// A task on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskSeen {
    /// What is known of it on this scan. What the first officer read is not for the second, but
    /// the reason of a return.
    pub task: SheetTask,
    /// What was printed.
    pub print: PrintRecord,
    /// The case as it is now, for whoever may see it.
    pub case: Option<CaseView>,
    /// The name of the step it was printed for.
    pub step: String,
    /// The name of the seat it was printed for.
    pub seat: String,
    /// How many steps its reading has had, to be sent back with what is read.
    pub seen: usize,
    /// Whether somebody reads it first; else it is confirmed.
    pub first: bool,
    /// Whether the person may read it now; else why not.
    pub refused: Option<PaperError>,
}

impl Desk {
    /// The scans of printed tasks that wait and that somebody may look at, in the order they came.
    pub fn paper_sheets(&self, person: &Person) -> Vec<SheetSeen> {
        let waiting = self.store.sheets(&SheetRecord::waits).into_iter();
        waiting.filter_map(|record| self.paper_sheet(person, record.receipt)).collect()
    }

    /// One scan of printed tasks, if it is any of the person's business.
    pub fn paper_sheet(&self, person: &Person, receipt: ReceiptNo) -> Option<SheetSeen> {
        let (file, record) = self.sheet_for(person, receipt)?;
        let tasks: Vec<TaskSeen> =
            record.tasks.iter().filter_map(|task| self.task_seen(person, &file, task)).collect();
        let missing = self.missing_tasks(&tasks);
        Some(SheetSeen { file, record, tasks, missing })
    }

    fn task_seen(&self, person: &Person, file: &FileRecord, task: &SheetTask) -> Option<TaskSeen> {
        let print = self.store.printed(task.number)?;
        let case = self.store.case(print.task.case);
        let definition = case.as_ref().and_then(|case| self.definition_of(case));
        let step = definition.as_ref().and_then(|flow| flow.step(print.task.step));
        let approve = definition.as_ref().and_then(|flow| flow.approval(print.task.step));
        let seats = approve.zip(case.as_ref());
        let seats = seats.map(|(approve, case)| all_seats(approve, case.file.pattern));
        let seat = seats.into_iter().flatten().find(|seat| seat.seat == print.task.seat);
        let shown = case.as_ref().filter(|case| self.may_see(person, case));
        Some(TaskSeen {
            case: shown.and_then(|case| self.view(case)),
            step: step.map(|step| step.title.clone()).unwrap_or_default(),
            seat: seat.map(|seat| seat.title).unwrap_or_default(),
            seen: steps_of(task),
            first: task.reading.is_none(),
            refused: self.may_read_task(person, file, task).err(),
            task: task.clone(),
            print,
        })
    }

    /// What was printed on the same sheets as `tasks` and is not among them: a code nobody could
    /// read must not go unnoticed.
    fn missing_tasks(&self, tasks: &[TaskSeen]) -> Vec<TaskNumber> {
        let beside = |one: &PrintRecord| {
            tasks.iter().any(|seen| {
                let print = &seen.print;
                (print.at, print.desk, print.task.sheet) == (one.at, one.desk, one.task.sheet)
                    && print.by == one.by
            })
        };
        let known = |number: TaskNumber| tasks.iter().any(|seen| seen.task.number == number);
        let prints = self.store.prints(&beside).into_iter().map(|one| one.task.number);
        prints.filter(|number| !known(*number)).collect()
    }

    /// The scanned file of a paper or of printed tasks, for whoever may look at it.
    pub(in crate::service) fn scan_of(
        &self,
        person: &Person,
        receipt: ReceiptNo,
    ) -> Option<FileRecord> {
        let paper = self.paper_for(person, receipt).map(|(file, _)| file);
        paper.or_else(|| self.sheet_for(person, receipt).map(|(file, _)| file))
    }
}

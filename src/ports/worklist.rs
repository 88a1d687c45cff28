//! 承認作業票: what was printed to be decided on paper, and what came back of it.

use serde::{Deserialize, Serialize};

use crate::domain::{
    BranchCode, CaseId, Code, Digest, PaperDecision, ReceiptNo, Scan, ScanFlaw, TaskNumber,
    Timestamp, UserId,
};
use crate::workflow::Seat;

/// Something about 承認作業票. New kinds are added at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorklistMove {
    /// Tasks of a desk were printed.
    Printed {
        /// The desk.
        desk: BranchCode,
        /// Who printed them; nobody for the command line.
        by: Option<UserId>,
        /// The tasks, in the order of the sheets.
        tasks: Vec<PrintedTask>,
    },
    /// A scan of printed sheets is ours, and waits to be read. It is no request.
    Came {
        /// Its file.
        receipt: ReceiptNo,
        /// What is on its pages.
        scan: Scan,
        /// Why no page can be shown; it is then read from the file itself.
        flaw: Option<ScanFlaw>,
        /// The tasks on it, each with its page, from 1.
        tasks: Vec<(u32, TaskNumber)>,
        /// Codes that look like those of our tasks and are not, or of which no print is known.
        false_marks: u32,
        /// Request forms on it, which are not taken from here.
        forms: u32,
    },
    /// Somebody keyed in the number of a task whose code could not be read.
    Named {
        /// The scan.
        receipt: ReceiptNo,
        /// The task.
        number: TaskNumber,
        /// Who.
        by: UserId,
    },
    /// A first officer read a task.
    Read {
        /// The scan.
        receipt: ReceiptNo,
        /// The task.
        number: TaskNumber,
        /// What they read.
        reading: PaperReading,
    },
    /// A second officer read something else, or refused: all begins anew.
    SentBack {
        /// The scan.
        receipt: ReceiptNo,
        /// The task.
        number: TaskNumber,
        /// Who.
        by: UserId,
        /// Why.
        why: String,
    },
    /// Nothing more is to be read of a task on this scan.
    Ended {
        /// The scan.
        receipt: ReceiptNo,
        /// The task.
        number: TaskNumber,
        /// The second officer; nobody where it was plain when the scan came.
        by: Option<UserId>,
        /// What came of it.
        end: TaskEnd,
    },
}

/// A task as it was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrintedTask {
    /// Its own number.
    pub number: TaskNumber,
    /// On which sheet of the print, from 1.
    pub sheet: u32,
    /// Which one on that sheet, from 0 at the top.
    pub place: u8,
    /// The case.
    pub case: CaseId,
    /// The version of the task.
    pub task_version: u32,
    /// The step it is about, an index into the case's definition.
    pub step: u8,
    /// The seat it was printed for, from 0.
    pub seat: Seat,
    /// How often the case had been sent back.
    pub round: u8,
    /// What whoever decides sees.
    pub content: Digest,
}

/// What one officer read from a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperReading {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// What they read.
    pub said: PaperDecision,
    /// Why it cannot be recorded, where they saw that it stands on the paper all the same.
    pub stands: Option<Code>,
}

/// What came of a task on a scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TaskEnd {
    /// The decision is recorded in the case, with this commit.
    Decided,
    /// The same decision had been recorded before, from another scan or on the pages.
    Repeated,
    /// It is not decided: it may come again.
    Open,
    /// The decision cannot be recorded.
    Refused {
        /// The stable code.
        code: Code,
        /// Why, and what to do, in Japanese.
        ja: String,
        /// The same in English.
        en: String,
    },
}

/// A printed task as the register has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrintRecord {
    /// The task.
    pub task: PrintedTask,
    /// The desk it was printed for.
    pub desk: BranchCode,
    /// Who printed it; nobody for the command line.
    pub by: Option<UserId>,
    /// When.
    pub at: Timestamp,
}

/// A scan of printed sheets as the register has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetRecord {
    /// Its file.
    pub receipt: ReceiptNo,
    /// What is on its pages.
    pub scan: Scan,
    /// Why no page can be shown.
    pub flaw: Option<ScanFlaw>,
    /// The tasks on it, in the order they stand there.
    pub tasks: Vec<SheetTask>,
    /// Codes that look like those of our tasks and are not, or of which no print is known.
    pub false_marks: u32,
    /// Request forms on it, which are not taken from here.
    pub forms: u32,
}

impl SheetRecord {
    /// Whether something is still to be read of it.
    pub fn waits(&self) -> bool {
        self.tasks.iter().any(|task| task.end.is_none())
    }

    /// A task on it.
    pub fn task(&self, number: TaskNumber) -> Option<&SheetTask> {
        self.tasks.iter().find(|task| task.number == number)
    }
}

/// A task on a scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetTask {
    /// Its number.
    pub number: TaskNumber,
    /// The page it is on, from 1; 0 where somebody keyed in its number.
    pub page: u32,
    /// What the first officer read; none while nobody has.
    pub reading: Option<PaperReading>,
    /// Second officers who sent it back: who, when and why.
    pub sent_back: Vec<(UserId, Timestamp, String)>,
    /// What came of it: by whom, when and what.
    pub end: Option<(Option<UserId>, Timestamp, TaskEnd)>,
}

/// A decision that came on paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperVote {
    /// The scan's file.
    pub receipt: ReceiptNo,
    /// The task's number on its print.
    pub number: TaskNumber,
    /// What was read, and by whom first.
    pub reading: PaperReading,
    /// The second officer.
    pub confirmed_by: UserId,
    /// When it was recorded; the vote's own time.
    pub at: Timestamp,
}

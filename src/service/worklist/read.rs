//! Two officers read what is stamped in a task; what they agree on is recorded.

use std::sync::PoisonError;

use tracing::info;

use crate::domain::{
    Finding, NumberError, Organisation, PaperChoice, PaperDecision, Person, ReceiptNo, TaskNumber,
    UserId,
};
use crate::ports::{
    Entry, FileRecord, FileVerdict, PaperReading, PrintRecord, SheetRecord, SheetTask, StoreError,
    TaskEnd, WorklistMove,
};
use crate::workflow::SecondAt;

use super::super::flaws::whole_file;
use super::super::papers::keying_of;
use super::Desk;
use super::arrive::elsewhere;
use super::settle::Settled;

/// What an officer read from a task, or why they send it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperRead {
    /// The scan's file.
    pub receipt: ReceiptNo,
    /// The task.
    pub number: TaskNumber,
    /// How many steps its reading had when the form was shown; see [`TaskSeen::seen`].
    ///
    /// [`TaskSeen::seen`]: super::TaskSeen::seen
    pub seen: usize,
    /// What they read; a second officer who refuses the first reading says why instead.
    pub said: Result<PaperDecision, String>,
    /// Whether they confirm that it stands on the paper though it cannot be recorded.
    pub stands: bool,
}

/// How far a reading brings a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaperStage {
    /// A second officer reads it next.
    Second,
    /// All begins anew: the second read something else, refused, or it cannot be recorded.
    SentBack(String),
    /// Nothing more is to be read.
    Ended(TaskEnd),
}

/// Why a reading is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    /// There is no such task for this person.
    #[error("there is no such task for you")]
    NotHere,
    /// Nothing more is to be read of it.
    #[error("it is read already")]
    Done,
    /// Somebody else read it meanwhile.
    #[error("somebody else has read it meanwhile")]
    Behind,
    /// They read it first.
    #[error("you have read it already; another person must")]
    SamePerson,
    /// They handed in or keyed in what is decided: who confirms must be somebody else.
    #[error("you handed in or keyed in what is decided; another person must confirm it")]
    Requester,
    /// They stamped it themselves.
    #[error("you stamped it yourself; another person must confirm it")]
    Decider,
    /// What was typed is not whole.
    #[error("{0} is missing or cannot be read")]
    Missing(&'static str),
    /// It cannot be recorded: the typing or the paper is wrong.
    #[error("{} findings", .0.len())]
    Findings(Vec<Finding>),
    /// The number of a task is misread.
    #[error(transparent)]
    Number(#[from] NumberError),
    /// The store failed.
    #[error("{0}")]
    Store(String),
}

impl From<StoreError> for PaperError {
    fn from(failed: StoreError) -> Self {
        Self::Store(failed.to_string())
    }
}

impl Desk {
    /// Takes what an officer read from a task; answers how far that brings it. What two agree on is
    /// recorded in the case by the engine, as the decision of whoever stamped it.
    pub fn read_on_paper(
        &self,
        person: &Person,
        read: &PaperRead,
    ) -> Result<PaperStage, PaperError> {
        let stage = {
            let _one_by_one = self.keying.lock().unwrap_or_else(PoisonError::into_inner);
            self.take_paper_reading(person, read)?
        };
        if self.store.sheet(read.receipt).is_some_and(|sheet| !sheet.waits()) {
            self.judge(read.receipt)?;
        }
        Ok(stage)
    }

    fn take_paper_reading(
        &self,
        person: &Person,
        read: &PaperRead,
    ) -> Result<PaperStage, PaperError> {
        let (file, sheet) = self.sheet_for(person, read.receipt).ok_or(PaperError::NotHere)?;
        let task = sheet.task(read.number).ok_or(PaperError::NotHere)?;
        let print = self.store.printed(read.number).ok_or(PaperError::NotHere)?;
        let mine = task.reading.as_ref().filter(|first| first.by == person.id);
        if mine.is_some_and(|first| read.said.as_ref() == Ok(&first.said))
            && steps_of(task) == read.seen.saturating_add(1)
        {
            // The form was sent twice.
            return Ok(PaperStage::Second);
        }
        self.may_read_task(person, &file, task)?;
        if steps_of(task) != read.seen {
            return Err(PaperError::Behind);
        }
        match (&task.reading, &read.said) {
            (None, Ok(said)) => self.read_first(person, (&sheet, task, &print), said, read.stands),
            (None, Err(_)) => Err(PaperError::Missing("decision")),
            (Some(_), Err(why)) if why.is_empty() => Err(PaperError::Missing("reason")),
            (Some(_), Err(why)) => self.send_back_task(person, read, why.clone()),
            (Some(first), Ok(said)) if first.said.choice != PaperChoice::Open => {
                whole(said)?;
                self.is_not_decider(person, said)?;
                self.read_second(person, read, (first, said), &print)
            }
            (Some(first), Ok(said)) => {
                whole(said)?;
                self.read_second(person, read, (first, said), &print)
            }
        }
    }

    /// The first reading: mistakes of the typing are told at once.
    fn read_first(
        &self,
        person: &Person,
        (sheet, task, print): (&SheetRecord, &SheetTask, &PrintRecord),
        said: &PaperDecision,
        stands: bool,
    ) -> Result<PaperStage, PaperError> {
        whole(said)?;
        let wrong = match self.would_settle(sheet, print, said) {
            Settled::Refused(finding) => Some(*finding),
            Settled::Open | Settled::Repeated | Settled::Decided(_) => None,
        };
        if let (Some(wrong), false) = (&wrong, stands) {
            return Err(PaperError::Findings(vec![wrong.clone()]));
        }
        let (now, number, receipt) = (self.clock.now(), task.number, sheet.receipt);
        let stands = wrong.map(|wrong| wrong.code);
        let reading = PaperReading { by: person.id.clone(), at: now, said: said.clone(), stands };
        self.commit_on_paper(vec![WorklistMove::Read { receipt, number, reading }])?;
        info!(file = %receipt, actor = %person.id, "a paper decision was read");
        Ok(PaperStage::Second)
    }

    /// The second reading: only what both read is recorded.
    fn read_second(
        &self,
        person: &Person,
        read: &PaperRead,
        (first, said): (&PaperReading, &PaperDecision),
        print: &PrintRecord,
    ) -> Result<PaperStage, PaperError> {
        if !first.said.agrees(said) {
            let why = "お二人の入力が違いました。始めから入力し直します。".to_owned();
            return self.send_back_task(person, read, why);
        }
        let end = match self.settle_on_paper(person, (read.receipt, print), first)? {
            Ok(end) => end,
            // Nobody saw it as standing on the paper: it is looked at once more.
            Err(finding) if first.stands.is_none() => {
                let why = format!("{}（{}）", finding.ja, finding.code);
                return self.send_back_task(person, read, why);
            }
            Err(finding) => {
                let Finding { code, ja, en, .. } = *finding;
                TaskEnd::Refused { code, ja, en }
            }
        };
        if end != TaskEnd::Decided {
            let (receipt, number, by) = (read.receipt, read.number, Some(person.id.clone()));
            let end = end.clone();
            self.commit_on_paper(vec![WorklistMove::Ended { receipt, number, by, end }])?;
        }
        info!(file = %read.receipt, actor = %person.id, "a paper decision was confirmed");
        Ok(PaperStage::Ended(end))
    }

    fn send_back_task(
        &self,
        person: &Person,
        read: &PaperRead,
        why: String,
    ) -> Result<PaperStage, PaperError> {
        let (receipt, number, by) = (read.receipt, read.number, person.id.clone());
        let told = why.clone();
        self.commit_on_paper(vec![WorklistMove::SentBack { receipt, number, by, why }])?;
        info!(file = %receipt, actor = %person.id, "a paper decision was sent back");
        Ok(PaperStage::SentBack(told))
    }

    fn commit_on_paper(&self, moves: Vec<WorklistMove>) -> Result<(), StoreError> {
        let entries = moves.into_iter().map(|moved| Entry::Worklist(Box::new(moved))).collect();
        self.commit_entries(self.clock.now(), entries)
    }

    /// Adds a task whose code could not be read to a scan, by the number beside the code.
    pub fn name_task(
        &self,
        person: &Person,
        receipt: ReceiptNo,
        typed: &str,
    ) -> Result<(), PaperError> {
        let _one_by_one = self.keying.lock().unwrap_or_else(PoisonError::into_inner);
        let number = TaskNumber::read(typed)?;
        let (file, sheet) = self.sheet_for(person, receipt).ok_or(PaperError::NotHere)?;
        self.may_name(person, &file, number)?;
        if sheet.task(number).is_some() {
            return Ok(());
        }
        let by = person.id.clone();
        self.commit_named(&file, number, vec![WorklistMove::Named { receipt, number, by }])
    }

    /// Takes a paper that nobody has read yet as a scan of printed tasks none of whose codes could
    /// be read, by the number beside one of them.
    pub fn take_as_sheet(
        &self,
        person: &Person,
        receipt: ReceiptNo,
        typed: &str,
    ) -> Result<(), PaperError> {
        let _one_by_one = self.keying.lock().unwrap_or_else(PoisonError::into_inner);
        let number = TaskNumber::read(typed)?;
        let seen = self.paper(person, receipt).ok_or(PaperError::NotHere)?;
        if seen.record.readers().next().is_some() {
            return Err(PaperError::Behind);
        }
        if seen.refused.is_some() {
            return Err(PaperError::NotHere);
        }
        self.may_name(person, &seen.file, number)?;
        let (record, by) = (seen.record, person.id.clone());
        let came = WorklistMove::Came {
            receipt,
            scan: record.scan,
            flaw: record.flaw,
            tasks: Vec::new(),
            false_marks: record.false_marks,
            forms: u32::try_from(record.forms.len()).unwrap_or(u32::MAX),
        };
        let named = WorklistMove::Named { receipt, number, by };
        self.commit_named(&seen.file, number, vec![came, named])
    }

    /// Whether somebody may add a task to a scan: it was printed for this desk.
    fn may_name(
        &self,
        person: &Person,
        file: &FileRecord,
        number: TaskNumber,
    ) -> Result<(), PaperError> {
        let rules = self.rulebook();
        let keying = keying_of(&rules, file).ok_or(PaperError::NotHere)?;
        if file.verdict != FileVerdict::Keying || !person.has(&keying.role) {
            return Err(PaperError::NotHere);
        }
        let Some(print) = self.store.printed(number) else {
            let ja =
                "この番号の承認作業票を印刷した記録がありません。番号をもう一度お確かめください。";
            let finding = whole_file(crate::domain::Code::P02, ja, "no such task was printed");
            return Err(PaperError::Findings(vec![finding]));
        };
        if self.is_same_desk(file.submitter.desk, print.desk) {
            return Ok(());
        }
        let (code, ja, en) = elsewhere(&print);
        Err(PaperError::Findings(vec![whole_file(code, &ja, &en)]))
    }

    fn commit_named(
        &self,
        file: &FileRecord,
        number: TaskNumber,
        mut moves: Vec<WorklistMove>,
    ) -> Result<(), PaperError> {
        let receipt = file.receipt;
        let end = self.plain_end(file.submitter.desk, number);
        let end = end.map(|end| WorklistMove::Ended { receipt, number, by: None, end });
        moves.extend(end);
        Ok(self.commit_on_paper(moves)?)
    }

    /// A scan of printed tasks with its file, for the bank's people: of its desk, and of any branch
    /// where those may read it, too.
    pub(super) fn sheet_for(
        &self,
        person: &Person,
        receipt: ReceiptNo,
    ) -> Option<(FileRecord, SheetRecord)> {
        let Organisation::Branch(_) = person.organisation else { return None };
        let (file, sheet) = (self.store.file(receipt)?, self.store.sheet(receipt)?);
        let rules = self.rulebook();
        let anywhere = keying_of(&rules, &file)
            .is_some_and(|keying| keying.second == SecondAt::Anywhere && person.has(&keying.role));
        let here = person.works_at(file.submitter.desk) || (anywhere && sheet.waits());
        here.then_some((file, sheet))
    }

    /// Whether somebody may read a task now.
    pub(super) fn may_read_task(
        &self,
        person: &Person,
        file: &FileRecord,
        task: &SheetTask,
    ) -> Result<(), PaperError> {
        if task.end.is_some() || file.verdict != FileVerdict::Keying {
            return Err(PaperError::Done);
        }
        let rules = self.rulebook();
        let keying = keying_of(&rules, file).ok_or(PaperError::NotHere)?;
        let anywhere = task.reading.is_some() && keying.second == SecondAt::Anywhere;
        let here = person.works_at(file.submitter.desk) || anywhere;
        if !here || !person.has(&keying.role) {
            return Err(PaperError::NotHere);
        }
        let first = task.reading.as_ref();
        if first.is_some_and(|first| self.is_human(person, &first.by)) {
            return Err(PaperError::SamePerson);
        }
        if first.is_some() && self.brought_in(person, task.number) {
            return Err(PaperError::Requester);
        }
        let stamped = first.and_then(|first| first.said.by.as_ref());
        match stamped {
            Some(by) if self.is_human(person, by) => Err(PaperError::Decider),
            _ => Ok(()),
        }
    }

    /// Whether somebody handed in or keyed in the request that a task decides on. Two people who
    /// made a request up between them could make up its decisions, too.
    fn brought_in(&self, person: &Person, number: TaskNumber) -> bool {
        let Some(case) = self.store.printed(number).and_then(|one| self.store.case(one.task.case))
        else {
            return false;
        };
        let readers = case.file.paper.iter().flat_map(|paper| &paper.readers);
        readers.chain(&case.file.submitted_by).any(|id| self.is_human(person, id))
    }

    /// Nobody confirms their own stamp, whatever the first officer read.
    fn is_not_decider(&self, person: &Person, said: &PaperDecision) -> Result<(), PaperError> {
        match &said.by {
            Some(by) if self.is_human(person, by) => Err(PaperError::Decider),
            _ => Ok(()),
        }
    }

    /// Whether a user ID is that of this human.
    fn is_human(&self, person: &Person, id: &UserId) -> bool {
        let other = self.store.user(id).map(|user| user.person);
        person.is(id) || other.is_some_and(|other| person.is_same_human(&other))
    }
}

/// How many steps the reading of a task has had.
pub(super) fn steps_of(task: &SheetTask) -> usize {
    let sent_back = task.sent_back.len().saturating_mul(2);
    sent_back.saturating_add(usize::from(task.reading.is_some()))
}

/// Errs for a decision without its person, its time, or the reason it needs.
fn whole(said: &PaperDecision) -> Result<(), PaperError> {
    let decides = said.choice != PaperChoice::Open;
    if decides && said.by.is_none() {
        return Err(PaperError::Missing("user"));
    }
    if decides && said.at.is_none() {
        return Err(PaperError::Missing("time"));
    }
    Ok(())
}

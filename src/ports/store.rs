//! The store: the journal and the state folded from it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::domain::{
    Absence, Asking, CaseId, Customers, Date, Digest, HoldEnded, JournalHead, Mismatch, NoticeNo,
    Person, ReceiptNo, RecordNumber, Sequence, TaskNumber, Timestamp, UnderWay, UserId, UserNumber,
    fees::Month,
};
use crate::workflow::{Case, Definition, Effect, EffectId, EffectScope, MailKey, MailRule, Status};

use super::{
    BilledMonth, ClaimFilter, ClaimRecord, Commit, ContractStep, EffectState, FileRecord, Habits,
    InForce, KeptBill, KeyingRecord, LineResult, Milestone, ObligationMet, OutageRecord, PaperVote,
    PrintRecord, ReturnedMail, SheetRecord, Stated, StillUnkept, UserRecord,
};

/// Says which business keys the rows of a bulk file have.
pub trait KeyBook: Send + Sync + fmt::Debug {
    /// Whether one of its rows has this key; true where that cannot be told, so that nothing is
    /// taken in twice.
    fn holds(&self, key: u64) -> bool;
}

/// Keeps what was committed and answers questions about it.
///
/// A crash before [`Store::commit`] returns may or may not keep the batch; after it returned the
/// batch is kept whatever is unplugged. Reads see every commit that has returned.
pub trait Store: Send + Sync + fmt::Debug {
    /// Commits one batch: all of it or nothing.
    ///
    /// Errs with `Conflict` when an expected version is not the present one; the caller reads
    /// again and decides again.
    fn commit(&self, batch: Batch) -> Result<(), CommitError>;

    /// Commits many independent batches with as few syncs as possible; one answer each.
    fn commit_all(&self, batches: Vec<Batch>) -> Vec<Result<(), CommitError>>;

    /// A receipt number for a file received on `date`, never given before.
    fn take_receipt(&self, date: Date) -> Result<ReceiptNo, StoreError>;

    /// The first of `count` case numbers in a row, never given before.
    fn take_case_numbers(&self, count: u32) -> u32;

    /// A file.
    fn file(&self, receipt: ReceiptNo) -> Option<FileRecord>;

    /// The receipt numbers of files in a state, oldest first, at most `limit`.
    fn files(&self, wanted: &dyn Fn(&FileRecord) -> bool, limit: usize) -> Vec<FileRecord>;

    /// The same, newest first, at most `limit` after skipping `skip`.
    fn newest_files(
        &self,
        wanted: &dyn Fn(&FileRecord) -> bool,
        skip: usize,
        limit: usize,
    ) -> Vec<FileRecord>;

    /// The newest earlier file of this submitter with this content.
    fn same_content(&self, channel: &str, submitter: &str, digest: Digest) -> Option<FileRecord>;

    /// A case, if its file has been opened whole.
    fn case(&self, id: CaseId) -> Option<Case>;

    /// The cases a filter lets through, by receipt number, at most `limit` after `after`.
    fn cases(&self, filter: &CaseFilter, after: Option<CaseId>, limit: usize) -> Vec<Case>;

    /// The open or completed case that holds a business key, if any.
    fn holder_of(&self, business_key: u64) -> Option<CaseId>;

    /// Tells which case holds keys that are not in the journal: the rows of a batch case.
    fn remember_keys(&self, case: CaseId, keys: &[u64]);

    /// Tells the same of a bulk file's case, whose keys are too many to be told one by one.
    fn remember_book(&self, case: CaseId, keys: Arc<dyn KeyBook>);

    /// What is under way on a claim: asked for in open cases and not recorded yet.
    fn under_way(&self, number: RecordNumber) -> UnderWay;

    /// Tells which claims lines of cases name, which is not in the journal; telling it twice is
    /// telling it once.
    fn remember_lines(&self, lines: &[(RecordNumber, Asking)]);

    /// What waits for a person, soonest deadline first, at most `limit` after skipping `skip`.
    fn worklist(
        &self,
        worker: Worker<'_>,
        defs: &dyn Fn(Digest) -> Option<std::sync::Arc<Definition>>,
        skip: usize,
        limit: usize,
    ) -> Vec<Work>;

    /// Cases whose deadline is at or before `now`, and incidents, at most `limit`.
    fn due_cases(&self, now: Timestamp, limit: usize) -> Vec<CaseId>;

    /// When the next deadline is.
    fn next_due(&self) -> Option<Timestamp>;

    /// Effects that are not delivered, in the order they were owed, at most `limit`.
    fn effects(&self, limit: usize) -> Vec<PendingEffect>;

    /// The number of an effect that is not delivered.
    fn notice_no(&self, id: &EffectId) -> Option<NoticeNo>;

    /// A notice of the last thirteen months by its number.
    fn notice(&self, number: NoticeNo) -> Option<NoticeRecord>;

    /// The notices of the last thirteen months to any of these, newest first, at most `limit`.
    fn notices_to(&self, whom: &[&str], limit: usize) -> Vec<NoticeRecord>;

    /// What a mail of the last thirteen months told, in the order it was owed; nothing where there
    /// was no such mail.
    fn notices_in(&self, mail: MailKey) -> Vec<NoticeRecord>;

    /// The notices of the last thirteen months whose mails came back, in the order they were owed.
    fn returned(&self) -> Vec<NoticeRecord>;

    /// A registered person.
    fn user(&self, id: &UserId) -> Option<UserRecord>;

    /// All registered people, by user ID.
    fn users(&self) -> Vec<UserRecord>;

    /// What is kept of a person besides who they are; the default for whom nothing is.
    fn habits(&self, id: &UserId) -> Habits;

    /// All absences, by user ID and day, those that are over included.
    fn absences(&self) -> Vec<Absence>;

    /// User IDs that belong to a human who has several, each with the first of them.
    fn humans(&self) -> BTreeMap<UserId, UserId>;

    /// How people want mails about seats; only of those who chose anything.
    fn mail_rules(&self) -> BTreeMap<UserId, MailRule>;

    /// Rises whenever a person is registered or changed in what they may do.
    fn people_version(&self) -> u64;

    /// The register of publications: what is in force of each file under `workflows/`, by name.
    ///
    /// Empty until the first publication.
    fn published(&self) -> std::collections::BTreeMap<String, InForce>;
    /// The last moment for which a schedule was carried out.
    fn last_run(&self, schedule: &str) -> Option<Timestamp>;

    /// Schedules whose set time is still not kept, by their names.
    fn unkept(&self) -> BTreeMap<String, StillUnkept>;

    /// What happened to cases on one of the last days, case by case, each milestone once.
    ///
    /// A day that is long over has nothing here: ask the store as of that day.
    fn milestones_on(&self, day: Date) -> Vec<(Case, Milestone)>;

    /// Where the journal ends.
    fn head(&self) -> JournalHead;

    /// What the clearing side answered about the lines of a case, by line.
    fn results_of(&self, case: CaseId) -> Vec<LineResult>;

    /// What it answered about one line of a case.
    fn result_of(&self, case: CaseId, row: u32) -> Option<LineResult>;

    /// How many lines of a case it has answered about.
    fn answered(&self, case: CaseId) -> usize;

    /// A claim by its record number.
    fn claim(&self, number: RecordNumber) -> Option<ClaimRecord>;

    /// The register of customers as it is now; empty where the office keeps none.
    fn customers(&self) -> Arc<Customers>;

    /// What happened to a customer's contract, oldest first.
    fn contract_history(&self, user: UserNumber) -> Vec<ContractStep>;

    /// A paper that was or is keyed in.
    fn keying(&self, receipt: ReceiptNo) -> Option<KeyingRecord>;

    /// The papers a filter lets through, in the order they came.
    fn keyings(&self, wanted: &dyn Fn(&KeyingRecord) -> bool) -> Vec<KeyingRecord>;

    /// A task that was printed to be decided on paper.
    fn printed(&self, number: TaskNumber) -> Option<PrintRecord>;

    /// The printed tasks a filter lets through, by their numbers.
    fn prints(&self, wanted: &dyn Fn(&PrintRecord) -> bool) -> Vec<PrintRecord>;

    /// A scan of printed tasks.
    fn sheet(&self, receipt: ReceiptNo) -> Option<SheetRecord>;

    /// The scans of printed tasks a filter lets through, in the order they came.
    fn sheets(&self, wanted: &dyn Fn(&SheetRecord) -> bool) -> Vec<SheetRecord>;

    /// The decisions on a case that came on paper, in the order of their scans.
    fn paper_votes(&self, case: CaseId) -> Vec<PaperVote>;

    /// How the hold of a repeated file ended; none while it is held.
    fn hold_ended(&self, held: ReceiptNo) -> Option<HoldEnded>;

    /// Who did what a case obliged to, by the obligation's name; none while it is open.
    fn obligation_met(&self, case: CaseId, id: &str) -> Option<ObligationMet>;

    /// The hold from which a file was released.
    fn released_from(&self, receipt: ReceiptNo) -> Option<HoldEnded>;

    /// What a manifest says of a file that is not judged yet.
    fn stated(&self, receipt: ReceiptNo) -> Option<Stated>;

    /// Why a file that is not judged yet is not the one its manifest speaks of.
    fn misstated(&self, receipt: ReceiptNo) -> Vec<Mismatch>;

    /// The numbers of the files that were taken in from a submitter: channel and folder.
    fn sequence(&self, channel: &str, folder: &str) -> Sequence;

    /// Every outage that was declared, in the order they were handed in.
    fn outages(&self) -> Vec<OutageRecord>;

    /// The claims a filter lets through, by record number, at most `limit` after `after`.
    fn claims(
        &self,
        filter: &ClaimFilter,
        after: Option<RecordNumber>,
        limit: usize,
    ) -> Vec<ClaimRecord>;

    /// Lines recorded on the days from the first to the second, by the day their result came.
    fn recorded_between(&self, days: (Date, Date)) -> Vec<(CaseId, Vec<(u32, Date)>)>;

    /// The fees billed for a month.
    fn billed(&self, month: Month) -> Option<BilledMonth>;

    /// A customer's bill of a month, with the month it belongs to but none of its other bills.
    fn bill_of(&self, month: Month, customer: UserNumber) -> Option<(BilledMonth, KeptBill)>;

    /// Lets go of keys a batch case holds: those lines may be submitted again.
    fn forget_keys(&self, case: CaseId, keys: &[u64]);

    /// How much there is of everything.
    fn counts(&self) -> Counts;

    /// SHA-256 over the whole state, equal in every store that holds the same.
    fn digest(&self) -> Digest;

    /// Writes what can be rebuilt to disk now, so that the next start is quick.
    fn checkpoint(&self) -> Result<(), StoreError>;
}

/// What to commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// What happened.
    pub commit: Commit,
    /// The versions it was decided on.
    pub expect: Vec<Expect>,
}

/// A case version a batch was decided on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expect {
    /// The case.
    pub case: CaseId,
    /// The version it had.
    pub version: u32,
}

/// Why a batch was not committed.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A case has moved on since it was read.
    #[error("case {0} has moved on")]
    Conflict(CaseId),
    /// The store cannot take anything any more; the program must stop.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The store failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// A write or a sync failed. Nothing may be written after it: the program stops and starts
    /// again from the journal.
    #[error("the journal could not be written: {0}")]
    Poisoned(String),
    /// The day has no receipt number left.
    #[error("no receipt number is left for {0}")]
    NoReceiptLeft(Date),
}

/// Which cases to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Only of this file.
    pub receipt: Option<ReceiptNo>,
    /// Only in this status.
    pub status: Option<Status>,
    /// Only of this channel.
    pub channel: Option<String>,
    /// Only of this submitter.
    pub submitter: Option<String>,
    /// Which reviews.
    pub reviews: Reviews,
    /// How far.
    pub stage: Stage,
}

/// Whether a list is of cases that have not ended only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stage {
    /// Every case.
    #[default]
    Any,
    /// Only those that something can still happen to.
    Open,
}

/// Whether a list is of cases with an open review only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reviews {
    /// Every case.
    #[default]
    Any,
    /// Only those of which something is still to be reviewed.
    Open,
}

/// Something that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The case.
    pub case: Case,
    /// Its file.
    pub file: FileRecord,
    /// The flow's definition.
    pub definition: Digest,
    /// What is to be done.
    pub task: Task,
}

/// What a case wants of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// To decide, or to hand in again.
    Decide,
    /// To read what was decided in place of others (後閲).
    Review,
}

impl<'p> Worker<'p> {
    /// A person as if nobody else were at their organisation.
    pub const fn alone(person: &'p Person) -> Self {
        Self { person, colleagues: std::slice::from_ref(person) }
    }
}

/// Whose worklist it is.
#[derive(Debug, Clone, Copy)]
pub struct Worker<'p> {
    /// The person, as they are today.
    pub person: &'p Person,
    /// Everybody of their organisation, themselves included: some seats are theirs only while
    /// others are away.
    pub colleagues: &'p [Person],
}

/// An effect that is not delivered yet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PendingEffect {
    /// What is owed.
    pub effect: Effect,
    /// How far it has come.
    pub state: EffectState,
    /// Why, where that is not plain.
    pub note: String,
    /// Its number: the commit that owed it, and its place there.
    pub number: NoticeNo,
}

/// A notice somebody asks after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRecord {
    /// Its number.
    pub number: NoticeNo,
    /// What it is: the first part of its effect's name, e.g. `request` or `mail/accepted`.
    pub what: String,
    /// Whom it is for: a user ID, or a customer's or branch's folder.
    pub to: String,
    /// What it is about.
    pub scope: EffectScope,
    /// When it was owed.
    pub owed: Timestamp,
    /// How far it has come.
    pub state: EffectState,
    /// When it went.
    pub sent: Option<Timestamp>,
    /// Once it went: the mail address, the place below `outbox/`, or who said that it counts as
    /// sent; empty for what went before that was kept. Before: why it waits, if that is known.
    pub way: String,
    /// That its mail came back, if it did.
    pub returned: Option<ReturnedMail>,
}

/// How much there is of everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files by verdict.
    pub files: BTreeMap<&'static str, u64>,
    /// Cases by status.
    pub cases: BTreeMap<&'static str, u64>,
    /// Effects by state; delivered ones are counted, not kept.
    pub effects: BTreeMap<&'static str, u64>,
    /// How many commits the journal holds.
    pub sequence: u64,
}

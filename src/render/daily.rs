//! What the 日報 is made of, and what people are told of set times that could not be kept.
//!
//! Plain data, filled by the service; nothing here computes. Read [`DailyReportView`] first.

use super::view::Desk;
use crate::domain::{BranchCode, Date, JournalHead, Timestamp, YenTotal};

/// A 日報: what a day was at a branch, or at all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DailyReportView {
    /// Whose it is: the branch's own name and telephone number.
    pub desk: Desk,
    /// The branch; none for all of them together.
    pub branch: Option<BranchCode>,
    /// The day.
    pub day: Date,
    /// As of when: what happened later is not in it.
    pub at: Timestamp,
    /// The day's files.
    pub files: FileFigures,
    /// The day's requests by kind, in the order of their names.
    pub kinds: Vec<KindFigures>,
    /// The same of all kinds.
    pub sum: Figures,
    /// What has not ended, by where it stands.
    pub waiting: Vec<(&'static str, Figure)>,
    /// The last day of what is listed below.
    pub due_until: Date,
    /// What is due until then, what is overdue and what is set aside.
    pub due: Figure,
    /// The first of it, soonest deadline first.
    pub due_items: Vec<DueItem>,
    /// How many people must look at.
    pub incident_count: u64,
    /// The first of them.
    pub incidents: Vec<IncidentItem>,
    /// Set times that could not be kept.
    pub unkept: Vec<UnkeptView>,
    /// Where the journal ends.
    pub journal: JournalHead,
}

/// How many records and how much.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figure {
    /// Records.
    pub count: u64,
    /// The sum of their amounts.
    pub total: YenTotal,
}

/// How many files of requests came on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FileFigures {
    /// All of them.
    pub received: u64,
    /// Nothing of these was taken in.
    pub rejected: u64,
    /// These have the content of an earlier one and are kept aside.
    pub held: u64,
    /// Records that were not taken in.
    pub bad_records: u64,
}

/// What a day was for one kind of request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindFigures {
    /// The flow's name on papers.
    pub title: String,
    /// Its figures.
    pub figures: Figures,
}

/// What a day was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Taken in that day.
    pub received: Figure,
    /// Approved that day and sent on.
    pub approved: Figure,
    /// Recorded by the clearing side that day.
    pub recorded: Figure,
    /// Not recorded: an error was told that day.
    pub errored: Figure,
    /// Returned, rejected or withdrawn that day.
    pub refused: Figure,
    /// Not ended yet, whenever it was taken in.
    pub waiting: Figure,
}

impl Figures {
    /// All six, in the order they are printed.
    pub const fn each(&self) -> [Figure; 6] {
        let Self { received, approved, recorded, errored, refused, waiting } = *self;
        [received, approved, recorded, errored, refused, waiting]
    }
}

/// A case with a deadline that is near or over, or that is set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueItem {
    /// 申請番号.
    pub case: String,
    /// The submitter's name.
    pub submitter: String,
    /// The flow's name on papers.
    pub title: String,
    /// How many and how much.
    pub figure: Figure,
    /// When it must be decided.
    pub deadline: Option<Timestamp>,
    /// Where it stands, in Japanese.
    pub status: &'static str,
    /// Whether the deadline is over.
    pub urgency: Urgency,
}

/// Whether a deadline is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// It is.
    Over,
    /// It is near, or there is none.
    Near,
}

/// Something a person must look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentItem {
    /// What it is.
    pub kind: IncidentKind,
    /// The number of the case or file, or the name of what was to go out.
    pub name: String,
    /// What is known of it.
    pub text: String,
    /// Since when, where that is known.
    pub since: Option<Timestamp>,
}

/// What a person must look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IncidentKind {
    /// A case nobody can decide on.
    Unstaffed,
    /// Something of which nobody knows whether it went out.
    Unsure,
    /// Something that cannot go out.
    Dead,
    /// A file with the content of an earlier one.
    Held,
    /// The certificate of mails ends soon, or has ended.
    Certificate,
    /// The mail server takes nothing.
    Server,
    /// A mail that came back.
    Returned,
    /// What should have been done after an approval and is not.
    Obligation,
    /// The virus scanner does not answer, and files wait for it.
    Scanner,
    /// Sheets of a form on a FAX are missing for too long.
    Sheets,
}

impl IncidentKind {
    /// Where the word for it stands.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Unstaffed => "daily.unstaffed",
            Self::Unsure => "daily.unsure",
            Self::Dead => "daily.dead",
            Self::Held => "daily.held",
            Self::Certificate => "daily.certificate",
            Self::Server => "daily.server",
            Self::Returned => "daily.returned",
            Self::Obligation => "daily.obligation",
            Self::Scanner => "daily.scanner",
            Self::Sheets => "daily.sheets",
        }
    }

    /// `unstaffed`, `unsure`, `dead`, `held`, `certificate`, `server`, `returned`,
    /// `obligation`, `scanner` or `sheets`: the name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unstaffed => "unstaffed",
            Self::Unsure => "unsure",
            Self::Dead => "dead",
            Self::Held => "held",
            Self::Certificate => "certificate",
            Self::Server => "server",
            Self::Returned => "returned",
            Self::Obligation => "obligation",
            Self::Scanner => "scanner",
            Self::Sheets => "sheets",
        }
    }
}

/// A set time that could not be kept, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnkeptView {
    /// The schedule's name, as in `workflows/schedules/`.
    pub schedule: String,
    /// What it does, in Japanese.
    pub title: String,
    /// The moment it was to be done for.
    pub at: Timestamp,
    /// Since when it fails.
    pub since: Timestamp,
    /// Why, in Japanese.
    pub why: String,
    /// Why, in English.
    pub why_en: String,
    /// What to do, in Japanese.
    pub remedy: String,
    /// What to do, in English.
    pub remedy_en: String,
}

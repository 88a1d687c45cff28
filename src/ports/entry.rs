//! What the journal holds.

use serde::{Deserialize, Serialize};

use crate::domain::{
    CaseId, Code, Date, Digest, HoldEnded, ReceiptNo, RequestKind, Submitter, Timestamp, UserId,
    YenTotal,
};
use crate::workflow::{CommandId, Effect, EffectId, Event, FileAccounts, Scope, Unit};

use super::{
    Billed, Contracted, KeyingMove, ListedClaims, Misstated, ObligationMet, OutageMove, Recorded,
    Returned, Settlement, Stated, Unkept, UserChange, WorklistMove,
};

/// One atomic unit of the journal: all of it happened, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// When it was committed.
    pub at: Timestamp,
    /// What happened.
    pub entries: Vec<Entry>,
}

/// One thing that happened. New kinds are added at the end: stored journals number them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// A file is ours (the first commit of intake).
    Received(Box<Received>),
    /// A file was judged (the second commit of intake).
    Checked(Box<Checked>),
    /// A slice of a file's rows became cases.
    Staged {
        /// The file.
        receipt: ReceiptNo,
        /// Which of its flows, from 1.
        n: u16,
        /// The number of the first case of the slice; the rows follow without gaps.
        first_case: u32,
        /// The step all rows of the slice entered.
        step: u8,
        /// The command that opened them.
        command: CommandId,
        /// The rows.
        rows: Vec<RowSeed>,
    },
    /// All rows of a file are cases.
    Opened {
        /// The file.
        receipt: ReceiptNo,
        /// What is owed because of it.
        effects: Vec<Effect>,
    },
    /// Something happened to a case.
    Moved(Box<Moved>),
    /// Effects went on.
    Effects(Vec<EffectMove>),
    /// Claimed files reached their last place.
    Disposed(Vec<ReceiptNo>),
    /// A person was registered or changed.
    User(Box<UserChange>),
    /// A slice of a file's rows became cases, each with what happened when it was opened.
    StagedWith {
        /// The file.
        receipt: ReceiptNo,
        /// Which of its flows, from 1.
        n: u16,
        /// The number of the first case of the slice; the rows follow without gaps.
        first_case: u32,
        /// The command that opened them.
        command: CommandId,
        /// The rows.
        rows: Vec<OpenedRow>,
    },
    /// Lines of a batch became cases of their own.
    Split {
        /// The file.
        receipt: ReceiptNo,
        /// Which of its flows, from 1.
        n: u16,
        /// The number of the first case; the others follow without gaps.
        first_case: u32,
        /// The command that carved them out.
        command: CommandId,
        /// The lines.
        rows: Vec<OpenedRow>,
    },
    /// Files under `workflows/` were published: from now on these are in force.
    Published(Box<Published>),
    /// What is done at set times was done.
    Ran {
        /// The schedule's name.
        schedule: String,
        /// The moment it was for.
        at: Timestamp,
    },
    /// Something is owed that no file or case caused.
    Owed(Vec<Effect>),
    /// The clearing side told what became of lines of a case.
    Recorded(Box<Recorded>),
    /// Customers' fees of a month were billed.
    Billed(Box<Billed>),
    /// What was recorded earlier holds: the other side has consented.
    Consented(Box<Recorded>),
    /// What is done at set times could not be done.
    Unkept(Box<Unkept>),
    /// Contracts of customers began, changed or ended.
    Contracted(Box<Contracted>),
    /// The clearing side told what became of claims when they fell due.
    Settled(Box<Settlement>),
    /// Claims came into the register out of a list.
    ListedClaims(Box<ListedClaims>),
    /// With whose accounts the rows of a file act; it follows the file's verdict.
    Accounts {
        /// The file.
        receipt: ReceiptNo,
        /// The accounts.
        accounts: Box<FileAccounts>,
    },
    /// An outage was declared, or its end was.
    Outage(Box<OutageMove>),
    /// Something about mails that came back.
    Returned(Box<Returned>),
    /// A paper came to be keyed in, or somebody read it.
    Keying(Box<KeyingMove>),
    /// What a manifest says of a file; it follows the file's receipt.
    Stated(Box<Stated>),
    /// The hold of a repeated file ended; what was released was received with it.
    Hold(HoldEnded),
    /// What was to be done after an approval is done.
    Met(Box<ObligationMet>),
    /// What is wrong with a file itself was found after it was received, so that its content is
    /// not looked at; it comes before the file's verdict.
    Flawed {
        /// The file.
        receipt: ReceiptNo,
        /// What is wrong.
        code: Code,
    },
    /// A file was looked into for viruses; it comes before the file's verdict.
    Screened(Box<Screened>),
    /// Tasks were printed to be decided on paper, or something came back of them.
    Worklist(Box<WorklistMove>),
    /// Why a file is not the one its manifest speaks of; it follows the file's receipt.
    Misstated(Box<Misstated>),
}

/// What a virus scanner said of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screened {
    /// The file.
    pub receipt: ReceiptNo,
    /// The scanner with its version and that of what it knows.
    pub by: String,
    /// The name of what was found; none where nothing was.
    pub found: Option<String>,
}

/// Files that were published together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The files.
    pub files: Vec<PublishedFile>,
    /// Who approved it; nobody for the set a register begins with.
    pub by: Vec<UserId>,
    /// The case in which it was approved.
    pub case: Option<CaseId>,
}

/// A file that was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedFile {
    /// Its name below the root, e.g. `workflows/accrual.yaml`.
    pub name: String,
    /// Its bytes, kept with the originals.
    pub content: Digest,
    /// The day it comes into force, where the file names one.
    pub effective_from: Option<Date>,
}

/// What the register of publications says of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce {
    /// Its bytes, kept with the originals.
    pub content: Digest,
    /// The day it comes into force, where the file names one.
    pub effective_from: Option<Date>,
    /// Who approved it; nobody for what the register began with.
    pub by: Vec<UserId>,
    /// The case in which it was approved.
    pub case: Option<CaseId>,
    /// When it was published.
    pub at: Timestamp,
}

/// A file that is ours: its bytes are kept and it has a receipt number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// Its receipt number.
    pub receipt: ReceiptNo,
    /// The folder it is kept in below `inbox/.engine/`.
    pub intake: String,
    /// Who submitted it.
    pub submitter: Submitter,
    /// The person who dropped it, where that is known.
    pub submitted_by: Option<UserId>,
    /// Its name, safe to show.
    pub name: String,
    /// Its bytes.
    pub digest: Digest,
    /// Their number.
    pub bytes: u64,
    /// When it was received.
    pub at: Timestamp,
    /// The earlier file with the same content, when that makes this one a duplicate.
    pub same_as: Option<ReceiptNo>,
    /// What was wrong with the file itself, so that its content is not looked at.
    pub flaw: Option<Code>,
}

/// The verdict on a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The file.
    pub receipt: ReceiptNo,
    /// What was found in it.
    pub findings: Option<Digest>,
    /// Its accepted rows; none when nothing was taken in.
    pub record_file: Option<Digest>,
    /// Records in the file.
    pub records: u32,
    /// Records without an error.
    pub accepted: u32,
    /// Records with an error.
    pub rejected: u32,
    /// The sum of the accepted records.
    pub total: YenTotal,
    /// The cases it opens; none when nothing was taken in.
    pub flows: Vec<OpenedFlow>,
    /// The opening of its batch cases.
    pub moved: Vec<Moved>,
    /// What is owed because of the verdict.
    pub effects: Vec<Effect>,
}

/// A workflow that a file's rows opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedFlow {
    /// The workflow's id.
    pub workflow: String,
    /// The hash of its definition: the case keeps it for life.
    pub definition: Digest,
    /// The kinds of request it takes.
    pub kinds: Vec<RequestKind>,
    /// Whether the rows are one case or one each.
    pub unit: Unit,
    /// The number of its first case.
    pub first_case: u32,
    /// What it covers.
    pub scope: Scope,
}

/// What a row's case starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowSeed {
    /// The record number in the file.
    pub row: u32,
    /// Its amount; 0 for none.
    pub total: YenTotal,
    /// Its record date.
    pub record_date: Date,
    /// The last day its due date is far enough away.
    pub latest_day: Option<Date>,
    /// Its business key.
    pub key: u64,
    /// When the step it entered should be done; none makes it an incident (nobody can decide).
    pub due: Option<Timestamp>,
    /// Whether somebody can decide on it.
    pub staffed: Staffed,
}

/// A row's case with what happened when it was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedRow {
    /// What it starts from.
    pub seed: RowSeed,
    /// What happened.
    pub events: Vec<Event>,
    /// What is owed because of it, besides the requests that rows of one file share.
    pub effects: Vec<Effect>,
}

/// Whether somebody can fill the seat a row waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Staffed {
    /// Somebody can.
    Yes,
    /// Nobody can.
    No,
}

/// What happened to a case because of one command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// The case.
    pub case: CaseId,
    /// The command.
    pub command: CommandId,
    /// What happened.
    pub events: Vec<Event>,
    /// What is owed because of it.
    pub effects: Vec<Effect>,
}

/// An effect went on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectMove {
    /// The effect.
    pub id: EffectId,
    /// Its new state.
    pub to: EffectState,
    /// When.
    pub at: Timestamp,
    /// Why, where that is not plain.
    pub note: String,
}

/// How far an effect has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectState {
    /// To be carried out.
    Owed,
    /// A file for the clearing side is written and about to become visible.
    Publishing {
        /// The digest of its bytes.
        digest: Digest,
    },
    /// Tried without success; tried again later.
    Later {
        /// How often it was tried.
        attempt: u16,
        /// When it is tried again.
        again_at: Timestamp,
    },
    /// Whether it reached the world is unknown; a person decides.
    Unsure,
    /// It cannot be carried out; a person decides.
    Dead,
    /// It reached the world.
    Delivered,
    /// It goes out in one mail with others.
    Bundled {
        /// The bundle's name, made of what it holds.
        bundle: Digest,
        /// When it was made; the mail's date.
        at: Timestamp,
    },
    /// A mail was signed; it goes out with this signature and no other.
    Made {
        /// The mail's bytes; all of one bundle share them.
        mail: Digest,
        /// The kept file its signature is in.
        signature: Digest,
        /// The mail's date.
        at: Timestamp,
        /// How often it was tried to make it visible.
        attempt: u16,
        /// When it is tried next.
        again_at: Timestamp,
    },
    /// A mail was signed and waits for a person; sent again, it is the same mail.
    Halted {
        /// The mail's bytes; all of one bundle share them.
        mail: Digest,
        /// The kept file its signature is in.
        signature: Digest,
        /// The mail's date.
        at: Timestamp,
        /// Why it waits.
        halt: Halt,
    },
    /// It went and came back: a mail server told that it did not arrive.
    Returned,
}

/// Why something that is owed waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Halt {
    /// Whether it reached the world is unknown.
    Unsure,
    /// It cannot be carried out.
    Dead,
}

impl Halt {
    /// `unsure` or `dead`, as [`EffectState::name`] has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unsure => "unsure",
            Self::Dead => "dead",
        }
    }
}

impl EffectState {
    /// Why it waits for a person, if it does.
    pub const fn halt(self) -> Option<Halt> {
        match self {
            Self::Unsure => Some(Halt::Unsure),
            Self::Dead => Some(Halt::Dead),
            Self::Halted { halt, .. } => Some(halt),
            Self::Owed
            | Self::Publishing { .. }
            | Self::Later { .. }
            | Self::Delivered
            | Self::Bundled { .. }
            | Self::Made { .. }
            | Self::Returned => None,
        }
    }

    /// `owed`, `publishing`, `later`, `unsure`, `dead`, `delivered`, `bundled`, `made` or
    /// `returned`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owed => "owed",
            Self::Publishing { .. } => "publishing",
            Self::Later { .. } => "later",
            Self::Unsure => Halt::Unsure.name(),
            Self::Dead => Halt::Dead.name(),
            Self::Halted { halt, .. } => halt.name(),
            Self::Delivered => "delivered",
            Self::Bundled { .. } => "bundled",
            Self::Made { .. } => "made",
            Self::Returned => "returned",
        }
    }
}

//! A case: what is being approved, how far it has come, and who has voted.

mod aside;
mod branches;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{
    Account, ApprovalPattern, BranchCode, CaseId, Date, Digest, ReceiptNo, RequestKind, Timestamp,
    UserId, YenTotal,
};

pub use aside::{
    Acting, Aside, Carve, Deed, Fate, FormEntry, Heritage, Note, Remark, SlaClock, Substitution,
    Token,
};

use super::expr::Value;
use super::{CommandId, Outcome};

/// A case with the facts of its file: everything `decide` judges by.
///
/// Shape: the stored head plus what all cases of a file share. Made by the store on reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// What all cases of the file share.
    pub file: Arc<CaseFile>,
    /// How far this case has come.
    pub head: CaseHead,
}

/// What all cases of one file share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFile {
    /// The file's receipt number.
    pub receipt: ReceiptNo,
    /// The channel it came by.
    pub channel: String,
    /// The submitter's folder: a user number or a branch code.
    pub submitter: String,
    /// The person who dropped it, where that is known.
    pub submitted_by: Option<UserId>,
    /// The branch that handles it (取扱店).
    pub desk: BranchCode,
    /// How the submitter's own approval is done.
    pub pattern: ApprovalPattern,
    /// The accepted rows.
    pub record_file: Digest,
    /// The hash of the definition each of the file's flows runs by, in their order.
    pub definitions: Vec<Digest>,
    /// The request kinds of the rows of each of the file's flows, in their order.
    pub kinds: Vec<Vec<RequestKind>>,
    /// The requester's accounts of its rows.
    #[serde(skip)]
    pub accounts: Arc<FileAccounts>,
    /// The paper it was keyed in from.
    #[serde(skip)]
    pub paper: Option<Arc<Paper>>,
}

/// A paper that people keyed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// The scanned file's bytes.
    pub scan: Digest,
    /// Who read it: they decide nothing about it.
    pub readers: Vec<UserId>,
}

/// The requester's accounts of a file's rows.
///
/// Shape: empty where a branch submitted, and of files from before accounts were kept; then no
/// limit to accounts applies. Made when the file is judged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileAccounts {
    /// From which record on which account; rising.
    pub rows: Vec<(u32, Account)>,
    /// All accounts of each of the file's flows, in their order.
    pub flows: Vec<Vec<Account>>,
}

impl Case {
    /// The requester's accounts it is about: of its row, or of all rows of a batch.
    pub fn accounts(&self) -> &[Account] {
        let FileAccounts { rows, flows } = &*self.file.accounts;
        if let Some(row) = self.head.id.row {
            let upto = rows.partition_point(|(first, _)| *first <= row);
            let last = upto.checked_sub(1).and_then(|at| rows.get(at));
            return last.map_or(&[], |(_, account)| std::slice::from_ref(account));
        }
        let at = usize::from(self.head.id.n).checked_sub(1);
        at.and_then(|at| flows.get(at)).map_or(&[], Vec::as_slice)
    }

    /// The hash of the definition this case runs by: the one it began with, unless it was moved.
    pub fn definition(&self) -> Option<Digest> {
        if let Some(moved) = self.head.aside.as_ref().and_then(|aside| aside.definition) {
            return Some(moved);
        }
        self.file.definitions.get(usize::from(self.head.id.n).checked_sub(1)?).copied()
    }

    /// The request kinds it is about; none where it is about something else.
    pub fn kinds(&self) -> &[RequestKind] {
        let at = usize::from(self.head.id.n).checked_sub(1);
        at.and_then(|at| self.file.kinds.get(at)).map_or(&[], Vec::as_slice)
    }

    /// The user number of the other side, where the flow asks it for something.
    pub fn counterparty(&self) -> Option<&str> {
        let values = &self.head.aside.as_ref()?.values;
        match values.iter().find(|(name, _)| name == COUNTERPARTY)? {
            (_, Value::Text(user)) => Some(user),
            _ => None,
        }
    }

    /// What is proposed, where the case is about a changed rule: the digest of its proposal.
    pub fn proposal(&self) -> Option<Digest> {
        let values = &self.head.aside.as_ref()?.values;
        match values.iter().find(|(name, _)| name == PROPOSAL)? {
            (_, Value::Text(digest)) => Digest::parse(digest).ok(),
            _ => None,
        }
    }
}

/// The value that names what is proposed; see [`Case::proposal`].
pub const PROPOSAL: &str = "proposal";

/// The value that names the other side of all rows; see [`Case::counterparty`].
pub const COUNTERPARTY: &str = "counterparty";

/// The stored part of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseHead {
    /// The case's id.
    pub id: CaseId,
    /// Rises with every commit that touches the case.
    pub version: u32,
    /// Rises only when what an approver sees or may do changes: content, definition, own seats.
    pub task_version: u32,
    /// Where the case stands.
    pub status: Status,
    /// The step it is at, an index into the definition.
    pub step: u8,
    /// What it covers.
    pub scope: Scope,
    /// When the open step should be done, the approval deadline of the rows included.
    pub due: Option<Timestamp>,
    /// The votes in force, oldest first.
    pub votes: Vec<Vote>,
    /// What most cases never have: rounds, remarks, timers.
    pub aside: Option<Box<Aside>>,
    /// The last commands carried out, so that a repeated one changes nothing.
    pub commands: Vec<CommandId>,
}

/// What a case covers: control totals and the dates it must keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// How many records.
    pub rows: u32,
    /// The sum of their amounts.
    pub total: YenTotal,
    /// The earliest record date (記録請求日) among them, moved to a business day where set so.
    pub record_date: Date,
    /// The last day on which every due date is still far enough away; none without due dates.
    pub latest_day: Option<Date>,
}

/// Whether a whole file or each record is one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// One batch case for each workflow the file's rows name.
    File,
    /// One case for each record.
    Record,
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for people.
    Active,
    /// Past its deadline; waits for a person to return or reject it.
    Overdue,
    /// Nobody can fill the open seat; waits for people to be registered.
    Incident,
    /// Approved and sent on.
    Completed,
    /// Refused (否認).
    Rejected,
    /// Sent back, and ended (差戻し).
    Returned,
    /// Sent back to the submitter, who may hand it in again (差戻し中).
    SentBack,
    /// Set aside by a person (保留).
    Held,
    /// Taken back by the submitter (引戻し).
    Withdrawn,
    /// Waits for something other than a decision: an answer, a day, a message.
    Waiting,
    /// Recorded by the clearing side (記録済み).
    Recorded,
    /// Not recorded: the clearing side told an error (記録エラー).
    Errored,
}

impl Status {
    /// Every status there is, in the order stored pages number them: new ones come last.
    pub const ALL: [Self; 12] = [
        Self::Active,
        Self::Overdue,
        Self::Incident,
        Self::Completed,
        Self::Rejected,
        Self::Returned,
        Self::SentBack,
        Self::Held,
        Self::Withdrawn,
        Self::Waiting,
        Self::Recorded,
        Self::Errored,
    ];

    /// Whether nothing more can happen to the case.
    pub const fn is_final(self) -> bool {
        self.is_good() || self.frees_rows()
    }

    /// Whether it went all the way it was meant to go.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Completed | Self::Recorded)
    }

    /// Whether the rows may be submitted again: the case ended without being sent on, or in vain.
    pub const fn frees_rows(self) -> bool {
        matches!(self, Self::Rejected | Self::Returned | Self::Withdrawn | Self::Errored)
    }

    /// `active`, `overdue`, …: the name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Overdue => "overdue",
            Self::Incident => "incident",
            Self::Completed => "completed",
            Self::Rejected => "rejected",
            Self::Returned => "returned",
            Self::SentBack => "sent_back",
            Self::Held => "on_hold",
            Self::Withdrawn => "withdrawn",
            Self::Waiting => "waiting",
            Self::Recorded => "recorded",
            Self::Errored => "errored",
        }
    }

    /// The word on pages and papers.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Active => "承認待ち",
            Self::Overdue => "期限超過",
            Self::Incident => "承認者不在",
            Self::Completed => "承認済み",
            Self::Rejected => "否認",
            Self::Returned => "差戻し",
            Self::SentBack => "差戻し中",
            Self::Held => "保留",
            Self::Withdrawn => "引戻し",
            Self::Waiting => "結果待ち",
            Self::Recorded => "記録済み",
            Self::Errored => "記録エラー",
        }
    }
}

impl From<Outcome> for Status {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Completed => Self::Completed,
            Outcome::Rejected => Self::Rejected,
            Outcome::Returned => Self::Returned,
            Outcome::Withdrawn => Self::Withdrawn,
            Outcome::Recorded => Self::Recorded,
            Outcome::Errored => Self::Errored,
        }
    }
}

/// A person's vote on a seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// The step, an index into the definition.
    pub step: u8,
    /// The seat within the step, from 0.
    pub seat: Seat,
    /// Who voted.
    pub by: UserId,
    /// The person's name at that moment, as it goes on the stamp.
    pub name: String,
    /// The person's mail address at that moment: at the bank, and between a customer and others, it
    /// tells one human with two IDs.
    pub email: String,
    /// What they decided.
    pub kind: VoteKind,
    /// When.
    pub at: Timestamp,
    /// Why; required for a return or a rejection.
    pub reason: String,
}

/// A seat's place within its step, from 0.
pub type Seat = u8;

/// What a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoteKind {
    /// 承認.
    Approve,
    /// 差戻し.
    Return,
    /// 否認.
    Reject,
    /// 辞退: the person has an interest in the matter (利益相反) and takes no part.
    Abstain,
}

impl VoteKind {
    /// 承認, 差戻し or 否認.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Approve => "承認",
            Self::Return => "差戻し",
            Self::Reject => "否認",
            Self::Abstain => "辞退",
        }
    }
}

impl CaseHead {
    /// A case before its first event.
    pub const fn new(id: CaseId, scope: Scope) -> Self {
        Self {
            id,
            version: 0,
            task_version: 0,
            status: Status::Active,
            step: 0,
            scope,
            due: None,
            votes: Vec::new(),
            aside: None,
            commands: Vec::new(),
        }
    }

    /// How often the case was sent back.
    pub fn round(&self) -> u8 {
        self.aside.as_ref().map_or(0, |aside| aside.round)
    }

    /// How far the time the flow promises has run; none where it promises none.
    pub fn clock(&self) -> Option<SlaClock> {
        self.aside.as_ref()?.clock
    }

    /// The next timer besides the deadline.
    pub fn wake(&self) -> Option<Timestamp> {
        self.aside.as_ref().and_then(|aside| aside.wake)
    }

    /// For whom the vote on a seat was given, where that is another person.
    pub fn principal(&self, step: u8, seat: Seat) -> Option<&Acting> {
        let acting = &self.aside.as_ref()?.acting;
        acting.iter().find(|acting| acting.step == step && acting.seat == seat)
    }

    /// Whether a vote was given in place of others.
    pub fn is_substituted(&self, vote: &Vote) -> bool {
        self.substitutions().iter().any(|one| {
            (one.step, one.seat, &one.by, one.at) == (vote.step, vote.seat, &vote.by, vote.at)
        })
    }

    /// What was decided in place of others, oldest first.
    pub fn substitutions(&self) -> &[Substitution] {
        self.aside.as_ref().map_or(&[], |aside| &aside.substitutions)
    }

    /// What of it nobody has reviewed yet.
    pub fn open_reviews(&self) -> impl Iterator<Item = &Substitution> {
        self.substitutions().iter().filter(|one| one.reviewed.is_none())
    }

    /// What people did besides deciding, oldest first.
    pub fn remarks(&self) -> &[Remark] {
        self.aside.as_ref().map_or(&[], |aside| &aside.remarks)
    }

    /// How far each branch has come, while the case is at a parallel step.
    pub fn tokens(&self) -> &[Token] {
        self.aside.as_ref().map_or(&[], |aside| &aside.tokens)
    }

    /// Lines of this batch that became cases of their own, oldest first.
    pub fn carves(&self) -> &[Carve] {
        self.aside.as_ref().map_or(&[], |aside| &aside.carves)
    }

    /// The record numbers that are not part of this batch any more, rising.
    pub fn carved(&self) -> Vec<u32> {
        let mut rows: Vec<u32> = self.carves().iter().flat_map(|one| one.rows.iter()).collect();
        rows.sort_unstable();
        rows
    }

    /// The votes that approved.
    pub fn approvals(&self) -> impl Iterator<Item = &Vote> {
        self.votes.iter().filter(|vote| vote.kind == VoteKind::Approve)
    }

    /// The seats of the open step that this case does not need, once that is settled.
    pub fn left_out(&self) -> Option<&[Seat]> {
        let seated = &self.aside.as_ref()?.seated;
        seated.iter().find(|(step, _)| *step == self.step).map(|(_, out)| out.as_slice())
    }

    /// The seats of the open step that are filled.
    pub fn filled(&self) -> impl Iterator<Item = Seat> {
        let step = self.step;
        self.approvals().filter(move |vote| vote.step == step).map(|vote| vote.seat)
    }
}

//! What hangs on a case beside its plain head: remarks, rounds, branches, lines that left it.

use serde::{Deserialize, Serialize};

use crate::domain::{Digest, Timestamp, UserId, YenTotal};

use super::super::RowSet;
use super::super::expr::Value;
use super::{Seat, Status, Vote};

/// What most cases never have; a million waiting ones stay small without it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    /// How often the case was sent back.
    pub round: u8,
    /// Votes that no longer count, oldest first: what came before a return, and the return itself.
    pub past: Vec<Vote>,
    /// For whom votes in force were given, where that is another person.
    pub acting: Vec<Acting>,
    /// The one person the open seat was handed to.
    pub assigned: Option<UserId>,
    /// The step to go on with when what was sent back has been done again.
    pub resume: Option<u8>,
    /// The status to go back to after a hold.
    pub held_from: Option<Status>,
    /// When the open step was opened, where timers run from it.
    pub entered: Option<Timestamp>,
    /// The next timer.
    pub wake: Option<Timestamp>,
    /// How many timers of the open step have fired.
    pub fired: u8,
    /// How many escalations of the open step are in force.
    pub escalated: u8,
    /// What people wrote, oldest first.
    pub remarks: Vec<Remark>,
    /// What was gathered from the rows and answered by tables, by name.
    pub values: Vec<(String, Value)>,
    /// Lines of this batch that became cases of their own, oldest first.
    pub carves: Vec<Carve>,
    /// What was decided in place of others, oldest first.
    pub substitutions: Vec<Substitution>,
    /// How far each branch has come, while the case is at a parallel step.
    pub tokens: Vec<Token>,
    /// What was filled in and is not settled: entries of which a second one is awaited.
    pub entries: Vec<FormEntry>,
    /// What was filled in and counts, by name.
    pub filled: Vec<(String, Value)>,
    /// Waits that are over.
    pub arrived: Vec<u8>,
    /// What checks and waits found, oldest first.
    pub notes: Vec<Note>,
    /// Whether anything was sent on.
    pub is_sent: bool,
    /// Emits whose effects are called back should the case end otherwise.
    pub emitted: Vec<u8>,
    /// The definition it was moved to; none for the one it began with.
    pub definition: Option<Digest>,
    /// Steps whose seats depend on the case, each with the seats this case does not need.
    pub seated: Vec<(u8, Vec<Seat>)>,
    /// How far the time the flow promises has run.
    pub clock: Option<SlaClock>,
}

/// How far the time a flow promises has run (処理の目安).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlaClock {
    /// When the case began.
    pub started: Timestamp,
    /// When it should be through; later by every standstill that is over.
    pub target: Timestamp,
    /// Since when the clock stands still: the case is with the customer, or has ended.
    pub stopped: Option<Timestamp>,
}

impl SlaClock {
    /// Whether the case took longer than promised, as of `now`.
    pub fn is_missed(self, now: Timestamp) -> bool {
        self.stopped.unwrap_or(now) > self.target
    }
}

/// How far a branch has come: what a case without branches keeps of its one open step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The step it is at, an index into the definition.
    pub step: u8,
    /// Where it stands; `Completed` when it has ended.
    pub status: Status,
    /// When the open step should be done.
    pub due: Option<Timestamp>,
    /// The one person the open seat was handed to.
    pub assigned: Option<UserId>,
    /// The step to go on with when what was sent back has been done again.
    pub resume: Option<u8>,
    /// When the open step was opened, where timers run from it.
    pub entered: Option<Timestamp>,
    /// The next timer.
    pub wake: Option<Timestamp>,
    /// How many timers have fired.
    pub fired: u8,
    /// How many escalations are in force.
    pub escalated: u8,
}

impl Token {
    /// A branch before its first step.
    pub const fn new(step: u8) -> Self {
        Self {
            step,
            status: Status::Active,
            due: None,
            assigned: None,
            resume: None,
            entered: None,
            wake: None,
            fired: 0,
            escalated: 0,
        }
    }
}

/// What one person filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormEntry {
    /// The step.
    pub step: u8,
    /// The seat.
    pub seat: Seat,
    /// The values by name, each `<step>.<field>`.
    pub values: Vec<(String, Value)>,
}

/// Something a check or a wait found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The step.
    pub step: u8,
    /// What people are told.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// Lines taken out of a batch by one decision (切離し).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carve {
    /// The record numbers.
    pub rows: RowSet,
    /// The sum of their amounts.
    pub total: YenTotal,
    /// Who took them out.
    pub by: UserId,
    /// Their name at that moment.
    pub name: String,
    /// What was done to the lines.
    pub fate: Fate,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// What was done to lines taken out of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// 差戻し.
    Returned,
    /// 否認.
    Rejected,
    /// 保留.
    Held,
}

impl Fate {
    /// 差戻し, 否認 or 保留.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Returned => "差戻し",
            Self::Rejected => "否認",
            Self::Held => "保留",
        }
    }
}

/// What a line takes with it out of its batch: everything that was decided about it so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heritage {
    /// The step the batch was at.
    pub step: u8,
    /// When that should be done.
    pub due: Option<Timestamp>,
    /// The task version of the batch's page.
    pub task_version: u32,
    /// The votes in force that cover the line.
    pub votes: Vec<Vote>,
    /// For whom they were given, where that is another person.
    pub acting: Vec<Acting>,
    /// What was gathered and answered, by name.
    pub values: Vec<(String, Value)>,
    /// What was filled in, by name.
    pub filled: Vec<(String, Value)>,
    /// Waits that are over.
    pub arrived: Vec<u8>,
    /// The definition the batch was moved to; none for the one it began with.
    pub definition: Option<Digest>,
}

/// A vote in place of people who were all away (代決).
///
/// It is to be read afterwards (後閲), whatever becomes of the case, and that changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Substitution {
    /// The step of the vote.
    pub step: u8,
    /// Its seat.
    pub seat: Seat,
    /// Who voted.
    pub by: UserId,
    /// Their name at that moment.
    pub name: String,
    /// Their mail address at that moment.
    pub email: String,
    /// When.
    pub at: Timestamp,
    /// When it was reviewed; nothing until then. Whoever makes one leaves it open.
    pub reviewed: Option<Timestamp>,
}

/// A vote given for another person (代理).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acting {
    /// The step of the vote.
    pub step: u8,
    /// Its seat.
    pub seat: Seat,
    /// Whose seat it is.
    pub principal: UserId,
    /// Their name at that moment.
    pub name: String,
    /// Their mail address at that moment.
    pub email: String,
}

/// What a person did to a case besides deciding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Who.
    pub by: UserId,
    /// Their name at that moment.
    pub name: String,
    /// What they did.
    pub deed: Deed,
    /// What they wrote.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// What a person may do to a case besides deciding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Hand in again what was sent back (再提出).
    Resubmit,
    /// Take back what was submitted (引戻し).
    Withdraw,
    /// Set aside for now (保留).
    Hold,
    /// Go on with what was set aside (保留解除).
    Release,
    /// Ask or tell somebody (相談).
    Consult(UserId),
    /// Hand the open seat to one person (再割当).
    Assign(UserId),
    /// Say that what was decided in place of others was read (後閲).
    Review,
    /// Let go on what waits for something else (手動再開).
    Proceed,
}

impl Deed {
    /// 再提出, 引戻し, 保留, 保留解除, 相談, 再割当 or 後閲.
    pub const fn japanese(&self) -> &'static str {
        match self {
            Self::Resubmit => "再提出",
            Self::Withdraw => "引戻し",
            Self::Hold => "保留",
            Self::Release => "保留解除",
            Self::Consult(_) => "相談",
            Self::Assign(_) => "再割当",
            Self::Review => "後閲",
            Self::Proceed => "手動再開",
        }
    }

    /// `resubmit`, `withdraw`, `hold`, `release`, `consult`, `assign`, `review`: the name in JSON.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Resubmit => "resubmit",
            Self::Withdraw => "withdraw",
            Self::Hold => "hold",
            Self::Release => "release",
            Self::Consult(_) => "consult",
            Self::Assign(_) => "assign",
            Self::Review => "review",
            Self::Proceed => "proceed",
        }
    }
}

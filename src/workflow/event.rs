//! What has happened to a case.

use serde::{Deserialize, Serialize};

use crate::domain::{Digest, Timestamp, UserId};

use super::expr::Value;
use super::{
    Acting, Carve, FormEntry, Heritage, Note, Outcome, Remark, Resume, ReturnTarget, Scope, Seat,
    SlaClock, Substitution, Vote,
};

/// Something that happened to a case; past tense, never changed once written.
///
/// Carries every fact it was decided by, so that `apply` needs events alone. New kinds are added
/// at the end: stored journals number them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A step that waits for people was opened.
    Entered {
        /// The step.
        step: u8,
        /// When it should be done.
        due: Option<Timestamp>,
        /// Who may fill its first open seats.
        candidates: Vec<UserId>,
    },
    /// A step was opened that nobody can fill.
    Unstaffed {
        /// The step.
        step: u8,
        /// When it should be done.
        due: Option<Timestamp>,
    },
    /// A person decided.
    Voted {
        /// The decision.
        vote: Vote,
        /// The digest of what the person saw.
        digest: Digest,
        /// When it was shown to them.
        shown_at: Option<Timestamp>,
    },
    /// The deadline passed and the case waits for a person to return or reject it.
    BecameOverdue {
        /// When that was noticed.
        at: Timestamp,
    },
    /// The approved content was sent on.
    Emitted {
        /// The step.
        step: u8,
        /// When.
        at: Timestamp,
    },
    /// The case ended.
    Ended {
        /// How.
        outcome: Outcome,
        /// When.
        at: Timestamp,
    },
    /// The last vote was given for another person.
    VotedFor(Acting),
    /// The case went back and will come again.
    SentBack {
        /// Where to.
        to: ReturnTarget,
        /// Where it goes on then.
        resume: Resume,
        /// Until when it may come again.
        due: Option<Timestamp>,
    },
    /// Timers were set for the step just opened.
    TimersSet {
        /// When the step was opened.
        entered: Timestamp,
        /// The first timer.
        wake: Option<Timestamp>,
    },
    /// Timers fired, so many of the step by now.
    TimersFired {
        /// How many have fired.
        fired: u8,
        /// How many escalations are in force.
        escalated: u8,
        /// The next one.
        wake: Option<Timestamp>,
    },
    /// A person did something besides deciding.
    Remarked(Remark),
    /// What conditions and tables ask for was read from the rows.
    Gathered(Vec<(String, Value)>),
    /// A table answered.
    Decided {
        /// The step.
        step: u8,
        /// The line of the table.
        line: u32,
        /// What it answered, by name.
        results: Vec<(String, Value)>,
    },
    /// Lines were taken out of a batch and became cases of their own.
    Carved {
        /// Which, by whom and why.
        carve: Carve,
        /// What the batch covers without them.
        scope: Scope,
    },
    /// The case was a line of a batch until now.
    SplitOff(Box<Heritage>),
    /// People changed, and with them who may fill the open seats.
    Restaffed {
        /// Who may fill them now and could not before.
        asked: Vec<UserId>,
        /// The one person the open seat is still handed to.
        assigned: Option<UserId>,
    },
    /// The last vote was given in place of people who were all away.
    Substituted(Substitution),
    /// A parallel step was opened with so many branches.
    Forked {
        /// The step.
        step: u8,
        /// The first step of each branch.
        branches: Vec<u8>,
    },
    /// Something happened in a branch.
    Within {
        /// Which, from 0.
        branch: u8,
        /// Its first step and the one after its last.
        steps: (u8, u8),
        /// What.
        event: Box<Self>,
    },
    /// A branch has ended.
    BranchEnded,
    /// All branches have ended.
    Joined {
        /// The parallel step.
        step: u8,
    },
    /// A step that waits for something other than a decision was opened.
    Waiting {
        /// The step.
        step: u8,
        /// How long it waits.
        until: Option<Timestamp>,
    },
    /// A wait is over.
    Arrived {
        /// The step.
        step: u8,
        /// How it ended.
        outcome: Arrival,
        /// What was told with it.
        note: String,
        /// When.
        at: Timestamp,
    },
    /// A person filled in a form.
    Filled(FormEntry),
    /// What was filled in counts from now on.
    Settled {
        /// The step.
        step: u8,
    },
    /// Two people filled in different things; both are to do it again.
    Differed {
        /// The step.
        step: u8,
        /// The fields that differ, as people call them.
        fields: Vec<String>,
        /// When.
        at: Timestamp,
    },
    /// A check found something.
    Found(Note),
    /// Something was sent out that must be called back should the case end otherwise.
    Compensable {
        /// The emit.
        step: u8,
    },
    /// The case goes on with an earlier step; what was decided from there on is decided anew.
    Jumped {
        /// The step.
        to: u8,
    },
    /// The case goes on by another definition.
    Migrated(Box<Migration>),
    /// A step whose seats depend on the case was opened.
    Seated {
        /// The step.
        step: u8,
        /// Its seats that this case does not need.
        left_out: Vec<Seat>,
    },
    /// The clock of what the flow promises was started, stopped, or runs on.
    Clocked(SlaClock),
    /// What was approved or filled in at a step no longer counts.
    Voided {
        /// The step.
        step: u8,
    },
}

impl Event {
    /// Whether a case ends by it as recorded.
    pub const fn is_recorded(&self) -> bool {
        matches!(self, Self::Ended { outcome: Outcome::Recorded, .. })
    }
}

/// A move to another definition, with all it takes to undo it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Migration {
    /// The definition it ran by.
    pub from: Digest,
    /// The step it was at there.
    pub step: u8,
    /// The definition it goes on by.
    pub to: Digest,
    /// Seats whose votes still count, as step and seat: what they were and what they are.
    pub kept: Vec<((u8, Seat), (u8, Seat))>,
    /// Votes that no longer count, as they were.
    pub voided: Vec<Vote>,
    /// Who moved it; nobody where the rules on disk are in force.
    pub by: Vec<UserId>,
    /// When.
    pub at: Timestamp,
}

/// How a wait ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrival {
    /// What was awaited came, and was good.
    Ok,
    /// It came, and was not.
    Ng,
    /// Nothing came in time.
    Late,
    /// A person let it go on.
    ByHand,
}

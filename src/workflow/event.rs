//! What has happened to a case.

use serde::{Deserialize, Serialize};

use crate::domain::{Digest, Timestamp, UserId};

use super::expr::Value;
use super::{Acting, Outcome, Remark, Resume, ReturnTarget, Seat, Vote};

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
    /// The case goes on by another definition.
    Migrated(Box<Migration>),
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

//! A workflow definition as the engine reads it: steps, seats, deadlines.

use serde::{Deserialize, Serialize};

use crate::domain::{Date, Digest};

use super::Due;

/// A workflow a case runs by, pinned by the hash of its text.
///
/// Made only by `load_definition`, which proves that every step is reachable and every seat names
/// a role; the engine trusts that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// SHA-256 of the definition's text.
    pub hash: Digest,
    /// Its name in channels and commands, e.g. `accrual`.
    pub id: String,
    /// Its name on papers, e.g. でんさい発生記録請求.
    pub title: String,
    /// The day it comes into force (施行日); earlier cases keep the definition they have.
    pub effective_from: Date,
    /// The steps in order.
    pub steps: Vec<Step>,
}

/// One step of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name within the definition.
    pub id: String,
    /// Its name on pages and papers.
    pub title: String,
    /// The one channel the step is for; it is skipped for cases from another.
    pub only_channel: Option<String>,
    /// What it does.
    pub kind: StepKind,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepKind {
    /// Runs the domain's rules; they were judged at intake and dates are judged again.
    Check,
    /// Waits for people.
    Approve(Approve),
    /// Sends out what was approved.
    Emit(Emit),
    /// Ends the case.
    End(Outcome),
}

/// A step that waits for people's votes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approve {
    /// Whether seats are filled one after another.
    pub order: Order,
    /// The seats.
    pub need: Need,
    /// Whose people may not fill a seat here.
    pub distinct_from: Vec<DistinctFrom>,
    /// When it should be done; the 承認期限 of the rows holds besides.
    pub due: Option<Due>,
    /// What happens when it is not. There is no "approve".
    pub overdue: Overdue,
}

/// Whether seats are filled one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Seat k+1 opens after seat k (順序あり).
    Ordered,
    /// All seats open at once (順序なし).
    Any,
}

/// Which seats an approval has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// As the submitter's contract says: none, one, or two people.
    Contract(Who),
    /// As listed.
    Seats(Vec<SeatNeed>),
}

/// Seats of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatNeed {
    /// Who may fill them.
    pub who: Who,
    /// How many distinct people.
    pub n: u8,
    /// The seal's name, e.g. 照査.
    pub title: String,
}

/// Who may fill a seat: holders of a role or an authority somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The role at a branch or the authority at a customer.
    pub role: String,
    /// Where they must belong.
    pub at: Place,
}

/// Where the people of a seat belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// The organisation that submitted.
    Submitter,
    /// The branch that handles the submitter (取扱店).
    Desk,
}

/// Whose people may not fill a seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DistinctFrom {
    /// The person who submitted.
    Submitter,
    /// Those who voted in an earlier step, by its index.
    Step(usize),
}

/// What happens when an approval is not done in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overdue {
    /// The case waits, marked, until someone returns or rejects it.
    Hold,
    /// The case is rejected.
    Reject,
    /// The case goes back to the submitter.
    Return,
}

/// What an emit step sends out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Emit {
    /// The file for the clearing side.
    pub clearing: bool,
    /// The receipt (承認票).
    pub receipt: bool,
    /// The mail that tells the submitter.
    pub mail: bool,
}

/// How a case ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Approved and sent on.
    Completed,
    /// Refused by a person (否認).
    Rejected,
    /// Sent back to the submitter (差戻し).
    Returned,
}

impl Definition {
    /// The step at `index`, if there is one.
    pub fn step(&self, index: u8) -> Option<&Step> {
        self.steps.get(usize::from(index))
    }
}

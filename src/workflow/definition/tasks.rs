//! What steps beside approvals are: checks, waits, branches, forms.

use serde::{Deserialize, Serialize};

use super::super::expr::{Expr, Fields};
use super::super::{FromDate, StepDue};
use super::Who;

/// A rule a check asks of every case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name within the step.
    pub id: String,
    /// When it is broken.
    pub when: Expr,
    /// What happens then.
    pub fail: Fail,
    /// What people are told.
    pub say: String,
}

/// What happens to a case that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fail {
    /// Approvers are told; it goes on.
    Warn,
    /// It goes back to the submitter and ends.
    Return,
    /// It is refused.
    Reject,
}

/// A step that waits for something other than a decision.
///
/// It ends by what it waits for, by a person who may let it go on, or by time: the loader sees to
/// it that there is one of the last two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    /// What it waits for.
    pub until: Awaited,
    /// Who may let it go on by hand.
    pub release: Option<Who>,
    /// How long it waits.
    pub timeout: Option<StepDue>,
    /// Where it goes on when what it waits for came, and was good.
    pub ok: Exit,
    /// Where it goes on when it was not.
    pub ng: Exit,
    /// Where it goes on when nothing came in time.
    pub late: Exit,
}

/// What a wait waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Awaited {
    /// A file in `inbox/center/<institution>/` that names the case.
    File,
    /// A day, so many business days from a date of the case, at a time of day.
    Date(FromDate),
    /// A message from another program.
    Message,
    /// A person who lets it go on.
    Release,
}

/// Where a wait goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// With the step that follows.
    Next,
    /// With another step, an index into the definition.
    Step(u8),
    /// Nowhere: a person must look at it.
    Incident,
}

/// Branches of steps that are walked at once and joined when all have ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parallel {
    /// First step and the one after the last of each branch, indexes into the definition.
    pub branches: Vec<(u8, u8)>,
    /// The step after all branches.
    pub after: u8,
}

/// What a person fills in to do a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The fields, each named `<step>.<field>` in conditions.
    pub fields: Fields,
    /// Whether a second person fills it in without seeing the first one's.
    pub twin: Twin,
}

/// Whether what is filled in is compared with a second, independent entry (ベリファイ入力).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twin {
    /// One entry.
    Single,
    /// Two; they must agree.
    Blind,
}

//! What the year knows of a row and of a case, kept apart from what the product knows.

use std::collections::BTreeMap;

use super::ledger::Wanted;
use crate::domain::ReceiptNo;
use crate::workflow::Status;

/// A row somebody asked for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) wanted: Wanted,
    /// Whether it came by FAX, and not as a file.
    pub(super) by_fax: bool,
    /// Its place in a file that was taken in.
    pub(super) line: Option<(ReceiptNo, u32)>,
    pub(super) end: End,
}

/// How a row ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    /// It has not.
    Open,
    /// Its file was not taken in.
    Refused,
    Returned,
    Rejected,
    Withdrawn,
    Recorded,
    Errored,
    /// A person let it go on without an answer.
    ByHand,
}

impl End {
    /// All, as the summary lists them.
    pub(super) const ALL: [Self; 8] = [
        Self::Recorded,
        Self::Errored,
        Self::Refused,
        Self::Returned,
        Self::Rejected,
        Self::Withdrawn,
        Self::ByHand,
        Self::Open,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Refused => "refused",
            Self::Returned => "returned",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Recorded => "recorded",
            Self::Errored => "errored",
            Self::ByHand => "by_hand",
        }
    }

    /// How a case that people or time ended took its rows with it.
    pub(super) const fn of(status: Status) -> Self {
        match status {
            Status::Returned => Self::Returned,
            Status::Rejected => Self::Rejected,
            Status::Withdrawn => Self::Withdrawn,
            Status::Recorded | Status::Completed => Self::ByHand,
            Status::Errored => Self::Errored,
            Status::Active
            | Status::Overdue
            | Status::Incident
            | Status::SentBack
            | Status::Held
            | Status::Waiting => Self::Open,
        }
    }
}

/// How a case gets on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    /// As most do.
    Plain,
    /// Those who approve it are slow.
    Slow,
    /// The institution loses it, and a person lets it go on.
    Lost,
}

/// What was recorded and holds once the other side has consented.
#[derive(Debug, Clone)]
pub(super) struct Consent {
    /// The number of a claim that begins with it.
    pub(super) new: Option<String>,
    /// Whether it was consented to.
    pub(super) holds: bool,
}

/// An open case.
#[derive(Debug, Clone)]
pub(super) struct Dossier {
    /// Its lines, each with the row it holds.
    pub(super) lines: Vec<(u32, usize)>,
    /// Where its submitter is told.
    pub(super) mail: String,
    pub(super) pace: Pace,
    /// Whether the institution has it.
    pub(super) is_sent: bool,
    /// What the institution answered, by line: whether it was recorded.
    pub(super) answers: BTreeMap<u32, bool>,
    /// What was recorded and waits for the other side.
    pub(super) consent: Option<Consent>,
    /// Whether a person let it go on without an answer.
    pub(super) is_by_hand: bool,
    /// Whether it ended as it left its batch, whose mail tells of it.
    pub(super) is_told: bool,
}

impl Dossier {
    pub(super) fn new(lines: Vec<(u32, usize)>, mail: &str) -> Self {
        Self {
            lines,
            mail: mail.to_owned(),
            pace: Pace::Plain,
            is_sent: false,
            answers: BTreeMap::new(),
            consent: None,
            is_by_hand: false,
            is_told: false,
        }
    }

    /// How the case must have ended, once every line was answered.
    pub(super) fn answered(&self) -> Option<Status> {
        let is_whole = !self.lines.is_empty() && self.answers.len() >= self.lines.len();
        let any = self.answers.values().any(|good| *good);
        is_whole.then_some(if any { Status::Recorded } else { Status::Errored })
    }
}

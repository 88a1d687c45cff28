//! What a FAX返信票 is made of: plain data, filled by the service.

use super::results::FinalRow;
use super::view::{Desk, FileView, RowView};
use crate::domain::{Code, Finding};

/// A FAX返信票: what became of a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaxReplyView {
    /// Who answers.
    pub desk: Desk,
    /// The paper.
    pub file: FileView,
    /// The number of its form, where it is one of ours.
    pub form: Option<String>,
    /// To whom it goes.
    pub to: String,
    /// Its requests.
    pub rows: Vec<RowView>,
    /// What was found in them.
    pub findings: Vec<Finding>,
    /// What became of each in the end; nothing before that.
    pub ends: Vec<FinalRow>,
    /// What became of it.
    pub outcome: FaxOutcome,
}

impl FaxReplyView {
    /// Whether something on it cannot be approved with the record date it has.
    pub fn is_too_late(&self) -> bool {
        self.findings.iter().any(|one| one.code == Code::D35)
    }
}

/// What became of a paper, as its FAX返信票 says in one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaxOutcome {
    /// Something of it was taken in.
    Taken,
    /// It is held until two people know whether it is a repeat.
    Held,
    /// Nothing of it was taken in.
    Refused,
    /// All of it was recorded, or approved where nothing is to come.
    Done,
    /// Something of what was taken in was not.
    Undone,
}

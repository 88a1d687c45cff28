//! Changed rules that the office drops into its folder: a flow, a table, a calendar, a channel or
//! a golden test. What holds opens a publication case for two people; on their approval it comes
//! into force.
//!
//! Read [`Proposal`] first: it is what the two people approve, and the content digest covers it.

mod answers;
mod judge;
mod publish;
mod target;

use serde::{Deserialize, Serialize};

use crate::domain::{Digest, Submitter};
use crate::ports::FileRecord;
use crate::workflow::{Case, decoded};

use super::answers::AnswerError;
use super::{Desk, Rulebook};

pub use target::ProposalKind;

/// A change of rules, or of contracts, that two people are asked to approve.
///
/// Shape: kept as JSON under its digest, which the case names and the content digest covers. So
/// the text, what was proved of it and what it would have done are approved together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    pub(super) format: u32,
    /// Where the file will lie, e.g. `workflows/tables/kengen.csv`.
    pub place: String,
    /// What it is.
    pub kind: ProposalKind,
    /// The file in force that it changes, with the digest of its bytes; none for a new one.
    pub base: Option<(String, String)>,
    /// The digest of the new bytes.
    pub new: String,
    /// The day it comes into force, where the file names one; else with the approval.
    pub effective_from: Option<String>,
    /// What was proved, a sentence each.
    pub proof: Vec<String>,
    /// What it would have done to past cases, a line each.
    pub impact: Vec<String>,
    /// The digest of the contracts as they are to be, where it is about contracts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) plan: Option<String>,
}

/// A proposal with its texts, for pages and papers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposalView {
    /// The proposal.
    pub proposal: Proposal,
    /// The text in force; empty for a new file.
    pub old: String,
    /// The proposed text.
    pub new: String,
}

impl Proposal {
    /// From when on, in words.
    pub fn effective(&self) -> String {
        match &self.effective_from {
            Some(day) => format!("{day} から"),
            None => "承認と同時".to_owned(),
        }
    }
}

impl Desk {
    /// Whether a dropped file is a change of rules: in the office's folder, by its name.
    pub(super) fn is_rule(&self, rules: &Rulebook, submitter: &Submitter, name: &str) -> bool {
        let office = rules.publishing.office.map(|branch| branch.to_string());
        if submitter.channel != "branches" || office.as_ref() != Some(&submitter.folder) {
            return false;
        }
        target::is_rule_name(name, &rules.publishing.files)
            || (target::ending(name) == "csv" && self.was_named(submitter, name))
    }

    /// Whether a flow the office dropped earlier names a table of this name.
    fn was_named(&self, submitter: &Submitter, table: &str) -> bool {
        let mine = |file: &FileRecord| {
            file.submitter.channel == submitter.channel
                && file.submitter.folder == submitter.folder
                && target::ending(&file.name) == "yaml"
        };
        self.store.files(&mine, usize::MAX).iter().any(|file| {
            let bytes = self.blobs.open(file.digest).and_then(|blob| blob.read_all());
            let text = bytes.map(|bytes| decoded(&bytes)).unwrap_or_default();
            let mut lines = text.lines().filter_map(|line| line.trim().strip_prefix("table:"));
            lines.any(|named| named.split('#').next().unwrap_or_default().trim() == table)
        })
    }

    /// What a case proposes, with the texts; none for every other case.
    pub fn proposal(&self, case: &Case) -> Result<Option<ProposalView>, AnswerError> {
        let Some(digest) = case.proposal() else { return Ok(None) };
        let proposal = self.proposal_by(digest)?;
        let text = |digest: &str| self.kept(digest).map(|bytes| decoded(&bytes));
        let base = proposal.base.as_ref().map(|(_, digest)| text(digest)).transpose()?;
        let new = text(&proposal.new)?;
        Ok(Some(ProposalView { old: base.unwrap_or_default(), new, proposal }))
    }

    pub(super) fn proposal_by(&self, digest: Digest) -> Result<Proposal, AnswerError> {
        let bytes = self.blobs.open(digest)?.read_all()?;
        let unknown = || AnswerError::Unknown(digest.to_string());
        let proposal: Proposal = serde_json::from_slice(&bytes).map_err(|_| unknown())?;
        // One of a newer program says what this one cannot know.
        if proposal.format == 1 { Ok(proposal) } else { Err(unknown()) }
    }

    /// Kept bytes by their digest as it is written.
    pub(super) fn kept(&self, digest: &str) -> Result<Vec<u8>, AnswerError> {
        let digest = Digest::parse(digest).map_err(|_| AnswerError::Unknown(digest.to_owned()))?;
        Ok(self.blobs.open(digest)?.read_all()?)
    }
}

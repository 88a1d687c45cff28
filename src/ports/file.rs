//! A file that was taken in.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{Code, Digest, ReceiptNo, Submitter, Timestamp, UserId, YenTotal};
use crate::workflow::{CaseFile, EffectId, FileAccounts, Paper};

use super::OpenedFlow;

/// What is known of a file that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Its receipt number.
    pub receipt: ReceiptNo,
    /// The folder it is kept in below `inbox/.engine/`.
    pub intake: String,
    /// Who submitted it, as the list of submitters said at that moment.
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
    pub received_at: Timestamp,
    /// What became of it.
    pub verdict: FileVerdict,
    /// What was wrong with the file itself.
    pub flaw: Option<Code>,
    /// What was found in it.
    pub findings: Option<Digest>,
    /// Its accepted rows.
    pub record_file: Option<Digest>,
    /// Records in the file.
    pub records: u32,
    /// Records without an error.
    pub accepted: u32,
    /// Records with an error.
    pub rejected: u32,
    /// The sum of the accepted records.
    pub total: YenTotal,
    /// The cases it opened, one entry for each workflow its rows name.
    pub flows: Vec<OpenedFlow>,
    /// Rows staged so far, while it is `opening`.
    pub staged: u32,
    /// Cases that have not ended.
    pub open_cases: u32,
    /// Whether the claimed file was moved to its last place.
    pub disposed: bool,
    /// Requests that rows of the file share and that were owed already.
    pub asked: Vec<EffectId>,
    /// The requester's accounts of its rows; kept apart, so that what was stored before stays.
    #[serde(skip)]
    pub accounts: Arc<FileAccounts>,
    /// The paper it is, where people key it in; kept apart, too.
    #[serde(skip)]
    pub paper: Option<Arc<Paper>>,
}

impl FileRecord {
    /// Whether it is a change of rules that two people decide on: it opened a case and no row.
    pub fn is_proposal(&self) -> bool {
        self.flows.iter().any(|flow| flow.kinds.is_empty())
    }

    /// What all cases of the file share.
    pub fn case_file(&self) -> CaseFile {
        // Who read a paper did not ask for what is on it.
        let readers = self.paper.iter().flat_map(|paper| &paper.readers);
        let read_by: BTreeSet<&UserId> = readers.collect();
        CaseFile {
            receipt: self.receipt,
            channel: self.submitter.channel.clone(),
            submitter: self.submitter.folder.clone(),
            submitted_by: self.submitted_by.clone().filter(|by| !read_by.contains(by)),
            desk: self.submitter.desk,
            pattern: self.submitter.pattern,
            record_file: self.record_file.unwrap_or_default(),
            definitions: self.flows.iter().map(|flow| flow.definition).collect(),
            kinds: self.flows.iter().map(|flow| flow.kinds.clone()).collect(),
            accounts: Arc::clone(&self.accounts),
            paper: self.paper.clone(),
        }
    }
}

/// What became of a file. One file has exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileVerdict {
    /// Owned, not yet judged.
    Received,
    /// Its rows are becoming cases.
    Opening,
    /// Its accepted rows are cases.
    Accepted,
    /// Nothing of it was taken in.
    Rejected,
    /// The same content as an earlier file; kept aside.
    Held {
        /// The earlier file.
        same_as: ReceiptNo,
    },
    /// It was only tried out (導入テスト): judged, and not taken in.
    Tried,
    /// It is a scanned paper; people key it in.
    Keying,
    /// A call whose pages went into papers of their own, or a file of keyed values that goes with
    /// one.
    Joined {
        /// The first of those.
        to: ReceiptNo,
    },
}

impl FileVerdict {
    /// What became of it, in a word or two of Japanese.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Received | Self::Opening => "確認中",
            Self::Accepted => "受付済み",
            Self::Rejected => "お返ししました",
            Self::Held { .. } => "重複のため保留",
            Self::Tried => "導入テスト",
            Self::Keying => "入力待ち",
            Self::Joined { .. } => "ほかの書面にまとめました",
        }
    }

    /// `received`, `opening`, `accepted`, `rejected`, `held`, `tried`, `keying` or `joined`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Opening => "opening",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Held { .. } => "held",
            Self::Tried => "tried",
            Self::Keying => "keying",
            Self::Joined { .. } => "joined",
        }
    }
}

//! Papers that are keyed in: what their register is folded from.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::{Digest, FormMark, KeyingStage, ReceiptNo, Scan, ScanFlaw, Timestamp, UserId};

/// A paper came, or somebody read it. New kinds are added at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyingMove {
    /// A scanned paper is ours and waits to be keyed in.
    Opened {
        /// Its file.
        receipt: ReceiptNo,
        /// What is on its pages.
        scan: Scan,
        /// Why no page can be shown; it is then read from the file itself.
        flaw: Option<ScanFlaw>,
        /// Our own forms on it, each with its page, from 1.
        forms: Vec<(u32, FormMark)>,
        /// Codes that look like those of our forms and are not.
        false_marks: u32,
    },
    /// Somebody read it.
    Read {
        /// Its file.
        receipt: ReceiptNo,
        /// What they read.
        reading: Reading,
        /// How far that brings it; at the first stage again, all readings are set aside.
        then: KeyingStage,
        /// The sheet on which two people agree, once there is one.
        settled: Option<Digest>,
    },
    /// One of its forms came before: it is held.
    Repeated {
        /// Its file.
        receipt: ReceiptNo,
        /// The paper on which it came first.
        same_as: ReceiptNo,
    },
    /// When the paper came, as somebody read it; it goes before their reading.
    Timed {
        /// Its file.
        receipt: ReceiptNo,
        /// Who read so; none for the time two people agree on.
        by: Option<UserId>,
        /// The time.
        at: Timestamp,
    },
    /// It carries sheets of forms of which others are still to come, or of several forms.
    Carries {
        /// Its file.
        receipt: ReceiptNo,
        /// What is on its pages.
        scan: Scan,
        /// Our own forms on it, each with its page, from 1.
        forms: Vec<(u32, FormMark)>,
        /// Codes that look like those of our forms and are not.
        false_marks: u32,
    },
    /// Nobody is to read it: its sheets went into papers of their own, or it is given back.
    Closed {
        /// Its file.
        receipt: ReceiptNo,
        /// The first of those papers; none where it is given back.
        to: Option<ReceiptNo>,
    },
    /// A file of values that were keyed in elsewhere waits for the picture of its name.
    Beside(Sidecar),
    /// Such a file and its picture were brought together.
    Paired {
        /// The file of the picture.
        receipt: ReceiptNo,
        /// What came beside it.
        sidecar: Sidecar,
    },
    /// Somebody was shown what such a file says.
    Shown {
        /// The file of the picture.
        receipt: ReceiptNo,
        /// Whom.
        to: UserId,
    },
}

/// A file of values that were keyed in elsewhere, by nobody knows whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sidecar {
    /// The file.
    pub file: ReceiptNo,
    /// What it says, as a keyed sheet kept with the originals.
    pub sheet: Digest,
}

/// What one person read from a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
    /// The sheet they keyed in, kept with the originals; none where they say it is no request.
    pub sheet: Option<Digest>,
    /// Why it is no request.
    pub remark: String,
}

/// A paper as the register of keying has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyingRecord {
    /// Its file.
    pub receipt: ReceiptNo,
    /// What is on its pages.
    pub scan: Scan,
    /// Why no page can be shown.
    pub flaw: Option<ScanFlaw>,
    /// Our own forms on it, each with its page, from 1.
    pub forms: Vec<(u32, FormMark)>,
    /// Codes that look like those of our forms and are not.
    pub false_marks: u32,
    /// How far it has come.
    pub stage: KeyingStage,
    /// The readings that count, oldest first.
    pub readings: Vec<Reading>,
    /// Readings that could not be brought together.
    pub aside: Vec<Reading>,
    /// The sheet on which two people agree.
    pub settled: Option<Digest>,
    /// When the paper came, as those read it whose reading counts.
    pub times: BTreeMap<UserId, Timestamp>,
    /// When it came (受付時刻), as two people agree; none where that is not asked.
    pub received: Option<Timestamp>,
    /// What was keyed in elsewhere and came with it; of such a file itself, what it says.
    pub sidecar: Option<Sidecar>,
    /// Who was shown what that says: they do not read second or third.
    pub shown_to: BTreeSet<UserId>,
}

impl KeyingRecord {
    /// Whether it is a paper of the counter, of which there is no picture: every scan has a page or
    /// a reason why none can be shown.
    pub fn is_counter(&self) -> bool {
        self.scan.pages.is_empty() && self.flaw.is_none() && !self.is_sidecar()
    }

    /// Whether it is no paper but a file of values that were keyed in elsewhere.
    pub fn is_sidecar(&self) -> bool {
        self.sidecar.is_some_and(|sidecar| sidecar.file == self.receipt)
    }

    /// Everybody who ever read it, those whose reading was set aside included.
    pub fn readers(&self) -> impl Iterator<Item = &UserId> {
        self.aside.iter().chain(&self.readings).map(|reading| &reading.by)
    }
}

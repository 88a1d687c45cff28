//! Mails that came back, as they are journaled and kept.

use serde::{Deserialize, Serialize};

use crate::domain::{NoticeNo, ReceiptNo, Timestamp, UserId};

/// What happened about mails that came back. New kinds are added at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Returned {
    /// A mail server told that a mail did not arrive.
    Came {
        /// What the mail told, in the order it was owed: several notices of one bundle.
        notices: Vec<NoticeNo>,
        /// The file that told it.
        from: ReceiptNo,
        /// Why, in the words of the server.
        why: String,
    },
    /// Two people of a branch approved that it is taken care of.
    Settled {
        /// One of what the mail told; all of it is settled.
        notice: NoticeNo,
        /// The last of those two.
        by: UserId,
    },
}

/// What is kept of a notice whose mail came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedMail {
    /// When that was told.
    pub at: Timestamp,
    /// The file that told it.
    pub from: ReceiptNo,
    /// Why, in the words of the server.
    pub why: String,
    /// Who took care of it; nobody yet.
    pub settled: Option<UserId>,
}

//! The journal: an append-only, hash-chained log. It is the truth.
//!
//! Segments `000001.log`, … of at most 64 MiB, filled with zeros ahead of the writing so that a
//! sync need not touch the file's size. One frame holds all commits that were synced together:
//! `len | crc32c | previous hash | first sequence | payload`. A bad frame at the very end is a torn
//! write and is dropped; a bad frame with a good one after it is damage and stops the start.

mod frame;
mod reader;
mod writer;

#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;

use crate::domain::{Digest, JournalHead};

pub(super) use frame::Group;
pub use reader::{JournalReport, verify};
pub(super) use reader::{Passed, replay, replay_frames};
pub(super) use writer::Writer;

/// The format of segments; a newer one is refused.
pub(super) const FORMAT: u8 = 1;

/// The hash of a frame, carried by the next.
pub(super) type Hash = [u8; 32];

/// Where the journal ends or a checkpoint was taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Position {
    /// The segment's number, from 1; 0 before the first.
    pub(super) segment: u32,
    /// Where the last frame begins; 0 when the segment has none.
    pub(super) last_frame: u64,
    /// The byte after the last frame.
    pub(super) offset: u64,
    /// How many commits lie before.
    pub(super) sequence: u64,
    /// The hash of the last frame.
    pub(super) hash: Hash,
}

impl Position {
    /// The same for whoever quotes it.
    pub(super) fn head(&self) -> JournalHead {
        let hash = (self.sequence > 0).then(|| Digest::from_bytes(self.hash));
        JournalHead { sequence: self.sequence, hash }
    }
}

/// The journal cannot be trusted or read.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// A frame in the middle is wrong: bytes were changed after they were written.
    #[error("{} is damaged at byte {offset}, after commit {sequence}: {what}", file.display())]
    Frame {
        /// The segment.
        file: PathBuf,
        /// Where the bad frame begins.
        offset: u64,
        /// How many commits before it are good.
        sequence: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// A segment is missing or in a format of a newer version.
    #[error("{} cannot be read: {what}", file.display())]
    Segment {
        /// The segment.
        file: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// The file system failed.
    #[error("cannot read {}", file.display())]
    Io {
        /// The segment.
        file: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

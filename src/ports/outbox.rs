//! Ways out of the building.

use std::sync::Arc;
use std::{fmt, io};

use super::{Blob, Scratch};
use crate::domain::Digest;

/// Something to be put into the outbox.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// Path below `outbox/`, with `/` between folders.
    pub path: String,
    /// What is in it, complete.
    pub body: Body,
}

impl Parcel {
    /// A parcel of bytes for a place.
    pub fn new(path: String, body: impl Into<Body>) -> Self {
        Self { path, body: body.into() }
    }
}

/// The bytes of a parcel. The result of a bulk file is as large as the file itself: it is not held
/// in memory.
#[derive(Debug, Clone)]
pub enum Body {
    /// In memory.
    Bytes(Vec<u8>),
    /// On disk.
    Scratch {
        /// The bytes; they do not change any more.
        bytes: Arc<dyn Scratch>,
        /// Their digest.
        digest: Digest,
    },
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl Body {
    /// The digest of its bytes.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Bytes(bytes) => Digest::of(bytes),
            Self::Scratch { digest, .. } => *digest,
        }
    }

    /// How many bytes there are.
    pub fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            Self::Scratch { bytes, .. } => bytes.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes all of it to `out`.
    pub fn write_to(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let scratch = match self {
            Self::Bytes(bytes) => return out.write_all(bytes),
            Self::Scratch { bytes, .. } => bytes,
        };
        let len = scratch.len();
        let mut buffer = vec![0; 64 << 10];
        let mut at = 0;
        while at < len {
            let left = usize::try_from(len - at).unwrap_or(usize::MAX);
            let room = left.min(buffer.len());
            let part = buffer.get_mut(..room).unwrap_or_default();
            scratch.read_at(at, part)?;
            out.write_all(part)?;
            at += u64::try_from(room).map_err(io::Error::other)?;
        }
        Ok(())
    }

    /// All of its bytes in memory; for small ones only.
    pub fn read_all(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.write_to(&mut bytes).map(|()| bytes)
    }
}

/// A parcel that lies whole and durable beside its place, not visible yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// Path below `outbox/`.
    pub path: String,
    /// The digest of its bytes.
    pub digest: Digest,
}

/// What became of a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is there, durable and whole; it may have been there before with the same bytes.
    Delivered,
    /// Not now: the folder is missing, full or read-only, or the mail server wants it later. The
    /// text says which.
    Later(String),
    /// Never: another file has this name, or the mail server refuses it. A person must look.
    Never(String),
    /// Nobody knows whether the mail server has it. A person must look.
    Unsure(String),
}

/// Delivers parcels. It never retries by itself.
///
/// A file becomes visible once and whole: temporary file, sync, rename without replacing, sync of
/// the folder. A crash before `publish` leaves nothing visible; after it, the whole file.
pub trait Outbox: Send + Sync + fmt::Debug {
    /// Writes all parcels beside their places and makes them durable together; in order.
    fn stage(&self, parcels: &[Parcel]) -> Vec<Result<Staged, Fate>>;

    /// Makes staged parcels visible, and that durable; one fate each, in order. What is visible
    /// already with the same bytes is delivered.
    fn publish(&self, staged: &[Staged]) -> Vec<Fate>;

    /// The digest of the visible file at `path`, if there is one.
    fn find(&self, path: &str) -> Option<Digest>;

    /// The names of the visible files in `folder` that begin with `prefix`, in order; none where
    /// the folder cannot be read.
    fn list(&self, folder: &str, prefix: &str) -> Vec<String>;

    /// The visible file at `path`, if it is there and a file of its own: what a person made a link
    /// of there is not followed.
    fn open(&self, path: &str) -> Option<Box<dyn Blob>>;

    /// The bytes of a parcel, staged or visible; none when they are not these or cannot be read.
    fn read(&self, staged: &Staged) -> Option<Vec<u8>>;

    /// The parcel staged for `path` and not published, if there is one.
    fn find_staged(&self, path: &str) -> Option<Staged>;
}

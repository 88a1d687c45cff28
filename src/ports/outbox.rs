//! Ways out of the building.

use std::fmt;

use crate::domain::Digest;

/// Something to be put into the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// Path below `outbox/`, with `/` between folders.
    pub path: String,
    /// The bytes, complete.
    pub bytes: Vec<u8>,
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

    /// The bytes of the visible file at `path`, if it is there and a file of its own: what a
    /// person made a link of there is not followed.
    fn fetch(&self, path: &str) -> Option<Vec<u8>>;

    /// The bytes of a parcel, staged or visible; none when they are not these or cannot be read.
    fn read(&self, staged: &Staged) -> Option<Vec<u8>>;

    /// The parcel staged for `path` and not published, if there is one.
    fn find_staged(&self, path: &str) -> Option<Staged>;
}

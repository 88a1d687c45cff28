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

/// What became of a parcel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is there, durable and whole; it may have been there before with the same bytes.
    Delivered,
    /// Not now: the folder is missing, full or read-only. The text says which.
    Later(String),
    /// Never: another file has this name. A person must look.
    Never(String),
}

/// Delivers parcels. It never retries by itself.
pub trait Outbox: Send + Sync + fmt::Debug {
    /// Delivers all parcels and makes them durable together; one fate each, in order.
    ///
    /// A file becomes visible once and whole: temporary file, sync, rename without replacing,
    /// sync of the folder.
    fn deliver(&self, parcels: &[Parcel]) -> Vec<Fate>;

    /// The digest of the file at `path`, if there is one.
    fn find(&self, path: &str) -> Option<Digest>;
}

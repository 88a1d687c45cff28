//! Notices, waits for, claims and keeps dropped files; disposes of them afterwards.
//!
//! It never interprets content. Events are a hint, the scan is the truth: read [`Spool::pass`]
//! first. A file's bytes are always durable in at least one of inbox, claim folder and store;
//! nothing is taken away before the next place is synced.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this room touches the inbox and measures waiting by the monotonic clock"
)]

mod claim;
mod copy;
mod dispose;
mod folders;
mod lease;
mod interval;
mod limits;
mod mark;
mod name;
mod note;
mod pass;
mod proof;
mod recover;
mod scan;
mod stable;
mod watch;

#[cfg(test)]
mod tests;

pub use folders::{Folders, SpoolError};
pub use limits::{Limits, Owners};
pub use pass::{Passed, Spool, SpoolSettings};
pub use watch::Watch;

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

mod altered;
mod claim;
mod copy;
mod dispose;
mod explain;
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
mod tried;
mod watch;

#[cfg(test)]
mod tests;

pub use altered::{Altered, altered};
pub use explain::{Explained, explain};
pub use folders::{Folders, SpoolError};
pub use interval::{Reach, file_system};
pub use limits::{Limits, Owners};
pub use mark::fits;
pub use pass::{Passed, Spool, SpoolSettings};
pub use tried::{Feature, Tried, try_out};
pub use watch::Watch;

//! Ways out. A channel says what became of a parcel; it never retries by itself.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this room touches the outbox folder"
)]

mod folder;
mod smtp;

pub use folder::FolderOutbox;
pub use smtp::{Login, Server, SmtpError, SmtpRelay, Tls};

//! Ways out, and the virus scanner. A channel says what became of a parcel, or of a question; it
//! never retries by itself.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this room touches the outbox folder"
)]

mod clamd;
mod folder;
mod smtp;

pub use clamd::Clamd;
pub use folder::FolderOutbox;
pub use smtp::{Login, Server, SmtpError, SmtpRelay, Tls};

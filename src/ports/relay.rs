//! The mail server that takes mails over.

use std::fmt;

use super::Fate;

/// No mail can be handed over: the server is away or is not set up as the settings say.
///
/// It is about the server, so no single mail is held to have failed. The text says what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed(pub String);

/// Hands mails to a mail server. It never retries by itself; several threads may use it at once.
pub trait Relay: Send + Sync + fmt::Debug {
    /// Hands over one mail for one address, and tells what the server made of it.
    ///
    /// [`Fate::Unsure`] when the whole mail was written and no answer came.
    fn send(&self, to: &str, mail: &[u8]) -> Result<Fate, Closed>;
}

//! Looking for viruses in what strangers hand in.

use std::fmt;
use std::io::Read;

/// Looks into a file before anything else reads it.
pub trait Screener: Send + Sync + fmt::Debug {
    /// Looks into `bytes`, of which there are `length`. An answer comes within the time that is
    /// set; one that does not is [`Unscreened::Away`].
    fn screen(&self, bytes: &mut dyn Read, length: u64) -> Result<Screening, Unscreened>;
}

/// What a scanner said of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Screening {
    /// The scanner with its version and that of what it knows.
    pub by: String,
    /// The name of what was found; none where nothing was.
    pub found: Option<String>,
}

/// Why a file was not looked into. Nothing is known of it, so it must not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unscreened {
    /// It is longer than the scanner looks into.
    TooLong,
    /// The scanner is away, late, or says nothing that can be made sense of; why, in English.
    Away(String),
}

/// No scanner: what must be looked into waits.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoScreener;

impl Screener for NoScreener {
    fn screen(&self, _: &mut dyn Read, _: u64) -> Result<Screening, Unscreened> {
        Err(Unscreened::Away("no scanner is set in [antivirus]".to_owned()))
    }
}

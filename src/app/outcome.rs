//! What a command comes to: its exit code, or why it did not come to an answer.

use std::io::{self, Write};
use std::path::Path;

use crate::ports::StoreError;
use crate::spool::SpoolError;

use super::root::RootError;

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything was well.
    Well,
    /// The data has errors.
    Findings,
    /// The world failed: a file, a disk, a network.
    Failed,
    /// The command was not used as it is meant.
    Usage,
}

impl Outcome {
    /// The process exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Well => 0,
            Self::Findings => 1,
            Self::Failed => 2,
            Self::Usage => 3,
        }
    }

    /// The outcome of an exit code.
    pub(super) const fn of_code(code: u8) -> Self {
        match code {
            0 => Self::Well,
            1 => Self::Findings,
            3 => Self::Usage,
            _ => Self::Failed,
        }
    }
}

/// Why a command did not come to an answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The world failed.
    #[error("{what}")]
    World {
        what: String,
        #[source]
        cause: io::Error,
    },
    /// The command was not used as it is meant; the text says what to write instead.
    #[error("{0}")]
    Usage(String),
    /// The answer could not be written.
    #[error("cannot write the answer")]
    Answer(#[from] io::Error),
    /// The root folder cannot be used.
    #[error(transparent)]
    Root(#[from] RootError),
    /// The inbox cannot be used.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// The world failed on a path.
    pub(super) fn world(doing: &str, path: &Path, cause: io::Error) -> Self {
        Self::World { what: format!("{doing} {}", path.display()), cause }
    }
}

/// Prints an error with its whole chain of causes.
pub(super) fn tell(error: &Error, talk: &mut dyn Write) {
    let mut text = format!("error: {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    writeln!(talk, "{text}").ok();
}

/// `value` as one line of JSON.
pub(super) fn write_json(out: &mut dyn Write, value: &impl serde::Serialize) -> Result<(), Error> {
    serde_json::to_writer(&mut *out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

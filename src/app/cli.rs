//! The command line: parses, calls one command, and makes an exit code of what came of it.
//!
//! Answers go to stdout, talk to stderr. Exit codes: 0 well, 1 findings, 2 the world failed,
//! 3 usage.

use std::ffi::OsString;
use std::io::{self, Write};

use clap::{Parser, Subcommand};

use super::{calendar, explain, inspect, template};
use crate::domain::{Date, Timestamp};

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
}

#[derive(Debug, Parser)]
#[command(
    name = "kessai",
    version,
    about = "でんさい記録請求の受付と承認 / intake and approval of densai requests"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// ファイルを調べる / check a file without taking it in
    Inspect(inspect::Args),
    /// 銀行の休業日 / the days banks are closed
    Calendar(calendar::Args),
    /// CSVのひな形 / an empty CSV with a sample line
    Template(template::Args),
    /// コードの説明 / what a code means and what to do
    Explain(explain::Args),
}

/// Runs one command line; `args` begins with the program's name.
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    talk: &mut dyn Write,
) -> Outcome {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let help = !error.use_stderr();
            // Nothing is left to tell it to if even this cannot be written.
            if help {
                write!(out, "{error}").ok()
            } else {
                write!(talk, "{error}").ok()
            };
            return if help { Outcome::Well } else { Outcome::Usage };
        }
    };
    let result = match &cli.command {
        Command::Inspect(args) => inspect::run(args, out),
        Command::Calendar(args) => calendar::run(args, out),
        Command::Template(args) => template::run(args, out),
        Command::Explain(args) => explain::run(args, out),
    };
    let result = result.and_then(|outcome| out.flush().map(|()| outcome).map_err(Error::from));
    result.unwrap_or_else(|error| {
        // A reader that has seen enough (`| head`) is no failure.
        if matches!(&error, Error::Answer(cause) if cause.kind() == io::ErrorKind::BrokenPipe) {
            return Outcome::Well;
        }
        tell(&error, talk);
        if matches!(error, Error::Usage(_)) { Outcome::Usage } else { Outcome::Failed }
    })
}

/// Prints an error with its whole chain of causes.
fn tell(error: &Error, talk: &mut dyn Write) {
    let mut text = format!("error: {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    writeln!(talk, "{text}").ok();
}

/// Today in Tokyo, for commands that were not told a day.
pub(super) fn today() -> Date {
    Timestamp::from_ms(chrono::Utc::now().timestamp_millis()).date()
}

/// A date of the command line.
pub(super) fn parse_date(text: &str) -> Result<Date, String> {
    Date::parse(text)
        .map_err(|_| "write a date as 2026-12-01 / 日付は 2026-12-01 の形で".to_owned())
}

/// `value` as one line of JSON.
pub(super) fn write_json(out: &mut dyn Write, value: &impl serde::Serialize) -> Result<(), Error> {
    serde_json::to_writer(&mut *out, value).map_err(io::Error::from)?;
    writeln!(out)?;
    Ok(())
}

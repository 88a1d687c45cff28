//! Strangers' workbooks are read in processes of their own: their reader is somebody else's work,
//! and what a workbook unpacks to is known only once it has. Read [`ChildWorkbooks`] first.

use std::io::Write;
use std::path::PathBuf;

use super::children::{Children, Failed, Limits, heard, limit_this_process};
use super::outcome::{Error, Outcome, write_json};
use crate::domain::{Workbook, WorkbookFlaw};
use crate::formats::workbook::{self, BYTES_MAX};
use crate::ports::Workbooks;

/// What the child does: reads a workbook from its input and answers. Exit code 1 comes with a flaw.
pub(super) fn run(out: &mut dyn Write) -> Result<Outcome, Error> {
    limit_this_process(Limits::CHILD)?;
    match workbook::read(&heard(BYTES_MAX)?) {
        Ok(book) => write_json(out, &book).map(|()| Outcome::Well),
        Err(flaw) => write_json(out, &flaw).map(|()| Outcome::Findings),
    }
}

/// Reads workbooks in children of this program.
#[derive(Debug, Default)]
pub struct ChildWorkbooks(Children);

impl ChildWorkbooks {
    /// Children of the program at a path.
    pub const fn of(program: PathBuf) -> Self {
        Self(Children::of(program))
    }
}

impl Workbooks for ChildWorkbooks {
    fn read(&self, bytes: &[u8]) -> Result<Workbook, WorkbookFlaw> {
        if bytes.len() > BYTES_MAX {
            return Err(WorkbookFlaw::Limits);
        }
        let nonsense = || WorkbookFlaw::Damaged("its reader made no sense of it".to_owned());
        match self.0.ask(bytes, &["read-workbook"]) {
            Ok(answer) => serde_json::from_slice(&answer).map_err(|_| nonsense()),
            Err(Failed::Limits | Failed::Slow) => Err(WorkbookFlaw::Limits),
            Err(Failed::Flaw(answer)) => {
                Err(serde_json::from_slice(&answer).unwrap_or_else(|_| nonsense()))
            }
            Err(Failed::Stopped(why)) => Err(WorkbookFlaw::Damaged(why)),
        }
    }
}

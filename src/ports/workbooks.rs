//! Reading workbooks that strangers made.

use std::fmt;

use crate::domain::{Workbook, WorkbookFlaw};

/// Reads workbooks of spreadsheets. The bytes are not to be trusted: whatever they are, an answer
/// comes within seconds, and the program goes on. The same bytes have the same answer.
pub trait Workbooks: Send + Sync + fmt::Debug {
    /// What its visible sheets show.
    fn read(&self, bytes: &[u8]) -> Result<Workbook, WorkbookFlaw>;
}

/// Reads no workbooks: for rooms where none can come.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoWorkbooks;

impl Workbooks for NoWorkbooks {
    fn read(&self, _: &[u8]) -> Result<Workbook, WorkbookFlaw> {
        Err(WorkbookFlaw::Damaged("no workbooks are read here".to_owned()))
    }
}

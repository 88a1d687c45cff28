//! What was read of a spreadsheet's workbook.

use serde::{Deserialize, Serialize};

/// A workbook: what its visible sheets show, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workbook {
    /// The sheets; at least one where the workbook could be read.
    pub sheets: Vec<WorkbookSheet>,
}

/// One sheet as the CSV it would be saved as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkbookSheet {
    /// What stands on its tab.
    pub name: String,
    /// Its cells as a person sees them. Row n of the sheet is line n of this text, which is why no
    /// cell holds a newline, and column n is cell n.
    pub text: String,
    /// Its formulas that were read as what they last showed.
    pub formulas: ShownFormulas,
}

/// Formulas of a sheet that were read as what they last showed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownFormulas {
    /// How many there are.
    pub count: u32,
    /// The row and the column of the first, from 1; nothing where there is none.
    pub first: (u32, u32),
}

/// Why a workbook shows no sheet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkbookFlaw {
    /// It is in the form of Excel 97 to 2003 (.xls).
    #[error("a workbook in the old form (.xls); save it as .xlsx or CSV")]
    Old,
    /// It is locked by a password.
    #[error("the workbook is locked by a password; save it without one")]
    Encrypted,
    /// It holds macros.
    #[error("the workbook holds macros; save it as .xlsx or CSV")]
    Macros,
    /// Larger than any list of requests, or it took longer than any may take.
    #[error("the workbook is too large; split it, or save it as CSV")]
    Limits,
    /// Every sheet is hidden, or none holds cells.
    #[error("the workbook has no visible sheet with cells")]
    NoSheet,
    /// Nothing in it could be read.
    #[error("the workbook cannot be read: {0}")]
    Damaged(String),
}

//! Decision tables: rules an office edits in a spreadsheet, proved before they are used.
//!
//! `in:` columns ask, `out:` columns answer, `note` is for people. A [`Table`] is made from the
//! text of a CSV file and refuses, all at once: headings and cells it cannot read, and then cases
//! no row is for, rows two of which meet one case (unless the first counts), and rows that are
//! never reached. A table that was read answers every case.
//!
//! A missing value passes only cells that ask nothing (`-`).

mod amount;
mod cell;
mod header;
mod proof;
mod ranges;
mod read;
mod scale;
mod sheet;
#[cfg(test)]
mod tests;

use super::Mistake;
use super::expr::{Cuts, Fields, Value, Values};

pub use header::{Column, Role};
pub(in crate::workflow) use sheet::{Cell, rows as sheet_rows};

use scale::{Scale, Test};

/// Which row counts when several are for one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hit {
    /// There is never more than one: the table is proved to have no overlap.
    Unique,
    /// The first one; a row that is never the first is a mistake.
    First,
}

/// A decision table whose proofs hold.
///
/// Made only by [`Table::read`]. At most 1,000 rows and 16 conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    hit: Hit,
    columns: Vec<Column>,
    /// One for each condition column.
    scales: Vec<Scale>,
    rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    line: usize,
    cells: Vec<String>,
    /// One for each condition column.
    tests: Vec<Test>,
    results: Vec<(String, Value)>,
}

impl Table {
    /// Reads the text of a CSV file, with or without a byte order mark.
    ///
    /// `inputs` are the names conditions may use; all of `outputs` must be answered. Errs with all
    /// mistakes of headings and cells at once, or else with all that the proofs find.
    pub fn read(
        file: &str,
        text: &str,
        inputs: &Fields,
        outputs: &Fields,
        hit: Hit,
    ) -> Result<Self, Vec<Mistake>> {
        read::read(file, text, (inputs, outputs), hit)
    }

    /// The row for a case; none only where a value is outside what its field can hold.
    pub fn decide(&self, values: &Values) -> Option<&Row> {
        let rank =
            |scale: &Scale| values.get(&scale.field.name).and_then(|value| scale.rank(value));
        let ranks: Vec<Option<i64>> = self.scales.iter().map(rank).collect();
        self.rows.iter().find(|row| row.tests.iter().zip(&ranks).all(|(t, rank)| t.passes(*rank)))
    }

    /// Which row counts.
    pub const fn hit(&self) -> Hit {
        self.hit
    }

    /// All columns, notes included, as they stand.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// All rows as they stand.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Adds the borders the table's conditions draw.
    pub(super) fn cut(&self, cuts: &mut Cuts) {
        for (column, scale) in self.scales.iter().enumerate() {
            let cut = cuts.of(&scale.field.name);
            cut.texts.extend(scale.texts().iter().cloned());
            for row in &self.rows {
                if let Some(Test::In(ranges)) = row.tests.get(column) {
                    let starts =
                        ranges.iter().flat_map(|(low, high)| [Some(low), high.checked_add(1)]);
                    cut.starts.extend(starts.flatten());
                }
            }
        }
    }
}

impl Row {
    /// Its line in the file, from 1.
    pub const fn line(&self) -> usize {
        self.line
    }

    /// What its cells say, one for each of [`Table::columns`], without the spaces around.
    pub fn cells(&self) -> &[String] {
        &self.cells
    }

    /// What it answers: the results' names and values, in the order of the columns.
    pub fn results(&self) -> &[(String, Value)] {
        &self.results
    }

    /// One of its answers.
    pub fn result(&self, name: &str) -> Option<&Value> {
        self.results.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

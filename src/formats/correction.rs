//! The rows of a CSV file that were not taken in, as they came, for a file to mend and hand in
//! again (訂正用ファイル).

use std::io::{self, Read};

use super::csv::{Rows, seek_header};
use super::text::Text;
use super::total::ControlRow;
use crate::domain::profile::Profile;

/// Gives the header line of a CSV file and then each of its rows that `is_taken` denies, with its
/// physical line, to `each`. Titles, blank rows and control totals are left out: they would be
/// wrong in a file of fewer rows.
///
/// The columns are those of the file, in its order; the cells are as they were read. A file without
/// a header gives nothing. Errs only when `source` does.
pub fn rows_to_correct(
    source: &mut dyn Read,
    (file_len_max, profiles): (u64, &[Profile]),
    mut is_taken: impl FnMut(u32) -> bool,
    mut each: impl FnMut(Vec<String>),
) -> io::Result<()> {
    let mut text = Text::new(source, file_len_max);
    text.begin()?;
    let mut rows = Rows::new(&mut text);
    if seek_header(&mut rows, profiles).is_ok() {
        each(rows.cells());
        while rows.next() {
            let is_data = !rows.is_blank() && !ControlRow::is_one(rows.row.iter());
            if is_data && !is_taken(rows.line) {
                each(rows.cells());
            }
        }
    }
    text.take_io_error().map_or(Ok(()), Err)
}

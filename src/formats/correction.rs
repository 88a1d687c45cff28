//! The rows of a CSV file that were not taken in, as they came, for a file to mend and hand in
//! again (訂正用ファイル).
//!
//! Such a file begins with a title of ours, goes through a spreadsheet and comes back. What a
//! spreadsheet would run is guarded by an apostrophe in it, which is taken off again where that
//! title stands, and nowhere else: in anybody's own file an apostrophe is theirs.

use std::borrow::Cow;
use std::io::{self, Read};

use encoding_rs::SHIFT_JIS;

use super::csv::{Rows, seek_header};
use super::text::Text;
use super::total::ControlRow;
use crate::domain::ReceiptNo;
use crate::domain::profile::Profile;
use crate::domain::spreadsheet::runs;

/// How the title of a correction file begins.
const TITLE: &str = "訂正用ファイル（受付番号 ";

/// The title of the correction file of `receipt`: what stands alone in its first line.
pub fn correction_title(receipt: ReceiptNo) -> String {
    format!("{TITLE}{receipt}）")
}

/// Whether a row that begins with this cell is the title of a correction file.
pub(super) fn is_correction_title(cell: &str) -> bool {
    cell.starts_with(TITLE)
}

/// The cell with an apostrophe before it, where a spreadsheet would run it; and where it looks like
/// one so guarded, so that `unguarded` gives back what it was.
pub fn guarded(cell: &str) -> Cow<'_, str> {
    if is_to_guard(cell) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// What [`guarded`] was given.
pub(super) fn unguarded(cell: &str) -> &str {
    if is_to_guard(cell) { cell.strip_prefix('\'').unwrap_or(cell) } else { cell }
}

fn is_to_guard(cell: &str) -> bool {
    runs(cell.trim_start_matches('\''))
}

/// Whether `text` is the same after it was written in CP932 and read again.
pub fn survives_cp932(text: &str) -> bool {
    let (bytes, _, lacks) = SHIFT_JIS.encode(text);
    !lacks && SHIFT_JIS.decode_without_bom_handling(&bytes).0 == text
}

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_guarded_runs_nowhere_and_comes_back_as_it_was(
            cell in "['=+@|%＝−-]{0,3}[ \t]{0,1}['=+-]{0,2}[0-9a-zあ〜𠮷,\"]{0,4}",
        ) {
            let guarded = guarded(&cell);
            prop_assert!(!runs(&guarded), "{guarded}");
            prop_assert_eq!(unguarded(&guarded), cell.as_str());
        }
    }

    #[test]
    fn only_what_cp932_gives_back_survives_it() {
        for text in ["ｶ)ﾔﾏﾀﾞ 髙﨑①～", ""] {
            assert!(survives_cp932(text), "{text}");
        }
        for text in ["𠮷", "〜", "−", "¥", "é", "\u{e000}"] {
            assert!(!survives_cp932(text), "{text}");
        }
    }
}

//! The correction file (訂正用ファイル): the rows of a file that were not taken in, to be mended and
//! handed in as a file of their own.
//!
//! Only where the other rows were taken in: a file that was given back whole is mended itself.

use std::io::Read;

use crate::domain::ResultEncoding;
use crate::formats::{self, Format, correction_title, guarded, rows_to_correct, survives_cp932};
use crate::ports::{FileRecord, FileVerdict, Parcel};
use crate::render::names;
use crate::render::results::Sheet;

use super::Desk;
use super::answers::{Answer, folder_of};
use super::judge::BlobReader;
use super::spill::Spill;

impl Desk {
    /// The correction file: in the submitter's own encoding, or in UTF-8 where that would alter a
    /// character. What a spreadsheet would take for a formula is guarded in it.
    pub(super) fn correction(&self, file: &FileRecord) -> Answer<Option<Parcel>> {
        let Some(path) = correction_path(file) else { return Ok(None) };
        let mut encoding = file.submitter.encoding;
        if encoding == ResultEncoding::Cp932 {
            let mut survives = true;
            self.to_correct(file, |row| survives &= row.iter().all(|cell| survives_cp932(cell)))?;
            encoding = if survives { encoding } else { ResultEncoding::Utf8Bom };
        }
        let mut spill = Spill::new(&*self.blobs);
        let mut sheet = Sheet::new(&mut spill, encoding)?;
        let mut written = sheet.line_to_come_back(&[correction_title(file.receipt)]);
        let there = self.to_correct(file, |row| {
            if written.is_ok() {
                let cells: Vec<_> = row.iter().map(|cell| guarded(cell)).collect();
                written = sheet.line_to_come_back(&cells);
            }
        })?;
        written?;
        sheet.finish()?;
        Ok(if there { Some(Parcel::new(path, spill.body()?)) } else { None })
    }

    /// Gives the header and the rows of a file that were not taken in to `each`; whether there are
    /// any to be had.
    fn to_correct(&self, file: &FileRecord, each: impl FnMut(Vec<String>)) -> Answer<bool> {
        let Some(digest) = file.record_file else { return Ok(false) };
        let records = self.record_file(digest)?;
        let mut taken = records.rows().map_while(Result::ok).map(|row| row.line).peekable();
        // Both go from the first line to the last.
        let is_taken = |line| {
            while taken.next_if(|one| *one < line).is_some() {}
            taken.peek() == Some(&line)
        };
        let rules = self.rulebook();
        let profiles = rules.profiles(&file.submitter.channel);
        let Ok(book) = self.workbook((file.digest, &file.name))? else { return Ok(false) };
        let table = book.as_ref().and_then(|book| formats::sheet_of(book, profiles));
        let mut source: Box<dyn Read> = match table {
            Some(sheet) => Box::new(formats::workbook::as_file(sheet)),
            None => Box::new(BlobReader::new(self.blobs.open(file.digest)?)),
        };
        let limits = (rules.rules.file_len_max, profiles);
        rows_to_correct(&mut *source, limits, is_taken, each)?;
        Ok(true)
    }
}

/// The name below the root of the correction file of a file; none where there is nothing to
/// mend in one. Of a workbook it is a CSV of the same columns: only the sheet's values come back.
/// XML comes from programs, which write it anew.
pub(super) fn correction_path(file: &FileRecord) -> Option<String> {
    let taken = matches!(file.verdict, FileVerdict::Opening | FileVerdict::Accepted);
    let rows = file.rejected > 0 && file.record_file.is_some();
    let is_table = matches!(Format::of_name(&file.name), Format::Csv | Format::Xlsx);
    let named = is_table && !file.is_proposal();
    let name = || folder_of(file) + &names::correction_csv(file.receipt, &file.name);
    (taken && rows && named).then(name)
}

//! The correction file (訂正用ファイル): the rows of a file that were not taken in, to be mended and
//! handed in as a file of their own, in the form they came in.
//!
//! Only where the other rows were taken in: a file that was given back whole is mended itself.

use std::io::Read;

use crate::domain::ResultEncoding;
use crate::formats::densai::records_to_correct;
use crate::formats::{
    self, Format, StoredRow, correction_title, guarded, requests_to_correct, rows_to_correct,
    survives_cp932,
};
use crate::ports::{FileRecord, FileVerdict, Parcel};
use crate::render::names;
use crate::render::results::Sheet;

use super::Desk;
use super::answers::{Answer, folder_of};
use super::judge::BlobReader;
use super::open::RecordFile;
use super::spill::Spill;

impl Desk {
    /// The correction file; none where there is nothing to mend in one.
    pub(super) fn correction(&self, file: &FileRecord) -> Answer<Option<Parcel>> {
        let Some(path) = correction_path(file) else { return Ok(None) };
        let Some(taken) = file.record_file else { return Ok(None) };
        let taken = self.record_file(taken)?;
        let rules = self.rulebook();
        let len_max = rules.rules.file_len_max;
        let mut source = BlobReader::new(self.blobs.open(file.digest)?);
        let mut to = Spill::new(&*self.blobs);
        let there = match Format::of_name(&file.name) {
            Format::FixedLength => {
                let is_taken = asked_in_order(&taken, |row| row.record);
                records_to_correct(&mut source, (len_max, &rules.requests), is_taken, &mut to)?
            }
            Format::Xml => {
                let is_taken = asked_in_order(&taken, |row| row.record);
                requests_to_correct(&mut source, len_max, is_taken, &mut to)?
            }
            Format::Csv | Format::Xlsx | Format::Unknown => {
                self.rows_to_correct(file, &taken, &mut to)?
            }
        };
        Ok(if there { Some(Parcel::new(path, to.body()?)) } else { None })
    }

    /// A table in the submitter's own encoding, or in UTF-8 where that would alter a character.
    /// What a spreadsheet would take for a formula is guarded in it.
    fn rows_to_correct(
        &self,
        file: &FileRecord,
        taken: &RecordFile,
        to: &mut Spill<'_>,
    ) -> Answer<bool> {
        let mut encoding = file.submitter.encoding;
        if encoding == ResultEncoding::Cp932 {
            let mut survives = true;
            self.each_to_correct(file, taken, |row| {
                survives &= row.iter().all(|cell| survives_cp932(cell));
            })?;
            encoding = if survives { encoding } else { ResultEncoding::Utf8Bom };
        }
        let mut sheet = Sheet::new(to, encoding)?;
        let mut written = sheet.line_to_come_back(&[correction_title(file.receipt)]);
        let there = self.each_to_correct(file, taken, |row| {
            if written.is_ok() {
                let cells: Vec<_> = row.iter().map(|cell| guarded(cell)).collect();
                written = sheet.line_to_come_back(&cells);
            }
        })?;
        written?;
        sheet.finish()?;
        Ok(there)
    }

    /// Gives the header and the rows of a table that were not taken in to `each`; whether there
    /// are any to be had.
    fn each_to_correct(
        &self,
        file: &FileRecord,
        taken: &RecordFile,
        each: impl FnMut(Vec<String>),
    ) -> Answer<bool> {
        let rules = self.rulebook();
        let profiles = rules.profiles(&file.submitter.channel);
        let Ok(book) = self.workbook((file.digest, &file.name))? else { return Ok(false) };
        let table = book.as_ref().and_then(|book| formats::sheet_of(book, profiles));
        let mut source: Box<dyn Read> = match table {
            Some(sheet) => Box::new(formats::workbook::as_file(sheet)),
            None => Box::new(BlobReader::new(self.blobs.open(file.digest)?)),
        };
        let limits = (rules.rules.file_len_max, profiles);
        rows_to_correct(&mut *source, limits, asked_in_order(taken, |row| row.line), each)?;
        Ok(true)
    }
}

/// Whether the row of a number was taken in, for whoever asks of rising numbers.
fn asked_in_order(taken: &RecordFile, number: fn(&StoredRow) -> u32) -> impl FnMut(u32) -> bool {
    let mut taken = taken.rows().map_while(Result::ok).map(move |row| number(&row)).peekable();
    move |asked| {
        while taken.next_if(|one| *one < asked).is_some() {}
        taken.peek() == Some(&asked)
    }
}

/// The name below the root of the correction file of a file; none where there is nothing to
/// mend in one. Of a workbook it is a CSV of the same columns: only the sheet's values come back.
pub(super) fn correction_path(file: &FileRecord) -> Option<String> {
    let taken = matches!(file.verdict, FileVerdict::Opening | FileVerdict::Accepted);
    let rows = file.rejected > 0 && file.record_file.is_some();
    if !taken || !rows || file.is_proposal() {
        return None;
    }
    let ending = match Format::of_name(&file.name) {
        Format::Csv | Format::Xlsx => "csv",
        Format::Xml => "xml",
        Format::FixedLength => "txt",
        Format::Unknown => return None,
    };
    Some(folder_of(file) + &names::correction(file.receipt, &file.name, ending))
}

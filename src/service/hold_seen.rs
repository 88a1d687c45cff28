//! A held file beside the one that came first, for whoever decides whether it is the same twice.
//! Read [`Desk::hold_seen`] first.

use crate::domain::{
    Finding, HoldEnd, KeyingStage, Organisation, Person, ReceiptNo, RecordRequest, Sameness, Scan,
};
use crate::formats::{KEYED_NAME, RowSink, StoredError};
use crate::ports::{FileRecord, FileVerdict};

use super::Desk;
use super::alike::{Alike, Place};
use super::answers::AnswerError;
use super::judge::BlobReader;
use super::reading::Content;
use super::under_way::Fresh;

/// Most pairs of requests that are shown.
const PAIRS_MAX: usize = 20;

/// A held file and the first one, side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldSeen {
    /// What came first.
    pub first: HoldSide,
    /// What is held.
    pub held: HoldSide,
    /// Why it is held, in sentences; empty where it is the same file or form.
    pub why: Vec<String>,
    /// The requests that are the same, as far as both sides are known by their requests.
    pub pairs: Vec<HoldPair>,
    /// Whether there are more of them than are shown.
    pub more: bool,
    /// How many requests the held file has.
    pub rows: usize,
    /// What two people decided; none while nobody has.
    pub end: Option<HoldEnd>,
}

/// One of both files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldSide {
    /// The file.
    pub file: FileRecord,
    /// By what it came: FAX, 書面, 窓口の書面 or ファイル.
    pub medium: &'static str,
    /// What is on the pages of a paper.
    pub scan: Scan,
}

/// The same request twice: its record number in its file, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldPair {
    /// What came first, and in which file.
    pub first: (Place, RecordRequest),
    /// What is held.
    pub held: (u32, RecordRequest),
}

/// Keeps the rows of a file.
struct Kept(Vec<(u32, RecordRequest)>);

impl RowSink for Kept {
    fn accepted(&mut self, record: u32, _: u32, request: &RecordRequest, _: u64) {
        self.0.push((record, request.clone()));
    }
}

impl Desk {
    /// A held file beside the first one, for people of its branch; none for others, and where
    /// nothing is held.
    pub fn hold_seen(
        &self,
        person: &Person,
        held: ReceiptNo,
    ) -> Result<Option<HoldSeen>, AnswerError> {
        let theirs = |file: &FileRecord| {
            matches!(person.organisation, Organisation::Branch(_))
                && person.works_at(file.submitter.desk)
        };
        let Some(file) = self.store.file(held).filter(theirs) else { return Ok(None) };
        let FileVerdict::Held { same_as } = file.verdict else { return Ok(None) };
        let Some(first) = self.store.file(same_as) else { return Ok(None) };
        let alike = Alike::new(self, &file);
        let rows = self.rows_held(&alike)?;
        let asked: Vec<Sameness> = rows.iter().map(|(_, request)| request.into()).collect();
        alike.expect(asked.clone());
        let mut pairs: Vec<HoldPair> = Vec::new();
        for ((row, request), sameness) in rows.iter().zip(&asked) {
            let mut places = alike.before(sameness);
            places.retain(|place| pairs.iter().all(|pair| pair.first.0 != *place));
            let place = places.iter().find(|(receipt, _)| *receipt == same_as).or(places.first());
            let Some(place) = place.copied() else { continue };
            let Some(earlier) = self.request_at(place)? else { continue };
            pairs.push(HoldPair { first: (place, earlier), held: (*row, request.clone()) });
        }
        let more = pairs.len() > PAIRS_MAX;
        pairs.truncate(PAIRS_MAX);
        let why: Vec<Finding> = self.findings_of(&file)?;
        Ok(Some(HoldSeen {
            why: why.into_iter().map(|one| one.ja).collect(),
            pairs,
            more,
            rows: rows.len(),
            end: self.hold_end(held),
            first: self.side(first),
            held: self.side(file),
        }))
    }

    /// Whether somebody may look at a paper because something of their branch is held with it.
    pub(super) fn is_beside_held(&self, person: &Person, paper: ReceiptNo) -> bool {
        let held = |file: &FileRecord| {
            file.verdict == FileVerdict::Held { same_as: paper }
                && person.works_at(file.submitter.desk)
        };
        !self.store.newest_files(&held, 0, 1).is_empty()
    }

    fn side(&self, file: FileRecord) -> HoldSide {
        let scan = self.store.keying(file.receipt).map(|record| record.scan).unwrap_or_default();
        HoldSide { medium: self.medium(&file), scan, file }
    }

    /// The requests of a held file, of a paper as two people keyed them in.
    fn rows_held(&self, alike: &Alike<'_>) -> Result<Vec<(u32, RecordRequest)>, AnswerError> {
        let file = alike.file();
        let record = file.paper.as_ref().and_then(|_| self.store.keying(file.receipt));
        let settled = record.filter(|record| record.stage == KeyingStage::Settled);
        let sheet = settled.and_then(|record| record.settled);
        let (digest, name) = sheet.map_or((file.digest, &*file.name), |sheet| (sheet, KEYED_NAME));
        let Ok(book) = self.workbook((digest, name))? else { return Ok(Vec::new()) };
        let mut blob = BlobReader::new(self.blobs.open(digest)?);
        let content = book.as_ref().map_or(Content::Bytes(&mut blob), Content::Workbook);
        let (rules, fresh, mut kept) = (self.rulebook(), Fresh::default(), Kept(Vec::new()));
        let (day, _) = Self::day_of(&rules, file, self.came_at(file));
        self.read_rows((&rules, &fresh, alike), day, (content, name), &mut kept)?;
        Ok(kept.0)
    }

    pub(super) fn request_at(
        &self,
        (receipt, row): Place,
    ) -> Result<Option<RecordRequest>, StoredError> {
        let Some(digest) = self.store.file(receipt).and_then(|file| file.record_file) else {
            return Ok(None);
        };
        Ok(self.record_file(digest)?.find(row)?.map(|row| row.request))
    }
}

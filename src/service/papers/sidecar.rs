//! What was keyed in elsewhere and comes beside a picture of its name (`x.tif` and `x.csv`):
//! whoever reads the paper first may begin with it, and puts their name to it.
//!
//! Nobody knows who wrote it, so it is no reading by itself: two people still read the paper, and
//! those who were shown the file are neither the second nor the third. One that comes alone waits
//! for its picture, and is refused when that does not come. Read [`Desk::take_sidecar`] first.

use std::sync::{PoisonError, TryLockError};

use tracing::info;

use crate::domain::rules::Row;
use crate::domain::{
    Code, Digest, Field, Finding, KEYED_ROWS_MAX, KeyedRow, KeyedSheet, KeyingStage, Person,
    ReceiptNo, RecordRequest, Severity,
};
use crate::formats::{Format, RowSink, read_keyed};
use crate::ports::{Entry, FileRecord, FileVerdict, KeyingMove, KeyingRecord, Sidecar, StoreError};
use crate::workflow::{EffectKind, MailKind};

use super::super::alike::Alike;
use super::super::flaws::whole_file;
use super::super::judge::BlobReader;
use super::super::reading::Content;
use super::super::under_way::Fresh;
use super::keying::{KeyError, Paper, keying_of, text_of};
use super::{Desk, Rulebook};

/// What was keyed in elsewhere, as somebody who looks at the paper may know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SidecarSeen {
    /// The file.
    pub receipt: ReceiptNo,
    /// Its name.
    pub name: String,
    /// How many requests it holds.
    pub rows: usize,
    /// Whether the person may begin with it.
    pub is_offered: bool,
    /// Who else was shown it, while nobody has read the paper.
    pub shown_to: Option<String>,
    /// Whether the first reading was made by somebody who was shown it.
    pub is_used: bool,
}

/// Keeps the rows of a file as they stand there, one more than may be keyed in.
#[derive(Debug, Default)]
struct Typed {
    rows: Vec<KeyedRow>,
}

impl RowSink for Typed {
    fn accepted(&mut self, _: u32, _: u32, _: &RecordRequest, _: u64) {}

    fn row(&mut self, row: &Row<'_>) {
        if self.rows.len() <= KEYED_ROWS_MAX {
            let cells = Field::ALL.iter().zip(row.cells).map(|(field, text)| (*field, text.trim()));
            let typed = cells.filter(|(_, text)| !text.is_empty());
            self.rows.push(typed.map(|(field, text)| (field, text.to_owned())).collect());
        }
    }
}

impl Desk {
    /// Takes a file in that is no picture where only pictures are read: it goes with the paper of
    /// its name, waits for that, or is refused with the reason. Errs only when the store does.
    pub(in crate::service) fn take_sidecar(
        &self,
        rules: &Rulebook,
        file: &FileRecord,
    ) -> Result<Paper, StoreError> {
        let refuse = |findings: &[Finding]| {
            let refused = self.refuse(file, findings, MailKind::RejectedFile)?;
            Ok(Paper::Refused(Box::new(refused)))
        };
        let text = match self.read_sidecar(rules, file)? {
            Ok(text) => text,
            Err(findings) => return refuse(&findings),
        };
        let _one_by_one = self.keying.lock().unwrap_or_else(PoisonError::into_inner);
        let papers = self.papers_named(file);
        let is_open = |(paper, record): &&(FileRecord, KeyingRecord)| {
            paper.verdict == FileVerdict::Keying && may_begin(record) && record.sidecar.is_none()
        };
        let paper = papers.iter().find(is_open).map(|(paper, _)| paper.receipt);
        if paper.is_none() && !papers.is_empty() {
            return refuse(&[self.unpaired(file)]);
        }
        let sidecar = Sidecar { file: file.receipt, sheet: self.keep(&text)? };
        let mut entries = vec![Entry::Keying(Box::new(KeyingMove::Beside(sidecar)))];
        if let Some(paper) = paper {
            entries.extend(self.paired(paper, sidecar)?);
        }
        self.blobs.sync().map_err(|error| StoreError::Poisoned(error.to_string()))?;
        self.commit_entries(self.clock.now(), entries)?;
        Ok(Paper::Waits)
    }

    /// What such a file says, as a keyed sheet; all that is wrong with it where it cannot be one.
    fn read_sidecar(
        &self,
        rules: &Rulebook,
        file: &FileRecord,
    ) -> Result<Result<Vec<u8>, Vec<Finding>>, StoreError> {
        let failed = |error: std::io::Error| StoreError::Poisoned(error.to_string());
        let content = (file.digest, &*file.name);
        let book = match self.workbook(content).map_err(failed)? {
            Ok(book) => book,
            Err(finding) => return Ok(Err(vec![*finding, no_sidecar()])),
        };
        let mut blob = BlobReader::new(self.blobs.open(file.digest).map_err(failed)?);
        let content = book.as_ref().map_or(Content::Bytes(&mut blob), Content::Workbook);
        let (fresh, mut typed) = (Fresh::default(), Typed::default());
        let (on, source) = (file.received_at.date(), (content, &*file.name));
        let by = (rules, &fresh, &Alike::new(self, file));
        let report = self.read_rows(by, on, source, &mut typed).map_err(failed)?;
        if report.records > 0 && typed.rows.len() > KEYED_ROWS_MAX {
            return Ok(Err(vec![too_many()]));
        }
        // A row that is no row of cells would be missing: what is wrong with it is told now, all
        // else to whoever begins with it.
        let is_whole = usize::try_from(report.records) == Ok(typed.rows.len());
        let sheet = KeyedSheet { received: None, rows: typed.rows };
        match text_of(&sheet) {
            Ok(text) if is_whole && !report.file_error => Ok(Ok(text)),
            _ => {
                // What rows say is for whoever begins with them, and not for the branch to read.
                let is_no_row = |one: &Finding| matches!(one.code, Code::Row | Code::Formula);
                let is_of_file = |one: &Finding| one.record == 0 || is_no_row(one);
                let wrong = report.findings.into_iter();
                let wrong = wrong.filter(|one| one.severity == Severity::Error && is_of_file(one));
                Ok(Err(std::iter::once(no_sidecar()).chain(wrong).collect()))
            }
        }
    }

    /// Files of a file's name that came to the same folder not long before or after it, in the
    /// order they came.
    fn named_alike(&self, file: &FileRecord) -> Vec<FileRecord> {
        let within = self.pair_within_ms(file);
        let near = |other: &FileRecord| {
            other.receipt != file.receipt
                && apart_ms(other, file) <= within
                && is_named_alike(other, file)
        };
        let mut named = self.store.files(&near, usize::MAX);
        named.sort_by_key(|file| file.receipt);
        named
    }

    /// The papers among them, but for those made of the sheets of several calls: such a file says
    /// what is on one call.
    fn papers_named(&self, file: &FileRecord) -> Vec<(FileRecord, KeyingRecord)> {
        let paper = |file: FileRecord| {
            let record = self.store.keying(file.receipt)?;
            let is_paper = !record.is_sidecar()
                && !record.is_counter()
                && self.sheets_slip(&file, &record).is_none();
            is_paper.then_some((file, record))
        };
        self.named_alike(file).into_iter().filter_map(paper).collect()
    }

    /// How long after one another a file and the picture of its name may come.
    fn pair_within_ms(&self, file: &FileRecord) -> i64 {
        keying_of(&self.rulebook(), file).map_or(0, |keying| keying.pair_within_ms)
    }

    /// What brings a paper that is opened together with the file of its name that waits for it.
    pub(in crate::service) fn with_sidecar(
        &self,
        paper: &FileRecord,
    ) -> Result<Vec<Entry>, StoreError> {
        let waiting = self.store.keyings(&|record| record.stage == KeyingStage::Sidecar);
        let mut waiting = waiting.into_iter().filter_map(|record| record.sidecar);
        let within = self.pair_within_ms(paper);
        let is_its =
            |file: &FileRecord| apart_ms(file, paper) <= within && is_named_alike(file, paper);
        let found =
            waiting.find(|sidecar| self.store.file(sidecar.file).as_ref().is_some_and(is_its));
        found.map_or(Ok(Vec::new()), |sidecar| self.paired(paper.receipt, sidecar))
    }

    /// What makes a waiting file part of a paper: it has its verdict and its answer by that.
    fn paired(&self, paper: ReceiptNo, sidecar: Sidecar) -> Result<Vec<Entry>, StoreError> {
        let receipt = sidecar.file;
        let ja = format!(
            "同じ名前の画像（受付番号 {paper}）といっしょに、入力済みのファイルとしてお預かりしました。\
             画面「書面の入力」で、一人目の方が書面と見比べて確定してください。"
        );
        let en = format!("it goes with the picture {paper}; whoever reads that first may use it");
        let told = Finding { severity: Severity::Warning, ..whole_file(Code::Pair, &ja, &en) };
        let checked = self.nothing_taken(receipt, &[told], &[EffectKind::Result])?;
        info!(file = %receipt, paper = %paper, "a file goes with the picture of its name");
        Ok(vec![
            Entry::Keying(Box::new(KeyingMove::Paired { receipt: paper, sidecar })),
            Entry::Keying(Box::new(KeyingMove::Closed { receipt, to: Some(paper) })),
            Entry::Checked(Box::new(checked)),
        ])
    }

    /// Refuses the files whose picture has not come in time. While files are being judged the next
    /// look at the clock does it.
    pub(in crate::service) fn give_up_sidecars(&self) -> Result<(), StoreError> {
        let late: Vec<ReceiptNo> = {
            if !self.sidecars().iter().any(|file| self.is_given_up(file)) {
                return Ok(());
            }
            let _judging = match self.judging.try_lock() {
                Ok(judging) => judging,
                Err(TryLockError::Poisoned(judging)) => judging.into_inner(),
                Err(TryLockError::WouldBlock) => return Ok(()),
            };
            let waiting = self.sidecars().into_iter();
            let late = waiting.filter(|file| self.is_given_up(file)).map(|file| file.receipt);
            let late: Vec<ReceiptNo> = late.collect();
            if late.is_empty() {
                return Ok(());
            }
            let closed = |receipt: &ReceiptNo| {
                Entry::Keying(Box::new(KeyingMove::Closed { receipt: *receipt, to: None }))
            };
            self.commit_entries(self.clock.now(), late.iter().map(closed).collect())?;
            late
        };
        self.judge_all(&late).map(|_| ())
    }

    /// Whether a file has waited for its picture as long as its channel says, and none is ours that
    /// nobody has looked at yet.
    fn is_given_up(&self, file: &FileRecord) -> bool {
        let waited = self.clock.now().ms().saturating_sub(file.received_at.ms());
        let is_new = |other: &FileRecord| other.verdict == FileVerdict::Received;
        waited >= self.pair_within_ms(file) && !self.named_alike(file).iter().any(is_new)
    }

    /// Files that wait for the picture of their name, in the order they came.
    fn sidecars(&self) -> Vec<FileRecord> {
        // Every look at the clock asks this: mostly there is nothing.
        if !self.store.counts().files.contains_key(FileVerdict::Keying.name()) {
            return Vec::new();
        }
        let waiting = self.store.keyings(&|record| record.stage == KeyingStage::Sidecar);
        waiting.into_iter().filter_map(|record| self.store.file(record.receipt)).collect()
    }

    /// The files at a person's branch that wait for the picture of their name.
    pub fn sidecars_waiting(&self, person: &Person) -> Vec<FileRecord> {
        let mut waiting = self.sidecars();
        waiting.retain(|file| person.works_at(file.submitter.desk));
        waiting
    }

    /// Why a file does not go with a paper: no picture of its name came, or that was not taken in,
    /// has one already, or was begun without it.
    pub(in crate::service) fn unpaired(&self, file: &FileRecord) -> Finding {
        let paper = self.papers_named(file).into_iter().next();
        let paper = paper.map(|(paper, record)| (paper.receipt, why_not(&record)));
        let not_taken = || {
            let named = self.named_alike(file);
            let other = named.iter().find(|other| is_picture_out(other))?.receipt;
            Some((other, ("受け付けていないので、組み合わせられません", "it was not taken in")))
        };
        let Some((receipt, (ja, en))) = paper.or_else(not_taken) else { return no_picture() };
        let ja = format!(
            "同じ名前の画像（受付番号 {receipt}）は、{ja}。このファイルは使いません。書面は、画面\
             「書面の入力」で、書面を見て入力してください。"
        );
        let en = format!("the picture {receipt}: {en}; this file is not used, key the paper in");
        whole_file(Code::Pair, &ja, &en)
    }

    /// What came with a paper from elsewhere, for a person who looks at the paper.
    pub(in crate::service) fn sidecar_seen(
        &self,
        person: &Person,
        record: &KeyingRecord,
    ) -> Option<SidecarSeen> {
        let Sidecar { file, sheet } = record.sidecar?;
        let name = self.store.file(file)?.name;
        let rows = self.sidecar_rows(sheet).ok()?.len();
        let first = record.readings.first();
        let is_used = first.is_some_and(|reading| record.shown_to.contains(&reading.by));
        let is_offered = is_for(person, record);
        let other = record.shown_to.first().filter(|_| may_begin(record) && !is_offered);
        let shown_to = other.map(|id| self.name_of(id));
        Some(SidecarSeen { receipt: file, name, rows, is_offered, shown_to, is_used })
    }

    /// What came with a paper from elsewhere, for a person who is to read it first. That they were
    /// shown it is kept: they read it neither second nor third, and nobody else is shown it, so
    /// that somebody is left who reads for themselves.
    pub fn open_sidecar(
        &self,
        person: &Person,
        receipt: ReceiptNo,
    ) -> Result<Vec<KeyedRow>, KeyError> {
        let _one_by_one = self.keying.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, record) = self.paper_for(person, receipt).ok_or(KeyError::NotHere)?;
        self.may_read(person, &file, &record)?;
        let sidecar = record.sidecar.filter(|_| is_for(person, &record)).ok_or(KeyError::Behind)?;
        let rows = self.sidecar_rows(sidecar.sheet);
        let rows = rows.map_err(|error| KeyError::Store(error.to_string()))?;
        if !record.shown_to.contains(&person.id) {
            let shown = KeyingMove::Shown { receipt, to: person.id.clone() };
            self.commit_entries(self.clock.now(), vec![Entry::Keying(Box::new(shown))])?;
        }
        Ok(rows)
    }

    fn sidecar_rows(&self, sheet: Digest) -> std::io::Result<Vec<KeyedRow>> {
        Ok(read_keyed(&self.blobs.open(sheet)?.read_all()?)?.rows)
    }
}

/// Whether a paper may be read first from a file that came with it. What was begun anew is not:
/// then it was the file that did not agree with the paper.
fn may_begin(record: &KeyingRecord) -> bool {
    record.stage == KeyingStage::First && record.readers().next().is_none()
}

/// Whether a file is a picture, by its name, that was held or given back.
fn is_picture_out(file: &FileRecord) -> bool {
    let is_out = matches!(file.verdict, FileVerdict::Held { .. } | FileVerdict::Rejected);
    is_out && Format::of_name(&file.name) == Format::Unknown
}

/// Why a file does not go with the paper of its name.
fn why_not(paper: &KeyingRecord) -> (&'static str, &'static str) {
    match paper.stage {
        _ if paper.sidecar.is_some() => {
            ("ほかの入力済みのファイルが先に届いています", "another file came with it")
        }
        KeyingStage::Sheets | KeyingStage::Closed => (
            "何枚かで一組の用紙として、別の受付番号にまとめるものです",
            "its sheets go into another paper",
        ),
        _ if may_begin(paper) => {
            ("時間のうちに組み合わせられませんでした", "the two were not brought together in time")
        }
        _ => ("書面の入力が始まっています", "people read it already"),
    }
}

/// Whether a person may begin with it: nobody, or they, were shown it.
fn is_for(person: &Person, record: &KeyingRecord) -> bool {
    may_begin(record) && record.shown_to.iter().all(|id| *id == person.id)
}

/// Whether two files came to the same folder under one name, whatever their extensions.
fn is_named_alike(one: &FileRecord, other: &FileRecord) -> bool {
    one.submitter.channel == other.submitter.channel
        && one.submitter.folder == other.submitter.folder
        && stem(&one.name) == stem(&other.name)
}

/// How long after one another two files came.
fn apart_ms(one: &FileRecord, other: &FileRecord) -> i64 {
    one.received_at.ms().saturating_sub(other.received_at.ms()).saturating_abs()
}

/// A file's name without its extension; Windows knows no case.
fn stem(name: &str) -> String {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_lowercase()
}

fn no_picture() -> Finding {
    whole_file(
        Code::C02,
        "書面の画像がありません。画像を、同じ名前で置いてください（例 fax0012.csv と fax0012.tif）。\
         支店でお受けした請求の一覧なら、支店のフォルダーに置いてください。",
        "the scan is missing; drop the picture under the same name, or put what is no paper into \
         the branch's folder",
    )
}

fn no_sidecar() -> Finding {
    whole_file(
        Code::Pair,
        "画像ではなく、入力済みのファイルとしても読めません。直してもう一度置くか、画像だけを置いて、\
         画面「書面の入力」で入力してください。",
        "it is no picture and cannot be read as a file of keyed values; correct it, or drop the \
         picture alone and key it in",
    )
}

fn too_many() -> Finding {
    let ja = format!(
        "入力済みのファイルは、請求{KEYED_ROWS_MAX}件までです。書面を分けるか、画像だけを置いて、\
         画面「書面の入力」で入力してください。"
    );
    let en = format!(
        "a file of keyed values holds at most {KEYED_ROWS_MAX} requests; drop the picture alone"
    );
    whole_file(Code::Pair, &ja, &en)
}

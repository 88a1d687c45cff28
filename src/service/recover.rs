//! Mending after a stop: what memory alone held is made again from what was kept.

use std::sync::Arc;

use tracing::{error, warn};

use crate::domain::{Asking, CaseId, Person};
use crate::formats::{KeyPlaces, StoredError};
use crate::ports::{CaseFilter, FileRecord, FileVerdict, KeyBook, Reviews, RowAnswer, StoreError};
use crate::workflow::{Definition, StepKind, Unit, all_seats};

use super::Desk;
use super::answers::flow_of;
use super::open::RecordFile;
use super::rows::BULK;
use super::under_way::carried;

/// The business keys of a bulk file, where they lie on disk.
struct KeyedFile {
    rows: RecordFile,
    places: KeyPlaces,
}

impl std::fmt::Debug for KeyedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyedFile").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

impl KeyBook for KeyedFile {
    fn holds(&self, key: u64) -> bool {
        self.rows.has_key(&self.places, key).unwrap_or_else(|error| {
            // A row that may be there already is not taken in a second time.
            error!(%error, "a row cannot be compared with those of a bulk file");
            true
        })
    }
}

impl Desk {
    /// Makes again what is not in the journal: business keys of batch cases, what open cases ask of
    /// claims, and their links; settles clearing files that were being published.
    pub fn recover(&self) -> Result<(), StoreError> {
        let taken = |file: &FileRecord| {
            matches!(file.verdict, FileVerdict::Accepted | FileVerdict::Opening)
        };
        let accepted = self.store.files(&taken, usize::MAX);
        for file in &accepted {
            self.remember_keys(file);
            self.remember_paper(file);
            if file.open_cases > 0 {
                self.remember_lines(file);
                self.remember_links(file);
            }
        }
        self.remember_review_links();
        self.judge_keyed()?;
        self.tell_of_mails();
        self.settle_published()
    }

    /// A review may be open long after its case and file are done.
    fn remember_review_links(&self) {
        let filter = CaseFilter { reviews: Reviews::Open, ..CaseFilter::default() };
        for case in self.store.cases(&filter, None, usize::MAX) {
            for person in self.people_for(&case) {
                for one in case.head.open_reviews() {
                    self.review_link(case.head.id, &person.id, (one.step, one.seat));
                }
            }
        }
    }

    /// Tells which cases hold the business keys of a file's rows.
    pub(super) fn remember_keys(&self, file: &FileRecord) {
        let batches: Vec<_> =
            (1..).zip(&file.flows).filter(|(_, flow)| flow.unit == Unit::File).collect();
        let Some(digest) = file.record_file.filter(|_| !batches.is_empty()) else { return };
        let remember = || {
            let rows = self.record_file(digest)?;
            if let ([(n, _)], 1, true) = (&*batches, file.flows.len(), rows.len() > BULK) {
                let case = CaseId { receipt: file.receipt, n: *n, row: None };
                return self.remember_book(case, rows);
            }
            for (n, flow) in &batches {
                let case = CaseId { receipt: file.receipt, n: *n, row: None };
                let answered = self.store.answered(case) > 0;
                let errored = |row: u32| {
                    let line = self.store.result_of(case, row);
                    line.is_some_and(|line| matches!(line.answer, RowAnswer::Errored { .. }))
                };
                let keys: Vec<u64> = if file.flows.len() == 1 && !answered {
                    rows.keys()?
                } else {
                    rows.rows()
                        .filter_map(Result::ok)
                        .filter(|row| flow.kinds.contains(&row.request.kind))
                        .filter(|row| !answered || !errored(row.record))
                        .map(|row| row.request.business_key())
                        .collect()
                };
                self.store.remember_keys(case, &keys);
            }
            Ok::<(), StoredError>(())
        };
        if let Err(error) = remember() {
            warn!(file = %file.receipt, %error, "its rows cannot be compared with new ones");
        }
    }

    /// Tells that the keys of a bulk file are in its record file, those of errored lines not.
    fn remember_book(&self, case: CaseId, rows: RecordFile) -> Result<(), StoredError> {
        let mut freed = Vec::new();
        for line in self.store.results_of(case) {
            if matches!(line.answer, RowAnswer::Errored { .. }) {
                freed.extend(rows.find(line.row)?.map(|row| row.request.business_key()));
            }
        }
        let places = rows.key_places()?;
        self.store.remember_book(case, Arc::new(KeyedFile { rows, places }));
        self.store.forget_keys(case, &freed);
        Ok(())
    }

    /// What the lines of a file ask of claims; most files name none and are not read.
    fn remember_lines(&self, file: &FileRecord) {
        for (n, flow) in (1..).zip(&file.flows) {
            let about = flow.kinds.iter().any(|kind| kind.changes_claim());
            let Some(digest) = file.record_file.filter(|_| about) else { continue };
            let rows = match self.record_file(digest) {
                Ok(rows) => rows,
                Err(error) => {
                    warn!(file = %file.receipt, %error, "what it asks of claims is not known");
                    continue;
                }
            };
            let mine = rows.rows().filter_map(Result::ok);
            let mine = mine.filter(|row| flow.kinds.contains(&row.request.kind));
            let asking = mine.filter_map(|row| Asking::of(&row.request, row.record));
            let lines = asking.map(|line| carried(line, (file.receipt, n), flow.unit));
            self.store.remember_lines(&lines.collect::<Vec<_>>());
        }
    }

    /// Links of batches, and of rows that are asked about one by one: those taken out of a batch,
    /// and those whose other side consents.
    fn remember_links(&self, file: &FileRecord) {
        for (n, flow) in (1..).zip(&file.flows) {
            let case = CaseId { receipt: file.receipt, n, row: None };
            if let Some(definition) = self.definition(flow.definition) {
                self.remember_links_of(case, &definition, file, &self.people_at(file));
            }
        }
        let filter = CaseFilter { receipt: Some(file.receipt), ..CaseFilter::default() };
        let rows = self.store.cases(&filter, None, usize::MAX).into_iter();
        for case in rows.filter(|case| case.head.id.row.is_some()) {
            let Some(definition) = self.definition_of(&case) else { continue };
            let flow = flow_of(file, case.head.id);
            let carved = flow.is_some_and(|flow| flow.unit == Unit::File);
            if carved || definition.asks_counterparty() {
                self.remember_links_of(case.head.id, &definition, file, &self.people_for(&case));
            }
        }
    }

    fn remember_links_of(
        &self,
        case: CaseId,
        definition: &Definition,
        file: &FileRecord,
        people: &[Person],
    ) {
        for (step, found) in (0_u8..).zip(&definition.steps) {
            let StepKind::Approve(approve) = &found.kind else { continue };
            for filled in 0..all_seats(approve, file.submitter.pattern).len() {
                for person in people {
                    self.link(case, &person.id, &format!("{step}.{filled}"));
                }
            }
        }
    }
}

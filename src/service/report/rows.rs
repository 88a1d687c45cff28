//! The rows of a case, read by number from the record file and never whole.

use std::io;

use crate::domain::{RecordRequest, RequestKind, YenTotal};
use crate::formats::{Reader, StoredError, StoredRow};
use crate::workflow::Case;

use super::Desk;

/// Rows on one page.
pub const ROWS_PAGE: u32 = 50;

/// A page of a case's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsPage {
    /// The rows, at most fifty.
    pub rows: Vec<CaseRow>,
    /// The page, from 1.
    pub page: u32,
    /// How many pages there are, at least 1.
    pub pages: u32,
}

/// A row of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// Its number in the file, from 1.
    pub record: u32,
    /// Its physical line.
    pub line: u32,
    /// What it asks for.
    pub request: RecordRequest,
}

/// Records of one kind in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindTotal {
    /// The kind.
    pub kind: RequestKind,
    /// How many.
    pub rows: u32,
    /// The sum of their amounts.
    pub total: YenTotal,
}

/// Why rows could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// The record file is not there.
    #[error("the record file of case {0} cannot be opened")]
    Missing(String, #[source] io::Error),
    /// It is damaged or from a newer version.
    #[error(transparent)]
    Stored(#[from] StoredError),
}

impl Desk {
    /// One page of a case's rows, in the order of the file; pages count from 1, and one beyond the
    /// last is the last.
    pub fn rows(&self, case: &Case, page: u32) -> Result<RowsPage, RowsError> {
        let pages = case.head.scope.rows.div_ceil(ROWS_PAGE).max(1);
        let page = page.clamp(1, pages);
        let mut rows = Vec::new();
        let skip = (page - 1).saturating_mul(ROWS_PAGE);
        self.each_row(case, skip, ROWS_PAGE, &mut |row| {
            rows.push(CaseRow { record: row.record, line: row.line, request: row.request });
        })?;
        Ok(RowsPage { rows, page, pages })
    }

    /// How many records of each kind a case holds and their sums; reads every row.
    pub fn kinds(&self, case: &Case) -> Result<Vec<KindTotal>, RowsError> {
        let mut kinds =
            RequestKind::ALL.map(|kind| KindTotal { kind, rows: 0, total: YenTotal::default() });
        self.each_row(case, 0, u32::MAX, &mut |row| {
            if let Some(sum) = kinds.iter_mut().find(|sum| sum.kind == row.request.kind) {
                sum.rows += 1;
                sum.total = sum.total.plus(row.request.amount);
            }
        })?;
        Ok(kinds.into_iter().filter(|sum| sum.rows > 0).collect())
    }

    /// Hands a case's rows to `take`, in the order of the file: at most `limit` after `skip`.
    pub(in crate::service) fn each_row(
        &self,
        case: &Case,
        skip: u32,
        limit: u32,
        take: &mut dyn FnMut(StoredRow),
    ) -> Result<(), RowsError> {
        let blob = self
            .blobs
            .open(case.file.record_file)
            .map_err(|error| RowsError::Missing(case.head.id.to_string(), error))?;
        let reader = Reader::open(blob.len(), |at, buffer: &mut [u8]| blob.read_at(at, buffer))?;
        if let Some(record) = case.head.id.row {
            reader.find(record)?.into_iter().for_each(take);
        } else if case.file.definitions.len() == 1 && case.head.carves().is_empty() {
            for i in skip..reader.len().min(skip.saturating_add(limit)) {
                take(reader.row(i)?);
            }
        } else {
            let (kinds, carved) = (self.own_kinds(case), case.head.carved());
            let (mut skip, mut left) = (skip, limit);
            for row in reader.rows() {
                let row = row?;
                if left == 0 {
                    break;
                }
                let gone = carved.binary_search(&row.record).is_ok();
                if gone || !kinds.contains(&row.request.kind) {
                    continue;
                }
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                left -= 1;
                take(row);
            }
        }
        Ok(())
    }

    /// The kinds of request that a case's flow took.
    fn own_kinds(&self, case: &Case) -> Vec<RequestKind> {
        let file = self.store.file(case.file.receipt);
        let flow = usize::from(case.head.id.n).checked_sub(1);
        let flow = file.zip(flow).and_then(|(file, at)| file.flows.into_iter().nth(at));
        flow.map(|flow| flow.kinds).unwrap_or_default()
    }
}

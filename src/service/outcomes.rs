//! Bulk result files (配信1): which of our lines each of their records is about, and the same file
//! for whoever sent a bulk request file.
//!
//! Such a file names no case. A record is about the one line that was asked for in just these
//! words and waits for its result; where there are two of them, nobody can tell, and a person must.

use std::collections::BTreeMap;
use std::io::Read as _;

use tracing::warn;

use crate::domain::{CaseId, Finding, Severity, center_error};
use crate::formats::densai::{Asked, Outcome, Told, is_request, read_outcomes, write_outcomes};
use crate::formats::{CenterAnswer, CenterRow, StoredRow};
use crate::ports::{CaseFilter, FileRecord, Parcel, RowAnswer};
use crate::render::names;
use crate::workflow::{Case, Status};

use super::Desk;
use super::answers::{Answer, folder_of};
use super::judge::BlobReader;
use super::results::finding;

/// As much of a file as tells whether it is of fixed length.
const HEAD_LEN: u64 = 4_096;

/// The lines that are known under the same words.
type Lines = BTreeMap<Asked, Vec<(CaseId, u32)>>;

impl Desk {
    /// The rows of a bulk result file, each with the line it is about; errs with what keeps the
    /// whole file from being read.
    pub(super) fn outcome_rows(
        &self,
        file: &FileRecord,
        bytes: &[u8],
    ) -> Result<Vec<Result<CenterRow, Finding>>, Finding> {
        let told = read_outcomes(bytes, &self.rulebook().results)?;
        let lines = self.lines_asked(file);
        Ok(told.into_iter().map(|one| row_of(one?, &lines)).collect())
    }

    /// Every line that waits for its result, and those this file has told already: judged again
    /// after a stop, it comes to the same.
    fn lines_asked(&self, file: &FileRecord) -> Lines {
        let mut lines = Lines::new();
        for case in self.store.cases(&CaseFilter::default(), None, usize::MAX) {
            let told = |row: u32| self.store.result_of(case.head.id, row);
            let waits = matches!(case.head.status, Status::Waiting | Status::Incident);
            let may_be = waits || self.store.answered(case.head.id) > 0;
            let submitted = may_be.then(|| self.store.file(case.file.receipt)).flatten();
            let Some(submitted) = submitted else { continue };
            let Ok(rows) = self.case_rows(&submitted, &case, usize::MAX) else { continue };
            for row in rows {
                let known = told(row.record);
                let own = known.as_ref().is_some_and(|line| line.from == file.receipt);
                if own || (waits && known.is_none()) {
                    let line = (case.head.id, row.record);
                    lines.entry(Asked::of(&row.request)).or_default().push(line);
                }
            }
        }
        lines
    }

    /// What became of a bulk request file, in the form it came in. Lines that were refused at
    /// intake are no part of it: they are in the result and in the correction file. Nothing where
    /// it came in another form, or where the form has no place for what is to be told.
    pub(super) fn outcome_file(&self, file: &FileRecord) -> Answer<Option<Parcel>> {
        let mut head = Vec::new();
        let sent = BlobReader::new(self.blobs.open(file.digest)?);
        sent.take(HEAD_LEN).read_to_end(&mut head)?;
        let Some(digest) = file.record_file.filter(|_| is_request(&head)) else { return Ok(None) };
        let rows = self.record_file(digest)?;
        let (mut outcomes, mut ended) = (Vec::new(), None);
        for row in self.final_rows(file)? {
            let row = row?;
            let Some(case) = row.case.and_then(|id| self.store.case(id)) else { continue };
            ended = ended.max(row.at);
            outcomes.extend(rows.find(row.record)?.map(|row| self.outcome_of(&case, row)));
        }
        let on = ended.unwrap_or(file.received_at).date();
        if outcomes.is_empty() {
            return Ok(None);
        }
        match write_outcomes(&outcomes, &self.rulebook().results, on) {
            Ok(bytes) => {
                let path = folder_of(file) + &names::final_records(file.receipt, &file.name);
                Ok(Some(Parcel::new(path, bytes)))
            }
            Err(wrong) => {
                // The final file in CSV says all of it.
                let error = wrong.first().map(ToString::to_string).unwrap_or_default();
                warn!(file = %file.receipt, error, "a bulk result file has no place for a result");
                Ok(None)
            }
        }
    }

    fn outcome_of(&self, case: &Case, row: StoredRow) -> Outcome {
        let request = row.request;
        let line = self.store.result_of(case.head.id, row.record);
        let (number, error) = match line.map(|line| line.answer) {
            Some(RowAnswer::Recorded(number)) => (number.or(request.record_number), String::new()),
            Some(RowAnswer::Errored { code, .. }) => (None, center_error(&code).to_string()),
            None => (None, case.head.status.name().to_uppercase()),
        };
        Outcome { request, number, error }
    }
}

/// A record as a row about the line it means.
fn row_of(told: Told, lines: &Lines) -> Result<CenterRow, Finding> {
    let wrong = |ja: String, en: &str| {
        let value = told.what.reference.clone();
        Err(finding((told.record, 0), Severity::Error, value, (ja, en.to_owned())))
    };
    let (case, row) = match lines.get(&told.what).map(Vec::as_slice) {
        Some([line]) => *line,
        Some([_, _, ..]) => {
            return wrong(
                "同じ内容の明細が二つ以上待っていて、どれの結果か分かりません。申請番号と明細番号のある \
                 CSV（申請番号,明細番号,結果,記録番号）でお出しください。"
                    .to_owned(),
                "several lines of the same words wait; tell the result as a CSV with case and row",
            );
        }
        Some([]) | None => {
            return wrong(
                format!(
                    "結果を待っている明細に、{} {} のRef「{}」がありません。送付した内容と比べてください。",
                    told.what.kind.japanese(),
                    told.what.requester,
                    told.what.reference
                ),
                "no line that waits was asked for in these words; compare it with what was sent",
            );
        }
    };
    let answer = if told.error.is_empty() { CenterAnswer::Good } else { CenterAnswer::Bad };
    let Told { record, number, error, .. } = told;
    Ok(CenterRow {
        record,
        line: 0,
        case,
        row: Some(row),
        answer,
        number,
        error,
        note: String::new(),
    })
}

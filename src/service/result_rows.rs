//! The rows of a result file, read as they are asked for: a bulk file's are never all in memory.

use std::io;
use std::str::FromStr as _;

use crate::domain::{CaseId, Code, Finding, Severity};
use crate::formats::{Ahead, StoredRow};
use crate::ports::FileRecord;
use crate::render::results::ResultRow;
use crate::render::view::{RowView, Verdict};
use crate::workflow::Unit;

use super::open::RecordFile;

/// The rows of a result: accepted ones from the record file, refused ones from the findings.
pub(super) struct ResultRows {
    file: FileRecord,
    rows: Option<RecordFile>,
    ahead: Ahead,
    next: u32,
    findings: std::iter::Peekable<std::vec::IntoIter<Finding>>,
}

impl ResultRows {
    /// The rows of `file`: `rows` are its accepted ones, `findings` sorted by record.
    pub(super) fn new(file: FileRecord, rows: Option<RecordFile>, findings: Vec<Finding>) -> Self {
        let (ahead, findings) = (Ahead::default(), findings.into_iter().peekable());
        Self { file, rows, ahead, next: 0, findings }
    }

    /// The next accepted row, if its turn comes before that of the next finding's record.
    fn accepted(&mut self) -> Option<io::Result<StoredRow>> {
        let rows = self.rows.as_ref().filter(|rows| self.next < rows.len())?;
        let row = match rows.row_after(self.next, &mut self.ahead) {
            Ok(row) => row,
            Err(error) => return Some(Err(io::Error::other(error))),
        };
        if self.findings.peek().is_some_and(|finding| finding.record < row.record) {
            return None;
        }
        self.next += 1;
        Some(Ok(row))
    }
}

impl Iterator for ResultRows {
    type Item = io::Result<ResultRow>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut row = match self.accepted() {
            Some(Err(error)) => return Some(Err(error)),
            Some(Ok(row)) => ResultRow { row: row_view(&self.file, row), findings: Vec::new() },
            None => lone_row(self.findings.next()?),
        };
        let record = row.row.record;
        // Of the whole file each stands alone: it has a line of its own.
        let same = |finding: &Finding| record > 0 && finding.record == record;
        while let Some(finding) = self.findings.next_if(same) {
            row.findings.push(finding);
        }
        let warned = row.findings.iter().any(|f| f.severity == Severity::Warning);
        if row.row.verdict == Verdict::Accepted && warned {
            row.row.verdict = Verdict::Warning;
        }
        Some(Ok(row))
    }
}

/// An accepted row as papers and results show it.
pub(super) fn row_view(file: &FileRecord, row: StoredRow) -> RowView {
    let (n, flow) = (1..)
        .zip(&file.flows)
        .find(|(_, flow)| flow.kinds.contains(&row.request.kind))
        .map_or((1, None), |(n, flow)| (n, Some(flow)));
    let own = flow.is_some_and(|flow| flow.unit == Unit::Record);
    RowView {
        record: row.record,
        line: row.line,
        verdict: Verdict::Accepted,
        reference: row.request.requester_ref.clone(),
        case: flow.map(|_| CaseId { receipt: file.receipt, n, row: own.then_some(row.record) }),
        request: Some(row.request),
    }
}

/// A row of which only a finding is kept: it was refused, or it told a case what became of it.
fn lone_row(finding: Finding) -> ResultRow {
    // Of the whole file only D33 says that there were more of its kind.
    let more = finding.code == Code::D33 && finding.record == 0;
    let told = finding.severity == Severity::Info && (finding.code == Code::Result || more);
    // Of a mail that came back a person is to read what was made of it.
    let taken = told || (finding.code == Code::Bounce && finding.severity == Severity::Warning);
    // What is only told of the whole file keeps nothing of it from being taken in.
    let of_file = finding.record == 0 && finding.severity != Severity::Error;
    let row = RowView {
        record: finding.record,
        line: finding.line,
        verdict: if taken || of_file { Verdict::Accepted } else { Verdict::Rejected },
        reference: finding.reference.as_deref().unwrap_or_default().to_owned(),
        case: CaseId::from_str(&finding.value).ok().filter(|_| taken),
        request: None,
    };
    ResultRow { row, findings: vec![finding] }
}

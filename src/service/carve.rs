//! Reading the lines that are to be carved out of a batch, and writing them down as cases.

use std::collections::BTreeSet;

use crate::domain::{CaseId, YenTotal};
use crate::formats::StoredRow;
use crate::ports::{Entry, OpenedRow, RowSeed, Staffed};
use crate::workflow::{
    Action, CARVED_MAX, Carving, Case, Child, CommandId, Refusal, RowSet, Scope,
};

use super::answers::flow_of;
use super::judge::joined;
use super::open::scope_of;
use super::report::RowsError;
use super::{DecideError, Desk};

impl Desk {
    /// What `decide` must know of the lines a person wants to treat apart.
    pub(super) fn carving(
        &self,
        id: CaseId,
        wanted: &RowSet,
        action: Action,
    ) -> Result<Carving, DecideError> {
        let case = self.store.case(id).ok_or(DecideError::Unknown(id))?;
        let rules = self.rulebook();
        let lines = self.lines(&case, wanted)?.into_iter();
        let rows: Vec<(u32, Scope)> =
            lines.map(|row| (row.record, scope_of(&row.request, &rules.calendar))).collect();
        let rest = self.rest(&case, &rows)?;
        Ok(Carving { rows, rest, action: Box::new(action) })
    }

    /// The wanted lines, all of which must be part of the case.
    fn lines(&self, case: &Case, wanted: &RowSet) -> Result<Vec<StoredRow>, DecideError> {
        let id = case.head.id;
        let file = self.store.file(id.receipt).ok_or(DecideError::Unknown(id))?;
        let flow = flow_of(&file, id).ok_or(DecideError::Unknown(id))?;
        if id.row.is_some() || wanted.len() > CARVED_MAX {
            return Err(Refusal::NoSplit.into());
        }
        let rows = self.record_file(case.file.record_file).map_err(RowsError::from)?;
        let carved: BTreeSet<u32> = case.head.carved().into_iter().collect();
        let line = |record: u32| {
            let found = rows.find(record).map_err(RowsError::from)?;
            let found = found.filter(|row| flow.kinds.contains(&row.request.kind));
            let found = found.filter(|_| !carved.contains(&record));
            found.ok_or_else(|| DecideError::from(Refusal::NoSuchRow(record)))
        };
        wanted.iter().map(line).collect()
    }

    /// What the case covers without `gone`: totals by subtraction, dates read anew only where a
    /// line that goes was the one that set them.
    fn rest(&self, case: &Case, gone: &[(u32, Scope)]) -> Result<Scope, DecideError> {
        let all = case.head.scope;
        let count = u32::try_from(gone.len()).unwrap_or(u32::MAX);
        let sum = gone.iter().fold(0_u64, |sum, (_, scope)| sum.saturating_add(scope.total.get()));
        let sets_dates = gone.iter().any(|(_, scope)| {
            scope.record_date == all.record_date || scope.latest_day == all.latest_day
        });
        let (rows, total) = (all.rows.saturating_sub(count), all.total.get().saturating_sub(sum));
        let mut rest = Scope { rows, total: YenTotal::new(total), ..all };
        if sets_dates && rows > 0 {
            let out: BTreeSet<u32> = gone.iter().map(|(row, _)| *row).collect();
            let rules = self.rulebook();
            let mut dates: Option<Scope> = None;
            self.each_row(case, 0, u32::MAX, &mut |row: StoredRow| {
                if !out.contains(&row.record) {
                    let one = scope_of(&row.request, &rules.calendar);
                    dates = Some(dates.map_or(one, |known| joined(known, one)));
                }
            })?;
            if let Some(Scope { record_date, latest_day, .. }) = dates {
                rest = Scope { record_date, latest_day, ..rest };
            }
        }
        Ok(rest)
    }

    /// The lines as the journal keeps them.
    pub(super) fn split_entry(
        &self,
        batch: CaseId,
        command: CommandId,
        children: Vec<Child>,
    ) -> Result<Entry, DecideError> {
        let case = self.store.case(batch).ok_or(DecideError::Unknown(batch))?;
        let record_file = self.record_file(case.file.record_file).map_err(RowsError::from)?;
        let count = u32::try_from(children.len()).unwrap_or(u32::MAX);
        let mut rows = Vec::with_capacity(children.len());
        for Child { row, scope, events, effects } in children {
            let stored = record_file.find(row).map_err(RowsError::from)?;
            let stored = stored.ok_or(Refusal::NoSuchRow(row))?;
            let seed = RowSeed {
                row,
                total: scope.total,
                record_date: scope.record_date,
                latest_day: scope.latest_day,
                key: stored.request.business_key(),
                due: None,
                staffed: Staffed::Yes,
            };
            rows.push(OpenedRow { seed, events, effects });
        }
        let first_case = self.store.take_case_numbers(count);
        Ok(Entry::Split { receipt: batch.receipt, n: batch.n, first_case, command, rows })
    }
}

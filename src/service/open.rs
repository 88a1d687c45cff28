//! Opening cases: a batch enters its first step, rows become cases slice by slice.

use std::collections::BTreeMap;
use std::sync::{Arc, mpsc};

use crate::domain::{
    Account, BankCalendar, CaseId, Customers, Date, Digest, ReceiptNo, RecordRequest, RequestKind,
    Timestamp, YenTotal,
};
use crate::formats::{Reader, StoredError, StoredRow};
use crate::ports::{
    Batch, Commit, CommitError, Entry, FileRecord, FileVerdict, Moved, OpenedFlow, OpenedRow,
    RowSeed, Staffed, Step, StoreError,
};
use crate::workflow::{
    Action, Case, CaseFile, Command, CommandId, Definition, Effect, EffectKind, EffectScope, Event,
    Facts, FileAccounts, Scope, Unit, decide,
};

use crate::workflow::expr::Value;

use super::gather::Gathered;
use super::{Desk, Rulebook, judge::new_case};

/// Rows in one slice: eight pages of cases, so that other people's commits go between.
const SLICE: usize = 128;
/// Slices handed to the store together.
const SLICES: usize = 32;

/// The accepted rows of a file, read by place.
pub(super) type RecordFile =
    Reader<Box<dyn Fn(u64, &mut [u8]) -> std::io::Result<()> + Send + Sync>>;

impl Desk {
    /// The accepted rows of a file.
    pub(super) fn record_file(&self, digest: Digest) -> Result<RecordFile, StoredError> {
        let blob = self.blobs.open(digest).map_err(StoredError::Io)?;
        let len = blob.len();
        Reader::open(len, Box::new(move |offset, buffer: &mut [u8]| blob.read_at(offset, buffer)))
    }

    /// What happens when a case is opened: it enters its first step.
    ///
    /// `gathered` is what its rows have in common; the definition says what of it is kept.
    pub(super) fn opening(
        &self,
        rules: &Rulebook,
        case: &Case,
        gathered: Gathered,
        now: Timestamp,
    ) -> Option<Moved> {
        let definition = self.definition_of(case)?;
        let gathered = gathered.values(&definition, &rules.calendar);
        self.opening_with(rules, case, gathered, now)
    }

    /// The same with the values a case is opened with.
    pub(super) fn opening_with(
        &self,
        rules: &Rulebook,
        case: &Case,
        gathered: Vec<(String, Value)>,
        now: Timestamp,
    ) -> Option<Moved> {
        let definition = self.definition_of(case)?;
        let people = self.people_for(case);
        let facts = Facts {
            now,
            actor: None,
            people: &people,
            calendar: &rules.calendar,
            deadline: rules.deadline,
            digest: Digest::default(),
        };
        let id = CommandId::of(&format!("open {}", case.head.id));
        let command = Command { id, action: Action::Open { gathered } };
        let decision = decide(case, &definition, &command, &facts).ok()?;
        let (events, effects) = (decision.events, decision.effects);
        Some(Moved { case: case.head.id, command: id, events, effects })
    }

    /// Makes cases of the rows of a file that is `opening`, going on where an earlier run stopped.
    pub(super) fn open_rows(&self, receipt: ReceiptNo) -> Result<(), StoreError> {
        let Some(file) = self.store.file(receipt) else { return Ok(()) };
        let (FileVerdict::Opening, Some(record_file)) = (file.verdict, file.record_file) else {
            return Ok(());
        };
        let broken = |error: StoredError| StoreError::Poisoned(error.to_string());
        let rows = self.record_file(record_file).map_err(broken)?;
        let mut effects = Vec::new();
        let mut done = file.staged;
        for (n, flow) in (1..).zip(&file.flows) {
            if flow.unit == Unit::File {
                continue;
            }
            let skip = done.min(flow.scope.rows);
            done -= skip;
            let mine = rows.rows().filter(|row| {
                row.as_ref().map_or(true, |row| flow.kinds.contains(&row.request.kind))
            });
            let mine = mine.skip(usize::try_from(skip).unwrap_or(usize::MAX));
            self.stage(Stage::new(self, &file, n, flow), mine)?;
            // Whom to ask is the same for every row, whether it was staged now or before a stop.
            let mine = rows.rows().filter_map(Result::ok).map(|row| row.request);
            let mine = mine.filter(|request| flow.kinds.contains(&request.kind));
            for first in Self::first_rows(&file, n, mine) {
                effects.extend(self.requests(&file, (n, flow), &first));
            }
        }
        let now = self.clock.now();
        self.commit_entries(now, vec![Entry::Opened { receipt, effects }])
    }

    /// The first row of a flow, or of each account where people may be limited to some: each may
    /// ask others.
    fn first_rows(
        file: &FileRecord,
        n: u16,
        rows: impl Iterator<Item = RecordRequest>,
    ) -> Vec<RecordRequest> {
        let accounts = file.accounts.flows.get(usize::from(n).saturating_sub(1));
        let count = accounts.map_or(1, Vec::len).max(1);
        let mut first: Vec<RecordRequest> = Vec::new();
        for row in rows {
            if first.iter().all(|known| known.requester.account != row.requester.account) {
                first.push(row);
            }
            if first.len() == count {
                break;
            }
        }
        first
    }

    /// Makes cases of rows: one thread reads and judges them while another commits slices.
    fn stage(
        &self,
        mut stage: Stage<'_>,
        mut rows: impl Iterator<Item = Result<StoredRow, StoredError>>,
    ) -> Result<(), StoreError> {
        let broken = |error: StoredError| StoreError::Poisoned(error.to_string());
        std::thread::scope(|scope| {
            let (slices, ready) = mpsc::sync_channel(2);
            let committing = scope.spawn(move || {
                ready.into_iter().try_for_each(|batches| self.commit_slices(batches))
            });
            // A receiver that is gone has failed; its own error is told first.
            let hand_on = |batches| slices.send(batches).map_err(|_| gone());
            let read =
                rows.try_for_each(|row| stage.push(&row.map_err(broken)?).map_or(Ok(()), hand_on));
            let sent = read.and_then(|()| hand_on(stage.finish()));
            drop(slices);
            committing.join().unwrap_or_else(|why| std::panic::resume_unwind(why))?;
            sent
        })
    }

    fn commit_slices(&self, batches: Vec<Batch>) -> Result<(), StoreError> {
        for answer in self.store.commit_all(batches) {
            match answer {
                Ok(()) => self.probe.reached(Step::SliceStaged),
                Err(CommitError::Store(failed)) => return Err(failed),
                Err(CommitError::Conflict(_)) => {}
            }
        }
        Ok(())
    }

    /// Whom the rows of a flow ask first, by the earliest of their deadlines.
    fn requests(
        &self,
        file: &FileRecord,
        (n, flow): (u16, &OpenedFlow),
        first: &RecordRequest,
    ) -> Vec<Effect> {
        let mut shared = file.case_file();
        if !shared.accounts.rows.is_empty() {
            let rows = vec![(0, first.requester.account)];
            shared.accounts = Arc::new(FileAccounts { rows, flows: Vec::new() });
        }
        let shared = Arc::new(shared);
        let id = CaseId { receipt: file.receipt, n, row: Some(1) };
        let gathered = Gathered::of(first, &self.store.customers());
        let case = new_case(&shared, id, flow.scope);
        let moved = self.opening(&self.rulebook(), &case, gathered, self.clock.now());
        moved.map(|moved| moved.effects).unwrap_or_default()
    }
}

/// What happened to a row when it was opened; the same for many rows.
type Opening = Arc<Moved>;

/// Rows of one flow on their way to becoming cases.
struct Stage<'s> {
    desk: &'s Desk,
    rules: Arc<Rulebook>,
    customers: Arc<Customers>,
    shared: Arc<CaseFile>,
    n: u16,
    next_case: u32,
    now: Timestamp,
    command: CommandId,
    slice: Vec<(RowSeed, Opening)>,
    batches: Vec<Batch>,
    /// Whether rows that have the same dates are opened the same way.
    alike: bool,
    /// Rows with the same dates, of the same account where that may matter, enter the same step
    /// with the same deadline.
    openings: BTreeMap<(Date, Option<Date>, RequestKind, Option<Account>), Opening>,
}

impl<'s> Stage<'s> {
    fn new(desk: &'s Desk, file: &FileRecord, n: u16, flow: &OpenedFlow) -> Self {
        let staged_before: u32 = file
            .flows
            .iter()
            .take(usize::from(n).saturating_sub(1))
            .filter(|flow| flow.unit == Unit::Record)
            .map(|flow| flow.scope.rows)
            .sum();
        let skip = file.staged.saturating_sub(staged_before).min(flow.scope.rows);
        Self {
            desk,
            rules: desk.rulebook(),
            customers: desk.store.customers(),
            shared: Arc::new(file.case_file()),
            n,
            next_case: flow.first_case.saturating_add(skip),
            now: desk.clock.now(),
            command: CommandId::of(&format!("open {}.{n}", file.receipt)),
            slice: Vec::with_capacity(SLICE),
            batches: Vec::new(),
            openings: BTreeMap::new(),
            alike: desk.definition(flow.definition).is_some_and(|flow| treats_rows_alike(&flow)),
        }
    }

    /// Takes a row; gives slices to commit when there are enough.
    fn push(&mut self, row: &StoredRow) -> Option<Vec<Batch>> {
        let scope = scope_of(&row.request, &self.rules.calendar);
        let opening = self.open(row, scope);
        let (_, due, staffed) = plain(&opening.events).unwrap_or((0, None, Staffed::No));
        let seed = RowSeed {
            row: row.record,
            total: scope.total,
            record_date: scope.record_date,
            latest_day: scope.latest_day,
            key: row.request.business_key(),
            due,
            staffed,
        };
        self.slice.push((seed, opening));
        if self.slice.len() == SLICE {
            self.close_slice();
        }
        (self.batches.len() == SLICES).then(|| std::mem::take(&mut self.batches))
    }

    /// How a row is opened: decided once for all rows with the same dates.
    fn open(&mut self, row: &StoredRow, scope: Scope) -> Opening {
        let limits = !self.shared.accounts.rows.is_empty();
        let account = limits.then_some(row.request.requester.account);
        let key = (scope.record_date, scope.latest_day, row.request.kind, account);
        if let Some(opening) = self.openings.get(&key).filter(|_| self.alike) {
            return Arc::clone(opening);
        }
        let id = CaseId { receipt: self.shared.receipt, n: self.n, row: Some(row.record) };
        let gathered = Gathered::of(&row.request, &self.customers);
        let case = new_case(&self.shared, id, scope);
        let moved = self.desk.opening(&self.rules, &case, gathered, self.now);
        let mut moved = moved.unwrap_or(Moved {
            case: id,
            command: self.command,
            events: Vec::new(),
            effects: Vec::new(),
        });
        // Requests are owed once for all rows, when the last one is staged.
        moved.effects.retain(|effect| !matches!(effect.kind, EffectKind::Request { .. }));
        let opening = Arc::new(moved);
        self.openings.insert(key, Arc::clone(&opening));
        opening
    }

    fn close_slice(&mut self) {
        if self.slice.is_empty() {
            return;
        }
        let rows = std::mem::replace(&mut self.slice, Vec::with_capacity(SLICE));
        let count = u32::try_from(rows.len()).unwrap_or(0);
        let entry = self.entry(rows);
        self.next_case = self.next_case.saturating_add(count);
        let commit = Commit { at: self.now, entries: vec![entry] };
        self.batches.push(Batch { commit, expect: Vec::new() });
    }

    /// A slice as the journal keeps it: shortest where all rows did nothing but enter one step.
    fn entry(&self, rows: Vec<(RowSeed, Opening)>) -> Entry {
        let (receipt, n) = (self.shared.receipt, self.n);
        let (first_case, command) = (self.next_case, self.command);
        let mut steps =
            rows.iter().map(|(_, opening)| plain(&opening.events).map(|(step, ..)| step));
        let first = steps.next().flatten();
        if let Some(step) = first.filter(|_| steps.all(|step| step == first)) {
            let rows = rows.into_iter().map(|(seed, _)| seed).collect();
            return Entry::Staged { receipt, n, first_case, step, command, rows };
        }
        let opened = |(seed, opening): (RowSeed, Opening)| {
            let id = CaseId { receipt, n, row: Some(seed.row) };
            let mut effects = opening.effects.clone();
            for effect in &mut effects {
                effect.scope = EffectScope::Case(id);
            }
            OpenedRow { seed, events: opening.events.clone(), effects }
        };
        let rows = rows.into_iter().map(opened).collect();
        Entry::StagedWith { receipt, n, first_case, command, rows }
    }

    /// The last slices.
    fn finish(mut self) -> Vec<Batch> {
        self.close_slice();
        self.batches
    }
}

/// What one row covers, with the dates it must keep.
pub(super) fn scope_of(request: &RecordRequest, calendar: &BankCalendar) -> Scope {
    let latest_day = request.due_date.map(|due| {
        let days = crate::domain::rules::bank_days_to_due(request.kind, request.record_date);
        calendar.add_open_days(calendar.next_open(due), -days)
    });
    Scope {
        rows: 1,
        total: YenTotal::default().plus(request.amount),
        record_date: calendar.next_open(request.record_date),
        latest_day,
    }
}

/// Whether no condition and no table asks for anything in which rows of one file differ.
fn treats_rows_alike(definition: &Definition) -> bool {
    let same = ["channel", "submitter", "desk", "pattern", "unit", "rows", "record_date", "kind"];
    definition.asks().into_iter().all(|name| same.contains(&name) || name.contains('.'))
}

/// The step, deadline and staffing of an opening that did nothing but enter a step.
fn plain(opening: &[Event]) -> Option<(u8, Option<Timestamp>, Staffed)> {
    match opening {
        [Event::Entered { step, due, .. }] => Some((*step, *due, Staffed::Yes)),
        [Event::Unstaffed { step, due }] => Some((*step, *due, Staffed::No)),
        _ => None,
    }
}

fn gone() -> StoreError {
    StoreError::Poisoned("rows could not be handed on".to_owned())
}

//! The state: what the journal's entries fold into, the same live and in replay.

mod billed;
mod books;
mod cases;
mod claims;
mod contracts;
mod days;
mod effects;
mod fold;
mod holds;
mod keyings;
mod manifests;
mod obligations;
mod outages;
mod people;
mod queries;
mod told;
mod under_way;
mod worklists;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::domain::{CaseId, Date, Digest, JournalHead, ReceiptNo, Timestamp, UserId};
use crate::ports::{
    Access, Admission, FileRecord, Habits, InForce, Method, StillUnkept, UserRecord,
};
use crate::workflow::{CaseFile, CaseHead, FileAccounts, Status, Unit};

pub(super) use billed::Bills;
pub(super) use cases::{Cases, Column, PAGE};
pub(super) use claims::Claims;
pub(super) use contracts::Contracts;
pub(super) use days::Days;
pub(super) use effects::Effects;
pub(super) use holds::Holds;
pub(super) use keyings::Keyings;
pub(super) use manifests::Manifests;
pub(super) use obligations::Obligations;
pub(super) use outages::Outages;
pub(super) use told::Notices;
pub(super) use worklists::Worklists;

/// Everything known, in memory.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) cases: Cases,
    pub(super) files: Vec<FileState>,
    pub(super) receipts: BTreeMap<ReceiptNo, u32>,
    pub(super) effects: Effects,
    pub(super) users: BTreeMap<UserId, UserRecord>,
    /// What people chose for themselves; nothing is kept of those who chose nothing.
    pub(super) habits: BTreeMap<UserId, Habits>,
    pub(super) people_version: u64,
    /// What is in force of each file under `workflows/`, by name.
    pub(super) register: BTreeMap<String, InForce>,
    /// The last moment each schedule was carried out for.
    pub(super) runs: BTreeMap<String, Timestamp>,
    /// Schedules whose last set time could not be kept.
    pub(super) unkept: BTreeMap<String, StillUnkept>,
    /// What happened to cases on the last days.
    pub(super) days: Days,
    /// The end of the journal this was folded from.
    pub(super) head: JournalHead,
    /// The moment of the commit that is being folded.
    folding: Timestamp,
    /// How many effects that commit owed so far.
    owed: u32,
    /// Notices, for whoever asks after one.
    pub(super) notices: Notices,
    /// Claims, and what the clearing side answered.
    pub(super) claims: Claims,
    /// Customers and their contracts.
    pub(super) contracts: Contracts,
    /// Outages that were declared.
    pub(super) outages: Outages,
    /// Papers that are keyed in.
    pub(super) keyings: Keyings,
    /// What was printed to be decided on paper, and what came back.
    pub(super) worklists: Worklists,
    /// How holds of repeated files ended.
    pub(super) holds: Holds,
    /// What was to be done after approvals and is done.
    pub(super) obligations: Obligations,
    /// What manifests said of files, and the numbers they took.
    pub(super) manifests: Manifests,
    /// The fees that were billed.
    pub(super) bills: Bills,
    /// Commits folded so far.
    pub(super) sequence: u64,
    pub(super) dirty_files: BTreeSet<u32>,
    pub(super) dirty_users: BTreeSet<UserId>,
    pub(super) dirty_register: BTreeSet<String>,
    contents: BTreeMap<Content, Vec<u32>>,
    /// Lines carved out of batches: file, flow and record number to the case's number.
    split: BTreeMap<(u32, u16, u32), u32>,
    keys: HashMap<u64, u32, BuildHasherDefault<KeyHasher>>,
    books: books::Books,
    /// Lines by the claim they name.
    asking: BTreeMap<under_way::LineKey, under_way::LineAsks>,
    queues: BTreeMap<QueueKey, BTreeSet<(u32, u32)>>,
    counts: BTreeMap<&'static str, u64>,
    incidents: BTreeSet<u32>,
    /// Cases of which something is still to be reviewed.
    pub(super) reviews: BTreeSet<u32>,
    /// Whether those changed since the last checkpoint.
    pub(super) reviews_changed: bool,
    /// Timers besides deadlines: second and case.
    wakes: BTreeSet<(u32, u32)>,
}

/// A file with what all its cases share.
#[derive(Debug)]
pub(super) struct FileState {
    pub(super) record: FileRecord,
    pub(super) shared: Arc<CaseFile>,
}

/// A submitter's content: channel, folder, digest.
type Content = (String, String, Digest);

/// Cases that wait for the same people: same submitter and desk, same step of the same definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct QueueKey {
    /// The file whose submitter and definition stand for the queue's.
    pub(super) like: QueueKind,
    pub(super) step: u8,
    pub(super) filled: u8,
    pub(super) status: Status,
}

/// What tells queues apart besides the step: a file and which of its flows.
///
/// One queue a file and flow keeps the key small; a branch has a few hundred files open at most,
/// and a bulk file's hundred thousand rows share one queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct QueueKind {
    pub(super) file: u32,
    pub(super) n: u16,
}

/// Business keys are already hashes.
#[derive(Debug, Default, Clone, Copy)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

impl State {
    /// The number of a case.
    pub(super) fn number_of(&self, id: CaseId) -> Option<u32> {
        let number = *self.receipts.get(&id.receipt)?;
        let file = self.files.get(usize::try_from(number).ok()?)?;
        let flow = file.record.flows.get(usize::from(id.n).checked_sub(1)?)?;
        let Some(row) = id.row else {
            return (flow.unit == Unit::File).then_some(flow.first_case);
        };
        if flow.unit == Unit::File {
            return self.split.get(&(number, id.n, row)).copied();
        }
        self.search_row(flow.first_case, flow.scope.rows, row)
    }

    /// The case of `row` among `count` cases from `first`, whose rows rise.
    fn search_row(&self, first: u32, count: u32, row: u32) -> Option<u32> {
        let (mut low, mut high) = (first, first.checked_add(count)?);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.cases.slot(middle) {
                Some(slot) if slot.column.row == row => return Some(middle),
                Some(slot) if slot.column.row < row => low = middle + 1,
                _ => high = middle,
            }
        }
        None
    }

    /// The version a case has now.
    pub(super) fn version_of(&self, id: CaseId) -> Option<u32> {
        self.cases.head(self.number_of(id)?).map(|head| head.version)
    }

    /// The highest serial given on `date`.
    pub(super) fn last_serial(&self, date: Date) -> u32 {
        self.receipts
            .keys()
            .rev()
            .find(|receipt| receipt.date() == date)
            .map_or(0, |receipt| receipt.serial())
    }

    /// The first case number that was never given.
    pub(super) fn next_case(&self) -> u32 {
        let reserved = self.files.iter().flat_map(|file| &file.record.flows).map(|flow| {
            let count = if flow.unit == Unit::Record { flow.scope.rows } else { 1 };
            flow.first_case.saturating_add(count)
        });
        let next = reserved.max().unwrap_or(0).max(self.cases.next_number());
        next.div_ceil(PAGE).saturating_mul(PAGE)
    }

    /// SHA-256 over files, heads, undelivered effects, people and publications.
    ///
    /// Without what happened on the last days and which notices went: that is forgotten, and heads
    /// tell what came of it.
    pub(super) fn digest(&self) -> Digest {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update(u64::try_from(bytes.len()).unwrap_or(0).to_le_bytes());
            hash.update(bytes);
        };
        for file in &self.files {
            part(&postcard::to_stdvec(&file.record).unwrap_or_default());
            if *file.record.accounts != FileAccounts::default() {
                part(&postcard::to_stdvec(&*file.record.accounts).unwrap_or_default());
            }
        }
        for (number, slot) in self.cases.iter() {
            part(&number.to_le_bytes());
            part(slot.bytes());
        }
        for (id, pending) in self.effects.iter() {
            part(id.as_str().as_bytes());
            part(&postcard::to_stdvec(&(&pending.effect, pending.state)).unwrap_or_default());
        }
        for user in self.users.values() {
            part(&postcard::to_stdvec(user).unwrap_or_default());
        }
        for published in &self.register {
            part(&postcard::to_stdvec(&published).unwrap_or_default());
        }
        for habits in &self.habits {
            habit_parts(habits, &mut part);
        }
        for run in &self.runs {
            part(&postcard::to_stdvec(&run).unwrap_or_default());
        }
        for unkept in &self.unkept {
            part(&postcard::to_stdvec(&unkept).unwrap_or_default());
        }
        let (claims, results) = self.claims.in_order();
        for claim in claims {
            part(&postcard::to_stdvec(claim).unwrap_or_default());
        }
        for result in results {
            part(&postcard::to_stdvec(&result).unwrap_or_default());
        }
        for (month, billed) in self.bills.all() {
            let facts = (month, billed.debit_day, billed.at, billed.is_whole);
            part(&postcard::to_stdvec(&facts).unwrap_or_default());
            for kept in billed.bills.values() {
                part(&postcard::to_stdvec(kept).unwrap_or_default());
            }
        }
        let contracts = self.contracts.in_order().map(postcard::to_stdvec);
        let outages = self.outages.in_order().map(postcard::to_stdvec);
        let keyings = self.keyings.in_order().map(postcard::to_stdvec);
        let (stated, sequences) = self.manifests.in_order();
        let manifests =
            stated.map(postcard::to_stdvec).chain(sequences.map(|one| postcard::to_stdvec(&one)));
        let holds = self.holds.in_order().map(postcard::to_stdvec);
        let all = contracts.chain(outages).chain(keyings).chain(manifests).chain(holds);
        let all = all.chain(self.obligations.in_order().map(postcard::to_stdvec));
        let all = all.chain(self.worklists.prints().map(postcard::to_stdvec));
        let all = all.chain(self.worklists.sheets().map(postcard::to_stdvec));
        let all = all.chain(self.manifests.misstated_in_order().map(postcard::to_stdvec));
        all.for_each(|bytes| part(&bytes.unwrap_or_default()));
        let digest: [u8; 32] = hash.finalize().into();
        Digest::from_bytes(digest)
    }

    /// Marks everything as changed, so that the next checkpoint holds the whole state.
    pub(super) fn touch_all(&mut self) {
        self.cases.touch_all();
        self.effects.touch_all();
        self.claims.touch_all();
        self.bills.touch_all();
        self.contracts.touch_all();
        self.outages.touch_all();
        self.keyings.touch_all();
        self.worklists.touch_all();
        self.holds.touch_all();
        self.obligations.touch_all();
        self.manifests.touch_all();
        self.days.touch_all();
        self.notices.touch_all();
        self.reviews_changed = true;
        self.dirty_files = (0..u32::try_from(self.files.len()).unwrap_or(u32::MAX)).collect();
        self.dirty_users = self.users.keys().cloned().collect();
        self.dirty_register = self.register.keys().cloned().collect();
    }

    /// Builds everything that is not stored from what is.
    pub(super) fn rebuild_indexes(&mut self) {
        self.receipts = (0..).zip(&self.files).map(|(n, file)| (file.record.receipt, n)).collect();
        for paper in self.keyings.in_order() {
            let file = self.receipts.get(&paper.receipt).and_then(|n| usize::try_from(*n).ok());
            if let Some(file) = file.and_then(|at| self.files.get_mut(at)) {
                file.record.paper = keyings::paper_of(&file.record, paper);
                file.shared = Arc::new(file.record.case_file());
            }
        }
        for (number, file) in (0..).zip(&self.files) {
            let submitter = &file.record.submitter;
            let content = (submitter.channel.clone(), submitter.folder.clone(), file.record.digest);
            self.contents.entry(content).or_default().push(number);
        }
        let columns: Vec<(u32, Column)> =
            self.cases.iter().map(|(case, slot)| (case, slot.column)).collect();
        let mut queues: BTreeMap<QueueKey, Vec<(u32, u32)>> = BTreeMap::new();
        self.keys.reserve(columns.len());
        for (case, column) in columns {
            *self.counts.entry(column.status.name()).or_default() += 1;
            if column.row != 0 && self.unit_of(&column) == Some(Unit::File) {
                self.split.insert((column.file, column.n, column.row), case);
            }
            if column.key != 0 && !column.status.frees_rows() {
                self.keys.insert(column.key, case);
            }
            if column.status == Status::Incident {
                self.incidents.insert(case);
            }
            if column.wake != u32::MAX {
                self.wakes.insert((column.wake, case));
            }
            if !column.status.is_final() {
                queues.entry(queue_of(&column)).or_default().push((column.due, case));
            }
        }
        self.queues =
            queues.into_iter().map(|(key, due)| (key, due.into_iter().collect())).collect();
    }

    fn unit_of(&self, column: &Column) -> Option<Unit> {
        let flows = &self.file_at(column.file)?.record.flows;
        Some(flows.get(usize::from(column.n).checked_sub(1)?)?.unit)
    }

    /// Keeps a head and everything that is looked up by it.
    fn put_head(&mut self, case: u32, head: &CaseHead, file: u32, key: u64) {
        let (old, new) = self.cases.put(case, head, file, key);
        if let Some(old) = old {
            if let Some(count) = self.counts.get_mut(old.status.name()) {
                *count = count.saturating_sub(1);
            }
            if !old.status.is_final() {
                let key = queue_of(&old);
                if let Some(queue) = self.queues.get_mut(&key) {
                    queue.remove(&(old.due, case));
                    if queue.is_empty() {
                        self.queues.remove(&key);
                    }
                }
            }
            self.incidents.remove(&case);
            self.wakes.remove(&(old.wake, case));
        }
        let open = head.open_reviews().next().is_some();
        let changed = if open { self.reviews.insert(case) } else { self.reviews.remove(&case) };
        self.reviews_changed |= changed;
        *self.counts.entry(new.status.name()).or_default() += 1;
        if new.status == Status::Incident {
            self.incidents.insert(case);
        }
        if new.wake != u32::MAX {
            self.wakes.insert((new.wake, case));
        }
        if !new.status.is_final() {
            self.queues.entry(queue_of(&new)).or_default().insert((new.due, case));
        }
    }
}

/// What a person chose, for the state's digest.
fn habit_parts(habits: (&UserId, &Habits), part: &mut dyn FnMut(&[u8])) {
    let (user, Habits { absences, mail, access, human }) = habits;
    part(&postcard::to_stdvec(&(user, absences, mail)).unwrap_or_default());
    // Apart, so that what was kept before there was anything of it has the same digest.
    let Access { method, certificates, permitted_until, .. } = access;
    let Access { email_asked, admission, login_until, approval_until, .. } = access;
    let entry = (email_asked, admission, login_until, approval_until);
    if entry != (&None, &Admission::default(), &None, &None) {
        part(&postcard::to_stdvec(&(user, entry)).unwrap_or_default());
    }
    let held = (method, certificates, permitted_until);
    if held != (&Method::default(), &Vec::new(), &None) {
        part(&postcard::to_stdvec(&(user, held)).unwrap_or_default());
    }
    if access.reminded.is_some() {
        part(&postcard::to_stdvec(&(user, &access.reminded)).unwrap_or_default());
    }
    if human.is_some() {
        part(&postcard::to_stdvec(&(user, human)).unwrap_or_default());
    }
}

fn queue_of(column: &Column) -> QueueKey {
    QueueKey {
        like: QueueKind { file: column.file, n: column.n },
        step: column.step,
        filled: column.filled,
        status: column.status,
    }
}

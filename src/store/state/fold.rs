//! Folding the journal's entries into the state. Nothing here decides, and nothing can fail.

use std::sync::Arc;

use crate::domain::{CaseId, Code, KeyingStage, NoticeNo, ReceiptNo, Timestamp};
use crate::ports::{
    Checked, Commit, EffectMove, EffectState, Entry, FileRecord, FileVerdict, InForce, KeyingMove,
    Milestone, Moved, OpenedFlow, OpenedRow, Published, PublishedFile, Received, RowSeed, Staffed,
    StillUnkept, Unkept, WorklistMove,
};
use crate::workflow::{
    CaseHead, CommandId, Effect, EffectKind, EffectScope, Event, MailKey, Scope, Unit, apply,
    bundle_name, is_trial,
};

use super::keyings::paper_of;
use super::told::Fresh;
use super::{FileState, State};

impl State {
    /// Folds one commit. Live and replay call this and nothing else.
    pub(in crate::store) fn fold(&mut self, commit: &Commit) {
        self.folding = commit.at;
        self.owed = 0;
        for entry in &commit.entries {
            match entry {
                Entry::Received(received) => self.received(received),
                Entry::Checked(checked) => self.checked(checked),
                Entry::Staged { receipt, n, first_case, step, command, rows } => {
                    let slice = Slice { n: *n, first: *first_case, step: *step, command: *command };
                    self.staged(*receipt, slice, rows, commit.at);
                }
                Entry::StagedWith { receipt, n, first_case, command, rows } => {
                    self.staged_with((*receipt, *n, *first_case), *command, rows);
                }
                Entry::Split { receipt, n, first_case, command, rows } => {
                    self.split_off((*receipt, *n, *first_case), *command, rows);
                }
                Entry::Opened { receipt, effects } => {
                    self.with_file(*receipt, |file| file.verdict = FileVerdict::Accepted);
                    self.owe_all(effects);
                }
                Entry::Moved(moved) => self.moved(moved),
                Entry::Effects(moves) => moves.iter().for_each(|moved| self.go(moved)),
                Entry::Disposed(receipts) => {
                    for receipt in receipts {
                        self.with_file(*receipt, |file| file.disposed = true);
                    }
                }
                Entry::User(change) => self.user_changed(change),
                Entry::Published(published) => self.published(published, commit.at),
                Entry::Owed(effects) => self.owe_all(effects),
                Entry::Billed(billed) => self.bills.billed(billed, commit.at),
                Entry::Recorded(recorded) => {
                    if let Some(number) = self.number_of(recorded.case) {
                        self.days.add(commit.at.date(), number, Milestone::Answered);
                        self.claims.recorded(number, recorded, commit.at);
                    }
                }
                Entry::Consented(recorded) => self.claims.consented(recorded, commit.at),
                Entry::Ran { schedule, at } => {
                    self.runs.insert(schedule.clone(), *at);
                    self.unkept.remove(schedule);
                }
                Entry::Unkept(unkept) => self.unkept(unkept, commit.at),
                Entry::Settled(settlement) => self.claims.settled(settlement, commit.at),
                Entry::ListedClaims(listed) => self.claims.listed(listed, commit.at),
                Entry::Accounts { receipt, accounts } => {
                    let accounts = Arc::new((**accounts).clone());
                    self.with_file(*receipt, |file| file.accounts = accounts);
                }
                Entry::Outage(moved) => self.outages.moved(moved, commit.at),
                Entry::Contracted(contracted) => self.contracts.contracted(contracted, commit.at),
                Entry::Stated(stated) => self.manifests.told(**stated),
                Entry::Misstated(misstated) => self.manifests.misfits((**misstated).clone()),
                Entry::Returned(returned) => self.notices.came_back(returned, commit.at),
                Entry::Keying(moved) => self.keyed(moved),
                Entry::Hold(ended) => self.holds.ended(*ended),
                Entry::Met(met) => self.obligations.met(met),
                Entry::Flawed { receipt, code } => {
                    self.with_file(*receipt, |file| file.flaw = Some(*code));
                }
                Entry::Worklist(moved) => self.on_paper(moved, commit.at),
                // That nothing was found is for whoever reads the journal.
                Entry::Screened(screened) => {
                    if screened.found.is_some() {
                        self.with_file(screened.receipt, |file| file.flaw = Some(Code::Virus));
                    }
                }
            }
        }
        self.sequence += 1;
    }

    fn unkept(&mut self, unkept: &Unkept, now: Timestamp) {
        let since = self.unkept.get(&unkept.schedule).map_or(now, |known| known.since);
        let still = StillUnkept { since, at: unkept.at, why: unkept.why.clone() };
        self.unkept.insert(unkept.schedule.clone(), still);
    }

    fn received(&mut self, received: &Received) {
        let verdict =
            received.same_as.map_or(FileVerdict::Received, |same_as| FileVerdict::Held { same_as });
        let record = FileRecord {
            receipt: received.receipt,
            intake: received.intake.clone(),
            submitter: received.submitter.clone(),
            submitted_by: received.submitted_by.clone(),
            name: received.name.clone(),
            digest: received.digest,
            bytes: received.bytes,
            received_at: received.at,
            verdict,
            flaw: received.flaw,
            findings: None,
            record_file: None,
            records: 0,
            accepted: 0,
            rejected: 0,
            total: crate::domain::YenTotal::default(),
            flows: Vec::new(),
            staged: 0,
            open_cases: 0,
            disposed: false,
            asked: Vec::new(),
            accounts: Arc::default(),
            paper: None,
        };
        let number = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        let content =
            (record.submitter.channel.clone(), record.submitter.folder.clone(), record.digest);
        self.contents.entry(content).or_default().push(number);
        self.receipts.insert(record.receipt, number);
        let shared = Arc::new(record.case_file());
        self.files.push(FileState { record, shared });
        self.dirty_files.insert(number);
    }

    /// A paper's file waits while it is keyed in, and its readers are known to its cases.
    fn keyed(&mut self, moved: &KeyingMove) {
        if let KeyingMove::Repeated { receipt, same_as } = *moved {
            self.with_file(receipt, |file| file.verdict = FileVerdict::Held { same_as });
        }
        if let KeyingMove::Closed { receipt, to: Some(to) } = *moved {
            self.with_file(receipt, |file| file.verdict = FileVerdict::Joined { to });
        }
        let Some(record) = self.keyings.moved(moved) else { return };
        let waits = record.stage.waits()
            || matches!(record.stage, KeyingStage::Sheets | KeyingStage::Sidecar);
        let record = record.clone();
        self.with_file(record.receipt, |file| {
            file.paper = paper_of(file, &record);
            if waits && file.verdict == FileVerdict::Received {
                file.verdict = FileVerdict::Keying;
            }
        });
    }

    /// A scan of printed tasks waits until they are read, and is no paper to be keyed in.
    fn on_paper(&mut self, moved: &WorklistMove, now: Timestamp) {
        self.worklists.moved(moved, now);
        let WorklistMove::Came { receipt, .. } = moved else { return };
        self.keyings.is_none(*receipt);
        self.with_file(*receipt, |file| {
            file.paper = None;
            if file.verdict == FileVerdict::Received {
                file.verdict = FileVerdict::Keying;
            }
        });
    }

    fn checked(&mut self, checked: &Checked) {
        let batches = checked.flows.iter().filter(|flow| flow.unit == Unit::File).count();
        let rows: u32 = checked
            .flows
            .iter()
            .filter(|flow| flow.unit == Unit::Record)
            .map(|flow| flow.scope.rows)
            .sum();
        self.with_file(checked.receipt, |file| {
            file.findings = checked.findings;
            file.record_file = checked.record_file;
            file.records = checked.records;
            file.accepted = checked.accepted;
            file.rejected = checked.rejected;
            file.total = checked.total;
            file.flows.clone_from(&checked.flows);
            file.open_cases = u32::try_from(batches).unwrap_or(0).saturating_add(rows);
            file.verdict = match (checked.flows.is_empty(), rows, file.verdict) {
                (true, _, kept @ (FileVerdict::Held { .. } | FileVerdict::Joined { .. })) => kept,
                // One that could not be looked into was not tried out.
                (true, _, _) if file.flaw.is_none() && is_trial(&file.submitter.channel) => {
                    FileVerdict::Tried
                }
                (true, _, _) => FileVerdict::Rejected,
                (false, 0, _) => FileVerdict::Accepted,
                (false, _, _) => FileVerdict::Opening,
            };
        });
        self.note_number(checked);
        for (n, flow) in (1..).zip(&checked.flows) {
            if flow.unit == Unit::File {
                self.open_batch(checked.receipt, n, flow);
            }
        }
        for moved in &checked.moved {
            self.moved(moved);
        }
        self.owe_all(&checked.effects);
    }

    /// A file that was taken in takes the number its manifest gives it.
    fn note_number(&mut self, checked: &Checked) {
        let taken = self.file(checked.receipt).filter(|_| !checked.flows.is_empty());
        let taken = taken.map(|file| {
            let submitter = &file.submitter;
            ((submitter.channel.clone(), submitter.folder.clone()), file.digest)
        });
        self.manifests.judged(checked.receipt, taken);
    }

    fn open_batch(&mut self, receipt: ReceiptNo, n: u16, flow: &OpenedFlow) {
        let Some(file) = self.receipts.get(&receipt).copied() else { return };
        let head = CaseHead::new(CaseId { receipt, n, row: None }, flow.scope);
        self.put_head(flow.first_case, &head, file, 0);
    }

    fn staged(&mut self, receipt: ReceiptNo, slice: Slice, rows: &[RowSeed], at: Timestamp) {
        let Some(file) = self.receipts.get(&receipt).copied() else { return };
        for (number, seed) in (slice.first..).zip(rows) {
            if self.cases.slot(number).is_some() {
                continue;
            }
            let head = seed_head(CaseId { receipt, n: slice.n, row: Some(seed.row) }, seed, slice);
            self.put_head(number, &head, file, seed.key);
            self.keys.insert(seed.key, number);
        }
        let count = u32::try_from(rows.len()).unwrap_or(0);
        self.with_file(receipt, |file| file.staged = file.staged.saturating_add(count));
        debug_assert!(at.ms() >= 0, "a commit has a time");
    }

    fn staged_with(
        &mut self,
        (receipt, n, first): (ReceiptNo, u16, u32),
        command: CommandId,
        rows: &[OpenedRow],
    ) {
        self.open_each((receipt, n, first), command, rows);
        let count = u32::try_from(rows.len()).unwrap_or(0);
        self.with_file(receipt, |file| file.staged = file.staged.saturating_add(count));
    }

    /// Lines of a batch become cases beside it.
    fn split_off(
        &mut self,
        (receipt, n, first): (ReceiptNo, u16, u32),
        command: CommandId,
        rows: &[OpenedRow],
    ) {
        let Some(file) = self.receipts.get(&receipt).copied() else { return };
        for (number, row) in (first..).zip(rows) {
            self.split.insert((file, n, row.seed.row), number);
        }
        let count = u32::try_from(rows.len()).unwrap_or(0);
        self.with_file(receipt, |file| file.open_cases = file.open_cases.saturating_add(count));
        self.open_each((receipt, n, first), command, rows);
    }

    fn open_each(
        &mut self,
        (receipt, n, first): (ReceiptNo, u16, u32),
        command: CommandId,
        rows: &[OpenedRow],
    ) {
        let Some(file) = self.receipts.get(&receipt).copied() else { return };
        for (number, OpenedRow { seed, events, effects }) in (first..).zip(rows) {
            if self.cases.slot(number).is_some() {
                continue;
            }
            let case = CaseId { receipt, n, row: Some(seed.row) };
            self.put_head(number, &CaseHead::new(case, seed_scope(seed)), file, seed.key);
            self.keys.insert(seed.key, number);
            let (events, effects) = (events.clone(), effects.clone());
            self.moved(&Moved { case, command, events, effects });
        }
    }

    fn moved(&mut self, moved: &Moved) {
        let Some(number) = self.number_of(moved.case) else { return };
        let Some(slot) = self.cases.slot(number) else { return };
        let (file, key, mut head) = (slot.column.file, slot.column.key, slot.head());
        let was_final = head.status.is_final();
        apply(&mut head, moved.command, &moved.events);
        self.days.note(self.folding.date(), number, &moved.events);
        self.put_head(number, &head, file, key);
        self.owe_all(&moved.effects);
        if head.status.is_final() && !was_final {
            self.case_ended(moved);
        }
    }

    /// Counts a case that ended; the file's last one owes the final file.
    fn case_ended(&mut self, moved: &Moved) {
        let receipt = moved.case.receipt;
        let at = moved.events.iter().rev().find_map(|event| match event {
            Event::Ended { at, .. } => Some(*at),
            _ => None,
        });
        let mut last = false;
        self.with_file(receipt, |file| {
            file.open_cases = file.open_cases.saturating_sub(1);
            last = file.open_cases == 0;
        });
        if let (true, Some(at)) = (last, at) {
            let scope = EffectScope::File(receipt);
            self.owe(&Effect { scope, kind: EffectKind::Final, at });
        }
    }

    fn owe_all(&mut self, effects: &[Effect]) {
        for effect in effects {
            if matches!(effect.kind, EffectKind::Request { .. }) && !self.first_request(effect) {
                continue;
            }
            self.owe(effect);
        }
    }

    /// Owes one effect; its number is the commit's and its place in it.
    fn owe(&mut self, effect: &Effect) {
        self.owed += 1;
        let number = NoticeNo::new(self.sequence + 1, self.owed);
        if !self.effects.owe(effect, number) || !effect.is_notice() {
            return;
        }
        let receipt = effect.scope.receipt();
        let file = receipt.and_then(|receipt| self.receipts.get(&receipt).copied());
        let submitter = || {
            let file = self.file_at(file?)?;
            Some(file.record.submitter.folder.clone())
        };
        let to = effect.told().or_else(submitter).unwrap_or_default();
        let about = match effect.scope {
            EffectScope::Case(id) => (id.n, id.row.unwrap_or(0)),
            EffectScope::File(_) | EffectScope::Office => (0, 0),
        };
        let name = effect.kind.to_string();
        let about = (file.unwrap_or(u32::MAX), about.0, about.1);
        let mail = MailKey::of(effect.id().as_str());
        let fresh = Fresh { number, what: family(&name), to: &to, about, mail };
        self.notices.owe(&fresh, self.folding);
    }

    /// Follows an effect one step; of a notice that went it is kept when and which way, and of one
    /// in a bundle which mail that is.
    fn go(&mut self, moved: &EffectMove) {
        if let EffectState::Bundled { bundle, .. } = moved.to
            && let Some((number, to)) = self.effects.addressee(&moved.id)
        {
            self.notices.bundled(number, MailKey::of(&bundle_name(to, bundle)));
        }
        if moved.to == EffectState::Delivered
            && let Some(number) = self.effects.number_of(&moved.id)
        {
            self.notices.went(number, moved.at, &moved.note);
        }
        self.effects.go(moved);
    }

    /// Rows of one file share their request mails; each is owed once.
    fn first_request(&mut self, effect: &Effect) -> bool {
        let Some(receipt) = effect.scope.receipt() else { return true };
        let id = effect.id();
        let mut first = true;
        self.with_file(receipt, |file| {
            let shared = file.flows.iter().any(|flow| flow.unit == Unit::Record);
            if shared {
                first = !file.asked.contains(&id);
                if first {
                    file.asked.push(id);
                }
            }
        });
        first
    }

    fn published(&mut self, published: &Published, at: Timestamp) {
        for file in &published.files {
            let PublishedFile { name, content, effective_from } = file.clone();
            let (by, case) = (published.by.clone(), published.case);
            let in_force = InForce { content, effective_from, by, case, at };
            self.register.insert(name.clone(), in_force);
            self.dirty_register.insert(name);
        }
    }

    fn with_file(&mut self, receipt: ReceiptNo, change: impl FnOnce(&mut FileRecord)) {
        let Some(number) = self.receipts.get(&receipt).copied() else { return };
        let Some(file) = usize::try_from(number).ok().and_then(|at| self.files.get_mut(at)) else {
            return;
        };
        let shared =
            |file: &FileRecord| (file.record_file, Arc::clone(&file.accounts), file.paper.clone());
        let before = shared(&file.record);
        change(&mut file.record);
        if shared(&file.record) != before {
            file.shared = Arc::new(file.record.case_file());
        }
        self.dirty_files.insert(number);
    }

    /// Lets go of keys that a batch case holds.
    pub(in crate::store) fn forget_keys(&mut self, case: u32, keys: &[u64]) {
        for key in keys {
            if self.keys.get(key) == Some(&case) {
                self.keys.remove(key);
            }
        }
        self.books.forget(case, keys);
    }

    /// Remembers keys whose rows are not in the journal.
    pub(in crate::store) fn remember_keys(&mut self, case: u32, keys: &[u64]) {
        let Some(file) = self.cases.slot(case).map(|slot| slot.column.file) else { return };
        self.keys.reserve(keys.len());
        for key in keys {
            // A line that left the batch holds its key itself.
            let holder = self.keys.get(key).and_then(|holder| self.cases.slot(*holder));
            let carved = holder.is_some_and(|slot| slot.column.file == file && slot.column.row > 0);
            if !carved {
                self.keys.insert(*key, case);
            }
        }
    }
}

/// What a notice is, of the name of its effect: `request`, `mail/accepted`, `security/email`.
fn family(name: &str) -> &str {
    let parts = if name.starts_with("mail/") || name.starts_with("security/") { 2 } else { 1 };
    let end = name.match_indices('/').nth(parts - 1).map_or(name.len(), |(at, _)| at);
    name.get(..end).unwrap_or(name)
}

/// Where a slice of rows goes.
#[derive(Debug, Clone, Copy)]
struct Slice {
    n: u16,
    first: u32,
    step: u8,
    command: CommandId,
}

const fn seed_scope(seed: &RowSeed) -> Scope {
    Scope { rows: 1, total: seed.total, record_date: seed.record_date, latest_day: seed.latest_day }
}

fn seed_head(id: CaseId, seed: &RowSeed, slice: Slice) -> CaseHead {
    let mut head = CaseHead::new(id, seed_scope(seed));
    let (step, due) = (slice.step, seed.due);
    let event = match seed.staffed {
        Staffed::Yes => Event::Entered { step, due, candidates: Vec::new() },
        Staffed::No => Event::Unstaffed { step, due },
    };
    apply(&mut head, slice.command, &[event]);
    head
}

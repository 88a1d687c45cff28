//! The stored checkpoint of the state, in sled. It can be thrown away at any time.
//!
//! One tree. Keys: `A` the position and counts, `p|page` case heads, `f|block` files, `u|id`
//! people, `e|number` undelivered effects, `r|name` publications, `k|user` contracts, `o|case`
//! declared outages, `y|receipt` papers that are keyed in, `h|receipt` holds that ended,
//! `g|case/name` what was done after approvals, `v` cases with an open review, `d|day|block` what
//! happened to cases, `t|receipt` what manifests say, `z|receipt` why a file does
//! not fit its own, `s|channel/folder` numbers of files,
//! `n|block` notices, `w|block` their words, `b|number` those that came back, `i|number` tasks
//! printed to be decided on paper, `x|receipt` scans of them. A value longer than 4 KiB is cut into
//! parts, because sled keeps sixteen values in one page. sled's own flush does not reach the disk
//! on Linux, so after every batch we sync its file ourselves, and write `A` only then.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{CaseId, ReceiptNo, Timestamp};
use crate::ports::{FileRecord, Habits, PendingEffect, StillUnkept, UserRecord};

use super::journal::Position;
use super::state::{FileState, State};
use crate::workflow::FileAccounts;

/// Files in one value.
const FILES: u32 = 4;
/// The longest value given to sled.
const VALUE_MAX: usize = 4_000;
/// The most keys in one batch: larger ones take sled gigabytes of memory.
const BATCH_MAX: usize = 500;

/// How often, and how long each time, an earlier handle of this process is waited for.
const RELEASE_TRIES: u32 = 500;
const RELEASE_WAIT: Duration = Duration::from_millis(2);

/// The checkpoint on disk.
#[derive(Debug)]
pub(super) struct Checkpoint {
    db: sled::Db,
    /// sled's file, to sync it ourselves.
    file: File,
}

/// What `A` holds.
#[derive(Debug, Serialize, Deserialize)]
struct Anchor {
    format: u8,
    position: Position,
    pages: u32,
    files: u32,
    users: u32,
    publications: u32,
    claims: (usize, usize),
    bills: usize,
    customers: usize,
    outages: usize,
    papers: (usize, usize, usize),
    worklists: (usize, usize),
    manifests: (usize, usize, usize),
    effects: u32,
    next_effect: u64,
    delivered: u64,
    runs: BTreeMap<String, Timestamp>,
    unkept: BTreeMap<String, StillUnkept>,
    milestones: usize,
    notices: (u64, usize, usize, usize),
}

/// The checkpoint cannot be used; it is set aside and built anew from the journal.
#[derive(Debug, thiserror::Error)]
pub(super) enum CheckpointError {
    #[error("sled failed")]
    Sled(#[from] sled::Error),
    #[error("sled's file cannot be synced")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Broken(&'static str),
}

type Result<T> = std::result::Result<T, CheckpointError>;

const FORMAT: u8 = 19;

impl Checkpoint {
    /// Opens the checkpoint, making an empty one where there is none.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        remove_unfinished_snapshots(folder)?;
        wait_until_released(folder);
        let path = folder.to_owned();
        // A file with flipped bits can make sled panic while it opens.
        let opened = std::panic::catch_unwind(move || {
            sled::Config::new().path(path).cache_capacity(16 << 20).flush_every_ms(None).open()
        });
        let db = opened.map_err(|_| CheckpointError::Broken("sled panicked"))??;
        let file = fs::OpenOptions::new().read(true).write(true).open(folder.join("db"))?;
        Ok(Self { db, file })
    }

    /// Loads the stored state and the position it stands for; nothing when it is empty.
    pub(super) fn load(&self) -> Result<Option<(State, Position)>> {
        let Some(anchor) = self.db.get(b"A")? else { return Ok(None) };
        let anchor: Anchor = decode(&anchor, "the anchor cannot be read")?;
        if anchor.format != FORMAT {
            return Err(CheckpointError::Broken("it is of another format"));
        }
        let mut state = State::default();
        state.sequence = anchor.position.sequence;
        for (key, value) in self.values(b'p')? {
            state.cases.load(number(&key)?, &value).map_err(CheckpointError::Broken)?;
        }
        for (_, value) in self.values(b'f')? {
            let block: Vec<(FileRecord, FileAccounts)> = decode(&value, "files cannot be read")?;
            state.files.extend(block.into_iter().map(|(mut record, accounts)| {
                record.accounts = Arc::new(accounts);
                let shared = Arc::new(record.case_file());
                FileState { record, shared }
            }));
        }
        for (_, value) in self.values(b'y')? {
            state.keyings.load(decode(&value, "a paper cannot be read")?);
        }
        self.load_worklists(&mut state)?;
        self.load_office(&mut state)?;
        for (_, value) in self.values(b'l')? {
            state.claims.put(decode(&value, "a claim cannot be read")?);
        }
        state.claims.dirty.clear();
        for (key, value) in self.values(b'q')? {
            let block = decode(&value, "answers cannot be read")?;
            let (case, at) = key.split_at(key.len().min(4));
            state.claims.put_results((number(case)?, number(at)?), block);
        }
        for (_, value) in self.values(b'm')? {
            state.bills.load(decode(&value, "bills cannot be read")?);
        }
        for (_, value) in self.values(b'd')? {
            state.days.load(decode(&value, "milestones cannot be read")?);
        }
        self.load_notices(&mut state)?;
        state.notices.resume(anchor.notices.0);
        let mut effects = 0;
        for (key, value) in self.values(b'e')? {
            let pending: PendingEffect = decode(&value, "an effect cannot be read")?;
            let number: [u8; 8] =
                key.as_slice().try_into().map_err(|_| CheckpointError::Broken("a key is wrong"))?;
            state.effects.load(u64::from_be_bytes(number), pending);
            effects += 1;
        }
        state.effects.resume(anchor.next_effect, anchor.delivered);
        state.runs = anchor.runs;
        state.unkept = anchor.unkept;
        let whole = state.cases.pages() == anchor.pages
            && count(state.files.len()) == anchor.files
            && count(state.users.len()) == anchor.users
            && count(state.register.len()) == anchor.publications
            && state.claims.counts() == anchor.claims
            && state.bills.count() == anchor.bills
            && state.contracts.count() == anchor.customers
            && state.outages.count() == anchor.outages
            && paper_counts(&state) == anchor.papers
            && state.worklists.counts() == anchor.worklists
            && state.manifests.counts() == anchor.manifests
            && state.days.count() == anchor.milestones
            && state.notices.counts() == anchor.notices
            && effects == anchor.effects;
        if !whole {
            return Err(CheckpointError::Broken("something is missing"));
        }
        state.rebuild_indexes();
        Ok(Some((state, anchor.position)))
    }

    /// Loads tasks printed to be decided on paper, then the scans of them.
    fn load_worklists(&self, state: &mut State) -> Result<()> {
        for (_, value) in self.values(b'i')? {
            state.worklists.load_print(decode(&value, "a printed task cannot be read")?);
        }
        for (_, value) in self.values(b'x')? {
            state.worklists.load_sheet(decode(&value, "a printed sheet cannot be read")?);
        }
        Ok(())
    }

    /// Loads notices with their words, and those that came back.
    fn load_notices(&self, state: &mut State) -> Result<()> {
        for (_, value) in self.values(b'w')? {
            let words: Vec<String> = decode(&value, "words of notices cannot be read")?;
            state.notices.load_words(&words);
        }
        for (_, value) in self.values(b'n')? {
            state.notices.load(decode(&value, "notices cannot be read")?);
        }
        for (_, value) in self.values(b'b')? {
            let (number, mail) = decode(&value, "a mail that came back cannot be read")?;
            state.notices.load_returned(number, mail);
        }
        Ok(())
    }

    /// Loads people, what they are still to review, contracts, declared outages, holds that ended,
    /// and what is published.
    fn load_office(&self, state: &mut State) -> Result<()> {
        for (_, value) in self.values(b'u')? {
            let (user, habits): (UserRecord, Option<Habits>) =
                decode(&value, "a person cannot be read")?;
            let id = user.person.id.clone();
            state.habits.extend(habits.map(|habits| (id.clone(), habits)));
            state.users.insert(id, user);
        }
        for (_, value) in self.values(b'v')? {
            state.reviews = decode(&value, "open reviews cannot be read")?;
        }
        for (_, value) in self.values(b'k')? {
            state.contracts.load(decode(&value, "contracts cannot be read")?);
        }
        for (_, value) in self.values(b'o')? {
            state.outages.load(decode(&value, "an outage cannot be read")?);
        }
        for (_, value) in self.values(b'h')? {
            state.holds.load(decode(&value, "a hold cannot be read")?);
        }
        for (_, value) in self.values(b'g')? {
            state.obligations.load(decode(&value, "an obligation cannot be read")?);
        }
        for (_, value) in self.values(b't')? {
            state.manifests.load(decode(&value, "a manifest cannot be read")?);
        }
        for (_, value) in self.values(b'z')? {
            state.manifests.load_misstated(decode(&value, "a misfit cannot be read")?);
        }
        for (_, value) in self.values(b's')? {
            state.manifests.load_sequence(decode(&value, "numbers cannot be read")?);
        }
        for (name, value) in self.values(b'r')? {
            let name = String::from_utf8(name);
            let name = name.map_err(|_| CheckpointError::Broken("a key is wrong"))?;
            let in_force = decode(&value, "a publication cannot be read")?;
            state.register.insert(name, in_force);
        }
        Ok(())
    }

    /// Writes what changed since the last time, and the position it stands for.
    ///
    /// A small change is one atomic batch. A large one takes several; while they are written the
    /// pages are newer than any anchor says, and replaying over them would fold commits twice. So
    /// the anchor goes first and comes back last: stopped in between, the next start rebuilds.
    pub(super) fn save(&self, mut changes: Changes, half: &dyn Fn()) -> Result<()> {
        let anchor = encode(&changes.anchor);
        let small = changes.values.len() <= BATCH_MAX / 4;
        if !small {
            self.db.remove(b"A")?;
            self.sync()?;
        }
        while !changes.values.is_empty() {
            let rest = changes.values.split_off(changes.values.len().min(BATCH_MAX / 4));
            let mut batch = sled::Batch::default();
            for (key, value) in changes.values {
                self.put(&mut batch, &key, value)?;
            }
            if small {
                batch.insert(b"A", anchor.as_slice());
            }
            half();
            self.db.apply_batch(batch)?;
            self.db.flush()?;
            changes.values = rest;
        }
        self.sync()?;
        if !small {
            self.db.insert(b"A", anchor)?;
            self.sync()?;
        }
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        self.db.flush()?;
        Ok(self.file.sync_data()?)
    }

    /// Writes one value, cut into parts where it is long; `None` removes it.
    fn put(&self, batch: &mut sled::Batch, key: &[u8], value: Option<Vec<u8>>) -> Result<()> {
        let old = self.db.get(part_key(key, 0))?.and_then(|first| first.first().copied());
        let value = value.map(|value| {
            let crc = crc32c::crc32c(&value).to_le_bytes();
            [crc.as_slice(), &value].concat()
        });
        let parts: Vec<&[u8]> =
            value.as_ref().map_or_else(Vec::new, |value| value.chunks(VALUE_MAX).collect());
        let total = u8::try_from(parts.len())
            .map_err(|_| CheckpointError::Broken("a value is far too long"))?;
        for (part, bytes) in (0..).zip(&parts) {
            batch.insert(part_key(key, part), [&[total], *bytes].concat());
        }
        for part in total..old.unwrap_or(0) {
            batch.remove(part_key(key, part));
        }
        Ok(())
    }

    /// All whole values of one kind, in the order of their keys.
    fn values(&self, kind: u8) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let broken = CheckpointError::Broken;
        let mut values: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        for entry in self.db.scan_prefix([kind]) {
            let (key, value) = entry?;
            let [_, name @ .., part] = key.as_ref() else { return Err(broken("a key is wrong")) };
            let [_, bytes @ ..] = value.as_ref() else { return Err(broken("a value is empty")) };
            match values.last_mut() {
                Some((last, whole)) if *part > 0 && last == name => whole.extend_from_slice(bytes),
                _ => values.push((name.to_vec(), bytes.to_vec())),
            }
        }
        for (_, value) in &mut values {
            let Some((crc, bytes)) = value.split_first_chunk::<4>() else {
                return Err(broken("a value is too short"));
            };
            if crc32c::crc32c(bytes) != u32::from_le_bytes(*crc) {
                return Err(broken("a checksum does not fit"));
            }
            value.drain(..4);
        }
        Ok(values)
    }
}

/// What a checkpoint writes, copied out of the state so that others may go on using it.
#[derive(Debug)]
pub(super) struct Changes {
    values: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    anchor: Anchor,
}

impl Changes {
    /// Takes what changed since the last checkpoint; the state then counts as stored.
    pub(super) fn take(state: &mut State, position: Position) -> Self {
        let mut values = Vec::new();
        for (page, bytes) in state.cases.take_dirty(usize::MAX) {
            values.push((named(b'p', &page.to_be_bytes()), Some(bytes)));
        }
        let files = std::mem::take(&mut state.dirty_files);
        let blocks: std::collections::BTreeSet<u32> = files.iter().map(|n| n / FILES).collect();
        for block in blocks {
            let first = usize::try_from(block * FILES).unwrap_or(usize::MAX);
            let records = state.files.iter().skip(first).take(FILES as usize);
            let records: Vec<(&FileRecord, &FileAccounts)> =
                records.map(|file| (&file.record, &*file.record.accounts)).collect();
            values.push((named(b'f', &block.to_be_bytes()), Some(encode(&records))));
        }
        for id in std::mem::take(&mut state.dirty_users) {
            let user = state.users.get(&id).map(|user| encode(&(user, state.habits.get(&id))));
            values.push((named(b'u', id.as_str().as_bytes()), user));
        }
        for name in std::mem::take(&mut state.dirty_register) {
            let in_force = state.register.get(&name).map(encode);
            values.push((named(b'r', name.as_bytes()), in_force));
        }
        for number in std::mem::take(&mut state.claims.dirty) {
            let claim = state.claims.get(number).map(encode);
            values.push((named(b'l', number.as_str().as_bytes()), claim));
        }
        for (case, at) in std::mem::take(&mut state.claims.dirty_results) {
            let key = [case.to_be_bytes(), at.to_be_bytes()].concat();
            values.push((named(b'q', &key), state.claims.block((case, at)).map(encode)));
        }
        for month in std::mem::take(&mut state.bills.dirty) {
            for (key, part) in state.bills.parts(month) {
                values.push((named(b'm', &key), Some(encode(&part))));
            }
        }
        for changed in
            [contracts, papers, worklists, holds, obligations, manifests, notices, reviews]
        {
            values.extend(changed(state));
        }
        for (day, block) in std::mem::take(&mut state.days.dirty) {
            let key = [day.yyyymmdd().to_be_bytes(), block.to_be_bytes()].concat();
            values.push((named(b'd', &key), state.days.block((day, block)).as_ref().map(encode)));
        }
        for effect in std::mem::take(&mut state.effects.dirty) {
            let value = state.effects.get(effect).map(encode);
            values.push((named(b'e', &effect.to_be_bytes()), value));
        }
        let anchor = Anchor {
            format: FORMAT,
            position,
            pages: state.cases.pages(),
            files: count(state.files.len()),
            users: count(state.users.len()),
            publications: count(state.register.len()),
            claims: state.claims.counts(),
            bills: state.bills.count(),
            customers: state.contracts.count(),
            outages: state.outages.count(),
            papers: paper_counts(state),
            worklists: state.worklists.counts(),
            manifests: state.manifests.counts(),
            effects: count(state.effects.values().count()),
            next_effect: state.effects.next(),
            delivered: state.effects.delivered,
            runs: state.runs.clone(),
            unkept: state.unkept.clone(),
            milestones: state.days.count(),
            notices: state.notices.counts(),
        };
        Self { values, anchor }
    }

    /// Whether there is anything to write.
    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// The cases with an open review, where those changed.
fn reviews(state: &mut State) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let changed = std::mem::take(&mut state.reviews_changed);
    changed.then(|| (named(b'v', &[]), Some(encode(&state.reviews)))).into_iter().collect()
}

/// What changed of papers that are keyed in.
fn papers(state: &mut State) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let receipts = std::mem::take(&mut state.keyings.dirty).into_iter();
    let value = |receipt: ReceiptNo| {
        let record = state.keyings.get(receipt).map(encode);
        (named(b'y', receipt.to_string().as_bytes()), record)
    };
    receipts.map(value).collect()
}

/// What changed of tasks that are decided on paper.
fn worklists(state: &mut State) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let mut values = Vec::new();
    for number in std::mem::take(&mut state.worklists.dirty_prints) {
        let record = state.worklists.print(number).map(encode);
        values.push((named(b'i', number.to_string().as_bytes()), record));
    }
    for receipt in std::mem::take(&mut state.worklists.dirty_sheets) {
        let record = state.worklists.sheet(receipt).map(encode);
        values.push((named(b'x', receipt.to_string().as_bytes()), record));
    }
    values
}

/// How many papers there are, how many holds that ended, and what was done after approvals.
fn paper_counts(state: &State) -> (usize, usize, usize) {
    (state.keyings.count(), state.holds.count(), state.obligations.count())
}

/// What was done after approvals.
fn obligations(state: &mut State) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let met = std::mem::take(&mut state.obligations.dirty).into_iter();
    let value = |key: (CaseId, String)| {
        let name = format!("{}/{}", key.0, key.1);
        (named(b'g', name.as_bytes()), state.obligations.get(&key).map(encode))
    };
    met.map(value).collect()
}

/// The holds that ended.
fn holds(state: &mut State) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let ended = std::mem::take(&mut state.holds.dirty).into_iter();
    let value = |held: ReceiptNo| {
        (named(b'h', held.to_string().as_bytes()), state.holds.of(held).map(encode))
    };
    ended.map(value).collect()
}

/// What changed of contracts and declared outages.
fn contracts(state: &mut State) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let mut values = Vec::new();
    for user in std::mem::take(&mut state.contracts.dirty) {
        let history = encode(&state.contracts.history(user));
        values.push((named(b'k', user.as_str().as_bytes()), Some(history)));
    }
    for case in std::mem::take(&mut state.outages.dirty) {
        let record = state.outages.get(case).map(encode);
        values.push((named(b'o', case.to_string().as_bytes()), record));
    }
    values
}

/// What changed of manifests and of the numbers of files.
fn manifests(state: &mut State) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let mut values = Vec::new();
    for receipt in std::mem::take(&mut state.manifests.dirty) {
        let stated = state.manifests.stated(receipt).map(encode);
        values.push((named(b't', receipt.to_string().as_bytes()), stated));
    }
    for receipt in std::mem::take(&mut state.manifests.dirty_misstated) {
        let misstated = state.manifests.misstated(receipt).map(encode);
        values.push((named(b'z', receipt.to_string().as_bytes()), misstated));
    }
    for sender in std::mem::take(&mut state.manifests.dirty_sequences) {
        let (channel, folder) = &sender;
        let key = named(b's', format!("{channel}/{folder}").as_bytes());
        let sequence = state.manifests.sequence((channel, folder));
        values.push((key, Some(encode(&(&sender, sequence)))));
    }
    values
}

/// What changed of notices and their words.
fn notices(state: &mut State) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let blocks = std::mem::take(&mut state.notices.dirty).into_iter();
    let told = blocks.map(|block| {
        let key = named(b'n', &block.to_be_bytes());
        (key, state.notices.block(block).as_ref().map(encode))
    });
    let mut values: Vec<_> = told.collect();
    for block in std::mem::take(&mut state.notices.dirty_words) {
        let words = encode(&state.notices.word_block(block));
        values.push((named(b'w', &block.to_be_bytes()), Some(words)));
    }
    for number in std::mem::take(&mut state.notices.dirty_returned) {
        let mail = state.notices.returned_mail(number).map(|mail| encode(&(number, mail)));
        values.push((named(b'b', number.to_string().as_bytes()), mail));
    }
    values
}

/// Moves a checkpoint that cannot be used out of the way; its name tells when.
pub(super) fn set_aside(folder: &Path, stamp: i64) -> std::io::Result<PathBuf> {
    // A clock that was set back must not keep the program from starting.
    let names = (stamp..).map(|stamp| folder.with_extension(format!("set-aside-{stamp}")));
    let aside = names.into_iter().find(|aside| !aside.exists()).unwrap_or_default();
    fs::rename(folder, &aside)?;
    Ok(aside)
}

/// Waits for an earlier handle of this process: sled lets go of its file a moment after it was
/// dropped, on a thread of its own. No other process can hold it, for ours has the lock of `var/`.
fn wait_until_released(folder: &Path) {
    let Ok(file) = File::open(folder.join("db")) else { return };
    for _ in 0..RELEASE_TRIES {
        if rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_ok() {
            return;
        }
        std::thread::sleep(RELEASE_WAIT);
    }
}

/// sled reads a snapshot it was stopped while writing as if it were whole, and then never opens.
fn remove_unfinished_snapshots(folder: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "generating") {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

fn named(kind: u8, name: &[u8]) -> Vec<u8> {
    [&[kind], name].concat()
}

fn part_key(key: &[u8], part: u8) -> Vec<u8> {
    [key, &[part]].concat()
}

fn number(key: &[u8]) -> Result<u32> {
    let bytes = key.try_into().map_err(|_| CheckpointError::Broken("a key is wrong"))?;
    Ok(u32::from_be_bytes(bytes))
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[expect(clippy::expect_used, reason = "plain data always encodes")]
fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).expect("state can be written")
}

fn decode<T: for<'de> Deserialize<'de>>(bytes: &[u8], what: &'static str) -> Result<T> {
    postcard::from_bytes(bytes).map_err(|_| CheckpointError::Broken(what))
}

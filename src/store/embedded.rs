//! The store that needs nothing installed: journal, memory, and sled as the stored checkpoint.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing::{error, info, warn};

use crate::domain::{CaseId, Timestamp};
use crate::ports::{Batch, Commit, CommitError, NoProbe, Probe, Step, StoreError};

use super::answer::{Backing, Given};
use super::checkpoint::{Changes, Checkpoint, set_aside};
use super::journal::{Damage, Group, Position, Writer, replay};
use super::state::State;

/// Commits in one group.
const GROUP_MAX: usize = 256;
/// Bytes in one group.
const GROUP_BYTES_MAX: usize = 1 << 20;
/// Commits between two checkpoints.
const CHECKPOINT_EVERY: u64 = 65_536;
/// Quiet time after which a checkpoint is taken.
const IDLE: Duration = Duration::from_secs(5);

/// Journal, memory and checkpoint below one folder, `var/`.
///
/// One process at a time: the lock is held until drop. Dropping takes a checkpoint.
#[derive(Debug)]
pub struct Embedded {
    shared: Arc<Shared>,
    orders: Option<Sender<Order>>,
    writer: Option<JoinHandle<()>>,
    _lock: VarLock,
}

#[derive(Debug)]
struct Shared {
    state: RwLock<State>,
    given: Mutex<Given>,
}

/// Something asked of the writer thread.
enum Order {
    Commit(Batch, SyncSender<Result<(), CommitError>>),
    Checkpoint(SyncSender<Result<(), StoreError>>),
}

/// What opening the store found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Commits read from the journal beyond the checkpoint.
    pub replayed: u64,
    /// Where a checkpoint that could not be used was set aside.
    pub set_aside: Option<PathBuf>,
    /// A torn write at the journal's end that was never acknowledged.
    pub torn_at: Option<u64>,
}

/// The store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("another kessai is running on {}", .0.display())]
    Locked(PathBuf),
    /// The journal cannot be trusted.
    #[error(transparent)]
    Damage(#[from] Damage),
    /// The file system failed.
    #[error("cannot open {}", path.display())]
    Io {
        /// What was to be opened.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
}

impl Embedded {
    /// Opens the store below `var`, replaying what the checkpoint does not hold.
    ///
    /// `now` names a checkpoint that has to be set aside.
    pub fn open(var: &Path, now: Timestamp) -> Result<(Self, Opened), OpenError> {
        Self::open_probed(var, now, Arc::new(NoProbe))
    }

    /// The same, telling `probe` when a checkpoint is half written.
    pub fn open_probed(
        var: &Path,
        now: Timestamp,
        probe: Arc<dyn Probe>,
    ) -> Result<(Self, Opened), OpenError> {
        let lock = lock(var)?;
        let (checkpoint, mut state, from, aside) = load(var, now)?;
        let sequence = state.sequence;
        let journal = var.join("journal");
        let replayed = match replay(&journal, from, &mut |commit| state.fold(&commit)) {
            Ok(replayed) => replayed,
            // The journal does not reach the checkpoint, or the checkpoint lies: the journal
            // alone decides.
            Err(damage) if from != Position::default() => {
                warn!(error = %damage, "the checkpoint does not fit the journal; rebuilding");
                drop(checkpoint);
                let source = |source| OpenError::Io { path: var.join("sled"), source };
                set_aside(&var.join("sled"), now.ms()).map_err(source)?;
                drop(lock);
                return Self::open_probed(var, now, probe);
            }
            Err(damage) => return Err(damage.into()),
        };
        let opened = Opened {
            replayed: state.sequence - sequence,
            set_aside: aside,
            torn_at: replayed.torn.map(|(_, offset)| offset),
        };
        state.head = replayed.end.head();
        let failed = |source| OpenError::Io { path: journal.clone(), source };
        let writer = Writer::open(&journal, replayed.end).map_err(failed)?;
        if sequence == 0 {
            state.touch_all();
        }
        let shared = Arc::new(Shared { state: RwLock::new(state), given: Mutex::default() });
        let (orders, inbox) = mpsc::channel();
        let thread = WriterThread {
            shared: Arc::clone(&shared),
            writer,
            checkpoint,
            since_checkpoint: opened.replayed,
            poisoned: None,
            probe,
        };
        let writer = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || thread.run(&inbox))
            .map_err(|source| OpenError::Io { path: var.to_owned(), source })?;
        let store = Self { shared, orders: Some(orders), writer: Some(writer), _lock: lock };
        Ok((store, opened))
    }

    fn order(&self, order: Order) {
        // The writer thread ends only after `orders` was dropped.
        if let Some(orders) = &self.orders
            && orders.send(order).is_err()
        {
            error!("the writer thread has ended");
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        drop(self.orders.take());
        if self.writer.take().is_some_and(|writer| writer.join().is_err()) {
            error!("the writer thread panicked");
        }
    }
}

impl Backing for Embedded {
    fn read<T>(&self, ask: impl FnOnce(&State) -> T) -> T {
        ask(&self.shared.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.shared.state.write().unwrap_or_else(PoisonError::into_inner))
    }

    fn given<T>(&self, take: impl FnOnce(&mut Given) -> T) -> T {
        take(&mut self.shared.given.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn commit_batches(&self, batches: Vec<Batch>) -> Vec<Result<(), CommitError>> {
        let answers: Vec<Receiver<_>> = batches
            .into_iter()
            .map(|batch| {
                let (answer, receiver) = mpsc::sync_channel(1);
                self.order(Order::Commit(batch, answer));
                receiver
            })
            .collect();
        answers
            .into_iter()
            .map(|answer| answer.recv().unwrap_or_else(|_| Err(gone().into())))
            .collect()
    }

    fn save(&self) -> Result<(), StoreError> {
        let (answer, receiver) = mpsc::sync_channel(1);
        self.order(Order::Checkpoint(answer));
        receiver.recv().unwrap_or_else(|_| Err(gone()))
    }
}

fn gone() -> StoreError {
    StoreError::Poisoned("the writer thread has ended".to_owned())
}

/// The one thread that writes.
struct WriterThread {
    shared: Arc<Shared>,
    writer: Writer,
    checkpoint: Checkpoint,
    since_checkpoint: u64,
    poisoned: Option<StoreError>,
    probe: Arc<dyn Probe>,
}

/// A commit whose sync is awaited.
type Waiting = (Commit, SyncSender<Result<(), CommitError>>);

impl WriterThread {
    fn run(mut self, orders: &Receiver<Order>) {
        loop {
            match orders.recv_timeout(IDLE) {
                Ok(first) => self.serve(first, orders),
                Err(RecvTimeoutError::Timeout) => self.checkpoint_if_dirty(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.checkpoint_if_dirty();
    }

    /// Takes what has queued while the last group was synced, and never waits for company.
    fn serve(&mut self, first: Order, orders: &Receiver<Order>) {
        let mut group = Group::default();
        let mut waiting: Vec<Waiting> = Vec::new();
        let mut versions: BTreeMap<CaseId, u32> = BTreeMap::new();
        let mut checkpoints = Vec::new();
        let mut conflicts = Vec::new();
        let mut next = Some(first);
        while let Some(order) = next {
            match order {
                Order::Checkpoint(answer) => checkpoints.push(answer),
                Order::Commit(batch, answer) => match self.admit(&batch, &mut versions) {
                    Ok(()) => {
                        group.push(&batch.commit);
                        waiting.push((batch.commit, answer));
                    }
                    // Answered after the group: whoever decides again must see what it missed.
                    Err(refused) => conflicts.push((answer, refused)),
                },
            }
            let full = waiting.len() >= GROUP_MAX || group.len() >= GROUP_BYTES_MAX;
            next = if full { None } else { orders.try_recv().ok() };
        }
        self.write(group, waiting);
        for (answer, refused) in conflicts {
            reply(&answer, Err(refused));
        }
        if self.since_checkpoint >= CHECKPOINT_EVERY {
            self.checkpoint_if_dirty();
        }
        for answer in checkpoints {
            let saved = self.save();
            if answer.send(saved).is_err() {
                warn!("nobody waits for the checkpoint any more");
            }
        }
    }

    /// Whether the versions a batch was decided on still hold, the open group included.
    fn admit(
        &self,
        batch: &Batch,
        versions: &mut BTreeMap<CaseId, u32>,
    ) -> Result<(), CommitError> {
        if let Some(poisoned) = &self.poisoned {
            return Err(poisoned.clone().into());
        }
        if batch.expect.is_empty() {
            return Ok(());
        }
        let state = self.shared.state.read().unwrap_or_else(PoisonError::into_inner);
        for expect in &batch.expect {
            let version =
                versions.get(&expect.case).copied().or_else(|| state.version_of(expect.case));
            if version != Some(expect.version) {
                return Err(CommitError::Conflict(expect.case));
            }
        }
        drop(state);
        for expect in &batch.expect {
            versions.insert(expect.case, expect.version.saturating_add(1));
        }
        Ok(())
    }

    /// Writes and syncs a group, folds it, and only then answers.
    fn write(&mut self, group: Group, waiting: Vec<Waiting>) {
        if group.is_empty() {
            return;
        }
        if let Err(failed) = self.writer.append(group) {
            error!(error = %failed, "the journal could not be written; the program must stop");
            let poisoned = StoreError::Poisoned(failed.to_string());
            self.poisoned = Some(poisoned.clone());
            for (_, answer) in waiting {
                reply(&answer, Err(poisoned.clone().into()));
            }
            return;
        }
        self.since_checkpoint += u64::try_from(waiting.len()).unwrap_or(0);
        let mut state = self.shared.state.write().unwrap_or_else(PoisonError::into_inner);
        for (commit, _) in &waiting {
            state.fold(commit);
        }
        state.head = self.writer.end().head();
        drop(state);
        for (_, answer) in waiting {
            reply(&answer, Ok(()));
        }
    }

    fn checkpoint_if_dirty(&mut self) {
        if self.since_checkpoint > 0
            && let Err(failed) = self.save()
        {
            // The journal is whole; the next start only takes longer.
            warn!(error = %failed, "the checkpoint could not be written");
        }
    }

    fn save(&mut self) -> Result<(), StoreError> {
        let position = self.writer.end();
        let mut state = self.shared.state.write().unwrap_or_else(PoisonError::into_inner);
        let changes = Changes::take(&mut state, position);
        drop(state);
        self.since_checkpoint = 0;
        if changes.is_empty() {
            return Ok(());
        }
        let half = || self.probe.reached(Step::CheckpointHalf);
        self.checkpoint.save(changes, &half).map_err(|failed| {
            // Nobody knows what of it was written: the next one writes everything again.
            self.shared.state.write().unwrap_or_else(PoisonError::into_inner).touch_all();
            self.since_checkpoint = 1;
            StoreError::Poisoned(failed.to_string())
        })
    }
}

/// Answers a caller; one that has gone away does not matter.
fn reply(answer: &SyncSender<Result<(), CommitError>>, result: Result<(), CommitError>) {
    if answer.send(result).is_err() {
        info!("a caller went away before its commit was answered");
    }
}

/// The lock of a folder, held until drop.
#[derive(Debug)]
struct VarLock(File);

impl Drop for VarLock {
    fn drop(&mut self) {
        // Closing is not enough: a process forked at this moment holds a copy of the handle.
        if let Err(failed) = rustix::fs::flock(&self.0, rustix::fs::FlockOperation::Unlock) {
            warn!(error = %failed, "the lock could not be given back");
        }
    }
}

fn lock(var: &Path) -> Result<VarLock, OpenError> {
    let folder = var.join("journal");
    let failed = |source| OpenError::Io { path: folder.clone(), source };
    fs::create_dir_all(&folder).map_err(failed)?;
    let file = File::create(folder.join("LOCK")).map_err(failed)?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)
        .map_err(|_| OpenError::Locked(var.to_owned()))?;
    Ok(VarLock(file))
}

/// The checkpoint, the state it holds and where the journal goes on from it.
type Loaded = (Checkpoint, State, Position, Option<PathBuf>);

fn load(var: &Path, now: Timestamp) -> Result<Loaded, OpenError> {
    let folder = var.join("sled");
    let attempt = || {
        let checkpoint = Checkpoint::open(&folder)?;
        let loaded = checkpoint.load()?;
        Ok::<_, super::checkpoint::CheckpointError>((checkpoint, loaded))
    };
    let failed = |source| OpenError::Io { path: folder.clone(), source };
    match attempt() {
        Ok((checkpoint, loaded)) => {
            let (state, from) = loaded.unwrap_or_default();
            Ok((checkpoint, state, from, None))
        }
        Err(broken) => {
            warn!(error = %broken, "the checkpoint cannot be used; rebuilding from the journal");
            let aside = set_aside(&folder, now.ms()).map_err(failed)?;
            let again = |error: super::checkpoint::CheckpointError| failed(io::Error::other(error));
            let checkpoint = Checkpoint::open(&folder).map_err(again)?;
            Ok((checkpoint, State::default(), Position::default(), Some(aside)))
        }
    }
}

//! One pass over the inbox: look, claim, copy, receive, judge, dispose.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{error, info, warn};

use crate::domain::{Code, Digest, ReceiptNo};
use crate::ports::{FileVerdict, Probe, Step};
use crate::service::{Arrival, Beside, Desk, Flaw, Hand, Rulebook};
use crate::workflow::Brings;

use super::claim::{Kind, Origin, PAYLOAD, claim};
use super::copy::{Copied, Failed, copy};
use super::dispose::{dispose, quarantine};
use super::folders::{Folders, SpoolError};
use super::interval::{Reach, file_system, interval};
use super::limits::{Change, Claimed, DAY_MS, Limits, Owners, Room};
use super::mark::Mark;
use super::note::{self, Notes, PATIENCE};
use super::proof;
use super::recover::unfinished;
use super::scan::{CLAIM_MAX, Candidate, Look, Patience, Sightings};
use super::stable::Waiting;
use super::watch::Watch;

/// How the inbox is watched.
#[derive(Debug, Clone)]
pub struct SpoolSettings {
    /// How long a file must keep its shape where no better evidence is to be had.
    pub quiet: Duration,
    /// The same where the inbox is reached over a network: what others write there comes late.
    pub quiet_share: Duration,
    /// How long a file may wait for its end before it is held.
    pub wait_max: Duration,
    /// How long a file waits before its submitter is told why.
    pub note_after: Duration,
    /// The longest file taken in, in bytes.
    pub bytes_max: u64,
    /// How much is taken in.
    pub limits: Limits,
    /// Where notes are written.
    pub outbox: PathBuf,
    /// Where what is taken in is kept: its disk must have room, too.
    pub state: PathBuf,
}

impl SpoolSettings {
    /// The defaults of a local inbox.
    pub fn new(outbox: &Path, state: &Path) -> Self {
        Self {
            quiet: Duration::from_secs(2),
            quiet_share: Duration::from_secs(10),
            wait_max: Duration::from_mins(15),
            note_after: PATIENCE,
            bytes_max: 1 << 30,
            limits: Limits::default(),
            outbox: outbox.to_owned(),
            state: state.to_owned(),
        }
    }

    /// How long to wait for what, in an inbox of such a reach.
    pub(super) fn patience(&self, reach: Reach) -> Patience {
        let quiet = match reach {
            Reach::Shared => self.quiet_share,
            Reach::Local | Reach::Memory | Reach::Unknown => self.quiet,
        };
        Patience { quiet, wait_max: self.wait_max }
    }
}

/// The inbox and what was seen in it.
#[derive(Debug)]
pub struct Spool {
    desk: Arc<Desk>,
    folders: Folders,
    mark: Mark,
    /// Whether the inbox was not there at the last pass.
    away: bool,
    settings: SpoolSettings,
    probe: Arc<dyn Probe>,
    sightings: Sightings,
    notes: Notes,
    claimed: Claimed,
    turns: Turns,
    room: Room,
    /// Claimed files that somebody still writes to, or that could not be read.
    unsettled: BTreeMap<String, Ours>,
    /// When a failure was last logged, so that one bad folder does not fill the log.
    last_warning: Option<Instant>,
}

/// What a pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Passed {
    /// Files that came to their verdict.
    pub files: usize,
    /// Files that are about to come to rest.
    pub settling: usize,
}

/// How often a file is read before it is given up, and how long it is let alone after each time.
const TRIES: u32 = 3;
const BETWEEN_TRIES: Duration = Duration::from_secs(1);

/// A claimed file that has no receipt number yet.
#[derive(Debug)]
struct Ours {
    origin: Origin,
    /// Since when it is ours.
    since: Instant,
    /// How often it could not be read.
    failures: u32,
    /// When that was last tried in vain.
    last: Option<Instant>,
}

impl Ours {
    fn new(origin: Origin) -> Self {
        Self { origin, since: Instant::now(), failures: 0, last: None }
    }

    fn is_due(&self) -> bool {
        self.last.is_none_or(|last| last.elapsed() >= BETWEEN_TRIES)
    }
}

impl Spool {
    /// A spool over an inbox; goes on with what an earlier run left.
    pub fn open(
        desk: Arc<Desk>,
        folders: Folders,
        settings: SpoolSettings,
        probe: Arc<dyn Probe>,
    ) -> Result<Self, SpoolError> {
        let mut random = [0; 16];
        desk.random.fill(&mut random);
        let fresh = format!("{:032x}", u128::from_be_bytes(random));
        let mark = Mark::open(&folders.engine, &settings.state, &fresh)?;
        let mut spool = Self {
            desk,
            folders,
            mark,
            away: false,
            settings,
            probe,
            sightings: Sightings::default(),
            notes: Notes::default(),
            claimed: Claimed::default(),
            turns: Turns::default(),
            room: Room::default(),
            unsettled: BTreeMap::new(),
            last_warning: None,
        };
        spool.recover()?;
        Ok(spool)
    }

    /// Looks at every folder once and carries what is ready to its verdict.
    pub fn pass(&mut self, watch: &mut Watch) -> Result<Passed, SpoolError> {
        self.is_there(watch)?;
        self.go_on_with_unscreened()?;
        let ready = self.look(watch)?;
        let ready = self.with_room(ready);
        let claimed = self.claim(ready);
        let (mut ours, mut later) = (Vec::new(), BTreeMap::new());
        for (intake, one) in std::mem::take(&mut self.unsettled) {
            if one.is_due() {
                ours.push(one);
            } else {
                later.insert(intake, one);
            }
        }
        self.unsettled = later;
        ours.extend(claimed.into_iter().map(Ours::new));
        let files = self.own(ours)?;
        let (inbox, outbox) = (self.folders.inbox.clone(), self.settings.outbox.clone());
        let patience = self.settings.note_after;
        if let Err(failed) = self.notes.refresh(&self.sightings, &inbox, &outbox, patience) {
            self.warn(&format!("a note could not be written: {failed}"));
        }
        let settling = self
            .sightings
            .waiting(Duration::ZERO)
            .filter(|(_, reason)| *reason == Waiting::Settling)
            .count();
        Ok(Passed { files, settling })
    }

    /// How long to wait for news before the next pass.
    pub fn interval(&self, watch: &Watch) -> Duration {
        // Nothing tells that a scanner is back.
        let hears = watch.hears() && !self.away && !self.desk.any_waits_for_scanner();
        interval(&self.folders.inbox, hears)
    }

    /// Errs while the inbox is away: nothing in it is taken as deleted, and nothing that lies in
    /// its place as dropped.
    fn is_there(&mut self, watch: &mut Watch) -> Result<(), SpoolError> {
        if !self.mark.is_there() {
            if !std::mem::replace(&mut self.away, true) {
                let told = "受付のフォルダ（inbox）が見つかりません。共有フォルダがつながっているか\
                            お確かめください。つながれば自動で再開します。";
                self.desk.pause_intake(Some(told.to_owned()));
            }
            return Err(self.mark.away());
        }
        if std::mem::take(&mut self.away) {
            self.desk.pause_intake(None);
            self.room = Room::default();
            watch.forget_all();
        }
        Ok(())
    }

    /// Takes up what an earlier run left: claims, files without a verdict, folders to move.
    fn recover(&mut self) -> Result<(), SpoolError> {
        let failed = |source| SpoolError::Io { path: self.folders.claim.clone(), source };
        let submitters = self.folders.submitters().map_err(failed)?;
        Notes::sweep(&self.settings.outbox, &submitters);
        let mut fresh = Vec::new();
        for origin in unfinished(&self.folders).map_err(failed)? {
            let known = self.desk.store.files(&|file| file.intake == origin.intake, 1);
            if known.is_empty() {
                fresh.push(origin);
            }
        }
        self.count_last_day();
        self.own(fresh.into_iter().map(Ours::new).collect())?;
        let left = self.desk.store.files(&|file| !file.disposed, usize::MAX);
        let left: Vec<ReceiptNo> = left.iter().map(|file| file.receipt).collect();
        left.chunks(CLAIM_MAX).try_for_each(|receipts| self.finish(receipts))
    }

    /// Counts the files of the last day again: a restart gives nobody another day's worth.
    fn count_last_day(&mut self) {
        let (now, moment) = (Instant::now(), self.desk.clock.now());
        let since = moment.plus_ms(-DAY_MS);
        for file in self.desk.store.files(&|file| file.received_at > since, usize::MAX) {
            self.claimed.note_record(&file, (now, moment));
        }
    }

    fn look(&mut self, watch: &mut Watch) -> Result<Vec<Candidate>, SpoolError> {
        let inbox = self.folders.inbox.clone();
        let failed = |source| SpoolError::Io { path: inbox.clone(), source };
        let folders = self.folders.submitters().map_err(failed)?;
        let mut watched: BTreeSet<PathBuf> =
            folders.iter().flat_map(|(_, _, path)| [path.clone()]).collect();
        watched.extend(folders.iter().filter_map(|(_, _, p)| p.parent().map(Path::to_owned)));
        watched.insert(inbox.clone());
        watch.follow(&watched);
        let patience = self.settings.patience(file_system(&inbox).1);
        let mut by_submitter = Vec::new();
        for (channel, submitter, folder) in &folders {
            let rules = self.desk.rulebook();
            let known = rules.submitter(channel, submitter).is_some();
            let complete = rules.channels.get(channel).map(|channel| channel.complete);
            let complete = complete.unwrap_or_default();
            let look = Look { channel, submitter, folder, known, complete, watch, patience };
            match self.sightings.look(&look) {
                Ok(ready) => {
                    let counted = known && is_counted(&rules, channel);
                    by_submitter.push(if counted { self.within_limits(ready) } else { ready });
                }
                Err(error) => {
                    watch.forget(folder);
                    self.warn(&format!("{}: {error}", folder.display()));
                }
            }
        }
        watch.keep_only(&|path| self.sightings.has(path));
        Ok(self.turns.take(by_submitter))
    }

    /// Files that are ready, as long as the disks have room for them; that there is none, and that
    /// there is some again, is told once.
    fn with_room(&mut self, ready: Vec<Candidate>) -> Vec<Candidate> {
        let places = [("var", self.settings.state.as_path()), ("inbox", &self.folders.inbox)];
        match self.room.look(&self.settings.limits, &places) {
            Some(Change::Short(what)) => {
                warn!(error = what, "no file is claimed until there is room");
                let told = format!("受付を止めています。{what}。空けると自動で再開します。");
                self.desk.pause_intake(Some(told));
            }
            Some(Change::Enough) => {
                info!("there is room again; files are claimed");
                self.desk.pause_intake(None);
            }
            None => {}
        }
        if !self.room.is_short() {
            return ready;
        }
        for late in ready {
            self.sightings.refuse(&late.path, Waiting::NoRoom);
        }
        Vec::new()
    }

    /// As many of a submitter's files as may be claimed now; the others are told when.
    fn within_limits(&mut self, mut ready: Vec<Candidate>) -> Vec<Candidate> {
        let Some(first) = ready.first() else { return ready };
        let sender = (first.channel.clone(), first.submitter.clone());
        let lengths: Vec<u64> = ready.iter().map(|candidate| candidate.bytes).collect();
        let open = || self.desk.open_files(&sender.0, &sender.1);
        let now = (Instant::now(), self.desk.clock.now());
        let (left, why) =
            self.settings.limits.left(&mut self.claimed, (&sender, &lengths), open, now);
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(ready.len());
        for late in ready.split_off(count) {
            self.sightings.refuse(&late.path, why);
        }
        ready
    }

    fn claim(&mut self, ready: Vec<Candidate>) -> Vec<Origin> {
        if ready.is_empty() {
            return Vec::new();
        }
        let home = match File::open(&self.folders.claim) {
            Ok(home) if self.mark.is_there() => home,
            Err(failed) if self.mark.is_there() => {
                self.warn(&format!("files could not be claimed: {failed}"));
                return Vec::new();
            }
            // Away since it was looked at: the next pass tells.
            _ => return Vec::new(),
        };
        let ready = ready.into_iter().map(|candidate| (self.desk.new_intake(), candidate));
        let paths: Vec<_> = ready.collect();
        let all: Vec<PathBuf> = paths.iter().map(|(_, c)| c.path.clone()).collect();
        let (claimed, failed) = claim((&self.folders, &home), self.probe.as_ref(), paths);
        for path in all {
            if failed.iter().all(|unclaimed| unclaimed.candidate.path != path) {
                self.sightings.forget(&path);
            }
        }
        for unclaimed in failed {
            if unclaimed.error.kind() == std::io::ErrorKind::PermissionDenied {
                self.sightings.refuse(&unclaimed.candidate.path, Waiting::NoPermission);
            }
            if unclaimed.error.kind() != std::io::ErrorKind::NotFound {
                self.warn(&format!("a file could not be claimed: {}", unclaimed.error));
            }
        }
        let now = Instant::now();
        for origin in &claimed {
            let sender = (origin.channel.clone(), origin.submitter.clone());
            self.claimed.note(sender, (now, origin.bytes));
        }
        claimed
    }

    /// Copies claimed files, gives them receipt numbers and carries them to their verdict.
    fn own(&mut self, ours: Vec<Ours>) -> Result<usize, SpoolError> {
        let arrivals: Vec<Arrival> =
            ours.into_iter().filter_map(|one| self.copy_one(one)).collect();
        if arrivals.is_empty() {
            return Ok(0);
        }
        let failed = |source| SpoolError::Io { path: self.folders.claim.clone(), source };
        self.desk.blobs.sync().map_err(failed)?;
        self.probe.reached(Step::CopyKept);
        self.probe.reached(Step::ReceiveReady);
        let receipts = self.desk.receive(arrivals)?;
        self.probe.reached(Step::Received);
        self.finish(&receipts)?;
        Ok(receipts.len())
    }

    fn copy_one(&mut self, ours: Ours) -> Option<Arrival> {
        let Ours { origin, since, failures, .. } = ours;
        let folder = self.folders.claim_folder(&origin.intake);
        let payload = folder.join(PAYLOAD);
        let blobs = Arc::clone(&self.desk.blobs);
        let copied = match origin.kind {
            Kind::Foreign => Ok(Copied::Foreign),
            Kind::File | Kind::Incomplete => {
                copy(&payload, blobs.as_ref(), self.probe.as_ref(), self.settings.bytes_max)
            }
        };
        let (copied, beside) = match (copied, proof::read(&folder, &origin.proofs)) {
            (copied, Ok(beside)) => (copied, beside),
            (_, Err(failed)) => (Err(Failed::Read(failed)), Beside::default()),
        };
        let arrival = |origin: Origin, digest, bytes, flaw| Arrival {
            intake: origin.intake,
            channel: origin.channel,
            submitter: origin.submitter,
            hand: Hand::Owner(origin.owner_uid),
            name: origin.name,
            digest,
            bytes,
            flaw,
            beside,
        };
        let is_open = self.is_open_to(&origin);
        match copied {
            Ok(Copied::Kept { digest, bytes }) if !is_open => {
                Some(arrival(origin, digest, bytes, Some(Flaw::Owner)))
            }
            Ok(Copied::Kept { digest, bytes }) => {
                let flaw = (origin.kind == Kind::Incomplete).then_some(Flaw::Incomplete);
                Some(arrival(origin, digest, bytes, flaw))
            }
            Ok(Copied::StillWritten) if since.elapsed() >= self.settings.wait_max => {
                Some(arrival(origin, Digest::default(), 0, Some(Flaw::Incomplete)))
            }
            Ok(Copied::StillWritten) => {
                let again = Ours { origin, since, failures: 0, last: None };
                self.unsettled.insert(again.origin.intake.clone(), again);
                None
            }
            Ok(Copied::Linked) => Some(arrival(origin, Digest::default(), 0, Some(Flaw::Linked))),
            Ok(Copied::TooLong { bytes }) => {
                Some(arrival(origin, Digest::default(), bytes, Some(Flaw::TooLong)))
            }
            Ok(Copied::Foreign) => {
                self.put_aside(&origin, Code::Link);
                None
            }
            Err(failed) => {
                self.warn(&format!("a claimed file could not be copied: {failed}"));
                // While the inbox is away, nothing is known of what is in it.
                let counts = failed.is_of_the_file() && self.mark.is_there();
                let failures = failures + u32::from(counts);
                if failures >= TRIES {
                    return Some(arrival(origin, Digest::default(), 0, Some(Flaw::Unreadable)));
                }
                let again = Ours { origin, since, failures, last: Some(Instant::now()) };
                self.unsettled.insert(again.origin.intake.clone(), again);
                None
            }
        }
    }

    /// Whether somebody dropped a file who may; where all files have one owner, anybody may.
    fn is_open_to(&self, origin: &Origin) -> bool {
        let rules = self.desk.rulebook();
        let submitter = rules.submitter(&origin.channel, &origin.submitter);
        self.settings.limits.owners == Owners::Ignore
            || submitter.is_none_or(|submitter| submitter.is_open_to(origin.owner_uid))
    }

    /// Puts aside what is no file, and says so to whoever put it there: it gets no receipt number,
    /// so no answer will.
    fn put_aside(&mut self, origin: &Origin, code: Code) {
        let (now, code) = (self.desk.clock.now(), code.as_str());
        let Origin { intake, channel, submitter, name, .. } = origin;
        match quarantine(&self.folders, self.probe.as_ref(), &origin.intake, now, code) {
            Ok(()) => {
                warn!(
                    code,
                    channel,
                    door = submitter,
                    intake,
                    "something that is not a file was put aside"
                );
            }
            Err(failed) => return self.warn(&format!("quarantine failed: {failed}")),
        }
        let folder = self.settings.outbox.join(channel).join(submitter);
        // A share that is not mounted is never made up for by a folder in its place.
        if !self.settings.outbox.is_dir() {
            return;
        }
        if let Err(failed) = note::tell_of_no_file(&folder, name, now) {
            self.warn(&format!("a note could not be written: {failed}"));
        }
    }

    /// Judges files that wait for the virus scanner, when it is time to ask it again.
    fn go_on_with_unscreened(&mut self) -> Result<(), SpoolError> {
        let waiting = self.desk.unscreened();
        waiting.chunks(CLAIM_MAX).try_for_each(|receipts| self.finish(receipts))
    }

    /// Judges received files and moves their claim folders to their last places.
    fn finish(&mut self, receipts: &[ReceiptNo]) -> Result<(), SpoolError> {
        let mut judged = self.desk.judge_all(receipts)?;
        // One that waits for the virus scanner stays where it is.
        judged.retain(|file| file.verdict != FileVerdict::Received);
        for file in &judged {
            info!(file = %file.receipt, outcome = file.verdict.name(), "file judged");
        }
        if !self.mark.is_there() {
            // A claim folder that is not to be seen was not moved; the next start moves it.
            return Err(self.mark.away());
        }
        let disposed =
            dispose(&self.folders, self.probe.as_ref(), &judged).unwrap_or_else(|failed| {
                // The verdicts stand; the folders are moved at the next start.
                error!(error = %failed, "claimed files could not be moved away");
                Vec::new()
            });
        if !disposed.is_empty() {
            self.desk.disposed(disposed)?;
            self.probe.reached(Step::Disposed);
        }
        Ok(())
    }

    /// Logs a warning, at most one a minute.
    fn warn(&mut self, what: &str) {
        let quiet = self.last_warning.is_some_and(|at| at.elapsed() < Duration::from_mins(1));
        if !quiet {
            warn!(error = what, "the inbox cannot be worked on as it should");
            self.last_warning = Some(Instant::now());
        }
    }
}

/// Whether the files of a channel's submitters are counted: what people and their programs drop,
/// not what the bank waits for.
pub(super) fn is_counted(rules: &Rulebook, channel: &str) -> bool {
    let channel = rules.channels.get(channel);
    channel.is_some_and(|one| matches!(one.brings, Brings::Requests | Brings::Trials))
}

/// Whose turn it is.
#[derive(Debug, Default)]
struct Turns {
    /// The place of the folder the next pass begins with.
    first: usize,
}

impl Turns {
    /// One file of each submitter in turn, oldest first, up to the limit of a pass. Where more
    /// have files than one pass takes, the next begins with the others.
    fn take<T>(&mut self, mut by_submitter: Vec<Vec<T>>) -> Vec<T> {
        let first = self.first.checked_rem(by_submitter.len()).unwrap_or(0);
        by_submitter.rotate_left(first);
        let mut queues: Vec<_> = by_submitter.into_iter().map(Vec::into_iter).collect();
        let mut taken = Vec::new();
        loop {
            let before = taken.len();
            for queue in &mut queues {
                if taken.len() < CLAIM_MAX {
                    taken.extend(queue.next());
                }
            }
            if taken.len() == before {
                self.first = first.saturating_add(taken.len());
                return taken;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_a_share_a_file_rests_for_longer() {
        let settings = SpoolSettings::new(Path::new("outbox"), Path::new("var"));
        let rest = [Reach::Shared, Reach::Local].map(|reach| settings.patience(reach).quiet);
        assert_eq!(rest, [Duration::from_secs(10), Duration::from_secs(2)]);
    }

    #[test]
    fn a_pass_takes_from_each_in_turn_and_the_next_from_those_who_had_none() {
        let mut turns = Turns::default();
        let taken = turns.take(vec![vec![10, 11, 12], vec![], vec![20], vec![30, 31]]);
        assert_eq!(taken, [10, 20, 30, 11, 31, 12]);
        let mut turns = Turns::default();
        let mut many = || turns.take((0..100).map(|n| vec![n; 5]).collect());
        let (one, two) = (many(), many());
        assert_eq!((one.len(), two.len()), (CLAIM_MAX, CLAIM_MAX));
        let served: BTreeSet<i32> = one.into_iter().chain(two).collect();
        assert_eq!(served.len(), 100, "nobody waits for those who have many");
    }
}

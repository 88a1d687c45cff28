//! Looking into the submitters' folders. The scan is the truth; events only hasten it.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::formats::{Format, complete, picture_is_whole};
use crate::workflow::Complete;

use super::lease::{self, Lease};
use super::proof::{Kind, Proof, Proofs, suffices};
use super::stable::{Hint, Shape, Sighting, Waiting, at_rest};
use super::{Watch, name};

/// How much of a file's end is looked at for completeness.
const TAIL: u64 = 4_096;

/// Files claimed in one pass; the rest waits for the next, so that one submitter's flood does not
/// keep the others waiting.
pub(super) const CLAIM_MAX: usize = 64;

/// Files of one folder that are kept in sight; of more, those whose names come first. The others
/// come into sight as these go, so that a flood of files takes no memory.
const SIGHT_MAX: usize = 4_096;

/// Everything seen in the folders at the last look.
#[derive(Debug, Default)]
pub(super) struct Sightings {
    files: BTreeMap<PathBuf, Sighting>,
    next_order: u64,
}

/// A file ready to be claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) path: PathBuf,
    pub(super) channel: String,
    pub(super) submitter: String,
    pub(super) order: u64,
    pub(super) what: What,
    /// How long it was when it was seen.
    pub(super) bytes: u64,
    /// What lies beside it.
    pub(super) proofs: Vec<Proof>,
}

/// What stands in a folder under a final name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A regular file that is at rest, or has waited long enough for its end.
    File(Ending),
    /// A link, pipe, socket or device: put aside without being read.
    Foreign,
}

/// Whether a file's end is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    Whole,
    /// It waited as long as files may and its end still is missing.
    Missing,
}

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub(super) quiet: Duration,
    pub(super) wait_max: Duration,
}

/// Looks into one folder.
pub(super) struct Look<'l> {
    pub(super) channel: &'l str,
    pub(super) submitter: &'l str,
    pub(super) folder: &'l Path,
    pub(super) known: bool,
    /// What must lie beside a file.
    pub(super) complete: Complete,
    pub(super) watch: &'l Watch,
    pub(super) patience: Patience,
}

impl Sightings {
    /// The files of one folder that may be claimed now, in the order they appeared.
    pub(super) fn look(&mut self, look: &Look<'_>) -> io::Result<Vec<Candidate>> {
        let mut present = BTreeSet::new();
        let mut ready = Vec::new();
        let (entries, mut proofs) = self.in_sight(look.folder)?;
        let mut seen = Vec::new();
        for path in entries {
            let metadata = match fs::symlink_metadata(&path) {
                Ok(metadata) => metadata,
                // A file that is gone again before we looked was never ours.
                Err(gone) if gone.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    self.see(&path, Shape::default());
                    self.refuse(&path, waits_for(&error));
                    present.insert(path);
                    continue;
                }
            };
            let kind = metadata.file_type();
            if kind.is_dir() {
                continue;
            }
            present.insert(path.clone());
            let bytes = metadata.len();
            seen.push((self.see(&path, Shape::of(&metadata)), path, (kind, bytes)));
        }
        seen.sort_by_key(|(order, ..)| *order);
        for (order, path, (kind, bytes)) in seen {
            // What cannot be claimed in this pass need not be opened in it.
            if ready.len() >= CLAIM_MAX {
                break;
            }
            let proofs = path.file_name().and_then(|name| proofs.remove(name)).unwrap_or_default();
            let foreign = kind.is_symlink()
                || kind.is_fifo()
                || kind.is_socket()
                || kind.is_block_device()
                || kind.is_char_device();
            let what = if foreign {
                Some(What::Foreign)
            } else {
                self.judge(look, &path, &proofs).map(What::File)
            };
            if let (Some(what), true) = (what, look.known) {
                let (channel, submitter) = (look.channel.to_owned(), look.submitter.to_owned());
                ready.push(Candidate { path, channel, submitter, order, what, bytes, proofs });
            }
        }
        self.files.retain(|path, _| path.parent() != Some(look.folder) || present.contains(path));
        Ok(ready)
    }

    /// The files of a folder that are looked at, by name, and what lies beside them.
    fn in_sight(&self, folder: &Path) -> io::Result<(Vec<PathBuf>, Proofs)> {
        let (mut known, mut new) = (Vec::new(), BinaryHeap::new());
        let mut proofs = Proofs::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if let Some((kind, file)) = Kind::of_name(&name) {
                let found = fs::symlink_metadata(entry.path()).ok();
                if let Some(proof) = found.and_then(|found| Proof::of(kind, &found)) {
                    proofs.entry(file).or_default().push(proof);
                }
            } else if !name::is_ignored(&name) {
                let path = entry.path();
                if self.files.contains_key(&path) {
                    known.push(path);
                } else {
                    new.push(path);
                    if new.len() > SIGHT_MAX {
                        new.pop();
                    }
                }
            }
        }
        let room = SIGHT_MAX.saturating_sub(known.len());
        known.extend(new.into_sorted_vec().into_iter().take(room));
        known.sort();
        Ok((known, proofs))
    }

    /// Files that have waited for at least `patience`, with the reason.
    pub(super) fn waiting(&self, patience: Duration) -> impl Iterator<Item = (&PathBuf, Waiting)> {
        self.files.iter().filter_map(move |(path, sighting)| {
            let waited = sighting.first_seen.elapsed() >= patience;
            Some((path, sighting.reason.filter(|_| waited)?))
        })
    }

    /// Why a file waited at the last look; none where it did not, or was not there.
    pub(super) fn reason(&self, path: &Path) -> Option<Waiting> {
        self.files.get(path)?.reason
    }

    /// Whether a file was there at the last look.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.files.contains_key(path)
    }

    /// Notes why a file could not be claimed.
    pub(super) fn refuse(&mut self, path: &Path, reason: Waiting) {
        if let Some(sighting) = self.files.get_mut(path) {
            sighting.reason = Some(reason);
        }
    }

    /// Forgets a file that was claimed: the next of its name is another.
    pub(super) fn forget(&mut self, path: &Path) {
        self.files.remove(path);
    }

    fn see(&mut self, path: &Path, shape: Shape) -> u64 {
        let now = Instant::now();
        if let Some(sighting) = self.files.get_mut(path)
            && sighting.shape.inode == shape.inode
        {
            if sighting.shape != shape {
                sighting.shape = shape;
                sighting.since = now;
            }
            return sighting.order;
        }
        let order = self.next_order;
        self.next_order += 1;
        let proofs = (Vec::new(), now);
        let sighting = Sighting { order, shape, since: now, first_seen: now, proofs, reason: None };
        self.files.insert(path.to_owned(), sighting);
        order
    }

    /// Whether a regular file may be claimed, noting why not.
    fn judge(&mut self, look: &Look<'_>, path: &Path, proofs: &[Proof]) -> Option<Ending> {
        let sighting = self.files.get_mut(path)?;
        let (shape, size) = (sighting.shape, sighting.shape.size);
        if !look.known {
            sighting.reason = Some(Waiting::UnknownSubmitter);
            return None;
        }
        if !suffices(look.complete, proofs, &shape) {
            sighting.reason = Some(match look.complete {
                Complete::Manifest => Waiting::Manifest,
                Complete::Any | Complete::Done => Waiting::Marker,
            });
            return None;
        }
        let (lease, tail) = match peek(path, size) {
            Ok(peeked) => peeked,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                sighting.reason = None;
                return None;
            }
            Err(error) => {
                let reason = waits_for(&error);
                sighting.reason = Some(reason);
                // Its copy tells what is the matter with it, and is what is judged if it succeeds.
                let given_up = reason == Waiting::Unreadable
                    && sighting.since.elapsed() >= look.patience.wait_max;
                return given_up.then_some(Ending::Whole);
            }
        };
        let whole = has_end(path, &tail, size);
        let hint = look.watch.hint(path);
        let marked = proofs.iter().any(|proof| proof.marks(&shape));
        let hint = if marked { Some(Hint::Marked) } else { hint };
        let verdict = at_rest(sighting, hint, lease, look.patience.quiet, || whole);
        if sighting.proofs.0 != proofs {
            sighting.proofs = (proofs.to_vec(), Instant::now());
        }
        let half = sighting.proofs.1.elapsed() < look.patience.wait_max
            && proofs.iter().any(|proof| !proof.is_whole(path));
        let verdict = verdict.and(if half { Err(Waiting::Manifest) } else { Ok(()) });
        // A file copied by Windows has its final size at once and zeros until the bytes arrive.
        let unfilled = tail.last() == Some(&0) && !whole;
        let verdict = verdict.and(if unfilled { Err(Waiting::Incomplete) } else { Ok(()) });
        // Many programs make the name first and open it once more to write.
        let unwritten = size == 0 && sighting.since.elapsed() < look.patience.quiet;
        let verdict = verdict.and(if unwritten { Err(Waiting::Settling) } else { Ok(()) });
        match verdict {
            Ok(()) => {
                sighting.reason = None;
                Some(Ending::Whole)
            }
            Err(Waiting::Incomplete) if sighting.since.elapsed() >= look.patience.wait_max => {
                Some(Ending::Missing)
            }
            Err(reason) => {
                sighting.reason = Some(reason);
                None
            }
        }
    }
}

/// What a file waits for that cannot be looked at.
fn waits_for(error: &io::Error) -> Waiting {
    // A sector that is gone, and what file systems say of what makes no sense to them.
    const BROKEN: [i32; 4] = [libc::EIO, libc::EUCLEAN, libc::EBADMSG, libc::ENODATA];
    match error.raw_os_error() {
        Some(libc::EACCES | libc::EPERM) => Waiting::NoPermission,
        Some(number) if BROKEN.contains(&number) => Waiting::Unreadable,
        // A share answers like this while somebody writes.
        _ => Waiting::StillOpen,
    }
}

/// Whether a file has its end, by what its kind ends with.
fn has_end(path: &Path, tail: &[u8], size: u64) -> bool {
    let name = path.to_string_lossy();
    picture_is_whole(&name, (tail, size), || File::open(path))
        .unwrap_or_else(|| complete(tail, size, Format::of_name(&name)))
}

/// Whether somebody writes to the file, and its last bytes.
fn peek(path: &Path, size: u64) -> io::Result<(Lease, Vec<u8>)> {
    let mut file = open(path)?;
    let lease = lease::probe(&file);
    let mut tail = Vec::new();
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
    file.take(TAIL).read_to_end(&mut tail)?;
    Ok((lease, tail))
}

/// Opens a file without following links and without waiting for a pipe's other end.
pub(super) fn open(path: &Path) -> io::Result<File> {
    fs::OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC)
        .open(path)
}

//! Reading the journal: replay at start, and `verify`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::ports::Commit;

use super::{
    Damage, FORMAT, Hash, Position,
    frame::{self, Found, SEGMENT_HEADER},
};

/// What replay found.
#[derive(Debug)]
pub(in crate::store) struct Replay {
    /// Where writing goes on.
    pub(in crate::store) end: Position,
    /// A torn write that was left out, if there was one: the segment and where it begins.
    pub(in crate::store) torn: Option<(PathBuf, u64)>,
}

/// What replay comes by.
#[derive(Debug)]
pub(in crate::store) enum Passed {
    /// A commit.
    Commit(Commit),
    /// The end of a frame; the commits since the last one were its own.
    Frame(Position),
}

/// Walks all frames after `from`, giving every commit to `each`.
///
/// Errs on damage. `from` must be the start or a position this journal had.
pub(in crate::store) fn replay(
    folder: &Path,
    from: Position,
    each: &mut dyn FnMut(Commit),
) -> Result<Replay, Damage> {
    replay_frames(folder, from, &mut |passed| {
        if let Passed::Commit(commit) = passed {
            each(commit);
        }
    })
}

/// The same, telling where frames end.
pub(in crate::store) fn replay_frames(
    folder: &Path,
    from: Position,
    each: &mut dyn FnMut(Passed),
) -> Result<Replay, Damage> {
    let segments = segments(folder)?;
    let mut end = from;
    let mut torn = None;
    let last = segments.last().copied().unwrap_or(0);
    if from.segment > last {
        let file = segment_path(folder, from.segment);
        return Err(Damage::Segment { file, what: "it is missing" });
    }
    for (expected, number) in (segments.first().copied().unwrap_or(1)..).zip(&segments) {
        let file = segment_path(folder, *number);
        if expected != *number {
            let file = segment_path(folder, expected);
            return Err(Damage::Segment { file, what: "it is missing" });
        }
        if *number < from.segment {
            continue;
        }
        let bytes = fs::read(&file).map_err(|source| Damage::Io { file: file.clone(), source })?;
        let walk = Walk { file: &file, bytes: &bytes, is_last: *number == last };
        let start = if *number == from.segment { from.offset } else { 0 };
        if start > 0 && !ends_there(&bytes, &from) {
            return Err(Damage::Segment { file, what: "it does not reach the checkpoint" });
        }
        torn = walk.run(*number, start, &mut end, each)?.map(|offset| (file.clone(), offset));
    }
    Ok(Replay { end, torn })
}

/// Whether the journal really has the frame that `position` says it ends with.
fn ends_there(bytes: &[u8], position: &Position) -> bool {
    let at = usize::try_from(position.last_frame).unwrap_or(usize::MAX);
    if at == 0 {
        return position.offset == to_u64(SEGMENT_HEADER);
    }
    match frame::read(bytes.get(at..).unwrap_or_default()) {
        Found::Frame(found) => {
            found.hash == position.hash && to_u64(at + found.len) == position.offset
        }
        Found::End | Found::Bad(_) => false,
    }
}

struct Walk<'w> {
    file: &'w Path,
    bytes: &'w [u8],
    is_last: bool,
}

impl Walk<'_> {
    /// Walks one segment; tells where a torn write begins.
    fn run(
        &self,
        number: u32,
        start: u64,
        end: &mut Position,
        each: &mut dyn FnMut(Passed),
    ) -> Result<Option<u64>, Damage> {
        let mut at = usize::try_from(start).unwrap_or(usize::MAX);
        if at == 0 {
            match self.header(end) {
                Ok(()) => {
                    at = SEGMENT_HEADER;
                    end.last_frame = 0;
                }
                // The program was stopped between making the segment and writing its header.
                Err(_) if self.is_last && self.bytes.iter().all(|byte| *byte == 0) => {
                    *end = Position { segment: number, offset: 0, last_frame: 0, ..*end };
                    return Ok(None);
                }
                Err(damage) => return Err(damage),
            }
        }
        loop {
            *end = Position { segment: number, offset: to_u64(at), ..*end };
            match frame::read(self.bytes.get(at..).unwrap_or_default()) {
                Found::End => return Ok(None),
                Found::Bad(what) => return self.torn_or_damaged(at, end, what),
                Found::Frame(found) => {
                    if found.previous != end.hash || found.sequence != end.sequence {
                        return Err(self.damage(at, end, "the chain of hashes is broken"));
                    }
                    let mut payload = found.payload;
                    for _ in 0..found.count {
                        let (commit, rest) = postcard::take_from_bytes::<Commit>(payload)
                            .map_err(|_| self.damage(at, end, "a commit cannot be read"))?;
                        payload = rest;
                        each(Passed::Commit(commit));
                    }
                    end.hash = found.hash;
                    end.last_frame = to_u64(at);
                    end.sequence += u64::from(found.count);
                    at += found.len;
                    each(Passed::Frame(Position { offset: to_u64(at), ..*end }));
                }
            }
        }
    }

    fn header(&self, end: &Position) -> Result<(), Damage> {
        let wrong = |what| Damage::Segment { file: self.file.to_owned(), what };
        let header = self.bytes.get(..SEGMENT_HEADER).ok_or_else(|| wrong("it is cut off"))?;
        if header[..7] != *b"kessaiJ" {
            return Err(wrong("it is not a journal segment"));
        }
        if header[7] > FORMAT {
            return Err(wrong("it was written by a newer version of kessai"));
        }
        if header != frame::segment_header(end.sequence, &end.hash) {
            return Err(wrong("it does not follow the segment before it"));
        }
        Ok(())
    }

    /// A bad frame at the very end is a torn write; with a good frame after it, it is damage.
    ///
    /// A frame is written only after the one before it was synced, so nothing good can follow a
    /// torn one.
    fn torn_or_damaged(
        &self,
        at: usize,
        end: &Position,
        what: &'static str,
    ) -> Result<Option<u64>, Damage> {
        let written = self.bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let rest = self.bytes.get(at + 1..written).unwrap_or_default();
        let good_follows = (0..rest.len()).any(|skip| {
            matches!(
                frame::read(rest.get(skip..).unwrap_or_default()),
                Found::Frame(found) if found.sequence > end.sequence && found.count > 0
            )
        });
        if !self.is_last || good_follows {
            return Err(self.damage(at, end, what));
        }
        Ok(Some(to_u64(at)))
    }

    fn damage(&self, at: usize, end: &Position, what: &'static str) -> Damage {
        let (offset, sequence) = (to_u64(at), end.sequence);
        Damage::Frame { file: self.file.to_owned(), offset, sequence, what }
    }
}

/// The path of a segment.
pub(super) fn segment_path(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("{number:06}.log"))
}

fn segments(folder: &Path) -> Result<Vec<u32>, Damage> {
    let failed = |source| Damage::Io { file: folder.to_owned(), source };
    let mut numbers = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let number: Option<u32> =
            name.to_str().and_then(|name| name.strip_suffix(".log")?.parse().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn to_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// What `verify` found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JournalReport {
    /// How many commits the chain holds.
    pub commits: u64,
    /// The hash of the last frame, in hexadecimal: quote it to prove the journal was not cut.
    pub head: String,
    /// Bytes of a torn write at the end that were never acknowledged, if there are any.
    pub torn_at: Option<u64>,
}

/// Walks the whole hash chain. Needs no lock: it may run beside the daemon.
pub fn verify(folder: &Path) -> Result<JournalReport, Damage> {
    let walk = || replay(folder, Position::default(), &mut |_| {});
    // A frame that is being written while it is read looks torn or damaged; real damage stays.
    let replay = walk().or_else(|_| walk())?;
    let head: Hash = replay.end.hash;
    Ok(JournalReport {
        commits: replay.end.sequence,
        head: crate::domain::Digest::from_bytes(head).to_string(),
        torn_at: replay.torn.map(|(_, offset)| offset),
    })
}

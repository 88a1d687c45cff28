//! How much is taken in: of one submitter, and while the disks have room.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::domain::Timestamp;
use crate::ports::FileRecord;

use super::stable::Waiting;

/// The span a submitter's files are counted in.
const HOUR: Duration = Duration::from_hours(1);

/// What the institution set of how much is taken in. 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Whether the owner of a dropped file must be listed, where any are.
    pub owners: Owners,
    /// Files of one submitter in an hour.
    pub hour: u64,
    /// Files of one submitter that are not done with.
    pub open: u64,
    /// Free bytes of a disk: below the first claiming pauses, from the second on it goes on.
    pub bytes: [u64; 2],
    /// Free inodes of a disk, likewise.
    pub inodes: [u64; 2],
}

/// Whether the owner of a dropped file counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owners {
    /// It must be listed, where any are.
    Check,
    /// It says nothing: on some shares all files have one owner.
    Ignore,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            owners: Owners::Check,
            hour: 10_000,
            open: 20_000,
            bytes: [128 << 20, 192 << 20],
            inodes: [2_000, 4_000],
        }
    }
}

impl Limits {
    /// Of what the disks of these folders, each with what people call it, have less than a mark:
    /// 0 is the one below which claiming pauses, 1 the one from which it goes on.
    pub fn lacks(&self, mark: usize, places: &[(&str, &Path)]) -> Option<String> {
        places.iter().find_map(|(name, path)| {
            // A folder that cannot be asked is told of by whoever works in it.
            let disk = rustix::fs::statvfs(*path).ok()?;
            let bytes = disk.f_bavail.saturating_mul(disk.f_frsize);
            if bytes < self.bytes[mark] {
                return Some(format!("{name} の空き容量が足りません（{} MiB）", bytes >> 20));
            }
            // Some file systems have no fixed number of inodes.
            let inodes = (disk.f_files > 0).then_some(disk.f_favail);
            let inodes = inodes.filter(|free| *free < self.inodes[mark])?;
            Some(format!("{name} に作れるファイルの数が足りません（残り {inodes}）"))
        })
    }

    /// How many files of a submitter may still be claimed, and why no more: `in_hour` is what
    /// [`Claimed::left`] says, `open` how many are not done with.
    pub(super) fn left(
        &self,
        (in_hour, again): (u64, Duration),
        open: impl FnOnce() -> u64,
        now: Timestamp,
    ) -> (u64, Waiting) {
        let of_open = if self.open == 0 { u64::MAX } else { self.open.saturating_sub(open()) };
        if of_open < in_hour {
            (of_open, Waiting::TooManyOpen)
        } else {
            (in_hour, Waiting::HourFull(next_minute(now, again)))
        }
    }

    /// How many files in an hour, where there is a limit.
    pub(super) const fn in_hour(&self) -> u64 {
        if self.hour == 0 { u64::MAX } else { self.hour }
    }
}

/// The whole minute after some time has passed: a note that tells it stays as it is.
fn next_minute(now: Timestamp, after: Duration) -> Timestamp {
    let then = now.ms().saturating_add(i64::try_from(after.as_millis()).unwrap_or(0));
    Timestamp::from_ms(then.div_euclid(60_000).saturating_add(1).saturating_mul(60_000))
}

/// Who submits: channel and folder.
pub(super) type Sender = (String, String);

/// The files that were claimed within the last hour, by submitter.
#[derive(Debug, Default)]
pub(super) struct Claimed(BTreeMap<Sender, VecDeque<Instant>>);

impl Claimed {
    /// A file that was received earlier, by the clock on the wall.
    pub(super) fn note_record(&mut self, file: &FileRecord, (now, moment): (Instant, Timestamp)) {
        let age = moment.ms().saturating_sub(file.received_at.ms());
        let age = Duration::from_millis(u64::try_from(age).unwrap_or(0));
        let sender = (file.submitter.channel.clone(), file.submitter.folder.clone());
        self.note(sender, now.checked_sub(age).unwrap_or(now));
    }

    /// A file was claimed.
    pub(super) fn note(&mut self, sender: Sender, at: Instant) {
        self.0.entry(sender).or_default().push_back(at);
    }

    /// How many files of a submitter may still be claimed, of `most` in an hour, and how long
    /// until one more may.
    pub(super) fn left(&mut self, sender: &Sender, most: u64, now: Instant) -> (u64, Duration) {
        let Some(claimed) = self.0.get_mut(sender) else { return (most, Duration::ZERO) };
        while claimed.front().is_some_and(|at| now.duration_since(*at) >= HOUR) {
            claimed.pop_front();
        }
        let oldest = claimed.front().map_or(HOUR, |at| now.duration_since(*at));
        (most.saturating_sub(claimed.len() as u64), HOUR.saturating_sub(oldest))
    }
}

/// Whether the disks have room. Once they had too little, they need some more than that.
#[derive(Debug, Default)]
pub(super) struct Room {
    short: bool,
}

/// What a look at the disks changed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// There is too little room now, of this.
    Short(String),
    /// There is enough again.
    Enough,
}

impl Room {
    /// Looks at the disks of these folders, each with what people call it.
    pub(super) fn look(&mut self, limits: &Limits, places: &[(&str, &Path)]) -> Option<Change> {
        let lacks = limits.lacks(usize::from(self.short), places);
        let was = std::mem::replace(&mut self.short, lacks.is_some());
        match lacks {
            Some(what) => (!was).then_some(Change::Short(what)),
            None => was.then_some(Change::Enough),
        }
    }

    /// Whether there is too little.
    pub(super) const fn is_short(&self) -> bool {
        self.short
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_a_quota_goes_on_is_told_in_whole_minutes() {
        let at = |ms| Timestamp::from_ms(ms);
        let half = Duration::from_secs(30);
        assert_eq!(next_minute(at(0), half), at(60_000));
        assert_eq!(next_minute(at(29_999), half), at(60_000));
        assert_eq!(next_minute(at(30_000), half), at(120_000));
    }

    #[test]
    fn as_many_files_as_an_hour_takes_and_then_one_by_one() {
        let (start, sender) = (Instant::now(), ("customers".to_owned(), "1AB2CD3EF".to_owned()));
        let mut claimed = Claimed::default();
        assert_eq!(claimed.left(&sender, 2, start).0, 2);
        let later = start + Duration::from_mins(10);
        claimed.note(sender.clone(), start);
        claimed.note(sender.clone(), later);
        assert_eq!(claimed.left(&sender, 2, later), (0, Duration::from_mins(50)));
        assert_eq!(claimed.left(&("branches".into(), "001".into()), 2, later).0, 2);
        assert_eq!(claimed.left(&sender, 2, start + HOUR), (1, Duration::from_mins(10)));
    }

    #[test]
    fn too_little_room_is_told_once_and_so_is_enough() {
        let folder = tempfile::tempdir().unwrap();
        let places = [("var", folder.path())];
        let mut room = Room::default();
        let none = Limits { bytes: [0, 0], inodes: [0, 0], ..Limits::default() };
        assert_eq!(room.look(&none, &places), None);
        for limits in [
            Limits { bytes: [u64::MAX, u64::MAX], ..none },
            Limits { inodes: [u64::MAX, u64::MAX], ..none },
        ] {
            let Some(Change::Short(what)) = room.look(&limits, &places) else { panic!() };
            assert!(what.starts_with("var "), "{what}");
            assert_eq!(room.look(&limits, &places), None, "once");
            let more = Limits { bytes: [0, u64::MAX], ..none };
            assert_eq!(room.look(&more, &places), None, "not yet enough to go on");
            assert!(room.is_short());
            assert_eq!(room.look(&none, &places), Some(Change::Enough));
            assert_eq!(room.look(&more, &places), None, "enough not to pause");
        }
    }
}

//! How much is taken in: of one submitter, and while the disks have room.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::domain::Timestamp;
use crate::ports::FileRecord;

use super::stable::Waiting;

/// The span a submitter's files are counted in.
const HOUR: Duration = Duration::from_hours(1);

/// The span a submitter's bytes are counted in.
const DAY: Duration = Duration::from_hours(24);

/// The same in milliseconds: files received since then are counted after a restart.
pub(super) const DAY_MS: i64 = 86_400_000;

/// What the institution set of how much is taken in. 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Whether the owner of a dropped file must be listed, where any are.
    pub owners: Owners,
    /// Files of one submitter in an hour.
    pub hour: u64,
    /// Files of one submitter that are not done with.
    pub open: u64,
    /// Bytes of one submitter in 24 hours; the file that goes beyond is the last for now.
    pub day_bytes: u64,
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
            day_bytes: 0,
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

    /// How many of a submitter's files, whose lengths these are, may be claimed now, and why no
    /// more; `open` is how many are not done with.
    pub(super) fn left(
        &self,
        claimed: &mut Claimed,
        (sender, lengths): (&Sender, &[u64]),
        open: impl FnOnce() -> u64,
        (now, moment): (Instant, Timestamp),
    ) -> (u64, Waiting) {
        let [hour, day] =
            [self.hour, self.day_bytes].map(|most| if most == 0 { u64::MAX } else { most });
        let (in_hour, again) = claimed.left(sender, hour, now);
        let (in_day, tomorrow) = claimed.left_in_day(sender, (day, lengths), now);
        let of_open = if self.open == 0 { u64::MAX } else { self.open.saturating_sub(open()) };
        if of_open < in_hour.min(in_day) {
            (of_open, Waiting::TooManyOpen)
        } else if in_day < in_hour {
            (in_day, Waiting::DayFull(next_minute(moment, tomorrow)))
        } else {
            (in_hour, Waiting::HourFull(next_minute(moment, again)))
        }
    }
}

/// The whole minute after some time has passed: a note that tells it stays as it is.
fn next_minute(now: Timestamp, after: Duration) -> Timestamp {
    let then = now.ms().saturating_add(i64::try_from(after.as_millis()).unwrap_or(0));
    Timestamp::from_ms(then.div_euclid(60_000).saturating_add(1).saturating_mul(60_000))
}

/// Who submits: channel and folder.
pub(super) type Sender = (String, String);

/// The files that were claimed within the last day, by submitter: when, and how long they are.
#[derive(Debug, Default)]
pub(super) struct Claimed(BTreeMap<Sender, VecDeque<(Instant, u64)>>);

impl Claimed {
    /// A file that was received earlier, by the clock on the wall.
    pub(super) fn note_record(&mut self, file: &FileRecord, (now, moment): (Instant, Timestamp)) {
        let age = moment.ms().saturating_sub(file.received_at.ms());
        let age = Duration::from_millis(u64::try_from(age).unwrap_or(0));
        let sender = (file.submitter.channel.clone(), file.submitter.folder.clone());
        self.note(sender, (now.checked_sub(age).unwrap_or(now), file.bytes));
    }

    /// A file was claimed.
    pub(super) fn note(&mut self, sender: Sender, claimed: (Instant, u64)) {
        self.0.entry(sender).or_default().push_back(claimed);
    }

    /// How many files of a submitter may still be claimed, of `most` in an hour, and how long
    /// until one more may.
    fn left(&mut self, sender: &Sender, most: u64, now: Instant) -> (u64, Duration) {
        let claimed = self.within_a_day(sender, now).rev();
        let in_hour = claimed.take_while(|(at, _)| now.duration_since(*at) < HOUR);
        let (count, oldest) = in_hour.fold((0, now), |(count, _), (at, _)| (count + 1, *at));
        let again = if count == 0 {
            Duration::ZERO
        } else {
            HOUR.saturating_sub(now.duration_since(oldest))
        };
        (most.saturating_sub(count), again)
    }

    /// How many files of these lengths may still be claimed, of `most` bytes in a day, and how long
    /// until one more may. As long as there is any room the next one is taken, so that none is too
    /// long for ever.
    fn left_in_day(
        &mut self,
        sender: &Sender,
        (most, lengths): (u64, &[u64]),
        now: Instant,
    ) -> (u64, Duration) {
        let lengths = lengths.iter();
        let sum = self.within_a_day(sender, now).map(|(_, bytes)| bytes).sum();
        let before = lengths.scan(sum, |sum: &mut u64, bytes| {
            Some(std::mem::replace(sum, sum.saturating_add(*bytes)))
        });
        let count = before.take_while(|sum| *sum < most).count() as u64;
        let mut left = sum;
        let again = self.within_a_day(sender, now).find_map(|(at, bytes)| {
            left = left.saturating_sub(*bytes);
            (left < most).then(|| DAY.saturating_sub(now.duration_since(*at)))
        });
        (count, again.unwrap_or(DAY))
    }

    /// What a submitter has given in within the last day, the oldest first.
    fn within_a_day(
        &mut self,
        sender: &Sender,
        now: Instant,
    ) -> impl DoubleEndedIterator<Item = &(Instant, u64)> {
        if let Some(claimed) = self.0.get_mut(sender) {
            while claimed.front().is_some_and(|(at, _)| now.duration_since(*at) >= DAY) {
                claimed.pop_front();
            }
        }
        self.0.get(sender).into_iter().flatten()
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
        claimed.note(sender.clone(), (start, 1));
        claimed.note(sender.clone(), (later, 1));
        assert_eq!(claimed.left(&sender, 2, later), (0, Duration::from_mins(50)));
        assert_eq!(claimed.left(&("branches".into(), "001".into()), 2, later).0, 2);
        assert_eq!(claimed.left(&sender, 2, start + HOUR), (1, Duration::from_mins(60 - 50)));
    }

    #[test]
    fn as_many_bytes_as_a_day_takes_and_the_file_that_goes_beyond() {
        let (start, sender) = (Instant::now(), ("customers".to_owned(), "1AB2CD3EF".to_owned()));
        let mut claimed = Claimed::default();
        let hours = |hours| start + Duration::from_hours(hours);
        assert_eq!(claimed.left_in_day(&sender, (10, &[99]), start).0, 1, "none is too long");
        assert_eq!(claimed.left_in_day(&sender, (10, &[4, 5, 6, 7]), start).0, 3);
        for (hour, bytes) in [(0, 4), (2, 5), (3, 6)] {
            claimed.note(sender.clone(), (hours(hour), bytes));
        }
        let left = |claimed: &mut Claimed, most, hour| {
            claimed.left_in_day(&sender, (most, &[1, 1]), hours(hour))
        };
        // Eleven are left tomorrow at the same time, six two hours after that.
        assert_eq!(left(&mut claimed, 10, 4), (0, Duration::from_hours(22)));
        assert_eq!(left(&mut claimed, 12, 4), (0, Duration::from_hours(20)));
        assert_eq!(left(&mut claimed, 12, 24), (1, Duration::from_hours(2)));
        assert_eq!(claimed.left(&sender, 9, hours(4)).0, 9, "an hour's files are counted alone");
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

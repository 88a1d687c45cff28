//! Torn writes, damage and rolling segments, byte by byte.

use std::fs;
use std::path::Path;

use super::*;
use crate::domain::{Date, ReceiptNo, Timestamp};
use crate::ports::{Commit, Entry};

/// A commit that can be told from every other.
fn commit(n: u32) -> Commit {
    let receipt = ReceiptNo::new(Date::new(2026, 12, 1).unwrap(), n).unwrap();
    let at = Timestamp::from_ms(1_796_083_200_000 + i64::from(n));
    Commit { at, entries: vec![Entry::Disposed(vec![receipt])] }
}

fn append(writer: &mut Writer, numbers: &[u32]) {
    let mut group = Group::default();
    for n in numbers {
        group.push(&commit(*n));
    }
    writer.append(group).unwrap();
}

/// A journal of the frames `1`, `2 3`, `4`; gives back where each frame begins and the end.
fn three_frames(folder: &Path) -> (Vec<u64>, Position) {
    let mut writer = Writer::open(folder, Position::default()).unwrap();
    let mut starts = Vec::new();
    for numbers in [&[1][..], &[2, 3], &[4]] {
        append(&mut writer, numbers);
        starts.push(writer.end().last_frame);
    }
    (starts, writer.end())
}

fn read_from(folder: &Path, from: Position) -> Result<(Vec<Commit>, reader::Replay), Damage> {
    let mut commits = Vec::new();
    let replayed = replay(folder, from, &mut |commit| commits.push(commit))?;
    Ok((commits, replayed))
}

fn read(folder: &Path) -> Result<(Vec<Commit>, reader::Replay), Damage> {
    read_from(folder, Position::default())
}

fn numbered(numbers: std::ops::RangeInclusive<u32>) -> Vec<Commit> {
    numbers.map(commit).collect()
}

fn at(offset: u64) -> usize {
    usize::try_from(offset).unwrap()
}

#[test]
fn what_was_appended_is_read_again_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let (_, end) = three_frames(folder.path());
    let (commits, replayed) = read(folder.path()).unwrap();
    assert_eq!(commits, numbered(1..=4));
    assert_eq!((replayed.end, replayed.torn), (end, None));
    let report = verify(folder.path()).unwrap();
    assert_eq!((report.commits, report.torn_at), (4, None));
}

#[test]
fn reading_goes_on_from_any_place_the_journal_had() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(folder.path(), Position::default()).unwrap();
    append(&mut writer, &[1, 2]);
    let between = writer.end();
    append(&mut writer, &[3]);
    let (commits, replayed) = read_from(folder.path(), between).unwrap();
    assert_eq!((commits, replayed.end), (numbered(3..=3), writer.end()));
    for wrong in [
        Position { hash: [7; 32], ..between },
        Position { offset: between.offset + 1, ..between },
        Position { last_frame: between.last_frame + 1, ..between },
        Position { segment: 2, ..between },
    ] {
        assert!(read_from(folder.path(), wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_write_torn_at_any_byte_loses_that_write_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (starts, end) = three_frames(folder.path());
    let path = folder.path().join("000001.log");
    let whole = fs::read(&path).unwrap();
    let (start, stop) = (at(starts[2]), at(end.offset));
    for cut in start..stop {
        let truncated = whole[..cut].to_vec();
        let mut zeroed = whole.clone();
        zeroed[cut..stop].fill(0);
        for torn in [truncated, zeroed] {
            if torn.get(..stop) == whole.get(..stop) {
                continue;
            }
            fs::write(&path, &torn).unwrap();
            let (commits, replayed) = read(folder.path()).unwrap();
            assert_eq!(commits, numbered(1..=3), "cut at {cut}");
            let told = replayed.torn.map(|(_, offset)| offset);
            assert_eq!(told, (cut > start).then_some(starts[2]), "cut at {cut}");
            assert_eq!(replayed.end.offset, starts[2]);
            let mut writer = Writer::open(folder.path(), replayed.end).unwrap();
            append(&mut writer, &[4]);
            let (commits, replayed) = read(folder.path()).unwrap();
            assert_eq!((commits, replayed.end), (numbered(1..=4), end), "cut at {cut}");
            assert_eq!(replayed.torn, None, "cut at {cut}");
        }
    }
}

#[test]
fn a_long_torn_write_leaves_nothing_behind_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(folder.path(), Position::default()).unwrap();
    append(&mut writer, &[1]);
    let good = writer.end();
    append(&mut writer, &(2..=500).collect::<Vec<_>>());
    let path = folder.path().join("000001.log");
    let mut bytes = fs::read(&path).unwrap();
    bytes[at(good.offset) + 100] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let (_, replayed) = read(folder.path()).unwrap();
    let mut writer = Writer::open(folder.path(), replayed.end).unwrap();
    append(&mut writer, &[2]);
    let bytes = fs::read(&path).unwrap();
    assert!(bytes[at(writer.end().offset)..].iter().all(|byte| *byte == 0));
    assert_eq!(read(folder.path()).unwrap().0, numbered(1..=2));
}

#[test]
fn a_byte_changed_in_the_middle_stops_the_start_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (starts, _) = three_frames(folder.path());
    let path = folder.path().join("000001.log");
    let whole = fs::read(&path).unwrap();
    for changed in at(starts[0])..at(starts[2]) {
        let mut bytes = whole.clone();
        bytes[changed] ^= 0x40;
        fs::write(&path, &bytes).unwrap();
        let begins = if changed < at(starts[1]) { starts[0] } else { starts[1] };
        match read(folder.path()) {
            Err(Damage::Frame { file, offset, .. }) => {
                assert_eq!((file, offset), (path.clone(), begins), "byte {changed}");
            }
            other => panic!("byte {changed}: {other:?}"),
        }
        assert!(verify(folder.path()).is_err(), "byte {changed}");
    }
}

#[test]
fn frames_that_change_places_break_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Writer::open(folder.path(), Position::default()).unwrap();
    let mut ends = vec![writer.end().offset];
    for n in 1..=3 {
        append(&mut writer, &[n]);
        ends.push(writer.end().offset);
    }
    let path = folder.path().join("000001.log");
    let mut bytes = fs::read(&path).unwrap();
    let (first, second) = (at(ends[0])..at(ends[1]), at(ends[1])..at(ends[2]));
    assert_eq!(first.len(), second.len());
    let swapped = [&bytes[second.clone()], &bytes[first.clone()]].concat();
    bytes[first.start..second.end].copy_from_slice(&swapped);
    fs::write(&path, bytes).unwrap();
    let damage = read(folder.path()).unwrap_err().to_string();
    assert!(
        damage.ends_with("is damaged at byte 48, after commit 0: the chain of hashes is broken")
    );
}

/// A journal of forty commits in small segments.
fn many_segments(folder: &Path) -> Position {
    let mut writer = Writer::open(folder, Position::default()).unwrap();
    writer.segment_max = 500;
    for n in 1..=40 {
        append(&mut writer, &[n]);
    }
    assert!(writer.end().segment > 5);
    writer.end()
}

#[test]
fn a_full_segment_is_followed_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let end = many_segments(folder.path());
    let (commits, replayed) = read(folder.path()).unwrap();
    assert_eq!((commits, replayed.end), (numbered(1..=40), end));
    let mut writer = Writer::open(folder.path(), end).unwrap();
    append(&mut writer, &[41]);
    assert_eq!(read(folder.path()).unwrap().0.len(), 41);
}

#[test]
fn a_missing_foreign_or_newer_segment_stops_the_start() {
    type Harm = fn(&Path);
    let harms: [(Harm, &str); 6] = [
        (|log| fs::remove_file(log).unwrap(), "000003.log cannot be read: it is missing"),
        (|log| fs::write(log, "hello").unwrap(), "it is cut off"),
        (|log| fs::write(log, [b'x'; 100]).unwrap(), "it is not a journal segment"),
        (
            |log| {
                let mut bytes = fs::read(log).unwrap();
                bytes[7] = FORMAT + 1;
                fs::write(log, bytes).unwrap();
            },
            "it was written by a newer version of kessai",
        ),
        (
            |log| fs::write(log, fs::read(log.with_file_name("000002.log")).unwrap()).unwrap(),
            "it does not follow the segment before it",
        ),
        (
            |log| {
                let bytes = fs::read(log).unwrap();
                fs::write(log, &bytes[..100]).unwrap();
            },
            "000003.log is damaged at byte 48",
        ),
    ];
    for (harm, what) in harms {
        let folder = tempfile::tempdir().unwrap();
        many_segments(folder.path());
        harm(&folder.path().join("000003.log"));
        let damage = read(folder.path()).unwrap_err().to_string();
        assert!(damage.contains(what), "{damage}");
    }
}

#[test]
fn a_segment_whose_header_was_not_yet_written_is_begun_again() {
    for bytes in [&[][..], &[0; 48], &[0; 4_096]] {
        let folder = tempfile::tempdir().unwrap();
        let end = many_segments(folder.path());
        let next = reader::segment_path(folder.path(), end.segment + 1);
        fs::write(next, bytes).unwrap();
        let (commits, replayed) = read(folder.path()).unwrap();
        assert_eq!((commits.len(), replayed.end.segment), (40, end.segment + 1));
        let mut writer = Writer::open(folder.path(), replayed.end).unwrap();
        append(&mut writer, &[41]);
        assert_eq!(read(folder.path()).unwrap().0, numbered(1..=41));
    }
}

#[test]
fn a_copy_without_the_zeros_at_its_end_is_the_same_journal() {
    let folder = tempfile::tempdir().unwrap();
    let (_, end) = three_frames(folder.path());
    let path = folder.path().join("000001.log");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..at(end.offset)]).unwrap();
    let mut writer = Writer::open(folder.path(), read(folder.path()).unwrap().1.end).unwrap();
    append(&mut writer, &[5]);
    assert_eq!(read(folder.path()).unwrap().0, numbered(1..=5));
}

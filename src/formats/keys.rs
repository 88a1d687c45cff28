//! The business keys of one file, to find rows that are given twice.
//!
//! Of a bulk file only the last quarter of a million is held in memory. The others lie sorted on
//! disk, and a filter of a fixed size says of nearly every new key that it is not among them, so
//! that the disk is hardly ever asked.

use std::io;

use super::scratch::{IN_MEMORY, MakeScratch, Scratch, Sorted};

/// Length of an entry on disk: the key, and the record that had it first.
const WIDTH: usize = 12;

/// Business keys with the record that had each first.
///
/// Shape: entries in the order in which they came, and a table of where they are: open addressing
/// by keys that are already random (the head of a SHA-256), so no hashing; at most three quarters
/// full. The smaller the table, the less a new key waits for memory, so it holds half of each key.
#[derive(Default)]
pub(super) struct Keys<'s> {
    /// Key and record.
    entries: Vec<(u64, u32)>,
    slots: Vec<Slot>,
    scratch: Option<MakeScratch<'s>>,
    spilled: Option<Spilled>,
    failed: Option<io::Error>,
}

/// The upper half of a key, and the place of its entry from 1; place 0 is a free slot.
type Slot = (u32, u32);

const FREE: Slot = (0, 0);

impl std::fmt::Debug for Keys<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("len", &self.entries.len()).finish_non_exhaustive()
    }
}

impl<'s> Keys<'s> {
    /// Everything stays in memory where there is no `scratch`.
    pub(super) fn new(scratch: Option<MakeScratch<'s>>) -> Self {
        Self { scratch, ..Self::default() }
    }

    /// Remembers `key` of `record`; gives the record that had it first, if one did.
    pub(super) fn insert(&mut self, key: u64, record: u32) -> Option<u32> {
        if (self.entries.len() + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        let free = match self.find(key) {
            Ok(first) => return Some(first),
            Err(free) => free,
        };
        match self.spilled.as_ref().map_or(Ok(None), |spilled| spilled.find(key)) {
            Ok(None) => {}
            Ok(first) => return first,
            Err(error) => self.failed = Some(error),
        }
        self.entries.push((key, record));
        self.point(free, key, self.entries.len());
        if let Some(scratch) = self.scratch.filter(|_| self.entries.len() >= IN_MEMORY) {
            self.failed = self.spill(scratch).err().or(self.failed.take());
        }
        None
    }

    /// What went wrong on disk: what was said of keys may be wrong then.
    pub(super) const fn take_io_error(&mut self) -> Option<io::Error> {
        self.failed.take()
    }

    /// The record of `key`, or the slot that is free for it.
    #[expect(clippy::cast_possible_truncation, reason = "the mask keeps the low bits anyway")]
    fn find(&self, key: u64) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut at = key as usize & mask;
        while let Some((upper, place @ 1..)) = self.slots.get(at) {
            if u64::from(*upper) == key >> 32
                && let Some((held, record)) = self.entries.get(*place as usize - 1)
                && *held == key
            {
                return Ok(*record);
            }
            at = (at + 1) & mask;
        }
        Err(at)
    }

    /// Has a free slot say that `key` is the `place`-th entry, from 1.
    fn point(&mut self, free: usize, key: u64, place: usize) {
        if let (Some(slot), Ok(place)) = (self.slots.get_mut(free), u32::try_from(place)) {
            *slot = ((key >> 32) as u32, place);
        }
    }

    fn grow(&mut self) {
        let bigger = (self.slots.len() * 2).max(64);
        // Its memory is used again rather than new.
        self.slots.clear();
        self.slots.resize(bigger, FREE);
        for place in 1..=self.entries.len() {
            if let Some((key, _)) = self.entries.get(place - 1).copied()
                && let Err(free) = self.find(key)
            {
                self.point(free, key, place);
            }
        }
    }

    /// Moves what is in memory to the disk.
    fn spill(&mut self, scratch: MakeScratch<'_>) -> io::Result<()> {
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            none => none.insert(Spilled::new(scratch()?)),
        };
        self.entries.sort_unstable();
        let done = spilled.add(&self.entries);
        self.entries.clear();
        self.slots.fill(FREE);
        done
    }
}

/// Keys on disk.
struct Spilled {
    bytes: Box<dyn Scratch>,
    len: u64,
    runs: Vec<Sorted>,
    filter: Filter,
}

impl Spilled {
    fn new(bytes: Box<dyn Scratch>) -> Self {
        Self { bytes, len: 0, runs: Vec::new(), filter: Filter::new() }
    }

    fn add(&mut self, entries: &[(u64, u32)]) -> io::Result<()> {
        let mut run = Vec::with_capacity(entries.len() * WIDTH);
        for (key, record) in entries {
            run.extend(key.to_le_bytes());
            run.extend(record.to_le_bytes());
            self.filter.add(*key);
        }
        self.bytes.write_all(&run)?;
        let keys: Vec<u64> = entries.iter().map(|(key, _)| *key).collect();
        self.runs.push(Sorted::of(&keys, self.len, WIDTH));
        self.len += run.len() as u64;
        Ok(())
    }

    /// The record that had `key` first.
    fn find(&self, key: u64) -> io::Result<Option<u32>> {
        if !self.filter.may_hold(key) {
            return Ok(None);
        }
        let read = |at: u64, to: &mut [u8]| self.bytes.read_at(at, to);
        for run in &self.runs {
            if let Some(record) = run.find(key, &read)? {
                return Ok(record.first_chunk().map(|bytes| u32::from_le_bytes(*bytes)));
            }
        }
        Ok(None)
    }
}

/// Says of a key that it was never added, or that it may have been.
///
/// Shape: a blocked Bloom filter of 16 MiB: one cache line a key, five bits in it. With ten million
/// keys it is wrong of about one key in three hundred.
struct Filter(Vec<[u64; 8]>);

/// How many bits of a key choose its block.
const BLOCK_BITS: u32 = 18;

impl Filter {
    fn new() -> Self {
        Self(vec![[0; 8]; 1 << BLOCK_BITS])
    }

    /// The block of a key, and the bits in each of its words.
    fn place(key: u64) -> (usize, [u64; 8]) {
        let mut bits = [0; 8];
        for part in 0..5 {
            let bit = key >> (9 * part) & 511;
            if let Some(word) = usize::try_from(bit / 64).ok().and_then(|at| bits.get_mut(at)) {
                *word |= 1 << (bit % 64);
            }
        }
        (usize::try_from(key >> (64 - BLOCK_BITS)).unwrap_or(0), bits)
    }

    fn add(&mut self, key: u64) {
        let (at, bits) = Self::place(key);
        for (word, bit) in self.0.get_mut(at).into_iter().flatten().zip(bits) {
            *word |= bit;
        }
    }

    fn may_hold(&self, key: u64) -> bool {
        let (at, bits) = Self::place(key);
        self.0
            .get(at)
            .is_some_and(|block| block.iter().zip(bits).all(|(word, bit)| word & bit == bit))
    }
}

#[cfg(test)]
mod tests {
    use super::super::scratch::tests::{memory, numbers};
    use super::{IN_MEMORY, Keys};

    #[test]
    fn the_first_record_of_a_key_is_found_wherever_it_lies() {
        let count = 2 * IN_MEMORY + 1_000;
        for scratch in [None, Some(&memory as super::MakeScratch<'_>)] {
            let mut keys = Keys::new(scratch);
            for (record, key) in (1..).zip(numbers(count as u64)) {
                assert_eq!(keys.insert(key, record), None, "record {record}");
            }
            assert_eq!(keys.spilled.as_ref().map(|spilled| spilled.runs.len()), scratch.map(|_| 2));
            for (record, key) in (1..).zip(numbers(count as u64)).step_by(97) {
                assert_eq!(keys.insert(key, u32::MAX), Some(record), "record {record}");
            }
            assert!(keys.take_io_error().is_none());
        }
    }

    #[test]
    fn keys_that_are_alike_in_half_are_told_apart() {
        let alike = [0, 1, 1 << 20, 7 << 32, 7 << 32 | 1 << 20, 7 << 32 | 1 << 21];
        let mut keys = Keys::new(None);
        for (record, key) in (1..).zip(alike) {
            assert_eq!(keys.insert(key, record), None, "{key:x}");
        }
        for (record, key) in (1..).zip(alike) {
            assert_eq!(keys.insert(key, u32::MAX), Some(record), "{key:x}");
        }
    }

    #[test]
    fn a_disk_that_fails_is_told() {
        let full = || Err(std::io::ErrorKind::StorageFull.into());
        let mut keys = Keys::new(Some(&full));
        for (record, key) in (1..).zip(numbers(IN_MEMORY as u64)) {
            keys.insert(key, record);
        }
        assert!(keys.take_io_error().is_some());
    }
}

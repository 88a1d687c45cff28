//! Numbers of a bulk file that do not fit in memory: sorted on disk, found by place.

use std::io::{self, Write};

/// Bytes that are written at their end and read at any place.
pub trait Scratch: Write + Send {
    /// Fills `buffer` from `offset`; errs when there are fewer.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
}

/// Makes room on disk where memory has none left.
pub type MakeScratch<'s> = &'s (dyn Fn() -> io::Result<Box<dyn Scratch>> + Sync);

/// How many numbers are held in memory before they go to the disk: a file of the usual size never
/// goes there.
pub(super) const IN_MEMORY: usize = 1 << 18;

/// Of how many entries one is held in memory, to find the others by.
const STRIDE: usize = 512;

/// Entries of a fixed length that begin with a key, sorted by it, somewhere on disk.
#[derive(Debug)]
pub(super) struct Sorted {
    /// The first key of every [`STRIDE`] entries.
    fences: Vec<u64>,
    /// Where the first entry begins.
    at: u64,
    /// How many entries there are.
    count: u64,
    /// The length of one in bytes: 8, or more.
    width: usize,
}

/// Fills a buffer from a place.
pub(super) type ReadAt<'r> = &'r dyn Fn(u64, &mut [u8]) -> io::Result<()>;

impl Sorted {
    /// Entries that are there already: reads one of every [`STRIDE`].
    pub(super) fn open(
        at: u64,
        (count, width): (u64, usize),
        read: ReadAt<'_>,
    ) -> io::Result<Self> {
        let mut fences = Vec::new();
        for nth in (0..count).step_by(STRIDE) {
            let mut key = [0; 8];
            read(at + nth * width as u64, &mut key)?;
            fences.push(u64::from_le_bytes(key));
        }
        Ok(Self { fences, at, count, width })
    }

    /// Entries being written from `at` on, whose keys are these.
    pub(super) fn of(keys: &[u64], at: u64, width: usize) -> Self {
        let fences = keys.iter().step_by(STRIDE).copied().collect();
        Self { fences, at, count: keys.len() as u64, width }
    }

    /// What stands behind `key`, if it is there.
    pub(super) fn find(&self, key: u64, read: ReadAt<'_>) -> io::Result<Option<Vec<u8>>> {
        let Some(block) = self.fences.partition_point(|first| *first <= key).checked_sub(1) else {
            return Ok(None);
        };
        let first = (block * STRIDE) as u64;
        let entries = usize::try_from(self.count - first).unwrap_or(usize::MAX).min(STRIDE);
        let mut bytes = vec![0; entries * self.width];
        read(self.at + first * self.width as u64, &mut bytes)?;
        let entries: Vec<&[u8]> = bytes.chunks_exact(self.width).collect();
        let found = entries.binary_search_by_key(&key, |entry| leading(entry)).ok();
        Ok(found.and_then(|at| entries.get(at)?.get(8..)).map(<[u8]>::to_vec))
    }
}

/// The key an entry begins with.
fn leading(entry: &[u8]) -> u64 {
    entry.first_chunk().map_or(0, |key| u64::from_le_bytes(*key))
}

/// Sorts more numbers than are held in memory.
pub(super) struct Sorter<'s> {
    memory: Vec<u64>,
    spilled: Option<Spilled>,
    scratch: Option<MakeScratch<'s>>,
}

/// Runs of numbers, each sorted, one behind the other.
struct Spilled {
    bytes: Box<dyn Scratch>,
    /// How many numbers each has.
    runs: Vec<usize>,
}

impl std::fmt::Debug for Sorter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sorter").field("memory", &self.memory.len()).finish_non_exhaustive()
    }
}

impl<'s> Sorter<'s> {
    /// Everything stays in memory where there is no `scratch`.
    pub(super) const fn new(scratch: Option<MakeScratch<'s>>) -> Self {
        Self { memory: Vec::new(), spilled: None, scratch }
    }

    pub(super) fn push(&mut self, number: u64) -> io::Result<()> {
        if let Some(scratch) = self.scratch.filter(|_| self.memory.len() >= IN_MEMORY) {
            self.spill(scratch)?;
        }
        self.memory.push(number);
        Ok(())
    }

    fn spill(&mut self, scratch: MakeScratch<'_>) -> io::Result<()> {
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            none => none.insert(Spilled { bytes: scratch()?, runs: Vec::new() }),
        };
        self.memory.sort_unstable();
        let bytes: Vec<u8> = self.memory.iter().flat_map(|number| number.to_le_bytes()).collect();
        spilled.bytes.write_all(&bytes)?;
        spilled.runs.push(self.memory.len());
        self.memory.clear();
        Ok(())
    }

    /// Gives all numbers to `each`, the smallest first.
    pub(super) fn finish(mut self, each: &mut dyn FnMut(u64) -> io::Result<()>) -> io::Result<()> {
        self.memory.sort_unstable();
        let Some(Spilled { bytes, runs }) = self.spilled else {
            return self.memory.into_iter().try_for_each(each);
        };
        let mut at = 0;
        let mut runs: Vec<Run<'_>> = runs
            .into_iter()
            .map(|left| {
                let run = Run { bytes: &*bytes, at, left, read: Vec::new() };
                at += left as u64 * 8;
                run
            })
            .collect();
        self.memory.reverse();
        // What is still in memory is a run like the others, with nothing left on disk.
        runs.push(Run { bytes: &*bytes, at, left: 0, read: self.memory });
        let mut heads = std::collections::BinaryHeap::new();
        for (nth, run) in runs.iter_mut().enumerate() {
            heads.extend(run.next()?.map(|number| std::cmp::Reverse((number, nth))));
        }
        while let Some(std::cmp::Reverse((number, nth))) = heads.pop() {
            each(number)?;
            let next = runs.get_mut(nth).map(Run::next).transpose()?.flatten();
            heads.extend(next.map(|number| std::cmp::Reverse((number, nth))));
        }
        Ok(())
    }
}

/// A sorted run being read.
struct Run<'b> {
    bytes: &'b dyn Scratch,
    at: u64,
    /// How many numbers are still on disk.
    left: usize,
    /// Those that are read, the next one last.
    read: Vec<u64>,
}

impl Run<'_> {
    fn next(&mut self) -> io::Result<Option<u64>> {
        if self.read.is_empty() && self.left > 0 {
            let count = self.left.min(8 << 10);
            let mut bytes = vec![0; count * 8];
            self.bytes.read_at(self.at, &mut bytes)?;
            self.at += bytes.len() as u64;
            self.left -= count;
            self.read = bytes.chunks_exact(8).rev().map(leading).collect();
        }
        Ok(self.read.pop())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Scratch in memory.
    #[derive(Default)]
    pub(in crate::formats) struct Memory(Vec<u8>);

    impl Write for Memory {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Scratch for Memory {
        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
            let at = usize::try_from(offset).unwrap();
            let bytes = self.0.get(at..at + buffer.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
            buffer.copy_from_slice(bytes);
            Ok(())
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "it stands for one that may fail")]
    pub(in crate::formats) fn memory() -> io::Result<Box<dyn Scratch>> {
        Ok(Box::<Memory>::default())
    }

    /// Numbers all over the range, each once.
    pub(in crate::formats) fn numbers(count: u64) -> impl Iterator<Item = u64> {
        (1..=count).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    #[test]
    fn numbers_come_back_sorted_whether_they_fit_in_memory_or_not() {
        for count in [0, 1, 1_000, IN_MEMORY + 1, 3 * IN_MEMORY + 7] {
            let mut sorter = Sorter::new(Some(&memory));
            let mut wanted: Vec<u64> = numbers(count as u64).collect();
            wanted.iter().try_for_each(|number| sorter.push(*number)).unwrap();
            assert_eq!(sorter.spilled.is_some(), count > IN_MEMORY, "{count}");
            let mut found = Vec::new();
            let mut keep = |number| {
                found.push(number);
                Ok(())
            };
            sorter.finish(&mut keep).unwrap();
            wanted.sort_unstable();
            assert!(found == wanted, "{count}");
        }
    }

    #[test]
    fn every_entry_is_found_by_its_key_and_no_other() {
        for count in [0, 1, STRIDE - 1, STRIDE, 3 * STRIDE + 5] {
            let mut keys: Vec<u64> = numbers(count as u64).collect();
            keys.sort_unstable();
            let mut bytes = vec![0xAA; 3];
            for key in &keys {
                bytes.extend(key.to_le_bytes());
                bytes.extend(key.to_be_bytes().first_chunk::<4>().unwrap());
            }
            let read = |at: u64, to: &mut [u8]| {
                let at = usize::try_from(at).unwrap();
                to.copy_from_slice(bytes.get(at..at + to.len()).ok_or(io::ErrorKind::Other)?);
                Ok(())
            };
            let written = Sorted::of(&keys, 3, 12);
            let opened = Sorted::open(3, (count as u64, 12), &read).unwrap();
            for sorted in [&written, &opened] {
                for key in &keys {
                    let found = sorted.find(*key, &read).unwrap().unwrap();
                    assert_eq!(found, key.to_be_bytes()[..4]);
                    assert_eq!(sorted.find(key.wrapping_add(1), &read).unwrap(), None);
                }
                assert_eq!(sorted.find(0, &read).unwrap(), None);
                assert_eq!(sorted.find(u64::MAX, &read).unwrap(), None);
            }
        }
    }
}

//! The record file: a file's accepted rows as they are stored.
//!
//! Layout, all numbers little-endian: magic and version, the rows (postcard), the sorted
//! business keys (8 bytes each), the index (record number and offset of each row, 12 bytes),
//! then a trailer of fixed length: number of rows, offsets of keys and index, CRC-32C of all
//! before it. It is read by place and never whole; a row is found by its number.

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::scratch::{IN_MEMORY, MakeScratch, Scratch, Sorted, Sorter};
use crate::domain::RecordRequest;

const MAGIC: &[u8; 8] = b"kssREC\x00\x01";
const TRAILER_LEN: u64 = 32;
const INDEX_LEN: u64 = 12;
/// As much of an index as is held in memory, in bytes.
const INDEX_IN_MEMORY: usize = 12 * IN_MEMORY;

/// One accepted row as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRow {
    /// Its number in the file, from 1.
    pub record: u32,
    /// Its physical line.
    pub line: u32,
    /// The request.
    pub request: RecordRequest,
}

/// A record or findings file that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// The bytes could not be had.
    #[error("cannot read the stored rows")]
    Io(#[source] io::Error),
    /// The file is not one of ours, is cut, or is damaged.
    #[error("the stored rows are damaged: {0}")]
    Damaged(&'static str),
    /// It was written by a newer version of the program.
    #[error("the stored rows have the newer format {0}")]
    Newer(u8),
}

/// Writes a record file, row by row.
///
/// Memory: twenty bytes a row for index and keys, as long as they are few; see [`Self::spilling`].
#[derive(Debug)]
pub struct Writer<'s, W: Write> {
    to: W,
    at: u64,
    crc: u32,
    index: Index<'s>,
    keys: Sorter<'s>,
    row: Vec<u8>,
}

/// A row by reference, in the same bytes as [`StoredRow`].
#[derive(Serialize)]
struct RowRef<'a> {
    record: u32,
    line: u32,
    request: &'a RecordRequest,
}

impl<'s, W: Write> Writer<'s, W> {
    /// Begins a record file; `to` should be buffered.
    pub fn new(to: W) -> io::Result<Self> {
        Self::spilling(to, None)
    }

    /// Begins one whose index and keys go to the disk where they are many.
    pub fn spilling(to: W, scratch: Option<MakeScratch<'s>>) -> io::Result<Self> {
        let (index, keys) = (Index::new(scratch), Sorter::new(scratch));
        let mut writer = Self { to, at: 0, crc: 0, index, keys, row: Vec::with_capacity(512) };
        writer.put(MAGIC)?;
        Ok(writer)
    }

    /// Appends one row; record numbers rise.
    pub fn push(
        &mut self,
        record: u32,
        line: u32,
        request: &RecordRequest,
        key: u64,
    ) -> io::Result<()> {
        let mut row = std::mem::take(&mut self.row);
        row.clear();
        row = postcard::to_extend(&RowRef { record, line, request }, row)
            .map_err(io::Error::other)?;
        self.index.push(record, self.at)?;
        self.keys.push(key)?;
        self.put(&row)?;
        self.row = row;
        Ok(())
    }

    /// Writes keys, index and trailer, flushes, and gives the writer back. It does not sync.
    pub fn finish(mut self) -> io::Result<W> {
        let keys_at = self.at;
        let keys = std::mem::replace(&mut self.keys, Sorter::new(None));
        keys.finish(&mut |key| self.put(&key.to_le_bytes()))?;
        let index_at = self.at;
        let index = std::mem::replace(&mut self.index, Index::new(None));
        index.finish(&mut |bytes| self.put(bytes))?;
        let rows = (self.at - index_at) / INDEX_LEN;
        self.put(&rows.to_le_bytes())?;
        self.put(&keys_at.to_le_bytes())?;
        self.put(&index_at.to_le_bytes())?;
        let crc = u64::from(self.crc);
        self.put(&crc.to_le_bytes())?;
        self.to.flush()?;
        Ok(self.to)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.crc = crc32c::crc32c_append(self.crc, bytes);
        self.at += bytes.len() as u64;
        self.to.write_all(bytes)
    }
}

/// The index being made: entries in the order of the rows.
struct Index<'s> {
    memory: Vec<u8>,
    spilled: Option<Box<dyn Scratch>>,
    /// How many bytes are spilled.
    len: u64,
    scratch: Option<MakeScratch<'s>>,
}

impl std::fmt::Debug for Index<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").field("len", &self.len).finish_non_exhaustive()
    }
}

impl<'s> Index<'s> {
    const fn new(scratch: Option<MakeScratch<'s>>) -> Self {
        Self { memory: Vec::new(), spilled: None, len: 0, scratch }
    }

    fn push(&mut self, record: u32, offset: u64) -> io::Result<()> {
        if let Some(scratch) = self.scratch.filter(|_| self.memory.len() >= INDEX_IN_MEMORY) {
            let spilled = match &mut self.spilled {
                Some(spilled) => spilled,
                none => none.insert(scratch()?),
            };
            spilled.write_all(&self.memory)?;
            self.len += self.memory.len() as u64;
            self.memory.clear();
        }
        self.memory.extend(record.to_le_bytes());
        self.memory.extend(offset.to_le_bytes());
        Ok(())
    }

    fn finish(self, each: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut buffer = vec![0; 64 << 10];
        let mut at = 0;
        while let Some(spilled) = self.spilled.as_ref().filter(|_| at < self.len) {
            let left = usize::try_from(self.len - at).unwrap_or(usize::MAX);
            let room = left.min(buffer.len());
            let part = buffer.get_mut(..room).unwrap_or_default();
            spilled.read_at(at, part)?;
            each(part)?;
            at += part.len() as u64;
        }
        each(&self.memory)
    }
}

/// Reads a record file by place.
///
/// `read_at` fills the buffer from an offset or errs; so it needs no file type.
#[derive(Debug)]
pub struct Reader<F> {
    read_at: F,
    rows: u32,
    keys_at: u64,
    index_at: u64,
    len: u64,
}

impl<F: Fn(u64, &mut [u8]) -> io::Result<()>> Reader<F> {
    /// Opens a record file of `len` bytes; reads its head and trailer only.
    pub fn open(len: u64, read_at: F) -> Result<Self, StoredError> {
        let mut magic = [0; 8];
        let head = MAGIC.len() as u64;
        let trailer_at = len.checked_sub(TRAILER_LEN).filter(|at| *at >= head);
        let trailer_at = trailer_at.ok_or(StoredError::Damaged("it is too short"))?;
        read_at(0, &mut magic).map_err(StoredError::Io)?;
        check_magic(magic, *MAGIC)?;
        let mut trailer = [0; 24];
        read_at(trailer_at, &mut trailer).map_err(StoredError::Io)?;
        let mut numbers = trailer.chunks_exact(8).map(number);
        let mut next = || numbers.next().unwrap_or(0);
        let (rows, keys_at, index_at) = (next(), next(), next());
        let shape = rows.checked_mul(INDEX_LEN).and_then(|n| n.checked_add(index_at));
        let keys = rows.checked_mul(8).and_then(|n| n.checked_add(keys_at));
        if shape != Some(trailer_at) || keys != Some(index_at) || keys_at < head {
            return Err(StoredError::Damaged("its trailer does not add up"));
        }
        let rows = u32::try_from(rows).map_err(|_| StoredError::Damaged("too many rows"))?;
        Ok(Self { read_at, rows, keys_at, index_at, len })
    }

    /// How many rows there are.
    pub const fn len(&self) -> u32 {
        self.rows
    }

    /// Whether there is no row.
    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The `i`-th accepted row, from 0.
    pub fn row(&self, i: u32) -> Result<StoredRow, StoredError> {
        let start = self.offset(i)?;
        let end = if i + 1 < self.rows { self.offset(i + 1)? } else { self.keys_at };
        let mut bytes = vec![0; row_len(start, end)?];
        (self.read_at)(start, &mut bytes).map_err(StoredError::Io)?;
        postcard::from_bytes(&bytes).map_err(|_| StoredError::Damaged("a row does not decode"))
    }

    /// The row whose number in the file is `record`; none if it was not accepted.
    pub fn find(&self, record: u32) -> Result<Option<StoredRow>, StoredError> {
        let (mut low, mut high) = (0, self.rows);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.entry(middle)?.0.cmp(&record) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return self.row(middle).map(Some),
            }
        }
        Ok(None)
    }

    /// All rows in order.
    pub fn rows(&self) -> impl Iterator<Item = Result<StoredRow, StoredError>> + '_ {
        let mut ahead = Ahead::default();
        (0..self.rows).map(move |i| self.row_after(i, &mut ahead))
    }

    /// The `i`-th accepted row, from 0, where rows are read one after the other: `ahead` keeps what
    /// was read with those before it.
    pub fn row_after(&self, i: u32, ahead: &mut Ahead) -> Result<StoredRow, StoredError> {
        let start = ahead.offset(self, i)?;
        let end = if i + 1 < self.rows { ahead.offset(self, i + 1)? } else { self.keys_at };
        let bytes = ahead.bytes(self, start, end)?;
        postcard::from_bytes(bytes).map_err(|_| StoredError::Damaged("a row does not decode"))
    }

    /// All business keys, sorted.
    pub fn keys(&self) -> Result<Vec<u64>, StoredError> {
        let len = usize::try_from(self.index_at - self.keys_at);
        let mut bytes = vec![0; len.map_err(|_| StoredError::Damaged("too many rows"))?];
        (self.read_at)(self.keys_at, &mut bytes).map_err(StoredError::Io)?;
        Ok(bytes.chunks_exact(8).map(number).collect())
    }

    /// What finds its business keys without holding them.
    pub fn key_places(&self) -> Result<KeyPlaces, StoredError> {
        let count = (u64::from(self.rows), 8);
        Sorted::open(self.keys_at, count, &self.read_at).map(KeyPlaces).map_err(StoredError::Io)
    }

    /// Whether a row has this business key.
    pub fn has_key(&self, places: &KeyPlaces, key: u64) -> Result<bool, StoredError> {
        let found = places.0.find(key, &self.read_at).map_err(StoredError::Io)?;
        Ok(found.is_some())
    }

    /// Reads the whole file once and compares its checksum.
    pub fn verify(&self) -> Result<(), StoredError> {
        let mut buffer = vec![0; 64 << 10];
        let body = self.len - 8;
        let (mut at, mut crc) = (0, 0);
        while at < body {
            let len = usize::try_from(body - at).unwrap_or(usize::MAX).min(buffer.len());
            let part = buffer.get_mut(..len).unwrap_or_default();
            (self.read_at)(at, part).map_err(StoredError::Io)?;
            crc = crc32c::crc32c_append(crc, part);
            at += len as u64;
        }
        let mut stored = [0; 8];
        (self.read_at)(body, &mut stored).map_err(StoredError::Io)?;
        if u64::from_le_bytes(stored) == u64::from(crc) {
            Ok(())
        } else {
            Err(StoredError::Damaged("its checksum differs"))
        }
    }

    fn offset(&self, i: u32) -> Result<u64, StoredError> {
        self.entry(i).map(|entry| entry.1)
    }

    fn entry(&self, i: u32) -> Result<(u32, u64), StoredError> {
        if i >= self.rows {
            return Err(StoredError::Damaged("there is no such row"));
        }
        let mut bytes = [0; 12];
        let at = self.index_at + u64::from(i) * INDEX_LEN;
        (self.read_at)(at, &mut bytes).map_err(StoredError::Io)?;
        let (record, offset) = bytes.split_at(4);
        Ok((u32::from_le_bytes(record.try_into().unwrap_or_default()), number(offset)))
    }
}

/// What was read of a record file ahead of the row that was asked for.
#[derive(Debug, Default)]
pub struct Ahead {
    /// The number of the first entry of the index, and the entries from there on.
    index: (u32, Vec<u8>),
    /// The place of the first byte, and the bytes from there on.
    rows: (u64, Vec<u8>),
}

impl Ahead {
    /// Entries and bytes that are read at once.
    const ENTRIES: u32 = 4_096;
    const BYTES: u64 = 256 << 10;

    fn offset<F>(&mut self, reader: &Reader<F>, i: u32) -> Result<u64, StoredError>
    where
        F: Fn(u64, &mut [u8]) -> io::Result<()>,
    {
        let held = |(first, bytes): &(u32, Vec<u8>)| {
            let at = i.checked_sub(*first).and_then(|nth| usize::try_from(nth).ok())? * 12;
            bytes.get(at + 4..at + 12).map(number)
        };
        if let Some(offset) = held(&self.index) {
            return Ok(offset);
        }
        let count = reader.rows.saturating_sub(i).min(Self::ENTRIES);
        let mut bytes = vec![0; usize::try_from(count).unwrap_or(0) * 12];
        let at = reader.index_at + u64::from(i) * INDEX_LEN;
        (reader.read_at)(at, &mut bytes).map_err(StoredError::Io)?;
        self.index = (i, bytes);
        held(&self.index).ok_or(StoredError::Damaged("there is no such row"))
    }

    fn bytes<F>(&mut self, reader: &Reader<F>, start: u64, end: u64) -> Result<&[u8], StoredError>
    where
        F: Fn(u64, &mut [u8]) -> io::Result<()>,
    {
        let len = row_len(start, end)?;
        let (first, held) = &mut self.rows;
        let last = first.saturating_add(held.len() as u64);
        if start < *first || end > last {
            let until = reader.keys_at.min(start.saturating_add(Self::BYTES)).max(end);
            held.resize(usize::try_from(until - start).unwrap_or(len), 0);
            if let Err(error) = (reader.read_at)(start, held) {
                held.clear();
                return Err(StoredError::Io(error));
            }
            *first = start;
        }
        let at = usize::try_from(start - *first).unwrap_or(usize::MAX);
        held.get(at..at + len).ok_or(StoredError::Damaged("a row's place"))
    }
}

/// The length of a row that begins and ends there.
fn row_len(start: u64, end: u64) -> Result<usize, StoredError> {
    let len = end.checked_sub(start).and_then(|len| usize::try_from(len).ok());
    len.filter(|len| *len <= 1 << 20).ok_or(StoredError::Damaged("a row's place"))
}

/// Where the business keys of a record file lie; a sixty-fourth of a byte a row.
#[derive(Debug)]
pub struct KeyPlaces(Sorted);

/// Checks a file's first bytes, the last of which is the version.
pub(super) fn check_magic(found: [u8; 8], expected: [u8; 8]) -> Result<(), StoredError> {
    let ([kind @ .., version], [wanted @ .., known]) = (found, expected);
    if kind != wanted {
        return Err(StoredError::Damaged("it does not begin as such a file does"));
    }
    if version == known { Ok(()) } else { Err(StoredError::Newer(version)) }
}

fn number(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().unwrap_or_default())
}

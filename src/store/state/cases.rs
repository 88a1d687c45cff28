//! Case heads in pages of sixteen.
//!
//! A million waiting cases must start in under a second and stay small: a head is kept encoded,
//! with a few columns beside it from which worklists, deadlines and duplicates are built without
//! decoding.

use std::collections::BTreeSet;

use crate::domain::Timestamp;
use crate::workflow::{CaseHead, Status};

/// How many cases a page holds. Case number = page × 16 + slot.
pub(in crate::store) const PAGE: u32 = 16;

/// All case heads.
#[derive(Debug, Default)]
pub(in crate::store) struct Cases {
    pages: Vec<Page>,
    dirty: BTreeSet<u32>,
}

/// One page; slots that were reserved and not yet used are empty.
#[derive(Debug, Default, Clone)]
pub(in crate::store) struct Page {
    slots: Vec<Option<Slot>>,
}

/// One case: its columns and its encoded head.
#[derive(Debug, Clone)]
pub(in crate::store) struct Slot {
    pub(in crate::store) column: Column,
    head: Box<[u8]>,
}

/// What worklists and duplicate checks need of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct Column {
    /// The file, by its number.
    pub(in crate::store) file: u32,
    /// Which of the file's flows, from 1.
    pub(in crate::store) n: u16,
    /// The record number; 0 for a batch case.
    pub(in crate::store) row: u32,
    /// Where the case stands.
    pub(in crate::store) status: Status,
    /// The step it is at.
    pub(in crate::store) step: u8,
    /// How many seats of the step are filled.
    pub(in crate::store) filled: u8,
    /// The deadline in whole seconds since 1970; `u32::MAX` for none.
    pub(in crate::store) due: u32,
    /// The next timer in whole seconds since 1970; `u32::MAX` for none.
    pub(in crate::store) wake: u32,
    /// The business key of a row's case; 0 for a batch case.
    pub(in crate::store) key: u64,
}

impl Column {
    /// The columns of a head.
    pub(in crate::store) fn of(head: &CaseHead, file: u32, key: u64) -> Self {
        Self {
            file,
            n: head.id.n,
            row: head.id.row.unwrap_or(0),
            status: head.status,
            step: head.step,
            filled: u8::try_from(head.filled().count()).unwrap_or(u8::MAX),
            due: seconds(head.due),
            wake: seconds(head.wake()),
            key,
        }
    }
}

/// A deadline as a column stores it: rounded up, so that it never seems to have passed early.
pub(in crate::store) fn seconds(due: Option<Timestamp>) -> u32 {
    due.map_or(u32::MAX, |due| u32::try_from(due.ms().saturating_add(999) / 1_000).unwrap_or(0))
}

impl Cases {
    /// The slot of a case.
    pub(in crate::store) fn slot(&self, case: u32) -> Option<&Slot> {
        self.pages.get(index(case / PAGE))?.slots.get(index(case % PAGE))?.as_ref()
    }

    /// The head of a case.
    pub(in crate::store) fn head(&self, case: u32) -> Option<CaseHead> {
        self.slot(case).map(Slot::head)
    }

    /// Puts a case's new head in its place and gives back the columns it had.
    pub(in crate::store) fn put(
        &mut self,
        case: u32,
        head: &CaseHead,
        file: u32,
        key: u64,
    ) -> (Option<Column>, Column) {
        let (page, slot) = (index(case / PAGE), index(case % PAGE));
        if self.pages.len() <= page {
            self.pages.resize_with(page + 1, Page::default);
        }
        let column = Column::of(head, file, key);
        let slots = &mut self.pages[page].slots;
        if slots.len() <= slot {
            slots.resize_with(slot + 1, || None);
        }
        let new = Slot { column, head: encode(head) };
        let old = slots[slot].replace(new).map(|slot| slot.column);
        self.dirty.insert(case / PAGE);
        (old, column)
    }

    /// The number the next page starts with.
    pub(in crate::store) fn next_number(&self) -> u32 {
        u32::try_from(self.pages.len()).unwrap_or(u32::MAX).saturating_mul(PAGE)
    }

    /// Every case in the order of its number.
    pub(in crate::store) fn iter(&self) -> impl Iterator<Item = (u32, &Slot)> {
        (0..).zip(&self.pages).flat_map(|(page, slots)| {
            (page * PAGE..)
                .zip(&slots.slots)
                .filter_map(|(case, slot)| Some((case, slot.as_ref()?)))
        })
    }

    /// The pages that changed since they were last taken, encoded, at most `limit`.
    pub(in crate::store) fn take_dirty(&mut self, limit: usize) -> Vec<(u32, Vec<u8>)> {
        let mut taken = Vec::new();
        while taken.len() < limit {
            let Some(page) = self.dirty.pop_first() else { break };
            taken.push((page, self.pages[index(page)].encode()));
        }
        taken
    }

    /// Marks every page as changed.
    pub(in crate::store) fn touch_all(&mut self) {
        self.dirty = (0..u32::try_from(self.pages.len()).unwrap_or(u32::MAX)).collect();
    }

    /// How many pages there are.
    pub(in crate::store) fn pages(&self) -> u32 {
        u32::try_from(self.pages.len()).unwrap_or(u32::MAX)
    }

    /// Puts a stored page in its place; errs when its bytes make no sense.
    pub(in crate::store) fn load(&mut self, page: u32, bytes: &[u8]) -> Result<(), &'static str> {
        let decoded = Page::decode(bytes).ok_or("a page of cases cannot be read")?;
        let at = index(page);
        if self.pages.len() <= at {
            self.pages.resize_with(at + 1, Page::default);
        }
        self.pages[at] = decoded;
        Ok(())
    }
}

impl Slot {
    /// The head, decoded.
    #[expect(
        clippy::expect_used,
        reason = "only encode() makes these bytes, and pages carry a crc"
    )]
    pub(in crate::store) fn head(&self) -> CaseHead {
        postcard::from_bytes(&self.head).expect("a stored head can be read")
    }

    /// The encoded head, for the state's digest.
    pub(in crate::store) fn bytes(&self) -> &[u8] {
        &self.head
    }
}

#[expect(clippy::expect_used, reason = "plain data always encodes")]
fn encode(head: &CaseHead) -> Box<[u8]> {
    postcard::to_stdvec(head).expect("a head can be written").into_boxed_slice()
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Bytes of the columns of one slot.
const COLUMN: usize = 4 + 2 + 4 + 1 + 1 + 1 + 4 + 4 + 8 + 2;

impl Page {
    /// `n`, then the columns of n slots with the length of their head (0 = empty), then the heads.
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(2_560);
        bytes.push(u8::try_from(self.slots.len()).unwrap_or(u8::MAX));
        for slot in &self.slots {
            let Some(slot) = slot else {
                bytes.extend_from_slice(&[0; COLUMN]);
                continue;
            };
            let column = &slot.column;
            bytes.extend_from_slice(&column.file.to_le_bytes());
            bytes.extend_from_slice(&column.n.to_le_bytes());
            bytes.extend_from_slice(&column.row.to_le_bytes());
            let status = Status::ALL.iter().position(|status| *status == column.status);
            bytes.push(status.and_then(|at| u8::try_from(at).ok()).unwrap_or(0));
            bytes.push(column.step);
            bytes.push(column.filled);
            bytes.extend_from_slice(&column.due.to_le_bytes());
            bytes.extend_from_slice(&column.wake.to_le_bytes());
            bytes.extend_from_slice(&column.key.to_le_bytes());
            let length = u16::try_from(slot.head.len()).unwrap_or(u16::MAX);
            bytes.extend_from_slice(&length.to_le_bytes());
        }
        for slot in self.slots.iter().flatten() {
            bytes.extend_from_slice(&slot.head);
        }
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let count = usize::from(*bytes.first()?);
        let columns = bytes.get(1..1 + count * COLUMN)?;
        let mut heads = bytes.get(1 + count * COLUMN..)?;
        let mut slots = Vec::with_capacity(count);
        for mut column in columns.chunks_exact(COLUMN) {
            let decoded = Column {
                file: u32::from_le_bytes(take(&mut column)?),
                n: u16::from_le_bytes(take(&mut column)?),
                row: u32::from_le_bytes(take(&mut column)?),
                status: *Status::ALL.get(usize::from(take::<1>(&mut column)?[0]))?,
                step: take::<1>(&mut column)?[0],
                filled: take::<1>(&mut column)?[0],
                due: u32::from_le_bytes(take(&mut column)?),
                wake: u32::from_le_bytes(take(&mut column)?),
                key: u64::from_le_bytes(take(&mut column)?),
            };
            let length = usize::from(u16::from_le_bytes(take(&mut column)?));
            if length == 0 {
                slots.push(None);
                continue;
            }
            let (head, rest) = heads.split_at_checked(length)?;
            heads = rest;
            slots.push(Some(Slot { column: decoded, head: head.into() }));
        }
        Some(Self { slots })
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*head)
}

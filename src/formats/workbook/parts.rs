//! The directory at the end of a zip archive: whether it is whole, what it holds, and how large
//! that says it is.

use crate::domain::WorkbookFlaw;

/// Parts a workbook may have.
const PARTS_MAX: usize = 200;

/// Bytes all parts may have when they are unpacked.
const UNPACKED_MAX: u64 = 50 << 20;

/// How many times larger a part may become, where it becomes large at all.
const RATIO_MAX: u64 = 100;
const LARGE: u64 = 1 << 20;

/// What the record at the end of an archive begins with, and how long it is without a comment.
const END: &[u8] = b"PK\x05\x06";
const END_LEN: usize = 22;

/// What each entry of the directory begins with, and how long it is without names.
const ENTRY: &[u8] = b"PK\x01\x02";
const ENTRY_LEN: usize = 46;

/// How long a comment may be: its length has two bytes.
const COMMENT_MAX: usize = 0xFFFF;

/// Errs where the bytes are no workbook that may be read; nothing is unpacked for it.
pub(super) fn check(bytes: &[u8]) -> Result<(), WorkbookFlaw> {
    if bytes.len() > super::BYTES_MAX {
        return Err(WorkbookFlaw::Limits);
    }
    if bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        let locked: Vec<u8> = "EncryptedPackage".bytes().flat_map(|byte| [byte, 0]).collect();
        let is_locked = bytes.windows(locked.len()).any(|window| window == locked);
        return Err(if is_locked { WorkbookFlaw::Encrypted } else { WorkbookFlaw::Old });
    }
    let torn = || WorkbookFlaw::Damaged("its directory is not whole".to_owned());
    let end = end_of(bytes).ok_or_else(torn)?;
    let count = usize::from(two(end, 10).ok_or_else(torn)?);
    if count > PARTS_MAX {
        return Err(WorkbookFlaw::Limits);
    }
    let at = usize::try_from(four(end, 16).ok_or_else(torn)?).unwrap_or(usize::MAX);
    let mut rest = bytes.get(at..).ok_or_else(torn)?;
    let (mut unpacked, mut is_book) = (0_u64, false);
    for _ in 0..count {
        let entry = rest.strip_prefix(ENTRY).map(|_| rest).ok_or_else(torn)?;
        let number = |at| four(entry, at).map(u64::from).ok_or_else(torn);
        let length = |at| two(entry, at).map(usize::from).ok_or_else(torn);
        let (packed, size) = (number(20)?, number(24)?);
        let names = length(28)?;
        let name = entry.get(ENTRY_LEN..ENTRY_LEN + names).ok_or_else(torn)?;
        if two(entry, 8).ok_or_else(torn)? & 1 == 1 {
            return Err(WorkbookFlaw::Encrypted);
        }
        if name.to_ascii_lowercase().ends_with(b"vbaproject.bin") {
            return Err(WorkbookFlaw::Macros);
        }
        is_book |= name.starts_with(b"xl/");
        unpacked = unpacked.saturating_add(size);
        if size > LARGE && size > packed.saturating_mul(RATIO_MAX) {
            return Err(WorkbookFlaw::Limits);
        }
        rest = entry.get(ENTRY_LEN + names + length(30)? + length(32)?..).ok_or_else(torn)?;
    }
    if unpacked > UNPACKED_MAX {
        return Err(WorkbookFlaw::Limits);
    }
    if is_book {
        Ok(())
    } else {
        Err(WorkbookFlaw::Damaged("the archive holds no workbook".to_owned()))
    }
}

/// Whether the last bytes of a file of `size` bytes end an archive: the record at its end is
/// there, and stands where it says the directory before it ends.
pub(in crate::formats) fn ends_whole(tail: &[u8], size: u64) -> bool {
    let Some(end) = end_of(tail) else { return false };
    let (Some(length), Some(at)) = (four(end, 12), four(end, 16)) else { return false };
    let end_len = u64::try_from(end.len()).unwrap_or(u64::MAX);
    u64::from(length).saturating_add(u64::from(at)).saturating_add(end_len) == size
}

/// The record at the end with its comment, which fills the rest.
fn end_of(bytes: &[u8]) -> Option<&[u8]> {
    let last = bytes.len().checked_sub(END_LEN)?;
    let first = last.saturating_sub(COMMENT_MAX);
    (first..=last).rev().find_map(|at| {
        let end = bytes.get(at..)?;
        let comment = usize::from(two(end, 20)?);
        (end.starts_with(END) && end.len() == END_LEN + comment).then_some(end)
    })
}

fn two(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|two| u16::from_le_bytes(*two))
}

fn four(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}

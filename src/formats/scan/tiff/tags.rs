//! The directories of a TIFF file: numbers under tags, in either byte order.

use std::collections::{BTreeMap, BTreeSet};

use super::super::PAGES_MAX;

/// Tags in one directory at most; real ones have twenty.
const TAGS_MAX: u16 = 1_000;

/// The tags that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
// Named as in the TIFF 6.0 specification.
pub(super) enum Tag {
    NewSubfileType = 254,
    ImageWidth = 256,
    ImageLength = 257,
    BitsPerSample = 258,
    Compression = 259,
    Photometric = 262,
    FillOrder = 266,
    StripOffsets = 273,
    Orientation = 274,
    SamplesPerPixel = 277,
    RowsPerStrip = 278,
    StripByteCounts = 279,
    XResolution = 282,
    YResolution = 283,
    PlanarConfiguration = 284,
    T4Options = 292,
    ResolutionUnit = 296,
    Predictor = 317,
    TileOffsets = 324,
}

/// A TIFF file's bytes and the order of its numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbers<'a> {
    pub(super) bytes: &'a [u8],
    big: bool,
}

impl<'a> Numbers<'a> {
    /// Of a file that begins as a classic TIFF file does.
    pub(super) fn of(bytes: &'a [u8]) -> Option<Self> {
        match bytes.get(..4)? {
            b"II*\0" => Some(Self { bytes, big: false }),
            b"MM\0*" => Some(Self { bytes, big: true }),
            _ => None,
        }
    }

    fn short(self, at: usize) -> Option<u16> {
        let two = self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big { u16::from_be_bytes(*two) } else { u16::from_le_bytes(*two) })
    }

    fn long(self, at: usize) -> Option<u32> {
        let four = self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big { u32::from_be_bytes(*four) } else { u32::from_le_bytes(*four) })
    }
}

/// One page's directory.
#[derive(Debug, Clone)]
pub(super) struct Directory<'a> {
    numbers: Numbers<'a>,
    /// Kind, count and place of each tag's values.
    tags: BTreeMap<u16, (u16, usize, usize)>,
}

impl<'a> Directory<'a> {
    /// The directories that can be reached, and whether the chain ends as it should.
    pub(super) fn all(numbers: Numbers<'a>) -> (Vec<Self>, bool) {
        let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
        let mut at = numbers.long(4).unwrap_or(0);
        while at != 0 {
            // Pictures of a page in small are directories, too: a few more than pages.
            let fresh = seen.insert(at) && seen.len() <= 2 * PAGES_MAX;
            let read = if fresh { Self::read(numbers, at as usize) } else { None };
            let Some((directory, next)) = read else { return (found, false) };
            found.push(directory);
            // A directory that is cut off before the place of the next one is the last.
            let Some(next) = next else { return (found, false) };
            at = next;
        }
        let any = !found.is_empty();
        (found, any)
    }

    fn read(numbers: Numbers<'a>, at: usize) -> Option<(Self, Option<u32>)> {
        let count = numbers.short(at)?;
        if count > TAGS_MAX {
            return None;
        }
        let mut tags = BTreeMap::new();
        for n in 0..usize::from(count) {
            let entry = at + 2 + 12 * n;
            let (tag, kind) = (numbers.short(entry)?, numbers.short(entry + 2)?);
            let count = numbers.long(entry + 4)? as usize;
            let place = if count.saturating_mul(size_of(kind)) <= 4 {
                entry + 8
            } else {
                numbers.long(entry + 8)? as usize
            };
            tags.entry(tag).or_insert((kind, count, place));
        }
        let next = numbers.long(at + 2 + 12 * usize::from(count));
        Some((Self { numbers, tags }, next))
    }

    /// The value `n` under a tag, a whole number.
    pub(super) fn number(&self, tag: Tag, n: usize) -> Option<u32> {
        let &(kind, count, place) = self.tags.get(&(tag as u16))?;
        let at = place.checked_add(n.checked_mul(size_of(kind))?)?;
        match kind {
            _ if n >= count => None,
            1 => self.numbers.bytes.get(at).copied().map(u32::from),
            3 => self.numbers.short(at).map(u32::from),
            4 => self.numbers.long(at),
            // A fraction, rounded.
            5 => {
                let (over, under) = (self.numbers.long(at)?, self.numbers.long(at + 4)?);
                let rounded = (u64::from(over) + u64::from(under / 2)).checked_div(under.into())?;
                u32::try_from(rounded).ok()
            }
            _ => None,
        }
    }

    /// The first value under a tag, or what it is where it is not said.
    pub(super) fn one(&self, tag: Tag, default: u32) -> u32 {
        self.number(tag, 0).unwrap_or(default)
    }

    /// How many values are under a tag.
    pub(super) fn count(&self, tag: Tag) -> usize {
        self.tags.get(&(tag as u16)).map_or(0, |(_, count, _)| *count)
    }
}

/// Bytes of one value; 1 for kinds nobody reads.
const fn size_of(kind: u16) -> usize {
    match kind {
        3 => 2,
        4 => 4,
        5 => 8,
        _ => 1,
    }
}

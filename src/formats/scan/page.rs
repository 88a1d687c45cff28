//! A page of dots in memory.

use crate::domain::ScanFlaw;

/// A page as it was read.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its dots.
    pub dots: Dots,
    /// Dots an inch across and down; 0 where the file does not tell.
    pub dpi: (u32, u32),
    /// The rows that could not be read.
    pub damage: Damage,
    /// Quarter turns to the right after which it stands as its file says.
    pub turns: u8,
}

impl Page {
    /// Puts another page of the same width below this one.
    pub(super) fn put_below(&mut self, other: Self) -> Result<(), ScanFlaw> {
        let ((width, above), (other_width, rows)) = (self.dots.size(), other.dots.size());
        if width != other_width {
            return Err(ScanFlaw::Damaged("strips of several widths".to_owned()));
        }
        let height = above.saturating_add(rows);
        super::size_checked((width, height))?;
        self.dots = match (std::mem::replace(&mut self.dots, Dots::NONE), other.dots) {
            (Dots::Ink(mut ink), Dots::Ink(more)) => {
                ink.bytes.extend(more.bytes);
                Dots::Ink(Bitmap { height, ..ink })
            }
            (dots, more) => {
                let (mut grey, more) = (dots.grey(), more.grey());
                grey.bytes.extend(more.bytes);
                Dots::Grey(Grey { height, ..grey })
            }
        };
        for (first, last) in other.damage.0 {
            self.damage.rows(above + first - 1, last - first + 1);
        }
        Ok(())
    }
}

/// Dots of a page.
#[derive(Debug, Clone)]
pub enum Dots {
    /// Black ones and white ones.
    Ink(Bitmap),
    /// Shades of grey.
    Grey(Grey),
}

impl Dots {
    /// Dots across and down.
    pub const fn size(&self) -> (u32, u32) {
        match self {
            Self::Ink(ink) => (ink.width, ink.height),
            Self::Grey(grey) => (grey.width, grey.height),
        }
    }

    /// No dot at all.
    const NONE: Self = Self::Ink(Bitmap { width: 0, height: 0, bytes: Vec::new() });

    /// The same in grey.
    fn grey(self) -> Grey {
        match self {
            Self::Grey(grey) => grey,
            Self::Ink(ink) => {
                let (width, height) = (ink.width, ink.height);
                let shades = |row: u32| {
                    let bits =
                        ink.row(row).iter().flat_map(|byte| (0..8).rev().map(move |n| byte >> n));
                    bits.map(|bit| if bit & 1 == 1 { 0 } else { 0xff }).take(width as usize)
                };
                Grey::new(width, height, (0..height).flat_map(shades).collect())
            }
        }
    }

    /// Makes a row white.
    pub(super) fn whiten(&mut self, row: u32) {
        match self {
            Self::Ink(ink) => ink.row_mut(row).fill(0),
            Self::Grey(grey) => {
                let (width, start) = (grey.width as usize, grey.width as usize * row as usize);
                grey.bytes.get_mut(start..start + width).unwrap_or_default().fill(0xff);
            }
        }
    }
}

/// Black dots on white ones, eight in a byte, the left one highest, black being 1. The bits beyond
/// a row's last dot are 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bitmap {
    width: u32,
    height: u32,
    bytes: Vec<u8>,
}

impl Bitmap {
    /// A white page.
    pub fn new(width: u32, height: u32) -> Self {
        let bytes = vec![0; row_bytes(width) * height as usize];
        Self { width, height, bytes }
    }

    /// A page of packed rows; what is missing is white.
    pub(super) fn of_rows(width: u32, height: u32, mut bytes: Vec<u8>) -> Self {
        bytes.resize(row_bytes(width) * height as usize, 0);
        let mut ink = Self { width, height, bytes };
        ink.clear_edges();
        ink
    }

    /// Dots across.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Dots down.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// A row's dots; none beyond the last row.
    pub fn row(&self, row: u32) -> &[u8] {
        let length = row_bytes(self.width);
        let start = length * row as usize;
        self.bytes.get(start..start + length).unwrap_or_default()
    }

    /// A row's dots, to be changed.
    pub(super) fn row_mut(&mut self, row: u32) -> &mut [u8] {
        let length = row_bytes(self.width);
        let start = length * row as usize;
        self.bytes.get_mut(start..start + length).unwrap_or_default()
    }

    /// Whether a dot is black; beyond the edges all is white.
    pub fn black(&self, x: u32, y: u32) -> bool {
        let byte = self.row(y).get(x as usize / 8).copied().unwrap_or(0);
        x < self.width && byte & (0x80 >> (x % 8)) != 0
    }

    /// Makes a dot black or white; there is none beyond the edges.
    pub(super) fn paint(&mut self, x: u32, y: u32, is_black: bool) {
        let bit = 0x80 >> (x % 8);
        if x < self.width
            && let Some(byte) = self.row_mut(y).get_mut(x as usize / 8)
        {
            *byte = if is_black { *byte | bit } else { *byte & !bit };
        }
    }

    /// How many dots are black.
    pub fn ink(&self) -> usize {
        self.bytes.iter().map(|byte| byte.count_ones() as usize).sum()
    }

    /// Blackens a white row between its changes: from the first to the second, and so on.
    pub(super) fn fill(&mut self, row: u32, changes: &[u32]) {
        let width = self.width;
        let bytes = self.row_mut(row);
        for run in changes.chunks(2) {
            let start = run.first().copied().unwrap_or(width) as usize;
            let end = run.get(1).copied().unwrap_or(width) as usize;
            blacken(bytes, start, end);
        }
    }

    /// Swaps black and white.
    pub(super) fn invert(&mut self) {
        self.bytes.iter_mut().for_each(|byte| *byte = !*byte);
        self.clear_edges();
    }

    /// Makes the bits beyond each row's last dot 0.
    pub(super) fn clear_edges(&mut self) {
        let spare = self.width.next_multiple_of(8) - self.width;
        let length = row_bytes(self.width).max(1);
        for last in self.bytes.iter_mut().skip(length - 1).step_by(length) {
            *last &= 0xff << spare;
        }
    }
}

/// Blackens the dots from `start` up to `end`.
fn blacken(bytes: &mut [u8], start: usize, end: usize) {
    if start >= end {
        return;
    }
    let (first, last) = (start / 8, (end - 1) / 8);
    let (left, right) = (0xff_u8 >> (start % 8), 0xff_u8 << (7 - (end - 1) % 8));
    let Some(run) = bytes.get_mut(first..=last) else { return };
    match run {
        [] => {}
        [one] => *one |= left & right,
        [one, middle @ .., other] => {
            *one |= left;
            middle.fill(0xff);
            *other |= right;
        }
    }
}

/// How many bytes a row of `width` dots takes.
pub(super) const fn row_bytes(width: u32) -> usize {
    width.div_ceil(8) as usize
}

/// Shades of grey, one byte a dot, 0 being black.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grey {
    width: u32,
    height: u32,
    bytes: Vec<u8>,
}

impl Grey {
    /// A page of shades, row after row; what is missing is white.
    pub fn new(width: u32, height: u32, mut bytes: Vec<u8>) -> Self {
        bytes.resize(width as usize * height as usize, 0xff);
        Self { width, height, bytes }
    }

    /// A row's shades; none beyond the last row.
    pub fn row(&self, row: u32) -> &[u8] {
        let start = self.width as usize * row as usize;
        self.bytes.get(start..start + self.width as usize).unwrap_or_default()
    }

    /// All shades, row after row.
    pub fn shades(&self) -> &[u8] {
        &self.bytes
    }
}

/// Damaged rows, told as runs: the first and the last of each, counted from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Damage(Vec<(u32, u32)>);

impl Damage {
    /// Notes the row after `above` others as damaged. Rows are noted from the top.
    pub(super) fn row(&mut self, above: u32) {
        self.rows(above, 1);
    }

    /// Notes `count` rows after `above` others.
    pub(super) fn rows(&mut self, above: u32, count: u32) {
        match self.0.last_mut() {
            _ if count == 0 => {}
            Some((_, last)) if *last == above => *last += count,
            _ => self.0.push((above + 1, above + count)),
        }
    }

    /// How many rows are damaged.
    pub fn count(&self) -> u32 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }

    /// The runs, from the top.
    pub fn runs(&self) -> &[(u32, u32)] {
        &self.0
    }
}

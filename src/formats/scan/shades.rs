//! What stands for a dot in files, made black and white or grey.

use super::page::{Bitmap, Damage, Dots, Grey, row_bytes};

/// What stands for one dot. The number is how many bytes it has, some of them passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Samples {
    /// One bit, 1 being black.
    InkIsOne,
    /// One bit, 0 being black.
    InkIsZero,
    /// A byte, 255 being white.
    Grey(usize),
    /// A byte, 0 being white.
    Darkness(usize),
    /// Red, green and blue.
    Rgb(usize),
}

impl Samples {
    /// How far apart the bytes of two dots are.
    pub(super) const fn step(self) -> usize {
        match self {
            Self::InkIsOne | Self::InkIsZero => 1,
            Self::Grey(bytes) | Self::Darkness(bytes) | Self::Rgb(bytes) => bytes,
        }
    }

    /// How many bytes a row of `width` dots takes.
    pub(super) const fn row_bytes(self, width: u32) -> usize {
        match self {
            Self::InkIsOne | Self::InkIsZero => row_bytes(width),
            Self::Grey(bytes) | Self::Darkness(bytes) | Self::Rgb(bytes) => bytes * width as usize,
        }
    }
}

/// Makes dots of whole rows; damaged rows become white.
pub(super) fn dots(
    (width, height): (u32, u32),
    rows: Vec<u8>,
    samples: Samples,
    damage: &Damage,
) -> Dots {
    let mut dots = match samples {
        Samples::InkIsOne | Samples::InkIsZero => {
            let mut ink = Bitmap::of_rows(width, height, rows);
            if samples == Samples::InkIsZero {
                ink.invert();
            }
            Dots::Ink(ink)
        }
        Samples::Grey(1) => Dots::Grey(Grey::new(width, height, rows)),
        Samples::Grey(bytes) | Samples::Darkness(bytes) | Samples::Rgb(bytes) => {
            let shades = rows.chunks_exact(bytes).map(|dot| shade(dot, samples)).collect();
            Dots::Grey(Grey::new(width, height, shades))
        }
    };
    for &(first, last) in damage.runs() {
        (first..=last).for_each(|row| dots.whiten(row - 1));
    }
    dots
}

/// Adds the shades of a row to those above it.
pub(super) fn add_row(greys: &mut Vec<u8>, row: &[u8], samples: Samples) {
    match samples {
        Samples::Grey(1) => greys.extend_from_slice(row),
        Samples::Grey(bytes) | Samples::Darkness(bytes) | Samples::Rgb(bytes) => {
            greys.extend(row.chunks_exact(bytes).map(|dot| shade(dot, samples)));
        }
        Samples::InkIsOne | Samples::InkIsZero => {}
    }
}

/// The shade of one dot.
fn shade(dot: &[u8], samples: Samples) -> u8 {
    match (samples, dot) {
        (Samples::Darkness(_), [dark, ..]) => !dark,
        (Samples::Rgb(_), [red, green, blue, ..]) => luma(*red, *green, *blue),
        (_, [grey, ..]) => *grey,
        (_, []) => 0xff,
    }
}

/// How bright a colour looks (ITU-R BT.601).
pub(super) fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue);
    u8::try_from(sum >> 8).unwrap_or(0xff)
}

/// Undoes differences from the dot at the left, in rows of `row` bytes.
pub(super) fn add_up(rows: &mut [u8], row: usize, samples: Samples) {
    let (Samples::Grey(bytes) | Samples::Darkness(bytes) | Samples::Rgb(bytes)) = samples else {
        return;
    };
    for row in rows.chunks_mut(row.max(1)) {
        for at in bytes..row.len() {
            row[at] = row[at].wrapping_add(row[at - bytes]);
        }
    }
}

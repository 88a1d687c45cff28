//! A page as a small picture for eyes.

use super::page::{Dots, Page};
use crate::domain::ScanFlaw;

/// How much further apart than the others dots of one direction may lie.
const STRETCH_MAX: u32 = 4;

impl Page {
    /// The size it has with square dots: the direction with fewer dots an inch is stretched.
    pub fn square_size(&self) -> (u32, u32) {
        let (width, height) = self.dots.size();
        let (across, down) = self.dpi;
        let stretch = |side: u32, from: u32, to: u32| {
            let stretched = u64::from(side) * u64::from(to) / u64::from(from.max(1));
            u32::try_from(stretched).unwrap_or(side)
        };
        let (few, many) = (across.min(down), across.max(down));
        if few == 0 || many / few > STRETCH_MAX {
            (width, height)
        } else if across > down {
            (width, stretch(height, down, across))
        } else {
            (stretch(width, across, down), height)
        }
    }

    /// A grey PNG with square dots, as it is to stand, at most `width` dots wide. Many dots become
    /// one by their average, so that thin strokes stay.
    pub fn to_png(&self, width: u32) -> Result<Vec<u8>, ScanFlaw> {
        let as_shown =
            |(across, down)| if self.turns % 2 == 1 { (down, across) } else { (across, down) };
        let (full, down) = as_shown(self.square_size());
        let across = full.min(width).max(1);
        let height = u64::from(down) * u64::from(across) / u64::from(full.max(1));
        let height = u32::try_from(height).unwrap_or(down).max(1);
        let lying = as_shown((across, height));
        let shades = turned(averaged(&self.dots, lying), lying.0 as usize, self.turns);
        let failed = |error| ScanFlaw::Damaged(format!("the picture: {error}"));
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, across, height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(failed)?;
        writer.write_image_data(&shades).map_err(failed)?;
        writer.finish().map_err(failed)?;
        Ok(out)
    }
}

/// The dots in another size, each the average of those it stands for.
fn averaged(dots: &Dots, (width, height): (u32, u32)) -> Vec<u8> {
    let (from_width, from_height) = dots.size();
    let columns: Vec<(usize, usize)> = (0..width).map(|x| part(x, width, from_width)).collect();
    let mut shades = Vec::with_capacity(width as usize * height as usize);
    let mut sums = vec![0_u32; from_width as usize];
    for y in 0..height {
        let (first, end) = part(y, height, from_height);
        sums.fill(0);
        for row in first..end {
            add(dots, u32::try_from(row).unwrap_or(u32::MAX), &mut sums);
        }
        for &(left, right) in &columns {
            let sum: u64 = sums[left..right].iter().copied().map(u64::from).sum();
            let count = (right - left) * (end - first);
            let average = sum.checked_div(count as u64).unwrap_or(0xff);
            shades.push(u8::try_from(average).unwrap_or(0xff));
        }
    }
    shades
}

/// Shades in rows of `width`, turned to the right by quarters.
fn turned(shades: Vec<u8>, width: usize, turns: u8) -> Vec<u8> {
    let column = |x: usize| shades.iter().skip(x).step_by(width.max(1)).copied();
    match turns {
        1 => (0..width).flat_map(|x| column(x).rev()).collect(),
        2 => shades.into_iter().rev().collect(),
        3 => (0..width).rev().flat_map(column).collect(),
        _ => shades,
    }
}

/// The dots that the dot `n` of `count` stands for, of `from` dots: at least one.
fn part(n: u32, count: u32, from: u32) -> (usize, usize) {
    let at = |n: u32| {
        let place = u64::from(n) * u64::from(from) / u64::from(count.max(1));
        usize::try_from(place).unwrap_or(usize::MAX)
    };
    let first = at(n).min((from as usize).saturating_sub(1));
    (first, at(n + 1).max(first + 1))
}

/// Adds a row's shades.
fn add(dots: &Dots, row: u32, sums: &mut [u32]) {
    match dots {
        Dots::Grey(grey) => {
            sums.iter_mut().zip(grey.row(row)).for_each(|(sum, shade)| *sum += u32::from(*shade));
        }
        Dots::Ink(ink) => {
            for (eight, byte) in sums.chunks_mut(8).zip(ink.row(row)) {
                for (sum, bit) in eight.iter_mut().zip((0..8).rev()) {
                    *sum += if byte >> bit & 1 == 1 { 0 } else { 0xff };
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_turned_to_the_right_by_quarters() {
        let two_rows = || vec![1, 2, 3, 4, 5, 6];
        assert_eq!(turned(two_rows(), 3, 0), two_rows());
        assert_eq!(turned(two_rows(), 3, 1), [4, 1, 5, 2, 6, 3]);
        assert_eq!(turned(two_rows(), 3, 2), [6, 5, 4, 3, 2, 1]);
        assert_eq!(turned(two_rows(), 3, 3), [3, 6, 2, 5, 1, 4]);
    }
}

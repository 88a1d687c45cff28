//! Lines where a paper was folded, black or white, taken out before codes are looked for.
//!
//! A line through one of the three squares of a code hides the code, however little of it is lost.
//! Lines are known by their length: no run of dots of one colour within a code is as long. What
//! they cover is filled up from both sides.

use super::page::Bitmap;

/// Of an inch a run within a code has at most this part, in thousandths: the three squares have
/// solid sides of seven millimetres.
const RUN: u32 = 320;

/// Of an inch a black fold is at most this wide, in thousandths: a millimetre.
const BLACK_WIDE: u32 = 40;

/// And a white one, which runs on into the margin as white parts of a code do; those are wider.
const WHITE_WIDE: u32 = 25;

/// A page without lines across it that are thin, black and then white ones.
pub(super) fn without_lines_across(ink: &Bitmap, dpi: u32) -> Bitmap {
    without(&without(ink, dpi, Colour::Black), dpi, Colour::White)
}

/// The same with lines down it, turned round its diagonal and back.
pub(super) fn without_lines_down(ink: &Bitmap, dpi: u32) -> Bitmap {
    flipped(&without_lines_across(&flipped(ink), dpi))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colour {
    Black,
    White,
}

fn without(ink: &Bitmap, dpi: u32, colour: Colour) -> Bitmap {
    let wide = if colour == Colour::Black { BLACK_WIDE } else { WHITE_WIDE };
    let (run, wide) = (dpi * RUN / 1_000, dpi * wide / 1_000);
    let lines = long_runs(ink, run.max(16), colour);
    let mut out = ink.clone();
    // Which columns are within a line, and since which row. Most go on as they were.
    let mut within = vec![0_u8; lines.row(0).len()];
    let mut since = vec![0_u32; within.len() * 8];
    let nothing = within.clone();
    for y in 0..=ink.height() {
        let row = if y < ink.height() { lines.row(y) } else { &nothing };
        for ((x, now), was) in (0..).step_by(8).zip(row).zip(&mut within) {
            let changed = *now ^ *was;
            for (x, bit) in (x..x + 8).zip((0..8).rev()).filter(|(_, bit)| changed >> bit & 1 == 1)
            {
                let Some(first) = since.get_mut(x as usize) else { continue };
                if now >> bit & 1 == 1 {
                    *first = y;
                } else if *first > 0 && y < ink.height() && y - *first <= wide.max(2) {
                    // What is wider is no fold, and what lies at an edge has but one side.
                    let (above, below) = (ink.black(x, *first - 1), ink.black(x, y));
                    for row in *first..y {
                        let is_black = if row - *first < y - row { above } else { below };
                        out.paint(x, row, is_black);
                    }
                }
            }
            *was = *now;
        }
    }
    out
}

/// The dots in runs of a colour across that are at least so long.
fn long_runs(ink: &Bitmap, least: u32, colour: Colour) -> Bitmap {
    let mut long = Bitmap::new(ink.width(), ink.height());
    for y in 0..ink.height() {
        let (mut changes, mut start) = (Vec::new(), None);
        let mut end = |start: &mut Option<u32>, x: u32| {
            if let Some(first) = start.take().filter(|first| x - first >= least) {
                changes.extend([first, x]);
            }
        };
        for (x, byte) in (0..).step_by(8).zip(ink.row(y)) {
            let bits = if colour == Colour::Black { *byte } else { !byte };
            match (bits, start) {
                (0xff, Some(_)) | (0, None) => {}
                _ => {
                    for (x, bit) in (x..ink.width().min(x + 8)).zip((0..8).rev()) {
                        if bits >> bit & 1 == 0 {
                            end(&mut start, x);
                        } else if start.is_none() {
                            start = Some(x);
                        }
                    }
                }
            }
        }
        end(&mut start, ink.width());
        long.fill(y, &changes);
    }
    long
}

/// A page turned round its diagonal.
fn flipped(ink: &Bitmap) -> Bitmap {
    let mut out = Bitmap::new(ink.height(), ink.width());
    for y in 0..ink.height() {
        let row = ink.row(y);
        for (x, byte) in (0..).step_by(8).zip(row).filter(|(_, byte)| **byte != 0) {
            for bit in (0..8).filter(|bit| byte & (0x80 >> bit) != 0) {
                out.paint(y, x + bit, true);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square of ten dots, whole, and with a white line through it and a black one across all
    /// above it.
    fn folded() -> (Bitmap, Bitmap) {
        let mut whole = Bitmap::new(200, 40);
        (10..20).for_each(|y| whole.fill(y, &[15, 25]));
        let mut ink = whole.clone();
        (14..17).for_each(|y| ink.row_mut(y).fill(0));
        (11..13).for_each(|y| ink.fill(y, &[0, 200]));
        (30..33).for_each(|y| ink.fill(y, &[0, 200]));
        (whole, ink)
    }

    #[test]
    fn thin_lines_go_and_what_they_cut_is_whole_again() {
        let (whole, ink) = folded();
        assert_eq!(without_lines_across(&ink, 130), whole);
        assert_eq!(without_lines_down(&flipped(&ink), 130), flipped(&whole));
        assert_eq!(without_lines_down(&ink, 130).ink(), ink.ink(), "down there is none");
        assert_eq!(flipped(&flipped(&ink)), ink);
    }
}

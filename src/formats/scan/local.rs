//! Shades of grey in black and white, by what lies around each dot.
//!
//! One limit for a whole page takes a paper on a dark desk for the desk's ink, and the half of a
//! page in the shadow for ink altogether. Here each part of a page has a limit of its own: half way
//! between the lightest and the darkest around it. Where those hardly differ nothing is written.

use super::page::Bitmap;

/// Parts along the longer side of a page: on A4 each is three millimetres, a stroke and the paper
/// beside it.
const PARTS: u32 = 100;

/// How much darker than the paper ink is.
const INK: u8 = 40;

/// Parts at each side that are looked at, too: fifteen millimetres on A4, more than the solid parts
/// of a code.
const AROUND: usize = 2;

/// Makes black and white of shades in rows of `width`, 0 being black.
pub(super) fn ink(shades: &[u8], (width, height): (u32, u32)) -> Bitmap {
    let mut ink = Bitmap::new(width, height);
    let across = width as usize;
    if across == 0 {
        return ink;
    }
    // Of whole bytes, so that a row of a part is a row of bytes.
    let side = (width.max(height) / PARTS).max(1).next_multiple_of(8) as usize;
    let halves: Vec<Vec<Option<u8>>> =
        shades.chunks(across * side).map(|band| halves(band, across, side)).collect();
    let bands = shades.chunks(across * side).enumerate();
    for (band, rows) in bands {
        let limits = limits(&halves, band, across.div_ceil(side));
        for (n, row) in rows.chunks(across).enumerate() {
            let y = u32::try_from(band * side + n).unwrap_or(u32::MAX);
            let parts = row.chunks(side).zip(&limits);
            for ((shades, limit), bytes) in parts.zip(ink.row_mut(y).chunks_mut(side / 8)) {
                for (byte, eight) in bytes.iter_mut().zip(shades.chunks(8)) {
                    let bits = eight.iter().zip((0..8).rev());
                    *byte = bits.map(|(shade, bit)| u8::from(shade < limit) << bit).sum();
                }
            }
        }
    }
    ink
}

/// Half way from the darkest to the lightest of each part of a band; none where they are alike.
fn halves(band: &[u8], across: usize, side: usize) -> Vec<Option<u8>> {
    let mut ends = vec![(u8::MAX, 0); across.div_ceil(side)];
    for row in band.chunks(across) {
        for ((dark, light), part) in ends.iter_mut().zip(row.chunks(side)) {
            *dark = part.iter().copied().fold(*dark, u8::min);
            *light = part.iter().copied().fold(*light, u8::max);
        }
    }
    let half =
        |(dark, light): (u8, u8)| (light.saturating_sub(dark) > INK).then(|| dark.midpoint(light));
    ends.into_iter().map(half).collect()
}

/// Below which shade dots are ink, for each part of a band: the average around it. Far from all
/// ink there is none.
fn limits(halves: &[Vec<Option<u8>>], band: usize, parts: usize) -> Vec<u8> {
    let near = |at: usize, count: usize| at.saturating_sub(AROUND)..(at + AROUND + 1).min(count);
    let bands = halves.get(near(band, halves.len())).unwrap_or_default();
    let limit = |part: usize| {
        let around = bands.iter().filter_map(|band| band.get(near(part, parts))).flatten();
        let (mut sum, mut count) = (0_usize, 0_usize);
        for half in around.flatten() {
            sum += usize::from(*half);
            count += 1;
        }
        sum.checked_div(count).and_then(|limit| u8::try_from(limit).ok()).unwrap_or(0)
    };
    (0..parts).map(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stroke_is_found_on_light_paper_and_in_the_shadow_and_none_where_nothing_is() {
        let (width, height) = (800, 80);
        // From white at the left to nearly black, as under a lamp; a stroke that is darker by half.
        let paper = |x: u32| u8::try_from(250 - x / 5).unwrap();
        let is_stroke = |x: u32, y: u32| (30..34).contains(&y) && x < 500;
        let shade = |x, y| if is_stroke(x, y) { paper(x) / 2 } else { paper(x) };
        let shades: Vec<u8> =
            (0..height).flat_map(|y| (0..width).map(move |x| shade(x, y))).collect();
        let ink = ink(&shades, (width, height));
        let all = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let wrong: Vec<_> = all.filter(|(x, y)| ink.black(*x, *y) != is_stroke(*x, *y)).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}

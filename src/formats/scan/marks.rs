//! What the QR codes on a page say, and whether anything is on it.
//!
//! A FAX adds specks, loses and doubles rows, and lies askew. A dot becomes what most of the nine
//! around it are before codes are looked for: with one dot in a hundred flipped, hardly a code is
//! read without that. What is not read so is tried as it came, without the lines of folds, and at
//! twice the size.

use rqrr::PreparedImage;

use super::page::{Bitmap, Dots, Grey, Page, row_bytes};
use super::{folds, local};

/// Dots down or across up to which codes are looked for as they are; larger pages are shrunk.
const SIDE_MAX: u32 = 4_600;

/// Of this many dots one may be black on a page with nothing on it.
const SPECK: usize = 20_000;

/// Codes of a page that are told, and the length of each.
const MARKS_MAX: usize = 32;

/// What was found.
#[derive(Debug)]
pub(super) struct Marks {
    /// What the codes say, from the top.
    pub(super) texts: Vec<String>,
    /// Whether nothing is on the page.
    pub(super) blank: bool,
    /// Whether more than the first way was tried.
    pub(super) looked_hard: bool,
}

/// Looks at a page; with all means where `hard` says so.
pub(super) fn read(page: &Page, hard: bool) -> Marks {
    let ink = ink_of(page);
    let clean = majority(&ink);
    let speck = ink.width() as usize * ink.height() as usize / SPECK;
    let whole = page.damage.count() == 0;
    if clean.ink() <= speck {
        return Marks { texts: Vec::new(), blank: whole, looked_hard: false };
    }
    let look = Look::at(&clean);
    if look.answered() || !hard {
        return Marks { texts: look.texts(), blank: false, looked_hard: false };
    }
    let raw = Look::at(&ink);
    let mut found = vec![look, raw];
    // A fold may hide even that there is a code.
    let dpi = inch_of(page, &clean);
    for unfolded in [folds::without_lines_across, folds::without_lines_down] {
        if !found.iter().any(Look::answered) {
            found.push(Look::at(&unfolded(&clean, dpi)));
        }
    }
    // Twice the size is dear, and helps only where there is something like a code.
    if !found.iter().any(Look::answered) && found.iter().any(Look::suspects) {
        found.push(Look::at(&doubled(&clean)).halved());
        if !found.iter().any(Look::answered) {
            found.push(Look::at(&doubled(&ink)).halved());
        }
    }
    Marks { texts: together(found).texts(), blank: false, looked_hard: true }
}

/// What several looks read of one page: of a sheet with several codes each look may miss another.
fn together(mut found: Vec<Look>) -> Look {
    found.sort_by_key(|look| std::cmp::Reverse(look.read.len()));
    let mut all = Look { read: Vec::new(), seen: 0 };
    for look in found {
        let fresh: Vec<_> = look
            .read
            .into_iter()
            .filter(|(.., text)| !all.read.iter().any(|(.., known)| known == text))
            .collect();
        all.read.extend(fresh);
    }
    all.read.sort();
    all.read.truncate(MARKS_MAX);
    all
}

/// What one look found.
struct Look {
    /// Where each code that was read lies, and what it says.
    read: Vec<(i32, i32, String)>,
    /// How many looked like codes.
    seen: usize,
}

impl Look {
    fn at(ink: &Bitmap) -> Self {
        let (width, height) = (ink.width() as usize, ink.height() as usize);
        let bytes = row_bytes(ink.width());
        let mut row = (usize::MAX, &[][..]);
        let mut image = PreparedImage::prepare_from_bitmap(width, height, |x, y| {
            if row.0 != y {
                row = (y, u32::try_from(y).map_or(&[][..], |y| ink.row(y)));
            }
            debug_assert!(x / 8 < bytes, "a dot within the row");
            row.1.get(x / 8).is_some_and(|byte| byte & (0x80 >> (x % 8)) != 0)
        });
        let grids = image.detect_grids();
        let mut read = Vec::new();
        for grid in &grids {
            let Ok((_, text)) = grid.decode() else { continue };
            let top = grid.bounds.iter().map(|point| point.y).min().unwrap_or(0);
            let left = grid.bounds.iter().map(|point| point.x).min().unwrap_or(0);
            read.push((top, left, text));
        }
        read.sort();
        read.truncate(MARKS_MAX);
        Self { read, seen: grids.len() }
    }

    /// The same where a page of half the size has it.
    fn halved(mut self) -> Self {
        for (top, left, _) in &mut self.read {
            (*top, *left) = (*top / 2, *left / 2);
        }
        self
    }

    /// Whether everything that looked like a code was read.
    fn answered(&self) -> bool {
        !self.read.is_empty() && self.read.len() == self.seen
    }

    fn suspects(&self) -> bool {
        self.seen > 0
    }

    fn texts(self) -> Vec<String> {
        self.read.into_iter().map(|(_, _, text)| text).collect()
    }
}

/// Dots an inch of a page in black and white; one that does not tell is taken for A4.
fn inch_of(page: &Page, ink: &Bitmap) -> u32 {
    let (wide, _) = page.square_size();
    match page.dpi.0.max(page.dpi.1) {
        0 => ink.width() / 8,
        dpi => (dpi.min(9_600) * ink.width()).checked_div(wide).unwrap_or(0),
    }
}

/// The page in black and white with about square dots, at most some thousand a side.
fn ink_of(page: &Page) -> Bitmap {
    let (width, height) = page.dots.size();
    let (wide, high) = page.square_size();
    // Dots that are nearly square are left: to repeat one row in twenty helps nobody.
    let rows = (high / height.max(1)).max(1);
    let columns = (wide / width.max(1)).max(1);
    let shrink = (width * columns).max(height * rows).div_ceil(SIDE_MAX).max(1);
    let size = (width * columns / shrink, height * rows / shrink);
    let from = |x: u32, y: u32| (x * shrink / columns, y * shrink / rows);
    match &page.dots {
        Dots::Ink(ink) if (rows, columns, shrink) == (1, 1, 1) => ink.clone(),
        Dots::Ink(ink) => sampled(ink, size, from),
        Dots::Grey(grey) if (rows, columns, shrink) == (1, 1, 1) => local::ink(grey.shades(), size),
        Dots::Grey(grey) => {
            let row = |y| (0..size.0).map(move |x| shade(grey, from(x, y), shrink));
            let shades: Vec<u8> = (0..size.1).flat_map(row).collect();
            local::ink(&shades, size)
        }
    }
}

/// A page of another size, whose dots are those at the places `from` tells.
fn sampled(
    ink: &Bitmap,
    (across, down): (u32, u32),
    from: impl Fn(u32, u32) -> (u32, u32),
) -> Bitmap {
    let mut out = Bitmap::new(across, down);
    for y in 0..down {
        let to = out.row_mut(y);
        for x in 0..across {
            let (column, row) = from(x, y);
            if ink.black(column, row)
                && let Some(byte) = to.get_mut(x as usize / 8)
            {
                *byte |= 0x80 >> (x % 8);
            }
        }
    }
    out
}

/// The shade of the dots that become one.
fn shade(grey: &Grey, (x, y): (u32, u32), shrink: u32) -> u8 {
    let (x, side) = (x as usize, shrink as usize);
    let rows = (y..y + shrink).map(|y| grey.row(y).get(x..x + side).unwrap_or_default());
    let (mut sum, mut count) = (0_usize, 0_usize);
    for shade in rows.flatten() {
        sum += usize::from(*shade);
        count += 1;
    }
    sum.checked_div(count).and_then(|shade| u8::try_from(shade).ok()).unwrap_or(0xff)
}

/// Each dot as most of the nine around it are.
fn majority(ink: &Bitmap) -> Bitmap {
    let mut out = Bitmap::new(ink.width(), ink.height());
    let sums: Vec<_> = (0..3).map(|_| Sums::default()).collect();
    let Ok([mut above, mut here, mut below]): Result<[Sums; 3], _> = sums.try_into() else {
        return out;
    };
    here.of(ink.row(0));
    for y in 0..ink.height() {
        below.of(ink.row(y + 1));
        for (at, byte) in out.row_mut(y).iter_mut().enumerate() {
            *byte = most([&above, &here, &below].map(|sums| sums.at(at)));
        }
        std::mem::swap(&mut above, &mut here);
        std::mem::swap(&mut here, &mut below);
    }
    out.clear_edges();
    out
}

/// Of each dot of a row and its neighbours at both sides, how many are black: in two bits.
#[derive(Debug, Default)]
struct Sums(Vec<(u8, u8)>);

impl Sums {
    fn of(&mut self, row: &[u8]) {
        self.0.clear();
        let byte = |at: Option<usize>| at.and_then(|at| row.get(at)).copied().unwrap_or(0);
        self.0.extend(row.iter().enumerate().map(|(at, &mid)| {
            let left = mid >> 1 | byte(at.checked_sub(1)) << 7;
            let right = mid << 1 | byte(Some(at + 1)) >> 7;
            (left ^ mid ^ right, two_of(left, mid, right))
        }));
    }

    fn at(&self, at: usize) -> (u8, u8) {
        self.0.get(at).copied().unwrap_or((0, 0))
    }
}

/// Whether at least two of three are set.
const fn two_of(a: u8, b: u8, c: u8) -> u8 {
    a & b | c & (a | b)
}

/// Whether three sums of two bits come to five or more.
const fn most([(a0, a1), (b0, b1), (c0, c1)]: [(u8, u8); 3]) -> u8 {
    let (one, carry) = (a0 ^ b0 ^ c0, two_of(a0, b0, c0));
    // How many twos there are besides the carried one.
    let (low, high) = (a1 ^ b1 ^ c1, two_of(a1, b1, c1));
    let two_twos = high & !low & !carry | low & !high & carry;
    high & (low | carry) | one & two_twos
}

/// Each dot as four.
fn doubled(ink: &Bitmap) -> Bitmap {
    let mut out = Bitmap::new(ink.width() * 2, ink.height() * 2);
    for y in 0..out.height() {
        let from = ink.row(y / 2);
        for (at, byte) in out.row_mut(y).iter_mut().enumerate() {
            let half = from.get(at / 2).copied().unwrap_or(0) >> (4 * (1 - at % 2)) & 0x0f;
            *byte = (0..4).filter(|bit| half >> bit & 1 == 1).map(|bit| 3 << (2 * bit)).sum();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_of_nine_dots_decide() {
        for dots in 0..512_u32 {
            let row = |n: u32| {
                let black = (dots >> (3 * n) & 7).count_ones();
                (u8::from(black % 2 == 1), u8::from(black > 1))
            };
            let expected = u8::from(dots.count_ones() >= 5);
            assert_eq!(most([row(0), row(1), row(2)]) & 1, expected, "{dots:09b}");
        }
    }

    #[test]
    fn a_speck_goes_and_a_stroke_stays() {
        let mut ink = Bitmap::new(40, 9);
        ink.fill(1, &[15, 16]);
        (3..9).for_each(|y| ink.fill(y, &[7, 18]));
        let clean = majority(&ink);
        assert!(!clean.black(15, 1) && clean.black(8, 5) && clean.black(16, 5));
        assert_eq!(clean.ink(), 11 * 6 - 4, "the corners are rounded");
    }

    #[test]
    fn a_doubled_page_is_four_times_as_black() {
        let mut ink = Bitmap::new(13, 3);
        ink.fill(1, &[2, 5, 9, 13]);
        let twice = doubled(&ink);
        assert_eq!((twice.ink(), twice.width()), (4 * ink.ink(), 26));
        assert!((18..26).all(|x| twice.black(x, 2) && twice.black(x, 3)) && !twice.black(17, 3));
    }
}

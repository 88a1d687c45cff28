//! Pages in grey that are not lit evenly: scanned with an open lid, or photographed.

use kessai::domain::Seen;
use kessai::formats::scan;

use super::fax::{Sent, TEXT, arrived, code};
use super::picture::{Chance, Ink, tiff};

/// A page in shades of grey.
pub(crate) struct Shades {
    width: u32,
    height: u32,
    rows: Vec<u8>,
}

impl Shades {
    /// Each dot as it is told.
    fn of((width, height): (u32, u32), shade: impl Fn(u32, u32) -> u32) -> Self {
        let shade = |x, y| u8::try_from(shade(x, y)).unwrap();
        let shades = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let rows = shades.map(|(x, y)| shade(x, y)).collect();
        Self { width, height, rows }
    }

    pub(crate) fn tiff(&self) -> Vec<u8> {
        let tags = [(256, self.width), (257, self.height), (258, 8), (259, 1), (262, 1)];
        tiff(&tags, (204, 196), &self.rows)
    }
}

fn black(ink: &Ink, x: u32, y: u32) -> bool {
    x < ink.width
        && y < ink.height
        && ink.rows[(y * ink.width.div_ceil(8) + x / 8) as usize] & (0x80 >> (x % 8)) != 0
}

/// A paper with a code that lies on a dark ground twice its size: commonest is what is no paper.
pub(crate) fn on_dark(chance: &mut Chance) -> Shades {
    let sent = Sent { speck: 1_000, ..Sent::FINE };
    let ink = arrived(&code(), sent, chance);
    let (width, height) = (ink.width, ink.height);
    let ground = u32::try_from(chance.below(60)).unwrap();
    Shades::of((2 * width, 2 * height), |x, y| {
        let (x, y) = (x.wrapping_sub(width / 2), y.wrapping_sub(height / 2));
        let is_paper = x < width && y < height;
        match (is_paper, black(&ink, x, y)) {
            (true, true) => 30,
            (true, false) => 220,
            (false, _) => ground,
        }
    })
}

/// One that a lamp at the left lights: its paper at the right is darker than its ink at the left.
pub(crate) fn by_a_lamp(chance: &mut Chance) -> Shades {
    let ink = arrived(&code(), Sent { speck: 1_000, ..Sent::FINE }, chance);
    let (width, height) = (ink.width, ink.height);
    Shades::of((width, height), |x, y| {
        let paper = 250 - 190 * x / width;
        if black(&ink, x, y) { paper * 3 / 10 } else { paper }
    })
}

#[test]
fn a_code_on_a_paper_with_a_dark_surround_or_a_shadow_is_read() {
    let mut chance = Chance(20_261_211);
    let mut read = 0;
    for page in (0..20).flat_map(|_| [on_dark(&mut chance), by_a_lamp(&mut chance)]) {
        let scan = scan::read(&page.tiff()).unwrap();
        assert_ne!(scan.pages[0].seen, Seen::Nothing);
        let marks = &scan.pages[0].marks;
        assert!(marks.is_empty() || marks == &[TEXT], "{marks:?}");
        read += marks.len();
    }
    assert!(read >= 38, "{read} of 40 were read");
}

#[test]
fn a_page_with_nothing_on_it_is_blank_also_where_it_lies_in_the_shadow() {
    for end in [0, 60, 150] {
        let page = Shades::of((800, 1_100), |x, y| 250 - end * (x + y) / 1_900);
        assert_eq!(scan::read(&page.tiff()).unwrap().pages[0].seen, Seen::Nothing, "{end}");
    }
}

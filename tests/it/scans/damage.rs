//! Scans that are cut off or have wrong bits.

use kessai::domain::ScanFlaw;
use kessai::formats::scan::{self, Document};
use proptest::prelude::*;

use super::picture::tiff;
use super::{original, page, rows, sample, samples};

/// Where the one strip of these samples lies: they were written strip first.
const STRIP: usize = 8;

#[test]
fn a_fax_that_is_cut_off_shows_the_rows_that_came_135() {
    let original = original();
    for name in ["g4-cut.tif", "g3-1d-cut.tif"] {
        let scan = scan::read(&sample(name)).unwrap();
        let told = &scan.pages[0];
        assert!((120..150).contains(&told.rows_read), "{name}: {told:?}");
        assert_eq!(told.damaged, [(told.rows_read + 1, 220)], "{name}");
        let read = told.rows_read as usize;
        assert!(rows(&page(&sample(name), 0))[..read] == original[..read], "{name}");
    }
}

#[test]
fn a_page_that_cannot_be_reached_is_still_counted() {
    let whole = sample("pages.tif");
    // Each directory comes after its strip: the last one is lost.
    let scan = scan::read(&whole[..whole.len() - 60]).unwrap();
    let heights: Vec<_> = scan.pages.iter().map(|page| (page.height, page.rows_read)).collect();
    assert_eq!(heights, [(220, 220), (220, 220), (0, 0)]);
    let hidden = scan.pages[2].hidden();
    assert!(matches!(hidden, Some(ScanFlaw::Damaged(_))), "nobody knows what was on it");
}

#[test]
fn after_wrong_bits_group_3_goes_on_at_the_next_row() {
    let original = original();
    let whole = sample("g3-1d-lsb.tif");
    let mut seen = 0;
    for at in (STRIP..3_600).step_by(97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        let page = page(&bytes, 0);
        let rows = rows(&page);
        let damaged = |row: usize| {
            let row = u32::try_from(row).unwrap() + 1;
            page.damage.runs().iter().any(|(first, last)| (*first..=*last).contains(&row))
        };
        // A mark that is lost makes one row of two, one that comes about makes two of one: what
        // follows is then one row higher or lower.
        let count = page.damage.count();
        assert!(count <= 3, "{at}: {:?}", page.damage);
        let same = |row: &usize| rows[*row] == original[*row] || damaged(*row);
        let higher = |row: &usize| original.get(row + 1) == Some(&rows[*row]);
        let lower = |row: &usize| *row > 0 && rows[*row] == original[row - 1];
        let wrong = (0..220).filter(|row| !same(row) && !higher(row) && !lower(row)).count();
        assert!(wrong <= 1, "{at}: {wrong} rows are wrong and not told");
        seen += count;
        let repeated = (1..220).filter(|row| damaged(*row) && *row < 219);
        for row in repeated.filter(|_| count == 1) {
            assert!(rows[row] == rows[row - 1], "{at}: a damaged row repeats the one above");
        }
    }
    assert!(seen >= 30, "{seen}");
}

#[test]
fn after_wrong_bits_a_two_way_row_waits_for_one_that_needs_no_other() {
    let original = original();
    let mut bytes = sample("g3-2d-lsb.tif");
    let middle = STRIP + 700;
    bytes[middle] ^= 0xff;
    let page = page(&bytes, 0);
    let [(first, last)] = page.damage.runs() else { panic!("{:?}", page.damage) };
    assert!(last - first < 4, "every fourth row at the latest stands alone: {first} to {last}");
    let (above, below) = (*first as usize - 1, *last as usize);
    let rows = rows(&page);
    assert!(rows[..above] == original[..above] && rows[below..] == original[below..]);
}

#[test]
fn after_wrong_bits_the_rest_of_a_group_4_strip_is_damaged() {
    let original = original();
    // Four strips of 64 rows; the second one gets an impossible code word at its beginning.
    let whole = sample("g4-msb.tif");
    let second = whole.windows(4).position(|four| four == second_strip()).unwrap();
    let mut bytes = whole;
    bytes[second..second + 2].fill(0);
    let page = page(&bytes, 0);
    assert_eq!(page.damage.runs(), [(65, 128)]);
    let rows = rows(&page);
    assert!(rows[..64] == original[..64] && rows[128..] == original[128..]);
}

/// How the second strip of the sample begins.
fn second_strip() -> [u8; 4] {
    let bytes = sample("g4-msb.tif");
    let long = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    let directory = long(4);
    let count = usize::from(bytes[directory]);
    let entries = (0..count).map(|n| directory + 2 + 12 * n);
    let offsets = entries.clone().find(|at| bytes[*at..*at + 2] == 273_u16.to_le_bytes()).unwrap();
    let strip = long(long(offsets + 8) + 4);
    bytes[strip..strip + 4].try_into().unwrap()
}

#[test]
fn a_size_no_scanner_makes_is_refused_130() {
    for (width, height) in [(0x7fff_ffff, 0x7fff_ffff), (12_001, 1), (1, 12_001), (8_000, 8_000)] {
        let bomb = tiff(&[(256, width), (257, height), (259, 4), (262, 0)], (204, 196), &[0; 16]);
        assert_eq!(scan::read(&bomb), Err(ScanFlaw::Limits), "{width} by {height}");
    }
    let empty = tiff(&[(256, 0), (257, 100), (259, 1)], (204, 196), &[]);
    assert!(matches!(scan::read(&empty), Err(ScanFlaw::Damaged(_))));
}

/// A TIFF of pages of one size, each packed by Group 4; all have the same strip.
fn pages_of_one_strip(count: u32, (width, height): (u32, u32)) -> Vec<u8> {
    let tags = [(256, width), (257, height), (259, 4), (262, 0)];
    let one = tiff(&tags, (204, 196), &[0x00, 0x10, 0x01]);
    let entries = one[8..8 + 2 + 12 * 8].to_vec();
    let mut bytes = one[..4].to_vec();
    // The numbers and the strip stay where the directory says they are.
    let first = u32::try_from(one.len()).unwrap();
    bytes.extend(first.to_le_bytes());
    bytes.extend(&one[8..]);
    for n in 1..=count {
        bytes.extend(&entries);
        let next = first + n * u32::try_from(entries.len() + 4).unwrap();
        bytes.extend(if n == count { 0 } else { next }.to_le_bytes());
    }
    bytes
}

#[test]
fn more_dots_than_a_file_may_have_are_refused_before_any_is_read_130() {
    let heavy = pages_of_one_strip(200, (7_000, 7_000));
    assert_eq!(scan::read(&heavy), Err(ScanFlaw::TooMuch));
    let told = scan::finding(&ScanFlaw::TooMuch);
    assert!(
        told.ja.starts_with("画像のページが多すぎるか大きすぎます。ページを分けて"),
        "{told:?}"
    );
    let slow = scan::finding(&ScanFlaw::TooSlow);
    assert!(
        slow.ja.starts_with("画像を読むのに時間がかかりすぎました。ページを分けて"),
        "{slow:?}"
    );
    // What the same file is with fewer dots, or fewer pages.
    assert_eq!(Document::open(&pages_of_one_strip(200, (8, 8))).unwrap().count(), 200);
    let too_many = pages_of_one_strip(201, (8, 8));
    assert_eq!(Document::open(&too_many).unwrap_err(), ScanFlaw::TooMuch);
}

#[test]
fn directories_that_name_one_another_end() {
    let mut bytes = tiff(&[(256, 8), (257, 8), (259, 1)], (204, 196), &[0; 8]);
    // The next directory is this one.
    let next = 8 + 2 + 12 * 7;
    bytes[next..next + 4].copy_from_slice(&8_u32.to_le_bytes());
    let scan = scan::read(&bytes).unwrap();
    assert_eq!(scan.pages.len(), 2, "the one that is there, and that the rest cannot be reached");
}

/// Any sample with some bytes changed and its end missing.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let names = samples("");
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12);
    let left = prop_oneof![3 => Just(1_000_u64), 1 => 0_u64..1_000];
    (prop::sample::select(names), changes, left).prop_map(|(name, changes, left)| {
        let mut bytes = sample(&name);
        for (place, byte) in changes {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate((bytes.len() as u64 * left / 1_000).try_into().unwrap());
        bytes
    })
}

/// Reads everything but the codes, and holds what is told against itself.
fn looked_at(bytes: &[u8]) {
    let Ok(document) = Document::open(bytes) else { return };
    assert!((1..=scan::PAGES_MAX).contains(&document.count()));
    for number in 0..document.count() {
        let Ok(page) = document.page(number) else { continue };
        let (width, height) = page.dots.size();
        assert!(width.max(height) <= scan::SIDE_MAX && page.damage.count() <= height);
        let runs = page.damage.runs();
        assert!(runs.iter().all(|(first, last)| (1..=*last).contains(first) && *last <= height));
        assert!(runs.windows(2).all(|two| two[0].1 < two[1].0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_scan_never_stops_its_reader(bytes in damaged()) {
        looked_at(&bytes);
    }

    #[test]
    fn any_bytes_never_stop_their_reader(
        kind in 0_usize..6,
        bytes in prop::collection::vec(any::<u8>(), 0..2_000),
        size in (1_u32..300, 1_u32..300),
        packing in prop::sample::select(vec![1_u32, 2, 3, 4, 5, 8, 32_773]),
    ) {
        let begins: [&[u8]; 5] = [
            b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff",
            b"%PDF-1.4\n",
        ];
        if let Some(begin) = begins.get(kind) {
            looked_at(&[begin, bytes.as_slice()].concat());
        } else {
            let way = u32::from(bytes.first().copied().unwrap_or(0));
            let tags = [
                (256, size.0), (257, size.1), (258, 1), (259, packing), (262, way >> 3 & 1),
                (266, 1 + (way >> 4 & 1)), (278, 1 + way), (292, way & 7),
            ];
            looked_at(&tiff(&tags, (204, 98), &bytes));
        }
    }
}

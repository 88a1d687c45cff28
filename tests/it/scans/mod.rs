//! Scans and FAX: every packing gives the same dots, damage is told, and no picture harms anybody.

mod child;
mod damage;
pub(crate) mod fax;
mod layers;
pub(crate) mod light;
mod pdf;
mod worklist;
pub(crate) mod picture;

use std::path::{Path, PathBuf};

use kessai::domain::{ScanFlaw, Seen};
use kessai::formats::scan::{self, Document, Dots, Kind, Page};
use picture::tiff;

/// What the QR code of the sample pages says.
const MARK: &str = "KESSAI FORM 20261201-000001-4 P1/1";

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/scans").join(name)
}

fn sample(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap()
}

/// The names of the samples that end so.
fn samples(ending: &str) -> Vec<String> {
    let folder = std::fs::read_dir(path("")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(ending)).collect();
    names.sort();
    names
}

fn page(bytes: &[u8], number: usize) -> Page {
    Document::open(bytes).unwrap().page(number).unwrap()
}

/// The rows of a page, eight dots a byte; of grey ones the dark half is black.
fn rows(page: &Page) -> Vec<Vec<u8>> {
    let (width, height) = page.dots.size();
    let grey_row = |shades: &[u8]| {
        let byte = |eight: &[u8]| {
            let bits = eight.iter().enumerate();
            bits.map(|(at, shade)| if *shade < 0x80 { 0x80_u8 >> at } else { 0 }).sum()
        };
        shades.chunks(8).map(byte).collect()
    };
    let row = |y| match &page.dots {
        Dots::Ink(ink) => ink.row(y).to_vec(),
        Dots::Grey(grey) => grey_row(grey.row(y)),
    };
    assert!(width > 0);
    (0..height).map(row).collect()
}

/// The dots all samples of one page have.
fn original() -> Vec<Vec<u8>> {
    let page = page(&sample("none-msb.tif"), 0);
    assert_eq!((page.dots.size(), page.dpi), ((433, 220), (204, 196)));
    let rows = rows(&page);
    let ink: u32 = rows.iter().flatten().map(|byte| byte.count_ones()).sum();
    assert_eq!(ink, 20_879, "as libtiff counts them");
    rows
}

#[test]
fn every_packing_in_either_bit_order_gives_the_same_dots_134() {
    let original = original();
    let others = ["g3-204x98.tif", "g3-1d-cut.tif", "g4-cut.tif", "pages.tif"];
    let names = samples(".tif");
    for name in names.iter().filter(|name| !others.contains(&name.as_str())) {
        let page = page(&sample(name), 0);
        assert_eq!(page.damage.runs(), [], "{name}");
        assert!(rows(&page) == original, "{name} has other dots");
    }
    assert!(names.len() >= 30, "{names:?}");
}

#[test]
fn png_and_jpeg_are_read_in_black_and_white_grey_and_colour() {
    let original = original();
    for name in [".png", ".jpg"].iter().flat_map(|ending| samples(ending)) {
        let bytes = sample(&name);
        let (read, page) = (scan::read(&bytes).unwrap(), page(&bytes, 0));
        assert_eq!(
            (read.pages[0].marks.as_slice(), read.pages[0].rows_read),
            (&[MARK.to_owned()][..], 220),
            "{name}"
        );
        let pairs = rows(&page).into_iter().flatten().zip(original.iter().flatten());
        let differ: u32 = pairs.map(|(one, other)| (one ^ other).count_ones()).sum();
        // They were drawn from a PDF, which may shift an edge.
        assert!(differ < 4_000, "{name}: {differ}");
    }
}

#[test]
fn the_pages_of_a_fax_are_told_in_their_order_133() {
    let scan = scan::read(&sample("pages.tif")).unwrap();
    let told: Vec<_> =
        scan.pages.iter().map(|page| (page.height, page.dpi, page.seen == Seen::Nothing)).collect();
    assert_eq!(told, [(220, (204, 196), false), (220, (204, 196), true), (110, (204, 98), false)]);
    let marks: Vec<_> = scan.pages.iter().map(|page| page.marks.as_slice()).collect();
    assert_eq!(marks, [&[MARK.to_owned()][..], &[], &[MARK.to_owned()]]);
    assert!(scan.pages.iter().all(|page| page.rows_read == page.height && page.width == 433));
}

#[test]
fn a_page_in_standard_quality_is_shown_in_its_true_proportions_136() {
    let bytes = sample("g3-204x98.tif");
    assert_eq!(page(&bytes, 0).square_size(), (433, 228));
    for (width, size) in [(1_000, (433, 228)), (200, (200, 105)), (1, (1, 1))] {
        let picture = scan::picture(&bytes, 1, width).unwrap();
        let decoder = png::Decoder::new(std::io::Cursor::new(&picture));
        let info = decoder.read_info().unwrap();
        assert_eq!((info.info().width, info.info().height), size);
    }
    let fine = scan::picture(&sample("g3-1d-msb.tif"), 1, 1_000).unwrap();
    let shown = scan::read(&fine).unwrap();
    assert_eq!(shown.pages[0].marks, [MARK], "what is shown is what was sent");
    let none = scan::picture(&bytes, 2, 200);
    assert_eq!(none, Err(ScanFlaw::Damaged("there is no such page".to_owned())));
    assert!(scan::picture(&bytes, 0, 200).is_err());
}

#[test]
fn a_picture_is_told_by_its_first_bytes() {
    let kinds = [
        ("g4-msb.tif", Some(Kind::Tiff)),
        ("g4-big-endian.tif", Some(Kind::Tiff)),
        ("grey.png", Some(Kind::Png)),
        ("grey.jpg", Some(Kind::Jpeg)),
        ("encrypted.pdf", Some(Kind::Pdf)),
    ];
    for (name, kind) in kinds {
        assert_eq!(scan::sniff(&sample(name)[..8]), kind, "{name}");
    }
    for other in [&b""[..], b"II", b"MM\0+\0\x08\0\0", b"<densaiBatch>", "請求種別,".as_bytes()]
    {
        assert_eq!(scan::sniff(other), None);
        assert_eq!(scan::read(other), Err(ScanFlaw::Unknown));
    }
}

#[test]
fn a_page_that_lies_on_its_side_is_shown_upright() {
    // Two rows of eight dots, the left half black; then how it lies, as TIFF has it.
    let lying =
        |way| tiff(&[(256, 8), (257, 2), (259, 1), (262, 0), (274, way)], (0, 0), &[0xf0; 2]);
    let shown = |way| rows(&page(&scan::picture(&lying(way), 1, 100).unwrap(), 0));
    assert_eq!(shown(1), [[0xf0], [0xf0]]);
    assert_eq!(shown(3), [[0x0f], [0x0f]], "upside down");
    assert_eq!(shown(6), [[0xc0], [0xc0], [0xc0], [0xc0], [0], [0], [0], [0]], "to the right");
    assert_eq!(shown(8), [[0], [0], [0], [0], [0xc0], [0xc0], [0xc0], [0xc0]], "to the left");
    let picture = scan::picture(&sample("ccitt-g4-turned.pdf"), 1, 1_000).unwrap();
    assert_eq!(page(&picture, 0).dots.size(), (228, 433), "a page of a PDF, too");
}

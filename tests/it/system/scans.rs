//! Scans packed by libtiff, held against what it was given, dot by dot; and pictures of ours read
//! by another reader of codes.

use std::path::Path;
use std::process::Command;

use kessai::formats::scan::{self, Document, Dots};

use super::asked_for;
use crate::scans::fax::{Sent, TEXT, arrived, code};
use crate::scans::light::{by_a_lamp, on_dark};
use crate::scans::picture::{Chance, Ink};

/// A page of strokes, specks and empty rows, as wide as a FAX and an odd number of dots.
fn page(width: u32, chance: &mut Chance) -> Ink {
    let mut ink = Ink::white(width, 300);
    for y in 0..ink.height {
        let busy = match y % 50 {
            0..10 => 0,
            10..30 => chance.below(12),
            30..49 => chance.below(90),
            _ => 900,
        };
        for _ in 0..busy {
            let start = u32::try_from(chance.below(u64::from(width))).unwrap();
            let most = 1 + chance.below(200);
            let length = u32::try_from(1 + chance.below(most)).unwrap();
            (start..width.min(start + length)).for_each(|x| ink.blacken(x, y));
            // Strokes go on below, a little beside, as letters do.
            for below in 1..=u32::try_from(chance.below(4)).unwrap() {
                let at = start.saturating_add_signed(i32::try_from(chance.below(5)).unwrap() - 2);
                let row = (y + below).min(ink.height - 1);
                (at.min(width - 1)..width.min(at + length)).for_each(|x| ink.blacken(x, row));
            }
        }
    }
    ink
}

fn run(program: &str, args: &[&str], files: &[&Path]) -> String {
    let done = Command::new(program).args(args).args(files).output();
    let done = done.unwrap_or_else(|_| panic!("{program} must be installed"));
    assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// The rows of a file's only page.
fn dots(bytes: &[u8]) -> Vec<u8> {
    let page = Document::open(bytes).unwrap().page(0).unwrap();
    assert_eq!(page.damage.runs(), []);
    let Dots::Ink(ink) = &page.dots else { panic!("grey") };
    (0..ink.height()).flat_map(|row| ink.row(row).to_vec()).collect()
}

#[test]
fn what_libtiff_packs_is_unpacked_dot_by_dot() {
    if !asked_for() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (plain, packed) = (folder.path().join("plain.tif"), folder.path().join("packed.tif"));
    let packings =
        ["none", "packbits", "lzw", "zip", "g3:1d", "g3:1d:fill", "g3:2d", "g3:2d:fill", "g4"];
    let mut compared = 0;
    for (seed, width) in [(1, 1728), (2, 2433), (3, 1), (4, 61)] {
        let ink = page(width, &mut Chance(seed));
        std::fs::write(&plain, ink.tiff((204, 196))).unwrap();
        for packing in packings {
            for (order, end) in [("msb2lsb", "-L"), ("lsb2msb", "-B")] {
                for rows in ["7", "300"] {
                    let args = ["-c", packing, "-f", order, end, "-r", rows];
                    run("tiffcp", &args, &[&plain, &packed]);
                    let read = dots(&std::fs::read(&packed).unwrap());
                    assert!(read == ink.rows, "{packing} {order} {rows} {width}");
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, 144);
}

#[test]
fn the_samples_are_what_libtiff_sees_in_them() {
    if !asked_for() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain.tif");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/scans");
    // Modified Huffman among them, which tiffcp reads and does not write.
    for name in ["rle-msb.tif", "rle-lsb.tif", "g4-black-is-zero.tif", "g3-2d-fill-lsb.tif"] {
        let sample = samples.join(name);
        run("tiffcp", &["-c", "none", "-f", "msb2lsb"], &[&sample, &plain]);
        let (ours, theirs) = (std::fs::read(&sample).unwrap(), std::fs::read(&plain).unwrap());
        assert!(dots(&ours) == dots(&theirs), "{name}");
    }
}

#[test]
fn another_reader_finds_the_code_in_a_shown_page() {
    if !asked_for() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let shown = folder.path().join("shown.png");
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/scans");
    for name in ["g3-204x98.tif", "ccitt-g4-black-is-1.pdf", "colour.jpg"] {
        let bytes = std::fs::read(samples.join(name)).unwrap();
        std::fs::write(&shown, scan::picture(&bytes, 1, 400).unwrap()).unwrap();
        let said = run("zbarimg", &["-q", "--raw"], &[&shown]);
        assert_eq!(said.trim_end(), "KESSAI FORM 20261201-000001-4 P1/1", "{name}");
    }
}

/// The rows libtiff reads of a damaged file of one strip, and the first one it complains about.
fn by_libtiff(damaged: &Path, plain: &Path) -> Option<(Vec<u8>, usize)> {
    let args = ["-i", "-c", "none", "-f", "msb2lsb"];
    let done = Command::new("tiffcp").args(args).args([damaged, plain]).output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    let lines = said.match_indices("at line ").filter_map(|(at, word)| {
        let digits = said.get(at + word.len()..)?;
        digits.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    });
    let first = lines.min().unwrap_or(usize::MAX);
    let bytes = std::fs::read(plain).ok()?;
    let page = Document::open(&bytes).ok()?.page(0).ok()?;
    let Dots::Ink(ink) = &page.dots else { return None };
    Some(((0..ink.height()).flat_map(|row| ink.row(row).to_vec()).collect(), first))
}

#[test]
fn rows_of_damaged_faxes_that_libtiff_calls_whole_too_are_what_it_reads() {
    if !asked_for() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (plain, packed, damaged) = (at("plain.tif"), at("packed.tif"), at("damaged.tif"));
    let mut chance = Chance(20_261_221);
    let (mut rows, mut otherwise, mut with_damage) = (0, 0, 0);
    for packing in ["g3:1d", "g3:2d", "g4"] {
        let ink = page(1728, &mut chance);
        std::fs::write(&plain, ink.tiff((204, 196))).unwrap();
        run("tiffcp", &["-c", packing, "-r", "300"], &[&plain, &packed]);
        let whole = std::fs::read(&packed).unwrap();
        for _ in 0..40 {
            let mut bytes = whole.clone();
            // The strip comes before the directory.
            let strip = u64::from(u32::from_le_bytes(bytes[4..8].try_into().unwrap())) - 8;
            for _ in 0..=chance.below(2) {
                let place = usize::try_from(8 + chance.below(strip)).unwrap();
                bytes[place] ^= 1 << chance.below(8);
            }
            std::fs::write(&damaged, &bytes).unwrap();
            let Some((theirs, complaint)) = by_libtiff(&damaged, &at("theirs.tif")) else {
                continue;
            };
            let read = Document::open(&bytes).unwrap().page(0).unwrap();
            let Dots::Ink(ours) = &read.dots else { panic!("grey") };
            let first = read.damage.runs().first().map_or(ours.height(), |(first, _)| first - 1);
            with_damage += u32::from(!read.damage.runs().is_empty());
            let both = (first as usize).min(complaint);
            let sent = ink.rows.chunks(1728 / 8);
            for ((row, theirs), sent) in
                (0..first).zip(theirs.chunks(1728 / 8)).zip(sent).take(both)
            {
                rows += 1;
                if ours.row(row) != theirs {
                    // Wrong bits that are codes as well: what they say of a row of no length is
                    // kept by libtiff and left out by us, and is not what was sent.
                    assert!(theirs != sent, "{packing}: row {row} of {both}");
                    otherwise += 1;
                }
            }
        }
    }
    let told = format!("{rows} rows, {otherwise} otherwise, {with_damage} pages with damage");
    assert!(rows > 5_000 && otherwise < 20 && with_damage > 60, "{told}");
}

/// What zbar reads of a page as it is shown.
fn by_zbar(scan: &[u8], shown: &Path) -> String {
    std::fs::write(shown, scan::picture(scan, 1, 2_000).unwrap()).unwrap();
    let done = Command::new("zbarimg").args(["-q", "--raw"]).arg(shown).output();
    let said = done.expect("zbarimg must be installed").stdout;
    String::from_utf8_lossy(&said).trim_end().to_owned()
}

#[test]
fn codes_of_bad_pages_are_read_as_another_reader_reads_them_and_no_less_often() {
    if !asked_for() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let shown = folder.path().join("shown.png");
    let (code, mut chance) = (code(), Chance(20_261_222));
    let mut pages = Vec::new();
    for turns in 0..4 {
        for (speck, fold) in [
            (100, None),
            (50, None),
            (100, Some(qrcode::Color::Dark)),
            (100, Some(qrcode::Color::Light)),
        ] {
            for dpi in [(204, 196), (204, 98)] {
                let sent = Sent { dpi, turns, speck, fold };
                pages.push(arrived(&code, sent, &mut chance).tiff(dpi));
            }
        }
        pages.push(on_dark(&mut chance).tiff());
        pages.push(by_a_lamp(&mut chance).tiff());
    }
    let (mut ours, mut theirs, mut only_theirs) = (0, 0, 0);
    for page in &pages {
        let marks = scan::read(page).unwrap().pages[0].marks.clone();
        let said = by_zbar(page, &shown);
        assert!(marks.is_empty() || marks == [TEXT], "{marks:?}");
        assert!(said.is_empty() || said == TEXT, "{said}");
        ours += marks.len();
        theirs += usize::from(!said.is_empty());
        only_theirs += usize::from(!said.is_empty() && marks.is_empty());
    }
    let told = format!("of {}: ours {ours}, zbar {theirs}, only zbar {only_theirs}", pages.len());
    assert!(ours >= theirs && only_theirs <= 1, "{told}");
}

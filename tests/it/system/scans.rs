//! Scans packed by libtiff, held against what it was given, dot by dot; and pictures of ours read
//! by another reader of codes.

use std::path::Path;
use std::process::Command;

use kessai::formats::scan::{self, Document, Dots};

use super::asked_for;
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

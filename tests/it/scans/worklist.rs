//! A printed 承認作業票 through simulated FAX machines: every code of a sheet is read, not only one.

use kessai::domain::{CaseId, Digest, TaskMark, TaskNumber};
use kessai::formats::scan;
use kessai::render::pdf::{TASKS_A_SHEET, place_of_code};
use qrcode::{Color, EcLevel, QrCode};

use super::picture::{Chance, Ink};

/// The part of a sheet in which the codes stand, and what is left around them, in micrometres.
const AROUND: i64 = 9_000;

/// The codes of a sheet as they are printed: of a batch case, and of single lines.
fn codes() -> Vec<String> {
    let cases = ["20261201-000001-4.1", "20261201-000001-4.1.123456", "20261202-000012-9.2"];
    let text = |(n, case): (u64, &str)| {
        let case: CaseId = case.parse().unwrap_or_else(|_| panic!("{case}"));
        let number = TaskNumber::new(1_234_567_890 * n);
        let mark = TaskMark::new((case, 3), Digest::of(case.to_string().as_bytes()), number);
        mark.text(Digest::of(b"seal").as_bytes())
    };
    (1..).zip(cases).map(text).collect()
}

/// The strip of a sheet with its codes, askew by up to two degrees, with one dot in a hundred
/// flipped and a row doubled, half of them upside down.
fn arrived(codes: &[QrCode], (dpi, upside_down): ((u32, u32), bool), chance: &mut Chance) -> Ink {
    let places: Vec<_> = (0..TASKS_A_SHEET).map(place_of_code).collect();
    let (left, top, side) = places[0];
    let bottom = places[TASKS_A_SHEET - 1].1 + side;
    let (left, top, side) = (i64::from(left), i64::from(top), i64::from(side));
    let (long, high) = (side + 2 * AROUND, i64::from(bottom) - top + 2 * AROUND);
    let dots = |length: i64, dpi: u32| u32::try_from(length * i64::from(dpi) / 25_400).unwrap();
    let (width, height) = (dots(long, dpi.0), dots(high, dpi.1));
    let slant = i64::try_from(chance.below(69_814)).unwrap() - 34_907;
    let straight = 1_000_000 - slant * slant / 2_000_000;
    let doubled = u32::try_from(chance.below(u64::from(height))).unwrap();
    let mut ink = Ink::white(width, height);
    for y in 0..height {
        let from = if y > doubled { y - 1 } else { y };
        for x in 0..width {
            let across = i64::from(x) * 25_400 / i64::from(dpi.0) - long / 2;
            let down = i64::from(from) * 25_400 / i64::from(dpi.1) - high / 2;
            let (across, down) = if upside_down { (-across, -down) } else { (across, down) };
            let u = (across * straight + down * slant) / 1_000_000 + long / 2 - AROUND;
            let v = (down * straight - across * slant) / 1_000_000 + high / 2 - AROUND;
            let at = |place: i64, modules: usize| {
                usize::try_from(place * i64::try_from(modules).unwrap() / side).unwrap()
            };
            let dark = places.iter().zip(codes).any(|((x, y, _), code)| {
                let (u, v) = (u + left - i64::from(*x), v + top - i64::from(*y));
                let inside = (0..side).contains(&u) && (0..side).contains(&v);
                inside && code[(at(u, code.width()), at(v, code.width()))] == Color::Dark
            });
            if dark != (chance.below(100) == 0) {
                ink.blacken(x, y);
            }
        }
    }
    ink
}

/// Sends forty sheets; of at least 95 in a hundred every code must be read, and none wrongly.
fn forty(dpi: (u32, u32), seed: u64) {
    let texts = codes();
    let codes: Vec<QrCode> = texts
        .iter()
        .map(|text| QrCode::with_error_correction_level(text, EcLevel::M).unwrap())
        .collect();
    assert!(codes.iter().all(|code| code.width() <= 33), "a module is about a millimetre");
    let mut chance = Chance(seed);
    let mut whole = 0;
    for n in 0..40 {
        let ink = arrived(&codes, (dpi, n % 2 == 1), &mut chance);
        let scan = scan::read(&ink.tiff(dpi)).unwrap();
        let mut marks = scan.pages[0].marks.clone();
        if n % 2 == 1 {
            marks.reverse();
        }
        assert!(marks.iter().all(|mark| texts.contains(mark)), "{marks:?}");
        whole += u32::from(marks == texts);
    }
    assert!(whole >= 38, "of {whole} in 40 sheets every code was read");
}

#[test]
fn every_code_of_a_sheet_is_read_after_a_fax_in_fine_quality() {
    forty((204, 196), 20_261_203);
}

#[test]
fn every_code_of_a_sheet_is_read_after_a_fax_in_standard_quality() {
    forty((204, 98), 20_261_204);
}

//! A form's QR code through simulated FAX machines: askew, with specks, a row doubled, turned.

use kessai::formats::scan;
use qrcode::{Color, EcLevel, QrCode, Version};

use super::picture::{Chance, Ink};

/// What stands in the code: about as much as a form's has.
const TEXT: &str = "KESSAI:F2:20261201-000001-4:P1/2:7QX3AB";

/// Side of the code and of the part of the page around it, in micrometres.
const CODE: i64 = 25_000;
const PART: i64 = 60_000;

/// How a page was sent.
#[derive(Debug, Clone, Copy)]
struct Sent {
    dpi: (u32, u32),
    upside_down: bool,
    /// Of this many dots one is flipped.
    speck: u64,
}

/// The part of a page with the code, as it arrives.
fn arrived(code: &QrCode, sent: Sent, chance: &mut Chance) -> Ink {
    let dots = |dpi: u32| u32::try_from(PART * i64::from(dpi) / 25_400).unwrap();
    let (width, height) = (dots(sent.dpi.0), dots(sent.dpi.1));
    // Up to two degrees, in millionths; such an angle is its own sine.
    let sine = i64::try_from(chance.below(69_814)).unwrap() - 34_907;
    let straight = 1_000_000 - sine * sine / 2_000_000;
    let modules = i64::try_from(code.width()).unwrap();
    let doubled = u32::try_from(chance.below(u64::from(height))).unwrap();
    let middle = PART / 2;
    let mut ink = Ink::white(width, height);
    for y in 0..height {
        // From the doubled row on everything comes one row later.
        let from = if y > doubled { y - 1 } else { y };
        for x in 0..width {
            let across = i64::from(x) * 25_400 / i64::from(sent.dpi.0) - middle;
            let down = i64::from(from) * 25_400 / i64::from(sent.dpi.1) - middle;
            let (across, down) = if sent.upside_down { (-across, -down) } else { (across, down) };
            let u = (across * straight + down * sine) / 1_000_000 + CODE / 2;
            let v = (down * straight - across * sine) / 1_000_000 + CODE / 2;
            let inside = (0..CODE).contains(&u) && (0..CODE).contains(&v);
            let at = |place: i64| usize::try_from(place * modules / CODE).unwrap();
            let dark = inside && code[(at(u), at(v))] == Color::Dark;
            if dark != (chance.below(sent.speck) == 0) {
                ink.blacken(x, y);
            }
        }
    }
    ink
}

/// Sends a hundred, half of them upside down; at least 95 must be read, and none wrongly.
fn a_hundred(dpi: (u32, u32), seed: u64) {
    let code = QrCode::with_version(TEXT, Version::Normal(3), EcLevel::M).unwrap();
    let mut chance = Chance(seed);
    let mut read = 0;
    for n in 0..100 {
        let sent = Sent { dpi, upside_down: n % 2 == 1, speck: 100 };
        let ink = arrived(&code, sent, &mut chance);
        let scan = scan::read(&ink.tiff(dpi)).unwrap();
        let marks = scan.pages[0].marks.as_slice();
        assert!(marks.is_empty() || marks == [TEXT], "{sent:?}: {marks:?}");
        read += marks.len();
    }
    assert!(read >= 95, "{read} of 100 were read");
}

#[test]
fn codes_of_a_fax_in_fine_quality_are_read_137_138() {
    a_hundred((204, 196), 20_261_201);
}

#[test]
fn codes_of_a_fax_in_standard_quality_are_read_137_138() {
    a_hundred((204, 98), 20_261_202);
}

//! Lengths and colours as printpdf wants them. The only place with fractions.
//!
//! Everywhere else a length is whole micrometres from the top left corner of the sheet and a font
//! size is tenths of a point, so that layouts add up and two runs never differ by a rounding.
#![expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "this is the one module")]

/// A length or position in micrometres.
pub(super) type Um = i32;

/// Width of an A4 sheet.
pub(super) const SHEET_WIDTH: Um = 210_000;
/// Height of an A4 sheet.
pub(super) const SHEET_HEIGHT: Um = 297_000;

/// A length in points, rounded to a hundredth.
pub(super) fn points(length: Um) -> f32 {
    // 1 pt = 25,400 / 72 µm; hundredths keep the numbers in the page short.
    let hundredths = (i64::from(length) * 7_200 + 12_700).div_euclid(25_400);
    hundredths as f32 / 100.0
}

/// A position from the top in points from the bottom, as PDF counts.
pub(super) fn from_bottom(y: Um) -> f32 {
    points(SHEET_HEIGHT - y)
}

/// A font size in points.
pub(super) fn font_points(tenths: i32) -> f32 {
    tenths as f32 / 10.0
}

/// The em of a font size, in micrometres.
pub(super) const fn em(tenths: i32) -> Um {
    tenths * 2_540 / 72
}

/// One colour channel from 0 to 255 as 0 to 1, rounded to a thousandth.
pub(super) fn channel(value: u8) -> f32 {
    ((u32::from(value) * 1_000 + 127) / 255) as f32 / 1_000.0
}

/// Millimetres of an A4 side.
pub(super) fn millimetres(length: Um) -> f32 {
    length as f32 / 1_000.0
}

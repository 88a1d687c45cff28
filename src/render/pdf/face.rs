//! The two embedded faces: which characters they hold, how wide a text is, where a line breaks.

use std::sync::OnceLock;

use super::length::{Um, em};
use crate::render::lines::break_before;

/// Regular or bold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// One parsed face. Parsed once for the whole program; the bytes lie in the binary.
#[derive(Debug)]
pub(super) struct Face {
    pub(super) data: &'static [u8],
    pub(super) name: &'static str,
    pub(super) parsed: ttf_parser::Face<'static>,
}

/// The mark for a character no face holds (ゲタ).
pub(super) const GETA: char = '〓';

impl Face {
    /// The face of a weight.
    pub(super) fn of(weight: Weight) -> &'static Self {
        static REGULAR: OnceLock<Face> = OnceLock::new();
        static BOLD: OnceLock<Face> = OnceLock::new();
        match weight {
            Weight::Regular => REGULAR.get_or_init(|| {
                let data = include_bytes!("../../../templates/fonts/BIZUDGothic-Regular.ttf");
                Self::parse(data, "BIZUDGothic-Regular")
            }),
            Weight::Bold => BOLD.get_or_init(|| {
                let data = include_bytes!("../../../templates/fonts/BIZUDGothic-Bold.ttf");
                Self::parse(data, "BIZUDGothic-Bold")
            }),
        }
    }

    #[expect(clippy::expect_used, reason = "the fonts are embedded and every PDF test reads them")]
    fn parse(data: &'static [u8], name: &'static str) -> Self {
        let parsed = ttf_parser::Face::parse(data, 0).expect("the embedded font is whole");
        Self { data, name, parsed }
    }

    /// Glyph and advance in font units; none when the face lacks the character.
    pub(super) fn glyph(&self, c: char) -> Option<(u16, u16)> {
        let id = self.parsed.glyph_index(c).filter(|id| id.0 != 0)?;
        Some((id.0, self.parsed.glyph_hor_advance(id).unwrap_or(0)))
    }

    fn advance(&self, c: char) -> i32 {
        let full = i32::from(self.parsed.units_per_em());
        // Most characters are of these two ranges, whose widths the face fixes: half and full.
        match c {
            ' '..='~' => full / 2,
            '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{4E00}'..='\u{9FA0}' => full,
            _ => self.glyph(c).map_or(full, |(_, advance)| i32::from(advance)),
        }
    }
}

/// The width of a text.
pub(super) fn width(text: &str, weight: Weight, tenths: i32) -> Um {
    let face = Face::of(weight);
    let units: i32 = text.chars().map(|c| face.advance(c)).sum();
    scale(units, face, tenths)
}

fn scale(units: i32, face: &Face, tenths: i32) -> Um {
    let upm = i64::from(face.parsed.units_per_em()).max(1);
    i32::try_from(i64::from(units) * i64::from(em(tenths)) / upm).unwrap_or(i32::MAX)
}

/// The text in lines no wider than `room`, at most `lines_max` of them; what does not fit is cut
/// and marked with `…`.
///
/// Lines break as [`break_before`] says.
pub(super) fn wrap(
    text: &str,
    weight: Weight,
    tenths: i32,
    room: Um,
    lines_max: usize,
) -> Vec<String> {
    let face = Face::of(weight);
    let chars: Vec<char> = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut lines = Vec::new();
    let mut from = 0;
    while from < chars.len() && lines.len() < lines_max {
        let rest = chars.get(from..).unwrap_or_default();
        let fits = fitting(rest, face, tenths, room);
        if fits == rest.len() {
            lines.push(rest.iter().collect());
            return lines;
        }
        if lines.len() + 1 == lines_max {
            let short = fitting(rest, face, tenths, room - em(tenths));
            let mut line: String = rest.iter().take(short).collect();
            line.push('…');
            lines.push(line);
            return lines;
        }
        let end = break_before(rest, fits);
        lines.push(rest.iter().take(end).collect::<String>().trim_end().to_owned());
        from += end;
        while chars.get(from) == Some(&' ') {
            from += 1;
        }
    }
    lines
}

/// The text on one line.
pub(super) fn clip(text: &str, weight: Weight, tenths: i32, room: Um) -> String {
    wrap(text, weight, tenths, room, 1).pop().unwrap_or_default()
}

/// How many characters from the left fit; at least one, so that wrapping always ends.
fn fitting(chars: &[char], face: &Face, tenths: i32, room: Um) -> usize {
    let mut units = 0;
    for (at, c) in chars.iter().enumerate() {
        units += face.advance(*c);
        if scale(units, face, tenths) > room {
            return at.max(1);
        }
    }
    chars.len()
}

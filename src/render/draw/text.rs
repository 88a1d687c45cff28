//! Text of a picture: how wide it is, where a line breaks, what may stand in XML.
//!
//! Which font a reader has is not known, so widths are counted in columns: a full-width character
//! is one font size wide, a half-width one three fifths, which is a little more than the usual
//! fonts take.

use unicode_width::UnicodeWidthChar as _;

use crate::render::lines::break_before;
use crate::render::names::is_invisible;

/// The width of one character at a font size.
fn advance(c: char, size: i32) -> i32 {
    // Characters of either width (…, ○) are full-width in Japanese fonts.
    if c.width_cjk() == Some(2) { size } else { (size * 3 + 4) / 5 }
}

/// The width of a text at a font size, rather too wide than too narrow.
pub(super) fn width(text: &str, size: i32) -> i32 {
    text.chars().map(|c| advance(c, size)).fold(0, i32::saturating_add)
}

/// The text in lines no wider than `room`, at most `lines_max` of them; what does not fit is cut
/// and marked with `…`. Answers no line for an empty text.
pub(super) fn wrap(text: &str, size: i32, room: i32, lines_max: usize) -> Vec<String> {
    let chars: Vec<char> = clean(text).trim().chars().collect();
    let mut rest = chars.as_slice();
    let mut lines = Vec::new();
    while !rest.is_empty() && lines.len() < lines_max {
        let fits = fitting(rest, size, room);
        if fits == rest.len() {
            lines.push(rest.iter().collect());
            break;
        }
        if lines.len() + 1 == lines_max {
            let short = fitting(rest, size, room - advance('…', size));
            let mut line: String = rest.iter().take(short).collect();
            line.push('…');
            lines.push(line);
            break;
        }
        let end = break_before(rest, fits);
        lines.push(rest.iter().take(end).collect::<String>().trim_end().to_owned());
        rest = rest.get(end..).unwrap_or_default();
        while let [' ' | '\u{3000}', after @ ..] = rest {
            rest = after;
        }
    }
    lines
}

/// The text on one line.
pub(super) fn clip(text: &str, size: i32, room: i32) -> String {
    wrap(text, size, room, 1).pop().unwrap_or_default()
}

/// How many characters from the left fit; at least one, so that wrapping always ends.
fn fitting(chars: &[char], size: i32, room: i32) -> usize {
    let mut taken = 0_i32;
    for (at, c) in chars.iter().enumerate() {
        taken = taken.saturating_add(advance(*c, size));
        if taken > room {
            return at.max(1);
        }
    }
    chars.len()
}

/// The text with controls as spaces and without characters that show nothing or that XML forbids.
fn clean(text: &str) -> String {
    let kept = text.chars().filter(|c| !is_invisible(*c) && !matches!(c, '\u{FFFE}' | '\u{FFFF}'));
    kept.map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The text as it may stand in an element or in an attribute in double quotes.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

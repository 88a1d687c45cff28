//! The name of a file that came in: data to be shown, never a path of ours.

use unicode_normalization::UnicodeNormalization as _;

/// The longest name shown, in characters.
const SHOWN_MAX: usize = 120;

/// The longest ending kept when a name is cut, in characters with its dot.
const ENDING_MAX: usize = 12;

/// A name safe to show: NFC, control and direction characters made visible, at most 120 characters.
///
/// A longer one keeps its ending: that tells what kind of file it is.
pub fn shown_name(text: &str) -> String {
    let whole: Vec<char> = text.nfc().map(visible).collect();
    if whole.len() <= SHOWN_MAX {
        return whole.into_iter().collect();
    }
    let dot = whole.iter().rposition(|c| *c == '.').unwrap_or(whole.len());
    let ending = whole.get(dot..).filter(|ending| ending.len() <= ENDING_MAX).unwrap_or_default();
    let kept = whole.iter().take(SHOWN_MAX - 1 - ending.len());
    kept.chain(&['…']).chain(ending).collect()
}

fn visible(c: char) -> char {
    match c {
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => '\u{2423}',
        '/' | '\\' => '_',
        c if c.is_control() => '\u{2424}',
        c => c,
    }
}

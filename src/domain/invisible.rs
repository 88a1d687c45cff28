//! Characters that show nothing but change what is shown or compared.

/// Whether `c` is one: zero width, direction, soft hyphen, line separators, byte order mark,
/// controls beyond ASCII, tags. The selectors that belong to the Japanese letter before them are
/// none.
pub const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

/// The character as a person can read of it: `U+202E` where it shows nothing, else itself.
pub fn name_of(c: char) -> String {
    if is_invisible(c) { format!("U+{:04X}", u32::from(c)) } else { c.to_string() }
}

/// The text with ␣ for what shows nothing.
pub fn visible(text: &str) -> String {
    text.chars().map(|c| if is_invisible(c) { '\u{2423}' } else { c }).collect()
}

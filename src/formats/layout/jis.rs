//! JIS X 0201: one byte a character, half-width kana from 0xA1 on, ¥ at 0x5C.

/// The byte of a character; none for one that has no place in JIS X 0201.
pub(in crate::formats) fn byte(c: char) -> Option<u8> {
    match c {
        '¥' => Some(0x5C),
        '\\' | '~' => None,
        ' '..='}' => u8::try_from(u32::from(c)).ok(),
        '｡'..='ﾟ' => u8::try_from(u32::from(c).wrapping_sub(0xFEC0)).ok(),
        _ => None,
    }
}

/// The character of a byte; none for controls and bytes that stand for nothing.
pub(in crate::formats) fn character(byte: u8) -> Option<char> {
    match byte {
        0x5C => Some('¥'),
        0x20..=0x7D => Some(char::from(byte)),
        0xA1..=0xDF => char::from_u32(0xFEC0 + u32::from(byte)),
        _ => None,
    }
}

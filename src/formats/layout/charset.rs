//! The charset of a fixed-length file: JIS X 0201, or the EBCDIC of Japanese hosts.
//!
//! Only the 98 characters the network accepts are known in EBCDIC. Source: the published table of
//! characters, whose bytes agree with code page 290.

use super::split::{END_MARK, JIS_NEWLINES};

/// How the characters of a file are written, one byte each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Charset {
    /// JIS X 0201.
    Jis,
    /// EBCDIC with katakana.
    Ebcdic,
}

impl Charset {
    /// The charset of a file, by the digit its first record begins with.
    pub(in crate::formats) fn of(head: &[u8]) -> Self {
        let newline = |byte: &&u8| Self::Ebcdic.newlines().contains(byte);
        let first = head.iter().find(|byte| !newline(byte));
        if first.is_some_and(|byte| matches!(byte, 0xF0..=0xF9)) { Self::Ebcdic } else { Self::Jis }
    }

    /// The digit of a header's charset field (文字コード区分).
    pub(in crate::formats) const fn digit(self) -> u8 {
        match self {
            Self::Jis => b'0',
            Self::Ebcdic => b'1',
        }
    }

    /// A digit as it is written in a file of this charset.
    pub(in crate::formats) const fn written(self, digit: u8) -> u8 {
        match self {
            Self::Jis => digit,
            Self::Ebcdic => digit | 0xC0,
        }
    }

    /// `JIS` or `EBCDIC`.
    pub(in crate::formats) const fn name(self) -> &'static str {
        match self {
            Self::Jis => "JIS",
            Self::Ebcdic => "EBCDIC",
        }
    }

    /// The bytes that end a line, CR first; of hosts NEL and LF, and LF as a transfer leaves it.
    pub(in crate::formats) const fn newlines(self) -> [u8; 4] {
        match self {
            Self::Jis => JIS_NEWLINES,
            Self::Ebcdic => [0x0D, 0x15, 0x25, 0x0A],
        }
    }

    /// A whole file in JIS X 0201, with newlines and marks of the end as they are there, and the
    /// charset it came in.
    pub(in crate::formats) fn whole_in_jis(bytes: &[u8]) -> (Self, Vec<u8>) {
        let charset = Self::of(bytes);
        let mut jis = Vec::new();
        let mut jis = charset.to_jis(bytes, &mut jis).to_vec();
        for (to, from) in jis.iter_mut().zip(bytes) {
            if charset.newlines().contains(from) {
                *to = if *from == b'\r' { b'\r' } else { b'\n' };
            } else if *from == END_MARK {
                *to = END_MARK;
            }
        }
        (charset, jis)
    }

    /// The bytes in JIS X 0201; what is no character becomes 0, which is none there either.
    pub(in crate::formats) fn to_jis<'b>(self, bytes: &'b [u8], to: &'b mut Vec<u8>) -> &'b [u8] {
        match self {
            Self::Jis => bytes,
            Self::Ebcdic => {
                to.clear();
                let jis = |byte: &u8| TO_JIS.get(usize::from(*byte)).copied().unwrap_or_default();
                to.extend(bytes.iter().map(jis));
                to
            }
        }
    }
}

/// First byte in EBCDIC, first byte in JIS X 0201, how many follow one another in both.
const RUNS: [(u8, u8, u8); 26] = [
    (0x40, b' ', 1),
    (0x42, 0xA2, 2), // ｢ ｣
    (0x46, 0xA6, 1), // ｦ
    (0x4B, b'.', 1),
    (0x4D, b'(', 1),
    (0x4E, b'+', 1),
    (0x5B, 0x5C, 1), // ¥
    (0x5D, b')', 1),
    (0x60, b'-', 1),
    (0x61, b'/', 1),
    (0x6B, b',', 1),
    (0x6F, b'?', 1),
    (0x7A, b':', 1),
    (0x7D, b'\'', 1),
    (0x81, 0xB1, 10), // ｱ to ｺ
    (0x8C, 0xBB, 4),  // ｻ to ｾ
    (0x90, 0xBF, 11), // ｿ to ﾉ
    (0x9D, 0xCA, 3),  // ﾊ to ﾌ
    (0xA2, 0xCD, 9),  // ﾍ to ﾕ
    (0xAC, 0xD6, 4),  // ﾖ to ﾙ
    (0xBA, 0xDA, 4),  // ﾚ to ﾝ
    (0xBE, 0xDE, 2),  // ﾞ ﾟ
    (0xC1, b'A', 9),
    (0xD1, b'J', 9),
    (0xE2, b'S', 8),
    (0xF0, b'0', 10),
];

const TO_JIS: [u8; 256] = {
    let mut table = [0; 256];
    let mut run = 0;
    while run < RUNS.len() {
        let (ebcdic, jis, count) = RUNS[run];
        let mut at = 0;
        while at < count {
            table[(ebcdic + at) as usize] = jis + at;
            at += 1;
        }
        run += 1;
    }
    table
};

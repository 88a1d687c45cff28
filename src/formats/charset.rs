//! Small questions about bytes: which encoding, how many lines, anything private.

use std::io::BufRead as _;

use encoding_rs::{DecoderResult, SHIFT_JIS};

use super::Encoding;

/// The encoding of text that begins beyond ASCII.
pub(super) fn guess(bytes: &[u8], at_end: bool) -> Encoding {
    let utf8_to = match std::str::from_utf8(bytes) {
        Ok(text) => return prefer_utf8(text, bytes),
        Err(error) if error.error_len().is_none() && !at_end => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            return std::str::from_utf8(good).map_or(Encoding::Cp932, |t| prefer_utf8(t, good));
        }
        Err(error) => error.valid_up_to(),
    };
    // Neither may be clean: the one that holds out longer names the place of the mixture.
    if cp932_valid_to(bytes) > utf8_to { Encoding::Cp932 } else { Encoding::Utf8 }
}

/// UTF-8 unless the text is half-width kana of CP932 that happens to be valid: Japanese in UTF-8
/// has three-byte characters.
fn prefer_utf8(text: &str, bytes: &[u8]) -> Encoding {
    let no_japanese = !text.is_empty() && !text.chars().any(|c| u32::from(c) >= 0x800);
    if no_japanese && cp932_valid_to(bytes) == bytes.len() {
        return Encoding::Cp932;
    }
    Encoding::Utf8
}

fn cp932_valid_to(bytes: &[u8]) -> usize {
    let mut decoder = SHIFT_JIS.new_decoder_without_bom_handling();
    let mut to = vec![0; bytes.len() * 3 + 16];
    match decoder.decode_to_utf8_without_replacement(bytes, &mut to, false) {
        (DecoderResult::Malformed(len, after), read, _) => {
            read.saturating_sub(usize::from(len) + usize::from(after))
        }
        (DecoderResult::InputEmpty | DecoderResult::OutputFull, read, _) => read,
    }
}

/// The text with CRLF and lone CR as LF.
pub(super) fn cr_to_lf(mut text: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(text.len());
    // Memory does not fail to be read.
    while let Ok(1..) = text.read_until(b'\r', &mut lines) {
        if let Some(end @ b'\r') = lines.last_mut() {
            *end = b'\n';
            text = text.strip_prefix(b"\n").unwrap_or(text);
        }
    }
    lines
}

/// Newlines of any kind.
pub(super) fn newlines_in(bytes: &[u8]) -> u32 {
    let lf = count(bytes, b'\n');
    let next = bytes.iter().skip(1).chain([&0]);
    let lone_cr = bytes.iter().zip(next).filter(|(a, b)| **a == b'\r' && **b != b'\n').count();
    u32::try_from(lf + lone_cr).unwrap_or(u32::MAX)
}

/// How often `wanted` occurs.
pub(super) fn count(bytes: &[u8], wanted: u8) -> usize {
    // In pieces whose count fits into a byte, so that it runs in vectors.
    let among =
        |piece: &[u8]| piece.iter().fold(0_u8, |n, byte| n.wrapping_add(u8::from(*byte == wanted)));
    bytes.chunks(240).map(|piece| usize::from(among(piece))).sum()
}

/// Whether UTF-8 text may hold a private use character or one that shows nothing. Only bytes that
/// tell are looked at, so that it runs in vectors; among others of these beginnings are Arabic
/// (U+061C) and Mongolian (U+180E), which no request has.
#[expect(clippy::needless_bitwise_bool, reason = "without branches it runs in vectors")]
pub(super) fn may_hold_odd(text: &[u8]) -> bool {
    text.iter().zip(text.iter().skip(1)).fold(false, |any, (one, two)| {
        let lead = (*one == 0xEE) | (*one == 0xC2) | (*one == 0xF3);
        let lead = lead | (one.wrapping_sub(0xD8) < 0x0A);
        let general = (*one == 0xE2) & (*two < 0x82);
        let last = (*one == 0xEF) & ((*two < 0xA4) | (*two == 0xBB) | (*two == 0xBF));
        any | lead | general | last
    })
}

/// `text` in CP932, for files that Excel in Japan opens by itself.
///
/// Dashes and waves are written as Windows has them; what CP932 lacks becomes 〓, never an HTML
/// reference as the encoder itself would write.
pub fn to_cp932(text: &str) -> Vec<u8> {
    let known = |c: char| match c {
        '\u{301c}' => '\u{ff5e}',
        '\u{2014}' => '\u{2015}',
        '\u{2016}' => '\u{2225}',
        '\u{2212}' => '\u{ff0d}',
        _ => c,
    };
    let mut bytes = Vec::with_capacity(text.len());
    let mut letter = [0; 4];
    for c in text.chars().map(known) {
        match SHIFT_JIS.encode(c.encode_utf8(&mut letter)) {
            (_, _, true) => bytes.extend_from_slice(b"\x81\xAC"),
            (encoded, _, false) => bytes.extend_from_slice(&encoded),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{count, cr_to_lf};

    #[test]
    fn newlines_of_every_kind_become_one() {
        assert_eq!(cr_to_lf(b"a\r\nb\rc\nd\r\r\n\n\r"), b"a\nb\nc\nd\n\n\n\n");
        assert_eq!(cr_to_lf(b"\r"), b"\n");
        assert_eq!(cr_to_lf(b"none"), b"none");
    }

    #[test]
    fn more_are_counted_than_a_byte_holds() {
        assert_eq!(count(&[b'\n'; 1_000], b'\n'), 1_000);
        assert_eq!(count(&"a,\n".repeat(1_000).into_bytes(), b'\n'), 1_000);
    }
}

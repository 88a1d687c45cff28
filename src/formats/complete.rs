//! Whether a file looks finished, for folders where nothing better can be known.

use super::{Format, densai, zengin};

/// Whether the last bytes of a file of `size` bytes are the end of one: CSV ends with a newline,
/// XML with its root closed, a fixed-length file with an end record at a whole number of records.
/// A tail of NUL is space that a writer took in advance.
///
/// `tail` is at least the last 512 bytes, or the whole file.
pub fn complete(tail: &[u8], size: u64, format: Format) -> bool {
    match format {
        Format::Csv => {
            // In UTF-16 a newline ends with NUL; the one before it tells it from space.
            matches!(tail.last(), Some(b'\n' | b'\r')) || tail.ends_with(b"\r\0\n\0")
        }
        Format::Xml => {
            let every_second = |from_end: usize| -> Vec<u8> {
                let mut bytes: Vec<u8> =
                    tail.iter().rev().skip(from_end).step_by(2).copied().collect();
                bytes.reverse();
                bytes
            };
            root_closed(tail) || root_closed(&every_second(0)) || root_closed(&every_second(1))
        }
        // The name does not say which of the two files it is.
        Format::FixedLength => {
            [densai::RECORD_LEN, zengin::RECORD_LEN].iter().any(|len| ends_whole(tail, size, *len))
        }
        // Its type will be refused; only space taken in advance is waited for.
        Format::Unknown => !matches!(tail.last(), None | Some(0)),
    }
}

/// Whether text ends with the end tag of a batch.
fn root_closed(tail: &[u8]) -> bool {
    let Some(closed) = tail.trim_ascii_end().strip_suffix(b">") else { return false };
    closed.trim_ascii_end().ends_with(b"</densaiBatch")
}

/// Whether the last record begins as an end record does, and the others before it fill the file,
/// each with the newline that stands before that one.
fn ends_whole(tail: &[u8], size: u64, record_len: usize) -> bool {
    let newlines = |bytes: &[u8]| {
        let ends = |byte: &&u8| matches!(**byte, b'\r' | b'\n' | 0x15 | 0x25);
        bytes.iter().rev().take_while(ends).count()
    };
    let behind = newlines(tail);
    let whole = tail.get(..tail.len().saturating_sub(behind)).unwrap_or_default();
    let Some(before) = whole.len().checked_sub(record_len) else { return false };
    let (others, last) = whole.split_at_checked(before).unwrap_or_default();
    let between = newlines(others) as u64;
    let others = size.saturating_sub((record_len + behind) as u64);
    matches!(last.first(), Some(b'9' | 0xF9))
        && others.is_multiple_of((record_len as u64).saturating_add(between))
}

//! Whether a file looks finished, for folders where nothing better can be known.

use super::Format;

/// Whether the last bytes of a file are the end of one: CSV ends with a newline, XML with its
/// root closed. A tail of NUL is space that a writer took in advance.
///
/// `tail` is at least the last 64 bytes, or the whole file.
pub fn complete(tail: &[u8], format: Format) -> bool {
    match format {
        Format::Csv => matches!(tail.last(), Some(b'\n' | b'\r')),
        Format::Xml => {
            let end = tail.iter().rposition(|byte| !byte.is_ascii_whitespace());
            let closed = end.and_then(|end| tail.get(..=end)).unwrap_or_default();
            let Some(closed) = closed.strip_suffix(b">") else { return false };
            closed.trim_ascii_end().ends_with(b"</densaiBatch")
        }
        // Its type will be refused; only space taken in advance is waited for.
        Format::Unknown => !matches!(tail.last(), None | Some(0)),
    }
}

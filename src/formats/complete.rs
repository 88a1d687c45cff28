//! Whether a file looks finished, for folders where nothing better can be known.

use std::io::{self, Read, Seek, SeekFrom};

use super::layout::END_MARK;
use super::scan::Kind;
use super::{Format, densai, workbook, zengin};

/// Whether the last bytes of a file of `size` bytes are the end of one: CSV ends with a newline,
/// XML with its root closed, a fixed-length file with an end record at a whole number of records, a
/// workbook with the record at the end of its archive.
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
        Format::Xlsx => workbook::ends_whole(tail, size),
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
/// each with the newline that stands before that one. Behind it may stand newlines and a host's
/// mark of the end.
fn ends_whole(tail: &[u8], size: u64, record_len: usize) -> bool {
    let newline = |byte: &&u8| matches!(**byte, b'\r' | b'\n' | 0x15 | 0x25);
    let newlines = |bytes: &[u8]| bytes.iter().rev().take_while(newline).count();
    let ends = |byte: &&u8| **byte == END_MARK || newline(byte);
    let behind = tail.iter().rev().take_while(ends).count();
    let whole = tail.get(..tail.len().saturating_sub(behind)).unwrap_or_default();
    let Some(before) = whole.len().checked_sub(record_len) else { return false };
    let (others, last) = whole.split_at_checked(before).unwrap_or_default();
    let between = newlines(others) as u64;
    let others = size.saturating_sub((record_len + behind) as u64);
    matches!(last.first(), Some(b'9' | 0xF9))
        && others.is_multiple_of((record_len as u64).saturating_add(between))
}

/// Directories a TIFF may have, and entries of one: more than any scanner makes.
const DIRECTORIES_MAX: u32 = 1_000;
const ENTRIES_MAX: u16 = 1_000;

/// How far from its end a PDF says that it is one, as readers of PDF look for it.
const PDF_END: usize = 1_024;
/// The last chunk of a PNG, with its checksum.
const PNG_END: &[u8] = b"\0\0\0\0IEND\xAE\x42\x60\x82";

/// Whether a picture of `size` bytes has its end, by what its name says it is; none where that is
/// no picture. A TIFF must have all the directories it names, one for each page: its last byte
/// tells nothing, so it is `open`ed. PDF, PNG and JPEG end with a mark, behind which only padding
/// may stand.
///
/// `tail` is at least the last 1,024 bytes, or the whole file.
pub fn picture_is_whole<F: Read + Seek>(
    name: &str,
    (tail, size): (&[u8], u64),
    open: impl FnOnce() -> io::Result<F>,
) -> Option<bool> {
    let padding = |byte: &&u8| matches!(**byte, 0 | b'\n' | b'\r' | b' ');
    let padded = tail.iter().rev().take_while(padding).count();
    let end = tail.get(..tail.len().saturating_sub(padded)).unwrap_or_default();
    Some(match Kind::of_name(name)? {
        Kind::Tiff => open().and_then(|mut file| directories(&mut file, size)).unwrap_or(false),
        Kind::Pdf => {
            let last = end.get(end.len().saturating_sub(PDF_END)..).unwrap_or_default();
            last.windows(5).any(|part| part == b"%%EOF")
        }
        Kind::Png => end.ends_with(PNG_END),
        Kind::Jpeg => end.ends_with(b"\xFF\xD9"),
    })
}

fn directories(file: &mut (impl Read + Seek), size: u64) -> io::Result<bool> {
    let mut head = [0; 8];
    file.seek(SeekFrom::Start(0))?;
    file.read_exact(&mut head)?;
    let [a, b, c, d, at @ ..] = head;
    let big = match [a, b, c, d] {
        [b'I', b'I', 42, 0] => false,
        [b'M', b'M', 0, 42] => true,
        _ => return Ok(false),
    };
    let mut next = four(at, big);
    for _ in 0..DIRECTORIES_MAX {
        let mut count = [0; 2];
        file.seek(SeekFrom::Start(u64::from(next)))?;
        file.read_exact(&mut count)?;
        let count = if big { u16::from_be_bytes(count) } else { u16::from_le_bytes(count) };
        let end = u64::from(next).saturating_add(2 + 12 * u64::from(count));
        // A directory of zeros is space that was taken in advance.
        if count == 0 || count > ENTRIES_MAX || end.saturating_add(4) > size {
            return Ok(false);
        }
        let mut entries = vec![[0; 12]; usize::from(count)];
        file.read_exact(entries.as_flattened_mut())?;
        if entries.iter().any(|entry| entry.starts_with(&[0, 0])) {
            return Ok(false);
        }
        let mut at = [0; 4];
        file.read_exact(&mut at)?;
        next = four(at, big);
        if next == 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

fn four(bytes: [u8; 4], big: bool) -> u32 {
    if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn whole(name: &str, bytes: &[u8]) -> bool {
        let tail = bytes.get(bytes.len().saturating_sub(4_096)..).unwrap();
        let size = u64::try_from(bytes.len()).unwrap();
        picture_is_whole(name, (tail, size), || Ok(Cursor::new(bytes))).unwrap()
    }

    #[test]
    fn a_tiff_is_whole_when_each_of_its_directories_is_there() {
        let pages = include_bytes!("../../tests/it/data/scans/pages.tif");
        let whole = |bytes: &[u8]| whole("a.TIF", bytes);
        assert!(whole(pages));
        assert!(!whole(&pages[..pages.len() / 2]), "half of it was copied");
        let mut taken = pages.to_vec();
        let half = taken.len() / 2;
        taken[half..].fill(0);
        assert!(!whole(&taken), "the space is there, the bytes are not");
        assert!(!whole(b"II*\0\x08\0\0\0\0\0") && !whole(b"PDF") && !whole(b""));
        // Directories that lead in a ring have no end.
        let mut ring = b"II*\0\x08\0\0\0\x01\0".to_vec();
        ring.extend([1; 12]);
        ring.extend(8_u32.to_le_bytes());
        assert!(!whole(&ring));
    }

    #[test]
    fn a_pdf_a_png_and_a_jpeg_are_whole_at_their_last_mark_and_nowhere_before() {
        let pictures: [(&str, &[u8]); 3] = [
            ("a.pdf", include_bytes!("../../tests/it/data/scans/ccitt-g4.pdf")),
            ("a.PNG", include_bytes!("../../tests/it/data/scans/colour.png")),
            ("a.jpeg", include_bytes!("../../tests/it/data/scans/colour.jpg")),
        ];
        for (name, bytes) in pictures {
            assert!(whole(name, bytes), "{name}");
            assert!(whole(name, &[bytes, b"\r\n".as_slice(), &[0; 900]].concat()), "{name}");
            for missing in [8, 200, bytes.len() / 2, bytes.len()] {
                let cut = &bytes[..bytes.len() - missing.min(bytes.len())];
                assert!(!whole(name, cut), "{name} without its last {missing}");
                // As it is while it is copied into space that was taken in advance.
                assert!(!whole(name, &[cut, &vec![0; missing]].concat()), "{name} {missing}");
            }
        }
        assert_eq!(picture_is_whole("a.csv", (b"", 0), || Ok(Cursor::new(b""))), None);
    }
}

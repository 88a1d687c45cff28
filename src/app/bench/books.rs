//! The rows of the bench as a workbook, packed as a spreadsheet packs them.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const LINKS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

/// A workbook of one sheet: each cell of the lines, which hold no quotation marks, as text.
pub(super) fn workbook(csv: &str) -> io::Result<Vec<u8>> {
    let mut rows = String::new();
    for line in csv.lines() {
        rows.push_str("<row>");
        for cell in line.split(',') {
            write!(rows, "<c t=\"inlineStr\"><is><t>{cell}</t></is></c>")
                .map_err(io::Error::other)?;
        }
        rows.push_str("</row>");
    }
    archive(&[
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"r1\" \
                 Type=\"{LINKS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{LINKS}\"><sheets>\
                 <sheet name=\"1\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"r1\" \
                 Type=\"{LINKS}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>"),
        ),
    ])
}

/// A zip archive of these parts.
fn archive(parts: &[(&str, String)]) -> io::Result<Vec<u8>> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    let long = |length: usize| u32::try_from(length).map_err(io::Error::other);
    for (name, text) in parts {
        let at = long(bytes.len())?;
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
        deflate.write_all(text.as_bytes())?;
        let packed = deflate.finish()?;
        let mut crc = Crc::new();
        crc.update(text.as_bytes());
        // Version 2.0, names in UTF-8, deflated, on 1 January 1980.
        let mut head = vec![20, 0, 0, 8, 8, 0, 0, 0, 0x21, 0];
        for number in [crc.sum(), long(packed.len())?, long(text.len())?, long(name.len())?] {
            head.extend(number.to_le_bytes());
        }
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&head);
        bytes.extend(name.bytes());
        bytes.extend(packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.bytes());
    }
    let (at, count) = (long(bytes.len())?, long(parts.len())?.to_le_bytes());
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    for _ in 0..2 {
        bytes.extend(count.first_chunk::<2>().unwrap_or(&[0; 2]));
    }
    bytes.extend(long(directory.len())?.to_le_bytes());
    bytes.extend(at.to_le_bytes());
    bytes.extend([0, 0]);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::workbook::read;

    #[test]
    fn the_workbook_of_the_bench_holds_its_lines() {
        let csv = "a,b\n1,2\n3,\n";
        let book = read(&workbook(csv).unwrap()).unwrap();
        assert_eq!(book.sheets[0].text, csv);
    }
}

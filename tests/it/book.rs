//! Workbooks made by hand: the parts of an .xlsx in an archive that packs nothing.

use std::fmt::Write as _;

use kessai::domain::{Workbook, WorkbookFlaw};
use kessai::formats::workbook;
use kessai::ports::Workbooks;

/// Reads workbooks as the child does, without one.
#[derive(Debug)]
pub(crate) struct Books;

impl Workbooks for Books {
    fn read(&self, bytes: &[u8]) -> Result<Workbook, WorkbookFlaw> {
        workbook::read(bytes)
    }
}

/// A cell to be written.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cell<'a> {
    /// Text, in the table of shared ones.
    Text(&'a str),
    /// A number as it stands in the file, in one of [`FORMATS`].
    Number(&'a str, usize),
    /// A formula, and what it last came to, as text.
    Formula(&'a str, &'a str),
    /// A formula that was written without what it comes to.
    Uncomputed(&'a str),
    /// What a formula shows that failed.
    Error(&'a str),
    /// Nothing.
    Blank,
}

/// The number formats a cell may be in.
pub(crate) const FORMATS: [&str; 5] =
    ["General", "yyyy/m/d", "0000", "[$-411]ggge\"年\"m\"月\"d\"日\"", "#,##0"];

/// A sheet: its name, its state, and its rows from the first.
pub(crate) type Sheet<'a> = (&'a str, &'a str, Vec<Vec<Cell<'a>>>);

/// The cells of CSV text, all of them text.
pub(crate) fn texts(csv: &str) -> Vec<Vec<Cell<'_>>> {
    csv.lines().map(|line| line.split(',').map(Cell::Text).collect()).collect()
}

/// A workbook of these sheets.
pub(crate) fn xlsx(sheets: &[Sheet<'_>]) -> Vec<u8> {
    zip(&parts(sheets))
}

/// The parts of a workbook by their names.
pub(crate) fn parts(sheets: &[Sheet<'_>]) -> Vec<(String, Vec<u8>)> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const LINKS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let (mut shared, mut tabs, mut links) = (Vec::new(), String::new(), String::new());
    let mut parts = Vec::new();
    for (n, (name, state, rows)) in (1..).zip(sheets) {
        let name = escaped(name);
        write!(tabs, "<sheet name=\"{name}\" sheetId=\"{n}\" state=\"{state}\" r:id=\"r{n}\"/>")
            .unwrap();
        let part = format!("worksheets/sheet{n}.xml");
        write!(links, "<Relationship Id=\"r{n}\" Type=\"{LINKS}/worksheet\" Target=\"{part}\"/>")
            .unwrap();
        let rows = rows_of(rows, &mut shared);
        let text = format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>");
        parts.push((format!("xl/{part}"), text));
    }
    write!(
        links,
        "<Relationship Id=\"s\" Type=\"{LINKS}/styles\" Target=\"styles.xml\"/>\
         <Relationship Id=\"t\" Type=\"{LINKS}/sharedStrings\" Target=\"sharedStrings.xml\"/>"
    )
    .unwrap();
    let shared = shared.iter().fold(String::new(), |text, one| {
        // The reading over the text is no part of it.
        format!("{text}<si><t>{}</t><rPh sb=\"0\" eb=\"1\"><t>ヨミ</t></rPh></si>", escaped(one))
    });
    let formats = (164..).zip(FORMATS).fold(String::new(), |text, (id, code)| {
        format!("{text}<numFmt numFmtId=\"{id}\" formatCode=\"{}\"/>", escaped(code))
    });
    let styles = (164..).zip(FORMATS).fold(String::new(), |text, (id, _)| {
        format!("{text}<xf numFmtId=\"{id}\" applyNumberFormat=\"1\"/>")
    });
    let named = |name: &str, text: String| (name.to_owned(), text);
    parts.extend([
        named(
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}\"><Relationship Id=\"r1\" \
                 Type=\"{LINKS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        named(
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{LINKS}\"><sheets>{tabs}</sheets></workbook>"
            ),
        ),
        named(
            "xl/_rels/workbook.xml.rels",
            format!("<Relationships xmlns=\"{PACKAGE}\">{links}</Relationships>"),
        ),
        named("xl/sharedStrings.xml", format!("<sst xmlns=\"{MAIN}\">{shared}</sst>")),
        named(
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{MAIN}\"><numFmts>{formats}</numFmts>\
                 <cellXfs>{styles}</cellXfs></styleSheet>"
            ),
        ),
    ]);
    parts.into_iter().map(|(name, text)| (name, text.into_bytes())).collect()
}

fn rows_of<'a>(rows: &[Vec<Cell<'a>>], shared: &mut Vec<&'a str>) -> String {
    let mut text = String::new();
    for (row, cells) in (1..).zip(rows) {
        write!(text, "<row r=\"{row}\">").unwrap();
        for (column, cell) in (1..).zip(cells) {
            let at = format!("r=\"{}{row}\"", kessai::formats::column_letters(column));
            match cell {
                Cell::Text(one) => {
                    write!(text, "<c {at} t=\"s\"><v>{}</v></c>", shared.len()).unwrap();
                    shared.push(one);
                }
                Cell::Number(one, format) => {
                    write!(text, "<c {at} s=\"{format}\"><v>{one}</v></c>").unwrap();
                }
                Cell::Formula(formula, last) => write!(
                    text,
                    "<c {at} t=\"str\"><f>{}</f><v>{}</v></c>",
                    escaped(formula),
                    escaped(last)
                )
                .unwrap(),
                Cell::Uncomputed(formula) => {
                    write!(text, "<c {at}><f>{}</f><v/></c>", escaped(formula)).unwrap();
                }
                Cell::Error(one) => {
                    write!(text, "<c {at} t=\"e\"><f>X1</f><v>{one}</v></c>").unwrap();
                }
                Cell::Blank => write!(text, "<c {at} s=\"1\"/>").unwrap(),
            }
        }
        text.push_str("</row>");
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// An archive of parts that are not packed.
pub(crate) fn zip(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    let stored = parts.iter().map(|(name, bytes)| {
        let size = u32::try_from(bytes.len()).unwrap();
        (name.as_str(), 0, size, crc32(bytes), bytes.as_slice())
    });
    archive(&stored.collect::<Vec<_>>())
}

/// An archive: of each part its name, how it is packed, how long it says it is, its checksum and
/// its bytes as they lie there.
pub(crate) fn archive(parts: &[(&str, u16, u32, u32, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, method, size, crc, packed) in parts {
        let at = u32::try_from(bytes.len()).unwrap();
        let mut head = Vec::new();
        // Needs version 2.0; names are UTF-8; 1 January 1980.
        head.extend([20, 0, 0, 8]);
        head.extend(method.to_le_bytes());
        head.extend([0, 0, 0x21, 0]);
        head.extend(crc.to_le_bytes());
        head.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
        head.extend(size.to_le_bytes());
        head.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        head.extend([0, 0]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&head);
        bytes.extend(name.bytes());
        bytes.extend(*packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.bytes());
    }
    let at = u32::try_from(bytes.len()).unwrap();
    let count = u16::try_from(parts.len()).unwrap().to_le_bytes();
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\x00\x00\x00\x00");
    bytes.extend(count);
    bytes.extend(count);
    bytes.extend(u32::try_from(directory.len()).unwrap().to_le_bytes());
    bytes.extend(at.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    })
}

//! A spreadsheet's bytes: Windows-31J or UTF-8 with a mark, CRLF, nothing that runs.

use std::borrow::Cow;
use std::io::{self, Write};

use csv::{QuoteStyle, Terminator, WriterBuilder};

use crate::domain::ResultEncoding;
use crate::domain::spreadsheet::runs;
use crate::render::Error;

/// 〓 in Windows-31J.
const GETA_CP932: [u8; 2] = [0x81, 0xAC];

/// A CSV file for Excel being written.
pub struct Sheet<'a> {
    csv: csv::Writer<&'a mut dyn Write>,
    encoding: ResultEncoding,
    replaced: u64,
}

impl std::fmt::Debug for Sheet<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sheet").field("encoding", &self.encoding).finish_non_exhaustive()
    }
}

impl<'a> Sheet<'a> {
    /// A new sheet; writes the byte order mark where the encoding has one, and errs when `out`
    /// refuses it.
    pub fn new(out: &'a mut dyn Write, encoding: ResultEncoding) -> Result<Self, Error> {
        if encoding == ResultEncoding::Utf8Bom {
            out.write_all("\u{FEFF}".as_bytes()).map_err(Error::Write)?;
        }
        let csv = WriterBuilder::new()
            .flexible(true)
            .quote_style(QuoteStyle::Necessary)
            .terminator(Terminator::CRLF)
            .from_writer(out);
        Ok(Self { csv, encoding, replaced: 0 })
    }

    /// One line; errs when the writer refuses it.
    pub fn line<I, T>(&mut self, cells: I) -> Result<(), Error>
    where
        I: IntoIterator<Item = T>,
        T: AsRef<str>,
    {
        for cell in cells {
            self.cell(&harmless(cell.as_ref()))?;
        }
        self.end_line()
    }

    /// One line of cells that are harmless already and come back to us as they are; errs when the
    /// writer refuses it.
    pub fn line_to_come_back(&mut self, cells: &[impl AsRef<str>]) -> Result<(), Error> {
        for cell in cells {
            self.cell(cell.as_ref())?;
        }
        self.end_line()
    }

    fn cell(&mut self, cell: &str) -> Result<(), Error> {
        match self.encoding {
            ResultEncoding::Utf8Bom => self.csv.write_field(cell.as_bytes()),
            ResultEncoding::Cp932 => {
                // No second byte of Windows-31J is a comma, a quote or a line end, so the CSV
                // writer may quote the encoded bytes.
                let (bytes, replaced) = cp932(cell);
                self.replaced += replaced;
                self.csv.write_field(bytes)
            }
        }
        .map_err(write_error)
    }

    fn end_line(&mut self) -> Result<(), Error> {
        self.csv.write_record(None::<&[u8]>).map_err(write_error)
    }

    /// Writes what is left; how many characters the encoding lacked. Errs when the writer refuses.
    pub fn finish(mut self) -> Result<u64, Error> {
        self.csv.flush().map_err(Error::Write)?;
        Ok(self.replaced)
    }
}

pub(super) fn write_error(error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(cause) => Error::Write(cause),
        other => Error::Write(io::Error::other(format!("{other:?}"))),
    }
}

/// The cell with an apostrophe before it if a spreadsheet would run it as a formula.
///
/// Numbers, negative ones too, stay as they are. Controls become spaces: a tab or a carriage
/// return before `=` runs as well.
pub fn harmless(cell: &str) -> Cow<'_, str> {
    let cell = if cell.contains(|c: char| c.is_control()) {
        Cow::Owned(cell.replace(|c: char| c.is_control(), " "))
    } else {
        Cow::Borrowed(cell)
    };
    if runs(&cell) { Cow::Owned(format!("'{cell}")) } else { cell }
}

/// The text in Windows-31J, and how many characters became 〓.
pub(in crate::render) fn cp932(text: &str) -> (Vec<u8>, u64) {
    let text: Cow<'_, str> = if text.chars().any(|c| twin(c) != c) {
        Cow::Owned(text.chars().map(twin).collect())
    } else {
        Cow::Borrowed(text)
    };
    let (bytes, _, unmappable) = encoding_rs::SHIFT_JIS.encode(&text);
    if !unmappable {
        return (bytes.into_owned(), 0);
    }
    // The encoder would write `&#…;`, which nobody at a desk can read.
    let mut bytes = Vec::with_capacity(text.len());
    let mut replaced = 0;
    let mut buffer = [0; 4];
    for c in text.chars() {
        let (encoded, _, unmappable) = encoding_rs::SHIFT_JIS.encode(c.encode_utf8(&mut buffer));
        if unmappable {
            bytes.extend_from_slice(&GETA_CP932);
            replaced += 1;
        } else {
            bytes.extend_from_slice(&encoded);
        }
    }
    (bytes, replaced)
}

/// The character Windows-31J has in the place of one it lacks: the same sign, as other systems
/// map it.
const fn twin(c: char) -> char {
    match c {
        '\u{301C}' => '\u{FF5E}', // wave dash
        '\u{2014}' => '\u{2015}', // dash
        '\u{2212}' => '\u{FF0D}', // minus
        '\u{2016}' => '\u{2225}', // double line
        '\u{00A2}' => '\u{FFE0}', // cent
        '\u{00A3}' => '\u{FFE1}', // pound
        '\u{00AC}' => '\u{FFE2}', // not
        '\u{00A5}' => '\u{FFE5}', // yen: the encoder would make it a backslash
        '\u{00A6}' => '\u{FFE4}', // broken bar
        '\u{00A0}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_neutralised_and_numbers_are_not() {
        for runs in ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "＝1", " =1", "\t=1", "-", "+", "−A"] {
            assert!(harmless(runs).starts_with('\''), "{runs:?} would run");
        }
        for number in ["-123", "-1,234.5", "+81", "1,234", "−5", "-１２", "", "ABC", "2026-12-01"]
        {
            assert_eq!(harmless(number), number);
        }
    }

    #[test]
    fn twins_are_used_before_geta() {
        let (bytes, replaced) = cp932("〜—−‖¢¥髙﨑①");
        assert_eq!(replaced, 0);
        let (text, _, broken) = encoding_rs::SHIFT_JIS.decode(&bytes);
        assert!(!broken);
        assert_eq!(text, "～―－∥￠￥髙﨑①");
    }

    #[test]
    fn what_windows_31j_lacks_becomes_geta_and_is_counted() {
        let (bytes, replaced) = cp932("𠮷野家㋿");
        let (text, _, _) = encoding_rs::SHIFT_JIS.decode(&bytes);
        assert_eq!((text.as_ref(), replaced), ("〓野家〓", 2));
    }
}

//! The order of records in a file: header, data, trailer, and one end.

use super::RecordKind;

/// How many headers, each with its data and trailer, a file may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Headers {
    One,
    Many,
}

/// What comes next in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::formats) enum Place {
    /// A header, and nothing else: where a file begins.
    Header,
    /// Data, or the trailer.
    Data,
    /// The end, or a further header where there may be many.
    End,
    /// Nothing: the end was met.
    Done,
}

impl Place {
    /// What comes after a record, and whether the record could stand here.
    pub(in crate::formats) const fn after(
        self,
        found: RecordKind,
        headers: Headers,
    ) -> (Self, bool) {
        let again = matches!((self, headers), (Self::End, Headers::Many));
        match found {
            RecordKind::Header => (Self::Data, matches!(self, Self::Header) || again),
            RecordKind::Data => (Self::Data, matches!(self, Self::Data)),
            RecordKind::Trailer => (Self::End, matches!(self, Self::Data)),
            RecordKind::End => (Self::Done, matches!(self, Self::End)),
        }
    }
}

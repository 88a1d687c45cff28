//! Fixed-length files by a layout that is data: which field stands at which byte.
//!
//! A layout is a table a bank can edit (`workflows/layouts/*.csv`). [`Layout::load`] tells every
//! mistake in it; a loaded one writes records from named values and reads them back. It knows no
//! order of records and no meaning of a field: those are the formats' that use it, e.g.
//! [`super::zengin`] and [`super::densai`]. Read [`Layout`] first.

mod charset;
pub(super) mod jis;
mod load;
mod order;
mod proof;
mod read;
mod split;
#[cfg(test)]
mod tests;
mod write;

pub(super) use charset::Charset;
pub(super) use order::{Headers, Place};
pub(super) use read::Record;
pub(super) use split::{Cut, Cutter, END_MARK, split};
pub use write::Newline;
pub(super) use write::{Sheet, Value, Values};

use crate::domain::Severity;

/// The kind of a record (データ区分).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RecordKind {
    /// ヘッダー, 1.
    Header,
    /// データ, 2.
    Data,
    /// トレーラー, 8.
    Trailer,
    /// エンド, 9.
    End,
}

impl RecordKind {
    /// All kinds, in the order they stand in a file.
    pub const ALL: [Self; 4] = [Self::Header, Self::Data, Self::Trailer, Self::End];

    /// The word in the column `record`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Data => "data",
            Self::Trailer => "trailer",
            Self::End => "end",
        }
    }

    /// ヘッダー, データ, トレーラー or エンド.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Header => "ヘッダー",
            Self::Data => "データ",
            Self::Trailer => "トレーラー",
            Self::End => "エンド",
        }
    }

    /// The kind of a record that begins with this byte.
    pub(super) fn of_digit(digit: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.digit() == digit)
    }

    /// The digit a record begins with.
    pub const fn digit(self) -> u8 {
        match self {
            Self::Header => b'1',
            Self::Data => b'2',
            Self::Trailer => b'8',
            Self::End => b'9',
        }
    }
}

/// What a field holds (属性).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// N: digits, right-justified, filled with zeros.
    Number,
    /// C: half-width kana, capitals, digits and signs, left-justified, filled with spaces.
    Text,
}

/// What a number that is not set is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unset {
    /// `right,0`: zeros.
    Zeros,
    /// `right,0,blank`: spaces; texts, too.
    Spaces,
}

/// Where a row of a layout comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// V: read in a published table.
    Verified,
    /// I: our own reading, to be held against the bank's table; what a layout says nothing of, too.
    Inferred,
}

impl Status {
    /// `V` or `I`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verified => "V",
            Self::Inferred => "I",
        }
    }
}

/// Whether a field must hold something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// R.
    Required,
    /// O.
    Optional,
}

/// A field of a record: a row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutField {
    /// The name a bank calls it by.
    pub name_ja: String,
    /// The name the program calls it by; one that begins with `filler` is always blank.
    pub name_en: String,
    /// What it holds.
    pub kind: FieldType,
    /// Its first byte in the record, from 0.
    pub offset: usize,
    /// How many bytes it has, at least 1.
    pub length: usize,
    /// Whether it must hold something.
    pub presence: Presence,
    /// What it is written as when nothing is to stand there.
    pub unset: Unset,
    /// Where its row comes from.
    pub status: Status,
}

impl LayoutField {
    /// Whether it is always blank.
    pub(super) fn is_filler(&self) -> bool {
        self.name_en.starts_with("filler")
    }
}

/// Where everything stands in a fixed-length file.
///
/// Shape: the fields of each kind of record follow one another without gap or overlap and sum to
/// the record length. Made only by [`Layout::load`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    record_len: usize,
    /// In the order of [`RecordKind::ALL`].
    records: [Vec<LayoutField>; 4],
}

impl Layout {
    /// How many bytes a record has, newline not counted.
    pub const fn record_len(&self) -> usize {
        self.record_len
    }

    /// The fields of a kind of record, in order.
    pub fn fields(&self, kind: RecordKind) -> &[LayoutField] {
        let [header, data, trailer, end] = &self.records;
        match kind {
            RecordKind::Header => header,
            RecordKind::Data => data,
            RecordKind::Trailer => trailer,
            RecordKind::End => end,
        }
    }
}

/// What was found in a fixed-length file, or keeps one from being written.
///
/// Shape: `record` counts from 1, 0 means the whole file; `offset` is the byte in the file where
/// the field or record begins, newlines counted. Made by the formats that use a [`Layout`], all
/// of a file at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedFinding {
    /// Which record.
    pub record: u32,
    /// The field as a bank calls it; empty when the whole record is meant.
    pub field: String,
    /// Where it begins in the file.
    pub offset: usize,
    /// Whether the file can be used all the same.
    pub severity: Severity,
    /// What is wrong and what to write, in Japanese.
    pub ja: String,
    /// The same in English.
    pub en: String,
}

impl PlacedFinding {
    /// `3件目「口座番号」(283バイト目): …`, in Japanese alone.
    pub fn japanese(&self) -> String {
        let Self { record, field, ja, .. } = self;
        let byte = self.offset.saturating_add(1);
        match (record, field.as_str()) {
            (0, _) => ja.clone(),
            (_, "") => format!("{record}件目({byte}バイト目): {ja}"),
            _ => format!("{record}件目「{field}」({byte}バイト目): {ja}"),
        }
    }
}

/// As [`PlacedFinding::japanese`], with English behind it.
impl std::fmt::Display for PlacedFinding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} / {}", self.japanese(), self.en)
    }
}

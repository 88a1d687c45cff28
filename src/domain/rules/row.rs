//! One row of a file, and where each of its cells stands there.

use crate::domain::invisible::visible;
use crate::domain::{BytePlace, Code, Field, Finding, Severity};

/// How much of a reference a finding keeps; a right one has at most 40 characters.
const REFERENCE_MAX: usize = 40;

/// One row as the file gives it.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// The record, from 1.
    pub record: u32,
    /// The physical line where it begins, from 1; of a fixed-length file the record among all.
    pub line: u32,
    /// The text of each [`Field`], in the order of [`Field::ALL`]; blank where there is none.
    pub cells: [&'a str; Field::COUNT],
    /// Where they stand.
    pub places: Places<'a>,
}

/// Where the cells of a row stand.
#[derive(Debug, Clone, Copy)]
pub enum Places<'a> {
    /// The column of each field, from 1; 0 where the file has no such column.
    Columns(&'a [u32; Field::COUNT]),
    /// In the records of a fixed-length file.
    Bytes(&'a Records<'a>),
}

/// The two records of a fixed-length file that make a row.
#[derive(Debug, Clone, Copy)]
pub struct Records<'a> {
    /// Where each field stands; none where the layout has no such field.
    pub fields: &'a [Option<ByteField>; Field::COUNT],
    /// The header the row is under.
    pub header: Part<'a>,
    /// The row's own record.
    pub data: Part<'a>,
}

/// One record of a fixed-length file.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Which record of the file, from 1.
    pub record: u32,
    /// Its first byte's place in the file, from 0.
    pub offset: u64,
    /// Its bytes as they stand in the file.
    pub bytes: &'a [u8],
}

/// Where a field of a fixed-length file stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByteField {
    /// The name a bank calls it by.
    pub name: String,
    /// Whether it stands in the header, once for all rows below.
    pub in_header: bool,
    /// Whether it holds nothing but digits, filled with zeros, or is blank.
    pub is_number: bool,
    /// Its first byte in the record, from 0.
    pub offset: usize,
    /// How many bytes it has.
    pub length: usize,
}

impl ByteField {
    /// Its place in a record of a file.
    pub fn place(&self, part: &Part<'_>) -> Box<BytePlace> {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Box::new(BytePlace {
            record: part.record,
            offset: part.offset.saturating_add(number(self.offset).into()),
            first: number(self.offset.saturating_add(1)),
            last: number(self.offset.saturating_add(self.length)),
            name: self.name.clone(),
        })
    }
}

/// What keeps a field of a fixed-length record from being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flaw {
    /// Which character of the field, from 0.
    at: usize,
    /// The byte in the file, and where.
    byte: u8,
    offset: u64,
    /// What the byte stands for; none where it stands for nothing.
    character: Option<char>,
}

impl Flaw {
    /// The first in a cell that a look at its bytes did not find right.
    #[cold]
    fn find(cell: &str, place: &ByteField, part: &Part<'_>) -> Option<Self> {
        let wrong = if place.is_number {
            // What the register filled in is no cell of the file.
            let is_of_file = cell.len() == place.length || cell.chars().count() == place.length;
            if !is_of_file || cell.bytes().all(|byte| byte == b' ') {
                return None;
            }
            |c: char| !c.is_ascii_digit()
        } else {
            |c: char| c == char::REPLACEMENT_CHARACTER
        };
        let (at, c) = cell.chars().enumerate().find(|(_, c)| wrong(*c))?;
        let at_byte = place.offset.saturating_add(at);
        Some(Self {
            at,
            byte: part.bytes.get(at_byte).copied().unwrap_or_default(),
            offset: part.offset.saturating_add(u64::try_from(at_byte).unwrap_or(u64::MAX)),
            character: (c != char::REPLACEMENT_CHARACTER).then_some(c),
        })
    }

    /// F07 for a byte that is no character, D02 for one that is no digit.
    pub(super) const fn code(self) -> Code {
        if self.character.is_none() { Code::F07 } else { Code::D02 }
    }

    /// What is wrong and what to write.
    pub(super) fn words(self) -> (String, String) {
        let Self { at, byte, offset, character } = self;
        let at = at.saturating_add(1);
        let Some(c) = character else {
            return no_character(at, byte, offset);
        };
        let shown = if c == ' ' { "空白".to_owned() } else { format!("「{c}」") };
        let c = if c == ' ' { "a space".to_owned() } else { c.to_string() };
        (
            format!(
                "数字の項目の{at}桁目が{shown}です。前を0で詰めた半角数字にしてください。\
                 何も書かないときは全部を空白にします。"
            ),
            format!("digit {at} is {c}; write digits filled with zeros, or nothing but spaces"),
        )
    }
}

/// What is told of a byte that is no character (F07): the `at`-th of its field from 1, `offset`
/// bytes behind the file's first.
pub fn no_character(at: usize, byte: u8, offset: u64) -> (String, String) {
    (
        format!(
            "{at}文字目(ファイルの先頭から{offset}バイト目、0から数えて)の 0x{byte:02X} は文字では\
             ありません。使える文字に直してください。"
        ),
        format!("character {at}, byte {offset} of the file, is 0x{byte:02X}, which is none"),
    )
}

impl Row<'_> {
    /// A finding on one of its cells.
    pub fn finding(
        &self,
        (code, severity): (Code, Severity),
        field: Field,
        value: String,
        (ja, en): (String, String),
    ) -> Finding {
        let (column, bytes) = self.place(field);
        let Self { record, line, .. } = *self;
        let (reference, field) = (self.reference(), Some(field));
        Finding { record, line, column, bytes, reference, field, code, severity, value, ja, en }
    }

    /// Its 請求者RefNo, as far as it may be shown.
    fn reference(&self) -> Option<Box<str>> {
        let cell = self.cells.get(Field::RequesterRef.index()).map_or("", |cell| cell.trim());
        let shown = || visible(&cell.chars().take(REFERENCE_MAX).collect::<String>());
        (!cell.is_empty()).then(|| shown().into_boxed_str())
    }

    /// The column of a cell, or its bytes.
    pub fn place(&self, field: Field) -> (u32, Option<Box<BytePlace>>) {
        match self.places {
            Places::Columns(columns) => {
                (columns.get(field.index()).copied().unwrap_or_default(), None)
            }
            Places::Bytes(records) => {
                (0, records.field(field).map(|(field, part)| field.place(part)))
            }
        }
    }

    /// Whether its file has such a cell at all.
    pub(super) fn has(&self, field: Field) -> bool {
        match self.places {
            Places::Columns(columns) => columns.get(field.index()).is_some_and(|at| *at > 0),
            Places::Bytes(records) => records.field(field).is_some(),
        }
    }

    /// What keeps a cell of a fixed-length record from being read at all.
    pub(super) fn flaw(&self, field: Field) -> Option<Flaw> {
        let Places::Bytes(records) = self.places else { return None };
        let (place, part) = records.field(field)?;
        let cell = self.cells.get(field.index()).copied().unwrap_or_default();
        // Nearly every cell is right, which a look at its bytes says.
        let is_right = if place.is_number {
            cell.bytes().all(|byte| byte.is_ascii_digit())
        } else {
            cell.is_ascii() || !cell.contains(char::REPLACEMENT_CHARACTER)
        };
        if is_right { None } else { Flaw::find(cell, place, part) }
    }
}

impl<'a> Records<'a> {
    /// A field with the record it stands in.
    fn field(&self, field: Field) -> Option<(&'a ByteField, &Part<'a>)> {
        let place = self.fields.get(field.index())?.as_ref()?;
        Some((place, if place.in_header { &self.header } else { &self.data }))
    }
}

//! A layout out of its table: every row for itself first, then what the rows are together.

use super::super::sheet::{Heading, Row, Sheet, TableMistake};
use super::proof::{proof, proved};
use super::{FieldType, Layout, LayoutField, Presence, RecordKind, Status, Unset};

const RECORD: usize = 0;
const SEQ: usize = 1;
pub(super) const NAME_JA: usize = 2;
pub(super) const NAME_EN: usize = 3;
const TYPE: usize = 4;
pub(super) const OFFSET: usize = 5;
pub(super) const LENGTH: usize = 6;
const REQUIRED: usize = 7;
const PAD: usize = 8;
const STATUS: usize = 9;
const NOTES: usize = 10;

const HEADINGS: [Heading; 11] = [
    &["record"],
    &["seq"],
    &["name_ja"],
    &["name_en"],
    &["type"],
    &["offset"],
    &["length"],
    &["required"],
    &["pad"],
    &["status"],
    &["notes"],
];

const TYPES: [(&str, FieldType); 2] = [("N", FieldType::Number), ("C", FieldType::Text)];
const PRESENCES: [(&str, Presence); 2] = [("R", Presence::Required), ("O", Presence::Optional)];
const STATUSES: [(&str, Status); 3] =
    [("V", Status::Verified), ("I", Status::Inferred), ("", Status::Inferred)];

/// A field with the row it was read from.
pub(super) struct Placed {
    pub(super) kind: RecordKind,
    pub(super) field: LayoutField,
    pub(super) row: Row,
}

impl Layout {
    /// Reads a layout of records of `record_len` bytes; `needs` are the fields the reader of the
    /// file asks for, by their English names.
    ///
    /// Shape of the table: the columns record, seq, name_ja, name_en, type (N or C), offset (from
    /// 0), length, required (R or O), pad (`right,0` for N, with `,blank` where a number that is
    /// not set is written as spaces; `left,space` for C) and, if wanted, status (V or I) and notes;
    /// rows that begin with `#` are comments. Errs with every mistake at once.
    pub fn load(
        text: &str,
        record_len: usize,
        needs: &[(RecordKind, &[&str])],
    ) -> Result<Self, Vec<TableMistake>> {
        let Sheet { rows, mut mistakes } = Sheet::read(text, &HEADINGS, &[STATUS, NOTES]);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let read: Vec<Placed> =
            rows.into_iter().filter_map(|row| field(row, &mut mistakes)).collect();
        // What a row does not say cannot be weighed against its neighbours.
        if mistakes.is_empty() {
            mistakes = proof(&read, record_len, needs);
        }
        if !mistakes.is_empty() {
            mistakes.sort();
            return Err(mistakes);
        }
        Ok(proved(read, record_len))
    }
}

/// The value of a cell that is one of some words; another word is a mistake.
fn one_of<T: Copy>(
    (row, heading): (&Row, usize),
    words: &[(&str, T)],
    (ja, en): (&str, &str),
    mistakes: &mut Vec<TableMistake>,
) -> Option<T> {
    let found = words.iter().find(|(word, _)| *word == row.text(heading));
    if found.is_none() {
        mistakes.push(row.wrong(heading, ja, en));
    }
    found.map(|(_, value)| *value)
}

fn field(row: Row, mistakes: &mut Vec<TableMistake>) -> Option<Placed> {
    let before = mistakes.len();
    let kinds = RecordKind::ALL.map(|kind| (kind.name(), kind));
    let kind = one_of(
        (&row, RECORD),
        &kinds,
        (
            "header、data、trailer、end のどれかにしてください。",
            "write header, data, trailer or end",
        ),
        mistakes,
    );
    let words = ("N(数字)か C(文字)にしてください。", "write N for digits or C for text");
    let field_type = one_of((&row, TYPE), &TYPES, words, mistakes);
    mistakes.extend(pad_mistake(&row, field_type));
    let words = ("R(必須)か O(任意)にしてください。", "write R for required or O for optional");
    let presence = one_of((&row, REQUIRED), &PRESENCES, words, mistakes);
    let words = (
        "V(公表資料で確かめた)か I(当方の読み)にしてください。",
        "write V for verified or I for inferred",
    );
    let status = one_of((&row, STATUS), &STATUSES, words, mistakes);
    let number = |heading: usize| row.text(heading).parse::<usize>().ok().filter(|n| *n <= 9_999);
    if number(SEQ).is_none() {
        mistakes.push(row.wrong(
            SEQ,
            "項目の順番を数字で書いてください。",
            "write the field's number",
        ));
    }
    let (offset, length) = (number(OFFSET), number(LENGTH).filter(|length| *length > 0));
    if offset.is_none() {
        mistakes.push(row.wrong(
            OFFSET,
            "先頭を0とする位置を数字で書いてください。",
            "write the first byte as a number from 0",
        ));
    }
    if length.is_none() {
        mistakes.push(row.wrong(
            LENGTH,
            "バイト数を1以上の数字で書いてください。",
            "write the number of bytes, at least 1",
        ));
    }
    for name in [NAME_JA, NAME_EN] {
        if row.text(name).is_empty() {
            mistakes.push(row.wrong(
                name,
                "項目の名前を書いてください。",
                "write the field's name",
            ));
        }
    }
    if mistakes.len() > before {
        return None;
    }
    let field = LayoutField {
        name_ja: row.text(NAME_JA).to_owned(),
        name_en: row.text(NAME_EN).to_owned(),
        kind: field_type?,
        offset: offset?,
        length: length?,
        presence: presence?,
        unset: if row.text(PAD) == "right,0" { Unset::Zeros } else { Unset::Spaces },
        status: status?,
    };
    Some(Placed { kind: kind?, field, row })
}

/// The filling must be one its type allows.
fn pad_mistake(row: &Row, field_type: Option<FieldType>) -> Option<TableMistake> {
    const NUMBER: [&str; 2] = ["right,0", "right,0,blank"];
    const TEXT: [&str; 1] = ["left,space"];
    let pad = row.text(PAD);
    let wanted = match field_type {
        Some(FieldType::Number) => NUMBER.as_slice(),
        Some(FieldType::Text) => TEXT.as_slice(),
        None if NUMBER.iter().chain(&TEXT).any(|known| *known == pad) => return None,
        None => &["right,0", "right,0,blank", "left,space"],
    };
    let told = wanted.join(" / ");
    (!wanted.contains(&pad)).then(|| {
        row.wrong(
            PAD,
            format!("詰め方「{pad}」は使えません。{told} と書いてください。"),
            format!("the filling `{pad}` cannot be used here; write {told}"),
        )
    })
}

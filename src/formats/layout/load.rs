//! A layout out of its table: every row for itself first, then what the rows are together.

use super::super::sheet::{Heading, Row, Sheet, TableMistake};
use super::proof::{proof, proved};
use super::{FieldType, Layout, LayoutField, Presence, RecordKind};

const RECORD: usize = 0;
const SEQ: usize = 1;
pub(super) const NAME_JA: usize = 2;
pub(super) const NAME_EN: usize = 3;
const TYPE: usize = 4;
pub(super) const OFFSET: usize = 5;
pub(super) const LENGTH: usize = 6;
const REQUIRED: usize = 7;
const PAD: usize = 8;
const NOTES: usize = 9;

const HEADINGS: [Heading; 10] = [
    &["record"],
    &["seq"],
    &["name_ja"],
    &["name_en"],
    &["type"],
    &["offset"],
    &["length"],
    &["required"],
    &["pad"],
    &["notes"],
];

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
    /// 0), length, required (R or O), pad (`right,0` for N, `left,space` for C) and, if wanted,
    /// notes; rows that begin with `#` are comments. Errs with every mistake at once.
    pub fn load(
        text: &str,
        record_len: usize,
        needs: &[(RecordKind, &[&str])],
    ) -> Result<Self, Vec<TableMistake>> {
        let Sheet { rows, mut mistakes } = Sheet::read(text, &HEADINGS, &[NOTES]);
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

fn field(row: Row, mistakes: &mut Vec<TableMistake>) -> Option<Placed> {
    let before = mistakes.len();
    let kind = RecordKind::ALL.into_iter().find(|kind| kind.name() == row.text(RECORD));
    let mut say = |wrong: Option<TableMistake>| mistakes.extend(wrong);
    let told = |heading: usize, ja: &str, en: &str| Some(row.wrong(heading, ja, en));
    if kind.is_none() {
        let (ja, en) = (
            "header、data、trailer、end のどれかにしてください。",
            "write header, data, trailer or end",
        );
        say(told(RECORD, ja, en));
    }
    let field_type = match row.text(TYPE) {
        "N" => Some(FieldType::Number),
        "C" => Some(FieldType::Text),
        _ => None,
    };
    if field_type.is_none() {
        say(told(TYPE, "N(数字)か C(文字)にしてください。", "write N for digits or C for text"));
    }
    say(pad_mistake(&row, field_type));
    let presence = match row.text(REQUIRED) {
        "R" => Some(Presence::Required),
        "O" => Some(Presence::Optional),
        _ => None,
    };
    if presence.is_none() {
        say(told(
            REQUIRED,
            "R(必須)か O(任意)にしてください。",
            "write R for required or O for optional",
        ));
    }
    let number = |heading: usize| row.text(heading).parse::<usize>().ok().filter(|n| *n <= 9_999);
    if number(SEQ).is_none() {
        say(told(SEQ, "項目の順番を数字で書いてください。", "write the field's number"));
    }
    let (offset, length) = (number(OFFSET), number(LENGTH).filter(|length| *length > 0));
    if offset.is_none() {
        say(told(
            OFFSET,
            "先頭を0とする位置を数字で書いてください。",
            "write the first byte as a number from 0",
        ));
    }
    if length.is_none() {
        say(told(
            LENGTH,
            "バイト数を1以上の数字で書いてください。",
            "write the number of bytes, at least 1",
        ));
    }
    for name in [NAME_JA, NAME_EN] {
        if row.text(name).is_empty() {
            say(told(name, "項目の名前を書いてください。", "write the field's name"));
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
    };
    Some(Placed { kind: kind?, field, row })
}

/// The filling must be the one its type asks for.
fn pad_mistake(row: &Row, field_type: Option<FieldType>) -> Option<TableMistake> {
    let pad = row.text(PAD);
    let wanted = match field_type {
        Some(FieldType::Number) => "right,0",
        Some(FieldType::Text) => "left,space",
        None if ["right,0", "left,space"].contains(&pad) => return None,
        None => "right,0 / left,space",
    };
    (pad != wanted).then(|| {
        row.wrong(
            PAD,
            format!("詰め方「{pad}」は使えません。{wanted} と書いてください。"),
            format!("the filling `{pad}` cannot be used here; write {wanted}"),
        )
    })
}

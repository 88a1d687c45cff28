//! A record out of named values: what does not fit or cannot be written is told, never cut.

use std::collections::BTreeMap;

use super::jis;
use super::{FieldType, Layout, LayoutField, PlacedFinding, Presence, RecordKind, Unset};
use crate::domain::Severity;
use crate::domain::rules::{is_network_character, normalise};

/// A value for a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::formats) enum Value {
    /// An amount or a count.
    Number(u64),
    /// Digits as they are, e.g. an account number; empty for none.
    Digits(String),
    /// Text, written in half-width kana as far as it can be.
    Text(String),
    /// The same, cut where it is too long.
    Name(String),
}

/// The values of a record by the English names of its fields; others stay blank.
pub(in crate::formats) type Values<'v> = BTreeMap<&'v str, Value>;

impl Layout {
    /// Where a record begins in a file without newlines.
    fn offset(&self, record: u32) -> usize {
        usize::try_from(record.saturating_sub(1)).unwrap_or(0).saturating_mul(self.record_len)
    }

    /// The bytes of the `record`-th record, without newline; errs with everything that cannot be
    /// written, and where it would have stood.
    pub(in crate::formats) fn write(
        &self,
        (record, kind): (u32, RecordKind),
        values: &Values<'_>,
    ) -> Result<Vec<u8>, Vec<PlacedFinding>> {
        let mut bytes = Vec::with_capacity(self.record_len);
        let mut findings = Vec::new();
        for field in self.fields(kind) {
            match written(field, values.get(field.name_en.as_str())) {
                Ok(field_bytes) => bytes.extend(field_bytes),
                Err((ja, en)) => findings.push(PlacedFinding {
                    record,
                    field: field.name_ja.clone(),
                    offset: self.offset(record) + field.offset,
                    severity: Severity::Error,
                    ja,
                    en,
                }),
            }
        }
        if findings.is_empty() { Ok(bytes) } else { Err(findings) }
    }
}

/// What stands between records when a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newline {
    /// Nothing.
    None,
    /// CR and LF after each record.
    CrLf,
}

/// A file being written, record by record.
#[derive(Debug)]
pub(in crate::formats) struct Sheet<'l> {
    layout: &'l Layout,
    newline: Newline,
    number: u32,
    bytes: Vec<u8>,
    findings: Vec<PlacedFinding>,
}

impl<'l> Sheet<'l> {
    /// An empty file.
    pub(in crate::formats) const fn new(layout: &'l Layout, newline: Newline) -> Self {
        Self { layout, newline, number: 0, bytes: Vec::new(), findings: Vec::new() }
    }

    /// Adds a record.
    pub(in crate::formats) fn record(&mut self, kind: RecordKind, mut values: Values<'_>) {
        self.number = self.number.saturating_add(1);
        let digit = u64::from(kind.digit().saturating_sub(b'0'));
        values.insert("record_type", Value::Number(digit));
        match self.layout.write((self.number, kind), &values) {
            Ok(bytes) => self.bytes.extend(bytes),
            Err(findings) => self.findings.extend(findings),
        }
        match self.newline {
            Newline::None => {}
            Newline::CrLf => self.bytes.extend(b"\r\n"),
        }
    }

    /// Something about the record added last, in words of its own.
    pub(in crate::formats) fn told(
        &self,
        field: &str,
        severity: Severity,
        (ja, en): (String, String),
    ) -> PlacedFinding {
        let (record, field) = (self.number, field.to_owned());
        PlacedFinding { record, field, offset: self.layout.offset(record), severity, ja, en }
    }

    /// Ends the file with its one end record; errs with everything that could not be written.
    pub(in crate::formats) fn finish(mut self) -> Result<Vec<u8>, Vec<PlacedFinding>> {
        self.record(RecordKind::End, Values::new());
        if self.findings.is_empty() { Ok(self.bytes) } else { Err(self.findings) }
    }
}

/// What is wrong, in Japanese and English.
type Told = (String, String);

fn written(field: &LayoutField, value: Option<&Value>) -> Result<Vec<u8>, Told> {
    let value = value.filter(|_| !field.is_filler());
    match field.kind {
        FieldType::Number => {
            let digits = match value {
                Some(Value::Number(number)) => number.to_string(),
                Some(Value::Digits(text) | Value::Text(text) | Value::Name(text)) => text.clone(),
                None => String::new(),
            };
            number(field, &digits)
        }
        FieldType::Text => match value {
            Some(Value::Name(name)) => text(field, name, TooLong::Cut),
            Some(Value::Text(text_value) | Value::Digits(text_value)) => {
                text(field, text_value, TooLong::Refuse)
            }
            Some(Value::Number(number)) => text(field, &number.to_string(), TooLong::Refuse),
            None => text(field, "", TooLong::Refuse),
        },
    }
}

fn number(field: &LayoutField, digits: &str) -> Result<Vec<u8>, Told> {
    let (length, width) = (digits.len(), field.length);
    if digits.is_empty() && field.presence == Presence::Required {
        return Err(nothing());
    }
    if digits.is_empty() && field.unset == Unset::Spaces {
        return Ok(vec![b' '; width]);
    }
    if let Some(c) = digits.chars().find(|c| !c.is_ascii_digit()) {
        return Err((
            format!("数字の項目に「{c}」があります。半角数字だけで書いてください。"),
            format!("`{c}` is no digit"),
        ));
    }
    if length > width {
        return Err((
            format!("{width}桁の項目に{length}桁の数字は入りません。数字は切り捨てません。"),
            format!("{length} digits do not fit into {width}; numbers are never cut"),
        ));
    }
    let mut bytes = vec![b'0'; width - length];
    bytes.extend(digits.bytes());
    Ok(bytes)
}

/// What is done with a text that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TooLong {
    Cut,
    Refuse,
}

fn text(field: &LayoutField, name: &str, too_long: TooLong) -> Result<Vec<u8>, Told> {
    let (name, _) = normalise(name.trim());
    let bad = name.chars().find(|c| !is_network_character(*c) || jis::byte(*c).is_none());
    if let Some(c) = bad {
        return Err((
            format!(
                "「{c}」(U+{:04X})は使えません。半角のカナ・英大文字・数字に直してください。",
                u32::from(c)
            ),
            format!(
                "`{c}` (U+{:04X}) cannot be written; use half-width kana, capitals and digits",
                u32::from(c)
            ),
        ));
    }
    if name.is_empty() && field.presence == Presence::Required && !field.is_filler() {
        return Err(nothing());
    }
    let (length, width) = (name.chars().count(), field.length);
    if length > width && too_long == TooLong::Refuse {
        return Err((
            format!("{width}文字の項目に{length}文字は入りません。短くしてください。"),
            format!("{length} characters do not fit into {width}; shorten the text"),
        ));
    }
    let mut bytes: Vec<u8> = cut(&name, width).chars().filter_map(jis::byte).collect();
    bytes.resize(field.length, b' ');
    Ok(bytes)
}

/// The first `width` characters; a kana is not left without its voicing mark.
fn cut(name: &str, width: usize) -> &str {
    let Some((end, next)) = name.char_indices().nth(width) else { return name };
    let kept = name.get(..end).unwrap_or_default();
    if matches!(next, 'ﾞ' | 'ﾟ') {
        let mut chars = kept.chars();
        chars.next_back();
        return chars.as_str();
    }
    kept
}

fn nothing() -> Told {
    ("必須の項目です。値を入れてください。".to_owned(), "a value is required".to_owned())
}

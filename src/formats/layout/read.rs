//! A record into named values, each mistake with its place.

use std::collections::BTreeMap;

use super::jis;
use super::{FieldType, Layout, LayoutField, PlacedFinding, Presence, RecordKind};
use crate::domain::Severity;
use crate::domain::rules::{is_network_character, normalise};

/// A record that was read: what its fields hold, by their English names.
///
/// Shape: numbers are their digits with all zeros, empty when blank; texts end with their last
/// character. A field with a mistake is not there.
#[derive(Debug, Clone)]
pub(in crate::formats) struct Record<'l> {
    pub(in crate::formats) number: u32,
    offset: usize,
    fields: &'l [LayoutField],
    values: BTreeMap<&'l str, String>,
}

impl Record<'_> {
    /// What a field holds; none when there was a mistake in it.
    pub(in crate::formats) fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A field as a number; blank counts as zero.
    pub(in crate::formats) fn amount(&self, name: &str) -> Option<u64> {
        let digits = self.text(name)?;
        if digits.is_empty() { Some(0) } else { digits.parse().ok() }
    }

    /// A field as a value with a shape; what does not have it is told by `wanted`.
    pub(in crate::formats) fn parsed<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Option<T>,
        wanted: (&str, &str),
        findings: &mut Vec<PlacedFinding>,
    ) -> Option<T> {
        let text = self.text(name)?;
        let value = parse(text);
        if value.is_none() {
            findings.push(self.finding(name, wanted));
        }
        value
    }

    /// A warning that a text was read with other characters than it was written in.
    fn changed(&self, name: &str, (old, new): (&str, &str)) -> PlacedFinding {
        let ja = format!("使えない文字を読み替えました: 「{old}」→「{new}」");
        let en = format!("read with the network's characters: 「{old}」 -> 「{new}」");
        PlacedFinding { severity: Severity::Warning, ..self.finding(name, (&ja, &en)) }
    }

    /// An error in a field, or in the whole record when it has none of that name.
    pub(in crate::formats) fn finding(&self, name: &str, (ja, en): (&str, &str)) -> PlacedFinding {
        let field = self.fields.iter().find(|field| field.name_en == name);
        PlacedFinding {
            record: self.number,
            field: field.map(|field| field.name_ja.clone()).unwrap_or_default(),
            offset: self.offset + field.map_or(0, |field| field.offset),
            severity: Severity::Error,
            ja: ja.to_owned(),
            en: en.to_owned(),
        }
    }
}

impl Layout {
    /// Reads the `number`-th record, which begins at `offset` of its file.
    pub(in crate::formats) fn read<'l>(
        &'l self,
        (number, kind, offset): (u32, RecordKind, usize),
        bytes: &[u8],
        findings: &mut Vec<PlacedFinding>,
    ) -> Record<'l> {
        let fields = self.fields(kind);
        let mut record = Record { number, offset, fields, values: BTreeMap::new() };
        for field in fields.iter().filter(|field| !field.is_filler()) {
            let bytes = bytes.get(field.offset..field.offset + field.length).unwrap_or_default();
            let value = match field.kind {
                FieldType::Number => digits(bytes),
                FieldType::Text => letters(bytes).map(|(written, value)| {
                    if written != value {
                        findings.push(record.changed(&field.name_en, (&written, &value)));
                    }
                    value
                }),
            };
            let missing = field.presence == Presence::Required;
            match value {
                Ok(value) if value.is_empty() && missing => findings.push(record.finding(
                    &field.name_en,
                    ("必須の項目が空です。値を入れてください。", "a value is required"),
                )),
                Ok(value) => {
                    record.values.insert(&field.name_en, value);
                }
                Err((ja, en)) => findings.push(record.finding(&field.name_en, (&ja, &en))),
            }
        }
        record
    }
}

fn digits(bytes: &[u8]) -> Result<String, (String, String)> {
    if bytes.iter().all(|byte| *byte == b' ') {
        return Ok(String::new());
    }
    if let Some(at) = bytes.iter().position(|byte| !byte.is_ascii_digit()) {
        let shown = shown(bytes.get(at).copied().unwrap_or_default());
        return Err((
            format!("数字の項目の{}桁目が{shown}です。前を0で詰めた数字にしてください。", at + 1),
            format!("position {} holds {shown}; write digits, filled with zeros", at + 1),
        ));
    }
    Ok(bytes.iter().map(|byte| char::from(*byte)).collect())
}

/// A text as it is written, and in the network's characters.
fn letters(bytes: &[u8]) -> Result<(String, String), (String, String)> {
    let wrong = |at: usize, shown: &str| {
        Err((
            format!(
                "{}文字目の{shown}は使えません。半角のカナ・英大文字・数字に直してください。",
                at + 1
            ),
            format!("character {} is {shown}; use half-width kana, capitals and digits", at + 1),
        ))
    };
    let mut text = String::with_capacity(bytes.len() * 3);
    for (at, byte) in bytes.iter().enumerate() {
        let Some(c) = jis::character(*byte) else { return wrong(at, &shown(*byte)) };
        text.push(c);
    }
    // Small kana and lower case come from programs that do not know the network's characters.
    let written = text.trim();
    let before = text.chars().take_while(|c| c.is_whitespace()).count();
    let (name, _) = normalise(written);
    match name.chars().enumerate().find(|(_, c)| !is_network_character(*c)) {
        Some((at, c)) => wrong(before + at, &format!("「{c}」")),
        None => Ok((written.to_owned(), name.into_owned())),
    }
}

/// A byte as a person can recognise it.
fn shown(byte: u8) -> String {
    match jis::character(byte) {
        Some(' ') => "空白".to_owned(),
        Some(c) => format!("「{c}」"),
        None => format!("0x{byte:02X}"),
    }
}

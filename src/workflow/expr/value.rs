//! What a condition or a table can speak of: types, values, and the values of one case.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{Date, Timestamp, YenTotal};

/// The type of a field, an expression or a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Whole yen, never negative.
    Yen,
    /// A whole number: pieces, days.
    Number,
    /// A civil date.
    Date,
    /// はい or いいえ.
    Bool,
    /// Any text, compared letter by letter.
    Text,
    /// One of a few words.
    Enum(Arc<[Word]>),
}

/// A word of an enum: what is stored and what a person reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What is stored and written in conditions, e.g. `simple`.
    pub id: String,
    /// What a person reads, e.g. 店内検印のみ.
    pub label: String,
}

/// One value.
///
/// Shape: [`Value::Yen`] and [`Value::Number`] are whole; [`Value::Word`] holds the word's id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Value {
    /// Whole yen.
    Yen(i64),
    /// A whole number.
    Number(i64),
    /// A civil date.
    Date(Date),
    /// はい or いいえ.
    Bool(bool),
    /// A text.
    Text(String),
    /// The id of a word of an enum.
    Word(String),
}

/// The values of one case by name; a name that is not here is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<String, Value>);

impl Values {
    /// These values with one more; nothing is put in for a missing value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Option<Value>>) -> Self {
        self.set(name, value);
        self
    }

    /// Puts a value in the place of the one `name` had; a missing value takes it away.
    pub fn set(&mut self, name: &str, value: impl Into<Option<Value>>) {
        match value.into() {
            Some(value) => {
                self.0.insert(name.to_owned(), value);
            }
            None => {
                self.0.remove(name);
            }
        }
    }

    /// The value of `name`, unless it is missing.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// All values that are there, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl Type {
    /// An enum of words, each its id and its label.
    pub fn words(words: &[(&str, &str)]) -> Self {
        let word = |(id, label): &(&str, &str)| Word { id: (*id).into(), label: (*label).into() };
        Self::Enum(words.iter().map(word).collect())
    }

    /// 金額, 数, 日付, …: what a person is told to write.
    pub const fn japanese(&self) -> &'static str {
        match self {
            Self::Yen => "金額",
            Self::Number => "数",
            Self::Date => "日付",
            Self::Bool => "はい・いいえ",
            Self::Text => "文字",
            Self::Enum(_) => "区分",
        }
    }

    /// `yen`, `number`, `date`, `bool`, `text` or `enum`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Yen => "yen",
            Self::Number => "number",
            Self::Date => "date",
            Self::Bool => "bool",
            Self::Text => "text",
            Self::Enum(_) => "enum",
        }
    }

    /// A value as a person types it into a form; nothing for what is none.
    ///
    /// Amounts may carry 円, thousands commas and full-width digits, dates may be written with
    /// slashes, words by their label.
    pub fn read(&self, text: &str) -> Option<Value> {
        let plain: String = text.trim().chars().map(half_width).filter(|c| *c != ',').collect();
        match self {
            Self::Yen => {
                let yen = plain.trim_end_matches('円').parse().ok().filter(|yen: &i64| *yen >= 0);
                yen.map(Value::Yen)
            }
            Self::Number => plain.parse().ok().map(Value::Number),
            Self::Date => Date::parse(&plain.replace('/', "-")).ok().map(Value::Date),
            Self::Bool => match plain.as_str() {
                "はい" | "true" | "yes" => Some(Value::Bool(true)),
                "いいえ" | "false" | "no" => Some(Value::Bool(false)),
                _ => None,
            },
            Self::Text => {
                let text = text.trim();
                let fits = !text.is_empty() && text.chars().count() <= 200;
                let clean = !text.chars().any(char::is_control);
                (fits && clean).then(|| Value::Text(text.to_owned()))
            }
            Self::Enum(words) => {
                let found = words.iter().find(|word| word.id == plain || word.label == text.trim());
                found.map(|word| Value::Word(word.id.clone()))
            }
        }
    }

    /// The words a person may choose from in a form; nothing for what is typed.
    pub fn choices(&self) -> Vec<String> {
        match self {
            Self::Bool => vec!["はい".to_owned(), "いいえ".to_owned()],
            Self::Enum(words) => words.iter().map(|word| word.label.clone()).collect(),
            Self::Yen | Self::Number | Self::Date | Self::Text => Vec::new(),
        }
    }

    /// What a person is to write into a form.
    pub fn shape(&self) -> String {
        match self {
            Self::Yen => "1,000,000 のような金額".to_owned(),
            Self::Number => "半角の数字".to_owned(),
            Self::Date => "2026-12-01 のような日付".to_owned(),
            Self::Bool => "はい か いいえ".to_owned(),
            Self::Text => "200文字まで".to_owned(),
            Self::Enum(words) => {
                let labels: Vec<&str> = words.iter().map(|word| word.label.as_str()).collect();
                labels.join("・")
            }
        }
    }

    /// Whether values of this type have a size: yen, numbers and dates.
    pub const fn is_ordered(&self) -> bool {
        matches!(self, Self::Yen | Self::Number | Self::Date)
    }

    /// Whether a value may stand in a field of this type.
    pub fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Yen, Value::Yen(_))
            | (Self::Number, Value::Number(_))
            | (Self::Date, Value::Date(_))
            | (Self::Bool, Value::Bool(_))
            | (Self::Text, Value::Text(_)) => true,
            (Self::Enum(words), Value::Word(id)) => words.iter().any(|word| word.id == *id),
            _ => false,
        }
    }

    /// The value as a person reads it: `1,000,000円`, `2026年4月1日`, はい, a word's label.
    pub fn show(&self, value: &Value) -> String {
        match value {
            Value::Yen(yen) => format!("{}円", thousands(*yen)),
            Value::Number(number) => thousands(*number),
            Value::Date(date) => date.japanese(),
            Value::Bool(true) => "はい".to_owned(),
            Value::Bool(false) => "いいえ".to_owned(),
            Value::Text(text) => format!("「{text}」"),
            Value::Word(id) => format!("「{}」", self.label(id)),
        }
    }

    /// The label of a word; its id where the word is not of this type.
    pub fn label<'a>(&'a self, id: &'a str) -> &'a str {
        let Self::Enum(words) = self else { return id };
        words.iter().find(|word| word.id == id).map_or(id, |word| &word.label)
    }

    /// Where a value of this type stands on the number line: yen and numbers where they are,
    /// dates by the day, words in their order, いいえ before はい. Texts stand nowhere.
    pub(crate) fn rank(&self, value: &Value) -> Option<i64> {
        match (self, value) {
            (Self::Yen, Value::Yen(number)) | (Self::Number, Value::Number(number)) => {
                Some(*number)
            }
            (Self::Date, Value::Date(date)) => Some(date.days_since(first_day())),
            (Self::Bool, Value::Bool(value)) => Some(i64::from(*value)),
            (Self::Enum(words), Value::Word(id)) => {
                words.iter().position(|word| word.id == *id).and_then(|at| at.try_into().ok())
            }
            _ => None,
        }
    }

    /// The value at a rank.
    pub(crate) fn at_rank(&self, rank: i64) -> Option<Value> {
        match self {
            Self::Yen => (rank >= 0).then_some(Value::Yen(rank)),
            Self::Number => Some(Value::Number(rank)),
            Self::Date => {
                let date = first_day().plus_days(rank);
                (date.days_since(first_day()) == rank).then_some(Value::Date(date))
            }
            Self::Bool => (0..=1).contains(&rank).then_some(Value::Bool(rank == 1)),
            Self::Enum(words) => {
                words.get(usize::try_from(rank).ok()?).map(|word| Value::Word(word.id.clone()))
            }
            Self::Text => None,
        }
    }

    /// The first and the last rank.
    pub(crate) fn ranks(&self) -> (i64, i64) {
        match self {
            Self::Yen => (0, i64::MAX),
            Self::Number => (i64::MIN, i64::MAX),
            Self::Date => {
                let rank = |year, month, day| {
                    Date::new(year, month, day).map_or(0, |date| date.days_since(first_day()))
                };
                (rank(1900, 1, 1), rank(2199, 12, 31))
            }
            Self::Bool => (0, 1),
            Self::Enum(words) => {
                (0, i64::try_from(words.len()).unwrap_or(i64::MAX).saturating_sub(1))
            }
            Self::Text => (0, 0),
        }
    }
}

/// Full-width digits, commas, signs and slashes as half-width ones.
fn half_width(c: char) -> char {
    match c {
        '０'..='９' | '，' | '－' | '／' => {
            u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).unwrap_or(c)
        }
        _ => c,
    }
}

/// Where the days are counted from: 1970-01-01.
fn first_day() -> Date {
    Timestamp::from_ms(0).date()
}

/// `-1,234,567`.
fn thousands(number: i64) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", YenTotal::new(number.unsigned_abs()))
}

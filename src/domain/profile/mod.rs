//! Profiles (変換表): which of another system's columns each of ours comes from, and how its cells
//! are to be read.
//!
//! A profile changes how a value is written, never what it is: what does not have the shape it
//! asks for stays as it stands, and the rules tell of it. Read [`Profile`] first.

mod forms;

use std::collections::BTreeMap;

use super::rules::{Need, need, need_of_any_kind};
use super::{Field, RequestKind};

pub use forms::{date_as_written, half_width};

/// Where each of our columns comes from in the files of another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Its file's name without the ending, e.g. `payables`.
    pub name: String,
    /// What people call it, e.g. ○○会計の支払予定表.
    pub title: String,
    /// Our columns; one that is not here comes from nowhere.
    pub columns: BTreeMap<Field, Made>,
}

/// Where a column comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// The same text in each row; empty where the register of customers is to fill it in.
    Constant(String),
    /// The day of receipt, or the next day banks are open.
    ReceiptDay,
    /// A column of theirs.
    From(Source),
}

/// A column of another system, and how its cells are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// Its heading.
    pub heading: String,
    /// What stands between its parts, and which of them is meant, from 1.
    pub part: Option<(String, usize)>,
    /// Their words and ours.
    pub words: Vec<(String, String)>,
    /// How it is written.
    pub form: Form,
    /// How many digits it has, zeros in front counted.
    pub digits: Option<usize>,
}

/// How a cell of another system is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Form {
    /// As ours is.
    #[default]
    Text,
    /// An amount, maybe with a yen sign, commas or 円.
    Amount,
    /// A date, maybe of an era: 令和8年1月5日, R8.1.5.
    Date,
}

impl Source {
    /// A column that is read as it stands.
    pub fn plain(heading: &str) -> Self {
        Self { heading: heading.to_owned(), ..Self::default() }
    }

    /// What a cell is in our form.
    pub fn value(&self, cell: &str) -> String {
        let mut text = cell.trim();
        if let Some((mark, number)) = &self.part {
            // A cell without the mark has one part.
            text = text.split(mark.as_str()).nth(number.saturating_sub(1)).unwrap_or("").trim();
        }
        if let Some((_, ours)) = self.words.iter().find(|(theirs, _)| theirs == text) {
            return ours.clone();
        }
        let formed = match self.form {
            Form::Text => None,
            Form::Amount => forms::amount(text),
            Form::Date => date_as_written(text).map(|date| date.to_string()),
        };
        let formed = formed.unwrap_or_else(|| text.to_owned());
        match self.digits {
            Some(digits) => forms::filled(formed, digits),
            None => formed,
        }
    }
}

impl Profile {
    /// Their headings, each once.
    pub fn headings(&self) -> Vec<&str> {
        let mut headings: Vec<&str> = Vec::new();
        for source in self.columns.values().filter_map(Made::source) {
            if !headings.contains(&source.heading.as_str()) {
                headings.push(&source.heading);
            }
        }
        headings
    }

    /// The heading of the column a field comes from, where it comes from one.
    pub fn heading_of(&self, field: Field) -> Option<&str> {
        self.columns.get(&field)?.source().map(|source| source.heading.as_str())
    }

    /// What its requests need, of one kind or of every kind where that is no constant, and comes
    /// from nowhere.
    pub fn lacking(&self) -> Vec<Field> {
        let kind = match self.columns.get(&Field::RequestKind) {
            Some(Made::Constant(kind)) => RequestKind::parse(kind),
            Some(Made::ReceiptDay | Made::From(_)) | None => None,
        };
        let needed = |field: &Field| {
            let need = kind.map_or_else(|| need_of_any_kind(*field), |kind| need(kind, *field));
            need == Need::Required
        };
        let lacks = |field: &Field| !self.columns.contains_key(field);
        Field::ALL.iter().copied().filter(|field| needed(field) && lacks(field)).collect()
    }
}

impl Made {
    /// The column of theirs, where there is one.
    pub const fn source(&self) -> Option<&Source> {
        match self {
            Self::From(source) => Some(source),
            Self::Constant(_) | Self::ReceiptDay => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(form: Form) -> Source {
        Source { form, ..Source::plain("列") }
    }

    #[test]
    fn an_amount_loses_its_signs_and_commas_and_nothing_else() {
        for (written, read) in [
            ("¥1,234,567", "1234567"),
            ("￥１，２３４円", "1234"),
            (" 1,234 ", "1234"),
            ("1,234.00", "1234"),
            ("1234", "1234"),
            ("1,23", "1,23"),
            ("-500", "-500"),
            ("1234.5", "1234.5"),
            ("", ""),
        ] {
            assert_eq!(source(Form::Amount).value(written), read);
        }
    }

    #[test]
    fn dates_of_both_calendars_are_read_and_doubtful_ones_stay() {
        for (written, read) in [
            ("2026/1/5", "2026-01-05"),
            ("2026.01.05", "2026-01-05"),
            ("20260105", "2026-01-05"),
            ("2026年1月5日", "2026-01-05"),
            ("令和8年1月5日", "2026-01-05"),
            ("令和元年5月1日", "2019-05-01"),
            ("R8.1.5", "2026-01-05"),
            ("R08/01/05", "2026-01-05"),
            ("r8-1-5", "2026-01-05"),
            ("Ｒ８．１．５", "2026-01-05"),
            ("平成31年4月30日", "2019-04-30"),
            ("2026-01-05 00:00:00", "2026-01-05"),
            ("26/1/5", "26/1/5"),
            ("R8.2.30", "R8.2.30"),
            ("令和0年1月1日", "令和0年1月1日"),
            ("来月末", "来月末"),
        ] {
            assert_eq!(source(Form::Date).value(written), read, "{written}");
        }
    }

    #[test]
    fn codes_are_filled_with_zeros_and_never_cut() {
        let bank = Source { digits: Some(4), ..Source::plain("銀行") };
        for (written, read) in
            [("1", "0001"), ("１", "0001"), ("12345", "12345"), ("", ""), ("A1", "A1")]
        {
            assert_eq!(bank.value(written), read);
        }
    }

    #[test]
    fn a_cell_is_split_at_its_mark_and_its_words_are_translated() {
        let part = |number| Source {
            part: Some(("-".to_owned(), number)),
            digits: Some(3),
            ..Source::plain("銀行支店")
        };
        let values = [1, 2, 3].map(|number| part(number).value("0001 - 1"));
        assert_eq!(values, ["0001", "001", ""]);
        let words = vec![("普通".to_owned(), "1".to_owned())];
        let kind = Source { words, ..Source::plain("種目") };
        assert_eq!((kind.value(" 普通 "), kind.value("当座")), ("1".into(), "当座".into()));
    }
}

//! The number line of a condition column: every value it can meet, as a whole number.

use crate::workflow::expr::{Field, Presence, Type, Value};

use super::ranges::Ranges;

/// The number line of one condition column.
///
/// Texts that the column names stand on it in order; behind them one place for all other texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scale {
    pub(super) field: Field,
    /// The texts the column names, in order; empty for other types.
    texts: Vec<String>,
}

/// What a cell asks of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    /// Nothing; a missing value passes, too.
    Any,
    /// To be there, and one of these.
    In(Ranges),
}

impl Test {
    pub(super) fn passes(&self, rank: Option<i64>) -> bool {
        match self {
            Self::Any => true,
            Self::In(ranges) => rank.is_some_and(|rank| ranges.contains(rank)),
        }
    }
}

impl Scale {
    /// The number line of `field` in a column that names `texts`.
    pub(super) fn new(field: Field, mut texts: Vec<String>) -> Self {
        texts.sort();
        texts.dedup();
        Self { field, texts }
    }

    /// The texts the column names.
    pub(super) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Where a value stands; nothing for one of another type.
    pub(super) fn rank(&self, value: &Value) -> Option<i64> {
        match (&self.field.kind, value) {
            (Type::Text, Value::Text(text)) => {
                let at = self.texts.binary_search(text).unwrap_or(self.texts.len());
                i64::try_from(at).ok()
            }
            (kind, value) => kind.rank(value),
        }
    }

    /// The value at a place; nothing for "all other texts".
    pub(super) fn value(&self, rank: i64) -> Option<Value> {
        if self.field.kind != Type::Text {
            return self.field.kind.at_rank(rank);
        }
        self.texts.get(usize::try_from(rank).ok()?).map(|text| Value::Text(text.clone()))
    }

    /// The first and the last place.
    pub(super) fn ends(&self) -> (i64, i64) {
        if self.field.kind != Type::Text {
            return self.field.ranks();
        }
        (0, i64::try_from(self.texts.len()).unwrap_or(i64::MAX))
    }

    /// A place between two others that makes a good example: not the very first day there is.
    pub(super) fn example(&self, (low, high): (i64, i64)) -> i64 {
        let (first, last) = self.ends();
        let endless = matches!(self.field.kind, Type::Number | Type::Date);
        match (low == first && endless, high == last) {
            (true, true) => 0.clamp(low, high),
            (true, false) => high,
            (false, _) => low,
        }
    }

    /// The test for some ranges; one that lets everything pass asks nothing.
    pub(super) fn test(&self, ranges: Ranges) -> Test {
        let everything = ranges == Ranges::new(&[self.ends()], self.ends());
        let always = self.field.presence == Presence::Always;
        if everything && always { Test::Any } else { Test::In(ranges) }
    }

    /// `合計金額 1,000,000円`.
    pub(super) fn show(&self, rank: Option<i64>) -> String {
        let value = match rank {
            None => "（なし）".to_owned(),
            Some(rank) => self
                .value(rank)
                .map_or_else(|| "（ほかの値）".to_owned(), |value| self.field.kind.show(&value)),
        };
        format!("{} {value}", self.field.label)
    }
}

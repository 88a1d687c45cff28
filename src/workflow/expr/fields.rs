//! The names conditions and tables may use, each with its type and its Japanese label.

use crate::domain::RequestKind;

use super::super::OtherSide;
use super::Type;

/// A name that may be used, and what stands behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// What conditions and headings say, e.g. `total` or `route.level`.
    pub name: String,
    /// What a person reads, e.g. 合計金額.
    pub label: String,
    /// The type of its values.
    pub kind: Type,
    /// Whether a case may lack the value.
    pub presence: Presence,
    /// The least value there can be, for yen and numbers; none when there is no such limit.
    pub least: Option<i64>,
}

/// Whether a case may lack a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Every case has it.
    Always,
    /// Some cases lack it, e.g. the due date of a whole assignment.
    Maybe,
}

impl Field {
    /// A field every case has; yen begin at 0.
    pub fn new(name: &str, label: &str, kind: Type) -> Self {
        let least = (kind == Type::Yen).then_some(0);
        Self {
            name: name.to_owned(),
            label: label.to_owned(),
            kind,
            presence: Presence::Always,
            least,
        }
    }

    /// This field where some cases lack it.
    #[must_use]
    pub fn sometimes(mut self) -> Self {
        self.presence = Presence::Maybe;
        self
    }

    /// This field with the least value there can be; yen cannot begin below 0.
    #[must_use]
    pub fn at_least(mut self, least: i64) -> Self {
        self.least = Some(if self.kind == Type::Yen { least.max(0) } else { least });
        self
    }

    /// The first and the last rank a value can have; see [`Type::rank`].
    pub(crate) fn ranks(&self) -> (i64, i64) {
        let (first, last) = self.kind.ranks();
        let counted = matches!(self.kind, Type::Yen | Type::Number);
        (self.least.filter(|_| counted).unwrap_or(first), last)
    }
}

/// The names that may be used, in the order they are told to a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<Field>);

impl Fields {
    /// The names every case has: how it came, what it asks for, how much and until when.
    ///
    /// Dates of payment are missing where a request has none (a whole assignment).
    pub fn of_a_case() -> Self {
        let kinds: Vec<_> =
            RequestKind::ALL.iter().map(|kind| (kind.name(), kind.japanese())).collect();
        let kinds = [kinds.as_slice(), &[("mixed", "混在")]].concat();
        let patterns = [
            ("none", "承認なし"),
            ("single", "シングル承認"),
            ("double_ordered", "ダブル承認（順序あり）"),
            ("double_any", "ダブル承認（順序なし）"),
        ];
        let sides = OtherSide::ALL.map(|side| (side.name(), side.japanese()));
        Self(vec![
            Field::new("channel", "受付経路", Type::Text),
            Field::new("submitter", "提出者", Type::Text),
            Field::new("desk", "取扱店", Type::Text),
            Field::new("unit", "単位", Type::words(&[("file", "一括"), ("record", "明細")])),
            Field::new("pattern", "承認パターン", Type::words(&patterns)),
            Field::new("kind", "請求種別", Type::words(&kinds)),
            Field::new("rows", "件数", Type::Number).at_least(1),
            Field::new("total", "合計金額", Type::Yen),
            Field::new("largest", "最大金額", Type::Yen),
            Field::new("record_date", "記録請求日", Type::Date),
            Field::new("earliest_due", "最も早い支払期日", Type::Date).sometimes(),
            Field::new("latest_due", "最も遅い支払期日", Type::Date).sometimes(),
            Field::new("days_to_due", "支払期日までの営業日数", Type::Number).sometimes(),
            Field::new("counterparty", "相手", Type::Text).sometimes(),
            Field::new("other_side", "相手の取引先", Type::words(&sides)),
        ])
    }

    /// These fields with one more at the end; a field of the same name gives way to it.
    #[must_use]
    pub fn with(mut self, field: Field) -> Self {
        self.0.retain(|old| old.name != field.name);
        self.0.push(field);
        self
    }

    /// The field called `name`.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.0.iter().find(|field| field.name == name)
    }

    /// All fields in order.
    pub fn iter(&self) -> impl Iterator<Item = &Field> {
        self.0.iter()
    }

    /// All names in order.
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(|field| field.name.as_str()).collect()
    }
}

impl FromIterator<Field> for Fields {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Self {
        fields.into_iter().fold(Self::default(), Self::with)
    }
}

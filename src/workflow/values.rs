//! What conditions and tables see of a case.

use crate::domain::ApprovalPattern;

use super::expr::{Value, Values};
use super::{COUNTERPARTY, Case, Definition};

/// Names whose values the rows themselves must be read for; given when the case is opened.
pub const GATHERED: [&str; 7] =
    ["kind", "largest", "earliest_due", "latest_due", "days_to_due", COUNTERPARTY, "other_side"];

/// Where the other side of a case banks (相手の取引先): it consents here or elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherSide {
    /// Every row's is a customer here.
    Here,
    /// No row's is.
    Elsewhere,
    /// Some are.
    Mixed,
}

impl OtherSide {
    /// All.
    pub const ALL: [Self; 3] = [Self::Here, Self::Elsewhere, Self::Mixed];

    /// The word of conditions.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Elsewhere => "elsewhere",
            Self::Mixed => "mixed",
        }
    }

    /// The word on pages.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Here => "当行",
            Self::Elsewhere => "他行",
            Self::Mixed => "混在",
        }
    }

    /// Reads the word of conditions.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == text)
    }
}

/// The values of a case: what its file and head tell, what was gathered from its rows when it was
/// opened, and what tables have answered since.
pub fn values(case: &Case) -> Values {
    let (file, head) = (&case.file, &case.head);
    let pattern = match file.pattern {
        ApprovalPattern::None => "none",
        ApprovalPattern::Single => "single",
        ApprovalPattern::DoubleOrdered => "double_ordered",
        ApprovalPattern::DoubleAny => "double_any",
    };
    let unit = if head.id.row.is_some() { "record" } else { "file" };
    let yen = i64::try_from(head.scope.total.get()).unwrap_or(i64::MAX);
    let mut values = Values::default()
        .with("channel", Value::Text(file.channel.clone()))
        .with("submitter", Value::Text(file.submitter.clone()))
        .with("desk", Value::Text(file.desk.to_string()))
        .with("pattern", Value::Word(pattern.to_owned()))
        .with("unit", Value::Word(unit.to_owned()))
        .with("rows", Value::Number(i64::from(head.scope.rows)))
        .with("total", Value::Yen(yen))
        .with("record_date", Value::Date(head.scope.record_date));
    let known = head.aside.iter().flat_map(|aside| aside.values.iter().chain(&aside.filled));
    for (name, value) in known {
        values.set(name, value.clone());
    }
    values
}

/// Whether a step of a definition is for a case.
pub fn applies(case: &Case, definition: &Definition, step: u8) -> bool {
    let when = definition.step(step).and_then(|step| step.when.as_ref());
    when.is_none_or(|when| when.holds(&values(case)))
}

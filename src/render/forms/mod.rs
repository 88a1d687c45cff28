//! Forms a customer prints, signs and seals: what stands on them, which a bank may change without
//! a programmer.
//!
//! `templates/forms/<kind>.toml` is built in; a file of the same name overlays it key by key, its
//! blocks as a whole. Texts may hold names in braces, which are filled from a request; what is
//! not known is left blank for the pen. Read [`Form`] first.

mod read;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::Mistake;
use crate::domain::RequestKind;

/// The requests there are forms for, each with the form that is built in.
const EMBEDDED: [(RequestKind, &str); 3] = [
    (RequestKind::Change, include_str!("../../../templates/forms/change.toml")),
    (RequestKind::Disclosure, include_str!("../../../templates/forms/disclosure.toml")),
    (
        RequestKind::InstitutionTransfer,
        include_str!("../../../templates/forms/institution_transfer.toml"),
    ),
];

/// What a form may tell of a request, in braces. The `tick_` ones are boxes to tick.
pub const NAMES: [&str; 30] = [
    "institution",
    "branch",
    "case",
    "line",
    "record_date",
    "record_number",
    "requester_number",
    "requester_name",
    "requester_account",
    "debtor_number",
    "debtor_name",
    "debtor_account",
    "creditor_number",
    "creditor_name",
    "creditor_account",
    "fee_account",
    "amount",
    "amount_daiji",
    "due_date",
    "new_amount",
    "new_amount_daiji",
    "new_due_date",
    "new_restriction",
    "comment",
    "tick_amount",
    "tick_due_date",
    "tick_restriction",
    "tick_delete",
    "tick_one",
    "tick_all",
];

/// All forms, by kind.
///
/// Made by [`Forms::embedded`] and [`Forms::overlaid`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forms(BTreeMap<RequestKind, Form>);

/// What stands on a form, top to bottom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// The title in the band.
    pub title: String,
    /// Whom it is for.
    pub to: String,
    /// The sentence that asks.
    pub lead: String,
    /// Advice for whoever fills it in, a line each.
    pub notes: Vec<String>,
    /// What stands where nothing is known of a name.
    pub blank: BTreeMap<String, String>,
    /// Measures.
    pub mm: Measures,
    /// What is filled in.
    pub blocks: Vec<Block>,
    /// The heading of the bank's own boxes.
    pub stamps_heading: String,
    /// The bank's own boxes, e.g. 受付印.
    pub stamps: Vec<String>,
}

/// Measures of a form, in millimetres.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Measures {
    /// Width of the labels of fields.
    pub label: u16,
    /// Height of a field.
    pub row: u16,
    /// Height of a line of a table.
    pub line: u16,
    /// Height of the room for a stamp.
    pub stamp: u16,
}

/// Something under a heading of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The heading.
    pub heading: String,
    /// What is filled in.
    pub body: Body,
}

/// What is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Labels with values.
    Fields(Vec<Field>),
    /// A line for each party of the request, and blank ones up to a number of lines.
    Lines {
        /// The columns; widths sum to [`WIDTH_MM`].
        columns: Vec<Column>,
        /// The least number of lines.
        least: u16,
    },
}

/// A label with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The label.
    pub label: String,
    /// The value.
    pub value: String,
    /// How much of the row it takes.
    pub share: Share,
}

/// How much of a row a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Half of it.
    Half,
    /// All of it.
    Whole,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The title.
    pub title: String,
    /// The width, in millimetres.
    pub mm: u16,
    /// What stands in the line of a party: `{role}`, `{number}` and `{name}` are its own.
    pub value: String,
}

/// The width between the margins, in millimetres.
pub const WIDTH_MM: u16 = 180;

/// Where the form of a kind lies below the root, e.g. `templates/forms/change.toml`.
pub fn file_of(kind: RequestKind) -> String {
    format!("templates/forms/{}.toml", kind.name())
}

impl Forms {
    /// The forms that are built in.
    pub fn embedded() -> &'static Self {
        static FORMS: OnceLock<Forms> = OnceLock::new();
        #[expect(clippy::expect_used, reason = "a test reads the embedded files")]
        FORMS.get_or_init(|| {
            let read = EMBEDDED.map(|(kind, text)| {
                let form = read::overlaid(Form::default(), &file_of(kind), text);
                (kind, form.expect("the embedded forms have no mistake"))
            });
            Self(read.into())
        })
    }

    /// The built-in forms with those of `texts`, by their files' names without ending, in their
    /// place.
    ///
    /// Errs with every mistake; a file of another name is one, too.
    pub fn overlaid(texts: &BTreeMap<String, String>) -> Result<Self, Vec<Mistake>> {
        let mut forms = Self::embedded().clone();
        let mut mistakes = Vec::new();
        for (stem, text) in texts {
            let kind = forms.0.keys().copied().find(|kind| kind.name() == stem);
            let Some(kind) = kind else {
                let known: Vec<&str> = forms.0.keys().map(|kind| kind.name()).collect();
                let text = format!("there is no form {stem}; there are {}", known.join(", "));
                let file = format!("templates/forms/{stem}.toml");
                mistakes.push(Mistake { file, line: 0, text });
                continue;
            };
            let built_in = forms.0.get(&kind).cloned().unwrap_or_default();
            match read::overlaid(built_in, &file_of(kind), text) {
                Ok(form) => {
                    forms.0.insert(kind, form);
                }
                Err(found) => mistakes.extend(found),
            }
        }
        if mistakes.is_empty() { Ok(forms) } else { Err(mistakes) }
    }

    /// The form for requests of a kind; none where paper is not asked for.
    pub fn get(&self, kind: RequestKind) -> Option<&Form> {
        self.0.get(&kind)
    }

    /// The kinds there are forms for.
    pub fn kinds() -> impl Iterator<Item = RequestKind> {
        EMBEDDED.into_iter().map(|(kind, _)| kind)
    }
}

#[cfg(test)]
mod tests;

//! Conditions: `channel == 'customers' and total >= 10_000_000`, typed, total, told in Japanese.
//!
//! An [`Expr`] is made from text and the [`Fields`] it may name, and refuses what it does not know
//! with a place and what to write instead. Its value depends on the [`Values`] of a case alone:
//! there is no clock, no random number, no function and no division, sums stop at the ends of
//! their range, and no input panics. The syntax is a subset of zen-expression's, so that editors
//! and habits carry over.
//!
//! A missing value: every comparison with it is false (`!=` and `not in` as well), a sum with it
//! is missing, as a condition of its own it does not hold; `== null` and `!= null` ask for it.

mod check;
mod cuts;
mod eval;
mod fields;
mod parse;
mod token;
mod tree;
mod value;
mod words;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::Mistake;

pub(crate) use cuts::Cuts;
pub use fields::{Field, Fields, Presence};
pub use value::{Type, Value, Values, Word};

use token::Span;
use tree::Node;

/// An expression whose names and types are right.
///
/// Made only by [`Expr::read`]. At most 2,000 characters, at most 48 deep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    root: Node,
}

impl Expr {
    /// Reads an expression over `fields` that must have the type `wanted`.
    ///
    /// Errs with every mistake in its signs, or else in its names and types, at once; of mistakes
    /// in its build with the first.
    pub fn read(text: &str, fields: &Fields, wanted: &Type) -> Result<Self, Vec<ExprMistake>> {
        let syntax = parse::parse(text)?;
        check::check(&syntax, fields, wanted).map(|root| Self { root })
    }

    /// The value for a case; nothing when a value it needs is missing.
    pub fn value(&self, values: &Values) -> Option<Value> {
        eval::eval(&self.root, values).map(eval::Seen::to_value)
    }

    /// Whether the condition holds for a case.
    pub fn holds(&self, values: &Values) -> bool {
        eval::holds(&self.root, values)
    }

    /// The names it uses, in order of the alphabet.
    pub fn names(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        self.root.each_name(&mut |name| {
            names.insert(name.id.as_str());
        });
        names
    }

    /// The names that are weighed against other names or reckoned with, as `largest` and `total`
    /// in `largest * 2 > total`.
    ///
    /// For all other names, one value out of every region of [`super::representatives`] shows
    /// everything the expression can do; for these it may not.
    pub fn entangled_names(&self) -> BTreeSet<&str> {
        cuts::entangled(&self.root)
    }

    /// The expression for a person: `合計金額が10,000,000円以上 かつ 受付経路が「customers」`.
    pub fn japanese(&self) -> String {
        words::japanese(&self.root)
    }
}

/// One mistake in an expression.
///
/// Shape: `at` counts characters of the expression from 0; `length` is at least 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprMistake {
    /// How many characters stand before it.
    pub at: usize,
    /// How many characters to underline.
    pub length: usize,
    /// What is wrong and what to write, in Japanese.
    pub ja: String,
    /// The same in English.
    pub en: String,
}

impl ExprMistake {
    /// The mistake in the file the expression stands in; `line` and `column` are the place of the
    /// expression's first character, both from 1.
    pub fn in_file(self, file: &str, line: usize, column: usize) -> Mistake {
        Mistake {
            file: file.to_owned(),
            line,
            column: column.saturating_add(self.at),
            length: self.length,
            ja: self.ja,
            en: self.en,
        }
    }

    fn at(span: Span, ja: String, en: String) -> Self {
        Self { at: span.at, length: span.length.max(1), ja, en }
    }
}

//! Money: whole yen, never fractions, never floats.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ShapeError;

/// An amount of a claim (債権金額).
///
/// Shape: 1 to 9,999,999,999 yen. Made only by [`Yen::new`].
/// Source: network rules: at least 1 yen since 2023-01-10, below 10,000,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Yen(u64);

impl Yen {
    /// The largest amount a claim may have, in yen.
    pub const MAX: u64 = 9_999_999_999;

    /// An amount from whole yen; errs outside 1 to [`Yen::MAX`].
    pub fn new(yen: u64) -> Result<Self, ShapeError> {
        if (1..=Self::MAX).contains(&yen) {
            Ok(Self(yen))
        } else {
            Err(ShapeError { what: "amount" })
        }
    }

    /// The whole yen.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Yen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        YenTotal(self.0).fmt(f)
    }
}

/// A sum of amounts, zero allowed.
///
/// Shape: whole yen. A sum cannot overflow: 2^32 records of [`Yen::MAX`] fit in 64 bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct YenTotal(u64);

impl YenTotal {
    /// A total from whole yen.
    pub const fn new(yen: u64) -> Self {
        Self(yen)
    }

    /// The whole yen.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// This total with one more amount; a record without an amount adds nothing.
    #[must_use]
    pub fn plus(self, amount: Option<Yen>) -> Self {
        Self(self.0.saturating_add(amount.map_or(0, Yen::get)))
    }
}

/// With thousands commas and without a unit: `1,234,567`.
impl fmt::Display for YenTotal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut text = String::with_capacity(digits.len().saturating_mul(2));
        for (at, digit) in digits.chars().enumerate() {
            let left = digits.len().saturating_sub(at);
            if at > 0 && left.is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        f.pad(&text)
    }
}

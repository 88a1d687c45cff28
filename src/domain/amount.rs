//! Money: whole yen, never fractions, never floats.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ShapeError;

/// An amount of a claim (債権金額).
///
/// Shape: 1 to 9,999,999,999 yen. Made only by [`Yen::new`].
/// Source: network rules: at least 1 yen since 2023-01-10, below 10,000,000,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

    /// The amount in the numerals of deeds (大字): `金壱億弐千参百萬円也`.
    ///
    /// Shape: 壱弐参四五六七八九 with 拾百千 in groups of 萬 and 億; a one is always written, also
    /// before 拾, 百 and 千, and 金 and 也 close both ends, so that no stroke and no numeral can be
    /// added to what was signed.
    /// Source: 壱, 弐, 参 and 拾 are the numerals 商業登記規則 asks of documents; 萬, 億 and the
    /// frame of 金 … 円也 are those of cheques and bills.
    pub fn daiji(self) -> String {
        let numerals = ["", "壱", "弐", "参", "四", "五", "六", "七", "八", "九"];
        let mut text = "金".to_owned();
        let groups =
            [(self.0 / 100_000_000, "億"), (self.0 / 10_000 % 10_000, "萬"), (self.0 % 10_000, "")];
        for (group, name) in groups.into_iter().filter(|(group, _)| *group > 0) {
            let digits = [
                (group / 1_000, "千"),
                (group / 100 % 10, "百"),
                (group / 10 % 10, "拾"),
                (group % 10, ""),
            ];
            for (digit, unit) in digits.into_iter().filter(|(digit, _)| *digit > 0) {
                let numeral = usize::try_from(digit).ok().and_then(|digit| numerals.get(digit));
                text.push_str(numeral.copied().unwrap_or_default());
                text.push_str(unit);
            }
            text.push_str(name);
        }
        text.push_str("円也");
        text
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

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "an amount of a claim is far from the limits")]
mod tests {
    use proptest::prelude::*;

    use super::Yen;

    /// Reads numerals of deeds back, by other means than they are written.
    fn read(text: &str) -> u64 {
        let inner = text.strip_prefix('金').and_then(|rest| rest.strip_suffix("円也")).unwrap();
        let (mut sum, mut group, mut digit) = (0, 0, 0);
        for c in inner.chars() {
            let place = |size: u64| group + digit * size;
            let numeral = "壱弐参四五六七八九".chars().zip(1..).find(|(numeral, _)| *numeral == c);
            (sum, group, digit) = match (numeral, c) {
                (Some((_, numeral)), _) => (sum, group, numeral),
                (None, '拾') => (sum, place(10), 0),
                (None, '百') => (sum, place(100), 0),
                (None, '千') => (sum, place(1_000), 0),
                (None, '萬') => (sum + place(1) * 10_000, 0, 0),
                (None, _) => (sum + place(1) * 100_000_000, 0, 0),
            };
        }
        sum + group + digit
    }

    #[test]
    fn an_amount_is_written_as_on_a_deed() {
        for (yen, text) in [
            (1, "金壱円也"),
            (10, "金壱拾円也"),
            (3_200_000, "金参百弐拾萬円也"),
            (123_000_000, "金壱億弐千参百萬円也"),
            (100_000_001, "金壱億壱円也"),
            (Yen::MAX, "金九拾九億九千九百九拾九萬九千九百九拾九円也"),
        ] {
            assert_eq!(Yen::new(yen).unwrap().daiji(), text);
        }
    }

    proptest! {
        #[test]
        fn an_amount_of_a_deed_reads_back(yen in 1..=Yen::MAX) {
            prop_assert_eq!(read(&Yen::new(yen).unwrap().daiji()), yen);
        }
    }
}

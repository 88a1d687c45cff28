//! What a spreadsheet does to a cell, recognised so that the finding can name it.

use crate::domain::spreadsheet::runs;

/// Damage that cannot be repaired: the digits are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Damage {
    /// `1.23E+10`.
    Exponent,
    /// `#N/A` and its kin.
    ErrorValue,
    /// `="001"`: a formula in place of a value.
    Formula,
}

impl Damage {
    /// The damage of `text`, if it is one a spreadsheet does.
    pub(super) fn of(text: &str) -> Option<Self> {
        if text.starts_with('#') {
            return Some(Self::ErrorValue);
        }
        if text.starts_with('=') {
            return Some(Self::Formula);
        }
        let (mantissa, exponent) = text.split_once(['E', 'e'])?;
        let exponent = exponent.strip_prefix(['+', '-'])?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let mantissa_ok = mantissa.split('.').all(digits) && mantissa.split('.').count() <= 2;
        (mantissa_ok && digits(exponent)).then_some(Self::Exponent)
    }

    /// What happened and what to do, in Japanese and English.
    pub(super) fn words(self) -> (String, String) {
        let (ja, en) = match self {
            Self::Exponent => (
                "Excelが指数の形(例: 1.23E+10)に変えたため、桁が失われています。\
                 列の書式を「文字列」にしてから、元の値を入れ直してください。",
                "Excel turned this into exponent notation and digits are lost; \
                 format the column as Text and enter the original value again",
            ),
            Self::ErrorValue => (
                "Excelのエラー値が入っています。数式を確かめ、正しい値を入れ直してください。",
                "this is an Excel error value; check the formula and enter the right value",
            ),
            Self::Formula => (
                "Excelの数式が入っています。値だけを貼り付けてください。",
                "this is an Excel formula; paste the value only",
            ),
        };
        (ja.to_owned(), en.to_owned())
    }
}

/// Whether `text` is what a spreadsheet shows where a formula failed, and nothing else.
pub(super) fn is_error_value(text: &str) -> bool {
    let values = ["#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#DATA!"];
    text.starts_with('#') && values.contains(&text)
}

/// Whether `text` looks like a date serial of a spreadsheet: days since 1899-12-30.
pub(super) fn date_serial(text: &str) -> Option<u32> {
    let plain = text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten().filter(|days| (36_526..=80_000).contains(days))
}

/// Full-width digits as half-width ones; none when there is no full-width digit.
pub(super) fn half_width_digits(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let mut any = false;
    let narrow = text.chars().map(|c| match c {
        '０'..='９' => {
            any = true;
            char::from_u32(u32::from(c).saturating_sub(0xFEE0)).unwrap_or(c)
        }
        _ => c,
    });
    let narrow: String = narrow.collect();
    any.then_some(narrow)
}

/// An amount as people write it: `¥1,234`, `1,234円`, `１２３４`.
///
/// Gives the bare digits; none when there is anything beyond currency sign, 円, thousands commas
/// in their places and full-width digits.
pub fn plain_amount(text: &str) -> Option<String> {
    let text = half_width_digits(text).unwrap_or_else(|| text.to_owned()).replace('，', ",");
    let text = text.trim_start_matches(['¥', '￥', '\\']).trim();
    let text = text.strip_suffix('円').unwrap_or(text).trim();
    let mut groups = text.split(',');
    let first = groups.next()?;
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let grouped = text.contains(',');
    let first_ok = !first.is_empty() && digits(first) && (!grouped || first.len() <= 3);
    let rest_ok = groups.all(|group| group.len() == 3 && digits(group));
    (first_ok && rest_ok).then(|| text.replace(',', ""))
}

/// Whether a comment is to be told of because a spreadsheet would run it as a formula. A percent
/// sign or a bar begins words as well.
pub(super) fn would_run(text: &str) -> bool {
    runs(text) && !text.trim_start().starts_with(['|', '%'])
}

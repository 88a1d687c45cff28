//! A cell as a person sees it, as far as a list of requests needs it.

use calamine::{DataRef, ExcelDateTime};

/// The text of a cell by its number format.
///
/// Numbers are digits without separators and exponents, with the zeros in front that a format like
/// `0000` shows; dates are written as 2026-12-01, whatever way the sheet shows them in.
pub(super) fn shown(value: &DataRef<'_>, format: &str) -> String {
    match value {
        DataRef::Int(number) => filled(number.to_string(), format),
        DataRef::Float(number) => filled(digits(*number), format),
        DataRef::String(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(true) => "TRUE".to_owned(),
        DataRef::Bool(false) => "FALSE".to_owned(),
        DataRef::DateTime(moment) => date(*moment),
        DataRef::DateTimeIso(text) => match text.split_once('T') {
            Some((date, time)) if time.bytes().all(|byte| matches!(byte, b'0' | b':' | b'.')) => {
                date.to_owned()
            }
            Some(_) | None => text.replace('T', " "),
        },
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// How many digits of a number a spreadsheet keeps.
const DIGITS_KEPT: i32 = 15;

/// A number as a spreadsheet shows it: fifteen digits that count. What 1,100 times 1.1 is short of
/// 1,210 by the computer's own arithmetic is not seen by anybody. A number that has more of them
/// before its point has lost some, a record number above all: it is written with its exponent, by
/// which the rules know it.
fn digits(number: f64) -> String {
    let text = format!("{number:.14e}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let Ok(exponent) = exponent.parse::<i32>() else { return text };
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let mantissa = mantissa.replace('.', "");
    let mantissa = mantissa.trim_end_matches('0');
    if mantissa.is_empty() {
        return "0".to_owned();
    }
    if exponent >= DIGITS_KEPT {
        let (first, rest) = mantissa.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        return format!("{sign}{first}{point}{rest}E+{exponent}");
    }
    let length = i32::try_from(mantissa.len()).unwrap_or(i32::MAX);
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    // How many digits stand before the point.
    let whole = exponent.saturating_add(1);
    if whole <= 0 {
        return format!("{sign}0.{}{mantissa}", zeros(-whole));
    }
    if whole >= length {
        return format!("{sign}{mantissa}{}", zeros(whole - length));
    }
    let (whole, rest) = mantissa.split_at(usize::try_from(whole).unwrap_or(0));
    format!("{sign}{whole}.{rest}")
}

/// Digits with the zeros in front that a format of nothing but zeros shows.
fn filled(digits: String, format: &str) -> String {
    let format = format.split(';').next().unwrap_or_default();
    let zeros = !format.is_empty() && format.bytes().all(|byte| byte == b'0');
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    if zeros && plain { format!("{digits:0>width$}", width = format.len()) } else { digits }
}

/// A date, with the time of day where there is one; a duration as the number it is.
fn date(moment: ExcelDateTime) -> String {
    if moment.is_duration() {
        return digits(moment.as_f64());
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second) == (0, 0, 0) {
        return date;
    }
    format!("{date} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_digits_without_point_or_exponent_where_they_are_whole() {
        for (number, text) in [
            (0.0, "0"),
            (1_234_567.0, "1234567"),
            (100.0, "100"),
            (9_999_999_999.0, "9999999999"),
            (1_210.000_000_000_000_2, "1210"),
            (0.300_000_000_000_000_04, "0.3"),
            (-1234.5, "-1234.5"),
            (0.001_5, "0.0015"),
            (123_456_789_012_345.0, "123456789012345"),
        ] {
            assert_eq!(digits(number), text);
        }
        assert_eq!(digits(f64::NAN), "NaN");
    }

    #[test]
    fn a_number_of_more_digits_than_a_sheet_keeps_is_shown_as_one_that_lost_some() {
        assert_eq!(digits(12_345_678_901_234_567_890.0), "1.23456789012346E+19");
        assert_eq!(digits(1e15), "1E+15");
    }

    #[test]
    fn zeros_that_a_format_shows_are_kept_and_no_others_are_made() {
        let shown = |number, format| shown(&DataRef::Float(number), format);
        assert_eq!(shown(1.0, "0000"), "0001");
        assert_eq!(shown(123.0, "0000000;-0"), "0000123");
        assert_eq!(shown(12345.0, "000"), "12345");
        for format in ["General", "0", "#,##0", "0.00", "", "@"] {
            assert_eq!(shown(7.0, format), "7", "{format}");
        }
    }
}

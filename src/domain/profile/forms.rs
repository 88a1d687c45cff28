//! How other systems write amounts, dates and codes.

use super::super::Date;
use super::super::rules::plain_amount;

/// Eras that due dates may be written in, and the year before each began.
const ERAS: [(&str, i32); 4] = [("令和", 2018), ("R", 2018), ("平成", 1988), ("H", 1988)];

/// A date as people write it: of either calendar, with any marks, with midnight behind it.
///
/// None where a part is missing or could mean something else, like a year of two digits.
pub fn date_as_written(text: &str) -> Option<Date> {
    let text = half_width(text);
    let text = text.trim();
    let text = match text.split_once([' ', 'T']) {
        Some((date, time)) if time.bytes().all(|byte| matches!(byte, b'0' | b':' | b'.')) => date,
        Some(_) => return None,
        None => text,
    };
    if let Ok(date) = Date::parse(text) {
        return Some(date);
    }
    let upper = text.to_uppercase();
    let era = ERAS.iter().find_map(|(era, before)| Some((upper.strip_prefix(era)?, *before)));
    let (rest, before) = era.unwrap_or((&upper, 0));
    let rest = rest.trim().trim_end_matches('日');
    let mut parts = rest.split(['年', '月', '/', '.', '-']);
    let (year, month, day) = (parts.next()?.trim(), parts.next()?.trim(), parts.next()?.trim());
    if parts.next().is_some() {
        return None;
    }
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.len() <= 2);
    let year = match (before, year) {
        (0, year) if year.len() == 4 => year.parse::<i32>().ok()?,
        (0, _) => return None,
        (before, "元") => before.checked_add(1)?,
        (before, year) => {
            let year = i32::try_from(number(year)?).ok().filter(|year| *year > 0)?;
            before.checked_add(year)?
        }
    };
    Date::new(year, number(month)?, number(day)?).ok()
}

/// The bare digits of an amount; none where it is not beyond doubt.
pub(super) fn amount(text: &str) -> Option<String> {
    let text = half_width(text);
    let text = text.trim();
    let whole = match text.rsplit_once('.') {
        Some((whole, rest)) if !rest.is_empty() && rest.bytes().all(|byte| byte == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    plain_amount(whole)
}

/// A code with its zeros in front; what is no code stays as it is.
pub(super) fn filled(text: String, digits: usize) -> String {
    let narrow = half_width(&text);
    let is_code = !narrow.is_empty() && narrow.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { format!("{narrow:0>digits$}") } else { text }
}

/// Full-width letters, digits and signs as half-width ones.
pub fn half_width(text: &str) -> String {
    let narrow = text.chars().map(|c| match c {
        '！'..='～' => char::from_u32(u32::from(c).saturating_sub(0xFEE0)).unwrap_or(c),
        '\u{3000}' => ' ',
        c => c,
    });
    narrow.collect()
}

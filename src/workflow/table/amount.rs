//! Amounts as an office writes them: `1,000,000円`, `100万円`, `5百万円`, `1億5,000万円`, `1.5億円`.

use crate::workflow::expr::Type;

/// The whole number at the beginning of `text`, and what follows it.
///
/// `text` is half-width and without spaces. Nothing when there is no number, when its thousands
/// are set wrong, when a fraction is left over, or when it is too large.
pub(super) fn amount<'t>(text: &'t str, kind: &Type) -> Option<(i64, &'t str)> {
    let unsigned = text.strip_prefix(['-', '△', '▲']);
    let sign = if unsigned.is_some() { -1 } else { 1 };
    let mut rest = unsigned.unwrap_or(text);
    if *kind == Type::Yen {
        rest = rest.strip_prefix(['¥', '\\']).unwrap_or(rest);
    }
    let (mut sum, mut smaller_than) = (0_i64, i64::MAX);
    loop {
        let (part, unit, after) = part(rest)?;
        if unit >= smaller_than {
            return None;
        }
        sum = sum.checked_add(part)?;
        (smaller_than, rest) = (unit, after);
        if unit == 1 || !rest.starts_with(|c: char| c.is_ascii_digit()) {
            break;
        }
    }
    let counters: &[&str] =
        if *kind == Type::Yen { &["円"] } else { &["件", "営業日", "日"] };
    let rest = counters.iter().find_map(|word| rest.strip_prefix(word)).unwrap_or(rest);
    Some((sum.checked_mul(sign)?, rest))
}

/// Digits and the unit after them: the number, the unit, and what follows.
fn part(text: &str) -> Option<(i64, i64, &str)> {
    let (whole, rest) = digits(text)?;
    let fraction = rest.strip_prefix('.').and_then(|after| {
        let (digits, rest) = split(after, |c| c.is_ascii_digit());
        (!digits.is_empty()).then_some((digits, rest))
    });
    let (fraction, rest) = fraction.unwrap_or(("", rest));
    let (unit, rest) = unit(rest);
    let scale = 10_i64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let fraction = if fraction.is_empty() { 0 } else { fraction.parse::<i64>().ok()? };
    let scaled = fraction.checked_mul(unit)?;
    if scaled.checked_rem(scale)? != 0 {
        return None;
    }
    let number = whole.checked_mul(unit)?.checked_add(scaled.checked_div(scale)?)?;
    Some((number, unit, rest))
}

/// Digits, with commas after every third or with none.
fn digits(text: &str) -> Option<(i64, &str)> {
    let (written, rest) = split(text, |c| c.is_ascii_digit() || c == ',');
    let mut groups = written.split(',');
    let first = groups.next().unwrap_or_default();
    let separated = written.contains(',');
    let well_set = groups.all(|group| group.len() == 3) && (!separated || first.len() <= 3);
    if first.is_empty() || !well_set {
        return None;
    }
    Some((written.replace(',', "").parse().ok()?, rest))
}

/// 千, 百万, 億, …: a small unit, a large one, or a small one before a large one.
fn unit(text: &str) -> (i64, &str) {
    let (small, rest) = one_of(text, &[("百", 100), ("千", 1_000)]);
    let (large, rest) = one_of(rest, &[("万", 10_000), ("億", 100_000_000)]);
    (small.saturating_mul(large), rest)
}

fn one_of<'t>(text: &'t str, units: &[(&str, i64)]) -> (i64, &'t str) {
    let found = units.iter().find_map(|(word, unit)| Some((*unit, text.strip_prefix(word)?)));
    found.unwrap_or((1, text))
}

/// The longest beginning of wanted characters, and the rest.
fn split(text: &str, wanted: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !wanted(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

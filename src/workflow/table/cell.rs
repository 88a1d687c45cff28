//! What a cell says: `100万円以上1,000万円未満`, `[1000000..10000000)`, `customers以外`, はい, `-`.

use unicode_normalization::UnicodeNormalization as _;

use crate::domain::Date;
use crate::workflow::expr::{Field, Type, Value, Word};
use crate::workflow::nearest;

use super::amount::amount;
use super::ranges::Ranges;
use super::scale::{Scale, Test};

/// What is wrong with a cell and what to write, in Japanese and English.
pub(super) type Wrong = (String, String);

/// What an empty condition looks like.
const ANY: [&str; 9] = ["", "-", "－", "ー", "―", "—", "*", "＊", "すべて"];

/// The texts a condition cell names.
pub(super) fn texts(cell: &str) -> Vec<String> {
    if is_any(cell) {
        return Vec::new();
    }
    alternatives(negated(cell).1).map(str::to_owned).collect()
}

/// What a condition cell asks.
pub(super) fn condition(cell: &str, scale: &Scale) -> Result<Test, Wrong> {
    if is_any(cell) {
        return Ok(Test::Any);
    }
    let ends = scale.ends();
    let (negation, cell) = negated(cell);
    let mut parts = Vec::new();
    for part in alternatives(cell) {
        parts.push(range(part, scale)?);
    }
    let ranges = Ranges::new(&parts, ends);
    let any_alone = parts.iter().any(|part| Ranges::new(&[*part], ends).without(ends).is_empty());
    if parts.len() > 1 && !any_alone && ranges.without(ends).is_empty() {
        return Err((
            "「、」は「または」なので、すべての値に当てはまります。\
             範囲は 100万円以上500万円未満 のように続けて書いてください。"
                .to_owned(),
            "`、` means `or`, so this meets every value; write a range as 100万円以上500万円未満"
                .to_owned(),
        ));
    }
    let ranges = match negation {
        Negation::None => ranges,
        Negation::Whole => ranges.without(ends),
    };
    if ranges.is_empty() {
        let ja = "当てはまる値がありません。数の大小をお確かめください。".to_owned();
        return Err((ja, "no value can meet this; check the bounds".to_owned()));
    }
    Ok(scale.test(ranges))
}

/// The value of a result cell.
pub(super) fn result(cell: &str, field: &Field) -> Result<Value, Wrong> {
    let kind = &field.kind;
    let text = cell.trim();
    if is_any(text) {
        let ja = format!("「{}」の結果が空です。{}", field.label, shape(kind).0);
        return Err((ja, format!("`{}` is empty; {}", field.name, shape(kind).1)));
    }
    let value = match kind {
        Type::Text => Some(Value::Text(text.to_owned())),
        Type::Bool | Type::Enum(_) => kind.at_rank(word(text, kind)?),
        Type::Yen | Type::Number | Type::Date => match quantity(&plain(text), kind) {
            Some((rank, "")) if rank >= field.ranks().0 => kind.at_rank(rank),
            _ => None,
        },
    };
    value.ok_or_else(|| unreadable(text, kind))
}

/// Half-width, without spaces, with one sign for each meaning.
fn plain(text: &str) -> String {
    let one = |c| match c {
        '〜' => '~',
        '−' => '-',
        c => c,
    };
    let text: String = text.nfkc().filter(|c| !c.is_whitespace()).map(one).collect();
    text.replace(['≦', '≤'], "<=").replace(['≧', '≥'], ">=").replace('‥', "..")
}

fn is_any(cell: &str) -> bool {
    ANY.contains(&cell.trim())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Negation {
    None,
    /// 以外 at the end stands for the whole cell: `a、b以外` is neither a nor b.
    Whole,
}

fn negated(cell: &str) -> (Negation, &str) {
    match cell.trim().strip_suffix("以外") {
        Some(rest) => (Negation::Whole, rest),
        None => (Negation::None, cell),
    }
}

fn alternatives(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(['、', '|', '｜']).map(str::trim)
}

/// One alternative as a range of places, both ends inside.
fn range(part: &str, scale: &Scale) -> Result<(i64, i64), Wrong> {
    let kind = &scale.field.kind;
    if is_any(part) {
        let ja = "「、」の前後に値を書いてください。「-」は単独で書きます。".to_owned();
        return Err((ja, "write a value on both sides of `、`; `-` stands alone".to_owned()));
    }
    match kind {
        Type::Text => {
            let rank = scale.rank(&Value::Text(part.to_owned())).unwrap_or(i64::MAX);
            Ok((rank, rank))
        }
        Type::Bool | Type::Enum(_) => word(part, kind).map(|rank| (rank, rank)),
        Type::Yen | Type::Number | Type::Date => {
            bounds(&plain(part), kind).ok_or_else(|| unreadable(part, kind))
        }
    }
}

/// The rank of a word, by id or label.
fn word(text: &str, kind: &Type) -> Result<i64, Wrong> {
    let written = plain(text).to_lowercase();
    let rank = if let Type::Enum(words) = kind {
        let is_meant = |word: &Word| {
            plain(&word.label).to_lowercase() == written || word.id.to_lowercase() == written
        };
        words.iter().position(is_meant).and_then(|at| i64::try_from(at).ok())
    } else {
        match written.as_str() {
            "はい" | "true" | "yes" | "有" | "あり" | "○" | "〇" | "◯" => Some(1),
            "いいえ" | "false" | "no" | "無" | "なし" | "×" | "✕" => Some(0),
            _ => None,
        }
    };
    rank.ok_or_else(|| {
        let Type::Enum(words) = kind else { return unreadable(text, kind) };
        let known: Vec<&str> = words.iter().flat_map(|w| [&*w.label, &*w.id]).collect();
        let Some(near) = nearest(text, &known) else { return unreadable(text, kind) };
        (
            format!("「{text}」という区分はありません。「{near}」ではありませんか。"),
            format!("unknown word `{text}`; did you mean `{near}`?"),
        )
    })
}

/// The range of an ordered type: an interval in brackets, `a~b`, one bound, two bounds, a value.
fn bounds(text: &str, kind: &Type) -> Option<(i64, i64)> {
    if let Some(inner) = text.strip_prefix(['[', '(']) {
        let low_inside = text.starts_with('[');
        let high_inside = inner.ends_with(']');
        let (low, high) = inner.strip_suffix([']', ')'])?.split_once("..")?;
        let (Some((low, "")), Some((high, ""))) = (quantity(low, kind), quantity(high, kind))
        else {
            return None;
        };
        let low = if low_inside { low } else { low.checked_add(1)? };
        return Some((low, if high_inside { high } else { high.checked_sub(1)? }));
    }
    let (first, rest) = bound(text, kind)?;
    if rest.is_empty() {
        return Some(first.range());
    }
    if let (Bound::Exactly(low), Some(after)) = (first, rest.strip_prefix('~')) {
        let (high, rest) = quantity(after, kind)?;
        return rest.is_empty().then_some((low, high));
    }
    let (second, rest) = bound(rest.strip_prefix("かつ").unwrap_or(rest), kind)?;
    match (first, second) {
        (Bound::From(low), Bound::To(high)) | (Bound::To(high), Bound::From(low)) => {
            rest.is_empty().then_some((low, high))
        }
        _ => None,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    From(i64),
    To(i64),
    Exactly(i64),
}

impl Bound {
    fn range(self) -> (i64, i64) {
        match self {
            Self::From(low) => (low, i64::MAX),
            Self::To(high) => (i64::MIN, high),
            Self::Exactly(value) => (value, value),
        }
    }
}

/// What a sign or word makes of the value beside it.
type Bounding = fn(i64) -> Bound;

/// Longer words stand before their beginnings.
const BEFORE: [(&str, Bounding); 6] = [
    ("<=", Bound::To),
    (">=", Bound::From),
    ("==", Bound::Exactly),
    ("=", Bound::Exactly),
    ("<", |value| Bound::To(value.saturating_sub(1))),
    (">", |value| Bound::From(value.saturating_add(1))),
];

const BEHIND: [(&str, Bounding); 12] = [
    ("以上", Bound::From),
    ("以降", Bound::From),
    ("から", Bound::From),
    ("以下", Bound::To),
    ("以前", Bound::To),
    ("まで", Bound::To),
    ("未満", |value| Bound::To(value.saturating_sub(1))),
    ("より前", |value| Bound::To(value.saturating_sub(1))),
    ("より後", |value| Bound::From(value.saturating_add(1))),
    ("を超える", |value| Bound::From(value.saturating_add(1))),
    ("超える", |value| Bound::From(value.saturating_add(1))),
    ("超", |value| Bound::From(value.saturating_add(1))),
];

/// The bound at the beginning of `text`, and what follows it.
fn bound<'t>(text: &'t str, kind: &Type) -> Option<(Bound, &'t str)> {
    for (sign, make) in BEFORE {
        if let Some(after) = text.strip_prefix(sign) {
            let (value, rest) = quantity(after, kind)?;
            return Some((make(value), rest));
        }
    }
    let (value, rest) = quantity(text, kind)?;
    let behind =
        BEHIND.iter().find_map(|(word, make)| Some((make(value), rest.strip_prefix(word)?)));
    Some(behind.unwrap_or((Bound::Exactly(value), rest)))
}

/// The rank at the beginning of `text`, and what follows it.
fn quantity<'t>(text: &'t str, kind: &Type) -> Option<(i64, &'t str)> {
    if *kind != Type::Date {
        return amount(text, kind);
    }
    let end = text
        .find(|c: char| !c.is_ascii_digit() && !matches!(c, '-' | '/' | '年' | '月' | '日'))
        .unwrap_or(text.len());
    let (written, rest) = text.split_at_checked(end)?;
    let date = Date::parse(&written.replace(['年', '月'], "/").replace('日', "")).ok()?;
    Some((kind.rank(&Value::Date(date))?, rest))
}

fn unreadable(text: &str, kind: &Type) -> Wrong {
    let (ja, en) = shape(kind);
    (format!("「{text}」は読めません。{ja}"), format!("cannot read `{text}`; {en}"))
}

/// How a cell of a type is written.
fn shape(kind: &Type) -> Wrong {
    let (ja, en) = match kind {
        Type::Yen => {
            ("100万円以上1,000万円未満、1,000,000円", "100万円以上1,000万円未満 or < 1000000")
        }
        Type::Number => ("1〜10、11以上", "1〜10 or >= 11"),
        Type::Date => ("2026-04-01以降、2026/4/1", "2026-04-01以降 or 2026/4/1"),
        Type::Bool => ("はい、いいえ", "はい or いいえ"),
        Type::Text => ("customers", "the text itself"),
        Type::Enum(words) => {
            let labels: Vec<&str> = words.iter().map(|word| word.label.as_str()).collect();
            let ids: Vec<&str> = words.iter().map(|word| word.id.as_str()).collect();
            let ja = format!("{} のどれかを書いてください。", labels.join("、"));
            return (ja, format!("write one of {}", ids.join(", ")));
        }
    };
    (format!("{ja} のように書いてください。"), format!("write {en}"))
}

//! The words of papers and result files, which a bank may change without a programmer.
//!
//! `templates/words.toml` is built in; a file of the same shape overlays it key by key. A word
//! may hold names in braces that are filled in; an overlay must keep exactly those names, else a
//! deadline could vanish from a paper unseen. Read [`Words`] first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use toml::de::{DeTable, DeValue};

use super::Mistake;

const EMBEDDED: &str = include_str!("../../templates/words.toml");

/// All words, by `section.key`.
///
/// Made by [`Words::embedded`] and [`Words::overlaid`]; always holds every key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words(BTreeMap<String, String>);

impl Words {
    /// The words that are built in.
    pub fn embedded() -> &'static Self {
        static WORDS: OnceLock<Words> = OnceLock::new();
        #[expect(clippy::expect_used, reason = "a test reads the embedded file")]
        WORDS.get_or_init(|| {
            let read = read("templates/words.toml", EMBEDDED).expect("the embedded words are TOML");
            Self(read.into_iter().map(|(key, word)| (key, word.text)).collect())
        })
    }

    /// The built-in words with those of `text` in their place.
    ///
    /// Errs with every mistake of `text`, see [`check`]; `file` is what the mistakes call it.
    pub fn overlaid(file: &str, text: &str) -> Result<Self, Vec<Mistake>> {
        let mistakes = check(file, text);
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let mut words = Self::embedded().clone();
        for (key, word) in read(file, text).map_err(|mistake| vec![mistake])? {
            words.0.insert(key, word.text);
        }
        Ok(words)
    }

    /// The word at `section.key`; the key itself if there is none, which a test rules out.
    pub fn get<'a>(&'a self, key: &'a str) -> &'a str {
        self.0.get(key).map_or(key, String::as_str)
    }

    /// The word at `section.key` with `{name}` replaced by its value.
    pub fn fill(&self, key: &str, values: &[(&str, &str)]) -> String {
        filled(self.get(key), |name| {
            values.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| value)
        })
    }

    /// The widths of a table's columns at `section.key`, in tenths of a millimetre.
    ///
    /// Shape: as many as are built in; they sum to the width between the margins, and each is wide
    /// enough to read.
    pub fn widths(&self, key: &str) -> Vec<u16> {
        tenths(self.get(key)).unwrap_or_default()
    }

    /// Whether there is a word at `section.key`.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }
}

/// A text with each `{name}` replaced by its value.
pub(super) fn filled<'v>(text: &str, value: impl Fn(&str) -> &'v str) -> String {
    let mut rest = text;
    let mut filled = String::with_capacity(rest.len());
    // One pass from the left: a value that holds braces itself is never filled again.
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, tail)) = after.split_once('}') else { break };
        filled.push_str(value(name));
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

/// Every mistake of a words file: broken TOML, unknown keys, values that are no text, and names
/// in braces other than those of the built-in word.
pub fn check(file: &str, text: &str) -> Vec<Mistake> {
    let read = match read(file, text) {
        Ok(read) => read,
        Err(mistake) => return vec![mistake],
    };
    let known = Words::embedded();
    let mut mistakes = Vec::new();
    for (key, word) in &read {
        let text = if !word.is_text {
            Some(format!("{key} must be a text in quotation marks"))
        } else if !known.has(key) {
            let near = nearest(key, known.0.keys().map(String::as_str));
            Some(format!("unknown key {key}; did you mean {near}?"))
        } else if let Some(built_in) = widths_at(known, key) {
            unfit(&word.text, built_in.len())
        } else if names_in(&word.text) != names_in(known.get(key)) {
            let wanted: Vec<String> =
                names_in(known.get(key)).iter().map(|name| format!("{{{name}}}")).collect();
            Some(format!("{key} must hold these and no other names: [{}]", wanted.join(" ")))
        } else {
            None
        };
        mistakes.extend(text.map(|text| Mistake { file: file.to_owned(), line: word.line, text }));
    }
    mistakes.sort_by_key(|mistake| mistake.line);
    mistakes
}

/// The width between the margins, in tenths of a millimetre.
const WIDTH: u16 = 1_800;
/// The least width of a column, in tenths of a millimetre.
const WIDTH_MIN: u16 = 60;

/// The widths built in at a key; none where it holds a word.
fn widths_at(known: &Words, key: &str) -> Option<Vec<u16>> {
    let (_, name) = key.split_once('.')?;
    name.starts_with("widths").then(|| known.widths(key))
}

/// What is wrong with the widths of so many columns.
fn unfit(text: &str, count: usize) -> Option<String> {
    let fit = tenths(text).is_some_and(|widths| {
        let sum: u32 = widths.iter().copied().map(u32::from).sum();
        let wide = widths.iter().all(|width| *width >= WIDTH_MIN);
        widths.len() == count && wide && sum == u32::from(WIDTH)
    });
    let wanted = format!("write {count} widths of 6 mm or more that sum to 180, e.g. 27.5");
    (!fit).then_some(wanted)
}

/// `27.5 10` as tenths: whole millimetres, or with one digit after the point.
fn tenths(text: &str) -> Option<Vec<u16>> {
    let one = |number: &str| {
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let part = part.parse::<u16>().ok().filter(|_| part.len() == 1)?;
        whole.parse::<u16>().ok()?.checked_mul(10)?.checked_add(part)
    };
    text.split_whitespace().map(one).collect()
}

struct Word {
    text: String,
    line: u32,
    is_text: bool,
}

fn read(file: &str, text: &str) -> Result<BTreeMap<String, Word>, Mistake> {
    let table = DeTable::parse(text).map_err(|error| Mistake {
        file: file.to_owned(),
        line: error.span().map_or(0, |span| line_at(text, span.start)),
        text: error.message().to_owned(),
    })?;
    let mut words = BTreeMap::new();
    for (section, value) in table.get_ref() {
        let line = line_at(text, section.span().start);
        let DeValue::Table(entries) = value.get_ref() else {
            let word = Word { text: String::new(), line, is_text: false };
            words.insert(section.get_ref().to_string(), word);
            continue;
        };
        for (key, value) in entries {
            let string = value.get_ref().as_str();
            words.insert(
                format!("{}.{}", section.get_ref(), key.get_ref()),
                Word {
                    text: string.unwrap_or_default().to_owned(),
                    line: line_at(text, key.span().start),
                    is_text: string.is_some(),
                },
            );
        }
    }
    Ok(words)
}

fn names_in(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

pub(super) fn line_at(text: &str, offset: usize) -> u32 {
    let newlines = text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
    u32::try_from(newlines).unwrap_or(u32::MAX).saturating_add(1)
}

/// The one of `known` that is most like `key`.
pub(super) fn nearest<'k>(key: &str, known: impl Iterator<Item = &'k str>) -> &'k str {
    known.max_by_key(|other| nearness(key, other)).unwrap_or_default()
}

fn nearness(key: &str, other: &str) -> u64 {
    let longest = key.len().max(other.len());
    let distance = strsim::levenshtein(key, other);
    u64::try_from(longest.saturating_sub(distance) * 1_000 / longest.max(1)).unwrap_or(0)
}

//! YAML with places: a tree of nodes that remember their line, and a reader that collects every
//! mistake instead of stopping at the first.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use super::Mistake;
use super::expr::{Expr, Fields, Type};

/// A value of a YAML file with the place where it stands.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) at: Place,
    pub(super) value: Value,
}

/// Line and column, both from 1, and the length to underline.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    line: usize,
    column: usize,
    length: usize,
}

/// What a node holds. Numbers and booleans stay as they were written.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of a map with its place.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) at: Place,
    pub(super) name: String,
}

/// Reads one file and collects its mistakes.
#[derive(Debug)]
pub(super) struct Reader {
    file: String,
    text: String,
    mistakes: Vec<Mistake>,
}

impl Reader {
    pub(super) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), text: String::new(), mistakes: Vec::new() }
    }

    /// The file as a tree; nothing when it is not YAML at all.
    pub(super) fn parse(&mut self, text: &str) -> Option<Node> {
        text.clone_into(&mut self.text);
        // Words stay words: `no` is not a boolean here, and 010 keeps its zero.
        let options = serde_saphyr::options! {
            strict_booleans: true,
            leading_zero_numbers_as_strings: true,
            underscored_numbers_as_strings: true,
            duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::PassThrough,
        };
        match serde_saphyr::from_str_with_options::<Node>(text, options) {
            Ok(node) => Some(node),
            Err(error) => {
                let at = error.location().map_or(Place::default(), |place| Place {
                    line: to_usize(place.line()),
                    column: to_usize(place.column()),
                    length: 1,
                });
                let first = error.to_string().lines().next().unwrap_or_default().to_owned();
                self.say(at, "YAML として読めません。字下げと引用符をお確かめください。", &first);
                None
            }
        }
    }

    /// How many mistakes were noted so far.
    pub(super) fn count(&self) -> usize {
        self.mistakes.len()
    }

    /// An expression over `fields`, written as the text of a node; `before` is put before it.
    pub(super) fn expr(
        &mut self,
        node: &Node,
        (before, after): (&str, &str),
        fields: &Fields,
        wanted: &Type,
    ) -> Option<Expr> {
        let text = self.text(node)?;
        let mistakes = match Expr::read(&format!("{before}{text}{after}"), fields, wanted) {
            Ok(expr) => return Some(expr),
            Err(mistakes) => mistakes,
        };
        let line = self.text.lines().nth(node.at.line.saturating_sub(1)).unwrap_or_default();
        let first = line.chars().nth(node.at.column.saturating_sub(1));
        let quoted = usize::from(matches!(first, Some('"' | '\'')));
        for mut mistake in mistakes {
            // What was put before is not in the file.
            mistake.at = mistake.at.saturating_sub(before.chars().count());
            let column = node.at.column.saturating_add(quoted);
            self.mistakes.push(mistake.in_file(&self.file, node.at.line, column));
        }
        None
    }

    /// An expression that is only part of a node's text.
    pub(super) fn expr_within(
        &mut self,
        node: &Node,
        text: &str,
        fields: &Fields,
        wanted: &Type,
    ) -> Option<Expr> {
        match Expr::read(text, fields, wanted) {
            Ok(expr) => Some(expr),
            Err(mistakes) => {
                for mistake in mistakes {
                    self.say(node.at, mistake.ja, mistake.en);
                }
                None
            }
        }
    }

    /// Takes over mistakes that were found in another file.
    pub(super) fn also(&mut self, mistakes: Vec<Mistake>) {
        self.mistakes.extend(mistakes);
    }

    /// Notes a mistake at `at`.
    pub(super) fn say(&mut self, at: Place, ja: impl Into<String>, en: impl Into<String>) {
        self.mistakes.push(Mistake {
            file: self.file.clone(),
            line: at.line,
            column: at.column,
            length: at.length,
            ja: ja.into(),
            en: en.into(),
        });
    }

    /// The value, or every mistake found on the way to it.
    pub(super) fn finish<T>(mut self, value: Option<T>) -> Result<T, Vec<Mistake>> {
        match value {
            Some(value) if self.mistakes.is_empty() => Ok(value),
            _ => {
                if self.mistakes.is_empty() {
                    self.say(Place::default(), "読み込めません。", "cannot be read");
                }
                self.mistakes.sort();
                Err(self.mistakes)
            }
        }
    }

    /// The node as a map whose keys are all in `known`; unknown and repeated keys are mistakes.
    pub(super) fn map<'n>(&mut self, node: &'n Node, known: &[&str]) -> Map<'n> {
        let Value::Map(entries) = &node.value else {
            self.say(node.at, "「名前: 値」の形で書いてください。", "expected `name: value` lines");
            return Map { at: node.at, entries: &[] };
        };
        for (index, (key, _)) in entries.iter().enumerate() {
            if !known.contains(&key.name.as_str()) {
                self.unknown(key.at, ("項目", "key"), &key.name, known);
            }
            if entries.iter().take(index).any(|(other, _)| other.name == key.name) {
                let ja = format!("「{}」が二度書かれています。一つにしてください。", key.name);
                self.say(key.at, ja, format!("`{}` is written twice; keep one", key.name));
            }
        }
        Map { at: node.at, entries }
    }

    /// Says that `found` is not one of `known`, naming the nearest.
    pub(super) fn unknown(
        &mut self,
        at: Place,
        (ja, en): (&str, &str),
        found: &str,
        known: &[&str],
    ) {
        let (near_ja, near_en) = nearest(found, known).map_or_else(
            || (format!("使えるのは {} です。", known.join("、")), known.join(", ")),
            |near| (format!("「{near}」ではありませんか。"), format!("did you mean `{near}`?")),
        );
        let ja = format!("「{found}」という{ja}はありません。{near_ja}");
        self.say(at, ja, format!("unknown {en} `{found}`; {near_en}"));
    }

    /// The node's text.
    pub(super) fn text<'n>(&mut self, node: &'n Node) -> Option<&'n str> {
        if let Value::Scalar(text) = &node.value {
            return Some(text);
        }
        self.say(node.at, "ここには一つの値を書いてください。", "expected a single value");
        None
    }

    /// The node's items; a single value counts as a list of one.
    pub(super) fn list(node: &Node) -> Vec<&Node> {
        match &node.value {
            Value::List(items) => items.iter().collect(),
            Value::Scalar(_) | Value::Map(_) => vec![node],
        }
    }

    /// One of the words in `choices`.
    pub(super) fn choice<T: Copy>(&mut self, node: &Node, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(node)?;
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.unknown(node.at, ("値", "value"), text, &known);
        }
        found
    }

    /// A value with a parser of its own; `shape` says what to write, in Japanese and English.
    pub(super) fn parsed<T>(
        &mut self,
        node: &Node,
        shape: (&str, &str),
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(node)?;
        let value = parse(text);
        if value.is_none() {
            let ja = format!("「{text}」は読めません。{}。", shape.0);
            self.say(node.at, ja, format!("cannot read `{text}`; {}", shape.1));
        }
        value
    }
}

/// A map being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Map<'n> {
    pub(super) at: Place,
    entries: &'n [(Key, Node)],
}

impl<'n> Map<'n> {
    /// Every key, in the order they are written.
    pub(super) fn keys(self) -> impl Iterator<Item = &'n Key> {
        self.entries.iter().map(|(key, _)| key)
    }

    /// The value of `name`, if it is written.
    pub(super) fn get(self, name: &str) -> Option<&'n Node> {
        self.entries.iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    /// The value of `name`; its absence is a mistake.
    pub(super) fn need(self, reader: &mut Reader, name: &str) -> Option<&'n Node> {
        let found = self.get(name);
        if found.is_none() {
            let ja = format!("「{name}」がありません。書き足してください。");
            reader.say(self.at, ja, format!("`{name}` is missing"));
        }
        found
    }

    /// All entries in the order they stand.
    pub(super) fn entries(self) -> &'n [(Key, Node)] {
        self.entries
    }
}

/// The nearest of `known` to `found`, if one is near enough to be meant.
pub fn nearest<'k>(found: &str, known: &[&'k str]) -> Option<&'k str> {
    known
        .iter()
        .map(|word| (strsim::damerau_levenshtein(found, word), *word))
        .filter(|(distance, word)| {
            let length = word.chars().count();
            *distance < length && *distance <= 2.max(length / 3)
        })
        .min()
        .map(|(_, word)| word)
}

fn to_usize(number: impl TryInto<usize>) -> usize {
    number.try_into().unwrap_or(0)
}

fn place<T>(spanned: &Spanned<T>, length: usize) -> Place {
    Place {
        line: to_usize(spanned.referenced.line()),
        column: to_usize(spanned.referenced.column()),
        length,
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(from)?;
        let length = match &spanned.value {
            Value::Scalar(text) => text.chars().count().max(1),
            Value::List(_) | Value::Map(_) => 1,
        };
        Ok(Self { at: place(&spanned, length), value: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<String>::deserialize(from)?;
        let length = spanned.value.chars().count().max(1);
        Ok(Self { at: place(&spanned, length), name: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, a list or a map")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Scalar(text.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Scalar(value.to_string()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Scalar(String::new()))
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Scalar(String::new()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Value::Map(entries))
    }
}

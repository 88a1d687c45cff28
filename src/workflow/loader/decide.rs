//! A step that asks a decision table: which table, which answers.

use crate::workflow::Decide;
use crate::workflow::expr::{Field, Fields, Type, Word};
use crate::workflow::table::{Hit, Table};
use crate::workflow::yaml::{Map, Node, Reader, Value};

use super::Names;

/// `table: kessai_kengen.csv`, `hit: unique`, `out: {level: {label: 決裁区分, of: {…}}}`.
///
/// From here on conditions may speak of `<step>.<answer>`.
pub(super) fn read(
    reader: &mut Reader,
    map: Map<'_>,
    step: &str,
    names: &mut Names<'_>,
) -> Option<Decide> {
    let hit = map.get("hit").map_or(Some(Hit::Unique), |node| {
        reader.choice(node, &[("unique", Hit::Unique), ("first", Hit::First)])
    });
    let outputs = map.need(reader, "out").and_then(|node| read_outputs(reader, node));
    let table = map.need(reader, "table").and_then(|node| read_name(reader, node, names));
    let (outputs, (name, text)) = (outputs?, table?);
    let results: Vec<Field> = outputs
        .iter()
        .map(|field| Field { name: format!("{step}.{}", field.name), ..field.clone() })
        .collect();
    let file = format!("workflows/tables/{name}");
    let table = match Table::read(&file, text, &names.fields, &outputs, hit?) {
        Ok(table) => Some(table),
        Err(mistakes) => {
            reader.also(mistakes);
            None
        }
    };
    names.used.insert(name, text.to_owned());
    // Later conditions are read even where the table has mistakes of its own.
    for field in &results {
        names.fields = std::mem::take(&mut names.fields).with(field.clone());
    }
    Some(Decide { table: table?, results: results.into_iter().collect() })
}

/// The table's file name and text.
fn read_name<'t>(reader: &mut Reader, node: &Node, names: &Names<'t>) -> Option<(String, &'t str)> {
    let name = reader.text(node)?;
    let found = names.tables.get(name);
    if found.is_none() {
        let known: Vec<&str> = names.tables.keys().map(String::as_str).collect();
        reader.unknown(node.at, ("判断表", "table"), name, &known);
    }
    found.map(|text| (name.to_owned(), text.as_str()))
}

pub(super) fn read_outputs(reader: &mut Reader, node: &Node) -> Option<Fields> {
    let Value::Map(entries) = &node.value else {
        reader.map(node, &[]);
        return None;
    };
    let read: Vec<Option<Field>> =
        entries.iter().map(|(key, node)| read_output(reader, &key.name, node)).collect();
    read.into_iter().collect()
}

/// `level: {label: 決裁区分, of: {simple: 検印のみ}}` or `limit: {label: 上限, type: yen}`.
fn read_output(reader: &mut Reader, name: &str, node: &Node) -> Option<Field> {
    let map = reader.map(node, &["label", "of", "type"]);
    let label = map.need(reader, "label").and_then(|node| reader.text(node)).map(str::to_owned);
    let kind = match (map.get("of"), map.get("type")) {
        (Some(node), None) => read_words(reader, node),
        (None, Some(node)) => {
            let types = [("yen", 0), ("number", 1), ("bool", 2), ("date", 3), ("text", 4)];
            reader.choice(node, &types).map(|kind| match kind {
                0 => Type::Yen,
                1 => Type::Number,
                2 => Type::Bool,
                3 => Type::Date,
                _ => Type::Text,
            })
        }
        _ => {
            let ja = "of（区分の一覧）か type（yen、number、bool、date、text）のどちらか一つを書いてください。";
            reader.say(map.at, ja, "write either `of` or `type`");
            None
        }
    };
    Some(Field::new(name, &label?, kind?))
}

fn read_words(reader: &mut Reader, node: &Node) -> Option<Type> {
    let Value::Map(entries) = &node.value else {
        reader.map(node, &[]);
        return None;
    };
    let words: Vec<Option<Word>> = entries
        .iter()
        .map(|(key, node)| {
            let label = reader.text(node)?.to_owned();
            Some(Word { id: key.name.clone(), label })
        })
        .collect();
    words.into_iter().collect::<Option<Vec<_>>>().map(|words| Type::Enum(words.into()))
}

//! The first row of a table: which column asks what, and which answers.

use unicode_normalization::UnicodeNormalization as _;

use crate::workflow::expr::{Field, Fields};
use crate::workflow::nearest;

use super::cell::Wrong;

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The heading as it is written, e.g. `条件:合計金額`.
    pub title: String,
    /// What the column is for.
    pub role: Role,
}

/// What a column is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// A condition: `in:total`, `条件:合計金額`.
    Condition(Field),
    /// A result: `out:level`, `結果:決裁区分`.
    Result(Field),
    /// Words for people: `note`, `備考`, or no heading over an empty column.
    Note,
}

/// What a heading says.
pub(super) fn role(title: &str, inputs: &Fields, outputs: &Fields) -> Result<Role, Wrong> {
    let written = plain(title);
    if matches!(written.as_str(), "note" | "備考" | "") {
        return Ok(Role::Note);
    }
    let found = written.split_once(':').and_then(|(prefix, name)| match prefix {
        "in" | "条件" => find(inputs, name).map(Role::Condition),
        "out" | "結果" => find(outputs, name).map(Role::Result),
        _ => None,
    });
    found.ok_or_else(|| {
        let known = known(inputs, outputs);
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let (near_ja, near_en) = nearest(&written, &known).map_or_else(
            || {
                let ja = "条件は「条件:合計金額」、結果は「結果:…」、説明は「備考」と書きます。";
                (ja.to_owned(), "write `in:NAME`, `out:NAME` or `note`".to_owned())
            },
            |near| (format!("「{near}」ではありませんか。"), format!("did you mean `{near}`?")),
        );
        let title = title.trim();
        (
            format!("「{title}」という列はありません。{near_ja}"),
            format!("unknown column `{title}`; {near_en}"),
        )
    })
}

fn plain(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace()).collect()
}

fn find(fields: &Fields, name: &str) -> Option<Field> {
    fields.iter().find(|field| field.name == name || plain(&field.label) == name).cloned()
}

fn known(inputs: &Fields, outputs: &Fields) -> Vec<String> {
    let both = |prefixes: [&'static str; 2], field: &Field| {
        let [id, label] = prefixes;
        [format!("{id}:{}", field.name), format!("{label}:{}", field.label)]
    };
    let conditions = inputs.iter().flat_map(|field| both(["in", "条件"], field));
    let results = outputs.iter().flat_map(|field| both(["out", "結果"], field));
    conditions.chain(results).chain(["note".to_owned(), "備考".to_owned()]).collect()
}

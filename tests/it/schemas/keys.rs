//! Every key and every word a loader knows, and no other, is in its schema.
//!
//! The loader is asked as a person would ask it: what it does not know it answers with the list
//! of what it knows.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Format;

/// What no loader knows, far from every word it does.
const STRANGE: &str = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq";

/// A place of a format: what stands there, with `?` for the strange word, and the schema's list.
type Place = (Format, &'static str, &'static str);

/// Every map whose keys are given. A flow's texts are steps, where they do not begin with `:`.
const MAPS: [Place; 30] = [
    (Format::Flow, ":?: 1", ""),
    (Format::Flow, ":people: {a: {?: 1}}", "/$defs/who_map"),
    (Format::Flow, ":sla: {?: 1}", "/$defs/sla"),
    (Format::Flow, ":obliges: [{?: 1}]", "/$defs/obligation"),
    (Format::Flow, "call: part, ?: 1", "/$defs/call"),
    (Format::Flow, "check: a, rules: [{?: 1}]", "/$defs/rule"),
    (Format::Flow, "decide: a, out: {b: {?: 1}}", "/$defs/field"),
    (Format::Flow, "approve: a, need: [{?: 1}]", "/$defs/seat"),
    (Format::Flow, "approve: a, need: {?: 1}", "/$defs/contract"),
    (Format::Flow, "approve: a, due: {?: 1}", "/$defs/due_by"),
    (Format::Flow, "approve: a, remind: [{?: 1}]", "/$defs/reminder/anyOf/1"),
    (Format::Flow, "approve: a, escalate: [{?: 1}]", "/$defs/escalation"),
    (Format::Flow, "approve: a, return_to: {?: 1}", "/$defs/return_to"),
    (Format::Flow, "approve: a, substitute: {?: 1}", "/$defs/substitute"),
    (Format::Flow, "wait: a, for: {?: 1}", "/$defs/day"),
    (Format::Flow, "wait: a, then: {?: 1}", "/$defs/wait/properties/then"),
    (Format::Part, "?: 1", ""),
    (Format::Channel, "?: 1", ""),
    (Format::Channel, "keying: {?: 1}", "/properties/keying"),
    (Format::Channel, "routes: {?: 1}", "/properties/routes"),
    (Format::Channel, "routes: {assignment: {?: 1}}", "/$defs/route"),
    (Format::Schedule, "?: 1", ""),
    (Format::Schedule, "when: {?: 1}", "/$defs/day"),
    (Format::Profile, "?: 1", ""),
    (Format::Profile, "columns: {?: 1}", "/properties/columns"),
    (Format::Profile, "columns: {amount: {?: 1}}", "/$defs/made"),
    (Format::Golden, "?: 1", ""),
    (Format::Golden, "given: {?: 1}", "/$defs/given"),
    (Format::Golden, "then: {?: 1}", "/$defs/then"),
    (Format::Golden, "flow: accrual\nwhen: []\npeople: {person01: {?: 1}}", "/$defs/person"),
];

/// Every list of words, as `MAPS`.
const WORDS: [Place; 39] = [
    (Format::Flow, ":schema: ?", "/properties/schema"),
    (Format::Flow, ":calendar: ?", "/properties/calendar"),
    (Format::Flow, ":people: {a: {at: ?}}", "/$defs/who_map/properties/at"),
    (Format::Flow, "check: a, rules: [{fail: ?}]", "/$defs/rule/properties/fail"),
    (Format::Flow, "decide: a, hit: ?", "/$defs/decide/properties/hit"),
    (Format::Flow, "decide: a, out: {b: {type: ?}}", "/$defs/field/properties/type"),
    (Format::Flow, "approve: a, order: ?", "/$defs/approve/properties/order"),
    (Format::Flow, "approve: a, veto: ?", "/$defs/approve/properties/veto"),
    (Format::Flow, "approve: a, need: {pattern: ?}", "/$defs/contract/properties/pattern"),
    (Format::Flow, "approve: a, confirm: ?", "/$defs/approve/properties/confirm"),
    (Format::Flow, "approve: a, overdue: ?", "/$defs/overdue"),
    (Format::Flow, "task: a, overdue: ?", "/$defs/overdue"),
    (Format::Flow, "approve: a, return_to: {resume: ?}", "/$defs/return_to/properties/resume"),
    (Format::Flow, "approve: a, withdraw: ?", "/$defs/withdraw"),
    (Format::Flow, "approve: a, exceptions: ?", "/$defs/approve/properties/exceptions"),
    (Format::Flow, "approve: a, paper: ?", "/$defs/approve/properties/paper"),
    (Format::Flow, "approve: a, return_to: {targets: ?}", "/$defs/target/anyOf/0"),
    (Format::Flow, "task: a, twin: ?", "/$defs/task/properties/twin"),
    (Format::Flow, "wait: a, for: ?", "/$defs/wait/properties/for/anyOf/0"),
    (Format::Flow, "wait: a, then: {ok: ?}", "/$defs/exit/anyOf/0"),
    (Format::Flow, "parallel: a, branches: [[], []], join: ?", "/$defs/parallel/properties/join"),
    (Format::Flow, "emit: a, effects: [?]", "/$defs/effect"),
    (Format::Flow, "emit: a, effects: [], compensate: ?", "/$defs/emit/properties/compensate"),
    (Format::Flow, "end: a, outcome: ?", "/$defs/end/properties/outcome"),
    (Format::Channel, "brings: ?", "/properties/brings"),
    (Format::Channel, "accept: ?", "/properties/accept"),
    (Format::Channel, "result: ?", "/properties/result"),
    (Format::Channel, "keying: {role: a, second: ?}", "/properties/keying/properties/second"),
    (Format::Channel, "complete: ?", "/properties/complete"),
    (Format::Channel, "antivirus: ?", "/properties/antivirus"),
    (Format::Channel, "routes: {assignment: {unit: ?}}", "/$defs/route/properties/unit"),
    (Format::Schedule, "misfire: ?", "/properties/misfire"),
    (Format::Schedule, "do: ?", "/properties/do"),
    (Format::Schedule, "when: {every: ?}", "/$defs/day/properties/every"),
    (Format::Schedule, "when: {before: ?}", "/$defs/day/properties/before"),
    (Format::Schedule, "when: {roll: ?}", "/$defs/day/properties/roll"),
    (Format::Profile, "columns: {amount: {from: a, as: ?}}", "/$defs/made/properties/as"),
    (
        Format::Profile,
        "columns: {due_date: {receipt_day: ?}}",
        "/$defs/made/properties/receipt_day",
    ),
    (Format::Golden, "then: {status: ?}", "/$defs/then/properties/status"),
];

/// What a loader says it knows where the strange word stands.
fn known(format: Format, place: &str) -> BTreeSet<String> {
    let place = place.replace('?', STRANGE);
    let text = match (format, place.strip_prefix(':')) {
        (Format::Flow, Some(top)) => format!("{top}\nsteps: []\n"),
        (Format::Flow, None) => format!("steps: [{{{place}}}]\n"),
        _ => place,
    };
    // A step beside it makes a part that can be called.
    let text = if format == Format::Part { format!("{text}\nsteps: []\n") } else { text };
    let mistakes = format.mistakes("customers", &text);
    let asked = format!(" `{STRANGE}`; ");
    let told = mistakes.iter().find_map(|mistake| Some(mistake.en.split_once(&asked)?.1));
    let told = told.unwrap_or_else(|| panic!("{text}: {mistakes:?}"));
    // The shape of a day and the name of the step are told beside the words.
    let words = told.split(", ").filter(|word| !word.contains(['{', '}']) && *word != "a");
    words.map(str::to_owned).collect()
}

fn at(schema: &Value, pointer: &str) -> Value {
    schema.pointer(pointer).unwrap_or_else(|| panic!("{pointer}")).clone()
}

fn keys(map: &Value) -> BTreeSet<String> {
    map["properties"].as_object().unwrap().keys().cloned().collect()
}

fn words(list: &Value) -> BTreeSet<String> {
    let words = list["enum"].as_array().unwrap().iter();
    words.map(|word| word.as_str().map_or(word.to_string(), str::to_owned)).collect()
}

/// Every place of a schema that `fits`, as a pointer.
fn places(schema: &Value, fits: &dyn Fn(&Value) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut ahead = vec![(String::new(), schema)];
    while let Some((pointer, value)) = ahead.pop() {
        if fits(value) {
            found.push(pointer.clone());
        }
        let below: Vec<(String, &Value)> = match value {
            Value::Object(map) => map.iter().map(|(key, one)| (key.clone(), one)).collect(),
            Value::Array(all) => {
                all.iter().enumerate().map(|(n, one)| (n.to_string(), one)).collect()
            }
            _ => Vec::new(),
        };
        ahead.extend(below.into_iter().map(|(key, one)| (format!("{pointer}/{key}"), one)));
    }
    found
}

#[test]
fn every_map_has_the_keys_its_loader_knows() {
    for (format, place, pointer) in MAPS {
        let schema = format.schema();
        assert_eq!(keys(&at(&schema, pointer)), known(format, place), "{format:?} {place}");
    }
    for format in Format::ALL {
        let closed = places(&format.schema(), &|one| one["additionalProperties"] == false);
        let asked = MAPS.iter().filter(|map| map.0 == format).map(|map| map.2.to_owned());
        let asked: BTreeSet<String> = asked.collect();
        assert_eq!(
            closed.into_iter().collect::<BTreeSet<_>>(),
            asked,
            "ask the loader of {format:?}"
        );
    }
}

#[test]
fn a_step_has_the_keys_its_loader_knows_and_each_belongs_to_a_kind() {
    let schema = Format::Flow.schema();
    let listed = words(&at(&schema, "/$defs/step_keys/propertyNames"));
    assert_eq!(listed, known(Format::Flow, "?: 1"));
    let kinds = at(&schema, "/$defs/step/oneOf");
    let kinds = kinds.as_array().unwrap().iter().map(|kind| {
        kind["$ref"].as_str().and_then(|name| name.strip_prefix("#/$defs/is_")).unwrap()
    });
    let mut explained = keys(&at(&schema, "/$defs/common"));
    for kind in kinds {
        explained.insert(kind.to_owned());
        let kind = at(&schema, &format!("/$defs/{kind}"));
        explained.extend(kind["properties"].as_object().unwrap().keys().cloned());
    }
    assert_eq!(explained, listed);
}

#[test]
fn every_list_of_words_is_the_one_its_loader_knows() {
    for (format, place, pointer) in WORDS {
        let schema = format.schema();
        assert_eq!(words(&at(&schema, pointer)), known(format, place), "{format:?} {place}");
    }
}

/// Lists that help to write what may also be written otherwise, or that are told in other words.
const HINTS: [&str; 12] = [
    "/$defs/step_keys/propertyNames",
    "/$defs/case_date/anyOf/0",
    "/$defs/given/properties/channel/anyOf/0",
    "/$defs/effect",
    "/$defs/refusal",
    "/$defs/given/properties/pattern",
    "/$defs/given/properties/kind/anyOf/0",
    "/$defs/given/properties/kind/anyOf/1",
    "/$defs/given/properties/kind/anyOf/2",
    "/$defs/given/properties/other_side",
    "/$defs/person/properties/at",
    "/$defs/person/properties/presence",
];

/// Whether a place only says when another one holds.
fn is_condition(pointer: &str) -> bool {
    let then = pointer.strip_suffix("/then");
    let then = then.is_some_and(|map| !map.ends_with("/$defs") && !map.ends_with("/properties"));
    then || ["/if", "/else"].iter().any(|end| pointer.ends_with(end)) || pointer.contains("/allOf/")
}

#[test]
fn no_list_of_words_is_left_out_and_every_key_is_explained_in_japanese() {
    for format in Format::ALL {
        let schema = format.schema();
        let asked =
            |pointer: &String| WORDS.iter().any(|(of, _, known)| *of == format && known == pointer);
        let lists = places(&schema, &|one| one["enum"].is_array());
        let left: Vec<String> = lists
            .into_iter()
            .filter(|pointer| !asked(pointer) && !HINTS.contains(&pointer.as_str()))
            .collect();
        assert_eq!(left, Vec::<String>::new(), "ask the loader of {format:?}");
        let maps = places(&schema, &|one| one["properties"].is_object());
        for map in maps.into_iter().filter(|map| !is_condition(map)) {
            for (key, one) in at(&schema, &map)["properties"].as_object().unwrap() {
                let place = one["$ref"].as_str().and_then(|to| to.strip_prefix('#'));
                let told = [Some(one.clone()), place.map(|place| at(&schema, place))];
                let told = told.iter().flatten().filter_map(|one| one["description"].as_str());
                let japanese = told.into_iter().any(|text| text.chars().any(|c| c >= '\u{3000}'));
                assert!(japanese, "{format:?} {map}: explain `{key}`");
            }
        }
    }
}

#[test]
fn what_to_write_is_told_in_japanese_where_a_text_has_not_its_shape() {
    for format in Format::ALL {
        let schema = format.schema();
        for place in places(&schema, &|one| one["pattern"].is_string()) {
            let told = at(&schema, &place)["patternErrorMessage"].clone();
            let told = told.as_str().unwrap_or_default();
            assert!(told.ends_with("ください。") || told.ends_with("です。"), "{format:?} {place}");
        }
    }
}

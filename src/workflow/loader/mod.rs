//! From a flow's YAML text to a definition, with every mistake at once.

mod dates;
mod decide;
mod keys;
mod obliges;
mod patience;
mod proof;
mod reach;
#[cfg(test)]
mod routed;
mod steps;
mod substitute;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::domain::Date;

use super::expr::{Expr, Fields, Type};
use super::{
    Approve, Compensate, Definition, DistinctFrom, Emit, Exceptions, Mistake, Need, OnPaper, Order,
    Outcome, Overdue, Place, ReturnTo, SeatNeed, Source, StepKind, Veto, Who, Withdraw,
    yaml::{Map, Node, Reader, Value},
};

/// Reads a flow that uses no table; see [`load_with_tables`].
pub fn load_definition(file: &str, text: &str) -> Result<Definition, Vec<Mistake>> {
    load_with_tables(file, text, &BTreeMap::new())
}

/// Reads a flow with the tables it may name.
///
/// `file` is its name as the person knows it; `tables` are texts by file name, e.g.
/// `kessai_kengen.csv`. Errs with all mistakes: unknown keys, missing ones, steps out of order,
/// tables with gaps, an `emit` that too few people guard.
pub fn load_with_tables(
    file: &str,
    text: &str,
    tables: &BTreeMap<String, String>,
) -> Result<Definition, Vec<Mistake>> {
    let mut reader = Reader::new(file);
    let definition = reader.parse(text).and_then(|node| read(&mut reader, &node, text, tables));
    reader.finish(definition)
}

/// Every key a flow may have.
pub(super) const FLOW_KEYS: [&str; 10] = [
    "schema",
    "id",
    "title",
    "effective_from",
    "calendar",
    "people",
    "sla",
    "steps",
    "obliges",
    "assert",
];

fn read(
    reader: &mut Reader,
    node: &Node,
    text: &str,
    tables: &BTreeMap<String, String>,
) -> Option<Definition> {
    let map = reader.map(node, &FLOW_KEYS);
    if let Some(schema) = map.need(reader, "schema") {
        reader.choice(schema, &[("1", ())]);
    }
    if let Some(calendar) = map.get("calendar") {
        reader.choice(calendar, &[("bank_jp", ())]);
    }
    let id = map.need(reader, "id").and_then(|node| {
        reader.parsed(node, ("英小文字・数字・_ で書いてください", "use a-z, 0-9 and _"), name)
    });
    let title = map.need(reader, "title").and_then(|node| reader.text(node)).map(str::to_owned);
    let effective_from = map.need(reader, "effective_from").and_then(|node| {
        reader.parsed(
            node,
            ("2026-04-01 の形で書いてください", "write 2026-04-01"),
            |text| Date::parse(text).ok(),
        )
    });
    let mut names = Names { fields: Fields::of_a_case(), tables, used: BTreeMap::new() };
    let mut people = map.get("people").map(|node| read_people(reader, node)).unwrap_or_default();
    let before = reader.count();
    let steps_node = map.need(reader, "steps")?;
    let mut steps = steps::read_steps(reader, steps_node, &mut people, &mut names);
    let of = id.clone().unwrap_or_default();
    for step in &mut steps {
        step.belongs_to(&of);
    }
    let assertions = map
        .get("assert")
        .map(|node| proof::read(reader, node, &steps, &names.fields))
        .unwrap_or_default();
    let sla = match map.get("sla") {
        None => Some(None),
        Some(node) => patience::sla(reader, node, (&steps, reader.count() == before)).map(Some),
    };
    let obliges = match map.get("obliges") {
        None => Some(Vec::new()),
        Some(node) => obliges::read(reader, node, &people),
    };
    let source = Source::new(text, names.used);
    let definition = Definition {
        hash: source.digest(),
        id: id?,
        title: title?,
        effective_from: effective_from?,
        steps,
        sla: sla?,
        obliges: obliges?,
        assertions,
        source,
    };
    // A step that could not be read would make the order seem wrong, too.
    if reader.count() == before {
        check_order(reader, steps_node, &definition);
    }
    if reader.count() == before {
        proof::check(reader, (steps_node, map.get("assert")), &definition, &names.fields);
    }
    Some(definition)
}

/// What steps may speak of: fields, growing with every table, and the tables there are.
struct Names<'t> {
    fields: Fields,
    tables: &'t BTreeMap<String, String>,
    /// The tables the flow uses, with their texts.
    used: BTreeMap<String, String>,
}

fn name(text: &str) -> Option<String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (!text.is_empty() && text.chars().all(fits)).then(|| text.to_owned())
}

/// The names a definition gives to groups of people.
type People = Vec<(String, Who)>;

fn read_people(reader: &mut Reader, node: &Node) -> People {
    let Value::Map(entries) = &node.value else {
        reader.map(node, &[]);
        return Vec::new();
    };
    entries
        .iter()
        .filter_map(|(key, node)| Some((key.name.clone(), read_who(reader, node, &[])?)))
        .collect()
}

/// `who: checker` by a name of `people`, or `who: {role: checker, at: desk}`.
fn read_who(reader: &mut Reader, node: &Node, people: &[(String, Who)]) -> Option<Who> {
    if let Value::Scalar(text) = &node.value {
        if text == "submitter" {
            // Anybody of the organisation that submitted.
            return Some(Who { role: String::new(), at: Place::Submitter });
        }
        let found = people.iter().find(|(name, _)| name == text).map(|(_, who)| who.clone());
        if found.is_none() {
            let known: Vec<&str> = people.iter().map(|(name, _)| name.as_str()).collect();
            reader.unknown(node.at, ("担当", "group of people"), text, &known);
        }
        return found;
    }
    let map = reader.map(node, &["role", "authority", "at"]);
    let role = match (map.get("role"), map.get("authority")) {
        (Some(node), None) | (None, Some(node)) => reader.text(node).map(str::to_owned),
        _ => {
            let ja = "role か authority のどちらか一つを書いてください。";
            reader.say(map.at, ja, "write either `role` or `authority`");
            None
        }
    };
    let at = map.need(reader, "at").and_then(|node| reader.choice(node, &Place::named()));
    Some(Who { role: role?, at: at? })
}

/// A flow emits something, ends with `end`, and has no step that no way leads to.
fn check_order(reader: &mut Reader, node: &Node, definition: &Definition) {
    let steps = &definition.steps;
    if !matches!(steps.last().map(|step| &step.kind), Some(StepKind::End(_))) {
        let ja = "最後の手順は end にしてください。";
        reader.say(node.at, ja, "the last step must be `end`");
    }
    for unreached in reach::unreached(definition) {
        let ja = format!("手順「{}」には、どの道からも来ません。", unreached.id);
        reader.say(node.at, ja, format!("step `{}` is never reached", unreached.id));
    }
    if !steps.iter().any(|step| matches!(step.kind, StepKind::Emit(_))) {
        let ja = "承認された内容を送り出す手順 emit がありません。書き足してください。";
        reader.say(node.at, ja, "there is no `emit` step");
    }
}

/// `when: "total >= 10_000_000"` or `unless: …`; nothing is for every case.
#[expect(clippy::option_option, reason = "a mistake, no condition, a condition")]
fn read_when(reader: &mut Reader, map: Map<'_>, fields: &Fields) -> Option<Option<Expr>> {
    match (map.get("when"), map.get("unless")) {
        (None, None) => Some(None),
        (Some(node), None) => reader.expr(node, ("", ""), fields, &Type::Bool).map(Some),
        (None, Some(node)) => reader.expr(node, ("not (", ")"), fields, &Type::Bool).map(Some),
        (Some(_), Some(_)) => {
            let ja = "when か unless のどちらか一つにしてください。";
            reader.say(map.at, ja, "write either `when` or `unless`");
            None
        }
    }
}

fn read_approve(
    reader: &mut Reader,
    map: Map<'_>,
    (people, ids): (&[(String, Who)], steps::Ids<'_>),
    fields: &Fields,
) -> Option<Approve> {
    let order = map.get("order").map_or(Some(Order::Ordered), |node| {
        reader.choice(node, &[("ordered", Order::Ordered), ("any", Order::Any)])
    });
    let need =
        map.need(reader, "need").and_then(|node| read_need(reader, map, node, (people, fields)));
    let veto = map.get("veto").map_or(Some(Veto::Any), |node| {
        reader.choice(node, &[("any", Veto::Any), ("majority", Veto::Majority)])
    });
    let distinct_from = map
        .get("distinct_from")
        .map_or_else(|| vec![DistinctFrom::Submitter], |node| read_distinct(reader, node, ids));
    if let Some(node) = map.get("confirm") {
        reader.choice(node, &[("password", ())]);
    }
    let due = dates::read_due(reader, (map, "due"), fields);
    let overdue = map.get("overdue").map_or(Some(Overdue::Hold), |node| {
        let words =
            [("hold", Overdue::Hold), ("reject", Overdue::Reject), ("return", Overdue::Return)];
        reader.choice(node, &words)
    });
    let plain = ReturnTo::of(need.as_ref());
    let return_to = map.get("return_to").map_or(Some(plain), |node| {
        patience::return_to(reader, node, (people, ids), need.as_ref())
    });
    let remind = map.get("remind").map_or(Some(Vec::new()), |node| patience::remind(reader, node));
    let escalate = map
        .get("escalate")
        .map_or(Some(Vec::new()), |node| patience::escalate(reader, node, people));
    let substitute = match map.get("substitute") {
        None => Some(None),
        Some(rule) => substitute::read(reader, rule, people, need.as_ref()).map(Some),
    };
    let withdraw = map
        .get("withdraw")
        .map_or(Some(Withdraw::UntilFirstVote), |node| patience::withdraw(reader, node));
    let exceptions = map.get("exceptions").map_or(Some(Exceptions::None), |node| {
        reader.choice(node, &[("none", Exceptions::None), ("split", Exceptions::Split)])
    });
    if (veto, exceptions) == (Some(Veto::Majority), Some(Exceptions::Split)) {
        let ja = "veto: majority と exceptions: split は一緒に書けません。一部の明細の否認は一人で決まるからです。";
        reader.say(map.at, ja, "`veto: majority` does not go with `exceptions: split`");
    }
    let paper = read_on_paper(reader, map, need.as_ref());
    Some(Approve {
        // Told once the whole flow is read.
        flow: String::new(),
        order: order?,
        need: need?,
        veto: veto?,
        distinct_from,
        due: due?,
        overdue: overdue?,
        remind: remind?,
        escalate: escalate?,
        substitute: substitute?,
        return_to: return_to?,
        withdraw: withdraw?,
        exceptions: exceptions?,
        paper: paper?,
        form: None,
    })
}

/// `paper: allowed`, where every seat is the desk's: a customer's paper is none of ours.
fn read_on_paper(reader: &mut Reader, map: Map<'_>, need: Option<&Need>) -> Option<OnPaper> {
    let Some(node) = map.get("paper") else { return Some(OnPaper::Refused) };
    let words = [("refused", OnPaper::Refused), ("allowed", OnPaper::Allowed)];
    let paper = reader.choice(node, &words)?;
    let elsewhere = [Place::Submitter, Place::Counterparty];
    let elsewhere = need.is_some_and(|need| elsewhere.iter().any(|place| need.is_at(*place)));
    if paper == OnPaper::Allowed && elsewhere {
        let ja = "paper: allowed は、取扱店（at: desk）の方だけが承認する手順に書いてください。";
        reader.say(node.at, ja, "`paper: allowed` is for steps whose people are all at the desk");
        return None;
    }
    Some(paper)
}

fn read_need(
    reader: &mut Reader,
    step: Map<'_>,
    node: &Node,
    (people, fields): (&[(String, Who)], &Fields),
) -> Option<Need> {
    if matches!(node.value, Value::Map(_)) {
        let map = reader.map(node, &["pattern"]);
        let pattern = map.need(reader, "pattern")?;
        reader.choice(pattern, &[("contract", ())])?;
        let who = step.need(reader, "who")?;
        return Some(Need::Contract(read_who(reader, who, people)?));
    }
    if let Some(who) = step.get("who") {
        let ja = "who は need: {pattern: contract} のときだけ書きます。席の人は need の中に書いてください。";
        reader.say(who.at, ja, "`who` goes with `need: {pattern: contract}` only");
    }
    let each = Reader::list(node).into_iter();
    let seats: Vec<Option<SeatNeed>> =
        each.map(|item| read_seat(reader, item, (people, fields))).collect();
    seats.into_iter().collect::<Option<_>>().map(Need::Seats)
}

/// Every key an entry of `need` may have.
pub(super) const SEAT_KEYS: [&str; 6] = ["who", "n", "of", "as", "when", "unless"];

/// `{who: hq, n: 2, of: 3, as: 合議, when: "total >= 10_000_000"}`.
fn read_seat(
    reader: &mut Reader,
    node: &Node,
    (people, fields): (&[(String, Who)], &Fields),
) -> Option<SeatNeed> {
    let map = reader.map(node, &SEAT_KEYS);
    let who = map.need(reader, "who").and_then(|node| read_who(reader, node, people));
    let n = map.get("n").map_or(Some(1), |node| read_count(reader, node, 1));
    let of = map.get("of").map_or(Some(n), |node| read_count(reader, node, n?).map(Some));
    let title = map.get("as").map_or(Some("承認"), |node| reader.text(node)).map(str::to_owned);
    let when = read_when(reader, map, fields);
    Some(SeatNeed { who: who?, n: n?, of: of??, when: when?, title: title? })
}

/// How many people, at least `least`.
fn read_count(reader: &mut Reader, node: &Node, least: u8) -> Option<u8> {
    let shape = (
        &*format!("{least} から 9 の数で書いてください"),
        &*format!("write a number from {least} to 9"),
    );
    reader.parsed(node, shape, |text| text.parse().ok().filter(|n| (least..=9).contains(n)))
}

fn read_distinct(reader: &mut Reader, node: &Node, ids: steps::Ids<'_>) -> Vec<DistinctFrom> {
    let mut distinct = Vec::new();
    for item in Reader::list(node) {
        let Some(text) = reader.text(item) else { continue };
        if text == "submitter" {
            distinct.push(DistinctFrom::Submitter);
        } else if let Some(step) = ids.earlier(text) {
            distinct.push(DistinctFrom::Step(step));
        } else {
            let mut known = ids.earlier_names();
            known.push("submitter");
            reader.unknown(item.at, ("前の手順", "earlier step"), text, &known);
        }
    }
    distinct
}

fn read_emit(reader: &mut Reader, map: Map<'_>) -> Option<Emit> {
    let mut emit = Emit::default();
    let node = map.need(reader, "effects")?;
    for item in Reader::list(node) {
        match reader.text(item)? {
            "clearing" => emit.clearing = true,
            "receipt" => emit.receipt = true,
            "mail" => emit.mail = true,
            "publish" => emit.publish = true,
            other => {
                reader.unknown(
                    item.at,
                    ("出力", "effect"),
                    other,
                    &["clearing", "receipt", "mail", "publish"],
                );
            }
        }
    }
    if let Some(node) = map.get("compensate") {
        emit.compensate = reader.choice(node, &[("cancel_notice", Compensate::CancelNotice)])?;
    }
    Some(emit)
}

fn read_outcome(reader: &mut Reader, map: Map<'_>) -> Option<Outcome> {
    map.get("outcome").map_or(Some(Outcome::Completed), |node| {
        let words = [
            ("completed", Outcome::Completed),
            ("rejected", Outcome::Rejected),
            ("returned", Outcome::Returned),
            ("recorded", Outcome::Recorded),
            ("errored", Outcome::Errored),
        ];
        reader.choice(node, &words)
    })
}

//! The steps of a flow in one list: parts called, branches laid out after their parallel step.

use crate::workflow::expr::{Field, Presence};
use crate::workflow::{
    Approve, Awaited, DistinctFrom, Exceptions, Exit, Fail, Form, Need, OnPaper, Order, Parallel,
    ReturnTo, Rule, SeatNeed, Step, StepKind, Twin, Veto, Wait, Who, Withdraw,
    expr::Type,
    yaml::{Key, Map, Node, Reader, Value},
};

use super::{
    Names, Overdue, dates, decide, keys, patience, read_approve, read_emit, read_outcome,
    read_when, read_who,
};

/// The names of a flow's steps, as one of them may speak of others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ids<'i> {
    /// All of them in the order of their indexes.
    all: &'i [Flat<'i>],
    /// Which one speaks.
    pub(super) at: usize,
}

/// A step where it lies in the list.
#[derive(Debug)]
struct Flat<'n> {
    node: &'n Node,
    id: String,
    /// The parallel step and the branch it belongs to.
    branch: Option<(usize, usize)>,
    /// Whether people fill something in here.
    is_task: bool,
    /// Whether people decide or fill something in here.
    asks: bool,
}

impl<'n> Flat<'n> {
    fn new(node: &'n Node, branch: Option<(usize, usize)>) -> Self {
        let is_task = has(node, "task");
        let asks = is_task || has(node, "approve");
        Self { node, id: step_name(node), branch, is_task, asks }
    }
}

impl Ids<'_> {
    /// The step called `name` among those before this one.
    pub(super) fn earlier(&self, name: &str) -> Option<usize> {
        self.all.iter().take(self.at).position(|flat| flat.id == name)
    }

    /// The names of those before this one.
    pub(super) fn earlier_names(&self) -> Vec<&str> {
        self.all.iter().take(self.at).map(|flat| flat.id.as_str()).collect()
    }

    /// Any step called `name`.
    fn any(&self, name: &str) -> Option<usize> {
        self.all.iter().position(|flat| flat.id == name)
    }

    /// Where a case may be sent back to from here: an earlier step at which people decide, or a
    /// task wherever it stands.
    /// What belongs to another branch cannot be entered alone.
    pub(super) fn target(&self, name: &str) -> Option<usize> {
        let here = self.all.get(self.at).and_then(|flat| flat.branch);
        let found = self.any(name)?;
        let flat = self.all.get(found)?;
        let open = flat.asks && (flat.branch.is_none() || flat.branch == here);
        (open && (found < self.at || flat.is_task && found != self.at)).then_some(found)
    }

    /// The names of all steps it may be sent back to from here.
    pub(super) fn target_names(&self) -> Vec<&str> {
        let names = self.all.iter().map(|flat| flat.id.as_str());
        names.filter(|name| self.target(name).is_some()).collect()
    }

    /// The end of the branch this step is in.
    fn same_branch(&self, other: usize) -> bool {
        let branch = |at: usize| self.all.get(at).and_then(|flat| flat.branch);
        branch(self.at) == branch(other)
    }
}

/// Reads the steps of a flow.
pub(super) fn read_steps(
    reader: &mut Reader,
    node: &Node,
    people: &mut Vec<(String, Who)>,
    names: &mut Names<'_>,
) -> Vec<Step> {
    let nodes = called(reader, node, people, names);
    let mut flat: Vec<Flat<'_>> = Vec::new();
    let mut ranges: Vec<(usize, Vec<(u8, u8)>)> = Vec::new();
    for node in &nodes {
        lay(reader, node, &mut flat, &mut ranges);
    }
    let mut steps: Vec<Step> = Vec::new();
    for (at, item) in flat.iter().enumerate() {
        let ids = Ids { all: &flat, at };
        let branches = ranges.iter().find(|(parallel, _)| *parallel == at).map(|(_, all)| all);
        if let Some(step) = read_step(reader, item.node, (people, ids), branches, names) {
            if steps.iter().any(|other| other.id == step.id) {
                let ja = format!("手順「{}」が二度あります。別の名前にしてください。", step.id);
                reader.say(item.node.at, ja, format!("step `{}` appears twice", step.id));
            }
            steps.push(step);
        }
    }
    steps
}

/// The steps with those of called parts in the place of the calls.
///
/// A part lies in `workflows/parts/<name>.yaml` and is pinned with the flow: proofs, pictures and
/// the flow's hash cover the whole way. Its mistakes are told where it is called.
fn called(
    reader: &mut Reader,
    node: &Node,
    people: &mut Vec<(String, Who)>,
    names: &mut Names<'_>,
) -> Vec<Node> {
    let mut nodes = Vec::new();
    for item in Reader::list(node) {
        let Value::Map(entries) = &item.value else {
            nodes.push(item.clone());
            continue;
        };
        let Some((_, name)) = entries.iter().find(|(key, _)| key.name == "call") else {
            nodes.push(item.clone());
            continue;
        };
        let map = reader.map(item, &["call", "when", "unless", "title"]);
        let Some(part) = reader.text(name).map(str::to_owned) else { continue };
        let file = format!("parts/{part}.yaml");
        let Some(text) = names.tables.get(&file) else {
            let known: Vec<&str> =
                names.tables.keys().filter_map(|key| key.strip_prefix("parts/")).collect();
            reader.unknown(name.at, ("部品", "part"), &format!("{part}.yaml"), &known);
            continue;
        };
        names.used.insert(file, text.clone());
        let mut own = Reader::new("part");
        let Some(parsed) = own.parse(text) else {
            reader.say(item.at, format!("部品「{part}」が読めません。"), "the part cannot be read");
            continue;
        };
        let parsed = moved(parsed, item);
        let inner = reader.map(&parsed, &["schema", "title", "people", "steps"]);
        if let Some(node) = inner.get("people") {
            for (name, who) in super::read_people(reader, node) {
                if !people.iter().any(|(known, _)| *known == name) {
                    people.push((name, who));
                }
            }
        }
        let Some(steps) = inner.need(reader, "steps") else { continue };
        let mut taken: Vec<Node> = Reader::list(steps).into_iter().cloned().collect();
        if taken.iter().any(|one| has(one, "call")) {
            reader.say(
                item.at,
                "部品の中から部品は呼べません。",
                "a part cannot call another part",
            );
        }
        // The plain end of a part is where the flow goes on.
        if let Some(Value::Map(entries)) = taken.last().map(|last| &last.value)
            && let [(key, _)] = entries.as_slice()
            && key.name == "end"
        {
            taken.pop();
        }
        for condition in ["when", "unless"] {
            if let Some(node) = map.get(condition) {
                taken = taken.into_iter().map(|one| only(reader, one, condition, node)).collect();
            }
        }
        nodes.extend(taken);
    }
    nodes
}

/// A node of a part where the call stands, so that its mistakes are told there.
fn moved(mut node: Node, call: &Node) -> Node {
    node.at = call.at;
    node.value = match node.value {
        Value::Scalar(text) => Value::Scalar(text),
        Value::List(items) => Value::List(items.into_iter().map(|one| moved(one, call)).collect()),
        Value::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(|(key, node)| (Key { at: call.at, ..key }, moved(node, call)))
                .collect(),
        ),
    };
    node
}

/// A step of a part that is called for some cases only.
fn only(reader: &mut Reader, mut step: Node, condition: &str, call: &Node) -> Node {
    let Some(text) = reader.text(call).map(str::to_owned) else { return step };
    let outer = if condition == "unless" { format!("not ({text})") } else { text };
    if let Value::Map(entries) = &mut step.value {
        let own = entries.iter().position(|(key, _)| key.name == "when" || key.name == "unless");
        let inner = own.map(|at| entries.remove(at));
        let inner = inner.and_then(|(key, node)| match node.value {
            Value::Scalar(text) if key.name == "unless" => Some(format!(" and not ({text})")),
            Value::Scalar(text) => Some(format!(" and ({text})")),
            Value::List(_) | Value::Map(_) => None,
        });
        let value = Value::Scalar(format!("({outer}){}", inner.unwrap_or_default()));
        let key = Key { at: call.at, name: "when".to_owned() };
        entries.push((key, Node { at: call.at, value }));
    }
    step
}

/// Lays a step into the list, a parallel one with its branches after it.
fn lay<'n>(
    reader: &mut Reader,
    node: &'n Node,
    flat: &mut Vec<Flat<'n>>,
    ranges: &mut Vec<(usize, Vec<(u8, u8)>)>,
) {
    let at = flat.len();
    flat.push(Flat::new(node, None));
    let Value::Map(entries) = &node.value else { return };
    if !has(node, "parallel") {
        return;
    }
    let Some((_, branches)) = entries.iter().find(|(key, _)| key.name == "branches") else {
        let ja = "parallel には branches（並行する手順の一覧）を書いてください。";
        reader.say(node.at, ja, "write `branches`");
        return;
    };
    let mut mine = Vec::new();
    for (branch, items) in Reader::list(branches).into_iter().enumerate() {
        let first = flat.len();
        for node in Reader::list(items) {
            for (key, why) in [("parallel", "並行の中の並行"), ("emit", "並行の中の emit")]
            {
                if has(node, key) {
                    reader.say(
                        node.at,
                        format!("{why}は書けません。"),
                        format!("no `{key}` in a branch"),
                    );
                }
            }
            let branch = Some((at, branch));
            flat.push(Flat::new(node, branch));
        }
        let index = |at: usize| u8::try_from(at).unwrap_or(u8::MAX);
        mine.push((index(first), index(flat.len())));
    }
    if mine.len() < 2 {
        let ja = "branches には二つ以上の並行する手順を書いてください。";
        reader.say(branches.at, ja, "write at least two branches");
    }
    ranges.push((at, mine));
}

fn has(node: &Node, name: &str) -> bool {
    matches!(&node.value, Value::Map(entries) if entries.iter().any(|(key, _)| key.name == name))
}

fn step_name(node: &Node) -> String {
    let Value::Map(entries) = &node.value else { return String::new() };
    let kinds = keys::kinds();
    let named = entries.iter().find(|(key, _)| kinds.contains(&key.name.as_str()));
    match named.map(|(_, name)| &name.value) {
        Some(Value::Scalar(text)) => text.clone(),
        _ => String::new(),
    }
}

fn read_step(
    reader: &mut Reader,
    node: &Node,
    (people, ids): (&[(String, Who)], Ids<'_>),
    branches: Option<&Vec<(u8, u8)>>,
    names: &mut Names<'_>,
) -> Option<Step> {
    let map = reader.map(node, &keys::all());
    let kinds = keys::kinds();
    let mut found = kinds.iter().filter_map(|kind| Some((*kind, map.get(kind)?)));
    let (Some((kind, name_node)), None) = (found.next(), found.next()) else {
        let ja = format!("手順は {}、call のどれか一つで始めてください。", kinds.join("、"));
        reader.say(map.at, ja, format!("a step is one of {}, call", kinds.join(", ")));
        return None;
    };
    keys::check(reader, map, kind);
    let id = reader.text(name_node)?.to_owned();
    let title = map.get("title").and_then(|node| reader.text(node)).unwrap_or(&id).to_owned();
    let when = read_when(reader, map, &names.fields);
    let next = match map.get("next") {
        None => Some(None),
        Some(node) => read_next(reader, node, ids).map(Some),
    };
    let kind = match kind {
        "check" => StepKind::Check(read_rules(reader, map, names)?),
        "decide" => StepKind::Decide(decide::read(reader, map, &id, names)?),
        "approve" => StepKind::Approve(read_approve(reader, map, (people, ids), &names.fields)?),
        "task" => StepKind::Approve(read_task(reader, map, (people, ids), &id, names)?),
        "wait" => StepKind::Wait(read_wait(reader, map, (people, ids), names)?),
        "parallel" => StepKind::Parallel(read_parallel(reader, map, branches?)?),
        "emit" => StepKind::Emit(read_emit(reader, map)?),
        _ => StepKind::End(read_outcome(reader, map)?),
    };
    let next = next?;
    if let (Some(next), false) = (next, matches!(kind, StepKind::Approve(_) | StepKind::Wait(_)))
        && usize::from(next) <= ids.at
    {
        let ja = "前の手順に戻せるのは、人か外部を待つ手順（approve、task、wait）だけです。";
        reader.say(map.at, ja, "only a step that waits may go back to an earlier one");
        return None;
    }
    Some(Step { id, title, when: when?, kind, next })
}

/// `next: documents`, any step of the flow or of the same branch.
fn read_next(reader: &mut Reader, node: &Node, ids: Ids<'_>) -> Option<u8> {
    let text = reader.text(node)?;
    let found = ids.any(text).filter(|at| ids.same_branch(*at));
    if found.is_none() {
        let known: Vec<&str> = ids.all.iter().map(|flat| flat.id.as_str()).collect();
        reader.unknown(node.at, ("手順", "step"), text, &known);
    }
    found.and_then(|at| u8::try_from(at).ok())
}

/// `rules: [{id: due, when: "days_to_due < 3", fail: return, say: …}]`.
fn read_rules(reader: &mut Reader, map: Map<'_>, names: &Names<'_>) -> Option<Vec<Rule>> {
    let Some(node) = map.get("rules") else { return Some(Vec::new()) };
    let read = |reader: &mut Reader, node: &Node| {
        let map = reader.map(node, &["id", "when", "fail", "say"]);
        let id = map.need(reader, "id").and_then(|node| reader.text(node)).map(str::to_owned);
        let when = map.need(reader, "when");
        let when = when.and_then(|node| reader.expr(node, ("", ""), &names.fields, &Type::Bool));
        let fail = map.get("fail").map_or(Some(Fail::Warn), |node| {
            let words = [("warn", Fail::Warn), ("return", Fail::Return), ("reject", Fail::Reject)];
            reader.choice(node, &words)
        });
        let say = map.need(reader, "say").and_then(|node| reader.text(node)).map(str::to_owned);
        Some(Rule { id: id?, when: when?, fail: fail?, say: say? })
    };
    let rules: Vec<Option<Rule>> =
        Reader::list(node).into_iter().map(|node| read(reader, node)).collect();
    rules.into_iter().collect()
}

/// A task: one person fills in a form, or two without seeing each other.
fn read_task(
    reader: &mut Reader,
    map: Map<'_>,
    (people, ids): (&[(String, Who)], Ids<'_>),
    step: &str,
    names: &mut Names<'_>,
) -> Option<Approve> {
    let who = map.need(reader, "who").and_then(|node| read_who(reader, node, people));
    let twin = map.get("twin").map_or(Some(Twin::Single), |node| {
        reader.choice(node, &[("single", Twin::Single), ("blind", Twin::Blind)])
    });
    let presence = if map.get("when").or(map.get("unless")).is_some() {
        Presence::Maybe
    } else {
        Presence::Always
    };
    let fields = map.need(reader, "form").and_then(|node| decide::read_outputs(reader, node));
    let fields: Option<Vec<Field>> = fields.map(|fields| {
        let name = |field: &Field| format!("{step}.{}", field.name);
        fields.iter().map(|field| Field { name: name(field), presence, ..field.clone() }).collect()
    });
    let due = dates::read_due(reader, (map, "due"), &names.fields);
    let overdue = map.get("overdue").map_or(Some(Overdue::Hold), |node| {
        let words =
            [("hold", Overdue::Hold), ("reject", Overdue::Reject), ("return", Overdue::Return)];
        reader.choice(node, &words)
    });
    let distinct_from = map.get("distinct_from").map_or_else(
        || vec![DistinctFrom::Submitter],
        |node| super::read_distinct(reader, node, ids),
    );
    let who = who?;
    // Whoever submitted may complete what they submitted.
    let distinct_from = if who.role.is_empty() { Vec::new() } else { distinct_from };
    let seat = |title: &str| SeatNeed::one(who.clone(), title.to_owned());
    let seats = match twin? {
        Twin::Single => vec![seat("入力")],
        Twin::Blind => vec![seat("入力"), seat("ベリファイ")],
    };
    let need = Need::Seats(seats);
    let return_to = map.get("return_to").map_or(Some(ReturnTo::default()), |node| {
        patience::return_to(reader, node, (people, ids), Some(&need))
    });
    let remind = map.get("remind").map_or(Some(Vec::new()), |node| patience::remind(reader, node));
    let escalate = map
        .get("escalate")
        .map_or(Some(Vec::new()), |node| patience::escalate(reader, node, people));
    let fields = fields?;
    for field in &fields {
        names.fields = std::mem::take(&mut names.fields).with(field.clone());
    }
    Some(Approve {
        flow: String::new(),
        order: Order::Any,
        need,
        veto: Veto::Any,
        distinct_from,
        due: due?,
        overdue: overdue?,
        remind: remind?,
        escalate: escalate?,
        return_to: return_to?,
        substitute: None,
        withdraw: map
            .get("withdraw")
            .map_or(Some(Withdraw::UntilFirstVote), |node| patience::withdraw(reader, node))?,
        exceptions: Exceptions::None,
        paper: OnPaper::Refused,
        form: Some(Form { fields: fields.into_iter().collect(), twin: twin? }),
    })
}

/// `for: file`, `release: manager`, `timeout: 2bd@12:00`, `then: {ng: reject_all}`.
fn read_wait(
    reader: &mut Reader,
    map: Map<'_>,
    (people, ids): (&[(String, Who)], Ids<'_>),
    names: &Names<'_>,
) -> Option<Wait> {
    let until = map.need(reader, "for").and_then(|node| read_awaited(reader, node, names));
    let release = match map.get("release") {
        None => Some(None),
        Some(node) => read_who(reader, node, people).map(Some),
    };
    let timeout = dates::read_due(reader, (map, "timeout"), &names.fields);
    let exits = map.get("then").map(|node| reader.map(node, &["ok", "ng", "timeout"]));
    let mut exit = |name: &str, otherwise: Exit| match exits.and_then(|exits| exits.get(name)) {
        None => Some(otherwise),
        Some(node) => read_exit(reader, node, ids),
    };
    let (ok, ng, late) =
        (exit("ok", Exit::Next), exit("ng", Exit::Incident), exit("timeout", Exit::Incident));
    let (until, release, timeout) = (until?, release?, timeout?);
    let ends = timeout.is_some() || release.is_some() || matches!(until, Awaited::Date(_));
    let asks = release.is_some() || until != Awaited::Release;
    if !ends || !asks {
        let ja =
            "いつまでも待つことがないよう、timeout か release（再開できる人）を書いてください。";
        reader.say(map.at, ja, "write `timeout` or `release`, so that it cannot wait for ever");
        return None;
    }
    if release.is_none() && [ng?, late?].contains(&Exit::Incident) {
        let ja = "人が確かめて再開できるよう、release（再開できる人）を書くか、then で行き先を決めてください。";
        reader.say(map.at, ja, "write `release`, or where `then` leads");
        return None;
    }
    Some(Wait { until, release, timeout, ok: ok?, ng: ng?, late: late? })
}

fn read_awaited(reader: &mut Reader, node: &Node, names: &Names<'_>) -> Option<Awaited> {
    if !matches!(node.value, Value::Map(_)) {
        let text = reader.text(node)?;
        return match text {
            "file" => Some(Awaited::File),
            "message" => Some(Awaited::Message),
            "release" => Some(Awaited::Release),
            _ => {
                let known = ["file", "message", "release", "{date: record_date, at: \"09:00\"}"];
                reader.unknown(node.at, ("待つもの", "thing to wait for"), text, &known);
                None
            }
        };
    }
    dates::read_day(reader, node, &names.fields).map(Awaited::Date)
}

/// `next`, `incident`, or a step: within the branch, or an end of the whole case.
fn read_exit(reader: &mut Reader, node: &Node, ids: Ids<'_>) -> Option<Exit> {
    let text = reader.text(node)?;
    match text {
        "next" => return Some(Exit::Next),
        "incident" => return Some(Exit::Incident),
        _ => {}
    }
    let fits = |at: &usize| {
        ids.same_branch(*at) || ids.all.get(*at).is_some_and(|flat| has(flat.node, "end"))
    };
    let Some(found) = ids.any(text).filter(fits) else {
        let mut known = vec!["next", "incident"];
        known.extend(ids.all.iter().map(|flat| flat.id.as_str()));
        reader.unknown(node.at, ("行き先", "step"), text, &known);
        return None;
    };
    u8::try_from(found).ok().map(Exit::Step)
}

fn read_parallel(reader: &mut Reader, map: Map<'_>, branches: &[(u8, u8)]) -> Option<Parallel> {
    if let Some(node) = map.get("join") {
        reader.choice(node, &[("all", ())]);
    }
    let after = branches.last().map(|(_, end)| *end)?;
    Some(Parallel { branches: branches.to_vec(), after })
}

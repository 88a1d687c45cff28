//! Proofs: what holds before anything is sent on, for every case there can be.
//!
//! Conditions and tables cut the values of a case into regions; one value out of each region, in
//! every combination, stands for all cases. Each is walked through the steps. One human fills one
//! seat of a case whatever a definition says, so seats passed are people who approved.

use crate::workflow::expr::{Expr, Field, Fields, Type, Value, Values};
use crate::workflow::table::Row;
use crate::workflow::yaml::{Node, Reader};
use crate::workflow::{
    Approve, Assertion, Decide, Definition, Exit, Fail, Need, Outcome, Place, RepresentativeValues,
    Resume, ReturnTarget, Rule, SeatNeed, Step, StepKind, representatives,
};

/// Most combinations a proof looks at.
const CASES_MAX: usize = 200_000;

/// `assert: ["before(register): people(desk) >= 2 when route.level == 'hq'"]`.
pub(super) fn read(
    reader: &mut Reader,
    node: &Node,
    steps: &[Step],
    fields: &Fields,
) -> Vec<Assertion> {
    Reader::list(node)
        .into_iter()
        .filter_map(|item| read_one(reader, item, steps, fields))
        .collect()
}

fn read_one(
    reader: &mut Reader,
    node: &Node,
    steps: &[Step],
    fields: &Fields,
) -> Option<Assertion> {
    let shape = (
        "before(手順): people(desk) >= 2 の形で書いてください。条件は when の後に書けます",
        "write before(STEP): people(desk) >= 2, with a condition after `when`",
    );
    let (step, at, people, when) = reader.parsed(node, shape, parts)?;
    let emits: Vec<&str> = steps
        .iter()
        .filter(|step| matches!(step.kind, StepKind::Emit(_)))
        .map(|step| step.id.as_str())
        .collect();
    let found = steps.iter().position(|known| known.id == step && emits.contains(&step.as_str()));
    let Some(before) = found.and_then(|at| u8::try_from(at).ok()) else {
        reader.unknown(node.at, ("emit の手順", "emit step"), &step, &emits);
        return None;
    };
    let when = match when {
        None => None,
        Some(text) => Some(reader.expr_within(node, &text, fields, &Type::Bool)?),
    };
    Some(Assertion { before, at, people, when, text: reader.text(node)?.to_owned() })
}

/// An assertion taken apart: the step, whose people, how many, for which cases.
type Parts = (String, Option<Place>, u32, Option<String>);

fn parts(text: &str) -> Option<Parts> {
    let (head, when) = match text.split_once(" when ") {
        Some((head, when)) => (head, Some(when.trim().to_owned())),
        None => (text, None),
    };
    let (step, claim) = head.trim().strip_prefix("before(")?.split_once("):")?;
    let (place, number) = claim.trim().strip_prefix("people(")?.split_once(')')?;
    let at = match place.trim() {
        "" => None,
        "desk" => Some(Place::Desk),
        "submitter" => Some(Place::Submitter),
        _ => return None,
    };
    let people = number.trim().strip_prefix(">=")?.trim().parse().ok()?;
    Some((step.trim().to_owned(), at, people, when))
}

/// Proves the flow's assertions, and what every flow must keep.
///
/// A claim that fails is underlined where it is written, what no flow may lack at the steps.
pub(super) fn check(
    reader: &mut Reader,
    (node, claims): (&Node, Option<&Node>),
    definition: &Definition,
    fields: &Fields,
) {
    let Some(cases) = Cases::of(reader, node, definition, fields) else { return };
    let mut told: Vec<String> = Vec::new();
    for values in cases {
        for broken in walk(definition, &values) {
            // One case that breaks a rule is enough to mend it by.
            if told.contains(&broken.rule) {
                continue;
            }
            let story = story(&values, definition, fields);
            let (ja, en) = broken.told(&story);
            let mut claims = claims.into_iter().flat_map(Reader::list);
            let own = claims.find(|claim| broken.is(claim));
            reader.say(own.unwrap_or(node).at, ja, en);
            told.push(broken.rule);
        }
    }
}

/// Every combination of values that stand for all others.
struct Cases {
    columns: RepresentativeValues,
    next: usize,
    count: usize,
}

impl Cases {
    fn of(
        reader: &mut Reader,
        node: &Node,
        definition: &Definition,
        fields: &Fields,
    ) -> Option<Self> {
        let claims = definition.assertions.iter().filter_map(|one| one.when.as_ref());
        let exprs: Vec<&Expr> = definition.conditions().chain(claims).collect();
        let entangled = exprs.iter().flat_map(|expr| expr.entangled_names()).next();
        if let Some(name) = entangled {
            let ja = format!(
                "「{name}」を別の項目と比べる条件は証明できません。決まった値と比べてください。"
            );
            let en =
                format!("conditions that weigh `{name}` against another field cannot be proved");
            reader.say(node.at, ja, en);
            return None;
        }
        let tables: Vec<_> = definition.tables().collect();
        let mut columns = representatives(fields, &exprs, &tables);
        // What tables answer is not chosen freely; what people fill in is.
        let forms: Vec<&str> = definition
            .steps
            .iter()
            .filter_map(|step| step.kind.approval()?.form.as_ref())
            .flat_map(|form| form.fields.names())
            .collect();
        columns.retain(|name, _| !name.contains('.') || forms.contains(&name.as_str()));
        let by_contract = definition.steps.iter().any(|step| {
            matches!(&step.kind, StepKind::Approve(approve)
                if matches!(approve.need, Need::Contract(_)))
        });
        if let (true, Some(Field { kind: Type::Enum(words), .. })) =
            (by_contract, fields.get("pattern"))
        {
            let all = words.iter().map(|word| Some(Value::Word(word.id.clone()))).collect();
            columns.insert("pattern".to_owned(), all);
        }
        let count = columns.values().try_fold(1_usize, |n, all| n.checked_mul(all.len()));
        let Some(count) = count.filter(|count| *count <= CASES_MAX) else {
            let ja =
                "条件の組み合わせが多すぎて証明できません。条件や判断表の列を減らしてください。";
            reader.say(node.at, ja, "too many combinations of conditions to prove");
            return None;
        };
        Some(Self { columns, next: 0, count })
    }
}

impl Iterator for Cases {
    type Item = Values;

    fn next(&mut self) -> Option<Values> {
        if self.next >= self.count {
            return None;
        }
        let mut rest = self.next;
        self.next = self.next.saturating_add(1);
        let mut values = Values::default();
        for (name, all) in &self.columns {
            let at = rest.checked_rem(all.len()).unwrap_or(0);
            rest = rest.checked_div(all.len()).unwrap_or(0);
            values.set(name, all.get(at).cloned().flatten());
        }
        Some(values)
    }
}

/// A rule that a case breaks.
struct Broken {
    /// Tells one rule from another.
    rule: String,
    /// The emit or end at which it is broken.
    at: String,
    what: What,
}

/// What is broken.
enum What {
    /// Too few people have approved.
    People { place: &'static str, needed: u32, found: u32 },
    /// It ends as approved, and nothing was sent on.
    NothingSent,
}

impl Broken {
    /// Whether this is what a claim of the flow says.
    fn is(&self, claim: &Node) -> bool {
        matches!(&claim.value, crate::workflow::yaml::Value::Scalar(text) if *text == self.rule)
    }

    fn told(&self, story: &str) -> (String, String) {
        let Self { rule, at: emit, what } = self;
        let What::People { place, needed, found } = what else {
            return (
                format!(
                    "「{emit}」で、何も送り出さないまま承認済みとして終わる案件があります。\
                     emit を通るか、outcome を rejected か returned にしてください。{story}"
                ),
                format!("a case ends as completed at `{emit}` without an emit before it"),
            );
        };
        let (whose, of) = match *place {
            "desk" => ("取扱店の", "two people at the desk".replace("two", number(*needed))),
            "submitter" => ("提出者側の", format!("{} people of the submitter", number(*needed))),
            _ => ("", format!("{} people", number(*needed))),
        };
        let shown = if rule.starts_with("before") {
            format!("「{rule}」が成り立ちません。")
        } else {
            String::new()
        };
        (
            format!(
                "{shown}emit「{emit}」の前に、{whose}{needed}名以上の承認が必要です（いまは{found}名）。\
                 {story}"
            ),
            format!("emit `{emit}` must come after approvals by {of}, not {found}"),
        )
    }
}

fn number(count: u32) -> &'static str {
    ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
        .get(usize::try_from(count).unwrap_or(usize::MAX))
        .copied()
        .unwrap_or("many")
}

/// One way of a case through the steps: where it is, what is known, who has approved.
struct Way {
    at: u8,
    values: Values,
    desk: u32,
    submitter: u32,
    is_sent: bool,
}

/// Walks one case through the steps, every way a wait may end, and gives every rule it breaks.
///
/// Ways back are not walked: what was approved from there on no longer counts then, and the same
/// way follows. A return to a task further on is a way of its own, on which nobody has approved.
fn walk(definition: &Definition, values: &Values) -> Vec<Broken> {
    let mut broken = Vec::new();
    let mut ways =
        vec![Way { at: 0, values: values.clone(), desk: 0, submitter: 0, is_sent: false }];
    while let Some(mut way) = ways.pop() {
        while let Some(step) = definition.step(way.at) {
            let index = way.at;
            let inner = definition.parallel(index).map(|parallel| parallel.after);
            if step.when.as_ref().is_some_and(|when| !when.holds(&way.values)) {
                way.at = inner.unwrap_or(index.saturating_add(1));
                continue;
            }
            // The branches of a parallel step follow it one after another.
            let onward = step.next.unwrap_or(index.saturating_add(1));
            match &step.kind {
                StepKind::Check(rules) if ends(rules, &way.values) => break,
                StepKind::Check(_) | StepKind::Parallel(_) => {}
                StepKind::Decide(decide) => answer(step, decide, &mut way.values),
                StepKind::Approve(approve) => {
                    ways.extend(sent_on(approve, &way));
                    count(approve, &mut way);
                }
                StepKind::Wait(wait) => {
                    for exit in [wait.ng, wait.late] {
                        if let Exit::Step(to) = exit
                            && to > index
                        {
                            ways.push(Way { at: to, values: way.values.clone(), ..way });
                        }
                    }
                    if let Exit::Step(to) = wait.ok {
                        way.at = to;
                        if to <= index {
                            break;
                        }
                        continue;
                    }
                }
                StepKind::End(Outcome::Completed | Outcome::Recorded) if !way.is_sent => {
                    let (rule, at) = (format!("sent before {}", step.id), step.id.clone());
                    broken.push(Broken { rule, at, what: What::NothingSent });
                    break;
                }
                StepKind::Emit(_) => {
                    way.is_sent = true;
                    let people = (way.desk, way.submitter);
                    broken.extend(before_emit(definition, (index, step), &way.values, people));
                }
                StepKind::End(_) => break,
            }
            if onward <= index {
                break;
            }
            way.at = onward;
        }
    }
    broken
}

/// The ways to steps further on that a return opens before anybody has approved here.
///
/// With whoever sent it back the case comes again to this very step, so no new way opens.
fn sent_on(approve: &Approve, way: &Way) -> Vec<Way> {
    if approve.return_to.resume == Resume::Returner {
        return Vec::new();
    }
    let later = approve.return_to.targets.iter().filter_map(|target| match target {
        ReturnTarget::Seat { step, .. } if *step > way.at => Some(*step),
        ReturnTarget::Seat { .. } | ReturnTarget::Close | ReturnTarget::Submitter => None,
    });
    later.map(|at| Way { at, values: way.values.clone(), ..*way }).collect()
}

/// Whether a check ends the case.
fn ends(rules: &[Rule], values: &Values) -> bool {
    rules.iter().any(|rule| rule.fail != Fail::Warn && rule.when.holds(values))
}

fn answer(step: &Step, decide: &Decide, values: &mut Values) {
    for (name, value) in decide.table.decide(values).into_iter().flat_map(Row::results) {
        values.set(&format!("{}.{name}", step.id), value.clone());
    }
}

/// Counts the people of an approval; whoever only fills in a form approves nothing.
fn count(approve: &Approve, way: &mut Way) {
    if approve.form.is_some() {
        return;
    }
    match &approve.need {
        Need::Contract(_) => {
            way.submitter = way.submitter.saturating_add(by_contract(&way.values));
        }
        Need::Seats(seats) => {
            let needed =
                |seat: &&SeatNeed| seat.when.as_ref().is_none_or(|when| when.holds(&way.values));
            for seat in seats.iter().filter(needed) {
                let count = match seat.who.at {
                    Place::Desk => &mut way.desk,
                    Place::Submitter => &mut way.submitter,
                    // Who is on the other side checks nothing for the bank.
                    Place::Counterparty => continue,
                };
                *count = count.saturating_add(u32::from(seat.n));
            }
        }
    }
}

/// How many of the submitter's people a contract asks for.
fn by_contract(values: &Values) -> u32 {
    match values.get("pattern") {
        Some(Value::Word(word)) if word == "single" => 1,
        Some(Value::Word(word)) if word.starts_with("double") => 2,
        _ => 0,
    }
}

/// What does not hold before an emit step: the flow's own assertions and what all flows keep.
fn before_emit(
    definition: &Definition,
    (index, step): (u8, &Step),
    values: &Values,
    (desk, submitter): (u32, u32),
) -> Vec<Broken> {
    let all = desk.saturating_add(submitter);
    let rule = |rule: &str, place, needed, found| {
        let (rule, at) = (rule.to_owned(), step.id.clone());
        let what = What::People { place, needed, found };
        (found < needed).then_some(Broken { rule, at, what })
    };
    let mut own = definition.assertions.iter().filter(|one| one.before == index).peekable();
    if own.peek().is_none() {
        // Without a word of its own a flow keeps the strictest rule.
        return rule("desk", "desk", 2, desk).into_iter().collect();
    }
    let floor = [rule("desk", "desk", 1, desk), rule("all", "", 2, all)];
    let claimed =
        own.filter(|one| one.when.as_ref().is_none_or(|when| when.holds(values))).map(|one| {
            match one.at {
                Some(Place::Desk) => rule(&one.text, "desk", one.people, desk),
                Some(Place::Submitter) => rule(&one.text, "submitter", one.people, submitter),
                Some(Place::Counterparty) => rule(&one.text, "counterparty", one.people, 0),
                None => rule(&one.text, "", one.people, all),
            }
        });
    floor.into_iter().chain(claimed).flatten().collect()
}

/// The case that breaks a rule, told to a person with the way it goes.
fn story(values: &Values, definition: &Definition, fields: &Fields) -> String {
    let facts: Vec<String> = values
        .iter()
        .filter_map(|(name, value)| {
            let field = fields.get(name)?;
            Some(format!("{} {}", field.label, field.kind.show(value)))
        })
        .collect();
    if facts.is_empty() {
        return String::new();
    }
    let mut values = values.clone();
    let mut way = Vec::new();
    for step in &definition.steps {
        if step.when.as_ref().is_some_and(|when| !when.holds(&values)) {
            continue;
        }
        if let StepKind::Decide(decide) = &step.kind
            && let Some(row) = decide.table.decide(&values)
        {
            way.push(format!("{}は判断表の{}行目", step.title, row.line()));
            for (name, value) in row.results() {
                values.set(&format!("{}.{name}", step.id), value.clone());
            }
        }
        if matches!(step.kind, StepKind::Approve(_)) {
            way.push(step.title.clone());
        }
        if matches!(step.kind, StepKind::Emit(_)) {
            way.push(step.id.clone());
            break;
        }
    }
    format!("例: {}。通る道: {}。", facts.join("、"), way.join(" → "))
}

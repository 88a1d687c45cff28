//! Golden tests: files that say how a flow must end, checked whenever the flows are loaded.

#[cfg(test)]
mod tests;

use crate::domain::BankCalendar;

use super::{
    Given, Happened, Misread, Rehearsal, Script, Stage, cast, flow_on, headline, invented_people,
    standing, tell,
};
use crate::workflow::{
    ApprovalDeadline, Definition, EffectKind, Event, Mistake, Status,
    yaml::{Map, Node, Reader, Value},
};

/// The bank's rules a golden test is played by.
#[derive(Debug, Clone, Copy)]
pub struct Bank<'b> {
    /// Every flow; of one id the one [`flow_on`] names for the day of the test is played.
    pub definitions: &'b [&'b Definition],
    /// Flows that are written but cannot be read: their tests wait until they can.
    pub unread: &'b [&'b str],
    /// The calendar.
    pub calendar: &'b BankCalendar,
    /// The time of day of the approval deadline.
    pub deadline: ApprovalDeadline,
}

/// Plays a golden test and says what is wrong with it, or where the flow ends differently.
///
/// `file` is its name as the person knows it. Nothing comes back from a test that holds.
pub fn check_golden(file: &str, text: &str, bank: Bank<'_>) -> Vec<Mistake> {
    let mut reader = Reader::new(file);
    let played = reader.parse(text).and_then(|node| read(&mut reader, &node, bank));
    // Nothing more to say where nothing was wrong.
    if played.is_none() && reader.count() == 0 {
        return Vec::new();
    }
    reader.finish(played).err().unwrap_or_default()
}

fn read(reader: &mut Reader, node: &Node, bank: Bank<'_>) -> Option<()> {
    let map = reader.map(node, &["flow", "title", "given", "people", "when", "then"]);
    let title = map.need(reader, "title").and_then(|node| reader.text(node));
    let given = read_given(reader, map);
    let flow = map.need(reader, "flow");
    let when = map.need(reader, "when");
    let then = map.need(reader, "then").map(|node| read_expected(reader, node));
    let given = given?;
    let definition = find(reader, flow?, &given, bank)?;
    let people = match map.get("people") {
        Some(node) => cast::read_people(reader, node, &given),
        None => invented_people(definition, &given),
    };
    let Bank { calendar, deadline, .. } = bank;
    let stage = Stage { definition, people: &people, calendar, deadline };
    let script = read_script(reader, when?, &given, stage);
    let case = given.case(definition, &people, calendar);
    let case = case.map_err(|wrong| say(reader, map.get("given").unwrap_or(node), wrong)).ok()?;
    let mut rehearsal = Rehearsal::new(stage, case, given.at);
    let happened = rehearsal.follow(&script?);
    let end = Came { stage, rehearsal: &rehearsal, happened: &happened };
    end.compare(reader, then?, title?);
    Some(())
}

fn find<'b>(
    reader: &mut Reader,
    node: &Node,
    given: &Given,
    bank: Bank<'b>,
) -> Option<&'b Definition> {
    let id = reader.text(node)?;
    let same = bank.definitions.iter().copied().filter(|one| one.id == id);
    let found = flow_on(given.at.date(), same);
    if found.is_none() && !bank.unread.contains(&id) {
        let known: Vec<&str> = bank.definitions.iter().map(|one| one.id.as_str()).collect();
        reader.unknown(node.at, ("流れ", "flow"), id, &known);
    }
    found
}

fn read_given(reader: &mut Reader, map: Map<'_>) -> Option<Given> {
    let mut given = Given::sample().ok()?;
    let Some(node) = map.get("given") else { return Some(given) };
    for (key, node) in reader.map(node, &Given::KEYS).entries() {
        let text = reader.text(node)?;
        if Given::KEYS.contains(&key.name.as_str())
            && let Err(wrong) = given.set(&key.name, text)
        {
            say(reader, node, wrong);
        }
    }
    Some(given)
}

/// Lines of text; `checker1: approve` without quotes is a small map, and is meant the same.
fn read_script(
    reader: &mut Reader,
    node: &Node,
    given: &Given,
    stage: Stage<'_>,
) -> Option<Script> {
    let nodes = Reader::list(node);
    let lines: Option<Vec<String>> = nodes
        .iter()
        .map(|node| match &node.value {
            Value::Map(entries) if entries.len() == 1 => {
                let (key, value) = entries.first()?;
                Some(format!("{}: {}", key.name, reader.text(value)?))
            }
            Value::Map(_) | Value::List(_) | Value::Scalar(_) => {
                reader.text(node).map(str::to_owned)
            }
        })
        .collect();
    let lines = lines?;
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    match Script::read(&lines, given.at, stage) {
        Ok(script) => Some(script),
        Err(wrong) => {
            for (index, misread) in wrong {
                say(reader, nodes.get(index).copied().unwrap_or(node), misread);
            }
            None
        }
    }
}

fn say(reader: &mut Reader, node: &Node, wrong: Misread) {
    reader.say(node.at, wrong.ja, wrong.en);
}

/// One thing a golden test expects: where it is written, its key, and its value in words.
type Expected<'n> = (&'n Node, &'static str, String);

/// What a golden test may expect besides status and votes, each a list.
const LISTS: [&str; 4] = ["effects", "path", "asked", "refused"];

/// Everything a golden test expects.
///
/// A refusal must be expected, too, or the test would pass for a reason it does not name.
fn read_expected<'n>(reader: &mut Reader, node: &'n Node) -> Vec<Expected<'n>> {
    let then = reader.map(node, &["status", "votes", "effects", "path", "asked", "refused"]);
    if then.entries().is_empty() {
        let ja = "then には少なくとも一つ、status などを書いてください。";
        reader.say(node.at, ja, "write at least one key in `then`, e.g. `status`");
    }
    let mut expected = Vec::new();
    if let Some(node) = then.get("status") {
        let statuses = Status::ALL.map(|status| (status.name(), status.name()));
        let status = reader.choice(node, &statuses);
        expected.extend(status.map(|status| (node, "status", status.to_owned())));
    }
    if let Some(node) = then.get("votes") {
        let shape = ("3 のように数で書いてください", "write a number");
        let votes = reader.parsed(node, shape, |text| text.parse::<usize>().ok());
        expected.extend(votes.map(|votes| (node, "votes", votes.to_string())));
    }
    for key in LISTS {
        if let Some(node) = then.get(key) {
            expected.push((node, key, shown(&cast::texts(reader, node))));
        } else if key == "refused" {
            expected.push((node, key, shown(&[])));
        }
    }
    expected
}

/// How the rehearsal ended, to be compared with what was expected.
struct Came<'c> {
    stage: Stage<'c>,
    rehearsal: &'c Rehearsal<'c>,
    happened: &'c [Happened],
}

impl Came<'_> {
    /// Says every expectation that was not met; the first with the story up to there.
    fn compare(&self, reader: &mut Reader, expected: Vec<Expected<'_>>, title: &str) {
        let met = |(_, key, wanted): &Expected<'_>| *wanted == self.value(key);
        let missed = expected.into_iter().filter(|one| !met(one));
        for (index, (node, key, wanted)) in missed.enumerate() {
            let (came, story) =
                (self.value(key), if index == 0 { self.story() } else { String::new() });
            let ja = format!("「{title}」: {key} は {wanted} のはずが、{came} でした。{story}");
            reader.say(node.at, ja, format!("expected {key} {wanted}, came {came}"));
        }
    }

    /// What came of one key, in the words it is expected in.
    fn value(&self, key: &str) -> String {
        let head = &self.rehearsal.case().head;
        match key {
            "status" => head.status.name().to_owned(),
            "votes" => head.approvals().count().to_string(),
            "effects" => shown(&self.effects()),
            "path" => shown(&self.path()),
            "asked" => shown(&self.asked()),
            _ => shown(&self.refused()),
        }
    }

    fn story(&self) -> String {
        let case = self.rehearsal.case();
        let told = self.happened.iter().flat_map(|one| tell(self.stage, one));
        let lines: Vec<String> = std::iter::once(headline(self.stage, case))
            .chain(told)
            .chain([standing(self.stage, self.rehearsal)])
            .collect();
        format!("\n    {}", lines.join("\n    "))
    }

    fn kinds(&self) -> impl Iterator<Item = &EffectKind> {
        let decisions = self.happened.iter().filter_map(|one| one.answer.as_ref().ok());
        decisions.flat_map(|decision| decision.effects.iter().map(|effect| &effect.kind))
    }

    /// What was sent to the submitter and the clearing side, in order.
    fn effects(&self) -> Vec<String> {
        let name = |kind: &EffectKind| match kind {
            EffectKind::Request { .. } | EffectKind::Again { .. } | EffectKind::Consult { .. } => {
                None
            }
            EffectKind::Repeated { kind, .. } => Some(EffectKind::Notice(*kind).to_string()),
            EffectKind::Result
            | EffectKind::Slip
            | EffectKind::Final
            | EffectKind::Receipt
            | EffectKind::Clearing
            | EffectKind::Publish
            | EffectKind::Notice(_) => Some(kind.to_string()),
        };
        self.kinds().filter_map(name).collect()
    }

    /// Who was asked for anything, in the order they first were.
    fn asked(&self) -> Vec<String> {
        let mut asked: Vec<String> = Vec::new();
        for kind in self.kinds() {
            let to = match kind {
                EffectKind::Request { to, .. }
                | EffectKind::Again { to, .. }
                | EffectKind::Consult { to, .. } => to.to_string(),
                EffectKind::Result
                | EffectKind::Slip
                | EffectKind::Final
                | EffectKind::Receipt
                | EffectKind::Clearing
                | EffectKind::Publish
                | EffectKind::Notice(_)
                | EffectKind::Repeated { .. } => continue,
            };
            if !asked.contains(&to) {
                asked.push(to);
            }
        }
        asked
    }

    /// The steps the case went through, in order, each as often as it came to it.
    fn path(&self) -> Vec<String> {
        let decisions = self.happened.iter().filter_map(|one| one.answer.as_ref().ok());
        let mut path: Vec<String> = Vec::new();
        for event in decisions.flat_map(|decision| &decision.events) {
            let (Event::Entered { step, .. }
            | Event::Unstaffed { step, .. }
            | Event::Emitted { step, .. }) = event
            else {
                continue;
            };
            let id = self.stage.definition.step(*step).map(|step| step.id.clone());
            path.extend(id.filter(|id| path.last() != Some(id)));
        }
        path
    }

    fn refused(&self) -> Vec<String> {
        let refusals = self.happened.iter().filter_map(|one| one.answer.as_ref().err());
        refusals.map(|refusal| refusal.name().to_owned()).collect()
    }
}

fn shown(list: &[String]) -> String {
    format!("[{}]", list.join(", "))
}

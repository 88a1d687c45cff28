//! What an approval does while it waits: reminders, escalations, returns.

use crate::workflow::{
    Due, Escalation, Manner, Need, Remind, Resume, ReturnTarget, ReturnTo, Sla, Span, Step,
    StepKind, Who, Withdraw,
    yaml::{Node, Reader, Value},
};

use super::read_who;
use super::steps::Ids;

/// Most reminders one `every` may ask for.
const EVERY_MAX: u8 = 20;

/// `remind: [-2bh, +1bh, {every: 2bh, max: 3}]`.
pub(super) fn remind(reader: &mut Reader, node: &Node) -> Option<Vec<Remind>> {
    each(node, |item| read_remind(reader, item))
}

/// Every item of a list, read to its end whatever is wrong with one.
fn each<T>(node: &Node, read: impl FnMut(&Node) -> Option<T>) -> Option<Vec<T>> {
    let all: Vec<Option<T>> = Reader::list(node).into_iter().map(read).collect();
    all.into_iter().collect()
}

fn read_remind(reader: &mut Reader, node: &Node) -> Option<Remind> {
    let shape = ("2bh、30m、1bd の形で書いてください", "write 2bh, 30m or 1bd");
    if matches!(node.value, Value::Map(_)) {
        let map = reader.map(node, &["every", "max"]);
        let span = map.need(reader, "every")?;
        let span = reader.parsed(span, shape, Span::parse);
        let max = map.need(reader, "max")?;
        let shape = ("1 から 20 の数で書いてください", "write a number from 1 to 20");
        let max = reader.parsed(max, shape, |text| {
            text.parse().ok().filter(|max| (1..=EVERY_MAX).contains(max))
        });
        return Some(Remind::Every { span: span?, max: max? });
    }
    let shape = ("-2bh（期限の前）か +1bh（後）の形で書いてください", "write -2bh or +1bh");
    reader.parsed(node, shape, |text| match text.split_at_checked(1)? {
        ("-", span) => Span::parse(span).map(Remind::Before),
        ("+", span) => Span::parse(span).map(Remind::After),
        _ => None,
    })
}

/// `escalate: [{after: 1bd@17:00, add: manager}]`.
pub(super) fn escalate(
    reader: &mut Reader,
    node: &Node,
    people: &[(String, Who)],
) -> Option<Vec<Escalation>> {
    each(node, |item| read_escalation(reader, item, people))
}

fn read_escalation(
    reader: &mut Reader,
    node: &Node,
    people: &[(String, Who)],
) -> Option<Escalation> {
    let map = reader.map(node, &["after", "add", "replace"]);
    let shape = ("1bd@17:00 か 4bh の形で書いてください", "write 1bd@17:00 or 4bh");
    let after = map.need(reader, "after").and_then(|node| reader.parsed(node, shape, Due::parse));
    let (who, manner) = match (map.get("add"), map.get("replace")) {
        (Some(node), None) => (node, Manner::Add),
        (None, Some(node)) => (node, Manner::Replace),
        _ => {
            let ja = "add（加える）か replace（代える）のどちらか一つを書いてください。";
            reader.say(map.at, ja, "write either `add` or `replace`");
            return None;
        }
    };
    let who = read_who(reader, who, people);
    Some(Escalation { after: after?, who: who?, manner })
}

/// `return_to: {targets: [close, submitter, checker, customer], resume: returner}`.
///
/// A target is `close`, `submitter`, an earlier step at which people decide, a task, or a group of
/// people who sit in this step.
pub(super) fn return_to(
    reader: &mut Reader,
    node: &Node,
    (people, ids): (&[(String, Who)], Ids<'_>),
    need: Option<&Need>,
) -> Option<ReturnTo> {
    let map = reader.map(node, &["targets", "resume"]);
    let targets = map.need(reader, "targets");
    let targets =
        targets.and_then(|node| each(node, |item| read_target(reader, item, (people, ids), need)));
    let resume = map.get("resume").map_or(Some(Resume::Returner), |node| {
        reader.choice(node, &[("returner", Resume::Returner), ("restart", Resume::Restart)])
    });
    let targets = targets?;
    if targets.is_empty() {
        reader.say(map.at, "差戻し先を一つ以上書いてください。", "write at least one target");
        return None;
    }
    Some(ReturnTo { targets, resume: resume? })
}

fn read_target(
    reader: &mut Reader,
    node: &Node,
    (people, ids): (&[(String, Who)], Ids<'_>),
    need: Option<&Need>,
) -> Option<ReturnTarget> {
    let text = reader.text(node)?;
    match text {
        "close" => return Some(ReturnTarget::Close),
        "submitter" => return Some(ReturnTarget::Submitter),
        _ => {}
    }
    if let Some(step) = ids.target(text) {
        return Some(ReturnTarget::Seat { step: u8::try_from(step).ok()?, seat: 0 });
    }
    let who = people.iter().find(|(name, _)| name == text).map(|(_, who)| who);
    if who.is_some() && need.is_none() {
        // That its seats could not be read is told already.
        return None;
    }
    let here = u8::try_from(ids.at).ok()?;
    if let (Some(who), Some(Need::Seats(seats))) = (who, need) {
        let each = seats.iter().flat_map(|need| (0..need.of).map(move |_| need));
        if let Some((seat, _)) = (0_u8..).zip(each).find(|(_, need)| need.who == *who) {
            return Some(ReturnTarget::Seat { step: here, seat });
        }
    }
    let mut known = vec!["close", "submitter"];
    known.extend(ids.target_names());
    known.extend(people.iter().map(|(name, _)| name.as_str()));
    reader.unknown(node.at, ("差戻し先", "place to return to"), text, &known);
    None
}

/// `sla: {target: 5bd, pause_in: [ask]}`; where a step could not be read, names are not judged.
pub(super) fn sla(
    reader: &mut Reader,
    node: &Node,
    (steps, all_read): (&[Step], bool),
) -> Option<Sla> {
    let map = reader.map(node, &["target", "pause_in"]);
    let shape = ("5bd か 8bh の形で書いてください", "write 5bd or 8bh");
    let target = map.need(reader, "target").and_then(|node| reader.parsed(node, shape, Due::parse));
    let waits = |step: &&Step| matches!(step.kind, StepKind::Approve(_) | StepKind::Wait(_));
    let known: Vec<&str> = steps.iter().filter(waits).map(|step| step.id.as_str()).collect();
    let pause_in = map.get("pause_in").map_or(Some(Vec::new()), |node| {
        each(node, |item| {
            let text = reader.text(item)?;
            let found = steps.iter().position(|step| step.id == text && known.contains(&text));
            if found.is_none() && all_read {
                reader.unknown(item.at, ("待つ手順", "step that waits"), text, &known);
            }
            found.and_then(|at| u8::try_from(at).ok())
        })
    });
    Some(Sla { target: target?, pause_in: pause_in? })
}

/// `withdraw: until_first_vote`.
pub(super) fn withdraw(reader: &mut Reader, node: &Node) -> Option<Withdraw> {
    let words = [
        ("never", Withdraw::Never),
        ("until_first_vote", Withdraw::UntilFirstVote),
        ("until_done", Withdraw::UntilDone),
    ];
    reader.choice(node, &words)
}

//! The rules alone: how fast the flows of a root are read and proved, and how fast `decide` is.

use std::path::Path;

use super::super::init;
use super::super::outcome::Error;
use super::super::root::Root;
use super::Figure;
use super::floor::Stretch;
use crate::domain::{Timestamp, UserId};
use crate::service::Rulebook;
use crate::workflow::{
    Asked, Case, Command, CommandId, Facts, Given, Rehearsal, Seen, Stage, content_digest, decide,
    invented_people, pairs,
};

/// How often the whole root is read.
const LOADS: u64 = 20;

/// How long a case may take.
const WEEK_MS: i64 = 7 * 86_400_000;

/// Reads and proves all that ships, then decides `count` times on each flow.
pub(super) fn engine(dir: &Path, count: u32) -> Result<Vec<Figure>, Error> {
    let root = Root::new(&dir.join("rules"));
    init::make(&root, true)?;
    let mut times = Vec::new();
    let stretch = Stretch::start();
    for _ in 0..LOADS {
        let started = std::time::Instant::now();
        root.load()?;
        times.push(started.elapsed());
    }
    let mut figures =
        vec![stretch.figure("loads of all flows, proved and rehearsed", LOADS).timed(times)];
    let rulebook = root.load()?.rulebook;
    for id in rulebook.flows.keys() {
        figures.push(decisions(&rulebook, id, count)?);
    }
    Ok(figures)
}

/// One case's way through a flow, each of its decisions again and again.
fn decisions(rulebook: &Rulebook, id: &str, count: u32) -> Result<Figure, Error> {
    let wrong = |told: String| Error::Usage(format!("the bench cannot play {id}: {told}"));
    let given = Given::sample().map_err(|misread| wrong(misread.to_string()))?;
    let versions = rulebook.flows.get(id).map_or(&[][..], Vec::as_slice);
    let flow = versions.last().ok_or_else(|| wrong("it has no version".to_owned()))?;
    let definition = flow.definition.as_ref();
    let people = invented_people(definition, &given);
    let calendar = &rulebook.calendar;
    let stage = Stage { definition, people: &people, calendar, deadline: rulebook.deadline };
    let case = given.case(definition, &people, calendar);
    let case = case.map_err(|misread| wrong(misread.en))?;
    let turns = turns(stage, case, given.at);
    if turns.is_empty() {
        return Err(wrong("nobody decides anything".to_owned()));
    }
    let stretch = Stretch::start();
    let mut decided = 0;
    for (case, command, at, actor) in turns.iter().cycle().take(usize::try_from(count).unwrap_or(0))
    {
        let facts = Facts {
            now: *at,
            actor: people.iter().find(|person| Some(&person.id) == actor.as_ref()),
            people: &people,
            calendar,
            deadline: rulebook.deadline,
            digest: content_digest(case, definition),
        };
        let decision = decide(case, definition, command, &facts);
        decided += u64::from(std::hint::black_box(decision).is_ok());
    }
    if decided < u64::from(count) {
        return Err(wrong(format!("{decided} of {count} decisions were taken")));
    }
    Ok(stretch.figure(format!("decisions on {id}"), decided))
}

/// What was asked while everybody approved, each with the case as it was before.
type Turn = (Case, Command, Timestamp, Option<UserId>);

fn turns(stage: Stage<'_>, case: Case, from: Timestamp) -> Vec<Turn> {
    let mut before = case.clone();
    let mut turns = Vec::new();
    let happened = Rehearsal::new(stage, case, from).improvise(from.plus_ms(WEEK_MS));
    for (n, one) in happened.into_iter().enumerate() {
        if one.answer.is_ok_and(|decision| !decision.events.is_empty())
            && let Asked::Wish { by, wish, reason } = &one.asked
        {
            let entry = pairs(reason);
            let seen = Seen {
                digest: content_digest(&before, stage.definition),
                task_version: before.head.task_version,
                shown_at: Some(one.at),
                reason,
                entry: &entry,
            };
            let id = CommandId::of(&format!("bench {n}"));
            let command = Command { id, action: wish.action(&seen) };
            turns.push((before, command, one.at, Some(by.clone())));
        }
        before = one.after;
    }
    turns
}

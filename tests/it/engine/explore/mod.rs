//! Every way a case can go on the flows that ship.
//!
//! Each made-up case is searched until nothing new is found. Two states are one where nothing from
//! here on could tell them apart: who decided counts by what they are, not by name; texts, mails
//! and votes that no longer count are left out; so is how often a case came back, between the first
//! time and the last that is allowed. Whatever else a case keeps tells states apart.
//!
//! The bounds: time passes by the moments at which something happens by itself, and by one more
//! after the approval deadline; one line leaves a batch of two; seats are handed on, people take no
//! part, and lines leave, each in some of the cases and not all at once ([`REQUESTS`]); when nobody
//! is left who can do anything, people new to the case are registered, who do not abstain.

mod ballots;
mod crowd;
mod map;

use std::sync::atomic::{AtomicUsize, Ordering};

use kessai::domain::BankCalendar;
use kessai::workflow::{
    Definition, Event, Exceptions, Given, Outcome, ReturnTarget, Status, Step, StepKind,
    invented_people, load_with_tables,
};

use crowd::Crowd;
use map::{Map, With};

const FLOWS: [(&str, &str); 6] = [
    ("accrual.yaml", include_str!("../../../../workflows/accrual.yaml")),
    ("accrual_creditor.yaml", include_str!("../../../../workflows/accrual_creditor.yaml")),
    ("assignment.yaml", include_str!("../../../../workflows/assignment.yaml")),
    ("cancellation.yaml", include_str!("../../../../workflows/cancellation.yaml")),
    ("change.yaml", include_str!("../../../../workflows/change.yaml")),
    ("publication.yaml", include_str!("../../../../workflows/publication.yaml")),
];

/// A made-up case: what it is given beside the sample, and what is tried besides.
type Made = (&'static [(&'static str, &'static str)], With, Staff);

/// How many people there are for a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Staff {
    /// For each role as many as the flow needs, and one more.
    Enough,
    /// Not one more than it needs.
    Thin,
}

const PLAIN: With = With { assign: false, abstain: 0 };
const ASSIGN: With = With { assign: true, ..PLAIN };
const ALL: With = With { assign: true, abstain: usize::MAX };

/// For requests, and for a changed rule.
///
/// What matters is spread over them so that each can be searched to its end.
const REQUESTS: [Made; 9] = [
    (&[("rows", "2"), ("pattern", "none")], PLAIN, Staff::Enough),
    (&[("pattern", "single"), ("latest_day", "2026-12-02")], ASSIGN, Staff::Enough),
    (&[("rows", "2"), ("pattern", "single"), ("submitted_by", "approve1")], PLAIN, Staff::Enough),
    (&[("pattern", "double_ordered")], ASSIGN, Staff::Enough),
    (&[("pattern", "double_any"), ("submitted_by", "approve1")], PLAIN, Staff::Enough),
    (&[("rows", "2"), ("channel", "branches"), ("submitted_by", "checker1")], PLAIN, Staff::Enough),
    (&[("channel", "branches"), SOON], With { abstain: usize::MAX, ..PLAIN }, Staff::Thin),
    (&[("pattern", "single"), SOON], With { abstain: 1, ..ASSIGN }, Staff::Thin),
    (&[("pattern", "double_any"), SOON], With { abstain: 2, ..PLAIN }, Staff::Thin),
];
const RULES: [Made; 2] = [
    (&[("channel", "branches"), ("submitted_by", "office01")], ALL, Staff::Enough),
    (&[("channel", "branches")], ALL, Staff::Thin),
];

/// A change on paper has a seat more; a customer's goes the way of every other request.
const CHANGES: [Made; 4] = [
    (&[("pattern", "single"), ("latest_day", "2026-12-02")], PLAIN, Staff::Enough),
    (&[("rows", "2"), ("channel", "branches")], PLAIN, Staff::Enough),
    (&[("channel", "branches"), SOON], With { abstain: usize::MAX, ..PLAIN }, Staff::Thin),
    (&[("pattern", "none"), HERE, SOON], PLAIN, Staff::Thin),
];

/// The other side consents here, or elsewhere.
const CONSENTS: [Made; 3] = [
    (&[("pattern", "single"), HERE, SOON], PLAIN, Staff::Thin),
    (&[("pattern", "none"), HERE, SOON], With { abstain: 1, ..PLAIN }, Staff::Thin),
    (&[("rows", "2"), ("channel", "branches"), SOON], PLAIN, Staff::Thin),
];

/// The other side is a customer here.
const HERE: (&str, &str) = ("other_side", "here");

/// A deadline on the day after.
const SOON: (&str, &str) = ("record_date", "2026-12-02");

#[test]
fn every_way_through_the_shipped_flows_is_safe_and_comes_to_an_end() {
    let texts = super::texts();
    let load = |(name, text)| load_with_tables(name, text, &texts).unwrap();
    let mut flows: Vec<Definition> = FLOWS.into_iter().map(load).collect();
    // Flows of the very same steps are searched once.
    let mut known: Vec<Vec<Step>> = Vec::new();
    flows.retain(|flow| {
        let steps = nameless(flow);
        let is_new = !known.contains(&steps);
        known.push(steps);
        is_new
    });
    let made = |flow: &Definition| match flow.id.as_str() {
        "publication" => &RULES[..],
        "change" => &CHANGES,
        "accrual_creditor" => &CONSENTS,
        _ => &REQUESTS,
    };
    let all: Vec<_> =
        flows.iter().flat_map(|flow| made(flow).iter().map(move |made| (flow, *made))).collect();
    let maps = searched(&all);
    for flow in &flows {
        let maps = maps.iter().filter(|(id, _)| *id == flow.id);
        let maps: Vec<&Map> = maps.map(|(_, map)| map).collect();
        looks_whole(flow, &maps);
    }
    let states: usize = maps.iter().map(|(_, map)| map.states()).sum();
    assert!(states > 30_000, "only {states} states");
}

/// The steps of a flow without its name.
fn nameless(flow: &Definition) -> Vec<Step> {
    let mut steps = flow.steps.clone();
    for step in &mut steps {
        if let StepKind::Approve(approve) = &mut step.kind {
            approve.flow.clear();
        }
    }
    steps
}

/// Searches all cases, as many at a time as there are processors in the smallest machine.
fn searched<'f>(all: &[(&'f Definition, Made)]) -> Vec<(&'f str, Map)> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut mine = Vec::new();
        while let Some((flow, made)) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            mine.push((flow.id.as_str(), explore(flow, *made)));
        }
        mine
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// The cases made up for a flow leave out nothing of it.
fn looks_whole(flow: &Definition, maps: &[&Map]) {
    // No condition asks for more than the channel: amounts make no difference, and a date that a
    // wait counts from is one of its timers. A flow with a table needs cases on both sides of its
    // boundaries.
    let plain =
        |name: &&str| ["channel", "record_date", "counterparty", "other_side"].contains(name);
    assert!(flow.asks().iter().all(plain), "{}: {:?}", flow.id, flow.asks());
    for status in [Status::Rejected, Status::Returned, Status::Withdrawn] {
        assert!(maps.iter().any(|map| map.ends.contains(&status)), "{}: {status:?}", flow.id);
    }
    for (at, step) in (0_u8..).zip(&flow.steps) {
        let met = maps.iter().any(|map| was_met(map, at, &step.kind));
        assert!(met, "{}: no case comes to step {}", flow.id, step.id);
    }
    let approvals = || flow.steps.iter().filter_map(|step| step.kind.approval());
    if approvals().any(|approve| approve.exceptions == Exceptions::Split) {
        assert!(maps.iter().any(|map| map.carved > 0), "{}: no line leaves a batch", flow.id);
    }
    let ends = |to: &ReturnTarget| *to == ReturnTarget::Close;
    if !approvals().all(|approve| approve.return_to.targets.iter().all(ends)) {
        assert!(maps.iter().all(|map| map.too_many), "{}: it comes back for ever", flow.id);
    }
}

/// Searches everything that can become of one made-up case.
fn explore(flow: &Definition, (keys, with, staff): Made) -> Map {
    let mut given = Given::sample().unwrap();
    given.set("rows", "1").unwrap();
    for (key, value) in keys {
        given.set(key, value).unwrap();
    }
    let calendar = BankCalendar::japan();
    let mut people = invented_people(flow, &given);
    if staff == Staff::Thin {
        // The last of each role is the one more.
        let roles: Vec<_> = people.iter().map(|person| person.roles.clone()).collect();
        let mut later = roles.iter().skip(1).cloned();
        people.retain(|person| later.next().as_ref() == Some(&person.roles));
    }
    let case = given.case(flow, &people, &calendar).unwrap();
    let crowd = Crowd::new(&people, &case);
    let mut map = Map::new(format!("{} {keys:?}", flow.id), with);
    map.search(flow, &calendar, &crowd, (case, given.at));
    map.holds();
    map
}

/// Whether a case stood at a step or went by it.
fn was_met(map: &Map, at: u8, kind: &StepKind) -> bool {
    match kind {
        StepKind::Approve(_) | StepKind::Wait(_) | StepKind::Parallel(_) => map.stood.contains(&at),
        StepKind::Emit(_) | StepKind::Decide(_) => map.went_by.contains(&at),
        // A check that finds nothing leaves no trace; the steps follow one another.
        StepKind::Check(_) => map.stood.iter().any(|stood| *stood > at),
        StepKind::End(outcome) => map.ends.contains(&Status::from(*outcome)),
    }
}

/// What an event tells of steps that nobody stands at.
fn goes_by(event: &Event) -> Option<u8> {
    match event {
        Event::Emitted { step, .. } | Event::Decided { step, .. } => Some(*step),
        Event::Within { event, .. } => goes_by(event),
        _ => None,
    }
}

/// Whether the events end the case, otherwise than completed.
fn ends_badly(events: &[Event]) -> bool {
    events.iter().any(|event| match event {
        Event::Ended { outcome, .. } => *outcome != Outcome::Completed,
        _ => false,
    })
}

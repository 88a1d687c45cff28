//! What another definition would have done to past cases: who would have approved instead, and
//! how much longer it would have taken. Pure; it looks at recorded cases and changes nothing.
//!
//! A seat that both definitions have takes as long as it took. A new one takes what seats of its
//! role took on average, in opening hours; where none ever did, [`UNKNOWN_MS`].

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::domain::{BankCalendar, Organisation, Person, Timestamp};

use crate::workflow::due::{open_time_after, open_time_between};
use crate::workflow::expr::{Value, Values};
use crate::workflow::{
    ApprovalDeadline, Case, Definition, OpenSeat, Place, Status, StepKind, VoteKind, planned_seats,
    table::Row, values,
};

/// How long a seat takes of whose role nothing is known: half a banking day.
pub const UNKNOWN_MS: i64 = 4 * 3_600_000;

/// A definition with the calendar it counts in.
#[derive(Debug, Clone, Copy)]
pub struct Regime<'r> {
    /// The definition.
    pub definition: &'r Definition,
    /// The calendar.
    pub calendar: &'r BankCalendar,
}

/// A case as it was recorded.
#[derive(Debug, Clone)]
pub struct PastCase {
    /// The case.
    pub case: Case,
    /// When its file was received.
    pub received_at: Timestamp,
    /// What conditions ask of its rows and the case itself did not keep.
    pub gathered: Vec<(String, Value)>,
}

/// What is known besides the cases.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'s> {
    /// The people there are now.
    pub people: &'s [Person],
    /// The time of day of the approval deadline.
    pub deadline: ApprovalDeadline,
}

/// What a change would have done to past cases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Impact {
    /// How many cases were looked at.
    pub cases: usize,
    /// Those for which something would have been different, oldest first.
    pub changed: Vec<Rerouted>,
}

/// A case that would have gone another way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rerouted {
    /// The case id.
    pub case: String,
    /// The sum of its amounts, in yen.
    pub amount_total: u64,
    /// Seats that would have been filled in addition.
    pub added: Vec<SeatChange>,
    /// Seats that would not have been there.
    pub removed: Vec<SeatChange>,
    /// Business days it would have taken more; fewer when negative.
    pub days: i64,
    /// Whether it would have missed the approval deadline it kept.
    pub misses_deadline: bool,
}

/// Seats of one kind that come or go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeatChange {
    /// The step's name on pages.
    pub step: String,
    /// The seal's name.
    pub seat: String,
    /// The role it needs.
    pub role: String,
    /// How many.
    pub n: usize,
    /// Who approved there, or who could: names.
    pub people: Vec<String>,
}

/// A seat on a case's way.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Station {
    step: u8,
    id: String,
    title: String,
    seat: OpenSeat,
}

impl Station {
    /// What makes seats of two definitions the same.
    fn key(&self) -> (&str, &str, &str, Place) {
        (&self.id, &self.seat.title, &self.seat.who.role, self.seat.who.at)
    }
}

/// Re-routes past cases from one regime to another.
pub fn impact(
    cases: &[PastCase],
    from: Regime<'_>,
    to: Regime<'_>,
    around: Surroundings<'_>,
) -> Impact {
    let paces = Paces::of(cases, from);
    let changed = cases.iter().filter_map(|past| rerouted(past, from, to, &paces, around));
    Impact { cases: cases.len(), changed: changed.collect() }
}

fn rerouted(
    past: &PastCase,
    from: Regime<'_>,
    to: Regime<'_>,
    paces: &Paces,
    around: Surroundings<'_>,
) -> Option<Rerouted> {
    let (old, new) = (way(past, from.definition), way(past, to.definition));
    let taken = |station: &Station| taken(past, station, from);
    let ended = |way: &[Station], regime: Regime<'_>| {
        way.iter().fold(past.received_at, |at, station| {
            let own = old.iter().find(|one| one.key() == station.key()).and_then(taken);
            let ms = own.unwrap_or_else(|| paces.usual(&station.seat.who.role));
            open_time_after(at, ms, regime.calendar)
        })
    };
    let (was, would) = (ended(&old, from), ended(&new, to));
    let deadline = around.deadline.of(past.case.head.scope.record_date);
    let rerouted = Rerouted {
        case: past.case.head.id.to_string(),
        amount_total: past.case.head.scope.total.get(),
        added: seats(&new, &old, |station| could(past, station, around.people)),
        removed: seats(&old, &new, |station| did(past, station, from.definition)),
        days: to.calendar.open_days_between(was.date(), would.date()),
        misses_deadline: would > deadline && was <= deadline,
    };
    let same = rerouted.added.is_empty()
        && rerouted.removed.is_empty()
        && rerouted.days == 0
        && !rerouted.misses_deadline;
    (!same).then_some(rerouted)
}

/// The seats a case comes by under a definition, in order.
fn way(past: &PastCase, definition: &Definition) -> Vec<Station> {
    let mut values = recorded(past);
    let mut way = Vec::new();
    for (index, step) in (0_u8..).zip(&definition.steps) {
        if step.when.as_ref().is_some_and(|when| !when.holds(&values)) {
            continue;
        }
        match &step.kind {
            StepKind::Decide(decide) => {
                let answers = decide.table.decide(&values).into_iter().flat_map(Row::results);
                for (name, value) in answers {
                    values.set(&format!("{}.{name}", step.id), value.clone());
                }
            }
            StepKind::Approve(approve) => {
                let seats = planned_seats(approve, past.case.file.pattern, &values).into_iter();
                way.extend(seats.map(|seat| Station {
                    step: index,
                    id: step.id.clone(),
                    title: step.title.clone(),
                    seat,
                }));
            }
            StepKind::Check(_) | StepKind::Wait(_) | StepKind::Parallel(_) | StepKind::Emit(_) => {}
            StepKind::End(_) => break,
        }
    }
    way
}

/// What is known of a case before any table answers.
fn recorded(past: &PastCase) -> Values {
    let mut case = past.case.clone();
    if let Some(aside) = &mut case.head.aside {
        aside.values.retain(|(name, _)| !name.contains('.'));
    }
    let mut all = values(&case);
    for (name, value) in &past.gathered {
        all.set(name, value.clone());
    }
    all
}

/// The stations of `here` that `other` lacks, seats of one kind together.
fn seats(
    here: &[Station],
    other: &[Station],
    people: impl Fn(&Station) -> Vec<String>,
) -> Vec<SeatChange> {
    let mut left: Vec<&Station> = other.iter().collect();
    let mut changes: Vec<SeatChange> = Vec::new();
    for station in here {
        if let Some(at) = left.iter().position(|one| one.key() == station.key()) {
            left.remove(at);
            continue;
        }
        let (step, seat, role) =
            (station.title.clone(), station.seat.title.clone(), station.seat.who.role.clone());
        let same =
            |one: &&mut SeatChange| (&one.step, &one.seat, &one.role) == (&step, &seat, &role);
        if let Some(change) = changes.iter_mut().find(same) {
            change.n = change.n.saturating_add(1);
            change.people.extend(people(station));
            change.people.dedup();
        } else {
            changes.push(SeatChange { step, seat, role, n: 1, people: people(station) });
        }
    }
    changes
}

/// Who approved at a station.
fn did(past: &PastCase, station: &Station, definition: &Definition) -> Vec<String> {
    let ran = past.case.definition() == Some(definition.hash);
    let here = (station.step, station.seat.seat);
    let votes = past.case.head.approvals().filter(|vote| ran && (vote.step, vote.seat) == here);
    votes.map(|vote| vote.name.clone()).collect()
}

/// Who could approve at a station now.
fn could(past: &PastCase, station: &Station, people: &[Person]) -> Vec<String> {
    let file = &past.case.file;
    let here = |person: &&Person| match (station.seat.who.at, person.organisation) {
        (Place::Desk, Organisation::Branch(branch)) => branch == file.desk,
        (Place::Submitter, Organisation::Branch(branch)) => branch.as_str() == file.submitter,
        (Place::Submitter, Organisation::Customer(user)) => user.as_str() == file.submitter,
        (Place::Counterparty, Organisation::Customer(user)) => {
            past.case.counterparty().is_some_and(|other| other == user.as_str())
        }
        (Place::Desk, Organisation::Customer(_))
        | (Place::Counterparty, Organisation::Branch(_)) => false,
    };
    let held = people
        .iter()
        .filter(here)
        .filter(|person| person.holds(&station.seat.who.role, past.case.kinds()));
    held.map(|person| person.name.clone()).collect()
}

/// How long seats took, in milliseconds of opening hours.
struct Paces {
    by_role: BTreeMap<String, i64>,
}

impl Paces {
    fn of(cases: &[PastCase], regime: Regime<'_>) -> Self {
        let mut sums: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for past in cases {
            for station in way(past, regime.definition) {
                if let Some(ms) = taken(past, &station, regime) {
                    let (sum, count) = sums.entry(station.seat.who.role).or_default();
                    (*sum, *count) = (sum.saturating_add(ms), count.saturating_add(1));
                }
            }
        }
        let mean = |(sum, count): (i64, i64)| sum.checked_div(count).unwrap_or(UNKNOWN_MS);
        Self { by_role: sums.into_iter().map(|(role, sums)| (role, mean(sums))).collect() }
    }

    fn usual(&self, role: &str) -> i64 {
        self.by_role.get(role).copied().unwrap_or(UNKNOWN_MS)
    }
}

/// How long a seat of a case took, from the vote before it; nothing where nobody filled it.
fn taken(past: &PastCase, station: &Station, regime: Regime<'_>) -> Option<i64> {
    let head = &past.case.head;
    let known =
        past.case.definition() == Some(regime.definition.hash) && head.status != Status::SentBack;
    let here = (station.step, station.seat.seat);
    let vote = head.approvals().find(|vote| known && (vote.step, vote.seat) == here)?;
    let earlier = head.votes.iter().filter(|one| one.kind == VoteKind::Approve && one.at < vote.at);
    let since = earlier.map(|vote| vote.at).max().unwrap_or(past.received_at);
    Some(open_time_between(since, vote.at, regime.calendar))
}

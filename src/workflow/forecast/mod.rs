//! Whether a waiting case can still be staffed: enough people for its seats before its deadline.
//!
//! Pure: people by day come in as values. It looks at the open step and those after it, at who is
//! there on which business day, and at one human filling one seat; it decides nothing. Read
//! [`staffing`] first.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::domain::{Date, Person, Presence, Timestamp, UserId};

use super::seats::{Title, order, title_to};
use super::{
    ApprovalDeadline, Approve, Case, Definition, OpenSeat, Order, Place, Status, StepKind, applies,
    missing_seats,
};

/// How many ways to fill the seats are tried; beyond that a case counts as staffed.
///
/// Far more than the seats and people of a desk give; without it nine seats could take for ever.
const WAYS_MAX: u32 = 200_000;

/// The business days to come and who is there on each.
///
/// Shape: rising days, the first is today or the next open one; everybody at the submitter's and
/// the desk's organisation, those who are away included.
pub type Days = Vec<(Date, Vec<Person>)>;

/// A case that cannot be staffed before its deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortfall {
    /// The step that cannot be done, an index into the definition.
    pub step: u8,
    /// Where its people belong.
    pub at: Place,
    /// Whether its seats are filled one after another.
    pub order: Order,
    /// How many seats of it are still to be filled.
    pub needed: usize,
    /// Until when.
    pub due: Timestamp,
    /// Who could fill which seat, by business day; the last day is the deadline's.
    pub days: Vec<DayOutlook>,
}

/// Who is there for the seats of a step on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayOutlook {
    /// The day.
    pub day: Date,
    /// For each seat its name and the people, by their place in that day's list.
    pub seats: Vec<(String, Vec<Person>)>,
    /// How many different people that makes.
    pub people: usize,
}

/// A seat that is still to be filled.
struct Slot<'c> {
    step: u8,
    approve: &'c Approve,
    seat: OpenSeat,
    order: Order,
    due: Timestamp,
    /// For each day whom the seat is open to: the humans it would use up, each by one of their IDs.
    open_to: Vec<Vec<Vec<UserId>>>,
}

/// Whether the seats that are left can be filled before the deadline; nothing when they can.
///
/// A case that does not wait for people of its flow is none of its business.
pub fn staffing(
    case: &Case,
    definition: &Definition,
    days: &Days,
    (now, deadline): (Timestamp, ApprovalDeadline),
) -> Option<Shortfall> {
    if !matches!(case.head.status, Status::Active | Status::Incident | Status::Held) {
        return None;
    }
    let slots = slots(case, definition, days, (now, deadline));
    let mut steps: Vec<u8> = slots.iter().map(|slot| slot.step).collect();
    steps.dedup();
    for step in steps {
        let upto: Vec<&Slot<'_>> = slots.iter().filter(|slot| slot.step <= step).collect();
        let mut search = Search { slots: &upto, used: BTreeSet::new(), ways: 0 };
        if !search.fills(0, (0, 0)) {
            let mine: Vec<&Slot<'_>> = slots.iter().filter(|slot| slot.step == step).collect();
            return shortfall(case, &mine, days);
        }
    }
    None
}

/// The seats that are left, in the order of their steps.
fn slots<'c>(
    case: &Case,
    definition: &'c Definition,
    days: &Days,
    (now, deadline): (Timestamp, ApprovalDeadline),
) -> Vec<Slot<'c>> {
    let last = deadline.of(case.head.scope.record_date);
    let mut slots = Vec::new();
    for (step, found) in (0..=u8::MAX).zip(&definition.steps).skip(usize::from(case.head.step)) {
        let StepKind::Approve(approve) = &found.kind else { continue };
        if !applies(case, definition, step) {
            continue;
        }
        let is_open = step == case.head.step;
        let there = at_step(case, step);
        let due = case.head.due.filter(|_| is_open).unwrap_or(last);
        for seat in missing_seats(&there, approve) {
            let open_to = days.iter().map(|(day, people)| {
                let in_time = Timestamp::tokyo(*day, 0, 0) < due && now < due;
                if !in_time {
                    return Vec::new();
                }
                humans(&there, approve, &seat, people).into_iter().map(|(_, used)| used).collect()
            });
            let open_to = open_to.collect();
            let order = order(approve, case.file.pattern);
            slots.push(Slot { step, approve, seat, order, due, open_to });
        }
    }
    slots
}

/// Who could fill a seat, each with the humans who count as having decided then.
fn humans<'p>(
    case: &Case,
    approve: &Approve,
    seat: &OpenSeat,
    people: &'p [Person],
) -> Vec<(&'p Person, Vec<UserId>)> {
    let here = people.iter().filter(|person| person.today.presence == Presence::Here);
    here.filter_map(|person| {
        let mut used = vec![human(person, people)];
        match title_to(case, approve, seat, person, people).ok()? {
            Title::Own | Title::InPlace => {}
            Title::For(principal) => used.push(human(principal, people)),
        }
        Some((person, used))
    })
    .collect()
}

/// One ID for all those of a human: the first.
fn human(person: &Person, people: &[Person]) -> UserId {
    let same = people.iter().filter(|other| other.is_same_human(person)).map(|other| &other.id);
    let all = same.chain(&person.today.also).chain([&person.id]);
    all.min().unwrap_or(&person.id).clone()
}

/// The case as it will stand at a step: nothing is handed over, nobody was called in.
fn at_step(case: &Case, step: u8) -> Case {
    let mut case = case.clone();
    if case.head.step != step
        && let Some(aside) = &mut case.head.aside
    {
        (aside.escalated, aside.assigned) = (0, None);
    }
    case.head.step = step;
    case
}

/// A way to fill seats being looked for.
struct Search<'s> {
    slots: &'s [&'s Slot<'s>],
    used: BTreeSet<UserId>,
    ways: u32,
}

impl Search<'_> {
    /// Whether the seats from `at` on can be filled, `start` being the day the step began on and
    /// `latest` the last day anything was decided on, by their place in the list of days.
    fn fills(&mut self, at: usize, (start, latest): (usize, usize)) -> bool {
        self.ways = self.ways.saturating_add(1);
        let Some(slot) = self.slots.get(at) else { return true };
        if self.ways > WAYS_MAX {
            return true;
        }
        let before = at.checked_sub(1).and_then(|at| self.slots.get(at));
        let new_step = before.is_none_or(|before| before.step != slot.step);
        let start = if new_step { latest } else { start };
        // A later seat of an ordered step cannot come before the one ahead of it.
        let from = if slot.order == Order::Ordered { latest } else { start };
        let mut tried: Vec<&Vec<UserId>> = Vec::new();
        for (day, open_to) in slot.open_to.iter().enumerate().skip(from) {
            for humans in open_to {
                // The earliest day of a person is as good as any later one.
                if tried.contains(&humans) || humans.iter().any(|one| self.used.contains(one)) {
                    continue;
                }
                tried.push(humans);
                self.used.extend(humans.iter().cloned());
                let done = self.fills(at.saturating_add(1), (start, day.max(latest)));
                for one in humans {
                    self.used.remove(one);
                }
                if done {
                    return true;
                }
            }
        }
        false
    }
}

fn shortfall(case: &Case, slots: &[&Slot<'_>], days: &Days) -> Option<Shortfall> {
    let first = slots.first()?;
    let there = at_step(case, first.step);
    let in_time = days.iter().filter(|(day, _)| Timestamp::tokyo(*day, 0, 0) < first.due);
    let days = in_time.map(|(day, people)| {
        let mut all = BTreeSet::new();
        let seats = slots.iter().map(|slot| {
            let open_to = humans(&there, slot.approve, &slot.seat, people);
            all.extend(open_to.iter().filter_map(|(_, used)| used.first().cloned()));
            let people = open_to.into_iter().map(|(person, _)| person.clone()).collect();
            (slot.seat.title.clone(), people)
        });
        let seats = seats.collect();
        DayOutlook { day: *day, seats, people: all.len() }
    });
    Some(Shortfall {
        step: first.step,
        at: first.seat.who.at,
        order: first.order,
        needed: slots.len(),
        due: first.due,
        days: days.collect(),
    })
}

impl Shortfall {
    /// The same in a sentence a branch head understands; `place` is the name of the branch or the
    /// customer.
    pub fn japanese(&self, place: &str) -> String {
        let Some(last) = self.days.last() else {
            return format!(
                "承認期限（{}）までに、{place}の営業日がもうありません。{}が成立しません。",
                self.due.japanese(),
                self.kind()
            );
        };
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for (title, people) in &last.seats {
            if !counts.iter().any(|(known, _)| known == title) {
                counts.push((title, people.len()));
            }
        }
        let missing: Vec<&str> =
            counts.iter().filter(|(_, count)| *count == 0).map(|(title, _)| *title).collect();
        let what = if missing.is_empty() {
            let each = counts.iter().map(|(title, count)| format!("{title}者が{count}名"));
            let each: Vec<String> = each.collect();
            let all = format!("（合わせて{}名、必要は{}名）", last.people, self.needed);
            format!("{}のみです{all}", each.join("、"))
        } else {
            format!("{}者がいません", missing.join("者と"))
        };
        let (month, day) = (last.day.month(), last.day.day());
        format!("{month}/{day} は{place}で{what}。{}が成立しません。", self.kind())
    }

    /// `順序ありダブル承認`.
    fn kind(&self) -> String {
        let order = match self.order {
            Order::Ordered => "順序あり",
            Order::Any => "順序なし",
        };
        match self.needed {
            1 => "承認".to_owned(),
            2 => format!("{order}ダブル承認"),
            n => format!("{order}{n}名承認"),
        }
    }
}

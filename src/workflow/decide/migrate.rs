//! A waiting case goes on by another definition; what was approved counts where nothing changed.

use std::collections::BTreeMap;

use crate::domain::UserId;
use crate::workflow::expr::Value;
use crate::workflow::{
    Approve, Aside, Definition, Event, Migration, Refusal, Seat, Status, StepKind, Vote, VoteKind,
    applies,
};

use super::Course;

/// What is asked for.
pub(super) struct Move<'m> {
    pub(super) from: &'m Definition,
    pub(super) map: &'m [(String, String)],
    pub(super) gathered: &'m [(String, Value)],
    pub(super) by: &'m [UserId],
}

impl Course<'_> {
    /// Moves the case to the definition of this course and opens the step it comes to.
    ///
    /// A vote counts on where its step is known to both, asks for the same people in the same
    /// order, and is for this case under both; every other vote is void and stays on record.
    pub(super) fn migrate(&mut self, asked: &Move<'_>) -> Result<(), Refusal> {
        let status = self.case.head.status;
        if !matches!(status, Status::Active | Status::Overdue | Status::Incident) {
            return Err(Refusal::NotWaiting(status));
        }
        // In the middle of branches or of a blind entry there is no one place to go on from.
        let half_done = |aside: &Aside| !aside.tokens.is_empty() || !aside.entries.is_empty();
        if self.case.head.aside.as_deref().is_some_and(half_done) {
            return Err(Refusal::NotWaiting(status));
        }
        let passed = asked.from.steps.iter().take(usize::from(self.case.head.step));
        if passed.clone().any(|step| matches!(step.kind, StepKind::Emit(_))) {
            return Err(Refusal::AlreadySent);
        }
        let same = self.same_steps(asked);
        let (kept, voided) = sorted(&self.case.head.votes, &same);
        let migration = Migration {
            from: asked.from.hash,
            step: self.case.head.step,
            to: self.definition.hash,
            kept,
            voided,
            by: asked.by.to_vec(),
            at: self.facts.now,
        };
        if !asked.gathered.is_empty() {
            self.happen(Event::Gathered(asked.gathered.to_vec()));
        }
        self.happen(Event::Migrated(Box::new(migration)));
        self.advance(0)?;
        if self.case.head.status.is_final() { Err(Refusal::WouldEnd) } else { Ok(()) }
    }

    /// Steps that are the same under both definitions, old place to new.
    fn same_steps(&self, asked: &Move<'_>) -> BTreeMap<u8, u8> {
        let mut there =
            Course::new(&self.case, self.definition, super::CommandId::of(""), self.facts);
        there.case.head.aside.get_or_insert_default().values.extend(asked.gathered.iter().cloned());
        there.answer_tables();
        let mut same = BTreeMap::new();
        for (old, step) in (0_u8..).zip(&asked.from.steps) {
            let renamed = asked.map.iter().find(|(name, _)| *name == step.id);
            let name = renamed.map_or(&step.id, |(_, name)| name);
            let new = (0_u8..).zip(&self.definition.steps).find(|(_, other)| other.id == *name);
            let Some((new, other)) = new else { continue };
            let (StepKind::Approve(one), StepKind::Approve(two)) = (&step.kind, &other.kind) else {
                continue;
            };
            let alike = applies(&self.case, asked.from, old) == there.applies(new);
            if alike && needs_the_same(one, two) {
                same.insert(old, new);
            }
        }
        same
    }

    /// Asks every table of the definition, so that conditions can be answered.
    fn answer_tables(&mut self) {
        for (index, step) in (0_u8..).zip(&self.definition.steps) {
            if let StepKind::Decide(decide) = &step.kind
                && self.applies(index)
            {
                self.look_up(index, decide);
            }
        }
    }
}

fn needs_the_same(one: &Approve, two: &Approve) -> bool {
    (&one.need, one.order) == (&two.need, two.order)
}

/// A seat of the old definition and the one it is in the new.
type Kept = ((u8, Seat), (u8, Seat));

/// The seats whose votes count on, and the votes that do not. Who takes no part still does not.
fn sorted(votes: &[Vote], same: &BTreeMap<u8, u8>) -> (Vec<Kept>, Vec<Vote>) {
    let (mut kept, mut voided) = (Vec::new(), Vec::new());
    for vote in votes {
        match same.get(&vote.step) {
            Some(step) => kept.push(((vote.step, vote.seat), (*step, vote.seat))),
            None if vote.kind == VoteKind::Abstain => {}
            None => voided.push(vote.clone()),
        }
    }
    (kept, voided)
}

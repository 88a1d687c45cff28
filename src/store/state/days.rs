//! What happened to cases on the last days, for whoever counts a day.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::Date;
use crate::ports::Milestone;
use crate::workflow::{Event, ReturnTarget};

/// Days with milestones that are kept: more than a standstill over the longest holidays.
const KEPT: usize = 14;
/// Cases whose milestones of a day are kept together.
const BLOCK: u32 = 4_096;

/// The milestones of the last days that had any, each milestone of a case once.
///
/// An earlier day is not forgotten: the journal, folded as of that day, has it.
#[derive(Debug, Default)]
pub(in crate::store) struct Days {
    all: BTreeMap<Date, BTreeSet<(u32, Milestone)>>,
    /// Day and block that changed since the last checkpoint.
    pub(in crate::store) dirty: BTreeSet<(Date, u32)>,
}

/// A block as it is stored.
pub(in crate::store) type Block = (Date, Vec<(u32, Milestone)>);

impl Days {
    /// Notes the milestones among what happened to a case.
    pub(super) fn note(&mut self, on: Date, case: u32, events: &[Event]) {
        for milestone in events.iter().filter_map(milestone) {
            self.add(on, case, milestone);
        }
    }

    /// Notes one milestone.
    pub(super) fn add(&mut self, on: Date, case: u32, milestone: Milestone) {
        if self.all.entry(on).or_default().insert((case, milestone)) {
            self.dirty.insert((on, case / BLOCK));
        }
        while self.all.len() > KEPT
            && let Some((gone, milestones)) = self.all.pop_first()
        {
            self.dirty.extend(milestones.iter().map(|(case, _)| (gone, case / BLOCK)));
        }
    }

    /// The cases something happened to on a day.
    pub(in crate::store) fn on(&self, day: Date) -> impl Iterator<Item = (u32, Milestone)> {
        self.all.get(&day).into_iter().flatten().copied()
    }

    /// A block as it is stored; none when there is nothing in it.
    pub(in crate::store) fn block(&self, (day, block): (Date, u32)) -> Option<Block> {
        let first = (block.checked_mul(BLOCK)?, Milestone::FIRST);
        let from = self.all.get(&day)?.range(first..);
        let milestones: Vec<_> =
            from.take_while(|(case, _)| case / BLOCK == block).copied().collect();
        (!milestones.is_empty()).then_some((day, milestones))
    }

    /// Puts a stored block in its place.
    pub(in crate::store) fn load(&mut self, (day, milestones): Block) {
        self.all.entry(day).or_default().extend(milestones);
    }

    /// How many milestones are kept.
    pub(in crate::store) fn count(&self) -> usize {
        self.all.values().map(BTreeSet::len).sum()
    }

    /// Marks everything as changed.
    pub(in crate::store) fn touch_all(&mut self) {
        let blocks = self.all.iter().flat_map(|(day, milestones)| {
            let day = *day;
            milestones.iter().map(move |(case, _)| (day, case / BLOCK))
        });
        self.dirty = blocks.collect();
    }
}

fn milestone(event: &Event) -> Option<Milestone> {
    Some(match event {
        Event::Emitted { step, .. } => Milestone::Emitted { step: *step },
        // What goes back within the bank only is still on its way.
        Event::SentBack { to: ReturnTarget::Submitter | ReturnTarget::Close, .. } => {
            Milestone::SentBack
        }
        Event::Ended { outcome, .. } => Milestone::Ended(*outcome),
        Event::Within { event, .. } => return milestone(event),
        _ => return None,
    })
}

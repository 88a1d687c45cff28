//! What happened to cases on the last days, for whoever counts a day.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::Date;
use crate::ports::Deed;
use crate::workflow::{Event, ReturnTarget};

/// Days with deeds that are kept: more than a standstill over the longest holidays.
const KEPT: usize = 14;
/// Cases whose deeds of a day are kept together.
const BLOCK: u32 = 4_096;

/// The deeds of the last days that had any, each deed of a case once.
///
/// An earlier day is not forgotten: the journal, folded as of that day, has it.
#[derive(Debug, Default)]
pub(in crate::store) struct Days {
    all: BTreeMap<Date, BTreeSet<(u32, Deed)>>,
    /// Day and block that changed since the last checkpoint.
    pub(in crate::store) dirty: BTreeSet<(Date, u32)>,
}

/// A block as it is stored.
pub(in crate::store) type Block = (Date, Vec<(u32, Deed)>);

impl Days {
    /// Notes the deeds among what happened to a case.
    pub(super) fn note(&mut self, on: Date, case: u32, events: &[Event]) {
        for deed in events.iter().filter_map(deed) {
            self.add(on, case, deed);
        }
    }

    /// Notes one deed.
    pub(super) fn add(&mut self, on: Date, case: u32, deed: Deed) {
        if self.all.entry(on).or_default().insert((case, deed)) {
            self.dirty.insert((on, case / BLOCK));
        }
        while self.all.len() > KEPT
            && let Some((gone, deeds)) = self.all.pop_first()
        {
            self.dirty.extend(deeds.iter().map(|(case, _)| (gone, case / BLOCK)));
        }
    }

    /// The cases something happened to on a day.
    pub(in crate::store) fn on(&self, day: Date) -> impl Iterator<Item = (u32, Deed)> {
        self.all.get(&day).into_iter().flatten().copied()
    }

    /// A block as it is stored; none when there is nothing in it.
    pub(in crate::store) fn block(&self, (day, block): (Date, u32)) -> Option<Block> {
        let first = (block.checked_mul(BLOCK)?, Deed::FIRST);
        let from = self.all.get(&day)?.range(first..);
        let deeds: Vec<_> = from.take_while(|(case, _)| case / BLOCK == block).copied().collect();
        (!deeds.is_empty()).then_some((day, deeds))
    }

    /// Puts a stored block in its place.
    pub(in crate::store) fn load(&mut self, (day, deeds): Block) {
        self.all.entry(day).or_default().extend(deeds);
    }

    /// How many deeds are kept.
    pub(in crate::store) fn count(&self) -> usize {
        self.all.values().map(BTreeSet::len).sum()
    }

    /// Marks everything as changed.
    pub(in crate::store) fn touch_all(&mut self) {
        let blocks = self.all.iter().flat_map(|(day, deeds)| {
            let day = *day;
            deeds.iter().map(move |(case, _)| (day, case / BLOCK))
        });
        self.dirty = blocks.collect();
    }
}

fn deed(event: &Event) -> Option<Deed> {
    Some(match event {
        Event::Emitted { step, .. } => Deed::Emitted { step: *step },
        // What goes back within the bank only is still on its way.
        Event::SentBack { to: ReturnTarget::Submitter | ReturnTarget::Close, .. } => Deed::SentBack,
        Event::Ended { outcome, .. } => Deed::Ended(*outcome),
        Event::Within { event, .. } => return deed(event),
        _ => return None,
    })
}

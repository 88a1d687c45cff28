//! Effects that have not reached the world yet, in the order they were owed.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{NoticeNo, UserId};
use crate::ports::{EffectMove, EffectState, PendingEffect};
use crate::workflow::{Effect, EffectId};

/// Undelivered effects.
#[derive(Debug, Default)]
pub(in crate::store) struct Effects {
    pending: BTreeMap<u64, PendingEffect>,
    ids: BTreeMap<EffectId, u64>,
    next: u64,
    /// How many were delivered.
    pub(in crate::store) delivered: u64,
    /// Numbers that changed since the last checkpoint.
    pub(in crate::store) dirty: BTreeSet<u64>,
}

impl Effects {
    /// Owes an effect; owing it again changes nothing. Tells whether it is owed from now on.
    pub(in crate::store) fn owe(&mut self, effect: &Effect, number: NoticeNo) -> bool {
        let id = effect.id();
        if self.ids.contains_key(&id) {
            return false;
        }
        let (effect, note) = (effect.clone(), String::new());
        let pending = PendingEffect { effect, state: EffectState::Owed, note, number };
        self.ids.insert(id, self.next);
        self.pending.insert(self.next, pending);
        self.dirty.insert(self.next);
        self.next += 1;
        true
    }

    /// The number of an undelivered effect.
    pub(in crate::store) fn number_of(&self, id: &EffectId) -> Option<NoticeNo> {
        Some(self.pending.get(self.ids.get(id)?)?.number)
    }

    /// The number of an undelivered mail to a person, and whom it is for.
    pub(in crate::store) fn addressee(&self, id: &EffectId) -> Option<(NoticeNo, &UserId)> {
        let pending = self.pending.get(self.ids.get(id)?)?;
        Some((pending.number, pending.effect.kind.person()?))
    }

    /// The undelivered effect of a number.
    pub(in crate::store) fn numbered(&self, number: NoticeNo) -> Option<&PendingEffect> {
        self.pending.values().find(|pending| pending.number == number)
    }

    /// Follows an effect one step; delivered ones are forgotten.
    pub(in crate::store) fn go(&mut self, moved: &EffectMove) {
        let Some(number) = self.ids.get(&moved.id).copied() else { return };
        self.dirty.insert(number);
        if moved.to == EffectState::Delivered {
            self.pending.remove(&number);
            self.ids.remove(&moved.id);
            self.delivered += 1;
        } else if let Some(pending) = self.pending.get_mut(&number) {
            pending.state = moved.to;
            pending.note.clone_from(&moved.note);
        }
    }

    /// All undelivered effects in the order they were owed.
    pub(in crate::store) fn values(&self) -> impl Iterator<Item = &PendingEffect> {
        self.pending.values()
    }

    /// All undelivered effects with their names, by name.
    pub(in crate::store) fn iter(&self) -> impl Iterator<Item = (&EffectId, &PendingEffect)> {
        self.ids.iter().filter_map(|(id, number)| Some((id, self.pending.get(number)?)))
    }

    /// One effect by its number.
    pub(in crate::store) fn get(&self, number: u64) -> Option<&PendingEffect> {
        self.pending.get(&number)
    }

    /// Puts a stored effect in its place.
    pub(in crate::store) fn load(&mut self, number: u64, pending: PendingEffect) {
        self.ids.insert(pending.effect.id(), number);
        self.pending.insert(number, pending);
        self.next = self.next.max(number + 1);
    }

    /// The number the next effect gets.
    pub(in crate::store) const fn next(&self) -> u64 {
        self.next
    }

    /// Sets the counters as they were stored.
    pub(in crate::store) fn resume(&mut self, next: u64, delivered: u64) {
        self.next = self.next.max(next);
        self.delivered = delivered;
    }

    /// Marks every effect as changed.
    pub(in crate::store) fn touch_all(&mut self) {
        self.dirty = self.pending.keys().copied().collect();
    }
}

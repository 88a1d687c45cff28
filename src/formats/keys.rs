//! The business keys of one file, to find rows that are given twice.

/// Business keys with the record that had each first.
///
/// Shape: open addressing over keys that are already random (the head of a SHA-256), so no
/// hashing and no order; at most three quarters full.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// Key and record; record 0 is a free slot.
    slots: Vec<(u64, u32)>,
    len: usize,
}

impl Keys {
    /// Remembers `key` of `record`; gives the record that had it first, if one did.
    pub(super) fn insert(&mut self, key: u64, record: u32) -> Option<u32> {
        if (self.len + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        let slot = self.slot(key);
        match self.slots.get_mut(slot) {
            Some((_, 0)) | None => {}
            Some((_, first)) => return Some(*first),
        }
        if let Some(slot) = self.slots.get_mut(slot) {
            *slot = (key, record);
            self.len += 1;
        }
        None
    }

    /// Where `key` is or would go.
    #[expect(clippy::cast_possible_truncation, reason = "the mask keeps the low bits anyway")]
    fn slot(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = key as usize & mask;
        while self.slots.get(at).is_some_and(|(held, record)| *record != 0 && *held != key) {
            at = (at + 1) & mask;
        }
        at
    }

    fn grow(&mut self) {
        let bigger = (self.slots.len() * 2).max(64);
        let old = std::mem::replace(&mut self.slots, vec![(0, 0); bigger]);
        for (key, record) in old.into_iter().filter(|(_, record)| *record != 0) {
            let slot = self.slot(key);
            if let Some(slot) = self.slots.get_mut(slot) {
                *slot = (key, record);
            }
        }
    }
}

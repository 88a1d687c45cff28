//! Business keys of bulk files, which stay where they are on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::State;
use crate::ports::KeyBook;

/// The keys of bulk files by the case that holds them.
#[derive(Debug, Default)]
pub(super) struct Books(BTreeMap<u32, Book>);

#[derive(Debug)]
struct Book {
    keys: Arc<dyn KeyBook>,
    /// Those of them that are no longer held.
    freed: BTreeSet<u64>,
}

impl Books {
    /// The case of a bulk file that holds a key.
    pub(super) fn holder_of(&self, key: u64) -> Option<u32> {
        let holds = |book: &Book| !book.freed.contains(&key) && book.keys.holds(key);
        self.0.iter().find(|(_, book)| holds(book)).map(|(case, _)| *case)
    }

    /// Lets go of keys that a case holds.
    pub(super) fn forget(&mut self, case: u32, keys: &[u64]) {
        if let Some(book) = self.0.get_mut(&case) {
            book.freed.extend(keys);
        }
    }
}

impl State {
    /// Remembers where the keys of a bulk file's case are. A line that left the batch holds its key
    /// itself, and is asked first.
    pub(in crate::store) fn remember_book(&mut self, case: u32, keys: Arc<dyn KeyBook>) {
        self.books.0.insert(case, Book { keys, freed: BTreeSet::new() });
    }
}

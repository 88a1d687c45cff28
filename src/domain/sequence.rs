//! The numbers a submitter gives to files (通番): which came, and which are missing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Digest;

/// How many numbers are remembered of a submitter; a daily file has more than a year of them.
const KEPT: usize = 400;

/// The numbers of the files that were taken in from one submitter.
///
/// Shape: number → content of its file, the newest 400 of them. A file that was refused has
/// given its number to nobody: mended, it comes again under it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence(BTreeMap<u64, Digest>);

/// How a file's number stands to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It follows, comes first, fills a gap, or is the same file again.
    Fits,
    /// Numbers before it have not come.
    Gap {
        /// The first one that is missing.
        from: u64,
        /// The last one that is missing.
        to: u64,
    },
    /// Another file had it, or it is older than all that are remembered.
    Repeat,
}

impl Sequence {
    /// How the number of a file with this content stands to those before it.
    pub fn turn(&self, number: u64, content: Digest) -> Turn {
        let (Some(first), Some(last)) = (self.0.keys().next(), self.0.keys().next_back()) else {
            return Turn::Fits;
        };
        match self.0.get(&number) {
            Some(known) if *known == content => return Turn::Fits,
            Some(_) => return Turn::Repeat,
            None => {}
        }
        let next = last.saturating_add(1);
        if number > next {
            return Turn::Gap { from: next, to: number.saturating_sub(1) };
        }
        // Numbers below the first may be forgotten ones, once any were forgotten.
        let forgotten = self.0.len() >= KEPT && number < *first;
        if forgotten { Turn::Repeat } else { Turn::Fits }
    }

    /// A file with this number was taken in.
    pub fn take(&mut self, number: u64, content: Digest) {
        self.0.insert(number, content);
        while self.0.len() > KEPT {
            self.0.pop_first();
        }
    }

    /// Whether no number was taken yet.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT, Sequence, Turn};
    use crate::domain::Digest;

    fn content(n: u64) -> Digest {
        Digest::of(&n.to_be_bytes())
    }

    #[test]
    fn numbers_may_skip_and_come_late_and_are_nobody_elses() {
        let mut sequence = Sequence::default();
        assert_eq!(sequence.turn(7, content(7)), Turn::Fits, "the first may be any");
        sequence.take(7, content(7));
        assert_eq!(sequence.turn(8, content(8)), Turn::Fits);
        assert_eq!(sequence.turn(11, content(11)), Turn::Gap { from: 8, to: 10 });
        sequence.take(11, content(11));
        assert_eq!(sequence.turn(9, content(9)), Turn::Fits, "a missing one comes late");
        assert_eq!(sequence.turn(11, content(11)), Turn::Fits, "the same file again");
        assert_eq!(sequence.turn(11, content(12)), Turn::Repeat);
        assert_eq!(sequence.turn(6, content(6)), Turn::Fits, "it overtook the first");
        assert_eq!(sequence.turn(u64::MAX, content(1)), Turn::Gap { from: 12, to: u64::MAX - 1 });
    }

    #[test]
    fn only_the_newest_numbers_are_remembered() {
        let mut sequence = Sequence::default();
        let count = u64::try_from(KEPT).unwrap() + 5;
        (1..=count).for_each(|n| sequence.take(n, content(n)));
        assert_eq!(sequence.0.len(), KEPT);
        assert_eq!(sequence.turn(5, content(5)), Turn::Repeat);
        assert_eq!(sequence.turn(6, content(6)), Turn::Fits);
    }
}

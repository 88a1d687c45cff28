//! Sets of whole numbers as ranges: what a cell lets pass.

/// A set of whole numbers.
///
/// Shape: ranges with both ends inside, in order, without touching each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ranges(Vec<(i64, i64)>);

impl Ranges {
    /// What of `ranges` lies between the ends; a range may be empty.
    pub(super) fn new(ranges: &[(i64, i64)], (first, last): (i64, i64)) -> Self {
        let mut clipped: Vec<_> = ranges
            .iter()
            .map(|(low, high)| (*low.max(&first), *high.min(&last)))
            .filter(|(low, high)| low <= high)
            .collect();
        clipped.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::new();
        for (low, high) in clipped {
            match joined.last_mut() {
                Some(before) if low <= before.1.saturating_add(1) => before.1 = before.1.max(high),
                _ => joined.push((low, high)),
            }
        }
        Self(joined)
    }

    /// What lies between the ends and not in this set.
    pub(super) fn without(&self, (first, last): (i64, i64)) -> Self {
        let mut gaps = Vec::new();
        let mut from = Some(first);
        for (low, high) in &self.0 {
            if let (Some(start), Some(end)) = (from, low.checked_sub(1)) {
                gaps.push((start, end));
            }
            from = high.checked_add(1);
        }
        gaps.extend(from.map(|start| (start, last)));
        Self::new(&gaps, (first, last))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, number: i64) -> bool {
        self.0.iter().any(|(low, high)| (*low..=*high).contains(&number))
    }

    /// The first range in both sets.
    pub(super) fn common(&self, other: &Self) -> Option<(i64, i64)> {
        self.0.iter().find_map(|(low, high)| {
            let both = other.0.iter().map(|(a, b)| (*low.max(a), *high.min(b)));
            both.into_iter().find(|(low, high)| low <= high)
        })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, i64)> {
        self.0.iter().copied()
    }
}

//! The proofs over a table: every case meets a row, no case meets two, no row is in vain.
//!
//! Each column's number line falls into the few segments its cells can tell apart. The search
//! goes through the columns one by one with the rows still possible; a set of rows met before at
//! the same column is not gone through again. Rows decide nothing else, so this is exact.

use std::collections::BTreeSet;

use crate::workflow::expr::Presence;

use super::Hit;
use super::scale::{Scale, Test};

/// How many cells a proof may look at.
const STEPS_MAX: usize = 5_000_000;
/// How many gaps are told at once.
const GAPS_SHOWN: usize = 5;

/// What was found; nothing of anything in a sound table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Proof {
    /// Cases no row is for.
    pub(super) gaps: Vec<Point>,
    /// Rows (counted from 0) with a case both are for, the earlier one first.
    pub(super) overlaps: Vec<(usize, usize, Point)>,
    /// Rows that are never the first of those a case meets.
    pub(super) unreached: Vec<usize>,
}

/// A case for an example, column by column as far as they matter.
pub(super) type Point = Vec<Example>;

/// A value for an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Example {
    /// Any value there is.
    Any,
    /// No value.
    Missing,
    /// The value at this place of the column's number line.
    At(i64),
}

/// A segment of a column by an example, and the rows that let it pass.
type Segment = (Example, Vec<usize>);

/// The table is too entangled to be proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLarge;

/// Proves `rows`, each with one test for each scale.
pub(super) fn prove(scales: &[Scale], rows: &[&[Test]], hit: Hit) -> Result<Proof, TooLarge> {
    let asked = |row: &&[Test]| {
        row.iter().rposition(|test| *test != Test::Any).map_or(0, |at| at.saturating_add(1))
    };
    let mut search = Search {
        scales,
        rows,
        asked: rows.iter().map(asked).collect(),
        steps: 0,
        seen: BTreeSet::new(),
        reached: BTreeSet::new(),
        gaps: Vec::new(),
        point: Vec::new(),
    };
    search.walk(0, (0..rows.len()).collect())?;
    let Search { reached, gaps, .. } = search;
    Ok(match hit {
        Hit::Unique => Proof { gaps, overlaps: overlaps(scales, rows), unreached: Vec::new() },
        Hit::First => {
            let unreached = (0..rows.len()).filter(|row| !reached.contains(row)).collect();
            Proof { gaps, overlaps: Vec::new(), unreached }
        }
    })
}

struct Search<'t> {
    scales: &'t [Scale],
    rows: &'t [&'t [Test]],
    /// For each row, how many columns go by until it asks nothing more.
    asked: Vec<usize>,
    steps: usize,
    seen: BTreeSet<(usize, Vec<usize>)>,
    reached: BTreeSet<usize>,
    gaps: Vec<Point>,
    point: Point,
}

impl Search<'_> {
    /// Goes through the columns from `column` on with the rows in `alive` still possible.
    fn walk(&mut self, column: usize, mut alive: Vec<usize>) -> Result<(), TooLarge> {
        let asks_no_more = |row: &usize| self.asked.get(*row).is_none_or(|asked| *asked <= column);
        // No row below one that asks nothing more can be the first, and there is no gap.
        if let Some(last) = alive.iter().position(asks_no_more) {
            alive.truncate(last.saturating_add(1));
        }
        let Some(first) = alive.first() else {
            if self.gaps.len() < GAPS_SHOWN {
                self.gaps.push(self.point.clone());
            }
            return Ok(());
        };
        if asks_no_more(first) {
            self.reached.insert(*first);
            return Ok(());
        }
        if !self.seen.insert((column, alive.clone())) {
            return Ok(());
        }
        for (example, alive) in self.split(column, &alive)? {
            self.point.push(example);
            self.walk(column.saturating_add(1), alive)?;
            self.point.pop();
        }
        Ok(())
    }

    /// The segments of a column that some of the rows tell apart, each with an example and the
    /// rows it leaves.
    fn split(&mut self, column: usize, alive: &[usize]) -> Result<Vec<Segment>, TooLarge> {
        let Some(scale) = self.scales.get(column) else { return Ok(Vec::new()) };
        let (first, last) = scale.ends();
        let mut starts = BTreeSet::from([first]);
        for row in alive {
            if let Some(Test::In(ranges)) = self.test(*row, column) {
                for (low, high) in ranges.iter() {
                    starts.insert(low);
                    starts.extend(high.checked_add(1).filter(|next| *next <= last));
                }
            }
        }
        let ends = starts.iter().skip(1).map(|next| next.saturating_sub(1)).chain([last]);
        let segments = starts.iter().zip(ends).map(|(low, high)| Some((*low, high)));
        let missing = (scale.field.presence == Presence::Maybe).then_some(None);
        let mut found: Vec<Segment> = Vec::new();
        for segment in segments.chain(missing) {
            self.steps = self.steps.saturating_add(alive.len());
            if self.steps > STEPS_MAX {
                return Err(TooLarge);
            }
            let low = segment.map(|(low, _)| low);
            let passes = |row: &&usize| self.test(**row, column).is_some_and(|t| t.passes(low));
            let left: Vec<usize> = alive.iter().filter(passes).copied().collect();
            match found.last() {
                Some((_, before)) if *before == left => {}
                _ => {
                    let at = |ends| Example::At(scale.example(ends));
                    found.push((segment.map_or(Example::Missing, at), left));
                }
            }
        }
        // Where the rows do not tell the segments apart, the column does not matter.
        if let [(example, _)] = found.as_mut_slice() {
            *example = Example::Any;
        }
        Ok(found)
    }

    fn test(&self, row: usize, column: usize) -> Option<&Test> {
        self.rows.get(row)?.get(column)
    }
}

/// For each row the first one before it that some case meets as well.
fn overlaps(scales: &[Scale], rows: &[&[Test]]) -> Vec<(usize, usize, Point)> {
    let earlier = |(later, row): (usize, &&[Test])| {
        let mut before = rows.iter().take(later).enumerate();
        before.find_map(|(earlier, other)| Some((earlier, later, common(scales, other, row)?)))
    };
    rows.iter().enumerate().filter_map(earlier).collect()
}

/// A case both rows are for.
fn common(scales: &[Scale], one: &[Test], other: &[Test]) -> Option<Point> {
    let meet = |((scale, one), other): ((&Scale, &Test), &Test)| {
        let both = match (one, other) {
            (Test::Any, Test::Any) => return Some(Example::Any),
            (Test::In(only), Test::Any) | (Test::Any, Test::In(only)) => only.common(only),
            (Test::In(one), Test::In(other)) => one.common(other),
        };
        both.map(|ends| Example::At(scale.example(ends)))
    };
    scales.iter().zip(one).zip(other).map(meet).collect()
}

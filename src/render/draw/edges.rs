//! The ways between boxes: straight on, past others on the right, back on the left.
//!
//! Ways out of one box share a lane in the right gutter, ways back to one box a lane in the left
//! one, so that lines join and never lie on each other. Each way has a row of its own in the gap
//! where it arrives or leaves; its label stands there.

use std::collections::BTreeMap;

use super::layout::{Placed, count};
use super::pen::{Anchor, Area, Spot};
use super::text::{clip, width};
use super::{Edge, EdgeKind, Route, State};

/// Between two boxes with nothing to say.
const GAP: i32 = 28;
/// A way's row in a gap.
const ROW: i32 = 20;
/// From a box to the innermost lane of a gutter, and from one lane to the next.
const FIRST_LANE: i32 = 20;
const LANE: i32 = 14;
/// More lanes than this would leave no room for boxes; further ways share the outermost.
const LANES_MAX: usize = 8;
/// Where ways enter from the right and leave to the left, from the side of the box.
const INSET: i32 = 30;
/// The font size of labels.
pub(super) const LABEL: i32 = 13;

/// A way, placed.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) points: Vec<Spot>,
    pub(super) tip: Tip,
    pub(super) look: Look,
    pub(super) label: Option<(Spot, Anchor, String)>,
}

/// How a way looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// As the flow is written.
    Plain,
    /// The case came this way.
    Walked,
    /// It has not, or not yet.
    Ahead,
    /// Back to an earlier box.
    Back,
    /// The same from a box that was not reached.
    BackAhead,
}

/// How a way ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tip {
    /// At a box.
    Arrow,
    /// In another way to the same box.
    Joined,
}

/// Ways that share a lane, and the gaps it runs past.
#[derive(Debug)]
struct Bus<'r> {
    lane: usize,
    first: usize,
    last: usize,
    edges: Vec<&'r Edge>,
}

/// The ways of a route, sorted by where they run.
#[derive(Debug)]
pub(super) struct Ways<'r> {
    /// To the next box, by the box they leave.
    straight: BTreeMap<usize, &'r Edge>,
    past: Vec<Bus<'r>>,
    back: Vec<Bus<'r>>,
}

impl<'r> Ways<'r> {
    /// Sorts a route's ways and gives them lanes.
    pub(super) fn of(route: &'r Route) -> Self {
        let mut straight = BTreeMap::new();
        let mut past: BTreeMap<usize, Vec<&Edge>> = BTreeMap::new();
        let mut back: BTreeMap<usize, Vec<&Edge>> = BTreeMap::new();
        let there = |at: usize| at < route.nodes.len();
        for edge in route.edges.iter().filter(|edge| there(edge.from) && there(edge.to)) {
            if edge.to <= edge.from {
                back.entry(edge.to).or_default().push(edge);
            } else if edge.to == edge.from + 1 && !straight.contains_key(&edge.from) {
                straight.insert(edge.from, edge);
            } else {
                past.entry(edge.from).or_default().push(edge);
            }
        }
        let bus = |mut edges: Vec<&'r Edge>, gaps: fn(&Edge) -> (usize, usize)| {
            edges.sort_by_key(|edge| (edge.from, edge.to));
            let first = edges.iter().map(|edge| gaps(edge).0).min().unwrap_or(0);
            let last = edges.iter().map(|edge| gaps(edge).1).max().unwrap_or(0);
            Bus { lane: 0, first, last, edges }
        };
        let past = past.into_values().map(|edges| bus(edges, |edge| (edge.from, edge.to - 1)));
        let back = back.into_values().map(|edges| bus(edges, |edge| (edge.to, edge.from)));
        Self { straight, past: lanes(past.collect()), back: lanes(back.collect()) }
    }

    /// The widths the left and the right gutter need.
    pub(super) fn gutters(&self) -> (i32, i32) {
        let width = |buses: &[Bus<'_>]| {
            let lanes = buses.iter().map(|bus| bus.lane + 1).max().unwrap_or(0);
            if lanes == 0 { 0 } else { FIRST_LANE + count(lanes) * LANE }
        };
        (width(&self.back), width(&self.past))
    }

    /// The height of the gap under a box.
    pub(super) fn gap(&self, under: usize) -> i32 {
        let straight = self.straight.get(&under);
        let right = self.entering(under).count()
            + usize::from(straight.is_some_and(|edge| !edge.label.is_empty()));
        let left = self.leaving(under).count();
        match (count(right.max(left)), straight) {
            (0, None) => 0,
            (0, Some(_)) => GAP,
            (rows, _) => rows * ROW + 26,
        }
    }

    /// The ways that enter the box under a gap from the right, innermost lane first.
    fn entering(&self, gap: usize) -> impl Iterator<Item = (&Bus<'r>, &'r Edge)> {
        let all = self.past.iter().flat_map(|bus| bus.edges.iter().map(move |edge| (bus, *edge)));
        all.filter(move |(_, edge)| edge.to == gap + 1)
    }

    /// The ways that leave the box above a gap to the left, innermost lane first.
    fn leaving(&self, gap: usize) -> impl Iterator<Item = (&Bus<'r>, &'r Edge)> {
        let all = self.back.iter().flat_map(|bus| bus.edges.iter().map(move |edge| (bus, *edge)));
        all.filter(move |(_, edge)| edge.from == gap)
    }
}

/// Gives each bus the innermost lane that is free along it, short ones first; sorted by lane.
fn lanes(mut buses: Vec<Bus<'_>>) -> Vec<Bus<'_>> {
    buses.sort_by_key(|bus| (bus.last - bus.first, bus.first));
    let mut placed: Vec<Bus<'_>> = Vec::new();
    for mut bus in buses {
        let meets = |lane| {
            placed.iter().any(|o| o.lane == lane && o.first <= bus.last && bus.first <= o.last)
        };
        bus.lane = (0..LANES_MAX - 1).find(|lane| !meets(*lane)).unwrap_or(LANES_MAX - 1);
        placed.push(bus);
    }
    placed.sort_by_key(|bus| bus.lane);
    placed
}

/// The ways as lines between placed boxes.
pub(super) fn wires(route: &Route, ways: &Ways<'_>, boxes: &[Placed<'_>]) -> Vec<Wire> {
    let mut wires = Vec::new();
    for (at, above) in boxes.iter().enumerate() {
        let first_row = above.area.bottom() + 14;
        let leaving = (0..).map(|row| first_row + row * ROW + 8).zip(ways.leaving(at));
        wires.extend(leaving.filter_map(|(row, (bus, edge))| {
            let target = boxes.get(edge.to)?;
            Some(way_back(route, (bus, edge), (above.area, target.area), row))
        }));
        let Some(below) = boxes.get(at + 1) else { continue };
        let mut row = first_row;
        for (bus, edge) in ways.entering(at) {
            let Some(source) = boxes.get(edge.from) else { continue };
            wires.push(way_past(route, (bus, edge), (source.area, below.area), row));
            row += ROW;
        }
        if let Some(edge) = ways.straight.get(&at) {
            let (middle, _) = above.area.centre();
            let points = vec![(middle, above.area.bottom()), (middle, below.area.y)];
            let spot = (middle + 12, row + 5);
            let room = below.area.right() - INSET - 10 - spot.0;
            let label = label(edge, spot, Anchor::Start, room);
            wires.push(Wire { points, tip: Tip::Arrow, look: look(route, edge), label });
        }
    }
    // Ways that were taken lie over those that were not.
    wires.sort_by_key(|wire| matches!(wire.look, Look::Walked | Look::Back));
    wires
}

/// Down out of the box, left to the lane, up to the target's left side. The lowest of a bus runs
/// the whole lane; the others join it, since dashes drawn twice would make a solid line.
fn way_back(
    route: &Route,
    (bus, edge): (&Bus<'_>, &Edge),
    (source, target): (Area, Area),
    row: i32,
) -> Wire {
    let from = (source.x + INSET, source.bottom());
    let lane = source.x - FIRST_LANE - count(bus.lane) * LANE;
    let mut points = vec![from, (from.0, row), (lane, row)];
    let is_lowest = bus.edges.last().is_some_and(|last| std::ptr::eq(*last, edge));
    let (tip, look) = if is_lowest {
        let (_, y) = target.centre();
        points.extend([(lane, y), (target.x, y)]);
        let any = bus.edges.iter().any(|edge| look(route, edge) == Look::Back);
        (Tip::Arrow, if any { Look::Back } else { Look::BackAhead })
    } else {
        (Tip::Joined, look(route, edge))
    };
    let spot = (from.0 + 9, row + 3);
    let label = label(edge, spot, Anchor::Start, source.centre().0 - spot.0 - 14);
    Wire { points, tip, look, label }
}

/// Right out of the box, down the lane, left into the gap over the target, down into it.
fn way_past(
    route: &Route,
    (bus, edge): (&Bus<'_>, &Edge),
    (source, target): (Area, Area),
    row: i32,
) -> Wire {
    let (_, y) = source.centre();
    let lane = source.right() + FIRST_LANE + count(bus.lane) * LANE;
    let to = (target.right() - INSET, target.y);
    let points = vec![(source.right(), y), (lane, y), (lane, row), (to.0, row), to];
    let spot = (to.0 - 9, row + 5);
    let label = label(edge, spot, Anchor::End, spot.0 - target.centre().0 - 14);
    Wire { points, tip: Tip::Arrow, look: look(route, edge), label }
}

fn label(edge: &Edge, spot: Spot, anchor: Anchor, room: i32) -> Option<(Spot, Anchor, String)> {
    let text = clip(&edge.label, LABEL, room);
    (!text.is_empty() && width(&text, LABEL) <= room).then_some((spot, anchor, text))
}

/// Whether the case came this way: told by where it has been, and by what it passed over.
fn look(route: &Route, edge: &Edge) -> Look {
    let state = |at: usize| route.nodes.get(at).map_or(State::Plain, |node| node.state);
    if edge.kind == EdgeKind::Back || edge.to <= edge.from {
        let reached =
            !matches!(state(edge.from), State::Later | State::NotReached | State::Skipped);
        return if reached { Look::Back } else { Look::BackAhead };
    }
    let passed_over =
        (edge.from + 1..edge.to).all(|at| matches!(state(at), State::Skipped | State::NotReached));
    match (state(edge.from), state(edge.to)) {
        (State::Plain, _) | (_, State::Plain) => Look::Plain,
        (State::Done, State::Done | State::Open | State::Stopped) if passed_over => Look::Walked,
        _ => Look::Ahead,
    }
}

//! Where everything goes: boxes under one another, the ways between them in gaps and gutters.
//!
//! Lengths are whole units from the top left; the picture is [`WIDTH`] wide and as tall as it
//! needs. Nothing here paints.

use super::edges::{Ways, Wire, wires};
use super::pen::{Area, Weight};
use super::text::{width, wrap};
use super::{Node, Route, Seat, State};

/// The width of every picture: a page between its margins, two thirds of a small screen.
pub(super) const WIDTH: i32 = 640;
/// The margin around everything.
pub(super) const MARGIN: i32 = 20;
/// The inner margin of a box.
pub(super) const PAD: i32 = 14;
/// How far a box's text stands from its left side: behind the icon.
pub(super) const INDENT: i32 = 50;
/// The row of a box that holds icon, title and state.
pub(super) const HEAD: i32 = 44;
/// From one line to the next.
pub(super) const LEADING: i32 = 21;
/// Font sizes of titles and of everything else in a box.
pub(super) const TITLE: i32 = 17;
pub(super) const BODY: i32 = 14;

const CELL: i32 = 92;
const CELL_GAP: i32 = 10;
/// Below this width of a box its seats stand one under another.
const NARROW: i32 = 480;
const TITLE_LINES: usize = 2;
const NOTE_LINES: usize = 3;
const HEADING_TOP: i32 = 44;

/// A picture, placed.
#[derive(Debug)]
pub(super) struct Layout<'r> {
    pub(super) height: i32,
    pub(super) heading: Heading,
    pub(super) boxes: Vec<Placed<'r>>,
    pub(super) wires: Vec<Wire>,
}

/// Title and subtitle, in lines.
#[derive(Debug)]
pub(super) struct Heading {
    pub(super) title: Vec<String>,
    pub(super) subtitle: Vec<String>,
    pub(super) bottom: i32,
}

/// A node, placed.
#[derive(Debug)]
pub(super) struct Placed<'r> {
    pub(super) node: &'r Node,
    pub(super) area: Area,
    pub(super) title: Vec<String>,
    pub(super) lines: Vec<Line>,
    pub(super) seats: Vec<(Area, &'r Seat)>,
}

/// A line of a box.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) weight: Weight,
}

/// Places a route.
pub(super) fn layout(route: &Route) -> Layout<'_> {
    let heading = heading(route);
    let ways = Ways::of(route);
    let (left, right) = ways.gutters();
    let (left, right) = (left.max(MARGIN), right.max(MARGIN));
    let mut y = heading.bottom;
    let mut boxes: Vec<Placed<'_>> = Vec::new();
    for (at, node) in route.nodes.iter().enumerate() {
        let placed = place(node, (left, y), WIDTH - left - right);
        y = placed.area.bottom() + ways.gap(at);
        boxes.push(placed);
    }
    let wires = wires(route, &ways, &boxes);
    Layout { height: y + MARGIN, heading, boxes, wires }
}

/// The room the word of a state takes at the right of a box's head.
pub(super) fn tag_width(state: State) -> i32 {
    match state.japanese() {
        "" => 0,
        word => width(word, 13) + 24 + if state == State::Done { 16 } else { 0 },
    }
}

fn heading(route: &Route) -> Heading {
    let standing = if route.standing.is_empty() { 0 } else { width(&route.standing, 16) + 40 };
    let title = wrap(&route.title, 22, WIDTH - 2 * MARGIN - standing, TITLE_LINES);
    let subtitle: Vec<String> =
        route.subtitle.iter().flat_map(|line| wrap(line, BODY, WIDTH - 2 * MARGIN, 2)).collect();
    let lines = count(subtitle.len());
    let bottom = HEADING_TOP + (count(title.len()) - 1).max(0) * 30 + lines * LEADING;
    Heading { title, subtitle, bottom: bottom + 24 }
}

fn place(node: &Node, (x, y): (i32, i32), width: i32) -> Placed<'_> {
    let tag = tag_width(node.state);
    let room = width - INDENT - PAD;
    let title = wrap(&node.title, TITLE, room - tag - 10, TITLE_LINES);
    let mut lines: Vec<Line> = Vec::new();
    let mut add = |text: &str, weight| {
        let wrapped = wrap(text, BODY, room, NOTE_LINES);
        lines.extend(wrapped.into_iter().map(|text| Line { text, weight }));
    };
    let deadline = if node.state == State::Open { Weight::Bold } else { Weight::Regular };
    add(&node.deadline, deadline);
    node.notes.iter().for_each(|note| add(note, Weight::Regular));
    let mut height = HEAD + (count(title.len()) - 1).max(0) * 24;
    if !lines.is_empty() {
        height += count(lines.len()) * LEADING + 6;
    }
    let mut seats = Vec::new();
    let columns = if width < NARROW { 1 } else { 2 };
    let cell = (width - 2 * PAD - (count(columns) - 1) * CELL_GAP) / count(columns);
    for row in node.seats.chunks(columns) {
        for (at, seat) in (0..).zip(row) {
            let x = x + PAD + at * (cell + CELL_GAP);
            seats.push((Area { x, y: y + height, width: cell, height: CELL }, seat));
        }
        height += CELL + CELL_GAP;
    }
    if !seats.is_empty() {
        height += PAD - CELL_GAP;
    }
    Placed { node, area: Area { x, y, width, height }, title, lines, seats }
}

/// A count as a length.
pub(super) fn count(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX / 1_024)
}

//! A case's way in one line over the sheet: boxes and arrows, from the intake to the sending out.

use super::canvas::{Area, Ink, Style};
use super::face::{clip, width};
use super::flow::{Flow, MARGIN, WIDTH};
use super::length::Um;
use crate::domain::Timestamp;
use crate::render::draw::{Decision, Fill, Kind, Node, Route, State, stamp_date};

const HEIGHT: Um = 10_800;
const BETWEEN: Um = 8_000;
const A_ROW: usize = 5;

/// The stations people know of a route; what the program decides by itself is left out.
pub(super) fn strip(flow: &mut Flow<'_>, route: &Route) {
    let told = |node: &&Node| match node.kind {
        Kind::Receive | Kind::Approve | Kind::Task | Kind::Wait | Kind::Emit => {
            node.state != State::Skipped
        }
        Kind::Check | Kind::Decide | Kind::Parallel | Kind::End => false,
    };
    let stations: Vec<&Node> = route.nodes.iter().filter(told).collect();
    let a_row = Um::try_from(stations.len().min(A_ROW)).unwrap_or(1).max(1);
    let share = (WIDTH - (a_row - 1) * BETWEEN) / a_row;
    for row in stations.chunks(A_ROW) {
        flow.need(HEIGHT);
        let top = flow.y;
        for (at, node) in (0..).zip(row) {
            let x = MARGIN + at * (share + BETWEEN);
            if at > 0 {
                arrow(flow, (x - BETWEEN, x), top + HEIGHT / 2);
            }
            station(flow, Area { x, y: top, width: share, height: HEIGHT }, node);
        }
        flow.y += HEIGHT + 3_500;
    }
}

/// A box with what was done there and when.
fn station(flow: &mut Flow<'_>, area: Area, node: &Node) {
    let (frame, thickness, ink) = match node.state {
        State::Stopped => (Ink::Red, 500, Ink::Red),
        State::Plain | State::Done | State::Open => (Ink::Navy, 300, Ink::Navy),
        State::Later | State::NotReached | State::Skipped => (Ink::Rule, 150, Ink::Grey),
    };
    if node.state == State::Done {
        flow.sheet().fill(area, Ink::Pale);
    }
    flow.sheet().frame(area, frame, thickness);
    let small = if ink == Ink::Navy { Ink::Black } else { ink };
    centred(flow, area, 4_500, Style::bold(88, ink), &node.title);
    centred(flow, area, 8_900, Style::regular(74, small), &what_and_when(node));
}

/// `2026.12.1 9:07`, before it what was decided unless it was approved; else how far it came.
fn what_and_when(node: &Node) -> String {
    let against = node.seats.iter().find_map(|seat| match &seat.fill {
        Fill::Stamped(stamp) if stamp.decision != Decision::Approve => Some(stamp.decision),
        Fill::Stamped(_) | Fill::Waiting(_) | Fill::Vacant => None,
    });
    let against = against.map(|decision| decision.japanese().to_owned());
    let at = node.at.map(moment).filter(|_| matches!(node.state, State::Done | State::Stopped));
    let said: Vec<String> = against.into_iter().chain(at).collect();
    if said.is_empty() { node.state.japanese().to_owned() } else { said.join(" ") }
}

fn moment(at: Timestamp) -> String {
    let (hour, minute) = at.hour_minute();
    format!("{} {hour}:{minute:02}", stamp_date(at.date()))
}

fn centred(flow: &mut Flow<'_>, area: Area, down: Um, style: Style, text: &str) {
    let text = clip(text, style.weight, style.tenths, area.width - 2_000);
    let left = area.x + (area.width - width(&text, style.weight, style.tenths)) / 2;
    flow.text(left, area.y + down, style, &text);
}

/// An arrow from the end of one box to the beginning of the next.
fn arrow(flow: &mut Flow<'_>, (from, to): (Um, Um), y: Um) {
    let (from, to) = (from + 1_200, to - 1_200);
    flow.sheet().line((from, y), (to, y), Ink::Navy, 350);
    for side in [-1_500, 1_500] {
        flow.sheet().line((to - 1_800, y + side), (to, y), Ink::Navy, 350);
    }
}

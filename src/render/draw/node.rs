//! One station: its box, its head, its lines and its seats.

use super::icon::icon;
use super::layout::{BODY, HEAD, INDENT, LEADING, PAD, Placed, TITLE, count, tag_width};
use super::pen::{
    Area, GLOW, INK, MIST, NAVY, PALE, PAPER, Paint, Pen, RED, RULE, SOFT, Style, Weight,
};
use super::stamp::{Empty, RADIUS, empty, stamp};
use super::text::{clip, escaped, wrap};
use super::{Fill, Kind, Seat, State};

/// Draws a placed node.
pub(super) fn node(pen: &mut Pen, placed: &Placed<'_>) {
    let Placed { node, area, .. } = placed;
    pen.line(&format!("<g data-step=\"{}\">", escaped(&node.id)));
    shape(pen, *area, node.kind, node.state);
    let ink = ink_of(node.state);
    let sign = if ink == INK { NAVY } else { PALE };
    icon(pen, (area.x + PAD, area.y + 10), node.kind, sign);
    let style = Style::bold(TITLE, ink);
    let style = if node.state == State::Skipped { style.struck() } else { style };
    let mut baseline = area.y + 28;
    for line in &placed.title {
        pen.text((area.x + INDENT, baseline), style, line);
        baseline += 24;
    }
    tag(pen, *area, node.state);
    let mut baseline = baseline - 24 - 28 + HEAD + 10;
    for line in &placed.lines {
        let style = match line.weight {
            Weight::Bold => Style::bold(BODY, ink),
            Weight::Regular => Style::regular(BODY, if ink == INK { INK } else { SOFT }),
        };
        pen.text((area.x + INDENT, baseline), style, &line.text);
        baseline += LEADING;
    }
    for (cell, seat) in &placed.seats {
        draw_seat(pen, *cell, seat, ink);
    }
    pen.line("</g>");
}

/// Text of what has happened is black; of what is to come or never was, grey.
const fn ink_of(state: State) -> &'static str {
    match state {
        State::Plain | State::Done | State::Open | State::Stopped => INK,
        State::Later | State::NotReached | State::Skipped => SOFT,
    }
}

/// The frame tells the kind by its shape and the state by its line.
fn shape(pen: &mut Pen, area: Area, kind: Kind, state: State) {
    let paint = match state {
        State::Plain | State::Done => Paint::line(NAVY, 2).on(PAPER),
        State::Open => Paint::line(NAVY, 4).on(GLOW),
        State::Stopped => Paint::line(RED, 4).on(PAPER),
        State::Later => Paint::line(PALE, 1).on(PAPER),
        State::NotReached => Paint::line(PALE, 1).on(MIST).dashed("7 4"),
        State::Skipped => Paint::line(PALE, 1).on(MIST).dashed("3 4"),
    };
    match kind {
        Kind::Receive | Kind::End => pen.rectangle(area, HEAD / 2, paint),
        Kind::Approve | Kind::Task | Kind::Wait => pen.rectangle(area, 10, paint),
        Kind::Check | Kind::Parallel | Kind::Emit => pen.rectangle(area, 0, paint),
        Kind::Decide => {
            let (left, right) = (area.x, area.right());
            let (top, bottom, middle) = (area.y, area.bottom(), area.centre().1);
            let corner = 10;
            let start = (left + corner, top);
            let points = [
                start,
                (right - corner, top),
                (right, middle),
                (right - corner, bottom),
                (left + corner, bottom),
                (left, middle),
                start,
            ];
            pen.polyline(&points, paint);
        }
    }
}

/// The word of the state, at the right of the head.
fn tag(pen: &mut Pen, area: Area, state: State) {
    let word = state.japanese();
    let width = tag_width(state);
    let place = Area { x: area.right() - PAD - width, y: area.y + 10, width, height: 24 };
    let (frame, ink) = match state {
        State::Plain => return,
        State::Done => (None, NAVY),
        State::Open => (Some(Paint::surface(NAVY)), PAPER),
        State::Stopped => (Some(Paint::surface(RED)), PAPER),
        State::Later => (None, SOFT),
        State::NotReached => (Some(Paint::line(PALE, 1).dashed("7 4")), SOFT),
        State::Skipped => (Some(Paint::line(PALE, 1).dashed("3 4")), SOFT),
    };
    if let Some(paint) = frame {
        pen.rectangle(place, 12, paint);
    }
    let mut middle = place.centre().0;
    if state == State::Done {
        pen.path((place.x + 8, place.y + 4), "M1 8l5 5 8-11", Paint::line(NAVY, 3));
        middle += 10;
    }
    pen.text((middle, place.y + 17), Style::bold(13, ink).centred(), word);
}

/// A seat: the place of the stamp at the left, whose it is at the right.
fn draw_seat(pen: &mut Pen, cell: Area, seat: &Seat, ink: &'static str) {
    let waits = matches!(seat.fill, Fill::Waiting(_));
    let frame = if waits { Paint::line(NAVY, 2) } else { Paint::line(RULE, 1) };
    pen.rectangle(cell, 6, frame.on(PAPER));
    let centre = (cell.x + RADIUS + 9, cell.centre().1);
    let left = centre.0 + RADIUS + 12;
    let room = cell.right() - left - 8;
    let (plain, small) = (Style::regular(13, INK), Style::regular(13, SOFT));
    let lines: Vec<(Style, String)> = match &seat.fill {
        Fill::Stamped(made) => {
            stamp(pen, centre, &seat.title, made);
            vec![
                (Style::bold(16, INK), made.name.clone()),
                (Style::bold(13, INK), made.decision.japanese().to_owned()),
                (plain, made.at.japanese()),
                (small, seat.who.clone()),
            ]
        }
        Fill::Waiting(names) => {
            empty(pen, centre, &seat.title, Empty::Waiting);
            let whom = if names.is_empty() { seat.who.clone() } else { names.join("、") };
            let whom = wrap(&whom, plain.size, room, 2).into_iter().map(|line| (plain, line));
            let title = (Style::bold(16, INK), seat.title.clone());
            [title, (Style::bold(13, NAVY), WAITING.to_owned())].into_iter().chain(whom).collect()
        }
        Fill::Vacant => {
            empty(pen, centre, &seat.title, Empty::Vacant);
            vec![(Style::bold(16, ink), seat.title.clone()), (small, seat.who.clone())]
        }
    };
    let mut baseline = cell.centre().1 - (count(lines.len()) - 1) * 19 / 2 + 5;
    for (style, text) in lines {
        pen.text((left, baseline), style, &clip(&text, style.size, room));
        baseline += 19;
    }
}

/// What a seat that may be filled now says.
pub(super) const WAITING: &str = "判断を待っています";

//! Seats as places for stamps: the round date seal, the square stamp, the empty circle.

use super::pen::{Area, NAVY, PALE, PAPER, Paint, Pen, RED, SOFT, Spot, Style};
use super::text::{clip, width};
use super::{Decision, Stamp};
use crate::domain::Date;

/// The radius of a seal.
pub(super) const RADIUS: i32 = 38;
/// The smallest font size of a stamp.
const SMALLEST: i32 = 9;
/// How far the two rules of a seal lie from its middle, and half their length: √(38² − 12²).
const RULE: (i32, i32) = (12, 36);

/// The stamp of somebody who decided, on the seat called `seat`.
pub(super) fn stamp(pen: &mut Pen, centre: Spot, seat: &str, stamp: &Stamp) {
    match stamp.decision {
        Decision::Approve => seal(pen, centre, seat, stamp),
        Decision::Return | Decision::Reject => square(pen, centre, stamp),
    }
}

/// A round seal as offices know it: role, date, family name, between two rules.
fn seal(pen: &mut Pen, (x, y): Spot, seat: &str, stamp: &Stamp) {
    pen.circle((x, y), RADIUS, Paint::line(RED, 3).on(PAPER));
    for y in [y - RULE.0, y + RULE.0] {
        pen.polyline(&[(x - RULE.1, y), (x + RULE.1, y)], Paint::line(RED, 2));
    }
    fitted(pen, (x, y - 18), Style::bold(13, RED), (48, seat));
    fitted(pen, (x, y + 5), Style::regular(13, RED), (70, &stamp_date(stamp.at.date())));
    fitted(pen, (x, y + 28), Style::bold(14, RED), (48, family_name(&stamp.name)));
}

/// A square stamp for a decision that stops the case: another shape than an approval.
fn square(pen: &mut Pen, (x, y): Spot, stamp: &Stamp) {
    let frame = |inset: i32| Area {
        x: x - RADIUS + inset,
        y: y - RADIUS + inset,
        width: 2 * (RADIUS - inset),
        height: 2 * (RADIUS - inset),
    };
    pen.rectangle(frame(0), 3, Paint::line(RED, 3).on(PAPER));
    pen.rectangle(frame(5), 0, Paint::line(RED, 1));
    fitted(pen, (x, y - 8), Style::bold(18, RED), (62, stamp.decision.japanese()));
    fitted(pen, (x, y + 9), Style::regular(12, RED), (64, &stamp_date(stamp.at.date())));
    fitted(pen, (x, y + 27), Style::bold(14, RED), (62, family_name(&stamp.name)));
}

/// How an empty place looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Empty {
    /// It may be filled now.
    Waiting,
    /// Not yet, or never.
    Vacant,
}

/// The place for a stamp: a dotted circle with the seat's name.
pub(super) fn empty(pen: &mut Pen, centre: Spot, seat: &str, how: Empty) {
    let (line, dashes) = match how {
        Empty::Waiting => (NAVY, "6 3"),
        Empty::Vacant => (PALE, "2 4"),
    };
    pen.circle(centre, RADIUS, Paint::line(line, 2).on(PAPER).dashed(dashes));
    let ink = if how == Empty::Waiting { NAVY } else { SOFT };
    fitted(pen, (centre.0, centre.1 + 5), Style::bold(14, ink), (62, seat));
}

/// A text about its middle, set smaller before it is cut: a stamp without a name is no stamp.
fn fitted(pen: &mut Pen, at: Spot, style: Style, (room, text): (i32, &str)) {
    let size = (SMALLEST..=style.size).rev().find(|size| width(text, *size) <= room);
    let size = size.unwrap_or(SMALLEST);
    pen.text(at, Style { size, ..style }.centred(), &clip(text, size, room));
}

/// The family name: what stands before the first space, half or full width.
pub(in crate::render) fn family_name(name: &str) -> &str {
    name.split([' ', '\u{3000}']).find(|part| !part.is_empty()).unwrap_or(name)
}

/// The date as date stamps show it: `2026.12.1`.
pub(in crate::render) fn stamp_date(date: Date) -> String {
    format!("{}.{}.{}", date.year(), date.month(), date.day())
}

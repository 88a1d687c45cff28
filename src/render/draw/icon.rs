//! The small sign before a title that tells what is done there, on a field of 24 by 24.

use super::Kind;
use super::pen::{Paint, Pen, Spot};

/// Draws the sign of a kind with its top left corner at `at`.
pub(super) fn icon(pen: &mut Pen, at: Spot, kind: Kind, ink: &'static str) {
    let d = match kind {
        // A tray that something drops into.
        Kind::Receive => "M12 2v11M7 8l5 5 5-5M2 14v7h20v-7",
        // A ticked sheet.
        Kind::Check => "M4 2h16v20h-16zM8 12l3 3 5-7",
        // A way that forks.
        Kind::Decide => "M12 2v7M12 9l-7 7v6M12 9l7 7v6",
        // A hand stamp.
        Kind::Approve => "M9 3h6v5l-1 5h5v5h-14v-5h5l-1-5zM4 22h16",
        // A pencil.
        Kind::Task => "M3 21l2-6 11-11 4 4-11 11zM14 6l4 4",
        // An hourglass.
        Kind::Wait => "M5 2h14M5 22h14M7 2v4l10 12v4M17 2v4l-10 12v4",
        // Ways side by side.
        Kind::Parallel => "M12 2v4M4 8h16M4 8v10M12 8v10M20 8v10M4 20h16",
        // A sheet on its way.
        Kind::Emit => "M2 4h11v16h-11zM9 12h13M18 8l4 4-4 4",
        // A flag.
        Kind::End => "M6 22v-20h14l-4 5 4 5h-14",
    };
    pen.path(at, d, Paint::line(ink, 2));
}

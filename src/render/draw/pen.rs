//! Writes the elements of an SVG: whole numbers, escaped text, presentation attributes alone.

use std::fmt::Write as _;

use super::text::escaped;

/// Text.
pub(super) const INK: &str = "#1b2733";
/// Small print and what is still to come.
pub(super) const SOFT: &str = "#4a5866";
/// Frames of what is still to come, ways not taken.
pub(super) const PALE: &str = "#8b98a5";
/// Rules within a box.
pub(super) const RULE: &str = "#cdd5dc";
/// Frames of what was done, ways taken, the open station.
pub(super) const NAVY: &str = "#173f5f";
/// Behind the open station: near white on a grey printer.
pub(super) const GLOW: &str = "#fff7e0";
/// Behind what is not this case's.
pub(super) const MIST: &str = "#f5f7f9";
/// The paper.
pub(super) const PAPER: &str = "#ffffff";
/// Seals, and where a case was stopped.
pub(super) const RED: &str = "#b3262b";

/// A point: to the right, downwards.
pub(super) type Spot = (i32, i32);

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: i32,
    pub(super) y: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

impl Area {
    pub(super) const fn right(self) -> i32 {
        self.x + self.width
    }

    pub(super) const fn bottom(self) -> i32 {
        self.y + self.height
    }

    /// The middle.
    pub(super) const fn centre(self) -> Spot {
        (self.x + self.width / 2, self.y + self.height / 2)
    }
}

/// How a shape looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Paint {
    fill: &'static str,
    stroke: &'static str,
    thickness: i32,
    dashes: &'static str,
}

impl Paint {
    /// A surface without a frame.
    pub(super) const fn surface(fill: &'static str) -> Self {
        Self { fill, stroke: "none", thickness: 0, dashes: "" }
    }

    /// A line without a surface.
    pub(super) const fn line(stroke: &'static str, thickness: i32) -> Self {
        Self { fill: "none", stroke, thickness, dashes: "" }
    }

    /// The same on a surface.
    pub(super) const fn on(self, fill: &'static str) -> Self {
        Self { fill, ..self }
    }

    /// The same in dashes, e.g. `6 4`.
    pub(super) const fn dashed(self, dashes: &'static str) -> Self {
        Self { dashes, ..self }
    }
}

/// Where a text stands to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) size: i32,
    pub(super) weight: Weight,
    pub(super) ink: &'static str,
    pub(super) anchor: Anchor,
    pub(super) strike: Strike,
}

/// Whether a text is struck through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strike {
    None,
    Through,
}

/// Regular or bold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

impl Style {
    pub(super) const fn regular(size: i32, ink: &'static str) -> Self {
        Self { size, weight: Weight::Regular, ink, anchor: Anchor::Start, strike: Strike::None }
    }

    pub(super) const fn bold(size: i32, ink: &'static str) -> Self {
        Self { size, weight: Weight::Bold, ink, anchor: Anchor::Start, strike: Strike::None }
    }

    /// The same about its middle.
    pub(super) const fn centred(self) -> Self {
        Self { anchor: Anchor::Middle, ..self }
    }

    /// The same struck through.
    pub(super) const fn struck(self) -> Self {
        Self { strike: Strike::Through, ..self }
    }
}

/// The picture being written.
#[derive(Debug, Default)]
pub(super) struct Pen {
    out: String,
}

impl Pen {
    /// Everything written.
    pub(super) fn finish(self) -> String {
        self.out
    }

    /// A rectangle, its corners rounded by `radius`.
    pub(super) fn rectangle(&mut self, area: Area, radius: i32, paint: Paint) {
        let Area { x, y, width, height } = area;
        let size = format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"");
        let round = if radius > 0 { format!(" rx=\"{radius}\"") } else { String::new() };
        self.element("rect", &format!("{size}{round}"), paint);
    }

    /// A circle.
    pub(super) fn circle(&mut self, (x, y): Spot, radius: i32, paint: Paint) {
        self.element("circle", &format!("cx=\"{x}\" cy=\"{y}\" r=\"{radius}\""), paint);
    }

    /// A line through points; closed by whoever repeats the first.
    pub(super) fn polyline(&mut self, points: &[Spot], paint: Paint) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x},{y}")).collect();
        self.element("polyline", &format!("points=\"{}\"", points.join(" ")), paint);
    }

    /// A path within a group moved to `at`.
    pub(super) fn path(&mut self, (x, y): Spot, d: &str, paint: Paint) {
        let place = format!("transform=\"translate({x} {y})\" d=\"{d}\"");
        self.element("path", &place, paint);
    }

    /// A text on its baseline. An empty one is not written.
    pub(super) fn text(&mut self, (x, y): Spot, style: Style, text: &str) {
        if text.is_empty() {
            return;
        }
        let weight = if style.weight == Weight::Bold { " font-weight=\"bold\"" } else { "" };
        let anchor = match style.anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let strike = match style.strike {
            Strike::None => "",
            Strike::Through => " text-decoration=\"line-through\"",
        };
        let Style { size, ink, .. } = style;
        let look = format!("font-size=\"{size}\"{weight} fill=\"{ink}\"{anchor}{strike}");
        self.line(&format!("<text x=\"{x}\" y=\"{y}\" {look}>{}</text>", escaped(text)));
    }

    /// A line of markup of our own.
    pub(super) fn line(&mut self, markup: &str) {
        self.out.push_str(markup);
        self.out.push('\n');
    }

    fn element(&mut self, name: &str, geometry: &str, paint: Paint) {
        let mut look = format!("fill=\"{}\"", paint.fill);
        if paint.thickness > 0 {
            let (stroke, thickness) = (paint.stroke, paint.thickness);
            write!(look, " stroke=\"{stroke}\" stroke-width=\"{thickness}\"").ok();
        }
        if !paint.dashes.is_empty() {
            write!(look, " stroke-dasharray=\"{}\"", paint.dashes).ok();
        }
        self.line(&format!("<{name} {geometry} {look}/>"));
    }
}

//! One sheet being drawn: texts, rules, boxes, circles, in micrometres from the top left.

use std::collections::BTreeSet;

use printpdf::{
    Color, DictItem, FontId, Op, PdfFontHandle, Point, Pt, Rgb, TextItem, XObjectId,
    XObjectTransform,
};

use super::face::{Face, GETA, Weight};
use super::length::{Um, channel, font_points, from_bottom, points};
use crate::render::names::is_invisible;

/// The colours of our papers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// Text.
    Black,
    /// Small print.
    Grey,
    /// The head of a paper and its headings.
    Navy,
    /// Behind labels.
    Pale,
    /// Rules of tables.
    Rule,
    /// Stamps and errors.
    Red,
    /// On navy.
    White,
}

impl Ink {
    const fn rgb(self) -> (u8, u8, u8) {
        match self {
            Self::Black => (0x1d, 0x21, 0x29),
            Self::Grey => (0x5b, 0x63, 0x70),
            Self::Navy => (0x14, 0x2b, 0x57),
            Self::Pale => (0xec, 0xf1, 0xf9),
            Self::Rule => (0x9a, 0xa8, 0xc0),
            Self::Red => (0xc2, 0x1f, 0x26),
            Self::White => (0xff, 0xff, 0xff),
        }
    }

    fn color(self) -> Color {
        let (r, g, b) = self.rgb();
        Color::Rgb(Rgb { r: channel(r), g: channel(g), b: channel(b), icc_profile: None })
    }
}

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) weight: Weight,
    /// Font size in tenths of a point.
    pub(super) tenths: i32,
    pub(super) ink: Ink,
}

impl Style {
    pub(super) const fn regular(tenths: i32, ink: Ink) -> Self {
        Self { weight: Weight::Regular, tenths, ink }
    }

    pub(super) const fn bold(tenths: i32, ink: Ink) -> Self {
        Self { weight: Weight::Bold, tenths, ink }
    }
}

/// The characters a document uses, by face, and those no face holds.
#[derive(Debug, Default)]
pub(super) struct Used {
    pub(super) regular: BTreeSet<char>,
    pub(super) bold: BTreeSet<char>,
    pub(super) missing: BTreeSet<char>,
}

/// A rectangle: left, top, width, height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) x: Um,
    pub(super) y: Um,
    pub(super) width: Um,
    pub(super) height: Um,
}

/// One sheet. Remembers font and colours so that it repeats neither.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    pub(super) ops: Vec<Op>,
    font: Option<(Weight, i32)>,
    fill: Option<Ink>,
    stroke: Option<(Ink, Um)>,
}

/// The resource name of a face.
pub(super) fn font_id(weight: Weight) -> FontId {
    FontId(match weight {
        Weight::Regular => "F0".to_owned(),
        Weight::Bold => "F1".to_owned(),
    })
}

/// The resource name of a QR code; the document's own is 0.
pub(super) fn qr_id(at: usize) -> XObjectId {
    XObjectId(format!("Q{at}"))
}

impl Canvas {
    /// A text whose baseline begins at `at`.
    pub(super) fn text(&mut self, used: &mut Used, at: (Um, Um), style: Style, text: &str) {
        let text = printable(used, style.weight, text);
        if text.is_empty() {
            return;
        }
        self.set_fill(style.ink);
        self.ops.push(Op::StartTextSection);
        if self.font != Some((style.weight, style.tenths)) {
            self.font = Some((style.weight, style.tenths));
            self.ops.push(Op::SetFont {
                font: PdfFontHandle::External(font_id(style.weight)),
                size: Pt(font_points(style.tenths)),
            });
        }
        let pos = Point { x: Pt(points(at.0)), y: Pt(from_bottom(at.1)) };
        self.ops.push(Op::SetTextCursor { pos });
        self.ops.push(Op::ShowText { items: vec![TextItem::Text(text)] });
        self.ops.push(Op::EndTextSection);
    }

    /// A filled rectangle.
    pub(super) fn fill(&mut self, area: Area, ink: Ink) {
        self.set_fill(ink);
        self.rectangle(area);
        self.raw("f", &[]);
    }

    /// The frame of a rectangle.
    pub(super) fn frame(&mut self, area: Area, ink: Ink, thickness: Um) {
        self.set_stroke(ink, thickness);
        self.rectangle(area);
        self.raw("S", &[]);
    }

    /// A straight line from one point to another.
    pub(super) fn line(&mut self, from: (Um, Um), to: (Um, Um), ink: Ink, thickness: Um) {
        self.set_stroke(ink, thickness);
        self.raw("m", &[points(from.0), from_bottom(from.1)]);
        self.raw("l", &[points(to.0), from_bottom(to.1)]);
        self.raw("S", &[]);
    }

    /// A circle, as four curves.
    pub(super) fn circle(&mut self, centre: (Um, Um), radius: Um, ink: Ink, thickness: Um) {
        self.set_stroke(ink, thickness);
        let (x, y) = centre;
        // The control points of a quarter circle lie 0.5523 radii along the tangents.
        let handle = radius * 5_523 / 10_000;
        let at = |dx: Um, dy: Um| [points(x + dx), from_bottom(y + dy)];
        self.raw("m", &at(radius, 0));
        let quarters = [
            [(radius, handle), (handle, radius), (0, radius)],
            [(-handle, radius), (-radius, handle), (-radius, 0)],
            [(-radius, -handle), (-handle, -radius), (0, -radius)],
            [(handle, -radius), (radius, -handle), (radius, 0)],
        ];
        for quarter in quarters {
            let numbers: Vec<f32> = quarter.iter().flat_map(|(dx, dy)| at(*dx, *dy)).collect();
            self.raw("c", &numbers);
        }
        self.raw("s", &[]);
    }

    /// The document's QR code in a square.
    pub(super) fn qr(&mut self, x: Um, y: Um, side: Um) {
        self.qr_of(0, (x, y), side);
    }

    /// One of the document's QR codes in a square.
    pub(super) fn qr_of(&mut self, at: usize, (x, y): (Um, Um), side: Um) {
        self.set_fill(Ink::Black);
        self.raw("q", &[]);
        let side_points = points(side);
        let matrix = [side_points, 0.0, 0.0, side_points, points(x), from_bottom(y + side)];
        self.raw("cm", &matrix);
        let transform = XObjectTransform { no_auto_scale: true, ..XObjectTransform::default() };
        self.ops.push(Op::UseXobject { id: qr_id(at), transform });
        self.raw("Q", &[]);
    }

    fn rectangle(&mut self, area: Area) {
        let bottom = from_bottom(area.y + area.height);
        self.raw("re", &[points(area.x), bottom, points(area.width), points(area.height)]);
    }

    fn set_fill(&mut self, ink: Ink) {
        if self.fill != Some(ink) {
            self.fill = Some(ink);
            self.ops.push(Op::SetFillColor { col: ink.color() });
        }
    }

    fn set_stroke(&mut self, ink: Ink, thickness: Um) {
        if self.stroke != Some((ink, thickness)) {
            self.stroke = Some((ink, thickness));
            self.ops.push(Op::SetOutlineColor { col: ink.color() });
            self.ops.push(Op::SetOutlineThickness { pt: Pt(points(thickness)) });
        }
    }

    /// A path operator: printpdf's own shapes write every point twice.
    fn raw(&mut self, key: &str, numbers: &[f32]) {
        let value = numbers.iter().map(|number| DictItem::Real(*number)).collect();
        self.ops.push(Op::Unknown { key: key.to_owned(), value });
    }
}

/// The text with controls as spaces, invisible characters taken out and 〓 for what the face
/// lacks; notes what it used and what was missing.
fn printable(used: &mut Used, weight: Weight, text: &str) -> String {
    let face = Face::of(weight);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let c = if c.is_control() { ' ' } else { c };
        if is_invisible(c) {
            used.missing.insert(c);
            continue;
        }
        let set = match weight {
            Weight::Regular => &mut used.regular,
            Weight::Bold => &mut used.bold,
        };
        if set.contains(&c) || face.glyph(c).is_some() {
            set.insert(c);
            out.push(c);
        } else {
            used.missing.insert(c);
            set.insert(GETA);
            out.push(GETA);
        }
    }
    out
}

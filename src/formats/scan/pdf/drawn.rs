//! What is seen on a page of a PDF: whether that is one picture, or strips of one, and no more.
//!
//! What lies below a picture that covers the page is not seen, nor is text without ink, with which
//! scanners make their pages searchable. Read [`strips`] first.

use lopdf::{Dictionary, Object, ObjectId, Stream};

use super::Pdf;
use super::content::{Operands, Words};
use super::picture::Picture;
use crate::domain::ScanFlaw;

/// How deep forms may lie within one another.
const DEPTH_MAX: u32 = 4;

/// Pictures of a page that are looked at.
const PICTURES_MAX: usize = 1_000;

/// Bytes of content of a page, that of its forms counted as often as they are drawn. A page that a
/// scanner made searchable has some ten thousand.
const CONTENT_MAX: usize = 1 << 20;

/// States that are kept while others are drawn.
const STATES_MAX: usize = 256;

/// One in a number as content has it: millionths.
const ONE: i128 = 1_000_000;

/// Of a page this many thousandths must be covered to hide what lies below.
const HIDES: i128 = 950;

/// And this many by a picture that is the page: one with wide margins still is.
const IS_PAGE: i128 = 500;

/// How far a rectangle around a page may stay within its edges, in millionths of a point.
const NEAR: i64 = 2_000_000;

/// Of this many parts of a page a picture that covers less than one is a speck.
const SPECK: i128 = 10_000;

/// A picture and where it lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed<'a> {
    pub(super) picture: Picture<'a>,
    pub(super) place: Place,
}

/// What the numbers of a picture or a form are multiplied with, in millionths: `[a b c d e f]` as
/// in the specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place([i64; 6]);

impl Place {
    const WHOLE: Self = Self([1_000_000, 0, 0, 1_000_000, 0, 0]);

    /// First this, then `outer`.
    fn within(self, Self(outer): Self) -> Self {
        // A thousand million points, beyond which nothing is on a page.
        let most = 1_000_000_000 * ONE;
        let times = |one: i64, other: i64| i128::from(one) * i128::from(other);
        Self(std::array::from_fn(|at| {
            let (row, column) = (at / 2 * 2, at % 2);
            let sum = times(self.0[row], outer[column]) + times(self.0[row + 1], outer[column + 2]);
            let moved = if row == 4 { i128::from(outer[at]) } else { 0 };
            i64::try_from((sum / ONE + moved).clamp(-most, most)).unwrap_or(0)
        }))
    }

    /// The edges of the unit square there: left, bottom, right, top.
    fn edges(self) -> [i64; 4] {
        let [across, rising, leaning, up, x, y] = self.0;
        let (left, right) = (across.min(0) + leaning.min(0), across.max(0) + leaning.max(0));
        let (bottom, top) = (rising.min(0) + up.min(0), rising.max(0) + up.max(0));
        [x + left, y + bottom, x + right, y + top]
    }

    /// How long the sides of the unit square are that lie across and down a picture, where it lies
    /// straight.
    pub(super) const fn sides(self) -> (i64, i64) {
        let [a, b, c, d, ..] = self.0;
        (max(a.abs(), b.abs()), max(c.abs(), d.abs()))
    }

    /// By how many quarters to the right a picture is turned; a mirrored one is left as it is.
    pub(super) const fn turns(self) -> u8 {
        let [a, b, c, d, ..] = self.0;
        match (a, b, c, d) {
            (..=-1, 0, 0, ..=-1) => 2,
            (0, 1.., ..=-1, 0) => 3,
            (0, ..=-1, 1.., 0) => 1,
            _ => 0,
        }
    }

    /// Whether a picture lies as it is in the file.
    const fn is_upright(self) -> bool {
        let [a, b, c, d, ..] = self.0;
        a > 0 && b == 0 && c == 0 && d > 0
    }
}

const fn max(one: i64, other: i64) -> i64 {
    if one > other { one } else { other }
}

/// The picture that a page is, or the strips that make one, from the top; none where nothing is
/// seen on it. Errs where anything else is seen.
pub(super) fn strips(pdf: &Pdf, page: ObjectId) -> Result<Vec<Placed<'_>>, ScanFlaw> {
    if is_annotated(pdf, page) {
        return Err(other("annotations"));
    }
    let content = content_of(pdf, page)?;
    let resources = pdf.inherited(page, b"Resources").and_then(|given| given.as_dict().ok());
    let mut seen = Seen {
        pdf,
        sheet: pdf.media_box(page),
        pictures: Vec::new(),
        below: None,
        other: None,
        left: CONTENT_MAX,
    };
    seen.draw((&content, resources), State::BEGIN, 0)?;
    seen.strips()
}

/// What is drawn on a page, unpacked; a part that cannot be is not passed over.
fn content_of(pdf: &Pdf, page: ObjectId) -> Result<Vec<u8>, ScanFlaw> {
    let mut content = Vec::new();
    for part in pdf.document.get_page_contents(page) {
        let part = pdf.document.get_object(part).and_then(Object::as_stream);
        let part = part.map_err(|_| other("content that cannot be read"))?;
        content.extend(unpacked(part, CONTENT_MAX.saturating_sub(content.len()))?);
        content.push(b'\n');
    }
    Ok(content)
}

fn unpacked(stream: &Stream, limit: usize) -> Result<Vec<u8>, ScanFlaw> {
    if !stream.dict.has(b"Filter") {
        return Ok(stream.content.clone());
    }
    let content = stream.decompressed_content_with_limit(limit);
    // What is broken at its very beginning comes out as nothing.
    let content = content.ok().filter(|read| !read.is_empty() || stream.content.is_empty());
    content.ok_or_else(|| other("content that cannot be read, or more than a scanner writes"))
}

fn other(what: &str) -> ScanFlaw {
    ScanFlaw::Drawn(what.to_owned())
}

/// Whether notes or stamps that are seen are attached to a page.
fn is_annotated(pdf: &Pdf, page: ObjectId) -> bool {
    let page = pdf.document.get_dictionary(page).ok();
    let all = page.and_then(|page| pdf.get(page, b"Annots")?.as_array().ok());
    all.into_iter().flatten().any(|one| {
        let Ok(one) = pdf.there(one).as_dict() else { return false };
        let kind = pdf.get(one, b"Subtype").and_then(|kind| kind.as_name().ok());
        // Hidden, or not to be viewed.
        let unseen = pdf.number(one, b"F").unwrap_or(0) & 0b10_0010 != 0;
        !unseen && !matches!(kind, Some(b"Link" | b"Popup"))
    })
}

/// Whether text is drawn with ink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ink {
    Seen,
    None,
}

/// How what comes next is drawn.
#[derive(Debug, Clone, Copy)]
struct State {
    place: Place,
    ink: Ink,
    /// Whether only a part of it is drawn, or it can be seen through.
    veiled: bool,
}

impl State {
    const BEGIN: Self = Self { place: Place::WHOLE, ink: Ink::Seen, veiled: false };
}

/// What has been drawn so far and is seen.
struct Seen<'a> {
    pdf: &'a Pdf,
    /// The page's edges.
    sheet: Option<[i64; 4]>,
    pictures: Vec<Placed<'a>>,
    /// What else lies below all pictures.
    below: Option<&'static str>,
    /// What else lies above one.
    other: Option<&'static str>,
    /// Bytes of content that may still be looked at.
    left: usize,
}

impl<'a> Seen<'a> {
    /// Draws a content with what it names.
    fn draw(
        &mut self,
        (content, resources): (&[u8], Option<&'a Dictionary>),
        mut state: State,
        depth: u32,
    ) -> Result<(), ScanFlaw> {
        self.left = self
            .left
            .checked_sub(content.len())
            .ok_or_else(|| other("more than a scanner writes"))?;
        let (mut words, mut kept) = (Words(content), Vec::new());
        // Whether the path that is being made is a rectangle all around the page.
        let mut around = false;
        while let Some((operator, given)) = words.operator() {
            match operator {
                b"q" if kept.len() >= STATES_MAX => {
                    return Err(other("more than a scanner writes"));
                }
                b"q" => kept.push(state),
                b"Q" => state = kept.pop().unwrap_or(state),
                b"cm" => state.place = Place(given.six()).within(state.place),
                b"re" => around = self.is_around(rectangle(&given).within(state.place)),
                b"W" | b"W*" => state.veiled |= !around,
                b"gs" => state.veiled |= self.veils((&given, resources)),
                b"Tr" => {
                    state.ink = if matches!(given.last(), 3 | 7) { Ink::None } else { Ink::Seen };
                }
                b"Tj" | b"TJ" | b"'" | b"\"" if given.has_text && state.ink == Ink::Seen => {
                    self.besides("text");
                }
                b"f" | b"F" | b"f*" | b"S" | b"s" | b"B" | b"B*" | b"b" | b"b*" | b"sh" => {
                    self.besides("lines or areas");
                }
                // Where its bytes end is not plain, so that what follows is not looked for.
                b"BI" => return Err(other("a picture within the text")),
                b"Do" => self.object((&given, resources), state, depth)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn besides(&mut self, what: &'static str) {
        let known = if self.pictures.is_empty() { &mut self.below } else { &mut self.other };
        known.get_or_insert(what);
    }

    /// Whether what lies there reaches from edge to edge of the page.
    fn is_around(&self, place: Place) -> bool {
        let Some([x, y, across, up]) = self.sheet else { return false };
        let [left, bottom, right, top] = place.edges();
        left <= x + NEAR && bottom <= y + NEAR && right >= across - NEAR && top >= up - NEAR
    }

    /// Whether a state lets what is drawn be seen through: an alpha, a mask, a way of blending.
    fn veils(&self, (given, resources): (&Operands, Option<&'a Dictionary>)) -> bool {
        let pdf = self.pdf;
        let states = resources.and_then(|known| pdf.get(known, b"ExtGState")?.as_dict().ok());
        let state = states.and_then(|states| pdf.get(states, &given.name)?.as_dict().ok());
        let Some(state) = state else { return false };
        let alpha = pdf.get(state, b"ca").and_then(super::millionths);
        let masked = pdf.get(state, b"SMask").is_some_and(|mask| mask.as_name().is_err());
        let blend = pdf.get(state, b"BM").is_some_and(|blend| {
            blend.as_name().map_or(true, |name| name != b"Normal" && name != b"Compatible")
        });
        alpha.is_some_and(|alpha| i128::from(alpha) < ONE) || masked || blend
    }

    /// Draws a picture or a form.
    fn object(
        &mut self,
        (given, resources): (&Operands, Option<&'a Dictionary>),
        state: State,
        depth: u32,
    ) -> Result<(), ScanFlaw> {
        let pdf = self.pdf;
        let objects = resources.and_then(|known| pdf.get(known, b"XObject")?.as_dict().ok());
        let object = objects.and_then(|objects| pdf.get(objects, &given.name));
        let Some(Object::Stream(stream)) = object else { return Ok(()) };
        match pdf.get(&stream.dict, b"Subtype").and_then(|kind| kind.as_name().ok()) {
            Some(b"Image") if state.veiled => {
                self.besides("a picture that is cut off or can be seen through");
                Ok(())
            }
            Some(b"Image") => self.picture(stream, state.place),
            Some(b"Form") if depth >= DEPTH_MAX => Err(other("forms within forms")),
            Some(b"Form") => {
                let content = unpacked(stream, self.left)?;
                let own = pdf.get(&stream.dict, b"Resources").and_then(|own| own.as_dict().ok());
                let inner = form_place(pdf, &stream.dict).within(state.place);
                let state = State { place: inner, ..state };
                self.draw((&content, own.or(resources)), state, depth + 1)
            }
            _ => Ok(()),
        }
    }

    fn picture(&mut self, stream: &'a Stream, place: Place) -> Result<(), ScanFlaw> {
        let picture = Picture { pdf: self.pdf, stream };
        let placed = Placed { picture, place };
        if self.covered(&[placed]).is_some_and(|part| part * SPECK < 1_000) {
            return Ok(());
        }
        if self.hides(&[placed]) {
            (self.below, self.other) = (None, None);
            self.pictures.clear();
        }
        if self.pictures.len() >= PICTURES_MAX {
            return Err(other("more than a scanner writes"));
        }
        self.pictures.push(placed);
        Ok(())
    }

    /// How many thousandths of the page pictures cover that do not overlap; unknown where the page
    /// has no size.
    fn covered(&self, pictures: &[Placed<'_>]) -> Option<i128> {
        let sheet = self.sheet?;
        let whole = area(sheet);
        let within = |placed: &Placed<'_>| {
            let [left, bottom, right, top] = placed.place.edges();
            let [x, y, across, up] = sheet;
            area([left.max(x), bottom.max(y), right.min(across), top.min(up)])
        };
        (pictures.iter().map(within).sum::<i128>() * 1_000).checked_div(whole)
    }

    /// Whether pictures hide what lies below them, all over the page.
    fn hides(&self, pictures: &[Placed<'_>]) -> bool {
        let opaque =
            pictures.iter().all(|one| !one.picture.is_stencil() && !one.picture.is_masked());
        opaque && self.covered(pictures).is_some_and(|part| part >= HIDES)
    }

    /// What is seen in the end, if it is a picture or strips of one.
    fn strips(mut self) -> Result<Vec<Placed<'a>>, ScanFlaw> {
        let mut pictures = std::mem::take(&mut self.pictures);
        if pictures.iter().any(|one| one.picture.is_masked()) {
            return Err(other("a picture with a mask"));
        }
        if let Some(what) = self.other {
            return Err(other(what));
        }
        if pictures.len() > 1 {
            pictures.sort_by_key(|one| std::cmp::Reverse(one.place.edges()[3]));
            if !pictures.windows(2).all(|two| is_below(two[0], two[1])) {
                return Err(other("several pictures"));
            }
        }
        match self.below {
            Some(what) if !self.hides(&pictures) => return Err(other(what)),
            _ => {}
        }
        let is_part = self.covered(&pictures).is_some_and(|part| part < IS_PAGE);
        if is_part && !pictures.is_empty() {
            return Err(other("a picture on a part of the page"));
        }
        Ok(pictures)
    }
}

/// Whether a strip goes on where the one above ends, give or take two dots.
fn is_below(above: Placed<'_>, strip: Placed<'_>) -> bool {
    let ((width, _), (other_width, rows)) = (above.picture.size(), strip.picture.size());
    let (across, down) = strip.place.sides();
    let dots = |length: i64, dots: u32| length.checked_div(dots.into()).unwrap_or(0) * 2;
    let (across, down) = (dots(across, width), dots(down, rows));
    let ([left, bottom, right, _], [other_left, _, other_right, top]) =
        (above.place.edges(), strip.place.edges());
    let near = |one: i64, other: i64, most: i64| (one - other).abs() <= most;
    above.place.is_upright()
        && strip.place.is_upright()
        && width == other_width
        && near(left, other_left, across)
        && near(right, other_right, across)
        && near(bottom, top, down)
}

/// The rectangle that `re` makes, as a place.
const fn rectangle(given: &Operands) -> Place {
    let [.., x, y, width, height] = given.six();
    Place([width, 0, 0, height, x, y])
}

/// The place of a form within what draws it.
fn form_place(pdf: &Pdf, form: &Dictionary) -> Place {
    let numbers = pdf.get(form, b"Matrix").and_then(|numbers| numbers.as_array().ok());
    let read = numbers.and_then(|numbers| {
        let each: Option<Vec<i64>> =
            numbers.iter().map(|number| super::millionths(pdf.there(number))).collect();
        each?.try_into().ok()
    });
    read.map_or(Place::WHOLE, Place)
}

/// What edges enclose; nothing where they lie the wrong way round.
fn area([left, bottom, right, top]: [i64; 4]) -> i128 {
    i128::from((right - left).max(0)) * i128::from((top - bottom).max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_followed_one_within_another() {
        let whole = |numbers: [i64; 6]| Place(numbers.map(|number| number * 1_000_000));
        let half = Place([500_000, 0, 0, 500_000, 0, 0]);
        let inner = whole([200, 0, 0, 100, 10, 20]);
        assert_eq!(inner.within(half), whole([100, 0, 0, 50, 5, 10]));
        assert_eq!(half.within(inner), whole([100, 0, 0, 50, 10, 20]));
        assert_eq!(half.within(inner).edges(), [10, 20, 110, 70].map(|edge| edge * 1_000_000));
        let far = whole([1_000_000_000, 0, 0, 1_000_000_000, 0, 0]);
        assert_eq!(far.within(far).edges()[2], 1_000_000_000_000_000, "no number is too large");
    }

    #[test]
    fn how_a_picture_is_turned_is_told_by_its_place() {
        let turns = |numbers| Place(numbers).turns();
        assert_eq!(turns([5, 0, 0, 5, 0, 0]), 0);
        assert_eq!(turns([-5, 0, 0, -5, 5, 5]), 2);
        // The first row, above, comes to lie at the left: a quarter to the left.
        assert_eq!(turns([0, 5, -5, 0, 5, 0]), 3);
        assert_eq!(turns([0, -5, 5, 0, 0, 5]), 1);
        assert_eq!(turns([-5, 0, 0, 5, 5, 0]), 0, "a mirrored one is left as it is");
    }
}

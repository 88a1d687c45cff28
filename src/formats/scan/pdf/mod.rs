//! PDFs of multifunction printers: each page is one picture, or strips of one, taken as they lie in
//! the file.
//!
//! Nothing is drawn. A page with anything else on it that can be seen is named and refused, as is
//! what is packed as JBIG2 or JPEG 2000: a part is never shown as if it were the page. A file that
//! is locked is refused, too, even where its password is empty.

mod content;
mod drawn;
mod picture;

use std::panic::{AssertUnwindSafe, catch_unwind};

use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId};

use super::page::Page;
use super::{BYTES_MAX, SIDE_MAX, size_checked};
use crate::domain::ScanFlaw;
use drawn::Placed;

/// How deep pages may lie in their tree.
const TREE_MAX: usize = 32;

/// Millionths of a point in an inch.
const INCH: i64 = 72_000_000;

/// The pages of a PDF.
#[derive(Debug)]
pub(super) struct Pdf {
    document: Document,
    pages: Vec<ObjectId>,
}

impl Pdf {
    /// Finds the pages.
    pub(super) fn open(bytes: &[u8]) -> Result<Self, ScanFlaw> {
        let options =
            LoadOptions { max_decompressed_size: Some(BYTES_MAX), ..LoadOptions::default() };
        // Its own arithmetic overflows on some damaged files.
        let load = || Document::load_mem_with_options(bytes, options);
        let Ok(loaded) = catch_unwind(AssertUnwindSafe(load)) else {
            return Err(ScanFlaw::Damaged("the PDF cannot be taken apart".to_owned()));
        };
        let document = match loaded {
            Ok(document) if document.trailer.has(b"Encrypt") => return Err(ScanFlaw::Encrypted),
            Ok(document) if document.was_encrypted() => return Err(ScanFlaw::Encrypted),
            Ok(document) => document,
            Err(lopdf::Error::Decryption(_) | lopdf::Error::InvalidPassword) => {
                return Err(ScanFlaw::Encrypted);
            }
            Err(error) => return Err(ScanFlaw::Damaged(format!("the PDF: {error}"))),
        };
        // One more than there may be is enough to see that there are too many.
        let pages: Vec<_> = document.page_iter().take(super::PAGES_MAX + 1).collect();
        if pages.is_empty() {
            return Err(ScanFlaw::Damaged("the PDF has no page".to_owned()));
        }
        Ok(Self { document, pages })
    }

    pub(super) const fn count(&self) -> usize {
        self.pages.len()
    }

    /// Reads a page, from 0: the picture it is, or the strips that make one.
    pub(super) fn page(&self, number: usize) -> Result<Page, ScanFlaw> {
        let none = || ScanFlaw::Damaged("the page of the PDF holds no picture".to_owned());
        let id = *self.pages.get(number).ok_or_else(none)?;
        let strips = drawn::strips(self, id)?;
        let (first, below) = strips.split_first().ok_or_else(none)?;
        let (width, height) = first.picture.size();
        let rows = below.iter().map(|strip| strip.picture.size().1);
        size_checked((width, rows.fold(height, u32::saturating_add)))?;
        let mut page = first.picture.page()?;
        for strip in below {
            page.put_below(strip.picture.page()?)?;
        }
        if page.dpi.0.min(page.dpi.1) == 0 {
            page.dpi = dpi(&strips, page.dots.size());
        }
        let degrees = self.inherited(id, b"Rotate").and_then(points).unwrap_or(0);
        let turns = degrees / 90 + i64::from(first.place.turns());
        page.turns = u8::try_from(turns.rem_euclid(4)).unwrap_or(0);
        Ok(page)
    }

    /// What stands under a key, also where it is told elsewhere.
    fn get<'a>(&'a self, within: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
        self.document.dereference(within.get(key).ok()?).ok().map(|(_, object)| object)
    }

    fn number(&self, within: &Dictionary, key: &[u8]) -> Option<u32> {
        u32::try_from(self.get(within, key)?.as_i64().ok()?).ok()
    }

    /// The page's edges in millionths of a point: left, bottom, right, top.
    fn media_box(&self, page: ObjectId) -> Option<[i64; 4]> {
        let corners = self.inherited(page, b"MediaBox")?.as_array().ok()?;
        let [x, y, across, up] = corners.as_slice() else { return None };
        let [x, y] = [millionths(self.there(x))?, millionths(self.there(y))?];
        let [across, up] = [millionths(self.there(across))?, millionths(self.there(up))?];
        Some([x.min(across), y.min(up), x.max(across), y.max(up)])
    }

    /// What an object is that may be told elsewhere.
    fn there<'a>(&'a self, object: &'a Object) -> &'a Object {
        self.document.dereference(object).map_or(object, |(_, object)| object)
    }

    /// What a page says, or the pages above it.
    fn inherited(&self, page: ObjectId, key: &[u8]) -> Option<&Object> {
        let mut node = self.document.get_dictionary(page).ok()?;
        for _ in 0..TREE_MAX {
            if let Some(found) = self.get(node, key) {
                return Some(found);
            }
            node = self.get(node, b"Parent")?.as_dict().ok()?;
        }
        None
    }
}

/// A number of points, without its fraction.
fn points(number: &Object) -> Option<i64> {
    match number {
        Object::Integer(whole) => Some(*whole),
        Object::Real(real) => format!("{real:.0}").parse().ok(),
        _ => None,
    }
}

/// A number in millionths; within a thousand million, so that sums of a few fit.
fn millionths(number: &Object) -> Option<i64> {
    match number {
        Object::Integer(whole) => Some(whole.clamp(&-1_000_000_000, &1_000_000_000) * 1_000_000),
        Object::Real(real) => content::millionths(format!("{real:.6}").as_bytes()),
        _ => None,
    }
}

/// Dots an inch of strips by their places: where they are about as many across as down, or twice as
/// many, as in a FAX of standard quality. Of others nobody knows.
fn dpi(strips: &[Placed<'_>], (width, height): (u32, u32)) -> (u32, u32) {
    let dots = |side: u32, length: i64| {
        let inch = (i64::from(side) * INCH).saturating_add(length / 2).checked_div(length);
        inch.and_then(|inch| u32::try_from(inch).ok()).unwrap_or(0)
    };
    let across = strips.iter().map(|strip| strip.place.sides().0).max().unwrap_or(0);
    let down = strips.iter().map(|strip| strip.place.sides().1).fold(0, i64::saturating_add);
    let (across, down) = (dots(width, across), dots(height, down));
    let tenths = u64::from(across) * 10 / u64::from(down.max(1));
    let likely = matches!(tenths, 9..=10 | 18..=22);
    let known = (1..SIDE_MAX).contains(&across) && (1..SIDE_MAX).contains(&down) && likely;
    if known { (across, down) } else { (0, 0) }
}

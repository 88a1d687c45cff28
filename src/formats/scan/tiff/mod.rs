//! TIFF as FAX servers and scanners write it: pages of strips, black and white or grey or colour.
//!
//! Every page of a file that is cut off or damaged gives the rows that are there. Tiles, planes
//! and palettes are named and refused.

mod strips;
mod tags;

use super::page::Page;
use super::size_checked;
use crate::domain::ScanFlaw;
use tags::{Directory, Numbers, Tag};

/// The pages of a TIFF file.
#[derive(Debug)]
pub(super) struct Tiff<'a> {
    bytes: &'a [u8],
    pages: Vec<Directory<'a>>,
    /// Whether there may be more pages that cannot be reached.
    cut: bool,
}

impl<'a> Tiff<'a> {
    /// Finds the pages.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, ScanFlaw> {
        let numbers = Numbers::of(bytes).ok_or(ScanFlaw::Unknown)?;
        let (directories, whole) = Directory::all(numbers);
        if directories.is_empty() {
            return Err(ScanFlaw::Damaged("the TIFF file has no page".to_owned()));
        }
        let is_page =
            |directory: &Directory<'_>| directory.one(Tag::NewSubfileType, 0) & 0b101 == 0;
        let mut pages = directories.clone();
        pages.retain(is_page);
        if pages.is_empty() {
            pages = directories;
        }
        Ok(Self { bytes, pages, cut: !whole })
    }

    /// How many pages there are, one that cannot be reached counted.
    pub(super) const fn count(&self) -> usize {
        self.pages.len() + self.cut as usize
    }

    /// The size a page says it has.
    pub(super) fn size(&self, number: usize) -> (u32, u32) {
        let page = self.pages.get(number);
        page.map_or((0, 0), |page| (page.one(Tag::ImageWidth, 0), page.one(Tag::ImageLength, 0)))
    }

    /// Reads a page, from 0.
    pub(super) fn page(&self, number: usize) -> Result<Page, ScanFlaw> {
        let Some(directory) = self.pages.get(number) else {
            return Err(ScanFlaw::Damaged("the TIFF file is cut off before this page".to_owned()));
        };
        size_checked(self.size(number))?;
        if directory.count(Tag::TileOffsets) > 0 {
            return Err(ScanFlaw::Packing("tiles".to_owned()));
        }
        let (dots, damage) = strips::read(self.bytes, directory)?;
        Ok(Page { dots, dpi: dpi(directory), damage, turns: turns(directory) })
    }
}

/// Quarter turns to the right; pages that are mirrored, too, are left as they are.
fn turns(page: &Directory<'_>) -> u8 {
    match page.one(Tag::Orientation, 1) {
        6 => 1,
        3 => 2,
        8 => 3,
        _ => 0,
    }
}

/// Dots an inch; a FAX without them has none.
fn dpi(page: &Directory<'_>) -> (u32, u32) {
    let across = page.one(Tag::XResolution, 0);
    let down = page.one(Tag::YResolution, 0);
    let inch = |per_cm: u32| per_cm.saturating_mul(254).saturating_add(50) / 100;
    match page.one(Tag::ResolutionUnit, 2) {
        2 => (across, down),
        3 => (inch(across), inch(down)),
        // Only the proportion is known.
        _ => (0, 0),
    }
}

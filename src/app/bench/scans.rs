//! How fast FAX pages are read, on one core: into dots, for their QR codes, and by a child.

use std::hint::black_box;

use super::super::outcome::Error;
use super::super::scans::ChildScans;
use super::Figure;
use super::floor::Stretch;
use crate::domain::{Scan, ScanFlaw};
use crate::formats::scan::{self, Document, Page};
use crate::ports::Scans as _;

/// Two A4 pages of 1728 by 2292 dots with text, lines and a QR code: Group 4, and Group 3 by rows
/// that tell what changed.
const FAX: &[u8] = include_bytes!("../samples/fax.tif");

/// Reads `count` pages of each kind; a tenth as many for their codes, as those take longer.
pub(super) fn scans(count: u32) -> Result<Vec<Figure>, Error> {
    let fax = Document::open(FAX).map_err(wrong)?;
    let count = u64::from(count.max(10));
    let mut figures = Vec::new();
    for (number, name) in [(0, "FAX pages, Group 4"), (1, "FAX pages, Group 3 two-way")] {
        let stretch = Stretch::start();
        for _ in 0..count {
            black_box(fax.page(number).map_err(wrong)?);
        }
        figures.push(stretch.figure(name, count));
    }
    let files = count / 10;
    let stretch = Stretch::start();
    for _ in 0..files {
        whole(&scan::read(FAX).map_err(wrong)?)?;
    }
    figures.push(stretch.figure("FAX pages with their QR codes", 2 * files));
    let pages: Vec<Page> =
        (0..2).map(|number| fax.page(number).map_err(wrong)).collect::<Result<_, _>>()?;
    let stretch = Stretch::start();
    for _ in 0..files {
        if pages.iter().any(|page| scan::codes(page).len() != 1) {
            return Err(Error::Usage("a code of the sample FAX was not read".to_owned()));
        }
    }
    figures.push(stretch.figure("QR codes, of pages that are dots already", 2 * files));
    let grey = scan::picture(FAX, 1, 1_728).map_err(wrong)?;
    let stretch = Stretch::start();
    for _ in 0..files {
        whole(&scan::read(&grey).map_err(wrong)?)?;
    }
    figures.push(stretch.figure("pages in grey with their QR codes", files));
    let children = ChildScans::default();
    let stretch = Stretch::start();
    for _ in 0..files {
        whole(&children.read(FAX).map_err(wrong)?)?;
    }
    figures.push(stretch.figure("the same in children (their CPU is not counted here)", 2 * files));
    let stretch = Stretch::start();
    for _ in 0..files {
        black_box(scan::picture(FAX, 1, 1_000).map_err(wrong)?);
    }
    figures.push(stretch.figure("pages shown 1,000 dots wide", files));
    Ok(figures)
}

/// A figure counts only where everything was read.
fn whole(scan: &Scan) -> Result<(), Error> {
    let read = scan.pages.iter().all(|page| page.rows_read == page.height && page.marks.len() == 1);
    if read { Ok(()) } else { Err(Error::Usage("the sample FAX was not read whole".to_owned())) }
}

#[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
fn wrong(flaw: ScanFlaw) -> Error {
    Error::Usage(flaw.to_string())
}

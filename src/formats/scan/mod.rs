//! Scanned papers and FAXes into pages of dots, and what stands in their QR codes.
//!
//! Pure and bounded: whatever the bytes are, each page is a picture of at most [`SIDE_MAX`] dots a
//! side, and what is damaged is told and not guessed. A page is held alone, never all of a file.
//! Nothing is drawn: a page of a PDF that is one picture is taken as it lies there, any other is
//! named. Read [`Document`] first. Strangers' bytes are read in a process of its own
//! (`app/scans.rs`).

pub mod ccitt;
mod folds;
mod local;
mod marks;
mod page;
mod pdf;
mod preview;
mod raster;
mod shades;
mod tiff;
mod unpack;

pub use page::{Bitmap, Damage, Dots, Grey, Page};

use crate::domain::{Code, Finding, Scan, ScanFlaw, ScanPage, Seen};

/// Pages a file may have.
pub const PAGES_MAX: usize = 200;

/// Dots a side of a page may have: A3 at 600 dots an inch has 9,900.
pub const SIDE_MAX: u32 = 12_000;

/// Dots a page may have.
pub const DOTS_MAX: u64 = 50_000_000;

/// Dots all pages of a file may have together: 250 FAX pages in fine quality, or 115 A4 pages at
/// 300 dots an inch. Read and searched for codes on one core those take about five seconds (200
/// million dots a second were measured), a quarter of what a child may take.
pub const FILE_DOTS_MAX: u64 = 1_000_000_000;

/// Bytes a file may have.
pub const BYTES_MAX: usize = 64 << 20;

/// Pages whose QR codes are looked for with all means; on more of them only the first way is tried.
const HARD_LOOKS_MAX: u32 = 20;

/// What a file is by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// TIFF: FAX servers and scanners.
    Tiff,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// PDF: multifunction printers.
    Pdf,
}

impl Kind {
    /// What a name says it is, by its ending; none where it is no picture's.
    pub fn of_name(file_name: &str) -> Option<Self> {
        let (_, ending) = file_name.rsplit_once('.')?;
        let endings = [
            ("tif", Self::Tiff),
            ("tiff", Self::Tiff),
            ("png", Self::Png),
            ("jpg", Self::Jpeg),
            ("jpeg", Self::Jpeg),
            ("pdf", Self::Pdf),
        ];
        let is_it = |(one, _): &&(&str, Self)| ending.eq_ignore_ascii_case(one);
        endings.iter().find(is_it).map(|(_, kind)| *kind)
    }

    /// `tiff`, `png`, `jpeg` or `pdf`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tiff => "tiff",
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Pdf => "pdf",
        }
    }
}

/// What a file is by its first bytes (eight are enough); none where it is no picture.
pub fn sniff(bytes: &[u8]) -> Option<Kind> {
    let kinds: [(&[u8], Kind); 5] = [
        (b"II*\0", Kind::Tiff),
        (b"MM\0*", Kind::Tiff),
        (b"\x89PNG\r\n\x1a\n", Kind::Png),
        (b"\xff\xd8\xff", Kind::Jpeg),
        (b"%PDF-", Kind::Pdf),
    ];
    kinds.iter().find(|(begin, _)| bytes.starts_with(begin)).map(|(_, kind)| *kind)
}

/// A file whose pages can be read one by one.
#[derive(Debug)]
pub struct Document<'a>(Pages<'a>);

#[derive(Debug)]
enum Pages<'a> {
    Tiff(tiff::Tiff<'a>),
    Png(&'a [u8]),
    Jpeg(&'a [u8]),
    Pdf(Box<pdf::Pdf>),
}

impl<'a> Document<'a> {
    /// Finds the pages of a file.
    ///
    /// Errs where it is no picture, none of its pages can be reached, or there are too many.
    pub fn open(bytes: &'a [u8]) -> Result<Self, ScanFlaw> {
        if bytes.len() > BYTES_MAX {
            return Err(ScanFlaw::TooMuch);
        }
        let pages = match sniff(bytes).ok_or(ScanFlaw::Unknown)? {
            Kind::Tiff => Pages::Tiff(tiff::Tiff::open(bytes)?),
            Kind::Png => Pages::Png(bytes),
            Kind::Jpeg => Pages::Jpeg(bytes),
            Kind::Pdf => Pages::Pdf(Box::new(pdf::Pdf::open(bytes)?)),
        };
        let document = Self(pages);
        if document.count() > PAGES_MAX { Err(ScanFlaw::TooMuch) } else { Ok(document) }
    }

    /// How many pages it has.
    pub fn count(&self) -> usize {
        match &self.0 {
            Pages::Tiff(tiff) => tiff.count(),
            Pages::Png(_) | Pages::Jpeg(_) => 1,
            Pages::Pdf(pdf) => pdf.count(),
        }
    }

    /// Reads the page `number`, from 0.
    pub fn page(&self, number: usize) -> Result<Page, ScanFlaw> {
        if number >= self.count() {
            return Err(ScanFlaw::Damaged("there is no such page".to_owned()));
        }
        match &self.0 {
            Pages::Tiff(tiff) => tiff.page(number),
            Pages::Png(bytes) => raster::png(bytes),
            Pages::Jpeg(bytes) => raster::jpeg(bytes),
            Pages::Pdf(pdf) => pdf.page(number),
        }
    }

    /// The size of a page before it is read, as far as the file tells one that may be true.
    fn claimed(&self, number: usize) -> (u32, u32) {
        let size = match &self.0 {
            Pages::Tiff(tiff) => tiff.size(number),
            Pages::Png(_) | Pages::Jpeg(_) | Pages::Pdf(_) => (0, 0),
        };
        size_checked(size).map_or((0, 0), |()| size)
    }
}

/// Reads everything of a file. A page that cannot be read is a page without a row, with the reason;
/// only a file without any row errs.
pub fn read(bytes: &[u8]) -> Result<Scan, ScanFlaw> {
    let document = Document::open(bytes)?;
    let (mut pages, mut flaw, mut hard_looks) = (Vec::new(), None, 0);
    // Where the file tells the sizes of its pages, nothing needs to be read to see that it is too
    // much; the same strip may be the dots of every page.
    let claimed = (0..document.count()).map(|number| dots_of(document.claimed(number)));
    if claimed.sum::<u64>() > FILE_DOTS_MAX {
        return Err(ScanFlaw::TooMuch);
    }
    let mut left = FILE_DOTS_MAX;
    for number in 0..document.count() {
        match document.page(number) {
            Ok(page) => {
                left = left.checked_sub(dots_of(page.dots.size())).ok_or(ScanFlaw::TooMuch)?;
                pages.push(told(&page, &mut hard_looks));
            }
            Err(one) => {
                // Where a person may still see something, they are to be asked.
                let known = flaw.as_ref().is_some_and(ScanFlaw::is_read_by_eye);
                if flaw.is_none() || one.is_read_by_eye() && !known {
                    flaw = Some(one.clone());
                }
                let (width, height) = document.claimed(number);
                let damaged = if height > 0 { vec![(1, height)] } else { Vec::new() };
                let seen = Seen::Hidden(one);
                pages.push(ScanPage { width, height, damaged, seen, ..ScanPage::default() });
            }
        }
    }
    if pages.iter().any(|page| page.rows_read > 0) {
        return Ok(Scan { pages });
    }
    let nothing = || ScanFlaw::Damaged("no row of any page could be read".to_owned());
    Err(flaw.unwrap_or_else(nothing))
}

/// What the QR codes on a page say, from the top; looked for with all means.
pub fn codes(page: &Page) -> Vec<String> {
    marks::read(page, true).texts
}

/// The page `number`, from 1, as a small PNG with square dots, at most `width` dots wide.
pub fn picture(bytes: &[u8], number: u32, width: u32) -> Result<Vec<u8>, ScanFlaw> {
    let number = number.checked_sub(1).map_or(usize::MAX, |number| number as usize);
    Document::open(bytes)?.page(number)?.to_png(width)
}

/// What a person is told where no page of a file can be read.
pub fn finding(flaw: &ScanFlaw) -> Finding {
    let code = if *flaw == ScanFlaw::Encrypted { Code::PdfEnc } else { Code::Image };
    let ja = match flaw {
        ScanFlaw::Unknown => {
            "画像が壊れているか、画像ではありません（TIFF・PNG・JPEG・PDF のどれでもありません）。\
             もう一度読み取るか、送信元に送り直してもらってください。"
        }
        ScanFlaw::Encrypted => {
            "PDFにパスワードがかかっています。パスワードなしで保存し直してください。"
        }
        ScanFlaw::Packing(_) => {
            "この形式の画像は読めません。白黒のTIFF(G4)かPDFで保存し直してください。"
        }
        ScanFlaw::Drawn(_) => {
            "文字や図、いくつかの画像を重ねたページは、ここに表示できません。\
             白黒のTIFF(G4)で保存し直すか、印刷したものを読み取り直してください。"
        }
        ScanFlaw::TooMuch => {
            "画像のページが多すぎるか大きすぎます。ページを分けて、A4・200〜300dpi で読み取り直してください。"
        }
        ScanFlaw::TooSlow => {
            "画像を読むのに時間がかかりすぎました。ページを分けて、白黒・A4・200〜300dpi で読み取り直してください。"
        }
        ScanFlaw::Limits => "画像が大きすぎます。A4・200〜300dpi で読み取り直してください。",
        ScanFlaw::Damaged(_) => "画像が壊れていて、1ページも読めません。もう一度お送りください。",
    };
    super::file_finding(code, 0, String::new(), ja, &flaw.to_string())
}

/// What is told of a page.
fn told(page: &Page, hard_looks: &mut u32) -> ScanPage {
    let (width, height) = page.dots.size();
    let marks = marks::read(page, *hard_looks < HARD_LOOKS_MAX);
    *hard_looks += u32::from(marks.looked_hard);
    ScanPage {
        width,
        height,
        dpi: page.dpi,
        rows_read: height - page.damage.count().min(height),
        damaged: page.damage.runs().to_vec(),
        seen: if marks.blank { Seen::Nothing } else { Seen::Something },
        marks: marks.texts,
    }
}

fn dots_of((width, height): (u32, u32)) -> u64 {
    u64::from(width) * u64::from(height)
}

/// Errs where a page is larger than any scanner makes them, or has no dots.
fn size_checked(size: (u32, u32)) -> Result<(), ScanFlaw> {
    let (width, height) = size;
    if width == 0 || height == 0 {
        return Err(ScanFlaw::Damaged("a page without dots".to_owned()));
    }
    let fits = width.max(height) <= SIDE_MAX && dots_of(size) <= DOTS_MAX;
    if fits { Ok(()) } else { Err(ScanFlaw::Limits) }
}

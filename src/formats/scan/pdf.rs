//! PDFs of multifunction printers: each page is one picture, taken as it lies in the file.
//!
//! Nothing is drawn. What is packed as JBIG2 or JPEG 2000 is named and refused; a file that is
//! locked, too, even where its password is empty.

use std::panic::{AssertUnwindSafe, catch_unwind};

use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, Stream};

use super::ccitt::{self, Packing, Scheme};
use super::page::{Bitmap, Damage, Dots, Page};
use super::shades::{self, Samples};
use super::{BYTES_MAX, SIDE_MAX, raster, size_checked, unpack};
use crate::domain::ScanFlaw;

/// How deep forms may lie within one another.
const DEPTH_MAX: u32 = 4;

/// How deep pages may lie in their tree.
const TREE_MAX: usize = 32;

/// Pictures of a page that are looked at.
const PICTURES_MAX: usize = 1_000;

/// Points of an inch.
const POINTS: u64 = 72;

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

    /// Reads a page, from 0.
    pub(super) fn page(&self, number: usize) -> Result<Page, ScanFlaw> {
        let none = || ScanFlaw::Damaged("the page of the PDF holds no picture".to_owned());
        let id = self.pages.get(number).ok_or_else(none)?;
        let mut largest = Largest { area: 0, stream: None, seen: 0 };
        let (own, inherited) = self.document.get_page_resources(*id).map_err(|_| none())?;
        let inherited = inherited.iter().filter_map(|id| self.document.get_dictionary(*id).ok());
        for resources in own.into_iter().chain(inherited) {
            self.find(resources, 0, &mut largest);
        }
        let picture = Picture { pdf: self, stream: largest.stream.ok_or_else(none)? };
        let mut page = picture.page()?;
        if page.dpi.0.min(page.dpi.1) == 0 {
            page.dpi = self.dpi(*id, page.dots.size());
        }
        let degrees = self.inherited(*id, b"Rotate").and_then(points).unwrap_or(0);
        page.turns = u8::try_from((degrees / 90).rem_euclid(4)).unwrap_or(0);
        Ok(page)
    }

    /// Looks for the largest picture among resources, also of forms in them.
    fn find<'a>(&'a self, resources: &'a Dictionary, depth: u32, largest: &mut Largest<'a>) {
        let Some(Object::Dictionary(objects)) = self.get(resources, b"XObject") else { return };
        for (_, object) in objects {
            let Ok((_, Object::Stream(stream))) = self.document.dereference(object) else {
                continue;
            };
            largest.seen += 1;
            if largest.seen > PICTURES_MAX {
                return;
            }
            match self.get(&stream.dict, b"Subtype") {
                Some(Object::Name(name)) if name == b"Image" => {
                    let side = |key: &[u8]| u64::from(self.number(&stream.dict, key).unwrap_or(0));
                    let area = side(b"Width") * side(b"Height");
                    if area > largest.area {
                        (largest.area, largest.stream) = (area, Some(stream));
                    }
                }
                Some(Object::Name(name)) if name == b"Form" && depth < DEPTH_MAX => {
                    if let Some(Object::Dictionary(inner)) = self.get(&stream.dict, b"Resources") {
                        self.find(inner, depth + 1, largest);
                    }
                }
                _ => {}
            }
        }
    }

    /// What stands under a key, also where it is told elsewhere.
    fn get<'a>(&'a self, within: &'a Dictionary, key: &[u8]) -> Option<&'a Object> {
        self.document.dereference(within.get(key).ok()?).ok().map(|(_, object)| object)
    }

    fn number(&self, within: &Dictionary, key: &[u8]) -> Option<u32> {
        u32::try_from(self.get(within, key)?.as_i64().ok()?).ok()
    }

    /// Dots an inch of a picture that covers its page: where they are about as many across as down,
    /// or twice as many, as in a FAX of standard quality. Of others nobody knows.
    fn dpi(&self, page: ObjectId, (width, height): (u32, u32)) -> (u32, u32) {
        let unknown = (0, 0);
        let Some(sides) = self.media_box(page) else { return unknown };
        let dots = |side: u32, points: u64| {
            u32::try_from((u64::from(side) * POINTS + points / 2) / points).unwrap_or(0)
        };
        let (across, down) = (dots(width, sides.0), dots(height, sides.1));
        let tenths = u64::from(across) * 10 / u64::from(down.max(1));
        let likely = matches!(tenths, 9..=10 | 18..=22);
        let known = (1..SIDE_MAX).contains(&across) && (1..SIDE_MAX).contains(&down) && likely;
        if known { (across, down) } else { unknown }
    }

    /// The page's size in points, rounded.
    fn media_box(&self, page: ObjectId) -> Option<(u64, u64)> {
        let corners = self.inherited(page, b"MediaBox")?.as_array().ok()?;
        let [left, bottom, right, top] = corners.as_slice() else { return None };
        let side = |from: &Object, to: &Object| {
            let side = points(to)?.checked_sub(points(from)?)?.unsigned_abs();
            (1..100_000).contains(&side).then_some(side)
        };
        Some((side(left, right)?, side(bottom, top)?))
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

/// The largest picture so far.
struct Largest<'a> {
    area: u64,
    stream: Option<&'a Stream>,
    seen: usize,
}

/// A picture of a page.
struct Picture<'a> {
    pdf: &'a Pdf,
    stream: &'a Stream,
}

impl Picture<'_> {
    fn page(&self) -> Result<Page, ScanFlaw> {
        let dots = |key: &[u8]| self.pdf.number(&self.stream.dict, key).unwrap_or(0);
        let size = (dots(b"Width"), dots(b"Height"));
        size_checked(size)?;
        let filters = self.filters()?;
        let (last, before) = match filters.split_last() {
            Some((last, before)) => (last.as_slice(), before),
            None => (&b""[..], &[][..]),
        };
        let params = self.params(before.len());
        let packed = self.unpacked(before)?;
        match last {
            b"DCTDecode" => raster::jpeg(&packed),
            b"CCITTFaxDecode" => Ok(self.fax(&packed, params, size)),
            b"JBIG2Decode" => Err(ScanFlaw::Packing("JBIG2".to_owned())),
            b"JPXDecode" => Err(ScanFlaw::Packing("JPEG 2000".to_owned())),
            b"" | b"FlateDecode" | b"LZWDecode" | b"RunLengthDecode" => {
                self.samples(last, &packed, params, size)
            }
            other => Err(ScanFlaw::Packing(String::from_utf8_lossy(other).into_owned())),
        }
    }

    fn filters(&self) -> Result<Vec<Vec<u8>>, ScanFlaw> {
        let name = |object: &Object| {
            let (_, object) = self.pdf.document.dereference(object).ok()?;
            Some(full_name(object.as_name().ok()?).to_vec())
        };
        let filters = match self.pdf.get(&self.stream.dict, b"Filter") {
            None | Some(Object::Null) => Some(Vec::new()),
            Some(Object::Array(names)) => names.iter().map(name).collect(),
            Some(one) => name(one).map(|one| vec![one]),
        };
        filters.ok_or_else(|| ScanFlaw::Damaged("a picture of the PDF".to_owned()))
    }

    /// What is said about the filter `n`.
    fn params(&self, n: usize) -> Option<&Dictionary> {
        let object = match self.pdf.get(&self.stream.dict, b"DecodeParms")? {
            Object::Array(each) => self.pdf.document.dereference(each.get(n)?).ok()?.1,
            one => one,
        };
        object.as_dict().ok()
    }

    /// The bytes after filters that pack anything.
    fn unpacked(&self, filters: &[Vec<u8>]) -> Result<Vec<u8>, ScanFlaw> {
        let mut bytes = self.stream.content.clone();
        for filter in filters {
            if filter == b"ASCII85Decode" {
                bytes = unpack::ascii85(&bytes);
                continue;
            }
            let mut dict = Dictionary::new();
            dict.set("Filter", Object::Name(filter.clone()));
            let unpacked = Stream::new(dict, bytes).decompressed_content_with_limit(BYTES_MAX);
            let damaged = |error| ScanFlaw::Damaged(format!("a picture of the PDF: {error}"));
            bytes = unpacked.map_err(damaged)?;
        }
        Ok(bytes)
    }

    fn fax(&self, packed: &[u8], params: Option<&Dictionary>, size: (u32, u32)) -> Page {
        let (width, height) = size;
        let get = |key: &[u8]| self.pdf.get(params?, key);
        let is = |key| matches!(get(key), Some(Object::Boolean(true)));
        let number = |key: &[u8]| get(key).and_then(|object| object.as_i64().ok());
        let scheme = match number(b"K").unwrap_or(0) {
            ..0 => Scheme::Group4,
            0 => Scheme::Group3,
            1.. => Scheme::Group3TwoWay,
        };
        // Where rows end with marks, it is the marks that end with a byte.
        let aligned = is(b"EncodedByteAlign") && !is(b"EndOfLine");
        let packing = Packing { scheme, aligned };
        // Rows are packed by their own width, which need not be the picture's.
        let columns = number(b"Columns").and_then(|columns| u32::try_from(columns).ok());
        let columns = columns.unwrap_or(1728);
        let columns = if size_checked((columns, height)).is_ok() { columns } else { width };
        let mut damage = Damage::default();
        let mut ink = Bitmap::new(columns, height);
        ccitt::decode(packed, packing, &mut ink, (0, height), &mut damage);
        // Usually black is 0, and 0 is painted black.
        if is(b"BlackIs1") != self.inverted() {
            ink.invert();
        }
        Page { dots: Dots::Ink(ink), dpi: (0, 0), damage, turns: 0 }
    }

    fn samples(
        &self,
        filter: &[u8],
        packed: &[u8],
        params: Option<&Dictionary>,
        size: (u32, u32),
    ) -> Result<Page, ScanFlaw> {
        let samples = self.kind()?;
        let row = samples.row_bytes(size.0);
        let get = |key: &[u8]| self.pdf.number(params?, key);
        let predictor = get(b"Predictor").unwrap_or(1);
        let png = (10..=15).contains(&predictor);
        let each = row + usize::from(png);
        let mut rows = vec![0; each * size.1 as usize];
        let made = match filter {
            b"FlateDecode" => unpack::deflate(packed, &mut rows),
            b"LZWDecode" if get(b"EarlyChange") == Some(0) => {
                return Err(ScanFlaw::Packing("LZW without early change".to_owned()));
            }
            b"LZWDecode" => unpack::lzw(packed, &mut rows),
            b"RunLengthDecode" => unpack::pack_bits(packed, &mut rows),
            _ => unpack::plain(packed, &mut rows),
        };
        if png {
            rows = unpack::png_rows(&rows, row, samples.step());
        } else if predictor == 2 {
            shades::add_up(&mut rows, row, samples);
        }
        let whole = u32::try_from(made / each.max(1)).unwrap_or(size.1).min(size.1);
        let mut damage = Damage::default();
        damage.rows(whole, size.1 - whole);
        let dots = shades::dots(size, rows, samples, &damage);
        Ok(Page { dots, dpi: (0, 0), damage, turns: 0 })
    }

    /// What stands for one dot.
    fn kind(&self) -> Result<Samples, ScanFlaw> {
        let dict = &self.stream.dict;
        let mask = matches!(self.pdf.get(dict, b"ImageMask"), Some(Object::Boolean(true)));
        let bits = if mask { 1 } else { self.pdf.number(dict, b"BitsPerComponent").unwrap_or(8) };
        let space = if mask { Space::Grey } else { self.space()? };
        let inverted = self.inverted();
        match (space, bits) {
            (Space::Grey, 1) => Ok(if inverted { Samples::InkIsOne } else { Samples::InkIsZero }),
            (Space::TwoShades { one_is_darker }, 1) => {
                let ink = one_is_darker != inverted;
                Ok(if ink { Samples::InkIsOne } else { Samples::InkIsZero })
            }
            (Space::Grey, 8) if inverted => Ok(Samples::Darkness(1)),
            (Space::Grey, 8) => Ok(Samples::Grey(1)),
            (Space::Rgb, 8) if !inverted => Ok(Samples::Rgb(3)),
            _ => Err(ScanFlaw::Packing("an unusual kind of dots".to_owned())),
        }
    }

    fn space(&self) -> Result<Space, ScanFlaw> {
        let packing = |what: &str| ScanFlaw::Packing(what.to_owned());
        let space = self.pdf.get(&self.stream.dict, b"ColorSpace");
        let (name, parts) = match space {
            Some(Object::Name(name)) => (name.as_slice(), &[][..]),
            Some(Object::Array(parts)) => {
                let name = parts.first().and_then(|name| name.as_name().ok());
                (name.unwrap_or_default(), parts.as_slice())
            }
            _ => (&b""[..], &[][..]),
        };
        let part = |n: usize| Some(self.pdf.document.dereference(parts.get(n)?).ok()?.1);
        match name {
            b"DeviceGray" | b"CalGray" | b"G" => Ok(Space::Grey),
            b"DeviceRGB" | b"CalRGB" | b"RGB" => Ok(Space::Rgb),
            b"ICCBased" => {
                let profile = part(1).and_then(|profile| profile.as_stream().ok());
                match profile.and_then(|profile| self.pdf.number(&profile.dict, b"N")) {
                    Some(1) => Ok(Space::Grey),
                    Some(3) => Ok(Space::Rgb),
                    _ => Err(packing("CMYK")),
                }
            }
            b"Indexed" | b"I" => {
                let plain = part(3).and_then(|table| match table {
                    Object::Stream(stream) => stream.get_plain_content_with_limit(1_024).ok(),
                    other => other.as_str().ok().map(<[u8]>::to_vec),
                });
                two_shades(&plain.unwrap_or_default()).ok_or_else(|| packing("a palette"))
            }
            b"DeviceCMYK" | b"CMYK" => Err(packing("CMYK")),
            _ => Err(packing("an unusual kind of dots")),
        }
    }

    /// Whether the numbers are turned round before they become shades.
    fn inverted(&self) -> bool {
        let Some(Object::Array(pair)) = self.pdf.get(&self.stream.dict, b"Decode") else {
            return false;
        };
        pair.first().and_then(points).is_some_and(|first| first > 0)
    }
}

/// Kinds of shades.
#[derive(Debug, Clone, Copy)]
enum Space {
    Grey,
    Rgb,
    /// A palette of two.
    TwoShades {
        /// Whether the second is the darker one.
        one_is_darker: bool,
    },
}

/// A palette of two, in grey or colours.
fn two_shades(table: &[u8]) -> Option<Space> {
    let shade = |colour: &[u8]| match *colour {
        [grey] => Some(grey),
        [red, green, blue] => Some(shades::luma(red, green, blue)),
        _ => None,
    };
    let (zero, one) = table.split_at_checked(table.len() / 2)?;
    Some(Space::TwoShades { one_is_darker: shade(one)? < shade(zero)? })
}

/// A filter's name in full.
fn full_name(name: &[u8]) -> &[u8] {
    match name {
        b"Fl" => b"FlateDecode",
        b"DCT" => b"DCTDecode",
        b"CCF" => b"CCITTFaxDecode",
        b"LZW" => b"LZWDecode",
        b"RL" => b"RunLengthDecode",
        b"A85" => b"ASCII85Decode",
        other => other,
    }
}

//! The strips of a page, unpacked.

use std::borrow::Cow;

use super::super::ccitt::{self, Packing, Scheme};
use super::super::page::{Bitmap, Damage, Dots};
use super::super::shades::{self, Samples};
use super::super::unpack;
use super::tags::{Directory, Tag};
use crate::domain::ScanFlaw;

/// How a page's strips are packed.
#[derive(Debug, Clone, Copy)]
enum How {
    Fax(Packing),
    Plain,
    Lzw,
    Deflate,
    PackBits,
}

/// What a strip is and where.
struct Strip<'a> {
    bytes: Cow<'a, [u8]>,
    /// Its first row and how many it has.
    rows: (u32, u32),
}

/// Reads all strips of a page whose size is in bounds.
pub(super) fn read(bytes: &[u8], page: &Directory<'_>) -> Result<(Dots, Damage), ScanFlaw> {
    let how = how(page)?;
    let (width, height) = (page.one(Tag::ImageWidth, 0), page.one(Tag::ImageLength, 0));
    let mut damage = Damage::default();
    let white_is_zero = page.one(Tag::Photometric, 0) == 0;
    if let How::Fax(packing) = how {
        let mut ink = Bitmap::new(width, height);
        for strip in strips(bytes, page) {
            ccitt::decode(&strip.bytes, packing, &mut ink, strip.rows, &mut damage);
        }
        if !white_is_zero {
            ink.invert();
        }
        return Ok((Dots::Ink(ink), damage));
    }
    let samples = samples(page)?;
    let row = samples.row_bytes(width);
    let mut rows = vec![0; row * height as usize];
    for strip in strips(bytes, page) {
        let (first, count) = strip.rows;
        let start = row * first as usize;
        let Some(room) = rows.get_mut(start..start + row * count as usize) else { break };
        let whole = into(how, &strip.bytes, room) / row.max(1);
        let whole = u32::try_from(whole).unwrap_or(count).min(count);
        damage.rows(first + whole, count - whole);
        if page.one(Tag::Predictor, 1) == 2 {
            shades::add_up(room, row, samples);
        }
    }
    Ok((shades::dots((width, height), rows, samples, &damage), damage))
}

/// What the page's compression stands for.
fn how(page: &Directory<'_>) -> Result<How, ScanFlaw> {
    let fax = |scheme, aligned| Ok(How::Fax(Packing { scheme, aligned }));
    let two_way = page.one(Tag::T4Options, 0) & 1 != 0;
    match page.one(Tag::Compression, 1) {
        1 => Ok(How::Plain),
        2 => fax(Scheme::Group3, true),
        3 if two_way => fax(Scheme::Group3TwoWay, false),
        3 => fax(Scheme::Group3, false),
        4 => fax(Scheme::Group4, false),
        5 => Ok(How::Lzw),
        8 | 32_946 => Ok(How::Deflate),
        32_773 => Ok(How::PackBits),
        6 | 7 => Err(ScanFlaw::Packing("JPEG in TIFF".to_owned())),
        34_661 => Err(ScanFlaw::Packing("JBIG".to_owned())),
        other => Err(ScanFlaw::Packing(format!("TIFF compression {other}"))),
    }
}

/// What stands for one dot.
fn samples(page: &Directory<'_>) -> Result<Samples, ScanFlaw> {
    let count = page.one(Tag::SamplesPerPixel, 1);
    let bits = page.one(Tag::BitsPerSample, 1);
    let packing = |what: &str| Err(ScanFlaw::Packing(what.to_owned()));
    if count > 1 && page.one(Tag::PlanarConfiguration, 1) != 1 {
        return packing("separate planes");
    }
    match (page.one(Tag::Photometric, 0), bits, count) {
        (0, 1, 1) => Ok(Samples::InkIsOne),
        (1, 1, 1) => Ok(Samples::InkIsZero),
        (0, 8, 1..=4) => Ok(Samples::Darkness(count as usize)),
        (1, 8, 1..=4) => Ok(Samples::Grey(count as usize)),
        (2, 8, 3..=5) => Ok(Samples::Rgb(count as usize)),
        (3, ..) => packing("a palette"),
        _ => packing("an unusual kind of dots"),
    }
}

/// The strips of a page; one that lies beyond the end of the file is empty.
fn strips<'a>(
    bytes: &'a [u8],
    page: &'a Directory<'_>,
) -> impl Iterator<Item = Strip<'a>> + use<'a> {
    let height = page.one(Tag::ImageLength, 0);
    let each = page.one(Tag::RowsPerStrip, height).clamp(1, height.max(1));
    let reversed = page.one(Tag::FillOrder, 1) == 2;
    (0..height.div_ceil(each)).map(move |n| {
        let first = n * each;
        let at = page.number(Tag::StripOffsets, n as usize).map(|at| at as usize);
        let from = at.and_then(|at| bytes.get(at..)).unwrap_or_default();
        let length = page.number(Tag::StripByteCounts, n as usize);
        let length = length.map_or(from.len(), |length| from.len().min(length as usize));
        let packed = from.get(..length).unwrap_or_default();
        let bytes = if reversed {
            packed.iter().map(|byte| byte.reverse_bits()).collect()
        } else {
            Cow::Borrowed(packed)
        };
        Strip { bytes, rows: (first, each.min(height - first)) }
    })
}

/// Unpacks into `room`; how many bytes came of it.
fn into(how: How, packed: &[u8], room: &mut [u8]) -> usize {
    match how {
        How::Lzw => unpack::lzw(packed, room),
        How::Deflate => unpack::deflate(packed, room),
        How::PackBits => unpack::pack_bits(packed, room),
        How::Plain | How::Fax(_) => unpack::plain(packed, room),
    }
}

//! A picture as it lies in a PDF, unpacked.

use lopdf::{Dictionary, Object, Stream};

use super::super::ccitt::{self, Packing, Scheme};
use super::super::page::{Bitmap, Damage, Dots, Page};
use super::super::shades::{self, Samples};
use super::super::{BYTES_MAX, raster, size_checked, unpack};
use super::{Pdf, points};
use crate::domain::ScanFlaw;

/// A picture of a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Picture<'a> {
    pub(super) pdf: &'a Pdf,
    pub(super) stream: &'a Stream,
}

impl Picture<'_> {
    /// Dots across and down, as it says.
    pub(super) fn size(&self) -> (u32, u32) {
        let dots = |key: &[u8]| self.pdf.number(&self.stream.dict, key).unwrap_or(0);
        (dots(b"Width"), dots(b"Height"))
    }

    /// Whether only the dots of one colour are painted, and what lies below shows between them.
    pub(super) fn is_stencil(&self) -> bool {
        matches!(self.pdf.get(&self.stream.dict, b"ImageMask"), Some(Object::Boolean(true)))
    }

    /// Whether another picture says where it is seen, or a colour of it is not.
    pub(super) fn is_masked(&self) -> bool {
        let given = |key: &[u8]| self.pdf.get(&self.stream.dict, key);
        let given = |key| given(key).is_some_and(|object| !matches!(object, Object::Null));
        given(b"SMask") || given(b"Mask")
    }

    /// Its dots.
    pub(super) fn page(&self) -> Result<Page, ScanFlaw> {
        let size = self.size();
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
        let mask = self.is_stencil();
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

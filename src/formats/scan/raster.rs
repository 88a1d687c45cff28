//! PNG and JPEG.

use std::io::Cursor;

use png::{BitDepth, ColorType, Transformations};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::page::{Damage, Dots, Grey, Page};
use super::shades::{self, Samples};
use super::{SIDE_MAX, size_checked};
use crate::domain::ScanFlaw;

/// Progressive scans a JPEG may have; real ones have ten.
const SCANS_MAX: usize = 64;

/// Reads a PNG: rows up to the first damage.
pub(super) fn png(bytes: &[u8]) -> Result<Page, ScanFlaw> {
    let damaged = |error: png::DecodingError| ScanFlaw::Damaged(format!("the PNG: {error}"));
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let header = decoder.read_header_info().map_err(damaged)?;
    let (width, height, interlaced) = (header.width, header.height, header.interlaced);
    size_checked((width, height))?;
    let mut reader = decoder.read_info().map_err(damaged)?;
    let dpi = reader.info().pixel_dims.filter(|dims| dims.unit == png::Unit::Meter);
    let dpi = dpi.map_or((0, 0), |dims| (inch(dims.xppu), inch(dims.yppu)));
    let samples = match reader.output_color_type() {
        (ColorType::Grayscale, BitDepth::Eight) => Samples::Grey(1),
        (ColorType::GrayscaleAlpha, BitDepth::Eight) => Samples::Grey(2),
        (ColorType::Rgb, BitDepth::Eight) => Samples::Rgb(3),
        (ColorType::Rgba, BitDepth::Eight) => Samples::Rgb(4),
        _ => return Err(ScanFlaw::Packing("an unusual kind of dots".to_owned())),
    };
    let mut damage = Damage::default();
    if interlaced {
        // Its rows come in seven rounds: all of it or nothing.
        let mut rows = vec![0; samples.row_bytes(width) * height as usize];
        reader.next_frame(&mut rows).map_err(damaged)?;
        let dots = shades::dots((width, height), rows, samples, &damage);
        return Ok(Page { dots, dpi, damage, turns: 0 });
    }
    let mut greys = Vec::with_capacity(width as usize * height as usize);
    let mut read = 0;
    while let Ok(Some(row)) = reader.next_row() {
        shades::add_row(&mut greys, row.data(), samples);
        read += 1;
    }
    damage.rows(read, height.saturating_sub(read));
    Ok(Page { dots: Dots::Grey(Grey::new(width, height, greys)), dpi, damage, turns: 0 })
}

/// Reads a JPEG. Of one that is cut off, the rows at its end that are all alike are damaged.
pub(super) fn jpeg(bytes: &[u8]) -> Result<Page, ScanFlaw> {
    let (page, whole) = match jpeg_in(bytes, Strictness::Strict) {
        Ok(page) => (page, true),
        Err(ScanFlaw::Limits) => return Err(ScanFlaw::Limits),
        Err(_) => (jpeg_in(bytes, Strictness::Lenient)?, false),
    };
    if whole {
        return Ok(page);
    }
    let Dots::Grey(grey) = &page.dots else { return Ok(page) };
    let (_, height) = page.dots.size();
    let last = grey.row(height - 1).first().copied().unwrap_or(0xff);
    let alike = |row: &u32| grey.row(*row).iter().all(|shade| *shade == last);
    let empty = (0..height).rev().take_while(alike).count();
    let empty = u32::try_from(empty).unwrap_or(height).max(1);
    let mut damage = Damage::default();
    damage.rows(height - empty, empty);
    let mut dots = page.dots;
    (height - empty..height).for_each(|row| dots.whiten(row));
    Ok(Page { dots, damage, ..page })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strictness {
    /// What is damaged is an error.
    Strict,
    /// What is damaged is filled up.
    Lenient,
}

fn jpeg_in(bytes: &[u8], strictness: Strictness) -> Result<Page, ScanFlaw> {
    let damaged = |error| ScanFlaw::Damaged(format!("the JPEG: {error}"));
    let options = DecoderOptions::new_safe()
        .set_strict_mode(strictness == Strictness::Strict)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_max_scans(SCANS_MAX)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(damaged)?;
    let info = decoder.info().ok_or(ScanFlaw::Limits)?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    size_checked((width, height))?;
    let dpi = (u32::from(info.x_density), u32::from(info.y_density));
    // 72 is what programs write that do not know better.
    let known = dpi.0.min(dpi.1) > 72 && dpi.0.max(dpi.1) < SIDE_MAX;
    let dpi = if known { dpi } else { (0, 0) };
    let mut samples = Samples::Grey(1);
    if matches!(decoder.input_colorspace(), Some(ColorSpace::CMYK | ColorSpace::YCCK)) {
        decoder.set_options(options.jpeg_set_out_colorspace(ColorSpace::RGB));
        samples = Samples::Rgb(3);
    }
    let rows = decoder.decode().map_err(damaged)?;
    let damage = Damage::default();
    let dots = shades::dots((width, height), rows, samples, &damage);
    Ok(Page { dots, dpi, damage, turns: 0 })
}

/// Dots an inch of dots a metre; 0 where it is no scanner's.
fn inch(metre: u32) -> u32 {
    let inch = (u64::from(metre) * 254 + 5_000) / 10_000;
    u32::try_from(inch).ok().filter(|inch| *inch <= SIDE_MAX).unwrap_or(0)
}

//! Sheets into the bytes of a PDF file.
//!
//! printpdf writes the objects; what it lacks is set afterwards through lopdf: version, language,
//! title display, Tokyo dates, ids from the content, fast compression. Everything random or
//! taken from a clock is overwritten, so the same view gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};
use lopdf::{Dictionary, Object, StringFormat};
use printpdf::{
    DictItem, ExternalStream, ExternalXObject, FontMetrics, Mm, ParsedFont, PdfDocument, PdfFont,
    PdfPage, PdfSaveOptions, XObject,
};
use qrcode::{Color, EcLevel};
use sha2::{Digest as _, Sha256};
use subsetter::GlyphRemapper;

use super::Pdf;
use super::canvas::{Canvas, Used, font_id, qr_id};
use super::face::{Face, Weight};
use super::length::{SHEET_HEIGHT, SHEET_WIDTH, millimetres};
use crate::domain::Timestamp;
use crate::render::Error;

/// What the file says of itself.
#[derive(Debug)]
pub(super) struct About {
    pub(super) title: String,
    pub(super) author: String,
    pub(super) made: Timestamp,
    /// The text of the QR code: digits, capitals and `-. ` only, which keeps it small.
    pub(super) qr: String,
}

/// The PDF of some sheets.
pub(super) fn save(sheets: Vec<Canvas>, used: Used, about: &About) -> Result<Pdf, Error> {
    save_with(sheets, used, about, &[])
}

/// The same with further QR codes; they are drawn by their number, the document's own being 0.
pub(super) fn save_with(
    sheets: Vec<Canvas>,
    used: Used,
    about: &About,
    more: &[String],
) -> Result<Pdf, Error> {
    let pages = u32::try_from(sheets.len()).unwrap_or(u32::MAX);
    let mut doc = PdfDocument::new(&about.title);
    doc.metadata.info.author.clone_from(&about.author);
    "kessai".clone_into(&mut doc.metadata.info.creator);
    "kessai".clone_into(&mut doc.metadata.info.producer);
    for (weight, chars) in [(Weight::Regular, &used.regular), (Weight::Bold, &used.bold)] {
        if !chars.is_empty() {
            let font = PdfFont::new(subset(weight, chars)?);
            doc.resources.fonts.map.insert(font_id(weight), font);
        }
    }
    for (at, text) in std::iter::once(&about.qr).chain(more).enumerate() {
        doc.resources.xobjects.map.insert(qr_id(at), qr_image(text)?);
    }
    let (width, height) = (millimetres(SHEET_WIDTH), millimetres(SHEET_HEIGHT));
    doc.pages =
        sheets.into_iter().map(|sheet| PdfPage::new(Mm(width), Mm(height), sheet.ops)).collect();
    // `secure` would drop our own path operators; without `optimize` compression is left to us.
    let options = PdfSaveOptions {
        optimize: false,
        subset_fonts: false,
        secure: false,
        image_optimization: None,
    };
    let mut file = doc.to_lopdf_document(&options, &mut Vec::new());
    compress(&mut file)?;
    describe(&mut file, about)?;
    let mut bytes = Vec::with_capacity(64 * 1024);
    file.save_to(&mut bytes).map_err(Error::Write)?;
    Ok(Pdf { bytes, pages, missing: used.missing.into_iter().collect() })
}

/// The characters of one face as a font of their own.
fn subset(weight: Weight, chars: &BTreeSet<char>) -> Result<ParsedFont, Error> {
    let face = Face::of(weight);
    let mut remapper = GlyphRemapper::new();
    let mut glyphs = BTreeMap::new();
    let mut widths = BTreeMap::from([(0, face.parsed.units_per_em())]);
    let mut tag = Sha256::new();
    for c in chars {
        let Some((old, advance)) = face.glyph(*c) else { continue };
        let new = remapper.remap(old);
        glyphs.insert(u32::from(*c), new);
        widths.insert(new, advance);
        tag.update(u32::from(*c).to_be_bytes());
    }
    let data = subsetter::subset(face.data, 0, &remapper)
        .map_err(|_| Error::Pdf { what: "the font could not be cut to its characters" })?;
    let tag: String = tag.finalize().iter().take(6).map(|b| char::from(b'A' + b % 26)).collect();
    let metrics = FontMetrics { ascent: face.parsed.ascender(), descent: face.parsed.descender() };
    let name = Some(format!("{tag}+{}", face.name));
    let upm = face.parsed.units_per_em();
    let mut font = ParsedFont::with_glyph_data(data, 0, name, glyphs, widths, upm, metrics);
    let bounds = face.parsed.global_bounding_box();
    let metrics = &mut font.pdf_font_metrics;
    (metrics.x_min, metrics.y_min) = (bounds.x_min, bounds.y_min);
    (metrics.x_max, metrics.y_max) = (bounds.x_max, bounds.y_max);
    (metrics.caret_slope_rise, metrics.caret_slope_run) = (1, 0);
    metrics.us_weight_class = face.parsed.weight().to_number();
    Ok(font)
}

/// The QR code as a mask of one bit a module: drawn as shapes it would cost more than the page.
fn qr_image(text: &str) -> Result<XObject, Error> {
    let (side, colors) =
        qr_modules(text).map_err(|_| Error::Pdf { what: "the QR code does not hold its text" })?;
    let mut content = Vec::with_capacity(side * side.div_ceil(8));
    for row in colors.chunks(side) {
        for eight in row.chunks(8) {
            // A mask paints where the bit is 0; bits beyond the edge are padding.
            let bits = (0..8)
                .fold(0_u8, |bits, at| bits << 1 | u8::from(eight.get(at) != Some(&Color::Dark)));
            content.push(bits);
        }
    }
    let side = i64::try_from(side).unwrap_or(0);
    let name = |name: &str| DictItem::Name(name.as_bytes().to_vec());
    let dict = BTreeMap::from([
        ("Type".to_owned(), name("XObject")),
        ("Subtype".to_owned(), name("Image")),
        ("Width".to_owned(), DictItem::Int(side)),
        ("Height".to_owned(), DictItem::Int(side)),
        ("ImageMask".to_owned(), DictItem::Bool(true)),
        ("BitsPerComponent".to_owned(), DictItem::Int(1)),
    ]);
    let stream = ExternalStream { dict, content, compress: false };
    Ok(XObject::External(ExternalXObject { stream, width: None, height: None, dpi: None }))
}

/// Side and modules of a QR code, with one fixed mask. The crate's own way tries all eight and
/// scores them, which took a quarter of a whole paper's time; readers take the mask from the code.
fn qr_modules(text: &str) -> Result<(usize, Vec<Color>), qrcode::types::QrError> {
    let level = EcLevel::M;
    let bits = qrcode::bits::encode_auto(text.as_bytes(), level)?;
    let version = bits.version();
    let (data, correction) = qrcode::ec::construct_codewords(&bits.into_bytes(), version, level)?;
    let mut canvas = qrcode::canvas::Canvas::new(version, level);
    canvas.draw_all_functional_patterns();
    canvas.draw_data(&data, &correction);
    canvas.apply_mask(qrcode::canvas::MaskPattern::Checkerboard);
    let side = usize::try_from(version.width()).unwrap_or(0);
    Ok((side, canvas.into_colors()))
}

/// Compresses at level 1: the best level takes four times as long for a seventh of the size.
fn compress(file: &mut lopdf::Document) -> Result<(), Error> {
    for object in file.objects.values_mut() {
        let Object::Stream(stream) = object else { continue };
        if stream.content.len() < 200 || stream.dict.has(b"Filter") {
            continue;
        }
        let buffer = Vec::with_capacity(stream.content.len() / 2);
        let mut encoder = ZlibEncoder::new(buffer, Compression::fast());
        encoder.write_all(&stream.content).map_err(Error::Write)?;
        stream.set_content(encoder.finish().map_err(Error::Write)?);
        stream.dict.set("Filter", Object::Name(b"FlateDecode".to_vec()));
    }
    Ok(())
}

/// Version, language, title, dates and ids.
fn describe(file: &mut lopdf::Document, about: &About) -> Result<(), Error> {
    let broken = |_| Error::Pdf { what: "the document lacks its catalogue" };
    "1.7".clone_into(&mut file.version);
    let catalog = file.catalog_mut().map_err(broken)?;
    catalog.set("Lang", literal(b"ja-JP"));
    let mut preferences = Dictionary::new();
    preferences.set("DisplayDocTitle", true);
    catalog.set("ViewerPreferences", preferences);
    let info = file.trailer.get(b"Info").and_then(Object::as_reference).map_err(broken)?;
    let info = file.get_object_mut(info).and_then(Object::as_dict_mut).map_err(broken)?;
    for key in [b"GTS_PDFXVersion".as_slice(), b"Identifier", b"Keywords", b"Subject", b"Trapped"] {
        info.remove(key);
    }
    let time = pdf_time(about.made);
    info.set("CreationDate", literal(time.as_bytes()));
    info.set("ModDate", literal(time.as_bytes()));
    let mut hash = Sha256::new();
    hash.update(&about.title);
    for object in file.objects.values() {
        if let Object::Stream(stream) = object {
            hash.update(&stream.content);
        }
    }
    let id: Vec<u8> = hash.finalize().iter().take(16).copied().collect();
    let id = Object::String(id, StringFormat::Hexadecimal);
    file.trailer.set("ID", Object::Array(vec![id.clone(), id]));
    Ok(())
}

/// A moment as PDF writes it: `D:20261201090000+09'00'`.
pub(super) fn pdf_time(at: Timestamp) -> String {
    let digits: String = at.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
    format!("D:{digits}+09'00'")
}

pub(super) fn literal(bytes: &[u8]) -> Object {
    Object::String(bytes.to_vec(), StringFormat::Literal)
}

//! A paper made ready for its signature, and the signed paper (PAdES B-B).
//!
//! A signature covers the whole file but the place it is put in, so the place is made first and
//! everything else stays as it is. Source: ISO 32000-1, 12.8; ETSI EN 319 142-1.

use lopdf::{Dictionary, Document, Object, StringFormat, dictionary};

use super::save::{literal, pdf_time};
use crate::domain::{Date, Timestamp};
use crate::render::Error;

/// Room for a signature, in bytes: with a chain of three certificates about 6,000 are needed.
const ROOM: usize = 8_192;

/// Stands for a number of the byte range until it is known: as wide as the largest.
const UNKNOWN: i64 = 9_999_999_999;

/// Where the zeros begin that the signature is written over.
const CONTENTS: &[u8] = b"/Contents<";

/// A paper with an empty place for its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsigned {
    bytes: Vec<u8>,
    /// Where the place begins and ends, its angle brackets included.
    place: (usize, usize),
}

/// A finished paper made ready to be signed, `by` whom, at the moment it tells.
///
/// Errs where the bytes are no paper of ours.
pub fn unsigned(paper: &[u8], by: &str, at: Timestamp) -> Result<Unsigned, Error> {
    let broken = |_| Error::Pdf { what: "the paper cannot be read to be signed" };
    let mut file = Document::load_mem(paper).map_err(broken)?;
    let page = file.get_pages().into_values().next().ok_or(MISSING)?;
    let value = file.add_object(signature(by, at));
    let field = file.add_object(dictionary! {
        "Type" => "Annot",
        "Subtype" => "Widget",
        "FT" => "Sig",
        "T" => literal(b"Signature"),
        "V" => value,
        "P" => page,
        // Printed, locked and nowhere to be seen: the paper's look is what it was.
        "F" => 132,
        "Rect" => vec![0.into(), 0.into(), 0.into(), 0.into()],
    });
    let annotations = Object::Array(vec![field.into()]);
    let page = file.get_object_mut(page).and_then(Object::as_dict_mut).map_err(broken)?;
    page.set("Annots", annotations);
    let form = dictionary! { "Fields" => vec![field.into()], "SigFlags" => 3 };
    file.catalog_mut().map_err(broken)?.set("AcroForm", form);
    let mut bytes = Vec::with_capacity(paper.len() + 2 * ROOM + 1_024);
    file.save_to(&mut bytes).map_err(Error::Write)?;
    ranged(bytes)
}

const MISSING: Error = Error::Pdf { what: "the paper has no page or no place to sign" };

fn signature(by: &str, at: Timestamp) -> Dictionary {
    let utf16 = |text: &str| {
        let bytes = text.encode_utf16().flat_map(u16::to_be_bytes);
        Object::String([0xFE, 0xFF].into_iter().chain(bytes).collect(), StringFormat::Hexadecimal)
    };
    dictionary! {
        "Type" => "Sig",
        "Filter" => "Adobe.PPKLite",
        "SubFilter" => "ETSI.CAdES.detached",
        "ByteRange" => vec![0.into(), UNKNOWN.into(), UNKNOWN.into(), UNKNOWN.into()],
        "Contents" => Object::String(vec![0; ROOM], StringFormat::Hexadecimal),
        "M" => literal(pdf_time(at).as_bytes()),
        "Name" => utf16(by),
    }
}

/// Finds the place and writes down what is around it.
fn ranged(mut bytes: Vec<u8>) -> Result<Unsigned, Error> {
    let find = |needle: &[u8]| bytes.windows(needle.len()).position(|window| window == needle);
    let start = find(CONTENTS).ok_or(MISSING)? + CONTENTS.len() - 1;
    let end = start + 2 * ROOM + 2;
    let unknown = UNKNOWN.to_string();
    let range = format!("/ByteRange[0 {unknown} {unknown} {unknown}]");
    let at = find(range.as_bytes()).ok_or(MISSING)?;
    let rest = bytes.len().checked_sub(end).ok_or(MISSING)?;
    // As wide as before: blanks at the end of an array mean nothing.
    let known = format!("/ByteRange[0 {start} {end} {rest}");
    let known = format!("{known:<width$}]", width = range.len() - 1);
    bytes.splice(at..at + range.len(), known.into_bytes());
    Ok(Unsigned { bytes, place: (start, end) })
}

impl Unsigned {
    /// What is signed: the whole file but the place of the signature.
    pub fn content(&self) -> Vec<u8> {
        let (start, end) = self.place;
        let part = |range: Option<&[u8]>| range.unwrap_or_default().to_vec();
        [part(self.bytes.get(..start)), part(self.bytes.get(end..))].concat()
    }

    /// The signed paper; errs where the signature is larger than its place.
    pub fn signed(mut self, signature: &[u8]) -> Result<Vec<u8>, Error> {
        if signature.len() > ROOM {
            return Err(Error::Pdf { what: "the signature is larger than its place" });
        }
        let digit = |value: u8| b"0123456789abcdef".get(usize::from(value)).copied();
        let hex: Vec<u8> = signature
            .iter()
            .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
            .flatten()
            .collect();
        let first = self.place.0 + 1;
        self.bytes.splice(first..first + hex.len(), hex);
        Ok(self.bytes)
    }
}

/// A signed paper taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedPaper {
    /// What was signed.
    pub content: Vec<u8>,
    /// The signature: CMS in DER, followed by zeros.
    pub signature: Vec<u8>,
    /// Whether it covers the file to its end.
    pub whole: bool,
    /// When the paper says it was signed.
    pub at: Timestamp,
}

/// Takes a paper apart; nothing where it carries no signature of this kind.
///
/// The last signature counts: whatever was written behind one is not covered by it.
pub fn taken_apart(bytes: &[u8]) -> Option<SignedPaper> {
    let last = |needle: &[u8]| bytes.windows(needle.len()).rposition(|window| window == needle);
    let at = last(b"/ByteRange[")? + b"/ByteRange[".len();
    let text = bytes.get(at..)?.split(|byte| *byte == b']').next()?;
    let numbers: Vec<usize> = std::str::from_utf8(text)
        .ok()?
        .split_ascii_whitespace()
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let &[first, start, end, rest] = numbers.as_slice() else { return None };
    let until = end.checked_add(rest)?;
    let place = bytes.get(start..end)?;
    let hex = place.strip_prefix(b"<")?.strip_suffix(b">")?;
    let content = [bytes.get(first..start)?, bytes.get(end..until)?].concat();
    let whole = first == 0 && until == bytes.len();
    // What is said of the time stands in the same object, behind the place.
    let said = bytes.get(end..).and_then(|rest| rest.strip_prefix(b"/M(D:"));
    let at = read_time(said?.get(..14)?)?;
    Some(SignedPaper { content, signature: from_hex(hex)?, whole, at })
}

/// Fourteen digits of a Tokyo time.
fn read_time(digits: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(digits).ok()?;
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
    let year = i32::try_from(number(0, 4)?).ok()?;
    let day = Date::new(year, number(4, 6)?, number(6, 8)?).ok()?;
    let seconds = i64::from(number(12, 14)?);
    Some(Timestamp::tokyo(day, number(8, 10)?, number(10, 12)?).plus_ms(seconds * 1_000))
}

fn from_hex(hex: &[u8]) -> Option<Vec<u8>> {
    let digit =
        |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    hex.chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Timestamp {
        Timestamp::tokyo(Date::new(2026, 12, 1).unwrap(), 9, 0)
    }

    /// A paper of one empty page, as lopdf writes it.
    fn paper() -> Vec<u8> {
        let mut file = Document::with_version("1.7");
        let pages = file.new_object_id();
        let page = file.add_object(dictionary! { "Type" => "Page", "Parent" => pages });
        let tree = dictionary! { "Type" => "Pages", "Kids" => vec![page.into()], "Count" => 1 };
        file.objects.insert(pages, tree.into());
        let catalog = file.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
        file.trailer.set("Root", catalog);
        let mut bytes = Vec::new();
        file.save_to(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_is_signed_is_all_but_the_place_of_the_signature() {
        let ready = unsigned(&paper(), "見本信用金庫", at()).unwrap();
        assert_eq!(ready, unsigned(&paper(), "見本信用金庫", at()).unwrap(), "the same every time");
        let content = ready.content();
        let signed = ready.signed(&[0xAB; 1_600]).unwrap();
        let apart = taken_apart(&signed).unwrap();
        assert!(apart.whole && apart.content == content && apart.at == at());
        assert_eq!(apart.signature.get(..1_600), Some([0xAB; 1_600].as_slice()));
        assert!(Document::load_mem(&signed).is_ok(), "it is still a paper");
    }

    #[test]
    fn what_is_written_behind_a_signature_is_not_covered() {
        let ready = unsigned(&paper(), "x", at()).unwrap();
        let mut signed = ready.signed(&[1; 10]).unwrap();
        signed.extend_from_slice(b"\n% more");
        assert!(!taken_apart(&signed).unwrap().whole);
        assert_eq!(taken_apart(&paper()), None);
        assert!(unsigned(&paper(), "x", at()).unwrap().signed(&[0; ROOM + 1]).is_err());
        assert!(unsigned(b"no paper", "x", at()).is_err());
    }
}

//! XML: `densaiBatch` by a pull parser, with every limit a hostile file would need broken.
//!
//! No tree is built and nothing recurses; `workflows/schemas/densai_batch_v1.xsd` is the shape.

mod correct;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

pub use correct::requests_to_correct;

use super::batch::{Batch, Doubt};
use super::text::{Stop, Text};
use super::vocabulary::{claim_field, counterparty_field, request_field, requester_field, unknown};
use super::{Code, Encoding, Field, Finding, file_finding};
use crate::domain::rules::{Places, Row};

/// How deep elements may be nested.
const DEPTH_MAX: usize = 32;
/// How many attributes an element may have.
const ATTRIBUTES_MAX: usize = 64;
/// How long a name may be, in bytes.
const NAME_MAX: usize = 256;
/// How long a text or an attribute's value may be, in bytes.
const TEXT_MAX: usize = 64 << 10;

/// Reads a whole XML file into `batch`.
pub(super) fn read(text: &mut Text<'_>, batch: &mut Batch<'_>) {
    let mut parser = quick_xml::Reader::from_reader(text);
    // The one check that costs nothing and that a reader of ours would miss.
    parser.config_mut().check_comments = true;
    let mut reader = Walk::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        parser.get_mut().mark();
        let place = parser.get_mut().place();
        let outcome = match parser.read_event_into(&mut buffer) {
            Ok(Event::Eof) => {
                if let Err(finding) = reader.end_of_file() {
                    batch.file_error(finding.at(place));
                }
                return;
            }
            Ok(event) => {
                let text = parser.get_mut();
                let (encoding, ascii) = (text.encoding(), text.is_ascii());
                let seen = Seen { encoding, ascii };
                reader.event(&event, place, seen, batch)
            }
            Err(error) => match parser.get_mut().stopped() {
                Some(Stop::TooLong) => Err(limit("一つの要素が長すぎます", "an element is too long")),
                Some(_) => return,
                None => Err(Fault::new(
                    Code::Xml,
                    "XMLとして読めません。タグの閉じ忘れや & < の書き方(&amp; &lt;)を確かめてください。".to_owned(),
                    format!("not well-formed XML: {error}"),
                )),
            },
        };
        if let Err(fault) = outcome {
            batch.file_error(fault.at(place));
            return;
        }
    }
}

/// What ends the reading of a file.
struct Fault {
    code: Code,
    ja: String,
    en: String,
}

impl Fault {
    const fn new(code: Code, ja: String, en: String) -> Self {
        Self { code, ja, en }
    }

    fn at(self, place: (u32, u32)) -> Finding {
        let mut finding = file_finding(self.code, place.0, String::new(), &self.ja, &self.en);
        finding.column = place.1;
        finding
    }
}

fn limit(ja: &str, en: &str) -> Fault {
    Fault::new(Code::XmlLimit, format!("{ja}。形を確かめてください。"), en.to_owned())
}

/// What is known of the text so far.
#[derive(Clone, Copy)]
struct Seen {
    encoding: Encoding,
    ascii: bool,
}

/// Where the reading is.
#[derive(Debug, Default)]
struct Walk {
    depth: usize,
    /// The element of a request whose text counts.
    in_comment: bool,
    in_request: bool,
    /// The parts of the request met so far.
    parts: Vec<String>,
    /// The depth of an unknown element; what is in it is passed over.
    unknown_at: Option<usize>,
    seen_root: bool,
    declared: Option<String>,
    /// `count`, `total` and the root's line.
    promised: (Option<u64>, Option<u64>, u32),
    /// The request being read.
    cells: [String; Field::COUNT],
    place: (u32, u32),
}

impl Walk {
    fn event(
        &mut self,
        event: &Event<'_>,
        place: (u32, u32),
        seen: Seen,
        batch: &mut Batch<'_>,
    ) -> Result<(), Fault> {
        match event {
            Event::Decl(declaration) => {
                let name = declaration.encoding().and_then(Result::ok);
                self.declared = name.map(|name| name.to_ascii_lowercase());
                self.check_encoding(seen)
            }
            Event::DocType(_) => Err(Fault::new(
                Code::XmlDtd,
                "DOCTYPEは使えません。削除してください。".to_owned(),
                "a DOCTYPE is not allowed; remove it".to_owned(),
            )),
            Event::PI(_) => Err(Fault::new(
                Code::Xml,
                "処理命令(<? ?>)は使えません。削除してください。".to_owned(),
                "processing instructions are not allowed; remove it".to_owned(),
            )),
            Event::Start(start) => {
                self.check_encoding(seen)?;
                self.open(start, place, batch)?;
                self.depth += 1;
                Ok(())
            }
            Event::Empty(start) => {
                self.check_encoding(seen)?;
                self.open(start, place, batch)?;
                self.depth += 1;
                self.close(batch);
                Ok(())
            }
            Event::End(_) => {
                self.check_encoding(seen)?;
                self.close(batch);
                Ok(())
            }
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(name) => {
                let character = name.resolve_char_ref().ok().flatten().map(String::from);
                let name: &str = &name.xml10_content();
                let predefined = quick_xml::escape::resolve_predefined_entity(name);
                match character.as_deref().or(predefined) {
                    Some(text) => self.text(text),
                    None => Err(Fault::new(
                        Code::Xml,
                        "使える実体参照は &amp; &lt; &gt; &quot; &apos; と数字だけです。"
                            .to_owned(),
                        "only the five predefined and numeric references are allowed".to_owned(),
                    )),
                }
            }
            Event::Comment(_) | Event::Eof => Ok(()),
        }
    }

    /// An element begins, at `self.depth` from 0.
    fn open(
        &mut self,
        start: &BytesStart<'_>,
        place: (u32, u32),
        batch: &mut Batch<'_>,
    ) -> Result<(), Fault> {
        if self.depth >= DEPTH_MAX {
            return Err(limit(
                "要素の入れ子が32段を超えています",
                "elements are nested deeper than 32",
            ));
        }
        let name = start.local_name();
        let name = name.as_ref();
        if start.name().as_ref().len() > NAME_MAX {
            return Err(limit(
                "要素の名前が256バイトを超えています",
                "a name is longer than 256 bytes",
            ));
        }
        let attributes = attributes_of(start)?;
        if self.unknown_at.is_some() {
            return Ok(());
        }
        match (self.depth, name) {
            (0, "densaiBatch") if !self.seen_root => {
                self.seen_root = true;
                self.root(&attributes, place, batch)
            }
            (0, _) => Err(Fault::new(
                Code::Schema,
                "一番外の要素は densaiBatch 一つです。".to_owned(),
                "the root element is one densaiBatch".to_owned(),
            )),
            (1, "request") => {
                self.in_request = true;
                self.parts.clear();
                self.place = place;
                self.cells.iter_mut().for_each(String::clear);
                self.take(&attributes, request_field, place, batch);
                Ok(())
            }
            (2, "requester" | "counterparty" | "claim" | "comment") if self.in_request => {
                self.part(name, &attributes, place, batch)
            }
            _ => {
                self.unknown_at = Some(self.depth);
                unknown(name, "要素", place, batch);
                Ok(())
            }
        }
    }

    /// A part of a request; a second one would silently replace the first.
    fn part(
        &mut self,
        name: &str,
        attributes: &[(String, String)],
        place: (u32, u32),
        batch: &mut Batch<'_>,
    ) -> Result<(), Fault> {
        if self.parts.iter().any(|part| part == name) {
            return Err(Fault::new(
                Code::Schema,
                format!("一つの request に {name} が二つあります。一つにしてください。"),
                format!("a request holds {name} twice; keep one"),
            ));
        }
        self.parts.push(name.to_owned());
        match name {
            "requester" => self.take(attributes, requester_field, place, batch),
            "counterparty" => self.take(attributes, counterparty_field, place, batch),
            "claim" => self.take(attributes, claim_field, place, batch),
            _ => {
                self.in_comment = true;
                self.take(attributes, |_| None, place, batch);
            }
        }
        Ok(())
    }

    /// An element ends; the request's own end hands it on.
    fn close(&mut self, batch: &mut Batch<'_>) {
        self.depth = self.depth.saturating_sub(1);
        if self.unknown_at == Some(self.depth) {
            self.unknown_at = None;
            return;
        }
        if self.depth == 2 {
            self.in_comment = false;
            return;
        }
        if self.depth == 1 && std::mem::take(&mut self.in_request) {
            let mut cells = [""; Field::COUNT];
            for (cell, text) in cells.iter_mut().zip(&self.cells) {
                *cell = text;
            }
            let (line, column) = self.place;
            let record = batch.next_record();
            let places = Places::Columns(&[column; Field::COUNT]);
            // A reference writes any character in ASCII.
            let ascii = cells.iter().all(|cell| cell.is_ascii());
            let doubt = if ascii { Doubt::None } else { Doubt::Odd };
            batch.row(&Row { record, line, cells, places }, doubt);
        }
        if self.depth == 0 {
            let (count, total, line) = self.promised;
            batch.check_total(line, count, total);
        }
    }

    fn root(
        &mut self,
        attributes: &[(String, String)],
        place: (u32, u32),
        batch: &mut Batch<'_>,
    ) -> Result<(), Fault> {
        let mut version = None;
        let mut submitter = None;
        self.promised.2 = place.0;
        for (name, value) in attributes {
            match name.as_str() {
                "version" => version = Some(value.as_str()),
                "submitter" => submitter = Some(value.as_str()),
                "count" => self.promised.0 = Some(promise(name, value)?),
                "total" => self.promised.1 = Some(promise(name, value)?),
                _ => unknown(name, "属性", place, batch),
            }
        }
        if version != Some("1") {
            return Err(Fault::new(
                Code::Schema,
                "densaiBatch の version は 1 です。version=\"1\" と書いてください。".to_owned(),
                "write version=\"1\" on densaiBatch".to_owned(),
            ));
        }
        match submitter {
            Some(submitter) => batch.check_submitter(place.0, submitter),
            None => batch.file_error(
                Fault::new(
                    Code::Schema,
                    "densaiBatch に submitter(お出しになる方の番号)がありません。".to_owned(),
                    "densaiBatch lacks the attribute submitter".to_owned(),
                )
                .at(place),
            ),
        }
        Ok(())
    }

    /// Keeps the values of `attributes` as the cells that `field_of` names.
    fn take(
        &mut self,
        attributes: &[(String, String)],
        field_of: fn(&str) -> Option<Field>,
        place: (u32, u32),
        batch: &mut Batch<'_>,
    ) {
        for (name, value) in attributes {
            match field_of(name).and_then(|field| self.cells.get_mut(field.index())) {
                Some(cell) => value.clone_into(cell),
                None => unknown(name, "属性", place, batch),
            }
        }
    }

    fn text(&mut self, text: &str) -> Result<(), Fault> {
        if text.len() > TEXT_MAX {
            return Err(limit("文字列が64KiBを超えています", "a text is longer than 64 KiB"));
        }
        if self.unknown_at.is_some() {
            return Ok(());
        }
        if !self.in_comment {
            return if text.trim().is_empty() {
                Ok(())
            } else {
                Err(Fault::new(
                    Code::Xml,
                    "要素の間に文字があります。値は属性か comment に書いてください。".to_owned(),
                    "text between elements; values belong into attributes or comment".to_owned(),
                ))
            };
        }
        let cell = self.cells.get_mut(Field::Comment.index());
        if let Some(cell) = cell {
            cell.push_str(text);
            if cell.len() > TEXT_MAX {
                return Err(limit("文字列が64KiBを超えています", "a text is longer than 64 KiB"));
            }
        }
        Ok(())
    }

    /// The declaration and the bytes must agree; without one the text is UTF-8.
    fn check_encoding(&self, seen: Seen) -> Result<(), Fault> {
        let declared = self.declared.as_deref().unwrap_or("utf-8");
        let utf8 = matches!(declared, "utf-8" | "utf8" | "us-ascii" | "ascii");
        let cp932 = matches!(
            declared,
            "shift_jis" | "shift-jis" | "sjis" | "x-sjis" | "windows-31j" | "cp932" | "ms932"
        );
        let agrees = match seen.encoding {
            _ if seen.ascii => utf8 || cp932,
            Encoding::Utf8 | Encoding::Utf8Bom => utf8,
            Encoding::Cp932 => cp932,
            Encoding::Utf16 => declared == "utf-16",
            Encoding::JisX0201 | Encoding::Ebcdic => false,
        };
        if agrees {
            return Ok(());
        }
        let found = seen.encoding.name();
        Err(Fault::new(
            Code::Enc,
            format!(
                "XML宣言の文字コードは{declared}ですが、中身は{found}です。宣言か保存の形式を直してください。"
            ),
            format!("the XML declaration says {declared}, the bytes are {found}; make them agree"),
        ))
    }

    fn end_of_file(&self) -> Result<(), Fault> {
        if self.seen_root && self.depth == 0 {
            return Ok(());
        }
        Err(Fault::new(
            Code::Xml,
            "ファイルが途中で終わっています。最後まで書き出されているか確かめてください。"
                .to_owned(),
            "the file ends before its root element is closed".to_owned(),
        ))
    }
}

/// Names and values of an element's attributes, within the limits, without name space notes.
fn attributes_of(start: &BytesStart<'_>) -> Result<Vec<(String, String)>, Fault> {
    let mut found: Vec<(String, String)> = Vec::new();
    // Our own check of repetition: theirs would compare tens of thousands before we could count.
    for (number, attribute) in start.attributes().with_checks(false).enumerate() {
        if number >= ATTRIBUTES_MAX {
            return Err(limit(
                "属性が64個を超えています",
                "an element has more than 64 attributes",
            ));
        }
        let broken = |why: &dyn std::fmt::Display| {
            Fault::new(
                Code::Xml,
                "属性の書き方が正しくありません。名前=\"値\" の形で書いてください。".to_owned(),
                format!("a broken attribute: {why}"),
            )
        };
        let attribute = attribute.map_err(|error| broken(&error))?;
        let name: &str = attribute.key.as_ref();
        if name.len() > NAME_MAX {
            return Err(limit(
                "属性の名前が256バイトを超えています",
                "a name is longer than 256 bytes",
            ));
        }
        let value =
            attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| broken(&error))?;
        if value.len() > TEXT_MAX {
            return Err(limit("属性の値が64KiBを超えています", "a value is longer than 64 KiB"));
        }
        if found.iter().any(|(earlier, _)| earlier == name) {
            return Err(broken(&format_args!("{name} is given twice")));
        }
        if name != "xmlns" && !name.starts_with("xmlns:") && !name.starts_with("xsi:") {
            found.push((name.to_owned(), value.into_owned()));
        }
    }
    Ok(found)
}

fn promise(name: &str, value: &str) -> Result<u64, Fault> {
    value.parse().map_err(|_| {
        Fault::new(
            Code::Total,
            format!("{name} は半角数字で書いてください。"),
            format!("{name} is a whole number in digits"),
        )
    })
}

//! A form's file, laid over the form that is built in; every mistake is told with its line.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::{Block, Body, Column, Field, Form, Measures, NAMES, Share, WIDTH_MM};
use crate::render::Mistake;
use crate::render::words::{line_at, nearest};

/// A form as it is written. What is missing stays as it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: Option<Text>,
    to: Option<Text>,
    lead: Option<Text>,
    notes: Option<Vec<Text>>,
    #[serde(default)]
    blank: BTreeMap<Text, Text>,
    #[serde(default)]
    mm: MeasuresFile,
    block: Option<Vec<Spanned<BlockFile>>>,
    #[serde(default)]
    stamps: StampsFile,
}

type Text = Spanned<String>;
type Number = Spanned<u16>;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasuresFile {
    label: Option<Number>,
    row: Option<Number>,
    line: Option<Number>,
    stamp: Option<Number>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BlockFile {
    heading: Text,
    fields: Option<Vec<FieldFile>>,
    columns: Option<Vec<ColumnFile>>,
    lines: Option<Number>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldFile {
    label: Text,
    value: Text,
    #[serde(default)]
    half: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnFile {
    title: Text,
    mm: Number,
    value: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct StampsFile {
    heading: Option<Text>,
    boxes: Option<Spanned<Vec<String>>>,
}

/// What the line of a party may tell besides [`NAMES`].
const PARTY_NAMES: [&str; 3] = ["role", "number", "name"];

/// The form with what `text` says in its place; errs with every mistake in it.
pub(super) fn overlaid(mut form: Form, file: &str, text: &str) -> Result<Form, Vec<Mistake>> {
    let mut say = Mistakes { file, text, found: Vec::new() };
    let read: File = match toml::from_str(text) {
        Ok(read) => read,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            say.at(at, error.message().to_owned());
            return Err(say.found);
        }
    };
    for (new, old) in
        [(read.title, &mut form.title), (read.to, &mut form.to), (read.lead, &mut form.lead)]
    {
        *old = new.map_or_else(|| std::mem::take(old), |new| say.checked(new, &[]));
    }
    if let Some(notes) = read.notes {
        form.notes = notes.into_iter().map(|note| say.checked(note, &[])).collect();
    }
    for (name, value) in read.blank {
        say.name(name.span().start, name.get_ref(), &[]);
        form.blank.insert(name.into_inner(), say.checked(value, &[]));
    }
    measures(&mut form.mm, &read.mm, &mut say);
    if let Some(blocks) = read.block {
        form.blocks = blocks.into_iter().filter_map(|block| self::block(block, &mut say)).collect();
    }
    if let Some(heading) = read.stamps.heading {
        form.stamps_heading = say.checked(heading, &[]);
    }
    if let Some(boxes) = read.stamps.boxes {
        if !(1..=6).contains(&boxes.get_ref().len()) {
            say.at(boxes.span().start, "write one to six boxes".to_owned());
        }
        form.stamps = boxes.into_inner();
    }
    if say.found.is_empty() {
        return Ok(form);
    }
    say.found.sort_by_key(|mistake| mistake.line);
    Err(say.found)
}

fn measures(mm: &mut Measures, read: &MeasuresFile, say: &mut Mistakes<'_>) {
    for (new, old, least, most) in [
        (&read.label, &mut mm.label, 15, 80),
        (&read.row, &mut mm.row, 6, 60),
        (&read.line, &mut mm.line, 6, 60),
        (&read.stamp, &mut mm.stamp, 12, 60),
    ] {
        let Some(new) = new else { continue };
        if !(least..=most).contains(new.get_ref()) {
            say.at(new.span().start, format!("write {least} to {most} millimetres"));
        }
        *old = *new.get_ref();
    }
}

fn block(read: Spanned<BlockFile>, say: &mut Mistakes<'_>) -> Option<Block> {
    let at = read.span().start;
    let read = read.into_inner();
    let heading = say.checked(read.heading, &[]);
    let body = match (read.fields, read.columns, read.lines) {
        (Some(fields), None, None) => {
            Body::Fields(fields.into_iter().map(|field| self::field(field, say)).collect())
        }
        (None, Some(columns), least) => {
            let columns: Vec<Column> =
                columns.into_iter().map(|column| self::column(column, say)).collect();
            let sum: u32 = columns.iter().map(|column| u32::from(column.mm)).sum();
            if sum != u32::from(WIDTH_MM) {
                say.at(at, format!("the columns are {sum} mm wide; they must sum to {WIDTH_MM}"));
            }
            Body::Lines { columns, least: least.map_or(1, Spanned::into_inner).clamp(1, 30) }
        }
        _ => {
            say.at(at, "a block has either fields, or columns and lines".to_owned());
            return None;
        }
    };
    Some(Block { heading, body })
}

fn field(read: FieldFile, say: &mut Mistakes<'_>) -> Field {
    let share = if read.half { Share::Half } else { Share::Whole };
    Field { label: say.checked(read.label, &[]), value: say.checked(read.value, &[]), share }
}

fn column(read: ColumnFile, say: &mut Mistakes<'_>) -> Column {
    Column {
        title: say.checked(read.title, &[]),
        mm: read.mm.into_inner(),
        value: say.checked(read.value, &PARTY_NAMES),
    }
}

/// The mistakes of a file, as they are found.
struct Mistakes<'t> {
    file: &'t str,
    text: &'t str,
    found: Vec<Mistake>,
}

impl Mistakes<'_> {
    fn at(&mut self, offset: usize, text: String) {
        let line = line_at(self.text, offset);
        self.found.push(Mistake { file: self.file.to_owned(), line, text });
    }

    /// A text whose names in braces are all known.
    fn checked(&mut self, text: Text, besides: &[&str]) -> String {
        let at = text.span().start;
        let names = text.get_ref().split('{').skip(1).filter_map(|part| part.split_once('}'));
        let names: Vec<&str> = names.map(|(name, _)| name).collect();
        for name in names {
            self.name(at, name, besides);
        }
        text.into_inner()
    }

    fn name(&mut self, at: usize, name: &str, besides: &[&str]) {
        let known = || NAMES.iter().chain(besides).copied();
        if !known().any(|one| one == name) {
            let near = nearest(name, known());
            self.at(at, format!("unknown name {{{name}}}; did you mean {{{near}}}?"));
        }
    }
}

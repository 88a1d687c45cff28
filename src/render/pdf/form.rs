//! A form to print, sign and seal: 変更記録請求書, 開示請求書, 特定記録機関変更記録請求書.

use super::Pdf;
use super::canvas::{Ink, Style};
use super::flow::{Flow, Head};
use super::length::Um;
use super::save::{About, save};
use super::table::{Align, Cell, Column, Entry, boxes, fields, ruled};
use crate::render::Error;
use crate::render::forms::{Block, Body, Form, Measures, Share};
use crate::render::view::{FormParty, FormView};
use crate::render::words::{Words, filled};

/// A form with what is known of its request; blank where nothing is.
pub fn form(view: &FormView, form: &Form, words: &Words) -> Result<Pdf, Error> {
    let fill = |text: &str| filled(text, |name| known(view, form, name));
    let code = match (known(view, form, "case"), known(view, form, "line")) {
        ("", _) => format!("FORM {}", view.kind.code()),
        (case, line) => format!("{case} {line}"),
    };
    let number = match known(view, form, "case") {
        "" => String::new(),
        case => words.fill("form.number", &[("case", case), ("line", known(view, form, "line"))]),
    };
    let title = format!("{} {number}", form.title).trim_end().to_owned();
    let mut flow = Flow::new(words, Head { title: &form.title, number, desk: &view.desk });
    flow.letter(&fill(&form.to), &fill(&form.lead), &code);
    for block in &form.blocks {
        self::block(&mut flow, (view, form), block);
    }
    for note in &form.notes {
        flow.paragraph(Style::regular(76, Ink::Grey), &fill(note));
    }
    flow.headed(&form.stamps_heading, um(form.mm.stamp) + 5_400);
    boxes(&mut flow, um(form.mm.stamp), &form.stamps);
    let (sheets, used) = flow.finish();
    let author = view.desk.institution.clone();
    save(sheets, used, &About { title, author, made: view.made, qr: code })
}

/// What stands for a name: what is known, else what the form leaves for the pen.
fn known<'v>(view: &'v FormView, form: &'v Form, name: &str) -> &'v str {
    let known = view.filled.values.get(name).or_else(|| match name {
        "institution" => Some(&view.desk.institution),
        "branch" => Some(&view.desk.branch),
        _ => form.blank.get(name),
    });
    let empty = if name.starts_with("tick_") { "□" } else { "" };
    known.map_or(empty, String::as_str)
}

fn block(flow: &mut Flow<'_>, (view, form): (&FormView, &Form), block: &Block) {
    let Measures { label, row, line, .. } = form.mm;
    let fill = |text: &str| filled(text, |name| known(view, form, name));
    match &block.body {
        Body::Fields(all) => {
            let texts: Vec<(String, String, Share)> = all
                .iter()
                .map(|field| (fill(&field.label), fill(&field.value), field.share))
                .collect();
            let entries: Vec<Entry<'_>> = texts
                .iter()
                .map(|(label, value, share)| match share {
                    Share::Half => Entry::Half(label, value.clone()),
                    Share::Whole => Entry::Whole(label, value.clone()),
                })
                .collect();
            flow.headed(&block.heading, um(row));
            fields(flow, (um(label), um(row)), &entries);
        }
        Body::Lines { columns, least } => {
            let of = |party: Option<&FormParty>| -> Vec<Cell> {
                let cells = columns.iter().map(|column| match party {
                    Some(party) => filled(&column.value, |name| match name {
                        "role" => &party.role,
                        "number" => &party.number,
                        "name" => &party.name,
                        _ => known(view, form, name),
                    }),
                    None => String::new(),
                });
                cells.map(Cell::new).collect()
            };
            let parties = &view.filled.parties;
            let blank = usize::from(*least).saturating_sub(parties.len());
            let lines = parties.iter().map(|party| of(Some(party)));
            let lines = lines.chain(std::iter::repeat_with(|| of(None)).take(blank));
            let columns: Vec<Column<'_>> = columns
                .iter()
                .map(|column| Column {
                    title: &column.title,
                    width: um(column.mm),
                    align: Align::Left,
                    lines_max: 2,
                })
                .collect();
            flow.headed(&block.heading, um(line));
            ruled(flow, &columns, (80, um(line)), lines);
        }
    }
}

/// Millimetres of a form.
fn um(millimetres: u16) -> Um {
    Um::from(millimetres) * 1_000
}

//! The 新旧対照表 of a changed flow or table, with what it would have done to past cases.

use super::Pdf;
use super::canvas::{Ink, Style};
use super::flow::{Flow, Head};
use super::save::{About, save};
use super::table::{Align, Cell, Entry, columns, grid, table};
use crate::render::Error;
use crate::render::diff::{Row, excerpt, rows};
use crate::render::view::{ComparisonView, Subject};
use crate::render::words::Words;

/// Same lines shown around a change.
const CONTEXT: usize = 3;

/// The 新旧対照表 of a proposed change.
pub fn comparison(view: &ComparisonView, words: &Words) -> Result<Pdf, Error> {
    let of_rule = view.subject == Subject::Rule;
    let title = words.get(if of_rule { "comparison.title" } else { "contract.title" });
    let number = format!("{} {}", words.get("label.case"), view.case);
    let mut flow = Flow::new(words, Head { title, number, desk: &view.desk });
    let check = words.fill("common.check_number", &[("short", &view.content.short())]);
    flow.opening(
        &view.file.submitter,
        words.get(if of_rule { "comparison.lead" } else { "contract.lead" }),
        &check,
    );
    grid(&mut flow, &entries(view, words));
    flow.heading("comparison.heading_lines", 14_000);
    lines(&mut flow, view);
    said(&mut flow, "comparison.heading_proof", &view.proof);
    if of_rule {
        said(&mut flow, "comparison.heading_impact", &view.impact);
    }
    let (sheets, used) = flow.finish();
    save(
        sheets,
        used,
        &About {
            title: format!("{title} {}", view.case),
            author: view.desk.institution.clone(),
            made: view.file.received,
            qr: format!("{} {}", view.case, view.content.to_string().to_uppercase()),
        },
    )
}

fn entries<'a>(view: &ComparisonView, words: &'a Words) -> Vec<Entry<'a>> {
    let file = &view.file;
    let old = view
        .old_digest
        .map_or_else(|| words.get("comparison.new_file").to_owned(), |digest| digest.to_string());
    let of_rule = view.subject == Subject::Rule;
    let key = |rule, contract| words.get(if of_rule { rule } else { contract });
    let mut entries = vec![
        Entry::Half(words.get("label.case"), view.case.to_string()),
        Entry::Half(words.get("label.received"), file.received.japanese()),
        Entry::Half(key("comparison.kind", "contract.kind"), view.kind.clone()),
        Entry::Half(key("comparison.effective", "contract.effective"), view.effective.clone()),
        Entry::Half(words.get("label.deadline"), view.deadline.japanese()),
        Entry::Half(words.get("label.file"), file.name.clone()),
        Entry::Whole(key("comparison.place", "contract.customer"), view.place.clone()),
    ];
    // What is in force of a contract is no file.
    if of_rule {
        entries.push(Entry::Whole(words.get("comparison.old_digest"), old));
    }
    let own = key("comparison.new_digest", "contract.digest");
    entries.push(Entry::Whole(own, file.digest.to_string()));
    entries
}

fn lines(flow: &mut Flow<'_>, view: &ComparisonView) {
    let words = flow.words;
    let (old, new) = match view.subject {
        Subject::Rule => ("comparison.old", "comparison.new"),
        Subject::Contract => ("contract.old", "contract.new"),
    };
    let columns = columns(
        words,
        "comparison.widths",
        [
            ("comparison.line", Align::Right, 1),
            (old, Align::Left, 12),
            ("comparison.mark", Align::Centre, 1),
            ("comparison.line", Align::Right, 1),
            (new, Align::Left, 12),
        ],
    );
    let shown = excerpt(rows(&view.old, &view.new), CONTEXT);
    table(
        flow,
        &columns,
        74,
        shown.iter().map(|row| row.as_ref().map_or_else(|| left_out(words), cells)),
    );
}

fn cells(row: &Row) -> Vec<Cell> {
    let ink = if row.changed { Ink::Red } else { Ink::Black };
    let side = |side: &Option<(usize, String)>| match side {
        Some((line, text)) => [Cell::new(line.to_string()), Cell { text: text.clone(), ink }],
        None => [Cell::new(""), Cell::new("")],
    };
    let [old_line, old] = side(&row.old);
    let [new_line, new] = side(&row.new);
    let mark = match (&row.old, &row.new) {
        _ if !row.changed => "",
        (None, _) => "＋",
        (_, None) => "－",
        _ => "●",
    };
    vec![old_line, old, Cell { text: mark.to_owned(), ink }, new_line, new]
}

fn left_out(words: &Words) -> Vec<Cell> {
    let gap = words.get("comparison.left_out");
    let grey = |text: &str| Cell { text: text.to_owned(), ink: Ink::Grey };
    vec![grey(""), grey(gap), grey(""), grey(""), grey(gap)]
}

fn said<'a>(flow: &mut Flow<'a>, heading: &'a str, sentences: &[String]) {
    flow.heading(heading, 12_000);
    for sentence in sentences {
        flow.paragraph(Style::regular(84, Ink::Black), sentence);
    }
    flow.y += 2_500;
}

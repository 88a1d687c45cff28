//! The table of records, the same on both papers.

use super::canvas::{Ink, Style};
use super::flow::Flow;
use super::table::{Align, Cell, columns, table};
use crate::domain::Yen;
use crate::render::view::{RowView, Verdict};

/// The most records a paper prints; a sentence above the table points to the result file for the
/// others. 2,000 records are about 50 sheets.
pub const ROWS_MAX: usize = 2_000;

/// Heading and table of a paper's records; `records` counts those there are in all.
pub(super) fn rows<'a>(flow: &mut Flow<'a>, heading: &'a str, rows: &[RowView], records: u32) {
    if rows.is_empty() {
        return;
    }
    flow.heading(heading, 14_000);
    let shown = rows.len().min(ROWS_MAX);
    if u32::try_from(shown).is_ok_and(|shown| shown < records) {
        let sentence = flow.words.fill(
            "slip.more_rows",
            &[
                ("shown", &grouped(u64::try_from(shown).unwrap_or(0))),
                ("count", &grouped(u64::from(records))),
            ],
        );
        flow.paragraph(Style::regular(82, Ink::Black), &sentence);
        flow.y += 1_200;
    }
    let words = flow.words;
    let columns = columns(
        words,
        "rows.widths",
        [
            ("rows.record", Align::Right, 1),
            ("rows.kind", Align::Left, 1),
            ("rows.counterparty", Align::Left, 3),
            ("rows.amount", Align::Right, 1),
            ("rows.record_date", Align::Centre, 1),
            ("rows.due_date", Align::Centre, 1),
            ("rows.reference", Align::Left, 2),
            ("rows.verdict", Align::Centre, 1),
        ],
    );
    table(flow, &columns, 75, rows.iter().take(ROWS_MAX).map(|row| cells(words, row)));
}

fn cells(words: &crate::render::words::Words, row: &RowView) -> Vec<Cell> {
    let none = || words.get("common.none").to_owned();
    let verdict = words.get(verdict_key(row.verdict));
    let ink = match row.verdict {
        Verdict::Rejected => Ink::Red,
        Verdict::Accepted | Verdict::Warning | Verdict::Held => Ink::Black,
    };
    let request = row.request.as_ref();
    let counterparty = request.map_or_else(none, |request| {
        let mut text = request.counterparty_name_kana.clone();
        if let Some(other) = request.other_side() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(other.user_number.as_str());
        }
        if let Some(number) = &request.record_number {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&words.fill("rows.record_number", &[("number", number.as_str())]));
        }
        text
    });
    vec![
        Cell::new(row.record.to_string()),
        Cell::new(request.map_or_else(none, |request| request.kind.japanese().to_owned())),
        Cell::new(counterparty),
        Cell::new(request.and_then(|request| request.amount).map_or_else(none, amount)),
        Cell::new(request.map_or_else(none, |request| request.record_date.to_string())),
        Cell::new(
            request.and_then(|request| request.due_date).map_or_else(none, |due| due.to_string()),
        ),
        Cell::new(row.reference.clone()),
        Cell { text: verdict.to_owned(), ink },
    ]
}

fn amount(yen: Yen) -> String {
    yen.to_string()
}

/// A count with thousands commas.
pub(super) fn grouped(count: u64) -> String {
    crate::domain::YenTotal::new(count).to_string()
}

/// Where the word of a verdict stands.
pub(crate) const fn verdict_key(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "verdict.accepted",
        Verdict::Warning => "verdict.warning",
        Verdict::Held => "verdict.held",
        Verdict::Rejected => "verdict.rejected",
    }
}

//! The 手数料計算書 of a customer's month, which is also the notice of the debit.

use super::Pdf;
use super::canvas::{Ink, Style};
use super::flow::{Flow, Head};
use super::rows::grouped;
use super::save::{About, save};
use super::table::{Align, Cell, Entry, columns, figures, grid, table};
use crate::domain::Digest;
use crate::domain::fees::FeeItem;
use crate::render::Error;
use crate::render::view::FeeStatementView;
use crate::render::words::Words;

/// The 手数料計算書（口座振替のお知らせ） of a bill.
pub fn fee_statement(view: &FeeStatementView, words: &Words) -> Result<Pdf, Error> {
    let title = words.get("fees.title");
    let number = format!("{} {}", words.get("fees.number"), view.number);
    let mut flow = Flow::new(words, Head { title, number, desk: &view.desk });
    flow.foot_note("fees.no_receipt");
    let digest = digest(view);
    let check = words.fill("common.check_number", &[("short", &digest.short())]);
    let is_debited = view.bill.debit().is_some();
    let lead = if is_debited { "fees.lead" } else { "fees.lead_none" };
    flow.opening(&view.customer, words.get(lead), &check);
    let day =
        if is_debited { view.debit_day.japanese() } else { words.get("common.none").to_owned() };
    let count = words.fill("common.count", &[("count", &grouped(acts(view)))]);
    let total = words.fill("common.yen", &[("amount", &view.bill.total.to_string())]);
    figures(
        &mut flow,
        &[
            (words.get("fees.debit_day"), day, Ink::Navy),
            (words.get("fees.acts"), count, Ink::Black),
            (words.get("fees.total"), total, Ink::Black),
        ],
    );
    grid(&mut flow, &entries(view, words));
    lines(&mut flow, view);
    flow.heading("fees.heading_notes", 12_000);
    let style = Style::regular(86, Ink::Black);
    for note in if is_debited { &["fees.note_balance", "fees.note_tax"][..] } else { &[][..] } {
        flow.paragraph(style, words.get(note));
    }
    flow.paragraph(style, words.get("fees.note_question"));
    let (sheets, used) = flow.finish();
    let about = About {
        title: format!("{title} {}", view.number),
        author: view.desk.institution.clone(),
        made: view.made,
        qr: format!("{} {}", view.number, digest.short().to_uppercase()),
    };
    save(sheets, used, &about)
}

/// How often something was done; base fees are no acts.
fn acts(view: &FeeStatementView) -> u64 {
    let acts = view.bill.lines.iter().filter(|line| matches!(line.item, FeeItem::Act { .. }));
    acts.fold(0, |sum, line| sum.saturating_add(line.count))
}

/// What the statement says, for its check number.
fn digest(view: &FeeStatementView) -> Digest {
    let lines = view
        .bill
        .lines
        .iter()
        .map(|line| format!("{} {} {}", line.item.japanese(), line.count, line.unit.get()));
    let lines: Vec<String> = lines.collect();
    let total = view.bill.total.get();
    let text = format!("{} {} {total} {}", view.number, view.debit_day, lines.join(" "));
    Digest::of(text.as_bytes())
}

fn entries<'a>(view: &FeeStatementView, words: &'a Words) -> Vec<Entry<'a>> {
    let until = view.bill.used_until().japanese();
    vec![
        Entry::Half(words.get("fees.month"), view.bill.month.japanese()),
        Entry::Half(words.get("fees.until"), words.fill("fees.until_day", &[("day", &until)])),
        Entry::Half(words.get("fees.made"), view.made.date().japanese()),
        Entry::Half(words.get("fees.contract"), view.contract.japanese().to_owned()),
        Entry::Whole(
            words.get("fees.customer"),
            words.fill(
                "common.who",
                &[("name", &view.customer), ("id", view.bill.customer.as_str())],
            ),
        ),
        Entry::Whole(words.get("fees.account"), view.account.clone()),
    ]
}

fn lines(flow: &mut Flow<'_>, view: &FeeStatementView) {
    flow.heading("fees.heading_lines", 14_000);
    let words = flow.words;
    if view.bill.lines.is_empty() {
        flow.paragraph(Style::regular(90, Ink::Black), words.get("fees.no_lines"));
        flow.y += 2_500;
        return;
    }
    let columns = columns(
        words,
        "fees.widths",
        [
            ("fees.what", Align::Left, 2),
            ("fees.count", Align::Right, 1),
            ("fees.unit", Align::Right, 1),
            ("fees.amount", Align::Right, 1),
        ],
    );
    let rows = view.bill.lines.iter().map(|line| {
        vec![
            Cell::new(line.item.japanese()),
            Cell::new(grouped(line.count)),
            Cell::new(line.unit.to_string()),
            Cell::new(line.amount.to_string()),
        ]
    });
    let sum = vec![
        Cell { text: words.get("fees.sum").to_owned(), ink: Ink::Navy },
        Cell::new(""),
        Cell::new(""),
        Cell { text: view.bill.total.to_string(), ink: Ink::Navy },
    ];
    table(flow, &columns, 88, rows.chain([sum]));
}

//! The 開示結果 of a case: the claims that were disclosed, and what happened to each.

use std::collections::BTreeMap;

use super::Pdf;
use super::canvas::{Ink, Style};
use super::flow::{Flow, Head};
use super::rows::{ROWS_MAX, grouped};
use super::save::{About, save};
use super::table::{Align, Cell, Entry, columns, figures, grid, table};
use crate::domain::RecordNumber;
use crate::render::Error;
use crate::render::disclosure::{DisclosedClaim, DisclosureView, Holder, restriction_key};
use crate::render::words::Words;

/// The 開示結果 of a case.
pub fn disclosure(view: &DisclosureView, words: &Words) -> Result<Pdf, Error> {
    let title = words.get("disclosure.title");
    let number = format!("{} {}", words.get("label.case"), view.case);
    let mut flow = Flow::new(words, Head { title, number, desk: &view.desk });
    let check = words.fill("common.check_number", &[("short", &view.content.short())]);
    flow.opening(&view.file.submitter, words.get("disclosure.lead"), &check);
    let claims: Vec<&DisclosedClaim> = view.disclosed.claims().map(|(_, claim)| claim).collect();
    // Asked about twice it is still one claim, and of one that has ended nothing is left.
    let left: BTreeMap<RecordNumber, u64> =
        claims.iter().map(|claim| (claim.number, claim.left())).collect();
    let total = left.values().fold(0_u64, |sum, left| sum.saturating_add(*left));
    let count = grouped(u64::try_from(left.len()).unwrap_or(u64::MAX));
    figures(
        &mut flow,
        &[
            (
                words.get("disclosure.count"),
                words.fill("common.count", &[("count", &count)]),
                Ink::Navy,
            ),
            (
                words.get("disclosure.left"),
                words.fill("common.yen", &[("amount", &grouped(total))]),
                Ink::Black,
            ),
        ],
    );
    grid(&mut flow, &entries(view, words));
    let shown = claims.get(..ROWS_MAX).unwrap_or(&claims);
    table_of(&mut flow, view, shown);
    history(&mut flow, shown);
    let (sheets, used) = flow.finish();
    save(
        sheets,
        used,
        &About {
            title: format!("{title} {}", view.case),
            author: view.desk.institution.clone(),
            made: view.disclosed.at,
            qr: format!("{} {}", view.case, view.content.to_string().to_uppercase()),
        },
    )
}

fn entries<'a>(view: &DisclosureView, words: &'a Words) -> Vec<Entry<'a>> {
    let file = &view.file;
    vec![
        Entry::Half(words.get("label.case"), view.case.to_string()),
        Entry::Half(words.get("label.receipt"), file.receipt.to_string()),
        Entry::Half(words.get("label.received"), file.received.japanese()),
        Entry::Half(words.get("disclosure.at"), view.disclosed.at.japanese()),
        Entry::Whole(
            words.get("label.submitter"),
            words.fill("common.who", &[("name", &file.submitter), ("id", &file.submitter_id)]),
        ),
    ]
}

/// The claims, and what was asked for and is not in the register.
fn table_of(flow: &mut Flow<'_>, view: &DisclosureView, claims: &[&DisclosedClaim]) {
    flow.heading("disclosure.heading_claims", 14_000);
    let words = flow.words;
    let style = Style::regular(86, Ink::Black);
    if view.disclosed.claims().count() > claims.len() {
        let shown = grouped(u64::try_from(claims.len()).unwrap_or(u64::MAX));
        flow.paragraph(style, &words.fill("disclosure.more", &[("shown", &shown)]));
    }
    for line in view.disclosed.lines.iter().filter(|line| line.claims.is_empty()) {
        let asked = line
            .asked
            .map_or_else(|| words.get("disclosure.all").to_owned(), |number| number.to_string());
        let record = line.record.to_string();
        let text = words
            .fill("disclosure.unknown_line", &[("record", record.as_str()), ("asked", &asked)]);
        flow.paragraph(style, &text);
    }
    if claims.is_empty() {
        flow.y += 2_500;
        return;
    }
    let columns = columns(
        words,
        "disclosure.widths_claims",
        [
            ("disclosure.number", Align::Left, 2),
            ("disclosure.state", Align::Centre, 1),
            ("disclosure.parties", Align::Left, 4),
            ("disclosure.amount", Align::Right, 1),
            ("disclosure.due", Align::Centre, 1),
            ("disclosure.restricted", Align::Centre, 1),
            ("disclosure.guarantors", Align::Left, 6),
        ],
    );
    let rows = claims.iter().map(|claim| {
        let (debtor, creditor) = (claim.debtor.text(), claim.creditor.text());
        let parties = [("debtor", debtor.as_str()), ("creditor", &creditor)];
        let guarantors: Vec<String> = claim.guarantors.iter().map(Holder::text).collect();
        vec![
            Cell::new(claim.number.to_string()),
            Cell::new(claim.state.japanese()),
            Cell::new(words.fill("disclosure.parties_value", &parties)),
            Cell::new(claim.amount.to_string()),
            Cell::new(claim.due.to_string()),
            Cell::new(words.get(restriction_key(claim.restricted))),
            Cell::new(guarantors.join("、")),
        ]
    });
    table(flow, &columns, 75, rows);
}

fn history(flow: &mut Flow<'_>, claims: &[&DisclosedClaim]) {
    if claims.is_empty() {
        return;
    }
    flow.heading("disclosure.heading_history", 14_000);
    let columns = columns(
        flow.words,
        "disclosure.widths_history",
        [("disclosure.number", Align::Left, 2), ("disclosure.history", Align::Left, 2)],
    );
    let rows = claims.iter().flat_map(|claim| {
        (0..).zip(&claim.history).map(|(at, step)| {
            let number = if at == 0 { claim.number.to_string() } else { String::new() };
            vec![Cell::new(number), Cell::new(step.clone())]
        })
    });
    table(flow, &columns, 75, rows);
}

//! The 承認票 of a case that has ended; 差戻し票 and 否認票 are the same paper.

use super::Pdf;
use super::canvas::{Area, Ink, Style};
use super::face::{clip, width};
use super::flow::{Flow, Head, MARGIN};
use super::length::{Um, em};
use super::rows::{grouped, rows};
use super::save::{About, save};
use super::strip::strip;
use super::table::{Align, Cell, Entry, columns, figures, grid, table};
use crate::domain::Timestamp;
use crate::render::Error;
use crate::render::draw::{family_name, stamp_date};
use crate::render::view::{Act, ActView, Outcome, ReceiptView};
use crate::render::words::Words;

const BOX_WIDTH: Um = 25_700;
const BOX_HEIGHT: Um = 29_000;
const BOX_HEAD: Um = 5_800;
const STAMPS_A_ROW: usize = 7;
/// Lines that were not recorded are written out up to so many; the final file has all.
const ERRORS_MAX: usize = 30;

/// The 承認票 of a case, or its 差戻し票 or 否認票.
pub fn receipt(view: &ReceiptView, words: &Words) -> Result<Pdf, Error> {
    let (title, lead) = match view.outcome {
        Outcome::Approved => ("receipt.title_approved", "receipt.lead_approved"),
        Outcome::Returned => ("receipt.title_returned", "receipt.lead_returned"),
        Outcome::Rejected => ("receipt.title_rejected", "receipt.lead_rejected"),
        Outcome::Withdrawn => ("receipt.title_withdrawn", "receipt.lead_withdrawn"),
        Outcome::Recorded => ("receipt.title_record", "receipt.lead_recorded"),
        Outcome::Errored => ("receipt.title_record", "receipt.lead_errored"),
    };
    let title = words.get(title);
    let number = format!("{} {}", words.get("label.case"), view.case);
    let mut flow = Flow::new(words, Head { title, number, desk: &view.desk });
    let check = words.fill("common.check_number", &[("short", &view.content.short())]);
    flow.opening(&view.file.submitter, words.get(lead), &check);
    let good = matches!(view.outcome, Outcome::Approved | Outcome::Recorded);
    let ink = if good { Ink::Navy } else { Ink::Red };
    let count = words.fill("common.count", &[("count", &grouped(view.records.into()))]);
    figures(
        &mut flow,
        &[
            (words.get("label.outcome"), words.get(outcome_key(view.outcome)).to_owned(), ink),
            (words.get("label.records"), count, Ink::Black),
            (
                words.get("label.sum"),
                words.fill("common.yen", &[("amount", &view.total.to_string())]),
                Ink::Black,
            ),
        ],
    );
    grid(&mut flow, &entries(view, words));
    strip(&mut flow, &view.route);
    stamps(&mut flow, &view.acts);
    history(&mut flow, &view.acts);
    rows(&mut flow, "receipt.heading_rows", &view.rows, view.records);
    let (sheets, used) = flow.finish();
    save(
        sheets,
        used,
        &About {
            title: format!("{title} {}", view.case),
            author: view.desk.institution.clone(),
            made: view.decided,
            qr: format!("{} {}", view.case, view.content.to_string().to_uppercase()),
        },
    )
}

fn entries<'a>(view: &ReceiptView, words: &'a Words) -> Vec<Entry<'a>> {
    let file = &view.file;
    let deadline =
        view.deadline.map_or_else(|| words.get("common.none").to_owned(), Timestamp::japanese);
    let mut entries = vec![
        Entry::Half(words.get("label.case"), view.case.to_string()),
        Entry::Half(words.get("label.receipt"), file.receipt.to_string()),
        Entry::Half(words.get("label.received"), file.received.japanese()),
        Entry::Half(words.get("label.decided"), view.decided.japanese()),
        Entry::Half(words.get("label.deadline"), deadline),
        Entry::Half(words.get("label.workflow"), view.workflow.clone()),
        Entry::Whole(
            words.get(file.submitter_label()),
            words.fill("common.who", &[("name", &file.submitter), ("id", &file.submitter_id)]),
        ),
        Entry::Whole(words.get("label.file"), file.name.clone()),
        Entry::Whole(
            words.get("label.content"),
            words.fill(
                "receipt.content",
                &[
                    ("digest", &view.content.to_string()),
                    ("label", words.get("label.content_short")),
                    ("short", &view.content.short()),
                ],
            ),
        ),
    ];
    if let Some(requesters) = &file.requesters {
        entries.insert(6, Entry::Whole(words.get("label.submitter"), requesters.clone()));
    }
    if !file.readers.is_empty() {
        let known = [("digest", &*file.digest.to_string()), ("readers", &file.readers.join("・"))];
        let key = if file.is_counter { "receipt.counter" } else { "receipt.paper" };
        let text = words.fill(key, &known);
        entries.push(Entry::Whole(words.get("label.paper"), text));
    }
    if let Some(came) = file.came {
        entries.push(Entry::Half(words.get("label.came"), came.japanese()));
    }
    for carved in &view.carved {
        entries.push(Entry::Whole(words.get("label.carved"), carved.clone()));
    }
    for error in view.errors.iter().take(ERRORS_MAX) {
        entries.push(Entry::Whole(words.get("label.record_error"), error.clone()));
    }
    if view.errors.len() > ERRORS_MAX {
        let count = words.fill("common.count", &[("count", &view.errors.len().to_string())]);
        entries.push(Entry::Whole(words.get("label.record_error"), format!("… {count}")));
    }
    for kind in &view.kinds {
        let count = words.fill("common.count", &[("count", &grouped(kind.count.into()))]);
        let sum = words.fill("common.yen", &[("amount", &kind.total.to_string())]);
        entries.push(Entry::Half(kind.kind.japanese(), format!("{count} {sum}")));
    }
    entries
}

/// The stamps of those who approved, in boxes as on a paper form.
fn stamps(flow: &mut Flow<'_>, acts: &[ActView]) {
    let approved: Vec<&ActView> = acts.iter().filter(|act| act.act == Act::Approved).collect();
    if approved.is_empty() {
        return;
    }
    flow.heading("receipt.heading_stamps", BOX_HEIGHT);
    for row in approved.chunks(STAMPS_A_ROW) {
        flow.need(BOX_HEIGHT);
        let top = flow.y;
        for (at, act) in (0..).zip(row) {
            let x = MARGIN + at * BOX_WIDTH;
            let head = Area { x, y: top, width: BOX_WIDTH, height: BOX_HEAD };
            flow.sheet().fill(head, Ink::Pale);
            let style = Style::bold(80, Ink::Navy);
            centred(flow, x + BOX_WIDTH / 2, top + 4_000, style, (BOX_WIDTH - 2_000, &act.seat));
            let area = Area { x, y: top, width: BOX_WIDTH, height: BOX_HEIGHT };
            flow.sheet().frame(area, Ink::Rule, 150);
            flow.sheet().line((x, top + BOX_HEAD), (x + BOX_WIDTH, top + BOX_HEAD), Ink::Rule, 150);
            let centre = (x + BOX_WIDTH / 2, top + BOX_HEAD + (BOX_HEIGHT - BOX_HEAD) / 2);
            stamp(flow, centre, act);
        }
        flow.y += BOX_HEIGHT;
    }
    flow.y += 3_500;
}

/// One date stamp: seat above, date between two rules, family name below.
fn stamp(flow: &mut Flow<'_>, centre: (Um, Um), act: &ActView) {
    let (x, y) = centre;
    let radius = 9_600;
    flow.sheet().circle(centre, radius, Ink::Red, 420);
    for rule in [-2_700, 2_700] {
        // Half the chord of the circle at this height: √(9.6² − 2.7²) = 9.21 mm.
        flow.sheet().line((x - 9_210, y + rule), (x + 9_210, y + rule), Ink::Red, 300);
    }
    let style = Style::bold(82, Ink::Red);
    centred(flow, x, y - 4_300, style, (12_500, &act.seat));
    let date = stamp_date(act.at.date());
    let baseline = y + em(86) * 36 / 100;
    centred(flow, x, baseline, Style::regular(86, Ink::Red), (18_000, &date));
    centred(flow, x, y + 6_700, style, (12_500, family_name(&act.name)));
}

fn centred(flow: &mut Flow<'_>, x: Um, baseline: Um, style: Style, fit: (Um, &str)) {
    let (room, text) = fit;
    // A long name is set smaller before it is cut: a stamp without a name is no stamp.
    let smaller = Style { tenths: style.tenths * 7 / 10, ..style };
    let fits = width(text, style.weight, style.tenths) <= room;
    let style = if fits { style } else { smaller };
    let text = clip(text, style.weight, style.tenths, room);
    let left = x - width(&text, style.weight, style.tenths) / 2;
    flow.text(left, baseline, style, &text);
}

fn history(flow: &mut Flow<'_>, acts: &[ActView]) {
    if acts.is_empty() {
        return;
    }
    flow.heading("receipt.heading_acts", 14_000);
    let words = flow.words;
    let columns = columns(
        words,
        "acts.widths",
        [
            ("acts.at", Align::Left, 1),
            ("acts.act", Align::Centre, 1),
            ("acts.seat", Align::Left, 2),
            ("acts.name", Align::Left, 2),
            ("acts.organisation", Align::Left, 2),
            ("acts.comment", Align::Left, 40),
        ],
    );
    let cells = acts.iter().map(|act| {
        let ink = match act.act {
            Act::Returned | Act::Rejected => Ink::Red,
            Act::Received
            | Act::Approved
            | Act::Abstained
            | Act::Void
            | Act::Carved
            | Act::Noted(_) => Ink::Black,
        };
        vec![
            Cell::new(act.at.to_string()),
            Cell { text: act_word(words, act.act).to_owned(), ink },
            Cell::new(act.seat.clone()),
            Cell::new(act.name.clone()),
            Cell::new(act.organisation.clone()),
            Cell::new(act.comment.clone()),
        ]
    });
    table(flow, &columns, 82, cells);
}

/// An act in a word, e.g. 承認.
pub fn act_word(words: &Words, act: Act) -> &str {
    match act {
        Act::Received => words.get("act.received"),
        Act::Approved => words.get("act.approved"),
        Act::Returned => words.get("act.returned"),
        Act::Rejected => words.get("act.rejected"),
        Act::Abstained => words.get("act.abstained"),
        Act::Void => words.get("act.void"),
        Act::Carved => words.get("act.carved"),
        Act::Noted(word) => word,
    }
}

/// Where the word of an outcome stands.
pub(crate) const fn outcome_key(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Approved => "outcome.approved",
        Outcome::Returned => "outcome.returned",
        Outcome::Rejected => "outcome.rejected",
        Outcome::Withdrawn => "outcome.withdrawn",
        Outcome::Recorded => "outcome.recorded",
        Outcome::Errored => "outcome.errored",
    }
}

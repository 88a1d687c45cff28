//! The 承認待ち一覧: what waits at a branch, whom to call, and a sheet to decide on by hand.

use super::Pdf;
use super::canvas::{Ink, Style};
use super::flow::{Flow, Head};
use super::length::SHEET_HEIGHT;
use super::rows::grouped;
use super::save::{About, save};
use super::table::{Align, Cell, columns, figures, ruled, table};
use crate::domain::{Digest, Timestamp, YenTotal};
use crate::render::Error;
use crate::render::view::{WaitingItem, WaitingListView};
use crate::render::words::Words;

/// Height of a row that is filled in by hand, in micrometres.
const BY_HAND: i32 = 16_500;
/// Empty rows on the sheet for what is not listed.
const EMPTY_ROWS: usize = 3;

/// The 承認待ち一覧 of a branch.
pub fn waiting_list(view: &WaitingListView, words: &Words) -> Result<Pdf, Error> {
    let title = words.get("waiting.title");
    let number = words.fill("waiting.as_of", &[("moment", &view.at.japanese())]);
    let mut flow = Flow::new(words, Head { title, number, desk: &view.desk });
    let digest = digest(view);
    let check = words.fill("common.check_number", &[("short", &digest.short())]);
    flow.opening(&view.desk.branch, words.get("waiting.lead"), &check);
    let total = view.items.iter().fold(YenTotal::default(), |sum, item| {
        YenTotal::new(sum.get().saturating_add(item.total.get()))
    });
    let nearest = view.items.iter().filter_map(|item| item.deadline).min();
    let count = u64::try_from(view.items.len()).unwrap_or(u64::MAX);
    figures(
        &mut flow,
        &[
            (
                words.get("waiting.cases"),
                words.fill("common.count", &[("count", &grouped(count))]),
                Ink::Black,
            ),
            (
                words.get("waiting.nearest"),
                nearest.map_or_else(|| words.get("waiting.none").to_owned(), short),
                Ink::Red,
            ),
            (
                words.get("waiting.total"),
                words.fill("common.yen", &[("amount", &total.to_string())]),
                Ink::Black,
            ),
        ],
    );
    cases(&mut flow, &view.items);
    phones(&mut flow, view);
    by_hand(&mut flow, &view.items);
    let (sheets, used) = flow.finish();
    let about = About {
        title: format!("{title} {} {}", view.desk.branch, view.at),
        author: view.desk.institution.clone(),
        made: view.at,
        qr: format!("{} {} {}", view.code, view.at.ms(), digest.short()),
    };
    save(sheets, used, &about)
}

/// What the list holds, for its check number.
fn digest(view: &WaitingListView) -> Digest {
    let items = view.items.iter().map(|item| format!("{} {}", item.case, item.total.get()));
    let all: Vec<String> = items.collect();
    Digest::of(format!("{} {} {}", view.code, view.at.ms(), all.join(" ")).as_bytes())
}

fn cases(flow: &mut Flow<'_>, items: &[WaitingItem]) {
    flow.heading("waiting.heading_cases", 12_000);
    let words = flow.words;
    if items.is_empty() {
        flow.paragraph(Style::regular(90, Ink::Black), words.get("waiting.no_cases"));
        flow.y += 2_500;
        return;
    }
    let columns = columns(
        words,
        "waiting.widths_cases",
        [
            ("waiting.no", Align::Right, 1),
            ("label.deadline", Align::Left, 2),
            ("waiting.case", Align::Left, 1),
            ("waiting.what", Align::Left, 3),
            ("waiting.amount", Align::Right, 1),
            ("waiting.whom", Align::Left, 4),
        ],
    );
    let rows = (1_u64..).zip(items).map(|(number, item)| {
        let mut due = item.deadline.map_or_else(|| item.status.clone(), short);
        if item.is_late {
            due.push_str(words.get("waiting.is_late"));
        }
        vec![
            Cell::new(grouped(number)),
            Cell::new(due),
            Cell::new(item.case.clone()),
            Cell::new(what(words, item)),
            Cell::new(item.total.to_string()),
            Cell::new(format!("{} {}", item.seat, item.people.join("・"))),
        ]
    });
    table(flow, &columns, 78, rows);
}

fn phones(flow: &mut Flow<'_>, view: &WaitingListView) {
    flow.heading("waiting.heading_phones", 12_000);
    let words = flow.words;
    let columns = columns(
        words,
        "waiting.widths_phones",
        [("waiting.branch", Align::Left, 1), ("waiting.phone", Align::Left, 1)],
    );
    let rows = view
        .phones
        .iter()
        .map(|(name, phone)| vec![Cell::new(name.clone()), Cell::new(phone.clone())]);
    table(flow, &columns, 82, rows);
}

/// A sheet of its own on which people decide while the program is down.
fn by_hand(flow: &mut Flow<'_>, items: &[WaitingItem]) {
    // Always a new sheet: it is copied, signed and kept.
    flow.need(SHEET_HEIGHT);
    flow.heading("waiting.heading_by_hand", 20_000);
    let words = flow.words;
    flow.paragraph(Style::regular(86, Ink::Black), words.get("waiting.by_hand"));
    flow.y += 1_500;
    let columns = columns(
        words,
        "waiting.widths_by_hand",
        [
            ("waiting.no", Align::Right, 1),
            ("waiting.case", Align::Left, 3),
            ("waiting.decision", Align::Left, 3),
            ("waiting.reason", Align::Left, 1),
            ("waiting.first_seal", Align::Left, 1),
            ("waiting.second_seal", Align::Left, 1),
        ],
    );
    let choices = words.get("waiting.choices");
    let blank = || Cell::new("");
    let listed = (1_u64..).zip(items).map(|(number, item)| {
        let case = words.fill(
            "waiting.by_hand_case",
            &[
                ("case", &item.case),
                ("submitter", &item.submitter),
                ("total", &item.total.to_string()),
            ],
        );
        vec![
            Cell::new(grouped(number)),
            Cell::new(case),
            Cell::new(choices),
            blank(),
            blank(),
            blank(),
        ]
    });
    let empty = (0..EMPTY_ROWS)
        .map(|_| vec![blank(), blank(), Cell::new(choices), blank(), blank(), blank()]);
    ruled(flow, &columns, (78, BY_HAND), listed.chain(empty));
    flow.paragraph(Style::regular(82, Ink::Black), words.get("waiting.afterwards"));
}

fn what(words: &Words, item: &WaitingItem) -> String {
    words.fill(
        "waiting.what_value",
        &[
            ("submitter", &item.submitter),
            ("title", &item.title),
            ("count", &grouped(item.count.into())),
        ],
    )
}

/// `12/3 15:00`.
fn short(at: Timestamp) -> String {
    let (hour, minute) = at.hour_minute();
    format!("{}/{} {hour}:{minute:02}", at.date().month(), at.date().day())
}

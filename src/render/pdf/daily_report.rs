//! The 日報 of a branch: what came, went on and waits, what is due, what a person must look at.

use super::Pdf;
use super::canvas::{Ink, Style};
use super::flow::{Flow, Head};
use super::rows::grouped;
use super::save::{About, save};
use super::table::{Align, Cell, Entry, columns, figures, grid, table};
use crate::domain::{Digest, Timestamp};
use crate::render::Error;
use crate::render::daily::{DailyReportView, DueItem, Figure, Figures, IncidentItem, Urgency};
use crate::render::words::Words;

/// The 日報 of a branch, or of all of them.
pub fn daily_report(view: &DailyReportView, words: &Words) -> Result<Pdf, Error> {
    let title = words.get("daily.title");
    let number = words.fill("daily.as_of", &[("moment", &view.at.japanese())]);
    let mut flow = Flow::new(words, Head { title, number, desk: &view.desk });
    let digest = digest(view);
    let check = words.fill("common.check_number", &[("short", &digest.short())]);
    let day = [("day", view.day.japanese()), ("wareki", view.day.wareki())];
    let day = day.each_ref().map(|(name, value)| (*name, value.as_str()));
    flow.opening(&view.desk.branch, &words.fill("daily.lead", &day), &check);
    summary(&mut flow, view);
    kinds(&mut flow, view);
    waiting(&mut flow, view);
    due(&mut flow, view);
    incidents(&mut flow, view);
    journal(&mut flow, view);
    let (sheets, used) = flow.finish();
    let hash = view.journal.hash.map(|hash| hash.to_string()).unwrap_or_default();
    let code = view.branch.map_or_else(|| "all".to_owned(), |code| code.to_string());
    let about = About {
        title: format!("{title} {} {}", view.desk.branch, view.day),
        author: view.desk.institution.clone(),
        made: view.at,
        qr: format!("{code} {} {} {hash}", view.day.yyyymmdd(), view.journal.sequence),
    };
    save(sheets, used, &about)
}

/// What the report says, for its check number.
fn digest(view: &DailyReportView) -> Digest {
    let figures = |figures: &Figures| {
        let each = figures.each().map(|one| format!("{} {}", one.count, one.total.get()));
        each.join(" ")
    };
    let kinds = view.kinds.iter().map(|one| format!("{} {}", one.title, figures(&one.figures)));
    let due = view.due_items.iter().map(|item| format!("{} {}", item.case, item.status));
    let incidents = view.incidents.iter().map(|item| item.name.clone());
    let unkept = view.unkept.iter().map(|one| format!("{} {}", one.schedule, one.at.ms()));
    let said: Vec<String> = kinds.chain(due).chain(incidents).chain(unkept).collect();
    let head = format!("{:?} {} {}", view.branch, view.day, view.at.ms());
    Digest::of(format!("{head} {} {}", view.journal.sequence, said.join(" ")).as_bytes())
}

/// What a reader looks for first.
fn summary(flow: &mut Flow<'_>, view: &DailyReportView) {
    let words = flow.words;
    let count = |count: u64| words.fill("common.count", &[("count", &grouped(count))]);
    let to_look_at = look_at(view);
    let ink = if to_look_at > 0 { Ink::Red } else { Ink::Black };
    let received = view.sum.received;
    figures(
        flow,
        &[
            (words.get("daily.received"), count(received.count), Ink::Black),
            (words.get("daily.approved"), count(view.sum.approved.count), Ink::Black),
            (words.get("daily.look_at"), count(to_look_at), ink),
            (
                words.get("daily.received_total"),
                words.fill("common.yen", &[("amount", &received.total.to_string())]),
                Ink::Black,
            ),
        ],
    );
    let files = words.fill(
        "daily.files",
        &[
            ("received", &grouped(view.files.received)),
            ("rejected", &grouped(view.files.rejected)),
            ("held", &grouped(view.files.held)),
            ("bad", &grouped(view.files.bad_records)),
        ],
    );
    flow.paragraph(Style::regular(86, Ink::Black), &files);
    flow.y += 1_500;
}

/// How many things a person must look at.
fn look_at(view: &DailyReportView) -> u64 {
    let unkept = u64::try_from(view.unkept.len()).unwrap_or(u64::MAX);
    view.incident_count.saturating_add(unkept)
}

/// Two lines for each kind: how many, and how much.
fn kinds(flow: &mut Flow<'_>, view: &DailyReportView) {
    flow.heading("daily.heading_kinds", 20_000);
    let words = flow.words;
    let columns = columns(
        words,
        "daily.widths_kinds",
        [
            ("daily.kind", Align::Left, 2),
            ("daily.unit", Align::Left, 2),
            ("daily.received", Align::Right, 2),
            ("daily.approved", Align::Right, 2),
            ("daily.recorded", Align::Right, 2),
            ("daily.errored", Align::Right, 2),
            ("daily.refused", Align::Right, 2),
            ("daily.waiting", Align::Right, 2),
        ],
    );
    let kinds = view.kinds.iter().map(|one| (one.title.as_str(), one.figures, Ink::Black));
    let sum = (words.get("daily.sum"), view.sum, Ink::Navy);
    let rows = kinds.chain([sum]).flat_map(|(title, figures, ink)| {
        let cell = |text: String| Cell { text, ink };
        let line = |title: &str, unit, value: &dyn Fn(Figure) -> String| {
            let first = [title, words.get(unit)].map(|text| cell(text.to_owned()));
            first.into_iter().chain(figures.each().map(|one| cell(value(one)))).collect()
        };
        [
            line(title, "daily.count", &|one| grouped(one.count)),
            line("", "daily.yen", &|one| one.total.to_string()),
        ]
    });
    table(flow, &columns, 72, rows);
}

fn waiting(flow: &mut Flow<'_>, view: &DailyReportView) {
    if view.waiting.is_empty() {
        return;
    }
    flow.heading("daily.heading_waiting", 12_000);
    let words = flow.words;
    let columns = columns(
        words,
        "daily.widths_waiting",
        [
            ("daily.status", Align::Left, 1),
            ("daily.count", Align::Right, 1),
            ("daily.amount", Align::Right, 1),
        ],
    );
    let rows = view.waiting.iter().map(|(status, figure)| {
        vec![
            Cell::new(*status),
            Cell::new(grouped(figure.count)),
            Cell::new(figure.total.to_string()),
        ]
    });
    table(flow, &columns, 80, rows);
}

fn due(flow: &mut Flow<'_>, view: &DailyReportView) {
    flow.heading("daily.heading_due", 14_000);
    let words = flow.words;
    let until = view.due_until.japanese();
    let style = Style::regular(86, Ink::Black);
    if view.due_items.is_empty() {
        flow.paragraph(style, &words.fill("daily.no_due", &[("day", &until)]));
        flow.y += 2_500;
        return;
    }
    let values = [
        ("day", until.as_str()),
        ("count", &grouped(view.due.count)),
        ("amount", &view.due.total.to_string()),
        ("shown", &grouped(u64::try_from(view.due_items.len()).unwrap_or(u64::MAX))),
    ];
    flow.paragraph(style, &words.fill("daily.due", &values));
    flow.y += 1_200;
    let columns = columns(
        words,
        "daily.widths_due",
        [
            ("label.deadline", Align::Left, 1),
            ("daily.status", Align::Left, 2),
            ("label.case", Align::Left, 1),
            ("waiting.what", Align::Left, 3),
            ("daily.count", Align::Right, 1),
            ("daily.amount", Align::Right, 1),
        ],
    );
    let rows = view.due_items.iter().map(|item| due_row(words, item));
    table(flow, &columns, 78, rows);
}

fn due_row(words: &Words, item: &DueItem) -> Vec<Cell> {
    let none = || words.get("common.none").to_owned();
    let ink = match item.urgency {
        Urgency::Over => Ink::Red,
        Urgency::Near => Ink::Black,
    };
    vec![
        Cell { text: item.deadline.map_or_else(none, short), ink },
        Cell { text: item.status.to_owned(), ink },
        Cell::new(item.case.clone()),
        Cell::new(format!("{} {}", item.submitter, item.title)),
        Cell::new(grouped(item.figure.count)),
        Cell::new(item.figure.total.to_string()),
    ]
}

fn incidents(flow: &mut Flow<'_>, view: &DailyReportView) {
    // A table's head must not stand alone: what is said of a set time takes several lines.
    let first_row = if view.unkept.is_empty() { 20_000 } else { 36_000 };
    flow.heading("daily.heading_incidents", first_row);
    let words = flow.words;
    if look_at(view) == 0 {
        flow.paragraph(Style::regular(86, Ink::Black), words.get("daily.no_incidents"));
        flow.y += 2_500;
        return;
    }
    let shown = u64::try_from(view.incidents.len()).unwrap_or(u64::MAX);
    if shown < view.incident_count {
        let values = [("count", grouped(view.incident_count)), ("shown", grouped(shown))];
        let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
        flow.paragraph(Style::regular(86, Ink::Black), &words.fill("daily.more", &values));
        flow.y += 1_200;
    }
    let columns = columns(
        words,
        "daily.widths_incidents",
        [
            ("daily.what", Align::Left, 8),
            ("daily.name", Align::Left, 8),
            ("daily.text", Align::Left, 8),
            ("daily.since", Align::Left, 8),
        ],
    );
    let unkept = view.unkept.iter().flat_map(|one| {
        let said = |why: &str, remedy: &str| Cell::new(format!("{why} {remedy}"));
        [
            vec![
                Cell { text: words.get("daily.unkept").to_owned(), ink: Ink::Red },
                Cell::new(words.fill(
                    "daily.unkept_name",
                    &[("title", &one.title), ("schedule", &one.schedule)],
                )),
                said(&one.why, &one.remedy),
                Cell::new(short(one.since)),
            ],
            vec![Cell::new(""), Cell::new(""), said(&one.why_en, &one.remedy_en), Cell::new("")],
        ]
    });
    let listed = view.incidents.iter().map(|item| incident_row(words, item));
    table(flow, &columns, 78, unkept.chain(listed));
}

fn incident_row(words: &Words, item: &IncidentItem) -> Vec<Cell> {
    let none = || words.get("common.none").to_owned();
    vec![
        Cell { text: words.get(item.kind.key()).to_owned(), ink: Ink::Red },
        Cell::new(item.name.clone()),
        Cell::new(item.text.clone()),
        Cell::new(item.since.map_or_else(none, short)),
    ]
}

fn journal(flow: &mut Flow<'_>, view: &DailyReportView) {
    flow.heading("daily.heading_journal", 26_000);
    let words = flow.words;
    flow.paragraph(Style::regular(82, Ink::Black), words.get("daily.journal"));
    flow.y += 1_200;
    let hash = view
        .journal
        .hash
        .map_or_else(|| words.get("common.none").to_owned(), |hash| hash.to_string());
    grid(
        flow,
        &[
            Entry::Whole(words.get("daily.sequence"), grouped(view.journal.sequence)),
            Entry::Whole(words.get("daily.hash"), hash),
        ],
    );
}

/// `12/3 15:00`.
fn short(at: Timestamp) -> String {
    let (hour, minute) = at.hour_minute();
    format!("{}/{} {hour}:{minute:02}", at.date().month(), at.date().day())
}

//! The お知らせ to a customer who did not ask for what was recorded or settled.

use super::Pdf;
use super::canvas::{Ink, Style};
use super::flow::{Flow, Head};
use super::rows::{ROWS_MAX, grouped};
use super::save::{About, save};
use super::table::{Align, Cell, Entry, columns, figures, grid, table};
use crate::domain::{Digest, YenTotal};
use crate::render::Error;
use crate::render::view::{News, NoticeLine, NoticeView};
use crate::render::words::Words;

/// The お知らせ of what happened to a customer's claims.
pub fn notice(view: &NoticeView, words: &Words) -> Result<Pdf, Error> {
    let says = Says::of(&view.news);
    let title = words.get(says.title);
    let number = format!("{} {}", words.get("notice.number"), view.number);
    let mut flow = Flow::new(words, Head { title, number, desk: &view.desk });
    let digest = digest(view);
    let check = words.fill("common.check_number", &[("short", &digest.short())]);
    let requester = requester(view).unwrap_or_default();
    let lead = words.fill(says.lead, &[("requester", requester)]);
    flow.opening(&view.customer, &lead, &check);
    figures(&mut flow, &sums(view, words));
    grid(&mut flow, &entries(view, words));
    lines(&mut flow, &view.lines);
    flow.heading("notice.heading_notes", 12_000);
    flow.paragraph(Style::regular(90, Ink::Black), words.get(says.note));
    let (sheets, used) = flow.finish();
    let about = About {
        title: format!("{title} {}", view.number),
        author: view.desk.institution.clone(),
        made: view.made,
        qr: format!("{} {}", view.number, digest.to_string().to_uppercase()),
    };
    save(sheets, used, &about)
}

/// The words of an お知らせ, by their keys.
struct Says {
    title: &'static str,
    lead: &'static str,
    note: &'static str,
}

impl Says {
    const fn of(news: &News) -> Self {
        match news {
            News::Recorded(_) => Self {
                title: "notice.title_recorded",
                lead: "notice.lead_recorded",
                note: "notice.note_recorded",
            },
            News::Settled => Self {
                title: "notice.title_settled",
                lead: "notice.lead_settled",
                note: "notice.note_settled",
            },
            News::Defaulted => Self {
                title: "notice.title_defaulted",
                lead: "notice.lead_defaulted",
                note: "notice.note_defaulted",
            },
        }
    }
}

fn requester(view: &NoticeView) -> Option<&str> {
    match &view.news {
        News::Recorded(name) => Some(name),
        News::Settled | News::Defaulted => None,
    }
}

fn sums<'a>(view: &NoticeView, words: &'a Words) -> Vec<(&'a str, String, Ink)> {
    let count = grouped(u64::try_from(view.lines.len()).unwrap_or(u64::MAX));
    let total = view.lines.iter().fold(YenTotal::default(), |sum, line| sum.plus(line.amount));
    let mut sums = vec![(
        words.get("notice.count"),
        words.fill("common.count", &[("count", &count)]),
        Ink::Navy,
    )];
    // A change of a restriction, say, has no amount.
    if total != YenTotal::default() {
        let total = words.fill("common.yen", &[("amount", &total.to_string())]);
        sums.push((words.get("notice.total"), total, Ink::Black));
    }
    sums
}

/// What the paper says, for its check number.
fn digest(view: &NoticeView) -> Digest {
    let lines = view.lines.iter().map(|line| cells(line).join(" "));
    let lines: Vec<String> = lines.collect();
    Digest::of(format!("{} {} {}", view.number, view.user, lines.join(" ")).as_bytes())
}

fn entries<'a>(view: &NoticeView, words: &'a Words) -> Vec<Entry<'a>> {
    let who = [("name", view.customer.as_str()), ("id", view.user.as_str())];
    let mut entries = vec![
        Entry::Whole(words.get("notice.day"), view.made.japanese()),
        Entry::Whole(words.get("notice.customer"), words.fill("common.who", &who)),
    ];
    entries.extend(
        requester(view).map(|name| Entry::Whole(words.get("notice.requester"), name.to_owned())),
    );
    entries
}

fn lines(flow: &mut Flow<'_>, lines: &[NoticeLine]) {
    flow.heading("notice.heading_lines", 14_000);
    let words = flow.words;
    let shown = lines.get(..ROWS_MAX).unwrap_or(lines);
    if shown.len() < lines.len() {
        let number = |count: usize| grouped(u64::try_from(count).unwrap_or(u64::MAX));
        let (shown, count) = (number(shown.len()), number(lines.len()));
        let text = words.fill("notice.more", &[("shown", &shown), ("count", &count)]);
        flow.paragraph(Style::regular(86, Ink::Black), &text);
    }
    let columns = columns(
        words,
        "notice.widths",
        [
            ("notice.what", Align::Left, 2),
            ("notice.record_number", Align::Left, 1),
            ("notice.amount", Align::Right, 1),
            ("notice.due", Align::Centre, 1),
        ],
    );
    let rows = shown.iter().map(|line| cells(line).map(Cell::new).into_iter().collect());
    table(flow, &columns, 88, rows);
}

/// What is not known stays empty.
fn cells(line: &NoticeLine) -> [String; 4] {
    [
        line.what.to_owned(),
        line.number.map_or_else(String::new, |number| number.to_string()),
        line.amount.map_or_else(String::new, |amount| amount.to_string()),
        line.due.map_or_else(String::new, |due| due.to_string()),
    ]
}

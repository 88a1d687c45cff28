//! The メールが届かなかったお知らせ a branch hands over, or posts, to somebody whose mail came back.

use super::Pdf;
use super::canvas::{Ink, Style};
use super::flow::{Flow, Head};
use super::save::{About, save};
use super::table::{Align, Cell, Entry, columns, grid, table};
use crate::domain::Digest;
use crate::render::Error;
use crate::render::view::{Addressee, ReturnedView};
use crate::render::words::Words;

/// The メールが届かなかったお知らせ.
pub fn returned(view: &ReturnedView, words: &Words) -> Result<Pdf, Error> {
    let title = words.get("returned.title");
    let number = format!("{} {}", words.get("notice.number"), view.number);
    let mut flow = Flow::new(words, Head { title, number, desk: &view.desk });
    let digest = digest(view);
    let check = words.fill("common.check_number", &[("short", &digest.short())]);
    let lead = words.get("returned.lead");
    match &view.to {
        Addressee::Person(name) => flow.opening_to_person(name, lead, &check),
        Addressee::Company(name) => flow.opening(name, lead, &check),
    }
    grid(
        &mut flow,
        &[
            Entry::Whole(words.get("returned.address"), view.address.clone()),
            Entry::Whole(words.get("returned.why"), view.why.clone()),
        ],
    );
    flow.heading("returned.heading_lines", 14_000);
    let columns = columns(
        words,
        "returned.widths",
        [
            ("returned.number", Align::Left, 1),
            ("returned.what", Align::Left, 2),
            ("returned.about", Align::Left, 2),
            ("returned.sent", Align::Left, 2),
        ],
    );
    let rows = view.lines.iter().map(|line| {
        let cells =
            [line.number.clone(), line.what.to_owned(), line.about.clone(), line.sent.japanese()];
        cells.map(Cell::new).into_iter().collect()
    });
    table(&mut flow, &columns, 88, rows);
    flow.heading("returned.heading_next", 12_000);
    let phone = [("branch", view.desk.branch.as_str()), ("phone", view.desk.phone.as_str())];
    for key in ["returned.next_look", "returned.next_address", "returned.next_unknown"] {
        flow.paragraph(Style::regular(90, Ink::Black), &words.fill(key, &phone));
    }
    let (sheets, used) = flow.finish();
    let about = About {
        title: format!("{title} {}", view.number),
        author: view.desk.institution.clone(),
        made: view.made,
        qr: format!("{} {}", view.number, digest.to_string().to_uppercase()),
    };
    save(sheets, used, &about)
}

/// What the paper says, for its check number.
fn digest(view: &ReturnedView) -> Digest {
    let lines: Vec<&str> = view.lines.iter().map(|line| line.number.as_str()).collect();
    Digest::of(format!("{} {} {}", view.number, view.address, lines.join(" ")).as_bytes())
}

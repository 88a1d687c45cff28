//! The 受付票: what a submitter gets for a file.

use std::collections::BTreeMap;

use super::Pdf;
use super::canvas::{Ink, Style};
use super::flow::{Flow, Head};
use super::rows::{grouped, rows};
use super::save::{About, save};
use super::table::{Align, Cell, Entry, columns, figures, grid, table};
use crate::domain::{Code, Finding, Severity};
use crate::render::Error;
use crate::render::view::{Next, SlipView};
use crate::render::words::Words;

/// Kinds of findings printed before the paper points to the result file.
const FINDINGS_MAX: usize = 20;

/// The 受付票 of a file.
pub fn slip(view: &SlipView, words: &Words) -> Result<Pdf, Error> {
    let file = &view.file;
    let (title, lead) = match view.next {
        Next::CustomerApproves | Next::DeskApproves => ("slip.title", "slip.lead"),
        Next::SubmitterCorrects => ("slip.title_rejected", "slip.lead_rejected"),
        Next::Held(_) => ("slip.title_held", "slip.lead_held"),
    };
    let title = words.get(title);
    let number = format!("{} {}", words.get("label.receipt"), file.receipt);
    let mut flow = Flow::new(words, Head { title, number, desk: &view.desk });
    let check = words.fill("common.check_number", &[("short", &file.digest.short())]);
    flow.opening(&file.submitter, words.get(lead), &check);
    let rejected = if file.rejected == 0 { Ink::Black } else { Ink::Red };
    let count = |count: u32| words.fill("common.count", &[("count", &grouped(count.into()))]);
    figures(
        &mut flow,
        &[
            (words.get("label.records"), count(file.records), Ink::Black),
            (words.get("label.accepted"), count(file.accepted), Ink::Black),
            (words.get("label.rejected"), count(file.rejected), rejected),
            (
                words.get("label.total"),
                words.fill("common.yen", &[("amount", &file.total.to_string())]),
                Ink::Black,
            ),
        ],
    );
    grid(&mut flow, &entries(view, words));
    next(&mut flow, view);
    findings(&mut flow, &view.findings);
    rows(&mut flow, "slip.heading_rows", &view.rows, file.records);
    let (sheets, used) = flow.finish();
    save(
        sheets,
        used,
        &About {
            title: format!("{title} {}", file.receipt),
            author: view.desk.institution.clone(),
            made: file.received,
            qr: format!("{} {}", file.receipt, file.digest.to_string().to_uppercase()),
        },
    )
}

fn entries<'a>(view: &SlipView, words: &'a Words) -> Vec<Entry<'a>> {
    let file = &view.file;
    let values = [("name", file.submitter.as_str()), ("id", &file.submitter_id)];
    let submitter = words.fill("common.who", &values);
    let mut entries = vec![
        Entry::Half(words.get("label.receipt"), file.receipt.to_string()),
        Entry::Half(words.get("label.received"), file.received.japanese()),
        Entry::Half(words.get("label.channel"), file.channel.clone()),
        Entry::Half(
            words.get("label.desk"),
            format!("{} {}", view.desk.institution, view.desk.branch),
        ),
        Entry::Whole(words.get(file.submitter_label()), submitter),
        Entry::Whole(words.get("label.file"), file.name.clone()),
        Entry::Whole(words.get("label.digest"), file.digest.to_string()),
    ];
    if let Some(requesters) = &file.requesters {
        entries.insert(4, Entry::Whole(words.get("label.submitter"), requesters.clone()));
    }
    if let Some(deadline) = view.deadline {
        entries.push(Entry::Whole(words.get("label.deadline"), deadline.japanese()));
    }
    entries
}

fn next(flow: &mut Flow<'_>, view: &SlipView) {
    flow.heading("slip.heading_next", 12_000);
    let words = flow.words;
    let sentence = match view.next {
        Next::CustomerApproves => words.get("slip.next_customer").to_owned(),
        Next::DeskApproves => words.get("slip.next_desk").to_owned(),
        Next::SubmitterCorrects => words.get("slip.next_correct").to_owned(),
        Next::Held(first) => words.fill("slip.next_held", &[("first", &first.to_string())]),
    };
    flow.paragraph(Style::regular(90, Ink::Black), &sentence);
    if let Some(deadline) = view.deadline {
        let sentence = words.fill("slip.next_deadline", &[("deadline", &deadline.japanese())]);
        flow.paragraph(Style::bold(90, Ink::Black), &sentence);
    }
    flow.y += 2_500;
}

/// The findings by code, each with its count and the first place.
fn findings(flow: &mut Flow<'_>, findings: &[Finding]) {
    flow.heading("slip.heading_findings", 12_000);
    let words = flow.words;
    if findings.is_empty() {
        flow.paragraph(Style::regular(90, Ink::Black), words.get("slip.no_findings"));
        flow.y += 2_500;
        return;
    }
    let mut kinds: BTreeMap<(std::cmp::Reverse<Severity>, Code), (u64, &Finding)> = BTreeMap::new();
    for finding in findings {
        let key = (std::cmp::Reverse(finding.severity), finding.code);
        kinds.entry(key).or_insert((0, finding)).0 += 1;
    }
    let columns = columns(
        words,
        "finding.widths",
        [
            ("finding.severity", Align::Centre, 1),
            ("finding.code", Align::Left, 1),
            ("finding.count", Align::Right, 1),
            ("finding.first", Align::Left, 2),
            ("finding.text", Align::Left, 4),
        ],
    );
    let cells = kinds.values().take(FINDINGS_MAX).map(|(count, finding)| {
        let ink = if finding.severity == Severity::Error { Ink::Red } else { Ink::Black };
        vec![
            Cell { text: finding.severity.japanese().to_owned(), ink },
            Cell::new(finding.code.as_str()),
            Cell::new(grouped(*count)),
            Cell::new(place(words, finding)),
            Cell::new(finding.ja.clone()),
        ]
    });
    table(flow, &columns, 78, cells);
    if let Some(more) = kinds.len().checked_sub(FINDINGS_MAX).filter(|more| *more > 0) {
        let sentence = words.fill("slip.more_findings", &[("count", &more.to_string())]);
        flow.paragraph(Style::regular(82, Ink::Black), &sentence);
    }
}

/// Where a finding lies, as a person sees it: `3行目 D列「支払期日」`.
pub(crate) fn place(words: &Words, finding: &Finding) -> String {
    if finding.record == 0 && finding.line == 0 {
        return words.get("common.whole_file").to_owned();
    }
    if let Some(bytes) = &finding.bytes {
        return bytes.to_string();
    }
    let mut parts = Vec::new();
    if finding.line > 0 {
        parts.push(words.fill("common.line", &[("line", &finding.line.to_string())]));
    }
    let mut column = String::new();
    if finding.column > 0 {
        let letter = column_letter(finding.column);
        column.push_str(&words.fill("common.column", &[("letter", &letter)]));
    }
    if let Some(field) = finding.field {
        column.push_str(&words.fill("common.field", &[("field", field.japanese())]));
    }
    if !column.is_empty() {
        parts.push(column);
    }
    parts.join(" ")
}

/// A spreadsheet column's letters: 1 is A, 27 is AA.
fn column_letter(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column;
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + u8::try_from(rest % 26).unwrap_or(0)));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

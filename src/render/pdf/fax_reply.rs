//! The FAX返信票: what became of a paper, black on white, to go back to a customer who cannot open
//! the pages.

use super::Pdf;
use super::canvas::{Canvas, Ink, Style, Used};
use super::face::{Weight, clip, wrap};
use super::length::{SHEET_HEIGHT, SHEET_WIDTH, Um};
use super::save::{About, save};
use crate::domain::{Field, Finding, Severity, Timestamp};
use crate::render::Error;
use crate::render::reply::{FaxOutcome, FaxReplyView};
use crate::render::view::{Environment, RowView, Verdict};
use crate::render::words::Words;

const MARGIN: Um = 15_000;
const WIDTH: Um = SHEET_WIDTH - 2 * MARGIN;
const QR_SIDE: Um = 24_000;
const BOTTOM: Um = SHEET_HEIGHT - 34_000;

/// The FAX返信票 of a paper; one sheet, whatever is on the paper.
pub fn fax_reply(view: &FaxReplyView, words: &Words) -> Result<Pdf, Error> {
    let mut sheet = Sheet { words, canvas: Canvas::default(), used: Used::default(), y: 0 };
    sheet.head(view);
    sheet.result(view);
    sheet.lines(view);
    sheet.foot(view);
    let file = &view.file;
    let title = format!("{} {}", words.get(title(view)), file.receipt);
    let author = view.desk.institution.clone();
    let qr = format!("{} {}", file.receipt, file.digest.to_string().to_uppercase());
    let about = About { title, author, made: file.received, qr };
    save(vec![sheet.canvas], sheet.used, &about)
}

/// What a paper of the counter is answered with is no FAX.
const fn title(view: &FaxReplyView) -> &'static str {
    if view.file.is_counter { "fax_reply.title_counter" } else { "fax_reply.title" }
}

struct Sheet<'w> {
    words: &'w Words,
    canvas: Canvas,
    used: Used,
    y: Um,
}

impl Sheet<'_> {
    fn text(&mut self, x: Um, style: Style, text: &str) {
        self.canvas.text(&mut self.used, (x, self.y), style, text);
    }

    fn fact(&mut self, key: &str, value: &str) {
        self.y += 7_000;
        let label = self.words.get(key).to_owned();
        self.text(MARGIN, Style::regular(100, Ink::Black), &label);
        let style = Style::bold(105, Ink::Black);
        let value = clip(value, style.weight, style.tenths, WIDTH - 40_000);
        self.text(MARGIN + 36_000, style, &value);
    }

    fn head(&mut self, view: &FaxReplyView) {
        let mark = if view.desk.environment == Environment::Test { "【テスト】" } else { "" };
        self.y = 22_000;
        let title = format!("{mark}{}", self.words.get(title(view)));
        self.text(MARGIN, Style::bold(180, Ink::Black), &title);
        self.canvas.qr(SHEET_WIDTH - MARGIN - QR_SIDE, 11_000, QR_SIDE);
        self.y = 34_000;
        let to = clip(&view.to, Weight::Bold, 140, WIDTH - QR_SIDE - 10_000);
        let to = self.words.fill("common.dear", &[("name", &to)]);
        self.text(MARGIN, Style::bold(140, Ink::Black), &to);
        self.y = 42_000;
        let from = format!("{} {}", view.desk.institution, view.desk.branch);
        self.text(MARGIN, Style::regular(105, Ink::Black), &from);
        self.y = 46_000;
        self.fact("label.receipt", &view.file.receipt.to_string());
        self.fact("label.received", &Timestamp::japanese(view.file.received));
        if let Some(came) = view.file.came {
            self.fact("label.came", &came.japanese());
        }
        if let Some(form) = &view.form {
            self.fact("fax_reply.form", form);
        }
    }

    /// Whether it was taken in, in one line that survives any FAX.
    fn result(&mut self, view: &FaxReplyView) {
        let file = &view.file;
        let (count, total) = (file.accepted.to_string(), file.total.to_string());
        let told = match view.outcome {
            FaxOutcome::Taken => {
                self.words.fill("fax_reply.taken", &[("count", &count), ("total", &total)])
            }
            FaxOutcome::Held => self.words.get("fax_reply.held").to_owned(),
            FaxOutcome::Refused => self.words.get("fax_reply.refused").to_owned(),
            FaxOutcome::Done => self.words.get("fax_reply.done").to_owned(),
            FaxOutcome::Undone => self.words.get("fax_reply.undone").to_owned(),
        };
        self.y += 15_000;
        self.text(MARGIN, Style::bold(150, Ink::Black), &told);
        let below = self.y + 3_500;
        self.canvas.line((MARGIN, below), (MARGIN + WIDTH, below), Ink::Black, 600);
        self.y += 4_000;
    }

    /// Each request, what is to be mended, and what else the customer is to know; in the end, what
    /// became of each.
    fn lines(&mut self, view: &FaxReplyView) {
        let taken = |row: &&RowView| row.verdict != Verdict::Rejected;
        let rows = view.rows.iter().filter(taken).filter_map(|row| self.request(view, row));
        let found = view.findings.iter().filter_map(|one| self.found(one));
        let all: Vec<String> =
            if view.ends.is_empty() { rows.chain(found).collect() } else { rows.collect() };
        let style = Style::regular(100, Ink::Black);
        for (told, text) in all.iter().enumerate() {
            let lines = wrap(text, style.weight, style.tenths, WIDTH, 4);
            let height = Um::try_from(lines.len()).unwrap_or(0) * 6_000;
            if self.y + height > BOTTOM {
                self.y += 6_000;
                let left = (all.len() - told).to_string();
                let more = self.words.fill("fax_reply.more", &[("count", &left)]);
                self.text(MARGIN, style, &more);
                return;
            }
            for line in lines {
                self.y += 6_000;
                self.text(MARGIN, style, &line);
            }
            self.y += 1_500;
        }
    }

    /// What was found, to be mended (□) or to be known (※).
    fn found(&self, one: &Finding) -> Option<String> {
        let mark = match one.severity {
            Severity::Error => "□",
            Severity::Warning if !one.code.is_of_typing() => "※",
            Severity::Warning | Severity::Info => return None,
        };
        let place = match one.record {
            0 => String::new(),
            record => self.words.fill("fax_reply.row", &[("record", &record.to_string())]),
        };
        let field = one.field.map_or("", Field::japanese);
        Some(format!("{mark} {place}{field} {}（{}）", one.ja, one.code))
    }

    fn request(&self, view: &FaxReplyView, row: &RowView) -> Option<String> {
        let request = row.request.as_ref()?;
        let amount = request.amount.map(|amount| amount.to_string());
        let due = request.due_date.map(|due| due.to_string());
        let place = self.words.fill("fax_reply.row", &[("record", &row.record.to_string())]);
        let sum = amount.map(|amount| self.words.fill("common.yen", &[("amount", &amount)]));
        let parts =
            [Some(request.kind.japanese().to_owned()), sum, due, Some(row.reference.clone())];
        let parts: Vec<String> =
            parts.into_iter().flatten().filter(|one| !one.is_empty()).collect();
        let told = format!("{place}{}", parts.join("　"));
        let Some(end) = view.ends.iter().find(|end| end.record == row.record) else {
            return Some(format!("■ {told}"));
        };
        let mark = if end.outcome.is_good() { "■" } else { "□" };
        let known = [&end.number, &end.error, &end.reason];
        let known: Vec<&str> =
            known.into_iter().map(String::as_str).filter(|one| !one.is_empty()).collect();
        Some(format!("{mark} {told} … {} {}", end.outcome.word(self.words), known.join(" ")))
    }

    fn foot(&mut self, view: &FaxReplyView) {
        self.y = SHEET_HEIGHT - 27_000;
        let key = match view.outcome {
            FaxOutcome::Taken if view.is_too_late() => "fax_reply.next_late",
            FaxOutcome::Taken => "fax_reply.next",
            FaxOutcome::Held => "fax_reply.wait",
            FaxOutcome::Refused => "fax_reply.mend",
            FaxOutcome::Done => "fax_reply.done_next",
            FaxOutcome::Undone => "fax_reply.undone_next",
        };
        let style = Style::regular(96, Ink::Black);
        for line in wrap(self.words.get(key), style.weight, style.tenths, WIDTH, 2) {
            self.text(MARGIN, style, &line);
            self.y += 5_600;
        }
        let proof = self.words.get("common.no_proof").to_owned();
        self.text(MARGIN, style, &proof);
        self.y += 5_600;
        let known = [("phone", view.desk.phone.as_str()), ("hours", view.desk.hours.as_str())];
        let ask = self.words.fill("fax_reply.ask", &known);
        self.text(MARGIN, style, &ask);
    }
}

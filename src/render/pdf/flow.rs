//! Sheets one after another: the head band, the place where the next thing goes, the foot.

use super::canvas::{Area, Canvas, Ink, Style, Used};
use super::face::{Weight, clip, width, wrap};
use super::length::{SHEET_HEIGHT, SHEET_WIDTH, Um};
use crate::render::view::{Desk, Environment};
use crate::render::words::Words;

/// Left and right margin.
pub(super) const MARGIN: Um = 15_000;
/// Width between the margins.
pub(super) const WIDTH: Um = SHEET_WIDTH - 2 * MARGIN;
/// Nothing but the foot lies below.
const BOTTOM: Um = SHEET_HEIGHT - 21_000;
const FIRST_BAND: Um = 17_000;
const NEXT_BAND: Um = 10_500;
const QR_SIDE: Um = 22_000;
/// Width beside the QR code.
const ADDRESS_WIDTH: Um = WIDTH - QR_SIDE - 12_000;

/// What stands at the head and foot of every sheet.
#[derive(Debug)]
pub(super) struct Head<'a> {
    /// The title, e.g. 電子記録債権 受付票.
    pub(super) title: &'a str,
    /// Label and number at the right of the band.
    pub(super) number: String,
    /// Whose answer it is.
    pub(super) desk: &'a Desk,
}

/// The document being laid out, top to bottom.
#[derive(Debug)]
pub(super) struct Flow<'a> {
    pub(super) words: &'a Words,
    pub(super) used: Used,
    head: Head<'a>,
    /// Where the sentence at every foot stands in the words.
    foot_note: &'static str,
    done: Vec<Canvas>,
    sheet: Canvas,
    /// Where the next thing goes.
    pub(super) y: Um,
}

impl<'a> Flow<'a> {
    /// The first sheet with its band.
    pub(super) fn new(words: &'a Words, head: Head<'a>) -> Self {
        let (used, sheet) = (Used::default(), Canvas::default());
        let (foot_note, done) = ("common.no_proof", Vec::new());
        let mut flow = Self { words, used, head, foot_note, done, sheet, y: 0 };
        flow.band(FIRST_BAND, 150);
        flow.y = FIRST_BAND + 5_000;
        flow
    }

    /// Another sentence at the foot than that this proves no record.
    pub(super) const fn foot_note(&mut self, key: &'static str) {
        self.foot_note = key;
    }

    /// Addressee, opening sentence and desk at the left, QR code and check number at the right.
    pub(super) fn opening(&mut self, to: &str, lead: &str, check_number: &str) {
        self.opening_to(("common.dear", to), lead, check_number);
    }

    /// The same to a person.
    pub(super) fn opening_to_person(&mut self, to: &str, lead: &str, check_number: &str) {
        self.opening_to(("common.dear_person", to), lead, check_number);
    }

    fn opening_to(&mut self, (dear, to): (&str, &str), lead: &str, check_number: &str) {
        let top = self.y;
        let name = clip(to, Weight::Bold, 130, ADDRESS_WIDTH - 16_000);
        let name = self.words.fill(dear, &[("name", &name)]);
        self.address(&name, lead);
        let desk = format!("{} {}", self.head.desk.institution, self.head.desk.branch);
        let desk = clip(&desk, Weight::Bold, 95, ADDRESS_WIDTH);
        self.text(MARGIN, top + 25_500, Style::bold(95, Ink::Navy), &desk);
        self.code(check_number);
        self.y = top + QR_SIDE + 8_000;
    }

    /// The same for a paper that goes to the desk.
    pub(super) fn letter(&mut self, to: &str, lead: &str, code: &str) {
        let top = self.y;
        self.address(&clip(to, Weight::Bold, 130, ADDRESS_WIDTH), lead);
        self.code(code);
        self.y = top + QR_SIDE + 2_500;
    }

    fn address(&mut self, to: &str, lead: &str) {
        let top = self.y;
        self.text(MARGIN, top + 6_500, Style::bold(130, Ink::Black), to);
        let style = Style::regular(90, Ink::Black);
        for (at, line) in (0..).zip(wrap(lead, style.weight, style.tenths, ADDRESS_WIDTH, 2)) {
            self.text(MARGIN, top + 14_000 + at * 4_800, style, &line);
        }
    }

    fn code(&mut self, told: &str) {
        let top = self.y;
        self.sheet.qr(MARGIN + WIDTH - QR_SIDE, top, QR_SIDE);
        self.text_right(top + QR_SIDE + 3_500, Style::regular(62, Ink::Grey), told);
    }

    /// Whether `height` fits on the present sheet.
    pub(super) const fn fits(&self, height: Um) -> bool {
        self.y + height <= BOTTOM
    }

    /// Makes sure that `height` fits below; whether a new sheet was begun for it.
    pub(super) fn need(&mut self, height: Um) -> Broke {
        if self.fits(height) {
            return Broke::No;
        }
        self.done.push(std::mem::take(&mut self.sheet));
        self.band(NEXT_BAND, 95);
        self.y = NEXT_BAND + 6_000;
        Broke::Yes
    }

    /// A heading that stays with at least `below` of what it heads.
    pub(super) fn heading(&mut self, key: &'a str, below: Um) {
        self.headed(self.words.get(key), below);
    }

    /// The same with a word that stands elsewhere.
    pub(super) fn headed(&mut self, word: &str, below: Um) {
        self.need(9_500 + below);
        let area = Area { x: MARGIN, y: self.y + 2_000, width: 1_300, height: 4_600 };
        self.sheet.fill(area, Ink::Navy);
        self.text(MARGIN + 3_200, self.y + 5_900, Style::bold(105, Ink::Navy), word);
        self.y += 9_200;
    }

    /// A paragraph between the margins, as many lines as it needs.
    pub(super) fn paragraph(&mut self, style: Style, text: &str) {
        for line in wrap(text, style.weight, style.tenths, WIDTH, 20) {
            self.need(4_700);
            self.text(MARGIN, self.y + 3_400, style, &line);
            self.y += 4_700;
        }
    }

    /// A text on the present sheet.
    pub(super) fn text(&mut self, x: Um, baseline: Um, style: Style, text: &str) {
        self.sheet.text(&mut self.used, (x, baseline), style, text);
    }

    /// The present sheet.
    pub(super) fn sheet(&mut self) -> &mut Canvas {
        &mut self.sheet
    }

    /// All sheets, with their feet, and the characters they use.
    pub(super) fn finish(mut self) -> (Vec<Canvas>, Used) {
        self.done.push(std::mem::take(&mut self.sheet));
        let mut sheets = std::mem::take(&mut self.done);
        let pages = sheets.len().to_string();
        for (at, sheet) in sheets.iter_mut().enumerate() {
            self.foot(sheet, &(at + 1).to_string(), &pages);
        }
        (sheets, self.used)
    }

    fn band(&mut self, height: Um, tenths: i32) {
        let area = Area { x: 0, y: 0, width: SHEET_WIDTH, height };
        self.sheet.fill(area, Ink::Navy);
        let baseline = height / 2 + super::length::em(tenths) * 38 / 100;
        let title = match self.head.desk.environment {
            Environment::Production => self.head.title.to_owned(),
            Environment::Test => {
                format!("{}{}", self.words.get("common.test_mark"), self.head.title)
            }
        };
        self.text(MARGIN, baseline, Style::bold(tenths, Ink::White), &title);
        let number = std::mem::take(&mut self.head.number);
        self.text_right(baseline, Style::regular(92, Ink::White), &number);
        self.head.number = number;
    }

    fn text_right(&mut self, baseline: Um, style: Style, text: &str) {
        let x = MARGIN + WIDTH - width(text, style.weight, style.tenths);
        self.text(x, baseline, style, text);
    }

    fn foot(&mut self, sheet: &mut Canvas, page: &str, pages: &str) {
        let top = SHEET_HEIGHT - 16_500;
        sheet.line((MARGIN, top), (MARGIN + WIDTH, top), Ink::Rule, 200);
        let used = &mut self.used;
        let style = Style::bold(78, Ink::Black);
        sheet.text(used, (MARGIN, top + 4_600), style, self.words.get(self.foot_note));
        let number = self.words.fill("common.page", &[("page", page), ("pages", pages)]);
        let style = Style::regular(78, Ink::Grey);
        let x = MARGIN + WIDTH - width(&number, style.weight, style.tenths);
        sheet.text(used, (x, top + 4_600), style, &number);
        let desk = self.head.desk;
        let contact = self.words.fill(
            "common.contact",
            &[
                ("institution", &desk.institution),
                ("branch", &desk.branch),
                ("phone", &desk.phone),
                ("hours", &desk.hours),
            ],
        );
        let style = Style::regular(70, Ink::Grey);
        let contact = clip(&contact, style.weight, style.tenths, WIDTH);
        sheet.text(used, (MARGIN, top + 8_800), style, &contact);
        if desk.environment == Environment::Test {
            let notice = self.words.get("common.test_notice");
            let style = Style::bold(78, Ink::Red);
            let x = MARGIN + WIDTH - width(notice, style.weight, style.tenths);
            sheet.text(used, (x, top + 8_800), style, notice);
        }
    }
}

/// Whether a new sheet was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broke {
    No,
    Yes,
}

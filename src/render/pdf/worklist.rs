//! The 承認作業票: what waits at a desk, black on white, to be decided by hand and scanned back.
//!
//! Three tasks a sheet, each with a QR code of 32 mm and the number to be keyed in where that is
//! not read; the rows follow as enclosed lists. It refuses to print a link, a password or an
//! account number: a lost sheet opens nothing.

use super::Pdf;
use super::canvas::{Area, Canvas, Ink, Style, Used};
use super::face::{Weight, clip, width};
use super::length::{SHEET_HEIGHT, SHEET_WIDTH, Um};
use super::rows::grouped;
use super::save::{About, save_with};
use crate::domain::Timestamp;
use crate::render::Error;
use crate::render::view::{Environment, RowView};
use crate::render::words::Words;
use crate::render::worklist::{Enclosed, WorklistTask, WorklistView};

/// Tasks on a sheet.
pub const TASKS_A_SHEET: usize = 3;

const MARGIN: Um = 15_000;
const WIDTH: Um = SHEET_WIDTH - 2 * MARGIN;
/// Where the first task begins.
const FIRST: Um = 27_000;
/// From one task to the next.
const TASK: Um = 85_000;
const TASK_HEIGHT: Um = 82_000;
/// A module of the code is about a millimetre: it survives a FAX in standard quality.
const QR_SIDE: Um = 32_000;
/// From the top of a task to its code, and from the right margin.
const QR_PLACE: (Um, Um) = (5_000, 6_000);
/// The last line of an enclosed list.
const BOTTOM: Um = SHEET_HEIGHT - 22_000;
const ROW: Um = 6_000;
/// Where the columns of an enclosed list begin.
const COLUMNS: [Um; 6] = [0, 12_000, 42_000, 106_000, 134_000, 158_000];

/// The place of the code of a task on its sheet: left, top and side, in micrometres.
pub fn place_of_code(task: usize) -> (i32, i32, i32) {
    let at = Um::try_from(task % TASKS_A_SHEET).unwrap_or(0);
    (SHEET_WIDTH - MARGIN - QR_PLACE.1 - QR_SIDE, FIRST + at * TASK + QR_PLACE.0, QR_SIDE)
}

/// Where a task stands on its sheet, in thousandths of the sheet's height.
pub fn place_of_task(task: usize) -> u32 {
    let (_, top, _) = place_of_code(task);
    let middle = top - QR_PLACE.0 + TASK_HEIGHT / 2;
    u32::try_from(middle.saturating_mul(1_000) / SHEET_HEIGHT).unwrap_or(0)
}

/// The 承認作業票 of a desk.
pub fn worklist(view: &WorklistView, words: &Words) -> Result<Pdf, Error> {
    let sheets = view.tasks.len().div_ceil(TASKS_A_SHEET);
    let mut paper = Paper { view, words, used: Used::default(), done: Vec::new() };
    for (at, tasks) in view.tasks.chunks(TASKS_A_SHEET).enumerate() {
        let number = [("page", (at + 1).to_string()), ("pages", sheets.to_string())];
        let number = number.each_ref().map(|(name, text)| (*name, text.as_str()));
        let mut sheet = paper.sheet(&words.fill("common.page", &number));
        if view.left > 0 {
            let left = words.fill("worklist.left", &[("count", &view.left.to_string())]);
            let style = Style::bold(88, Ink::Black);
            paper.cut(&mut sheet, (MARGIN, 25_500), style, (WIDTH, &left));
        }
        for (place, task) in tasks.iter().enumerate() {
            paper.task(&mut sheet, at * TASKS_A_SHEET + place, task);
        }
        paper.done.push(sheet);
    }
    for (number, list) in (1_u64..).zip(&view.enclosed) {
        paper.list(number, list);
    }
    let title = format!("{} {} {}", words.get("worklist.title"), view.desk.branch, view.made);
    let author = view.desk.institution.clone();
    let mut codes = view.tasks.iter().map(|task| task.code.clone());
    let about = About { title, author, made: view.made, qr: codes.next().unwrap_or_default() };
    save_with(paper.done, paper.used, &about, &codes.collect::<Vec<_>>())
}

struct Paper<'v> {
    view: &'v WorklistView,
    words: &'v Words,
    used: Used,
    done: Vec<Canvas>,
}

impl Paper<'_> {
    fn text(&mut self, sheet: &mut Canvas, at: (Um, Um), style: Style, text: &str) {
        sheet.text(&mut self.used, at, style, text);
    }

    /// A text that is cut where the room ends.
    fn cut(&mut self, sheet: &mut Canvas, at: (Um, Um), style: Style, (room, text): (Um, &str)) {
        let text = clip(text, style.weight, style.tenths, room);
        self.text(sheet, at, style, &text);
    }

    /// A sheet with its head and foot.
    fn sheet(&mut self, page: &str) -> Canvas {
        let mut sheet = Canvas::default();
        let desk = &self.view.desk;
        let mark = match desk.environment {
            Environment::Test => self.words.get("common.test_mark"),
            Environment::Production => "",
        };
        let title = format!("{mark}{}", self.words.get("worklist.title"));
        self.text(&mut sheet, (MARGIN, 15_500), Style::bold(150, Ink::Black), &title);
        let style = Style::regular(88, Ink::Black);
        let known = [
            ("desk", format!("{} {}", desk.institution, desk.branch)),
            ("code", self.view.code.clone()),
            ("moment", self.view.made.japanese()),
            ("by", self.view.by.clone()),
        ];
        let known = known.each_ref().map(|(name, text)| (*name, text.as_str()));
        let printed = self.words.fill("worklist.printed", &known);
        self.cut(&mut sheet, (MARGIN, 21_000), style, (WIDTH, &printed));
        let left = MARGIN + WIDTH - width(page, style.weight, style.tenths);
        self.text(&mut sheet, (left, 15_500), style, page);
        let top = SHEET_HEIGHT - 12_500;
        for (at, key) in (0..).zip(["worklist.note", "worklist.afterwards"]) {
            let note = self.words.get(key);
            let style = Style::regular(76, Ink::Black);
            self.cut(&mut sheet, (MARGIN, top + at * 4_200), style, (WIDTH, note));
        }
        sheet
    }

    /// One task: what it is at the left, its code at the right, and below what is filled in.
    fn task(&mut self, sheet: &mut Canvas, number: usize, task: &WorklistTask) {
        let (left, top, side) = place_of_code(number);
        let area = top - QR_PLACE.0;
        let frame = Area { x: MARGIN, y: area, width: WIDTH, height: TASK_HEIGHT };
        sheet.frame(frame, Ink::Black, 500);
        sheet.qr_of(number, (left, top), side);
        let style = Style::bold(118, Ink::Black);
        let middle = left + (side - width(&task.number, style.weight, style.tenths)) / 2;
        self.text(sheet, (middle, top + side + 5_800), style, &task.number);
        let room = left - MARGIN - 9_000;
        let mut y = area + 7_000;
        let heading = format!("{}. {}　{}", number + 1, task.submitter, task.workflow);
        let style = Style::bold(112, Ink::Black);
        self.cut(sheet, (MARGIN + 3_000, y), style, (room, &heading));
        for (key, value) in self.facts(task) {
            y += 6_300;
            let label = self.words.get(key);
            let style = Style::regular(82, Ink::Black);
            self.text(sheet, (MARGIN + 3_000, y), style, label);
            let style = Style::bold(96, Ink::Black);
            self.cut(sheet, (MARGIN + 27_000, y), style, (room - 24_000, &value));
        }
        self.by_hand(sheet, area + 53_000);
    }

    fn facts(&self, task: &WorklistTask) -> [(&'static str, String); 6] {
        let words = self.words;
        let count = words.fill("common.count", &[("count", &grouped(task.count.into()))]);
        let total = words.fill("common.yen", &[("amount", &task.total.to_string())]);
        let none = || words.get("common.none").to_owned();
        let rows = match task.list {
            Some(list) => words.fill("worklist.enclosed", &[("number", &list.to_string())]),
            None => words.fill("worklist.document", &[("document", &task.document)]),
        };
        let seat = match task.people.as_slice() {
            [] => format!("{}　{}", task.step, task.seat),
            people => format!("{}　{}（{}）", task.step, task.seat, people.join("・")),
        };
        [
            ("label.case", task.case.to_string()),
            ("worklist.what", format!("{}　{count}　{total}", task.kinds.join("・"))),
            ("label.deadline", task.deadline.map_or_else(none, Timestamp::japanese)),
            ("worklist.seat", seat),
            ("worklist.check", task.content.short()),
            ("worklist.rows", rows),
        ]
    }

    /// What whoever decides fills in: ticks, user ID, day and time, name, reason, and the stamp.
    fn by_hand(&mut self, sheet: &mut Canvas, top: Um) {
        let right = MARGIN + WIDTH;
        sheet.line((MARGIN, top - 3_500), (right, top - 3_500), Ink::Black, 300);
        let style = Style::bold(120, Ink::Black);
        for (at, key) in (0..).zip(["outcome.approved", "outcome.returned"]) {
            let x = MARGIN + 3_000 + at * 28_000;
            let tick = Area { x, y: top - 1_200, width: 5_000, height: 5_000 };
            sheet.frame(tick, Ink::Black, 400);
            let word = self.words.get(key);
            self.text(sheet, (x + 7_000, top + 3_200), style, word);
        }
        let style = Style::regular(82, Ink::Black);
        let fields = [
            ("worklist.moment", 64_000, 0, 66_000),
            ("worklist.user", 3_000, 9_000, 60_000),
            ("worklist.name", 67_000, 9_000, 63_000),
            ("worklist.reason", 3_000, 18_000, 127_000),
        ];
        for (key, x, down, long) in fields {
            let (x, y) = (MARGIN + x, top + 3_200 + down);
            let label = self.words.get(key);
            self.text(sheet, (x, y), style, label);
            sheet.line((x, y + 1_800), (x + long, y + 1_800), Ink::Black, 200);
        }
        let seal = Area { x: right - 45_000, y: top - 1_200, width: 40_000, height: 25_500 };
        sheet.frame(seal, Ink::Black, 400);
        let word = self.words.get("worklist.seal");
        self.text(sheet, (seal.x + 1_500, seal.y + 4_200), style, word);
    }

    /// The rows of a case, on as many sheets as they need.
    fn list(&mut self, number: u64, list: &Enclosed) {
        let known = [("number", number.to_string()), ("case", list.case.to_string())];
        let known = known.each_ref().map(|(name, text)| (*name, text.as_str()));
        let heading = self.words.fill("worklist.list", &known);
        let mut rows = list.rows.iter().peekable();
        while rows.peek().is_some() {
            let mut sheet = self.sheet(&heading);
            let mut y = FIRST + 6_000;
            let titles = [
                "rows.record",
                "rows.kind",
                "rows.counterparty",
                "rows.amount",
                "rows.due_date",
                "rows.reference",
            ];
            let titles = titles.map(|key| self.words.get(key).to_owned());
            self.row(&mut sheet, y, Weight::Bold, &titles);
            sheet.line((MARGIN, y + 1_800), (MARGIN + WIDTH, y + 1_800), Ink::Black, 300);
            while y + ROW < BOTTOM
                && let Some(row) = rows.next()
            {
                y += ROW;
                let cells = self.cells(row);
                self.row(&mut sheet, y, Weight::Regular, &cells);
                sheet.line((MARGIN, y + 1_800), (MARGIN + WIDTH, y + 1_800), Ink::Black, 100);
            }
            self.done.push(sheet);
        }
    }

    fn row(&mut self, sheet: &mut Canvas, y: Um, weight: Weight, cells: &[String; 6]) {
        let style = Style { weight, tenths: 80, ink: Ink::Black };
        let ends = COLUMNS.iter().skip(1).copied().chain([WIDTH]);
        for ((from, to), cell) in COLUMNS.iter().zip(ends).zip(cells) {
            self.cut(sheet, (MARGIN + from, y), style, (to - from - 1_500, cell));
        }
    }

    fn cells(&self, row: &RowView) -> [String; 6] {
        let none = || self.words.get("common.none").to_owned();
        let request = row.request.as_ref();
        let other = request.map(|request| {
            let user = request.other_side().map(|other| other.user_number.to_string());
            format!("{} {}", request.counterparty_name_kana, user.unwrap_or_default())
        });
        let amount = request.and_then(|request| request.amount);
        let due = request.and_then(|request| request.due_date);
        [
            row.record.to_string(),
            request.map_or_else(none, |request| request.kind.japanese().to_owned()),
            other.unwrap_or_default().trim().to_owned(),
            amount.map_or_else(none, |amount| amount.to_string()),
            due.map_or_else(none, |due| due.to_string()),
            row.reference.clone(),
        ]
    }
}

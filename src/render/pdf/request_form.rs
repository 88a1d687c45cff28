//! The request form for the FAX (記録請求書): black on white, one box a character, the customer's part
//! filled in, and a QR code of 28 mm that survives a standard FAX.
//!
//! Where a field stands is known ([`place_in_form`]): the page on which it is keyed in shows it.

use super::Pdf;
use super::canvas::{Area, Canvas, Ink, Style, Used};
use super::face::{Weight, clip, width};
use super::length::{SHEET_HEIGHT, SHEET_WIDTH, Um};
use super::save::{About, save_with};
use crate::domain::{Field, RequestKind};
use crate::render::Error;
use crate::render::view::{Environment, RequestFormView};

/// Requests on a sheet.
pub const FORM_ROWS: usize = 2;

const MARGIN: Um = 15_000;
const QR_SIDE: Um = 28_000;
/// Where the first request begins.
const FIRST: Um = 66_000;
/// From one request to the next.
const REQUEST: Um = 84_000;
const HEADING: Um = 7_000;
const LINE: Um = 9_400;
const BOX: (Um, Um) = (6_400, 7_400);
/// Where boxes begin, behind the labels.
const BOXES: Um = 48_000;
/// Where the second field of a line begins.
const SECOND: Um = 122_000;

/// What stands in a line of a request: label, fields, and the characters of each part.
struct Line {
    label: &'static str,
    fields: &'static [Field],
    parts: &'static [Part],
}

/// A run of boxes, or a line to write on.
enum Part {
    /// A word before boxes.
    Word(Um, &'static str),
    /// Boxes from a place.
    Boxes(Um, usize),
    /// A line to write on.
    Free(Um, Um),
    /// The kinds to tick.
    Kinds,
}

const LINES: [Line; 8] = [
    Line { label: "請求の種類", fields: &[Field::RequestKind], parts: &[Part::Kinds] },
    Line {
        label: "記録番号", fields: &[Field::RecordNumber], parts: &[Part::Boxes(BOXES, 20)]
    },
    Line {
        label: "記録請求日",
        fields: &[Field::RecordDate, Field::DueDate],
        parts: &[
            Part::Boxes(BOXES, 8),
            Part::Word(SECOND - 15_000, "支払期日"),
            Part::Boxes(SECOND, 8),
        ],
    },
    Line {
        label: "相手の利用者番号",
        fields: &[Field::CounterpartyUserNumber],
        parts: &[Part::Boxes(BOXES, 9)],
    },
    Line {
        label: "相手の名前（カナ）",
        fields: &[Field::CounterpartyNameKana],
        parts: &[Part::Free(BOXES, 195_000 - BOXES)],
    },
    Line {
        label: "相手の口座",
        fields: &[
            Field::CounterpartyBankCode,
            Field::CounterpartyBranchCode,
            Field::CounterpartyAccountType,
            Field::CounterpartyAccountNumber,
        ],
        parts: &[
            Part::Boxes(BOXES, 4),
            Part::Word(BOXES + 26_600, "銀行"),
            Part::Boxes(BOXES + 35_600, 3),
            Part::Word(BOXES + 55_800, "支店"),
            Part::Boxes(BOXES + 65_000, 1),
            Part::Word(BOXES + 72_400, "種目"),
            Part::Boxes(BOXES + 82_000, 7),
        ],
    },
    Line {
        label: "債権金額",
        fields: &[Field::Amount],
        parts: &[Part::Boxes(BOXES, 10), Part::Word(BOXES + 65_500, "円")],
    },
    Line {
        label: "請求者Ref.No.",
        fields: &[Field::RequesterRef],
        parts: &[Part::Free(BOXES, 195_000 - BOXES)],
    },
];

/// Where a field of a request stands: on which sheet, from 1, and how far down it in thousandths of
/// its height; nothing for what the form does not ask for.
pub fn place_in_form(request: usize, field: Field) -> Option<(usize, u32)> {
    let request = request.checked_sub(1)?;
    let line = LINES.iter().position(|line| line.fields.contains(&field))?;
    let y = line_top(request % FORM_ROWS, line) + BOX.1 / 2;
    let down = u32::try_from(y.saturating_mul(1_000) / SHEET_HEIGHT).ok()?;
    Some((request / FORM_ROWS + 1, down))
}

/// The top of a line of a request, both from 0.
fn line_top(request: usize, line: usize) -> Um {
    let (request, line) = (Um::try_from(request).unwrap_or(0), Um::try_from(line).unwrap_or(0));
    FIRST + request * REQUEST + HEADING + line * LINE
}

/// A form with its customer's part filled in, all of its sheets.
pub fn request_form(view: &RequestFormView) -> Result<Pdf, Error> {
    let Some((first, more)) = view.codes.split_first() else {
        return Err(Error::Pdf { what: "a form has no sheet" });
    };
    let (mut canvases, mut used) = (Vec::new(), Used::default());
    for number in 0..view.codes.len() {
        let mut sheet = Sheet { number, canvas: Canvas::default(), used };
        sheet.head(view);
        for request in 0..FORM_ROWS {
            sheet.request(request, view);
        }
        sheet.foot(view);
        canvases.push(sheet.canvas);
        used = sheet.used;
    }
    let title = format!("でんさい記録請求書（FAX用） {}", view.number);
    let author = view.desk.institution.clone();
    let about = About { title, author, made: view.made, qr: first.clone() };
    save_with(canvases, used, &about, more)
}

struct Sheet {
    /// Which one, from 0.
    number: usize,
    canvas: Canvas,
    used: Used,
}

impl Sheet {
    fn text(&mut self, at: (Um, Um), style: Style, text: &str) {
        self.canvas.text(&mut self.used, at, style, text);
    }

    fn frame(&mut self, area: Area, thickness: Um) {
        self.canvas.frame(area, Ink::Black, thickness);
    }

    /// Title, customer, and the code with its number to be read aloud or keyed in.
    fn head(&mut self, view: &RequestFormView) {
        let mark = if view.desk.environment == Environment::Test { "【テスト】" } else { "" };
        let title = format!("{mark}でんさい 記録請求書（FAX用）");
        self.text((MARGIN, 20_000), Style::bold(170, Ink::Black), &title);
        let to = format!("{} 御中", view.desk.institution);
        self.text((MARGIN, 28_000), Style::bold(110, Ink::Black), &to);
        let lead =
            "障害などで画面をお使いになれないときに、太枠の中をご記入のうえFAXでお送りください。";
        self.text((MARGIN, 34_500), Style::regular(86, Ink::Black), lead);
        let name = clip(&view.name, Weight::Bold, 120, 100_000);
        self.text((MARGIN, 43_000), Style::bold(120, Ink::Black), &format!("{name} 様"));
        let user = format!("利用者番号 {}", view.customer);
        self.text((MARGIN, 50_000), Style::bold(130, Ink::Black), &user);
        let accounts: Vec<String> =
            view.accounts.iter().take(4).map(|one| format!("□ {}", one.written())).collect();
        let accounts = format!("口座 {}", accounts.join("　"));
        let accounts = clip(&accounts, Weight::Regular, 100, SHEET_WIDTH - 2 * MARGIN);
        self.text((MARGIN, 57_500), Style::regular(100, Ink::Black), &accounts);
        let x = SHEET_WIDTH - MARGIN - QR_SIDE;
        self.canvas.qr_of(self.number, (x, 10_000), QR_SIDE);
        let style = Style::bold(130, Ink::Black);
        let left = x + (QR_SIDE - width(&view.number, style.weight, style.tenths)) / 2;
        self.text((left, 46_500), style, &view.number);
        self.text((x + 6_500, 51_500), Style::regular(76, Ink::Black), "用紙番号");
        if view.codes.len() > 1 {
            let which = format!("{}/{} 枚目", self.number + 1, view.codes.len());
            self.text((x - 30_000, 46_500), Style::bold(150, Ink::Black), &which);
        }
    }

    fn request(&mut self, request: usize, view: &RequestFormView) {
        let top = line_top(request, 0) - HEADING;
        let heading = format!("請求 {}", self.number * FORM_ROWS + request + 1);
        self.text((MARGIN, top + 4_900), Style::bold(105, Ink::Black), &heading);
        for (at, line) in LINES.iter().enumerate() {
            let y = line_top(request, at);
            self.text((MARGIN + 1_500, y + 5_000), Style::regular(92, Ink::Black), line.label);
            for part in line.parts {
                self.part(y, part, &view.kinds);
            }
        }
        let lines = Um::try_from(LINES.len()).unwrap_or(0);
        let area = Area {
            x: MARGIN,
            y: top + HEADING - 1_000,
            width: SHEET_WIDTH - 2 * MARGIN,
            height: lines * LINE + 500,
        };
        self.frame(area, 700);
    }

    fn part(&mut self, y: Um, part: &Part, kinds: &[RequestKind]) {
        match part {
            Part::Word(x, word) => {
                self.text((*x, y + 5_000), Style::regular(90, Ink::Black), word);
            }
            Part::Boxes(x, count) => {
                for at in 0..Um::try_from(*count).unwrap_or(0) {
                    let x = x + at * BOX.0;
                    self.frame(Area { x, y, width: BOX.0, height: BOX.1 }, 250);
                }
            }
            Part::Free(x, width) => {
                let below = y + BOX.1;
                self.canvas.line((*x, below), (x + width, below), Ink::Black, 250);
            }
            Part::Kinds => {
                let words: Vec<String> = kinds.iter().map(|kind| tick(*kind)).collect();
                let style = Style::regular(84, Ink::Black);
                let line = clip(&words.join("　"), style.weight, style.tenths, 195_000 - BOXES);
                self.text((BOXES, y + 5_000), style, &line);
            }
        }
    }

    /// What the customer signs, and what the branch notes.
    fn foot(&mut self, view: &RequestFormView) {
        let top = FIRST + REQUEST * Um::try_from(FORM_ROWS).unwrap_or(0) + 3_000;
        let style = Style::regular(92, Ink::Black);
        let own = [
            "ご記入日　　　　　年　　　月　　　日",
            "ご担当者　　　　　　　　　　　　　お電話",
            "書面による理由　□ 障害　□ パソコン・回線の故障　□ その他",
        ];
        for (at, words) in (0..).zip(own) {
            let y = top + 6_500 + at * 8_000;
            self.text((MARGIN, y), style, words);
            self.canvas.line((MARGIN, y + 1_800), (140_000, y + 1_800), Ink::Black, 200);
        }
        let seal = Area { x: 145_000, y: top, width: 50_000, height: 26_000 };
        self.frame(seal, 700);
        self.text((seal.x + 2_000, seal.y + 4_500), style, "お届出印");
        let stamps = ["受付印・時刻", "印鑑照合", "電話確認", "入力", "照合", "検印"];
        let side: Um = 30_000;
        let y = top + 30_000;
        for (at, word) in (0..).zip(stamps) {
            self.frame(Area { x: MARGIN + at * side, y, width: side, height: 22_000 }, 250);
            self.text(
                (MARGIN + at * side + 1_500, y + 4_200),
                Style::regular(80, Ink::Black),
                word,
            );
        }
        let phone = format!("お問い合わせ {} {}", view.desk.phone, view.desk.hours);
        self.text((MARGIN, y + 27_000), Style::regular(84, Ink::Black), &phone);
    }
}

/// `□11 発生(債務者請求)`.
fn tick(kind: RequestKind) -> String {
    format!("□{} {}", kind.code(), kind.japanese())
}

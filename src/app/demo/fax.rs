//! The demo's FAX: a form printed for a customer, filled in, and spoilt as telephone lines spoil
//! them; keyed in by two people and approved by others.

use qrcode::{Color, EcLevel, QrCode};

use crate::domain::{CaseId, Field, FormSheets, KeyedRow, KeyedSheet, UserId, UserNumber};
use crate::formats::scan::{Bitmap, Document, Dots};
use crate::service::KeyedIn;

use super::super::outcome::Error;
use super::Demo;

/// The form as it was filled in, 204 by 196 dots an inch, without its code.
const FILLED: &[u8] = include_bytes!("../samples/fax_form.tif");
const NAME: &str = "fax_0001.png";
/// Where the code stands on it, in dots from the top left, and how large it is.
const CODE_AT: (u32, u32) = (1361, 77);
const CODE_SIZE: (u32, u32) = (225, 216);

/// What is written on it.
const WRITTEN: [(Field, &str); 11] = [
    (Field::RequestKind, "11"),
    (Field::RecordDate, "2026-12-03"),
    (Field::CounterpartyUserNumber, "2BC3DE4FG"),
    (Field::CounterpartyNameKana, "ﾀｶｻｷｼﾖｳｼﾞ"),
    (Field::CounterpartyBankCode, "0009"),
    (Field::CounterpartyBranchCode, "010"),
    (Field::CounterpartyAccountType, "1"),
    (Field::CounterpartyAccountNumber, "7654321"),
    (Field::Amount, "850,000"),
    (Field::DueDate, "2027-03-31"),
    (Field::RequesterRef, "FAX-001"),
];

/// What the form says of its customer.
const PRINTED: [(Field, &str); 5] = [
    (Field::RequesterUserNumber, "1AB2CD3EF"),
    (Field::RequesterBankCode, "0001"),
    (Field::RequesterBranchCode, "001"),
    (Field::RequesterAccountType, "2"),
    (Field::RequesterAccountNumber, "0123456"),
];

impl Demo<'_> {
    /// A customer whose line failed sends a FAX.
    pub(super) fn fax(&mut self) -> Result<CaseId, Error> {
        self.stage(
            "FAX",
            "画面を使えないお客様の記録請求書です。二人が別々に入力し、入力した人は承認できません。",
        )?;
        let lost = || Error::Usage("the demo lost its FAX".to_owned());
        let customer = UserNumber::parse("1AB2CD3EF").map_err(|_| lost())?;
        let form = self.desk.request_form(customer, FormSheets::ONE).ok_or_else(lost)?;
        let scan = form.codes.first().and_then(|code| spoilt(code)).ok_or_else(lost)?;
        self.drop_file(&("fax/001", NAME, &scan))?;
        self.machine.drain()?;
        let file = self.desk.store.files(&|file| file.name == NAME, 1).pop().ok_or_else(lost)?;
        let paper = self.desk.store.keying(file.receipt).ok_or_else(lost)?;
        let pages = paper.scan.pages.len();
        let told = match paper.forms.as_slice() {
            [(_, mark)] => format!("QRコードから 用紙番号 {mark}、お客様 {}", mark.customer),
            _ => "QRコードは読めません".to_owned(),
        };
        writeln!(self.out, "  {}  {NAME}  {pages}ページ、{told}", file.receipt)?;
        for (seen, user) in ["suzuki01", "ito00001"].into_iter().enumerate() {
            self.clock.advance_ms(5 * super::MINUTE_MS);
            let id = UserId::parse(user).map_err(|_| lost())?;
            let person = self.desk.store.user(&id).ok_or_else(lost)?.person;
            let cells = WRITTEN.iter().chain(&PRINTED);
            let row: KeyedRow = cells.map(|(field, text)| (*field, (*text).to_owned())).collect();
            let read = KeyedIn {
                receipt: file.receipt,
                seen,
                sheet: Some(KeyedSheet { received: Some(file.received_at), rows: vec![row] }),
                remark: String::new(),
                confirmed: false,
            };
            let told = match self.desk.key_in(&person, &read) {
                Ok(stage) => format!("入力 → {}", stage.japanese()),
                Err(refused) => refused.to_string(),
            };
            let (hour, minute) = self.clock_now().hour_minute();
            writeln!(
                self.out,
                "  {hour}:{minute:02} {} {}さん: {told}",
                file.receipt, person.name
            )?;
        }
        self.machine.drain()?;
        let case = self.case_of(NAME)?;
        let made_sure = [
            ("reason", "お客様のパソコン・回線の故障"),
            ("seal", "一致した"),
            ("call", "ご本人に確認した"),
        ];
        self.fill_in(case, "suzuki01", &made_sure)?;
        self.approve(case, "sato0001")?;
        self.approve(case, "mori0001")?;
        let receipt = self.root.outbox().join(format!("fax/001/{case}_receipt.pdf"));
        writeln!(self.out, "  書面のSHA-256 {}", file.digest)?;
        writeln!(self.out, "  承認票（同じ値が入っています） {}", receipt.display())?;
        Ok(case)
    }
}

/// The filled form with its code, as a FAX delivers it: a degree askew, one dot in a hundred wrong.
fn spoilt(code: &str) -> Option<Vec<u8>> {
    let page = Document::open(FILLED).ok()?.page(0).ok()?;
    let Dots::Ink(form) = page.dots else { return None };
    let code = QrCode::with_error_correction_level(code, EcLevel::M).ok()?;
    let (side, modules) = (u32::try_from(code.width()).ok()?, code.into_colors());
    let printed = |x: u32, y: u32| {
        let (x, y) = (x.checked_sub(CODE_AT.0)?, y.checked_sub(CODE_AT.1)?);
        let inside = x < CODE_SIZE.0 && y < CODE_SIZE.1;
        let (column, row) = (x * side / CODE_SIZE.0, y * side / CODE_SIZE.1);
        let module = modules.get(usize::try_from(row * side + column).ok()?)?;
        (inside && *module == Color::Dark).then_some(())
    };
    let ink = |x: u32, y: u32| form.black(x, y) || printed(x, y).is_some();
    png(&form, |x, y| {
        let askew = (y + 15).checked_sub(x * 7 / 400).is_some_and(|y| ink(x, y));
        let chance = crc32c::crc32c(&[x.to_le_bytes(), y.to_le_bytes()].concat());
        askew != chance.is_multiple_of(100)
    })
}

/// A page of the size of another as a PNG.
fn png(size: &Bitmap, ink: impl Fn(u32, u32) -> bool) -> Option<Vec<u8>> {
    let (width, height) = (size.width(), size.height());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: 204 * 10_000 / 254,
        yppu: 196 * 10_000 / 254,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header().ok()?;
    let packed = (0..height).flat_map(|y| (0..width.div_ceil(8)).map(move |byte| (byte, y)));
    let eight = |(byte, y): (u32, u32)| {
        (0..8).fold(0_u8, |bits, bit| bits << 1 | u8::from(!ink(byte * 8 + bit, y)))
    };
    writer.write_image_data(&packed.map(eight).collect::<Vec<_>>()).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}

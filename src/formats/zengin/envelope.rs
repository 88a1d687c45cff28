//! What both files have in common: the header, the order of records, the totals.

use super::super::layout::{Charset, Headers, Place, Sheet, split};
use super::{
    Client, Layout, MonthDay, Newline, PlacedFinding, RECORD_LEN, Record, RecordKind, Value,
    account, account_values, unfilled,
};
use crate::domain::Severity;

/// What a file of a kind is known by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// 種別コード.
    pub(super) type_code: &'static str,
    /// The header's field for the day.
    pub(super) day: &'static str,
}

/// A file taken apart: what its records hold, and everything that is wrong with their order.
#[derive(Debug, Default)]
pub(super) struct Envelope<'l> {
    pub(super) client: Option<Client>,
    pub(super) data: Vec<Record<'l>>,
    pub(super) trailer: Option<Record<'l>>,
    pub(super) findings: Vec<PlacedFinding>,
}

/// Takes a file apart.
pub(super) fn open<'l>(bytes: &[u8], layout: &'l Layout, kind: Kind) -> Envelope<'l> {
    let mut envelope = Envelope::default();
    if bytes.is_empty() {
        envelope.whole("ファイルが空です。中身を確かめてください。", "the file is empty");
        return envelope;
    }
    let (charset, bytes) = Charset::whole_in_jis(bytes);
    let pieces = split(&bytes, RECORD_LEN);
    envelope.findings = pieces.findings;
    envelope.findings.extend(pieces.behind_end);
    let mut expected = Place::Header;
    for (number, offset, bytes) in pieces.records {
        let here = (number, offset);
        let first = bytes.first().copied().unwrap_or_default();
        let Some(found) = RecordKind::of_digit(first) else {
            envelope.findings.push(plain(
                here,
                (
                    "データ区分が1・2・8・9のどれでもありません。",
                    "a record begins with 1, 2, 8 or 9",
                ),
            ));
            continue;
        };
        let (next, in_order) = expected.after(found, Headers::One);
        if !in_order {
            envelope.findings.push(plain(here, (
                "レコードの順番が違います。ヘッダー、データ、トレーラー、エンドの順にしてください。",
                "records are out of order; write header, data, trailer, end",
            )));
        }
        expected = next;
        let record = layout.read((number, found, offset), bytes, &mut envelope.findings);
        match found {
            RecordKind::Header => envelope.header(&record, (kind, charset)),
            RecordKind::Data => envelope.data.push(record),
            RecordKind::Trailer => envelope.trailer = Some(record),
            RecordKind::End => {}
        }
    }
    envelope.complete(expected);
    envelope
}

impl Envelope<'_> {
    fn whole(&mut self, ja: &str, en: &str) {
        self.findings.push(plain((0, 0), (ja, en)));
    }

    fn header(&mut self, record: &Record<'_>, (kind, charset): (Kind, Charset)) {
        let code = kind.type_code;
        let (ja, en) = (
            format!("種別コードは {code} にしてください。"),
            format!("the type code must be {code}"),
        );
        let is_code = |text: &str| (text == code).then_some(());
        record.parsed("type_code", is_code, (&ja, &en), &mut self.findings);
        let (digit, name) = (char::from(charset.digit()), charset.name());
        let (ja, en) = (
            format!(
                "コード区分が中身の文字コードと合いません。中身は{name}なので、{digit}にしてください。"
            ),
            format!("the charset is not that of the bytes, which are {name}; write {digit}"),
        );
        let is_it = |text: &str| text.chars().eq([digit]).then_some(());
        record.parsed("charset", is_it, (&ja, &en), &mut self.findings);
        let wanted = ("月日を4桁(MMDD)で書いてください。", "write month and day as MMDD");
        let day = record.parsed(kind.day, MonthDay::parse, wanted, &mut self.findings);
        let account = account(record, &mut self.findings);
        let names = (record.text("client_code"), record.text("client_name"));
        if let (Some(day), Some(account), (Some(code), Some(name))) = (day, account, names) {
            let (code, name) = (unfilled(code), name.to_owned());
            self.client = Some(Client { code, name, day, account });
        }
    }

    /// What a whole file has.
    fn complete(&mut self, expected: Place) {
        if expected != Place::Done {
            self.whole(
                "エンドレコードがありません。ファイルが途中で切れていないか確かめてください。",
                "there is no end record; the file may have been cut off",
            );
        }
        if self.trailer.is_none() {
            self.whole("トレーラーレコードがありません。", "there is no trailer record");
        }
    }

    /// Holds a total of the trailer against what the records sum to.
    pub(super) fn total(&mut self, name: &str, sum: u64) {
        let Some(trailer) = &self.trailer else { return };
        let Some(told) = trailer.amount(name).filter(|told| *told != sum) else { return };
        let ja = format!("トレーラーでは {told} ですが、データの合計は {sum} です。");
        let en = format!("the trailer says {told}, the records sum to {sum}");
        let finding = trailer.finding(name, (&ja, &en));
        self.findings.push(finding);
    }

    /// Whether anything keeps the file from being used.
    pub(super) fn has_error(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

fn plain((record, offset): (u32, usize), (ja, en): (&str, &str)) -> PlacedFinding {
    let (ja, en) = (ja.to_owned(), en.to_owned());
    PlacedFinding { record, field: String::new(), offset, severity: Severity::Error, ja, en }
}

/// Begins a file with its header.
pub(super) fn begin<'l>(
    layout: &'l Layout,
    newline: Newline,
    (kind, client): (Kind, &Client),
) -> Sheet<'l> {
    let mut sheet = Sheet::new(layout, newline);
    let mut values = account_values(&client.account);
    values.extend([
        ("type_code", Value::Digits(kind.type_code.to_owned())),
        ("charset", Value::Number(0)),
        ("client_code", Value::Digits(client.code.clone())),
        ("client_name", Value::Text(client.name.clone())),
        (kind.day, Value::Digits(client.day.to_string())),
    ]);
    sheet.record(RecordKind::Header, values);
    sheet
}

//! 一括記録請求結果ファイル (配信1): what became of the records of bulk request files.
//!
//! Read from the clearing side, and written for submitters who sent fixed-length files.
//! Headers with their data and trailers may be repeated; one end record is last. That it
//! begins its data with データレコード区分 and 記録番号 is published; the rest of the data record is our
//! reading, so it is experimental and a table a bank replaces. Read [`Told`] first.

use crate::domain::{
    Date, Finding, RecordNumber, RecordRequest, RequestKind, Severity, UserNumber, Yen,
};
use crate::formats::TableMistake;
use crate::formats::center::finding;
use crate::formats::layout::{
    Charset, Headers, Layout, Newline, Place, PlacedFinding, Record, RecordKind, Sheet, Value,
    Values, split,
};

use super::RECORD_LEN;

/// Where the layout lies below the root.
pub const RESULT_LAYOUT: &str = "workflows/layouts/densai_result_v1.csv";
/// The layout that is built in: what `init` writes there.
pub const SHIPPED_RESULT: &str = include_str!("../../../workflows/layouts/densai_result_v1.csv");

/// データレコード区分 of a record that was made.
const RECORDED: u64 = 1;
/// データレコード区分 of one that was not.
const ERRORED: u64 = 2;

const NEEDS: [(RecordKind, &[&str]); 4] = [
    (RecordKind::Header, &["record_type", "request_kind", "charset", "recipient_user_number"]),
    (
        RecordKind::Data,
        &[
            "record_type",
            "result_class",
            "record_number",
            "counterparty_user_number",
            "requester_ref",
            "amount",
            "due_date",
            "error_code",
        ],
    ),
    (RecordKind::Trailer, &["record_type", "total_count"]),
    (RecordKind::End, &["record_type"]),
];

/// Reads the layout of this file; errs with every mistake.
pub fn result_layout(text: &str) -> Result<Layout, Vec<TableMistake>> {
    Layout::load(text, RECORD_LEN, &NEEDS)
}

/// What became of one record, as such a file tells it.
///
/// Shape: it names no case of ours; which one is meant follows from what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Which record of the file, from 1.
    pub record: u32,
    /// What was asked for.
    pub what: Asked,
    /// The record number it has; none where nothing was recorded.
    pub number: Option<RecordNumber>,
    /// The clearing side's error; empty where it was recorded.
    pub error: String,
}

/// What is known of a request by its result alone. Amount and due date are none where the kind has
/// none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Asked {
    /// What kind.
    pub kind: RequestKind,
    /// Who asked.
    pub requester: UserNumber,
    /// The other side.
    pub counterparty: UserNumber,
    /// 請求者RefNo.
    pub reference: String,
    /// 債権金額.
    pub amount: Option<u64>,
    /// 支払期日.
    pub due: Option<Date>,
}

impl Asked {
    /// What a result would know of a request.
    pub fn of(request: &RecordRequest) -> Self {
        Self {
            kind: request.kind,
            requester: request.requester.user_number,
            counterparty: request.counterparty.user_number,
            reference: request.requester_ref.clone(),
            amount: request.amount.map(Yen::get).filter(|yen| *yen > 0),
            due: request.due_date,
        }
    }
}

/// Whether bytes are such a file: a header of a kind that bulk files ask for, in a whole record.
pub fn is_results(bytes: &[u8]) -> bool {
    let mut jis = Vec::new();
    let head = bytes.get(..RECORD_LEN).unwrap_or_default();
    let head = Charset::of(head).to_jis(head, &mut jis);
    let kind = head.get(1..3).and_then(|code| std::str::from_utf8(code).ok());
    head.first() == Some(&b'1') && kind.is_some_and(|code| bulk_kind(code).is_some())
}

/// Reads such a file, every mistake at once: what is told of each record, or what is wrong with it.
/// That something behind its end was not read is a warning of record 0.
/// Errs with what keeps the whole file from being read.
pub fn read_outcomes(bytes: &[u8], layout: &Layout) -> Result<Vec<Result<Told, Finding>>, Finding> {
    let (_, jis) = Charset::whole_in_jis(bytes);
    let pieces = split(&jis, RECORD_LEN);
    let mut all: Vec<Result<Told, Finding>> = Vec::new();
    let errors = |found: Vec<PlacedFinding>| {
        let errors = found.into_iter().filter(|one| one.severity == Severity::Error);
        errors.map(|one| Err(as_finding(&one))).collect::<Vec<_>>()
    };
    all.extend(errors(pieces.findings));
    let (mut place, mut header, mut count) = (Place::Header, None, 0);
    for (number, offset, bytes) in pieces.records {
        let first = bytes.first().copied().unwrap_or_default();
        let found = RecordKind::of_digit(first);
        let (Some(kind), (next, true)) =
            (found, found.map_or((place, false), |kind| place.after(kind, Headers::Many)))
        else {
            return Err(out_of_order(number));
        };
        place = next;
        let mut findings = Vec::new();
        let record = layout.read((number, kind, offset), bytes, &mut findings);
        match kind {
            RecordKind::Header => {
                header = Some(header_of(&record, &mut findings));
                count = 0;
            }
            RecordKind::Data => {
                count += 1;
                let told = header.flatten().and_then(|of| told(&record, of, &mut findings));
                all.extend(told.filter(|_| findings.is_empty()).map(Ok));
            }
            RecordKind::Trailer => total(&record, count, &mut findings),
            RecordKind::End => {}
        }
        all.extend(errors(findings));
    }
    let behind = pieces.behind_end.map(|one| {
        let found = Finding { record: 0, ..as_finding(&one) };
        Err(Finding { severity: Severity::Warning, ..found })
    });
    all.extend(behind);
    if place == Place::Done { Ok(all) } else { Err(out_of_order(0)) }
}

/// The kind and the requester a header names; none where one of them cannot be read.
fn header_of(
    record: &Record<'_>,
    findings: &mut Vec<PlacedFinding>,
) -> Option<(RequestKind, UserNumber)> {
    let codes = RequestKind::BULK_CODES;
    let (ja, en) =
        (format!("種別コードは {codes} のどれかにしてください。"), format!("write one of {codes}"));
    let kind = record.parsed("request_kind", bulk_kind, (&ja, &en), findings);
    let user = user(record, "recipient_user_number", findings);
    Some((kind?, user?))
}

fn told(
    record: &Record<'_>,
    (kind, requester): (RequestKind, UserNumber),
    findings: &mut Vec<PlacedFinding>,
) -> Option<Told> {
    let classes = ("データレコード区分は01(正常)か02(エラー)にしてください。", "write 01 or 02");
    let is_good = |text: &str| match text.parse() {
        Ok(RECORDED) => Some(true),
        Ok(ERRORED) => Some(false),
        _ => None,
    };
    let is_good = record.parsed("result_class", is_good, classes, findings);
    let counterparty = user(record, "counterparty_user_number", findings);
    let days = ("日付は YYYYMMDD で書いてください。", "write the day as YYYYMMDD");
    let due = optional(record, "due_date", |text| Date::parse(text).ok(), days, findings);
    let numbers = (
        "記録番号が読めません。20文字（数字と、I・O・Z を除く英大文字）で書いてください。",
        "cannot read the record number; it has twenty digits or letters but I, O, Z",
    );
    let number = |text: &str| RecordNumber::parse(text).ok();
    let number = optional(record, "record_number", number, numbers, findings);
    let is_good = is_good?;
    if is_good && number == Some(None) {
        findings.push(record.finding("record_number", numbers));
    }
    let error = record.text("error_code")?;
    let what = Asked {
        kind,
        requester,
        counterparty: counterparty?,
        reference: record.text("requester_ref")?.to_owned(),
        amount: record.amount("amount").filter(|yen| *yen > 0),
        due: due?,
    };
    let error = if is_good { String::new() } else { error.to_owned() };
    // Nobody can tell an error that has no word from a record that was made.
    let error = if !is_good && error.is_empty() { "99".to_owned() } else { error };
    Some(Told { record: record.number, what, number: number?.filter(|_| is_good), error })
}

/// A field that may be blank, or all zeros: then it says nothing.
#[expect(clippy::option_option, reason = "a mistake, nothing, a value")]
fn optional<T>(
    record: &Record<'_>,
    name: &str,
    parse: impl FnOnce(&str) -> Option<T>,
    wanted: (&str, &str),
    findings: &mut Vec<PlacedFinding>,
) -> Option<Option<T>> {
    let text = record.text(name)?;
    if text.bytes().all(|byte| byte == b'0') {
        return Some(None);
    }
    record.parsed(name, parse, wanted, findings).map(Some)
}

fn user(record: &Record<'_>, name: &str, findings: &mut Vec<PlacedFinding>) -> Option<UserNumber> {
    let wanted = (
        "利用者番号が読めません。9文字（数字と、I・O・Z を除く英大文字）で書いてください。",
        "cannot read the user number; it has nine digits or letters but I, O, Z",
    );
    record.parsed(name, |text| UserNumber::parse(text).ok(), wanted, findings)
}

fn total(trailer: &Record<'_>, count: u64, findings: &mut Vec<PlacedFinding>) {
    let Some(told) = trailer.amount("total_count").filter(|told| *told != count) else { return };
    let ja = format!("トレーラーでは {told} 件ですが、データは {count} 件です。");
    let en = format!("the trailer says {told}, there are {count} records");
    findings.push(trailer.finding("total_count", (&ja, &en)));
}

fn bulk_kind(code: &str) -> Option<RequestKind> {
    let kinds = RequestKind::ALL.into_iter().filter(|kind| kind.is_in_bulk_files());
    kinds.into_iter().find(|kind| kind.code().to_string() == code)
}

fn as_finding(placed: &PlacedFinding) -> Finding {
    let code = crate::domain::Code::Result;
    finding(code, (placed.record, 0), &placed.field, &placed.japanese()).in_english(&placed.en)
}

fn out_of_order(record: u32) -> Finding {
    let ja = "レコードの順番が違うか、途中で終わっています。\
              ヘッダー、データ、トレーラーのあとに、エンドを一つ置いてください。";
    finding(crate::domain::Code::Result, (record, 0), "", ja)
        .in_english("records are out of order or end too soon; write header, data, trailer, end")
}

/// What became of a request, to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The request.
    pub request: RecordRequest,
    /// Its record number; none where it was not recorded.
    pub number: Option<RecordNumber>,
    /// Why not; empty where it was.
    pub error: String,
}

/// Writes such a file, dated `on`: a header whenever kind or requester change. Errs with everything
/// that cannot be written, so that nothing is left out unsaid.
pub fn write_outcomes(
    outcomes: &[Outcome],
    layout: &Layout,
    on: Date,
) -> Result<Vec<u8>, Vec<PlacedFinding>> {
    let mut sheet = Sheet::new(layout, Newline::None);
    let group = |one: &Outcome| (one.request.kind, one.request.requester);
    for part in outcomes.chunk_by(|one, other| group(one) == group(other)) {
        let Some(first) = part.first() else { continue };
        sheet.record(RecordKind::Header, header_values(&first.request, on));
        for one in part {
            sheet.record(RecordKind::Data, data_values(one));
        }
        let amounts = part.iter().filter_map(|one| one.request.amount.map(Yen::get));
        let total = Value::Number(amounts.fold(0, u64::saturating_add));
        let count = Value::Number(part.len() as u64);
        let totals = Values::from([("total_count", count), ("total_amount", total)]);
        sheet.record(RecordKind::Trailer, totals);
    }
    sheet.finish()
}

fn header_values(request: &RecordRequest, on: Date) -> Values<'static> {
    let (user, account) = (request.requester.user_number, request.requester.account);
    Values::from([
        ("request_kind", Value::Number(request.kind.code().into())),
        ("charset", Value::Number(0)),
        ("notice_date", Value::Number(on.yyyymmdd().into())),
        ("recipient_user_number", Value::Text(user.to_string())),
        ("recipient_bank_code", Value::Digits(account.bank.to_string())),
        ("recipient_branch_code", Value::Digits(account.branch.to_string())),
        ("recipient_account_type", Value::Number(account.kind.code().into())),
        ("recipient_account_number", Value::Digits(account.number.to_string())),
    ])
}

fn data_values(outcome: &Outcome) -> Values<'static> {
    let Outcome { request, number, error } = outcome;
    let (user, account) = (request.counterparty.user_number, request.counterparty.account);
    let class = if number.is_some() { RECORDED } else { ERRORED };
    let mut values = Values::from([
        ("result_class", Value::Number(class)),
        ("counterparty_user_number", Value::Text(user.to_string())),
        ("counterparty_name_kana", Value::Name(request.counterparty_name_kana.clone())),
        ("counterparty_bank_code", Value::Digits(account.bank.to_string())),
        ("counterparty_branch_code", Value::Digits(account.branch.to_string())),
        ("counterparty_account_type", Value::Number(account.kind.code().into())),
        ("counterparty_account_number", Value::Digits(account.number.to_string())),
        ("requester_ref", Value::Text(request.requester_ref.clone())),
        ("error_code", Value::Name(error.clone())),
    ]);
    let number = number.map(|number| ("record_number", Value::Text(number.to_string())));
    let amount = request.amount.map(|yen| ("amount", Value::Number(yen.get())));
    let due = request.due_date.map(|due| ("due_date", Value::Number(due.yyyymmdd().into())));
    values.extend(number.into_iter().chain(amount).chain(due));
    values
}

//! 口座振替 (type 91): debits to be made, and the file that comes back with what became of each.
//!
//! Read [`write_debits`] and [`read_debits`] first.

use super::envelope::{self, Envelope, Kind};
use super::{
    Client, Layout, Newline, PlacedFinding, RECORD_LEN, Record, RecordKind, Value, Values, account,
    account_values, unfilled,
};
use crate::domain::{Account, Yen, YenTotal};
use crate::formats::TableMistake;

const KIND: Kind = Kind { type_code: "91", day: "debit_date" };

/// Where the layout lies below the root.
pub const LAYOUT: &str = "workflows/layouts/zengin_debit_91_v1.csv";
/// The layout that is built in: what `init` writes there.
pub const SHIPPED: &str = include_str!("../../../workflows/layouts/zengin_debit_91_v1.csv");

const NEEDS: [(RecordKind, &[&str]); 4] = [
    (
        RecordKind::Header,
        &[
            "record_type",
            "type_code",
            "charset",
            "client_code",
            "client_name",
            "debit_date",
            "bank_code",
            "branch_code",
            "account_type",
            "account_number",
        ],
    ),
    (
        RecordKind::Data,
        &[
            "record_type",
            "bank_code",
            "branch_code",
            "account_type",
            "account_number",
            "payer_name",
            "amount",
            "new_code",
            "customer_number",
            "result_code",
        ],
    ),
    (
        RecordKind::Trailer,
        &[
            "record_type",
            "total_count",
            "total_amount",
            "debited_count",
            "debited_amount",
            "failed_count",
            "failed_amount",
        ],
    ),
    (RecordKind::End, &["record_type"]),
];

/// Reads the layout of this file; errs with every mistake.
pub fn layout(text: &str) -> Result<Layout, Vec<TableMistake>> {
    Layout::load(text, RECORD_LEN, &NEEDS)
}

/// Whether the payer was debited before (新規コード).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewCode {
    /// 0: as before.
    Known,
    /// 1: the first debit.
    First,
    /// 2: the account has changed.
    Changed,
}

impl NewCode {
    /// The digit.
    pub const fn code(self) -> u8 {
        match self {
            Self::Known => 0,
            Self::First => 1,
            Self::Changed => 2,
        }
    }

    fn parse(digit: &str) -> Option<Self> {
        let all = [Self::Known, Self::First, Self::Changed];
        all.into_iter().find(|code| digit == code.code().to_string())
    }
}

/// What became of a debit (振替結果コード).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DebitResult {
    /// 0: debited (振替済).
    Debited,
    /// 1: not enough money (資金不足).
    NoFunds,
    /// 2: no such account (取引なし).
    NoAccount,
    /// 3: the payer did not want it (預金者の都合による停止).
    PayersWish,
    /// 4: no mandate (預金口座振替依頼書なし).
    NoMandate,
    /// 8: the client did not want it (委託者の都合による停止).
    ClientsWish,
    /// 9: another reason (その他).
    Other,
}

impl DebitResult {
    /// All, in the order of their digits.
    pub const ALL: [Self; 7] = [
        Self::Debited,
        Self::NoFunds,
        Self::NoAccount,
        Self::PayersWish,
        Self::NoMandate,
        Self::ClientsWish,
        Self::Other,
    ];

    /// The digit.
    pub const fn code(self) -> u8 {
        match self {
            Self::Debited => 0,
            Self::NoFunds => 1,
            Self::NoAccount => 2,
            Self::PayersWish => 3,
            Self::NoMandate => 4,
            Self::ClientsWish => 8,
            Self::Other => 9,
        }
    }

    /// 振替済, 資金不足, 取引なし and so on.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Debited => "振替済",
            Self::NoFunds => "資金不足",
            Self::NoAccount => "取引なし",
            Self::PayersWish => "預金者の都合による停止",
            Self::NoMandate => "預金口座振替依頼書なし",
            Self::ClientsWish => "委託者の都合による停止",
            Self::Other => "その他",
        }
    }

    fn parse(digit: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|result| digit == result.code().to_string())
    }
}

/// One debit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debit {
    /// The payer's account.
    pub account: Account,
    /// The payer's name in half-width kana; at most 30 characters when read.
    pub payer: String,
    /// How much.
    pub amount: Yen,
    /// Whether it is the first.
    pub new_code: NewCode,
    /// What the client calls the payer by: at most 20 digits, without leading zeros when read;
    /// may be empty.
    pub customer_number: String,
}

/// Which of the two files it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// As it is handed in: no debit has a result yet.
    Requested,
    /// As it comes back.
    Returned,
}

/// What a 口座振替 file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DebitFile {
    /// Whose file it is.
    pub client: Client,
    /// The debits in the order of the file, with what became of them; in a file as it is handed
    /// in the latter says nothing.
    pub debits: Vec<(Debit, DebitResult)>,
    /// What is to be looked at all the same.
    pub warnings: Vec<PlacedFinding>,
}

/// Writes debits with the totals of their amounts; names too long are cut.
///
/// Errs with everything that cannot be written.
pub fn write_debits(
    client: &Client,
    debits: &[Debit],
    layout: &Layout,
    newline: Newline,
) -> Result<Vec<u8>, Vec<PlacedFinding>> {
    let mut sheet = envelope::begin(layout, newline, (KIND, client));
    for debit in debits {
        let mut values = account_values(&debit.account);
        values.extend([
            ("payer_name", Value::Name(debit.payer.clone())),
            ("amount", Value::Number(debit.amount.get())),
            ("new_code", Value::Number(debit.new_code.code().into())),
            ("customer_number", Value::Digits(debit.customer_number.clone())),
            ("result_code", Value::Number(0)),
        ]);
        sheet.record(RecordKind::Data, values);
    }
    let count = u64::try_from(debits.len()).unwrap_or(u64::MAX);
    let total = debits.iter().fold(YenTotal::default(), |sum, debit| sum.plus(Some(debit.amount)));
    let totals = Values::from([
        ("total_count", Value::Number(count)),
        ("total_amount", Value::Number(total.get())),
        ("debited_count", Value::Number(0)),
        ("debited_amount", Value::Number(0)),
        ("failed_count", Value::Number(0)),
        ("failed_amount", Value::Number(0)),
    ]);
    sheet.record(RecordKind::Trailer, totals);
    sheet.finish()
}

/// Reads a 口座振替 file; errs with all findings, warnings among them.
///
/// A returned file's totals of debited and failed are held against its result codes.
pub fn read_debits(
    bytes: &[u8],
    layout: &Layout,
    stage: Stage,
) -> Result<DebitFile, Vec<PlacedFinding>> {
    let mut envelope = envelope::open(bytes, layout, KIND);
    let data = std::mem::take(&mut envelope.data);
    let read: Vec<_> =
        data.iter().map(|record| debit(record, stage, &mut envelope.findings)).collect();
    envelope.total("total_count", u64::try_from(data.len()).unwrap_or(u64::MAX));
    let debits: Vec<(Debit, DebitResult)> = read.iter().flatten().cloned().collect();
    // A sum that lacks a record would only say the same mistake again.
    if debits.len() == data.len() {
        totals(&mut envelope, &debits, stage);
    }
    match envelope.client.take() {
        Some(client) if !envelope.has_error() => {
            Ok(DebitFile { client, debits, warnings: envelope.findings })
        }
        _ => Err(envelope.findings),
    }
}

fn totals(envelope: &mut Envelope<'_>, debits: &[(Debit, DebitResult)], stage: Stage) {
    let sum = |wanted: &dyn Fn(DebitResult) -> bool| {
        let these = debits.iter().filter(|(_, result)| wanted(*result));
        these.fold((0, 0_u64), |(count, sum), (debit, _)| {
            (count + 1, sum.saturating_add(debit.amount.get()))
        })
    };
    envelope.total("total_amount", sum(&|_| true).1);
    let (debited, failed) = match stage {
        Stage::Requested => ((0, 0), (0, 0)),
        Stage::Returned => {
            (sum(&|result| result == DebitResult::Debited), sum(&|r| r != DebitResult::Debited))
        }
    };
    envelope.total("debited_count", debited.0);
    envelope.total("debited_amount", debited.1);
    envelope.total("failed_count", failed.0);
    envelope.total("failed_amount", failed.1);
}

fn debit(
    record: &Record<'_>,
    stage: Stage,
    findings: &mut Vec<PlacedFinding>,
) -> Option<(Debit, DebitResult)> {
    let account = account(record, findings);
    let amounts = ("引落金額は1円以上にしてください。", "the amount must be at least 1 yen");
    let yen = |digits: &str| Yen::new(digits.parse().ok()?).ok();
    let amount = record.parsed("amount", yen, amounts, findings);
    let codes = ("新規コードは0、1、2のどれかにしてください。", "the new code must be 0, 1 or 2");
    let new_code = record.parsed("new_code", NewCode::parse, codes, findings);
    let result = match stage {
        Stage::Requested => {
            let wanted = (
                "依頼のファイルでは振替結果コードを0にしてください。",
                "the result code must be 0 before the debit",
            );
            let none = |digit: &str| (digit == "0").then_some(DebitResult::Debited);
            record.parsed("result_code", none, wanted, findings)
        }
        Stage::Returned => {
            let wanted = (
                "振替結果コードは0、1、2、3、4、8、9のどれかです。",
                "the result code is one of 0, 1, 2, 3, 4, 8 and 9",
            );
            record.parsed("result_code", DebitResult::parse, wanted, findings)
        }
    };
    let debit = Debit {
        account: account?,
        payer: record.text("payer_name")?.to_owned(),
        amount: amount?,
        new_code: new_code?,
        customer_number: unfilled(record.text("customer_number")?),
    };
    Some((debit, result?))
}

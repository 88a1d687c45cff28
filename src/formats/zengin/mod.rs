//! The 120-byte files banks exchange (全銀形式): 総合振込 for counterparties, 口座振替 for fees.
//!
//! A file is a header, data records, a trailer with their totals and an end. Where each field
//! stands is a [`Layout`]. Readers tell everything at once; writers refuse rather than cut a
//! number. Files are read in JIS and in EBCDIC, and written in JIS. Several headers in one file are
//! refused. Read [`transfer`] first.

pub mod debit;
mod envelope;
pub mod transfer;

use crate::domain::{Account, AccountNumber, AccountType, BankCode, BranchCode, Date};

pub use super::layout::Newline;
use super::layout::{Layout, PlacedFinding, Record, RecordKind, Value, Values};

/// How many bytes a record has.
pub const RECORD_LEN: usize = 120;

/// A day without its year (MMDD), as headers have it.
///
/// Shape: a day there is in a leap year. Made by [`MonthDay::of`] and the readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonthDay {
    month: u32,
    day: u32,
}

impl MonthDay {
    /// Month and day of a date.
    pub const fn of(date: Date) -> Self {
        Self { month: date.month(), day: date.day() }
    }

    fn parse(digits: &str) -> Option<Self> {
        let number: u32 = digits.parse().ok().filter(|_| digits.len() == 4)?;
        // 2024 is a leap year, so that February 29th is a day.
        Date::new(2024, number / 100, number % 100).ok().map(Self::of)
    }
}

/// `MMDD`.
impl std::fmt::Display for MonthDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}{:02}", self.month, self.day)
    }
}

/// Whose file it is: the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// 委託者コード or 振込依頼人コード: at most ten digits, without leading zeros when read.
    pub code: String,
    /// The client's name in half-width kana.
    pub name: String,
    /// 引落日 or 振込指定日.
    pub day: MonthDay,
    /// The client's own account.
    pub account: Account,
}

/// The values of an account, for a record that has one.
fn account_values(account: &Account) -> Values<'static> {
    Values::from([
        ("bank_code", Value::Digits(account.bank.to_string())),
        ("branch_code", Value::Digits(account.branch.to_string())),
        ("account_type", Value::Number(account.kind.code().into())),
        ("account_number", Value::Digits(account.number.to_string())),
    ])
}

/// The account of a record; mistakes are added.
fn account(record: &Record<'_>, findings: &mut Vec<PlacedFinding>) -> Option<Account> {
    let wanted = ("数字の桁数が項目と合いません。", "the number of digits does not fit the field");
    let bank = record.parsed("bank_code", |text| BankCode::parse(text).ok(), wanted, findings);
    let branch =
        record.parsed("branch_code", |text| BranchCode::parse(text).ok(), wanted, findings);
    let types = (
        "預金種目は1(普通)、2(当座)、9(その他)のどれかにしてください。",
        "the account type must be 1 (ordinary), 2 (current) or 9 (other)",
    );
    let kind = record.parsed("account_type", account_type, types, findings);
    let number =
        record.parsed("account_number", |text| AccountNumber::parse(text).ok(), wanted, findings);
    Some(Account { bank: bank?, branch: branch?, kind: kind?, number: number? })
}

fn account_type(digit: &str) -> Option<AccountType> {
    let types = [AccountType::Ordinary, AccountType::Current, AccountType::Other];
    types.into_iter().find(|kind| digit == kind.code().to_string())
}

/// Digits without the zeros that fill them.
fn unfilled(digits: &str) -> String {
    digits.trim_start_matches('0').to_owned()
}

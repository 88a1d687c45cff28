//! The cells of a row about a customer.

use std::collections::BTreeSet;

use crate::domain::fees::ContractKind;
use crate::domain::{
    Account, AccountNumber, AccountType, Applicant, BankCode, Customer, Date, UserNumber,
    is_mail_address, rules::normalise,
};

use super::super::rows::{Row, Sheet};
use super::super::{CODE, DAY, branch_code};
use super::OWN;

/// What a row says: a customer with an account, or one more account of the customer above.
pub(super) enum Line {
    First(Box<Customer>),
    Further(UserNumber, Account, bool),
}

pub(super) const USER: &str = "987654321（9文字） / nine characters";

pub(super) fn read_line(sheet: &mut Sheet, row: &Row) -> Option<Line> {
    let user = sheet.parsed(row, "user", USER, |text| UserNumber::parse(text).ok());
    if OWN.iter().all(|column| row.text(column).is_empty()) {
        let (account, pays) = read_account(sheet, row)?;
        return Some(Line::Further(user?, account, pays));
    }
    let own = read_own(sheet, row);
    let (account, pays) = read_account(sheet, row)?;
    let mut customer = own?.numbered(user?);
    customer.accounts = vec![account];
    customer.fee_account = pays.then_some(account);
    Some(Line::First(Box::new(customer)))
}

fn read_own(sheet: &mut Sheet, row: &Row) -> Option<Customer<()>> {
    let applicant = read_applicant(sheet, row);
    let name = sheet.filled(row, "name", "株式会社見本製作所");
    let kana = sheet.filled(row, "kana", "ミホンセイサクシヨ");
    let desk = sheet.parsed(row, "desk", CODE, branch_code);
    let contract = sheet.parsed(row, "contract", "通常 / ライト", ContractKind::parse);
    let applied = sheet.parsed(row, "applied", DAY, |text| Date::parse(text).ok());
    let closed = match row.text("closed") {
        "" => Some(None),
        _ => sheet.parsed(row, "closed", DAY, |text| Date::parse(text).ok()).map(Some),
    };
    let email = read_email(sheet, row);
    let permits = match row.text("permits") {
        "" => Some(None),
        _ => sheet.parsed(row, "permits", USER, user_numbers).map(Some),
    };
    Some(Customer {
        user: (),
        applicant: applicant?,
        name: name?,
        kana: normalise(&kana?).0.into_owned(),
        address: row.text("address").to_owned(),
        phone: row.text("phone").to_owned(),
        desk: desk?,
        contract: contract?,
        applied: applied?,
        closed: closed?,
        email: email?,
        accounts: Vec::new(),
        fee_account: None,
        permits: permits?,
        counterparts: Vec::new(),
    })
}

fn read_applicant(sheet: &mut Sheet, row: &Row) -> Option<Applicant> {
    let read = Applicant::parse(row.text("applicant"));
    if read.is_none() {
        let ja = "ご契約いただけるのは、法人と個人事業主のお客様です。「法人」か「個人事業主」と\
                  書いてください。";
        let en = "only corporations and sole proprietors may have a contract";
        sheet.say(row, "applicant", ja, en);
    }
    read
}

/// An e-mail address is compulsory.
///
/// Source: the service's own answers to customers, 電子メールアドレスの利用は必須.
fn read_email(sheet: &mut Sheet, row: &Row) -> Option<String> {
    let text = row.text("email");
    let fits = is_mail_address(text);
    if !fits {
        let ja = "メールアドレスは必須です。name@example.jp の形で書いてください。お持ちでない\
                  お客様には、取得していただいてください。";
        sheet.say(row, "email", ja, "an e-mail address is compulsory: name@example.jp");
    }
    fits.then(|| text.to_owned())
}

/// User numbers between blanks or commas.
pub(in crate::workflow::directory) fn user_numbers(text: &str) -> Option<BTreeSet<UserNumber>> {
    let words = text.split([' ', ',', '、', ';']).filter(|word| !word.is_empty());
    words.map(|word| UserNumber::parse(word).ok()).collect()
}

fn read_account(sheet: &mut Sheet, row: &Row) -> Option<(Account, bool)> {
    let columns = ["bank", "branch", "type", "number"];
    let account = read_account_cells(sheet, row, columns, read_account_type);
    let fees = sheet.parsed(row, "fees", "○ / 空欄 (blank)", |text| match text {
        "" => Some(false),
        "○" | "〇" | "1" | "yes" => Some(true),
        _ => None,
    });
    Some((account?, fees?))
}

/// Bank, branch, type and number, the type read by `kind`. A spreadsheet takes the zeros before a
/// number away.
pub(in crate::workflow::directory) fn read_account_cells(
    sheet: &mut Sheet,
    row: &Row,
    [bank, branch, type_column, number]: [&'static str; 4],
    kind: impl Fn(&mut Sheet, &Row, &'static str) -> Option<AccountType>,
) -> Option<Account> {
    let padded = |text: &str, width: usize| format!("{text:0>width$}");
    let bank = sheet.parsed(row, bank, "0001", |text| BankCode::parse(&padded(text, 4)).ok());
    let branch = sheet.parsed(row, branch, CODE, branch_code);
    let kind = kind(sheet, row, type_column);
    let number =
        sheet.parsed(row, number, "0123456", |text| AccountNumber::parse(&padded(text, 7)).ok());
    Some(Account { bank: bank?, branch: branch?, kind: kind?, number: number? })
}

/// The type of an account at any bank.
pub(in crate::workflow::directory) fn any_account_type(
    sheet: &mut Sheet,
    row: &Row,
    column: &'static str,
) -> Option<AccountType> {
    sheet.parsed(row, column, "普通 / 当座 / その他", |text| match text {
        "9" | "その他" => Some(AccountType::Other),
        _ => current_or_ordinary(text),
    })
}

fn current_or_ordinary(text: &str) -> Option<AccountType> {
    match text {
        "1" | "普通" | "普通預金" => Some(AccountType::Ordinary),
        "2" | "当座" | "当座預金" => Some(AccountType::Current),
        _ => None,
    }
}

/// 当座 and 普通 alone can be registered.
///
/// Source: the service's own answers to customers, どのような口座が「利用口座」として登録できますか.
fn read_account_type(sheet: &mut Sheet, row: &Row, column: &'static str) -> Option<AccountType> {
    let read = current_or_ordinary(row.text(column));
    if read.is_none() {
        let ja =
            "登録できるのは、当座預金と普通預金の口座です。「当座」か「普通」と書いてください。";
        sheet.say(row, column, ja, "only current and ordinary accounts can be registered");
    }
    read
}

//! Customers, their accounts and whom they permit: `workflows/directory/*.csv`.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::fees::ContractKind;
use crate::domain::{
    Account, AccountNumber, AccountType, BankCode, Customer, Customers, Date, UserNumber,
    rules::normalise,
};
use crate::workflow::Mistake;

use super::rows::{Heading, Row, Sheet};
use super::{CODE, DAY, DirectoryFile, MAIL, branch_code};

const CUSTOMERS: [Heading; 8] = [
    Heading { name: "user", japanese: &["利用者番号"] },
    Heading { name: "name", japanese: &["名称"] },
    Heading { name: "kana", japanese: &["名称カナ", "カナ"] },
    Heading { name: "desk", japanese: &["取扱店"] },
    Heading { name: "contract", japanese: &["契約"] },
    Heading { name: "applied", japanese: &["申込日"] },
    Heading { name: "closed", japanese: &["解約日"] },
    Heading { name: "email", japanese: &["メールアドレス", "メール"] },
];

const ACCOUNTS: [Heading; 6] = [
    Heading { name: "user", japanese: &["利用者番号"] },
    Heading { name: "bank", japanese: &["銀行番号"] },
    Heading { name: "branch", japanese: &["支店番号"] },
    Heading { name: "type", japanese: &["預金種目"] },
    Heading { name: "number", japanese: &["口座番号"] },
    Heading { name: "fees", japanese: &["手数料引落", "手数料口座"] },
];

const PERMISSIONS: [Heading; 2] = [
    Heading { name: "user", japanese: &["利用者番号"] },
    Heading { name: "permits", japanese: &["許可する相手", "許可先利用者番号"] },
];

/// Reads the register of customers, all mistakes of all files at once.
///
/// Columns of `customers`: user, name, kana, desk, contract (通常 or ライト), applied, closed
/// (empty while it runs), email. Of `accounts`: user, bank, branch, type (1 普通, 2 当座, 9), number,
/// fees (○ for the account the fees are taken from). Of `permissions`: user, permits; who is not
/// listed there permits everybody. Headings may be English or Japanese and stand in any order.
pub fn load_customers(
    customers: DirectoryFile<'_>,
    accounts: DirectoryFile<'_>,
    permissions: DirectoryFile<'_>,
) -> Result<Customers, Vec<Mistake>> {
    let Some((file, text)) = customers else { return Ok(Customers::default()) };
    let mut mistakes = Vec::new();
    let mut sheet = Sheet::read(file, text, &CUSTOMERS);
    let mut all: BTreeMap<UserNumber, Customer> = BTreeMap::new();
    for (customer, row) in sheet.each(read_customer) {
        if all.contains_key(&customer.user) {
            let ja = "この利用者番号はすでに上の行にあります。";
            sheet.say(&row, "user", ja, "this user number is listed above already");
        }
        all.insert(customer.user, customer);
    }
    mistakes.extend(sheet.mistakes);
    if let Some((file, text)) = accounts {
        let mut sheet = Sheet::read(file, text, &ACCOUNTS);
        for ((user, account, pays_fees), row) in sheet.each(read_account) {
            let Some(customer) = all.get_mut(&user) else {
                unknown(&mut sheet, &row);
                continue;
            };
            if pays_fees && customer.fee_account.is_some() {
                let ja = "手数料を引き落とす口座は、お客様ごとに一つだけにしてください。";
                sheet.say(&row, "fees", ja, "one account of a customer pays the fees");
            }
            customer.accounts.push(account);
            customer.fee_account = customer.fee_account.or(pays_fees.then_some(account));
        }
        mistakes.extend(sheet.mistakes);
    }
    if let Some((file, text)) = permissions {
        let mut sheet = Sheet::read(file, text, &PERMISSIONS);
        for ((user, permits), row) in sheet.each(read_permission) {
            match all.get_mut(&user) {
                Some(customer) => {
                    customer.permits.get_or_insert_with(BTreeSet::new).insert(permits);
                }
                None => unknown(&mut sheet, &row),
            }
        }
        mistakes.extend(sheet.mistakes);
    }
    if mistakes.is_empty() { Ok(Customers::new(all.into_values())) } else { Err(mistakes) }
}

fn unknown(sheet: &mut Sheet, row: &Row) {
    let ja = "この利用者番号のお客様は customers.csv にありません。";
    sheet.say(row, "user", ja, "customers.csv has no customer of this number");
}

const USER: &str = "987654321（9文字） / nine characters";

fn user(sheet: &mut Sheet, row: &Row, column: &str) -> Option<UserNumber> {
    sheet.parsed(row, column, USER, |text| UserNumber::parse(text).ok())
}

fn read_customer(sheet: &mut Sheet, row: &Row) -> Option<Customer> {
    let user = user(sheet, row, "user");
    let name = sheet.filled(row, "name", "株式会社見本製作所");
    let kana = sheet.filled(row, "kana", "ミホンセイサクシヨ");
    let desk = sheet.parsed(row, "desk", CODE, branch_code);
    let contract = sheet.parsed(row, "contract", "通常 / ライト", ContractKind::parse);
    let applied = sheet.parsed(row, "applied", DAY, |text| Date::parse(text).ok());
    let closed = match row.text("closed") {
        "" => Some(None),
        _ => sheet.parsed(row, "closed", DAY, |text| Date::parse(text).ok()).map(Some),
    };
    let email =
        sheet.parsed(row, "email", MAIL, |text| text.contains('@').then(|| text.to_owned()));
    Some(Customer {
        user: user?,
        name: name?,
        kana: normalise(&kana?).0.into_owned(),
        desk: desk?,
        contract: contract?,
        applied: applied?,
        closed: closed?,
        email: email?,
        accounts: Vec::new(),
        fee_account: None,
        permits: None,
    })
}

/// A spreadsheet takes the zeros before a number away.
fn read_account(sheet: &mut Sheet, row: &Row) -> Option<(UserNumber, Account, bool)> {
    let user = user(sheet, row, "user");
    let padded = |text: &str, width: usize| format!("{text:0>width$}");
    let bank = sheet.parsed(row, "bank", "0001", |text| BankCode::parse(&padded(text, 4)).ok());
    let branch = sheet.parsed(row, "branch", CODE, branch_code);
    let kind = sheet.parsed(row, "type", "1（普通） / 2（当座） / 9", |text| match text {
        "1" | "普通" => Some(AccountType::Ordinary),
        "2" | "当座" => Some(AccountType::Current),
        "9" | "その他" => Some(AccountType::Other),
        _ => None,
    });
    let number =
        sheet.parsed(row, "number", "0123456", |text| AccountNumber::parse(&padded(text, 7)).ok());
    let fees = sheet.parsed(row, "fees", "○ / 空欄 (blank)", |text| match text {
        "" => Some(false),
        "○" | "〇" | "1" | "yes" => Some(true),
        _ => None,
    });
    Some((user?, Account { bank: bank?, branch: branch?, kind: kind?, number: number? }, fees?))
}

fn read_permission(sheet: &mut Sheet, row: &Row) -> Option<(UserNumber, UserNumber)> {
    let own = user(sheet, row, "user");
    let permits = user(sheet, row, "permits");
    Some((own?, permits?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "利用者番号,名称,名称カナ,取扱店,契約,申込日,解約日,メールアドレス\n\
        1AB2CD3EF,見本製作所,ミホン,1,通常,2026/4/1,,a@example.jp\n\
        9XY8WV7UT,髙﨑商事,ﾀｶｻｷ,001,ライト,2026-05-01,2026-12-31,b@example.jp\n";
    const OWN: &str = "利用者番号,銀行番号,支店番号,預金種目,口座番号,手数料引落\n\
        1AB2CD3EF,1,1,当座,123456,○\n1AB2CD3EF,0001,001,1,7654321,\n";
    const PERMITS: &str = "利用者番号,許可する相手\n9XY8WV7UT,1AB2CD3EF\n";

    fn load(list: &str, own: &str, permits: &str) -> Result<Customers, Vec<Mistake>> {
        let file = |name: &'static str| name;
        load_customers(
            Some((file("customers.csv"), list)),
            Some((file("accounts.csv"), own)),
            Some((file("permissions.csv"), permits)),
        )
    }

    #[test]
    fn the_register_is_read_as_a_spreadsheet_saves_it() {
        let all = load(LIST, OWN, PERMITS).unwrap();
        let one = all.get(UserNumber::parse("1AB2CD3EF").unwrap()).unwrap();
        assert_eq!((one.accounts.len(), one.permits.is_none()), (2, true));
        let fees = one.fee_account.unwrap();
        assert_eq!((fees.bank.as_str(), fees.number.as_str()), ("0001", "0123456"));
        let other = all.get(UserNumber::parse("9XY8WV7UT").unwrap()).unwrap();
        assert_eq!((other.contract, &*other.kana), (ContractKind::Light, "ﾀｶｻｷ"));
        assert!(other.permits(one.user) && !other.permits(other.user));
        assert!(!load_customers(None, None, None).unwrap().is_kept());
    }

    #[test]
    fn every_mistake_of_the_three_lists_is_told_with_its_place() {
        let list = LIST.replace(",通常,", ",特別,").replace("9XY8WV7UT,髙", "9XY8,髙");
        let own = OWN.replace("当座,123456,○", "当座,12345678,○");
        let told = load(&list, &own, "利用者番号,許可する相手\nOOO,1AB2CD3EF\n").unwrap_err();
        let places: Vec<String> =
            told.iter().map(|one| format!("{} {}", one.file, one.line)).collect();
        assert_eq!(
            places,
            [
                "customers.csv 2",
                "customers.csv 3",
                "accounts.csv 2",
                "accounts.csv 3",
                "permissions.csv 2"
            ]
        );
    }

    #[test]
    fn two_accounts_that_pay_the_fees_and_a_number_listed_twice_are_told() {
        let own = OWN.replace("7654321,", "7654321,○");
        let list = format!("{LIST}1AB2CD3EF,もう一度,ミホン,1,通常,2026/4/1,,a@example.jp\n");
        let told = load(&list, &own, PERMITS).unwrap_err();
        let en: Vec<&str> = told.iter().map(|one| one.en.as_str()).collect();
        let expected =
            ["this user number is listed above already", "one account of a customer pays the fees"];
        assert_eq!(en, expected);
    }
}

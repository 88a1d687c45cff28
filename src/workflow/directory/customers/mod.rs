//! The register of customers as the office writes it: a list with one row an account, and the
//! application for one contract, which has the same columns and one more. Whom customers pay is a
//! list of its own.
//!
//! Read [`load_customers`] first; [`load_application`] fills what an application leaves blank.

mod application;
mod cells;
mod counterparts;
#[cfg(test)]
mod tests;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Account, Customer, UserNumber};
use crate::workflow::Mistake;

use super::rows::{Heading, Row, Sheet};

pub(super) use application::PROCEDURE;
pub use application::{Application, Procedure, load_application};
use cells::{Line, read_line};
pub(super) use cells::{any_account_type, read_account_cells, user_numbers};
pub(super) use counterparts::PARTNER;
pub use counterparts::{load_counterparts, write_counterparts};
pub(super) use write::line as csv_line;
pub use write::{blank_application, write_customers};

/// A mistake with the English name of the column it is in; no name where it is in the headings.
pub type ColumnMistake = (&'static str, Mistake);

const COLUMNS: [Heading; 17] = [
    Heading { name: "user", japanese: &["利用者番号"] },
    Heading { name: "applicant", japanese: &["区分"] },
    Heading { name: "name", japanese: &["名称"] },
    Heading { name: "kana", japanese: &["名称カナ", "カナ"] },
    Heading { name: "address", japanese: &["住所"] },
    Heading { name: "phone", japanese: &["電話番号"] },
    Heading { name: "desk", japanese: &["取扱店"] },
    Heading { name: "contract", japanese: &["契約"] },
    Heading { name: "applied", japanese: &["申込日"] },
    Heading { name: "closed", japanese: &["解約日"] },
    Heading { name: "email", japanese: &["メールアドレス", "メール"] },
    Heading { name: "bank", japanese: &["銀行番号"] },
    Heading { name: "branch", japanese: &["支店番号"] },
    Heading { name: "type", japanese: &["預金種目"] },
    Heading { name: "number", japanese: &["口座番号"] },
    Heading { name: "fees", japanese: &["手数料引落", "手数料口座"] },
    Heading { name: "permits", japanese: &["許可する相手", "指定許可"] },
];

/// Columns that say nothing of an account; a further account's row leaves them blank.
const OWN: [&str; 11] = [
    "applicant",
    "name",
    "kana",
    "address",
    "phone",
    "desk",
    "contract",
    "applied",
    "closed",
    "email",
    "permits",
];

/// Columns of an account.
const ACCOUNT: [&str; 5] = ["bank", "branch", "type", "number", "fees"];

/// Reads a list of customers, all mistakes at once.
///
/// Columns, in any order, with English or Japanese headings: user, applicant (法人 or 個人事業主),
/// name, kana, address, phone, desk, contract (通常 or ライト), applied, closed (blank while it
/// runs), email, bank, branch, type (1 普通 or 2 当座), number, fees (○ for the account the fees
/// are taken from; needless where there is one), permits (user numbers that alone may file against
/// the customer; blank for everybody). A further account of a customer stands in a row below that
/// repeats the user number alone. Counterparties are not in it: the customers come without any.
pub fn load_customers(file: &str, text: &str) -> Result<Vec<Customer>, Vec<ColumnMistake>> {
    let mut sheet = Sheet::read(file, text, &COLUMNS);
    let all = read(&mut sheet);
    let told = sheet.told();
    if told.is_empty() { Ok(all) } else { Err(told) }
}

/// The customers of a sheet, in the order of their user numbers.
fn read(sheet: &mut Sheet) -> Vec<Customer> {
    let mut all: BTreeMap<UserNumber, Customer> = BTreeMap::new();
    let mut last = None;
    let first = |row: &&Row| OWN.iter().any(|column| !row.text(column).is_empty());
    let named: BTreeSet<String> =
        sheet.rows().iter().filter(first).map(|row| row.text("user").to_owned()).collect();
    for (line, row) in sheet.each(read_line) {
        match line {
            Line::First(customer) => {
                if all.contains_key(&customer.user) {
                    let ja = "この利用者番号はすでに上の行にあります。";
                    sheet.say(&row, "user", ja, "this user number is listed above already");
                }
                last = Some(customer.user);
                all.insert(customer.user, *customer);
            }
            Line::Further(user, account, pays) => {
                if let Some(customer) = all.get_mut(&user).filter(|_| last == Some(user)) {
                    add(sheet, &row, customer, (account, pays));
                } else if !named.contains(row.text("user")) || all.contains_key(&user) {
                    let ja = "名称などの欄が空欄です。お客様のはじめの行には、すべての欄を\
                              書いてください。";
                    let en = "the first row of a customer has every column";
                    sheet.say(&row, "name", ja, en);
                }
            }
        }
    }
    for customer in all.values_mut() {
        if let [only] = customer.accounts.as_slice() {
            customer.fee_account = Some(*only);
        }
    }
    all.into_values().collect()
}

fn add(sheet: &mut Sheet, row: &Row, customer: &mut Customer, (account, pays): (Account, bool)) {
    if pays && customer.fee_account.is_some() {
        let ja = "手数料を引き落とす口座は、お客様ごとに一つだけにしてください。";
        sheet.say(row, "fees", ja, "one account of a customer pays the fees");
    }
    customer.accounts.push(account);
    customer.fee_account = customer.fee_account.or(pays.then_some(account));
}

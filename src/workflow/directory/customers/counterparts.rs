//! Counterparties of customers (取引先) as a list: what is exported is edited and loaded again.

use std::collections::BTreeMap;

use crate::domain::{Account, Counterpart, Customer, Customers, Date, UserNumber};

use super::super::rows::{Heading, Row, Sheet};
use super::ColumnMistake;
use super::cells::{USER, any_account_type, read_account_cells};
use super::write::line;

const COLUMNS: [Heading; 7] = [
    Heading { name: "customer", japanese: &["利用者番号"] },
    Heading { name: "bank", japanese: &["銀行番号"] },
    Heading { name: "branch", japanese: &["支店番号"] },
    Heading { name: "type", japanese: &["預金種目"] },
    Heading { name: "number", japanese: &["口座番号"] },
    Heading { name: "kana", japanese: &["名称カナ", "カナ"] },
    PARTNER,
];

/// What tells this list from that of the customers.
pub(in crate::workflow::directory) const PARTNER: Heading =
    Heading { name: "partner", japanese: &["取引先の利用者番号"] };

/// Columns of a counterparty; a row without any says that the customer has none.
const OWN: [&str; 6] = ["bank", "branch", "type", "number", "kana", "partner"];

/// Reads the counterparties of each customer the list names, all mistakes at once.
///
/// Columns, in any order, with English or Japanese headings: customer, bank, branch, type (1 普通,
/// 2 当座 or 9 その他), number, kana, partner. A row with the customer alone stands for none. The
/// partner is what the register says of the account on `today`: blank, or the user number of a
/// customer who has it. Errs, too, for a customer whose contract does not run.
pub fn load_counterparts(
    file: &str,
    text: &str,
    (customers, today): (&Customers, Date),
) -> Result<BTreeMap<UserNumber, Vec<Counterpart>>, Vec<ColumnMistake>> {
    let mut sheet = Sheet::read(file, text, &COLUMNS);
    let mut all: BTreeMap<UserNumber, BTreeMap<Account, Counterpart>> = BTreeMap::new();
    for ((user, counterpart, partner), row) in sheet.each(read_line) {
        let is_new = !all.contains_key(&user);
        let of_user = all.entry(user).or_default();
        if is_new && !customers.get(user).is_some_and(|one| one.is_open(today)) {
            let ja = "この利用者番号のお客様は台帳にないか、解約されています。番号を確かめて\
                      ください。";
            sheet.say(&row, "customer", ja, "no running contract has this user number");
        }
        let Some(counterpart) = counterpart else { continue };
        let account = counterpart.account;
        let has = |user| customers.get(user).is_some_and(|one| one.accounts.contains(&account));
        if partner.is_some_and(|partner| !has(partner)) {
            let ja = "台帳では、この利用者番号のお客様の口座ではありません。空欄にするか、口座と\
                      番号を確かめてください。";
            sheet.say(&row, "partner", ja, "the register knows no such account of this user");
        }
        if of_user.insert(account, counterpart).is_some() {
            let ja = "この口座はすでに上の行にあります。";
            sheet.say(&row, "number", ja, "this account is listed above already");
        }
    }
    let told = sheet.told();
    let all = all.into_iter().map(|(user, list)| (user, Counterpart::list(list.into_values())));
    if told.is_empty() { Ok(all.collect()) } else { Err(told) }
}

/// What a row says: a customer, and a counterparty with its user number where both are written.
type Line = (UserNumber, Option<Counterpart>, Option<UserNumber>);

fn read_line(sheet: &mut Sheet, row: &Row) -> Option<Line> {
    let user = sheet.parsed(row, "customer", USER, |text| UserNumber::parse(text).ok());
    if OWN.iter().all(|column| row.text(column).is_empty()) {
        return Some((user?, None, None));
    }
    let columns = ["bank", "branch", "type", "number"];
    let account = read_account_cells(sheet, row, columns, any_account_type);
    let name_kana = sheet.filled(row, "kana", "ミホンセイサクシヨ");
    let partner = match row.text("partner") {
        "" => Some(None),
        _ => sheet.parsed(row, "partner", USER, |text| UserNumber::parse(text).ok()).map(Some),
    };
    let counterpart = Counterpart { account: account?, name_kana: name_kana? };
    Some((user?, Some(counterpart), partner?))
}

/// A customer's counterparties as they are loaded: Japanese headings, CRLF, the user number of
/// each where the register knows whose account it is on a day.
pub fn write_counterparts(customer: &Customer, (customers, on): (&Customers, Date)) -> String {
    let headings = COLUMNS.iter().filter_map(|one| one.japanese.first().copied());
    let mut text = line(&headings.collect::<Vec<_>>());
    let (user, holders) = (customer.user.to_string(), customers.holders(on));
    if customer.counterparts.is_empty() {
        text.push_str(&line(&[user.as_str(), "", "", "", "", "", ""]));
    }
    for Counterpart { account, name_kana } in &customer.counterparts {
        let Account { bank, branch, kind, number } = account;
        let partner = holders.get(account).map(|one| one.user.to_string());
        text.push_str(&line(&[
            user.as_str(),
            bank.as_str(),
            branch.as_str(),
            kind.japanese(),
            number.as_str(),
            name_kana,
            partner.as_deref().unwrap_or_default(),
        ]));
    }
    text
}

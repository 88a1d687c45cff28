//! The application for one contract (申込書): new, changed or ended.

use crate::domain::{Customer, Customers, Date, UserNumber};
use crate::workflow::Mistake;

use super::super::DAY;
use super::super::rows::{Heading, Row, Sheet};
use super::write::{account, own};
use super::{ACCOUNT, COLUMNS, ColumnMistake, OWN, read};

pub(in crate::workflow::directory) const PROCEDURE: Heading =
    Heading { name: "procedure", japanese: &["手続"] };

/// Stands for the number an applicant has not got yet, while the row is read.
const NONE_YET: &str = "000000000";

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Procedure {
    /// 新規.
    Open,
    /// 変更.
    Change,
    /// 解約.
    End,
}

/// An application, every blank filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// What is asked for.
    pub procedure: Procedure,
    /// The customer as the contract is to be; without a number where it is new.
    pub customer: Customer<Option<UserNumber>>,
    /// The customer as the contract is; nothing where it is new.
    pub before: Option<Customer>,
}

/// Reads an application of one customer, all mistakes at once.
///
/// Columns: those of the list, and procedure (新規, 変更 or 解約). Of a change and an end what is
/// blank stays as it is in `customers`; accounts that are written take the place of all there are,
/// and なし under permits permits everybody again. Of a new contract a blank day of application
/// (申込日) is `today`, and the user number comes later.
pub fn load_application(
    file: &str,
    text: &str,
    (customers, today): (&Customers, Date),
) -> Result<Application, Vec<ColumnMistake>> {
    let columns: Vec<Heading> = COLUMNS.into_iter().chain([PROCEDURE]).collect();
    let mut sheet = Sheet::read(file, text, &columns);
    let Some(first) = sheet.rows_mut().first().cloned() else {
        let mut told = sheet.told();
        if told.is_empty() {
            let ja = "2行目に申込みの内容を書いてください。".to_owned();
            let en = "write the application into line 2".to_owned();
            let file = file.to_owned();
            told.push(("", Mistake { file, line: 2, column: 1, length: 1, ja, en }));
        }
        return Err(told);
    };
    let procedure = sheet.parsed(&first, "procedure", "新規 / 変更 / 解約", procedure);
    let before = match procedure {
        Some(Procedure::Change | Procedure::End) => running(&mut sheet, &first, customers),
        _ => None,
    };
    if procedure == Some(Procedure::End) && first.text("closed").is_empty() {
        sheet.wrong(&first, "closed", DAY);
    }
    // What cannot be filled from the register would only repeat that mistake.
    let fits = match procedure {
        Some(Procedure::Open) => true,
        Some(Procedure::Change | Procedure::End) => before.is_some(),
        None => false,
    };
    if !fits {
        return Err(sheet.told());
    }
    fill(sheet.rows_mut(), before.as_ref(), today);
    let all = read(&mut sheet);
    if let [_, _, ..] = all.as_slice() {
        let ja = "申込書は、お客様お一人につき一つのファイルにしてください。";
        sheet.say(&first, "user", ja, "one file is the application of one customer");
    }
    let told = sheet.told();
    let (Some(procedure), [customer], []) = (procedure, all.as_slice(), told.as_slice()) else {
        return Err(told);
    };
    let user = Some(customer.user).filter(|user| user.as_str() != NONE_YET);
    let mut customer = customer.clone().numbered(user);
    customer.counterparts =
        before.as_ref().map(|before| before.counterparts.clone()).unwrap_or_default();
    Ok(Application { procedure, customer, before })
}

fn procedure(text: &str) -> Option<Procedure> {
    match text {
        "新規" | "新規申込" | "open" => Some(Procedure::Open),
        "変更" | "change" => Some(Procedure::Change),
        "解約" | "end" => Some(Procedure::End),
        _ => None,
    }
}

/// The customer whose contract is to be changed or ended.
fn running(sheet: &mut Sheet, row: &Row, customers: &Customers) -> Option<Customer> {
    let user = UserNumber::parse(row.text("user")).ok();
    let found = user.and_then(|user| customers.get(user));
    if found.is_none() {
        let ja = "この利用者番号のお客様は台帳にありません。番号を確かめてください。";
        sheet.say(row, "user", ja, "the register has no customer of this number");
    }
    found.cloned()
}

/// Fills what is blank: from the register, or what a new contract begins with.
fn fill(rows: &mut Vec<Row>, before: Option<&Customer>, today: Date) {
    let Some(first) = rows.first_mut() else { return };
    let Some(before) = before else {
        first.fill("applied", &today.to_string());
        let user = first.text("user").to_owned();
        let user = if user.is_empty() { NONE_YET.to_owned() } else { user };
        for row in rows {
            row.fill("user", &user);
        }
        return;
    };
    let nobody = first.text("permits") == "なし";
    for (column, text) in OWN.iter().zip(own(before)) {
        first.fill(column, &text);
    }
    if nobody {
        first.clear("permits");
    }
    let written = |row: &Row| ACCOUNT.iter().any(|column| !row.text(column).is_empty());
    if !rows.iter().any(written) {
        let like = rows.first().cloned();
        rows.truncate(1);
        for (n, one) in before.accounts.iter().enumerate() {
            if n > 0 {
                rows.extend(like.clone().map(|mut row| {
                    for column in OWN {
                        row.clear(column);
                    }
                    row
                }));
            }
            let Some(row) = rows.last_mut() else { continue };
            for (column, text) in ACCOUNT.iter().zip(account(before, one)) {
                row.fill(column, &text);
            }
        }
    }
    for row in rows {
        row.fill("user", before.user.as_str());
    }
}

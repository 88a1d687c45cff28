//! The register as a list, to be opened in a spreadsheet and loaded again.

use crate::domain::{Account, Customer, UserNumber};

use super::COLUMNS;
use super::application::PROCEDURE;

/// The list of these customers, as it is loaded: Japanese headings, CRLF, further accounts below.
pub fn write_customers<'c>(all: impl Iterator<Item = &'c Customer>) -> String {
    let headings = COLUMNS.iter().filter_map(|one| one.japanese.first().copied());
    let mut text = line(&headings.collect::<Vec<_>>());
    for customer in all {
        for (n, account) in customer.accounts.iter().enumerate() {
            let user = customer.user.to_string();
            let told = if n == 0 { own(customer) } else { Default::default() };
            let [told @ .., permits] = told;
            let mut cells = vec![user];
            cells.extend(told);
            cells.extend(self::account(customer, account));
            cells.push(permits);
            text.push_str(&line(&cells));
        }
    }
    text
}

/// An application to be filled in: the headings, and a row for a new contract or, with a user
/// number, for a change.
pub fn blank_application(user: Option<UserNumber>) -> String {
    let columns = [PROCEDURE].into_iter().chain(COLUMNS);
    let headings: Vec<&str> = columns.filter_map(|one| one.japanese.first().copied()).collect();
    let number = user.map(|user| user.to_string());
    let mut cells = vec![""; headings.len()];
    for (cell, text) in cells
        .iter_mut()
        .zip([if user.is_some() { "変更" } else { "新規" }, number.as_deref().unwrap_or_default()])
    {
        *cell = text;
    }
    line(&headings) + &line(&cells)
}

/// The cells of a customer in the order of the columns, those of an account left out.
pub(super) fn own(customer: &Customer) -> [String; 11] {
    let permits = customer.permits.iter().flatten().map(ToString::to_string);
    [
        customer.applicant.japanese().to_owned(),
        customer.name.clone(),
        customer.kana.clone(),
        customer.address.clone(),
        customer.phone.clone(),
        customer.desk.to_string(),
        customer.contract.japanese().to_owned(),
        customer.applied.to_string(),
        customer.closed.map(|day| day.to_string()).unwrap_or_default(),
        customer.email.clone(),
        permits.collect::<Vec<_>>().join(" "),
    ]
}

/// The cells of an account.
pub(super) fn account(customer: &Customer, account: &Account) -> [String; 5] {
    let pays = customer.fee_account == Some(*account);
    [
        account.bank.to_string(),
        account.branch.to_string(),
        account.kind.japanese().to_owned(),
        account.number.to_string(),
        if pays { "○" } else { "" }.to_owned(),
    ]
}

/// A line of the list; what holds a comma or a quotation mark is put between quotation marks.
pub(super) fn line(cells: &[impl AsRef<str>]) -> String {
    let quoted = cells.iter().map(AsRef::as_ref).map(|cell| {
        if cell.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", cell.replace('"', "\"\""))
        } else {
            cell.to_owned()
        }
    });
    quoted.collect::<Vec<_>>().join(",") + "\r\n"
}

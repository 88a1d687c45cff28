//! What a sheet that a branch drops is about, told from its headings.

use crate::workflow::table::sheet_rows;

use super::claims::DEBTOR;
use super::customers::{PARTNER, PROCEDURE};
use super::keys::KEY;
use super::outages::OUTAGE;
use super::resends::STUCK;
use super::rows::Heading;
use super::users::USER;

/// What a sheet about customers, claims or outages says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SheetKind {
    /// What is asked for users: it has a column ユーザーID.
    Users,
    /// A list of customers.
    Customers,
    /// An application: it has a column 手続.
    Application,
    /// A list of counterparties: it has a column 取引先の利用者番号.
    Counterparts,
    /// A list of claims: it has a column 債務者利用者番号.
    Claims,
    /// A declared outage, or the end of one: it has a column 障害.
    Outage,
    /// A new key of mails and papers: it has a column 鍵.
    Key,
    /// What is to become of what is stuck: it has a column 止まったもの.
    Resends,
}

impl SheetKind {
    /// Told from the headings.
    pub fn of(text: &str) -> Self {
        let first = sheet_rows(text).into_iter().next().unwrap_or_default();
        let has = |heading: &Heading| {
            let is = |cell: &str| cell == heading.name || heading.japanese.contains(&cell);
            first.iter().any(|cell| is(cell.text.trim()))
        };
        if has(&OUTAGE) {
            Self::Outage
        } else if has(&KEY) {
            Self::Key
        } else if has(&STUCK) {
            Self::Resends
        } else if has(&USER) {
            Self::Users
        } else if has(&PROCEDURE) {
            Self::Application
        } else if has(&PARTNER) {
            Self::Counterparts
        } else if has(&DEBTOR) {
            Self::Claims
        } else {
            Self::Customers
        }
    }
}

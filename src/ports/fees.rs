//! Bills as they are kept: with everything their papers and the debit file are made of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::fees::{Bill, ContractKind, Month};
use crate::domain::{Account, Date, Timestamp, UserNumber};

/// Bills of a month were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billed {
    /// The month they are debited in.
    pub month: Month,
    /// The day of the debit.
    pub debit_day: Date,
    /// Whether these are the month's last.
    pub is_last: bool,
    /// The bills.
    pub bills: Vec<KeptBill>,
}

/// A bill with whom it is for, as the register of customers said then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptBill {
    /// What is paid.
    pub bill: Bill,
    /// The customer's name.
    pub name: String,
    /// The same in half-width kana.
    pub kana: String,
    /// Where the notice goes.
    pub email: String,
    /// The kind of contract.
    pub contract: ContractKind,
    /// The account it is taken from; none where none is registered, and nothing is debited.
    pub account: Option<Account>,
    /// Whether it is the customer's first.
    pub is_first: bool,
}

/// A month's bills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledMonth {
    /// The day of the debit.
    pub debit_day: Date,
    /// When the first of them were made.
    pub at: Timestamp,
    /// Whether all are made.
    pub is_whole: bool,
    /// By customer.
    pub bills: BTreeMap<UserNumber, KeptBill>,
}

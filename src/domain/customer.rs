//! Customers (利用者): who they are, their contracts and accounts, and whom they permit.
//!
//! Read [`Customers`] first: the register as the office keeps it, by user number.

use std::collections::{BTreeMap, BTreeSet};

use super::fees::ContractKind;
use super::{Account, BranchCode, Date, UserNumber};

/// The register of customers. Where the office keeps none it is empty, and no rule asks it.
///
/// Made by `workflow::load_customers` from the lists under `workflows/directory/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Customers(BTreeMap<UserNumber, Customer>);

/// A customer of the institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// 利用者番号.
    pub user: UserNumber,
    /// The name on papers.
    pub name: String,
    /// 名称カナ, in half width as the network writes it.
    pub kana: String,
    /// 取扱店.
    pub desk: BranchCode,
    /// The kind of contract.
    pub contract: ContractKind,
    /// 申込日: the fees begin in the month after.
    pub applied: Date,
    /// The last day of the contract; none while it runs.
    pub closed: Option<Date>,
    /// Where notices go.
    pub email: String,
    /// The accounts requests may be made with.
    pub accounts: Vec<Account>,
    /// The account the fees are taken from.
    pub fee_account: Option<Account>,
    /// 指定許可: who alone may file against the customer; none for everybody.
    pub permits: Option<BTreeSet<UserNumber>>,
}

impl Customers {
    /// A register of these customers; of two of one number the later counts.
    pub fn new(all: impl IntoIterator<Item = Customer>) -> Self {
        Self(all.into_iter().map(|one| (one.user, one)).collect())
    }

    /// Whether the office keeps a register at all.
    pub fn is_kept(&self) -> bool {
        !self.0.is_empty()
    }

    /// A customer by user number.
    pub fn get(&self, user: UserNumber) -> Option<&Customer> {
        self.0.get(&user)
    }

    /// Everybody, by user number.
    pub fn iter(&self) -> impl Iterator<Item = &Customer> {
        self.0.values()
    }
}

impl Customer {
    /// Whether the contract runs on a day.
    pub fn is_open(&self, on: Date) -> bool {
        self.closed.is_none_or(|last| on <= last)
    }

    /// Whether another user may file a request against the customer (指定許可).
    pub fn permits(&self, other: UserNumber) -> bool {
        self.permits.as_ref().is_none_or(|permits| permits.contains(&other))
    }
}

//! Customers (利用者): who they are, their contracts and accounts, and whom they permit.
//!
//! Read [`Customers`] first: the register as the office keeps it, by user number.

use std::collections::{BTreeMap, BTreeSet};

use super::{Account, BranchCode, Date, UserNumber, Yen};

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
    pub contract: Contract,
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

/// The kind of a contract (契約の種類).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contract {
    /// 通常.
    Standard,
    /// でんさいライト: as a debtor up to 1,000,000 yen a request.
    Light,
}

impl Contract {
    /// The most a でんさいライト customer owes by one request, in yen.
    ///
    /// Source: the conditions of でんさいライト.
    pub const LIGHT_MAX: u64 = 1_000_000;

    /// 通常 or ライト.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Standard => "通常",
            Self::Light => "ライト",
        }
    }

    /// `standard` or `light`: the name in JSON and English lists.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Light => "light",
        }
    }

    /// Reads 通常, 標準, ライト, でんさいライト or the English name.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "通常" | "標準" | "standard" => Some(Self::Standard),
            "ライト" | "でんさいライト" | "light" => Some(Self::Light),
            _ => None,
        }
    }

    /// Whether a debtor may owe so much by one request.
    pub const fn allows(self, amount: Yen) -> bool {
        match self {
            Self::Standard => true,
            Self::Light => amount.get() <= Self::LIGHT_MAX,
        }
    }
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

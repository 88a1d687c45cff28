//! Contracts of customers: applications, lists and 総合振込 files that a branch drops into
//! `inbox/contracts/`.
//!
//! What holds opens a case; on its approval it comes into the register. Read [`Plan`] first: it is
//! what people approve, and the content digest covers it.

mod claims;
mod counterparts;
mod enrol;
mod history;
mod judge;
mod keys;
mod letters;
mod outages;
mod resends;
mod texts;
mod users;

pub use history::ContractNews;
pub use outages::OutageTold;
pub(super) use texts::without_numbers;

use serde::{Deserialize, Serialize};

use crate::domain::{Claim, Customer, UserNumber};

/// The contracts as they are to be.
///
/// Shape: kept as JSON under its digest, which the proposal names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Plan {
    format: u32,
    entries: Vec<Planned>,
    /// Claims that come into the register.
    #[serde(default)]
    claims: Vec<Claim>,
    /// What is asked for users.
    #[serde(default)]
    users: Vec<users::PlannedUser>,
    /// An outage that is declared, or its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outage: Option<outages::PlannedOutage>,
    /// A new key of mails and papers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<keys::PlannedKey>,
    /// What is to become of what is stuck.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    resends: Vec<resends::PlannedResend>,
}

impl Plan {
    /// A plan that asks for nothing yet.
    const fn empty() -> Self {
        Self {
            format: 1,
            entries: Vec::new(),
            claims: Vec::new(),
            users: Vec::new(),
            outage: None,
            key: None,
            resends: Vec::new(),
        }
    }
}

/// One contract as it is and as it is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Planned {
    /// The customer as the register had it when the file was judged; none for a new one.
    before: Option<Customer>,
    /// The customer to be; its number comes later where the contract is new.
    after: Customer<Option<UserNumber>>,
}

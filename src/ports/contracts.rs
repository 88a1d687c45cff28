//! Contracts of customers: what the register is folded from.

use serde::{Deserialize, Serialize};

use crate::domain::{CaseId, Customer, Timestamp};

/// Contracts began, changed or ended; or a list of customers was loaded, a part at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contracted {
    /// The customers as they are from now on.
    pub customers: Vec<Customer>,
    /// What happened.
    pub verb: ContractVerb,
    /// The case in which it was approved; none for what is made up (benchmarks).
    pub case: Option<CaseId>,
}

/// What happens to contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContractVerb {
    /// 新規.
    Opened,
    /// 変更.
    Changed,
    /// 解約.
    Ended,
    /// 台帳の読込: a list was loaded.
    Loaded,
    /// 取引先の読込: counterparts took the place of those there were.
    Counterparts,
}

impl ContractVerb {
    /// 新規, 変更, 解約, 台帳の読込 or 取引先の読込.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Opened => "新規",
            Self::Changed => "変更",
            Self::Ended => "解約",
            Self::Loaded => "台帳の読込",
            Self::Counterparts => "取引先の読込",
        }
    }
}

/// One thing that happened to a customer's contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractStep {
    /// When.
    pub at: Timestamp,
    /// What.
    pub verb: ContractVerb,
    /// The case in which it was approved.
    pub case: Option<CaseId>,
    /// The customer from then on.
    pub customer: Customer,
}

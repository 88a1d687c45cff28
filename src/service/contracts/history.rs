//! What happened to a customer's contract, and who decided on it.

use serde::Serialize;

use crate::domain::UserNumber;

use super::super::Desk;
use super::texts::differences;

/// One thing that happened to a contract, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContractNews {
    /// When, in Tokyo time.
    pub at: String,
    /// 新規, 変更, 解約, 台帳の読込 or 取引先の読込.
    pub what: &'static str,
    /// 申請番号 of the case; none for what was no case.
    pub case: Option<String>,
    /// Who decided, by name, in that order.
    pub by: Vec<String>,
    /// What changed, a sentence each; nothing for a new contract.
    pub changes: Vec<String>,
}

impl Desk {
    /// What happened to a customer's contract, oldest first.
    pub fn contract_news(&self, customer: UserNumber) -> Vec<ContractNews> {
        let history = self.store.contract_history(customer);
        let before = std::iter::once(None).chain(history.iter().map(Some));
        let steps = history.iter().zip(before).map(|(step, before)| {
            let case = step.case.and_then(|id| self.store.case(id));
            let votes = case.iter().flat_map(|case| case.head.approvals());
            let changes = before.map(|before| differences(&before.customer, &step.customer));
            ContractNews {
                at: step.at.to_string(),
                what: step.verb.japanese(),
                case: step.case.map(|id| id.to_string()),
                by: votes.map(|vote| vote.name.clone()).collect(),
                changes: changes.unwrap_or_default(),
            }
        });
        steps.collect()
    }
}

//! The register of customers, folded from their contracts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::{Customers, Timestamp, UserNumber};
use crate::ports::{ContractStep, Contracted};

/// Everybody who has or had a contract.
#[derive(Debug, Default)]
pub(in crate::store) struct Contracts {
    /// As they are now; shared with whoever asks, because rules ask it for every row.
    now: Arc<Customers>,
    history: BTreeMap<UserNumber, Vec<ContractStep>>,
    pub(in crate::store) dirty: BTreeSet<UserNumber>,
}

impl Contracts {
    /// Folds contracts in; what changes nothing is no step.
    pub(super) fn contracted(&mut self, contracted: &Contracted, at: Timestamp) {
        let now = Arc::make_mut(&mut self.now);
        for customer in &contracted.customers {
            let user = customer.user;
            if now.get(user) == Some(customer) {
                continue;
            }
            let (verb, case) = (contracted.verb, contracted.case);
            let step = ContractStep { at, verb, case, customer: customer.clone() };
            self.history.entry(user).or_default().push(step);
            now.put(customer.clone());
            self.dirty.insert(user);
        }
    }

    /// Takes a customer's history back in.
    pub(in crate::store) fn load(&mut self, history: Vec<ContractStep>) {
        let Some(last) = history.last() else { return };
        Arc::make_mut(&mut self.now).put(last.customer.clone());
        self.history.insert(last.customer.user, history);
    }

    pub(in crate::store) fn now(&self) -> &Arc<Customers> {
        &self.now
    }

    /// What happened to a customer's contract, oldest first.
    pub(in crate::store) fn history(&self, user: UserNumber) -> &[ContractStep] {
        self.history.get(&user).map_or(&[], Vec::as_slice)
    }

    /// Everything in a fixed order, for the state's digest.
    pub(in crate::store) fn in_order(&self) -> impl Iterator<Item = &ContractStep> {
        self.history.values().flatten()
    }

    /// How many customers there are.
    pub(in crate::store) fn count(&self) -> usize {
        self.history.len()
    }

    /// Marks everything as changed.
    pub(in crate::store) fn touch_all(&mut self) {
        self.dirty = self.history.keys().copied().collect();
    }
}

//! What was used, priced.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::{Date, Origin, RecordRequest, UserNumber, YenTotal};
use super::{FeeItem, FeeKind, FeeTable, Relation};

/// Something a customer had done that may cost.
///
/// Made by the service, one for each recorded request or case of several alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// Who pays.
    pub customer: UserNumber,
    /// What was done.
    pub kind: FeeKind,
    /// How it came in.
    pub channel: Origin,
    /// Where the other side is; [`Relation::Own`] where there is none.
    pub relation: Relation,
    /// The day the desk came to know that it was recorded or done: it names the bill, and one
    /// that was made already does not change for a result that comes late.
    pub on: Date,
    /// How often.
    pub count: u32,
}

impl Use {
    /// A recorded request, which its requester pays; none where its kind costs nothing.
    pub fn of(request: &RecordRequest, channel: Origin, on: Date) -> Option<Self> {
        let (requester, counterparty) = (&request.requester, &request.counterparty);
        let relation = Relation::between(&requester.account, &counterparty.account);
        let (customer, kind) = (requester.user_number, FeeKind::of(request.kind)?);
        Some(Self { customer, kind, channel, relation, on, count: 1 })
    }
}

/// A use with its price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// What for.
    pub item: FeeItem,
    /// The day it arose.
    pub on: Date,
    /// How often.
    pub count: u32,
    /// The price of one, tax included.
    pub unit: YenTotal,
}

/// Charges by customer, and what has no price.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Charges {
    /// In the order the uses were given.
    pub by_customer: BTreeMap<UserNumber, Vec<Charge>>,
    /// Uses before the table's first day: a person must price them before anything is billed.
    pub unpriced: Vec<Use>,
}

/// Prices uses by what the table says of their day.
pub fn charges(uses: &[Use], table: &FeeTable) -> Charges {
    let mut charges = Charges::default();
    for used in uses {
        match table.act((used.kind, used.channel, used.relation), used.on) {
            Some(priced) => {
                let (item, unit) = (priced.item, priced.yen);
                let charge = Charge { item, on: used.on, count: used.count, unit };
                charges.by_customer.entry(used.customer).or_default().push(charge);
            }
            None => charges.unpriced.push(used.clone()),
        }
    }
    charges
}

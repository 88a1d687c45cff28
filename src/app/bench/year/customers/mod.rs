//! The year's own book of customers, held against the product's register every day.
//!
//! It shares no rule with `domain::Customers`: what was approved is written down here as a clerk
//! would. Read [`compare`] first.

use std::collections::BTreeMap;

use super::super::cast::{Somebody, Terms};
use super::chance::Chance;
use super::town::BRANCHES;
use crate::domain::fees::Month;
use crate::domain::{self, Date};

/// A customer with what it agreed on.
#[derive(Debug, Clone)]
pub(super) struct Customer {
    /// Who it is, with the account it uses now.
    pub(super) who: Somebody,
    pub(super) terms: Terms,
    pub(super) name: String,
    pub(super) address: String,
    /// Where the office's notices go; the list of submitters keeps an address of its own.
    pub(super) email: String,
    /// 承認パターン, as the list of submitters writes it.
    pub(super) pattern: &'static str,
    /// The month of the first debit.
    pub(super) first: Month,
    /// Whether it begins nothing new any more, because it wants to end the contract.
    pub(super) is_leaving: bool,
}

impl Customer {
    /// A customer of these terms who was loaded with the register.
    pub(super) fn new(who: Somebody, terms: Terms, n: u32) -> Self {
        let pattern = match n % 5 {
            0 => "none",
            1 | 2 => "single",
            3 => "double_any",
            _ => "double_ordered",
        };
        Self {
            name: format!("見本商事{}", who.number),
            address: "見本市".to_owned(),
            email: who.email(),
            first: Month::of(terms.applied).next(),
            is_leaving: false,
            pattern,
            who,
            terms,
        }
    }

    /// The n-th at the start: some are new this year, some leave, some have a light contract.
    pub(super) fn at_start(n: u32, start: Date, chance: &mut Chance) -> Self {
        let applied = match n % 8 {
            5 => start.plus_days(chance.between(1, 240)),
            _ => start.plus_days(chance.between(-900, -32)),
        };
        let closed = (n % 16 == 9).then(|| start.plus_days(chance.between(200, 340)));
        Self::new(somebody(n), Terms { contract: contract(n), applied, closed }, n)
    }

    /// Whether the contract is over on a day.
    pub(super) fn is_over(&self, on: Date) -> bool {
        self.terms.closed.is_some_and(|last| last < on)
    }

    /// What the book says, a word each.
    fn words(&self) -> Vec<String> {
        let Self { who, terms, name, address, email, .. } = self;
        let account = format!("{}-{}-1-{}", who.bank, who.branch, who.number);
        let closed = terms.closed.map_or_else(String::new, |day| day.to_string());
        let light = (terms.contract == "ライト").to_string();
        let applied = terms.applied.to_string();
        let branch = who.branch.to_owned();
        let [name, address, email] = [name, address, email].map(Clone::clone);
        vec![name, address, email, branch, light, applied, closed, account.clone(), account]
    }
}

/// The n-th customer's number, branch and first account.
pub(super) fn somebody(n: u32) -> Somebody {
    let [first, second] = BRANCHES;
    Somebody::customer(n, if n.is_multiple_of(4) { second } else { first })
}

/// The n-th customer's kind of contract.
pub(super) const fn contract(n: u32) -> &'static str {
    if n % 10 == 3 { "ライト" } else { "通常" }
}

/// Everything in which a register differs from the book, each with its customer.
pub(super) fn compare(book: &[Customer], register: &domain::Customers) -> Vec<String> {
    let mut known: BTreeMap<&str, &Customer> =
        book.iter().map(|one| (one.who.user.as_str(), one)).collect();
    let mut wrong = Vec::new();
    for theirs in register.iter() {
        let user = theirs.user.to_string();
        let Some(own) = known.remove(user.as_str()) else {
            wrong.push(format!("{user} is in the register and was never taken in"));
            continue;
        };
        let (theirs, ours) = (words(theirs), own.words());
        if theirs != ours {
            wrong.push(format!("{user}: the register has {theirs:?}, the book {ours:?}"));
        }
    }
    wrong.extend(known.into_keys().map(|user| format!("{user} is not in the register")));
    wrong
}

/// What the register says of a customer, in the words of the book.
fn words(customer: &domain::Customer) -> Vec<String> {
    let domain::Customer { name, address, email, desk, contract, .. } = customer;
    let [name, address, email] = [name, address, email].map(Clone::clone);
    let light = (*contract == domain::fees::ContractKind::Light).to_string();
    let closed = customer.closed.map_or_else(String::new, |day| day.to_string());
    let accounts: Vec<String> = customer.accounts.iter().map(domain::Account::written).collect();
    let fees = customer.fee_account.map_or_else(String::new, |account| account.written());
    let applied = customer.applied.to_string();
    vec![name, address, email, desk.to_string(), light, applied, closed, accounts.join(" "), fees]
}

#[cfg(test)]
mod tests;

//! Fees (手数料): what each act costs on a day, when it is debited, and the bill of a month.
//!
//! A service goes through it in this order: each recorded request becomes a [`Use`], [`charges`]
//! prices them by the [`FeeTable`], [`bill`] makes one [`Bill`] of a customer's month, and
//! [`debit_day`] says when it is debited. It refuses to guess: what the table does not price is
//! handed back. Read [`FeeTable`] first.

mod bill;
mod charge;
mod days;
mod item;
mod table;
#[cfg(test)]
mod tests;

pub use bill::{Bill, BillLine, Contract, bill};
pub use charge::{Charge, Charges, Use, charges};
pub use days::{Month, debit_day, first_billed_month, first_debit, first_debit_month};
pub use item::{ContractKind, FeeItem, FeeKind, Relation};
pub use table::{FeeMistake, FeeRow, FeeTable, Priced};

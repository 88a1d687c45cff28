//! What is new about a request against what the requester had recorded before (お取引の記録).
//!
//! It warns and decides nothing: a first counterparty is no mistake, only worth a second look.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Account, Party, UserNumber};

/// How many times the largest earlier amount with a counterparty is still usual.
///
/// Monthly amounts of one trade vary; a digit too many makes them tenfold. Three lets a busy season
/// pass and catches every slipped digit. The largest counts and not the middle one, because what
/// was paid once already needs no second look.
pub const USUAL_TIMES: u64 = 3;

/// Something new about a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Novelty {
    /// 初めての相手: nothing was ever recorded with this counterparty.
    FirstCounterparty,
    /// 口座の変更: its account is none of the earlier ones.
    ChangedAccount,
    /// 金額: more than [`USUAL_TIMES`] times the largest earlier amount.
    UnusualAmount {
        /// The largest earlier amount, in yen.
        largest: u64,
    },
}

/// What a requester had recorded with each counterparty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dealings(BTreeMap<UserNumber, Dealing>);

/// What was recorded with one counterparty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Dealing {
    accounts: Vec<Account>,
    largest: u64,
}

impl Dealings {
    /// Takes an earlier record in; `account` is none where it is no longer known.
    pub fn add(&mut self, user: UserNumber, account: Option<Account>, amount: u64) {
        let dealing = self.0.entry(user).or_default();
        dealing.largest = dealing.largest.max(amount);
        if let Some(account) = account.filter(|account| !dealing.accounts.contains(account)) {
            dealing.accounts.push(account);
        }
    }

    /// Whether nothing was recorded yet: then everything would be new, and nothing is told.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is new about a request to `other`; nothing where there is nothing to compare with.
    pub fn news(&self, other: &Party, amount: Option<u64>) -> Vec<Novelty> {
        if self.is_empty() {
            return Vec::new();
        }
        let Some(dealing) = self.0.get(&other.user_number) else {
            return vec![Novelty::FirstCounterparty];
        };
        let known = &dealing.accounts;
        let changed = !known.is_empty() && !known.contains(&other.account);
        let usual = dealing.largest.saturating_mul(USUAL_TIMES);
        let unusual = amount.is_some_and(|amount| amount > usual);
        let largest = dealing.largest;
        let changed = changed.then_some(Novelty::ChangedAccount);
        let unusual = unusual.then_some(Novelty::UnusualAmount { largest });
        changed.into_iter().chain(unusual).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(user: &str, account: &str) -> Party {
        Party {
            user_number: UserNumber::parse(user).unwrap(),
            account: Account::parse(account).unwrap(),
        }
    }

    fn known() -> (Party, Dealings) {
        let one = party("1AB2CD3EF", "0001-001-2-0123456");
        let mut dealings = Dealings::default();
        dealings.add(one.user_number, Some(one.account), 500_000);
        dealings.add(one.user_number, None, 1_000_000);
        (one, dealings)
    }

    #[test]
    fn where_nothing_was_recorded_nothing_is_new() {
        let (one, _) = known();
        assert_eq!(Dealings::default().news(&one, Some(9_999_999_999)), []);
    }

    #[test]
    fn what_is_as_before_is_not_told() {
        let (one, dealings) = known();
        assert_eq!(dealings.news(&one, Some(3_000_000)), [], "three times is still usual");
        assert_eq!(dealings.news(&one, None), []);
    }

    #[test]
    fn a_first_counterparty_a_changed_account_and_a_large_amount_are_told() {
        let (one, dealings) = known();
        let stranger = party("2AB2CD3EF", "0001-001-2-0123456");
        assert_eq!(dealings.news(&stranger, Some(1)), [Novelty::FirstCounterparty]);
        let moved = party("1AB2CD3EF", "0001-001-2-7654321");
        assert_eq!(dealings.news(&moved, Some(1)), [Novelty::ChangedAccount]);
        let unusual = Novelty::UnusualAmount { largest: 1_000_000 };
        assert_eq!(dealings.news(&one, Some(3_000_001)), [unusual]);
        assert_eq!(dealings.news(&moved, Some(3_000_001)), [Novelty::ChangedAccount, unusual]);
    }

    #[test]
    fn an_account_that_is_not_known_has_not_changed() {
        let (one, _) = known();
        let mut dealings = Dealings::default();
        dealings.add(one.user_number, None, 1_000_000);
        assert_eq!(dealings.news(&one, Some(1)), []);
    }
}

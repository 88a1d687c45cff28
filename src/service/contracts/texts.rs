//! Contracts as texts: what the old one says beside the new one, on pages and papers.

use std::collections::BTreeMap;

use crate::domain::{Account, Counterpart, Customer, UserNumber};

use super::super::proposal::ProposalKind;
use super::keys::PlannedKey;
use super::outages::PlannedOutage;
use super::resends::PlannedResend;
use super::{Plan, Planned, claims, users};

/// A customer's name with the number where there is one.
pub(super) fn title<N: ToString>(customer: &Customer<Option<N>>) -> String {
    match &customer.user {
        Some(user) => format!("{}（{}）", customer.name, user.to_string()),
        None => customer.name.clone(),
    }
}

/// Both sides of a plan; of one customer a line each for what a contract says, of several a line
/// each customer, of counterparties a line each account.
pub(super) fn both(kind: ProposalKind, plan: &Plan) -> (String, String) {
    let write = |customer: Customer<Option<UserNumber>>| match plan.entries.as_slice() {
        _ if kind == ProposalKind::Counterparts => counterparts(&customer),
        [_] => one(&customer),
        _ => row(&customer),
    };
    let before = plan.entries.iter().filter_map(|one| one.before.clone());
    let before = before.map(|one| {
        let user = Some(one.user);
        write(one.numbered(user))
    });
    let after = plan.entries.iter().map(|one| write(one.after.clone()));
    let claims = plan.claims.iter().map(claims::line);
    let known = plan.users.iter().filter_map(users::before);
    let wanted = plan.users.iter().map(users::after);
    let declared = plan.outage.iter();
    let open = declared.clone().map(PlannedOutage::before);
    let set = declared.map(PlannedOutage::after);
    let used = plan.key.iter().map(PlannedKey::before);
    let made = plan.key.iter().map(PlannedKey::after);
    let stuck = plan.resends.iter().map(PlannedResend::before);
    let becomes = plan.resends.iter().map(PlannedResend::after);
    (
        before.chain(known).chain(open).chain(used).chain(stuck).collect(),
        after.chain(claims).chain(wanted).chain(set).chain(made).chain(becomes).collect(),
    )
}

/// `｜保証人 …`; nothing where there is none.
pub(super) fn guarantors(all: &[UserNumber]) -> String {
    let all: Vec<String> = all.iter().map(ToString::to_string).collect();
    if all.is_empty() { String::new() } else { format!("｜保証人 {}", all.join("、")) }
}

fn one<N: ToString>(customer: &Customer<Option<N>>) -> String {
    let number = customer.user.as_ref().map_or_else(|| "（これから）".to_owned(), N::to_string);
    let lines = customer.lines().into_iter().map(|(label, value)| format!("{label}: {value}\n"));
    format!("利用者番号: {number}\n") + &lines.collect::<String>()
}

fn row<N: ToString>(customer: &Customer<Option<N>>) -> String {
    let number = customer.user.as_ref().map(N::to_string).unwrap_or_default();
    let values = customer.lines().into_iter().map(|(_, value)| value);
    format!("{number} {}\n", values.collect::<Vec<_>>().join("｜"))
}

fn counterparts<N: ToString>(customer: &Customer<Option<N>>) -> String {
    let all = customer.counterparts.iter();
    let lines = all.map(|one| format!("{} {}\n", one.account.written(), one.name_kana));
    let count = customer.counterparts.len();
    format!("{}の取引先 {count}件\n", title(customer)) + &lines.collect::<String>()
}

/// A text with the account numbers in it masked, for papers.
pub(in crate::service) fn without_numbers(text: &str) -> String {
    let in_account = |c: char| c.is_ascii_digit() || c == '-';
    let words = text.split_inclusive(|c| !in_account(c));
    let masked = words.map(|word| {
        let end = word.trim_end_matches(|c| !in_account(c)).len();
        let (account, rest) = word.split_at(end);
        match Account::parse(account) {
            Some(account) => account.masked() + rest,
            None => word.to_owned(),
        }
    });
    masked.collect()
}

/// What differs, a sentence each: `住所: 旧 → 新`.
pub(super) fn differences(before: &Customer, after: &Customer) -> Vec<String> {
    let pairs = before.lines().into_iter().zip(after.lines());
    let changed = pairs.filter(|(old, new)| old != new);
    let blank = |text: String| if text.is_empty() { "なし".to_owned() } else { text };
    changed
        .map(|((label, old), (_, new))| format!("{label}: {} → {}", blank(old), blank(new)))
        .chain(counterpart_change(before, after))
        .collect()
}

/// How many counterparties come, go and have another name; nothing where none does.
pub(super) fn counterpart_change(before: &Customer, after: &Customer) -> Option<String> {
    if before.counterparts == after.counterparts {
        return None;
    }
    let names = |customer: &Customer| -> BTreeMap<Account, String> {
        let all = customer.counterparts.iter().cloned();
        all.map(|Counterpart { account, name_kana }| (account, name_kana)).collect()
    };
    let (old, new) = (names(before), names(after));
    let come = new.keys().filter(|account| !old.contains_key(*account)).count();
    let go = old.keys().filter(|account| !new.contains_key(*account)).count();
    let kept = new.iter().filter(|(account, _)| old.contains_key(*account));
    let renamed = kept.filter(|(account, name)| old.get(*account) != Some(*name)).count();
    Some(format!(
        "取引先: {}件 → {}件（加わる{come}件、なくなる{go}件、名称の変わる{renamed}件）",
        old.len(),
        new.len()
    ))
}

/// How many customers of a plan are new and how many change.
pub(super) fn counts(entries: &[Planned]) -> (usize, usize) {
    let new = entries.iter().filter(|one| one.before.is_none()).count();
    (new, entries.len().saturating_sub(new))
}

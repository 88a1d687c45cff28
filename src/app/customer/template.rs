//! `kessai customer template USER KIND`: a file of requests with what is known filled in.
//!
//! An accrual has a line for each counterparty of this month and the last, and one by the debtor
//! for each further one of the register (取引先). Everything else has a line for each open claim it
//! can be about. What is blank is for the customer; lines that are not
//! wanted are deleted.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::fees::Month;
use crate::domain::rules::{Need, draft_record_date, need};
use crate::domain::{
    Account, Claim, ClaimState, Customer, Customers, Date, Field, Party, RecordNumber, RequestKind,
    UserNumber,
};
use crate::ports::ClaimFilter;
use crate::render::requests::text;
use crate::service::Desk;

/// The file for a customer's requests of a kind: UTF-8 with a byte order mark and CRLF.
pub(super) fn filled(desk: &Desk, customer: &Customer, kind: RequestKind) -> String {
    let rules = desk.rulebook();
    let today = desk.clock.now().date();
    let on = draft_record_date(kind, None, (today, &rules.calendar));
    let filter = ClaimFilter {
        party: Some(customer.user),
        state: (!kind.is_accrual()).then_some(ClaimState::Open),
        ..ClaimFilter::default()
    };
    let claims = desk.store.claims(&filter, None, usize::MAX);
    let claims = claims.iter().map(|record| &record.claim);
    let customers = desk.store.customers();
    let mut lines = if kind.is_accrual() {
        let since = Month::of(today).previous().first_day();
        let mut lines =
            partners(customer, kind, claims.filter(|claim| claim.recorded >= since), &customers);
        // Whom a customer pays is whom it owes.
        if kind == RequestKind::AccrualDebtor {
            let further = counterparts(customer, &lines, &customers.holders(today));
            lines.extend(further);
        }
        lines
    } else {
        claims.filter_map(|claim| about(customer, kind, claim, &customers)).collect()
    };
    if lines.is_empty() {
        lines.push(Line::default());
    }
    // Of several accounts the customer chooses.
    if let [own] = customer.accounts.as_slice() {
        for line in &mut lines {
            line.own.get_or_insert(*own);
        }
    }
    text(lines.iter().map(|line| cells((kind, on), customer, line)))
}

/// What is known of a line.
#[derive(Debug, Default)]
struct Line {
    own: Option<Account>,
    claim: Option<RecordNumber>,
    other: Option<Other>,
}

/// Who is on the other side, as far as it is known.
#[derive(Debug)]
struct Other {
    user: Option<UserNumber>,
    kana: Option<String>,
    account: Account,
}

impl Other {
    fn of(party: Party, customers: &Customers) -> Self {
        let Party { user_number: user, account } = party;
        let kana = customers.get(user).map(|one| one.kana.clone());
        Self { user: Some(user), kana, account }
    }
}

/// Who was on the other side of claims, with the account of the latest.
fn partners<'a>(
    customer: &Customer,
    kind: RequestKind,
    claims: impl Iterator<Item = &'a Claim>,
    customers: &Customers,
) -> Vec<Line> {
    let mut latest: BTreeMap<UserNumber, (Date, Line)> = BTreeMap::new();
    for claim in claims.filter(|claim| !claim.assigned) {
        let (own, other) = match kind {
            RequestKind::AccrualCreditor => (claim.creditor, claim.debtor),
            _ => (claim.debtor, claim.creditor),
        };
        let known = latest.get(&other.user_number).is_some_and(|(on, _)| *on > claim.recorded);
        if own.user_number == customer.user && !known {
            let user = other.user_number;
            let other = Some(Other::of(other, customers));
            let line = Line { own: Some(own.account), claim: None, other };
            latest.insert(user, (claim.recorded, line));
        }
    }
    latest.into_values().map(|(_, line)| line).collect()
}

/// Counterparties of the register that no line is about yet.
fn counterparts(
    customer: &Customer,
    lines: &[Line],
    holders: &BTreeMap<Account, &Customer>,
) -> Vec<Line> {
    let others = || lines.iter().filter_map(|line| line.other.as_ref());
    let accounts: BTreeSet<Account> = others().map(|other| other.account).collect();
    let users: BTreeSet<UserNumber> = others().filter_map(|other| other.user).collect();
    let lines = customer.counterparts.iter().filter_map(|one| {
        let holder = holders.get(&one.account);
        let user = holder.map(|holder| holder.user);
        let is_new =
            !accounts.contains(&one.account) && user.is_none_or(|user| !users.contains(&user));
        let kana = holder.map_or(&one.name_kana, |holder| &holder.kana).clone();
        let other = Other { user, kana: Some(kana), account: one.account };
        is_new.then(|| Line { other: Some(other), ..Line::default() })
    });
    lines.collect()
}

/// The line about a claim; none where such a request is not the customer's to make.
fn about(
    customer: &Customer,
    kind: RequestKind,
    claim: &Claim,
    customers: &Customers,
) -> Option<Line> {
    let holds = claim.creditor.user_number == customer.user;
    let (own, other) =
        if holds { (claim.creditor, claim.debtor) } else { (claim.debtor, claim.creditor) };
    let names_new = kind.binds_counterparty();
    let line = Line {
        own: Some(own.account),
        claim: Some(claim.number),
        other: (!names_new).then(|| Other::of(other, customers)),
    };
    (holds || !names_new).then_some(line)
}

fn cells((kind, on): (RequestKind, Date), customer: &Customer, line: &Line) -> Vec<String> {
    let other = line.other.as_ref();
    let known = |field: Field| match field {
        Field::RequestKind => Some(kind.code().to_string()),
        Field::RecordNumber => line.claim.map(|claim| claim.to_string()),
        Field::RecordDate => Some(on.to_string()),
        Field::RequesterUserNumber => Some(customer.user.to_string()),
        Field::RequesterBankCode => line.own.map(|own| own.bank.to_string()),
        Field::RequesterBranchCode => line.own.map(|own| own.branch.to_string()),
        Field::RequesterAccountType => line.own.map(|own| own.kind.code().to_string()),
        Field::RequesterAccountNumber => line.own.map(|own| own.number.to_string()),
        Field::CounterpartyUserNumber => other.and_then(|other| Some(other.user?.to_string())),
        Field::CounterpartyNameKana => other.and_then(|other| other.kana.clone()),
        Field::CounterpartyBankCode => other.map(|other| other.account.bank.to_string()),
        Field::CounterpartyBranchCode => other.map(|other| other.account.branch.to_string()),
        Field::CounterpartyAccountType => other.map(|other| other.account.kind.code().to_string()),
        Field::CounterpartyAccountNumber => other.map(|other| other.account.number.to_string()),
        Field::Amount
        | Field::DueDate
        | Field::RequesterRef
        | Field::AssignmentRestricted
        | Field::Guarantee
        | Field::Comment => None,
    };
    let wanted = |field: Field| need(kind, field) != Need::Forbidden;
    let cell = |field: &Field| known(*field).filter(|_| wanted(*field)).unwrap_or_default();
    Field::ALL.iter().map(cell).collect()
}

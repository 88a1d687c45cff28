//! Whether a customer can still act: who approves, and how many of them there must be.
//!
//! Humans are counted, not user IDs.

use crate::domain::{Account, Act, ApprovalPattern, Authority, Organisation, Person, UserNumber};
use crate::workflow::UserDeed;

use super::super::Desk;
use super::AccountError;
use super::masters::Change;

impl Desk {
    /// Errs where the customer would be without a master, or, unless told, without its approvers.
    pub(in crate::service) fn stays_able(
        &self,
        changes: &[Change],
        anyway: bool,
    ) -> Result<(), AccountError> {
        let Some(Change { after, .. }) = changes.first() else { return Ok(()) };
        let organisation = after.organisation;
        let Organisation::Customer(customer) = organisation else { return Ok(()) };
        let before = self.members(organisation);
        let left = after_all(&before, changes);
        let masters = |people: &[Person]| people.iter().filter(|one| one.is_master()).count();
        if masters(&before) > 0 && masters(&left) == 0 {
            return Err(AccountError::LastMaster);
        }
        let needed = self.approvers_needed(customer);
        // Of each account there must be enough of those who are not limited to others.
        let accounts = self.accounts_of(customer).into_iter().map(|account| vec![account]);
        for account in accounts.chain([Vec::new()]) {
            let (before, left) =
                (approvers(&before, &account).len(), approvers(&left, &account).len());
            if !anyway && left < needed && left < before {
                return Err(AccountError::LastApprover { left, needed });
            }
        }
        Ok(())
    }

    /// The accounts of a customer's contract (決済口座); none where the office keeps no register.
    pub fn accounts_of(&self, customer: UserNumber) -> Vec<Account> {
        let customers = self.store.customers();
        customers.get(customer).map(|one| one.accounts.clone()).unwrap_or_default()
    }

    /// Who must come together to approve, in a sentence for the master's page.
    pub fn who_approves(&self, organisation: Organisation) -> String {
        self.who_approves_after(organisation, &[])
    }

    /// The same once something was changed.
    pub(in crate::service) fn who_approves_after(
        &self,
        organisation: Organisation,
        changes: &[Change],
    ) -> String {
        let Organisation::Customer(customer) = organisation else { return String::new() };
        let people = after_all(&self.members(organisation), changes);
        let names: Vec<String> = approvers(&people, &[]).into_iter().map(named).collect();
        let able = if names.is_empty() { "いません".to_owned() } else { names.join("、") };
        match self.approvers_needed(customer) {
            0 => {
                "ご契約では、お客様の承認は要りません。フォルダに置いた請求はそのまま受け付けます。"
                    .to_owned()
            }
            needed => format!(
                "一つの請求の承認には、ご契約により{needed}名が要ります。承認できる方：{able}。"
            ),
        }
    }

    /// How many people the contract's pattern asks for.
    pub fn approvers_needed(&self, customer: UserNumber) -> usize {
        let rules = self.rulebook();
        let theirs = rules.submitters.iter().filter(|one| one.folder == customer.as_str());
        let needed = theirs.map(|one| match one.pattern {
            ApprovalPattern::None => 0,
            ApprovalPattern::Single => 1,
            ApprovalPattern::DoubleOrdered | ApprovalPattern::DoubleAny => 2,
        });
        needed.max().unwrap_or(0)
    }

    /// Everybody of an organisation who may come in.
    fn members(&self, organisation: Organisation) -> Vec<Person> {
        let people = self.active_users().into_iter().map(|user| user.person);
        people.filter(|person| person.organisation == organisation).collect()
    }
}

/// People as they are once something was changed.
fn after_all(people: &[Person], changes: &[Change]) -> Vec<Person> {
    let mut people = people.to_vec();
    for Change { after, deed, same_as } in changes {
        let known = people.iter().find(|one| one.id == after.id);
        let mut after = after.clone();
        after.today.also = known.map(|known| known.today.also.clone()).unwrap_or_default();
        after.today.also.extend(same_as.clone());
        people.retain(|one| one.id != after.id);
        if !matches!(deed, UserDeed::Suspend | UserDeed::Remove) {
            people.push(after);
        }
    }
    people.sort_by(|one, other| one.id.cmp(&other.id));
    people
}

/// A name with the accounts its bearer is limited to.
fn named(person: &Person) -> String {
    let limit = |role: &String| match Authority::parse(role) {
        Some(Authority::Account(account)) => Some(account.masked()),
        _ => None,
    };
    let limits: Vec<String> = person.roles.iter().filter_map(limit).collect();
    match limits.as_slice() {
        [] => person.name.clone(),
        limits => format!("{}（口座 {} のみ）", person.name, limits.join("・")),
    }
}

/// Those who may approve requests of some accounts, each human once, by the first of their IDs.
fn approvers<'p>(people: &'p [Person], accounts: &[Account]) -> Vec<&'p Person> {
    let mut humans: Vec<Vec<&Person>> = Vec::new();
    for person in people.iter().filter(|person| approves(person) && person.reaches(accounts)) {
        let (same, others): (Vec<_>, Vec<_>) =
            humans.into_iter().partition(|ids| ids.iter().any(|other| other.is_same_human(person)));
        humans = others;
        humans.push(same.into_iter().flatten().chain([person]).collect());
    }
    let first = humans.into_iter().filter_map(|ids| ids.into_iter().min_by_key(|one| &one.id));
    let mut first: Vec<&Person> = first.collect();
    first.sort_by_key(|one| &one.id);
    first
}

/// Whether a person may approve requests of any kind.
fn approves(person: &Person) -> bool {
    let act = |role: &String| match Authority::parse(role) {
        Some(Authority::Act(act, _)) => act == Act::Approve,
        Some(Authority::Master | Authority::Account(_)) | None => false,
    };
    person.roles.iter().any(act)
}

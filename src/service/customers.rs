//! The register of customers for the people of the branch that has a customer's desk: who they
//! are, whose users they have, and what is under way for them. Nothing here changes anything.

use std::collections::BTreeMap;

use crate::domain::fees::ContractKind;
use crate::domain::rules::normalise;
use crate::domain::{BranchCode, Customer, Date, Organisation, Person, UserId, UserNumber};
use crate::ports::{Admission, CaseFilter, PasswordKind, Stage, UserRecord};
use crate::workflow::{Brings, Case};

use super::Desk;
use super::submit::CUSTOMERS;

/// Customers on one page of a list.
pub const CUSTOMERS_PAGE: usize = 50;
/// Cases of a customer that are listed.
const CASES_MAX: usize = 100;

/// A customer in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerLine {
    /// 利用者番号.
    pub user: UserNumber,
    /// The name on papers.
    pub name: String,
    /// 名称カナ; empty where no contract is registered.
    pub kana: String,
    /// 取扱店.
    pub desk: BranchCode,
    /// The kind of contract and its last day; none of somebody who is listed as a submitter alone.
    pub contract: Option<(ContractKind, Option<Date>)>,
}

/// A customer with everything their branch may know.
#[derive(Debug, Clone)]
pub struct CustomerSeen {
    /// Who they are.
    pub line: CustomerLine,
    /// The contract as it is registered.
    pub contract: Option<Customer>,
    /// Their users, those that were removed left out, by user ID.
    pub users: Vec<UserSeen>,
    /// What is under way for them: their requests, and applications about them.
    pub cases: Vec<Case>,
    /// Whether there is more.
    pub more: bool,
}

/// A user of a customer.
#[derive(Debug, Clone)]
pub struct UserSeen {
    /// Who.
    pub record: UserRecord,
    /// Whether they may come in.
    pub admission: Admission,
    /// How they stand, a few words each; the first says whether they can log in.
    pub states: Vec<String>,
}

impl UserSeen {
    /// Whether one of their passwords cannot be used any more.
    pub const fn is_locked(&self) -> bool {
        let credentials = &self.record.credentials;
        credentials.login.is_locked() || credentials.approval.is_locked()
    }
}

impl Desk {
    /// The customers of a person's branch whose number, name or kana holds these words, by user
    /// number, and whether there are more; pages count from 1. A customer's person has none.
    pub fn customers_for(
        &self,
        person: &Person,
        words: &str,
        page: usize,
    ) -> (Vec<CustomerLine>, bool) {
        let (words, kana) = (words.trim().to_uppercase(), normalise(words.trim()).0.into_owned());
        let all = self.known_customers(person).into_values();
        let fits = |one: &CustomerLine| {
            one.user.as_str().contains(&words)
                || one.name.to_uppercase().contains(&words)
                || (!kana.is_empty() && one.kana.contains(&kana))
        };
        let skip = page.saturating_sub(1).saturating_mul(CUSTOMERS_PAGE);
        let mut found: Vec<CustomerLine> =
            all.filter(fits).skip(skip).take(CUSTOMERS_PAGE + 1).collect();
        let more = found.len() > CUSTOMERS_PAGE;
        found.truncate(CUSTOMERS_PAGE);
        (found, more)
    }

    /// One customer; nothing where they are none of the person's branch.
    pub fn customer_for(&self, person: &Person, user: UserNumber) -> Option<CustomerSeen> {
        let line = self.known_customers(person).remove(&user)?;
        let own = Organisation::Customer(user);
        let users = self.users().into_iter().filter(|record| record.person.organisation == own);
        let mut cases = self.requests_of(user);
        cases.extend(self.applications_about(user));
        cases.retain(|case| self.may_see(person, case));
        let more = cases.len() > CASES_MAX;
        cases.truncate(CASES_MAX);
        let users = users.map(|record| self.user_seen(record)).collect();
        let contract = self.store.customers().get(user).cloned();
        Some(CustomerSeen { line, contract, users, cases, more })
    }

    /// Whoever has a contract or is listed as one that submits, of the desks a person works at.
    fn known_customers(&self, person: &Person) -> BTreeMap<UserNumber, CustomerLine> {
        if matches!(person.organisation, Organisation::Customer(_)) {
            return BTreeMap::new();
        }
        let rules = self.rulebook();
        let listed = rules.submitters.iter().filter(|one| one.channel == CUSTOMERS);
        let listed = listed.filter_map(|one| {
            let user = UserNumber::parse(&one.folder).ok()?;
            let (name, kana) = (one.name.clone(), String::new());
            Some((user, CustomerLine { user, name, kana, desk: one.desk, contract: None }))
        });
        let customers = self.store.customers();
        let registered = customers.iter().map(|one| {
            let line = CustomerLine {
                user: one.user,
                name: one.name.clone(),
                kana: one.kana.clone(),
                desk: one.desk,
                contract: Some((one.contract, one.closed)),
            };
            (one.user, line)
        });
        let mut all: BTreeMap<UserNumber, CustomerLine> = listed.chain(registered).collect();
        all.retain(|_, one| person.works_at(one.desk));
        all
    }

    fn requests_of(&self, user: UserNumber) -> Vec<Case> {
        let (submitter, stage) = (Some(user.to_string()), Stage::Open);
        let filter = CaseFilter { submitter, stage, ..CaseFilter::default() };
        self.store.cases(&filter, None, CASES_MAX + 1)
    }

    /// Open cases about a customer's contract, users or PC.
    fn applications_about(&self, user: UserNumber) -> Vec<Case> {
        let rules = self.rulebook();
        let channels = rules.channels.iter().filter(|(_, one)| one.brings == Brings::Contracts);
        let open = channels.flat_map(|(channel, _)| {
            let (channel, stage) = (Some(channel.clone()), Stage::Open);
            let filter = CaseFilter { channel, stage, ..CaseFilter::default() };
            self.store.cases(&filter, None, usize::MAX)
        });
        open.filter(|case| self.is_about(case, user)).take(CASES_MAX + 1).collect()
    }

    fn user_seen(&self, record: UserRecord) -> UserSeen {
        let id = record.person.id.clone();
        let admission = self.admission(&id);
        let mut states = vec![admission.japanese().to_owned()];
        let passwords = [
            (PasswordKind::Login, "ログインパスワード", &record.credentials.login),
            (PasswordKind::Approval, "承認パスワード", &record.credentials.approval),
        ];
        for (kind, name, lock) in passwords {
            if lock.is_locked() {
                states.push(format!("{name}が使えません"));
            } else if let Some(until) = self.temporary_until(&id, kind) {
                states.push(format!("仮{name}（{} まで）", until.japanese()));
            }
        }
        states.extend(self.certificate_state(&id));
        UserSeen { record, admission, states }
    }

    /// How it stands with a user's certificate; nothing where they have and need none.
    fn certificate_state(&self, id: &UserId) -> Option<String> {
        let (access, now) = (self.store.habits(id).access, self.clock.now());
        if let Some(until) = self.pick_up_until(id) {
            return Some(format!("電子証明書の受取待ち（{} まで）", until.japanese()));
        }
        if let Some(active) = access.certificate(now) {
            return Some(format!("電子証明書 {} まで", active.until.date().japanese()));
        }
        let needs = !access.admits(None, now);
        needs.then(|| "電子証明書が要りますが、ありません".to_owned())
    }
}

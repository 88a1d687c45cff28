//! Approved contracts come into the register.

use tracing::info;

use crate::domain::{CaseId, Code, Customer, Date, UserNumber};
use crate::ports::{ContractVerb, Contracted, Entry, Fate, StoreError};
use crate::workflow::expr::Value;
use crate::workflow::{Addressed, Case, Effect, EffectKind, EffectScope};

use super::super::Desk;
use super::super::proposal::{Proposal, ProposalKind};
use super::{Plan, Planned};

/// Customers and counterparties in one commit: a list of any length is small frames of the journal.
const SLICE: usize = 500;

/// The field of a form in which people key in the number of a new customer.
const NUMBER_FIELD: &str = "user_number";

impl Desk {
    /// Puts customers into the register, each in the place of who had the number.
    ///
    /// Done again it changes nothing, because the register takes no step that changes nothing.
    pub fn enrol_customers(
        &self,
        customers: &[Customer],
        (verb, case): (ContractVerb, Option<CaseId>),
    ) -> Result<(), StoreError> {
        let mut rest = customers;
        while !rest.is_empty() {
            let mut weight = 0_usize;
            let fits = |one: &&Customer| {
                let has_room = weight < SLICE;
                weight = weight.saturating_add(one.counterparts.len().saturating_add(1));
                has_room
            };
            let slice;
            (slice, rest) = rest.split_at(rest.iter().take_while(fits).count());
            let contracted = Contracted { customers: slice.to_vec(), verb, case };
            let entry = Entry::Contracted(Box::new(contracted));
            self.commit_entries(self.clock.now(), vec![entry])?;
        }
        Ok(())
    }

    /// Carries out what was approved of contracts; done again after a crash it comes to the same.
    pub(in crate::service) fn bring_into_register(
        &self,
        case: &Case,
        proposal: &Proposal,
    ) -> Result<Fate, StoreError> {
        let Some(plan) = self.plan_of(case) else {
            return Ok(Fate::Never("申込みの内容が読めません。".to_owned()));
        };
        if proposal.kind == ProposalKind::Claims {
            return self.list_claims(case, &plan.claims);
        }
        if proposal.kind == ProposalKind::Users {
            return self.carry_users(case, &plan.users);
        }
        if let Some(outage) = plan.outage {
            return self.carry_outage(case, outage);
        }
        if let Some(key) = &plan.key {
            return Ok(self.carry_key(case, key));
        }
        if proposal.kind == ProposalKind::Resend {
            return self.carry_resends(case, &plan.resends);
        }
        let mut due = Vec::new();
        for planned in plan.entries {
            match self.still_due(case, planned) {
                Ok(change) => due.extend(change),
                Err(why) => return Ok(Fate::Never(why)),
            }
        }
        let id = case.head.id;
        let verb = match proposal.kind {
            ProposalKind::Contract => ContractVerb::Opened,
            ProposalKind::ContractChange => ContractVerb::Changed,
            ProposalKind::ContractEnd => ContractVerb::Ended,
            kind => {
                let of_counterparts = kind == ProposalKind::Counterparts;
                let verb =
                    if of_counterparts { ContractVerb::Counterparts } else { ContractVerb::Loaded };
                let customers: Vec<Customer> = due.into_iter().map(|(_, after)| after).collect();
                self.enrol_customers(&customers, (verb, Some(id)))?;
                info!(case = %id, "a list of customers was loaded");
                return Ok(Fate::Delivered);
            }
        };
        for (before, after) in due {
            let effects = self.told_of(case, verb, (before.as_ref(), &after));
            let contracted = Contracted { customers: vec![after], verb, case: Some(id) };
            let entries = vec![Entry::Contracted(Box::new(contracted)), Entry::Owed(effects)];
            self.commit_entries(self.clock.now(), entries)?;
            info!(case = %id, outcome = ?verb, "a contract came into the register");
        }
        Ok(Fate::Delivered)
    }

    /// What a case is to do with contracts, users and the rest; nothing where it is about none, or
    /// where that cannot be read.
    pub(super) fn plan_of(&self, case: &Case) -> Option<Plan> {
        let proposal = self.proposal_by(case.proposal()?).ok()?;
        let plan = self.kept(proposal.plan.as_ref()?).ok()?;
        serde_json::from_slice::<Plan>(&plan).ok().filter(|plan| plan.format == 1)
    }

    /// A contract that is still to come into the register, with what it takes the place of;
    /// nothing where it has. Errs with why it cannot.
    fn still_due(
        &self,
        case: &Case,
        planned: Planned,
    ) -> Result<Option<(Option<Customer>, Customer)>, String> {
        let keyed = number_of(case);
        let Some(user) = keyed.or(planned.after.user) else {
            return Err("利用者番号が入力されていません。".to_owned());
        };
        let after = planned.after.numbered(user);
        let customers = self.store.customers();
        let now = customers.get(user);
        if now == Some(&after) {
            return Ok(None);
        }
        let in_place = now.filter(|_| planned.before.is_some() || self.is_taken(user));
        if in_place != planned.before.as_ref() {
            return Err(if planned.before.is_none() {
                "この利用者番号は、ほかのお客様のものです。番号を確かめてください。".to_owned()
            } else {
                "承認の間に契約が変わりました。いまの契約から申し込み直してください。".to_owned()
            });
        }
        let ends = after.closed.filter(|_| now.is_some_and(|now| now.closed.is_none()));
        if let Some((ja, _)) = ends.and_then(|last: Date| self.claims_after(user, last)) {
            return Err(ja);
        }
        Ok(Some((planned.before, after)))
    }

    /// What is owed to the customer. A changed mail address is told to the old one, too, because
    /// whoever changed it may not have been the customer.
    fn told_of(
        &self,
        case: &Case,
        verb: ContractVerb,
        (before, after): (Option<&Customer>, &Customer),
    ) -> Vec<Effect> {
        let (scope, at) = (EffectScope::Case(case.head.id), self.clock.now());
        let customer = after.user;
        let moved = before.is_some_and(|before| before.email != after.email);
        let to = [Some(Addressed::Present), moved.then_some(Addressed::Former)];
        let notices = to.into_iter().flatten();
        let notices = notices.map(|to| EffectKind::ContractNotice { customer, to });
        let welcome = (verb == ContractVerb::Opened).then_some(EffectKind::Welcome { customer });
        let kinds = welcome.into_iter().chain(notices);
        kinds.map(|kind| Effect { scope, kind, at }).collect()
    }

    /// Whether somebody's contract of this number runs.
    fn is_taken(&self, user: UserNumber) -> bool {
        self.store.customers().running(user, self.clock.now().date()).is_some()
    }

    /// Why a number that is keyed in cannot be a new customer's; nothing where it can, or where
    /// none is keyed in.
    pub(in crate::service) fn number_mistake(
        &self,
        case: CaseId,
        entry: &[(String, String)],
    ) -> Option<String> {
        let (_, text) = entry.iter().find(|(name, _)| name == NUMBER_FIELD)?;
        let case = self.store.case(case)?;
        case.proposal()?;
        let text = text.trim();
        match UserNumber::parse(text) {
            Err(_) => {
                Some(format!("利用者番号（9文字。数字と、I・O・Z を除く英大文字。{}）", Code::D04))
            }
            Ok(user) if self.is_taken(user) => {
                Some(format!("利用者番号（{text} は、すでに台帳にあります。{}）", Code::K04))
            }
            Ok(_) => None,
        }
    }
}

/// The number people keyed in.
fn number_of(case: &Case) -> Option<UserNumber> {
    let filled = &case.head.aside.as_ref()?.filled;
    let (_, value) = filled
        .iter()
        .find(|(name, _)| name.rsplit('.').next().is_some_and(|field| field == NUMBER_FIELD))?;
    match value {
        Value::Text(text) => UserNumber::parse(text).ok(),
        _ => None,
    }
}

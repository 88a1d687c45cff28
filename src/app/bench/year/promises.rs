//! What must hold of applications: done in the promised days or with somebody above, decided by
//! enough people, told to whom it concerns, and in the register as in the book.

use super::contracts::{Applying, Procedure};
use super::town::branch_mail;
use super::{Year, customers};
use crate::domain::{CaseId, Person, Timestamp};
use crate::workflow::{MailKind, Status};

impl Year {
    /// A decision came in time, by as many people as the procedure asks for, and is told.
    pub(super) fn keeps_its_promise(&mut self, id: CaseId, applying: &Applying, status: Status) {
        let Applying { what, after, until, signed, .. } = applying;
        let branch = after.who.branch;
        let told = match status {
            Status::Completed => MailKind::Approved,
            Status::Returned => MailKind::Returned,
            _ => MailKind::Rejected,
        };
        self.ends += 1;
        self.expect_mail(format!("{id}_mail_{}", told.name()), &branch_mail(branch));
        if status != Status::Completed {
            return;
        }
        if self.town.now().date() > *until {
            self.fault(&format!("{id} was approved after {until}"));
        }
        let needed = if *what == Procedure::Open { 5 } else { 3 };
        if signed.len() < needed {
            self.fault(&format!("{id} was approved by {signed:?} alone"));
        }
        let user = after.who.user.clone();
        self.expect_mail(format!("{id}_contract_{user}_present"), &after.email);
        if *what == Procedure::Open {
            self.letters.push(format!("contracts/{branch}/{id}_welcome.pdf"));
        }
        let before = self.town.customers.iter().find(|one| one.who.user == user);
        let former = before.map(|one| one.email.clone()).filter(|email| *email != after.email);
        if let Some(former) = former {
            self.expect_mail(format!("{id}_contract_{user}_former"), &former);
        }
    }

    /// The day's end: the register, the letters, and every open application.
    pub(super) fn check_contracts(&mut self) {
        for wrong in customers::compare(&self.town.customers, &self.town.desk.store.customers()) {
            self.fault(&wrong);
        }
        for letter in std::mem::take(&mut self.letters) {
            if !self.town.shelf.has(&letter) {
                self.fault(&format!("there is no {letter}"));
            }
        }
        let open: Vec<CaseId> = self.applying.keys().copied().collect();
        for id in open {
            self.look_at_application(id);
        }
    }

    /// An open application waits for somebody with a name, a late one for somebody above, too.
    fn look_at_application(&mut self, id: CaseId) {
        let now = self.town.now();
        let case = self.town.desk.store.case(id);
        let asked = case.as_ref().map(|case| self.waited_for(case)).unwrap_or_default();
        let people = case.as_ref().map(|case| self.town.people_of(case)).unwrap_or_default();
        // In these flows they are asked only where it takes too long.
        let is_above = |one: &Person| one.has("deputy") || one.has("credit");
        let is_escalated = asked.iter().any(is_above);
        let Some(applying) = self.applying.get_mut(&id) else { return };
        // Who has decided on it fills no further seat.
        let mut deputies = people.iter().filter(|one| one.has("deputy"));
        let are_spent = deputies.all(|one| applying.signed.contains(one.id.as_str()));
        self.contracts.escalated += u64::from(is_escalated && !applying.is_escalated);
        applying.is_escalated |= is_escalated;
        let is_late = Timestamp::tokyo(applying.until, 15, 0) <= now;
        if asked.is_empty() || (is_late && !is_escalated && !are_spent) {
            let status = case.map(|case| case.head.status);
            let until = applying.until;
            let asked: Vec<String> = asked.iter().map(|one| one.id.to_string()).collect();
            self.fault(&format!("{id}, promised for {until}, is {status:?} with {asked:?} alone"));
        }
    }
}

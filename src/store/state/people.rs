//! Folding what happens to people: who they are, how they come in, when they are away.

use std::collections::BTreeSet;

use crate::domain::{Person, Timestamp, UserId};
use crate::ports::{Habits, Lock, PasswordHash, PasswordKind, Tried, UserChange, UserRecord};

use super::State;

impl State {
    /// Folds one change of a person.
    pub(super) fn user_changed(&mut self, change: &UserChange) {
        match change {
            UserChange::Added(record) | UserChange::Registered(record) => {
                self.users.insert(record.person.id.clone(), record.clone());
                self.people_version += 1;
            }
            UserChange::Changed(person) | UserChange::Altered(person) => {
                self.user(&person.id, |user| user.person.clone_from(person));
                self.people_version += 1;
            }
            UserChange::Joined { user, with } => self.join(user, with),
            UserChange::Parted { user } => self.part(user),
            UserChange::PasswordsSet { user, credentials } => {
                self.user(user, |user| user.credentials.clone_from(credentials));
            }
            UserChange::Tried { user, kind, outcome } => self.user(user, |user| {
                let lock = user.credentials.get_mut(*kind);
                lock.failures = match outcome {
                    Tried::Right => 0,
                    Tried::Wrong => lock.failures.saturating_add(1),
                };
            }),
            UserChange::Unlocked { user } => self.user(user, |user| {
                for kind in [PasswordKind::Login, PasswordKind::Approval] {
                    user.credentials.get_mut(kind).failures = 0;
                }
            }),
            UserChange::PasswordChosen { user, kind, hash } => {
                self.password_set(user, (*kind, hash), None);
            }
            UserChange::PasswordReset { user, kind, hash, until } => {
                self.password_set(user, (*kind, hash), Some(*until));
            }
            UserChange::AdmissionSet { .. }
            | UserChange::AbsenceSet(_)
            | UserChange::AbsenceEnded { .. } => {
                self.presence_changed(change);
                self.people_version += 1;
            }
            UserChange::MethodSet { .. }
            | UserChange::CertificateIssued { .. }
            | UserChange::CertificateRevoked { .. }
            | UserChange::CertificatePermitted { .. }
            | UserChange::CertificateReminded { .. } => self.certificate_changed(change),
            UserChange::MailChosen { user, rule } => self.habit(user).mail.clone_from(rule),
            UserChange::EmailAsked { user, email } => {
                self.habit(user).access.email_asked.clone_from(email);
            }
        }
        if let UserChange::Added(UserRecord { person, .. }) | UserChange::Changed(person) = change {
            self.join_by_address(person);
        }
        self.dirty_users.insert(subject(change).clone());
    }

    /// What one mail address meant within a customer before shared mailboxes: one human.
    fn join_by_address(&mut self, person: &Person) {
        let same = |other: &&Person| person.is_peer(other) && person.shares_address(other);
        let others = self.users.values().map(|user| &user.person).filter(same);
        let others = others.filter(|other| other.id != person.id);
        let others: Vec<UserId> = others.map(|other| other.id.clone()).collect();
        for other in others {
            self.join(&person.id, &other);
        }
    }

    /// Two IDs and all that were joined to either are one human from now on.
    fn join(&mut self, user: &UserId, with: &UserId) {
        let (one, two) = (self.ids_of(user), self.ids_of(with));
        self.name_human(one.into_iter().chain(two).collect());
    }

    /// An ID is a human of its own again; the others stay one.
    fn part(&mut self, user: &UserId) {
        let mut rest = self.ids_of(user);
        rest.remove(user);
        self.name_human(BTreeSet::from([user.clone()]));
        self.name_human(rest);
    }

    /// The IDs of the human an ID belongs to.
    fn ids_of(&self, user: &UserId) -> BTreeSet<UserId> {
        let human = self.habits.get(user).and_then(|habits| habits.human.clone());
        let same = |habits: &Habits| human.is_some() && habits.human == human;
        let all = self.habits.iter().filter(|(_, habits)| same(habits)).map(|(id, _)| id.clone());
        all.chain([user.clone()]).collect()
    }

    fn name_human(&mut self, ids: BTreeSet<UserId>) {
        let human = ids.first().cloned().filter(|_| ids.len() > 1);
        for id in ids {
            self.habit(&id).human.clone_from(&human);
            self.dirty_users.insert(id);
        }
        self.people_version += 1;
    }

    /// Whether somebody is there, and may come in.
    fn presence_changed(&mut self, change: &UserChange) {
        let habits = self.habit(subject(change));
        match change {
            UserChange::AdmissionSet { admission, .. } => habits.access.admission = *admission,
            UserChange::AbsenceSet(absence) => {
                habits.absences.push(absence.clone());
                habits.absences.sort_by_key(|one| one.from);
            }
            UserChange::AbsenceEnded { from, last, .. } => {
                for absence in habits.absences.iter_mut().filter(|one| one.from == *from) {
                    absence.until = absence.until.min(*last);
                }
                habits.absences.retain(|one| one.from <= one.until);
            }
            _ => {}
        }
    }

    /// Whether somebody needs a certificate, and which ones they have.
    fn certificate_changed(&mut self, change: &UserChange) {
        let access = &mut self.habit(subject(change)).access;
        match change {
            UserChange::MethodSet { method, .. } => access.method = *method,
            UserChange::CertificateIssued { certificate, .. } => {
                access.certificates.push(certificate.clone());
                access.permitted_until = None;
            }
            UserChange::CertificateRevoked { serial, at, .. } => {
                let known = access.certificates.iter_mut().find(|one| one.serial == *serial);
                if let Some(certificate) = known {
                    certificate.revoked.get_or_insert(*at);
                }
            }
            UserChange::CertificatePermitted { until, .. } => {
                access.permitted_until = Some(*until);
            }
            UserChange::CertificateReminded { serial, days, .. } => {
                access.reminded = Some((serial.clone(), *days));
            }
            _ => {}
        }
    }

    fn password_set(
        &mut self,
        user: &UserId,
        (kind, hash): (PasswordKind, &PasswordHash),
        until: Option<Timestamp>,
    ) {
        let lock = Lock { hash: hash.clone(), failures: 0 };
        self.user(user, |user| *user.credentials.get_mut(kind) = lock);
        *self.habit(user).access.temporary_mut(kind) = until;
    }

    fn user(&mut self, user: &UserId, change: impl FnOnce(&mut UserRecord)) {
        if let Some(record) = self.users.get_mut(user) {
            change(record);
        }
    }

    fn habit(&mut self, user: &UserId) -> &mut Habits {
        self.habits.entry(user.clone()).or_default()
    }
}

/// Whom a change is about.
const fn subject(change: &UserChange) -> &UserId {
    match change {
        UserChange::Added(record) | UserChange::Registered(record) => &record.person.id,
        UserChange::Changed(person) | UserChange::Altered(person) => &person.id,
        UserChange::AbsenceSet(absence) => &absence.user,
        UserChange::PasswordsSet { user, .. }
        | UserChange::Tried { user, .. }
        | UserChange::Unlocked { user }
        | UserChange::AbsenceEnded { user, .. }
        | UserChange::MailChosen { user, .. }
        | UserChange::PasswordChosen { user, .. }
        | UserChange::PasswordReset { user, .. }
        | UserChange::EmailAsked { user, .. }
        | UserChange::AdmissionSet { user, .. }
        | UserChange::MethodSet { user, .. }
        | UserChange::CertificateIssued { user, .. }
        | UserChange::CertificateRevoked { user, .. }
        | UserChange::CertificatePermitted { user, .. }
        | UserChange::CertificateReminded { user, .. }
        | UserChange::Joined { user, .. }
        | UserChange::Parted { user } => user,
    }
}

//! Who there is, as of today: registered people, the directory's postings, absences.
//!
//! Worked out once a day and change, for many decisions.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use crate::domain::{
    Absence, BranchCode, Date, Digest, Directory, Organisation, Person, Presence, Stead, UserId,
    UserNumber,
};
use crate::ports::{FileRecord, UserRecord};
use crate::workflow::{Case, CaseFile};

use super::Desk;

/// Everybody as they are on one day.
#[derive(Debug, Default)]
pub(super) struct People {
    /// What it was worked out from; nothing before the first time.
    pub(super) basis: Option<Basis>,
    by_place: BTreeMap<Organisation, Vec<Person>>,
    by_id: BTreeMap<UserId, Organisation>,
}

/// What people are worked out from besides who is registered.
#[derive(Debug, Clone)]
pub(super) struct Basis {
    version: u64,
    pub(super) day: Date,
    directory: Arc<Directory>,
    absences: Vec<Absence>,
    /// Each ID of a human who has several, and the first of them.
    humans: BTreeMap<UserId, UserId>,
}

impl People {
    /// Everybody registered, as they are on the day of `basis`.
    pub(super) fn of(users: Vec<UserRecord>, basis: Basis) -> Self {
        let directory = Arc::clone(&basis.directory);
        let mut people = Self::default();
        for user in users {
            let Some(mut person) = directory.person_on(&user.person, basis.day) else { continue };
            person.today.also = other_ids(&basis.humans, &person.id);
            people.by_id.insert(person.id.clone(), person.organisation);
            people.by_place.entry(person.organisation).or_default().push(person);
        }
        people.seat_delegates(&basis);
        people.basis = Some(basis);
        people
    }

    /// Marks who is away, and lets those who are there stand for them.
    ///
    /// Whoever is away stands for nobody, and nobody stands for a principal's principal.
    fn seat_delegates(&mut self, basis: &Basis) {
        let today = || basis.absences.iter().filter(|absence| absence.holds(basis.day));
        for absence in today() {
            if let Some(person) = self.person_mut(&absence.user) {
                person.today.presence = Presence::Away;
            }
        }
        for absence in today() {
            let Some(principal) = self.person(&absence.user) else { continue };
            let mut principal = principal.clone();
            principal.stands_for.clear();
            let stead = Stead { principal, max: absence.max, flows: absence.flows.clone() };
            let delegate = absence.delegate.as_ref().and_then(|id| self.person_mut(id));
            let here = |one: &&mut Person| one.today.presence == Presence::Here;
            if let Some(delegate) = delegate.filter(here) {
                delegate.stands_for.push(stead);
            }
        }
    }

    fn person_mut(&mut self, id: &UserId) -> Option<&mut Person> {
        let place = self.by_id.get(id)?;
        self.by_place.get_mut(place)?.iter_mut().find(|person| person.id == *id)
    }

    /// Everybody else of a person's organisation.
    pub(super) fn colleagues(&self, person: &Person) -> Vec<Person> {
        let place = self.by_place.get(&person.organisation);
        let others = place.into_iter().flatten().filter(|other| other.id != person.id);
        others.cloned().collect()
    }

    /// A person, if they are anywhere.
    pub(super) fn person(&self, id: &UserId) -> Option<&Person> {
        self.by_place.get(self.by_id.get(id)?)?.iter().find(|person| person.id == *id)
    }

    /// Everybody at a desk and at a submitter's organisation.
    pub(super) fn at(&self, desk: BranchCode, submitter: &str) -> Vec<Person> {
        let today = |branch: BranchCode| match &self.basis {
            Some(basis) => basis.directory.successor_on(branch, basis.day),
            None => branch,
        };
        let mut places = vec![Organisation::Branch(today(desk))];
        if let Ok(user) = UserNumber::parse(submitter) {
            places.push(Organisation::Customer(user));
        }
        if let Ok(branch) = BranchCode::parse(submitter)
            && today(branch) != today(desk)
        {
            places.push(Organisation::Branch(today(branch)));
        }
        places.iter().filter_map(|place| self.by_place.get(place)).flatten().cloned().collect()
    }

    /// Everybody at a case's desk and submitter, and on the other side where that is asked.
    pub(super) fn of_case(&self, case: &Case) -> Vec<Person> {
        let mut people = self.at(case.file.desk, &case.file.submitter);
        let other = case.counterparty().filter(|other| *other != case.file.submitter);
        if let Some(Ok(user)) = other.map(UserNumber::parse) {
            let theirs = self.by_place.get(&Organisation::Customer(user));
            people.extend(theirs.into_iter().flatten().cloned());
        }
        people
    }

    /// What tells one state of a case's people from another.
    pub(super) fn fingerprint(&self, case: &Case) -> Digest {
        let people = self.of_case(case);
        let known: Vec<String> = people.iter().map(|person| format!("{person:?}")).collect();
        Digest::of(known.join("\n").as_bytes())
    }

    /// Whether everybody is as in `other`.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.by_place == other.by_place
    }
}

/// The other user IDs of the human who has one, out of all who have several.
pub(super) fn other_ids(humans: &BTreeMap<UserId, UserId>, id: &UserId) -> Vec<UserId> {
    let Some(human) = humans.get(id) else { return Vec::new() };
    let theirs = humans.iter().filter(|(other, of)| *of == human && *other != id);
    theirs.map(|(other, _)| other.clone()).collect()
}

impl Desk {
    /// A registered person as they are today; nobody who has no posting today.
    pub fn person(&self, id: &UserId) -> Option<Person> {
        self.everybody().person(id).cloned()
    }

    /// Everybody at the organisations a case is about.
    pub(super) fn people_for(&self, case: &Case) -> Vec<Person> {
        self.everybody().of_case(case)
    }

    /// The same for a file as it is stored.
    pub(super) fn people_at(&self, file: &FileRecord) -> Vec<Person> {
        self.everybody().at(file.submitter.desk, &file.submitter.folder)
    }

    /// What there is of a branch that is no more among a file's: who has its desk since when.
    pub(super) fn mergers(&self, file: &CaseFile) -> Vec<String> {
        let (rulebook, today) = (self.rulebook(), self.clock.now().date());
        let submitter = BranchCode::parse(&file.submitter).ok();
        let branches = [Some(file.desk), submitter.filter(|branch| *branch != file.desk)];
        let told = branches.into_iter().flatten().filter_map(|branch| {
            let merger = rulebook.directory.merger(branch, today)?;
            let into = rulebook.directory.branch(merger.into, today)?;
            let (old, new, on) = (&merger.old.name, &into.name, merger.on);
            Some(format!(
                "{old}は{}に{new}へ統合されました。この案件は{new}が引き継いでいます。",
                on.japanese()
            ))
        });
        told.collect()
    }

    /// Everybody as they are now.
    pub(super) fn everybody(&self) -> Arc<People> {
        let (version, day) = (self.store.people_version(), self.clock.now().date());
        let known = Arc::clone(&self.people.read().unwrap_or_else(PoisonError::into_inner));
        let holds = |basis: &Basis| {
            basis.version == version
                && basis.day == day
                && Arc::ptr_eq(&basis.directory, &self.rulebook().directory)
        };
        if known.basis.as_ref().is_some_and(holds) {
            return known;
        }
        let fresh = Arc::new(People::of(self.active_users(), self.basis_on(day)));
        *self.people.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        fresh
    }

    /// Today's directory, registrations and absences, on any day.
    pub(super) fn basis_on(&self, day: Date) -> Basis {
        self.basis_of(Arc::clone(&self.rulebook().directory), day)
    }

    /// The same by another directory.
    pub(super) fn basis_of(&self, directory: Arc<Directory>, day: Date) -> Basis {
        let (version, absences) = (self.store.people_version(), self.store.absences());
        Basis { version, day, directory, absences, humans: self.store.humans() }
    }
}

//! Who there is, by organisation, read once for many decisions.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use crate::domain::{BranchCode, Organisation, Person, UserNumber};
use crate::ports::FileRecord;
use crate::workflow::CaseFile;

use super::Desk;

/// All registered people by organisation.
#[derive(Debug, Default)]
pub(super) struct People {
    version: Option<u64>,
    by_place: BTreeMap<Organisation, Vec<Person>>,
}

impl Desk {
    /// Everybody at the submitter's and the desk's organisation of a file.
    pub(super) fn people_for(&self, file: &CaseFile) -> Vec<Person> {
        self.people_of(file.desk, &file.submitter)
    }

    /// The same for a file as it is stored.
    pub(super) fn people_at(&self, file: &FileRecord) -> Vec<Person> {
        self.people_of(file.submitter.desk, &file.submitter.folder)
    }

    fn people_of(&self, desk: BranchCode, submitter: &str) -> Vec<Person> {
        let people = self.everybody();
        let mut places = vec![Organisation::Branch(desk)];
        if let Ok(user) = UserNumber::parse(submitter) {
            places.push(Organisation::Customer(user));
        }
        if let Ok(branch) = BranchCode::parse(submitter)
            && branch != desk
        {
            places.push(Organisation::Branch(branch));
        }
        places.iter().filter_map(|place| people.by_place.get(place)).flatten().cloned().collect()
    }

    fn everybody(&self) -> Arc<People> {
        let version = Some(self.store.people_version());
        let known = Arc::clone(&self.people.read().unwrap_or_else(PoisonError::into_inner));
        if known.version == version {
            return known;
        }
        let mut by_place: BTreeMap<Organisation, Vec<Person>> = BTreeMap::new();
        for user in self.store.users() {
            by_place.entry(user.person.organisation).or_default().push(user.person);
        }
        let fresh = Arc::new(People { version, by_place });
        *self.people.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        fresh
    }
}

//! The people around a case, told apart by what they are and not by name.

use std::collections::BTreeSet;

use kessai::domain::{BranchCode, Organisation, Person, UserId};
use kessai::workflow::{Case, CaseHead};

/// Everybody there is, and what each of them is.
pub(super) struct Crowd {
    /// Those who are there from the beginning, then as many who come when nobody is left.
    people: Vec<Person>,
    /// What each is; people with the same number are alike.
    kinds: Vec<u8>,
    /// How many are there from the beginning.
    first: usize,
    /// Somebody of another branch, who may do nothing.
    pub(super) foreign: Person,
}

impl Crowd {
    pub(super) fn new(first: &[Person], case: &Case) -> Self {
        let mut people = first.to_vec();
        for (n, person) in first.iter().enumerate() {
            let id = UserId::parse(&format!("fresh{n:03}")).unwrap();
            people.push(Person { email: format!("{id}@example.jp"), id, ..person.clone() });
        }
        let mut known: Vec<_> = Vec::new();
        let kinds = (0_usize..).zip(&people).map(|(at, person)| {
            let own = case.file.submitted_by.as_ref() == Some(&person.id);
            let what = (at < first.len(), own, person.organisation, person.roles.clone());
            let found = known.iter().position(|one| *one == what).unwrap_or_else(|| {
                known.push(what);
                known.len() - 1
            });
            u8::try_from(found).unwrap()
        });
        let kinds = kinds.collect();
        let mut foreign = first[0].clone();
        foreign.id = UserId::parse("foreign1").unwrap();
        "foreign@example.jp".clone_into(&mut foreign.email);
        foreign.organisation = Organisation::Branch(BranchCode::parse("002").unwrap());
        foreign.roles = people.iter().flat_map(|person| person.roles.clone()).collect();
        Self { people, kinds, first: first.len(), foreign }
    }

    /// Those who are there, once `more` have come or before.
    pub(super) fn there(&self, more: bool) -> &[Person] {
        if more { &self.people } else { &self.people[..self.first] }
    }

    pub(super) fn is_new(&self, person: &Person) -> bool {
        self.people[self.first..].iter().any(|one| one.id == person.id)
    }

    /// What a person is, as a name.
    pub(super) fn kind(&self, id: &UserId) -> UserId {
        let at = self.people.iter().position(|person| person.id == *id).unwrap();
        UserId::parse(&format!("someone{:03}", self.kinds[at])).unwrap()
    }

    /// One of each: of those who are alike and have done the same, the first does for all.
    pub(super) fn one_of_each(&self, head: &CaseHead, more: bool) -> Vec<&Person> {
        let mut seen = BTreeSet::new();
        let assigned = head.aside.as_ref().and_then(|aside| aside.assigned.as_ref());
        let alike = |(person, kind): &(&Person, &u8)| {
            let decided = head.votes.iter().any(|vote| vote.by == person.id);
            seen.insert((**kind, decided, assigned == Some(&person.id)))
        };
        let all = self.there(more).iter().zip(&self.kinds);
        all.filter(alike).map(|(person, _)| person).collect()
    }
}

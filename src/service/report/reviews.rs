//! Reviews that are still open: what was decided in place of somebody and not read yet (後閲).

use serde::Serialize;

use crate::ports::{CaseFilter, Reviews};
use crate::workflow::{may_review, review_of};

use super::{Desk, rfc3339};

/// A decision in place of others that nobody has read yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenReview {
    /// The case.
    pub case: String,
    /// The seal's name, e.g. 決裁.
    pub seat: String,
    /// Who decided in place of others: user ID.
    pub by: String,
    /// Their name then.
    pub name: String,
    /// When, RFC 3339 in Tokyo time.
    pub at: String,
    /// Business days since.
    pub open_days: i64,
    /// The sum of the case, in yen.
    pub amount_total: u64,
    /// The user IDs of those who may review it.
    pub reviewers: Vec<String>,
}

impl Desk {
    /// Every open review, the oldest first.
    pub fn open_reviews(&self) -> Vec<OpenReview> {
        let today = self.clock.now().date();
        let filter = CaseFilter { reviews: Reviews::Open, ..CaseFilter::default() };
        let mut found = Vec::new();
        for case in self.store.cases(&filter, None, usize::MAX) {
            let Some(definition) = self.definition_of(&case) else { continue };
            let people = self.people_for(&case);
            let may = |person: &&crate::domain::Person| may_review(&case, &definition, person);
            let reviewers: Vec<String> =
                people.iter().filter(may).map(|person| person.id.to_string()).collect();
            for one in case.head.open_reviews() {
                let seat = review_of(&case, &definition, one).map(|(seat, _)| seat.title);
                let item = OpenReview {
                    case: case.head.id.to_string(),
                    seat: seat.unwrap_or_default(),
                    by: one.by.to_string(),
                    name: one.name.clone(),
                    at: rfc3339(one.at),
                    open_days: self.rulebook().calendar.open_days_between(one.at.date(), today),
                    amount_total: case.head.scope.total.get(),
                    reviewers: reviewers.clone(),
                };
                found.push((one.at, item));
            }
        }
        found.sort_by_key(|(at, _)| *at);
        found.into_iter().map(|(_, item)| item).collect()
    }
}

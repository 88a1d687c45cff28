//! Which waiting cases cannot be staffed before their deadline: directory, absences and calendar
//! held against every case. The judging itself is the engine's.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::domain::{BranchCode, Date, Directory};
use crate::ports::CaseFilter;
use crate::workflow::{Days, Place, Shortfall, staffing};

use super::Desk;
use super::people::People;
use super::report::rfc3339;

/// What is to be expected of the coming days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// The first day looked at.
    pub from: String,
    /// The last day looked at.
    pub until: String,
    /// How many waiting cases were looked at.
    pub cases: usize,
    /// Cases that cannot be staffed, soonest deadline first.
    pub shortfalls: Vec<ForecastItem>,
    /// People of the directory who have no login yet, and so cannot decide.
    pub unregistered: Vec<String>,
}

/// A case that cannot be staffed before its deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForecastItem {
    /// The case.
    pub case: String,
    /// The flow's name on papers.
    pub title: String,
    /// The step's name.
    pub step: String,
    /// Until when, RFC 3339 in Tokyo time.
    pub due: String,
    /// The same in a sentence.
    pub sentence: String,
    /// Who is there for the step's seats, by business day.
    pub days: Vec<ForecastDay>,
}

/// Who is there on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForecastDay {
    /// The day.
    pub day: String,
    /// For each seat its name and the user IDs of those who could fill it.
    pub seats: Vec<(String, Vec<String>)>,
}

impl Desk {
    /// Looks at every waiting case whose deadline lies within `days` calendar days.
    ///
    /// `directory` is one that is not in force yet; without it the one in force counts.
    pub fn forecast(&self, days: u16, directory: Option<Directory>) -> Forecast {
        let now = self.clock.now();
        let directory = directory.map_or_else(|| Arc::clone(&self.rulebook().directory), Arc::new);
        let (from, until) = (now.date(), now.date().plus_days(i64::from(days)));
        let mut outlook = Outlook { desk: self, directory, from, until, known: BTreeMap::new() };
        let mut found = Vec::new();
        let mut cases = 0;
        for case in self.store.cases(&CaseFilter::default(), None, usize::MAX) {
            if case.head.status.is_final() {
                continue;
            }
            let due = case.head.due.unwrap_or(now);
            let Some(definition) = self.definition_of(&case).filter(|_| due.date() <= until) else {
                continue;
            };
            cases += 1;
            let days = outlook.days(case.file.desk, &case.file.submitter);
            let facts = (now, self.rulebook().deadline);
            let Some(short) = staffing(&case, &definition, days, facts) else { continue };
            let place = outlook.place(&case.file, short.at);
            let step = definition.step(short.step).map(|step| step.title.clone());
            found.push((
                short.due,
                ForecastItem {
                    case: case.head.id.to_string(),
                    title: definition.title.clone(),
                    step: step.unwrap_or_default(),
                    due: rfc3339(short.due),
                    sentence: short.japanese(&place),
                    days: shown(&short),
                },
            ));
        }
        found.sort_by_key(|(due, _)| *due);
        Forecast {
            from: from.to_string(),
            until: until.to_string(),
            cases,
            shortfalls: found.into_iter().map(|(_, item)| item).collect(),
            unregistered: outlook.unregistered(),
        }
    }
}

fn shown(short: &Shortfall) -> Vec<ForecastDay> {
    let days = short.days.iter().map(|day| {
        let seats = day.seats.iter().map(|(title, people)| {
            (title.clone(), people.iter().map(|person| person.id.to_string()).collect())
        });
        ForecastDay { day: day.day.to_string(), seats: seats.collect() }
    });
    days.collect()
}

/// People of the coming business days, worked out once for each desk and submitter.
struct Outlook<'d> {
    desk: &'d Desk,
    directory: Arc<Directory>,
    from: Date,
    until: Date,
    known: BTreeMap<(BranchCode, String), Days>,
}

impl Outlook<'_> {
    fn days(&mut self, desk: BranchCode, submitter: &str) -> &Days {
        let key = (desk, submitter.to_owned());
        if !self.known.contains_key(&key) {
            let days = self.people(desk, submitter);
            self.known.insert(key.clone(), days);
        }
        self.known.entry(key).or_default()
    }

    fn people(&self, desk: BranchCode, submitter: &str) -> Days {
        let calendar = &self.desk.rulebook().calendar;
        let mut days = Vec::new();
        let mut day = calendar.next_open(self.from);
        while day <= self.until {
            let basis = self.desk.basis_of(Arc::clone(&self.directory), day);
            let people = People::of(self.desk.active_users(), basis);
            days.push((day, people.at(desk, submitter)));
            let next = calendar.add_open_days(day, 1);
            if next <= day {
                break;
            }
            day = next;
        }
        days
    }

    /// The name of the branch or the customer whose people are missing.
    fn place(&self, file: &crate::workflow::CaseFile, at: Place) -> String {
        match at {
            Place::Desk => {
                let code = self.directory.successor_on(file.desk, self.from);
                let branch = self.directory.branch(code, self.from);
                let own = || self.desk.rulebook().answers.desk.branch.clone();
                branch.map_or_else(own, |branch| branch.name.clone())
            }
            Place::Counterparty => "相手".to_owned(),
            Place::Submitter => {
                let record = self.desk.store.file(file.receipt);
                record.map_or_else(String::new, |record| record.submitter.name)
            }
        }
    }

    fn unregistered(&self) -> Vec<String> {
        let postings = self.directory.postings.iter();
        let coming = postings.filter(|one| one.term.until.is_none_or(|last| last >= self.from));
        let ids = coming.filter(|one| self.desk.store.user(&one.user).is_none());
        let ids: std::collections::BTreeSet<String> = ids.map(|one| one.user.to_string()).collect();
        ids.into_iter().collect()
    }
}

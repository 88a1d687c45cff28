//! What is done at set times, each moment once: a restart neither repeats nor forgets one.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use tracing::{info, warn};

use crate::domain::{BranchCode, Timestamp};
use crate::ports::{CaseFilter, Entry, Fate, Parcel, Stage, StoreError, Trouble, Unkept};
use crate::render::pdf;
use crate::render::view::{Desk as ViewDesk, WaitingItem, WaitingListView};
use crate::workflow::{Case, Firing, Job, Schedule};

use super::Desk;
use super::report::Waiting;

/// How long after a failure the same moment is tried again.
const AGAIN_MS: i64 = 60_000;

/// What is done at a set time was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    /// It cannot be done; a person must look.
    #[error("{0:?}")]
    Trouble(Trouble),
    /// The store failed: the program stops.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Trouble> for Failed {
    fn from(why: Trouble) -> Self {
        Self::Trouble(why)
    }
}

impl Desk {
    /// Carries out every schedule whose time has come; answers how many.
    ///
    /// A schedule that was never seen begins now: nothing before counts as missed. What a moment
    /// makes has its name, so that a stop before the journal knows of it makes nothing twice.
    pub fn run_schedules(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let mut done = 0;
        let rulebook = self.rulebook();
        for schedule in &rulebook.schedules {
            let Some(last) = self.store.last_run(&schedule.id) else {
                self.ran(schedule, now, now)?;
                continue;
            };
            let Some(firing) = schedule.due(last, now, &rulebook.calendar) else { continue };
            match firing {
                Firing::Skip(at) => {
                    info!(outcome = "skipped", step = %schedule.id, "a set time was missed");
                    self.ran(schedule, at, now)?;
                }
                Firing::Run(at) if self.carry_out(schedule, (last, at), now)? => {
                    self.ran(schedule, at, now)?;
                    done += 1;
                }
                Firing::Run(_) => {}
            }
        }
        Ok(done)
    }

    fn ran(&self, schedule: &Schedule, at: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        self.commit_entries(now, vec![Entry::Ran { schedule: schedule.id.clone(), at }])
    }

    /// Whether it is done for the time since `last`; a failure is tried again a minute later, and
    /// journaled when it is another than before.
    fn carry_out(
        &self,
        schedule: &Schedule,
        (last, at): (Timestamp, Timestamp),
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let held = || self.schedule_again.lock().unwrap_or_else(PoisonError::into_inner);
        if held().get(&schedule.id).is_some_and(|again| *again > now) {
            return Ok(false);
        }
        let outcome = match schedule.job {
            Job::WaitingList => self.waiting_lists(at),
            Job::FeeRun => self.fee_run(at),
            Job::DueReminders => self.due_reminders(last, at),
            Job::DailyReport => self.write_daily_reports(at),
        };
        match outcome {
            Ok(()) => {
                held().remove(&schedule.id);
                info!(outcome = "done", step = %schedule.id, "a set time was kept");
                Ok(true)
            }
            Err(Failed::Store(failed)) => Err(failed),
            Err(Failed::Trouble(why)) => {
                warn!(step = %schedule.id, error = ?why, "a set time could not be kept");
                held().insert(schedule.id.clone(), now.plus_ms(AGAIN_MS));
                self.not_kept(schedule, (at, now), why)?;
                Ok(false)
            }
        }
    }

    /// Journals why a set time could not be kept, once for each reason.
    fn not_kept(
        &self,
        schedule: &Schedule,
        (at, now): (Timestamp, Timestamp),
        why: Trouble,
    ) -> Result<(), StoreError> {
        let known = self.store.unkept();
        if known.get(&schedule.id).is_some_and(|still| still.why.is_again(&why)) {
            return Ok(());
        }
        let unkept = Unkept { schedule: schedule.id.clone(), at, why };
        self.commit_entries(now, vec![Entry::Unkept(Box::new(unkept))])
    }

    /// Writes the waiting list of each branch for the moment `at`; what is there already stays.
    fn waiting_lists(&self, at: Timestamp) -> Result<(), Failed> {
        let waiting = self.waiting_by_branch();
        let mut parcels = Vec::new();
        for branch in self.branches() {
            let path = list_path(branch, at);
            if self.outbox.find(&path).is_none() {
                let cases = waiting.iter().filter(|(desk, _)| *desk == branch);
                let cases: Vec<&Case> = cases.map(|(_, case)| case).collect();
                let view = self.waiting_list(branch, &cases);
                let made = pdf::waiting_list(&view, &self.rulebook().answers.words);
                let made = made.map_err(|failed| Trouble::Paper(failed.to_string()))?;
                parcels.push(Parcel::new(path, made.bytes));
            }
        }
        self.put_out(&parcels)
    }

    /// Writes parcels to the outbox, all of them or with the first reason why not.
    pub(super) fn put_out(&self, parcels: &[Parcel]) -> Result<(), Failed> {
        let why = |fate: Fate| match fate {
            Fate::Delivered => None,
            Fate::Later(why) | Fate::Never(why) | Fate::Unsure(why) => Some(Trouble::Outbox(why)),
        };
        let staged: Result<Vec<_>, Fate> = self.outbox.stage(parcels).into_iter().collect();
        let staged = staged.map_err(|fate| why(fate).unwrap_or(Trouble::Outbox(String::new())))?;
        let failed = self.outbox.publish(&staged).into_iter().find_map(why);
        failed.map_or(Ok(()), |why| Err(why.into()))
    }

    /// Every branch that has a desk today, by code.
    pub(super) fn branches(&self) -> BTreeSet<BranchCode> {
        let today = self.clock.now().date();
        let directory = &self.rulebook().directory;
        let rules = self.rulebook();
        let desks = rules.submitters.iter().map(|one| one.desk);
        let listed = directory.branches.iter().filter(|branch| branch.term.holds(today));
        let all = desks.chain(listed.map(|branch| branch.code));
        all.map(|code| directory.successor_on(code, today)).collect()
    }

    /// What waits, with the branch that has its desk today, soonest deadline first.
    fn waiting_by_branch(&self) -> Vec<(BranchCode, Case)> {
        let today = self.clock.now().date();
        let filter = CaseFilter { stage: Stage::Open, ..CaseFilter::default() };
        let open = self.store.cases(&filter, None, usize::MAX).into_iter();
        let mut all: Vec<(BranchCode, Case)> = open
            .map(|case| (self.rulebook().directory.successor_on(case.file.desk, today), case))
            .collect();
        all.sort_by_key(|(_, case)| (case.head.due.is_none(), case.head.due));
        all
    }

    /// Who answers for a branch, with its own name and telephone number.
    pub(super) fn desk_of_branch(&self, branch: BranchCode) -> ViewDesk {
        let mut desk = self.rulebook().answers.desk.clone();
        let today = self.clock.now().date();
        if let Some(known) = self.rulebook().directory.branch(branch, today) {
            desk.branch.clone_from(&known.name);
            desk.phone.clone_from(&known.phone);
        }
        desk
    }

    fn waiting_list(&self, branch: BranchCode, cases: &[&Case]) -> WaitingListView {
        let now = self.clock.now();
        let directory = &self.rulebook().directory;
        let desk = self.desk_of_branch(branch);
        let others = directory.branches.iter().filter(|one| one.term.holds(now.date()));
        let mut phones: Vec<(String, String)> =
            others.map(|one| (one.name.clone(), one.phone.clone())).collect();
        let own = (desk.branch.clone(), desk.phone.clone());
        phones.retain(|one| *one != own);
        phones.insert(0, own);
        WaitingListView {
            desk,
            code: branch.to_string(),
            at: now,
            items: cases.iter().filter_map(|case| self.waiting_item(case)).collect(),
            phones,
        }
    }

    fn waiting_item(&self, case: &Case) -> Option<WaitingItem> {
        let file = self.store.file(case.file.receipt)?;
        let people = self.people_for(case);
        let waiting = self.waiting_for(case, &people).unwrap_or_default();
        let seats: Vec<&str> = waiting.iter().map(|seat| seat.seat.as_str()).collect();
        let name = |id: &String| {
            let person = people.iter().find(|person| person.id.as_str() == id);
            person.map_or_else(|| id.clone(), |person| person.name.clone())
        };
        let whom = |seat: &Waiting| seat.people.iter().map(name).collect::<Vec<_>>();
        let mut names: Vec<String> = Vec::new();
        for one in waiting.iter().flat_map(whom) {
            if !names.contains(&one) {
                names.push(one);
            }
        }
        Some(WaitingItem {
            case: case.head.id.to_string(),
            submitter: file.submitter.name,
            title: self.definition_of(case)?.title.clone(),
            count: case.head.scope.rows,
            total: case.head.scope.total,
            deadline: case.head.due,
            is_late: case.head.clock().is_some_and(|clock| clock.is_missed(self.clock.now())),
            status: case.head.status.japanese().to_owned(),
            seat: seats.join("・"),
            people: names,
        })
    }
}

/// `branches/001/waiting_list_20261201-0830.pdf`.
fn list_path(branch: BranchCode, at: Timestamp) -> String {
    let (hour, minute) = at.hour_minute();
    let day = at.date().yyyymmdd();
    format!("branches/{branch}/waiting_list_{day}-{hour:02}{minute:02}.pdf")
}

//! The sums of a day: facts in, pages out. Pure.

use std::collections::BTreeMap;

use crate::domain::{BranchCode, YenTotal};
use crate::render::daily::{DueItem, Figure, Figures, FileFigures, IncidentItem, KindFigures};
use crate::workflow::Status;

/// How many cases with a near deadline, and how many incidents, a page lists.
pub(super) const LISTED: usize = 100;

/// One thing that counts at a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fact {
    /// Records came, went on or ended, or wait.
    Counted {
        /// The flow's name on papers.
        title: String,
        /// What happened.
        what: Counted,
        /// How many and how much.
        figure: Figure,
    },
    /// A file came.
    File(FileFigures),
    /// A case's deadline is near or over, or it is set aside.
    Due(DueItem),
    /// A person must look.
    Incident(IncidentItem),
}

/// What happened to records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    Received,
    Approved,
    Recorded,
    Errored,
    Refused,
    Waiting(Status),
}

/// What a page holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) files: FileFigures,
    kinds: BTreeMap<String, Figures>,
    waiting: BTreeMap<Status, Figure>,
    pub(super) due: Figure,
    due_items: Vec<DueItem>,
    pub(super) incident_count: u64,
    incidents: Vec<IncidentItem>,
}

/// The pages of all branches (none) and of each, being filled.
#[derive(Debug)]
pub(super) struct Pages(BTreeMap<Option<BranchCode>, Page>);

impl Pages {
    /// An empty page for each branch and one for all.
    pub(super) fn new(branches: impl IntoIterator<Item = BranchCode>) -> Self {
        let codes = branches.into_iter().map(Some).chain([None]);
        Self(codes.map(|code| (code, Page::default())).collect())
    }

    /// Counts a fact at its branch and among all; one of no branch is on every page.
    pub(super) fn add(&mut self, branch: Option<BranchCode>, fact: Fact) {
        if branch.is_none() {
            self.0.values_mut().for_each(|page| page.add(fact.clone()));
            return;
        }
        self.0.entry(branch).or_default().add(fact.clone());
        self.0.entry(None).or_default().add(fact);
    }

    /// The pages, with what is most urgent first.
    pub(super) fn finish(mut self) -> BTreeMap<Option<BranchCode>, Page> {
        self.0.values_mut().for_each(Page::cut);
        self.0
    }
}

impl Page {
    fn add(&mut self, fact: Fact) {
        match fact {
            Fact::Counted { title, what, figure } => {
                let figures = self.kinds.entry(title).or_default();
                add(figures.of(what), figure);
                if let Counted::Waiting(status) = what {
                    add(self.waiting.entry(status).or_default(), figure);
                }
            }
            Fact::File(file) => {
                let sum = &mut self.files;
                sum.received = sum.received.saturating_add(file.received);
                sum.rejected = sum.rejected.saturating_add(file.rejected);
                sum.held = sum.held.saturating_add(file.held);
                sum.bad_records = sum.bad_records.saturating_add(file.bad_records);
            }
            Fact::Due(item) => {
                add(&mut self.due, item.figure);
                self.due_items.push(item);
            }
            Fact::Incident(item) => {
                self.incident_count = self.incident_count.saturating_add(1);
                self.incidents.push(item);
            }
        }
    }

    /// Puts what is most urgent first and keeps what is listed.
    fn cut(&mut self) {
        self.due_items.sort_by_key(|item| {
            (item.urgency, item.deadline.is_none(), item.deadline, item.case.clone())
        });
        self.due_items.truncate(LISTED);
        self.incidents.sort_by_key(|item| (item.kind, item.since, item.name.clone()));
        self.incidents.truncate(LISTED);
    }

    /// The kinds by name, and the sum of all.
    pub(super) fn kinds(&self) -> (Vec<KindFigures>, Figures) {
        let mut sum = Figures::default();
        for figures in self.kinds.values() {
            add(&mut sum.received, figures.received);
            add(&mut sum.approved, figures.approved);
            add(&mut sum.recorded, figures.recorded);
            add(&mut sum.errored, figures.errored);
            add(&mut sum.refused, figures.refused);
            add(&mut sum.waiting, figures.waiting);
        }
        let kinds = self.kinds.iter();
        let kinds =
            kinds.map(|(title, figures)| KindFigures { title: title.clone(), figures: *figures });
        (kinds.collect(), sum)
    }

    /// What waits, by the word for where it stands.
    pub(super) fn waiting(&self) -> Vec<(&'static str, Figure)> {
        self.waiting.iter().map(|(status, figure)| (status.japanese(), *figure)).collect()
    }

    /// What is listed: cases with a near deadline, and incidents.
    pub(super) fn listed(self) -> (Vec<DueItem>, Vec<IncidentItem>) {
        (self.due_items, self.incidents)
    }
}

impl Figures {
    const fn of(&mut self, what: Counted) -> &mut Figure {
        match what {
            Counted::Received => &mut self.received,
            Counted::Approved => &mut self.approved,
            Counted::Recorded => &mut self.recorded,
            Counted::Errored => &mut self.errored,
            Counted::Refused => &mut self.refused,
            Counted::Waiting(_) => &mut self.waiting,
        }
    }
}

fn add(sum: &mut Figure, more: Figure) {
    sum.count = sum.count.saturating_add(more.count);
    sum.total = YenTotal::new(sum.total.get().saturating_add(more.total.get()));
}

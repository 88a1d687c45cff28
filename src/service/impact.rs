//! What a change of rules would have done to past cases. It reads and stores nothing.

use std::sync::Arc;

use serde::Serialize;

use crate::domain::{CaseId, Date, Digest, YenTotal};
use crate::ports::{CaseFilter, FileRecord};
use crate::workflow::expr::Value;
use crate::workflow::impact::{
    Impact, PastCase, Regime, Rerouted, SeatChange, Surroundings, impact,
};
use crate::workflow::{Case, Definition, Flow, GATHERED};

use super::gather::Gathered;
use super::{Desk, Rulebook};

/// What a change of one flow would have done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlowImpact {
    /// The flow's id.
    pub workflow: String,
    /// Its name on papers.
    pub title: String,
    /// The definition it would have changed from.
    pub from: String,
    /// The definition it would have changed to.
    pub to: String,
    /// The first day that was looked at.
    pub since: String,
    /// What it would have done.
    #[serde(flatten)]
    pub impact: Impact,
}

impl FlowImpact {
    /// The impact in sentences, a line each.
    pub fn japanese(&self) -> Vec<String> {
        let Self { workflow, title, from, to, since, impact } = self;
        let short = |hash: &str| hash.chars().take(8).collect::<String>();
        let (cases, changed) = (impact.cases, impact.changed.len());
        let mut lines = vec![
            format!("流れ {workflow}（{title}）の定義 {} → {}", short(from), short(to)),
            format!("{since} 以降の {cases} 件のうち、承認の道か日数が変わるもの {changed} 件"),
        ];
        lines.extend(impact.changed.iter().flat_map(told));
        lines
    }
}

/// A re-routed case, a line each for what changes.
fn told(one: &Rerouted) -> Vec<String> {
    let mut lines = vec![format!("  {}  {}円", one.case, YenTotal::new(one.amount_total))];
    for (word, changes) in [("加わる", &one.added), ("外れる", &one.removed)] {
        for SeatChange { step, seat, n, people, .. } in changes {
            let people =
                if people.is_empty() { "該当者なし".to_owned() } else { people.join("、") };
            lines.push(format!("    {word}: {step} {seat} {n}名（{people}）"));
        }
    }
    if one.days != 0 {
        lines.push(format!("    営業日: {:+}日", one.days));
    }
    if one.misses_deadline {
        lines.push("    承認期限を過ぎます".to_owned());
    }
    lines
}

/// Why a definition is not found by the beginning of its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoDefinition {
    /// Fewer than eight digits, or no hexadecimal ones.
    TooShort,
    /// No definition of the flow begins so.
    Unknown,
    /// More than one does.
    Several,
}

/// Days looked back where nobody says since when.
const YEAR_DAYS: i64 = 365;

impl Desk {
    /// The first day that is looked at where nobody says: a year ago.
    pub fn year_ago(&self) -> Date {
        self.clock.now().date().plus_days(-YEAR_DAYS)
    }

    /// A definition of a flow by at least eight digits of its hash: in force, to come, or one
    /// that a case ran by.
    pub fn definition_by_prefix(
        &self,
        flow: &str,
        prefix: &str,
    ) -> Result<Arc<Definition>, NoDefinition> {
        let prefix = prefix.to_ascii_lowercase();
        if prefix.len() < 8 || !prefix.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(NoDefinition::TooShort);
        }
        let rules = self.rulebook();
        let here = rules.flows.get(flow).into_iter().flatten().map(|flow| flow.definition.hash);
        let files = self.store.files(&|_| true, usize::MAX);
        let ran = files.iter().flat_map(|file| &file.flows);
        let ran = ran.filter(|opened| opened.workflow == flow).map(|opened| opened.definition);
        let moved = self.store.cases(&CaseFilter::default(), None, usize::MAX);
        let moved = moved.iter().filter_map(Case::definition);
        let mut hashes: Vec<Digest> = here.chain(ran).chain(moved).collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.retain(|hash| hash.to_string().starts_with(&prefix));
        let mut found: Vec<_> =
            hashes.into_iter().filter_map(|hash| self.definition(hash)).collect();
        found.retain(|definition| definition.id == flow);
        match (found.pop(), found.is_empty()) {
            (None, _) => Err(NoDefinition::Unknown),
            (Some(_), false) => Err(NoDefinition::Several),
            (Some(definition), true) => Ok(definition),
        }
    }

    /// What another definition of a flow would have done to its cases since a day.
    pub fn impact(&self, from: &Definition, to: &Definition, since: Date) -> FlowImpact {
        let rules = self.rulebook();
        let calendar = &rules.calendar;
        let from = Regime { definition: from, calendar };
        self.impact_between(from, Regime { definition: to, calendar }, since)
    }

    /// What other rules would have done to the cases of every flow they change, since a day.
    pub(super) fn impact_of(
        &self,
        before: &Rulebook,
        after: &Rulebook,
        since: Date,
    ) -> Vec<FlowImpact> {
        let today = self.clock.now().date();
        let same_days = (0..YEAR_DAYS * 2).all(|day| {
            let day = since.plus_days(day);
            before.calendar.is_open(day) == after.calendar.is_open(day)
        });
        let latest = |flows: &[Flow]| {
            let newest = flows.iter().max_by_key(|flow| flow.definition.effective_from);
            newest.map(|flow| Arc::clone(&flow.definition))
        };
        let mut impacts = Vec::new();
        for (id, flows) in &after.flows {
            let (Some(old), Some(new)) = (before.flow(id, today), latest(flows)) else { continue };
            if old.definition.hash == new.hash && same_days {
                continue;
            }
            let from = Regime { definition: &old.definition, calendar: &before.calendar };
            let to = Regime { definition: &new, calendar: &after.calendar };
            impacts.push(self.impact_between(from, to, since));
        }
        impacts
    }

    fn impact_between(&self, from: Regime<'_>, to: Regime<'_>, since: Date) -> FlowImpact {
        let people: Vec<_> = self.active_users().into_iter().map(|user| user.person).collect();
        let cases = self.past_cases(to, since);
        let around = Surroundings { people: &people, deadline: self.rulebook().deadline };
        FlowImpact {
            workflow: to.definition.id.clone(),
            title: to.definition.title.clone(),
            from: from.definition.hash.to_string(),
            to: to.definition.hash.to_string(),
            since: since.to_string(),
            impact: impact(&cases, from, to, around),
        }
    }

    /// The cases of a flow that came since a day, with what a definition asks of their rows.
    fn past_cases(&self, to: Regime<'_>, since: Date) -> Vec<PastCase> {
        let mine = |file: &FileRecord| {
            file.received_at.date() >= since
                && file.flows.iter().any(|flow| flow.workflow == to.definition.id)
        };
        let mut past = Vec::new();
        for file in self.store.files(&mine, usize::MAX) {
            let filter = CaseFilter { receipt: Some(file.receipt), ..CaseFilter::default() };
            for case in self.store.cases(&filter, None, usize::MAX) {
                if flow_of(&file, case.head.id).is_some_and(|id| id == to.definition.id) {
                    let gathered = self.gathered_of(&file, &case, to);
                    past.push(PastCase { case, received_at: file.received_at, gathered });
                }
            }
        }
        past
    }

    /// What a definition asks of a case's rows and the case did not keep; read from the rows.
    pub(super) fn gathered_of(
        &self,
        file: &FileRecord,
        case: &Case,
        to: Regime<'_>,
    ) -> Vec<(String, Value)> {
        let asked = to.definition.asks();
        let kept = case.head.aside.iter().flat_map(|aside| &aside.values);
        let kept: Vec<&str> = kept.map(|(name, _)| name.as_str()).collect();
        if GATHERED.iter().all(|name| !asked.contains(name) || kept.contains(name)) {
            return Vec::new();
        }
        // A record file that was erased tells nothing any more.
        let rows = self.case_rows(file, case, usize::MAX).unwrap_or_default();
        let customers = &self.store.customers();
        let gathered =
            rows.iter().map(|row| Gathered::of(&row.request, customers)).reduce(Gathered::and);
        let values = gathered.map(|gathered| gathered.values(to.definition, to.calendar));
        values.unwrap_or_default()
    }
}

fn flow_of(file: &FileRecord, case: CaseId) -> Option<&str> {
    super::answers::flow_of(file, case).map(|flow| flow.workflow.as_str())
}

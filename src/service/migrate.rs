//! Moving waiting cases to another definition of their flow.

use std::sync::Arc;

use serde::Serialize;
use tracing::info;

use crate::domain::UserId;
use crate::ports::{CaseFilter, StoreError};
use crate::workflow::impact::Regime;
use crate::workflow::{Action, Case, Command, CommandId, Decision, Definition, Event, Refusal};

use super::answers::flow_of;
use super::{DecideError, Desk};

/// What is to be moved.
#[derive(Debug, Clone)]
pub struct Migrating {
    /// The definition the cases run by.
    pub from: Arc<Definition>,
    /// The one they go on by.
    pub to: Arc<Definition>,
    /// Steps that have another name there: old and new.
    pub map: Vec<(String, String)>,
    /// Who moves them; two people where publication takes two.
    pub by: Vec<UserId>,
}

/// What a migration did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Migrated {
    /// Cases that go on by the other definition.
    pub moved: Vec<MovedCase>,
    /// Cases that stay as they are.
    pub left: Vec<LeftCase>,
}

/// A case that goes on by the other definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MovedCase {
    /// The case id.
    pub case: String,
    /// The step it was at.
    pub from: String,
    /// The step it is at.
    pub to: String,
    /// Whose votes count on.
    pub kept: Vec<String>,
    /// Whose votes do not.
    pub voided: Vec<String>,
}

/// A case that stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftCase {
    /// The case id.
    pub case: String,
    /// Why, in Japanese.
    pub ja: String,
    /// Why, in English.
    pub en: String,
}

/// How often a case is decided on again when people move it meanwhile.
const TRIES_MAX: usize = 8;

impl Desk {
    /// Moves every waiting case of one definition to another; or tells what that would do.
    pub fn migrate(&self, migrating: &Migrating, run: Run) -> Result<Migrated, StoreError> {
        if run == Run::Real {
            // A case finds its definition for as long as it runs.
            self.keep(migrating.to.source.pinned().as_bytes())?;
            self.blobs.sync().map_err(|error| StoreError::Poisoned(error.to_string()))?;
        }
        let mut done = Migrated::default();
        for case in self.store.cases(&CaseFilter::default(), None, usize::MAX) {
            if case.definition() != Some(migrating.from.hash) || case.head.status.is_final() {
                continue;
            }
            let id = case.head.id.to_string();
            match self.migrate_one(case, migrating, run) {
                Ok((was, decision)) => done.moved.push(told(&was, migrating, &decision)),
                Err(DecideError::Refused(refusal)) => {
                    let (ja, en) = (refusal_ja(&refusal), refusal.to_string());
                    done.left.push(LeftCase { case: id, ja, en });
                }
                Err(DecideError::Store(failed)) => return Err(failed),
                Err(other) => {
                    let ja = "ほかの方が操作中です。もう一度お試しください。".to_owned();
                    done.left.push(LeftCase { case: id, ja, en: other.to_string() });
                }
            }
        }
        if run == Run::Real {
            info!(n_rows = done.moved.len(), "cases go on by another definition");
        }
        Ok(done)
    }

    fn migrate_one(
        &self,
        mut case: Case,
        migrating: &Migrating,
        run: Run,
    ) -> Result<(Case, Decision), DecideError> {
        let id = case.head.id;
        for _ in 0..TRIES_MAX {
            let command = Command {
                id: CommandId::of(&format!(
                    "migrate {id} {} {}",
                    case.head.version, migrating.to.hash
                )),
                action: self.moving(&case, migrating),
            };
            let (decision, now) = self.decide_on(&case, &migrating.to, None, &command)?;
            if run == Run::Dry
                || self.commit_decision(&case, command.id, decision.clone(), (now, Vec::new()))?
            {
                return Ok((case, decision));
            }
            case = self.store.case(id).ok_or(DecideError::Unknown(id))?;
        }
        Err(DecideError::Busy)
    }

    fn moving(&self, case: &Case, migrating: &Migrating) -> Action {
        let rules = self.rulebook();
        let to = Regime { definition: &migrating.to, calendar: &rules.calendar };
        let file = self.store.file(case.file.receipt);
        // A case may come from a file whose rows were erased: what is not known is not asked.
        let file = file.filter(|file| flow_of(file, case.head.id).is_some());
        Action::Migrate {
            from: Arc::clone(&migrating.from),
            map: migrating.map.clone(),
            gathered: file.map(|file| self.gathered_of(&file, case, to)).unwrap_or_default(),
            by: migrating.by.clone(),
        }
    }
}

/// Whether a migration is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// It only tells what it would do.
    Dry,
    /// It is carried out.
    Real,
}

fn refusal_ja(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotWaiting(status) => {
            format!("「{}」の案件は、いまの定義のまま進みます。", status.japanese())
        }
        other => other.japanese(),
    }
}

fn told(was: &Case, migrating: &Migrating, decision: &Decision) -> MovedCase {
    let title = |definition: &Definition, step: u8| {
        definition.step(step).map(|step| step.title.clone()).unwrap_or_default()
    };
    let mut moved = MovedCase {
        case: was.head.id.to_string(),
        from: title(&migrating.from, was.head.step),
        to: String::new(),
        kept: Vec::new(),
        voided: Vec::new(),
    };
    for event in &decision.events {
        if let Event::Migrated(migration) = event {
            moved.voided = migration.voided.iter().map(|vote| vote.name.clone()).collect();
            let kept = was.head.approvals().filter(|vote| !migration.voided.contains(vote));
            moved.kept = kept.map(|vote| vote.name.clone()).collect();
        }
        if let Event::Entered { step, .. } | Event::Unstaffed { step, .. } = event {
            moved.to = title(&migrating.to, *step);
        }
    }
    moved
}

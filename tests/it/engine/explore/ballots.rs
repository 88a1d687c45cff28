//! What people ask of a case as it stands.

use kessai::domain::{Digest, YenTotal};
use kessai::workflow::{Action, Carving, Case, CaseHead, Deed, Definition, Scope, VoteKind, Way};

/// The ballots for a case as it stands.
pub(super) struct Ballots {
    digest: Digest,
    task_version: u32,
    /// Where the open step may send it back to.
    pub(super) targets: Vec<String>,
}

impl Ballots {
    pub(super) fn at(flow: &Definition, case: &Case, digest: Digest) -> Self {
        let step = flow.approval(case.head.step);
        let targets = step.map_or(&[][..], |approve| &approve.return_to.targets);
        Self {
            digest,
            task_version: case.head.task_version,
            targets: targets.iter().map(|target| flow.target_name(*target)).collect(),
        }
    }

    pub(super) fn of(&self, kind: VoteKind, back_to: Option<String>) -> Action {
        Action::Vote {
            kind,
            digest: self.digest,
            task_version: self.task_version,
            shown_at: None,
            reason: "理由".to_owned(),
            back_to,
            entry: Vec::new(),
            way: Way::Screen,
        }
    }
}

pub(super) fn doing(deed: Deed) -> Action {
    Action::Do { deed, text: "理由".to_owned() }
}

/// One line of the batch, with what is to become of it.
pub(super) fn carving(head: &CaseHead, action: Action) -> Option<Carving> {
    let whole = head.scope;
    if whole.rows < 2 || head.id.row.is_some() {
        return None;
    }
    let row = (1..=head.scope.rows + 1).find(|row| !head.carved().contains(row))?;
    let part = whole.total.get() / u64::from(whole.rows);
    let line = Scope { rows: 1, total: YenTotal::new(part), ..whole };
    let total = YenTotal::new(whole.total.get() - part);
    let rest = Scope { rows: whole.rows - 1, total, ..whole };
    Some(Carving { rows: vec![(row, line)], rest, action: Box::new(action) })
}

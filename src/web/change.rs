//! A changed rule, or contracts that are applied for, on the page of its case: the texts side by
//! side, the proof, the impact.

use serde::Serialize;

use crate::render::diff::{excerpt, rows};
use crate::service::ProposalView;

/// Same lines shown around a change.
const CONTEXT: usize = 5;

/// What two people are asked to approve.
#[derive(Serialize)]
pub(super) struct Change {
    /// Whether it is about contracts of customers, not about the bank's own rules.
    of_contract: bool,
    kind: &'static str,
    place: String,
    effective: String,
    is_new: bool,
    lines: Vec<Line>,
    proof: Vec<String>,
    impact: Vec<String>,
}

/// A row of the comparison; one without any line stands for lines left out.
#[derive(Serialize, Default)]
struct Line {
    old: Option<(usize, String)>,
    new: Option<(usize, String)>,
    mark: &'static str,
    word: &'static str,
}

pub(super) fn change(view: ProposalView) -> Change {
    let shown = excerpt(rows(&view.old, &view.new), CONTEXT).into_iter().map(|row| {
        let Some(row) = row else { return Line::default() };
        let (mark, word) = match (&row.old, &row.new) {
            _ if !row.changed => ("", ""),
            (None, _) => ("＋", "追加"),
            (_, None) => ("－", "削除"),
            _ => ("●", "変更"),
        };
        Line { old: row.old, new: row.new, mark, word }
    });
    Change {
        of_contract: view.proposal.kind.is_contract(),
        kind: view.proposal.kind.japanese(),
        effective: view.proposal.effective(),
        is_new: view.proposal.base.is_none(),
        lines: shown.collect(),
        place: view.proposal.place,
        proof: view.proposal.proof,
        impact: view.proposal.impact,
    }
}

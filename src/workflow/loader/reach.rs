//! Which steps some way leads to.

use std::collections::BTreeSet;

use crate::workflow::{Definition, Exit, ReturnTarget, Step, StepKind};

/// The steps no way leads to, whatever a case is and whoever decides.
pub(super) fn unreached(definition: &Definition) -> Vec<&Step> {
    let mut reached = BTreeSet::new();
    let mut ahead = vec![0_u8];
    while let Some(at) = ahead.pop() {
        if definition.step(at).is_some() && reached.insert(at) {
            ahead.extend(ways(definition, at));
        }
    }
    let steps = (0_u8..).zip(&definition.steps);
    steps.filter(|(at, _)| !reached.contains(at)).map(|(_, step)| step).collect()
}

/// Every step that may come next after `at`.
pub(super) fn ways(definition: &Definition, at: u8) -> Vec<u8> {
    let Some(step) = definition.step(at) else { return Vec::new() };
    let onward = definition.after(at);
    let exit = |exit: Exit| match exit {
        Exit::Next => Some(onward),
        Exit::Step(to) => Some(to),
        Exit::Incident => None,
    };
    let mut ways = Vec::new();
    // What is not for every case is passed by.
    if step.when.is_some() {
        let inner = definition.parallel(at).map(|parallel| parallel.after);
        ways.push(inner.unwrap_or(at.saturating_add(1)));
    }
    match &step.kind {
        StepKind::End(_) => {}
        StepKind::Wait(wait) => {
            ways.extend([wait.ok, wait.ng, wait.late].into_iter().filter_map(exit));
            // A person who looks at an incident lets it go on as if all were well.
            ways.extend(exit(wait.ok));
        }
        StepKind::Parallel(parallel) => {
            ways.extend(parallel.branches.iter().map(|(first, _)| *first));
            ways.push(onward);
        }
        StepKind::Approve(approve) => {
            ways.push(onward);
            ways.extend(approve.return_to.targets.iter().filter_map(|target| match target {
                ReturnTarget::Seat { step, .. } => Some(*step),
                ReturnTarget::Close | ReturnTarget::Submitter => None,
            }));
        }
        StepKind::Check(_) | StepKind::Decide(_) | StepKind::Emit(_) => ways.push(onward),
    }
    ways
}

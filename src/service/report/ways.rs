//! The ways from station to station of a flow, to be drawn.

use crate::render::draw::{Edge, EdgeKind};
use crate::render::words::Words;
use crate::workflow::{Definition, Exit, Step, StepKind};

/// Every way on of a flow; station 0 is the intake, station n the n-th step.
pub(super) fn ways_on(definition: &Definition, words: &Words) -> Vec<Edge> {
    let mut edges = vec![way(0, 1, "", EdgeKind::Next)];
    for (at, step) in (0_u8..).zip(&definition.steps) {
        edges.extend(from_step(definition, (at, step), words));
    }
    // Past a run of steps that are not for every case.
    let mut before = 0;
    for (to, step) in (1..).zip(&definition.steps) {
        if step.when.is_some() || in_branch(definition, to) {
            continue;
        }
        let plain = (before + 1..to).all(|at| is_passed_by(definition, at));
        if to - before > 1 && plain {
            edges.push(way(before, to, words.get("route.otherwise"), EdgeKind::Branch));
        }
        before = to;
    }
    edges
}

/// The ways on from one step, were it not passed by.
fn from_step(definition: &Definition, (at, step): (u8, &Step), words: &Words) -> Vec<Edge> {
    let from = station(at);
    let onward = station(onward(definition, at));
    let on = |to: usize, label: &str| {
        let kind = match to {
            _ if to == from + 1 => EdgeKind::Next,
            _ if to < from => EdgeKind::Back,
            _ => EdgeKind::Branch,
        };
        way(from, to, label, kind)
    };
    let exit = |exit: Exit, label: &str| match exit {
        Exit::Next => Some(on(onward, "")),
        Exit::Step(to) => Some(on(station(to), label)),
        Exit::Incident => None,
    };
    match &step.kind {
        StepKind::End(_) => Vec::new(),
        StepKind::Parallel(parallel) => {
            let firsts = parallel.branches.iter().map(|(first, _)| station(*first));
            firsts.map(|first| on(first, words.get("route.parallel"))).collect()
        }
        StepKind::Wait(wait) => {
            let mut edges: Vec<Edge> = exit(wait.ok, "").into_iter().collect();
            if wait.ng != wait.ok {
                edges.extend(exit(wait.ng, words.get("route.exit_ng")));
            }
            if wait.late != wait.ok && wait.late != wait.ng {
                edges.extend(exit(wait.late, words.get("route.exit_late")));
            }
            edges
        }
        StepKind::Check(_) | StepKind::Decide(_) | StepKind::Approve(_) | StepKind::Emit(_) => {
            if onward <= definition.steps.len() {
                vec![on(onward, "")]
            } else {
                Vec::new()
            }
        }
    }
}

/// The step that follows; the last one of a branch leads to where all branches meet.
fn onward(definition: &Definition, at: u8) -> u8 {
    let next = definition.after(at);
    let parallels = definition.steps.iter().filter_map(|step| step.kind.parallel());
    let ends = |(first, end): &(u8, u8)| (*first..*end).contains(&at) && next == *end;
    let mut meets = parallels.filter(|parallel| parallel.branches.iter().any(ends));
    meets.next().map_or(next, |parallel| parallel.after)
}

/// Whether a case may pass by a station without anything happening there.
fn is_passed_by(definition: &Definition, at: usize) -> bool {
    let step = at.checked_sub(1).and_then(|at| definition.steps.get(at));
    step.is_some_and(|step| step.when.is_some() && step.next.is_none())
}

fn in_branch(definition: &Definition, at: usize) -> bool {
    let Some(step) = at.checked_sub(1).and_then(|at| u8::try_from(at).ok()) else { return false };
    let mut parallels = definition.steps.iter().filter_map(|other| other.kind.parallel());
    parallels
        .any(|found| (found.branches.iter()).any(|(first, end)| (*first..*end).contains(&step)))
}

fn station(step: u8) -> usize {
    usize::from(step) + 1
}

fn way(from: usize, to: usize, label: &str, kind: EdgeKind) -> Edge {
    Edge { from, to, label: label.to_owned(), kind }
}

//! Every way a case can go on the flows that ship, up to a number of moves.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kessai::domain::{BankCalendar, Organisation};
use kessai::workflow::{
    ApprovalDeadline, Arrival, Asked, Decision, Deed, EffectKind, Event, Given, Outcome, Rehearsal,
    Stage, Status, VoteKind, Wish, invented_people, load_with_tables,
};

/// Moves after the opening.
const MOVES: usize = 4;

const FLOWS: [(&str, &str); 3] = [
    ("accrual.yaml", include_str!("../../../workflows/accrual.yaml")),
    ("assignment.yaml", include_str!("../../../workflows/assignment.yaml")),
    ("publication.yaml", include_str!("../../../workflows/publication.yaml")),
];

#[test]
fn every_way_through_the_shipped_flows_is_safe_and_comes_to_an_end() {
    for (name, text) in FLOWS {
        let definition = load_with_tables(name, text, &BTreeMap::new()).unwrap();
        let given = Given::sample().unwrap();
        let people = invented_people(&definition, &given);
        let calendar = BankCalendar::japan();
        let deadline = ApprovalDeadline::default();
        let stage =
            Stage { definition: &definition, people: &people, calendar: &calendar, deadline };
        let case = given.case(&definition, &people, &calendar).unwrap();
        let mut first = Rehearsal::new(stage, case, given.at);
        first.ask(&Asked::Open).unwrap();
        let map = explore(name, stage, first);
        map.holds(name);
    }
}

/// What was found: where each state leads, and which of them are ends.
#[derive(Default)]
struct Map {
    leads: Vec<Vec<usize>>,
    ends: Vec<bool>,
    /// States that were looked at but not gone on from.
    edge: BTreeSet<usize>,
    outcomes: BTreeSet<String>,
}

fn explore<'a>(name: &str, stage: Stage<'a>, first: Rehearsal<'a>) -> Map {
    let mut map = Map::default();
    let mut known: HashMap<String, usize> = HashMap::new();
    known.insert(key(&first), 0);
    map.add(&first);
    let mut layer = vec![(0, first)];
    for _ in 0..MOVES {
        let mut next = Vec::new();
        for (from, state) in layer {
            for asked in moves(stage, &state) {
                let mut after = state.clone();
                let timer = after.next_timer().filter(|_| asked == Asked::Tick);
                if let Some(timer) = timer {
                    if after.run_until(timer).is_empty() {
                        continue;
                    }
                } else {
                    match after.ask(&asked) {
                        Ok(decision) if !decision.events.is_empty() => {
                            judge(name, stage, &state, &decision);
                        }
                        _ => continue,
                    }
                }
                let to = *known.entry(key(&after)).or_insert_with(|| {
                    let to = map.add(&after);
                    next.push((to, after));
                    to
                });
                map.leads[from].push(to);
            }
        }
        layer = next;
    }
    map.edge.extend(layer.iter().map(|(at, _)| *at));
    map
}

/// The state without what tells only how it was reached.
fn key(state: &Rehearsal<'_>) -> String {
    let mut head = state.case().head.clone();
    head.commands.clear();
    head.version = 0;
    format!("{head:?} {}", state.now())
}

/// Everything anybody could want, and the clock.
fn moves(stage: Stage<'_>, reached: &Rehearsal<'_>) -> Vec<Asked> {
    if reached.case().head.status.is_final() {
        return Vec::new();
    }
    let mut all = vec![Asked::Tick];
    for outcome in [Arrival::Ok, Arrival::Ng] {
        all.push(Asked::Arrive { outcome, note: String::new() });
    }
    let votes = [VoteKind::Approve, VoteKind::Reject, VoteKind::Return, VoteKind::Abstain];
    let mut wishes: Vec<Wish> = votes.map(|kind| Wish::Vote(kind, None)).to_vec();
    let step = stage.definition.approval(reached.case().head.step);
    for target in step.map_or(&[][..], |approve| &approve.return_to.targets) {
        wishes.push(Wish::Vote(VoteKind::Return, Some(stage.definition.target_name(*target))));
    }
    let deeds = [Deed::Hold, Deed::Release, Deed::Resubmit, Deed::Withdraw];
    wishes.extend(deeds.map(Wish::Do));
    for person in stage.people {
        for wish in &wishes {
            let (by, reason) = (person.id.clone(), "理由".to_owned());
            all.push(Asked::Wish { by, wish: wish.clone(), reason });
        }
    }
    all
}

/// Nothing is sent on without two people of the desk, and the customer hears of every refusal.
fn judge(name: &str, stage: Stage<'_>, before: &Rehearsal<'_>, decision: &Decision) {
    let mut head = before.case().head.clone();
    let id = kessai::workflow::CommandId::of("look");
    kessai::workflow::apply(&mut head, id, &decision.events);
    if decision.events.iter().any(|event| matches!(event, Event::Emitted { .. })) {
        let desk: BTreeSet<&str> = head
            .approvals()
            .filter_map(|vote| stage.people.iter().find(|person| person.id == vote.by))
            .filter(|person| matches!(person.organisation, Organisation::Branch(_)))
            .map(|person| person.email.as_str())
            .collect();
        assert!(desk.len() >= 2, "{name}: sent on by {desk:?} alone: {head:?}");
    }
    for event in &decision.events {
        let Event::Ended { outcome, .. } = event else { continue };
        let told = decision.effects.iter().any(|effect| {
            matches!(effect.kind, EffectKind::Notice(_) | EffectKind::Repeated { .. })
        });
        assert!(told || *outcome == Outcome::Completed, "{name}: nobody is told: {head:?}");
    }
}

impl Map {
    fn add(&mut self, state: &Rehearsal<'_>) -> usize {
        let status = state.case().head.status;
        self.leads.push(Vec::new());
        self.ends.push(status.is_final());
        self.outcomes.insert(format!("{status:?}"));
        self.ends.len() - 1
    }

    /// Every state that was gone on from leads to an end.
    fn holds(&self, name: &str) {
        let mut good: BTreeSet<usize> = (0..self.ends.len()).filter(|at| self.ends[*at]).collect();
        loop {
            let leads = |at: &usize| self.leads[*at].iter().any(|to| good.contains(to));
            let more: Vec<usize> =
                (0..self.ends.len()).filter(|at| !good.contains(at)).filter(leads).collect();
            if more.is_empty() {
                break;
            }
            good.extend(more);
        }
        let dead: Vec<usize> = (0..self.ends.len())
            .filter(|at| !good.contains(at) && !self.edge.contains(at))
            .filter(|at| self.leads[*at].iter().all(|to| !self.edge.contains(to)))
            .collect();
        assert!(dead.is_empty(), "{name}: no way on from {dead:?} of {}", self.ends.len());
        assert!(self.ends.len() > 100, "{name}: only {} states", self.ends.len());
        for status in [Status::Completed, Status::Rejected, Status::Returned] {
            let seen = self.outcomes.contains(&format!("{status:?}"));
            assert!(seen, "{name}: {status:?} was never reached: {:?}", self.outcomes);
        }
    }
}

//! The map of all states a case can be in, and where each leads.

use std::collections::{BTreeSet, HashMap, VecDeque};

use kessai::domain::{BankCalendar, CaseId, Digest, Organisation, Person, Timestamp};
use kessai::workflow::{
    Action, ApprovalDeadline, Arrival, Case, CaseHead, Command, CommandId, Decision, Deed,
    Definition, EffectKind, Event, Facts, Refusal, Status, VoteKind, apply, content_digest, decide,
};

use super::ballots::{Ballots, carving, doing};
use super::{Crowd, ends_badly, goes_by};

/// How often a case may come back.
const ROUNDS_MAX: u8 = 10;

/// More states than any case of the shipped flows has.
const STATES_MAX: usize = 50_000;

/// A moment of a case.
#[derive(Clone)]
pub(super) struct Spot {
    case: Case,
    now: Timestamp,
    /// Whether people have come who are new to the case.
    more: bool,
    /// What is to be decided on.
    digest: Digest,
}

/// What is tried besides what is always tried.
#[derive(Clone, Copy, Default)]
pub(super) struct With {
    /// Seats are handed to one person.
    pub(super) assign: bool,
    /// So many people take no part.
    pub(super) abstain: usize,
}

/// What was found.
pub(super) struct Map {
    name: String,
    /// What is tried besides.
    with: With,
    /// The states that lead to each state.
    comes_from: Vec<Vec<u32>>,
    known: HashMap<Vec<u8>, u32>,
    ahead: VecDeque<(u32, Spot)>,
    final_ones: Vec<u32>,
    /// How cases ended.
    pub(super) ends: BTreeSet<Status>,
    /// The steps at which a case stood.
    pub(super) stood: BTreeSet<u8>,
    /// The steps it went by.
    pub(super) went_by: BTreeSet<u8>,
    /// How many lines were taken out.
    pub(super) carved: usize,
    /// Whether anybody was told that a case cannot come back any more.
    pub(super) too_many: bool,
}

/// What stays the same during a search.
#[derive(Clone, Copy)]
struct World<'w> {
    flow: &'w Definition,
    calendar: &'w BankCalendar,
    crowd: &'w Crowd,
}

impl World<'_> {
    fn ask(self, spot: &Spot, action: &Action, by: Option<&Person>) -> Result<Decision, Refusal> {
        let command = Command { id: CommandId::of("one"), action: action.clone() };
        let facts = Facts {
            now: spot.now,
            actor: by,
            people: self.crowd.there(spot.more),
            calendar: self.calendar,
            deadline: ApprovalDeadline::default(),
            digest: spot.digest,
        };
        decide(&spot.case, self.flow, &command, &facts)
    }
}

impl Map {
    pub(super) fn new(name: String, with: With) -> Self {
        Self {
            name,
            with,
            comes_from: Vec::new(),
            known: HashMap::new(),
            ahead: VecDeque::new(),
            final_ones: Vec::new(),
            ends: BTreeSet::new(),
            stood: BTreeSet::new(),
            went_by: BTreeSet::new(),
            carved: 0,
            too_many: false,
        }
    }

    /// Looks at everything that can become of a case, until nothing new is found.
    pub(super) fn search(
        &mut self,
        flow: &Definition,
        calendar: &BankCalendar,
        crowd: &Crowd,
        (case, now): (Case, Timestamp),
    ) {
        let world = World { flow, calendar, crowd };
        let digest = content_digest(&case, flow);
        let mut first = Spot { case, now, more: false, digest };
        let opened = world.ask(&first, &Action::Open { gathered: Vec::new() }, None).unwrap();
        first.take(&opened.events);
        self.find(crowd, first, None);
        while let Some((from, mut spot)) = self.ahead.pop_front() {
            spot.digest = content_digest(&spot.case, flow);
            assert!(self.comes_from.len() < STATES_MAX, "{}: too many states", self.name);
            self.go_on(world, from, &spot);
        }
    }

    /// Tries everything at one moment.
    fn go_on(&mut self, world: World<'_>, from: u32, spot: &Spot) {
        self.let_time_pass(world, from, spot);
        let come = Action::arrival(Arrival::Ok, "validate", "");
        assert!(world.ask(spot, &come, None).is_err(), "{}: nothing is awaited", self.name);
        self.let_come(world, from, spot);
        let ballot = Ballots::at(world.flow, &spot.case, spot.digest);
        let (mut able, mut decides) = (false, false);
        let mut deeds =
            vec![Deed::Hold, Deed::Release, Deed::Resubmit, Deed::Withdraw, Deed::Proceed];
        for person in world.crowd.one_of_each(&spot.case.head, spot.more) {
            let may = self.vote(world, (from, spot), &ballot, person);
            decides |= may;
            for deed in &deeds {
                able |= self.attempt(world, (from, spot), &doing(deed.clone()), person).is_ok();
            }
            // What is not asked of a case that stands so is refused to everybody.
            let held = spot.case.head.status == Status::Held;
            let back = spot.case.head.status == Status::SentBack;
            deeds.retain(|deed| match deed {
                Deed::Hold => !held,
                Deed::Release => held,
                Deed::Resubmit => back,
                _ => true,
            });
        }
        let strange = [ballot.of(VoteKind::Reject, None), doing(Deed::Hold), doing(Deed::Withdraw)];
        for action in strange {
            let refused = world.ask(spot, &action, Some(&world.crowd.foreign)).is_err();
            assert!(refused, "{}: a stranger did {action:?}", self.name);
        }
        let status = spot.case.head.status;
        assert!(decides || status != Status::Active, "{}: it waits for nobody", self.name);
        // Where nobody there can do anything, others are registered.
        if !able && !decides && !spot.more {
            let more = Spot { more: true, ..spot.clone() };
            self.find(world.crowd, more, Some(from));
        }
    }

    /// What a wait waits for comes, good or bad; at every other step it is refused.
    fn let_come(&mut self, world: World<'_>, from: u32, spot: &Spot) {
        let waits = spot.case.head.status == Status::Waiting;
        for (at, step) in
            (0_u8..).zip(&world.flow.steps).filter(|(_, step)| step.kind.wait().is_some())
        {
            for outcome in [Arrival::Ok, Arrival::Ng] {
                let come = world.ask(spot, &Action::arrival(outcome, &step.id, ""), None);
                let here = waits && spot.case.head.step == at;
                assert!(come.is_ok() || !here, "{}: it waits in vain", self.name);
                if let Ok(decision) = come {
                    self.follow(world, (from, spot), &decision);
                }
            }
        }
    }

    /// Lets one person decide in every way; whether they may.
    fn vote(
        &mut self,
        world: World<'_>,
        (from, spot): (u32, &Spot),
        ballot: &Ballots,
        person: &Person,
    ) -> bool {
        let approved =
            self.attempt(world, (from, spot), &ballot.of(VoteKind::Approve, None), person);
        match approved {
            Ok(()) | Err(Refusal::DeadlinePassed { .. } | Refusal::TooCloseToDueDate { .. }) => {}
            // Who has no seat has none for a rejection either.
            Err(_) => return false,
        }
        let mut others = vec![ballot.of(VoteKind::Reject, None)];
        let abstained = spot.case.head.votes.iter().filter(|vote| vote.kind == VoteKind::Abstain);
        if abstained.count() < self.with.abstain && !world.crowd.is_new(person) {
            others.push(ballot.of(VoteKind::Abstain, None));
        }
        let back = |to: &String| ballot.of(VoteKind::Return, Some(to.clone()));
        let backs: Vec<Action> = ballot.targets.iter().map(back).collect();
        others.extend(backs.iter().cloned());
        for action in &others {
            self.attempt(world, (from, spot), action, person).ok();
        }
        let there = world.crowd.one_of_each(&spot.case.head, spot.more);
        for to in if self.with.assign { there } else { Vec::new() } {
            let assign = doing(Deed::Assign(to.id.clone()));
            self.attempt(world, (from, spot), &assign, person).ok();
        }
        let lines = backs.into_iter().chain([ballot.of(VoteKind::Reject, None), doing(Deed::Hold)]);
        for action in lines {
            let Some(carving) = carving(&spot.case.head, action) else { continue };
            self.attempt(world, (from, spot), &Action::Carve(carving), person).ok();
        }
        true
    }

    fn attempt(
        &mut self,
        world: World<'_>,
        (from, spot): (u32, &Spot),
        action: &Action,
        person: &Person,
    ) -> Result<(), Refusal> {
        let decision = match world.ask(spot, action, Some(person)) {
            Ok(decision) => decision,
            Err(refused) => {
                self.too_many |= refused == Refusal::TooManyRounds(ROUNDS_MAX);
                return Err(refused);
            }
        };
        self.follow(world, (from, spot), &decision);
        Ok(())
    }

    /// Folds a decision in and looks at what it is.
    fn follow(&mut self, world: World<'_>, (from, spot): (u32, &Spot), decision: &Decision) {
        if decision.events.is_empty() {
            return;
        }
        self.judge(world.crowd, spot, decision);
        let mut after = spot.clone();
        after.take(&decision.events);
        for child in &decision.children {
            self.carved += 1;
            let (whole, rest) = (spot.case.head.scope, after.case.head.scope);
            assert_eq!(rest.rows + child.scope.rows, whole.rows, "{}", self.name);
            assert_eq!(rest.total.get() + child.scope.total.get(), whole.total.get());
            assert_eq!(after.case.head.votes, spot.case.head.votes, "{}", self.name);
            let mut line = spot.clone();
            let id = CaseId { row: Some(child.row), ..spot.case.head.id };
            line.case.head = CaseHead::new(id, child.scope);
            line.take(&child.events);
            let out = child.events.iter().any(|event| matches!(event, Event::Emitted { .. }));
            assert!(!out, "{}: a line taken out is not sent on by that", self.name);
            self.find(world.crowd, line, Some(from));
        }
        let round = after.case.head.round();
        // The last time it may come back is like any other but for that.
        if round > spot.case.head.round() && round < ROUNDS_MAX {
            let mut last = after.clone();
            last.case.head.aside.as_mut().unwrap().round = ROUNDS_MAX;
            self.find(world.crowd, last, Some(from));
        }
        self.find(world.crowd, after, Some(from));
    }

    /// The clock goes on to where something happens by itself, or to after the deadline.
    fn let_time_pass(&mut self, world: World<'_>, from: u32, spot: &Spot) {
        let head = &spot.case.head;
        let late = ApprovalDeadline::default().of(head.scope.record_date).plus_ms(60_000);
        let timer = [head.due, head.wake()].into_iter().flatten().min();
        let now = timer.unwrap_or(late).max(spot.now);
        let later = Spot { now, ..spot.clone() };
        match world.ask(&later, &Action::Tick, None) {
            Ok(decision) if !decision.events.is_empty() => {
                self.follow(world, (from, &later), &decision);
            }
            _ if now > spot.now => self.find(world.crowd, later, Some(from)),
            _ => {}
        }
    }

    /// Nothing is sent on without two people of the desk, and the customer hears of every refusal.
    fn judge(&mut self, crowd: &Crowd, before: &Spot, decision: &Decision) {
        self.went_by.extend(decision.events.iter().filter_map(goes_by));
        if decision.events.iter().any(|event| matches!(event, Event::Emitted { .. })) {
            let mut head = before.case.head.clone();
            apply(&mut head, CommandId::of("look"), &decision.events);
            let desk: BTreeSet<&str> = head
                .approvals()
                .filter_map(|vote| crowd.there(true).iter().find(|person| person.id == vote.by))
                .filter(|person| matches!(person.organisation, Organisation::Branch(_)))
                .map(|person| person.email.as_str())
                .collect();
            assert!(desk.len() >= 2, "{}: sent on by {desk:?} alone: {head:?}", self.name);
        }
        let badly = ends_badly(&decision.events)
            || decision.children.iter().any(|child| ends_badly(&child.events));
        let told = decision.effects.iter().any(|effect| {
            matches!(effect.kind, EffectKind::Notice(_) | EffectKind::Repeated { .. })
        });
        assert!(told || !badly, "{}: nobody is told: {decision:?}", self.name);
    }

    /// Puts a state on the map, unless it is there.
    fn find(&mut self, crowd: &Crowd, spot: Spot, from: Option<u32>) {
        let next = u32::try_from(self.comes_from.len()).unwrap();
        let at = *self.known.entry(spot.key(crowd)).or_insert(next);
        if at == next {
            let head = &spot.case.head;
            self.comes_from.push(Vec::new());
            if head.status.is_final() {
                self.ends.insert(head.status);
                self.final_ones.push(at);
            } else {
                self.stood.insert(head.step);
                self.ahead.push_back((at, spot));
            }
        }
        self.comes_from[at as usize].extend(from);
    }

    /// How many states there are.
    pub(super) fn states(&self) -> usize {
        self.comes_from.len()
    }

    /// From every state an end can be reached.
    pub(super) fn holds(&self) {
        let mut good = vec![false; self.comes_from.len()];
        let mut ahead = self.final_ones.clone();
        while let Some(at) = ahead.pop() {
            if !std::mem::replace(&mut good[at as usize], true) {
                ahead.extend(&self.comes_from[at as usize]);
            }
        }
        let dead = good.iter().filter(|good| !**good).count();
        assert_eq!(dead, 0, "{}: no way on from some of {}", self.name, good.len());
    }
}

impl Spot {
    /// Folds events in, and leaves out what makes no difference from here on.
    fn take(&mut self, events: &[Event]) {
        let head = &mut self.case.head;
        apply(head, CommandId::of("taken"), events);
        head.commands.clear();
        if let Some(aside) = &mut head.aside {
            aside.past.clear();
            aside.remarks.clear();
            aside.notes.clear();
        }
    }

    /// The state without what makes no difference from here on.
    ///
    /// Whatever is not taken out here on purpose stays in.
    fn key(&self, crowd: &Crowd) -> Vec<u8> {
        let mut head = self.case.head.clone();
        (head.version, head.task_version) = (0, 0);
        head.id.row = head.id.row.map(|_| 1);
        for vote in &mut head.votes {
            vote.by = crowd.kind(&vote.by);
            vote.at = self.now;
            // Who took no part fills no seat.
            if vote.kind == VoteKind::Abstain {
                (vote.step, vote.seat) = (0, 0);
            }
            for text in [&mut vote.name, &mut vote.email, &mut vote.reason] {
                text.clear();
            }
        }
        head.votes.sort_by(|one, other| {
            let key = |vote: &kessai::workflow::Vote| (vote.step, vote.seat, vote.kind);
            (key(one), &one.by).cmp(&(key(other), &other.by))
        });
        if let Some(aside) = &mut head.aside {
            aside.assigned = aside.assigned.as_ref().map(|id| crowd.kind(id));
            aside.carves.clear();
            // Without a timer ahead it does not matter what they counted from.
            if aside.wake.is_none() {
                (aside.entered, aside.fired) = (None, 0);
            }
            aside.round = match aside.round {
                0 => 0,
                ROUNDS_MAX => 2,
                _ => 1,
            };
        }
        if head.status.is_final() {
            let ended = head.status;
            head = CaseHead { status: ended, ..CaseHead::new(head.id, head.scope) };
        }
        head.aside = head.aside.filter(|aside| **aside != kessai::workflow::Aside::default());
        postcard::to_stdvec(&(head, self.now, self.more)).unwrap()
    }
}

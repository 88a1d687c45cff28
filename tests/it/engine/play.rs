//! Plays a case through a flow: random people, arrivals and hours, and then to its end.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use kessai::domain::{
    ApprovalPattern, BankCalendar, BranchCode, CaseId, Digest, Organisation, Person, ReceiptNo,
    Timestamp, YenTotal,
};
use kessai::workflow::{
    Action, ApprovalDeadline, Arrival, Carving, Case, CaseFile, CaseHead, Command, CommandId,
    Decision, Deed, Definition, Event, Facts, Refusal, Scope, Status, VoteKind, Way, apply,
    candidates, content_digest, decide, open_seats, places,
};

use super::Dice;
use crate::story::{at, date, person};

static CALENDAR: LazyLock<BankCalendar> = LazyLock::new(BankCalendar::japan);

const ROLES: [&str; 6] = ["checker", "manager", "compliance", "clerk", "officer", "approve"];
const PATTERNS: [ApprovalPattern; 4] = [
    ApprovalPattern::None,
    ApprovalPattern::Single,
    ApprovalPattern::DoubleOrdered,
    ApprovalPattern::DoubleAny,
];

/// A case and the world around it.
#[derive(Clone)]
pub(super) struct Game<'d> {
    pub(super) definition: &'d Definition,
    pub(super) case: Case,
    pub(super) people: Vec<Person>,
    pub(super) now: Timestamp,
    /// What was decided so far, to be folded once more.
    pub(super) decided: Vec<(CommandId, Vec<Event>)>,
    asked: u32,
    /// How many lines were taken out.
    pub(super) carved: u32,
    /// What tells this game from others when something is wrong.
    pub(super) name: String,
}

/// Plays one case; whether it completed by itself, and how many lines were taken out.
pub(super) fn play(
    dice: &mut Dice,
    definition: &Definition,
    (seed, text): (u64, &str),
) -> (bool, u32) {
    let mut game = Game::new(definition, format!("flow {seed}:\n{text}"));
    game.people = people(dice);
    let file = Arc::make_mut(&mut game.case.file);
    file.pattern = PATTERNS[dice.below(4)];
    if dice.chance(30) {
        "branches".clone_into(&mut file.channel);
        "001".clone_into(&mut file.submitter);
    }
    file.submitted_by = dice.chance(30).then(|| game.people[dice.below(4)].id.clone());
    game.case.head.scope.total =
        YenTotal::new([500, 1_000_000, 50_000_000, 200_000_000][dice.below(4)]);
    let first = game.case.head.clone();
    game.ask(Action::Open { gathered: Vec::new() }, None).unwrap_or_default();
    for _ in 0..dice.below(40) {
        game.random(dice);
    }
    let completed = game.case.head.status == Status::Completed;
    if dice.chance(40) {
        game.now = game.now.plus_ms(10 * 86_400_000);
    }
    game.finish();
    let mut folded = first;
    for (command, events) in &game.decided {
        apply(&mut folded, *command, events);
    }
    assert_eq!(folded, game.case.head, "folding all events gives the live case: {}", game.name);
    (completed, game.carved)
}

/// A few people of every role, now and then one human with two IDs.
fn people(dice: &mut Dice) -> Vec<Person> {
    let mut people = Vec::new();
    for role in ROLES.iter().rev() {
        for n in 0..=dice.below(4) {
            people.push(person(&format!("{}{n:03}", &role[..5]), role));
        }
    }
    if dice.chance(20) {
        let (one, other) = (dice.below(people.len()), dice.below(people.len()));
        if one != other {
            let ids = (people[one].id.clone(), people[other].id.clone());
            people[one].today.also = vec![ids.1];
            people[other].today.also = vec![ids.0];
        }
    }
    while people.len() < 4 {
        people.push(person("clerk900", "clerk"));
    }
    people
}

impl<'d> Game<'d> {
    pub(super) fn new(definition: &'d Definition, name: String) -> Self {
        let receipt = ReceiptNo::new(date(1), 1).unwrap();
        let file = CaseFile {
            receipt,
            channel: "customers".to_owned(),
            submitter: "987654321".to_owned(),
            submitted_by: None,
            desk: BranchCode::parse("001").unwrap(),
            pattern: ApprovalPattern::Single,
            record_file: Digest::of(b"rows"),
            definitions: vec![definition.hash],
            kinds: Vec::new(),
            accounts: Arc::default(),
            paper: None,
        };
        let scope = Scope {
            rows: 3,
            total: YenTotal::new(1_000_000),
            record_date: date(4),
            latest_day: Some(date(3)),
        };
        let head = CaseHead::new(CaseId { receipt, n: 1, row: None }, scope);
        let case = Case { file: Arc::new(file), head };
        let (people, decided) = (Vec::new(), Vec::new());
        Self { definition, case, people, now: at(1, 9, 0), decided, asked: 0, carved: 0, name }
    }

    /// Asks for something and holds every answer to what must hold.
    pub(super) fn ask(&mut self, action: Action, by: Option<&Person>) -> Result<Decision, Refusal> {
        self.asked += 1;
        let command = Command { id: CommandId::of(&format!("ask {}", self.asked)), action };
        let facts = Facts {
            now: self.now,
            actor: by,
            people: &self.people,
            calendar: &CALENDAR,
            deadline: ApprovalDeadline::default(),
            digest: content_digest(&self.case, self.definition),
        };
        let decision = decide(&self.case, self.definition, &command, &facts)?;
        let ended = self.case.head.status.is_final();
        assert!(!ended || decision.events.is_empty(), "an end is the end: {}", self.name);
        if !decision.events.is_empty() {
            self.judge_emits(&decision.events);
            apply(&mut self.case.head, command.id, &decision.events);
            self.decided.push((command.id, decision.events.clone()));
        }
        self.stands();
        Ok(decision)
    }

    /// Whatever is sent on was approved by enough people, whose votes still count.
    fn judge_emits(&self, events: &[Event]) {
        let emits = (0..).zip(events).filter(|(_, event)| matches!(event, Event::Emitted { .. }));
        for (at, _) in emits {
            let mut head = self.case.head.clone();
            apply(&mut head, CommandId::of("look"), &events[..at]);
            let approves = |step: u8| self.definition.approval(step).unwrap().form.is_none();
            let (mut all, mut desk) = (BTreeSet::new(), BTreeSet::new());
            for vote in head.approvals().filter(|vote| approves(vote.step)) {
                let person = self.people.iter().find(|one| one.id == vote.by).unwrap();
                all.insert(&person.email);
                if matches!(person.organisation, Organisation::Branch(_)) {
                    desk.insert(&person.email);
                }
            }
            let needed = if self.definition.assertions.is_empty() { 2 } else { 1 };
            assert!(
                desk.len() >= needed && all.len() >= 2,
                "sent on by {all:?}: {head:?} {}",
                self.name
            );
        }
    }

    /// A case that has not ended is somewhere, and somebody or something can move it.
    pub(super) fn stands(&self) {
        let head = &self.case.head;
        if head.status.is_final() {
            assert!(head.tokens().is_empty(), "{}", self.name);
            return;
        }
        if matches!(head.status, Status::SentBack | Status::Held) {
            return;
        }
        for place in places(&self.case) {
            let (step, status) = (place.head.step, place.head.status);
            let seats = self.definition.approval(step).map(|approve| {
                let seats = open_seats(&place, approve);
                (seats.len(), candidates(&place, approve, &seats, &self.people).len())
            });
            let wait = self.definition.wait(step);
            let good = match status {
                Status::Active => seats.is_some_and(|(open, may)| open > 0 && may > 0),
                Status::Overdue => seats.is_some_and(|(open, _)| open > 0),
                Status::Incident => {
                    seats.is_some() || wait.is_some_and(|wait| wait.release.is_some())
                }
                Status::Waiting => {
                    wait.is_some_and(|wait| wait.release.is_some() || place.head.due.is_some())
                }
                _ => false,
            };
            assert!(good, "{status:?} at {step}, {seats:?}: {head:?}\n{}", self.name);
        }
    }

    pub(super) fn ballot(&self, kind: VoteKind, back_to: Option<String>, amount: &str) -> Action {
        Action::Vote {
            kind,
            digest: content_digest(&self.case, self.definition),
            task_version: self.case.head.task_version,
            shown_at: None,
            reason: "理由".to_owned(),
            back_to,
            entry: vec![("amount".to_owned(), amount.to_owned())],
            way: Way::Screen,
        }
    }

    fn random(&mut self, dice: &mut Dice) {
        let by = self.people[dice.below(self.people.len())].clone();
        let amount = dice.pick(&["5,000", "5,000", "5,000", "7"]);
        let action = match dice.below(56) {
            0..18 => self.ballot(VoteKind::Approve, None, amount),
            18..21 => self.back(dice),
            21 => self.ballot(VoteKind::Abstain, None, ""),
            22..31 => {
                let to = self.people[dice.below(self.people.len())].id.clone();
                let deed = match dice.below(8) {
                    0 => Deed::Hold,
                    1 | 2 => Deed::Release,
                    3 | 4 => Deed::Resubmit,
                    5 => Deed::Assign(to),
                    6 => Deed::Consult(to),
                    _ => Deed::Proceed,
                };
                Action::Do { deed, text: "理由".to_owned() }
            }
            31..35 => {
                let step =
                    self.definition.steps[dice.below(self.definition.steps.len())].id.clone();
                let good = if dice.chance(70) { Arrival::Ok } else { Arrival::Ng };
                Action::arrival(good, &step, "")
            }
            _ if dice.chance(25) => {
                let by = self.able().unwrap_or(by);
                return self.carve(dice, &by);
            }
            35..37 => {
                let minutes = [30, 180, 1_440][dice.below(3)];
                self.now = self.now.plus_ms(minutes * 60_000);
                Action::Tick
            }
            _ => {
                // Whoever may decide now does.
                let able = self.able();
                let action = self.ballot(VoteKind::Approve, None, "5,000");
                self.ask(action, able.as_ref()).ok();
                return;
            }
        };
        let nobody = matches!(action, Action::Tick | Action::Arrive { .. });
        self.ask(action, Some(&by).filter(|_| !nobody)).ok();
    }

    /// Somebody who may decide now.
    fn able(&self) -> Option<Person> {
        places(&self.case).into_iter().find_map(|place| {
            let approve = self.definition.approval(place.head.step)?;
            let seats = open_seats(&place, approve);
            candidates(&place, approve, &seats, &self.people).first().copied().cloned()
        })
    }

    /// Takes a line out: nothing is added or lost by it, and the line stands on its own.
    fn carve(&mut self, dice: &mut Dice, by: &Person) {
        let whole = self.case.head.scope;
        let line = Scope { rows: 1, total: YenTotal::new(whole.total.get() / 3), ..whole };
        let rest = Scope {
            rows: whole.rows - 1,
            total: YenTotal::new(whole.total.get() - line.total.get()),
            ..whole
        };
        let action = Box::new(match dice.below(3) {
            0 => self.back(dice),
            1 => self.ballot(VoteKind::Reject, None, ""),
            _ => Action::Do { deed: Deed::Hold, text: "理由".to_owned() },
        });
        let row = u32::try_from(1 + dice.below(3)).unwrap();
        let before = self.case.clone();
        let carving = Carving { rows: vec![(row, line)], rest, action };
        let Ok(decision) = self.ask(Action::Carve(carving), Some(by)) else { return };
        self.carved += 1;
        assert_eq!(self.case.head.scope, rest, "{}", self.name);
        assert_eq!(self.case.head.votes, before.head.votes, "the rest keeps its votes");
        let [child] = decision.children.as_slice() else { panic!("one line: {}", self.name) };
        assert_eq!((child.row, child.scope), (row, line), "{}", self.name);
        let id = CaseId { row: Some(row), ..before.head.id };
        let mut head = CaseHead::new(id, child.scope);
        apply(&mut head, CommandId::of("line"), &child.events);
        let sent_on = child.events.iter().any(|event| matches!(event, Event::Emitted { .. }));
        assert!(!sent_on, "a line taken out is not sent on by that: {}", self.name);
        let rest = std::mem::replace(&mut self.case, Case { file: before.file, head });
        self.stands();
        self.case = rest;
    }

    /// A return to one of the places the open step names.
    fn back(&self, dice: &mut Dice) -> Action {
        let all = places(&self.case);
        let step = all[dice.below(all.len())].head.step;
        let targets = self.definition.approval(step).map(|approve| &approve.return_to.targets);
        let targets = targets.filter(|all| !all.is_empty());
        let to = targets.map(|all| self.definition.target_name(all[dice.below(all.len())]));
        self.ballot(VoteKind::Return, to, "")
    }

    /// However it stands, people who are new to it can bring it to an end.
    pub(super) fn finish(&mut self) {
        for day in 0..40 {
            for role in ROLES {
                self.people.push(person(&format!("{}n{day:02}", &role[..5]), role));
            }
            // Paper is handed in by a branch, whose people then are the submitter's.
            let mut branch = person(&format!("branch{day:02}"), "clerk");
            "approve".clone_into(&mut branch.roles[0]);
            self.people.push(branch);
            self.ask(Action::Tick, None).ok();
            let fresh = self.people.split_off(self.people.len() - ROLES.len() - 1);
            self.people.extend(fresh.iter().cloned());
            for person in &fresh {
                let own = Deed::Assign(person.id.clone());
                for deed in [Deed::Release, own, Deed::Proceed, Deed::Withdraw] {
                    // To take it back would hide that others cannot end it.
                    if deed == Deed::Withdraw && day < 20 {
                        continue;
                    }
                    let action = Action::Do { deed, text: "理由".to_owned() };
                    self.ask(action, Some(person)).ok();
                }
                let action = self.ballot(VoteKind::Reject, None, "");
                self.ask(action, Some(person)).ok();
            }
            if self.case.head.status.is_final() {
                return;
            }
            self.now = self.now.plus_ms(86_400_000);
        }
        panic!("no way to an end: {:?}\n{}", self.case.head, self.name);
    }
}

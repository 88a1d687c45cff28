//! Random people, votes and hours: what no sequence of commands may ever reach.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use kessai::domain::{
    ApprovalPattern, BankCalendar, BranchCode, CaseId, Digest, Organisation, Person, Presence,
    ReceiptNo, Stead, Timestamp, Today, UserNumber, YenTotal,
};
use kessai::ports::{Expect, Moved, Store};
use kessai::store::Memory;
use kessai::workflow::{
    Action, ApprovalDeadline, Case, CaseFile, CaseHead, Command, CommandId, Deed, Definition,
    Event, Facts, Scope, Status, VoteKind, Way, apply, content_digest, decide, load_definition,
};

use crate::store::open;
use crate::story::{Teller, at, date, person, user};

static CALENDAR: LazyLock<BankCalendar> = LazyLock::new(BankCalendar::japan);

/// The shipped flows, and one of them with every turn a case can take.
static FLOWS: LazyLock<[Definition; 5]> = LazyLock::new(|| {
    let plain = include_str!("data/flows/plain.yaml");
    let turns = |resume: &str| {
        let desk = format!(
            "    overdue: hold\n    withdraw: until_done\n    \
             remind: [-1bh, {{every: 1bh, max: 3}}]\n    \
             escalate: [{{after: 2bh, add: manager}}, {{after: 1bd@12:00, replace: manager}}]\n    \
             return_to: {{targets: [submitter, customer, checker, close], \
             resume: {resume}}}\n    #"
        );
        plain.replace("    overdue: hold ", &desk)
    };
    let in_place = turns("returner").replace(
        "    overdue: hold\n",
        "    overdue: hold\n    \
         substitute: {allow: [checker, manager], max: 1_000, post_review: manager}\n",
    );
    [
        include_str!("data/flows/sent.yaml"),
        include_str!("data/flows/sent_assignment.yaml"),
        &turns("returner"),
        &turns("restart"),
        &in_place,
    ]
    .map(|text| load_definition("flow.yaml", text).unwrap())
});

const PATTERNS: [ApprovalPattern; 4] = [
    ApprovalPattern::None,
    ApprovalPattern::Single,
    ApprovalPattern::DoubleOrdered,
    ApprovalPattern::DoubleAny,
];

/// One thing that happens around a case.
#[derive(Debug, Clone)]
enum Act {
    Vote {
        by: usize,
        kind: VoteKind,
        right_digest: bool,
        right_version: bool,
        reason: bool,
    },
    /// A return to one of the places the flow names.
    Back {
        by: usize,
        to: &'static str,
    },
    /// Something besides deciding.
    Do {
        by: usize,
        deed: Deed,
    },
    /// The command before, once more.
    Again,
    Tick,
    /// The case is moved to another of the flows.
    Move(usize),
    /// So many minutes pass.
    Wait(u16),
    /// Everybody leaves, or is there again.
    People {
        there: bool,
    },
}

/// The world a sequence runs in.
#[derive(Debug, Clone)]
struct Setting {
    flow: usize,
    pattern: ApprovalPattern,
    by_branch: bool,
    /// Who dropped the file, by place in `people`, where it is known.
    submitter: Option<usize>,
    /// Place, role and which human each person is, and whether they are away: IDs may share one
    /// mail address.
    people: Vec<(bool, u8, u8, bool)>,
    /// Who stands for whom, by place in `people`.
    steads: Vec<(usize, usize)>,
    acts: Vec<Act>,
}

fn acts() -> impl Strategy<Value = Act> {
    let kind = prop_oneof![
        12 => Just(VoteKind::Approve),
        1 => Just(VoteKind::Return),
        1 => Just(VoteKind::Reject),
        1 => Just(VoteKind::Abstain),
    ];
    let to = prop::sample::select(&["submitter", "customer", "desk", "close"][..]);
    let deed = (0_usize..8, 0_usize..8).prop_map(|(which, to)| {
        let to = user(&format!("person{to:02}"));
        match which {
            0 => Deed::Resubmit,
            1 => Deed::Withdraw,
            2 => Deed::Hold,
            3 => Deed::Release,
            4 => Deed::Consult(to),
            5 | 6 => Deed::Review,
            _ => Deed::Assign(to),
        }
    });
    let mostly = || prop::bool::weighted(0.9);
    let vote = (0_usize..8, kind, mostly(), mostly(), mostly()).prop_map(
        |(by, kind, right_digest, right_version, reason)| Act::Vote {
            by,
            kind,
            right_digest,
            right_version,
            reason,
        },
    );
    prop_oneof![
        16 => vote,
        3 => (0_usize..8, to).prop_map(|(by, to)| Act::Back { by, to }),
        4 => (0_usize..8, deed).prop_map(|(by, deed)| Act::Do { by, deed }),
        3 => (0_usize..8).prop_map(|by| Act::Do { by, deed: Deed::Resubmit }),
        2 => Just(Act::Again),
        2 => Just(Act::Tick),
        1 => (0_usize..4).prop_map(Act::Move),
        2 => (0_u16..600).prop_map(Act::Wait),
        1 => any::<bool>().prop_map(|there| Act::People { there }),
    ]
}

fn settings() -> impl Strategy<Value = Setting> {
    (
        // In place of others is rare enough to be played more often.
        (0_usize..7).prop_map(|flow| flow.min(4)),
        prop::sample::select(&PATTERNS[..]),
        prop::bool::weighted(0.2),
        prop::option::of(0_usize..8),
        prop::collection::vec((any::<bool>(), 0_u8..6, 0_u8..7, prop::bool::weighted(0.3)), 8),
        prop::collection::vec((0_usize..8, 0_usize..8), 0..3),
        prop::collection::vec(acts(), 1..40),
    )
        .prop_map(|(flow, pattern, by_branch, submitter, people, steads, acts)| Setting {
            flow,
            pattern,
            by_branch,
            submitter,
            people,
            steads,
            acts,
        })
}

impl Setting {
    fn people(&self) -> Vec<Person> {
        let one = |(n, (customer, role, human, away)): (usize, &(bool, u8, u8, bool))| {
            let roles: &[&str] = match role {
                0 => &["checker"],
                1 => &["manager"],
                2 => &["checker", "manager"],
                3 => &["approve"],
                4 => &["checker", "manager", "approve"],
                _ => &["clerk"],
            };
            let organisation = if *customer {
                Organisation::Customer(UserNumber::parse("987654321").unwrap())
            } else {
                Organisation::Branch(BranchCode::parse("001").unwrap())
            };
            Person {
                organisation,
                roles: roles.iter().map(|role| (*role).to_owned()).collect(),
                email: format!("human{human}@example.jp"),
                today: Today {
                    presence: if *away { Presence::Away } else { Presence::Here },
                    ..Today::default()
                },
                ..person(&format!("person{n:02}"), "clerk")
            }
        };
        let mut people: Vec<Person> = self.people.iter().enumerate().map(one).collect();
        // Of one customer it is joined IDs that tell one human.
        let known = people.clone();
        for person in &mut people {
            let same = known.iter().filter(|other| other.email == person.email);
            let same = same.filter(|other| other.id != person.id);
            person.today.also = same.map(|other| other.id.clone()).collect();
        }
        for (by, principal) in &self.steads {
            let principal = Person { stands_for: Vec::new(), ..people[*principal].clone() };
            people[*by].stands_for.push(Stead { principal, max: None, flows: Vec::new() });
        }
        people
    }

    fn case(&self) -> Case {
        let receipt = ReceiptNo::new(date(1), 1).unwrap();
        let (channel, submitter) =
            if self.by_branch { ("branches", "001") } else { ("customers", "987654321") };
        let file = CaseFile {
            receipt,
            channel: channel.to_owned(),
            submitter: submitter.to_owned(),
            submitted_by: self.submitter.map(|n| user(&format!("person{n:02}"))),
            desk: BranchCode::parse("001").unwrap(),
            pattern: self.pattern,
            record_file: Digest::of(b"rows"),
            definitions: vec![FLOWS[self.flow].hash],
            kinds: Vec::new(),
            accounts: Arc::default(),
            paper: None,
        };
        let head = CaseHead {
            id: CaseId { receipt, n: 1, row: None },
            version: 0,
            task_version: 0,
            status: Status::Active,
            step: 0,
            scope: Scope {
                rows: 1,
                total: YenTotal::new(1_000),
                record_date: date(4),
                latest_day: Some(date(3)),
            },
            due: None,
            votes: Vec::new(),
            aside: None,
            commands: Vec::new(),
        };
        Case { file: Arc::new(file), head }
    }
}

fn is_review(event: &Event) -> bool {
    matches!(event, Event::Remarked(remark) if remark.deed == Deed::Review)
}

/// A case on its way, with everything that was decided.
struct Run<'s> {
    setting: &'s Setting,
    case: Case,
    people: Vec<Person>,
    there: bool,
    now: Timestamp,
    decided: Vec<(CommandId, Vec<Event>)>,
    last: Option<(Command, Option<Person>)>,
    /// The flow a case is moved to.
    to: usize,
}

impl Run<'_> {
    fn definition(&self) -> &'static Definition {
        let hash = self.case.definition();
        FLOWS.iter().find(|flow| Some(flow.hash) == hash).unwrap()
    }

    fn ask(&mut self, command: Command, actor: Option<Person>) {
        let digest = content_digest(&self.case, self.definition());
        let nobody = Vec::new();
        let facts = Facts {
            now: self.now,
            actor: actor.as_ref(),
            // Who votes is registered, and so is everybody else then.
            people: if self.there || actor.is_some() { &self.people } else { &nobody },
            calendar: &CALENDAR,
            deadline: ApprovalDeadline::default(),
            digest,
        };
        let definition = match &command.action {
            Action::Migrate { .. } => &FLOWS[self.to],
            _ => self.definition(),
        };
        let known = self.case.head.commands.contains(&command.id);
        let before = self.case.head.clone();
        if let Ok(decision) = decide(&self.case, definition, &command, &facts) {
            let again = decide(&self.case, definition, &command, &facts).unwrap();
            assert_eq!(decision, again, "equal arguments give equal answers");
            if known {
                assert_eq!(decision.events, [], "a repeated command changes nothing");
                assert_eq!(decision.effects, []);
            }
            if !decision.events.is_empty() {
                apply(&mut self.case.head, command.id, &decision.events);
                let only_read = decision.events.iter().all(is_review);
                let ended = before.status.is_final();
                assert!(!ended || only_read, "nothing happens to a case that has ended");
                let same = before.status == self.case.head.status;
                assert!(!only_read || same, "a review changes no outcome");
                self.decided.push((command.id, decision.events));
            }
        }
        self.last = Some((command, actor));
    }

    fn act(&mut self, n: usize, act: &Act) {
        let id = CommandId::of(&format!("act {n}"));
        match act {
            Act::Vote { by, kind, right_digest, right_version, reason } => {
                let digest = content_digest(&self.case, self.definition());
                let action = Action::Vote {
                    entry: Vec::new(),
                    way: Way::Screen,
                    kind: *kind,
                    digest: if *right_digest { digest } else { Digest::of(b"else") },
                    task_version: self.case.head.task_version + u32::from(!right_version),
                    shown_at: None,
                    reason: if *reason { "理由".to_owned() } else { String::new() },
                    back_to: None,
                };
                let (votes, actor) = (self.case.head.votes.len(), self.people[*by].clone());
                let late = self.now > at(4, 15, 0);
                self.ask(Command { id, action }, Some(actor));
                if self.case.head.votes.len() > votes {
                    let vote = self.case.head.votes.last().unwrap();
                    assert!(*right_digest && *right_version, "what was not seen was decided");
                    assert!(*reason || *kind == VoteKind::Approve, "no reason: {vote:?}");
                    assert!(!late || *kind != VoteKind::Approve, "approved after the deadline");
                }
            }
            Act::Back { by, to } => {
                let action = Action::Vote {
                    entry: Vec::new(),
                    way: Way::Screen,
                    kind: VoteKind::Return,
                    digest: content_digest(&self.case, self.definition()),
                    task_version: self.case.head.task_version,
                    shown_at: None,
                    reason: "理由".to_owned(),
                    back_to: Some((*to).to_owned()),
                };
                let actor = self.people[*by].clone();
                self.ask(Command { id, action }, Some(actor));
            }
            Act::Do { by, deed } => {
                let before = self.case.head.clone();
                let action = Action::Do { deed: deed.clone(), text: "確認".to_owned() };
                let actor = self.people[*by].clone();
                self.ask(Command { id, action }, Some(actor));
                let votes = |head: &CaseHead| head.votes.clone();
                assert_eq!(votes(&before), votes(&self.case.head), "no deed casts a vote");
            }
            Act::Again => {
                if let Some((command, actor)) = self.last.clone() {
                    self.ask(command, actor);
                }
            }
            Act::Tick => {
                let before = self.case.head.clone();
                self.ask(Command { id, action: Action::Tick }, None);
                let after = &self.case.head;
                assert_eq!(after.votes, before.votes, "time does not vote");
                let approved = after.status == Status::Completed;
                assert!(!approved || before == *after, "time does not approve");
            }
            Act::Move(to) => self.moved(id, *to),
            Act::Wait(minutes) => self.now = self.now.plus_ms(i64::from(*minutes) * 60_000),
            Act::People { there } => self.there = *there,
        }
        if self.case.head.status.is_final() {
            return;
        }
        let open = self.definition().step(self.case.head.step).unwrap();
        let waits = matches!(open.kind, kessai::workflow::StepKind::Approve(_));
        assert!(waits, "an open case waits for people");
    }

    /// The case is moved to another flow: no move casts a vote or ends a case.
    fn moved(&mut self, id: CommandId, to: usize) {
        self.to = to;
        let (from, votes) = (Arc::new(self.definition().clone()), self.case.head.votes.len());
        let (map, gathered, by) = (Vec::new(), Vec::new(), Vec::new());
        let was_final = self.case.head.status.is_final();
        self.ask(Command { id, action: Action::Migrate { from, map, gathered, by } }, None);
        assert!(self.case.head.votes.len() <= votes, "a move casts no vote");
        assert_eq!(self.case.head.status.is_final(), was_final, "a move ends nothing");
    }

    /// Who approved must be enough different humans, in the right places.
    fn judge(&self) {
        let emitted = |event: &Event| matches!(event, Event::Emitted { .. });
        if !self.decided.iter().flat_map(|(_, events)| events).any(emitted) {
            assert_ne!(self.case.head.status, Status::Completed);
            return;
        }
        let human = |id: &kessai::domain::UserId| {
            let person = self.people.iter().find(|person| person.id == *id).unwrap();
            (person.organisation, person.email.clone())
        };
        let humans: Vec<_> = self.case.head.approvals().map(|vote| human(&vote.by)).collect();
        let acting = self.case.head.aside.iter().flat_map(|aside| &aside.acting);
        let stood_for: Vec<&String> = acting.map(|acting| &acting.email).collect();
        let all = humans.iter().map(|(_, email)| email).chain(stood_for.iter().copied());
        let distinct: BTreeSet<&String> = all.collect();
        assert_eq!(distinct.len(), humans.len() + stood_for.len(), "one human, one seat");
        let at_desk =
            humans.iter().filter(|(place, _)| matches!(place, Organisation::Branch(_))).count();
        assert_eq!(at_desk, 2, "two people at the desk");
        let needed = match self.setting.pattern {
            _ if self.setting.by_branch => 0,
            ApprovalPattern::None => 0,
            ApprovalPattern::Single => 1,
            ApprovalPattern::DoubleOrdered | ApprovalPattern::DoubleAny => 2,
        };
        assert_eq!(humans.len() - at_desk, needed, "the customer's own approvers");
        for one in self.case.head.substitutions() {
            let reviewed = self.case.head.remarks().iter().find(|one| one.deed == Deed::Review);
            let own = reviewed.is_some_and(|remark| human(&remark.by).1 == one.email);
            assert!(!own, "whoever decided in place of others reviewed it: {one:?}");
            let total = self.case.head.scope.total.get();
            assert!(total <= 1_000, "in place of others above the limit");
        }
        if let Some(submitter) = self.setting.submitter {
            let email = &self.people[submitter].email;
            let mut all = humans.iter().map(|(_, email)| email).chain(stood_for);
            let own = all.any(|other| other == email);
            assert!(!own, "the submitter approved: {humans:?}");
        }
    }
}

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
}

#[test]
fn nothing_is_sent_on_without_enough_people() {
    let (completed, in_place) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let all = runner(4_000).run(&settings(), |setting| {
        let case = setting.case();
        let mut folded = case.head.clone();
        let mut run = Run {
            setting: &setting,
            case,
            people: setting.people(),
            there: true,
            now: at(1, 9, 0),
            decided: Vec::new(),
            last: None,
            to: 0,
        };
        run.ask(
            Command { id: CommandId::of("open"), action: Action::Open { gathered: Vec::new() } },
            None,
        );
        for (n, act) in setting.acts.iter().enumerate() {
            run.act(n, act);
        }
        run.judge();
        completed.set(completed.get() + u32::from(run.case.head.status == Status::Completed));
        let substituted = run.case.head.substitutions().len();
        in_place.set(in_place.get() + u32::from(substituted > 0));
        for (command, events) in &run.decided {
            apply(&mut folded, *command, events);
        }
        prop_assert_eq!(folded, run.case.head, "folding all events gives the live case");
        Ok(())
    });
    all.unwrap();
    assert!(in_place.get() > 5, "too few in place of others: {}", in_place.get());
    assert!(completed.get() > 20, "too few sequences got through: {}", completed.get());
}

/// What tellers do to a store.
#[derive(Debug, Clone)]
enum Job {
    Batch(ApprovalPattern),
    Rows(u32),
    Vote { case: usize, by: usize, kind: VoteKind },
    Deliver(usize),
}

fn jobs() -> impl Strategy<Value = Job> {
    let kind = prop_oneof![5 => Just(VoteKind::Approve), 1 => Just(VoteKind::Return)];
    prop_oneof![
        2 => prop::sample::select(&PATTERNS[..]).prop_map(Job::Batch),
        1 => (1_u32..40).prop_map(Job::Rows),
        8 => (any::<prop::sample::Index>(), 0_usize..4, kind)
            .prop_map(|(case, by, kind)| Job::Vote { case: case.index(1_000), by, kind }),
        1 => (1_usize..6).prop_map(Job::Deliver),
    ]
}

fn work(store: &dyn Store, jobs: &[Job]) {
    let mut teller = Teller::new(store);
    teller.register_everybody();
    let mut cases: Vec<CaseId> = Vec::new();
    for (n, job) in jobs.iter().enumerate() {
        match job {
            Job::Batch(pattern) => cases.push(teller.open_batch(&format!("{n}.csv"), *pattern)),
            Job::Rows(rows) => {
                let receipt = teller.receive(&format!("{n}.csv"), ApprovalPattern::Single);
                teller.check(receipt, kessai::workflow::Unit::Record, *rows);
                teller.stage(receipt, 1, *rows);
                teller.opened(receipt);
                cases.extend((1..=*rows).map(|row| CaseId { receipt, n: 1, row: Some(row) }));
            }
            Job::Vote { case, by, kind } => {
                let Some(id) = cases.get(case % cases.len().max(1)) else { continue };
                let by = ["sato0001", "mori0001", "check001", "manage01"][*by];
                vote(&mut teller, *id, by, *kind, n);
            }
            Job::Deliver(count) => {
                teller.effects_go(*count, kessai::ports::EffectState::Delivered);
            }
        }
    }
}

/// A vote that may be refused.
fn vote(teller: &mut Teller<'_>, id: CaseId, by: &str, kind: VoteKind, n: usize) {
    let case = teller.store.case(id).unwrap();
    let action = Action::Vote {
        entry: Vec::new(),
        way: Way::Screen,
        kind,
        digest: content_digest(&case, &teller.definition),
        task_version: case.head.task_version,
        shown_at: None,
        reason: "理由".to_owned(),
        back_to: None,
    };
    let command = Command { id: CommandId::of(&format!("vote {n}")), action };
    let actor = teller.store.user(&user(by)).unwrap().person;
    if let Ok(decision) = teller.decide(&case, &command, Some(&actor)) {
        let moved = Moved {
            case: id,
            command: command.id,
            events: decision.events,
            effects: decision.effects,
        };
        let expect = Expect { case: id, version: case.head.version };
        let entry = kessai::ports::Entry::Moved(Box::new(moved));
        teller.try_commit(vec![entry], vec![expect]).unwrap();
    }
}

#[test]
fn a_store_built_anew_equals_the_one_that_lived() {
    let jobs = prop::collection::vec(jobs(), 1..40);
    let all = runner(24).run(&jobs, |jobs| {
        let memory = Memory::new();
        work(&memory, &jobs);
        let var = tempfile::tempdir().unwrap();
        let (store, _) = open(var.path());
        work(&store, &jobs);
        let live = (memory.digest(), memory.counts());
        prop_assert_eq!((store.digest(), store.counts()), live.clone());
        drop(store);
        let (store, _) = open(var.path());
        prop_assert_eq!((store.digest(), store.counts()), live.clone(), "from the checkpoint");
        drop(store);
        std::fs::remove_dir_all(var.path().join("sled")).unwrap();
        let (store, _) = open(var.path());
        prop_assert_eq!((store.digest(), store.counts()), live, "from the journal alone");
        Ok(())
    });
    all.unwrap();
}

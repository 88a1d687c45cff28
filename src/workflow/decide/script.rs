//! Scripts: a case, the people around it, and what is asked of it, in a few readable lines.

use std::sync::{Arc, LazyLock};

use crate::domain::{
    ApprovalPattern, BankCalendar, BranchCode, CaseId, Date, Digest, Organisation, Person,
    ReceiptNo, Timestamp, Today, UserId, UserNumber, YenTotal,
};
use crate::workflow::expr::Value;
use crate::workflow::{
    Action, ApprovalDeadline, Arrival, Case, CaseFile, CaseHead, Command, CommandId, Decision,
    Deed, Definition, Effect, Event, Facts, Refusal, Scope, VoteKind, Way, apply, content_digest,
    decide, load_definition,
};

static CALENDAR: LazyLock<BankCalendar> = LazyLock::new(BankCalendar::japan);

/// A flow with nothing but the customer's approval and two people at the desk.
pub(in crate::workflow) const PLAIN: &str = include_str!("../../../tests/it/data/flows/plain.yaml");

/// A moment of December 2026; the 1st is a Tuesday.
pub(super) fn at(day: u32, hour: u32, minute: u32) -> Timestamp {
    Timestamp::tokyo(Date::new(2026, 12, day).unwrap(), hour, minute)
}

/// Somebody at the customer who may approve.
pub(super) fn customer(id: &str) -> Person {
    let user = UserNumber::parse("987654321").unwrap();
    person(id, Organisation::Customer(user), "approve")
}

/// Somebody at the desk who holds a role.
pub(super) fn desk(id: &str, role: &str) -> Person {
    person(id, Organisation::Branch(BranchCode::parse("001").unwrap()), role)
}

fn person(id: &str, organisation: Organisation, role: &str) -> Person {
    Person {
        id: UserId::parse(id).unwrap(),
        name: id.to_owned(),
        organisation,
        roles: vec![role.to_owned()],
        email: format!("{id}@example.jp"),
        stands_for: Vec::new(),
        today: Today::default(),
    }
}

/// Two approvers at the customer, two checkers and two managers at the desk.
pub(in crate::workflow) fn everybody() -> Vec<Person> {
    vec![
        customer("sato0001"),
        customer("mori0001"),
        desk("check001", "checker"),
        desk("check002", "checker"),
        desk("manage01", "manager"),
        desk("manage02", "manager"),
    ]
}

/// A case under test.
#[derive(Debug, Clone)]
pub(in crate::workflow) struct Script {
    pub(in crate::workflow) case: Case,
    pub(in crate::workflow) definition: Definition,
    pub(in crate::workflow) people: Vec<Person>,
    pub(in crate::workflow) now: Timestamp,
    /// What is read from the rows when the case is opened.
    pub(super) gathered: Vec<(String, Value)>,
    asked: u32,
}

/// A file of a customer with single approval, dropped by nobody known, on 1 December at 9:00;
/// recorded on the 3rd, with due dates that are far enough away until the 10th.
pub(in crate::workflow) fn script(flow: &str) -> Script {
    let definition = load_definition("flow.yaml", flow).unwrap();
    let receipt = ReceiptNo::new(Date::new(2026, 12, 1).unwrap(), 1).unwrap();
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
        total: YenTotal::new(6_000_000),
        record_date: Date::new(2026, 12, 3).unwrap(),
        latest_day: Some(Date::new(2026, 12, 10).unwrap()),
    };
    let head = CaseHead::new(CaseId { receipt, n: 1, row: None }, scope);
    let case = Case { file: Arc::new(file), head };
    Script {
        case,
        definition,
        people: everybody(),
        now: at(1, 9, 0),
        gathered: Vec::new(),
        asked: 0,
    }
}

impl Script {
    pub(super) fn pattern(mut self, pattern: ApprovalPattern) -> Self {
        Arc::make_mut(&mut self.case.file).pattern = pattern;
        self
    }

    pub(super) fn dropped_by(mut self, id: &str) -> Self {
        Arc::make_mut(&mut self.case.file).submitted_by = Some(UserId::parse(id).unwrap());
        self
    }

    pub(super) fn with_people(mut self, people: Vec<Person>) -> Self {
        self.people = people;
        self
    }

    pub(super) fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// Carries out what must succeed.
    pub(in crate::workflow) fn given(mut self, asked: &[Asked]) -> Self {
        for one in asked {
            self.carry(one).unwrap();
        }
        self
    }

    /// Asks for one thing; the case goes on when it is not refused.
    pub(super) fn when(mut self, asked: &Asked) -> Outcome {
        let answer = self.carry(asked);
        Outcome { script: self, answer }
    }

    pub(super) fn digest(&self) -> Digest {
        content_digest(&self.case, &self.definition)
    }

    pub(super) fn person(&self, id: &str) -> Person {
        self.people.iter().find(|person| person.id.as_str() == id).unwrap().clone()
    }

    /// The command of `asked` as the page shown now would send it.
    pub(super) fn command(&self, asked: &Asked) -> (Command, Option<Person>) {
        let name = format!("{} {asked:?}", self.asked);
        let (action, actor) = match asked {
            Asked::Open => (Action::Open { gathered: self.gathered.clone() }, None),
            Asked::Tick => (Action::Tick, None),
            Asked::Arrive { outcome, step } => (Action::arrival(*outcome, step, ""), None),
            Asked::Enter { by, text } => {
                let pairs = text.split_whitespace().filter_map(|pair| pair.split_once('='));
                let typed =
                    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                let mut action = self.ballot(VoteKind::Approve, "", None);
                if let Action::Vote { entry, .. } = &mut action {
                    *entry = typed;
                }
                (action, Some(self.person(by)))
            }
            Asked::PeopleWere(before) => (Action::PeopleChanged { before: before.clone() }, None),
            Asked::Vote { by, kind, reason } => {
                (self.ballot(*kind, reason, None), Some(self.person(by)))
            }
            Asked::Return { by, to } => {
                let action = self.ballot(VoteKind::Return, "確認してください", Some(to));
                (action, Some(self.person(by)))
            }
            Asked::Do { by, deed } => {
                let action = Action::Do { deed: deed.clone(), text: "電話で確認".to_owned() };
                (action, Some(self.person(by)))
            }
        };
        (Command { id: CommandId::of(&name), action }, actor)
    }

    pub(super) fn ballot(&self, kind: VoteKind, reason: &str, back_to: Option<&str>) -> Action {
        Action::Vote {
            kind,
            digest: self.digest(),
            task_version: self.case.head.task_version,
            shown_at: None,
            reason: reason.to_owned(),
            back_to: back_to.map(str::to_owned),
            entry: Vec::new(),
            way: Way::Screen,
        }
    }

    pub(super) fn decide(
        &self,
        command: &Command,
        actor: Option<&Person>,
    ) -> Result<Decision, Refusal> {
        let facts = Facts {
            now: self.now,
            actor,
            people: &self.people,
            calendar: &CALENDAR,
            deadline: ApprovalDeadline::default(),
            digest: self.digest(),
        };
        decide(&self.case, &self.definition, command, &facts)
    }

    fn carry(&mut self, asked: &Asked) -> Result<Decision, Refusal> {
        self.asked = self.asked.saturating_add(1);
        let (command, actor) = self.command(asked);
        let decision = self.decide(&command, actor.as_ref())?;
        if !decision.events.is_empty() {
            apply(&mut self.case.head, command.id, &decision.events);
        }
        Ok(decision)
    }
}

/// What is asked of a case.
#[derive(Debug, Clone)]
pub(in crate::workflow) enum Asked {
    Open,
    Tick,
    Vote {
        by: &'static str,
        kind: VoteKind,
        reason: &'static str,
    },
    Return {
        by: &'static str,
        to: &'static str,
    },
    Do {
        by: &'static str,
        deed: Deed,
    },
    /// People were these before.
    PeopleWere(Vec<Person>),
    /// Fills in a form: `amount=1,000 due=2026-12-31`.
    Enter {
        by: &'static str,
        text: &'static str,
    },
    /// Something came for a wait.
    Arrive {
        outcome: Arrival,
        step: &'static str,
    },
}

/// Fills in a form.
pub(super) fn enter(by: &'static str, text: &'static str) -> Asked {
    Asked::Enter { by, text }
}

/// Something comes for the wait called `step`.
pub(super) fn arrive(outcome: Arrival, step: &'static str) -> Asked {
    Asked::Arrive { outcome, step }
}

/// Sends the case back to a place the flow names.
pub(super) fn send_to(by: &'static str, to: &'static str) -> Asked {
    Asked::Return { by, to }
}

/// Does something besides deciding.
pub(super) fn act(by: &'static str, deed: Deed) -> Asked {
    Asked::Do { by, deed }
}

pub(in crate::workflow) fn approve(by: &'static str) -> Asked {
    Asked::Vote { by, kind: VoteKind::Approve, reason: "" }
}

pub(super) fn send_back(by: &'static str, reason: &'static str) -> Asked {
    Asked::Vote { by, kind: VoteKind::Return, reason }
}

pub(super) fn reject(by: &'static str, reason: &'static str) -> Asked {
    Asked::Vote { by, kind: VoteKind::Reject, reason }
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) script: Script,
    answer: Result<Decision, Refusal>,
}

impl Outcome {
    /// The events and effects, each in a few words.
    pub(super) fn then(self, events: &[&str], effects: &[&str]) -> Script {
        let decision = self.answer.expect("it is not refused");
        assert_eq!(decision.events.iter().map(said).collect::<Vec<_>>(), events);
        assert_eq!(decision.effects.iter().map(owed).collect::<Vec<_>>(), effects);
        self.script
    }

    /// The events, each in a few words, and the case as it goes on.
    pub(super) fn told(self) -> (Vec<String>, Script) {
        let decision = self.answer.expect("it is not refused");
        (decision.events.iter().map(said).collect(), self.script)
    }

    pub(super) fn refused(self, expected: &Refusal) -> Script {
        assert_eq!(self.answer.as_ref(), Err(expected), "{:?}", self.script.case.head);
        self.script
    }
}

pub(super) fn said(event: &Event) -> String {
    let until = |due: &Option<Timestamp>| due.map_or("never".to_owned(), |due| due.to_string());
    match event {
        Event::Entered { step, due, candidates } => {
            let asked: Vec<&str> = candidates.iter().map(UserId::as_str).collect();
            format!("entered {step} until {} asking {}", until(due), asked.join(" "))
        }
        Event::Unstaffed { step, due } => format!("nobody for {step} until {}", until(due)),
        Event::Voted { vote, .. } => {
            format!("{:?} on {}.{} by {}", vote.kind, vote.step, vote.seat, vote.by)
        }
        Event::BecameOverdue { .. } => "overdue".to_owned(),
        Event::Emitted { step, .. } => format!("emitted {step}"),
        Event::Ended { outcome, .. } => format!("ended {outcome:?}"),
        Event::VotedFor(acting) => format!("for {}", acting.principal),
        Event::SentBack { to, due, .. } => format!("sent back to {to:?} until {}", until(due)),
        Event::TimersSet { wake, .. } => format!("timer at {}", until(wake)),
        Event::TimersFired { fired, escalated, .. } => {
            format!("timers fired {fired}, escalated {escalated}")
        }
        Event::Remarked(remark) => format!("{:?} by {}", remark.deed, remark.by),
        Event::Gathered(values) => format!("gathered {}", values.len()),
        Event::Substituted(one) => format!("in place, by {}", one.by),
        Event::Restaffed { asked, assigned } => {
            let asked: Vec<&str> = asked.iter().map(UserId::as_str).collect();
            format!("restaffed asking {}, handed to {assigned:?}", asked.join(" "))
        }
        Event::Migrated(migration) => {
            let (kept, voided) = (&migration.kept, migration.voided.len());
            format!("migrated from step {}, kept {kept:?}, voided {voided}", migration.step)
        }
        Event::Decided { step, line, .. } => format!("table of {step} answers by line {line}"),
        Event::Within { branch, event, .. } => format!("[{branch}] {}", said(event)),
        Event::Forked { step, branches } => format!("forked {step} into {}", branches.len()),
        Event::BranchEnded => "ended".to_owned(),
        Event::Joined { step } => format!("joined {step}"),
        Event::Waiting { step, until: limit } => format!("waits at {step} until {}", until(limit)),
        Event::Arrived { step, outcome, .. } => format!("over {step}: {outcome:?}"),
        Event::Filled(entry) => format!("filled {}.{}", entry.step, entry.seat),
        Event::Settled { step } => format!("settled {step}"),
        Event::Differed { fields, .. } => format!("differed in {}", fields.join(" ")),
        Event::Found(note) => format!("found {}", note.text),
        Event::Compensable { step } => format!("compensable {step}"),
        Event::Voided { step } => format!("voided {step}"),
        Event::Seated { step, left_out } => format!("{step} without seats {left_out:?}"),
        Event::Clocked(clock) => match clock.stopped {
            Some(_) => format!("clock stands, {}", clock.target),
            None => format!("clock runs until {}", clock.target),
        },
        Event::Jumped { to } => format!("back to {to}"),
        Event::Carved { carve, scope } => format!("{} without {}", scope.rows, carve.rows),
        Event::SplitOff(heritage) => {
            format!("split off at {} with {} votes", heritage.step, heritage.votes.len())
        }
    }
}

pub(super) fn owed(effect: &Effect) -> String {
    effect.kind.to_string()
}

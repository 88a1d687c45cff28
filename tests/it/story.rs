//! A day at the desk, committed step by step: what the store's tests and the kept journal hold.
//!
//! Everything in it is decided by the real engine over a flow of its own, so that no change to a
//! shipped flow changes a stored journal.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use kessai::domain::profile::Profile;
use kessai::domain::{
    ApprovalPattern, BankCalendar, BranchCode, CaseId, Date, Digest, Organisation, Person,
    ReceiptNo, RequestKind, ResultEncoding, Submitter, Timestamp, Today, UserId, UserNumber,
    YenTotal,
};
use kessai::ports::{
    Batch, Checked, Commit, CommitError, Credentials, EffectMove, EffectState, Entry, Expect, Lock,
    Moved, OpenedFlow, PasswordHash, Received, RowSeed, Staffed, Store, UserChange, UserRecord,
};
use kessai::workflow::{
    Action, ApprovalDeadline, Case, CaseFile, CaseHead, Channel, Command, CommandId, Decision,
    Definition, Effect, EffectId, EffectKind, EffectScope, Facts, Refusal, Scope, Unit, VoteKind,
    Way, content_digest, decide, load_definition, load_profile,
};

/// The flow of the story.
pub(crate) const FLOW: &str = "\
schema: 1
id: story
title: 物語
effective_from: 2026-04-01
steps:
  - approve: customer
    when: \"channel == 'customers'\"
    need: {pattern: contract}
    who: {authority: approve, at: submitter}
    overdue: return
  - approve: desk
    need:
      - {who: {role: checker, at: desk}, as: 照査}
      - {who: {role: manager, at: desk}, as: 決裁}
    due: 1bd@15:00
  - emit: out
    effects: [clearing, receipt, mail]
  - end: done
";

static CALENDAR: LazyLock<BankCalendar> = LazyLock::new(BankCalendar::japan);

pub(crate) fn at(day: u32, hour: u32, minute: u32) -> Timestamp {
    Timestamp::tokyo(date(day), hour, minute)
}

pub(crate) fn date(day: u32) -> Date {
    Date::new(2026, 12, day).unwrap()
}

pub(crate) fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

pub(crate) fn person(id: &str, role: &str) -> Person {
    let organisation = if role == "approve" {
        Organisation::Customer(UserNumber::parse("987654321").unwrap())
    } else {
        Organisation::Branch(BranchCode::parse("001").unwrap())
    };
    Person {
        id: user(id),
        name: id.to_owned(),
        organisation,
        roles: vec![role.to_owned()],
        email: format!("{id}@example.jp"),
        stands_for: Vec::new(),
        today: Today::default(),
    }
}

pub(crate) fn submitter(pattern: ApprovalPattern) -> Submitter {
    Submitter {
        channel: "customers".to_owned(),
        folder: "987654321".to_owned(),
        name: "高崎製作所".to_owned(),
        desk: BranchCode::parse("001").unwrap(),
        email: "keiri@example.jp".to_owned(),
        encoding: ResultEncoding::Cp932,
        pattern,
        owners: Vec::new(),
    }
}

/// The profiles of the channel of customers: the one that is shipped.
pub(crate) fn profiles() -> BTreeMap<String, Vec<Profile>> {
    let text = include_str!("../../workflows/profiles/payables.yaml");
    let profile = load_profile("payables.yaml", "payables", text).unwrap();
    BTreeMap::from([("customers".to_owned(), vec![profile])])
}

/// The channel of trials (導入テスト), as it is shipped.
pub(crate) fn trials() -> Channel {
    let text = include_str!("../../workflows/channels/test.yaml");
    Channel::load("test.yaml", "test", text, &[]).unwrap()
}

/// The channel of papers, as it is shipped.
pub(crate) fn papers(flows: &[&str]) -> Channel {
    let text = include_str!("../../workflows/channels/fax.yaml");
    Channel::load("fax.yaml", "fax", text, flows).unwrap()
}

/// A customer who submits, and tries out files; and a branch with a FAX.
pub(crate) fn trying(customer: Submitter) -> Vec<Submitter> {
    let trial = Submitter { channel: "test".to_owned(), ..customer.clone() };
    let fax = Submitter {
        channel: "fax".to_owned(),
        folder: "001".to_owned(),
        name: "本店営業部".to_owned(),
        pattern: ApprovalPattern::None,
        ..customer.clone()
    };
    vec![customer, trial, fax]
}

/// Somebody who commits to a store the way the use cases do.
pub(crate) struct Teller<'s> {
    pub(crate) store: &'s dyn Store,
    pub(crate) definition: Arc<Definition>,
    pub(crate) now: Timestamp,
    commands: u32,
}

impl<'s> Teller<'s> {
    pub(crate) fn new(store: &'s dyn Store) -> Self {
        let definition = Arc::new(load_definition("story.yaml", FLOW).unwrap());
        Self { store, definition, now: at(1, 9, 0), commands: 0 }
    }

    pub(crate) fn try_commit(
        &self,
        entries: Vec<Entry>,
        expect: Vec<Expect>,
    ) -> Result<(), CommitError> {
        self.store.commit(Batch { commit: Commit { at: self.now, entries }, expect })
    }

    pub(crate) fn commit(&self, entry: Entry) {
        self.try_commit(vec![entry], Vec::new()).unwrap();
    }

    pub(crate) fn register(&self, id: &str, role: &str) {
        let lock = || Lock { hash: PasswordHash(format!("$not-a-hash${id}")), failures: 0 };
        let credentials = Credentials { login: lock(), approval: lock() };
        let record = UserRecord { person: person(id, role), credentials, since: self.now };
        self.commit(Entry::User(Box::new(UserChange::Added(record))));
    }

    pub(crate) fn register_everybody(&self) {
        for (id, role) in [
            ("sato0001", "approve"),
            ("mori0001", "approve"),
            ("check001", "checker"),
            ("manage01", "manager"),
        ] {
            self.register(id, role);
        }
    }

    /// A file is ours.
    pub(crate) fn receive(&self, name: &str, pattern: ApprovalPattern) -> ReceiptNo {
        let receipt = self.store.take_receipt(self.now.date()).unwrap();
        self.commit(Entry::Received(Box::new(Received {
            receipt,
            intake: format!("intake-{name}"),
            submitter: submitter(pattern),
            submitted_by: None,
            name: name.to_owned(),
            digest: Digest::of(name.as_bytes()),
            bytes: 1_000,
            at: self.now,
            same_as: None,
            flaw: None,
        })));
        receipt
    }

    /// The verdict on a file; `rows` records pass, in a case of `unit`, or none do.
    pub(crate) fn check(&self, receipt: ReceiptNo, unit: Unit, rows: u32) {
        let scope = Scope {
            rows,
            total: YenTotal::new(u64::from(rows) * 1_000),
            record_date: date(3),
            latest_day: Some(date(10)),
        };
        let flow = || OpenedFlow {
            workflow: "story".to_owned(),
            definition: self.definition.hash,
            kinds: vec![RequestKind::AccrualDebtor],
            unit,
            first_case: self.store.take_case_numbers(if unit == Unit::Record { rows } else { 1 }),
            scope,
        };
        let flows: Vec<OpenedFlow> = (rows > 0).then(flow).into_iter().collect();
        let mut moved = Vec::new();
        if unit == Unit::File && rows > 0 {
            moved.push(self.opening(receipt, scope));
        }
        let kinds = if rows > 0 { vec![EffectKind::Result, EffectKind::Slip] } else { vec![] };
        self.commit(Entry::Checked(Box::new(Checked {
            receipt,
            findings: None,
            record_file: (rows > 0).then(|| Digest::of(b"rows")),
            records: rows.max(1),
            accepted: rows,
            rejected: u32::from(rows == 0),
            total: scope.total,
            flows,
            moved,
            effects: kinds.into_iter().map(|kind| self.effect(receipt, kind)).collect(),
        })));
    }

    pub(crate) fn effect(&self, receipt: ReceiptNo, kind: EffectKind) -> Effect {
        Effect { scope: EffectScope::File(receipt), kind, at: self.now }
    }

    fn opening(&self, receipt: ReceiptNo, scope: Scope) -> Moved {
        let record = self.store.file(receipt).unwrap();
        let file = CaseFile {
            receipt,
            channel: record.submitter.channel.clone(),
            submitter: record.submitter.folder.clone(),
            submitted_by: None,
            desk: record.submitter.desk,
            pattern: record.submitter.pattern,
            record_file: Digest::of(b"rows"),
            definitions: vec![self.definition.hash],
            kinds: Vec::new(),
            accounts: Arc::default(),
            paper: None,
        };
        let head = CaseHead::new(CaseId { receipt, n: 1, row: None }, scope);
        let case = Case { file: Arc::new(file), head };
        let command = Command {
            id: CommandId::of(&format!("open {receipt}")),
            action: Action::Open { gathered: Vec::new() },
        };
        let decision = self.decide(&case, &command, None).unwrap();
        moved(case.head.id, command.id, decision)
    }

    /// A file with one batch case.
    pub(crate) fn open_batch(&self, name: &str, pattern: ApprovalPattern) -> CaseId {
        let receipt = self.receive(name, pattern);
        self.check(receipt, Unit::File, 3);
        CaseId { receipt, n: 1, row: None }
    }

    /// The slice of rows `from..=to` of a file becomes cases.
    pub(crate) fn stage(&self, receipt: ReceiptNo, from: u32, to: u32) {
        let first = self.store.file(receipt).unwrap().flows[0].first_case;
        let rows = (from..=to).map(|row| RowSeed {
            row,
            total: YenTotal::new(1_000),
            record_date: date(3),
            latest_day: Some(date(10)),
            key: u64::from(receipt.serial()) << 32 | u64::from(row),
            due: Some(at(3, 15, 0)),
            staffed: Staffed::Yes,
        });
        self.commit(Entry::Staged {
            receipt,
            n: 1,
            first_case: first + from - 1,
            step: 0,
            command: CommandId::of(&format!("open {receipt}.1")),
            rows: rows.collect(),
        });
    }

    pub(crate) fn opened(&self, receipt: ReceiptNo) {
        self.commit(Entry::Opened { receipt, effects: Vec::new() });
    }

    pub(crate) fn people(&self) -> Vec<Person> {
        self.store.users().into_iter().map(|user| user.person).collect()
    }

    pub(crate) fn decide(
        &self,
        case: &Case,
        command: &Command,
        actor: Option<&Person>,
    ) -> Result<Decision, Refusal> {
        let people = self.people();
        let facts = Facts {
            now: self.now,
            actor,
            people: &people,
            calendar: &CALENDAR,
            deadline: ApprovalDeadline::default(),
            digest: content_digest(case, &self.definition),
        };
        decide(case, &self.definition, command, &facts)
    }

    /// What a person's vote on a case as it is now leads to, not committed.
    pub(crate) fn ballot(&mut self, id: CaseId, by: &str, kind: VoteKind) -> (Moved, Expect) {
        self.commands += 1;
        let case = self.store.case(id).unwrap();
        let action = Action::Vote {
            entry: Vec::new(),
            way: Way::Screen,
            kind,
            digest: content_digest(&case, &self.definition),
            task_version: case.head.task_version,
            shown_at: None,
            reason: "理由".to_owned(),
            back_to: None,
        };
        let name = format!("{id} {by} {}", self.commands);
        let command = Command { id: CommandId::of(&name), action };
        let actor = self.store.user(&user(by)).unwrap().person;
        let decision = self.decide(&case, &command, Some(&actor)).unwrap();
        (moved(id, command.id, decision), Expect { case: id, version: case.head.version })
    }

    pub(crate) fn vote(&mut self, id: CaseId, by: &str, kind: VoteKind) {
        let (moved, expect) = self.ballot(id, by, kind);
        self.try_commit(vec![Entry::Moved(Box::new(moved))], vec![expect]).unwrap();
    }

    pub(crate) fn approve(&mut self, id: CaseId, by: &[&str]) {
        for one in by {
            self.vote(id, one, VoteKind::Approve);
        }
    }

    /// The first `count` effects go to a state.
    pub(crate) fn effects_go(&self, count: usize, to: EffectState) {
        let pending = self.store.effects(count);
        let moves = pending.iter().map(|one| self.effect_goes(one.effect.id(), to));
        self.commit(Entry::Effects(moves.collect()));
    }

    pub(crate) fn effect_goes(&self, id: EffectId, to: EffectState) -> EffectMove {
        EffectMove { id, to, at: self.now, note: String::new() }
    }

    pub(crate) fn definitions(&self) -> impl Fn(Digest) -> Option<Arc<Definition>> + use<> {
        let definition = Arc::clone(&self.definition);
        move |hash| (hash == definition.hash).then(|| Arc::clone(&definition))
    }
}

fn moved(case: CaseId, command: CommandId, decision: Decision) -> Moved {
    Moved { case, command, events: decision.events, effects: decision.effects }
}

/// A day at the desk: every kind of entry, every way a case ends. Calls `after` after each act.
pub(crate) fn tell(store: &dyn Store, after: &mut dyn FnMut(&dyn Store)) {
    let mut teller = Teller::new(store);
    teller.register_everybody();
    after(store);
    let done = teller.open_batch("done.csv", ApprovalPattern::DoubleOrdered);
    after(store);
    teller.approve(done, &["sato0001", "mori0001", "check001"]);
    after(store);
    teller.now = at(1, 10, 0);
    teller.approve(done, &["manage01"]);
    teller.effects_go(4, EffectState::Delivered);
    after(store);
    let returned = teller.open_batch("returned.csv", ApprovalPattern::Single);
    teller.vote(returned, "mori0001", VoteKind::Return);
    after(store);
    let refused = teller.receive("refused.csv", ApprovalPattern::Single);
    teller.check(refused, Unit::File, 0);
    teller.commit(Entry::Disposed(vec![refused, done.receipt]));
    after(store);
    let rows = teller.receive("rows.csv", ApprovalPattern::Single);
    teller.check(rows, Unit::Record, 40);
    teller.stage(rows, 1, 20);
    after(store);
    teller.stage(rows, 21, 40);
    teller.opened(rows);
    after(store);
    teller.now = at(2, 9, 0);
    for row in 5..=15 {
        teller.approve(CaseId { receipt: rows, n: 1, row: Some(row) }, &["sato0001"]);
    }
    teller.vote(CaseId { receipt: rows, n: 1, row: Some(7) }, "check001", VoteKind::Reject);
    after(store);
    let kind = kessai::ports::PasswordKind::Approval;
    let outcome = kessai::ports::Tried::Wrong;
    let tried = UserChange::Tried { user: user("manage01"), kind, outcome };
    teller.commit(Entry::User(Box::new(tried)));
    teller.effects_go(1, EffectState::Later { attempt: 1, again_at: at(2, 9, 1) });
    after(store);
    teller.open_batch("waiting.csv", ApprovalPattern::None);
    after(store);
}

/// The layout of 総合振込 files as it is shipped.
pub(crate) fn transfers() -> kessai::formats::layout::Layout {
    use kessai::formats::zengin::transfer;

    transfer::layout(transfer::SHIPPED).unwrap()
}

/// The fees as they are shipped, and an institution that debits.
pub(crate) fn fee_rules() -> kessai::service::FeeRules {
    use kessai::formats::{SHIPPED_FEES, read_fees, zengin::debit};

    kessai::service::FeeRules {
        table: read_fees(SHIPPED_FEES).unwrap(),
        layout: debit::layout(debit::SHIPPED).unwrap(),
        client: Some(kessai::service::FeeClient {
            code: "1234567890".to_owned(),
            name: "ﾐﾎﾝｼﾝｷﾝ".to_owned(),
            account: kessai::domain::Account::parse("0001-001-1-7654321").unwrap(),
        }),
    }
}

//! A desk in memory with people and one file that waits for approval.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use kessai::domain::rules::RuleSettings;
use kessai::domain::{
    ApprovalPattern, BankCalendar, BranchCode, CaseId, Date, Digest, Organisation, Person,
    ReceiptNo, RecordRequest, RequestKind, ResultEncoding, Submitter, Timestamp, Today, UserId,
    YenTotal,
};
use kessai::formats::Writer;
use kessai::pki::ClientAuthority;
use kessai::ports::{
    Batch, Blob, Checked, Clock, Commit, Entry, Fate, Hasher, Issuer, Mac, Moved, NoProbe,
    NoScreener, NoStrikes, OpenedFlow, Outbox, Parcel, PasswordHash, Random, Received, Secrets,
    Staged, UserChange,
};
use kessai::render::mail::Templates;
use kessai::render::view;
use kessai::render::words::Words;
use kessai::service::{Answers, Desk, Flow, NewUser, Passwords, Ports, Publishing, Rulebook};
use kessai::store::{Memory, MemoryBlobs};
use kessai::workflow::{
    Action, ApprovalDeadline, Case, CaseFile, CaseHead, Channel, Command, CommandId, Facts, Scope,
    Unit, decide, load_definition,
};

use crate::render::sample;

const ACCRUAL: &str = include_str!("../data/flows/sent.yaml");
pub(super) const HOST: &str = "127.0.0.1:8600";
/// Two of the customer, two of the desk, one of another customer.
pub(super) const PEOPLE: [(&str, &str, &str); 5] = [
    ("sato-0001", "佐藤 花子", "approve"),
    ("suzuki-01", "鈴木 一郎", "approve"),
    ("mori-0001", "森 照子", "checker"),
    ("kato-0001", "加藤 決", "manager"),
    ("tanaka-01", "田中 他人", "approve"),
];

#[derive(Debug)]
pub(super) struct HandClock(Mutex<Timestamp>);

impl HandClock {
    pub(super) fn forward(&self, ms: i64) {
        let mut now = self.0.lock().unwrap();
        *now = now.plus_ms(ms);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

#[derive(Debug, Default)]
struct Counting(Mutex<u64>);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let mut count = self.0.lock().unwrap();
        for chunk in bytes.chunks_mut(32) {
            *count += 1;
            let some = Digest::of(&count.to_be_bytes());
            chunk.copy_from_slice(&some.as_bytes()[..chunk.len()]);
        }
    }
}

/// The wall's clock, which handshakes go by.
#[derive(Debug)]
struct Wall;

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        super::tls::now()
    }
}

/// Hashes fast: what is tested here is who asks, not how dear guessing is.
#[derive(Debug)]
struct Fast;

impl Hasher for Fast {
    fn hash(&self, password: &str) -> PasswordHash {
        PasswordHash(Digest::of(password.as_bytes()).to_string())
    }

    fn matches(&self, password: &str, hash: &PasswordHash) -> bool {
        self.hash(password) == *hash
    }
}

#[derive(Debug)]
struct Key;

impl Secrets for Key {
    fn seal(&self, purpose: &str, message: &[u8]) -> Mac {
        let text = [b"a key of the tests", purpose.as_bytes(), &[0], message].concat();
        *Digest::of(&text).as_bytes()
    }
}

#[derive(Debug)]
struct NoOutbox;

impl Outbox for NoOutbox {
    fn stage(&self, parcels: &[Parcel]) -> Vec<Result<Staged, Fate>> {
        parcels.iter().map(|_| Err(Fate::Later("none".into()))).collect()
    }

    fn publish(&self, staged: &[Staged]) -> Vec<Fate> {
        staged.iter().map(|_| Fate::Later("none".into())).collect()
    }

    fn find(&self, path: &str) -> Option<Digest> {
        path.ends_with("_slip.pdf").then(|| Digest::of(b"slip"))
    }

    fn list(&self, _folder: &str, _prefix: &str) -> Vec<String> {
        Vec::new()
    }

    fn open(&self, _path: &str) -> Option<Box<dyn Blob>> {
        None
    }

    fn read(&self, _staged: &Staged) -> Option<Vec<u8>> {
        None
    }

    fn find_staged(&self, _path: &str) -> Option<Staged> {
        None
    }
}

/// What a file is like.
pub(super) struct Drop<'a> {
    pub(super) name: &'a str,
    pub(super) requests: Vec<RecordRequest>,
}

pub(super) struct Stage {
    pub(super) desk: Arc<Desk>,
    pub(super) clock: Arc<HandClock>,
    /// The authority of users' certificates, in a folder of its own.
    pub(super) issuer: Arc<ClientAuthority>,
    _folder: tempfile::TempDir,
}

impl Stage {
    pub(super) fn new() -> Self {
        Self::with_outbox(Arc::new(NoOutbox))
    }

    pub(super) fn with_outbox(outbox: Arc<dyn Outbox>) -> Self {
        let clock = Arc::new(HandClock(Mutex::new(sample::at(9, 15))));
        let folder = tempfile::tempdir().unwrap();
        let chance = Arc::new(Counting::default());
        let issuer = {
            let (at, name) = (folder.path().into(), "見本信用金庫".into());
            ClientAuthority::new(at, name, chance, Arc::new(Wall))
        };
        let issuer = Arc::new(issuer);
        let ports = Ports {
            store: Arc::new(Memory::new()),
            blobs: Arc::new(MemoryBlobs::default()),
            outbox,
            relay: None,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random: Arc::new(Counting::default()),
            hasher: Arc::new(Fast),
            secrets: Arc::new(Key),
            signer: Arc::new(crate::mails::Stamp::default()),
            issuer: Arc::clone(&issuer) as Arc<dyn Issuer>,
            scans: Arc::new(crate::papers::Papers),
            workbooks: Arc::new(crate::book::Books),
            strikes: Arc::new(NoStrikes),
            screener: Arc::new(NoScreener),
            probe: Arc::new(NoProbe),
        };
        let desk = Desk::new(ports, rulebook(ACCRUAL));
        let stage = Self { desk: Arc::new(desk), clock, issuer, _folder: folder };
        for (at, (id, name, role)) in PEOPLE.into_iter().enumerate() {
            let place = match at {
                0 | 1 => "customer:1AB2CD3EF",
                2 | 3 => "branch:001",
                _ => "customer:9XY8WV7UT",
            };
            stage.enrol((id, name), place, role);
        }
        stage
    }

    /// The same where the desk may decide on paper, with two clerks who read it back.
    pub(super) fn on_paper() -> Self {
        let stage = Self::new();
        let line = "    overdue: hold ";
        let allowed = ACCRUAL.replace(line, &format!("    paper: allowed\n{line}"));
        stage.desk.put_in_force(rulebook(&allowed));
        for (id, place) in
            [("clerk001", "branch:001"), ("clerk002", "branch:002"), ("clerk003", "branch:001")]
        {
            stage.enrol((id, &format!("入力 {id}")), place, "clerk");
        }
        stage
    }

    /// Registers somebody with one role.
    pub(super) fn enrol(&self, (id, name): (&str, &str), place: &str, role: &str) {
        let person = Person {
            id: UserId::parse(id).unwrap(),
            name: name.into(),
            organisation: Organisation::parse(place).unwrap(),
            roles: vec![role.into()],
            email: format!("{id}@example.jp"),
            stands_for: Vec::new(),
            today: Today::default(),
        };
        let passwords = Passwords { login: login(id), approval: approval(id) };
        self.desk.add_user(NewUser { person, passwords }).unwrap();
    }

    /// Changes what is registered of a person.
    pub(super) fn change(&self, person: Person) {
        let entries = vec![Entry::User(Box::new(UserChange::Changed(person)))];
        let commit = Commit { at: self.desk.clock.now(), entries };
        self.desk.store.commit(Batch { commit, expect: Vec::new() }).unwrap();
    }

    /// Takes a file in, each workflow its batch case; answers the cases.
    pub(super) fn take_in(&self, drop: &Drop<'_>) -> Vec<CaseId> {
        let desk = &self.desk;
        let now = desk.clock.now();
        let receipt = desk.store.take_receipt(now.date()).unwrap();
        let submitter = submitter();
        let record_file = self.keep(&drop.requests);
        let of = |accrual: bool| -> Vec<&RecordRequest> {
            let is =
                |kind| matches!(kind, RequestKind::AccrualDebtor | RequestKind::AccrualCreditor);
            drop.requests.iter().filter(|request| is(request.kind) == accrual).collect()
        };
        let flows: Vec<OpenedFlow> = [("accrual", of(true)), ("assignment", of(false))]
            .into_iter()
            .filter(|(_, requests)| !requests.is_empty())
            .map(|(workflow, requests)| OpenedFlow {
                workflow: workflow.into(),
                definition: desk.rulebook().flow(workflow, now.date()).unwrap().definition.hash,
                kinds: kinds(workflow),
                unit: Unit::File,
                first_case: desk.store.take_case_numbers(1),
                scope: scope(&requests),
            })
            .collect();
        let file = CaseFile {
            receipt,
            channel: "customers".into(),
            submitter: submitter.folder.clone(),
            submitted_by: None,
            desk: submitter.desk,
            pattern: submitter.pattern,
            record_file,
            definitions: flows.iter().map(|flow| flow.definition).collect(),
            kinds: Vec::new(),
            accounts: Arc::default(),
            paper: None,
        };
        let moved: Vec<Moved> =
            (1..).zip(&flows).map(|(n, flow)| self.open(&file, n, flow)).collect();
        let cases = moved.iter().map(|moved| moved.case).collect();
        let records = u32::try_from(drop.requests.len()).unwrap();
        let received = Received {
            receipt,
            intake: "1".into(),
            submitter,
            submitted_by: None,
            name: drop.name.into(),
            digest: Digest::of(receipt.to_string().as_bytes()),
            bytes: 1_234,
            at: now,
            same_as: None,
            flaw: None,
        };
        let checked = Checked {
            receipt,
            findings: None,
            record_file: Some(record_file),
            records,
            accepted: records,
            rejected: 0,
            total: scope(&drop.requests.iter().collect::<Vec<_>>()).total,
            flows,
            moved,
            effects: Vec::new(),
        };
        let entries = vec![Entry::Received(Box::new(received)), Entry::Checked(Box::new(checked))];
        let commit = Commit { at: now, entries };
        desk.store.commit(Batch { commit, expect: Vec::new() }).unwrap();
        cases
    }

    /// The usual file: three accruals.
    pub(super) fn usual(&self) -> CaseId {
        let requests = (1..=3).map(sample::request).collect();
        self.take_in(&Drop { name: "12月分.csv", requests })[0]
    }

    /// Adds `master-01`, a master of the customer `1AB2CD3EF`.
    pub(super) fn add_master(&self) {
        let person = Person {
            id: UserId::parse("master-01").unwrap(),
            name: "髙﨑 眞由美".into(),
            organisation: Organisation::Customer(
                kessai::domain::UserNumber::parse("1AB2CD3EF").unwrap(),
            ),
            roles: vec!["master".into()],
            email: "takasaki@example.jp".into(),
            stands_for: Vec::new(),
            today: Today::default(),
        };
        let passwords = Passwords { login: login("master-01"), approval: approval("master-01") };
        self.desk.add_user(NewUser { person, passwords }).unwrap();
    }

    pub(super) fn case(&self, id: CaseId) -> Case {
        self.desk.store.case(id).unwrap()
    }

    pub(super) fn person(&self, at: usize) -> Person {
        self.desk.store.user(&UserId::parse(PEOPLE[at].0).unwrap()).unwrap().person
    }

    fn keep(&self, requests: &[RecordRequest]) -> Digest {
        let mut writer = Writer::new(self.desk.blobs.create().unwrap()).unwrap();
        for (record, request) in (1..).zip(requests) {
            writer.push(record, record + 1, request, request.business_key()).unwrap();
        }
        writer.finish().unwrap().keep().unwrap()
    }

    /// Keeps the bytes of a file.
    pub(super) fn keep_bytes(&self, bytes: &[u8]) -> Digest {
        let mut writer = self.desk.blobs.create().unwrap();
        std::io::Write::write_all(&mut writer, bytes).unwrap();
        writer.keep().unwrap()
    }

    fn open(&self, file: &CaseFile, n: u16, flow: &OpenedFlow) -> Moved {
        let id = CaseId { receipt: file.receipt, n, row: None };
        let head = CaseHead::new(id, flow.scope);
        let case = Case { file: Arc::new(file.clone()), head };
        let people: Vec<Person> = (0..5).map(|at| self.person(at)).collect();
        let facts = Facts {
            now: self.desk.clock.now(),
            actor: None,
            people: &people,
            calendar: &self.desk.rulebook().calendar,
            deadline: self.desk.rulebook().deadline,
            digest: Digest::default(),
        };
        let command = Command {
            id: CommandId::of(&format!("open {id}")),
            action: Action::Open { gathered: Vec::new() },
        };
        let definition = self.desk.definition(flow.definition).unwrap();
        let decision = decide(&case, &definition, &command, &facts).unwrap();
        Moved { case: id, command: command.id, events: decision.events, effects: decision.effects }
    }
}

pub(super) fn login(user: &str) -> String {
    format!("login of {user}")
}

pub(super) fn approval(user: &str) -> String {
    format!("approval of {user}")
}

fn scope(requests: &[&RecordRequest]) -> Scope {
    Scope {
        rows: u32::try_from(requests.len()).unwrap(),
        total: requests
            .iter()
            .fold(YenTotal::default(), |total, request| total.plus(request.amount)),
        record_date: Date::new(2026, 12, 3).unwrap(),
        latest_day: Some(Date::new(2027, 3, 1).unwrap()),
    }
}

fn submitter() -> Submitter {
    Submitter {
        channel: "customers".into(),
        folder: "1AB2CD3EF".into(),
        name: "株式会社 髙﨑製作所".into(),
        desk: BranchCode::parse("001").unwrap(),
        email: "drop@example.jp".into(),
        encoding: ResultEncoding::default(),
        pattern: ApprovalPattern::DoubleAny,
        owners: Vec::new(),
    }
}

fn rulebook(accrual: &str) -> Rulebook {
    let flow = |text: &str| Flow {
        definition: Arc::new(load_definition("flow.yaml", text).unwrap()),
        text: text.into(),
    };
    let flows = [
        ("accrual", accrual),
        ("assignment", include_str!("../data/flows/sent_assignment.yaml")),
        ("paper", include_str!("../data/flows/sent_paper.yaml")),
    ];
    let customers = include_str!("../../../workflows/channels/customers.yaml");
    let known = RequestKind::ALL.map(RequestKind::name);
    let known = [&["accrual", "paper"], known.as_slice()].concat();
    let channel = Channel::load("customers.yaml", "customers", customers, &known);
    Rulebook {
        fees: crate::story::fee_rules(),
        profiles: crate::story::profiles(),
        transfers: crate::story::transfers(),
        requests: kessai::formats::densai::RequestLayout::shipped().clone(),
        results: crate::densai::results(),
        directory: Arc::default(),
        schedules: Vec::new(),
        flows: flows.map(|(id, text)| (id.to_owned(), vec![flow(text)])).into(),
        channels: [channel.unwrap(), crate::story::trials(), crate::story::papers(&known)]
            .map(|one| (one.name.clone(), one))
            .into(),
        submitters: crate::story::trying(submitter()),
        calendar: BankCalendar::japan(),
        rules: RuleSettings::default(),
        deadline: ApprovalDeadline::default(),
        passwords: kessai::service::Policy { shortest: 8, unguessed: false },
        answers: Answers {
            words: Words::embedded().clone(),
            forms: kessai::render::forms::Forms::embedded().clone(),
            reasons: kessai::render::reasons::Reasons::default(),
            mails: Templates::overlaid(&BTreeMap::new()).unwrap(),
            desk: view::Desk { environment: view::Environment::Test, ..sample::desk() },
            base_url: format!("http://{HOST}"),
            certificate_url: String::new(),
            sender: sample::sender(),
            pages: BTreeMap::new(),
        },
        publishing: Publishing::default(),
    }
}

fn kinds(workflow: &str) -> Vec<RequestKind> {
    let (accruals, assignments) = RequestKind::ALL.split_at(2);
    if workflow == "accrual" { accruals.to_vec() } else { assignments.to_vec() }
}

/// A receipt number nobody has.
pub(super) fn nobodys() -> CaseId {
    let receipt = ReceiptNo::new(Date::new(2026, 12, 1).unwrap(), 999).unwrap();
    CaseId { receipt, n: 1, row: None }
}

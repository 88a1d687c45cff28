//! A branch without a building: a desk over memory, an outbox that can be made to fail, a probe
//! that can stop the program.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use kessai::domain::{
    ApprovalPattern, BranchCode, CaseId, Digest, Organisation, Person, ReceiptNo, Timestamp, Today,
    UserId, UserNumber,
};
use kessai::ports::{
    Blob, Clock, ContractVerb, Fate, FileRecord, Hasher, Mac, Outbox, Parcel, PasswordHash, Probe,
    Random, Relay, Screener, Secrets, Signer, Staged, Step, Store, Strikes,
};
use kessai::service::{
    Arrival, Ballot, DecideError, Desk, Flaw, Hand, NewUser, Passwords, Ports, Wish,
};
use kessai::store::{Memory, MemoryBlob, MemoryBlobs};
use kessai::workflow::{
    Case, CommandId, RowSet, Status, VoteKind, load_customers, write_customers,
};

use super::poison::Notes;
use super::rulebook::rulebook;
pub(super) use super::rulebook::{ACCRUAL, rulebook_with};
use super::screen::Scanner;
use crate::mails::Stamp;
use crate::story::{at, user};

pub(super) const HEADER: &str = "請求種別,記録番号,記録請求日,請求者利用者番号,請求者銀行番号,\
    請求者支店番号,請求者預金種目,請求者口座番号,相手利用者番号,相手名カナ,相手銀行番号,\
    相手支店番号,相手預金種目,相手口座番号,債権金額,支払期日,請求者RefNo,譲渡制限,保証,コメント\n";

/// People of the customer and of the desk: ID and role.
pub(super) const PEOPLE: [(&str, &str); 4] = [
    ("sato0001", "approve"),
    ("mori0001", "approve"),
    ("check001", "checker"),
    ("manage01", "manager"),
];

/// An accrual of 1,000 yen whose reference is `n`.
pub(super) fn accrual(n: usize) -> String {
    format!(
        "11,,2026-12-03,987654321,0001,001,2,0123456,123456789,ｶ)ﾔﾏﾀﾞ,0009,010,1,7654321,\
         1000,2027-03-31,INV-{n:06},0,,\n"
    )
}

/// An assignment whose reference is `n`.
pub(super) fn assignment(n: usize) -> String {
    format!(
        "20,98765432100000{n:06},2026-12-03,987654321,0001,001,2,0123456,123456789,ｶ)ﾔﾏﾀﾞ,\
         0009,010,1,7654321,,,INV-{n:06},,有,\n"
    )
}

/// A row with an amount nobody can read.
pub(super) fn mistaken(n: usize) -> String {
    accrual(n).replace(",1000,", ",lots,")
}

pub(super) fn accruals(rows: std::ops::RangeInclusive<usize>) -> String {
    HEADER.to_owned() + &rows.map(accrual).collect::<String>()
}

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
        *count += 1;
        let some = Digest::of(&count.to_be_bytes());
        for (byte, fresh) in bytes.iter_mut().zip(some.as_bytes()) {
            *byte = *fresh;
        }
    }
}

/// Hashes fast, and counts how often a password was compared.
#[derive(Debug, Default)]
pub(super) struct CountingHasher {
    pub(super) compared: Mutex<u32>,
}

impl Hasher for CountingHasher {
    fn hash(&self, password: &str) -> PasswordHash {
        PasswordHash(Digest::of(password.as_bytes()).to_string())
    }

    fn matches(&self, password: &str, hash: &PasswordHash) -> bool {
        *self.compared.lock().unwrap() += 1;
        self.hash(password) == *hash
    }
}

#[derive(Debug)]
struct Key;

impl Secrets for Key {
    fn seal(&self, purpose: &str, message: &[u8]) -> Mac {
        *Digest::of(&[purpose.as_bytes(), &[0], message].concat()).as_bytes()
    }
}

/// An outbox in memory. Paths that contain a refused word cannot be staged or published.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    visible: Mutex<BTreeMap<String, Vec<u8>>>,
    staged: Mutex<BTreeMap<String, Vec<u8>>>,
    /// Paths in the order in which they became visible.
    pub(super) appeared: Mutex<Vec<String>>,
    pub(super) cannot_stage: Mutex<BTreeSet<&'static str>>,
    pub(super) cannot_publish: Mutex<BTreeSet<&'static str>>,
}

impl Shelf {
    pub(super) fn paths(&self) -> Vec<String> {
        self.visible.lock().unwrap().keys().cloned().collect()
    }

    pub(super) fn bytes(&self, path: &str) -> Vec<u8> {
        self.visible.lock().unwrap()[path].clone()
    }

    /// Takes visible files away, as whoever sends mails does.
    pub(super) fn take_away(&self, part: &str) -> BTreeMap<String, Vec<u8>> {
        let mut visible = self.visible.lock().unwrap();
        let all = std::mem::take(&mut *visible);
        let (taken, left) = all.into_iter().partition(|(path, _)| path.contains(part));
        *visible = left;
        taken
    }

    pub(super) fn forget_staged(&self) {
        self.staged.lock().unwrap().clear();
    }
}

fn refused(words: &Mutex<BTreeSet<&'static str>>, path: &str) -> bool {
    words.lock().unwrap().iter().any(|word| path.contains(word))
}

impl Outbox for Shelf {
    fn stage(&self, parcels: &[Parcel]) -> Vec<Result<Staged, Fate>> {
        let one = |parcel: &Parcel| {
            if refused(&self.cannot_stage, &parcel.path) {
                return Err(Fate::Later("the folder is full".to_owned()));
            }
            let digest = parcel.body.digest();
            let mut staged = self.staged.lock().unwrap();
            staged.insert(parcel.path.clone(), parcel.body.read_all().unwrap());
            Ok(Staged { path: parcel.path.clone(), digest })
        };
        parcels.iter().map(one).collect()
    }

    fn publish(&self, staged: &[Staged]) -> Vec<Fate> {
        let one = |parcel: &Staged| {
            if refused(&self.cannot_publish, &parcel.path) {
                return Fate::Later("the folder is full".to_owned());
            }
            let Some(bytes) = self.staged.lock().unwrap().remove(&parcel.path) else {
                let is_out = self.find(&parcel.path) == Some(parcel.digest);
                let nothing = || Fate::Later("nothing is staged".to_owned());
                return if is_out { Fate::Delivered } else { nothing() };
            };
            assert_eq!(Digest::of(&bytes), parcel.digest);
            if let Some(there) = self.find(&parcel.path) {
                let same = there == parcel.digest;
                return if same { Fate::Delivered } else { Fate::Never("another".to_owned()) };
            }
            self.visible.lock().unwrap().insert(parcel.path.clone(), bytes);
            self.appeared.lock().unwrap().push(parcel.path.clone());
            Fate::Delivered
        };
        staged.iter().map(one).collect()
    }

    fn find(&self, path: &str) -> Option<Digest> {
        self.visible.lock().unwrap().get(path).map(|bytes| Digest::of(bytes))
    }

    fn list(&self, folder: &str, prefix: &str) -> Vec<String> {
        let visible = self.visible.lock().unwrap();
        let names = visible.keys().filter_map(|path| path.strip_prefix(folder));
        names.filter(|name| name.starts_with(prefix)).map(str::to_owned).collect()
    }

    fn open(&self, path: &str) -> Option<Box<dyn Blob>> {
        let bytes = self.visible.lock().unwrap().get(path).cloned()?;
        Some(Box::new(MemoryBlob::from(bytes)))
    }

    fn read(&self, staged: &Staged) -> Option<Vec<u8>> {
        let staged_bytes = self.staged.lock().unwrap().get(&staged.path).cloned();
        let bytes =
            staged_bytes.or_else(|| self.visible.lock().unwrap().get(&staged.path).cloned());
        bytes.filter(|bytes| Digest::of(bytes) == staged.digest)
    }

    fn find_staged(&self, path: &str) -> Option<Staged> {
        let staged = self.staged.lock().unwrap();
        let digest = Digest::of(staged.get(path)?);
        Some(Staged { path: path.to_owned(), digest })
    }
}

/// Stops the program the n-th time it reaches a step, as a kill would; the second goes wrong there
/// as a mistake of ours would.
#[derive(Debug, Default)]
pub(super) struct Stopper(Mutex<Option<(Step, u32)>>, Mutex<Option<Step>>);

/// What a stopped program unwinds with.
struct Stopped;

impl Probe for Stopper {
    fn reached(&self, step: Step) {
        let goes_wrong = self.1.lock().unwrap().take_if(|at| *at == step).is_some();
        assert!(!goes_wrong, "a mistake of ours");
        let mut order = self.0.lock().unwrap();
        let Some((at, left)) = order.as_mut() else { return };
        if *at != step {
            return;
        }
        *left -= 1;
        if *left == 0 {
            *order = None;
            drop(order);
            std::panic::resume_unwind(Box::new(Stopped));
        }
    }
}

/// How the channel of customers is set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setup {
    pub(super) accept: &'static str,
    pub(super) antivirus: &'static str,
    pub(super) unit: &'static str,
    pub(super) pattern: ApprovalPattern,
    /// A schedule.
    pub(super) schedule: Option<&'static str>,
    /// The directory's two files.
    /// What the desk's step of both flows is given besides.
    pub(super) desk_line: &'static str,
    pub(super) people: Option<&'static str>,
    pub(super) branches: Option<&'static str>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            accept: "file",
            antivirus: "off",
            unit: "file",
            pattern: ApprovalPattern::Single,
            desk_line: "",
            schedule: None,
            people: None,
            branches: None,
        }
    }
}

pub(super) struct Branch {
    pub(super) desk: Desk,
    pub(super) store: Arc<dyn Store>,
    pub(super) blobs: MemoryBlobs,
    pub(super) shelf: Arc<Shelf>,
    pub(super) clock: Arc<HandClock>,
    pub(super) hasher: Arc<CountingHasher>,
    pub(super) stamp: Arc<Stamp>,
    /// The mail server from the next start on.
    pub(super) relay: Option<Arc<dyn Relay>>,
    pub(super) scanner: Arc<Scanner>,
    pub(super) strikes: Arc<Notes>,
    stopper: Arc<Stopper>,
    setup: Setup,
    commands: Mutex<u32>,
}

impl Branch {
    pub(super) fn new(setup: Setup) -> Self {
        Self::over(Arc::new(Memory::new()), setup)
    }

    /// A branch that keeps what it is told in `store`.
    pub(super) fn over(store: Arc<dyn Store>, setup: Setup) -> Self {
        let blobs = MemoryBlobs::default();
        let shelf = Arc::new(Shelf::default());
        let clock = Arc::new(HandClock(Mutex::new(at(1, 9, 0))));
        let hasher = Arc::new(CountingHasher::default());
        let stopper = Arc::new(Stopper::default());
        let stamp = Arc::new(Stamp::default());
        let strikes = Arc::new(Notes::default());
        let scanner = Arc::new(Scanner::default());
        let ports = Ports {
            store: Arc::clone(&store),
            blobs: Arc::new(blobs.clone()),
            outbox: Arc::clone(&shelf) as Arc<dyn Outbox>,
            relay: None,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random: Arc::new(Counting::default()),
            hasher: Arc::clone(&hasher) as Arc<dyn Hasher>,
            secrets: Arc::new(Key),
            signer: Arc::clone(&stamp) as Arc<dyn Signer>,
            issuer: Arc::new(Stamp::default()),
            scans: Arc::new(crate::papers::Papers),
            workbooks: Arc::new(crate::book::Books),
            strikes: Arc::clone(&strikes) as Arc<dyn Strikes>,
            screener: Arc::clone(&scanner) as Arc<dyn Screener>,
            probe: Arc::clone(&stopper) as Arc<dyn Probe>,
        };
        let desk = Desk::new(ports, rulebook(setup));
        let commands = Mutex::default();
        let relay = None;
        Self {
            desk,
            store,
            blobs,
            shelf,
            clock,
            hasher,
            stamp,
            relay,
            scanner,
            strikes,
            stopper,
            setup,
            commands,
        }
    }

    /// Puts customers into the register, each a row of its list.
    pub(super) fn enrol(&self, rows: &[&str]) {
        let list = write_customers([].iter()) + &rows.join("\n");
        let customers = load_customers("customers.csv", &list).unwrap();
        self.desk.enrol_customers(&customers, (ContractVerb::Loaded, None)).unwrap();
    }

    /// The same with everybody registered.
    pub(super) fn staffed(setup: Setup) -> Self {
        Self::new(setup).with_people()
    }

    /// Registers everybody.
    pub(super) fn with_people(self) -> Self {
        let branch = self;
        for (id, role) in PEOPLE {
            branch.register(id, role);
        }
        branch
    }

    pub(super) fn register(&self, id: &str, role: &str) {
        let organisation = if role == "approve" {
            Organisation::Customer(UserNumber::parse("987654321").unwrap())
        } else {
            Organisation::Branch(BranchCode::parse("001").unwrap())
        };
        let person = Person {
            id: user(id),
            name: format!("{id}さん"),
            organisation,
            roles: vec![role.to_owned()],
            email: format!("{id}@example.jp"),
            stands_for: Vec::new(),
            today: Today::default(),
        };
        let passwords =
            Passwords { login: format!("login-{id}"), approval: format!("approval-{id}") };
        self.desk.add_user(NewUser { person, passwords }).unwrap();
    }

    /// The program starts again: memory of the desk is gone, store and folders are not.
    pub(super) fn restart(&mut self) {
        let ports = Ports {
            store: Arc::clone(&self.store),
            blobs: Arc::new(self.blobs.clone()),
            outbox: Arc::clone(&self.shelf) as Arc<dyn Outbox>,
            relay: self.relay.clone(),
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            random: Arc::new(Counting::default()),
            hasher: Arc::clone(&self.hasher) as Arc<dyn Hasher>,
            secrets: Arc::new(Key),
            signer: Arc::clone(&self.stamp) as Arc<dyn Signer>,
            issuer: Arc::new(Stamp::default()),
            scans: Arc::new(crate::papers::Papers),
            workbooks: Arc::new(crate::book::Books),
            strikes: Arc::clone(&self.strikes) as Arc<dyn Strikes>,
            screener: Arc::clone(&self.scanner) as Arc<dyn Screener>,
            probe: Arc::clone(&self.stopper) as Arc<dyn Probe>,
        };
        self.desk = Desk::new(ports, rulebook(self.setup));
        self.desk.recover().unwrap();
    }

    /// Does something that is stopped when `step` is reached the `n`-th time.
    pub(super) fn stopped_at<T>(&self, step: Step, n: u32, act: impl FnOnce(&Desk) -> T) {
        *self.stopper.0.lock().unwrap() = Some((step, n));
        let stopped = catch_unwind(AssertUnwindSafe(|| act(&self.desk))).err();
        assert!(stopped.is_some_and(|why| why.is::<Stopped>()), "{} was not reached", step.name());
    }

    /// The next time `step` is reached, something goes wrong there.
    pub(super) fn goes_wrong_at(&self, step: Step) {
        *self.stopper.1.lock().unwrap() = Some(step);
    }

    pub(super) fn arrival(&self, name: &str, text: &str, flaw: Option<Flaw>) -> Arrival {
        Arrival { flaw, ..self.arrival_of(name, text.as_bytes()) }
    }

    /// A file of whatever bytes.
    pub(super) fn arrival_of(&self, name: &str, bytes: &[u8]) -> Arrival {
        let mut writer = kessai::ports::Blobs::create(&self.blobs).unwrap();
        writer.write_all(bytes).unwrap();
        Arrival {
            intake: format!("intake-{name}"),
            channel: "customers".to_owned(),
            submitter: "987654321".to_owned(),
            hand: Hand::Owner(1_001),
            name: name.to_owned(),
            digest: writer.keep().unwrap(),
            bytes: u64::try_from(bytes.len()).unwrap(),
            flaw: None,
            beside: kessai::service::Beside::default(),
        }
    }

    /// Takes in what is no text, and judges it.
    pub(super) fn take_in_bytes(&self, name: &str, bytes: &[u8]) -> FileRecord {
        let mut writer = kessai::ports::Blobs::create(&self.blobs).unwrap();
        writer.write_all(bytes).unwrap();
        let digest = writer.keep().unwrap();
        let arrival = Arrival { digest, ..self.arrival(name, "", None) };
        let receipt = self.desk.receive(vec![arrival]).unwrap()[0];
        self.desk.judge(receipt).unwrap().unwrap()
    }

    /// Takes a file in and judges it.
    pub(super) fn take_in(&self, name: &str, text: &str) -> FileRecord {
        let receipt = self.receive(name, text);
        self.desk.judge(receipt).unwrap().unwrap()
    }

    pub(super) fn receive(&self, name: &str, text: &str) -> ReceiptNo {
        self.desk.receive(vec![self.arrival(name, text, None)]).unwrap()[0]
    }

    /// The batch case of a clean file of `rows` accruals.
    pub(super) fn waiting(&self, name: &str, rows: std::ops::RangeInclusive<usize>) -> CaseId {
        let file = self.take_in(name, &accruals(rows));
        CaseId { receipt: file.receipt, n: 1, row: None }
    }

    pub(super) fn vote(&self, case: CaseId, by: &str, kind: VoteKind) {
        self.wish(case, by, Wish::Vote(kind, None), &[]).unwrap();
    }

    /// What a person wants of a case, or of some of its lines.
    pub(super) fn wish(
        &self,
        case: CaseId,
        by: &str,
        wish: Wish,
        rows: &[u32],
    ) -> Result<Case, DecideError> {
        let mut commands = self.commands.lock().unwrap();
        *commands += 1;
        let shown = self.store.case(case).unwrap();
        let ballot = Ballot {
            entry: Vec::new(),
            case,
            wish,
            rows: RowSet::of(rows.iter().copied()),
            digest: self.desk.content_of(&shown).unwrap(),
            task_version: shown.head.task_version,
            shown_at: None,
            reason: "金額を確認してください".to_owned(),
            command: CommandId::of(&commands.to_string()),
        };
        self.desk.vote(&UserId::parse(by).unwrap(), &format!("approval-{by}"), &ballot)
    }

    /// Everybody approves.
    pub(super) fn complete(&self, case: CaseId) {
        for by in ["sato0001", "check001", "manage01"] {
            self.vote(case, by, VoteKind::Approve);
        }
        assert_eq!(self.store.case(case).unwrap().head.status, Status::Completed);
    }

    /// What is owed and not delivered.
    pub(super) fn owed(&self) -> Vec<String> {
        let pending = self.store.effects(usize::MAX);
        pending.iter().map(|one| one.effect.kind.to_string()).collect()
    }
}

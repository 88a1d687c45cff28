//! The town of the simulated year: customers, people, and a desk in memory that serves them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::super::init;
use super::super::super::outcome::Error;
use super::super::super::root::RootError;
use super::super::super::rules;
use super::super::super::settings::Settings;
use super::super::super::world::{HandClock, SeededRandom};
use super::super::cast::{self, Somebody};
use super::chance::Chance;
use super::customers::Customer;
use super::paper::Tray;
use crate::domain::{
    BranchCode, Date, Digest, Organisation, Person, Timestamp, Today, UserId, UserNumber,
};
use crate::ports::{
    Blob, Bundle, Certificate, ClientCertificate, Clock, ContractVerb, Fate, Hasher, IssueError,
    Issued, Issuer, Mac, NoProbe, NoScreener, NoStrikes, NoWorkbooks, Outbox, Parcel, PasswordHash,
    Random, Secrets, SignError, Signer, Staged,
};
use crate::service::{Desk, NewUser, Passwords, Ports, RuleSource, Rulebook};
use crate::store::{Memory, MemoryBlob, MemoryBlobs};
use crate::workflow::{Case, Files, Mistake, decoded};

/// Branches with a desk.
pub(super) const BRANCHES: [&str; 2] = ["001", "002"];

/// Users of other banks.
const ELSEWHERE: u32 = 20;

/// Everything the year is played with.
pub(super) struct Town {
    pub(super) desk: Desk,
    pub(super) clock: Arc<HandClock>,
    pub(super) shelf: Arc<Shelf>,
    pub(super) customers: Vec<Customer>,
    pub(super) elsewhere: Vec<Somebody>,
    rules: Arc<Rules>,
    people: BTreeMap<String, Vec<Person>>,
}

impl Town {
    /// A town of so many customers on the evening before the year begins.
    pub(super) fn new(count: u32, chance: &mut Chance, start: Timestamp) -> Result<Self, Error> {
        let customers: Vec<Customer> =
            (0..count).map(|n| Customer::at_start(n, start.date(), chance)).collect();
        let clock = Arc::new(HandClock::new(start));
        let shelf = Arc::new(Shelf::default());
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(start.ms().unsigned_abs()));
        let ports = Ports {
            store: Arc::new(Memory::new()),
            blobs: Arc::new(MemoryBlobs::default()),
            outbox: Arc::clone(&shelf) as Arc<dyn Outbox>,
            relay: None,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random,
            hasher: Arc::new(Unlocked),
            secrets: Arc::new(Unlocked),
            signer: Arc::new(Unlocked),
            issuer: Arc::new(Unlocked),
            scans: Arc::new(Tray),
            workbooks: Arc::new(NoWorkbooks),
            strikes: Arc::new(NoStrikes),
            screener: Arc::new(NoScreener),
            probe: Arc::new(NoProbe),
        };
        let rules = Arc::new(Rules::new(&customers)?);
        let desk = Desk::new(ports, rules.make(rules.read()?).map_err(mistaken)?);
        desk.follow_rules(Arc::clone(&rules) as Arc<dyn RuleSource>);
        let elsewhere = (0..ELSEWHERE).map(Somebody::elsewhere).collect();
        let people = BTreeMap::new();
        let mut town = Self { desk, clock, shelf, customers, elsewhere, rules, people };
        town.staff()?;
        for user in town.customers.iter().map(|one| one.who.user.clone()).collect::<Vec<_>>() {
            town.admit(&user)?;
        }
        let register = cast::register(town.customers.iter().map(|one| (&one.who, one.terms)))?;
        town.desk.enrol_customers(&register, (ContractVerb::Loaded, None))?;
        Ok(town)
    }

    /// Everybody who may have to do with a case: at its desk and where it was submitted.
    pub(super) fn people_of(&self, case: &Case) -> Vec<Person> {
        let desk = case.file.desk.to_string();
        let mut places = vec![desk.as_str()];
        if case.file.submitter != desk {
            places.push(&case.file.submitter);
        }
        places.extend(case.counterparty().filter(|other| *other != case.file.submitter));
        places.iter().filter_map(|place| self.people.get(*place)).flatten().cloned().collect()
    }

    /// The clerks of a branch, who key in its papers.
    pub(super) fn clerks(&self, branch: &str) -> Vec<Person> {
        let here = self.people.get(branch).into_iter().flatten();
        here.filter(|one| one.has("clerk")).cloned().collect()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock on to a time of the day; never back.
    pub(super) fn go_to(&self, day: Date, hour: u32, minute: u32) {
        let ms = Timestamp::tokyo(day, hour, minute).ms() - self.now().ms();
        self.clock.advance_ms(ms.max(0));
    }

    /// A customer whose contract has come into the register may hand in files from now on.
    pub(super) fn welcome(&mut self, customer: Customer) -> Result<(), Error> {
        self.admit(&customer.who.user)?;
        self.customers.push(customer);
        self.rules.list(&self.customers);
        self.desk.reload().map_err(|failed| Error::Usage(failed.to_string()))?;
        let standing = self.desk.standing();
        if standing.is_plain() { Ok(()) } else { Err(mistaken(standing.mistakes.clone())) }
    }

    /// The office's people.
    fn staff(&mut self) -> Result<(), Error> {
        let approving = [("checker", 3), ("manager", 3), ("deputy", 2)];
        let preparing = [("clerk", 3), ("lender", 2), ("credit", 1)];
        for branch in BRANCHES {
            for (role, count) in approving.into_iter().chain(preparing) {
                for n in 1..=count {
                    self.register(branch, role, &format!("{role}{branch}{n}"))?;
                }
            }
        }
        Ok(())
    }

    /// A customer's people.
    fn admit(&mut self, user: &str) -> Result<(), Error> {
        for n in 1..=3 {
            self.register(user, "approve", &format!("{}{n}", user.to_lowercase()))?;
        }
        Ok(())
    }

    fn register(&mut self, place: &str, role: &str, id: &str) -> Result<(), Error> {
        let odd = || Error::Usage(format!("the town's {id} is not well formed"));
        let organisation = match UserNumber::parse(place) {
            Ok(user) => Organisation::Customer(user),
            Err(_) => Organisation::Branch(BranchCode::parse(place).map_err(|_| odd())?),
        };
        let person = Person {
            id: UserId::parse(id).map_err(|_| odd())?,
            name: format!("見本 {id}"),
            organisation,
            roles: vec![role.to_owned()],
            email: format!("{id}@example.jp"),
            stands_for: Vec::new(),
            today: Today::default(),
        };
        self.people.entry(place.to_owned()).or_default().push(person.clone());
        let passwords =
            Passwords { login: format!("salt river {id}"), approval: format!("moth at noon {id}") };
        self.desk
            .add_user(NewUser { person, passwords })
            .map_err(|failed| Error::Usage(failed.to_string()))
    }
}

/// The shipped rules with this town's lists, which change as customers come; the lists of what
/// waits are left out, because nobody reads them here.
#[derive(Debug)]
struct Rules {
    settings: Settings,
    files: Mutex<Files>,
}

impl Rules {
    fn new(customers: &[Customer]) -> Result<Self, Error> {
        let files = init::FILES
            .iter()
            .filter(|(name, _)| !name.ends_with("waiting_list.yaml"))
            .filter(|(name, _)| name.starts_with("workflows/") || name.starts_with("templates/"))
            .filter(|(name, _)| !name.starts_with("workflows/schemas/"))
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
            .collect();
        let shipped = init::FILES.iter().find(|(name, _)| *name == "kessai.toml");
        let settings = shipped.map_or("", |(_, text)| text).to_owned() + cast::FEES;
        let settings = Settings::load(&settings).map_err(mistaken)?;
        let rules = Self { settings, files: Mutex::new(files) };
        rules.list(customers);
        Ok(rules)
    }

    /// Lists who may hand in files.
    fn list(&self, customers: &[Customer]) {
        let list = submitters(customers).into_bytes();
        locked(&self.files).insert("workflows/submitters.csv".to_owned(), list);
    }
}

impl RuleSource for Rules {
    fn read(&self) -> io::Result<Files> {
        Ok(locked(&self.files).clone())
    }

    fn make(&self, files: Files) -> Result<Rulebook, Vec<Mistake>> {
        rules::make(&self.settings, files)
    }

    fn place(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        locked(&self.files).insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }

    // The year asks how the rules stand.
    fn tell(&self, _: &[Mistake], _: &Files) -> io::Result<()> {
        Ok(())
    }
}

fn mistaken(found: Vec<Mistake>) -> Error {
    Error::Root(RootError::Mistakes(found))
}

fn submitters(customers: &[Customer]) -> String {
    let mut text = "channel,submitter,name,desk,email,encoding,pattern,owners\n".to_owned();
    for Customer { who, pattern, .. } in customers {
        let (user, branch, email) = (&who.user, who.branch, who.email());
        let name = format!("見本商事{user}");
        writeln!(text, "customers,{user},{name},{branch},{email},cp932,{pattern},").ok();
    }
    for branch in BRANCHES {
        let email = branch_mail(branch);
        for channel in ["branches", "contracts", "fax"] {
            writeln!(text, "{channel},{branch},{branch}支店,{branch},{email},cp932,none,").ok();
        }
    }
    text + "center,densai,記録機関,001,kekka@center.example.jp,utf8-bom,none,\n"
}

/// Where mail to a branch goes.
pub(super) fn branch_mail(branch: &str) -> String {
    format!("b{branch}@example.jp")
}

/// What the shipped price list says, line by line.
pub(super) fn price_list() -> String {
    let found = init::FILES.iter().find(|(name, _)| *name == crate::formats::FEES);
    found.map_or_else(String::new, |(_, text)| decoded(text.as_bytes()))
}

/// No password is asked in this town, no link is followed and no signature held against a root.
#[derive(Debug)]
struct Unlocked;

impl Hasher for Unlocked {
    fn hash(&self, _: &str) -> PasswordHash {
        PasswordHash("-".to_owned())
    }

    fn matches(&self, _: &str, _: &PasswordHash) -> bool {
        false
    }
}

impl Signer for Unlocked {
    fn certificate(&self) -> Certificate {
        let (address, issuer) = ("densai@example.jp".to_owned(), "-".to_owned());
        let until = Timestamp::from_ms(i64::MAX);
        let (from, fingerprint) = (Timestamp::from_ms(0), Digest::of(b""));
        Certificate { address, issuer, fingerprint, from, until }
    }

    fn sign(&self, content: &[u8], _: Timestamp) -> Result<Vec<u8>, SignError> {
        Ok(Digest::of(content).as_bytes().to_vec())
    }

    fn sign_paper(&self, content: &[u8], at: Timestamp) -> Result<Vec<u8>, SignError> {
        self.sign(content, at)
    }

    fn renew(&self, _: Timestamp) -> Result<Certificate, SignError> {
        Err(SignError::Supplied)
    }
}

/// The year's people come in with passwords alone.
impl Issuer for Unlocked {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(0)
    }

    fn issue(&self, _user: &UserId, _: &[u8], _at: Timestamp) -> Result<Issued, IssueError> {
        Err(IssueError::Request)
    }

    fn bundle(&self, _: &UserId, _: &str, _: Timestamp) -> Result<Bundle, IssueError> {
        Err(IssueError::Request)
    }

    fn revocations(&self, _: &[ClientCertificate], _: Timestamp) -> Result<Vec<u8>, IssueError> {
        Ok(Vec::new())
    }
}

impl Secrets for Unlocked {
    fn seal(&self, purpose: &str, message: &[u8]) -> Mac {
        *Digest::of(&[purpose.as_bytes(), message].concat()).as_bytes()
    }
}

/// An outbox in memory: what was published is taken from it and read by those it is for.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    staged: Mutex<BTreeMap<String, Vec<u8>>>,
    fresh: Mutex<Vec<Published>>,
    seen: Mutex<BTreeMap<String, Digest>>,
}

/// Something that became visible.
#[derive(Debug)]
pub(super) struct Published {
    /// Its path below the outbox.
    pub(super) path: String,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
}

impl Shelf {
    /// What was published since the last time, in order.
    pub(super) fn take(&self) -> Vec<Published> {
        std::mem::take(&mut *locked(&self.fresh))
    }

    /// Whether something was ever published there.
    pub(super) fn has(&self, path: &str) -> bool {
        locked(&self.seen).contains_key(path)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Outbox for Shelf {
    fn stage(&self, parcels: &[Parcel]) -> Vec<Result<Staged, Fate>> {
        let one = |Parcel { path, body }: &Parcel| {
            let bytes = body.read_all().map_err(|error| Fate::Later(error.to_string()))?;
            locked(&self.staged).insert(path.clone(), bytes);
            Ok(Staged { path: path.clone(), digest: body.digest() })
        };
        parcels.iter().map(one).collect()
    }

    fn publish(&self, staged: &[Staged]) -> Vec<Fate> {
        let one = |Staged { path, digest }: &Staged| {
            let Some(bytes) = locked(&self.staged).remove(path) else {
                return Fate::Never(format!("{path} was not staged"));
            };
            match locked(&self.seen).insert(path.clone(), *digest) {
                Some(before) if before != *digest => {
                    return Fate::Never(format!("{path} has other content"));
                }
                Some(_) => {}
                None => locked(&self.fresh).push(Published { path: path.clone(), bytes }),
            }
            Fate::Delivered
        };
        staged.iter().map(one).collect()
    }

    fn find(&self, path: &str) -> Option<Digest> {
        locked(&self.seen).get(path).copied()
    }

    fn list(&self, folder: &str, prefix: &str) -> Vec<String> {
        let seen = locked(&self.seen);
        let names = seen.keys().filter_map(|path| path.strip_prefix(folder));
        names.filter(|name| name.starts_with(prefix)).map(str::to_owned).collect()
    }

    fn open(&self, path: &str) -> Option<Box<dyn Blob>> {
        let fresh = locked(&self.fresh);
        let found = fresh.iter().find(|parcel| parcel.path == path)?;
        Some(Box::new(MemoryBlob::from(found.bytes.clone())))
    }

    fn read(&self, staged: &Staged) -> Option<Vec<u8>> {
        locked(&self.staged).get(&staged.path).cloned()
    }

    fn find_staged(&self, path: &str) -> Option<Staged> {
        let digest = Digest::of(locked(&self.staged).get(path)?);
        Some(Staged { path: path.to_owned(), digest })
    }
}

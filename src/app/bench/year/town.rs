//! The town of the simulated year: customers, people, and a desk in memory that serves them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use super::super::super::init;
use super::super::super::outcome::Error;
use super::super::super::root::RootError;
use super::super::super::rules;
use super::super::super::settings::Settings;
use super::super::super::world::{HandClock, SeededRandom};
use super::super::cast::{self, Somebody, Terms};
use super::chance::Chance;
use crate::domain::{
    BranchCode, Date, Digest, Organisation, Person, Timestamp, Today, UserId, UserNumber,
};
use crate::ports::{
    Certificate, Clock, ContractVerb, Fate, Hasher, Mac, NoProbe, Outbox, Parcel, PasswordHash,
    Random, Secrets, SignError, Signer, Staged,
};
use crate::service::{Desk, NewUser, Passwords, Ports, Rulebook};
use crate::store::{Memory, MemoryBlobs};
use crate::workflow::{Case, Files, decoded};

/// Branches with a desk.
pub(super) const BRANCHES: [&str; 2] = ["001", "002"];

/// Users of other banks.
const ELSEWHERE: u32 = 20;

/// A customer with what it agreed on.
#[derive(Debug, Clone)]
pub(super) struct Customer {
    pub(super) who: Somebody,
    pub(super) terms: Terms,
    /// 承認パターン, as the list of submitters writes it.
    pattern: &'static str,
}

/// Everything the year is played with.
pub(super) struct Town {
    pub(super) desk: Desk,
    pub(super) clock: Arc<HandClock>,
    pub(super) shelf: Arc<Shelf>,
    pub(super) customers: Vec<Customer>,
    pub(super) elsewhere: Vec<Somebody>,
    people: BTreeMap<String, Vec<Person>>,
}

impl Town {
    /// A town of so many customers on the evening before the year begins.
    pub(super) fn new(count: u32, chance: &mut Chance, start: Timestamp) -> Result<Self, Error> {
        let customers: Vec<Customer> =
            (0..count).map(|n| customer(n, start.date(), chance)).collect();
        let clock = Arc::new(HandClock::new(start));
        let shelf = Arc::new(Shelf::default());
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(start.ms().unsigned_abs()));
        let ports = Ports {
            store: Arc::new(Memory::new()),
            blobs: Arc::new(MemoryBlobs::default()),
            outbox: Arc::clone(&shelf) as Arc<dyn Outbox>,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            random,
            hasher: Arc::new(Unlocked),
            secrets: Arc::new(Unlocked),
            signer: Arc::new(Unlocked),
            probe: Arc::new(NoProbe),
        };
        let desk = Desk::new(ports, rulebook(&customers)?);
        let elsewhere = (0..ELSEWHERE).map(Somebody::elsewhere).collect();
        let mut town = Self { desk, clock, shelf, customers, elsewhere, people: BTreeMap::new() };
        town.enrol()?;
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

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock on to a time of the day; never back.
    pub(super) fn go_to(&self, day: Date, hour: u32, minute: u32) {
        let ms = Timestamp::tokyo(day, hour, minute).ms() - self.now().ms();
        self.clock.advance_ms(ms.max(0));
    }

    fn enrol(&mut self) -> Result<(), Error> {
        let roles = [("checker", 3), ("manager", 3), ("deputy", 2)];
        for branch in BRANCHES {
            for (role, count) in roles {
                for n in 1..=count {
                    self.register(branch, role, &format!("{role}{branch}{n}"))?;
                }
            }
        }
        let customers: Vec<String> =
            self.customers.iter().map(|customer| customer.who.user.clone()).collect();
        for user in customers {
            for n in 1..=3 {
                self.register(&user, "approve", &format!("{}{n}", user.to_lowercase()))?;
            }
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
        let passwords = Passwords { login: format!("login-{id}"), approval: format!("ok-{id}") };
        self.desk
            .add_user(NewUser { person, passwords })
            .map_err(|failed| Error::Usage(failed.to_string()))
    }
}

/// The n-th customer: some are new this year, some leave, some have a light contract.
fn customer(n: u32, start: Date, chance: &mut Chance) -> Customer {
    let branch = if n.is_multiple_of(4) { BRANCHES[1] } else { BRANCHES[0] };
    let contract = if n % 10 == 3 { "ライト" } else { "通常" };
    let applied = match n % 8 {
        5 => start.plus_days(chance.between(1, 240)),
        _ => start.plus_days(chance.between(-900, -32)),
    };
    let closed = (n % 16 == 9).then(|| start.plus_days(chance.between(200, 340)));
    let pattern = match n % 5 {
        0 => "none",
        1 | 2 => "single",
        3 => "double_any",
        _ => "double_ordered",
    };
    Customer {
        who: Somebody::customer(n, branch),
        terms: Terms { contract, applied, closed },
        pattern,
    }
}

/// The shipped rules with this town's lists; the lists of what waits are left out, because nobody
/// reads them here.
fn rulebook(customers: &[Customer]) -> Result<Rulebook, Error> {
    let mut files: Files = init::FILES
        .iter()
        .filter(|(name, _)| !name.ends_with("waiting_list.yaml"))
        .filter(|(name, _)| name.starts_with("workflows/") || name.starts_with("templates/"))
        .filter(|(name, _)| !name.starts_with("workflows/schemas/"))
        .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()))
        .collect();
    files.insert("workflows/submitters.csv".to_owned(), submitters(customers).into_bytes());
    let shipped = init::FILES.iter().find(|(name, _)| *name == "kessai.toml");
    let settings = shipped.map_or("", |(_, text)| text).to_owned() + cast::FEES;
    let wrong = |found| Error::Root(RootError::Mistakes(found));
    rules::make(&Settings::load(&settings).map_err(wrong)?, files).map_err(wrong)
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
        writeln!(text, "branches,{branch},{branch}支店,{branch},{email},cp932,none,").ok();
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

    fn renew(&self, _: Timestamp) -> Result<Certificate, SignError> {
        Err(SignError::Supplied)
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
    fresh: Mutex<Vec<Parcel>>,
    seen: Mutex<BTreeMap<String, Digest>>,
}

impl Shelf {
    /// What was published since the last time, in order.
    pub(super) fn take(&self) -> Vec<Parcel> {
        std::mem::take(&mut *locked(&self.fresh))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Outbox for Shelf {
    fn stage(&self, parcels: &[Parcel]) -> Vec<Result<Staged, Fate>> {
        let one = |Parcel { path, bytes }: &Parcel| {
            locked(&self.staged).insert(path.clone(), bytes.clone());
            Ok(Staged { path: path.clone(), digest: Digest::of(bytes) })
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
                None => locked(&self.fresh).push(Parcel { path: path.clone(), bytes }),
            }
            Fate::Delivered
        };
        staged.iter().map(one).collect()
    }

    fn find(&self, path: &str) -> Option<Digest> {
        locked(&self.seen).get(path).copied()
    }

    fn find_staged(&self, path: &str) -> Option<Staged> {
        let digest = Digest::of(locked(&self.staged).get(path)?);
        Some(Staged { path: path.to_owned(), digest })
    }
}

//! The work that is measured: the product's own use cases on a root of its own.

use std::fmt::Write as _;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::super::init;
use super::super::layout::Kept;
use super::super::outcome::Error;
use super::super::root::{Root, World};
use super::super::run::Machine;
use super::super::settings::Settings;
use super::super::workbooks::ChildWorkbooks;
use super::super::world::{SystemRandom, WallClock};
use super::floor::{Stretch, append_and_sync, reset_peak};
use super::pages::{House, Key};
use super::{Figure, books};
use crate::domain::{
    CaseId, Customers, Date, Person, ReceiptNo, RecordNumber, Timestamp, UserId, WorkbookFlaw,
};
use crate::formats::densai::write_requests;
use crate::formats::layout::Newline;
use crate::formats::{self, FileReport, Intake, NoSink, RowSink, workbook};
use crate::ports::{CaseFilter, Clock as _, Hasher, NoProbe, PasswordHash, Workbooks as _};
use crate::service::{Arrival, Ballot, Desk, Hand, Wish};
use crate::workflow::{Case, CommandId, RowSet, Unit, VoteKind};

/// Callers deciding at the same time.
const CALLERS: usize = 32;

/// Logins that are measured.
const LOGINS: usize = 640;
/// Hashes, and decisions with a hash, that are measured.
const HASHED: usize = 640;
/// Who may take the first seat at the desk.
const CHECKERS: [&str; 2] = ["sato0001", "tanaka01"];

/// Lines that leave a batch by one decision.
const CARVED: u32 = 1_000;

/// At most so many records are held in memory to be read in one form and the other.
const FORMS: u32 = 400_000;

/// Rows of the workbook: it may not unpack to more.
const BOOK_ROWS: u32 = 40_000;

/// A root made for measuring.
pub(super) struct Bench {
    dir: PathBuf,
    root: Root,
    desk: Arc<Desk>,
    settings: Settings,
    world: World,
    unit: Unit,
}

impl Bench {
    pub(super) fn new(dir: &Path, unit: Unit) -> Result<Self, Error> {
        let root = Root::new(&dir.join("root"));
        init::make(&root, true)?;
        let world = World {
            clock: Arc::new(WallClock::default()),
            random: Arc::new(SystemRandom),
            probe: Arc::new(NoProbe),
        };
        let mut loaded = root.load()?;
        for channel in loaded.rulebook.channels.values_mut() {
            for route in channel.routes.values_mut() {
                route.unit = unit;
            }
        }
        let settings = loaded.settings.clone();
        let (desk, _) = root.desk(loaded, world.clone())?;
        init::enrol(&desk, &root, world.random.as_ref())?;
        Ok(Self { dir: dir.to_owned(), root, desk: Arc::new(desk), settings, world, unit })
    }

    /// From the bytes of dropped files to durable, visible cases.
    pub(super) fn intake(&self, records: u32, file_rows: u32) -> Result<Vec<Figure>, Error> {
        let files = records.div_ceil(file_rows.max(1));
        let mut paths = Vec::new();
        let mut bytes = 0;
        for n in 0..files {
            let text = self.csv(file_rows, u64::from(n) * u64::from(file_rows));
            bytes += text.len();
            paths.push(self.dropped(&format!("{n}.csv"), &text)?);
        }
        let mut figures = Vec::new();
        let parse = self.parse_only(&paths)?;
        reset_peak();
        let stretch = Stretch::start();
        for group in paths.chunks(64) {
            self.take_in(group)?;
        }
        let what = if files > 1 { "files to cases" } else { "records to cases" };
        let count = u64::from(if files > 1 { files } else { records });
        let figure = stretch.figure(what, count);
        let piece = bytes / usize::try_from(files).unwrap_or(1).max(1);
        let floor = append_and_sync(
            &self.dir,
            "append and fdatasync of the same bytes",
            u64::from(files),
            piece,
        )?;
        let floor = if files > 1 { floor } else { floor.told_for(u64::from(records)) };
        figures.push(figure.over(&floor));
        figures.push(parse);
        figures.extend(self.forms(records)?);
        figures.extend(self.workbooks(records)?);
        Ok(figures)
    }

    /// Decisions of one step, by many callers and one by one.
    pub(super) fn approve(&self, records: u32) -> Result<Vec<Figure>, Error> {
        let cases = self.waiting(records)?;
        let (many, few) = cases.split_at(cases.len() - cases.len().min(4_000).min(cases.len() / 4));
        let person = self.person("sato0001")?;
        let ballots: Vec<Ballot> = many.iter().filter_map(|case| self.ballot(case, "a")).collect();
        let next = AtomicUsize::new(0);
        let stretch = Stretch::start();
        let times = std::thread::scope(|scope| {
            let callers: Vec<_> =
                (0..CALLERS).map(|_| scope.spawn(|| self.call(&person, &ballots, &next))).collect();
            callers
                .into_iter()
                .flat_map(|caller| caller.join().unwrap_or_default())
                .collect::<Vec<_>>()
        });
        let together = stretch.figure("decisions by 32 callers", len(&times)).timed(times);
        let ballots: Vec<Ballot> = few.iter().filter_map(|case| self.ballot(case, "b")).collect();
        let next = AtomicUsize::new(0);
        let stretch = Stretch::start();
        let times = self.call(&person, &ballots, &next);
        let single = stretch.figure("decisions one by one", len(&times)).timed(times);
        let floor = append_and_sync(&self.dir, "append and fdatasync of 300 bytes", 2_000, 300)?;
        Ok(vec![together.over(&floor), single.over(&floor)])
    }

    /// From approved to receipt, mail and clearing file.
    pub(super) fn complete(&self, records: u32) -> Result<Vec<Figure>, Error> {
        let cases = self.waiting(records)?;
        let failed = |error: crate::ports::StoreError| Error::Store(error);
        self.desk.dispatch_all().map_err(failed)?;
        for user in ["sato0001", "mori0001"] {
            let person = self.person(user)?;
            let again: Vec<Case> =
                cases.iter().filter_map(|case| self.desk.store.case(case.head.id)).collect();
            let ballots: Vec<Ballot> =
                again.iter().filter_map(|case| self.ballot(case, user)).collect();
            self.call(&person, &ballots, &AtomicUsize::new(0));
            if user == "sato0001" {
                self.desk.dispatch_all().map_err(failed)?;
            }
        }
        let stretch = Stretch::start();
        let done = self.desk.dispatch_all().map_err(failed)?;
        let figure =
            stretch.figure("completions with receipt, mail and clearing file", len(&cases));
        let pdf = self.pdf_only(&cases)?;
        debug_assert!(done.stuck == 0, "every answer of the bench can be written");
        Ok(vec![figure.over(&pdf), pdf])
    }

    /// From a dropped file to its result, one file after another.
    pub(super) fn answer(&self, records: u32) -> Result<Vec<Figure>, Error> {
        let desk = Arc::clone(&self.desk);
        let mut machine = Machine::open(&self.root, &self.settings, desk, &self.world)?;
        let mut times = Vec::new();
        let stretch = Stretch::start();
        for n in 0..10_u64 {
            let text = self.csv(records, 50_000_000 + n * u64::from(records));
            let folder = self.root.inbox().join("branches/001");
            let (part, target) = (folder.join(".f.part"), folder.join(format!("f{n}.csv")));
            let write = std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, &target));
            write.map_err(|cause| Error::world("cannot drop", &target, cause))?;
            let dropped = Instant::now();
            machine.drain()?;
            times.push(dropped.elapsed());
        }
        Ok(vec![stretch.figure("files from drop to answer", 10).timed(times)])
    }

    /// Lines rejected out of one batch while the rest goes on.
    pub(super) fn split(&self, records: u32) -> Result<Vec<Figure>, Error> {
        let path = self.dropped("batch.csv", &self.csv(records, 0))?;
        self.take_in(&[path])?;
        let cases = self.desk.store.cases(&CaseFilter::default(), None, 1);
        let person = self.person("sato0001")?;
        // The last line stays: to send back everything is a decision on the batch.
        let lines = records.saturating_sub(1).min(CARVED);
        let mut ballots: Vec<Ballot> =
            cases.iter().filter_map(|case| self.ballot(case, "split")).collect();
        for ballot in &mut ballots {
            ballot.wish = Wish::Vote(VoteKind::Reject, None);
            ballot.rows = RowSet::of(1..=lines);
            "口座相違".clone_into(&mut ballot.reason);
        }
        let parse = self.parse_only(&[self.dir.join("batch.csv")])?;
        reset_peak();
        let stretch = Stretch::start();
        let times = self.call(&person, &ballots, &AtomicUsize::new(0));
        let figure = stretch.figure("lines out of the batch, each a case", u64::from(lines));
        let split = self.desk.store.cases(&CaseFilter::default(), None, 10_000);
        if split.len() <= usize::try_from(lines).unwrap_or(usize::MAX) {
            return Err(Error::Usage("the lines were not carved out".to_owned()));
        }
        Ok(vec![figure.timed(times).over(&parse), parse])
    }

    /// Look-ups in a register of few and of many claims.
    pub(super) fn claims(&self, records: u32) -> Result<Vec<Figure>, Error> {
        let path = self.dropped("batch.csv", &self.csv(1, 0))?;
        self.take_in(&[path])?;
        let cases = self.desk.store.cases(&CaseFilter::default(), None, 1);
        let case = cases.first().ok_or_else(|| Error::Usage("no case was opened".to_owned()))?;
        super::claims::claims(self.desk.store.as_ref(), case.head.id, records)
    }

    /// Mails that ask a person to decide, with and without a signature.
    pub(super) fn mails(&self, records: u32) -> Result<Vec<Figure>, Error> {
        self.waiting(1)?;
        let owed = self.desk.store.effects(usize::MAX);
        let mail = owed.iter().find(|one| one.effect.is_mail());
        let mail = mail.ok_or_else(|| Error::Usage("no mail is owed".to_owned()))?;
        let letter = self.desk.letter_of(&mail.effect);
        let letter = letter.map_err(|failed| Error::Usage(failed.to_string()))?;
        super::mails::mails(&self.dir, &self.desk, &letter, records)
    }

    /// Connections to the pages, with and without TLS.
    pub(super) fn tls(&self, records: u32) -> Result<Vec<Figure>, Error> {
        super::tls::tls(&self.root, &self.settings, &self.desk, records)
    }

    /// Logins and decisions by browsers; the decisions again where no password is hashed.
    pub(super) fn pages(mut self, records: u32) -> Result<Vec<Figure>, Error> {
        let cases: Vec<CaseId> = self.waiting(records)?.iter().map(|case| case.head.id).collect();
        let keys = self.keys()?;
        let officers: Vec<Key> =
            keys.iter().filter(|key| CHECKERS.contains(&key.user.as_str())).cloned().collect();
        let settings =
            Settings { base_url: "https://127.0.0.1".to_owned(), ..self.settings.clone() };
        let server = self.root.server_key(&settings)?.map(|tls| tls.main);
        let server = server.ok_or_else(|| Error::Usage("there is no key of the pages".into()))?;
        let client = super::tls::client(&self.root)?;
        let (hashed, plain) = cases.split_at(cases.len().min(HASHED));
        let floor = self.hashes_only();
        let house = House::open(&self.desk, Arc::clone(&server), client.clone())?;
        let logins = house.logins(&keys, LOGINS)?;
        let name = "decisions through HTTPS, 32 clients";
        let (_, with) = house.decisions((&officers, LOGINS), hashed, name)?;
        house.close()?;
        let desk = Arc::get_mut(&mut self.desk);
        desk.ok_or_else(|| Error::Usage("the pages are still open".into()))?.hasher =
            Arc::new(Unhashed);
        let house = House::open(&self.desk, server, client)?;
        let name = "the same without the password's hash";
        let (seen, without) = house.decisions((&officers, 0), plain, name)?;
        house.close()?;
        let synced = append_and_sync(&self.dir, "append and fdatasync of 300 bytes", 2_000, 300)?;
        let (logins, with) = (logins.over(&floor), with.over(&floor));
        Ok(vec![logins, with, floor, seen, without.over(&synced)])
    }

    /// What the sample people type.
    fn keys(&self) -> Result<Vec<Key>, Error> {
        let path = self.dir.join("root").join(init::USERS_FILE);
        let text = std::fs::read_to_string(&path);
        let text = text.map_err(|cause| Error::world("cannot read", &path, cause))?;
        let key = |line: &str| {
            let mut words = line.split('\t').map(str::to_owned);
            Some(Key { user: words.next()?, login: words.next()?, approval: words.next()? })
        };
        Ok(text.lines().filter_map(key).collect())
    }

    /// The floor of logins: passwords hashed and nothing else, on two threads.
    fn hashes_only(&self) -> Figure {
        let each = || (0..HASHED / 2).for_each(|_| drop(self.desk.hasher.hash("a password")));
        let stretch = Stretch::start();
        std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(each))));
        stretch.figure("hashes only, two threads", u64::try_from(HASHED).unwrap_or(0))
    }

    /// Reading and judging alone, without keeping anything.
    fn parse_only(&self, paths: &[PathBuf]) -> Result<Figure, Error> {
        let mut records = 0;
        let stretch = Stretch::start();
        for path in paths {
            let report = self.judged("bench.csv", &mut std::fs::File::open(path)?, &mut NoSink)?;
            records += u64::from(report.records);
        }
        Ok(stretch.figure("records read and judged only", records))
    }

    /// Megabytes of a file in memory, read and judged on one core.
    fn megabytes(&self, what: &str, name: &str, mut bytes: &[u8]) -> Result<Figure, Error> {
        let count = u64::try_from(bytes.len() / 1_000_000).unwrap_or(0);
        let stretch = Stretch::start();
        self.judged(name, &mut bytes, &mut NoSink)?;
        Ok(stretch.figure(what, count))
    }

    /// The same requests as CSV and as a bulk request file.
    fn forms(&self, records: u32) -> Result<[Figure; 2], Error> {
        let csv = self.csv(records.min(FORMS), 0);
        let mut kept = Kept::default();
        self.judged("bench.csv", &mut csv.as_bytes(), &mut kept)?;
        let layout = &self.desk.rulebook().requests;
        let written = write_requests(&kept.0, layout, Newline::None);
        let (fixed, _) = written
            .map_err(|found| Error::Usage(format!("cannot be written: {:?}", found.first())))?;
        Ok([
            self.megabytes("MB of CSV read and judged only", "bench.csv", csv.as_bytes())?,
            self.megabytes("MB of fixed-length read and judged only", "bench.txt", &fixed)?,
        ])
    }

    /// The rows of a workbook: read into text by itself, and read by a child and judged. As many as
    /// a workbook may have.
    fn workbooks(&self, records: u32) -> Result<[Figure; 2], Error> {
        let csv = self.csv(records.min(BOOK_ROWS), 0);
        let bytes = books::workbook(&csv)?;
        let wrong = |flaw: WorkbookFlaw| Error::Usage(flaw.to_string());
        let stretch = Stretch::start();
        let book = workbook::read(&bytes).map_err(wrong)?;
        let rows = u64::from(records.min(BOOK_ROWS));
        let read = stretch.figure("xlsx rows read only, one core", rows);
        let children = ChildWorkbooks::default();
        let stretch = Stretch::start();
        let same = children.read(&bytes).map_err(wrong)?;
        self.judged_by(&mut |intake| formats::read_workbook(&same, intake, &mut NoSink))?;
        let judged =
            stretch.figure("xlsx rows read by a child and judged (its CPU is not counted)", rows);
        if same == book {
            Ok([read, judged])
        } else {
            Err(Error::Usage("the child read another workbook".to_owned()))
        }
    }

    /// Reads and judges a file of the bench, whose rows are all right.
    fn judged(
        &self,
        file_name: &str,
        source: &mut dyn Read,
        sink: &mut dyn RowSink,
    ) -> Result<FileReport, Error> {
        self.judged_by(&mut |intake| formats::read(source, &Intake { file_name, ..*intake }, sink))
    }

    /// What `read` makes of rows of the bench.
    fn judged_by(
        &self,
        read: &mut dyn FnMut(&Intake<'_>) -> std::io::Result<FileReport>,
    ) -> Result<FileReport, Error> {
        let rulebook = &self.desk.rulebook();
        let intake = Intake {
            channel: "branches",
            submitter: "001",
            also: &[],
            on: today(),
            calendar: &rulebook.calendar,
            settings: rulebook.rules,
            file_name: "bench.csv",
            known: &|_, _| None,
            claims: &|_: RecordNumber| None,
            customers: &Customers::default(),
            layout: &rulebook.requests,
            profiles: &[],
            takes: &|_| true,
            promised: formats::Promised::default(),
            operates: &|_, _| true,
            scratch: None,
        };
        let report = read(&intake)?;
        if report.rejected > 0 {
            let first = report.findings.first();
            return Err(Error::Usage(format!("the bench's rows are wrong: {first:?}")));
        }
        Ok(report)
    }

    fn pdf_only(&self, cases: &[Case]) -> Result<Figure, Error> {
        let sample: Vec<&Case> = cases.iter().take(500).collect();
        let stretch = Stretch::start();
        for case in &sample {
            self.desk
                .draw_receipt(case.head.id)
                .map_err(|failed| Error::Usage(failed.to_string()))?;
        }
        Ok(stretch.figure("receipts drawn only, one thread", len(&sample)))
    }

    /// A file as a submitter's PC left it.
    fn dropped(&self, name: &str, text: &str) -> Result<PathBuf, Error> {
        let path = self.dir.join(name);
        std::fs::write(&path, text).map_err(|cause| Error::world("cannot write", &path, cause))?;
        Ok(path)
    }

    /// Keeps files as the spool does and carries them to their verdicts.
    fn take_in(&self, paths: &[PathBuf]) -> Result<Vec<ReceiptNo>, Error> {
        let mut arrivals = Vec::new();
        for path in paths {
            let mut writer = self.desk.blobs.create()?;
            let bytes = std::io::copy(&mut std::fs::File::open(path)?, &mut writer)?;
            arrivals.push(Arrival {
                intake: self.desk.new_intake(),
                channel: "branches".to_owned(),
                submitter: "001".to_owned(),
                hand: Hand::Owner(u32::MAX),
                name: "bench.csv".to_owned(),
                digest: writer.keep()?,
                bytes,
                flaw: None,
                beside: crate::service::Beside::default(),
            });
        }
        self.desk.blobs.sync()?;
        let receipts = self.desk.receive(arrivals)?;
        self.desk.judge_all(&receipts)?;
        Ok(receipts)
    }

    /// Cases that wait for the first seat at the desk.
    fn waiting(&self, records: u32) -> Result<Vec<Case>, Error> {
        let (files, rows) = if self.unit == Unit::File { (records, 1) } else { (1, records) };
        let mut paths = Vec::new();
        for n in 0..files {
            paths.push(self.dropped(&format!("{n}.csv"), &self.csv(rows, u64::from(n)))?);
        }
        for group in paths.chunks(64) {
            self.take_in(group)?;
        }
        let limit = usize::try_from(records.min(100_000)).unwrap_or(usize::MAX);
        Ok(self.desk.store.cases(&CaseFilter::default(), None, limit))
    }

    fn person(&self, user: &str) -> Result<Person, Error> {
        let id = UserId::parse(user).map_err(|_| Error::Usage(format!("no user {user}")))?;
        let found = self.desk.store.user(&id).map(|user| user.person);
        found.ok_or_else(|| Error::Usage(format!("no user {user}")))
    }

    fn ballot(&self, case: &Case, salt: &str) -> Option<Ballot> {
        let id: CaseId = case.head.id;
        Some(Ballot {
            rows: RowSet::default(),
            entry: Vec::new(),
            case: id,
            wish: Wish::Vote(VoteKind::Approve, None),
            digest: self.desk.content_of(case)?,
            task_version: case.head.task_version,
            shown_at: None,
            reason: String::new(),
            command: CommandId::of(&format!("bench {id} {salt}")),
        })
    }

    /// Casts ballots until none is left; how long each took.
    fn call(&self, person: &Person, ballots: &[Ballot], next: &AtomicUsize) -> Vec<Duration> {
        let mut times = Vec::new();
        while let Some(ballot) = ballots.get(next.fetch_add(1, Ordering::Relaxed)) {
            let started = Instant::now();
            if self.desk.cast(person, ballot).is_ok() {
                times.push(started.elapsed());
            }
        }
        times
    }

    /// A file of valid requests whose references start at `first`.
    fn csv(&self, rows: u32, first: u64) -> String {
        let calendar = &self.desk.rulebook().calendar;
        let record = calendar.next_open(calendar.add_open_days(today(), 2));
        let due = record.plus_days(120);
        let mut text = String::from(
            "request_kind,record_date,requester_user_number,\
            requester_bank_code,requester_branch_code,requester_account_type,\
            requester_account_number,counterparty_user_number,counterparty_name_kana,\
            counterparty_bank_code,counterparty_branch_code,counterparty_account_type,\
            counterparty_account_number,amount,due_date,requester_ref\r\n",
        );
        for n in 0..u64::from(rows) {
            let (number, amount) = (first + n, 10_000 + (first + n) % 1_000_000);
            writeln!(
                text,
                "11,{record},1AB2CD3EF,0001,001,2,0123456,2BC3DE4FG,ﾀｶｻｷｼﾖｳｼﾞ,0009,010,1,\
                 7654321,{amount},{due},R-{number}\r"
            )
            .ok();
        }
        text
    }
}

/// Takes every password, at once: what is left is everything else a decision costs.
#[derive(Debug)]
struct Unhashed;

impl Hasher for Unhashed {
    fn hash(&self, _: &str) -> PasswordHash {
        PasswordHash("-".to_owned())
    }

    fn matches(&self, _: &str, _: &PasswordHash) -> bool {
        true
    }
}

fn today() -> Date {
    let now: Timestamp = WallClock::default().now();
    now.date()
}

fn len<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}

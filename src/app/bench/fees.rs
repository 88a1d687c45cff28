//! The fees of a month's end: bills, statements, mails and the debit file of many customers.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::super::init;
use super::super::outcome::Error;
use super::super::root::{Open, Root, World};
use super::super::world::{HandClock, SystemRandom};
use super::Figure;
use super::cast::{self, HEADING, Somebody, Terms};
use super::floor::Stretch;
use crate::domain::fees::Month;
use crate::domain::{CaseId, Date, Timestamp, UserNumber};
use crate::ports::{
    Batch, CaseFilter, Clock as _, Commit, ContractVerb, Entry, NoProbe, Recorded, RowAnswer,
    RowResult,
};
use crate::service::{Arrival, Desk, Hand};

/// Lines told in one commit.
const SLICE: usize = 1_000;

/// Statements drawn for the floor.
const DRAWN: usize = 500;

/// Bills `count` customers, each with a base fee and an accrual, and sends all that is owed.
pub(super) fn fees(dir: &Path, count: u32) -> Result<Vec<Figure>, Error> {
    let root = Root::new(&dir.join("fees"));
    make(&root)?;
    let clock = Arc::new(HandClock::new(at((2026, 6, 1), (9, 0))?));
    let world = World {
        clock: Arc::clone(&clock) as Arc<dyn crate::ports::Clock>,
        random: Arc::new(SystemRandom),
        probe: Arc::new(NoProbe),
    };
    let Open { desk, .. } = root.open(&world)?;
    let go_to = |moment: Timestamp| clock.advance_ms(moment.ms() - clock.now().ms());
    enrol(&desk, count)?;
    // Schedules begin when they are first seen.
    desk.run_schedules()?;
    use_something(&desk, count)?;
    desk.dispatch_all()?;
    // What else the office does at set times is not measured.
    go_to(at((2026, 6, 30), (23, 0))?);
    desk.run_schedules()?;
    desk.dispatch_all()?;

    go_to(at((2026, 7, 1), (8, 0))?);
    let (whole, bills) = (Stretch::start(), Stretch::start());
    desk.run_schedules()?;
    let bills = bills.figure("bills made and journaled", u64::from(count));
    let papers = Stretch::start();
    let done = desk.dispatch_all()?;
    let papers = papers.figure("statements with their mails, all synced", u64::from(count));
    let whole = whole.figure("fees of a month, to the debit file", u64::from(count));
    // A statement and a mail for each, and the debit file.
    let wanted = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(2).saturating_add(1);
    if (done.delivered, done.later, done.stuck) != (wanted, 0, 0) {
        return Err(Error::Usage(format!("not everything was sent: {done:?}")));
    }
    let drawn = drawn_only(&desk, Month::of(clock.now().date()))?;
    Ok(vec![whole, bills, papers.over(&drawn), drawn])
}

/// A root of an institution that debits.
fn make(root: &Root) -> Result<(), Error> {
    init::make(root, true)?;
    let path = root.path.join("kessai.toml");
    let settings = root.text("kessai.toml")?.unwrap_or_default() + cast::FEES;
    fs::write(&path, settings).map_err(|cause| Error::world("cannot write", &path, cause))
}

/// Everybody as the register has them, a contract since April.
fn enrol(desk: &Desk, count: u32) -> Result<(), Error> {
    let applied = day((2026, 4, 1))?;
    let terms = Terms { contract: "通常", applied, closed: None };
    let all: Vec<Somebody> = everybody(count).collect();
    let register = cast::register(all.iter().map(|one| (one, terms)))?;
    Ok(desk.enrol_customers(&register, (ContractVerb::Loaded, None))?)
}

fn everybody(count: u32) -> impl Iterator<Item = Somebody> {
    (0..count).map(|n| Somebody::customer(n, "001"))
}

/// Each customer has an accrual recorded, told by the clearing side.
fn use_something(desk: &Desk, count: u32) -> Result<(), Error> {
    let now = desk.clock.now();
    let calendar = &desk.rulebook().calendar;
    let record = calendar.add_open_days(calendar.next_open(now.date()), 2);
    let due = record.plus_days(90);
    let mut text = HEADING.to_owned();
    for (n, one) in everybody(count).enumerate() {
        let (own, other) = (one.cells(None), Somebody::elsewhere(1).cells(Some("ﾀｶｻｷｼﾖｳｼﾞ")));
        write!(text, "11,,{record},{own},{other},{},{due},R-{n},,,\r\n", 10_000 + n).ok();
    }
    let mut writer = desk.blobs.create()?;
    std::io::Write::write_all(&mut writer, text.as_bytes())?;
    let arrival = Arrival {
        intake: desk.new_intake(),
        channel: "branches".to_owned(),
        submitter: "001".to_owned(),
        hand: Hand::Owner(u32::MAX),
        name: "bench.csv".to_owned(),
        digest: writer.keep()?,
        bytes: u64::try_from(text.len()).unwrap_or(u64::MAX),
        flaw: None,
        beside: crate::service::Beside::default(),
    };
    desk.blobs.sync()?;
    let receipts = desk.receive(vec![arrival])?;
    desk.judge_all(&receipts)?;
    let case = desk.store.cases(&CaseFilter::default(), None, 1).into_iter().next();
    let case = case.ok_or_else(|| Error::Usage("no case was opened".to_owned()))?;
    tell(desk, case.head.id, count, now)
}

fn tell(desk: &Desk, case: CaseId, count: u32, at: Timestamp) -> Result<(), Error> {
    let row = |row| RowResult { row, answer: RowAnswer::Recorded(None), change: None };
    let rows: Vec<RowResult> = (1..=count).map(row).collect();
    for slice in rows.chunks(SLICE) {
        let recorded = Recorded { case, from: case.receipt, rows: slice.to_vec() };
        let entries = vec![Entry::Recorded(Box::new(recorded))];
        let batch = Batch { commit: Commit { at, entries }, expect: Vec::new() };
        desk.store.commit(batch).map_err(|failed| Error::Usage(failed.to_string()))?;
    }
    Ok(())
}

fn drawn_only(desk: &Desk, month: Month) -> Result<Figure, Error> {
    let billed = desk.store.billed(month).filter(|billed| billed.is_whole);
    let billed = billed.ok_or_else(|| Error::Usage(format!("{month} was not billed")))?;
    let sample: Vec<UserNumber> = billed.bills.keys().copied().take(DRAWN).collect();
    let stretch = Stretch::start();
    for customer in &sample {
        desk.draw_statement(month, *customer).map_err(|failed| Error::Usage(failed.to_string()))?;
    }
    let drawn = u64::try_from(sample.len()).unwrap_or(0);
    Ok(stretch.figure("statements drawn only, one thread", drawn))
}

fn day((year, month, day): (i32, u32, u32)) -> Result<Date, Error> {
    Date::new(year, month, day).map_err(|_| Error::Usage("the bench's day is no day".to_owned()))
}

fn at(date: (i32, u32, u32), (hour, minute): (u32, u32)) -> Result<Timestamp, Error> {
    Ok(Timestamp::tokyo(day(date)?, hour, minute))
}

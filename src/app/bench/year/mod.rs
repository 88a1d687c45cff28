//! A simulated year of the desk: a clock moved by hand from the first of April to the last of
//! March, made-up customers, and everything that can come, through the real use cases.
//!
//! At every day's end the registers of claims and of customers are held against books of their own,
//! each case against who or what it waits for, and each end against the mail that tells of it; on
//! each day of billing the fees against sums of their own. Read [`Year::day`] first.

mod asks;
mod bills;
mod chance;
mod checks;
mod contracts;
mod customers;
mod dossier;
mod institution;
mod ledger;
mod office;
mod paper;
mod promises;
mod settlements;
mod town;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use serde::Serialize;

use super::super::outcome::{Error, Outcome, write_json};
use super::floor::Stretch;
use super::{Figure, floor};
use crate::domain::{BankCalendar, CaseId, Date, RequestKind, Timestamp};
use bills::Bills;
use chance::Chance;
use contracts::{Applying, Contracts};
use dossier::{Asked, Dossier, End};
use ledger::Ledger;
use paper::Faxes;
use settlements::Settlements;
use town::Town;

/// The first and the last day.
const FIRST: (i32, u32, u32) = (2026, 4, 1);
const LAST: (i32, u32, u32) = (2027, 3, 31);

/// Rows that come together where there are not many a day.
const FEW: u64 = 5;

/// Faults that are told one by one.
const FAULTS_TOLD: usize = 20;

/// How large a year is played.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) customers: u32,
    pub(super) requests: u64,
    pub(super) seed: u64,
    /// Whether every paper is drawn.
    pub(super) papers: bool,
}

/// Everything that is known while the year goes on.
struct Year {
    town: Town,
    chance: Chance,
    calendar: BankCalendar,
    ledger: Ledger,
    bills: Bills,
    asked: Vec<Asked>,
    open: BTreeMap<CaseId, Dossier>,
    /// Claims about which something is under way.
    busy: BTreeSet<String>,
    /// Claims recorded in the last days.
    recent: Vec<(Date, String)>,
    /// What the institution answers on which day.
    plans: BTreeMap<Date, Vec<(CaseId, Vec<u32>)>>,
    /// Mails nobody has asked for yet, and those that must still come.
    mailed: BTreeMap<String, String>,
    expected: BTreeMap<String, String>,
    /// Applications that are not decided, and every one that was handed in, as it is written.
    applying: BTreeMap<CaseId, Applying>,
    handed_in: BTreeSet<String>,
    /// Letters to new customers that must have gone out by the day's end.
    letters: Vec<String>,
    contracts: Contracts,
    settlements: Settlements,
    faxes: Faxes,
    /// The number of the next newcomer, and how many changes there were.
    newcomers: u32,
    changes: u64,
    /// Debit files, by name.
    debits: BTreeMap<String, Vec<u8>>,
    with_papers: bool,
    numbers: u64,
    ballots: u64,
    files: u64,
    cases: u64,
    carved: u64,
    ends: u64,
    results: u64,
    mails: u64,
    papers: u64,
    billed: u64,
    fees: u64,
    faults: Vec<String>,
}

/// What became of a year.
#[derive(Debug, Serialize)]
struct Summary {
    seed: u64,
    customers: u32,
    days: u64,
    files: u64,
    cases: u64,
    carved: u64,
    /// Rows by kind and end.
    rows: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    /// Yen of recorded rows by kind.
    yen: BTreeMap<&'static str, u64>,
    results: u64,
    mails: u64,
    ends_told: u64,
    contracts: Contracts,
    settlements: Settlements,
    faxes: Faxes,
    /// Yen: accrued, paid, settled, cancelled, raised, lowered, and what is owed.
    accrued: u64,
    paid: u64,
    settled: u64,
    cancelled: u64,
    raised: u64,
    lowered: u64,
    open: i64,
    claims: usize,
    debits: u64,
    fees: u64,
    faults: Vec<String>,
    figure: Figure,
    peak_rss_mib: f64,
}

/// Plays a year and tells what became of it; findings where anything did not balance.
pub(super) fn run(size: Size, json: bool, out: &mut dyn Write) -> Result<Outcome, Error> {
    let stretch = Stretch::start();
    let mut year = Year::new(size)?;
    let (first, last) = (day(FIRST)?, day(LAST)?);
    let days = u64::try_from(last.days_since(first)).unwrap_or(0) + 1;
    let mut today = first;
    while today <= last {
        let left = year.open_days(today, last);
        let rest = size.requests.saturating_sub(nth(year.asked.len()));
        year.day(today, (rest, left))?;
        today = today.plus_days(1);
    }
    year.last_bills(today)?;
    let figure = stretch.figure("requests of a year", nth(year.asked.len()));
    let summary = year.summary(size, days, figure);
    let outcome = if summary.faults.is_empty() { Outcome::Well } else { Outcome::Findings };
    if json {
        write_json(out, &summary)?;
    } else {
        show(&summary, out)?;
    }
    Ok(outcome)
}

impl Year {
    fn new(size: Size) -> Result<Self, Error> {
        let mut chance = Chance::new(size.seed);
        let start = Timestamp::tokyo(day(FIRST)?.plus_days(-1), 20, 0);
        let town = Town::new(size.customers, &mut chance, start)?;
        let calendar = town.desk.rulebook().calendar.clone();
        Ok(Self {
            town,
            chance,
            calendar,
            ledger: Ledger::default(),
            bills: Bills::new(),
            asked: Vec::new(),
            open: BTreeMap::new(),
            busy: BTreeSet::new(),
            recent: Vec::new(),
            plans: BTreeMap::new(),
            mailed: BTreeMap::new(),
            expected: BTreeMap::new(),
            applying: BTreeMap::new(),
            handed_in: BTreeSet::new(),
            letters: Vec::new(),
            contracts: Contracts::default(),
            settlements: Settlements::default(),
            faxes: Faxes::default(),
            newcomers: size.customers,
            changes: 0,
            debits: BTreeMap::new(),
            with_papers: size.papers,
            numbers: 0,
            ballots: 0,
            files: 0,
            cases: 0,
            carved: 0,
            ends: 0,
            results: 0,
            mails: 0,
            papers: 0,
            billed: 0,
            fees: 0,
            faults: Vec::new(),
        })
    }

    /// One day, from the morning to the books' closing.
    fn day(&mut self, day: Date, (rest, left): (u64, u64)) -> Result<(), Error> {
        let is_open = self.calendar.is_open(day);
        if self.town.now().date() < day && self.asked.is_empty() {
            // Set times begin when they are first seen.
            self.town.desk.tick()?;
        }
        self.clock_strikes(day, 6, 0)?;
        if is_open {
            self.clock_strikes(day, 8, 0)?;
            self.post()?;
            if self.calendar.next_open(first_of(day)) == day {
                self.check_bills(day);
            }
            self.clock_strikes(day, 9, 0)?;
            self.town.go_to(day, 10, 0);
            let quota = self.quota(rest, left);
            self.customers_ask(day, quota)?;
            self.contracts_are_asked_for(day)?;
            self.post()?;
            self.town.go_to(day, 11, 30);
            self.people_decide()?;
            self.clock_strikes(day, 12, 30)?;
            self.town.go_to(day, 14, 0);
            self.people_decide()?;
            self.clock_strikes(day, 15, 30)?;
            self.post()?;
            self.town.go_to(day, 17, 0);
            self.institution_answers(day)?;
            self.institution_settles(day)?;
        } else if self.chance.in_thousand(300) {
            self.town.go_to(day, 13, 0);
            self.customers_ask(day, rest.min(2))?;
        }
        self.clock_strikes(day, 20, 0)?;
        self.post()?;
        self.close_day();
        Ok(())
    }

    /// The morning after: what was recorded in the last month is billed, too.
    fn last_bills(&mut self, day: Date) -> Result<(), Error> {
        self.clock_strikes(day, 8, 0)?;
        self.post()?;
        self.check_bills(day);
        self.close_day();
        Ok(())
    }

    /// How many rows come today: a few together rather than one each day.
    fn quota(&mut self, rest: u64, left: u64) -> u64 {
        let today = rest / left.max(1);
        if today >= FEW || left <= 1 {
            return today;
        }
        if self.chance.below(left.saturating_mul(FEW)) < rest { FEW.min(rest) } else { 0 }
    }

    fn clock_strikes(&mut self, day: Date, hour: u32, minute: u32) -> Result<(), Error> {
        self.town.go_to(day, hour, minute);
        self.town.desk.tick()?;
        Ok(())
    }

    /// Days on which banks are open, from one to another.
    fn open_days(&self, from: Date, to: Date) -> u64 {
        let mut count = 0;
        let mut day = from;
        while day <= to {
            count += u64::from(self.calendar.is_open(day));
            day = day.plus_days(1);
        }
        count
    }

    /// Something does not hold.
    fn fault(&mut self, what: &str) {
        let day = self.town.now().date();
        self.faults.push(format!("{day}: {what}"));
    }

    fn summary(&mut self, size: Size, days: u64, figure: Figure) -> Summary {
        let mut rows: BTreeMap<&'static str, BTreeMap<&'static str, u64>> = BTreeMap::new();
        let mut yen: BTreeMap<&'static str, u64> = BTreeMap::new();
        for asked in &self.asked {
            let kind = asked.wanted.kind.name();
            *rows.entry(kind).or_default().entry(asked.end.name()).or_default() += 1;
            if asked.end == End::Recorded {
                *yen.entry(kind).or_default() += asked.wanted.amount.unwrap_or(0);
            }
        }
        let sums = self.ledger.sums;
        Summary {
            seed: size.seed,
            customers: size.customers,
            days,
            files: self.files,
            cases: self.cases,
            carved: self.carved,
            rows,
            yen,
            results: self.results,
            mails: self.mails,
            ends_told: self.ends,
            contracts: self.contracts,
            settlements: self.settlements,
            faxes: self.faxes,
            accrued: sums.accrued,
            paid: sums.paid,
            settled: sums.settled,
            cancelled: sums.cancelled,
            raised: sums.raised,
            lowered: sums.lowered,
            open: i64::try_from(sums.open()).unwrap_or(i64::MAX),
            claims: self.ledger.claims.len(),
            debits: self.billed,
            fees: self.fees,
            faults: std::mem::take(&mut self.faults),
            figure,
            peak_rss_mib: floor::peak_rss_mib(),
        }
    }
}

/// The summary as people read it.
fn show(summary: &Summary, out: &mut dyn Write) -> Result<(), Error> {
    let Summary { seed, customers, days, files, cases, carved, .. } = summary;
    writeln!(out, "seed {seed}: {customers} customers, {days} days")?;
    writeln!(out, "{files} files, {cases} cases, {carved} lines taken out of a batch")?;
    write!(out, "{:<18}", "rows")?;
    for end in End::ALL {
        write!(out, "{:>10}", end.name())?;
    }
    writeln!(out, "{:>18}", "yen recorded")?;
    for kind in RequestKind::ALL.map(RequestKind::name) {
        write!(out, "{kind:<18}")?;
        for end in End::ALL {
            let count = summary.rows.get(kind).and_then(|ends| ends.get(end.name()));
            write!(out, "{:>10}", count.unwrap_or(&0))?;
        }
        writeln!(out, "{:>18}", summary.yen.get(kind).unwrap_or(&0))?;
    }
    let Summary { results, mails, ends_told, claims, .. } = summary;
    writeln!(out, "{results} results, {mails} mails, {ends_told} ends told")?;
    let Contracts { opened, changed, ended, refused, declined, escalated, turned_away } =
        summary.contracts;
    writeln!(
        out,
        "contracts: {opened} opened, {changed} changed, {ended} ended, {refused} refused, \
         {declined} declined, {escalated} escalated; {turned_away} files turned away"
    )?;
    let Settlements { paid, defaulted, late } = summary.settlements;
    writeln!(out, "settlements: {paid} paid, {defaulted} not, {late} of them later")?;
    let Faxes { keyed, by_three, begun, again, refused, alike } = summary.faxes;
    writeln!(
        out,
        "faxes: {keyed} keyed in, {by_three} by three, {begun} begun from a file, {again} come \
         again; {alike} held beside a file, {refused} refused before anybody approved"
    )?;
    let Summary { accrued, paid, settled, cancelled, raised, lowered, open, .. } = summary;
    writeln!(
        out,
        "{claims} claims: accrued {accrued} - paid {paid} - settled {settled} - cancelled \
         {cancelled} + raised {raised} - lowered {lowered} = open {open} yen"
    )?;
    writeln!(out, "fees: {} debits, {} yen", summary.debits, summary.fees)?;
    let Figure { name, count, seconds, per_second, .. } = &summary.figure;
    writeln!(out, "{name}: {count} in {seconds:.1} s = {per_second:.0}/s")?;
    writeln!(out, "peak RSS {:.1} MiB", summary.peak_rss_mib)?;
    for fault in summary.faults.iter().take(FAULTS_TOLD) {
        writeln!(out, "FAULT {fault}")?;
    }
    writeln!(out, "{} faults", summary.faults.len())?;
    Ok(())
}

fn day((year, month, day): (i32, u32, u32)) -> Result<Date, Error> {
    Date::new(year, month, day).map_err(|_| Error::Usage("the year's day is no day".to_owned()))
}

/// The first of a day's month.
fn first_of(day: Date) -> Date {
    day.plus_days(1 - i64::from(day.day()))
}

/// A length as a plain number.
fn nth(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

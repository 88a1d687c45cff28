//! What customers ask for: files of rows that are right by the ledger, and now and then a mistake.

use std::collections::BTreeSet;

use super::super::super::outcome::Error;
use super::super::cast::{HEADING, Somebody};
use super::dossier::{Asked, Dossier, End, Pace};
use super::ledger::{Own, OwnState, Wanted};
use super::paper::{FAX, comes_by_fax};
use super::town::branch_mail;
use super::{Year, nth};
use crate::domain::{CaseId, Date, RequestKind};
use crate::ports::{FileRecord, FileVerdict};
use crate::service::{Arrival, Hand};
use crate::workflow::Unit;

/// How often each kind is tried, of a hundred; what is not possible becomes an accrual.
const KINDS: [(RequestKind, u64); 8] = [
    (RequestKind::AccrualDebtor, 32),
    (RequestKind::AccrualCreditor, 10),
    (RequestKind::Assignment, 13),
    (RequestKind::SplitAssignment, 10),
    (RequestKind::Change, 8),
    (RequestKind::Guarantee, 5),
    (RequestKind::Payment, 14),
    (RequestKind::Disclosure, 8),
];

/// The most rows of a file.
const ROWS_MAX: u64 = 7;

/// Tries to find a claim of a customer that fits.
const TRIES: usize = 12;

/// A file about to be dropped.
pub(super) struct Draft {
    pub(super) channel: &'static str,
    pub(super) folder: String,
    mail: String,
    pub(super) rows: Vec<Wanted>,
    /// Claims its rows are about: none twice.
    about: BTreeSet<String>,
    /// Whether its customer's contract is over.
    is_over: bool,
}

impl Year {
    /// Customers drop files with so many rows in all.
    pub(super) fn customers_ask(&mut self, day: Date, quota: u64) -> Result<(), Error> {
        let mut left = quota;
        while left > 0 {
            let size = (1 + self.chance.below(ROWS_MAX)).min(left);
            let Some(draft) = self.draft(day, size) else { return Ok(()) };
            left = left.saturating_sub(nth(draft.rows.len()));
            self.drop_draft(&draft)?;
        }
        Ok(())
    }

    /// A file of a customer or of a branch that keyed forms, or a FAX.
    fn draft(&mut self, day: Date, size: u64) -> Option<Draft> {
        let gone = self.town.customers.iter().filter(|one| one.is_over(day));
        let gone: Vec<Somebody> = gone.map(|one| one.who.clone()).collect();
        let is_over = !gone.is_empty() && self.chance.in_thousand(50);
        let is_paper = !is_over && self.chance.in_thousand(180);
        let active: Vec<Somebody> = self.active(day).collect();
        let seconds = !is_over && self.chance.in_thousand(150);
        let second = if seconds { self.second_thoughts(day) } else { None };
        let drawn = self.chance.one(if is_over { &gone } else { &active })?.clone();
        let first = second.as_ref().map_or(drawn, |wanted| wanted.from.clone());
        let branch = first.branch;
        let is_fax = is_paper && self.chance.in_thousand(400);
        let mut draft = Draft {
            channel: match (is_paper, is_fax) {
                (_, true) => FAX,
                (true, _) => "branches",
                _ => "customers",
            },
            folder: if is_paper { branch.to_owned() } else { first.user.clone() },
            mail: if is_paper { branch_mail(branch) } else { first.email() },
            rows: Vec::new(),
            about: BTreeSet::new(),
            is_over,
        };
        if let Some(mut wanted) = second {
            wanted.is_paper = is_paper;
            draft.about.extend(wanted.number.clone());
            draft.rows.push(wanted);
        }
        let here: Vec<Somebody> = active.into_iter().filter(|one| one.branch == branch).collect();
        for _ in nth(draft.rows.len())..size {
            let from = if is_paper { self.chance.one(&here)?.clone() } else { first.clone() };
            let wanted = self.ask(day, &from, &draft)?;
            draft.about.extend(wanted.number.clone());
            draft.rows.push(wanted);
        }
        Some(draft)
    }

    /// Customers whose contract has begun and does not end in the next weeks, nor later by their
    /// own wish.
    fn active(&self, day: Date) -> impl Iterator<Item = Somebody> {
        let late = day.plus_days(40);
        let runs = move |closed: Option<Date>| closed.is_none_or(|last| late < last);
        let customers = self.town.customers.iter();
        customers
            .filter(|one| !one.is_leaving)
            .filter(move |one| one.terms.applied < day && runs(one.terms.closed))
            .map(|one| one.who.clone())
    }

    /// One row of a customer, right as far as the ledger tells.
    fn ask(&mut self, day: Date, from: &Somebody, draft: &Draft) -> Option<Wanted> {
        let is_paper = draft.channel != "customers";
        let calendar = &self.calendar;
        let ahead = self.chance.between(2, 9);
        let record = calendar.add_open_days(calendar.next_open(day), ahead);
        let mut pick = self.chance.below(100);
        let kind = KINDS.iter().find(|(_, often)| match pick.checked_sub(*often) {
            Some(rest) => {
                pick = rest;
                false
            }
            None => true,
        });
        let kind = kind.map_or(RequestKind::AccrualDebtor, |(kind, _)| *kind);
        let mut wanted = Wanted {
            kind,
            number: None,
            from: from.clone(),
            other: None,
            amount: None,
            due: None,
            record,
            is_paper,
        };
        if draft.channel == FAX && !comes_by_fax(kind) {
            wanted.kind = RequestKind::AccrualDebtor;
        }
        let kind = wanted.kind;
        if kind.is_accrual() || !self.about_a_claim(day, &mut wanted, draft) {
            self.accrual(day, &mut wanted)?;
        }
        Some(wanted)
    }

    /// What was recorded in the last days is taken back by who has the claim.
    fn second_thoughts(&mut self, day: Date) -> Option<Wanted> {
        self.recent.retain(|(on, _)| day.days_since(*on) <= 4);
        let record = self.calendar.add_open_days(self.calendar.next_open(day), 2);
        let recent = self.recent.clone();
        for _ in 0..TRIES {
            let (_, number) = self.chance.one(&recent)?;
            let claim = self.ledger.claims.get(number)?.clone();
            let creditor = self.active(day).find(|one| *one == claim.creditor);
            let Some(from) = creditor else { continue };
            let mut wanted = Wanted {
                kind: RequestKind::Cancellation,
                number: Some(number.clone()),
                from,
                other: None,
                amount: None,
                due: None,
                record,
                is_paper: false,
            };
            let is_free = !self.busy.contains(number) && !self.is_of_a_leaver(&claim);
            if is_free && self.fits(&claim, &wanted) {
                self.fill(day, &claim, &mut wanted)?;
                return Some(wanted);
            }
        }
        None
    }

    fn accrual(&mut self, day: Date, wanted: &mut Wanted) -> Option<()> {
        if !wanted.kind.is_accrual() {
            wanted.kind = RequestKind::AccrualDebtor;
        }
        let user = &wanted.from.user;
        let mut customers = self.town.customers.iter();
        let is_light = customers.any(|one| one.who.user == *user && one.terms.contract == "ライト");
        let most = if is_light { 900_000 } else { 5_000_000 };
        wanted.amount = Some(10_000 + self.chance.below(most));
        wanted.due = Some(wanted.record.plus_days(self.chance.between(25, 150)));
        wanted.number = None;
        wanted.other = Some(self.somebody_else(day, &[&wanted.from.clone()])?);
        Some(())
    }

    /// Somebody of this bank or another.
    fn somebody_else(&mut self, day: Date, not: &[&Somebody]) -> Option<Somebody> {
        let mut all: Vec<Somebody> = if self.chance.in_thousand(600) {
            self.active(day).collect()
        } else {
            self.town.elsewhere.clone()
        };
        all.retain(|one| !not.contains(&one));
        self.chance.one(&all).cloned()
    }

    /// Fills in a row about a claim of the customer's; whether one fits.
    fn about_a_claim(&mut self, day: Date, wanted: &mut Wanted, draft: &Draft) -> bool {
        let is_plain = wanted.kind == RequestKind::Disclosure;
        let mut numbers = self.ledger.of(&wanted.from.user).to_vec();
        // Most claims come to their end in the year, and little can be asked of those.
        let claims = &self.ledger.claims;
        numbers.retain(|one| is_plain || claims.get(one).is_some_and(Own::is_owed));
        for _ in 0..TRIES {
            let Some(number) = self.chance.one(&numbers).cloned() else { return false };
            let Some(claim) = self.ledger.claims.get(&number).cloned() else { continue };
            let free = is_plain || !(self.busy.contains(&number) || self.is_of_a_leaver(&claim));
            if draft.about.contains(&number) || !free || !self.fits(&claim, wanted) {
                continue;
            }
            wanted.number = Some(number);
            if self.fill(day, &claim, wanted).is_some() {
                return true;
            }
        }
        wanted.number = None;
        false
    }

    /// Whether somebody who ends the contract has a part in the claim: it is left alone then.
    fn is_of_a_leaver(&self, claim: &Own) -> bool {
        let mut leaving = self.town.customers.iter().filter(|one| one.is_leaving);
        leaving.any(|one| claim.concerns(&one.who.user))
    }

    /// Whether the rules let the customer ask this of a claim now.
    fn fits(&self, claim: &Own, wanted: &Wanted) -> bool {
        let calendar = &self.calendar;
        let (due, record) = (calendar.next_open(claim.due), wanted.record);
        let before = |days: i64| record <= calendar.add_open_days(due, -days);
        let is_open = claim.state == OwnState::Open && claim.recorded <= record;
        let is_creditor = claim.creditor == wanted.from;
        let is_party = is_creditor || claim.debtor == wanted.from;
        match wanted.kind {
            RequestKind::Assignment => is_open && is_creditor && before(3),
            RequestKind::SplitAssignment => {
                is_open && is_creditor && before(3) && claim.amount > 20_000
            }
            RequestKind::Cancellation => {
                let on = claim.last.as_ref().map(|last| last.on);
                let until = on.map(|on| calendar.add_open_days(calendar.next_open(on), 4));
                let in_time = until.is_some_and(|until| record <= until);
                is_open && is_creditor && in_time && before(3) && on.is_some_and(|on| on <= record)
            }
            RequestKind::Change => {
                is_open && is_party && before(7) && (wanted.is_paper || !claim.involved)
            }
            RequestKind::Guarantee => is_open && is_creditor,
            RequestKind::Payment => claim.is_owed() && claim.recorded <= record && is_party,
            RequestKind::Disclosure => is_party,
            // Not asked for in the year.
            RequestKind::Discount
            | RequestKind::Collateral
            | RequestKind::InstitutionTransfer
            | RequestKind::AccrualDebtor
            | RequestKind::AccrualCreditor => false,
        }
    }

    /// What a row says beside the claim.
    fn fill(&mut self, day: Date, claim: &Own, wanted: &mut Wanted) -> Option<()> {
        let beside = if claim.creditor == wanted.from { &claim.debtor } else { &claim.creditor };
        let beside = beside.clone();
        match wanted.kind {
            RequestKind::Assignment | RequestKind::Guarantee => {
                wanted.other = Some(self.third(day, claim)?);
            }
            RequestKind::SplitAssignment => {
                wanted.other = Some(self.third(day, claim)?);
                wanted.amount = Some(1 + self.chance.below(claim.amount.saturating_sub(1)));
            }
            RequestKind::Cancellation => wanted.other = Some(beside),
            RequestKind::Change => {
                wanted.other = Some(beside);
                if self.chance.in_thousand(500) {
                    wanted.due = Some(claim.due.plus_days(self.chance.between(20, 60)));
                } else {
                    let amount = 10_000 + self.chance.below(5_000_000);
                    wanted.amount = Some(amount).filter(|amount| *amount != claim.amount);
                    wanted.amount?;
                }
            }
            RequestKind::Payment => {
                wanted.other = Some(beside);
                let part = 1 + self.chance.below(claim.amount);
                wanted.amount =
                    Some(if self.chance.in_thousand(500) { claim.amount } else { part });
            }
            RequestKind::Disclosure => {
                if self.chance.in_thousand(200) {
                    wanted.number = None;
                }
            }
            RequestKind::Discount
            | RequestKind::Collateral
            | RequestKind::InstitutionTransfer
            | RequestKind::AccrualDebtor
            | RequestKind::AccrualCreditor => return None,
        }
        Some(())
    }

    fn third(&mut self, day: Date, claim: &Own) -> Option<Somebody> {
        self.somebody_else(day, &[&claim.debtor, &claim.creditor])
    }

    /// A file is dropped, judged, and held against what was to come of it.
    fn drop_draft(&mut self, draft: &Draft) -> Result<(), Error> {
        // Of who is gone nothing but that is wrong.
        let mistaken = !draft.is_over && self.chance.in_thousand(50);
        let mistaken = mistaken.then(|| self.chance.below(5));
        let first = self.asked.len();
        let mut text = HEADING.to_owned();
        for (n, wanted) in draft.rows.iter().enumerate() {
            let mistake = mistaken.filter(|_| n + 1 == draft.rows.len());
            text += &row(wanted, first + n, mistake);
        }
        let rows = draft.rows.len();
        for wanted in &draft.rows {
            let (wanted, by_fax) = (wanted.clone(), draft.channel == FAX);
            self.asked.push(Asked { wanted, by_fax, line: None, end: End::Open });
        }
        let (content, file) = if draft.channel == FAX {
            self.fax(&draft.folder, &text)?
        } else {
            let file = self.take_in((draft.channel, &draft.folder), "irai.csv", &text)?;
            (text.clone(), file)
        };
        let fresh = first..self.asked.len();
        let is_taken = file.verdict == FileVerdict::Accepted
            && usize::try_from(file.accepted).unwrap_or(0) == rows;
        let is_held = matches!(file.verdict, FileVerdict::Held { .. })
            && self.repeats_the_other_way(fresh.clone());
        let is_right = mistaken.is_none() && !draft.is_over && !is_held;
        self.contracts.turned_away += u64::from(draft.is_over);
        if draft.is_over && !self.codes(&file).iter().any(|code| code == "D30") {
            self.fault(&format!("file {}: the contract is over, and nobody says so", file.receipt));
        }
        if is_taken != is_right {
            let meant = if is_right { "right" } else { "wrong" };
            let receipt = file.receipt;
            let findings = file.findings.and_then(|digest| self.town.desk.blobs.open(digest).ok());
            let found = findings.and_then(|blob| blob.read_all().ok()).unwrap_or_default();
            let found = String::from_utf8_lossy(&found).into_owned();
            self.fault(&format!(
                "file {receipt}, meant to be {meant}, is {}: {found}\n{text}",
                file.verdict.name()
            ));
        }
        self.files += 1;
        if file.verdict == FileVerdict::Accepted {
            self.open_cases(&file, fresh, &draft.mail);
        } else {
            for asked in self.asked.iter_mut().skip(first) {
                asked.end = End::Refused;
            }
            self.faxes.alike += u64::from(is_held);
            let told = if is_held { "held_duplicate" } else { "rejected_file" };
            self.expect_mail(format!("{}_mail_{told}", file.receipt), &draft.mail);
        }
        // The same file once more.
        if is_taken && self.chance.in_thousand(15) {
            let again = self.take_in((draft.channel, &draft.folder), "irai2.csv", &content)?;
            let is_held = matches!(again.verdict, FileVerdict::Held { .. });
            if !is_held {
                self.fault(&format!("file {} was taken twice: {:?}", again.receipt, again.verdict));
            }
            self.expect_mail(format!("{}_mail_held_duplicate", again.receipt), &draft.mail);
            self.faxes.again += u64::from(draft.channel == FAX);
        }
        let one = draft.rows.first().filter(|one| comes_by_fax(one.kind));
        if is_taken && draft.channel == "customers" && self.chance.in_thousand(20) {
            one.map_or(Ok(()), |one| self.fax_again(one, &file))
        } else {
            Ok(())
        }
    }

    /// Whether one of these rows was asked for before and not given back: by FAX if they come as a
    /// file, and as a file if they come by FAX.
    fn repeats_the_other_way(&self, rows: std::ops::Range<usize>) -> bool {
        let earlier = self.asked.get(..rows.start).unwrap_or_default();
        let stands = |one: &&Asked| matches!(one.end, End::Open | End::Recorded | End::ByHand);
        let earlier: Vec<&Asked> = earlier.iter().filter(stands).collect();
        let mut rows = self.asked.get(rows).into_iter().flatten();
        rows.any(|row| {
            let same = |one: &&Asked| one.by_fax != row.by_fax && one.wanted.is_same(&row.wanted);
            earlier.iter().any(same)
        })
    }

    /// What came as a file a moment ago comes by FAX as well, under a number of its own.
    fn fax_again(&mut self, wanted: &Wanted, first: &FileRecord) -> Result<(), Error> {
        let branch = wanted.from.branch;
        let (_, fax) = self.fax(branch, &(HEADING.to_owned() + &row(wanted, usize::MAX, None)))?;
        if fax.verdict != (FileVerdict::Held { same_as: first.receipt }) {
            let (receipt, first) = (fax.receipt, first.receipt);
            let codes = self.codes(&fax);
            self.fault(&format!("{receipt} repeats {first}: {:?} {codes:?}", fax.verdict));
        }
        self.faxes.alike += 1;
        self.expect_mail(format!("{}_mail_held_duplicate", fax.receipt), &branch_mail(branch));
        Ok(())
    }

    /// The cases of a file, each with its lines.
    fn open_cases(&mut self, file: &FileRecord, fresh: std::ops::Range<usize>, mail: &str) {
        for (n, flow) in (1..).zip(&file.flows) {
            let mut lines = Vec::new();
            for (line, at) in (1..).zip(fresh.clone()) {
                let Some(asked) = self.asked.get_mut(at) else { continue };
                if flow.kinds.contains(&asked.wanted.kind) {
                    asked.line = Some((file.receipt, line));
                    let changes = asked.wanted.kind.changes_claim();
                    self.busy.extend(asked.wanted.number.clone().filter(|_| changes));
                    lines.push((line, at));
                }
            }
            let id = |row| CaseId { receipt: file.receipt, n, row };
            if flow.unit == Unit::File {
                self.open_case(id(None), lines, mail);
            } else {
                for line in lines {
                    self.open_case(id(Some(line.0)), vec![line], mail);
                }
            }
        }
    }

    fn open_case(&mut self, id: CaseId, lines: Vec<(u32, usize)>, mail: &str) {
        let is_plain = |at: &usize| {
            let asked = self.asked.get(*at);
            asked.is_some_and(|asked| asked.wanted.kind == RequestKind::Disclosure)
        };
        let is_harmless = lines.iter().all(|(_, at)| is_plain(at));
        let pace = if self.chance.in_thousand(40) {
            Pace::Slow
        } else if is_harmless && self.chance.in_thousand(80) {
            Pace::Lost
        } else {
            Pace::Plain
        };
        let dossier = Dossier { pace, ..Dossier::new(lines, mail) };
        self.cases += 1;
        self.open.insert(id, dossier);
    }

    /// Bytes that somebody left in a folder, to their verdict.
    pub(super) fn take_in(
        &mut self,
        (channel, folder): (&str, &str),
        name: &str,
        text: &str,
    ) -> Result<FileRecord, Error> {
        let desk = &self.town.desk;
        let mut writer = desk.blobs.create()?;
        std::io::Write::write_all(&mut writer, text.as_bytes())?;
        let arrival = Arrival {
            intake: desk.new_intake(),
            channel: channel.to_owned(),
            submitter: folder.to_owned(),
            hand: Hand::Owner(u32::MAX),
            name: name.to_owned(),
            digest: writer.keep()?,
            bytes: nth(text.len()),
            flaw: None,
            beside: crate::service::Beside::default(),
        };
        let receipts = desk.receive(vec![arrival])?;
        let files = desk.judge_all(&receipts)?;
        let lost = || Error::Usage(format!("the desk lost a file of {channel}/{folder}"));
        files.into_iter().next().ok_or_else(lost)
    }
}

/// A row as a customer writes it, perhaps with a mistake.
fn row(wanted: &Wanted, at: usize, mistake: Option<u64>) -> String {
    let Wanted { kind, number, from, other, amount, due, record, .. } = wanted;
    let mut record = record.to_string();
    let mut own = from.cells(None);
    let mut amount = amount.map_or_else(String::new, |yen| yen.to_string());
    let mut other = other.as_ref().map_or_else(|| ",,,,,".to_owned(), |one| one.cells(Some("ﾐﾎﾝ")));
    if *kind == RequestKind::Disclosure {
        ",,,,,".clone_into(&mut other);
    }
    match mistake {
        Some(0) => "百万".clone_into(&mut amount),
        Some(1) => "2026-03-30".clone_into(&mut record),
        Some(2) => own = own.replace(&from.number, "9999999"),
        Some(3) => "2030-02-31".clone_into(&mut record),
        Some(_) => other = from.cells(Some("ﾐﾎﾝ")),
        None => {}
    }
    let number = number.as_deref().unwrap_or_default();
    let due = due.map_or_else(String::new, |due| due.to_string());
    let code = kind.code();
    format!("{code},{number},{record},{own},{other},{amount},{due},R-{at},,,\r\n")
}

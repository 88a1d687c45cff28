//! Contracts: new customers apply, some change theirs, some end it, and the branch decides.
//!
//! Read [`Year::contracts_are_asked_for`] and [`Year::contracts_are_decided`] first. What must hold
//! of them is in `promises`.

use std::collections::BTreeSet;

use serde::Serialize;

use super::super::super::outcome::Error;
use super::super::cast::{Somebody, Terms};
use super::customers::{self, Customer};
use super::ledger::OwnState;
use super::office::Act;
use super::town::branch_mail;
use super::{Year, nth};
use crate::domain::{CaseId, Date, Person, Severity};
use crate::formats::read_findings;
use crate::ports::{FileRecord, FileVerdict};
use crate::workflow::{Case, Status, VoteKind, Wish};

/// The columns of an application, as the branch's form has them.
const COLUMNS: [&str; 18] = [
    "手続",
    "利用者番号",
    "区分",
    "名称",
    "名称カナ",
    "住所",
    "電話番号",
    "取扱店",
    "契約",
    "申込日",
    "解約日",
    "メールアドレス",
    "銀行番号",
    "支店番号",
    "預金種目",
    "口座番号",
    "手数料引落",
    "許可する相手",
];

/// Business days in which an application is promised to be done.
const PROMISED_DAYS: i64 = 5;

/// What happens so often a year to a thousand customers.
const NEW: u64 = 400;
const CHANGES: u64 = 500;
const LEAVES: u64 = 180;

/// Open days of a year, about.
const OPEN_DAYS: u64 = 245;

/// Accounts that take the place of others are numbered from here on.
const FURTHER_ACCOUNTS: u64 = 5_000_000;

/// What an application is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Procedure {
    Open,
    Change,
    End,
}

/// An application the branch has not decided on.
#[derive(Debug, Clone)]
pub(super) struct Applying {
    pub(super) what: Procedure,
    /// The customer as the contract is to be.
    pub(super) after: Customer,
    /// The last of the promised days.
    pub(super) until: Date,
    /// Whether those who decide on it are slow.
    is_slow: bool,
    /// Whether it was asked of somebody above.
    pub(super) is_escalated: bool,
    /// Who approved it.
    pub(super) signed: BTreeSet<String>,
}

/// How many applications came to what.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Contracts {
    pub(super) opened: u64,
    pub(super) changed: u64,
    pub(super) ended: u64,
    /// Files that came back at once.
    pub(super) refused: u64,
    /// Applications that people returned or rejected.
    pub(super) declined: u64,
    /// Applications that were asked of somebody above.
    pub(super) escalated: u64,
    /// Files of requests that came back because the contract is over.
    pub(super) turned_away: u64,
}

impl Year {
    /// Newcomers and customers come to the branch.
    pub(super) fn contracts_are_asked_for(&mut self, day: Date) -> Result<(), Error> {
        for _ in 0..self.times(NEW) {
            self.newcomer_applies(day)?;
        }
        for _ in 0..self.times(CHANGES) {
            self.customer_changes(day)?;
        }
        for _ in 0..self.times(LEAVES) {
            self.customer_leaves(day)?;
        }
        self.leavers_apply(day)
    }

    /// How often something happens today that happens so often a year to a thousand customers.
    fn times(&mut self, often: u64) -> u64 {
        let days = OPEN_DAYS.saturating_mul(1_000);
        let share = often.saturating_mul(nth(self.town.customers.len()));
        share / days + u64::from(self.chance.below(days) < share % days)
    }

    /// Somebody who is no customer yet applies, at times with a mistake.
    fn newcomer_applies(&mut self, day: Date) -> Result<(), Error> {
        let n = self.newcomers;
        self.newcomers += 1;
        let terms = Terms { contract: customers::contract(n), applied: day, closed: None };
        let after = Customer::new(customers::somebody(n), terms, n);
        let mut cells = vec![
            ("手続", "新規"),
            ("区分", "法人"),
            ("名称", &*after.name),
            ("名称カナ", "ﾐﾎﾝｼﾖｳｼﾞ"),
            ("住所", &*after.address),
            ("取扱店", after.who.branch),
            ("契約", after.terms.contract),
            ("メールアドレス", &*after.email),
            ("銀行番号", after.who.bank),
            ("支店番号", after.who.branch),
            ("預金種目", "普通"),
            ("口座番号", &*after.who.number),
        ];
        let mistake = match self.chance.below(40) {
            0 => Some(("区分", "個人", "K01")),
            1 => Some(("預金種目", "貯蓄", "K02")),
            2 => Some(("メールアドレス", "", "K03")),
            _ => None,
        };
        if let Some((column, text, _)) = mistake {
            cells.retain(|(name, _)| *name != column);
            cells.push((column, text));
        }
        let text = sheet(&cells);
        self.apply(Procedure::Open, after, (&text, mistake.map(|(.., code)| code)))
    }

    /// A customer has another address, mail address or account.
    fn customer_changes(&mut self, day: Date) -> Result<(), Error> {
        let Some(mut after) = self.somebody_settled(day) else { return Ok(()) };
        self.changes += 1;
        let n = self.changes;
        let user = after.who.user.clone();
        let mut cells = vec![("手続", "変更"), ("利用者番号", &*user)];
        match self.chance.below(3) {
            0 => {
                after.address = format!("見本市{n}番地");
                cells.push(("住所", &*after.address));
            }
            1 => {
                after.email = format!("{}.{n}@example.jp", user.to_lowercase());
                cells.push(("メールアドレス", &*after.email));
            }
            _ => {
                after.who.number = (FURTHER_ACCOUNTS + n).to_string();
                let Somebody { bank, branch, number, .. } = &after.who;
                let place = [("銀行番号", *bank), ("支店番号", *branch)];
                cells.extend(place);
                cells.extend([("預金種目", "普通"), ("口座番号", &**number)]);
            }
        }
        let text = sheet(&cells);
        self.apply(Procedure::Change, after.clone(), (&text, None))
    }

    /// A customer begins nothing new from now on; who wants out at once is told of the claims.
    fn customer_leaves(&mut self, day: Date) -> Result<(), Error> {
        let Some(leaver) = self.somebody_settled(day) else { return Ok(()) };
        let user = leaver.who.user.clone();
        for one in self.town.customers.iter_mut().filter(|one| one.who == leaver.who) {
            one.is_leaving = true;
        }
        if self.settled_until(&user).is_some_and(|last| last > day) {
            self.apply_for_end(leaver, day, Some("K05"))?;
        }
        Ok(())
    }

    /// Those who leave apply once nothing of theirs is under way.
    fn leavers_apply(&mut self, day: Date) -> Result<(), Error> {
        let leaving = |one: &&Customer| one.is_leaving && one.terms.closed.is_none();
        let all: Vec<Customer> = self.town.customers.iter().filter(leaving).cloned().collect();
        for leaver in all {
            let user = &leaver.who.user;
            if self.applies(user) || self.is_involved(user) {
                continue;
            }
            let last = self.settled_until(user).map_or(day, |last| last.max(day));
            let last = last.plus_days(self.chance.between(0, 9));
            self.apply_for_end(leaver, last, None)?;
        }
        Ok(())
    }

    fn apply_for_end(
        &mut self,
        mut after: Customer,
        last: Date,
        wrong: Option<&str>,
    ) -> Result<(), Error> {
        (after.terms.closed, after.is_leaving) = (Some(last), true);
        let (user, last) = (after.who.user.clone(), last.to_string());
        let text = sheet(&[("手続", "解約"), ("利用者番号", &user), ("解約日", &last)]);
        self.apply(Procedure::End, after, (&text, wrong))
    }

    /// A customer whose contract runs on and of whom nothing is being decided.
    fn somebody_settled(&mut self, day: Date) -> Option<Customer> {
        let runs = |one: &&Customer| {
            let terms = one.terms;
            !one.is_leaving && terms.closed.is_none() && terms.applied < day
        };
        let all = self.town.customers.iter().filter(runs);
        let all: Vec<Customer> = all.filter(|one| !self.applies(&one.who.user)).cloned().collect();
        self.chance.one(&all).cloned()
    }

    /// Whether an application of the customer's is open.
    fn applies(&self, user: &str) -> bool {
        self.applying.values().any(|applying| applying.after.who.user == user)
    }

    /// The day the last of a customer's claims is settled on.
    fn settled_until(&self, user: &str) -> Option<Date> {
        let numbers = self.ledger.of(user).iter();
        let claims = numbers.filter_map(|number| self.ledger.claims.get(number));
        let of_user = |one: &Somebody| one.user == user;
        let own = claims.filter(|claim| {
            claim.state == OwnState::Open && (of_user(&claim.debtor) || of_user(&claim.creditor))
        });
        own.map(|claim| self.calendar.next_open(claim.due)).max()
    }

    /// Whether something is under way that the customer or a claim of the customer's is part of,
    /// or a claim may still come back.
    fn is_involved(&self, user: &str) -> bool {
        let concerns = |number: &String| {
            self.ledger.claims.get(number).is_some_and(|claim| claim.concerns(user))
        };
        let rows = self.open.values().flat_map(|dossier| &dossier.lines);
        let mut under_way = rows.filter_map(|(_, at)| self.asked.get(*at)).map(|row| &row.wanted);
        let is_asked = under_way.any(|wanted| {
            let other = wanted.other.as_ref();
            wanted.from.user == user
                || other.is_some_and(|one| one.user == user)
                || wanted.number.as_ref().is_some_and(concerns)
        });
        let comes_back = |number: &String| {
            let claim = self.ledger.claims.get(number).filter(|one| one.state == OwnState::Open);
            let last = claim.and_then(|claim| claim.last.as_ref());
            last.and_then(|last| last.before.as_ref()).is_some_and(|one| one.user == user)
        };
        is_asked || self.ledger.of(user).iter().any(comes_back)
    }

    /// An application is dropped, judged, and held against what was to come of it: the code it
    /// comes back with, or a case.
    fn apply(
        &mut self,
        what: Procedure,
        after: Customer,
        (text, wrong): (&str, Option<&str>),
    ) -> Result<(), Error> {
        // The same paper twice would be held as a duplicate.
        if !self.handed_in.insert(text.to_owned()) {
            return Ok(());
        }
        let file = self.take_in(("contracts", after.who.branch), "moushikomi.csv", text)?;
        self.files += 1;
        let found = self.codes(&file);
        let is_taken = file.verdict == FileVerdict::Accepted;
        if is_taken != wrong.is_none() || found != wrong.into_iter().collect::<Vec<_>>() {
            let name = file.verdict.name();
            self.fault(&format!("{}, {what:?} for {wrong:?}: {name}, {found:?}", file.receipt));
        }
        if !is_taken {
            self.contracts.refused += 1;
            let mail = branch_mail(after.who.branch);
            self.expect_mail(format!("{}_mail_rejected_file", file.receipt), &mail);
            return Ok(());
        }
        let applying = Applying {
            what,
            after,
            until: self.calendar.add_open_days(self.town.now().date(), PROMISED_DAYS),
            is_slow: self.chance.in_thousand(120),
            is_escalated: false,
            signed: BTreeSet::new(),
        };
        self.cases += 1;
        self.applying.insert(CaseId { receipt: file.receipt, n: 1, row: None }, applying);
        Ok(())
    }

    /// The codes of what is wrong with a file.
    pub(super) fn codes(&self, file: &FileRecord) -> Vec<String> {
        let kept = file.findings.and_then(|digest| self.town.desk.blobs.open(digest).ok());
        let bytes = kept.and_then(|blob| blob.read_all().ok()).unwrap_or_default();
        let found = read_findings(&bytes).unwrap_or_default().into_iter();
        let wrong = found.filter(|one| one.severity == Severity::Error);
        wrong.map(|one| one.code.to_string()).collect()
    }

    /// Everybody at the branch looks once at the applications that wait for them.
    pub(super) fn contracts_are_decided(&mut self) -> Result<(), Error> {
        let waiting: Vec<CaseId> = self.applying.keys().copied().collect();
        for id in waiting {
            let slow = self.applying.get(&id).is_some_and(|applying| applying.is_slow);
            if !self.chance.in_thousand(if slow { 150 } else { 750 }) {
                continue;
            }
            let Some(case) = self.town.desk.store.case(id) else { continue };
            let may = self.waited_for(&case);
            let Some(person) = self.chance.one(&may).cloned() else { continue };
            self.contract_seat(&case, &person)?;
            let now = self.town.desk.store.case(id).map(|case| case.head.status);
            if let Some(status) = now.filter(|status| status.is_final()) {
                self.contract_is_decided(id, status)?;
            }
        }
        Ok(())
    }

    /// One person at a seat of an application.
    fn contract_seat(&mut self, case: &Case, person: &Person) -> Result<(), Error> {
        let id = case.head.id;
        let Some(applying) = self.applying.get(&id).cloned() else { return Ok(()) };
        let back = |to: &str| Wish::Vote(VoteKind::Return, Some(to.to_owned()));
        let approve = Wish::Vote(VoteKind::Approve, None);
        // On the last day nobody sends it round any more.
        let is_last = applying.until <= self.town.now().date();
        let wish = match self.chance.below(1_000) {
            0..940 => approve.clone(),
            _ if is_last => approve.clone(),
            940..950 => back("close"),
            950..960 => back("papers"),
            960..970 => back("number"),
            970..980 => back("checker"),
            _ => Wish::Vote(VoteKind::Reject, None),
        };
        if wish != approve {
            return self.cast(case, person, wish.into()).map(|_| ());
        }
        if self.step_is(case, "number") && self.chance.in_thousand(200) {
            let taken = self.town.customers.iter().filter(|one| one.terms.closed.is_none());
            let taken: Vec<String> = taken.map(|one| one.who.user.clone()).collect();
            let number = self.chance.one(&taken).cloned().unwrap_or_default();
            let act = Act { entry: self.filled_in(&number), ..approve.clone().into() };
            if self.cast(case, person, act)?.is_some() {
                self.fault(&format!("{id}: {number} was keyed in, somebody else's"));
            }
        }
        let number = if applying.what == Procedure::Open { &*applying.after.who.user } else { "" };
        let act = Act { entry: self.filled_in(number), ..approve.into() };
        if self.cast(case, person, act)?.is_none() {
            return self.give_up(case, person);
        }
        if let Some(applying) = self.applying.get_mut(&id) {
            applying.signed.insert(person.id.to_string());
        }
        Ok(())
    }

    fn step_is(&self, case: &Case, name: &str) -> bool {
        let flow = self.town.desk.definition_of(case);
        let step = flow.as_ref().and_then(|flow| flow.step(case.head.step));
        step.is_some_and(|step| step.id == name)
    }

    /// What the forms of all steps are filled in with; each takes what it asks for.
    fn filled_in(&mut self, number: &str) -> Vec<(String, String)> {
        let papers = if self.chance.in_thousand(25) { "missing" } else { "kept" };
        let result = if self.chance.in_thousand(40) { "ng" } else { "ok" };
        let mut entry = vec![
            ("application", papers),
            ("identity", "kept"),
            ("notice", papers),
            ("result", result),
        ];
        if !number.is_empty() {
            entry.push(("user_number", number));
        }
        entry.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
    }

    /// A decision was made: what was approved is in the book from now on.
    fn contract_is_decided(&mut self, id: CaseId, status: Status) -> Result<(), Error> {
        let Some(applying) = self.applying.remove(&id) else { return Ok(()) };
        self.keeps_its_promise(id, &applying, status);
        if status != Status::Completed {
            self.contracts.declined += 1;
            return Ok(());
        }
        let mut after = applying.after;
        match applying.what {
            Procedure::Open => {
                self.contracts.opened += 1;
                after.first = self.bills.first(after.terms.applied);
                return self.town.welcome(after);
            }
            Procedure::Change => self.contracts.changed += 1,
            Procedure::End => self.contracts.ended += 1,
        }
        let mut book = self.town.customers.iter_mut();
        if let Some(own) = book.find(|own| own.who == after.who) {
            *own = after;
        }
        Ok(())
    }
}

/// An application with these cells filled in.
fn sheet(cells: &[(&str, &str)]) -> String {
    let cell =
        |column: &&str| cells.iter().find(|(name, _)| name == column).map_or("", |(_, text)| *text);
    let row: Vec<&str> = COLUMNS.iter().map(cell).collect();
    format!("{}\r\n{}\r\n", COLUMNS.join(","), row.join(","))
}

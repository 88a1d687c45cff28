//! What must hold at every day's end, and on the day the fees are billed.

use std::collections::BTreeMap;

use super::super::super::outcome::Error;
use super::Year;
use super::bills::Bills;
use super::dossier::{Dossier, End};
use crate::domain::fees::Month;
use crate::domain::{CaseId, Date};
use crate::formats::zengin::debit::{Stage, read_debits};
use crate::ports::{Batch, Commit};
use crate::ports::{ClaimFilter, EffectMove, EffectState, Entry};
use crate::workflow::{Case, EffectKind, MailKind, Place, Status, belongs};

impl Year {
    /// Everything owed goes out, and everybody reads what they got.
    pub(super) fn post(&mut self) -> Result<(), Error> {
        if !self.with_papers {
            self.leave_papers_undrawn()?;
        }
        let done = self.town.desk.dispatch_all()?;
        if done.later + done.stuck > 0 {
            self.fault(&format!("answers could not be written: {done:?}"));
        }
        let mut companions: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for parcel in self.town.shelf.take() {
            let (folder, name) = parcel.path.split_once('/').unwrap_or_default();
            let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
            match (folder, name.rsplit_once('.').map(|(_, ending)| ending)) {
                ("mail", _) => {
                    self.mails += 1;
                    let addressee = addressee(&parcel.bytes);
                    match self.expected.remove(stem) {
                        Some(to) if addressee.contains(&to) => {}
                        Some(to) => self.fault(&format!("the mail {stem} does not go to {to}")),
                        None if stem.contains("_settled_") || stem.contains("_contract_") => {
                            self.fault(&format!("the mail {stem} goes to {addressee} for nothing"));
                        }
                        // Mails about what goes on, to whoever is asked, were read.
                        None if stem.contains("_mail_") || stem.starts_with("office_") => {
                            self.mailed.insert(stem.to_owned(), addressee);
                        }
                        None => {}
                    }
                }
                ("center", Some("json")) => {
                    let json: serde_json::Value =
                        serde_json::from_slice(&parcel.bytes).unwrap_or_default();
                    let rows = json.get("rows").cloned().unwrap_or_default();
                    let rows = serde_json::from_value(rows).unwrap_or_default();
                    companions.insert(stem.to_owned(), rows);
                }
                ("center", Some("csv")) => {
                    let lines = companions.remove(stem).unwrap_or_default();
                    match stem.parse::<CaseId>() {
                        Ok(id) => self.institution_reads(id, &lines, &parcel.bytes),
                        Err(_) => self.fault(&format!("{} names no case", parcel.path)),
                    }
                }
                ("fees", _) => {
                    self.debits.insert(stem.to_owned(), parcel.bytes);
                }
                _ => self.papers += 1,
            }
        }
        Ok(())
    }

    /// Papers are the slowest part of a year and nobody reads them here.
    fn leave_papers_undrawn(&mut self) -> Result<(), Error> {
        let at = self.town.now();
        let is_paper = |kind: &EffectKind| {
            matches!(
                kind,
                EffectKind::Slip
                    | EffectKind::Receipt
                    | EffectKind::Record
                    | EffectKind::Disclosure { .. }
                    | EffectKind::FeeStatement { .. }
            )
        };
        let store = &self.town.desk.store;
        let owed = store.effects(usize::MAX);
        let undrawn = owed.iter().filter(|one| is_paper(&one.effect.kind));
        let moves: Vec<EffectMove> = undrawn
            .map(|one| EffectMove {
                id: one.effect.id(),
                to: EffectState::Delivered,
                at,
                note: String::new(),
            })
            .collect();
        if moves.is_empty() {
            return Ok(());
        }
        let commit = Commit { at, entries: vec![Entry::Effects(moves)] };
        let done = store.commit(Batch { commit, expect: Vec::new() });
        done.map_err(|failed| Error::Usage(failed.to_string()))
    }

    /// A mail must have gone, or go with the next post, to an address.
    pub(super) fn expect_mail(&mut self, name: String, to: &str) {
        match self.mailed.remove(&name) {
            Some(addressee) if addressee.contains(to) => {}
            Some(_) => self.fault(&format!("the mail {name} does not go to {to}")),
            None => {
                self.expected.insert(name, to.to_owned());
            }
        }
    }

    /// The day's end: ledger and register, every case, every mail.
    pub(super) fn close_day(&mut self) {
        let owed = self.town.desk.store.effects(1);
        if let Some(first) = owed.first() {
            self.fault(&format!("{} is still owed", first.effect.id()));
        }
        let open: Vec<CaseId> = self.open.keys().copied().collect();
        for id in open {
            match self.town.desk.store.case(id) {
                Some(case) if case.head.status.is_final() => self.close_case(&case),
                Some(case) => self.look_at(&case),
                None => self.fault(&format!("{id} is gone")),
            }
        }
        self.check_contracts();
        let register = self.town.desk.store.claims(&ClaimFilter::default(), None, usize::MAX);
        for wrong in self.ledger.compare(&register) {
            self.fault(&wrong);
        }
        let untold: Vec<String> = std::mem::take(&mut self.expected).into_keys().collect();
        for name in untold {
            self.fault(&format!("nobody was sent the mail {name}"));
        }
    }

    /// A case has ended: as the answers say, and its submitter was told.
    fn close_case(&mut self, case: &Case) {
        let (id, status) = (case.head.id, case.head.status);
        let Some(dossier) = self.open.remove(&id) else { return };
        let by_hand = dossier.is_by_hand.then_some(Status::Recorded);
        let mut wanted = dossier.answered().or(by_hand);
        // Without the other side's consent it is void.
        let is_void = matches!(status, Status::Rejected | Status::Withdrawn);
        if dossier.consent.as_ref().is_some_and(|consent| !consent.holds) && is_void {
            wanted = Some(status);
        }
        if (dossier.is_sent || wanted.is_some()) && wanted != Some(status) {
            self.fault(&format!("{id} is {}; by its answers {wanted:?}", status.name()));
        }
        for (_, at) in &dossier.lines {
            let Some(asked) = self.asked.get_mut(*at) else { continue };
            // What was answered before is long free; by now it may be busy with something else.
            if asked.end != End::Open {
                continue;
            }
            asked.end = End::of(status);
            let changes = asked.wanted.kind.changes_claim();
            if let Some(number) = asked.wanted.number.as_ref().filter(|_| changes) {
                self.busy.remove(number);
            }
        }
        let told = match status {
            Status::Returned => MailKind::Returned,
            Status::Rejected => MailKind::Rejected,
            Status::Withdrawn => MailKind::Withdrawn,
            Status::Errored => MailKind::Errored,
            _ => MailKind::Recorded,
        };
        self.ends += 1;
        if !dossier.is_told {
            self.expect_mail(format!("{id}_mail_{}", told.name()), &dossier.mail);
        }
    }

    /// An open case waits for somebody with a name, or for a file until a time.
    fn look_at(&mut self, case: &Case) {
        let head = &case.head;
        let people = self.town.people_of(case);
        let somebody = match head.status {
            Status::Active | Status::Overdue | Status::Held => !self.waited_for(case).is_empty(),
            Status::SentBack => {
                head.due.is_some() && people.iter().any(|one| belongs(case, Place::Submitter, one))
            }
            Status::Waiting => head.due.is_some(),
            Status::Incident => people.iter().any(|one| one.has("manager")),
            _ => false,
        };
        if !somebody {
            let flow = self.town.desk.definition_of(case);
            let step = flow.as_ref().and_then(|flow| flow.step(head.step));
            let step = step.map_or("", |step| step.id.as_str());
            let by: Vec<&str> = head.votes.iter().map(|vote| vote.by.as_str()).collect();
            let (id, status) = (head.id, head.status.name());
            self.fault(&format!("{id} is {status} at {step} after {by:?} and waits for nobody"));
        }
        let asked = |dossier: &&Dossier| dossier.consent.is_none();
        let answered = self.open.get(&head.id).filter(asked).and_then(Dossier::answered);
        if let Some(status) = answered {
            self.fault(&format!("{} is {}, not {}", head.id, head.status.name(), status.name()));
        }
    }

    /// The fees of a month were billed this morning: each customer once, by the independent sums.
    pub(super) fn check_bills(&mut self, day: Date) {
        let month = Month::of(day);
        let Some(billed) = self.town.desk.store.billed(month).filter(|billed| billed.is_whole)
        else {
            self.fault(&format!("{month} was not billed"));
            return;
        };
        let printed = Bills::debit_day(month).unwrap_or("a day outside the year");
        if billed.debit_day.to_string() != printed {
            self.fault(&format!("{month} is debited on {}, not {printed}", billed.debit_day));
        }
        let mut debits = self.debited(month, printed);
        for customer in self.town.customers.clone() {
            let user = &customer.who.user;
            let due = self.bills.due(&customer, month);
            let mut bills = billed.bills.values();
            let bill = bills.find(|kept| kept.bill.customer.as_str() == user);
            let total = bill.map(|kept| kept.bill.total.get());
            if total != due {
                self.fault(&format!("{user} is billed {total:?} for {month}, not {due:?}"));
            }
            let yen = due.unwrap_or(0);
            let taken = debits.remove(&customer.who.number).unwrap_or_default();
            let wanted: Vec<u64> = (yen > 0).then_some(yen).into_iter().collect();
            if taken != wanted {
                self.fault(&format!("{user} is debited {taken:?} in {month}, not {wanted:?}"));
            }
            self.billed += u64::from(yen > 0);
            self.fees += yen;
            if yen > 0 {
                self.expect_mail(format!("office_fee_notice_{month}_{user}"), &customer.email);
            }
        }
        for (account, yen) in debits {
            self.fault(&format!("{yen:?} are debited from {account} in {month}, nobody's account"));
        }
        self.bills.were_made(month);
    }

    /// The debits of a month's file, by account.
    fn debited(&mut self, month: Month, printed: &str) -> BTreeMap<String, Vec<u64>> {
        let bytes = self.debits.remove(&format!("{month}_debit")).unwrap_or_default();
        let rules = self.town.desk.rulebook();
        let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        match read_debits(&bytes, &rules.fees.layout, Stage::Requested) {
            Ok(file) => {
                let on = Date::parse(printed).map(crate::formats::zengin::MonthDay::of);
                if on != Ok(file.client.day) {
                    self.fault(&format!("the debit file of {month} is not for {printed}"));
                }
                for (debit, _) in file.debits {
                    let account = debit.account.number.to_string();
                    found.entry(account).or_default().push(debit.amount.get());
                }
            }
            Err(wrong) => self.fault(&format!("the debit file of {month}: {wrong:?}")),
        }
        found
    }
}

/// The line of a mail that says whom it is for.
fn addressee(mail: &[u8]) -> String {
    let text = String::from_utf8_lossy(mail);
    let head = text.split("\r\n\r\n").next().unwrap_or_default();
    let lines = head.split("\r\n").skip_while(|line| !line.starts_with("To:"));
    let own = lines.enumerate().take_while(|(n, line)| *n == 0 || line.starts_with(' '));
    own.map(|(_, line)| line).collect()
}

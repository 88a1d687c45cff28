//! The fees of a month: bills of what was recorded in the month before, statements, the debit file.
//!
//! A customer's month is billed once, however often the run is begun: what was billed is in the
//! journal, and a run that was stopped goes on with those who are left.

use std::collections::BTreeMap;

use tracing::info;

use crate::domain::fees::{
    Contract, FeeTable, Month, Use, bill, charges, debit_day, first_billed_month,
};
use crate::domain::{Account, Customer, Origin, Timestamp, UserNumber, YenTotal, mask};
use crate::formats::layout::Layout;
use crate::formats::zengin::debit::{Debit, NewCode, write_debits};
use crate::formats::zengin::{Client, MonthDay, Newline};
use crate::ports::{
    Billed, BilledMonth, ContractVerb, Entry, FileRecord, KeptBill, Parcel, StoreError, Trouble,
};
use crate::render::mail::{FeeNotice, Kind, Letter};
use crate::render::pdf;
use crate::render::view::FeeStatementView;
use crate::workflow::{Effect, EffectKind, EffectScope};

use super::Desk;
use super::answers::{AnswerError, customer_folder};
use super::schedules::Failed;

/// Bills in one commit: far below the largest frame.
const SLICE: usize = 1_000;

/// What fees go by.
#[derive(Debug, Clone)]
pub struct FeeRules {
    /// What everything costs.
    pub table: FeeTable,
    /// How the debit file is laid out.
    pub layout: Layout,
    /// The institution as the one that debits; none where the settings do not say.
    pub client: Option<FeeClient>,
}

/// The institution as the one that debits (委託者).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeeClient {
    /// 委託者コード, ten digits at most.
    pub code: String,
    /// 委託者名 in half-width kana.
    pub name: String,
    /// The account the fees go to.
    pub account: Account,
}

impl Desk {
    /// Bills the month `at` lies in: what was recorded in the month before.
    ///
    /// Errs, and bills nobody, where something has no price or the settings do not say who debits.
    pub(super) fn fee_run(&self, at: Timestamp) -> Result<(), Failed> {
        let month = Month::of(at.date());
        let (rules, customers) = (self.rulebook(), self.store.customers());
        let before = self.store.billed(month);
        if !customers.is_kept() || before.as_ref().is_some_and(|month| month.is_whole) {
            return Ok(());
        }
        if rules.fees.client.is_none() {
            return Err(Trouble::NoClient.into());
        }
        let priced = charges(&self.uses_in(month.previous())?, &rules.fees.table);
        if let Some(used) = priced.unpriced.first() {
            return Err(Trouble::NoPrice { kind: used.kind, on: used.on }.into());
        }
        let done =
            |user: UserNumber| before.as_ref().is_some_and(|month| month.bills.contains_key(&user));
        let mut bills = Vec::new();
        for customer in customers.iter().filter(|one| !done(one.user)) {
            let own = priced.by_customer.get(&customer.user).map_or(&[][..], Vec::as_slice);
            let contract = Contract {
                customer: customer.user,
                kind: customer.contract,
                applied: customer.applied,
                first: self.first_billed(customer),
                ended: customer.closed,
            };
            let is_first = contract.first == month;
            bills.extend(
                bill(&contract, own, &rules.fees.table, month)
                    .map(|bill| kept(customer, bill, is_first)),
            );
        }
        info!(outcome = "billed", count = bills.len(), "the fees of a month");
        Ok(self.commit_bills(month, &bills)?)
    }

    fn commit_bills(&self, month: Month, bills: &[KeptBill]) -> Result<(), StoreError> {
        let now = self.clock.now();
        let debit_day = debit_day(month, &self.rulebook().calendar);
        let owed = |kind| Effect { scope: EffectScope::Office, kind, at: now };
        let mut slices = bills.chunks(SLICE).peekable();
        let mut first = true;
        while first || slices.peek().is_some() {
            first = false;
            let slice = slices.next().unwrap_or_default();
            let is_last = slices.peek().is_none();
            let billed = Billed { month, debit_day, is_last, bills: slice.to_vec() };
            let mut effects: Vec<Effect> = Vec::new();
            // Where nothing was used and nothing is due there is nothing to tell.
            for kept in slice.iter().filter(|kept| !kept.bill.lines.is_empty()) {
                let customer = kept.bill.customer;
                effects.push(owed(EffectKind::FeeStatement { month, customer }));
                effects.push(owed(EffectKind::FeeNotice { month, customer }));
            }
            if is_last {
                effects.push(owed(EffectKind::FeeDebit { month }));
            }
            let entries = vec![Entry::Billed(Box::new(billed)), Entry::Owed(effects)];
            self.commit_entries(now, entries)?;
        }
        Ok(())
    }

    /// The month of a customer's first debit. Who was loaded with a list was billed elsewhere.
    pub(super) fn first_billed(&self, customer: &Customer) -> Month {
        let history = self.store.contract_history(customer.user);
        let opened = history.iter().rev().find(|step| step.verb == ContractVerb::Opened);
        let entered = opened.map_or(customer.applied, |step| step.at.date());
        first_billed_month((customer.applied, entered), &self.rulebook().calendar)
    }

    /// What was recorded in a month, by the day its result came.
    fn uses_in(&self, month: Month) -> Result<Vec<Use>, Trouble> {
        let days = (month.first_day(), month.next().first_day().plus_days(-1));
        let mut uses = Vec::new();
        for (case, lines) in self.store.recorded_between(days) {
            let unread = || Trouble::Unread(case);
            let found = self.store.case(case).ok_or_else(unread)?;
            let file = self.store.file(case.receipt).ok_or_else(unread)?;
            let channel = Origin::of(&file.submitter.channel);
            let on: BTreeMap<u32, _> = lines.into_iter().collect();
            let rows = self.case_rows(&file, &found, usize::MAX).map_err(|_| unread())?;
            uses.extend(
                rows.iter().filter_map(|row| Use::of(&row.request, channel, *on.get(&row.record)?)),
            );
        }
        Ok(uses)
    }

    /// What the accepted records of a file will cost once they are recorded; nothing where no
    /// register of customers is kept, or where something has no price yet.
    pub(super) fn expected_fee(&self, file: &FileRecord) -> Result<Option<YenTotal>, AnswerError> {
        let rules = self.rulebook();
        let Some(digest) = file.record_file.filter(|_| self.store.customers().is_kept()) else {
            return Ok(None);
        };
        let channel = Origin::of(&file.submitter.channel);
        let mut uses: BTreeMap<_, Use> = BTreeMap::new();
        for row in self.record_file(digest)?.rows() {
            let request = row?.request;
            let act = Use::of(&request, channel, request.record_date);
            let Some(act) = act else { continue };
            let alike =
                uses.entry((act.kind, act.relation, act.on)).or_insert(Use { count: 0, ..act });
            alike.count = alike.count.saturating_add(1);
        }
        let uses: Vec<Use> = uses.into_values().collect();
        let priced = charges(&uses, &rules.fees.table);
        let all = priced.by_customer.values().flatten();
        let sum = all.fold(0_u64, |sum, charge| {
            sum.saturating_add(charge.unit.get().saturating_mul(charge.count.into()))
        });
        Ok(priced.unpriced.is_empty().then(|| YenTotal::new(sum)))
    }

    /// The statement of a customer's month.
    pub(super) fn fee_statement(
        &self,
        month: Month,
        customer: UserNumber,
    ) -> Result<Vec<Parcel>, AnswerError> {
        let (found, kept) = self.bill_of(month, customer)?;
        let account = kept.account.map_or_else(String::new, |account| {
            let number = mask(account.number.as_str());
            format!("{}-{}-{} {number}", account.bank, account.branch, account.kind.code())
        });
        let view = FeeStatementView {
            desk: self.rulebook().answers.desk.clone(),
            number: statement_number(month, customer),
            made: found.at,
            customer: kept.name,
            contract: kept.contract,
            bill: kept.bill,
            debit_day: found.debit_day,
            account,
        };
        let pdf = pdf::fee_statement(&view, &self.rulebook().answers.words)?;
        Ok(vec![Parcel::new(statement_path(month, customer), pdf.bytes)])
    }

    /// Draws a customer's statement and gives its length in bytes; for measuring.
    pub fn draw_statement(&self, month: Month, customer: UserNumber) -> Result<u64, AnswerError> {
        let parcels = self.fee_statement(month, customer)?;
        Ok(parcels.iter().map(|parcel| parcel.body.len()).sum())
    }

    /// The mail that tells a customer of the debit.
    pub(super) fn fee_letter(
        &self,
        effect: &Effect,
        (month, customer): (Month, UserNumber),
    ) -> Result<Letter, AnswerError> {
        let (found, kept) = self.bill_of(month, customer)?;
        let debited = kept.bill.debit().is_some() && kept.account.is_some();
        let mut letter = self.plain(effect, Kind::FeeNotice);
        (letter.to_name, letter.to_address) = (kept.name, kept.email);
        letter.total = kept.bill.total;
        let debit_day = debited.then_some(found.debit_day);
        letter.fee = Some(FeeNotice { month, debit_day });
        letter.files = vec![statement_path(month, customer)];
        Ok(letter)
    }

    /// The 口座振替 file of a month.
    pub(super) fn debit_file(&self, month: Month) -> Result<Vec<Parcel>, AnswerError> {
        let unknown = || AnswerError::Unknown(format!("fees {month}"));
        let found = self.store.billed(month).ok_or_else(unknown)?;
        let rules = self.rulebook();
        let own = rules.fees.client.as_ref().ok_or_else(unknown)?;
        let client = Client {
            code: own.code.clone(),
            name: own.name.clone(),
            day: MonthDay::of(found.debit_day),
            account: own.account,
        };
        let debits: Vec<Debit> = found.bills.values().filter_map(debit).collect();
        let bytes = write_debits(&client, &debits, &rules.fees.layout, Newline::None)
            .map_err(|wrong| AnswerError::Unknown(format!("fees {month}: {wrong:?}")))?;
        Ok(vec![Parcel::new(format!("fees/{month}_debit.txt"), bytes)])
    }

    fn bill_of(
        &self,
        month: Month,
        customer: UserNumber,
    ) -> Result<(BilledMonth, KeptBill), AnswerError> {
        let unknown = || AnswerError::Unknown(format!("fees {month} {customer}"));
        self.store.bill_of(month, customer).ok_or_else(unknown)
    }
}

fn kept(customer: &Customer, bill: crate::domain::fees::Bill, is_first: bool) -> KeptBill {
    KeptBill {
        name: customer.name.clone(),
        kana: customer.kana.clone(),
        email: customer.email.clone(),
        contract: customer.contract,
        account: customer.fee_account,
        is_first,
        bill,
    }
}

/// The debit of a bill; none where nothing is due or no account is registered.
fn debit(kept: &KeptBill) -> Option<Debit> {
    Some(Debit {
        account: kept.account?,
        payer: kept.kana.clone(),
        amount: kept.bill.debit()?,
        new_code: if kept.is_first { NewCode::First } else { NewCode::Known },
        customer_number: String::new(),
    })
}

/// `202607-1AB2CD3EF`.
fn statement_number(month: Month, customer: UserNumber) -> String {
    format!("{:04}{:02}-{customer}", month.year(), month.month())
}

/// `customers/1AB2CD3EF/fees_2026-12.pdf`.
fn statement_path(month: Month, customer: UserNumber) -> String {
    customer_folder(customer) + &format!("fees_{month}.pdf")
}

//! Answering for every store: what holds a state answers questions in the same words.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{
    Absence, Asking, CaseId, Customers, Date, Digest, HoldEnded, JournalHead, Mismatch, NoticeNo,
    ReceiptNo, RecordNumber, Sequence, TaskNumber, Timestamp, UnderWay, UserId, UserNumber,
    fees::Month,
};
use crate::ports::{
    Batch, BilledMonth, CaseFilter, ClaimFilter, ClaimRecord, CommitError, ContractStep, Counts,
    FileRecord, Habits, InForce, KeptBill, KeyBook, KeyingRecord, LineResult, Milestone,
    NoticeRecord, ObligationMet, OutageRecord, PaperVote, PendingEffect, PrintRecord, SheetRecord,
    Stated, StillUnkept, Store, StoreError, UserRecord, Work, Worker,
};
use crate::workflow::{Case, Definition, EffectId, MailKey, MailRule};

use super::state::{PAGE, State};

/// Something that holds a state and can commit to it.
pub(super) trait Backing: Send + Sync + std::fmt::Debug {
    /// Looks at the state.
    fn read<T>(&self, ask: impl FnOnce(&State) -> T) -> T;
    /// Changes what is not journaled.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T;
    /// Hands out numbers.
    fn given<T>(&self, take: impl FnOnce(&mut Given) -> T) -> T;
    /// Commits batches, one answer each.
    fn commit_batches(&self, batches: Vec<Batch>) -> Vec<Result<(), CommitError>>;
    /// Writes the checkpoint.
    fn save(&self) -> Result<(), StoreError>;
}

/// Numbers that were handed out and may not be committed yet.
#[derive(Debug, Default)]
pub(super) struct Given {
    receipts: BTreeMap<Date, u32>,
    case: Option<u32>,
}

impl Given {
    /// The next serial of `date`; the state knows those that were committed.
    fn serial(&mut self, date: Date, state: &State) -> u32 {
        // A clock may be set back over midnight, so no day's last number is forgotten.
        let last = self.receipts.entry(date).or_insert_with(|| state.last_serial(date));
        *last += 1;
        *last
    }

    /// The first of `count` case numbers; rows of a file start on a page border.
    fn cases(&mut self, count: u32, state: &State) -> u32 {
        let next = self.case.unwrap_or_else(|| state.next_case());
        let up = |number: u32| number.div_ceil(PAGE).saturating_mul(PAGE);
        let first = if count > 1 { up(next) } else { next };
        let after = first.saturating_add(count);
        self.case = Some(if count > 1 { up(after) } else { after });
        first
    }
}

impl<B: Backing> Store for B {
    fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        self.commit_batches(vec![batch]).pop().unwrap_or(Ok(()))
    }

    fn commit_all(&self, batches: Vec<Batch>) -> Vec<Result<(), CommitError>> {
        self.commit_batches(batches)
    }

    fn take_receipt(&self, date: Date) -> Result<ReceiptNo, StoreError> {
        let serial = self.given(|given| self.read(|state| given.serial(date, state)));
        ReceiptNo::new(date, serial).map_err(|_| StoreError::NoReceiptLeft(date))
    }

    fn take_case_numbers(&self, count: u32) -> u32 {
        self.given(|given| self.read(|state| given.cases(count, state)))
    }

    fn file(&self, receipt: ReceiptNo) -> Option<FileRecord> {
        self.read(|state| state.file(receipt).cloned())
    }

    fn files(&self, wanted: &dyn Fn(&FileRecord) -> bool, limit: usize) -> Vec<FileRecord> {
        self.read(|state| {
            let records = state.files.iter().map(|file| &file.record);
            records.filter(|record| wanted(record)).take(limit).cloned().collect()
        })
    }

    fn newest_files(
        &self,
        wanted: &dyn Fn(&FileRecord) -> bool,
        skip: usize,
        limit: usize,
    ) -> Vec<FileRecord> {
        self.read(|state| {
            let records = state.files.iter().rev().map(|file| &file.record);
            records.filter(|record| wanted(record)).skip(skip).take(limit).cloned().collect()
        })
    }

    fn same_content(&self, channel: &str, submitter: &str, digest: Digest) -> Option<FileRecord> {
        self.read(|state| state.same_content(channel, submitter, digest))
    }

    fn case(&self, id: CaseId) -> Option<Case> {
        self.read(|state| state.case(id))
    }

    fn cases(&self, filter: &CaseFilter, after: Option<CaseId>, limit: usize) -> Vec<Case> {
        self.read(|state| state.cases_by(filter, after, limit))
    }

    fn holder_of(&self, business_key: u64) -> Option<CaseId> {
        self.read(|state| state.holder_of(business_key))
    }

    fn remember_keys(&self, case: CaseId, keys: &[u64]) {
        self.change(|state| {
            if let Some(number) = state.number_of(case) {
                state.remember_keys(number, keys);
            }
        });
    }

    fn remember_book(&self, case: CaseId, keys: Arc<dyn KeyBook>) {
        self.change(|state| {
            if let Some(number) = state.number_of(case) {
                state.remember_book(number, keys);
            }
        });
    }

    fn under_way(&self, number: RecordNumber) -> UnderWay {
        self.read(|state| state.under_way(number))
    }

    fn remember_lines(&self, lines: &[(RecordNumber, Asking)]) {
        if !lines.is_empty() {
            self.change(|state| state.remember_lines(lines));
        }
    }

    fn forget_keys(&self, case: CaseId, keys: &[u64]) {
        self.change(|state| {
            if let Some(number) = state.number_of(case) {
                state.forget_keys(number, keys);
            }
        });
    }

    fn results_of(&self, case: CaseId) -> Vec<LineResult> {
        self.read(|state| {
            state.number_of(case).map(|number| state.claims.lines(number)).unwrap_or_default()
        })
    }

    fn result_of(&self, case: CaseId, row: u32) -> Option<LineResult> {
        self.read(|state| state.claims.line(state.number_of(case)?, row))
    }

    fn answered(&self, case: CaseId) -> usize {
        self.read(|state| state.number_of(case).map_or(0, |number| state.claims.answered(number)))
    }

    fn recorded_between(&self, days: (Date, Date)) -> Vec<(CaseId, Vec<(u32, Date)>)> {
        self.read(|state| {
            let found = state.claims.recorded_between(days).into_iter();
            found.filter_map(|(case, lines)| Some((state.case_at(case)?.head.id, lines))).collect()
        })
    }

    fn billed(&self, month: Month) -> Option<BilledMonth> {
        self.read(|state| state.bills.month(month).cloned())
    }

    fn bill_of(&self, month: Month, customer: UserNumber) -> Option<(BilledMonth, KeptBill)> {
        self.read(|state| {
            let found = state.bills.month(month)?;
            let kept = found.bills.get(&customer)?.clone();
            let (debit_day, at, is_whole) = (found.debit_day, found.at, found.is_whole);
            let bills = BTreeMap::new();
            Some((BilledMonth { debit_day, at, is_whole, bills }, kept))
        })
    }

    fn customers(&self) -> Arc<Customers> {
        self.read(|state| Arc::clone(state.contracts.now()))
    }

    fn contract_history(&self, user: UserNumber) -> Vec<ContractStep> {
        self.read(|state| state.contracts.history(user).to_vec())
    }

    fn hold_ended(&self, held: ReceiptNo) -> Option<HoldEnded> {
        self.read(|state| state.holds.of(held).copied())
    }

    fn obligation_met(&self, case: CaseId, id: &str) -> Option<ObligationMet> {
        self.read(|state| state.obligations.get(&(case, id.to_owned())).cloned())
    }

    fn released_from(&self, receipt: ReceiptNo) -> Option<HoldEnded> {
        self.read(|state| state.holds.before(receipt).copied())
    }

    fn keying(&self, receipt: ReceiptNo) -> Option<KeyingRecord> {
        self.read(|state| state.keyings.get(receipt).cloned())
    }

    fn printed(&self, number: TaskNumber) -> Option<PrintRecord> {
        self.read(|state| state.worklists.print(number).cloned())
    }

    fn prints(&self, wanted: &dyn Fn(&PrintRecord) -> bool) -> Vec<PrintRecord> {
        self.read(|state| {
            state.worklists.prints().filter(|record| wanted(record)).cloned().collect()
        })
    }

    fn sheet(&self, receipt: ReceiptNo) -> Option<SheetRecord> {
        self.read(|state| state.worklists.sheet(receipt).cloned())
    }

    fn sheets(&self, wanted: &dyn Fn(&SheetRecord) -> bool) -> Vec<SheetRecord> {
        self.read(|state| {
            state.worklists.sheets().filter(|record| wanted(record)).cloned().collect()
        })
    }

    fn paper_votes(&self, case: CaseId) -> Vec<PaperVote> {
        self.read(|state| state.worklists.votes(case))
    }

    fn keyings(&self, wanted: &dyn Fn(&KeyingRecord) -> bool) -> Vec<KeyingRecord> {
        self.read(|state| {
            let all = state.keyings.in_order();
            all.filter(|record| wanted(record)).cloned().collect()
        })
    }

    fn stated(&self, receipt: ReceiptNo) -> Option<Stated> {
        self.read(|state| state.manifests.stated(receipt).copied())
    }

    fn misstated(&self, receipt: ReceiptNo) -> Vec<Mismatch> {
        self.read(|state| state.manifests.misstated(receipt).map(|one| one.what.clone()))
            .unwrap_or_default()
    }

    fn sequence(&self, channel: &str, folder: &str) -> Sequence {
        self.read(|state| state.manifests.sequence((channel, folder)))
    }

    fn outages(&self) -> Vec<OutageRecord> {
        self.read(|state| state.outages.in_order().cloned().collect())
    }

    fn claim(&self, number: RecordNumber) -> Option<ClaimRecord> {
        self.read(|state| state.claims.get(number).cloned())
    }

    fn claims(
        &self,
        filter: &ClaimFilter,
        after: Option<RecordNumber>,
        limit: usize,
    ) -> Vec<ClaimRecord> {
        self.read(|state| state.claims.list(filter, after, limit))
    }

    fn worklist(
        &self,
        worker: Worker<'_>,
        definitions: &dyn Fn(Digest) -> Option<Arc<Definition>>,
        skip: usize,
        limit: usize,
    ) -> Vec<Work> {
        self.read(|state| state.worklist(worker, definitions, skip, limit))
    }

    fn due_cases(&self, now: Timestamp, limit: usize) -> Vec<CaseId> {
        self.read(|state| state.due_cases(now, limit))
    }

    fn next_due(&self) -> Option<Timestamp> {
        self.read(State::next_due)
    }

    fn effects(&self, limit: usize) -> Vec<PendingEffect> {
        self.read(|state| state.pending(limit))
    }

    fn notice_no(&self, id: &EffectId) -> Option<NoticeNo> {
        self.read(|state| state.effects.number_of(id))
    }

    fn notice(&self, number: NoticeNo) -> Option<NoticeRecord> {
        self.read(|state| state.notice(number))
    }

    fn notices_to(&self, whom: &[&str], limit: usize) -> Vec<NoticeRecord> {
        self.read(|state| state.notices_to(whom, limit))
    }

    fn notices_in(&self, mail: MailKey) -> Vec<NoticeRecord> {
        self.read(|state| state.notices_in(mail))
    }

    fn returned(&self) -> Vec<NoticeRecord> {
        self.read(State::returned)
    }

    fn user(&self, id: &UserId) -> Option<UserRecord> {
        self.read(|state| state.users.get(id).cloned())
    }

    fn habits(&self, id: &UserId) -> Habits {
        self.read(|state| state.habits.get(id).cloned().unwrap_or_default())
    }

    fn users(&self) -> Vec<UserRecord> {
        self.read(|state| state.users.values().cloned().collect())
    }

    fn absences(&self) -> Vec<Absence> {
        self.read(|state| {
            let all = state.habits.values().flat_map(|habits| &habits.absences);
            all.cloned().collect()
        })
    }

    fn humans(&self) -> BTreeMap<UserId, UserId> {
        self.read(|state| {
            let all = state.habits.iter();
            all.filter_map(|(id, habits)| Some((id.clone(), habits.human.clone()?))).collect()
        })
    }

    fn mail_rules(&self) -> BTreeMap<UserId, MailRule> {
        self.read(|state| {
            let chosen = state.habits.iter().filter(|(_, one)| one.mail != MailRule::default());
            chosen.map(|(user, one)| (user.clone(), one.mail.clone())).collect()
        })
    }

    fn people_version(&self) -> u64 {
        self.read(|state| state.people_version)
    }

    fn published(&self) -> BTreeMap<String, InForce> {
        self.read(|state| state.register.clone())
    }

    fn last_run(&self, schedule: &str) -> Option<Timestamp> {
        self.read(|state| state.runs.get(schedule).copied())
    }

    fn unkept(&self) -> BTreeMap<String, StillUnkept> {
        self.read(|state| state.unkept.clone())
    }

    fn milestones_on(&self, day: Date) -> Vec<(Case, Milestone)> {
        self.read(|state| {
            let milestones = state.days.on(day);
            milestones
                .filter_map(|(case, milestone)| Some((state.case_at(case)?, milestone)))
                .collect()
        })
    }

    fn head(&self) -> JournalHead {
        self.read(|state| state.head)
    }

    fn counts(&self) -> Counts {
        self.read(State::counts)
    }

    fn digest(&self) -> Digest {
        self.read(State::digest)
    }

    fn checkpoint(&self) -> Result<(), StoreError> {
        self.save()
    }
}

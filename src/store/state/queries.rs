//! Questions about the state.

use std::sync::Arc;

use crate::domain::{CaseId, Digest, NoticeNo, Timestamp, YenTotal};
use crate::ports::{
    CaseFilter, Counts, EffectState, FileRecord, FileVerdict, NoticeRecord, PendingEffect, Reviews,
    Stage, Task, Work, Worker,
};
use crate::workflow::{
    Case, Definition, EffectScope, MailKey, Unit, could_wait_for, may_review, waits_for,
};

use super::told::Told;
use super::{FileState, State, cases::seconds};

impl State {
    /// A file.
    pub(in crate::store) fn file(&self, receipt: crate::domain::ReceiptNo) -> Option<&FileRecord> {
        self.file_at(*self.receipts.get(&receipt)?).map(|file| &file.record)
    }

    /// The newest file of a submitter with this content that was not refused.
    pub(in crate::store) fn same_content(
        &self,
        channel: &str,
        submitter: &str,
        digest: Digest,
    ) -> Option<FileRecord> {
        let files = self.contents.get(&(channel.to_owned(), submitter.to_owned(), digest))?;
        files
            .iter()
            .rev()
            .filter_map(|file| self.file_at(*file))
            .find(|file| self.still_counts(&file.record))
            .map(|file| file.record.clone())
    }

    /// Whether a file's content may not come again: some of it waits or was sent on.
    fn still_counts(&self, file: &FileRecord) -> bool {
        match file.verdict {
            FileVerdict::Received => file.flaw.is_none(),
            FileVerdict::Opening | FileVerdict::Keying => true,
            FileVerdict::Joined { to } => self.file(to).is_some_and(|file| self.still_counts(file)),
            FileVerdict::Rejected | FileVerdict::Held { .. } | FileVerdict::Tried => false,
            FileVerdict::Accepted => file.flows.iter().any(|flow| {
                let count = if flow.unit == Unit::Record { flow.scope.rows } else { 1 };
                (flow.first_case..flow.first_case.saturating_add(count)).any(|case| {
                    self.cases.slot(case).is_some_and(|slot| !slot.column.status.frees_rows())
                })
            }),
        }
    }

    /// A case, if its file has been opened whole.
    pub(in crate::store) fn case(&self, id: CaseId) -> Option<Case> {
        self.case_at(self.number_of(id)?)
    }

    pub(in crate::store) fn case_at(&self, number: u32) -> Option<Case> {
        let slot = self.cases.slot(number)?;
        let file = self.file_at(slot.column.file)?;
        if file.record.verdict == FileVerdict::Opening {
            return None;
        }
        Some(Case { file: Arc::clone(&file.shared), head: slot.head() })
    }

    /// The cases a filter lets through, in the order of their numbers.
    pub(in crate::store) fn cases_by(
        &self,
        filter: &CaseFilter,
        after: Option<CaseId>,
        limit: usize,
    ) -> Vec<Case> {
        let after = after.and_then(|id| self.number_of(id));
        self.cases
            .iter()
            .filter(|(number, _)| after.is_none_or(|after| *number > after))
            .filter(|(number, _)| filter.reviews == Reviews::Any || self.reviews.contains(number))
            .filter(|(_, slot)| filter.stage == Stage::Any || !slot.column.status.is_final())
            .filter(|(_, slot)| filter.status.is_none_or(|status| status == slot.column.status))
            .filter(|(_, slot)| {
                self.file_at(slot.column.file).is_some_and(|file| passes(filter, &file.record))
            })
            .filter_map(|(number, _)| self.case_at(number))
            .take(limit)
            .collect()
    }

    /// The open or completed case that holds a business key.
    pub(in crate::store) fn holder_of(&self, key: u64) -> Option<CaseId> {
        let holder = self.keys.get(&key).copied().or_else(|| self.books.holder_of(key))?;
        let slot = self.cases.slot(holder)?;
        (!slot.column.status.frees_rows()).then(|| slot.head().id)
    }

    /// What waits for a person, soonest deadline first.
    pub(in crate::store) fn worklist(
        &self,
        worker: Worker<'_>,
        definitions: &dyn Fn(Digest) -> Option<Arc<Definition>>,
        skip: usize,
        limit: usize,
    ) -> Vec<Work> {
        let most = skip.saturating_add(limit);
        let mut found: Vec<(u32, u32)> = Vec::new();
        for queue in self.queues.values() {
            // Cases that were moved to another definition may stand among those that were not.
            let ends = [queue.first(), queue.last()];
            let mut ends = ends.into_iter().flatten();
            if !ends.any(|(_, case)| self.concerns(*case, worker, definitions)) {
                continue;
            }
            // Rows of one queue differ in who has voted, so each is asked about.
            let mine = queue
                .iter()
                .filter(|(_, number)| self.waits_for(*number, worker, definitions).is_some());
            found.extend(mine.take(most));
        }
        found.sort_unstable();
        let decide = found.into_iter().filter_map(|(_, number)| {
            let case = self.waits_for(number, worker, definitions)?;
            self.work_on(case, number, Task::Decide)
        });
        // What is only to be read has no deadline.
        let review = self.reviews.iter().filter_map(|number| {
            let case = self.case_at(*number)?;
            let definition = definitions(case.definition()?)?;
            let may = may_review(&case, &definition, worker.person);
            may.then(|| self.work_on(case, *number, Task::Review)).flatten()
        });
        decide.chain(review).skip(skip).take(limit).collect()
    }

    /// Whether a case and all of its queue could wait for the person if nobody had voted yet.
    fn concerns(
        &self,
        number: u32,
        worker: Worker<'_>,
        definitions: &dyn Fn(Digest) -> Option<Arc<Definition>>,
    ) -> bool {
        let Some(mut case) = self.case_at(number) else { return false };
        case.head.votes.clear();
        if let Some(aside) = &mut case.head.aside {
            // What differs within a queue is asked of each case.
            (aside.assigned, aside.escalated) = (None, u8::MAX);
            aside.acting.clear();
        }
        // Some who stand for others may do so up to a sum.
        case.head.scope.total = YenTotal::default();
        let Some(definition) = case.definition().and_then(definitions) else { return false };
        could_wait_for(&case, &definition, worker.person, worker.colleagues)
    }

    /// The case, if it waits for the person now.
    fn waits_for(
        &self,
        number: u32,
        worker: Worker<'_>,
        definitions: &dyn Fn(Digest) -> Option<Arc<Definition>>,
    ) -> Option<Case> {
        let case = self.case_at(number)?;
        let definition = definitions(case.definition()?)?;
        waits_for(&case, &definition, worker.person, worker.colleagues).then_some(case)
    }

    fn work_on(&self, case: Case, number: u32, task: Task) -> Option<Work> {
        let definition = case.definition()?;
        let file = self.file_at(self.cases.slot(number)?.column.file)?;
        Some(Work { case, file: file.record.clone(), definition, task })
    }

    /// Cases whose deadline or timer has come, and incidents.
    pub(in crate::store) fn due_cases(&self, now: Timestamp, limit: usize) -> Vec<CaseId> {
        let now = seconds(Some(now));
        let late = self.queues.values().flat_map(|queue| {
            queue.iter().take_while(move |(due, _)| *due <= now).map(|(_, case)| *case)
        });
        let woken = self.wakes.iter().take_while(move |(wake, _)| *wake <= now);
        late.chain(woken.map(|(_, case)| *case))
            .chain(self.incidents.iter().copied())
            .filter_map(|number| Some(self.case_at(number)?.head.id))
            .take(limit)
            .collect()
    }

    /// When the next deadline or timer is.
    pub(in crate::store) fn next_due(&self) -> Option<Timestamp> {
        self.queues
            .values()
            .filter_map(|queue| queue.first())
            .map(|(due, _)| *due)
            .chain(self.wakes.first().map(|(wake, _)| *wake))
            .filter(|due| *due != u32::MAX)
            .min()
            .map(|due| Timestamp::from_ms(i64::from(due) * 1_000))
    }

    /// Undelivered effects in the order they were owed.
    pub(in crate::store) fn pending(&self, limit: usize) -> Vec<PendingEffect> {
        self.effects.values().take(limit).cloned().collect()
    }

    /// A notice by its number.
    pub(in crate::store) fn notice(&self, number: NoticeNo) -> Option<NoticeRecord> {
        Some(self.record_of(self.notices.get(number)?))
    }

    /// The notices to any of these, newest first.
    pub(in crate::store) fn notices_to(&self, whom: &[&str], limit: usize) -> Vec<NoticeRecord> {
        self.notices.to(whom, limit).into_iter().map(|told| self.record_of(told)).collect()
    }

    /// What a mail told.
    pub(in crate::store) fn notices_in(&self, mail: MailKey) -> Vec<NoticeRecord> {
        self.notices.in_mail(mail).into_iter().map(|told| self.record_of(told)).collect()
    }

    /// What came back.
    pub(in crate::store) fn returned(&self) -> Vec<NoticeRecord> {
        let numbers = self.notices.returned().map(|(number, _)| *number);
        numbers.filter_map(|number| self.notice(number)).collect()
    }

    fn record_of(&self, told: Told) -> NoticeRecord {
        let receipt = self.file_at(told.file).map(|file| file.record.receipt);
        let scope = match (receipt, told.n) {
            (None, _) => EffectScope::Office,
            (Some(receipt), 0) => EffectScope::File(receipt),
            (Some(receipt), n) => {
                let row = (told.row > 0).then_some(told.row);
                EffectScope::Case(CaseId { receipt, n, row })
            }
        };
        let sent = told.sent();
        let returned = self.notices.returned_mail(told.number).cloned();
        let waits = if sent.is_none() { self.effects.numbered(told.number) } else { None };
        NoticeRecord {
            number: told.number,
            what: self.notices.text(told.what),
            to: self.notices.text(told.to),
            scope,
            owed: told.owed(),
            state: match (waits, &returned) {
                (Some(pending), _) => pending.state,
                (None, Some(_)) => EffectState::Returned,
                (None, None) => EffectState::Delivered,
            },
            sent,
            way: waits.map_or_else(|| self.notices.text(told.way), |pending| pending.note.clone()),
            returned,
        }
    }

    /// How much there is of everything.
    pub(in crate::store) fn counts(&self) -> Counts {
        let mut counts = Counts { sequence: self.sequence, ..Counts::default() };
        for file in &self.files {
            *counts.files.entry(file.record.verdict.name()).or_default() += 1;
        }
        counts.cases = self
            .counts
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(status, count)| (*status, *count))
            .collect();
        for pending in self.effects.values() {
            *counts.effects.entry(pending.state.name()).or_default() += 1;
        }
        if self.effects.delivered > 0 {
            counts.effects.insert(EffectState::Delivered.name(), self.effects.delivered);
        }
        counts
    }

    pub(in crate::store) fn file_at(&self, number: u32) -> Option<&FileState> {
        self.files.get(usize::try_from(number).ok()?)
    }
}

fn passes(filter: &CaseFilter, file: &FileRecord) -> bool {
    filter.receipt.is_none_or(|receipt| receipt == file.receipt)
        && filter.channel.as_ref().is_none_or(|channel| *channel == file.submitter.channel)
        && filter.submitter.as_ref().is_none_or(|folder| *folder == file.submitter.folder)
}

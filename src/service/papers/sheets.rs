//! Forms of several sheets (用紙の 2/3): brought together by their number, however they come.
//!
//! A call that holds one whole form in its order is that paper itself. Every other call with forms
//! of ours carries sheets: once a form's sheets are all there, a paper of its own is received that
//! names them in their order (`SheetsSlip`), and a call all of whose sheets went into such papers
//! is closed, with its answer. All of that is one commit. Read [`Desk::take_call`] first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use tracing::info;

use crate::domain::{
    Code, Finding, FormMark, FormSheet, KeyingStage, Person, ReceiptNo, Scan, ScanPage, Severity,
    SheetsDeed, SheetsEnd, SheetsSlip, SlipPage,
};
use crate::ports::{
    Checked, Entry, FileRecord, FileVerdict, KeyingMove, KeyingRecord, Received, StoreError,
};
use crate::workflow::EffectKind;

use super::super::flaws::whole_file;
use super::Desk;
use super::keying::{Paper, keying_of};

/// No slip of sheets has more bytes.
const SLIP_BYTES_MAX: u64 = 64 << 10;
/// The longest reason of somebody who ends the waiting, in characters.
const REASON_MAX: usize = 200;

/// Sheets of our forms on a scan, each with its page from 1.
pub(in crate::service) type OnPages = Vec<(u32, FormSheet)>;

/// A form of which sheets are still to come, as somebody may look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetsWaiting {
    /// The form.
    pub form: FormMark,
    /// How many sheets it has.
    pub of: u8,
    /// The sheets that are not there.
    pub missing: Vec<u8>,
    /// The pages that are, in their order.
    pub pages: Vec<SlipPage>,
    /// The call its first sheet came by.
    pub first: FileRecord,
    /// Whether it waits longer than the channel says.
    pub is_late: bool,
    /// Whether the person may end the waiting.
    pub may_end: bool,
}

/// Why the waiting for sheets is not ended.
#[derive(Debug, thiserror::Error)]
pub enum SheetsError {
    /// There is no such form that waits, for this person.
    #[error("no such form waits for sheets")]
    NotHere,
    /// Why is not said, or at too great length.
    #[error("say why, in at most {REASON_MAX} characters")]
    Reason,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The papers the forms on a call became, or had become.
type Papers = BTreeMap<FormMark, (ReceiptNo, Came)>;

/// How a call's sheets of a form stand to the paper of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    /// They are in it.
    Joined,
    /// It was there before them.
    Before,
}

/// A call that carries sheets.
struct Call {
    file: FileRecord,
    scan: Scan,
    sheets: OnPages,
    false_marks: u32,
}

impl Call {
    /// Its pages in runs: a page with a code, and those without one that go with it.
    fn runs(&self) -> Vec<(FormSheet, Vec<SlipPage>)> {
        let mut runs: Vec<(FormSheet, Vec<SlipPage>)> = Vec::new();
        let mut before = Vec::new();
        for (page, _) in (1..).zip(&self.scan.pages) {
            let found = self.sheets.iter().find(|(at, _)| *at == page).map(|(_, sheet)| *sheet);
            let (call, scan) = (self.file.receipt, self.file.digest);
            let one = SlipPage { call, scan, page, sheet: found.map(|sheet| sheet.sheet) };
            match (found, runs.last_mut()) {
                (Some(sheet), _) => {
                    before.push(one);
                    runs.push((sheet, std::mem::take(&mut before)));
                }
                (None, Some((_, pages))) => pages.push(one),
                // What lies before the first code goes with it.
                (None, None) => before.push(one),
            }
        }
        runs
    }

    fn page(&self, number: u32) -> Option<&ScanPage> {
        self.scan.pages.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }
}

impl Desk {
    /// What becomes of a scan by the forms of ours on it: it is the paper, it came before, or it
    /// carries sheets of papers. Errs only when the store does.
    pub(in crate::service) fn take_call(
        &self,
        file: &FileRecord,
        scan: Scan,
    ) -> Result<Paper, StoreError> {
        let receipt = file.receipt;
        let (sheets, false_marks) = self.sheets_on(&scan);
        let calls = self.open_calls();
        let repeats = self.came_before(&sheets, &calls).filter(|_| !self.is_released(file));
        let forms = marks_of(&sheets);
        let moved = match repeats {
            Some(same_as) => KeyingMove::Repeated { receipt, same_as },
            None if is_whole(&sheets, &calls) => {
                KeyingMove::Opened { receipt, scan, flaw: None, forms, false_marks }
            }
            None => {
                let carries =
                    KeyingMove::Carries { receipt, scan: scan.clone(), forms, false_marks };
                let call = Call { file: file.clone(), scan, sheets, false_marks };
                self.carry_sheets(calls, call, carries)?;
                return Ok(Paper::Waits);
            }
        };
        if let KeyingMove::Opened { .. } = moved {
            self.open_paper(file, moved)?;
            return Ok(Paper::Waits);
        }
        self.commit_entries(self.clock.now(), vec![Entry::Keying(Box::new(moved))])?;
        Ok(Paper::Held)
    }

    /// The paper or the call by which all these sheets came before, if some of that still counts;
    /// a call with one sheet that is new is none.
    fn came_before(&self, sheets: &OnPages, calls: &[Call]) -> Option<ReceiptNo> {
        let before = |(_, sheet): &(u32, FormSheet)| {
            self.paper_with(sheet.mark).or_else(|| {
                let has = |call: &&Call| call.sheets.iter().any(|(_, other)| other == sheet);
                calls.iter().find(has).map(|call| call.file.receipt)
            })
        };
        let all: Option<Vec<ReceiptNo>> = sheets.iter().map(before).collect();
        all?.into_iter().next()
    }

    /// The paper with a form on it, if some of that waits or was sent on; what was returned may
    /// come again.
    pub(super) fn paper_with(&self, form: FormMark) -> Option<ReceiptNo> {
        let mut papers = self.papers_with(form).into_iter().rev();
        papers.find(|receipt| self.still_counts(*receipt))
    }

    /// Every paper with a form on it, in the order they came; calls that carry its sheets are none.
    pub(super) fn papers_with(&self, form: FormMark) -> Vec<ReceiptNo> {
        let has = |record: &KeyingRecord| {
            record.stage != KeyingStage::Sheets && record.forms.iter().any(|(_, one)| *one == form)
        };
        let papers = self.store.keyings(&has).into_iter().map(|record| record.receipt);
        let is_paper = |receipt: &ReceiptNo| {
            let file = self.store.file(*receipt);
            file.is_some_and(|file| !matches!(file.verdict, FileVerdict::Joined { .. }))
        };
        papers.filter(is_paper).collect()
    }

    /// The calls whose sheets wait for others, in the order they came.
    fn open_calls(&self) -> Vec<Call> {
        let waits = self.store.keyings(&|record| record.stage == KeyingStage::Sheets);
        let call = |record: KeyingRecord| {
            let file = self.store.file(record.receipt)?;
            let (sheets, false_marks) = self.sheets_on(&record.scan);
            Some(Call { file, scan: record.scan, sheets, false_marks })
        };
        waits.into_iter().filter_map(call).collect()
    }

    /// Whether sheets of a form on a call still wait: no paper was made of them, nor stood before.
    fn is_pending(&self, form: FormMark, call: ReceiptNo) -> bool {
        let papers = self.papers_with(form);
        !papers.iter().any(|receipt| *receipt > call || self.still_counts(*receipt))
    }

    /// Takes a call in that carries sheets, and makes papers of the forms that are whole by it.
    fn carry_sheets(
        &self,
        mut calls: Vec<Call>,
        call: Call,
        carries: KeyingMove,
    ) -> Result<(), StoreError> {
        let _one_by_one = self.receiving();
        let receipt = call.file.receipt;
        let forms: BTreeSet<FormMark> = call.sheets.iter().map(|(_, sheet)| sheet.mark).collect();
        calls.push(call);
        let mut entries = vec![Entry::Keying(Box::new(carries))];
        let mut made = BTreeMap::new();
        for form in forms.into_iter().filter(|form| self.is_pending(*form, receipt)) {
            let Some(slip) = self.slip_for(form, &calls) else { continue };
            if slip.missing().is_empty() {
                let (paper, received) = self.receive_sheets(&slip, &calls)?;
                entries.extend(received);
                made.insert(form, paper);
            }
        }
        entries.extend(self.close_calls(&calls, &made)?);
        self.commit_sheets(entries)?;
        info!(file = %receipt, "a call carries sheets of forms");
        Ok(())
    }

    /// The sheets of a form on calls where they wait, in their order; none where there is none.
    fn slip_for(&self, form: FormMark, calls: &[Call]) -> Option<SheetsSlip> {
        let waiting = calls.iter().filter(|call| self.is_pending(form, call.file.receipt));
        let runs = waiting.flat_map(Call::runs).filter(|(sheet, _)| sheet.mark == form);
        let mut runs: Vec<(FormSheet, Vec<SlipPage>)> = runs.collect();
        runs.sort_by_key(|(sheet, _)| sheet.sheet);
        let of = runs.first()?.0.of;
        let pages = runs.into_iter().flat_map(|(_, pages)| pages).collect();
        Some(SheetsSlip { form, of, pages, end: None })
    }

    /// What makes a paper of the sheets of a form: it is received, waits to be keyed in, and there
    /// is no claimed file to move away.
    fn receive_sheets(
        &self,
        slip: &SheetsSlip,
        calls: &[Call],
    ) -> Result<(ReceiptNo, Vec<Entry>), StoreError> {
        let now = self.clock.now();
        let call_of = |page: &SlipPage| calls.iter().find(|call| call.file.receipt == page.call);
        let first = slip.pages.iter().filter_map(call_of).map(|call| &call.file);
        let lost = || StoreError::Poisoned(format!("form {} has no page", slip.form));
        let first = first.min_by_key(|file| file.receipt).ok_or_else(lost)?;
        let text = slip.text();
        let receipt = self.store.take_receipt(now.date())?;
        let pages = slip.pages.iter().filter_map(|page| call_of(page)?.page(page.page).cloned());
        let numbered = (1..).zip(&slip.pages);
        let forms = numbered.filter(|(_, page)| page.sheet.is_some());
        let of_calls = calls
            .iter()
            .filter(|call| slip.pages.iter().any(|page| page.call == call.file.receipt));
        let opened = KeyingMove::Opened {
            receipt,
            scan: Scan { pages: pages.collect() },
            flaw: None,
            forms: forms.map(|(number, _)| (number, slip.form)).collect(),
            false_marks: of_calls.map(|call| call.false_marks).sum(),
        };
        let received = Received {
            receipt,
            intake: self.new_intake(),
            submitter: first.submitter.clone(),
            submitted_by: first.submitted_by.clone(),
            name: first.name.clone(),
            digest: self.keep(text.as_bytes())?,
            bytes: u64::try_from(text.len()).unwrap_or(u64::MAX),
            at: now,
            same_as: None,
            flaw: None,
        };
        let opened = Entry::Keying(Box::new(opened));
        let entries =
            vec![Entry::Received(Box::new(received)), opened, Entry::Disposed(vec![receipt])];
        Ok((receipt, entries))
    }

    /// Closes the calls of which no sheet waits any more, each with its verdict and answer.
    fn close_calls(
        &self,
        calls: &[Call],
        made: &BTreeMap<FormMark, ReceiptNo>,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        for call in calls {
            let receipt = call.file.receipt;
            let mut papers = Papers::new();
            let mut waits = false;
            for (_, FormSheet { mark, .. }) in &call.sheets {
                let earlier = || self.papers_with(*mark).into_iter().next_back();
                match made.get(mark).copied() {
                    Some(paper) => {
                        papers.insert(*mark, (paper, Came::Joined));
                    }
                    None if self.is_pending(*mark, receipt) => waits = true,
                    None => papers.extend(earlier().map(|paper| {
                        (*mark, (paper, if paper < receipt { Came::Before } else { Came::Joined }))
                    })),
                }
            }
            let own = call.sheets.iter().find_map(|(_, sheet)| made.get(&sheet.mark));
            let Some(to) = own.copied().filter(|_| !waits) else { continue };
            entries.push(Entry::Keying(Box::new(KeyingMove::Closed { receipt, to: Some(to) })));
            entries.push(Entry::Checked(Box::new(self.joined(receipt, &papers)?)));
        }
        Ok(entries)
    }

    /// The verdict on a call whose sheets went into papers of their own.
    fn joined(&self, receipt: ReceiptNo, papers: &Papers) -> Result<Checked, StoreError> {
        let told = papers.iter().map(|(form, (paper, came))| {
            if *came == Came::Before {
                let ja = format!(
                    "用紙番号 {form} のページは、受付番号 {paper} で受け付けています。二度目に届いた\
                     ページは使いません。"
                );
                let en = format!("the sheets of form {form} came before as {paper}; not used");
                let severity = Severity::Warning;
                return Finding { severity, ..whole_file(Code::Pages, &ja, &en) };
            }
            let ja = format!(
                "用紙番号 {form} のページは、受付番号 {paper} の書面にまとめました。結果はその番号で\
                 お知らせします。"
            );
            let en = format!("the sheets of form {form} are read as {paper}");
            Finding { severity: Severity::Warning, ..whole_file(Code::Pages, &ja, &en) }
        });
        let told: Vec<Finding> = told.collect();
        self.nothing_taken(receipt, &told, &[EffectKind::Result])
    }

    fn commit_sheets(&self, entries: Vec<Entry>) -> Result<(), StoreError> {
        self.blobs.sync().map_err(|error| StoreError::Poisoned(error.to_string()))?;
        self.commit_entries(self.clock.now(), entries)
    }

    /// Reads the sheets of a form as far as they came, or gives them back, as a clerk says. Asked
    /// for twice, it is done once.
    pub fn end_sheets(
        &self,
        person: &Person,
        (serial, deed): (u64, SheetsDeed),
        reason: &str,
    ) -> Result<ReceiptNo, SheetsError> {
        let reason = reason.trim();
        if !(1..=REASON_MAX).contains(&reason.chars().count()) {
            return Err(SheetsError::Reason);
        }
        let receipt = {
            let _judging = self.judging.lock().unwrap_or_else(PoisonError::into_inner);
            let waiting = self.sheets_waiting(person).into_iter();
            let found = waiting.filter(|one| one.may_end).find(|one| one.form.serial == serial);
            let Some(found) = found else { return self.ended_by(person, (serial, deed)) };
            let _one_by_one = self.receiving();
            let calls = self.open_calls();
            let end = SheetsEnd { deed, by: person.id.clone(), reason: reason.to_owned() };
            let slip = self.slip_for(found.form, &calls).ok_or(SheetsError::NotHere)?;
            let (receipt, mut entries) =
                self.receive_sheets(&SheetsSlip { end: Some(end), ..slip }, &calls)?;
            if deed == SheetsDeed::GiveBack {
                let closed = KeyingMove::Closed { receipt, to: None };
                entries.push(Entry::Keying(Box::new(closed)));
            }
            let made = BTreeMap::from([(found.form, receipt)]);
            entries.extend(self.close_calls(&calls, &made)?);
            self.commit_sheets(entries)?;
            receipt
        };
        info!(file = %receipt, actor = %person.id, "sheets are not waited for any more");
        self.judge(receipt)?;
        Ok(receipt)
    }

    /// The paper somebody made of a form a moment ago: their browser sends the form again.
    fn ended_by(
        &self,
        person: &Person,
        (serial, deed): (u64, SheetsDeed),
    ) -> Result<ReceiptNo, SheetsError> {
        let is_it =
            |record: &KeyingRecord| record.forms.iter().any(|(_, one)| one.serial == serial);
        let mut papers = self.store.keyings(&is_it).into_iter().rev();
        let by_them = |end: &SheetsEnd| end.by == person.id && end.deed == deed;
        let found = papers.find(|record| {
            let file = self.store.file(record.receipt);
            let slip = file.and_then(|file| self.sheets_slip(&file, record));
            slip.and_then(|slip| slip.end).as_ref().is_some_and(by_them)
        });
        found.map(|record| record.receipt).ok_or(SheetsError::NotHere)
    }

    /// The forms of which sheets are still to come, at the person's branch, the oldest first.
    pub fn sheets_waiting(&self, person: &Person) -> Vec<SheetsWaiting> {
        let rules = self.rulebook();
        let mut waiting = self.all_waiting();
        waiting.retain(|one| person.works_at(one.first.submitter.desk));
        for one in &mut waiting {
            let keying = keying_of(&rules, &one.first);
            one.may_end = keying.is_some_and(|keying| person.has(&keying.role));
        }
        waiting
    }

    /// The same at all branches; nobody may end anything.
    pub(in crate::service) fn all_waiting(&self) -> Vec<SheetsWaiting> {
        // Every to-do page and every look at the clock asks this: mostly there is nothing.
        if !self.store.counts().files.contains_key(FileVerdict::Keying.name()) {
            return Vec::new();
        }
        let (rules, now) = (self.rulebook(), self.clock.now());
        let calls = self.open_calls();
        let mut waiting: Vec<SheetsWaiting> = Vec::new();
        for call in &calls {
            for (_, FormSheet { mark, .. }) in &call.sheets {
                let known = waiting.iter().any(|one| one.form == *mark);
                if known || !self.is_pending(*mark, call.file.receipt) {
                    continue;
                }
                let Some(slip) = self.slip_for(*mark, &calls) else { continue };
                let keying = keying_of(&rules, &call.file);
                let since = now.ms().saturating_sub(call.file.received_at.ms());
                waiting.push(SheetsWaiting {
                    form: *mark,
                    of: slip.of,
                    missing: slip.missing(),
                    pages: slip.pages,
                    first: call.file.clone(),
                    is_late: keying.is_some_and(|one| since >= one.pages_within_ms),
                    may_end: false,
                });
            }
        }
        waiting
    }

    /// The slip of a paper whose sheets came by several calls; none of any other.
    pub(in crate::service) fn sheets_slip(
        &self,
        file: &FileRecord,
        record: &KeyingRecord,
    ) -> Option<SheetsSlip> {
        if record.forms.is_empty() || file.bytes > SLIP_BYTES_MAX {
            return None;
        }
        let bytes = self.blobs.open(file.digest).and_then(|blob| blob.read_all()).ok()?;
        SheetsSlip::read(std::str::from_utf8(&bytes).ok()?)
    }
}

fn marks_of(sheets: &OnPages) -> Vec<(u32, FormMark)> {
    sheets.iter().map(|(page, sheet)| (*page, sheet.mark)).collect()
}

/// Whether a scan is a paper by itself: it has one form at most, whole and in its order, and
/// nothing of that waits elsewhere.
fn is_whole(sheets: &OnPages, calls: &[Call]) -> bool {
    let Some((_, first)) = sheets.first() else { return true };
    if first.of == 1 && sheets.iter().all(|(_, sheet)| sheet.mark == first.mark) {
        return true;
    }
    let in_order = sheets.len() == usize::from(first.of)
        && (1..)
            .zip(sheets)
            .all(|(number, (_, sheet))| sheet.mark == first.mark && sheet.sheet == number);
    let elsewhere = calls.iter().flat_map(|call| &call.sheets);
    in_order && elsewhere.into_iter().all(|(_, sheet)| sheet.mark != first.mark)
}

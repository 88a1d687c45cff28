//! Papers: a scan that comes alone is read by two people, and by a third where they differ; what
//! they agree on is judged like any file. Read [`Desk::key_in`] first.
//!
//! Nobody reads twice, nobody sees what was read before them, and whoever read it decides nothing
//! about it later (`workflow::seats`).

use std::sync::PoisonError;

use tracing::info;

use crate::domain::{
    BranchCode, Code, Comparison, CounterSlip, Customer, Difference, Digest, FaxName, Finding,
    FormSheet, KEYED_ROWS_MAX, KeyedSheet, KeyingStage, Organisation, Person, ReceiptNo, Scan,
    ScanFlaw, Severity, SheetsSlip, UserId, compare, may_have_come, settle, with_capitals,
};
use crate::formats::scan::{self, Kind};
use crate::formats::{KEYED_NAME, NoSink, read_keyed, write_keyed};
use crate::ports::{
    CaseFilter, Entry, FileRecord, FileVerdict, KeyingMove, KeyingRecord, Reading, StoreError,
};
use crate::workflow::{Keying, MailKind, SecondAt, takes_pictures_alone};

use super::super::alike::Alike;
use super::super::flaws::whole_file;
use super::super::judge::Judged;
use super::super::reading::Content;
use super::super::under_way::Fresh;
use super::sidecar::SidecarSeen;
use super::{Desk, Rulebook};

/// What becomes of a file that may be a paper.
pub(in crate::service) enum Paper {
    /// It is none: its content is judged.
    None,
    /// It waits to be keyed in.
    Waits,
    /// A form of ours on it came before: it is held like any file that comes twice.
    Held,
    /// Nobody could key it in.
    Refused(Box<Judged>),
    /// It is a scan of printed tasks of which nothing is to be read any more.
    Read(Box<Judged>),
}

/// How far a paper's keying has come, for its verdict.
pub(in crate::service) enum Keyed {
    /// Somebody is still to read it.
    Waits,
    /// This is what two people read.
    Sheet(Digest),
    /// Two people say that it is no request.
    Refused(Box<Judged>),
    /// It is a scan of printed tasks, and all of them are read.
    Read(Box<Judged>),
}

/// What somebody read from a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedIn {
    /// The paper's file.
    pub receipt: ReceiptNo,
    /// How many readings there were when the form was shown.
    pub seen: usize,
    /// What they typed; none where they say that it is no request.
    pub sheet: Option<KeyedSheet>,
    /// Why it is no request.
    pub remark: String,
    /// Whether they confirm that the mistakes that were told stand on the paper.
    pub confirmed: bool,
}

/// A paper as somebody may look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyingSeen {
    /// Its file.
    pub file: FileRecord,
    /// How far it has come. What others read is not for whoever reads next.
    pub record: KeyingRecord,
    /// How many requests the first reading has, for the second and the third.
    pub rows: usize,
    /// What a third person is to read.
    pub differ: Vec<Difference>,
    /// For whom the form was printed, where one of ours is on it, or who handed it in.
    pub customer: Option<Customer>,
    /// What was noted of a paper of the counter, of which there is no picture.
    pub slip: Option<CounterSlip>,
    /// The sheets of our form on it, each with its page, from 1.
    pub sheets: Vec<(u32, FormSheet)>,
    /// The calls its sheets came by, and what was decided about missing ones; none where it is one
    /// call.
    pub calls: Option<SheetsSlip>,
    /// What the name says that a FAX server gave it.
    pub fax: FaxName,
    /// Whose registered number it came from.
    pub sender: Option<Customer>,
    /// Whether when it came is keyed in, too.
    pub timed: bool,
    /// What was keyed in elsewhere and came with it.
    pub sidecar: Option<SidecarSeen>,
    /// Whether the person may read it now; else why not.
    pub refused: Option<KeyError>,
}

/// Why a reading is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no such paper for this person.
    #[error("there is no such paper")]
    NotHere,
    /// Who reads it first must be of its own branch.
    #[error("the first reading is for branch {0}")]
    FirstAt(BranchCode),
    /// Nobody is to read it any more.
    #[error("it is keyed in already")]
    Done,
    /// It was read by somebody else meanwhile.
    #[error("somebody else has read it meanwhile")]
    Behind,
    /// They read it already.
    #[error("you have read it already; another person must")]
    SamePerson,
    /// They were shown what came with it from elsewhere, and would not read it for themselves.
    #[error("you were shown the file that came with it; another person must read")]
    Shown,
    /// Nothing was typed, or far too much.
    #[error("key in 1 to {KEYED_ROWS_MAX} requests")]
    Rows,
    /// When the paper came is not told, or it cannot have come then.
    #[error("when the paper came is missing or cannot be")]
    Time,
    /// By the rules it could not be taken in: the typing or the paper is wrong.
    #[error("{} findings", .0.len())]
    Findings(Vec<Finding>),
    /// The store failed.
    #[error("{0}")]
    Store(String),
}

impl From<StoreError> for KeyError {
    fn from(failed: StoreError) -> Self {
        Self::Store(failed.to_string())
    }
}

impl Desk {
    /// Takes what somebody read from a paper; answers how far that brings it. Once two people
    /// agree on what is read twice, the file is judged.
    pub fn key_in(&self, person: &Person, read: &KeyedIn) -> Result<KeyingStage, KeyError> {
        let sheet = read.sheet.clone().map(with_capitals);
        let stage = {
            let _one_by_one = self.keying.lock().unwrap_or_else(PoisonError::into_inner);
            self.take_reading(person, &KeyedIn { sheet, ..read.clone() })?
        };
        if !stage.waits() {
            self.judge(read.receipt)?;
        }
        Ok(stage)
    }

    fn take_reading(&self, person: &Person, read: &KeyedIn) -> Result<KeyingStage, KeyError> {
        let (file, record) = self.paper_for(person, read.receipt).ok_or(KeyError::NotHere)?;
        let text = read.sheet.as_ref().map(text_of).transpose()?;
        let received = read.sheet.as_ref().and_then(|sheet| sheet.received);
        let sheet = text.as_deref().map(Digest::of);
        let mine = |one: &Reading| {
            let time = record.times.get(&one.by).copied();
            one.by == person.id && one.sheet == sheet && (time.is_none() || time == received)
        };
        let count = record.readers().count();
        if count == read.seen.saturating_add(1)
            && record.aside.iter().chain(&record.readings).next_back().is_some_and(mine)
        {
            // The form was sent twice.
            return Ok(record.stage);
        }
        self.may_read(person, &file, &record)?;
        if count != read.seen {
            return Err(KeyError::Behind);
        }
        let asked = record.stage != KeyingStage::Third
            || self.differences(&record)?.contains(&Difference::Received);
        self.check_time(&file, read.sheet.as_ref().filter(|_| asked))?;
        if let (KeyingStage::First, Some(sheet), false) =
            (record.stage, &read.sheet, read.confirmed)
        {
            self.check_typing(&file, sheet)?;
        }
        let (then, settled) = self.outcome(&record, read.sheet.as_ref())?;
        if let Some(text) = text {
            self.keep(&text)?;
        }
        let agreed = settled.as_ref().and_then(|sheet| sheet.received);
        let settled = settled.map(|sheet| Ok::<_, KeyError>(self.keep(&text_of(&sheet)?)?));
        let settled = settled.transpose()?;
        let kept = |error: std::io::Error| StoreError::Poisoned(error.to_string());
        self.blobs.sync().map_err(kept)?;
        let (now, receipt) = (self.clock.now(), read.receipt);
        let (by, remark) = (person.id.clone(), read.remark.clone());
        let times = [(Some(by.clone()), received), (None, agreed)].into_iter();
        let times = times.filter_map(|(by, at)| Some(KeyingMove::Timed { receipt, by, at: at? }));
        let reading = Reading { by, at: now, sheet, remark };
        let moves = times.chain([KeyingMove::Read { receipt, reading, then, settled }]);
        let entries = moves.map(|moved| Entry::Keying(Box::new(moved))).collect();
        self.commit_entries(now, entries)?;
        info!(file = %read.receipt, actor = %person.id, "a paper was read");
        Ok(then)
    }

    /// What a further reading comes to, with those before it.
    fn outcome(
        &self,
        record: &KeyingRecord,
        now: Option<&KeyedSheet>,
    ) -> Result<(KeyingStage, Option<KeyedSheet>), StoreError> {
        let earlier = self.sheets(record)?;
        let compared = match (earlier.as_slice(), now) {
            ([], _) => return Ok((KeyingStage::Second, None)),
            ([None], None) => return Ok((KeyingStage::Refused, None)),
            ([Some(first)], Some(second)) => compare(first, second),
            ([Some(first), Some(second)], Some(third)) => settle(first, second, third),
            _ => Comparison::Apart,
        };
        Ok(match compared {
            Comparison::Agreed(sheet) => (KeyingStage::Settled, Some(sheet)),
            Comparison::Differ(_) => (KeyingStage::Third, None),
            Comparison::Apart => (KeyingStage::First, None),
        })
    }

    /// Sees to it that a reading tells when the paper came, where that is asked, and that it can
    /// have come then.
    fn check_time(&self, file: &FileRecord, sheet: Option<&KeyedSheet>) -> Result<(), KeyError> {
        let Some(sheet) = sheet else { return Ok(()) };
        let rules = self.rulebook();
        let asked = keying_of(&rules, file).is_some_and(|keying| keying.cut_off.is_some());
        let can = |at| may_have_come(at, file.received_at);
        if sheet.received.is_some_and(can) || !asked { Ok(()) } else { Err(KeyError::Time) }
    }

    /// What two people read differently, for the third.
    fn differences(&self, record: &KeyingRecord) -> Result<Vec<Difference>, StoreError> {
        Ok(match self.sheets(record)?.as_slice() {
            [Some(first), Some(second)] => match compare(first, second) {
                Comparison::Differ(differ) => differ,
                Comparison::Agreed(_) | Comparison::Apart => Vec::new(),
            },
            _ => Vec::new(),
        })
    }

    /// The sheets of the readings that count; none for one that says it is no request.
    fn sheets(&self, record: &KeyingRecord) -> Result<Vec<Option<KeyedSheet>>, StoreError> {
        let read = |digest: Digest| {
            let bytes = self.blobs.open(digest).and_then(|blob| blob.read_all());
            bytes.and_then(|bytes| read_keyed(&bytes))
        };
        let timed = |one: &Reading| {
            let received = record.times.get(&one.by).copied();
            let sheet = one.sheet.map(read).transpose()?;
            Ok(sheet.map(|sheet| KeyedSheet { received, ..sheet }))
        };
        let sheets = record.readings.iter().map(timed);
        let sheets: std::io::Result<_> = sheets.collect();
        sheets.map_err(|error| StoreError::Poisoned(error.to_string()))
    }

    /// Tells what the rules would say of what was typed, before another person reads the paper:
    /// most mistakes are of the typing.
    fn check_typing(&self, file: &FileRecord, sheet: &KeyedSheet) -> Result<(), KeyError> {
        let failed = |error: std::io::Error| KeyError::Store(error.to_string());
        let text = text_of(sheet)?;
        let (rules, fresh) = (self.rulebook(), Fresh::default());
        let (on, _) = Self::day_of(&rules, file, sheet.received);
        let by = (&*rules, &fresh, &Alike::new(self, file));
        let mut text = text.as_slice();
        let dates = self.look_ahead(by, on, (text, KEYED_NAME)).map_err(failed)?;
        let source = (Content::Bytes(&mut text), KEYED_NAME);
        let report = self.read_rows(by, on, source, &mut NoSink).map_err(failed)?;
        let wrong = report.findings.into_iter().filter(|one| one.severity == Severity::Error);
        let late = Self::too_late(&rules, &dates, self.clock.now());
        let told: Vec<Finding> = late.into_iter().chain(wrong).collect();
        if told.is_empty() { Ok(()) } else { Err(KeyError::Findings(told)) }
    }

    /// The papers that wait and that somebody may look at, in the order they came.
    pub fn papers(&self, person: &Person) -> Vec<KeyingSeen> {
        let waiting = self.store.keyings(&|record| record.stage.waits());
        waiting.into_iter().filter_map(|record| self.paper(person, record.receipt)).collect()
    }

    /// One paper, if it is any of the person's business.
    pub fn paper(&self, person: &Person, receipt: ReceiptNo) -> Option<KeyingSeen> {
        let (file, record) = self.paper_for(person, receipt)?;
        let sheets = self.sheets(&record).ok()?;
        let rows = sheets.first().and_then(Option::as_ref).map_or(1, |sheet| sheet.rows.len());
        let differ = self.differences(&record).ok()?;
        let refused = self.may_read(person, &file, &record).err();
        let slip = self.slip_of(&file, &record);
        let calls = self.sheets_slip(&file, &record);
        let (sheets, _) = self.sheets_on(&record.scan);
        let customers = self.store.customers();
        let form = record.forms.first().map(|(_, mark)| mark.customer);
        let user = form.or(slip.as_ref().map(|slip| slip.customer));
        let customer = user.and_then(|user| customers.get(user).cloned());
        let fax = FaxName::read(&file.name);
        let sender = customers.iter().find(|one| fax.is_from(&one.phone)).cloned();
        let timed = keying_of(&self.rulebook(), &file).is_some_and(|one| one.cut_off.is_some());
        let sidecar = self.sidecar_seen(person, &record);
        Some(KeyingSeen {
            file,
            record,
            rows,
            differ,
            customer,
            slip,
            sheets,
            calls,
            fax,
            sender,
            timed,
            sidecar,
            refused,
        })
    }

    /// The names of those who read a file that is a paper.
    pub(in crate::service) fn readers_of(&self, file: &FileRecord) -> Vec<String> {
        let record = file.paper.as_ref().and_then(|_| self.store.keying(file.receipt));
        record.map(|record| self.readers(&record)).unwrap_or_default()
    }

    /// The names of those who read a paper, the first one first.
    pub fn readers(&self, record: &KeyingRecord) -> Vec<String> {
        let name = |id| {
            let known = self.store.user(id).map(|user| user.person.name);
            known.unwrap_or_else(|| id.to_string())
        };
        record.readings.iter().map(|one| name(&one.by)).collect()
    }

    /// A page of a paper as a PNG at most `width` dots wide, for whoever keys it in or decides on
    /// it; none where it is nobody's business or there is no such page.
    pub fn paper_page(
        &self,
        person: &Person,
        (receipt, number): (ReceiptNo, u32),
        width: u32,
    ) -> Option<Result<Vec<u8>, ScanFlaw>> {
        let file = self.scan_of(person, receipt)?;
        let record = self.store.keying(receipt);
        let (scan, number) = match record.and_then(|record| self.sheets_slip(&file, &record)) {
            None => (file.digest, number),
            Some(slip) => {
                let at = usize::try_from(number).ok()?.checked_sub(1)?;
                let page = slip.pages.get(at)?;
                (page.scan, page.page)
            }
        };
        let bytes = self.blobs.open(scan).and_then(|blob| blob.read_all()).ok()?;
        Some(self.scans.page(&bytes, number, width))
    }

    /// A scanned file itself, for whoever may look at it: the first, or the one of a further call
    /// its pages came by.
    pub fn paper_bytes(
        &self,
        person: &Person,
        (receipt, nth): (ReceiptNo, usize),
    ) -> Option<(String, Vec<u8>)> {
        let file = self.scan_of(person, receipt)?;
        let record = self.store.keying(receipt);
        let calls = record.and_then(|record| self.sheets_slip(&file, &record));
        let calls = calls.map_or_else(|| vec![(receipt, file.digest)], |slip| slip.calls());
        let (call, scan) = *calls.get(nth.checked_sub(1)?)?;
        let bytes = self.blobs.open(scan).and_then(|blob| blob.read_all()).ok()?;
        Some((self.store.file(call)?.name, bytes))
    }

    /// A paper with its file, for the bank's people: of its desk, of any branch where those may key
    /// it in, and for whoever may see a case that came of it. What only came with one is shown to
    /// whoever begins with it, and to nobody else.
    pub(in crate::service) fn paper_for(
        &self,
        person: &Person,
        receipt: ReceiptNo,
    ) -> Option<(FileRecord, KeyingRecord)> {
        let Organisation::Branch(_) = person.organisation else { return None };
        let record = self.store.keying(receipt).filter(|record| !record.is_sidecar())?;
        let file = self.store.file(receipt)?;
        let rules = self.rulebook();
        let keying = keying_of(&rules, &file);
        let anywhere = keying
            .is_some_and(|keying| keying.second == SecondAt::Anywhere && person.has(&keying.role));
        let decides = || {
            let filter = CaseFilter { receipt: Some(receipt), ..CaseFilter::default() };
            self.store
                .cases(&filter, None, usize::MAX)
                .iter()
                .any(|case| self.may_see(person, case))
        };
        let here = person.works_at(file.submitter.desk)
            || (anywhere && record.stage.waits())
            || decides()
            || (!record.stage.waits() && self.is_beside_held(person, receipt));
        here.then_some((file, record))
    }

    /// Whether a person may read the paper now.
    pub(in crate::service) fn may_read(
        &self,
        person: &Person,
        file: &FileRecord,
        record: &KeyingRecord,
    ) -> Result<(), KeyError> {
        if file.verdict != FileVerdict::Keying || !record.stage.waits() {
            return Err(KeyError::Done);
        }
        let rules = self.rulebook();
        let keying = keying_of(&rules, file).ok_or(KeyError::NotHere)?;
        let here = person.works_at(file.submitter.desk)
            || (record.stage != KeyingStage::First && keying.second == SecondAt::Anywhere);
        if !person.has(&keying.role) {
            return Err(KeyError::NotHere);
        }
        if !here {
            return Err(KeyError::FirstAt(file.submitter.desk));
        }
        let is_me = |id: &UserId| {
            let other = self.store.user(id).map(|user| user.person);
            person.is(id) || other.is_some_and(|other| person.is_same_human(&other))
        };
        if record.readings.iter().any(|reading| is_me(&reading.by)) {
            return Err(KeyError::SamePerson);
        }
        let blind = record.stage != KeyingStage::First;
        if blind && record.shown_to.iter().any(is_me) { Err(KeyError::Shown) } else { Ok(()) }
    }

    /// Takes a file of a channel with papers in as one, where it is a picture.
    pub(in crate::service) fn take_paper(
        &self,
        rules: &Rulebook,
        file: &FileRecord,
    ) -> Result<Paper, StoreError> {
        if keying_of(rules, file).is_none() {
            return Ok(Paper::None);
        }
        let failed = |error: std::io::Error| StoreError::Poisoned(error.to_string());
        let bytes = self.blobs.open(file.digest).and_then(|blob| blob.read_all());
        let bytes = bytes.map_err(failed)?;
        if let Some(opened) = self.opened_by_slip(file.receipt, &bytes) {
            self.commit_entries(self.clock.now(), vec![Entry::Keying(Box::new(opened))])?;
            return Ok(Paper::Waits);
        }
        let receipt = file.receipt;
        let flaw = match self.scans.read(&bytes) {
            Ok(scan) => {
                let on = self.tasks_on(&scan);
                if on.tasks.is_empty() {
                    return self.take_call(file, scan);
                }
                self.take_sheet(file, (scan, None), on)?;
                let done = self.store.sheet(receipt).filter(|sheet| !sheet.waits());
                let done = done.map(|sheet| self.sheet_done(file, &sheet)).transpose()?;
                return Ok(done.map_or(Paper::Waits, |judged| Paper::Read(Box::new(judged))));
            }
            // One that is named as a picture is a damaged one.
            Err(ScanFlaw::Unknown) if Kind::of_name(&file.name).is_none() => {
                let alone = takes_pictures_alone(&file.submitter.channel);
                return if alone { self.take_sidecar(rules, file) } else { Ok(Paper::None) };
            }
            Err(flaw) if flaw.is_read_by_eye() => Some(flaw),
            Err(flaw) => {
                let told = scan::finding(&flaw);
                let refused = self.refuse(file, &[told], MailKind::RejectedFile)?;
                return Ok(Paper::Refused(Box::new(refused)));
            }
        };
        let (scan, forms, false_marks) = (Scan::default(), Vec::new(), 0);
        let opened = KeyingMove::Opened { receipt, scan, flaw, forms, false_marks };
        self.open_paper(file, opened)?;
        Ok(Paper::Waits)
    }

    /// Takes a paper in, with the file of its name that waits for it.
    pub(in crate::service) fn open_paper(
        &self,
        file: &FileRecord,
        opened: KeyingMove,
    ) -> Result<(), StoreError> {
        let beside = self.with_sidecar(file)?;
        if !beside.is_empty() {
            self.blobs.sync().map_err(|error| StoreError::Poisoned(error.to_string()))?;
        }
        let opened = std::iter::once(Entry::Keying(Box::new(opened)));
        let entries = opened.chain(beside).collect();
        self.commit_entries(self.clock.now(), entries)
    }

    /// How far a paper's keying has come.
    pub(in crate::service) fn keyed_in(&self, file: &FileRecord) -> Result<Keyed, StoreError> {
        if let Some(sheet) = self.store.sheet(file.receipt) {
            let done = || self.sheet_done(file, &sheet).map(|judged| Keyed::Read(Box::new(judged)));
            return if sheet.waits() { Ok(Keyed::Waits) } else { done() };
        }
        let Some(record) = self.store.keying(file.receipt) else { return Ok(Keyed::Waits) };
        Ok(match (record.stage, record.settled) {
            (KeyingStage::Settled, Some(sheet)) => Keyed::Sheet(sheet),
            (KeyingStage::Closed, _) => {
                let findings: Vec<Finding> = if record.is_sidecar() {
                    vec![self.unpaired(file)]
                } else {
                    self.sheets_missing(file).into_iter().collect()
                };
                let refused = self.refuse(file, &findings, MailKind::RejectedFile)?;
                Keyed::Refused(Box::new(refused))
            }
            (KeyingStage::Refused, _) => {
                let said: Vec<&str> =
                    record.readings.iter().map(|one| one.remark.as_str()).collect();
                let finding = no_request(&said.join(" / "));
                let refused = self.refuse(file, &[finding], MailKind::RejectedFile)?;
                Keyed::Refused(Box::new(refused))
            }
            _ => Keyed::Waits,
        })
    }

    /// Judges papers that were keyed in before a stop and not judged.
    pub(in crate::service) fn judge_keyed(&self) -> Result<(), StoreError> {
        let waits = |file: &FileRecord| file.verdict == FileVerdict::Keying;
        let waiting = self.store.files(&waits, usize::MAX);
        let receipts: Vec<ReceiptNo> = waiting.iter().map(|file| file.receipt).collect();
        self.judge_all(&receipts).map(|_| ())
    }
}

/// A sheet as the file that is judged; errs where it holds no request, or far too many.
pub(in crate::service) fn text_of(sheet: &KeyedSheet) -> Result<Vec<u8>, KeyError> {
    if !(1..=KEYED_ROWS_MAX).contains(&sheet.rows.len()) {
        return Err(KeyError::Rows);
    }
    write_keyed(sheet).map_err(|error| KeyError::Store(error.to_string()))
}

/// Who keys in papers of a file's channel.
pub(in crate::service) fn keying_of<'r>(
    rules: &'r Rulebook,
    file: &FileRecord,
) -> Option<&'r Keying> {
    rules.channels.get(&file.submitter.channel)?.keying.as_ref()
}

fn no_request(said: &str) -> Finding {
    whole_file(
        Code::C05,
        &format!("二人が確かめ、請求ではないと判断しました（{said}）。"),
        &format!("two people found that it is no request ({said})"),
    )
}

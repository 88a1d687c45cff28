//! Carrying received files to their verdicts: the second commit.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufWriter;
use std::sync::{Arc, PoisonError};

use crate::domain::{
    Account, Asking, CaseId, Digest, Finding, ReceiptNo, RecordNumber, RequestKind, Severity,
    Submitter, Timestamp, UserNumber, Workbook, YenTotal,
};
use crate::formats::{self, KEYED_NAME, Verdict};
use crate::ports::{
    Batch, Blob, Checked, Commit, CommitError, Entry, FileRecord, FileVerdict, Moved, OpenedFlow,
    Step, StoreError,
};
use crate::workflow::{
    Brings, Case, CaseFile, CaseHead, Effect, EffectKind, EffectScope, FileAccounts, Flow,
    MailKind, Scope, Unit, is_trial, takes_pictures_alone,
};

use super::alike::Alike;
use super::flaws::duplicate_finding;
use super::gather::Gathered;
use super::papers::{Keyed, Paper, keying_of};
use super::reading::Content;
use super::rows::{BULK, Covered, Rows};
use super::screen::is_scanned;
use super::spill::spare;
use super::under_way::{Fresh, carried};
use super::{Desk, Rulebook};

/// Bytes of files judged before their verdicts are committed together.
const GROUP_BYTES: u64 = 4 << 20;
/// A file longer than this keeps others waiting for a moment that somebody would notice.
const LONG_BYTES: u64 = 1 << 20;

/// A verdict that is made and not committed yet.
pub(super) struct Judged {
    pub(super) checked: Checked,
    /// What is committed before it: what was found of the file itself while it was judged.
    pub(super) before: Vec<Entry>,
    /// What is committed with it.
    pub(super) besides: Vec<Entry>,
    /// The business keys of its batch cases; none of a bulk file.
    pub(super) keys: Vec<(u16, Vec<u64>)>,
    /// Whether its keys are asked of its record file, because there are so many of them.
    pub(super) is_bulk: bool,
    /// Its lines about claims, by the claim.
    pub(super) lines: Vec<(RecordNumber, Asking)>,
}

impl Judged {
    /// A verdict with nothing besides.
    pub(super) const fn of(checked: Checked) -> Self {
        Self {
            checked,
            before: Vec::new(),
            besides: Vec::new(),
            keys: Vec::new(),
            is_bulk: false,
            lines: Vec::new(),
        }
    }
}

impl Desk {
    /// Carries a received file to its verdict; a file that has one stays as it is.
    pub fn judge(&self, receipt: ReceiptNo) -> Result<Option<FileRecord>, StoreError> {
        Ok(self.judge_all(&[receipt])?.pop())
    }

    /// Carries received files to their verdicts, sharing syncs and commits.
    ///
    /// A pure function of the kept bytes and the rules, so it may be run again after a crash.
    pub fn judge_all(&self, receipts: &[ReceiptNo]) -> Result<Vec<FileRecord>, StoreError> {
        let _one_by_one = self.judging.lock().unwrap_or_else(PoisonError::into_inner);
        let mut files: Vec<FileRecord> =
            receipts.iter().filter_map(|receipt| self.store.file(*receipt)).collect();
        let rules = self.rulebook();
        let waits = Waits::of(&rules, &files);
        files.sort_by_key(|file| waits.of_file(file));
        let mut group = Vec::new();
        let mut fresh = Fresh::default();
        let (mut bytes, mut last) = (0, None);
        for file in &files {
            let wait = Some(waits.of_file(file));
            let other = std::mem::replace(&mut last, wait) != wait;
            // A paper is held against those before it once they are remembered.
            let alone = wait == Some(Wait::Picture) || file.verdict == FileVerdict::Keying;
            if (other || alone) && !group.is_empty() {
                self.commit_verdicts(std::mem::take(&mut group))?;
                (fresh, bytes) = (Fresh::default(), 0);
            }
            let read = || self.verdict(file, &mut fresh, files.len());
            group.extend(self.screened(file, || self.guarded(file, read))?);
            bytes += file.bytes;
            if bytes >= GROUP_BYTES {
                self.commit_verdicts(std::mem::take(&mut group))?;
                fresh = Fresh::default();
                bytes = 0;
            }
        }
        self.commit_verdicts(group)?;
        for file in &files {
            self.open_rows(file.receipt)?;
        }
        Ok(files.iter().filter_map(|file| self.store.file(file.receipt)).collect())
    }

    /// The verdict on a file that has none.
    fn verdict(
        &self,
        file: &FileRecord,
        fresh: &mut Fresh,
        in_group: usize,
    ) -> Result<Option<Judged>, StoreError> {
        let rules = self.rulebook();
        let judged = match file.verdict {
            FileVerdict::Received => match file.flaw {
                Some(code) => {
                    self.refuse(file, &self.flaw_findings(file, code), MailKind::RejectedFile)?
                }
                None if self.is_rule(&rules, &file.submitter, &file.name) => {
                    self.propose(&rules, file)?
                }
                None if rules.brings(&file.submitter.channel) == Brings::Results => {
                    self.take_results(file)?
                }
                None if rules.brings(&file.submitter.channel) == Brings::Contracts => {
                    self.take_contract(&rules, file)?
                }
                None if rules.brings(&file.submitter.channel) == Brings::Bounces => {
                    self.take_bounce(file)?
                }
                None => match self.take_paper(&rules, file)? {
                    Paper::None => {
                        let content = (file.digest, &*file.name);
                        self.check_in_turn((&rules, file, fresh), content)?
                    }
                    Paper::Waits => return Ok(None),
                    Paper::Held => match self.store.file(file.receipt) {
                        Some(held) => return self.verdict(&held, fresh, in_group),
                        None => return Ok(None),
                    },
                    Paper::Refused(judged) | Paper::Read(judged) => *judged,
                },
            },
            FileVerdict::Held { same_as } if file.findings.is_none() => {
                self.refuse(file, &[duplicate_finding(same_as)], MailKind::Held)?
            }
            FileVerdict::Keying => match self.keyed_in(file)? {
                Keyed::Waits => return Ok(None),
                Keyed::Sheet(sheet) => {
                    self.check_in_turn((&rules, file, fresh), (sheet, KEYED_NAME))?
                }
                Keyed::Refused(judged) | Keyed::Read(judged) => *judged,
            },
            FileVerdict::Opening
            | FileVerdict::Held { .. }
            | FileVerdict::Joined { .. }
            | FileVerdict::Accepted
            | FileVerdict::Rejected
            | FileVerdict::Tried => return Ok(None),
        };
        if in_group > 1 {
            let keys = judged.keys.iter().flat_map(|(_, keys)| keys);
            fresh.take(file.receipt, keys, &judged.lines);
            let number = self.store.stated(file.receipt).and_then(|stated| stated.seq);
            if let Some(number) = number.filter(|_| !judged.checked.flows.is_empty()) {
                fresh.take_number(file, number);
            }
        }
        Ok(Some(judged))
    }

    /// Commits verdicts together, after everything they refer to is durable.
    fn commit_verdicts(&self, group: Vec<Judged>) -> Result<(), StoreError> {
        if group.is_empty() {
            return Ok(());
        }
        self.blobs.sync().map_err(|error| StoreError::Poisoned(error.to_string()))?;
        self.probe.reached(Step::JudgeReady);
        let now = self.clock.now();
        let (mut keys, mut lines, mut given_up) = (Vec::new(), Vec::new(), Vec::new());
        let mut bulk = Vec::new();
        let mut batches = Vec::new();
        let receipts: Vec<ReceiptNo> = group.iter().map(|one| one.checked.receipt).collect();
        for judged in group {
            let receipt = judged.checked.receipt;
            if !judged.before.is_empty() {
                given_up.push(receipt);
            }
            bulk.extend(judged.is_bulk.then_some(receipt));
            keys.extend(judged.keys.into_iter().map(|(n, keys)| (receipt, n, keys)));
            lines.extend(judged.lines);
            let mut entries = judged.before;
            entries.push(Entry::Checked(Box::new(judged.checked)));
            entries.extend(judged.besides);
            batches.push(Batch { commit: Commit { at: now, entries }, expect: Vec::new() });
        }
        for answer in self.store.commit_all(batches) {
            match answer {
                Ok(()) => {}
                Err(CommitError::Store(failed)) => return Err(failed),
                Err(CommitError::Conflict(case)) => {
                    return Err(StoreError::Poisoned(format!("a verdict met case {case}")));
                }
            }
        }
        for (receipt, n, keys) in keys {
            self.store.remember_keys(CaseId { receipt, n, row: None }, &keys);
        }
        for file in bulk.into_iter().filter_map(|receipt| self.store.file(receipt)) {
            self.remember_keys(&file);
        }
        self.store.remember_lines(&lines);
        for file in receipts.into_iter().filter_map(|receipt| self.store.file(receipt)) {
            self.remember_paper(&file);
        }
        for receipt in given_up {
            self.strikes.end(receipt);
        }
        self.probe.reached(Step::Judged);
        Ok(())
    }

    /// Closes a file that is not looked into: one finding, nothing taken in.
    pub(super) fn refuse(
        &self,
        file: &FileRecord,
        findings: &[Finding],
        mail: MailKind,
    ) -> Result<Judged, StoreError> {
        let kinds = [EffectKind::Result, EffectKind::Notice(mail)];
        self.nothing_taken(file.receipt, findings, &kinds).map(Judged::of)
    }

    /// A verdict on a file of which nothing is taken in: what is told of it, and how.
    pub(super) fn nothing_taken(
        &self,
        receipt: ReceiptNo,
        findings: &[Finding],
        kinds: &[EffectKind],
    ) -> Result<Checked, StoreError> {
        Ok(Checked {
            receipt,
            findings: Some(self.keep(&formats::write_findings(findings))?),
            record_file: None,
            records: 0,
            accepted: 0,
            rejected: 0,
            total: YenTotal::default(),
            flows: Vec::new(),
            moved: Vec::new(),
            effects: file_effects(receipt, self.clock.now(), kinds),
        })
    }

    /// Judges a file if it is its turn by its number.
    fn check_in_turn(
        &self,
        (rules, file, fresh): (&Rulebook, &FileRecord, &Fresh),
        content: (Digest, &str),
    ) -> Result<Judged, StoreError> {
        let warning = match self.in_turn(file, fresh) {
            Ok(warning) => warning.or_else(|| self.was_held(file)),
            Err(finding) => return self.refuse(file, &[*finding], MailKind::RejectedFile),
        };
        match self.workbook(content).map_err(|error| StoreError::Poisoned(error.to_string()))? {
            Ok(book) => self.check((rules, file, fresh), (content, book), warning),
            Err(finding) => self.refuse(file, &[*finding], MailKind::RejectedFile),
        }
    }

    /// Reads and judges a file, and opens its batch cases; of a paper, what was keyed in.
    fn check(
        &self,
        (rules, file, fresh): (&Rulebook, &FileRecord, &Fresh),
        ((bytes, name), book): ((Digest, &str), Option<Workbook>),
        warning: Option<Finding>,
    ) -> Result<Judged, StoreError> {
        let failed = |error: std::io::Error| StoreError::Poisoned(error.to_string());
        let Some(channel) = rules.judged_by(&file.submitter.channel) else {
            return Err(StoreError::Poisoned(format!("no channel {}", file.submitter.channel)));
        };
        let on = file.received_at.date();
        let scratch = || spare(&*self.blobs);
        let writer = BufWriter::with_capacity(256 << 10, self.blobs.create().map_err(failed)?);
        let writer = formats::Writer::spilling(writer, Some(&scratch)).map_err(failed)?;
        let alike = Alike::new(self, file);
        let mut rows = Rows::new((self, rules, &alike), writer);
        let blob = self.blobs.open(bytes).map_err(failed)?;
        let mut blob = BlobReader::new(blob);
        let content = book.as_ref().map_or(Content::Bytes(&mut blob), Content::Workbook);
        let (day, late) = Self::day_of(rules, file, self.came_at(file));
        let by = (rules, fresh, &alike);
        let mut too_late = None;
        if alike.is_of_paper() {
            let sheet = self.blobs.open(bytes).and_then(|blob| blob.read_all()).map_err(failed)?;
            let dates = self.look_ahead(by, day, (&sheet, name)).map_err(failed)?;
            too_late = self.read_at(file).and_then(|at| Self::too_late(rules, &dates, at));
        }
        let report = self.read_rows(by, day, (content, name), &mut rows);
        let mut report = report.map_err(failed)?;
        report.warn(too_late);
        report.warn(late);
        report.warn(warning);
        report.warn(self.sheets_missing(file));
        let taken = report.verdict(channel.accept) != Verdict::Rejected;
        let trial = is_trial(&file.submitter.channel);
        let repeats = std::mem::take(&mut rows.repeats);
        if taken && trial {
            let told = self.alike_findings(file, &repeats).into_iter();
            told.for_each(|one| report.warn(Some(Finding { severity: Severity::Warning, ..one })));
        } else if taken && let Some(held) = self.hold_alike(file, &repeats)? {
            return Ok(held);
        }
        let (runs, is_bulk) = (std::mem::take(&mut rows.accounts), rows.count > BULK);
        let (record_file, covered) = rows.finish(taken).map_err(failed)?;
        let findings = self.keep_findings(&report.findings)?;
        let submitter = &file.submitter;
        if trial {
            return Ok(self.tried(file, &report, (record_file, findings)));
        }
        let flows = if taken { self.flows(rules, submitter, &covered, on)? } else { Vec::new() };
        let now = self.clock.now();
        let accounts = accounts_of(submitter, runs, (&flows, &covered));
        let file = &FileRecord { record_file, accounts, ..file.clone() };
        let moved = self.open_batches(rules, file, (&flows, &covered), now);
        let each = (1..).zip(&flows).flat_map(|(n, flow)| {
            let mine = flow.kinds.iter().filter_map(|kind| covered.get(kind));
            let lines = mine.flat_map(|covered| covered.lines.iter().copied());
            lines.map(move |line| carried(line, (file.receipt, n), flow.unit))
        });
        let lines = each.collect();
        let keys = batch_keys(&flows, covered);
        let checked = Checked {
            receipt: file.receipt,
            findings,
            record_file,
            records: report.records,
            accepted: report.accepted,
            rejected: report.rejected,
            total: report.total,
            flows,
            moved,
            effects: file_effects(file.receipt, now, answers_to(taken)),
        };
        let besides = kept_accounts(file).into_iter().collect();
        Ok(Judged { besides, keys, is_bulk, lines, ..Judged::of(checked) })
    }

    /// Keeps what was found; most files have nothing, and every file on disk costs.
    fn keep_findings(&self, found: &[Finding]) -> Result<Option<Digest>, StoreError> {
        let kept = (!found.is_empty()).then(|| self.keep(&formats::write_findings(found)));
        kept.transpose()
    }

    /// The flows a file opens, in the order of the kinds that name them.
    fn flows(
        &self,
        rules: &Rulebook,
        submitter: &Submitter,
        covered: &BTreeMap<RequestKind, Covered>,
        on: crate::domain::Date,
    ) -> Result<Vec<OpenedFlow>, StoreError> {
        let mut flows: Vec<OpenedFlow> = Vec::new();
        for (kind, covered) in covered {
            let route = rules
                .channels
                .get(&submitter.channel)
                .and_then(|channel| channel.routes.get(kind))
                .ok_or_else(|| StoreError::Poisoned(format!("no route for {}", kind.name())))?;
            let same =
                |flow: &&mut OpenedFlow| flow.workflow == route.workflow && flow.unit == route.unit;
            if let Some(flow) = flows.iter_mut().find(same) {
                flow.kinds.push(*kind);
                flow.scope = joined(flow.scope, covered.scope);
                continue;
            }
            let in_force = rules
                .flow(&route.workflow, on)
                .ok_or_else(|| StoreError::Poisoned(format!("no flow {}", route.workflow)))?;
            self.pin(in_force)?;
            flows.push(OpenedFlow {
                workflow: route.workflow.clone(),
                definition: in_force.definition.hash,
                kinds: vec![*kind],
                unit: route.unit,
                first_case: 0,
                scope: covered.scope,
            });
        }
        for flow in &mut flows {
            let count = if flow.unit == Unit::Record { flow.scope.rows } else { 1 };
            flow.first_case = self.store.take_case_numbers(count);
        }
        Ok(flows)
    }

    /// Keeps a definition's text for as long as cases run by it.
    pub(super) fn pin(&self, flow: &Flow) -> Result<(), StoreError> {
        if self.blobs.open(flow.definition.hash).is_ok() {
            return Ok(());
        }
        self.keep(flow.text.as_bytes()).map(|_| ())
    }

    /// Opens the batch cases: each enters its first step.
    fn open_batches(
        &self,
        rules: &Rulebook,
        file: &FileRecord,
        (flows, covered): (&[OpenedFlow], &BTreeMap<RequestKind, Covered>),
        now: Timestamp,
    ) -> Vec<Moved> {
        let judged = FileRecord { flows: flows.to_vec(), ..file.clone() };
        let shared = Arc::new(judged.case_file());
        (1..)
            .zip(flows)
            .filter(|(_, flow)| flow.unit == Unit::File)
            .filter_map(|(n, flow)| {
                let id = CaseId { receipt: file.receipt, n, row: None };
                let rows = flow.kinds.iter().filter_map(|kind| covered.get(kind));
                let gathered = rows.map(|rows| rows.gathered).reduce(Gathered::and)?;
                self.opening(rules, &new_case(&shared, id, flow.scope), gathered, now)
            })
            .collect()
    }

    pub(super) fn keep(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let keep = || {
            let mut writer = self.blobs.create()?;
            std::io::Write::write_all(&mut writer, bytes)?;
            writer.keep()
        };
        keep().map_err(|error: std::io::Error| StoreError::Poisoned(error.to_string()))
    }
}

/// What the verdict on a file may have to wait for; whoever waits for less is answered before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wait {
    Nothing,
    /// It is long, or another one of its folder is.
    Rows,
    /// Its channel demands a virus scan.
    Scanner,
    /// It may be a picture, and those take their time.
    Picture,
}

/// What files that are judged together wait for. Files of one folder keep their order, for which of
/// two equal requests counts depends on it.
struct Waits<'r> {
    rules: &'r Rulebook,
    long: BTreeSet<(String, String)>,
}

impl<'r> Waits<'r> {
    fn of(rules: &'r Rulebook, files: &[FileRecord]) -> Self {
        let long = files.iter().filter(|file| file.bytes > LONG_BYTES).map(folder_of);
        Self { rules, long: long.collect() }
    }

    fn of_file(&self, file: &FileRecord) -> Wait {
        if is_picture(self.rules, file) {
            Wait::Picture
        } else if is_scanned(self.rules, &file.submitter.channel) {
            Wait::Scanner
        } else if !self.long.is_empty() && self.long.contains(&folder_of(file)) {
            Wait::Rows
        } else {
            Wait::Nothing
        }
    }
}

fn folder_of(file: &FileRecord) -> (String, String) {
    (file.submitter.channel.clone(), file.submitter.folder.clone())
}

/// Whether a file may be a picture that nobody has looked at.
fn is_picture(rules: &Rulebook, file: &FileRecord) -> bool {
    file.verdict == FileVerdict::Received
        && takes_pictures_alone(&file.submitter.channel)
        && keying_of(rules, file).is_some()
}

/// A case before its first event.
pub(super) fn new_case(file: &Arc<CaseFile>, id: CaseId, scope: Scope) -> Case {
    Case { file: Arc::clone(file), head: CaseHead::new(id, scope) }
}

/// What whoever handed in a file is answered.
const fn answers_to(taken: bool) -> &'static [EffectKind] {
    const TAKEN: &[EffectKind] =
        &[EffectKind::Result, EffectKind::Slip, EffectKind::Notice(MailKind::Accepted)];
    const REFUSED: &[EffectKind] =
        &[EffectKind::Result, EffectKind::Notice(MailKind::RejectedFile)];
    if taken { TAKEN } else { REFUSED }
}

/// The requester's accounts of a file's rows. A branch hands in anybody's, and there nobody is
/// limited to any.
fn accounts_of(
    submitter: &Submitter,
    rows: Vec<(u32, Account)>,
    (flows, covered): (&[OpenedFlow], &BTreeMap<RequestKind, Covered>),
) -> Arc<FileAccounts> {
    if flows.is_empty() || UserNumber::parse(&submitter.folder).is_err() {
        return Arc::default();
    }
    let of_flow = |flow: &OpenedFlow| {
        let kinds = flow.kinds.iter().filter_map(|kind| covered.get(kind));
        let all: BTreeSet<Account> =
            kinds.flat_map(|covered| covered.accounts.iter().copied()).collect();
        all.into_iter().collect()
    };
    Arc::new(FileAccounts { rows, flows: flows.iter().map(of_flow).collect() })
}

/// What keeps the accounts of a file's rows, where there are any.
fn kept_accounts(file: &FileRecord) -> Option<Entry> {
    let accounts = Box::new((*file.accounts).clone());
    (!accounts.rows.is_empty()).then_some(Entry::Accounts { receipt: file.receipt, accounts })
}

pub(super) fn joined(one: Scope, other: Scope) -> Scope {
    let latest_day = match (one.latest_day, other.latest_day) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    Scope {
        rows: one.rows.saturating_add(other.rows),
        total: YenTotal::new(one.total.get().saturating_add(other.total.get())),
        record_date: one.record_date.min(other.record_date),
        latest_day,
    }
}

/// The business keys of each batch case; rows with cases of their own carry theirs.
fn batch_keys(
    flows: &[OpenedFlow],
    mut covered: BTreeMap<RequestKind, Covered>,
) -> Vec<(u16, Vec<u64>)> {
    (1..)
        .zip(flows)
        .filter(|(_, flow)| flow.unit == Unit::File)
        .map(|(n, flow)| {
            let keys = flow.kinds.iter().filter_map(|kind| covered.remove(kind));
            (n, keys.flat_map(|covered| covered.keys).collect())
        })
        .collect()
}

pub(super) fn file_effects(receipt: ReceiptNo, at: Timestamp, kinds: &[EffectKind]) -> Vec<Effect> {
    let scope = EffectScope::File(receipt);
    kinds.iter().map(|kind| Effect { scope, kind: kind.clone(), at }).collect()
}

/// Reads a blob from its beginning.
pub(super) struct BlobReader {
    blob: Box<dyn Blob>,
    at: u64,
}

impl BlobReader {
    pub(super) const fn new(blob: Box<dyn Blob>) -> Self {
        Self { blob, at: 0 }
    }
}

impl std::io::Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = self.blob.len().saturating_sub(self.at);
        let count = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        self.blob.read_at(self.at, &mut buffer[..count])?;
        self.at += u64::try_from(count).map_err(std::io::Error::other)?;
        Ok(count)
    }
}

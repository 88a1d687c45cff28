//! Taking a file in: the first commit makes it ours, the second says what becomes of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::domain::{
    Code, Digest, Finding, ReceiptNo, RecordRequest, RequestKind, Severity, Submitter, Timestamp,
};
use crate::formats::{self, Intake, RowSink, Verdict};
use crate::ports::{
    Batch, Blob, BlobWriter, Checked, Commit, CommitError, Entry, FileRecord, FileVerdict, Moved,
    OpenedFlow, Received, StoreError,
};
use crate::workflow::{
    AcceptPolicy, Case, CaseFile, CaseHead, Effect, EffectKind, EffectScope, MailKind, Scope,
    Status, Unit,
};

use super::{Desk, rulebook::Flow};

/// A file whose private copy is kept and durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The name of its claim.
    pub intake: String,
    /// The channel it came by.
    pub channel: String,
    /// The submitter's folder.
    pub submitter: String,
    /// The owner of the dropped file.
    pub owner_uid: u32,
    /// Its name, safe to show.
    pub name: String,
    /// Its bytes.
    pub digest: Digest,
    /// Their number.
    pub bytes: u64,
    /// What is wrong with the file itself, whatever it holds.
    pub flaw: Option<Flaw>,
}

/// What can be wrong with a file whatever it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Its end never came.
    Incomplete,
    /// It has a second name, through which it could be changed.
    Linked,
    /// It has more bytes than are taken in.
    TooLong,
}

impl Desk {
    /// A new claim's name: never the same twice, and sorted as it was given, so that files left
    /// by a crash are taken up in the order they came.
    pub fn new_intake(&self) -> String {
        let mut random = [0; 8];
        self.random.fill(&mut random);
        let count = self.intakes.fetch_add(1, Ordering::Relaxed);
        format!("{:012x}{count:08x}{:016x}", self.clock.now().ms(), u64::from_be_bytes(random))
    }

    /// Makes files ours: each gets its receipt number, and all are durable together.
    pub fn receive(&self, arrivals: Vec<Arrival>) -> Result<Vec<ReceiptNo>, StoreError> {
        let now = self.clock.now();
        let mut entries = Vec::new();
        let mut receipts = Vec::new();
        let mut earlier: Vec<(String, String, Digest, ReceiptNo)> = Vec::new();
        for arrival in arrivals {
            let Some(submitter) = self.rulebook.submitter(&arrival.channel, &arrival.submitter)
            else {
                // The list of submitters lost this one between claim and receipt: the claim stays
                // and is taken up when it is listed again.
                continue;
            };
            let receipt = self.store.take_receipt(now.date())?;
            let flaw = arrival.flaw.map(Flaw::code);
            let same_as = if flaw.is_some() {
                None
            } else {
                let here = earlier.iter().find(|(channel, folder, digest, _)| {
                    (channel, folder, digest)
                        == (&arrival.channel, &arrival.submitter, &arrival.digest)
                });
                here.map(|(.., receipt)| *receipt).or_else(|| {
                    self.store
                        .same_content(&arrival.channel, &arrival.submitter, arrival.digest)
                        .map(|file| file.receipt)
                })
            };
            if same_as.is_none() && flaw.is_none() {
                let Arrival { channel, submitter, digest, .. } = &arrival;
                earlier.push((channel.clone(), submitter.clone(), *digest, receipt));
            }
            let owner = submitter.owners.iter().find(|(uid, _)| *uid == arrival.owner_uid);
            entries.push(Entry::Received(Box::new(Received {
                receipt,
                intake: arrival.intake,
                submitter: submitter.clone(),
                submitted_by: owner.map(|(_, user)| user.clone()),
                name: arrival.name,
                digest: arrival.digest,
                bytes: arrival.bytes,
                at: now,
                same_as,
                flaw,
            })));
            receipts.push(receipt);
        }
        self.commit_entries(now, entries)?;
        Ok(receipts)
    }

    /// Carries a received file to its verdict; a file that has one stays as it is.
    ///
    /// A pure function of the kept bytes and the rules, so it may be run again after a crash.
    pub fn judge(&self, receipt: ReceiptNo) -> Result<Option<FileRecord>, StoreError> {
        let Some(file) = self.store.file(receipt) else { return Ok(None) };
        match file.verdict {
            FileVerdict::Received => match file.flaw {
                Some(code) => self.refuse(&file, &flaw_finding(code), MailKind::RejectedFile)?,
                None => self.check(&file)?,
            },
            FileVerdict::Held { same_as } if file.findings.is_none() => {
                self.refuse(&file, &duplicate_finding(same_as), MailKind::Held)?;
            }
            FileVerdict::Opening => self.open_rows(receipt)?,
            FileVerdict::Held { .. } | FileVerdict::Accepted | FileVerdict::Rejected => {}
        }
        Ok(self.store.file(receipt))
    }

    /// Carries received files to their verdicts; see [`Desk::judge`].
    pub fn judge_all(&self, receipts: &[ReceiptNo]) -> Result<(), StoreError> {
        receipts.iter().try_for_each(|receipt| self.judge(*receipt).map(|_| ()))
    }

    /// Notes that claim folders reached their last places.
    pub fn disposed(&self, receipts: Vec<ReceiptNo>) -> Result<(), StoreError> {
        self.commit_entries(self.clock.now(), vec![Entry::Disposed(receipts)])
    }

    /// Closes a file that is not looked into: one finding, nothing taken in.
    fn refuse(
        &self,
        file: &FileRecord,
        finding: &Finding,
        mail: MailKind,
    ) -> Result<(), StoreError> {
        let findings = self.keep(&formats::write_findings(std::slice::from_ref(finding)))?;
        self.sync_blobs()?;
        let now = self.clock.now();
        let checked = Checked {
            receipt: file.receipt,
            findings: Some(findings),
            record_file: None,
            records: 0,
            accepted: 0,
            rejected: 0,
            total: crate::domain::YenTotal::default(),
            flows: Vec::new(),
            moved: Vec::new(),
            effects: file_effects(
                file.receipt,
                now,
                &[EffectKind::Result, EffectKind::Notice(mail)],
            ),
        };
        self.commit_entries(now, vec![Entry::Checked(Box::new(checked))])
    }

    /// Reads, judges and opens a file (the second commit).
    fn check(&self, file: &FileRecord) -> Result<(), StoreError> {
        let failed = |error: std::io::Error| StoreError::Poisoned(error.to_string());
        let Some(channel) = self.rulebook.channels.get(&file.submitter.channel) else {
            return Err(StoreError::Poisoned(format!("no channel {}", file.submitter.channel)));
        };
        let on = file.received_at.date();
        let known = |key: u64| self.store.holder_of(key).map(|case| case.to_string());
        let intake = Intake {
            channel: &file.submitter.channel,
            submitter: &file.submitter.folder,
            on,
            calendar: &self.rulebook.calendar,
            settings: self.rulebook.rules,
            file_name: &file.name,
            known: &known,
        };
        let mut rows = Rows::new(self, self.blobs.create().map_err(failed)?).map_err(failed)?;
        let blob = self.blobs.open(file.digest).map_err(failed)?;
        let mut source = BlobReader { blob, at: 0 };
        let report = formats::read(&mut source, &intake, &mut rows).map_err(failed)?;
        let policy = match channel.accept {
            AcceptPolicy::File => formats::AcceptPolicy::File,
            AcceptPolicy::Record => formats::AcceptPolicy::Record,
        };
        let taken = report.verdict(policy) != Verdict::Rejected;
        let (record_file, covered) = rows.finish(taken).map_err(failed)?;
        let findings = self.keep(&formats::write_findings(&report.findings))?;
        let flows = if taken { self.flows(&file.submitter, &covered, on)? } else { Vec::new() };
        self.sync_blobs()?;
        let now = self.clock.now();
        let mut kinds = vec![EffectKind::Result];
        if taken {
            kinds.extend([EffectKind::Slip, EffectKind::Notice(MailKind::Accepted)]);
        } else {
            kinds.push(EffectKind::Notice(MailKind::RejectedFile));
        }
        let moved = self.open_batches(file, record_file, &flows, now);
        let keys: Vec<(u16, Vec<u64>)> = batch_keys(&flows, covered);
        let checked = Checked {
            receipt: file.receipt,
            findings: Some(findings),
            record_file,
            records: report.records,
            accepted: report.accepted,
            rejected: report.rejected,
            total: report.total,
            flows,
            moved,
            effects: file_effects(file.receipt, now, &kinds),
        };
        self.probe.reached(crate::ports::Step::JudgeReady);
        self.commit_entries(now, vec![Entry::Checked(Box::new(checked))])?;
        for (n, keys) in keys {
            let case = crate::domain::CaseId { receipt: file.receipt, n, row: None };
            self.store.remember_keys(case, &keys);
        }
        self.probe.reached(crate::ports::Step::Judged);
        self.open_rows(file.receipt)
    }

    /// The flows a file opens, in the order of the kinds that name them.
    fn flows(
        &self,
        submitter: &Submitter,
        covered: &BTreeMap<RequestKind, Covered>,
        on: crate::domain::Date,
    ) -> Result<Vec<OpenedFlow>, StoreError> {
        let mut flows: Vec<OpenedFlow> = Vec::new();
        for (kind, covered) in covered {
            let route = self
                .rulebook
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
            let in_force = self
                .rulebook
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
    fn pin(&self, flow: &Flow) -> Result<(), StoreError> {
        if self.blobs.open(flow.definition.hash).is_ok() {
            return Ok(());
        }
        self.keep(flow.text.as_bytes()).map(|_| ())
    }

    /// Opens the batch cases: each enters its first step.
    fn open_batches(
        &self,
        file: &FileRecord,
        record_file: Option<Digest>,
        flows: &[OpenedFlow],
        now: Timestamp,
    ) -> Vec<Moved> {
        let shared = Arc::new(CaseFile {
            receipt: file.receipt,
            channel: file.submitter.channel.clone(),
            submitter: file.submitter.folder.clone(),
            submitted_by: file.submitted_by.clone(),
            desk: file.submitter.desk,
            pattern: file.submitter.pattern,
            record_file: record_file.unwrap_or_default(),
            definitions: flows.iter().map(|flow| flow.definition).collect(),
        });
        (1..)
            .zip(flows)
            .filter(|(_, flow)| flow.unit == Unit::File)
            .filter_map(|(n, flow)| {
                let id = crate::domain::CaseId { receipt: file.receipt, n, row: None };
                self.opening(&new_case(&shared, id, flow.scope), now)
            })
            .collect()
    }

    pub(super) fn commit_entries(
        &self,
        at: Timestamp,
        entries: Vec<Entry>,
    ) -> Result<(), StoreError> {
        match self.store.commit(Batch { commit: Commit { at, entries }, expect: Vec::new() }) {
            Ok(()) => Ok(()),
            Err(CommitError::Store(failed)) => Err(failed),
            Err(CommitError::Conflict(case)) => {
                Err(StoreError::Poisoned(format!("a batch without expectations met case {case}")))
            }
        }
    }

    fn keep(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let keep = || {
            let mut writer = self.blobs.create()?;
            std::io::Write::write_all(&mut writer, bytes)?;
            writer.keep()
        };
        keep().map_err(|error: std::io::Error| StoreError::Poisoned(error.to_string()))
    }

    fn sync_blobs(&self) -> Result<(), StoreError> {
        self.blobs.sync().map_err(|error| StoreError::Poisoned(error.to_string()))
    }
}

impl Flaw {
    const fn code(self) -> Code {
        match self {
            Self::Incomplete => Code::Incomplete,
            Self::Linked => Code::Link,
            Self::TooLong => Code::Size,
        }
    }
}

/// A case before its first event.
pub(super) fn new_case(file: &Arc<CaseFile>, id: crate::domain::CaseId, scope: Scope) -> Case {
    let head = CaseHead {
        id,
        version: 0,
        task_version: 0,
        status: Status::Active,
        step: 0,
        scope,
        due: None,
        votes: Vec::new(),
        commands: Vec::new(),
    };
    Case { file: Arc::clone(file), head }
}

/// What the accepted rows of one kind cover, and their business keys.
#[derive(Debug)]
struct Covered {
    scope: Scope,
    keys: Vec<u64>,
}

/// Takes the accepted rows of a file: writes them to the record file and sums them up.
struct Rows<'d> {
    desk: &'d Desk,
    writer: formats::Writer<std::io::BufWriter<Box<dyn BlobWriter>>>,
    failed: Option<std::io::Error>,
    covered: BTreeMap<RequestKind, Covered>,
}

impl<'d> Rows<'d> {
    fn new(desk: &'d Desk, blob: Box<dyn BlobWriter>) -> std::io::Result<Self> {
        let writer = formats::Writer::new(std::io::BufWriter::with_capacity(256 << 10, blob))?;
        Ok(Self { desk, writer, failed: None, covered: BTreeMap::new() })
    }

    /// The record file's digest, if anything is taken in, and what the rows cover.
    fn finish(
        self,
        taken: bool,
    ) -> std::io::Result<(Option<Digest>, BTreeMap<RequestKind, Covered>)> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if !taken {
            return Ok((None, BTreeMap::new()));
        }
        let blob =
            self.writer.finish()?.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        Ok((Some(blob.keep()?), self.covered))
    }
}

impl RowSink for Rows<'_> {
    fn accepted(&mut self, record: u32, line: u32, request: &RecordRequest, key: u64) {
        if record == 1 {
            self.desk.probe.reached(crate::ports::Step::JudgeHalf);
        }
        if let Err(error) = self.writer.push(record, line, request, key) {
            self.failed.get_or_insert(error);
        }
        let scope = self.desk.scope_of(request);
        let covered = self.covered.entry(request.kind);
        let covered = covered
            .and_modify(|covered| covered.scope = joined(covered.scope, scope))
            .or_insert(Covered { scope, keys: Vec::new() });
        covered.keys.push(key);
    }
}

fn joined(one: Scope, other: Scope) -> Scope {
    let latest_day = match (one.latest_day, other.latest_day) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    Scope {
        rows: one.rows.saturating_add(other.rows),
        total: crate::domain::YenTotal::new(one.total.get().saturating_add(other.total.get())),
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

fn file_effects(receipt: ReceiptNo, at: Timestamp, kinds: &[EffectKind]) -> Vec<Effect> {
    let scope = EffectScope::File(receipt);
    kinds.iter().map(|kind| Effect { scope, kind: kind.clone(), at }).collect()
}

fn whole_file(code: Code, ja: &str, en: &str) -> Finding {
    Finding {
        record: 0,
        line: 0,
        column: 0,
        field: None,
        code,
        severity: Severity::Error,
        value: String::new(),
        ja: ja.to_owned(),
        en: en.to_owned(),
    }
}

fn duplicate_finding(same_as: ReceiptNo) -> Finding {
    whole_file(
        Code::DupFile,
        &format!(
            "同じ内容のファイルを受付番号 {same_as} で受け付けています。\
             二重の請求でないかお確かめください。別の請求であれば、請求者RefNoを変えてお出しください。"
        ),
        &format!("the same content was received as {same_as}; change it if it is another request"),
    )
}

fn flaw_finding(code: Code) -> Finding {
    match code {
        Code::Incomplete => whole_file(
            code,
            "ファイルの終わりがありません。コピーが途中で止まったようです。もう一度お出しください。",
            "the file's end is missing; send it again",
        ),
        Code::Link => whole_file(
            code,
            "ファイルに別の名前（ハードリンク）があります。コピーしたファイルをお出しください。",
            "the file has a second name (hard link); send a copy",
        ),
        _ => whole_file(
            code,
            "ファイルが大きすぎます。いくつかに分けてお出しください。",
            "the file is too large; split it",
        ),
    }
}

/// Reads a blob from its beginning.
struct BlobReader {
    blob: Box<dyn Blob>,
    at: u64,
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

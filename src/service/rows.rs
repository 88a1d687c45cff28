//! The accepted rows of a file on their way into its record file, and what they come to.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufWriter;
use std::sync::Arc;

use super::alike::{Alike, Place};
use super::gather::Gathered;
use super::judge::joined;
use super::open::scope_of;
use super::{Desk, Rulebook};
use crate::domain::{
    Account, Asking, Customers, Digest, Finding, RecordNumber, RecordRequest, RequestKind, Sameness,
};
use crate::formats::{self, RowSink};
use crate::ports::{BlobWriter, Step};
use crate::workflow::Scope;

/// After how many records a file's progress is told.
const PROGRESS: u32 = 1_024;
/// Of files of more rows than this the business keys are not held in memory: such a file comes only
/// where `intake.file_bytes_max` was raised.
pub(super) const BULK: u32 = 1 << 20;

/// What the accepted rows of one kind cover, their business keys, and what they ask of claims.
#[derive(Debug)]
pub(super) struct Covered {
    /// The requester's accounts.
    pub(super) accounts: BTreeSet<Account>,
    pub(super) scope: Scope,
    pub(super) gathered: Gathered,
    pub(super) keys: Vec<u64>,
    pub(super) lines: Vec<(RecordNumber, Asking)>,
}

/// What writes the record file of a file.
pub(super) type RecordWriter<'s> = formats::Writer<'s, BufWriter<Box<dyn BlobWriter>>>;

/// Takes the accepted rows of a file: writes them to the record file and sums them up.
pub(super) struct Rows<'d> {
    desk: &'d Desk,
    rules: &'d Rulebook,
    alike: &'d Alike<'d>,
    /// Rows that were asked for before, on paper or by the other medium, each with where.
    pub(super) repeats: Vec<(u32, Place)>,
    customers: Arc<Customers>,
    writer: RecordWriter<'d>,
    /// How many there were so far.
    pub(super) count: u32,
    failed: Option<std::io::Error>,
    covered: BTreeMap<RequestKind, Covered>,
    /// From which record on which account of the requester.
    pub(super) accounts: Vec<(u32, Account)>,
}

impl<'d> Rows<'d> {
    pub(super) fn new(
        (desk, rules, alike): (&'d Desk, &'d Rulebook, &'d Alike<'d>),
        writer: RecordWriter<'d>,
    ) -> Self {
        Self {
            desk,
            rules,
            alike,
            repeats: Vec::new(),
            customers: desk.store.customers(),
            writer,
            count: 0,
            failed: None,
            covered: BTreeMap::new(),
            accounts: Vec::new(),
        }
    }

    /// The record file's digest, if anything is taken in, and what the rows cover.
    pub(super) fn finish(
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
            self.desk.probe.reached(Step::JudgeHalf);
        }
        if record.is_multiple_of(PROGRESS) {
            self.desk.read_up_to(record);
        }
        if let Err(error) = self.writer.push(record, line, request, key) {
            self.failed.get_or_insert(error);
        }
        let before = self.alike.besides(&Sameness::from(request), &self.repeats);
        self.repeats.extend(before.map(|place| (record, place)));
        let scope = scope_of(request, &self.rules.calendar);
        let gathered = Gathered::of(request, &self.customers);
        let covered = self.covered.entry(request.kind);
        let covered = covered
            .and_modify(|covered| {
                covered.scope = joined(covered.scope, scope);
                covered.gathered = covered.gathered.and(gathered);
            })
            .or_insert(Covered {
                accounts: BTreeSet::new(),
                scope,
                gathered,
                keys: Vec::new(),
                lines: Vec::new(),
            });
        let account = request.requester.account;
        covered.accounts.insert(account);
        if self.accounts.last().is_none_or(|(_, last)| *last != account) {
            self.accounts.push((record, account));
        }
        self.count = self.count.saturating_add(1);
        if self.count <= BULK {
            covered.keys.push(key);
        } else {
            covered.keys = Vec::new();
        }
        covered.lines.extend(Asking::of(request, record));
    }

    fn found(&mut self, error: &Finding) {
        self.desk.found_now(error);
    }
}

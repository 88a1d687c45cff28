//! Reading the rows of a file by the rules in force.

use std::collections::BTreeSet;
use std::io::{self, Read};

use crate::domain::{
    Account, Act, BranchCode, Date, Digest, Finding, Person, RecordRequest, RequestKind, Sameness,
    Workbook,
};
use crate::formats::{self, FileReport, Format, Intake, RowSink};

use super::alike::Alike;
use super::spill::spare;
use super::under_way::{Book, Fresh};
use super::{Desk, Rulebook};

/// What rows are read from.
pub(super) enum Content<'c> {
    /// The bytes of a file.
    Bytes(&'c mut dyn Read),
    /// The sheets of a workbook.
    Workbook(&'c Workbook),
}

/// What the rows of a paper ask for, and as of which days.
#[derive(Debug, Default)]
struct Asked(Vec<Sameness>, BTreeSet<Date>);

impl RowSink for Asked {
    fn accepted(&mut self, _: u32, _: u32, request: &RecordRequest, _: u64) {
        self.0.push(request.into());
        self.1.insert(request.record_date);
    }
}

impl Desk {
    /// What a file of this name holds, for [`Content`]: the sheets of a workbook, or nothing where
    /// it is none and read by its bytes; what a person is told where it cannot be read. Errs only
    /// when the file does.
    pub(super) fn workbook(
        &self,
        (bytes, name): (Digest, &str),
    ) -> io::Result<Result<Option<Workbook>, Box<Finding>>> {
        if Format::of_name(name) != Format::Xlsx {
            return Ok(Ok(None));
        }
        let read = self.workbooks.read(&self.blobs.open(bytes)?.read_all()?);
        Ok(read.map(Some).map_err(|flaw| Box::new(formats::workbook::finding(&flaw))))
    }

    /// Says what a paper asks for before its rows are judged, so that all of it is looked for in
    /// one go: a customer's files may have very many rows. Gives the record dates of its requests.
    pub(super) fn look_ahead(
        &self,
        (rules, fresh, alike): (&Rulebook, &Fresh, &Alike<'_>),
        on: Date,
        (mut sheet, name): (&[u8], &str),
    ) -> io::Result<BTreeSet<Date>> {
        let (mut asked, content) = (Asked::default(), Content::Bytes(&mut sheet));
        let by = (rules, fresh, &alike.before_looking());
        self.read_rows(by, on, (content, name), &mut asked)?;
        alike.expect(asked.0);
        Ok(asked.1)
    }

    /// Reads rows as those of the file that is held against others; accepted ones go to `sink`.
    /// `fresh` is what the store does not know yet. Errs only when `source` does.
    pub(super) fn read_rows(
        &self,
        (rules, fresh, alike): (&Rulebook, &Fresh, &Alike<'_>),
        on: Date,
        (content, name): (Content<'_>, &str),
        sink: &mut dyn RowSink,
    ) -> io::Result<FileReport> {
        let file = alike.file();
        let known = |key: u64, request: &RecordRequest| {
            let here = fresh.holder_of(key).map(|receipt| (receipt, receipt.to_string()));
            let there = || self.store.holder_of(key).map(|case| (case.receipt, case.to_string()));
            let (receipt, name) = here.or_else(there)?;
            let held = || alike.repeats(&Sameness::from(request));
            (!self.is_meant(file, receipt) && !held()).then_some(name)
        };
        let claims = Book { desk: self, fresh, alike: Some(alike) };
        let customers = self.store.customers();
        let branch = BranchCode::parse(&file.submitter.folder).ok();
        let also = branch.map_or_else(Vec::new, |code| self.rulebook().directory.kin(code, on));
        let by = self.operator(file);
        let channel = rules.judged_by(&file.submitter.channel);
        let takes = |kind| channel.is_none_or(|channel| channel.routes.contains_key(&kind));
        let operates = |kind, account| by.as_ref().is_none_or(|by| may_hand_in(by, kind, account));
        let scratch = || spare(&*self.blobs);
        let intake = Intake {
            channel: &file.submitter.channel,
            submitter: &file.submitter.folder,
            also: &also,
            on,
            calendar: &rules.calendar,
            settings: rules.rules,
            file_name: name,
            known: &known,
            claims: &claims,
            customers: &customers,
            layout: &rules.requests,
            promised: self.promised(file),
            profiles: rules.profiles(&file.submitter.channel),
            takes: &takes,
            operates: &operates,
            scratch: Some(&scratch),
        };
        match content {
            Content::Bytes(source) => formats::read(source, &intake, sink),
            Content::Workbook(book) => formats::read_workbook(book, &intake, sink),
        }
    }
}

/// Whether somebody of a customer may hand in requests of a kind, and from an account.
fn may_hand_in(by: &Person, kind: RequestKind, account: Option<Account>) -> bool {
    by.holds(Act::Operate.name(), &[kind]) && by.reaches(account.as_slice())
}

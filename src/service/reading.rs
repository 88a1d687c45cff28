//! Reading the rows of a file by the rules in force.

use std::io::{self, Read};

use crate::domain::{Account, Act, BranchCode, Date, Person, RequestKind};
use crate::formats::{self, FileReport, Intake, RowSink};
use crate::ports::FileRecord;

use super::under_way::{Book, Fresh};
use super::{Desk, Rulebook};

impl Desk {
    /// Reads rows as those of a file; accepted ones go to `sink`. `fresh` is what the store does
    /// not know yet. Errs only when `source` does.
    pub(super) fn read_rows(
        &self,
        (rules, file, fresh): (&Rulebook, &FileRecord, &Fresh),
        on: Date,
        (source, name): (&mut dyn Read, &str),
        sink: &mut dyn RowSink,
    ) -> io::Result<FileReport> {
        let known = |key: u64| {
            let here = fresh.holder_of(key).map(|receipt| (receipt, receipt.to_string()));
            let there = || self.store.holder_of(key).map(|case| (case.receipt, case.to_string()));
            let (receipt, name) = here.or_else(there)?;
            (!self.is_meant(file, receipt)).then_some(name)
        };
        let claims = Book { desk: self, fresh };
        let customers = self.store.customers();
        let branch = BranchCode::parse(&file.submitter.folder).ok();
        let also = branch.map_or_else(Vec::new, |code| self.rulebook().directory.kin(code, on));
        let by = self.operator(file);
        let channel = rules.judged_by(&file.submitter.channel);
        let takes = |kind| channel.is_none_or(|channel| channel.routes.contains_key(&kind));
        let operates = |kind, account| by.as_ref().is_none_or(|by| may_hand_in(by, kind, account));
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
            takes: &takes,
            operates: &operates,
        };
        formats::read(source, &intake, sink)
    }
}

/// Whether somebody of a customer may hand in requests of a kind, and from an account.
fn may_hand_in(by: &Person, kind: RequestKind, account: Option<Account>) -> bool {
    by.holds(Act::Operate.name(), &[kind]) && by.reaches(account.as_slice())
}

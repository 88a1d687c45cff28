//! What is under way on claims, as the rules are told of it.

use std::collections::BTreeMap;

use crate::domain::rules::ClaimBook;
use crate::domain::{Asking, CaseId, Claim, Digest, ReceiptNo, RecordNumber, Sameness, UnderWay};
use crate::ports::FileRecord;
use crate::workflow::Unit;

use super::Desk;
use super::alike::Alike;

/// What the store does not know yet of files judged in the same group.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    /// Business keys.
    keys: BTreeMap<u64, ReceiptNo>,
    /// What is asked of claims.
    lines: BTreeMap<RecordNumber, Vec<Asking>>,
    /// Numbers of files by channel and folder.
    numbers: BTreeMap<(String, String), Vec<(u64, Digest)>>,
}

impl Fresh {
    /// Takes in what a file's rows hold.
    pub(super) fn take<'k>(
        &mut self,
        receipt: ReceiptNo,
        keys: impl Iterator<Item = &'k u64>,
        lines: &[(RecordNumber, Asking)],
    ) {
        self.keys.extend(keys.map(|key| (*key, receipt)));
        for (number, asking) in lines {
            self.lines.entry(*number).or_default().push(*asking);
        }
    }

    /// Takes in the number of a file that was taken in.
    pub(super) fn take_number(&mut self, file: &FileRecord, number: u64) {
        let sender = (file.submitter.channel.clone(), file.submitter.folder.clone());
        self.numbers.entry(sender).or_default().push((number, file.digest));
    }

    /// The numbers of a submitter's files.
    pub(super) fn numbers(&self, channel: &str, folder: &str) -> &[(u64, Digest)] {
        let sender = (channel.to_owned(), folder.to_owned());
        self.numbers.get(&sender).map_or(&[], Vec::as_slice)
    }

    /// The file that holds a business key.
    pub(super) fn holder_of(&self, key: u64) -> Option<ReceiptNo> {
        self.keys.get(&key).copied()
    }
}

/// What is known of claims: the register's, and what is under way.
pub(super) struct Book<'d> {
    pub(super) desk: &'d Desk,
    pub(super) fresh: &'d Fresh,
    /// What the file's rows are held against; none where no file is judged.
    pub(super) alike: Option<&'d Alike<'d>>,
}

impl ClaimBook for Book<'_> {
    fn claim(&self, number: RecordNumber) -> Option<Claim> {
        Some(self.desk.store.claim(number)?.claim)
    }

    fn under_way(&self, number: RecordNumber) -> UnderWay {
        let mut under_way = self.desk.store.under_way(number);
        for asking in self.fresh.lines.get(&number).into_iter().flatten() {
            under_way.add(*asking);
        }
        under_way
    }

    fn repeats(&self, request: &Sameness) -> bool {
        self.alike.is_some_and(|alike| alike.repeats(request))
    }
}

/// A line in its case.
pub(super) fn carried(
    (number, asking): (RecordNumber, Asking),
    (receipt, n): (ReceiptNo, u16),
    unit: Unit,
) -> (RecordNumber, Asking) {
    let row = (unit == Unit::Record).then_some(asking.row);
    (number, Asking { case: Some(CaseId { receipt, n, row }), ..asking })
}

//! Requests by FAX: a picture that two clerks key in, and a third where they differ; now and then
//! with a file of what is on it, now and then twice, now and then of what came as a file before.
//!
//! Read [`Year::fax`] first.

use serde::Serialize;

use super::super::super::outcome::Error;
use super::{Year, nth};
use crate::domain::{
    Field, KeyedRow, KeyedSheet, KeyingStage, Person, ReceiptNo, RequestKind, Scan, ScanFlaw,
    ScanPage,
};
use crate::formats::read_keyed;
use crate::ports::{FileRecord, FileVerdict, Scans};
use crate::service::{KeyError, KeyedIn};
use crate::workflow::Case;

/// The channel of papers.
pub(super) const FAX: &str = "fax";

/// What became of the year's papers.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Faxes {
    /// Keyed in by two people, or three.
    pub(super) keyed: u64,
    /// By three, because two differed.
    pub(super) by_three: u64,
    /// Begun by the first from a file that came with it.
    pub(super) begun: u64,
    /// Sent once more, and held.
    pub(super) again: u64,
    /// Held because the same came as a file before.
    pub(super) alike: u64,
    /// Where the seal or the call was wrong.
    pub(super) refused: u64,
}

/// Takes text that begins with `PAPER` for a scan of one page.
#[derive(Debug)]
pub(super) struct Tray;

impl Scans for Tray {
    fn read(&self, bytes: &[u8]) -> Result<Scan, ScanFlaw> {
        let page =
            ScanPage { width: 1_728, height: 2_292, rows_read: 2_292, ..ScanPage::default() };
        let is_paper = bytes.starts_with(b"PAPER ");
        is_paper.then(|| Scan { pages: vec![page] }).ok_or(ScanFlaw::Unknown)
    }

    fn page(&self, _: &[u8], _: u32, _: u32) -> Result<Vec<u8>, ScanFlaw> {
        Err(ScanFlaw::Unknown)
    }
}

/// Whether a kind is taken by FAX (`workflows/channels/fax.yaml`).
pub(super) const fn comes_by_fax(kind: RequestKind) -> bool {
    matches!(
        kind,
        RequestKind::AccrualDebtor
            | RequestKind::Assignment
            | RequestKind::SplitAssignment
            | RequestKind::Cancellation
            | RequestKind::Guarantee
            | RequestKind::Payment
    )
}

impl Year {
    /// A FAX with the rows of `text` comes to a branch and is keyed in; its bytes, and its file
    /// with the verdict.
    pub(super) fn fax(&mut self, branch: &str, text: &str) -> Result<(String, FileRecord), Error> {
        self.numbers += 1;
        let picture = format!("PAPER {}", self.numbers);
        let rows = read_keyed(text.as_bytes())?.rows;
        let clerks = self.town.clerks(branch);
        let [first, second, third, ..] = clerks.as_slice() else {
            return Err(Error::Usage(format!("branch {branch} has too few clerks")));
        };
        let receipt = if self.chance.in_thousand(300) {
            let receipt = self.scan_with_file(branch, &picture, text)?;
            self.begin(first, receipt, &rows);
            receipt
        } else {
            self.take_in((FAX, branch), "fax.tif", &picture)?.receipt
        };
        self.key_in((first, receipt, 0), rows.clone(), KeyingStage::Second)?;
        let mut read = rows.clone();
        let slips = self.chance.in_thousand(100);
        let amount = read.first_mut().and_then(|row| row.get_mut(&Field::Amount));
        if amount.filter(|_| slips).map(|amount| amount.push('0')).is_some() {
            self.key_in((second, receipt, 1), read, KeyingStage::Third)?;
            self.key_in((third, receipt, 2), rows, KeyingStage::Settled)?;
            self.faxes.by_three += 1;
        } else {
            self.key_in((second, receipt, 1), read, KeyingStage::Settled)?;
        }
        self.faxes.keyed += 1;
        let file = self.town.desk.store.file(receipt);
        let file = file.ok_or_else(|| Error::Usage(format!("the desk lost the FAX {receipt}")))?;
        Ok((picture, file))
    }

    /// A picture and a file of its name come, one after the other, and must be brought together.
    fn scan_with_file(
        &mut self,
        branch: &str,
        picture: &str,
        text: &str,
    ) -> Result<ReceiptNo, Error> {
        let [name, beside] = ["tif", "csv"].map(|ending| format!("fax{}.{ending}", self.numbers));
        let mut both = [(name.as_str(), picture), (beside.as_str(), text)];
        let file_first = self.chance.in_thousand(500);
        if file_first {
            both.reverse();
        }
        let [one, other] = both.map(|(name, bytes)| self.take_in((FAX, branch), name, bytes));
        let [one, other] = [one?.receipt, other?.receipt];
        let (receipt, file) = if file_first { (other, one) } else { (one, other) };
        let verdict = self.town.desk.store.file(file).map(|file| file.verdict);
        if verdict != Some(FileVerdict::Joined { to: receipt }) {
            self.fault(&format!("{file}, beside {receipt}, is {verdict:?}"));
        }
        Ok(receipt)
    }

    /// The first begins with the file that came with the paper: it says what the paper does.
    fn begin(&mut self, first: &Person, receipt: ReceiptNo, rows: &[KeyedRow]) {
        self.faxes.begun += 1;
        match self.town.desk.open_sidecar(first, receipt) {
            Ok(shown) if shown == rows => {}
            other => self.fault(&format!("{receipt} is to be begun from {rows:?}, not {other:?}")),
        }
    }

    /// Somebody keys in what they read, which must bring the paper so far.
    fn key_in(
        &mut self,
        (by, receipt, seen): (&Person, ReceiptNo, usize),
        rows: Vec<KeyedRow>,
        to: KeyingStage,
    ) -> Result<(), Error> {
        let sheet = Some(KeyedSheet { received: Some(self.town.now()), rows });
        // Mistakes are made by those who wrote the paper.
        let read = KeyedIn { receipt, seen, sheet, remark: String::new(), confirmed: true };
        match self.town.desk.key_in(by, &read) {
            Ok(stage) if stage == to => Ok(()),
            Err(KeyError::Store(failed)) => Err(Error::Usage(failed)),
            other => {
                let nth = nth(seen) + 1;
                self.fault(&format!("reading {nth} of {receipt} brings it to {other:?}"));
                Ok(())
            }
        }
    }

    /// What a clerk fills in who makes sure of a paper; nothing at any other step.
    pub(super) fn made_sure(&mut self, case: &Case) -> Vec<(String, String)> {
        let flow = self.town.desk.definition_of(case);
        let step = flow.as_ref().and_then(|flow| flow.approval(case.head.step));
        if case.file.paper.is_none() || step.is_none_or(|step| step.form.is_none()) {
            return Vec::new();
        }
        let is_wrong = self.chance.in_thousand(30);
        self.faxes.refused += u64::from(is_wrong);
        let seal = if is_wrong { "ng" } else { "ok" };
        let all = [("reason", "customer"), ("seal", seal), ("call", "ok")];
        all.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }
}

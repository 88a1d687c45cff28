//! Repeated files that are held, and what two people make of them: a request of its own, or the
//! same one twice. Read [`Desk::end_hold`] first.
//!
//! A file that is released is received again: it has a receipt number, a verdict and answers of its
//! own, and what was told of the held one stays true.

use crate::domain::{
    CaseId, Code, Finding, HoldEnd, HoldEnded, KeyingStage, ReceiptNo, Severity, Timestamp,
};
use crate::ports::{
    Entry, FileRecord, FileVerdict, KeyingMove, KeyingRecord, Received, StoreError,
};
use crate::workflow::StuckDeed;

use super::flaws::whole_file;
use super::{Desk, IncidentTold};

/// For how many days a held file is listed as waiting for somebody; most are dropped twice by
/// mistake, and nobody needs to say so. By its number it can be released later, too.
const LISTED_DAYS: i64 = 14;

/// What ends a hold: what is committed, and the number of the file that is received again.
type HoldParts = (Vec<Entry>, Option<ReceiptNo>);

impl Desk {
    /// A file that is held, with the first one, while nobody has decided about it.
    pub(super) fn held(&self, receipt: ReceiptNo) -> Option<(FileRecord, ReceiptNo)> {
        let file = self.store.file(receipt)?;
        let FileVerdict::Held { same_as } = file.verdict else { return None };
        self.store.hold_ended(receipt).is_none().then_some((file, same_as))
    }

    /// What came of a file that was held.
    pub fn hold_end(&self, held: ReceiptNo) -> Option<HoldEnd> {
        self.store.hold_ended(held).map(|ended| ended.end)
    }

    /// The held files somebody may still decide about, those of the last days.
    pub(super) fn holds_listed(&self) -> Vec<(FileRecord, ReceiptNo)> {
        let today = self.clock.now().date();
        let is_listed = |file: &FileRecord| {
            matches!(file.verdict, FileVerdict::Held { .. })
                && today.days_since(file.received_at.date()) <= LISTED_DAYS
        };
        let listed = self.store.files(&is_listed, usize::MAX).into_iter();
        listed.filter_map(|file| self.held(file.receipt)).collect()
    }

    /// A held file as something that waits for a person.
    pub(super) fn held_told(&self, file: &FileRecord, first: ReceiptNo) -> IncidentTold {
        let alike = self.told_alike(file);
        let what = if alike.is_empty() {
            "同じファイルがもう一度届きました"
        } else {
            "同じ請求が、FAX・書面かファイルでもう一度届きました"
        };
        let whole = if file.paper.is_some() || alike.is_empty() {
            ""
        } else {
            "済とすると、このファイルのほかの請求も受け付けません。"
        };
        let why = if alike.is_empty() {
            format!("受付番号 {first} と同じ内容、または同じ用紙です。")
        } else {
            alike.join(" ")
        };
        IncidentTold {
            what: what.to_owned(),
            whom: format!("{}　{}", file.submitter.name, file.name),
            since: Some(file.received_at),
            why,
            remedy: format!(
                "二重でないかをお客様に確かめ、別の請求なら受付、同じ請求なら済として、届け出てください。\
                 {whole}同じ請求で、届け出なければ、このまま何も行いません。"
            ),
            name: file.receipt.to_string(),
            case: None,
            deeds: &[StuckDeed::Release, StuckDeed::Done],
        }
    }

    /// What ends a hold as two people decided: one commit, with the file that is received again.
    /// None where it ended meanwhile.
    pub(super) fn end_hold(
        &self,
        held: ReceiptNo,
        (deed, case, now): (StuckDeed, CaseId, Timestamp),
    ) -> Result<Option<HoldParts>, StoreError> {
        let Some((file, _)) = self.held(held) else { return Ok(None) };
        if deed != StuckDeed::Release {
            let ended = HoldEnded { held, end: HoldEnd::Closed, case };
            return Ok(Some((vec![Entry::Hold(ended)], None)));
        }
        let receipt = self.store.take_receipt(now.date())?;
        let received = Received {
            receipt,
            intake: self.new_intake(),
            submitter: file.submitter,
            submitted_by: file.submitted_by,
            name: file.name,
            digest: file.digest,
            bytes: file.bytes,
            at: now,
            same_as: None,
            flaw: None,
        };
        let ended = HoldEnded { held, end: HoldEnd::Released(receipt), case };
        let mut entries = vec![Entry::Received(Box::new(received))];
        entries.extend(self.keyed_before(held, receipt));
        entries.push(Entry::Hold(ended));
        Ok(Some((entries, Some(receipt))))
    }

    /// What was keyed in from a held paper, said again of the number it is received under anew:
    /// nobody reads it once more, and whoever read it decides nothing about it.
    fn keyed_before(&self, held: ReceiptNo, receipt: ReceiptNo) -> Vec<Entry> {
        let Some(record) = self.store.keying(held) else { return Vec::new() };
        let KeyingRecord { scan, flaw, forms, false_marks, times, .. } = record;
        let opened = KeyingMove::Opened { receipt, scan, flaw, forms, false_marks };
        let anew = |reading| KeyingMove::Read {
            receipt,
            reading,
            then: KeyingStage::First,
            settled: None,
        };
        let aside = record.aside.into_iter().map(anew);
        let times = times.into_iter().map(|(by, at)| (Some(by), at));
        let times = times.chain(record.received.map(|at| (None, at)));
        let times = times.map(|(by, at)| KeyingMove::Timed { receipt, by, at });
        let beside = record.sidecar.map(|sidecar| KeyingMove::Paired { receipt, sidecar });
        let shown = record.shown_to.into_iter().map(|to| KeyingMove::Shown { receipt, to });
        let (stage, settled) = (record.stage, record.settled);
        let read = record.readings.into_iter().map(|reading| KeyingMove::Read {
            receipt,
            reading,
            then: stage,
            settled,
        });
        let moves = std::iter::once(opened).chain(beside).chain(shown).chain(aside);
        let moves = moves.chain(times).chain(read);
        moves.map(|moved| Entry::Keying(Box::new(moved))).collect()
    }

    /// What is told of a held file whose requests came before on paper or by the other medium;
    /// nothing of one that is held as the same file or form.
    pub(super) fn told_alike(&self, held: &FileRecord) -> Vec<String> {
        let findings = self.findings_of(held).unwrap_or_default().into_iter();
        findings.filter(|one| one.code == Code::DupWay).map(|one| one.ja).collect()
    }

    /// Whether two people said of a file that its requests are no repeats.
    pub(super) fn is_meant_alike(&self, file: &FileRecord) -> bool {
        let before = self.store.released_from(file.receipt);
        let held = before.and_then(|ended| self.store.file(ended.held));
        held.is_some_and(|held| !self.told_alike(&held).is_empty())
    }

    /// Whether two people released a file from a hold.
    pub(super) fn is_released(&self, file: &FileRecord) -> bool {
        self.store.released_from(file.receipt).is_some()
    }

    /// What is told of a file that was released, with its result.
    pub(super) fn was_held(&self, file: &FileRecord) -> Option<Finding> {
        let HoldEnded { held, case, .. } = self.store.released_from(file.receipt)?;
        let ja = format!(
            "保留していた受付番号 {held} のファイルです。二重でないと二人が確かめました（申請番号 {case}）。"
        );
        let en =
            format!("held as {held} before; two people found that it is not a repeat ({case})");
        Some(Finding { severity: Severity::Warning, ..whole_file(Code::DupFile, &ja, &en) })
    }

    /// Whether a business key is held by the file of which this one is a meant repeat.
    pub(super) fn is_meant(&self, file: &FileRecord, holder: ReceiptNo) -> bool {
        if self.store.released_from(file.receipt).is_none() {
            return false;
        }
        let same_paper = self.released_beside(file) == Some(holder);
        let is_meant = |other: FileRecord| {
            let on_paper = other.paper.is_some() || file.paper.is_some();
            other.digest == file.digest || (on_paper && self.is_meant_alike(file))
        };
        same_paper || self.store.file(holder).is_some_and(is_meant)
    }
}

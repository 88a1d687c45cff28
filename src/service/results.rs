//! Files of results: each row wakes the case that waits for it.
//!
//! A row is carried to its case before the file's verdict is committed. Its command is named after
//! receipt and record, so that a file judged again after a stop changes nothing twice and comes to
//! the same verdict.

use crate::domain::{Code, Finding, Severity, YenTotal};
use crate::formats::{self, CenterAnswer, CenterRow, read_center};
use crate::ports::{Checked, Entry, FileRecord, Step, StoreError};
use crate::workflow::{Arrival, Awaited, Case, CommandId, EffectKind, MailKind, Status, places};

use super::judge::{Judged, file_effects};
use super::{DecideError, Desk};

/// The longest file of results, in bytes; they are read whole.
const BYTES_MAX: u64 = 8 << 20;

/// Why a row woke no case, in Japanese and English.
type Unfit = (String, String);

impl Desk {
    /// The verdict on a file of results: its rows are carried to the cases that wait for them.
    pub(super) fn take_results(&self, file: &FileRecord) -> Result<Judged, StoreError> {
        let failed = |error: std::io::Error| StoreError::Poisoned(error.to_string());
        if file.bytes > BYTES_MAX {
            let ja = "結果ファイルが大きすぎます。8MB までに分けてください。";
            let en = "the file of results is too large; split it into files of at most 8 MB";
            let (ja, en) = (ja.to_owned(), en.to_owned());
            let too_large = finding((0, 0), Severity::Error, String::new(), (ja, en));
            return self.refuse(file, &too_large, MailKind::RejectedFile);
        }
        let blob = self.blobs.open(file.digest).and_then(|blob| blob.read_all());
        let rows = match read_center(&blob.map_err(failed)?) {
            Ok(rows) => rows,
            Err(wrong) => return self.refuse(file, &wrong, MailKind::RejectedFile),
        };
        let mut findings = Vec::with_capacity(rows.len());
        for row in rows {
            findings.push(match row {
                Ok(row) => self.wake(file, &row)?,
                Err(wrong) => wrong,
            });
            self.probe.reached(Step::JudgeHalf);
        }
        self.woken(file, &findings)
    }

    /// The verdict when every row was looked at: accepted when one of them woke a case.
    fn woken(&self, file: &FileRecord, findings: &[Finding]) -> Result<Judged, StoreError> {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let taken = findings.iter().filter(|one| one.severity == Severity::Info).count();
        let kinds = [EffectKind::Result, EffectKind::Notice(MailKind::RejectedFile)];
        let kinds = if taken > 0 { &kinds[..1] } else { &kinds[..] };
        let receipt = file.receipt;
        let checked = Checked {
            receipt,
            findings: Some(self.keep(&formats::write_findings(findings))?),
            record_file: None,
            records: count(findings.len()),
            accepted: count(taken),
            rejected: count(findings.len() - taken),
            total: YenTotal::default(),
            flows: Vec::new(),
            moved: Vec::new(),
            effects: file_effects(receipt, self.clock.now(), kinds),
        };
        let besides = (taken > 0).then(|| Entry::Opened { receipt, effects: Vec::new() });
        Ok(Judged { checked, besides, keys: Vec::new() })
    }

    /// Carries a row to its case; what came of it is a finding either way.
    fn wake(&self, file: &FileRecord, row: &CenterRow) -> Result<Finding, StoreError> {
        let place = (row.record, row.line);
        let case = row.case.to_string();
        Ok(match self.carry_result(file, row)? {
            Ok(()) => {
                let words = ("案件に伝えました。".to_owned(), "the case was told".to_owned());
                finding(place, Severity::Info, case, words)
            }
            Err(why) => finding(place, Severity::Error, case, why),
        })
    }

    fn carry_result(
        &self,
        file: &FileRecord,
        row: &CenterRow,
    ) -> Result<Result<(), Unfit>, StoreError> {
        let command = CommandId::of(&format!("result {} {}", file.receipt, row.record));
        let Some(case) = self.store.case(row.case) else {
            let ja = "この申請番号の案件はありません。番号をご確認ください。";
            return Ok(Err((ja.to_owned(), "there is no such case; check the number".to_owned())));
        };
        // A row carried before a stop.
        if case.head.commands.contains(&command) {
            return Ok(Ok(()));
        }
        let Some(step) = self.awaits_file(&case) else {
            let status = case.head.status;
            let ja = format!(
                "この案件は結果を待っていません（いまは「{}」）。\
                 すでに届いた結果なら、何もする必要はありません。",
                status.japanese()
            );
            let en = format!("the case waits for no result; it is {}", status.name());
            return Ok(Err((ja, en)));
        };
        let outcome = match row.answer {
            CenterAnswer::Good => Arrival::Ok,
            CenterAnswer::Bad => Arrival::Ng,
        };
        match self.arrive(row.case, &step, (outcome, &row.note), command) {
            Ok(_) => Ok(Ok(())),
            Err(DecideError::Refused(why)) => Ok(Err((why.japanese(), why.to_string()))),
            Err(DecideError::Store(failed)) => Err(failed),
            Err(other) => {
                let ja = "案件がほかの操作で動いています。この行をもう一度出してください。";
                Ok(Err((ja.to_owned(), format!("{other}; drop this row again"))))
            }
        }
    }

    /// The step at which a case waits for a file, in whichever branch.
    fn awaits_file(&self, case: &Case) -> Option<String> {
        let definition = self.definition_of(case)?;
        places(case).into_iter().find_map(|place| {
            let waits = matches!(place.head.status, Status::Waiting | Status::Incident);
            let wait = definition.wait(place.head.step).filter(|_| waits)?;
            let step = definition.step(place.head.step)?;
            (wait.until == Awaited::File).then(|| step.id.clone())
        })
    }
}

fn finding(
    (record, line): (u32, u32),
    severity: Severity,
    value: String,
    (ja, en): Unfit,
) -> Finding {
    Finding { record, line, column: 0, field: None, code: Code::Result, severity, value, ja, en }
}

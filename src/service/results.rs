//! Files of results: what an institution made of the lines of the cases that wait for it.
//!
//! Rows are carried to their cases before the file's verdict is committed, those of one case
//! together: what was answered, what it means for the register of claims, and the case's going on
//! when its last line is answered. A file judged again after a stop finds what it has told already
//! and comes to the same verdict.

use std::collections::BTreeMap;

use crate::domain::{
    CaseId, ClaimChange, Code, Finding, RecordRequest, RequestKind, Severity, YenTotal,
    center_error, center_error_name,
};
use crate::formats::densai::is_results;
use crate::formats::{self, CenterAnswer, CenterRow, read_center, read_settlements};
use crate::ports::{
    Batch, Checked, Commit, Entry, Expect, FileRecord, Recorded, RowAnswer, RowResult, Step,
    StoreError,
};
use crate::workflow::{
    Action, Arrival, Awaited, Case, Command, CommandId, EffectKind, MailKind, Status, places,
};

use super::judge::{Judged, file_effects};
use super::{DecideError, Desk};

/// The longest file of results, in bytes; they are read whole.
const BYTES_MAX: u64 = 8 << 20;

/// Lines that go into one commit: far below the largest frame.
const LINES_MAX: usize = 2_000;

/// How often rows are carried anew when their case moved on meanwhile.
const TRIES_MAX: u32 = 8;

/// What became of a row, in Japanese and English.
pub(super) type Words = (String, String);

impl Desk {
    /// The verdict on a file of results: its rows are carried to the cases that wait for them.
    pub(super) fn take_results(&self, file: &FileRecord) -> Result<Judged, StoreError> {
        let failed = |error: std::io::Error| StoreError::Poisoned(error.to_string());
        if file.bytes > BYTES_MAX {
            let ja = "結果ファイルが大きすぎます。8MB までに分けてください。";
            let en = "the file of results is too large; split it into files of at most 8 MB";
            let (ja, en) = (ja.to_owned(), en.to_owned());
            let too_large = finding((0, 0), Severity::Error, String::new(), (ja, en));
            return self.refuse(file, &[too_large], MailKind::RejectedFile);
        }
        let bytes = self.blobs.open(file.digest).and_then(|blob| blob.read_all());
        let bytes = bytes.map_err(failed)?;
        if let Some(rows) = read_settlements(&bytes) {
            return self.take_settlements(file, rows);
        }
        let rows =
            if is_results(&bytes) { self.outcome_rows(file, &bytes) } else { read_center(&bytes) };
        let rows = match rows {
            Ok(rows) => rows,
            Err(wrong) => return self.refuse(file, &[wrong], MailKind::RejectedFile),
        };
        let mut findings = Vec::with_capacity(rows.len());
        let mut by_case: BTreeMap<CaseId, Vec<CenterRow>> = BTreeMap::new();
        for row in rows {
            match row {
                Ok(row) => by_case.entry(row.case).or_default().push(row),
                Err(wrong) => findings.push(wrong),
            }
        }
        // What the institution did first is told first: of one claim the order makes a difference.
        let mut by_case: Vec<(CaseId, Vec<CenterRow>)> = by_case.into_iter().collect();
        by_case.sort_by_key(|(_, rows)| rows.first().map(|row| row.record));
        for (case, rows) in by_case {
            findings.extend(self.carry_results(file, case, &rows)?);
            self.probe.reached(Step::JudgeHalf);
        }
        findings.sort_by_key(|finding| finding.record);
        self.woken(file, &findings)
    }

    /// The verdict when every row was looked at: accepted when one of them was taken.
    pub(super) fn woken(
        &self,
        file: &FileRecord,
        findings: &[Finding],
    ) -> Result<Judged, StoreError> {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        // What is told of the whole file is no row of it.
        let rows = || findings.iter().filter(|one| one.record > 0);
        let taken = rows().filter(|one| one.severity < Severity::Error).count();
        let kinds = [EffectKind::Result, EffectKind::Notice(MailKind::RejectedFile)];
        let kinds = if taken > 0 { &kinds[..1] } else { &kinds[..] };
        let receipt = file.receipt;
        let checked = Checked {
            receipt,
            findings: Some(self.keep(&formats::write_findings(findings))?),
            record_file: None,
            records: count(rows().count()),
            accepted: count(taken),
            rejected: count(rows().count() - taken),
            total: YenTotal::default(),
            flows: Vec::new(),
            moved: Vec::new(),
            effects: file_effects(receipt, self.clock.now(), kinds),
        };
        let opened = (taken > 0).then(|| Entry::Opened { receipt, effects: Vec::new() });
        let besides = opened.into_iter().collect();
        Ok(Judged { besides, ..Judged::of(checked) })
    }

    /// Carries the rows about one case to it; what came of each is a finding either way.
    fn carry_results(
        &self,
        file: &FileRecord,
        id: CaseId,
        rows: &[CenterRow],
    ) -> Result<Vec<Finding>, StoreError> {
        let all = |ja: String, en: &str| {
            let words = |_: &CenterRow| Err((ja.clone(), en.to_owned()));
            told(rows, words)
        };
        for _ in 0..TRIES_MAX {
            let Some(case) = self.store.case(id) else {
                let ja = "この申請番号の案件はありません。番号をご確認ください。";
                return Ok(all(ja.to_owned(), "there is no such case; check the number"));
            };
            let Some(answers) = self.answers_to(file, &case, rows) else {
                let ja = "この案件の明細が読めません。係にご連絡ください。";
                return Ok(all(ja.to_owned(), "the lines of the case cannot be read"));
            };
            match self.commit_answers(&case, &answers) {
                Ok(true) => {
                    self.free_errored(&case, &answers);
                    return Ok(answers.findings);
                }
                Ok(false) => {}
                Err(DecideError::Refused(why)) => {
                    return Ok(all(why.japanese(), &why.to_string()));
                }
                Err(DecideError::Store(failed)) => return Err(failed),
                Err(other) => {
                    let ja = "案件がほかの操作で動いています。この行をもう一度出してください。";
                    return Ok(all(ja.to_owned(), &format!("{other}; drop these rows again")));
                }
            }
        }
        let ja = "案件がほかの操作で動いています。この行をもう一度出してください。";
        Ok(all(ja.to_owned(), "the case keeps moving; drop these rows again"))
    }

    /// What the rows say of the lines of a case; nothing where its lines cannot be read.
    fn answers_to(&self, file: &FileRecord, case: &Case, rows: &[CenterRow]) -> Option<Answers> {
        let submitted = self.store.file(case.file.receipt)?;
        let lines = self.case_rows(&submitted, case, usize::MAX).ok()?;
        let lines: BTreeMap<u32, RecordRequest> =
            lines.into_iter().map(|row| (row.record, row.request)).collect();
        let mut answers = Answers {
            file: file.receipt,
            command: CommandId::of(&format!("results {} {}", file.receipt, case.head.id)),
            step: self.awaits_file(case),
            results: BTreeMap::new(),
            findings: Vec::new(),
            is_whole: false,
            is_good: false,
            consent: self.needs_consent(case),
            note: String::new(),
            lines,
        };
        let findings = told(rows, |row| self.answer_one(case, &mut answers, row));
        answers.findings = findings;
        let known = self.store.results_of(case.head.id);
        answers.is_whole = known.len() + answers.results.len() >= answers.lines.len();
        let recorded = |answer: &RowAnswer| matches!(answer, RowAnswer::Recorded(_));
        answers.is_good = known.iter().any(|line| recorded(&line.answer))
            || answers.results.values().any(|row| recorded(&row.answer));
        let notes = rows.iter().map(|row| row.note.as_str()).filter(|note| !note.is_empty());
        answers.note = notes.take(1).collect();
        Some(answers)
    }

    /// What one row says; it goes to the answers when it fits.
    fn answer_one(
        &self,
        case: &Case,
        answers: &mut Answers,
        row: &CenterRow,
    ) -> Result<Words, Words> {
        let err = |ja: &str, en: &str| Err((ja.to_owned(), en.to_owned()));
        let id = case.head.id;
        let good = || ("案件に伝えました。".to_owned(), "the case was told".to_owned());
        let only = answers.lines.len() == 1;
        let first = answers.lines.keys().next().copied();
        let wanted: Vec<u32> = match row.row.or(first.filter(|_| only)) {
            Some(line) if answers.lines.contains_key(&line) => vec![line],
            Some(_) => {
                return err(
                    "この案件に、この明細番号の行はありません。",
                    "the case has no such row",
                );
            }
            None if row.number.is_some() => {
                return err(
                    "明細番号を書いてください。記録番号は明細ごとに違います。",
                    "write the row; record numbers differ from row to row",
                );
            }
            None => answers.lines.keys().copied().collect(),
        };
        let known = |line: u32| self.store.result_of(id, line);
        let open: Vec<u32> = wanted
            .iter()
            .copied()
            .filter(|line| known(*line).is_none() && !answers.results.contains_key(line))
            .collect();
        let own = |line: &u32| known(*line).is_some_and(|line| line.from == answers.file);
        if open.is_empty() && wanted.iter().any(own) {
            // Carried before a stop.
            return Ok(good());
        }
        let Some(_) = answers.step.as_ref().filter(|_| !open.is_empty()) else {
            let status = case.head.status;
            let ja = format!(
                "この案件は結果を待っていません（いまは「{}」）。\
                 すでに届いた結果なら、何もする必要はありません。",
                status.japanese()
            );
            return Err((ja, format!("the case waits for no result; it is {}", status.name())));
        };
        let mut unnumbered = false;
        for line in open {
            let Some(request) = answers.lines.get(&line) else { continue };
            let (answer, change) = match row.answer {
                CenterAnswer::Good => {
                    let change = ClaimChange::of(request, row.number);
                    unnumbered |= change.is_none() && request.kind != RequestKind::Disclosure;
                    // It holds only once the other side has consented.
                    let change = change.filter(|_| !answers.consent);
                    (RowAnswer::Recorded(row.number), change)
                }
                CenterAnswer::Bad => {
                    let (code, note) = (row.error.clone(), row.note.clone());
                    (RowAnswer::Errored { code, note }, None)
                }
            };
            answers.results.insert(line, RowResult { row: line, answer, change });
        }
        if unnumbered {
            let ja = "案件に伝えました。記録番号がないため、債権の台帳には載りません。";
            let en = "the case was told; without a record number the claim is not kept";
            return Ok((ja.to_owned(), en.to_owned()));
        }
        Ok(good())
    }

    /// Commits what was answered, and with the last line that the case goes on.
    fn commit_answers(&self, case: &Case, answers: &Answers) -> Result<bool, DecideError> {
        let rows: Vec<&RowResult> = answers.results.values().collect();
        let (id, from) = (case.head.id, answers.file);
        let expect = vec![Expect { case: id, version: case.head.version }];
        let entry = |rows: &[&RowResult]| {
            let rows = rows.iter().map(|row| (*row).clone()).collect();
            Entry::Recorded(Box::new(Recorded { case: id, from, rows }))
        };
        let mut slices = rows.chunks(LINES_MAX).peekable();
        let mut last = Vec::new();
        while let Some(slice) = slices.next() {
            let entries = vec![entry(slice)];
            if slices.peek().is_none() {
                last = entries;
                break;
            }
            let commit = Commit { at: self.clock.now(), entries };
            if !self.commit_one(Batch { commit, expect: expect.clone() })? {
                return Ok(false);
            }
        }
        let Some(step) = answers.step.as_ref().filter(|_| answers.is_whole && !last.is_empty())
        else {
            if last.is_empty() {
                return Ok(true);
            }
            let commit = Commit { at: self.clock.now(), entries: last };
            return self.commit_one(Batch { commit, expect });
        };
        let outcome = if answers.is_good { Arrival::Ok } else { Arrival::Ng };
        let action = Action::arrival(outcome, step, &answers.note);
        let command = Command { id: answers.command, action };
        let definition = self.definition_of(case).ok_or(DecideError::Unknown(id))?;
        let (decision, now) = self.decide_on(case, &definition, None, &command)?;
        self.commit_decision(case, command.id, decision, (now, last))
    }

    /// Lines the institution did not record may be submitted again.
    fn free_errored(&self, case: &Case, answers: &Answers) {
        let errored = |row: &&RowResult| matches!(row.answer, RowAnswer::Errored { .. });
        let lines = answers.results.values().filter(errored);
        let keys: Vec<u64> =
            lines.filter_map(|row| Some(answers.lines.get(&row.row)?.business_key())).collect();
        self.store.forget_keys(case.head.id, &keys);
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

    /// What the institution did not record of a case, line by line, as a person is told.
    pub(super) fn errors_of(&self, case: &Case) -> Vec<Finding> {
        let lines = self.store.results_of(case.head.id).into_iter();
        let errors = lines.filter_map(|line| match line.answer {
            RowAnswer::Recorded(_) => None,
            RowAnswer::Errored { code, note } => Some((line.row, error_words(&code, &note))),
        });
        errors
            .map(|(row, (code, ja))| {
                let en = format!("the recording institution refused it: {code}");
                Finding { code, ..finding((row, 0), Severity::Error, String::new(), (ja, en)) }
            })
            .collect()
    }
}

/// An error of an institution in words: `口座相違（支店なし）`.
pub(super) fn error_words(told: &str, note: &str) -> (Code, String) {
    let code = center_error(told);
    let name = if code == Code::R99 && !told.is_empty() { told } else { center_error_name(code) };
    let note = if note.is_empty() { String::new() } else { format!("（{note}）") };
    (code, format!("{name}{note}"))
}

/// What the rows of a file say of one case.
struct Answers {
    file: crate::domain::ReceiptNo,
    command: CommandId,
    /// The step that waits for them; none where nothing does.
    step: Option<String>,
    /// The case's lines.
    lines: BTreeMap<u32, RecordRequest>,
    results: BTreeMap<u32, RowResult>,
    findings: Vec<Finding>,
    /// Whether every line is answered then.
    is_whole: bool,
    /// Whether any line was recorded.
    is_good: bool,
    /// Whether the other side is still to consent.
    consent: bool,
    /// What was told with them.
    note: String,
}

/// A finding for each row out of what came of it.
fn told(
    rows: &[CenterRow],
    mut outcome: impl FnMut(&CenterRow) -> Result<Words, Words>,
) -> Vec<Finding> {
    let each = rows.iter().map(|row| {
        let (severity, words) = match outcome(row) {
            Ok(words) => (Severity::Info, words),
            Err(words) => (Severity::Error, words),
        };
        finding((row.record, row.line), severity, row.case.to_string(), words)
    });
    each.collect()
}

pub(super) fn finding(
    (record, line): (u32, u32),
    severity: Severity,
    value: String,
    (ja, en): Words,
) -> Finding {
    Finding {
        record,
        line,
        column: 0,
        bytes: None,
        reference: None,
        field: None,
        code: Code::Result,
        severity,
        value,
        ja,
        en,
    }
}

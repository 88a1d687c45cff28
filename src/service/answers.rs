//! What each effect is made of: views filled from journal and record files, rendered to bytes.
//!
//! Every answer is a pure function of what was committed, so one made again after a crash is the
//! same to the byte; of a mail the signature is kept, see `made`.

use std::io;

use crate::domain::{
    CaseId, Code, Digest, Finding, RequestKind, Timestamp, UserNumber, Yen, YenTotal,
};
use crate::formats::{StoredError, StoredRow};
use crate::ports::{FileRecord, FileVerdict, LineResult, OpenedFlow, Parcel, RowAnswer, SignError};
use crate::render::results::{
    CancelNotice, ClearingManifest, FinalOutcome, FinalRow, write_clearing, write_final,
    write_final_json, write_result, write_result_json,
};
use crate::render::view::{FileView, KindTotal, Next, Outcome, RowView, SlipView};
use crate::render::{self, names, pdf};
use crate::workflow::{Case, Effect, EffectKind, EffectScope, Unit};

use super::Desk;
use super::case_paper::{Paper, outcome_of};
use super::open::RecordFile;
use super::result_rows::ResultRows;
use super::spill::Spill;
use super::whose::{Requester, in_a_line};

/// Why an answer could not be made. None passes by waiting but that nothing can be signed, or that
/// there is no room to make it.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The file or case is not known.
    #[error("{0} is not known")]
    Unknown(String),
    /// A template or a font fails.
    #[error(transparent)]
    Render(#[from] render::Error),
    /// The kept rows cannot be read.
    #[error(transparent)]
    Stored(#[from] StoredError),
    /// A kept file cannot be read.
    #[error("a kept file cannot be read")]
    Blob(#[from] io::Error),
    /// A mail cannot be signed now.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// A mail was signed before and would no longer say the same.
    #[error("a mail that was signed says something else now; it may be out as it was")]
    Changed,
}

pub(super) type Answer<T> = Result<T, AnswerError>;

impl Desk {
    /// The parcels of one effect that is no mail.
    pub(super) fn answer(&self, effect: &Effect) -> Answer<Vec<Parcel>> {
        if let EffectKind::ReturnedMail { notice, .. } = effect.kind {
            return self.returned_paper(effect, notice);
        }
        let Some(receipt) = effect.scope.receipt() else { return self.office_answer(effect) };
        let unknown = || AnswerError::Unknown(receipt.to_string());
        let file = self.store.file(receipt).ok_or_else(unknown)?;
        match &effect.kind {
            EffectKind::Result if file.is_proposal() => self.comparison(&file),
            EffectKind::Result if self.is_refused_rule(&file)? => self.rule_findings(&file),
            EffectKind::Result => self.result(&file),
            EffectKind::Final if file.is_proposal() => self.rule_end(&file),
            EffectKind::Final => self.final_result(&file),
            // Nothing is written out: it is carried out by `publish`.
            EffectKind::Publish => Ok(Vec::new()),
            EffectKind::Welcome { customer } => {
                self.welcome(&file, (self.case_of(effect)?.head.id, *customer))
            }
            EffectKind::Notified { customer } => self.notice(&file, effect, *customer),
            EffectKind::PasswordLetter { user, given } => {
                self.password_letter(&file, effect, (user, *given))
            }
            EffectKind::Slip => self.slip(&file),
            EffectKind::Receipt => self.receipt(&file, &self.case_of(effect)?, Paper::Receipt),
            EffectKind::Record => self.receipt(&file, &self.case_of(effect)?, Paper::Record),
            EffectKind::Disclosure { content } => {
                self.disclosure(&file, &self.case_of(effect)?, *content)
            }
            EffectKind::Clearing => self.clearing(&file, &self.case_of(effect)?),
            EffectKind::CancelNotice => self.cancel_notice(effect),
            EffectKind::Notice(_)
            | EffectKind::Request { .. }
            | EffectKind::Again { .. }
            | EffectKind::Repeated { .. }
            | EffectKind::Consult { .. }
            | EffectKind::Absence { .. }
            | EffectKind::FeeStatement { .. }
            | EffectKind::FeeNotice { .. }
            | EffectKind::FeeDebit { .. }
            | EffectKind::DueReminder { .. }
            | EffectKind::OtherSide { .. }
            | EffectKind::ContractNotice { .. }
            | EffectKind::Settled { .. }
            | EffectKind::Security(_)
            | EffectKind::ReturnedMail { .. }
            | EffectKind::Review { .. }
            | EffectKind::Decision { .. } => Err(unknown()),
        }
    }

    /// The parcels of what no file caused.
    fn office_answer(&self, effect: &Effect) -> Answer<Vec<Parcel>> {
        match effect.kind {
            EffectKind::FeeStatement { month, customer } => self.fee_statement(month, customer),
            EffectKind::FeeDebit { month } => self.debit_file(month),
            _ => Err(AnswerError::Unknown(effect.id().to_string())),
        }
    }

    /// Whether a file was a change of rules that did not hold.
    pub(super) fn is_refused_rule(&self, file: &FileRecord) -> Answer<bool> {
        let findings = self.findings(file)?;
        Ok(findings.first().is_some_and(|first| first.code == Code::Rules))
    }

    /// Where the visible file of an effect lies; the first of its parcels.
    pub(super) fn path_of(effect: &Effect) -> Option<String> {
        match (&effect.kind, effect.scope) {
            (EffectKind::Clearing, EffectScope::Case(case)) => Some(clearing_path(case)),
            _ => None,
        }
    }

    pub(super) fn case_of(&self, effect: &Effect) -> Answer<Case> {
        let unknown = || AnswerError::Unknown(effect.id().to_string());
        let EffectScope::Case(id) = effect.scope else { return Err(unknown()) };
        self.store.case(id).ok_or_else(unknown)
    }

    fn result(&self, file: &FileRecord) -> Answer<Vec<Parcel>> {
        let view = self.file_view(file);
        let encoding = file.submitter.encoding;
        let path = folder_of(file) + &names::result_csv(file.receipt, &file.name);
        let mut sheet = Spill::new(&*self.blobs);
        let rows = self.result_rows(file)?;
        let rules = self.rulebook();
        let words = &rules.answers.words;
        write_result(&mut sheet, &view, rows, encoding, words)?;
        let mut parcels = vec![Parcel::new(path, sheet.body()?)];
        if self.wants_json(file) {
            let mut json = Spill::new(&*self.blobs);
            write_result_json(&mut json, &view, self.result_rows(file)?)?;
            let path = folder_of(file) + &names::result_json(file.receipt, &file.name);
            parcels.push(Parcel::new(path, json.body()?));
        }
        parcels.extend(self.correction(file)?);
        parcels.extend(self.fax_reply(file)?);
        Ok(parcels)
    }

    fn wants_json(&self, file: &FileRecord) -> bool {
        self.rulebook().channels.get(&file.submitter.channel).is_some_and(|channel| channel.json)
    }

    /// One row for each record with its findings, those of the whole file first.
    ///
    /// Read as it is asked for: a bulk file's rows are never all in memory.
    fn result_rows(&self, file: &FileRecord) -> Answer<ResultRows> {
        let rows = file.record_file.map(|digest| self.record_file(digest)).transpose()?;
        Ok(ResultRows::new(file.clone(), rows, self.findings(file)?))
    }

    fn final_result(&self, file: &FileRecord) -> Answer<Vec<Parcel>> {
        let view = self.file_view(file);
        let path = folder_of(file) + &names::final_csv(file.receipt, &file.name);
        let mut sheet = Spill::new(&*self.blobs);
        let rules = self.rulebook();
        let words = &rules.answers.words;
        let encoding = file.submitter.encoding;
        write_final(&mut sheet, &view, self.final_rows(file)?, encoding, words)?;
        let mut parcels = vec![Parcel::new(path, sheet.body()?)];
        if self.wants_json(file) {
            let mut json = Spill::new(&*self.blobs);
            write_final_json(&mut json, &view, self.final_rows(file)?)?;
            let path = folder_of(file) + &names::final_json(file.receipt, &file.name);
            parcels.push(Parcel::new(path, json.body()?));
        }
        parcels.extend(self.outcome_file(file)?);
        parcels.extend(self.final_reply(file)?);
        Ok(parcels)
    }

    /// One row for each record with what became of it.
    pub(super) fn final_rows(
        &self,
        file: &FileRecord,
    ) -> Answer<impl Iterator<Item = io::Result<FinalRow>> + '_> {
        let mut batches: Vec<Option<Rest>> = Vec::new();
        for (n, flow) in (1..).zip(&file.flows) {
            let id = CaseId { receipt: file.receipt, n, row: None };
            let batch = (flow.unit == Unit::File).then(|| self.store.case(id)).flatten();
            batches.push(batch.map(|case| Rest { carved: case.head.carved(), case }));
        }
        let records = self.result_rows(file)?.filter(|row| {
            // The whole file's findings were told with the result.
            row.as_ref().map_or(true, |row| row.row.record > 0)
        });
        Ok(records.map(move |row| row.map(|row| self.final_row(row.row, &batches))))
    }

    fn final_row(&self, row: RowView, batches: &[Option<Rest>]) -> FinalRow {
        let case = row.case.and_then(|id| match id.row {
            None => {
                let rest = batches.get(usize::from(id.n).checked_sub(1)?)?.as_ref()?;
                match rest.carved.binary_search(&row.record) {
                    Ok(_) => self.store.case(CaseId { row: Some(row.record), ..id }),
                    Err(_) => Some(rest.case.clone()),
                }
            }
            Some(_) => self.store.case(id),
        });
        let last = case.as_ref().and_then(|case| case.head.votes.last());
        let line = case.as_ref().and_then(|case| self.store.result_of(case.head.id, row.record));
        let (number, error) = told_of(line.as_ref());
        let errored = line.is_some_and(|line| matches!(line.answer, RowAnswer::Errored { .. }));
        FinalRow {
            line: row.line,
            record: row.record,
            reference: row.reference,
            outcome: case.as_ref().map_or(FinalOutcome::Refused, |case| {
                let outcome = outcome_of(case.head.status);
                FinalOutcome::Decided(if errored { Outcome::Errored } else { outcome })
            }),
            number,
            error,
            case: case.as_ref().map_or(row.case, |case| Some(case.head.id)),
            name: last.map(|vote| vote.name.clone()).unwrap_or_default(),
            at: last.map(|vote| vote.at),
            reason: last.map(|vote| vote.reason.clone()).unwrap_or_default(),
        }
    }

    /// The rows of a file, as many as a paper shows.
    pub(super) fn rows_of(&self, file: &FileRecord) -> Answer<Vec<RowView>> {
        let rows = self.result_rows(file)?.filter_map(|row| match row {
            Ok(row) => (row.row.record > 0).then_some(Ok(row.row)),
            Err(error) => Some(Err(error)),
        });
        Ok(rows.take(pdf::ROWS_MAX).collect::<io::Result<_>>()?)
    }

    fn slip(&self, file: &FileRecord) -> Answer<Vec<Parcel>> {
        let rows = self.rows_of(file)?;
        let view = SlipView {
            desk: self.rulebook().answers.desk.clone(),
            file: self.file_view_of(file, &rows),
            rows,
            findings: self.findings(file)?,
            deadline: self.deadline_of(file),
            next: Self::next_of(file),
        };
        let path = folder_of(file) + &names::slip_pdf(file.receipt, &file.name);
        let pdf = pdf::slip(&view, &self.rulebook().answers.words)?;
        let mut parcels = vec![Parcel::new(path, pdf.bytes)];
        parcels.extend(self.forms_of(file)?);
        Ok(parcels)
    }

    /// The file for the clearing side, its companion first: whoever sees the file sees both.
    fn clearing(&self, file: &FileRecord, case: &Case) -> Answer<Vec<Parcel>> {
        let rows = self.record_file(case.file.record_file)?;
        let mut sheet = Spill::new(&*self.blobs);
        let mut lines = Vec::new();
        let requests = mine(&rows, file, case).map(|row| {
            let row = row.map_err(io::Error::other)?;
            lines.push(row.record);
            Ok(row.request)
        });
        let summary = write_clearing(&mut sheet, requests)?;
        let manifest = ClearingManifest {
            file: names::clearing_csv(case.head.id),
            cases: vec![case.head.id],
            rows: lines,
            content: self.content_of(case).unwrap_or_default(),
            summary,
        };
        let companion = format!("center/{}", names::clearing_manifest(case.head.id));
        Ok(vec![
            Parcel::new(companion, manifest.bytes()?),
            Parcel::new(clearing_path(case.head.id), sheet.body()?),
        ])
    }

    /// Tells the clearing side that what was sent on is called back.
    fn cancel_notice(&self, effect: &Effect) -> Answer<Vec<Parcel>> {
        let case = self.case_of(effect)?;
        let notes = case.head.aside.iter().flat_map(|aside| &aside.notes);
        let reason = notes.into_iter().last().map(|note| note.text.clone()).unwrap_or_default();
        let notice = CancelNotice {
            file: names::clearing_csv(case.head.id),
            case: case.head.id,
            content: self.content_of(&case).unwrap_or_default(),
            at: effect.at,
            reason,
        };
        let path = format!("center/{}", names::cancel_notice(case.head.id));
        Ok(vec![Parcel::new(path, notice.bytes()?)])
    }

    /// The rows a case covers, in file order, at most `limit`.
    pub(super) fn case_rows(
        &self,
        file: &FileRecord,
        case: &Case,
        limit: usize,
    ) -> Answer<Vec<StoredRow>> {
        let rows = self.record_file(case.file.record_file)?;
        Ok(mine(&rows, file, case).take(limit).collect::<Result<_, _>>()?)
    }

    /// Count and sum of each kind a case covers.
    pub(super) fn kinds_of(&self, file: &FileRecord, case: &Case) -> Answer<Vec<KindTotal>> {
        let scope = &case.head.scope;
        let flow = flow_of(file, case.head.id);
        if let Some([kind]) = flow.map(|flow| flow.kinds.as_slice()) {
            return Ok(vec![KindTotal { kind: *kind, count: scope.rows, total: scope.total }]);
        }
        let rows = self.record_file(case.file.record_file)?;
        let mut failed = None;
        let read = mine(&rows, file, case).map_while(|row| {
            let row = row.map_err(|error| failed = Some(error)).ok()?;
            Some((row.request.kind, row.request.amount))
        });
        let sums = sum_by_kind(read);
        failed.map_or(Ok(sums), |error| Err(error.into()))
    }

    /// What was found in a file.
    pub(super) fn findings(&self, file: &FileRecord) -> Answer<Vec<Finding>> {
        let Some(digest) = file.findings else { return Ok(Vec::new()) };
        let bytes = self.blobs.open(digest)?.read_all()?;
        Ok(crate::formats::read_findings(&bytes)?)
    }

    /// The file as papers show it: of a refused file nothing counts as taken in.
    pub(super) fn file_view(&self, file: &FileRecord) -> FileView {
        let rules = self.rulebook();
        let channel = rules.channels.get(&file.submitter.channel);
        let trial = file.verdict == FileVerdict::Tried;
        let taken = trial || matches!(file.verdict, FileVerdict::Opening | FileVerdict::Accepted);
        FileView {
            is_trial: trial,
            readers: self.readers_of(file),
            came: self.came_at(file),
            is_counter: self.is_counter(file),
            receipt: file.receipt,
            received: file.received_at,
            channel: channel.map_or_else(|| file.submitter.channel.clone(), |c| c.title.clone()),
            submitter: file.submitter.name.clone(),
            submitter_id: file.submitter.folder.clone(),
            requesters: None,
            name: file.name.clone(),
            digest: file.digest,
            records: file.records,
            accepted: if taken { file.accepted } else { 0 },
            rejected: if taken { file.rejected } else { file.records },
            total: if taken { file.total } else { YenTotal::default() },
        }
    }

    /// The same for a paper of these rows: with whose requests they are.
    pub(super) fn file_view_of(&self, file: &FileRecord, rows: &[RowView]) -> FileView {
        let requests = rows.iter().filter_map(|row| row.request.as_ref());
        let requesters =
            in_a_line(&self.requesters_among(file, requests), Requester::who_and_account);
        FileView { requesters, ..self.file_view(file) }
    }

    /// The earliest approval deadline of a file's cases.
    pub(super) fn deadline_of(&self, file: &FileRecord) -> Option<Timestamp> {
        let dates = file.flows.iter().map(|flow| flow.scope.record_date);
        dates.min().map(|date| self.rulebook().deadline.of(date))
    }

    /// What the submitter has to expect next.
    pub(super) fn next_of(file: &FileRecord) -> Next {
        use crate::domain::ApprovalPattern;
        match file.verdict {
            FileVerdict::Held { same_as } => Next::Held(same_as),
            // A trial is handed in once more when it is meant.
            FileVerdict::Rejected | FileVerdict::Tried => Next::SubmitterCorrects,
            FileVerdict::Received
            | FileVerdict::Opening
            | FileVerdict::Accepted
            | FileVerdict::Joined { .. }
            | FileVerdict::Keying => {
                let own = file.submitter.pattern != ApprovalPattern::None;
                if own && file.submitter.channel == "customers" {
                    Next::CustomerApproves
                } else {
                    Next::DeskApproves
                }
            }
        }
    }
}

/// The rows of a record file that a case covers, read as they are asked for.
fn mine<'r>(
    rows: &'r RecordFile,
    file: &'r FileRecord,
    case: &Case,
) -> Box<dyn Iterator<Item = Result<StoredRow, StoredError>> + 'r> {
    if let Some(row) = case.head.id.row {
        let gone = || StoredError::Damaged("a row of a case is missing");
        return Box::new(std::iter::once_with(move || rows.find(row)?.ok_or_else(gone)));
    }
    let flow = flow_of(file, case.head.id);
    let carved = case.head.carved();
    Box::new(rows.rows().filter(move |row| {
        let Ok(row) = row else { return true };
        let gone = carved.binary_search(&row.record).is_ok();
        !gone && flow.is_none_or(|flow| flow.kinds.contains(&row.request.kind))
    }))
}

/// A batch case with the lines that left it.
struct Rest {
    case: Case,
    carved: Vec<u32>,
}

/// `<channel>/<submitter>/`, the submitter's own folder in the outbox.
///
/// `center/` is for what is sent on, and for nothing else.
pub(super) fn folder_of(file: &FileRecord) -> String {
    let channel = match file.submitter.channel.as_str() {
        "center" => "results",
        other => other,
    };
    format!("{channel}/{}/", file.submitter.folder)
}

/// `customers/<user number>/`, for what a customer is told without having handed anything in.
pub(super) fn customer_folder(customer: UserNumber) -> String {
    format!("customers/{customer}/")
}

fn clearing_path(case: CaseId) -> String {
    format!("center/{}", names::clearing_csv(case))
}

/// The flow a case belongs to.
pub(super) fn flow_of(file: &FileRecord, case: CaseId) -> Option<&OpenedFlow> {
    file.flows.get(usize::from(case.n).checked_sub(1)?)
}

/// Count and sum by kind, in the order of the codes.
pub(super) fn sum_by_kind(
    rows: impl Iterator<Item = (RequestKind, Option<Yen>)>,
) -> Vec<KindTotal> {
    let mut sums = std::collections::BTreeMap::new();
    for (kind, amount) in rows {
        let (count, total) = sums.entry(kind).or_insert((0_u32, YenTotal::default()));
        *count += 1;
        *total = YenTotal::plus(*total, amount);
    }
    sums.into_iter().map(|(kind, (count, total))| KindTotal { kind, count, total }).collect()
}

/// The record number and the error of an answered line.
fn told_of(line: Option<&LineResult>) -> (String, String) {
    match line.map(|line| &line.answer) {
        Some(RowAnswer::Recorded(number)) => {
            (number.map(|number| number.to_string()).unwrap_or_default(), String::new())
        }
        Some(RowAnswer::Errored { code, note }) => {
            let (code, words) = super::results::error_words(code, note);
            (String::new(), format!("{code} {words}"))
        }
        None => (String::new(), String::new()),
    }
}

/// The digest of all parcels' bytes, the last one's for a clearing file.
pub(super) fn digest_of(parcels: &[Parcel]) -> Digest {
    parcels.last().map_or_else(Digest::default, |parcel| parcel.body.digest())
}

//! What CSV and XML share: one row after the other is judged, counted and handed on.

use super::keys::Keys;
use super::{Encoding, FileReport, Format, Intake, RowSink, both_names, file_finding};
use crate::domain::findings::Findings;
use crate::domain::rules::{Judge, Row, RowAmount};
use crate::domain::{
    Account, BranchCode, Code, Field, Finding, Origin, RecordRequest, RequestKind, Severity,
    UserNumber, YenTotal,
};

/// What the folder's name means, by channel (E_IDENTITY).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    UserNumber,
    BranchCode,
    Unchecked,
}

/// The rows of one file on their way.
pub(super) struct Batch<'a> {
    intake: &'a Intake<'a>,
    sink: &'a mut dyn RowSink,
    owner: Owner,
    /// The customer the folder is named by.
    own: Option<UserNumber>,
    judge: Judge<'a>,
    findings: Findings,
    keys: Keys,
    records: u32,
    accepted: u32,
    total: YenTotal,
    /// The sum of all amounts as written; none once one could not be read.
    sum: Option<u64>,
    /// Missing columns already reported, as bits.
    missing: u32,
    stranger_reported: bool,
    file_error: bool,
}

impl std::fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Batch").field("records", &self.records).finish_non_exhaustive()
    }
}

impl<'a> Batch<'a> {
    pub(super) fn new(intake: &'a Intake<'a>, sink: &'a mut dyn RowSink) -> Self {
        let owner = match intake.channel {
            "customers" | "test" => Owner::UserNumber,
            "branches" | "fax" => Owner::BranchCode,
            _ => Owner::Unchecked,
        };
        let own = (owner == Owner::UserNumber).then_some(intake.submitter);
        let on = (intake.on, Origin::of(intake.channel));
        Self {
            intake,
            sink,
            owner,
            own: own.and_then(|own| UserNumber::parse(own).ok()),
            judge: Judge::new(
                intake.calendar,
                intake.settings,
                on,
                (intake.claims, intake.customers),
            ),
            findings: Findings::new(intake.settings.findings_max),
            keys: Keys::default(),
            records: 0,
            accepted: 0,
            total: YenTotal::default(),
            sum: Some(0),
            missing: 0,
            stranger_reported: false,
            file_error: false,
        }
    }

    /// The number the next record will have.
    pub(super) const fn next_record(&self) -> u32 {
        self.records.saturating_add(1)
    }

    /// Judges one row whose number is [`Self::next_record`].
    pub(super) fn row(&mut self, row: &Row<'_>, has_gaiji: bool) {
        self.records = row.record;
        let row = &self.judge.fill(row, self.own, &mut self.findings);
        let judged = self.judge.judge(row, &mut self.findings);
        match judged.amount {
            RowAmount::Read(yen) => self.sum = self.sum.and_then(|sum| sum.checked_add(yen)),
            RowAmount::Unreadable => self.sum = None,
        }
        if judged.missing & !self.missing != 0 {
            self.report_missing(judged.missing);
        }
        self.check_owner(row);
        let account = judged.request.as_ref().map(|request| request.requester.account);
        let may = judged.kind.is_none_or(|kind| self.is_operated(row, kind, account));
        if (has_gaiji && self.report_gaiji(row)) || !may {
            return;
        }
        let Some(request) = judged.request else { return };
        let key = request.business_key();
        let first = self.keys.insert(key, row.record);
        let known = (self.intake.known)(key);
        if (first.is_some() || known.is_some()) && self.is_duplicate(row, &request, first, known) {
            return;
        }
        self.accepted = self.accepted.saturating_add(1);
        self.total = self.total.plus(request.amount);
        self.sink.accepted(row.record, row.line, &request, key);
    }

    /// A record that is no row of cells: reported, counted and left out.
    pub(super) fn bad_record(&mut self, mut finding: Finding) {
        self.records = self.records.saturating_add(1);
        self.sum = None;
        finding.record = self.records;
        self.findings.push(Severity::Error, || finding);
    }

    /// An error of the whole file.
    pub(super) fn file_error(&mut self, finding: Finding) {
        self.file_error = true;
        self.findings.push_file(finding);
    }

    /// Something worth knowing about the whole file.
    pub(super) fn file_info(&mut self, code: Code, line: u32, ja: &str, en: &str) {
        let mut finding = file_finding(code, line, String::new(), ja, en);
        finding.severity = Severity::Info;
        self.findings.push_file(finding);
    }

    /// Checks a control total: how many records, and what they sum up to (E_TOTAL).
    pub(super) fn check_total(&mut self, line: u32, count: Option<u64>, amount: Option<u64>) {
        let found = u64::from(self.records);
        if let Some(count) = count.filter(|count| *count != found) {
            self.file_error(file_finding(
                Code::Total,
                line,
                count.to_string(),
                &format!("件数が合いません: 書かれた件数は{count}、明細は{found}件です。どちらかを直してください。"),
                &format!("the count says {count}, there are {found} records; correct one of them"),
            ));
        }
        let sum = self.sum;
        if let (Some(amount), Some(sum)) = (amount, sum)
            && amount != sum
        {
            let (amount, sum) = (YenTotal::new(amount), YenTotal::new(sum));
            self.file_error(file_finding(
                Code::Total,
                line,
                amount.to_string(),
                &format!("合計金額が合いません: 書かれた合計は{amount}円、明細の合計は{sum}円です。どちらかを直してください。"),
                &format!("the total says {amount} yen, the records sum up to {sum}; correct one"),
            ));
        }
    }

    /// Checks the submitter a file names itself against its folder (E_IDENTITY).
    pub(super) fn check_submitter(&mut self, line: u32, named: &str) {
        if self.owner != Owner::Unchecked && !self.is_owner(named) {
            self.stranger(line, named);
        }
    }

    /// Reports each column the file lacks once (E_SCHEMA).
    pub(super) fn report_missing(&mut self, missing: u32) {
        for field in Field::ALL {
            let bit = 1_u32 << field.index();
            if missing & !self.missing & bit != 0 {
                let name = both_names(*field);
                let mut finding = file_finding(
                    Code::Schema,
                    0,
                    String::new(),
                    &format!("必要な列「{name}」がありません。見出しに列を足してください。"),
                    &format!("the required column {name} is missing; add it to the header"),
                );
                finding.field = Some(*field);
                self.file_error(finding);
            }
        }
        self.missing |= missing;
    }

    /// The report; the file's own errors leave no record accepted.
    pub(super) fn finish(mut self, format: Format, encoding: Encoding) -> FileReport {
        if self.records == 0 && !self.file_error {
            self.file_error(file_finding(
                Code::Empty,
                0,
                String::new(),
                "明細が1件もありません。見出しの下に明細を書いてください。",
                "there is no record below the header",
            ));
        }
        let (accepted, total) =
            if self.file_error { (0, YenTotal::default()) } else { (self.accepted, self.total) };
        FileReport {
            format,
            encoding,
            records: self.records,
            accepted,
            rejected: self.records.saturating_sub(accepted),
            total,
            finding_counts: self.findings.counts(),
            findings: self.findings.finish(),
            file_error: self.file_error,
        }
    }

    fn check_owner(&mut self, row: &Row<'_>) {
        let field = match self.owner {
            Owner::UserNumber => Field::RequesterUserNumber,
            Owner::BranchCode => Field::RequesterBranchCode,
            Owner::Unchecked => return,
        };
        let cell = row.cells.get(field.index()).map_or("", |cell| cell.trim());
        if self.is_owner(cell) {
            return;
        }
        // What is no number at all is D01, D02 or D04 already; a branch code may lack its zeros.
        let another = match self.owner {
            Owner::UserNumber => UserNumber::parse(cell).is_ok(),
            Owner::BranchCode => {
                let filled = format!("{cell:0>3}");
                !cell.is_empty() && BranchCode::parse(&filled).is_ok() && !self.is_owner(&filled)
            }
            Owner::Unchecked => false,
        };
        if another {
            self.stranger(row.line, cell);
        }
    }

    /// Whether the folder is of whoever has this number; a merged branch's may be named by both.
    fn is_owner(&self, number: &str) -> bool {
        number == self.intake.submitter
            || self.intake.also.iter().any(|branch| branch.as_str() == number)
    }

    fn stranger(&mut self, line: u32, named: &str) {
        if std::mem::replace(&mut self.stranger_reported, true) {
            return;
        }
        let folder = self.intake.submitter;
        let what = if self.owner == Owner::UserNumber { "利用者番号" } else { "支店番号" };
        let value: String = named.chars().take(40).collect();
        self.file_error(file_finding(
            Code::Identity,
            line,
            value,
            &format!("請求者の{what}がフォルダー({folder})と違います。ご自分のフォルダーに入れるか、請求者の{what}を直してください。"),
            &format!("the requester is not the owner of the folder {folder}; \
                      use your own folder or correct the requester"),
        ));
    }

    /// Whether whoever sent the file may hand in a row of this kind and from this account; one
    /// they may not is reported (E_AUTHORITY).
    fn is_operated(&mut self, row: &Row<'_>, kind: RequestKind, account: Option<Account>) -> bool {
        let operates = self.intake.operates;
        if !operates(kind, None) {
            self.report_kind(row, kind);
            return false;
        }
        let foreign = account.filter(|account| !operates(kind, Some(*account)));
        if let Some(account) = foreign {
            self.report_account(row, account);
        }
        foreign.is_none()
    }

    fn report_account(&mut self, row: &Row<'_>, account: Account) {
        let field = Field::RequesterAccountNumber;
        let column = row.columns.get(field.index()).copied().unwrap_or_default();
        self.findings.push(Severity::Error, || Finding {
            record: row.record,
            line: row.line,
            column,
            field: Some(field),
            code: Code::Authority,
            severity: Severity::Error,
            value: account.number.to_string(),
            ja: "この口座の請求をお出しになる権限（口座権限）がありません。権限のある方から\
                 お出しになるか、マスターユーザーにご依頼ください。"
                .to_owned(),
            en: "you may not operate this account; ask your master user".to_owned(),
        });
    }

    fn report_kind(&mut self, row: &Row<'_>, kind: RequestKind) {
        let column = row.columns.get(Field::RequestKind.index()).copied().unwrap_or_default();
        let name = kind.japanese();
        self.findings.push(Severity::Error, || Finding {
            record: row.record,
            line: row.line,
            column,
            field: Some(Field::RequestKind),
            code: Code::Authority,
            severity: Severity::Error,
            value: kind.code().to_string(),
            ja: format!(
                "「{name}」をお出しになる権限（操作）がありません。権限のある方からお出しになるか、\
                 マスターユーザーにご依頼ください。"
            ),
            en: format!("you may not operate {}; ask your master user", kind.name()),
        });
    }

    /// Whether a cell holds a character of a private use area (E_GAIJI).
    fn report_gaiji(&mut self, row: &Row<'_>) -> bool {
        let mut any = false;
        for field in Field::ALL {
            let cell = row.cells.get(field.index()).copied().unwrap_or_default();
            let Some(at) = cell.chars().position(is_gaiji) else { continue };
            any = true;
            let column = row.columns.get(field.index()).copied().unwrap_or_default();
            self.findings.push(Severity::Error, || Finding {
                record: row.record,
                line: row.line,
                column,
                field: Some(*field),
                code: Code::Gaiji,
                severity: Severity::Error,
                value: cell.chars().map(|c| if is_gaiji(c) { '〓' } else { c }).take(40).collect(),
                ja: format!("{}文字目が外字です。標準の文字かカナで書いてください。", at + 1),
                en: format!("character {} is private (gaiji); write a standard one", at + 1),
            });
        }
        any
    }

    /// Reports a row that was given before (E_DUP_KEY); an error only when it has a reference.
    fn is_duplicate(
        &mut self,
        row: &Row<'_>,
        request: &RecordRequest,
        first: Option<u32>,
        known: Option<String>,
    ) -> bool {
        let has_ref = !request.requester_ref.is_empty();
        let severity = if has_ref { Severity::Error } else { Severity::Warning };
        let (ja, en) = match (first, known) {
            (Some(first), _) => (
                format!("このファイルの{first}件目と同じ内容です。"),
                format!("the same as record {first} of this file; "),
            ),
            (None, known) => {
                let known = known.unwrap_or_default();
                (
                    format!("すでに受け付けたもの({known})と同じ内容です。"),
                    format!("already received as {known}; "),
                )
            }
        };
        let column = row.columns.get(Field::RequesterRef.index()).copied().unwrap_or_default();
        self.findings.push(severity, || Finding {
            record: row.record,
            line: row.line,
            column,
            field: Some(Field::RequesterRef),
            code: Code::DupKey,
            severity,
            value: request.requester_ref.clone(),
            ja: format!("{ja}重複なら削除し、別の請求なら請求者RefNoを変えてください。"),
            en: format!("{en}remove it, or give another requester_ref if it is another request"),
        });
        has_ref
    }
}

/// Whether `c` belongs to a private use area.
pub(super) fn is_gaiji(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10fffd}')
}

//! What all forms of a file share: one row after the other is judged, counted and handed on.

use std::io;

use super::keys::Keys;
use super::{Encoding, FileReport, Format, Intake, RowSink, both_names, file_finding};
use crate::domain::findings::Findings;
use crate::domain::invisible::{is_invisible, name_of, visible};
use crate::domain::rules::{Judge, Row, RowAmount};
use crate::domain::{
    Account, BranchCode, BytePlace, Code, Field, Finding, Origin, RecordRequest, RequestKind,
    Severity, UserNumber, YenTotal,
};

/// What the folder's name means, by channel (E_IDENTITY).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    UserNumber,
    BranchCode,
    Unchecked,
}

/// What a reader knows of a row before it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doubt {
    /// Nothing against it.
    None,
    /// Characters of a private use area, or that show nothing, may be in it.
    Odd,
    /// An error in it was told already: it is judged for what else is wrong, and not taken in.
    Told,
}

/// The line of what does not stand in the file itself.
const BESIDE: u32 = 0;

/// What stands before what is said of a manifest.
const MANIFEST: &str = "manifest.json の";

/// The rows of one file on their way.
pub(super) struct Batch<'a> {
    intake: &'a Intake<'a>,
    sink: &'a mut dyn RowSink,
    owner: Owner,
    /// The customer the folder is named by.
    own: Option<UserNumber>,
    judge: Judge<'a>,
    findings: Findings,
    keys: Keys<'a>,
    records: u32,
    accepted: u32,
    total: YenTotal,
    /// The sum of all amounts as written; none once one could not be read.
    sum: Option<u64>,
    /// Missing columns already reported, as bits.
    missing: u32,
    stranger_reported: bool,
    file_error: bool,
    /// How many errors of rows the sink was told of.
    told: usize,
    /// What people call the profile the file is read by, if it is by one.
    by_profile: Option<&'a str>,
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
            keys: Keys::new(intake.scratch),
            records: 0,
            accepted: 0,
            total: YenTotal::default(),
            sum: Some(0),
            missing: 0,
            stranger_reported: false,
            file_error: false,
            told: 0,
            by_profile: None,
        }
    }

    /// What is known of the file beforehand.
    pub(super) const fn intake(&self) -> &'a Intake<'a> {
        self.intake
    }

    /// The number the next record will have.
    pub(super) const fn next_record(&self) -> u32 {
        self.records.saturating_add(1)
    }

    /// Judges one row whose number is [`Self::next_record`].
    pub(super) fn row(&mut self, row: &Row<'_>, doubt: Doubt) {
        self.take(row, doubt);
        self.tell_errors();
    }

    /// Tells the errors that were not told yet.
    fn tell_errors(&mut self) {
        let errors = self.findings.errors();
        for error in errors.get(self.told..).unwrap_or_default() {
            self.sink.found(error);
        }
        self.told = errors.len();
    }

    fn take(&mut self, row: &Row<'_>, doubt: Doubt) {
        self.records = row.record;
        self.sink.row(row);
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
        if (doubt == Doubt::Odd && self.report_odd(row)) || doubt == Doubt::Told || !may {
            return;
        }
        let Some(request) = judged.request else { return };
        let key = request.business_key();
        let first = self.keys.insert(key, row.record);
        let known = (self.intake.known)(key, &request);
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
        self.tell_errors();
    }

    /// A record that cannot be judged because of what was told of the file already.
    pub(super) const fn unread_record(&mut self) {
        self.records = self.records.saturating_add(1);
        self.sum = None;
    }

    /// Something in the record whose number is [`Self::next_record`], whatever its weight.
    pub(super) fn note(&mut self, mut finding: Finding) {
        finding.record = self.next_record();
        self.findings.push(finding.severity, || finding);
    }

    /// Something about the whole file that does not keep it from being taken in.
    pub(super) fn file_note(&mut self, finding: Finding) {
        self.findings.push_file(finding);
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

    /// The file is larger than allowed (E_SIZE).
    pub(super) fn too_large(&mut self) {
        self.file_error(file_finding(
            Code::Size,
            0,
            self.intake.settings.file_len_max.to_string(),
            "ファイルが大きすぎます。分けてお出しください。",
            "the file is too large; split it",
        ));
    }

    /// Checks a control total: how many records, and what they sum up to (E_TOTAL). It stands in
    /// a line of the file, or [`BESIDE`] it.
    pub(super) fn check_total(&mut self, line: u32, count: Option<u64>, amount: Option<u64>) {
        let found = u64::from(self.records);
        let (ja, en) = if line == BESIDE { (MANIFEST, "the manifest: ") } else { ("", "") };
        if let Some(count) = count.filter(|count| *count != found) {
            self.file_error(file_finding(
                Code::Total,
                line,
                count.to_string(),
                &format!(
                    "{ja}件数が合いません: 書かれた件数は{count}、明細は{found}件です。\
                     どちらかを直してください。"
                ),
                &format!(
                    "{en}the count says {count}, there are {found} records; correct one of them"
                ),
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
                &format!(
                    "{ja}合計金額が合いません: 書かれた合計は{amount}円、明細の合計は{sum}円です。\
                     どちらかを直してください。"
                ),
                &format!(
                    "{en}the total says {amount} yen, the records sum up to {sum}; correct one"
                ),
            ));
        }
    }

    /// Checks the submitter a file names itself against its folder (E_IDENTITY).
    pub(super) fn check_submitter(&mut self, line: u32, named: &str) {
        if self.owner != Owner::Unchecked && !self.is_owner(named) {
            self.stranger((line, None), named);
        }
    }

    /// The file is read by a profile, which `told` fields it lacks were told of already.
    pub(super) const fn is_by_profile(&mut self, title: &'a str, told: u32) {
        self.by_profile = Some(title);
        self.missing |= told;
    }

    /// Reports each column the file lacks once (E_SCHEMA).
    pub(super) fn report_missing(&mut self, missing: u32) {
        for field in Field::ALL {
            let bit = 1_u32 << field.index();
            if missing & !self.missing & bit != 0 {
                let name = both_names(*field);
                let (ja, en) = match self.by_profile {
                    None => (
                        format!("必要な列「{name}」がありません。見出しに列を足してください。"),
                        format!("the required column {name} is missing; add it to the header"),
                    ),
                    Some(title) => (
                        format!(
                            "必要な「{name}」が、変換表「{title}」では空欄で、利用者台帳からも\
                             補えません。お取引店にお問い合わせください。"
                        ),
                        format!(
                            "the profile `{title}` leaves {name} blank, and the register of \
                             customers does not know it; ask your branch"
                        ),
                    ),
                };
                let mut finding = file_finding(Code::Schema, 0, String::new(), &ja, &en);
                finding.field = Some(*field);
                self.file_error(finding);
            }
        }
        self.missing |= missing;
    }

    /// The report; the file's own errors leave no record accepted. Errs when it could not be told
    /// which rows are given twice.
    pub(super) fn finish(mut self, format: Format, encoding: Encoding) -> io::Result<FileReport> {
        if let Some(error) = self.keys.take_io_error() {
            return Err(error);
        }
        if self.records > 0 && !self.file_error {
            let promised = self.intake.promised;
            self.check_total(BESIDE, promised.records, promised.amount_total);
        }
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
        Ok(FileReport {
            format,
            encoding,
            records: self.records,
            accepted,
            rejected: self.records.saturating_sub(accepted),
            total,
            finding_counts: self.findings.counts(),
            findings: self.findings.finish(),
            file_error: self.file_error,
        })
    }

    fn check_owner(&mut self, row: &Row<'_>) {
        self.check_form(row);
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
            self.stranger((row.line, row.place(field).1), cell);
        }
    }

    /// Holds a row's requester against whose paper it is (E_IDENTITY): a form of one customer is no
    /// request of another, and the answer goes to the first.
    fn check_form(&mut self, row: &Row<'_>) {
        let field = Field::RequesterUserNumber;
        let cell = row.cells.get(field.index()).map_or("", |cell| cell.trim());
        let (Some(meant), Ok(named)) = (self.intake.promised.requester, UserNumber::parse(cell))
        else {
            return;
        };
        if named == meant || std::mem::replace(&mut self.stranger_reported, true) {
            return;
        }
        let (line, bytes) = (row.line, row.place(field).1);
        let ja = format!(
            "この書面は利用者番号{meant}のお客様のものですが、請求者の利用者番号が{named}です。\
             入力をお確かめください。書面にそう書かれているときは受け付けられません。\
             {named}のお客様の用紙でお出しいただいてください。"
        );
        let en = format!(
            "this paper is that of {meant}, but the requester is {named}; check the typing; if the \
             paper says so it cannot be taken in: ask for a form of {named}"
        );
        let finding = file_finding(Code::Identity, line, named.to_string(), &ja, &en);
        self.file_error(Finding { bytes, ..finding });
    }

    /// Whether the folder is of whoever has this number; a merged branch's may be named by both.
    fn is_owner(&self, number: &str) -> bool {
        number == self.intake.submitter
            || self.intake.also.iter().any(|branch| branch.as_str() == number)
    }

    fn stranger(&mut self, (line, bytes): (u32, Option<Box<BytePlace>>), named: &str) {
        if std::mem::replace(&mut self.stranger_reported, true) {
            return;
        }
        let folder = self.intake.submitter;
        let what = if self.owner == Owner::UserNumber { "利用者番号" } else { "支店番号" };
        let value: String = named.chars().take(40).collect();
        let finding = file_finding(
            Code::Identity,
            line,
            value,
            &format!(
                "請求者の{what}がフォルダー({folder})と違います。ご自分のフォルダーに入れるか、請求者の{what}を直してください。"
            ),
            &format!(
                "the requester is not the owner of the folder {folder}; \
                      use your own folder or correct the requester"
            ),
        );
        self.file_error(Finding { bytes, ..finding });
    }

    /// Whether whoever sent the file may hand in a row of this kind and from this account; one
    /// they may not is reported (E_AUTHORITY).
    fn is_operated(&mut self, row: &Row<'_>, kind: RequestKind, account: Option<Account>) -> bool {
        if !(self.intake.takes)(kind) {
            self.report_closed(row, kind);
            return false;
        }
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

    /// A kind of request that does not come by this channel (C01).
    fn report_closed(&mut self, row: &Row<'_>, kind: RequestKind) {
        self.findings.push(Severity::Error, || {
            let words = (
                "この請求種別は、この経路ではお受けしていません。ほかの経路でお出しください。"
                    .to_owned(),
                "requests of this kind do not come this way; hand it in another way".to_owned(),
            );
            let told = (Code::C01, Severity::Error);
            row.finding(told, Field::RequestKind, kind.code().to_string(), words)
        });
    }

    fn report_account(&mut self, row: &Row<'_>, account: Account) {
        let field = Field::RequesterAccountNumber;
        let told = (Code::Authority, Severity::Error);
        self.findings.push(Severity::Error, || {
            let words = (
                "この口座の請求をお出しになる権限（口座権限）がありません。権限のある方から\
                 お出しになるか、マスターユーザーにご依頼ください。"
                    .to_owned(),
                "you may not operate this account; ask your master user".to_owned(),
            );
            row.finding(told, field, account.number.to_string(), words)
        });
    }

    fn report_kind(&mut self, row: &Row<'_>, kind: RequestKind) {
        let (told, name) = ((Code::Authority, Severity::Error), kind.japanese());
        self.findings.push(Severity::Error, || {
            let words = (
                format!(
                    "「{name}」をお出しになる権限（操作）がありません。権限のある方からお出しに\
                     なるか、マスターユーザーにご依頼ください。"
                ),
                format!("you may not operate {}; ask your master user", kind.name()),
            );
            row.finding(told, Field::RequestKind, kind.code().to_string(), words)
        });
    }

    /// Whether a cell holds a character of a private use area (E_GAIJI) or one that shows nothing
    /// (F07): the approver would not see what is written.
    fn report_odd(&mut self, row: &Row<'_>) -> bool {
        let mut any = false;
        for field in Field::ALL {
            let cell = row.cells.get(field.index()).copied().unwrap_or_default();
            if let Some((at, c)) = cell.chars().enumerate().find(|(_, c)| is_invisible(*c)) {
                any = true;
                let (at, name) = (at + 1, name_of(c));
                self.findings.push(Severity::Error, || {
                    let words = (
                        format!(
                            "{at}文字目に、目に見えない文字({name})があります。取り除いてください。"
                        ),
                        format!("character {at} ({name}) shows nothing; remove it"),
                    );
                    let value = visible(cell).chars().take(40).collect();
                    row.finding((Code::F07, Severity::Error), *field, value, words)
                });
            }
            let Some(at) = cell.chars().position(is_gaiji) else { continue };
            any = true;
            self.findings.push(Severity::Error, || {
                let shown = visible(cell);
                let value = shown.chars().map(|c| if is_gaiji(c) { '〓' } else { c });
                let words = (
                    format!("{}文字目が外字です。標準の文字かカナで書いてください。", at + 1),
                    format!("character {} is private (gaiji); write a standard one", at + 1),
                );
                row.finding((Code::Gaiji, Severity::Error), *field, value.take(40).collect(), words)
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
        self.findings.push(severity, || {
            let words = (
                format!("{ja}重複なら削除し、別の請求なら請求者RefNoを変えてください。"),
                format!("{en}remove it, or give another requester_ref if it is another request"),
            );
            let value = request.requester_ref.clone();
            row.finding((Code::DupKey, severity), Field::RequesterRef, value, words)
        });
        has_ref
    }
}

/// Whether `c` belongs to a private use area.
pub(super) fn is_gaiji(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10fffd}')
}

//! What an answer is made of: plain data, filled by the service from journal and record files.
//!
//! Nothing here computes. Amounts are whole yen, times are Tokyo times, names are as people write
//! them. Read [`SlipView`] for a file's answer and [`ReceiptView`] for a case's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::draw::Route;
use crate::domain::fees::{Bill, ContractKind};
use crate::domain::{
    Account, CaseId, Customer, Date, Digest, Finding, ReceiptNo, RecordNumber, RecordRequest,
    RequestKind, Timestamp, UserId, UserNumber, Yen, YenTotal,
};

/// Whether papers and mails are for real.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Real customers, real claims.
    #[default]
    Production,
    /// Marked 【テスト】 everywhere; all mail goes to one address.
    Test,
}

/// The desk that answers: printed at the head of papers and at the foot of mails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Desk {
    /// The institution's name, e.g. 米沢信用金庫.
    pub institution: String,
    /// The handling branch (取扱店), e.g. 本店営業部.
    pub branch: String,
    /// Telephone number as printed.
    pub phone: String,
    /// Opening hours as printed, e.g. 平日 9:00～17:00.
    pub hours: String,
    /// Whether this is for real.
    pub environment: Environment,
}

/// A request form for the FAX, for one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestFormView {
    /// Who takes it.
    pub desk: Desk,
    /// When it was made.
    pub made: Timestamp,
    /// What the QR code of each sheet says.
    pub codes: Vec<String>,
    /// Its own number as it is printed, e.g. 01234-56789.
    pub number: String,
    /// 利用者番号.
    pub customer: UserNumber,
    /// The customer's name.
    pub name: String,
    /// The accounts requests may be made with.
    pub accounts: Vec<Account>,
    /// The kinds of request that may come this way.
    pub kinds: Vec<RequestKind>,
}

/// A file that was taken in or refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileView {
    /// 受付番号.
    pub receipt: ReceiptNo,
    /// 受付日時.
    pub received: Timestamp,
    /// The channel as people call it, e.g. お客様フォルダー.
    pub channel: String,
    /// The submitter's name on papers.
    pub submitter: String,
    /// The submitter's user number or branch code.
    pub submitter_id: String,
    /// Whose requests they are, in a line, where somebody else handed them in.
    pub requesters: Option<String>,
    /// The file's own name.
    pub name: String,
    /// SHA-256 of the file as it was received.
    pub digest: Digest,
    /// Records in the file.
    pub records: u32,
    /// Records taken in.
    pub accepted: u32,
    /// Records refused.
    pub rejected: u32,
    /// Sum of the amounts of the records taken in.
    pub total: YenTotal,
    /// Whether it was only tried out: then nothing is taken in, and the counts say what would be.
    pub is_trial: bool,
    /// Who keyed it in, where it is a scanned paper; the digest is then of the scan.
    pub readers: Vec<String>,
    /// When the paper came, as two of them read it.
    pub came: Option<Timestamp>,
    /// Whether that paper was handed in over the counter and there is no picture of it.
    pub is_counter: bool,
}

impl FileView {
    /// The word for whoever handed it in: the requester, or a branch for somebody else.
    pub const fn submitter_label(&self) -> &'static str {
        if self.requesters.is_some() { "label.brought" } else { "label.submitter" }
    }
}

/// What became of a record at intake (判定).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// 受付.
    Accepted,
    /// 警告: taken in, with something a person should look at.
    Warning,
    /// 保留: waits, e.g. as a suspected duplicate.
    Held,
    /// エラー: not taken in.
    Rejected,
}

/// One record of a file, in a table or a result file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowView {
    /// Which record, from 1.
    pub record: u32,
    /// Physical line where it begins, header line 1; 0 when it has none (XML).
    pub line: u32,
    /// 判定.
    pub verdict: Verdict,
    /// 請求者RefNo as the submitter wrote it; may be empty.
    pub reference: String,
    /// The case that carries it; none when it was refused.
    pub case: Option<CaseId>,
    /// The request; none when it could not be read as one.
    pub request: Option<RecordRequest>,
}

/// What a submitter has to expect next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// The customer's own approvers decide first, then the bank.
    CustomerApproves,
    /// The bank decides.
    DeskApproves,
    /// Nothing goes on before the submitter sends a corrected file.
    SubmitterCorrects,
    /// Held as a duplicate of the file with this receipt number.
    Held(ReceiptNo),
}

/// A 受付票: the slip for one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SlipView {
    /// Who answers.
    pub desk: Desk,
    /// The file.
    pub file: FileView,
    /// Its records in file order; at most [`super::pdf::ROWS_MAX`] are printed.
    pub rows: Vec<RowView>,
    /// What was found, in file order.
    pub findings: Vec<Finding>,
    /// 承認期限, when something waits for approval.
    pub deadline: Option<Timestamp>,
    /// What happens next.
    pub next: Next,
}

/// A 承認待ち一覧: what waits at a branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitingListView {
    /// Whose list it is: the branch's own name and telephone number.
    pub desk: Desk,
    /// The branch's code.
    pub code: String,
    /// As of when.
    pub at: Timestamp,
    /// What waits, soonest deadline first.
    pub items: Vec<WaitingItem>,
    /// Names and telephone numbers, the branch's own first.
    pub phones: Vec<(String, String)>,
}

/// A case in a 承認待ち一覧.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitingItem {
    /// 申請番号.
    pub case: String,
    /// The submitter's name.
    pub submitter: String,
    /// The flow's name on papers.
    pub title: String,
    /// How many records.
    pub count: u32,
    /// The sum of their amounts.
    pub total: YenTotal,
    /// When it must be decided.
    pub deadline: Option<Timestamp>,
    /// Whether it takes longer than its flow promises.
    #[serde(default)]
    pub is_late: bool,
    /// Where it stands, in Japanese.
    pub status: String,
    /// The seals it waits for, e.g. 照査.
    pub seat: String,
    /// The names of those who may give them.
    pub people: Vec<String>,
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// 承認.
    Approved,
    /// 差戻し.
    Returned,
    /// 否認.
    Rejected,
    /// 引戻し.
    Withdrawn,
    /// 記録済み.
    Recorded,
    /// 記録エラー.
    Errored,
}

/// What a person or the desk did to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// 受付: the file came in.
    Received,
    /// 承認: this vote gets a stamp.
    Approved,
    /// 差戻し.
    Returned,
    /// 否認.
    Rejected,
    /// 辞退: the person took no part.
    Abstained,
    /// 再提出, 引戻し, 保留, 保留解除, 相談 or 再割当.
    Noted(&'static str),
    /// 承認（取消）: an approval that was given anew later.
    Void,
    /// 切離し: some lines left the case.
    Carved,
}

/// One line of a case's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActView {
    /// When.
    pub at: Timestamp,
    /// What.
    pub act: Act,
    /// The seat, e.g. 照査, 決裁, 承認; empty for the desk's own acts.
    pub seat: String,
    /// The full name as written, family name first and set off by a space.
    pub name: String,
    /// Where the person belongs, e.g. 本店営業部.
    pub organisation: String,
    /// The person's words; may be empty.
    pub comment: String,
}

/// Count and sum of one kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct KindTotal {
    /// 請求種別.
    pub kind: RequestKind,
    /// How many.
    pub count: u32,
    /// How much.
    pub total: YenTotal,
}

/// A 承認票 (or 差戻し票, 否認票): the receipt for one case that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptView {
    /// Who answers.
    pub desk: Desk,
    /// The case's file.
    pub file: FileView,
    /// 申請番号.
    pub case: CaseId,
    /// The workflow as people call it.
    pub workflow: String,
    /// How it ended.
    pub outcome: Outcome,
    /// When it ended.
    pub decided: Timestamp,
    /// 承認期限.
    pub deadline: Option<Timestamp>,
    /// Records in the case.
    pub records: u32,
    /// Their sum.
    pub total: YenTotal,
    /// The same by kind, in the order of the codes.
    pub kinds: Vec<KindTotal>,
    /// The way it went, drawn as a strip of its stations.
    pub route: Route,
    /// The history, oldest first.
    pub acts: Vec<ActView>,
    /// The records in file order; at most [`super::pdf::ROWS_MAX`] are printed.
    pub rows: Vec<RowView>,
    /// Lines that left the case, one text for each decision that took some out.
    pub carved: Vec<String>,
    /// Lines the clearing side did not record, one text each.
    pub errors: Vec<String>,
    /// The content digest every approver saw.
    pub content: Digest,
}

/// What people decide on that is no request: the bank's own rules, or contracts of customers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A flow, a table, a calendar, a golden test.
    Rule,
    /// An application, or a list of customers.
    Contract,
}

/// A 新旧対照表: a proposed change of a flow, a table, a calendar or a golden test; or of contracts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparisonView {
    /// Who answers.
    pub desk: Desk,
    /// The dropped file.
    pub file: FileView,
    /// 申請番号 of the publication case.
    pub case: CaseId,
    /// What is changed, e.g. 判断表.
    pub kind: String,
    /// Whether it is a rule or a contract.
    pub subject: Subject,
    /// Where it will lie, e.g. `workflows/tables/kengen.csv`.
    pub place: String,
    /// From when on, in words.
    pub effective: String,
    /// Until when it must be approved.
    pub deadline: Timestamp,
    /// SHA-256 of what is in force; none for a new file.
    pub old_digest: Option<Digest>,
    /// The text in force; empty for a new file.
    pub old: String,
    /// The proposed text.
    pub new: String,
    /// What was proved, a sentence each.
    pub proof: Vec<String>,
    /// What it would have done to past cases, a line each.
    pub impact: Vec<String>,
    /// The content digest every approver sees.
    pub content: Digest,
}

/// A ご案内状: what a new customer is told when the contract begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WelcomeView {
    /// Who answers.
    pub desk: Desk,
    /// 申請番号 of the application.
    pub case: CaseId,
    /// When the contract came into the register.
    pub made: Timestamp,
    /// The customer.
    pub customer: Customer,
    /// The day of the first debit of fees.
    pub first_debit: Date,
}

/// An お知らせ: what happened to a customer's claims without the customer having asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeView {
    /// Who answers.
    pub desk: Desk,
    /// What it is about.
    pub news: News,
    /// お知らせ番号.
    pub number: String,
    /// When it happened.
    pub made: Timestamp,
    /// The customer's name on papers.
    pub customer: String,
    /// The customer's number.
    pub user: UserNumber,
    /// Each claim.
    pub lines: Vec<NoticeLine>,
}

/// What an お知らせ tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Something was recorded at the request of somebody, whose name on papers this is.
    Recorded(String),
    /// Claims were paid when they fell due.
    Settled,
    /// Some claims were not paid when they fell due.
    Defaulted,
}

/// A claim in an お知らせ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeLine {
    /// What happened to it, e.g. 譲渡, 決済済.
    pub what: &'static str,
    /// Its record number, where it is known.
    pub number: Option<RecordNumber>,
    /// 債権金額, where it is known.
    pub amount: Option<Yen>,
    /// 支払期日, where it is known.
    pub due: Option<Date>,
}

/// A メールが届かなかったお知らせ: what somebody was to be told whose mail came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnedView {
    /// The branch that hands it over.
    pub desk: Desk,
    /// Its own お知らせ番号.
    pub number: String,
    /// When the mail came back.
    pub made: Timestamp,
    /// Whose it is.
    pub to: Addressee,
    /// The address the mail went to.
    pub address: String,
    /// Why it did not arrive, in the words of the server.
    pub why: String,
    /// What it told.
    pub lines: Vec<ReturnedLine>,
}

/// Whom a paper is for, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Addressee {
    /// A person: 様.
    Person(String),
    /// A company, or a branch: 御中.
    Company(String),
}

/// A notice in a mail that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnedLine {
    /// お知らせ番号.
    pub number: String,
    /// What it is, e.g. 承認のお願い.
    pub what: &'static str,
    /// 受付番号 or 申請番号; empty where it is about neither.
    pub about: String,
    /// When it was sent.
    pub sent: Timestamp,
}

/// What is handed over in a closed envelope. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub enum HandedOut {
    /// 仮パスワード.
    Passwords {
        /// For the first login.
        login: String,
        /// For the first choice of an approval password.
        approval: String,
        /// 受取番号 of a certificate, where they need one to come in.
        number: Option<String>,
    },
    /// 受取番号 of an electronic certificate.
    Number(String),
}

impl std::fmt::Debug for HandedOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// A 仮パスワードのお知らせ or 受取番号のお知らせ: what somebody begins with who is to choose
/// passwords, or to take a certificate.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordView {
    /// Who answers.
    pub desk: Desk,
    /// 申請番号.
    pub case: CaseId,
    /// When they were given.
    pub made: Timestamp,
    /// Whose.
    pub name: String,
    /// The user ID.
    pub user: UserId,
    /// What they begin with.
    pub secrets: HandedOut,
    /// Until when it opens.
    pub until: Timestamp,
    /// Where the pages are.
    pub pages: String,
    /// The fewest characters of what is chosen.
    pub shortest: usize,
}

impl std::fmt::Debug for PasswordView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PasswordView(*** of {})", self.user)
    }
}

/// A 手数料計算書: what a customer pays for a month, and when it is debited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeeStatementView {
    /// Who answers.
    pub desk: Desk,
    /// The statement's own number, of digits, capitals and `-`: month and user number, so that a
    /// statement made again has the same one, e.g. `202607-1AB2CD3EF`.
    pub number: String,
    /// When it was made.
    pub made: Timestamp,
    /// The customer's name on papers.
    pub customer: String,
    /// The type of its contract.
    pub contract: ContractKind,
    /// What is paid for; where its total is zero, nothing is debited.
    pub bill: Bill,
    /// The day of the debit.
    pub debit_day: Date,
    /// The account as it may be printed: bank, branch and type with a masked number.
    pub account: String,
}

/// A form to be printed, signed and sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormView {
    /// The institution it is for, and its branch.
    pub desk: Desk,
    /// What is asked for.
    pub kind: RequestKind,
    /// When it was made.
    pub made: Timestamp,
    /// What is known of the request; the default leaves everything for the pen.
    pub filled: Filled,
}

/// What a form is filled in with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled {
    /// Texts by the names of [`super::forms::NAMES`]; what is not known has none.
    pub values: BTreeMap<String, String>,
    /// Who must sign, as far as it is known.
    pub parties: Vec<FormParty>,
}

/// Somebody who signs a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormParty {
    /// As what, e.g. 債務者.
    pub role: String,
    /// 利用者番号.
    pub number: String,
    /// The name, where it is known.
    pub name: String,
}

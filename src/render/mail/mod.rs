//! Mails: plain text first, deterministic to the byte but for the signature.
//!
//! Date, Message-ID and MIME boundaries come from the effect. A [`Mail`] is only made of an
//! [`Unsigned`] one and its signature, so none can leave without (`multipart/signed`, RFC 8551).
//! It refuses to sign and to send: that is the work of others. Read [`Letter`] first.

mod templates;

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{
    Attachment, Body, Mailbox, MessageBuilder, MultiPart, MultiPartKind, SinglePart,
};
use lettre::{Address, Message};

pub use templates::{Templates, check};

use super::Error;
use super::view::{Desk, Environment, KindTotal, Next};
use crate::domain::fees::Month;
use crate::domain::{CaseId, Date, Finding, ReceiptNo, Timestamp, YenTotal};
use crate::workflow::mail_id;

/// What a mail is for; each has a template of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// To an approver: please decide, with the one link.
    ApprovalRequest,
    /// To the submitter: the file, or part of it, was taken in.
    Accepted,
    /// To the submitter: nothing of the file was taken in.
    RejectedFile,
    /// To the submitter: held as a duplicate.
    HeldDuplicate,
    /// To the submitter: the case was sent back.
    Returned,
    /// To the submitter: the case was refused.
    Rejected,
    /// To the submitter: the case is approved.
    Approved,
    /// To the submitter: the case was sent back and may be handed in again.
    SentBack,
    /// To the submitter: the case was taken back.
    Withdrawn,
    /// To an approver: the deadline is near or has passed.
    Reminder,
    /// To somebody who may now fill a seat because it took too long.
    Escalation,
    /// To somebody who is asked for advice.
    Consult,
    /// To the submitter: some lines of the case were sent back or refused, the rest goes on.
    CarvedOut,
    /// To somebody who is away, or stands for them.
    Absence,
    /// To somebody who is to read what was decided in place of others.
    PostReview,
    /// To an approver: please decide on a changed rule, with the one link.
    ProposalRequest,
    /// To the office: what became of a changed rule.
    ProposalNotice,
    /// To an approver: several of these in one.
    Bundle,
    /// The clearing side has recorded a case, or all but some lines.
    Recorded,
    /// The clearing side has recorded nothing of a case.
    Errored,
    /// To a customer: the fees of a month and the day they are debited.
    FeeNotice,
    /// To a debtor: what falls due, two business days before.
    DueReminder,
    /// To the other side of a request: please consent, with the one link.
    ConsentRequest,
    /// To the other side of a request: what was recorded.
    OtherSide,
    /// To an approver: please work on an application, with the one link.
    ContractRequest,
    /// To the branch: how far an application has come.
    ContractProgress,
    /// To a customer: what became of the contract.
    ContractNotice,
    /// To a customer: what became of claims when they fell due.
    Settled,
    /// To a person: something about how they come in has changed.
    Security,
    /// To a person of a customer: what a colleague has decided.
    Decision,
    /// To the submitter: what would become of a file that was tried out.
    Tried,
    /// To the branch: sheets of a form on a FAX are missing for too long.
    SheetsMissing,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 32] = [
        Self::ApprovalRequest,
        Self::Accepted,
        Self::RejectedFile,
        Self::HeldDuplicate,
        Self::Returned,
        Self::Rejected,
        Self::Approved,
        Self::SentBack,
        Self::Withdrawn,
        Self::Reminder,
        Self::Escalation,
        Self::Consult,
        Self::CarvedOut,
        Self::Absence,
        Self::PostReview,
        Self::ProposalRequest,
        Self::ProposalNotice,
        Self::Bundle,
        Self::Recorded,
        Self::Errored,
        Self::FeeNotice,
        Self::DueReminder,
        Self::ConsentRequest,
        Self::OtherSide,
        Self::ContractRequest,
        Self::ContractProgress,
        Self::ContractNotice,
        Self::Settled,
        Self::Security,
        Self::Decision,
        Self::Tried,
        Self::SheetsMissing,
    ];

    /// The template's name, e.g. `approval_request` for `templates/mail/approval_request.txt`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApprovalRequest => "approval_request",
            Self::Accepted => "accepted",
            Self::RejectedFile => "rejected_file",
            Self::HeldDuplicate => "held_duplicate",
            Self::Returned => "returned",
            Self::Rejected => "rejected",
            Self::Approved => "approved",
            Self::SentBack => "sent_back",
            Self::Withdrawn => "withdrawn",
            Self::Reminder => "reminder",
            Self::Escalation => "escalation",
            Self::Consult => "consult",
            Self::CarvedOut => "carved_out",
            Self::Absence => "absence",
            Self::PostReview => "post_review",
            Self::ProposalRequest => "proposal_request",
            Self::ProposalNotice => "proposal_notice",
            Self::Bundle => "bundle",
            Self::Recorded => "recorded",
            Self::Errored => "errored",
            Self::FeeNotice => "fee_notice",
            Self::DueReminder => "due_reminder",
            Self::ConsentRequest => "consent_request",
            Self::OtherSide => "other_side",
            Self::ContractRequest => "contract_request",
            Self::ContractProgress => "contract_progress",
            Self::ContractNotice => "contract_notice",
            Self::Settled => "settled",
            Self::Security => "security",
            Self::Decision => "decision",
            Self::Tried => "tried",
            Self::SheetsMissing => "sheets_missing",
        }
    }
}

/// Whose mails these are; from the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The name shown, e.g. 米沢信用金庫 でんさい係.
    pub name: String,
    /// The address mails come from, which their signature vouches for; its domain ends every
    /// Message-ID.
    pub address: String,
    /// Where all mail goes in the test environment. Without it, none is made there.
    pub test_to: Option<String>,
}

/// What a mail says. Fields a kind has no use for stay empty.
///
/// Filled by the service from the journal; a template sees the fields as text, see
/// `templates/mail/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Which mail.
    pub kind: Kind,
    /// The effect's id: Message-ID and boundary come from it.
    pub effect: String,
    /// The event's time: the mail's date.
    pub at: Timestamp,
    /// Whom it is for, as people write it.
    pub to_name: String,
    /// The address it is for.
    pub to_address: String,
    /// The user ID it is for, masked, of a mail to a person: others may read the same mailbox.
    pub user: String,
    /// The desk in the footer.
    pub desk: Desk,
    /// 受付番号, when the mail is about a file.
    pub receipt: Option<ReceiptNo>,
    /// 申請番号, when the mail is about one case.
    pub case: Option<CaseId>,
    /// The file's own name.
    pub file_name: String,
    /// What it holds, by kind; of the case if there is one, else of the records taken in.
    pub kinds: Vec<KindTotal>,
    /// Records of the case, else of the file.
    pub count: u32,
    /// Records taken in.
    pub accepted: u32,
    /// Records refused.
    pub rejected: u32,
    /// The sum of `kinds`.
    pub total: YenTotal,
    /// 承認期限.
    pub deadline: Option<Timestamp>,
    /// The seat to fill, or the one that returned or refused, e.g. 照査.
    pub seat: String,
    /// The approver's one link.
    pub link: String,
    /// Who returned or refused.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// From when to when, of an absence; when it was, of a decision.
    pub days: String,
    /// The receipt number of the file this one repeats.
    pub first: Option<ReceiptNo>,
    /// What happens next.
    pub next: Option<Next>,
    /// What was found; the first 20 are written out.
    pub findings: Vec<Finding>,
    /// Paths below the root of the files made for the reader.
    pub files: Vec<String>,
    /// The lines it is about, `3・17`, where it is about some of a case.
    pub rows: String,
    /// What the records will cost once they are recorded, where that is known.
    pub expected_fee: Option<YenTotal>,
    /// Whether the requests came on paper: its customer has no folder to put anything into.
    pub on_paper: bool,
    /// What is new against the requester's earlier records, in a sentence; may be empty.
    pub news: String,
    /// The month and day of a debit, of a notice of fees; the sum is `total`.
    pub fee: Option<FeeNotice>,
    /// お知らせ番号, of a bundle its first letter's; empty where it has none.
    pub notice: String,
    /// The letters a bundle stands for, soonest deadline first.
    pub items: Vec<Letter>,
}

/// What a notice of fees says besides their sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeeNotice {
    /// The month of the debit.
    pub month: Month,
    /// Its day; none where nothing is debited.
    pub debit_day: Option<Date>,
}

/// A file that rides with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosure {
    /// Its name, Japanese allowed.
    pub name: String,
    /// Its bytes: a PDF.
    pub pdf: Vec<u8>,
}

/// A finished mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The envelope's recipient; the test address in the test environment.
    pub to: String,
    /// The subject, as read.
    pub subject: String,
    /// The Message-ID with its angle brackets.
    pub message_id: String,
    /// The whole mail (`.eml`): ASCII, CRLF.
    pub bytes: Vec<u8>,
}

/// A mail that lacks its signature alone.
#[derive(Debug)]
pub struct Unsigned {
    to: String,
    subject: String,
    message_id: String,
    builder: MessageBuilder,
    /// What is signed, waiting for the signature beside it.
    parts: MultiPart,
    content: Vec<u8>,
}

impl Unsigned {
    /// The bytes to be signed: the first part with its headers, without the line end that belongs
    /// to the boundary after it.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// The mail with its signature, a detached one in DER.
    pub fn signed(self, signature: Vec<u8>) -> Result<Mail, Error> {
        const KIND: &str = "application/pkcs7-signature; name=\"smime.p7s\"";
        let kind = ContentType::parse(KIND).map_err(unusable("signature"))?;
        let part = Attachment::new("smime.p7s".to_owned()).body(base64(signature)?, kind);
        let message = self.builder.multipart(self.parts.singlepart(part));
        let bytes = message.map_err(unusable("header"))?.formatted();
        Ok(Mail { to: self.to, subject: self.subject, message_id: self.message_id, bytes })
    }
}

/// Composes a mail up to its signature; `issuer` is who vouches for the sender.
///
/// Errs when a template does not render, an address is none, or the test environment has no
/// address of its own: a test must never write to a customer.
pub fn compose(
    letter: &Letter,
    sender: &Sender,
    issuer: &str,
    templates: &Templates,
    enclosure: Option<Enclosure>,
) -> Result<Unsigned, Error> {
    let (mut subject, mut body) = templates.render(letter, sender, issuer)?;
    let (to_name, to_address) = match letter.desk.environment {
        Environment::Production => (Some(letter.to_name.clone()), letter.to_address.as_str()),
        Environment::Test => {
            let test_to = sender.test_to.as_deref().ok_or_else(|| Error::Mail {
                what: "address for tests",
                cause: "the test environment names no address for its mail".into(),
            })?;
            let words = super::words::Words::embedded();
            let mark = words.get("common.test_mark");
            subject.insert_str(0, mark);
            body.push_str(&words.fill(
                "common.test_recipient",
                &[("mark", mark), ("name", &letter.to_name), ("address", &letter.to_address)],
            ));
            body.push('\n');
            (None, test_to)
        }
    };
    let subject = one_line(&subject);
    let to = Mailbox::new(to_name.map(|name| one_line(&name)), address(to_address, "recipient")?);
    let from = Mailbox::new(Some(one_line(&sender.name)), address(&sender.address, "sender")?);
    let id = mail_id(&letter.effect);
    let message_id = format!("<{id}@{}>", from.email.domain());
    let date = UNIX_EPOCH + Duration::from_millis(u64::try_from(letter.at.ms()).unwrap_or(0));
    let builder = Message::builder()
        .from(from)
        .to(to)
        .subject(subject.clone())
        .date(date)
        .message_id(Some(message_id.clone()))
        // Answering machines must not answer a machine.
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ));
    let (parts, content) = parts(body, enclosure, &id)?;
    Ok(Unsigned { to: to_address.to_owned(), subject, message_id, builder, parts, content })
}

/// The address a finished mail is for, out of its own header.
pub fn recipient(mail: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(mail).ok()?;
    let (header, _) = text.split_once("\r\n\r\n")?;
    let (_, after) = header.split_once("\r\nTo: ")?;
    let unfolded = after.replace("\r\n ", " ");
    let line = unfolded.lines().next()?;
    let address = line.rsplit_once('<').map_or(line, |(_, address)| address);
    Some(address.trim_end_matches('>').trim().to_owned())
}

/// Text and enclosure as the first part of a signed mail, and the bytes to be signed.
fn parts(
    body: String,
    enclosure: Option<Enclosure>,
    id: &str,
) -> Result<(MultiPart, Vec<u8>), Error> {
    let outer = MultiPart::builder()
        .kind(MultiPartKind::Signed {
            protocol: "application/pkcs7-signature".to_owned(),
            micalg: "sha-256".to_owned(),
        })
        .boundary(format!("kessai-signed-{id}"));
    // Relays rewrite other encodings, and then the signature no longer holds.
    let text = SinglePart::builder()
        .header(ContentType::TEXT_PLAIN)
        .header(ContentTransferEncoding::Base64)
        .body(body);
    let (outer, mut content) = match enclosure {
        None => (outer.singlepart(text.clone()), text.formatted()),
        Some(file) => {
            let pdf = ContentType::parse("application/pdf").map_err(unusable("attachment"))?;
            let mixed = MultiPart::builder()
                .kind(MultiPartKind::Mixed)
                .boundary(format!("kessai-{id}"))
                .singlepart(text)
                .singlepart(Attachment::new(file.name).body(base64(file.pdf)?, pdf));
            (outer.multipart(mixed.clone()), mixed.formatted())
        }
    };
    let length = content.strip_suffix(b"\r\n").map_or(content.len(), <[u8]>::len);
    content.truncate(length);
    Ok((outer, content))
}

fn base64(bytes: Vec<u8>) -> Result<Body, Error> {
    Body::new_with_encoding(bytes, ContentTransferEncoding::Base64)
        .map_err(|_| Error::Mail { what: "part", cause: "it cannot be written in base64".into() })
}

/// The text with controls as spaces: lettre stops the program at a line end in a name.
pub(super) fn one_line(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}

fn address(text: &str, what: &'static str) -> Result<Address, Error> {
    text.parse().map_err(unusable(what))
}

fn unusable<E>(what: &'static str) -> impl FnOnce(E) -> Error
where
    E: std::error::Error + Send + Sync + 'static,
{
    move |cause| Error::Mail { what, cause: Box::new(cause) }
}

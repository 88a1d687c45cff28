//! Effects: what must reach the world because of a decision.

mod security;

use std::fmt;

pub use security::{SecurityMail, SecurityNews};
use serde::{Deserialize, Serialize};

use crate::domain::fees::Month;
use crate::domain::{
    Absence, CaseId, Date, Digest, NoticeNo, ReceiptNo, Timestamp, UserId, UserNumber,
};

use super::VoteKind;

/// One thing owed to the world.
///
/// Written in the same commit as the decision that caused it and carried out afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// What it is about.
    pub scope: EffectScope,
    /// What it is.
    pub kind: EffectKind,
    /// When it was decided; the date on the paper or mail.
    pub at: Timestamp,
}

/// What an effect is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EffectScope {
    /// A file.
    File(ReceiptNo),
    /// A case.
    Case(CaseId),
    /// The office: something about people, not about a file.
    Office,
}

impl EffectScope {
    /// The receipt number of the file it belongs to, if it is about one.
    pub const fn receipt(self) -> Option<ReceiptNo> {
        match self {
            Self::File(receipt) => Some(receipt),
            Self::Case(case) => Some(case.receipt),
            Self::Office => None,
        }
    }
}

/// What must reach the world.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum EffectKind {
    /// `…_result.csv`, once, after checking.
    Result,
    /// `…_slip.pdf` (受付票).
    Slip,
    /// `…_final.csv`, once, when the file's last case has ended.
    Final,
    /// `<case>_receipt.pdf` (承認票).
    Receipt,
    /// `outbox/center/<case>.csv` for the clearing side. Never remade blindly.
    Clearing,
    /// A mail to the submitter.
    Notice(MailKind),
    /// A mail that asks a person to fill a seat.
    Request {
        /// Who is asked.
        to: UserId,
        /// The step.
        step: u8,
        /// How many seats were filled when it was sent: it tells one round from the next.
        filled: u8,
        /// By when.
        due: Option<Timestamp>,
    },
    /// A further mail about a seat.
    Again {
        /// Who is asked.
        to: UserId,
        /// The step.
        step: u8,
        /// How many of its seats are filled.
        filled: u8,
        /// By when.
        due: Option<Timestamp>,
        /// Why once more.
        why: Why,
        /// The case's version then: it tells one mail from the next.
        n: u32,
    },
    /// A mail to the submitter that a case may cause more than once.
    Repeated {
        /// What it tells.
        kind: MailKind,
        /// The case's version then.
        n: u32,
    },
    /// A mail to somebody who is asked for advice (相談).
    Consult {
        /// Who.
        to: UserId,
        /// The case's version then.
        n: u32,
    },
    /// A mail to somebody who is away, or stands for them.
    Absence {
        /// Who is told.
        to: UserId,
        /// The absence.
        absence: Box<Absence>,
        /// What became of it.
        news: AbsenceNews,
        /// When, in milliseconds since 1970: it tells one mail from the next.
        n: i64,
    },
    /// A mail to somebody who is to read what was decided in place of others (後閲).
    Review {
        /// Who.
        to: UserId,
        /// The step.
        step: u8,
        /// The seat within it.
        seat: u8,
        /// The case's version then.
        n: u32,
    },
    /// `center/<case>_cancel.json`: what was sent on is called back.
    CancelNotice,
    /// The changed rule that was approved comes into force.
    Publish,
    /// `<case>_record.pdf` (記録結果通知): what the clearing side made of each line.
    Record,
    /// `customers/<user>/fees_<month>.pdf`: the statement of a customer's fees.
    FeeStatement {
        /// The month of the debit.
        month: Month,
        /// Whose.
        customer: UserNumber,
    },
    /// The mail that tells a customer of the debit.
    FeeNotice {
        /// The month of the debit.
        month: Month,
        /// Whose.
        customer: UserNumber,
    },
    /// `fees/<month>_debit.txt`: the 口座振替 file of a month.
    FeeDebit {
        /// The month of the debit.
        month: Month,
    },
    /// The mail that tells a debtor what falls due.
    DueReminder {
        /// Who pays.
        customer: UserNumber,
        /// 支払期日.
        due: Date,
        /// How many claims.
        count: u32,
        /// The sum of their amounts, in yen.
        total: u64,
    },
    /// The mail that tells the other side what was recorded at somebody's request.
    OtherSide {
        /// Whom.
        customer: UserNumber,
    },
    /// `<case>_welcome.pdf` (ご案内状) of a new customer.
    Welcome {
        /// Who.
        customer: UserNumber,
    },
    /// The mail that tells a customer what became of the contract.
    ContractNotice {
        /// Who.
        customer: UserNumber,
        /// Which of the customer's addresses it goes to: a change of address is told to both.
        to: Addressed,
    },
    /// `<case>_disclosure.csv` and its paper (開示結果): what was disclosed of claims.
    Disclosure {
        /// What was disclosed, kept with the originals.
        content: Digest,
    },
    /// The mail that tells a customer what became of claims when they fell due.
    Settled {
        /// Who.
        customer: UserNumber,
    },
    /// `customers/<user>/<number>_notice.pdf` (お知らせ): on paper what a customer who did not ask
    /// for it is told of claims.
    Notified {
        /// Who.
        customer: UserNumber,
    },
    /// The mail that tells a person that something about how they come in has changed.
    Security(Box<SecurityMail>),
    /// `<case>_password_<user>.pdf` (仮パスワードのお知らせ), which a branch hands over.
    PasswordLetter {
        /// Whose.
        user: UserId,
        /// When they were given, in milliseconds since 1970: it tells one letter from the next.
        given: i64,
    },
    /// `branches/<branch>/<number>_returned.pdf` (メールが届かなかったお知らせ): what a branch hands
    /// over, or posts, to somebody whose mail came back.
    ReturnedMail {
        /// Whose: a user ID, or a submitter's folder.
        to: String,
        /// The mail; the first, where one mail told of several things.
        notice: NoticeNo,
    },
    /// A mail that tells people of a customer what a colleague has decided: whoever else might have
    /// filled the seat, and whoever handed the file in.
    Decision {
        /// Who is told.
        to: UserId,
        /// Who decided.
        by: UserId,
        /// What.
        vote: VoteKind,
        /// The step.
        step: u8,
        /// The seat within it.
        seat: u8,
        /// The case's version then.
        n: u32,
    },
}

/// To which of a customer's mail addresses something goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Addressed {
    /// The one from now on.
    Present,
    /// The one until now.
    Former,
}

impl Addressed {
    /// `present` or `former`: part of the effect's name, which must not tell the address itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Former => "former",
        }
    }
}

impl EffectKind {
    /// The person a mail is for; nobody for files and for mails to the submitter.
    pub const fn person(&self) -> Option<&UserId> {
        match self {
            Self::Request { to, .. }
            | Self::Again { to, .. }
            | Self::Consult { to, .. }
            | Self::Absence { to, .. }
            | Self::Review { to, .. }
            | Self::Decision { to, .. } => Some(to),
            Self::Security(mail) => Some(&mail.to),
            Self::Result
            | Self::Slip
            | Self::Final
            | Self::Receipt
            | Self::Clearing
            | Self::CancelNotice
            | Self::Publish
            | Self::Record
            | Self::Disclosure { .. }
            | Self::Settled { .. }
            | Self::Notified { .. }
            | Self::PasswordLetter { .. }
            | Self::ReturnedMail { .. }
            | Self::FeeStatement { .. }
            | Self::FeeNotice { .. }
            | Self::FeeDebit { .. }
            | Self::DueReminder { .. }
            | Self::OtherSide { .. }
            | Self::Welcome { .. }
            | Self::ContractNotice { .. }
            | Self::Notice(_)
            | Self::Repeated { .. } => None,
        }
    }
}

/// What is told of an absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AbsenceNews {
    /// It was set.
    Set,
    /// It was ended.
    Ended,
}

/// Why a person gets a further mail about a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Why {
    /// The seat is to be filled anew after a return.
    Round,
    /// The deadline is near or has passed.
    Reminder,
    /// It took too long, and now they may fill it, too.
    Escalation,
    /// It was handed to them.
    Assignment,
    /// People changed, and now it is theirs.
    Handover,
}

impl Why {
    /// `round`, `reminder`, `escalation`, `assignment` or `handover`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Round => "round",
            Self::Reminder => "reminder",
            Self::Escalation => "escalation",
            Self::Assignment => "assignment",
            Self::Handover => "handover",
        }
    }
}

/// What a mail to the submitter tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MailKind {
    /// The file was taken in.
    Accepted,
    /// Nothing of the file was taken in.
    RejectedFile,
    /// The file is held as a duplicate.
    Held,
    /// The case was approved and sent on.
    Approved,
    /// The case was sent back.
    Returned,
    /// The case was refused.
    Rejected,
    /// The case was sent back and may be handed in again.
    SentBack,
    /// The case was taken back.
    Withdrawn,
    /// Lines of the case were sent back or refused; the rest goes on.
    CarvedOut,
    /// The clearing side has recorded it, or all but some lines.
    Recorded,
    /// The clearing side has recorded nothing of it.
    Errored,
    /// The file was tried out, and what would become of it.
    Tried,
    /// Sheets of a form on the FAX are missing for too long.
    SheetsMissing,
}

/// The name of an effect: the same decision always owes the same name, so it is done once.
///
/// Shape: `<receipt or case>/<kind>[/<detail>]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EffectId(String);

impl EffectId {
    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<String> for EffectId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl Effect {
    /// The effect's name.
    pub fn id(&self) -> EffectId {
        let scope = match self.scope {
            EffectScope::File(receipt) => receipt.to_string(),
            EffectScope::Case(case) => case.to_string(),
            EffectScope::Office => "office".to_owned(),
        };
        EffectId(format!("{scope}/{}", self.kind))
    }

    /// Whether it is a paper that carries a signature: 承認票 and 記録結果通知.
    pub const fn is_signed_paper(&self) -> bool {
        matches!(self.kind, EffectKind::Receipt | EffectKind::Record)
    }

    /// Whether it is a mail.
    pub const fn is_mail(&self) -> bool {
        matches!(
            self.kind,
            EffectKind::Notice(_)
                | EffectKind::Request { .. }
                | EffectKind::Again { .. }
                | EffectKind::Repeated { .. }
                | EffectKind::Consult { .. }
                | EffectKind::Absence { .. }
                | EffectKind::Review { .. }
                | EffectKind::Decision { .. }
                | EffectKind::FeeNotice { .. }
                | EffectKind::DueReminder { .. }
                | EffectKind::OtherSide { .. }
                | EffectKind::Settled { .. }
                | EffectKind::ContractNotice { .. }
                | EffectKind::Security(_)
        )
    }
}

impl fmt::Display for EffectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Result => f.write_str("result"),
            Self::Slip => f.write_str("slip"),
            Self::Final => f.write_str("final"),
            Self::Receipt => f.write_str("receipt"),
            Self::Clearing => f.write_str("clearing"),
            Self::CancelNotice => f.write_str("cancel_notice"),
            Self::Notice(kind) => write!(f, "mail/{}", kind.name()),
            Self::Request { to, step, filled, .. } => write!(f, "request/{step}.{filled}/{to}"),
            Self::Again { to, step, filled, why, n, .. } => {
                write!(f, "{}/{step}.{filled}.{n}/{to}", why.name())
            }
            Self::Repeated { kind, n } => write!(f, "mail/{}/{n}", kind.name()),
            Self::Consult { to, n } => write!(f, "consult/{n}/{to}"),
            Self::Review { to, step, seat, n } => write!(f, "review/{step}.{seat}.{n}/{to}"),
            Self::Decision { to, step, seat, n, .. } => {
                write!(f, "decision/{step}.{seat}.{n}/{to}")
            }
            Self::Absence { to, absence, n, .. } => {
                write!(f, "absence/{}/{n}/{to}", absence.user)
            }
            Self::Publish => f.write_str("publish"),
            Self::Record => f.write_str("record"),
            Self::FeeStatement { month, customer } => {
                write!(f, "fee_statement/{month}/{customer}")
            }
            Self::FeeNotice { month, customer } => write!(f, "fee_notice/{month}/{customer}"),
            Self::FeeDebit { month } => write!(f, "fee_debit/{month}"),
            Self::DueReminder { customer, due, .. } => write!(f, "due_reminder/{due}/{customer}"),
            Self::OtherSide { customer } => write!(f, "other_side/{customer}"),
            Self::Welcome { customer } => write!(f, "welcome/{customer}"),
            Self::ContractNotice { customer, to } => write!(f, "contract/{customer}/{}", to.name()),
            Self::Disclosure { .. } => f.write_str("disclosure"),
            Self::Settled { customer } => write!(f, "settled/{customer}"),
            Self::Notified { customer } => write!(f, "notice/{customer}"),
            Self::Security(mail) => {
                let (news, which) = (mail.news.name(), mail.which.name());
                write!(f, "security/{news}/{}/{}/{which}", mail.n, mail.to)
            }
            Self::PasswordLetter { user, given } => write!(f, "password/{given}/{user}"),
            Self::ReturnedMail { to, notice } => write!(f, "returned/{notice}/{to}"),
        }
    }
}

impl MailKind {
    /// Whether it tells of a whole file, not of a case.
    pub const fn is_of_file(self) -> bool {
        use MailKind::{Accepted, Held, RejectedFile, SheetsMissing, Tried};
        matches!(self, Accepted | RejectedFile | Held | Tried | SheetsMissing)
    }

    /// The kind's name, also the name of its template.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::RejectedFile => "rejected_file",
            Self::Held => "held_duplicate",
            Self::Approved => "approved",
            Self::Returned => "returned",
            Self::Rejected => "rejected",
            Self::SentBack => "sent_back",
            Self::Withdrawn => "withdrawn",
            Self::CarvedOut => "carved_out",
            Self::Recorded => "recorded",
            Self::Errored => "errored",
            Self::Tried => "tried",
            Self::SheetsMissing => "sheets_missing",
        }
    }
}

//! People who log in, and what is kept of their passwords.

use serde::{Deserialize, Serialize};

use crate::domain::{Absence, Date, Digest, Person, Timestamp, UserId};
use crate::workflow::MailRule;

use super::issuer::{ClientCertificate, Method};

/// A registered person with their login.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRecord {
    /// Who it is.
    pub person: Person,
    /// The two passwords.
    pub credentials: Credentials,
    /// When the person was registered.
    pub since: Timestamp,
}

/// The two passwords of a person; each has its own counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// ログインパスワード.
    pub login: Lock,
    /// 承認パスワード.
    pub approval: Lock,
}

impl Credentials {
    /// The lock of `kind`.
    pub const fn get(&self, kind: PasswordKind) -> &Lock {
        match kind {
            PasswordKind::Login => &self.login,
            PasswordKind::Approval => &self.approval,
        }
    }

    /// The lock of `kind`, to change it.
    pub const fn get_mut(&mut self, kind: PasswordKind) -> &mut Lock {
        match kind {
            PasswordKind::Login => &mut self.login,
            PasswordKind::Approval => &mut self.approval,
        }
    }
}

/// One password and its counter of consecutive failures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The hash.
    pub hash: PasswordHash,
    /// Consecutive failures; at five the password is unusable until an officer unlocks it.
    pub failures: u8,
}

impl Lock {
    /// How many consecutive failures make a password unusable.
    ///
    /// Source: the service's promise: five failures in a row lock that password.
    pub const FAILURES_MAX: u8 = 5;

    /// Whether the password is unusable.
    pub const fn is_locked(&self) -> bool {
        self.failures >= Self::FAILURES_MAX
    }
}

/// An argon2id hash in PHC form. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordHash(pub String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(***)")
    }
}

/// Which of the two passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordKind {
    /// ログインパスワード.
    Login,
    /// 承認パスワード.
    Approval,
}

/// A change to a registered person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserChange {
    /// Registered, or registered anew. No longer written: when it was, users of one customer with
    /// one mail address were one human, and they stay so.
    Added(UserRecord),
    /// Both passwords were set by somebody else; the counters start at zero. No longer written.
    PasswordsSet {
        /// Who.
        user: UserId,
        /// The new ones.
        credentials: Credentials,
    },
    /// A password was tried.
    Tried {
        /// Who.
        user: UserId,
        /// Which password.
        kind: PasswordKind,
        /// Whether it was right.
        outcome: Tried,
    },
    /// The counters were set to zero.
    Unlocked {
        /// Who.
        user: UserId,
    },
    /// The person will be away.
    AbsenceSet(Absence),
    /// The person is there again, or will not be away.
    AbsenceEnded {
        /// Who.
        user: UserId,
        /// The first day of the absence.
        from: Date,
        /// Its last day now; before the first when it never began.
        last: Date,
    },
    /// The person chose how they want mails about seats.
    MailChosen {
        /// Who.
        user: UserId,
        /// How.
        rule: MailRule,
    },
    /// The person chose one of the two passwords; its counter starts at zero.
    PasswordChosen {
        /// Who.
        user: UserId,
        /// Which password.
        kind: PasswordKind,
        /// The new one.
        hash: PasswordHash,
    },
    /// One of the two passwords was set to one that is good for choosing another only (仮パスワード).
    PasswordReset {
        /// Who.
        user: UserId,
        /// Which password.
        kind: PasswordKind,
        /// The one to begin with.
        hash: PasswordHash,
        /// Until when it opens.
        until: Timestamp,
    },
    /// What is registered of the person changed: name, roles, mail address. No longer written, for
    /// the same reason as [`Self::Added`].
    Changed(Person),
    /// The person asked for another mail address, which counts once a number sent there was typed
    /// in; or none any more.
    EmailAsked {
        /// Who.
        user: UserId,
        /// The address.
        email: Option<String>,
    },
    /// Whether the person may come in changed.
    AdmissionSet {
        /// Who.
        user: UserId,
        /// How it is now.
        admission: Admission,
    },
    /// How the person proves who they are changed.
    MethodSet {
        /// Who.
        user: UserId,
        /// How from now on.
        method: Method,
    },
    /// A certificate was made for the person.
    CertificateIssued {
        /// Who.
        user: UserId,
        /// What is kept of it.
        certificate: ClientCertificate,
    },
    /// A certificate opens nothing any more; one that was revoked before stays as it was.
    CertificateRevoked {
        /// Who.
        user: UserId,
        /// Its number.
        serial: String,
        /// When.
        at: Timestamp,
    },
    /// Two officers let the person, a master user, have a certificate made.
    CertificatePermitted {
        /// Who.
        user: UserId,
        /// Until when.
        until: Timestamp,
    },
    /// Registered; others of the customer may have the same mail address.
    Registered(UserRecord),
    /// What is registered of the person changed: name, roles, mail address.
    Altered(Person),
    /// Two user IDs belong to one human (同一人物).
    Joined {
        /// One.
        user: UserId,
        /// The other.
        with: UserId,
    },
    /// A user ID belongs to nobody else (別人), after two officers made sure.
    Parted {
        /// Who.
        user: UserId,
    },
    /// The person was reminded that a certificate of theirs ends.
    CertificateReminded {
        /// Who.
        user: UserId,
        /// Its number.
        serial: String,
        /// With how many days left.
        days: u16,
    },
}

/// Whether a registered person may come in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Admission {
    /// They may.
    #[default]
    Active,
    /// Not for the time being (停止).
    Suspended,
    /// Never again (削除); the ID is not given to anybody else, so that old papers stay true.
    Removed,
}

impl Admission {
    /// The word on pages.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Active => "利用中",
            Self::Suspended => "停止",
            Self::Removed => "削除",
        }
    }
}

/// What is kept of a person besides who they are: their own choices, and how they may come in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Habits {
    /// Their absences, by day.
    pub absences: Vec<Absence>,
    /// How they want mails about seats.
    pub mail: MailRule,
    /// How they may come in.
    pub access: Access,
    /// The first of the user IDs of this human, where there are several; each of them says so.
    pub human: Option<UserId>,
}

/// How a person may come in, besides the hashes of their passwords.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// The mail address they asked for and have not confirmed.
    pub email_asked: Option<String>,
    /// Whether they may come in.
    pub admission: Admission,
    /// Until when a login password that was reset opens; none for one they chose.
    pub login_until: Option<Timestamp>,
    /// The same of the approval password.
    pub approval_until: Option<Timestamp>,
    /// How they prove who they are.
    pub method: Method,
    /// Certificates made for them, the oldest first.
    pub certificates: Vec<ClientCertificate>,
    /// Until when a certificate waits to be taken.
    pub permitted_until: Option<Timestamp>,
    /// Of the end of which certificate the person was reminded last, and with how many days left.
    pub reminded: Option<(String, u16)>,
}

impl Access {
    /// The certificate that opens something at `now`; the older of two while it is replaced.
    pub fn certificate(&self, now: Timestamp) -> Option<&ClientCertificate> {
        self.certificates.iter().find(|one| one.is_active(now))
    }

    /// Whether a connection that showed this certificate, or none, may be theirs at `now`.
    pub fn admits(&self, shown: Option<Digest>, now: Timestamp) -> bool {
        let active = |own: &&ClientCertificate| own.is_active(now);
        let fits = |shown| self.certificates.iter().filter(active).any(|o| o.fingerprint == shown);
        self.method == Method::Password || shown.is_some_and(fits)
    }

    /// Until when a password that was reset opens; none for one they chose.
    pub const fn temporary(&self, kind: PasswordKind) -> Option<Timestamp> {
        match kind {
            PasswordKind::Login => self.login_until,
            PasswordKind::Approval => self.approval_until,
        }
    }

    /// The same, to change it.
    pub const fn temporary_mut(&mut self, kind: PasswordKind) -> &mut Option<Timestamp> {
        match kind {
            PasswordKind::Login => &mut self.login_until,
            PasswordKind::Approval => &mut self.approval_until,
        }
    }
}

/// Whether a password that was tried was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tried {
    /// It was; the counter starts anew.
    Right,
    /// It was not.
    Wrong,
}

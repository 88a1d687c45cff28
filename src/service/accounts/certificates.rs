//! Certificates of users: made from their requests, revoked, and held against a connection.
//!
//! One that is active for a user at a time, and whether it still is, is looked up at every request
//! of a browser; the handshake only proves that the other side holds its key.

use tracing::info;

use crate::domain::{Digest, Organisation, Person, Timestamp, UserId, UserNumber};
use crate::ports::{ClientCertificate, IssueError, Issued, Method, StoreError, UserChange};
use crate::workflow::SecurityNews;

use super::super::{Desk, LoginError};
use super::security_mail;

/// Why a certificate was not made or revoked.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// There is no such person, or they may not come in.
    #[error("there is no active user {0}")]
    Unknown(UserId),
    /// They have one already.
    #[error("certificate {serial} of {user} is active; revoke it first")]
    Active {
        /// Who.
        user: UserId,
        /// Its number.
        serial: String,
    },
    /// A master user's is made after two officers approved it.
    #[error("{0} is a master user: two officers approve the certificate first")]
    TwoOfficers(UserId),
    /// There is no such certificate, or it is revoked.
    #[error("there is no certificate {0} that could be revoked")]
    NoCertificate(String),
    /// Nothing would change.
    #[error("nothing would change")]
    Nothing,
    /// The number is wrong, or nothing waits to be taken.
    #[error("no certificate waits for this number")]
    Number,
    /// More than thirty days are left.
    #[error("the certificate can be renewed from thirty days before its end")]
    TooEarly,
    /// The login password was wrong or cannot be used.
    #[error(transparent)]
    Password(#[from] LoginError),
    /// The request is none, or the authority fails.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CertificateError {
    /// The same in plain Japanese, with what to do.
    pub fn japanese(&self) -> String {
        match self {
            Self::Unknown(user) => {
                format!("ユーザーID {user} は登録されていないか、停止されています。")
            }
            Self::Active { user, serial } => format!(
                "{user} には有効な電子証明書 {serial} があります。先に「kessai cert revoke {serial}」で失効させてください。"
            ),
            Self::TwoOfficers(user) => format!(
                "{user} はマスターユーザーです。「kessai user export」の一覧に「証明書」の行を書いて届け出て、二人の承認から72時間以内に発行してください。"
            ),
            Self::NoCertificate(serial) => {
                format!("失効させることのできる電子証明書 {serial} はありません。")
            }
            Self::Nothing => "変わるところがありません。".to_owned(),
            Self::Number => "受取番号が違うか、期限が過ぎています。何も発行していません。\
                             マスターユーザーの方、またはお取引店にお確かめください。"
                .to_owned(),
            Self::TooEarly => "電子証明書の更新は、期限の30日前からできます。".to_owned(),
            Self::Password(refused) => refused.japanese().to_owned(),
            Self::Issue(IssueError::Request) => {
                "証明書の発行依頼（PKCS#10、鍵は P-256 か2048ビット以上のRSA）として読めません。"
                    .to_owned()
            }
            Self::Issue(IssueError::Failed(_)) => {
                "認証局の準備ができていません。var/pki をお確かめください。".to_owned()
            }
            Self::Store(_) => {
                "ただいま処理できません。しばらくしてからもう一度お試しください。".to_owned()
            }
        }
    }
}

impl Desk {
    /// Makes a certificate for a user out of their request (PKCS#10 in PEM or DER), valid for a
    /// year from `at`, the moment on the wall's clock.
    pub fn issue_certificate(
        &self,
        user: &UserId,
        request: &[u8],
        at: Timestamp,
    ) -> Result<Issued, CertificateError> {
        let _turn = self.turn_of(user);
        let person = self.holder(user)?;
        let (access, now) = (self.store.habits(user).access, self.clock.now());
        if let Some(active) = access.certificate(now) {
            let (user, serial) = (user.clone(), active.serial.clone());
            return Err(CertificateError::Active { user, serial });
        }
        let is_customers = matches!(person.organisation, Organisation::Customer(_));
        let is_permitted = access.permitted_until.is_some_and(|until| now <= until);
        if is_customers && person.is_master() && !is_permitted {
            return Err(CertificateError::TwoOfficers(user.clone()));
        }
        let issued = self.issuer.issue(user, request, at)?;
        let certificate = issued.certificate.clone();
        let change = UserChange::CertificateIssued { user: user.clone(), certificate };
        self.tell_access(&person, change, SecurityNews::CertificateIssued)?;
        info!(actor = %user, digest = %issued.certificate.fingerprint, "a certificate was issued");
        Ok(issued)
    }

    /// Revokes the certificate with this number; answers whose it was. From then on it opens
    /// nothing, on connections that are open neither.
    pub fn revoke_certificate(&self, serial: &str) -> Result<UserId, CertificateError> {
        let known = self.certificates().into_iter();
        let mut known = known.filter(|(_, one)| one.serial == serial && one.revoked.is_none());
        let (user, _) =
            known.next().ok_or_else(|| CertificateError::NoCertificate(serial.to_owned()))?;
        let (at, serial) = (self.clock.now(), serial.to_owned());
        let change = UserChange::CertificateRevoked { user: user.clone(), serial, at };
        let record = self.store.user(&user);
        let person = record.ok_or_else(|| CertificateError::Unknown(user.clone()))?.person;
        self.tell_access(&person, change, SecurityNews::CertificateRevoked)?;
        info!(actor = %user, "a certificate was revoked");
        Ok(user)
    }

    /// From now on a user needs a certificate. That they need none any more takes two officers.
    pub fn require_certificate(&self, user: &UserId) -> Result<(), CertificateError> {
        let (person, method) = (self.holder(user)?, Method::Certificate);
        if self.method(user) == method {
            return Err(CertificateError::Nothing);
        }
        let change = UserChange::MethodSet { user: user.clone(), method };
        self.tell_access(&person, change, SecurityNews::Method)?;
        info!(actor = %user, outcome = ?method, "the method was set");
        Ok(())
    }

    /// The same for every active user of a customer; whoever is registered for them later begins
    /// with it. Answers for how many it is new.
    pub fn require_certificates_of(&self, customer: UserNumber) -> Result<usize, CertificateError> {
        let theirs = Organisation::Customer(customer);
        let people = self.active_users().into_iter().map(|record| record.person);
        let mut set = 0_usize;
        for person in people.filter(|person| person.organisation == theirs) {
            match self.require_certificate(&person.id) {
                Ok(()) => set = set.saturating_add(1),
                Err(CertificateError::Nothing) => {}
                Err(failed) => return Err(failed),
            }
        }
        if set == 0 { Err(CertificateError::Nothing) } else { Ok(set) }
    }

    /// Whether all other active users of somebody's customer need a certificate: then they do, too.
    pub(super) fn are_certified(&self, person: &Person) -> bool {
        let is_peer = |one: &Person| one.is_peer(person) && one.id != person.id;
        let people = self.active_users().into_iter().map(|record| record.person);
        let others: Vec<Person> = people.filter(is_peer).collect();
        let needs = |one: &Person| self.method(&one.id) == Method::Certificate;
        !others.is_empty() && others.iter().all(needs)
    }

    /// Every certificate that was made, by user, and then the oldest first.
    pub fn certificates(&self) -> Vec<(UserId, ClientCertificate)> {
        let users = self.store.users().into_iter().map(|user| user.person.id);
        let theirs = users.flat_map(|user| {
            let certificates = self.store.habits(&user).access.certificates;
            certificates.into_iter().map(move |one| (user.clone(), one))
        });
        theirs.collect()
    }

    /// How a user proves who they are.
    pub fn method(&self, user: &UserId) -> Method {
        self.store.habits(user).access.method
    }

    /// Whether a connection that showed this certificate, or none, may be a user's.
    pub fn admits(&self, user: &UserId, shown: Option<Digest>) -> bool {
        self.store.habits(user).access.admits(shown, self.clock.now())
    }

    /// The list of revoked certificates (CRL) in DER.
    pub fn revocations(&self) -> Result<Vec<u8>, IssueError> {
        let all = self.certificates().into_iter().map(|(_, certificate)| certificate);
        let revoked: Vec<_> = all.filter(|one| one.revoked.is_some()).collect();
        self.issuer.revocations(&revoked, self.clock.now())
    }

    /// Revokes the certificates of customers' users whose contract has ended, so that a contract
    /// made later does not bring them back.
    pub(in crate::service) fn revoke_after_contracts(&self) -> Result<(), StoreError> {
        let (customers, now) = (self.store.customers(), self.clock.now());
        for record in self.store.users() {
            let Organisation::Customer(customer) = record.person.organisation else { continue };
            let has_ended = customers.get(customer).is_some_and(|one| !one.is_open(now.date()));
            let revoked = self.revocation_of(&record.person.id, now).filter(|_| has_ended);
            if let Some(change) = revoked {
                self.tell_access(&record.person, change, SecurityNews::CertificateRevoked)?;
                info!(actor = %record.person.id, "a certificate ended with its contract");
            }
        }
        Ok(())
    }

    /// What revokes somebody's certificate; nothing where there is none to revoke.
    pub(super) fn revocation_of(&self, user: &UserId, at: Timestamp) -> Option<UserChange> {
        let access = self.store.habits(user).access;
        let kept = access.certificates.into_iter().find(|one| one.revoked.is_none())?;
        Some(UserChange::CertificateRevoked { user: user.clone(), serial: kept.serial, at })
    }

    /// Somebody a certificate may be made for.
    pub(super) fn holder(&self, user: &UserId) -> Result<Person, CertificateError> {
        let active = self.active_users().into_iter().map(|record| record.person);
        let mut found = active.filter(|person| person.id == *user);
        found.next().ok_or_else(|| CertificateError::Unknown(user.clone()))
    }

    pub(super) fn tell_access(
        &self,
        person: &Person,
        change: UserChange,
        news: SecurityNews,
    ) -> Result<(), StoreError> {
        let mail = security_mail(person, news, "取扱店", self.clock.now());
        self.change_access(vec![change], vec![mail])
    }
}

//! Certificates of customers' users: made from their requests, listed once they are revoked.

use std::error::Error;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::{Digest, Timestamp, UserId};

/// How somebody proves who they are when they come in.
///
/// Source: the service's promise: the certificate method is a choice of the customer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// User ID and password.
    #[default]
    Password,
    /// The same, and the certificate of their PC (電子証明書方式).
    Certificate,
}

impl Method {
    /// The word for people.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Password => "ID・パスワード方式",
            Self::Certificate => "電子証明書方式",
        }
    }
}

/// A certificate that was made for a user; what is kept of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientCertificate {
    /// Its number, in hexadecimal digits.
    pub serial: String,
    /// SHA-256 of the certificate.
    pub fingerprint: Digest,
    /// When it was made.
    pub since: Timestamp,
    /// The last moment it is valid.
    pub until: Timestamp,
    /// When it was revoked, if it was.
    pub revoked: Option<Timestamp>,
}

impl ClientCertificate {
    /// Whether it opens anything at `now`.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && now <= self.until
    }
}

/// A certificate as it is handed to its user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// What is kept of it.
    pub certificate: ClientCertificate,
    /// The certificate in PEM.
    pub pem: String,
}

/// Why no certificate was made, or no list.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// It is no request that can be used, or its key is too weak, or its signature is wrong.
    #[error("the request is not PKCS#10 of P-256 or RSA with 2048 bits or more, signed by its key")]
    Request,
    /// The authority fails.
    #[error("the authority cannot make it")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// A certificate together with its key, to be handed to its user and kept nowhere.
pub struct Bundle {
    /// What is kept of the certificate.
    pub certificate: ClientCertificate,
    /// PKCS#12 with key, certificate and root, opened by the password it was made with.
    pub pkcs12: Vec<u8>,
}

/// Does not show the key.
impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bundle").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}

/// Makes certificates of users. Whoever holds it never sees the authority's key, and no private
/// key of a user is kept.
pub trait Issuer: Send + Sync + fmt::Debug {
    /// The moment on the wall's clock, which browsers hold certificates against.
    fn now(&self) -> Timestamp;

    /// A certificate for the key of `request` (PKCS#10 in PEM or DER), valid for a year from `at`.
    ///
    /// It names `user` whatever the request says. Errs on a request its key did not sign.
    fn issue(&self, user: &UserId, request: &[u8], at: Timestamp) -> Result<Issued, IssueError>;

    /// A new key and a certificate for it, valid for a year from `at`, as a PC takes them in.
    /// `password` opens the file.
    fn bundle(&self, user: &UserId, password: &str, at: Timestamp) -> Result<Bundle, IssueError>;

    /// The list of revoked certificates (CRL, RFC 5280) in DER, made at `at`.
    fn revocations(
        &self,
        revoked: &[ClientCertificate],
        at: Timestamp,
    ) -> Result<Vec<u8>, IssueError>;
}

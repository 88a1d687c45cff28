//! Signed mails and papers: who vouches for the sender, until when, and the one act of signing.

use std::error::Error;
use std::fmt;

use crate::domain::{Digest, Timestamp};

/// Days before a certificate's end on which people are warned, the longest time first.
pub const WARNED_DAYS: [i64; 4] = [60, 30, 7, 1];

const DAY_MS: i64 = 86_400_000;

/// The certificate mails are signed with, as the bank tells its customers of it.
///
/// Made by a [`Signer`] out of the certificate's own bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The one address it vouches for.
    pub address: String,
    /// Who vouches: the name a mail program shows as the issuer.
    pub issuer: String,
    /// SHA-256 of the certificate.
    pub fingerprint: Digest,
    /// From when it is valid.
    pub from: Timestamp,
    /// The last moment it is valid.
    pub until: Timestamp,
}

/// How near a certificate's end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// More than the longest of [`WARNED_DAYS`] is left.
    Good,
    /// So many whole days are left.
    Ending(i64),
    /// It has ended: nothing is signed with it, and no mail leaves.
    Ended,
}

impl Certificate {
    /// How near the end is at `now`.
    pub fn validity(&self, now: Timestamp) -> Validity {
        let left = self.until.ms().saturating_sub(now.ms());
        match left / DAY_MS {
            _ if left < 0 => Validity::Ended,
            days if days <= WARNED_DAYS[0] => Validity::Ending(days),
            _ => Validity::Good,
        }
    }
}

/// Why nothing was signed, or no certificate made anew.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The certificate has ended.
    #[error("the certificate of mails has ended")]
    Ended,
    /// The bank supplies key and certificate as files; only the bank can have others.
    #[error("key and certificate of mails are supplied as files and not made here")]
    Supplied,
    /// The key or a file of it fails.
    #[error("cannot sign")]
    Failed(#[source] Box<dyn Error + Send + Sync>),
}

/// Signs mails. Whoever holds it never sees the key.
pub trait Signer: Send + Sync + fmt::Debug {
    /// The certificate that is signed with.
    fn certificate(&self) -> Certificate;

    /// Whether key and certificate are files of the bank, which only the bank replaces.
    fn is_supplied(&self) -> bool {
        false
    }

    /// A detached signature over `content`, said to be made at `at`: CMS `SignedData` in DER.
    ///
    /// Two signatures over the same content differ. Errs when the certificate has ended at `at`.
    fn sign(&self, content: &[u8], at: Timestamp) -> Result<Vec<u8>, SignError>;

    /// The same over the bytes of a paper. It says nothing of the time: the paper does.
    fn sign_paper(&self, content: &[u8], at: Timestamp) -> Result<Vec<u8>, SignError>;

    /// Makes a new key and certificate and signs with them from now on.
    ///
    /// Errs where the bank supplies them as files.
    fn renew(&self, at: Timestamp) -> Result<Certificate, SignError>;
}

//! What mails are signed with: the bank's own files, or key and certificate of an authority that
//! is made here. It refuses a certificate that does not vouch for the sender's address.
//!
//! Read [`MailSigner`] first.

mod authority;
mod identity;
mod signature;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use authority::Authority;
use identity::Identity;
pub use identity::Unfit;
pub(super) use identity::{blocks, name_of};
pub(super) use signature::SIGNING_CERTIFICATE;
use signature::Says;

use crate::domain::Timestamp;
use crate::ports::{Certificate, Random, SignError, Signer, Validity};

/// Who mails come from; from the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signatory {
    /// The institution.
    pub institution: String,
    /// The sender's name.
    pub name: String,
    /// The sender's address.
    pub address: String,
}

/// Where key and certificate come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// The bank's own authority in this folder, made where it is missing.
    Own(PathBuf),
    /// Files of the bank.
    Supplied {
        /// The private key: PKCS#8 in PEM.
        key: PathBuf,
        /// The certificate and those above it, in PEM and any order.
        certificate: PathBuf,
    },
}

/// Key and certificate of mails cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MailKeyError {
    /// The file system failed.
    #[error("cannot read or write {}", path.display())]
    Io {
        /// What was to be used.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file of the own authority is not what it was.
    #[error(
        "{} が壊れています。バックアップから戻してください / is damaged; restore it from a backup",
        .0.display()
    )]
    Damaged(PathBuf),
    /// The file does not hold what mails need.
    #[error("{}", path.display())]
    Unfit {
        /// The certificate's file.
        path: PathBuf,
        /// What is wrong.
        #[source]
        source: Unfit,
    },
    /// The certificate vouches for another address than the sender's.
    #[error(
        "差出人のアドレス {sender} と、署名の証明書のアドレス {certificate} が違います。\
         kessai.toml の mail.address を直すか、{remedy} / \
         the sender's address differs from the one in the certificate of mails"
    )]
    Address {
        /// `mail.address` of the settings.
        sender: String,
        /// The address of the certificate.
        certificate: String,
        /// What to do, in Japanese.
        remedy: &'static str,
        /// Whether the own authority can make another one.
        is_own: bool,
    },
    /// The certificate is for a later time.
    #[error(
        "署名の証明書が使えるのは {} からです。時計か、証明書のファイルをお確かめください / \
         the certificate of mails is not valid yet",
        .0.japanese()
    )]
    NotYet(Timestamp),
    /// The authority cannot make a certificate.
    #[error("cannot make a certificate")]
    Make(#[from] rcgen::Error),
    /// A key or certificate cannot be written as text.
    #[error("cannot write a certificate: {0}")]
    Pem(der::pem::Error),
}

/// Signs mails with a key that never leaves its file.
#[derive(Debug)]
pub struct MailSigner {
    source: KeySource,
    who: Signatory,
    random: Arc<dyn Random>,
    held: RwLock<Arc<Identity>>,
}

impl MailSigner {
    /// Reads key and certificate; the own authority makes what is missing.
    ///
    /// Errs where they cannot sign mails of this sender. One that has ended is no error: mails
    /// then wait.
    pub fn open(
        source: KeySource,
        who: Signatory,
        random: Arc<dyn Random>,
        at: Timestamp,
    ) -> Result<Self, MailKeyError> {
        let identity = match &source {
            KeySource::Own(folder) => {
                let text = Authority { folder, random: random.as_ref() }.mail(&who, at)?;
                read(folder, (&text, &text), &who)?
            }
            KeySource::Supplied { key, certificate } => {
                let texts = (text_of(key)?, text_of(certificate)?);
                let identity = read(certificate, (&texts.0, &texts.1), &who)?;
                if at < identity.shown.from {
                    return Err(MailKeyError::NotYet(identity.shown.from));
                }
                identity
            }
        };
        if !identity.shown.address.eq_ignore_ascii_case(&who.address) {
            let remedy = match source {
                KeySource::Own(_) => "「kessai cert renew mail」で証明書を作り直してください。",
                KeySource::Supplied { .. } => "このアドレスの証明書のファイルを置いてください。",
            };
            let is_own = matches!(source, KeySource::Own(_));
            let (sender, certificate) = (who.address, identity.shown.address);
            return Err(MailKeyError::Address { sender, certificate, remedy, is_own });
        }
        Ok(Self { source, who, random, held: RwLock::new(Arc::new(identity)) })
    }

    /// Makes a new key and certificate of the own authority without signing with them, for a
    /// program that cannot start with the old ones.
    pub fn reissue(
        folder: &Path,
        who: &Signatory,
        random: &dyn Random,
        at: Timestamp,
    ) -> Result<Certificate, MailKeyError> {
        let text = Authority { folder, random }.issue(who, at)?;
        Ok(read(folder, (&text, &text), who)?.shown)
    }

    fn signed(&self, content: &[u8], at: Timestamp, says: Says) -> Result<Vec<u8>, SignError> {
        let held = self.held();
        if held.shown.validity(at) == Validity::Ended {
            return Err(SignError::Ended);
        }
        signature::detached(&held.key, &held.leaf, &held.above, content, says)
            .map_err(|failed| SignError::Failed(Box::new(failed)))
    }

    fn held(&self) -> Arc<Identity> {
        Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Signer for MailSigner {
    fn certificate(&self) -> Certificate {
        self.held().shown.clone()
    }

    fn sign(&self, content: &[u8], at: Timestamp) -> Result<Vec<u8>, SignError> {
        self.signed(content, at, Says::Time(at))
    }

    fn sign_paper(&self, content: &[u8], at: Timestamp) -> Result<Vec<u8>, SignError> {
        self.signed(content, at, Says::Signer)
    }

    fn renew(&self, at: Timestamp) -> Result<Certificate, SignError> {
        let KeySource::Own(folder) = &self.source else { return Err(SignError::Supplied) };
        let authority = Authority { folder, random: self.random.as_ref() };
        let made = authority.issue(&self.who, at);
        let made = made.and_then(|text| read(folder, (&text, &text), &self.who));
        let identity = made.map_err(|failed| SignError::Failed(Box::new(failed)))?;
        let shown = identity.shown.clone();
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(identity);
        Ok(shown)
    }
}

fn read(path: &Path, texts: (&str, &str), who: &Signatory) -> Result<Identity, MailKeyError> {
    Identity::read(texts.0, texts.1, &who.address)
        .map_err(|source| MailKeyError::Unfit { path: path.to_owned(), source })
}

fn text_of(path: &Path) -> Result<String, MailKeyError> {
    fs::read_to_string(path).map_err(|source| MailKeyError::Io { path: path.to_owned(), source })
}

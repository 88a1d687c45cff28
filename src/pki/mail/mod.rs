//! What mails are signed with: the bank's own files, or key and certificate of an authority that
//! is made here. It refuses a certificate that does not vouch for the sender's address.
//!
//! Read [`MailSigner`] first.

mod identity;
mod signature;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rcgen::{ExtendedKeyUsagePurpose, SanType};

use identity::Identity;
pub use identity::Unfit;
pub(super) use identity::name_of;
pub(super) use signature::SIGNING_CERTIFICATE;
use signature::Says;

use super::authority::{Authority, AuthorityError, TITLE, Wanted, pem};
use crate::domain::Timestamp;
use crate::ports::{Certificate, Random, SignError, Signer, Validity};

/// How long a certificate of mails is valid.
const MAIL_DAYS: i64 = 365;
/// Key and certificate of mails in one file, so that no crash can leave a pair that does not match.
const MAIL: &str = "mail.pem";

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
    /// The bank's files cannot be read.
    #[error("cannot read {}", path.display())]
    Io {
        /// What was to be read.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The own authority cannot be used.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
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
    /// It is made `at`, and vouches for what is signed from `from` on, which may be earlier. Errs
    /// where they cannot sign mails of this sender. One that has ended is no error: mails then
    /// wait.
    pub fn open(
        source: KeySource,
        who: Signatory,
        random: Arc<dyn Random>,
        [from, at]: [Timestamp; 2],
    ) -> Result<Self, MailKeyError> {
        let identity = match &source {
            KeySource::Own(folder) => {
                let text = Own { folder, random: random.as_ref(), who: &who }.text([from, at])?;
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
        let text = Own { folder, random, who }.issue([at, at])?;
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

    fn is_supplied(&self) -> bool {
        matches!(self.source, KeySource::Supplied { .. })
    }

    fn sign(&self, content: &[u8], at: Timestamp) -> Result<Vec<u8>, SignError> {
        self.signed(content, at, Says::Time(at))
    }

    fn sign_paper(&self, content: &[u8], at: Timestamp) -> Result<Vec<u8>, SignError> {
        self.signed(content, at, Says::Signer)
    }

    fn renew(&self, at: Timestamp) -> Result<Certificate, SignError> {
        let KeySource::Own(folder) = &self.source else { return Err(SignError::Supplied) };
        let made = Own { folder, random: self.random.as_ref(), who: &self.who }.issue([at, at]);
        let made = made.and_then(|text| read(folder, (&text, &text), &self.who));
        let identity = made.map_err(|failed| SignError::Failed(Box::new(failed)))?;
        let shown = identity.shown.clone();
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(identity);
        Ok(shown)
    }
}

/// The certificate of mails as the own authority makes it.
struct Own<'o> {
    folder: &'o Path,
    random: &'o dyn Random,
    who: &'o Signatory,
}

impl Own<'_> {
    /// The text of key and certificate of mails, made now where there are none.
    fn text(&self, moments: [Timestamp; 2]) -> Result<String, MailKeyError> {
        match self.authority().text(MAIL)? {
            Some(text) => Ok(text),
            None => self.issue(moments),
        }
    }

    /// Makes a new key and certificate of mails and puts them in place of the old ones.
    fn issue(&self, [from, at]: [Timestamp; 2]) -> Result<String, MailKeyError> {
        let Signatory { institution, name, address } = self.who;
        let wanted = Wanted { names: [institution, name], days: MAIL_DAYS, at, from };
        let [key, certificate] = self.authority().issue(&wanted, |params| {
            params.subject_alt_names = vec![SanType::Rfc822Name(address.as_str().try_into()?)];
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
            Ok(())
        })?;
        let text = pem("PRIVATE KEY", &key)? + &pem("CERTIFICATE", &certificate)?;
        self.authority().put(MAIL, &text, 0o600)?;
        Ok(text)
    }

    fn authority(&self) -> Authority<'_> {
        let (folder, random, institution) = (self.folder, self.random, &self.who.institution);
        Authority { folder, random, institution, title: TITLE }
    }
}

fn read(path: &Path, texts: (&str, &str), who: &Signatory) -> Result<Identity, MailKeyError> {
    Identity::read(texts.0, texts.1, &who.address)
        .map_err(|source| MailKeyError::Unfit { path: path.to_owned(), source })
}

fn text_of(path: &Path) -> Result<String, MailKeyError> {
    fs::read_to_string(path).map_err(|source| MailKeyError::Io { path: path.to_owned(), source })
}

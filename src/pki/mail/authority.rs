//! The bank's own authority: a root made once, and the certificates of mails it makes.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use der::Decode as _;
use der::oid::db::rfc4519;
use der::pem::{LineEnding, encode_string};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SanType, SerialNumber, date_time_ymd,
};
use x509_cert::Certificate;

use super::identity::{blocks, part_of};
use super::{MailKeyError, Signatory};
use crate::domain::Timestamp;
use crate::ports::Random;

const DAY_MS: i64 = 86_400_000;
/// How long the root is valid.
const ROOT_DAYS: i64 = 3_650;
/// How long a certificate of mails is valid.
const MAIL_DAYS: i64 = 365;
/// The longest name a certificate may hold (RFC 5280, ub-common-name).
const NAME_MAX: usize = 64;

/// The root as everybody may have it.
const ROOT: &str = "ca.pem";
const ROOT_KEY: &str = "ca.key";
/// Key and certificate of mails in one file, so that no crash can leave a pair that does not match.
const MAIL: &str = "mail.pem";

/// The folder `var/pki/`.
#[derive(Debug)]
pub(super) struct Authority<'a> {
    pub(super) folder: &'a Path,
    pub(super) random: &'a dyn Random,
}

impl Authority<'_> {
    /// The text of key and certificate of mails, made now where there are none.
    pub(super) fn mail(&self, who: &Signatory, at: Timestamp) -> Result<String, MailKeyError> {
        match self.text(MAIL)? {
            Some(text) => Ok(text),
            None => self.issue(who, at),
        }
    }

    /// Makes a new key and certificate of mails and puts them in place of the old ones.
    pub(super) fn issue(&self, who: &Signatory, at: Timestamp) -> Result<String, MailKeyError> {
        let (root, issuer) = self.root(who, at)?;
        let end = root.tbs_certificate.validity.not_after.to_unix_duration();
        let end = Timestamp::from_ms(i64::try_from(end.as_millis()).unwrap_or(i64::MAX));
        let until = at.plus_ms(MAIL_DAYS * DAY_MS).min(end);
        let mut params = self.params([&who.institution, &who.name], at, until);
        let address = who.address.as_str().try_into()?;
        params.subject_alt_names = vec![SanType::Rfc822Name(address)];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::EmailProtection];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let made = params.signed_by(&key, &issuer)?;
        let text = pem("PRIVATE KEY", key.serialized_der())? + &pem("CERTIFICATE", made.der())?;
        self.put(MAIL, &text, 0o600)?;
        Ok(text)
    }

    /// The root and its key, made where there is none.
    fn root(
        &self,
        who: &Signatory,
        at: Timestamp,
    ) -> Result<(Certificate, Issuer<'static, KeyPair>), MailKeyError> {
        let damaged = || MailKeyError::Damaged(self.folder.join(ROOT));
        let text = match self.text(ROOT)? {
            Some(text) => text,
            None => self.make_root(who, at)?,
        };
        let bytes = blocks(&text, "CERTIFICATE").pop().ok_or_else(damaged)?;
        let root = Certificate::from_der(&bytes).map_err(|_| damaged())?;
        let key = self.text(ROOT_KEY)?.and_then(|text| blocks(&text, "PRIVATE KEY").pop());
        let key = KeyPair::try_from(key.ok_or_else(damaged)?)?;
        // The same names again: what is signed must name the root as the root names itself.
        let subject = &root.tbs_certificate.subject;
        let part = |oid| part_of(subject, oid).ok_or_else(damaged);
        let params = self.params([&part(rfc4519::O)?, &part(rfc4519::CN)?], at, at);
        Ok((root, Issuer::new(params, key)))
    }

    fn make_root(&self, who: &Signatory, at: Timestamp) -> Result<String, MailKeyError> {
        let name = format!("{} でんさい認証局", who.institution);
        let until = at.plus_ms(ROOT_DAYS * DAY_MS);
        let mut params = self.params([&who.institution, &name], at, until);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let made = params.self_signed(&key)?;
        // The key first: a root without its key could never be used, a key alone is made anew.
        self.put(ROOT_KEY, &pem("PRIVATE KEY", key.serialized_der())?, 0o600)?;
        let text = pem("CERTIFICATE", made.der())?;
        self.put(ROOT, &text, 0o644)?;
        Ok(text)
    }

    /// What every certificate says: institution and name, its number, from when until when.
    fn params(&self, names: [&str; 2], at: Timestamp, until: Timestamp) -> CertificateParams {
        let [institution, name] = names;
        let mut serial = [0; 16];
        self.random.fill(&mut serial);
        // Positive, and never shorter than it looks.
        serial[0] = serial[0] & 0x7f | 0x40;
        let mut names = DistinguishedName::new();
        names.push(DnType::OrganizationName, short(institution));
        names.push(DnType::CommonName, short(name));
        let mut params = CertificateParams::default();
        params.distinguished_name = names;
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        // A day earlier, because not every reader's clock is right.
        let [from, until] = [at.plus_ms(-DAY_MS), until].map(|moment| {
            let since = u64::try_from(moment.ms() / 1_000).unwrap_or(0);
            date_time_ymd(1970, 1, 1) + Duration::from_secs(since)
        });
        (params.not_before, params.not_after) = (from, until);
        params
    }

    fn text(&self, name: &str) -> Result<Option<String>, MailKeyError> {
        let path = self.folder.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(MailKeyError::Io { path, source }),
        }
    }

    /// Puts a whole file in its place, and that durable.
    fn put(&self, name: &str, text: &str, mode: u32) -> Result<(), MailKeyError> {
        let path = self.folder.join(name);
        let put = |path: &PathBuf| {
            fs::DirBuilder::new().recursive(true).mode(0o700).create(self.folder)?;
            let part = path.with_extension("part");
            fs::remove_file(&part).or_else(|error| match error.kind() {
                io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            })?;
            let mut options = fs::OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(mode).open(&part)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&part, path)?;
            fs::File::open(self.folder)?.sync_all()
        };
        put(&path).map_err(|source| MailKeyError::Io { path, source })
    }
}

fn pem(label: &str, bytes: &[u8]) -> Result<String, MailKeyError> {
    encode_string(label, LineEnding::LF, bytes).map_err(MailKeyError::Pem)
}

fn short(name: &str) -> String {
    name.chars().take(NAME_MAX).collect()
}

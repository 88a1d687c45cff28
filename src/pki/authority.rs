//! An authority of the bank's own: a root made once, and the certificates it makes.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use der::Decode as _;
use der::asn1::ObjectIdentifier;
use der::oid::db::rfc4519;
use der::pem::{LineEnding, encode_string};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SerialNumber, date_time_ymd,
};
use time::OffsetDateTime;
use x509_cert::Certificate;
use x509_cert::name::Name;

use crate::domain::Timestamp;
use crate::ports::Random;

pub(super) const DAY_MS: i64 = 86_400_000;
/// How long the root is valid.
const ROOT_DAYS: i64 = 3_650;
/// The longest name a certificate may hold (RFC 5280, ub-common-name).
const NAME_MAX: usize = 64;

/// The title of the authority that mails and pages share.
pub(super) const TITLE: &str = "でんさい認証局";
/// The root as everybody may have it.
const ROOT: &str = "ca.pem";
const ROOT_KEY: &str = "ca.key";

/// A folder with a root and its key.
#[derive(Debug)]
pub(super) struct Authority<'a> {
    pub(super) folder: &'a Path,
    pub(super) random: &'a dyn Random,
    /// The institution, as the root names it.
    pub(super) institution: &'a str,
    /// What the root is called after the institution's name.
    pub(super) title: &'static str,
}

/// An authority cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The file system failed.
    #[error("cannot read or write {}", path.display())]
    Io {
        /// What was to be used.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file of the authority is not what it was.
    #[error(
        "{} が壊れています。バックアップから戻してください / is damaged; restore it from a backup",
        .0.display()
    )]
    Damaged(PathBuf),
    /// The authority cannot make a certificate.
    #[error("cannot make a certificate")]
    Make(#[from] rcgen::Error),
    /// A key or certificate cannot be written as text.
    #[error("cannot write a certificate: {0}")]
    Pem(der::pem::Error),
}

/// Whom a certificate is made for, and until when.
#[derive(Debug)]
pub(super) struct Wanted<'w> {
    /// The names of institution and holder.
    pub(super) names: [&'w str; 2],
    /// How long it is valid, in days; never longer than its authority.
    pub(super) days: i64,
    /// When it is made.
    pub(super) at: Timestamp,
    /// The first moment it is to vouch for: `at`, or before where the program acts on an earlier
    /// day.
    pub(super) from: Timestamp,
}

impl Authority<'_> {
    /// The private key (PKCS#8) of a new pair, and the certificate (DER) made for it after `fill`
    /// said what it is for.
    pub(super) fn issue(
        &self,
        wanted: &Wanted<'_>,
        fill: impl FnOnce(&mut CertificateParams) -> Result<(), rcgen::Error>,
    ) -> Result<[Vec<u8>; 2], AuthorityError> {
        let (issuer, mut params) = self.prepare(wanted)?;
        fill(&mut params)?;
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let made = params.signed_by(&key, &issuer)?;
        Ok([key.serialized_der().to_vec(), made.der().to_vec()])
    }

    /// Who signs a certificate, and what it says besides its use.
    pub(super) fn prepare(
        &self,
        wanted: &Wanted<'_>,
    ) -> Result<(Issuer<'static, KeyPair>, CertificateParams), AuthorityError> {
        let (root, issuer) = self.root(wanted.from)?;
        let end = moment(root.tbs_certificate.validity.not_after.to_unix_duration());
        let until = wanted.at.plus_ms(wanted.days * DAY_MS).min(end);
        let mut params = self.params(wanted.names, wanted.from, until);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.use_authority_key_identifier_extension = true;
        Ok((issuer, params))
    }

    /// The root and its key, made where there is none.
    pub(super) fn root(
        &self,
        at: Timestamp,
    ) -> Result<(Certificate, Issuer<'static, KeyPair>), AuthorityError> {
        let damaged = || AuthorityError::Damaged(self.folder.join(ROOT));
        let text = match self.text(ROOT)? {
            Some(text) => text,
            None => self.make_root(at)?,
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

    fn make_root(&self, at: Timestamp) -> Result<String, AuthorityError> {
        let name = format!("{} {}", self.institution, self.title);
        let until = at.plus_ms(ROOT_DAYS * DAY_MS);
        let mut params = self.params([self.institution, &name], at, until);
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
    fn params(&self, names: [&str; 2], from: Timestamp, until: Timestamp) -> CertificateParams {
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
        (params.not_before, params.not_after) = (written(from.plus_ms(-DAY_MS)), written(until));
        params
    }

    /// The text of a file of the folder; nothing when there is no such file.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, AuthorityError> {
        let path = self.folder.join(name);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(AuthorityError::Io { path, source }),
        }
    }

    /// Puts a whole file in its place, and that durable.
    pub(super) fn put(&self, name: &str, text: &str, mode: u32) -> Result<(), AuthorityError> {
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
        put(&path).map_err(|source| AuthorityError::Io { path, source })
    }
}

/// Bytes as a block of PEM.
pub(super) fn pem(label: &str, bytes: &[u8]) -> Result<String, AuthorityError> {
    encode_string(label, LineEnding::LF, bytes).map_err(AuthorityError::Pem)
}

fn short(name: &str) -> String {
    name.chars().take(NAME_MAX).collect()
}

/// The bytes of every block with this label, in order.
pub(super) fn blocks(text: &str, label: &str) -> Vec<Vec<u8>> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let bytes = text.split(&begin).skip(1).filter_map(|after| {
        let (body, _) = after.split_once(&end)?;
        let block = format!("{begin}{body}{end}");
        der::pem::decode_vec(block.as_bytes()).ok().map(|(_, bytes)| bytes)
    });
    bytes.collect()
}

/// One part of a name.
pub(super) fn part_of(name: &Name, oid: ObjectIdentifier) -> Option<String> {
    let mut parts = name.0.iter().flat_map(|parts| parts.0.iter());
    let found = parts.find(|part| part.oid == oid)?;
    String::from_utf8(found.value.value().to_vec()).ok()
}

/// A moment as certificates write it.
pub(super) fn moment(since: Duration) -> Timestamp {
    Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The same the other way, to the second.
pub(super) fn written(moment: Timestamp) -> OffsetDateTime {
    let since = u64::try_from(moment.ms() / 1_000).unwrap_or(0);
    date_time_ymd(1970, 1, 1) + Duration::from_secs(since)
}

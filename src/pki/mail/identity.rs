//! A key with its certificate, read from PEM and held against what mails need.

use der::Decode as _;
use der::oid::db::{rfc4519, rfc5280};
use x509_cert::Certificate;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName};
use x509_cert::name::Name;

use super::super::authority::{blocks, moment, part_of};
use super::signature::Key;
use crate::domain::Digest;
use crate::ports;

/// What mails are signed with.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) key: Key,
    pub(super) leaf: Certificate,
    /// Those between the leaf and the root, without the root: a reader has that already.
    pub(super) above: Vec<Certificate>,
    pub(super) shown: ports::Certificate,
}

/// Why key and certificate cannot sign mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// No private key that can be used.
    #[error(
        "PKCS#8形式の秘密鍵（P-256、または2048ビット以上のRSA）がありません / \
         no PKCS#8 private key of P-256 or of RSA with 2048 bits or more"
    )]
    Key,
    /// No certificate of that key.
    #[error("秘密鍵に合う証明書がありません / no certificate belongs to the private key")]
    Certificate,
    /// The certificate may not sign mail.
    #[error(
        "メールの署名に使える証明書ではありません（用途 emailProtection と digitalSignature、\
         メールアドレスが必要です） / the certificate is not for signing mail: it needs \
         emailProtection, digitalSignature and a mail address"
    )]
    Purpose,
}

impl Identity {
    /// Reads key and certificates; of several addresses the one that is `wanted` counts.
    pub(super) fn read(key: &str, certificates: &str, wanted: &str) -> Result<Self, Unfit> {
        let key = blocks(key, "PRIVATE KEY").into_iter().find_map(|pkcs8| Key::read(&pkcs8));
        let key = key.ok_or(Unfit::Key)?;
        let read = |der: Vec<u8>| Certificate::from_der(&der).ok().map(|read| (read, der));
        let (own, above): (Vec<_>, Vec<_>) = blocks(certificates, "CERTIFICATE")
            .into_iter()
            .filter_map(read)
            .partition(|(certificate, _)| public_of(certificate) == Some(key.public()));
        let (leaf, bytes) = own.into_iter().next().ok_or(Unfit::Certificate)?;
        let address = address_of(&leaf, wanted).ok_or(Unfit::Purpose)?;
        let valid = leaf.tbs_certificate.validity;
        let shown = ports::Certificate {
            address,
            issuer: name_of(&leaf.tbs_certificate.issuer),
            fingerprint: Digest::of(&bytes),
            from: moment(valid.not_before.to_unix_duration()),
            until: moment(valid.not_after.to_unix_duration()),
        };
        let above = above.into_iter().map(|(one, _)| one).filter(|one| !is_root(one)).collect();
        Ok(Self { key, leaf, above, shown })
    }
}

/// What people know somebody in a certificate by.
pub(in crate::pki) fn name_of(name: &Name) -> String {
    let part = |oid| part_of(name, oid);
    part(rfc4519::COMMON_NAME).or_else(|| part(rfc4519::O)).unwrap_or_else(|| name.to_string())
}

fn public_of(certificate: &Certificate) -> Option<&[u8]> {
    certificate.tbs_certificate.subject_public_key_info.subject_public_key.as_bytes()
}

fn is_root(certificate: &Certificate) -> bool {
    certificate.tbs_certificate.subject == certificate.tbs_certificate.issuer
}

/// The address a certificate may sign mail of (RFC 8550, 3 and 4.4.4); nothing if it may not.
fn address_of(certificate: &Certificate, wanted: &str) -> Option<String> {
    let inner = &certificate.tbs_certificate;
    let purposes = inner.get::<ExtendedKeyUsage>().ok()?;
    let usage = inner.get::<KeyUsage>().ok()?;
    let is_for_mail = purposes.is_none_or(|(_, purposes)| {
        let good = [rfc5280::ID_KP_EMAIL_PROTECTION, rfc5280::ANY_EXTENDED_KEY_USAGE];
        purposes.0.iter().any(|purpose| good.contains(purpose))
    });
    let signs = usage.is_none_or(|(_, usage)| usage.0.contains(KeyUsages::DigitalSignature));
    let (_, names) = inner.get::<SubjectAltName>().ok()?.filter(|_| is_for_mail && signs)?;
    let addresses = names.0.iter().filter_map(|name| match name {
        GeneralName::Rfc822Name(address) => Some(address.to_string()),
        _ => None,
    });
    let addresses: Vec<String> = addresses.collect();
    let same = addresses.iter().find(|address| address.eq_ignore_ascii_case(wanted));
    same.or(addresses.first()).cloned()
}

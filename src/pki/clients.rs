//! The authority of users' certificates, a root of its own beside that of mails and pages.
//!
//! A certificate says who a user is and nothing of what they may do. What a request asks for
//! besides its key is not looked at. Read [`ClientAuthority`] first.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use der::oid::db::rfc5912;
use der::{Decode as _, Encode as _};
use p12_keystore::{
    EncryptionAlgorithm, KeyStore, KeyStoreEntry, MacAlgorithm, PrivateKey, PrivateKeyChain,
};
use rcgen::{
    CertificateRevocationListParams, ExtendedKeyUsagePurpose, KeyIdMethod, KeyPair, PublicKeyData,
    RevokedCertParams, SerialNumber, SubjectPublicKeyInfo,
};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use x509_cert::request::CertReq;

use super::authority::{Authority, AuthorityError, DAY_MS, Wanted, blocks, pem, written};
use crate::domain::{Digest, Timestamp, UserId};
use crate::ports::{Bundle, ClientCertificate, Clock, IssueError, Issued, Issuer, Random};

/// How long a certificate of a user is valid, in days.
const DAYS: i64 = 365;
/// How long a list of revoked ones may be used, in days; it is made anew whenever it is asked for.
const LIST_DAYS: i64 = 7;
/// Rounds between a password and the key of a file: a tenth of a second on a branch's PC.
const ITERATIONS: u32 = 100_000;
/// The longest request, in bytes.
const REQUEST_MAX: usize = 16 * 1024;
/// The root's title.
const TITLE: &str = "電子証明書認証局";
/// How requests are labelled; the second by Windows.
const LABELS: [&str; 2] = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

/// Makes certificates of users with a root that is made when it is first needed.
#[derive(Debug)]
pub struct ClientAuthority {
    folder: PathBuf,
    institution: String,
    random: Arc<dyn Random>,
    clock: Arc<dyn Clock>,
    /// Held while the root is read, so that it is made once.
    turn: Mutex<()>,
}

impl ClientAuthority {
    /// The authority in `folder`, e.g. `var/pki/clients/`; nothing is read or made yet.
    pub fn new(
        folder: PathBuf,
        institution: String,
        random: Arc<dyn Random>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { folder, institution, random, clock, turn: Mutex::default() }
    }

    /// The root (DER), which handshakes hold users' certificates against.
    pub fn root(&self, at: Timestamp) -> Result<Vec<u8>, AuthorityError> {
        let _turn = self.turn();
        let (root, _) = self.authority().root(at)?;
        root.to_der().map_err(|_| AuthorityError::Damaged(self.folder.clone()))
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn authority(&self) -> Authority<'_> {
        let (folder, random, institution) = (&self.folder, &*self.random, &self.institution);
        Authority { folder, random, institution, title: TITLE }
    }

    fn certified(
        &self,
        user: &UserId,
        key: &impl PublicKeyData,
        at: Timestamp,
    ) -> Result<Issued, AuthorityError> {
        let names = [self.institution.as_str(), user.as_str()];
        let _turn = self.turn();
        let (issuer, mut params) =
            self.authority().prepare(&Wanted { names, days: DAYS, at, from: at })?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let serial = params.serial_number.clone().unwrap_or_else(|| SerialNumber::from(0));
        let until = Timestamp::from_ms(params.not_after.unix_timestamp().saturating_mul(1_000));
        let made = params.signed_by(key, &issuer)?;
        let certificate = ClientCertificate {
            serial: digits_of(&serial),
            fingerprint: Digest::of(made.der()),
            since: at,
            until,
            revoked: None,
        };
        Ok(Issued { certificate, pem: pem("CERTIFICATE", made.der())? })
    }

    fn listed(
        &self,
        revoked: &[ClientCertificate],
        at: Timestamp,
    ) -> Result<Vec<u8>, AuthorityError> {
        let _turn = self.turn();
        let (_, issuer) = self.authority().root(at)?;
        let entry = |one: &ClientCertificate| {
            Some(RevokedCertParams {
                serial_number: SerialNumber::from_slice(&bytes_of(&one.serial)?),
                revocation_time: written(one.revoked?),
                reason_code: None,
                invalidity_date: None,
            })
        };
        let list = CertificateRevocationListParams {
            this_update: written(at),
            next_update: written(at.plus_ms(LIST_DAYS * DAY_MS)),
            crl_number: SerialNumber::from(u64::try_from(at.ms()).unwrap_or(0)),
            issuing_distribution_point: None,
            revoked_certs: revoked.iter().filter_map(entry).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&issuer)?.der().to_vec())
    }
}

impl Issuer for ClientAuthority {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn issue(&self, user: &UserId, request: &[u8], at: Timestamp) -> Result<Issued, IssueError> {
        let key = key_of(request).ok_or(IssueError::Request)?;
        self.certified(user, &key, at).map_err(|failed| IssueError::Failed(Box::new(failed)))
    }

    fn bundle(&self, user: &UserId, password: &str, at: Timestamp) -> Result<Bundle, IssueError> {
        let failed = |error: AuthorityError| IssueError::Failed(Box::new(error));
        let key = KeyPair::generate().map_err(|error| failed(error.into()))?;
        let issued = self.certified(user, &key, at).map_err(failed)?;
        let made = blocks(&issued.pem, "CERTIFICATE").pop().ok_or(IssueError::Request)?;
        let chain = [made, self.root(at).map_err(failed)?];
        let pkcs12 = pkcs12(user, (key.serialize_der(), &chain), password);
        let pkcs12 = pkcs12.map_err(|error| IssueError::Failed(Box::new(error)))?;
        Ok(Bundle { certificate: issued.certificate, pkcs12 })
    }

    fn revocations(
        &self,
        revoked: &[ClientCertificate],
        at: Timestamp,
    ) -> Result<Vec<u8>, IssueError> {
        self.listed(revoked, at).map_err(|failed| IssueError::Failed(Box::new(failed)))
    }
}

/// A key (PKCS#8 in DER) and its chain as Windows, macOS and browsers take them in (RFC 7292):
/// AES-256 and HMAC with SHA-256.
fn pkcs12(
    user: &UserId,
    (key, chain): (Vec<u8>, &[Vec<u8>]),
    password: &str,
) -> p12_keystore::Result<Vec<u8>> {
    let key = PrivateKey::from_der(&key)?;
    let chain: p12_keystore::Result<Vec<_>> =
        chain.iter().map(|der| p12_keystore::Certificate::from_der(der)).collect();
    let chain = PrivateKeyChain::new(user.as_str(), key, chain?);
    let mut store = KeyStore::new();
    store.add_entry(user.as_str(), KeyStoreEntry::PrivateKeyChain(chain));
    store
        .writer(password)
        .encryption_algorithm(EncryptionAlgorithm::PbeWithHmacSha256AndAes256)
        .mac_algorithm(MacAlgorithm::HmacSha256)
        .encryption_iterations(ITERATIONS)
        .mac_iterations(ITERATIONS)
        .write()
}

/// The public key of a request that holds it and was signed with its other half.
fn key_of(request: &[u8]) -> Option<SubjectPublicKeyInfo> {
    if request.len() > REQUEST_MAX {
        return None;
    }
    let text = std::str::from_utf8(request).ok();
    let from_text = text.and_then(|text| LABELS.iter().find_map(|label| blocks(text, label).pop()));
    let request = CertReq::from_der(&from_text.unwrap_or_else(|| request.to_vec())).ok()?;
    let algorithm: &dyn VerificationAlgorithm = match request.algorithm.oid {
        rfc5912::ECDSA_WITH_SHA_256 => &ECDSA_P256_SHA256_ASN1,
        rfc5912::SHA_256_WITH_RSA_ENCRYPTION => &RSA_PKCS1_2048_8192_SHA256,
        _ => return None,
    };
    let key = &request.info.public_key;
    UnparsedPublicKey::new(algorithm, key.subject_public_key.as_bytes()?)
        .verify(&request.info.to_der().ok()?, request.signature.as_bytes()?)
        .ok()?;
    SubjectPublicKeyInfo::from_der(&key.to_der().ok()?).ok()
}

/// A number of sixteen bytes as hexadecimal digits.
fn digits_of(serial: &SerialNumber) -> String {
    let number = serial.to_bytes().iter().fold(0, |sum: u128, byte| (sum << 8) | u128::from(*byte));
    format!("{number:032x}")
}

/// The same the other way.
fn bytes_of(digits: &str) -> Option<[u8; 16]> {
    u128::from_str_radix(digits, 16).ok().map(u128::to_be_bytes)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};
    use x509_cert::Certificate;
    use x509_cert::crl::CertificateList;

    use super::*;

    #[derive(Debug)]
    struct Counting(std::sync::atomic::AtomicU8);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst));
        }
    }

    #[derive(Debug)]
    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            Timestamp::from_ms(1_796_000_000_000)
        }
    }

    fn authority(folder: &std::path::Path) -> ClientAuthority {
        let chance = Arc::new(Counting(1.into()));
        let name = "見本信用金庫".into();
        ClientAuthority::new(folder.to_owned(), name, chance, Arc::new(Noon))
    }

    fn request() -> Vec<u8> {
        let key = KeyPair::generate().unwrap();
        CertificateParams::default().serialize_request(&key).unwrap().der().to_vec()
    }

    #[test]
    fn a_file_for_a_pc_holds_a_key_of_its_own_with_its_chain_behind_its_password() {
        let folder = tempfile::tempdir().unwrap();
        let own = authority(folder.path());
        let (user, at) =
            (UserId::parse("yamada01").unwrap(), Timestamp::from_ms(1_796_000_000_000));
        let one = own.bundle(&user, "木の葉 と 月", at).unwrap();
        let strict = p12_keystore::Pkcs12ImportPolicy::Strict;
        let read = KeyStore::from_pkcs12(&one.pkcs12, "木の葉 と 月", strict).unwrap();
        let (name, chain) = read.private_key_chain().unwrap();
        assert_eq!((name, chain.certs().len()), ("yamada01", 2));
        assert_eq!(Digest::of(chain.certs()[0].as_der()), one.certificate.fingerprint);
        assert_eq!(chain.certs()[1].as_der(), own.root(at).unwrap());
        assert!(KeyPair::try_from(chain.key().as_der()).is_ok());
        assert!(KeyStore::from_pkcs12(&one.pkcs12, "a guess", strict).is_err());
        let two = own.bundle(&user, "木の葉 と 月", at).unwrap();
        assert_ne!(one.certificate.fingerprint, two.certificate.fingerprint);
        let shown = format!("{one:?}");
        assert!(!shown.contains("pkcs12:"), "{shown}");
    }

    #[test]
    fn a_request_becomes_a_certificate_of_a_year_and_a_changed_one_none() {
        let folder = tempfile::tempdir().unwrap();
        let own = authority(folder.path());
        let (user, at) =
            (UserId::parse("yamada01").unwrap(), Timestamp::from_ms(1_796_000_000_000));
        let request = request();
        let text = pem(LABELS[1], &request).unwrap();
        let [first, second] = [&request[..], text.as_bytes()].map(|request| {
            let issued = own.issue(&user, request, at).unwrap();
            let der = blocks(&issued.pem, "CERTIFICATE").pop().unwrap();
            assert_eq!(issued.certificate.fingerprint, Digest::of(&der));
            let read = Certificate::from_der(&der).unwrap().tbs_certificate;
            assert!(read.subject.to_string().contains("CN=yamada01"));
            assert_eq!(
                bytes_of(&issued.certificate.serial).unwrap(),
                read.serial_number.as_bytes()
            );
            issued.certificate
        });
        assert_ne!(first.serial, second.serial);
        assert_eq!(first.until, at.plus_ms(DAYS * DAY_MS));
        let mut changed = request.clone();
        let middle = changed.len() / 3;
        changed[middle] ^= 1;
        for bad in [&changed[..], b"", b"-----BEGIN CERTIFICATE REQUEST-----"] {
            assert!(matches!(own.issue(&user, bad, at), Err(IssueError::Request)));
        }
        let revoked = ClientCertificate { revoked: Some(at), ..first };
        let list = own.revocations(std::slice::from_ref(&revoked), at).unwrap();
        let list = CertificateList::from_der(&list).unwrap().tbs_cert_list;
        let serials: Vec<_> = list.revoked_certificates.unwrap();
        assert_eq!(serials[0].serial_number.as_bytes(), bytes_of(&revoked.serial).unwrap());
        assert!(own.revocations(&[], at).is_ok());
    }
}

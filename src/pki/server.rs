//! What the pages are served with: the bank's own files, or a certificate of the own authority.
//!
//! The own one is made at every start and kept in memory alone: browsers know the authority, so
//! nothing is gained by keeping a key that could be stolen. Read [`ServerKey`] first.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use der::Decode as _;
use rcgen::{ExtendedKeyUsagePurpose, SanType};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientHello, ResolvesServerCert, VerifierBuilderError, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::{RootCertStore, ServerConfig};

use super::KeySource;
use super::authority::{Authority, AuthorityError, DAY_MS, TITLE, Wanted};
use crate::domain::Timestamp;
use crate::ports::Random;

/// How long a certificate of the own authority is valid, in days.
const DAYS: i64 = 90;
/// With so many days left a running program makes the next one.
const LEFT_DAYS: i64 = 30;

/// The pages cannot be served with key and certificate.
#[derive(Debug, thiserror::Error)]
pub enum ServerKeyError {
    /// The own authority cannot be used.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// A file of the bank cannot be read.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file of the bank holds no PEM of what is wanted.
    #[error("{} に PEM の秘密鍵か証明書がありません / holds no PEM of key or certificate", .0.display())]
    Pem(PathBuf, #[source] pem::Error),
    /// Key and certificate do not belong together, or cannot be used.
    #[error("画面の秘密鍵と証明書が使えません / key and certificate of the pages cannot be used")]
    Unfit(#[from] rustls::Error),
    /// Users' certificates cannot be checked.
    #[error("users' certificates cannot be checked")]
    Clients(#[from] VerifierBuilderError),
}

/// Key and certificate of the pages; every handshake takes those held at the time.
#[derive(Debug)]
pub struct ServerKey {
    source: KeySource,
    institution: String,
    /// Host names and addresses the pages are reached at.
    hosts: Vec<String>,
    random: Arc<dyn Random>,
    held: RwLock<Held>,
}

#[derive(Debug)]
struct Held {
    key: Arc<CertifiedKey>,
    made: Timestamp,
}

impl ServerKey {
    /// Reads the bank's files, or makes a certificate for `hosts` by the own authority.
    ///
    /// Errs where they cannot be read or do not belong together.
    pub fn open(
        source: KeySource,
        institution: String,
        hosts: Vec<String>,
        random: Arc<dyn Random>,
        at: Timestamp,
    ) -> Result<Self, ServerKeyError> {
        let key = match &source {
            KeySource::Own(folder) => issue(folder, &institution, &hosts, random.as_ref(), at)?,
            KeySource::Supplied { key, certificate } => supplied(key, certificate)?,
        };
        let held = RwLock::new(Held { key: Arc::new(key), made: at });
        Ok(Self { source, institution, hosts, random, held })
    }

    /// Makes the next certificate of the own authority when the present one is near its end;
    /// answers whether it did. Files of the bank are taken up at the next start.
    pub fn renew(&self, at: Timestamp) -> Result<bool, ServerKeyError> {
        let KeySource::Own(folder) = &self.source else { return Ok(false) };
        let made = self.held.read().unwrap_or_else(PoisonError::into_inner).made;
        if at < made.plus_ms((DAYS - LEFT_DAYS) * DAY_MS) {
            return Ok(false);
        }
        let key = issue(folder, &self.institution, &self.hosts, self.random.as_ref(), at)?;
        let held = Held { key: Arc::new(key), made: at };
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = held;
        Ok(true)
    }

    /// How many days the certificate in use is still good for at `at`; below zero it has ended.
    pub fn days_left(&self, at: Timestamp) -> Option<i64> {
        let key = Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner).key);
        let read = x509_cert::Certificate::from_der(key.cert.first()?).ok()?;
        let until = read.tbs_certificate.validity.not_after.to_unix_duration().as_millis();
        let until = i64::try_from(until).ok()?;
        Some(until.saturating_sub(at.ms()).div_euclid(DAY_MS))
    }

    /// How handshakes go: TLS 1.2 and 1.3 with the held certificate. A browser may show one that
    /// the root `clients` (DER) made; whether it opens anything is asked at every request. Without
    /// a root none is asked for.
    pub fn config(
        self: &Arc<Self>,
        clients: Option<Vec<u8>>,
    ) -> Result<Arc<ServerConfig>, ServerKeyError> {
        let provider = Arc::new(ring::default_provider());
        let verifier = clients.map(|root| verifier(root, &provider)).transpose()?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(
                verifier.unwrap_or_else(WebPkiClientVerifier::no_client_auth),
            )
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        // The strongest of what both know, whatever a browser lists first.
        config.ignore_client_order = true;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// Holds users' certificates against their root; whoever shows none gets in as nobody.
fn verifier(
    root: Vec<u8>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, ServerKeyError> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root))?;
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    Ok(verifier.allow_unauthenticated().build()?)
}

impl ResolvesServerCert for ServerKey {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.held.read().unwrap_or_else(PoisonError::into_inner).key))
    }
}

fn issue(
    folder: &Path,
    institution: &str,
    hosts: &[String],
    random: &dyn Random,
    at: Timestamp,
) -> Result<CertifiedKey, ServerKeyError> {
    let authority = Authority { folder, random, institution, title: TITLE };
    let host = hosts.first().map_or("", String::as_str);
    let wanted = Wanted { names: [institution, host], days: DAYS, at, from: at };
    let [key, certificate] = authority.issue(&wanted, |params| {
        let names = hosts.iter().map(|host| match host.parse() {
            Ok(address) => Ok(SanType::IpAddress(address)),
            Err(_) => host.as_str().try_into().map(SanType::DnsName),
        });
        params.subject_alt_names = names.collect::<Result<_, _>>()?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        Ok(())
    })?;
    let (key, chain) = (PrivatePkcs8KeyDer::from(key), vec![CertificateDer::from(certificate)]);
    Ok(CertifiedKey::from_der(chain, key.into(), &ring::default_provider())?)
}

fn supplied(key: &Path, certificate: &Path) -> Result<CertifiedKey, ServerKeyError> {
    let read = |path: &Path| {
        fs::read(path).map_err(|source| ServerKeyError::Io { path: path.to_owned(), source })
    };
    let unfit = |path: &Path| {
        let path = path.to_owned();
        move |error| ServerKeyError::Pem(path, error)
    };
    let chain = CertificateDer::pem_slice_iter(&read(certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(unfit(certificate))?;
    let key = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(unfit(key))?;
    Ok(CertifiedKey::from_der(chain, key, &ring::default_provider())?)
}

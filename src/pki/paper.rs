//! Whether the signature of a paper holds: over these bytes, by a certificate that was valid when
//! it was made and that an authority we trust vouches for.

use std::time::Duration;

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{Any, ObjectIdentifier};
use der::oid::db::rfc5911;
use der::{Encode as _, Reader as _, SliceReader};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use sha2::{Digest as _, Sha256};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert, ring as algorithms};
use x509_cert::Certificate;

use super::authority::blocks;
use super::mail::{SIGNING_CERTIFICATE, name_of};
use crate::domain::{Digest, Timestamp};

/// `id-kp-emailProtection`: what the certificates of mails and papers are for.
const EMAIL_PROTECTION: [u8; 8] = [43, 6, 1, 5, 5, 7, 3, 4];

/// Who signed a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperSigner {
    /// The name in the certificate.
    pub name: String,
    /// Who vouches for it.
    pub issuer: String,
    /// SHA-256 of the certificate.
    pub fingerprint: Digest,
}

/// Why a signature does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// What is there is no signature that can be read.
    #[error("the signature cannot be read")]
    Unread,
    /// The paper is not what was signed.
    #[error("the paper was changed after it was signed")]
    Changed,
    /// The signature is not by the certificate that rides with it.
    #[error("the signature is not by its certificate")]
    Forged,
    /// No authority we trust vouches for the certificate, or not at that time.
    #[error("no trusted authority vouches for the signer at that time")]
    Untrusted,
}

impl Doubt {
    /// The same in plain Japanese, with what to do.
    pub const fn japanese(self) -> &'static str {
        match self {
            Self::Unread => "署名が読めません。書面が壊れているおそれがあります。",
            Self::Changed => {
                "署名の後に書き換えられています。この書面を使わず、窓口へお知らせください。"
            }
            Self::Forged => "署名が証明書と合いません。この書面を使わず、窓口へお知らせください。",
            Self::Untrusted => {
                "署名した方の証明書を、確かめる元になる認証局（ca.pem）が保証していません。\
                 認証局のファイルと発行者をお確かめください。"
            }
        }
    }
}

/// Checks the detached CMS `signature` over `content`, said to be made `at`, against certificates
/// of authorities in PEM. Zeros may follow the signature.
pub fn verify(
    content: &[u8],
    signature: &[u8],
    (authorities, at): (&str, Timestamp),
) -> Result<PaperSigner, Doubt> {
    let data = read(signature).map_err(|_| Doubt::Unread)?;
    let [signer] = data.signer_infos.0.as_slice() else { return Err(Doubt::Unread) };
    let certificates = certificates(&data);
    let leaf = certificates.iter().find(|one| is_of(one, signer)).ok_or(Doubt::Unread)?;
    let attributes = signer.signed_attrs.as_ref().ok_or(Doubt::Unread)?;
    let leaf_der = leaf.to_der().map_err(|_| Doubt::Unread)?;
    let digest = attribute(signer, rfc5911::ID_MESSAGE_DIGEST).ok_or(Doubt::Unread)?;
    if digest.value() != Sha256::digest(content).as_slice() {
        return Err(Doubt::Changed);
    }
    let named = attribute(signer, SIGNING_CERTIFICATE).ok_or(Doubt::Unread)?;
    if !named.value().ends_with(Sha256::digest(&leaf_der).as_slice()) {
        return Err(Doubt::Forged);
    }
    let message = attributes.to_der().map_err(|_| Doubt::Unread)?;
    let ends = CertificateDer::from(leaf_der.as_slice());
    let end = EndEntityCert::try_from(&ends).map_err(|_| Doubt::Unread)?;
    let genuine = ALGORITHMS
        .iter()
        .any(|one| end.verify_signature(*one, &message, signer.signature.as_bytes()).is_ok());
    if !genuine {
        return Err(Doubt::Forged);
    }
    vouched_for(&end, &certificates, (authorities, at))?;
    let tbs = &leaf.tbs_certificate;
    let (name, issuer) = (name_of(&tbs.subject), name_of(&tbs.issuer));
    Ok(PaperSigner { name, issuer, fingerprint: Digest::of(&leaf_der) })
}

const ALGORITHMS: [&dyn SignatureVerificationAlgorithm; 2] =
    [algorithms::ECDSA_P256_SHA256, algorithms::RSA_PKCS1_2048_8192_SHA256];

/// The `SignedData`, with whatever follows it left alone.
fn read(signature: &[u8]) -> der::Result<SignedData> {
    let mut reader = SliceReader::new(signature)?;
    let info: ContentInfo = reader.decode()?;
    info.content.decode_as()
}

fn certificates(signed: &SignedData) -> Vec<Certificate> {
    let all = signed.certificates.iter().flat_map(|set| set.0.iter());
    let all = all.filter_map(|one| match one {
        CertificateChoices::Certificate(one) => Some(one.clone()),
        CertificateChoices::Other(_) => None,
    });
    all.collect()
}

fn is_of(certificate: &Certificate, signer: &SignerInfo) -> bool {
    let SignerIdentifier::IssuerAndSerialNumber(id) = &signer.sid else { return false };
    let tbs = &certificate.tbs_certificate;
    tbs.issuer == id.issuer && tbs.serial_number == id.serial_number
}

/// The one value of a signed attribute.
fn attribute(signer: &SignerInfo, oid: ObjectIdentifier) -> Option<&Any> {
    let found = signer.signed_attrs.as_ref()?.iter().find(|one| one.oid == oid)?;
    found.values.iter().next()
}

fn vouched_for(
    end: &EndEntityCert<'_>,
    certificates: &[Certificate],
    (authorities, at): (&str, Timestamp),
) -> Result<(), Doubt> {
    let roots: Vec<CertificateDer<'static>> =
        blocks(authorities, "CERTIFICATE").into_iter().map(CertificateDer::from).collect();
    let above = certificates.iter().filter_map(|one| one.to_der().ok().map(CertificateDer::from));
    let above: Vec<CertificateDer<'static>> = above.collect();
    let anchors: Vec<_> =
        roots.iter().filter_map(|root| anchor_from_trusted_cert(root).ok()).collect();
    let since = Duration::from_secs(u64::try_from(at.ms() / 1_000).unwrap_or(0));
    end.verify_for_usage(
        &ALGORITHMS,
        &anchors,
        &above,
        UnixTime::since_unix_epoch(since),
        KeyUsage::required(&EMAIL_PROTECTION),
        None,
        None,
    )
    .map(|_| ())
    .map_err(|_| Doubt::Untrusted)
}

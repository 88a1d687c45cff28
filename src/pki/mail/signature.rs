//! Keys and what they sign: a detached CMS `SignedData` (RFC 5652), put together by hand.
//!
//! ring makes the signatures; the crate `cms` gives the shapes alone.

use std::time::Duration;

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{
    CertificateSet, EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo, SignerInfos,
};
use der::asn1::{Any, GeneralizedTime, Null, ObjectIdentifier, OctetString, SetOfVec, UtcTime};
use der::oid::db::{rfc5911, rfc5912};
use der::{Decode as _, Encode as _, Tagged};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::attr::Attribute;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::time::Time;

use crate::domain::Timestamp;

/// `id-aa-signingCertificateV2` (RFC 5035).
pub(in crate::pki) const SIGNING_CERTIFICATE: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");

/// A private key, P-256 or RSA. `Debug` shows its public half alone.
#[derive(Debug)]
pub(super) enum Key {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

/// Nothing was signed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignatureError {
    /// The key refused.
    #[error("the key cannot sign")]
    Key,
    /// The signature cannot be written.
    #[error("the signature cannot be written")]
    Der(#[from] der::Error),
}

impl Key {
    /// A key in PKCS#8; nothing where it is of another kind, or RSA of fewer than 2048 bits.
    pub(super) fn read(pkcs8: &[u8]) -> Option<Self> {
        let scheme = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let p256 = EcdsaKeyPair::from_pkcs8(scheme, pkcs8, &SystemRandom::new()).map(Self::P256);
        p256.ok().or_else(|| RsaKeyPair::from_pkcs8(pkcs8).map(Self::Rsa).ok())
    }

    /// The public half, as a certificate holds it.
    pub(super) fn public(&self) -> &[u8] {
        match self {
            Self::P256(key) => key.public_key().as_ref(),
            Self::Rsa(key) => key.public_key().as_ref(),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let random = SystemRandom::new();
        let signed = match self {
            Self::P256(key) => key.sign(&random, message).map(|signed| signed.as_ref().to_vec()),
            Self::Rsa(key) => {
                let mut signed = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signed).map(|()| signed)
            }
        };
        signed.map_err(|_| SignatureError::Key)
    }

    /// RFC 5754: no parameters with ECDSA, NULL with RSA.
    fn algorithm(&self) -> AlgorithmIdentifierOwned {
        match self {
            Self::P256(_) => plain(rfc5912::ECDSA_WITH_SHA_256),
            Self::Rsa(_) => AlgorithmIdentifierOwned {
                parameters: Some(Any::from(Null)),
                ..plain(rfc5912::SHA_256_WITH_RSA_ENCRYPTION)
            },
        }
    }
}

/// What a signature says of itself besides the content.
#[derive(Debug, Clone, Copy)]
pub(super) enum Says {
    /// When it was made: what a mail program shows.
    Time(Timestamp),
    /// Which certificate it was made with. Source: PAdES B-B (ETSI EN 319 142-1), which has the
    /// time in the paper and none here.
    Signer,
}

/// Signs `content` with the key of `leaf`; `above` rides with it.
pub(super) fn detached(
    key: &Key,
    leaf: &Certificate,
    above: &[Certificate],
    content: &[u8],
    says: Says,
) -> Result<Vec<u8>, SignatureError> {
    let digest = OctetString::new(Sha256::digest(content).as_slice())?;
    let signed_attrs = SetOfVec::try_from(vec![
        attribute(rfc5911::ID_CONTENT_TYPE, &rfc5911::ID_DATA)?,
        attribute(rfc5911::ID_MESSAGE_DIGEST, &digest)?,
        match says {
            Says::Time(at) => attribute(rfc5911::ID_SIGNING_TIME, &time(at)?)?,
            Says::Signer => signing_certificate(leaf)?,
        },
    ])?;
    // What is signed is the set itself, with its own tag (RFC 5652, 5.4).
    let signature = key.sign(&signed_attrs.to_der()?)?;
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: leaf.tbs_certificate.issuer.clone(),
            serial_number: leaf.tbs_certificate.serial_number.clone(),
        }),
        digest_alg: plain(rfc5912::ID_SHA_256),
        signed_attrs: Some(signed_attrs),
        signature_algorithm: key.algorithm(),
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let all = std::iter::once(leaf).chain(above).cloned().map(CertificateChoices::Certificate);
    let data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![plain(rfc5912::ID_SHA_256)])?,
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: rfc5911::ID_DATA,
            econtent: None,
        },
        certificates: Some(CertificateSet::try_from(all.collect::<Vec<_>>())?),
        crls: None,
        signer_infos: SignerInfos::try_from(vec![signer])?,
    };
    let content = Any::encode_from(&data)?;
    Ok(ContentInfo { content_type: rfc5911::ID_SIGNED_DATA, content }.to_der()?)
}

const fn plain(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters: None }
}

fn attribute<T>(oid: ObjectIdentifier, value: &T) -> der::Result<Attribute>
where
    T: der::EncodeValue + Tagged,
{
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![Any::encode_from(value)?])? })
}

/// `signing-certificate-v2` (RFC 5035): the SHA-256 of the certificate, nothing else.
fn signing_certificate(leaf: &Certificate) -> der::Result<Attribute> {
    let digest = Sha256::digest(leaf.to_der()?);
    // Three sequences around the digest; SHA-256 is the default and left out.
    let mut der = vec![0x30, 0x26, 0x30, 0x24, 0x30, 0x22, 0x04, 0x20];
    der.extend_from_slice(&digest);
    let values = SetOfVec::try_from(vec![Any::from_der(&der)?])?;
    Ok(Attribute { oid: SIGNING_CERTIFICATE, values })
}

/// RFC 5652, 11.3: two digits of the year until 2049.
fn time(at: Timestamp) -> der::Result<Time> {
    let since = Duration::from_secs(u64::try_from(at.ms() / 1_000).unwrap_or(0));
    match UtcTime::from_unix_duration(since) {
        Ok(time) => Ok(Time::UtcTime(time)),
        Err(_) => Ok(Time::GeneralTime(GeneralizedTime::from_unix_duration(since)?)),
    }
}

//! The own authority and its signatures, read back with ring and the crate `cms`.

use std::sync::Arc;

use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::{Decode as _, Encode as _};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

use super::identity::Identity;
use super::{KeySource, MailKeyError, MailSigner, Signatory, Unfit};
use crate::domain::{Date, Timestamp};
use crate::pki::{Doubt, verify};
use crate::ports::{Random, SignError, Signer as _, Validity};

#[derive(Debug)]
struct Sevens;

impl Random for Sevens {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn day(days: i64) -> Timestamp {
    Timestamp::tokyo(Date::new(2026, 12, 1).unwrap().plus_days(days), 9, 0)
}

fn who(address: &str) -> Signatory {
    let [institution, name] = ["見本信用金庫", "でんさい受付"].map(str::to_owned);
    Signatory { institution, name, address: address.to_owned() }
}

fn opened(source: &KeySource, address: &str, at: Timestamp) -> Result<MailSigner, MailKeyError> {
    MailSigner::open(source.clone(), who(address), Arc::new(Sevens), [at, at])
}

#[test]
fn what_is_signed_is_vouched_for_by_the_certificate_that_rides_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let source = KeySource::Own(folder.path().join("pki"));
    let signer = opened(&source, "densai@example.jp", day(0)).unwrap();
    let made = signer.sign(b"Content-Type: text/plain\r\n\r\nx", day(1)).unwrap();
    let whole = ContentInfo::from_der(&made).unwrap();
    let data = whole.content.decode_as::<SignedData>().unwrap();
    assert!(data.encap_content_info.econtent.is_none(), "the mail itself is not inside");
    let info = data.signer_infos.0.iter().next().unwrap();
    let attributes = info.signed_attrs.as_ref().unwrap();
    let digest = Sha256::digest(b"Content-Type: text/plain\r\n\r\nx");
    let mut values = attributes.iter().flat_map(|attribute| attribute.values.iter());
    assert!(values.any(|value| value.value() == digest.as_slice()));
    let held = signer.held();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, held.key.public());
    let message = attributes.to_der().unwrap();
    assert!(key.verify(&message, info.signature.as_bytes()).is_ok());
    assert_eq!(data.certificates.unwrap().0.len(), 1, "the root is not sent along");
    let shown = signer.certificate();
    assert_eq!(shown.issuer, "見本信用金庫 でんさい認証局");
    assert_eq!(shown.address, "densai@example.jp");
}

#[test]
fn a_second_start_signs_with_the_same_key_and_the_files_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let pki = folder.path().join("pki");
    let source = KeySource::Own(pki.clone());
    let first = opened(&source, "densai@example.jp", day(0)).unwrap().certificate();
    let second = opened(&source, "densai@example.jp", day(30)).unwrap().certificate();
    assert_eq!(first, second);
    for (name, mode) in [("ca.key", 0o600), ("mail.pem", 0o600), ("ca.pem", 0o644)] {
        let found = std::fs::metadata(pki.join(name)).unwrap().permissions().mode();
        assert_eq!(found & 0o777, mode, "{name}");
    }
}

#[test]
fn an_ended_certificate_signs_nothing_until_it_is_renewed() {
    let folder = tempfile::tempdir().unwrap();
    let source = KeySource::Own(folder.path().to_owned());
    let signer = opened(&source, "densai@example.jp", day(0)).unwrap();
    let left = |at| signer.certificate().validity(at);
    assert_eq!(left(day(304)), Validity::Good);
    assert_eq!(left(day(305)), Validity::Ending(60));
    assert_eq!(left(day(364)), Validity::Ending(1));
    assert_eq!(left(day(366)), Validity::Ended);
    assert!(matches!(signer.sign(b"x", day(366)), Err(SignError::Ended)));
    let old = signer.certificate();
    let new = signer.renew(day(366)).unwrap();
    assert_ne!(old.fingerprint, new.fingerprint);
    assert_eq!(old.issuer, new.issuer);
    assert!(signer.sign(b"x", day(366)).is_ok());
}

#[test]
fn another_address_than_the_senders_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let source = KeySource::Own(folder.path().to_owned());
    opened(&source, "densai@example.jp", day(0)).unwrap();
    let told = opened(&source, "other@example.jp", day(0)).unwrap_err().to_string();
    assert!(told.contains("kessai cert renew mail"), "{told}");
    MailSigner::reissue(folder.path(), &who("other@example.jp"), &Sevens, day(0)).unwrap();
    assert!(opened(&source, "other@example.jp", day(0)).is_ok());
}

#[test]
fn files_of_the_bank_are_held_against_what_mails_need() {
    let folder = tempfile::tempdir().unwrap();
    let own = KeySource::Own(folder.path().to_owned());
    opened(&own, "densai@example.jp", day(0)).unwrap();
    let [mail, root, root_key] = ["mail.pem", "ca.pem", "ca.key"]
        .map(|name| std::fs::read_to_string(folder.path().join(name)).unwrap());
    let address = "densai@example.jp";
    let read = |key: &str, certificate: &str| Identity::read(key, certificate, address).err();
    assert_eq!(read(&mail, &(root.clone() + &mail)), None, "in any order");
    assert_eq!(read("", &mail), Some(Unfit::Key));
    assert_eq!(read(&mail, &root), Some(Unfit::Certificate));
    assert_eq!(read(&root_key, &root), Some(Unfit::Purpose));
    let path = folder.path().join("mail.pem");
    let supplied = KeySource::Supplied { key: path.clone(), certificate: path };
    let signer = opened(&supplied, address, day(0)).unwrap();
    assert!(matches!(signer.renew(day(0)), Err(SignError::Supplied)));
    assert!(matches!(opened(&supplied, address, day(-2)), Err(MailKeyError::NotYet(_))));
}

#[test]
fn the_signature_of_a_paper_holds_over_its_bytes_by_its_authority_in_its_time_alone() {
    let folder = tempfile::tempdir().unwrap();
    let source = KeySource::Own(folder.path().join("pki"));
    let signer = opened(&source, "densai@example.jp", day(0)).unwrap();
    let ca = std::fs::read_to_string(folder.path().join("pki/ca.pem")).unwrap();
    let content = b"%PDF-1.7 and so on";
    let mut signature = signer.sign_paper(content, day(1)).unwrap();
    signature.extend([0; 32]);
    let verified = |content: &[u8], ca: &str, at| verify(content, &signature, (ca, at));
    let found = verified(content, &ca, day(1)).unwrap();
    assert_eq!(
        (found.name.as_str(), found.issuer.as_str()),
        ("でんさい受付", "見本信用金庫 でんさい認証局")
    );
    assert_eq!(found.fingerprint, signer.certificate().fingerprint);
    assert_eq!(verified(b"%PDF-1.7 and so on.", &ca, day(1)), Err(Doubt::Changed));
    assert_eq!(verified(content, &ca, day(400)), Err(Doubt::Untrusted), "its time is over");
    assert_eq!(verified(content, "", day(1)), Err(Doubt::Untrusted));
    let other = KeySource::Own(folder.path().join("other"));
    opened(&other, "densai@example.jp", day(0)).unwrap();
    let other = std::fs::read_to_string(folder.path().join("other/ca.pem")).unwrap();
    assert_eq!(verified(content, &other, day(1)), Err(Doubt::Untrusted));
    // A mail's signature names no certificate, so it is none of a paper.
    let mail = signer.sign(content, day(1)).unwrap();
    assert_eq!(verify(content, &mail, (&ca, day(1))), Err(Doubt::Unread));
    // Whatever byte of the signature is another one, it does not hold, and nothing panics.
    let end = signature.len() - 32;
    for at in 0..end {
        let mut touched = signature.clone();
        touched[at] ^= 0x55;
        let kept = verify(content, &touched, (&ca, day(1)));
        let unsigned_part =
            kept.as_ref().is_ok_and(|found| *found == verified(content, &ca, day(1)).unwrap());
        assert!(kept.is_err() || unsigned_part, "byte {at}");
    }
    for end in 0..end {
        assert!(verify(content, &signature[..end], (&ca, day(1))).is_err(), "{end} bytes");
    }
}

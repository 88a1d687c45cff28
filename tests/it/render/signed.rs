//! Whatever a letter says, it is signed in the shape that mail programs verify.

use std::sync::{Arc, LazyLock};

use kessai::pki::{KeySource, MailSigner, Signatory};
use kessai::ports::{Random, Signer as _};
use kessai::render::mail::{Enclosure, Kind, Templates, compose};
use mail_parser::MimeHeaders as _;
use proptest::prelude::*;

use super::sample;
use crate::mails::parsed;

#[derive(Debug)]
struct Ones;

impl Random for Ones {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(1);
    }
}

static SIGNER: LazyLock<MailSigner> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let source = KeySource::Own(folder.path().to_owned());
    let sender = sample::sender();
    let institution = "米沢信用金庫".to_owned();
    let who = Signatory { institution, name: sender.name, address: sender.address };
    MailSigner::open(source, who, Arc::new(Ones), [sample::at(9, 0); 2]).unwrap()
});

/// The bytes between the boundary lines of a `multipart/signed`: what is signed, and the rest.
fn halves(mail: &[u8]) -> (Vec<u8>, String) {
    let text = String::from_utf8(mail.to_vec()).unwrap();
    let boundary = text.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let line = format!("--{boundary}");
    let mut parts = text.split(&line).skip(1);
    let first = parts.next().unwrap();
    let content = first.strip_prefix("\r\n").unwrap().strip_suffix("\r\n").unwrap();
    let rest = parts.next().unwrap().to_owned();
    assert_eq!(parts.next(), Some("--\r\n"));
    assert_eq!(parts.next(), None);
    (content.as_bytes().to_vec(), rest)
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,60}", "[\\r\\n. a-z-]{0,80}", "[ぁ-んァ-ン一-龠\n]{0,300}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_letter_is_signed_over_its_first_part(
        kind in prop::sample::select(Kind::ALL.to_vec()),
        words in prop::array::uniform5(words()),
        file in prop::option::of(prop::collection::vec(any::<u8>(), 0..200)),
    ) {
        let mut letter = sample::letter(kind);
        let [name, reason, actor, file_name, effect] = words;
        (letter.to_name, letter.reason, letter.actor) = (name, reason, actor);
        (letter.file_name, letter.effect) = (file_name, effect);
        let file = file.map(|pdf| Enclosure { name: "受付票.pdf".into(), pdf });
        let issuer = SIGNER.certificate().issuer;
        let templates = Templates::embedded();
        let unsigned = compose(&letter, &sample::sender(), &issuer, templates, file).unwrap();
        let content = unsigned.content().to_vec();
        let signature = SIGNER.sign(&content, sample::at(9, 1)).unwrap();
        let mail = unsigned.signed(signature.clone()).unwrap();
        prop_assert!(mail.bytes.is_ascii());
        let (signed, _) = halves(&mail.bytes);
        prop_assert_eq!(&signed, &content);
        let whole = String::from_utf8(signed).unwrap();
        prop_assert!(whole.split("\r\n").all(|line| line.len() <= 78 && !line.contains('\n')));
        let read = parsed(&mail.bytes);
        let part = read.attachments().last().unwrap();
        prop_assert_eq!(part.attachment_name(), Some("smime.p7s"));
        prop_assert_eq!(part.contents(), signature.as_slice());
        let kind = read.content_type().unwrap();
        prop_assert_eq!(kind.attribute("micalg"), Some("sha-256"));
    }
}

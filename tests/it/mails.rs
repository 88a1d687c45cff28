//! Mails as their readers see them, and a signer for desks whose certificate nobody looks at.

use std::sync::Mutex;

use kessai::domain::{Digest, Timestamp, UserId};
use kessai::ports::{
    Bundle, Certificate, ClientCertificate, IssueError, Issued, Issuer, SignError, Signer,
};
use mail_parser::{Message, MessageParser};

/// A mail, whole.
pub(crate) fn parsed(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).unwrap()
}

/// The text of a mail without its signature.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    parsed(bytes).body_text(0).unwrap().replace("\r\n", "\n")
}

/// Subject and text of a mail.
pub(crate) fn said(bytes: &[u8]) -> String {
    format!("{}\n\n{}", parsed(bytes).subject().unwrap(), text_of(bytes))
}

/// Signs with a digest and a number: never the same twice, as real signatures are.
#[derive(Debug)]
pub(crate) struct Stamp {
    /// The moment after which nothing is signed.
    pub(crate) until: Mutex<Timestamp>,
    pub(crate) issuer: Mutex<&'static str>,
    signed: Mutex<u8>,
}

impl Default for Stamp {
    fn default() -> Self {
        let until = Mutex::new(Timestamp::from_ms(i64::MAX));
        Self { until, issuer: Mutex::new("見本認証局"), signed: Mutex::default() }
    }
}

impl Signer for Stamp {
    fn certificate(&self) -> Certificate {
        Certificate {
            address: "densai@example.jp".to_owned(),
            issuer: (*self.issuer.lock().unwrap()).to_owned(),
            fingerprint: Digest::of(b"stamp"),
            from: Timestamp::from_ms(0),
            until: *self.until.lock().unwrap(),
        }
    }

    fn sign(&self, content: &[u8], at: Timestamp) -> Result<Vec<u8>, SignError> {
        if at > *self.until.lock().unwrap() {
            return Err(SignError::Ended);
        }
        let mut signed = self.signed.lock().unwrap();
        *signed = signed.wrapping_add(1);
        Ok([Digest::of(content).as_bytes().as_slice(), &[*signed]].concat())
    }

    fn sign_paper(&self, content: &[u8], at: Timestamp) -> Result<Vec<u8>, SignError> {
        self.sign(content, at)
    }

    fn renew(&self, at: Timestamp) -> Result<Certificate, SignError> {
        *self.until.lock().unwrap() = at.plus_ms(365 * 86_400_000);
        Ok(self.certificate())
    }
}

impl Issuer for Stamp {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(0)
    }

    fn issue(&self, user: &UserId, request: &[u8], at: Timestamp) -> Result<Issued, IssueError> {
        let fingerprint = Digest::of(&[user.as_str().as_bytes(), request].concat());
        let (serial, until) = (format!("{}{}", user, at.ms()), at.plus_ms(365 * 86_400_000));
        let certificate =
            ClientCertificate { serial, fingerprint, since: at, until, revoked: None };
        Ok(Issued { certificate, pem: String::new() })
    }

    fn bundle(&self, user: &UserId, password: &str, at: Timestamp) -> Result<Bundle, IssueError> {
        let Issued { certificate, .. } = self.issue(user, password.as_bytes(), at)?;
        Ok(Bundle { certificate, pkcs12: password.as_bytes().to_vec() })
    }

    fn revocations(
        &self,
        revoked: &[ClientCertificate],
        _at: Timestamp,
    ) -> Result<Vec<u8>, IssueError> {
        Ok(revoked.iter().flat_map(|one| one.serial.bytes()).collect())
    }
}

//! Taking one's certificate: with the number that was handed over (受取番号), and again before it ends.
//!
//! The number is an HMAC over whose it is and until when it opens, like a one-time password. It
//! opens once, and only together with the login password.

use subtle::ConstantTimeEq as _;
use tracing::info;

use crate::domain::{Timestamp, UserId};
use crate::ports::{Bundle, ClientCertificate, Issued, PasswordKind, StoreError, UserChange};
use crate::workflow::SecurityNews;

use super::super::Desk;
use super::certificates::CertificateError;
use super::one_time::as_typed;
use super::security_mail;

/// With so many days left a certificate can be renewed by its user.
///
/// Source: the service's promise: renewal from thirty days before the end.
pub const RENEWED_DAYS: i64 = 30;
/// How long a first certificate waits to be taken, and one in the place of another.
///
/// Source: the service's promise: collected within eighty days; what is handed out for a reissue
/// opens for 72 hours at most.
const FIRST_MS: i64 = 80 * DAY_MS;
const AGAIN_MS: i64 = 3 * DAY_MS;
const DAY_MS: i64 = 86_400_000;

/// With how many days left its user is reminded, the last first.
const REMINDED_DAYS: [u16; 3] = [1, 7, 30];

/// How somebody wants their certificate.
#[derive(Debug, Clone, Copy)]
pub enum Taking<'t> {
    /// For a key that stays on their PC: their request (PKCS#10 in PEM or DER).
    Request(&'t [u8]),
    /// With a new key, in a file this password opens (PKCS#12).
    File(&'t str),
}

/// What they get.
#[derive(Debug)]
pub enum Taken {
    /// The certificate for their own key.
    Certificate(Issued),
    /// Key and certificate.
    File(Bundle),
}

impl Taken {
    /// What is kept of it.
    pub const fn certificate(&self) -> &ClientCertificate {
        match self {
            Self::Certificate(issued) => &issued.certificate,
            Self::File(bundle) => &bundle.certificate,
        }
    }
}

impl Desk {
    /// The number that takes a certificate until then.
    pub(in crate::service) fn pick_up_number(&self, user: &UserId, until: Timestamp) -> String {
        self.derived("certificate", user, until)
    }

    /// Until when one waits that is let wait at a moment: the same, however often it is asked.
    pub(in crate::service) fn pick_up_end(&self, user: &UserId, at: Timestamp) -> Timestamp {
        let known = self.store.habits(user).access.certificates;
        let again = known.iter().any(|one| one.since < at);
        at.plus_ms(if again { AGAIN_MS } else { FIRST_MS })
    }

    /// The number that takes what waits for somebody, and until when; to be handed over once.
    pub fn pick_up(&self, user: &UserId) -> Option<(String, Timestamp)> {
        let until = self.pick_up_until(user)?;
        Some((self.pick_up_number(user, until), until))
    }

    /// Until when a certificate waits to be taken by somebody; none where none does.
    pub fn pick_up_until(&self, user: &UserId) -> Option<Timestamp> {
        let until = self.store.habits(user).access.permitted_until;
        until.filter(|until| self.clock.now() <= *until)
    }

    /// Makes the certificate that waits for somebody, with the number they were handed and their
    /// login password. The number opens nothing more then.
    ///
    /// Without the right number the password is not looked at and nothing is counted.
    pub fn take_certificate(
        &self,
        user: &UserId,
        (number, password): (&str, &str),
        taking: Taking<'_>,
    ) -> Result<Taken, CertificateError> {
        let until = self.pick_up_until(user).ok_or(CertificateError::Number)?;
        let right = as_typed(&self.pick_up_number(user, until));
        if !bool::from(right.as_bytes().ct_eq(as_typed(number).as_bytes())) {
            return Err(CertificateError::Number);
        }
        self.verify(user, PasswordKind::Login, password)?;
        let _turn = self.turn_of(user);
        // Somebody else may have taken it while the password was looked at.
        if self.pick_up_until(user) != Some(until) {
            return Err(CertificateError::Number);
        }
        let now = self.clock.now();
        if let Some(active) = self.store.habits(user).access.certificate(now) {
            let (user, serial) = (user.clone(), active.serial.clone());
            return Err(CertificateError::Active { user, serial });
        }
        self.make_certificate(user, taking)
    }

    /// How many days somebody's certificate is still good for; none without one.
    pub fn certificate_days(&self, user: &UserId) -> Option<i64> {
        let now = self.clock.now();
        let access = self.store.habits(user).access;
        let last = access.certificates.iter().filter(|one| one.is_active(now));
        let until = last.map(|one| one.until).max()?;
        Some(until.ms().saturating_sub(now.ms()) / DAY_MS)
    }

    /// A new certificate for somebody whose own ends within thirty days. The old one stays until
    /// they come in with the new one, so that a download that failed locks nobody out.
    pub fn renew_certificate_of(
        &self,
        user: &UserId,
        password: &str,
        taking: Taking<'_>,
    ) -> Result<Taken, CertificateError> {
        self.verify(user, PasswordKind::Login, password)?;
        let _turn = self.turn_of(user);
        match self.certificate_days(user) {
            Some(days) if days <= RENEWED_DAYS => self.make_certificate(user, taking),
            Some(_) => Err(CertificateError::TooEarly),
            None => Err(CertificateError::Number),
        }
    }

    /// Revokes what a certificate replaced, once its user came in with it.
    pub fn settle_certificates(&self, user: &UserId, shown: crate::domain::Digest) {
        let now = self.clock.now();
        let access = self.store.habits(user).access;
        let active: Vec<_> = access.certificates.iter().filter(|one| one.is_active(now)).collect();
        if active.last().is_none_or(|newest| newest.fingerprint != shown) {
            return;
        }
        for old in active.iter().rev().skip(1) {
            if let Err(failed) = self.revoke_certificate(&old.serial) {
                tracing::warn!(actor = %user, error = %failed, "a replaced certificate stays");
            }
        }
    }

    /// Mails whose certificate ends in thirty days, in seven and in one; each once.
    pub(in crate::service) fn remind_of_certificates(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        for record in self.active_users() {
            let user = &record.person.id;
            let access = self.store.habits(user).access;
            let active = access.certificates.iter().filter(|one| one.is_active(now));
            let Some(last) = active.max_by_key(|one| one.until) else { continue };
            let left = last.until.ms().saturating_sub(now.ms()) / DAY_MS;
            let Some(days) = REMINDED_DAYS.into_iter().find(|days| left <= i64::from(*days)) else {
                continue;
            };
            let told = access.reminded.as_ref();
            if told.is_some_and(|(serial, before)| *serial == last.serial && *before <= days) {
                continue;
            }
            let (user, serial) = (user.clone(), last.serial.clone());
            let change = UserChange::CertificateReminded { user, serial, days };
            let mail = security_mail(&record.person, SecurityNews::CertificateEnding, "", now);
            self.change_access(vec![change], vec![mail])?;
        }
        Ok(())
    }

    fn make_certificate(
        &self,
        user: &UserId,
        taking: Taking<'_>,
    ) -> Result<Taken, CertificateError> {
        let person = self.holder(user)?;
        let at = self.issuer.now();
        let taken = match taking {
            Taking::Request(request) => Taken::Certificate(self.issuer.issue(user, request, at)?),
            Taking::File(password) => Taken::File(self.issuer.bundle(user, password, at)?),
        };
        let certificate = taken.certificate().clone();
        let fingerprint = certificate.fingerprint;
        let change = UserChange::CertificateIssued { user: user.clone(), certificate };
        self.tell_access(&person, change, SecurityNews::CertificateIssued)?;
        info!(actor = %user, digest = %fingerprint, "a certificate was taken");
        Ok(taken)
    }
}

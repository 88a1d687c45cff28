//! The certificate of mails near its end: told in the log, by `status` and in the 日報.
//!
//! Nothing is journaled: how near the end is can be seen at any time.

use std::sync::PoisonError;

use tracing::{error, info, warn};

use crate::domain::Timestamp;
use crate::ports::{Certificate, SignError, Validity, WARNED_DAYS};
use crate::render::daily::{IncidentItem, IncidentKind};

use super::Desk;

impl Desk {
    /// The certificate mails are signed with, and how near its end is.
    pub fn certificate(&self) -> (Certificate, Validity) {
        let certificate = self.signer.certificate();
        let validity = certificate.validity(self.clock.now());
        (certificate, validity)
    }

    /// A new key and certificate for mails, in use from now on.
    pub fn renew_certificate(&self, at: Timestamp) -> Result<Certificate, SignError> {
        let made = self.signer.renew(at)?;
        info!(digest = %made.fingerprint, "the certificate of mails was renewed");
        Ok(made)
    }

    /// What a person must do about the certificate of mails, if anything.
    pub(super) fn certificate_incident(&self) -> Option<IncidentItem> {
        let (certificate, validity) = self.certificate();
        let words = &self.rulebook().answers.words;
        let (key, days) = match validity {
            Validity::Good => return None,
            Validity::Ending(days) => ("daily.certificate_ending", days),
            Validity::Ended => ("daily.certificate_ended", 0),
        };
        let (until, days) = (certificate.until.japanese(), days.to_string());
        let text = words.fill(key, &[("until", &until), ("days", &days)]);
        let kind = IncidentKind::Certificate;
        Some(IncidentItem { kind, name: certificate.address, text, since: None })
    }

    /// Tells the log once when one of the days is reached on which people are warned.
    pub(super) fn watch_certificate(&self) {
        let (certificate, validity) = self.certificate();
        let told = Some((certificate.fingerprint, warned(validity)));
        let mut last = self.certificate_told.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::replace(&mut *last, told) == told {
            return;
        }
        match validity {
            Validity::Good => {}
            Validity::Ending(days) => warn!(n_rows = days, "the certificate of mails ends in days"),
            Validity::Ended => error!("the certificate of mails has ended; mails wait"),
        }
    }
}

/// How many of the days were reached; the end is one more.
fn warned(validity: Validity) -> usize {
    match validity {
        Validity::Good => 0,
        Validity::Ending(days) => WARNED_DAYS.iter().filter(|warned| days <= **warned).count(),
        Validity::Ended => WARNED_DAYS.len().saturating_add(1),
    }
}

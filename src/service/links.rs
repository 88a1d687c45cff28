//! Locator links in mails: where to go, never what one may do there.
//!
//! The token is an HMAC; only its SHA-256 is kept, and only in memory. It is made again from the
//! key at every start, so neither the journal nor a backup holds anything usable.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::{CaseId, Digest, UserId};
use crate::ports::Method;

use super::Desk;

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The case; for rows of one file, the file's flow.
    pub case: CaseId,
    /// Whom it was sent to.
    pub user: UserId,
}

/// The links that work.
#[derive(Debug, Default)]
pub(super) struct Links {
    known: Mutex<BTreeMap<Digest, Link>>,
}

impl Desk {
    /// The address a person is mailed for one round of a case.
    pub fn link(&self, case: CaseId, user: &UserId, round: &str) -> String {
        let seal = self.secrets.seal("link", format!("{case} {user} {round}").as_bytes());
        let token = URL_SAFE_NO_PAD.encode(seal);
        let link = Link { case, user: user.clone() };
        let mut known = self.links.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(Digest::of(token.as_bytes()), link);
        format!("{}/l/{token}", self.door_of(user))
    }

    /// Where somebody comes in.
    pub fn door_of(&self, user: &UserId) -> String {
        let rules = self.rulebook();
        let apart = &rules.answers.certificate_url;
        if !apart.is_empty() && self.method(user) == Method::Certificate {
            return apart.clone();
        }
        rules.answers.base_url.clone()
    }

    /// The address a person is mailed to review what was decided on a seat in place of others.
    pub(super) fn review_link(&self, case: CaseId, user: &UserId, seat: (u8, u8)) -> String {
        self.link(case, user, &format!("review {}.{}", seat.0, seat.1))
    }

    /// Where a token leads; nothing for a wrong or an old one.
    pub fn follow(&self, token: &str) -> Option<Link> {
        let known = self.links.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&Digest::of(token.as_bytes())).cloned()
    }
}

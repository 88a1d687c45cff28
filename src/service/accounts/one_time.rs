//! Passwords good for choosing another only (仮パスワード).
//!
//! One is an HMAC over whose it is and until when it opens: a letter can be drawn again after a
//! crash, and neither the journal nor a backup holds anything usable.

use crate::domain::{Timestamp, UserId};
use crate::ports::{PasswordKind, UserChange};

use super::super::Desk;

/// How long one opens: a day.
///
/// Source: a reset hands out a random secret for one use, at most 24 hours, with a forced change.
const OPENS_MS: i64 = 24 * 3_600_000;

/// Characters nobody mistakes for each other; five bits each.
const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// Both passwords of somebody who is to choose others. `Debug` does not show them.
#[derive(Clone)]
pub struct OneTime {
    /// For the first login.
    pub login: String,
    /// For the first choice of an approval password.
    pub approval: String,
    /// Until when they open.
    pub until: Timestamp,
}

impl std::fmt::Debug for OneTime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OneTime(*** until {})", self.until)
    }
}

/// Until when what is handed out at a moment opens.
fn opens_until(at: Timestamp) -> Timestamp {
    at.plus_ms(OPENS_MS)
}

impl Desk {
    /// The passwords a person begins with.
    fn one_time(&self, user: &UserId, until: Timestamp) -> OneTime {
        OneTime {
            login: self.derived("login", user, until),
            approval: self.derived("approval", user, until),
            until,
        }
    }

    /// Eighty bits in groups of four.
    pub(super) fn derived(&self, what: &str, user: &UserId, until: Timestamp) -> String {
        let message = format!("{what} {user} {}", until.ms());
        let seal = self.secrets.seal("one-time password", message.as_bytes());
        let letters = seal.iter().take(16).filter_map(|byte| LETTERS.get(usize::from(byte & 31)));
        let letters: Vec<char> = letters.map(|letter| char::from(*letter)).collect();
        letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
    }

    /// The passwords that were handed out at a moment.
    pub(in crate::service) fn handed_out(&self, user: &UserId, at: Timestamp) -> OneTime {
        self.one_time(user, opens_until(at))
    }

    /// The changes that put them in the place of what a person had.
    pub(super) fn reset_to(&self, user: &UserId, one_time: &OneTime) -> Vec<UserChange> {
        let both =
            [(PasswordKind::Login, &one_time.login), (PasswordKind::Approval, &one_time.approval)];
        let until = one_time.until;
        both.map(|(kind, password)| {
            let hash = self.hasher.hash(&as_typed(password));
            UserChange::PasswordReset { user: user.clone(), kind, hash, until }
        })
        .into()
    }
}

/// A one-time password without what people leave out or write otherwise: groups and case.
pub(in crate::service) fn as_typed(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| c.to_ascii_uppercase()).collect()
}

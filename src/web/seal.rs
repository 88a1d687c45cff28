//! What a form carries back under a seal, so that a browser can send it and not change it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;

use crate::domain::{CaseId, Digest, Timestamp, UserId};

use super::state::Web;

/// What an approver was shown, as their form carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ticket {
    /// The content digest on the page.
    pub(super) content: Digest,
    /// The task version on the page.
    pub(super) task_version: u32,
    /// When the page was made.
    pub(super) shown_at: Timestamp,
    /// The form's one-time number.
    pub(super) number: String,
}

impl Ticket {
    /// The ticket as one word a form can carry; [`Ticket::read`] reads it.
    pub(super) fn text(&self) -> String {
        let Self { content, task_version, shown_at, number } = self;
        format!("{content} {task_version} {} {number}", shown_at.ms())
    }

    /// A ticket from its text.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        Some(Self {
            content: Digest::parse(words.next()?).ok()?,
            task_version: words.next()?.parse().ok()?,
            shown_at: Timestamp::from_ms(words.next()?.parse().ok()?),
            number: words.next()?.to_owned(),
        })
    }
}

impl Web {
    /// The seal of a form for one person and one case.
    pub(super) fn seal_ticket(&self, case: CaseId, user: &UserId, ticket: &Ticket) -> String {
        self.seal("form", &format!("{case} {user} {}", ticket.text()))
    }

    /// The token of a login form that belongs to a browser's cookie.
    pub(super) fn login_token(&self, before: &str) -> String {
        self.seal("login form", before)
    }

    /// The seal of the ticket of a form that sends a file, for one person.
    pub(super) fn seal_intake(&self, user: &UserId, ticket: &str) -> String {
        self.seal("file form", &format!("{user} {ticket}"))
    }

    fn seal(&self, purpose: &str, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.desk.secrets.seal(purpose, text.as_bytes()))
    }
}

/// Whether two secrets are equal, in a time that does not tell where they differ.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

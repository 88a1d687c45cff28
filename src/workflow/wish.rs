//! What a person may ask of a case, in the words of pages, commands and scripts.

use crate::domain::{Digest, Timestamp, UserId};

use super::{Action, Deed, VoteKind, Way};

/// What a person wants of a case.
///
/// Written `approve`, `return`, `return:submitter`, `reject`, `abstain`, `resubmit`, `withdraw`,
/// `hold`, `release`, `review`, `consult:USER` or `assign:USER`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// A decision; a return may name where to.
    Vote(VoteKind, Option<String>),
    /// Something besides deciding.
    Do(Deed),
}

impl Wish {
    /// Reads a wish.
    pub fn parse(text: &str) -> Option<Self> {
        let user = |text: &str| UserId::parse(text).ok();
        let (word, rest) = text.split_once(':').map_or((text, None), |(w, r)| (w, Some(r)));
        Some(match (word, rest) {
            ("approve", None) => Self::Vote(VoteKind::Approve, None),
            ("return", to) => Self::Vote(VoteKind::Return, to.map(str::to_owned)),
            ("reject", None) => Self::Vote(VoteKind::Reject, None),
            ("abstain", None) => Self::Vote(VoteKind::Abstain, None),
            ("resubmit", None) => Self::Do(Deed::Resubmit),
            ("withdraw", None) => Self::Do(Deed::Withdraw),
            ("hold", None) => Self::Do(Deed::Hold),
            ("release", None) => Self::Do(Deed::Release),
            ("review", None) => Self::Do(Deed::Review),
            ("proceed", None) => Self::Do(Deed::Proceed),
            ("consult", Some(to)) => Self::Do(Deed::Consult(user(to)?)),
            ("assign", Some(to)) => Self::Do(Deed::Assign(user(to)?)),
            _ => return None,
        })
    }

    /// The wish as it is written.
    pub fn name(&self) -> String {
        match self {
            Self::Vote(VoteKind::Return, Some(to)) => format!("return:{to}"),
            Self::Vote(VoteKind::Approve, _) => "approve".to_owned(),
            Self::Vote(VoteKind::Return, None) => "return".to_owned(),
            Self::Vote(VoteKind::Reject, _) => "reject".to_owned(),
            Self::Vote(VoteKind::Abstain, _) => "abstain".to_owned(),
            Self::Do(deed @ (Deed::Consult(to) | Deed::Assign(to))) => {
                format!("{}:{to}", deed.name())
            }
            Self::Do(deed) => deed.name().to_owned(),
        }
    }

    /// 承認, 差戻し, 引戻し …
    pub const fn japanese(&self) -> &'static str {
        match self {
            Self::Vote(kind, _) => kind.japanese(),
            Self::Do(deed) => deed.japanese(),
        }
    }

    /// Whether a person must say why.
    pub fn needs_reason(&self) -> bool {
        !matches!(self, Self::Vote(VoteKind::Approve, _) | Self::Do(Deed::Release))
    }

    /// The action that carries the wish to a case that looks as `seen` says.
    pub fn action(&self, seen: &Seen<'_>) -> Action {
        match self {
            Self::Vote(kind, back_to) => Action::Vote {
                kind: *kind,
                digest: seen.digest,
                task_version: seen.task_version,
                shown_at: seen.shown_at,
                reason: seen.reason.to_owned(),
                back_to: back_to.clone(),
                entry: seen.entry.to_vec(),
                way: Way::Screen,
            },
            Self::Do(deed) => Action::Do { deed: deed.clone(), text: seen.reason.to_owned() },
        }
    }
}

/// What the person saw, and what they wrote.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'s> {
    /// The digest of the content.
    pub digest: Digest,
    /// The task version of the page.
    pub task_version: u32,
    /// When the page was shown, where that is known.
    pub shown_at: Option<Timestamp>,
    /// Why.
    pub reason: &'s str,
    /// What they filled in, by field.
    pub entry: &'s [(String, String)],
}

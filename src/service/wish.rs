//! What a person may ask of a case, as pages and commands say it.

use crate::domain::{Digest, Person, UserId};
use crate::workflow::{
    Action, Case, Command, CommandId, Deed, Facts, Refusal, Status, VoteKind, content_digest,
    decide,
};

use super::Desk;

/// What a person wants of a case.
///
/// Written `approve`, `return`, `return:submitter`, `reject`, `abstain`, `resubmit`, `withdraw`,
/// `hold`, `release`, `consult:USER` or `assign:USER`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// A decision; a return may name where to.
    Vote(VoteKind, Option<String>),
    /// Something besides deciding.
    Do(Deed),
}

/// Something a person may do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The wish.
    pub wish: Wish,
    /// Its name on pages, e.g. 差戻し.
    pub title: String,
    /// What comes of it.
    pub hint: String,
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
    pub(super) fn action(&self, seen: &Seen<'_>) -> Action {
        match self {
            Self::Vote(kind, back_to) => Action::Vote {
                kind: *kind,
                digest: seen.digest,
                task_version: seen.task_version,
                shown_at: seen.shown_at,
                reason: seen.reason.to_owned(),
                back_to: back_to.clone(),
            },
            Self::Do(deed) => Action::Do { deed: deed.clone(), text: seen.reason.to_owned() },
        }
    }
}

/// What the person saw, and what they wrote.
pub(super) struct Seen<'s> {
    pub(super) digest: Digest,
    pub(super) task_version: u32,
    pub(super) shown_at: Option<crate::domain::Timestamp>,
    pub(super) reason: &'s str,
}

impl Desk {
    /// Whether a person could do so at this moment; nothing is stored.
    pub fn could(&self, person: &Person, case: &Case, wish: &Wish) -> Result<(), Refusal> {
        let definition = self.definition_of(case).ok_or(Refusal::NotYourSeat)?;
        let digest = content_digest(case, &definition);
        let task_version = case.head.task_version;
        let action = wish.action(&Seen { digest, task_version, shown_at: None, reason: "―" });
        let people = self.people_for(&case.file);
        let facts = Facts {
            now: self.clock.now(),
            actor: Some(person),
            people: &people,
            calendar: &self.rulebook.calendar,
            deadline: self.rulebook.deadline,
            digest,
        };
        let command = Command { id: CommandId::of("could"), action };
        decide(case, &definition, &command, &facts).map(|_| ())
    }

    /// Everything a person may do to a case at this moment, decisions first.
    pub fn choices(&self, person: &Person, case: &Case) -> Vec<Choice> {
        let Some(definition) = self.definition_of(case) else { return Vec::new() };
        let mut choices = Vec::new();
        let mut offer = |wish: Wish, title: &str, hint: &str| {
            if self.could(person, case, &wish).is_ok() {
                choices.push(Choice { wish, title: title.to_owned(), hint: hint.to_owned() });
            }
        };
        let vote = |kind| Wish::Vote(kind, None);
        offer(vote(VoteKind::Approve), "承認", "内容に誤りがないことを確かめました");
        let targets = definition.approval(case.head.step).map(|approve| &approve.return_to.targets);
        for target in targets.into_iter().flatten() {
            let wish = Wish::Vote(VoteKind::Return, Some(definition.target_name(*target)));
            offer(wish, "差戻し", &format!("{}。理由が必要です", definition.target_title(*target)));
        }
        offer(vote(VoteKind::Reject), "否認", "この請求は認めません（理由が必要です）");
        offer(
            vote(VoteKind::Abstain),
            "辞退",
            "利害関係があるため、判断に加わりません（理由が必要です）",
        );
        offer(
            Wish::Do(Deed::Resubmit),
            "再提出",
            "内容はそのままで、続きから再開します（確認したことを書いてください）",
        );
        offer(Wish::Do(Deed::Withdraw), "引戻し", "この申請を取り下げます（理由が必要です）");
        offer(
            Wish::Do(Deed::Hold),
            "保留",
            "いったん止めます。期限は止まりません（理由が必要です）",
        );
        offer(Wish::Do(Deed::Release), "保留解除", "判断を再開します");
        for other in self.people_for(&case.file) {
            // Names of people are for their own side.
            let own_side = other.organisation == person.organisation && other.id != person.id;
            if !own_side || case.head.status == Status::SentBack {
                continue;
            }
            let hint = format!("{} さんだけに任せます（理由が必要です）", other.name);
            offer(Wish::Do(Deed::Assign(other.id.clone())), "割当", &hint);
            let hint = format!("{} さんにメールで意見を聞きます", other.name);
            offer(Wish::Do(Deed::Consult(other.id)), "相談", &hint);
        }
        choices
    }
}

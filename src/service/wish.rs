//! What a person could do to a case now, for pages and commands to offer.

use crate::domain::Person;
use crate::workflow::expr::Type;
use crate::workflow::{
    Case, Command, CommandId, Deed, Exceptions, Facts, Form, Refusal, Seen, Status, VoteKind, Wish,
    content_digest, decide, places, waits_for,
};

use super::Desk;

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

impl Desk {
    /// Whether a person could do so at this moment; nothing is stored.
    pub fn could(&self, person: &Person, case: &Case, wish: &Wish) -> Result<(), Refusal> {
        let definition = self.definition_of(case).ok_or(Refusal::NotYourSeat)?;
        let digest = content_digest(case, &definition);
        let task_version = case.head.task_version;
        let places = places(case);
        let form = places.iter().find_map(|place| {
            definition.approval(place.head.step).and_then(|approve| approve.form.as_ref())
        });
        let entry: Vec<(String, String)> = form.map(fits_all).unwrap_or_default();
        let (reason, entry) = ("―", entry.as_slice());
        let action = wish.action(&Seen { digest, task_version, shown_at: None, reason, entry });
        let (people, rules) = (self.people_for(case), self.rulebook());
        let facts = Facts {
            now: self.clock.now(),
            actor: Some(person),
            people: &people,
            calendar: &rules.calendar,
            deadline: rules.deadline,
            digest,
        };
        let command = Command { id: CommandId::of("could"), action };
        decide(case, &definition, &command, &facts).map(|_| ())
    }

    /// The form a person is to fill in where the case waits for them.
    pub fn form(&self, person: &Person, case: &Case) -> Option<Form> {
        let definition = self.definition_of(case)?;
        let people = self.people_for(case);
        let mine = places(case)
            .into_iter()
            .find(|place| waits_for(place, &definition, person, &people))?;
        definition.approval(mine.head.step)?.form.clone()
    }

    /// Whether single lines may leave this case where it stands (切離し).
    pub fn may_split(&self, case: &Case) -> bool {
        let definition = self.definition_of(case);
        let approve = definition.as_ref().and_then(|flow| flow.approval(case.head.step));
        case.head.id.row.is_none()
            && case.head.scope.rows > 1
            && approve.is_some_and(|approve| approve.exceptions == Exceptions::Split)
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
        if self.form(person, case).is_some() {
            offer(vote(VoteKind::Approve), "入力", "下の欄に入力した内容で進めます");
        } else {
            offer(vote(VoteKind::Approve), "承認", "内容に誤りがないことを確かめました");
        }
        let mut targets: Vec<_> = places(case)
            .iter()
            .filter_map(|place| definition.approval(place.head.step))
            .flat_map(|approve| approve.return_to.targets.clone())
            .collect();
        targets.sort_unstable();
        targets.dedup();
        for target in targets {
            let wish = Wish::Vote(VoteKind::Return, Some(definition.target_name(target)));
            offer(wish, "差戻し", &format!("{}。理由が必要です", definition.target_title(target)));
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
        offer(
            Wish::Do(Deed::Proceed),
            "手動再開",
            "待っているものを確かめたので、次へ進めます（確かめたことを書いてください）",
        );
        offer(
            Wish::Do(Deed::Review),
            "後閲",
            "代決された内容を確かめました。結果は変わりません（所見を書いてください）",
        );
        for other in self.people_for(case) {
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

/// An entry that fits a form, to ask whether somebody could fill it in.
fn fits_all(form: &Form) -> Vec<(String, String)> {
    let value = |kind: &Type| match kind {
        Type::Yen | Type::Number => "1".to_owned(),
        Type::Date => "2026-01-05".to_owned(),
        Type::Bool => "true".to_owned(),
        Type::Text => "―".to_owned(),
        Type::Enum(words) => words.first().map(|word| word.id.clone()).unwrap_or_default(),
    };
    let short = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    form.fields.iter().map(|field| (short(&field.name), value(&field.kind))).collect()
}

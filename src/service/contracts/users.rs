//! What a branch asks for users of customers and of its own: two people approve it, and nobody
//! chooses a password for somebody else.

use serde::{Deserialize, Serialize};
use tracing::info;

use crate::domain::{Code, Finding, Organisation, Person, UserId, UserNumber};
use crate::ports::{Admission, Entry, Fate, FileRecord, Method, Parcel, StoreError};
use crate::render::view::{HandedOut, PasswordView};
use crate::render::{names, pdf};
use crate::workflow::{Case, Effect, EffectKind, EffectScope, UserDeed, UserRow};

use super::super::Desk;
use super::super::accounts::{Change, OneTime, Wanted, hands_out};
use super::super::answers::{Answer, AnswerError, folder_of};
use super::super::proposal::ProposalKind;
use super::Plan;
use super::judge::{Asked, Findings, finding};

/// Users in one sheet: each takes two slow hashes when it is approved.
const USERS_MAX: usize = 50;

/// What is asked for a user, as people approve it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PlannedUser {
    deed: UserDeed,
    /// As they were when the sheet was judged; none for a new one.
    before: Option<Person>,
    /// As they are to be.
    after: Person,
    /// How it was made sure who they are; empty where nobody asks.
    identity_check: String,
    /// Another user ID of the same human; none where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    same_as: Option<UserId>,
}

impl Desk {
    /// What a sheet asks for users; errs with everything that cannot be done.
    pub(super) fn user_list(&self, name: &str, all: Vec<UserRow>) -> Result<Asked, Findings> {
        if all.is_empty() || all.len() > USERS_MAX {
            let ja = format!("「手続」を書いた行を、1行から{USERS_MAX}行までにしてください。");
            let en = format!("write a procedure into one to {USERS_MAX} rows");
            return Err(vec![finding(Code::K07, None, (&ja, &en))]);
        }
        let (mut findings, mut users) = (Findings::new(), Vec::new());
        for row in all {
            let line = u32::try_from(row.line).unwrap_or(0);
            match self.planned(row) {
                Ok(planned) => users.push(planned),
                Err((ja, en)) => {
                    let found = finding(Code::K07, None, (&ja, &en));
                    findings.push(Finding { line, ..found });
                }
            }
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let proof = users.iter().map(PlannedUser::proof).collect();
        let place = match users.as_slice() {
            [one] => format!("{}（{}）", one.after.name, one.after.id),
            _ => name.to_owned(),
        };
        let plan = Plan { users, ..Plan::empty() };
        Ok(Asked { kind: ProposalKind::Users, place, plan, proof })
    }

    fn planned(&self, row: UserRow) -> Result<PlannedUser, (String, String)> {
        let UserRow {
            deed,
            user,
            name,
            organisation,
            roles,
            email,
            accounts,
            identity_check,
            same_as,
            ..
        } = row;
        let refused = |error: super::super::AccountError| (error.japanese(), error.to_string());
        let before = self.store.user(&user).map(|record| record.person);
        let known = before.is_some() && self.admission(&user) != Admission::Removed;
        if known == (deed == UserDeed::Register) || (!known && before.is_some()) {
            let (ja, en) = if before.is_some() {
                (
                    format!("ユーザーID {user} は使われています（以前使われたIDも使えません）。"),
                    "taken",
                )
            } else {
                (format!("ユーザーID {user} は登録されていません。"), "not registered")
            };
            return Err((ja, format!("user ID {user} is {en}")));
        }
        let stays = before.as_ref().map(|before| before.organisation);
        let Some(organisation) = organisation.or(stays) else {
            return Err(("「所属」を書いてください。".to_owned(), "write the place".to_owned()));
        };
        let wanted = Wanted { deed, name, email, roles, accounts, like: None, same_as };
        let change =
            self.altered(&user, organisation, before.as_ref(), &wanted).map_err(refused)?;
        self.is_customer(&change.after)?;
        self.stays_able(std::slice::from_ref(&change), true).map_err(refused)?;
        let Change { after, same_as, .. } = change;
        Ok(PlannedUser { deed, before, after, identity_check, same_as })
    }

    /// Errs for a user of nobody: the customer must be in the register where one is kept.
    fn is_customer(&self, person: &Person) -> Result<(), (String, String)> {
        let customers = self.store.customers();
        let Organisation::Customer(user) = person.organisation else { return Ok(()) };
        if !customers.is_kept() || customers.get(user).is_some() {
            return Ok(());
        }
        let ja = format!("利用者番号 {user} のお客様は台帳にありません。");
        Err((ja, format!("customer {user} is not in the register")))
    }

    /// Carries out what was approved for users; done again after a stop it comes to the same.
    pub(super) fn carry_users(
        &self,
        case: &Case,
        users: &[PlannedUser],
    ) -> Result<Fate, StoreError> {
        let votes: Vec<_> = case.head.approvals().collect();
        let by = votes.iter().map(|vote| vote.name.as_str()).collect::<Vec<_>>().join("・");
        // The moment of the last vote, not of now: the same passwords whenever it is carried out.
        let at = votes.iter().map(|vote| vote.at).max().unwrap_or_else(|| self.clock.now());
        for planned in users {
            let now = self.store.user(&planned.after.id).map(|record| record.person);
            if now != planned.before && now.as_ref() != Some(&planned.after) {
                let why = format!(
                    "承認の間に {} の登録が変わりました。届け出し直してください。",
                    planned.after.id
                );
                return Ok(Fate::Never(why));
            }
        }
        for planned in users {
            let (after, deed) = (&planned.after, planned.deed);
            let (changes, mails) = self.deed_of(&planned.change(), &by, at);
            let letter = has_letter(deed).then(|| Effect {
                scope: EffectScope::Case(case.head.id),
                kind: EffectKind::PasswordLetter { user: after.id.clone(), given: at.ms() },
                at,
            });
            let changes = changes.into_iter().map(|change| Entry::User(Box::new(change)));
            let owed = Entry::Owed(letter.into_iter().chain(mails).collect());
            self.commit_entries(self.clock.now(), changes.chain([owed]).collect())?;
            info!(case = %case.head.id, actor = %after.id, outcome = ?deed, "a user was changed");
        }
        Ok(Fate::Delivered)
    }

    /// Whether a case is about a customer: their contract, a user of theirs, or their outage.
    pub(in crate::service) fn is_about(&self, case: &Case, customer: UserNumber) -> bool {
        let own = Organisation::Customer(customer);
        self.plan_of(case).is_some_and(|plan| {
            plan.entries.iter().any(|one| one.after.user == Some(customer))
                || plan.users.iter().any(|one| one.after.organisation == own)
                || plan.outage.is_some_and(|one| one.is_of(customer))
        })
    }

    /// What a sheet asked for a user.
    fn asked_deed(&self, case: &Case, user: &UserId) -> Option<UserDeed> {
        let mut theirs =
            self.plan_of(case)?.users.into_iter().filter(|planned| planned.after.id == *user);
        theirs.next().map(|planned| planned.deed)
    }

    /// 仮パスワードのお知らせ or 受取番号のお知らせ, which the branch hands over in a closed envelope.
    pub(in crate::service) fn password_letter(
        &self,
        file: &FileRecord,
        effect: &Effect,
        (user, given): (&UserId, i64),
    ) -> Answer<Vec<Parcel>> {
        let unknown = || AnswerError::Unknown(effect.id().to_string());
        let asked = self.case_of(effect)?;
        let case = asked.head.id;
        let person = self.store.user(user).ok_or_else(unknown)?.person;
        let at = crate::domain::Timestamp::from_ms(given);
        let rules = self.rulebook();
        let (secrets, until) = if self.asked_deed(&asked, user) == Some(UserDeed::Certify) {
            let until = self.pick_up_end(user, at);
            (HandedOut::Number(self.pick_up_number(user, until)), until)
        } else {
            let one_time = self.handed_out(user, at);
            let OneTime { login, approval, until } = one_time;
            let number = (self.method(user) == Method::Certificate)
                .then(|| self.pick_up_number(user, self.pick_up_end(user, at)));
            (HandedOut::Passwords { login, approval, number }, until)
        };
        let view = PasswordView {
            desk: rules.answers.desk.clone(),
            case,
            made: at,
            name: person.name,
            user: user.clone(),
            secrets,
            until,
            pages: rules.answers.base_url.clone(),
            shortest: rules.passwords.shortest,
        };
        let bytes = pdf::password(&view, &rules.answers.words)?.bytes;
        let path = folder_of(file) + &names::password_pdf(case, user.as_str());
        Ok(vec![Parcel::new(path, bytes)])
    }
}

/// Whether something secret is handed over in an envelope.
const fn has_letter(deed: UserDeed) -> bool {
    hands_out(deed) || matches!(deed, UserDeed::Certify)
}

impl PlannedUser {
    fn change(&self) -> Change {
        let Self { deed, after, same_as, .. } = self;
        Change { after: after.clone(), deed: *deed, same_as: same_as.clone() }
    }

    /// What it comes to, in a sentence.
    fn proof(&self) -> String {
        let Self { deed, after, identity_check, same_as, .. } = self;
        let joined = same_as.as_ref().map(|with| format!("、{with} と同じ方"));
        let joined = joined.unwrap_or_default();
        let what = format!("{} {}（{}）{joined}", deed.japanese(), after.name, after.id);
        let checked = if identity_check.is_empty() {
            String::new()
        } else {
            format!("本人確認: {identity_check}。")
        };
        let next = match deed {
            UserDeed::Register | UserDeed::Reset => {
                "仮パスワードのお知らせを取扱店からお渡しします。"
            }
            UserDeed::Part => "ほかのユーザーIDとは別の方のものとして扱います。",
            UserDeed::Alter
            | UserDeed::Suspend
            | UserDeed::Resume
            | UserDeed::Remove
            | UserDeed::Unlock => "",
            UserDeed::Certify => {
                "今の電子証明書は失効し、受取番号のお知らせを取扱店からお渡しします。"
            }
            UserDeed::Uncertify => {
                "電子証明書なしで、パスワードだけでログインできるようになります。"
            }
        };
        format!("{what}。{checked}{next}ご本人にメールでお知らせします。")
    }
}

/// A user as they are, in one line.
pub(super) fn before(planned: &PlannedUser) -> Option<String> {
    planned.before.as_ref().map(line)
}

/// A user as they are to be, in one line.
pub(super) fn after(planned: &PlannedUser) -> String {
    format!("{} {}", planned.deed.japanese(), line(&planned.after))
}

fn line(person: &Person) -> String {
    let Person { id, name, organisation, roles, email, .. } = person;
    let place = match organisation {
        Organisation::Customer(user) => format!("利用者番号 {user}"),
        Organisation::Branch(code) => format!("店番 {code}"),
    };
    format!("{id} {name}｜{place}｜権限 {}｜{email}\n", roles.join("、"))
}

//! How people come in: the passwords they choose, their mail address, and what masters do with the
//! users of their customer.
//!
//! Nobody learns a password they did not choose: whoever resets one hands over a [`OneTime`], which
//! opens nothing but the choice of another. Whatever changes is mailed in the same commit, and no
//! setting stops these mails. Read [`Desk::choose_password`] first.

mod able;
mod certificates;
mod letters;
mod masters;
mod one_time;
mod own;
mod pick_up;
mod policy;
mod sheet;

use crate::domain::{Account, CaseId, Person, Timestamp, UserId};
use crate::ports::{Admission, Entry, StoreError, UserChange, UserRecord};
use crate::workflow::{Addressed, Effect, EffectKind, EffectScope, SecurityMail, SecurityNews};

use super::Desk;
use super::enrol::LoginError;
use super::people::other_ids;

pub use certificates::CertificateError;
pub use masters::Wanted;
pub(super) use masters::{Change, hands_out};
pub use one_time::OneTime;
pub(super) use one_time::as_typed;
pub use pick_up::{RENEWED_DAYS, Taken, Taking};
pub use policy::{Policy, Weak};
pub use sheet::UserPlan;

/// Why something about how a person comes in was not changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The person's own password was wrong.
    #[error(transparent)]
    Password(#[from] LoginError),
    /// The new password is none to choose.
    #[error(transparent)]
    Weak(#[from] Weak),
    /// Both passwords would be the same, or the new one is the old one.
    #[error("the login password, the approval password and the old one must differ")]
    Equal,
    /// It is no mail address.
    #[error("`{0}` is no mail address")]
    Address(String),
    /// No such address was asked for, or the number is another.
    #[error("the number is not the one that was mailed")]
    Number,
    /// Only a master changes users, and only those of the same customer.
    #[error("only a master user changes the users of a customer")]
    NotYours,
    /// Masters are reset by the bank, and nobody resets, suspends or removes themselves.
    #[error("{0} is a master user or yourself; ask the bank")]
    AskTheBank(UserId),
    /// The user ID is taken, or was.
    #[error("user ID {0} is taken")]
    Taken(UserId),
    /// An authority there is not.
    #[error("there is no authority `{0}`")]
    Authority(String),
    /// The customer would be without a master.
    #[error("the last master user stays")]
    LastMaster,
    /// Fewer people could approve than the contract asks for.
    #[error("{left} may approve then, and {needed} must")]
    LastApprover {
        /// How many are left.
        left: usize,
        /// How many the contract's pattern asks for.
        needed: usize,
    },
    /// Whoever is registered changes their address themselves, or the bank does.
    #[error("a registered user's address is changed by themselves or the bank")]
    OwnAddress,
    /// What was shown is no longer what would be done.
    #[error("users have changed since the plan was shown")]
    Changed,
    /// It is none of the customer's accounts.
    #[error("account {} is not in the customer's contract", .0.masked())]
    NoAccount(Account),
    /// It is no other user ID that could be of the same human.
    #[error("{0} is no other user ID of theirs")]
    NotAnother(UserId),
    /// Nothing would change.
    #[error("nothing would change")]
    Nothing,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AccountError {
    /// The same in plain Japanese, with what to do.
    pub fn japanese(&self) -> String {
        match self {
            Self::Password(refused) => refused.japanese().to_owned(),
            Self::Weak(weak) => weak.japanese(),
            Self::Equal => "ログインパスワード・承認パスワード・今までのパスワードは、どれも別のものにしてください。".to_owned(),
            Self::Address(_) => {
                "メールアドレスは name@example.jp の形で、半角で入力してください。".to_owned()
            }
            Self::Number => {
                "確認番号が違います。新しいアドレスに届いた番号を入力してください。届かないときは、もう一度お申し出ください。".to_owned()
            }
            Self::NotYours => {
                "ユーザーの登録・変更は、同じご契約のマスターユーザーだけができます。".to_owned()
            }
            Self::AskTheBank(user) => format!(
                "{user} はマスターユーザーかご本人です。お取引店へお申し出ください（ご本人のパスワードは「アカウント」で変更できます）。"
            ),
            Self::Taken(user) => {
                format!("ユーザーID {user} は使われています（以前使われたIDも使えません）。別のIDにしてください。")
            }
            Self::Authority(text) => {
                format!("権限「{text}」はありません。マスター、または承認・操作・照会から選んでください。")
            }
            Self::LastMaster => {
                "マスターユーザーがいなくなるので、できません。先に別の方をマスターユーザーにしてください。".to_owned()
            }
            Self::LastApprover { left, needed } => format!(
                "承認できる方が{left}名になり、ご契約の承認（{needed}名）ができなくなります。それでも行うときは、確認の欄に印を付けてください。"
            ),
            Self::OwnAddress => {
                "登録済みの方のメールアドレスは、ご本人が「アカウント」の画面で変更するか、\
                 お取引店へお申し出ください。この欄は今のままにしてください。"
                    .to_owned()
            },
            Self::Changed => "画面を表示してからユーザーの登録が変わりました。一覧をもう一度アップロードしてください。".to_owned(),
            Self::NoAccount(account) => format!(
                "口座 {} はご契約にありません。ご契約の口座から選んでください。",
                account.masked()
            ),
            Self::NotAnother(user) => format!(
                "{user} は、まとめられる別のユーザーIDではありません。同じご契約の登録済みのIDにしてください。"
            ),
            Self::Nothing => "変わるところがありません。".to_owned(),
            Self::Store(_) => "ただいま処理できません。しばらくしてからもう一度お試しください。".to_owned(),
        }
    }
}

impl Desk {
    /// Commits what changes of somebody's access together with the mails that tell of it.
    fn change_access(
        &self,
        changes: Vec<UserChange>,
        mails: Vec<Effect>,
    ) -> Result<(), StoreError> {
        let mut entries: Vec<Entry> =
            changes.into_iter().map(|change| Entry::User(Box::new(change))).collect();
        entries.push(Entry::Owed(mails));
        self.commit_entries(self.clock.now(), entries)
    }

    /// Registered people who may come in, or will again, each with their other user IDs.
    pub fn users(&self) -> Vec<UserRecord> {
        self.users_with(|admission| admission != Admission::Removed)
    }

    /// Registered people who may come in, each with their other user IDs.
    pub(super) fn active_users(&self) -> Vec<UserRecord> {
        self.users_with(|admission| admission == Admission::Active)
    }

    fn users_with(&self, kept: impl Fn(Admission) -> bool) -> Vec<UserRecord> {
        let mut users = self.store.users();
        users.retain(|user| kept(self.admission(&user.person.id)));
        let humans = self.store.humans();
        for user in &mut users {
            user.person.today.also = other_ids(&humans, &user.person.id);
        }
        users
    }

    /// Whether a person may come in.
    pub fn admission(&self, user: &UserId) -> Admission {
        self.store.habits(user).access.admission
    }
}

/// The mail that tells a person of their access, at the address they have.
pub(super) fn security_mail(
    person: &Person,
    news: SecurityNews,
    by: &str,
    at: Timestamp,
) -> Effect {
    let mail = SecurityMail {
        to: person.id.clone(),
        address: person.email.clone(),
        which: Addressed::Present,
        news,
        by: by.to_owned(),
        n: at.ms(),
    };
    owed(mail, at)
}

/// The mail that tells a person of a decision that was read from paper as theirs.
pub(super) fn on_paper_mail(case: CaseId, person: &Person, by: &str, at: Timestamp) -> Effect {
    let mail = security_mail(person, SecurityNews::OnPaper, by, at);
    Effect { scope: EffectScope::Case(case), ..mail }
}

/// The mail that tells the address a person had of the change to another.
fn former_mail(before: &Person, by: &str, at: Timestamp) -> Effect {
    let (to, address) = (before.id.clone(), before.email.clone());
    let (which, news) = (Addressed::Former, SecurityNews::Email);
    owed(SecurityMail { to, address, which, news, by: by.to_owned(), n: at.ms() }, at)
}

fn owed(mail: SecurityMail, at: Timestamp) -> Effect {
    Effect { scope: EffectScope::Office, kind: EffectKind::Security(Box::new(mail)), at }
}

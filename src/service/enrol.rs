//! Registering the first people, and checking passwords.

use std::sync::{MutexGuard, PoisonError};

use tracing::{info, warn};

use crate::domain::{Person, UserId};
use crate::ports::{
    Batch, Commit, CommitError, Credentials, Entry, Lock, PasswordKind, StoreError, Tried,
    UserChange, UserRecord,
};

use crate::workflow::{MailRule, SecurityNews};

use super::Desk;
use super::accounts::{Policy, Weak, as_typed, security_mail};

/// A person to register.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Who it is.
    pub person: Person,
    /// The two passwords.
    pub passwords: Passwords,
}

/// The two passwords of a person, as typed. `Debug` does not show them.
#[derive(Clone)]
pub struct Passwords {
    /// ログインパスワード.
    pub login: String,
    /// 承認パスワード.
    pub approval: String,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passwords(***)")
    }
}

/// Why a person was not registered or changed.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The user ID is taken.
    #[error("user ID {0} is already registered")]
    Taken(UserId),
    /// There is no such person.
    #[error("there is no user {0}")]
    Unknown(UserId),
    /// There are two people who can approve: from then on they do.
    #[error("two people approve new users now; hand in a sheet about users")]
    TwoPeople,
    /// A password is none to choose.
    #[error(transparent)]
    Weak(#[from] Weak),
    /// Both passwords are the same.
    #[error("the login password and the approval password must differ")]
    Equal,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl EnrolError {
    /// The same in plain Japanese, with what to do.
    pub fn japanese(&self) -> String {
        match self {
            Self::Taken(id) => {
                format!("ユーザーID {id} はすでに使われています。別のIDにしてください。")
            }
            Self::Unknown(id) => format!("ユーザーID {id} は登録されていません。"),
            Self::TwoPeople => {
                "ユーザーの登録は、二人の承認で行います。「kessai user export」の一覧に「登録」の行を\
                 書いて、「kessai user import」で届け出てください。"
                    .to_owned()
            }
            Self::Weak(weak) => weak.japanese(),
            Self::Equal => {
                "ログインパスワードと承認パスワードは別のものにしてください。".to_owned()
            }
            Self::Store(_) => "ただいま登録できません。".to_owned(),
        }
    }
}

/// Why a password did not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// The user ID or the password is wrong, or the password is locked. One answer for all, so
    /// that nobody learns which.
    #[error("the user ID or the password is wrong, or the password is locked")]
    Refused,
    /// The password is right, but one that was reset: it opens nothing but the choice of another.
    #[error("the password was reset and another has to be chosen first")]
    MustChoose,
    /// The store failed.
    #[error("the store failed")]
    Store(String),
}

impl LoginError {
    /// Whether it passes by waiting: the store failed, and nobody did anything wrong.
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Store(_))
    }

    /// The same in plain Japanese, with what to do.
    pub const fn japanese(&self) -> &'static str {
        match self {
            Self::Refused => {
                "ユーザーIDまたはパスワードが違うか、パスワードが使えない状態です。\
                 5回続けて間違えると使えなくなります。その場合は窓口へご連絡ください。"
            }
            Self::MustChoose => {
                "仮パスワードのままです。「アカウント」の画面で、ご自分のパスワードに変更してください。"
            }
            Self::Store(_) => "ただいま処理できません。しばらくしてからもう一度お試しください。",
        }
    }
}

/// A person whose password was right.
#[derive(Debug, Clone)]
pub struct Verified {
    /// Who, as they are today.
    pub person: Person,
    /// Whether the password was reset, and is good for choosing another only.
    pub must_choose: bool,
}

impl Desk {
    /// Registers one of the first people: once two of a branch can approve a sheet about users,
    /// nobody is registered by one person alone.
    pub fn add_first_user(&self, new: NewUser) -> Result<(), EnrolError> {
        let flow = self.rulebook().flow("users", self.clock.now().date()).is_some();
        let users = self.active_users();
        let people = || users.iter().map(|user| &user.person);
        let two = people().filter(|one| one.has("checker")).any(|checker| {
            people().any(|other| {
                let same = checker.organisation == other.organisation;
                same && other.has("manager") && !other.is_same_human(checker)
            })
        });
        if flow && two { Err(EnrolError::TwoPeople) } else { self.add_user(new) }
    }

    /// Registers a person.
    pub fn add_user(&self, new: NewUser) -> Result<(), EnrolError> {
        if new.passwords.login == new.passwords.approval {
            return Err(EnrolError::Equal);
        }
        for password in [&new.passwords.login, &new.passwords.approval] {
            self.policy().check(password, &new.person)?;
        }
        let id = new.person.id.clone();
        if self.store.user(&id).is_some() {
            return Err(EnrolError::Taken(id));
        }
        let credentials = self.credentials(&new.passwords);
        let record = UserRecord { person: new.person, credentials, since: self.clock.now() };
        info!(actor = %id, "user registered");
        self.change_user(UserChange::Registered(record))
    }

    /// Records how a person wants mails about seats.
    pub fn choose_mails(&self, user: &UserId, rule: &MailRule) -> Result<(), EnrolError> {
        self.known(user)?;
        info!(actor = %user, "mails chosen");
        self.change_user(UserChange::MailChosen { user: user.clone(), rule: rule.clone() })
    }

    /// What passwords must be here.
    pub fn policy(&self) -> Policy {
        self.rulebook().passwords
    }

    /// Held while something is done about a person that must not be done twice at once.
    pub(super) fn turn_of(&self, user: &UserId) -> MutexGuard<'_, ()> {
        let shard = user.as_str().bytes().fold(0_usize, |sum, byte| sum + usize::from(byte));
        let mutex = &self.attempts[shard % self.attempts.len()];
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks a password somebody acts with; one that was reset does not do.
    pub fn check_password(
        &self,
        user: &UserId,
        kind: PasswordKind,
        password: &str,
    ) -> Result<Person, LoginError> {
        let verified = self.verify(user, kind, password)?;
        if verified.must_choose { Err(LoginError::MustChoose) } else { Ok(verified.person) }
    }

    /// Checks a password and counts the attempt.
    ///
    /// Five wrong ones in a row lock it; a locked one is not evaluated any more, so that not even
    /// the right guess tells anything. An unknown user ID takes as long as a known one.
    pub fn verify(
        &self,
        user: &UserId,
        kind: PasswordKind,
        password: &str,
    ) -> Result<Verified, LoginError> {
        // Fifty guesses at once must not outrun the counter.
        let _turn = self.turn_of(user);
        let Some(record) = self.store.user(user) else {
            self.hasher.hash(password);
            return Err(LoginError::Refused);
        };
        let lock = record.credentials.get(kind);
        let until = self.store.habits(user).access.temporary(kind);
        let over = until.is_some_and(|until| until <= self.clock.now());
        if lock.is_locked() || over {
            self.hasher.hash(password);
            return Err(LoginError::Refused);
        }
        let typed = if until.is_some() { as_typed(password) } else { password.to_owned() };
        let outcome =
            if self.hasher.matches(&typed, &lock.hash) { Tried::Right } else { Tried::Wrong };
        if outcome == Tried::Wrong || lock.failures > 0 {
            self.count_attempt(&record, kind, outcome)
                .map_err(|failed| LoginError::Store(failed.to_string()))?;
        }
        match outcome {
            // Whoever has no posting today, or is suspended, may not come in.
            Tried::Right => {
                let person = self.person(user).ok_or(LoginError::Refused)?;
                Ok(Verified { person, must_choose: until.is_some() })
            }
            Tried::Wrong => {
                warn!(actor = %user, outcome = ?kind, "wrong password");
                Err(LoginError::Refused)
            }
        }
    }

    /// Journals an attempt; the fifth wrong one in a row is told to the person in the same commit.
    fn count_attempt(
        &self,
        record: &UserRecord,
        kind: PasswordKind,
        outcome: Tried,
    ) -> Result<(), StoreError> {
        let user = record.person.id.clone();
        let failures = record.credentials.get(kind).failures.saturating_add(1);
        let locks = outcome == Tried::Wrong && failures == Lock::FAILURES_MAX;
        let news = match kind {
            PasswordKind::Login => SecurityNews::LoginLocked,
            PasswordKind::Approval => SecurityNews::ApprovalLocked,
        };
        let now = self.clock.now();
        let mail = locks.then(|| Entry::Owed(vec![security_mail(&record.person, news, "", now)]));
        let tried = Entry::User(Box::new(UserChange::Tried { user, kind, outcome }));
        self.commit_entries(now, [tried].into_iter().chain(mail).collect())
    }

    fn known(&self, user: &UserId) -> Result<UserRecord, EnrolError> {
        self.store.user(user).ok_or_else(|| EnrolError::Unknown(user.clone()))
    }

    fn credentials(&self, passwords: &Passwords) -> Credentials {
        let lock = |password: &str| Lock { hash: self.hasher.hash(password), failures: 0 };
        Credentials { login: lock(&passwords.login), approval: lock(&passwords.approval) }
    }

    fn change_user(&self, change: UserChange) -> Result<(), EnrolError> {
        let entries = vec![Entry::User(Box::new(change))];
        let commit = Commit { at: self.clock.now(), entries };
        match self.store.commit(Batch { commit, expect: Vec::new() }) {
            Ok(()) => Ok(()),
            Err(CommitError::Store(failed)) => Err(failed.into()),
            Err(CommitError::Conflict(case)) => {
                Err(StoreError::Poisoned(format!("a user change conflicted with case {case}")))?
            }
        }
    }
}

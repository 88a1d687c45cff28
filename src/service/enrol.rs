//! Registering people and checking their passwords.

use std::sync::PoisonError;

use tracing::{info, warn};

use crate::domain::{Person, UserId};
use crate::ports::{
    Batch, Commit, CommitError, Credentials, Entry, Lock, PasswordKind, StoreError, Tried,
    UserChange, UserRecord,
};

use crate::workflow::MailRule;

use super::Desk;

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
    /// A password is too short.
    #[error("a password needs at least {} characters", Passwords::LENGTH_MIN)]
    TooShort,
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
            Self::TooShort => {
                format!("パスワードは{}文字以上にしてください。", Passwords::LENGTH_MIN)
            }
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
    /// The store failed.
    #[error("the store failed")]
    Store(String),
}

impl LoginError {
    /// The same in plain Japanese, with what to do.
    pub const fn japanese(&self) -> &'static str {
        match self {
            Self::Refused => {
                "ユーザーIDまたはパスワードが違うか、パスワードが使えない状態です。\
                 5回続けて間違えると使えなくなります。その場合は窓口へご連絡ください。"
            }
            Self::Store(_) => "ただいま処理できません。しばらくしてからもう一度お試しください。",
        }
    }
}

impl Passwords {
    /// The shortest password, in characters.
    ///
    /// Source: fifteen characters where a password is the only factor; sign-in here always needs
    /// a second one to decide, so eight for each.
    pub const LENGTH_MIN: usize = 8;

    fn check(&self) -> Result<(), EnrolError> {
        if self.login == self.approval {
            return Err(EnrolError::Equal);
        }
        let short = |password: &str| password.chars().count() < Self::LENGTH_MIN;
        if short(&self.login) || short(&self.approval) {
            return Err(EnrolError::TooShort);
        }
        Ok(())
    }
}

impl Desk {
    /// Registers a person.
    pub fn add_user(&self, new: NewUser) -> Result<(), EnrolError> {
        new.passwords.check()?;
        let id = new.person.id.clone();
        if self.store.user(&id).is_some() {
            return Err(EnrolError::Taken(id));
        }
        let credentials = self.credentials(&new.passwords);
        let record = UserRecord { person: new.person, credentials, since: self.clock.now() };
        info!(actor = %id, "user registered");
        self.change_user(UserChange::Added(record))
    }

    /// Sets both passwords of a person; their counters start at zero.
    pub fn set_passwords(&self, user: &UserId, passwords: &Passwords) -> Result<(), EnrolError> {
        passwords.check()?;
        self.known(user)?;
        let credentials = self.credentials(passwords);
        info!(actor = %user, "passwords set");
        self.change_user(UserChange::PasswordsSet { user: user.clone(), credentials })
    }

    /// Records how a person wants mails about seats.
    pub fn choose_mails(&self, user: &UserId, rule: &MailRule) -> Result<(), EnrolError> {
        self.known(user)?;
        info!(actor = %user, "mails chosen");
        self.change_user(UserChange::MailChosen { user: user.clone(), rule: rule.clone() })
    }

    /// Makes locked passwords usable again.
    pub fn unlock(&self, user: &UserId) -> Result<(), EnrolError> {
        self.known(user)?;
        info!(actor = %user, "user unlocked");
        self.change_user(UserChange::Unlocked { user: user.clone() })
    }

    /// Checks a password and counts the attempt.
    ///
    /// Five wrong ones in a row lock it; a locked one is not evaluated any more, so that not even
    /// the right guess tells anything. An unknown user ID takes as long as a known one.
    pub fn check_password(
        &self,
        user: &UserId,
        kind: PasswordKind,
        password: &str,
    ) -> Result<Person, LoginError> {
        // One attempt a person at a time: fifty guesses at once must not outrun the counter.
        let shard = user.as_str().bytes().fold(0_usize, |sum, byte| sum + usize::from(byte));
        let mutex = &self.attempts[shard % self.attempts.len()];
        let _turn = mutex.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(record) = self.store.user(user) else {
            self.hasher.hash(password);
            return Err(LoginError::Refused);
        };
        let lock = record.credentials.get(kind);
        if lock.is_locked() {
            self.hasher.hash(password);
            return Err(LoginError::Refused);
        }
        let outcome =
            if self.hasher.matches(password, &lock.hash) { Tried::Right } else { Tried::Wrong };
        if outcome == Tried::Wrong || lock.failures > 0 {
            let tried = UserChange::Tried { user: user.clone(), kind, outcome };
            self.change_user(tried).map_err(|failed| LoginError::Store(failed.to_string()))?;
        }
        match outcome {
            // Whoever has no posting today may not come in.
            Tried::Right => self.person(user).ok_or(LoginError::Refused),
            Tried::Wrong => {
                warn!(actor = %user, outcome = ?kind, "wrong password");
                Err(LoginError::Refused)
            }
        }
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

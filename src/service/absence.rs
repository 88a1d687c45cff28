//! A person's own absence and who stands for them meanwhile (代理).
//!
//! What the delegate may do then is decided by the engine; here is only who may be one.

use tracing::info;

use crate::domain::{Absence, Date, Person, UserId};
use crate::ports::{Entry, StoreError, UserChange};
use crate::workflow::{AbsenceNews, Effect, EffectKind, EffectScope};

use super::Desk;

/// Why an absence was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum AbsenceError {
    /// There is no such person today.
    #[error("there is no user {0}")]
    Unknown(UserId),
    /// The last day is before the first, or is over.
    #[error("the last day must be today or later, and not before the first")]
    Days,
    /// The person named themselves.
    #[error("nobody stands for themselves; name a colleague")]
    Oneself,
    /// The delegate belongs to another organisation.
    #[error("{0} belongs to another organisation; name a colleague of your own")]
    NoColleague(UserId),
    /// The delegate is away on one of the days: there are no chains.
    #[error("{0} is away on one of these days; name somebody who is there")]
    DelegateAway(UserId),
    /// Days are recorded already.
    #[error("an absence is recorded already from {0} to {1}; end it first")]
    Recorded(Date, Date),
    /// There is no such flow.
    #[error("there is no flow `{0}`")]
    NoFlow(String),
    /// There is no such absence to end.
    #[error("no absence is recorded")]
    Nothing,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AbsenceError {
    /// The same in plain Japanese, with what to do.
    pub fn japanese(&self) -> String {
        match self {
            Self::Unknown(user) => format!("ユーザーID {user} の方は登録されていません。"),
            Self::Days => {
                "終わりの日は、きょう以降で、始まりの日より前でない日にしてください。".to_owned()
            }
            Self::Oneself => "代理にはご自身でない方を選んでください。".to_owned(),
            Self::NoColleague(user) => {
                format!("{user} の方は所属が違います。同じ所属の方を選んでください。")
            }
            Self::DelegateAway(user) => {
                format!("{user} の方もその期間に不在の日があります。別の方を選んでください。")
            }
            Self::Recorded(from, until) => format!(
                "{}から{}までの届出がすでにあります。先にそれを終えてください。",
                from.japanese(),
                until.japanese()
            ),
            Self::NoFlow(flow) => format!("「{flow}」という流れはありません。"),
            Self::Nothing => "不在の届出はありません。".to_owned(),
            Self::Store(_) => "ただいま記録できません。".to_owned(),
        }
    }
}

impl Desk {
    /// Records a person's absence; tells them and their delegate, and asks the delegate about
    /// cases that wait already.
    pub fn set_absence(&self, absence: &Absence) -> Result<(), AbsenceError> {
        let person = self.person_now(&absence.user)?;
        self.may_be_away(&person, absence)?;
        info!(actor = %absence.user, "absence set");
        self.change_absence(UserChange::AbsenceSet(absence.clone()), absence, AbsenceNews::Set)
    }

    /// Ends a person's absence that begins on `from`, or their next one: from today on they are
    /// there. One that has not begun is taken back whole.
    pub fn end_absence(&self, user: &UserId, from: Option<Date>) -> Result<Absence, AbsenceError> {
        let today = self.clock.now().date();
        let absence = self
            .absences_of(user)
            .into_iter()
            .filter(|one| one.until >= today && from.is_none_or(|from| one.from == from))
            .min_by_key(|one| one.from)
            .ok_or(AbsenceError::Nothing)?;
        let (user, from, last) = (user.clone(), absence.from, today.plus_days(-1));
        info!(actor = %user, "absence ended");
        let change = UserChange::AbsenceEnded { user, from, last };
        self.change_absence(change, &absence, AbsenceNews::Ended)?;
        Ok(absence)
    }

    /// A person's absences that are not over, by day.
    pub fn absences_of(&self, user: &UserId) -> Vec<Absence> {
        let absences = self.absences();
        absences.into_iter().filter(|absence| absence.user == *user).collect()
    }

    /// Everybody's absences that are not over, by person and day.
    pub fn absences(&self) -> Vec<Absence> {
        let today = self.clock.now().date();
        let mut absences = self.store.absences();
        absences.retain(|absence| absence.until >= today);
        absences
    }

    /// Those of a person's own organisation who may stand for them, as they are today.
    pub fn colleagues(&self, person: &Person) -> Vec<Person> {
        self.everybody().colleagues(person)
    }

    fn may_be_away(&self, person: &Person, absence: &Absence) -> Result<(), AbsenceError> {
        let today = self.clock.now().date();
        if absence.until < absence.from || absence.until < today {
            return Err(AbsenceError::Days);
        }
        let known = self.absences();
        let clash = known.iter().find(|one| one.user == person.id && one.meets(absence));
        if let Some(clash) = clash {
            return Err(AbsenceError::Recorded(clash.from, clash.until));
        }
        if let Some(flow) =
            absence.flows.iter().find(|flow| !self.rulebook().flows.contains_key(*flow))
        {
            return Err(AbsenceError::NoFlow(flow.clone()));
        }
        let Some(id) = &absence.delegate else { return Ok(()) };
        let delegate = self.person_now(id)?;
        if delegate.is_same_human(person) {
            return Err(AbsenceError::Oneself);
        }
        if delegate.organisation != person.organisation {
            return Err(AbsenceError::NoColleague(id.clone()));
        }
        if known.iter().any(|one| one.user == *id && one.meets(absence)) {
            return Err(AbsenceError::DelegateAway(id.clone()));
        }
        Ok(())
    }

    fn person_now(&self, id: &UserId) -> Result<Person, AbsenceError> {
        self.person(id).ok_or_else(|| AbsenceError::Unknown(id.clone()))
    }

    /// Commits a change together with the mails about it, then looks at waiting cases.
    fn change_absence(
        &self,
        change: UserChange,
        absence: &Absence,
        news: AbsenceNews,
    ) -> Result<(), AbsenceError> {
        // Held against afterwards, so that those who newly may decide are asked.
        self.look_at_people()?;
        let at = self.clock.now();
        let told = [Some(&absence.user), absence.delegate.as_ref()].into_iter().flatten();
        let mails = told.map(|to| {
            let (to, absence) = (to.clone(), Box::new(absence.clone()));
            let kind = EffectKind::Absence { to, absence, news, n: at.ms() };
            Effect { scope: EffectScope::Office, kind, at }
        });
        let entries = vec![Entry::User(Box::new(change)), Entry::Owed(mails.collect())];
        self.commit_entries(at, entries)?;
        self.look_at_people()?;
        Ok(())
    }
}

//! What masters do with the users of their customer.

use tracing::info;

use crate::domain::{
    Account, Authority, Organisation, Person, Timestamp, Today, UserId, UserNumber, is_mail_address,
};
use crate::ports::{
    Admission, Credentials, Lock, Method, PasswordHash, PasswordKind, UserChange, UserRecord,
};
use crate::workflow::{Effect, SecurityNews, UserDeed};

use super::super::Desk;
use super::super::people::other_ids;
use super::{AccountError, OneTime, former_mail, security_mail};

/// What is to become of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// What is asked for.
    pub deed: UserDeed,
    /// The name on papers; empty where it stays.
    pub name: String,
    /// The mail address; empty where it stays.
    pub email: String,
    /// What they may do, see [`Authority`]; empty where it stays.
    pub roles: Vec<String>,
    /// The accounts they are limited to, none for all of them; nothing where it stays.
    pub accounts: Option<Vec<Account>>,
    /// The user of the same customer whose authorities they get in the place of `roles`.
    pub like: Option<UserId>,
    /// Another user ID of the same human; nobody where nothing is said.
    pub same_as: Option<UserId>,
}

/// What a deed makes of a user, whoever decided on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::service) struct Change {
    /// The user as they are to be.
    pub(in crate::service) after: Person,
    /// What is done.
    pub(in crate::service) deed: UserDeed,
    /// Another ID of the same human that is joined to it.
    pub(in crate::service) same_as: Option<UserId>,
}

impl Desk {
    /// Carries out what a master wishes for a user of the same customer; answers the one-time
    /// passwords where there are any. `anyway` is that they were told nobody could approve then.
    pub fn change_user_of(
        &self,
        master: &UserId,
        (user, wanted): (&UserId, &Wanted),
        (password, anyway): (&str, bool),
    ) -> Result<Option<OneTime>, AccountError> {
        let master = self.check_password(master, PasswordKind::Approval, password)?;
        let Organisation::Customer(customer) = master.organisation else {
            return Err(AccountError::NotYours);
        };
        if !master.is_master() {
            return Err(AccountError::NotYours);
        }
        if !wanted.deed.is_masters() && wanted.deed != UserDeed::Certify {
            return Err(AccountError::AskTheBank(user.clone()));
        }
        let now = self.user_of(customer, &master, (user, wanted.deed))?;
        // Whoever is registered changes their mail address themselves, or the bank does.
        let email = if now.is_none() { wanted.email.clone() } else { String::new() };
        let (roles, accounts) = self.roles_of(&master, wanted)?;
        let wanted = &Wanted { email, roles, accounts, ..wanted.clone() };
        self.are_peers(&master, wanted)?;
        let change = self.altered(user, master.organisation, now.as_ref(), wanted)?;
        self.stays_able(std::slice::from_ref(&change), anyway)?;
        let one_time = self.carry_deed(&change, &master.name)?;
        info!(actor = %master.id, outcome = ?wanted.deed, "a user was changed");
        Ok(one_time)
    }

    /// The authorities somebody gets: those wished for, or those another user of the customer has.
    fn roles_of(
        &self,
        master: &Person,
        wanted: &Wanted,
    ) -> Result<(Vec<String>, Option<Vec<Account>>), AccountError> {
        let Some(like) = &wanted.like else {
            return Ok((wanted.roles.clone(), wanted.accounts.clone()));
        };
        let known = self.users().into_iter().map(|user| user.person);
        let mut theirs = known.filter(|other| other.id == *like && other.is_peer(master));
        let other = theirs.next().ok_or(AccountError::NotYours)?;
        Ok((other.acts(), Some(other.accounts())))
    }

    /// Errs for an account that is none of the customer's contract.
    fn has_accounts(
        &self,
        organisation: Organisation,
        wanted: &Wanted,
    ) -> Result<(), AccountError> {
        let accounts = wanted.accounts.iter().flatten();
        let known = match organisation {
            Organisation::Customer(customer) if self.store.customers().is_kept() => {
                self.accounts_of(customer)
            }
            Organisation::Customer(_) => return Ok(()),
            Organisation::Branch(_) => Vec::new(),
        };
        let mut strange = accounts.filter(|account| !known.contains(account));
        strange.next().map_or(Ok(()), |account| Err(AccountError::NoAccount(*account)))
    }

    /// Errs where a master joins an ID with one of somebody else's customer.
    pub(super) fn are_peers(&self, master: &Person, wanted: &Wanted) -> Result<(), AccountError> {
        let Some(with) = &wanted.same_as else { return Ok(()) };
        let known = self.store.user(with).map(|record| record.person);
        let theirs = known.is_some_and(|other| other.is_peer(master));
        if theirs { Ok(()) } else { Err(AccountError::NotAnother(with.clone())) }
    }

    /// The user a change is about; nobody for one to be registered.
    pub(super) fn user_of(
        &self,
        customer: UserNumber,
        master: &Person,
        (user, deed): (&UserId, UserDeed),
    ) -> Result<Option<Person>, AccountError> {
        let known = self.store.user(user).map(|record| record.person);
        if deed == UserDeed::Register {
            return if known.is_some() { Err(AccountError::Taken(user.clone())) } else { Ok(None) };
        }
        let theirs = known.filter(|person| {
            person.organisation == Organisation::Customer(customer)
                && self.admission(user) != Admission::Removed
        });
        let person = theirs.ok_or(AccountError::NotYours)?;
        let lets_in = matches!(deed, UserDeed::Reset | UserDeed::Certify);
        let harms = lets_in || matches!(deed, UserDeed::Suspend | UserDeed::Remove);
        let guarded = person.id == master.id || (person.is_master() && lets_in);
        if harms && guarded {
            return Err(AccountError::AskTheBank(user.clone()));
        }
        Ok(Some(person))
    }

    fn carry_deed(&self, change: &Change, by: &str) -> Result<Option<OneTime>, AccountError> {
        let at = self.clock.now();
        let (changes, mails) = self.deed_of(change, by, at);
        self.change_access(changes, mails)?;
        Ok(hands_out(change.deed).then(|| self.handed_out(&change.after.id, at)))
    }

    /// What a deed changes and the mails that tell of it, whoever decided on it: the same for the
    /// same moment, but for the salt of a hash. A changed address is told to the old one, too.
    pub(in crate::service) fn deed_of(
        &self,
        change: &Change,
        by: &str,
        at: Timestamp,
    ) -> (Vec<UserChange>, Vec<Effect>) {
        let Change { after, deed, same_as } = change;
        let (user, deed) = (&after.id, *deed);
        let before = self.store.user(user).map(|record| record.person);
        let first = if before.as_ref() == Some(after) && deed == UserDeed::Alter {
            None
        } else {
            Some(first_of(after, deed, (at, self.pick_up_end(user, at))))
        };
        let resets = if hands_out(deed) {
            self.reset_to(user, &self.handed_out(user, at))
        } else {
            Vec::new()
        };
        let revoked = match deed {
            // What is lost must open nothing while the next one waits to be taken.
            UserDeed::Suspend | UserDeed::Remove | UserDeed::Certify => {
                self.revocation_of(user, at)
            }
            _ => None,
        };
        let (change, news) = first.unzip();
        let mut changes: Vec<UserChange> =
            change.flatten().into_iter().chain(resets).chain(revoked).collect();
        if deed == UserDeed::Register && self.are_certified(after) {
            let (method, until) = (Method::Certificate, self.pick_up_end(user, at));
            changes.push(UserChange::MethodSet { user: user.clone(), method });
            changes.push(UserChange::CertificatePermitted { user: user.clone(), until });
        }
        let moved = before.filter(|before| before.email != after.email);
        let mut mails: Vec<Effect> =
            moved.map(|before| former_mail(&before, by, at)).into_iter().collect();
        mails.extend(news.map(|news| security_mail(after, news, by, at)));
        if let Some(with) = same_as {
            let (user, with) = (user.clone(), with.clone());
            let other = self.store.user(&with).map(|record| record.person);
            let told = [Some(after), other.as_ref()].into_iter().flatten();
            mails.extend(told.map(|one| security_mail(one, SecurityNews::Joined, by, at)));
            changes.push(UserChange::Joined { user, with });
        }
        (changes, mails)
    }

    /// What a wish makes of a user; errs on an address or an authority there is not, and where
    /// nothing would change.
    pub(in crate::service) fn altered(
        &self,
        user: &UserId,
        organisation: Organisation,
        now: Option<&Person>,
        wanted: &Wanted,
    ) -> Result<Change, AccountError> {
        let writes = matches!(wanted.deed, UserDeed::Register | UserDeed::Alter);
        let with = wanted.same_as.as_ref().filter(|_| writes);
        let same_as = self.joined_with(user, with)?;
        self.has_accounts(organisation, wanted)?;
        let after = altered(user, organisation, now, wanted)?;
        if wanted.deed == UserDeed::Alter && now == Some(&after) && same_as.is_none() {
            return Err(AccountError::Nothing);
        }
        Ok(Change { after, deed: wanted.deed, same_as })
    }

    /// The other ID of a human, where it is not known yet that it is.
    fn joined_with(
        &self,
        user: &UserId,
        with: Option<&UserId>,
    ) -> Result<Option<UserId>, AccountError> {
        let Some(with) = with else { return Ok(None) };
        if self.store.user(with).is_none() || with == user {
            return Err(AccountError::NotAnother(with.clone()));
        }
        Ok(Some(with.clone()).filter(|with| !self.other_ids(user).contains(with)))
    }

    /// The other user IDs of the human who has this one.
    pub fn other_ids(&self, user: &UserId) -> Vec<UserId> {
        other_ids(&self.store.humans(), user)
    }
}

/// What a deed changes besides passwords, certificates and whose ID it is; and what is told.
fn first_of(
    after: &Person,
    deed: UserDeed,
    (at, until): (Timestamp, Timestamp),
) -> (Option<UserChange>, SecurityNews) {
    let user = after.id.clone();
    let admit = |admission| Some(UserChange::AdmissionSet { user: user.clone(), admission });
    match deed {
        UserDeed::Register => {
            let person = after.clone();
            let record = UserRecord { person, credentials: closed(), since: at };
            (Some(UserChange::Registered(record)), SecurityNews::Registered)
        }
        UserDeed::Alter => (Some(UserChange::Altered(after.clone())), SecurityNews::Changed),
        UserDeed::Suspend => (admit(Admission::Suspended), SecurityNews::Suspended),
        UserDeed::Resume => (admit(Admission::Active), SecurityNews::Resumed),
        UserDeed::Remove => (admit(Admission::Removed), SecurityNews::Removed),
        UserDeed::Reset => (None, SecurityNews::Reset),
        UserDeed::Certify => {
            let change = UserChange::CertificatePermitted { user, until };
            (Some(change), SecurityNews::CertificatePermitted)
        }
        UserDeed::Uncertify => {
            (Some(UserChange::MethodSet { user, method: Method::Password }), SecurityNews::Method)
        }
        UserDeed::Unlock => (Some(UserChange::Unlocked { user }), SecurityNews::Unlocked),
        UserDeed::Part => (Some(UserChange::Parted { user }), SecurityNews::Parted),
    }
}

/// Whether somebody is handed passwords to begin with.
pub(in crate::service) const fn hands_out(deed: UserDeed) -> bool {
    matches!(deed, UserDeed::Register | UserDeed::Reset)
}

/// The person as they are to be; errs on an address or an authority there is not.
fn altered(
    user: &UserId,
    organisation: Organisation,
    now: Option<&Person>,
    wanted: &Wanted,
) -> Result<Person, AccountError> {
    if !matches!(wanted.deed, UserDeed::Register | UserDeed::Alter) {
        return now.cloned().ok_or(AccountError::NotYours);
    }
    let given = |text: &str, now: Option<&String>| match (text.trim(), now) {
        ("", Some(now)) => now.clone(),
        (text, _) => text.to_owned(),
    };
    let after = Person {
        id: user.clone(),
        name: given(&wanted.name, now.map(|now| &now.name)),
        organisation,
        roles: roles_after(now, wanted),
        email: given(&wanted.email, now.map(|now| &now.email)),
        stands_for: Vec::new(),
        today: Today::default(),
    };
    if !is_mail_address(&after.email) {
        return Err(AccountError::Address(after.email));
    }
    let of_customer = matches!(organisation, Organisation::Customer(_));
    let unknown = |role: &&String| match Authority::parse(role) {
        None => of_customer,
        // Accounts have a place of their own, where they are held against the contract.
        Some(Authority::Account(_)) => wanted.roles.contains(role),
        Some(Authority::Master | Authority::Act(..)) => false,
    };
    if let Some(role) = after.roles.iter().find(unknown) {
        return Err(AccountError::Authority(role.clone()));
    }
    if after.name.is_empty() { Err(AccountError::Nothing) } else { Ok(after) }
}

/// What they may do, then the accounts they are limited to.
fn roles_after(now: Option<&Person>, wanted: &Wanted) -> Vec<String> {
    let acts = match now {
        Some(now) if wanted.roles.is_empty() => now.acts(),
        _ => wanted.roles.clone(),
    };
    let limits = match &wanted.accounts {
        Some(accounts) => accounts.iter().map(|one| Authority::Account(*one).to_string()).collect(),
        None => now.map(Person::limits).unwrap_or_default(),
    };
    acts.into_iter().chain(limits).collect()
}

/// Passwords nothing opens, until those that follow are set.
fn closed() -> Credentials {
    let lock = || Lock { hash: PasswordHash(String::new()), failures: Lock::FAILURES_MAX };
    Credentials { login: lock(), approval: lock() }
}

//! What masters do with the users of their customer.

use tracing::info;

use crate::domain::{
    Act, ApprovalPattern, Authority, Organisation, Person, Timestamp, Today, UserId, UserNumber,
    is_mail_address,
};
use crate::ports::{
    Admission, Credentials, Lock, Method, PasswordHash, PasswordKind, UserChange, UserRecord,
};
use crate::workflow::{Effect, SecurityNews, UserDeed};

use super::super::Desk;
use super::certificates::PERMITTED_MS;
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
        if matches!(wanted.deed, UserDeed::Unlock | UserDeed::Certify | UserDeed::Uncertify) {
            return Err(AccountError::AskTheBank(user.clone()));
        }
        let now = self.user_of(customer, &master, (user, wanted.deed))?;
        // Whoever is registered changes their mail address themselves, or the bank does.
        let email = if now.is_none() { wanted.email.clone() } else { String::new() };
        let wanted = &Wanted { email, ..wanted.clone() };
        let after = altered(user, master.organisation, now.as_ref(), wanted)?;
        self.stays_able((&after, wanted.deed), anyway)?;
        let one_time = self.carry_deed((&after, wanted.deed), &master.name)?;
        info!(actor = %master.id, outcome = ?wanted.deed, "a user was changed");
        Ok(one_time)
    }

    /// The user a change is about; nobody for one to be registered.
    fn user_of(
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
        let harms = matches!(deed, UserDeed::Suspend | UserDeed::Remove | UserDeed::Reset);
        let guarded = person.id == master.id || (person.is_master() && deed == UserDeed::Reset);
        if harms && guarded {
            return Err(AccountError::AskTheBank(user.clone()));
        }
        Ok(Some(person))
    }

    /// Errs where the customer would be without a master, or, unless told, without its approvers.
    pub(in crate::service) fn stays_able(
        &self,
        (after, deed): (&Person, UserDeed),
        anyway: bool,
    ) -> Result<(), AccountError> {
        let Organisation::Customer(customer) = after.organisation else { return Ok(()) };
        let people = self.active_users().into_iter().map(|user| user.person);
        let theirs: Vec<Person> =
            people.filter(|person| person.organisation == after.organisation).collect();
        let gone = matches!(deed, UserDeed::Suspend | UserDeed::Remove);
        let able = |may: fn(&Person) -> bool| -> (usize, usize) {
            let before = theirs.iter().filter(|one| may(one)).count();
            let others = theirs.iter().filter(|one| one.id != after.id && may(one)).count();
            (before, others + usize::from(!gone && may(after)))
        };
        let (before, left) = able(Person::is_master);
        if before > 0 && left == 0 {
            return Err(AccountError::LastMaster);
        }
        let ((before, left), needed) = (able(approves), self.approvers_needed(customer));
        if !anyway && left < needed && left < before {
            return Err(AccountError::LastApprover { left, needed });
        }
        Ok(())
    }

    /// Who must come together to approve, in a sentence for the master's page.
    pub fn who_approves(&self, organisation: Organisation) -> String {
        let Organisation::Customer(customer) = organisation else { return String::new() };
        let people = self.active_users().into_iter().map(|user| user.person);
        let names: Vec<String> = people
            .filter(|person| person.organisation == organisation && approves(person))
            .map(|person| person.name)
            .collect();
        let able = if names.is_empty() { "いません".to_owned() } else { names.join("、") };
        match self.approvers_needed(customer) {
            0 => {
                "ご契約では、お客様の承認は要りません。フォルダに置いた請求はそのまま受け付けます。"
                    .to_owned()
            }
            needed => format!(
                "一つの請求の承認には、ご契約により{needed}名が要ります。承認できる方：{able}。"
            ),
        }
    }

    /// How many people the contract's pattern asks for.
    pub fn approvers_needed(&self, customer: UserNumber) -> usize {
        let rules = self.rulebook();
        let theirs = rules.submitters.iter().filter(|one| one.folder == customer.as_str());
        let needed = theirs.map(|one| match one.pattern {
            ApprovalPattern::None => 0,
            ApprovalPattern::Single => 1,
            ApprovalPattern::DoubleOrdered | ApprovalPattern::DoubleAny => 2,
        });
        needed.max().unwrap_or(0)
    }

    fn carry_deed(
        &self,
        (after, deed): (&Person, UserDeed),
        by: &str,
    ) -> Result<Option<OneTime>, AccountError> {
        let at = self.clock.now();
        let (changes, mails) = self.deed_of((after, deed), by, at);
        self.change_access(changes, mails)?;
        Ok(hands_out(deed).then(|| self.handed_out(&after.id, at)))
    }

    /// What a deed changes and the mails that tell of it, whoever decided on it: the same for the
    /// same moment, but for the salt of a hash. A changed address is told to the old one, too.
    pub(in crate::service) fn deed_of(
        &self,
        (after, deed): (&Person, UserDeed),
        by: &str,
        at: Timestamp,
    ) -> (Vec<UserChange>, Vec<Effect>) {
        let user = after.id.clone();
        let admit = |admission| UserChange::AdmissionSet { user: user.clone(), admission };
        let (first, news) = match deed {
            UserDeed::Register => {
                let person = after.clone();
                let record = UserRecord { person, credentials: closed(), since: at };
                (Some(UserChange::Added(record)), SecurityNews::Registered)
            }
            UserDeed::Alter => (Some(UserChange::Changed(after.clone())), SecurityNews::Changed),
            UserDeed::Suspend => (Some(admit(Admission::Suspended)), SecurityNews::Suspended),
            UserDeed::Resume => (Some(admit(Admission::Active)), SecurityNews::Resumed),
            UserDeed::Remove => (Some(admit(Admission::Removed)), SecurityNews::Removed),
            UserDeed::Reset => (None, SecurityNews::Reset),
            UserDeed::Certify => {
                let until = at.plus_ms(PERMITTED_MS);
                let change = UserChange::CertificatePermitted { user: user.clone(), until };
                (Some(change), SecurityNews::CertificatePermitted)
            }
            UserDeed::Uncertify => {
                let method = Method::Password;
                let change = UserChange::MethodSet { user: user.clone(), method };
                (Some(change), SecurityNews::Method)
            }
            UserDeed::Unlock => {
                (Some(UserChange::Unlocked { user: user.clone() }), SecurityNews::Unlocked)
            }
        };
        let resets = if hands_out(deed) {
            self.reset_to(&user, &self.handed_out(&user, at))
        } else {
            Vec::new()
        };
        let revoked = match deed {
            UserDeed::Suspend | UserDeed::Remove => self.revocation_of(&user, at),
            _ => None,
        };
        let changes = first.into_iter().chain(resets).chain(revoked).collect();
        let present = security_mail(after, news, by, at);
        let before = self.store.user(&user).map(|record| record.person);
        let moved = before.filter(|before| before.email != after.email);
        let former = moved.map(|before| former_mail(&before, by, at));
        (changes, former.into_iter().chain([present]).collect())
    }
}

/// Whether somebody is handed passwords to begin with.
pub(in crate::service) const fn hands_out(deed: UserDeed) -> bool {
    matches!(deed, UserDeed::Register | UserDeed::Reset)
}

/// Whether a person may approve requests of any kind.
fn approves(person: &Person) -> bool {
    let act = |role: &String| match Authority::parse(role) {
        Some(Authority::Act(act, _)) => act == Act::Approve,
        Some(Authority::Master) | None => false,
    };
    person.roles.iter().any(act)
}

/// The person as they are to be; errs on an address or an authority there is not, and where
/// nothing would change.
pub(in crate::service) fn altered(
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
        roles: now
            .filter(|_| wanted.roles.is_empty())
            .map_or_else(|| wanted.roles.clone(), |now| now.roles.clone()),
        email: given(&wanted.email, now.map(|now| &now.email)),
        stands_for: Vec::new(),
        today: Today::default(),
    };
    if !is_mail_address(&after.email) {
        return Err(AccountError::Address(after.email));
    }
    let of_customer = matches!(organisation, Organisation::Customer(_));
    let unknown = |role: &&String| of_customer && Authority::parse(role).is_none();
    if let Some(role) = after.roles.iter().find(unknown) {
        return Err(AccountError::Authority(role.clone()));
    }
    if after.name.is_empty() || now == Some(&after) {
        Err(AccountError::Nothing)
    } else {
        Ok(after)
    }
}

/// Passwords nothing opens, until those that follow are set.
fn closed() -> Credentials {
    let lock = || Lock { hash: PasswordHash(String::new()), failures: Lock::FAILURES_MAX };
    Credentials { login: lock(), approval: lock() }
}

//! What people change of their own access: both passwords, the mail address.

use tracing::info;

use crate::domain::{Person, Timestamp, UserId, is_mail_address};
use crate::ports::{PasswordKind, UserChange};
use crate::workflow::{Addressed, SecurityMail, SecurityNews};

use super::super::Desk;
use super::{AccountError, former_mail, owed, security_mail};

impl Desk {
    /// Puts another password in the place of a person's own, or of one that was reset.
    ///
    /// Errs, and counts the attempt, where `now` is not the one they have.
    pub fn choose_password(
        &self,
        user: &UserId,
        kind: PasswordKind,
        (now, new): (&str, &str),
    ) -> Result<(), AccountError> {
        let person = self.verify(user, kind, now)?.person;
        self.policy().check(new, &person)?;
        let credentials = self.store.user(user).map(|user| user.credentials);
        let known = credentials.iter().flat_map(|both| [&both.login.hash, &both.approval.hash]);
        if known.into_iter().any(|hash| self.hasher.matches(new, hash)) {
            return Err(AccountError::Equal);
        }
        let hash = self.hasher.hash(new);
        let news = match kind {
            PasswordKind::Login => SecurityNews::LoginPassword,
            PasswordKind::Approval => SecurityNews::ApprovalPassword,
        };
        let mail = security_mail(&person, news, "", self.clock.now());
        let change = UserChange::PasswordChosen { user: user.clone(), kind, hash };
        self.change_access(vec![change], vec![mail])?;
        info!(actor = %user, outcome = ?kind, "a password was chosen");
        Ok(())
    }

    /// Asks for another mail address: a number goes there, and the present one is told.
    pub fn ask_email(
        &self,
        user: &UserId,
        password: &str,
        email: &str,
    ) -> Result<(), AccountError> {
        if !is_mail_address(email) {
            return Err(AccountError::Address(email.to_owned()));
        }
        let person = self.check_password(user, PasswordKind::Approval, password)?;
        if person.email == email {
            return Err(AccountError::Nothing);
        }
        let at = self.clock.now();
        let told = [(Addressed::Former, &*person.email), (Addressed::Present, email)];
        let mails = told.map(|(which, address)| {
            let (to, address) = (user.clone(), address.to_owned());
            let news = SecurityNews::EmailAsked;
            owed(SecurityMail { to, address, which, news, by: String::new(), n: at.ms() }, at)
        });
        let change = UserChange::EmailAsked { user: user.clone(), email: Some(email.to_owned()) };
        self.change_access(vec![change], mails.into())?;
        info!(actor = %user, "another mail address was asked for");
        Ok(())
    }

    /// Takes the asked address over once its number is typed in. Both addresses are told.
    pub fn confirm_email(&self, user: &UserId, number: &str) -> Result<(), AccountError> {
        let asked = self.store.habits(user).access.email_asked.ok_or(AccountError::Number)?;
        let record = self.store.user(user).ok_or(AccountError::Number)?;
        if number.trim() != self.email_number(user, &asked) {
            // One number, one try: whoever guesses has to ask again, which is mailed.
            let none = UserChange::EmailAsked { user: user.clone(), email: None };
            self.change_access(vec![none], Vec::new())?;
            return Err(AccountError::Number);
        }
        let before = record.person;
        let after = Person { email: asked, ..before.clone() };
        let at = self.clock.now();
        let news = SecurityNews::Email;
        let mails = vec![former_mail(&before, "", at), security_mail(&after, news, "", at)];
        let none = UserChange::EmailAsked { user: user.clone(), email: None };
        self.change_access(vec![UserChange::Altered(after), none], mails)?;
        info!(actor = %user, "the mail address was changed");
        Ok(())
    }

    /// The address a person asked for and has not confirmed.
    pub fn email_asked(&self, user: &UserId) -> Option<String> {
        self.store.habits(user).access.email_asked
    }

    /// Whether a password is still one that was reset.
    pub fn must_choose(&self, user: &UserId, kind: PasswordKind) -> bool {
        self.temporary_until(user, kind).is_some()
    }

    /// Until when a password that was handed out opens; none for one they chose.
    pub fn temporary_until(&self, user: &UserId, kind: PasswordKind) -> Option<Timestamp> {
        self.store.habits(user).access.temporary(kind)
    }

    /// The number that is mailed to an address a person asked for: eight digits.
    pub(super) fn email_number(&self, user: &UserId, email: &str) -> String {
        let seal = self.secrets.seal("mail address", format!("{user} {email}").as_bytes());
        let number = seal.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        format!("{:08}", number % 100_000_000)
    }
}

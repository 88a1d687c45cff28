//! Which effects are notices (お知らせ), and whom they are for.

use serde::{Deserialize, Serialize};

use super::effect::{Effect, EffectKind};
use crate::domain::{Digest, UserId};

/// What tells a mail by its Message-ID: the first half of what stands before the `@`.
///
/// Shape: 64 bits. Made of the name of the mail's effect, or of the name of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailKey(u64);

/// Characters before the `@` of a Message-ID.
const ID_CHARS: usize = 32;

impl MailKey {
    /// The key of the mail of this name.
    pub fn of(name: &str) -> Self {
        let half = Digest::of(name.as_bytes()).as_bytes().first_chunk().copied();
        Self(u64::from_be_bytes(half.unwrap_or_default()))
    }

    /// The key in a Message-ID as others quote it, with or without angle brackets; nothing where it
    /// cannot be one of ours.
    pub fn read(message_id: &str) -> Option<Self> {
        let (id, _) = message_id.trim().trim_start_matches('<').split_once('@')?;
        let fits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let ours = id.len() == ID_CHARS && id.bytes().all(fits);
        let half = ours.then(|| id.get(..ID_CHARS / 2)).flatten()?;
        u64::from_str_radix(half, 16).ok().map(Self)
    }
}

/// What stands before the `@` of the Message-ID of the mail of this name: 32 hexadecimal digits.
pub fn mail_id(name: &str) -> String {
    Digest::of(name.as_bytes()).to_string().chars().take(ID_CHARS).collect()
}

/// What the one mail of several effects to a person has in the place of an effect's name; `bundle`
/// is the digest of their names.
pub fn bundle_name(to: &UserId, bundle: Digest) -> String {
    format!("bundle/{to}/{}", bundle.short())
}

impl Effect {
    /// Whether it tells a person or a customer something, by mail or on a paper of its own: those
    /// have numbers people ask by.
    pub const fn is_notice(&self) -> bool {
        self.is_mail()
            || matches!(
                self.kind,
                EffectKind::Notified { .. }
                    | EffectKind::Record
                    | EffectKind::FeeStatement { .. }
                    | EffectKind::Welcome { .. }
                    | EffectKind::PasswordLetter { .. }
                    | EffectKind::ReturnedMail { .. }
            )
    }

    /// Whom a notice is for: a person's user ID or a customer's user number; nothing where it is
    /// for whoever submitted the file.
    pub fn told(&self) -> Option<String> {
        let of_customer = match &self.kind {
            EffectKind::OtherSide { customer }
            | EffectKind::Settled { customer }
            | EffectKind::Notified { customer }
            | EffectKind::Welcome { customer }
            | EffectKind::ContractNotice { customer, .. }
            | EffectKind::FeeStatement { customer, .. }
            | EffectKind::FeeNotice { customer, .. }
            | EffectKind::DueReminder { customer, .. } => Some(customer.to_string()),
            EffectKind::PasswordLetter { user, .. } => Some(user.to_string()),
            EffectKind::ReturnedMail { to, .. } => Some(to.clone()),
            EffectKind::Result
            | EffectKind::Slip
            | EffectKind::Final
            | EffectKind::Receipt
            | EffectKind::Clearing
            | EffectKind::CancelNotice
            | EffectKind::Publish
            | EffectKind::Record
            | EffectKind::FeeDebit { .. }
            | EffectKind::Disclosure { .. }
            | EffectKind::Notice(_)
            | EffectKind::Repeated { .. }
            | EffectKind::Request { .. }
            | EffectKind::Again { .. }
            | EffectKind::Consult { .. }
            | EffectKind::Absence { .. }
            | EffectKind::Review { .. }
            | EffectKind::Decision { .. }
            | EffectKind::Security(_) => None,
        };
        of_customer.or_else(|| self.kind.person().map(ToString::to_string))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_told_by_its_message_id_and_by_no_other() {
        let name = "20261201-000001/mail/accepted";
        let id = mail_id(name);
        let key = Some(MailKey::of(name));
        assert_eq!(MailKey::read(&format!("<{id}@example.jp>")), key);
        assert_eq!(MailKey::read(&format!(" {id}@elsewhere.example")), key);
        assert_ne!(MailKey::read(&format!("<{}@example.jp>", mail_id("another"))), key);
        for other in ["", "<@>", "<1234@example.jp>", &id, &format!("<{}@b>", "x".repeat(32))] {
            assert_eq!(MailKey::read(other), None, "{other}");
        }
    }
}

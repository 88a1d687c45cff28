//! Which effects are notices (お知らせ), and whom they are for.

use super::effect::{Effect, EffectKind};

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
            | EffectKind::Security(_) => None,
        };
        of_customer.or_else(|| self.kind.person().map(ToString::to_string))
    }
}

//! What debtors are told before a due date (口座間送金決済のご依頼).

use std::collections::BTreeMap;

use crate::domain::{ClaimState, Date, Timestamp, UserNumber, YenTotal};
use crate::ports::{ClaimFilter, Entry};
use crate::render::mail::{Kind, Letter};
use crate::workflow::{Effect, EffectKind, EffectScope};

use super::Desk;
use super::answers::AnswerError;
use super::schedules::Failed;

/// How many business days before it is settled a debtor is told of a claim.
///
/// Source: the service tells debtors two business days before the due date.
const DAYS_BEFORE: i64 = 2;

impl Desk {
    /// Tells the debtors of the register what they pay two business days after `at`, and what they
    /// were not told of since `last` because nothing ran.
    pub(super) fn due_reminders(&self, last: Timestamp, at: Timestamp) -> Result<(), Failed> {
        let rules = self.rulebook();
        // A due date on a closed day is settled on the next business day.
        let settled = |on: Timestamp| rules.calendar.add_open_days(on.date(), DAYS_BEFORE);
        let (first, settled) = (settled(last).plus_days(1), settled(at));
        let filter = ClaimFilter {
            due: (Some(first), Some(settled)),
            state: Some(ClaimState::Open),
            ..ClaimFilter::default()
        };
        let customers = self.store.customers();
        let mut owed: BTreeMap<(UserNumber, Date), (u32, u64)> = BTreeMap::new();
        for record in self.store.claims(&filter, None, usize::MAX) {
            let claim = record.claim;
            let sum = owed.entry((claim.debtor.user_number, claim.due)).or_default();
            sum.0 = sum.0.saturating_add(1);
            sum.1 = sum.1.saturating_add(claim.amount.get());
        }
        let effects: Vec<Effect> = owed
            .into_iter()
            .filter(|((debtor, _), _)| customers.get(*debtor).is_some())
            .map(|((customer, due), (count, total))| {
                let kind = EffectKind::DueReminder { customer, due, count, total };
                Effect { scope: EffectScope::Office, kind, at }
            })
            .collect();
        if effects.is_empty() {
            return Ok(());
        }
        Ok(self.commit_entries(self.clock.now(), vec![Entry::Owed(effects)])?)
    }

    /// The mail of such a reminder.
    pub(super) fn due_letter(
        &self,
        effect: &Effect,
        (customer, due, count, total): (UserNumber, Date, u32, u64),
    ) -> Result<Letter, AnswerError> {
        let rules = self.rulebook();
        let unknown = || AnswerError::Unknown(effect.id().to_string());
        let customers = self.store.customers();
        let to = customers.get(customer).ok_or_else(unknown)?;
        let mut letter = self.plain(effect, Kind::DueReminder);
        (letter.to_name, letter.to_address) = (to.name.clone(), to.email.clone());
        (letter.count, letter.total) = (count, YenTotal::new(total));
        letter.days = due.japanese();
        let settled = rules.calendar.next_open(due);
        if settled != due {
            letter.reason = format!("休業日のため、{}に決済します。", settled.japanese());
        }
        Ok(letter)
    }
}

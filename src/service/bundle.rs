//! Mails about seats in bundles: one mail of several cases for those who want it so.
//!
//! What goes into a bundle is journaled before it is written; its name is made of what it holds.
//! So a bundle made again after a crash is the same mail, and nothing of it goes twice.

use std::collections::BTreeMap;

use tracing::info;

use crate::domain::{Digest, Timestamp, UserId};
use crate::ports::{EffectMove, EffectState, Entry, PendingEffect, StoreError};
use crate::render::mail::{Kind, Letter};
use crate::workflow::{Effect, EffectScope, MailRule, bundle_name, may_review, waits_for};

use super::Desk;
use super::answers::AnswerError;

/// What people chose, of those who chose anything.
pub(super) type Rules = BTreeMap<UserId, MailRule>;

impl Desk {
    /// How a person wants mails about seats.
    pub fn mail_rule(&self, user: &UserId) -> MailRule {
        self.store.mail_rules().remove(user).unwrap_or_default()
    }

    /// Makes bundles of what waits for one and is due, and drops what is not wanted.
    ///
    /// Answers when the next bundle is due.
    pub(super) fn form_bundles(
        &self,
        rules: &Rules,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        if rules.is_empty() {
            return Ok(None);
        }
        let pending = self.store.effects(usize::MAX);
        let mut moves: Vec<EffectMove> = Vec::new();
        let mut waiting: BTreeMap<&UserId, (Timestamp, Vec<&PendingEffect>)> = BTreeMap::new();
        for one in pending.iter().filter(|one| one.state == EffectState::Owed) {
            let Some(user) = one.effect.kind.person() else { continue };
            let Some(rule) = rules.get(user) else { continue };
            if one.effect.kind.sort().is_some_and(|sort| rule.without.contains(&sort)) {
                let note = "本人の選択により送りません。".to_owned();
                moves.push(EffectMove {
                    id: one.effect.id(),
                    to: EffectState::Delivered,
                    at: now,
                    note,
                });
            } else if waits(rules, &one.effect)
                && let Some(due) = one.effect.kind.bundled_until()
            {
                let at = rule.when.release(one.effect.at, due, &self.rulebook().calendar);
                let (first, all) = waiting.entry(user).or_insert((at, Vec::new()));
                *first = at.min(*first);
                all.push(one);
            }
        }
        let next = waiting.values().map(|(at, _)| *at).filter(|at| *at > now).min();
        for (user, (_, all)) in waiting.iter().filter(|(_, (at, _))| *at <= now) {
            let (all, settled): (Vec<&PendingEffect>, Vec<&PendingEffect>) =
                all.iter().copied().partition(|one| self.is_wanted(user, &one.effect));
            moves.extend(settled.iter().map(|one| EffectMove {
                id: one.effect.id(),
                to: EffectState::Delivered,
                at: now,
                note: "送る前に、ほかの方の判断が済みました。".to_owned(),
            }));
            let bundle = name_of(all.iter().copied());
            moves.extend(all.iter().map(|one| EffectMove {
                id: one.effect.id(),
                to: EffectState::Bundled { bundle, at: now },
                at: now,
                note: String::new(),
            }));
        }
        if !moves.is_empty() {
            info!(n_rows = moves.len(), "mails bundled");
            self.commit_entries(now, vec![Entry::Effects(moves)])?;
        }
        Ok(next)
    }

    /// Whether a case still wants something of a person; rows that share a mail always do.
    fn is_wanted(&self, user: &UserId, effect: &Effect) -> bool {
        let EffectScope::Case(id) = effect.scope else { return true };
        let case = self.store.case(id).filter(|case| case.head.id.row.is_none());
        let (Some(case), Some(person)) = (case, self.person(user)) else { return true };
        let Some(definition) = self.definition_of(&case) else { return true };
        let people = self.people_for(&case);
        waits_for(&case, &definition, &person, &people) || may_review(&case, &definition, &person)
    }

    /// What the one mail of a bundle says, dated `at`.
    pub(super) fn bundle_letter(
        &self,
        members: &[PendingEffect],
        at: Timestamp,
    ) -> Result<Letter, AnswerError> {
        let unknown = || AnswerError::Unknown("a bundle".to_owned());
        let first = members.first().ok_or_else(unknown)?;
        let mut items = Vec::new();
        for one in members {
            items.push(self.letter_of(&one.effect)?);
        }
        // Soonest first; what has no deadline comes last.
        items.sort_by_key(|letter| (letter.deadline.is_none(), letter.deadline));
        let mut letter = self.plain(&first.effect, Kind::Bundle);
        letter.effect = bundle_effect(members).ok_or_else(unknown)?;
        letter.at = at;
        if let Some(item) = items.first() {
            letter.to_name.clone_from(&item.to_name);
            letter.to_address.clone_from(&item.to_address);
            letter.user.clone_from(&item.user);
            letter.deadline = item.deadline;
        }
        letter.count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        letter.link = format!("{}/", self.rulebook().answers.base_url);
        letter.items = items;
        Ok(letter)
    }
}

/// What the one mail of several effects has in the place of an effect's name.
pub(super) fn bundle_effect(members: &[PendingEffect]) -> Option<String> {
    let to = members.first()?.effect.kind.person()?;
    Some(bundle_name(to, name_of(members.iter())))
}

/// Whether a mail waits for a bundle.
pub(super) fn waits(rules: &Rules, effect: &Effect) -> bool {
    let rule = effect.kind.person().and_then(|user| rules.get(user));
    rule.is_some_and(|rule| rule.when != crate::workflow::MailWhen::AtOnce)
        && effect.kind.bundled_until().is_some()
}

/// The name of a bundle: the digest of the names of what it holds.
fn name_of<'e>(members: impl Iterator<Item = &'e PendingEffect>) -> Digest {
    let names: Vec<String> = members.map(|one| one.effect.id().to_string()).collect();
    Digest::of(names.join("\n").as_bytes())
}

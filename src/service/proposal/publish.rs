//! An approved change comes into force: registered, put in its place, taken up.

use tracing::info;

use crate::domain::{Date, Digest, Timestamp};
use crate::ports::{EffectMove, Entry, Fate, PendingEffect, Published, PublishedFile, StoreError};
use crate::workflow::{Case, Publication};

use super::super::ReloadError;
use super::super::dispatch::moved;
use super::{Desk, Proposal};

impl Desk {
    /// Carries out one publication; done again after a crash it comes to the same.
    pub(in crate::service) fn publish(
        &self,
        pending: &PendingEffect,
        now: Timestamp,
    ) -> Result<EffectMove, StoreError> {
        Ok(moved(pending, self.bring_into_force(pending)?, (now, "")))
    }

    fn bring_into_force(&self, pending: &PendingEffect) -> Result<Fate, StoreError> {
        let approved = self.case_of(&pending.effect).ok().and_then(|case| {
            let proposal = self.proposal_by(case.proposal()?).ok()?;
            let bytes = self.kept(&proposal.new).ok()?;
            Some((case, proposal, bytes))
        });
        let unread = || Ok(Fate::Never("変更の内容が読めません。".to_owned()));
        let Some((case, proposal, bytes)) = approved else { return unread() };
        if proposal.kind.is_contract() {
            return self.bring_into_register(&case, &proposal);
        }
        let rules = self.rulebook();
        let Some(source) = self.source.get() else { return unread() };
        let there = rules.publishing.files.get(&proposal.place);
        if there.map(|bytes| Digest::of(bytes).to_string()).as_ref() != Some(&proposal.new) {
            if let Some((base, digest)) = &proposal.base {
                let now =
                    rules.publishing.files.get(base).map(|bytes| Digest::of(bytes).to_string());
                if now.as_ref() != Some(digest) {
                    let why =
                        "承認の間に別の変更が公開されました。いまの定義から作り直してください。";
                    return Ok(Fate::Never(why.to_owned()));
                }
            }
            if let Err(mistakes) = self.candidate(&rules, &proposal.place, bytes.clone()) {
                let first = mistakes.into_iter().next().map(|one| one.ja).unwrap_or_default();
                return Ok(Fate::Never(format!("いまの定義と合わなくなりました。{first}")));
            }
        }
        if rules.publishing.mode == Publication::TwoPeople {
            self.register(&case, &proposal)?;
        }
        if let Err(failed) = source.place(&proposal.place, &bytes) {
            return Ok(Fate::Later(format!("workflows/ に置けません: {failed}")));
        }
        match self.reload() {
            Ok(()) => {
                info!(case = %case.head.id, file = proposal.place, "a rule was published");
                Ok(Fate::Delivered)
            }
            Err(ReloadError::Store(failed)) => Err(failed),
            Err(ReloadError::Io(failed)) => Ok(Fate::Later(failed.to_string())),
        }
    }

    /// Writes the register entry, once.
    fn register(&self, case: &Case, proposal: &Proposal) -> Result<(), StoreError> {
        let Ok(content) = Digest::parse(&proposal.new) else { return Ok(()) };
        let known = self.store.published();
        let same = known.get(&proposal.place).is_some_and(|one| one.case == Some(case.head.id));
        if same {
            return Ok(());
        }
        let effective_from = proposal.effective_from.as_ref().and_then(|day| Date::parse(day).ok());
        let file = PublishedFile { name: proposal.place.clone(), content, effective_from };
        let by = case.head.approvals().map(|vote| vote.by.clone()).collect();
        let published = Published { files: vec![file], by, case: Some(case.head.id) };
        let entry = Entry::Published(Box::new(published));
        self.commit_entries(self.clock.now(), vec![entry])
    }
}

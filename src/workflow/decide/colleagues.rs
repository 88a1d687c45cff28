//! Who else of a customer is told what somebody of them has decided.
//!
//! An approver whose passwords somebody else knows does not learn of an approval in their name;
//! those who might have given it do. At the bank nobody is told by mail: there every decision is in
//! the day's report, and another person always decides after.

use super::super::{Approve, EffectKind, VoteKind, candidates, open_seats};
use super::Course;
use crate::domain::{Organisation, Person, UserId};

impl Course<'_> {
    /// Everybody of the same customer who might decide in the open step or has, and whoever handed
    /// the file in; of a bank nobody.
    pub(super) fn colleagues(&self, person: &Person, approve: &Approve) -> Vec<UserId> {
        if !matches!(person.organisation, Organisation::Customer(_)) {
            return Vec::new();
        }
        let (case, people) = (&self.case, self.facts.people);
        let able = candidates(case, approve, &open_seats(case, approve), people);
        let step = case.head.step;
        let done = |one: &Person| {
            let mut votes = case.head.votes.iter().filter(|vote| vote.step == step);
            votes.any(|vote| vote.by == one.id)
        };
        let concerned = |one: &&Person| {
            let able = able.iter().any(|able| able.id == one.id);
            able || done(one) || case.file.submitted_by.as_ref() == Some(&one.id)
        };
        let others = people.iter().filter(|one| {
            one.organisation == person.organisation && one.id != person.id && concerned(one)
        });
        others.map(|one| one.id.clone()).collect()
    }

    /// Tells `colleagues` what `by` has just decided in a seat of a step, but for those who are
    /// asked to decide next: they have a mail already, and see on its page who decided before.
    pub(super) fn tell_colleagues(
        &mut self,
        colleagues: Vec<UserId>,
        (by, vote): (&UserId, VoteKind),
        (step, seat): (u8, u8),
    ) {
        // Whoever takes no part has decided nothing.
        if vote == VoteKind::Abstain {
            return;
        }
        let asks = |kind: &EffectKind| {
            matches!(kind, EffectKind::Request { .. } | EffectKind::Again { .. })
        };
        let n = self.case.head.version;
        for to in colleagues {
            let owed = self.decision.effects.iter().map(|effect| &effect.kind);
            if !owed.filter(|kind| asks(kind)).any(|kind| kind.person() == Some(&to)) {
                let by = by.clone();
                self.owe(EffectKind::Decision { to, by, vote, step, seat, n });
            }
        }
    }
}

//! What people do to a case besides deciding: resubmit, withdraw, hold, consult, assign.

use std::sync::Arc;

use super::super::{
    Case, CaseHead, Deed, EffectKind, Event, Outcome, Refusal, Remark, Status, Why, Withdraw,
    may_review, open_seats,
    seats::{is_submitter, seat_for},
};
use super::{Course, filled};

/// How many remarks a case keeps; after that only decisions work, and what leads on.
const REMARKS_MAX: usize = 64;

impl Course<'_> {
    pub(super) fn act(&mut self, deed: &Deed, text: &str) -> Result<(), Refusal> {
        let status = self.case.head.status;
        let reviews = *deed == Deed::Review;
        let talks = matches!(deed, Deed::Hold | Deed::Consult(_) | Deed::Assign(_));
        let full = talks && self.case.head.remarks().len() >= REMARKS_MAX;
        if !reviews && (status.is_final() || full) {
            return Err(Refusal::NotWaiting(status));
        }
        match deed {
            Deed::Resubmit => self.resubmit(text),
            Deed::Withdraw => self.withdraw(text),
            // What was sent back is with the submitter: nobody else can set it aside.
            Deed::Hold if matches!(status, Status::Held | Status::SentBack) => {
                Err(Refusal::NotWaiting(status))
            }
            Deed::Release if status != Status::Held => Err(Refusal::NotWaiting(status)),
            Deed::Hold | Deed::Release => {
                self.sits()?;
                self.remark(deed, text)
            }
            Deed::Consult(to) => {
                self.sits()?;
                if !self.facts.people.iter().any(|person| person.id == *to) {
                    return Err(Refusal::CannotFill(to.clone()));
                }
                self.remark(deed, text)?;
                self.owe(EffectKind::Consult { to: to.clone(), n: self.case.head.version });
                Ok(())
            }
            Deed::Assign(to) => {
                let person = self.facts.actor.ok_or(Refusal::NotYourSeat)?;
                match self.branch_of(person)? {
                    Some(branch) => self.within(branch, |course| course.assign(to, text)),
                    None => self.assign(to, text),
                }
            }
            Deed::Proceed => self.proceed(text),
            Deed::Review => self.review(text),
        }
    }

    /// What was decided in place of others was read; that changes nothing else, and comes at any
    /// time, however the case ended.
    fn review(&mut self, text: &str) -> Result<(), Refusal> {
        let person = self.facts.actor.ok_or(Refusal::NotYourSeat)?;
        if !may_review(&self.case, self.definition, person) {
            return Err(Refusal::NothingToReview);
        }
        self.remark(&Deed::Review, text)
    }

    /// What was sent back to the submitter comes again, unchanged.
    fn resubmit(&mut self, text: &str) -> Result<(), Refusal> {
        let status = self.case.head.status;
        if status != Status::SentBack {
            return Err(Refusal::NotWaiting(status));
        }
        self.submits()?;
        self.dates_still_hold()?;
        self.remark(&Deed::Resubmit, text)?;
        match self.case.head.aside.as_ref().and_then(|aside| aside.resume) {
            Some(step) if self.definition.approval(step).is_some() => {
                self.reopen(step);
                Ok(())
            }
            // Branches are walked anew; what still counts in them is not asked for again.
            step => self.advance(step.unwrap_or(0)),
        }
    }

    fn withdraw(&mut self, text: &str) -> Result<(), Refusal> {
        self.submits()?;
        let status = self.case.head.status;
        // What was sent back to them is theirs to take back in any case.
        let early = || self.case.head.places().iter().all(|place| self.is_early(place));
        if status != Status::SentBack && !early() {
            return Err(Refusal::TooLateToWithdraw);
        }
        self.remark(&Deed::Withdraw, text)?;
        self.end(Outcome::Withdrawn);
        Ok(())
    }

    /// Whether the submitter may still take back a case that stands at `place`.
    fn is_early(&self, place: &CaseHead) -> bool {
        let allowed = self.definition.approval(place.step).map(|approve| approve.withdraw);
        match allowed.unwrap_or(Withdraw::Never) {
            Withdraw::Never => false,
            Withdraw::UntilFirstVote => place.filled().next().is_none(),
            Withdraw::UntilDone => true,
        }
    }

    /// Hands the open seat to one person who may fill it.
    fn assign(&mut self, to: &crate::domain::UserId, text: &str) -> Result<(), Refusal> {
        let status = self.case.head.status;
        let (Status::Active | Status::Overdue, Some(approve)) = (status, self.open_approval())
        else {
            return Err(Refusal::NotWaiting(status));
        };
        self.sits()?;
        let mut free = self.case.clone();
        if let Some(aside) = &mut free.head.aside {
            aside.assigned = None;
        }
        let facts = self.facts;
        let person = facts.people.iter().find(|person| person.id == *to);
        let may = person.is_some_and(|one| seat_for(&free, approve, one, facts.people).is_ok());
        if !may {
            return Err(Refusal::CannotFill(to.clone()));
        }
        self.remark(&Deed::Assign(to.clone()), text)?;
        let (step, due, n) = (self.case.head.step, self.case.head.due, self.case.head.version);
        let filled = filled(&self.case);
        let why = Why::Assignment;
        self.owe(EffectKind::Again { to: to.clone(), step, filled, due, why, n });
        Ok(())
    }

    pub(super) fn remark(&mut self, deed: &Deed, text: &str) -> Result<(), Refusal> {
        let person = self.facts.actor.ok_or(Refusal::NotYourSeat)?;
        // To take up work again explains itself.
        if text.is_empty() && *deed != Deed::Release {
            return Err(Refusal::ReasonMissing);
        }
        self.happen(Event::Remarked(Remark {
            by: person.id.clone(),
            name: person.name.clone(),
            deed: deed.clone(),
            text: text.to_owned(),
            at: self.facts.now,
        }));
        Ok(())
    }

    /// The person acting belongs to the submitter.
    fn submits(&self) -> Result<(), Refusal> {
        match self.facts.actor {
            Some(person) if is_submitter(&self.case, person) => Ok(()),
            _ => Err(Refusal::NotTheSubmitter),
        }
    }

    /// The person acting could fill an open seat, whoever it was handed to.
    fn sits(&self) -> Result<(), Refusal> {
        let person = self.facts.actor.ok_or(Refusal::NotYourSeat)?;
        let mut refused = Refusal::NotYourSeat;
        for mut head in self.case.head.places() {
            let Some(approve) = self.definition.approval(head.step) else { continue };
            if let Some(aside) = &mut head.aside {
                aside.assigned = None;
            }
            let there = Case { file: Arc::clone(&self.case.file), head };
            if open_seats(&there, approve).is_empty() {
                continue;
            }
            match seat_for(&there, approve, person, self.facts.people) {
                Ok(_) => return Ok(()),
                Err(why) => refused = why,
            }
        }
        Err(refused)
    }
}

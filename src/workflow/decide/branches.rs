//! Branches of a parallel step: each is decided as if it were the whole case.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::domain::Person;

use super::super::expr::Value;
use super::super::{
    Case, Event, Parallel, Refusal, ReturnTarget, Status, Why, candidates, open_seats,
    seats::seat_for,
};
use super::Course;

impl Course<'_> {
    /// Opens every branch and walks each to where it waits.
    pub(super) fn fork(
        &mut self,
        step: u8,
        parallel: &Parallel,
    ) -> Result<ControlFlow<()>, Refusal> {
        let branches: Vec<u8> = parallel.branches.iter().map(|(first, _)| *first).collect();
        self.happen(Event::Forked { step, branches: branches.clone() });
        for (branch, first) in (0_u8..).zip(branches) {
            self.focused(branch, |course| course.advance(first))?;
            // A check in a branch may have ended the case.
            if self.case.head.status.is_final() {
                return Ok(Self::WAITS);
            }
        }
        Ok(if self.joined() { Self::GOES_ON } else { Self::WAITS })
    }

    /// Does something in a branch and goes on when it was the last one to end.
    pub(super) fn within(
        &mut self,
        branch: u8,
        act: impl FnOnce(&mut Self) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let step = self.case.head.step;
        let filled = self.filled();
        self.focused(branch, act)?;
        self.ask_beside_anew(branch, &filled)?;
        if self.joined() { self.go_on(step) } else { Ok(()) }
    }

    /// What was filled in so far and counts.
    fn filled(&self) -> Vec<(String, Value)> {
        self.case.head.aside.as_ref().map(|aside| aside.filled.clone()).unwrap_or_default()
    }

    /// Where a value was filled in anew in one branch, what others approved they approved with the
    /// old one before them: they are asked again from their beginning.
    fn ask_beside_anew(&mut self, branch: u8, before: &[(String, Value)]) -> Result<(), Refusal> {
        let now = self.filled();
        let other = |(name, was): &(String, Value)| !now.contains(&(name.clone(), was.clone()));
        let Some(parallel) = self.definition.parallel(self.case.head.step) else { return Ok(()) };
        if !before.iter().any(other) || self.case.head.tokens().is_empty() {
            return Ok(());
        }
        for (beside, (first, end)) in (0_u8..).zip(&parallel.branches) {
            let approved =
                self.case.head.approvals().any(|vote| (*first..*end).contains(&vote.step));
            if beside != branch && approved {
                self.focused(beside, |course| {
                    course.jump(*first)?;
                    course.advance(*first)
                })?;
            }
        }
        Ok(())
    }

    fn focused(
        &mut self,
        branch: u8,
        act: impl FnOnce(&mut Self) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let parallel = self.definition.parallel(self.case.head.step);
        let range = parallel.and_then(|found| found.branches.get(usize::from(branch)));
        let Some(steps) = range else { return Ok(()) };
        self.case.head.focus(branch);
        self.branch = Some((branch, *steps));
        act(self)?;
        self.unfocus();
        Ok(())
    }

    fn unfocus(&mut self) {
        if let Some((branch, _)) = self.branch.take() {
            self.case.head.focus(branch);
            self.case.head.sum_up();
        }
    }

    /// Joins the branches when all have ended.
    fn joined(&mut self) -> bool {
        let tokens = self.case.head.tokens();
        let all = !tokens.is_empty() && tokens.iter().all(|one| one.status == Status::Completed);
        if all {
            self.happen(Event::Joined { step: self.case.head.step });
        }
        all
    }

    /// The case as a whole ends or goes elsewhere: its branches are given up.
    pub(super) fn leave_branches(&mut self) {
        self.unfocus();
        if !self.case.head.tokens().is_empty() {
            self.happen(Event::Joined { step: self.case.head.step });
        }
    }

    /// Whether a return leads to a seat of the branch in focus.
    pub(super) fn stays_in_branch(&self, to: ReturnTarget) -> bool {
        let (ReturnTarget::Seat { step, .. }, Some((_, (first, end)))) = (to, self.branch) else {
            return false;
        };
        (first..end).contains(&step)
    }

    /// The branch in which the person has a seat; nothing where the case has no branches.
    pub(super) fn branch_of(&self, person: &Person) -> Result<Option<u8>, Refusal> {
        let tokens = self.case.head.tokens();
        if tokens.is_empty() || self.branch.is_some() {
            return Ok(None);
        }
        let status = self.case.head.status;
        if !matches!(status, Status::Active | Status::Overdue | Status::Incident) {
            return Err(Refusal::NotWaiting(status));
        }
        let mut refused = Refusal::NotYourSeat;
        for (branch, token) in (0_u8..).zip(tokens) {
            let Some(approve) = self.definition.approval(token.step) else { continue };
            if !matches!(token.status, Status::Active | Status::Overdue) {
                continue;
            }
            let mut head = self.case.head.clone();
            head.focus(branch);
            let there = Case { file: Arc::clone(&self.case.file), head };
            match seat_for(&there, approve, person, self.facts.people) {
                Ok(_) => return Ok(Some(branch)),
                Err(why) if why != Refusal::NotYourSeat => refused = why,
                Err(_) => {}
            }
        }
        Err(refused)
    }

    /// Whoever decided in one branch sits in no other: where they were the last who could, it
    /// becomes known now.
    pub(super) fn look_around(&mut self) -> Result<(), Refusal> {
        for branch in 0..u8::try_from(self.case.head.tokens().len()).unwrap_or(u8::MAX) {
            let token = self.case.head.tokens().get(usize::from(branch));
            if token.is_some_and(|token| token.status == Status::Active) {
                self.focused(branch, |course| {
                    let Some(approve) = course.open_approval() else { return Ok(()) };
                    let seats = open_seats(&course.case, approve);
                    if candidates(&course.case, approve, &seats, course.facts.people).is_empty() {
                        course.enter(approve, course.case.head.step, &seats, Why::Round);
                    }
                    Ok(())
                })?;
            }
        }
        Ok(())
    }

    /// Looks at the clock in every open branch.
    pub(super) fn tick_branches(&mut self) -> Result<(), Refusal> {
        for branch in 0..u8::try_from(self.case.head.tokens().len()).unwrap_or(u8::MAX) {
            let token = self.case.head.tokens().get(usize::from(branch));
            if token.is_some_and(|token| token.status != Status::Completed) {
                self.within(branch, Self::tick_here)?;
            }
        }
        Ok(())
    }
}

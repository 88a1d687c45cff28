//! A person's decision on a case.

use crate::domain::{Person, Timestamp};

use super::super::{
    Acting, Approve, EffectKind, Event, MailKind, OnPaper, Order, Outcome, Refusal, ReturnTarget,
    Status, Substitution, Twin, Veto, Vote, VoteKind, Way, Why, candidates, may_review, open_seats,
    seats::{Title, may_still_be_approved, order, seat_for, seat_to_return_to},
};
use super::{Course, ROUNDS_MAX};

/// A person's decision as it arrived.
pub(super) struct Ballot<'b> {
    pub(super) kind: VoteKind,
    pub(super) reason: &'b str,
    /// Whether what the person saw is what there is now.
    pub(super) seen: bool,
    pub(super) shown_at: Option<Timestamp>,
    /// Where a return goes.
    pub(super) back_to: Option<&'b str>,
    /// What was filled in, as it was typed.
    pub(super) entry: &'b [(String, String)],
    /// Which way it came.
    pub(super) way: Way,
}

impl Course<'_> {
    /// Carries a decision to the seat it is for, in whichever branch that is.
    pub(super) fn vote(&mut self, ballot: &Ballot<'_>) -> Result<(), Refusal> {
        let person = self.facts.actor.ok_or(Refusal::NotYourSeat)?;
        match self.branch_of(person)? {
            Some(branch) => {
                self.within(branch, |course| course.vote_here(ballot))?;
                self.look_around()
            }
            None => self.vote_here(ballot),
        }
    }

    fn vote_here(&mut self, ballot: &Ballot<'_>) -> Result<(), Refusal> {
        let status = self.case.head.status;
        let (Status::Active | Status::Overdue, Some(approve)) = (status, self.open_approval())
        else {
            return Err(Refusal::NotWaiting(status));
        };
        if ballot.way == Way::Paper && approve.paper == OnPaper::Refused {
            return Err(Refusal::NotOnPaper);
        }
        let facts = self.facts;
        let person = facts.actor.ok_or(Refusal::NotYourSeat)?;
        let (seat, title) = seat_for(&self.case, approve, person, facts.people)?;
        if !ballot.seen {
            return Err(Refusal::ContentChanged);
        }
        if ballot.kind == VoteKind::Approve {
            self.dates_still_hold()?;
        } else if ballot.reason.is_empty() {
            return Err(Refusal::ReasonMissing);
        }
        let target = self.target(approve, ballot)?;
        let entry = self.read_entry(approve, seat.seat, ballot)?;
        let colleagues = self.colleagues(person, approve);
        let place = (self.case.head.step, seat.seat);
        self.voted(person, seat.seat, title, ballot);
        match ballot.kind {
            VoteKind::Approve => match entry {
                Some(entry) => self.filled_in(approve, &entry)?,
                None => self.after_approval(approve)?,
            },
            VoteKind::Reject => {
                let majority = approve.veto == Veto::Majority;
                let people = facts.people;
                if majority && may_still_be_approved(&self.case, approve, seat.seat, people) {
                    self.after_abstention(approve);
                } else {
                    self.end(Outcome::Rejected);
                }
            }
            VoteKind::Return => self.send_back(approve, target),
            VoteKind::Abstain => self.after_abstention(approve),
        }
        self.tell_colleagues(colleagues, (&person.id, ballot.kind), place);
        Ok(())
    }

    fn voted(&mut self, person: &Person, seat: u8, title: Title<'_>, ballot: &Ballot<'_>) {
        let step = self.case.head.step;
        let vote = Vote {
            step,
            seat,
            by: person.id.clone(),
            name: person.name.clone(),
            email: person.email.clone(),
            kind: ballot.kind,
            at: self.facts.now,
            reason: ballot.reason.to_owned(),
        };
        let (digest, shown_at) = (self.facts.digest, ballot.shown_at);
        self.happen(Event::Voted { vote, digest, shown_at });
        if title == Title::InPlace && ballot.kind != VoteKind::Abstain {
            self.substituted(person, seat);
        }
        // Who takes no part fills no seat, and so nobody's for them.
        if let (Title::For(principal), true) = (title, ballot.kind != VoteKind::Abstain) {
            self.happen(Event::VotedFor(Acting {
                step,
                seat,
                principal: principal.id.clone(),
                name: principal.name.clone(),
                email: principal.email.clone(),
            }));
        }
    }

    /// Records a vote in place of others, and asks those who are to read it.
    fn substituted(&mut self, person: &Person, seat: u8) {
        let step = self.case.head.step;
        self.happen(Event::Substituted(Substitution {
            step,
            seat,
            by: person.id.clone(),
            name: person.name.clone(),
            email: person.email.clone(),
            at: self.facts.now,
            reviewed: None,
        }));
        let (definition, people) = (self.definition, self.facts.people);
        let n = self.case.head.version;
        let readers = people.iter().filter(|one| may_review(&self.case, definition, one));
        let readers: Vec<_> = readers.map(|one| one.id.clone()).collect();
        for to in readers {
            self.owe(EffectKind::Review { to, step, seat, n });
        }
    }

    /// Asks for the next seat, or goes on when every seat is filled.
    pub(super) fn after_approval(&mut self, approve: &Approve) -> Result<(), Refusal> {
        let open = open_seats(&self.case, approve);
        let step = self.case.head.step;
        if open.is_empty() {
            let resume = self.case.head.aside.as_ref().and_then(|aside| aside.resume);
            return match resume {
                Some(resume) => self.advance(resume),
                None => self.go_on(step),
            };
        }
        // Seats without an order were all asked for when the step opened, and another person's
        // vote must not make the page of those who still decide stale.
        let ordered = order(approve, self.case.file.pattern) == Order::Ordered;
        if ordered || candidates(&self.case, approve, &open, self.facts.people).is_empty() {
            self.enter(approve, step, &open, Why::Round);
        }
        Ok(())
    }

    /// Whoever takes no part leaves the seat to others; without any it is an incident.
    fn after_abstention(&mut self, approve: &Approve) {
        let open = open_seats(&self.case, approve);
        if candidates(&self.case, approve, &open, self.facts.people).is_empty() {
            self.enter(approve, self.case.head.step, &open, Why::Round);
        }
    }

    /// Where a return goes; for other votes nowhere.
    fn target(&self, approve: &Approve, ballot: &Ballot<'_>) -> Result<ReturnTarget, Refusal> {
        if ballot.kind != VoteKind::Return {
            return Ok(ReturnTarget::Close);
        }
        // The other side consents or denies: it has nobody to send a request back to.
        if approve.return_to.targets.is_empty() {
            return Err(Refusal::NoSuchTarget("close".to_owned()));
        }
        let targets = approve.return_to.targets.iter();
        let mut targets = targets.filter_map(|to| Some((*to, self.place_of(*to)?)));
        let target = match ballot.back_to {
            None => targets.next().map_or(ReturnTarget::Close, |(_, place)| place),
            Some(name) => targets
                .find(|(target, _)| self.definition.target_name(*target) == name)
                .map(|(_, place)| place)
                .ok_or_else(|| Refusal::NoSuchTarget(name.to_owned()))?,
        };
        if target != ReturnTarget::Close && self.case.head.round() >= ROUNDS_MAX {
            return Err(Refusal::TooManyRounds(ROUNDS_MAX));
        }
        Ok(target)
    }

    /// The place as this case has it: a step may be for another channel or without seats.
    fn place_of(&self, target: ReturnTarget) -> Option<ReturnTarget> {
        let ReturnTarget::Seat { step, seat } = target else { return Some(target) };
        let approve = self.definition.approval(step).filter(|_| self.applies(step))?;
        let seat = seat_to_return_to(&self.at_step(step), approve, seat)?;
        Some(ReturnTarget::Seat { step, seat })
    }

    fn send_back(&mut self, approve: &Approve, to: ReturnTarget) {
        if to == ReturnTarget::Close {
            self.end(Outcome::Returned);
            return;
        }
        let due = Some(self.facts.deadline.of(self.case.head.scope.record_date));
        let resume = approve.return_to.resume;
        if !self.stays_in_branch(to) {
            self.leave_branches();
        }
        self.happen(Event::SentBack { to, resume, due });
        self.void_twin(to);
        let n = self.case.head.version;
        match to {
            ReturnTarget::Close | ReturnTarget::Submitter => {
                self.owe(EffectKind::Repeated { kind: MailKind::SentBack, n });
            }
            ReturnTarget::Seat { step, .. } => self.reopen(step),
        }
    }

    /// A form that two fill in without seeing each other goes back to both: one new entry would
    /// have none to be compared with.
    fn void_twin(&mut self, to: ReturnTarget) {
        let ReturnTarget::Seat { step, .. } = to else { return };
        let form = self.definition.approval(step).and_then(|approve| approve.form.as_ref());
        let twin = form.is_some_and(|form| form.twin == Twin::Blind);
        if twin && self.case.head.approvals().any(|vote| vote.step == step) {
            self.happen(Event::Voided { step });
        }
    }

    /// Opens a step once more after a return.
    pub(super) fn reopen(&mut self, step: u8) {
        let Some(approve) = self.definition.approval(step) else { return };
        self.seat(step, approve);
        let seats = open_seats(&self.at_step(step), approve);
        self.enter(approve, step, &seats, Why::Round);
        self.set_timers(approve);
    }

    /// Goes on after a step that is done.
    pub(super) fn go_on(&mut self, step: u8) -> Result<(), Refusal> {
        let next = self.onward(step)?;
        self.advance(next)
    }
}

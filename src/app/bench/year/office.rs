//! What people do to cases: mostly approve, some late, some not at all.

use super::super::super::outcome::Error;
use super::Year;
use super::dossier::{Dossier, End, Pace};
use crate::domain::{CaseId, Person};
use crate::service::{Ballot, DecideError};
use crate::workflow::{
    Case, CommandId, Deed, MailKind, Place, RowSet, Status, VoteKind, Wish, belongs, candidates,
    open_seats, places,
};

/// What somebody does to a case.
#[derive(Debug, Clone)]
pub(super) struct Act {
    pub(super) wish: Wish,
    /// The lines it is about; none for all.
    pub(super) rows: RowSet,
    /// What is filled in.
    pub(super) entry: Vec<(String, String)>,
}

impl From<Wish> for Act {
    fn from(wish: Wish) -> Self {
        Self { wish, rows: RowSet::default(), entry: Vec::new() }
    }
}

impl Year {
    /// Everybody looks once at what waits for them.
    pub(super) fn people_decide(&mut self) -> Result<(), Error> {
        let waiting: Vec<CaseId> = self.open.keys().copied().collect();
        for id in waiting {
            let slow = self.open.get(&id).is_some_and(|dossier| dossier.pace == Pace::Slow);
            if !self.chance.in_thousand(if slow { 40 } else { 750 }) {
                continue;
            }
            if let Some(case) = self.town.desk.store.case(id) {
                self.decide(&case)?;
                self.consented(id);
            }
        }
        self.contracts_are_decided()
    }

    /// What the other side consented to holds from then on, before what comes later that day.
    fn consented(&mut self, id: CaseId) {
        let status = self.town.desk.store.case(id).map(|case| case.head.status);
        let consent = self.open.get_mut(&id).and_then(|dossier| dossier.consent.as_mut());
        let consent = consent.filter(|consent| !consent.holds);
        let (Some(Status::Recorded), Some(consent)) = (status, consent) else { return };
        consent.holds = true;
        let new = consent.new.clone();
        let today = self.town.now().date();
        let lines = self.open.get(&id).map(|dossier| dossier.lines.clone()).unwrap_or_default();
        for (_, at) in lines {
            let Some(asked) = self.asked.get_mut(at) else { continue };
            asked.end = End::Recorded;
            let wanted = asked.wanted.clone();
            self.enter(&wanted, new.as_deref(), today);
        }
    }

    fn decide(&mut self, case: &Case) -> Result<(), Error> {
        let people = self.town.people_of(case);
        let submitters: Vec<Person> =
            people.iter().filter(|one| belongs(case, Place::Submitter, one)).cloned().collect();
        match case.head.status {
            Status::SentBack => {
                let deed = match self.chance.below(100) {
                    0..70 => Deed::Resubmit,
                    70..88 => Deed::Withdraw,
                    _ => return Ok(()),
                };
                self.first_who_can(case, &submitters, &Wish::Do(deed))
            }
            Status::Held => self.first_who_can(case, &people, &Wish::Do(Deed::Release)),
            Status::Active | Status::Overdue => {
                if self.chance.in_thousand(12) {
                    return self.first_who_can(case, &submitters, &Wish::Do(Deed::Withdraw));
                }
                let may = self.waited_for(case);
                let Some(person) = self.chance.one(&may).cloned() else { return Ok(()) };
                self.seat(case, &person)
            }
            Status::Incident => {
                let lost =
                    self.open.get(&case.head.id).is_some_and(|dossier| dossier.pace == Pace::Lost);
                if lost {
                    let wish = Wish::Do(Deed::Proceed);
                    self.first_who_can(case, &people, &wish)?;
                    let now = self.town.desk.store.case(case.head.id);
                    let is_over = now.is_some_and(|case| case.head.status.is_final());
                    if let Some(dossier) = self.open.get_mut(&case.head.id) {
                        dossier.is_by_hand = is_over;
                    }
                }
                Ok(())
            }
            Status::Waiting
            | Status::Returned
            | Status::Rejected
            | Status::Withdrawn
            | Status::Completed
            | Status::Recorded
            | Status::Errored => Ok(()),
        }
    }

    /// Those who could fill a seat of the case now.
    pub(super) fn waited_for(&self, case: &Case) -> Vec<Person> {
        let people = self.town.people_of(case);
        let Some(definition) = self.town.desk.definition_of(case) else { return Vec::new() };
        let mut all = Vec::new();
        for place in places(case) {
            let Some(approve) = definition.approval(place.head.step) else { continue };
            let seats = open_seats(&place, approve);
            all.extend(candidates(&place, approve, &seats, &people).into_iter().cloned());
        }
        all
    }

    /// One person at their seat.
    fn seat(&mut self, case: &Case, person: &Person) -> Result<(), Error> {
        let back = |to: &str| Wish::Vote(VoteKind::Return, Some(to.to_owned()));
        let carves = self.town.desk.may_split(case) && self.chance.in_thousand(40);
        let wish = match self.chance.below(1_000) {
            0..880 => Wish::Vote(VoteKind::Approve, None),
            880..900 => back("close"),
            900..935 => back("submitter"),
            935..945 => back("customer"),
            945..955 => back("checker"),
            955..970 => Wish::Do(Deed::Hold),
            _ => Wish::Vote(VoteKind::Reject, None),
        };
        if carves {
            let wish = if self.chance.in_thousand(500) {
                back("submitter")
            } else {
                Wish::Vote(VoteKind::Reject, None)
            };
            return self.carve(case, person, wish);
        }
        let approves = wish == Wish::Vote(VoteKind::Approve, None);
        let entry = if approves { self.made_sure(case) } else { Vec::new() };
        if self.cast(case, person, Act { entry, ..wish.into() })?.is_some() {
            return Ok(());
        }
        if approves || self.chance.in_thousand(300) { self.give_up(case, person) } else { Ok(()) }
    }

    /// Too late, or sent back to where it cannot go: a person ends it.
    pub(super) fn give_up(&mut self, case: &Case, person: &Person) -> Result<(), Error> {
        let close = Wish::Vote(VoteKind::Return, Some("close".to_owned()));
        for last in [close, Wish::Vote(VoteKind::Reject, None)] {
            if self.cast(case, person, last.into())?.is_some() {
                return Ok(());
            }
        }
        self.fault(&format!("{}: {} can neither approve nor refuse", case.head.id, person.id));
        Ok(())
    }

    /// One line leaves the batch and is a case of its own from then on.
    fn carve(&mut self, case: &Case, person: &Person, wish: Wish) -> Result<(), Error> {
        let id = case.head.id;
        let Some(dossier) = self.open.get(&id) else { return Ok(()) };
        let Some((line, at)) = self.chance.one(&dossier.lines).copied() else { return Ok(()) };
        let mail = dossier.mail.clone();
        let act = Act { rows: RowSet::of([line]), ..wish.into() };
        let Some(rest) = self.cast(case, person, act)? else {
            return Ok(());
        };
        // One mail tells of the line and of the rest.
        let name = format!("{id}_mail_{}_{}", MailKind::CarvedOut.name(), rest.head.version);
        self.expect_mail(name, &mail);
        if let Some(dossier) = self.open.get_mut(&id) {
            dossier.lines.retain(|(one, _)| *one != line);
        }
        let child = CaseId { row: Some(line), ..id };
        let now = self.town.desk.store.case(child).map(|case| case.head.status);
        if now.is_none() {
            self.fault(&format!("{child} was taken out of its batch and is no case"));
        }
        self.carved += 1;
        let is_told = now.is_some_and(Status::is_final);
        let dossier = Dossier { is_told, ..Dossier::new(vec![(line, at)], &mail) };
        self.open.insert(child, dossier);
        Ok(())
    }

    /// Does something by the first person who is allowed to.
    fn first_who_can(&mut self, case: &Case, people: &[Person], wish: &Wish) -> Result<(), Error> {
        for person in people {
            if self.cast(case, person, wish.clone().into())?.is_some() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Casts a ballot; nothing where the procedure forbids it.
    pub(super) fn cast(
        &mut self,
        case: &Case,
        person: &Person,
        act: Act,
    ) -> Result<Option<Case>, Error> {
        self.ballots += 1;
        let desk = &self.town.desk;
        let lost = || Error::Usage(format!("the flow of {} is lost", case.head.id));
        let Act { wish, rows, entry } = act;
        let ballot = Ballot {
            case: case.head.id,
            wish,
            rows,
            entry,
            digest: desk.content_of(case).ok_or_else(lost)?,
            task_version: case.head.task_version,
            shown_at: None,
            reason: "確認しました".to_owned(),
            command: CommandId::of(&format!("year {}", self.ballots)),
        };
        match desk.cast(person, &ballot) {
            Ok(case) => Ok(Some(case)),
            Err(DecideError::Refused(_)) => Ok(None),
            Err(DecideError::Store(failed)) => Err(failed.into()),
            Err(other) => Err(Error::Usage(format!("{}: {other}", case.head.id))),
        }
    }
}

//! What people of a customer are told of each other's decisions.
//!
//! Whoever decides with a stolen password is noticed by those who might have decided themselves.

use crate::domain::UserId;
use crate::ports::FileRecord;
use crate::render::mail::{Kind, Letter};
use crate::workflow::{Effect, MailKind, VoteKind};

use super::Desk;
use super::answers::AnswerError;

/// A decision a mail tells of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Voted<'v> {
    /// Who decided.
    pub(super) by: &'v UserId,
    /// What.
    pub(super) kind: VoteKind,
    /// The step, and the seat within it.
    pub(super) seat: (u8, u8),
}

impl Desk {
    /// Tells a person what a colleague has decided.
    ///
    /// Name and reason are those of the vote, wherever it lies by now: a later return may have set
    /// it aside.
    pub(super) fn decision_letter(
        &self,
        file: &FileRecord,
        effect: &Effect,
        to: &UserId,
        voted: &Voted<'_>,
    ) -> Result<Letter, AnswerError> {
        let (case, person) = (self.case_of(effect)?, self.addressee(to)?);
        let mut letter = self.case_letter(file, effect, MailKind::SentBack)?;
        letter.kind = Kind::Decision;
        (letter.to_name, letter.to_address) = (person.name, person.email);
        letter.days = effect.at.japanese();
        voted.kind.japanese().clone_into(&mut letter.seat);
        let past = case.head.aside.iter().flat_map(|aside| &aside.past);
        let vote = case.head.votes.iter().chain(past).find(|vote| {
            (&vote.by, vote.at, (vote.step, vote.seat)) == (voted.by, effect.at, voted.seat)
        });
        (letter.actor, letter.reason) = vote.map_or_else(
            || (self.name_of(voted.by), String::new()),
            |vote| (vote.name.clone(), vote.reason.clone()),
        );
        Ok(letter)
    }
}

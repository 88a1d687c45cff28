//! What goes out as one, and what it is made of.
//!
//! A signature is never the same twice, so a mail is signed once: it lies beside its place, its
//! signature is kept, and both are journaled before it becomes visible. After a stop it is found
//! where it lies, or made again with the kept signature, the same to the byte. The mail itself is
//! not kept in the store: it may hold a link, which no backup may hold.

use crate::domain::{Digest, Timestamp};
use crate::ports::{EffectState, Fate, Parcel, PendingEffect, SignError, Staged};
use crate::render::mail::{Letter, compose};

use super::Desk;
use super::answers::AnswerError;
use super::bundle::bundle_effect;

/// What goes out as one: an effect, or a bundle of mails.
pub(super) struct Job(pub(super) Vec<PendingEffect>);

/// What a job is made of.
pub(super) struct Made {
    pub(super) parcels: Vec<Parcel>,
    /// A mail that was signed before and still lies beside or in its place.
    pub(super) lying: Option<Staged>,
    /// Of a mail, its kept signature; durable once the kept files are.
    pub(super) signature: Option<Digest>,
}

impl Job {
    /// The digests of a mail that was signed before, and of its signature.
    fn signed(&self) -> Option<(Digest, Digest)> {
        match self.0.first()?.state {
            EffectState::Made { mail, signature, .. } => Some((mail, signature)),
            _ => None,
        }
    }

    /// Where the mail of the job lies below `outbox/`.
    fn mail_path(&self) -> String {
        let single = || self.0.first().map(|one| one.effect.id().to_string()).unwrap_or_default();
        let bundle = if self.0.len() > 1 { bundle_effect(&self.0) } else { None };
        mail_path(&bundle.unwrap_or_else(single))
    }
}

fn mail_path(effect: &str) -> String {
    format!("mail/{}.eml", effect.replace('/', "_"))
}

/// The date of the mail of an effect.
pub(super) const fn date_of(pending: &PendingEffect) -> Timestamp {
    match pending.state {
        EffectState::Bundled { at, .. } | EffectState::Made { at, .. } => at,
        _ => pending.effect.at,
    }
}

impl Desk {
    /// An effect with all that goes out together with it.
    pub(super) fn job(&self, pending: PendingEffect) -> Job {
        // Only mails to a person can share one.
        if pending.effect.kind.person().is_none() {
            return Job(vec![pending]);
        }
        Job(match pending.state {
            EffectState::Bundled { bundle, .. } => self.members(
                |state| matches!(state, EffectState::Bundled { bundle: of, .. } if of == bundle),
            ),
            EffectState::Made { mail, .. } => self
                .members(|state| matches!(state, EffectState::Made { mail: of, .. } if of == mail)),
            _ => vec![pending],
        })
    }

    /// Makes what goes out; a mail is signed unless it was before.
    pub(super) fn make(&self, job: &Job) -> Result<Made, AnswerError> {
        if let Some((mail, signature)) = job.signed()
            && let Some(lying) = self.lying(job.mail_path(), mail)
        {
            let (parcels, signature) = (Vec::new(), Some(signature));
            return Ok(Made { parcels, lying: Some(lying), signature });
        }
        let letter = match job.0.as_slice() {
            [one] if one.effect.is_mail() => self.letter_of(&one.effect)?,
            [first, _, ..] => self.bundle_letter(&job.0, date_of(first))?,
            others => {
                let answer = others.first().map(|one| self.answer(&one.effect));
                let parcels = answer.transpose()?.unwrap_or_default();
                return Ok(Made { parcels, lying: None, signature: None });
            }
        };
        self.posted(&letter, job.signed())
    }

    /// What lies beside or in its place, if it is this mail.
    fn lying(&self, path: String, digest: Digest) -> Option<Staged> {
        let staged = Staged { path, digest };
        let is_there = self.outbox.find_staged(&staged.path).as_ref() == Some(&staged)
            || self.outbox.find(&staged.path) == Some(digest);
        is_there.then_some(staged)
    }

    /// A letter as the signed mail it becomes, for `outbox/mail/`.
    fn posted(
        &self,
        letter: &Letter,
        signed: Option<(Digest, Digest)>,
    ) -> Result<Made, AnswerError> {
        let rules = self.rulebook();
        let answers = &rules.answers;
        let issuer = self.signer.certificate().issuer;
        let unsigned = compose(letter, &answers.sender, &issuer, &answers.mails, None)?;
        let (signature, der) = match signed {
            None => {
                let der = self.signer.sign(unsigned.content(), self.clock.now())?;
                let kept = self.keep(&der).map_err(|error| SignError::Failed(Box::new(error)));
                (kept?, der)
            }
            Some((_, signature)) => (signature, self.blobs.open(signature)?.read_all()?),
        };
        let bytes = unsigned.signed(der)?.bytes;
        if signed.is_some_and(|(mail, _)| mail != Digest::of(&bytes)) {
            return Err(AnswerError::Changed);
        }
        let parcels = vec![Parcel { path: mail_path(&letter.effect), bytes }];
        Ok(Made { parcels, lying: None, signature: Some(signature) })
    }

    /// Makes kept signatures durable; a mail whose signature may be lost goes later.
    pub(super) fn keep_signatures(&self, rendered: &mut [Result<Made, Fate>]) {
        let Err(error) = self.blobs.sync() else { return };
        for one in rendered {
            if matches!(one, Ok(made) if made.signature.is_some()) {
                *one = Err(Fate::Later(error.to_string()));
            }
        }
    }
}

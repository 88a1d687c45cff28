//! What goes out as one, and what it is made of.
//!
//! A signature is never the same twice, so a mail is signed once: its signature is kept and
//! journaled before the mail becomes visible. The rest is a pure function of the journal; a mail
//! made again with its kept signature is the same to the byte. The mail itself is not kept: it may
//! hold a link, which no backup may hold.

use crate::domain::{Digest, Timestamp};
use crate::ports::{EffectState, Fate, Parcel, PendingEffect, SignError};
use crate::render::mail::{Letter, compose};

use super::Desk;
use super::answers::AnswerError;

/// What goes out as one: an effect, or a bundle of mails.
pub(super) struct Job(pub(super) Vec<PendingEffect>);

/// What a job is made of.
pub(super) struct Made {
    pub(super) parcels: Vec<Parcel>,
    /// Of a mail, its kept signature; durable once the kept files are.
    pub(super) signature: Option<Digest>,
}

impl Job {
    /// The signature a mail was given before.
    fn signature(&self) -> Option<Digest> {
        match self.0.first()?.state {
            EffectState::Made { signature, .. } => Some(signature),
            _ => None,
        }
    }
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
            EffectState::Made { signature, .. } => self.members(
                |state| matches!(state, EffectState::Made { signature: of, .. } if of == signature),
            ),
            _ => vec![pending],
        })
    }

    /// Makes what goes out; a mail is signed unless it was before.
    pub(super) fn make(&self, job: &Job) -> Result<Made, AnswerError> {
        let letter = match job.0.as_slice() {
            [] => return Ok(Made { parcels: Vec::new(), signature: None }),
            [one] if !one.effect.is_mail() => {
                return Ok(Made { parcels: self.answer(&one.effect)?, signature: None });
            }
            [one] => self.letter_of(&one.effect)?,
            [first, ..] => self.bundle_letter(&job.0, date_of(first))?,
        };
        self.posted(&letter, job.signature())
    }

    /// A letter as the signed mail it becomes, for `outbox/mail/`.
    fn posted(&self, letter: &Letter, kept: Option<Digest>) -> Result<Made, AnswerError> {
        let rules = self.rulebook();
        let answers = &rules.answers;
        let issuer = self.signer.certificate().issuer;
        let unsigned = compose(letter, &answers.sender, &issuer, &answers.mails, None)?;
        let (signature, bytes) = match kept {
            None => {
                let bytes = self.signer.sign(unsigned.content(), self.clock.now())?;
                let kept = self.keep(&bytes).map_err(|error| SignError::Failed(Box::new(error)));
                (kept?, bytes)
            }
            Some(signature) => (signature, self.blobs.open(signature)?.read_all()?),
        };
        if kept.is_some() && !self.signer.covers(&bytes, unsigned.content()) {
            return Err(AnswerError::Changed);
        }
        let path = format!("mail/{}.eml", letter.effect.replace('/', "_"));
        let bytes = unsigned.signed(bytes)?.bytes;
        Ok(Made { parcels: vec![Parcel { path, bytes }], signature: Some(signature) })
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

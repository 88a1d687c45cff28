//! What goes out as one, and what it is made of.
//!
//! A signature is never the same twice, so a mail or paper is signed once: it lies beside its
//! place, its signature is kept, and both are journaled before it becomes visible. After a stop it
//! is found where it lies, or made again with the kept signature, the same to the byte. The mail
//! itself is not kept in the store: it may hold a link, which no backup may hold.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use crate::domain::{Digest, Timestamp};
use crate::ports::{EffectState, Fate, Parcel, PendingEffect, Staged};
use crate::render::mail::{Letter, compose};
use crate::render::pdf;

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
    /// Of a mail or a signed paper, its signature.
    pub(super) signature: Option<Signature>,
    /// Of a signed paper, when it says it was signed.
    pub(super) at: Option<Timestamp>,
}

/// The signature of a mail.
pub(super) enum Signature {
    /// Made now and nowhere yet: CMS in DER.
    New(Vec<u8>),
    /// Kept in the file of this digest, with those that were made together with it.
    Kept(Digest),
}

/// What is kept of the mails that are signed together: where each lies, and its signature.
type Signatures = Vec<(String, Vec<u8>)>;

impl Job {
    /// The digests of what was signed before, and of its signature.
    fn signed(&self) -> Option<(Digest, Digest)> {
        match self.0.first()?.state {
            EffectState::Made { mail, signature, .. } => Some((mail, signature)),
            _ => None,
        }
    }

    /// Where the mail of the job lies below `outbox/`.
    pub(super) fn mail_path(&self) -> String {
        let single = || self.0.first().map(|one| one.effect.id().to_string()).unwrap_or_default();
        let bundle = if self.0.len() > 1 { bundle_effect(&self.0) } else { None };
        mail_path(&bundle.unwrap_or_else(single))
    }
}

fn mail_path(effect: &str) -> String {
    format!("mail/{}.eml", effect.replace('/', "_"))
}

/// What those that go out in one mail have in common; only mails to a person can share one.
fn shared(pending: &PendingEffect) -> Option<Digest> {
    pending.effect.kind.person()?;
    match pending.state {
        EffectState::Bundled { bundle, .. } => Some(bundle),
        EffectState::Made { mail, .. } => Some(mail),
        _ => None,
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
    /// Each effect with all that goes out together with it.
    pub(super) fn jobs(&self, chosen: Vec<PendingEffect>) -> Vec<Job> {
        let wanted: BTreeSet<Digest> = chosen.iter().filter_map(shared).collect();
        let mut members: BTreeMap<Digest, Vec<PendingEffect>> = BTreeMap::new();
        if !wanted.is_empty() {
            for one in self.store.effects(usize::MAX) {
                if let Some(of) = shared(&one).filter(|of| wanted.contains(of)) {
                    members.entry(of).or_default().push(one);
                }
            }
        }
        let whole = |one: PendingEffect| {
            shared(&one).and_then(|of| members.remove(&of)).unwrap_or_else(|| vec![one])
        };
        chosen.into_iter().map(whole).map(Job).collect()
    }

    /// Makes what goes out; a mail is signed unless it was before.
    pub(super) fn make(&self, job: &Job) -> Result<Made, AnswerError> {
        let is_paper = job.0.iter().any(|one| one.effect.is_signed_paper());
        if let Some((mail, signature)) = job.signed().filter(|_| !is_paper)
            && let Some(lying) = self.lying(job.mail_path(), mail)
        {
            let signature = Some(Signature::Kept(signature));
            return Ok(Made { parcels: Vec::new(), lying: Some(lying), signature, at: None });
        }
        let letter = match job.0.as_slice() {
            [one] if one.effect.is_mail() => self.letter_of(&one.effect)?,
            [first, _, ..] => self.bundle_letter(&job.0, date_of(first))?,
            others => {
                let answer = others.first().map(|one| self.answer(&one.effect));
                let parcels = answer.transpose()?.unwrap_or_default();
                return match (parcels.as_slice(), others) {
                    ([paper], [one]) if one.effect.is_signed_paper() => {
                        self.signed_paper(paper, job)
                    }
                    _ => Ok(Made { parcels, lying: None, signature: None, at: None }),
                };
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
        let path = mail_path(&letter.effect);
        let (signature, der) = match signed {
            None => {
                let der = self.signer.sign(unsigned.content(), self.clock.now())?;
                (Signature::New(der.clone()), der)
            }
            Some((_, kept)) => (Signature::Kept(kept), self.kept_signature(kept, &path)?),
        };
        let bytes = unsigned.signed(der)?.bytes;
        if signed.is_some_and(|(mail, _)| mail != Digest::of(&bytes)) {
            return Err(AnswerError::Changed);
        }
        let parcels = vec![Parcel::new(path, bytes)];
        Ok(Made { parcels, lying: None, signature: Some(signature), at: None })
    }

    /// A paper with its signature in it, the same rules as for a mail.
    fn signed_paper(&self, paper: &Parcel, job: &Job) -> Result<Made, AnswerError> {
        let signed = job.signed();
        let path = paper.path.clone();
        if let Some((digest, kept)) = signed
            && let Some(lying) = self.lying(path.clone(), digest)
        {
            let signature = Some(Signature::Kept(kept));
            return Ok(Made { parcels: Vec::new(), lying: Some(lying), signature, at: None });
        }
        let now = self.clock.now();
        let at = job.0.first().filter(|_| signed.is_some()).map_or(now, date_of);
        let by = self.rulebook().answers.desk.institution.clone();
        let unsigned = pdf::unsigned(&paper.body.read_all()?, &by, at)?;
        let (signature, der) = match signed {
            None => {
                let der = self.signer.sign_paper(&unsigned.content(), now)?;
                (Signature::New(der.clone()), der)
            }
            Some((_, kept)) => (Signature::Kept(kept), self.kept_signature(kept, &path)?),
        };
        let bytes = unsigned.signed(&der)?;
        if signed.is_some_and(|(digest, _)| digest != Digest::of(&bytes)) {
            return Err(AnswerError::Changed);
        }
        let parcels = vec![Parcel::new(path, bytes)];
        Ok(Made { parcels, lying: None, signature: Some(signature), at: Some(at) })
    }

    fn kept_signature(&self, file: Digest, path: &str) -> Result<Vec<u8>, AnswerError> {
        let bytes = self.blobs.open(file)?.read_all()?;
        let all: Signatures = postcard::from_bytes(&bytes).map_err(io::Error::other)?;
        let found = all.into_iter().find(|(of, _)| of == path);
        found.map(|(_, der)| der).ok_or_else(|| AnswerError::Unknown(path.to_owned()))
    }

    /// Keeps new signatures, durable in one file; where that fails their mails go later.
    pub(super) fn keep_signatures(&self, rendered: &mut [Result<Made, Fate>]) {
        let signed = rendered.iter().flatten().filter_map(|made| match &made.signature {
            Some(Signature::New(der)) => Some((made.parcels.first()?.path.clone(), der.clone())),
            _ => None,
        });
        let signed: Signatures = signed.collect();
        if signed.is_empty() {
            return;
        }
        let kept = postcard::to_stdvec(&signed).map_err(io::Error::other);
        let kept = kept.map_err(|error| error.to_string()).and_then(|bytes| {
            let file = self.keep(&bytes).map_err(|error| error.to_string())?;
            self.blobs.sync().map(|()| file).map_err(|error| error.to_string())
        });
        for one in rendered {
            let Ok(made) = one else { continue };
            if matches!(made.signature, Some(Signature::New(_))) {
                match &kept {
                    Ok(file) => made.signature = Some(Signature::Kept(*file)),
                    Err(why) => *one = Err(Fate::Later(why.clone())),
                }
            }
        }
    }
}

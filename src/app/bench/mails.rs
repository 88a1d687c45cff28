//! Signed mails, beside the same mails composed without a signature; and their way to a server.

use std::path::Path;

use super::super::outcome::Error;
use super::Figure;
use super::floor::Stretch;
use crate::render::mail::{Letter, Unsigned, compose};
use crate::service::Desk;

/// The mails of one letter, under as many names, without and with a signature; then all sent.
pub(super) fn mails(
    dir: &Path,
    desk: &Desk,
    letter: &Letter,
    count: u32,
) -> Result<Vec<Figure>, Error> {
    let failed = |error: &dyn std::error::Error| Error::Usage(error.to_string());
    let rules = desk.rulebook();
    let (answers, issuer) = (&rules.answers, desk.signer.certificate().issuer);
    let mut letter = letter.clone();
    let mut made = |n: u32| -> Result<Unsigned, Error> {
        letter.effect = format!("bench/{n}");
        compose(&letter, &answers.sender, &issuer, &answers.mails, None)
            .map_err(|error| failed(&error))
    };
    let stretch = Stretch::start();
    for n in 0..count {
        made(n)?.signed(Vec::new()).map_err(|error| failed(&error))?;
    }
    let floor = stretch.figure("mails composed only, one thread", count.into());
    let mut signed = Vec::new();
    let stretch = Stretch::start();
    for n in 0..count {
        let unsigned = made(n)?;
        let signature = desk.signer.sign(unsigned.content(), desk.clock.now());
        let signature = signature.map_err(|error| failed(&error))?;
        signed.push(unsigned.signed(signature).map_err(|error| failed(&error))?.bytes);
    }
    let figure = stretch.figure("mails composed and signed, one thread", count.into());
    let sent = super::post::post(dir, &signed)?;
    Ok([figure.over(&floor), floor].into_iter().chain(sent).collect())
}

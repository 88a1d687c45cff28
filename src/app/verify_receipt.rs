//! `kessai verify-receipt FILE`: whether the signature of a paper holds, without a store.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use crate::domain::Digest;
use crate::pki::{PaperSigner, verify};
use crate::render::pdf::taken_apart;

use super::commands::Io;
use super::outcome::{Error, Outcome};
use super::root::Root;

/// Arguments of `kessai verify-receipt`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 確かめる書面（PDF） / the paper
    file: PathBuf,
    /// 認証局の証明書（既定は ROOT/var/pki/ca.pem） / certificates of authorities to trust, in PEM
    #[arg(long)]
    ca: Option<PathBuf>,
    /// 置き場所 / the root
    #[arg(long, default_value = ".")]
    root: PathBuf,
}

/// Runs `kessai verify-receipt`.
pub(super) fn run(args: &Args, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let read =
        |path: &PathBuf| fs::read(path).map_err(|cause| Error::world("cannot read", path, cause));
    let bytes = read(&args.file)?;
    let ca = args.ca.clone().unwrap_or_else(|| Root::new(&args.root).pki().join("ca.pem"));
    let authorities = String::from_utf8_lossy(&read(&ca)?).into_owned();
    let digest = Digest::of(&bytes);
    let Some(paper) = taken_apart(&bytes) else {
        writeln!(io.out, "この書面には署名がありません。 / the paper carries no signature")?;
        return Ok(Outcome::Findings);
    };
    if !paper.whole {
        writeln!(
            io.out,
            "署名の後に書き足されています。この書面を使わず、窓口へお知らせください。 / something was \
             written behind the signature"
        )?;
        return Ok(Outcome::Findings);
    }
    match verify(&paper.content, &paper.signature, (&authorities, paper.at)) {
        Ok(PaperSigner { name, issuer, fingerprint }) => {
            let out = &mut io.out;
            writeln!(out, "署名は正しく、署名の後に変わっていません。 / the signature holds")?;
            writeln!(out, "署名した方   {name}")?;
            writeln!(out, "発行者       {issuer}")?;
            writeln!(out, "署名日時     {}", paper.at.japanese())?;
            writeln!(out, "証明書       {fingerprint}")?;
            writeln!(out, "SHA-256      {digest}")?;
            Ok(Outcome::Well)
        }
        Err(doubt) => {
            writeln!(io.out, "{} / {doubt}", doubt.japanese())?;
            Ok(Outcome::Findings)
        }
    }
}

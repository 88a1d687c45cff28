//! `kessai cert`: the certificate mails are signed with, as the bank tells its customers of it.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::domain::Digest;
use crate::pki::MailKeyError;
use crate::ports::{Certificate, Clock as _, SignError, Validity};
use crate::service::Desk;
use crate::service::report::rfc3339;

use super::commands::{At, Io, Query, put};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response};
use super::root::{Root, RootError, World};
use super::show::{json, padded};
use super::world::WallClock;

/// `kessai cert …`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// 証明書を見る（お客様に知らせる内容） / what customers are told of the certificate
    Show(Query),
    /// 自行の認証局の証明書を新しくする / a new key and certificate of the own authority
    Renew(Renew),
}

/// Arguments of `kessai cert renew`.
#[derive(Debug, clap::Args)]
pub(super) struct Renew {
    /// 何の証明書か / which certificate
    what: What,
    #[command(flatten)]
    at: At,
}

/// Certificates there are.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum What {
    /// メールの署名 / of mails
    Mail,
}

/// What is asked about certificates.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Asked {
    /// `kessai cert show`.
    Show { json: bool },
    /// `kessai cert renew mail`.
    RenewMail,
}

#[derive(Serialize)]
struct CertificateJson {
    address: String,
    issuer: String,
    fingerprint: String,
    valid_from: String,
    valid_until: String,
    ended: bool,
}

/// Runs `kessai cert …`.
pub(super) fn run(command: &Command, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    match command {
        Command::Show(args) => {
            put(&args.at, world, &Request::Cert(Asked::Show { json: args.json }), io)
        }
        Command::Renew(Renew { what: What::Mail, at }) => {
            match put(at, world, &Request::Cert(Asked::RenewMail), io) {
                // A sender whose address was changed needs the new certificate to start at all.
                Err(Error::Root(RootError::Mail(MailKeyError::Address {
                    is_own: true, ..
                }))) => {
                    let made = Root::new(&at.root).reissue(world)?;
                    io.out.write_all(renewed(&made).as_bytes())?;
                    Ok(Outcome::Well)
                }
                answered => answered,
            }
        }
    }
}

/// Answers what is asked.
pub(super) fn execute(desk: &Desk, asked: &Asked) -> Response {
    match asked {
        Asked::Show { json: as_json } => {
            let (certificate, validity) = desk.certificate();
            let ended = validity == Validity::Ended;
            Response::out(if *as_json {
                let Certificate { address, issuer, fingerprint, from, until } = certificate;
                let [valid_from, valid_until] = [from, until].map(rfc3339);
                let fingerprint = spelled(fingerprint);
                json(&CertificateJson {
                    address,
                    issuer,
                    fingerprint,
                    valid_from,
                    valid_until,
                    ended,
                })
            } else {
                shown(&certificate)
            })
        }
        Asked::RenewMail => match desk.renew_certificate(WallClock::default().now()) {
            Ok(made) => Response::out(renewed(&made)),
            Err(supplied @ SignError::Supplied) => Response::refused(
                "鍵と証明書は金融機関のファイルです。新しいファイルに替えて、起動し直してください。",
                &supplied.to_string(),
            ),
            Err(failed) => Response::failed(&failed),
        },
    }
}

fn renewed(made: &Certificate) -> String {
    format!("証明書を新しくしました。お客様へのお知らせも新しくしてください。\n{}", shown(made))
}

fn shown(certificate: &Certificate) -> String {
    let Certificate { address, issuer, fingerprint, from, until } = certificate;
    let lines = [
        ("差出人", address.clone()),
        ("発行者", issuer.clone()),
        ("指紋", format!("{} (SHA-256)", spelled(*fingerprint))),
        ("有効期間", format!("{} から {} まで", from.japanese(), until.japanese())),
    ];
    lines.iter().fold(String::new(), |mut text, (title, value)| {
        writeln!(text, "{}{value}", padded(title, 12)).ok();
        text
    })
}

/// A fingerprint as mail programs show it.
fn spelled(fingerprint: Digest) -> String {
    let bytes = fingerprint.as_bytes().iter().map(|byte| format!("{byte:02X}"));
    bytes.collect::<Vec<_>>().join(":")
}

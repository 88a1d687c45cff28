//! `kessai cert`: the certificate mails are signed with, as the bank tells its customers of it, and
//! the certificates of users.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::{UserId, UserNumber};
use crate::pki::MailKeyError;
use crate::ports::{
    Certificate, ClientCertificate, Clock as _, IssueError, Method, SignError, Validity,
};
use crate::service::report::rfc3339;
use crate::service::{CertificateError, Desk};
use crate::workflow::key_sheet;

use super::commands::{At, Io, Query, hand_in, put};
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
    /// ユーザーの電子証明書を発行する / make a user's certificate from their request
    Issue(Issue),
    /// ユーザーの電子証明書の一覧 / the certificates of users
    List(Query),
    /// ユーザーの電子証明書を失効させる / revoke one
    Revoke(Revoke),
    /// ユーザーのログインに電子証明書を必要にする / from now on a user needs a certificate
    Require(Require),
}

/// Arguments of `kessai cert issue`.
#[derive(Debug, clap::Args)]
pub(super) struct Issue {
    /// ユーザーID / the user
    user: String,
    #[command(flatten)]
    at: At,
    /// 発行依頼のファイル（PKCS#10）。お客様のPCで作ります / the request, made on the user's PC
    #[arg(long)]
    request: PathBuf,
}

/// Arguments of `kessai cert revoke`.
#[derive(Debug, clap::Args)]
pub(super) struct Revoke {
    /// 証明書の番号 / its number, as `kessai cert list` shows it
    serial: String,
    #[command(flatten)]
    at: At,
}

/// Arguments of `kessai cert require`.
#[derive(Debug, clap::Args)]
pub(super) struct Require {
    /// ユーザーID / the user
    #[arg(required_unless_present = "customer")]
    user: Option<String>,
    /// 利用者番号。お客様の全員を電子証明書方式に / everybody of a customer, and whoever joins them
    #[arg(long, conflicts_with = "user")]
    customer: Option<String>,
    #[command(flatten)]
    at: At,
}

/// Arguments of `kessai cert renew`.
#[derive(Debug, clap::Args)]
pub(super) struct Renew {
    /// 何の証明書か / which certificate
    what: What,
    /// 店番。届け出て、その店の二人の承認で更新します / hand it in; two people of this branch approve
    #[arg(long)]
    desk: Option<String>,
    /// 更新する理由 / why
    #[arg(long, default_value = "定期の更新")]
    reason: String,
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
    /// `kessai cert issue`.
    Issue { user: UserId, request: Vec<u8> },
    /// `kessai cert list`.
    List { json: bool },
    /// `kessai cert revoke`.
    Revoke { serial: String },
    /// `kessai cert require`.
    Require { user: UserId },
    /// `kessai cert require --customer`.
    RequireAll { customer: UserNumber },
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

#[derive(Serialize)]
struct ClientJson {
    serial: String,
    user: UserId,
    method: Method,
    fingerprint: String,
    since: String,
    valid_until: String,
    revoked: Option<String>,
}

/// Runs `kessai cert …`.
pub(super) fn run(command: &Command, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    match command {
        Command::Show(args) => {
            put(&args.at, world, &Request::Cert(Asked::Show { json: args.json }), io)
        }
        Command::Renew(Renew { what: What::Mail, desk: Some(desk), reason, at }) => {
            let note = format!("kessai cert renew {}", WallClock::default().now().japanese());
            hand_in(("鍵の更新", &key_sheet(reason, &note)), (desk, at), io)
        }
        Command::Renew(Renew { what: What::Mail, desk: None, at, .. }) => {
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
        Command::Issue(Issue { user, at, request }) => {
            let failed = |cause| Error::world("cannot read", request, cause);
            let request = std::fs::read(request).map_err(failed)?;
            let asked = Asked::Issue { user: person(user)?, request };
            put(at, world, &Request::Cert(asked), io)
        }
        Command::List(args) => {
            put(&args.at, world, &Request::Cert(Asked::List { json: args.json }), io)
        }
        Command::Revoke(Revoke { serial, at }) => {
            let serial = serial.to_ascii_lowercase();
            put(at, world, &Request::Cert(Asked::Revoke { serial }), io)
        }
        Command::Require(Require { user, customer, at }) => {
            let asked = match customer {
                Some(customer) => Asked::RequireAll { customer: number(customer)? },
                None => Asked::Require { user: person(user.as_deref().unwrap_or_default())? },
            };
            put(at, world, &Request::Cert(asked), io)
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
                let fingerprint = fingerprint.spelled();
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
        Asked::RenewMail if desk.signer.is_supplied() => Response::refused(
            "鍵と証明書は金融機関のファイルです。新しいファイルに替えて、起動し直してください。",
            &SignError::Supplied.to_string(),
        ),
        Asked::RenewMail => Response::refused(
            "鍵の更新には二人の承認が要ります。「kessai cert renew mail --desk 店番」で届け出てください。",
            "two people approve a new key: hand it in with --desk",
        ),
        // Browsers hold a certificate against the clock on the wall.
        Asked::Issue { user, request } => {
            let issued = desk.issue_certificate(user, request, WallClock::default().now());
            told(issued.map(|issued| issued.pem))
        }
        Asked::List { json } => Response::out(list(desk, *json)),
        Asked::Revoke { serial } => {
            let revoked = desk.revoke_certificate(serial);
            told(revoked.map(|user| format!("{user} の電子証明書を失効させました。\n")))
        }
        Asked::Require { user } => {
            let set = desk.require_certificate(user);
            told(set.map(|()| format!("{user} のログインに電子証明書を必要にしました。\n")))
        }
        Asked::RequireAll { customer } => {
            let set = desk.require_certificates_of(*customer);
            let said =
                |count| format!("{customer} の{count}名のログインに電子証明書を必要にしました。\n");
            told(set.map(said))
        }
    }
}

fn number(text: &str) -> Result<UserNumber, Error> {
    let wrong = |_| Error::Usage(format!("{text} は利用者番号ではありません / no user number"));
    UserNumber::parse(text).map_err(wrong)
}

fn person(text: &str) -> Result<UserId, Error> {
    UserId::parse(text).map_err(|_| Error::Usage(format!("`{text}` is no user ID")))
}

fn told(done: Result<String, CertificateError>) -> Response {
    match done {
        Ok(text) => Response::out(text),
        Err(CertificateError::Store(failed)) => Response::failed(&failed),
        Err(CertificateError::Issue(failed @ IssueError::Failed(_))) => Response::failed(&failed),
        Err(refused) => Response::refused(&refused.japanese(), &refused.to_string()),
    }
}

/// The certificates of users, each a line.
fn list(desk: &Desk, as_json: bool) -> String {
    let all = desk.certificates();
    if as_json {
        let one = |(user, one): (UserId, ClientCertificate)| ClientJson {
            method: desk.method(&user),
            serial: one.serial,
            user,
            fingerprint: one.fingerprint.spelled(),
            since: rfc3339(one.since),
            valid_until: rfc3339(one.until),
            revoked: one.revoked.map(rfc3339),
        };
        return json(&all.into_iter().map(one).collect::<Vec<_>>());
    }
    let now = desk.clock.now();
    all.iter().fold(String::new(), |mut text, (user, one)| {
        let state = match one.revoked {
            Some(at) => format!("失効 {}", at.japanese()),
            None if one.is_active(now) => format!("有効 {} まで", one.until.japanese()),
            None => format!("期限切れ {}", one.until.japanese()),
        };
        let method = desk.method(user).japanese();
        writeln!(text, "{} {} {state} {method}", one.serial, padded(user.as_str(), 14)).ok();
        text
    })
}

fn renewed(made: &Certificate) -> String {
    format!("証明書を新しくしました。お客様へのお知らせも新しくしてください。\n{}", shown(made))
}

fn shown(certificate: &Certificate) -> String {
    let Certificate { address, issuer, fingerprint, from, until } = certificate;
    let lines = [
        ("差出人", address.clone()),
        ("発行者", issuer.clone()),
        ("指紋", format!("{} (SHA-256)", fingerprint.spelled())),
        ("有効期間", format!("{} から {} まで", from.japanese(), until.japanese())),
    ];
    lines.iter().fold(String::new(), |mut text, (title, value)| {
        writeln!(text, "{}{value}", padded(title, 12)).ok();
        text
    })
}

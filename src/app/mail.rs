//! `kessai mail`: how a person wants mails about seats, and what becomes of mails that are stuck.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::UserId;
use crate::ports::PasswordKind;
use crate::service::{Desk, EnrolError, StuckError, Verdict};
use crate::workflow::{MailRule, MailSort, MailWhen};

use super::commands::{At, Io, Query, passwords, put};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response, Secret};
use super::root::World;
use super::show;

/// Arguments of `kessai mail`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    stuck: Option<Stuck>,
    #[command(flatten)]
    choice: Choice,
}

/// `kessai mail list|resend|done`.
#[derive(Debug, clap::Subcommand)]
enum Stuck {
    /// 届いたかわからない、届けられない、または戻ってきたメール / not known, cannot go, or came back
    List(Query),
    /// もう一度、同じメールを送る / send the same mail once more
    Resend(Decision),
    /// 届いているもの、書面でお渡し済みのものとする / it counts as sent, or as told on paper
    Done(Decision),
}

/// Arguments of `kessai mail resend|done`.
#[derive(Debug, clap::Args)]
struct Decision {
    /// メールの名前（kessai mail list の一列目） / its name, as listed
    effect: String,
    #[command(flatten)]
    at: At,
    /// 決めた営業店の方のユーザーID / who of a branch decides
    #[arg(long)]
    user: String,
    /// 二行のファイル：ログイン、承認 / two lines: login and approval password
    #[arg(long)]
    password_file: Option<PathBuf>,
}

/// What is asked about mails that are stuck.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Asked {
    /// `kessai mail list`.
    List { json: bool },
    /// `kessai mail resend` and `kessai mail done`.
    Decide { effect: String, done: bool, user: UserId, passwords: [Secret; 2] },
}

/// How a person wants mails.
#[derive(Debug, clap::Args)]
struct Choice {
    /// ユーザーID / whose mails
    user: Option<String>,
    #[command(flatten)]
    at: At,
    /// いつ：at_once（すぐ）、morning（9時）、noon（12時）、both / when they are sent
    #[arg(long)]
    when: Option<String>,
    /// 種類：request（承認のお願い。必須）、reminder（催促）、consult（相談） / which kinds, by commas
    #[arg(long, value_delimiter = ',')]
    kinds: Vec<String>,
}

/// Runs `kessai mail`.
pub(super) fn run(args: &Args, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let (decision, done) = match &args.stuck {
        None => return choose(&args.choice, world, io),
        Some(Stuck::List(query)) => {
            let asked = Asked::List { json: query.json };
            return put(&query.at, world, &Request::StuckMail(asked), io);
        }
        Some(Stuck::Resend(decision)) => (decision, false),
        Some(Stuck::Done(decision)) => (decision, true),
    };
    let user = user(&decision.user)?;
    let passwords = passwords(decision.password_file.as_deref())?;
    let asked = Asked::Decide { effect: decision.effect.clone(), done, user, passwords };
    put(&decision.at, world, &Request::StuckMail(asked), io)
}

fn user(text: &str) -> Result<UserId, Error> {
    UserId::parse(text).map_err(|_| {
        let what = "ユーザーIDは半角8～14文字です / user ID: 8 to 14 half-width characters";
        Error::Usage(what.to_owned())
    })
}

/// What a person chooses; without a choice the present one is shown.
fn choose(args: &Choice, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let usage = |text: &str| Error::Usage(text.to_owned());
    let user = user(args.user.as_deref().unwrap_or_default())?;
    let when = match args.when.as_deref() {
        None => None,
        Some(name) => {
            let found = MailWhen::ALL.into_iter().find(|(known, _)| *known == name);
            Some(found.ok_or_else(|| {
                usage("--when は at_once、morning、noon、both のどれかです / one of these four")
            })?)
        }
    };
    let without = if args.kinds.is_empty() { None } else { Some(without(&args.kinds)?) };
    let when = when.map(|(_, when)| when);
    put(&args.at, world, &Request::Mail { user, when, without }, io)
}

/// The kinds that were not named; requests must be.
fn without(kinds: &[String]) -> Result<BTreeSet<MailSort>, Error> {
    let known =
        |kind: &str| kind == "request" || MailSort::ALL.into_iter().any(|(name, _)| name == kind);
    if let Some(other) = kinds.iter().find(|kind| !known(kind)) {
        let what = format!(
            "「{other}」という種類はありません。request、reminder、consult から選んでください / \
             there is no kind `{other}`"
        );
        return Err(Error::Usage(what));
    }
    if !kinds.iter().any(|kind| kind == "request") {
        let what = "承認のお願い（request）は外せません。まとめたいときは --when を使ってください / \
                    requests cannot be switched off; use --when to bundle them";
        return Err(Error::Usage(what.to_owned()));
    }
    let off = MailSort::ALL.into_iter().filter(|(name, _)| !kinds.iter().any(|kind| kind == name));
    Ok(off.map(|(_, sort)| sort).collect())
}

/// Answers what is asked about mails that are stuck.
pub(super) fn execute_stuck(desk: &Desk, asked: &Asked) -> Response {
    let (effect, done, user, [login, approval]) = match asked {
        Asked::List { json } => return Response::out(show::mails(desk, *json)),
        Asked::Decide { effect, done, user, passwords } => (effect, *done, user, passwords),
    };
    let checked = desk
        .check_password(user, PasswordKind::Login, &login.0)
        .and_then(|_| desk.check_password(user, PasswordKind::Approval, &approval.0));
    let person = match checked {
        Ok(person) => person,
        Err(refused) => return Response::refused(refused.japanese(), &refused.to_string()),
    };
    let (verdict, said) = if done {
        (Verdict::Done, "届いているものとしました。")
    } else {
        (Verdict::Resend, "もう一度送ります。")
    };
    match desk.settle_mail(effect, verdict, &person) {
        Ok(()) => Response::out(format!("{effect} {said}\n")),
        Err(StuckError::Store(failed)) => Response::failed(&failed),
        Err(refused) => Response::refused(refused.japanese(), &refused.to_string()),
    }
}

/// Answers what a person chooses.
pub(super) fn execute(
    desk: &Desk,
    user: &UserId,
    (when, without): (Option<MailWhen>, Option<&BTreeSet<MailSort>>),
) -> Response {
    let mut rule = desk.mail_rule(user);
    if when.is_some() || without.is_some() {
        rule.when = when.unwrap_or(rule.when);
        if let Some(without) = without {
            rule.without.clone_from(without);
        }
        match desk.choose_mails(user, &rule) {
            Ok(()) => {}
            Err(EnrolError::Store(failed)) => return Response::failed(&failed),
            Err(refused) => return Response::refused(&refused.japanese(), &refused.to_string()),
        }
    }
    Response::out(format!("{user} {} {}\n", rule.when.name(), wanted(&rule).join(",")))
}

fn wanted(rule: &MailRule) -> Vec<&'static str> {
    let sorts = MailSort::ALL.into_iter().filter(|(_, sort)| !rule.without.contains(sort));
    ["request"].into_iter().chain(sorts.map(|(name, _)| name)).collect()
}

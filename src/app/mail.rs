//! `kessai mail`: how a person wants mails about seats, and what is to become of what is stuck.

use std::collections::BTreeSet;

use crate::domain::UserId;
use crate::ports::Clock as _;
use crate::service::{Desk, EnrolError};
use crate::workflow::{MailRule, MailSort, MailWhen, StuckDeed, resend_sheet};

use super::commands::{At, Io, Query, hand_in, put};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response};
use super::root::World;
use super::world::WallClock;

/// Arguments of `kessai mail`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    stuck: Option<Stuck>,
    #[command(flatten)]
    choice: Choice,
}

/// `kessai mail list|resend|done|release`.
#[derive(Debug, clap::Subcommand)]
enum Stuck {
    /// 届いたかわからない、出せない、または戻ってきたもの / not known, cannot go, or came back
    List(Query),
    /// 同じものをもう一度出す（二人の承認で行われます） / once more the same, when two people approve
    Resend(Wish),
    /// 届いたもの、書面でお渡ししたものとする（同上） / it counts as sent, or as told on paper
    Done(Wish),
    /// 保留した同じファイルを、別の請求として受け付ける（同上） / a held file is a request of its own
    Release(Wish),
}

/// Arguments of `kessai mail resend|done|release`.
#[derive(Debug, clap::Args)]
struct Wish {
    /// 名前（kessai mail list の一列目）、保留したファイルは受付番号 / names, as listed, or receipt numbers
    #[arg(required = true)]
    effects: Vec<String>,
    #[command(flatten)]
    at: At,
    /// 店番。届け出て、その店の二人の承認で行います / hand it in; two people of this branch approve
    #[arg(long)]
    desk: String,
    /// どう確かめたか / why, and how it was made sure of
    #[arg(long)]
    reason: String,
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
    match &args.stuck {
        None => choose(&args.choice, world, io),
        Some(Stuck::List(query)) => put(&query.at, world, &Request::Stuck { json: query.json }, io),
        Some(Stuck::Resend(wish)) => ask(wish, StuckDeed::Resend, io),
        Some(Stuck::Done(wish)) => ask(wish, StuckDeed::Done, io),
        Some(Stuck::Release(wish)) => ask(wish, StuckDeed::Release, io),
    }
}

/// Hands in what is to become of what is stuck.
fn ask(wish: &Wish, deed: StuckDeed, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let rows = wish.effects.iter().map(|name| (name.as_str(), deed.japanese()));
    let note = format!("kessai mail {}", WallClock::default().now().japanese());
    let sheet = resend_sheet(&rows.collect::<Vec<_>>(), &wish.reason, &note);
    hand_in(("再送の届出", &sheet), (&wish.desk, &wish.at), io)
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

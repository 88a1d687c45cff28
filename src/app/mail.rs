//! `kessai mail`: how a person wants mails about seats.

use std::collections::BTreeSet;

use crate::domain::UserId;
use crate::service::{Desk, EnrolError};
use crate::workflow::{MailRule, MailSort, MailWhen};

use super::commands::{At, Io, put};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response};
use super::root::World;

/// Arguments of `kessai mail`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// ユーザーID / whose mails
    user: String,
    #[command(flatten)]
    at: At,
    /// いつ：at_once（すぐ）、morning（9時）、noon（12時）、both / when they are sent
    #[arg(long)]
    when: Option<String>,
    /// 種類：request（承認のお願い。必須）、reminder（催促）、consult（相談） / which kinds, by commas
    #[arg(long, value_delimiter = ',')]
    kinds: Vec<String>,
}

/// Runs `kessai mail`; without a choice it shows the present one.
pub(super) fn run(args: &Args, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let usage = |text: &str| Error::Usage(text.to_owned());
    let user = UserId::parse(&args.user).map_err(|_| {
        usage("ユーザーIDは半角8～14文字です / user ID: 8 to 14 half-width characters")
    })?;
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

/// Answers it.
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

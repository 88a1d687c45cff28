//! `kessai migrate FLOW`: waiting cases go on by another definition.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::{Organisation, Person, UserId};
use crate::ports::PasswordKind;
use crate::service::{Desk, Migrated, Migrating, Run};
use crate::workflow::Publication;

use super::commands::{Io, Query, passwords, put};
use super::impact::by_prefix;
use super::outcome::{Error, Outcome};
use super::request::{Request, Response, Secret};
use super::root::{Root, World};

/// Arguments of `kessai migrate`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 流れの ID / the flow's id, e.g. accrual
    flow: String,
    #[command(flatten)]
    query: Query,
    /// いまの定義のハッシュ（8桁以上） / the definition they run by
    #[arg(long)]
    from: String,
    /// 新しい定義のハッシュ（8桁以上） / the one they go on by
    #[arg(long)]
    to: String,
    /// 名前の変わった手順：前=後。二つ以上は繰り返す / a renamed step, OLD=NEW, repeatable
    #[arg(long, value_parser = renamed)]
    map: Vec<(String, String)>,
    /// 何が起きるかを見るだけ / only tell what it would do
    #[arg(long)]
    dry_run: bool,
    /// 本部の担当者。二名の公開では二人 / who moves them, repeatable; two where two publish
    #[arg(long)]
    user: Vec<String>,
    /// --user と同じ順の、二行のファイル：ログイン、承認 / two lines each: login, approval
    #[arg(long)]
    password_file: Vec<PathBuf>,
}

/// What is asked of the store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Asked {
    flow: String,
    from: String,
    to: String,
    map: Vec<(String, String)>,
    dry_run: bool,
    by: Vec<(String, [Secret; 2])>,
    json: bool,
}

fn renamed(text: &str) -> Result<(String, String), String> {
    let (old, new) = text.split_once('=').ok_or("write OLD=NEW / 前=後 の形で書いてください")?;
    Ok((old.to_owned(), new.to_owned()))
}

/// Runs `kessai migrate`.
pub(super) fn run(args: &Args, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let mut by = Vec::new();
    // Nobody's passwords are needed where nothing is changed, or where files are in force.
    let (settings, _) = Root::new(&args.query.at.root).set(world)?;
    if settings.publication == Publication::TwoPeople && !args.dry_run {
        if args.user.len() != 2 {
            let what = "--user を二人分書いてください / name two people with --user";
            return Err(Error::Usage(what.to_owned()));
        }
        for (at, user) in args.user.iter().enumerate() {
            let file = args.password_file.get(at).map(PathBuf::as_path);
            if file.is_none() {
                writeln!(io.talk, "{user}:")?;
            }
            by.push((user.clone(), passwords(file)?));
        }
    }
    let asked = Asked {
        flow: args.flow.clone(),
        from: args.from.clone(),
        to: args.to.clone(),
        map: args.map.clone(),
        dry_run: args.dry_run,
        by,
        json: args.query.json,
    };
    put(&args.query.at, world, &Request::Migrate(asked), io)
}

/// Answers a request to migrate.
pub(super) fn answer(desk: &Desk, asked: &Asked) -> Response {
    let run = if asked.dry_run { Run::Dry } else { Run::Real };
    let by = match people(desk, asked, run) {
        Ok(by) => by,
        Err(refused) => return refused,
    };
    let both = by_prefix(desk, &asked.flow, &asked.from)
        .and_then(|from| Ok((from, by_prefix(desk, &asked.flow, &asked.to)?)));
    let (from, to) = match both {
        Ok(both) => both,
        Err(refused) => return refused,
    };
    for (definition, name) in asked.map.iter().flat_map(|(old, new)| [(&from, old), (&to, new)]) {
        if !definition.steps.iter().any(|step| step.id == *name) {
            return Response::unknown(name);
        }
    }
    match desk.migrate(&Migrating { from, to, map: asked.map.clone(), by }, run) {
        Ok(done) if asked.json => {
            Response::out(serde_json::to_string(&done).unwrap_or_default() + "\n")
        }
        Ok(done) => Response::out(told(&done, run)),
        Err(failed) => Response::failed(&failed),
    }
}

/// The two people of the office who move cases, after their passwords were checked.
fn people(desk: &Desk, asked: &Asked, run: Run) -> Result<Vec<UserId>, Response> {
    let publishing = desk.rulebook().publishing.clone();
    if publishing.mode == Publication::File || run == Run::Dry {
        return Ok(Vec::new());
    }
    let mut people: Vec<Person> = Vec::new();
    for (user, passwords) in &asked.by {
        let user = UserId::parse(user).map_err(|_| Response::unknown(user))?;
        for (kind, password) in [PasswordKind::Login, PasswordKind::Approval].iter().zip(passwords)
        {
            let checked = desk.check_password(&user, *kind, &password.0);
            let person = checked.map_err(|no| Response::refused(no.japanese(), &no.to_string()))?;
            if *kind == PasswordKind::Approval {
                people.push(person);
            }
        }
    }
    let in_office = |person: &Person| {
        person.has("office")
            && publishing
                .office
                .is_none_or(|office| person.organisation == Organisation::Branch(office))
    };
    match people.as_slice() {
        [one, two] if !one.is_same_human(two) && in_office(one) && in_office(two) => {
            Ok(vec![one.id.clone(), two.id.clone()])
        }
        _ => Err(Response::refused(
            "本部の担当（office）の、別の二名が必要です。",
            "this takes two different people of the office",
        )),
    }
}

fn told(done: &Migrated, run: Run) -> String {
    let mut text = String::new();
    let verb = if run == Run::Dry {
        "移ります（まだ何も変えていません）"
    } else {
        "移しました"
    };
    writeln!(text, "{} 件を新しい定義に{verb}。", done.moved.len()).ok();
    for one in &done.moved {
        writeln!(text, "  {}  {} → {}", one.case, one.from, one.to).ok();
        for (word, names) in [("有効のまま", &one.kept), ("取消し", &one.voided)] {
            if !names.is_empty() {
                writeln!(text, "    {word}: {}", names.join("、")).ok();
            }
        }
    }
    if !done.left.is_empty() {
        writeln!(text, "{} 件はいまの定義のままです。", done.left.len()).ok();
    }
    for left in &done.left {
        writeln!(text, "  {}  {}", left.case, left.ja).ok();
    }
    text
}

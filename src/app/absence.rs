//! `kessai absence`: a person's own absence and who stands for them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::domain::{Absence, Date, UserId, YenTotal};
use crate::ports::PasswordKind;
use crate::service::{AbsenceError, Desk};

use super::cli::parse_date;
use super::commands::{At, Io, Query, passwords, put};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response, Secret};
use super::root::World;
use super::show::{json, table};

/// `kessai absence …`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// 自分の不在と代理を届け出る / say when you are away, and who stands for you
    Set(Set),
    /// 一覧 / list everybody's absences
    List(Query),
    /// 届出を終える / end your absence, or take it back
    End(End),
}

/// Arguments of `kessai absence set`.
#[derive(Debug, clap::Args)]
pub(super) struct Set {
    #[command(flatten)]
    own: Own,
    /// 始まりの日 / the first day
    #[arg(long, value_parser = parse_date)]
    from: Date,
    /// 終わりの日 / the last day
    #[arg(long, value_parser = parse_date)]
    until: Date,
    /// 代理のユーザーID（同じ所属の方） / who stands for you, a colleague
    #[arg(long)]
    delegate: Option<String>,
    /// 代理が承認できる1案件の上限（円） / the largest case they may decide on, in yen
    #[arg(long)]
    max: Option<u64>,
    /// 代理が承認できる流れ。二つ以上は繰り返す / the flows they may decide in, repeatable
    #[arg(long)]
    flow: Vec<String>,
}

/// Arguments of `kessai absence end`.
#[derive(Debug, clap::Args)]
pub(super) struct End {
    #[command(flatten)]
    own: Own,
    /// その届出の始まりの日。なければ次の届出 / its first day; without it, your next absence
    #[arg(long, value_parser = parse_date)]
    from: Option<Date>,
}

/// Who says so about themselves.
#[derive(Debug, clap::Args)]
struct Own {
    #[command(flatten)]
    at: At,
    /// ユーザーID / who you are
    #[arg(long)]
    user: String,
    /// 二行のファイル：ログイン、承認 / two lines: login and approval password
    #[arg(long)]
    password_file: Option<PathBuf>,
}

/// What is asked of the store about absences.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Asked {
    /// `kessai absence set`.
    Set { absence: Absence, passwords: [Secret; 2] },
    /// `kessai absence list`.
    List { json: bool },
    /// `kessai absence end`.
    End { user: UserId, passwords: [Secret; 2], from: Option<Date> },
}

/// Runs `kessai absence`.
pub(super) fn run(command: &Command, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    match command {
        Command::List(args) => {
            put(&args.at, world, &Request::Absence(Asked::List { json: args.json }), io)
        }
        Command::Set(args) => {
            let absence = Absence {
                user: user(&args.own.user)?,
                from: args.from,
                until: args.until,
                delegate: args.delegate.as_deref().map(user).transpose()?,
                max: args.max.map(YenTotal::new),
                flows: args.flow.clone(),
            };
            let passwords = passwords(args.own.password_file.as_deref())?;
            put(&args.own.at, world, &Request::Absence(Asked::Set { absence, passwords }), io)
        }
        Command::End(args) => {
            let user = user(&args.own.user)?;
            let passwords = passwords(args.own.password_file.as_deref())?;
            let asked = Asked::End { user, passwords, from: args.from };
            put(&args.own.at, world, &Request::Absence(asked), io)
        }
    }
}

fn user(text: &str) -> Result<UserId, Error> {
    UserId::parse(text).map_err(|_| {
        Error::Usage("ユーザーIDは半角8～14文字です / user ID: 8 to 14 characters".to_owned())
    })
}

/// Answers what is asked about absences.
pub(super) fn execute(desk: &Desk, asked: &Asked) -> Response {
    match asked {
        Asked::List { json } => Response::out(list(desk, *json)),
        Asked::Set { absence, passwords } => {
            if let Err(refused) = is_themselves(desk, &absence.user, passwords) {
                return refused;
            }
            let days = absence.days();
            told(desk.set_absence(absence), &format!("{days}不在の届出を記録しました。"))
        }
        Asked::End { user, passwords, from } => {
            if let Err(refused) = is_themselves(desk, user, passwords) {
                return refused;
            }
            match desk.end_absence(user, *from) {
                Ok(ended) => Response::out(format!("{}の不在の届出を終えました。\n", ended.days())),
                Err(refused) => told(Err(refused), ""),
            }
        }
    }
}

/// To hand on one's own authority takes both passwords, as using it does.
fn is_themselves(desk: &Desk, user: &UserId, passwords: &[Secret; 2]) -> Result<(), Response> {
    for (kind, password) in [PasswordKind::Login, PasswordKind::Approval].iter().zip(passwords) {
        if let Err(refused) = desk.check_password(user, *kind, &password.0) {
            return Err(Response::refused(refused.japanese(), &refused.to_string()));
        }
    }
    Ok(())
}

fn told(result: Result<(), AbsenceError>, ja: &str) -> Response {
    match result {
        Ok(()) => Response::out(format!("{ja}\n")),
        Err(AbsenceError::Store(failed)) => Response::failed(&failed),
        Err(refused) => Response::refused(&refused.japanese(), &refused.to_string()),
    }
}

/// An absence as listed.
#[derive(Debug, Serialize)]
struct Item {
    user: String,
    from: String,
    until: String,
    delegate: Option<String>,
    max: Option<u64>,
    flows: Vec<String>,
}

fn list(desk: &Desk, as_json: bool) -> String {
    let absences = desk.absences();
    if as_json {
        let item = |one: &Absence| Item {
            user: one.user.to_string(),
            from: one.from.to_string(),
            until: one.until.to_string(),
            delegate: one.delegate.as_ref().map(ToString::to_string),
            max: one.max.map(YenTotal::get),
            flows: one.flows.clone(),
        };
        return json(&absences.iter().map(item).collect::<Vec<_>>());
    }
    let mut rows =
        vec![["ユーザーID", "から", "まで", "代理", "上限（円）", "流れ"].map(str::to_owned)];
    rows.extend(absences.into_iter().map(|one| {
        let delegate = one.delegate.map_or_else(|| "なし".to_owned(), |id| id.to_string());
        let max = one.max.map_or_else(|| "なし".to_owned(), |max| max.to_string());
        let flows = if one.flows.is_empty() { "すべて".to_owned() } else { one.flows.join(",") };
        [one.user.to_string(), one.from.to_string(), one.until.to_string(), delegate, max, flows]
    }));
    table(&rows)
}

//! Commands on a root folder.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::{Date, Organisation, Person, Today, UserId};
use crate::service::Rulebook;
use crate::store::{Embedded, verify};
use crate::workflow::{Arrival, Need, OnPaper, Place};

use super::cli::parse_date;
use super::outcome::{Error, Outcome};
use super::request::{Request, Response, Secret, ask};
use super::root::{Root, RootError, World};

/// The root folder a command works on.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct At {
    /// 作業フォルダ / the root folder
    #[arg(long, default_value = ".")]
    pub(super) root: PathBuf,
}

/// Arguments of `kessai status` and `kessai user list`.
#[derive(Debug, clap::Args)]
pub(super) struct Query {
    #[command(flatten)]
    pub(super) at: At,
    /// JSON で出す / as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Ranges of due dates and amounts that are asked for; both ends belong to them.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize)]
pub(super) struct Ranges {
    /// 支払期日がこの日以後 / due on this day or later
    #[arg(long, value_parser = parse_date)]
    due_from: Option<Date>,
    /// 支払期日がこの日以前 / due on this day or earlier
    #[arg(long, value_parser = parse_date)]
    due_to: Option<Date>,
    /// 金額がこの円以上 / an amount of so many yen or more
    #[arg(long)]
    amount_from: Option<u64>,
    /// 金額がこの円以下 / an amount of so many yen or less
    #[arg(long)]
    amount_to: Option<u64>,
}

impl Ranges {
    /// From the first to the second day.
    pub(super) const fn due(&self) -> (Option<Date>, Option<Date>) {
        (self.due_from, self.due_to)
    }

    /// From the first to the second amount, in yen.
    pub(super) const fn amount(&self) -> (Option<u64>, Option<u64>) {
        (self.amount_from, self.amount_to)
    }
}

/// Arguments of `kessai list`.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    #[command(flatten)]
    query: Query,
    /// この受付番号だけ / only of this receipt number
    #[arg(long)]
    receipt: Option<String>,
    /// この状態だけ / only in this status (active, overdue, incident, completed, rejected, returned)
    #[arg(long)]
    status: Option<String>,
    /// 後閲がまだの代決だけ、古い順 / decided in place of others and not reviewed yet, oldest first
    #[arg(long, conflicts_with_all = ["receipt", "status"])]
    reviews: bool,
}

/// Arguments of `kessai show`.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// 案件番号 / the case
    case: String,
    #[command(flatten)]
    query: Query,
}

/// Arguments of `kessai approve|return|reject`.
#[derive(Debug, clap::Args)]
pub(super) struct Vote {
    /// 案件番号 / the case
    case: String,
    #[command(flatten)]
    at: At,
    /// ユーザーID / who decides
    #[arg(long)]
    user: String,
    /// 差戻し先、または相手のユーザーID / where a return goes, or whom to ask
    #[arg(long)]
    to: Option<String>,
    /// 理由（承認のほかは必須） / why; required unless you approve
    #[arg(long, default_value = "")]
    reason: String,
    /// 一部の明細だけを対象にする：3,17,20-25 / only these records of a batch
    #[arg(long, default_value = "")]
    rows: String,
    /// 入力する項目：項目=値。二つ以上は繰り返す / a field to fill in, repeatable
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
    /// 理由の一覧（templates/return_reasons.txt）の番号 / the number of a listed reason
    #[arg(long)]
    reason_code: Option<usize>,
    /// 二行のファイル：ログイン、承認 / two lines: login and approval password
    #[arg(long)]
    password_file: Option<PathBuf>,
}

/// `kessai user …`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum User {
    /// 最初の方々を登録する（二人の承認者がそろうまで） / register the first people, until two can approve
    Add(AddUser),
    /// 一覧 / list the people
    List(Query),
    /// ユーザーの届出に使う一覧をCSVで出す / the users as a sheet in which procedures are written
    Export(At),
    /// ユーザーの届出（登録・変更・再設定など）を受付に置く / hand in such a sheet, for two people to approve
    Import(Import),
}

/// Arguments of `kessai user add`.
#[derive(Debug, clap::Args)]
pub(super) struct AddUser {
    /// ユーザーID：半角8～14文字 / user ID: 8 to 14 half-width characters
    user: String,
    #[command(flatten)]
    at: At,
    /// 氏名（姓と名の間を空ける） / the name, family name first
    #[arg(long)]
    name: String,
    /// 所属：customer:利用者番号 か branch:店番 / customer:1AB2CD3EF or branch:001
    #[arg(long)]
    organisation: String,
    /// 権限：checker、manager、approve など。二つ以上は繰り返す / role or authority, repeatable
    #[arg(long, required = true)]
    role: Vec<String>,
    /// メールアドレス / mail address
    #[arg(long)]
    email: String,
    /// 二行のファイル：ログイン、承認 / two lines: login and approval password
    #[arg(long)]
    password_file: Option<PathBuf>,
}

/// Arguments of `kessai submit`.
#[derive(Debug, clap::Args)]
pub(super) struct Submit {
    /// 出すファイル / the file
    file: PathBuf,
    #[command(flatten)]
    at: At,
    /// 経路 / the channel
    #[arg(long, default_value = "customers")]
    channel: String,
    /// 利用者番号か店番 / user number or branch code
    #[arg(long)]
    submitter: String,
}

/// Arguments of `kessai customer import`, `kessai claim import` and `kessai user import`.
#[derive(Debug, clap::Args)]
pub(super) struct Import {
    /// 申込書か一覧 / the application or the list
    file: PathBuf,
    #[command(flatten)]
    at: At,
    /// 店番 / the branch that hands it in
    #[arg(long)]
    desk: String,
}

/// Hands in what two people of a branch are to approve before it comes into a register.
pub(super) fn import(args: &Import, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let (file, at) = (args.file.clone(), args.at.clone());
    let (channel, submitter) = ("contracts".to_owned(), args.desk.clone());
    submit(&Submit { file, at, channel, submitter }, io)
}

/// Hands in a sheet that a command wrote itself, the same way as a file that is dropped. Several
/// may lie in the folder at once: each file is named after its process.
pub(super) fn hand_in(
    (name, sheet): (&str, &str),
    (desk, at): (&str, &At),
    io: &mut Io<'_>,
) -> Result<Outcome, Error> {
    let own = std::process::id();
    let folder = std::env::temp_dir().join(format!("kessai-{own}"));
    let file = folder.join(format!("{name}_{own}.csv"));
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, sheet));
    written.map_err(|cause| Error::world("cannot write", &file, cause))?;
    let handed = import(&Import { file, at: at.clone(), desk: desk.to_owned() }, io);
    std::fs::remove_dir_all(&folder).ok();
    handed
}

/// Where a command's answer and talk go.
pub(super) struct Io<'w> {
    pub(super) out: &'w mut dyn Write,
    pub(super) talk: &'w mut dyn Write,
}

/// Asks the store and prints what it answers.
pub(super) fn put(
    at: &At,
    world: &World,
    request: &Request,
    io: &mut Io<'_>,
) -> Result<Outcome, Error> {
    let Response { code, out, talk } = ask(&Root::new(&at.root), world, request)?;
    io.out.write_all(out.as_bytes())?;
    io.talk.write_all(talk.as_bytes())?;
    Ok(Outcome::of_code(code))
}

pub(super) fn status(args: &Query, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    put(&args.at, world, &Request::Status { json: args.json }, io)
}

pub(super) fn list(args: &List, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    if args.reviews {
        return put(&args.query.at, world, &Request::Reviews { json: args.query.json }, io);
    }
    let (receipt, status) = (args.receipt.clone(), args.status.clone());
    let request = Request::List { receipt, status, json: args.query.json };
    put(&args.query.at, world, &request, io)
}

pub(super) fn show(args: &Show, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let request = Request::Show { case: args.case.clone(), json: args.query.json };
    put(&args.query.at, world, &request, io)
}

pub(super) fn vote(
    args: &Vote,
    wish: &str,
    world: &World,
    io: &mut Io<'_>,
) -> Result<Outcome, Error> {
    let wish = match (wish, &args.to) {
        ("consult" | "assign", None) => {
            let what = "誰にかを --to ユーザーID で書いてください / name a user with --to";
            return Err(Error::Usage(what.to_owned()));
        }
        (wish, None) => wish.to_owned(),
        (wish, Some(to)) => format!("{wish}:{to}"),
    };
    let request = Request::Vote {
        case: args.case.clone(),
        wish,
        user: args.user.clone(),
        passwords: passwords(args.password_file.as_deref())?,
        reason: args.reason.clone(),
        rows: args.rows.clone(),
        entry: args.set.iter().filter_map(|set| pair(set)).collect(),
        reason_code: args.reason_code,
    };
    put(&args.at, world, &request, io)
}

fn pair(set: &str) -> Option<(String, String)> {
    set.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
}

/// Arguments of `kessai message`.
#[derive(Debug, clap::Args)]
pub(super) struct Message {
    /// 案件番号 / the case
    case: String,
    /// 届いたもの：ok か ng / what came
    outcome: String,
    /// 待っている手順 / the step that waits
    #[arg(long)]
    step: String,
    #[command(flatten)]
    at: At,
    /// 添えられた言葉 / what was told with it
    #[arg(long, default_value = "")]
    note: String,
}

/// Runs `kessai message`: another program tells a case what it waits for.
pub(super) fn message(args: &Message, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let outcome = match args.outcome.as_str() {
        "ok" => Arrival::Ok,
        "ng" => Arrival::Ng,
        other => {
            let what = format!("「{other}」は ok か ng にしてください / write ok or ng");
            return Err(Error::Usage(what));
        }
    };
    let (case, step, note) = (args.case.clone(), args.step.clone(), args.note.clone());
    put(&args.at, world, &Request::Message { case, step, outcome, note }, io)
}

pub(super) fn user(command: &User, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    match command {
        User::List(args) => put(&args.at, world, &Request::ListUsers { json: args.json }, io),
        User::Export(at) => put(at, world, &Request::ExportUsers, io),
        User::Import(args) => import(args, io),
        User::Add(args) => {
            let usage = |text: &str| Error::Usage(text.to_owned());
            let id = UserId::parse(&args.user).map_err(|_| {
                usage("ユーザーIDは半角の英数字・記号で8～14文字です / user ID: 8 to 14 half-width characters")
            })?;
            let organisation = Organisation::parse(&args.organisation).ok_or_else(|| {
                usage("所属は customer:利用者番号 か branch:店番 です / customer:1AB2CD3EF or branch:001")
            })?;
            let person = Person {
                id,
                name: args.name.clone(),
                organisation,
                roles: args.role.clone(),
                email: args.email.clone(),
                stands_for: Vec::new(),
                today: Today::default(),
            };
            let passwords = passwords(args.password_file.as_deref())?;
            put(&args.at, world, &Request::AddUser { person, passwords }, io)
        }
    }
}

/// Both passwords, from the file or asked for at the terminal.
pub(super) fn passwords(file: Option<&Path>) -> Result<[Secret; 2], Error> {
    let Some(path) = file else {
        let ask = |what: &str| {
            rpassword::prompt_password(what).map(Secret).map_err(|cause| Error::World {
                what: "cannot ask for a password".to_owned(),
                cause,
            })
        };
        return Ok([ask("ログインパスワード: ")?, ask("承認パスワード: ")?]);
    };
    let file =
        std::fs::File::open(path).map_err(|cause| Error::world("cannot read", path, cause))?;
    let lines: io::Result<Vec<String>> = BufReader::new(file).lines().collect();
    let lines = lines.map_err(|cause| Error::world("cannot read", path, cause))?;
    match <[String; 2]>::try_from(lines) {
        Ok([login, approval]) => Ok([Secret(login), Secret(approval)]),
        Err(_) => Err(Error::Usage(format!(
            "{}: 一行目にログイン、二行目に承認パスワードを書いてください / write two lines",
            path.display()
        ))),
    }
}

/// `kessai check`: settings, workflows, templates; all mistakes at once.
pub(super) fn check(at: &At, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let root = Root::new(&at.root);
    match root.load() {
        Ok(loaded) => {
            let flows: Vec<&str> = loaded.rulebook.flows.keys().map(String::as_str).collect();
            writeln!(io.out, "設定と定義に誤りはありません。流れ: {}", flows.join("、"))?;
            for said in
                on_paper(&loaded.rulebook).into_iter().chain(people_for_papers(&loaded.rulebook))
            {
                writeln!(io.out, "{said}")?;
            }
            let unfit = root.unfit_keys(&loaded.settings);
            for said in &unfit {
                writeln!(io.out, "{said}")?;
            }
            Ok(if unfit.is_empty() { Outcome::Well } else { Outcome::Findings })
        }
        Err(RootError::Mistakes(mistakes)) => {
            io.out.write_all(root.shown(&mistakes).as_bytes())?;
            writeln!(io.out, "{} 件の誤りがあります。", mistakes.len())?;
            Ok(Outcome::Findings)
        }
        Err(failed) => Err(failed.into()),
    }
}

/// Which flows take decisions on paper.
fn on_paper(rules: &Rulebook) -> Option<String> {
    let newest = rules.flows.iter().filter_map(|(id, flows)| Some((id, flows.last()?)));
    let taken = newest.filter(|(_, flow)| {
        let mut approvals = flow.definition.steps.iter().filter_map(|step| step.kind.approval());
        approvals.any(|approve| approve.paper == OnPaper::Allowed)
    });
    let taken: Vec<&str> = taken.map(|(id, _)| id.as_str()).collect();
    let said = || format!("紙の決裁（paper: allowed）を受ける流れ: {}", taken.join("、"));
    (!taken.is_empty()).then(said)
}

/// How many people a paper takes, for each channel and flow: who keyed it in approves nothing.
fn people_for_papers(rules: &Rulebook) -> Vec<String> {
    let mut told = Vec::new();
    for channel in rules.channels.values().filter(|channel| channel.keying.is_some()) {
        let flows: BTreeSet<&str> =
            channel.routes.values().map(|route| route.workflow.as_str()).collect();
        for flow in flows {
            let newest = rules.flows.get(flow).and_then(|versions| versions.last());
            let Some(newest) = newest else { continue };
            let approvals = newest.definition.steps.iter().filter_map(|step| step.kind.approval());
            let deciding = approvals.filter(|approve| approve.form.is_none());
            let seats: usize = deciding.map(|approve| seats_at_desk(&approve.need)).sum();
            told.push(format!(
                "{}.yaml: 書面の入力に2人（違えば3人）、「{}」の承認に{seats}人。入力した人は承認できない\
                 ので、違う人が少なくとも{}人要ります。",
                channel.name,
                newest.definition.title,
                seats + 2
            ));
        }
    }
    told
}

/// How many people of the desk an approval takes.
fn seats_at_desk(need: &Need) -> usize {
    match need {
        Need::Seats(seats) => {
            let always = seats.iter().filter(|seat| seat.when.is_none());
            let here = always.filter(|seat| seat.who.at == Place::Desk);
            here.map(|seat| usize::from(seat.n)).sum()
        }
        Need::Contract(_) => 0,
    }
}

/// `kessai verify`: walks the hash chain; needs no lock.
pub(super) fn verify_journal(args: &Query, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let root = Root::new(&args.at.root);
    match verify(&root.var().join("journal")) {
        Ok(report) if args.json => {
            super::outcome::write_json(io.out, &report)?;
            Ok(Outcome::Well)
        }
        Ok(report) => {
            writeln!(io.out, "記録は {} 件、つながりは正しいです。", report.commits)?;
            writeln!(io.out, "末尾のハッシュ {}", report.head)?;
            if report.torn_at.is_some() {
                writeln!(io.out, "末尾に書きかけの一件があります（受け付けられていません）。")?;
            }
            Ok(Outcome::Well)
        }
        Err(damage) => {
            writeln!(io.out, "記録が壊れています: {damage}")?;
            Ok(Outcome::Findings)
        }
    }
}

/// `kessai rebuild`: makes the checkpoint anew and proves that the state is the same.
pub(super) fn rebuild(at: &At, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let root = Root::new(&at.root);
    let var = root.var();
    let open = || Embedded::open(&var, world.clock.now()).map_err(RootError::from);
    let digest = |store: &Embedded| crate::ports::Store::digest(store);
    let (store, _) = open()?;
    let before = digest(&store);
    drop(store);
    let sled = var.join("sled");
    std::fs::remove_dir_all(&sled).map_err(|cause| Error::world("cannot remove", &sled, cause))?;
    let (store, opened) = open()?;
    let after = digest(&store);
    drop(store);
    writeln!(io.out, "{} 件の記録から作り直しました。", opened.replayed)?;
    writeln!(io.out, "前 {before}")?;
    writeln!(io.out, "後 {after}")?;
    if before == after {
        writeln!(io.out, "同じ状態です。")?;
        return Ok(Outcome::Well);
    }
    writeln!(io.out, "状態が違います。窓口ではなく開発元へご連絡ください。")?;
    Ok(Outcome::Findings)
}

/// `kessai submit`: drops a file the way a customer does.
pub(super) fn submit(args: &Submit, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let root = Root::new(&args.at.root);
    let folder = root.inbox().join(&args.channel).join(&args.submitter);
    if !folder.is_dir() {
        let what = format!("{} というフォルダがありません / no such folder", folder.display());
        return Err(Error::Usage(what));
    }
    let name = args.file.file_name().unwrap_or_default();
    let target = folder.join(name);
    let part = folder.join(format!(".{}.part", name.to_string_lossy()));
    let copy = || {
        std::fs::copy(&args.file, &part)?;
        std::fs::File::open(&part)?.sync_all()?;
        rustix::fs::renameat_with(
            rustix::fs::CWD,
            &part,
            rustix::fs::CWD,
            &target,
            rustix::fs::RenameFlags::NOREPLACE,
        )?;
        std::fs::File::open(&folder)?.sync_all()
    };
    copy().map_err(|cause: io::Error| Error::world("cannot submit", &args.file, cause))?;
    writeln!(io.out, "{} に置きました。", target.display())?;
    Ok(Outcome::Well)
}

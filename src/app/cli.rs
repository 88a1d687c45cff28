//! The command line: parses, calls one command, and makes an exit code of what came of it.
//!
//! Answers go to stdout, talk to stderr. Exit codes: 0 well, 1 findings, 2 the world failed,
//! 3 usage.

use std::ffi::OsString;
use std::io::{self, Write};
use std::sync::Arc;

use clap::{Parser, Subcommand};

use super::commands::{self, Io};
use super::outcome::{Error, Outcome, tell};
use super::root::{RootError, World};
use super::world::{SystemRandom, WallClock};
use super::{
    absence, as_of, bench, calendar, cert, claim, customer, demo, doctor, draw, explain, folder,
    forecast, form, impact, init, inspect, layout, mail, migrate, notice, outage, probe, profile,
    report, reuse, run, scans, search, simulate, template, verify_receipt, why, workbooks,
    worklist,
};
use crate::domain::{Date, Timestamp};

#[derive(Debug, Parser)]
#[command(
    name = "kessai",
    version,
    about = "でんさい記録請求の受付と承認 / intake and approval of densai requests"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// ファイルを調べる / check a file without taking it in
    Inspect(inspect::Args),
    /// 固定長ファイルの項目表と、請求のファイルの形の変換 / layouts of fixed-length files; other forms
    #[command(subcommand)]
    Layout(layout::Command),
    /// 銀行の休業日 / the days banks are closed
    Calendar(calendar::Args),
    /// CSVのひな形 / an empty CSV with a sample line
    Template(template::Args),
    /// 書面の請求書（署名・届出印用）のPDF / a request on paper, to sign and seal
    Form(form::Args),
    /// コードの説明 / what a code means and what to do
    Explain(explain::Args),
    /// 見本の一日を通して動かす / the whole product on sample data, in one command
    Demo(demo::Args),
    /// 作業フォルダを作る / make a root folder
    Init(init::Args),
    /// 動かす / watch the folders and serve the pages
    Run(run::Args),
    /// 設定と定義を点検する / check settings, workflows and templates
    Check(commands::At),
    /// 受付のフォルダが守れること・守れないことを調べ、貼り付ける設定を示す / what the folders enforce
    Doctor(doctor::Args),
    /// 受付のフォルダ：なぜまだ受け付けられないか / why a dropped file still waits
    #[command(subcommand)]
    Folder(folder::Command),
    /// 流れを仮の人と時計で通してみる / play a flow with invented people and time
    Simulate(simulate::Args),
    /// ファイルを出す / drop a file into an inbox folder
    Submit(commands::Submit),
    /// いまの件数 / how much there is of everything
    Status(commands::Query),
    /// 日報の数字：件数・金額・期限・確認の要ること / the figures of a day
    Report(report::Args),
    /// 案件の一覧 / list the cases
    List(commands::List),
    /// 案件の詳細 / one case whole
    Show(commands::Show),
    /// 記録されなかった明細の再利用と、記録の取消 / request files made from a case
    Reuse(reuse::Args),
    /// 利用者の台帳 / the register of customers
    #[command(subcommand)]
    Customer(customer::Command),
    /// 明細を日付・金額・相手で探す / find records by date, amount and counterparty
    Search(search::Args),
    /// 債権の台帳 / the register of claims
    #[command(subcommand)]
    Claim(claim::Command),
    /// 変更が過去の案件に与えたはずの影響 / what a change would have done to past cases
    Impact(impact::Args),
    /// 期限までに承認者がそろわない案件 / cases that cannot be staffed before their deadline
    Forecast(forecast::Args),
    /// 待っている案件を新しい定義に移す / waiting cases go on by another definition
    Migrate(migrate::Args),
    /// 流れや案件を図にする / the route of a flow or a case as a picture
    Draw(draw::Args),
    /// 承認する / approve a case
    Approve(commands::Vote),
    /// 差し戻す / send a case back
    Return(commands::Vote),
    /// 否認する / refuse a case
    Reject(commands::Vote),
    /// 利害関係があるため判断に加わらない / take no part in a case
    Abstain(commands::Vote),
    /// 差し戻された案件をそのまま再提出する / hand in again what was sent back
    Resubmit(commands::Vote),
    /// 引き戻す / take back what was submitted
    Withdraw(commands::Vote),
    /// 保留する / set a case aside
    Hold(commands::Vote),
    /// 保留を解く / go on with what was set aside
    Release(commands::Vote),
    /// 代決された内容を後から確かめる / say that you read what was decided in your place
    Review(commands::Vote),
    /// 待っていたものを確かめ、次へ進める / let go on what waits for something else
    Proceed(commands::Vote),
    /// ほかのシステムから案件に知らせる / tell a case what it waits for
    Message(commands::Message),
    /// 意見を聞く / ask somebody for advice
    Consult(commands::Vote),
    /// 一人に任せる / hand the open seat to one person
    Assign(commands::Vote),
    /// なぜ待っているのか：状態、次にだれが、いつまでに / why something waits, and whose move it is
    Why(why::Args),
    /// お知らせ番号から：いつ、だれに送ったか、まだなら今どこか / whether, when and to whom a notice went
    Notice(notice::Args),
    /// 紙で決裁する承認作業票 / sheets on which people decide by hand on a day without network or mail
    #[command(subcommand)]
    Worklist(worklist::Command),
    /// 利用者 / people
    #[command(subcommand)]
    User(commands::User),
    /// メール：お願いのまとめ方、届かなかったもの / how people want mails, and mails that are stuck
    Mail(mail::Args),
    /// 証明書：メールと書面の署名、ユーザーのログイン / certificates: of mails and papers, and of users
    #[command(subcommand)]
    Cert(cert::Command),
    /// 障害の宣言 / declared outages
    #[command(subcommand)]
    Outage(outage::Command),
    /// 不在と代理 / absences, and who stands for whom
    #[command(subcommand)]
    Absence(absence::Command),
    /// ある時点の一覧や案件 / lists and cases as they were at a moment
    AsOf(as_of::Args),
    /// 記録のつながりを検証する / walk the journal's hash chain
    Verify(commands::Query),
    /// 承認票・記録結果通知の署名を確かめる / whether the signature of a paper holds
    VerifyReceipt(verify_receipt::Args),
    /// 保存した状態を記録から作り直す / make the stored state anew from the journal
    Rebuild(commands::At),
    /// 速さを測る / measure speed
    Bench(bench::Args),
    /// 画像を読む子プロセス / reads a picture from its input; what this program starts itself
    #[command(hide = true)]
    ReadScan(scans::Args),
    /// 変換表：ほかのシステムの列から請求を作る / profiles: files of other systems by their columns
    #[command(subcommand)]
    Profile(profile::Command),
    /// Reads a workbook from standard input, for the program itself.
    #[command(hide = true)]
    ReadWorkbook,
}

/// Runs one command line; `args` begins with the program's name.
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    talk: &mut dyn Write,
) -> Outcome {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let help = !error.use_stderr();
            // Nothing is left to tell it to if even this cannot be written.
            if help {
                write!(out, "{error}").ok()
            } else {
                write!(talk, "{error}").ok()
            };
            return if help { Outcome::Well } else { Outcome::Usage };
        }
    };
    let world = World {
        clock: Arc::new(WallClock::default()),
        random: Arc::new(SystemRandom),
        probe: probe::from_environment(),
    };
    let result = dispatch(&cli.command, &world, &mut Io { out, talk });
    let result = result.and_then(|outcome| out.flush().map(|()| outcome).map_err(Error::from));
    result.unwrap_or_else(|error| {
        // A reader that has seen enough (`| head`) is no failure.
        if matches!(&error, Error::Answer(cause) if cause.kind() == io::ErrorKind::BrokenPipe) {
            return Outcome::Well;
        }
        tell(&error, talk);
        if matches!(error, Error::Root(RootError::Mistakes(_))) {
            return Outcome::Findings;
        }
        if matches!(error, Error::Usage(_)) { Outcome::Usage } else { Outcome::Failed }
    })
}

/// Calls the one function of each command.
fn dispatch(command: &Command, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    match command {
        Command::Inspect(args) => inspect::run(args, io.out),
        Command::Layout(command) => layout::run(command, io),
        Command::Calendar(args) => calendar::run(args, io.out),
        Command::Template(args) => template::run(args, io.out),
        Command::Form(args) => form::run(args, world, io),
        Command::Explain(args) => explain::run(args, io.out),
        Command::Demo(args) => demo::run(args, io.out),
        Command::Init(args) => init::run(args, world, io.out),
        Command::Run(args) => run::run(args, world, io.talk),
        Command::Check(at) => commands::check(at, io),
        Command::Doctor(args) => doctor::run(args, io.out),
        Command::Folder(command) => folder::run(command, world, io),
        Command::Simulate(args) => simulate::run(args, io.out),
        Command::Submit(args) => commands::submit(args, io),
        Command::Status(args) => commands::status(args, world, io),
        Command::Report(args) => report::run(args, world, io),
        Command::List(args) => commands::list(args, world, io),
        Command::Show(args) => commands::show(args, world, io),
        Command::Reuse(args) => reuse::run(args, world, io),
        Command::Customer(command) => customer::run(command, world, io),
        Command::Search(args) => search::run(args, world, io),
        Command::Claim(command) => claim::run(command, world, io),
        Command::Forecast(args) => forecast::run(args, world, io),
        Command::Impact(args) => impact::run(args, world, io),
        Command::Migrate(args) => migrate::run(args, world, io),
        Command::Draw(args) => draw::run(args, world, io),
        Command::Approve(args) => commands::vote(args, "approve", world, io),
        Command::Return(args) => commands::vote(args, "return", world, io),
        Command::Reject(args) => commands::vote(args, "reject", world, io),
        Command::Abstain(args) => commands::vote(args, "abstain", world, io),
        Command::Resubmit(args) => commands::vote(args, "resubmit", world, io),
        Command::Withdraw(args) => commands::vote(args, "withdraw", world, io),
        Command::Hold(args) => commands::vote(args, "hold", world, io),
        Command::Release(args) => commands::vote(args, "release", world, io),
        Command::Review(args) => commands::vote(args, "review", world, io),
        Command::Proceed(args) => commands::vote(args, "proceed", world, io),
        Command::Message(args) => commands::message(args, world, io),
        Command::Consult(args) => commands::vote(args, "consult", world, io),
        Command::Assign(args) => commands::vote(args, "assign", world, io),
        Command::Why(args) => why::run(args, world, io),
        Command::Notice(args) => notice::run(args, world, io),
        Command::Worklist(command) => worklist::run(command, world, io),
        Command::User(command) => commands::user(command, world, io),
        Command::Mail(args) => mail::run(args, world, io),
        Command::Cert(command) => cert::run(command, world, io),
        Command::Outage(command) => outage::run(command, world, io),
        Command::Absence(command) => absence::run(command, world, io),
        Command::AsOf(args) => as_of::run(args, world, io),
        Command::Verify(args) => commands::verify_journal(args, io),
        Command::VerifyReceipt(args) => verify_receipt::run(args, io),
        Command::Rebuild(at) => commands::rebuild(at, world, io),
        Command::Bench(args) => bench::run(args, io.out),
        Command::ReadScan(args) => scans::run(args, io.out),
        Command::Profile(command) => profile::run(command, io),
        Command::ReadWorkbook => workbooks::run(io.out),
    }
}

/// Today in Tokyo, for commands that were not told a day.
pub(super) fn today() -> Date {
    Timestamp::from_ms(chrono::Utc::now().timestamp_millis()).date()
}

/// A date of the command line.
pub(super) fn parse_date(text: &str) -> Result<Date, String> {
    Date::parse(text)
        .map_err(|_| "write a date as 2026-12-01 / 日付は 2026-12-01 の形で".to_owned())
}

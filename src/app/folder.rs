//! `kessai folder …`: why a dropped file still waits, or what became of it; whether the originals
//! are still what was taken in; and answers that somebody took away.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::ReceiptNo;
use crate::ports::{FileRecord, FileVerdict};
use crate::service::Desk;

use crate::spool::{Altered, Explained, altered, explain, fits};

use super::commands::{At, Io, put};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response};
use super::root::{Root, World};
use super::run::spool_settings;

/// `kessai folder …`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// なぜまだ受け付けられないか、受け付けたならどうなったか / why a file waits, or what became of it
    Explain(Args),
    /// 受け付けたあとで書き換えられた原本がないか / whether an original was changed after it was taken in
    Verify(At),
    /// 消してしまった結果ファイルと受付票を、同じ内容でもう一度置く / put lost answers there again
    Again(Again),
}

/// Arguments of `kessai folder again`.
#[derive(Debug, clap::Args)]
pub(super) struct Again {
    /// 受付番号 / the receipt number
    receipt: ReceiptNo,
    #[command(flatten)]
    at: At,
}

/// Arguments of `kessai folder explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 受付のフォルダに置いたファイル / a file in an inbox folder
    path: PathBuf,
    #[command(flatten)]
    at: At,
}

/// What is asked, as it travels to a running daemon.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Asked {
    /// The root, whole.
    root: PathBuf,
    channel: String,
    submitter: String,
    file: String,
}

/// Files of one name that are told of, newest first.
const TAKEN_MAX: usize = 3;

/// Runs `kessai folder …`.
pub(super) fn run(command: &Command, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    match command {
        Command::Explain(args) => put(&args.at, world, &Request::Folder(place(args)?), io),
        Command::Verify(at) => verify(at, io),
        Command::Again(args) => {
            put(&args.at, world, &Request::AnswerAgain { receipt: args.receipt }, io)
        }
    }
}

/// Holds the originals against what was taken in; needs no lock.
fn verify(at: &At, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let inbox = Root::new(&at.root).inbox();
    let (looked, found) =
        altered(&inbox).map_err(|cause| Error::world("cannot read", &inbox, cause))?;
    for Altered { receipt, file, folder, is_gone } in &found {
        let what = if *is_gone {
            "なくなっています"
        } else {
            "受付のあとで書き換えられています"
        };
        writeln!(io.out, "受付番号 {receipt} {file}: 原本が{what}。{}", folder.display())?;
    }
    writeln!(io.out, "原本 {looked} 件のうち、違うもの {} 件。", found.len())?;
    if found.is_empty() {
        return Ok(Outcome::Well);
    }
    writeln!(
        io.out,
        "審査と承認は、受付のときに写した内容で行っているので変わりません。だれが書き換えたかをお確かめください。"
    )?;
    Ok(Outcome::Findings)
}

/// Puts answers there again.
pub(super) fn again(desk: &Desk, receipt: ReceiptNo) -> Response {
    match desk.answer_again(receipt) {
        Ok(put) if put.is_empty() => {
            Response::out("お返ししたファイルはすべて置いてあります。\n".to_owned())
        }
        Ok(put) => {
            let lines: Vec<String> = put.iter().map(|path| format!("outbox/{path}\n")).collect();
            Response::out(format!("もう一度置きました。\n{}", lines.concat()))
        }
        Err(failed) => Response::refused("もう一度置くことができません。", &failed.to_string()),
    }
}

/// The folder and the name a path means. The file itself may be gone; its folder is there.
fn place(args: &Args) -> Result<Asked, Error> {
    let whole = |path: &Path| {
        std::fs::canonicalize(path).map_err(|cause| Error::world("cannot find", path, cause))
    };
    let root = whole(&args.at.root)?;
    let parent = args.path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let folder = whole(parent.unwrap_or(Path::new(".")))?;
    let elsewhere = || {
        let text = "write a file in inbox/<channel>/<submitter>/; nowhere else anything is taken / \
                    inbox/<経路>/<提出者>/ の中のファイルを書いてください。ほかの場所は見ていません";
        Error::Usage(text.to_owned())
    };
    let below = folder.strip_prefix(root.join("inbox")).map_err(|_| elsewhere())?;
    let parts: Option<Vec<&str>> = below.iter().map(|part| part.to_str()).collect();
    let file = args.path.file_name().and_then(|name| name.to_str());
    let (Some(&[channel, submitter]), Some(file)) = (parts.as_deref(), file) else {
        return Err(elsewhere());
    };
    let [channel, submitter, file] = [channel, submitter, file].map(str::to_owned);
    Ok(Asked { root, channel, submitter, file })
}

/// Answers what is asked.
pub(super) fn execute(desk: &Desk, asked: &Asked) -> Response {
    let root = Root::new(&asked.root);
    let mut mistakes = Vec::new();
    let settings = match root.settings(&mut mistakes) {
        Ok(settings) => spool_settings(&root, &settings),
        Err(failed) => return Response::refused("kessai.toml が読めません。", &failed.to_string()),
    };
    let Asked { channel, submitter, file, .. } = asked;
    let place = (channel.as_str(), submitter.as_str(), file.as_str());
    let state = match explain(desk, &root.inbox(), place, &settings) {
        Ok(state) => state,
        Err(failed) => {
            return Response::refused("フォルダを見ることができません。", &failed.to_string());
        }
    };
    let mut text = whose(desk, channel, submitter);
    let taken = taken(desk, asked);
    let standing = standing(desk, &taken).filter(|_| state == Explained::Claimed);
    if let Some(standing) = standing {
        writeln!(text, "判定: {standing}").ok();
    } else if let (Explained::NotHere | Explained::PutAside, false) = (&state, taken.is_empty()) {
        text.push_str("判定: 受け取りました。\n");
    } else {
        writeln!(text, "判定: {}", sentence(&state, file)).ok();
    }
    let pause = desk.status().intake.or_else(|| away(&root));
    if let (Some(pause), true) = (pause, matters(&state)) {
        writeln!(text, "受付全体: {pause}").ok();
    }
    for one in taken {
        let at = one.received_at.japanese();
        writeln!(text, "受付番号 {} （{at}、{}）", one.receipt, one.verdict.japanese()).ok();
    }
    Response::out(text)
}

/// That the inbox is not the one the state belongs to; where a daemon runs, it says so itself.
fn away(root: &Root) -> Option<String> {
    let fits = fits(&root.inbox(), &root.var()).unwrap_or(Some(false));
    let told = "inbox が、記録（var）の知っているものではありません。共有フォルダがつながっているか\
                お確かめください。つながるまで何も受け付けません。";
    (fits == Some(false)).then(|| told.to_owned())
}

/// Whose folder it is.
fn whose(desk: &Desk, channel: &str, submitter: &str) -> String {
    let rules = desk.rulebook();
    let title = rules.channels.get(channel).map(|channel| channel.title.clone());
    match (title, rules.submitter(channel, submitter)) {
        (Some(title), Some(known)) => {
            format!("フォルダ: {title}（{channel}）の {}（{submitter}）\n", known.name)
        }
        (Some(title), None) => {
            format!("フォルダ: {title}（{channel}）。{submitter} は submitters.csv にありません\n")
        }
        (None, _) => format!("フォルダ: {channel} という経路は workflows/channels にありません\n"),
    }
}

/// The files of this name that were taken in from this folder.
fn taken(desk: &Desk, asked: &Asked) -> Vec<FileRecord> {
    let theirs = |file: &FileRecord| {
        file.name == asked.file
            && file.submitter.channel == asked.channel
            && file.submitter.folder == asked.submitter
    };
    desk.store.newest_files(&theirs, 0, TAKEN_MAX)
}

/// Why a file that has its receipt number goes no further, as `kessai why` says it.
fn standing(desk: &Desk, taken: &[FileRecord]) -> Option<String> {
    let file = taken.first().filter(|file| file.verdict == FileVerdict::Received)?;
    Some(desk.why(&file.receipt.to_string(), None).ok()?.first()?.text.clone())
}

/// Whether what stops all intake has to do with it.
fn matters(state: &Explained) -> bool {
    matches!(state, Explained::Ready | Explained::Waits(_) | Explained::Foreign)
}

fn sentence(state: &Explained, file: &str) -> String {
    match state {
        Explained::NotHere => "この名前のファイルはなく、受け付けたこともありません。\
                               名前とフォルダをお確かめください。"
            .to_owned(),
        Explained::Ignored => format!(
            "「{file}」は、書きかけか一時的なファイルの名前なので、受け付けません\
             （.part・.tmp・~$・先頭の「.」など）。終わったら、ふつうの名前に変えてください。"
        ),
        Explained::Beside(of) => format!(
            "「{of}」に添えるファイルなので、それだけでは受け付けません。「{of}」と一緒に進みます。"
        ),
        Explained::Folder => {
            "フォルダの中は見ません。ファイルを提出者のフォルダに直に置いてください。".to_owned()
        }
        Explained::Foreign => {
            "ふつうのファイルではない（リンクなど）ので、読まずに隔離します。".to_owned()
        }
        Explained::PutAside => {
            "ふつうのファイルではなかった（リンクなど）ので、読まずに隔離しました。ファイルそのものを\
             複写して置いてください（E_LINK）。"
                .to_owned()
        }
        Explained::Waits(why) => format!("まだ受け付けていません。{why}"),
        Explained::Ready => {
            "受け付けられます。kessai が動いていれば、次に見たときに受け付けます。".to_owned()
        }
        Explained::Claimed => "受け取って、手元に写しているところです。書き込みが続いていれば、\
                               終わるまで待ちます。"
            .to_owned(),
    }
}

//! `kessai worklist print`: what waits at a desk as an 承認作業票, to be decided on by hand.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::domain::BranchCode;
use crate::render::{names, pdf};
use crate::service::{Desk, PrintError, WorklistAsked};

use super::commands::{At, Io};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response, ask};
use super::root::{Root, World};

/// `kessai worklist …`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// 紙で決裁する承認作業票を印刷用のPDFにする / the open approvals of a desk as sheets to be stamped
    Print(Args),
}

/// Arguments of `kessai worklist print`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    at: At,
    /// 店番 / the branch
    #[arg(long, value_parser = parse_desk)]
    desk: BranchCode,
    /// この役割の欄だけ（例 checker） / only seats of this role
    #[arg(long)]
    role: Option<String>,
    /// この段階だけ（例 desk、取扱店承認） / only this step, by id or name
    #[arg(long)]
    step: Option<String>,
    /// 書き出すファイル（なければ今のフォルダに、店番と日時の名前で） / the PDF to write
    #[arg(long)]
    out: Option<PathBuf>,
}

/// What is asked of the store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Asked {
    desk: BranchCode,
    role: Option<String>,
    step: Option<String>,
}

/// The paper, and how many tasks are on it.
#[derive(Debug, Serialize, Deserialize)]
struct Printed {
    name: String,
    tasks: usize,
    /// How many more wait that are not printed.
    left: usize,
    /// The PDF in base64.
    pdf: String,
}

/// Runs `kessai worklist`.
pub(super) fn run(command: &Command, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let Command::Print(args) = command;
    let asked = Asked { desk: args.desk, role: args.role.clone(), step: args.step.clone() };
    let request = Request::Worklist(asked);
    let Response { code, out, talk } = ask(&Root::new(&args.at.root), world, &request)?;
    if !talk.is_empty() {
        io.talk.write_all(talk.as_bytes())?;
        return Ok(Outcome::of_code(code));
    }
    let printed: Printed = serde_json::from_str(&out).map_err(std::io::Error::from)?;
    let bytes = STANDARD.decode(&printed.pdf).map_err(std::io::Error::other)?;
    let path = args.out.clone().unwrap_or_else(|| printed.name.into());
    std::fs::write(&path, bytes).map_err(|cause| Error::world("cannot write", &path, cause))?;
    let (place, tasks) = (path.display(), printed.tasks);
    writeln!(
        io.out,
        "{place} に {tasks} 件を書き出しました。印刷して、決裁する方にお渡しください。"
    )?;
    if printed.left > 0 {
        let left = printed.left;
        let more = "--role か --step で絞って、続きを印刷してください。";
        writeln!(io.out, "ほかに {left} 件あります（期限の遅いもの）。{more}")?;
    }
    Ok(Outcome::Well)
}

/// Prints, and answers with the paper.
pub(super) fn execute(desk: &Desk, asked: &Asked) -> Response {
    let Asked { desk: branch, role, step } = asked.clone();
    let view = match desk.print_worklist(&WorklistAsked { desk: branch, role, step }, None) {
        Ok(view) => view,
        Err(refused @ PrintError::Nothing) => {
            let ja = format!("店番 {branch} に、紙で決裁できる承認待ちの案件はありません。");
            return Response::refused(&ja, &refused.to_string());
        }
        Err(failed @ (PrintError::Answer(_) | PrintError::Store(_))) => {
            return Response::failed(&failed);
        }
    };
    match pdf::worklist(&view, &desk.rulebook().answers.words) {
        Ok(paper) => Response::out(super::show::json(&Printed {
            name: names::worklist_pdf(&view.code, view.made),
            tasks: view.tasks.len(),
            left: view.left,
            pdf: STANDARD.encode(paper.bytes),
        })),
        Err(failed) => Response::failed(&failed),
    }
}

fn parse_desk(text: &str) -> Result<BranchCode, String> {
    BranchCode::parse(text).map_err(|wrong| wrong.to_string())
}

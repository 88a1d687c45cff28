//! `kessai why X`: why something waits, in one paragraph.

use crate::service::Desk;

use super::commands::{At, Io, put};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response};
use super::root::World;

/// Arguments of `kessai why`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 受付番号・申請番号・ファイル名かパス・利用者番号・Ref.No. / a number, a file's name or path, a reference
    asked: String,
    #[command(flatten)]
    at: At,
}

/// Runs `kessai why`.
pub(super) fn run(args: &Args, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    put(&args.at, world, &Request::Why { asked: args.asked.clone() }, io)
}

/// Answers what is asked: a paragraph each.
pub(super) fn execute(desk: &Desk, asked: &str) -> Response {
    match desk.why(asked, None) {
        Ok(found) => {
            let texts: Vec<String> = found.into_iter().map(|one| one.text + "\n").collect();
            Response::out(texts.join("\n"))
        }
        Err(unknown) => Response::refused(&unknown, "there is no such thing"),
    }
}

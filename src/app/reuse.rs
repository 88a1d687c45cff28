//! `kessai reuse CASE`: a request file out of a case, to hand in again or to cancel what was
//! recorded.

use std::str::FromStr as _;

use serde::{Deserialize, Serialize};

use crate::domain::CaseId;
use crate::render::requests::{cells, text};
use crate::service::{Desk, NoDraft};

use super::commands::{At, Io, put};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response};
use super::root::World;

/// Arguments of `kessai reuse`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    at: At,
    #[command(flatten)]
    asked: Asked,
}

/// What is to be drafted.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize)]
pub(super) struct Asked {
    /// 案件番号 / the case
    case: String,
    /// この番号の明細だけ（繰り返せる） / only this line, repeatable
    #[arg(long = "line")]
    lines: Vec<u32>,
    /// 記録された明細の取消の請求にする / cancellations of what was recorded
    #[arg(long)]
    cancel: bool,
}

/// Runs `kessai reuse`.
pub(super) fn run(args: &Args, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    put(&args.at, world, &Request::Reuse(args.asked.clone()), io)
}

/// Answers what is asked.
pub(super) fn execute(desk: &Desk, asked: &Asked) -> Response {
    let case = CaseId::from_str(&asked.case).ok().and_then(|id| desk.store.case(id));
    let Some(case) = case else { return Response::unknown(&asked.case) };
    let drafts = if asked.cancel {
        desk.cancellations(&case, &asked.lines, None)
    } else {
        desk.reuse(&case, &asked.lines)
    };
    match drafts {
        Ok(drafts) => Response::out(text(drafts.iter().map(cells))),
        Err(NoDraft::Rows(failed)) => Response::failed(&failed),
        Err(why) => Response::refused(&why.japanese(), &why.to_string()),
    }
}

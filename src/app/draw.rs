//! `kessai draw FLOW|CASE`: the route of a flow or of a case as an SVG.

use std::path::PathBuf;
use std::str::FromStr as _;

use crate::domain::CaseId;
use crate::render::draw::svg;
use crate::service::Desk;

use super::commands::{At, Io};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response, ask};
use super::root::{Root, World};

/// Arguments of `kessai draw`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 流れの名前か案件番号 / a flow's id, e.g. accrual, or a case
    #[arg(value_name = "FLOW|CASE")]
    what: String,
    #[command(flatten)]
    at: At,
    /// 書き出すファイル（なければ標準出力） / the file to write; stdout if not given
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Runs `kessai draw`. A flow needs no store; a case is asked for like any other question.
pub(super) fn run(args: &Args, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let root = Root::new(&args.at.root);
    let Response { code, out, talk } = if CaseId::from_str(&args.what).is_ok() {
        ask(&root, world, &Request::Draw { case: args.what.clone() })?
    } else {
        flow(&root, world, &args.what)?
    };
    io.talk.write_all(talk.as_bytes())?;
    match &args.out {
        Some(path) if !out.is_empty() => {
            std::fs::write(path, out).map_err(|cause| Error::world("cannot write", path, cause))?;
        }
        _ => io.out.write_all(out.as_bytes())?,
    }
    Ok(Outcome::of_code(code))
}

/// The flow of this id that is in force today.
fn flow(root: &Root, world: &World, id: &str) -> Result<Response, Error> {
    let loaded = root.load()?;
    let today = world.clone().as_set(&loaded.settings).clock.now().date();
    Ok(match loaded.rulebook.route(id, today) {
        Some(route) => Response { out: svg(&route), ..Response::default() },
        None => Response::unknown(id),
    })
}

/// A case's picture; none where there is no such case.
pub(super) fn case(desk: &Desk, id: &str) -> Option<String> {
    let case = desk.store.case(CaseId::from_str(id).ok()?)?;
    Some(svg(&desk.route(&case, &desk.view(&case)?)?))
}

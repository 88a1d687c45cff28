//! `kessai as-of`: any list and any case as they were at a moment, from the journal alone.

use std::path::PathBuf;
use std::str::FromStr as _;
use std::sync::Arc;

use crate::domain::{CaseId, Timestamp};
use crate::ports::CaseFilter;
use crate::store::Memory;

use super::commands::Io;
use super::outcome::{Error, Outcome};
use super::root::{Root, World};
use super::world::HandClock;
use super::{claim, customer, draw, show};

/// Arguments of `kessai as-of`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// いつの時点か（日本時間）："2026-12-01 14:55" / the moment, in Tokyo time
    #[arg(value_parser = parse_moment)]
    moment: Timestamp,
    /// 作業フォルダ / the root folder
    #[arg(long, default_value = ".", global = true)]
    root: PathBuf,
    /// JSON で出す / as JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: What,
}

/// What to show as it was.
#[derive(Debug, clap::Subcommand)]
enum What {
    /// 案件の一覧 / the list of cases
    List,
    /// 案件の詳細 / one case whole
    Show {
        /// 案件番号 / the case
        case: String,
    },
    /// 案件の図 / one case as a picture
    Draw {
        /// 案件番号 / the case
        case: String,
    },
    /// 債権とその履歴 / one claim with its history
    Claim {
        /// 記録番号 / the record number
        number: String,
    },
    /// 債権の一覧 / the list of claims
    Claims,
    /// 利用者の契約と履歴 / one customer with what happened to the contract
    Customer {
        /// 利用者番号 / the user number
        user: String,
    },
    /// 利用者の一覧 / the list of customers
    Customers,
    /// そのときの件数 / how much there was of everything
    Status,
}

/// Runs `kessai as-of`. Needs no lock: it may run beside the daemon.
pub(super) fn run(args: &Args, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let root = Root::new(&args.root);
    let then = Memory::as_of(&root.var().join("journal"), args.moment)
        .map_err(|damage| Error::Usage(format!("記録が読めません / the journal: {damage}")))?;
    let world = World { clock: Arc::new(HandClock::new(args.moment)), ..world.clone() };
    let (settings, _) = root.set(&world)?;
    let desk = root.desk_in_force(Arc::new(then), &settings, world)?;
    let text = match &args.what {
        What::List => show::list(&desk, &CaseFilter::default(), args.json),
        What::Status => show::status(&desk, args.json),
        What::Claims => claim::as_of(&desk, None, args.json).unwrap_or_default(),
        What::Claim { number } => match claim::as_of(&desk, Some(number), args.json) {
            Some(text) => text,
            None => return unknown(number, io),
        },
        What::Customers => customer::execute(&desk, &customer::all(args.json)).out,
        What::Customer { user } => match customer::one(&desk, user, args.json) {
            Some(text) => text,
            None => return unknown(user, io),
        },
        // Without the answers: the outbox shows what lies there now.
        What::Show { case } => {
            let found = CaseId::from_str(case).ok().and_then(|id| desk.store.case(id));
            match found.and_then(|case| desk.view(&case)) {
                Some(view) => show::case(&view, args.json),
                None => return unknown(case, io),
            }
        }
        What::Draw { case } => match draw::case(&desk, case) {
            Some(picture) => picture,
            None => return unknown(case, io),
        },
    };
    io.out.write_all(text.as_bytes())?;
    Ok(Outcome::Well)
}

fn unknown(case: &str, io: &mut Io<'_>) -> Result<Outcome, Error> {
    writeln!(io.talk, "「{case}」はその時点にはありません。\n`{case}` did not exist then")?;
    Ok(Outcome::Findings)
}

/// `2026-12-01 14:55`, or a date alone for its last minute.
pub(super) fn parse_moment(text: &str) -> Result<Timestamp, String> {
    let wish = || "write a moment as \"2026-12-01 14:55\" / \"2026-12-01 14:55\" の形で".to_owned();
    let whole = if text.contains([' ', 'T']) { text.to_owned() } else { format!("{text} 23:59") };
    let moment = crate::workflow::parse_moment(&whole).ok_or_else(wish)?;
    // The whole minute counts.
    Ok(moment.plus_ms(59_999))
}

//! `kessai claim`: the register of claims, as it is now or as it was.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::domain::{Claim, ClaimState, RecordNumber, UserNumber, YenTotal};
use crate::ports::{ClaimFilter, ClaimRecord, ClaimStep, ClaimVerb, StepBy};
use crate::service::Desk;
use crate::service::report::rfc3339;
use crate::workflow::write_claims;

use super::commands::{At, Import, Io, Ranges, import, put};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response};
use super::root::World;
use super::show::{json, table};

/// `kessai claim …`.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// 債権の一覧（当事者・期日・金額で絞れます） / claims, by party, due date and amount
    List(List),
    /// 債権とその履歴 / one claim with its history
    Show(Show),
    /// 残っている債権を一覧のCSVで出す / the claims that are owed as a list
    Export(At),
    /// 台帳にない債権の一覧を受付に置く（二人の承認で台帳に載る） / hand in a list of claims
    Import(Import),
}

/// Arguments of `kessai claim list`.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    #[command(flatten)]
    at: At,
    #[command(flatten)]
    which: Which,
    /// JSON で出す / as JSON
    #[arg(long)]
    json: bool,
}

/// Which claims.
#[derive(Debug, Clone, clap::Args, Serialize, Deserialize)]
pub(super) struct Which {
    /// 債務者か債権者の利用者番号 / the user number of the debtor or the creditor
    #[arg(long)]
    party: Option<String>,
    #[command(flatten)]
    ranges: Ranges,
}

/// Arguments of `kessai claim show`.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// 記録番号 / the record number
    number: String,
    #[command(flatten)]
    at: At,
    /// JSON で出す / as JSON
    #[arg(long)]
    json: bool,
}

/// What is asked of the store about claims.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Asked {
    /// `kessai claim list`.
    List { which: Which, json: bool },
    /// `kessai claim show`.
    Show { number: String, json: bool },
    /// `kessai claim export`.
    Export,
}

/// Most claims of one list.
const LIST_MAX: usize = 10_000;

/// Runs `kessai claim`.
pub(super) fn run(command: &Command, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let (at, asked) = match command {
        Command::List(args) => {
            (&args.at, Asked::List { which: args.which.clone(), json: args.json })
        }
        Command::Show(args) => {
            (&args.at, Asked::Show { number: args.number.clone(), json: args.json })
        }
        Command::Export(at) => (at, Asked::Export),
        Command::Import(args) => return import(args, io),
    };
    put(at, world, &Request::Claim(asked), io)
}

/// One claim, or all of them, out of a store of an earlier moment.
pub(super) fn as_of(desk: &Desk, number: Option<&str>, as_json: bool) -> Option<String> {
    let Some(number) = number else {
        let claims = desk.store.claims(&ClaimFilter::default(), None, LIST_MAX);
        return Some(if as_json { listed(&claims) } else { list(&claims) });
    };
    let record = desk.store.claim(RecordNumber::parse(number).ok()?)?;
    Some(if as_json { json(&ClaimJson::of(&record)) } else { show(&record) })
}

/// Answers what is asked.
pub(super) fn execute(desk: &Desk, asked: &Asked) -> Response {
    match asked {
        Asked::List { which, json: as_json } => match filter(which) {
            Some(filter) => {
                let claims = desk.store.claims(&filter, None, LIST_MAX);
                Response::out(if *as_json { listed(&claims) } else { list(&claims) })
            }
            None => Response::unknown(which.party.as_deref().unwrap_or_default()),
        },
        Asked::Export => {
            let open = ClaimFilter { state: Some(ClaimState::Open), ..ClaimFilter::default() };
            let claims = desk.store.claims(&open, None, usize::MAX);
            let list = write_claims(claims.iter().map(|record| &record.claim));
            Response::out(format!("\u{feff}{list}"))
        }
        Asked::Show { number, json: as_json } => {
            let found = as_of(desk, Some(number), *as_json);
            found.map_or_else(|| Response::unknown(number), Response::out)
        }
    }
}

fn filter(which: &Which) -> Option<ClaimFilter> {
    let party = match &which.party {
        Some(text) => Some(UserNumber::parse(text).ok()?),
        None => None,
    };
    let (due, amount) = (which.ranges.due(), which.ranges.amount());
    Some(ClaimFilter { party, due, amount, ..ClaimFilter::default() })
}

fn list(claims: &[ClaimRecord]) -> String {
    let title = ["記録番号", "状態", "債務者", "債権者", "金額（円）", "支払期日"];
    let mut rows = vec![title.map(str::to_owned)];
    rows.extend(claims.iter().map(|ClaimRecord { claim, .. }| {
        [
            claim.number.to_string(),
            claim.state.japanese().to_owned(),
            claim.debtor.user_number.to_string(),
            claim.creditor.user_number.to_string(),
            yen(claim),
            claim.due.to_string(),
        ]
    }));
    table(&rows)
}

fn yen(claim: &Claim) -> String {
    YenTotal::new(claim.amount.get()).to_string()
}

fn show(record: &ClaimRecord) -> String {
    let claim = &record.claim;
    let mut text = String::new();
    let party = |party: &crate::domain::Party| {
        let account = &party.account;
        format!("{}（{}-{}-{}）", party.user_number, account.bank, account.branch, account.number)
    };
    for (name, value) in [
        ("記録番号", claim.number.to_string()),
        ("状態", claim.state.japanese().to_owned()),
        ("債務者", party(&claim.debtor)),
        ("債権者", party(&claim.creditor)),
        ("金額", format!("{}円", yen(claim))),
        ("支払期日", claim.due.japanese()),
        ("記録年月日", claim.recorded.japanese()),
    ] {
        writeln!(text, "{name}: {value}").ok();
    }
    if let Some(parent) = claim.parent {
        writeln!(text, "分割元: {parent}").ok();
    }
    for guarantor in &claim.guarantors {
        writeln!(text, "保証人: {guarantor}").ok();
    }
    writeln!(text, "履歴:").ok();
    for step in &record.history {
        let with = step.with.map(|number| format!(" {number}")).unwrap_or_default();
        let amount = YenTotal::new(step.amount.get());
        let who = if step.verb == ClaimVerb::Guaranteed { "保証人" } else { "債権者" };
        writeln!(
            text,
            "  {} {}{with} {amount}円 {who} {}（{}）",
            step.at,
            step.verb.japanese(),
            step.to,
            step.by.japanese()
        )
        .ok();
    }
    text
}

fn listed(claims: &[ClaimRecord]) -> String {
    let all: Vec<ClaimJson> = claims.iter().map(ClaimJson::of).collect();
    json(&all)
}

/// A claim in JSON.
#[derive(Debug, Serialize)]
struct ClaimJson {
    record_number: String,
    parent: Option<String>,
    state: crate::domain::ClaimState,
    debtor: String,
    creditor: String,
    amount: u64,
    due_date: String,
    record_date: String,
    guarantors: Vec<String>,
    history: Vec<StepJson>,
}

/// A step of a claim's history in JSON.
#[derive(Debug, Serialize)]
struct StepJson {
    at: String,
    what: ClaimVerb,
    with: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creditor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guarantor: Option<String>,
    amount: u64,
    /// The case and its line; nothing of what the clearing side did by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<u32>,
    /// The receipt number of the file that told it; nothing of a request.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

impl ClaimJson {
    fn of(record: &ClaimRecord) -> Self {
        let claim = &record.claim;
        let asked = |step: &ClaimStep| match step.by {
            StepBy::Request(case, row) => (Some(case.to_string()), Some(row), None),
            StepBy::Settlement(file) => (None, None, Some(file.to_string())),
            StepBy::List(case) => (Some(case.to_string()), None, None),
        };
        let told = |step: &ClaimStep, (case, row, file)| StepJson {
            at: rfc3339(step.at),
            what: step.verb,
            with: step.with.map(|number| number.to_string()),
            creditor: (step.verb != ClaimVerb::Guaranteed).then(|| step.to.to_string()),
            guarantor: (step.verb == ClaimVerb::Guaranteed).then(|| step.to.to_string()),
            amount: step.amount.get(),
            case,
            row,
            file,
        };
        let history = record.history.iter().map(|step| told(step, asked(step)));
        Self {
            record_number: claim.number.to_string(),
            parent: claim.parent.map(|number| number.to_string()),
            state: claim.state,
            debtor: claim.debtor.user_number.to_string(),
            creditor: claim.creditor.user_number.to_string(),
            amount: claim.amount.get(),
            due_date: claim.due.to_string(),
            record_date: claim.recorded.to_string(),
            guarantors: claim.guarantors.iter().map(ToString::to_string).collect(),
            history: history.collect(),
        }
    }
}

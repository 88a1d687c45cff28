//! `kessai report`: the figures of the 日報, for today or for any day before.

use std::fmt::Write as _;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{BranchCode, Timestamp};
use crate::render::daily::{DailyReportView, DueItem, Figure, Figures, IncidentItem};
use crate::service::Desk;
use crate::service::report::{UnkeptSchedule, rfc3339};
use crate::store::Memory;

use super::as_of::parse_moment;
use super::commands::{Io, Query, put};
use super::outcome::{Error, Outcome};
use super::request::{Request, Response};
use super::root::{Root, World};
use super::show::{json, table, unkept};
use super::world::HandClock;

/// Arguments of `kessai report`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    query: Query,
    /// どの日か。時刻を添えるとその時点：2026-12-01、"2026-12-01 17:30" / the day, or the moment
    #[arg(long, value_parser = parse_moment)]
    date: Option<Timestamp>,
    /// この店番だけ / only of this branch
    #[arg(long)]
    branch: Option<String>,
}

/// A report that is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Asked {
    branch: Option<String>,
    json: bool,
}

/// Runs `kessai report`. A day that is named is folded from the journal alone, without a lock.
pub(super) fn run(args: &Args, world: &World, io: &mut Io<'_>) -> Result<Outcome, Error> {
    let asked = Asked { branch: args.branch.clone(), json: args.query.json };
    let Some(moment) = args.date else {
        return put(&args.query.at, world, &Request::Report(asked), io);
    };
    let root = Root::new(&args.query.at.root);
    let then = Memory::as_of(&root.var().join("journal"), moment)
        .map_err(|damage| Error::Usage(format!("記録が読めません / the journal: {damage}")))?;
    let (settings, world) = root.set(world)?;
    // A day that is not over is told as of now.
    let now = world.clock.now();
    let moment = if moment.date() == now.date() { moment.min(now) } else { moment };
    let world = World { clock: Arc::new(HandClock::new(moment)), ..world };
    let desk = root.desk_in_force(Arc::new(then), &settings, world)?;
    let Response { code, out, talk } = execute(&desk, &asked);
    io.out.write_all(out.as_bytes())?;
    io.talk.write_all(talk.as_bytes())?;
    Ok(Outcome::of_code(code))
}

/// Answers with the report of the desk's own day.
pub(super) fn execute(desk: &Desk, asked: &Asked) -> Response {
    let mut views = match desk.daily_reports(desk.clock.now().date()) {
        Ok(views) => views,
        Err(why) => {
            let ja = "明細を読み取れないため、日報を作れません。";
            return Response::refused(ja, &format!("the report cannot be made: {why:?}"));
        }
    };
    if let Some(name) = &asked.branch {
        let code = BranchCode::parse(name).ok();
        views.retain(|view| code.is_some() && view.branch == code);
        if views.is_empty() {
            return Response::unknown(name);
        }
    }
    if asked.json {
        return Response::out(json(&views.iter().map(ReportJson::of).collect::<Vec<_>>()));
    }
    let words = &desk.rulebook().answers.words;
    let pages: Vec<String> =
        views.iter().map(|view| text(view, &|key| words.get(key).to_owned())).collect();
    Response::out(pages.join("\n"))
}

/// The same figures as on the paper, in lines.
fn text(view: &DailyReportView, word: &dyn Fn(&str) -> String) -> String {
    let mut text = String::new();
    let (day, wareki) = (view.day.japanese(), view.day.wareki());
    let code = view.branch.map(|code| format!("（{code}）")).unwrap_or_default();
    let branch = &view.desk.branch;
    writeln!(text, "日報 {branch}{code} {day}（{wareki}） {} 現在", view.at.japanese()).ok();
    let files = view.files;
    writeln!(
        text,
        "ファイル {} 件（受付できず {}、重複の保留 {}）、受け付けなかった明細 {} 件",
        files.received, files.rejected, files.held, files.bad_records
    )
    .ok();
    let titles = ["kind", "received", "approved", "recorded", "errored", "refused", "waiting"];
    let mut rows = vec![titles.map(|key| word(&format!("daily.{key}")))];
    let line = |title: &str, figures: &Figures| {
        let [received, approved, recorded, errored, refused, waiting] =
            figures.each().map(|one| format!("{} 件 {} 円", one.count, one.total));
        [title.to_owned(), received, approved, recorded, errored, refused, waiting]
    };
    rows.extend(view.kinds.iter().map(|one| line(&one.title, &one.figures)));
    rows.push(line(&word("daily.sum"), &view.sum));
    text.push_str(&table(&rows));
    for (status, figure) in &view.waiting {
        writeln!(text, "未了 {status}: {} 件 {} 円", figure.count, figure.total).ok();
    }
    let (until, due) = (view.due_until.japanese(), view.due);
    writeln!(text, "期限（{until}まで）: {} 件 {} 円", due.count, due.total).ok();
    for item in &view.due_items {
        let DueItem { case, submitter, title, figure, deadline, status, .. } = item;
        let deadline = deadline.map(Timestamp::japanese).unwrap_or_default();
        let (count, total) = (figure.count, figure.total);
        writeln!(text, "  {deadline} {status} {case} {submitter} {title} {count} 件 {total} 円")
            .ok();
    }
    writeln!(text, "確認の要ること: {} 件", view.incident_count).ok();
    for IncidentItem { kind, name, text: told, since } in &view.incidents {
        let since = since.map(|since| format!("{}から", since.japanese())).unwrap_or_default();
        writeln!(text, "  {} {name} {told} {since}", word(kind.key())).ok();
    }
    for view in &view.unkept {
        text.push_str(&unkept(view));
    }
    let hash = view.journal.hash.map(|hash| hash.to_string()).unwrap_or_default();
    writeln!(text, "帳簿の控え: {} 件 末尾のハッシュ {hash}", view.journal.sequence).ok();
    text
}

/// A report in JSON.
#[derive(Debug, Serialize)]
struct ReportJson {
    branch: Option<String>,
    branch_name: String,
    date: String,
    as_of: String,
    files: FilesJson,
    kinds: Vec<KindJson>,
    sum: FiguresJson,
    waiting_by_status: Vec<StatusJson>,
    due_until: String,
    due: FigureJson,
    due_items: Vec<DueJson>,
    incident_count: u64,
    incidents: Vec<IncidentJson>,
    unkept: Vec<UnkeptSchedule>,
    journal: JournalJson,
}

#[derive(Debug, Serialize)]
struct FilesJson {
    received: u64,
    rejected: u64,
    held: u64,
    bad_records: u64,
}

#[derive(Debug, Serialize)]
struct FigureJson {
    records: u64,
    amount_total: u64,
}

#[derive(Debug, Serialize)]
struct FiguresJson {
    received: FigureJson,
    approved: FigureJson,
    recorded: FigureJson,
    errored: FigureJson,
    refused: FigureJson,
    waiting: FigureJson,
}

#[derive(Debug, Serialize)]
struct KindJson {
    title: String,
    #[serde(flatten)]
    figures: FiguresJson,
}

#[derive(Debug, Serialize)]
struct StatusJson {
    status_ja: &'static str,
    #[serde(flatten)]
    figure: FigureJson,
}

#[derive(Debug, Serialize)]
struct DueJson {
    case: String,
    submitter_name: String,
    title: String,
    status_ja: &'static str,
    deadline: Option<String>,
    #[serde(flatten)]
    figure: FigureJson,
}

#[derive(Debug, Serialize)]
struct IncidentJson {
    kind: &'static str,
    name: String,
    note: String,
    since: Option<String>,
}

#[derive(Debug, Serialize)]
struct JournalJson {
    sequence: u64,
    hash: Option<String>,
}

impl ReportJson {
    fn of(view: &DailyReportView) -> Self {
        let files = view.files;
        let due_items = view.due_items.iter().map(|item| DueJson {
            case: item.case.clone(),
            submitter_name: item.submitter.clone(),
            title: item.title.clone(),
            status_ja: item.status,
            deadline: item.deadline.map(rfc3339),
            figure: FigureJson::of(item.figure),
        });
        let incidents = view.incidents.iter().map(|item| IncidentJson {
            kind: item.kind.name(),
            name: item.name.clone(),
            note: item.text.clone(),
            since: item.since.map(rfc3339),
        });
        let kinds = view.kinds.iter().map(|one| KindJson {
            title: one.title.clone(),
            figures: FiguresJson::of(&one.figures),
        });
        let waiting = view.waiting.iter().map(|(status, figure)| StatusJson {
            status_ja: status,
            figure: FigureJson::of(*figure),
        });
        Self {
            branch: view.branch.map(|code| code.to_string()),
            branch_name: view.desk.branch.clone(),
            date: view.day.to_string(),
            as_of: rfc3339(view.at),
            files: FilesJson {
                received: files.received,
                rejected: files.rejected,
                held: files.held,
                bad_records: files.bad_records,
            },
            kinds: kinds.collect(),
            sum: FiguresJson::of(&view.sum),
            waiting_by_status: waiting.collect(),
            due_until: view.due_until.to_string(),
            due: FigureJson::of(view.due),
            due_items: due_items.collect(),
            incident_count: view.incident_count,
            incidents: incidents.collect(),
            unkept: view.unkept.iter().cloned().map(UnkeptSchedule::from).collect(),
            journal: JournalJson {
                sequence: view.journal.sequence,
                hash: view.journal.hash.map(|hash| hash.to_string()),
            },
        }
    }
}

impl FigureJson {
    const fn of(figure: Figure) -> Self {
        Self { records: figure.count, amount_total: figure.total.get() }
    }
}

impl FiguresJson {
    fn of(figures: &Figures) -> Self {
        let [received, approved, recorded, errored, refused, waiting] =
            figures.each().map(FigureJson::of);
        Self { received, approved, recorded, errored, refused, waiting }
    }
}

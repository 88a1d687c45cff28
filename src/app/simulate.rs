//! `kessai simulate FLOW`: the flow played with invented people and a clock that jumps.

use std::io::Write;
use std::path::PathBuf;

use crate::domain::{BankCalendar, Date, Person, Timestamp};
use crate::workflow::{
    Definition, Given, Misread, Rehearsal, Script, Stage, flow_on, headline, invented_people,
    load_people, parse_moment, standing, tell,
};

use super::commands::At;
use super::outcome::{Error, Outcome};
use super::root::{Root, RootError, Rules};

/// Arguments of `kessai simulate`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// 流れの名前（例: accrual） / the flow's id
    flow: String,
    #[command(flatten)]
    at_root: At,
    /// 案件：channel、pattern、submitter、submitted_by、desk、rows、total、record_date、latest_day /
    /// the case: `channel=customers,pattern=single,total=6000000,rows=3,record_date=2026-12-03`
    #[arg(long, value_delimiter = ',', value_name = "KEY=VALUE")]
    data: Vec<String>,
    /// 登場する人（YAML）："checker1: {name: 佐藤 花子, at: desk, role: checker}" /
    /// the people; invented from the flow if not given
    #[arg(long, value_name = "FILE")]
    people: Option<PathBuf>,
    /// 受付の時刻 / when the file is taken in, Tokyo time
    #[arg(long, default_value = "2026-12-01 09:00", value_parser = moment)]
    at: Timestamp,
    /// いつまで見るか（なければ記録請求日の翌営業日 17:00） /
    /// until when; 17:00 on the business day after the record date if not given
    #[arg(long, value_parser = moment)]
    until: Option<Timestamp>,
    /// 誰が何をするか："approve1:approve; +2h; manager1:return:desk 理由; @2026-12-02 12:00" /
    /// who does what; without it everybody approves after 30 minutes each
    #[arg(long = "do", value_name = "ACTS", value_delimiter = ';')]
    acts: Vec<String>,
}

/// Prints the story; an unfinished case is a finding.
///
/// Other files of the root may have mistakes: a golden test that fails is looked into here.
pub(super) fn run(args: &Args, out: &mut dyn Write) -> Result<Outcome, Error> {
    let root = Root::new(&args.at_root.root);
    let mut mistakes = Vec::new();
    let Rules { settings, flows, calendar } = root.rules(&mut mistakes)?;
    let versions = flows.get(&args.flow).map_or(&[][..], Vec::as_slice);
    let versions = versions.iter().map(|flow| flow.definition.as_ref());
    let Some(definition) = flow_on(args.at.date(), versions) else {
        if !mistakes.is_empty() {
            return Err(RootError::Mistakes(mistakes).into());
        }
        let known: Vec<&str> = flows.keys().map(String::as_str).collect();
        let (flow, known) = (&args.flow, known.join(", "));
        return Err(Error::Usage(format!(
            "there is no flow {flow}, but {known} / 流れ「{flow}」はありません。あるのは {known} です"
        )));
    };
    let given = given(args)?;
    let people = people(args, definition, &given)?;
    let stage =
        Stage { definition, people: &people, calendar: &calendar, deadline: settings.deadline };
    play(args, &given, stage, out)
}

fn play(
    args: &Args,
    given: &Given,
    stage: Stage<'_>,
    out: &mut dyn Write,
) -> Result<Outcome, Error> {
    let case = given.case(stage.definition, stage.people, stage.calendar);
    let case = case.map_err(|wrong| usage(&[wrong]))?;
    let lines: Vec<&str> =
        args.acts.iter().map(|act| act.trim()).filter(|act| !act.is_empty()).collect();
    let script = Script::read(&lines, given.at, stage).map_err(|wrong| {
        let wrong: Vec<Misread> = wrong.into_iter().map(|(_, misread)| misread).collect();
        usage(&wrong)
    })?;
    let until =
        args.until.unwrap_or_else(|| end(given.record_date(stage.calendar), stage.calendar));
    writeln!(out, "{}", headline(stage, &case))?;
    for person in stage.people {
        let roles = person.roles.join("、");
        writeln!(out, "  {} {}（{roles}）", person.id, person.name)?;
    }
    let mut rehearsal = Rehearsal::new(stage, case, given.at);
    let mut happened =
        if lines.is_empty() { rehearsal.improvise(until) } else { rehearsal.follow(&script) };
    happened.extend(rehearsal.run_until(until));
    for line in happened.iter().flat_map(|one| tell(stage, one)) {
        writeln!(out, "{line}")?;
    }
    if rehearsal.case().head.status.is_final() {
        return Ok(Outcome::Well);
    }
    writeln!(out, "{}", standing(stage, &rehearsal))?;
    Ok(Outcome::Findings)
}

/// 17:00 on the business day after the record date: by then every deadline has passed.
fn end(record_date: Date, calendar: &BankCalendar) -> Timestamp {
    Timestamp::tokyo(calendar.add_open_days(calendar.next_open(record_date), 1), 17, 0)
}

fn given(args: &Args) -> Result<Given, Error> {
    let mut given = Given::sample().map_err(|wrong| Error::Usage(wrong.to_string()))?;
    given.at = args.at;
    let mut wrong = Vec::new();
    for part in &args.data {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        wrong.extend(given.set(key.trim(), value.trim()).err());
    }
    if wrong.is_empty() { Ok(given) } else { Err(usage(&wrong)) }
}

fn people(args: &Args, definition: &Definition, given: &Given) -> Result<Vec<Person>, Error> {
    let Some(path) = &args.people else { return Ok(invented_people(definition, given)) };
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|cause| Error::world("cannot read", path, cause))?;
    load_people(&path.display().to_string(), &text, given).map_err(|mistakes| {
        let shown = crate::workflow::show_mistakes(&mistakes, &|_| Some(text.clone()));
        Error::Usage(shown.trim_end().to_owned())
    })
}

fn usage(wrong: &[Misread]) -> Error {
    let lines: Vec<String> = wrong.iter().map(|one| format!("{} / {}", one.en, one.ja)).collect();
    Error::Usage(lines.join("\n"))
}

fn moment(text: &str) -> Result<Timestamp, String> {
    parse_moment(text).ok_or_else(|| {
        "write a moment as \"2026-12-01 09:00\" / \"2026-12-01 09:00\" の形で".to_owned()
    })
}

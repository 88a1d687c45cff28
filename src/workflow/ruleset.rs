//! The rules of a folder `workflows/`, read whole: flows with their tables, channels, submitters,
//! the calendar; golden tests are played. All mistakes of all files come at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::profile::Profile;
use crate::domain::{BankCalendar, Date, Directory, Submitter};

use super::{
    ApprovalDeadline, Bank, Channel, Definition, Mistake, Schedule, Unit, check_golden, is_trial,
    load_directory, load_profile, load_submitters, load_with_tables,
};

/// Files by their name below the root, e.g. `workflows/accrual.yaml`, as their bytes.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Flows by id; several of one id differ in the day they come into force.
pub type Flows = BTreeMap<String, Vec<Flow>>;

/// How a changed file under `workflows/` comes into force.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Publication {
    /// What lies on disk is in force once it loads without a mistake.
    #[default]
    File,
    /// What two people published is in force, whatever lies on disk.
    TwoPeople,
}

/// A flow in force or to come.
#[derive(Debug, Clone)]
pub struct Flow {
    /// The definition.
    pub definition: Arc<Definition>,
    /// What it is made from, kept for the cases that run by it; see `Source::pinned`.
    pub text: String,
}

/// What a folder `workflows/` says.
///
/// Made by [`RuleSet::read`]; where there were mistakes it holds what could be read.
#[derive(Debug)]
pub struct RuleSet {
    /// The flows.
    pub flows: Flows,
    /// Channels by name.
    pub channels: BTreeMap<String, Channel>,
    /// The profiles of each channel that lists any, in the order it lists them.
    pub profiles: BTreeMap<String, Vec<Profile>>,
    /// Who may submit.
    pub submitters: Vec<Submitter>,
    /// Who belongs where on which day; empty where the office keeps no directory.
    pub directory: Directory,
    /// What is done at set times; of each name there is one.
    pub schedules: Vec<Schedule>,
    /// The bank's calendar.
    pub calendar: BankCalendar,
}

/// Where the bank's own days stand.
const CALENDAR: &str = "workflows/calendars/bank_jp.csv";
/// Where people are listed by day.
const PEOPLE: &str = "workflows/directory/people.csv";
/// Where branches are.
const BRANCHES: &str = "workflows/directory/branches.csv";
/// Where the profiles are.
const PROFILES: &str = "workflows/profiles";
/// Where the submitters are listed.
const SUBMITTERS: &str = "workflows/submitters.csv";

impl RuleSet {
    /// Reads everything and plays the golden tests; mistakes are added to `mistakes`.
    pub fn read(files: &Files, deadline: ApprovalDeadline, mistakes: &mut Vec<Mistake>) -> Self {
        let (flows, calendar) = Self::rules(files, mistakes);
        golden_tests(files, &flows, (&calendar, deadline), mistakes);
        let channels = read_channels(files, &flows, mistakes);
        let profiles = profiles_of(&channels, &read_profiles(files, mistakes), mistakes);
        let mut submitters = text(files, SUBMITTERS).map_or_else(Vec::new, |text| {
            load_submitters(SUBMITTERS, &text).unwrap_or_else(|found| {
                mistakes.extend(found);
                Vec::new()
            })
        });
        add_trials(&channels, &mut submitters);
        let directory = read_directory(files, mistakes);
        let schedules = read_schedules(files, mistakes);
        Self { flows, channels, profiles, submitters, directory, schedules, calendar }
    }

    /// Flows and calendar alone, whatever else has mistakes.
    pub fn rules(files: &Files, mistakes: &mut Vec<Mistake>) -> (Flows, BankCalendar) {
        (read_flows(files, mistakes), read_calendar(files, mistakes))
    }
}

/// Whoever is listed as a customer who submits may try out files (導入テスト) as well, where there
/// is a channel for it.
fn add_trials(channels: &BTreeMap<String, Channel>, submitters: &mut Vec<Submitter>) {
    for name in channels.keys().filter(|name| is_trial(name)) {
        let customers = submitters.iter().filter(|one| one.channel == "customers");
        let trials = customers.map(|one| Submitter { channel: name.clone(), ..one.clone() });
        let trials: Vec<_> = trials.collect();
        submitters.extend(trials);
    }
}

/// The flows a channel names that are not in force on `day`, each with the mistake to tell.
///
/// A flow that comes into force later stands beside the one in force, not in its place.
pub fn not_in_force(
    channels: &BTreeMap<String, Channel>,
    flows: &Flows,
    day: Date,
) -> Vec<(String, Mistake)> {
    let routes = channels.values().flat_map(|channel| channel.routes.values());
    let mut early: BTreeMap<String, Mistake> = BTreeMap::new();
    for id in routes.map(|route| &route.workflow) {
        let here = flows.get(id).map(Vec::as_slice).unwrap_or_default();
        if here.is_empty() || here.iter().any(|flow| flow.definition.effective_from <= day) {
            continue;
        }
        let mistake = Mistake {
            file: format!("workflows/{id}.yaml"),
            line: 0,
            column: 1,
            length: 1,
            ja: format!(
                "流れ「{id}」は {day} にはまだ施行されていません。いまの定義を残し、\
                 新しい定義は別のファイル名で置いてください。"
            ),
            en: format!(
                "flow `{id}` is not in force on {day}; keep the present one and put the coming \
                 one beside it under another file name"
            ),
        };
        early.insert(id.clone(), mistake);
    }
    early.into_iter().collect()
}

/// The day a flow's text says it comes into force, as far as that can be read.
pub fn effective_from(text: &str) -> Option<Date> {
    let line = text.lines().find_map(|line| line.strip_prefix("effective_from:"))?;
    let value = line.split('#').next().unwrap_or_default();
    Date::parse(value.trim().trim_matches(['"', '\''])).ok()
}

/// Whether a file must be published where publication takes two people: everything that decides
/// who approves what. The list of submitters is kept by the desk.
pub fn is_published(name: &str) -> bool {
    name.starts_with("workflows/") && name != SUBMITTERS
}

/// The text of a file an office edits: UTF-8, or else CP932 as Excel saves it.
pub fn decoded(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes)
        .map_or_else(|_| encoding_rs::SHIFT_JIS.decode(bytes).0.into_owned(), str::to_owned)
}

/// The text of one file.
fn text(files: &Files, name: &str) -> Option<String> {
    files.get(name).map(|bytes| decoded(bytes))
}

/// The files of a folder with an ending, by whole name, with their texts.
fn texts<'f>(
    files: &'f Files,
    folder: &'f str,
    ending: &'f str,
) -> impl Iterator<Item = (&'f str, String)> {
    files.iter().filter_map(move |(name, bytes)| {
        let rest = name.strip_prefix(folder)?.strip_prefix('/')?;
        let here = !rest.contains('/') && rest.strip_suffix(ending)?.ends_with('.');
        here.then(|| (name.as_str(), decoded(bytes)))
    })
}

/// A file's name without folder and ending.
fn stem(name: &str) -> &str {
    let base = name.rsplit('/').next().unwrap_or(name);
    base.rsplit_once('.').map_or(base, |(stem, _)| stem)
}

fn read_flows(files: &Files, mistakes: &mut Vec<Mistake>) -> Flows {
    let base = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
    let tables = texts(files, "workflows/tables", "csv").map(|(name, text)| (base(name), text));
    let parts = texts(files, "workflows/parts", "yaml");
    let parts = parts.map(|(name, text)| (format!("parts/{}", base(name)), text));
    let tables: BTreeMap<String, String> = tables.chain(parts).collect();
    let mut flows = Flows::new();
    for (name, text) in texts(files, "workflows", "yaml") {
        match load_with_tables(name, &text, &tables) {
            Ok(definition) => {
                let definition = Arc::new(definition);
                let text = definition.source.pinned();
                flows.entry(definition.id.clone()).or_default().push(Flow { definition, text });
            }
            Err(found) => mistakes.extend(found),
        }
    }
    flows
}

/// Plays the golden tests; those of a flow that cannot be read wait until it can.
fn golden_tests(
    files: &Files,
    flows: &Flows,
    (calendar, deadline): (&BankCalendar, ApprovalDeadline),
    mistakes: &mut Vec<Mistake>,
) {
    let definitions = flows.values().flatten().map(|flow| flow.definition.as_ref());
    let definitions: Vec<&Definition> = definitions.collect();
    let written = texts(files, "workflows", "yaml").map(|(name, _)| stem(name));
    let unread: Vec<&str> = written.filter(|name| !flows.contains_key(*name)).collect();
    let bank = Bank { definitions: &definitions, unread: &unread, calendar, deadline };
    for (file, text) in texts(files, "workflows/tests", "yaml") {
        mistakes.extend(check_golden(file, &text, bank));
    }
}

fn read_channels(
    files: &Files,
    flows: &Flows,
    mistakes: &mut Vec<Mistake>,
) -> BTreeMap<String, Channel> {
    // A flow with mistakes of its own is not also unknown: one mistake is told once.
    let written = texts(files, "workflows", "yaml").map(|(name, _)| stem(name));
    let known: Vec<&str> = flows.keys().map(String::as_str).chain(written).collect();
    let mut channels = BTreeMap::new();
    for (file, text) in texts(files, "workflows/channels", "yaml") {
        match Channel::load(file, stem(file), &text, &known) {
            Ok(channel) => {
                mistakes.extend(whole_files_with_consent(file, &channel, flows));
                channels.insert(channel.name.clone(), channel);
            }
            Err(found) => mistakes.extend(found),
        }
    }
    channels
}

/// The profiles there are, by name; those with mistakes are none.
fn read_profiles(files: &Files, mistakes: &mut Vec<Mistake>) -> BTreeMap<String, Option<Profile>> {
    let mut profiles = BTreeMap::new();
    for (file, text) in texts(files, PROFILES, "yaml") {
        let profile = load_profile(file, stem(file), &text).map_err(|found| mistakes.extend(found));
        profiles.insert(stem(file).to_owned(), profile.ok());
    }
    profiles
}

/// The profiles each channel lists; one that is not there is a mistake.
fn profiles_of(
    channels: &BTreeMap<String, Channel>,
    known: &BTreeMap<String, Option<Profile>>,
    mistakes: &mut Vec<Mistake>,
) -> BTreeMap<String, Vec<Profile>> {
    let mut found = BTreeMap::new();
    for channel in channels.values() {
        for name in &channel.profiles {
            match known.get(name) {
                Some(profile) => {
                    let listed: &mut Vec<Profile> = found.entry(channel.name.clone()).or_default();
                    listed.extend(profile.clone());
                }
                None => mistakes.push(Mistake {
                    file: format!("workflows/channels/{}.yaml", channel.name),
                    line: 0,
                    column: 1,
                    length: 1,
                    ja: format!(
                        "変換表「{name}」がありません。{PROFILES}/{name}.yaml を置いてください。"
                    ),
                    en: format!("there is no profile `{name}`; add {PROFILES}/{name}.yaml"),
                }),
            }
        }
    }
    found
}

/// Routes that make one case of rows with different other sides, where these are to consent.
fn whole_files_with_consent(file: &str, channel: &Channel, flows: &Flows) -> Vec<Mistake> {
    let asks = |id: &str| {
        let known = flows.get(id).map(Vec::as_slice).unwrap_or_default();
        known.iter().any(|flow| flow.definition.asks_counterparty())
    };
    let whole = channel.routes.iter().filter(|(_, route)| route.unit == Unit::File);
    let wrong = whole.filter(|(_, route)| asks(&route.workflow));
    let mistakes = wrong.map(|(kind, route)| Mistake {
        file: file.to_owned(),
        line: 0,
        column: 1,
        length: 1,
        ja: format!(
            "流れ「{}」は相手の承諾を一件ごとに求めます。{} の行に unit: record と書いてください。",
            route.workflow,
            kind.name()
        ),
        en: format!(
            "flow `{}` asks the other side of each request; write `unit: record` for {}",
            route.workflow,
            kind.name()
        ),
    });
    mistakes.collect()
}

/// What is done at set times.
fn read_schedules(files: &Files, mistakes: &mut Vec<Mistake>) -> Vec<Schedule> {
    let mut schedules: Vec<Schedule> = Vec::new();
    for (file, text) in texts(files, "workflows/schedules", "yaml") {
        match Schedule::load(file, &text) {
            Ok(one) if schedules.iter().any(|other| other.id == one.id) => {
                let ja = format!("id「{}」はほかのファイルにもあります。", one.id);
                let en = format!("another file has the id `{}`, too", one.id);
                let file = file.to_owned();
                mistakes.push(Mistake { file, line: 0, column: 1, length: 1, ja, en });
            }
            Ok(schedule) => schedules.push(schedule),
            Err(found) => mistakes.extend(found),
        }
    }
    schedules
}

/// People and branches by day.
fn read_directory(files: &Files, mistakes: &mut Vec<Mistake>) -> Directory {
    let (people, branches) = (text(files, PEOPLE), text(files, BRANCHES));
    let people = people.as_deref().map(|text| (PEOPLE, text));
    let branches = branches.as_deref().map(|text| (BRANCHES, text));
    load_directory(people, branches).unwrap_or_else(|found| {
        mistakes.extend(found);
        Directory::default()
    })
}

fn read_calendar(files: &Files, mistakes: &mut Vec<Mistake>) -> BankCalendar {
    let Some(text) = text(files, CALENDAR) else { return BankCalendar::japan() };
    BankCalendar::with_overrides(&text).unwrap_or_else(|found| {
        mistakes.extend(found.into_iter().map(|error| Mistake {
            file: CALENDAR.to_owned(),
            line: usize::try_from(error.line).unwrap_or(0),
            column: 1,
            length: 1,
            ja: "休業日の行が読めません。「2026-05-07,臨時休業」の形で書いてください。".to_owned(),
            en: format!("{}; write `2026-05-07,name`", error.what),
        }));
        BankCalendar::japan()
    })
}

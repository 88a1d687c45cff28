//! Channels: which files come in by which door, and which workflow takes them.

use std::collections::BTreeMap;

use crate::domain::{AcceptPolicy, Origin, RequestKind};

use super::{
    Mistake, Unit,
    due::{Span, parse_time},
    yaml::{Map, Node, Reader},
};

/// A channel: a file `workflows/channels/<name>.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The first folder under `inbox/`, e.g. `customers`.
    pub name: String,
    /// Its name on pages, e.g. 共有フォルダ.
    pub title: String,
    /// What its files hold.
    pub brings: Brings,
    /// What happens to a file with some wrong rows.
    pub accept: AcceptPolicy,
    /// Whether a JSON file is written beside each result.
    pub json: bool,
    /// Who keys in its scanned papers; none where it takes no pictures.
    pub keying: Option<Keying>,
    /// What must lie beside a dropped file before it is taken.
    pub complete: Complete,
    /// The profiles its files of other systems may be read by, by name.
    pub profiles: Vec<String>,
    /// Whether its files are looked into for viruses before anything of them is read.
    pub antivirus: Antivirus,
    /// Which workflow takes which kind of request; none where it brings something else.
    pub routes: BTreeMap<RequestKind, Route>,
}

/// Who keys in the papers of a channel. Always two people, and a third where they differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keying {
    /// The role of whoever does so.
    pub role: String,
    /// Where the second and the third may be.
    pub second: SecondAt,
    /// From when on a paper counts as of the next bank day: hour and minute on a Tokyo clock. With
    /// it, when the paper came (受付時刻) is keyed in, too; none where that is not asked.
    pub cut_off: Option<(u32, u32)>,
    /// How long the sheets of one form may be apart before a person is told, in milliseconds.
    pub pages_within_ms: i64,
    /// How long after one another a picture and the file of its name may come, in milliseconds.
    pub pair_within_ms: i64,
}

/// How long the sheets of one form may be apart where a channel does not say.
const PAGES_WITHIN_MS: i64 = 30 * 60_000;

/// How long a picture and the file of its name may be apart where a channel does not say.
const PAIR_WITHIN_MS: i64 = 2 * 60_000;

/// Where whoever reads a paper after the first may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondAt {
    /// At the branch the paper came to.
    Desk,
    /// At any branch: a small one has too few people.
    Anywhere,
}

/// What must lie beside a dropped file before it is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Complete {
    /// Nothing: what is there is heeded.
    #[default]
    Any,
    /// The marker `X.done`.
    Done,
    /// What its bytes can be held against: `X.manifest.json` or `X.sha256`.
    Manifest,
}

/// Whether files are looked into for viruses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Antivirus {
    /// They are not.
    #[default]
    Off,
    /// Nothing is read unscanned: while the scanner is away, files wait.
    Required,
}

/// What the files of a channel hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Brings {
    /// Requests, which open cases.
    Requests,
    /// What became of cases that were sent on, which wait for it.
    Results,
    /// Applications for contracts, and lists of customers.
    Contracts,
    /// Mails that came back.
    Bounces,
    /// Requests that are judged and not taken in (導入テスト).
    Trials,
}

/// Whether a channel's files are only tried out (導入テスト): whatever its file says, it is that of
/// this name.
pub fn is_trial(channel: &str) -> bool {
    brought_by(channel) == Brings::Trials
}

/// Whether a channel takes pictures and nothing else: what was keyed in by one person alone comes
/// another way.
pub fn takes_pictures_alone(channel: &str) -> bool {
    channel == "fax"
}

/// What every channel of a name brings.
fn brought_by(name: &str) -> Brings {
    match name {
        "center" => Brings::Results,
        "contracts" => Brings::Contracts,
        "bounces" => Brings::Bounces,
        "test" => Brings::Trials,
        _ => Brings::Requests,
    }
}

/// Where requests of one kind go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The workflow's id.
    pub workflow: String,
    /// Whether the whole file or each record is a case.
    pub unit: Unit,
}

impl Channel {
    /// Reads a channel file, all mistakes at once.
    ///
    /// `name` is the file's name without `.yaml`, `workflows` the ids of the workflows there are.
    pub fn load(
        file: &str,
        name: &str,
        text: &str,
        workflows: &[&str],
    ) -> Result<Self, Vec<Mistake>> {
        let mut reader = Reader::new(file);
        let channel = reader.parse(text).and_then(|node| read(&mut reader, name, &node, workflows));
        reader.finish(channel)
    }
}

/// Every key a channel may have.
const KEYS: [&str; 10] = [
    "schema",
    "title",
    "brings",
    "accept",
    "result",
    "complete",
    "antivirus",
    "keying",
    "profiles",
    "routes",
];

fn read(reader: &mut Reader, name: &str, node: &Node, workflows: &[&str]) -> Option<Channel> {
    let map = reader.map(node, &KEYS);
    let title = map.need(reader, "title").and_then(|node| reader.text(node)).map(str::to_owned);
    let accept = map.get("accept").map_or(Some(AcceptPolicy::File), |node| {
        reader.choice(node, &[("file", AcceptPolicy::File), ("record", AcceptPolicy::Record)])
    });
    let json = map
        .get("result")
        .map_or(Some(false), |node| reader.choice(node, &[("csv", false), ("csv_and_json", true)]));
    let complete = map.get("complete").map_or(Some(Complete::Any), |node| {
        let words =
            [("any", Complete::Any), ("done", Complete::Done), ("manifest", Complete::Manifest)];
        reader.choice(node, &words)
    });
    let antivirus = map.get("antivirus").map_or(Some(Antivirus::Off), |node| {
        reader.choice(node, &[("off", Antivirus::Off), ("required", Antivirus::Required)])
    });
    let brings = read_brings(reader, name, map);
    let profiles = read_profiles(reader, brings, map.get("profiles"));
    let keying = map.get("keying").and_then(|node| read_keying(reader, name, node));
    let routes = match (brings, map.get("routes")) {
        (Some(brings), None) if brings != Brings::Requests => Some(BTreeMap::new()),
        (Some(brings), Some(node)) if brings != Brings::Requests => {
            let ja = "この経路のファイルは案件になりません。routes を消してください。";
            reader.say(node.at, ja, "its files become no cases; remove `routes`");
            None
        }
        _ => {
            // What may come on paper is for the institution to choose; elsewhere all may.
            let all = keying.is_none();
            map.need(reader, "routes").map(|node| read_routes(reader, node, workflows, all))
        }
    };
    Some(Channel {
        name: name.to_owned(),
        title: title?,
        brings: brings?,
        accept: accept?,
        json: json?,
        keying,
        complete: complete?,
        profiles,
        antivirus: antivirus?,
        routes: routes?,
    })
}

/// What a channel of this name brings, where it says so and may.
fn read_brings(reader: &mut Reader, name: &str, map: Map<'_>) -> Option<Brings> {
    let brings = map.get("brings").map_or(Some(Brings::Requests), |node| {
        let words = [
            ("requests", Brings::Requests),
            ("results", Brings::Results),
            ("contracts", Brings::Contracts),
            ("bounces", Brings::Bounces),
            ("trials", Brings::Trials),
        ];
        reader.choice(node, &words)
    });
    if brings.is_some_and(|brings| brings != brought_by(name)) {
        let ja = "center.yaml には brings: results、contracts.yaml には brings: contracts、\
                  bounces.yaml には brings: bounces、test.yaml には brings: trials と書き、\
                  ほかの経路には書かないでください。";
        let en = "`brings: results` belongs in center.yaml, `brings: contracts` in contracts.yaml, \
                  `brings: bounces` in bounces.yaml, `brings: trials` in test.yaml";
        reader.say(map.at, ja, en);
    }
    brings
}

/// The profiles a channel lists; only requests are read by any.
fn read_profiles(reader: &mut Reader, brings: Option<Brings>, node: Option<&Node>) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    if brings.is_some_and(|brings| brings != Brings::Requests) {
        let ja = "変換表は請求のファイルにだけ使います。profiles を消してください（導入テストは customers の変換表で読みます）。";
        reader.say(node.at, ja, "only requests are read by profiles; remove `profiles`");
    }
    let names = Reader::list(node).into_iter();
    names.filter_map(|node| reader.text(node).map(str::to_owned)).collect()
}

fn read_keying(reader: &mut Reader, channel: &str, node: &Node) -> Option<Keying> {
    let map = reader.map(node, &["role", "second", "cut_off", "pages_within", "pair_within"]);
    let role = map.need(reader, "role").and_then(|node| reader.text(node)).map(str::to_owned);
    let second = map.get("second").map_or(Some(SecondAt::Desk), |node| {
        reader.choice(node, &[("desk", SecondAt::Desk), ("anywhere", SecondAt::Anywhere)])
    });
    if Origin::of(channel) != Origin::Paper {
        let ja = "この経路に書面は来ません。keying を消すか、fax.yaml か branches.yaml に書いてください。";
        reader.say(
            node.at,
            ja,
            "no papers come this way; `keying` belongs in fax.yaml or branches.yaml",
        );
        return None;
    }
    let cut_off = match map.get("cut_off") {
        None => Some(None),
        Some(node) => reader.text(node).and_then(|text| {
            let time = parse_time(text);
            if time.is_none() {
                let ja = "時刻は 15:00 の形で書いてください。";
                reader.say(node.at, ja, "write a time of day as 15:00");
            }
            time.map(Some)
        }),
    };
    let pages_within_ms = read_within(reader, map.get("pages_within"), PAGES_WITHIN_MS);
    let pair_within_ms = read_within(reader, map.get("pair_within"), PAIR_WITHIN_MS);
    Some(Keying {
        role: role?,
        second: second?,
        cut_off: cut_off?,
        pages_within_ms: pages_within_ms?,
        pair_within_ms: pair_within_ms?,
    })
}

/// A time by the clock, in milliseconds.
fn read_within(reader: &mut Reader, node: Option<&Node>, unsaid: i64) -> Option<i64> {
    let Some(node) = node else { return Some(unsaid) };
    let span = match Span::parse(reader.text(node)?) {
        Some(Span::Minutes(minutes)) if minutes > 0 => {
            Some(i64::from(minutes).saturating_mul(60_000))
        }
        _ => None,
    };
    if span.is_none() {
        let ja = "時間は 30m か 2h の形で書いてください。";
        reader.say(node.at, ja, "write a time as 30m or 2h");
    }
    span
}

fn read_routes(
    reader: &mut Reader,
    node: &Node,
    workflows: &[&str],
    all: bool,
) -> BTreeMap<RequestKind, Route> {
    let kinds = RequestKind::ALL.map(RequestKind::name);
    let mut routes = BTreeMap::new();
    let map = reader.map(node, &kinds);
    for kind in kinds.into_iter().filter(|_| all) {
        map.need(reader, kind);
    }
    for (key, node) in map.entries() {
        let Some(kind) = RequestKind::parse(&key.name) else { continue };
        let map = reader.map(node, &["workflow", "unit"]);
        let workflow = map.need(reader, "workflow").and_then(|node| {
            let name = reader.text(node)?;
            if !workflows.contains(&name) {
                reader.unknown(node.at, ("ワークフロー", "workflow"), name, workflows);
            }
            Some(name.to_owned())
        });
        let unit = map.get("unit").map_or(Some(Unit::File), |node| {
            reader.choice(node, &[("file", Unit::File), ("record", Unit::Record)])
        });
        if let (Some(workflow), Some(unit)) = (workflow, unit) {
            routes.insert(kind, Route { workflow, unit });
        }
    }
    routes
}

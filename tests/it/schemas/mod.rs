//! The published schemas say what the loaders say: an editor that follows them refuses nothing
//! the program takes, and knows every key and word.

mod cases;
mod keys;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use boon::{Compiler, SchemaIndex, Schemas};
use kessai::domain::BankCalendar;
use kessai::workflow::{
    ApprovalDeadline, Bank, Channel, Definition, Mistake, Schedule, check_golden, load_profile,
    load_with_tables,
};
use serde_json::Value;

use crate::engine::{Dice, texts, written};

/// A format of definition files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Flow,
    Part,
    Channel,
    Schedule,
    Golden,
    Profile,
}

impl Format {
    const ALL: [Self; 6] =
        [Self::Flow, Self::Part, Self::Channel, Self::Schedule, Self::Golden, Self::Profile];

    /// The file of its schema, below the schemas' folder.
    fn file(self) -> &'static str {
        match self {
            Self::Flow => "flow.schema.json",
            Self::Part => "part.schema.json",
            Self::Channel => "channel.schema.json",
            Self::Schedule => "schedule.schema.json",
            Self::Golden => "golden.schema.json",
            Self::Profile => "profile.schema.json",
        }
    }

    /// Its schema as it is written.
    fn schema(self) -> Value {
        serde_json::from_str(&fs::read_to_string(schemas().join(self.file())).unwrap()).unwrap()
    }

    /// What its loader says of a text called `name`.
    fn mistakes(self, name: &str, text: &str) -> Vec<Mistake> {
        match self {
            Self::Flow => load_with_tables("flow.yaml", text, &texts()).err(),
            Self::Part => {
                let parts = BTreeMap::from([("parts/part.yaml".to_owned(), text.to_owned())]);
                load_with_tables("flow.yaml", CALLS, &parts).err()
            }
            Self::Channel => Channel::load("c.yaml", name, text, &ROUTED).err(),
            Self::Schedule => Schedule::load("s.yaml", text).err(),
            Self::Golden => Some(check_golden("g.yaml", text, bank())),
            Self::Profile => load_profile("p.yaml", name, text).err(),
        }
        .unwrap_or_default()
    }
}

/// A flow that calls the part `part`.
const CALLS: &str = "\
schema: 1
id: calls
title: 部品を呼ぶ流れ
effective_from: 2026-04-01
steps:
  - approve: two
    need: [{who: {role: checker, at: desk}, n: 2}]
  - call: part
  - emit: out
    effects: [clearing]
  - end: done
";

fn schemas() -> PathBuf {
    root().join("workflows/schemas")
}

/// The flows that the shipped channels lead to.
const ROUTED: [&str; 11] = [
    "paper",
    "accrual",
    "accrual_creditor",
    "assignment",
    "cancellation",
    "change",
    "guarantee",
    "payment",
    "disclosure",
    "discount",
    "institution_transfer",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The shipped flows, by which golden files are played.
static FLOWS: LazyLock<Vec<Definition>> = LazyLock::new(|| {
    let flows = yaml_below("workflows");
    flows.iter().map(|(_, text)| load_with_tables("f.yaml", text, &texts()).unwrap()).collect()
});
static SHIPPED: LazyLock<Vec<&Definition>> = LazyLock::new(|| FLOWS.iter().collect());
static CALENDAR: LazyLock<BankCalendar> = LazyLock::new(BankCalendar::japan);

fn bank() -> Bank<'static> {
    let deadline = ApprovalDeadline::default();
    Bank { definitions: &SHIPPED, unread: &[], calendar: &CALENDAR, deadline }
}

/// The YAML files right in a folder of the package: name without ending, and text.
fn yaml_below(folder: &str) -> Vec<(String, String)> {
    let files = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<(String, String)> = files
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    found.sort();
    found
}

/// Every file the package ships or its tests use: format, name and text.
fn files() -> Vec<(Format, String, String)> {
    let folders = [
        (Format::Flow, "workflows"),
        (Format::Flow, "tests/it/data/flows"),
        (Format::Part, "workflows/parts"),
        (Format::Part, "tests/it/data/flows/parts"),
        (Format::Channel, "workflows/channels"),
        (Format::Schedule, "workflows/schedules"),
        (Format::Golden, "workflows/tests"),
        (Format::Profile, "workflows/profiles"),
    ];
    let all = folders.into_iter().flat_map(|(format, folder)| {
        yaml_below(folder).into_iter().map(move |(name, text)| (format, name, text))
    });
    all.collect()
}

/// The compiled schemas.
struct Judge {
    schemas: Schemas,
    by: BTreeMap<&'static str, SchemaIndex>,
}

static JUDGE: LazyLock<Judge> = LazyLock::new(|| {
    let (mut compiler, mut compiled) = (Compiler::new(), Schemas::new());
    let mut compile = |format: Format| {
        let path = schemas().join(format.file());
        compiler.compile(path.to_str().unwrap(), &mut compiled).unwrap()
    };
    let by = Format::ALL.map(|format| (format.file(), compile(format))).into();
    Judge { schemas: compiled, by }
});

/// What an editor says of a text; nothing where it is well.
///
/// The loaders read every scalar as it is written: quoted or not must be the same here.
fn said(format: Format, text: &str) -> Option<String> {
    let read = value(text)?;
    let judged = [read.clone(), quoted(read)].map(|one| {
        let told = JUDGE.schemas.validate(&one, JUDGE.by[format.file()]);
        told.err().map(|error| error.to_string())
    });
    judged.into_iter().flatten().next()
}

/// A text as an editor reads it; nothing where it is no YAML.
fn value(text: &str) -> Option<Value> {
    let options = serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::LastWins,
    };
    serde_saphyr::from_str_with_options(text, options).ok()
}

/// The same with quotes around every scalar.
fn quoted(value: Value) -> Value {
    match value {
        Value::Null => Value::String(String::new()),
        Value::Bool(_) | Value::Number(_) => Value::String(value.to_string()),
        Value::String(text) => Value::String(text),
        Value::Array(items) => Value::Array(items.into_iter().map(quoted).collect()),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (key, quoted(value))).collect())
        }
    }
}

#[test]
fn every_file_that_is_shipped_or_tried_is_valid() {
    let files = files();
    assert!(files.len() > 15, "{}", files.len());
    for (format, name, text) in files {
        let mistakes = format.mistakes(&name, &text);
        assert!(mistakes.is_empty(), "{name}: {mistakes:?}");
        assert_eq!(said(format, &text), None, "{name}");
    }
}

#[test]
fn every_written_flow_that_loads_is_valid() {
    let mut loaded = 0;
    for seed in 0..1_000 {
        let text = written(&mut Dice::new(seed + 1));
        if Format::Flow.mistakes("flow", &text).is_empty() {
            loaded += 1;
            assert_eq!(said(Format::Flow, &text), None, "flow {seed}:\n{text}");
        }
    }
    assert!(loaded > 300, "too few flows load: {loaded}");
}

#[test]
fn what_still_loads_after_a_line_was_changed_is_valid() {
    let instead = |line: &str, value: &str| match line.split_once(": ") {
        Some((key, _)) => format!("{key}: {value}"),
        None => line.to_owned(),
    };
    let changes: [&dyn Fn(&str) -> String; 11] = [
        &|_| String::new(),
        &|line| line.replacen(": ", ": 1", 1),
        &|line| line.replacen('[', "", 1).replacen(']', "", 1),
        &|line| line.replacen("- ", "", 1),
        &|line| line.replacen('{', "[", 1).replacen('}', "]", 1),
        &|line| instead(line, ""),
        &|line| instead(line, "true"),
        &|line| instead(line, "\"1\""),
        &|line| instead(line, "submitter"),
        &|line| instead(line, "[]"),
        &|line| instead(line, "{}"),
    ];
    let (mut loaded, mut refused) = (0, 0);
    for (format, name, text) in files() {
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.starts_with('#')) {
            for change in changes {
                let other = change(line);
                if other == *line {
                    continue;
                }
                let text = [&lines[..at], &[&other], &lines[at + 1..]].concat().join("\n");
                if format.mistakes(&name, &text).is_empty() {
                    loaded += 1;
                    assert_eq!(said(format, &text), None, "{name}: {line} -> {other}");
                } else if said(format, &text).is_some() {
                    refused += 1;
                }
            }
        }
    }
    assert!(loaded > 200 && refused > 200, "{loaded} load, {refused} are refused by both");
}

#[test]
fn a_fresh_root_has_the_schema_each_of_its_files_names_and_is_well() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = folder.path().join("root");
    let kessai = |args: &[&str]| {
        let answer = Command::new(env!("CARGO_BIN_EXE_kessai")).args(args).output().unwrap();
        assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stdout));
    };
    kessai(&["init", fresh.to_str().unwrap()]);
    kessai(&["check", "--root", fresh.to_str().unwrap()]);
    for (below, schema) in [
        ("", "flow.schema.json"),
        ("channels", "channel.schema.json"),
        ("schedules", "schedule.schema.json"),
        ("tests", "golden.schema.json"),
    ] {
        let files = yaml_below(fresh.join("workflows").join(below).to_str().unwrap());
        assert!(!files.is_empty(), "{below}");
        for (name, text) in files {
            let line = text.lines().next().unwrap();
            let named = line.strip_prefix("# yaml-language-server: $schema=");
            let path = fresh.join("workflows").join(below).join(named.expect(&name));
            let shipped = fs::read(schemas().join(schema)).unwrap();
            assert_eq!(fs::read(path).ok(), Some(shipped), "{name}: {line}");
        }
    }
    assert!(fresh.join("workflows/schemas/part.schema.json").is_file());
}

//! Which room may use which: the arrows of the map, checked in every source file.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// A room of the house: `src/<name>/`.
struct Room {
    name: &'static str,
    /// The rooms it may use, besides itself.
    may_use: &'static [&'static str],
    /// The few things it may use of a room it may not use whole: room and item.
    besides: &'static [(&'static str, &'static str)],
    /// What must not be written in it at all.
    must_not_mention: &'static [&'static str],
}

/// What touches the world: never in a room that only thinks.
const WORLD: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "tokio",
    "sled",
    "SystemTime",
    "Instant",
    "chrono::Local",
    "chrono::Utc",
];

/// As `WORLD`; the domain reads no format either.
const WORLD_AND_FORMATS: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "tokio",
    "sled",
    "csv",
    "quick_xml",
    "serde_json",
    "SystemTime",
    "Instant",
    "chrono::Local",
    "chrono::Utc",
];

/// The table. Rooms that serve (store, channels, pki) know the ports; rooms that drive (spool,
/// web) know the use cases; only `app` knows everybody.
const ROOMS: &[Room] = &[
    Room { name: "domain", may_use: &[], besides: &[], must_not_mention: WORLD_AND_FORMATS },
    Room { name: "workflow", may_use: &["domain"], besides: &[], must_not_mention: WORLD },
    Room { name: "formats", may_use: &["domain"], besides: &[], must_not_mention: WORLD },
    Room {
        name: "render",
        may_use: &["workflow", "domain"],
        besides: &[],
        must_not_mention: &["std::fs", "std::net", "tokio", "sled", "SystemTime", "Instant"],
    },
    Room { name: "ports", may_use: &["workflow", "domain"], besides: &[], must_not_mention: WORLD },
    Room {
        name: "service",
        may_use: &["ports", "render", "formats", "workflow", "domain"],
        besides: &[],
        must_not_mention: &["std::fs", "std::net", "tokio", "sled", "SystemTime", "Instant"],
    },
    Room {
        name: "store",
        may_use: &["ports", "workflow", "domain"],
        besides: &[],
        must_not_mention: &["std::net", "tokio", "SystemTime"],
    },
    Room {
        name: "channels",
        may_use: &["ports", "workflow", "domain"],
        besides: &[],
        must_not_mention: &["sled", "SystemTime", "Instant"],
    },
    Room {
        name: "pki",
        may_use: &["ports", "workflow", "domain"],
        besides: &[],
        must_not_mention: &["std::net", "tokio", "sled", "SystemTime", "Instant"],
    },
    Room {
        name: "spool",
        may_use: &["service", "ports", "workflow", "domain"],
        // Whether a file's end has come is a question of its format.
        besides: &[("formats", "complete"), ("formats", "Format"), ("formats", "picture_is_whole")],
        must_not_mention: &["std::net", "sled", "SystemTime"],
    },
    Room {
        name: "web",
        may_use: &["service", "ports", "workflow", "domain", "render"],
        besides: &[],
        must_not_mention: &["std::fs", "sled", "SystemTime"],
    },
    Room {
        name: "app",
        may_use: &[
            "domain", "workflow", "formats", "render", "ports", "service", "store", "channels",
            "pki", "spool", "web",
        ],
        besides: &[],
        must_not_mention: &[],
    },
];

/// Every line of `text` that a room must not hold, as `file:line: room must not use other`.
fn violations(room: &Room, file: &str, text: &str) -> Vec<String> {
    let code = strip(text);
    let line_of = |at: usize| code[..at].matches('\n').count() + 1;
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let standing_alone = !code[..at].ends_with(is_word);
        if !standing_alone {
            continue;
        }
        for path in paths(&code[at + "crate::".len()..]) {
            let other = path.split("::").next().unwrap_or_default();
            let is_room = ROOMS.iter().any(|room| room.name == other);
            let item = path.split("::").nth(1).unwrap_or_default();
            let allowed = other == room.name
                || room.may_use.contains(&other)
                || room.besides.contains(&(other, item));
            if is_room && !allowed {
                let line = line_of(at);
                found.push(format!("{file}:{line}: {} must not use {other}", room.name));
            }
        }
    }
    for word in room.must_not_mention {
        for (at, _) in code.match_indices(word) {
            let whole =
                !code[..at].ends_with(is_word) && !code[at + word.len()..].starts_with(is_word);
            if whole {
                let line = line_of(at);
                found.push(format!("{file}:{line}: {} must not mention {word}", room.name));
            }
        }
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The paths after `crate::`: one, or those in braces, each as far as its second part.
fn paths(after: &str) -> Vec<String> {
    let Some(group) = after.strip_prefix('{') else {
        let path: String =
            after.chars().take_while(|c| is_word(*c) || matches!(c, ':' | '{')).collect();
        if let Some((room, _)) = path.split_once("::{") {
            let inner = &after[room.len() + "::".len()..];
            return paths(inner).into_iter().map(|item| format!("{room}::{item}")).collect();
        }
        return vec![path];
    };
    let mut paths_found = Vec::new();
    let (mut depth, mut part) = (0, String::new());
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => paths_found.push(std::mem::take(&mut part)),
            c if depth == 0 && !c.is_whitespace() => part.push(c),
            _ => {}
        }
    }
    paths_found.push(part);
    paths_found.retain(|path| !path.is_empty());
    paths_found
}

/// The text with comments and strings blanked out, every line in its place.
fn strip(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let chars: Vec<char> = text.chars().collect();
    let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
    let mut at = 0;
    while at < chars.len() {
        let rest = &chars[at..];
        let length = if rest.starts_with(&['/', '/']) {
            rest.iter().position(|c| *c == '\n').unwrap_or(rest.len())
        } else if rest.starts_with(&['/', '*']) {
            rest.windows(2).position(|two| two == ['*', '/']).map_or(rest.len(), |at| at + 2)
        } else if let Some(hashes) = raw_string(rest, out.chars().last()) {
            let mut close = vec!['"'];
            close.resize(hashes + 1, '#');
            let open = hashes + 2;
            rest[open..]
                .windows(close.len())
                .position(|part| part == close)
                .map_or(rest.len(), |at| open + at + close.len())
        } else if rest[0] == '"' {
            string_length(rest)
        } else if rest[0] == '\'' {
            char_length(rest)
        } else {
            0
        };
        if length == 0 {
            out.push(rest[0]);
            at += 1;
        } else {
            out.extend(rest[..length].iter().map(|c| blank(*c)));
            at += length;
        }
    }
    out
}

/// How many `#` open a raw string here, if one does.
fn raw_string(rest: &[char], before: Option<char>) -> Option<usize> {
    if rest[0] != 'r' || before.is_some_and(|c| is_word(c) && c != 'b') {
        return None;
    }
    let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
    (rest.get(hashes + 1) == Some(&'"')).then_some(hashes)
}

fn string_length(rest: &[char]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of a character literal; 0 for a lifetime.
fn char_length(rest: &[char]) -> usize {
    match rest {
        ['\'', '\\', ..] => rest.iter().skip(3).position(|c| *c == '\'').map_or(0, |at| at + 4),
        ['\'', _, '\'', ..] => 3,
        _ => 0,
    }
}

/// Every `.rs` file below `folder`, in order.
pub(crate) fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_room_uses_only_the_rooms_it_may() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut report = String::new();
    for room in ROOMS {
        for path in sources(&root.join("src").join(room.name)) {
            let name = path.strip_prefix(root).unwrap().display().to_string();
            for violation in violations(room, &name, &fs::read_to_string(&path).unwrap()) {
                writeln!(report, "{violation}").unwrap();
            }
        }
    }
    assert_eq!(report, "", "\n{report}");
}

#[test]
fn every_folder_of_the_source_is_a_room() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let is_known = ROOMS.iter().any(|room| room.name == name);
        assert!(!entry.path().is_dir() || is_known, "src/{name} is in no line of the table");
    }
}

#[test]
fn a_planted_use_of_another_room_is_found() {
    let domain = &ROOMS[0];
    let planted = "//! crate::service\nuse super::Yen;\nuse crate::service::Desk;\n";
    assert_eq!(violations(domain, "a.rs", planted), ["a.rs:3: domain must not use service"]);
    let grouped = "use crate::{\n    domain::Yen,\n    store::{Memory, Embedded},\n};\n";
    assert_eq!(violations(domain, "a.rs", grouped), ["a.rs:1: domain must not use store"]);
    let inline = "fn f() {\n    let _ = 'a';\n    crate::ports::Step::ALL;\n}\n";
    assert_eq!(violations(domain, "a.rs", inline), ["a.rs:3: domain must not use ports"]);
    let world = "use std::fs;\nfn f() { SystemTime::now(); }\n";
    assert_eq!(
        violations(domain, "a.rs", world),
        ["a.rs:1: domain must not mention std::fs", "a.rs:2: domain must not mention SystemTime"]
    );
    let talk = "// std::fs\nconst A: &str = \"crate::web, std::fs\";\nconst B: &str = r\"tokio\";";
    assert_eq!(violations(domain, "a.rs", talk), Vec::<String>::new());
}

#[test]
fn a_room_may_use_the_one_thing_it_was_given() {
    let spool = ROOMS.iter().find(|room| room.name == "spool").unwrap();
    let fine = "use crate::formats::{self as f, Format};\nuse crate::formats::complete;\n";
    assert_eq!(violations(spool, "a.rs", fine).len(), 1, "`self` is the whole room");
    let too_much = "use crate::formats::{Format, Reader};\n";
    assert_eq!(violations(spool, "a.rs", too_much), ["a.rs:1: spool must not use formats"]);
}

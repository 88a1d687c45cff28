//! The house is in order: sizes, headings, reasons, banned packages.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use kessai::domain::Code;

use crate::layers::sources;

const FILE_MAX: usize = 600;
const LINE_MAX: usize = 100;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file of the package, with its name and text.
fn rust_files() -> Vec<(String, String)> {
    let folders = ["src", "tests", "benches", "examples"].map(|name| root().join(name));
    let folders = folders.iter().filter(|folder| folder.is_dir());
    folders.flat_map(|folder| sources(folder)).map(|path| (name(&path), read(&path))).collect()
}

fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn assert_empty(report: &str) {
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn a_file_is_short_and_so_are_its_lines() {
    let mut report = String::new();
    for (file, text) in rust_files() {
        let lines = text.lines().count();
        if lines > FILE_MAX {
            writeln!(report, "{file}: {lines} lines; split it by what it is about").unwrap();
        }
        for (number, line) in (1..).zip(text.lines()) {
            let columns = line.chars().count();
            if columns > LINE_MAX {
                writeln!(report, "{file}:{number}: {columns} columns").unwrap();
            }
        }
    }
    assert_empty(&report);
}

#[test]
fn nothing_is_left_half_done() {
    // Written in two parts so that this file passes its own test.
    let never = [
        concat!("todo", "!("),
        concat!("unimplemented", "!("),
        concat!("#[ig", "nore"),
        concat!("dbg", "!("),
    ];
    let with_a_name = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    let mut report = String::new();
    for (file, text) in rust_files() {
        for (number, line) in (1..).zip(text.lines()) {
            for word in never.iter().filter(|word| line.contains(**word)) {
                writeln!(report, "{file}:{number}: {word} must not be left").unwrap();
            }
            for word in with_a_name {
                let after = line.split(word).nth(1).and_then(|rest| rest.chars().next());
                let part_of_a_name = after.is_some_and(|c| c.is_alphanumeric() || c == '_');
                if line.contains(word) && !part_of_a_name && after != Some('(') {
                    writeln!(report, "{file}:{number}: write {word}(name)").unwrap();
                }
            }
        }
    }
    assert_empty(&report);
}

#[test]
fn every_file_says_what_it_is_for() {
    let mut report = String::new();
    for (file, text) in rust_files() {
        if !text.starts_with("//! ") {
            writeln!(report, "{file}: begin with `//!` and what the module is for").unwrap();
        }
    }
    assert_empty(&report);
}

#[test]
fn no_banned_package_is_pulled_in() {
    let banned = [
        ("aws-lc-sys", "needs a C compiler"),
        ("openssl-sys", "needs a C library"),
        ("native-tls", "needs a C library"),
        ("bincode", "has ended; postcard stores our values"),
        ("rsa", "leaks by timing; list it here with a reason if it must be"),
    ];
    let lock = read(&root().join("Cargo.lock"));
    let mut report = String::new();
    for (package, why) in banned {
        if lock.lines().any(|line| line == format!("name = \"{package}\"")) {
            writeln!(report, "Cargo.lock holds {package}: {why}").unwrap();
        }
    }
    assert_empty(&report);
}

#[test]
fn every_dependency_has_a_reason() {
    let manifest = read(&root().join("Cargo.toml"));
    let (mut inside, mut heading) = (false, false);
    let mut report = String::new();
    for (number, line) in (1..).zip(manifest.lines()) {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]");
            heading = false;
        } else if line.trim().is_empty() {
            heading = false;
        } else if line.starts_with('#') {
            heading = true;
        } else if inside && !heading && !line.contains(" # ") {
            writeln!(report, "Cargo.toml:{number}: say why: {line}").unwrap();
        }
    }
    assert_empty(&report);
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let folder = root().join("docs/codes");
    let mut report = String::new();
    for code in Code::ALL {
        let page = folder.join(format!("{}.md", code.as_str()));
        if !page.is_file() {
            writeln!(report, "{} has no page {}", code.as_str(), name(&page)).unwrap();
        }
    }
    for entry in fs::read_dir(folder).unwrap() {
        let page = entry.unwrap().path();
        let stem = page.file_stem().unwrap().to_string_lossy().into_owned();
        if !Code::ALL.iter().any(|code| code.as_str() == stem) {
            writeln!(report, "{} is the page of no code", name(&page)).unwrap();
        }
    }
    assert_empty(&report);
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    let paths = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    let endings = ["rs", "toml", "md", "yaml", "yml", "csv", "txt", "xsd", "snap", "html", "css"];
    let mut report = String::new();
    for path in text_files(root(), &endings) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for (number, line) in (1..).zip(text.lines()) {
            if paths.iter().any(|path| line.contains(path)) {
                writeln!(report, "{}:{number}: {line}", name(&path)).unwrap();
            }
        }
    }
    assert_empty(&report);
}

/// Files with one of these endings, without what is built or dropped.
fn text_files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let leaf = path.file_name().unwrap().to_string_lossy().into_owned();
        let passed_over = ["target", "var", "inbox", "outbox"].contains(&leaf.as_str());
        if passed_over || leaf.starts_with('.') || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            found.extend(text_files(&path, endings));
        } else if path.extension().is_some_and(|e| endings.iter().any(|known| e == *known)) {
            found.push(path);
        }
    }
    found
}

/// The names of all tests that there are.
fn tests() -> BTreeSet<String> {
    let texts = rust_files().into_iter().map(|(_, text)| text);
    let mut names = BTreeSet::new();
    for text in texts {
        let begun = text.split("fn ").skip(1).filter_map(|rest| rest.split_once("() {"));
        names.extend(begun.map(|(name, _)| name.to_owned()));
    }
    names
}

#[test]
fn every_row_of_the_verification_standard_names_what_there_is() {
    let (tests, root) = (tests(), root());
    let mut report = String::new();
    let mut seen = BTreeSet::new();
    let mut reader = csv::Reader::from_path(root.join("docs/asvs.csv")).unwrap();
    let heading: Vec<_> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(heading, ["id", "level", "state", "topic", "where", "tests", "note"]);
    for row in reader.records() {
        let row = row.unwrap();
        let [id, level, state, topic, places, tested, note] =
            std::array::from_fn(|column| row.get(column).unwrap());
        let names: Vec<&str> = tested.split_whitespace().collect();
        let mut wrong = |what: &str| writeln!(report, "{id}: {what}").unwrap();
        if !seen.insert(id.to_owned()) || topic.is_empty() || !["1", "2", "3"].contains(&level) {
            wrong("stands twice, or says nothing");
        }
        for place in places.split_whitespace().filter(|place| !root.join(place).exists()) {
            wrong(&format!("there is no {place}"));
        }
        for name in names.iter().filter(|name| !tests.contains(**name)) {
            wrong(&format!("there is no test {name}"));
        }
        let told = match state {
            "met" => !places.is_empty() && (!names.is_empty() || !note.is_empty()),
            "partly" => !places.is_empty() && !note.is_empty(),
            "open" | "not applicable" => names.is_empty() && !note.is_empty(),
            _ => false,
        };
        if !told {
            wrong("its state is not told by a place and a test, or by a reason");
        }
    }
    // All of levels 1 and 2 of version 5.0.
    let chapters: BTreeSet<&str> = seen.iter().filter_map(|id| id.split('.').next()).collect();
    assert_eq!((seen.len() >= 253, chapters.len()), (true, 17), "{}", seen.len());
    assert_empty(&report);
}

#[test]
fn every_event_the_page_says_is_logged_is_logged() {
    let page = read(&root().join("docs/data.md"));
    let logs = page.split("## ").find(|part| part.starts_with("ログに残る")).unwrap();
    let rows = logs.lines().filter(|line| line.starts_with("| ")).skip(1);
    let told: Vec<&str> = rows.flat_map(|row| row.split('`').skip(1).step_by(2)).collect();
    let code: String = sources(&root().join("src")).iter().map(|path| read(path)).collect();
    let gone: Vec<_> = told.iter().filter(|text| !code.contains(&format!("\"{text}\""))).collect();
    assert!(told.len() > 20 && gone.is_empty(), "not logged, or too few: {gone:?}");
}

#[test]
fn every_test_a_promise_names_is_a_test() {
    let tests = tests();
    let page = read(&root().join("docs/promises.md"));
    let mut report = String::new();
    let of = |letter: &str| -> Vec<(String, &str)> {
        let begin = format!("| {letter}");
        let rows = page.lines().filter(|line| line.starts_with(&begin));
        (1..).zip(rows).map(|(number, row)| (format!("{letter}{number}"), row)).collect()
    };
    let tables = [of("S"), of("T"), of("P")];
    assert_eq!(tables.each_ref().map(Vec::len), [22, 15, 7]);
    for (number, row) in tables.iter().flatten() {
        let told = row.rsplit('|').nth(1).unwrap();
        let names: Vec<&str> = told.split('`').skip(1).step_by(2).collect();
        if !row.starts_with(&format!("| {number} |"))
            || (names.is_empty() && !told.contains("まだ"))
        {
            writeln!(report, "{number} names no test and does not say so").unwrap();
        }
        for name in names {
            if !tests.contains(name) {
                writeln!(report, "{number}: there is no test {name}").unwrap();
            }
        }
    }
    assert_empty(&report);
}

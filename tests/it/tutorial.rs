//! The tutorial tells the truth: its commands are run in order, and answer what it shows.

use std::fs;
use std::path::Path;
use std::process::Command;

const TUTORIAL: &str = include_str!("../../docs/tutorial.md");

/// The blocks of the tutorial in order: what they are, and their text.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let parts = TUTORIAL.split("\n```").skip(1).step_by(2);
    parts.map(|part| part.split_once('\n').unwrap()).collect()
}

fn run(folder: &Path, script: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_kessai")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let script = format!("set -e\n{script}\n");
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(folder).env("PATH", path);
    let answer = command.output().unwrap();
    let talk = String::from_utf8_lossy(&answer.stderr).into_owned();
    assert!(answer.status.success(), "{script}\n{talk}");
    String::from_utf8(answer.stdout).unwrap() + &talk
}

#[test]
fn the_commands_of_the_tutorial_answer_what_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    let docs = folder.path().join("docs/tutorial");
    fs::create_dir_all(&docs).unwrap();
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/tutorial")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), docs.join(file.file_name())).unwrap();
    }
    let mut answer = String::new();
    let (mut commands, mut shown) = (0, 0);
    for (kind, text) in blocks() {
        if kind == "sh" {
            answer = run(folder.path(), text);
            commands += 1;
            continue;
        }
        assert_eq!(kind, "text");
        let mut rest = answer.as_str();
        let lines = text.lines().flat_map(|line| line.split('…'));
        for part in lines.map(str::trim).filter(|part| !part.is_empty()) {
            let at = rest.find(part).unwrap_or_else(|| panic!("`{part}` is not in\n{answer}"));
            rest = &rest[at + part.len()..];
            shown += 1;
        }
    }
    assert!(commands > 8 && shown > 25, "{commands} {shown}");
}

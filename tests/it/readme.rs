//! The README tells the truth: its demo is what the demo prints, its commands are commands.

use std::path::Path;
use std::process::Command;

const README: &str = include_str!("../../README.md");

/// What a folder's own path is written as in the README.
const SHORT: &str = "…";

fn demo(root: &Path) -> String {
    let answer = Command::new(env!("CARGO_BIN_EXE_kessai"))
        .args(["demo", "--root"])
        .arg(root)
        .output()
        .unwrap();
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    String::from_utf8(answer.stdout).unwrap().replace(&root.display().to_string(), SHORT)
}

#[test]
fn the_demo_in_the_readme_is_what_the_demo_prints_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = demo(&folder.path().join("first"));
    let second = demo(&folder.path().join("second"));
    assert_eq!(first, second, "the demo prints the same at every run");
    let shown = README.split("<!-- demo -->\n```\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(shown.trim(), first.trim(), "paste the demo's output into README.md");
    let result = "outbox/customers/1AB2CD3EF/20261201-000005-5_12月追加_固定長_result.csv";
    let result = std::fs::read(folder.path().join("first").join(result)).unwrap();
    let (result, ..) = encoding_rs::SHIFT_JIS.decode(&result);
    let place = "エラー,D04,レコード3、22～30バイト目「被請求者利用者番号」,";
    assert!(result.contains(place), "{result}");
}

#[test]
fn every_command_of_the_readme_is_a_command() {
    let mut seen = 0;
    for part in README.split("kessai ").skip(1) {
        let word: String =
            part.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect();
        let quoted = part.starts_with(|c: char| c.is_ascii_lowercase());
        if !quoted || ["is", "an", "claims"].contains(&word.as_str()) {
            continue;
        }
        let help = Command::new(env!("CARGO_BIN_EXE_kessai")).args([&word, "--help"]).output();
        assert!(help.unwrap().status.success(), "`kessai {word}` is not a command");
        seen += 1;
    }
    assert!(seen > 10, "only {seen} commands were found");
}

#[test]
fn the_readme_names_both_commands() {
    assert!(README.contains("cargo run --release -- demo"));
    assert!(README.contains("tests/all"));
}

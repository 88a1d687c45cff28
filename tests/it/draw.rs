//! `kessai draw`: the pictures of the shipped flow and of the demo's cases.

use std::process::{Command, Output};

use crate::json::{kessai, root};

fn drawn(args: &[&str]) -> String {
    kessai(&[args, &["--root", root().to_str().unwrap()]].concat())
}

fn asked(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kessai")).args(args).output().unwrap()
}

#[test]
fn the_shipped_flow() {
    insta::assert_snapshot!(drawn(&["draw", "accrual"]));
}

#[test]
fn a_case_as_it_stood_while_it_waited() {
    insta::assert_snapshot!(drawn(&["as-of", "2026-12-01 09:30", "draw", "20261201-000001-4.1"]));
}

#[test]
fn a_case_that_was_sent_back() {
    insta::assert_snapshot!(drawn(&["draw", "20261201-000002-2.1"]));
}

#[test]
fn a_file_holds_what_stdout_would_have_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("case.svg");
    let case = "20261201-000001-4.1";
    assert_eq!(drawn(&["draw", case, "--out", file.to_str().unwrap()]), "");
    assert_eq!(std::fs::read_to_string(file).unwrap(), drawn(&["draw", case]));
}

#[test]
fn a_flow_needs_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    let root_text = root.to_str().unwrap();
    assert!(asked(&["init", root_text]).status.success());
    std::fs::remove_dir_all(root.join("var")).ok();
    let picture = asked(&["draw", "assignment", "--root", root_text]);
    assert!(picture.status.success() && picture.stdout.starts_with(b"<svg "));
    assert!(!root.join("var").exists());
}

#[test]
fn what_is_not_there_is_said_and_no_file_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none.svg");
    for what in ["nothing", "20261201-000009-5.1"] {
        let place = ["--root", root().to_str().unwrap(), "--out", file.to_str().unwrap()];
        let answer = asked(&[&["draw", what], place.as_slice()].concat());
        assert_eq!(answer.status.code(), Some(1));
        assert!(String::from_utf8(answer.stderr).unwrap().contains("見つかりません"));
        assert!(answer.stdout.is_empty() && !file.exists());
    }
}

//! The commands that need no root.

use std::fs;
use std::process::{Command, Output};

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/formats");

fn kessai(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kessai")).args(args).output().unwrap()
}

fn inspect(file: &str, more: &[&str]) -> Output {
    let file = format!("{DATA}/{file}");
    let args = ["inspect", &file, "--submitter", "987654321", "--on", "2026-12-01"];
    kessai(&[&args[..], more].concat())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn inspect_answers_in_the_promised_json() {
    let output = inspect("dates/drop.csv", &["--json"]);
    assert_eq!(output.status.code(), Some(1));
    let answer = text(&output.stdout);
    let head = concat!(
        r#"{"format":"csv","encoding":"utf-8","records":11,"accepted":3,"rejected":8,"#,
        r#""verdict":"rejected","findings":[{"record":1,"line":2,"column":3,"#,
        r#""field":"record_date","code":"D10","severity":"error","value":"2026-11-30","ja":""#
    );
    assert!(answer.starts_with(head), "{answer}");
    assert!(
        inspect("dates/drop.csv", &["--json", "--policy", "record"])
            .stdout
            .windows(9)
            .any(|part| part == br#""partial""#)
    );
}

#[test]
fn inspect_shows_places_as_people_see_them() {
    let output = inspect("dates/drop.csv", &[]);
    assert!(text(&output.stdout).contains("[エラー D07] 7行目 P列「支払期日」"));
    assert!(output.stderr.is_empty());
    assert_eq!(inspect("utf8_87/drop.csv", &[]).status.code(), Some(0));
    // Warnings alone are no findings.
    assert_eq!(inspect("title_and_total/drop.csv", &[]).status.code(), Some(0));
}

#[test]
fn a_branch_file_belongs_to_its_branch() {
    let file = format!("{DATA}/utf8_87/drop.csv");
    let branch = |code| {
        let args = ["inspect", &file, "--channel", "branches", "--submitter", code, "--on"];
        kessai(&[&args[..], &["2026-12-01"]].concat()).status.code()
    };
    assert_eq!((branch("001"), branch("002")), (Some(0), Some(1)));
}

#[test]
fn failures_and_misuse_have_their_exit_codes() {
    assert_eq!(inspect("none.csv", &[]).status.code(), Some(2));
    for args in [
        &["inspect"][..],
        &["nonsense"],
        &["calendar", "1999"],
        &["template", "13"],
        &["explain", "D99"],
        &[],
    ] {
        let output = kessai(args);
        assert_eq!(output.status.code(), Some(3), "{args:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
    assert_eq!(kessai(&["--help"]).status.code(), Some(0));
}

#[test]
fn names_of_files_are_only_shown_115_to_119() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = fs::read(format!("{DATA}/utf8_87/drop.csv")).unwrap();
    let long = format!("{}.csv", "あ".repeat(83));
    for name in ["..csv", &long, "a\u{202e}vsc.csv", "a\nb.csv"] {
        let path = folder.path().join(name);
        fs::write(&path, &bytes).unwrap();
        let path = path.to_str().unwrap();
        let args = ["inspect", path, "--submitter", "987654321", "--on", "2026-12-01"];
        assert_eq!(kessai(&args).status.code(), Some(0), "{name:?}");
    }
}

#[test]
fn the_calendar_lists_closed_days() {
    let answer = text(&kessai(&["calendar", "2026", "--json"]).stdout);
    assert!(answer.starts_with(r#"[{"date":"2026-01-01","name":"元日"},"#));
    assert!(text(&kessai(&["calendar", "2026"]).stdout).contains("2026-09-22 (火) 国民の休日"));
}

#[test]
fn every_template_inspects_clean() {
    let folder = tempfile::tempdir().unwrap();
    let kinds = ["11", "12", "20", "分割譲渡", "取消", "change", "60", "支払等", "disclosure"];
    for kind in kinds {
        let template = kessai(&["template", kind, "--on", "2026-12-30"]).stdout;
        let path = folder.path().join("t.csv");
        fs::write(&path, template).unwrap();
        let path = path.to_str().unwrap();
        let args = ["inspect", path, "--submitter", "987654321", "--on", "2026-12-30", "--json"];
        let output = kessai(&args);
        let answer = text(&output.stdout);
        assert!(answer.ends_with("\"verdict\":\"accepted\",\"findings\":[]}\n"), "{kind} {answer}");
    }
}

#[test]
fn every_page_belongs_to_a_code_and_is_printed() {
    let pages = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/codes")).unwrap();
    let mut n = 0;
    for page in pages {
        let path = page.unwrap().path();
        let code = path.file_stem().unwrap().to_str().unwrap();
        let output = kessai(&["explain", &code.to_lowercase()]);
        assert_eq!(output.stdout, fs::read(&path).unwrap(), "{code}");
        n += 1;
    }
    assert_eq!(n, kessai::domain::Code::ALL.len());
}

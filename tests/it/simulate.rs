//! `kessai simulate`, and the golden tests that `kessai check` plays.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A fresh root with the shipped flows and their golden tests.
fn fresh() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    assert!(kessai(&["init", root.to_str().unwrap()]).status.success());
    (folder, root)
}

fn kessai(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kessai")).args(args).output().unwrap()
}

/// Exit code and what was said, in one text.
fn said(args: &[&str]) -> String {
    let answer = kessai(args);
    let [out, talk] = [answer.stdout, answer.stderr].map(|text| String::from_utf8(text).unwrap());
    format!("{out}{talk}exit {}\n", answer.status.code().unwrap())
}

fn simulated(root: &Path, args: &[&str]) -> String {
    said(&[&["simulate"], args, &["--root", root.to_str().unwrap()]].concat())
}

fn checked(root: &Path) -> String {
    said(&["check", "--root", root.to_str().unwrap()])
}

fn change(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{} has no {from}", file.display());
    fs::write(file, text.replace(from, to)).unwrap();
}

#[test]
fn without_acts_everybody_approves_in_turn() {
    let (_folder, root) = fresh();
    insta::assert_snapshot!(simulated(&root, &["accrual"]));
}

#[test]
fn listed_acts_happen_and_what_comes_due_in_between_too() {
    let (_folder, root) = fresh();
    let acts = "approve1:approve; checker1:approve; checker1:approve; +1h; \
                manager1:return:desk 3件目の期日; 鈴木:approve; @2026-12-02 16:00; \
                manager1:reject 期限を過ぎたため";
    let data = "pattern=single,total=12345678,rows=5,record_date=2026-12-03";
    insta::assert_snapshot!(simulated(&root, &["accrual", "--data", data, "--do", acts]));
}

#[test]
fn what_still_waits_at_the_end_is_a_finding_that_says_for_whom() {
    let (folder, root) = fresh();
    let people = folder.path().join("people.yaml");
    fs::write(
        &people,
        "sato0001: {name: 佐藤 花子, at: desk, role: checker}\n\
         mori0001: {name: 森 恵子, at: desk, role: manager}\n",
    )
    .unwrap();
    let (people, at, until) = (people.to_str().unwrap(), "2026-12-28 16:00", "2027-01-04 10:00");
    let times = ["--at", at, "--until", until];
    let cast = ["--data", "channel=branches", "--people", people];
    let acts = ["--do", "sato:approve"];
    let args = [&["assignment"], times.as_slice(), &cast, &acts].concat();
    insta::assert_snapshot!(simulated(&root, &args));
}

#[test]
fn a_flow_is_played_without_a_store_and_beside_a_test_that_fails() {
    let (_folder, root) = fresh();
    fs::remove_dir_all(root.join("var")).unwrap();
    change(&root.join("workflows/tests/accrual_normal.yaml"), "votes: 3", "votes: 4");
    assert!(simulated(&root, &["accrual"]).ends_with("exit 0\n"));
    assert!(!root.join("var").exists());
}

#[test]
fn what_cannot_be_read_is_a_matter_of_usage() {
    let (folder, root) = fresh();
    let people = folder.path().join("people.yaml");
    fs::write(&people, "sato: {at: desk, role: checker}\n").unwrap();
    for (args, says) in [
        (
            ["acrual", "--do", ""],
            "あるのは accrual, accrual_creditor, assignment, cancellation, change,",
        ),
        (["accrual", "--at", "soon"], "の形で"),
        (["accrual", "--data", "totl=1,rows=x"], "cannot read rows `x`"),
        (["accrual", "--do", "nobody:approve;approve1:aprove"], "the act `aprove`"),
        (["accrual", "--people", people.to_str().unwrap()], "`sato` is no user ID"),
    ] {
        let said = simulated(&root, &args);
        assert!(said.contains(says) && said.ends_with("exit 3\n"), "{says}: {said}");
    }
}

#[test]
fn a_golden_test_that_fails_is_a_mistake_with_its_line_and_the_story() {
    let (_folder, root) = fresh();
    change(&root.join("workflows/accrual.yaml"), "overdue: hold", "overdue: reject");
    insta::assert_snapshot!(checked(&root));
    let status = said(&["status", "--root", root.to_str().unwrap()]);
    assert!(
        status.ends_with("exit 1\n"),
        "no command runs by a flow that fails its test: {status}"
    );
}

#[test]
fn a_root_without_golden_tests_is_a_root_too() {
    let (_folder, root) = fresh();
    assert!(checked(&root).ends_with("exit 0\n"));
    fs::remove_dir_all(root.join("workflows/tests")).unwrap();
    assert!(checked(&root).ends_with("exit 0\n"));
}

#[test]
fn the_bench_decides_on_every_shipped_flow_and_takes_lines_out_of_a_batch() {
    let (folder, _) = fresh();
    let measured = |what: &str| {
        let dir = folder.path().join(what);
        fs::create_dir_all(dir.join("root")).unwrap();
        let dir = dir.to_str().unwrap();
        let size = ["--records", "40", "--customers", "20"];
        let answer = kessai(&[&["bench", what, "--dir", dir, "--json"], &size[..]].concat());
        assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
        let report: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
        let figures = report["figures"].as_array().unwrap().clone();
        let told = |one: &serde_json::Value| format!("{} {}", one["name"], one["count"]);
        let left = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.collect::<Vec<_>>(), ["root"], "what was there stays, and nothing else");
        figures.iter().map(told).collect::<Vec<String>>()
    };
    let engine = measured("engine");
    assert_eq!(engine.len(), 22, "{engine:?}");
    for flow in ["accrual", "assignment", "cancellation", "change", "contract", "publication"] {
        assert!(engine.contains(&format!("\"decisions on {flow}\" 40")), "{engine:?}");
    }
    assert_eq!(measured("split")[0], "\"lines out of the batch, each a case\" 39");
    let intake = measured("intake");
    for form in ["fixed-length", "CSV", "xlsx"] {
        assert!(intake.iter().any(|one| one.contains(form)), "{form}: {intake:?}");
    }
    let scans = measured("scans");
    for what in ["Group 4", "Group 3", "QR"] {
        assert!(scans.iter().any(|one| one.contains(what)), "{what}: {scans:?}");
    }
    let fees = measured("fees");
    assert!(
        fees.contains(&"\"statements with their mails, all synced\" 20".to_owned()),
        "{fees:?}"
    );
}

#[test]
fn a_simulated_year_balances_at_every_days_end() {
    let size = ["--customers", "24", "--requests", "150", "--json"];
    let answer = kessai(&[&["bench", "year"], &size[..]].concat());
    let report: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(report["faults"], serde_json::json!([]), "seed {}", report["seed"]);
    assert_eq!(answer.status.code(), Some(0));
    let rows = report["rows"].as_object().unwrap();
    let counts = rows.values().flat_map(|ends| ends.as_object().unwrap().values());
    assert_eq!(counts.filter_map(serde_json::Value::as_u64).sum::<u64>(), 150);
    assert!(rows.len() >= 8, "nearly every kind is asked for: {report}");
    let debits = report["debits"].as_u64().unwrap();
    assert!(debits > 100 && report["ends_told"].as_u64().unwrap() > 50, "{report}");
    let none = |part: &str| {
        let counts = report[part].as_object().unwrap().iter();
        counts.filter(|(_, count)| **count == 0).map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let what = "where one has become too rare, another seed has it";
    assert_eq!((none("contracts"), none("settlements")), (vec![], vec![]), "{what}: {report}");
}

#[test]
fn a_channel_that_makes_one_case_of_rows_whose_other_sides_consent_is_refused() {
    let (_folder, root) = fresh();
    let channel = root.join("workflows/channels/customers.yaml");
    change(&channel, "{workflow: accrual_creditor, unit: record}", "{workflow: accrual_creditor}");
    let said = checked(&root);
    assert!(said.contains("accrual_creditor の行に unit: record と書いてください"), "{said}");
}

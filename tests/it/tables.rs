//! A decision table in a real root: read as Excel saves it, asked for every case, proved at load.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const ROUTED: &str = include_str!("data/flows/routed.yaml");
const TABLE: &str = include_str!("data/flows/tables/kengen.csv");

pub(crate) fn kessai(root: &Path, args: &[&str]) -> (Option<i32>, String) {
    let answer = Command::new(env!("CARGO_BIN_EXE_kessai"))
        .args(args)
        .arg("--root")
        .arg(root)
        .output()
        .unwrap();
    (answer.status.code(), String::from_utf8(answer.stdout).unwrap())
}

/// A sample root whose customers' accruals go by a table saved as CP932.
pub(crate) fn root(unit: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    let init = Command::new(env!("CARGO_BIN_EXE_kessai"))
        .args(["init", root.to_str().unwrap(), "--sample"])
        .output()
        .unwrap();
    assert!(init.status.success());
    // So that the table is asked when a case is opened.
    let flow = ROUTED.replace("channel == 'customers'", "channel == 'test'");
    fs::write(root.join("workflows/routed.yaml"), flow).unwrap();
    fs::create_dir_all(root.join("workflows/tables")).unwrap();
    let (cp932, _, _) = encoding_rs::SHIFT_JIS.encode(TABLE);
    fs::write(root.join("workflows/tables/kengen.csv"), cp932).unwrap();
    let channel = root.join("workflows/channels/customers.yaml");
    let text = fs::read_to_string(&channel).unwrap();
    let ours = format!("accrual_debtor:   {{workflow: routed, unit: {unit}}}");
    let changed = text.replace("accrual_debtor:   {workflow: accrual, unit: file}", &ours);
    assert_ne!(text, changed);
    fs::write(channel, changed).unwrap();
    folder
}

/// Puts a root into the test environment, on a day the samples are good for.
pub(crate) fn to_test(root: &Path) {
    let settings = root.join("kessai.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let text = text
        .replace("environment = \"production\"", "environment = \"test\"")
        .replace("# business_date =", "business_date =")
        .replace("# test_to =", "test_to =");
    fs::write(&settings, text).unwrap();
}

/// Drops the sample's clean file on a day it is good for, and lists what waits for whom.
pub(crate) fn waiting(root: &Path) -> Vec<Value> {
    to_test(root);
    fs::write(
        root.join("inbox/customers/1AB2CD3EF/clean.csv"),
        include_bytes!("../../src/app/samples/clean.csv"),
    )
    .unwrap();
    let (code, out) = kessai(root, &["run", "--drain"]);
    assert_eq!(code, Some(0), "{out}");
    let (_, out) = kessai(root, &["list", "--json"]);
    let mut cases: Vec<Value> = serde_json::from_str(&out).unwrap();
    cases.retain(|case| case["workflow"] == "routed");
    cases
}

#[test]
fn every_record_goes_the_way_the_table_says() {
    let folder = root("record");
    let root = folder.path().join("root");
    let cases = waiting(&root);
    let ways: Vec<(u64, &str)> = cases
        .iter()
        .map(|case| {
            let total = case["amount_total"].as_u64().unwrap();
            (total, case["waiting_for"][0]["step"].as_str().unwrap())
        })
        .collect();
    assert!(ways.len() >= 3, "{ways:?}");
    for (total, way) in &ways {
        let expected = if *total < 5_000_000 { "branch" } else { "head" };
        assert_eq!(*way, expected, "{total}");
    }
    assert!(ways.iter().any(|(_, way)| *way == "head"), "{ways:?}");
    assert!(ways.iter().any(|(_, way)| *way == "branch"), "{ways:?}");
    // The journal alone tells the same.
    let (_, rebuilt) = kessai(&root, &["rebuild"]);
    assert!(rebuilt.contains("同じ状態です"), "{rebuilt}");
}

#[test]
fn a_file_goes_one_way_by_its_totals() {
    let folder = root("file");
    let root = folder.path().join("root");
    let cases = waiting(&root);
    assert_eq!(cases.len(), 1, "{cases:?}");
    assert_eq!(cases[0]["waiting_for"][0]["step"], "head", "18,320,000円 is for the head office");
}

#[test]
fn a_table_with_a_gap_is_not_put_in_force() {
    let folder = root("file");
    let root = folder.path().join("root");
    let (code, out) = kessai(&root, &["check"]);
    assert_eq!(code, Some(0), "{out}");
    let gap = TABLE.replace("\"10,000,000円以上\"", "\"20,000,000円以上\"");
    fs::write(root.join("workflows/tables/kengen.csv"), gap).unwrap();
    let (code, out) = kessai(&root, &["check"]);
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("workflows/tables/kengen.csv"), "{out}");
    assert!(out.contains("合計金額 10,000,000円"), "{out}");
}

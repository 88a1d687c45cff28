//! The JSON of the queries, as machines read it: `docs/json.md` says what each field means.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// The demo's root: the same at every run.
pub(crate) fn root() -> &'static Path {
    static ROOT: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, root) = ROOT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        let made = kessai(&["demo", "--root", root.to_str().unwrap()]);
        assert!(!made.is_empty());
        (folder, root)
    });
    root
}

pub(crate) fn kessai(args: &[&str]) -> String {
    let answer = Command::new(env!("CARGO_BIN_EXE_kessai")).args(args).output().unwrap();
    assert!(answer.status.code().unwrap() < 2, "{}", String::from_utf8_lossy(&answer.stderr));
    String::from_utf8(answer.stdout).unwrap()
}

/// A query's JSON, laid out for eyes.
fn query(args: &[&str]) -> String {
    let at = ["--root", root().to_str().unwrap(), "--json"];
    let value: Value = serde_json::from_str(&kessai(&[args, &at].concat())).unwrap();
    serde_json::to_string_pretty(&value).unwrap()
}

#[test]
fn list_is_as_documented() {
    insta::assert_snapshot!(query(&["list"]));
}

#[test]
fn status_is_as_documented() {
    insta::assert_snapshot!(query(&["status"]));
}

#[test]
fn show_is_as_documented() {
    insta::assert_snapshot!(query(&["show", "20261201-000001-4.1"]));
}

#[test]
fn report_is_as_documented() {
    let mut report: Value =
        serde_json::from_str(&query(&["report", "--date", "2026-12-01"])).unwrap();
    let head = &mut report[0]["journal"]["hash"];
    assert_eq!(head.as_str().unwrap().len(), 64);
    *head = Value::from("…");
    insta::assert_snapshot!(serde_json::to_string_pretty(&report).unwrap());
    let own = query(&["report", "--date", "2026-12-02", "--branch", "001"]);
    let own: Value = serde_json::from_str(&own).unwrap();
    let last = query(&["report", "--date", "2027-01-04"]);
    let last: Value = serde_json::from_str(&last).unwrap();
    let verified: Value = serde_json::from_str(&query(&["verify"])).unwrap();
    assert_eq!(last[0]["journal"]["hash"], verified["head"], "nothing came later");
    let sum = &own[0]["sum"];
    assert_eq!((&sum["recorded"]["records"], &sum["errored"]["records"]), (&6.into(), &1.into()));
    let at = ["--root", root().to_str().unwrap(), "--date", "2026-12-01"];
    let text = kessai(&[&["report"], &at[..]].concat());
    assert!(text.contains("本店営業部（001） 2026年12月1日（令和8年12月1日）"), "{text}");
    let none = Command::new(env!("CARGO_BIN_EXE_kessai"));
    let none = { none }.args(["report", "--branch", "999"]).args(at).output().unwrap();
    assert_eq!(none.status.code(), Some(1), "a branch that is not known is a finding");
}

#[test]
fn the_list_of_people_shows_no_password() {
    insta::assert_snapshot!(query(&["user", "list"]));
}

#[test]
fn verify_is_as_documented() {
    let text = query(&["verify"]);
    let value: Value = serde_json::from_str(&text).unwrap();
    // Salts come from the demo's own chance, so the chain is the same at every run.
    assert_eq!(value["head"].as_str().unwrap().len(), 64);
    assert!(value["commits"].as_u64().unwrap() > 10);
    assert!(value["torn_at"].is_null());
}

#[test]
fn inspect_and_calendar_are_as_documented() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mistakes.csv");
    std::fs::write(&file, include_bytes!("../../src/app/samples/mistakes.csv")).unwrap();
    let file = file.to_str().unwrap();
    let args = ["inspect", file, "--submitter", "1AB2CD3EF", "--on", "2026-12-01", "--json"];
    let value: Value = serde_json::from_str(&kessai(&args)).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
    let value: Value = serde_json::from_str(&kessai(&["calendar", "2026", "--json"])).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
}

#[test]
fn inspect_of_a_picture_is_as_documented() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/scans/g4-cut.tif");
    let value: Value = serde_json::from_str(&kessai(&["inspect", file, "--json"])).unwrap();
    explained(&value, include_str!("../../docs/json.md"));
    insta::assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
}

#[test]
fn a_list_of_an_earlier_moment_shows_what_waited_then() {
    let at = ["--root", root().to_str().unwrap(), "--json"];
    let ask =
        |args: &[&str]| -> Value { serde_json::from_str(&kessai(&[args, &at].concat())).unwrap() };
    let states = |list: &Value| -> Vec<String> {
        let cases = list.as_array().unwrap();
        cases.iter().map(|case| case["status"].as_str().unwrap().to_owned()).collect()
    };
    let then = ask(&["as-of", "2026-12-01 09:30", "list"]);
    assert_eq!(
        states(&then),
        ["active", "active"],
        "森さん decided at 9:49, 小林さん returned the next day"
    );
    let case = ask(&["as-of", "2026-12-01 09:30", "show", "20261201-000001-4.1"]);
    assert_eq!(case["votes"].as_array().unwrap().len(), 2);
    let back = ask(&["as-of", "2026-12-01 09:35", "show", "20261201-000001-4.1"]);
    assert_eq!(back["past"].as_array().unwrap().len(), 2, "照査 no longer counted at 9:35");
    let now = ask(&["as-of", "2026-12-02", "list"]);
    assert_eq!(states(&now)[..4], ["recorded", "returned", "recorded", "withdrawn"]);
    let customers = |moment: &str| ask(&["as-of", moment, "customers"]).as_array().unwrap().len();
    assert_eq!(["2026-12-02 12:15", "2026-12-02 12:25", "2026-12-02"].map(customers), [0, 2, 3]);
    let new = ask(&["as-of", "2026-12-02", "customer", "4EF5GH6JK"]);
    assert_eq!(new["history"][0]["by"].as_array().unwrap().len(), 5);
    let carving = ask(&["as-of", "2026-12-01 09:50", "list"]);
    assert_eq!(states(&carving), ["active", "active", "sent_back", "sent_back"]);
}

#[test]
fn every_field_of_the_snapshots_is_explained() {
    let page = include_str!("../../docs/json.md");
    let report = query(&["report", "--date", "2026-12-01"]);
    let show = query(&["show", "20261201-000001-4.1"]);
    for query in [query(&["list"]), query(&["status"]), show, report] {
        let value: Value = serde_json::from_str(&query).unwrap();
        explained(&value, page);
    }
}

fn explained(value: &Value, page: &str) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| explained(item, page)),
        Value::Object(fields) => {
            for (name, value) in fields {
                assert!(page.contains(&format!("`{name}`")), "docs/json.md lacks `{name}`");
                explained(value, page);
            }
        }
        _ => {}
    }
}

/// What `kessai search` finds in the demo's root: cases with their records.
fn found(args: &[&str]) -> Vec<String> {
    let args = [&["search", "--json", "--root", root().to_str().unwrap()], args].concat();
    let found: serde_json::Value = serde_json::from_str(&kessai(&args)).unwrap();
    let rows = found.as_array().unwrap().iter();
    rows.map(|row| format!("{} {}", row["case"].as_str().unwrap(), row["record"])).collect()
}

#[test]
fn records_are_found_by_date_amount_and_counterparty_in_ranges_and_together() {
    let accrual = |record: u32| match record {
        2 => "20261201-000001-4.1.2 2".to_owned(),
        4 => "20261201-000001-4.1.4 4".to_owned(),
        record => format!("20261201-000001-4.1 {record}"),
    };
    let all = "five accruals, three assignments, one from elsewhere, one by FAX";
    assert_eq!(found(&[]).len(), 10, "{all}");
    let large = ["--amount-from", "3240000", "--amount-to", "12600000"];
    assert_eq!(found(&large), [accrual(2), accrual(5)]);
    let late = ["--due-from", "2027-03-01", "--due-to", "2027-04-29"];
    let faxed = "20261202-000008-7.1 1".to_owned();
    assert_eq!(found(&late), [accrual(2), faxed.clone()]);
    assert_eq!(found(&[&large[..], &["--party", "3CD4EF5GH"]].concat()), [accrual(2)]);
    assert_eq!(found(&["--text", "マルヤマ"]), [accrual(5)], "as people write the name");
    assert_eq!(found(&["--number", "1AB2CD3EF00000100033"]), [accrual(2)], "as recorded");
    let kinds = ["11", "12", "譲渡", "30"].map(|kind| found(&["--kind", kind]).len());
    assert_eq!((kinds.iter().sum::<usize>(), kinds[2]), (9, 1));
    assert_eq!(found(&["--status", "errored"]), [accrual(3)], "a line of a recorded batch");
    assert_eq!(found(&["--status", "withdrawn"]), [accrual(4)]);
    assert_eq!(found(&["--from", "2026-12-03"]), Vec::<String>::new());
    let csv =
        kessai(&["search", "--party", "3CD4EF5GH", "--csv", "--root", root().to_str().unwrap()]);
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("\u{feff}受付番号,受付日,"), "{csv}");
    assert!(
        lines[1].contains(",記録済み,") && lines[1].contains(",1AB2CD3EF00000100033,"),
        "{csv}"
    );
}

#[test]
fn the_number_at_the_end_of_a_mail_is_answered_by_the_command() {
    let mails = std::fs::read_dir(root().join("outbox/mail")).unwrap();
    let mut asked = 0;
    for mail in mails.take(3) {
        let bytes = std::fs::read(mail.unwrap().path()).unwrap();
        let text = crate::mails::text_of(&bytes);
        let (_, rest) = text.split_once("お知らせ番号 ").unwrap();
        let number = rest.split('（').next().unwrap();
        let told = kessai(&["notice", number, "--root", root().to_str().unwrap()]);
        let parsed = crate::mails::parsed(&bytes);
        let to = parsed.to().unwrap().first().unwrap().address().unwrap().to_owned();
        for fact in [format!("お知らせ番号: {number}\n"), format!("送り先: {to}\n")] {
            assert!(told.contains(&fact), "{fact} is not in {told}");
        }
        assert!(told.contains("に送りました"), "{told}");
        asked += 1;
    }
    assert_eq!(asked, 3);
    let unknown = kessai(&["notice", "1-1-1", "--root", root().to_str().unwrap()]);
    assert!(unknown.is_empty(), "{unknown}");
}

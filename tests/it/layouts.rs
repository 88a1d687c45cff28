//! `kessai layout`: layouts checked and shown, and request files made into the other form.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use kessai::formats::densai::{LAYOUT, SHIPPED};

fn kessai(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kessai")).current_dir(folder).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A file in the other form, as on 2026-12-01.
fn converted(folder: &Path, file: &str, more: &[&str]) -> Output {
    let args = ["layout", "convert", file, "--on", "2026-12-01"];
    kessai(folder, &[&args[..], more].concat())
}

#[test]
fn every_mistake_of_a_layout_is_told_at_once_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("densai_request_v1.csv"), SHIPPED).unwrap();
    let good = kessai(folder, &["layout", "check", "densai_request_v1.csv"]);
    assert_eq!(good.status.code(), Some(0));
    assert!(text(&good.stdout).contains("250バイト、35項目"), "{}", text(&good.stdout));
    let broken = SHIPPED
        .replace("requester_account_number,N,89,7", "requester_account_number,N,90,7")
        .replace("債権金額,amount,N,145,10", "債権金額,amount,N,145,11")
        .replace("total_count", "count");
    fs::write(folder.join("bank.csv"), broken).unwrap();
    let which = kessai(folder, &["layout", "check", "bank.csv"]);
    assert_eq!(which.status.code(), Some(3), "nobody knows which layout it is");
    let told = kessai(folder, &["layout", "check", "bank.csv", "--as", "densai_request_v1"]);
    assert_eq!(told.status.code(), Some(1));
    let told = text(&told.stdout);
    for part in [
        "bank.csv:17:",
        "前の項目との間が空いています。ここは 89 です。",
        "bank.csv:31:",
        "前の項目と重なっています。ここは 156 です。",
        "`trailer` has no field `total_count`",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
}

#[test]
fn a_layout_is_shown_with_its_bytes_and_what_is_our_reading() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let shown = text(&kessai(folder, &["layout", "show", "densai_request_v1"]).stdout);
    let row = "data     22-30        21      9 C    R        I      被請求者利用者番号";
    assert!(shown.contains(row), "{shown}");
    assert!(shown.contains("built in") && shown.contains("当方の読み"), "{shown}");
    let own = SHIPPED.replace("被請求者利用者番号", "相手先番号");
    fs::create_dir_all(folder.join("workflows/layouts")).unwrap();
    fs::write(folder.join(LAYOUT), own).unwrap();
    let shown = kessai(folder, &["layout", "show", "densai_request_v1.csv", "--root", "."]);
    let shown = text(&shown.stdout);
    assert!(shown.contains("相手先番号") && shown.contains(LAYOUT), "{shown}");
    assert_eq!(kessai(folder, &["layout", "show", "densai"]).status.code(), Some(3));
}

#[test]
fn a_request_file_becomes_the_other_form_and_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for kind in ["11", "12", "20", "30"] {
        let csv = kessai(folder, &["template", kind, "--on", "2026-12-01"]).stdout;
        fs::write(folder.join("a.csv"), &csv).unwrap();
        let fixed = converted(folder, "a.csv", &["--to", "fixed-length"]);
        assert_eq!((fixed.status.code(), text(&fixed.stderr)), (Some(0), String::new()), "{kind}");
        assert_eq!(fixed.stdout.len(), 4 * 250);
        fs::write(folder.join("b.txt"), &fixed.stdout).unwrap();
        let again = converted(folder, "b.txt", &["--to", "csv"]);
        assert_eq!(text(&again.stdout), text(&csv), "{kind}");
        let lines = converted(folder, "b.txt", &["--to", "fixed-length", "--lines"]).stdout;
        assert_eq!(lines.len(), 4 * 252);
    }
}

#[test]
fn nothing_is_written_of_a_file_with_an_error_and_nothing_is_left_out_silently() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let csv = text(&kessai(folder, &["template", "11", "--on", "2026-12-01"]).stdout);
    let write = |text: &str| fs::write(folder.join("a.csv"), text).unwrap();
    let to_fixed = || converted(folder, "a.csv", &["--to", "fixed-length"]);

    write(&csv.replace(",1000000,", ",1000000.5,"));
    let refused = to_fixed();
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(1), 0));
    assert!(text(&refused.stderr).contains("D02"), "{}", text(&refused.stderr));

    write(&csv.replace("SAMPLE-001,0,,", "SAMPLE-001,0,,至急"));
    let warned = to_fixed();
    assert_eq!((warned.status.code(), warned.stdout.len()), (Some(0), 1_000));
    let told = text(&warned.stderr);
    assert!(told.contains("[警告] 2件目「コメント」"), "{told}");

    write(&text(&kessai(folder, &["template", "60", "--on", "2026-12-01"]).stdout));
    let unknown = to_fixed();
    assert_eq!((unknown.status.code(), unknown.stdout.len()), (Some(1), 0));
    assert!(text(&unknown.stderr).contains("11、12、20、30"), "{}", text(&unknown.stderr));
}

#[test]
fn the_layout_of_the_root_takes_the_place_of_the_one_that_is_built_in() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    assert!(kessai(root, &["init", "."]).status.success());
    assert_eq!(fs::read_to_string(root.join(LAYOUT)).unwrap(), SHIPPED);
    let csv = kessai(root, &["template", "11", "--on", "2026-12-01"]).stdout;
    fs::write(root.join("a.csv"), csv).unwrap();
    let fixed = converted(root, "a.csv", &["--to", "fixed-length"]).stdout;
    fs::write(root.join("b.txt"), fixed).unwrap();
    let own = SHIPPED
        .replace("債権金額,amount,N,145,10", "支払期日,due_date,N,145,8")
        .replace("支払期日,due_date,N,155,8", "債権金額,amount,N,153,10");
    fs::write(root.join(LAYOUT), own).unwrap();
    assert_eq!(kessai(root, &["check"]).status.code(), Some(0));
    let other = converted(root, "b.txt", &["--to", "csv", "--layout", LAYOUT]);
    assert_eq!(other.status.code(), Some(1), "amount and due date stand elsewhere");
    let told = text(&other.stderr);
    assert!(told.contains("146〜153バイト目「支払期日」"), "{told}");
    fs::write(root.join(LAYOUT), SHIPPED.replace("amount,N,145,10", "amount,N,145,9")).unwrap();
    let told = kessai(root, &["check"]);
    assert_eq!(told.status.code(), Some(1));
    assert!(text(&told.stdout).contains("densai_request_v1.csv:31:"), "{}", text(&told.stdout));
}

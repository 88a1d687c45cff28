//! Files of other systems become requests by their profile, and are told of by their own columns.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use kessai::domain::profile::Profile;
use kessai::domain::{Account, Code, Severity};
use kessai::formats::FileReport;
use kessai::workflow::load_profile;

use crate::book::{texts, xlsx};
use crate::formats::read_by;

/// A list of payments as an accounting system saves it, with the requester's columns.
const PROFILE: &str = "\
title: 会計ソフト
columns:
  request_kind: {from: 区分, words: {支払: 11}}
  record_date: {receipt_day: next_open}
  requester_user_number: {constant: 987654321}
  requester_bank_code: {from: 自社口座, split: \"/\", part: 1, digits: 4}
  requester_branch_code: {from: 自社口座, split: \"/\", part: 2, digits: 3}
  requester_account_type: {constant: 当座}
  requester_account_number: {from: 自社口座, split: \"/\", part: 3, digits: 7}
  counterparty_user_number: 取引先番号
  counterparty_bank_code: {from: 銀行, digits: 4}
  counterparty_branch_code: {from: 支店, digits: 3}
  counterparty_account_type: {from: 種目, words: {普: 普通, 当: 当座}}
  counterparty_account_number: {from: 口座, digits: 7}
  amount: {from: 支払額, as: amount}
  due_date: {from: 支払日, as: date}
  requester_ref: 伝票
";
const HEADER: &str = "伝票,区分,取引先番号,銀行,支店,種目,口座,支払額,支払日,自社口座,担当\n";
const ROW: &str =
    "A-1,支払,123456789,9,10,普,7654321,\"¥1,234,567\",令和9年3月31日,1/1/123456,佐藤\n";

fn profile() -> Profile {
    load_profile("p.yaml", "p", PROFILE).unwrap()
}

fn report(text: &str) -> FileReport {
    read_by(&[profile()], text.as_bytes()).0
}

#[test]
fn each_column_comes_from_where_the_profile_says_in_the_form_it_says() {
    let (report, accepted) = read_by(&[profile()], (HEADER.to_owned() + ROW).as_bytes());
    assert_eq!(report.findings, []);
    let (record, line, request, _) = &accepted.0[0];
    assert_eq!((*record, *line, request.kind.code()), (1, 2, 11));
    assert_eq!(request.requester.account, Account::parse("0001-001-2-0123456").unwrap());
    assert_eq!(request.counterparty.account, Account::parse("0009-010-1-7654321").unwrap());
    assert_eq!(request.amount.unwrap().get(), 1_234_567);
    assert_eq!(request.due_date.unwrap().to_string(), "2027-03-31");
    assert_eq!(request.record_date.to_string(), "2026-12-01", "the day of receipt");
    assert_eq!(request.requester_ref, "A-1");
}

#[test]
fn a_finding_points_at_their_column_and_row() {
    let bad = ROW.replace("\"¥1,234,567\"", "未定").replace("令和9年3月31日", "3/31");
    let report = report(&["支払一覧\n\n", HEADER, ROW, &bad].concat());
    assert_eq!((report.accepted, report.rejected), (1, 1));
    let told: Vec<_> = report
        .findings
        .iter()
        .filter(|one| one.severity == Severity::Error)
        .map(|one| (one.line, one.column, one.code, one.ja.split(':').next().unwrap()))
        .collect();
    assert_eq!(
        told,
        [(5, 8, Code::D02, "列「支払額」"), (5, 9, Code::D03, "列「支払日」")],
        "{:?}",
        report.findings
    );
}

#[test]
fn a_control_total_is_held_against_their_column_of_amounts() {
    let total = "合計,,,,,,,\"1,234,568\",,,\n";
    let report = report(&[HEADER, ROW, total].concat());
    let codes: Vec<Code> = report.findings.iter().map(|one| one.code).collect();
    assert_eq!(codes, [Code::Total]);
}

#[test]
fn a_heading_that_is_gone_or_stands_twice_is_told_by_its_own_name() {
    let gone = report(&(HEADER.replace("支払日", "予備") + ROW));
    let [told] = gone.findings.as_slice() else { panic!("{:?}", gone.findings) };
    assert_eq!((told.code, told.line), (Code::Schema, 1));
    assert!(
        told.ja.contains("列「支払日」がありません(変換表「会計ソフト」の支払期日"),
        "{}",
        told.ja
    );
    let twice = report(&(HEADER.replace("担当", "支払額") + ROW));
    let [told] = twice.findings.as_slice() else { panic!("{:?}", twice.findings) };
    assert_eq!((told.code, told.column), (Code::Column, 11));
}

#[test]
fn our_own_header_and_a_strangers_are_not_taken_for_a_profiles() {
    let own =
        fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/formats/utf8_87/drop.csv"));
    let (report, _) = read_by(&[profile()], &own.unwrap());
    assert!(report.accepted > 0 && !report.file_error);
    let (report, _) = read_by(&[profile()], b"a,b,c\n1,2,3\n");
    assert!(report.findings.iter().all(|one| one.code != Code::D01), "{:?}", report.findings);
    assert!(report.file_error);
}

#[test]
fn of_several_profiles_the_one_that_knows_most_of_the_header_is_taken() {
    let less = PROFILE.replace("  requester_ref: 伝票\n", "").replace("会計ソフト", "別");
    let less = load_profile("q.yaml", "q", &less).unwrap();
    let (_, accepted) = read_by(&[less, profile()], (HEADER.to_owned() + ROW).as_bytes());
    assert_eq!(accepted.0[0].2.requester_ref, "A-1");
}

fn kessai(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kessai"))
        .args(args)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

const PAYABLES: &str = "支払予定表\n\
    伝票番号,仕入先,支払先利用者番号,支払先カナ,銀行支店,預金種目,口座番号,支払金額,支払予定日,摘要\n\
    A-1,山田商店,123456789,ﾔﾏﾀﾞ,9-10,普通預金,7654321,¥1234,R9.3.31,\n";

/// What `profile new` makes of a sample, and what it said.
fn made(folder: &Path, sample: &str, bytes: &[u8]) -> (String, Output) {
    let path = folder.join(sample);
    fs::write(&path, bytes).unwrap();
    let root = folder.to_str().unwrap();
    let args = ["profile", "new", path.to_str().unwrap(), "--name", "shiharai", "--root", root];
    let output = kessai(&args);
    let file = folder.join("workflows/profiles/shiharai.yaml");
    (fs::read_to_string(file).unwrap_or_default(), output)
}

#[test]
fn a_profile_is_made_from_a_sample_checked_and_tried_out() {
    let books = xlsx(&[("支払", "visible", texts(PAYABLES))]);
    for (name, bytes) in [("sample.csv", PAYABLES.as_bytes()), ("sample.xlsx", &books)] {
        let folder = tempfile::tempdir().unwrap();
        let (text, output) = made(folder.path(), name, bytes);
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        let shown = said(&output);
        assert!(shown.contains("  債権金額 ← 「支払金額」: ¥1234 → 1234\n"), "{shown}");
        assert!(shown.contains("  支払期日 ← 「支払予定日」: R9.3.31 → 2027-03-31\n"), "{shown}");
        assert!(shown.contains("  請求者口座番号 ← 利用者台帳から補う\n"), "{shown}");
        assert!(text.contains("due_date: {from: \"支払予定日\", as: date}"), "{text}");
        let profile = folder.path().join("workflows/profiles/shiharai.yaml");
        let (profile, sample) = (profile.to_str().unwrap(), folder.path().join(name));
        let checked = kessai(&["profile", "check", profile]);
        assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
        let sample = sample.to_str().unwrap();
        let tried = kessai(&["profile", "try", profile, sample, "--on", "2026-12-01"]);
        let shown = said(&tried);
        assert_eq!(tried.status.code(), Some(0), "{shown}");
        for part in ["3行目\n", "  相手銀行番号: 0009 ←「銀行支店」\n", "請求 1件。"]
        {
            assert!(shown.contains(part), "{part} is not in\n{shown}");
        }
        let again = made(folder.path(), name, bytes).1;
        assert_eq!(again.status.code(), Some(3), "what is there is not written over");
        let told = String::from_utf8_lossy(&again.stderr).into_owned();
        assert!(told.contains("shiharai.yaml がもうあります。続きは"), "{told}");
    }
}

#[test]
fn what_cannot_be_guessed_is_left_open_and_told_until_somebody_chose() {
    let folder = tempfile::tempdir().unwrap();
    let sample = PAYABLES.replace("支払金額", "A").replace("¥1234", "1234");
    let (loaded, output) = made(folder.path(), "sample.csv", sample.as_bytes());
    assert_eq!((output.status.code(), loaded.as_str()), (Some(1), ""));
    let profile = folder.path().join("workflows/profiles/shiharai.yaml.draft");
    let text = fs::read_to_string(&profile).unwrap();
    assert!(said(&output).contains("名前の .draft を取って shiharai.yaml に"), "{}", said(&output));
    let again = made(folder.path(), "sample.csv", sample.as_bytes()).1;
    assert_eq!(again.status.code(), Some(3), "a draft may hold what somebody chose");
    assert!(text.contains("  amount: 要確認    # 債権金額\n"), "{text}");
    assert!(!text.contains("guarantee"), "what is not needed is left out\n{text}");
    assert!(said(&output).contains("1列は決められませんでした"), "{}", said(&output));
    let checked = kessai(&["profile", "check", profile.to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(1));
    assert!(said(&checked).contains("まだ選ばれていません"), "{}", said(&checked));
    fs::write(&profile, text.replace("amount: 要確認", "amount: A")).unwrap();
    let checked = kessai(&["profile", "check", profile.to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
}

#[test]
fn what_two_columns_could_be_is_a_persons_choice() {
    let folder = tempfile::tempdir().unwrap();
    let text = PAYABLES.replace("支払金額", "請求金額,支払金額").replace("\"¥1234\"", "1300,1234");
    let text = text.replace("¥1234", "1300,1234");
    let (loaded, output) = made(folder.path(), "sample.csv", text.as_bytes());
    assert_eq!((output.status.code(), loaded.as_str()), (Some(1), ""), "{}", said(&output));
    assert!(
        said(&output).contains("債権金額 ← 要確認（請求金額・支払金額のどれか）"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_file_is_inspected_by_a_profile_and_another_file_is_no_sample_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let profile = path("p.yaml", PROFILE);
    let file = path("a.csv", &(HEADER.to_owned() + ROW));
    let args = ["inspect", &file, "--submitter", "987654321", "--on", "2026-12-01"];
    let inspected = kessai(&[&args[..], &["--profile", &profile]].concat());
    assert_eq!(inspected.status.code(), Some(0), "{}", said(&inspected));
    assert_eq!(kessai(&args).status.code(), Some(1), "without it nothing is known of it");
    let other = path("b.csv", "a,b\n1,2\n");
    let root = folder.path().to_str().unwrap();
    fs::create_dir_all(folder.path().join("workflows/profiles")).unwrap();
    path("workflows/profiles/payables.yaml", PROFILE);
    let named = kessai(&["profile", "try", "payables", &file, "--root", root]);
    assert!(said(&named).contains("請求 1件。"), "{named:?}");
    let unknown = kessai(&["profile", "try", "payabels", &file, "--root", root]);
    let told = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(told.contains("変換表「payabels」がありません"), "{told}");
    let tried = kessai(&["profile", "try", &profile, &other]);
    assert_eq!(tried.status.code(), Some(1));
    assert!(said(&tried).contains("見出しがこの変換表のものではありません"), "{}", said(&tried));
}

#[test]
fn a_channel_names_profiles_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    assert_eq!(kessai(&["init", root]).status.code(), Some(0));
    let channel = folder.path().join("workflows/channels/customers.yaml");
    let text = fs::read_to_string(&channel).unwrap();
    for (names, code) in [("[payables]", Some(0)), ("[payables, payabels]", Some(1))] {
        fs::write(&channel, format!("{text}profiles: {names}\n")).unwrap();
        let checked = kessai(&["check", "--root", root]);
        let told = said(&checked) + &String::from_utf8_lossy(&checked.stderr);
        assert_eq!(checked.status.code(), code, "{told}");
        assert_eq!(told.contains("変換表「payabels」がありません"), code == Some(1), "{told}");
    }
}

#[test]
fn an_unfinished_profile_stops_no_rules_and_mistaken_ones_are_listed_where_they_stop_the_daemon() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    assert_eq!(kessai(&["init", root]).status.code(), Some(0));
    let sample = PAYABLES.replace("支払金額", "A").replace("¥1234", "1234");
    made(folder.path(), "sample.csv", sample.as_bytes());
    let checked = kessai(&["check", "--root", root]);
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked));
    let drafts = folder.path().join("workflows/profiles");
    fs::rename(drafts.join("shiharai.yaml.draft"), drafts.join("shiharai.yaml")).unwrap();
    let ran = kessai(&["run", "--drain", "--root", root]);
    let told = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(1), "{told}");
    for part in ["workflows/profiles/shiharai.yaml", "まだ選ばれていません", "件の誤りがあります"]
    {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
}

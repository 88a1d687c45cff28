//! `kessai worklist print` in a real root, in which a request of the branch waits.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

fn kessai(args: &[&str]) -> (Option<i32>, String) {
    let answer = Command::new(env!("CARGO_BIN_EXE_kessai")).args(args).output().unwrap();
    let told = [answer.stdout, answer.stderr].concat();
    (answer.status.code(), String::from_utf8(told).unwrap())
}

/// A root in which a request waits for the desk, and what is printed there for a branch.
pub(crate) fn printed(desk: &str) -> (tempfile::TempDir, PathBuf, (Option<i32>, String)) {
    let folder = tempfile::tempdir().unwrap();
    let [root, file, sheets] =
        ["root", "my.csv", "sheets.pdf"].map(|name| folder.path().join(name));
    let (at, csv) = (root.to_str().unwrap(), file.to_str().unwrap());
    let well = |args: &[&str]| {
        let (code, told) = kessai(args);
        assert_eq!(code, Some(0), "{told}");
        told
    };
    well(&["init", "--sample", at]);
    fs::write(&file, well(&["template", "accrual_debtor"])).unwrap();
    let from = ["--channel", "branches", "--submitter", "001"];
    well(&[&["submit", csv, "--root", at], from.as_slice()].concat());
    well(&["run", "--drain", "--root", at]);
    let out = sheets.to_str().unwrap();
    let told = kessai(&["worklist", "print", "--desk", desk, "--root", at, "--out", out]);
    (folder, sheets, told)
}

#[test]
fn what_waits_at_a_desk_is_printed_by_command_and_nothing_where_nothing_does() {
    let (folder, sheets, (code, told)) = printed("001");
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("2 件を書き出しました"), "both seats of the step: {told}");
    let text = crate::forms::text_of(&sheets);
    for shown in ["承認作業票", "照合番号", "1,000,000", "照査", "決裁", "SAMPLE-001"]
    {
        assert!(text.contains(shown), "{shown} is missing in {text}");
    }
    // The requester's user number is printed, nobody's account.
    let text = text.replace("987654321", "");
    for secret in ["http", "パスワード", "0123456", "7654321"] {
        assert!(!text.contains(secret), "{secret} is printed");
    }
    let root = folder.path().join("root");
    let at = root.to_str().unwrap();
    let none = ["worklist", "print", "--desk", "777", "--root", at];
    let (code, told) = kessai(&none);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("紙で決裁できる承認待ちの案件はありません"), "{told}");
    let (code, told) = kessai(&["worklist", "print", "--desk", "1", "--root", at]);
    assert_eq!(code, Some(3), "{told}");
    let (code, told) = kessai(&["check", "--root", at]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("紙の決裁（paper: allowed）を受ける流れ: accrual"), "{told}");
    assert_eq!(kessai(&["verify", "--root", at]).0, Some(0));
}

//! `kessai form` in a real root: blank, filled in, and by the bank's own template.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn kessai(root: &Path, args: &[&str]) -> (Option<i32>, String) {
    let answer = Command::new(env!("CARGO_BIN_EXE_kessai"))
        .args(args)
        .arg("--root")
        .arg(root)
        .current_dir(root)
        .output()
        .unwrap();
    let told = [answer.stdout, answer.stderr].concat();
    (answer.status.code(), String::from_utf8(told).unwrap())
}

fn root() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_owned();
    let made = Command::new(env!("CARGO_BIN_EXE_kessai"))
        .args(["init", "--sample"])
        .arg(root.join("root"))
        .output()
        .unwrap();
    assert!(made.status.success());
    (folder, root.join("root"))
}

pub(crate) fn text_of(pdf: &Path) -> String {
    let file = lopdf::Document::load_mem(&fs::read(pdf).unwrap()).unwrap();
    let pages: Vec<u32> = file.get_pages().keys().copied().collect();
    file.extract_text(&pages).unwrap()
}

#[test]
fn a_blank_form_is_drawn_by_the_banks_own_template() {
    let (_folder, root) = root();
    let (code, told) = kessai(&root, &["form", "変更"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("change_form.pdf"), "{told}");
    assert!(text_of(&root.join("change_form.pdf")).contains("変更記録請求書"));

    let own = root.join("templates/forms/disclosure.toml");
    fs::write(&own, "title = \"開示のお願い\"\nto = \"{institution}　様\"\n").unwrap();
    let (code, told) = kessai(&root, &["form", "80", "--out", "d.pdf"]);
    assert_eq!(code, Some(0), "{told}");
    let text = text_of(&root.join("d.pdf"));
    assert!(text.contains("開示のお願い") && text.contains("すべての債権"), "{text}");
}

#[test]
fn a_request_form_for_the_fax_has_as_many_sheets_as_are_asked_for() {
    let (_folder, root) = root();
    let customer = "1AB2CD3EF";
    let ask = |sheets: &str| {
        let form = ["form", "fax", "--customer", customer, "--sheets", sheets, "--out", "f.pdf"];
        kessai(&root, &form)
    };
    let (code, told) = ask("10");
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("枚数は1から9まで"), "{told}");
    let (code, told) = ask("3");
    // The sample has no register: nobody of this number is in it.
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("利用者の台帳にありません"), "{told}");
}

#[test]
fn a_mistake_in_a_form_is_told_with_its_line_and_a_wrong_question_with_what_to_ask() {
    let (_folder, root) = root();
    let (code, told) = kessai(&root, &["form", "11"]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("50 変更、80 開示、90 特定記録機関変更"), "{told}");
    let (code, told) = kessai(&root, &["form", "50", "--case", "20261201-000001-4.1"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("見つかりません"), "{told}");
    assert!(!root.join("change_form.pdf").exists());

    let own = root.join("templates/forms/change.toml");
    fs::write(&own, "[mm]\nlabel = 32\nrow = 700\n").unwrap();
    let (code, told) = kessai(&root, &["check"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("templates/forms/change.toml:3"), "{told}");
    assert!(told.contains("6 to 60 millimetres"), "{told}");
}

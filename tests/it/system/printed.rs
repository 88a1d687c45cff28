//! The list of users as a browser prints it.

use std::path::Path;
use std::process::Command;

use super::asked_for;

#[tokio::test]
async fn the_list_of_users_prints_on_a4_with_what_an_auditor_asks_for() {
    if !asked_for() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let [html, pdf, profile] =
        ["users.html", "users.pdf", "profile"].map(|name| folder.path().join(name));
    std::fs::write(&html, crate::web::masters::page_with_style().await).unwrap();
    let done = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .arg("--no-pdf-header-footer")
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--print-to-pdf={}", pdf.display()))
        .arg(format!("file://{}", html.display()))
        .output()
        .expect("chromium must be installed");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = Command::new("pdftotext").arg("-layout").arg(&pdf).arg("-").output();
    let text = String::from_utf8(text.expect("pdftotext must be installed").stdout).unwrap();
    for shown in [
        "発行日時",
        "髙﨑 眞由美",
        "master-01",
        "マスターユーザー",
        "一般ユーザー",
        "sato-0001",
        "承認",
        "利用中",
        "登録日",
        "2026年",
    ] {
        assert!(text.contains(shown), "{shown} is missing in:\n{text}");
    }
    for hidden in ["新しいユーザー", "承認パスワード", "ダウンロード", "登録を変える"]
    {
        assert!(!text.contains(hidden), "{hidden} is printed:\n{text}");
    }
    let info = Command::new("pdfinfo").arg(&pdf).output().expect("pdfinfo must be installed");
    let info = String::from_utf8(info.stdout).unwrap();
    assert!(info.contains("(A4)"), "{info}");
}

/// What the codes of a printed sheet say, drawn as a FAX machine scans it.
fn codes_of(sheets: &Path, (across, down): (&str, &str)) -> Vec<String> {
    let picture = sheets.with_extension("");
    let done = Command::new("pdftoppm")
        .args(["-png", "-gray", "-f", "1", "-l", "1", "-singlefile", "-rx", across, "-ry", down])
        .args([sheets, &picture])
        .status()
        .expect("pdftoppm must be installed");
    assert!(done.success());
    let png = std::fs::read(picture.with_extension("png")).unwrap();
    kessai::formats::scan::read(&png).unwrap().pages[0].marks.clone()
}

#[test]
fn the_codes_of_a_printed_worklist_are_read_from_its_own_paper() {
    if !asked_for() {
        return;
    }
    let (_folder, sheets, (code, told)) = crate::worklist::printed("001");
    assert_eq!(code, Some(0), "{told}");
    for dpi in [("300", "300"), ("204", "196")] {
        let codes = codes_of(&sheets, dpi);
        let tasks = codes.iter().filter(|code| code.starts_with("K2:")).count();
        let expected = told.split(' ').find_map(|word| word.parse::<usize>().ok());
        assert_eq!(Some(tasks), expected.map(|all| all.min(3)), "{dpi:?}: {codes:?}");
    }
}

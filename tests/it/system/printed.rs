//! The list of users as a browser prints it.

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

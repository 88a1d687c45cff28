//! The list of users as a browser prints it.

use std::path::Path;
use std::process::Command;

use super::asked_for;
use crate::scans::picture::{Chance, Ink};

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

/// The first sheet of a paper in dots, as a FAX machine sees it.
fn dots_of(sheets: &Path, (across, down): (u32, u32)) -> Ink {
    let picture = sheets.with_extension("");
    let [across, down] = [across, down].map(|dpi| dpi.to_string());
    let done = Command::new("pdftoppm")
        .args(["-mono", "-f", "1", "-l", "1", "-singlefile", "-rx", &across, "-ry", &down])
        .args([sheets, &picture])
        .status()
        .expect("pdftoppm must be installed");
    assert!(done.success());
    let pbm = std::fs::read(picture.with_extension("pbm")).unwrap();
    let mut parts = pbm.splitn(4, u8::is_ascii_whitespace);
    assert_eq!(parts.next(), Some(&b"P4"[..]));
    let mut number = || std::str::from_utf8(parts.next().unwrap()).unwrap().parse().unwrap();
    let (width, height) = (number(), number());
    Ink { width, height, rows: parts.next().unwrap().to_vec() }
}

/// The same with one dot in a hundred flipped.
fn specked(sheet: &Ink, chance: &mut Chance) -> Ink {
    let mut ink = sheet.clone();
    let bytes = sheet.width.div_ceil(8) as usize;
    for y in 0..sheet.height as usize {
        for x in (0..sheet.width as usize).filter(|_| chance.below(100) == 0) {
            ink.rows[y * bytes + x / 8] ^= 0x80 >> (x % 8);
        }
    }
    ink
}

#[test]
fn every_code_of_a_printed_worklist_is_read_after_a_fax_with_specks() {
    if !asked_for() {
        return;
    }
    let (_folder, sheets, (code, told)) = crate::worklist::printed("001");
    assert_eq!(code, Some(0), "{told}");
    let expected = told.split(' ').find_map(|word| word.parse::<usize>().ok()).unwrap().min(3);
    let mut chance = Chance(20_261_205);
    for dpi in [(204, 196), (204, 98)] {
        let sheet = dots_of(&sheets, dpi);
        let whole = (0..20).filter(|_| {
            let scan = kessai::formats::scan::read(&specked(&sheet, &mut chance).tiff(dpi));
            let marks = scan.unwrap().pages[0].marks.clone();
            marks.iter().filter(|mark| mark.starts_with("T1:")).count() == expected
        });
        let whole = whole.count();
        assert!(whole >= 19, "{dpi:?}: of {whole} in 20 sheets every code was read");
    }
}

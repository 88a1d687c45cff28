//! Papers, read by other people's programs. Runs when `KESSAI_SYSTEM_TESTS` is set; then a
//! missing program is a failure.

use std::path::Path;
use std::process::Command;

use kessai::render::pdf::{receipt, slip};
use kessai::render::words::Words;

use super::sample;

fn wanted() -> bool {
    std::env::var_os("KESSAI_SYSTEM_TESTS").is_some()
}

fn run(program: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(program)
        .args(arguments)
        .arg(file)
        .output()
        .unwrap_or_else(|error| panic!("{program} must be installed: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {told}{text}");
    text
}

#[test]
fn other_programs_read_the_papers() {
    if !wanted() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let words = Words::embedded();
    let view = sample::receipt(60);
    let papers = [
        ("slip.pdf", slip(&sample::slip(60), words).unwrap()),
        ("receipt.pdf", receipt(&view, words).unwrap()),
    ];
    for (name, pdf) in papers {
        let path = folder.path().join(name);
        std::fs::write(&path, &pdf.bytes).unwrap();
        let check = run("qpdf", &["--check"], &path);
        assert!(check.contains("No syntax or stream encoding errors found"), "{check}");
        let info = run("pdfinfo", &[], &path);
        assert!(info.contains("PDF version:     1.7"), "{info}");
        assert!(info.contains("20261201-000123-6"), "{info}");
        let output = Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        for shown in [
            "株式会社 髙﨑製作所 御中",
            "ﾔﾏﾀﾞｺｳﾑﾃﾝ(ｶ",
            "INV-00060",
            "この書面は、電子記録がされたことの証明ではありません。",
        ] {
            assert!(text.contains(shown), "{shown} is missing in:\n{text}");
        }
        assert!(!text.contains('〓'));
        let picture = folder.path().join("page");
        let prefix = picture.to_str().unwrap();
        let made = Command::new("pdftoppm")
            .args(["-r", "150", "-f", "1", "-l", "1", "-singlefile", "-png"])
            .arg(&path)
            .arg(prefix)
            .status();
        assert!(made.unwrap().success());
        let qr = run("zbarimg", &["-q", "--raw"], &picture.with_extension("png"));
        let digest = if name == "slip.pdf" { view.file.digest } else { view.content };
        let number = if name == "slip.pdf" { "20261201-000123-6" } else { "20261201-000123-6.1" };
        assert_eq!(qr.trim(), format!("{number} {}", digest.to_string().to_uppercase()));
    }
}

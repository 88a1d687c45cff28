//! The pictures of `kessai draw`, drawn by a real browser.

use super::asked_for;
use super::browser::photographed;
use crate::json::{kessai, root};

/// Draws with the program and lets the browser show it in its own size.
fn shown(folder: &std::path::Path, args: &[&str]) -> Vec<u8> {
    let picture = kessai(&[args, &["--root", root().to_str().unwrap()]].concat());
    let (_, rest) = picture.split_once("height=\"").unwrap();
    let height: u32 = rest.split('"').next().unwrap().parse().unwrap();
    let file = folder.join("picture.svg");
    std::fs::write(&file, picture).unwrap();
    photographed(folder, &format!("file://{}", file.display()), (640, height))
}

#[test]
fn a_browser_draws_the_flow_and_the_cases() {
    if !asked_for() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let flow = shown(folder.path(), &["draw", "accrual"]);
    let moment = ["as-of", "2026-12-01 09:30", "draw", "20261201-000001-4.1"];
    let open = shown(folder.path(), &moment);
    let done = shown(folder.path(), &["draw", "20261201-000001-4.1"]);
    let returned = shown(folder.path(), &["draw", "20261201-000002-2.1"]);
    for picture in [&flow, &open, &done, &returned] {
        // A picture without its texts is packed into half of this, a blank one into a tenth.
        assert!(picture.len() > 40_000, "nearly blank: {} bytes", picture.len());
    }
    assert!(open != done && done != returned);
}

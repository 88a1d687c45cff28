//! What can be said of names without touching a folder.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use super::name::{is_ignored, shown};

#[test]
fn a_shown_name_hides_nothing_from_its_reader() {
    let cases = [
        ("請求.csv", "請求.csv"),
        ("か\u{3099}.csv", "が.csv"),
        ("a\nb\u{7}.csv", "a\u{2424}b\u{2424}.csv"),
        ("invoice\u{202e}vsc.exe", "invoice\u{2423}vsc.exe"),
        ("..\\..\\etc", ".._.._etc"),
    ];
    for (raw, expected) in cases {
        assert_eq!(shown(OsStr::new(raw)), expected);
    }
    assert_eq!(shown(OsStr::from_bytes(b"\xff.csv")), "\u{fffd}.csv");
    assert_eq!(shown(OsStr::new(&"長".repeat(200))).chars().count(), 120);
}

#[test]
fn a_file_still_on_its_way_is_not_looked_at() {
    for name in ["a.csv.part", "A.TMP", ".hidden", "~$book.xlsx", "Thumbs.db", "a.csv~", "@eaDir"] {
        assert!(is_ignored(OsStr::new(name)), "{name}");
    }
    for name in ["a.csv", "part.csv", "請求.xml", "thumbs.csv"] {
        assert!(!is_ignored(OsStr::new(name)), "{name}");
    }
}

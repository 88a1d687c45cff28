//! Names: data to be shown, never a path, never more than one line.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;

use super::super::rig::{Rig, csv, decoded, eventually};
use super::{CUSTOMER, NUMBER, asked_for, quick};

/// Drops a file of a difficult name and gives the one receipt number there is.
fn take_in(rig: &Rig, name: &OsStr) -> String {
    let folder = rig.folder(CUSTOMER);
    std::fs::write(folder.join(".part"), csv(NUMBER, 1, "N")).unwrap();
    std::fs::rename(folder.join(".part"), folder.join(name)).unwrap();
    let mut receipts = Vec::new();
    eventually("it is accepted", || {
        let kept = rig.files("inbox/.engine/accepted");
        let results = kept.iter().filter(|(path, _)| path.ends_with("/result.json"));
        receipts = results
            .map(|(_, bytes)| serde_json::from_slice::<serde_json::Value>(bytes).unwrap())
            .map(|result| result["receipt_no"].as_str().unwrap().to_owned())
            .collect();
        !receipts.is_empty()
    });
    assert_eq!(receipts.len(), 1);
    receipts.remove(0)
}

/// A file of this name becomes one receipt, one result and one mail, each of them whole.
fn goes_through(name: &OsStr) -> (Rig, String, String) {
    let rig = quick();
    let before: Vec<String> = rig.files(".").into_keys().collect();
    let daemon = rig.watched(None);
    let receipt = take_in(&rig, name);
    let is_out = |ending: &str| {
        let outbox = rig.files("outbox");
        outbox.into_iter().find(|(path, _)| path.contains(&receipt) && path.ends_with(ending))
    };
    eventually("it is answered", || is_out("_result.csv").is_some());
    eventually("it is mailed", || is_out("_accepted.eml").is_some() || is_out(".eml").is_some());
    let (path, result) = is_out("_result.csv").unwrap();
    let file = path.rsplit('/').next().unwrap();
    assert_eq!(path, format!("{CUSTOMER}/{file}"), "in the submitter's own folder");
    assert!(file.len() <= 255 && !file.contains(char::is_control), "{file:?}");
    let log = daemon.log();
    assert!(log.lines().all(|line| line.starts_with("20") || line.starts_with("kessai ")), "{log}");
    assert_eq!(daemon.warnings(), [""; 0]);
    for path in rig.files(".").keys().filter(|path| !before.contains(*path)) {
        let ours = ["./", "inbox/.engine/", "outbox/", "var/"];
        assert!(ours.iter().any(|top| path.starts_with(top)), "{path} is nowhere we write");
    }
    (rig, path, decoded(&result))
}

#[test]
fn n115_name_with_path_parts() {
    if !asked_for() {
        return;
    }
    for name in ["a..%2F..%2Fetc%2Fx.csv", "x\\..\\..\\y.csv", "$(touch x);`id`|&'\"<b>.csv"] {
        let (rig, path, _) = goes_through(OsStr::new(name));
        assert!(!path.contains(".."), "{path}");
        let stranger = std::fs::read_dir(&rig.root).unwrap().flatten();
        assert!(stranger.into_iter().all(|entry| entry.file_name() != "x"));
    }
}

#[test]
fn n116_name_255_bytes() {
    if !asked_for() {
        return;
    }
    let names =
        ["a".repeat(251), "長".repeat(83) + "ab", "𠮷".repeat(62) + "abc", "か\u{3099}".repeat(41)];
    for stem in names {
        let name = format!("{stem}.csv");
        assert!(name.len() <= 255 && name.len() >= 250, "{}", name.len());
        goes_through(OsStr::new(&name));
    }
}

#[test]
fn n117_invalid_utf8_name() {
    if !asked_for() {
        return;
    }
    // A name as an old share gives it: 受付.csv in CP932.
    let name = OsString::from(OsStr::from_bytes(b"\x8e\xf3\x95t.csv"));
    let (_, path, _) = goes_through(&name);
    assert!(!path.contains('\u{fffd}'), "{path}");
}

#[test]
fn n118_direction_override_in_name() {
    if !asked_for() {
        return;
    }
    let (_, path, result) = goes_through(OsStr::new("請求\u{202e}vsc.csv"));
    for text in [&path, &result] {
        assert!(!text.contains('\u{202e}'), "{text}");
    }
}

#[test]
fn n119_newline_in_name() {
    if !asked_for() {
        return;
    }
    let name = "a\r\nBcc: thief@example.com\r\n\r\nx\u{1b}[31m.csv";
    let (rig, path, result) = goes_through(OsStr::new(name));
    assert!(!path.contains('\n') && !result.contains("\nBcc"), "{result}");
    rig.settled();
    let mails = rig.files("outbox/mail");
    assert!(!mails.is_empty());
    for (path, bytes) in mails {
        let mail = crate::mails::parsed(&bytes);
        assert!(mail.bcc().is_none(), "{path}");
        assert!(mail.headers().iter().all(|header| !header.name().contains("thief")));
        let subject = mail.subject().unwrap();
        assert!(!subject.contains(char::is_control), "{subject:?}");
    }
    // What a person sees on a terminal has no control character in it either.
    let list = String::from_utf8(rig.kessai(&["list"]).stdout).unwrap();
    assert!(!list.contains('\u{1b}') && !list.contains("\nBcc"), "{list:?}");
}

//! When a file is taken, and when it is not yet.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use super::super::rig::{Rig, csv, eventually, meanwhile};
use super::{CUSTOMER, NUMBER, OTHER, STRANGER, asked_for, quick};
use crate::book::{texts, xlsx};

const QUIET: Duration = Duration::from_millis(300);

/// Waits until a daemon that has just started has looked around: from then on it hears.
fn hears(rig: &Rig) {
    eventually("it answers", || rig.kessai(&["status"]).status.success());
    meanwhile("it looks around", Duration::from_millis(300), || true);
}

/// Writes a file as somebody who pauses for longer than the quiet period, its name open all along.
fn write_with_pauses(path: &Path, bytes: &[u8], pauses: u32) {
    let mut file = File::create(path).unwrap();
    for part in bytes.chunks(bytes.len() / usize::try_from(pauses).unwrap()) {
        file.write_all(part).unwrap();
        file.flush().unwrap();
        meanwhile("a file that is written stays", QUIET * 2, || path.exists());
    }
}

#[test]
fn n01_close_write_fast() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.set(&[("scan_ms", "600000")]);
    let _daemon = rig.watched(None);
    hears(&rig);
    for n in 0..5 {
        let name = format!("a{n}.csv");
        let path = rig.folder(CUSTOMER).join(&name);
        fs::write(&path, csv(NUMBER, 3, &format!("A{n}"))).unwrap();
        eventually("it is claimed, by events alone", || !path.exists());
        assert_eq!(rig.end_of(&name).place, "accepted");
    }
}

#[test]
fn n02_slow_writer() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let _daemon = rig.watched(None);
    let path = rig.folder(CUSTOMER).join("slow.csv");
    let bytes = csv(NUMBER, 20, "S");
    let mut file = File::create(&path).unwrap();
    for part in bytes.chunks(bytes.len() / 20) {
        file.write_all(part).unwrap();
        meanwhile("a file that is written stays", Duration::from_millis(80), || path.exists());
    }
    drop(file);
    let ended = rig.end_of("slow.csv");
    assert_eq!((ended.place.as_str(), &ended.payload), ("accepted", &bytes));
    assert_eq!(ended.result["accepted"], 20);
}

#[test]
fn n03_pause_writer_longer_than_quiet() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let _daemon = rig.watched(None);
    let bytes = csv(NUMBER, 4, "P");
    // The pauses fall on whole lines, too: only the open name tells that more will come.
    write_with_pauses(&rig.folder(CUSTOMER).join("pause.csv"), &bytes, 3);
    assert_eq!(rig.end_of("pause.csv").payload, bytes);
}

#[test]
fn n04_pause_writer_no_lease() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.set(&[("wait_max_s", "20")]);
    let _daemon = rig.watched(Some(STRANGER));
    let path = rig.folder(CUSTOMER).join("pause.csv");
    let bytes = csv(NUMBER, 4, "P");
    let (first, second) = bytes.split_at(bytes.len() - 9);
    let mut file = File::create(&path).unwrap();
    file.write_all(first).unwrap();
    meanwhile("a file without its last newline stays", QUIET * 4, || path.exists());
    file.write_all(second).unwrap();
    drop(file);
    assert_eq!(rig.end_of("pause.csv").payload, bytes);
}

#[test]
fn a_picture_that_is_being_copied_is_waited_for_and_then_taken() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.set(&[("wait_max_s", "20")]);
    let _daemon = rig.watched(Some(STRANGER));
    let pictures: [(&str, &[u8]); 3] = [
        ("a.pdf", include_bytes!("../../data/scans/ccitt-g4.pdf")),
        ("b.png", include_bytes!("../../data/scans/colour.png")),
        ("c.jpg", include_bytes!("../../data/scans/colour.jpg")),
    ];
    let path = |name: &str| rig.folder(CUSTOMER).join(name);
    let begun = pictures.map(|(name, bytes)| {
        let mut file = File::create(path(name)).unwrap();
        file.write_all(&bytes[..bytes.len() / 2]).unwrap();
        (name, file)
    });
    meanwhile("a picture without its end stays", QUIET * 4, || {
        begun.iter().all(|(name, _)| path(name).exists())
    });
    for ((name, mut file), (_, bytes)) in begun.into_iter().zip(pictures) {
        file.write_all(&bytes[bytes.len() / 2..]).unwrap();
        drop(file);
        assert_eq!(rig.end_of(name).payload, bytes, "{name}");
    }
}

#[test]
fn a_workbook_that_is_being_copied_is_waited_for_and_then_read() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.set(&[("wait_max_s", "20")]);
    let _daemon = rig.watched(Some(STRANGER));
    let text = String::from_utf8(csv(NUMBER, 4, "X")).unwrap();
    let bytes = xlsx(&[("支払", "visible", texts(&text))]);
    let path = rig.folder(CUSTOMER).join("支払.xlsx");
    let (first, second) = bytes.split_at(bytes.len() - 99);
    let mut file = File::create(&path).unwrap();
    file.write_all(first).unwrap();
    meanwhile("a workbook without its end stays", QUIET * 4, || path.exists());
    file.write_all(second).unwrap();
    drop(file);
    let ended = rig.end_of("支払.xlsx");
    assert_eq!((ended.place.as_str(), ended.payload == bytes), ("accepted", true));
    assert_eq!(rig.cases().len(), 1);
}

#[test]
fn n05_rename_in() {
    if !asked_for() {
        return;
    }
    for user in [None, Some(STRANGER)] {
        let rig = quick();
        // Neither the scan nor the quiet period can be what decides.
        rig.set(&[("scan_ms", "600000"), ("quiet_ms", "600000")]);
        let _daemon = rig.watched(user);
        hears(&rig);
        rig.drop_file(CUSTOMER, "in.csv", &csv(NUMBER, 2, "I"));
        assert_eq!(rig.end_of("in.csv").place, "accepted");
    }
}

#[test]
fn n06_moved_from_other_dir() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.set(&[("scan_ms", "600000"), ("quiet_ms", "600000")]);
    let _daemon = rig.watched(Some(STRANGER));
    hears(&rig);
    let elsewhere = rig.root.join("elsewhere.csv");
    fs::write(&elsewhere, csv(NUMBER, 2, "M")).unwrap();
    fs::rename(&elsewhere, rig.folder(CUSTOMER).join("moved.csv")).unwrap();
    assert_eq!(rig.end_of("moved.csv").place, "accepted");
}

#[test]
fn n07_preserved_old_mtime() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    // Longer than a line takes on a busy machine, shorter than the whole.
    rig.set(&[("quiet_ms", "2000")]);
    let _daemon = rig.watched(Some(STRANGER));
    let path = rig.folder(CUSTOMER).join("old.csv");
    let bytes = csv(NUMBER, 20, "O");
    let old = SystemTime::UNIX_EPOCH + Duration::from_hours(429_528);
    let mut file = File::create(&path).unwrap();
    // Whole lines: neither its age nor its end tells that it still grows.
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        file.write_all(line).unwrap();
        file.set_modified(old).unwrap();
        meanwhile("a file that grows stays", QUIET / 2, || path.exists());
    }
    drop(file);
    assert_eq!(rig.end_of("old.csv").payload, bytes);
}

#[test]
fn n09_preallocated_zeros() {
    if !asked_for() {
        return;
    }
    for user in [None, Some(STRANGER)] {
        let rig = quick();
        rig.set(&[("wait_max_s", "3")]);
        let _daemon = rig.watched(user);
        let path = rig.folder(CUSTOMER).join("copied.csv");
        let bytes = csv(NUMBER, 4, "Z");
        let file = File::create(&path).unwrap();
        file.set_len(bytes.len() as u64).unwrap();
        meanwhile("a file that is not filled stays", QUIET * 3, || path.exists());
        file.write_all_at(&bytes[..200], 0).unwrap();
        meanwhile("nor half filled", QUIET * 3, || path.exists());
        file.write_all_at(&bytes, 0).unwrap();
        drop(file);
        assert_eq!(rig.end_of("copied.csv").payload, bytes);
        // One whose copying stopped for good is told so.
        let path = rig.folder(CUSTOMER).join("stopped.csv");
        let file = File::create(&path).unwrap();
        file.set_len(bytes.len() as u64).unwrap();
        file.write_all_at(&bytes[..200], 0).unwrap();
        drop(file);
        let ended = rig.end_of("stopped.csv");
        assert_eq!(ended.place, "rejected");
        assert!(rig.answer_to(&ended).contains("E_INCOMPLETE"));
    }
}

/// UTF-16 ends its last newline with NUL, and a TIFF may end in any byte.
#[test]
fn a_file_that_ends_with_nul_is_not_waited_for() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let _daemon = rig.watched(None);
    let text = String::from_utf8(csv(NUMBER, 2, "U")).unwrap();
    let little: Vec<u8> =
        [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let fax = include_bytes!("../../../../src/app/samples/fax_form.tif");
    assert_eq!((little.last(), fax.last()), (Some(&0), Some(&0)));
    rig.drop_file(CUSTOMER, "utf16.csv", &little);
    rig.drop_file("fax/001", "fax.tif", fax);
    assert_eq!(rig.end_of("utf16.csv").result["verdict"], "accepted");
    assert_eq!(rig.end_of("fax.tif").result["verdict"], "keying");
}

#[test]
fn n15_temp_names_ignored() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let names = [
        "a.csv.part",
        "a.tmp",
        "a.csv.filepart",
        "a.crdownload",
        "a.csv.partial",
        "a.csv~",
        ".hidden.csv",
        "._a.csv",
        "Thumbs.db",
        "desktop.ini",
        "A.TMP",
    ];
    let daemon = rig.watched(None);
    for name in names {
        fs::write(rig.folder(CUSTOMER).join(name), csv(NUMBER, 1, name)).unwrap();
    }
    rig.drop_file(CUSTOMER, "real.csv", &csv(NUMBER, 1, "R"));
    assert_eq!(rig.end_of("real.csv").place, "accepted");
    // Long enough for a note, were one to be written.
    meanwhile("they are left alone", Duration::from_millis(1500), || {
        names.iter().all(|name| rig.folder(CUSTOMER).join(name).exists())
    });
    assert!(rig.files("outbox").keys().all(|name| !name.contains("_waiting")));
    assert_eq!(daemon.warnings(), [""; 0]);
}

#[test]
fn n16_office_lock_file() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let lock = rig.folder(CUSTOMER).join("~$a.csv");
    fs::write(&lock, "yamada").unwrap();
    rig.drop_file(CUSTOMER, "a.csv", &csv(NUMBER, 1, "L"));
    rig.drain();
    assert_eq!(rig.end_of("a.csv").place, "accepted");
    assert!(lock.exists());
}

#[test]
fn n17_zero_byte() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.set(&[("quiet_ms", "5000")]);
    let _daemon = rig.watched(None);
    let path = rig.folder(CUSTOMER).join("empty.csv");
    fs::write(&path, "").unwrap();
    let made = rig.folder(CUSTOMER).join("made.csv");
    fs::write(&made, "").unwrap();
    meanwhile("an empty file waits for its rest", Duration::from_millis(600), || path.exists());
    // One that was made first and is written now is no empty file.
    let bytes = csv(NUMBER, 2, "E");
    fs::write(&made, &bytes).unwrap();
    assert_eq!(rig.end_of("made.csv").payload, bytes);
    let ended = rig.end_of("empty.csv");
    assert_eq!(ended.place, "rejected");
    assert!(rig.answer_to(&ended).contains("E_EMPTY"));
}

#[test]
fn n19_deleted_before_claim() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let daemon = rig.watched(None);
    for n in 0..20 {
        let path = rig.folder(CUSTOMER).join(format!("gone{n}.csv"));
        let mut file = File::create(&path).unwrap();
        file.write_all(&csv(NUMBER, 1, "G")).unwrap();
        meanwhile("it is open", Duration::from_millis(20 * (n % 3)), || path.exists());
        fs::remove_file(&path).unwrap();
    }
    rig.drop_file(CUSTOMER, "stays.csv", &csv(NUMBER, 1, "T"));
    assert_eq!(rig.end_of("stays.csv").place, "accepted");
    assert_eq!(daemon.warnings(), [""; 0]);
    let kept = rig.files("inbox/.engine");
    assert_eq!(kept.keys().filter(|path| path.ends_with("payload")).count(), 1, "{kept:?}");
}

#[test]
fn n22_dir_deleted_recreated() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.set(&[("scan_ms", "30000")]);
    let _daemon = rig.watched(None);
    hears(&rig);
    rig.drop_file(CUSTOMER, "before.csv", &csv(NUMBER, 1, "B"));
    assert_eq!(rig.end_of("before.csv").place, "accepted");
    fs::remove_dir_all(rig.folder(CUSTOMER)).unwrap();
    fs::create_dir(rig.folder(CUSTOMER)).unwrap();
    rig.drop_file(CUSTOMER, "first.csv", &csv(NUMBER, 1, "F"));
    assert_eq!(rig.end_of("first.csv").place, "accepted");
    // It is watched again: of three files at least two are taken before a scan could come.
    let mut quickly = 0;
    for n in 0..3 {
        let name = format!("again{n}.csv");
        let dropped = Instant::now();
        rig.drop_file(CUSTOMER, &name, &csv(NUMBER, 1, &format!("A{n}")));
        eventually("it is claimed", || !rig.folder(CUSTOMER).join(&name).exists());
        quickly += u32::from(dropped.elapsed() < Duration::from_secs(15));
    }
    assert!(quickly >= 2, "only the scan saw {} of 3", 3 - quickly);
}

#[test]
fn n23_new_submitter_dir_hot() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.set(&[("scan_ms", "600000")]);
    fs::remove_dir_all(rig.folder(OTHER)).unwrap();
    let _daemon = rig.watched(None);
    hears(&rig);
    let made = rig.root.join("made");
    fs::create_dir(&made).unwrap();
    fs::write(made.join("inside.csv"), csv("9XY8WV7UT", 1, "N")).unwrap();
    fs::rename(&made, rig.folder(OTHER)).unwrap();
    assert_eq!(rig.end_of("inside.csv").place, "accepted");
    rig.drop_file(OTHER, "next.csv", &csv("9XY8WV7UT", 1, "X"));
    assert_eq!(rig.end_of("next.csv").place, "accepted");
}

/// The notes that lie in a submitter's outbox folder, by name, with their text.
fn notes(rig: &Rig) -> Vec<(String, String)> {
    let outbox = rig.files("outbox").into_iter();
    let notes = outbox.filter(|(path, _)| path.ends_with("_waiting.txt"));
    notes.map(|(path, bytes)| (path, String::from_utf8(bytes).unwrap())).collect()
}

#[test]
fn a_file_that_waits_long_gets_a_note_that_goes_when_it_is_over() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let daemon = rig.watched(None);
    let path = rig.folder(CUSTOMER).join("開いたまま.csv");
    let mut file = File::create(&path).unwrap();
    file.write_all(&csv(NUMBER, 1, "W")).unwrap();
    eventually("the note comes", || !notes(&rig).is_empty());
    let (name, text) = notes(&rig).remove(0);
    assert_eq!(name, format!("{CUSTOMER}/開いたまま.csv_waiting.txt"));
    assert!(text.contains("ファイルがまだ開かれています"), "{text}");
    // A daemon that dies meanwhile leaves a note; the next one knows when it is over.
    daemon.kill();
    drop(file);
    let _daemon = rig.watched(None);
    assert_eq!(rig.end_of("開いたまま.csv").place, "accepted");
    eventually("the note goes", || notes(&rig).is_empty());
    // So does one whose daemon lives.
    let file = File::create(rig.folder(CUSTOMER).join("もう一つ.csv")).unwrap();
    eventually("the note comes", || !notes(&rig).is_empty());
    file.write_all_at(&csv(NUMBER, 1, "V"), 0).unwrap();
    drop(file);
    eventually("the note goes", || notes(&rig).is_empty());
}

#[test]
fn n32_eacces_forever() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let daemon = rig.watched(Some(STRANGER));
    let path = rig.folder(CUSTOMER).join("secret.csv");
    let part = rig.folder(CUSTOMER).join(".secret");
    fs::write(&part, csv(NUMBER, 1, "A")).unwrap();
    fs::set_permissions(&part, fs::Permissions::from_mode(0o600)).unwrap();
    fs::rename(&part, &path).unwrap();
    // A folder that only lets itself be read does not give its files.
    let locked = rig.folder(OTHER);
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(locked.join("kept.csv"), csv("9XY8WV7UT", 1, "K")).unwrap();
    std::os::unix::fs::chown(&locked, Some(0), Some(0)).unwrap();
    eventually("both notes come", || notes(&rig).len() == 2);
    for (_, text) in notes(&rig) {
        assert!(text.contains("権限がありません"), "{text}");
    }
    meanwhile("they stay", Duration::from_secs(2), || path.exists());
    assert!(daemon.warnings().len() <= 1, "{:?}", daemon.warnings());
    // Others do not wait for it, and it is taken when it may be.
    rig.drop_file(CUSTOMER, "open.csv", &csv(NUMBER, 1, "B"));
    assert_eq!(rig.end_of("open.csv").place, "accepted");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    std::os::unix::fs::chown(&locked, Some(STRANGER), Some(STRANGER)).unwrap();
    assert_eq!(rig.end_of("secret.csv").place, "accepted");
    assert_eq!(rig.end_of("kept.csv").place, "accepted");
    eventually("the notes go", || notes(&rig).is_empty());
}

//! Disks without room, and programs without open files: what waits goes on once there is some.

use std::fs;
use std::process::Command;
use std::time::Duration;

use super::super::rig::{KESSAI, Rig, csv, eventually, meanwhile};
use super::limits::Mounted;
use super::{CUSTOMER, NUMBER, asked_for, quick};

/// A rig that claims however little room there is.
pub(super) fn heedless() -> Rig {
    let rig = quick();
    rig.set(&[("free_files_low", "0"), ("free_files_high", "0"), ("free_mib_low", "0")]);
    rig
}

#[test]
fn n65_enospc_on_store_copy() {
    if !asked_for() {
        return;
    }
    let rig = heedless();
    let var = rig.root.join("var");
    fs::create_dir_all(&var).unwrap();
    let disk = Mounted::on(&var, "size=60m");
    let daemon = rig.watched(None);
    rig.drop_file(CUSTOMER, "before.csv", &csv(NUMBER, 1, "B"));
    assert_eq!(rig.end_of("before.csv").place, "accepted");
    rig.settled();
    // What is left holds the journal and no copy of the file.
    let filler = var.join("filler");
    let most = (disk.free().0 - (2 << 20)).to_string();
    let taken = Command::new("fallocate").args(["-l", &most]).arg(&filler).status();
    assert!(taken.unwrap().success());
    let large = csv(NUMBER, 40_000, "L");
    assert!(large.len() > 4 << 20);
    rig.drop_file(CUSTOMER, "large.csv", &large);
    eventually("the copy is tried", || !daemon.warnings().is_empty());
    let tmp = || fs::read_dir(var.join("store")).into_iter().flatten().count();
    meanwhile("it has no end yet", Duration::from_secs(1), || rig.ended("large.csv").is_empty());
    let before = tmp();
    fs::remove_file(&filler).unwrap();
    assert_eq!(rig.end_of("large.csv").place, "accepted", "{}", daemon.log());
    assert!(tmp() <= before + 3, "no half copies stay");
    daemon.kill();
    rig.assert_whole();
}

#[test]
fn n66_enospc_on_journal() {
    if !asked_for() {
        return;
    }
    let rig = heedless();
    let var = rig.root.join("var");
    fs::create_dir_all(&var).unwrap();
    let disk = Mounted::on(&var, "size=60m");
    let daemon = rig.watched(None);
    rig.drop_file(CUSTOMER, "before.csv", &csv(NUMBER, 1, "B"));
    assert_eq!(rig.end_of("before.csv").place, "accepted");
    rig.settled();
    let filler = var.join("filler");
    let most = disk.free().0.to_string();
    assert!(Command::new("fallocate").args(["-l", &most]).arg(&filler).status().unwrap().success());
    for n in 0..5 {
        rig.drop_file(CUSTOMER, &format!("{n}.csv"), &csv(NUMBER, 1, &format!("F{n}-")));
    }
    eventually("it is told", || !daemon.warnings().is_empty());
    let ends = |rig: &Rig| (0..5).map(|n| rig.ended(&format!("{n}.csv")).len()).sum::<usize>();
    meanwhile("nothing is acknowledged", Duration::from_secs(1), || ends(&rig) == 0);
    // Whatever it was doing, what was there is whole, and there is room again.
    daemon.kill();
    fs::remove_file(&filler).unwrap();
    rig.assert_whole();
    rig.drain();
    for n in 0..5 {
        let ended = rig.ended(&format!("{n}.csv"));
        assert_eq!(ended.iter().map(|one| &*one.place).collect::<Vec<_>>(), ["accepted"], "{n}");
    }
    rig.assert_whole();
}

#[test]
fn n67_enospc_outbox() {
    if !asked_for() {
        return;
    }
    let rig = heedless();
    let outbox = rig.root.join("outbox");
    let disk = Mounted::on(&outbox, "size=20m,nr_inodes=400");
    let daemon = rig.watched(None);
    rig.drop_file(CUSTOMER, "before.csv", &csv(NUMBER, 1, "B"));
    assert_eq!(rig.end_of("before.csv").place, "accepted");
    rig.settled();
    let filler = disk.take_inodes(0);
    rig.drop_file(CUSTOMER, "a.csv", &csv(NUMBER, 1, "A"));
    let ended = rig.end_of("a.csv");
    assert_eq!(ended.place, "accepted", "what is owed does not hold up what comes");
    let result = |rig: &Rig| {
        let files = rig.files(&format!("outbox/{CUSTOMER}")).into_iter();
        files.filter(|(name, _)| name.contains("_a_result.csv")).count()
    };
    meanwhile("there is no room for it", Duration::from_secs(1), || result(&rig) == 0);
    fs::remove_dir_all(filler).unwrap();
    let due = Duration::from_secs(90);
    let from = std::time::Instant::now();
    while result(&rig) == 0 && from.elapsed() < due {
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(result(&rig), 1, "it is tried again: {}", daemon.log());
    daemon.kill();
    rig.assert_whole();
}

#[test]
fn n71_fd_limit() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let names: Vec<String> = (0..300).map(|n| format!("{n:03}.csv")).collect();
    for (n, name) in names.iter().enumerate() {
        rig.drop_file(CUSTOMER, name, &csv(NUMBER, 1, &format!("F{n}")));
    }
    let limited = format!("ulimit -n 256; exec {KESSAI} run --drain --root \"$1\"");
    let done = Command::new("sh").args(["-c", &limited, "sh"]).arg(&rig.root).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let ended: Vec<_> = names.iter().flat_map(|name| rig.ended(name)).collect();
    let accepted = ended.iter().filter(|one| one.place == "accepted").count();
    assert_eq!(accepted, names.len(), "{:?}", ended.first().map(|one| rig.answer_to(one)));
    rig.assert_whole();
}

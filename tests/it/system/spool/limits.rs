//! Who may drop, how much is taken in, and what happens when a disk is full or away.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::super::rig::{Rig, csv, eventually, meanwhile};
use super::{CUSTOMER, NUMBER, OTHER, STRANGER, asked_for, quick};

/// The note about all files of a folder.
fn note(rig: &Rig) -> String {
    let note = rig.root.join(format!("outbox/{CUSTOMER}/受付待ち_waiting.txt"));
    fs::read_to_string(note).unwrap_or_default()
}

fn accepted(rig: &Rig, names: &[&str]) -> usize {
    let ended = names.iter().flat_map(|name| rig.ended(name));
    ended.filter(|ended| ended.place == "accepted").count()
}

#[test]
fn n124_wrong_owner() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let list = rig.root.join("workflows/submitters.csv");
    let text = fs::read_to_string(&list).unwrap();
    let owned = text.replace(",cp932,single,\n", &format!(",cp932,single,{STRANGER}=suzuki01\n"));
    assert_ne!(owned, text);
    fs::write(&list, owned).unwrap();
    let bytes = csv(NUMBER, 2, "O");
    rig.drop_file(CUSTOMER, "mine.csv", &bytes);
    // Where nobody is listed anybody may.
    rig.drop_file(OTHER, "others.csv", &csv("9XY8WV7UT", 2, "P"));
    rig.drain();
    let ended = rig.end_of("mine.csv");
    assert_eq!(ended.place, "rejected");
    assert!(rig.answer_to(&ended).contains("E_OWNER"));
    assert_eq!(rig.end_of("others.csv").place, "accepted");
    let path = rig.folder(CUSTOMER).join("theirs.csv");
    fs::write(&path, &bytes).unwrap();
    std::os::unix::fs::chown(&path, Some(STRANGER), None).unwrap();
    rig.drain();
    assert_eq!(rig.end_of("theirs.csv").place, "accepted");
    rig.set(&[("owners", "\"ignore\"")]);
    rig.drop_file(CUSTOMER, "any.csv", &csv(NUMBER, 2, "Q"));
    rig.drain();
    assert_eq!(rig.end_of("any.csv").place, "accepted");
}

#[test]
fn n74_quota_exceeded() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.set(&[("files_per_hour_max", "2")]);
    let names = ["a.csv", "b.csv", "c.csv", "d.csv"];
    for name in names {
        rig.drop_file(CUSTOMER, name, &csv(NUMBER, 1, &name[..1].to_uppercase()));
    }
    rig.drop_file(OTHER, "others.csv", &csv("9XY8WV7UT", 1, "P"));
    // The second run knows what the first took in.
    for _ in 0..2 {
        let daemon = rig.watched(None);
        eventually("it is told when it goes on", || note(&rig).contains("ごろから順に"));
        assert_eq!(accepted(&rig, &names), 2);
        assert_eq!(rig.end_of("others.csv").place, "accepted");
        assert!(rig.folder(CUSTOMER).join("d.csv").exists(), "what is too much stays");
        drop(daemon);
    }
    rig.set(&[("files_per_hour_max", "0"), ("open_files_max", "3")]);
    let _daemon = rig.watched(None);
    eventually("what waits is told why", || note(&rig).contains("終わっていないファイル"));
    assert_eq!(accepted(&rig, &names), 3);
    let case = rig.cases()[0]["case"].as_str().unwrap().to_owned();
    assert!(rig.decide("return", &case, "yamada01").status.success());
    eventually("the last has its turn", || accepted(&rig, &names) == 4);
    eventually("the note goes", || note(&rig).is_empty());
}

#[test]
fn what_is_over_the_bytes_of_a_day_waits_and_a_restart_does_not_forget() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let names = ["a.csv", "b.csv", "c.csv"];
    let files = names.map(|name| csv(NUMBER, 1, &name[..1].to_uppercase()));
    let most = (files[0].len() + 1).to_string();
    rig.set(&[("bytes_per_day_max", &most)]);
    for (name, bytes) in names.iter().zip(&files) {
        rig.drop_file(CUSTOMER, name, bytes);
    }
    rig.drop_file(OTHER, "others.csv", &csv("9XY8WV7UT", 1, "P"));
    for _ in 0..2 {
        let daemon = rig.watched(None);
        eventually("it is told when it goes on", || {
            note(&rig).contains("大きさの合計を超えました") && note(&rig).contains("ごろから順に")
        });
        assert_eq!(accepted(&rig, &names), 2, "the one that goes beyond is the last");
        assert_eq!(rig.end_of("others.csv").place, "accepted");
        drop(daemon);
    }
    rig.set(&[("bytes_per_day_max", "0")]);
    let _daemon = rig.watched(None);
    eventually("none waits without a limit", || accepted(&rig, &names) == 3);
}

#[test]
fn n36_fairness() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let flood = rig.folder(CUSTOMER);
    for n in 0..3_000 {
        fs::write(flood.join(format!("f{n}.csv")), csv(NUMBER, 1, &format!("F{n}"))).unwrap();
    }
    let _daemon = rig.watched(None);
    rig.drop_file(OTHER, "one.csv", &csv("9XY8WV7UT", 1, "P"));
    assert_eq!(rig.end_of("one.csv").place, "accepted");
    let left = fs::read_dir(&flood).unwrap().count();
    assert!(left > 1_000, "the flood was still there: {left}");
}

/// A disk in memory, mounted on a folder until it is dropped.
pub(super) struct Mounted(std::path::PathBuf);

impl Mounted {
    pub(super) fn on(folder: &Path, options: &str) -> Self {
        let mount = ["-t", "tmpfs", "-o", options, "none"];
        assert!(Command::new("mount").args(mount).arg(folder).status().unwrap().success());
        Self(folder.to_owned())
    }

    /// Free bytes and inodes.
    pub(super) fn free(&self) -> (u64, u64) {
        let disk = rustix::fs::statvfs(&self.0).unwrap();
        (disk.f_bavail * disk.f_frsize, disk.f_favail)
    }

    /// Takes all inodes but `left`, in a folder of their own.
    pub(super) fn take_inodes(&self, left: u64) -> std::path::PathBuf {
        let filler = self.0.join(".filler");
        fs::create_dir(&filler).unwrap();
        for n in left..self.free().1 {
            fs::File::create(filler.join(n.to_string())).unwrap();
        }
        filler
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(&self.0).status().ok();
    }
}

/// Fills a disk while the daemon works: nothing is claimed, that is said once, and it goes on.
fn pauses(rig: &Rig, fill: impl FnOnce() -> std::path::PathBuf) {
    let daemon = rig.watched(None);
    rig.drop_file(CUSTOMER, "before.csv", &csv(NUMBER, 1, "B"));
    assert_eq!(rig.end_of("before.csv").place, "accepted");
    let filler = fill();
    let paused = |daemon: &super::super::rig::Daemon| {
        daemon.warnings().iter().filter(|line| line.contains("until there is room")).count()
    };
    eventually("it pauses", || paused(&daemon) == 1);
    rig.drop_file(CUSTOMER, "a.csv", &csv(NUMBER, 1, "A"));
    let path = rig.folder(CUSTOMER).join("a.csv");
    eventually("the customer is told", || note(rig).contains("受付を止めています"));
    meanwhile("nothing is claimed", Duration::from_secs(1), || path.exists());
    assert_eq!(paused(&daemon), 1, "once");
    let told = rig.json(&["status"])["intake"].as_str().unwrap().to_owned();
    assert!(told.contains("足りません"), "{told}");
    if filler.is_dir() {
        fs::remove_dir_all(filler).unwrap();
    } else {
        fs::remove_file(filler).unwrap();
    }
    assert_eq!(rig.end_of("a.csv").place, "accepted");
    assert!(daemon.log().contains("there is room again"));
    assert!(rig.json(&["status"]).get("intake").is_none());
    eventually("the note goes", || note(rig).is_empty());
}

/// A rig that waits for nothing longer than a test should, on a disk of its own.
fn on_disk(folder: &Path) -> Rig {
    let rig = Rig::at(&folder.join("root"));
    rig.set(&[("scan_ms", "200"), ("quiet_ms", "300"), ("note_after_s", "1")]);
    rig
}

#[test]
fn n69_low_water() {
    if !asked_for() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let disk = Mounted::on(folder.path(), "size=300m");
    let rig = on_disk(folder.path());
    rig.set(&[("free_mib_low", "30"), ("free_mib_high", "50")]);
    pauses(&rig, || {
        let filler = folder.path().join(".filler");
        let most = (disk.free().0 - (20 << 20)).to_string();
        let taken = Command::new("fallocate").args(["-l", &most]).arg(&filler).status();
        assert!(taken.unwrap().success());
        filler
    });
}

#[test]
fn n68_inode_exhaustion() {
    if !asked_for() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let disk = Mounted::on(folder.path(), "size=300m,nr_inodes=8000");
    let rig = on_disk(folder.path());
    rig.set(&[("free_files_low", "1000"), ("free_files_high", "2000")]);
    pauses(&rig, || disk.take_inodes(900));
}

/// A folder that stands for a share, mounted in the place of another until it is dropped.
fn share(rig: &Rig) -> Mounted {
    let (share, inbox) = (rig.root.with_extension("share"), rig.root.join("inbox"));
    if !share.exists() {
        assert!(Command::new("cp").arg("-r").args([&inbox, &share]).status().unwrap().success());
    }
    let mount = Command::new("mount").arg("--bind").args([&share, &inbox]).status();
    assert!(mount.unwrap().success());
    Mounted(inbox)
}

#[test]
fn n24_unmount_remount() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let mounted = share(&rig);
    rig.drop_file(CUSTOMER, "a.csv", &csv(NUMBER, 1, "A"));
    rig.drain();
    assert_eq!(rig.end_of("a.csv").place, "accepted");
    rig.drop_file(CUSTOMER, "b.csv", &csv(NUMBER, 1, "B"));
    assert!(rig.drain_killed_at("judge.committed", 1));
    drop(mounted);
    // Its claim folder is not to be seen; a start that went on would take it as moved away.
    let refused = rig.kessai(&["run", "--drain"]);
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{told}");
    assert!(told.contains("the inbox is away"), "{told}");
    let mounted = share(&rig);
    let daemon = rig.watched(None);
    assert_eq!(rig.end_of("b.csv").place, "accepted");
    drop(mounted);
    rig.drop_file(CUSTOMER, "c.csv", &csv(NUMBER, 1, "C"));
    let beneath = rig.folder(CUSTOMER).join("c.csv");
    let told = |rig: &Rig| rig.json(&["status"]).get("intake").is_some();
    eventually("it is told", || told(&rig));
    meanwhile("what lies in its place stays", Duration::from_secs(1), || beneath.exists());
    let away = daemon.warnings();
    assert_eq!(away.iter().filter(|line| line.contains("cannot be looked at")).count(), 1);
    let _mounted = share(&rig);
    eventually("it goes on", || daemon.log().contains("the inbox is back") && !told(&rig));
    rig.drop_file(CUSTOMER, "d.csv", &csv(NUMBER, 1, "D"));
    assert_eq!(rig.end_of("d.csv").place, "accepted");
    daemon.kill();
    rig.assert_whole();
}

#[test]
fn n64_enospc_on_claim_meta() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.set(&[("free_files_low", "0"), ("free_files_high", "0"), ("free_mib_low", "0")]);
    let disk = Mounted::on(&rig.root.join("inbox"), "size=20m,nr_inodes=200");
    fs::create_dir_all(rig.folder(CUSTOMER)).unwrap();
    let daemon = rig.watched(None);
    let path = rig.folder(CUSTOMER).join("a.csv");
    // Whole under a name nobody looks at, so that it comes into a full disk.
    let part = rig.folder(CUSTOMER).join(".a.csv");
    fs::write(&part, csv(NUMBER, 2, "E")).unwrap();
    let filler = disk.take_inodes(0);
    fs::rename(part, &path).unwrap();
    eventually("it is said", || daemon.log().contains("could not be claimed"));
    meanwhile("nothing is moved", Duration::from_secs(1), || path.exists());
    fs::remove_dir_all(filler).unwrap();
    assert_eq!(rig.end_of("a.csv").place, "accepted");
    drop(daemon);
}

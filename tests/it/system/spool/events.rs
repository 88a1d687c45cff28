//! What the kernel forgets to tell, or cannot: the folders are looked at all the same.

use std::fs::{self, File};
use std::process::Command;
use std::time::Duration;

use super::super::rig::{Daemon, KESSAI, csv, eventually, meanwhile};
use super::{CUSTOMER, NUMBER, OTHER, asked_for, quick};

fn signal(daemon: &Daemon, name: &str) {
    let id = daemon.child.id().to_string();
    assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
}

/// A number the kernel keeps.
fn kernel(place: &str) -> u64 {
    fs::read_to_string(format!("/proc/sys/{place}")).unwrap().trim().parse().unwrap()
}

#[test]
fn n20_inotify_overflow() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.set(&[("scan_ms", "3600000")]);
    let daemon = rig.watched(None);
    eventually("it answers", || rig.kessai(&["status"]).status.success());
    meanwhile("it looks around", Duration::from_millis(300), || true);
    signal(&daemon, "-STOP");
    // Each of these makes at least three events, and none that the kernel may take as one.
    let part = rig.folder(OTHER).join(".fill.part");
    for _ in 0..kernel("fs/inotify/max_queued_events").div_ceil(2) {
        File::create(&part).unwrap();
        fs::remove_file(&part).unwrap();
    }
    rig.drop_file(CUSTOMER, "lost.csv", &csv(NUMBER, 2, "L"));
    signal(&daemon, "-CONT");
    assert_eq!(rig.end_of("lost.csv").place, "accepted", "{}", daemon.log());
    // And it hears again.
    rig.settled();
    rig.drop_file(CUSTOMER, "after.csv", &csv(NUMBER, 2, "A"));
    assert_eq!(rig.end_of("after.csv").place, "accepted", "{}", daemon.log());
}

/// Lets users of a namespace of its own watch one folder, and no user of the machine fewer.
const SCRIPT: &str = r#"
test "$(readlink /proc/self/ns/user)" != "$1"
echo 1 > /proc/sys/user/max_inotify_watches
shift
exec "$@"
"#;

#[test]
fn n21_watch_limit_reached() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.set(&[("scan_ms", "0")]);
    let limit = kernel("user/max_inotify_watches");
    let ours = fs::read_link("/proc/self/ns/user").unwrap();
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "sh", "-ec", SCRIPT, "sh"]).arg(ours);
    command.args([KESSAI, "run", "--root"]).arg(&rig.root);
    let daemon = rig.logged(command);
    let told = || {
        let warnings = daemon.warnings().into_iter();
        warnings.filter(|line| line.contains("a folder cannot be watched; scanning it only"))
    };
    eventually("it is told", || told().count() > 0);
    for (name, salt) in [("one.csv", "ONE"), ("two.csv", "TWO")] {
        rig.drop_file(CUSTOMER, name, &csv(NUMBER, 2, salt));
        assert_eq!(rig.end_of(name).place, "accepted", "{}", daemon.log());
    }
    // Some five seconds apart, and each folder is named once.
    assert!(told().count() > 1, "{}", daemon.log());
    let lines: Vec<String> = told().collect();
    for line in &lines {
        let of_folder = line.split("error=").nth(1).unwrap();
        let same = lines.iter().filter(|other| other.contains(of_folder)).count();
        assert_eq!(same, 1, "{of_folder}");
    }
    assert_eq!(kernel("user/max_inotify_watches"), limit, "the machine's limit is as it was");
}

//! Power cuts: the file system is shut down without flushing its log, as if the plug were pulled.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::asked_for;
use super::rig::{Rig, csv};

const CUSTOMER: &str = "customers/1AB2CD3EF";

/// A file system in a file, mounted on a folder.
struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    fn new(kind: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("image");
        std::fs::File::create(&image).unwrap().set_len(400 << 20).unwrap();
        let quiet = if kind == "xfs" { "-q" } else { "-qF" };
        run(Command::new(format!("mkfs.{kind}")).arg(quiet).arg(&image));
        std::fs::create_dir(folder.path().join("mount")).unwrap();
        let disk = Self { folder };
        disk.mount();
        disk
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("mount")
    }

    fn mount(&self) {
        let image = self.folder.path().join("image");
        run(Command::new("mount").args(["-o", "loop"]).arg(image).arg(self.path()));
    }

    /// Pulls the plug: what was not synced is gone.
    fn cut(&self) {
        let shutdown = "import fcntl, os, struct, sys\n\
            fd = os.open(sys.argv[1], os.O_RDONLY)\n\
            fcntl.ioctl(fd, 0x8004587d, struct.pack('I', 2))\n";
        run(Command::new("python3").args(["-c", shutdown]).arg(self.path()));
    }

    fn unmount(&self) {
        run(Command::new("umount").arg(self.path()));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(self.path()).output().ok();
    }
}

fn run(command: &mut Command) {
    let done = command.output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// The answers a person could have seen: result files by name, with their bytes.
fn seen(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let folder = root.join("outbox").join(CUSTOMER);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let bytes = std::fs::read(entry.path()).ok()?;
            name.ends_with("_result.csv").then_some((name, bytes))
        })
        .collect()
}

fn rounds(kind: &str, count: u32) {
    let disk = Disk::new(kind);
    let rig = Rig::at(&disk.path().join("root"));
    run(&mut Command::new("sync"));
    let mut dropped = BTreeMap::new();
    let mut answered: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut chance = 0x1122_u64;
    for round in 0..count {
        let mut daemon = rig.daemon();
        for n in 0..4 {
            let name = format!("p{round}-{n}.csv");
            rig.drop_file(CUSTOMER, &name, &csv("1AB2CD3EF", 5, &format!("P{round}-{n}")));
            dropped.insert(name, 1);
        }
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        std::thread::sleep(Duration::from_millis(150 + (chance >> 33) % 700));
        answered.extend(seen(&rig.root));
        disk.cut();
        daemon.kill().ok();
        daemon.wait().unwrap();
        disk.unmount();
        disk.mount();
    }
    rig.drain();
    let now = seen(&rig.root);
    for (name, bytes) in &answered {
        assert_eq!(now.get(name), Some(bytes), "{name} was answered before the cut");
    }
    rig.assert_each_once(&dropped);
    rig.assert_whole();
}

#[test]
fn twenty_power_cuts_on_ext4_lose_nothing_that_was_answered() {
    if asked_for() {
        rounds("ext4", 20);
    }
}

#[test]
fn ten_power_cuts_on_xfs_lose_nothing_that_was_answered() {
    if asked_for() {
        rounds("xfs", 10);
    }
}

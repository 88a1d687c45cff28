//! What breaks within the program, or around it, while it works: nothing goes on by halves.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::super::rig::{KESSAI, Rig, csv, eventually};
use super::full::heedless;
use super::{CUSTOMER, NUMBER, asked_for, quick};

#[test]
fn a_loop_that_breaks_off_ends_the_program_and_the_next_start_goes_on() {
    if !asked_for() {
        return;
    }
    // One loop that is woken by files, one that is not.
    for step in ["claim.described", "dispatch.staged"] {
        let rig = quick();
        rig.drop_file(CUSTOMER, "one.csv", &csv(NUMBER, 2, "ONE"));
        let ended = Command::new(KESSAI)
            .args(["run", "--root"])
            .arg(&rig.root)
            .env("KESSAI_PANIC_AT", step)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.code(), Some(2), "{step}: {told}");
        assert!(told.contains("a loop broke off; stopping"), "{step}: {told}");
        assert!(told.contains("INFO stopped"), "{step}: {told}");
        rig.drain();
        assert_eq!(rig.end_of("one.csv").place, "accepted", "{step}");
        rig.assert_whole();
    }
}

#[test]
fn files_are_taken_and_the_program_stops_though_nobody_reads_its_log() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let mut command = Command::new(KESSAI);
    command.args(["run", "--root"]).arg(&rig.root).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut daemon = command.spawn().unwrap();
    drop(daemon.stderr.take());
    for (name, salt) in [("one.csv", "ONE"), ("two.csv", "TWO")] {
        rig.drop_file(CUSTOMER, name, &csv(NUMBER, 2, salt));
        assert_eq!(rig.end_of(name).place, "accepted");
    }
    let id = daemon.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(daemon.wait().unwrap().success());
}

/// A disk of which some bytes cannot be read, mounted on the inbox until it is dropped.
struct Damaged<'r> {
    rig: &'r Rig,
    image: PathBuf,
}

impl<'r> Damaged<'r> {
    /// What lies in the inbox moves onto it, still whole.
    fn under_the_inbox_of(rig: &'r Rig) -> Self {
        let image = rig.root.with_extension("img");
        File::create(&image).unwrap().set_len(32 << 20).unwrap();
        // Blocks of one KiB that are named by blocks: a wrong name is an error of each read by it.
        let disk = Self { rig, image };
        run("mkfs.ext4", &["-q", "-b", "1024", "-O", "^extents,^64bit", &disk.named()]);
        let (inbox, kept) = (disk.inbox(), disk.inbox() + "-kept");
        std::fs::rename(&inbox, &kept).unwrap();
        std::fs::create_dir(&inbox).unwrap();
        disk.mount();
        run("cp", &["-a", &format!("{kept}/."), &inbox]);
        disk
    }

    fn named(&self) -> String {
        self.image.display().to_string()
    }

    fn inbox(&self) -> String {
        self.rig.root.join("inbox").display().to_string()
    }

    fn mount(&self) {
        run("mount", &["-o", "loop,errors=continue", &self.named(), &self.inbox()]);
    }

    fn debugfs(&self, request: &str) -> String {
        let said = Command::new("debugfs").args(["-w", "-R", request]).arg(&self.image).output();
        String::from_utf8(said.unwrap().stdout).unwrap()
    }

    /// While it is not mounted: the first block that names a file's blocks names one that is not
    /// there, so nothing between 12 and 268 KiB of it can be read.
    fn spoil_blocks(&self, file: &str) {
        let told = self.debugfs(&format!("stat /{CUSTOMER}/{file}"));
        let block = told.split("(IND):").nth(1).unwrap().split([',', '\n']).next().unwrap();
        let place = block.trim().parse::<u64>().unwrap() * 1024;
        let image = std::fs::OpenOptions::new().write(true).open(&self.image).unwrap();
        image.write_all_at(&[0xF0, 0xFF, 0xFF, 0xFF], place).unwrap();
    }
}

impl Drop for Damaged<'_> {
    fn drop(&mut self) {
        Command::new("umount").arg("-l").arg(self.inbox()).status().ok();
    }
}

fn run(program: &str, args: &[&str]) {
    assert!(Command::new(program).args(args).status().unwrap().success(), "{program} {args:?}");
}

#[test]
fn n70_eio_read() {
    if !asked_for() {
        return;
    }
    let rig = heedless();
    let disk = Damaged::under_the_inbox_of(&rig);
    // Of the last nothing is told at all, not even how long it is.
    for (name, rows) in [("middle.csv", 4_000), ("end.csv", 1_000), ("all.csv", 1_000)] {
        rig.drop_file(CUSTOMER, name, &csv(NUMBER, rows, "N"));
    }
    run("umount", &[&disk.inbox()]);
    disk.spoil_blocks("middle.csv");
    disk.spoil_blocks("end.csv");
    disk.debugfs(&format!("sif /{CUSTOMER}/all.csv block[5] 999999999"));
    disk.mount();
    let daemon = rig.watched(None);
    rig.drop_file(CUSTOMER, "good.csv", &csv(NUMBER, 2, "GOOD"));
    assert_eq!(rig.end_of("good.csv").place, "accepted", "{}", daemon.log());
    for name in ["middle.csv", "end.csv"] {
        let ended = rig.end_of(name);
        assert_eq!(ended.place, "rejected", "{name} {}", daemon.log());
        assert!(rig.answer_to(&ended).contains("E_IO"), "{name}");
        let why = String::from_utf8(rig.kessai(&["why", name]).stdout).unwrap();
        assert!(why.contains(&ended.receipt()), "{name}: {why}");
    }
    let note = rig.root.join(format!("outbox/{CUSTOMER}/all.csv_waiting.txt"));
    let told = || std::fs::read_to_string(&note).unwrap_or_default();
    eventually("whoever dropped it is told", || told().contains("E_IO"));
    let path = rig.folder(CUSTOMER).join("all.csv");
    let said = rig.kessai(&["folder", "explain", path.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(said.contains("ファイルを読めません"), "{said}");
    assert!(rig.kessai(&["folder", "verify"]).status.success(), "nothing was changed");
    daemon.kill();
    rig.assert_whole();
}

//! What breaks within the program, or around it, while it works: nothing goes on by halves.

use std::process::{Command, Stdio};

use super::super::rig::{KESSAI, csv};
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

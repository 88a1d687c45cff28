//! Files that stop whoever reads them, and the real program.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use super::super::rig::{KESSAI, Rig, csv};
use super::{CUSTOMER, NUMBER, asked_for, quick};

/// Sees that the bad file is in quarantine with its reason, and that the good one passed it by.
fn put_aside(rig: &Rig) {
    let ended = rig.end_of("bad.csv");
    assert_eq!(ended.place, "quarantine");
    assert!(rig.answer_to(&ended).contains("E_POISON"));
    assert_eq!(ended.payload, csv(NUMBER, 2, "BAD"), "what was dropped is kept as it was");
    let mails = rig.files("outbox/mail");
    let told = mails.keys().filter(|name| name.starts_with(&ended.receipt())).count();
    assert_eq!(told, 1, "its submitter is told");
    assert_eq!(rig.end_of("good.csv").place, "accepted");
    assert!(rig.files("var/reading").is_empty(), "nothing is left to count");
    rig.assert_whole();
}

#[test]
fn n132_a_file_that_kills_the_program_three_times_is_put_aside_and_the_next_goes_on() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.drop_file(CUSTOMER, "bad.csv", &csv(NUMBER, 2, "BAD"));
    for _ in 0..3 {
        assert!(rig.drain_killed_at("judge.half", 1), "it is read once more");
    }
    rig.drop_file(CUSTOMER, "good.csv", &csv(NUMBER, 2, "GOOD"));
    // It is not read, or this would be killed too: the good one comes second.
    assert!(!rig.drain_killed_at("judge.half", 2));
    put_aside(&rig);
}

#[test]
fn n132_a_file_on_which_the_program_hangs_ends_it_and_is_put_aside_the_fourth_time() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.set(&[("read_max_s", "1")]);
    rig.drop_file(CUSTOMER, "bad.csv", &csv(NUMBER, 2, "BAD"));
    for _ in 0..3 {
        let ended = Command::new(KESSAI)
            .args(["run", "--root"])
            .arg(&rig.root)
            .env("KESSAI_HANG_AT", "judge.half:1")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert_eq!(ended.status.signal(), Some(6), "{told}");
        assert!(told.contains("read without an end"), "{told}");
    }
    rig.set(&[("read_max_s", "600")]);
    rig.drop_file(CUSTOMER, "good.csv", &csv(NUMBER, 2, "GOOD"));
    rig.drain();
    put_aside(&rig);
}

//! Killed at every boundary, and at random under load: nothing is lost, nothing is done twice.

use std::collections::BTreeMap;
use std::time::Duration;

use kessai::ports::Step;

use super::asked_for;
use super::rig::{Rig, csv};

const CUSTOMER: &str = "customers/1AB2CD3EF";
const BRANCH: &str = "branches/001";

/// Boundaries that only a file system without `RENAME_NOREPLACE` or a mail server reaches; tests
/// of the spool and of the mail server stand for them.
const NOT_HERE: [&str; 3] = ["claim.linked", "post.taken", "post.noted"];

/// Drops a clean file, the same again, a wrong one and one whose rows are cases.
fn drop_all(rig: &Rig, salt: &str) -> BTreeMap<String, usize> {
    let clean = csv("1AB2CD3EF", 3, &format!("A{salt}"));
    // What is said of the first goes its way with it: were it lost, the file would be refused.
    let manifest =
        format!("{{\"sha256\": \"{}\", \"records\": 3}}", kessai::domain::Digest::of(&clean));
    rig.drop_file(CUSTOMER, &format!("a{salt}.csv.manifest.json"), manifest.as_bytes());
    rig.drop_file(CUSTOMER, &format!("a{salt}.csv"), &clean);
    rig.drop_file(CUSTOMER, &format!("b{salt}.csv"), &clean);
    rig.drop_file(CUSTOMER, &format!("c{salt}.csv"), &csv("9XY8WV7UT", 2, &format!("C{salt}")));
    rig.drop_file(BRANCH, &format!("d{salt}.csv"), &csv("1AB2CD3EF", 300, &format!("D{salt}")));
    BTreeMap::from([
        (format!("a{salt}.csv"), 1),
        (format!("b{salt}.csv"), 0),
        (format!("c{salt}.csv"), 0),
        (format!("d{salt}.csv"), 300),
    ])
}

/// Carries the customer's file and two rows of the branch through every approval.
fn approve_some(rig: &Rig) {
    let cases = rig.cases();
    let of = |file: char| {
        cases.iter().filter(move |case| case["file"]["name"].as_str().unwrap().starts_with(file))
    };
    for case in of('a') {
        let case = case["case"].as_str().unwrap();
        for user in ["yamada01", "sato0001", "mori0001"] {
            assert!(rig.decide("approve", case, user).status.success());
        }
    }
    for case in of('d').take(2) {
        let case = case["case"].as_str().unwrap();
        for user in ["sato0001", "mori0001"] {
            assert!(rig.decide("approve", case, user).status.success());
        }
    }
}

#[test]
fn killed_at_every_boundary_every_file_still_has_one_verdict_and_one_answer() {
    if !asked_for() {
        return;
    }
    let steps = Step::ALL.iter().map(|step| step.name()).filter(|step| !NOT_HERE.contains(step));
    for step in steps {
        let mut reached = false;
        for times in [1, 2] {
            let rig = Rig::new();
            let dropped = drop_all(&rig, "");
            reached |= rig.drain_killed_at(step, times);
            rig.drain();
            approve_some(&rig);
            reached |= rig.drain_killed_at(step, times);
            rig.drain();
            rig.assert_each_once(&dropped);
            rig.assert_whole();
        }
        assert!(reached, "{step} was never reached: nothing was tested");
    }
}

#[test]
fn killed_at_random_under_load_nothing_is_lost_or_done_twice() {
    if !asked_for() {
        return;
    }
    let rounds: u32 = std::env::var("KESSAI_CRASH_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(40);
    let rig = Rig::new();
    let mut dropped = BTreeMap::new();
    let mut chance = 0x2026_1122_u64;
    for round in 0..rounds {
        let mut daemon = rig.daemon();
        for n in 0..3 {
            let name = format!("r{round}-{n}.csv");
            let bytes = csv("1AB2CD3EF", 5 + n, &format!("R{round}-{n}"));
            let (folder, cases) = if n == 2 { (BRANCH, 7) } else { (CUSTOMER, 1) };
            rig.drop_file(folder, &name, &bytes);
            dropped.insert(name, cases);
        }
        // A small generator of our own: the rounds can be run again exactly.
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        std::thread::sleep(Duration::from_millis(50 + (chance >> 33) % 450));
        daemon.kill().unwrap();
        daemon.wait().unwrap();
    }
    rig.drain();
    rig.assert_each_once(&dropped);
    rig.assert_whole();
}

#[test]
fn asked_to_stop_under_load_it_stops_soon_and_loses_nothing() {
    if !asked_for() {
        return;
    }
    let rig = Rig::new();
    let daemon = rig.watched(None);
    let mut dropped = BTreeMap::new();
    for n in 0..20 {
        let name = format!("s{n}.csv");
        rig.drop_file(CUSTOMER, &name, &csv("1AB2CD3EF", 50, &format!("S{n}")));
        dropped.insert(name, 1);
    }
    std::thread::sleep(Duration::from_millis(500));
    let asked = std::time::Instant::now();
    assert!(daemon.asked_to_stop().success(), "it ends well");
    // A second on a machine that is idle; no file of the queue is waited for.
    assert!(asked.elapsed() < Duration::from_secs(30), "{:?}", asked.elapsed());
    rig.drain();
    rig.assert_each_once(&dropped);
    rig.assert_whole();
}

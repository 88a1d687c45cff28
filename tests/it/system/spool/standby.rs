//! Two daemons for one root: one works, the other stands by.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use super::super::rig::{Daemon, csv, eventually, meanwhile};
use super::{CUSTOMER, NUMBER, asked_for, quick};

fn signal(daemon: &Daemon, name: &str) {
    let pid = daemon.child.id().to_string();
    assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
}

#[test]
fn n26_two_daemons_same_inbox() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let first = rig.watched(None);
    let second = rig.standing_by();
    let names: Vec<String> = (0..400).map(|n| format!("{n:04}.csv")).collect();
    for (n, name) in names.iter().enumerate() {
        rig.drop_file(CUSTOMER, name, &csv(NUMBER, 1, &format!("T{n}-")));
    }
    eventually("some of them are claimed", || first.log().contains("file judged"));
    first.kill();
    eventually("the other one takes over", || second.log().contains("で動いています"));
    let ended = |rig: &super::super::rig::Rig| {
        let kept = rig.files("inbox/.engine/accepted");
        kept.keys().filter(|path| path.ends_with("/result.json")).count()
    };
    let until = std::time::Instant::now() + Duration::from_mins(2);
    while ended(&rig) < names.len() && std::time::Instant::now() < until {
        std::thread::sleep(Duration::from_millis(200));
    }
    second.kill();
    rig.drain();
    rig.assert_whole();
    let dropped: BTreeMap<String, usize> = names.into_iter().map(|name| (name, 1)).collect();
    rig.assert_each_once(&dropped);
}

#[test]
fn n38_standby_takeover() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let first = rig.watched(None);
    let second = rig.standing_by();
    rig.drop_file(CUSTOMER, "a.csv", &csv(NUMBER, 1, "A"));
    assert_eq!(rig.end_of("a.csv").place, "accepted");
    first.kill();
    rig.drop_file(CUSTOMER, "b.csv", &csv(NUMBER, 1, "B"));
    assert_eq!(rig.end_of("b.csv").place, "accepted", "{}", second.log());
    second.kill();
    rig.drain();
    rig.assert_whole();
    rig.assert_each_once(&BTreeMap::from([("a.csv".to_owned(), 1), ("b.csv".to_owned(), 1)]));
}

#[test]
fn n39_paused_leader() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let first = rig.watched(None);
    let second = rig.standing_by();
    signal(&first, "-STOP");
    rig.drop_file(CUSTOMER, "a.csv", &csv(NUMBER, 1, "A"));
    meanwhile("nobody works for one that only pauses", Duration::from_secs(3), || {
        rig.ended("a.csv").is_empty() && !second.log().contains("で動いています")
    });
    signal(&first, "-CONT");
    assert_eq!(rig.end_of("a.csv").place, "accepted");
    first.kill();
    rig.drop_file(CUSTOMER, "b.csv", &csv(NUMBER, 1, "B"));
    assert_eq!(rig.end_of("b.csv").place, "accepted", "{}", second.log());
    second.kill();
    rig.drain();
    rig.assert_whole();
    rig.assert_each_once(&BTreeMap::from([("a.csv".to_owned(), 1), ("b.csv".to_owned(), 1)]));
}

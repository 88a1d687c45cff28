//! Whose a file is, in which order, and which of two equal ones counts.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use super::super::rig::{KESSAI, as_user, csv, eventually, meanwhile};
use super::{CUSTOMER, NUMBER, OTHER, STRANGER, asked_for, quick};

#[test]
fn n30_exdev() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let folder = rig.folder(CUSTOMER);
    let mounted = Command::new("mount").args(["-t", "tmpfs", "none"]).arg(&folder).status();
    assert!(mounted.unwrap().success());
    let refused = rig.kessai(&["run", "--drain"]);
    let unmounted = Command::new("umount").arg(&folder).status();
    assert!(unmounted.unwrap().success());
    let told = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{told}");
    assert!(told.contains("E_CLAIM") && told.contains(NUMBER), "{told}");
    rig.drain();
}

/// A writer that does not let go: a file is taken as it was at one moment, or not at all.
#[test]
fn n33_writer_keeps_fd_after_claim() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let _daemon = rig.watched(Some(STRANGER));
    let (size, names) = (3 << 20, ["rewritten.csv", "finished.csv"]);
    for (at, name) in names.iter().enumerate() {
        let part = rig.folder(CUSTOMER).join(".part");
        let file = File::create(&part).unwrap();
        file.write_all_at(&vec![b'a'; size], 0).unwrap();
        fs::rename(&part, rig.folder(CUSTOMER).join(name)).unwrap();
        // The first never stops while files may wait; the second does.
        let until = Instant::now() + Duration::from_millis(if at == 0 { 4000 } else { 700 });
        for letter in (b'a'..=b'z').cycle() {
            file.write_all_at(&vec![letter; size], 0).unwrap();
            if Instant::now() >= until {
                break;
            }
        }
        drop(file);
        let ended = rig.end_of(name);
        let answer = rig.answer_to(&ended);
        let kept = rig.files("var/store");
        let taken = kept.iter().filter(|(_, bytes)| bytes.len() == size);
        let mixed = |bytes: &[u8]| bytes.iter().any(|letter| *letter != bytes[0]);
        assert!(taken.into_iter().all(|(_, bytes)| !mixed(bytes)), "mixed content");
        assert!(answer.contains("E_"), "{answer}");
    }
    // What it has to say to the submitter after the answer is being written there for a moment.
    eventually("copies that were given up are gone", || rig.files("var/tmp").is_empty());
}

#[test]
fn n35_same_name_twice_quick() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let _daemon = rig.watched(None);
    let path = rig.folder(CUSTOMER).join("a.csv");
    for n in 0..5 {
        rig.drop_file(CUSTOMER, "a.csv", &csv(NUMBER, n + 1, &format!("V{n}")));
        eventually("it is claimed", || !path.exists());
    }
    eventually("each ends", || rig.ended("a.csv").len() == 5);
    let rows: Vec<_> = rig.ended("a.csv").iter().map(|e| e.result["accepted"].clone()).collect();
    assert_eq!(rows, [1, 2, 3, 4, 5], "one receipt each, in their order");
}

#[test]
fn n37_ordering() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let drop_some = |from: u32, to: u32| {
        for n in from..to {
            let name = format!("f{n:03}.csv");
            rig.drop_file(CUSTOMER, &name, &csv(NUMBER, 1, &format!("F{n}")));
        }
    };
    // Half of them wait when it starts, more than are claimed at once; half come one by one.
    drop_some(0, 70);
    let _daemon = rig.watched(None);
    drop_some(70, 100);
    let mut receipts = Vec::new();
    eventually("all end", || {
        receipts = (0..100)
            .filter_map(|n| {
                rig.ended(&format!("f{n:03}.csv")).first().map(super::super::rig::Ended::receipt)
            })
            .collect();
        receipts.len() == 100
    });
    assert!(receipts.is_sorted(), "{receipts:?}");
}

#[test]
fn n76_same_bytes_other_name() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let bytes = csv(NUMBER, 2, "D");
    rig.drop_file(CUSTOMER, "one.csv", &bytes);
    rig.drain();
    rig.drop_file(CUSTOMER, "two.csv", &bytes);
    rig.drain();
    let (one, two) = (rig.end_of("one.csv"), rig.end_of("two.csv"));
    assert_eq!((one.place.as_str(), two.place.as_str()), ("accepted", "held"));
    let answer = rig.answer_to(&two);
    assert!(answer.contains("E_DUP_FILE") && answer.contains(&one.receipt()), "{answer}");
    assert_eq!(rig.cases().len(), 1);
    // Another submitter's folder is another matter: there it is an identity that does not fit.
    rig.drop_file(OTHER, "three.csv", &bytes);
    rig.drain();
    assert!(rig.answer_to(&rig.end_of("three.csv")).contains("E_IDENTITY"));
}

#[test]
fn n77_same_after_reject() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let wrong = csv("9XY8WV7UT", 1, "W");
    for name in ["w1.csv", "w2.csv"] {
        rig.drop_file(CUSTOMER, name, &wrong);
        rig.drain();
        assert!(rig.answer_to(&rig.end_of(name)).contains("E_IDENTITY"), "{name} is looked into");
    }
    // What a person refused may be asked for again.
    let right = csv(NUMBER, 1, "R");
    rig.drop_file(CUSTOMER, "r1.csv", &right);
    rig.drain();
    let case = rig.cases()[0]["case"].as_str().unwrap().to_owned();
    let refused = rig.decide("reject", &case, "yamada01");
    assert!(refused.status.success(), "{}", String::from_utf8_lossy(&refused.stderr));
    rig.drop_file(CUSTOMER, "r2.csv", &right);
    rig.drain();
    assert_eq!(rig.end_of("r2.csv").place, "accepted");
}

#[test]
fn n78_same_after_window() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let bytes = csv(NUMBER, 1, "W");
    rig.drop_file(CUSTOMER, "first.csv", &bytes);
    rig.drain();
    assert_eq!(rig.end_of("first.csv").place, "accepted");
    // On the ninetieth day it is held as sent twice; afterwards it is looked into again.
    for (day, name, code) in
        [("2027-03-01", "day-90.csv", "E_DUP_FILE"), ("2027-03-02", "day-91.csv", "D10")]
    {
        rig.set(&[("business_date", &format!("\"{day}\""))]);
        rig.drop_file(CUSTOMER, name, &bytes);
        rig.drain();
        let answer = rig.answer_to(&rig.end_of(name));
        assert_eq!(answer.contains("E_DUP_FILE"), code == "E_DUP_FILE", "{answer}");
        assert!(answer.contains(code), "{answer}");
    }
}

#[test]
fn n81_same_business_key_other_bytes() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.drop_file(CUSTOMER, "one.csv", &csv(NUMBER, 2, "K"));
    rig.drain();
    let mut other = csv(NUMBER, 3, "K");
    other.extend_from_slice(b"\r\n");
    rig.drop_file(CUSTOMER, "two.csv", &other);
    rig.drain();
    let two = rig.end_of("two.csv");
    let answer = rig.answer_to(&two);
    assert_eq!(two.place, "rejected");
    assert_eq!(answer.matches("E_DUP_KEY").count(), 2, "two of three rows: {answer}");
    let case = rig.cases()[0]["case"].as_str().unwrap().to_owned();
    assert!(answer.contains(&case), "{answer} names {case}");
}

#[test]
fn n83_two_identical_simultaneous() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let _daemon = rig.watched(None);
    for round in 0..5 {
        let bytes = csv(NUMBER, 1, &format!("I{round}"));
        let names = [format!("i{round}-a.csv"), format!("i{round}-b.csv")];
        std::thread::scope(|scope| {
            for name in &names {
                scope.spawn(|| rig.drop_file(CUSTOMER, name, &bytes));
            }
        });
        let mut places: Vec<String> = names.iter().map(|name| rig.end_of(name).place).collect();
        places.sort();
        assert_eq!(places, ["accepted", "held"]);
    }
    assert_eq!(rig.cases().len(), 5);
}

#[test]
fn commands_work_beside_a_running_daemon_and_a_second_one_does_not() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let daemon = rig.watched(None);
    rig.drop_file(CUSTOMER, "a.csv", &csv(NUMBER, 2, "A"));
    assert_eq!(rig.end_of("a.csv").place, "accepted");
    assert_eq!(rig.json(&["status"])["files"]["accepted"], 1);
    let case = rig.cases()[0]["case"].as_str().unwrap().to_owned();
    assert_eq!(rig.json(&["show", &case])["case"], case.as_str());
    let chosen = rig.kessai(&["mail", "sato0001", "--when", "noon"]);
    assert!(chosen.status.success(), "{}", String::from_utf8_lossy(&chosen.stderr));
    let people = rig.json(&["user", "list"]);
    assert!(people.to_string().contains("sato0001"), "{people}");
    assert!(rig.kessai(&["mail", "sato0001", "--when", "at_once"]).status.success());
    for user in ["yamada01", "sato0001", "mori0001"] {
        assert!(rig.decide("approve", &case, user).status.success());
    }
    eventually("the clearing file is out", || {
        rig.files("outbox/center").keys().any(|name| name.ends_with(".csv"))
    });
    for second in [&["run"][..], &["run", "--drain"], &["rebuild"]] {
        let refused = rig.kessai(second);
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{second:?}: {told}");
    }
    // The first one was not disturbed.
    assert_eq!(rig.kessai(&["verify"]).status.code(), Some(0));
    rig.drop_file(CUSTOMER, "b.csv", &csv(NUMBER, 2, "B"));
    assert_eq!(rig.end_of("b.csv").place, "accepted");
    assert_eq!(daemon.warnings(), [""; 0]);
    daemon.kill();
    rig.drain();
    rig.assert_whole();
}

#[test]
fn n31_ebusy_then_ok() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    // Nobody renames what something is mounted on.
    let path = rig.folder(CUSTOMER).join("a.csv");
    rig.drop_file(CUSTOMER, "a.csv", &csv(NUMBER, 1, "A"));
    let mount = |args: &[&str]| {
        let done = Command::new(args[0]).args(&args[1..]).arg(&path).status().unwrap();
        assert!(done.success(), "{args:?}");
    };
    mount(&["mount", "--bind", path.to_str().unwrap()]);
    let daemon = rig.watched(None);
    rig.drop_file(CUSTOMER, "b.csv", &csv(NUMBER, 1, "B"));
    assert_eq!(rig.end_of("b.csv").place, "accepted", "it holds up no other file");
    meanwhile("it is tried again and given back to nobody", Duration::from_secs(3), || {
        rig.ended("a.csv").is_empty() && path.exists()
    });
    mount(&["umount"]);
    assert_eq!(rig.end_of("a.csv").place, "accepted", "{}", daemon.log());
    daemon.kill();
    rig.assert_whole();
}

#[test]
fn n40_second_daemon_same_state() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let _daemon = rig.watched(Some(STRANGER));
    let of_owner = as_user(STRANGER).args(["run", "--root"]).arg(&rig.root).output().unwrap();
    let of_root = Command::new(KESSAI).args(["run", "--root"]).arg(&rig.root).output().unwrap();
    for refused in [of_owner, of_root] {
        let told = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{told}");
    }
}

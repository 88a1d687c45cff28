//! What is no file, has a second name, or is another's.

use std::fs;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::Duration;

use super::super::rig::{Rig, csv, eventually, meanwhile};
use super::{CUSTOMER, NUMBER, asked_for, quick};

/// Sees that something was put aside without a receipt number, and that a true file passes it by.
fn put_aside(rig: &Rig, name: &str) {
    let ended = rig.end_of(name);
    assert_eq!((ended.place.as_str(), ended.receipt().as_str()), ("quarantine", ""));
    assert!(!rig.folder(CUSTOMER).join(name).exists());
    let after = format!("after-{name}.csv");
    rig.drop_file(CUSTOMER, &after, &csv(NUMBER, 1, &name.replace(".csv", "").to_uppercase()));
    assert_eq!(rig.end_of(&after).place, "accepted");
}

#[test]
fn n120_symlink() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let secret = rig.root.join("secret.txt");
    fs::write(&secret, "account 7654321 of somebody else\n").unwrap();
    let _daemon = rig.watched(None);
    for (name, target) in [("one.csv", secret.to_str().unwrap()), ("two.csv", "/nowhere")] {
        std::os::unix::fs::symlink(target, rig.folder(CUSTOMER).join(name)).unwrap();
        put_aside(&rig, name);
    }
    assert!(secret.exists());
    for below in ["var", "outbox"] {
        for (path, bytes) in rig.files(below) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            assert!(!text.contains("of somebody else"), "{path} holds what the link led to");
        }
    }
}

#[test]
fn n121_fifo_does_not_block() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let _daemon = rig.watched(None);
    let path = rig.folder(CUSTOMER).join("pipe.csv");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    put_aside_unread(&rig, "pipe.csv");
}

/// As [`put_aside`], where the thing put aside cannot be read by a test either.
fn put_aside_unread(rig: &Rig, name: &str) {
    let path = rig.folder(CUSTOMER).join(name);
    eventually("it is put aside", || !path.exists());
    let after = format!("after-{name}.csv");
    rig.drop_file(CUSTOMER, &after, &csv(NUMBER, 1, &name.replace(".csv", "").to_uppercase()));
    eventually("a true file passes it by", || {
        let answers = rig.files("outbox");
        answers.keys().any(|path| path.contains(&format!("after-{name}").replace('.', "_")))
    });
}

#[test]
fn n122_hardlink() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let victim = rig.root.join("victim.csv");
    fs::write(&victim, csv(NUMBER, 1, "H")).unwrap();
    fs::hard_link(&victim, rig.folder(CUSTOMER).join("linked.csv")).unwrap();
    rig.drain();
    let ended = rig.end_of("linked.csv");
    assert_eq!(ended.place, "rejected");
    assert!(rig.answer_to(&ended).contains("E_LINK"));
    assert!(rig.cases().is_empty());
    assert!(victim.exists());
}

#[test]
fn n123_directory_socket_device() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let daemon = rig.watched(None);
    let folder = rig.folder(CUSTOMER);
    // A folder is no file and none of ours to move; what is in it is not looked at.
    fs::create_dir(folder.join("folder.csv")).unwrap();
    fs::write(folder.join("folder.csv/inside.csv"), csv(NUMBER, 1, "D")).unwrap();
    let _socket = UnixListener::bind(folder.join("socket.csv")).unwrap();
    put_aside_unread(&rig, "socket.csv");
    let device = folder.join("null.csv");
    assert!(Command::new("mknod").arg(&device).args(["c", "1", "3"]).status().unwrap().success());
    put_aside_unread(&rig, "null.csv");
    meanwhile("the folder stays", Duration::from_millis(600), || {
        folder.join("folder.csv/inside.csv").exists()
    });
    eventually("both are told", || daemon.warnings().len() >= 2);
    let told = daemon.warnings();
    assert_eq!(told.len(), 2, "one line for each that was put aside: {told:?}");
}

#[test]
fn n125_identity() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.drop_file(CUSTOMER, "his.csv", &csv("9XY8WV7UT", 2, "I"));
    rig.drain();
    let ended = rig.end_of("his.csv");
    assert_eq!(ended.place, "rejected");
    assert!(rig.answer_to(&ended).contains("E_IDENTITY"));
    assert!(rig.cases().is_empty());
}

#[test]
fn a_folder_that_is_not_registered_is_left_alone_and_told_so() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let folder = "customers/UNKNOWN01";
    fs::create_dir(rig.folder(folder)).unwrap();
    let _daemon = rig.watched(None);
    rig.drop_file(folder, "a.csv", &csv("UNKNOWN01", 1, "U"));
    eventually("a note comes", || {
        let notes = rig.files("outbox");
        let note = notes.get(&format!("{folder}/a.csv_waiting.txt"));
        note.is_some_and(|note| String::from_utf8_lossy(note).contains("登録されていません"))
    });
    assert!(rig.folder(folder).join("a.csv").exists());
}

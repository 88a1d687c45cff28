//! The real clamd, with a database of one line.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::asked_for;
use super::rig::{Rig, csv, eventually};

const CUSTOMER: &str = "customers/1AB2CD3EF";

/// The test string every scanner knows, in halves: none shall find it in this file.
const EICAR: [&str; 2] =
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-", "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];

/// A clamd of our own, ended with the test.
struct Scanner {
    child: Child,
}

impl Drop for Scanner {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Its socket, beside the root.
fn socket(rig: &Rig) -> PathBuf {
    rig.root.with_extension("clamd")
}

/// Starts clamd and waits until it answers.
fn scanner(rig: &Rig) -> Scanner {
    let home = rig.root.with_extension("clamav");
    fs::create_dir_all(home.join("db")).unwrap();
    let mut signature = String::new();
    for byte in EICAR.concat().bytes() {
        write!(signature, "{byte:02x}").unwrap();
    }
    fs::write(home.join("db/test.ndb"), format!("Kessai-Test:0:*:{signature}\n")).unwrap();
    let config = home.join("clamd.conf");
    let text = format!(
        "LocalSocket {}\nDatabaseDirectory {}\nForeground yes\nTemporaryDirectory {}\n\
         StreamMaxLength 1M\nFixStaleSocket yes\n",
        socket(rig).display(),
        home.join("db").display(),
        home.display(),
    );
    fs::write(&config, text).unwrap();
    let child = Command::new("clamd")
        .arg("--config-file")
        .arg(&config)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("clamd must be installed");
    let scanner = Scanner { child };
    eventually("clamd listens", || std::os::unix::net::UnixStream::connect(socket(rig)).is_ok());
    scanner
}

/// A root whose customers' files are scanned.
fn scanned() -> Rig {
    let rig = Rig::new();
    rig.set(&[("scan_ms", "200"), ("quiet_ms", "300"), ("timeout_s", "5")]);
    let change = |path: &str, from: &str, to: &str| {
        let path = rig.root.join(path);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
    };
    let place = format!("clamd = \"{}\" ", socket(&rig).display());
    change("kessai.toml", "# clamd = \"/run/clamav/clamd.ctl\" ", &place);
    change("workflows/channels/customers.yaml", "antivirus: off ", "antivirus: required ");
    rig
}

fn payloads(rig: &Rig, below: &str) -> usize {
    let kept = rig.files(&format!("inbox/.engine/{below}"));
    kept.keys().filter(|path| Path::new(path).ends_with("payload")).count()
}

#[test]
fn n126_the_test_virus_is_found_by_clamd_and_put_aside() {
    if !asked_for() {
        return;
    }
    let rig = scanned();
    let _clamd = scanner(&rig);
    let _daemon = rig.watched(None);
    let mut bad = csv("1AB2CD3EF", 2, "BAD");
    bad.extend(EICAR.concat().bytes());
    rig.drop_file(CUSTOMER, "bad.csv", &bad);
    rig.drop_file(CUSTOMER, "good.csv", &csv("1AB2CD3EF", 2, "GOOD"));
    let ended = rig.end_of("bad.csv");
    assert_eq!(ended.place, "quarantine");
    let told = rig.answer_to(&ended);
    assert!(told.contains("E_AV") && told.contains("Kessai-Test"), "{told}");
    assert_eq!(rig.end_of("good.csv").place, "accepted");
    // Longer than this clamd looks into: refused, and nothing waits.
    rig.drop_file(CUSTOMER, "long.csv", &csv("1AB2CD3EF", 20_000, "LONG"));
    let long = rig.end_of("long.csv");
    assert_eq!(long.place, "rejected");
    assert!(rig.answer_to(&long).contains("E_SIZE"));
}

#[test]
fn n127_clamd_down_holds_files_until_it_is_back() {
    if !asked_for() {
        return;
    }
    let rig = scanned();
    let clamd = scanner(&rig);
    let daemon = rig.watched(None);
    rig.drop_file(CUSTOMER, "first.csv", &csv("1AB2CD3EF", 1, "FIRST"));
    assert_eq!(rig.end_of("first.csv").place, "accepted");
    drop(clamd);
    rig.drop_file(CUSTOMER, "second.csv", &csv("1AB2CD3EF", 1, "SECOND"));
    eventually("it is told that the scanner is away", || {
        rig.json(&["status"])["antivirus"].as_str().is_some_and(|told| told.contains("1件"))
    });
    assert_eq!(payloads(&rig, "claim"), 1, "it is kept and not taken in");
    assert_eq!(rig.json(&["status"])["files"]["received"], 1);
    // A restart changes nothing.
    daemon.kill();
    let daemon = rig.watched(None);
    assert_eq!(rig.json(&["status"])["files"]["received"], 1);
    let _clamd = scanner(&rig);
    assert_eq!(rig.end_of("second.csv").place, "accepted");
    assert!(rig.json(&["status"])["antivirus"].is_null());
    assert!(daemon.log().contains("the virus scanner is back"), "{}", daemon.log());
}

//! The pages' TLS as two scanners see it.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::asked_for;
use super::rig::{Daemon, Rig, eventually};

/// A daemon on HTTPS; where it listens.
fn served() -> (Rig, Daemon, String) {
    let rig = Rig::new();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let at = format!("127.0.0.1:{port}");
    rig.set(&[("listen", &format!("\"{at}\"")), ("base_url", &format!("\"https://{at}\""))]);
    let daemon = rig.watched(None);
    eventually("the authority is there", || rig.root.join("var/pki/ca.pem").exists());
    (rig, daemon, at)
}

#[test]
fn testssl_finds_nothing_above_low() {
    if !asked_for() {
        return;
    }
    let (rig, _daemon, at) = served();
    let (ca, report) = (rig.root.join("var/pki/ca.pem"), rig.root.join("testssl.json"));
    let done = Command::new("testssl")
        .args(["--quiet", "--color", "0", "--warnings", "off", "--openssl-timeout", "5"])
        .args(["--protocols", "--std", "--server-preference", "--fs", "--server-defaults"])
        .args(["--vulnerable", "--add-ca"])
        .arg(&ca)
        .arg("--jsonfile")
        .arg(&report)
        .arg(&at)
        .output()
        .expect("testssl must be installed");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let found: Vec<Value> =
        serde_json::from_slice(&std::fs::read(&report).expect(&said)).expect(&said);
    assert!(found.len() > 60, "{said}");
    let severe = |one: &&Value| {
        matches!(one["severity"].as_str(), Some("MEDIUM" | "HIGH" | "CRITICAL" | "FATAL"))
    };
    // A certificate of the own authority lives as long as the program runs and its key is in no
    // file: it is replaced by a start, there is nobody to publish a list for.
    let bad: Vec<&Value> =
        found.iter().filter(severe).filter(|one| one["id"] != "cert_revocation").collect();
    assert!(bad.is_empty(), "{bad:#?}");
    let finding = |id: &str| {
        let one = found.iter().find(|one| one["id"] == id);
        one.and_then(|one| one["finding"].as_str()).unwrap_or_default().to_owned()
    };
    for old in ["SSLv2", "SSLv3", "TLS1", "TLS1_1"] {
        assert_eq!(finding(old), "not offered", "{old}");
    }
    assert!(finding("TLS1_2") == "offered" && finding("TLS1_3").starts_with("offered"), "{said}");
    assert!(finding("heartbleed").starts_with("not vulnerable"), "{said}");
}

#[test]
fn sslyze_finds_what_mozilla_asks_for() {
    if !asked_for() {
        return;
    }
    let (rig, _daemon, at) = served();
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools");
    let done = Command::new("python3")
        .env("PYTHONPATH", &tools)
        .args(["-m", "sslyze", "--mozilla_config", "intermediate", "--certinfo_ca_file"])
        .arg(rig.root.join("var/pki/ca.pem"))
        .arg(&at)
        .output()
        .expect("python3 must be installed");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(said.contains("COMPLIANCE AGAINST TLS CONFIGURATION"), "{said}");
    assert!(done.status.success() && said.contains("OK - Compliant"), "{said}");
}

//! Markers, checksums and manifests beside a file.

use std::fs;

use kessai::domain::Digest;

use super::super::rig::{Rig, csv, eventually, meanwhile};
use super::{CUSTOMER, NUMBER, asked_for, quick};
use std::time::Duration;

/// Says what must lie beside the customers' files.
fn demand(rig: &Rig, what: &str) {
    let channel = rig.root.join("workflows/channels/customers.yaml");
    let text = fs::read_to_string(&channel).unwrap();
    assert!(text.contains("complete: any "));
    fs::write(&channel, text.replace("complete: any ", &format!("complete: {what} "))).unwrap();
}

/// What the customer is told of a file that waits.
fn note(rig: &Rig, name: &str) -> Option<String> {
    let note = rig.root.join(format!("outbox/{CUSTOMER}/{name}_waiting.txt"));
    fs::read_to_string(note).ok()
}

/// The names of everything that went with a file into its last place.
fn kept(rig: &Rig, place: &str) -> Vec<String> {
    let all = rig.files(&format!("inbox/.engine/{place}"));
    all.keys().filter_map(|path| path.rsplit('/').next().map(str::to_owned)).collect()
}

#[test]
fn n10_done_marker_before_file() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let marker = rig.folder(CUSTOMER).join("a.csv.done");
    fs::write(&marker, "").unwrap();
    rig.drain();
    assert!(marker.exists(), "it waits for its file");
    assert_eq!(note(&rig, "a.csv.done"), None);
    rig.drop_file(CUSTOMER, "a.csv", &csv(NUMBER, 2, "D"));
    rig.drain();
    assert_eq!(rig.end_of("a.csv").place, "accepted");
    assert!(!marker.exists());
    assert!(kept(&rig, "accepted").contains(&"payload.done".to_owned()), "it went with its file");
}

#[test]
fn n11_done_marker_required_missing() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    demand(&rig, "done");
    let _daemon = rig.watched(None);
    rig.drop_file(CUSTOMER, "a.csv", &csv(NUMBER, 2, "D"));
    let path = rig.folder(CUSTOMER).join("a.csv");
    eventually("the customer is told", || {
        note(&rig, "a.csv").is_some_and(|note| note.contains("完了の印"))
    });
    // Longer than a file may wait for its end: a marker may come at any time.
    meanwhile("it waits", Duration::from_millis(2500), || path.exists());
    fs::write(rig.folder(CUSTOMER).join("a.csv.done"), "").unwrap();
    assert_eq!(rig.end_of("a.csv").place, "accepted");
    eventually("the note goes", || note(&rig, "a.csv").is_none());
}

#[test]
fn n12_manifest_ok() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let bytes = csv(NUMBER, 3, "M");
    let manifest = format!(
        "{{\"file\": \"a.csv\", \"bytes\": {}, \"sha256\": \"{}\", \"records\": 3,\n \
         \"amount_total\": 30003, \"seq\": 1, \"created_at\": \"2026-12-01T09:00:00+09:00\"}}\n",
        bytes.len(),
        Digest::of(&bytes)
    );
    rig.drop_file(CUSTOMER, "a.csv.manifest.json", manifest.as_bytes());
    rig.drop_file(CUSTOMER, "a.csv", &bytes);
    rig.drain();
    assert_eq!(rig.end_of("a.csv").place, "accepted");
    assert!(kept(&rig, "accepted").contains(&"payload.manifest.json".to_owned()));
    assert!(fs::read_dir(rig.folder(CUSTOMER)).unwrap().next().is_none(), "nothing is left");
    rig.assert_whole();
}

#[test]
fn n13_manifest_hash_mismatch() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let bytes = csv(NUMBER, 3, "M");
    let sum = |bytes: &[u8]| format!("{}  a.csv\n", Digest::of(bytes));
    rig.drop_file(CUSTOMER, "a.csv.sha256", sum(b"other").as_bytes());
    rig.drop_file(CUSTOMER, "a.csv", &bytes);
    rig.drain();
    let ended = rig.end_of("a.csv");
    assert_eq!((ended.place.as_str(), &ended.payload), ("rejected", &bytes));
    assert!(rig.answer_to(&ended).contains("E_MANIFEST"));
    assert!(kept(&rig, "rejected").contains(&"payload.sha256".to_owned()));
    rig.drop_file(CUSTOMER, "b.csv.sha256", sum(&bytes).replace("a.csv", "b.csv").as_bytes());
    rig.drop_file(CUSTOMER, "b.csv", &bytes);
    rig.drain();
    assert_eq!(rig.end_of("b.csv").place, "accepted");
}

#[test]
fn n14_manifest_arrives_late() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    demand(&rig, "manifest");
    let _daemon = rig.watched(None);
    let bytes = csv(NUMBER, 3, "L");
    rig.drop_file(CUSTOMER, "a.csv", &bytes);
    let path = rig.folder(CUSTOMER).join("a.csv");
    eventually("the customer is told", || {
        note(&rig, "a.csv").is_some_and(|note| note.contains("照合ファイル"))
    });
    meanwhile("it waits", Duration::from_millis(2500), || path.exists());
    let manifest = format!("{{\"sha256\": \"{}\"}}", Digest::of(&bytes));
    // Written in two parts: half of it says nothing.
    let place = rig.folder(CUSTOMER).join("a.csv.manifest.json");
    fs::write(&place, &manifest[..20]).unwrap();
    meanwhile("half a manifest is none", Duration::from_millis(800), || path.exists());
    fs::write(&place, &manifest).unwrap();
    assert_eq!(rig.end_of("a.csv").place, "accepted");
}

//! Answers: the same bytes whenever they are made, and none lost while the outbox is away.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use super::super::rig::{Rig, csv, eventually, meanwhile};
use super::{CUSTOMER, NUMBER, OTHER, STRANGER, asked_for, quick};

/// What a person could see in the outbox.
fn visible(rig: &Rig) -> BTreeMap<String, Vec<u8>> {
    let outbox = rig.files("outbox").into_iter();
    outbox.filter(|(path, _)| !path.contains(".part")).collect()
}

/// Carries the only case through every approval.
fn approve(rig: &Rig) {
    let case = rig.cases()[0]["case"].as_str().unwrap().to_owned();
    for user in ["yamada01", "sato0001", "mori0001"] {
        assert!(rig.decide("approve", &case, user).status.success());
    }
}

#[test]
fn n151_result_bytes_deterministic() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.drop_file(CUSTOMER, "a.csv", &csv(NUMBER, 30, "A"));
    rig.drop_file(CUSTOMER, "b.csv", &csv("9XY8WV7UT", 2, "B"));
    let mut seen = BTreeMap::new();
    let mut make_again = || {
        for _ in 0..3 {
            assert!(rig.drain_killed_at("dispatch.published", 1), "there is something to make");
            for (path, bytes) in visible(&rig) {
                let first = seen.entry(path.clone()).or_insert_with(|| bytes.clone());
                assert_eq!(*first, bytes, "{path} changed");
            }
        }
        rig.drain();
    };
    make_again();
    approve(&rig);
    make_again();
    let now = visible(&rig);
    for (path, bytes) in &seen {
        assert_eq!(now.get(path), Some(bytes), "{path}");
    }
    assert!(seen.keys().any(|path| path.ends_with("_receipt.pdf")), "{:?}", seen.keys());
    assert!(seen.keys().any(|path| path.ends_with("_result.csv")));
}

#[test]
fn n155_mail_same_message_id() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.drop_file(CUSTOMER, "a.csv", &csv(NUMBER, 3, "A"));
    // Written, seen and perhaps sent by whoever sends; then the program dies before it knows.
    let mut sent: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for times in 1..6 {
        if !rig.drain_killed_at("dispatch.published", times) {
            break;
        }
        for (path, bytes) in rig.files("outbox/mail") {
            // Taken away by the sender, so that the program has to make it again.
            if path.ends_with(".eml") {
                fs::remove_file(rig.root.join("outbox/mail").join(&path)).unwrap();
                sent.insert(path, bytes);
            }
        }
    }
    rig.drain();
    assert!(!sent.is_empty());
    let again = rig.files("outbox/mail");
    let id = |bytes: &[u8]| crate::mails::parsed(bytes).message_id().unwrap().to_owned();
    let mut twice = 0;
    for (path, bytes) in &sent {
        if let Some(again) = again.get(path) {
            assert_eq!((id(again), again), (id(bytes), bytes), "{path}");
            twice += 1;
        }
    }
    assert!(twice > 0, "no mail was made twice: {:?} {:?}", sent.keys(), again.keys());
}

#[test]
fn n153_outbox_missing_or_readonly() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let daemon = rig.watched(Some(STRANGER));
    let (outbox, away) = (rig.root.join("outbox"), rig.root.join("outbox-away"));
    fs::rename(&outbox, &away).unwrap();
    rig.drop_file(CUSTOMER, "missing.csv", &csv(NUMBER, 1, "M"));
    assert_eq!(rig.end_of("missing.csv").place, "accepted");
    eventually("it is said", || !daemon.warnings().is_empty());
    let settled = |state: &str| rig.json(&["status"])["effects"][state].as_u64().unwrap_or(0);
    assert_eq!(settled("dead"), 0);
    meanwhile("nothing is made beside it", Duration::from_millis(500), || !outbox.exists());
    fs::rename(&away, &outbox).unwrap();
    let readonly = fs::Permissions::from_mode(0o555);
    let own = outbox.join(CUSTOMER);
    fs::create_dir_all(&own).unwrap();
    fs::set_permissions(&own, readonly).unwrap();
    rig.drop_file(CUSTOMER, "readonly.csv", &csv(NUMBER, 1, "R"));
    assert_eq!(rig.end_of("readonly.csv").place, "accepted");
    eventually("both wait", || settled("later") >= 2);
    fs::set_permissions(&own, fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::chown(&own, Some(STRANGER), Some(STRANGER)).unwrap();
    let mut results = 0;
    for _ in 0..3 {
        let more = |before: usize| {
            let outbox = rig.files("outbox");
            let now = outbox.keys().filter(|path| path.ends_with("_result.csv")).count();
            (now > before).then_some(now)
        };
        eventually("an answer comes", || {
            results == 2 || more(results).map(|n| results = n).is_some()
        });
    }
    eventually("nothing is owed", || settled("later") == 0 && settled("owed") == 0);
    assert_eq!(results, 2);
    assert_eq!(settled("dead"), 0);
}

#[test]
fn one_submitters_broken_outbox_keeps_nobody_elses_answers() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let channel = rig.root.join("workflows/channels/customers.yaml");
    let text = fs::read_to_string(&channel).unwrap();
    // Two files an answer, of which the first cannot be written.
    fs::write(&channel, text.replace("result: csv ", "result: csv_and_json ")).unwrap();
    fs::create_dir_all(rig.root.join("outbox/customers")).unwrap();
    fs::write(rig.root.join("outbox").join(CUSTOMER), "in the way").unwrap();
    rig.drop_file(CUSTOMER, "a.csv", &csv(NUMBER, 1, "A"));
    rig.drop_file(OTHER, "b.csv", &csv("9XY8WV7UT", 1, "B"));
    rig.drain();
    let outbox = visible(&rig);
    let own = |ending: &str| outbox.keys().any(|p| p.starts_with(OTHER) && p.ends_with(ending));
    for ending in ["_b_result.csv", "_b_result.json", "_slip.pdf"] {
        assert!(own(ending), "{ending} of {:?}", outbox.keys());
    }
    fs::remove_file(rig.root.join("outbox").join(CUSTOMER)).unwrap();
    let _daemon = rig.watched(None);
    eventually("the other's come when they can", || {
        let outbox = visible(&rig);
        let own = outbox.keys().filter(|path| path.starts_with(CUSTOMER));
        own.filter(|path| path.contains("_a_result.")).count() == 2
    });
}

#[test]
fn n154_submitter_deletes_result() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let daemon = rig.watched(None);
    rig.drop_file(CUSTOMER, "a.csv", &csv(NUMBER, 3, "A"));
    let ended = rig.end_of("a.csv");
    rig.answer_to(&ended);
    let folder = rig.root.join("outbox").join(CUSTOMER);
    let own = |rig: &Rig| {
        let files = rig.files(&format!("outbox/{CUSTOMER}")).into_iter();
        files.filter(|(name, _)| name.contains(&ended.receipt())).collect::<BTreeMap<_, _>>()
    };
    rig.settled();
    assert_eq!(own(&rig).len(), 2, "result and slip lie there");
    let before = own(&rig);
    for name in before.keys() {
        fs::remove_file(folder.join(name)).unwrap();
    }
    rig.drop_file(CUSTOMER, "b.csv", &csv(NUMBER, 1, "B"));
    rig.end_of("b.csv");
    meanwhile("nothing is made again unasked", Duration::from_secs(1), || own(&rig).is_empty());
    for told in ["もう一度置きました。", "すべて置いてあります。"] {
        let answer = rig.kessai(&["folder", "again", &ended.receipt()]);
        let text = String::from_utf8(answer.stdout).unwrap();
        assert!(answer.status.success() && text.contains(told), "{text}");
        assert!(own(&rig) == before, "the same to the byte: {:?}", own(&rig).keys());
    }
    daemon.kill();
    rig.assert_whole();
}

#[test]
fn n34_swap_after_validation() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let daemon = rig.watched(None);
    rig.drop_file(CUSTOMER, "a.csv", &csv(NUMBER, 3, "A"));
    let ended = rig.end_of("a.csv");
    let whole = rig.kessai(&["folder", "verify"]);
    assert!(whole.status.success(), "{}", String::from_utf8_lossy(&whole.stdout));
    let kept = rig.files("inbox/.engine");
    let payload = kept.keys().find(|path| path.ends_with("/payload")).unwrap();
    fs::write(rig.root.join("inbox/.engine").join(payload), csv(NUMBER, 9, "X")).unwrap();
    let told = rig.kessai(&["folder", "verify"]);
    let text = String::from_utf8(told.stdout).unwrap();
    assert_eq!(told.status.code(), Some(1), "{text}");
    assert!(text.contains(&ended.receipt()) && text.contains("書き換えられて"), "{text}");
    let case = rig.cases()[0]["case"].as_str().unwrap().to_owned();
    let shown = String::from_utf8(rig.kessai(&["show", &case]).stdout).unwrap();
    assert!(shown.contains("  3 件 "), "what is decided on is ours: {shown}");
    daemon.kill();
    rig.assert_whole();
}

//! Three hundred files that mean harm, dropped at once under odd names: the real daemon answers
//! each and goes on.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::time::{Duration, Instant};

use super::super::rig::csv;
use super::{CUSTOMER, NUMBER, asked_for, quick};
use crate::corpus::{Poison, corpus};

/// Names with what names should not have, told apart by the file's own.
fn odd(at: usize, poison: &Poison) -> Vec<u8> {
    let parts: [&[u8]; 8] = [
        b"\xff\xfe",
        "\u{202e}".as_bytes(),
        b"\n",
        b"x..\\..\\",
        "か\u{3099}".as_bytes(),
        b"\x1b[31m",
        b"'$(id)`\"",
        "長い".as_bytes(),
    ];
    [parts[at % parts.len()], poison.name.as_bytes()].concat()
}

#[test]
fn the_daemon_judges_three_hundred_files_that_mean_harm_and_takes_the_good_one_after_them() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let mut daemon = rig.watched(None);
    let all = corpus(&csv(NUMBER, 5, "P"));
    let (mut dropped, mut good) = (0, 0);
    for (folder, files) in [(CUSTOMER, &all.requests), ("fax/001", &all.pictures)] {
        for (at, poison) in files.iter().enumerate() {
            let name = odd(at, poison);
            fs::write(rig.folder(folder).join(OsStr::from_bytes(&name)), &poison.bytes).unwrap();
            dropped += 1;
            if at % 50 == 0 {
                good += 1;
                rig.drop_file(
                    CUSTOMER,
                    &format!("good{good}.csv"),
                    &csv(NUMBER, 2, &format!("G{good}-")),
                );
            }
        }
    }
    let until = Instant::now() + Duration::from_mins(2);
    let left = || {
        let waits = rig.files("inbox/customers").len() + rig.files("inbox/fax").len();
        waits + rig.files("inbox/.engine/claim").len()
    };
    while left() > 0 {
        assert!(Instant::now() < until, "left: {:?}", rig.files("inbox/customers").keys());
        assert!(daemon.child.try_wait().unwrap().is_none(), "it ended: {}", daemon.log());
        std::thread::sleep(Duration::from_millis(200));
    }
    for n in 1..=good {
        assert_eq!(rig.end_of(&format!("good{n}.csv")).place, "accepted");
    }
    let status = rig.json(&["status"]);
    let judged: u64 = ["accepted", "rejected", "held", "keying"]
        .iter()
        .map(|verdict| status["files"][verdict].as_u64().unwrap_or_default())
        .sum();
    assert_eq!(judged, dropped + good, "{status}");
    assert!(!daemon.log().contains("put aside"), "none made our own code fail: {}", daemon.log());
    drop(daemon);
    rig.assert_whole();
}

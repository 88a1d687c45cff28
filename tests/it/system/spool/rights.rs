//! The rights `kessai doctor` gives lines for, set by root for a daemon that is somebody else.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::super::rig::{KESSAI, Rig, as_user, csv, eventually};
use super::{CUSTOMER, NUMBER, STRANGER, asked_for, quick};

/// A root as `kessai init` leaves it, of another user: without any submitter's folder.
fn fresh() -> Rig {
    let rig = quick();
    for top in ["inbox", "outbox"] {
        fs::remove_dir_all(rig.root.join(top)).unwrap();
        fs::create_dir(rig.root.join(top)).unwrap();
    }
    rig.give_to(STRANGER);
    rig
}

/// What the doctor says to a user.
fn doctor(rig: &Rig, mut kessai: Command) -> Value {
    let said = kessai.args(["doctor", "--json"]).arg(&rig.root).output().unwrap();
    serde_json::from_slice(&said.stdout).unwrap()
}

/// Users and groups of its own, then the lines, then the daemon.
const SCRIPT: &str = r#"
cp -a /etc "$1/etc" && mount --bind "$1/etc" /etc
useradd -M -u "$2" stranger
sh -e "$1/lines"
own="--reuid=$2 --regid=$2"
shift 2
exec setpriv $own --init-groups "$@"
"#;

#[test]
fn a_daemon_of_another_user_carries_a_case_to_the_clearing_file_by_the_doctors_lines() {
    if !asked_for() {
        return;
    }
    let rig = fresh();
    let said = doctor(&rig, Command::new(KESSAI));
    let lines = said["paste"].as_array().unwrap().iter().find(|one| one["name"] == "permissions");
    let home = rig.root.parent().unwrap();
    fs::write(home.join("lines"), lines.unwrap()["text"].as_str().unwrap()).unwrap();
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-ec", SCRIPT, "sh"]).arg(home).arg(STRANGER.to_string());
    command.args([KESSAI, "run", "--root"]).arg(&rig.root);
    let daemon = rig.logged(command);
    eventually("the daemon starts", || daemon.log().contains("で動いています"));
    rig.drop_file(CUSTOMER, "one.csv", &csv(NUMBER, 1, "ONE"));
    assert_eq!(rig.end_of("one.csv").place, "accepted", "{}", daemon.log());
    let case = rig.cases()[0]["case"].as_str().unwrap().to_owned();
    for user in ["yamada01", "sato0001", "mori0001"] {
        let done = rig.decide("approve", &case, user);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    rig.settled();
    let sent = rig.files("outbox/center");
    assert!(sent.keys().any(|name| name.contains(&case)), "{sent:?} {}", daemon.log());
}

#[test]
fn the_doctor_names_each_folder_of_the_outbox_that_cannot_be_written() {
    if !asked_for() {
        return;
    }
    let rig = fresh();
    let own = rig.root.join("outbox/center/densai");
    fs::create_dir_all(&own).unwrap();
    std::os::unix::fs::chown(&own, Some(STRANGER), None).unwrap();
    let said = doctor(&rig, as_user(STRANGER));
    let bad = |place: &str| {
        let checks = said["checks"].as_array().unwrap();
        checks.iter().any(|check| check["place"] == place && check["level"] == "bad")
    };
    assert_eq!(
        ["outbox", "outbox/center", "outbox/center/densai"].map(bad),
        [false, true, false],
        "{said}"
    );
}

//! Bulk files: memory does not grow with them.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::super::rig::{KESSAI, Rig, csv, eventually};
use super::{CUSTOMER, NUMBER, OTHER, asked_for, quick};

/// What a branch's PC has to spare, in KiB.
const MEMORY_MAX: u64 = 128 << 10;

/// More rows than the business keys of are held in memory. A file of a gibibyte has eight times as
/// many, and takes as much memory.
const ROWS: u32 = 1_200_000;

/// The most memory a program has had until it ended, in KiB.
fn peak(child: &mut Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        most = most.max(high_water(&text).unwrap_or(0));
        if child.try_wait().unwrap().is_some() {
            return most;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn n73_1e6_files() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    let folder = rig.folder(CUSTOMER);
    for number in 0..200_000 {
        std::fs::File::create(folder.join(format!("{number:06}.csv"))).unwrap();
    }
    let daemon = rig.watched(None);
    rig.drop_file(OTHER, "one.csv", &csv("9XY8WV7UT", 1, "O"));
    assert_eq!(rig.end_of("one.csv").place, "accepted", "{}", daemon.log());
    eventually("the flood is given back bit by bit", || daemon.log().contains("file judged"));
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.child.id())).unwrap();
    let most = high_water(&status).unwrap();
    // Without a bound it takes half a kibibyte a file.
    assert!(most < 100 << 10, "it took {most} KiB");
    daemon.kill();
}

/// The most memory a program has had, of what the system says of it, in KiB.
fn high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line?.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Works until only people are awaited; the most memory it took.
fn drained(rig: &Rig) -> u64 {
    let mut command = Command::new(KESSAI);
    command.args(["run", "--drain", "--root"]).arg(&rig.root);
    peak(&mut command.stderr(Stdio::null()).spawn().unwrap())
}

#[test]
fn n72_1gib_csv() {
    if !asked_for() {
        return;
    }
    let rig = quick();
    rig.set(&[("file_bytes_max", "2000000000")]);
    rig.drop_file(CUSTOMER, "bulk.csv", &csv(NUMBER, ROWS, "B"));
    let most = drained(&rig);
    assert!(most > 0 && most < MEMORY_MAX, "it took {most} KiB");
    let ended = rig.ended("bulk.csv");
    assert_eq!(ended[0].place, "accepted");
    let answers = rig.files(&format!("outbox/{CUSTOMER}"));
    let (_, result) = answers.iter().find(|(name, _)| name.ends_with("_bulk_result.csv")).unwrap();
    let lines = result.split(|byte| *byte == b'\n').count();
    assert!(lines > usize::try_from(ROWS).unwrap(), "{lines} lines");
    // Another start, which knows the rows again; the last one and one that is new.
    let whole = String::from_utf8(csv(NUMBER, ROWS, "B")).unwrap();
    let again = [&csv(NUMBER, 1, "N"), whole.lines().last().unwrap().as_bytes(), b"\r\n"].concat();
    rig.drop_file(CUSTOMER, "again.csv", &again);
    let most = drained(&rig);
    assert!(most > 0 && most < MEMORY_MAX, "it took {most} KiB");
    let ended = rig.ended("again.csv");
    assert_eq!(ended[0].place, "rejected");
    assert!(rig.answer_to(&ended[0]).contains("E_DUP_KEY"), "{}", rig.answer_to(&ended[0]));
    rig.assert_whole();
}

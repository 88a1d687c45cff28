//! Three hundred files that mean harm, one after the other: each is judged, and the desk goes on.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kessai::app::scans::ChildScans;
use kessai::app::workbooks::ChildWorkbooks;
use kessai::domain::Code;
use kessai::ports::FileVerdict;

use super::branch::{Branch, Setup, accruals};
use crate::corpus::{Poison, corpus};

/// How long the files behind one may wait for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Takes a file in by a channel; how long that took, and what came of it.
fn judge(
    branch: &Branch,
    (channel, folder): (&str, &str),
    poison: &Poison,
) -> (Duration, FileVerdict) {
    let mut arrival = branch.arrival_of(&poison.name, &poison.bytes);
    channel.clone_into(&mut arrival.channel);
    folder.clone_into(&mut arrival.submitter);
    let begun = Instant::now();
    let receipt = branch.desk.receive(vec![arrival]).unwrap()[0];
    let file = branch.desk.judge(receipt).unwrap().unwrap();
    let took = begun.elapsed();
    let name = &poison.name;
    assert_ne!(file.flaw, Some(Code::Poison), "{name} made our own code fail");
    let found = branch.desk.findings_of(&file).unwrap_or_default();
    match file.verdict {
        FileVerdict::Accepted | FileVerdict::Keying | FileVerdict::Joined { .. } => {}
        FileVerdict::Rejected | FileVerdict::Held { .. } => {
            assert!(!found.is_empty(), "{name} was refused without a reason");
            assert!(found.iter().all(|one| !one.ja.is_empty()), "{name}: {found:?}");
        }
        FileVerdict::Received | FileVerdict::Opening | FileVerdict::Tried => {
            panic!("{name} came to no verdict: {:?}", file.verdict)
        }
    }
    (took, file.verdict)
}

fn branch() -> Branch {
    let mut branch = Branch::staffed(Setup::default());
    let program = || PathBuf::from(env!("CARGO_BIN_EXE_kessai"));
    branch.desk.scans = Arc::new(ChildScans::of(program()));
    branch.desk.workbooks = Arc::new(ChildWorkbooks::of(program()));
    branch
}

#[test]
fn three_hundred_files_that_mean_harm_are_each_judged_and_the_good_one_after_them_is_taken() {
    let there = branch();
    let all = corpus(accruals(1..=5).as_bytes());
    let ways = [(("customers", "987654321"), &all.requests), (("fax", "001"), &all.pictures)];
    let (mut verdicts, mut good) = (BTreeMap::new(), 100);
    for (way, files) in ways {
        for (at, poison) in files.iter().enumerate() {
            let (mut took, verdict) = judge(&there, way, poison);
            // Nobody waits longer, unless the machine was busy with something else: once more.
            if took > PATIENCE {
                took = judge(&branch(), way, poison).0;
            }
            assert!(took <= PATIENCE, "{} took {took:?}", poison.name);
            *verdicts.entry(verdict).or_insert(0) += 1;
            if at % 25 == 0 {
                good += 1;
                let file = there.take_in(&format!("{good}.csv"), &accruals(good..=good));
                assert_eq!(file.verdict, FileVerdict::Accepted, "after {}", poison.name);
            }
        }
    }
    for verdict in [FileVerdict::Accepted, FileVerdict::Rejected, FileVerdict::Keying] {
        assert!(verdicts.contains_key(&verdict), "some are readable, some not: {verdicts:?}");
    }
}
